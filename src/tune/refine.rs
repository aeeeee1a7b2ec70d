//! Values are searched as values: from the one that a row names by doubling and halving, as long as that gains.

use super::bench::{Candidate, CandidateIndex, MeasureError, Set};
use super::hunt::Hunt;
use std::time::Duration;

/// Layouts that a step is judged on at most.
const LAYOUTS: usize = 4;
/// Steps in one direction at most.
const STEPS: usize = 3;
/// Largest value that is tried.
const LARGEST: u64 = 1 << 20;

/// Moves the value of each member that has one, until the deadline. A value that the compiler does not take is no step.
pub fn refine(hunt: &mut Hunt, mut set: Set, until: Duration) -> Result<Set, MeasureError> {
    for at in 0..set.len() {
        for twice in [true, false] {
            for _ in 0..STEPS {
                if hunt.late(until) {
                    return Ok(set);
                }
                let Some(stepped) = step(hunt.bench.candidate(set[at]), twice) else { break };
                let known = hunt.bench.candidates().iter().position(|c| c.flags == stepped.flags);
                let next = known.map(CandidateIndex).unwrap_or_else(|| hunt.bench.add(stepped));
                let mut rival = set.clone();
                rival[at] = next;
                hunt.at(&hunt.name(next), until);
                let gain = hunt.gain(&set, &rival, LAYOUTS)?;
                if !gain.worth() {
                    hunt.tried(next, gain.effect, gain.reason());
                    break;
                }
                hunt.tried(set[at], 0.0, format!("{} is better", hunt.name(next)));
                hunt.tried(next, gain.effect, String::new());
                set = rival;
            }
        }
    }
    Ok(set)
}

/// The same candidate with twice or half its value; `None` where its first word has no number or the step leaves the range.
fn step(candidate: &Candidate, twice: bool) -> Option<Candidate> {
    let word = candidate.flags.compile.first()?;
    let (option, value) = word.rsplit_once('=')?;
    let value: u64 = value.parse().ok()?;
    let next = if twice { value.checked_mul(2)? } else { value / 2 };
    if next == value || next == 0 || next > LARGEST {
        return None;
    }
    let mut stepped = candidate.clone();
    stepped.flags.compile[0] = format!("{option}={next}");
    Some(stepped)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Rule, Silent};
    use crate::tune::{FakeBench, random};

    #[test]
    fn a_value_moves_while_that_gains_and_no_further() {
        let mut bench = FakeBench::new(&[1.0], &["--param=max-unroll-times=4", "-b"]);
        // Sixteen is best: 4, 6, 9 for 4, 8, 16 and 2 for 32. Which index a value has is known by the order of its coming.
        bench.truth = Box::new(|_, set| {
            set.iter().map(|c| [4.0, 1.0, 6.0, 9.0, 2.0, 3.0, 3.0].get(c.0).copied().unwrap_or(0.0)).sum()
        });
        let (rule, mut draws) = (Rule::default(), random(3, "refine"));
        let mut hunt = Hunt::new(&mut bench, &rule, &mut draws, &Silent, "p", 0.3);
        let set = refine(&mut hunt, vec![CandidateIndex(0), CandidateIndex(1)], Duration::MAX).unwrap();
        let names: Vec<String> = set.iter().map(|c| hunt.name(*c)).collect();
        assert_eq!(names, ["--param=max-unroll-times=16", "-b"]);
    }
}
