//! Which flags each compiler of the group should get for the common CPU.

use super::common::{kind, same};
use crate::host::Detected;
use crate::profile::{Host, Profile, Toolchain};
use crate::toolchain;
use std::collections::BTreeMap;

/// Every compiler that a host of the group has, those of most hosts first.
pub(super) fn chains(
    host: &Host,
    architecture: &str,
    group: &[&Profile],
    notes: &mut Vec<String>,
) -> Vec<Toolchain> {
    let mut known: BTreeMap<&str, Vec<&Toolchain>> = BTreeMap::new();
    for chain in group.iter().flat_map(|p| &p.toolchain) {
        known.entry(&chain.id).or_default().push(chain);
    }
    let places = |id: &str| -> usize {
        group.iter().filter_map(|p| p.toolchain.iter().position(|t| t.id == id)).sum()
    };
    let mut ordered: Vec<(&str, Vec<&Toolchain>)> = known.into_iter().collect();
    ordered.sort_by_key(|(id, chains)| (usize::MAX - chains.len(), places(id), *id));
    let alike = group.iter().all(|p| kind(&p.host) == kind(&group[0].host));
    ordered.iter().map(|(_, chains)| one(host, architecture, chains, alike, notes)).collect()
}

/// The hosts' own answer where all have the same one and the same CPU; else the tables'.
fn one(
    host: &Host,
    architecture: &str,
    chains: &[&Toolchain],
    alike: bool,
    notes: &mut Vec<String>,
) -> Toolchain {
    let first =
        chains.iter().min_by_key(|t| (&t.target, &t.sha256)).map(|t| (*t).clone()).unwrap_or_default();
    let of = |get: fn(&Toolchain) -> &String| same(chains.iter().map(|t| get(t).clone()), String::new());
    let target = of(|t| &t.target);
    let chain = Toolchain {
        target: if target.is_empty() { first.target.clone() } else { target },
        sha256: of(|t| &t.sha256),
        verified: chains.iter().all(|t| t.verified),
        ..first.clone()
    };
    let answer =
        |t: &Toolchain| (t.march.clone(), t.mtune.clone(), t.add.clone(), t.drop.clone(), t.inert.clone());
    if alike && chains.iter().all(|t| answer(t) == answer(&first)) {
        return chain;
    }
    let detected = Detected { host: host.clone(), arch: architecture.into(), ..Detected::default() };
    let spec = format!("{}@{}", chain.compiler, chain.version);
    let choice = match toolchain::decide_for(&detected, &spec) {
        Ok(choice) => choice,
        Err(error) => {
            notes.push(format!("{}: no options for it: {error}", chain.id));
            Default::default()
        }
    };
    if choice.march.is_empty() && notes.iter().all(|n| !n.starts_with(&chain.id)) {
        notes.push(format!("{}: no table tells what these CPUs have in common", chain.id));
    }
    Toolchain {
        march: choice.march,
        mtune: choice.mtune,
        add: choice.add,
        drop: choice.drop,
        inert: choice.inert,
        verified: false,
        ..chain
    }
}
