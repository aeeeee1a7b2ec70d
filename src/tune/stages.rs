//! One subject, a package or a user's kernel, through identity, screening, search and confirmation.

use super::allocation::{allocation, spread_of};
use super::answers::urgency;
use super::bench::{Bench, CandidateIndex, MeasureError, Set};
use super::compare::{Comparison, random};
use super::confirm::{Confirmation, Confirming, confirm};
use super::group_screen::screen_groups;
use super::hunt::Trial;
use super::screen::{FIRST_ROUNDS, Fate, ROUNDS, Screened, Screening, close, identify, screen};
use super::search::search;
use crate::experiment::{Observer, Rule, Step};
use crate::profile::SpentSeconds;
use rand::rngs::ChaCha8Rng;
use std::time::Duration;

/// Shares of a subject's time by which a stage must end; the rest, half or more, is confirmation's.
const SCREEN_ENDS: f64 = 0.35;
const SEARCH_ENDS: f64 = 0.52;
/// Candidates that are measured first where there are neither levels nor instruction sets.
const FIRST: usize = 8;
/// Candidates of the whole host that are confirmed alone beside the levels and the names.
const OTHERS: usize = 2;

/// So few candidates were named by the user: a crash or a wrong result of one is seen however short the time is.
const HANDFUL: usize = 4;

/// Candidates beside levels and instruction sets that are screened one by one; more are screened in groups.
const SINGLY: usize = 24;
/// Of those screened in groups, how many are tried by themselves.
const LEADERS: usize = 16;
/// Least effect that groups must show for it: half of what a step of the search must.
const PROMISING: f64 = 0.25;

/// What the scheduler knows of a subject.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Its name, for progress and draws.
    pub subject: String,
    /// Candidates, what matters most first.
    pub order: Vec<CandidateIndex>,
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
pub fn tune(bench: &mut dyn Bench, plan: &Plan, watch: &dyn Observer) -> Result<Found, MeasureError> {
    let mut found = Found::default();
    match stages(bench, plan, watch, &mut found) {
        Err(MeasureError::Interrupted) => found.interrupted = true,
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
) -> Result<(), MeasureError> {
    let Plan { subject, rule, .. } = plan;
    let share = |part: f64| plan.from + plan.until.saturating_sub(plan.from).mul_f64(part);
    let mut began = bench.elapsed();
    let mut lap = |bench: &dyn Bench, spent: &mut f64| {
        *spent += bench.elapsed().saturating_sub(began).as_secs_f64();
        began = bench.elapsed();
    };

    // Levels and instruction sets matter most: they are measured before the code of anything else is compared.
    let (mut first, mut others): (Vec<CandidateIndex>, Vec<CandidateIndex>) =
        plan.order.iter().partition(|c| bench.candidate(**c).bundle);
    if first.is_empty() {
        // Where there are none, the first few of the order take their place.
        first = others.drain(..others.len().min(FIRST)).collect();
    }
    let (until, at_latest) = (share(SCREEN_ENDS), share(SEARCH_ENDS));
    let once = plan.order.len() <= HANDFUL;
    let mut screening = Screening { until, at_latest, one: Duration::ZERO, once, watch, subject };
    let mut draws = random(plan.seed, &format!("{subject} {}", Step::Screen.name()));
    let identified = identify(bench, &first, screening);
    bench.keep();
    lap(bench, &mut found.spent.identity);
    found.screened = identified?;
    let at_first = Screening { until: share(SEARCH_ENDS), ..screening };
    let before = bench.elapsed();
    let screened = screen(bench, &mut found.screened, FIRST_ROUNDS, at_first, &mut draws);
    let layouts: usize = found.screened.iter().map(|s| s.comparison.layouts()).sum();
    screening.one = bench.elapsed().saturating_sub(before) / layouts.max(1) as u32;
    bench.keep();
    lap(bench, &mut found.spent.screen);
    screened?;

    tell_best(bench, &found.screened, watch, subject);
    let screened = if others.len() > SINGLY {
        in_groups(bench, &others, &mut found.screened, screening, &mut draws)
    } else {
        let until = (bench.elapsed() + plan.identity).min(screening.until);
        let identified = identify(bench, &others, Screening { until, ..screening });
        bench.keep();
        lap(bench, &mut found.spent.identity);
        found.screened.extend(identified?);
        screen(bench, &mut found.screened, ROUNDS, screening, &mut draws)
    };
    close(&mut found.screened);
    bench.keep();
    lap(bench, &mut found.spent.screen);
    screened?;

    tell_best(bench, &found.screened, watch, subject);
    let mut draws = random(plan.seed, &format!("{subject} {}", Step::Search.name()));
    let searching = search(bench, &found.screened, rule, share(SEARCH_ENDS), &mut draws, watch, subject);
    bench.keep();
    lap(bench, &mut found.spent.search);
    let searched = searching?;
    found.trials = searched.trials;

    allocate(bench, &found.screened);
    let alone = worth_confirming(bench, &found.screened);
    let mut draws = random(plan.seed, &format!("{subject} {}", Step::Confirm.name()));
    let confirming = Confirming { rule, until: plan.until, watch, subject };
    let confirmed = confirm(bench, searched.groups, &alone, confirming, &mut draws);
    lap(bench, &mut found.spent.confirm);
    found.confirmation = Some(confirmed?);
    Ok(())
}

/// Screens many candidates in groups beside the best of what was screened before, and keeps those that promise most.
fn in_groups(
    bench: &mut dyn Bench,
    others: &[CandidateIndex],
    screened: &mut Vec<Screened>,
    screening: Screening<'_>,
    draws: &mut ChaCha8Rng,
) -> Result<(), MeasureError> {
    let may_lead = |s: &&Screened| s.fate == Fate::Alive && bench.candidate(s.candidate).withheld.is_none();
    let best = screened.iter().filter(may_lead).max_by(|a, b| a.score(bench).total_cmp(&b.score(bench)));
    let base: Set = best.filter(|s| s.score(bench) > 0.0).map(|s| s.candidate).into_iter().collect();
    let seen: Vec<&Comparison> = screened.iter().map(|s| &s.comparison).collect();
    let noise: Vec<f64> = bench.kernels().into_iter().map(|kernel| spread_of(kernel, &seen)).collect();
    let grouped = screen_groups(bench, &base, others, &noise, screening, draws)?;
    let mut ranked = grouped.effects.clone();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    let leads: Vec<CandidateIndex> =
        ranked.iter().take(LEADERS).filter(|(_, e)| *e >= PROMISING).map(|(c, _)| *c).collect();
    let every = bench.kernels();
    for candidate in others.iter().copied() {
        let effect = grouped.effects.iter().find(|(c, _)| *c == candidate).map(|(_, effect)| *effect);
        let failed = grouped.failed.iter().find(|(c, ..)| *c == candidate);
        let fate = match (failed, effect) {
            (Some((_, kernel, trouble)), _) => {
                Fate::Failed(bench.probe(*kernel).name.clone(), trouble.clone())
            }
            (None, Some(_)) if leads.contains(&candidate) => Fate::Alive,
            (None, Some(effect)) => Fate::Grouped(effect),
            (None, None) => Fate::NotReached,
        };
        let comparison = Comparison::new(Set::new(), vec![candidate], every.clone());
        screened.push(Screened { candidate, comparison, fate, whole: true, in_groups: effect });
    }
    Ok(())
}

/// Tells what ranks first.
fn tell_best(bench: &dyn Bench, screened: &[Screened], watch: &dyn Observer, subject: &str) {
    let alive = screened.iter().filter(|s| s.fate == Fate::Alive && s.comparison.layouts() > 0);
    let best = alive.max_by(|a, b| a.score(bench).total_cmp(&b.score(bench)));
    if let Some(best) = best.filter(|b| b.score(bench) > 0.0) {
        let flags = bench.candidate(best.candidate).written().join(" ");
        watch.best(subject, &flags, best.score(bench));
    }
}

/// Chooses how many pairs each kernel's layouts are worth, from what screening saw of costs and spreads.
fn allocate(bench: &mut dyn Bench, screened: &[Screened]) {
    let comparisons: Vec<&Comparison> = screened.iter().map(|s| &s.comparison).collect();
    for one in allocation(bench, &comparisons) {
        bench.allocate(one.kernel, one.pairs);
    }
}

/// Candidates to be confirmed alone where time is left. Levels and names that may be written come first, since it is them that is
/// asked about; then levels, instruction sets and names that promise or threaten most.
fn worth_confirming(bench: &dyn Bench, screened: &[Screened]) -> Vec<CandidateIndex> {
    let asked = |c: &CandidateIndex| urgency(bench.candidate(*c)) > 0;
    let free = |c: &CandidateIndex| bench.candidate(*c).withheld.is_none();
    let mut ranked: Vec<(u8, bool, f64, CandidateIndex)> = screened
        .iter()
        .filter(|s| matches!(s.fate, Fate::Alive | Fate::Discarded) && s.comparison.layouts() > 0)
        .map(|s| (s.candidate, s.score(bench).abs()))
        .map(|(c, score)| {
            let urgency = if free(&c) { urgency(bench.candidate(c)) } else { 0 };
            (urgency, bench.candidate(c).bundle, score, c)
        })
        .collect();
    ranked.sort_by(|a, b| (b.0, b.1).cmp(&(a.0, a.1)).then(b.2.total_cmp(&a.2)));
    let ranked = ranked.into_iter().map(|(.., candidate)| candidate);
    if bench.probes().iter().all(|p| p.domain.is_empty()) {
        return ranked.collect();
    }
    // Of the whole host the levels and names are what is asked; a layout of it is dear, so that little else is confirmed alone.
    let (asked, others): (Vec<CandidateIndex>, Vec<CandidateIndex>) = ranked.filter(free).partition(asked);
    asked.into_iter().chain(others.into_iter().take(OTHERS)).collect()
}
