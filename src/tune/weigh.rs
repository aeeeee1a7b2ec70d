//! The last move of the search: who pulls, and whose pull can be shown.

use super::bench::{MeasureError, Set};
use super::hunt::{Hunt, WORTH, without};
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
pub fn weigh(hunt: &mut Hunt, mut set: Set, until: Duration) -> Result<Vec<Vec<usize>>, MeasureError> {
    if set.len() < 2 {
        return Ok(set.iter().map(|c| vec![*c]).collect());
    }
    let mut pulls: Vec<(usize, f64)> = Vec::new();
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
            pulls.push((member, gain.effect));
        } else {
            hunt.tried(member, gain.effect, format!("kept at first, then: {}", gain.reason()));
            set = rest;
        }
    }
    // Those that time did not reach are taken at their word, as the weakest.
    let unweighed: Vec<usize> = set.iter().copied().filter(|c| !pulls.iter().any(|(m, _)| m == c)).collect();
    pulls.extend(unweighed.into_iter().map(|c| (c, WORTH)));
    pulls.sort_by(|a, b| b.1.total_cmp(&a.1));
    let (mut groups, mut idle) = grouped(&pulls, provable(hunt.noise()));
    if !idle.is_empty() && !hunt.late(until) {
        // Each pulls little while the others are there; together they may be what the strong ones rest on.
        let gain = hunt.gain(&groups.concat(), &set, LAYOUTS)?;
        if gain.worth() {
            idle = paired(&mut groups, idle);
        }
    }
    for member in idle {
        let effect = pulls.iter().find(|(c, _)| *c == member).map_or(0.0, |(_, e)| *e);
        hunt.tried(member, effect, "adds too little to the set to be shown, alone or with another".into());
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
fn grouped(pulls: &[(usize, f64)], least: f64) -> (Vec<Vec<usize>>, Vec<usize>) {
    let (mut groups, mut idle): (Vec<Vec<usize>>, Vec<usize>) = Default::default();
    let strong = pulls.iter().filter(|(_, pull)| *pull >= least).count().max(1).min(pulls.len());
    groups.extend(pulls[..strong].iter().map(|(c, _)| vec![*c]));
    let mut weak = pulls[strong..].to_vec();
    while let Some((last, pull)) = weak.pop() {
        match weak.first().copied() {
            Some((first, other)) if other + pull >= least => {
                groups.push(vec![first, last]);
                weak.remove(0);
            }
            _ => idle.push(last),
        }
    }
    (groups, idle)
}

/// Gives each idle member, strongest first, to a member that stands alone, as a pair; returns those left over.
fn paired(groups: &mut [Vec<usize>], mut idle: Vec<usize>) -> Vec<usize> {
    for group in groups.iter_mut().filter(|g| g.len() == 1) {
        group.extend(idle.pop());
    }
    idle
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strong_stand_alone_and_the_weak_in_pairs() {
        let (groups, idle) = grouped(&[(1, 5.0), (2, 3.0), (3, 1.5), (4, 1.2), (5, 0.6), (6, 0.2)], 2.0);
        assert_eq!(groups, [vec![1], vec![2], vec![3, 5]]);
        assert_eq!(idle, [6, 4]);
        let (groups, idle) = grouped(&[(7, 0.5)], 2.0);
        assert_eq!((groups, idle), (vec![vec![7]], vec![]));
    }

    #[test]
    fn what_the_strong_rest_on_is_paired_with_them() {
        let mut groups = vec![vec![1], vec![2, 3], vec![4]];
        assert_eq!(paired(&mut groups, vec![9, 8, 7]), [9]);
        assert_eq!(groups, [vec![1, 7], vec![2, 3], vec![4, 8]]);
    }

    #[test]
    fn noise_raises_what_must_be_shown() {
        assert!(provable(2.0) > provable(1.0));
        assert_eq!(provable(0.0), 0.0);
    }
}
