//! Each broken profile is refused by the reader or the parser that its first line names.

use crate::profile::support::{breaks, files, json, run, stderr};
use hwtune::profile::{self, ProfileError, json_schema};
use proptest::prelude::*;

/// The first line of each file of `tests/profiles/broken` says who refuses it, and where:
/// `# WHY Refused by the reader [and the schema] [at line N]: KEY`
struct Expected {
    schema: bool,
    line: Option<String>,
    key: String,
}

fn expected(text: &str) -> Expected {
    let header = text.lines().next().unwrap();
    let (by, key) = header.split_once("Refused by the reader").unwrap().1.split_once(": ").unwrap();
    let line = by.split_once(" at line ").map(|(_, n)| n.to_string());
    Expected { schema: by.starts_with(" and the schema"), line, key: key.into() }
}

#[test]
fn the_reader_names_key_and_line() {
    let all = files("tests/profiles/broken");
    assert!(all.len() >= 20);
    for file in all {
        let Expected { line, key, .. } = expected(&std::fs::read_to_string(&file).unwrap());
        let error = profile::read(&file).unwrap_err().to_string();
        let line = line.map(|n| format!("line {n}: ")).unwrap_or_default();
        let start = format!("profile {}: {line}{key}: ", file.display());
        assert!(error.starts_with(&start), "{error}\nshould begin with\n{start}");
        assert!(!error.contains('\n') && error.contains("correct it"), "{error}");
    }
}

#[test]
fn the_schema_names_the_key_and_lets_pass_what_it_cannot_say() {
    let schema = serde_json::from_str(json_schema()).unwrap();
    for file in files("tests/profiles/broken") {
        let text = std::fs::read_to_string(&file).unwrap();
        let Expected { schema: refused, key, .. } = expected(&text);
        let found = breaks(&schema, &json(&text));
        let place = file.display();
        if !refused {
            // JSON has neither infinities nor NaN: as JSON they are null, which an optional figure may be.
            assert_eq!(found, Vec::<String>::new(), "{place}");
            continue;
        }
        let pointer = format!("/{}", key.replace(['.', '['], "/").replace(']', ""));
        let (parent, last) = pointer.rsplit_once('/').unwrap();
        let named = |line: &String| {
            line.starts_with(&format!("{pointer}: "))
                || (line.starts_with(&format!("{parent}: ")) && line.contains(last))
        };
        assert!(found.iter().any(named), "{place}: {pointer} in {found:?}");
    }
}

#[test]
fn what_is_no_profile_at_all() {
    for (text, wanted) in [
        ("", "key `schema` is missing"),
        ("schema = 1\nhost = {\n", "line 2: "),
        ("schema = 1\nschema = 1\n", "line 2: "),
        ("schema = -1\n", "line 1: schema: "),
        ("schema = 1\n", "fingerprint: missing"),
        ("schema = 1\n[host]\nname = 3\n", "line 3: host.name: "),
        ("\u{feff}schema = 1\n", "fingerprint: missing"),
    ] {
        let error = profile::parse(text, "x.toml").unwrap_err().to_string();
        assert!(error.starts_with("profile x.toml: ") && error.contains(wanted), "{text:?}: {error}");
    }
    let newer = profile::parse("schema = 3\nanything = 1\n", "x.toml").unwrap_err();
    assert!(matches!(newer, ProfileError::Newer { found: 3, .. }), "{newer}");
}

#[test]
fn names_with_dots_and_brackets_are_found() {
    let text =
        std::fs::read_to_string(crate::profile::support::path("tests/profiles/hostile/texts.toml")).unwrap();
    let broken = text.replace("evidence = \"none\"", "evidence = \"some\"");
    let at = broken.lines().position(|l| l == "evidence = \"some\"").unwrap() + 1;
    let error = profile::parse(&broken, "x").unwrap_err().to_string();
    assert!(error.starts_with(&format!("profile x: line {at}: package.dotted.name.evidence: ")), "{error}");
    let broken = text.replace("low = -13\n", "low = 13\n");
    let error = profile::parse(&broken, "x").unwrap_err().to_string();
    assert!(error.contains("line ") && error.contains(".low: 13 is above high, 0"), "{error}");
}

#[test]
fn messages_hold_nothing_that_a_terminal_obeys() {
    let text = "schema = 1\n[host]\n\"\\u001b[31m\\n\" = 1\n";
    let error = profile::parse(text, "x").unwrap_err().to_string();
    assert!(!error.contains(char::is_control) && error.starts_with("profile x: "), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever became of a profile's bytes: a profile, or one line that says why not.
    #[test]
    fn damaged_profiles_are_told_in_one_line(at in 0usize..3000, cut in 0usize..60, put in "[\\PC\\[\\]{}=.\"\n0-9]{0,8}") {
        let text = include_str!("../profiles/measured.toml");
        let mut bytes = text.as_bytes().to_vec();
        let at = at.min(bytes.len());
        let end = (at + cut).min(bytes.len());
        bytes.splice(at..end, put.bytes());
        if let Err(error) = profile::parse(&String::from_utf8_lossy(&bytes), "x") {
            let error = error.to_string();
            prop_assert!(error.starts_with("profile x: ") && !error.contains('\n'), "{}", error);
        }
    }
}

#[test]
fn exit_codes_of_the_command() {
    let folder = tempfile::tempdir().unwrap();
    let check = |text: &str| {
        std::fs::write(folder.path().join("p.toml"), text).unwrap();
        run(folder.path(), &["check", "p.toml"])
    };
    assert_eq!(check("schema = 99\n").status.code(), Some(21));
    let broken = check("schema = 1\n");
    assert_eq!(broken.status.code(), Some(2));
    assert_eq!(stderr(&broken).lines().count(), 1);
    let missing = run(folder.path(), &["check"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(stderr(&missing).contains("write one with `hwtune tune`"), "{}", stderr(&missing));
}
