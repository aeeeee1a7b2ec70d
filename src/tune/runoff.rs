//! The last step of the search: what was put together step by step and the best single candidates run against the base side by
//! side, and the better half goes on to further layouts (successive halving: Jamieson and Talwalkar, "Non-stochastic Best Arm
//! Identification and Hyperparameter Optimization", AISTATS 2016). Steps judged one by one on few layouts may each have been
//! lucky, and what leads after two layouts is often not the best: one claim alone is confirmed, so that it must be the right one.

use super::bench::{CandidateIndex, MeasureError, Phase, Set};
use super::compare::{Comparison, further_layouts};
use super::hunt::{Gain, Hunt, WORTH};
use std::time::Duration;

/// Further layouts of each entrant in each heat; the first are measured in any case.
const HEATS: [usize; 4] = [2, 2, 4, 6];
/// Single candidates that run beside the set.
const SINGLES: usize = 5;

/// What runs: a set in its groups, and how it did so far.
struct Entrant {
    groups: Vec<Set>,
    comparison: Comparison,
    gain: Gain,
}

/// The set in `groups`, or the best of the single candidates `ranked` that beats it, or nothing where none beats the base.
pub fn runoff(
    hunt: &mut Hunt,
    groups: Vec<Set>,
    ranked: &[CandidateIndex],
    until: Duration,
) -> Result<Vec<Set>, MeasureError> {
    let set = groups.concat();
    if hunt.late(until) {
        return Ok(groups);
    }
    let singles = ranked.iter().filter(|c| set != [**c]).take(SINGLES).map(|c| vec![vec![*c]]);
    let wanted: Vec<Vec<Set>> = std::iter::once(groups).filter(|g| !g.is_empty()).chain(singles).collect();
    let mut running = Vec::new();
    for groups in wanted {
        match Comparison::of(hunt.bench, Set::new(), groups.concat()) {
            Ok(comparison) if !comparison.kernels.is_empty() => {
                running.push(Entrant { groups, comparison, gain: Gain::default() });
            }
            Err((_, trouble)) if trouble.ends_run() => return Err(trouble),
            _ => {}
        }
    }
    for (heat, layouts) in HEATS.into_iter().enumerate() {
        if running.is_empty() || (heat > 0 && hunt.late(until)) {
            break;
        }
        hunt.at(&format!("the best {} against the base", running.len()), until);
        let mut timed: Vec<&mut Comparison> = running.iter_mut().map(|one| &mut one.comparison).collect();
        further_layouts(hunt.bench, &mut timed, Phase::Screen, layouts, hunt.random)?;
        for one in &mut running {
            one.gain = hunt.judged(&one.comparison);
        }
        running.sort_by(|one, other| fitness(other).total_cmp(&fitness(one)));
        let half = running.len().div_ceil(2);
        for out in running.split_off(half) {
            retire(hunt, &out, &set);
        }
    }
    let refuted = |gain: &Gain| gain.bar.is_some() || gain.effect + gain.error < WORTH;
    let winner = (!running.is_empty()).then(|| running.swap_remove(0)).filter(|one| !refuted(&one.gain));
    let Some(winner) = winner else {
        for member in &set {
            hunt.tried(*member, 0.0, "in a set that does not beat the base".into());
        }
        return Ok(Vec::new());
    };
    if winner.groups.concat() != set {
        for member in winner.groups.concat() {
            hunt.tried(member, winner.gain.effect, String::new());
        }
    }
    Ok(winner.groups)
}

/// What entrants are ranked by: the effect, and last of all what is barred.
fn fitness(one: &Entrant) -> f64 {
    if one.gain.bar.is_some() { f64::NEG_INFINITY } else { one.gain.effect }
}

/// Records what became of an entrant that runs no further.
fn retire(hunt: &mut Hunt, out: &Entrant, set: &Set) {
    let members = out.groups.concat();
    let why = match &out.gain.bar {
        Some(bar) => bar.clone(),
        None => format!("{:+.1} against the base, where another set did better", out.gain.effect),
    };
    for member in members.iter().filter(|m| members == *set || !set.contains(m)) {
        hunt.tried(*member, out.gain.effect, why.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Rule, Silent};
    use crate::tune::{FakeBench, random};

    /// The winner of a bench with a spread between layouts of one, in which the first two candidates are good alone and bad
    /// together.
    fn winner(groups: &[&[usize]], truth: fn(&Set) -> f64) -> Vec<Vec<usize>> {
        let mut bench = FakeBench::new(&[1.0], &["-a", "-b", "-c"]);
        bench.truth = Box::new(move |_, set| truth(set));
        let (rule, mut draws) = (Rule::default(), random(3, "runoff"));
        let mut hunt = Hunt::new(&mut bench, &rule, &mut draws, &Silent, "p", 0.5);
        let groups = groups.iter().map(|g| g.iter().copied().map(CandidateIndex).collect()).collect();
        let found = runoff(&mut hunt, groups, &[2, 0, 1].map(CandidateIndex), Duration::MAX).unwrap();
        found.iter().map(|g| g.iter().map(|c| c.0).collect()).collect()
    }

    fn clash(set: &Set) -> f64 {
        match set[..] {
            [] => 0.0,
            [CandidateIndex(0)] => 6.0,
            [CandidateIndex(1)] => 2.0,
            [CandidateIndex(2)] => -4.0,
            _ => -8.0,
        }
    }

    #[test]
    fn a_set_that_does_not_beat_the_base_gives_way_to_the_best_that_does() {
        assert_eq!(winner(&[&[0], &[1]], clash), [[0]]);
        assert_eq!(winner(&[&[1]], clash), [[0]]);
        assert_eq!(winner(&[], clash), [[0]]);
        assert!(winner(&[&[0], &[1]], |set| -(set.len() as f64)).is_empty());
        assert!(winner(&[], |set| -(set.len() as f64)).is_empty());
    }

    #[test]
    fn a_set_that_is_best_stays_in_its_groups() {
        assert_eq!(winner(&[&[0, 1], &[2]], |set| 3.0 * set.len() as f64), [vec![0, 1], vec![2]]);
    }
}
