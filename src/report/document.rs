//! The report as Markdown, for a decision record or a pull request.

use super::bar::Strokes;
use super::compared::{Together, together};
use super::markdown::{code, fence, prose, table, text};
use super::rows::{Group, Row, decided, short};
use super::scale::Scale;
use super::time::{seconds, stages};
use super::view::{Fact, Part, Source, View, view};
use crate::profile::Profile;
use std::fmt::Write;

/// Characters of an interval's bar.
const BAR: usize = 33;

/// One host.
pub fn markdown(source: &Source<'_>) -> String {
    let view = view(source);
    let margin = source.profile.measurement.as_ref().map_or(1.0, |m| m.margin);
    let when = if view.measured_at.is_empty() {
        "not measured".into()
    } else {
        format!("measured {}", view.measured_at)
    };
    let mut out = format!("# {}\n\n{}, {}.\n\n", text(&view.name), text(&view.cpu), text(&when));
    let answers: Vec<Vec<String>> = view.sections.iter().map(answer).collect();
    out += &table(&["Package", "Append", "Verdict", "Effect", "Interval"], &answers);
    if !view.complete {
        out += "\nThe run was interrupted: nothing unconfirmed is to be appended.\n";
    }
    out += "\n## Host\n\n";
    out += &facts(&view.facts);
    for told in &view.toolchains {
        let _ = writeln!(out, "- {}: {}", text(&told.id), words(&told.flags, "no name for this CPU"));
    }
    list(&mut out, "Why this is the CPU", &view.reasons);
    for told in &view.toolchains {
        list(&mut out, &format!("Why {} gets these flags", told.id), &told.reasons);
    }
    view.sections.iter().for_each(|p| part(&mut out, p, margin));
    method(&mut out, source, &view);
    for (package, rows) in &view.expected {
        let _ = writeln!(out, "\n## {}: expected against measured\n", text(package));
        let row = |e: &super::expected::Expected| {
            vec![text(&e.operation), text(&e.expected), e.standing.into(), text(&e.found), prose(&e.why)]
        };
        let rows: Vec<Vec<String>> = rows.iter().map(row).collect();
        out += &table(&["Operation", "Expected", "Standing", "Found", "Why"], &rows);
    }
    let _ = writeln!(out, "\n## {}\n", text(&view.rendered.target));
    match view.rendered.why_not.is_empty() {
        true => out += &fence(&view.rendered.text),
        false => out += &format!("Not rendered: {}\n", text(&view.rendered.why_not)),
    }
    out + &foot(view.version)
}

/// Several hosts.
pub fn markdown_of_several(profiles: &[Profile]) -> String {
    let Together { version, names, facts, parts, beyond, margin } = together(profiles);
    let mut out = format!("# {} hosts compared\n\n", names.len());
    let head: Vec<String> = [String::new()].into_iter().chain(names.iter().map(|n| text(n))).collect();
    let row = |(key, values): &(String, Vec<String>)| {
        let all = |at: usize| values.get(at).or(values.first()).map(|v| text(v)).unwrap_or_default();
        [text(key)].into_iter().chain((0..names.len()).map(all)).collect()
    };
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    out += &table(&head, &facts.iter().map(row).collect::<Vec<Vec<String>>>());
    for part in &parts {
        let _ = writeln!(out, "\n## {}", text(&part.name));
        groups(&mut out, &part.groups, margin);
    }
    out += "\n## What differs beyond noise\n";
    for (other, lines) in &beyond {
        let _ = writeln!(out, "\n{} against {}:\n", text(&names[0]), text(other));
        match lines.is_empty() {
            true => out += "- nothing\n",
            false => lines.iter().for_each(|line| out += &format!("- {}\n", text(line))),
        }
    }
    out + &foot(version)
}

fn answer(part: &Part) -> Vec<String> {
    let Row { verdict, effect_text, interval_text, .. } = &part.answer;
    vec![
        text(&part.name),
        words(&part.flags, "nothing"),
        verdict.to_string(),
        effect_text.clone(),
        interval_text.clone(),
    ]
}

fn words(flags: &[String], none: &str) -> String {
    if flags.is_empty() { none.into() } else { code(&flags.join(" ")) }
}

fn facts(facts: &[Fact]) -> String {
    facts.iter().map(|(key, value)| format!("- {}: {}\n", text(key), text(value))).collect()
}

fn list(out: &mut String, title: &str, lines: &[String]) {
    if !lines.is_empty() {
        let _ = writeln!(out, "\n{}:\n", text(title));
        lines.iter().for_each(|line| *out += &format!("- {}\n", text(line)));
    }
}

fn part(out: &mut String, part: &Part, margin: f64) {
    let _ = writeln!(out, "\n## {}\n\nAppend {}.", text(&part.name), words(&part.flags, "nothing"));
    let release = match part.nixpkgs.is_empty() {
        true => String::new(),
        false => format!("as nixpkgs {} builds it", part.nixpkgs),
    };
    let more = [
        ("Why", part.answer.reason.clone()),
        ("Built", release),
        ("Base", part.base.join(" ")),
        ("Compiler", part.toolchain.clone()),
        ("Rests on", part.evidence.to_string()),
        ("Code", part.size.clone()),
    ];
    let more: Vec<Fact> =
        more.into_iter().filter(|(_, v)| !v.is_empty()).map(|(k, v)| (k.to_string(), v)).collect();
    let _ = write!(out, "\n{}", facts(&more));
    groups(out, &part.groups, margin);
    if !part.others.is_empty() {
        let counts: Vec<String> = part.counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
        let _ = writeln!(out, "\nNot confirmed: {}.", counts.join(", "));
    }
}

fn groups(out: &mut String, groups: &[Group], margin: f64) {
    let all: Vec<&Row> = groups.iter().flat_map(|g| &g.rows).collect();
    let estimates: Vec<f64> = all.iter().filter_map(|r| r.effect).collect();
    let ends: Vec<f64> = all.iter().flat_map(|r| [r.low, r.high]).flatten().collect();
    let scale = Scale::around(margin, &estimates, &ends);
    for group in groups {
        let _ = writeln!(out, "\n### {}\n", text(&group.title));
        let row = |r: &Row| {
            let figures = r.figures();
            let bar = Strokes::UNICODE.bar(&scale, BAR, margin, figures, decided(r.verdict));
            // A blank at the end of a code span would be taken away: one that is none is not.
            let bar = figures.map(|_| format!("`{}`", bar.replace(' ', "\u{a0}"))).unwrap_or_default();
            let count =
                if r.layouts == 0 { String::new() } else { format!("{} ({} pairs)", r.layouts, r.pairs) };
            vec![
                format!("{} {}", code(&short(&r.what, 60)), r.share).trim_end().to_string(),
                r.verdict.to_string(),
                bar,
                r.effect_text.clone(),
                r.interval_text.clone(),
                count,
            ]
        };
        let rows: Vec<Vec<String>> = group.rows.iter().map(row).collect();
        *out += &table(&["What", "Verdict", "", "Effect", "Interval", "Layouts"], &rows);
    }
}

fn method(out: &mut String, source: &Source<'_>, view: &View) {
    let (Some(m), Some(method)) = (&source.profile.measurement, &view.method) else { return };
    let _ = writeln!(out, "\n## Noise and time\n\n{}", facts(&method.facts).trim_end());
    let spent: Vec<String> =
        stages(&m.spent_s).iter().map(|(name, _, s)| format!("{name} {}", seconds(*s))).collect();
    let _ = writeln!(out, "- Time: {}, of it {}", method.total, spent.join(", "));
}

fn foot(version: &str) -> String {
    format!(
        "\nEffect: 100 · ln(time of the base / time with the flags), about per cent; positive is faster. Made by hwtune {version} (report).\n"
    )
}
