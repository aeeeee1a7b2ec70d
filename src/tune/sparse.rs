//! Main effects of many factors from few runs: sparse Bayesian regression (Tipping, "Sparse Bayesian Learning and the
//! Relevance Vector Machine", JMLR 2001). Each factor's effect is normal around 0 with a variance of its own; variances that the
//! data do not ask for shrink to nothing. With N factors of which s act, some 2 s ln(N / s) runs tell which.

/// Turns of the expectation-maximisation.
const TURNS: usize = 20;
/// Share of the largest variance below which a factor's is not followed further down.
const FLOOR: f64 = 1e-6;

/// The effect of each factor. `runs` says for each run which factors were in it, `seen` what it showed, `prior` how likely each
/// factor is to act beside the others (any positive scale), `noise` the standard deviation of a run.
pub fn main_effects(runs: &[Vec<bool>], seen: &[f64], prior: &[f64], noise: f64) -> Vec<f64> {
    let factors = prior.len();
    let mean_square = seen.iter().map(|y| y * y).sum::<f64>() / seen.len().max(1) as f64;
    let total: f64 = prior.iter().sum();
    if factors == 0 || seen.is_empty() || mean_square == 0.0 || total <= 0.0 {
        return vec![0.0; factors];
    }
    let noise = noise.max(1e-3 * mean_square.sqrt()).powi(2);
    // Half of the factors are in a run: their variances explain what the noise does not.
    let explained = (mean_square - noise).max(0.1 * mean_square);
    let mut variance: Vec<f64> = prior.iter().map(|p| 2.0 * explained * p / total).collect();
    let mut effects = vec![0.0; factors];
    for _ in 0..TURNS {
        let Some(inverse) = inverse(&covariance(runs, &variance, noise)) else { return effects };
        let weights: Vec<f64> =
            inverse.iter().map(|row| row.iter().zip(seen).map(|(k, y)| k * y).sum()).collect();
        let highest = variance.iter().copied().fold(0.0, f64::max);
        for factor in 0..factors {
            let within: Vec<usize> = (0..runs.len()).filter(|run| runs[*run][factor]).collect();
            let pulled: f64 = within.iter().map(|run| weights[*run]).sum();
            let known: f64 = within.iter().flat_map(|i| within.iter().map(|j| inverse[*i][*j])).sum();
            effects[factor] = variance[factor] * pulled;
            let left = variance[factor] * (1.0 - variance[factor] * known).max(0.0);
            variance[factor] = (effects[factor].powi(2) + left).max(FLOOR * highest);
        }
    }
    effects
}

/// What runs have in common, by the variances of the factors in both, and the noise of each.
fn covariance(runs: &[Vec<bool>], variance: &[f64], noise: f64) -> Vec<Vec<f64>> {
    let shared = |a: &[bool], b: &[bool]| -> f64 {
        variance.iter().zip(a.iter().zip(b)).filter(|(_, (a, b))| **a && **b).map(|(v, _)| v).sum()
    };
    let entry = |i: usize, j: usize| shared(&runs[i], &runs[j]) + if i == j { noise } else { 0.0 };
    (0..runs.len()).map(|i| (0..runs.len()).map(|j| entry(i, j)).collect()).collect()
}

/// The inverse of a positive definite matrix by Gauss and Jordan; `None` where it is singular.
fn inverse(matrix: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
    let n = matrix.len();
    let mut left: Vec<Vec<f64>> = matrix.to_vec();
    let mut right: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|j| f64::from(i == j)).collect()).collect();
    for at in 0..n {
        let pivot = left[at][at];
        if pivot.is_nan() || pivot <= 0.0 {
            return None;
        }
        for j in 0..n {
            left[at][j] /= pivot;
            right[at][j] /= pivot;
        }
        for row in (0..n).filter(|row| *row != at) {
            let factor = left[row][at];
            if factor == 0.0 {
                continue;
            }
            for j in 0..n {
                left[row][j] -= factor * left[at][j];
                right[row][j] -= factor * right[at][j];
            }
        }
    }
    Some(right)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::ChaCha8Rng;
    use rand::seq::SliceRandom;
    use rand::{RngExt, SeedableRng};

    /// Runs of drawn halves of the factors, and what they show.
    fn experiment(
        factors: usize,
        runs: usize,
        truth: &[(usize, f64)],
        seed: u64,
    ) -> (Vec<Vec<bool>>, Vec<f64>) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut order: Vec<usize> = (0..factors).collect();
        let (mut sets, mut seen) = (Vec::new(), Vec::new());
        for _ in 0..runs {
            order.shuffle(&mut random);
            let half = &order[..factors / 2];
            let noise = (random.random::<f64>() + random.random::<f64>() - 1.0) * 1.2;
            let sum: f64 = truth.iter().filter(|(f, _)| half.contains(f)).map(|(_, e)| e).sum();
            sets.push((0..factors).map(|f| half.contains(&f)).collect());
            seen.push(sum + noise);
        }
        (sets, seen)
    }

    #[test]
    fn a_few_that_act_are_found_among_hundreds() {
        let truth = [(7, 8.0), (60, 4.0), (110, -12.0), (149, 5.0)];
        let (runs, seen) = experiment(150, 40, &truth, 3);
        let found = main_effects(&runs, &seen, &[1.0; 150], 0.5);
        for (factor, effect) in truth {
            assert!((found[factor] - effect).abs() < 1.5, "{factor}: {} and {effect}", found[factor]);
        }
        let largest =
            (0..150).filter(|f| truth.iter().all(|t| t.0 != *f)).map(|f| found[f].abs()).fold(0.0, f64::max);
        assert!(largest < 2.0, "{largest}");
    }

    #[test]
    fn nothing_comes_of_nothing() {
        let one_and_two = [vec![true, false, false], vec![false, true, true]];
        assert_eq!(main_effects(&one_and_two, &[0.0, 0.0], &[1.0; 3], 0.5), [0.0; 3]);
        assert!(main_effects(&[], &[], &[], 0.5).is_empty());
        let (runs, seen) = experiment(60, 24, &[], 5);
        let found = main_effects(&runs, &seen, &[1.0; 60], 0.5);
        assert!(found.iter().all(|f| f.abs() < 1.5), "{found:?}");
    }

    #[test]
    fn what_is_likely_gets_the_credit_where_the_runs_do_not_tell() {
        // Both were in the same runs.
        let (two, third) = (vec![true, true, false], vec![false, false, true]);
        let runs = vec![two.clone(), third.clone(), two, third];
        let found = main_effects(&runs, &[6.0, 0.0, 6.0, 0.0], &[5.0, 1.0, 1.0], 0.3);
        assert!(found[0] > 4.0 && found[0] > found[1], "{found:?}");
    }
}
