//! What a stand-in leaves for the recording, one line a step.

use super::document::Step;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::io::Write as _;
use std::path::Path;

/// No log is larger.
const LARGEST: u64 = 1 << 30;
/// No object is larger.
const LARGEST_OBJECT: u64 = 1 << 30;

/// A step with what the files were when it ran.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Logged {
    pub step: Step,
    /// SHA-256 of the step's inputs, in their order; empty where one is no object.
    pub inputs: Vec<String>,
    /// Of the output before the step; empty where there was none.
    pub before: String,
}

/// SHA-256 of a file, hexadecimal; empty where it cannot be read.
pub(super) fn digest(path: &Path) -> String {
    let bytes = crate::files::bytes(path, LARGEST_OBJECT);
    bytes.map_or(String::new(), |bytes| crate::text::hex(&Sha256::digest(bytes)))
}

/// Adds lines: one write each, so that those of other stand-ins stay whole.
pub(super) fn append(log: &Path, lines: &[Logged]) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().append(true).open(log)?;
    for line in lines {
        let mut text = serde_json::to_string(line)?;
        text.push('\n');
        file.write_all(text.as_bytes())?;
    }
    Ok(())
}

/// Reads a log. A line that is cut off belongs to a build that was killed.
pub(super) fn read(log: &Path) -> Result<Vec<Logged>, String> {
    let text = crate::files::text(log, LARGEST)?;
    Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
}
