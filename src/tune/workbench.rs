//! The real bench: builds with the compiler at hand on all cores, links ahead of the clock, times on one core.

use super::alike::twin;
use super::bench::{
    Answers, Bench, Candidate, CodeQuestion, Differing, MeasureError, Phase, Probe, SampleRequest, Set,
};
use super::bench::{CandidateIndex, KernelIndex};
use super::bounds::Bounded;
use super::tally::Tally;
use crate::build::{BuildError, Builder, Built, Flags, Identity};
use crate::catalogue::{Kernel, Role};
use crate::experiment::{Context, Planted};
use crate::profile::WithinBounds;
use rayon::prelude::*;
use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// What a layout's links, an entry's process and a pair are thought to cost before any was measured.
const FIRST_LINKS: Duration = Duration::from_millis(60);
const FIRST_ENTRY: Duration = Duration::from_millis(4);
const FIRST_PAIR: Duration = Duration::from_millis(1);

/// Calls a sample, by kernel and data set.
pub(super) type Calls = HashMap<(KernelIndex, usize), u64>;

/// The code of a kernel under a set.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Coded {
    pub(super) kernel: KernelIndex,
    pub(super) set: Set,
    /// Whether the linked file is meant.
    pub(super) linked: bool,
}

/// What was spent on something so far, and how often.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spent {
    times: u32,
    all: Duration,
}

impl Spent {
    pub(super) fn add(&mut self, times: u32, spent: Duration) {
        (self.times, self.all) = (self.times + times, self.all + spent);
    }

    fn mean(&self, first: Duration) -> Duration {
        if self.times == 0 { first } else { self.all / self.times }
    }
}

/// Kernels, candidates and everything built of them.
pub struct Workbench<'a> {
    pub(super) builder: &'a Builder<'a>,
    pub(super) context: Context<'a>,
    pub(super) kernels: &'a [Kernel],
    /// For each kernel the first whose code under test is the same text: a package's operations share their library.
    pub(super) twins: Vec<KernelIndex>,
    probes: Vec<Probe>,
    candidates: Vec<Candidate>,
    built: HashMap<Set, Result<Built, (KernelIndex, BuildError)>>,
    pub(super) coded: HashMap<Coded, Result<Identity, BuildError>>,
    pub(super) alike: HashMap<CodeQuestion, Result<bool, BuildError>>,
    pub(super) settings: HashMap<Set, Option<[u8; 16]>>,
    /// Learnt once.
    pub(super) calls: Calls,
    /// Pairs of a data set in a layout of confirmation, by kernel.
    pub(super) allocated: HashMap<KernelIndex, u32>,
    /// Whether a set's code has 512-bit instructions, where that matters.
    wide: HashMap<Set, bool>,
    pub(super) links: Spent,
    entries: Spent,
    pairs: HashMap<KernelIndex, Spent>,
    pub(super) tally: Tally,
    /// Functions whose contract is the size of an error, as far as they were measured.
    pub(super) bounded: Bounded,
}

impl<'a> Workbench<'a> {
    /// A bench over `kernels` with their `weights`, whose calls a sample are known where they were learnt.
    pub fn new(
        builder: &'a Builder<'a>,
        context: Context<'a>,
        kernels: &'a [Kernel],
        weights: &[f64],
        candidates: Vec<Candidate>,
    ) -> Workbench<'a> {
        let probe = |(k, weight): (&Kernel, &f64)| {
            let control = k.role == Role::NegativeControl;
            let weight = if control { 0.0 } else { *weight };
            Probe { name: k.name.clone(), weight, control, domain: k.domain.clone() }
        };
        Workbench {
            builder,
            context,
            kernels,
            twins: kernels.iter().map(|k| twin(k, kernels)).collect(),
            probes: kernels.iter().zip(weights).map(probe).collect(),
            candidates,
            built: HashMap::new(),
            coded: HashMap::new(),
            alike: HashMap::new(),
            settings: HashMap::new(),
            calls: HashMap::new(),
            allocated: HashMap::new(),
            wide: HashMap::new(),
            links: Spent::default(),
            entries: Spent::default(),
            pairs: HashMap::new(),
            tally: Tally::default(),
            bounded: Bounded::default(),
        }
    }

    /// The same bench with the number of calls that a sample of a kernel on a data set needs.
    pub fn calibrated(self, calls: Calls) -> Workbench<'a> {
        Workbench { calls, ..self }
    }

    /// The flags of a set, each word once: several members may need the same one.
    pub(super) fn flags(&self, set: &Set) -> Flags {
        let mut flags = Flags::default();
        for candidate in set.iter().map(|c| self.candidate(*c)) {
            for (all, more) in
                [(&mut flags.compile, &candidate.flags.compile), (&mut flags.link, &candidate.flags.link)]
            {
                let new: Vec<String> = more.iter().filter(|f| !all.contains(f)).cloned().collect();
                all.extend(new);
            }
        }
        flags
    }

    /// What a set plants: its first member that plants anything.
    pub(super) fn planted(&self, set: &Set) -> Planted {
        let of = |c: &CandidateIndex| self.candidate(*c).planted;
        set.iter().map(of).find(|p| *p != Planted::NONE).unwrap_or(Planted::NONE)
    }

    /// Finds the code of what is wanted and not yet known, on all cores.
    pub(super) fn ensure_coded(&mut self, wanted: Vec<Coded>) {
        let missing: BTreeSet<Coded> = wanted.into_iter().filter(|w| !self.coded.contains_key(w)).collect();
        let jobs: Vec<(Coded, Flags)> = missing
            .into_iter()
            .map(|w| {
                let flags = self.flags(&w.set);
                (w, flags)
            })
            .collect();
        let began = Instant::now();
        let (builder, kernels, stop) = (self.builder, self.kernels, self.context.stop);
        let fresh: Vec<_> = jobs
            .into_par_iter()
            .filter(|_| !stop.load(Ordering::Relaxed))
            .map(|(wanted, flags)| {
                let code = builder.code(&kernels[wanted.kernel.0], &flags, wanted.linked);
                (wanted, code)
            })
            .collect();
        self.coded.extend(fresh);
        self.tally.comparing += began.elapsed();
    }

    /// Learns in which state sets leave the compiler, on all cores.
    pub(super) fn ensure_settings<'s>(&mut self, sets: impl Iterator<Item = &'s Set>) {
        let missing: BTreeSet<&Set> = sets.filter(|s| !self.settings.contains_key(*s)).collect();
        let jobs: Vec<(Set, Flags)> = missing.into_iter().map(|s| (s.clone(), self.flags(s))).collect();
        let (began, builder) = (Instant::now(), self.builder);
        let fresh: Vec<_> = jobs.into_par_iter().map(|(set, flags)| (set, builder.setting(&flags))).collect();
        self.settings.extend(fresh);
        self.tally.comparing += began.elapsed();
    }

    /// Builds what is wanted and not yet built, on all cores.
    pub(super) fn ensure_built<'s>(&mut self, wanted: impl Iterator<Item = &'s Set>) {
        let missing: BTreeSet<&Set> = wanted.filter(|s| !self.built.contains_key(*s)).collect();
        let jobs: Vec<(Set, Flags)> = missing.into_iter().map(|s| (s.clone(), self.flags(s))).collect();
        let began = Instant::now();
        let (builder, kernels, stop) = (self.builder, self.kernels, self.context.stop);
        let fresh: Vec<_> = jobs
            .into_par_iter()
            .filter(|_| !stop.load(Ordering::Relaxed))
            .map(|(set, flags)| {
                let built = builder.build_all(kernels, &flags).map_err(|(at, e)| (KernelIndex(at), e));
                (set, built)
            })
            .collect();
        for (set, built) in &fresh {
            if let Ok(built) = built
                && self.context.warm_ns > 0
            {
                self.wide.insert(set.clone(), self.builder.is_wide(built));
            }
        }
        self.built.extend(fresh);
        self.tally.building += began.elapsed();
    }

    /// Whether samples of a set need the untimed calls that let the CPU's frequency settle.
    pub(super) fn warms(&self, set: &Set) -> bool {
        self.context.warm_ns > 0 && self.wide.get(set).copied().unwrap_or(true)
    }

    /// The objects of a set; else the kernel at fault and why.
    pub(super) fn built(&self, set: &Set) -> Result<&Built, (KernelIndex, MeasureError)> {
        match self.built.get(set) {
            Some(Ok(built)) => Ok(built),
            Some(Err((kernel, error))) => Err((*kernel, self.build_trouble(*kernel, set, error))),
            None => Err((KernelIndex(0), MeasureError::Interrupted)),
        }
    }

    pub(super) fn code(&self, wanted: &Coded) -> Result<Identity, MeasureError> {
        match self.coded.get(wanted) {
            Some(Ok(code)) => Ok(*code),
            Some(Err(error)) => Err(self.build_trouble(wanted.kernel, &wanted.set, error)),
            None => Err(MeasureError::Interrupted),
        }
    }

    /// What was done so far.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Books what a request's process cost, which measured so many entries.
    pub(super) fn account(
        &mut self,
        request: &SampleRequest,
        entries: usize,
        answers: &Answers,
        took: Duration,
    ) {
        let mut wall = Duration::ZERO;
        for (kernel, answer) in request.kernels.iter().zip(answers) {
            let Ok(sample) = answer else { continue };
            wall += sample.wall;
            self.pairs.entry(*kernel).or_default().add(sample.pairs(), sample.wall);
            self.tally.count(sample, request.phase);
            self.context.watch.paired(sample.pairs());
        }
        self.entries.add(entries as u32, took.saturating_sub(wall));
        self.tally.processes += took;
    }

    pub(super) fn build_trouble(&self, kernel: KernelIndex, set: &Set, error: &BuildError) -> MeasureError {
        match error {
            BuildError::Rejected(why) if set.is_empty() => {
                let name = &self.kernels[kernel.0].name;
                MeasureError::Base(format!("kernel {name}: does not compile under its base flags: {why}"))
            }
            BuildError::Rejected(why) => MeasureError::Unsupported(why.kept().into()),
            BuildError::Compiler(why) | BuildError::Disk(why) => MeasureError::Machine(why.clone()),
        }
    }

    /// True when the set touches what only a linked file shows.
    pub(super) fn links_differently(&self, set: &Set) -> bool {
        let flags = self.flags(set);
        !flags.link.is_empty() || flags.compile.iter().any(|f| f.starts_with("-flto"))
    }
}

impl Bench for Workbench<'_> {
    fn probes(&self) -> &[Probe] {
        &self.probes
    }

    fn add(&mut self, candidate: Candidate) -> CandidateIndex {
        self.candidates.push(candidate);
        CandidateIndex(self.candidates.len() - 1)
    }

    fn candidates(&self) -> &[Candidate] {
        &self.candidates
    }

    fn same(&mut self, wanted: &[CodeQuestion]) -> Vec<Result<bool, MeasureError>> {
        self.alike(wanted)
    }

    fn differing(&mut self, wanted: &[(Set, Set)]) -> Vec<Differing> {
        self.unlike(wanted)
    }

    fn bytes(&mut self, kernel: KernelIndex, set: &Set) -> Result<u64, MeasureError> {
        let wanted = Coded { kernel: self.twins[kernel.0], set: set.clone(), linked: false };
        self.ensure_coded(vec![wanted.clone()]);
        Ok(self.code(&wanted)?.bytes)
    }

    fn sample(&mut self, requests: &[SampleRequest]) -> Vec<Answers> {
        self.sample_all(requests)
    }

    fn within_bounds(&self, a: &Set, b: &Set) -> Vec<WithinBounds> {
        self.bounded.between(a, b)
    }

    fn elapsed(&self) -> Duration {
        self.context.elapsed()
    }

    fn cost(&self, kernels: &[KernelIndex], phase: Phase) -> Duration {
        let pairs = |k: &KernelIndex| {
            let each = self.pairs.get(k).copied().unwrap_or_default().mean(FIRST_PAIR);
            each * self.pairs_of(*k, phase) * self.datasets_of(*k, phase) as u32
        };
        self.overhead(kernels, phase) + kernels.iter().map(pairs).sum::<Duration>()
    }

    fn overhead(&self, kernels: &[KernelIndex], phase: Phase) -> Duration {
        let entries: usize = kernels.iter().map(|k| self.datasets_of(*k, phase)).sum();
        self.links.mean(FIRST_LINKS) + self.entries.mean(FIRST_ENTRY) * entries as u32
    }

    fn allocate(&mut self, kernel: KernelIndex, pairs: u32) {
        self.allocated.insert(kernel, pairs);
    }

    fn keep(&mut self) {
        self.builder.keep();
    }

    fn compile_seconds(&mut self, set: &Set) -> Option<f64> {
        let began = Instant::now();
        let took = self.builder.compile_time(self.kernels, &self.flags(set));
        self.tally.building += began.elapsed();
        took.ok().map(|took| took.as_secs_f64())
    }

    fn datasets(&self, kernel: KernelIndex) -> u32 {
        self.kernels[kernel.0].datasets.len().max(1) as u32
    }
}
