//! Agreement of two sets of effects.

use super::document::Foretold;
use crate::measure::stats::{mean, median};
use crate::profile::Verdict;

/// From this many pairs on a rank correlation says something.
const ENOUGH: usize = 12;

/// A kernel and an operation under one flag: verdict and effect of each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// The kernel's.
    pub kernel: (Verdict, f64),
    /// The operation's.
    pub package: (Verdict, f64),
}

/// Counts over the pairs in which the package says helps or harms.
pub fn foretold(kernel: &str, operations: Vec<String>, pairs: &[Pair]) -> Foretold {
    let moved = |v: Verdict| matches!(v, Verdict::Helps | Verdict::Harms);
    let told: Vec<&Pair> = pairs.iter().filter(|p| moved(p.package.0)).collect();
    let count = |wanted: &dyn Fn(&Pair) -> bool| told.iter().filter(|p| wanted(p)).count();
    let effects: Vec<(f64, f64)> = told.iter().map(|p| (p.kernel.1, p.package.1)).collect();
    let distances: Vec<f64> = effects.iter().map(|(k, p)| (k - p).abs()).collect();
    let round = |v: f64| (v * 1e4).round() / 1e4;
    Foretold {
        kernel: kernel.into(),
        operations,
        n: told.len(),
        agreed: count(&|p| p.kernel.1 * p.package.1 > 0.0),
        opposite: count(&|p| moved(p.kernel.0) && p.kernel.0 != p.package.0),
        silent: count(&|p| p.kernel.0 == Verdict::SameCode),
        spearman: (effects.len() >= ENOUGH).then(|| spearman(&effects)).flatten().map(round),
        error: (!distances.is_empty()).then(|| round(median(&distances))),
    }
}

/// Spearman's rank correlation; `None` where one side does not vary.
pub fn spearman(pairs: &[(f64, f64)]) -> Option<f64> {
    let x = ranks(&pairs.iter().map(|p| p.0).collect::<Vec<_>>());
    let y = ranks(&pairs.iter().map(|p| p.1).collect::<Vec<_>>());
    let (mx, my) = (mean(&x), mean(&y));
    let sum = |f: &dyn Fn(f64, f64) -> f64| x.iter().zip(&y).map(|(a, b)| f(a - mx, b - my)).sum::<f64>();
    let scale = (sum(&|a, _| a * a) * sum(&|_, b| b * b)).sqrt();
    (scale > 0.0).then(|| sum(&|a, b| a * b) / scale)
}

/// Ranks from 1; equal values share the mean of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let rank = |v: &f64| {
        let below = values.iter().filter(|o| *o < v).count();
        let equal = values.iter().filter(|o| *o == v).count();
        below as f64 + (equal as f64 + 1.0) / 2.0
    };
    values.iter().map(rank).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_correlate_as_the_textbook_has_it() {
        // Spearman 1904 as in every textbook: no ties, 1 - 6 * sum(d^2) / (n (n^2 - 1)).
        let iq = [106.0, 100.0, 86.0, 101.0, 99.0, 103.0, 97.0, 113.0, 112.0, 110.0];
        let hours = [7.0, 27.0, 2.0, 50.0, 28.0, 29.0, 20.0, 12.0, 6.0, 17.0];
        let pairs: Vec<(f64, f64)> = iq.into_iter().zip(hours).collect();
        assert!((spearman(&pairs).unwrap() - (1.0 - 6.0 * 194.0 / 990.0)).abs() < 1e-12);
        assert_eq!(ranks(&[2.0, 1.0, 2.0]), [2.5, 1.0, 2.5]);
        assert_eq!(spearman(&[(1.0, 1.0), (1.0, 2.0)]), None);
    }

    #[test]
    fn only_what_the_package_decides_counts() {
        use Verdict::*;
        let pair = |kernel, package| Pair { kernel, package };
        let pairs = [
            pair((Helps, 5.0), (Helps, 4.0)),
            pair((Inconclusive, 0.5), (Helps, 3.0)),
            pair((Helps, 5.0), (Harms, -2.0)),
            pair((SameCode, 0.0), (Harms, -3.0)),
            pair((Helps, 9.0), (Equivalent, 0.1)),
        ];
        let found = foretold("k", vec!["o".into()], &pairs);
        assert_eq!((found.n, found.agreed, found.opposite, found.silent), (4, 2, 1, 1));
        assert_eq!((found.spearman, found.error), (None, Some(2.75)));
        let many: Vec<Pair> =
            (1..=12).map(|i| pair((Helps, f64::from(i)), (Helps, f64::from(i * i)))).collect();
        assert_eq!(foretold("k", vec![], &many).spearman, Some(1.0));
        assert_eq!(foretold("k", vec![], &[]).error, None);
    }
}
