//! This module compares what the rule promises with what the trials showed.

use super::condition::Condition;
use super::summary::{Share, Summary};
use serde::Serialize;

/// A promise.
#[derive(Clone, Debug, Serialize)]
pub struct Target {
    /// What is promised.
    pub promise: String,
    /// What was seen.
    pub seen: Share,
    /// Kept or not; `None` where the trials were too few to tell.
    pub kept: Option<bool>,
}

/// Trials and intervals it takes to judge: 0 or 1 of 100 shows with 95 % confidence that at most 5 % err, and
/// coverage to two points needs some 450 intervals.
const TRIALS: usize = 100;
const INTERVALS: usize = 450;
/// Intervals of one planted effect that it takes to judge the share found.
const PLANTINGS: usize = 20;

/// Judges the promises over all conditions seen.
pub fn targets(summaries: &[Summary]) -> Vec<Target> {
    let mut made = Vec::new();
    for one in summaries {
        let enough = one.wrong.of >= TRIALS;
        made.push(Target {
            promise: format!(
                "{}: a false claim in at most 1 of 100 trials",
                match one.condition {
                    Condition::Null => "a build against itself",
                    Condition::Planted => "planted effects",
                }
            ),
            seen: one.wrong,
            kept: enough.then_some(one.wrong.count * TRIALS <= one.wrong.of),
        });
    }
    for percent in [2, 3] {
        let these = summaries.iter().flat_map(|s| &s.planted).filter(|p| p.planted.abs() == percent);
        let (found, of) = these.fold((0, 0), |(k, n), p| (k + p.soon.count, n + p.soon.of));
        if of > 0 {
            let seen = Share::new(found, of);
            made.push(Target {
                promise: format!(
                    "{percent} % is found within 10 s in 90 % where layouts spread by at most 2"
                ),
                seen,
                kept: (of >= PLANTINGS).then(|| seen.value() >= 0.9),
            });
        }
    }
    let (held, of) = summaries.iter().fold((0, 0), |(k, n), s| (k + s.coverage.count, n + s.coverage.of));
    if of > 0 {
        let seen = Share::new(held, of);
        made.push(Target {
            promise: "intervals hold the truth in 93 % as a lower 95 % bound".into(),
            seen,
            kept: (of >= INTERVALS).then_some(seen.bound >= 0.93),
        });
    }
    made
}
