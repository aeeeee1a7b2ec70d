//! The self-test's arithmetic, and the rule itself over many trials on a bench without a clock.

use super::*;
use crate::experiment::Rule;
use crate::experiment::{Coupling, Planted};
use crate::profile::Verdict;
use crate::tune::{FakeBench, random};
use std::time::Duration;

fn settings(trials: usize) -> Settings {
    let limit = Duration::from_secs(3600);
    Settings {
        rule: Rule::default(),
        seed: 5,
        trials,
        limit,
        cpu: 0,
        warm_ns: 0,
        coupling: Coupling::Coupled,
    }
}

fn simulated(condition: Condition, n: usize, layout_sd: f64) -> Vec<Trial> {
    let mut draws = random(11, &format!("{} {layout_sd}", condition.name()));
    let plan = condition.plan(n, &mut draws);
    plan.iter()
        .map(|percents| {
            let mut bench = FakeBench::new(&[1.0], &[]);
            bench.layout_sd = layout_sd;
            trials(&mut bench, condition, percents, &settings(n), &mut draws).unwrap()
        })
        .collect()
}

#[test]
fn the_rule_keeps_its_promises_where_the_noise_is_as_modelled() {
    for layout_sd in [0.5, 1.5, 2.5] {
        let null = summary(Condition::Null, &simulated(Condition::Null, 250, layout_sd), 1.0);
        // Nominally 5 % at the margin, and far less at 0.
        assert!(null.wrong.count <= 4, "{layout_sd}: {:?}", null.wrong);
        let planted = summary(Condition::Planted, &simulated(Condition::Planted, 250, layout_sd), 1.0);
        // At the very margin a family errs in up to 5 % of trials.
        assert!(planted.wrong.value() <= 0.05, "{layout_sd}: {:?}", planted.wrong);
        assert!(planted.coverage.bound >= 0.95, "{layout_sd}: {:?}", planted.coverage);
        for one in &planted.planted {
            assert!(one.bias.abs() < 4.0 * one.bias_se + 0.02, "{layout_sd}: {one:?}");
            let expected = match one.planted.abs() {
                5 => 0.99,
                3 if layout_sd < 2.0 => 0.97,
                _ => 0.0,
            };
            assert!(one.found.value() >= expected, "{layout_sd}: {one:?}");
            assert!(one.planted.abs() > 1 || one.found.value() <= 0.05, "{layout_sd}: {one:?}");
        }
    }
}

#[test]
fn every_planted_effect_is_drawn_equally_often() {
    let mut draws = random(1, "plan");
    let plan = Condition::Planted.plan(80, &mut draws);
    for percent in PLANTED {
        assert_eq!(plan.iter().flatten().filter(|p| **p == percent).count(), 30, "{percent}");
    }
    assert!(Condition::Null.plan(3, &mut draws).iter().flatten().all(|p| *p == 0));
}

#[test]
fn a_claim_is_false_where_the_truth_contradicts_it() {
    let of = |planted: i32, verdict| Tested {
        planted,
        truth: Planted::percent(planted, 3).effect(),
        verdict,
        effect: Some(0.0),
        low: Some(-1.0),
        high: Some(1.0),
        sd: Some(1.0),
        layouts: 8,
        seconds: None,
    };
    for (planted, verdict, expected) in [
        (0, Verdict::Helps, true),
        (0, Verdict::Equivalent, false),
        (1, Verdict::Helps, true),
        (1, Verdict::Equivalent, false),
        (2, Verdict::Helps, false),
        (2, Verdict::Equivalent, true),
        (-3, Verdict::Helps, true),
        (-3, Verdict::Harms, false),
        (5, Verdict::Inconclusive, false),
        (5, Verdict::LayoutSensitive, false),
    ] {
        assert_eq!(of(planted, verdict).is_false(1.0), expected, "{planted} {verdict}");
    }
    assert!(of(3, Verdict::Helps).is_found() && !of(-3, Verdict::Helps).is_found());
    assert_eq!((of(0, Verdict::Helps).covers(), of(3, Verdict::Helps).covers()), (Some(true), Some(false)));
}

#[test]
fn shares_have_the_intervals_of_clopper_and_pearson() {
    // 1 of 100: 0.025 % to 5.45 %; 0 of 60: up to 5.96 %; 10 of 10: from 69.15 % (R's binom.test).
    let one = Share::new(1, 100);
    assert!((one.low - 0.000_253).abs() < 1e-5 && (one.high - 0.054_46).abs() < 1e-4, "{one:?}");
    let none = Share::new(0, 60);
    assert!(none.low == 0.0 && (none.high - 0.059_63).abs() < 1e-4, "{none:?}");
    let all = Share::new(10, 10);
    assert!(all.high == 1.0 && (all.low - 0.691_5).abs() < 1e-4, "{all:?}");
    assert!((Share::new(429, 450).bound - 0.933_6).abs() < 2e-3, "{:?}", Share::new(429, 450));
}

#[test]
fn promises_are_judged_only_where_the_trials_suffice() {
    let few = simulated(Condition::Planted, 8, 0.5);
    assert!(targets(&[summary(Condition::Planted, &few, 1.0)]).iter().all(|t| t.kept.is_none()));
    let many = simulated(Condition::Null, 150, 0.5);
    let judged = targets(&[summary(Condition::Null, &many, 1.0)]);
    assert!(judged.iter().all(|t| t.kept == Some(true)), "{judged:?}");
}
