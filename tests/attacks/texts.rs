//! Strings that mean something in one language or another, and a profile that is full of one.

use hwtune::profile::{self, Profile, Verdict};
use std::path::{Path, PathBuf};

/// Each tries to run a command that leaves a file named `pwned`, to end what it stands in, or to be obeyed by a terminal.
pub const TEXTS: [(&str, &str); 36] = [
    ("shell substitution", "$(touch pwned)"),
    ("shell backquotes", "`touch pwned`"),
    ("shell quote and command", "'; touch pwned; '"),
    ("shell double quote and command", "\"; touch pwned; \""),
    ("shell line", "x\ntouch pwned\n"),
    ("shell variable", "${IFS}touch${IFS}pwned"),
    ("shell arithmetic", "$((a[$(touch pwned)]))"),
    ("make", "$(shell touch pwned)"),
    ("make line", "\n\t@touch pwned"),
    ("fish", "(touch pwned)"),
    ("nix antiquotation", "${builtins.abort \"pwned\"}"),
    ("nix string", "\"; x = builtins.abort \"pwned\"; y = \""),
    ("nix indented string", "''; x = builtins.abort \"pwned\"; y = ''"),
    ("nix comment", "*/ builtins.abort \"pwned\" /*"),
    ("toml", "\"\n[build]\nrustc = \"/tmp/pwned\"\n#"),
    ("toml triple quotes", "\"\"\"\npwned = 1\n\"\"\""),
    ("yaml", "x\npwned: !!python/object/apply:os.system [touch pwned]"),
    ("yaml flow", "}, pwned: {x: 1"),
    ("yaml anchor", "&a *a !!binary |"),
    ("json", "\", \"pwned\": \""),
    ("json escape", "\\u0022, \\u0022pwned\\u0022: \\u0022"),
    ("cmake", "]==] ${pwned} $ENV{HOME} ; \") execute_process(COMMAND touch pwned) #"),
    ("cmake generator", "$<1:pwned>"),
    ("python", "' + __import__('os').system('touch pwned') + '"),
    ("template", "{{ 7 * 7 }}{% for x in range(9999999) %}pwned{% endfor %}{# #}"),
    ("go environment", "x\nGOFLAGS=-toolexec=pwned"),
    ("dpkg", "x\nSET CFLAGS -fplugin=pwned"),
    ("ini section", "x\n[pwned]\ny = 1"),
    ("html", "<script>alert('pwned')</script><img src=x onerror=pwned()>"),
    ("html attribute", "\" onmouseover=\"pwned()"),
    ("markdown link", "[pwned](javascript:pwned) ![x](http://pwned/x.png)"),
    ("markdown table", "| pwned |\n|---|\n\n# pwned\n```\n"),
    ("terminal colours and title", "\u{1b}[5m\u{1b}]0;pwned\u{7}\u{1b}[2J\u{1b}[8m"),
    ("terminal C1 and backspace", "\u{9b}31mpwned\u{8}\u{8}\u{8}\r\u{7f}\u{90}q\u{9c}"),
    ("order of writing", "\u{202e}dewnp\u{202c}\u{2066}x\u{2069}\u{200f}"),
    ("line separators", "x\u{2028}pwned\u{2029}\u{85}\u{b}\u{c}pwned"),
];

pub fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

pub fn measured() -> Profile {
    profile::read(&path("profiles/measured.toml")).unwrap()
}

/// The text in every string that is not a name that decides something: of the host, the system, reasons.
pub fn full_of(text: &str) -> Profile {
    let mut p = measured();
    let host = &mut p.host;
    (host.name, host.vendor, host.cpu) = (text.into(), text.into(), text.into());
    let s = &mut p.system;
    (s.microcode, s.kernel, s.governor, s.hypervisor, s.measured_at) =
        (text.into(), text.into(), text.into(), text.into(), text.into());
    p.fingerprint = text.into();
    for section in p.package.values_mut() {
        section.judged.iter_mut().for_each(|j| j.reason = text.into());
    }
    // A section whose reason is printed, because it is not written.
    let mut other = p.package["zlib"].clone();
    (other.verdict, other.reason) = (Verdict::Equivalent, text.into());
    p.package.insert("zstd".into(), other);
    p
}

/// The text in the names as well: of the microarchitecture, toolchains, packages, kernels.
pub fn all_of(text: &str) -> Profile {
    let mut p = full_of(text);
    (p.host.microarchitecture, p.host.level) = (text.into(), Some(text.into()));
    p.host.features.push(text.into());
    p.host.masked.push(text.into());
    let n = &mut p.names;
    (n.gcc, n.rust, n.go, n.archspec, n.nixpkgs) =
        (text.into(), text.into(), text.into(), text.into(), text.into());
    let t = &mut p.toolchain[0];
    (t.id, t.compiler, t.version, t.target, t.march, t.mtune) =
        (text.into(), text.into(), text.into(), text.into(), text.into(), text.into());
    t.add.push(text.into());
    for section in p.package.values_mut() {
        section.toolchain = text.into();
        section.flags.push(text.into());
        section.base.push(text.into());
        section.judged.iter_mut().for_each(|j| j.flags.push(text.into()));
    }
    let section = p.package["zlib"].clone();
    p.package.insert(text.into(), section.clone());
    p.kernel.insert(text.into(), section);
    p
}
