//! The `detect` command as a program meets it.

use assert_cmd::Command;
use serde_json::Value;
use std::path::Path;

fn hwtune(args: &[&str]) -> assert_cmd::assert::Assert {
    Command::new(env!("CARGO_BIN_EXE_hwtune")).arg("detect").args(args).assert()
}

fn output(args: &[&str]) -> String {
    String::from_utf8(hwtune(args).success().get_output().stdout.clone()).unwrap()
}

fn raw(name: &str) -> String {
    format!("{}/tests/hosts/raw/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// Where a value breaks its schema; the parts of JSON Schema that ours uses.
fn breaks(schema: &Value, root: &Value, value: &Value, at: &str) -> Vec<String> {
    if let Some(name) = schema["$ref"].as_str() {
        let definition = &root["$defs"][name.trim_start_matches("#/$defs/")];
        return breaks(definition, root, value, at);
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(n) if n.is_u64() || n.is_i64() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(some) => some.iter().filter_map(Value::as_str).collect(),
        _ => return vec![format!("{at}: the schema names no type")],
    };
    if !types.contains(&kind) {
        return vec![format!("{at} is {kind}, not {types:?}")];
    }
    let mut found = Vec::new();
    if let Value::Object(map) = value {
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        found.extend(required.filter(|k| !map.contains_key(*k)).map(|k| format!("{at}.{k} is missing")));
        for (key, value) in map {
            match schema["properties"].get(key) {
                Some(schema) => found.extend(breaks(schema, root, value, &format!("{at}.{key}"))),
                None => found.push(format!("{at}.{key} is not in the schema")),
            }
        }
    }
    for (n, item) in value.as_array().into_iter().flatten().enumerate() {
        found.extend(breaks(&schema["items"], root, item, &format!("{at}[{n}]")));
    }
    found
}

#[test]
fn the_document_is_as_the_schema_says() {
    let schema: Value = serde_json::from_str(&output(&["--schema"])).unwrap();
    for args in [
        vec!["--no-toolchains"],
        vec!["--cpuid-dump", &raw("skylake--cpuid-r.txt")],
        vec!["--cpuinfo", &raw("cortex-a55--cpuinfo-tensor.txt"), "--no-toolchains"],
    ] {
        let document: Value =
            serde_json::from_str(&output(&[&args[..], &["--format", "json"]].concat())).unwrap();
        assert_eq!(breaks(&schema, &schema, &document, "document"), Vec::<String>::new());
    }
    let wrong = serde_json::json!({"host": 1, "toolchains": [], "extra": null});
    assert_eq!(breaks(&schema, &schema, &wrong, "d").len(), 3, "the check must be able to fail");
}

#[test]
fn a_dump_tells_its_host_and_is_not_asked_for_native() {
    let text = output(&["--cpuid-dump", &raw("skylake--cpuid-r.txt"), "--format", "json"]);
    let document: Value = serde_json::from_str(&text).unwrap();
    let host = &document["host"];
    assert_eq!((&host["vendor"], &host["family"]), (&"GenuineIntel".into(), &6.into()));
    assert_eq!((&host["model"], &host["stepping"]), (&94.into(), &3.into()));
    assert_eq!((&host["microarchitecture"], &host["level"]), (&"skylake".into(), &"x86-64-v3".into()));
    assert_eq!(document["names"]["go"], "v3");
    for toolchain in document["toolchains"].as_array().unwrap() {
        assert!(toolchain["native"].is_null() && toolchain["native_differs"].is_null());
        assert_eq!(toolchain["verified"], false, "asked, but not on that CPU");
    }
}

#[test]
fn standard_input_and_a_folder_of_hwloc() {
    let bytes = std::fs::read(raw("btver2--hwloc.txt")).unwrap();
    let piped = Command::new(env!("CARGO_BIN_EXE_hwtune"))
        .args(["detect", "--cpuid-dump", "-", "--no-toolchains", "--format", "json"])
        .write_stdin(bytes.clone())
        .assert()
        .success();
    let piped: Value = serde_json::from_slice(&piped.get_output().stdout).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (n, part) in String::from_utf8(bytes).unwrap().split("# mask").skip(1).enumerate() {
        std::fs::write(folder.path().join(format!("pu{n}")), format!("# mask{part}")).unwrap();
    }
    let place = folder.path().display().to_string();
    let text = output(&["--cpuid-dump", &place, "--no-toolchains", "--format", "json"]);
    let folded: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(piped["host"]["features"], folded["host"]["features"]);
    assert_eq!(folded["host"]["microarchitecture"], "btver2");
}

/// The end of a file is not mended on the way: a register that lost digits is none.
#[test]
fn a_file_that_ends_within_a_number() {
    let text = "CPUID 00000000: 00000007-756E6547-6C65746E-49656E69\nCPUID 00000001: 000306C3-00000800-7FFAFBBF-BFEBFBFF\n\
                CPUID 00000007: 00000000-000027AB-00000000-00008000";
    let file = tempfile::NamedTempFile::new().unwrap();
    let features = |text: &str| {
        std::fs::write(file.path(), text).unwrap();
        let path = file.path().to_str().unwrap();
        let host: Value =
            serde_json::from_str(&output(&["--cpuid-dump", path, "--no-toolchains", "--format", "json"]))
                .unwrap();
        assert_eq!(host["host"]["microarchitecture"], "haswell");
        host["host"]["features"].as_array().unwrap().iter().any(|f| f == "avx2")
    };
    assert!(features(text));
    assert!(!features(&text[..text.len() - 3]));
}

#[test]
fn toml_is_a_whole_profile() {
    let text =
        output(&["--cpuid-dump", &raw("skylake--cpuid-1-r.txt"), "--name", "shoshin", "--format", "toml"]);
    let profile = hwtune::profile::parse(&text, "output").unwrap();
    assert_eq!((profile.host.name.as_str(), profile.schema, profile.complete), ("shoshin", 2, true));
    assert_eq!(profile.fingerprint, hwtune::profile::fingerprint(&profile));
    assert!(profile.measurement.is_none() && profile.package.is_empty());
}

#[test]
fn errors_are_one_line_with_their_code() {
    let none = Path::new(env!("CARGO_MANIFEST_DIR")).join("no such file").display().to_string();
    let toml = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml").display().to_string();
    let skylake = raw("skylake--cpuid-r.txt");
    for args in [
        vec!["--cpuid-dump", &none],
        vec!["--cpuid-dump", &toml],
        vec!["--cpuinfo", &toml],
        vec!["--cpuid-dump", &skylake, "--xcr0", "seven"],
        vec!["--cpuid-dump", &skylake, "--for", "tcc@1"],
        vec!["--cpuid-dump", &skylake, "--for", "gcc"],
    ] {
        let assert = hwtune(&args).code(2).stdout("");
        let text = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
        let last = text.lines().last().unwrap();
        assert!(last.starts_with("hwtune: error: "), "{args:?}: {text}");
    }
}

#[test]
fn reasons_are_told() {
    let text = output(&["--cpuid-dump", &raw("skylake--cpuid-r.txt"), "--no-toolchains", "--explain"]);
    assert!(text.contains("GenuineIntel family 6 model 0x5e stepping 3 is skylake (Skylake)"), "{text}");
}
