//! The target of archspec that a profile's host and compiler allow.

use super::offered;
use super::system::System;
use crate::catalogue::{Archspec, ArchspecHost, ArchspecTarget, archspec};
use crate::profile::Profile;
use std::collections::BTreeSet;

/// The name that Spack and conda's solvers are given, and a sentence that says what was checked. Empty where archspec has
/// none for the system.
pub(super) fn target(profile: &Profile, system: &System) -> (String, String) {
    let Ok(table) = archspec() else { return Default::default() };
    let family = match system.name.split('-').next() {
        Some("powerpc64le") => "ppc64le",
        Some(cpu) => cpu,
        None => "",
    };
    let seen = Seen::new(profile, table, family);
    let host = ArchspecHost {
        family,
        vendor: seen.vendor.unwrap_or(&profile.host.vendor),
        part: if family == "aarch64" { profile.host.model } else { 0 },
        generation: if family == "ppc64le" { profile.host.family } else { 0 },
        uarch: &profile.host.cpu,
    };
    let compatible = table.compatible(&host, |target, feature| seen.has(target, feature));
    let asked = profile.names.archspec.as_str();
    let own = compatible.iter().copied().find(|t| t.name == asked);
    let Some(best) = own.or_else(|| table.best(&host, |target, feature| seen.has(target, feature))) else {
        return Default::default();
    };
    let mut note = String::new();
    if own.is_none() && !asked.is_empty() {
        let row = table.family(family).iter().find(|t| t.name == asked);
        let missing = row.and_then(|t| t.features.iter().find(|feature| !seen.has(t, feature)));
        let why = match (row, missing) {
            (None, _) => "not every archspec in use has it".to_string(),
            (_, Some(feature)) => format!("archspec wants {feature} for it, which this host does not offer"),
            _ => "archspec does not call it compatible with this host".to_string(),
        };
        note = format!("{asked} is not asked for: {why}. ");
    }
    let lineage = || compatible.iter().copied().rev().filter(|t| best.ancestors.contains(&t.name));
    let made = |t: &ArchspecTarget| {
        profile.toolchain.first().is_none_or(|own| t.can_be_made_by(&own.compiler, &own.version))
    };
    let chosen = std::iter::once(best).chain(lineage()).find(|t| made(t)).unwrap_or(best);
    if let (false, Some(own)) = (chosen.name == best.name, profile.toolchain.first()) {
        note += &format!(
            "archspec refuses {} for {} {}, so {} stands in for it. ",
            best.name, own.compiler, own.version, chosen.name
        );
    }
    note += &format!("Checked with {}.", table.checked);
    (chosen.name.clone(), note)
}

/// What a profile tells of the features by which archspec decides.
struct Seen<'a> {
    table: &'a Archspec,
    family: &'a str,
    features: BTreeSet<&'a str>,
    /// The target that detection found, with those it descends from: of these the rest was seen there.
    found: BTreeSet<&'a str>,
    /// Its vendor, where it has one.
    vendor: Option<&'a str>,
}

impl<'a> Seen<'a> {
    fn new(profile: &'a Profile, table: &'a Archspec, family: &'a str) -> Self {
        let own = &profile.names.archspec;
        let target = table.family(family).iter().find(|t| t.name == *own);
        let ancestors = target.map(|t| &t.ancestors[..]).unwrap_or_default();
        let found = ancestors.iter().map(String::as_str).chain(target.map(|t| t.name.as_str()));
        Seen {
            table,
            family,
            features: offered::own(profile),
            found: found.collect(),
            vendor: target.map(|t| t.vendor.as_str()).filter(|vendor| *vendor != "generic"),
        }
    }

    fn has(&self, target: &ArchspecTarget, feature: &str) -> bool {
        const KERNELS_OWN: [&str; 5] = ["3dnowext", "cppc", "flush_l1d", "ibrs_enhanced", "tsc_adjust"];
        let option = match self.family {
            "aarch64" => self.table.extension.get(feature).map(String::as_str),
            _ if KERNELS_OWN.contains(&feature) => None,
            _ => Some(feature),
        };
        match option {
            Some(option) => self.features.contains(option),
            None => self.found.contains(target.name.as_str()),
        }
    }
}
