//! The CPU that all hosts of a group have in common.

use super::group::is_x86;
use crate::catalogue::{Features, Microarchitecture, microarchitectures};
use crate::profile::{Cache, Host, Names, Profile, System};
use std::collections::BTreeSet;

/// What is the same everywhere, or `other`.
pub(super) fn same<T: PartialEq + Clone>(values: impl IntoIterator<Item = T>, other: T) -> T {
    let mut values = values.into_iter();
    match values.next() {
        Some(first) if values.all(|v| v == first) => first,
        _ => other,
    }
}

/// The CPU as a compiler sees it: hosts of one kind have the same figures.
pub(super) fn kind(host: &Host) -> (&str, u32, u32, u32, &[String], &[String]) {
    (&host.vendor, host.family, host.model, host.stepping, &host.features, &host.masked)
}

/// The host that stands for the group: no more than what each one offers.
pub(super) fn host(name: &str, architecture: &str, group: &[&Profile]) -> Host {
    let hosts: Vec<&Host> = group.iter().map(|p| &p.host).collect();
    let features = features(&hosts);
    let level = hosts.iter().map(|h| h.level.clone()).min().flatten();
    let microarchitecture = nearest(&hosts, architecture, &features, level.as_deref());
    let one_name = same(hosts.iter().map(|h| h.microarchitecture.clone()), String::new());
    let row = row(&microarchitecture);
    let masked: BTreeSet<String> = match (row, one_name.is_empty()) {
        (Some(row), _) => row.features.iter().filter(|f| !features.contains(*f)).cloned().collect(),
        (None, true) => BTreeSet::new(),
        (None, false) => hosts.iter().flat_map(|h| h.masked.clone()).collect(),
    };
    let alike = hosts.iter().all(|h| kind(h) == kind(hosts[0]));
    let masked = if alike { hosts[0].masked.clone() } else { masked.into_iter().collect() };
    Host {
        name: name.into(),
        vendor: same(hosts.iter().map(|h| h.vendor.clone()), "mixed".into()),
        family: same(hosts.iter().map(|h| h.family), 0),
        model: same(hosts.iter().map(|h| h.model), 0),
        stepping: same(hosts.iter().map(|h| h.stepping), 0),
        cpu: same(hosts.iter().map(|h| h.cpu.clone()), format!("{} hosts of several CPUs", hosts.len())),
        microarchitecture,
        level,
        features: features.into_iter().collect(),
        masked,
        core_kinds: same(hosts.iter().map(|h| h.core_kinds.clone()), Vec::new()),
        cores: hosts.iter().map(|h| h.cores).min().unwrap_or(0),
        threads: hosts.iter().map(|h| h.threads).min().unwrap_or(0),
        caches: caches(&hosts),
    }
}

fn features(hosts: &[&Host]) -> BTreeSet<String> {
    let mut all = hosts.iter().map(|h| h.features.iter().cloned().collect::<BTreeSet<_>>());
    let first = all.next().unwrap_or_default();
    all.fold(first, |common, own| common.intersection(&own).cloned().collect())
}

/// Each cache that every host has, at its smallest.
fn caches(hosts: &[&Host]) -> Vec<Cache> {
    let mut caches = hosts.first().map(|h| h.caches.clone()).unwrap_or_default();
    caches.retain_mut(|cache| {
        let of = |h: &&Host| {
            h.caches.iter().filter(|c| c.level == cache.level && c.kind == cache.kind).map(|c| c.kib).min()
        };
        let sizes: Option<Vec<u64>> = hosts.iter().map(of).collect();
        cache.kib = sizes.iter().flatten().copied().min().unwrap_or(0);
        sizes.is_some()
    });
    caches.sort_by(|a, b| (a.level, &a.kind).cmp(&(b.level, &b.kind)));
    caches
}

pub(super) fn row(name: &str) -> Option<&'static Microarchitecture> {
    microarchitectures().ok().and_then(|table| table.get(name))
}

/// The name that all share: their own where it is one; else, of the ancestors that all have and the psABI levels they
/// offer, the one whose features are nearest to what all offer.
fn nearest(hosts: &[&Host], architecture: &str, features: &BTreeSet<String>, level: Option<&str>) -> String {
    let one = same(hosts.iter().map(|h| h.microarchitecture.clone()), String::new());
    if !one.is_empty() || !is_x86(architecture) {
        return one;
    }
    let line = |h: &&Host| -> BTreeSet<String> {
        let ancestors = row(&h.microarchitecture).map(|r| r.lineage.to_vec()).unwrap_or_default();
        ancestors.into_iter().chain([h.microarchitecture.clone()]).collect()
    };
    let mut lines = hosts.iter().map(line);
    let first = lines.next().unwrap_or_default();
    let mut shared = lines.fold(first, |common, own| common.intersection(&own).cloned().collect());
    let levels = ["x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4"];
    if let Some(at) = level.and_then(|own| levels.iter().position(|l| *l == own)) {
        shared.extend(levels[..=at].iter().map(|l| l.to_string()));
    }
    let table = Features::get();
    let distance = |r: &Microarchitecture| {
        let own: BTreeSet<&String> = r.features.iter().collect();
        let either: BTreeSet<String> = features.iter().chain(&r.features).cloned().collect();
        let differ = either.iter().filter(|f| own.contains(f) != features.contains(*f));
        differ.filter(|f| !table.is_inert(f, &either)).count()
    };
    let rows = shared.iter().filter_map(|name| row(name));
    // Of two as near, a CPU's own name says more than a level does: it has a tuning.
    let best = rows.min_by_key(|r| (distance(r), r.vendors.is_empty(), r.name.clone()));
    best.map(|r| r.name.clone()).unwrap_or_default()
}

/// What changes without a host becoming another one: the least, or what is the same.
pub(super) fn system(group: &[&Profile]) -> System {
    let systems: Vec<&System> = group.iter().map(|p| &p.system).collect();
    let common = |of: fn(&System) -> &String| same(systems.iter().map(|s| of(s).clone()), "unknown".into());
    // The claims are as old as the oldest figures.
    let measured = systems.iter().map(|s| s.measured_at.clone()).filter(|at| !at.is_empty()).min();
    System {
        memory_mib: systems.iter().map(|s| s.memory_mib).min().unwrap_or(0),
        microcode: common(|s| &s.microcode),
        kernel: common(|s| &s.kernel),
        governor: common(|s| &s.governor),
        hypervisor: same(systems.iter().map(|s| s.hypervisor.clone()), "mixed".into()),
        measured_at: measured.unwrap_or_default(),
    }
}

/// What each ecosystem calls the common CPU.
pub(super) fn names(host: &Host, group: &[&Profile]) -> Names {
    let own = same(group.iter().map(|p| p.names.clone()), Names::default());
    if own != Names::default() {
        return own;
    }
    let table = microarchitectures().ok();
    match table.and_then(|t| t.get(&host.microarchitecture).map(|row| (t, row))) {
        Some((table, row)) => {
            let own = crate::host::names(table, row, None, host.level.as_deref());
            crate::host::safe_names(host, own, "x86_64").0
        }
        None => Names::default(),
    }
}
