//! `--format` and `-o` of every command: the form that was asked for, in the file that was named, or one line that refuses it.

use std::path::Path;
use std::process::{Command, Output};

/// What a command does with a form.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    /// Gives it.
    Gives,
    /// Refuses it in one line.
    Refuses,
}
use Form::{Gives, Refuses};

/// Every command that answers without measuring, its exit code, and what it does with JSON and TOML. Those that measure are
/// below.
const COMMANDS: [(&str, i32, Form, Form); 28] = [
    ("", 0, Gives, Gives),
    ("detect --no-toolchains", 0, Gives, Gives),
    ("detect --no-toolchains --explain", 0, Gives, Gives),
    ("detect --schema", 0, Gives, Refuses),
    ("probe -- -O3 -fbogus", 0, Gives, Gives),
    ("probe --all -- -O3", 0, Gives, Gives),
    ("render --list", 0, Gives, Gives),
    ("render cargo P", 0, Refuses, Refuses),
    ("render cargo P --explain", 0, Gives, Gives),
    ("render nixos-overlay P --explain", 0, Gives, Gives),
    ("flags host --profile P", 0, Gives, Gives),
    ("check P --no-toolchains", 10, Gives, Gives),
    ("diff P Q", 0, Gives, Gives),
    ("schema", 0, Gives, Refuses),
    ("schema diff", 0, Gives, Refuses),
    ("explain -O3", 0, Gives, Gives),
    ("explain zlib --profile P", 0, Gives, Gives),
    ("list flags", 0, Gives, Gives),
    ("list verdicts,exit-codes", 0, Gives, Gives),
    ("fleet merge P", 0, Gives, Gives),
    ("completions bash", 0, Refuses, Refuses),
    ("man", 0, Refuses, Refuses),
    ("report P", 0, Refuses, Refuses),
    ("sources list", 0, Gives, Gives),
    ("sources get zlib --dry-run", 0, Gives, Gives),
    ("rollout imported ETC", 13, Gives, Gives),
    ("rollout snippet --channel --target nixos-overlay", 0, Refuses, Refuses),
    ("record -- true", 2, Gives, Refuses),
];

/// Refused before anything is measured or fetched.
const REFUSED: [(&str, &str); 5] = [
    ("sources get zlib", "json"),
    ("sources get zlib", "toml"),
    ("sources remove zlib", "json"),
    ("record -- touch made", "toml"),
    ("rollout plan --route overlay", "json"),
];

fn run(folder: &Path, words: &str, more: &[&str]) -> Output {
    let own = |name: &str| format!("{}/tests/profiles/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    let etc = folder.join("etc").display().to_string();
    let word = |w: &str| match w {
        "P" => own("measured"),
        "Q" => own("zen5"),
        "ETC" => etc.clone(),
        other => other.into(),
    };
    // Options stand before what is handed on.
    let (before, after) = words.split_once(" -- ").unwrap_or((words, ""));
    let mut command = Command::new(env!("CARGO_BIN_EXE_hwtune"));
    command.args(before.split_whitespace().map(word)).args(more);
    if !after.is_empty() {
        command.arg("--").args(after.split_whitespace());
    }
    command.current_dir(folder).env("XDG_STATE_HOME", folder).env("XDG_CACHE_HOME", folder.join("cache"));
    command.env_remove("CC").output().unwrap()
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("etc")).unwrap();
    std::fs::write(folder.path().join("etc/configuration.nix"), "{ imports = [ ]; }\n").unwrap();
    folder
}

fn parses(form: &str, text: &str) -> bool {
    match form {
        "json" => serde_json::from_str::<serde_json::Value>(text).is_ok(),
        _ => !text.is_empty() && toml::from_str::<toml::Table>(text).is_ok(),
    }
}

#[test]
fn every_command_gives_the_form_or_refuses_it_in_one_line() {
    for (words, code, json, toml) in COMMANDS {
        for (form, does) in [("json", json), ("toml", toml)] {
            let folder = folder();
            let file = folder.path().join("answer");
            let output = run(folder.path(), words, &["--format", form, "-o", file.to_str().unwrap()]);
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            let what = format!("{words:?} --format {form}: {said}");
            match does {
                Gives if words.starts_with("record") => {
                    assert_eq!(output.status.code(), Some(code), "{what}")
                }
                Gives => {
                    assert_eq!(output.status.code(), Some(code), "{what}");
                    assert!(output.stdout.is_empty(), "{what}");
                    let text = std::fs::read_to_string(&file).unwrap();
                    assert!(parses(form, &text), "{what}\n{text}");
                }
                Refuses => {
                    assert_eq!(output.status.code(), Some(2), "{what}");
                    let errors: Vec<&str> =
                        said.lines().filter(|l| l.starts_with("hwtune: error: ")).collect();
                    let named = |l: &&str| l.contains("--format") || l.contains("gives html, md or svg");
                    assert!(errors.len() == 1 && errors.iter().all(named), "{what}");
                    assert!(!file.exists() && output.stdout.is_empty(), "{what}");
                }
            }
        }
        // The same without: an answer for people.
        let folder = folder();
        if !words.starts_with("record") {
            let file = folder.path().join("answer");
            let output = run(folder.path(), words, &["-o", file.to_str().unwrap()]);
            assert_eq!(
                output.status.code(),
                Some(code),
                "{words:?}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
            let there = std::fs::read_to_string(&file).is_ok_and(|text| !text.is_empty());
            assert!(there && (output.stdout.is_empty() || words.starts_with("fleet")), "{words:?}");
        }
    }
}

#[test]
fn a_form_that_is_not_there_is_refused_before_any_work() {
    for (words, form) in REFUSED {
        let folder = folder();
        let output = run(folder.path(), words, &["--format", form]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{words}: {said}");
        assert!(said.contains(&format!("there is no --format {form}")), "{words}: {said}");
        assert!(!folder.path().join("made").exists(), "{words}");
    }
}

#[test]
fn forms_of_the_report_are_refused_elsewhere() {
    let folder = folder();
    for form in ["html", "md", "svg"] {
        let output = run(folder.path(), "list flags", &["--format", form]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && said.contains("are for `hwtune report`"), "{said}");
    }
}

/// No command is left out of the tables above but those that measure, whose documents are tested with them.
#[test]
fn the_tables_name_all_commands() {
    let help = Command::new(env!("CARGO_BIN_EXE_hwtune")).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let commands = help.split("Commands:").nth(1).unwrap().split("Options:").next().unwrap();
    let names = commands.lines().filter(|l| l.starts_with("  ") && !l.starts_with("   "));
    for name in names.filter_map(|l| l.split_whitespace().next()) {
        let measures = ["tune", "compare", "transfer", "selftest", "help"].contains(&name);
        let known = COMMANDS.iter().map(|c| c.0).chain(REFUSED.iter().map(|r| r.0));
        assert!(measures || known.clone().any(|words| words.split(' ').next() == Some(name)), "{name}");
    }
}
