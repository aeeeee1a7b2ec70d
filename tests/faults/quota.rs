//! A machine that gives a fifth of a CPU: a real quota, of a control group of this test's own.

use crate::faults::support::Place;
use hwtune::profile::{self, Section, Verdict};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A control group with a quota of 20 %; gone with the value.
struct Group(PathBuf);

impl Group {
    /// `None`, with a word, where this user may make none.
    fn new() -> Option<Group> {
        let name = format!("hwtune-test-{}", std::process::id());
        // Version 1 has a folder a controller; version 2 one for all, where the group must be given the CPU's.
        for (root, file, quota) in [
            ("/sys/fs/cgroup/cpu", "cpu.cfs_quota_us", "20000"),
            ("/sys/fs/cgroup/cpu,cpuacct", "cpu.cfs_quota_us", "20000"),
            ("/sys/fs/cgroup", "cpu.max", "20000 100000"),
        ] {
            let group = Group(Path::new(root).join(&name));
            // Only in a control file system: anywhere else this would make a folder.
            if Path::new(root).join("cgroup.procs").exists()
                && std::fs::create_dir(&group.0).is_ok()
                && std::fs::write(group.0.join(file), quota).is_ok()
            {
                return Some(group);
            }
        }
        eprintln!("skipped: no control group can be made here");
        None
    }

    /// How often its processes were held back.
    fn throttled(&self) -> u64 {
        let stat = std::fs::read_to_string(self.0.join("cpu.stat")).unwrap();
        let told = stat.lines().find_map(|l| l.strip_prefix("nr_throttled "));
        told.unwrap().parse().unwrap()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        std::fs::remove_dir(&self.0).ok();
    }
}

/// What is claimed is shown: an interval beyond the margin, over as many layouts as a look needs.
fn shown(section: &Section, margin: f64) {
    let claims = |verdict| matches!(verdict, Verdict::Helps | Verdict::Harms);
    for judged in section.judged.iter().filter(|j| claims(j.verdict)) {
        let (low, high) = (judged.low.unwrap(), judged.high.unwrap());
        let beyond = if judged.verdict == Verdict::Helps { low > margin } else { high < -margin };
        assert!(beyond, "{judged:?}");
    }
    if claims(section.verdict) {
        assert!(section.layouts >= 8 && section.low.is_some(), "{section:?}");
    }
    assert!(section.flags.is_empty() || section.verdict == Verdict::Helps, "{section:?}");
}

#[test]
fn a_fifth_of_a_cpu_makes_no_claim_that_is_not_shown() {
    let Some(group) = Group::new() else { return };
    let place = Place::new();
    let procs = group.0.join("cgroup.procs");
    let script = format!("echo $$ > '{}'; exec \"$0\" \"$@\"", procs.display());
    let mut command = Command::new("sh");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_hwtune")]).args([
        "tune",
        "--kernel",
        "mine.c",
        "--candidates",
        "flags",
        "--budget",
        "8s",
        "-o",
        "host.toml",
    ]);
    let output = place.dress(&mut command).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    assert!(group.throttled() > 0, "the quota held nobody back");
    let made = profile::read(&place.path("host.toml")).unwrap();
    assert!(made.kernel.len() == 1, "{made:?}");
    for section in made.kernel.values() {
        shown(section, 0.0);
        let wrong = |v| matches!(v, Verdict::Crashed | Verdict::WrongResult | Verdict::Unsupported);
        assert!(!wrong(section.verdict) && section.judged.iter().all(|j| !wrong(j.verdict)), "{section:#?}");
    }
    place.clean();
}
