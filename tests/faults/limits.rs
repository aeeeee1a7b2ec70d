//! Limits of the shell under which hwtune is started: one line of its own with the remedy, never the last line of another
//! program, a signal or a panic.

use crate::faults::support::{Place, fails, tune};
use std::process::Output;

/// Runs hwtune under a limit; `user` also as a user without privileges, whose processes are counted.
fn limited(place: &Place, limit: &str, args: &[&str], user: bool) -> Output {
    let mut words = vec!["prlimit", limit];
    let root = rustix::process::geteuid().is_root();
    if user && root {
        words.splice(0..0, ["setpriv", "--reuid", "65533", "--clear-groups"]);
    }
    let binary = match user && root {
        // The build's own folder may be closed to others.
        true => {
            let copy = place.path("hwtune");
            std::fs::copy(env!("CARGO_BIN_EXE_hwtune"), &copy).unwrap();
            open_to_all(place);
            copy
        }
        false => env!("CARGO_BIN_EXE_hwtune").into(),
    };
    let mut command = std::process::Command::new(words[0]);
    place.dress(&mut command).args(&words[1..]).arg(binary).args(args).output().unwrap()
}

fn open_to_all(place: &Place) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(place.dir.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
}

#[test]
fn a_limit_that_is_too_low_is_named_with_the_remedy() {
    let place = Place::new();
    for (limit, words) in [
        ("--as=300000000", ["the memory is limited to 300000000", "`ulimit -v`"]),
        ("--fsize=20000", ["the size of files is limited to 20000", "`ulimit -f`"]),
        ("--nofile=12", ["the number of open files is limited to 12", "`ulimit -n`"]),
        ("--cpu=2", ["the CPU time is limited to 2", "`ulimit -t`"]),
        ("--data=60000000", ["the memory for data is limited to 60000000", "`ulimit -d`"]),
    ] {
        let output = limited(&place, limit, &tune(&[]), false);
        fails(limit, &output, 1, &words);
        place.clean();
    }
    for args in [&["detect"][..], &["list", "flags"], &["tune", "mine.c"]] {
        let output = limited(&place, "--stack=120000", args, false);
        fails("--stack", &output, 1, &["the stack is limited to 120000", "`ulimit -s`"]);
    }
}

#[test]
fn too_few_processes_are_no_panic() {
    let place = Place::new();
    for args in [&["detect"][..], &["list", "flags"]] {
        let output = limited(&place, "--nproc=1", args, true);
        fails("--nproc", &output, 1, &["the number of processes is limited to 1", "`ulimit -u`"]);
    }
}

#[test]
fn what_does_not_measure_runs_under_low_limits_and_loses_no_answer() {
    let place = Place::new();
    // The caches that it cannot write are no error.
    let output = limited(&place, "--fsize=100", &["detect"], false);
    assert!(output.status.success() && String::from_utf8_lossy(&output.stdout).contains("microarchitecture"));
    let output = limited(&place, "--fsize=100", &["list", "flags", "-o", "flags.txt"], false);
    fails("-o", &output, 30, &["flags.txt", "limited to 100 bytes"]);
    assert!(!place.path("flags.txt").exists());
    let script = format!("prlimit --fsize=100 '{}' list flags >out", env!("CARGO_BIN_EXE_hwtune"));
    let mut command = std::process::Command::new("sh");
    let output = place.dress(&mut command).args(["-c", &script]).output().unwrap();
    fails("standard output", &output, 30, &["standard output", "`ulimit -f`"]);
}
