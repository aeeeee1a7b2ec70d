//! `probes/expectations.toml`: what is expected of a faster glibc and zlib, and what can go wrong.

use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// What can be known of an expectation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Kernels or the built library stand for it.
    StandIn,
    /// No flag reaches it.
    NotMovable,
    /// The operation does not use the library.
    NotReached,
}

/// One expected improvement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// The package it is expected of.
    pub package: String,
    /// The operation.
    pub operation: String,
    /// What was expected, as it was written.
    pub expected: String,
    /// What can be known.
    pub standing: Standing,
    /// Kernels of the package that stand for it.
    #[serde(default)]
    pub kernels: Vec<String>,
    /// Jobs of `rollout verify` that stand for it.
    #[serde(default)]
    pub jobs: Vec<String>,
    /// True where the jobs are the operation itself.
    #[serde(default)]
    pub direct: bool,
    /// True where the whole package's figure stands for it.
    #[serde(default)]
    pub whole: bool,
    /// The reason.
    pub why: String,
    /// Where it stands.
    pub source: String,
}

/// One risk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Risk {
    /// What may happen.
    pub risk: String,
    /// How bad it would be.
    pub impact: String,
    /// Routes that have it.
    pub routes: Vec<String>,
    /// What is done against it.
    pub mitigation: String,
    /// The way back.
    pub back: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    expectation: Vec<Expectation>,
    risk: Vec<Risk>,
}

static TABLE: LazyLock<Result<Table, String>> = LazyLock::new(|| {
    toml::from_str(include_str!("../../probes/expectations.toml")).map_err(|e| e.to_string())
});

/// The expectations, in their order.
pub fn expectations() -> &'static [Expectation] {
    TABLE.as_ref().map_or(&[], |t| &t.expectation)
}

/// The risks, in their order.
pub fn risks() -> &'static [Risk] {
    TABLE.as_ref().map_or(&[], |t| &t.risk)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;
    use crate::rollout::Route;

    #[test]
    fn every_row_rests_on_something_that_exists() {
        assert!(TABLE.is_ok(), "{:?}", TABLE.as_ref().err());
        let catalogue = Catalogue::load(None).unwrap();
        let source = include_str!("../../probes/rollout.c");
        for row in expectations() {
            let package = catalogue.packages.get(&row.package).unwrap_or_else(|| panic!("{}", row.package));
            for kernel in &row.kernels {
                assert!(package.kernels.contains_key(kernel), "{}: kernel {kernel}", row.operation);
            }
            for job in &row.jobs {
                assert!(source.contains(&format!("job(\"{job}\"")), "{}: job {job}", row.operation);
            }
            let rests = row.whole || !row.kernels.is_empty() && !row.jobs.is_empty();
            assert_eq!(rests, row.standing == Standing::StandIn, "{}", row.operation);
        }
        assert_eq!(expectations().len(), 10);
        let known = |name: &String| Route::ALL.iter().any(|r| r.name() == name);
        assert!(risks().iter().all(|r| !r.routes.is_empty() && r.routes.iter().all(known)));
        for route in Route::ALL {
            assert!(risks().iter().filter(|r| r.routes.iter().any(|n| n == route.name())).count() >= 3);
        }
    }
}
