//! What people type by habit: words without options, pipes for files, several names at once, a name with a slip.

use crate::profile::support::{path, run, stderr, stdout};
use std::process::Command;

fn here() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn measured() -> String {
    path("tests/profiles/measured.toml").display().to_string()
}

#[test]
fn a_profile_is_a_word_a_pipe_or_an_option() {
    let folder = here();
    let file = measured();
    let option = stdout(&run(folder.path(), &["render", "cargo", "--profile", &file]), 0);
    assert_eq!(stdout(&run(folder.path(), &["render", "cargo", &file]), 0), option);
    let both = run(folder.path(), &["render", "cargo", &file, "--profile", "other.toml"]);
    assert!(both.status.code() == Some(2) && stderr(&both).contains("give one"), "{}", stderr(&both));
    let script = format!(
        "'{0}' render cargo <(cat '{file}'); cat '{file}' | '{0}' render cargo -",
        env!("CARGO_BIN_EXE_hwtune")
    );
    let piped = Command::new("bash").args(["-c", &script]).current_dir(folder.path()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&piped.stdout), option.clone() + &option, "{}", stderr(&piped));
}

#[test]
fn a_slip_is_answered_with_what_was_meant() {
    let folder = here();
    for (args, words) in [
        (&["render", "nixos-overly"][..], "did you mean nixos-overlay?"),
        (&["tune", "zlibb"], "did you mean zlib?"),
        (&["explain", "znver55"], "did you mean znver5"),
        (&["rendr"], "render"),
        (&["tune", "--packge", "zlib"], "--package"),
    ] {
        let output = run(folder.path(), args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(stderr(&output).contains(words), "{args:?}: {}", stderr(&output));
    }
}

#[test]
fn several_with_commas_or_blanks_are_the_same() {
    let folder = here();
    let list = |args: &[&str]| stdout(&run(folder.path(), &[&["list"], args].concat()), 0);
    assert_eq!(list(&["verdicts,exit-codes"]), list(&["verdicts", "exit-codes"]));
    assert_eq!(list(&["verdicts", "verdicts"]), list(&["verdicts"]));
    let dump = path("tests/hosts/raw/skylake--cpuid-1-r.txt").display().to_string();
    let (a, b) = (measured(), path("tests/profiles/zen5.toml").display().to_string());
    let both = format!("{a},{b}");
    let detect = ["detect", "--no-toolchains", "--cpuid-dump", &dump, "--format", "toml", "--name", "x"];
    for (together, apart) in [
        (vec!["--for", "gcc@12,clang@16"], vec!["--for", "gcc@12", "--for", "clang@16"]),
        (
            vec!["--for", "gcc@12", "--unmeasured", "zlib,glibc"],
            vec!["--for", "gcc@12", "--unmeasured", "zlib", "--unmeasured", "glibc"],
        ),
    ] {
        let of = |more: &[&str]| stdout(&run(folder.path(), &[&detect[..], more].concat()), 0);
        assert_eq!(of(&together), of(&apart));
    }
    for (together, apart) in [
        (vec!["fleet", "merge", &both], vec!["fleet", "merge", &a, &b]),
        (vec!["report", &both], vec!["report", &a, &b]),
        (
            vec!["render", "env-sh", &a, "--allow", "zlib:-O3,glibc:-O3"],
            vec!["render", "env-sh", &a, "--allow", "zlib:-O3", "--allow", "glibc:-O3"],
        ),
        (
            vec!["render", "nixos-overlay", &a, "--package", "zlib,glibc"],
            vec!["render", "nixos-overlay", &a, "--package", "zlib", "--package", "glibc"],
        ),
        (
            vec!["sources", "get", "--dry-run", "--with", "apt", "zlib,glibc"],
            vec!["sources", "get", "--dry-run", "--with", "apt", "zlib", "glibc"],
        ),
    ] {
        let of = |args: &[&str]| stdout(&run(folder.path(), args), 0);
        assert_eq!(of(&together), of(&apart), "{together:?}");
    }
    // What measures names the second of two that is not there.
    for args in [
        &["tune", "zlib,nosuch"][..],
        &["tune", "--package", "zlib,nosuch"],
        &["tune", "--kernel", "a.c,nosuch.c"],
        &["tune", "zlib", "--allow", "abi,nosuch"],
        &["check", &a, "--no-toolchains", "--kernel", "a.c,nosuch.c"],
        &["selftest", "--kernel", "a.c,nosuch.c"],
        &["selftest", "--condition", "null,nosuch"],
    ] {
        std::fs::write(folder.path().join("a.c"), crate::faults::support::SUM).unwrap();
        let output = run(folder.path(), args);
        assert!(output.status.code() == Some(2) && stderr(&output).contains("nosuch"), "{}", stderr(&output));
    }
}

#[test]
fn a_compiler_is_explained_without_its_release() {
    let folder = here();
    let text = stdout(&run(folder.path(), &["explain", "gcc"]), 0);
    assert!(text.contains("compiler gcc-16.2") && text.contains("package gcc"), "{text}");
    assert!(stdout(&run(folder.path(), &["explain", "clang"]), 0).contains("compiler clang-22.1"));
}

#[test]
fn all_broken_profiles_of_a_fleet_are_told_at_once() {
    let folder = here();
    for name in ["one.toml", "two.toml"] {
        std::fs::write(folder.path().join(name), "x").unwrap();
    }
    let output = run(folder.path(), &["fleet", "merge", "one.toml", &measured(), "two.toml"]);
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    assert!(said.contains("2 of 3") && said.contains("one.toml") && said.contains("two.toml"), "{said}");
}

#[test]
fn another_hosts_profile_is_told_in_one_line() {
    let folder = here();
    let text = stdout(&run(folder.path(), &["check", &measured()]), 10);
    assert!(text.lines().count() == 1 && text.contains("it is the profile of \"shoshin\""), "{text}");
    assert!(stdout(&run(folder.path(), &["check", "-v", &measured()]), 10).lines().count() > 3);
}

#[test]
fn a_profile_that_was_changed_is_not_rendered_merged_or_reported() {
    let folder = here();
    let text = std::fs::read_to_string(measured()).unwrap();
    let changed = text.replace("\"movbe\"", "\"amx-tile\"");
    assert_ne!(changed, text);
    std::fs::write(folder.path().join("p.toml"), changed).unwrap();
    for args in [&["render", "cargo", "p.toml"][..], &["report", "p.toml"], &["fleet", "merge", "p.toml"]] {
        let output = run(folder.path(), args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(stderr(&output).contains("changed after hwtune wrote it"), "{args:?}: {}", stderr(&output));
    }
}
