//! The groups of a fleet for people.

use super::terminal::{Paper, SCREEN};
use anstyle::Style;
use hwtune::fleet::Group;
use hwtune::profile;
use hwtune::render::line;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Lines of a group on a terminal, with the last that says how many more there are.
const LINES: usize = 9;

/// All groups. A terminal gets a screen: few lines of the first groups, and the others by their names.
pub fn table(groups: &[Group], paper: &Paper, all: bool) -> String {
    if paper.width.is_none() || all {
        return groups.iter().map(whole).collect();
    }
    let shown = if groups.len() > SCREEN / LINES { SCREEN / LINES } else { groups.len() };
    let room = (SCREEN - 4).checked_div(shown).unwrap_or(LINES).max(LINES);
    let mut text: String = groups.iter().take(shown).map(|group| brief(group, paper, room)).collect();
    if groups.len() > shown {
        let rest = groups[shown..].iter().map(|g| format!("{} ({})", line(&g.name), g.hosts.len()));
        let rest =
            format!("and {}: {}", count(groups.len() - shown, "group"), rest.collect::<Vec<_>>().join(", "));
        let wrapped = paper.wrap(&rest, 2);
        wrapped.lines().take(3).for_each(|line| text.push_str(&format!("{line}\n")));
    }
    text
}

/// A line a row of a group, within `room` lines.
fn brief(group: &Group, paper: &Paper, room: usize) -> String {
    let all = whole(group);
    let rows: Vec<&str> = all.lines().collect();
    let fits = if rows.len() > room { room - 1 } else { room };
    let mut text = String::new();
    for row in rows.iter().take(fits) {
        let _ = writeln!(text, "{}", fitted(row, paper));
    }
    if rows.len() > fits {
        let _ = writeln!(text, "  and {} more rows; -v shows them", rows.len() - fits);
    }
    text
}

/// A row within the width; what is bold in it stays so where nothing is cut.
fn fitted(row: &str, paper: &Paper) -> String {
    let plain = anstream::adapter::strip_str(row).to_string();
    let cut = paper.fit(&plain, 0);
    if cut == plain { row.into() } else { cut }
}

/// A group with all that is known of it.
fn whole(group: &Group) -> String {
    let bold = Style::new().bold();
    let mut text = String::new();
    let host = &group.profile.host;
    let _ = writeln!(
        text,
        "{bold}{}{bold:#}  {}: {}",
        line(&group.name),
        count(group.hosts.len(), "host"),
        shortened(&group.hosts)
    );
    let masked =
        if host.masked.is_empty() { String::new() } else { format!(", without {}", host.masked.join(" ")) };
    let _ = writeln!(text, "  common CPU  {}{}", line(&host.microarchitecture), line(&masked));
    for chain in &group.profile.toolchain {
        // There the name is a CPU for -mcpu, which sets both.
        let arm = chain.target.starts_with("aarch64") || chain.target.starts_with("arm");
        let option = if arm { "-mcpu" } else { "-march" };
        let march =
            if chain.march.is_empty() { "no name".into() } else { format!("{option}={}", chain.march) };
        let tune =
            if chain.mtune.is_empty() || arm { String::new() } else { format!("-mtune={}", chain.mtune) };
        let flags = [vec![march], chain.add.clone(), chain.drop.clone(), vec![tune]].concat().join(" ");
        let _ = writeln!(text, "  {}  {}", line(&chain.id), line(flags.trim_end()));
    }
    for (name, section) in group.profile.package.iter().chain(&group.profile.kernel) {
        let flags = if section.flags.is_empty() { "nothing".into() } else { section.flags.join(" ") };
        let figures = match (section.effect, section.low, section.high) {
            (Some(e), Some(l), Some(h)) => format!(" {e:+.2} [{l:+.2}, {h:+.2}]"),
            _ => String::new(),
        };
        let standing = match section.evidence {
            profile::Evidence::None if section.flags.is_empty() => "not measured".to_string(),
            profile::Evidence::None => "NOT MEASURED in this form".to_string(),
            _ => format!("{}{figures}", section.verdict),
        };
        let reason = if section.reason.is_empty() { String::new() } else { format!("; {}", section.reason) };
        let _ = writeln!(
            text,
            "  {bold}{}{bold:#}: append {}: {standing}{}",
            line(name),
            line(&flags),
            line(&reason)
        );
    }
    for ((subject, reason), hosts) in &reasons(group) {
        let _ = writeln!(text, "  to tune: {}, {}: {}", line(subject), line(reason), shortened(hosts));
    }
    for note in &group.notes {
        let _ = writeln!(text, "  note: {}", line(note));
    }
    text
}

/// Hosts to tune, those of one reason together.
fn reasons(group: &Group) -> BTreeMap<(&str, &str), Vec<String>> {
    let mut reasons: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for retune in &group.retune {
        reasons.entry((&retune.subject, &retune.reason)).or_default().push(retune.host.clone());
    }
    reasons
}

pub fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

fn shortened(names: &[String]) -> String {
    let shown = names.iter().take(8).map(|n| line(n)).collect::<Vec<_>>().join(" ");
    if names.len() > 8 { format!("{shown} and {} more", names.len() - 8) } else { shown }
}
