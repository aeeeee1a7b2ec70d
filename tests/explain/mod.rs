//! `explain`, `list`, `completions` and `man`.

use assert_cmd::Command;
use std::collections::BTreeSet;
use std::path::PathBuf;

const KINDS: [&str; 8] = [
    "flags",
    "kernels",
    "packages",
    "microarchitectures",
    "consumers",
    "compilers",
    "verdicts",
    "exit-codes",
];

fn hwtune(args: &[&str]) -> (i32, String, String) {
    let empty = tempfile::tempdir().unwrap();
    let mut command = Command::cargo_bin("hwtune").unwrap();
    // No profile of this machine's own.
    command.current_dir(empty.path()).env("XDG_STATE_HOME", empty.path()).env("HOME", empty.path());
    std::fs::create_dir(empty.path().join("profiles")).unwrap();
    let out = command.args(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (out.status.code().unwrap(), text(out.stdout), text(out.stderr))
}

fn list(kind: &str) -> Vec<serde_json::Value> {
    let (code, stdout, _) = hwtune(&["list", kind, "--format", "json"]);
    assert_eq!(code, 0, "{kind}");
    serde_json::from_str(&stdout).unwrap()
}

fn profile() -> String {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/profiles/measured.toml").display().to_string()
}

#[test]
fn whatever_is_listed_is_explained() {
    for kind in KINDS {
        let rows = list(kind);
        assert!(rows.len() >= 5, "{kind}");
        let (_, human, _) = hwtune(&["list", kind]);
        assert_eq!(human.lines().count(), rows.len(), "{kind}");
        // A start, a middle and an end of each table: a process a name.
        for row in [&rows[0], &rows[rows.len() / 2], &rows[rows.len() - 1]] {
            let name = row["name"].as_str().unwrap();
            let (code, stdout, stderr) = hwtune(&["explain", "--kind", kind, "--format", "json", "--", name]);
            assert_eq!(code, 0, "{name}: {stderr}");
            let told: serde_json::Value = serde_json::from_str(&stdout).unwrap();
            assert!(told["entries"].as_array().unwrap().iter().any(|e| e["name"] == name), "{name}");
        }
    }
}

#[test]
fn every_entry_says_why_or_where() {
    for kind in KINDS {
        for row in list(kind) {
            let said = |key: &str| row[key].as_str().is_some_and(|t| !t.is_empty());
            assert!(said("title"), "{row}");
            assert!(said("why") || said("source"), "{row}");
        }
    }
}

#[test]
fn every_exit_code_and_verdict_is_there() {
    let codes: BTreeSet<String> =
        list("exit-codes").iter().map(|r| r["name"].as_str().unwrap().to_string()).collect();
    let (_, help, _) = hwtune(&["--help"]);
    let shown = help.split("Exit codes:").nth(1).unwrap().replace('\n', " ");
    for code in &codes {
        assert!(shown.contains(&format!(" {code} ")), "{code}: {shown}");
    }
    assert!(codes.contains("2") && codes.contains("130"));
    assert_eq!(list("verdicts").len(), hwtune::profile::Verdict::ALL.len());
}

#[test]
fn figures_come_from_the_profile() {
    for (name, figure) in [
        ("zlib", "append -march=skylake -mtune=skylake: helps, +3.10 [+1.80, +4.40]"),
        ("skylake", "this host is one"),
        ("helps", "the whole set, confirmed"),
        ("gcc-12.2", "gcc-12.2.0 gets -march=skylake -mtune=skylake"),
        ("nixos-overlay", "glibc: -march=skylake"),
        ("glibc", "append -march=skylake"),
        ("bazel", "host: -march=skylake -mtune=skylake"),
        ("oci", "linux/amd64/v3"),
        ("-O3", "glibc: one of the set appended, -march=skylake -mtune=skylake -O3 -fno-plt: helps"),
        ("-march=skylake", "gcc-12.2.0 gets this for this CPU"),
    ] {
        let (code, stdout, _) = hwtune(&["explain", name, "--profile", &profile()]);
        assert_eq!(code, 0);
        assert!(stdout.contains("on shoshin: ") && stdout.contains(figure), "{name}: {stdout}");
        let (code, stdout, stderr) = hwtune(&["explain", name]);
        assert_eq!((code, stderr.as_str()), (0, ""), "{name}: a missing profile is no error");
        assert!(!stdout.contains("shoshin"));
    }
    assert_eq!(hwtune(&["explain", "zlib", "--profile", "no-such.toml"]).0, 2);
}

#[test]
fn flags_without_a_row_follow_the_rule_of_their_family() {
    for (flag, word) in [
        ("-ffast-math", "global-state"),
        ("-falign-loops=64", "risk"),
        ("-march=znver4", "{march}"),
        ("-fno-stack-protector", "security"),
    ] {
        let (code, stdout, stderr) = hwtune(&["explain", flag]);
        assert_eq!(code, 0, "{stderr}");
        assert!(stdout.starts_with("flag ") && stdout.contains(word), "{flag}: {stdout}");
    }
}

#[test]
fn unknown_names_are_told_with_the_nearest() {
    for (name, near) in [
        ("skylak", "skylake (microarchitecture)"),
        ("zlb", "zlib (package)"),
        ("Helps", "helps (verdict)"),
        ("nixos-overly", "nixos-overlay (consumer)"),
    ] {
        let (code, stdout, stderr) = hwtune(&["explain", name]);
        assert_eq!((code, stdout.as_str()), (2, ""));
        assert!(stderr.lines().count() == 1 && stderr.contains(near), "{stderr}");
    }
    for odd in ["", "\u{1b}[31m", "xyzzyplughxyzzy", "-", "--no-such-option-anywhere", "999"] {
        let (code, _, stderr) = hwtune(&["explain", "--", odd]);
        assert_eq!(code, 2, "{odd:?}");
        assert!(stderr.lines().count() == 1 && !stderr.contains('\u{1b}'), "{stderr:?}");
    }
}

#[test]
fn a_kernel_goes_by_its_own_name_and_several_are_all_told() {
    let kernels = list("kernels");
    let full = kernels[0]["name"].as_str().unwrap();
    let short = full.rsplit('/').next().unwrap();
    let (code, stdout, _) = hwtune(&["explain", short, "--kind", "kernel"]);
    assert!(code == 0 && stdout.contains(full), "{stdout}");

    let folder = tempfile::tempdir().unwrap();
    let table =
        "[package.cargo]\ntitle = \"Cargo\"\nlayer = \"user\"\nwhy = \"a test\"\nsource = \"a test\"\n";
    std::fs::write(folder.path().join("packages.toml"), table).unwrap();
    let (code, stdout, stderr) =
        hwtune(&["explain", "cargo", "--probes", &folder.path().display().to_string()]);
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("package cargo: ") && stdout.contains("consumer cargo: "), "{stdout}");
    assert!(stderr.contains("cargo is several: package cargo, consumer cargo"), "{stderr}");
}

#[test]
fn shells_take_their_completions() {
    for shell in ["bash", "elvish", "fish", "nushell", "powershell", "zsh"] {
        let (code, stdout, _) = hwtune(&["completions", shell]);
        assert_eq!(code, 0);
        for word in ["detect", "render", "fleet", "merge"] {
            assert!(stdout.contains(word), "{shell}: {word}");
        }
    }
    // bash itself: the function is defined and answers.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hwtune.bash");
    std::fs::write(&file, hwtune(&["completions", "bash"]).1).unwrap();
    let script = "complete() { :; }; . \"$1\"; COMP_WORDS=(hwtune li); COMP_CWORD=1; COMPREPLY=(); _hwtune hwtune li hwtune; echo \"${COMPREPLY[@]}\"";
    let out = std::process::Command::new("bash").args(["-uc", script, "bash"]).arg(&file).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&out.stdout).trim(), "list", "{out:?}");
    assert_eq!(hwtune(&["completions", "tcsh"]).0, 2);
}

#[test]
fn manual_pages_have_every_command_and_render() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("man1");
    assert_eq!(hwtune(&["man", &at.display().to_string()]).0, 0);
    let (_, help, _) = hwtune(&["--help"]);
    let commands = help.split("Commands:").nth(1).unwrap().split("Options:").next().unwrap();
    // A command opens a line at two blanks; what is further in goes on with its text.
    let names = commands.lines().filter(|l| l.starts_with("  ") && !l.starts_with("   "));
    let mut pages: Vec<String> = names
        .map(|l| l.split_whitespace().next().unwrap())
        .filter(|n| *n != "help")
        .map(|n| format!("hwtune-{n}"))
        .collect();
    assert!(pages.len() >= 9, "{pages:?}");
    pages.extend(["hwtune".to_string(), "hwtune-fleet-merge".to_string()]);
    for page in pages {
        let file = at.join(format!("{page}.1"));
        let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{page}: {e}"));
        assert!(text.contains(&format!(".TH {page}")) && text.contains(".SH SYNOPSIS"), "{page}");
        if which::which("groff").is_ok() {
            let out = std::process::Command::new("groff")
                .args(["-man", "-Tascii", "-P-c", "-P-b", "-P-u", "-ww"])
                .arg(&file)
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&out.stderr);
            assert!(out.status.success() && said.is_empty(), "{page}: {said}");
            assert!(String::from_utf8_lossy(&out.stdout).contains(&page));
        }
    }
    let (code, stdout, _) = hwtune(&["man"]);
    assert!(code == 0 && stdout.contains(".TH hwtune"));
}
