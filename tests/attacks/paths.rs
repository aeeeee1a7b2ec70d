//! Files and folders with names that break lines, move the cursor, turn the order of writing round or are no UTF-8: each
//! command does with them what it does with others, and each message names them on its one line so that all is seen.

use crate::attacks::texts::path;
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// A name, and how a message writes it.
const NAMES: [(&[u8], &str); 4] = [
    (b"a\nhwtune: error: b\rc\td", "a\\nhwtune: error: b\\u{d}c\\td"),
    (
        "\u{1b}[8me\u{1b}]0;f\u{7}\u{202e}g\u{2066}".as_bytes(),
        "\\u{1b}[8me\\u{1b}]0;f\\u{7}\\u{202e}g\\u{2066}",
    ),
    (b"h\xff\xc3i", "h\\xff\\xc3i"),
    (b"'j \"k\" $(l)'", "'j \"k\" $(l)'"),
];

/// Calls that end well (`true`) or with an error that names the path. `@` stands for the folder with the odd name, which
/// holds `p.toml` (a profile), `dump`, `k.c` (a kernel that does not compile), `t/x.j2` (no template), `c/flags.toml` (no
/// table); `M` is a plain profile.
pub const CALLS: [(bool, &str); 49] = [
    (true, "check @/p.toml --no-toolchains"),
    (false, "check @/none"),
    (false, "check --profile @/dump"),
    (false, "check @/p.toml --no-toolchains --kernel @/none.c"),
    (true, "diff M @/p.toml"),
    (false, "diff @/p.toml @/none"),
    (true, "detect --no-toolchains --cpuid-dump @/dump"),
    (false, "detect --no-toolchains --cpuid-dump @/none"),
    (false, "detect --no-toolchains --cpuid-dump @/p.toml"),
    (false, "detect --no-toolchains --cpuinfo @/none"),
    (true, "detect --no-toolchains -o @/new/d"),
    (false, "detect --no-toolchains -o @"),
    (true, "render env-sh --profile @/p.toml"),
    (false, "render env-sh --profile @/none"),
    (false, "render env-sh --profile M --templates @/t"),
    (false, "render env-sh --profile M --templates @/none"),
    (true, "render env-sh --profile M -o @/r.sh"),
    (true, "list flags --probes @/new"),
    (true, "list flags --allow-read @/new"),
    (false, "list flags --allow-read @/none"),
    (false, "list flags --probes @/c"),
    (false, "list flags --probes @/none"),
    (true, "fleet merge @/p.toml"),
    (true, "fleet merge @/f -o @/groups/"),
    (false, "fleet merge @/none"),
    (false, "fleet merge @/new"),
    (false, "fleet merge @/f -o @/f/"),
    (true, "man @/man"),
    (false, "man @/p.toml"),
    (true, "report --section adr @/p.toml"),
    (false, "report --section adr @/none"),
    (false, "report --section adr M --state @/none"),
    (true, "explain zlib --profile @/p.toml"),
    (true, "schema -o @/s.json"),
    (false, "schema -o @"),
    (false, "completions bash -o @"),
    (false, "tune --kernel @/none.c -o x.toml"),
    (false, "tune --kernel @/fine.c --candidates @/none -o x.toml"),
    (false, "tune --kernel @/fine.c -o @/p.toml/x"),
    (false, "compare --package zlib --before @/none --after @"),
    (false, "selftest --kernel @/none.c"),
    (true, "rollout baseline --dry-run --state @/s --system @"),
    (false, "rollout baseline --state @/p.toml"),
    (false, "rollout back --state @/p.toml"),
    (false, "rollout verify --state @/p.toml"),
    (false, "rollout plan --route overlay --profile @/none"),
    (false, "rollout plan --route overlay --profile M --state @/p.toml"),
    (false, "rollout imported @"),
    (false, "rollout imported @/none"),
];

/// Further calls, that word what they were given in their own way: one line, and nothing for a terminal, is all that is
/// asked.
pub const WORDED: [&str; 16] = [
    "probe --cc @/none",
    "probe -- @",
    "tune --source zlib=@ -o x.toml",
    "tune --kernel @/k.c -o x.toml",
    "transfer --source zlib=@",
    "transfer --source zlib=@ --candidates @",
    "render @ --profile M",
    "rollout verify --state s --system @",
    "rollout snippet --flake --into @",
    "rollout snippet --flake --layout @",
    "rollout plan --route overlay --profile M --state s --config @ --flake @",
    "check --format @",
    "tune --like @ --kernel @/fine.c -o x.toml",
    "tune @/none.c -o x.toml",
    "tune --build @/none --target @ -o x.toml",
    "record --compile-commands @/none -o x.toml",
];

fn given(call: &str, folder: &OsStr, plain: &Path) -> Vec<OsString> {
    let word = |word: &str| match (word, word.split_once('@')) {
        ("M", _) => plain.as_os_str().to_owned(),
        (_, Some((before, after))) => {
            OsString::from_vec([before.as_bytes(), folder.as_bytes(), after.as_bytes()].concat())
        }
        _ => word.into(),
    };
    call.split(' ').map(word).collect()
}

pub fn hwtune(root: &Path, args: &[OsString]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hwtune"))
        .args(args)
        .current_dir(root)
        .env("XDG_CACHE_HOME", root.join("cache"))
        .env("XDG_STATE_HOME", root.join("state"))
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn filled(root: &Path, name: &[u8]) {
    let at = root.join(OsStr::from_bytes(name));
    for folder in ["t", "c", "new", "f"] {
        std::fs::create_dir_all(at.join(folder)).unwrap();
    }
    for profile in ["p.toml", "f/p.toml"] {
        std::fs::copy(path("profiles/measured.toml"), at.join(profile)).unwrap();
    }
    std::fs::copy(path("hosts/raw/btver2--hwloc.txt"), at.join("dump")).unwrap();
    for (file, text) in [
        ("k.c", "#include \"probe.h\"\nint x\n"),
        (
            "fine.c",
            "#include \"probe.h\"\nvoid probe_setup(uint64_t s) { (void)s; }\nuint64_t probe_run(void) { return 1; }\n",
        ),
        ("t/x.j2", "bad"),
        ("c/flags.toml", "flag = 1"),
    ] {
        std::fs::write(at.join(file), text).unwrap();
    }
}

/// All lines of a message are hwtune's own, and nothing in them is obeyed.
fn lines(what: &str, output: &Output) -> String {
    let text = String::from_utf8(output.stderr.clone()).unwrap_or_else(|e| panic!("{what}: {e}"));
    for stream in [&text, &String::from_utf8_lossy(&output.stdout).into_owned()] {
        let odd = stream.chars().find(|c| hwtune::text::hidden(*c));
        assert_eq!(odd, None, "{what}: {}", stream.escape_debug());
    }
    let errors = text.lines().filter(|l| l.starts_with("hwtune: error:") || l.starts_with("error:")).count();
    assert_eq!(errors, usize::from(!matches!(output.status.code(), Some(0 | 10 | 13))), "{what}: {text}");
    assert!(!text.contains("panicked"), "{what}: {text}");
    text
}

#[test]
fn a_name_is_one_line_in_every_message() {
    let dir = tempfile::tempdir().unwrap();
    let plain = path("profiles/measured.toml");
    for (name, shown) in NAMES {
        for (well, call) in CALLS {
            filled(dir.path(), name);
            let output = hwtune(dir.path(), &given(call, OsStr::from_bytes(name), &plain));
            let what = format!("{call} with {shown}");
            let said = lines(&what, &output);
            let utf8 = std::str::from_utf8(name).is_ok();
            // clap's own words, where an option is text and its value is none.
            if !utf8 && said.contains("invalid UTF-8 was detected") {
                assert!(!well, "{what}: {said}");
                continue;
            }
            let fine = matches!(output.status.code(), Some(0 | 10 | 13));
            assert_eq!(fine, well, "{what}: {:?} {said}", output.status.code());
            let answer = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(well || said.contains(shown), "{what}: not named: {said}");
            assert!(!answer.contains("\nhwtune: error: b"), "{what}: {answer}");
        }
        // Most of these compile something: the names that do the most will do.
        let worst = shown.starts_with(['a', 'h']);
        for call in WORDED.iter().filter(|_| worst) {
            filled(dir.path(), name);
            let output = hwtune(dir.path(), &given(call, OsStr::from_bytes(name), &plain));
            lines(&format!("{call} with {shown}"), &output);
        }
    }
}

#[test]
fn an_odd_name_changes_no_answer() {
    let dir = tempfile::tempdir().unwrap();
    let plain = path("profiles/measured.toml");
    filled(dir.path(), b"plain");
    for call in [
        "detect --no-toolchains --format json --cpuid-dump @/dump",
        "render env-sh --profile @/p.toml",
        "render nixos-overlay --profile @/p.toml",
        "fleet merge @/f --format json",
        "diff @/p.toml @/f/p.toml --format json",
        "explain zlib --profile @/p.toml --format json",
        "report --section adr @/p.toml",
    ] {
        let expected = hwtune(dir.path(), &given(call, OsStr::new("plain"), &plain)).stdout;
        let expected = String::from_utf8(expected).unwrap();
        assert!(!expected.is_empty(), "{call}");
        for (name, shown) in NAMES {
            filled(dir.path(), name);
            let found = hwtune(dir.path(), &given(call, OsStr::from_bytes(name), &plain)).stdout;
            // Where the answer names the file, it names it as a message does.
            let quoted = serde_json::to_string(shown).unwrap();
            let expected = expected.replace("plain/", &format!("{}/", quoted.trim_matches('"')));
            assert_eq!(String::from_utf8_lossy(&found), expected, "{call} with {shown}");
        }
    }
}

/// A script is text, and names its state file in it.
#[test]
fn a_script_names_no_file_that_it_could_not_find() {
    let dir = tempfile::tempdir().unwrap();
    let plain = path("profiles/measured.toml");
    for (name, shown) in NAMES {
        filled(dir.path(), name);
        let call = "rollout plan --route overlay --profile M --state @/s";
        let output = hwtune(dir.path(), &given(call, OsStr::from_bytes(name), &plain));
        let said = lines(&format!("{call} with {shown}"), &output);
        // What a shell has no way to show is refused as well.
        assert_eq!(output.status.success(), shown.starts_with("'j"), "{shown}: {said}");
        assert!(output.status.success() || said.contains("its name has characters"), "{said}");
    }
}

/// Names of single files in a folder of one's own.
#[test]
fn odd_files_in_a_folder_are_told_or_read() {
    let plain = path("profiles/measured.toml");
    let profile = std::fs::read(&plain).unwrap();
    for (name, shown) in NAMES {
        let dir = tempfile::tempdir().unwrap();
        let at = |folder: &str, end: &str| {
            std::fs::create_dir_all(dir.path().join(folder)).unwrap();
            let file = OsString::from_vec([name, end.as_bytes()].concat());
            dir.path().join(folder).join(file)
        };
        // A fleet: read like any other.
        std::fs::write(at("fleet", ".toml"), &profile).unwrap();
        let merged = hwtune(dir.path(), &given("fleet merge fleet --format json", OsStr::new(""), &plain));
        assert!(merged.status.success(), "{shown}: {}", lines(shown, &merged));
        std::fs::write(at("fleet", "2.toml"), "schema = 1\nx = ").unwrap();
        // Templates, kernels, packages: told by name.
        std::fs::write(at("templates", ".j2"), "x").unwrap();
        std::fs::create_dir_all(at("packages", "")).unwrap();
        std::fs::write(at("packages", "").join("k.c"), "int x;").unwrap();
        std::fs::create_dir_all(dir.path().join("kernels/mine")).unwrap();
        std::fs::write(at("kernels/mine", ".c"), "int x;").unwrap();
        for call in [
            "fleet merge fleet",
            "render env-sh --profile M --templates templates",
            "list packages --probes packages",
            "list packages --probes kernels",
        ] {
            let output = hwtune(dir.path(), &given(call, OsStr::new(""), &plain));
            let said = lines(&format!("{call} with {shown}"), &output);
            // The packages' folder is asked for before its files.
            let told = said.contains(shown) || said.contains("kernels/mine: no package has this name");
            assert!(output.status.code() == Some(2) && told, "{call} with {shown}: {said}");
        }
    }
}

/// Where a path is an argument, a key or data, as its bytes have it, and no part of a message.
const ARGUMENTS: [&str; 13] = [
    "catalogue/trial",
    "cli/compare.rs",
    "cli/welcome.rs",
    "compare/library.rs",
    "build/compiler_call.rs",
    "build/direct_cc1.rs",
    "build/driver_command.rs",
    "build/link.rs",
    "build/programs.rs",
    "build/recorded",
    "experiment/command.rs",
    "rollout",
    "files/read.rs",
];
/// Whose messages are made into one line where they are shown.
const SHOWN: [&str; 3] = ["toolchain", "build/builder.rs", "build/source_tree.rs"];

/// Messages write paths by `text::place`; who writes one otherwise says here that it is no message.
#[test]
fn paths_are_written_by_one_rule() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut open = vec![root.clone()];
    let mut seen: BTreeSet<&&str> = BTreeSet::new();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let file = entry.path();
            if file.is_dir() {
                open.push(file);
                continue;
            }
            let Ok(text) = std::fs::read_to_string(&file) else { continue };
            let name = file.strip_prefix(&root).unwrap().to_str().unwrap().to_string();
            let known = ARGUMENTS.iter().chain(&SHOWN).find(|k| name.starts_with(**k));
            if text.contains(".display()") {
                assert!(known.is_some(), "src/{name}: a path in a message is written by text::place");
                seen.extend(known);
            }
        }
    }
    let gone: Vec<_> = ARGUMENTS.iter().chain(&SHOWN).filter(|k| !seen.contains(*k)).collect();
    assert!(gone.is_empty(), "no path is written there any more: {gone:?}");
}
