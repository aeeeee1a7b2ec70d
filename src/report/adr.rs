//! The section of an architecture decision record: risks of this host and route, expected against measured.

use super::expectation::{Expectation, Standing, expectations, risks};
use super::markdown::{code, prose, table, text};
use crate::profile::{Evidence, JudgedKind, Judgement, Profile, Section, Stage};
use crate::rollout::{Compared, Route, State};
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
            "- {}: appended to {}: {flags}.{}",
            text(name),
            code(&section.base.join(" ")),
            why(section)
        );
    }
    let _ = writeln!(out, "\n{}\n", standing_of_rollout(of));
    let _ = writeln!(out, "### Risks\n\n{}", risk_table(of));
    let _ = writeln!(out, "### Expected against measured\n");
    for package in ["glibc", "zlib"] {
        let rows: Vec<Vec<String>> =
            expectations().iter().filter(|e| e.package == package).map(|e| row(of, e)).collect();
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
    format!(
        "Measured {} with {}; intervals hold together at {:.0} %. Control, a build against itself: {:+.2} [{:+.2}, {:+.2}], {}.",
        text(&profile.system.measured_at),
        tools.join(", "),
        100.0 * (1.0 - m.alpha),
        m.aa.effect,
        m.aa.low,
        m.aa.high,
        m.aa.verdict
    )
}

/// The rollout's figures, if it was one of this profile.
fn verified<'a>(of: &Adr<'a>) -> Option<(&'a State, &'a [Compared])> {
    let state = of.rollout?;
    let plan = state.plan.as_ref()?;
    let ours = plan.fingerprint == of.profile.fingerprint && plan.route == of.route.name();
    let verified = state.verified.as_ref().filter(|_| ours)?;
    Some((state, &verified.timing))
}

fn standing_of_rollout(of: &Adr<'_>) -> String {
    let Some(state) = of.rollout else { return "Rollout: not begun.".into() };
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

/// One row: what can be known, what was found, why.
fn row(of: &Adr<'_>, expected: &Expectation) -> Vec<String> {
    let (standing, found) = match expected.standing {
        Standing::NotReached => ("not reached", "-".to_string()),
        Standing::NotMovable => ("not movable by flags", jobs(of, expected).unwrap_or_else(|| "-".into())),
        Standing::StandIn => match jobs(of, expected) {
            Some(found) if expected.direct => ("measured", found),
            Some(found) => ("measured by stand-in", found),
            None => match stand_in(of.profile, expected) {
                Some(found) => ("measured by stand-in", found),
                None => ("not measured", "-".into()),
            },
        },
    };
    let why = match (standing, of.profile.package.get(&expected.package)) {
        ("not measured", None) => format!("{}; the profile has no {}", expected.why, expected.package),
        ("not measured", Some(s)) if s.flags.is_empty() => {
            format!("{}; no flag was found to write", expected.why)
        }
        _ => expected.why.clone(),
    };
    vec![text(&expected.operation), text(&expected.expected), standing.into(), found, prose(&why)]
}

/// Figures of `rollout verify`, with the libraries that were really built.
fn jobs(of: &Adr<'_>, expected: &Expectation) -> Option<String> {
    let (state, timing) = verified(of)?;
    state.plan.as_ref()?.packages.get(&expected.package)?;
    let figures: Vec<String> = timing
        .iter()
        .filter(|row| expected.jobs.contains(&row.job))
        .map(|c| {
            format!(
                "{} in the built library: {:+.2} [{:+.2}, {:+.2}], n = {}",
                code(&c.job),
                c.effect,
                c.low,
                c.high,
                c.n
            )
        })
        .collect();
    (!figures.is_empty()).then(|| figures.join("; "))
}

/// Figures of the profile's kernels, from the confirmation.
fn stand_in(profile: &Profile, expected: &Expectation) -> Option<String> {
    let section = profile.package.get(&expected.package)?;
    if section.evidence == Evidence::None {
        return None;
    }
    if expected.whole {
        let (e, l, h) = (section.effect?, section.low?, section.high?);
        let n = count(section.layouts, section.pairs);
        return Some(format!("{e:+.2} [{l:+.2}, {h:+.2}], {n}, {}", section.verdict));
    }
    let figure = |j: &Judgement| {
        let kernel = j.kernel.as_deref()?;
        let name = kernel.rsplit('/').next().unwrap_or(kernel);
        let ours = expected.kernels.iter().any(|k| k == name);
        let decided = j.kind == JudgedKind::Set && j.stage == Stage::Confirm;
        // Of a set that was written, its own rows; of one that failed, what was judged of it.
        let same = section.flags.is_empty() || j.flags == section.flags;
        let (e, l, h) = (j.effect?, j.low?, j.high?);
        let told = format!(
            "kernel {}: {e:+.2} [{l:+.2}, {h:+.2}], {}, {}",
            code(name),
            count(j.layouts, j.pairs),
            j.verdict
        );
        (ours && decided && same).then_some(told)
    };
    let figures: Vec<String> = section.judged.iter().filter_map(figure).collect();
    (!figures.is_empty()).then(|| figures.join("; "))
}

fn count(layouts: u32, pairs: u32) -> String {
    format!("n = {layouts} layouts ({pairs} pairs)")
}
