//! The committed JSON Schema is that of the types, and it accepts and refuses what the reader does.

use crate::profile::support::{breaks, json, path, profiles, run, stdout};
use hwtune::profile::json_schema;
use serde_json::Value;

/// That the file is as the types say is a test beside the types.
#[test]
fn what_is_printed_is_the_committed_schema() {
    let committed = std::fs::read_to_string(path("profiles/schema.json")).unwrap();
    let printed = stdout(&run(&std::env::temp_dir(), &["schema"]), 0);
    assert!(printed == committed && json_schema() == committed, "the program was built with another schema");
    for name in ["profile", "detect", "probe", "check", "diff", "compare", "record", "transfer"] {
        let printed = stdout(&run(&std::env::temp_dir(), &["schema", name]), 0);
        jsonschema::draft202012::meta::validate(&serde_json::from_str(&printed).unwrap()).unwrap();
    }
}

#[test]
fn every_profile_is_as_the_schema_says() {
    let schema: Value = serde_json::from_str(json_schema()).unwrap();
    let all = profiles();
    assert!(all.len() >= 5);
    for file in all {
        let text = std::fs::read_to_string(&file).unwrap();
        assert_eq!(breaks(&schema, &json(&text)), Vec::<String>::new(), "{}", file.display());
        // The same keys where hwtune writes it as JSON.
        let profile = hwtune::profile::read(&file).unwrap();
        let written: Value = serde_json::from_str(&hwtune::profile::to_json(&profile).unwrap()).unwrap();
        assert_eq!(breaks(&schema, &written), Vec::<String>::new(), "{}", file.display());
    }
}

#[test]
fn the_other_documents_are_as_their_schemas_say() {
    let folder = tempfile::tempdir().unwrap();
    let of = |args: &[&str], code: i32| -> Value {
        serde_json::from_str(&stdout(&run(folder.path(), args), code)).unwrap()
    };
    let (a, b) = (path("tests/profiles/measured.toml"), path("tests/profiles/zen5.toml"));
    let (a, b) = (a.to_str().unwrap(), b.to_str().unwrap());
    let json = ["--format", "json"];
    for (name, args, code) in [
        ("detect", vec!["detect", "--no-toolchains"], 0),
        ("probe", vec!["probe", "--", "-O3"], 0),
        ("check", vec!["check", "--no-toolchains", a], 10),
        ("diff", vec!["diff", a, b], 0),
    ] {
        let schema = of(&["schema", name], 0);
        let document = of(&[&args[..1], &json[..], &args[1..]].concat(), code);
        assert_eq!(breaks(&schema, &document), Vec::<String>::new(), "{name}");
        assert_ne!(breaks(&schema, &serde_json::json!({"another": 1})), Vec::<String>::new(), "{name}");
    }
}
