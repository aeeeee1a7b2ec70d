//! What a run did, counted, and where its time went.

use super::bench::{Phase, Sample};
use std::ops::Add;
use std::time::Duration;

/// Evaluations, pairs and time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Layouts of one kernel measured.
    pub evaluations: u64,
    /// Pairs timed.
    pub pairs: u64,
    /// Pairs in which a sample was preempted.
    pub preempted: u64,
    /// Wall time in which it was found out which candidates change code.
    pub comparing: Duration,
    /// Wall time in which the measuring waited for compiling.
    pub building: Duration,
    /// Wall time in which it waited for links.
    pub linking: Duration,
    /// Wall time of the measuring processes.
    pub processes: Duration,
    /// CPU time of the code that confirmation timed.
    pub confirmed: Duration,
}

impl Tally {
    /// Counts a sample.
    pub fn count(&mut self, sample: &Sample, phase: Phase) {
        self.evaluations += 1;
        self.pairs += u64::from(sample.pairs());
        self.preempted += u64::from(sample.preempted);
        if phase != Phase::Screen {
            self.confirmed += sample.timed;
        }
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
            comparing: self.comparing + other.comparing,
            building: self.building + other.building,
            linking: self.linking + other.linking,
            processes: self.processes + other.processes,
            confirmed: self.confirmed + other.confirmed,
        }
    }
}
