//! This module reads `probes/values.toml`, which lists the values of options that are worth trying.

use serde::{Deserialize, Serialize};

/// A row of `probes/values.toml`: which values of an option are worth trying.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Values {
    /// The option up to its value, `-falign-loops=` or `--param=max-unroll-times=`.
    pub option: String,
    /// The values, as typed after it.
    pub values: Vec<String>,
    /// Why these.
    pub why: String,
    /// Manual, issue or paper.
    pub source: String,
}
