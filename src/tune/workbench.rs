//! The real bench: builds with the compiler at hand, links on all cores, times on one.

use super::alike::twin;
use super::bench::{Ask, Bench, Candidate, Differing, Probe, Sample, Set, Trouble};
use super::observe::Observer;
use super::replication::Replication;
use super::tally::Tally;
use crate::build::{BuildError, Builder, Built, Flags, Identity};
use crate::catalogue::{Kernel, Role};
use crate::experiment::{Layout, Planted, Runner};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What an ask is thought to cost before any was made.
const FIRST_COST: Duration = Duration::from_millis(60);
/// Links made ahead of timing.
const BATCH: usize = 64;

/// A kernel under a set, and whether the linked file is meant.
type Coded = (usize, Set, bool);

/// Kernels, candidates and everything built of them.
pub struct Workbench<'a> {
    pub(super) builder: &'a Builder<'a>,
    pub(super) runner: &'a dyn Runner,
    pub(super) kernels: &'a [Kernel],
    /// For each kernel the first whose code under test is the same text: a package's operations share their library.
    pub(super) twins: Vec<usize>,
    probes: Vec<Probe>,
    candidates: Vec<Candidate>,
    built: HashMap<(usize, Set), Result<Built, BuildError>>,
    pub(super) coded: HashMap<Coded, Result<Identity, BuildError>>,
    pub(super) alike: HashMap<(usize, Set, Set), Result<bool, BuildError>>,
    pub(super) settings: HashMap<Set, Option<[u8; 16]>>,
    /// Least untimed part of a turn, ns.
    pub(super) warm_ns: u64,
    began: Instant,
    pub(super) stop: &'a AtomicBool,
    /// Asks so far and their time, by kernel and whether the kept data set was used.
    asked: HashMap<(usize, bool), (u32, Duration)>,
    tally: Tally,
    /// How a kernel's layouts are measured, where that has been chosen.
    pub(super) replication: HashMap<usize, Replication>,
    watch: Option<&'a dyn Observer>,
}

impl<'a> Workbench<'a> {
    /// A bench over `kernels` with their `weights`. `stop` is set from outside when the user wants to end.
    #[allow(clippy::too_many_arguments)]
    pub fn new(
        builder: &'a Builder<'a>,
        runner: &'a dyn Runner,
        kernels: &'a [Kernel],
        weights: &[f64],
        candidates: Vec<Candidate>,
        warm_ns: u64,
        began: Instant,
        stop: &'a AtomicBool,
    ) -> Workbench<'a> {
        let probe = |(k, weight): (&Kernel, &f64)| {
            let control = k.role == Role::NegativeControl;
            Probe { name: k.name.clone(), weight: if control { 0.0 } else { *weight }, control }
        };
        Workbench {
            builder,
            runner,
            kernels,
            twins: kernels.iter().map(|k| twin(k, kernels)).collect(),
            probes: kernels.iter().zip(weights).map(probe).collect(),
            candidates,
            built: HashMap::new(),
            coded: HashMap::new(),
            alike: HashMap::new(),
            settings: HashMap::new(),
            warm_ns,
            began,
            stop,
            asked: HashMap::new(),
            tally: Tally::default(),
            replication: HashMap::new(),
            watch: None,
        }
    }

    /// Tells whoever watches of each pair timed.
    pub fn watched(self, watch: &'a dyn Observer) -> Workbench<'a> {
        Workbench { watch: Some(watch), ..self }
    }

    /// The flags of a set, each word once: several members may need the same one.
    pub(super) fn flags(&self, set: &Set) -> Flags {
        let mut flags = Flags::default();
        for candidate in set.iter().map(|c| &self.candidates[*c]) {
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
        let of = |c: &usize| self.candidates[*c].planted;
        set.iter().map(of).find(|p| *p != Planted::NONE).unwrap_or(Planted::NONE)
    }

    /// Finds the code of what is wanted and not yet known, on all cores.
    pub(super) fn ensure_coded(&mut self, wanted: Vec<Coded>) {
        let missing: BTreeSet<Coded> = wanted.into_iter().filter(|w| !self.coded.contains_key(w)).collect();
        let jobs: Vec<(Coded, Flags)> = missing
            .into_iter()
            .map(|w| {
                let flags = self.flags(&w.1);
                (w, flags)
            })
            .collect();
        let (builder, kernels, stop) = (self.builder, self.kernels, self.stop);
        let fresh: Vec<_> = jobs
            .into_par_iter()
            .filter(|_| !stop.load(Ordering::Relaxed))
            .map(|(wanted, flags)| {
                let code = builder.code(&kernels[wanted.0], &flags, wanted.2);
                (wanted, code)
            })
            .collect();
        self.coded.extend(fresh);
    }

    /// Learns in which state sets leave the compiler, on all cores.
    pub(super) fn ensure_settings<'s>(&mut self, sets: impl Iterator<Item = &'s Set>) {
        let missing: BTreeSet<&Set> = sets.filter(|s| !self.settings.contains_key(*s)).collect();
        let jobs: Vec<(Set, Flags)> = missing.into_iter().map(|s| (s.clone(), self.flags(s))).collect();
        let builder = self.builder;
        let fresh: Vec<_> = jobs.into_par_iter().map(|(set, flags)| (set, builder.setting(&flags))).collect();
        self.settings.extend(fresh);
    }

    /// Builds what is wanted and not yet built, on all cores.
    fn ensure_built<'s>(&mut self, wanted: impl Iterator<Item = (usize, &'s Set)>) {
        let missing: BTreeSet<(usize, &Set)> =
            wanted.filter(|(k, s)| !self.built.contains_key(&(*k, (*s).clone()))).collect();
        let jobs: Vec<(usize, Set, Flags)> =
            missing.into_iter().map(|(k, set)| (k, set.clone(), self.flags(set))).collect();
        let (builder, kernels, stop) = (self.builder, self.kernels, self.stop);
        let fresh: Vec<_> = jobs
            .into_par_iter()
            .filter(|_| !stop.load(Ordering::Relaxed))
            .map(|(k, set, flags)| {
                let built = builder.build(&kernels[k], &flags);
                ((k, set), built)
            })
            .collect();
        self.built.extend(fresh);
    }

    fn built(&self, kernel: usize, set: &Set) -> Result<&Built, Trouble> {
        match self.built.get(&(kernel, set.clone())) {
            Some(Ok(built)) => Ok(built),
            Some(Err(error)) => Err(self.build_trouble(kernel, set, error)),
            None => Err(Trouble::Interrupted),
        }
    }

    pub(super) fn code(&self, wanted: &Coded) -> Result<Identity, Trouble> {
        match self.coded.get(wanted) {
            Some(Ok(code)) => Ok(*code),
            Some(Err(error)) => Err(self.build_trouble(wanted.0, &wanted.1, error)),
            None => Err(Trouble::Interrupted),
        }
    }

    /// What was done so far.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Books what an ask cost, its share of the links included.
    fn account(&mut self, ask: &Ask, mut sample: Sample, linking: Duration) -> Sample {
        sample.took += linking;
        let of = self.asked.entry((ask.kernel, ask.confirm)).or_default();
        *of = (of.0 + 1, of.1 + sample.took);
        self.tally.count(&sample);
        sample
    }

    pub(super) fn build_trouble(&self, kernel: usize, set: &Set, error: &BuildError) -> Trouble {
        match error {
            BuildError::Rejected(why) if set.is_empty() => {
                let name = &self.kernels[kernel].name;
                Trouble::Base(format!("kernel {name}: does not compile under its base flags: {why}"))
            }
            BuildError::Rejected(why) => Trouble::Unsupported(why.clone()),
            BuildError::Compiler(why) | BuildError::Disk(why) => Trouble::Machine(why.clone()),
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

    fn add(&mut self, candidate: Candidate) -> usize {
        self.candidates.push(candidate);
        self.candidates.len() - 1
    }

    fn candidates(&self) -> &[Candidate] {
        &self.candidates
    }

    fn same(&mut self, wanted: &[(usize, Set, Set)]) -> Vec<Result<bool, Trouble>> {
        self.alike(wanted)
    }

    fn differing(&mut self, wanted: &[(Set, Set)]) -> Vec<Differing> {
        self.unlike(wanted)
    }

    fn bytes(&mut self, kernel: usize, set: &Set) -> Result<u64, Trouble> {
        let wanted = (self.twins[kernel], set.clone(), false);
        self.ensure_coded(vec![wanted.clone()]);
        Ok(self.code(&wanted)?.bytes)
    }

    fn sample(&mut self, asks: &[Ask]) -> Vec<Result<Sample, Trouble>> {
        self.ensure_built(asks.iter().flat_map(|ask| [(ask.kernel, &ask.a), (ask.kernel, &ask.b)]));
        let mut answers = Vec::new();
        for batch in asks.chunks(BATCH) {
            let began = Instant::now();
            let mut wanted = Vec::new();
            for ask in batch {
                let mut random = ChaCha8Rng::seed_from_u64(ask.draw);
                for set in [&ask.a, &ask.b] {
                    let seed = random.random();
                    wanted
                        .push(self.built(ask.kernel, set).map(|b| (b, Layout::draw(b.objects.len(), seed))));
                }
            }
            let links: Vec<(&Built, Layout)> = wanted.iter().flatten().cloned().collect();
            let mut files = self.builder.link_all(&links).into_iter();
            let linked: Vec<Result<PathBuf, Trouble>> = wanted
                .iter()
                .zip(batch.iter().flat_map(|ask| [(ask.kernel, &ask.a), (ask.kernel, &ask.b)]))
                .map(|(want, (kernel, set))| {
                    want.as_ref().map_err(Clone::clone)?;
                    let file = files.next().unwrap_or(Err(BuildError::Compiler("no answer".into())));
                    file.map_err(|e| self.build_trouble(kernel, set, &e))
                })
                .collect();
            let linking = began.elapsed() / batch.len().max(1) as u32;
            for (ask, files) in batch.iter().zip(linked.chunks(2)) {
                let answer = match files {
                    [Ok(a), Ok(b)] => self.time(ask, a, b),
                    [Err(trouble), _] | [_, Err(trouble)] => Err(trouble.clone()),
                    _ => Err(Trouble::Machine("a link is missing".into())),
                };
                if let (Some(watch), Ok(sample)) = (self.watch, &answer) {
                    watch.paired(sample.pairs());
                }
                answers.push(answer.map(|sample| self.account(ask, sample, linking)));
            }
            for file in linked.into_iter().flatten() {
                std::fs::remove_file(file).ok();
            }
        }
        answers
    }

    fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    fn cost(&self, kernel: usize, confirm: bool) -> Duration {
        let mean = |of: &(u32, Duration)| of.1 / of.0.max(1);
        let seen = |confirm| self.asked.get(&(kernel, confirm)).map(mean);
        let chosen = self.replication.get(&kernel).map(|r| r.cost);
        let all = self.asked.values().fold((0, Duration::ZERO), |sum, of| (sum.0 + of.0, sum.1 + of.1));
        let any = if all.0 == 0 { FIRST_COST } else { mean(&all) };
        // Confirmation uses one data set more.
        let dearer = |cost: Duration| {
            let sets = self.datasets(kernel);
            if confirm && sets >= 3 { cost * sets / (sets - 1) } else { cost }
        };
        seen(confirm).or(chosen).unwrap_or_else(|| dearer(seen(false).unwrap_or(any)))
    }

    fn replicate(&mut self, kernel: usize, replication: Replication) {
        self.replication.insert(kernel, replication);
        self.asked.remove(&(kernel, true));
    }

    fn keep(&mut self) {
        self.builder.keep();
    }

    fn datasets(&self, kernel: usize) -> u32 {
        self.kernels[kernel].datasets.len().max(1) as u32
    }
}
