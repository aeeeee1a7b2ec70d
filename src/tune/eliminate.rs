//! Combined Elimination: from a large set to those members whose removal costs something.

use super::bench::{CandidateIndex, MeasureError, Set};
use super::hunt::{Hunt, Pull, WORTH, without};
use std::time::Duration;

/// Layouts on which a member's contribution is judged at most.
const LAYOUTS: usize = 3;

/// Takes members out until each that is left makes the set faster, or the time is over. A round measures every
/// member's pull; the weakest goes, and the others that seemed weak are measured again against what is then left, since
/// two that do the same thing both look idle.
pub fn eliminate(hunt: &mut Hunt, mut set: Set, until: Duration) -> Result<Set, MeasureError> {
    loop {
        let mut pulls: Vec<Pull> = Vec::new();
        for member in set.clone() {
            if hunt.late(until) {
                return Ok(set);
            }
            match pull(hunt, &set, member, until)? {
                // Its removal leaves the code unchanged: it goes at once.
                None => set = without(&set, &[member]),
                Some(effect) => pulls.push(Pull { member, effect }),
            }
        }
        pulls.sort_by(|a, b| a.effect.total_cmp(&b.effect));
        let weak: Set = pulls.iter().filter(|p| p.effect < WORTH).map(|p| p.member).collect();
        let Some((weakest, others)) = weak.split_first() else { return Ok(set) };
        set = without(&set, &[*weakest]);
        for member in others {
            if hunt.late(until) {
                return Ok(set);
            }
            if pull(hunt, &set, *member, until)?.is_none_or(|effect| effect < WORTH) {
                set = without(&set, &[*member]);
            }
        }
        if set.len() < 2 {
            return Ok(set);
        }
    }
}

/// What a member adds to the set; `None` where it changes no code in it. Least of all where the two cannot be compared,
/// or where it makes a kernel slower: such a member goes first.
fn pull(
    hunt: &mut Hunt,
    set: &Set,
    member: CandidateIndex,
    until: Duration,
) -> Result<Option<f64>, MeasureError> {
    hunt.at(&format!("without {}", hunt.name(member)), until);
    let gain = hunt.gain(&without(set, &[member]), set, LAYOUTS)?;
    Ok(match gain.bar {
        _ if gain.same => None,
        Some(_) => Some(f64::NEG_INFINITY),
        None => Some(gain.effect),
    })
}
