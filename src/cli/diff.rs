//! The `diff` command.

use super::common::{Common, Format};
use super::diff_summary::summary;
use super::output::{self, Stop};
use super::table::colour;
use super::terminal::Paper;
use super::{exit, forms};
use anstyle::{AnsiColor, Style};
use hwtune::profile::{
    self, Compared, Diff, Difference, Figure, JudgedKind, Profile, Relation, SectionDiff, Stage,
};
use hwtune::report::{Scale, decided};
use hwtune::text::place;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Show what differs between two profiles beyond noise
///
/// Tells what differs between two profiles: hosts, compilers, flags and verdicts. Verdicts differ beyond noise where
/// their intervals are disjoint or they exclude each other; where they merely read differently they do not.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The first profile; `-` is standard input
    #[arg(value_name = "A")]
    a: PathBuf,
    /// The second profile; `-` is standard input
    #[arg(value_name = "B")]
    b: PathBuf,
}

/// Runs the command.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<u8> {
    if [&args.a, &args.b].into_iter().all(|p| p.as_path() == Path::new("-")) {
        return Err(Stop::usage("diff: standard input holds one profile; give a file for the other").into());
    }
    let (a, b) = (profile::read(&args.a)?, profile::read(&args.b)?);
    let found = profile::diff(&a, &b);
    let text = forms::document(common, &found, "diff", || {
        human(args, [&a, &b], &found, &Paper::of(common), common.verbose > 0)
    })?;
    output::screenful(common, &text)?;
    if !found.beyond_noise() && common.format == Format::Human {
        output::note(common, "nothing differs beyond noise");
    }
    Ok(exit::OK)
}

fn human(args: &Args, profiles: [&Profile; 2], found: &Diff, paper: &Paper, all: bool) -> String {
    let mut text = String::new();
    for (side, path, profile) in [("A", &args.a, profiles[0]), ("B", &args.b, profiles[1])] {
        let at = &profile.system.measured_at;
        let when = if at.is_empty() { "not measured".into() } else { format!("measured {at}") };
        let head = format!("{}  {}, {}, {when}", place(path), profile.host.name, profile.host.cpu);
        let _ = writeln!(text, "{side}  {}", paper.wrap(&head, 3));
    }
    let margins = profiles.iter().filter_map(|p| p.measurement.as_ref()).map(|m| m.margin);
    let margin = margins.reduce(f64::min).unwrap_or(1.0);
    let ground = (scale(found, margin), margin);
    text += &summary(profiles, found, paper, &ground);
    if paper.width.is_some() && !all {
        let _ = writeln!(text, "-v shows each row, --format json holds them");
        return text;
    }
    // The heads tell it already.
    let system: Vec<Difference> =
        found.system.iter().filter(|d| d.key != "system.measured_at").cloned().collect();
    let tables = [
        ("host", &found.host),
        ("system", &system),
        ("toolchains", &found.toolchain),
        ("measurement", &found.measurement),
    ];
    for (title, list) in tables.into_iter().filter(|(_, list)| !list.is_empty()) {
        let _ = writeln!(text, "\n{}", bold(title));
        rows(&mut text, list, "", paper);
    }
    found.sections.iter().for_each(|s| section(&mut text, s, paper, &ground));
    text
}

pub(super) fn bold(word: &str) -> String {
    let bold = Style::new().bold();
    format!("{bold}{word}{bold:#}")
}

fn rows(text: &mut String, list: &[Difference], below: &str, paper: &Paper) {
    let short = |d: &Difference| d.key.strip_prefix(below).unwrap_or(&d.key).to_string();
    let width = list.iter().map(|d| short(d).len()).max().unwrap_or(0);
    for one in list {
        let _ =
            writeln!(text, "  {:<width$}  {}", paper.plain(&short(one)), paper.wrap(&one.text(), width + 4));
    }
}

fn section(text: &mut String, found: &SectionDiff, paper: &Paper, ground: &(Scale, f64)) {
    let _ = writeln!(text, "\n{}", bold(&paper.plain(&found.at)));
    if let Some(side) = found.only {
        let _ = writeln!(text, "  only in {}", side.to_ascii_uppercase());
        return;
    }
    rows(text, &found.keys, &format!("{}.", found.at), paper);
    let yellow = Style::new().fg_color(Some(AnsiColor::Yellow.into()));
    let groups = [
        (Relation::BeyondNoise, "beyond noise", yellow),
        (Relation::WithinNoise, "within noise", Style::new()),
        (Relation::Incomparable, "not comparable: another base, other flags or another set", Style::new()),
    ];
    for (relation, title, style) in groups {
        let list: Vec<&Compared> = found.compared().filter(|c| c.relation == relation).collect();
        if list.is_empty() {
            continue;
        }
        let _ = writeln!(text, "  {style}{title}{style:#}");
        for one in list {
            if one.a.effect.is_none() && one.b.effect.is_none() {
                let [a, b] = [&one.a, &one.b].map(|f| (colour(f.verdict), f.verdict));
                let _ = writeln!(
                    text,
                    "    {}{:>12}{:#} -> {}{:<12}{:#}  {}",
                    a.0,
                    a.1,
                    a.0,
                    b.0,
                    b.1,
                    b.0,
                    paper.fit(&what(one), 34)
                );
                continue;
            }
            let _ = writeln!(text, "    {}", paper.fit(&what(one), 4));
            for (side, f) in [("A", &one.a), ("B", &one.b)] {
                let style = colour(f.verdict);
                let told = format!("{side} {style}{:<38}{style:#} {}", figure(f), bar(f, paper, ground));
                let _ = writeln!(text, "      {}", told.trim_end());
            }
        }
    }
    let agree = found.compared().filter(|c| c.relation == Relation::Agrees).count();
    let counts = [(agree, "agree"), (found.only_a, "only in A"), (found.only_b, "only in B")];
    let counts: Vec<String> =
        counts.iter().filter(|(n, _)| *n > 0).map(|(n, w)| format!("{n} {w}")).collect();
    if !counts.is_empty() {
        let _ = writeln!(text, "  verdicts: {}", counts.join(", "));
    }
}

pub(super) fn figure(figure: &Figure) -> String {
    let screened = if figure.stage == Stage::Screen { " (screened)" } else { "" };
    match (figure.effect, figure.low, figure.high) {
        (Some(e), Some(l), Some(h)) => format!("{} {e:+.2} [{l:+.2}, {h:+.2}]{screened}", figure.verdict),
        _ => figure.verdict.name().into(),
    }
}

/// One scale for all bars, so that they can be compared.
fn scale(found: &Diff, margin: f64) -> Scale {
    let shown = |c: &&Compared| c.relation != Relation::Agrees;
    let all: Vec<&Figure> =
        found.sections.iter().flat_map(|s| s.compared()).filter(shown).flat_map(|c| [&c.a, &c.b]).collect();
    let estimates: Vec<f64> = all.iter().filter_map(|f| f.effect).collect();
    let ends: Vec<f64> = all.iter().flat_map(|f| [f.low, f.high]).flatten().collect();
    Scale::around(margin, &estimates, &ends)
}

pub(super) fn bar(figure: &Figure, paper: &Paper, (scale, margin): &(Scale, f64)) -> String {
    let room = paper.width.map_or(31, |w| w.saturating_sub(48).min(31));
    match (figure.effect, figure.low, figure.high) {
        (Some(e), Some(l), Some(h)) if room >= 13 => {
            paper.strokes().bar(scale, room, *margin, Some((e, l, h)), decided(figure.verdict))
        }
        _ => String::new(),
    }
}

pub(super) fn what(one: &Compared) -> String {
    let flags = one.flags.join(" ");
    match (&one.kernel, one.kind) {
        (Some(kernel), _) => kernel.clone(),
        (None, JudgedKind::Without) => format!("without {flags}"),
        (None, _) if flags.is_empty() => "the section's verdict".into(),
        (None, _) => flags,
    }
}
