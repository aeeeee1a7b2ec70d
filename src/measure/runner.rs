//! The seam to the process that measures: a test puts its own [`Runner`] here and needs no clock.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;
use thiserror::Error;

/// One process: two builds, one data set, a number of pairs.
#[derive(Clone, Debug)]
pub struct Job {
    /// Build A, the base of the comparison.
    pub a: PathBuf,
    /// Build B, the variant.
    pub b: PathBuf,
    /// Index of the data set.
    pub dataset: u32,
    /// Seed of the inputs.
    pub seed: u64,
    /// Pairs to time; 0 only compares checksums.
    pub pairs: u32,
    /// Least CPU time of the untimed part of a turn, in ns; 0 means one sample.
    pub warm_ns: u64,
    /// Redraws load order, set-up order, allocation pad and coin flips.
    pub draw: u64,
    /// Further calls that make an effect of known size; none in earnest.
    pub planted: Planted,
}

/// A planted effect: the same code is called more often on one side, so that the truth is known exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planted {
    /// The calls a sample are a multiple of this.
    pub unit: u32,
    /// Further calls of A for every `unit` calls: B looks faster.
    pub more_a: u32,
    /// Further calls of B for every `unit` calls: B looks slower.
    pub more_b: u32,
}

impl Planted {
    /// Nothing planted.
    pub const NONE: Planted = Planted { unit: 1, more_a: 0, more_b: 0 };

    /// About `percent` percent, as the smallest whole numbers of calls give it: 1 is 101 calls against 100, -3 is
    /// 33 against 34. Nothing for 0.
    pub fn percent(percent: i32) -> Planted {
        match percent {
            0 => Planted::NONE,
            p => {
                let unit = 100u32.div_euclid(p.unsigned_abs()).max(1);
                Planted { unit, more_a: u32::from(p > 0), more_b: u32::from(p < 0) }
            }
        }
    }

    /// The true effect, `100 * ln((unit + more_a) / (unit + more_b))`.
    pub fn effect(&self) -> f64 {
        100.0 * (f64::from(self.unit + self.more_a) / f64::from(self.unit + self.more_b)).ln()
    }
}

/// One timed sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// CPU time of the thread, ns.
    pub cpu_ns: u64,
    /// Wall time, ns.
    pub wall_ns: u64,
    /// Involuntary context switches.
    pub switches: u32,
    /// Folded checksums of the calls.
    pub checksum: u64,
}

/// Two turns, one of each build.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// Build A's.
    pub a: Turn,
    /// Build B's.
    pub b: Turn,
}

impl Pair {
    /// `100 * ln(t_a / t_b)` over thread CPU time: positive when B is faster.
    pub fn effect(&self) -> f64 {
        100.0 * (self.a.cpu_ns.max(1) as f64 / self.b.cpu_ns.max(1) as f64).ln()
    }

    /// Whether either sample was preempted.
    pub fn preempted(&self) -> bool {
        self.a.switches > 0 || self.b.switches > 0
    }
}

/// What a process reported.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Samples {
    /// Calls a sample.
    pub reps: u64,
    /// The pairs, in time order.
    pub pairs: Vec<Pair>,
}

/// Which build a fault lies with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Build A.
    A,
    /// Build B.
    B,
    /// Neither, or it cannot be told.
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
pub trait Runner {
    /// Runs one job to its end. Errors are verdicts about a build or about the process.
    fn run(&self, job: &Job) -> Result<Samples, Fault>;

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
        for (percent, calls) in
            [(1, (101u32, 100u32)), (-1, (100, 101)), (2, (51, 50)), (-3, (33, 34)), (5, (21, 20))]
        {
            let truth = 100.0 * (f64::from(calls.0) / f64::from(calls.1)).ln();
            assert!((Planted::percent(percent).effect() - truth).abs() < 1e-12, "{percent}");
            assert!((truth - f64::from(percent)).abs() < 0.13, "{percent}: {truth}");
        }
        assert_eq!(Planted::percent(0).effect(), 0.0);
    }
}
