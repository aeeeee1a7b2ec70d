//! The `tune` command.

use super::build::{self, BuildArgs};
use super::common::{Common, Format, duration};
use super::keeping::{Asked, Keeping};
use super::launchers::Launchers;
use super::output::{self, Stop};
use super::progress::Progress;
use super::terminal::Paper;
use super::{
    answers, built_as, exit, if_stale, like, measuring, named, next_steps, shown, sources, table, tune_screen,
};
use hwtune::catalogue::{Catalogue, Risk, user_kernel};
use hwtune::check::{self, catalogue_fingerprint};
use hwtune::experiment::Journal;
use hwtune::experiment::{Coupling, Rule};
use hwtune::host::Detected;
use hwtune::profile::{self, Evidence, Profile, Reasons, Run, Section, Verdict};
use hwtune::toolchain;
use hwtune::tune::{Outcome, RowsFor, Settings, Source, Subject, Tally, rows};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Tuned where neither a package nor a kernel is named.
const DEFAULT_PACKAGES: [&str; 3] = ["host", "glibc", "zlib"];

/// The budget of a first impression.
const QUICK: Duration = Duration::from_secs(60);

/// A budget below this may not cover the build and one layout of the levels and instruction sets.
const LEAST: Duration = Duration::from_secs(5);

/// The main job: detect, find accepted flags, time kernels, write the profile
///
/// Measures which flags help on this host and writes the profile. The profile goes to the file of -o (`-o -`: to
/// standard output), the table of verdicts to standard output. A profile of this host that is there keeps its other
/// sections, and a stronger result; what is no profile of this host is not replaced.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Packages of the catalogue and files with kernels to tune [default: host, glibc and zlib; host stands for everyday
    /// code]
    #[arg(value_name = "PACKAGE|FILE.c")]
    what: Vec<String>,
    /// A package of the catalogue to tune, repeatable or with commas
    #[arg(long, value_name = "NAME")]
    pub(super) package: Vec<String>,
    /// Sources of a package, a tree or its archive: the real library is built and its operations are timed, repeatable or
    /// with commas
    #[arg(long, value_name = "PACKAGE=DIR")]
    source: Vec<String>,
    /// A C file with probe_setup and probe_run to tune, repeatable or with commas
    #[arg(long, value_name = "FILE.c")]
    pub(super) kernel: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) build: BuildArgs,
    /// Base flags in place of the package's own; for --kernel the default is -O2
    #[arg(long, value_name = "FLAGS", allow_hyphen_values = true)]
    base: Option<String>,
    /// Build packages as this nixpkgs release does, such as 25.11: what its compiler wrapper puts first comes before the base
    #[arg(long, value_name = "RELEASE")]
    nixpkgs: Option<String>,
    /// What is tried: `catalogue`, `all` that the compiler lists, or a file with one flag a line
    #[arg(long, value_name = "FILE|all|catalogue", default_value = "catalogue")]
    candidates: String,
    /// Wall time for the whole run
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration)]
    budget: Duration,
    /// A first impression in 60 s: the levels and the names, and what else there is time for
    #[arg(long, conflicts_with = "budget")]
    quick: bool,
    /// A profile of this or another host whose verdicts on the same packages say what to try first; nothing of it is taken
    /// over unmeasured, repeatable
    #[arg(long, value_name = "PROFILE")]
    like: Vec<PathBuf>,
    /// Seed of every draw: the same seed draws the same layouts, orders and data [default: drawn, and recorded]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    seed: Option<u64>,
    /// Logical CPU to measure on [default: the last that is allowed]
    #[arg(long, value_name = "N")]
    cpu: Option<u32>,
    /// Allow a flag that policy writes only on request, or a class of risk (abi, semantics, security, global-state)
    /// for this run; recorded in the profile, repeatable or with commas
    #[arg(long, value_name = "PACKAGE:FLAG|CLASS", allow_hyphen_values = true)]
    allow: Vec<String>,
    /// Results are to be the same bits even where a function's contract is the size of an error, as libm's are
    #[arg(long)]
    exact: bool,
    /// Effects within this are equivalent, in % (100 * ln of the ratio of times)
    #[arg(long, value_name = "EFFECT", default_value_t = 1.0, value_parser = positive)]
    margin: f64,
    /// A set that makes one kernel slower than this is not written, in %
    #[arg(long, value_name = "EFFECT", default_value_t = 1.0, value_parser = positive)]
    max_regression: f64,
    /// Name of this host in the profile [default: the host's name]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Go on with the same run where it was interrupted or killed within the last six hours: what was measured is not
    /// measured again
    #[arg(long)]
    resume: bool,
    /// How the two sides of a comparison are linked: by one draw (`coupled`, so that unchanged code keeps its place in its
    /// page on both sides) or each by its own (`independent`)
    #[arg(long, value_name = "coupled|independent", default_value = "coupled", value_parser = measuring::coupling)]
    layouts: Coupling,
    /// Exit with 11 when a section stays inconclusive
    #[arg(long)]
    strict: bool,
    /// Write over what is there whatever it is: a file that is no profile, another host's profile, a stronger result or one of
    /// another compiler. The old file is kept beside as FILE.bak
    #[arg(long)]
    force: bool,
    /// Measure only where the profile is not there, lacks what is asked for, or is stale (see `hwtune check`)
    #[arg(long)]
    if_stale: bool,
}

pub(super) fn positive(text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| "not a number".to_string())?;
    if value > 0.0 && value <= 100.0 { Ok(value) } else { Err("must be above 0 and at most 100".into()) }
}

impl Args {
    fn budget(&self) -> Duration {
        if self.quick { QUICK } else { self.budget }
    }
}

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
        if args.exact {
            subject.kernels.iter_mut().for_each(|kernel| kernel.bounds.clear());
        }
    }
    // Waiting for another run is no part of this one's budget.
    let accept = began.elapsed();
    if args.budget() < LEAST {
        let budget = humantime::format_duration(args.budget());
        output::note(
            common,
            &format!("--budget {budget}: building and a first layout may take longer, about 5 s"),
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
    let run: Vec<&str> = named.into_iter().chain(asked).map(String::as_str).collect();
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

/// Where the time went, in one line: seconds, and the share of confirmation in which code was timed.
fn time_report(outcome: &Outcome, all: Duration) -> String {
    let Tally { building, linking, processes, timed, confirmed, .. } = outcome.tally;
    let share = 100.0 * confirmed.as_secs_f64() / outcome.measurement.spent_s.confirm.max(1e-3);
    let [all, building, linking, processes, timed] =
        [all, building, linking, processes, timed].map(|d| d.as_secs_f64());
    format!(
        "time {all:.0} s: compiling {building:.0}, linking {linking:.0}, measuring {processes:.0} \
         (timed code {timed:.0}, {share:.0} % of confirmation)"
    )
}

/// The classes of risk among what is allowed.
fn classes(allow: &[String]) -> anyhow::Result<Vec<Risk>> {
    let mut classes = Vec::new();
    for word in allow.iter().filter(|word| !word.contains(':')) {
        let class = Risk::REFUSED.into_iter().find(|risk| risk.name() == word).ok_or_else(|| {
            let names = Risk::REFUSED.map(Risk::name).join(", ");
            Stop::usage(format!("--allow {word:?}: neither PACKAGE:FLAG nor a class of risk: {names}"))
        })?;
        if !classes.contains(&class) {
            classes.push(class);
        }
    }
    Ok(classes)
}

/// What is tuned, in the order asked for: packages, then kernels.
fn subjects(args: &Args, catalogue: &Catalogue, launchers: &Launchers) -> anyhow::Result<Vec<Subject>> {
    let base = match &args.base {
        Some(text) => {
            Some(shlex::split(text).ok_or_else(|| Stop::usage(format!("--base {text:?}: a quote is open")))?)
        }
        None => None,
    };
    if let Some(odd) = base.iter().flatten().find(|f| !f.starts_with('-')) {
        return Err(Stop::usage(format!("--base: {odd:?} is no flag; flags begin with a dash")).into());
    }
    base.iter().flatten().try_for_each(|word| named::measurable(word))?;
    let (words, mut files) = named::subjects(&args.what);
    files.splice(0..0, named::files(&args.kernel));
    let sources = sources::pairs(&args.source)?;
    let from_source = sources.iter().map(|(package, _)| package);
    let names_asked: Vec<&String> = words.iter().chain(&args.package).chain(from_source).collect();
    let mut names = named::list(names_asked);
    if names.is_empty() && files.is_empty() {
        names = DEFAULT_PACKAGES.map(String::from).to_vec();
    }
    let mut subjects = Vec::new();
    for name in names {
        let known: Vec<&str> = catalogue.packages.keys().map(String::as_str).collect();
        if let Some((_, place)) = sources.iter().find(|(package, _)| *package == name) {
            subjects.push(sources::subject(catalogue, launchers, &name, place, base.as_deref())?);
            continue;
        }
        if let Some(subject) = sources::kept(catalogue, launchers, &name, base.as_deref())? {
            subjects.push(subject);
            continue;
        }
        let mut subject = Subject::package(catalogue, &name).ok_or_else(|| {
            let meant = hwtune::text::meant(&name, known.iter().copied());
            Stop::usage(format!("package {name}: unknown{meant}; known are {}", known.join(", ")))
        })?;
        if subject.kernels.is_empty() {
            let with: Vec<&str> = known
                .iter()
                .copied()
                .filter(|p| catalogue.kernels.iter().any(|k| k.package.as_deref() == Some(p)))
                .collect();
            let also = match catalogue.trials.contains_key(&name) {
                true => format!("give its sources with --source {name}=DIR, or tune"),
                false => "tune".into(),
            };
            let with = with.join(", ");
            return Err(Stop::usage(format!("package {name}: has no kernels; {also} one of {with}")).into());
        }
        if let Some(base) = &base {
            subject.base.compile = base.clone();
        }
        subjects.push(subject);
    }
    let mut by_name: BTreeMap<String, PathBuf> = BTreeMap::new();
    for file in &files {
        named::is_c(file)?;
        let kernel = user_kernel(file)?;
        hwtune::files::allow_reading(file);
        let other = by_name.insert(kernel.name.clone(), file.clone());
        if other.as_ref() == Some(file) {
            continue;
        }
        if let Some(other) = other {
            let (one, two) = (hwtune::text::place(&other), hwtune::text::place(file));
            let what = format!(
                "two kernels are called {}: {one} and {two}; rename one, since a profile has one section a name",
                kernel.name
            );
            return Err(Stop::usage(what).into());
        }
        let base = base.clone().unwrap_or_else(|| vec!["-O2".into()]);
        subjects.push(Subject::kernel(kernel, &base));
    }
    Ok(subjects)
}

fn assemble(
    detected: Detected,
    (toolchain, reasons): (Vec<profile::Toolchain>, Reasons),
    subjects: &[Subject],
    outcome: Outcome,
    catalogue: &Catalogue,
) -> Profile {
    let mut made = Profile {
        schema: profile::SCHEMA,
        fingerprint: String::new(),
        digest: String::new(),
        complete: outcome.complete,
        host: detected.host,
        system: detected.system,
        names: detected.names,
        toolchain,
        reasons,
        measurement: Some(outcome.measurement),
        package: Default::default(),
        kernel: Default::default(),
    };
    made.system.measured_at = humantime::format_rfc3339_seconds(std::time::SystemTime::now()).to_string();
    made.fingerprint = profile::fingerprint(&made);
    let measured = made.measurement.as_ref();
    let run = measured.map(|m| Run {
        measured_at: made.system.measured_at.clone(),
        method: m.method.clone(),
        margin: m.margin,
        control: m.aa.measured().then_some(m.aa.verdict),
    });
    for (subject, mut section) in subjects.iter().zip(outcome.sections) {
        let about = match (&subject.package, subject.kernels.first()) {
            (None, Some(own)) => check::Subject::Kernel(own),
            _ if subject.evidence == Evidence::Package => check::Subject::Trial(&subject.name),
            _ => check::Subject::Package(&subject.name),
        };
        section.catalogue = Some(catalogue_fingerprint(catalogue, about));
        section.run = run.clone();
        let place = if subject.package.is_some() { &mut made.package } else { &mut made.kernel };
        place.insert(subject.name.clone(), section);
    }
    made
}

/// Writes the profile, prints the answer, and says how it went.
fn finish(
    args: &Args,
    common: &Common,
    keeping: Option<&Keeping>,
    made: &Profile,
    tuned: &[String],
) -> anyhow::Result<u8> {
    let written = match keeping {
        Some(keeping) => keeping.write(common, made, common.cc.is_some())?,
        None => Profile { digest: profile::digest(made), ..made.clone() },
    };
    match (keeping, common.format) {
        (None, Format::Human | Format::Toml) => output::print(&profile::to_toml(&written)?)?,
        // What was asked for is in the file.
        (Some(_), Format::Json | Format::Toml) if common.output.is_some() => {}
        (Some(_), Format::Toml) => output::print(&profile::to_toml(&written)?)?,
        (_, Format::Json) => output::print(&shown::json(&profile::to_json(&written)?))?,
        (Some(keeping), Format::Human) => {
            let paper = Paper::of_stdout();
            let next = next_steps::after(made, Some(&keeping.path), common.output.is_none());
            let answer = match common.verbose > 0 {
                true => table::verdicts(made, tuned, &paper, true),
                false => tune_screen::screen(made, tuned, &paper, &next),
            };
            output::print(&shown::text(&answer))?
        }
    }
    if !made.complete {
        output::note(
            common,
            "interrupted: what was measured is kept for `--resume`, nothing unconfirmed is written",
        );
        return Ok(exit::INTERRUPTED);
    }
    let open = |s: &Section| matches!(s.verdict, Verdict::Inconclusive | Verdict::LayoutSensitive);
    let undecided = made
        .package
        .iter()
        .filter(|(n, _)| tuned.contains(n))
        .map(|(_, s)| s)
        .chain(made.kernel.values())
        .any(open);
    Ok(if args.strict && undecided { exit::INCONCLUSIVE } else { exit::OK })
}
