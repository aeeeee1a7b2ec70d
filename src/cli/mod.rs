//! The command line: arguments, one module for each command, terminal output and exit codes.

mod answers;
mod build;
mod built_as;
mod check;
mod common;
mod compare;
mod compare_table;
mod completions;
mod detect;
mod diagnosis;
mod diff;
mod diff_summary;
mod document;
mod entry;
mod exit;
mod explain;
mod explain_name;
mod facts;
mod flags;
mod fleet;
mod fleet_table;
mod forms;
mod here;
mod if_stale;
mod keeping;
mod launchers;
mod like;
mod limits;
mod list;
mod man;
mod measuring;
mod named;
mod next_steps;
mod output;
mod probe;
mod probe_table;
mod progress;
mod record;
mod render;
mod report;
mod rollout;
mod rollout_args;
mod rollout_plan;
mod rollout_text;
mod schema;
mod selftest;
mod selftest_table;
mod shown;
mod sources;
mod sources_get;
mod table;
mod terminal;
mod transfer;
mod transfer_table;
mod tune;
mod tune_answer;
mod tune_args;
mod tune_screen;
mod tune_subjects;
mod welcome;

use clap::{Parser, Subcommand};
use common::Common;
use hwtune::build::recorded::RecordError;
use hwtune::build::{FetchError, SourceError};
use hwtune::catalogue::CatalogueError;
use hwtune::compare::LibraryError;
use hwtune::host::HostError;
use hwtune::profile::ProfileError;
use hwtune::render::RenderError;
use hwtune::rollout::{RolloutError, RolloutFault};
use hwtune::toolchain::ToolchainError;
use hwtune::tune::{MeasureError, RowsError};
use std::io::Write;
use std::process::ExitCode;

/// Detects this host's CPU, measures which compiler flags help here, and renders the answer for others.
#[derive(Parser)]
#[command(name = "hwtune", version, about, after_help = exit::help(), max_term_width = 110)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    // In the order of use, in which --help lists them.
    Detect(detect::Args),
    Probe(probe::Args),
    Tune(Box<tune_args::Args>),
    Report(report::Args),
    Render(render::Args),
    Flags(flags::Args),
    /// Take a rendered NixOS module to a running system, step by step, and back
    Rollout(rollout::Args),
    Check(check::Args),
    Diff(diff::Args),
    Record(record::Args),
    Sources(sources_get::Args),
    Compare(compare::Args),
    Transfer(transfer::Args),
    Selftest(selftest::Args),
    Fleet(fleet::Args),
    Explain(explain_name::Args),
    List(list::Args),
    Schema(schema::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// The commands that are run at every login or by every build. To put together the options of all the others takes
/// longer than they do.
#[derive(Parser)]
#[command(name = "hwtune")]
struct Short {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: ShortCommand,
}

#[derive(Subcommand)]
enum ShortCommand {
    Detect(detect::Args),
    Check(check::Args),
}

/// Reads the arguments: what the short commands do not take, and all help and errors, are the whole parser's.
fn parse() -> Result<Cli, clap::Error> {
    let is_short = |arg: std::ffi::OsString| ["detect", "check"].iter().any(|name| arg == *name);
    if !std::env::args_os().any(is_short) {
        return Cli::try_parse();
    }
    match Short::try_parse() {
        Ok(Short { common, command: ShortCommand::Detect(args) }) => {
            Ok(Cli { common, command: Some(Command::Detect(args)) })
        }
        Ok(Short { common, command: ShortCommand::Check(args) }) => {
            Ok(Cli { common, command: Some(Command::Check(args)) })
        }
        Err(_) => Cli::try_parse(),
    }
}

/// Parses the arguments, runs the command, and maps its outcome to an exit code.
pub fn main() -> ExitCode {
    // Reading the arguments already takes more stack than some limits leave.
    match limits::any() {
        Ok(()) => parsed_and_run(),
        Err(stop) => ExitCode::from(failed(&stop.into())),
    }
}

#[inline(never)]
fn parsed_and_run() -> ExitCode {
    let cli = match parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Its own colours, unless a value of the command line brings something for a terminal to obey.
            let plain = error.render().to_string();
            if let (false, Err(stop)) = (error.use_stderr(), output::takes(plain.len())) {
                return ExitCode::from(failed(&stop.into()));
            }
            let visible = shown::text(&as_one_line(plain.clone()));
            match visible == plain {
                true => error.print().ok(),
                false => write!(anstream::stderr(), "{visible}").ok(),
            };
            return ExitCode::from(if error.use_stderr() { exit::USAGE } else { exit::OK });
        }
    };
    let mut common = cli.common;
    common.apply_color();
    let of_report = common.form.format().is_none();
    common.format = common.form.format().unwrap_or_default();
    let limited = limits::of(cli.command.as_ref());
    let allowed = limited.and_then(|()| common.apply_readable());
    let outcome = match &cli.command {
        _ if allowed.is_err() => allowed.map(|()| exit::OK).map_err(anyhow::Error::from),
        command if of_report && !matches!(command, Some(Command::Report(_))) => Err(no_report()),
        None => welcome::run(&common),
        Some(Command::Detect(args)) => detect::run(args, &common),
        Some(Command::Tune(args)) => tune::run(args, &common),
        Some(Command::Record(args)) => record::run(args, &common),
        Some(Command::Sources(args)) => sources_get::run(args, &common),
        Some(Command::Probe(args)) => probe::run(args, &common),
        Some(Command::Render(args)) => render::run(args, &common),
        Some(Command::Check(args)) => check::run(args, &common),
        Some(Command::Compare(args)) => compare::run(args, &common),
        Some(Command::Transfer(args)) => transfer::run(args, &common),
        Some(Command::Diff(args)) => diff::run(args, &common),
        Some(Command::Schema(args)) => schema::run(args, &common),
        Some(Command::Selftest(args)) => selftest::run(args, &common),
        Some(Command::Explain(args)) => explain_name::run(args, &common),
        Some(Command::List(args)) => list::run(args, &common),
        Some(Command::Fleet(args)) => fleet::run(args, &common),
        Some(Command::Completions(args)) => completions::run(args, &common),
        Some(Command::Man(args)) => man::run(args, &common),
        Some(Command::Rollout(args)) => rollout::run(args, &common),
        Some(Command::Report(args)) => report::run(args, &common),
        Some(Command::Flags(args)) => flags::run(args, &common),
    };
    ExitCode::from(outcome.unwrap_or_else(|error| failed(&error)))
}

/// Says what failed, on one line, and gives its exit code.
fn failed(error: &anyhow::Error) -> u8 {
    let message = diagnosis::own(&one_line(&as_one_line(format!("{error:#}"))));
    writeln!(anstream::stderr(), "hwtune: error: {}", shown::line(&message)).ok();
    code_of(error)
}

fn no_report() -> anyhow::Error {
    output::Stop::usage("--format html, md and svg are for `hwtune report`; give human, json or toml").into()
}

/// What the command line gave, on one line wherever a message repeats it: a name that holds a line break would begin a
/// line of its own, which could say anything.
fn as_one_line(message: String) -> String {
    let broken = |text: &str| text.contains(['\n', '\r']);
    let mut given: Vec<String> = std::env::args_os()
        .map(|arg| arg.to_string_lossy().into_owned())
        .filter(|arg| broken(arg))
        // `--cc=PATH`, `--source PACKAGE=DIR`.
        .flat_map(|arg| [arg.split_once('=').map(|(_, value)| value.to_string()), Some(arg)])
        .flatten()
        .filter(|text| broken(text))
        .collect();
    given.sort_by_key(|text| std::cmp::Reverse(text.len()));
    given.iter().fold(message, |message, text| message.replace(text, &hwtune::text::one_line(text)))
}

/// An error on one line: compilers answer on several.
fn one_line(text: &str) -> String {
    text.split('\n').map(str::trim).filter(|l| !l.is_empty()).collect::<Vec<_>>().join("; ")
}

/// The exit code of an error, by its type.
fn code_of(error: &anyhow::Error) -> u8 {
    if let Some(stop) = error.downcast_ref::<output::Stop>() {
        return stop.code;
    }
    if let Some(error) = error.downcast_ref::<RolloutError>() {
        return match error.fault {
            RolloutFault::Usage => exit::USAGE,
            RolloutFault::Newer => exit::NEWER_PROFILE,
            RolloutFault::Refused => exit::REFUSED,
            RolloutFault::Write => exit::CANNOT_WRITE,
            RolloutFault::Failed => exit::INTERNAL,
        };
    }
    match error.downcast_ref::<ProfileError>() {
        Some(ProfileError::Newer { .. }) => return exit::NEWER_PROFILE,
        Some(ProfileError::Write { .. }) => return exit::CANNOT_WRITE,
        Some(
            ProfileError::Read { .. }
            | ProfileError::Malformed { .. }
            | ProfileError::Changed { .. }
            | ProfileError::Foreign { .. },
        ) => return exit::USAGE,
        None => {}
    }
    let toolchain = match error.downcast_ref::<RowsError>() {
        Some(RowsError::File { .. }) => return exit::USAGE,
        Some(RowsError::Toolchain(error)) => Some(error),
        None => error.downcast_ref::<ToolchainError>(),
    };
    match toolchain {
        Some(ToolchainError::Base { .. } | ToolchainError::Spec { .. }) => return exit::USAGE,
        Some(ToolchainError::Place { .. }) => return exit::INTERNAL,
        Some(_) => return exit::NO_COMPILER,
        None => {}
    }
    if let Some(error) = error.downcast_ref::<HostError>() {
        return if matches!(error, HostError::Table(_)) { exit::INTERNAL } else { exit::USAGE };
    }
    if error.is::<CatalogueError>() {
        return exit::USAGE;
    }
    if let Some(error) = error.downcast_ref::<RenderError>() {
        return if error.is_refusal() { exit::REFUSED } else { exit::USAGE };
    }
    if error.is::<FetchError>()
        || error.is::<RecordError>()
        || error.is::<SourceError>()
        || error.is::<LibraryError>()
    {
        return exit::USAGE;
    }
    match error.downcast_ref::<MeasureError>() {
        Some(MeasureError::Base(_)) => exit::USAGE,
        Some(MeasureError::Interrupted) => exit::INTERRUPTED,
        _ => exit::INTERNAL,
    }
}
