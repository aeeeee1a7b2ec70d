//! Signals at random moments of `tune`: the profile is the old one or a whole new one, what was measured is kept, nobody
//! is left running and nothing is left behind.

use crate::faults::support::{Place, names, tune};
use hwtune::profile;
use proptest::prelude::Rng as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// Moments tried; the full check tries many more.
fn moments() -> u32 {
    let asked = std::env::var("HWTUNE_KILLS").ok().and_then(|n| n.parse().ok());
    asked.unwrap_or(if std::env::var("HWTUNE_FULL").is_ok_and(|v| v == "yes") { 40 } else { 20 })
}

/// Processes whose program or working directory lies beneath a folder.
fn living(folder: &Path) -> Vec<String> {
    let at = |pid: &str, what: &str| std::fs::read_link(format!("/proc/{pid}/{what}")).unwrap_or_default();
    let ours = |pid: &String| at(pid, "exe").starts_with(folder) || at(pid, "cwd").starts_with(folder);
    names(Path::new("/proc"))
        .into_iter()
        .filter(|n| n.bytes().all(|b| b.is_ascii_digit()))
        .filter(ours)
        .collect()
}

/// Waits for nobody to be left: a second for what runs the kernels, longer for compilers that were asked before there was
/// a launcher, which end when they have answered.
fn all_gone(folder: &Path) -> bool {
    let began = Instant::now();
    loop {
        let left = living(folder);
        if left.is_empty() {
            return true;
        }
        let runs = |pid: &String| {
            std::fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|p| p.starts_with(folder))
        };
        let patience = if left.iter().any(runs) { 1 } else { 20 };
        if began.elapsed() > Duration::from_secs(patience) {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn killed_at_any_moment() {
    let place = Place::new();
    let (mut random, mut profile_bytes) = (
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
        Vec::new(),
    );
    let (mut whole, mut went_on, mut interrupted) = (0, 0, 0);
    // How long a run takes here and now, so that moments fall on all of it.
    let began = Instant::now();
    assert!(place.tune(&[]).status.success());
    let takes = began.elapsed().as_millis() as u32 + 100;
    // A result of another subject, which no run and no kill may cost.
    let mut first = profile::read(&place.path("host.toml")).unwrap();
    let other = profile::Section { reason: "measured before".into(), ..first.kernel["mine"].clone() };
    first.kernel.insert("other".into(), other.clone());
    first.digest = profile::digest(&first);
    std::fs::write(place.path("host.toml"), profile::to_toml(&first).unwrap()).unwrap();
    for moment in 0..moments() {
        let before = place.kept();
        let signal = ["KILL", "INT", "TERM", "HUP"][moment as usize % 4];
        let child = place.hwtune(&tune(&["--resume"])).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(u64::from(random.next_u32() % takes)));
        Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status().ok();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let what = format!("moment {moment}, SIG{signal}: {:?} {said}", output.status);
        assert!(!said.contains("panicked") && !said.contains("error:"), "{what}");
        assert!(all_gone(&place.path("tmp")), "{what}: {:?}", living(&place.path("tmp")));
        // Whole, whether old or new.
        let made = profile::read(&place.path("host.toml")).unwrap_or_else(|e| panic!("{what}: {e}"));
        assert_eq!(made.kernel.get("other"), Some(&other), "{what}");
        assert!(profile::sealed(&made).is_ok(), "{what}");
        let now = std::fs::read(place.path("host.toml")).unwrap();
        whole += u32::from(now != profile_bytes);
        profile_bytes = now;
        interrupted += u32::from(output.status.code() == Some(130));
        assert!(output.status.code() != Some(130) || !made.complete, "{what}");
        if before > 0 && said.contains("goes on with") {
            assert!(said.contains(&format!("{before} measurements are kept")), "{before}: {what}");
            went_on += 1;
        }
        // A handler cleans up; before it is installed, and after SIGKILL, the next run does.
        if output.status.code().is_some() {
            let left: Vec<String> = names(&place.path("tmp"));
            assert!(left.is_empty(), "{what}: {left:?}");
        }
    }
    let output = place.tune(&[]);
    assert!(output.status.success());
    place.clean();
    let cache = names(&place.path("cache/hwtune/runs"));
    assert!(cache.is_empty(), "{cache:?}");
    eprintln!(
        "{} moments: {whole} profiles written whole, {went_on} runs went on, {interrupted} interrupted",
        moments()
    );
}

#[test]
fn what_a_stage_found_outlives_a_kill_in_the_next() {
    let place = Place::new();
    let mut child = place
        .hwtune(&[
            "tune",
            "--kernel",
            "mine.c",
            "--candidates",
            "flags",
            "--budget",
            "60s",
            "-o",
            "host.toml",
        ])
        .spawn()
        .unwrap();
    // The first samples are screening's: by then which code each flag makes is known.
    while place.kept() == 0 && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(child.try_wait().unwrap().is_none(), "it ended before it was killed");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(all_gone(&place.path("tmp")));
    let code = names(&place.path("cache/hwtune/code"));
    assert!(code.len() == 1 && !code[0].starts_with('.'), "{code:?}");
    assert!(!place.path("host.toml").exists());
}
