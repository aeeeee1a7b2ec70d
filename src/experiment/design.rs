//! The sequential design of one claim: when it is looked at, and how much of its error each look may spend. Everything
//! about alpha stands here.

use super::estimate::Estimate;

/// Name of the method in profiles; another formula is another name.
pub const METHOD: &str = "coupled-layouts-2";
/// Error of a family of claims: the chance that any of its intervals misses the truth.
pub const ALPHA: f64 = 0.05;
/// Shares of the layouts at which a claim is looked at before the last.
const INTERIM: [f64; 2] = [0.25, 0.5];
/// Fewest layouts of a look: fewer do not know their own spread.
pub const FEWEST: usize = 6;
/// Most layouts that a claim is planned with.
pub const MOST: usize = 256;

/// How much of `alpha` may be spent by the time a share of the layouts, 0 to 1, is there: the power family with exponent 3
/// (Lan and DeMets, "Discrete sequential boundaries for clinical trials", Biometrika 1983; Kim and DeMets, Biometrika
/// 1987). A quarter of the layouts spends 0.0008 of 0.05 and half of them 0.006, so that nearly all of it is left for the
/// last look.
pub fn spendable(alpha: f64, share: f64) -> f64 {
    alpha * share.clamp(0.0, 1.0).powi(3)
}

/// The numbers of layouts at which a claim with `planned` layouts is looked at, in order; the last is `planned`.
pub fn looks(planned: usize) -> Vec<usize> {
    let planned = planned.max(FEWEST);
    let interim = INTERIM.iter().map(|share| (share * planned as f64).ceil() as usize);
    interim.filter(|n| (FEWEST..planned).contains(n)).chain([planned]).collect()
}

/// One claim while it is measured.
#[derive(Clone, Debug)]
pub struct Sequential {
    alpha: f64,
    spent: f64,
    planned: usize,
    estimate: Option<Estimate>,
    level: f64,
}

impl Sequential {
    /// A claim that may err with a probability of `alpha` over all its looks, planned with so many layouts before its
    /// first one is measured.
    pub fn new(alpha: f64, planned: usize) -> Sequential {
        Sequential { alpha, spent: 0.0, planned: planned.max(FEWEST), estimate: None, level: 0.0 }
    }

    /// Layouts planned.
    pub fn planned(&self) -> usize {
        self.planned
    }

    /// The number of layouts at which it is looked at next.
    pub fn next_look(&self) -> usize {
        let seen = self.estimate.map_or(0, |e| e.layouts);
        looks(self.planned).into_iter().find(|n| *n > seen).unwrap_or(self.planned)
    }

    /// Looks at the layouts measured so far. `last` is true when no further look can come, by the plan or because the time
    /// is over, which must not depend on what was seen: then all of alpha that is left is spent. The looks' errors add
    /// up to alpha at most (Bonferroni), whatever their number, so the intervals of all looks hold at once, and what is
    /// kept is their common part.
    pub fn look(&mut self, layouts: &[f64], last: bool) -> Estimate {
        let share = if last { 1.0 } else { layouts.len() as f64 / self.planned as f64 };
        self.level = (spendable(self.alpha, share) - self.spent).max(0.0);
        self.spent += self.level;
        let seen = Estimate::over_layouts(layouts, self.level);
        let kept = self.estimate.map_or(seen, |earlier| seen.and(earlier));
        self.estimate = Some(kept);
        kept
    }

    /// The interval used, which is the interval shown; `None` before the first look.
    pub fn estimate(&self) -> Option<Estimate> {
        self.estimate
    }

    /// One of so many further figures of the same layouts, such as a kernel's: a family that shares the level of the latest
    /// look.
    pub fn alongside(&self, layouts: &[f64], family: usize) -> Estimate {
        Estimate::over_layouts(layouts, shared(self.level, family))
    }
}

/// The level of each of so many claims that form a family (Bonferroni).
pub fn shared(alpha: f64, claims: usize) -> f64 {
    alpha / claims.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::ChaCha8Rng;
    use rand::{RngExt, SeedableRng};

    #[test]
    fn the_looks_spend_little_before_the_last_one() {
        assert_eq!(looks(32), [8, 16, 32]);
        assert_eq!(looks(16), [8, 16]);
        assert_eq!(looks(3), [FEWEST]);
        assert!((spendable(0.05, 0.25) - 0.00078).abs() < 1e-5);
        assert_eq!(spendable(0.05, 2.0), 0.05);
        let mut claim = Sequential::new(0.05, 32);
        assert_eq!(claim.next_look(), 8);
        let layouts: Vec<f64> = (0..32).map(|i| f64::from(i % 5)).collect();
        claim.look(&layouts[..8], false);
        assert_eq!(claim.next_look(), 16);
        claim.look(&layouts[..16], false);
        // Time runs out before the plan is done: the rest is spent all the same.
        let last = claim.look(&layouts[..20], true);
        assert!((claim.spent - 0.05).abs() < 1e-12);
        assert!(
            last.high - last.low <= Estimate::over_layouts(&layouts[..20], 0.04375).half_width() * 2.0 + 1e-3
        );
    }

    /// A true effect exactly at the margin, looked at as often as planned: it exceeds the margin in at most 2.5 % of runs,
    /// and the interval kept holds it in at least 95 %.
    #[test]
    fn looking_often_costs_no_truth() {
        let mut random = ChaCha8Rng::seed_from_u64(11);
        let mut uniform = move || (random.random::<f64>() + random.random::<f64>() - 1.0) * 2.0;
        let (mut wrong, mut missed, turns) = (0, 0, 3000);
        for _ in 0..turns {
            let layouts: Vec<f64> = (0..32).map(|_| 1.0 + uniform()).collect();
            let mut claim = Sequential::new(0.05, 32);
            let mut found = None;
            for n in looks(32) {
                found = Some(claim.look(&layouts[..n], n == 32));
            }
            let found = found.unwrap();
            wrong += usize::from(found.low > 1.0);
            missed += usize::from(found.low > 1.0 || found.high < 1.0);
        }
        // 2.5 % and 5 % of 3000 are 75 and 150, with standard deviations of 9 and 12.
        assert!(wrong < 105 && missed < 190, "{wrong} wrong and {missed} missed of {turns}");
    }
}
