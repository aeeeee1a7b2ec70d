//! The `record` command.

use super::common::Common;
use super::exit;
use super::output::{self, Stop};
use hwtune::build::recorded::{RecordedBuild, Recording, StepKind, read_compile_commands};
use hwtune::profile;
use std::path::{Path, PathBuf};

/// Where the record goes without -o.
const FILE: &str = "hwtune-build.json";

/// Run a build and record what it compiles and links
///
/// Compilers, archivers and linkers are stood in for, first in PATH; the build runs as it would. What was recorded is built
/// again with flags appended by `tune` with its option for builds. Record a build of a clean tree, and its configuration with it.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The build: make, ninja, cmake --build, ...
    #[arg(value_name = "COMMAND", trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<String>,
    /// Read a compilation database in place of running a build; --link names what it lacks
    #[arg(long, value_name = "FILE", conflicts_with = "command", requires = "link")]
    compile_commands: Option<PathBuf>,
    /// A command that links or archives the objects of the database, in their order, repeatable
    #[arg(long, value_name = "COMMAND", requires = "compile_commands")]
    link: Vec<String>,
}

/// Runs the command.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<u8> {
    super::forms::json_only(common, "record", "a record is JSON")?;
    let folder = std::env::current_dir()?;
    let file = common.output.clone().unwrap_or_else(|| FILE.into());
    let to_stdout = file == Path::new("-");
    if !to_stdout {
        profile::writable(&file)?;
    }
    let build = match &args.compile_commands {
        Some(database) => read_compile_commands(database, &args.link, &folder)?,
        None if args.command.is_empty() => {
            return Err(Stop::usage("record: no command; write hwtune record -- make").into());
        }
        None => {
            let recording = Recording::new(&args.command, &folder);
            if to_stdout { recording.without_output().run()? } else { recording.run()? }
        }
    };
    match to_stdout {
        true => output::print(&build.to_json()?)?,
        false => profile::write(&file, &build.to_json()?)?,
    }
    output::note(common, &told(&build));
    if !to_stdout {
        output::note(common, &format!("record written to {}", hwtune::text::place(&file)));
    }
    Ok(exit::OK)
}

/// What was recorded, in one line.
fn told(build: &RecordedBuild) -> String {
    let kinds = [
        (StepKind::Compile, "compiled"),
        (StepKind::Assemble, "assembled"),
        (StepKind::Archive, "static libraries"),
        (StepKind::Relocatable, "relocatable objects"),
        (StepKind::Shared, "shared libraries"),
        (StepKind::Program, "programs"),
    ];
    let count = |kind: StepKind| build.steps.iter().filter(|s| s.kind == kind).count();
    let parts = kinds.iter().map(|(kind, what)| (count(*kind), what)).filter(|(n, _)| *n > 0);
    let parts: Vec<String> = parts.map(|(n, what)| format!("{n} {what}")).collect();
    format!("recorded {}", parts.join(", "))
}
