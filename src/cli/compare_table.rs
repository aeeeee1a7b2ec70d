//! Two libraries side by side, as a table for people.

use super::table::colour;
use anstyle::Style;
use hwtune::compare::Compared;
use hwtune::profile::told_within_bounds;
use std::fmt::Write;

/// Two libraries, as a table.
pub fn compared(made: &Compared) -> String {
    let mut text = String::new();
    let bold = Style::new().bold();
    let _ = writeln!(text, "{bold}{}{bold:#}  before {}", made.package, made.before.path);
    let _ = writeln!(text, "  after {}", made.after.path);
    let _ = writeln!(
        text,
        "  {:<16} {:>7} {:>18} {:>9} {:>6} {:>9}  {:>6}  operation",
        "verdict", "effect", "interval", "processes", "pairs", "calls", "weight"
    );
    let whole = std::iter::once(("all, weighted", 1.0, &made.whole, String::new()));
    let operations = made.operations.iter().map(|o| {
        let within = told_within_bounds(&o.within_bounds);
        (o.operation.as_str(), o.weight, &o.figures, within)
    });
    for (name, weight, f, within) in whole.chain(operations) {
        let style = colour(f.verdict);
        let (effect, interval) = figures(f.effect, f.low, f.high);
        let reasons: Vec<&str> = [f.reason.as_str(), &within].into_iter().filter(|r| !r.is_empty()).collect();
        let reason = if reasons.is_empty() { String::new() } else { format!("  ({})", reasons.join("; ")) };
        let _ = writeln!(
            text,
            "  {style}{:<16}{style:#} {effect:>7} {interval:>18} {:>9} {:>6} {:>9}  {weight:>6.2}  {name}{reason}",
            f.verdict.name(),
            f.layouts,
            f.pairs,
            f.calls
        );
    }
    let _ = writeln!(
        text,
        "\nEffect: 100 * ln(time before / time after), positive is faster; the intervals of each group hold together at {:.0} %.",
        100.0 * (1.0 - made.alpha)
    );
    if let Some(aa) = &made.control {
        let _ = writeln!(
            text,
            "Control (before against itself): {:+.2} [{:+.2}, {:+.2}], {}.",
            aa.effect, aa.low, aa.high, aa.verdict
        );
    }
    text
}

fn figures(effect: Option<f64>, low: Option<f64>, high: Option<f64>) -> (String, String) {
    match (effect, low, high) {
        (Some(e), Some(l), Some(h)) => (format!("{e:+.2}"), format!("[{l:+.2}, {h:+.2}]")),
        _ => (String::new(), String::new()),
    }
}
