//! This module keeps what a trial showed.

use super::condition::{Condition, VARIANTS};
use crate::profile::Verdict;
use serde::Serialize;

/// One interval whose truth is known.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tested {
    /// Calls planted, in percent; 0 is nothing.
    pub planted: i32,
    /// The true effect, `100 * ln((R + k) / R)` over the data sets of which one is called R + k times.
    pub truth: f64,
    /// What the rule said.
    pub verdict: Verdict,
    /// Mean over layouts; absent where the first look was not reached.
    pub effect: Option<f64>,
    /// Lower end.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// Standard deviation between layouts.
    pub sd: Option<f64>,
    /// Layouts of the deciding or last look.
    pub layouts: usize,
    /// Seconds from the trial's start to the decision; absent where there was none.
    pub seconds: Option<f64>,
}

impl Tested {
    /// A claim that the truth contradicts: a direction that is not there beyond the margin, or an equivalence that
    /// does not hold.
    pub fn is_false(&self, margin: f64) -> bool {
        match self.verdict {
            Verdict::Helps => self.truth <= margin,
            Verdict::Harms => self.truth >= -margin,
            Verdict::Equivalent | Verdict::SameCode => self.truth.abs() > margin,
            _ => false,
        }
    }

    /// Found in its true direction.
    pub fn is_found(&self) -> bool {
        match self.verdict {
            Verdict::Helps => self.truth > 0.0,
            Verdict::Harms => self.truth < 0.0,
            _ => false,
        }
    }

    /// Whether the interval holds the truth; `None` without an interval.
    pub fn covers(&self) -> Option<bool> {
        Some(self.low? <= self.truth && self.truth <= self.high?)
    }
}

/// One kernel and its variants.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trial {
    /// What was tried.
    pub condition: Condition,
    /// The kernel.
    pub kernel: String,
    /// Seconds it took.
    pub seconds: f64,
    /// Share of pairs in which a sample was preempted.
    pub preempted: f64,
    /// Pairs timed.
    pub pairs: u32,
    /// The variants.
    pub tested: [Tested; VARIANTS],
}

impl Trial {
    /// Whether any of its claims is false.
    pub fn is_false(&self, margin: f64) -> bool {
        self.tested.iter().any(|t| t.is_false(margin))
    }
}
