//! A kernel and a flag name the kinds of code they are about.

use serde::{Deserialize, Serialize};

/// A kind of code: what a kernel spends its time in, and what a flag is known to matter for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CodeKind {
    /// Branches that follow the data: parsers, interpreters, matching.
    Branchy,
    /// Small inner loops over arrays: checksums, scans, images.
    Loop,
    /// Many calls of small functions: comparisons through pointers, allocators, tree walks.
    Calls,
    /// Arithmetic in floating point.
    Float,
}
