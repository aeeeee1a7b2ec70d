//! What goes to a registry and into a Debian package.

use crate::docs::page::root;
use std::collections::BTreeSet;
use std::process::Command;

fn packaged() -> BTreeSet<String> {
    let out = Command::new(env!("CARGO"))
        .args(["package", "--list", "--offline", "--locked", "--allow-dirty"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap().lines().map(str::to_string).collect()
}

/// All that the build embeds is packaged, and what belongs to the repository alone is not.
#[test]
fn the_crate_holds_what_it_needs() {
    let list = packaged();
    for folder in ["probes", "profiles", "src", "packaging", "docs"] {
        let mut folders = vec![root().join(folder)];
        while let Some(at) = folders.pop() {
            for entry in std::fs::read_dir(at).unwrap() {
                let path = entry.unwrap().path();
                let name = path.strip_prefix(root()).unwrap().display().to_string();
                match path.is_dir() {
                    true if name == "packaging/assets" => {}
                    true => folders.push(path),
                    false => assert!(list.contains(&name), "{name} is not packaged"),
                }
            }
        }
    }
    for wanted in ["LICENSE-APACHE", "LICENSE-MIT", "README.md", "CHANGELOG.md", "build.rs", "Cargo.lock"] {
        assert!(list.contains(wanted), "{wanted} is not packaged");
    }
    let unwanted = |f: &&String| f.starts_with("fuzz/") || f.starts_with(".ci") || f.starts_with("target/");
    assert_eq!(list.iter().find(unwanted), None);
    let size: u64 = list.iter().filter_map(|f| std::fs::metadata(root().join(f)).ok()).map(|m| m.len()).sum();
    assert!(size < 10 << 20, "crates.io takes 10 MiB, this is {size}");
}

/// Files of `[package.metadata.deb]`: those of the repository exist, and those that are made are what `assets.sh` makes.
#[test]
fn the_debian_packages_files_are_there() {
    let text = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let manifest: toml::Value = toml::from_str(&text).unwrap();
    let assets = manifest["package"]["metadata"]["deb"]["assets"].as_array().unwrap();
    let made = tempfile::tempdir().unwrap();
    let out = Command::new(root().join("packaging/assets.sh"))
        .arg(env!("CARGO_BIN_EXE_hwtune"))
        .arg(made.path())
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    for asset in assets {
        let source = asset[0].as_str().unwrap();
        let pattern = match source.strip_prefix("packaging/assets/") {
            Some(name) => made.path().join(name),
            None if source.starts_with("target/") => continue,
            None => root().join(source),
        };
        let found: Vec<_> = glob::glob(pattern.to_str().unwrap()).unwrap().flatten().collect();
        let filled = found.iter().any(|f| std::fs::metadata(f).is_ok_and(|m| m.is_file() && m.len() > 0));
        assert!(filled, "{source} names no file");
    }
    let pages = std::fs::read_dir(made.path().join("man")).unwrap().count();
    assert!(pages > 15, "{pages} manual pages");
}

/// Each dependency is in the table of `docs/dependencies.md`, which says why, and the table names no other crate.
#[test]
fn each_dependency_has_a_reason() {
    let text = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let manifest: toml::Value = toml::from_str(&text).unwrap();
    let page = std::fs::read_to_string(root().join("docs/dependencies.md")).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    let named: BTreeSet<&str> = rows.skip(1).flat_map(|crates| crates.split(", ")).collect();
    let needed: BTreeSet<&str> =
        manifest["dependencies"].as_table().unwrap().keys().map(String::as_str).collect();
    assert_eq!(named, needed);
}
