//! Two libraries side by side, and kernels against their package, as tables for people.

use super::table::colour;
use anstyle::Style;
use hwtune::compare::Compared;
use hwtune::transfer::Transfer;
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
    let whole = std::iter::once(("all, weighted", 1.0, &made.whole));
    let operations = made.operations.iter().map(|o| (o.operation.as_str(), o.weight, &o.figures));
    for (name, weight, f) in whole.chain(operations) {
        let style = colour(f.verdict);
        let (effect, interval) = figures(f.effect, f.low, f.high);
        let reason = if f.reason.is_empty() { String::new() } else { format!("  ({})", f.reason) };
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
        "\nEffect: 100 * ln(time before / time after), positive is faster; intervals hold together at {:.0} %.",
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

/// Kernels against their package, as tables.
pub fn transfer(made: &Transfer) -> String {
    let bold = Style::new().bold();
    let mut text =
        format!("{bold}{}{bold:#}  {}, base {}\n", made.package, made.sources, made.base.join(" "));
    let _ = writeln!(
        text,
        "  {:<24} {:>4} {:>7} {:>8} {:>6} {:>8} {:>6}  stands for",
        "kernel", "n", "agreed", "opposite", "silent", "spearman", "error"
    );
    for f in &made.foretold {
        let number = |v: Option<f64>| v.map_or("-".into(), |v| format!("{v:.2}"));
        let agreed = match f.n {
            0 => "-".into(),
            n => format!("{:.0} %", 100.0 * f.agreed as f64 / n as f64),
        };
        let _ = writeln!(
            text,
            "  {:<24} {:>4} {agreed:>7} {:>8} {:>6} {:>8} {:>6}  {}",
            f.kernel,
            f.n,
            f.opposite,
            f.silent,
            number(f.spearman),
            number(f.error),
            f.operations.join(", ")
        );
    }
    text.push('\n');
    for flag in &made.flags {
        let _ = writeln!(text, "{bold}{}{bold:#}", flag.flags.join(" "));
        if !flag.reason.is_empty() {
            let _ = writeln!(text, "  {}", flag.reason);
        }
        let wholes = [("kernels", &flag.of_kernels), ("package", &flag.of_package)];
        let wholes = wholes.into_iter().filter_map(|(side, f)| Some((side, "all, weighted", f.as_ref()?)));
        let each = [("kernel", &flag.kernels), ("package", &flag.operations)];
        let each =
            each.into_iter().flat_map(|(side, all)| all.iter().map(move |(n, f)| (side, n.as_str(), f)));
        for (side, name, f) in wholes.chain(each) {
            let style = colour(f.verdict);
            let _ = writeln!(
                text,
                "  {side:<8} {style}{:<16}{style:#} {:>+7.2} [{:+.2}, {:+.2}]  {name}",
                f.verdict.name(),
                f.effect,
                f.low,
                f.high
            );
        }
    }
    let measured = made.flags.iter().filter(|f| f.reason.is_empty()).count();
    let _ = writeln!(
        text,
        "\n{measured} flags on {} layouts; {} more change no code, {} were not reached. n: (flag, operation) pairs in which the\n\
         package says helps or harms; agreed: the kernel's effect has the same sign; silent: the flag does not reach the kernel.",
        made.layouts, made.same_code, made.not_reached
    );
    text
}

fn figures(effect: Option<f64>, low: Option<f64>, high: Option<f64>) -> (String, String) {
    match (effect, low, high) {
        (Some(e), Some(l), Some(h)) => (format!("{e:+.2}"), format!("[{l:+.2}, {h:+.2}]")),
        _ => (String::new(), String::new()),
    }
}
