//! This module decides about the flags of a whole host. Only the host's own section counts; no package's measurement
//! stands in for it.

use super::options::Options;
use super::selection::{self, Choice, Dropped};
use crate::catalogue::Catalogue;
use crate::profile::{HostAnswer, HostQuestion, Profile, Section, Verdict};

/// The subject that stands for everyday code.
pub(super) const HOST: &str = "host";
/// How it is measured.
const MEASURE: &str = "hwtune tune --package host";
/// Domains named in one line.
const DOMAINS: usize = 9;

/// Decides for the whole host.
pub(super) fn choose(profile: &Profile, catalogue: &Catalogue, options: &Options) -> Choice {
    let Some(section) = profile.package.get(HOST).filter(|s| !s.answer.is_empty()) else {
        return unanswered(profile, catalogue, options);
    };
    let mut choice = selection::package(profile, catalogue, HOST, options);
    if choice.measured {
        choice.notes.push("measured on everyday code in C as a whole, not in every program".into());
    }
    let whole = |a: &&HostAnswer| {
        a.flags.len() == choice.kept.len() && a.flags.iter().all(|f| choice.kept.contains(f))
    };
    if let Some(answer) = section.answer.iter().find(whole).filter(|_| !choice.kept.is_empty()) {
        choice.notes.extend(domains(answer));
        choice.notes.extend(cost(answer));
    }
    choice.notes.extend(others(section, &choice.kept));
    choice.equivalent = equivalent(section, &choice, catalogue, options);
    if fused(&choice.kept) {
        let text = "-march may bring fused multiply-adds, which round once instead of twice: last digits of floating-point \
                    results may differ; -ffp-contract=off keeps them";
        choice.notes.push(text.into());
    }
    choice
}

/// Nothing is known of the host: its options are written only where unmeasured ones are asked for.
fn unanswered(profile: &Profile, catalogue: &Catalogue, options: &Options) -> Choice {
    let mut choice = Choice { package: HOST.into(), ..Choice::default() };
    let Some(toolchain) = profile.toolchain.first() else {
        choice.notes.push("the profile has no toolchain".into());
        return choice;
    };
    choice.toolchain = toolchain.id.clone();
    if !options.allow_unmeasured {
        choice.notes.push(format!(
            "the profile has no answer for the whole host: run `{MEASURE}`, then render again; --allow-unmeasured writes what the \
             CPU alone suggests"
        ));
        return choice;
    }
    let row = catalogue.packages.get(HOST);
    for flag in selection::bundle(toolchain) {
        match selection::refused(catalogue, &flag, HOST, row, options) {
            None => choice.kept.push(flag),
            Some(reason) => choice.dropped.push(Dropped { flag, reason }),
        }
    }
    if !choice.kept.is_empty() {
        choice.notes.push(format!("NOT MEASURED: nobody timed these flags on this host; `{MEASURE}` does"));
    }
    choice
}

/// `-O3 +2.1 [+1.2, +3.0]`.
pub(crate) fn figure(answer: &HostAnswer) -> String {
    let flags = answer.flags.join(" ");
    match (answer.effect, answer.low, answer.high) {
        (Some(effect), Some(low), Some(high)) => format!("{flags} {effect:+.1} [{low:+.1}, {high:+.1}]"),
        _ => flags,
    }
}

/// The domains, the greatest effect first.
fn domains(answer: &HostAnswer) -> Option<String> {
    let mut domains: Vec<(&String, f64)> = answer.domain.iter().map(|(name, d)| (name, d.effect)).collect();
    domains.sort_by(|a, b| b.1.total_cmp(&a.1));
    let told: Vec<String> =
        domains.iter().take(DOMAINS).map(|(name, effect)| format!("{name} {effect:+.1}")).collect();
    (!told.is_empty()).then(|| format!("by domain: {}", told.join(", ")))
}

/// What the flags cost beside time: code and compiling.
fn cost(answer: &HostAnswer) -> Option<String> {
    let more =
        |base: f64, flags: f64| (base > 0.0).then(|| format!("{:+.0} %", 100.0 * (flags / base - 1.0)));
    let code = answer
        .code_bytes
        .as_ref()
        .and_then(|c| more(c.base as f64, c.flags as f64))
        .map(|c| format!("code {c}"));
    let time =
        answer.compile_s.as_ref().and_then(|c| more(c.base, c.flags)).map(|c| format!("compile time {c}"));
    let parts: Vec<String> = code.into_iter().chain(time).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// What is known of levels and names that are not written, a line for each verdict.
fn others(section: &Section, kept: &[String]) -> Vec<String> {
    let written = |a: &HostAnswer| a.flags.iter().all(|f| kept.contains(f));
    let open = |v: Verdict| matches!(v, Verdict::Inconclusive | Verdict::LayoutSensitive);
    let of = |wanted: &dyn Fn(Verdict) -> bool| -> Vec<&HostAnswer> {
        let asked =
            section.answer.iter().filter(|a| matches!(a.question, HostQuestion::Level | HostQuestion::Name));
        asked.filter(|a| wanted(a.verdict) && !written(a)).collect()
    };
    let each = |answers: Vec<&HostAnswer>, text: &dyn Fn(&HostAnswer) -> String| {
        answers.iter().map(|a| text(a)).collect::<Vec<_>>().join(", ")
    };
    let groups = [
        ("helps alone, and is not a part of what is written", each(of(&|v| v == Verdict::Helps), &figure)),
        ("equivalent here, so not written", each(of(&|v| v == Verdict::Equivalent), &figure)),
        ("refused, since it is slower here", each(of(&|v| v == Verdict::Harms), &harm)),
        ("undecided", each(of(&open), &figure)),
        ("not timed to the end, --budget 10m reaches more", each(of(&|v| v == Verdict::NotReached), &figure)),
    ];
    groups
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(what, text)| format!("{what}: {text}"))
        .collect()
}

/// A harm with the domain that loses most.
fn harm(answer: &HostAnswer) -> String {
    let worst = answer.domain.iter().min_by(|a, b| a.1.effect.total_cmp(&b.1.effect));
    match worst {
        Some((name, d)) => format!("{} ({name} {:+.1})", figure(answer), d.effect),
        None => figure(answer),
    }
}

/// The flags of the name that comes out best among those that make no difference; none where a name is written already.
fn equivalent(section: &Section, choice: &Choice, catalogue: &Catalogue, options: &Options) -> Vec<String> {
    let named = |flags: &[String]| flags.iter().any(|f| f.starts_with("-march=") || f.starts_with("-mcpu="));
    if named(&choice.kept) {
        return Vec::new();
    }
    let row = catalogue.packages.get(HOST);
    let fine = |a: &&HostAnswer| {
        let written = a.flags.iter().all(|f| selection::refused(catalogue, f, HOST, row, options).is_none());
        a.question == HostQuestion::Name && a.verdict == Verdict::Equivalent && named(&a.flags) && written
    };
    let effect = |a: &&HostAnswer| a.effect.unwrap_or(f64::NEG_INFINITY);
    let best = section.answer.iter().filter(fine).max_by(|a, b| effect(a).total_cmp(&effect(b)));
    best.map(|a| a.flags.clone()).unwrap_or_default()
}

/// Whether the flags may let the compiler fuse products and sums.
fn fused(kept: &[String]) -> bool {
    let named = kept.iter().any(|f| f.starts_with("-march=") || f == "-mfma");
    named && !kept.iter().any(|f| f == "-ffp-contract=off" || f == "-march=x86-64-v2")
}

/// From what the name of the CPU comes that other languages' compilers are given.
pub(super) fn named(profile: &Profile) -> String {
    let what =
        format!("The CPU's name comes from what the host says it is ({})", profile.host.microarchitecture);
    let answers = profile.package.get(HOST).map(|s| &s.answer[..]).unwrap_or_default();
    let names = answers.iter().filter(|a| a.question == HostQuestion::Name && a.effect.is_some());
    let own = |a: &&HostAnswer| {
        a.flags.iter().any(|f| {
            profile
                .toolchain
                .iter()
                .any(|t| *f == format!("-march={}", t.march) || *f == format!("-mcpu={}", t.march))
        })
    };
    match names.clone().find(own) {
        Some(a) => format!(
            "{what}, not from a measurement in this language; in C the same name was measured: {}, {}",
            a.verdict,
            figure(a)
        ),
        None => format!("{what}; its effect was not measured"),
    }
}
