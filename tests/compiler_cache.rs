//! What compilers said is kept, and never believed once anything about them changed.

use std::path::{Path, PathBuf};
use tempfile::TempDir;

struct Place {
    folder: TempDir,
}

impl Place {
    /// A folder with a compiler that logs its calls, alone on PATH beside the shell's tools.
    fn new() -> Option<Place> {
        let real = which::which("gcc").ok()?;
        let folder = tempfile::tempdir().unwrap();
        let bin = folder.path().join("bin");
        std::fs::create_dir(&bin).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fake-compiler/fake-cc");
        std::fs::copy(script, bin.join("gcc")).unwrap();
        std::fs::write(bin.join("REAL"), real.to_str().unwrap()).unwrap();
        Some(Place { folder })
    }

    fn detect(&self, cache: &Path, more: &[&str]) -> serde_json::Value {
        let gcc = self.folder.path().join("bin/gcc");
        let out = assert_cmd::Command::cargo_bin("hwtune")
            .unwrap()
            .args(["detect", "--format", "json", "--cc"])
            .arg(gcc)
            .args(more)
            .env("XDG_CACHE_HOME", cache)
            .env("HOME", self.folder.path())
            .output()
            .unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        serde_json::from_slice::<serde_json::Value>(&out.stdout).unwrap()["toolchains"].clone()
    }

    fn calls(&self) -> usize {
        let log = std::fs::read_to_string(self.folder.path().join("bin/LOG")).unwrap_or_default();
        log.lines().count()
    }

    fn entry(&self, cache: &Path) -> PathBuf {
        let folder = cache.join("hwtune/compilers");
        let mut files: Vec<PathBuf> =
            std::fs::read_dir(folder).unwrap().flatten().map(|e| e.path()).collect();
        assert_eq!(files.len(), 1, "{files:?}");
        files.remove(0)
    }
}

#[test]
fn second_time_nobody_is_asked() {
    let Some(place) = Place::new() else { return };
    let cache = place.folder.path().join("cache");
    let first = place.detect(&cache, &[]);
    let asked = place.calls();
    assert!((1..=12).contains(&asked), "{asked}");
    assert_eq!(place.detect(&cache, &[]), first);
    assert_eq!(place.calls(), asked);
    assert_eq!(place.detect(&cache, &["--no-cache"]), first);
    assert!(place.calls() > asked);
}

#[test]
fn changed_compiler_and_spoiled_entries_are_asked_again() {
    let Some(place) = Place::new() else { return };
    let cache = place.folder.path().join("cache");
    let first = place.detect(&cache, &[]);
    let mut asked = place.calls();
    let gcc = place.folder.path().join("bin/gcc");
    let entry = place.entry(&cache);
    let whole = std::fs::read(&entry).unwrap();
    let spoil: [&dyn Fn(); 5] = [
        &|| std::fs::write(&gcc, [std::fs::read(&gcc).unwrap(), b"\n# newer\n".to_vec()].concat()).unwrap(),
        &|| std::fs::write(&entry, b"").unwrap(),
        &|| std::fs::write(&entry, b"{\"tool\": 1}").unwrap(),
        &|| std::fs::write(&entry, &whole[..whole.len() / 2]).unwrap(),
        &|| std::fs::write(&entry, [0xff, 0xfe, 0x00]).unwrap(),
    ];
    for (n, spoil) in spoil.iter().enumerate() {
        spoil();
        assert_eq!(place.detect(&cache, &[]), first, "{n}");
        assert!(place.calls() > asked, "{n}");
        asked = place.calls();
    }
    // No temporary file is left beside it.
    assert_eq!(place.entry(&cache), entry);
}

#[test]
fn place_that_cannot_be_written_is_no_cache() {
    let Some(place) = Place::new() else { return };
    let file = place.folder.path().join("file");
    std::fs::write(&file, "no folder").unwrap();
    let first = place.detect(&file, &[]);
    assert_eq!(place.detect(&file, &[]), first);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "no folder");
    // A relative XDG_CACHE_HOME is to be ignored (XDG Base Directory Specification).
    place.detect(Path::new("relative"), &[]);
    assert!(!Path::new("relative").exists());
}

#[test]
fn nix_wrapper_is_recognised_and_native_asked_of_what_it_wraps() {
    let Some(place) = Place::new() else { return };
    let root = place.folder.path();
    let support = root.join("nix-support");
    std::fs::create_dir(&support).unwrap();
    let cache = root.join("cache");
    // Without orig-cc the wrapped compiler cannot be told: unknown, not a guess.
    let hidden = place.detect(&cache, &["--no-cache"]);
    assert!(hidden[0]["native"].is_null() && hidden[0]["native_differs"].is_null());
    assert_eq!(hidden[0]["verified"], true);
    let log = std::fs::read_to_string(root.join("bin/LOG")).unwrap();
    assert!(!log.contains("native"), "{log}");
    let orig = root.join("orig");
    std::fs::create_dir_all(orig.join("bin")).unwrap();
    std::os::unix::fs::symlink(which::which("gcc").unwrap(), orig.join("bin/gcc")).unwrap();
    std::fs::write(support.join("orig-cc"), orig.to_str().unwrap()).unwrap();
    let told = place.detect(&cache, &["--no-cache"]);
    assert!(told[0]["native"].is_string());
    let log = std::fs::read_to_string(root.join("bin/LOG")).unwrap();
    assert!(!log.contains("native"), "{log}");
}
