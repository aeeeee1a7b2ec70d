//! From what was found about a subject to its section of the profile.

use super::bench::{Bench, MeasureError, Set};
use super::claims::{Claim, Claimed};
use super::confirm::Confirmation;
use super::judgements::{claim_judgement, kernel_judgements, screen_judgement, seen, trouble_text, written};
use super::screen::{Fate, Screened};
use super::stages::Found;
use crate::catalogue::{Catalogue, Package, Policy};
use crate::experiment::Rule;
use crate::experiment::stats::median;
use crate::profile::{AaControl, CodeBytes, Evidence, Judgement, Section, Verdict};
use crate::toolchain::MarchChoice;

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
        exact: false,
        sources: String::new(),
        run: None,
        answer: Vec::new(),
        judged: Vec::new(),
    }
}

/// What the CPU alone suggests for a package: the compiler's name for it with its deltas, and its tuning, as far as
/// policy allows. Nothing is known of its effect, and the section says so.
pub fn unmeasured(
    catalogue: &Catalogue,
    package: &Package,
    toolchain: &str,
    choice: &MarchChoice,
) -> Section {
    let base = [&package.base[..], &package.link].concat();
    let allowed = |flag: &String| matches!(catalogue.policy(package, flag), Policy::Allowed(_));
    let mut section = blank(toolchain, &base);
    section.flags =
        [choice.march_flags(), choice.mtune_flags()].concat().into_iter().filter(allowed).collect();
    section.evidence = Evidence::None;
    section.verdict = Verdict::Inconclusive;
    section.reason = "not measured: run `hwtune tune` on this host".into();
    section
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

fn code_bytes(bench: &mut dyn Bench, set: &Set) -> Option<CodeBytes> {
    let kernels = bench.kernels();
    let mut sum =
        |set: &Set| kernels.iter().map(|k| bench.bytes(*k, set)).sum::<Result<u64, MeasureError>>().ok();
    Some(CodeBytes { base: sum(&Set::new())?, flags: sum(set)? })
}
