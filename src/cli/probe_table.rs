//! What compilers said of flags, as a table: a terminal gets a line for each group of flags of which the same was said.

use super::terminal::{Paper, SCREEN};
use anstyle::{AnsiColor, Style};
use hwtune::report::short;
use hwtune::toolchain::{Acceptance, Answers, Status};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// All compilers, each in its table. `all` shows every flag on a terminal too.
pub fn tables(reports: &[Answers], paper: &Paper, all: bool) -> String {
    let rows: usize = reports.iter().map(|r| r.flags.len() + 2).sum();
    if paper.width.is_none() || all || rows <= SCREEN {
        return reports.iter().map(|r| head(r, paper) + &whole(r) + &counts(r, "")).collect();
    }
    let room = (SCREEN - 1) / reports.len().max(1);
    reports
        .iter()
        .map(|r| head(r, paper) + &grouped(r, paper, room.saturating_sub(2)) + &counts(r, "; -v lists each"))
        .collect()
}

fn head(report: &Answers, paper: &Paper) -> String {
    let bold = Style::new().bold();
    let compiler = &report.compiler;
    let name = format!("{} {}", compiler.compiler, compiler.version);
    let rest = paper.fit(&format!("{}  {}", compiler.target, compiler.path), name.len() + 2);
    format!("{bold}{name}{bold:#}  {rest}\n")
}

/// A line each.
fn whole(report: &Answers) -> String {
    let mut text = String::new();
    let width = report.flags.iter().map(|f| f.flag.len().min(48)).max().unwrap_or(0);
    for answer in &report.flags {
        let style = colour(answer.status);
        let line = format!(
            "  {style}{:<8}{style:#}  {:<width$}  {}",
            name(answer.status),
            answer.flag,
            answer.message
        );
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// A line a group, the largest first; within `room` lines.
fn grouped(report: &Answers, paper: &Paper, room: usize) -> String {
    let mut groups: BTreeMap<(Status, String), Vec<&Acceptance>> = BTreeMap::new();
    for answer in &report.flags {
        groups.entry((answer.status, kind(answer))).or_default().push(answer);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|((status, _), list)| (*status, std::cmp::Reverse(list.len())));
    let mut text = String::new();
    let fits = if groups.len() > room { room.saturating_sub(1) } else { room };
    for ((status, why), list) in groups.iter().take(fits) {
        let style = colour(*status);
        let flags = list.iter().map(|a| a.flag.as_str()).collect::<Vec<_>>().join(" ");
        let told = match (list.len(), why.is_empty()) {
            (_, true) => flags,
            (1, false) => format!("{flags}: {why}"),
            (_, false) => format!("{}: {why}", short(&flags, 34)),
        };
        let line = paper.fit(&told, 16);
        let _ = writeln!(text, "  {style}{:<8}{style:#} {:>4} {line}", name(*status), list.len());
    }
    if groups.len() > fits {
        let rest: usize = groups[fits..].iter().map(|(_, list)| list.len()).sum();
        let _ = writeln!(text, "  and {rest} flags for {} other reasons", groups.len() - fits);
    }
    text
}

/// What was said of a flag without the flag itself, so that the same said of another reads the same.
fn kind(answer: &Acceptance) -> String {
    // The class of risk: each flag has a reason of its own.
    if answer.status == Status::Refused {
        return answer.message.split(':').next().unwrap_or_default().into();
    }
    let words = answer.flag.split([' ', '=']).next().unwrap_or_default();
    answer.message.replace(&answer.flag, "it").replace(words, "it")
}

fn counts(report: &Answers, more: &str) -> String {
    let mut counts: BTreeMap<Status, usize> = BTreeMap::new();
    report.flags.iter().for_each(|answer| *counts.entry(answer.status).or_default() += 1);
    let counts: Vec<String> = counts.iter().map(|(status, n)| format!("{n} {}", name(*status))).collect();
    format!("{}{more}\n", counts.join(", "))
}

fn name(status: Status) -> &'static str {
    match status {
        Status::Accepted => "accepted",
        Status::Warned => "warned",
        Status::Ignored => "ignored",
        Status::Rejected => "rejected",
        Status::Refused => "refused",
    }
}

fn colour(status: Status) -> Style {
    let of = |c: AnsiColor| Style::new().fg_color(Some(c.into()));
    match status {
        Status::Accepted => of(AnsiColor::Green),
        Status::Warned => of(AnsiColor::Yellow),
        Status::Rejected | Status::Refused => of(AnsiColor::Red),
        Status::Ignored => Style::new(),
    }
}
