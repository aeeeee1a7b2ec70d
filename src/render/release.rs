use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// A release of nixpkgs, a row of `probes/nixpkgs.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
