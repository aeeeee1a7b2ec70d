use super::common::{Common, Format, duration};
use super::output::{self, Stop};
use super::progress::Progress;
use super::{answers, compare_table, exit, measuring, sources};
use hwtune::catalogue::Catalogue;
use hwtune::measure::{Builder, CodeCache};
use hwtune::toolchain;
use hwtune::transfer::{Foretold, Pair, Side, Transfer, foretold, study};
use hwtune::tune::{
    Candidate, Rule, Source, Subject, Workbench, candidates, process_runner, rows, workspace,
};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How well a package's kernels foretell the package itself
///
/// Measures flags on the kernels and on the library built from its sources, side by side and under the same base flags, and
/// counts over the (flag, operation) pairs in which the package says helps or harms. Kernels that foretell badly are to be
/// mended or dropped.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Sources of the package, a tree or its archive
    #[arg(long, value_name = "PACKAGE=DIR", value_parser = sources::pair)]
    source: (String, PathBuf),
    /// What is tried: `catalogue`, `all` that the compiler lists, or a file with one flag a line
    #[arg(long, value_name = "FILE|all|catalogue", default_value = "catalogue")]
    candidates: String,
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
}

/// Runs the command.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<u8> {
    let began = Instant::now();
    let catalogue = Catalogue::load(common.probes.as_deref())?;
    let (name, place) = &args.source;
    let mut package = sources::subject(&catalogue, name, place, None)?;
    let kernels = Subject::package(&catalogue, name).filter(|s| !s.kernels.is_empty());
    let mut kernels =
        kernels.ok_or_else(|| Stop::usage(format!("package {name}: no kernels stand for it")))?;
    let trial = &catalogue.trials[name.as_str()];

    let detected = hwtune::host::live()?;
    let compilers = toolchain::installed(common.cc.as_deref())?;
    let (compiler, choice, ..) = answers::choices(common, &detected, &compilers)?;
    answers::fit(common, compiler, &mut package)?;
    kernels.base = package.base.clone();
    let source = Source::named(&args.candidates);
    let offered = &detected.host.features;
    let rows = rows(&catalogue, compiler, &choice, offered, &package.base.compile, &source, &[])?;
    let (made, _): (Vec<Candidate>, _) = candidates(&catalogue, package.package.as_ref(), &rows, &[], &[]);

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
    let runner = process_runner(&of_kernels, &catalogue, compiler, cpu)?;
    let bench = |subject: &'_ Subject| (subject.weights(), made.clone());
    let (weights, own) = bench(&kernels);
    let mut left =
        Workbench::new(&of_kernels, &runner, &kernels.kernels, &weights, own, warm_ns, began, &stop);
    let (weights, own) = bench(&package);
    let mut right =
        Workbench::new(&of_package, &runner, &package.kernels, &weights, own, warm_ns, began, &stop);
    let rule = Rule::default();
    let seed = args.seed.unwrap_or_else(measuring::seed);
    let progress = Progress::new(common, Duration::ZERO, args.budget);
    let sides = [Side { bench: &mut left }, Side { bench: &mut right }];
    let studied = study(sides, args.layouts as usize, &rule, seed, args.budget, &progress);
    progress.end();
    let (flags, same_code, not_reached, complete) = studied?;

    let mut made = Transfer {
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
        foretold: Vec::new(),
        flags,
        complete,
    };
    let stands: Vec<(String, String)> = trial
        .operation
        .iter()
        .flat_map(|o| o.kernels.iter().map(|k| (format!("{name}/{k}"), format!("{name}/{}", o.name))))
        .collect();
    made.foretold = all_foretold(&made, &stands);
    let text = match common.format {
        Format::Human => compare_table::transfer(&made),
        Format::Json => serde_json::to_string_pretty(&made)? + "\n",
        Format::Toml => toml::to_string(&made)?,
    };
    output::answer(common, &text)?;
    Ok(if complete { exit::OK } else { exit::INTERRUPTED })
}

/// Each kernel over the operations it stands for, then all of them together.
fn all_foretold(made: &Transfer, stands: &[(String, String)]) -> Vec<Foretold> {
    let pairs = |wanted: &dyn Fn(&str) -> bool| -> Vec<Pair> {
        let of = |(kernel, operation): &(String, String)| {
            let figures = |flag: &hwtune::transfer::FlagTransfer| {
                let (k, p) = (flag.kernels.get(kernel)?, flag.operations.get(operation)?);
                Some(Pair { kernel: (k.verdict, k.effect), package: (p.verdict, p.effect) })
            };
            made.flags.iter().filter_map(figures).collect::<Vec<_>>()
        };
        stands.iter().filter(|(k, _)| wanted(k)).flat_map(of).collect()
    };
    let mut names: Vec<&String> = stands.iter().map(|(k, _)| k).collect();
    names.sort();
    names.dedup();
    let operations =
        |kernel: &str| stands.iter().filter(|(k, _)| k == kernel).map(|(_, o)| o.clone()).collect::<Vec<_>>();
    let mut found: Vec<Foretold> =
        names.iter().map(|name| foretold(name, operations(name), &pairs(&|k| k == name.as_str()))).collect();
    found.push(foretold("all", Vec::new(), &pairs(&|_| true)));
    found
}
