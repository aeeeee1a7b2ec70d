//! This module detects x86 hosts from CPUID, live or from a dump.

use super::archspec;
use super::cache::caches;
use super::core_kind::core_kinds;
use super::feature::{Features, features};
use super::hypervisor::hypervisor;
use super::identity::Identity;
use super::microarchitecture::{level, masked, name};
use super::names::{names, narrow, safe};
use super::registers::Cpu;
use super::text::clean;
use super::topology::counts;
use super::xcr0::Xcr0;
use super::{Detected, HostError};
use crate::catalogue::microarchitectures;
use crate::profile;
use std::collections::BTreeSet;

/// Detects an x86 host from the CPUID leaves of its logical CPUs, live or from a whole dump.
pub fn detect(cpus: &[Cpu], xcr0: Xcr0, place: &str) -> Result<Detected, HostError> {
    detect_told(cpus, xcr0, place, None)
}

/// The one engine. `told`, where given, are the only features that the source can show.
pub fn detect_told(
    cpus: &[Cpu],
    xcr0: Xcr0,
    place: &str,
    told: Option<&BTreeSet<&str>>,
) -> Result<Detected, HostError> {
    let incomplete = |what: &str| HostError::Incomplete { place: place.into(), what: what.into() };
    let first = cpus.iter().find(|cpu| cpu.has(1)).ok_or_else(|| incomplete("leaf 1 is missing"))?;
    let (table, hypervisor) = (features(), hypervisor(first)?);
    let (offered, mut reasons) = offered(table, cpus, xcr0);
    let caches = caches(first);
    let (cores, threads) = counts(cpus);
    let mut detected = assemble(&Identity::of(first), offered, &hypervisor.0, told)?;
    detected.host = profile::Host { caches, cores, threads, core_kinds: core_kinds(cpus), ..detected.host };
    detected.system.hypervisor = hypervisor.1;
    detected.reasons.append(&mut reasons);
    Ok(detected)
}

/// Names a host by its identity and what it offers. `told`, where given, are the only features that the source can show:
/// others are neither offered nor masked.
pub fn assemble(
    id: &Identity,
    offered: BTreeSet<&str>,
    signature: &str,
    told: Option<&BTreeSet<&str>>,
) -> Result<Detected, HostError> {
    let table = microarchitectures()?;
    let mut offered = offered;
    let Some(mut named) = name(table, id, &offered, signature) else {
        let what = "no name fits this CPU".to_string();
        return Err(HostError::Incomplete { place: "microarchitectures.toml".into(), what });
    };
    let hidden: Vec<&String> = named.row.hides.iter().filter(|h| offered.contains(h.as_str())).collect();
    if !hidden.is_empty() {
        named.reasons.push(format!(
            "reported and not to be used on {}: {}",
            named.row.name,
            list(hidden.iter())
        ));
        offered.retain(|f| !named.row.hides.iter().any(|h| h == f));
    }
    let level = level(table, id, &offered);
    let missing = masked(named.row, id, &offered);
    let tell = |f: &String| told.is_none_or(|told| told.contains(f.as_str()));
    let (masked, untold): (Vec<String>, Vec<String>) = missing.into_iter().partition(tell);
    if !untold.is_empty() {
        named.reasons.push(format!("this source cannot tell, so unknown: {}", list(untold.iter())));
    }
    if !masked.is_empty() {
        let what = list(masked.iter());
        named
            .reasons
            .push(format!("{} has and this host does not offer: {what}; the name stays", named.row.name));
    }
    let mut names = names(table, named.row, named.part, level.as_deref());
    match id.long_mode {
        true => names.archspec = archspec::x86(&id.vendor, &offered),
        false => names = narrow(table, named.row, &offered, names),
    }
    let option = |f: &&str| !matches!(*f, "cmov" | "cx8") && !archspec::KERNELS_OWN.contains(f);
    let host = profile::Host {
        vendor: clean(&id.vendor),
        family: id.family,
        model: id.model,
        stepping: id.stepping,
        cpu: id.brand.clone(),
        microarchitecture: named.row.name.clone(),
        level,
        features: offered.into_iter().filter(option).map(String::from).collect(),
        masked,
        ..profile::Host::default()
    };
    // The note is for a text that has the names alone; here the reasons above say it.
    let (names, _) = safe(&host, names);
    Ok(Detected {
        host,
        system: profile::System::default(),
        names,
        codename: named.part.map(|p| p.codename.clone()).unwrap_or_default(),
        arch: if id.long_mode { "x86_64" } else { "i686" }.into(),
        unknown: untold,
        reasons: named.reasons,
    })
}

/// What all CPUs offer, with `cmov` and `cx8`, and why something is missing: code moves from core to core.
fn offered(table: &Features, cpus: &[Cpu], xcr0: Xcr0) -> (BTreeSet<&'static str>, Vec<String>) {
    let mut common: Option<BTreeSet<&str>> = None;
    let (mut any, mut disabled) = (BTreeSet::new(), BTreeSet::new());
    for cpu in cpus.iter().filter(|cpu| cpu.has(1)) {
        let mut own = table.offered(cpu, xcr0);
        let basic = cpu.leaf(1, 0).edx;
        own.extend(
            [("cx8", 8), ("cmov", 15)].into_iter().filter(|(_, bit)| basic >> bit & 1 != 0).map(|(n, _)| n),
        );
        own.extend(archspec::kernels_own(cpu));
        disabled.extend(table.disabled(cpu, xcr0));
        any.extend(own.iter().copied());
        common = Some(common.map_or(own.clone(), |c| &c & &own));
    }
    let common = common.unwrap_or_default();
    let mut reasons = Vec::new();
    if !disabled.is_empty() {
        reasons.push(format!(
            "reported by the CPU, not enabled by the system (XCR0): {}",
            list(disabled.iter())
        ));
    }
    let differing: Vec<_> = any.difference(&common).collect();
    if !differing.is_empty() {
        reasons.push(format!("not offered by every core: {}", list(differing.iter())));
    }
    (common, reasons)
}

fn list<T: AsRef<str>>(words: impl Iterator<Item = T>) -> String {
    words.map(|w| w.as_ref().to_string()).collect::<Vec<_>>().join(", ")
}
