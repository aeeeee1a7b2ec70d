//! How many pairs each kernel gets in a layout: time goes to the kernels in proportion to weight times spread over the root
//! of what a pair costs (Neyman, "On the two different aspects of the representative method", JRSS 1934), and as much of it
//! as a layout is worth: the root of the ratio of what a layout costs to how much layouts vary (Kalibera and Jones,
//! "Rigorous Benchmarking in Reasonable Time", ISMM 2013, section 6).

use super::bench::{Bench, KernelIndex, Phase, Sample};
use super::compare::Comparison;
use crate::experiment::stats::{mean, sd_beside_usual, within};

/// Fewest pairs of a data set: with fewer, one disturbed pair is most of the estimate.
pub const FEWEST: u32 = 8;
/// Most pairs of a data set: more would only make the same placement better known.
pub const MOST: u32 = 384;
/// Least time of the pairs beside what a layout takes else.
const TIMED: f64 = 3.0;
/// Spread between layouts that is usual where both sides are linked alike, and the layouts that it counts for.
const USUAL_SPREAD: f64 = 0.3;
const USUAL_LAYOUTS: f64 = 8.0;

/// Standard deviation of one layout of a kernel, in %, that is usual in screening, and the layouts that it counts for.
const USUAL_NOISE: f64 = 1.5;
const NOISE_LAYOUTS: f64 = 4.0;

/// A kernel's pairs as screening saw them.
struct Seen {
    kernel: KernelIndex,
    /// Standard deviation of a pair.
    sd: f64,
    /// Wall time of a pair, s.
    cost: f64,
}

/// What a kernel gets in a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allocated {
    /// The kernel.
    pub kernel: KernelIndex,
    /// Pairs of each of its data sets.
    pub pairs: u32,
}

/// Pairs of each data set for each kernel that the comparisons measured. Of what they saw, spreads and costs alone count,
/// and no effect does.
pub fn allocation(bench: &dyn Bench, comparisons: &[&Comparison]) -> Vec<Allocated> {
    let seen: Vec<Seen> = bench.kernels().into_iter().filter_map(|k| seen(k, comparisons)).collect();
    let kernels: Vec<KernelIndex> = seen.iter().map(|s| s.kernel).collect();
    let overhead = bench.overhead(&kernels, Phase::Confirm).as_secs_f64().max(1e-3);
    let scale = overhead.sqrt() / spread_between(bench, comparisons);
    let sets = |one: &Seen| f64::from(bench.datasets(one.kernel).max(1));
    let best = |one: &Seen| {
        let weight = bench.probe(one.kernel).weight;
        scale * weight * one.sd / one.cost.max(1e-6).sqrt() / sets(one)
    };
    let best: Vec<f64> = seen.iter().map(|one| best(one).max(f64::from(FEWEST))).collect();
    // The spread between layouts is seen on few of them and may seem larger than it is. Where pairs take longer than all
    // else a layout costs at most twice what the best choice would have cost, whatever the spread.
    let pairs: f64 = seen.iter().zip(&best).map(|(one, each)| one.cost * each * sets(one)).sum();
    let more = (TIMED * overhead / pairs.max(1e-9)).max(1.0);
    let of = |(one, each): (&Seen, f64)| Allocated {
        kernel: one.kernel,
        pairs: ((each * more).round() as u32).clamp(FEWEST, MOST),
    };
    seen.iter().zip(best).map(of).collect()
}

fn samples_of<'a>(kernel: KernelIndex, comparisons: &'a [&Comparison]) -> impl Iterator<Item = &'a Sample> {
    let slot = move |c: &&'a Comparison| c.kernels.iter().position(|k| *k == kernel);
    comparisons.iter().copied().filter_map(move |c| slot(&c).map(|s| &c.samples[s])).flatten()
}

fn seen(kernel: KernelIndex, comparisons: &[&Comparison]) -> Option<Seen> {
    let samples: Vec<&Sample> = samples_of(kernel, comparisons).collect();
    let pairs: u32 = samples.iter().map(|s| s.pairs()).sum();
    let wall: f64 = samples.iter().map(|s| s.wall.as_secs_f64()).sum();
    let sds: Vec<f64> = samples.iter().map(|s| s.pair_sd()).collect();
    (pairs > 0).then(|| Seen { kernel, sd: mean(&sds), cost: wall / f64::from(pairs) })
}

/// Standard deviation between layouts of the whole's effect, without the part that pairs explain: what the halves of each
/// layout's pairs differ by. Comparisons have effects of their own, so that only what varies within each counts. Few layouts
/// do not know their spread: the usual one counts for some beside them.
fn spread_between(bench: &dyn Bench, comparisons: &[&Comparison]) -> f64 {
    let (squares, freedom) = within(comparisons.iter().map(|c| c.package(bench)));
    let mut own = Vec::new();
    for one in comparisons.iter().filter(|c| c.layouts() >= 2) {
        for layout in 0..one.layouts() {
            let differ = |(slot, kernel): (usize, &KernelIndex)| {
                bench.probe(*kernel).weight * one.samples[slot][layout].halves_differ()
            };
            own.push((one.kernels.iter().enumerate().map(differ).sum::<f64>() / 2.0).powi(2));
        }
    }
    let between = (squares - mean(&own) * freedom).max(0.0);
    sd_beside_usual((between, freedom), USUAL_SPREAD, USUAL_LAYOUTS)
}

/// Standard deviation of one layout of a kernel, in %, by what varies within each comparison: what the address of its code does,
/// and what its pairs leave open. The usual one counts for some layouts beside those that were seen.
pub fn spread_of(kernel: KernelIndex, comparisons: &[&Comparison]) -> f64 {
    let seen = within(comparisons.iter().map(|c| c.kernel(kernel)));
    sd_beside_usual(seen, USUAL_NOISE, NOISE_LAYOUTS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tune::{CandidateIndex, FakeBench};
    use std::time::Duration;

    /// A comparison of two kernels with pairs of the given spreads and costs in ms, and layouts of the given spread.
    fn comparison(spreads: [f64; 2], ms: [u64; 2], layout_sd: f64) -> Comparison {
        let mut made = Comparison::new(Vec::new(), vec![CandidateIndex(0)], [0, 1].map(KernelIndex).to_vec());
        for layout in 0..8 {
            let centre = layout_sd * if layout % 2 == 0 { 0.935 } else { -0.935 };
            for kernel in 0..2 {
                let effects: Vec<f64> = (0..10)
                    .map(|i| centre + spreads[kernel] * 1.2816 * if i % 2 == 0 { 1.0 } else { -1.0 })
                    .collect();
                let mut sample = Sample::of_effects(vec![effects.clone(), effects]);
                sample.wall = Duration::from_millis(20 * ms[kernel]);
                made.samples[kernel].push(sample);
            }
        }
        made
    }

    #[test]
    fn time_goes_by_weight_and_spread_over_the_root_of_cost() {
        let bench = FakeBench::new(&[0.8, 0.2], &["-a"]);
        let of = |spreads, ms, layout_sd| {
            let one = comparison(spreads, ms, layout_sd);
            let found = allocation(&bench, &[&one]);
            [found[0].pairs, found[1].pairs]
        };
        // The same pairs: four times the weight, four times the pairs.
        let [heavy, light] = of([16.0, 16.0], [1, 1], 0.5);
        assert!(heavy >= 3 * light && heavy < MOST, "{heavy} {light}");
        // A pair that costs four times as much comes half as often.
        let [dear, _] = of([16.0, 16.0], [4, 1], 0.5);
        assert!((heavy / 2..=heavy / 2 + 1).contains(&dear), "{heavy} {dear}");
        // Restless layouts are worth few pairs, of which as many are taken as keep the clock running; steady ones the most.
        let [few, _] = of([3.0, 3.0], [1, 1], 8.0);
        assert!(few < heavy && f64::from(few) * 3.0 * 1.25 >= 20.0 * 0.8, "{few}");
        assert_eq!(of([80.0, 80.0], [1, 1], 0.0)[0], MOST);
    }

    #[test]
    fn a_kernels_spread_is_what_varies_within_comparisons() {
        assert_eq!(spread_of(KernelIndex(0), &[]), USUAL_NOISE);
        // Two candidates that differ by 50 % tell nothing of the spread; their layouts do.
        let restless = comparison([0.1, 0.1], [1, 1], 6.0);
        let mut faster = restless.clone();
        let shifted = |s: &Sample| {
            Sample::of_effects(s.effects.iter().map(|e| e.iter().map(|x| x + 50.0).collect()).collect())
        };
        faster.samples = faster.samples.iter().map(|k| k.iter().map(shifted).collect()).collect();
        let seen = spread_of(KernelIndex(0), &[&restless, &faster]);
        assert!((4.5..6.0).contains(&seen), "{seen}");
        let steady = comparison([0.1, 0.1], [1, 1], 0.1);
        let seen = spread_of(KernelIndex(0), &[&steady, &steady]);
        assert!((0.3..1.0).contains(&seen), "{seen}");
    }

    #[test]
    fn what_was_not_measured_gets_nothing() {
        let bench = FakeBench::new(&[0.8, 0.2], &["-a"]);
        assert!(allocation(&bench, &[]).is_empty());
        let unseen = Comparison::new(Vec::new(), vec![CandidateIndex(0)], vec![KernelIndex(1)]);
        assert!(allocation(&bench, &[&unseen]).is_empty());
    }
}
