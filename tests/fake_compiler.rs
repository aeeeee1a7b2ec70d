//! Compilers that misbehave: `tests/fake-compiler/fake-cc` in each of its modes.

use hwtune::toolchain::{self, Candidate, Compiler, Status};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A folder with the fake, and the real compiler that it hands calls on to.
struct Fake {
    folder: TempDir,
}

impl Fake {
    fn new(mode: &str) -> Option<Fake> {
        toolchain::use_cache(false);
        let real = which::which("gcc").ok()?;
        let folder = tempfile::tempdir().unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fake-compiler/fake-cc");
        std::fs::copy(script, folder.path().join("gcc-99")).unwrap();
        std::fs::write(folder.path().join("MODE"), mode).unwrap();
        std::fs::write(folder.path().join("REAL"), real.to_str().unwrap()).unwrap();
        Some(Fake { folder })
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("gcc-99")
    }

    fn calls(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.folder.path().join("LOG")).unwrap_or_default();
        log.lines().map(String::from).collect()
    }

    fn error(&self) -> String {
        let error = toolchain::installed(Some(&self.path())).unwrap_err().to_string();
        assert!(!error.contains('\n') && error.contains("gcc-99") && error.contains("--cc"), "{error}");
        error
    }
}

#[test]
fn broken_ones_are_told_in_one_line() {
    for (mode, expected) in [
        ("lie", "neither gcc nor clang"),
        ("fail", "cannot execute 'cc1'"),
        ("noise", "neither gcc nor clang"),
        ("text", "neither gcc nor clang"),
        ("cross", "it compiles for aarch64-linux-gnu"),
        ("narrow", "it compiles for i686-linux-gnu"),
    ] {
        let Some(fake) = Fake::new(mode) else { return };
        assert!(fake.error().contains(expected), "{mode}: {}", fake.error());
    }
}

#[test]
fn hanging_one_is_ended_in_time() {
    let Some(fake) = Fake::new("hang") else { return };
    let began = Instant::now();
    assert!(fake.error().contains("no answer to `-march=native -### -E -x c -` within 10 s"));
    assert!(began.elapsed() < Duration::from_secs(40));
}

#[test]
fn one_that_leaves_a_child_behind_is_heard() {
    let Some(fake) = Fake::new("linger") else { return };
    let began = Instant::now();
    let found = toolchain::installed(Some(&fake.path())).unwrap();
    assert_eq!(found.len(), 1);
    assert!(began.elapsed() < Duration::from_secs(40));
}

#[test]
fn wrapper_is_the_compiler_behind_it() {
    let Some(fake) = Fake::new("") else { return };
    let wrapped = Compiler::ask(&fake.path()).unwrap();
    let plain = Compiler::ask(Path::new("gcc")).unwrap();
    assert_eq!((&wrapped.version, &wrapped.engine), (&plain.version, &plain.engine));
    assert_eq!(wrapped.path, fake.path());
    assert_eq!(fake.calls(), ["-march=native -### -E -x c -"]);
    // A script may add what it likes: a profile of the one is not one of the other.
    assert_ne!(wrapped.sha256(), plain.sha256());
    let before = wrapped.sha256().to_string();
    let text = std::fs::read_to_string(fake.path()).unwrap();
    std::fs::write(fake.path(), text + "# another\n").unwrap();
    assert_ne!(Compiler::ask(&fake.path()).unwrap().sha256(), before);
}

#[test]
fn what_a_wrapper_adds_is_reckoned_with() {
    let Some(fake) = Fake::new("meddle") else { return };
    let host = hwtune::host::live().unwrap();
    if !host.host.features.iter().any(|f| f == "sse4.2") {
        return;
    }
    let plain = Compiler::ask(Path::new("gcc")).unwrap();
    let meddled = Compiler::ask(&fake.path()).unwrap();
    // The plain one is asked the short way; a plan that somebody has a say in is none.
    assert_eq!((plain.plan.is_some(), meddled.plan.is_some()), (true, false));
    let told = |compiler| toolchain::decide(&host, compiler, true).unwrap();
    let (plain, meddled) = (told(&plain), told(&meddled));
    let added = |choice: &toolchain::MarchChoice| choice.add.iter().any(|o| o == "-msse4.2");
    assert_eq!((added(&plain), added(&meddled)), (false, true), "{plain:?} {meddled:?}");
    assert!(plain.verified && meddled.verified);
}

#[test]
fn names_of_one_compiler_count_once_and_caches_do_not_merge_two() {
    let Some(fake) = Fake::new("") else { return };
    let bin = fake.folder.path();
    symlink(bin.join("gcc-99"), bin.join("gcc-98")).unwrap();
    let path = std::env::join_paths([bin, Path::new("/usr/bin"), Path::new("/bin")]).unwrap();
    let out = assert_cmd::Command::cargo_bin("hwtune")
        .unwrap()
        .args(["probe", "--all", "--no-cache", "--format", "json", "--", "-fgcse"])
        .env("PATH", path)
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let reports: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    let count = |version: &str| {
        let all = reports.as_array().unwrap();
        all.iter()
            .filter(|r| r["compiler"]["version"] == version && r["compiler"]["compiler"] == "gcc")
            .count()
    };
    assert_eq!(count(&Compiler::ask(Path::new("gcc")).unwrap().version), 1);
}

#[test]
fn unnamed_errors_are_found_by_halving() {
    let Some(fake) = Fake::new("first") else { return };
    let compiler = Compiler::ask(&fake.path()).unwrap();
    let good: Vec<String> =
        ["gcse", "gcse-sm", "ipa-pta", "tree-pre", "web", "peel-loops", "unroll-loops", "tracer"]
            .iter()
            .map(|f| format!("-f{f}"))
            .collect();
    let mut flags = good.clone();
    flags.insert(3, "-fbogus-a".into());
    flags.push("-fbogus-b".into());
    let candidates: Vec<Candidate> = flags.iter().map(|f| Candidate::bare(f)).collect();
    let answers = toolchain::accept(&compiler, &["-O2".into()], &candidates).unwrap();
    for answer in &answers {
        let expected = if answer.flag.starts_with("-fbogus") { Status::Rejected } else { Status::Accepted };
        assert_eq!(answer.status, expected, "{answer:?}");
    }
    let all = fake.calls();
    assert!(all.iter().any(|c| c.contains("-fbogus-a")) && all.len() <= 20, "{all:?}");
}

#[test]
fn acceptance_takes_few_calls_and_scrubs_the_environment() {
    let Some(fake) = Fake::new("bare") else { return };
    let compiler = Compiler::ask(&fake.path()).unwrap();
    let before = fake.calls().len();
    let flags: Vec<String> = (0..100).map(|i| format!("-fbogus{i}")).chain(["-fgcse".to_string()]).collect();
    let candidates: Vec<Candidate> = flags.iter().map(|f| Candidate::bare(f)).collect();
    let answers = toolchain::accept(&compiler, &[], &candidates).unwrap();
    assert_eq!(answers.iter().filter(|a| a.status == Status::Rejected).count(), 100);
    assert_eq!(answers[100].status, Status::Accepted);
    // One of them would have built the launcher.
    let calls = fake.calls().len() - before;
    assert!((4..=7).contains(&calls), "{:?}", fake.calls());
}

#[test]
fn one_without_a_launcher_is_asked_all_the_same_and_that_is_told() {
    let out = |mode: &str| {
        let fake = Fake::new(mode)?;
        let mut command = assert_cmd::Command::cargo_bin("hwtune").unwrap();
        command.args(["probe", "--no-cache", "--cc"]).arg(fake.path()).args(["--", "-fgcse"]);
        Some(command.output().unwrap())
    };
    let Some((bare, whole)) = out("bare").zip(out("")) else { return };
    for (output, told) in [(&bare, 1), (&whole, 0)] {
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() && String::from_utf8_lossy(&output.stdout).contains("accepted  -fgcse"),
            "{said}"
        );
        let notes: Vec<&str> = said.lines().filter(|l| l.contains("compilers run unconfined")).collect();
        assert_eq!(notes.len(), told, "{said}");
        assert!(notes.iter().all(|n| n.contains("no launcher") && n.contains("gcc-99")), "{said}");
    }
}
