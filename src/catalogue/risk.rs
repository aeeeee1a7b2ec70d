//! This module reads `probes/risks.toml`, which states what families of options may break.

use super::files::embedded;
use super::flag::Risk;
use super::pattern::{canonical, most_specific};
use serde::Deserialize;
use std::sync::OnceLock;

/// A row of `probes/risks.toml`: what a family of options may break.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RiskRule {
    /// Options, with `*` for any run of characters and `[no-]` for both forms. The most specific pattern that fits
    /// decides.
    pub patterns: Vec<String>,
    /// What it may break.
    pub risk: Risk,
    /// Why.
    pub why: String,
    /// Manual, issue or paper.
    pub source: String,
}

/// A row of `probes/risks.toml`: a form of argument that is not a flag for hwtune, whatever it does.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefusedForm {
    /// The arguments, in patterns as above.
    pub patterns: Vec<String>,
    /// Why.
    pub why: String,
}

/// `probes/risks.toml`. Not extended by a user's folder: what an option may break is not a matter of taste.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Risks {
    /// Families of options.
    #[serde(default)]
    pub rule: Vec<RiskRule>,
    /// Arguments that are refused by form.
    #[serde(default)]
    pub refused_form: Vec<RefusedForm>,
}

/// The table, read once.
pub(crate) fn table() -> &'static Risks {
    static TABLE: OnceLock<Risks> = OnceLock::new();
    TABLE.get_or_init(|| {
        // A test reads the embedded text; were it broken all the same, no option would be known to be harmless.
        embedded("risks.toml").and_then(|text| toml::from_str(text).ok()).unwrap_or_default()
    })
}

/// The rule for one option.
pub(crate) fn rule(option: &str) -> Option<&'static RiskRule> {
    most_specific(&table().rule, |rule| &rule.patterns, &canonical(option)).map(|(_, rule)| rule)
}

/// The rule for an option by itself, or for each word of several: the gravest decides.
pub(crate) fn by_rule(option: &str) -> Option<(Risk, &'static str)> {
    let option = canonical(option);
    let each = option.split(' ').map(|word| {
        most_specific(&table().rule, |rule| &rule.patterns, word)
            .map(|(_, rule)| (rule.risk, rule.why.as_str()))
    });
    let all: Option<Vec<_>> = each.collect();
    all?.into_iter().max_by_key(|(risk, _)| *risk)
}
