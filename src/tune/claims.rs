//! What confirmation claims, and what was found of each claim.

use super::bench::{Bench, CandidateIndex, KernelIndex, MeasureError, Set};
use super::compare::Comparison;
use super::hunt::without;
use super::parts::{Part, parts};
use crate::experiment::{Estimate, Rule, Sequential};
use crate::profile::Verdict;
use std::time::Duration;

/// What is claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The set against the base: the primary claim.
    Set,
    /// The set's strongest member alone: what is written when another member does not contribute.
    Core,
    /// The set against the set without a group of its members: one, or a pair of which neither could be shown alone.
    Without(Set),
    /// One candidate against the base; informs, and is never written.
    Alone(CandidateIndex),
    /// Two links of the base.
    Control,
}

/// A claim with what was found.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// What is claimed.
    pub claim: Claim,
    /// The layouts seen.
    pub comparison: Comparison,
    /// The looks at them.
    pub design: Sequential,
    /// The verdict so far; `Inconclusive` before the first look.
    pub verdict: Verdict,
    /// Set once the verdict is final.
    pub decided: bool,
    /// When it became conclusive, on the bench's clock.
    pub at: Option<Duration>,
}

impl Claimed {
    /// A claim of which nothing is known yet.
    pub fn new(claim: Claim, comparison: Comparison, design: Sequential) -> Claimed {
        Claimed { claim, comparison, design, verdict: Verdict::Inconclusive, decided: false, at: None }
    }

    /// A claim on two sets, decided at once where they make the same code or one cannot be built.
    pub fn of(
        bench: &mut dyn Bench,
        claim: Claim,
        [a, b]: [Set; 2],
        design: Sequential,
    ) -> Result<Claimed, MeasureError> {
        match Comparison::of(bench, a.clone(), b.clone()) {
            Ok(comparison) => {
                let mut made = Claimed::new(claim, comparison, design);
                if made.comparison.kernels.is_empty() {
                    // The code is the same: the effect is exactly 0, and there is nothing to measure.
                    (made.verdict, made.decided) = (Verdict::SameCode, true);
                }
                Ok(made)
            }
            Err((_, stop)) if stop.ends_run() => Err(stop),
            Err(trouble) => {
                let mut failed = Claimed::new(claim, Comparison::new(a, b, Vec::new()), design);
                failed.comparison.trouble = Some(trouble);
                failed.fail();
                Ok(failed)
            }
        }
    }

    /// The interval used, which is the interval shown; `None` before the first look.
    pub fn interval(&self) -> Option<Estimate> {
        self.design.estimate()
    }

    /// Takes the verdict of a comparison's error, if it has one; returns whether it has.
    fn fail(&mut self) -> bool {
        let Some((_, error)) = &self.comparison.trouble else { return false };
        (self.verdict, self.decided) = (verdict_of(error), true);
        true
    }

    /// Looks at what was measured since. `last` as in [`Sequential::look`]. A claim stays open after a conclusive look as
    /// long as its interval is wider than `sharp`.
    pub fn look(&mut self, bench: &dyn Bench, rule: &Rule, last: bool, sharp: f64) {
        if self.decided || self.fail() || self.comparison.layouts() < 2 {
            return;
        }
        let found = self.design.look(&self.comparison.package(bench), last);
        let verdict = rule.conclusive(&found);
        self.verdict = verdict.unwrap_or_else(|| rule.last(&found));
        if verdict.is_some() && self.at.is_none() {
            self.at = Some(bench.elapsed());
        }
        self.decided = last || (verdict.is_some() && found.half_width() <= sharp);
    }

    /// A kernel's interval within the claim; the kernels are a family that shares the level of the claim's latest look.
    pub fn kernel(&self, kernel: KernelIndex) -> Option<Estimate> {
        let layouts = self.comparison.kernel(kernel);
        let seen = self.interval()?.layouts.min(layouts.len());
        let family = self.comparison.kernels.len();
        (seen >= 2).then(|| self.design.alongside(&layouts[..seen], family))
    }

    /// A part's interval within the claim; the parts are a family that shares the level of the claim's latest look.
    pub fn part(&self, bench: &dyn Bench, part: &Part, family: usize) -> Option<Estimate> {
        let layouts = self.comparison.part(bench, part);
        let seen = self.interval()?.layouts.min(layouts.len());
        (seen >= 2).then(|| self.design.alongside(&layouts[..seen], family))
    }

    /// The first part, a kernel or a domain, whose interval lies wholly below the greatest loss that is allowed.
    pub fn vetoed(&self, bench: &dyn Bench, rule: &Rule) -> Option<Part> {
        let parts = parts(bench);
        let touched = parts.iter().filter(|p| p.kernels.iter().any(|k| self.comparison.kernels.contains(k)));
        let family = touched.clone().count();
        let harmed = |p: &&Part| self.part(bench, p, family).is_some_and(|found| rule.vetoes(&found));
        touched.clone().find(harmed).cloned()
    }

    /// Whether it is shown that what is claimed contributes: the interval lies wholly above 0.
    pub fn contributes(&self) -> bool {
        self.comparison.trouble.is_none() && self.interval().is_some_and(|found| found.low > 0.0)
    }
}

/// The verdict that an error is.
pub fn verdict_of(error: &MeasureError) -> Verdict {
    match error {
        MeasureError::Unsupported(_) => Verdict::Unsupported,
        MeasureError::Crashed(_) => Verdict::Crashed,
        MeasureError::WrongResult(_) => Verdict::WrongResult,
        MeasureError::Base(_) | MeasureError::Machine(_) | MeasureError::Interrupted => Verdict::Inconclusive,
    }
}

/// The two sets that a claim about a set in groups compares.
pub fn sides(claim: &Claim, set: &Set) -> [Set; 2] {
    match claim {
        Claim::Set => [Set::new(), set.clone()],
        Claim::Core => [Set::new(), set.iter().take(1).copied().collect()],
        Claim::Without(group) => [without(set, group), set.clone()],
        Claim::Alone(candidate) => [Set::new(), vec![*candidate]],
        Claim::Control => [Set::new(), Set::new()],
    }
}
