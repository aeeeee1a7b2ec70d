//! Kernels that misbehave, under the base or under one flag alone.

use crate::faults::support::{Place, fails};
use hwtune::profile::{self, Verdict};

/// A kernel that does `odd` where it is compiled with `-Os`, and else only sums.
fn kernel(odd: &str) -> String {
    format!(
        "#define _GNU_SOURCE\n#include \"probe.h\"\n#include <fcntl.h>\n#include <signal.h>\n#include <stdio.h>\n#include <stdlib.h>\n\
         #include <string.h>\n#include <unistd.h>\nstatic uint32_t in[4096];\n\
         void probe_setup(uint64_t seed) {{ for (int i = 0; i < 4096; i++) in[i] = (uint32_t)support_random(&seed); }}\n\
         uint64_t probe_run(void) {{\n  uint64_t h = 0;\n  for (int i = 0; i < 4096; i++) h += in[i] % 7 == 3 ? in[i] : 1;\n\
         #ifdef __OPTIMIZE_SIZE__\n  {odd}\n#endif\n  return h; }}\n"
    )
}

fn verdict(odd: &str) -> (Verdict, String) {
    let place = Place::new();
    place.file("mine.c", &kernel(odd));
    place.file("flags", "-Os\n");
    let output = place.tune(&[]);
    assert!(output.status.success(), "{odd}: {}", String::from_utf8_lossy(&output.stderr));
    place.clean();
    let made = profile::read(&place.path("host.toml")).unwrap();
    let judged = made.kernel["mine"].judged.iter().find(|j| j.flags == ["-Os"]).unwrap().clone();
    assert!(made.kernel["mine"].flags.is_empty() || judged.verdict == Verdict::Helps, "{odd}");
    (judged.verdict, judged.reason)
}

#[test]
fn a_variant_that_dies_or_computes_something_else_is_said_to() {
    for (odd, wanted, words) in [
        ("h += *(volatile int *)8;", Verdict::Crashed, "SIGSEGV"),
        ("__builtin_trap();", Verdict::Crashed, "SIGILL"),
        ("for (volatile int i = 0;; i++) {}", Verdict::Crashed, "CPU time"),
        ("for (;;) { char *p = malloc(64 << 20); if (!p) abort(); p[0] = 1; }", Verdict::Crashed, "SIGABRT"),
        (
            "volatile char deep[256 << 20]; for (int i = 0; i < 256 << 20; i += 4096) deep[i] = 1;",
            Verdict::Crashed,
            "SIGSEGV",
        ),
        ("_exit(0);", Verdict::Crashed, "twice with it"),
        ("raise(SIGKILL);", Verdict::Crashed, "twice with it"),
        ("h++;", Verdict::WrongResult, "instead of"),
    ] {
        let (found, reason) = verdict(odd);
        assert!(found == wanted && reason.contains(words), "{odd}: {found} {reason}");
    }
}

#[test]
fn a_variant_that_meddles_reaches_nobody_and_is_timed_like_any_other() {
    for odd in [
        // As if the runner spoke: its protocol is not on any descriptor that a kernel knows.
        "static int n; if (!n++) for (int fd = 0; fd < 3; fd++) dprintf(fd, \"pair 1 1 1 0\\nsum 1 1\\nend\\n\");",
        "static int n; if (!n++) while (fork() == 0) {}",
        "static int n; if (!n++) { kill(getppid(), SIGKILL); kill(-1, SIGKILL); }",
        "static int n; if (!n++) { setpgid(0, 0); setsid(); signal(SIGTERM, SIG_IGN); signal(SIGHUP, SIG_IGN); }",
    ] {
        let (found, reason) = verdict(odd);
        let timed = !matches!(found, Verdict::Crashed | Verdict::WrongResult | Verdict::Unsupported);
        assert!(timed, "{odd}: {found} {reason}");
    }
}

#[test]
fn one_that_fails_under_its_base_is_bad_input() {
    for (odd, words) in [
        ("raise(SIGSEGV);", &["mine", "SIGSEGV", "base flags"][..]),
        ("abort();", &["mine", "SIGABRT", "base flags"]),
        ("for (volatile int i = 0;; i++) {}", &["mine", "CPU time", "base flags"]),
        ("static uint64_t n; return (uint64_t)&n + n++;", &["mine", "checksums", "seed"]),
    ] {
        let place = Place::new();
        place.file("mine.c", &kernel(odd).replace("#ifdef __OPTIMIZE_SIZE__", "#if 1"));
        fails(odd, &place.tune(&[]), 2, words);
        assert!(!place.path("host.toml").exists());
        place.clean();
    }
}

#[test]
fn a_function_that_is_not_there_is_named() {
    let place = Place::new();
    for (text, words) in [
        ("return frobnicate(in[0]);", &["kernel mine", "calls frobnicate"][..]),
        (
            "extern int frobnicate(int); return frobnicate(1);",
            &["calls frobnicate", "nor the C library defines"],
        ),
    ] {
        place.file("mine.c", &kernel("").replace("uint64_t h = 0;", &format!("uint64_t h = 0; {text}")));
        let output = place.tune(&[]);
        fails(text, &output, 2, words);
        let line = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!line.contains("undefined symbol") && !line.contains(".so"), "{line}");
    }
}
