//! The answer of a run on one screen: what to append, what was decided and how sure that is, what it cost, and what to do next.

use super::terminal::Paper;
use anstyle::Style;
use hwtune::profile::{
    Evidence, HostAnswer, HostQuestion, Profile, Section, Stage, Verdict, told_within_bounds,
};
use hwtune::report::{Row, confirmed, decided, others, short};
use hwtune::text::rounded;
use std::fmt::Write;

/// Answers about the whole host, and rows of another subject, that are shown at most.
const ANSWERS: usize = 6;
const ROWS: usize = 2;
/// Candidates named that looked best in screening.
const PROMISING: usize = 3;

/// The answer for the subjects tuned. `next` holds the commands that follow, each with what it is for.
pub fn screen(profile: &Profile, tuned: &[String], paper: &Paper, next: &[(String, String)]) -> String {
    let mut text = String::new();
    for name in tuned {
        let section = profile.package.get(name).or_else(|| profile.kernel.get(name));
        if let Some(section) = section.filter(|s| s.evidence != Evidence::None) {
            subject(&mut text, name, section, paper);
        }
    }
    footer(&mut text, profile, paper);
    for (at, (command, what)) in next.iter().enumerate() {
        let head = if at == 0 { "Next:" } else { "" };
        let _ = writeln!(text, "{}", paper.fit(&format!("{head:<5} {command:<40} {what}"), 0));
    }
    text
}

fn subject(text: &mut String, name: &str, section: &Section, paper: &Paper) {
    let bold = Style::new().bold();
    let head = format!("{}  append: ", paper.plain(name));
    let room = paper.width.map_or(usize::MAX, |w| w.saturating_sub(head.chars().count()));
    let flags = if section.flags.is_empty() { "nothing".into() } else { section.flags.join(" ") };
    let flags = if paper.width.is_some() { short(&flags, room) } else { flags };
    let _ = writeln!(text, "{bold}{head}{}{bold:#}", paper.plain(&flags));
    let with = format!("with {}, base {}", section.toolchain, section.base.join(" "));
    let _ = writeln!(text, "  {}", paper.fit(&with, 2));
    let figure = match (section.effect, section.low, section.high) {
        (Some(e), Some(l), Some(h)) => {
            format!("{} {e:+.1} [{l:+.1}, {h:+.1}] over {} layouts", section.verdict, section.layouts)
        }
        _ => section.verdict.to_string(),
    };
    let why = if section.reason.is_empty() { String::new() } else { format!(": {}", section.reason) };
    let _ = writeln!(text, "  {}", two(&paper.wrap(&format!("{figure}{why}"), 2)));
    let within = told_within_bounds(section.within_bounds(&section.flags));
    if !within.is_empty() {
        let _ = writeln!(text, "  {}", two(&paper.wrap(&within, 2)));
    }
    match section.answer.is_empty() {
        true => rows(text, section, paper),
        false => answers(text, section, paper),
    }
    rest(text, section, paper);
}

/// At most two lines of a wrapped text.
fn two(text: &str) -> String {
    text.lines().take(2).collect::<Vec<_>>().join("\n")
}

/// Single flags that were confirmed, those that move most first.
fn rows(text: &mut String, section: &Section, paper: &Paper) {
    let groups = confirmed(section);
    let alone = groups.iter().filter(|g| g.title.starts_with("Alone")).flat_map(|g| &g.rows);
    let mut alone: Vec<&Row> = alone.filter(|r| r.figures().is_some()).collect();
    alone.sort_by(|a, b| {
        let key = |r: &Row| {
            (decided(r.verdict) && r.verdict != Verdict::Equivalent, r.effect.map_or(0.0, f64::abs))
        };
        key(b).0.cmp(&key(a).0).then(key(b).1.total_cmp(&key(a).1))
    });
    for row in alone.into_iter().take(ROWS) {
        line(text, "alone", row.verdict, (row.effect, row.low, row.high), &row.what, paper);
    }
}

/// The levels and the names, those that move most first, and the domains of the set or of what moves most.
fn answers(text: &mut String, section: &Section, paper: &Paper) {
    let moves = |a: &&HostAnswer| (a.effect.is_some(), a.effect.map_or(0.0, f64::abs));
    let asked = |a: &&HostAnswer| {
        matches!(a.question, HostQuestion::Level | HostQuestion::Name) && a.verdict != Verdict::SameCode
    };
    let mut answers: Vec<&HostAnswer> = section.answer.iter().filter(asked).collect();
    answers.sort_by(|a, b| moves(b).0.cmp(&moves(a).0).then(moves(b).1.total_cmp(&moves(a).1)));
    for a in answers.iter().take(ANSWERS) {
        let flags = a.flags.join(" ");
        line(text, a.question.name(), a.verdict, (a.effect, a.low, a.high), &flags, paper);
    }
    let set = section.answer.iter().find(|a| a.question == HostQuestion::Set && !a.domain.is_empty());
    if let Some(told) = set.or(answers.first().copied()).filter(|a| !a.domain.is_empty()) {
        let mut domains: Vec<(&String, f64)> = told.domain.iter().map(|(name, d)| (name, d.effect)).collect();
        domains.sort_by(|a, b| b.1.total_cmp(&a.1));
        let each: Vec<String> = domains.iter().map(|(name, effect)| format!("{name} {effect:+.0}")).collect();
        let line = format!("{}: {}", short(&told.flags.join(" "), 24), each.join(", "));
        let _ = writeln!(text, "  {}", two(&paper.wrap(&line, 2)));
    }
}

fn line(
    text: &mut String,
    what: &str,
    verdict: Verdict,
    (effect, low, high): (Option<f64>, Option<f64>, Option<f64>),
    flags: &str,
    paper: &Paper,
) {
    let style = super::table::colour(verdict);
    let figures = match (effect, low, high) {
        (Some(e), Some(l), Some(h)) => format!("{e:+6.1} {:>16}", format!("[{l:+.1}, {h:+.1}]")),
        _ => String::new(),
    };
    let head = format!("  {what:<6} {verdict:<16} {figures:<23}  ");
    let used = head.chars().count();
    let flags = match paper.width {
        Some(width) => short(flags, width.saturating_sub(used).max(8)),
        None => flags.to_string(),
    };
    let head = head.replacen(verdict.name(), &format!("{style}{verdict}{style:#}"), 1);
    let _ = writeln!(text, "{}", format!("{head}{}", paper.fit(&flags, used)).trim_end());
}

/// One line a group for what was not confirmed.
fn rest(text: &mut String, section: &Section, paper: &Paper) {
    let rows = others(section);
    let count = |wanted: &[Verdict]| rows.iter().filter(|r| wanted.contains(&r.verdict)).count();
    let late = count(&[Verdict::NotReached]);
    let groups = [
        (count(&[Verdict::SameCode]), "change no code"),
        (count(&[Verdict::Refused]), "refused by policy"),
        (count(&[Verdict::Unsupported]), "not taken by the compiler"),
        (count(&[Verdict::Crashed]), "crash"),
        (count(&[Verdict::WrongResult]), "compute something else"),
        (count(&[Verdict::Inconclusive]), "screened and not confirmed"),
    ];
    let told = groups.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}"));
    let late = (late > 0).then(|| format!("{late} not reached: --budget 10m"));
    let told: Vec<String> = told.chain(late).collect();
    if !told.is_empty() {
        let _ = writeln!(text, "  {}", two(&paper.wrap(&format!("the rest: {}", told.join(", ")), 2)));
    }
    let screened =
        section.judged.iter().filter(|j| j.stage == Stage::Screen && j.effect.is_some_and(|e| e > 0.5));
    let mut best: Vec<(f64, String)> =
        screened.map(|j| (j.effect.unwrap_or_default(), j.flags.join(" "))).collect();
    best.sort_by(|a, b| b.0.total_cmp(&a.0));
    let named = best.iter().take(PROMISING).map(|(e, flags)| format!("{} ~{e:+.0}", short(flags, 24)));
    let named: Vec<String> = named.collect();
    if !named.is_empty() {
        let _ =
            writeln!(text, "  {}", paper.fit(&format!("best in screening alone: {}", named.join(", ")), 2));
    }
}

fn footer(text: &mut String, profile: &Profile, paper: &Paper) {
    let Some(m) = &profile.measurement else { return };
    let aa = &m.aa;
    let measured = aa.low != 0.0 || aa.high != 0.0;
    let control = match measured {
        true => format!("{:+.1} [{:+.1}, {:+.1}], {}", aa.effect, aa.low, aa.high, aa.verdict),
        false => "not measured".into(),
    };
    let sure = format!(
        "Positive is faster, about per cent; a section's intervals hold together at {:.0} %. Control (a build against itself): {control}.",
        100.0 * (1.0 - m.alpha)
    );
    let _ = writeln!(text, "{}", two(&paper.wrap(&sure, 0)));
    let s = &m.spent_s;
    let parts = [s.accept + s.identity, s.screen + s.search, s.confirm];
    let all: f64 = parts.iter().sum();
    let shown = rounded(&parts, 1.0);
    let cost = format!(
        "Took {all:.0} s: {:.0} to build and compare, {:.0} to screen and search, {:.0} to confirm; -v has all.",
        shown[0], shown[1], shown[2]
    );
    let _ = writeln!(text, "{}", paper.fit(&cost, 0));
}

#[cfg(test)]
mod tests {
    use super::*;
    use hwtune::profile::parse;

    fn profile() -> Profile {
        let mut profile = parse(include_str!("../../tests/profiles/layouts.toml"), "layouts.toml").unwrap();
        let host = parse(include_str!("../../tests/profiles/measured.toml"), "measured.toml").unwrap();
        profile.package.insert("host".into(), host.package["host"].clone());
        profile
    }

    fn drawn(width: Option<usize>) -> String {
        let next = [("hwtune render gentoo".to_string(), "the flags for Portage".to_string())];
        let tuned = ["host", "glibc", "zlib"].map(String::from);
        let text = screen(&profile(), &tuned, &Paper { width, unicode: true }, &next);
        anstream::adapter::strip_str(&text).to_string()
    }

    #[test]
    fn three_subjects_fit_a_screen() {
        let text = drawn(Some(80));
        assert!(text.lines().count() <= 40, "{} lines\n{text}", text.lines().count());
        assert!(text.lines().all(|l| l.chars().count() <= 80), "{text}");
        assert!(
            text.contains("host  append: -march=skylake") && text.contains("helps +8.2 [+7.1, +9.3]"),
            "{text}"
        );
        assert!(text.contains("numeric +31, strings +4, parsing +0"), "{text}");
        assert!(text.lines().last().unwrap().starts_with("Next: hwtune render gentoo"), "{text}");
        assert!(drawn(None).lines().count() <= 40);
    }

    #[test]
    fn screening_shows_a_rank_and_never_an_interval() {
        let text = drawn(Some(80));
        let screened = text.lines().filter(|l| l.contains("in screening"));
        assert!(screened.clone().count() > 0, "{text}");
        assert!(screened.clone().all(|l| l.contains('~') && !l.contains('[')), "{text}");
    }
}
