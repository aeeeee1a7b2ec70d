//! What fits into the time of a confirmation.

use super::bench::{Bench, Phase, Set};
use super::claims::Claimed;
use super::confirm::Confirming;
use super::index::{CandidateIndex, KernelIndex};
use crate::experiment::{FEWEST, MOST, Step};
use std::time::Duration;

/// Layouts measured at a time, so that links are made ahead and the deadline is watched.
const BATCH: usize = 4;
/// Wall time that one batch may take.
const BATCH_TIME: Duration = Duration::from_secs(3);

impl Confirming<'_> {
    /// Takes the weakest groups off a set until the members' contributions can be looked at in half of the time.
    pub(super) fn affordable(&self, bench: &dyn Bench, groups: &mut Vec<Set>) -> Vec<CandidateIndex> {
        let every = bench.kernels();
        let least = bench.cost(&every, Phase::Confirm) * FEWEST as u32;
        let time = self.until.saturating_sub(bench.elapsed()) / 2;
        let mut unclaimed = Vec::new();
        while groups.len() > 1 && least * (groups.len() as u32 + 1) > time {
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
