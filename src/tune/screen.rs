//! Screening: which candidates change code, and which of those are worth a search. It discards and ranks, and its
//! figures are never written as a claim.

use super::bench::{Bench, Candidate, CandidateIndex, CodeQuestion, Differing, MeasureError, Phase, Set};
use super::candidates::NO_CONTRACTION;
use super::compare::{Comparison, further_layouts};
use crate::experiment::stats::{mean, sd, sign_evidence};
use crate::experiment::{Observer, Step};
use rand::rngs::ChaCha8Rng;
use std::time::Duration;

/// Layouts a candidate is screened on at most.
pub const ROUNDS: usize = 6;
/// Of them, those that levels and instruction sets get before anything else is looked at.
pub const FIRST_ROUNDS: usize = 2;
/// A candidate is discarded when the pairs speak against it at this level, by the always-valid sign test.
const DISCARD: f64 = 0.05;
/// Candidates compared at a time, so that the deadline is watched.
const CHUNK: usize = 8;
/// Candidates built and measured at a time, so that all cores are busy and links are made ahead.
const BATCH: usize = 4;

/// Until when a subject is screened, and who receives the progress.
#[derive(Clone, Copy)]
pub struct Screening<'a> {
    /// When the stage is over, on the bench's clock.
    pub until: Duration,
    /// When a design that says nothing before it is whole is ended at the latest.
    pub at_latest: Duration,
    /// What building and measuring a layout of a candidate took so far; zero where nothing was measured.
    pub one: Duration,
    /// Whether each candidate is built and gets a layout even when the time is over.
    pub once: bool,
    /// Receives the progress.
    pub watch: &'a dyn Observer,
    /// The subject's name.
    pub subject: &'a str,
}

/// What became of a candidate.
#[derive(Clone, Debug, PartialEq)]
pub enum Fate {
    /// Changes code and was not discarded.
    Alive,
    /// Builds to the base's code.
    SameCode,
    /// The pairs spoke against it.
    Discarded,
    /// It was screened in groups with others, which gave it this effect: too little to be tried by itself.
    Grouped(f64),
    /// Could not be built or run; the kernel's name first.
    Failed(String, MeasureError),
    /// The time was over before it was built or timed.
    NotReached,
}

/// A candidate in screening.
#[derive(Clone, Debug)]
pub struct Screened {
    /// The candidate.
    pub candidate: CandidateIndex,
    /// Against the base.
    pub comparison: Comparison,
    /// What became of it.
    pub fate: Fate,
    /// Whether all kernels that it changes are known; else there is one at least.
    pub whole: bool,
    /// The effect that groups gave it beside what was best so far, where it was screened so.
    pub in_groups: Option<f64>,
}

impl Screened {
    /// Mean effect less half its standard error: what is uncertain ranks lower.
    pub fn score(&self, bench: &dyn Bench) -> f64 {
        let layouts = self.comparison.package(bench);
        if layouts.is_empty() {
            return self.in_groups.unwrap_or(f64::NEG_INFINITY);
        }
        mean(&layouts) - 0.5 * sd(&layouts) / (layouts.len() as f64).sqrt()
    }
}

/// Finds out which candidates change any code, until the deadline. All the kernels that one changes are found when
/// it is to be timed.
pub fn identify(
    bench: &mut dyn Bench,
    order: &[CandidateIndex],
    screening: Screening<'_>,
) -> Result<Vec<Screened>, MeasureError> {
    let Screening { until, watch, subject, .. } = screening;
    let (mut found, mut open) = (Vec::new(), order);
    // A chunk that would end late is not started: no least amount of work may exceed the budget.
    let mut took = Duration::ZERO;
    while !open.is_empty() && (screening.once || bench.elapsed() + took < until) {
        let (chunk, later) = open.split_at(CHUNK.min(open.len()));
        open = later;
        let what = chunk.first().map(|c| bench.candidate(*c).written().join(" ")).unwrap_or_default();
        watch.at(subject, Step::Identity, &what, bench.elapsed(), until);
        let began = bench.elapsed();
        let wanted: Vec<(Set, Set)> = chunk.iter().map(|c| (Set::new(), vec![*c])).collect();
        let answers = bench.differing(&wanted);
        took = bench.elapsed().saturating_sub(began);
        for (candidate, answer) in chunk.iter().zip(answers) {
            found.push(judge(bench, *candidate, answer)?);
        }
    }
    let late = |c: &CandidateIndex| Screened {
        candidate: *c,
        comparison: Comparison::new(Set::new(), vec![*c], Vec::new()),
        fate: Fate::NotReached,
        whole: false,
        in_groups: None,
    };
    found.extend(open.iter().map(late));
    Ok(found)
}

fn judge(bench: &dyn Bench, candidate: CandidateIndex, answer: Differing) -> Result<Screened, MeasureError> {
    let (changed, fate) = match answer {
        Ok(None) => (Vec::new(), Fate::SameCode),
        Ok(Some(kernel)) => (vec![kernel], Fate::Alive),
        Err((_, stop)) if stop.ends_run() => return Err(stop),
        Err((kernel, trouble)) => {
            (Vec::new(), Fate::Failed(bench.probe(kernel).name.clone(), trouble.clone()))
        }
    };
    let comparison = Comparison::new(Set::new(), vec![candidate], changed);
    let whole = fate != Fate::Alive;
    Ok(Screened { candidate, comparison, fate, whole, in_groups: None })
}

/// Finds all kernels that some candidates change.
fn complete(bench: &mut dyn Bench, screened: &mut [Screened], batch: &[usize]) -> Result<(), MeasureError> {
    let open: Vec<usize> = batch.iter().copied().filter(|at| !screened[*at].whole).collect();
    let kernels = bench.probes().len();
    let questions = |at: &usize| bench.questions(&Set::new(), &vec![screened[*at].candidate]);
    let wanted: Vec<CodeQuestion> = open.iter().flat_map(questions).collect();
    let answers = bench.same(&wanted);
    for (at, answers) in open.into_iter().zip(answers.chunks(kernels.max(1))) {
        screened[at] = judge_code(bench, screened[at].candidate, answers)?;
    }
    Ok(())
}

fn judge_code(
    bench: &dyn Bench,
    candidate: CandidateIndex,
    answers: &[Result<bool, MeasureError>],
) -> Result<Screened, MeasureError> {
    let (mut changed, mut fate) = (Vec::new(), Fate::SameCode);
    for (kernel, answer) in bench.kernels().into_iter().zip(answers) {
        match answer {
            Ok(true) => {}
            Ok(false) => changed.push(kernel),
            Err(stop) if stop.ends_run() => return Err(stop.clone()),
            Err(trouble) => fate = Fate::Failed(bench.probe(kernel).name.clone(), trouble.clone()),
        }
    }
    if fate == Fate::SameCode && !changed.is_empty() {
        fate = Fate::Alive;
    }
    let comparison = Comparison::new(Set::new(), vec![candidate], changed);
    Ok(Screened { candidate, comparison, fate, whole: true, in_groups: None })
}

/// Times what changed code, up to so many layouts of each, a layout a round, best first, until the deadline. Racing: after
/// two layouts a candidate against which the pairs speak is out.
pub fn screen(
    bench: &mut dyn Bench,
    screened: &mut Vec<Screened>,
    rounds: usize,
    screening: Screening<'_>,
    random: &mut ChaCha8Rng,
) -> Result<(), MeasureError> {
    // As many at a time as end before the deadline; the first says how long one takes.
    let (mut size, mut one) = (1, Duration::ZERO);
    for round in 0..rounds {
        if round > 0 {
            screened.sort_by(|a, b| b.score(bench).total_cmp(&a.score(bench)));
        }
        let mut at = 0;
        while at < screened.len() {
            let mut batch = Vec::new();
            while at < screened.len() && batch.len() < size {
                let next = &screened[at];
                if next.fate == Fate::Alive && next.comparison.layouts() <= round {
                    batch.push(at);
                }
                at += 1;
            }
            let Some(first) = batch.first() else { break };
            let asked = screening.once && round == 0;
            if bench.elapsed() + one > screening.until && !asked {
                break;
            }
            let began = bench.elapsed();
            let what = bench.candidate(screened[*first].candidate).written().join(" ");
            screening.watch.at(screening.subject, Step::Screen, &what, bench.elapsed(), screening.until);
            complete(bench, screened, &batch)?;
            let mut timed: Vec<&mut Comparison> = Vec::new();
            for (i, one) in screened.iter_mut().enumerate() {
                if batch.contains(&i) && one.fate == Fate::Alive {
                    timed.push(&mut one.comparison);
                }
            }
            further_layouts(bench, &mut timed, Phase::Screen, 1, random)?;
            one = bench.elapsed().saturating_sub(began) / batch.len() as u32;
            size = fitting(screening.until.saturating_sub(bench.elapsed()), one, BATCH);
            for at in batch {
                if screened[at].fate == Fate::Alive
                    && let Some(pair) = settle(bench, &mut screened[at])?
                {
                    screened.push(pair);
                }
            }
        }
    }
    Ok(())
}

/// How many things that take so long each fit into a time: one at least, `most` at most.
fn fitting(left: Duration, one: Duration, most: usize) -> usize {
    ((left.as_secs_f64() / one.as_secs_f64().max(1e-9)) as usize).clamp(1, most)
}

/// Says of what was never timed that it was not reached.
pub fn close(screened: &mut [Screened]) {
    let unseen = |s: &&mut Screened| s.comparison.layouts() == 0 && s.in_groups.is_none();
    for one in screened.iter_mut().filter(|s| s.fate == Fate::Alive).filter(unseen) {
        one.fate = Fate::NotReached;
    }
}

/// Draws the consequences of a candidate's newest layout. Where its checksum differs, the pair with
/// `-ffp-contract=off` is returned as a further candidate: if only FMA contraction made the difference, that pair
/// equals the base and is what may be written; not where the package forbids it.
fn settle(bench: &mut dyn Bench, one: &mut Screened) -> Result<Option<Screened>, MeasureError> {
    if let Some((kernel, trouble)) = one.comparison.trouble.clone() {
        let name = bench.probe(kernel).name.clone();
        one.fate = Fate::Failed(name, trouble.clone());
        let contraction = NO_CONTRACTION.to_string();
        let candidate = bench.candidate(one.candidate).clone();
        if !matches!(trouble, MeasureError::WrongResult(_))
            || candidate.flags.compile.contains(&contraction)
            || candidate.contraction.is_some()
        {
            return Ok(None);
        }
        let mut flags = candidate.flags.clone();
        flags.compile.push(contraction);
        let note = "with -ffp-contract=off, since without it FMA contraction changes results".into();
        let pair = bench.add(Candidate { flags, note, ..candidate });
        let wanted = bench.questions(&Set::new(), &vec![pair]);
        let answers = bench.same(&wanted);
        return judge_code(bench, pair, &answers).map(Some);
    }
    if one.comparison.layouts() >= 2 {
        let pairs = one.comparison.pooled(bench);
        let faster = pairs.iter().filter(|d| **d > 0.0).count();
        let against = faster * 2 < pairs.len();
        if against && sign_evidence(faster, pairs.len()) > (1.0 / DISCARD).ln() {
            one.fate = Fate::Discarded;
        }
    }
    Ok(None)
}
