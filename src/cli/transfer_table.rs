//! Kernels against their package, as tables for people.

use super::table::colour;
use anstyle::{AnsiColor, Style};
use hwtune::transfer::{By, Figure, FlagTransfer, Foretold, Goal, Transfer};
use std::fmt::Write;

/// The counts, the goal, and each flag's figures.
pub fn table(made: &Transfer) -> String {
    let bold = Style::new().bold();
    let mut text =
        format!("{bold}{}{bold:#}  {}, base {}\n", made.package, made.sources, made.base.join(" "));
    for (by, title) in [(By::Kernel, "kernel, by itself"), (By::Operation, "operation, by its kernels")] {
        let _ = writeln!(
            text,
            "  {title:<26} {:>4} {:>7} {:>8} {:>6} {:>8} {:>6}  {}",
            "n",
            "agreed",
            "opposite",
            "silent",
            "spearman",
            "error",
            if by == By::Kernel { "stands for a part of" } else { "shares" }
        );
        // The row of all goes below the operations, whose sum it is.
        let last = |f: &&Foretold| by == By::Operation && f.by == By::All;
        for f in made.foretold.iter().filter(|f| f.by == by || last(f)) {
            text += &counts(f);
        }
        text.push('\n');
    }
    for part in &made.goal {
        text += &promise(part);
    }
    text.push('\n');
    for flag in &made.flags {
        text += &figures(flag);
    }
    let measured = made.flags.iter().filter(|f| f.reason.is_empty()).count();
    let _ = writeln!(
        text,
        "\n{measured} flags on {} layouts; {} more change no code, {} were not reached. n: (flag, operation) pairs in which the\n\
         package says helps or harms; agreed: the predicted effect has the same sign; silent: the flag does not reach the kernels.\n\
         Predicted for an operation: the sum of its kernels' effects, each by its share of the operation's time.",
        made.layouts, made.same_code, made.not_reached
    );
    text
}

fn counts(f: &Foretold) -> String {
    let number = |v: Option<f64>| v.map_or("-".into(), |v| format!("{v:.2}"));
    let agreed = match f.n {
        0 => "-".into(),
        n => format!("{:.0} %", 100.0 * f.agreed as f64 / n as f64),
    };
    let beside = match f.by {
        By::Kernel => f.operations.join(", "),
        By::Operation => f.kernels.iter().map(|(k, s)| format!("{k} {s:.2}")).collect::<Vec<_>>().join(", "),
        By::All => String::new(),
    };
    let line = format!(
        "  {:<26} {:>4} {agreed:>7} {:>8} {:>6} {:>8} {:>6}  {beside}",
        f.name,
        f.n,
        f.opposite,
        f.silent,
        number(f.spearman),
        number(f.error),
    );
    format!("{}\n", line.trim_end())
}

fn promise(part: &Goal) -> String {
    let (word, colour) = match part.kept {
        Some(true) => ("kept", AnsiColor::Green),
        Some(false) => ("NOT KEPT", AnsiColor::Red),
        None => ("too few pairs to tell", AnsiColor::Yellow),
    };
    let style = Style::new().fg_color(Some(colour.into()));
    let seen = part.seen.map_or(String::new(), |seen| format!("{seen} in "));
    format!("{style}{word}{style:#}: {} ({seen}{} pairs)\n", part.promise, part.n)
}

fn figures(flag: &FlagTransfer) -> String {
    let bold = Style::new().bold();
    let mut text = format!("{bold}{}{bold:#}\n", flag.flags.join(" "));
    if !flag.reason.is_empty() {
        let _ = writeln!(text, "  {}", flag.reason);
    }
    let mut line = |side: &str, name: &str, f: &Figure| {
        let style = colour(f.verdict);
        let _ = writeln!(
            text,
            "  {side:<8} {style}{:<16}{style:#} {:>+7.2} [{:+.2}, {:+.2}]  {name}",
            f.verdict.name(),
            f.effect,
            f.low,
            f.high
        );
    };
    for (side, whole) in [("kernels", &flag.of_kernels), ("package", &flag.of_package)] {
        whole.iter().for_each(|f| line(side, "all, weighted", f));
    }
    flag.kernels.iter().for_each(|(name, f)| line("kernel", name, f));
    for (name, f) in &flag.operations {
        flag.foretold.get(name).into_iter().for_each(|figure| line("predicted", name, figure));
        line("package", name, f);
    }
    text
}
