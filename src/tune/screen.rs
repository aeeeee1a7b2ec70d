//! Screening: which candidates change code, and which of those are worth a search. It discards and ranks, and its
//! figures are never written as a claim.

use super::bench::{Bench, Candidate, Differing, Set, Trouble};
use super::candidates::NO_CONTRACTION;
use super::compare::{Comparison, Draws, further_layout};
use super::observe::{Observer, Step};
use crate::experiment::stats::{mean, sd, sign_evidence};
use rand_chacha::ChaCha8Rng;
use std::time::Duration;

/// Layouts a candidate is screened on at most.
const ROUNDS: usize = 6;
/// A candidate is discarded when the pairs speak against it at this level, by the always-valid sign test.
const DISCARD: f64 = 0.05;
/// Candidates compared at a time, so that the deadline is watched.
const CHUNK: usize = 8;
/// Candidates whose kernels are told apart at a time, so that all cores are busy.
const AHEAD: usize = 3;

/// What became of a candidate.
#[derive(Clone, Debug, PartialEq)]
pub enum Fate {
    /// Changes code and was not discarded.
    Alive,
    /// Builds to the base's code.
    SameCode,
    /// The pairs spoke against it.
    Discarded,
    /// Could not be built or run; the kernel's name first.
    Failed(String, Trouble),
    /// The time was over before it was built or timed.
    NotReached,
}

/// A candidate in screening.
#[derive(Clone, Debug)]
pub struct Screened {
    /// Index of the candidate.
    pub candidate: usize,
    /// Against the base.
    pub comparison: Comparison,
    /// What became of it.
    pub fate: Fate,
    /// Whether all kernels that it changes are known; else there is one at least.
    pub whole: bool,
}

impl Screened {
    /// Mean effect less half its standard error: what is uncertain ranks lower.
    pub fn score(&self, bench: &dyn Bench) -> f64 {
        let layouts = self.comparison.package(bench);
        if layouts.is_empty() {
            return f64::NEG_INFINITY;
        }
        mean(&layouts) - 0.5 * sd(&layouts) / (layouts.len() as f64).sqrt()
    }
}

/// Finds out which candidates change any code, until the deadline. All the kernels that one changes are found when
/// it is to be timed.
pub fn identify(
    bench: &mut dyn Bench,
    order: &[usize],
    until: Duration,
    watch: &dyn Observer,
    subject: &str,
) -> Result<Vec<Screened>, Trouble> {
    let mut found = Vec::new();
    // A chunk that would end late is not begun.
    let mut took = Duration::ZERO;
    for (number, chunk) in order.chunks(CHUNK).enumerate() {
        // The first candidates are the ones that matter most: they are built however slow the machine is.
        if number > 0 && bench.elapsed() + took > until {
            let late = |c: &usize| Screened {
                candidate: *c,
                comparison: Comparison::new(Set::new(), vec![*c], Vec::new()),
                fate: Fate::NotReached,
                whole: false,
            };
            found.extend(chunk.iter().map(late));
            continue;
        }
        let what = chunk.first().map(|c| bench.candidates()[*c].written().join(" ")).unwrap_or_default();
        watch.at(subject, Step::Identity, &what, bench.elapsed(), until);
        let began = bench.elapsed();
        let wanted: Vec<(Set, Set)> = chunk.iter().map(|c| (Set::new(), vec![*c])).collect();
        let answers = bench.differing(&wanted);
        took = bench.elapsed().saturating_sub(began);
        for (candidate, answer) in chunk.iter().zip(answers) {
            found.push(judge(bench, *candidate, answer)?);
        }
    }
    Ok(found)
}

fn judge(bench: &dyn Bench, candidate: usize, answer: Differing) -> Result<Screened, Trouble> {
    let (changed, fate) = match answer {
        Ok(None) => (Vec::new(), Fate::SameCode),
        Ok(Some(kernel)) => (vec![kernel], Fate::Alive),
        Err((_, stop)) if stop.ends_run() => return Err(stop),
        Err((kernel, trouble)) => {
            (Vec::new(), Fate::Failed(bench.probes()[kernel].name.clone(), trouble.clone()))
        }
    };
    let comparison = Comparison::new(Set::new(), vec![candidate], changed);
    let whole = fate != Fate::Alive;
    Ok(Screened { candidate, comparison, fate, whole })
}

/// Finds all kernels that the next few candidates change.
fn complete(bench: &mut dyn Bench, screened: &mut [Screened]) -> Result<(), Trouble> {
    let open = |s: &&mut Screened| s.fate == Fate::Alive && !s.whole;
    let next: Vec<&mut Screened> = screened.iter_mut().filter(open).take(AHEAD).collect();
    let kernels = bench.probes().len();
    let wanted: Vec<(usize, Set, Set)> =
        next.iter().flat_map(|s| (0..kernels).map(|k| (k, Set::new(), vec![s.candidate]))).collect();
    let answers = bench.same(&wanted);
    for (one, answers) in next.into_iter().zip(answers.chunks(kernels.max(1))) {
        *one = judge_code(bench, one.candidate, answers)?;
    }
    Ok(())
}

fn judge_code(
    bench: &dyn Bench,
    candidate: usize,
    answers: &[Result<bool, Trouble>],
) -> Result<Screened, Trouble> {
    let (mut changed, mut fate) = (Vec::new(), Fate::SameCode);
    for (kernel, answer) in answers.iter().enumerate() {
        match answer {
            Ok(true) => {}
            Ok(false) => changed.push(kernel),
            Err(stop) if stop.ends_run() => return Err(stop.clone()),
            Err(trouble) => fate = Fate::Failed(bench.probes()[kernel].name.clone(), trouble.clone()),
        }
    }
    if fate == Fate::SameCode && !changed.is_empty() {
        fate = Fate::Alive;
    }
    let comparison = Comparison::new(Set::new(), vec![candidate], changed);
    Ok(Screened { candidate, comparison, fate, whole: true })
}

/// Times what changed code, a layout a round, best first, until the deadline. Racing: after two layouts a
/// candidate against which the pairs speak is out.
pub fn screen(
    bench: &mut dyn Bench,
    screened: &mut Vec<Screened>,
    until: Duration,
    random: &mut ChaCha8Rng,
    watch: &dyn Observer,
    subject: &str,
) -> Result<(), Trouble> {
    for round in 0..ROUNDS {
        if round > 0 {
            screened.sort_by(|a, b| b.score(bench).total_cmp(&a.score(bench)));
        }
        let mut at = 0;
        while at < screened.len() {
            if screened[at].fate == Fate::Alive {
                // Two layouts of each bundle, however slow the machine is: without them there is nothing to confirm.
                let due = round < 2 && bench.candidates()[screened[at].candidate].bundle;
                if bench.elapsed() > until && !due {
                    at += 1;
                    continue;
                }
                if !screened[at].whole {
                    complete(bench, &mut screened[at..])?;
                    continue;
                }
                let what = bench.candidates()[screened[at].candidate].written().join(" ");
                watch.at(subject, Step::Screen, &what, bench.elapsed(), until);
                further_layout(bench, &mut [&mut screened[at].comparison], Draws::Screen, random)?;
                if let Some(pair) = settle(bench, &mut screened[at])? {
                    screened.insert(at + 1, pair);
                }
            }
            at += 1;
        }
    }
    for one in screened.iter_mut().filter(|s| s.fate == Fate::Alive && s.comparison.layouts() == 0) {
        one.fate = Fate::NotReached;
    }
    Ok(())
}

/// Draws the consequences of a candidate's newest layout. Where its checksum differs, the pair with
/// `-ffp-contract=off` is returned as a further candidate: if only FMA contraction made the difference, that pair
/// equals the base and is what may be written; not where the package forbids it.
fn settle(bench: &mut dyn Bench, one: &mut Screened) -> Result<Option<Screened>, Trouble> {
    if let Some((kernel, trouble)) = one.comparison.trouble.clone() {
        let name = bench.probes()[kernel].name.clone();
        one.fate = Fate::Failed(name, trouble.clone());
        let contraction = NO_CONTRACTION.to_string();
        let candidate = bench.candidates()[one.candidate].clone();
        if !matches!(trouble, Trouble::WrongResult(_))
            || candidate.flags.compile.contains(&contraction)
            || candidate.contraction.is_some()
        {
            return Ok(None);
        }
        let mut flags = candidate.flags.clone();
        flags.compile.push(contraction);
        let note = "with -ffp-contract=off, since without it FMA contraction changes results".into();
        let pair = bench.add(Candidate { flags, note, ..candidate });
        let wanted: Vec<_> = (0..bench.probes().len()).map(|k| (k, Set::new(), vec![pair])).collect();
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
