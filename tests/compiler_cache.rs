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

    fn said(&self, cache: &Path, format: &str, more: &[&str]) -> String {
        let gcc = self.folder.path().join("bin/gcc");
        let out = assert_cmd::Command::cargo_bin("hwtune")
            .unwrap()
            .args(["detect", "--format", format, "--cc"])
            .arg(gcc)
            .args(more)
            .env("XDG_CACHE_HOME", cache)
            .env("HOME", self.folder.path())
            .output()
            .unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    }

    fn detect(&self, cache: &Path, more: &[&str]) -> serde_json::Value {
        let said: serde_json::Value = serde_json::from_str(&self.said(cache, "json", more)).unwrap();
        said["toolchains"].clone()
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

/// The digest of a driver takes as long as its answer: it is taken for a profile, once, and kept beside what was decided.
#[test]
fn digest_is_taken_where_it_is_wanted_and_then_remembered() {
    let Some(place) = Place::new() else { return };
    let cache = place.folder.path().join("cache");
    let kept = || -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(place.entry(&cache)).unwrap()).unwrap()
    };
    place.detect(&cache, &[]);
    let asked = place.calls();
    let before = kept();
    assert!(before["compiler"]["sha256"].is_null(), "{before}");
    let digest = |profile: &str| -> String {
        let profile: toml::Table = profile.parse().unwrap();
        profile["toolchain"][0]["sha256"].as_str().unwrap().into()
    };
    let fresh = digest(&place.said(&cache, "toml", &[]));
    assert_eq!(fresh.len(), 64, "{fresh}");
    let after = kept();
    assert_eq!(after["compiler"]["sha256"], fresh.as_str());
    assert_eq!(after["decisions"], before["decisions"]);
    assert_eq!(digest(&place.said(&cache, "toml", &[])), fresh);
    assert_eq!((kept(), place.calls()), (after, asked), "nobody is asked again");
    assert_eq!(digest(&place.said(&cache, "toml", &["--no-cache"])), fresh);
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

/// The counters of the user's own ccache.
fn ccache_counts() -> String {
    let told = std::process::Command::new("ccache").arg("--print-stats").output().unwrap();
    let text = String::from_utf8(told.stdout).unwrap();
    text.lines().filter(|l| !l.starts_with("stats_")).collect::<Vec<_>>().join("\n")
}

#[test]
fn ccache_is_seen_through_and_answers_nothing() {
    if !std::env::var("HWTUNE_FULL").is_ok_and(|v| v == "yes") {
        return;
    }
    let farm = Path::new("/usr/lib/ccache/gcc");
    let (Ok(_), true, Ok(real)) = (which::which("ccache"), farm.exists(), which::which("gcc")) else {
        return eprintln!("skipped: no ccache with its folder of links here");
    };
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let hwtune = |args: &[&str], cc: Option<&str>| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_hwtune"));
        command.args(args).current_dir(folder.path()).env("XDG_CACHE_HOME", at("cache"));
        match cc {
            Some(cc) => command.env("CC", cc),
            None => command.env_remove("CC"),
        };
        let out = command.output().unwrap();
        assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
        out.stdout
    };
    let asked = |args: &[&str], cc| -> serde_json::Value {
        let args = [&["probe", "--format", "json"], args, &["--", "-O3"]].concat();
        serde_json::from_slice::<serde_json::Value>(&hwtune(&args, cc)).unwrap()["compiler"].clone()
    };
    let before = ccache_counts();
    let one = asked(&["--cc", real.to_str().unwrap()], None);
    assert!(one["sha256"].as_str().is_some_and(|s| s.len() == 64), "{one}");
    for (args, cc) in [
        (&[][..], Some("ccache gcc")),
        (&["--cc", "/usr/lib/ccache/gcc"], None),
        (&[], Some("/usr/lib/ccache/gcc")),
    ] {
        let found = asked(args, cc);
        for key in ["compiler", "sha256", "version", "target", "march", "mtune"] {
            assert_eq!(found[key], one[key], "{args:?} {cc:?}: {key}");
        }
    }
    // Objects are made by the compiler each time: a cache that had one would say that a flag does nothing.
    let kernel = "#include \"probe.h\"\nstatic volatile uint64_t n;\nvoid probe_setup(uint64_t s) { n = s; }\n\
        uint64_t probe_run(void) { uint64_t h = 0; for (int i = 0; i < 9999; i++) h += n ^ (h << 3); return h; }\n";
    std::fs::write(at("mine.c"), kernel).unwrap();
    std::fs::write(at("flags"), "-O3\n-fno-unroll-loops\n").unwrap();
    let tune = ["tune", "--kernel", "mine.c", "--candidates", "flags", "--budget", "2s"];
    for (file, cc) in [("a.toml", "ccache gcc"), ("b.toml", "/usr/lib/ccache/gcc")] {
        hwtune(&[&tune[..], &["-o", file]].concat(), Some(cc));
        let made = hwtune::profile::read(&at(file)).unwrap();
        assert_eq!(made.toolchain[0].version, one["version"].as_str().unwrap(), "{cc}");
        assert!(made.kernel.contains_key("mine"), "{cc}");
    }
    assert_eq!(ccache_counts(), before, "ccache was asked, or kept something");
}
