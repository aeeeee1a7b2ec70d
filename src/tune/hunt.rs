//! What the moves of the search share: a comparison judged on few layouts, with racing, and the record of trials.

use super::bench::{Bench, CandidateIndex, KernelIndex, MeasureError, Phase, Set};
use super::compare::{Comparison, further_layouts};
use super::parts::parts;
use crate::experiment::stats::{mean, sd_beside_usual, within};
use crate::experiment::{Estimate, Observer, Rule, Step, shared};
use rand::rngs::ChaCha8Rng;
use std::collections::BTreeMap;
use std::time::Duration;

/// A step must show at least this effect, half the usual margin: less would not be confirmed.
pub const WORTH: f64 = 0.5;
/// One-sided 95 % of a normal: the search's confidence that a step is real. Confirmation decides.
const SURE: f64 = 1.645;
/// Layouts that the spread seen elsewhere counts for beside a comparison's own.
const PRIOR: f64 = 3.0;

/// A trial of the search, for the record.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The candidate tried.
    pub candidate: CandidateIndex,
    /// Mean effect of adding it to the set of that moment.
    pub effect: f64,
    /// Whether it was kept.
    pub kept: bool,
    /// Why not, else empty.
    pub reason: String,
}

/// What a member adds to the rest of its set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pull {
    /// The member.
    pub member: CandidateIndex,
    /// Mean effect of adding it.
    pub effect: f64,
}

/// A comparison of the search: what a set gains over another.
#[derive(Clone, Debug, Default)]
pub struct Gain {
    /// Mean over layouts.
    pub effect: f64,
    /// How far the effect may be off, one-sided, at the search's confidence.
    pub error: f64,
    /// The two sets build to the same code.
    pub same: bool,
    /// Why it cannot be taken whatever its effect: trouble, or a kernel that gets slower.
    pub bar: Option<String>,
}

impl Gain {
    /// Worth taking.
    pub fn worth(&self) -> bool {
        self.bar.is_none() && !self.same && self.effect >= WORTH && self.effect > self.error
    }

    /// Why it is not worth taking.
    pub fn reason(&self) -> String {
        match &self.bar {
            Some(bar) => bar.clone(),
            None if self.same => "changes no code beside the set".into(),
            None => format!("adds {:+.1} to the set, too little to be kept", self.effect),
        }
    }
}

/// A search in progress.
pub struct Hunt<'a> {
    /// Builds and measures.
    pub bench: &'a mut dyn Bench,
    /// The constants of the rule.
    pub rule: &'a Rule,
    /// All draws of the search.
    pub random: &'a mut ChaCha8Rng,
    watch: &'a dyn Observer,
    subject: &'a str,
    /// Spread between layouts that screening saw.
    noise: f64,
    /// The last trial of each candidate.
    trials: BTreeMap<CandidateIndex, Trial>,
}

impl<'a> Hunt<'a> {
    /// A search that has tried nothing yet; `noise` is the spread between layouts seen before it.
    pub fn new(
        bench: &'a mut dyn Bench,
        rule: &'a Rule,
        random: &'a mut ChaCha8Rng,
        watch: &'a dyn Observer,
        subject: &'a str,
        noise: f64,
    ) -> Hunt<'a> {
        Hunt { bench, rule, random, watch, subject, noise, trials: BTreeMap::new() }
    }

    /// The spread between layouts that was seen before.
    pub fn noise(&self) -> f64 {
        self.noise
    }

    /// Whether a deadline has passed.
    pub fn late(&self, until: Duration) -> bool {
        self.bench.elapsed() > until
    }

    /// Tells what is in hand.
    pub fn at(&self, what: &str, until: Duration) {
        self.watch.at(self.subject, Step::Search, what, self.bench.elapsed(), until);
    }

    /// A candidate's flags in one line.
    pub fn name(&self, candidate: CandidateIndex) -> String {
        self.bench.candidate(candidate).written().join(" ")
    }

    /// Records what became of a candidate.
    pub fn tried(&mut self, candidate: CandidateIndex, effect: f64, reason: String) {
        let kept = reason.is_empty();
        self.trials.insert(candidate, Trial { candidate, effect, kept, reason });
    }

    /// What a candidate added to the set when it was last tried; 0 where it never was.
    pub fn added(&self, candidate: CandidateIndex) -> f64 {
        self.trials.get(&candidate).map_or(0.0, |trial| trial.effect)
    }

    /// All trials, a candidate's last one each.
    pub fn trials(self) -> Vec<Trial> {
        self.trials.into_values().collect()
    }

    /// Whether two candidates cannot stand beside each other.
    pub fn conflict(&self, one: CandidateIndex, other: CandidateIndex) -> bool {
        conflict(self.bench, one, other)
    }

    /// What `b` gains over `a`, on two layouts at least and `most` at most: it ends as soon as the gain is clearly
    /// too small. The errors are one-sided and looked at several times, which is good enough to choose a direction.
    pub fn gain(&mut self, a: &Set, b: &Set, most: usize) -> Result<Gain, MeasureError> {
        self.compared(a, b, most, 1.0)
    }

    /// The same without the benefit of the doubt: for trying many things, of which few are worth a second look.
    pub fn glance(&mut self, a: &Set, b: &Set) -> Result<Gain, MeasureError> {
        self.compared(a, b, 3, 0.0)
    }

    fn compared(&mut self, a: &Set, b: &Set, most: usize, credit: f64) -> Result<Gain, MeasureError> {
        let barred = |bench: &dyn Bench, kernel: KernelIndex, trouble: &MeasureError| Gain {
            bar: Some(format!("{}: {trouble}", bench.probe(kernel).name)),
            ..Gain::default()
        };
        let mut comparison = match Comparison::of(self.bench, a.clone(), b.clone()) {
            Ok(comparison) => comparison,
            Err((_, trouble)) if trouble.ends_run() => return Err(trouble),
            Err((kernel, trouble)) => return Ok(barred(self.bench, kernel, &trouble)),
        };
        if comparison.kernels.is_empty() {
            return Ok(Gain { same: true, ..Gain::default() });
        }
        let mut gain = Gain::default();
        for layout in 2..=most.max(2) {
            let further = if layout == 2 { 2 } else { 1 };
            further_layouts(self.bench, &mut [&mut comparison], Phase::Screen, further, self.random)?;
            gain = self.judged(&comparison);
            if comparison.trouble.is_some() || gain.effect + credit * gain.error < WORTH {
                break;
            }
        }
        Ok(gain)
    }

    /// What the layouts of a comparison show so far; nothing where it has none.
    pub fn judged(&self, comparison: &Comparison) -> Gain {
        if let Some((kernel, trouble)) = &comparison.trouble {
            let bar = Some(format!("{}: {trouble}", self.bench.probe(*kernel).name));
            return Gain { bar, ..Gain::default() };
        }
        let package = comparison.package(self.bench);
        if package.is_empty() {
            return Gain::default();
        }
        let (n, effect) = (package.len() as f64, mean(&package));
        let error = SURE * sd_beside_usual(within([package].into_iter()), self.noise, PRIOR) / n.sqrt();
        Gain { effect, error, same: false, bar: self.harmed(comparison) }
    }

    /// The kernel that gets slower, if one does. Many are looked at on few layouts: only what survives that many
    /// looks bars a step. A weaker suspicion is left to confirmation, which can veto the set.
    fn harmed(&self, comparison: &Comparison) -> Option<String> {
        let bench = &*self.bench;
        let parts = parts(bench);
        parts.iter().find_map(|part| {
            let layouts = comparison.part(bench, part);
            let found = Estimate::over_layouts(&layouts, shared(self.rule.alpha, parts.len()));
            let vetoed = found.layouts >= 2 && self.rule.vetoes(&found);
            vetoed.then(|| format!("makes {} slower by {:.1}", part.name, -found.effect))
        })
    }
}

/// Whether two candidates cannot stand beside each other.
pub fn conflict(bench: &dyn Bench, one: CandidateIndex, other: CandidateIndex) -> bool {
    let (one, other) = (bench.candidate(one), bench.candidate(other));
    let hits = |patterns: &[String], flags: &[String]| {
        patterns
            .iter()
            .any(|p| flags.iter().any(|f| p.strip_suffix('*').map_or(f == p, |head| f.starts_with(head))))
    };
    hits(&one.conflicts, &other.written()) || hits(&other.conflicts, &one.written())
}

/// A set without some of its members.
pub fn without(set: &Set, out: &[CandidateIndex]) -> Set {
    set.iter().copied().filter(|c| !out.contains(c)).collect()
}

/// A set with further members.
pub fn with(set: &Set, more: &[CandidateIndex]) -> Set {
    [set, more].concat()
}
