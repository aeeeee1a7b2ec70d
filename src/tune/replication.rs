//! How many pairs a layout is worth, from what layouts and pairs cost and how much each of them varies. Kalibera and
//! Jones, "Rigorous Benchmarking in Reasonable Time" (ISMM 2013), section 6: the optimum at the lower level is the root
//! of the ratio of costs times the ratio of variances.

use super::bench::Sample;
use crate::experiment::stats::{mean, median_se, sd};
use std::time::Duration;

/// A median needs 1.25 times the pairs' standard deviation in place of a mean's.
const MEDIAN: f64 = 1.2533;
/// Most pairs a layout gets: more would only make the same placement better known.
const MOST: u32 = 16;
/// Fewest pairs of a data set: with two, one disturbed pair is half of the estimate and not all of it. Where a pair lasts
/// so long that it averages over disturbances itself, one will do.
const FEWEST: u32 = 2;
const LONG_PAIR_S: f64 = 0.02;
/// Degrees of freedom it takes to believe a spread between layouts.
const FREEDOM: usize = 3;

/// What one layout of a kernel is worth measuring.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Replication {
    /// Pairs for each data set.
    pub pairs: u32,
    /// What a layout will cost with them.
    pub cost: Duration,
}

/// The pairs that pay best for a kernel with `datasets` data sets. Each group holds layouts of one comparison; groups
/// have effects of their own, so that only what varies within them counts. `None` where too few layouts were seen.
pub fn replication(groups: &[&[Sample]], datasets: u32) -> Option<Replication> {
    let datasets = datasets.max(1);
    let groups: Vec<&[Sample]> = groups.iter().copied().filter(|g| g.len() >= 2).collect();
    let freedom: usize = groups.iter().map(|g| g.len() - 1).sum();
    let samples: Vec<&Sample> = groups.iter().copied().flatten().collect();
    let pairs: u32 = samples.iter().map(|s| s.pairs()).sum();
    if freedom < FREEDOM || pairs == 0 {
        return None;
    }
    let spread = |g: &&[Sample]| {
        let estimates: Vec<f64> = g.iter().map(Sample::estimate).collect();
        sd(&estimates).powi(2) * (g.len() - 1) as f64
    };
    let seen = groups.iter().map(spread).sum::<f64>() / freedom as f64;
    let own = mean(&samples.iter().map(|s| own_error(s).powi(2)).collect::<Vec<_>>());
    // What is left of the spread once the error of each layout's estimate is taken off; never quite nothing.
    let between = (seen - own).max(seen / 100.0).sqrt();
    let within: Vec<f64> =
        samples.iter().flat_map(|s| &s.effects).filter(|d| d.len() >= 2).map(|d| sd(d).powi(2)).collect();
    let within = mean(&within).sqrt();
    let pair = samples.iter().map(|s| s.timed.as_secs_f64()).sum::<f64>() / f64::from(pairs);
    let whole = mean(&samples.iter().map(|s| s.took.as_secs_f64()).collect::<Vec<_>>());
    let layout = (whole - pair * f64::from(pairs) / samples.len() as f64).max(1e-3);
    if pair <= 0.0 {
        return None;
    }
    let best =
        if between > 0.0 { (layout / pair).sqrt() * MEDIAN * within / between } else { f64::from(MOST) };
    let each = (best / f64::from(datasets)).ceil().clamp(1.0, f64::from(MOST)) as u32;
    let fewest = if pair > LONG_PAIR_S { 1 } else { FEWEST };
    let pairs = each.clamp(fewest, (MOST / datasets).max(fewest));
    let cost = Duration::from_secs_f64(layout + pair * f64::from(pairs * datasets));
    Some(Replication { pairs, cost })
}

/// Standard error of a layout's estimate from its own pairs.
fn own_error(sample: &Sample) -> f64 {
    let squares: f64 = sample.effects.iter().map(|d| median_se(d).powi(2)).sum();
    squares.sqrt() / sample.effects.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};

    /// Layouts with the given spreads: uniform, with unit variance before scaling.
    fn layouts(n: usize, layout_sd: f64, pair_sd: f64, ms: (u64, u64)) -> Vec<Sample> {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(3);
        let mut deviate = move || (random.random::<f64>() - 0.5) * 12f64.sqrt();
        (0..n)
            .map(|_| {
                let centre = layout_sd * deviate();
                let effects =
                    (0..2).map(|_| (0..8).map(|_| centre + pair_sd * deviate()).collect()).collect();
                let timed = Duration::from_millis(16 * ms.1);
                Sample { effects, preempted: 0, calls: 0, timed, took: timed + Duration::from_millis(ms.0) }
            })
            .collect()
    }

    #[test]
    fn pairs_follow_the_ratios_of_costs_and_spreads() {
        let of = |layout_sd, pair_sd, ms| {
            let all = layouts(40, layout_sd, pair_sd, ms);
            replication(&[&all], 2).unwrap().pairs
        };
        // Steady pairs on restless layouts: the fewest. Restless pairs on steady layouts: the most.
        assert_eq!(of(5.0, 0.5, (60, 4)), 2);
        assert_eq!(of(0.5, 5.0, (60, 4)), 8);
        // sqrt(100/4) * 1.25 * 2/2 = 6.3 pairs over two data sets.
        assert!((3..=4).contains(&of(2.0, 2.0, (100, 4))), "{}", of(2.0, 2.0, (100, 4)));
        // Dear pairs are few.
        assert_eq!(of(2.0, 2.0, (100, 100)), 1);
    }

    #[test]
    fn the_cost_is_that_of_a_layout_and_its_pairs() {
        let all = layouts(40, 5.0, 0.5, (60, 4));
        let cost = replication(&[&all], 2).unwrap().cost;
        assert!((cost.as_secs_f64() - (0.060 + 4.0 * 0.004)).abs() < 1e-6, "{cost:?}");
    }

    #[test]
    fn too_little_is_no_ground_for_a_choice() {
        let all = layouts(3, 1.0, 1.0, (60, 4));
        assert_eq!(replication(&[&all], 2), None);
        let singles: Vec<&[Sample]> = all.chunks(1).collect();
        assert_eq!(replication(&singles, 2), None);
    }
}
