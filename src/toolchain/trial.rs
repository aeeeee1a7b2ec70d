//! This module has the small units of C on which candidates are tested, stage by stage.

use super::candidate::Candidate;
use super::compiler::{Compiler, ToolchainError};
use super::launcher::Launcher;
use super::quotable::quotable;
use super::words;
use crate::catalogue::FlagKind;
use crate::files::Workspace;
use serde::Serialize;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// A unit with one warning of its own: gcc tells of an unknown `-Wno-…` only beside another diagnostic.
const SOURCE: &str =
    "#warning hwtune\nint hwtune(int a) { int s = 0; for (int i = 0; i < a; i++) s += i * a; return s; }\n";
/// The same with an error, which no option silences.
const BROKEN: &str = "#error hwtune\n";

const LIMIT: Duration = Duration::from_secs(30);

/// The stage at which a flag is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Compiling to an object.
    Compile,
    /// Linking a shared object.
    Link,
}

impl Stage {
    /// Where flags of a kind are tried.
    pub fn of(kind: FlagKind) -> Stage {
        match kind {
            FlagKind::Codegen | FlagKind::BuildOnly => Stage::Compile,
            FlagKind::Link => Stage::Link,
        }
    }
}

/// What a call said of one candidate.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Outcome {
    /// Nothing.
    Silent,
    /// A warning or a note.
    Spoke(String),
    /// An error.
    Failed(String),
}

/// A folder with the unit, and the object that link options are tried on.
pub(super) struct Trial {
    launcher: Arc<Launcher>,
    base: Vec<String>,
    folder: Workspace,
    calls: AtomicUsize,
    /// What the base alone says.
    usual: HashSet<String>,
}

impl Trial {
    /// Compiles and links the unit under the base alone. The compiler is confined from the first call on.
    pub(super) fn prepare(compiler: &Compiler, base: &[String]) -> Result<Trial, ToolchainError> {
        let no_place = |e: std::io::Error| ToolchainError::Place {
            folder: std::env::temp_dir().display().to_string(),
            what: e.to_string(),
        };
        let folder = Workspace::new().map_err(no_place)?;
        for (file, text) in [("unit.c", SOURCE), ("broken.c", BROKEN)] {
            folder.write(file, text.as_bytes()).map_err(no_place)?;
        }
        // -w and -Werror in the base would hide what is asked for here.
        let base = base.iter().filter(|f| *f != "-w" && !f.starts_with("-Werror")).cloned().collect();
        let (launcher, calls, usual) = (Launcher::of(compiler), AtomicUsize::new(0), HashSet::new());
        let mut trial = Trial { launcher, base, folder, calls, usual };
        let fails = |said: Said| ToolchainError::Base {
            path: compiler.path.display().to_string(),
            base: trial.base.join(" "),
            words: words::first_error(&said.stderr),
        };
        let object = ["-fPIC", "-c", "unit.c", "-o", "unit.o"];
        let said = trial.call(&[], &object)?;
        if !said.ok {
            return Err(fails(said));
        }
        let linked = trial.run(Stage::Link, &[])?;
        if !linked.ok {
            return Err(fails(linked));
        }
        let usual = said.diagnostics.iter().chain(&linked.diagnostics).cloned().collect();
        trial.usual = usual;
        Ok(trial)
    }

    /// One call with all the options.
    pub(super) fn run(&self, stage: Stage, options: &[&str]) -> Result<Said, ToolchainError> {
        let out = format!("{}.out", self.calls.fetch_add(1, Ordering::Relaxed));
        let mut said = match stage {
            Stage::Compile => self.call(options, &["-c", "unit.c", "-o", &out])?,
            Stage::Link => self.call(options, &["-shared", "unit.o", "-o", &out])?,
        };
        if stage == Stage::Compile && said.ok && options.iter().any(|o| o.starts_with("-Wno-")) {
            // A -Wno-cpp among them silences the warning that brings unknown ones to light.
            let loud = self.call(options, &["-c", "broken.c", "-o", &out])?;
            said.diagnostics.extend(loud.diagnostics.into_iter().filter(|d| d.contains("-Wno-")));
        }
        std::fs::remove_file(self.folder.path().join(out)).ok();
        Ok(said)
    }

    fn call(&self, options: &[&str], job: &[&str]) -> Result<Said, ToolchainError> {
        let args: Vec<&str> = self
            .base
            .iter()
            .map(String::as_str)
            .chain(options.iter().copied())
            .chain(job.iter().copied())
            .collect();
        let folder = self.folder.path();
        let answer = self.launcher.invoke(&args, folder, folder, LIMIT)?;
        let diagnostics = words::groups(&answer.stderr)
            .into_iter()
            .filter(|d| !d.contains("hwtune") && !self.usual.contains(d))
            .collect();
        let options = args.iter().map(|arg| arg.to_string()).collect();
        Ok(Said { ok: answer.ok(), stderr: answer.stderr, diagnostics, options })
    }
}

/// What one call said.
pub(super) struct Said {
    ok: bool,
    stderr: String,
    /// Diagnostics beyond what the base says, each with its notes.
    diagnostics: Vec<String>,
    /// What the compiler was called with.
    options: Vec<String>,
}

impl Said {
    /// What may be kept of a line: all of it where it is about hwtune's own unit.
    fn kept(&self, line: &str) -> String {
        match line.starts_with("unit.c:") || line.starts_with("broken.c:") {
            true => line.to_string(),
            false => quotable(line, &self.options),
        }
    }

    pub(super) fn quiet(&self) -> bool {
        self.ok && self.diagnostics.is_empty()
    }

    /// The call as a verdict on the only candidate in it.
    pub(super) fn outcome(&self) -> Outcome {
        match self.diagnostics.first() {
            _ if !self.ok => Outcome::Failed(self.kept(&words::first_error(&self.stderr))),
            Some(first) => Outcome::Spoke(self.kept(&words::clean(first.lines().next().unwrap_or_default()))),
            None => Outcome::Silent,
        }
    }

    /// What was said of a candidate among others; `None` when it is not named.
    pub(super) fn about(&self, candidate: &Candidate) -> Option<Outcome> {
        let group = self.diagnostics.iter().find(|d| candidate.words.iter().any(|w| words::names(d, w)))?;
        let line = words::clean(group.lines().next().unwrap_or_default());
        // Linkers put no mark before some of their errors.
        let unmarked = !self.ok && !line.contains("warning:") && !line.contains("note:");
        let kept = self.kept(&line);
        Some(if line.contains("error:") || unmarked { Outcome::Failed(kept) } else { Outcome::Spoke(kept) })
    }
}
