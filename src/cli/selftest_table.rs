//! The self-test's answer: a table for people, JSON for programs.

use anstyle::{AnsiColor, Style};
use hwtune::selftest::{Condition, Settings, Share, Summary, Target, Trial};
use serde_json::json;
use std::fmt::Write;

/// The conditions under which it ran.
pub struct Facts<'a> {
    /// Brand string of the CPU.
    pub cpu: String,
    /// The compiler, as profiles name it.
    pub compiler: String,
    /// Busy threads beside the measurement.
    pub load: u32,
    /// The run's settings.
    pub settings: &'a Settings,
}

/// The table.
pub fn table(facts: &Facts, summaries: &[Summary], targets: &[Target]) -> String {
    let mut text = String::new();
    let bold = Style::new().bold();
    let _ = writeln!(
        text,
        "{bold}Self-test{bold:#} on {} with {}, {} busy threads beside it, seed {}",
        facts.cpu, facts.compiler, facts.load, facts.settings.seed
    );
    for one in summaries {
        let name = match one.condition {
            Condition::Null => "A build against itself",
            Condition::Planted => "Planted effects",
        };
        let _ = writeln!(
            text,
            "\n{bold}{name}{bold:#}: {} trials of 3 variants, {:.1} s a trial (longest {:.1}), {} pairs, {:.1} % preempted",
            one.wrong.of,
            one.seconds,
            one.longest,
            one.pairs,
            100.0 * one.preempted
        );
        let _ = writeln!(text, "  trials with a false claim  {}", share(&one.wrong));
        let _ = writeln!(text, "  intervals with the truth   {}", share(&one.coverage));
        if one.unseen > 0 {
            let _ = writeln!(text, "  trials too slow for a first look: {}", one.unseen);
        }
        let _ = writeln!(
            text,
            "  {:>7} {:>7} {:>4}  {:>16}  {:>16}  {:>5} {:>15} {:>9} {:>7}",
            "planted", "truth", "n", "found", "in 10 s, sd <= 2", "wrong", "bias", "layout sd", "seconds"
        );
        for p in &one.planted {
            let _ = writeln!(
                text,
                "  {:>+7} {:>+7.3} {:>4}  {:>16}  {:>16}  {:>5} {:>+7.3} ± {:<5.3} {:>9.2} {:>7.1}",
                p.planted,
                p.truth,
                p.found.of,
                counted(&p.found),
                counted(&p.soon),
                p.wrong.count,
                p.bias,
                1.96 * p.bias_se,
                p.sd,
                p.seconds
            );
        }
    }
    text.push('\n');
    for target in targets {
        let (word, colour) = match target.kept {
            Some(true) => ("kept", AnsiColor::Green),
            Some(false) => ("NOT KEPT", AnsiColor::Red),
            None => ("too few trials to tell", AnsiColor::Yellow),
        };
        let style = Style::new().fg_color(Some(colour.into()));
        let _ = writeln!(text, "{style}{word}{style:#}: {} ({})", target.promise, share(&target.seen));
    }
    text
}

fn share(s: &Share) -> String {
    let [value, low, high] = [s.value(), s.low, s.high].map(|v| v * 100.0);
    format!("{} of {} = {value:.1} % [{low:.1}, {high:.1}]", s.count, s.of)
}

fn counted(s: &Share) -> String {
    if s.of == 0 { "-".into() } else { format!("{} of {} {:>4.0} %", s.count, s.of, 100.0 * s.value()) }
}

/// The whole of it, every interval included.
pub fn json(facts: &Facts, summaries: &[Summary], targets: &[Target], trials: &[Trial]) -> serde_json::Value {
    let settings = facts.settings;
    json!({
        "cpu": facts.cpu,
        "compiler": facts.compiler,
        "load": facts.load,
        "seed": settings.seed,
        "trials": settings.trials,
        "limit_s": settings.limit.as_secs_f64(),
        "alpha": settings.rule.alpha,
        "margin": settings.rule.margin,
        "conditions": summaries,
        "targets": targets,
        "results": trials,
    })
}
