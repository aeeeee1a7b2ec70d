//! An answer that cannot be written is an error: a closed standard output is none of success.

use crate::faults::support::{Place, fails};
use std::process::Command;

/// Commands that answer, without measuring.
const ANSWERS: [&str; 20] = [
    "",
    "--help",
    "--version",
    "tune --help",
    "detect --no-toolchains",
    "detect --no-toolchains --format json",
    "detect --no-toolchains --format toml",
    "detect --schema",
    "list flags",
    "explain -O3",
    "schema",
    "completions bash",
    "man",
    "render --list",
    "render cargo PROFILE",
    "render cargo PROFILE --explain",
    "flags host --profile PROFILE",
    "check PROFILE --no-toolchains",
    "diff PROFILE PROFILE",
    "fleet merge PROFILE",
];

fn run(place: &Place, words: &str, to: &str) -> std::process::Output {
    let profile = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/profiles/measured.toml");
    let words = words.replace("PROFILE", profile);
    let script = format!("exec '{}' {words} {to}", env!("CARGO_BIN_EXE_hwtune"));
    let mut command = Command::new("sh");
    place.dress(&mut command).args(["-c", &script]).output().unwrap()
}

#[test]
fn a_closed_standard_output_is_an_error_of_every_command() {
    let place = Place::new();
    for words in ANSWERS {
        fails(words, &run(&place, words, ">&-"), 30, &["standard output", "closed", "-o"]);
        fails(words, &run(&place, words, "1</dev/null"), 30, &["standard output", "-o"]);
    }
    for words in ["list flags", "report PROFILE"] {
        fails(words, &run(&place, words, ">/dev/full"), 30, &["standard output"]);
    }
}

#[test]
fn an_answer_that_nobody_wants_or_that_goes_elsewhere_is_none() {
    let place = Place::new();
    for to in [">/dev/null", "1<>/dev/null", "-o answer.txt >&-", "| head -c 1"] {
        let output = run(&place, "list flags", to);
        assert!(output.status.success(), "{to}: {}", String::from_utf8_lossy(&output.stderr));
    }
    assert!(std::fs::read_to_string(place.path("answer.txt")).unwrap().contains("-O3"));
    // Whatever else is closed.
    assert!(run(&place, "list flags", "<&- 2>&-").status.success());
    assert_eq!(run(&place, "list flags", "<&- >&- 2>&-").status.code(), Some(30));
}
