//! A package's policy as plain lists, for a target that applies it itself.

use super::target::FrontMatter;
use crate::catalogue::{Catalogue, Policy, Risk, microarchitectures};
use serde::Serialize;
use std::collections::BTreeSet;

/// What a profile may bring for one package. A pattern is a flag, or an option up to its last `=`: with any value.
#[derive(Serialize)]
pub(super) struct Rules<'a> {
    name: &'a str,
    /// On by default.
    on: bool,
    /// Whether `-mFEATURE` and `-mno-FEATURE` may come.
    machine: bool,
    /// Patterns that may come.
    allowed: BTreeSet<String>,
    /// Patterns that may come on request.
    opt_in: BTreeSet<String>,
}

/// Options whose values are names of CPUs, with one that stands for all.
const NAMES: [&str; 3] = ["-march=skylake", "-mcpu=neoverse-v1", "-mtune=skylake"];

/// The rules of a target's packages: the catalogue's own policy, asked about each flag it knows.
pub(super) fn of<'a>(front: &'a FrontMatter, catalogue: &'a Catalogue) -> Vec<Rules<'a>> {
    let named = front.packages.iter().filter_map(|name| Some((name, catalogue.packages.get(name)?)));
    named
        .map(|(name, row)| {
            let mut rules = Rules {
                name,
                on: !front.off.contains(name),
                machine: matches!(catalogue.policy(row, "-mno-avx512f"), Policy::Allowed(_)),
                allowed: BTreeSet::new(),
                opt_in: BTreeSet::new(),
            };
            let known = catalogue.flags.iter().map(|f| f.name.as_str()).filter(|n| !n.contains([' ', '{']));
            for flag in known.chain(NAMES) {
                // Where another value is ruled alike, the option stands for all its values.
                let option = flag.rsplit_once('=').map(|(option, _)| format!("{option}="));
                let alike = option.filter(|o| {
                    kind(&catalogue.policy(row, &format!("{o}7"))) == kind(&catalogue.policy(row, flag))
                });
                let pattern = alike.unwrap_or_else(|| flag.to_string());
                match catalogue.policy(row, flag) {
                    Policy::Allowed(_) => rules.allowed.insert(pattern),
                    Policy::OptIn(_) => rules.opt_in.insert(pattern),
                    Policy::Refused(_) => false,
                };
            }
            rules
        })
        .collect()
}

fn kind(policy: &Policy) -> std::mem::Discriminant<Policy> {
    std::mem::discriminant(policy)
}

/// What may follow `-m` in an option that turns a feature on or off, as alternatives of a POSIX regular expression:
/// the features of all names, less those that are more than a feature (`-mno-sse` changes the calling convention).
pub(super) fn features(catalogue: &Catalogue) -> String {
    let rows = microarchitectures().map(|t| t.rows).unwrap_or_default();
    let names: BTreeSet<&str> = rows.iter().flat_map(|r| &r.features).map(String::as_str).collect();
    let both = names.iter().flat_map(|name| [name.to_string(), format!("no-{name}")]);
    let harmless =
        |name: &String| matches!(catalogue.risk(&format!("-m{name}")), Some((Risk::None | Risk::Size, _)));
    let kept: BTreeSet<String> = both.filter(harmless).collect();
    kept.into_iter().collect::<Vec<_>>().join("|").replace('.', "[.]")
}
