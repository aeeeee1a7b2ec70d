//! Confirmation: fresh links, processes and data. What is claimed, and in which order, is fixed before the first look.
//!
//! The set against the base is the primary claim and may spend the whole error alpha. Only once it is shown to help does
//! it hand its alpha on (gatekeeping): half of it to the contributions of its groups of members, which are claimed one after
//! another until one cannot be shown, and half to its strongest member alone, which is claimed where that happens (Bretz
//! et al., "A graphical approach to sequentially rejective multiple test procedures", Statistics in Medicine 2009; with
//! several looks each: Glimm, Maurer and Bretz, "Hierarchical testing of multiple endpoints in group-sequential trials",
//! Statistics in Medicine 2010). So they cost the set nothing. Single candidates are a family of their own, which shares
//! another alpha, and are never written.

use super::bench::{Bench, CandidateIndex, KernelIndex, MeasureError, Phase, Set};
use super::claims::{Claim, Claimed, sides};
use super::compare::{Comparison, further_layouts};
use super::pacing::{ENOUGH, afforded, of_members};
use crate::experiment::stats::mean;
use crate::experiment::{FEWEST, MOST, Observer, Rule, Sequential, shared};
use crate::profile::Verdict;
use rand::rngs::ChaCha8Rng;
use std::time::Duration;

/// Single candidates confirmed beside the set at most.
const EXTRAS: usize = 12;
/// Shares of the time that the set leaves to single candidates and to its members, where there are any.
const ALONE_SHARE: f64 = 0.50;
const MEMBERS_SHARE: f64 = 0.35;
/// The control is measured in every fifth layout of the set.
const CONTROL_EVERY: usize = 5;
/// Half an interval this wide, as a share of the margin, is sharp enough where other claims wait for the time, and where none does.
const SHARP_AMONG_OTHERS: f64 = 0.25;
const SHARP: f64 = 0.1;
/// The same as a share of the effect itself, among others: 24 ± 1 says all there is to be decided.
const SHARP_OF_EFFECT: f64 = 0.04;

/// A confirmation and its constants.
#[derive(Clone, Debug)]
pub struct Confirmation {
    /// The set that was claimed, strongest member first.
    pub set: Set,
    /// The set in the groups whose contribution was claimed.
    pub groups: Vec<Set>,
    /// All claims that were measured or decided.
    pub claims: Vec<Claimed>,
    /// Members that the search kept and that the time was too short to claim.
    pub unclaimed: Vec<CandidateIndex>,
    /// True when the user ended it.
    pub interrupted: bool,
}

impl Confirmation {
    /// The claim of a kind.
    pub fn claim(&self, wanted: &Claim) -> Option<&Claimed> {
        self.claims.iter().find(|c| c.claim == *wanted)
    }
}

/// How a subject is confirmed.
#[derive(Clone, Copy)]
pub struct Confirming<'a> {
    /// The constants of the rule.
    pub rule: &'a Rule,
    /// When the time is over, on the bench's clock.
    pub until: Duration,
    /// Receives the progress.
    pub watch: &'a dyn Observer,
    /// The subject's name.
    pub subject: &'a str,
}

/// When a claim is measured no further.
#[derive(Clone, Copy)]
struct Ending {
    /// When its time is over, on the bench's clock.
    until: Duration,
    /// The half-width that is sharp enough where it is conclusive.
    sharp: f64,
    /// The same as a share of the effect.
    of_effect: f64,
}

/// Claims the set made of `groups`, strongest first, and the candidates `alone`, and measures them until the time is over.
/// A user who ends it keeps what was measured.
pub fn confirm(
    bench: &mut dyn Bench,
    mut groups: Vec<Set>,
    alone: &[CandidateIndex],
    confirming: Confirming<'_>,
    random: &mut ChaCha8Rng,
) -> Result<Confirmation, MeasureError> {
    let unclaimed = confirming.affordable(bench, &mut groups);
    let set = groups.concat();
    let claims = Vec::new();
    let mut confirmation = Confirmation { set, groups, claims, unclaimed, interrupted: false };
    match confirming.all(bench, &mut confirmation, alone, random) {
        Err(MeasureError::Interrupted) => confirmation.interrupted = true,
        other => other?,
    }
    Ok(confirmation)
}

/// Confirms candidates alone on kernels that are given and not found by comparing code: the same looks and rule on builds
/// that may well be the same. For the self-test.
pub fn confirm_blind(
    bench: &mut dyn Bench,
    candidates: &[CandidateIndex],
    kernels: &[KernelIndex],
    confirming: Confirming<'_>,
    random: &mut ChaCha8Rng,
) -> Result<Vec<Claimed>, MeasureError> {
    let alpha = shared(confirming.rule.alpha, candidates.len());
    let planned =
        confirming.planned(bench, &vec![kernels; candidates.len()], Phase::Confirm, confirming.until);
    let claim = |c: &CandidateIndex| {
        let comparison = Comparison::new(Set::new(), vec![*c], kernels.to_vec());
        Claimed::new(Claim::Alone(*c), comparison, Sequential::new(alpha, planned))
    };
    let mut claims: Vec<Claimed> = candidates.iter().map(claim).collect();
    confirming.measure(bench, &mut claims, Phase::Confirm, confirming.until, random)?;
    Ok(claims)
}

impl Confirming<'_> {
    fn all(
        &self,
        bench: &mut dyn Bench,
        confirmation: &mut Confirmation,
        alone: &[CandidateIndex],
        random: &mut ChaCha8Rng,
    ) -> Result<(), MeasureError> {
        let (set, groups) = (confirmation.set.clone(), confirmation.groups.clone());
        let alpha = self.rule.alpha;
        let mut singles = Vec::new();
        for candidate in alone.iter().filter(|c| set != [**c]).take(EXTRAS) {
            let claim = Claim::Alone(*candidate);
            let (both, design) = (sides(&claim, &set), Sequential::new(alpha, FEWEST));
            singles.push(Claimed::of(bench, claim, both, design)?);
        }
        let left = self.until.saturating_sub(bench.elapsed());
        // Members without a first look would take the whole set with them: that much is theirs before anybody else's.
        let least = of_members(bench, groups.len(), FEWEST as u32);
        let for_singles = afforded(bench, &mut singles, left.saturating_sub(least).mul_f64(ALONE_SHARE));
        let share = left.saturating_sub(for_singles).mul_f64(MEMBERS_SHARE).max(least);
        let for_members = of_members(bench, groups.len(), ENOUGH).min(share);

        let until = self.until.saturating_sub(for_singles + for_members);
        let waiting = !for_singles.is_zero() || groups.len() >= 2;
        let sharp = self.rule.margin * if waiting { SHARP_AMONG_OTHERS } else { SHARP };
        let of_effect = if waiting { SHARP_OF_EFFECT } else { 0.0 };
        self.primary(bench, &set, Ending { until, sharp, of_effect }, &mut confirmation.claims, random)?;
        let until = self.until.saturating_sub(for_singles);
        self.members(bench, &set, &groups, until, &mut confirmation.claims, random)?;
        let measured = self.family(bench, &mut singles, random);
        confirmation.claims.extend(singles);
        measured
    }

    /// The set against the base, and the control beside it.
    fn primary(
        &self,
        bench: &mut dyn Bench,
        set: &Set,
        Ending { until, sharp, of_effect }: Ending,
        claims: &mut Vec<Claimed>,
        random: &mut ChaCha8Rng,
    ) -> Result<(), MeasureError> {
        let every = bench.kernels();
        let alpha = self.rule.alpha;
        let control = Comparison::new(Set::new(), Set::new(), every.clone());
        claims.push(Claimed::new(Claim::Control, control, Sequential::new(alpha, FEWEST)));
        if set.is_empty() {
            // Without a set the control alone says whether the machine can be believed.
            let until = until.min(bench.elapsed() + bench.cost(&every, Phase::Control) * FEWEST as u32 * 2);
            return self.measure(bench, claims, Phase::Confirm, until, random);
        }
        let both = sides(&Claim::Set, set);
        let mut primary = Claimed::of(bench, Claim::Set, both, Sequential::new(alpha, FEWEST))?;
        let layout = bench.cost(&primary.comparison.kernels, Phase::Confirm)
            + bench.cost(&every, Phase::Control) / CONTROL_EVERY as u32;
        let time = until.saturating_sub(bench.elapsed());
        let planned = (time.as_secs_f64() / layout.as_secs_f64().max(1e-6)) as usize;
        // More than is expected to fit: a layout that takes less than was thought leaves no time unused, and where the time
        // ends the design, the last look takes what is left of alpha.
        primary.design = Sequential::new(alpha, (planned * 5 / 4).clamp(FEWEST, MOST));
        claims.push(primary);
        let [.., control, primary] = &mut claims[..] else { return Ok(()) };
        while !primary.decided {
            let ahead = primary.design.next_look().saturating_sub(primary.comparison.layouts());
            let rounds = self.rounds(bench, &[primary], Phase::Confirm, ahead, until);
            if rounds > 0 {
                let due = primary.comparison.layouts() + rounds;
                self.tell(bench, primary, until);
                further_layouts(bench, &mut [&mut primary.comparison], Phase::Confirm, rounds, random)?;
                let beside = due.div_ceil(CONTROL_EVERY).saturating_sub(control.comparison.layouts());
                further_layouts(bench, &mut [&mut control.comparison], Phase::Control, beside, random)?;
            }
            let late = rounds == 0;
            let reached = primary.comparison.layouts() >= primary.design.next_look();
            let last = late || primary.comparison.layouts() >= primary.design.planned();
            if reached || late || primary.comparison.trouble.is_some() {
                let effect = mean(&primary.comparison.package(bench)).abs();
                primary.look(bench, self.rule, last, sharp.max(of_effect * effect));
            }
            if late {
                break;
            }
        }
        let missing = FEWEST.saturating_sub(control.comparison.layouts());
        let rounds = self.rounds(bench, &[control], Phase::Control, missing, until);
        further_layouts(bench, &mut [&mut control.comparison], Phase::Control, rounds, random)?;
        control.look(bench, self.rule, true, 0.0);
        Ok(())
    }

    /// Each group's contribution until one cannot be shown, then the strongest member alone.
    fn members(
        &self,
        bench: &mut dyn Bench,
        set: &Set,
        groups: &[Set],
        until: Duration,
        claims: &mut Vec<Claimed>,
        random: &mut ChaCha8Rng,
    ) -> Result<(), MeasureError> {
        let helps = claims
            .iter()
            .find(|c| c.claim == Claim::Set)
            .is_some_and(|c| c.verdict == Verdict::Helps && c.vetoed(bench, self.rule).is_none());
        if !helps || groups.len() < 2 {
            return Ok(());
        }
        for (done, group) in groups.iter().enumerate() {
            let left = (groups.len() + 1 - done) as u32;
            let claim = Claim::Without(group.clone());
            let (one, measured) = self.member(bench, claim, set, (until, left), random)?;
            let shown = one.contributes();
            claims.push(one);
            measured?;
            if !shown {
                let (core, measured) = self.member(bench, Claim::Core, set, (until, 1), random)?;
                claims.push(core);
                return measured;
            }
        }
        Ok(())
    }

    /// One claim about members, which gets an equal share of the time until a moment with those that are left. It comes with
    /// the error that ended it early, if one did: what was measured until then is kept.
    fn member(
        &self,
        bench: &mut dyn Bench,
        claim: Claim,
        set: &Set,
        (until, left): (Duration, u32),
        random: &mut ChaCha8Rng,
    ) -> Result<(Claimed, Result<(), MeasureError>), MeasureError> {
        let alpha = shared(self.rule.alpha, 2);
        let (both, core) = (sides(&claim, set), claim == Claim::Core);
        let mut one = Claimed::of(bench, claim, both, Sequential::new(alpha, FEWEST))?;
        let until = bench.elapsed() + until.saturating_sub(bench.elapsed()) / left.max(1);
        one.design =
            Sequential::new(alpha, self.planned(bench, &[&one.comparison.kernels], Phase::Confirm, until));
        let measured = self.contribution(bench, &mut one, core, until, random);
        Ok((one, measured))
    }

    fn contribution(
        &self,
        bench: &mut dyn Bench,
        one: &mut Claimed,
        core: bool,
        until: Duration,
        random: &mut ChaCha8Rng,
    ) -> Result<(), MeasureError> {
        while !one.decided {
            let ahead = one.design.next_look().saturating_sub(one.comparison.layouts());
            let rounds = self.rounds(bench, &[one], Phase::Confirm, ahead, until);
            self.tell(bench, one, until);
            further_layouts(bench, &mut [&mut one.comparison], Phase::Confirm, rounds, random)?;
            let last = rounds == 0 || one.comparison.layouts() >= one.design.planned();
            if last || one.comparison.layouts() >= one.design.next_look() || one.comparison.trouble.is_some()
            {
                one.look(bench, self.rule, last, f64::INFINITY);
                one.decided |= !core && one.contributes();
            }
            if rounds == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Single candidates: a family that shares its alpha. What becomes conclusive leaves its time to the others.
    fn family(
        &self,
        bench: &mut dyn Bench,
        singles: &mut [Claimed],
        random: &mut ChaCha8Rng,
    ) -> Result<(), MeasureError> {
        let alpha = shared(self.rule.alpha, singles.len());
        let open: Vec<&[KernelIndex]> =
            singles.iter().filter(|c| !c.decided).map(|c| c.comparison.kernels.as_slice()).collect();
        // Some will be decided early, and leave the others half as much again.
        let planned = self.planned(bench, &open, Phase::Alone, self.until) * 3 / 2;
        for one in singles.iter_mut() {
            one.design = Sequential::new(alpha, planned.min(MOST));
        }
        self.measure(bench, singles, Phase::Alone, self.until, random)
    }

    /// Measures claims side by side until each is decided or the time is over, when each gets its last look.
    fn measure(
        &self,
        bench: &mut dyn Bench,
        claims: &mut [Claimed],
        phase: Phase,
        until: Duration,
        random: &mut ChaCha8Rng,
    ) -> Result<(), MeasureError> {
        loop {
            let mut open: Vec<&mut Claimed> = claims.iter_mut().filter(|c| !c.decided).collect();
            let Some(first) = open.iter().min_by_key(|c| c.comparison.layouts()) else { return Ok(()) };
            let ahead = first.design.next_look().saturating_sub(first.comparison.layouts());
            self.tell(bench, first, until);
            let rounds =
                self.rounds(bench, &open.iter().map(|c| &**c).collect::<Vec<_>>(), phase, ahead, until);
            let mut comparisons: Vec<&mut Comparison> = open.iter_mut().map(|c| &mut c.comparison).collect();
            further_layouts(bench, &mut comparisons, phase, rounds, random)?;
            for one in open {
                let last = rounds == 0 || one.comparison.layouts() >= one.design.planned();
                let reached = one.comparison.layouts() >= one.design.next_look();
                if last || reached || one.comparison.trouble.is_some() {
                    one.look(bench, self.rule, last, f64::INFINITY);
                    one.decided |= rounds == 0;
                }
            }
        }
    }
}
