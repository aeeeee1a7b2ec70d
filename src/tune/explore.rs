//! While time is left: pairs that may help where neither does alone, and random restarts.

use super::bench::{CandidateIndex, KernelIndex, MeasureError, Set};
use super::eliminate::eliminate;
use super::hunt::{Hunt, with};
use rand::RngExt;
use rand::seq::SliceRandom;
use std::time::Duration;

/// Layouts that confirm a move at most.
const LAYOUTS: usize = 4;
/// Pairs tried for each restart.
const PAIRS: usize = 5;
/// Members of a random restart at most.
const RESTART: usize = 8;
/// Restarts without a gain after which the search has seen enough, once all pairs were tried.
const IDLE: usize = 20;

/// A candidate and the kernels whose code it changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touching {
    /// The candidate.
    pub candidate: CandidateIndex,
    /// The kernels.
    pub kernels: Vec<KernelIndex>,
}

/// Tries all pairs beside the set, in random order, and random sets against it, until the deadline or until nothing
/// is left to try. Two candidates that change no kernel in common cannot need each other.
pub fn explore(
    hunt: &mut Hunt,
    mut set: Set,
    pool: &[Touching],
    until: Duration,
) -> Result<Set, MeasureError> {
    let mut pairs: Vec<[CandidateIndex; 2]> = Vec::new();
    for (at, one) in pool.iter().enumerate() {
        let meets = |other: &&Touching| other.kernels.iter().any(|k| one.kernels.contains(k));
        pairs.extend(pool[at + 1..].iter().filter(meets).map(|other| [one.candidate, other.candidate]));
    }
    pairs.shuffle(hunt.random);
    let (mut turn, mut idle) = (0, 0);
    while pool.len() >= 2 && !hunt.late(until) && (!pairs.is_empty() || idle < IDLE) {
        turn += 1;
        let pair = if turn % (PAIRS + 1) == 0 { None } else { pairs.pop() };
        let moved = if let Some(pair) = pair {
            let fits = |c: &CandidateIndex| !set.contains(c) && set.iter().all(|s| !hunt.conflict(*c, *s));
            if !pair.iter().all(fits) || hunt.conflict(pair[0], pair[1]) {
                continue;
            }
            attempt(hunt, &set, with(&set, &pair), false, until)?
        } else {
            idle += 1;
            let drawn = draw(hunt, pool);
            attempt(hunt, &set, drawn, true, until)?
        };
        if let Some(better) = moved {
            (set, idle) = (better, 0);
        }
    }
    Ok(set)
}

/// Another set against this one; `None` where it is not better. A restart that is better is thinned out first.
fn attempt(
    hunt: &mut Hunt,
    set: &Set,
    rival: Set,
    thin: bool,
    until: Duration,
) -> Result<Option<Set>, MeasureError> {
    let names: Vec<String> = rival.iter().filter(|c| !set.contains(c)).map(|c| hunt.name(*c)).collect();
    hunt.at(&names.join(" "), until);
    if !hunt.glance(set, &rival)?.worth() {
        return Ok(None);
    }
    let rival = if thin { eliminate(hunt, rival, until)? } else { rival };
    // The first look chose it among many, and so flatters it: a second one decides.
    let gain = hunt.gain(set, &rival, LAYOUTS)?;
    if !gain.worth() {
        return Ok(None);
    }
    let new: Set = rival.iter().copied().filter(|c| !set.contains(c)).collect();
    for member in &new {
        hunt.tried(*member, gain.effect / new.len() as f64, String::new());
    }
    for member in set.iter().filter(|c| !rival.contains(c)) {
        hunt.tried(*member, 0.0, "in a set that another one beat".into());
    }
    Ok(Some(rival))
}

/// A random set of candidates that stand beside each other.
fn draw(hunt: &mut Hunt, pool: &[Touching]) -> Set {
    let wanted = hunt.random.random_range(2..=RESTART);
    let mut order: Set = pool.iter().map(|one| one.candidate).collect();
    order.shuffle(hunt.random);
    let mut drawn = Set::new();
    for candidate in order {
        if drawn.len() < wanted && drawn.iter().all(|c| !hunt.conflict(candidate, *c)) {
            drawn.push(candidate);
        }
    }
    drawn
}
