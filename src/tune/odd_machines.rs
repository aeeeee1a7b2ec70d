//! Machines that sleep, are throttled, lose a CPU or whose clocks step: what the real bench makes of their processes is a
//! verdict that is true, or none.

use super::fake::{Bursts, FakeBench};
use super::*;
use crate::build::{Builder, CodeCache, Flags};
use crate::catalogue::{Kernel, Role, Unit};
use crate::experiment::{
    Context, Coupling, Entry, Fault, Job, Pair, Planted, Rule, Sampler, Samples, Silent, Which,
};
use crate::files::Workspace;
use crate::profile::{Section, Verdict};
use crate::toolchain::{Compiler, Family};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use std::cell::{Cell, RefCell};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// What goes wrong, a process at a time: `Some` in place of its samples, or the samples changed.
type Odd = Box<dyn Fn(Process, &mut ChaCha8Rng, &mut Samples) -> Option<Fault>>;

/// A process that was asked for.
#[derive(Clone, Copy)]
struct Process {
    /// From 1.
    number: u32,
    /// Whether it loads a build of other flags than the base's.
    variant: bool,
}

/// A sampler without a process: true effects by the names of the files, noise, and what goes wrong.
struct OddSampler {
    /// What b is worth against a, set for each ask.
    effect: Cell<f64>,
    layout: Cell<f64>,
    /// Whether b is something else than the base.
    variant: Cell<bool>,
    runs: Cell<u32>,
    random: RefCell<ChaCha8Rng>,
    odd: Odd,
}

impl OddSampler {
    fn new(seed: u64, odd: Odd) -> OddSampler {
        let random = RefCell::new(ChaCha8Rng::seed_from_u64(seed));
        OddSampler {
            effect: Cell::new(0.0),
            layout: Cell::new(0.0),
            variant: Cell::new(false),
            runs: Cell::new(0),
            random,
            odd,
        }
    }
}

/// Uniform with a standard deviation of about 1.
fn deviate(random: &mut ChaCha8Rng) -> f64 {
    (random.random::<f64>() - 0.5) * 3.46
}

impl Sampler for OddSampler {
    fn run(&self, job: &Job) -> Result<Vec<Result<Samples, Fault>>, Fault> {
        let mut answers = Vec::new();
        for entry in &job.entries {
            match self.one(job, entry) {
                // A process that cannot pin itself measures nothing at all.
                Err(Fault::Machine(why)) if why.contains("pin itself") => return Err(Fault::Machine(why)),
                answer => answers.push(answer),
            }
        }
        Ok(answers)
    }
}

impl OddSampler {
    /// One entry, which is a process of its own.
    fn one(&self, job: &Job, entry: &Entry) -> Result<Samples, Fault> {
        self.runs.set(self.runs.get() + 1);
        let mut random = self.random.borrow_mut();
        let variant = self.variant.get() && job.a != job.b;
        let process = Process { number: self.runs.get(), variant };
        // Two copies of one file are alike.
        let effect = if job.a == job.b { 0.0 } else { self.effect.get() + self.layout.get() };
        let mut turn = |percent: f64| (1e6 * ((percent + 0.7 * deviate(&mut random)) / 100.0).exp()) as u64;
        let pair = |_| {
            let (a_ns, b_ns) = (turn(0.0), turn(-effect));
            Pair { a_ns, b_ns, wall_ns: a_ns + b_ns + 1000, switches: 0 }
        };
        let mut samples = Samples { calls: 3, pairs: (0..entry.pairs).map(pair).collect(), differ: false };
        match (self.odd)(process, &mut random, &mut samples) {
            Some(fault) => Err(fault),
            None => Ok(samples),
        }
    }
}

/// A fake bench, the requests of which go the real way from processes to a sample.
struct Machine<'a> {
    known: FakeBench,
    real: Workbench<'a>,
    sampler: &'a OddSampler,
    kept: u32,
}

impl Bench for Machine<'_> {
    fn probes(&self) -> &[Probe] {
        self.known.probes()
    }
    fn add(&mut self, candidate: Candidate) -> CandidateIndex {
        self.real.add(candidate.clone());
        self.known.add(candidate)
    }
    fn candidates(&self) -> &[Candidate] {
        self.known.candidates()
    }
    fn same(&mut self, wanted: &[CodeQuestion]) -> Vec<Result<bool, MeasureError>> {
        self.known.same(wanted)
    }
    fn bytes(&mut self, kernel: KernelIndex, set: &Set) -> Result<u64, MeasureError> {
        self.known.bytes(kernel, set)
    }
    fn sample(&mut self, requests: &[SampleRequest]) -> Vec<Answers> {
        let one = |request: &SampleRequest| {
            self.known.now += Duration::from_millis(50);
            let truth = |set: &Set| (self.known.truth)(KernelIndex(0), set);
            self.sampler.variant.set(request.a != request.b);
            self.sampler.effect.set(truth(&request.b) - truth(&request.a));
            let layout = deviate(&mut ChaCha8Rng::seed_from_u64(request.draw));
            self.sampler.layout.set(self.known.layout_sd * layout);
            self.real.time(request, Path::new("/a"), Path::new("/b"))
        };
        requests.iter().map(one).collect()
    }
    fn elapsed(&self) -> Duration {
        self.known.now
    }
    fn cost(&self, kernels: &[KernelIndex], phase: Phase) -> Duration {
        // A layout that seemed to cost hours would never be measured.
        let real = self.real.cost(kernels, phase);
        assert!(real < Duration::from_secs(2), "{real:?}");
        self.known.cost(kernels, phase)
    }
    fn overhead(&self, kernels: &[KernelIndex], phase: Phase) -> Duration {
        self.known.overhead(kernels, phase)
    }
    fn allocate(&mut self, kernel: KernelIndex, pairs: u32) {
        self.real.allocate(kernel, pairs);
    }
    fn keep(&mut self) {
        self.kept += 1;
    }
    fn datasets(&self, kernel: KernelIndex) -> u32 {
        self.known.datasets(kernel)
    }
}

/// What a run with two flags, worth `worth`, comes to on an odd machine, how often it kept, and how many processes it ran.
fn run_on(seed: u64, worth: [f64; 2], odd: Odd) -> (Result<Section, MeasureError>, u32, u32) {
    let mut known = FakeBench::new(&[1.0], &["-O3", "-a"]);
    known.truth = Box::new(move |_, set| set.iter().map(|c| worth.get(c.0).copied().unwrap_or(0.0)).sum());
    let kernel = Kernel {
        name: "p/k0".into(),
        package: None,
        title: String::new(),
        role: Role::Kernel,
        stands_for: String::new(),
        domain: String::new(),
        code: Vec::new(),
        linkage: Default::default(),
        contraction: String::new(),
        bounds: Vec::new(),
        source: String::new(),
        datasets: ["x", "y", "z"].map(String::from).to_vec(),
        units: Vec::new(),
        setup: Vec::new(),
        headers: Vec::new(),
    };
    let compiler = Compiler {
        family: Family::Gcc,
        path: "/nothing".into(),
        version: "12.2.0".into(),
        major: 12,
        target: "x86_64-linux-gnu".into(),
        digest: crate::toolchain::Digest::known("gcc".into(), String::new()),
        nix_wrapper: false,
        engine: "/nothing".into(),
        unwrapped: None,
        plan: None,
        hardening: None,
    };
    let (workspace, cache, stop) = (Workspace::new().unwrap(), CodeCache::default(), AtomicBool::new(false));
    let unit = |file: &str| Unit { file: file.into(), text: String::new() };
    let builder =
        Builder::new(&compiler, &workspace, &cache, Flags::default(), unit("support.c"), unit("probe.h"));
    let (kernels, candidates) = ([kernel], known.candidates.clone());
    let sampler = OddSampler::new(seed, odd);
    let (coupling, began) = (Coupling::Coupled, Instant::now());
    let context =
        Context { sampler: &sampler, cpu: 0, warm_ns: 0, coupling, began, stop: &stop, watch: &Silent };
    let real = Workbench::new(&builder, context, &kernels, &[1.0], candidates);
    let mut machine = Machine { known, real, sampler: &sampler, kept: 0 };
    let plan = Plan {
        subject: "p".into(),
        order: [0, 1].map(CandidateIndex).to_vec(),
        rule: Rule::default(),
        seed,
        from: Duration::ZERO,
        identity: Duration::from_secs(5),
        until: Duration::from_secs(60),
    };
    let found = tune(&mut machine, &plan, &Silent);
    let made = found.map(|found| {
        let base = ["-O2".to_string()];
        section(&mut machine, "gcc-12.2.0", &base, &found, Vec::new(), &Rule::default(), "x")
    });
    (made, machine.kept, sampler.runs.get())
}

/// Claims that are not so: what is worth nothing helps or harms, and whatever crashes or computes something else.
fn false_claims(made: &Section) -> usize {
    let untrue = |verdict: Verdict| {
        matches!(verdict, Verdict::Helps | Verdict::Harms | Verdict::Crashed | Verdict::WrongResult)
    };
    made.judged.iter().filter(|j| untrue(j.verdict)).count()
}

/// At most so many of a number of runs may be wrong: three more than a family-wise 5 % lets expect.
const SEEDS: u64 = 20;
const WRONG: usize = 4;

/// Runs where nothing is true and where something is: the first claims nothing, the second what is true.
fn holds(name: &str, odd: impl Fn() -> Odd) {
    let wrong = (0..SEEDS)
        .filter(|seed| {
            false_claims(&run_on(*seed, [0.0; 2], odd()).0.unwrap_or_else(|e| panic!("{name}: {e}"))) > 0
        })
        .count();
    assert!(wrong <= WRONG, "{name}: {wrong} of {SEEDS} runs made a false claim");
    let (made, ..) = run_on(1, [6.0, 4.0], odd());
    let made = made.unwrap_or_else(|e| panic!("{name}: {e}"));
    assert_eq!((made.verdict, made.flags.len()), (Verdict::Helps, 2), "{name}: {made:#?}");
}

#[test]
fn a_quiet_machine_is_told_the_truth_of() {
    holds("quiet", || Box::new(|_, _, _| None));
    let (_, kept, _) = run_on(1, [6.0, 4.0], Box::new(|_, _, _| None));
    assert_eq!(kept, 5, "after code and screening of the first and of the others, and after the search");
}

#[test]
fn a_quota_that_stops_the_process_is_no_effect() {
    // 20 ms of each 100 (cpu.max): a turn waits for the rest of a period, and finds its caches cold.
    holds("quota", || {
        Box::new(|_, random, samples| {
            for pair in &mut samples.pairs {
                for cpu_ns in [&mut pair.a_ns, &mut pair.b_ns] {
                    if random.random::<f64>() < 0.1 {
                        pair.wall_ns += 80_000_000;
                        pair.switches += 1;
                        *cpu_ns += (*cpu_ns as f64 * 0.3 * random.random::<f64>()) as u64;
                    }
                }
            }
            None
        })
    });
}

#[test]
fn a_machine_that_slept_is_told_the_truth_of() {
    for wall in [36_000_000_000_000, u64::MAX] {
        holds("suspended", || {
            Box::new(move |process, _, samples| {
                if process.number % 7 == 3
                    && let Some(pair) = samples.pairs.first_mut()
                {
                    pair.wall_ns = wall;
                }
                None
            })
        });
    }
}

#[test]
fn a_clock_that_steps_is_nobodys_fault() {
    let stepped = || Fault::Machine("a CPU clock that stood still or stepped".into());
    // Now and then a process is lost; not so many in a row that an ask has no answer.
    holds("steps", || Box::new(move |process, _, _| (process.number % 4 < 2).then(stepped)));
    // Whatever order good and bad processes come in, no flag is said to crash.
    for seed in 0..40 {
        let odd: Odd = Box::new(move |_, random, _| (random.random::<f64>() < 0.3).then(stepped));
        match run_on(seed, [0.0; 2], odd).0 {
            Ok(made) => {
                assert!(made.judged.iter().all(|j| j.verdict != Verdict::Crashed), "{seed}: {made:#?}")
            }
            Err(trouble) => assert!(matches!(trouble, MeasureError::Machine(_)), "{seed}: {trouble:?}"),
        }
    }
}

#[test]
fn a_cpu_that_goes_offline_ends_the_run_and_blames_no_flag() {
    let pin =
        || crate::experiment::parse_protocol("fail - pin Invalid argument\n", &job(), "exit 1").unwrap_err();
    for from in [1, 2, 30, 200] {
        let (made, _, runs) =
            run_on(1, [6.0, 4.0], Box::new(move |process, _, _| (process.number >= from).then(pin)));
        match made {
            Err(MeasureError::Machine(why)) => {
                assert!(why.contains("CPU") && why.contains("offline") && why.contains("--cpu"), "{why}");
                assert!(runs < from + 6, "it does not go on without a CPU: {runs}");
            }
            other => panic!("{from}: {other:?}"),
        }
    }
    // It is away for a moment: tried twice in vain, and there again for the base alone.
    let away = |run: u32| matches!(run, 40 | 41 | 80 | 81);
    let (made, ..) = run_on(1, [6.0, 4.0], Box::new(move |process, _, _| away(process.number).then(pin)));
    assert_eq!(made.unwrap().flags, ["-O3", "-a"]);
}

#[test]
fn a_build_whose_process_breaks_off_is_blamed_only_if_the_base_does_not() {
    let crashed = |made: &Section| made.judged.iter().filter(|j| j.verdict == Verdict::Crashed).count();
    for fault in [
        Fault::Process("its answer broke off (signal: 9)".into()),
        Fault::Crashed { which: Which::B, what: "SIGSEGV".into() },
    ] {
        let of_variant: Odd = {
            let fault = fault.clone();
            Box::new(move |process, _, _| process.variant.then(|| fault.clone()))
        };
        let made = run_on(1, [6.0, 4.0], of_variant).0.unwrap();
        assert!(crashed(&made) == 2 && made.flags.is_empty(), "{fault}: {made:#?}");
        let (made, ..) = run_on(1, [6.0, 4.0], Box::new(move |_, _, _| Some(fault.clone())));
        assert!(
            matches!(made, Err(MeasureError::Machine(_) | MeasureError::Base(_)))
                || crashed(&made.unwrap()) == 2
        );
    }
}

#[test]
fn bursts_of_load_make_no_claims() {
    for bursts in [
        Bursts { pairs: 0.2, asks: 0.0, least: 5.0 },
        Bursts { pairs: 0.05, asks: 0.1, least: 3.0 },
        Bursts { pairs: 0.4, asks: 0.3, least: 20.0 },
    ] {
        let on = |seed, worth: f64| {
            let mut bench = FakeBench::new(&[0.5, 0.5], &["-O3", "-a"]);
            bench.bursts = Some(bursts);
            bench.truth = Box::new(move |_, set| worth * set.len() as f64);
            let (order, rule) = ([0, 1].map(CandidateIndex).to_vec(), Rule::default());
            let (identity, until) = (Duration::from_secs(5), Duration::from_secs(60));
            let plan = Plan { subject: "p".into(), order, rule, seed, from: Duration::ZERO, identity, until };
            let found = tune(&mut bench, &plan, &Silent).unwrap();
            section(&mut bench, "gcc-12.2.0", &["-O2".into()], &found, Vec::new(), &Rule::default(), "x")
        };
        let nothing: Vec<Section> = (0..60).map(|seed| on(seed, 0.0)).collect();
        let wrong = nothing.iter().filter(|made| false_claims(made) > 0).count();
        // At 5 % at most 3 of 60 are expected; 8 have a probability below 1 %.
        assert!(wrong <= 7, "{bursts:?}: {wrong} of 60 runs made a false claim");
        assert!(nothing.iter().filter(|made| !made.flags.is_empty()).count() <= wrong);
        // An effect is found, or nothing is; it is never turned round.
        for made in (0..10).map(|seed| on(seed, 6.0)) {
            assert!(!matches!(made.verdict, Verdict::Harms | Verdict::Equivalent), "{bursts:?}: {made:#?}");
        }
    }
}

fn job() -> Job {
    let entry = Entry { kernel: 0, dataset: 0, seed: 1, calls: 0, pairs: 1, planted: false, bounded: false };
    let planted = Planted::NONE;
    Job { a: "/a".into(), b: "/b".into(), warm_ns: 0, draw: 1, planted, entries: vec![entry] }
}
