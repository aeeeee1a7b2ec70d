//! This module reads `probes/nixpkgs.toml`, the table of releases of nixpkgs.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
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
    /// The same on architectures whose bootstrap begins with another gcc, one without anything left out.
    #[serde(default)]
    pub bootstrap_of: BTreeMap<String, u32>,
    /// What that oldest gcc was built without.
    #[serde(default)]
    pub bootstrap_lacks: Vec<String>,
    /// What its compiler wrapper puts before a package's own flags, beside hardening.
    #[serde(default)]
    pub base: Vec<String>,
    /// Option under `system` that replaces a store path at activation.
    pub graft: String,
    /// Where these figures stand.
    pub source: String,
}

/// Flags that a compiler built without something stops at.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lacking {
    /// What is missing, such as `isl`.
    pub what: String,
    /// The flags; a `*` at the end stands for any rest.
    pub flags: Vec<String>,
    /// What the compiler does.
    pub why: String,
    /// Where that stands.
    pub source: String,
}

/// A program that takes a library as an argument.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consumer {
    /// Its attribute.
    pub name: String,
    /// The argument, which is the library's attribute.
    pub library: String,
    /// The last release of which that holds; absent where it holds in all.
    #[serde(default)]
    pub until: Option<String>,
    /// Why the row is as it is.
    pub why: String,
    /// Where that stands.
    pub source: String,
}

/// A library that one build can stand in for in every process.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preload {
    /// Its package.
    pub package: String,
    /// The name under which programs ask the loader for it.
    pub soname: String,
    /// Why it can.
    pub why: String,
    /// Where that stands.
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
    /// Names that `-mtune` does not take; a `*` at the end stands for any rest.
    pub untuned: Vec<String>,
    /// Where that stands.
    pub untuned_source: String,
    /// What each system has without being asked.
    pub default: BTreeMap<String, String>,
    /// The first release that has a name.
    pub since: BTreeMap<String, String>,
    /// Releases, oldest first.
    pub release: Vec<Release>,
    /// Flags that need something of the compiler.
    pub lacking: Vec<Lacking>,
    /// Programs that can be given a library.
    pub consumer: Vec<Consumer>,
    /// Libraries that can be loaded into every process.
    pub preload: Vec<Preload>,
}

static NIXPKGS: LazyLock<Nixpkgs> =
    LazyLock::new(|| toml::from_str(include_str!("../../probes/nixpkgs.toml")).unwrap_or_default());

/// The facts about nixpkgs.
pub fn nixpkgs() -> &'static Nixpkgs {
    &NIXPKGS
}

/// Whether a name equals one of some patterns, or begins as one that ends in `*`.
fn fits(patterns: &[String], name: &str) -> bool {
    patterns.iter().any(|p| p.strip_suffix('*').map_or(p == name, |start| name.starts_with(start)))
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

    /// Whether a release knows an architecture; without a release, whether any does.
    pub fn knows(&self, architecture: &str, release: Option<&Release>) -> bool {
        let early =
            |release: &Release| self.since.get(architecture).is_some_and(|first| *first > release.name);
        self.architectures.iter().any(|a| a == architecture) && !release.is_some_and(early)
    }

    /// Whether `-mtune` takes an architecture's name.
    pub fn is_tuned(&self, architecture: &str) -> bool {
        !architecture.is_empty() && !fits(&self.untuned, architecture)
    }

    /// Whether a system has an architecture without being asked.
    pub fn is_default(&self, system: &str, architecture: &str) -> bool {
        self.default.get(system).is_some_and(|own| own == architecture)
    }

    /// Why the first compiler of a release's bootstrap stops at a flag that its version knows.
    pub fn stops(&self, release: &Release, flag: &str) -> Option<String> {
        let lacking = self.lacking.iter().filter(|row| release.bootstrap_lacks.contains(&row.what));
        lacking
            .filter(|row| fits(&row.flags, flag))
            .map(|row| format!("was built without {}", row.what))
            .next()
    }

    /// The SONAME of a package's library that can be loaded into every process; empty where none can.
    pub fn soname(&self, package: &str) -> &str {
        self.preload.iter().find(|row| row.package == package).map_or("", |row| &row.soname)
    }

    /// Programs that take one of some libraries; without a release, those that do so in all releases.
    pub fn consumers(&self, libraries: &[&str], release: Option<&Release>) -> Vec<&str> {
        let holds = |row: &&Consumer| match (&row.until, release) {
            (None, _) => true,
            (Some(last), Some(release)) => release.name <= *last,
            (Some(_), None) => false,
        };
        let takes = |row: &&Consumer| libraries.contains(&row.library.as_str());
        self.consumer.iter().filter(takes).filter(holds).map(|row| row.name.as_str()).collect()
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
        assert!(table.release.iter().all(|r| r.bootstrap_of.values().all(|major| *major <= r.gcc)));
        assert!(table.since.keys().chain(table.default.values()).all(|n| table.architectures.contains(n)));
        let lacks = |what: &String| table.lacking.iter().any(|row| row.what == *what);
        assert!(table.release.iter().flat_map(|r| &r.bootstrap_lacks).all(lacks));
        assert!(table.lacking.iter().all(|row| !row.why.is_empty() && !row.source.is_empty()));
        assert!(table.consumer.iter().all(|row| !row.why.is_empty() && !row.source.is_empty()));
        assert!(table.preload.iter().all(|row| row.soname.contains(".so.") && !row.why.is_empty()));
        assert!(table.preload.iter().all(|row| !row.source.is_empty()));
        let last = table.consumer.iter().filter_map(|row| row.until.as_ref());
        assert!(last.into_iter().all(|name| table.find(name).is_some()));
    }

    #[test]
    fn facts_are_those_of_the_release() {
        let of = |name: &str| nixpkgs().find(name);
        assert_eq!(nixpkgs().consumers(&["zlib"], of("24.11")), ["git", "pigz"]);
        assert_eq!(nixpkgs().consumers(&["zlib"], of("25.05")), ["pigz"], "git takes zlib-ng");
        assert_eq!(nixpkgs().consumers(&["zlib"], None), ["pigz"]);
        assert!(nixpkgs().consumers(&["sqlite"], None).is_empty());
        assert!(
            !nixpkgs().knows("sierraforest", of("24.11")) && nixpkgs().knows("sierraforest", of("25.05"))
        );
        assert!(!nixpkgs().knows("rocketlake", of("26.05")) && nixpkgs().knows("rocketlake", None));
        assert!(!nixpkgs().knows("raptorlake", None) && nixpkgs().knows("skylake", of("24.05")));
        for (name, tuned) in
            [("armv8-a", false), ("armv9.2-a", false), ("la64v1.0", false), ("x86-64-v3", false)]
        {
            assert_eq!(nixpkgs().is_tuned(name), tuned, "{name}");
        }
        assert!(["skylake", "cortex-a76", "la464"].iter().all(|name| nixpkgs().is_tuned(name)));
        let stops = |release: &str, flag: &str| nixpkgs().stops(of(release).unwrap(), flag).is_some();
        for flag in ["-fgraphite-identity", "-fgraphite", "-floop-nest-optimize", "-floop-parallelize-all"] {
            assert!(stops("26.05", flag) && !stops("25.11", flag), "{flag}");
        }
        assert!(!stops("26.05", "-funroll-loops") && !stops("26.05", "-fno-graphite"));
    }
}
