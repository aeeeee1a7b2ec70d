//! What differs between two profiles in plain terms, the most important first: what to append, verdicts that differ beyond
//! noise, the host, its compilers, and one line for the rest. It fits a screen.

use super::diff::{bar, bold, figure, what};
use super::table::colour;
use super::terminal::Paper;
use hwtune::profile::{Compared, Diff, Difference, Profile, Relation, Section, SectionDiff};
use hwtune::report::{Scale, short};
use serde_json::Value;
use std::fmt::Write as _;

/// Sections, verdicts, and facts of each kind that are shown.
const SECTIONS: usize = 6;
const VERDICTS: usize = 3;
const FACTS: usize = 5;
const OTHER_FACTS: usize = 2;

/// The summary. `ground` is the scale of the bars and the margin.
pub fn summary(profiles: [&Profile; 2], found: &Diff, paper: &Paper, ground: &(Scale, f64)) -> String {
    let mut text = String::new();
    block(&mut text, "What to append", found.sections.iter().map(|s| append(s, profiles)), SECTIONS, paper);
    verdicts(&mut text, found, paper, ground);
    let tables = [
        ("The host", &found.host, FACTS),
        ("The compilers", &found.toolchain, OTHER_FACTS),
        ("The system", &found.system, OTHER_FACTS),
        ("How it was measured", &found.measurement, OTHER_FACTS),
    ];
    for (title, list, most) in tables {
        let below = |d: &&Difference| d.key != "system.measured_at";
        let mut list: Vec<&Difference> = list.iter().filter(below).collect();
        list.sort_by_key(|d| rank(&d.key));
        block(&mut text, title, list.into_iter().map(sentence), most, paper);
    }
    rest(&mut text, found, paper);
    text
}

/// A title with its sentences, one a line, and how many more there are.
fn block(
    text: &mut String,
    title: &str,
    sentences: impl Iterator<Item = String>,
    most: usize,
    paper: &Paper,
) {
    let all: Vec<String> = sentences.collect();
    if all.is_empty() {
        return;
    }
    let _ = writeln!(text, "{}", bold(title));
    let fits = if all.len() > most { most - 1 } else { most };
    all.iter().take(fits).for_each(|line| text.push_str(&format!("  {}\n", paper.fit(line, 2))));
    if all.len() > fits {
        let _ = writeln!(text, "  and {} more", all.len() - fits);
    }
}

/// What each appends for one package or kernel.
fn append(found: &SectionDiff, profiles: [&Profile; 2]) -> String {
    let (kind, name) = found.at.split_once('.').unwrap_or(("", &found.at));
    let [a, b] = profiles.map(|profile| {
        let all = if kind == "package" { &profile.package } else { &profile.kernel };
        all.get(name)
    });
    let flags = |section: &Section| match section.flags.is_empty() {
        true => "nothing".to_string(),
        false => short(&section.flags.join(" "), 28),
    };
    match (a, b) {
        (Some(a), Some(b)) if a.flags == b.flags && a.verdict == b.verdict => {
            format!("{name}: both append {}, {} on both", flags(a), a.verdict)
        }
        (Some(a), Some(b)) if a.flags == b.flags => {
            format!("{name}: both append {}; A says {}, B {}", flags(a), a.verdict, b.verdict)
        }
        (Some(a), Some(b)) => {
            format!("{name}: A appends {} ({}), B {} ({})", flags(a), a.verdict, flags(b), b.verdict)
        }
        (Some(a), None) => format!("{name}: only A has it, and appends {} ({})", flags(a), a.verdict),
        (None, Some(b)) => format!("{name}: only B has it, and appends {} ({})", flags(b), b.verdict),
        (None, None) => name.into(),
    }
}

/// Those beyond noise, those that move most first.
fn verdicts(text: &mut String, found: &Diff, paper: &Paper, ground: &(Scale, f64)) {
    let beyond = |s: &'_ SectionDiff| -> Vec<(String, Compared)> {
        let name = s.at.split_once('.').map_or(s.at.as_str(), |(_, name)| name).to_string();
        let moved = s.compared().filter(|c| c.relation == Relation::BeyondNoise);
        moved.map(|c| (name.clone(), c.clone())).collect()
    };
    let mut all: Vec<(String, Compared)> = found.sections.iter().flat_map(beyond).collect();
    if all.is_empty() {
        return;
    }
    let apart = |c: &Compared| (c.a.effect.unwrap_or(0.0) - c.b.effect.unwrap_or(0.0)).abs();
    all.sort_by(|x, y| apart(&y.1).total_cmp(&apart(&x.1)));
    let _ = writeln!(text, "{}", bold("Verdicts that differ beyond noise"));
    for (name, one) in all.iter().take(VERDICTS) {
        let _ = writeln!(text, "  {}", paper.fit(&format!("{name}, {}", what(one)), 2));
        for (side, f) in [("A", &one.a), ("B", &one.b)] {
            let style = colour(f.verdict);
            let told = format!("{side} {style}{:<38}{style:#} {}", figure(f), bar(f, paper, ground));
            let _ = writeln!(text, "      {}", told.trim_end());
        }
    }
    if all.len() > VERDICTS {
        let _ = writeln!(text, "  and {} more", all.len() - VERDICTS);
    }
}

/// What tells most of a host comes first.
fn rank(key: &str) -> usize {
    let first =
        ["host.cpu", "host.microarchitecture", "host.level", "host.features", "host.masked", "host.cores"];
    first.iter().position(|known| *known == key).unwrap_or(first.len())
}

/// One fact of both, as a sentence.
fn sentence(one: &Difference) -> String {
    let name = one.key.split_once('.').map_or(one.key.as_str(), |(_, name)| name).replace('_', " ");
    match (&one.a, &one.b) {
        (Value::Array(a), Value::Array(b)) if a.iter().chain(b).all(Value::is_string) => {
            let only = |x: &[Value], y: &[Value]| {
                let words = x.iter().filter(|w| !y.contains(w)).filter_map(Value::as_str);
                words.collect::<Vec<_>>().join(" ")
            };
            let sides = [("A", only(a, b)), ("B", only(b, a))];
            let told = sides.iter().filter(|(_, words)| !words.is_empty()).map(|(side, words)| {
                let count = words.split(' ').count();
                format!("{count} only in {side}, {}", short(words, 24))
            });
            let told: Vec<String> = told.collect();
            match told.is_empty() {
                true => format!("{name}: the same in another order"),
                false => format!("{name}: {}", told.join("; ")),
            }
        }
        (Value::Null, _) => format!("{name}: only in B"),
        (_, Value::Null) => format!("{name}: only in A"),
        _ => match one.text().split_once(" -> ") {
            Some((a, b)) => format!("{name}: {a} in A, {b} in B"),
            None => format!("{name}: {}", one.text()),
        },
    }
}

/// One line for what says nothing new.
fn rest(text: &mut String, found: &Diff, paper: &Paper) {
    let all = || found.sections.iter().flat_map(SectionDiff::compared);
    let count = |relation: Relation| all().filter(|c| c.relation == relation).count();
    let sum = |side: fn(&SectionDiff) -> usize| found.sections.iter().map(side).sum::<usize>();
    let groups = [
        (count(Relation::Agrees), "the same"),
        (count(Relation::WithinNoise), "apart within noise"),
        (count(Relation::Incomparable), "about different questions"),
        (sum(|s| s.only_a), "only in A"),
        (sum(|s| s.only_b), "only in B"),
    ];
    let told: Vec<String> =
        groups.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    if !told.is_empty() {
        let _ = writeln!(text, "{}", paper.wrap(&format!("Other verdicts: {}.", told.join(", ")), 2));
    }
}
