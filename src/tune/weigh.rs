//! The last move of the search: who pulls, and whose pull can be shown.

use super::bench::{CandidateIndex, MeasureError, Set};
use super::hunt::{Hunt, Pull, WORTH, without};
use crate::experiment::ALPHA;
use crate::experiment::stats::t_quantile;
use std::time::Duration;

/// Layouts a member is weighed on at most.
const LAYOUTS: usize = 6;
/// Layouts on which confirmation measures a member's contribution where the time is as usual.
const LAYOUTS_OF_A_MEMBER: usize = 16;

/// Weighs every member, weakest first by turns, and leaves out those that do not pull. Members whose pull is real but too
/// small to be shown alone are joined in pairs, whose joint removal can be. Returns the groups,
/// strongest first.
pub fn weigh(hunt: &mut Hunt, mut set: Set, until: Duration) -> Result<Vec<Set>, MeasureError> {
    if set.len() < 2 {
        return Ok(set.iter().map(|c| vec![*c]).collect());
    }
    let mut pulls: Vec<Pull> = Vec::new();
    // What was added last was chosen last and is doubted first.
    for member in set.clone().into_iter().rev() {
        if set.len() < 2 || hunt.late(until) {
            break;
        }
        hunt.at(&format!("without {}", hunt.name(member)), until);
        let rest = without(&set, &[member]);
        let gain = hunt.gain(&rest, &set, LAYOUTS)?;
        // Whether a pull can be shown is asked below; here goes what pulls too little to be looked for.
        if gain.bar.is_none() && !gain.same && gain.effect >= WORTH {
            pulls.push(Pull { member, effect: gain.effect });
        } else {
            hunt.tried(member, gain.effect, format!("kept at first, then: {}", gain.reason()));
            set = rest;
        }
    }
    // Those that time did not reach are taken at their word: what each added when it was taken in. The first taken in, which is
    // usually the strongest, is the last to be weighed.
    let unweighed: Set = set.iter().copied().filter(|c| !pulls.iter().any(|p| p.member == *c)).collect();
    pulls.extend(unweighed.into_iter().map(|member| Pull { member, effect: hunt.added(member).max(WORTH) }));
    pulls.sort_by(|a, b| b.effect.total_cmp(&a.effect));
    let (mut groups, mut idle) = grouped(&pulls, provable(hunt.noise()));
    if idle.is_empty() {
        return Ok(groups);
    }
    // Each pulls little while the others are there; together they may be what the strong ones rest on: two that do the same
    // work hide each other. Nobody goes unheard: where the time is over, confirmation weighs them as one group.
    let kept = hunt.late(until) || hunt.gain(&groups.concat(), &set, LAYOUTS)?.worth();
    if kept {
        idle = paired(&mut groups, idle);
        if hunt.late(until) && !idle.is_empty() {
            groups.push(std::mem::take(&mut idle));
        }
    }
    let why = match hunt.late(until) {
        true => {
            "left out of the set: it overlaps with the others, and the time ran out before it was tried apart from them"
        }
        false => "adds too little to the set to be shown, alone or with another",
    };
    for member in idle {
        let effect = pulls.iter().find(|p| p.member == member).map_or(0.0, |p| p.effect);
        hunt.tried(member, effect, why.into());
    }
    Ok(groups)
}

/// The least pull that confirmation could show above 0 with as many layouts as a contribution usually gets, at a spread
/// between layouts. Contributions are claimed one after another, each at half of alpha.
fn provable(noise: f64) -> f64 {
    t_quantile(1.0 - ALPHA / 4.0, LAYOUTS_OF_A_MEMBER - 1) * noise / (LAYOUTS_OF_A_MEMBER as f64).sqrt()
}

/// Groups of one whose pull can be shown, pairs of the others, strongest with weakest, and those left over. At least
/// the strongest member is always a group.
fn grouped(pulls: &[Pull], least: f64) -> (Vec<Set>, Vec<CandidateIndex>) {
    let (mut groups, mut idle): (Vec<Set>, Vec<CandidateIndex>) = Default::default();
    let strong = pulls.iter().filter(|p| p.effect >= least).count().max(1).min(pulls.len());
    groups.extend(pulls[..strong].iter().map(|p| vec![p.member]));
    let mut weak = pulls[strong..].to_vec();
    while let Some(last) = weak.pop() {
        match weak.first().copied() {
            Some(first) if first.effect + last.effect >= least => {
                groups.push(vec![first.member, last.member]);
                weak.remove(0);
            }
            _ => idle.push(last.member),
        }
    }
    (groups, idle)
}

/// Gives each idle member, strongest first, to a member that stands alone, as a pair; returns those left over.
fn paired(groups: &mut [Set], mut idle: Vec<CandidateIndex>) -> Vec<CandidateIndex> {
    for group in groups.iter_mut().filter(|g| g.len() == 1) {
        group.extend(idle.pop());
    }
    idle
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Rule, Silent};
    use crate::tune::{FakeBench, random};

    fn set(places: &[usize]) -> Set {
        places.iter().copied().map(CandidateIndex).collect()
    }

    fn pulls(all: &[(usize, f64)]) -> Vec<Pull> {
        all.iter().map(|(at, effect)| Pull { member: CandidateIndex(*at), effect: *effect }).collect()
    }

    #[test]
    fn the_strong_stand_alone_and_the_weak_in_pairs() {
        let all = pulls(&[(1, 5.0), (2, 3.0), (3, 1.5), (4, 1.2), (5, 0.6), (6, 0.2)]);
        let (groups, idle) = grouped(&all, 2.0);
        assert_eq!(groups, [set(&[1]), set(&[2]), set(&[3, 5])]);
        assert_eq!(idle, set(&[6, 4]));
        let (groups, idle) = grouped(&pulls(&[(7, 0.5)]), 2.0);
        assert_eq!((groups, idle), (vec![set(&[7])], vec![]));
    }

    #[test]
    fn what_the_strong_rest_on_is_paired_with_them() {
        let mut groups = [set(&[1]), set(&[2, 3]), set(&[4])];
        assert_eq!(paired(&mut groups, set(&[9, 8, 7])), set(&[9]));
        assert_eq!(groups, [set(&[1, 7]), set(&[2, 3]), set(&[4, 8])]);
    }

    /// Ten milliseconds are enough to weigh one of two, the one taken in last.
    #[test]
    fn what_time_does_not_reach_is_taken_for_what_it_added() {
        let mut bench = FakeBench::new(&[1.0], &["-O3", "-a"]);
        (bench.layout_sd, bench.pair_sd) = (0.1, 0.1);
        bench.truth = Box::new(|_, set| set.iter().map(|c| [4.0, 1.5][c.0]).sum());
        let (rule, mut draws) = (Rule::default(), random(3, "weigh"));
        let mut hunt = Hunt::new(&mut bench, &rule, &mut draws, &Silent, "p", 0.1);
        hunt.tried(CandidateIndex(0), 4.0, String::new());
        hunt.tried(CandidateIndex(1), 1.5, String::new());
        let groups = weigh(&mut hunt, set(&[0, 1]), Duration::from_millis(10)).unwrap();
        assert_eq!(groups, [set(&[0]), set(&[1])]);
    }

    #[test]
    fn noise_raises_what_must_be_shown() {
        assert!(provable(2.0) > provable(1.0));
        assert_eq!(provable(0.0), 0.0);
    }
}
