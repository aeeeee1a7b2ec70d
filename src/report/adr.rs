//! The section of an architecture decision record: risks of this host and route, expected against measured.

use super::expectation::risks;
use super::expected::{Expected, expected, verified};
use super::markdown::{code, prose, table, text};
use crate::profile::{Profile, Section};
use crate::rollout::{Route, State};
use std::fmt::Write;

/// What the section is made of.
#[derive(Debug)]
pub struct Adr<'a> {
    /// The host's profile.
    pub profile: &'a Profile,
    /// The route taken or to be taken.
    pub route: Route,
    /// The rollout, where there is one.
    pub rollout: Option<&'a State>,
}

/// The section as Markdown.
pub fn adr(of: &Adr<'_>) -> String {
    let profile = of.profile;
    let host = &profile.host;
    let mut out = format!(
        "## glibc and zlib built for {} ({}), route {}\n\n",
        text(&host.name),
        text(&host.microarchitecture),
        of.route.name()
    );
    let _ = writeln!(out, "CPU: {}. Profile: {}.", text(&host.cpu), code(&profile.fingerprint));
    let _ = writeln!(out, "{}\n", method(profile));
    for (name, section) in profile.package.iter().filter(|(n, _)| ["glibc", "zlib"].contains(&n.as_str())) {
        let flags = if section.flags.is_empty() { "nothing".into() } else { code(&section.flags.join(" ")) };
        let _ = writeln!(
            out,
            "- {}, built with {}{}: found to append: {flags}.{}",
            text(name),
            code(&section.base.join(" ")),
            match section.nixpkgs.as_str() {
                "" => String::new(),
                release => format!(", as nixpkgs {} builds it", text(release)),
            },
            why(section)
        );
    }
    let _ = writeln!(
        out,
        "\nWhat the module writes of these, and why not the rest: `hwtune render {} --explain`.\n",
        of.route.target()
    );
    let _ = writeln!(out, "{}\n", standing_of_rollout(of));
    let _ = writeln!(out, "### Risks\n\n{}", risk_table(of));
    let _ = writeln!(out, "### Expected against measured\n");
    for package in ["glibc", "zlib"] {
        let rows: Vec<Vec<String>> = expected(of, package, code).into_iter().map(escaped).collect();
        let head = ["Operation", "Expected", "Standing", "Found", "Reason"];
        let _ = writeln!(out, "#### {package}\n\n{}", table(&head, &rows));
    }
    let _ = writeln!(
        out,
        "Expected figures are gains in per cent as they were written; found figures are effects, 100 · ln(time before / time \
         after), with their intervals: positive is faster.\n\n\
         Made by hwtune {} (report --section adr).",
        env!("CARGO_PKG_VERSION")
    );
    out
}

fn why(section: &Section) -> String {
    if section.reason.is_empty() {
        String::new()
    } else {
        format!(" {}.", text(section.reason.trim_end_matches('.')))
    }
}

fn method(profile: &Profile) -> String {
    let Some(m) = &profile.measurement else { return "Nothing was measured on this host.".into() };
    let tools: Vec<String> = profile.toolchain.iter().map(|t| text(&t.id)).collect();
    let control = match m.aa.measured() {
        true => format!("{:+.2} [{:+.2}, {:+.2}], {}", m.aa.effect, m.aa.low, m.aa.high, m.aa.verdict),
        false => "not measured".into(),
    };
    format!(
        "Measured {} with {}; the intervals of each group of confirmed rows hold together at {:.0} %. Control, a build against itself: {control}.",
        text(&profile.system.measured_at),
        tools.join(", "),
        100.0 * (1.0 - m.alpha)
    )
}

fn standing_of_rollout(of: &Adr<'_>) -> String {
    let Some(state) = of.rollout else { return "Rollout: not started.".into() };
    let base = state.baseline.as_ref().map(|b| {
        let generation = b.generation.map_or("unknown".into(), |n| n.to_string());
        format!("baseline of {}, generation {generation}", text(&b.at))
    });
    let base = base.unwrap_or_else(|| "no baseline".into());
    let verdict = match (&state.verified, verified(of)) {
        (Some(v), Some(_)) => {
            format!("verified {}: {}", text(&v.at), if v.keep { "keep" } else { "roll back" })
        }
        (Some(_), None) => "verified for another profile or route, whose figures are left out".into(),
        (None, _) => "not verified yet".into(),
    };
    let back = state.back.as_ref().filter(|b| b.complete).map(|b| format!("; rolled back {}", text(&b.at)));
    format!("Rollout: {base}; {verdict}{}.", back.unwrap_or_default())
}

fn risk_table(of: &Adr<'_>) -> String {
    let host = &of.profile.host;
    let number = of.rollout.and_then(|s| s.baseline.as_ref()).and_then(|b| b.generation);
    let generation = number.map_or("the generation before".into(), |n| format!("generation {n}"));
    let mine = risks().iter().filter(|r| r.routes.iter().any(|name| name == of.route.name()));
    let values = [("{host}", &host.name), ("{cpu}", &cpu(of.profile)), ("{generation}", &generation)];
    // What is filled in is never looked through again: each part between braces is text of its own.
    let fill = |cell: &str| -> String {
        let parts = cell.split_inclusive('}').flat_map(|part| match part.find('{') {
            Some(at) => [&part[..at], &part[at..]],
            None => [part, ""],
        });
        let value = |part: &str| values.iter().find(|(name, _)| *name == part).map(|(_, value)| text(value));
        parts.map(|part| value(part).unwrap_or_else(|| prose(part))).collect()
    };
    let rows: Vec<Vec<String>> =
        mine.map(|r| [&r.risk, &r.impact, &r.mitigation, &r.back].map(|cell| fill(cell)).to_vec()).collect();
    table(&["Risk", "Impact", "Against it", "Way back"], &rows)
}

/// The CPU with its level, `skylake (x86-64-v3)`.
fn cpu(profile: &Profile) -> String {
    let host = &profile.host;
    host.level
        .as_ref()
        .map_or(host.microarchitecture.clone(), |l| format!("{} ({l})", host.microarchitecture))
}

fn escaped(row: Expected) -> Vec<String> {
    // What was found has its code spans already.
    vec![text(&row.operation), text(&row.expected), row.standing.into(), row.found, prose(&row.why)]
}
