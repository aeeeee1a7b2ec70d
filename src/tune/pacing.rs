//! What fits into the time of a confirmation.

use super::bench::{Bench, CandidateIndex, KernelIndex, Phase, Set};
use super::claims::Claimed;
use super::confirm::Confirming;
use crate::experiment::{FEWEST, MOST, Step};
use std::time::Duration;

/// Layouts measured at a time, so that links are made ahead and the deadline is watched.
const BATCH: usize = 4;
/// Wall time that one batch may take.
const BATCH_TIME: Duration = Duration::from_secs(3);

/// Layouts beyond which neither takes time from the set.
pub(super) const ENOUGH: u32 = 24;
/// Layouts that the time should give each single candidate: fewer candidates are measured where it does not, but for the first few.
const WORTHWHILE: u32 = 12;
const FIRST_SINGLES: usize = 4;

/// Leaves as many singles, the first of them, as a time is worthwhile for, and says what of it they take.
pub(super) fn afforded(bench: &dyn Bench, singles: &mut Vec<Claimed>, time: Duration) -> Duration {
    let (mut open, mut cost) = (0, Duration::ZERO);
    singles.retain(|one| {
        let own =
            if one.decided { Duration::ZERO } else { bench.cost(&one.comparison.kernels, Phase::Alone) };
        let kept = one.decided || open < FIRST_SINGLES || (cost + own) * WORTHWHILE <= time;
        if kept && !one.decided {
            (open, cost) = (open + 1, cost + own);
        }
        kept
    });
    (cost * ENOUGH).min(time)
}

/// What so many layouts of each claim about the members of a set in `groups` take: a claim a group, and one on the strongest alone.
pub(super) fn of_members(bench: &dyn Bench, groups: usize, layouts: u32) -> Duration {
    let claims = if groups < 2 { 0 } else { groups as u32 + 1 };
    bench.cost(&bench.kernels(), Phase::Confirm) * (layouts * claims)
}

impl Confirming<'_> {
    /// Takes the weakest groups off a set until the members' contributions can be looked at in half of the time.
    pub(super) fn affordable(&self, bench: &dyn Bench, groups: &mut Vec<Set>) -> Vec<CandidateIndex> {
        let time = self.until.saturating_sub(bench.elapsed()) / 2;
        let mut unclaimed = Vec::new();
        while of_members(bench, groups.len(), FEWEST as u32) > time {
            unclaimed.extend(groups.pop().unwrap_or_default());
        }
        unclaimed
    }

    /// Layouts of each claim that fit until a moment, `ahead` at most; 0 when the time is over.
    pub(super) fn rounds(
        &self,
        bench: &dyn Bench,
        claims: &[&Claimed],
        phase: Phase,
        ahead: usize,
        until: Duration,
    ) -> usize {
        let one: Duration = claims.iter().map(|c| bench.cost(&c.comparison.kernels, phase)).sum::<Duration>();
        let left = until.saturating_sub(bench.elapsed());
        let fit = |time: Duration| (time.as_secs_f64() / one.as_secs_f64().max(1e-6)) as usize;
        // A batch takes one layout at least, where there is time for it.
        ahead.min(BATCH).min(fit(BATCH_TIME).max(1)).min(fit(left))
    }

    /// Layouts of each of some comparisons, by their kernels, that fit until a moment, within what a design takes.
    pub(super) fn planned(
        &self,
        bench: &dyn Bench,
        kernels: &[&[KernelIndex]],
        phase: Phase,
        until: Duration,
    ) -> usize {
        let one: Duration = kernels.iter().map(|k| bench.cost(k, phase)).sum();
        let left = until.saturating_sub(bench.elapsed());
        ((left.as_secs_f64() / one.as_secs_f64().max(1e-6)) as usize).clamp(FEWEST, MOST)
    }

    pub(super) fn tell(&self, bench: &dyn Bench, claim: &Claimed, until: Duration) {
        let what = format!("layout {} of {}", claim.comparison.layouts() + 1, claim.design.planned());
        self.watch.at(self.subject, Step::Confirm, &what, bench.elapsed(), until);
    }
}
