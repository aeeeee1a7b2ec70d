//! This module shows the answers of the rollout commands to people.

use anstyle::{AnsiColor, Style};
use hwtune::rollout::{Baseline, Found, Outcome, Verified};
use hwtune::text::place;
use std::fmt::Write;
use std::path::Path;

/// The rendered modules that a configuration imports.
pub fn found(path: &Path, found: &Found) -> String {
    let mut text = String::new();
    for module in &found.modules {
        let (file, by) = (place(&module.file), place(&module.by));
        let line = if module.line == 0 { String::new() } else { format!(":{}", module.line) };
        let _ = writeln!(text, "yes: {file} ({}), imported by {by}{line}", module.target);
    }
    match (found.modules.is_empty(), found.enabled.is_empty()) {
        (true, _) => {
            let _ = writeln!(
                text,
                "no: {} imports no module of hwtune ({}); see `hwtune rollout snippet`",
                place(path),
                if found.evaluated { "evaluated".into() } else { format!("{} files read", found.files) }
            );
        }
        (false, true) if found.evaluated => {
            text += "hwtune.enable is false: the module is imported, and off\n"
        }
        (false, true) => text += "hwtune.enable = true was not found: the module is imported, and off\n",
        (false, false) => {
            let _ = writeln!(text, "hwtune.enable = true: {}", found.enabled.join(", "));
        }
    }
    if found.clash() {
        text +=
            "more than one route: they declare the same options, which Nix refuses; import one at a time\n";
    }
    text
}

/// A baseline.
pub fn baseline(base: &Baseline, path: &Path) -> String {
    let mut text = String::new();
    let generation = base.generation.map_or("unknown".into(), |n| n.to_string());
    let _ = writeln!(text, "baseline of {}, kept in {}", base.at, place(path));
    let _ = writeln!(text, "  system      {} (generation {generation})", or_unknown(&base.system));
    let _ = writeln!(text, "  closure     {} store paths", base.closure.len());
    if let (Some(total), Some(free)) = (base.memory_total_mib, base.memory_available_mib) {
        let load: Vec<String> = base.load.iter().map(f64::to_string).collect();
        let _ = writeln!(text, "  memory      {free} of {total} MiB available; load {}", load.join(" "));
    }
    if let Some(first) = base.top.first() {
        let _ = writeln!(
            text,
            "  busiest     {} ({} %), and {} others",
            first.name,
            first.cpu,
            base.top.len() - 1
        );
    }
    let _ = writeln!(text, "  libc        {}", or_unknown(&base.libraries.libc));
    let _ = writeln!(text, "  libz        {}", or_unknown(&base.libraries.libz));
    if !base.timing.is_empty() {
        let _ = writeln!(text, "  {:<16} {:>12} {:>26} {:>4}", "job", "ns a call", "95 % interval", "n");
    }
    for t in &base.timing {
        let interval = format!("[{:.0}, {:.0}]", t.low, t.high);
        let _ = writeln!(text, "  {:<16} {:>12.0} {interval:>26} {:>4}", t.job, t.ns, t.n);
    }
    for (what, why) in &base.missing {
        let _ = writeln!(text, "  not recorded: {what}: {why}");
    }
    text
}

fn or_unknown(text: &str) -> &str {
    if text.is_empty() { "unknown" } else { text }
}

/// A check of a system, and the advice.
pub fn verified(verified: &Verified) -> String {
    let mut text = format!("verify {}\n", verified.system);
    let width = verified.checks.iter().map(|c| c.what.len().min(32)).max().unwrap_or(0);
    for check in &verified.checks {
        let (word, colour) = match check.outcome {
            Outcome::Ok => ("ok", AnsiColor::Green),
            Outcome::Bad => ("bad", AnsiColor::Red),
            Outcome::Note => ("note", AnsiColor::Yellow),
        };
        let style = Style::new().fg_color(Some(colour.into()));
        let what: String = check.what.chars().take(32).collect();
        let _ = writeln!(text, "  {style}{word:<4}{style:#}  {what:<width$}  {}", check.text);
    }
    if !verified.timing.is_empty() {
        let _ = writeln!(text, "  {:<16} {:>7} {:>18} {:>4}  against", "job", "effect", "interval", "n");
    }
    for row in &verified.timing {
        let interval = format!("[{:+.2}, {:+.2}]", row.low, row.high);
        let _ = writeln!(
            text,
            "  {:<16} {:>+7.2} {interval:>18} {:>4}  {}",
            row.job,
            row.effect,
            row.n,
            against(&row.how)
        );
    }
    if !verified.timing.is_empty() {
        text += "Effect: 100 * ln(time before / time now), positive is faster; the intervals hold together at 95 %.\n";
    }
    let bad = verified.checks.iter().filter(|c| c.outcome == Outcome::Bad).count();
    let faster = verified.timing.iter().filter(|row| row.low > 0.0).count();
    text += &match (verified.keep, verified.timing.is_empty(), faster) {
        (false, ..) => format!("roll back: {bad} reason(s) above; `hwtune rollout back` does it\n"),
        (true, false, 0) => "keep: nothing is broken, and nothing timed is faster for certain\n".into(),
        (true, false, n) => format!("keep: nothing is broken, {n} job(s) are faster for certain\n"),
        (true, true, _) => "keep: nothing is broken; nothing was timed\n".into(),
    };
    text
}

fn against(how: &str) -> &str {
    if how == "paired" { "the libraries before, in turns" } else { "the baseline's figures" }
}
