//! The rule over fresh processes: looks fixed in advance, the first conclusive one decides, and the interval shown is
//! the interval used.

use super::document::{Figures, OperationVerdict};
use crate::experiment::stats::{Interval, interval};
use crate::profile::{AaControl, Verdict};
use crate::tune::{LOOKS, Observer, Rule, Sample, Step, Trouble, verdict_of};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::time::Duration;

/// An operation to be compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// Its name.
    pub name: String,
    /// Its share; 0 for a control.
    pub weight: f64,
}

/// The seam to the processes: one layout of one operation. A test answers without a clock.
pub trait Pairing {
    /// Before against after, or before against itself, in fresh processes on all data sets.
    fn sample(&mut self, operation: usize, control: bool, draw: u64) -> Result<Sample, Trouble>;
    /// Time since the run began.
    fn elapsed(&self) -> Duration;
}

/// Samples of one claim, and its verdict once decided.
#[derive(Clone, Debug, Default)]
struct Claim {
    samples: Vec<Sample>,
    trouble: Option<Trouble>,
    found: Option<(Verdict, Interval)>,
    decided: bool,
}

/// What was found: the whole, each operation, the control, and whether it was let finish.
pub type Judged = (Figures, Vec<OperationVerdict>, Option<AaControl>, bool);

/// Measures operations until all is decided, the last look is reached or the time is over. Errors concern the machine or
/// the library before.
pub fn compare(
    pairing: &mut dyn Pairing,
    asked: &[Asked],
    rule: &Rule,
    seed: u64,
    budget: Duration,
    watch: &dyn Observer,
) -> Result<Judged, Trouble> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut claims = vec![Claim::default(); asked.len()];
    let (mut control, mut whole) = (Claim::default(), Claim::default());
    // Each operation, the whole, the control.
    let m = asked.len() + 2;
    let mut complete = true;
    'looks: for (number, look) in LOOKS[..3].iter().enumerate() {
        let last = number == 2;
        for layout in control.samples.len()..*look {
            // The first look is worth finishing; a later one is not begun where the pace says it cannot be reached.
            let each = pairing.elapsed().div_f64(layout.max(1) as f64);
            if number > 0 && pairing.elapsed() + each.mul_f64((look - layout) as f64) > budget {
                break 'looks;
            }
            watch.at(
                "compare",
                Step::Confirm,
                &format!("process {} of {look}", layout + 1),
                pairing.elapsed(),
                budget,
            );
            match further(pairing, &mut claims, &mut control, &mut random) {
                Err(Trouble::Interrupted) => {
                    complete = false;
                    break 'looks;
                }
                other => other?,
            }
        }
        for claim in claims.iter_mut().chain([&mut control]) {
            let effects: Vec<f64> = claim.samples.iter().map(Sample::estimate).collect();
            decide(claim, &effects, rule, (m, last));
        }
        if claims.iter().all(|c| c.trouble.is_none()) {
            let effects = weighted(asked, &claims);
            decide(&mut whole, &effects, rule, (m, last));
        }
        let open = |c: &Claim| !c.decided && c.trouble.is_none();
        if !claims.iter().chain([&control, &whole]).any(open) {
            break;
        }
    }
    Ok((
        whole_figures(asked, &claims, &whole, &control, rule),
        operations(asked, &claims),
        aa(&control),
        complete,
    ))
}

/// One layout of everything, in random order so that drift falls on all alike.
fn further(
    pairing: &mut dyn Pairing,
    claims: &mut [Claim],
    control: &mut Claim,
    random: &mut ChaCha8Rng,
) -> Result<(), Trouble> {
    use rand::seq::SliceRandom;
    let mut order: Vec<usize> = (0..claims.len()).filter(|c| claims[*c].trouble.is_none()).collect();
    order.shuffle(random);
    for at in &order {
        match pairing.sample(*at, false, random.random()) {
            Ok(sample) => claims[*at].samples.push(sample),
            Err(stop) if stop.ends_run() => return Err(stop),
            Err(trouble) => claims[*at].trouble = Some(trouble),
        }
    }
    // The control goes round the operations.
    let operation = control.samples.len() % claims.len().max(1);
    control.samples.push(pairing.sample(operation, true, random.random())?);
    Ok(())
}

fn decide(claim: &mut Claim, effects: &[f64], rule: &Rule, (claims, last): (usize, bool)) {
    if claim.decided || claim.trouble.is_some() || effects.len() < 2 {
        return;
    }
    let found = interval(effects, rule.alpha, 3, claims);
    let verdict = rule.conclusive(&found);
    claim.found = Some((verdict.unwrap_or_else(|| rule.last(&found)), found));
    claim.decided = verdict.is_some() || last;
}

/// The whole's effect in each layout.
fn weighted(asked: &[Asked], claims: &[Claim]) -> Vec<f64> {
    let layouts = claims.iter().map(|c| c.samples.len()).min().unwrap_or(0);
    let of = |l: usize| asked.iter().zip(claims).map(|(a, c)| a.weight * c.samples[l].estimate()).sum();
    (0..layouts).map(of).collect()
}

fn figures(claim: &Claim, layouts: usize) -> Figures {
    let seen = &claim.samples[..layouts.min(claim.samples.len())];
    let found = claim.found.as_ref();
    let bounded = found.map(|(_, i)| i).filter(|i| i.low.is_finite() && i.high.is_finite());
    let (verdict, reason) = match (&claim.trouble, found) {
        (Some(trouble), _) => (verdict_of(trouble), trouble.to_string()),
        (None, Some((verdict, _))) => (*verdict, String::new()),
        (None, None) => (Verdict::Inconclusive, "the time was over before the first look".into()),
    };
    Figures {
        verdict,
        reason,
        effect: bounded.map(|i| i.effect),
        low: bounded.map(|i| i.low),
        high: bounded.map(|i| i.high),
        layouts: seen.len() as u32,
        pairs: seen.iter().map(Sample::pairs).sum(),
        calls: seen.iter().map(|s| s.calls).sum(),
    }
}

/// The verdict on two libraries of the same code: nothing to time.
pub fn same() -> Figures {
    let reason = "code, data and symbols are the same: nothing to time".into();
    let (layouts, pairs, calls) = Default::default();
    let verdict = Verdict::SameCode;
    Figures { verdict, reason, effect: None, low: None, high: None, layouts, pairs, calls }
}

/// The same for an operation.
pub fn same_operation(asked: &Asked) -> OperationVerdict {
    let figures = Figures { reason: String::new(), ..same() };
    OperationVerdict { operation: asked.name.clone(), weight: asked.weight, figures }
}

fn at_look(claim: &Claim) -> usize {
    claim.found.as_ref().map_or(0, |(_, i)| i.layouts)
}

fn operations(asked: &[Asked], claims: &[Claim]) -> Vec<OperationVerdict> {
    let of = |(asked, claim): (&Asked, &Claim)| OperationVerdict {
        operation: asked.name.clone(),
        weight: asked.weight,
        figures: figures(claim, at_look(claim)),
    };
    asked.iter().zip(claims).map(of).collect()
}

fn whole_figures(asked: &[Asked], claims: &[Claim], whole: &Claim, control: &Claim, rule: &Rule) -> Figures {
    let mut all = figures(whole, 0);
    let layouts = at_look(whole);
    for claim in claims {
        let one = figures(claim, layouts);
        (all.pairs, all.calls) = (all.pairs + one.pairs, all.calls + one.calls);
    }
    all.layouts = layouts as u32;
    let moved = |v: Verdict| matches!(v, Verdict::Helps | Verdict::Harms);
    let named = |wanted: &dyn Fn(&Asked, &Claim) -> bool| {
        let found = asked.iter().zip(claims).filter(|(a, c)| wanted(a, c));
        found.map(|(a, _)| a.name.as_str()).collect::<Vec<_>>().join(", ")
    };
    let judged = |c: &Claim| c.found.as_ref().map(|(v, _)| *v);
    let false_alarm = judged(control).is_some_and(moved)
        || asked.iter().zip(claims).any(|(a, c)| a.weight == 0.0 && judged(c).is_some_and(moved));
    let failed = claims.iter().filter_map(|c| c.trouble.as_ref()).map(verdict_of).min();
    if let Some(verdict) = failed {
        let which = named(&|_, c| c.trouble.as_ref().is_some_and(|t| verdict_of(t) == verdict));
        return Figures {
            verdict,
            reason: format!("{which}: see there"),
            effect: None,
            low: None,
            high: None,
            ..all
        };
    }
    if false_alarm {
        let reason = "the control differs from itself: the machine is too noisy for a verdict; stop other load, measure again";
        return Figures { verdict: Verdict::Inconclusive, reason: reason.into(), ..all };
    }
    let slower = named(&|_, c| c.found.as_ref().is_some_and(|(_, i)| rule.vetoes(i)));
    if !slower.is_empty() {
        all.reason = format!("slower by more than {}: {slower}", rule.max_regression);
    }
    all
}

fn aa(control: &Claim) -> Option<AaControl> {
    let (verdict, i) = control.found.as_ref()?;
    Some(AaControl { verdict: *verdict, effect: i.effect, low: i.low, high: i.high })
}
