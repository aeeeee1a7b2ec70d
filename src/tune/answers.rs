//! What was found about the flags of a whole host, question by question: overall, and for each domain of everyday code.

use super::bench::{Bench, Candidate, CandidateIndex, Set};
use super::claims::{Claim, Claimed, verdict_of};
use super::judgements::{remarks, rounded, trouble_text, written};
use super::parts::{Part, parts};
use super::screen::{Fate, Screened};
use super::section::alarm;
use super::stages::Found;
use crate::experiment::Rule;
use crate::profile::{CodeBytes, CompileSeconds, DomainEffect, HostAnswer, HostQuestion, Verdict};
use std::time::Duration;

/// The answers for a subject whose kernels belong to domains; none for another. Compile times are taken until the deadline.
pub fn answers(bench: &mut dyn Bench, found: &Found, rule: &Rule, until: Duration) -> Vec<HostAnswer> {
    if bench.probes().iter().all(|p| p.domain.is_empty()) {
        return Vec::new();
    }
    let mut answers: Vec<(Set, HostAnswer)> = Vec::new();
    if let Some(confirmation) = &found.confirmation {
        let alarm = alarm(bench, confirmation, rule);
        let parts = parts(bench);
        for claimed in &confirmation.claims {
            let set = claimed.comparison.b.clone();
            for question in questions(bench, claimed) {
                if !answers.iter().any(|(known, a)| *known == set && a.question == question) {
                    answers.push((
                        set.clone(),
                        confirmed(bench, claimed, question, &parts, rule, alarm.as_deref()),
                    ));
                }
            }
        }
    }
    // What screening ended, or did not reach, is an answer as well where it concerns the levels or the names.
    for one in &found.screened {
        let question = question(bench.candidate(one.candidate));
        let set = vec![one.candidate];
        if question != HostQuestion::More && !answers.iter().any(|(known, _)| *known == set) {
            answers.push((set.clone(), screened(bench, one, question)));
        }
    }
    compile_times(bench, &mut answers, until);
    let mut answers: Vec<HostAnswer> = answers.into_iter().map(|(_, answer)| answer).collect();
    answers.sort_by(|a, b| a.question.cmp(&b.question).then_with(|| a.flags.cmp(&b.flags)));
    answers
}

/// What one candidate is about.
pub(super) fn question(candidate: &Candidate) -> HostQuestion {
    let words = candidate.written();
    let names = |w: &String| ["-march=", "-mcpu=", "-mtune="].iter().any(|option| w.starts_with(option));
    // A name brings features along; an adjustment may need a name beside it, which does not make it one.
    match candidate.bundle {
        true if words.iter().all(|w| w.starts_with("-O")) => HostQuestion::Level,
        true if words.first().is_some_and(names) => HostQuestion::Name,
        _ => HostQuestion::More,
    }
}

/// How soon a candidate is asked about, sooner being greater: the CPU's own name, alone, and -O3 first; then levels of the psABI,
/// other levels and names with adjustments; nothing else.
pub(super) fn urgency(candidate: &Candidate) -> u8 {
    let own = |w: &String| !w.contains("=x86-64");
    match (question(candidate), &candidate.written()[..]) {
        (HostQuestion::More, _) => 0,
        (HostQuestion::Name, [word]) if own(word) => 2,
        (HostQuestion::Level, [word]) if word == "-O3" => 2,
        _ => 1,
    }
}

/// The questions that a claim answers.
fn questions(bench: &dyn Bench, claimed: &Claimed) -> Vec<HostQuestion> {
    let of = |c: &CandidateIndex| question(bench.candidate(*c));
    match (&claimed.claim, &claimed.comparison.b[..]) {
        (Claim::Set, [only]) => vec![of(only), HostQuestion::Set],
        (Claim::Set, [_, ..]) => vec![HostQuestion::Set],
        (Claim::Alone(candidate), _) => vec![of(candidate)],
        (Claim::Core, [first, ..]) => vec![of(first)],
        _ => Vec::new(),
    }
}

fn confirmed(
    bench: &mut dyn Bench,
    claimed: &Claimed,
    question: HostQuestion,
    parts: &[Part],
    rule: &Rule,
    alarm: Option<&str>,
) -> HostAnswer {
    let set = &claimed.comparison.b;
    let mut answer = blank(question, written(bench, set), claimed.verdict);
    answer.reason = trouble_text(bench, claimed);
    if let Claim::Alone(candidate) = claimed.claim
        && answer.reason.is_empty()
    {
        answer.reason = remarks(bench, candidate);
    }
    answer.code_bytes = code_bytes(bench, set);
    if let Some(i) = claimed.interval() {
        (answer.effect, answer.low, answer.high) = (Some(i.effect), Some(i.low), Some(i.high));
        answer.layouts = i.layouts as u32;
        let touched = |p: &&Part| p.kernels.iter().any(|k| claimed.comparison.kernels.contains(k));
        let family = parts.iter().filter(touched).count();
        for part in parts {
            let same = DomainEffect { verdict: Verdict::SameCode, effect: 0.0, low: 0.0, high: 0.0 };
            let found = claimed.part(bench, part, family).map(|i| DomainEffect {
                verdict: if alarm.is_some() { Verdict::Inconclusive } else { rule.last(&i) },
                effect: rounded(i.effect),
                low: rounded(i.low),
                high: rounded(i.high),
            });
            answer.domain.insert(part.name.clone(), found.unwrap_or(same));
        }
        if let Some(alarm) = alarm {
            (answer.verdict, answer.reason) = (Verdict::Inconclusive, alarm.into());
        }
    }
    answer
}

fn screened(bench: &dyn Bench, one: &Screened, question: HostQuestion) -> HostAnswer {
    let (verdict, reason) = match &one.fate {
        Fate::SameCode => (Verdict::SameCode, String::new()),
        Fate::Failed(kernel, trouble) => (verdict_of(trouble), format!("{kernel}: {trouble}")),
        Fate::NotReached => (Verdict::NotReached, String::new()),
        Fate::Alive | Fate::Discarded | Fate::Grouped(_) => {
            (Verdict::NotReached, "screened, not confirmed".into())
        }
    };
    let mut answer = blank(question, written(bench, &vec![one.candidate]), verdict);
    answer.reason = reason;
    answer
}

fn blank(question: HostQuestion, flags: Vec<String>, verdict: Verdict) -> HostAnswer {
    HostAnswer {
        question,
        flags,
        verdict,
        reason: String::new(),
        effect: None,
        low: None,
        high: None,
        layouts: 0,
        code_bytes: None,
        compile_s: None,
        domain: Default::default(),
    }
}

fn code_bytes(bench: &mut dyn Bench, set: &Set) -> Option<CodeBytes> {
    let kernels = bench.kernels();
    let mut sum = |set: &Set| kernels.iter().map(|k| bench.bytes(*k, set).ok()).sum::<Option<u64>>();
    Some(CodeBytes { base: sum(&Set::new())?, flags: sum(set)? })
}

/// Takes the compile times of the set and the levels, and of the name that gains most, until the deadline.
fn compile_times(bench: &mut dyn Bench, answers: &mut [(Set, HostAnswer)], until: Duration) {
    let effect = |a: &HostAnswer| a.effect.unwrap_or(f64::NEG_INFINITY);
    let names = answers.iter().filter(|(_, a)| a.question == HostQuestion::Name && a.effect.is_some());
    let best = names.max_by(|a, b| effect(&a.1).total_cmp(&effect(&b.1))).map(|(set, _)| set.clone());
    let mut wanted: Vec<Set> = Vec::new();
    for (set, answer) in answers.iter() {
        let asked =
            matches!(answer.question, HostQuestion::Set | HostQuestion::Level) && answer.effect.is_some();
        if (asked || Some(set) == best.as_ref()) && !wanted.contains(set) {
            wanted.push(set.clone());
        }
    }
    let mut base = None;
    for set in wanted {
        let began = bench.elapsed();
        if base.is_none() {
            base = bench.compile_seconds(&Set::new());
        }
        let Some(seconds) = base else { return };
        // One that would end late is not started.
        if bench.elapsed() + bench.elapsed().saturating_sub(began) > until {
            return;
        }
        let Some(flags) = bench.compile_seconds(&set) else { continue };
        let round = |s: f64| (s * 1e3).round() / 1e3;
        for (_, answer) in answers.iter_mut().filter(|(known, _)| *known == set) {
            answer.compile_s = Some(CompileSeconds { base: round(seconds), flags: round(flags) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Rule, Silent};
    use crate::tune::{FakeBench, Plan, tune};

    #[test]
    fn the_levels_have_an_answer_overall_and_by_domain() {
        let mut bench = FakeBench::new(&[0.5, 0.25, 0.25], &["-O3", "-fa"]);
        for (kernel, domain) in ["numeric", "strings", "strings"].into_iter().enumerate() {
            bench.set_domain(kernel, domain);
        }
        let helps = CandidateIndex(0);
        bench.truth = Box::new(move |k, set| if k.0 == 0 && set.contains(&helps) { 12.0 } else { 0.0 });
        let rule = Rule::default();
        let plan = Plan {
            subject: "host".into(),
            order: (0..2).map(CandidateIndex).collect(),
            rule,
            seed: 5,
            from: Duration::ZERO,
            identity: Duration::from_secs(10),
            until: Duration::from_secs(300),
        };
        let found = tune(&mut bench, &plan, &Silent).unwrap();
        let made = answers(&mut bench, &found, &rule, plan.until);
        let level = made.iter().find(|a| a.question == HostQuestion::Level).unwrap();
        assert_eq!((level.flags.as_slice(), level.verdict), (&["-O3".to_string()][..], Verdict::Helps));
        assert!((level.effect.unwrap() - 6.0).abs() < 1.0, "{level:?}");
        let (numeric, strings) = (&level.domain["numeric"], &level.domain["strings"]);
        assert!(numeric.verdict == Verdict::Helps && numeric.low > 10.0, "{numeric:?}");
        assert!(strings.effect.abs() < 1.0 && strings.verdict != Verdict::Helps, "{strings:?}");
        // A subject without domains is no host.
        let mut plain = FakeBench::new(&[1.0], &["-O3"]);
        assert!(answers(&mut plain, &Found::default(), &rule, plan.until).is_empty());
    }
}
