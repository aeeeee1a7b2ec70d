//! From what was found about a subject to its section of the profile.

use super::bench::{Bench, MeasureError, Sample, Set};
use super::claims::{Claim, Claimed, verdict_of};
use super::confirm::Confirmation;
use super::index::{CandidateIndex, KernelIndex};
use super::screen::{Fate, Screened};
use super::stages::Found;
use crate::experiment::stats::median;
use crate::experiment::{Estimate, Rule};
use crate::profile::{AaControl, CodeBytes, Evidence, JudgedKind, Judgement, Section, Stage, Verdict};

/// Makes a section. `settled` are the judgements made before anything was built: refused, unsupported; `advice` is what
/// to do about noise.
pub fn section(
    bench: &mut dyn Bench,
    toolchain: &str,
    base: &[String],
    found: &Found,
    settled: Vec<Judgement>,
    rule: &Rule,
    advice: &str,
) -> Section {
    let mut section = blank(toolchain, base);
    section.reason = "interrupted before anything was confirmed".into();
    let mut confirmed_alone = Vec::new();
    if let Some(confirmation) = &found.confirmation {
        let alarm = alarm(bench, confirmation, rule).map(|alarm| format!("{alarm}: {advice}"));
        let mut choice = choose(bench, confirmation, rule, alarm.as_deref());
        if choice.claim.is_none() {
            choice.reason = unclaimed(found);
        }
        // The step that gained most and was not taken says more than that none was.
        let gained =
            found.trials.iter().filter(|t| t.effect > 0.0).max_by(|a, b| a.effect.total_cmp(&b.effect));
        if let (None, Some(trial)) = (choice.claim, gained) {
            let flags = written(bench, &vec![trial.candidate]).join(" ");
            choice.reason = format!("{}; the best was {flags}: {}", choice.reason, trial.reason);
        }
        if let Some(claim) = choice.claim {
            show(&mut section, claim);
        }
        (section.verdict, section.reason) = (choice.verdict, choice.reason);
        section.code_bytes = code_bytes(bench, &choice.set);
        section.flags = written(bench, &choice.set);
        for claimed in &confirmation.claims {
            if let Claim::Alone(candidate) = claimed.claim {
                confirmed_alone.push(candidate);
            }
            section.judged.extend(claim_judgement(bench, claimed, alarm.as_deref()));
        }
        section.judged.extend(kernel_judgements(bench, choice.claim, rule, alarm.as_deref()));
    }
    for one in &found.screened {
        let single = found.confirmation.as_ref().is_some_and(|c| c.set == [one.candidate]);
        if !confirmed_alone.contains(&one.candidate) && !single {
            section.judged.push(screen_judgement(bench, one, found, rule));
        }
    }
    section.judged.extend(settled);
    section
}

/// A section in which nothing is known yet.
pub fn blank(toolchain: &str, base: &[String]) -> Section {
    Section {
        toolchain: toolchain.into(),
        base: base.to_vec(),
        nixpkgs: String::new(),
        flags: Vec::new(),
        evidence: Evidence::Kernel,
        verdict: Verdict::Inconclusive,
        reason: String::new(),
        effect: None,
        low: None,
        high: None,
        layouts: 0,
        pairs: 0,
        code_bytes: None,
        catalogue: None,
        allowed: Vec::new(),
        sources: String::new(),
        run: None,
        answer: Vec::new(),
        judged: Vec::new(),
    }
}

/// What is written, and why.
struct Choice<'a> {
    set: Set,
    claim: Option<&'a Claimed>,
    verdict: Verdict,
    reason: String,
}

/// The set if it helps, harms no kernel and every member contributes; its strongest member alone where only
/// the others do not; else the base. All of it was claimed before the first look: nothing is picked afterwards.
fn choose<'a>(
    bench: &dyn Bench,
    confirmation: &'a Confirmation,
    rule: &Rule,
    alarm: Option<&str>,
) -> Choice<'a> {
    let base = |claim, verdict, reason| Choice { set: Set::new(), claim, verdict, reason };
    let Some(claim) = confirmation.claim(&Claim::Set) else {
        return base(None, Verdict::Inconclusive, "no candidate was worth confirming: the base stays".into());
    };
    if let Some(alarm) = alarm {
        return base(Some(claim), Verdict::Inconclusive, alarm.into());
    }
    if claim.verdict != Verdict::Helps {
        return base(Some(claim), claim.verdict, trouble_text(bench, claim));
    }
    if let Some(part) = claim.vetoed(bench, rule) {
        let reason =
            format!("{} would be slower by more than {}: the base stays", part.name, rule.max_regression);
        return base(Some(claim), Verdict::Inconclusive, reason);
    }
    let contributes = |group: &&Set| {
        let without = confirmation.claim(&Claim::Without((*group).clone()));
        confirmation.groups.len() == 1 || without.is_some_and(Claimed::contributes)
    };
    let weak: Vec<&Set> = confirmation.groups.iter().filter(|g| !contributes(g)).collect();
    if weak.is_empty() {
        return Choice {
            set: confirmation.set.clone(),
            claim: Some(claim),
            verdict: claim.verdict,
            reason: String::new(),
        };
    }
    let names = weak.iter().map(|group| written(bench, group).join(" ")).collect::<Vec<_>>().join(", ");
    let core = confirmation.claim(&Claim::Core);
    if let Some(core) = core
        && core.verdict == Verdict::Helps
        && core.vetoed(bench, rule).is_none()
    {
        let reason = format!("not shown to contribute to the set: {names}");
        return Choice { set: core.comparison.b.clone(), claim: Some(core), verdict: Verdict::Helps, reason };
    }
    let reason = format!("the set helps, but {names} was not shown to contribute; keeping the base flags");
    base(Some(claim), Verdict::Inconclusive, reason)
}

/// Why no set was confirmed: the time ran out before, or screening found none that was worth it.
fn unclaimed(found: &Found) -> String {
    let reached = |one: &Screened| !matches!(one.fate, Fate::NotReached);
    let all = found.screened.len();
    let tried = found.screened.iter().filter(|one| reached(one)).count();
    let found_one = found.screened.iter().any(|one| matches!(one.fate, Fate::Alive));
    match (tried < all, found_one) {
        (true, _) => format!(
            "the time ran out after {tried} of {all} candidates, and nothing was confirmed: the base stays"
        ),
        (false, true) => "the time ran out before anything was confirmed: the base stays".into(),
        (false, false) => "no candidate was worth confirming: the base stays".into(),
    }
}

/// Why nothing of this run may be believed: the control, or a kernel that flags cannot move, read helps or harms.
pub(super) fn alarm(bench: &dyn Bench, confirmation: &Confirmation, rule: &Rule) -> Option<String> {
    let claims = |v: Verdict| matches!(v, Verdict::Helps | Verdict::Harms);
    let advice = "the machine is too noisy for a verdict";
    if let Some(control) = confirmation.claim(&Claim::Control)
        && claims(control.verdict)
    {
        return Some(format!("two links of the same code differ ({}); {advice}", control.verdict));
    }
    let set = confirmation.claim(&Claim::Set)?;
    set.comparison.kernels.iter().filter(|k| bench.probe(**k).control).find_map(|k| {
        let found = set.kernel(*k)?;
        let verdict = rule.conclusive(&found).filter(|v| claims(*v))?;
        Some(format!("the negative control {} reads {verdict}; {advice}", bench.probe(*k).name))
    })
}

/// The A/A control as the profile shows it; `None` before its first look.
pub fn control(found: &Found) -> Option<AaControl> {
    let control = found.confirmation.as_ref()?.claim(&Claim::Control)?;
    let at = control.interval()?;
    Some(AaControl { verdict: control.verdict, effect: at.effect, low: at.low, high: at.high })
}

/// Median over the claims of the standard deviation between layouts.
pub fn layout_sd(found: &Found) -> f64 {
    let claims = found.confirmation.iter().flat_map(|c| &c.claims);
    median(&claims.filter_map(|c| c.interval()).map(|i| i.sd).collect::<Vec<_>>())
}

fn show(section: &mut Section, claim: &Claimed) {
    if let Some(i) = claim.interval() {
        (section.effect, section.low, section.high) = (Some(i.effect), Some(i.low), Some(i.high));
    }
    let seen = seen(claim);
    (section.layouts, section.pairs) = (seen as u32, claim.comparison.pairs_of(seen));
}

/// Layouts that a claim's interval rests on; before a first look, those measured.
fn seen(claim: &Claimed) -> usize {
    claim.interval().map_or(claim.comparison.layouts(), |i| i.layouts)
}

fn claim_judgement(bench: &dyn Bench, claimed: &Claimed, alarm: Option<&str>) -> Option<Judgement> {
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
fn kernel_judgements(
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

fn screen_judgement(bench: &dyn Bench, one: &Screened, found: &Found, rule: &Rule) -> Judgement {
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

fn code_bytes(bench: &mut dyn Bench, set: &Set) -> Option<CodeBytes> {
    let kernels = bench.kernels();
    let mut sum =
        |set: &Set| kernels.iter().map(|k| bench.bytes(*k, set)).sum::<Result<u64, MeasureError>>().ok();
    Some(CodeBytes { base: sum(&Set::new())?, flags: sum(set)? })
}
