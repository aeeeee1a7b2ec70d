//! A place of its own for a run, and what may be asked of it afterwards.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A kernel that is quick and sound.
pub const SUM: &str = "#include \"probe.h\"\n#include <stdlib.h>\nstatic uint32_t *in; enum { N = 4096 };\n\
    void probe_setup(uint64_t seed) { in = malloc(N * sizeof *in); for (int i = 0; i < N; i++) in[i] = (uint32_t)support_random(&seed); }\n\
    uint64_t probe_run(void) { uint64_t h = 0; for (int i = 0; i < N; i++) h += in[i] % 7 == 3 ? in[i] : 1; return h; }\n";

pub struct Place {
    pub dir: tempfile::TempDir,
}

impl Place {
    /// With `mine.c`, `flags` and an empty `tmp`.
    pub fn new() -> Place {
        let place = Place { dir: tempfile::tempdir().unwrap() };
        place.file("mine.c", SUM);
        place.file("flags", "-O3\n-funroll-loops\n-Os\n");
        std::fs::create_dir(place.path("tmp")).unwrap();
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    /// An executable script.
    pub fn script(&self, name: &str, text: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.file(name, text);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// `hwtune` with everything it may leave behind inside the place.
    pub fn hwtune(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hwtune"));
        self.dress(&mut command).args(args);
        command
    }

    pub fn dress<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command
            .current_dir(self.dir.path())
            .env_remove("CC")
            .env("XDG_CACHE_HOME", self.path("cache"))
            .env("TMPDIR", self.path("tmp"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
    }

    /// `tune` of `mine.c` with a small budget into `host.toml`.
    pub fn tune(&self, more: &[&str]) -> Output {
        self.hwtune(&tune(more)).output().unwrap()
    }

    /// Measurements that the cache holds of runs that have not ended.
    pub fn kept(&self) -> usize {
        let files = std::fs::read_dir(self.path("cache/hwtune/runs")).into_iter().flatten().flatten();
        let of = |file: std::fs::DirEntry| std::fs::read_to_string(file.path()).unwrap_or_default();
        files.map(|file| of(file).matches("\"samples\"").count()).sum()
    }

    /// Nothing is left in `tmp`, and beside the profile nothing that was half-written.
    pub fn clean(&self) {
        assert_eq!(names(&self.path("tmp")), [] as [String; 0]);
        let beside: Vec<String> = names(self.dir.path()).into_iter().filter(|n| n.starts_with('.')).collect();
        assert_eq!(beside, [] as [String; 0]);
    }
}

/// The arguments of a short run.
pub fn tune<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let usual = ["tune", "--kernel", "mine.c", "--candidates", "flags", "--budget", "1s", "-o", "host.toml"];
    [&usual[..], more].concat()
}

pub fn names(folder: &Path) -> Vec<String> {
    let mut all: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    all.sort();
    all
}

/// It failed with this code and one line that holds all these words, and did not panic.
pub fn fails(what: &str, output: &Output, code: i32, words: &[&str]) {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{what}: {text}");
    let errors: Vec<&str> = text.lines().filter(|l| l.starts_with("hwtune: error:")).collect();
    assert_eq!(errors.len(), 1, "{what}: {text}");
    for word in words {
        assert!(errors[0].contains(word), "{what}: no {word:?} in {text}");
    }
    assert!(!text.contains("panicked"), "{what}: {text}");
}

/// Runs a script in a mount namespace of its own; `None` where the system or container has none.
pub fn with_mounts(place: &Place, script: &str) -> Option<Output> {
    let root = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap()) == 0;
    let options: &[&str] = if root { &["-m"] } else { &["-U", "-r", "-m"] };
    let possible =
        Command::new("unshare").args(options).args(["sh", "-c", "mount -t tmpfs none /mnt"]).output();
    if !possible.is_ok_and(|o| o.status.success()) {
        eprintln!("skipped: no mount namespace here");
        return None;
    }
    let mut command = Command::new("unshare");
    command.args(options).args(["sh", "-euc", script, "sh", env!("CARGO_BIN_EXE_hwtune")]);
    Some(place.dress(&mut command).output().unwrap())
}
