//! Confirmation: fresh links, processes and data; claims and looks fixed before the first look; the first
//! conclusive look decides, and the interval shown is the interval used.

use super::bench::{Bench, Set, Trouble};
use super::compare::{Comparison, Draws, further_layout};
use super::hunt::without;
use super::observe::{Observer, Step};
use super::rule::Rule;
use crate::experiment::stats::{Interval, interval};
use crate::profile::Verdict;
use rand_chacha::ChaCha8Rng;
use std::time::Duration;

/// Layouts at which the claims are looked at; the fourth only where the budget allows.
pub const LOOKS: [usize; 4] = [8, 16, 32, 64];
/// Single candidates confirmed beside the set at most.
const EXTRAS: usize = 12;

/// What is claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The set against the base.
    Set,
    /// The set's strongest member alone: what is written when another member does not pull its weight.
    Core,
    /// The set against the set without a group of its members: one, or a pair of which neither could be shown alone.
    Without(Vec<usize>),
    /// One candidate against the base; informs, and is never written.
    Alone(usize),
    /// Two links of the base.
    Control,
}

/// A claim with what was found.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// What is claimed.
    pub claim: Claim,
    /// The layouts seen.
    pub comparison: Comparison,
    /// The verdict of the deciding look; `Inconclusive` until then.
    pub verdict: Verdict,
    /// The interval of the deciding or last look; `None` before the first.
    pub interval: Option<Interval>,
    /// Set once decided.
    pub decided: bool,
    /// When it was decided, on the bench's clock.
    pub at: Option<Duration>,
}

/// A confirmation and its constants.
#[derive(Clone, Debug)]
pub struct Confirmation {
    /// The set that was claimed, strongest member first.
    pub set: Set,
    /// The set in the groups whose weight was claimed.
    pub groups: Vec<Vec<usize>>,
    /// All claims, listed before the first look.
    pub claims: Vec<Claimed>,
    /// K: looks planned.
    pub looks: usize,
    /// Members that the search kept and the time did not reach to claim.
    pub unclaimed: Vec<usize>,
    /// True when the user ended it.
    pub interrupted: bool,
}

impl Confirmation {
    /// The claim of a kind.
    pub fn claim(&self, wanted: &Claim) -> Option<&Claimed> {
        self.claims.iter().find(|c| c.claim == *wanted)
    }

    /// A kernel's interval within a claim, at the same level as the claim's own.
    pub fn kernel(&self, claimed: &Claimed, kernel: usize, rule: &Rule) -> Option<Interval> {
        let layouts = claimed.comparison.kernel(kernel);
        let seen = claimed.interval.map_or(0, |i| i.layouts).min(layouts.len());
        (seen >= 2).then(|| interval(&layouts[..seen], rule.alpha, self.looks, self.claims.len()))
    }
}

/// Lists the claims for a set in groups, strongest first, cut to what the time allows, and measures them.
#[allow(clippy::too_many_arguments)]
pub fn confirm(
    bench: &mut dyn Bench,
    mut groups: Vec<Vec<usize>>,
    alone: &[usize],
    rule: &Rule,
    until: Duration,
    random: &mut ChaCha8Rng,
    watch: &dyn Observer,
    subject: &str,
) -> Result<Confirmation, Trouble> {
    // Claims are a promise about time too: the weakest members go until the first look can be afforded.
    let mut claims = main_claims(bench, &groups)?;
    let mut unclaimed = Vec::new();
    while groups.len() > 1 && bench.elapsed() + cost(bench, &claims, LOOKS[0]) > until {
        unclaimed.extend(groups.pop().unwrap_or_default());
        claims = main_claims(bench, &groups)?;
    }
    let set = groups.concat();
    let left = |bench: &dyn Bench| until.saturating_sub(bench.elapsed());
    let looks = if cost(bench, &claims, LOOKS[3]) < left(bench) { 4 } else { 3 };
    let mut spare = left(bench).saturating_sub(cost(bench, &claims, LOOKS[looks - 1]));
    let main = claims.len();
    for candidate in alone.iter().filter(|c| set != [**c]).take(EXTRAS) {
        if let Some(claim) = claim_of(bench, Claim::Alone(*candidate), Set::new(), vec![*candidate])? {
            let price = cost(bench, std::slice::from_ref(&claim), LOOKS[0]);
            if price > spare {
                break;
            }
            spare -= price;
            claims.push(claim);
        }
    }
    let mut confirmation = Confirmation { set, groups, claims, looks, unclaimed, interrupted: false };
    match measure(bench, &mut confirmation, main, rule, until, random, watch, subject) {
        Err(Trouble::Interrupted) => confirmation.interrupted = true,
        other => other?,
    }
    Ok(confirmation)
}

/// Confirms candidates alone on kernels that are given and not found by comparing code: the same claims, looks and rule
/// on builds that may well be the same. For the self-test.
#[allow(clippy::too_many_arguments)]
pub fn confirm_blind(
    bench: &mut dyn Bench,
    candidates: &[usize],
    kernels: &[usize],
    rule: &Rule,
    until: Duration,
    random: &mut ChaCha8Rng,
    watch: &dyn Observer,
    subject: &str,
) -> Result<Confirmation, Trouble> {
    let comparison = |c: &usize| Comparison::new(Set::new(), vec![*c], kernels.to_vec());
    let claims: Vec<Claimed> = candidates.iter().map(|c| claimed(Claim::Alone(*c), comparison(c))).collect();
    let main = claims.len();
    let (set, groups, unclaimed) = Default::default();
    let mut confirmation = Confirmation { set, groups, claims, looks: 3, unclaimed, interrupted: false };
    measure(bench, &mut confirmation, main, rule, until, random, watch, subject)?;
    Ok(confirmation)
}

/// The claims that decide: the set, each group's weight, the fallback, and the control.
fn main_claims(bench: &mut dyn Bench, groups: &[Vec<usize>]) -> Result<Vec<Claimed>, Trouble> {
    let set = &groups.concat();
    let every = (0..bench.probes().len()).collect();
    let mut claims = vec![claimed(Claim::Control, Comparison::new(Set::new(), Set::new(), every))];
    if !set.is_empty() {
        claims.extend(claim_of(bench, Claim::Set, Set::new(), set.clone())?);
    }
    if groups.len() > 1 {
        claims.extend(claim_of(bench, Claim::Core, Set::new(), set[..1].to_vec())?);
        for group in groups {
            let rest = without(set, group);
            claims.extend(claim_of(bench, Claim::Without(group.clone()), rest, set.clone())?);
        }
    }
    Ok(claims)
}

fn claim_of(bench: &mut dyn Bench, claim: Claim, a: Set, b: Set) -> Result<Option<Claimed>, Trouble> {
    match Comparison::of(bench, a.clone(), b.clone()) {
        Ok(comparison) if comparison.kernels.is_empty() => {
            // The code is the same: the effect is exactly 0, and there is nothing to measure.
            let mut same = claimed(claim, comparison);
            (same.verdict, same.decided) = (Verdict::SameCode, true);
            Ok(Some(same))
        }
        Ok(comparison) => Ok(Some(claimed(claim, comparison))),
        Err((_, stop)) if stop.ends_run() => Err(stop),
        Err(trouble) => {
            let mut failed = claimed(claim, Comparison::new(a, b, Vec::new()));
            (failed.verdict, failed.decided) = (verdict_of(&trouble.1), true);
            failed.comparison.trouble = Some(trouble);
            Ok(Some(failed))
        }
    }
}

fn claimed(claim: Claim, comparison: Comparison) -> Claimed {
    Claimed { claim, comparison, verdict: Verdict::Inconclusive, interval: None, decided: false, at: None }
}

/// The verdict that a trouble is.
pub fn verdict_of(trouble: &Trouble) -> Verdict {
    match trouble {
        Trouble::Unsupported(_) => Verdict::Unsupported,
        Trouble::Crashed(_) => Verdict::Crashed,
        Trouble::WrongResult(_) => Verdict::WrongResult,
        Trouble::Base(_) | Trouble::Machine(_) | Trouble::Interrupted => Verdict::Inconclusive,
    }
}

/// What `layouts` layouts of all these claims will take.
fn cost(bench: &dyn Bench, claims: &[Claimed], layouts: usize) -> Duration {
    let open = claims.iter().filter(|c| !c.decided).flat_map(|c| &c.comparison.kernels);
    open.map(|k| bench.cost(*k, true)).sum::<Duration>() * layouts as u32
}

/// Measures up to each look in turn; the first `main` claims before the others.
#[allow(clippy::too_many_arguments)]
fn measure(
    bench: &mut dyn Bench,
    confirmation: &mut Confirmation,
    main: usize,
    rule: &Rule,
    until: Duration,
    random: &mut ChaCha8Rng,
    watch: &dyn Observer,
    subject: &str,
) -> Result<(), Trouble> {
    let (looks, m) = (confirmation.looks, confirmation.claims.len());
    for (look, layouts) in LOOKS[..looks].iter().enumerate() {
        let (first, rest) = confirmation.claims.split_at_mut(main);
        for group in [first, rest] {
            let from = group.iter().map(|c| c.comparison.layouts()).max().unwrap_or(0);
            let ahead = layouts.saturating_sub(from);
            // A look that cannot be reached in time is not begun; the first one is worth trying.
            if look > 0 && bench.elapsed() + cost(bench, group, ahead) > until {
                continue;
            }
            for round in from..*layouts {
                // The first look is worth a little of the reserve; nothing begun after it may end late.
                let ahead = if look == 0 { Duration::ZERO } else { cost(bench, group, 1) };
                let late = bench.elapsed() + ahead > until;
                if late || group.iter().all(|c| c.decided) {
                    break;
                }
                let what = format!("layout {} of {layouts}", round + 1);
                watch.at(subject, Step::Confirm, &what, bench.elapsed(), until);
                let mut open: Vec<&mut Comparison> =
                    group.iter_mut().filter(|c| !c.decided).map(|c| &mut c.comparison).collect();
                further_layout(bench, &mut open, Draws::Confirm, random)?;
            }
            for claim in group.iter_mut().filter(|c| !c.decided) {
                judge(bench, claim, *layouts, rule, (look + 1 == looks, looks, m));
            }
        }
    }
    Ok(())
}

/// Judges a claim at a look it has reached.
fn judge(bench: &dyn Bench, claim: &mut Claimed, layouts: usize, rule: &Rule, at: (bool, usize, usize)) {
    if let Some((_, trouble)) = &claim.comparison.trouble {
        (claim.verdict, claim.decided) = (verdict_of(trouble), true);
        return;
    }
    if claim.comparison.layouts() < layouts {
        return;
    }
    let (last, looks, m) = at;
    let found = claim.comparison.interval(bench, rule.alpha, looks, m);
    let verdict = rule.conclusive(&found);
    claim.interval = Some(found);
    claim.verdict = verdict.unwrap_or_else(|| rule.last(&found));
    claim.decided = verdict.is_some() || last;
    claim.at = claim.decided.then(|| bench.elapsed());
}
