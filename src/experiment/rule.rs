//! The decision rule: from an interval to a verdict.

use super::design::ALPHA;
use super::estimate::Estimate;
use crate::profile::Verdict;

/// The constants of the rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// Error of each family of claims, over all their looks.
    pub alpha: f64,
    /// Equivalence margin, in the unit of an effect.
    pub margin: f64,
    /// A kernel wholly below minus this vetoes a set.
    pub max_regression: f64,
}

impl Default for Rule {
    fn default() -> Rule {
        Rule { alpha: ALPHA, margin: 1.0, max_regression: 1.0 }
    }
}

impl Rule {
    /// The verdict an interval allows at a look, `None` while it allows none.
    pub fn conclusive(&self, found: &Estimate) -> Option<Verdict> {
        if found.low > self.margin {
            Some(Verdict::Helps)
        } else if found.high < -self.margin {
            Some(Verdict::Harms)
        } else if found.low >= -self.margin && found.high <= self.margin {
            Some(Verdict::Equivalent)
        } else {
            None
        }
    }

    /// The verdict at the last look.
    pub fn last(&self, found: &Estimate) -> Verdict {
        self.conclusive(found).unwrap_or(if found.sd > 2.0 * self.margin && found.layouts >= 2 {
            Verdict::LayoutSensitive
        } else {
            Verdict::Inconclusive
        })
    }

    /// Whether a kernel's interval vetoes a set.
    pub fn vetoes(&self, found: &Estimate) -> bool {
        found.high < -self.max_regression
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(low: f64, high: f64, sd: f64) -> Estimate {
        Estimate { effect: (low + high) / 2.0, low, high, sd, layouts: 8 }
    }

    #[test]
    fn each_interval_has_one_verdict() {
        let rule = Rule::default();
        for (low, high, sd, expected) in [
            (1.1, 5.0, 1.0, Verdict::Helps),
            (1.0, 5.0, 1.0, Verdict::Inconclusive),
            (-5.0, -1.1, 9.0, Verdict::Harms),
            (-1.0, 1.0, 0.5, Verdict::Equivalent),
            (0.2, 0.8, 0.1, Verdict::Equivalent),
            (-0.5, 1.5, 1.0, Verdict::Inconclusive),
            (-0.5, 1.5, 2.1, Verdict::LayoutSensitive),
            (f64::NEG_INFINITY, f64::INFINITY, 0.0, Verdict::Inconclusive),
        ] {
            assert_eq!(rule.last(&of(low, high, sd)), expected, "{low} {high} {sd}");
        }
        assert!(rule.vetoes(&of(-3.0, -1.01, 0.1)) && !rule.vetoes(&of(-3.0, -0.9, 0.1)));
    }
}
