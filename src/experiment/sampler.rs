//! The seam to the process that measures: a test puts its own [`Sampler`] here and needs no clock.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;
use thiserror::Error;

/// One process: a layout of build A against a layout of build B, for any of their kernels and data sets.
#[derive(Clone, Debug)]
pub struct Job {
    /// Build A, the base of the comparison.
    pub a: PathBuf,
    /// Build B, the variant.
    pub b: PathBuf,
    /// Least CPU time of the untimed calls before each sample, in ns; 0 for none.
    pub warm_ns: u64,
    /// Redraws load order, set-up order, allocation pad and coin flips.
    pub draw: u64,
    /// Further calls that make an effect of known size, in the entries that ask for it.
    pub planted: Planted,
    /// What is measured, in this order.
    pub entries: Vec<Entry>,
}

/// One kernel on one data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The kernel's number in the builds: its functions are `probe_run_N` and so on.
    pub kernel: u32,
    /// Index of the data set.
    pub dataset: u32,
    /// Seed of the inputs.
    pub seed: u64,
    /// Calls a sample; 0 where the process is to find out how many a sample needs.
    pub calls: u64,
    /// Pairs to time; 0 only compares checksums.
    pub pairs: u32,
    /// Whether the job's planted effect is planted here.
    pub planted: bool,
    /// Whether results may be other bits: what the kernel promises is the size of an error.
    pub bounded: bool,
}

/// A planted effect: the same code is called more often on one side, so that the truth is known exactly. It is planted in
/// one data set of several, drawn for each layout, and as many times as large there: the estimate is their mean. Planted in
/// all, one call in a hundred would make a sample of a long call a hundred times longer than any of `tune`'s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planted {
    /// The calls a sample are a multiple of this.
    pub unit: u32,
    /// Further calls of A for every `unit` calls: B looks faster.
    pub more_a: u32,
    /// Further calls of B for every `unit` calls: B looks slower.
    pub more_b: u32,
    /// Data sets of which one is given the effect.
    pub datasets: u32,
}

impl Planted {
    /// Nothing planted.
    pub const NONE: Planted = Planted { unit: 1, more_a: 0, more_b: 0, datasets: 1 };

    /// About `percent` percent in the mean over so many data sets, by one call more in as many as come nearest: with one,
    /// 1 is 101 calls against 100 and -3 is 33 against 34; with three, 1 is 34 against 33. One percent lies at the usual margin and is
    /// never exceeded. Nothing for 0.
    pub fn percent(percent: i32, datasets: u32) -> Planted {
        let datasets = datasets.max(1);
        let total = f64::from(percent.unsigned_abs() * datasets) / 100.0;
        let unit = total.exp_m1().recip();
        let unit = if percent.abs() == 1 { unit.ceil() } else { unit.round() };
        match percent {
            0 => Planted::NONE,
            p => Planted {
                unit: unit.max(1.0) as u32,
                more_a: u32::from(p > 0),
                more_b: u32::from(p < 0),
                datasets,
            },
        }
    }

    /// The true effect, `100 * ln((unit + more_a) / (unit + more_b))` over the number of data sets.
    pub fn effect(&self) -> f64 {
        let ratio = f64::from(self.unit + self.more_a) / f64::from(self.unit + self.more_b);
        100.0 * ratio.ln() / f64::from(self.datasets)
    }
}

/// Both builds timed once, one after the other on the same work. Which comes first is drawn for every two pairs, which take
/// opposite orders: A B, B A or B A, A B.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// CPU time of build A, ns.
    pub a_ns: u64,
    /// CPU time of build B, ns.
    pub b_ns: u64,
    /// Wall time of both, untimed calls included, ns.
    pub wall_ns: u64,
    /// Involuntary context switches.
    pub switches: u32,
}

impl Pair {
    /// `100 * ln(t_a / t_b)` over thread CPU time: positive when B is faster.
    pub fn effect(&self) -> f64 {
        100.0 * (self.a_ns.max(1) as f64 / self.b_ns.max(1) as f64).ln()
    }

    /// Whether any of its samples was preempted.
    pub fn preempted(&self) -> bool {
        self.switches > 0
    }
}

/// What was measured of one entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Samples {
    /// Calls a sample.
    pub calls: u64,
    /// The pairs, in time order.
    pub pairs: Vec<Pair>,
    /// Whether the two builds computed other bits, where the entry lets them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub differ: bool,
}

/// Which build a fault lies with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Build A.
    A,
    /// Build B.
    B,
    /// Neither, or it is unknown.
    Neither,
}

/// Why a process gave no samples.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    /// The build crashed, hung or broke a limit.
    #[error("{what}")]
    Crashed {
        /// Whose code was running.
        which: Which,
        /// Signal or limit.
        what: String,
    },
    /// The two builds computed different checksums.
    #[error("checksum {b:016x} instead of {a:016x} on data set {dataset}")]
    WrongResult {
        /// A's checksum.
        a: u64,
        /// B's checksum.
        b: u64,
        /// Index of the data set.
        dataset: u32,
    },
    /// The file is no kernel: a symbol is missing, or a call lasts over a second.
    #[error("{what}")]
    NotAKernel {
        /// Which build.
        which: Which,
        /// What is missing or too slow.
        what: String,
    },
    /// The process itself failed: it was killed, or its protocol broke off.
    #[error("the measuring process failed: {0}")]
    Process(String),
    /// The machine failed, which says nothing of either build: no process could be started, its CPU went away, a clock
    /// stepped.
    #[error("the measuring process failed: {0}")]
    Machine(String),
}

/// Runs jobs, one at a time.
pub trait Sampler {
    /// Runs one job to its end: an answer for each entry, a fault being that entry's alone. An error means that there are
    /// no answers at all.
    fn run(&self, job: &Job) -> Result<Vec<Result<Samples, Fault>>, Fault>;

    /// Pairs of a data set in one layout, where every pair costs so much that further layouts tell more.
    fn fixed_pairs(&self) -> Option<u32> {
        None
    }

    /// Time that jobs would have taken whose samples were there already.
    fn saved(&self) -> Duration {
        Duration::ZERO
    }
}

#[cfg(test)]
mod tests {
    use super::Planted;

    #[test]
    fn a_planted_effect_is_what_its_calls_say() {
        for (percent, datasets, calls) in [
            (1, 1, (101u32, 100u32)),
            (-1, 1, (100, 101)),
            (2, 1, (51, 50)),
            (-3, 1, (33, 34)),
            (5, 1, (21, 20)),
            (1, 3, (34, 33)),
            (-3, 3, (11, 12)),
            (5, 3, (7, 6)),
            (2, 5, (11, 10)),
        ] {
            let truth = 100.0 * (f64::from(calls.0) / f64::from(calls.1)).ln() / f64::from(datasets);
            let planted = Planted::percent(percent, datasets);
            assert!((planted.effect() - truth).abs() < 1e-12, "{percent} {planted:?}");
            assert!((truth - f64::from(percent)).abs() < 0.15, "{percent}: {truth}");
        }
        assert_eq!(Planted::percent(0, 3).effect(), 0.0);
    }

    #[test]
    fn a_planted_effect_at_the_margin_never_exceeds_it() {
        for datasets in 1..=12 {
            let truth = Planted::percent(1, datasets).effect();
            assert!(truth <= 1.0 && truth > 0.9, "{datasets}: {truth}");
        }
    }
}
