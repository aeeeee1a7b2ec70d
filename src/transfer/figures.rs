//! These figures say how well two sets of effects agree.

use super::document::{By, Figure, FlagTransfer, Foretold, Goal};
use super::mixture::Mixtures;
use crate::experiment::stats::{mean, median};
use crate::profile::Verdict;
use std::collections::{BTreeMap, BTreeSet};

/// From this many pairs on a rank correlation says something.
const ENOUGH: usize = 12;

/// The share of pairs that the same sign is wanted in, and the rank correlation from [`ENOUGH`] pairs on.
const SAME_SIGN: f64 = 0.95;
const CORRELATION: f64 = 0.8;

/// What is predicted for an operation under one flag, and what the package shows: verdict and effect of each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// The kernel's, or the mixture's.
    pub foretold: (Verdict, f64),
    /// The operation's.
    pub package: (Verdict, f64),
}

/// Each kernel by itself over the operations that it stands for a part of, each operation by its mixture, then all
/// operations.
pub fn all_foretold(flags: &[FlagTransfer], mixtures: &Mixtures) -> Vec<Foretold> {
    let by_kernel = |kernel: &str, operation: &str| -> Vec<Pair> {
        flags.iter().filter_map(|f| pair(f.kernels.get(kernel)?, f.operations.get(operation)?)).collect()
    };
    let by_mixture = |operation: &str| -> Vec<Pair> {
        flags.iter().filter_map(|f| pair(f.foretold.get(operation)?, f.operations.get(operation)?)).collect()
    };
    let kernels: BTreeSet<&String> = mixtures.values().flat_map(BTreeMap::keys).collect();
    let of_kernel = |kernel: &&String| {
        let stands = |(o, m): (&String, &BTreeMap<String, f64>)| m.contains_key(*kernel).then(|| o.clone());
        let operations: Vec<String> = mixtures.iter().filter_map(stands).collect();
        let pairs: Vec<Pair> = operations.iter().flat_map(|o| by_kernel(kernel, o)).collect();
        counts(By::Kernel, kernel, operations, &pairs)
    };
    let of_operation = |(operation, mixture): (&String, &BTreeMap<String, f64>)| Foretold {
        kernels: mixture.clone(),
        ..counts(By::Operation, operation, vec![operation.clone()], &by_mixture(operation))
    };
    let every: Vec<Pair> = mixtures.keys().flat_map(|o| by_mixture(o)).collect();
    let mut found: Vec<Foretold> = kernels.iter().map(of_kernel).collect();
    found.extend(mixtures.iter().map(of_operation));
    found.push(counts(By::All, "all", mixtures.keys().cloned().collect(), &every));
    found
}

fn pair(foretold: &Figure, package: &Figure) -> Option<Pair> {
    let of = |f: &Figure| (f.verdict, f.effect);
    Some(Pair { foretold: of(foretold), package: of(package) })
}

/// Counts over the pairs in which the package says helps or harms.
fn counts(by: By, name: &str, operations: Vec<String>, pairs: &[Pair]) -> Foretold {
    let moved = |v: Verdict| matches!(v, Verdict::Helps | Verdict::Harms);
    let told: Vec<&Pair> = pairs.iter().filter(|p| moved(p.package.0)).collect();
    let count = |wanted: &dyn Fn(&Pair) -> bool| told.iter().filter(|p| wanted(p)).count();
    let effects: Vec<(f64, f64)> = told.iter().map(|p| (p.foretold.1, p.package.1)).collect();
    let distances: Vec<f64> = effects.iter().map(|(k, p)| (k - p).abs()).collect();
    let round = |v: f64| (v * 1e4).round() / 1e4;
    Foretold {
        by,
        name: name.into(),
        operations,
        kernels: BTreeMap::new(),
        n: told.len(),
        agreed: count(&|p| p.foretold.1 * p.package.1 > 0.0),
        opposite: count(&|p| moved(p.foretold.0) && p.foretold.0 != p.package.0),
        silent: count(&|p| p.foretold.0 == Verdict::SameCode),
        spearman: (effects.len() >= ENOUGH).then(|| spearman(&effects)).flatten().map(round),
        error: (!distances.is_empty()).then(|| round(median(&distances))),
    }
}

/// Judges the goal on the row `all`: over the pairs in which the package says helps or harms no opposite verdict, the same
/// sign in 95 %, and from twelve pairs on a rank correlation of 0.8. A correlation that cannot be computed because one side is
/// constant predicts nothing.
pub fn goal(all: &Foretold) -> Vec<Goal> {
    let n = all.n;
    let agreed = all.agreed as f64 / n.max(1) as f64;
    let part = |promise: String, seen: Option<f64>, told: bool, kept: bool| Goal {
        promise,
        seen: seen.filter(|_| told),
        n,
        kept: told.then_some(kept),
    };
    vec![
        part("no opposite verdict".into(), Some(all.opposite as f64), n > 0, all.opposite == 0),
        part(
            format!("the same sign in at least {:.0} % of the pairs", 100.0 * SAME_SIGN),
            Some((agreed * 1e4).round() / 1e4),
            n > 0,
            agreed >= SAME_SIGN,
        ),
        part(
            format!("a rank correlation of at least {CORRELATION} from {ENOUGH} pairs on"),
            all.spearman,
            n >= ENOUGH,
            all.spearman.is_some_and(|s| s >= CORRELATION),
        ),
    ]
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
        let pair = |foretold, package| Pair { foretold, package };
        let foretold = |pairs: &[Pair]| counts(By::Kernel, "k", vec!["o".into()], pairs);
        let pairs = [
            pair((Helps, 5.0), (Helps, 4.0)),
            pair((Inconclusive, 0.5), (Helps, 3.0)),
            pair((Helps, 5.0), (Harms, -2.0)),
            pair((SameCode, 0.0), (Harms, -3.0)),
            pair((Helps, 9.0), (Equivalent, 0.1)),
        ];
        let found = foretold(&pairs);
        assert_eq!((found.n, found.agreed, found.opposite, found.silent), (4, 2, 1, 1));
        assert_eq!((found.spearman, found.error), (None, Some(2.75)));
        let many: Vec<Pair> =
            (1..=12).map(|i| pair((Helps, f64::from(i)), (Helps, f64::from(i * i)))).collect();
        assert_eq!(foretold(&many).spearman, Some(1.0));
        assert_eq!(foretold(&[]).error, None);
    }

    #[test]
    fn the_goal_is_judged_where_there_are_pairs() {
        let all = |n, agreed, opposite, spearman| Foretold {
            n,
            agreed,
            opposite,
            spearman,
            ..counts(By::All, "all", Vec::new(), &[])
        };
        let kept = |all: &Foretold| goal(all).into_iter().map(|g| g.kept).collect::<Vec<_>>();
        assert_eq!(kept(&all(0, 0, 0, None)), [None, None, None]);
        assert_eq!(kept(&all(11, 11, 0, None)), [Some(true), Some(true), None]);
        assert_eq!(kept(&all(20, 19, 0, Some(0.8))), [Some(true), Some(true), Some(true)]);
        assert_eq!(kept(&all(20, 18, 1, Some(0.79))), [Some(false), Some(false), Some(false)]);
        // Twelve times the same is not a correlation.
        assert_eq!(kept(&all(12, 0, 0, None)), [Some(true), Some(false), Some(false)]);
        assert_eq!(goal(&all(20, 19, 0, None))[1].seen, Some(0.95));
    }
}
