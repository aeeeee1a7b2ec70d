//! The `selftest` command.

use super::common::{Common, duration};
use super::launchers::Launchers;
use super::output;
use super::{answers, exit, forms, measuring, selftest_table};
use hwtune::catalogue::{Catalogue, Kernel, user_kernel};
use hwtune::experiment::{Coupling, Rule};
use hwtune::selftest::{Condition, Load, Settings, Trial, Watcher, run as run_trials, summary, targets};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Measure the false-positive rate and the coverage of intervals on this machine
///
/// Trials whose truth is known: a trial is one kernel and three variants that are the same code, linked again for
/// every layout. In the null condition nothing differs; in the planted one a side is called 1, 2, 3 or 5 % more often
/// in the mean over the data sets, so that the true effect is known exactly. Prints the share of trials with a false claim, the share found, the bias
/// and the coverage, each with n and an interval. 100 trials of both conditions take about 20 to 40 minutes.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Trials of each condition
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    trials: u32,
    /// Only this condition, repeatable or with commas [default: both]
    #[arg(long, value_name = "null|planted", value_parser = condition, value_delimiter = ',')]
    condition: Vec<Condition>,
    /// Run N busy threads beside the measurement
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=1024))]
    load: u32,
    /// Two trials of each condition: shows that the machinery works, and nothing more
    #[arg(long)]
    quick: bool,
    /// Longest a trial may take
    #[arg(long, value_name = "DURATION", default_value = "12s", value_parser = duration)]
    limit: Duration,
    /// Seed of every draw [default: drawn, and printed]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    seed: Option<u64>,
    /// Logical CPU to measure on [default: the last that is allowed]
    #[arg(long, value_name = "N")]
    cpu: Option<u32>,
    /// Only this kernel, a name of the catalogue's or a C file, repeatable or with commas [default: all of the catalogue]
    #[arg(long, value_name = "NAME|FILE.c")]
    kernel: Vec<PathBuf>,
    /// How the two sides of a comparison are linked: by one draw (`coupled`, so that unchanged code keeps its place in its
    /// page on both sides) or each by its own (`independent`)
    #[arg(long, value_name = "coupled|independent", default_value = "coupled", value_parser = measuring::coupling)]
    layouts: Coupling,
    /// Exit with 11 when a promise is not kept
    #[arg(long)]
    strict: bool,
}

fn condition(text: &str) -> Result<Condition, String> {
    match text {
        "null" => Ok(Condition::Null),
        "planted" => Ok(Condition::Planted),
        _ => Err("null or planted".into()),
    }
}

/// Runs the command.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<u8> {
    let catalogue = Catalogue::load(common.probes.as_deref())?;
    let named = |name: &PathBuf| {
        let known = catalogue.kernels.iter().find(|k| Path::new(&k.name) == name);
        known.map_or_else(|| user_kernel(name), |k| Ok(k.clone()))
    };
    let kernels: Vec<Kernel> = match args.kernel.is_empty() {
        true => catalogue.kernels.clone(),
        false => super::named::files(&args.kernel).iter().map(named).collect::<Result<_, _>>()?,
    };
    let detected = hwtune::host::live()?;
    let compilers = hwtune::toolchain::installed(common.cc.as_deref())?;
    let (compiler, ..) = answers::choices(common, &detected, &compilers)?;
    let launchers = Launchers::new(common);
    launchers.of(compiler);
    let settings = Settings {
        rule: Rule::default(),
        seed: args.seed.unwrap_or_else(measuring::seed),
        trials: if args.quick { 2 } else { args.trials as usize },
        limit: args.limit,
        cpu: measuring::cpu(args.cpu)?,
        warm_ns: measuring::warm_ns(&detected),
        coupling: args.layouts,
    };
    let stop = measuring::interrupt()?;
    let _alone = measuring::alone(common, &stop);
    let load = Load::start(args.load as usize);
    let conditions = match args.condition.is_empty() {
        true => vec![Condition::Null, Condition::Planted],
        false => args.condition.clone(),
    };
    let bar = Bar::new(common, (settings.trials * conditions.len()) as u64);
    let mut trials: Vec<Trial> = Vec::new();
    let mut summaries = Vec::new();
    for one in conditions {
        let made = run_trials(one, &kernels, &catalogue, compiler, &settings, &bar, &stop)?;
        summaries.push(summary(one, &made, settings.rule.margin));
        trials.extend(made);
    }
    bar.0.finish_and_clear();
    drop(load);
    let judged = targets(&summaries);
    let facts = selftest_table::Facts {
        cpu: detected.host.cpu.clone(),
        compiler: compiler.id(),
        load: args.load,
        settings: &settings,
    };
    let document = selftest_table::json(&facts, &summaries, &judged, &trials);
    let text =
        forms::document(common, &document, "trial", || selftest_table::table(&facts, &summaries, &judged))?;
    output::answer(common, &text)?;
    if stop.load(Ordering::Relaxed) {
        output::note(common, "interrupted: the table is of the trials that ended");
        return Ok(exit::INTERRUPTED);
    }
    let broken = judged.iter().any(|t| t.kept == Some(false));
    Ok(if args.strict && broken { exit::INCONCLUSIVE } else { exit::OK })
}

/// A line that changes, on a terminal; with `-v` elsewhere a line a trial.
struct Bar<'a>(ProgressBar, &'a Common);

impl<'a> Bar<'a> {
    fn new(common: &'a Common, trials: u64) -> Bar<'a> {
        let live = std::io::stderr().is_terminal() && !common.quiet;
        let target = if live { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(trials), target);
        let style = ProgressStyle::with_template("{spinner} [{bar:24}] {pos}/{len}  {eta} left  {wide_msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
        Bar(bar, common)
    }
}

impl Watcher for Bar<'_> {
    fn begins(&self, condition: Condition, kernel: &str, number: usize, of: usize) {
        let text = format!("{} {number} of {of}: {kernel}", condition.name());
        if self.0.is_hidden() && self.1.verbose > 0 {
            output::note(self.1, &text);
        }
        if number > 1 || self.0.position() > 0 {
            self.0.inc(1);
        }
        self.0.set_message(text);
    }
}
