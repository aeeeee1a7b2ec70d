//! Composing a set from what screening left: bundles first, then the others by rank, each kept only while it
//! makes the set faster; then each is taken out once more, on fresh layouts, to see that it pulls its weight.

use super::bench::{Bench, Set, Trouble};
use super::compare::{Comparison, Draws, further_layout};
use super::observe::{Observer, Step};
use super::rule::Rule;
use super::screen::{Fate, Screened};
use crate::measure::stats::{interval, mean, sd};
use rand_chacha::ChaCha8Rng;
use std::time::Duration;

/// Layouts a step is judged on.
const LAYOUTS: usize = 4;
/// A step must show at least this effect, half the usual margin: less would not be confirmed.
const WORTH: f64 = 0.5;
/// One-sided 95 % of a normal: screening's confidence that a step is real. Confirmation decides.
const SURE: f64 = 1.645;

/// A trial of the search, for the record.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The candidate tried.
    pub candidate: usize,
    /// Mean effect of adding it to the set of that moment.
    pub effect: f64,
    /// Whether it was kept.
    pub kept: bool,
    /// Why not, else empty.
    pub reason: String,
}

/// Searches until the deadline. Returns the set, strongest member first, and the trials made.
pub fn search(
    bench: &mut dyn Bench,
    screened: &[Screened],
    rule: &Rule,
    until: Duration,
    random: &mut ChaCha8Rng,
    watch: &dyn Observer,
    subject: &str,
) -> Result<(Set, Vec<Trial>), Trouble> {
    let mut ranked: Vec<(usize, f64)> = screened
        .iter()
        .filter(|s| s.fate == Fate::Alive && bench.candidates()[s.candidate].withheld.is_none())
        .map(|s| (s.candidate, s.score(bench)))
        .filter(|(_, score)| *score > 0.0)
        .collect();
    ranked.sort_by(|a, b| {
        let bundle = |c: usize| bench.candidates()[c].bundle;
        bundle(b.0).cmp(&bundle(a.0)).then(b.1.total_cmp(&a.1))
    });
    let (mut set, mut trials) = (Set::new(), Vec::new());
    let mut strength: Vec<(usize, f64)> = Vec::new();
    for (candidate, _) in ranked {
        if bench.elapsed() > until {
            break;
        }
        if let Some(rival) = set.iter().find(|kept| conflict(bench, candidate, **kept)) {
            let reason = format!("conflicts with {}", bench.candidates()[*rival].written().join(" "));
            trials.push(Trial { candidate, effect: 0.0, kept: false, reason });
            continue;
        }
        let what = bench.candidates()[candidate].written().join(" ");
        watch.at(subject, Step::Search, &what, bench.elapsed(), until);
        let mut with = set.clone();
        with.push(candidate);
        let (effect, reason) = step(bench, &set, &with, rule, random)?;
        let kept = reason.is_empty();
        trials.push(Trial { candidate, effect, kept, reason });
        if kept {
            strength.push((candidate, effect));
            set = with;
        }
    }
    minimise(bench, &mut set, &mut strength, &mut trials, rule, until, random, watch, subject)?;
    strength.sort_by(|a, b| b.1.total_cmp(&a.1));
    let order: Vec<usize> = strength.iter().map(|(c, _)| *c).filter(|c| set.contains(c)).collect();
    Ok((order, trials))
}

/// Takes each member out once, weakest first, and leaves out those that do not pull their weight.
#[allow(clippy::too_many_arguments)]
fn minimise(
    bench: &mut dyn Bench,
    set: &mut Set,
    strength: &mut [(usize, f64)],
    trials: &mut [Trial],
    rule: &Rule,
    until: Duration,
    random: &mut ChaCha8Rng,
    watch: &dyn Observer,
    subject: &str,
) -> Result<(), Trouble> {
    strength.sort_by(|a, b| a.1.total_cmp(&b.1));
    for (candidate, effect) in strength.iter_mut() {
        if set.len() < 2 || bench.elapsed() > until {
            return Ok(());
        }
        let what = format!("without {}", bench.candidates()[*candidate].written().join(" "));
        watch.at(subject, Step::Search, &what, bench.elapsed(), until);
        let without: Set = set.iter().copied().filter(|c| c != candidate).collect();
        let (pull, reason) = step(bench, &without, set, rule, random)?;
        if reason.is_empty() {
            *effect = (*effect + pull) / 2.0;
        } else {
            *set = without;
            if let Some(trial) = trials.iter_mut().find(|t| t.candidate == *candidate) {
                trial.kept = false;
                trial.reason = format!("kept at first, then: {reason}");
            }
        }
    }
    Ok(())
}

/// Measures `with` against `set` on fresh layouts. An empty reason means the step is worth taking.
fn step(
    bench: &mut dyn Bench,
    set: &Set,
    with: &Set,
    rule: &Rule,
    random: &mut ChaCha8Rng,
) -> Result<(f64, String), Trouble> {
    let mut comparison = match Comparison::of(bench, set.clone(), with.clone()) {
        Ok(comparison) => comparison,
        Err((_, stop @ (Trouble::Interrupted | Trouble::Base(_) | Trouble::Machine(_)))) => return Err(stop),
        Err((kernel, trouble)) => return Ok((0.0, format!("{}: {trouble}", bench.probes()[kernel].name))),
    };
    if comparison.kernels.is_empty() {
        return Ok((0.0, "changes no code beside the set".into()));
    }
    for _ in 0..LAYOUTS {
        further_layout(bench, &mut [&mut comparison], Draws::Screen, random)?;
        if let Some((kernel, trouble)) = &comparison.trouble {
            return Ok((0.0, format!("{}: {trouble}", bench.probes()[*kernel].name)));
        }
    }
    let error = |layouts: &[f64]| SURE * sd(layouts) / (layouts.len() as f64).sqrt();
    let package = comparison.package(bench);
    let effect = mean(&package);
    if effect < WORTH || effect - error(&package) <= 0.0 {
        return Ok((effect, format!("adds {effect:+.1} to the set, too little to be kept")));
    }
    // Many kernels are looked at on few layouts: only what survives that many looks rejects a step here. A weaker
    // suspicion is left to confirmation, which can veto the set.
    let kernels = bench.probes().len();
    for (at, probe) in bench.probes().iter().enumerate().filter(|(_, p)| !p.control) {
        let found = interval(&comparison.kernel(at), rule.alpha, 1, kernels);
        if found.layouts >= 2 && rule.vetoes(&found) {
            return Ok((effect, format!("makes {} slower by {:.1}", probe.name, -found.effect)));
        }
    }
    Ok((effect, String::new()))
}

fn conflict(bench: &dyn Bench, one: usize, other: usize) -> bool {
    let (one, other) = (&bench.candidates()[one], &bench.candidates()[other]);
    let hits = |patterns: &[String], flags: &[String]| {
        patterns
            .iter()
            .any(|p| flags.iter().any(|f| p.strip_suffix('*').map_or(f == p, |head| f.starts_with(head))))
    };
    hits(&one.conflicts, &other.written()) || hits(&other.conflicts, &one.written())
}
