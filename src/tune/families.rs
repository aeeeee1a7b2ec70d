//! Candidates that share an option: `-funroll-loops`, and each limit of unrolling that comes with it. Where a group draws half of all
//! candidates one by one, nearly every group has one of five that unroll, so that what unrolling does shows in none. So a family is
//! absent from half of the groups, and the option that its members share is a factor of its own.

use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet};

/// Which candidates of a pool share options, each candidate by its place in the pool.
#[derive(Clone, Debug, Default)]
pub(super) struct Families {
    /// For each shared option the candidates that have it.
    shared: Vec<Vec<usize>>,
    /// For each candidate the number of its family, which is the least place in it.
    family: Vec<usize>,
}

impl Families {
    /// The families among candidates by their options; options of `base` are there in any case and make none.
    pub(super) fn of(options: &[Vec<String>], base: &[String]) -> Families {
        let mut having: BTreeMap<&String, BTreeSet<usize>> = BTreeMap::new();
        for (at, options) in options.iter().enumerate() {
            for option in options.iter().filter(|o| !base.contains(o)) {
                having.entry(option).or_default().insert(at);
            }
        }
        let shared: Vec<Vec<usize>> =
            having.into_values().filter(|all| all.len() > 1).map(|all| all.into_iter().collect()).collect();
        let mut family: Vec<usize> = (0..options.len()).collect();
        for all in &shared {
            let least = all.iter().map(|at| family[*at]).min().unwrap_or_default();
            let joined: Vec<usize> = all.iter().map(|at| family[*at]).collect();
            family.iter_mut().filter(|f| joined.contains(f)).for_each(|f| *f = least);
        }
        Families { shared, family }
    }

    /// Candidates that a group does without: those of a drawn half of the families with more than one member.
    pub(super) fn absent(&self, random: &mut ChaCha8Rng) -> Vec<bool> {
        let crowded: BTreeSet<usize> = self.shared.iter().flatten().map(|at| self.family[*at]).collect();
        let out: BTreeSet<usize> = crowded.into_iter().filter(|_| random.random::<bool>()).collect();
        self.family.iter().map(|family| out.contains(family)).collect()
    }

    /// The factors of a group: its members, and the shared options that it has.
    pub(super) fn factors(&self, members: &[bool]) -> Vec<bool> {
        let shared = self.shared.iter().map(|all| all.iter().any(|at| members[*at]));
        members.iter().copied().chain(shared).collect()
    }

    /// How likely each factor is to act: a shared option as its likeliest member.
    pub(super) fn prior(&self, prior: &[f64]) -> Vec<f64> {
        let shared = self.shared.iter().map(|all| all.iter().map(|at| prior[*at]).fold(0.0, f64::max));
        prior.iter().copied().chain(shared).collect()
    }

    /// The effect of each candidate: its own factor's and those of its shared options.
    pub(super) fn credited(&self, factors: &[f64]) -> Vec<f64> {
        let (own, options) = factors.split_at(self.family.len());
        let mut effects = own.to_vec();
        for (all, effect) in self.shared.iter().zip(options) {
            all.iter().for_each(|at| effects[*at] += effect);
        }
        effects
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tune::random;

    fn families(base: &[String]) -> Families {
        let of = |text: &str| text.split(' ').map(String::from).collect();
        let options: Vec<Vec<String>> =
            ["-m -u", "-a", "-u", "-u -p", "-p -q", "-m -b"].into_iter().map(of).collect();
        Families::of(&options, base)
    }

    #[test]
    fn options_that_are_shared_join_candidates_into_families() {
        assert_eq!(families(&[]).family, [0, 1, 0, 0, 0, 0]);
        // What the base has already joins nobody.
        assert_eq!(families(&["-m".into()]).family, [0, 1, 0, 0, 0, 5]);
    }

    #[test]
    fn a_family_is_absent_as_a_whole_and_in_half_of_the_groups() {
        let (families, mut random) = (families(&[]), random(1, "families"));
        let drawn: Vec<Vec<bool>> = (0..400).map(|_| families.absent(&mut random)).collect();
        assert!(drawn.iter().all(|out| !out[1] && out[0] == out[2] && out[0] == out[5]));
        let absent = drawn.iter().filter(|out| out[0]).count();
        assert!((150..250).contains(&absent), "{absent} of 400");
    }

    #[test]
    fn a_shared_option_is_a_factor_whose_effect_its_members_have() {
        let families = families(&["-m".into()]);
        // -p of two, and -u of three.
        assert_eq!(families.factors(&[false, true, false, true, false, false])[6..], [true, true]);
        assert_eq!(families.factors(&[false, true, true, false, false, true])[6..], [false, true]);
        assert_eq!(families.prior(&[1.0, 1.0, 2.0, 1.0, 3.0, 9.0])[6..], [3.0, 2.0]);
        let effects = families.credited(&[0.0, 1.0, 0.0, 0.5, 0.0, 0.0, 2.0, 6.0]);
        assert_eq!(effects, [6.0, 1.0, 6.0, 8.5, 2.0, 0.0]);
    }
}
