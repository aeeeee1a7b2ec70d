//! hwtune under the name of a compiler, archiver or linker: it runs the real one and writes down what was made.

use super::arguments::{self, Called};
use super::document::{Step, StepKind};
use super::log::{self, Logged};
use super::recording::{BIN, LOG};
use super::tools::{ToolKind, Tools};
use crate::process::{Program, Shown};
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};

/// Runs as a stand-in where this program was called by the name of one; `None` where it was called as itself. The exit code
/// is the real program's.
pub fn stand_in() -> Option<u8> {
    let mut words = std::env::args_os();
    let called = PathBuf::from(words.next()?);
    let name = called.file_name()?.to_str()?.to_string();
    if name.starts_with("hwtune") {
        return None;
    }
    let tools = Tools::load().ok()?;
    let kind = tools.kind(&name)?;
    Some(run(&name, kind, &tools, &words.collect::<Vec<_>>()))
}

fn run(name: &str, kind: ToolKind, tools: &Tools, words: &[OsString]) -> u8 {
    let path = without_stand_ins();
    let Some(program) = real(name, &path) else {
        eprintln!("{name}: not found beside hwtune's stand-in for it");
        return 127;
    };
    let command = Program::new(&program).args(words).env("PATH", &path);
    let steps = match std::env::var_os(LOG) {
        Some(_) => steps(&program, kind, tools, words),
        // The build is over; its files still name the stand-in.
        None => {
            eprintln!("{name}: {}", command.replace());
            return 126;
        }
    };
    let before: Vec<String> = steps.iter().map(|s| log::digest(&s.output)).collect();
    let status = match command.shown(Shown::All) {
        Ok(status) => status,
        Err(error) => {
            eprintln!("{name}: {}: {error}", crate::text::place(&program));
            return 126;
        }
    };
    if status.success()
        && let Some(log) = std::env::var_os(LOG)
        && let Err(error) = log::append(Path::new(&log), &logged(steps, before))
    {
        eprintln!("hwtune record: {}: {error}", crate::text::place(Path::new(&log)));
    }
    match (status.code(), status.signal()) {
        (Some(code), _) => code as u8,
        (None, signal) => 128 + signal.unwrap_or(0) as u8,
    }
}

fn steps(program: &Path, kind: ToolKind, tools: &Tools, words: &[OsString]) -> Vec<Step> {
    // What is not UTF-8 cannot be written down; what is linked from it is left as it was built.
    let words: Option<Vec<String>> = words.iter().map(|w| w.to_str().map(String::from)).collect();
    let (Some(words), Ok(folder)) = (words, std::env::current_dir()) else { return Vec::new() };
    let environment: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| tools.is_recorded_variable(name))
        .collect();
    let called = Called { program, folder: &folder, arguments: &words, environment };
    let mut steps = arguments::steps(&called, kind, tools);
    steps.retain(|s| s.output.to_str().is_some() && s.inputs.iter().all(|i| i.path.to_str().is_some()));
    steps
}

fn logged(steps: Vec<Step>, before: Vec<String>) -> Vec<Logged> {
    let of = |(mut step, before): (Step, String)| {
        step.sha256 = log::digest(&step.output);
        let is_source = matches!(step.kind, StepKind::Compile | StepKind::Assemble);
        let digest = |path: &PathBuf| if is_source { String::new() } else { log::digest(path) };
        let inputs = step.inputs.iter().map(|i| digest(&i.path)).collect();
        Logged { step, inputs, before }
    };
    steps.into_iter().zip(before).map(of).collect()
}

/// PATH without the folder of the stand-ins: a wrapper that looks for the next compiler must not find this one again.
fn without_stand_ins() -> OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let bin = std::env::var_os(BIN).map(PathBuf::from);
    let others = std::env::split_paths(&path).filter(|folder| Some(folder) != bin.as_ref());
    std::env::join_paths(others).unwrap_or(path)
}

/// The program of this name that is not this one.
fn real(name: &str, path: &OsStr) -> Option<PathBuf> {
    let own = std::env::current_exe().ok().and_then(|own| std::fs::canonicalize(own).ok());
    which::which_in_all(name, Some(path), "/").ok()?.find(|found| std::fs::canonicalize(found).ok() != own)
}
