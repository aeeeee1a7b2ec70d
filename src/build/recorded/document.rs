//! The document of a recorded build.

use super::tools::{ToolKind, Tools};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The newest form of the document.
const SCHEMA: u32 = 1;
/// No record is larger.
const LARGEST: u64 = 256 << 20;

/// What is wrong with a recorded build or with what is asked of it, in one line with the remedy.
#[derive(Clone, Debug, Error)]
#[error("{place}: {what}; {remedy}")]
pub struct RecordError {
    /// The file, command or target.
    pub place: String,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

impl RecordError {
    pub(crate) fn new(place: impl Into<String>, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        let what: String = what.into();
        let what = what.split_whitespace().collect::<Vec<_>>().join(" ");
        RecordError { place: place.into(), what, remedy: remedy.into() }
    }
}

/// What a build compiled and linked from what, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(title = "hwtune record"))]
#[serde(deny_unknown_fields)]
pub struct RecordedBuild {
    /// The form of this document, 1.
    pub schema: u32,
    /// The command that was recorded, word by word.
    pub command: Vec<String>,
    /// The steps, each after those whose outputs it takes.
    pub steps: Vec<Step>,
}

/// What a step makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum StepKind {
    /// An object from C or C++.
    Compile,
    /// An object from assembly: flags do not change it.
    Assemble,
    /// A static library.
    Archive,
    /// An object from objects (`ld -r`).
    Relocatable,
    /// A shared library.
    Shared,
    /// A program.
    Program,
}

/// One command, split where it compiled several files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What it makes.
    pub kind: StepKind,
    /// The program that ran, by its path.
    pub program: PathBuf,
    /// The folder in which it ran.
    pub folder: PathBuf,
    /// Its arguments, response files expanded, without the output's name and without what writes beside the output. Of a
    /// static library the members.
    pub arguments: Vec<String>,
    /// Which of the arguments are files that it takes.
    pub inputs: Vec<Input>,
    /// The file that it made.
    pub output: PathBuf,
    /// SHA-256 of the output as it was then, hexadecimal; empty where it never was a file of its own.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sha256: String,
    /// Variables that change what it makes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<String, String>,
}

/// A file that a step takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its place among the arguments.
    pub at: usize,
    /// The file.
    pub path: PathBuf,
    /// The step that made it; absent for sources, and for what was there before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<usize>,
}

impl RecordedBuild {
    /// A record of some steps.
    pub(crate) fn new(command: Vec<String>, steps: Vec<Step>) -> RecordedBuild {
        RecordedBuild { schema: SCHEMA, command, steps }
    }

    /// Reads a record. It names programs to run, so each must be one that record stands in for.
    pub fn read(place: &Path) -> Result<RecordedBuild, RecordError> {
        let remedy = "record the build again with `hwtune record`";
        let shown = crate::text::place(place);
        let wrong = |what: String| RecordError::new(shown.clone(), what, remedy);
        let text = crate::files::text(place, LARGEST).map_err(&wrong)?;
        let build: RecordedBuild =
            serde_json::from_str(&text).map_err(|e| wrong(format!("is no recorded build: {e}")))?;
        build.check().map_err(wrong)?;
        Ok(build)
    }

    /// The document as text.
    pub fn to_json(&self) -> Result<String, RecordError> {
        let odd = |e: serde_json::Error| {
            RecordError::new("the record", e.to_string(), "build in a folder whose name is UTF-8")
        };
        Ok(serde_json::to_string_pretty(self).map_err(odd)? + "\n")
    }

    /// SHA-256 over the whole record, hexadecimal.
    pub fn sha256(&self) -> String {
        use sha2::{Digest as _, Sha256};
        crate::text::hex(&Sha256::digest(serde_json::to_vec(self).unwrap_or_default()))
    }

    fn check(&self) -> Result<(), String> {
        if self.schema > SCHEMA {
            return Err(format!("has the form {}, and this hwtune reads {SCHEMA}", self.schema));
        }
        let tools = Tools::load()?;
        for (number, step) in self.steps.iter().enumerate() {
            let name = step.program.file_name().unwrap_or_default().to_string_lossy();
            let fits = match tools.kind(&name) {
                Some(ToolKind::Archiver) => step.kind == StepKind::Archive,
                Some(ToolKind::Linker) => {
                    matches!(step.kind, StepKind::Relocatable | StepKind::Shared | StepKind::Program)
                }
                Some(ToolKind::Compiler) => step.kind != StepKind::Archive,
                None => false,
            };
            if !fits {
                return Err(format!("step {number}: {name:?} is no program for a step of this kind"));
            }
            let sound = |input: &Input| {
                input.at < step.arguments.len() && input.from.is_none_or(|from| from < number)
            };
            if !step.inputs.iter().all(sound) || !step.folder.is_absolute() {
                return Err(format!("step {number}: an input that is not there"));
            }
            if matches!(step.kind, StepKind::Compile | StepKind::Assemble) && step.inputs.len() != 1 {
                return Err(format!("step {number}: compiles not one file but {}", step.inputs.len()));
            }
        }
        Ok(())
    }
}
