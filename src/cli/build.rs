//! `tune --build`: from a recorded build to what is tuned.

use super::common::Common;
use super::launchers::Launchers;
use super::output::{self, Stop};
use super::tune_args::Args;
use hwtune::build::BuildError;
use hwtune::build::recorded::{
    CLibrary, Goal, RecordError, RecordedBuild, Recording, Replay, Replayed, StepKind, verify,
};
use hwtune::catalogue::{Catalogue, user_kernel};
use hwtune::experiment::BenchPlan;
use hwtune::files::Workspace;
use hwtune::toolchain::Compiler;
use hwtune::tune::Subject;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How the real build of what is tuned is given.
#[derive(clap::Args, Debug)]
pub struct BuildArgs {
    /// A build, as `hwtune record` wrote it down or as a command that is recorded now: tunes the real --package, a library
    /// under the driver of --kernel, or the program that --bench runs
    #[arg(long, value_name = "FILE|COMMAND", conflicts_with_all = ["source", "base"])]
    pub build: Option<String>,
    /// Which product of the build is meant, by its path or the end of it
    #[arg(long, value_name = "PATH", requires = "build")]
    target: Option<PathBuf>,
    /// A command that runs the rebuilt program: the CPU time of its process tree is measured. {} stands for the program
    /// where the command does not name it by its path; repeatable, each a data set of its own
    #[arg(long, value_name = "COMMAND", requires = "build", conflicts_with_all = ["package", "kernel"])]
    bench: Vec<String>,
}

/// Reads or records the build.
pub fn recorded(args: &BuildArgs) -> anyhow::Result<Option<RecordedBuild>> {
    let Some(build) = &args.build else { return Ok(None) };
    if Path::new(build).is_file() {
        return Ok(Some(RecordedBuild::read(Path::new(build))?));
    }
    let odd = || Stop::usage(format!("--build {build:?}: neither a file nor a command: a quote is open"));
    let command = shlex::split(build).ok_or_else(odd)?;
    Ok(Some(Recording::new(&command, &std::env::current_dir()?).without_output().run()?))
}

/// The compiler that a build used: what it accepts is asked of that one.
pub fn with_its_compiler(common: &Common, build: &RecordedBuild) -> anyhow::Result<Common> {
    let programs = build.steps.iter().filter(|s| s.kind == StepKind::Compile).map(|s| &s.program);
    let Some(own) = programs.clone().find(|p| !is_cxx(p)).or(programs.clone().next()) else {
        return Err(Stop::usage("--build: nothing was compiled in it; record a build of a clean tree").into());
    };
    let own = c_driver(own);
    let same = |given: &str| {
        let found = which::which(given).ok().and_then(|p| std::fs::canonicalize(p).ok());
        found.is_some() && found == std::fs::canonicalize(&own).ok()
    };
    match &common.cc {
        Some(given) if !same(&given.to_string_lossy()) => Err(Stop::usage(format!(
            "--cc {}: the build was recorded with {}; leave --cc out, or record a build with it",
            hwtune::text::place(given),
            hwtune::text::place(&own)
        ))
        .into()),
        _ => Ok(Common { cc: Some(own), ..common.clone() }),
    }
}

fn is_cxx(program: &Path) -> bool {
    program.file_name().is_some_and(|n| n.to_string_lossy().contains("++"))
}

/// The driver for C beside one for C++.
fn c_driver(program: &Path) -> PathBuf {
    let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let c = if name == "c++" { "cc".into() } else { name.replace("clang++", "clang").replace("g++", "gcc") };
    let beside = program.with_file_name(c);
    if beside.exists() { beside } else { program.to_path_buf() }
}

/// What is tuned of a build.
pub fn subjects(
    args: &Args,
    build: &RecordedBuild,
    catalogue: &Catalogue,
    launchers: &Launchers,
) -> anyhow::Result<Vec<Subject>> {
    let workspace = Workspace::new()?;
    let BuildArgs { target, bench, .. } = &args.build;
    let Some(launcher) = launchers.first()? else {
        return Err(Stop::usage("--build: its compiler is gone; record it again").into());
    };
    let replay = |goal: &Goal| -> Result<Arc<Replay>, RecordError> {
        let replay = Replay::new(build.clone(), goal, target.as_deref(), &launcher, workspace.path())?;
        Ok(Arc::new(replay))
    };
    let mut subjects = Vec::new();
    for name in &args.package {
        let trial = catalogue.trials.get(name).ok_or_else(|| {
            let known: Vec<&str> = catalogue.trials.keys().map(String::as_str).collect();
            Stop::usage(format!(
                "package {name}: no trial drives it; there are those of {}; give a driver of your own with --kernel",
                known.join(", ")
            ))
        })?;
        let unknown = || Stop::usage(format!("package {name}: unknown"));
        if trial.own_loader {
            let replay = replay(&Goal::Linked(trial.library.clone(), trial.reached.clone()))?;
            let library = CLibrary::of(&replay)?;
            let soname = library.soname.clone();
            let subject = Subject::recorded_c_library(catalogue, name, trial, &replay, library);
            let subject = subject.ok_or_else(unknown)?;
            if subject.kernels.is_empty() {
                return Err(Stop::usage(format!(
                    "package {name}: none of its operations is done by {soname}; name another with --target"
                ))
                .into());
            }
            subjects.push(subject);
            continue;
        }
        let replay = replay(&Goal::Library(trial.library.clone()))?;
        let subject = Subject::recorded_package(catalogue, name, trial, &replay);
        subjects.push(subject.ok_or_else(unknown)?);
    }
    for file in &super::named::files(&args.kernel) {
        subjects.push(Subject::recorded_kernel(user_kernel(file)?, &replay(&Goal::Library(Vec::new()))?));
    }
    if !bench.is_empty() {
        subjects.push(program(bench, replay)?);
    }
    if subjects.is_empty() {
        let message =
            "--build: what is to be measured? give --package NAME, --kernel DRIVER.c or --bench 'COMMAND'";
        return Err(Stop::usage(message).into());
    }
    Ok(subjects)
}

fn program(
    bench: &[String],
    replay: impl Fn(&Goal) -> Result<Arc<Replay>, RecordError>,
) -> anyhow::Result<Subject> {
    let folder = std::env::current_dir()?;
    let mut commands = Vec::new();
    for line in bench {
        let words = shlex::split(line).filter(|words| !words.is_empty());
        commands
            .push(words.ok_or_else(|| Stop::usage(format!("--bench {line:?}: empty, or a quote is open")))?);
    }
    let replay = replay(&Goal::Product(commands.concat(), folder.clone()))?;
    let product = replay.product().to_path_buf();
    let name = product.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let name: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || "._+-".contains(c) { c } else { '_' }).collect();
    let plan = BenchPlan { commands, folder, product, soname: replay.soname() };
    Ok(Subject::recorded_program(&name, &replay, plan))
}

/// Replays the base of each subject and says whether it is the recorded build.
pub fn told(
    common: &Common,
    subjects: &[Subject],
    compiler: &Compiler,
    catalogue: &Catalogue,
) -> anyhow::Result<()> {
    let mut known: Vec<&Arc<Replay>> = Vec::new();
    for replay in subjects.iter().filter_map(|s| s.replay.as_ref()) {
        if known.iter().any(|k| k.product() == replay.product()) {
            continue;
        }
        known.push(replay);
        let name = hwtune::text::place(replay.product());
        let workspace = Workspace::new()?;
        let Replayed { objects, equal, product } =
            verify(compiler, catalogue, replay, &workspace).map_err(|error| match error {
                BuildError::Rejected(why) => {
                    let remedy = "the build cannot be replayed: build it again and record that";
                    Stop::usage(format!("{name}: {why}; {remedy}")).into()
                }
                other => anyhow::Error::from(other),
            })?;
        let product = match product.as_deref() {
            None => String::new(),
            Some("") => ", and so is the product".into(),
            Some(sections) => format!(", but the product differs in {sections}"),
        };
        let mut line = format!("{name} replayed: {equal} of {objects} objects are as recorded{product}");
        if let [some, all] = replay.share()
            && some < all
        {
            line += &format!(
                "; the other {} of its {all} units, which the operations hardly reach, stay as built",
                all - some
            );
        }
        if replay.lacks_pic() {
            line += "; its objects are compiled with -fPIC, which they were not";
        }
        if !replay.left().is_empty() {
            let left: Vec<String> = replay.left().iter().map(|p| hwtune::text::place(p)).collect();
            line += &format!("; linked as built: {}", left.join(", "));
        }
        output::note(common, &line);
    }
    Ok(())
}
