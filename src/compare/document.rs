//! This document holds the result of a comparison.

use crate::profile::{AaControl, Verdict, WithinBounds};
use serde::{Deserialize, Serialize};

/// One of the two libraries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LibraryFile {
    /// The file, links followed.
    pub path: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Its SONAME; empty where it has none.
    pub soname: String,
}

/// A verdict with its figures. Effects are `100 * ln(t_before / t_after)`: positive is faster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, where the verdict alone does not say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Estimate; absent where nothing was timed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<f64>,
    /// Lower end of the interval used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// Upper end of the interval used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// Fresh processes it rests on, each with freshly linked drivers.
    pub layouts: u32,
    /// Pairs of timed samples.
    pub pairs: u32,
    /// Timed calls of each library's operation.
    pub calls: u64,
}

/// One operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct OperationVerdict {
    /// Its name.
    pub operation: String,
    /// Its share in the package's figure; 0 for a control.
    pub weight: f64,
    /// Verdict and figures.
    #[serde(flatten)]
    pub figures: Figures,
    /// Functions whose results are other bits and within their documented errors; absent where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub within_bounds: Vec<WithinBounds>,
}

/// Two libraries compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Compared {
    /// The package.
    pub package: String,
    /// The library before.
    pub before: LibraryFile,
    /// The library after.
    pub after: LibraryFile,
    /// Name of the method.
    pub method: String,
    /// Family-wise error over all operations, the whole and the control.
    pub alpha: f64,
    /// Equivalence margin.
    pub margin: f64,
    /// An operation wholly below minus this is named in the reason.
    pub max_regression: f64,
    /// Seed of every draw.
    pub seed: u64,
    /// The weighted whole: the logarithm of the weighted geometric mean of the ratios of times.
    pub whole: Figures,
    /// Each operation.
    pub operations: Vec<OperationVerdict>,
    /// The library before against itself, through the same rule; absent where nothing was timed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<AaControl>,
    /// False when the user ended it.
    pub complete: bool,
}
