//! Reports in every form equal their golden files.

use crate::report::support::{path, written};

/// Rewrites the golden files instead of comparing with them.
const UPDATE: &str = "HWTUNE_UPDATE_GOLDEN";

const LAYOUTS: &str = "tests/profiles/layouts.toml";
const MEASURED: &str = "tests/profiles/measured.toml";
const UNMEASURED: &str = "tests/profiles/unmeasured.toml";

/// Each form of a report equals its file. What is rendered into it is a target whose text depends on the host alone.
#[test]
fn every_form_equals_its_golden_file() {
    let several = [LAYOUTS, MEASURED, "tests/profiles/zen5.toml"];
    let one = |form: &'static str, more: &[&'static str]| [&[LAYOUTS, "--format", form][..], more].concat();
    let cases: Vec<(&str, Vec<&str>)> = vec![
        ("layouts.html", one("html", &["--render", "zig"])),
        ("layouts.md", one("md", &["--render", "zig"])),
        ("forest.svg", one("svg", &[])),
        ("kernels.svg", one("svg", &["--plot", "layouts"])),
        ("time.svg", one("svg", &["--plot", "time"])),
        ("measured.html", vec![MEASURED, "--format", "html", "--render", "zig"]),
        ("unmeasured.md", vec![UNMEASURED, "--render", "zig"]),
        ("several.html", [&several[..], &["--format", "html"]].concat()),
        ("several.md", several.to_vec()),
        ("several.svg", [&several[..], &["--format", "svg"]].concat()),
    ];
    let mut wrong = Vec::new();
    for (name, args) in &cases {
        let text = written(args).replace(env!("CARGO_PKG_VERSION"), "VERSION");
        let file = path("tests/report/golden").join(name);
        if std::env::var_os(UPDATE).is_some() {
            std::fs::write(&file, &text).unwrap();
        } else {
            let golden = std::fs::read_to_string(&file).unwrap_or_default();
            let at = golden.lines().zip(text.lines()).position(|(a, b)| a != b);
            if golden != text {
                let line = at.unwrap_or(golden.lines().count().min(text.lines().count()));
                wrong.push(format!("{name}, line {}: {:?}", line + 1, text.lines().nth(line)));
            }
        }
    }
    assert!(wrong.is_empty(), "set {UPDATE}=1 to accept:\n{}", wrong.join("\n"));
    for file in std::fs::read_dir(path("tests/report/golden")).unwrap().flatten() {
        let name = file.file_name().into_string().unwrap();
        assert!(cases.iter().any(|(known, _)| *known == name), "{name} belongs to no case");
    }
}

#[test]
fn a_report_is_the_same_each_time() {
    let args = [LAYOUTS, "--format", "html"];
    assert_eq!(written(&args), written(&args));
}
