//! One subject, a package or a user's kernel, through identity, screening, search and confirmation.

use super::bench::{Bench, Sample, Trouble};
use super::compare::random;
use super::confirm::{Confirmation, confirm};
use super::hunt::Trial;
use super::observe::{Observer, Step};
use super::replication::replication;
use super::rule::Rule;
use super::screen::{Fate, Screened, identify, screen};
use super::search::search;
use crate::profile::SpentSeconds;
use std::time::Duration;

/// Shares of a subject's time by which a stage must end; the rest, 40 % or more, is confirmation's.
const SCREEN_ENDS: f64 = 0.40;
const SEARCH_ENDS: f64 = 0.60;

/// What the scheduler is told of a subject.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Its name, for progress and draws.
    pub subject: String,
    /// Candidates by index, what matters most first.
    pub order: Vec<usize>,
    /// The constants of the rule.
    pub rule: Rule,
    /// Seed of every draw.
    pub seed: u64,
    /// When the subject's time began, on the bench's clock.
    pub from: Duration,
    /// Time for building and comparing code.
    pub identity: Duration,
    /// When the subject's time is over.
    pub until: Duration,
}

/// Everything found about a subject.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// What screening made of each candidate.
    pub screened: Vec<Screened>,
    /// The steps of the search.
    pub trials: Vec<Trial>,
    /// The confirmation; `None` when it was not reached.
    pub confirmation: Option<Confirmation>,
    /// Wall seconds by stage.
    pub spent: SpentSeconds,
    /// True when the user ended it.
    pub interrupted: bool,
}

/// Tunes one subject. An interrupt keeps what was found; other errors concern the base or the machine.
pub fn tune(bench: &mut dyn Bench, plan: &Plan, watch: &dyn Observer) -> Result<Found, Trouble> {
    let mut found = Found::default();
    match stages(bench, plan, watch, &mut found) {
        Err(Trouble::Interrupted) => found.interrupted = true,
        other => other?,
    }
    if found.confirmation.as_ref().is_some_and(|c| c.interrupted) {
        found.interrupted = true;
    }
    Ok(found)
}

fn stages(
    bench: &mut dyn Bench,
    plan: &Plan,
    watch: &dyn Observer,
    found: &mut Found,
) -> Result<(), Trouble> {
    let Plan { subject, rule, .. } = plan;
    let share = |part: f64| plan.from + plan.until.saturating_sub(plan.from).mul_f64(part);
    let mut began = bench.elapsed();
    let mut lap = |bench: &dyn Bench, spent: &mut f64| {
        *spent = bench.elapsed().saturating_sub(began).as_secs_f64();
        began = bench.elapsed();
    };

    let identified = identify(bench, &plan.order, plan.from + plan.identity, watch, subject);
    bench.keep();
    lap(bench, &mut found.spent.identity);
    found.screened = identified?;

    let mut draws = random(plan.seed, &format!("{subject} {}", Step::Screen.name()));
    let screening = screen(bench, &mut found.screened, share(SCREEN_ENDS), &mut draws, watch, subject);
    bench.keep();
    lap(bench, &mut found.spent.screen);
    screening?;

    // Search and confirmation measure alike: a longer process is another experiment, since predictors learn its data.
    replicate(bench, &found.screened);
    let mut draws = random(plan.seed, &format!("{subject} {}", Step::Search.name()));
    let searching = search(bench, &found.screened, rule, share(SEARCH_ENDS), &mut draws, watch, subject);
    bench.keep();
    lap(bench, &mut found.spent.search);
    let searched = searching?;
    found.trials = searched.trials;

    let alone = worth_confirming(bench, &found.screened);
    let mut draws = random(plan.seed, &format!("{subject} {}", Step::Confirm.name()));
    let confirming = confirm(bench, searched.groups, &alone, rule, plan.until, &mut draws, watch, subject);
    lap(bench, &mut found.spent.confirm);
    found.confirmation = Some(confirming?);
    Ok(())
}

/// Chooses how many pairs each kernel's layouts are worth, from what screening saw of costs and spreads.
fn replicate(bench: &mut dyn Bench, screened: &[Screened]) {
    for kernel in 0..bench.probes().len() {
        let of = |s: &'_ Screened| s.comparison.kernels.iter().position(|k| *k == kernel);
        let groups: Vec<&[Sample]> =
            screened.iter().filter_map(|s| of(s).map(|slot| s.comparison.samples[slot].as_slice())).collect();
        if let Some(chosen) = replication(&groups, bench.datasets(kernel)) {
            bench.replicate(kernel, chosen);
        }
    }
}

/// Candidates to be confirmed alone where time is left, those that promise or threaten most first.
fn worth_confirming(bench: &dyn Bench, screened: &[Screened]) -> Vec<usize> {
    let mut ranked: Vec<(bool, f64, usize)> = screened
        .iter()
        .filter(|s| matches!(s.fate, Fate::Alive | Fate::Discarded) && s.comparison.layouts() > 0)
        .map(|s| (bench.candidates()[s.candidate].bundle, s.score(bench).abs(), s.candidate))
        .collect();
    ranked.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.total_cmp(&a.1)));
    ranked.into_iter().map(|(_, _, candidate)| candidate).collect()
}
