//! A section is the part of a profile about one package or one kernel.

use super::answer::HostAnswer;
use super::verdict::Verdict;
use super::within_bounds::WithinBounds;
use serde::{Deserialize, Serialize};

/// How the figures of a profile were obtained. Effects are `100 * ln(t_base / t_variant)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Measurement {
    /// Name of the method, `paired-layouts-1`.
    pub method: String,
    /// Family-wise error of one section's claims.
    pub alpha: f64,
    /// Equivalence margin, in the unit of an effect.
    pub margin: f64,
    /// A kernel wholly below minus this vetoes a set; in the unit of an effect.
    pub max_regression: f64,
    /// The noise met.
    pub noise: Noise,
    /// The control: two links of the same code through the same rule.
    pub aa: AaControl,
    /// Seed of every draw.
    pub seed: u64,
    /// Layouts of one kernel that were measured, each two fresh links.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub evaluations: u64,
    /// Pairs that were timed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub pairs: u64,
    /// Where the time went.
    pub spent_s: SpentSeconds,
}

/// The noise met while measuring.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Noise {
    /// Median standard deviation between layouts, in the unit of an effect.
    pub layout_sd: f64,
    /// Share of timed samples with an involuntary context switch, 0 to 1.
    pub preempted: f64,
}

/// The A/A control's result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AaControl {
    /// Anything but `helps` and `harms` is in order.
    pub verdict: Verdict,
    /// Estimate.
    pub effect: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

impl AaControl {
    /// Whether there was time for a control; where there was none its figures are all 0.
    pub fn measured(&self) -> bool {
        self.low < self.high
    }
}

/// Wall seconds by stage.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SpentSeconds {
    /// Asking the compilers what they accept.
    pub accept: f64,
    /// Building and comparing code.
    pub identity: f64,
    /// Discarding and ranking.
    pub screen: f64,
    /// Composing a set.
    pub search: f64,
    /// Confirming it on fresh builds.
    pub confirm: f64,
}

/// What the verdicts rest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// The real package was built and timed.
    Package,
    /// Kernels that stand for the package were.
    Kernel,
    /// Nothing was measured.
    None,
}

/// One package, or one of the user's own kernels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Id of the toolchain it was measured with.
    pub toolchain: String,
    /// The flags the package is built with anyway.
    pub base: Vec<String>,
    /// The nixpkgs release as which it was built, `25.11`: `base` begins with what its compiler wrapper puts first. Absent
    /// where none was named.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub nixpkgs: String,
    /// What is to be appended; empty when nothing helps.
    pub flags: Vec<String>,
    /// What the verdict rests on.
    pub evidence: Evidence,
    /// Verdict on `flags` against the base, or on the set that failed.
    pub verdict: Verdict,
    /// Why, where the verdict alone does not say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Effect of the set judged; absent where nothing was timed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<f64>,
    /// Lower end of the interval used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// Upper end of the interval used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// Layouts the interval rests on.
    #[serde(default)]
    pub layouts: u32,
    /// Pairs the interval rests on.
    #[serde(default)]
    pub pairs: u32,
    /// Size of the code, summed over the kernels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_bytes: Option<CodeBytes>,
    /// `sha256:` over what hwtune's catalogue said of the subject and of flags when this was measured: kernels, weights,
    /// rules. Absent where nothing was measured, or by a version that did not record it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalogue: Option<String>,
    /// What this run was allowed beyond the policy: classes of risk (`semantics`), and flags that the package's rules
    /// give on request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<String>,
    /// True where functions whose contract is the size of an error had to give the same bits all the same (`tune --exact`).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub exact: bool,
    /// The package's sources that were built and timed, `zlib 1.3.1 sha256:…`; absent where kernels stood for it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sources: String,
    /// The run that the section comes from: a profile may hold sections of several. Absent where nothing was measured, or by
    /// a version that did not record it; then `measurement` of the profile counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<Run>,
    /// Of the whole host alone: what was confirmed for each question about its flags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answer: Vec<HostAnswer>,
    /// Every flag or set that was judged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub judged: Vec<Judgement>,
}

impl Section {
    /// Whether a verdict would be another one if results had to be the same bits: some differ within documented errors.
    pub fn rests_on_bounds(&self) -> bool {
        !self.exact && self.judged.iter().any(|row| !row.within_bounds.is_empty())
    }

    /// Functions whose results are other bits under these flags, with both errors, from the row that judges exactly them.
    pub fn within_bounds(&self, flags: &[String]) -> &[WithinBounds] {
        let same = |row: &&Judgement| {
            row.kernel.is_none()
                && row.kind != JudgedKind::Without
                && row.flags.len() == flags.len()
                && row.flags.iter().all(|flag| flags.contains(flag))
        };
        let found = self.judged.iter().filter(same).find(|row| !row.within_bounds.is_empty());
        found.map(|row| &row.within_bounds[..]).unwrap_or_default()
    }

    /// The row that confirms the section: its flags as a confirmed set, with its verdict and figures.
    pub fn own_row(&self) -> Judgement {
        Judgement {
            flags: self.flags.clone(),
            kind: JudgedKind::Set,
            stage: Stage::Confirm,
            verdict: self.verdict,
            reason: String::new(),
            kernel: None,
            effect: self.effect,
            low: self.low,
            high: self.high,
            layouts: self.layouts,
            pairs: self.pairs,
            within_bounds: Vec::new(),
            layout_effects: Vec::new(),
            layout_spread: Vec::new(),
            base_ns: None,
        }
    }
}

/// What of a run its sections are judged by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// When it ended, RFC 3339 in UTC.
    pub measured_at: String,
    /// Name of the method.
    pub method: String,
    /// Equivalence margin, in the unit of an effect.
    pub margin: f64,
    /// The verdict of the run's A/A control; absent where the time did not reach for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<Verdict>,
}

/// Bytes of executable code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CodeBytes {
    /// Under the base flags.
    pub base: u64,
    /// Under the base and the flags written.
    pub flags: u64,
}

/// What was compared with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum JudgedKind {
    /// The base with these flags, against the base.
    Alone,
    /// The set, against the set without these flags.
    Without,
    /// The whole set, against the base.
    Set,
}

/// The stage a judgement comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Asking the compiler or comparing code.
    Accept,
    /// Discards and ranks; its figures are never written as a claim.
    Screen,
    /// Fresh builds, fixed looks.
    Confirm,
}

/// A verdict on one flag or set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Judgement {
    /// The flags judged.
    pub flags: Vec<String>,
    /// What they were compared with.
    pub kind: JudgedKind,
    /// Where in the run.
    pub stage: Stage,
    /// The verdict.
    pub verdict: Verdict,
    /// Why, or the compiler's message.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// One kernel's name; absent for the weighted package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernel: Option<String>,
    /// Estimate; absent where nothing was timed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<f64>,
    /// Lower end of the interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// Upper end of the interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// Layouts.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub layouts: u32,
    /// Pairs.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub pairs: u32,
    /// Of one kernel: CPU time of a call under the base, ns. Absent where it was not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_ns: Option<f64>,
    /// The effect in each layout, in the order measured: what the interval rests on. Absent where it was not kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layout_effects: Vec<f64>,
    /// Of one kernel: for each layout the effects of its pairs as minimum, lower quartile, median, upper quartile, maximum.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layout_spread: Vec<[f64; 5]>,
    /// Functions whose results are other bits than the base's and within their documented errors. Absent where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub within_bounds: Vec<WithinBounds>,
}

fn is_zero<N: Default + PartialEq>(n: &N) -> bool {
    *n == N::default()
}
