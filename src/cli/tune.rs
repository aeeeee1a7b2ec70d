//! The `tune` command.

use super::build;
use super::common::Common;
use super::keeping::{Asked, Keeping};
use super::launchers::Launchers;
use super::output::{self, Stop};
use super::progress::Progress;
use super::tune_answer::{assemble, finish, time_report};
use super::tune_args::Args;
use super::tune_subjects::{classes, subjects};
use super::{answers, built_as, exit, if_stale, like, measuring, named, sources};
use hwtune::catalogue::Catalogue;
use hwtune::experiment::{Journal, Rule};
use hwtune::toolchain;
use hwtune::tune::{RowsFor, Settings, Source, rows};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// A budget below this may not cover the build and one layout of the levels and instruction sets.
const LEAST: Duration = Duration::from_secs(5);

/// Runs the command.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<u8> {
    let began = Instant::now();
    if common.profile.is_some() {
        let what = "--profile: tune reads no profile; it writes one to the file of -o, and joins it with what is there";
        return Err(Stop::usage(what).into());
    }
    let catalogue = Catalogue::load(common.probes.as_deref())?;
    let recorded = build::recorded(&args.build)?;
    let with_compiler = recorded.as_ref().map(|b| build::with_its_compiler(common, b)).transpose()?;
    let common = with_compiler.as_ref().unwrap_or(common);
    let launchers = Launchers::new(common);
    let release = built_as::release(args.nixpkgs.as_deref())?;
    let mut subjects = match &recorded {
        Some(recorded) => build::subjects(args, recorded, &catalogue, &launchers)?,
        None => subjects(args, &catalogue, &launchers)?,
    };
    for subject in &mut subjects {
        subject.exact = args.exact && subject.kernels.iter().any(|kernel| !kernel.bounds.is_empty());
    }
    let mut detected = hwtune::host::live()?;
    if let Some(name) = &args.name {
        detected.host.name = hwtune::text::host_name(name);
    }
    let keeping = Keeping::of(common, &detected.host.name, args.force);
    if let Some(keeping) = &keeping {
        let (_, words) = named::subjects(&args.what);
        let (sources, kernels) = (sources::pairs(&args.source)?, named::files(&args.kernel));
        let candidates = PathBuf::from(&args.candidates);
        let places = sources.iter().map(|(_, place)| place);
        let inputs = kernels.iter().chain(&words).chain(places).chain([&candidates]);
        named::is_no_input(&keeping.path, inputs)?;
    }
    let old = keeping.as_ref().map(Keeping::look).transpose()?.flatten();
    let compilers = toolchain::installed(common.cc.as_deref())?;
    let (compiler, choice, toolchains, reasons) = answers::choices(common, &detected, &compilers)?;
    launchers.of(compiler);
    if let Some(release) = release {
        built_as::prepend(common, release, (compiler, &detected.arch), &mut subjects)?;
    }
    for subject in subjects.iter_mut().filter(|s| s.package.is_some()) {
        answers::fit(common, compiler, subject)?;
    }
    build::told(common, &subjects, compiler, &catalogue)?;
    let place = keeping.as_ref().map(|k| k.path.as_path());
    // What is asked for by --if-stale is the profile as it would be now.
    let named = common.cc.is_some() || std::env::var_os("CC").is_some_and(|cc| !cc.is_empty());
    let named = (named && !args.if_stale).then(|| compiler.id());
    if let Some(keeping) = &keeping {
        let asked = Asked { host: &detected.host, subjects: &subjects, named };
        keeping.may_replace(old.as_ref(), &asked)?;
    }
    if args.if_stale
        && if_stale::fresh(common, place, old.as_ref(), &subjects, compiler, &detected, &catalogue)?
    {
        return Ok(exit::OK);
    }
    let base: Vec<String> = subjects.first().map(|s| s.base.compile.clone()).unwrap_or_default();
    let source = Source::named(&args.candidates);
    let opted_in = named::allowed(&args.allow);
    let allowed = classes(&opted_in)?;
    let earlier = like::earlier(
        &args.like,
        common,
        &mut subjects,
        &like::Rules { catalogue: &catalogue, choice: &choice, allowed: &allowed },
    )?;
    let rows = rows(RowsFor {
        earlier: &earlier,
        catalogue: &catalogue,
        compiler,
        choice: &choice,
        offered: &detected.host.features,
        base: &base,
        source: &source,
        allowed: &allowed,
    })?;
    for subject in &mut subjects {
        subject.rows = rows.clone();
        let of = |flag: &String| {
            flag.split_once(':').filter(|(p, _)| *p == subject.name).map(|(_, f)| f.to_string())
        };
        subject.opted_in = opted_in.iter().filter_map(of).collect();
        subject.allowed = allowed.clone();
        if subject.exact {
            subject.kernels.iter_mut().for_each(|kernel| kernel.bounds.clear());
        }
    }
    // Waiting for another run is no part of this one's budget.
    let accept = began.elapsed();
    if args.budget() < LEAST {
        let budget = humantime::format_duration(args.budget());
        output::note(
            common,
            &format!("--budget {budget}: building and a first layout may take longer, about 4 s"),
        );
    }

    let stop = measuring::interrupt()?;
    let _alone = measuring::alone(common, &stop);
    let started = Instant::now();
    let named = [&compiler.id(), &detected.host.name, &detected.host.cpu, &args.candidates];
    let asked = subjects.iter().flat_map(|s| {
        let names = [&s.name, &s.sources].into_iter().chain(s.kernels.first().map(|k| &k.source));
        names.chain(&s.base.compile).chain(&s.base.link)
    });
    let exact = args.exact.then_some("exact");
    let run: Vec<&str> = named.into_iter().chain(asked).map(String::as_str).chain(exact).collect();
    let mut journal = Journal::open(&run, args.seed);
    if !args.resume {
        journal.forget();
    }
    let left = journal.left();
    if args.resume && left.is_none() {
        output::note(common, "no interrupted run to resume; starting a new one");
    }
    if let Some((seed, samples)) = left {
        let text =
            format!("goes on with a run that was cut off (--seed {seed}): {samples} measurements are kept");
        output::note(common, &text);
    }
    let seed = args.seed.or(left.map(|(seed, _)| seed)).unwrap_or_else(measuring::seed);
    journal.begin(seed);
    let settings = Settings {
        rule: Rule { margin: args.margin, max_regression: args.max_regression, ..Rule::default() },
        seed,
        budget: args.budget(),
        accept,
        cpu: measuring::cpu(args.cpu)?,
        warm_ns: measuring::warm_ns(&detected),
        coupling: args.layouts,
        advice: hwtune::host::advice(0.0),
    };
    let progress = Progress::new(common, accept, args.budget());
    let outcome = hwtune::tune::run(&subjects, &catalogue, compiler, &settings, &journal, &progress, &stop);
    progress.end();
    let mut outcome = outcome?;
    if let Some(release) = release {
        built_as::record(release, &subjects, &mut outcome.sections);
    }
    output::note(common, &time_report(&outcome, accept + started.elapsed()));
    let made = assemble(detected, (toolchains, reasons), &subjects, outcome, &catalogue);
    let names: Vec<String> = subjects.iter().map(|s| s.name.clone()).collect();
    let code = finish(args, common, keeping.as_ref(), &made, &names)?;
    if made.complete {
        journal.end();
    }
    Ok(code)
}
