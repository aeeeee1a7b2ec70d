//! This module turns trials into shares with intervals.

use super::condition::{Condition, PLANTED};
use super::interval::{Tested, Trial};
use crate::experiment::stats::{mean, median, sd};
use serde::Serialize;
use statrs::distribution::{Beta, ContinuousCDF};

/// A share with its 95 % interval by Clopper and Pearson (1934), which never undercovers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Share {
    /// How many.
    pub count: usize,
    /// Of how many.
    pub of: usize,
    /// Lower end of the two-sided 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Lower bound of the one-sided 95 % interval.
    pub bound: f64,
}

impl Share {
    /// `count` of `of`.
    pub fn new(count: usize, of: usize) -> Share {
        let quantile = |p: f64, a: f64, b: f64| match Beta::new(a, b) {
            Ok(beta) => beta.inverse_cdf(p),
            Err(_) => f64::NAN,
        };
        let (k, n) = (count as f64, of as f64);
        let below = |p: f64| if count == 0 { 0.0 } else { quantile(p, k, n - k + 1.0) };
        let high = if count == of { 1.0 } else { quantile(0.975, k + 1.0, n - k) };
        Share { count, of, low: below(0.025), high, bound: below(0.05) }
    }

    /// The share itself; 0 of none.
    pub fn value(&self) -> f64 {
        if self.of == 0 { 0.0 } else { self.count as f64 / self.of as f64 }
    }
}

/// What became of one planted effect.
#[derive(Clone, Debug, Serialize)]
pub struct Planting {
    /// Percent of calls planted; 0 in the null condition.
    pub planted: i32,
    /// The true effect, in the mean over the kernels: it is a whole number of calls, in one of the kernel's data sets.
    pub truth: f64,
    /// Found in its direction.
    pub found: Share,
    /// Found within 10 s, of those whose spread between layouts was at most 2.
    pub soon: Share,
    /// Claims that the truth contradicts.
    pub wrong: Share,
    /// Mean of effect less truth.
    pub bias: f64,
    /// Standard error of the bias.
    pub bias_se: f64,
    /// Median of the standard deviation between layouts.
    pub sd: f64,
    /// Median seconds to a decision, over those decided.
    pub seconds: f64,
}

/// One condition.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Which.
    pub condition: Condition,
    /// Trials in which any claim is false.
    pub wrong: Share,
    /// Intervals that hold the truth.
    pub coverage: Share,
    /// Trials that could not reach their first look with every variant.
    pub unseen: usize,
    /// Mean seconds a trial.
    pub seconds: f64,
    /// Longest trial, seconds.
    pub longest: f64,
    /// Share of pairs in which a sample was preempted.
    pub preempted: f64,
    /// Pairs timed.
    pub pairs: u64,
    /// By planted effect.
    pub planted: Vec<Planting>,
}

/// Found soon enough, in seconds; and only where the spread between layouts lets it be found at all.
const SOON: f64 = 10.0;
const STEADY: f64 = 2.0;

/// Sums up the trials of one condition.
pub fn summary(condition: Condition, trials: &[Trial], margin: f64) -> Summary {
    let all: Vec<&Tested> = trials.iter().flat_map(|t| &t.tested).collect();
    let covered: Vec<bool> = all.iter().filter_map(|t| t.covers()).collect();
    let pairs: u64 = trials.iter().map(|t| u64::from(t.pairs)).sum();
    let preempted: f64 = trials.iter().map(|t| t.preempted * f64::from(t.pairs)).sum();
    let seconds: Vec<f64> = trials.iter().map(|t| t.seconds).collect();
    let kinds: &[i32] = if condition == Condition::Null { &[0] } else { &PLANTED };
    Summary {
        condition,
        wrong: Share::new(trials.iter().filter(|t| t.is_false(margin)).count(), trials.len()),
        coverage: Share::new(covered.iter().filter(|c| **c).count(), covered.len()),
        unseen: trials.iter().filter(|t| t.tested.iter().any(|v| v.effect.is_none())).count(),
        seconds: mean(&seconds),
        longest: seconds.iter().copied().fold(0.0, f64::max),
        preempted: if pairs == 0 { 0.0 } else { preempted / pairs as f64 },
        pairs,
        planted: kinds.iter().map(|p| planting(*p, &all, margin)).filter(|p| p.found.of > 0).collect(),
    }
}

fn planting(planted: i32, all: &[&Tested], margin: f64) -> Planting {
    let these: Vec<&&Tested> = all.iter().filter(|t| t.planted == planted).collect();
    let share = |of: &[&&Tested], what: &dyn Fn(&Tested) -> bool| {
        Share::new(of.iter().filter(|t| what(t)).count(), of.len())
    };
    let steady: Vec<&&Tested> = these.iter().copied().filter(|t| t.sd.is_some_and(|s| s <= STEADY)).collect();
    let off: Vec<f64> = these.iter().filter_map(|t| Some(t.effect? - t.truth)).collect();
    let spreads: Vec<f64> = these.iter().filter_map(|t| t.sd).collect();
    let took: Vec<f64> = these.iter().filter_map(|t| t.seconds).collect();
    Planting {
        planted,
        truth: mean(&these.iter().map(|t| t.truth).collect::<Vec<_>>()),
        found: share(&these, &Tested::is_found),
        soon: share(&steady, &|t| t.is_found() && t.seconds.is_some_and(|s| s <= SOON)),
        wrong: share(&these, &|t| t.is_false(margin)),
        bias: mean(&off),
        bias_se: sd(&off) / (off.len().max(1) as f64).sqrt(),
        sd: median(&spreads),
        seconds: median(&took),
    }
}
