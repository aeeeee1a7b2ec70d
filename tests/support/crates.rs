//! Where the crates lie that carry packages' sources.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// A folder of a crate among the development dependencies.
pub fn sources(name: &str, below: &str) -> PathBuf {
    static METADATA: OnceLock<serde_json::Value> = OnceLock::new();
    let metadata = METADATA.get_or_init(|| {
        let cargo = std::env::var("CARGO").unwrap_or("cargo".into());
        let output = Command::new(cargo)
            .args(["metadata", "--format-version", "1", "--locked", "--offline"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    });
    let found = metadata["packages"].as_array().unwrap().iter().find(|p| p["name"] == name);
    let manifest =
        Path::new(found.unwrap_or_else(|| panic!("no crate {name}"))["manifest_path"].as_str().unwrap());
    manifest.parent().unwrap().join(below)
}

/// Copies the plain files of a folder.
#[allow(dead_code)]
pub fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap().flatten().filter(|e| e.path().is_file()) {
        std::fs::write(to.join(entry.file_name()), std::fs::read(entry.path()).unwrap()).unwrap();
    }
}
