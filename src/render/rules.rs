//! A package's policy as plain lists, for a target that applies it itself.

use super::target::FrontMatter;
use crate::catalogue::{Catalogue, Policy, microarchitectures};
use serde::Serialize;
use std::collections::BTreeSet;

/// What a profile may bring for one package.
#[derive(Serialize)]
pub(super) struct Rules<'a> {
    name: &'a str,
    /// On by default.
    on: bool,
    /// Options that may come with any name of a CPU, up to the `=`.
    valued: Vec<&'static str>,
    /// Whether `-mFEATURE` and `-mno-FEATURE` may come.
    machine: bool,
    /// Single flags.
    allowed: Vec<&'a str>,
    /// Single flags that come on request.
    opt_in: Vec<&'a str>,
}

/// The rules of a target's packages.
pub(super) fn of<'a>(front: &'a FrontMatter, catalogue: &'a Catalogue) -> Vec<Rules<'a>> {
    let named = front.packages.iter().filter_map(|name| Some((name, catalogue.packages.get(name)?)));
    named
        .map(|(name, row)| {
            let allowed = |flag: &str| matches!(catalogue.policy(row, flag), Policy::Allowed(_));
            let opt_in = |flag: &str| matches!(catalogue.policy(row, flag), Policy::OptIn(_));
            let words =
                || catalogue.flags.iter().map(|f| f.name.as_str()).filter(|n| !n.contains([' ', '{']));
            let named = [
                ("-march=", "-march=skylake"),
                ("-mcpu=", "-mcpu=neoverse-v1"),
                ("-mtune=", "-mtune=skylake"),
            ];
            Rules {
                name,
                on: !front.off.contains(name),
                valued: named
                    .iter()
                    .filter(|(_, example)| allowed(example))
                    .map(|(option, _)| *option)
                    .collect(),
                machine: allowed("-mno-avx512f"),
                // The names of CPUs are covered already.
                allowed: words()
                    .filter(|n| allowed(n) && !named.iter().any(|(option, _)| n.starts_with(option)))
                    .collect(),
                opt_in: words().filter(|n| opt_in(n)).collect(),
            }
        })
        .collect()
}

/// Every feature that an option may name, as alternatives of a POSIX regular expression.
pub(super) fn features() -> String {
    let rows = microarchitectures().map(|t| t.rows.as_slice()).unwrap_or_default();
    let names: BTreeSet<&str> = rows.iter().flat_map(|r| &r.features).map(String::as_str).collect();
    names.into_iter().collect::<Vec<_>>().join("|").replace('.', "[.]")
}
