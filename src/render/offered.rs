//! What the host offers, and the names that promise no more than that.

use crate::catalogue::{Features, Microarchitecture, microarchitectures};
use crate::profile::{Names, Profile};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// `probes/llvm_x86.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Llvm {
    #[cfg_attr(not(test), expect(dead_code, reason = "for people, and for the test that it is there"))]
    source: String,
    /// What LLVM's name turns on beyond the row's features.
    more: BTreeMap<String, Vec<String>>,
}

static LLVM: LazyLock<Option<Llvm>> =
    LazyLock::new(|| toml::from_str(include_str!("../../probes/llvm_x86.toml")).ok());

/// All that a row's names turn on, rustc's and Zig's name included.
fn implied(row: &'static Microarchitecture) -> impl Iterator<Item = &'static str> {
    let more = LLVM.as_ref().and_then(|llvm| llvm.more.get(&row.rust)).into_iter().flatten();
    row.features.iter().chain(more).map(String::as_str)
}

/// A row of the table of microarchitectures.
pub(super) fn row(name: &str) -> Option<&'static Microarchitecture> {
    microarchitectures().ok().and_then(|table| table.get(name))
}

/// Features that code may use: those of the profile, and those of its microarchitecture that are not masked.
pub(super) fn features(profile: &Profile) -> BTreeSet<&str> {
    let own = row(&profile.host.microarchitecture).map(|r| &r.features[..]).unwrap_or_default();
    let masked = |f: &&String| !profile.host.masked.contains(f);
    profile.host.features.iter().chain(own).filter(masked).map(String::as_str).collect()
}

/// Features that the profile itself says are there.
pub(super) fn own(profile: &Profile) -> BTreeSet<&str> {
    let masked = |f: &&String| !profile.host.masked.contains(f);
    profile.host.features.iter().filter(masked).map(String::as_str).collect()
}

/// The first of some features that the host lacks and that ordinary code would use.
pub(super) fn lacking<'a>(profile: &Profile, implied: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let offered = features(profile);
    let enabled = offered.iter().map(|f| f.to_string()).collect();
    let inert = |f: &str| Features::get().is_inert(f, &enabled);
    implied.into_iter().find(|f| !offered.contains(f) && !inert(f))
}

/// The profile's names; where something hides features of the CPU, those of the nearest relative without them, and
/// why. A name is all that some consumers read: it must not promise what the host does not offer.
pub(super) fn names(profile: &Profile) -> (Names, String) {
    let own = profile.names.clone();
    let name = &profile.host.microarchitecture;
    let whole = |r: &'static Microarchitecture| lacking(profile, implied(r));
    let Some((row_of_host, hidden)) = row(name).and_then(|r| Some((r, whole(r)?))) else {
        return (own, String::new());
    };
    let level = profile.host.level.iter();
    let safe = row_of_host.lineage.iter().chain(level).filter_map(|n| row(n)).find(|r| whole(r).is_none());
    let (rust, archspec, nixpkgs, called) = match safe {
        Some(r) => (r.rust.clone(), r.archspec.clone(), r.nixpkgs.clone(), r.name.clone()),
        None => Default::default(),
    };
    let instead = if called.is_empty() {
        "there is no safe one".to_string()
    } else {
        format!("they are those of {called}")
    };
    let note = format!("Names of the CPU: this host does not offer {hidden}, which {name} has, so {instead}");
    (Names { rust, archspec, nixpkgs, ..own }, note)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_llvm_adds_is_asked_of_the_host() {
        let llvm = LLVM.as_ref().unwrap();
        assert!(!llvm.source.is_empty() && llvm.more.keys().all(|name| row(name).is_some()));
        assert!(implied(row("knl").unwrap()).any(|f| f == "aes"));
    }
}
