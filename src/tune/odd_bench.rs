//! A bench on an odd machine: its processes are made up, and what becomes of their answers is not.

use super::fake::FakeBench;
use super::*;
use crate::build::{Builder, CodeCache, Flags};
use crate::catalogue::{Kernel, Unit};
use crate::experiment::{Context, Coupling, Entry, Fault, Job, Pair, Rule, Sampler, Samples, Silent};
use crate::files::Workspace;
use crate::profile::Section;
use crate::toolchain::{Compiler, Family};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use std::cell::{Cell, RefCell};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// What goes wrong, a process at a time: `Some` in place of its samples, or the samples changed.
pub type Odd = Box<dyn Fn(Process, &mut ChaCha8Rng, &mut Samples) -> Option<Fault>>;

/// A process that was asked for.
#[derive(Clone, Copy)]
pub struct Process {
    /// From 1.
    pub number: u32,
    /// Whether it loads a build of other flags than the base's.
    pub variant: bool,
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
pub fn run_on(seed: u64, worth: [f64; 2], odd: Odd) -> (Result<Section, MeasureError>, u32, u32) {
    let mut known = FakeBench::new(&[1.0], &["-O3", "-a"]);
    known.truth = Box::new(move |_, set| set.iter().map(|c| worth.get(c.0).copied().unwrap_or(0.0)).sum());
    let kernel = Kernel { datasets: ["x", "y", "z"].map(String::from).to_vec(), ..Kernel::named("p/k0") };
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
