//! A study measures each flag on the kernels and on the package in alternating layouts, so that drift affects both
//! equally.

use super::document::{Figure, FlagTransfer};
use super::mixture::{Mixtures, foretell};
use crate::experiment::{Estimate, Observer, Rule, Step, shared};
use crate::profile::Verdict;
use crate::tune::{
    Bench, CandidateIndex, Comparison, KernelIndex, MeasureError, Phase, Set, further_layouts,
};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use std::collections::BTreeMap;
use std::time::Duration;

/// One side: the kernels' bench, or the package's. Both know the same candidates by the same index.
pub struct Side<'a> {
    /// Builds and times.
    pub bench: &'a mut dyn Bench,
}

/// What a study leaves: flags that were measured or failed, how many change no code, how many were not reached, and
/// whether it was let finish.
pub type Studied = (Vec<FlagTransfer>, usize, usize, bool);

/// Measures candidates in their order on both sides until the time is over, and predicts the operations from the mixtures.
pub fn study(
    [kernels, package]: [Side<'_>; 2],
    mixtures: &Mixtures,
    layouts: usize,
    rule: &Rule,
    seed: u64,
    until: Duration,
    watch: &dyn Observer,
) -> Result<Studied, MeasureError> {
    let all = kernels.bench.candidates().len();
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let (mut found, mut same) = (Vec::new(), 0);
    let mut took = Duration::ZERO;
    for candidate in (0..all).map(CandidateIndex) {
        let began = kernels.bench.elapsed();
        if began + took > until {
            return Ok((found, same, all - candidate.0, true));
        }
        let flags = kernels.bench.candidate(candidate).written();
        watch.at("transfer", Step::Confirm, &flags.join(" "), began, until);
        let mut row = FlagTransfer {
            flags,
            reason: String::new(),
            of_kernels: None,
            of_package: None,
            kernels: Default::default(),
            foretold: Default::default(),
            operations: Default::default(),
        };
        match both(&mut *kernels.bench, &mut *package.bench, candidate, layouts, &mut random) {
            Ok(Some([on_kernels, on_package])) => {
                row.of_kernels = Some(whole(&*kernels.bench, &on_kernels, rule));
                row.of_package = Some(whole(&*package.bench, &on_package, rule));
                row.kernels = figures(&*kernels.bench, &on_kernels, rule);
                row.foretold = foretell(&*kernels.bench, &on_kernels, mixtures, rule);
                row.operations = figures(&*package.bench, &on_package, rule);
                took = took.max(kernels.bench.elapsed().saturating_sub(began));
                found.push(row);
            }
            Ok(None) => same += 1,
            Err(MeasureError::Interrupted) => return Ok((found, same, all - candidate.0, false)),
            Err(stop @ (MeasureError::Base(_) | MeasureError::Machine(_))) => return Err(stop),
            Err(trouble) => {
                row.reason = trouble.to_string();
                found.push(row);
            }
        }
    }
    Ok((found, same, 0, true))
}

/// One candidate on both sides; `None` where it changes the code of neither.
fn both(
    kernels: &mut dyn Bench,
    package: &mut dyn Bench,
    candidate: CandidateIndex,
    layouts: usize,
    random: &mut ChaCha8Rng,
) -> Result<Option<[Comparison; 2]>, MeasureError> {
    let of = |bench: &mut dyn Bench| Comparison::of(bench, Set::new(), vec![candidate]).map_err(|(_, t)| t);
    let mut a = of(kernels)?;
    let mut b = of(package)?;
    if a.kernels.is_empty() && b.kernels.is_empty() {
        return Ok(None);
    }
    for _ in 0..layouts {
        further_layouts(kernels, &mut [&mut a], Phase::Confirm, 1, random)?;
        further_layouts(package, &mut [&mut b], Phase::Confirm, 1, random)?;
        if let Some((_, trouble)) = a.trouble.take().or(b.trouble.take()) {
            return Err(trouble);
        }
    }
    Ok(Some([a, b]))
}

/// The weighted whole of one side.
fn whole(bench: &dyn Bench, comparison: &Comparison, rule: &Rule) -> Figure {
    let effects = if comparison.kernels.is_empty() { Vec::new() } else { comparison.package(bench) };
    figure(&effects, rule, 1)
}

/// The figure of one of some claims by its effects in the layouts; none: the code is the same, an effect of exactly 0.
pub(super) fn figure(layouts: &[f64], rule: &Rule, claims: usize) -> Figure {
    if layouts.is_empty() {
        return Figure { verdict: Verdict::SameCode, effect: 0.0, low: 0.0, high: 0.0 };
    }
    let found = Estimate::over_layouts(layouts, shared(rule.alpha, claims));
    Figure { verdict: rule.last(&found), effect: found.effect, low: found.low, high: found.high }
}

/// Figures of one side by name.
fn figures(bench: &dyn Bench, comparison: &Comparison, rule: &Rule) -> BTreeMap<String, Figure> {
    let claims = comparison.kernels.len();
    let of = |kernel: KernelIndex| figure(&comparison.kernel(kernel), rule, claims);
    bench.kernels().into_iter().map(|k| (bench.probe(k).name.clone(), of(k))).collect()
}
