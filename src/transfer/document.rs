//! This document holds the result of a transfer study.

use crate::profile::Verdict;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A verdict with its interval, in the unit of an effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// The verdict; `same-code` where the flag does not reach it.
    pub verdict: Verdict,
    /// Estimate; exactly 0 for the same code.
    pub effect: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

/// A flag on both sides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FlagTransfer {
    /// The flags, one or a bundle.
    pub flags: Vec<String>,
    /// Why it was not measured; empty where it was.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The kernels' weighted whole; absent where it was not measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of_kernels: Option<Figure>,
    /// The package's weighted whole: the logarithm of the weighted geometric mean of the ratios of times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of_package: Option<Figure>,
    /// Figures by kernel.
    pub kernels: BTreeMap<String, Figure>,
    /// What the kernels predict for each operation of the package: in each layout from the sum of its parts' times.
    pub foretold: BTreeMap<String, Figure>,
    /// Figures by the package's operation.
    pub operations: BTreeMap<String, Figure>,
}

/// What a row of counts is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// One kernel by itself against each operation that it stands for a part of.
    Kernel,
    /// The mixture of an operation's kernels against the operation.
    Operation,
    /// Every operation by its mixture: what the goal is judged on.
    All,
}

/// How well something predicted the package.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Foretold {
    /// What predicted.
    pub by: By,
    /// The kernel or the operation; `all`.
    pub name: String,
    /// The operations that are counted.
    pub operations: Vec<String>,
    /// The kernels that predicted it, with their shares of the operation's time; of an operation alone.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub kernels: BTreeMap<String, f64>,
    /// (flag, operation) pairs in which the package says helps or harms.
    pub n: usize,
    /// Of them, those in which the predicted effect has the same sign.
    pub agreed: usize,
    /// Of them, those in which the opposite is predicted: helps for harms, harms for helps.
    pub opposite: usize,
    /// Of them, those in which the flag changes no code of the kernels.
    pub silent: usize,
    /// Rank correlation of the effects (Spearman), where there are twelve pairs or more and neither side is all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spearman: Option<f64>,
    /// Median distance between the two effects; absent where there is no pair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<f64>,
}

/// A part of the goal, judged on the row `all`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Goal {
    /// What is promised.
    pub promise: String,
    /// What was seen: a number of pairs, a share of them, or a correlation; absent where it could not be computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<f64>,
    /// Pairs it rests on.
    pub n: usize,
    /// Kept or not; absent where the pairs are too few to tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<bool>,
}

/// Kernels against the package.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    /// The package.
    pub package: String,
    /// Which sources were built.
    pub sources: String,
    /// The compiler.
    pub toolchain: String,
    /// The flags that both sides are built with anyway.
    pub base: Vec<String>,
    /// Layouts each flag was measured on, on either side.
    pub layouts: usize,
    /// Family-wise error over one side's kernels or operations under one flag.
    pub alpha: f64,
    /// Equivalence margin.
    pub margin: f64,
    /// Seed of every draw.
    pub seed: u64,
    /// Flags not measured since the time was over.
    pub not_reached: usize,
    /// Flags that change the code of neither side.
    pub same_code: usize,
    /// Each kernel by itself, each operation by its mixture, then all operations.
    pub foretold: Vec<Foretold>,
    /// The goal, part by part.
    pub goal: Vec<Goal>,
    /// Each flag that was measured or failed.
    pub flags: Vec<FlagTransfer>,
    /// False when the user ended it.
    pub complete: bool,
}
