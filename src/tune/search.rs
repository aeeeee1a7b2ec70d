//! Composing a set from what screening left. Four moves within the time: by rank, each member kept only while it
//! makes the set faster; Combined Elimination from all that promise anything (Pan and Eigenmann, "Fast and Effective
//! Orchestration of Compiler Optimizations", CGO 2006), which sees what helps only in company; pairs and random
//! restarts while time is left; then the values of members that have one; then every member is weighed once more and those that
//! contribute nothing are left out; and last, the set and the best single candidates run against the base side by side.

use super::bench::{Bench, CandidateIndex, MeasureError, Set};
use super::eliminate::eliminate;
use super::explore::{Touching, explore};
use super::hunt::{Hunt, Trial, with};
use super::refine::refine;
use super::runoff::runoff;
use super::screen::{Fate, Screened};
use super::weigh::weigh;
use crate::experiment::Observer;
use crate::experiment::Rule;
use crate::experiment::stats::{median, sd};
use rand::rngs::ChaCha8Rng;
use std::time::Duration;

/// Layouts a step is judged on at most.
const LAYOUTS: usize = 4;
/// Layouts on which two whole sets are compared.
const RIVALS: usize = 6;
/// Members Combined Elimination starts from at most: its cost grows with their square.
const CROWD: usize = 16;
/// Shares of the search's time by which a move must end.
const RANKED_ENDS: f64 = 0.40;
const ELIMINATE_ENDS: f64 = 0.50;
const EXPLORE_ENDS: f64 = 0.60;
const REFINE_ENDS: f64 = 0.63;
const WEIGH_ENDS: f64 = 0.70;

/// What a search found.
#[derive(Clone, Debug, Default)]
pub struct Searched {
    /// The set found, strongest first, in groups whose removal is to be shown to cost something: single members, and pairs of which neither
    /// could be shown alone.
    pub groups: Vec<Set>,
    /// A candidate's last trial each.
    pub trials: Vec<Trial>,
}

/// Searches until the deadline.
pub fn search(
    bench: &mut dyn Bench,
    screened: &[Screened],
    rule: &Rule,
    until: Duration,
    random: &mut ChaCha8Rng,
    watch: &dyn Observer,
    subject: &str,
) -> Result<Searched, MeasureError> {
    let began = bench.elapsed();
    let share = |part: f64| began + until.saturating_sub(began).mul_f64(part);
    let pool = pool(bench, screened);
    let spreads: Vec<f64> = screened
        .iter()
        .map(|s| s.comparison.package(bench))
        .filter(|l| l.len() >= 2)
        .map(|l| sd(&l))
        .collect();
    let mut hunt = Hunt::new(bench, rule, random, watch, subject, median(&spreads));
    let ranked: Vec<CandidateIndex> =
        pool.iter().filter(|one| one.score > 0.0).map(|one| one.candidate).collect();
    if let ([only], 1) = (&ranked[..], pool.len()) {
        // Nothing to combine it with, and confirmation decides.
        return Ok(Searched { groups: vec![vec![*only]], trials: Vec::new() });
    }
    let mut set = by_rank(&mut hunt, &ranked, share(RANKED_ENDS))?;
    let crowd = crowd(&hunt, &set, &ranked);
    if crowd.len() > set.len() && !hunt.late(share(RANKED_ENDS)) {
        let rival = eliminate(&mut hunt, crowd, share(ELIMINATE_ENDS))?;
        set = better(&mut hunt, set, rival)?;
    }
    let wider = wider(hunt.bench, screened);
    let set = explore(&mut hunt, set, &wider, share(EXPLORE_ENDS))?;
    let set = refine(&mut hunt, set, share(REFINE_ENDS))?;
    let groups = weigh(&mut hunt, set, share(WEIGH_ENDS))?;
    let groups = runoff(&mut hunt, groups, &ranked, until)?;
    Ok(Searched { groups, trials: hunt.trials() })
}

/// A candidate and its score in screening.
struct Scored {
    candidate: CandidateIndex,
    score: f64,
}

/// What may be combined, bundles first, then by rank; with each candidate's score.
fn pool(bench: &dyn Bench, screened: &[Screened]) -> Vec<Scored> {
    let mut pool: Vec<Scored> = screened
        .iter()
        .filter(|s| s.fate == Fate::Alive && bench.candidate(s.candidate).withheld.is_none())
        .map(|s| Scored { candidate: s.candidate, score: s.score(bench) })
        .collect();
    pool.sort_by(|a, b| {
        let bundle = |one: &Scored| bench.candidate(one.candidate).bundle;
        bundle(b).cmp(&bundle(a)).then(b.score.total_cmp(&a.score))
    });
    pool
}

/// What may help in company: also what screening discarded alone.
fn wider(bench: &dyn Bench, screened: &[Screened]) -> Vec<Touching> {
    screened
        .iter()
        .filter(|s| matches!(s.fate, Fate::Alive | Fate::Discarded))
        .filter(|s| bench.candidate(s.candidate).withheld.is_none())
        .map(|s| Touching { candidate: s.candidate, kernels: s.comparison.kernels.clone() })
        .collect()
}

/// Each in turn, kept while it makes the set faster.
fn by_rank(hunt: &mut Hunt, ranked: &[CandidateIndex], until: Duration) -> Result<Set, MeasureError> {
    if hunt.late(until) {
        // No time for a first step: what screening ranks first is claimed, and confirmation decides.
        return Ok(ranked.iter().take(1).copied().collect());
    }
    let mut set = Set::new();
    for candidate in ranked.iter().copied() {
        if hunt.late(until) {
            break;
        }
        if let Some(rival) = set.iter().find(|kept| hunt.conflict(candidate, **kept)) {
            let reason = format!("conflicts with {}", hunt.name(*rival));
            hunt.tried(candidate, 0.0, reason);
            continue;
        }
        hunt.at(&hunt.name(candidate), until);
        let with = with(&set, &[candidate]);
        let gain = hunt.gain(&set, &with, LAYOUTS)?;
        if gain.worth() {
            hunt.tried(candidate, gain.effect, String::new());
            set = with;
        } else {
            hunt.tried(candidate, gain.effect, gain.reason());
        }
    }
    Ok(set)
}

/// The set found so far and whatever else promised something beside it.
fn crowd(hunt: &Hunt, set: &Set, ranked: &[CandidateIndex]) -> Set {
    let mut crowd = set.clone();
    for candidate in ranked.iter().copied() {
        let fits = !crowd.contains(&candidate) && !crowd.iter().any(|c| hunt.conflict(candidate, *c));
        if fits && crowd.len() < CROWD {
            crowd.push(candidate);
        }
    }
    crowd
}

/// The rival where it is faster than the set, and bars nothing against the base; else the set.
fn better(hunt: &mut Hunt, set: Set, rival: Set) -> Result<Set, MeasureError> {
    let same = |a: &Set, b: &Set| a.len() == b.len() && a.iter().all(|c| b.contains(c));
    if rival.is_empty() || same(&set, &rival) {
        return Ok(set);
    }
    let gain = hunt.gain(&set, &rival, RIVALS)?;
    if !gain.worth() {
        return Ok(set);
    }
    let whole = if set.is_empty() { gain } else { hunt.gain(&Set::new(), &rival, LAYOUTS)? };
    if !whole.worth() {
        return Ok(set);
    }
    for member in &rival {
        hunt.tried(*member, whole.effect / rival.len() as f64, String::new());
    }
    let left: Set = set.iter().copied().filter(|c| !rival.contains(c)).collect();
    for member in left {
        hunt.tried(member, 0.0, "in a set that another one beat".into());
    }
    Ok(rival)
}
