//! Real builds by the compiler at hand, run by the real runner: verdicts about builds, never the end of the run.

use hwtune::build::{Builder, CodeCache, Flags};
use hwtune::catalogue::{Catalogue, Kernel, Role, Unit};
use hwtune::experiment::{Fault, Job, Layout, Planted, ProcessRunner, Runner, Samples, Which};
use hwtune::files::Workspace;
use hwtune::toolchain::Compiler;
use std::path::{Path, PathBuf};
use std::time::Duration;

fn kernel(name: &str, text: &str) -> Kernel {
    Kernel {
        name: name.into(),
        package: None,
        title: String::new(),
        role: Role::Kernel,
        stands_for: String::new(),
        source: String::new(),
        datasets: vec!["default".into()],
        units: vec![Unit { file: format!("{name}.c"), text: text.into() }],
        setup: Vec::new(),
        headers: Vec::new(),
    }
}

fn flags(words: &[&str]) -> Flags {
    Flags { compile: words.iter().map(|w| w.to_string()).collect(), link: Vec::new() }
}

struct Bench {
    compiler: Compiler,
    workspace: Workspace,
    catalogue: Catalogue,
    cache: CodeCache,
}

impl Bench {
    fn new() -> Bench {
        let compiler = Compiler::ask(Path::new("gcc")).unwrap();
        let cache = CodeCache::default();
        Bench {
            compiler,
            cache,
            workspace: Workspace::new().unwrap(),
            catalogue: Catalogue::load(None).unwrap(),
        }
    }

    fn builder(&self) -> Builder<'_> {
        let (support, probe_h) = (self.catalogue.support.clone(), self.catalogue.probe_h.clone());
        Builder::new(&self.compiler, &self.workspace, &self.cache, flags(&["-O2", "-fPIC"]), support, probe_h)
    }

    fn runner(&self, builder: &Builder) -> ProcessRunner {
        let executable = builder.program(&self.catalogue.runner).unwrap();
        ProcessRunner { executable, cpu: first_cpu(), limit: Duration::from_secs(60) }
    }

    /// Runs `a` under the base against `b` under further flags.
    fn compare(&self, a: &Kernel, b: &Kernel, further: &[&str], pairs: u32) -> Result<Samples, Fault> {
        let builder = self.builder();
        let link = |k: &Kernel, f: &[&str], seed: u64| -> PathBuf {
            let built = builder.build(k, &flags(f)).unwrap();
            builder.link(&built, &Layout::draw(built.objects.len(), seed)).unwrap()
        };
        let (a, b) = (link(a, &[], 1), link(b, further, 2));
        let job = Job { a, b, dataset: 0, seed: 7, pairs, warm_ns: 0, draw: 3, planted: Planted::NONE };
        self.runner(&builder).run(&job)
    }
}

/// The first CPU this process may use.
fn first_cpu() -> u32 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let list = status.lines().find_map(|l| l.strip_prefix("Cpus_allowed_list:")).unwrap().trim().to_string();
    list.split([',', '-']).next().unwrap().parse().unwrap()
}

const SUM: &str = "#include \"probe.h\"\n#include <stdlib.h>\nstatic uint32_t *in; enum { N = 4096 };\n\
    void probe_setup(uint64_t seed) { in = malloc(N * sizeof *in); for (int i = 0; i < N; i++) in[i] = (uint32_t)support_random(&seed); }\n\
    uint64_t probe_run(void) { uint64_t h = 0; for (int i = 0; i < N; i++) h = h * 31 + in[i] % 7; return h; }\n";

fn body(run: &str) -> String {
    format!(
        "#include \"probe.h\"\nvoid probe_setup(uint64_t seed) {{ (void)seed; }}\nuint64_t probe_run(void) {{ {run} }}\n"
    )
}

#[test]
fn two_links_of_a_kernel_run_in_pairs_in_one_process() {
    let bench = Bench::new();
    let sum = kernel("sum", SUM);
    let samples = bench.compare(&sum, &sum, &[], 6).unwrap();
    assert_eq!(samples.pairs.len(), 6);
    assert!(samples.reps >= 1);
    for pair in &samples.pairs {
        assert!(pair.a.cpu_ns > 0 && pair.b.cpu_ns > 0 && pair.a.checksum == pair.b.checksum);
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
    let built = builder.build(&kernel("sum", SUM), &Flags::default()).unwrap();
    let paths: Vec<PathBuf> = (0..4).map(|s| builder.link(&built, &Layout::draw(2, s)).unwrap()).collect();
    let texts: Vec<Vec<u8>> = paths.iter().map(|p| std::fs::read(p).unwrap()).collect();
    assert!(texts.iter().any(|t| *t != texts[0]), "layouts move code");
    let needed = std::process::Command::new("readelf").arg("-dW").arg(&paths[0]).output().unwrap();
    assert!(!String::from_utf8_lossy(&needed.stdout).contains("libz"), "no library of the package is needed");
    let stack = std::process::Command::new("readelf").arg("-lW").arg(&paths[0]).output().unwrap();
    let stack = String::from_utf8_lossy(&stack.stdout).into_owned();
    let line = stack.lines().find(|l| l.contains("GNU_STACK")).unwrap();
    assert!(!line.contains("RWE"), "the pad must not make the stack executable: {line}");
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
}

#[test]
fn a_kernel_that_prints_forks_or_eats_memory_harms_nobody() {
    let bench = Bench::new();
    let prints = kernel(
        "prints",
        "#include \"probe.h\"\n#include <stdio.h>\n#include <unistd.h>\nvoid probe_setup(uint64_t s) { (void)s; }\n\
         uint64_t probe_run(void) { puts(\"turn a 1 1 0 1\\nend\"); fflush(stdout); return write(1, \"end\\n\", 4) == 4; }\n",
    );
    assert_eq!(bench.compare(&prints, &prints, &[], 2).unwrap().pairs.len(), 2);
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
    let built = builder.build(&kernel("sum", SUM), &Flags::default()).unwrap();
    let link = |s| builder.link(&built, &Layout::draw(2, s)).unwrap();
    for percent in [3, -3] {
        let planted = Planted::percent(percent, 1);
        let job = Job { a: link(1), b: link(2), dataset: 0, seed: 7, pairs: 4, warm_ns: 0, draw: 3, planted };
        // Only the protocol is looked at: one side's samples hold more calls, and so another checksum, and that is
        // no fault.
        let samples = bench.runner(&builder).run(&job).unwrap();
        assert!(samples.reps.is_multiple_of(33), "{} calls", samples.reps);
        assert!(samples.pairs.iter().all(|p| p.a.checksum != p.b.checksum));
    }
}
