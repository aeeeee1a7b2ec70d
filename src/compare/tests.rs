//! These tests give effects to the rule, without a clock, and check its verdicts.

use super::judge::{Asked, Judged, Pairing, compare};
use crate::experiment::{Rule, Silent};
use crate::profile::Verdict;
use crate::tune::{Answers, MeasureError, Sample};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use std::time::Duration;

/// Effects by operation, with noise between layouts.
struct Known {
    effects: Vec<Result<f64, MeasureError>>,
    control: f64,
    sd: f64,
    asked: u32,
    second: u64,
}

impl Pairing for Known {
    fn sample(&mut self, operations: &[usize], control: bool, draw: u64) -> Answers {
        let mut random = ChaCha8Rng::seed_from_u64(draw);
        let of = |operation: &usize| {
            self.asked += 1;
            let noise = self.sd * (0..12).map(|_| random.random::<f64>()).sum::<f64>() - self.sd * 6.0;
            let effect = if control { self.control } else { self.effects[*operation].clone()? };
            // Two data sets that differ: the estimate is their mean.
            let effects = vec![vec![effect + noise - 1.0; 3], vec![effect + noise + 1.0; 3]];
            Ok(Sample { calls: 60, ..Sample::of_effects(effects) })
        };
        operations.iter().map(of).collect()
    }

    fn elapsed(&self) -> Duration {
        Duration::from_secs(u64::from(self.asked) * self.second)
    }
}

fn judged(
    effects: Vec<Result<f64, MeasureError>>,
    control: f64,
    second: u64,
) -> Result<Judged, MeasureError> {
    let asked: Vec<Asked> = [("one", 0.6), ("two", 0.4), ("fixed", 0.0)]
        .map(|(name, weight)| Asked { name: name.into(), weight })
        .to_vec();
    let mut known = Known { effects, control, sd: 0.4, asked: 0, second };
    compare(&mut known, &asked, &Rule::default(), 7, Duration::from_secs(3600), &Silent)
}

fn verdict(judged: &Judged, operation: usize) -> Verdict {
    judged.1[operation].figures.verdict
}

#[test]
fn each_operation_and_the_weighted_whole_have_their_verdicts() {
    let found = judged(vec![Ok(5.0), Ok(-4.0), Ok(0.0)], 0.0, 0).unwrap();
    assert_eq!([0, 1, 2].map(|o| verdict(&found, o)), [Verdict::Helps, Verdict::Harms, Verdict::Equivalent]);
    // 0.6 * 5 - 0.4 * 4 = 1.4, which the interval over 32 layouts tells from the margin of 1 or not; its reason names the loser.
    let whole = &found.0;
    let (low, high) = (whole.low.unwrap(), whole.high.unwrap());
    assert!(low < 1.4 && 1.4 < high, "{whole:?}");
    assert!(whole.reason.contains("slower by more than 1: two"), "{}", whole.reason);
    assert!(found.3 && found.2.unwrap().verdict == Verdict::Equivalent);
    let one = &found.1[0].figures;
    assert_eq!((one.pairs, one.calls), (one.layouts * 6, u64::from(one.layouts) * 60));
}

#[test]
fn a_control_that_moves_takes_the_whole_verdict_back() {
    let aa = judged(vec![Ok(5.0), Ok(5.0), Ok(0.0)], 3.0, 0).unwrap();
    assert_eq!(aa.0.verdict, Verdict::Inconclusive);
    assert!(aa.0.reason.contains("too noisy"), "{}", aa.0.reason);
    let fixed = judged(vec![Ok(5.0), Ok(5.0), Ok(4.0)], 0.0, 0).unwrap();
    assert_eq!(fixed.0.verdict, Verdict::Inconclusive);
    assert_eq!(judged(vec![Ok(5.0), Ok(5.0), Ok(0.0)], 0.0, 0).unwrap().0.verdict, Verdict::Helps);
}

#[test]
fn a_difference_in_results_is_the_verdict_and_the_others_go_on() {
    let wrong = Err(MeasureError::WrongResult("checksum 2 instead of 1".into()));
    let found = judged(vec![Ok(5.0), wrong, Ok(0.0)], 0.0, 0).unwrap();
    assert_eq!((verdict(&found, 0), verdict(&found, 1)), (Verdict::Helps, Verdict::WrongResult));
    assert_eq!((found.0.verdict, found.0.effect), (Verdict::WrongResult, None));
    assert!(found.0.reason.starts_with("two"));
    let base = judged(vec![Err(MeasureError::Base("before".into())), Ok(0.0), Ok(0.0)], 0.0, 0);
    assert!(matches!(base, Err(MeasureError::Base(_))));
}

#[test]
fn the_time_ends_it_between_looks_and_an_interrupt_at_once() {
    // Layouts of three or four operations at 120 s each: seven fit into the hour, and the last look is at what there is.
    let slow = judged(vec![Ok(0.9), Ok(0.9), Ok(0.0)], 0.0, 120).unwrap();
    assert!(slow.3 && (6..=9).contains(&slow.1[0].figures.layouts), "{:?}", slow.1[0]);
    let stopped = judged(vec![Err(MeasureError::Interrupted), Ok(0.0), Ok(0.0)], 0.0, 0).unwrap();
    assert!(!stopped.3);
    assert_eq!(stopped.0.verdict, Verdict::Inconclusive);
    assert_eq!(stopped.0.reason, "the time was over before the first look");
}
