//! From a claim, a kernel's figures or a screening to a judgement of the profile.

use super::bench::{Bench, CandidateIndex, KernelIndex, MeasureError, Sample, Set};
use super::claims::{Claim, Claimed, verdict_of};
use super::screen::{Fate, Screened};
use super::stages::Found;
use crate::experiment::{Estimate, Rule};
use crate::profile::{JudgedKind, Judgement, Stage, Verdict};

/// Layouts that a claim's interval rests on; before a first look, those measured.
pub(super) fn seen(claim: &Claimed) -> usize {
    claim.interval().map_or(claim.comparison.layouts(), |i| i.layouts)
}

/// What became of a claim; none of the A/A control, which is no flag's.
pub(super) fn claim_judgement(
    bench: &dyn Bench,
    claimed: &Claimed,
    alarm: Option<&str>,
) -> Option<Judgement> {
    let (kind, flags) = match &claimed.claim {
        Claim::Control => return None,
        Claim::Set => (JudgedKind::Set, written(bench, &claimed.comparison.b)),
        Claim::Core => (JudgedKind::Alone, written(bench, &claimed.comparison.b)),
        Claim::Without(group) => (JudgedKind::Without, written(bench, group)),
        Claim::Alone(candidate) => (JudgedKind::Alone, written(bench, &vec![*candidate])),
    };
    let mut judged = judgement(flags, kind, Stage::Confirm, claimed.verdict);
    judged.reason = trouble_text(bench, claimed);
    judged.within_bounds = bench.within_bounds(&claimed.comparison.a, &claimed.comparison.b);
    if let Claim::Alone(candidate) = claimed.claim {
        judged.reason = join(&[&judged.reason, &remarks(bench, candidate)]);
    }
    if let (Some(alarm), true) = (alarm, claimed.interval().is_some()) {
        (judged.verdict, judged.reason) = (Verdict::Inconclusive, alarm.into());
    }
    let seen = seen(claimed);
    put(&mut judged, claimed.interval(), claimed.comparison.pairs_of(seen));
    keep_layouts(&mut judged, &claimed.comparison.package(bench));
    Some(judged)
}

/// Each kernel's figures within the claim that decided.
pub(super) fn kernel_judgements(
    bench: &dyn Bench,
    claim: Option<&Claimed>,
    rule: &Rule,
    alarm: Option<&str>,
) -> Vec<Judgement> {
    let Some(claim) = claim.filter(|_| bench.probes().len() > 1) else { return Vec::new() };
    let flags = written(bench, &claim.comparison.b);
    let of = |(slot, kernel): (usize, &KernelIndex)| {
        let found = claim.kernel(*kernel)?;
        let verdict = if alarm.is_some() { Verdict::Inconclusive } else { rule.last(&found) };
        let mut judged = judgement(flags.clone(), JudgedKind::Set, Stage::Confirm, verdict);
        judged.kernel = Some(bench.probe(*kernel).name.clone());
        let samples = &claim.comparison.samples[slot];
        put(&mut judged, Some(found), samples.iter().take(found.layouts).map(|s| s.pairs()).sum());
        judged.base_ns = base_ns(samples, found.effect);
        judged.within_bounds = bench.within_bounds(&claim.comparison.a, &claim.comparison.b);
        judged.within_bounds.retain(|one| Some(&one.kernel) == judged.kernel.as_ref());
        keep_layouts(&mut judged, &claim.comparison.kernel(*kernel));
        judged.layout_spread = samples.iter().take(found.layouts).map(|s| s.spread().map(rounded)).collect();
        Some(judged)
    };
    claim.comparison.kernels.iter().enumerate().filter_map(of).collect()
}

/// What screening and the search made of a candidate.
pub(super) fn screen_judgement(bench: &dyn Bench, one: &Screened, found: &Found, rule: &Rule) -> Judgement {
    let flags = written(bench, &vec![one.candidate]);
    let trial = found.trials.iter().find(|t| t.candidate == one.candidate && !t.kept);
    let (verdict, reason) = match &one.fate {
        Fate::SameCode => (Verdict::SameCode, "changes no kernel's code beside the base".to_string()),
        Fate::Failed(kernel, trouble) => {
            let remedy = bench.candidate(one.candidate).contraction.as_deref();
            let remedy = remedy.filter(|_| matches!(trouble, MeasureError::WrongResult(_))).unwrap_or("");
            (verdict_of(trouble), join(&[&format!("{kernel}: {trouble}"), remedy]))
        }
        Fate::NotReached => (Verdict::NotReached, "the time was over before it was measured".into()),
        Fate::Discarded => (Verdict::Inconclusive, "discarded in screening".into()),
        Fate::Grouped(effect) => (
            Verdict::Inconclusive,
            format!(
                "screened in groups with others, where it seemed to add {effect:+.1}: not tried by itself"
            ),
        ),
        Fate::Alive => {
            let claimed = found.confirmation.as_ref();
            let why = match trial {
                Some(trial) => trial.reason.clone(),
                None if claimed.is_some_and(|c| c.unclaimed.contains(&one.candidate)) => {
                    "part of the set found, left out of it since the time did not reach to confirm it".into()
                }
                None => "screened, not confirmed".to_string(),
            };
            (Verdict::Inconclusive, why)
        }
    };
    let mut judged = judgement(flags, JudgedKind::Alone, Stage::Screen, verdict);
    judged.reason = join(&[&reason, &remarks(bench, one.candidate)]);
    judged.within_bounds = bench.within_bounds(&one.comparison.a, &one.comparison.b);
    let layouts = one.comparison.package(bench);
    if layouts.len() >= 2 && matches!(one.fate, Fate::Alive | Fate::Discarded) {
        let at = Estimate::over_layouts(&layouts, rule.alpha);
        put(&mut judged, Some(at), one.comparison.pairs());
        keep_layouts(&mut judged, &layouts);
    }
    judged
}

/// What is to be said of a candidate whatever was measured.
pub(super) fn remarks(bench: &dyn Bench, candidate: CandidateIndex) -> String {
    let candidate = bench.candidate(candidate);
    join(&[&candidate.note, candidate.withheld.as_deref().unwrap_or("")])
}

fn join(parts: &[&str]) -> String {
    parts.iter().filter(|p| !p.is_empty()).copied().collect::<Vec<_>>().join("; ")
}

pub(super) fn trouble_text(bench: &dyn Bench, claimed: &Claimed) -> String {
    match &claimed.comparison.trouble {
        Some((kernel, trouble)) => format!("{}: {trouble}", bench.probe(*kernel).name),
        None if claimed.interval().is_none() && !claimed.decided => {
            "the time was over before the first look".into()
        }
        None => String::new(),
    }
}

/// A judgement without figures.
pub fn judgement(flags: Vec<String>, kind: JudgedKind, stage: Stage, verdict: Verdict) -> Judgement {
    let (reason, kernel, layouts, pairs) = (String::new(), None, 0, 0);
    Judgement {
        flags,
        kind,
        stage,
        verdict,
        reason,
        kernel,
        effect: None,
        low: None,
        high: None,
        layouts,
        pairs,
        base_ns: None,
        within_bounds: Vec::new(),
        layout_effects: Vec::new(),
        layout_spread: Vec::new(),
    }
}

fn put(judged: &mut Judgement, found: Option<Estimate>, pairs: u32) {
    if let Some(i) = found.filter(Estimate::is_bounded) {
        (judged.effect, judged.low, judged.high) = (Some(i.effect), Some(i.low), Some(i.high));
        (judged.layouts, judged.pairs) = (i.layouts as u32, pairs);
    }
}

/// Keeps the effects of the layouts that the interval rests on.
fn keep_layouts(judged: &mut Judgement, effects: &[f64]) {
    judged.layout_effects = effects.iter().take(judged.layouts as usize).copied().map(rounded).collect();
}

/// Time of a call of the base, from what the calls of both builds took together.
fn base_ns(samples: &[Sample], effect: f64) -> Option<f64> {
    let timed: f64 = samples.iter().map(|s| s.timed.as_secs_f64() * 1e9).sum();
    let calls: u64 = samples.iter().map(|s| s.calls).sum();
    let both = 2.0 / (1.0 + (-effect / 100.0).exp());
    (calls > 0 && timed > 0.0).then(|| (timed / calls as f64 * both * 10.0).round() / 10.0)
}

pub(super) fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

pub(super) fn written(bench: &dyn Bench, set: &Set) -> Vec<String> {
    let mut flags: Vec<String> = Vec::new();
    for flag in set.iter().flat_map(|c| bench.candidate(*c).written()) {
        if !flags.contains(&flag) {
            flags.push(flag);
        }
    }
    flags
}
