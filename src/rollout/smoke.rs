//! The smoke list has small programs of the new system with known answers.

use super::calls::Places;
use super::state::{Check, Outcome};
use super::system::{Call, System};
use serde::Deserialize;
use std::path::Path;
use std::sync::LazyLock;

/// A row of `probes/smoke.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Name under the system's `sw/bin`.
    program: String,
    /// Its arguments.
    args: Vec<String>,
    /// What it reads.
    #[serde(default)]
    stdin: String,
    /// What it must print.
    #[serde(default)]
    prints: Option<String>,
    /// How what it prints must begin.
    #[serde(default)]
    begins: Option<String>,
    /// What that shows.
    why: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    smoke: Vec<Row>,
}

static TABLE: LazyLock<Result<Table, String>> =
    LazyLock::new(|| toml::from_str(include_str!("../../probes/smoke.toml")).map_err(|e| e.to_string()));

fn rows() -> &'static [Row] {
    TABLE.as_ref().map_or(&[], |t| &t.smoke)
}

/// Its commands, in their order; `scratch` is an empty folder.
pub fn calls(places: &Places, scratch: &Path) -> Vec<Call> {
    rows().iter().map(|row| row.call(places, scratch)).collect()
}

impl Row {
    fn call(&self, places: &Places, scratch: &Path) -> Call {
        let args: Vec<&str> = self.args.iter().map(String::as_str).collect();
        let call = Call::new(places.program(&self.program), &args);
        Call { stdin: self.stdin.clone(), folder: Some(scratch.into()), ..call }
    }

    fn right(&self, printed: &str) -> bool {
        self.prints.as_ref().is_none_or(|p| p == printed)
            && self.begins.as_ref().is_none_or(|b| printed.starts_with(b))
    }
}

/// Runs the list. A program that the system does not have is not a fault of its libraries.
pub fn check(system: &dyn System, places: &Places, scratch: &Path) -> Vec<Check> {
    let checked = rows().iter().map(|row| {
        let call = row.call(places, scratch);
        let what = format!("{} {}", row.program, row.args.join(" ")).trim().to_string();
        let (outcome, text) = match system.resolve(Path::new(&call.program)) {
            Err(_) => (Outcome::Note, format!("not checked: the system has no {}", row.program)),
            Ok(_) => match system.output(&call) {
                Err(why) => (Outcome::Bad, format!("{why} ({})", row.why)),
                Ok(printed) if row.right(&printed) => (Outcome::Ok, row.why.clone()),
                Ok(printed) => {
                    let printed = crate::render::line(printed.trim_end());
                    (Outcome::Bad, format!("a wrong answer, {printed:?} ({})", row.why))
                }
            },
        };
        Check { what, outcome, text }
    });
    checked.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_names_the_five_programs_and_each_row_can_fail() {
        assert!(TABLE.is_ok(), "{:?}", TABLE.as_ref().err());
        for program in ["ls", "cat", "grep", "git", "nix"] {
            assert!(rows().iter().any(|r| r.program == program), "{program}");
        }
        assert!(rows().iter().all(|r| r.prints.is_some() || r.begins.is_some()));
        assert!(rows().iter().all(|r| !r.right("no such answer")));
    }
}
