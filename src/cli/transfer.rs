//! The `transfer` command.

use super::common::{Common, duration};
use super::launchers::Launchers;
use super::output::{self, Stop};
use super::progress::Progress;
use super::{answers, exit, forms, measuring, sources, transfer_table};
use hwtune::build::{Builder, CodeCache};
use hwtune::catalogue::Catalogue;
use hwtune::experiment::{Context, Coupling, Rule};
use hwtune::toolchain;
use hwtune::transfer::{Side, Transfer, all_foretold, goal, mixtures, mixtures_of_host, study};
use hwtune::tune::{
    Candidate, RowsFor, Source, Subject, Workbench, candidates, process_sampler, rows, workspace,
};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Check how well kernel results predict the real package
///
/// Measures flags on the kernels and on the library built from its sources, side by side and under the same base flags. What
/// is predicted for an operation is the sum of its kernels' effects, each by its share of the operation's time. Counts over
/// the (flag, operation) pairs in which the package says helps or harms, and tells whether the goal is kept: no opposite
/// verdict, the same sign in 95 %, a rank correlation of 0.8 from twelve pairs on. Kernels that predict badly should be
/// fixed or dropped.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Sources of the package, a tree or its archive
    #[arg(long, value_name = "PACKAGE=DIR", value_parser = sources::pair)]
    source: (String, PathBuf),
    /// What is tried: `catalogue`, `all` that the compiler lists, or a file with one flag a line
    #[arg(long, value_name = "FILE|all|catalogue", default_value = "catalogue")]
    candidates: String,
    /// Whose kernels predict it: the package's own, or everyday code of its domain
    #[arg(long, value_name = "package|host", default_value = "package", value_parser = ["package", "host"])]
    by: String,
    /// Layouts a flag is measured on, on either side
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(2..=64))]
    layouts: u32,
    /// Wall time for the whole run; flags are taken in the order in which they matter
    #[arg(long, value_name = "DURATION", default_value = "30m", value_parser = duration)]
    budget: Duration,
    /// Seed of every draw [default: drawn, and recorded]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    seed: Option<u64>,
    /// Logical CPU to measure on [default: the last that is allowed]
    #[arg(long, value_name = "N")]
    cpu: Option<u32>,
    /// Exit with 11 when a part of the goal is not kept
    #[arg(long)]
    strict: bool,
}

/// Runs the command.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<u8> {
    let began = Instant::now();
    let catalogue = Catalogue::load(common.probes.as_deref())?;
    let (name, place) = &args.source;
    let launchers = Launchers::new(common);
    let mut package = sources::subject(&catalogue, &launchers, name, place, None)?;
    let of_host = args.by == "host";
    let kernels = Subject::package(&catalogue, if of_host { "host" } else { name });
    let kernels = kernels.filter(|s| !s.kernels.is_empty());
    let mut kernels =
        kernels.ok_or_else(|| Stop::usage(format!("package {name}: no kernels stand for it")))?;
    let trial = &catalogue.trials[name.as_str()];
    let mixtures = match of_host {
        true => mixtures_of_host(name, trial, &kernels.kernels),
        false => mixtures(name, trial),
    };
    if mixtures.is_empty() {
        let remedy = "say in its trial.toml which operations they stand for";
        return Err(Stop::usage(format!("package {name}: no kernels stand for it; {remedy}")).into());
    }

    let detected = hwtune::host::live()?;
    let compilers = toolchain::installed(common.cc.as_deref())?;
    let (compiler, choice, ..) = answers::choices(common, &detected, &compilers)?;
    launchers.of(compiler);
    answers::fit(common, compiler, &mut package)?;
    kernels.base = package.base.clone();
    let source = Source::named(&args.candidates);
    let offered = &detected.host.features;
    let base = &package.base.compile;
    let about = RowsFor {
        earlier: &[],
        catalogue: &catalogue,
        compiler,
        choice: &choice,
        offered,
        base,
        source: &source,
        allowed: &[],
    };
    let rows = rows(about)?;
    package.rows = rows;
    let (made, _): (Vec<Candidate>, _) = candidates(&catalogue, &package);

    // A directory each: builders number their files.
    let workspaces = [workspace()?, workspace()?];
    let cache = CodeCache::of(compiler);
    let stop = measuring::interrupt()?;
    let cpu = measuring::cpu(args.cpu)?;
    let warm_ns = measuring::warm_ns(&detected);
    let _alone = measuring::alone(common, &stop);
    let builder = |subject: &Subject, workspace| {
        let (support, probe_h) = (catalogue.support.clone(), catalogue.probe_h.clone());
        Builder::new(compiler, workspace, &cache, subject.build_base(), support, probe_h)
    };
    let (of_kernels, of_package) = (builder(&kernels, &workspaces[0]), builder(&package, &workspaces[1]));
    let sampler = process_sampler(&of_kernels, &catalogue, compiler, cpu)?;
    let progress = Progress::new(common, Duration::ZERO, args.budget);
    let coupling = Coupling::default();
    let context = Context { sampler: &sampler, cpu, warm_ns, coupling, began, stop: &stop, watch: &progress };
    for subject in [&mut kernels, &mut package] {
        let plain = std::mem::take(&mut subject.kernels);
        subject.kernels = plain.into_iter().enumerate().map(|(n, k)| k.numbered(n)).collect();
    }
    let mut left = Workbench::new(&of_kernels, context, &kernels.kernels, &kernels.weights(), made.clone());
    let mut right = Workbench::new(&of_package, context, &package.kernels, &package.weights(), made.clone());
    let rule = Rule::default();
    let seed = args.seed.unwrap_or_else(measuring::seed);
    let sides = [Side { bench: &mut left }, Side { bench: &mut right }];
    let studied = study(sides, &mixtures, args.layouts as usize, &rule, seed, args.budget, &progress);
    progress.end();
    let (flags, same_code, not_reached, complete) = studied?;

    let foretold = all_foretold(&flags, &mixtures);
    let made = Transfer {
        package: name.clone(),
        sources: package.sources.clone(),
        toolchain: compiler.id(),
        base: [&package.base.compile[..], &package.base.link].concat(),
        layouts: args.layouts as usize,
        alpha: rule.alpha,
        margin: rule.margin,
        seed,
        not_reached,
        same_code,
        goal: foretold.last().map(goal).unwrap_or_default(),
        foretold,
        flags,
        complete,
    };
    let text = forms::document(common, &made, "transfer", || transfer_table::table(&made))?;
    output::answer(common, &text)?;
    if !complete {
        return Ok(exit::INTERRUPTED);
    }
    let missed = made.goal.iter().any(|part| part.kept == Some(false));
    Ok(if args.strict && missed { exit::INCONCLUSIVE } else { exit::OK })
}
