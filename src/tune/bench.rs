//! The seam between deciding and measuring: the scheduler asks a [`Bench`], which builds and times for real or,
//! in a test, answers from known effects without a clock.

use super::replication::Replication;
use crate::build::Flags;
use crate::experiment::Planted;
use std::time::Duration;

/// A set of candidates by index, in the order in which their flags are written. Empty: the base.
pub type Set = Vec<usize>;

/// One flag or bundle that may be added to the base.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// What it adds to the build.
    pub flags: Flags,
    /// Options it cannot stand beside, exact or ending in `*`.
    pub conflicts: Vec<String>,
    /// True for what is tried before single flags: optimisation levels, `-march` with its deltas, `-mtune`.
    pub bundle: bool,
    /// Why policy keeps it from being written although it may be measured; `None` where it may be written.
    pub withheld: Option<String>,
    /// Why FMA contraction may not be turned off beside it, where it changes results; `None` where it may.
    pub contraction: Option<String>,
    /// What it is, where the flags alone do not say (a pair that FMA contraction made).
    pub note: String,
    /// An effect made on purpose, for the self-test; nothing in earnest.
    pub planted: Planted,
}

impl Candidate {
    /// All its flags as written in a profile.
    pub fn written(&self) -> Vec<String> {
        [&self.flags.compile[..], &self.flags.link].concat()
    }
}

/// A kernel as the scheduler sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    /// Its name.
    pub name: String,
    /// Its share of the package's time; 0 for a negative control.
    pub weight: f64,
    /// A negative control must never read helps or harms.
    pub control: bool,
}

/// One kernel, two sets, one layout of each.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// Index of the kernel.
    pub kernel: usize,
    /// The base of the comparison.
    pub a: Set,
    /// The variant.
    pub b: Set,
    /// Redraws both links, the process and the data.
    pub draw: u64,
    /// Whether the data set kept for confirmation is used as well.
    pub confirm: bool,
}

/// What one layout showed: for each data set the pairs' effects, 100 * ln(t_a / t_b).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// A list of pairs' effects for each data set.
    pub effects: Vec<Vec<f64>>,
    /// Pairs in which a sample was preempted.
    pub preempted: u32,
    /// Timed calls of each build.
    pub calls: u64,
    /// Wall time of the turns, their untimed parts included.
    pub timed: Duration,
    /// Wall time of the whole ask, links and processes included.
    pub took: Duration,
}

impl Sample {
    /// The layout's estimate: the mean over data sets of the median over pairs.
    pub fn estimate(&self) -> f64 {
        let medians: Vec<f64> = self.effects.iter().map(|d| crate::experiment::stats::median(d)).collect();
        crate::experiment::stats::mean(&medians)
    }

    /// How the pairs' effects spread, over all data sets: minimum, lower quartile, median, upper quartile, maximum.
    pub fn spread(&self) -> [f64; 5] {
        let pooled: Vec<f64> = self.effects.iter().flatten().copied().collect();
        crate::experiment::stats::five_numbers(&pooled)
    }

    /// Pairs in all.
    pub fn pairs(&self) -> u32 {
        self.effects.iter().map(|d| d.len() as u32).sum()
    }
}

/// Why an ask has no answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Trouble {
    /// The compiler or linker did not take the variant; its words.
    Unsupported(String),
    /// The variant crashed, hung or broke a limit.
    Crashed(String),
    /// The variant computed something else.
    WrongResult(String),
    /// The base itself is at fault: bad input, the run cannot go on.
    Base(String),
    /// The machine failed: no process, no disk.
    Machine(String),
    /// The user wants to stop.
    Interrupted,
}

impl Trouble {
    /// Whether the run ends with it: it is no verdict about a variant, but about the base, the machine or the user's wish.
    pub fn ends_run(&self) -> bool {
        matches!(self, Trouble::Base(_) | Trouble::Machine(_) | Trouble::Interrupted)
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Trouble::Unsupported(why) => write!(f, "does not build: {why}"),
            Trouble::Crashed(why) => write!(f, "crashes: {why}"),
            Trouble::WrongResult(why) => write!(f, "computes something else: {why}"),
            Trouble::Base(why) | Trouble::Machine(why) => f.write_str(why),
            Trouble::Interrupted => f.write_str("interrupted"),
        }
    }
}

impl std::error::Error for Trouble {}

/// See [`Bench::differing`].
pub type Differing = Result<Option<usize>, (usize, Trouble)>;

/// Builds, compares code and times.
pub trait Bench {
    /// The kernels of the subject.
    fn probes(&self) -> &[Probe];
    /// Makes another candidate known; returns its index.
    fn add(&mut self, candidate: Candidate) -> usize;
    /// The candidates by index.
    fn candidates(&self) -> &[Candidate];
    /// For each (kernel, set, set): do they build to the same code? On all cores.
    fn same(&mut self, wanted: &[(usize, Set, Set)]) -> Vec<Result<bool, Trouble>>;
    /// For each pair of sets a kernel whose code they make differ, or none; else the kernel at which there was trouble.
    /// A bench that can do so looks no further than the answer takes.
    fn differing(&mut self, wanted: &[(Set, Set)]) -> Vec<Differing> {
        let kernels = self.probes().len();
        let all = |(a, b): &(Set, Set)| (0..kernels).map(|k| (k, a.clone(), b.clone())).collect::<Vec<_>>();
        let answers = self.same(&wanted.iter().flat_map(all).collect::<Vec<_>>());
        let first = |(kernel, same): (usize, &Result<bool, Trouble>)| match same {
            Ok(true) => None,
            Ok(false) => Some(Ok(Some(kernel))),
            Err(trouble) => Some(Err((kernel, trouble.clone()))),
        };
        let of = |answers: &[Result<bool, Trouble>]| answers.iter().enumerate().find_map(first);
        answers.chunks(kernels.max(1)).map(|answers| of(answers).unwrap_or(Ok(None))).collect()
    }
    /// Bytes of code of a kernel under a set.
    fn bytes(&mut self, kernel: usize, set: &Set) -> Result<u64, Trouble>;
    /// Links all, then times one after another.
    fn sample(&mut self, asks: &[Ask]) -> Vec<Result<Sample, Trouble>>;
    /// Time since the run began.
    fn elapsed(&self) -> Duration;
    /// What an ask of a kernel costs, links included, with the data set kept for confirmation or without.
    fn cost(&self, kernel: usize, confirm: bool) -> Duration;
    /// Sets how a kernel's layouts are measured from here on.
    fn replicate(&mut self, kernel: usize, replication: Replication);
    /// Keeps for later runs what was found so far: called between stages, since a run may be killed.
    fn keep(&mut self) {}
    /// Data sets of a kernel, the one kept for confirmation included.
    fn datasets(&self, kernel: usize) -> u32;
}
