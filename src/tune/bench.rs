//! The seam between deciding and measuring: the scheduler asks a [`Bench`], which builds and times for real or,
//! in a test, answers from known effects without a clock.

use crate::build::Flags;
use crate::experiment::stats::{five_numbers, mean, quantile};
use crate::experiment::{Pair, Planted, effect_of_pairs, robust_mean};
use crate::profile::WithinBounds;
use std::time::Duration;

/// A kernel of a subject, by its place among the bench's kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KernelIndex(pub usize);

/// A candidate, by its place among the bench's candidates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CandidateIndex(pub usize);

/// A set of candidates, in the order in which their flags are written. Empty: the base.
pub type Set = Vec<CandidateIndex>;

/// One flag or bundle that may be added to the base.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// What it adds to the build.
    pub flags: Flags,
    /// Options it cannot stand beside, exact or ending in `*`.
    pub conflicts: Vec<String>,
    /// True for what is tried before single flags: optimisation levels, `-march` with its deltas, `-mtune`.
    pub bundle: bool,
    /// How likely it is to matter, beside the others: see `probes/flags.toml`, `first`.
    pub likely: f64,
    /// Why policy keeps it from being written although it may be measured; `None` where it may be written.
    pub withheld: Option<String>,
    /// Why FMA contraction may not be turned off beside it, where it changes results; `None` where it may.
    pub contraction: Option<String>,
    /// What it is, where the flags alone do not say (a pair that FMA contraction made).
    pub note: String,
    /// An effect made on purpose, for the self-test alone.
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
    /// The domain of everyday code it is judged with; empty where it is judged by itself.
    pub domain: String,
}

/// Which phase of a run measures, so that no two share a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// Screening and search.
    Screen,
    /// Confirmation, on the data set kept for it as well.
    Confirm,
    /// A candidate alone beside the set, on the same data sets: many share the time, and an interval over few layouts is wide
    /// whatever their pairs say, so that a layout has fewer of them.
    Alone,
    /// The base against itself beside confirmation: on the same data sets, with few pairs.
    Control,
}

/// Two sets in one layout, measured by one process on some kernels.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleRequest {
    /// The base of the comparison.
    pub a: Set,
    /// The variant.
    pub b: Set,
    /// The kernels that are measured.
    pub kernels: Vec<KernelIndex>,
    /// Redraws both links, the process and the data.
    pub draw: u64,
    /// What it is measured for.
    pub phase: Phase,
}

/// What one layout showed of one kernel.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// For each data set the pairs' effects, 100 * ln(t_a / t_b).
    pub effects: Vec<Vec<f64>>,
    /// For each data set the effect that its pairs show together.
    pub estimates: Vec<f64>,
    /// Pairs in which a sample was preempted.
    pub preempted: u32,
    /// Timed calls of each build.
    pub calls: u64,
    /// CPU time of the timed calls of both builds.
    pub timed: Duration,
    /// Wall time of the pairs.
    pub wall: Duration,
}

impl Sample {
    /// Adds what the pairs of a further data set show, with so many calls a sample.
    pub fn add(&mut self, pairs: &[Pair], calls: u64) {
        self.effects.push(pairs.iter().map(Pair::effect).collect());
        self.estimates.push(effect_of_pairs(pairs));
        self.preempted += pairs.iter().filter(|p| p.preempted()).count() as u32;
        self.calls += calls * pairs.len() as u64;
        self.timed +=
            pairs.iter().map(|p| Duration::from_nanos(p.a_ns.saturating_add(p.b_ns))).sum::<Duration>();
        self.wall += lasted(pairs);
    }

    /// A sample whose pairs all weigh the same, from their effects by data set.
    pub fn of_effects(effects: Vec<Vec<f64>>) -> Sample {
        let alike = |d: &Vec<f64>| robust_mean(&d.iter().map(|e| (*e, 1.0)).collect::<Vec<_>>());
        Sample { estimates: effects.iter().map(alike).collect(), effects, ..Sample::default() }
    }

    /// The layout's estimate: the mean over data sets.
    pub fn estimate(&self) -> f64 {
        mean(&self.estimates)
    }

    /// How the pairs' effects spread, over all data sets: minimum, lower quartile, median, upper quartile, maximum.
    pub fn spread(&self) -> [f64; 5] {
        let pooled: Vec<f64> = self.effects.iter().flatten().copied().collect();
        five_numbers(&pooled)
    }

    /// Standard deviation of a pair within its data set, as that of normal pairs of which 80 % lie within 1.28 of it.
    pub fn pair_sd(&self) -> f64 {
        let off = |d: &Vec<f64>| {
            let centre = robust_mean(&d.iter().map(|e| (*e, 1.0)).collect::<Vec<_>>());
            d.iter().map(move |e| (e - centre).abs()).collect::<Vec<_>>()
        };
        let all: Vec<f64> = self.effects.iter().filter(|d| d.len() >= 2).flat_map(off).collect();
        quantile(&all, 0.8) / 1.2816
    }

    /// By how much the estimates of the first and of the second half of the pairs differ: what it varies by is twice the
    /// standard error of the whole, bursts of load included.
    pub fn halves_differ(&self) -> f64 {
        let of = |pairs: &[f64]| robust_mean(&pairs.iter().map(|e| (*e, 1.0)).collect::<Vec<_>>());
        let halves = self.effects.iter().filter(|d| d.len() >= 2).map(|d| d.split_at(d.len() / 2));
        mean(&halves.map(|(first, second)| of(first) - of(second)).collect::<Vec<_>>())
    }

    /// Pairs in all.
    pub fn pairs(&self) -> u32 {
        self.effects.iter().map(|d| d.len() as u32).sum()
    }
}

/// A pair that lasts this many times as long as the middle one was no pair: the machine was stopped meanwhile.
const STOPPED: u64 = 100;

/// Wall time of some pairs without the time in which the machine was stopped: it says nothing of what further pairs will
/// take.
fn lasted(pairs: &[Pair]) -> Duration {
    let mut each: Vec<u64> = pairs.iter().map(|p| p.wall_ns).collect();
    each.sort_unstable();
    let most = each.get(each.len() / 2).map_or(0, |middle| middle.saturating_mul(STOPPED));
    Duration::from_nanos(each.iter().fold(0u64, |sum, one| sum.saturating_add((*one).min(most))))
}

/// What a request is answered with: for each of its kernels what was measured, or why there is nothing.
pub type Answers = Vec<Result<Sample, MeasureError>>;

/// Why a request has no answer.
#[derive(Clone, Debug, PartialEq)]
pub enum MeasureError {
    /// The compiler or linker rejected the variant, with this message.
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

impl MeasureError {
    /// Whether the run ends with it: it is no verdict about a variant, but about the base, the machine or the user's wish.
    pub fn ends_run(&self) -> bool {
        matches!(self, MeasureError::Base(_) | MeasureError::Machine(_) | MeasureError::Interrupted)
    }
}

impl std::fmt::Display for MeasureError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            MeasureError::Unsupported(why) => write!(f, "does not build: {why}"),
            MeasureError::Crashed(why) => write!(f, "crashes: {why}"),
            MeasureError::WrongResult(why) => write!(f, "computes something else: {why}"),
            MeasureError::Base(why) | MeasureError::Machine(why) => f.write_str(why),
            MeasureError::Interrupted => f.write_str("interrupted"),
        }
    }
}

impl std::error::Error for MeasureError {}

/// See [`Bench::differing`].
pub type Differing = Result<Option<KernelIndex>, (KernelIndex, MeasureError)>;

/// Whether two sets build a kernel to the same code.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CodeQuestion {
    /// The kernel.
    pub kernel: KernelIndex,
    /// One set.
    pub a: Set,
    /// The other.
    pub b: Set,
}

/// Builds, compares code and times.
pub trait Bench {
    /// The kernels of the subject.
    fn probes(&self) -> &[Probe];
    /// A kernel by its index.
    fn probe(&self, kernel: KernelIndex) -> &Probe {
        &self.probes()[kernel.0]
    }
    /// The indices of all kernels.
    fn kernels(&self) -> Vec<KernelIndex> {
        (0..self.probes().len()).map(KernelIndex).collect()
    }
    /// Makes another candidate known; returns its index.
    fn add(&mut self, candidate: Candidate) -> CandidateIndex;
    /// The candidates by index.
    fn candidates(&self) -> &[Candidate];
    /// A candidate by its index.
    fn candidate(&self, candidate: CandidateIndex) -> &Candidate {
        &self.candidates()[candidate.0]
    }
    /// Whether two sets build to the same code, asked of every kernel in turn.
    fn questions(&self, a: &Set, b: &Set) -> Vec<CodeQuestion> {
        let of = |kernel| CodeQuestion { kernel, a: a.clone(), b: b.clone() };
        self.kernels().into_iter().map(of).collect()
    }
    /// Answers each question, on all cores.
    fn same(&mut self, wanted: &[CodeQuestion]) -> Vec<Result<bool, MeasureError>>;
    /// For each pair of sets a kernel whose code they make differ, or none; else the kernel at which there was trouble.
    /// A bench that can do so looks no further than the answer takes.
    fn differing(&mut self, wanted: &[(Set, Set)]) -> Vec<Differing> {
        let kernels = self.probes().len();
        let all: Vec<CodeQuestion> = wanted.iter().flat_map(|(a, b)| self.questions(a, b)).collect();
        let answers = self.same(&all);
        let first = |(at, same): (usize, &Result<bool, MeasureError>)| match same {
            Ok(true) => None,
            Ok(false) => Some(Ok(Some(KernelIndex(at)))),
            Err(trouble) => Some(Err((KernelIndex(at), trouble.clone()))),
        };
        let of = |answers: &[Result<bool, MeasureError>]| answers.iter().enumerate().find_map(first);
        answers.chunks(kernels.max(1)).map(|answers| of(answers).unwrap_or(Ok(None))).collect()
    }
    /// Bytes of code of a kernel under a set.
    fn bytes(&mut self, kernel: KernelIndex, set: &Set) -> Result<u64, MeasureError>;
    /// Measures one layout for each request, one after another.
    fn sample(&mut self, requests: &[SampleRequest]) -> Vec<Answers>;
    /// The functions whose results differ between two sets that were measured, as their contract lets them.
    fn within_bounds(&self, _a: &Set, _b: &Set) -> Vec<WithinBounds> {
        Vec::new()
    }
    /// Time since the run began.
    fn elapsed(&self) -> Duration;
    /// What one layout costs on some kernels, links included.
    fn cost(&self, kernels: &[KernelIndex], phase: Phase) -> Duration;
    /// Of that cost, what a layout takes beside its pairs, and what one pair of a kernel takes.
    fn overhead(&self, kernels: &[KernelIndex], phase: Phase) -> Duration;
    /// Sets how many pairs a data set of a kernel gets in a layout of confirmation.
    fn allocate(&mut self, kernel: KernelIndex, pairs: u32);
    /// Keeps for later runs what was found so far: called between stages, since a run may be killed.
    fn keep(&mut self) {}
    /// Seconds that the compiler takes for all kernels under a set, one after another; `None` where that is not known.
    fn compile_seconds(&mut self, _set: &Set) -> Option<f64> {
        None
    }
    /// Data sets of a kernel.
    fn datasets(&self, kernel: KernelIndex) -> u32;
}
