//! Compilers that go bad, before a run and in the middle of it.

use crate::faults::support::{Place, fails, tune};
use hwtune::profile::{self, Verdict};
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;

/// A compiler that behaves as its `MODE` says, the last line of which is run before the real one takes over.
fn fake(place: &Place, mode: &str) -> PathBuf {
    std::fs::create_dir_all(place.path("bin")).unwrap();
    place.file("bin/MODE", mode);
    let real = which::which("gcc").expect("gcc");
    place.script(
        "bin/gcc-99",
        &format!("#!/bin/sh\n. \"$(dirname \"$0\")/MODE\"\nexec {} \"$@\"\n", real.display()),
    )
}

/// Shell conditions on a call's arguments.
const COMPILES: &str = "case \" $* \" in *' -c '* | *' -shared '*)";
const OF_A_FLAG: &str = "case \" $* \" in *' -funroll-loops '*)";

#[test]
fn one_that_cannot_work_is_told_before_anything_is_measured() {
    let silent = format!("{COMPILES} exit 0;; esac");
    let killed = format!("{COMPILES} kill -KILL $$;; esac");
    let assembler = format!(
        "{COMPILES} echo \"cc: fatal error: cannot execute 'as': execvp: No such file or directory\" >&2; exit 1;; esac"
    );
    let old = format!("{COMPILES} echo \"as: unrecognized option '--gdwarf-5'\" >&2; exit 1;; esac");
    let linker =
        "case \" $* \" in *' -shared '*) echo \"collect2: fatal error: cannot find 'ld'\" >&2; exit 1;; esac";
    for (what, mode, code, words) in [
        ("lies: success and no output", silent.as_str(), 2, &["wrote nothing"][..]),
        ("is killed", &killed, 2, &["gcc-99"]),
        ("has no assembler", &assembler, 2, &["cannot execute 'as'"]),
        ("has an assembler that is too old", &old, 2, &["--gdwarf-5"]),
        ("has no linker", linker, 2, &["cannot find 'ld'"]),
        ("is not to be run", "exit 126", 20, &["gcc-99", "--cc"]),
    ] {
        let place = Place::new();
        let cc = fake(&place, mode);
        fails(what, &place.tune(&["--cc", cc.to_str().unwrap()]), code, words);
        assert!(!place.path("host.toml").exists(), "{what}");
        place.clean();
    }
}

#[test]
fn one_that_only_warns_or_insists_on_no_cache_works() {
    for mode in [
        "echo 'cc: warning: something is deprecated' >&2",
        "[ \"$CCACHE_DISABLE$SCCACHE_DISABLE$DISTCC_HOSTS\" = 11localhost ] || exit 1",
        "[ -z \"$CFLAGS$LD_PRELOAD$GCC_EXEC_PREFIX$COMPILER_PATH$CPATH\" ] || exit 1",
        // Its home is none, or the private folder that it writes beneath.
        "[ -z \"$HOME\" ] || [ \"$HOME\" = \"$TMPDIR\" ] || exit 1",
    ] {
        let place = Place::new();
        let cc = fake(&place, mode);
        let mut command = place.hwtune(&tune(&["--cc", cc.to_str().unwrap()]));
        let output = command.env("CFLAGS", "-Obad").env("CPATH", "/none").output().unwrap();
        assert!(output.status.success(), "{mode}: {}", String::from_utf8_lossy(&output.stderr));
        place.clean();
    }
}

#[test]
fn a_fault_that_comes_with_a_flag_is_the_flags_own() {
    for (what, mode, words) in [
        (
            "crashes",
            format!("{OF_A_FLAG} echo 'internal compiler error: Segmentation fault' >&2; exit 1;; esac"),
            "Segmentation",
        ),
        (
            "knows no such instruction",
            format!("{OF_A_FLAG} echo \"Error: no such instruction\" >&2; exit 1;; esac"),
            "no such instruction",
        ),
        ("writes nothing", format!("{OF_A_FLAG} case $* in *hwtune*) exit 0;; esac;; esac"), "wrote nothing"),
    ] {
        let place = Place::new();
        let cc = fake(&place, &mode);
        let output = place.tune(&["--cc", cc.to_str().unwrap()]);
        assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
        let made = profile::read(&place.path("host.toml")).unwrap();
        let judged = &made.kernel["mine"].judged;
        let one = judged.iter().find(|j| j.flags == ["-funroll-loops"]).unwrap();
        assert_eq!(one.verdict, Verdict::Unsupported, "{what}: {one:?}");
        assert!(one.reason.contains(words), "{what}: {one:?}");
        assert!(
            judged
                .iter()
                .filter(|j| j.flags != ["-funroll-loops"])
                .all(|j| j.verdict != Verdict::Unsupported)
        );
    }
}

#[test]
fn one_that_goes_bad_meanwhile_ends_the_run_and_claims_nothing() {
    let place = Place::new();
    let cc = fake(&place, "");
    let mut args = tune(&["--cc", cc.to_str().unwrap(), "-v"]);
    args.iter_mut().filter(|a| **a == "1s").for_each(|a| *a = "60s");
    let mut child = place.hwtune(&args).spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    while place.kept() < 3 && child.try_wait().unwrap().is_none() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let gone =
        "echo \"cc: fatal error: cannot execute 'cc1': execvp: No such file or directory\" >&2; exit 1";
    place.file("bin/MODE", gone);
    let rest: Vec<String> = lines.map_while(Result::ok).collect();
    assert_eq!(child.wait().unwrap().code(), Some(1), "{rest:?}");
    assert!(
        rest.iter().any(|l| l.contains("error:") && l.contains("cc1") && l.contains("gcc-99")),
        "{rest:?}"
    );
    assert!(!place.path("host.toml").exists());
    place.clean();
    // What was measured is kept, and the next run goes on with it where it is asked to.
    place.file("bin/MODE", "");
    let output = place.tune(&["--cc", cc.to_str().unwrap(), "--resume"]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && text.contains("goes on with a run that was cut off"), "{text}");
}
