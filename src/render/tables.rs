use crate::catalogue::Package;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What a renderer must know of a CPU's name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Architecture {
    /// Ancestors, the nearest first.
    pub lineage: Vec<String>,
    /// All gcc option names without `-m` that the name implies.
    pub features: Vec<String>,
    /// First gcc that knows the name, `12.3`; empty for any.
    pub first_gcc: String,
}

/// The tables that rendering rests on, beside the profile.
#[derive(Clone, Debug)]
pub struct Tables<'a> {
    /// Policy by package.
    pub packages: &'a BTreeMap<String, Package>,
    /// CPUs by their gcc name.
    pub architectures: BTreeMap<String, Architecture>,
}

/// A release of nixpkgs, a row of `probes/nixpkgs.toml`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// `25.05`.
    pub name: String,
    /// Major version of its default gcc.
    pub gcc: u32,
    /// Oldest gcc that compiles a bootstrap package.
    pub bootstrap: u32,
    /// Option under `system` that replaces a store path at activation.
    pub graft: String,
    /// Where these figures stand.
    pub source: String,
}

/// `probes/nixpkgs.toml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nixpkgs {
    /// Names that `lib.systems.architectures` knows.
    pub architectures: Vec<String>,
    /// Where they stand.
    pub architectures_source: String,
    /// Releases, oldest first.
    pub release: Vec<Release>,
}

static NIXPKGS: LazyLock<Nixpkgs> =
    LazyLock::new(|| toml::from_str(include_str!("../../probes/nixpkgs.toml")).unwrap_or_default());

/// The facts about nixpkgs.
pub fn nixpkgs() -> &'static Nixpkgs {
    &NIXPKGS
}

impl Nixpkgs {
    /// A release by name.
    pub fn find(&self, name: &str) -> Option<&Release> {
        self.release.iter().find(|r| r.name == name)
    }

    /// The releases' names.
    pub fn names(&self) -> String {
        self.release.iter().map(|r| r.name.as_str()).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nixpkgs_table_loads_sorted() {
        let table: Nixpkgs = toml::from_str(include_str!("../../probes/nixpkgs.toml")).unwrap();
        assert!(table.architectures.is_sorted());
        assert!(table.release.is_sorted_by_key(|r| &r.name) && table.release.len() >= 5);
        assert!(table.release.iter().all(|r| r.bootstrap <= r.gcc && !r.source.is_empty()));
    }
}
