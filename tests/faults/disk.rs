//! Disks that are full, read-only or not to run programs from; no home, no cache.

use crate::faults::support::{Place, fails, with_mounts};
use hwtune::profile;

/// Mounts a tmpfs on `tmp` and tunes.
fn on(options: &str, more: &str) -> String {
    format!(
        "mount -t tmpfs -o {options} none tmp; {more} exec \"$1\" tune --kernel mine.c --candidates flags --budget 1s -o host.toml"
    )
}

#[test]
fn a_build_directory_that_cannot_be_used_is_named_with_the_remedy() {
    let place = Place::new();
    let full = "head -c 1m /dev/zero > tmp/full 2>/dev/null || true;";
    for (what, script, words) in [
        ("noexec", on("noexec", ""), &["noexec", "TMPDIR"][..]),
        ("read-only", on("ro", ""), &["Read-only", "TMPDIR"]),
        ("full", on("size=64k", full), &["No space left"]),
        ("no inodes", on("nr_inodes=4", ""), &["No space left"]),
    ] {
        let Some(output) = with_mounts(&place, &script) else { return };
        let code = if what == "noexec" { 1 } else { output.status.code().unwrap() };
        fails(what, &output, code, words);
        assert!(code != 0 && !place.path("host.toml").exists(), "{what}");
    }
}

#[test]
fn a_disk_that_fills_up_meanwhile_blames_no_flag() {
    let place = Place::new();
    // Room for some of the builds: wherever it ends, no flag is said to be unsupported.
    for size in ["128k", "256k", "400k", "600k", "1m"] {
        let Some(output) = with_mounts(&place, &on(&format!("size={size}"), "")) else { return };
        if output.status.success() {
            let made = profile::read(&place.path("host.toml")).unwrap();
            let judged = &made.kernel["mine"].judged;
            assert!(judged.iter().all(|j| j.verdict != profile::Verdict::Unsupported), "{size}: {judged:?}");
            std::fs::remove_file(place.path("host.toml")).unwrap();
        } else {
            fails(size, &output, output.status.code().unwrap(), &["No space left"]);
            assert!(!place.path("host.toml").exists());
        }
    }
}

#[test]
fn a_profile_that_cannot_be_written_is_told_first_and_the_old_one_stays() {
    let place = Place::new();
    place.file("old.toml", "schema = 1\n");
    for (what, script) in [
        (
            "read-only",
            "mkdir -p out; mount -t tmpfs -o ro none out; exec \"$1\" tune --kernel mine.c -o out/host.toml",
        ),
        (
            "full",
            "mount -t tmpfs -o size=4k none out; head -c 9k /dev/zero > out/full 2>/dev/null || true; mkdir -p out/deep 2>/dev/null || true;\n\
          exec \"$1\" tune --kernel mine.c --candidates flags --budget 1s -o out/host.toml",
        ),
    ] {
        let Some(output) = with_mounts(&place, script) else { return };
        fails(what, &output, 30, &["host.toml", "-o"]);
    }
}

#[test]
fn no_home_and_no_cache_are_no_hindrance() {
    let place = Place::new();
    place.file("cache", "no folder");
    for home in [None, Some("/none")] {
        let mut command = place.hwtune(&crate::faults::support::tune(&[]));
        command.env_remove("HOME").env_remove("XDG_STATE_HOME").envs(home.map(|h| ("HOME", h)));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        place.clean();
    }
}

#[test]
fn devices_and_pipes_are_written_into_and_stay_what_they_are() {
    use std::os::unix::fs::FileTypeExt as _;
    let place = Place::new();
    // Through links of the place's own, so that a failure of this test costs the machine nothing.
    for device in ["null", "full"] {
        std::os::unix::fs::symlink(format!("/dev/{device}"), place.path(device)).unwrap();
    }
    let output = place.hwtune(&["schema", "-o", "null"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fails(
        "full device",
        &place.hwtune(&["schema", "-o", "full"]).output().unwrap(),
        30,
        &["full", "No space"],
    );
    for device in ["null", "full"] {
        assert!(std::fs::metadata(place.path(device)).unwrap().file_type().is_char_device(), "{device}");
    }
    let output = place.hwtune(&["schema", "-o", "/proc/self/fd/1"]).output().unwrap();
    assert!(
        output.status.success() && output.stdout.starts_with(b"{"),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
