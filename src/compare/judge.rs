//! The rule over fresh processes. The whole is the primary claim and may spend the whole error; the operations are a family
//! that shares another one. The interval shown is the interval used.

use super::document::{Figures, OperationVerdict};
use crate::experiment::{Estimate, FEWEST, MOST, Observer, Rule, Sequential, Step, shared};
use crate::profile::{AaControl, Verdict, WithinBounds};
use crate::tune::{Answers, MeasureError, Sample, verdict_of};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use std::time::Duration;

/// The control is measured in every third layout.
const CONTROL_EVERY: usize = 3;

/// An operation to be compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// Its name.
    pub name: String,
    /// Its share; 0 for a control.
    pub weight: f64,
}

/// The seam to the processes. A test answers without a clock.
pub trait Pairing {
    /// One layout of some operations: before against after, or before against itself, in fresh processes on all data sets.
    fn sample(&mut self, operations: &[usize], control: bool, draw: u64) -> Answers;
    /// The functions whose results differ in an operation, as their contract lets them.
    fn within_bounds(&self, _operation: usize) -> Vec<WithinBounds> {
        Vec::new()
    }
    /// Time since the run began.
    fn elapsed(&self) -> Duration;
}

/// Samples of one claim, and its verdict once decided.
#[derive(Clone, Debug)]
struct Claim {
    samples: Vec<Sample>,
    trouble: Option<MeasureError>,
    design: Sequential,
    verdict: Option<Verdict>,
    decided: bool,
}

impl Claim {
    fn new(alpha: f64, planned: usize) -> Claim {
        let design = Sequential::new(alpha, planned);
        Claim { samples: Vec::new(), trouble: None, design, verdict: None, decided: false }
    }

    fn found(&self) -> Option<(Verdict, Estimate)> {
        self.verdict.zip(self.design.estimate())
    }

    fn look(&mut self, effects: &[f64], rule: &Rule, last: bool) {
        if self.decided || self.trouble.is_some() || effects.len() < 2 {
            return;
        }
        let found = self.design.look(effects, last);
        let verdict = rule.conclusive(&found);
        self.verdict = Some(verdict.unwrap_or_else(|| rule.last(&found)));
        self.decided = verdict.is_some() || last;
    }

    fn effects(&self) -> Vec<f64> {
        self.samples.iter().map(Sample::estimate).collect()
    }
}

/// What was found: the whole, each operation, the control, and whether it was let finish.
pub type Judged = (Figures, Vec<OperationVerdict>, Option<AaControl>, bool);

/// Measures operations until all is decided or the time is over. Errors concern the machine or the library before.
pub fn compare(
    pairing: &mut dyn Pairing,
    asked: &[Asked],
    rule: &Rule,
    seed: u64,
    budget: Duration,
    watch: &dyn Observer,
) -> Result<Judged, MeasureError> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut run = Run::new(asked, rule, FEWEST);
    let mut complete = true;
    let began = pairing.elapsed();
    let mut planned = FEWEST;
    loop {
        let done = run.layouts;
        let each = (pairing.elapsed().saturating_sub(began)).checked_div(done as u32).unwrap_or_default();
        let late = done > 0 && pairing.elapsed() + each > budget;
        if done == 1 {
            // The first layout tells what the others will cost, which is all that the plan takes from it.
            let left = budget.saturating_sub(pairing.elapsed()).as_secs_f64();
            planned = (1 + (left / each.as_secs_f64().max(1e-3)) as usize).clamp(FEWEST, MOST);
            let kept = std::mem::replace(&mut run, Run::new(asked, rule, planned));
            run.keep(kept);
        }
        let last = late || done >= planned;
        if last || (done > 0 && run.due()) {
            run.look(asked, rule, last);
            if last || run.decided() {
                break;
            }
        }
        let what = format!("process {} of {planned}", done + 1);
        watch.at("compare", Step::Confirm, &what, pairing.elapsed(), budget);
        match run.further(pairing, &mut random) {
            Err(MeasureError::Interrupted) => {
                complete = false;
                break;
            }
            other => other?,
        }
    }
    let Run { claims, whole, control, .. } = run;
    Ok((
        whole_figures(asked, &claims, &whole, &control, rule),
        operations(pairing, asked, &claims),
        aa(&control),
        complete,
    ))
}

/// All claims while they are measured.
struct Run {
    claims: Vec<Claim>,
    control: Claim,
    whole: Claim,
    layouts: usize,
}

impl Run {
    fn new(asked: &[Asked], rule: &Rule, planned: usize) -> Run {
        let alpha = rule.alpha;
        Run {
            claims: vec![Claim::new(shared(alpha, asked.len()), planned); asked.len()],
            control: Claim::new(alpha, planned.div_ceil(CONTROL_EVERY)),
            whole: Claim::new(alpha, planned),
            layouts: 0,
        }
    }

    /// Takes what another one has measured.
    fn keep(&mut self, other: Run) {
        self.layouts = other.layouts;
        for (mine, theirs) in self.claims.iter_mut().zip(other.claims) {
            (mine.samples, mine.trouble) = (theirs.samples, theirs.trouble);
        }
        self.control.samples = other.control.samples;
    }

    fn due(&self) -> bool {
        self.layouts >= self.whole.design.next_look()
    }

    fn decided(&self) -> bool {
        let open = |c: &Claim| !c.decided && c.trouble.is_none();
        !self.claims.iter().any(open)
            && (self.whole.decided || self.claims.iter().any(|c| c.trouble.is_some()))
    }

    /// One layout of every operation without an error so far.
    fn further(&mut self, pairing: &mut dyn Pairing, random: &mut ChaCha8Rng) -> Result<(), MeasureError> {
        let open: Vec<usize> = (0..self.claims.len()).filter(|c| self.claims[*c].trouble.is_none()).collect();
        for (at, answer) in open.iter().zip(pairing.sample(&open, false, random.random())) {
            match answer {
                Ok(sample) => self.claims[*at].samples.push(sample),
                Err(stop) if stop.ends_run() => return Err(stop),
                Err(trouble) => self.claims[*at].trouble = Some(trouble),
            }
        }
        if self.layouts.is_multiple_of(CONTROL_EVERY) {
            // The control goes round the operations.
            let operation = self.control.samples.len() % self.claims.len().max(1);
            for answer in pairing.sample(&[operation], true, random.random()) {
                self.control.samples.push(answer?);
            }
        }
        self.layouts += 1;
        Ok(())
    }

    fn look(&mut self, asked: &[Asked], rule: &Rule, last: bool) {
        for claim in &mut self.claims {
            claim.look(&claim.effects(), rule, last);
        }
        if self.claims.iter().all(|c| c.trouble.is_none()) {
            self.whole.look(&weighted(asked, &self.claims), rule, last);
        }
        if last || self.decided() {
            self.control.look(&self.control.effects(), rule, true);
        }
    }
}

/// The whole's effect in each layout.
fn weighted(asked: &[Asked], claims: &[Claim]) -> Vec<f64> {
    let layouts = claims.iter().map(|c| c.samples.len()).min().unwrap_or(0);
    let of = |l: usize| asked.iter().zip(claims).map(|(a, c)| a.weight * c.samples[l].estimate()).sum();
    (0..layouts).map(of).collect()
}

fn figures(claim: &Claim, layouts: usize) -> Figures {
    let seen = &claim.samples[..layouts.min(claim.samples.len())];
    let found = claim.found();
    let bounded = found.map(|(_, i)| i).filter(Estimate::is_bounded);
    let (verdict, reason) = match (&claim.trouble, found) {
        (Some(trouble), _) => (verdict_of(trouble), trouble.to_string()),
        (None, Some((verdict, _))) => (verdict, String::new()),
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

/// The verdict on two libraries of the same code: nothing to time. Their files may be two.
pub fn same(is_one_file: bool) -> Figures {
    let reason = match is_one_file {
        true => "the files are the same: nothing to time".into(),
        false => {
            "code and data are the same: nothing to time; the files differ in what is not executed, such as \
                  RUNPATH, a build id or symbols for a debugger"
                .into()
        }
    };
    let (layouts, pairs, calls) = Default::default();
    let verdict = Verdict::SameCode;
    Figures { verdict, reason, effect: None, low: None, high: None, layouts, pairs, calls }
}

/// The same for an operation.
pub fn same_operation(asked: &Asked) -> OperationVerdict {
    let figures = Figures { reason: String::new(), ..same(true) };
    OperationVerdict {
        operation: asked.name.clone(),
        weight: asked.weight,
        figures,
        within_bounds: Vec::new(),
    }
}

fn at_look(claim: &Claim) -> usize {
    claim.found().map_or(0, |(_, i)| i.layouts)
}

fn operations(pairing: &dyn Pairing, asked: &[Asked], claims: &[Claim]) -> Vec<OperationVerdict> {
    let of = |(at, (asked, claim)): (usize, (&Asked, &Claim))| OperationVerdict {
        within_bounds: pairing.within_bounds(at),
        operation: asked.name.clone(),
        weight: asked.weight,
        figures: figures(claim, at_look(claim)),
    };
    asked.iter().zip(claims).enumerate().map(of).collect()
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
    let judged = |c: &Claim| c.found().map(|(v, _)| v);
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
    let slower = named(&|_, c| c.found().is_some_and(|(_, i)| rule.vetoes(&i)));
    if !slower.is_empty() {
        all.reason = format!("slower by more than {}: {slower}", rule.max_regression);
    }
    all
}

fn aa(control: &Claim) -> Option<AaControl> {
    let (verdict, i) = control.found()?;
    Some(AaControl { verdict, effect: i.effect, low: i.low, high: i.high })
}
