//! Real builds by the compiler at hand, run by the real process: verdicts about builds, never the end of the run.

mod entries;
mod layouts;
mod shared;

use crate::support::bench::{Bench, body, entry, flags, job, kernel, linked};
use hwtune::build::Flags;
use hwtune::catalogue::Kernel;
use hwtune::experiment::{Entry, Fault, Job, Layout, Planted, Sampler, Samples, Which};
use std::path::PathBuf;

const SUM: &str = "#include \"probe.h\"\n#include <stdlib.h>\nstatic uint32_t *in; enum { N = 4096 };\n\
    void probe_setup(uint64_t seed) { in = malloc(N * sizeof *in); for (int i = 0; i < N; i++) in[i] = (uint32_t)support_random(&seed); }\n\
    uint64_t probe_run(void) { uint64_t h = 0; for (int i = 0; i < N; i++) h = h * 31 + in[i] % 7; return h; }\n";

/// What a process answers.
type Answers = Result<Vec<Result<Samples, Fault>>, Fault>;

impl Bench {
    /// Measures the kernels of one shared object against those of another, which is built under further flags.
    pub fn run(&self, [a, b]: [&[Kernel]; 2], further: &[&str], entries: &[Entry]) -> Answers {
        let builder = self.builder();
        let files = [linked(&builder, a, &[]), linked(&builder, b, further)];
        self.sampler(&builder).run(&job(files, entries))
    }

    /// The same of a single kernel.
    pub fn compare(&self, a: &Kernel, b: &Kernel, further: &[&str], pairs: u32) -> Result<Samples, Fault> {
        let sides = [std::slice::from_ref(a), std::slice::from_ref(b)];
        self.run(sides, further, &[entry(0, pairs)])?.remove(0)
    }
}

#[test]
fn two_links_of_a_kernel_run_in_pairs_in_one_process() {
    let bench = Bench::new();
    let sum = kernel("sum", SUM);
    let samples = bench.compare(&sum, &sum, &[], 6).unwrap();
    assert_eq!(samples.pairs.len(), 6);
    assert!(samples.calls >= 1);
    for pair in &samples.pairs {
        assert!(pair.a_ns > 0 && pair.b_ns > 0 && pair.wall_ns > 0, "{pair:?}");
    }
}

#[test]
fn identity_sees_code_and_nothing_else() {
    let bench = Bench::new();
    let builder = bench.builder();
    let sum = kernel("sum", SUM);
    let of = |words: &[&str]| builder.code(&sum, &flags(words), false).unwrap();
    let base = of(&[]);
    assert!(base.bytes > 0);
    for same in [&["-pipe"][..], &["-g"], &["-O2"], &["-Wall"], &["-fno-semantic-interposition"]] {
        assert_eq!(of(same).code, base.code, "{same:?}");
    }
    for other in [&["-Os"][..], &["-O0"], &["-funroll-loops"], &["-falign-functions=256"]] {
        assert_ne!(of(other).code, base.code, "{other:?}");
    }
    // A build of another day in another place is the same code.
    let elsewhere = Bench::new();
    let again = elsewhere.builder().code(&sum, &Flags::default(), false).unwrap();
    assert_eq!(again, base);
}

#[test]
fn a_link_option_is_compared_on_the_linked_file() {
    let bench = Bench::new();
    let builder = bench.builder();
    let sum = kernel("sum", SUM);
    let of = |link: &[&str]| {
        let link = link.iter().map(|w| w.to_string()).collect();
        builder.code(&sum, &Flags { compile: Vec::new(), link }, true).unwrap().code
    };
    let linked = of(&[]);
    assert_ne!(of(&["-Wl,-z,now"]), linked);
    assert_eq!(of(&["-Wl,--build-id=sha1"]), linked);
}

#[test]
fn links_of_other_layouts_differ_as_files_and_agree_in_results() {
    let bench = Bench::new();
    let builder = bench.builder();
    let sum = kernel("sum", SUM).numbered(0);
    let built = builder.build(&sum, &Flags::default()).unwrap();
    let paths: Vec<PathBuf> = (0..4).map(|s| builder.link(&built, &Layout::draw(2, s)).unwrap()).collect();
    let texts: Vec<Vec<u8>> = paths.iter().map(|p| std::fs::read(p).unwrap()).collect();
    assert!(texts.iter().any(|t| *t != texts[0]), "layouts move code");
    let needed = std::process::Command::new("readelf").arg("-dW").arg(&paths[0]).output().unwrap();
    assert!(!String::from_utf8_lossy(&needed.stdout).contains("libz"), "no library of the package is needed");
    let stack = std::process::Command::new("readelf").arg("-lW").arg(&paths[0]).output().unwrap();
    let stack = String::from_utf8_lossy(&stack.stdout).into_owned();
    let line = stack.lines().find(|l| l.contains("GNU_STACK")).unwrap();
    assert!(!line.contains("RWE"), "the pad must not make the stack executable: {line}");
    for other in &paths[1..] {
        let files = [paths[0].clone(), other.clone()];
        let answers = bench.sampler(&builder).run(&job(files, &[entry(0, 1)])).unwrap();
        assert!(answers[0].is_ok(), "{answers:?}");
    }
}

#[test]
fn faults_are_told_apart_and_laid_at_the_right_door() {
    let bench = Bench::new();
    let sum = kernel("sum", &body("static uint64_t n; return ++n;"));
    for (text, wanted) in [
        ("volatile int *p = 0; return (uint64_t)*p;", "SIGSEGV"),
        ("__builtin_trap(); return 0;", "SIGILL"),
        (
            "for (volatile uint64_t i = 0;; i++) if (i == 0xffffffffffffull) return i;",
            "no end after 3 s of CPU time",
        ),
    ] {
        match bench.compare(&sum, &kernel("bad", &body(text)), &[], 2) {
            Err(Fault::Crashed { which: Which::B, what }) => assert_eq!(what, wanted),
            other => panic!("{text}: {other:?}"),
        }
    }
    match bench.compare(&kernel("bad", &body("volatile int *p = 0; return (uint64_t)*p;")), &sum, &[], 2) {
        Err(Fault::Crashed { which: Which::A, .. }) => {}
        other => panic!("{other:?}"),
    }
    let wrong = kernel("wrong", &body("static uint64_t n; return n += 2;"));
    assert!(matches!(bench.compare(&sum, &wrong, &[], 2), Err(Fault::WrongResult { dataset: 0, .. })));
    // One that is wrong later than in its first calls, which are checked before anything is timed.
    let later = kernel("later", &body("static uint64_t n; return ++n + (n == 40);"));
    let sides = [std::slice::from_ref(&sum), std::slice::from_ref(&later)];
    let known = Entry { calls: 5, ..entry(0, 16) };
    let answers = bench.run(sides, &[], &[known]).unwrap();
    assert!(matches!(answers[0], Err(Fault::WrongResult { dataset: 0, .. })), "{answers:?}");
}

#[test]
fn a_kernel_that_prints_forks_or_eats_memory_harms_nobody() {
    let bench = Bench::new();
    let prints = kernel(
        "prints",
        "#include \"probe.h\"\n#include <stdio.h>\n#include <unistd.h>\nvoid probe_setup(uint64_t s) { (void)s; }\n\
         uint64_t probe_run(void) { puts(\"pair 1 1 1 0\\nend\"); fflush(stdout); return write(1, \"end\\n\", 4) == 4; }\n",
    );
    assert_eq!(bench.compare(&prints, &prints, &[], 2).unwrap().pairs.len(), 2);
    let forks = kernel(
        "forks",
        "#include \"probe.h\"\n#include <unistd.h>\nvoid probe_setup(uint64_t s) { (void)s; }\n\
         uint64_t probe_run(void) { return fork() < 0; }\n",
    );
    assert_eq!(bench.compare(&forks, &forks, &[], 2).unwrap().pairs.len(), 2);
    let eats = kernel(
        "eats",
        "#include \"probe.h\"\n#include <stdlib.h>\n#include <string.h>\nvoid probe_setup(uint64_t s) { (void)s; }\n\
         uint64_t probe_run(void) { for (;;) { char *p = malloc(256 << 20); if (!p) abort(); *(volatile char *)p = 1; } }\n",
    );
    assert!(matches!(bench.compare(&eats, &eats, &[], 1), Err(Fault::Crashed { .. })));
}

#[test]
fn what_is_no_kernel_is_said_to_be_none() {
    let bench = Bench::new();
    let sum = kernel("sum", SUM);
    let none = kernel("none", "int nothing(void) { return 0; }\n");
    match bench.compare(&none, &sum, &[], 1) {
        Err(Fault::NotAKernel { which: Which::A, what }) => assert_eq!(what, "no function probe_setup"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_planted_effect_is_what_was_planted() {
    let bench = Bench::new();
    let builder = bench.builder();
    // It counts its calls: a checksum that differs shows that one side was called more often.
    let counts =
        kernel("counts", &body("static uint64_t n; for (volatile int i = 0; i < 99; i++) {} return ++n;"));
    let files = || [(); 2].map(|()| linked(&builder, std::slice::from_ref(&counts), &[]));
    for percent in [3, -3] {
        let planted = Planted::percent(percent, 1);
        let bed = Entry { planted: true, ..entry(0, 4) };
        let whole = Job { planted, ..job(files(), &[bed, entry(0, 4)]) };
        // One side's samples hold more calls, and so another checksum, and that is no fault where it was planted.
        let answers = bench.sampler(&builder).run(&whole).unwrap();
        let bed = answers[0].as_ref().unwrap();
        assert!(bed.calls.is_multiple_of(33) && bed.pairs.len() == 4, "{} calls", bed.calls);
        // The entry beside it is as if there were no planted effect.
        assert_eq!(answers[1].as_ref().unwrap().pairs.len(), 4, "{answers:?}");
    }
    // The process's own words: the further calls were made, and none beside them.
    let runner = bench.sampler(&builder).executable;
    let [a, b] = files();
    let said = std::process::Command::new(runner)
        .arg("measure")
        .args([std::process::id().to_string(), hwtune::host::allowed_cpus()[0].to_string()])
        .args(["3", "120000", "0", "60", "33", "1", "0"])
        .args([&a, &b])
        .args(["0:0:7:33:1:1", "0:0:7:33:1:0"])
        .output()
        .unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    let sums: Vec<Vec<&str>> =
        said.lines().filter_map(|l| l.strip_prefix("sum ")).map(|l| l.split(' ').collect()).collect();
    assert!(sums.len() == 2 && sums[0][0] != sums[0][1] && sums[1][0] == sums[1][1], "{said}");
    // A call that is checked and one that tells how long a call takes; then 34 calls of A and 33 of B.
    let folded = |calls: u64| {
        (1..=calls)
            .fold(0xcbf2_9ce4_8422_2325_u64, |sum, n| (sum ^ n).wrapping_mul(0x100_0000_01b3))
            .to_string()
    };
    assert_eq!(sums[0], [folded(2 + 34), folded(2 + 33)]);
}
