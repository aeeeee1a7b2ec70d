//! The `compare` command.

use super::common::{Common, duration};
use super::launchers::Launchers;
use super::output::{self, Stop};
use super::progress::Progress;
use super::{compare_table, exit, forms, measuring, named, tune_args};
use anyhow::Context;
use hwtune::build::{Builder, CodeCache, Flags};
use hwtune::catalogue::Catalogue;
use hwtune::compare::{Asked, Compared, Drivers, Libraries, Library, LibraryFile, compare, find};
use hwtune::experiment::{METHOD, Rule};
use hwtune::files::Workspace;
use hwtune::profile::Verdict;
use hwtune::tune::MeasureError;
use std::path::PathBuf;
use std::time::Duration;

/// Benchmark two builds of a library against each other
///
/// Loads both into fresh processes and times their operations in pairs: the same verdicts and intervals as `tune`. A C
/// library is given as its prefix (or its libc.so.6 with the loader beside it) and runs under its own loader, in lockstep
/// with the other. What is compared are these two files, with the places where their linker put the code. Files that differ in
/// what is not executed alone (RUNPATH, a build id, notes, symbols for a debugger) are `same-code`, and nothing is timed.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The package whose library it is; `hwtune explain PACKAGE` tells its operations
    #[arg(long, value_name = "NAME")]
    package: String,
    /// The library before: a file, or the prefix that holds it
    #[arg(long, value_name = "LIB")]
    before: PathBuf,
    /// The library after
    #[arg(long, value_name = "LIB")]
    after: PathBuf,
    /// Compare this operation alone, repeatable
    #[arg(long, value_name = "NAME")]
    operation: Vec<String>,
    /// Time them also where their code is the same: a control of the machine
    #[arg(long)]
    even_same: bool,
    /// Wall time for the whole run
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration)]
    budget: Duration,
    /// Seed of every draw [default: drawn, and recorded]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    seed: Option<u64>,
    /// Logical CPU to measure on [default: the last that is allowed]
    #[arg(long, value_name = "N")]
    cpu: Option<u32>,
    /// Effects within this are equivalent, in % (100 * ln of the ratio of times)
    #[arg(long, value_name = "EFFECT", default_value_t = 1.0, value_parser = tune_args::positive)]
    margin: f64,
    /// An operation slower than this is named, in %
    #[arg(long, value_name = "EFFECT", default_value_t = 1.0, value_parser = tune_args::positive)]
    max_regression: f64,
    /// Results are to be the same bits even where a function's contract is the size of an error, as libm's are
    #[arg(long)]
    exact: bool,
    /// Exit with 11 when the whole stays inconclusive
    #[arg(long)]
    strict: bool,
}

/// Runs the command.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<u8> {
    let catalogue = Catalogue::load(common.probes.as_deref())?;
    let package = args.package.as_str();
    let comparable: Vec<&str> =
        catalogue.trials.iter().filter(|(_, t)| !t.library.is_empty()).map(|(n, _)| n.as_str()).collect();
    let trial = catalogue.trials.get(package).filter(|t| !t.library.is_empty()).ok_or_else(|| {
        let known = comparable.join(", ");
        Stop::usage(format!("package {package}: has no driver to compare libraries by; {known} have"))
    })?;
    let mut trial = trial.clone();
    if args.exact {
        trial.operation.iter_mut().for_each(|operation| operation.bounds.clear());
    }
    let trial = &trial;
    let (before, after) = (find(trial, &args.before)?, find(trial, &args.after)?);
    let chosen = chosen(
        &named::list(&args.operation),
        &trial.operation.iter().map(|o| o.name.as_str()).collect::<Vec<_>>(),
    )?;
    let sum: f64 = chosen.iter().map(|at| trial.operation[*at].weight).sum();
    let asked: Vec<Asked> = chosen
        .iter()
        .map(|at| {
            let (o, sum) = (&trial.operation[*at], if sum > 0.0 { sum } else { 1.0 });
            Asked { name: o.name.clone(), weight: o.weight / sum }
        })
        .collect();
    let rule = Rule { margin: args.margin, max_regression: args.max_regression, ..Rule::default() };
    let mut made = Compared {
        package: package.into(),
        before: about(&before),
        after: about(&after),
        method: METHOD.into(),
        alpha: rule.alpha,
        margin: rule.margin,
        max_regression: rule.max_regression,
        seed: args.seed.unwrap_or_else(measuring::seed),
        whole: hwtune::compare::same(before.sha256 == after.sha256),
        operations: asked.iter().map(hwtune::compare::same_operation).collect(),
        control: None,
        complete: true,
    };
    if before.code != after.code || args.even_same {
        let detected = hwtune::host::live()?;
        let compilers = hwtune::toolchain::installed(common.cc.as_deref())?;
        let compiler = compilers.first().context("no compiler")?;
        let launchers = Launchers::new(common);
        launchers.of(compiler);
        let workspace = Workspace::new().context("no build directory")?;
        let cache = CodeCache::default();
        let (support, probe_h) = (catalogue.support.clone(), catalogue.probe_h.clone());
        let builder = Builder::new(compiler, &workspace, &cache, Flags::of_drivers(), support, probe_h);
        let stop = measuring::interrupt()?;
        let _alone = measuring::alone(common, &stop);
        let place = (measuring::cpu(args.cpu)?, measuring::warm_ns(&detected));
        let drivers = Drivers { package, trial, operations: &chosen, libraries: [&before, &after] };
        let mut libraries = Libraries::new(&builder, &workspace, &catalogue, drivers, place, &stop)?;
        let progress = Progress::new(common, Duration::ZERO, args.budget);
        let judged = compare(&mut libraries, &asked, &rule, made.seed, args.budget, &progress);
        progress.end();
        match judged {
            Ok(judged) => {
                (made.whole, made.operations, made.control, made.complete) = judged;
            }
            Err(MeasureError::Base(what)) => {
                return Err(Stop::usage(format!("package {package}: {what}")).into());
            }
            Err(other) => return Err(other.into()),
        }
    }
    let text = forms::document(common, &made, "compared", || compare_table::compared(&made))?;
    output::answer(common, &text)?;
    let open = matches!(made.whole.verdict, Verdict::Inconclusive | Verdict::LayoutSensitive);
    Ok(match (made.complete, args.strict && open) {
        (false, _) => exit::INTERRUPTED,
        (true, true) => exit::INCONCLUSIVE,
        (true, false) => exit::OK,
    })
}

/// The operations asked for, by index; all where none is named.
fn chosen(wanted: &[String], known: &[&str]) -> anyhow::Result<Vec<usize>> {
    if wanted.is_empty() {
        return Ok((0..known.len()).collect());
    }
    let index = |name: &String| {
        let at = known.iter().position(|k| k == name);
        at.ok_or_else(|| {
            Stop::usage(format!("--operation {name}: unknown; there are {}", known.join(", "))).into()
        })
    };
    wanted.iter().map(index).collect()
}

fn about(library: &Library) -> LibraryFile {
    LibraryFile {
        path: library.file.display().to_string(),
        sha256: library.sha256.clone(),
        soname: library.soname.clone(),
    }
}
