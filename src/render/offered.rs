//! What the host offers, and the names that promise no more than that.

use crate::catalogue::{Microarchitecture, microarchitectures};
use crate::host;
use crate::profile::{Names, Profile};
use std::collections::BTreeSet;

/// A row of the table of microarchitectures.
pub(super) fn row(name: &str) -> Option<&'static Microarchitecture> {
    microarchitectures().ok().and_then(|table| table.get(name))
}

/// Features that the profile itself says are there.
pub(super) fn own(profile: &Profile) -> BTreeSet<&str> {
    let masked = |f: &&String| !profile.host.masked.contains(f);
    profile.host.features.iter().filter(masked).map(String::as_str).collect()
}

/// The first of some features that the host lacks and that ordinary code would use.
pub(super) fn lacking<'a>(profile: &Profile, implied: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    host::lacking(&profile.host, implied)
}

/// The profile's names, or safer ones, and why: a profile may be older than the rule, or edited.
pub(super) fn names(profile: &Profile) -> (Names, String) {
    let target = profile.toolchain.first().map(|t| t.target.as_str()).unwrap_or_default();
    host::safe_names(&profile.host, profile.names.clone(), target.split('-').next().unwrap_or_default())
}
