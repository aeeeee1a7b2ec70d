//! An answer is what was confirmed for one question about the flags of a whole host.

use super::section::CodeBytes;
use super::verdict::Verdict;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is asked about the flags of a whole host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum HostQuestion {
    /// Which level of optimisation, against the base's.
    Level,
    /// Which CPU the compiler is given: `-march` with its deltas, a level of the psABI, `-mtune` alone.
    Name,
    /// What else helps.
    More,
    /// All that helps together: the set that is written if it holds.
    Set,
}

impl HostQuestion {
    /// As written in a profile.
    pub fn name(self) -> &'static str {
        match self {
            HostQuestion::Level => "level",
            HostQuestion::Name => "name",
            HostQuestion::More => "more",
            HostQuestion::Set => "set",
        }
    }
}

/// A confirmed answer about the flags of a whole host, against the base: overall and for each domain of everyday code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HostAnswer {
    /// What it answers.
    pub question: HostQuestion,
    /// The flags measured beside the base.
    pub flags: Vec<String>,
    /// The verdict on them over all domains.
    pub verdict: Verdict,
    /// Why, where the verdict alone does not say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Effect; absent where nothing was timed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<f64>,
    /// Lower end of the interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// Upper end of the interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// Layouts the interval rests on.
    #[serde(default)]
    pub layouts: u32,
    /// Size of the code, summed over the kernels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_bytes: Option<CodeBytes>,
    /// How long the compiler takes for the kernels; absent where the time was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compile_s: Option<CompileSeconds>,
    /// Each domain's figures. The domains are a family that shares the level of the answer's interval.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub domain: BTreeMap<String, DomainEffect>,
}

/// The effect on the kernels of one domain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DomainEffect {
    /// What its interval says.
    pub verdict: Verdict,
    /// Estimate.
    pub effect: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

/// Seconds of the compiler for all kernels, one after another.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CompileSeconds {
    /// Under the base flags.
    pub base: f64,
    /// Under the base and the flags measured.
    pub flags: f64,
}
