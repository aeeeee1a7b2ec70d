//! A condition is what a trial plants, and how much.

use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;
use serde::Serialize;

/// Variants a trial has; each is a claim of the trial's family.
pub const VARIANTS: usize = 3;
/// Planted effects in percent of calls. One percent is the hardest null: it lies at the margin and must not be found.
pub const PLANTED: [i32; 8] = [1, -1, 2, -2, 3, -3, 5, -5];

/// The truth of a trial's variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// The same code on both sides, equally often.
    Null,
    /// The same code, more often on one side.
    Planted,
}

impl Condition {
    /// The name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Condition::Null => "null",
            Condition::Planted => "planted",
        }
    }

    /// The planted percents of `trials` trials, each effect equally often and in random order.
    pub fn plan(self, trials: usize, random: &mut ChaCha8Rng) -> Vec<[i32; VARIANTS]> {
        let mut deck: Vec<i32> = Vec::new();
        let mut next = |random: &mut ChaCha8Rng| match self {
            Condition::Null => 0,
            Condition::Planted => deck.pop().unwrap_or_else(|| {
                deck = PLANTED.to_vec();
                deck.shuffle(random);
                deck.pop().unwrap_or(0)
            }),
        };
        (0..trials).map(|_| std::array::from_fn(|_| next(random))).collect()
    }
}
