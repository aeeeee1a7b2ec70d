//! The render command as its user meets it.

use crate::render::support::path;
use std::process::{Command, Output};

fn hwtune(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hwtune")).args(args).output().unwrap()
}

fn measured() -> String {
    path("profiles/measured.toml").display().to_string()
}

fn fails(args: &[&str], code: i32, words: &str) {
    let out = hwtune(args);
    let error = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(code), "{args:?}: {error}");
    assert!(out.stdout.is_empty() && error.contains(words), "{args:?}: {error}");
    assert_eq!(error.lines().filter(|l| l.starts_with("hwtune: error:")).count(), 1, "{error}");
}

#[test]
fn exit_codes_tell_bad_input_from_refusal() {
    let profile = measured();
    let with = |target: &'static str, more: &[&'static str]| -> Vec<String> {
        ["render", target, "--profile", &profile].iter().chain(more).map(|s| s.to_string()).collect()
    };
    for (args, code, words) in [
        (with("nixos-overlai", &[]), 2, "nixos-overlay"),
        (with("nixos-overlay", &["--nixpkgs", "19.09"]), 2, "25.05"),
        (with("nixos-overlay", &["--allow", "glib:-O3"]), 2, "no package"),
        (with("nixos-overlay", &["--package", "zstd"]), 22, "zstd"),
        (with("nixos-overlay", &["--package", "zlib", "--strict", "--nixpkgs", "25.05"]), 22, "gcc 14"),
        (with("home-manager-overlay", &["--package", "glibc"]), 22, "bootstrap"),
        (with("nixos-overlay", &["-o", "/proc/hwtune/x.nix"]), 30, "cannot write"),
    ] {
        fails(&args.iter().map(String::as_str).collect::<Vec<_>>(), code, words);
    }
    fails(&["render", "gentoo", "--profile", "/nonexistent"], 2, "/nonexistent");
}

#[test]
fn explain_lists_what_is_kept_and_dropped() {
    let out = hwtune(&["render", "nixos-overlay", "--profile", &measured(), "--explain", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    let glibc = &json["packages"][0];
    assert_eq!(
        (&glibc["package"], &glibc["kept"]),
        (&"glibc".into(), &serde_json::json!(["-march=skylake", "-mtune=skylake"]))
    );
    assert_eq!(glibc["dropped"][0]["flag"], "-O3");
    let text = hwtune(&["render", "nixos-overlay", "--profile", &measured(), "--explain"]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("  keep -march=skylake\n") && text.contains("  drop -O3: "), "{text}");
}

#[test]
fn writes_the_file_whole_and_reads_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("deep/overlay.nix");
    let name = file.display().to_string();
    let out = hwtune(&["render", "nixos-overlay", "--profile", &measured(), "-o", &name]);
    assert!(out.status.success() && out.stdout.is_empty());
    let direct = hwtune(&["render", "nixos-overlay", "--profile", &measured()]);
    assert_eq!(std::fs::read(&file).unwrap(), direct.stdout);
    let piped = Command::new(env!("CARGO_BIN_EXE_hwtune"))
        .args(["render", "nixos-overlay", "--profile", "-"])
        .stdin(std::fs::File::open(path("profiles/measured.toml")).unwrap())
        .output()
        .unwrap();
    assert_eq!(piped.stdout, direct.stdout);
    assert!(hwtune(&["render", "nixos-import"]).status.success(), "it needs no profile");
    let list = String::from_utf8(hwtune(&["render", "--list"]).stdout).unwrap();
    assert!(list.lines().count() >= 25 && list.contains("nixos-overlay"));
}

#[test]
fn own_templates_are_held_to_the_same_rules() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().display().to_string();
    let front = "{#\ntitle = \"Mine\"\nfile = \"mine.toml\"\nsyntax = \"toml\"\ncomment = \"#\"\npackages = [\"zlib\"]\n#}\n";
    let render = |body: &str| {
        std::fs::write(folder.path().join("mine.j2"), body).unwrap();
        hwtune(&["render", "mine", "--profile", &measured(), "--templates", &dir])
    };
    let good = render(&format!("{front}flags = [{{{{ packages[0].choice.kept|toml_list }}}}]\n"));
    assert_eq!(String::from_utf8(good.stdout).unwrap(), "flags = [\"-march=skylake\", \"-mtune=skylake\"]\n");
    for (body, words) in [
        (format!("{front}name = \"{{{{ host.name }}}}\"\n"), "quoting filter"),
        (format!("{front}name = \"{{{{ host.name|safe }}}}\"\n"), "safe"),
        (format!("{front}name = {{{{ host.nothing|toml }}}}\n"), "mine.j2"),
        (format!("{front}a = \n"), "does not parse"),
        (format!("{front}{{% if %}}\n"), "mine.j2"),
        ("no front matter".to_string(), "front matter"),
        ("{#\ntitle = 3\n#}".to_string(), "line 2"),
        ("{#\ntitle = \"x\"\nfile = \"../x\"\nsyntax = \"text\"\n#}".to_string(), "without a folder"),
    ] {
        let out = render(&body);
        let error = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!(out.status.code(), Some(2), "{body}: {error}");
        assert!(error.contains(words) && error.lines().count() == 1, "{words}: {error}");
    }
    let twice = front.replace("\"toml\"", "\"nix\"") + "{ a.b = 1; c = 2; a = { b = 3; }; }\n";
    let error = String::from_utf8_lossy(&render(&twice).stderr).into_owned();
    assert!(error.contains("the attribute a.b is defined twice"), "{error}");
    // Parts of one's own are included as the built-in ones are, and take their place.
    std::fs::write(folder.path().join("_flags_of.j2"), "{{ packages[0].choice.kept|toml }}").unwrap();
    std::fs::write(folder.path().join("_header.j2"), "{{ host.name|line }}").unwrap();
    let parts = render(&format!(
        "{front}{{% filter comment %}}{{% include \"_header.j2\" %}}{{% endfilter %}}\nf = {{% include \"_flags_of.j2\" %}}\n"
    ));
    assert_eq!(String::from_utf8_lossy(&parts.stdout), "# shoshin\nf = \"-march=skylake -mtune=skylake\"\n");
    std::fs::write(folder.path().join("_header.j2"), "{{ host.name }}").unwrap();
    let body = format!("{front}{{% include \"_header.j2\" %}}\n");
    assert!(String::from_utf8_lossy(&render(&body).stderr).contains("_header.j2"));
    // A name of one's own takes the place of a built-in one.
    std::fs::write(folder.path().join("oci.j2"), format!("{front}a = 1\n")).unwrap();
    std::fs::remove_file(folder.path().join("mine.j2")).unwrap();
    let out = hwtune(&["render", "oci", "--profile", &measured(), "--templates", &dir]);
    assert_eq!(String::from_utf8_lossy(&out.stdout), "a = 1\n");
    fails(&["render", "oci", "--profile", &measured(), "--templates", "/nonexistent"], 2, "/nonexistent");
}
