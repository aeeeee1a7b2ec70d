//! The state is what is remembered between the commands, in one versioned TOML file.

use super::error::{RolloutError, RolloutFault};
use super::mapped::Libraries;
use crate::profile;
use crate::text::place;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The schema this version reads and writes.
pub const SCHEMA: u32 = 1;

/// No state is larger.
const LARGEST: u64 = 4 << 20;

/// A rollout as far as it has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Version of the keys below, [`SCHEMA`].
    pub schema: u32,
    /// Before the switch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
    /// The script that was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// The last check of the running system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<Verified>,
    /// The way back, where it was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back: Option<Back>,
}

impl Default for State {
    fn default() -> State {
        State { schema: SCHEMA, baseline: None, plan: None, verified: None, back: None }
    }
}

/// The system before the switch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// When, UTC.
    pub at: String,
    /// False until the libraries were timed: then it can be resumed.
    pub complete: bool,
    /// Store path of the system; empty where unknown.
    pub system: String,
    /// Its generation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<u64>,
    /// Memory in all, MiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_total_mib: Option<u64>,
    /// Memory that programs could have, MiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_available_mib: Option<u64>,
    /// Load over 1, 5 and 15 minutes.
    #[serde(default)]
    pub load: Vec<f64>,
    /// Programs that had crashed before: their crashes later are not news.
    #[serde(default)]
    pub crashing: Vec<String>,
    /// Every store path of the system.
    #[serde(default)]
    pub closure: Vec<String>,
    /// What could not be recorded, with the reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub missing: BTreeMap<String, String>,
    /// The libraries that a program of the system maps.
    #[serde(default)]
    pub libraries: Libraries,
    /// The busiest processes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub top: Vec<Process>,
    /// Times of the libraries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timing: Vec<Timing>,
}

/// A busy process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Process {
    /// Its name.
    pub name: String,
    /// CPU time over its life, per cent.
    pub cpu: f64,
    /// Memory, KiB.
    pub rss_kib: u64,
}

/// How long one job takes with the libraries of a system.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timing {
    /// Name of the job.
    pub job: String,
    /// Processes measured.
    pub n: usize,
    /// Mean of the processes' medians, ns a call.
    pub ns: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Median of each process, ns a call.
    pub samples: Vec<f64>,
}

/// The script that was written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// When, UTC.
    pub at: String,
    /// Name of the route.
    pub route: String,
    /// Fingerprint of the profile.
    pub fingerprint: String,
    /// Packages that the new system is to have, with their flags; none where the flags cannot be read back.
    pub packages: BTreeMap<String, Vec<String>>,
    /// Programs that get the libraries, where it is not every one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consumers: Vec<String>,
}

/// What a check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// As it should be.
    Ok,
    /// A reason to roll back.
    Bad,
    /// Not checked, or of no weight; the text says why.
    Note,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// What was looked at.
    pub what: String,
    /// What was found.
    pub outcome: Outcome,
    /// In words.
    pub text: String,
}

/// One job, before against after. Positive is faster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compared {
    /// Name of the job.
    pub job: String,
    /// `paired` where old and new took turns, `stored` against the baseline's figures.
    pub how: String,
    /// Pairs of processes, or processes.
    pub n: usize,
    /// 100 * ln(time before / time after).
    pub effect: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// A check of a system.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verified {
    /// When, UTC.
    pub at: String,
    /// Store path of the system.
    pub system: String,
    /// Whether to keep it.
    pub keep: bool,
    /// A job whose interval lies wholly below minus this is a reason to roll back.
    pub margin: f64,
    /// What was checked.
    #[serde(default, rename = "check")]
    pub checks: Vec<Check>,
    /// What was timed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timing: Vec<Compared>,
}

/// The way back, taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Back {
    /// When, UTC.
    pub at: String,
    /// False while it is under way.
    pub complete: bool,
    /// The commands that were run.
    pub commands: Vec<String>,
}

/// Reads the state; `None` where there is no file yet.
pub fn read_state(path: &Path) -> Result<Option<State>, RolloutError> {
    if let Err(e) = std::fs::metadata(path)
        && e.kind() == std::io::ErrorKind::NotFound
    {
        return Ok(None);
    }
    let text = crate::files::text(path, LARGEST)
        .map_err(|e| RolloutError::state(path, &format!("cannot read: {e}")))?;
    parse_state(path, &text).map(Some)
}

/// Reads a state from text; `path` is named in errors.
pub fn parse_state(path: &Path, text: &str) -> Result<State, RolloutError> {
    let table: toml::Table =
        toml::from_str(text).map_err(|e| RolloutError::state(path, &one_line(&e, text)))?;
    match table.get("schema").and_then(toml::Value::as_integer) {
        Some(n) if n > i64::from(SCHEMA) => Err(RolloutError {
            fault: RolloutFault::Newer,
            message: format!(
                "rollout state {}: schema {n} is newer than {SCHEMA}, the newest this hwtune reads; upgrade hwtune",
                place(path)
            ),
        }),
        Some(n) if n == i64::from(SCHEMA) => {
            toml::from_str(text).map_err(|e| RolloutError::state(path, &one_line(&e, text)))
        }
        Some(n) => Err(RolloutError::state(path, &format!("schema {n} never existed"))),
        None => Err(RolloutError::state(path, "no number `schema`: no rollout state")),
    }
}

fn one_line(error: &toml::de::Error, text: &str) -> String {
    let line = error.span().and_then(|s| text.get(..s.start)).map(|t| t.matches('\n').count() + 1);
    let message = error.message().trim().replace('\n', ", ");
    line.map_or(message.clone(), |n| format!("line {n}: {message}"))
}

/// Writes the state beside, synced, and renames it: a reader sees the old one or the new one.
pub fn write_state(path: &Path, state: &State) -> Result<(), RolloutError> {
    let write = |message: String| RolloutError { fault: RolloutFault::Write, message };
    let text = toml::to_string(state).map_err(|e| write(format!("rollout state {}: {e}", place(path))))?;
    profile::write(path, &text).map_err(|e| match e {
        profile::ProfileError::Write { cause, .. } => {
            write(format!("rollout state {}: cannot write: {cause}; give another --state", place(path)))
        }
        other => write(other.to_string()),
    })
}

/// `/var/lib/hwtune/rollout.toml` for root, else `$XDG_STATE_HOME/hwtune/rollout.toml`.
pub fn default_state(root: bool) -> PathBuf {
    if root {
        return "/var/lib/hwtune/rollout.toml".into();
    }
    let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|p| p.is_absolute());
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_else(|| ".".into())).join(".local/state");
    state.unwrap_or_else(home).join("hwtune/rollout.toml")
}
