//! Every target, rendered from every profile, equals its golden file.

use crate::render::support::{catalogue, path, profile, unmeasured};
use hwtune::render::{self, Options, RenderError};

/// Rewrites the golden files instead of comparing with them.
const UPDATE: &str = "HWTUNE_UPDATE_GOLDEN";

const PROFILES: [&str; 4] = ["aarch64", "measured", "unmeasured", "zen5"];

/// Each target from each profile: the text, or the one line that says why there is none.
#[test]
fn every_target_equals_its_golden_files() {
    let catalogue = catalogue();
    let mut wrong = Vec::new();
    let mut expected = Vec::new();
    for target in render::targets(None).unwrap() {
        for name in PROFILES {
            let options = if name == "unmeasured" { unmeasured() } else { Options::default() };
            let text = match render::render(&profile(name), catalogue, &target.name, &options) {
                Ok(rendered) => rendered.text,
                Err(error @ (RenderError::Profile { .. } | RenderError::Refused { .. })) => {
                    format!("{error}\n")
                }
                Err(error) => panic!("{}: {error}", target.name),
            };
            // The features that the shipped tables know change with them.
            let steady = |line: &str| match line.starts_with("  features = ") {
                true => "  features = \"FEATURES\";\n".to_string(),
                false => format!("{line}\n"),
            };
            let text: String =
                text.replace(env!("CARGO_PKG_VERSION"), "VERSION").lines().map(steady).collect();
            let file = path("golden").join(&target.name).join(format!("{name}.txt"));
            expected.push(file.clone());
            if std::env::var_os(UPDATE).is_some() {
                hwtune::profile::write(&file, &text).unwrap();
            } else if std::fs::read_to_string(&file).ok().as_deref() != Some(&text) {
                wrong.push(format!("{}\n{text}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "set {UPDATE}=1 to accept:\n{}", wrong.join("\n"));
    for folder in std::fs::read_dir(path("golden")).unwrap().flatten() {
        for file in std::fs::read_dir(folder.path()).unwrap().flatten() {
            assert!(expected.contains(&file.path()), "{} belongs to no target", file.path().display());
        }
    }
}
