//! A `compile_commands.json` and the line that links, as a recorded build.

use super::arguments::{self, Called};
use super::assembled::assembled;
use super::document::{RecordError, RecordedBuild, Step, StepKind};
use super::log::{Logged, digest};
use super::tools::{ToolKind, Tools};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// No database is larger.
const LARGEST: u64 = 256 << 20;

/// An entry, as clang's JSON Compilation Database Format says; other keys are let be.
#[derive(Deserialize)]
struct Entry {
    directory: PathBuf,
    #[serde(default)]
    command: String,
    #[serde(default)]
    arguments: Vec<String>,
}

/// Reads a database with one or more lines that link, archive or both, each run in `folder`. Objects count as they are now.
pub fn read(database: &Path, lines: &[String], folder: &Path) -> Result<RecordedBuild, RecordError> {
    let place = crate::text::place(database);
    let wrong = |what: String| {
        RecordError::new(
            place.clone(),
            what,
            "name the compile_commands.json that CMake, Meson or Bear writes",
        )
    };
    let tools = Tools::load().map_err(&wrong)?;
    let text = crate::files::text(database, LARGEST).map_err(&wrong)?;
    let entries: Vec<Entry> = serde_json::from_str(&text).map_err(|e| wrong(e.to_string()))?;
    let mut steps = Vec::new();
    for entry in entries {
        let words = match entry.arguments.is_empty() {
            true => shlex::split(&entry.command)
                .ok_or_else(|| wrong(format!("a quote is open: {}", entry.command)))?,
            false => entry.arguments,
        };
        steps.extend(steps_of(&words, &entry.directory, &tools).map_err(&wrong)?);
    }
    for line in lines {
        let odd = |what: String| {
            RecordError::new("--link", what, "write the command that links, as make prints it")
        };
        let words = shlex::split(line).ok_or_else(|| odd(format!("{line:?}: a quote is open")))?;
        let made = steps_of(&words, folder, &tools).map_err(odd)?;
        if !made.iter().any(|s| !matches!(s.kind, StepKind::Compile | StepKind::Assemble)) {
            return Err(odd(format!("{line:?} links nothing")));
        }
        steps.extend(made);
    }
    let logged = |mut step: Step| {
        step.sha256 = digest(&step.output);
        let inputs = step.inputs.iter().map(|i| digest(&i.path)).collect();
        Logged { step, inputs, before: String::new() }
    };
    let steps = assembled(steps.into_iter().map(logged).collect(), &tools);
    if steps.is_empty() {
        return Err(wrong("nothing that it compiles is linked by --link".into()));
    }
    Ok(RecordedBuild::new(vec!["compile_commands.json".into(), place], steps))
}

fn steps_of(words: &[String], folder: &Path, tools: &Tools) -> Result<Vec<Step>, String> {
    let (program, words) = words.split_first().ok_or("an empty command")?;
    let found = which::which_in(program, std::env::var_os("PATH"), folder);
    let program = found.map_err(|_| format!("{program:?} is not in PATH"))?;
    let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let kind = tools
        .kind(&name)
        .ok_or_else(|| format!("{name:?} is neither a compiler, nor an archiver, nor a linker"))?;
    let environment = Default::default();
    let called = Called { program: &program, folder, arguments: words, environment };
    Ok(arguments::steps(&called, kind, tools)
        .into_iter()
        .filter(|s| s.kind == StepKind::Archive || kind != ToolKind::Archiver)
        .collect())
}
