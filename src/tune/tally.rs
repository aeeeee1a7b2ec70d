//! What a run did, counted.

use super::bench::Sample;
use std::ops::Add;

/// Evaluations and pairs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Layouts of one kernel measured, each two fresh links.
    pub evaluations: u64,
    /// Pairs timed.
    pub pairs: u64,
    /// Pairs in which a sample was preempted.
    pub preempted: u64,
}

impl Tally {
    /// Counts a sample.
    pub fn count(&mut self, sample: &Sample) {
        let (pairs, preempted) = (u64::from(sample.pairs()), u64::from(sample.preempted));
        *self = *self + Tally { evaluations: 1, pairs, preempted };
    }

    /// Share of pairs in which a sample was preempted, 0 to 1.
    pub fn preempted_share(&self) -> f64 {
        if self.pairs == 0 { 0.0 } else { self.preempted as f64 / self.pairs as f64 }
    }
}

impl Add for Tally {
    type Output = Tally;

    fn add(self, other: Tally) -> Tally {
        Tally {
            evaluations: self.evaluations + other.evaluations,
            pairs: self.pairs + other.pairs,
            preempted: self.preempted + other.preempted,
        }
    }
}
