//! An operation is a mixture: what its kernels predict for it, each by its share of the operation's time.

use super::document::Figure;
use super::study::figure;
use crate::catalogue::{Kernel, Trial};
use crate::experiment::Rule;
use crate::tune::{Bench, Comparison, KernelIndex};
use std::collections::BTreeMap;

/// For each operation the kernels that stand for its parts, and their shares of its time; all by their full names.
pub type Mixtures = BTreeMap<String, BTreeMap<String, f64>>;

/// The mixtures that a package's trial tells; operations that no kernel stands for are left out.
pub fn mixtures(package: &str, trial: &Trial) -> Mixtures {
    let full = |name: &String| format!("{package}/{name}");
    let told = trial.operation.iter().filter(|o| !o.kernels.is_empty());
    told.map(|o| (full(&o.name), o.kernels.iter().map(|(k, share)| (full(k), *share)).collect())).collect()
}

/// What the whole host's portfolio promises of each operation: the kernels of the package's domain in equal shares, or of
/// every domain where it belongs to none.
pub fn mixtures_of_host(package: &str, trial: &Trial, kernels: &[Kernel]) -> Mixtures {
    let known = kernels.iter().any(|k| !trial.domain.is_empty() && k.domain == trial.domain);
    let stands = kernels.iter().filter(|k| !known || k.domain == trial.domain);
    let share = 1.0 / stands.clone().count().max(1) as f64;
    let mixture: BTreeMap<String, f64> = stands.map(|k| (k.name.clone(), share)).collect();
    let told = trial.operation.iter().filter(|o| !o.control);
    told.map(|o| (format!("{package}/{}", o.name), mixture.clone())).collect()
}

/// The prediction for each operation. In each layout its time is the sum of its parts' times, each by its share of the base's: an
/// effect of x leaves exp(-x/100) of a part. A part whose kernel's code is the same, or that no kernel stands for, keeps its
/// time; `same-code` is what no kernel of changes.
pub(super) fn foretell(
    bench: &dyn Bench,
    comparison: &Comparison,
    mixtures: &Mixtures,
    rule: &Rule,
) -> BTreeMap<String, Figure> {
    let effects = |mixture: &BTreeMap<String, f64>| -> Vec<f64> {
        let share = |kernel: &KernelIndex| mixture.get(&bench.probe(*kernel).name).copied();
        let parts: Vec<(KernelIndex, f64)> =
            comparison.kernels.iter().filter_map(|kernel| Some((*kernel, share(kernel)?))).collect();
        if parts.is_empty() {
            return Vec::new();
        }
        let parts: Vec<(Vec<f64>, f64)> =
            parts.into_iter().map(|(kernel, share)| (comparison.kernel(kernel), share)).collect();
        let saved =
            |l: usize| -> f64 { parts.iter().map(|(e, share)| share * (-e[l] / 100.0).exp_m1()).sum() };
        (0..comparison.layouts()).map(|l| -100.0 * saved(l).ln_1p()).collect()
    };
    let layouts: BTreeMap<&String, Vec<f64>> = mixtures.iter().map(|(o, m)| (o, effects(m))).collect();
    let claims = layouts.values().filter(|effects| !effects.is_empty()).count();
    layouts
        .into_iter()
        .map(|(operation, effects)| (operation.clone(), figure(&effects, rule, claims)))
        .collect()
}
