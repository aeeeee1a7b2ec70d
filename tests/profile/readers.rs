//! Other languages read the same values.

use crate::profile::support::{json, path, profile, profiles};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

#[path = "../../examples/read_profile.rs"]
#[allow(dead_code)]
mod read_profile;

/// The reader that the documentation shows.
const PYTHON: &str = "import tomllib
profile = tomllib.load(open('tests/profiles/measured.toml', 'rb'))
for name, p in profile['package'].items(): print(name, p['verdict'], *p['flags'])";

fn python(script: &str, file: Option<&Path>) -> String {
    let out = Command::new("python3")
        .args(["-c", script])
        .args(file)
        .current_dir(path(""))
        .output()
        .expect("python3 3.11 or newer");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

fn by_python(file: &Path) -> Value {
    let script = "import json, sys, tomllib\nprint(json.dumps(tomllib.load(open(sys.argv[1], 'rb'))))";
    serde_json::from_str(&python(script, Some(file))).unwrap()
}

/// Whether Nix reads these values. It compares them itself: older ones print floats with six digits.
fn nix_reads(file: &Path, values: &Value) -> bool {
    let scratch = tempfile::tempdir().unwrap();
    let json = scratch.path().join("values.json");
    std::fs::write(&json, values.to_string()).unwrap();
    let expression = format!(
        "builtins.fromTOML (builtins.readFile {}) == builtins.fromJSON (builtins.readFile {})",
        file.display(),
        json.display()
    );
    let out = Command::new("nix-instantiate")
        .args(["--eval", "--strict", "--json", "--expr", &expression])
        .env("HOME", scratch.path())
        .env("NIX_STATE_DIR", scratch.path().join("var"))
        .env("NIX_STORE_DIR", "/nix/store")
        .env("NIX_LOG_DIR", scratch.path().join("log"))
        .output()
        .expect("nix-instantiate: install Debian's nix-bin");
    assert!(out.status.success(), "{}: {}", file.display(), String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).trim() == "true"
}

/// Equal values: integers exactly, floats as the same double however they are written.
fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => match (x.as_i64(), y.as_i64()) {
            (Some(x), Some(y)) => x == y,
            _ => x.as_f64() == y.as_f64(),
        },
        (Value::Array(x), Value::Array(y)) => x.len() == y.len() && x.iter().zip(y).all(|(x, y)| equal(x, y)),
        (Value::Object(x), Value::Object(y)) => {
            x.len() == y.len() && x.iter().all(|(k, v)| y.get(k).is_some_and(|w| equal(v, w)))
        }
        _ => a == b,
    }
}

#[test]
fn toml_crate_tomllib_and_nix_agree() {
    let folder = tempfile::tempdir().unwrap();
    for file in profiles() {
        let text = std::fs::read_to_string(&file).unwrap();
        let profile = hwtune::profile::read(&file).unwrap();
        let written = hwtune::profile::to_toml(&profile).unwrap();
        assert_eq!(hwtune::profile::parse(&written, "written").unwrap(), profile, "{}", file.display());
        let again = folder.path().join("again.toml");
        std::fs::write(&again, &written).unwrap();
        for (file, text) in [(&file, &text), (&again, &written)] {
            let ours = json(text);
            let theirs = by_python(file);
            assert!(equal(&ours, &theirs), "{}:\n{ours}\n{theirs}", file.display());
            assert!(nix_reads(file, &ours), "{}: Nix reads other values than\n{ours}", file.display());
            // The check can fail.
            let mut other = ours.clone();
            other["host"]["cores"] = 7.into();
            other["names"]["gcc"] = "another".into();
            assert!(!equal(&other, &theirs) && !nix_reads(file, &other));
        }
    }
}

#[test]
fn three_lines_of_python_and_the_example_say_the_same() {
    let said = python(PYTHON, None);
    assert_eq!(said.lines().next(), Some("glibc helps -march=skylake -mtune=skylake -O3 -fno-plt"));
    let lines = read_profile::lines(&profile("measured"));
    let theirs: Vec<&str> = said.lines().collect();
    assert_eq!(lines, theirs);
}

#[test]
fn seeds_beyond_what_readers_hold_are_not_taken() {
    let args = ["tune", "--seed", "9223372036854775808", "--if-stale"];
    let out = crate::profile::support::run(&std::env::temp_dir(), &args);
    assert_eq!(out.status.code(), Some(2));
}
