//! This module shows what a profile states about a name.

use super::entry::{Entry, Kind};
use hwtune::catalogue::Catalogue;
use hwtune::profile::{JudgedKind, Judgement, Profile, Section, Stage};
use hwtune::render::{self, line};

/// Lines for people; empty where the profile says nothing of it.
pub fn figures(profile: &Profile, catalogue: &Catalogue, entry: &Entry, asked: &str) -> Vec<String> {
    let lines = match entry.kind {
        Kind::Flag => flag(profile, asked),
        Kind::Kernel => judged(profile, |_, j| j.kernel.as_deref() == Some(&entry.name)),
        Kind::Package => package(profile, &entry.name),
        Kind::Microarchitecture => cpu(profile, &entry.name),
        Kind::Consumer => consumer(profile, catalogue, &entry.name),
        Kind::Verdict => judged(profile, |_, j| j.kernel.is_none() && j.verdict.name() == entry.name),
        Kind::Compiler => compilers(profile, &entry.name),
        Kind::ExitCode => Vec::new(),
    };
    lines.iter().map(|l| line(l)).collect()
}

fn sections(profile: &Profile) -> impl Iterator<Item = (&String, &Section)> {
    profile.package.iter().chain(&profile.kernel)
}

/// A flag by itself; a CPU's name stands in a bundle with its differences.
fn of_flag(judged: &Judgement, flag: &str) -> bool {
    let bundle =
        |stem: &str| flag.starts_with(stem) && judged.flags.first().is_some_and(|f| f.starts_with(stem));
    let same = judged.flags.iter().map(String::as_str).eq(flag.split_whitespace());
    same || (judged.kind != JudgedKind::Set && (bundle("-march=") || bundle("-mtune=")))
}

fn judged(profile: &Profile, wanted: impl Fn(&str, &Judgement) -> bool) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, section) in sections(profile) {
        let mut rows: Vec<&Judgement> = section.judged.iter().filter(|j| wanted(name, j)).collect();
        rows.sort_by_key(|j| j.stage != Stage::Confirm);
        lines.extend(rows.iter().map(|j| {
            let against = match j.kind {
                JudgedKind::Alone => "alone",
                JudgedKind::Without => "the set with against the set without",
                JudgedKind::Set => "the whole set",
            };
            let stage = match j.stage {
                Stage::Accept => "on asking the compiler",
                Stage::Screen => "on screening",
                Stage::Confirm => "confirmed",
            };
            let reason = if j.reason.is_empty() { String::new() } else { format!(": {}", j.reason) };
            let kernel = j.kernel.as_ref().map(|k| format!(" in {k}")).unwrap_or_default();
            let figures = interval(j.effect, j.low, j.high);
            format!(
                "{name}{kernel}: {} {}{figures} ({against}, {stage}){reason}",
                j.flags.join(" "),
                j.verdict
            )
        }));
    }
    lines
}

fn interval(effect: Option<f64>, low: Option<f64>, high: Option<f64>) -> String {
    match (effect, low, high) {
        (Some(e), Some(l), Some(h)) => format!(", {e:+.2} [{l:+.2}, {h:+.2}]"),
        _ => String::new(),
    }
}

fn package(profile: &Profile, name: &str) -> Vec<String> {
    let Some(section) = profile.package.get(name) else {
        return vec![format!("not measured; hwtune tune --package {name}")];
    };
    let flags = if section.flags.is_empty() { "nothing".into() } else { section.flags.join(" ") };
    let figures = interval(section.effect, section.low, section.high);
    let mut lines = vec![format!("append {flags}: {}{figures}, with {}", section.verdict, section.toolchain)];
    if !section.reason.is_empty() {
        lines.push(section.reason.clone());
    }
    lines
}

fn cpu(profile: &Profile, name: &str) -> Vec<String> {
    let host = &profile.host;
    let mut lines = Vec::new();
    if host.microarchitecture == name {
        let masked = if host.masked.is_empty() {
            String::new()
        } else {
            format!(", without {}", host.masked.join(" "))
        };
        lines.push(format!("this host is one: {}{masked}", host.cpu));
    }
    if host.level.as_deref() == Some(name) {
        lines.push("this host's psABI level".into());
    }
    for toolchain in profile.toolchain.iter().filter(|t| t.march == name) {
        let more = [toolchain.add.join(" "), toolchain.drop.join(" ")].join(" ");
        lines.push(format!("{} gets -march={name} {}", toolchain.id, more.trim()).trim_end().to_string());
    }
    lines
}

/// What it would get, by the same rules as in rendering.
fn consumer(profile: &Profile, catalogue: &Catalogue, name: &str) -> Vec<String> {
    let rendered = match render::render(profile, catalogue, name, &render::Options::default()) {
        Ok(rendered) => rendered,
        Err(error) => return vec![error.to_string()],
    };
    let kept = rendered.choices.iter().filter(|c| !c.kept.is_empty());
    let mut lines: Vec<String> = kept.map(|c| format!("{}: {}", c.package, c.kept.join(" "))).collect();
    let left_out: usize = rendered.choices.iter().map(|c| c.dropped.len()).sum();
    if left_out > 0 {
        lines.push(format!("left out: {left_out}; `hwtune render {name} --explain` tells why"));
    }
    if !lines.is_empty() {
        return lines;
    }
    // A text that holds names of the CPU alone is short: what stands below its comment is the answer.
    let said = |line: &&str| !line.trim().is_empty() && !line.starts_with('#');
    let said: Vec<String> = rendered.text.lines().filter(said).map(|l| l.trim().to_string()).collect();
    match said.len() {
        0 => vec!["nothing".into()],
        1..=4 => said,
        _ => vec!["names of the CPU alone".into()],
    }
}

/// What was found of a flag, where it is appended, and which compilers get it.
fn flag(profile: &Profile, flag: &str) -> Vec<String> {
    let mut lines = judged(profile, |_, j| j.kernel.is_none() && of_flag(j, flag));
    for (name, section) in sections(profile).filter(|(_, s)| s.flags.iter().any(|f| f == flag)) {
        let figures = interval(section.effect, section.low, section.high);
        let set = section.flags.join(" ");
        lines.push(format!("{name}: one of the set appended, {set}: {}{figures}", section.verdict));
    }
    let told = profile.toolchain.iter().filter(|t| {
        let own =
            [format!("-march={}", t.march), format!("-mtune={}", t.mtune), format!("-mcpu={}", t.march)];
        own.iter().chain(&t.add).chain(&t.drop).any(|f| f == flag)
    });
    lines.extend(told.map(|t| format!("{} gets this for this CPU", t.id)));
    lines
}

fn compilers(profile: &Profile, name: &str) -> Vec<String> {
    let told = profile.toolchain.iter().filter(|t| t.id == name || t.id.starts_with(&format!("{name}.")));
    told.map(|t| {
        let all = [vec![format!("-march={}", t.march)], t.add.clone(), t.drop.clone()].concat();
        format!("{} gets {} -mtune={}", t.id, all.join(" "), t.mtune)
    })
    .collect()
}
