//! This module reads `probes/microarchitectures.toml`, the table of x86 microarchitectures.

use super::ranges::Ranges;
use super::row::Row;
use super::words::Words;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::sync::OnceLock;
use thiserror::Error;

/// A table of facts that does not hold together.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{place}: {what}; correct the table")]
pub struct TableError {
    /// File.
    pub place: String,
    /// What is wrong, with the row.
    pub what: String,
}

/// The table of microarchitectures, `probes/microarchitectures.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Microarchitectures {
    /// The vendor strings of all rows, sorted.
    pub vendors: Vec<String>,
    /// Other spellings of a vendor string.
    pub aliases: BTreeMap<String, String>,
    /// Brand strings and hypervisor signatures of CPUs that are made up.
    pub emulated: Vec<String>,
    /// Names for 32-bit CPUs that no part names, in the order in which they are tried.
    #[serde(rename = "fallback")]
    pub fallbacks: Vec<Fallback>,
    /// The rows, older ones first within a vendor.
    #[serde(skip, default = "rows")]
    pub rows: &'static [Row],
}

include!(concat!(env!("OUT_DIR"), "/microarchitectures.rs"));

fn rows() -> &'static [Row] {
    &ROWS
}

/// A name for a 32-bit CPU by what it offers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fallback {
    /// The row's name.
    pub name: String,
    /// Features, or `cmov` and `cx8`, that must be there.
    pub needs: Vec<String>,
}

/// One microarchitecture by GCC's canonical name.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Microarchitecture {
    /// Canonical processor name of the newest GCC.
    pub name: String,
    /// CPUID vendor strings; empty for the psABI levels.
    #[serde(default)]
    pub vendors: Vec<String>,
    /// 32 or 64: the widest mode.
    #[serde(default = "sixty_four")]
    pub bits: u32,
    /// Names for an older compiler, nearest first.
    pub lineage: Words,
    /// gcc option names without `-m` that the name implies in the newest GCC that knows it, sorted.
    pub features: Words,
    /// Features that the CPU reports and must not be given.
    #[serde(default)]
    pub hides: Words,
    /// The first versions that know the name.
    pub first: Versions,
    /// The last versions that know the name.
    #[serde(default)]
    pub last: Versions,
    /// rustc's `target-cpu`.
    pub rust: String,
    /// archspec's name, or its nearest.
    pub archspec: String,
    /// Name in `lib.systems.architectures` of nixpkgs, or the nearest there; empty for 32-bit CPUs.
    pub nixpkgs: String,
    /// Why the row is as it is, where that is not plain.
    #[serde(default)]
    pub why: String,
    /// Where the facts come from.
    pub source: String,
    /// The models that bear the name.
    #[serde(default, rename = "part")]
    pub parts: Vec<Part>,
}

/// Compiler versions, such as `12.3`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Versions {
    /// GCC.
    pub gcc: Option<String>,
    /// Clang.
    pub clang: Option<String>,
}

/// Models of one family that bear a row's name.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Vendor strings where not all of the row's.
    #[serde(default)]
    pub vendors: Vec<String>,
    /// Display family.
    pub family: u32,
    /// Display models.
    pub models: Ranges,
    /// Steppings, all where absent.
    pub steppings: Option<Ranges>,
    /// Whether the CPU must, or must not, have the 64-bit mode.
    pub long_mode: Option<bool>,
    /// Marketing code names.
    #[serde(default)]
    pub codename: String,
    /// rustc's name where it differs from the row's.
    pub rust: Option<String>,
    /// nixpkgs' name where it differs from the row's.
    pub nixpkgs: Option<String>,
}

impl<'de> Deserialize<'de> for Ranges {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::try_from(text.as_str()).map_err(serde::de::Error::custom)
    }
}

fn sixty_four() -> u32 {
    64
}

/// The built-in table, read once.
pub fn microarchitectures() -> Result<&'static Microarchitectures, TableError> {
    static TABLE: OnceLock<Result<Microarchitectures, TableError>> = OnceLock::new();
    let text = include_str!(concat!(env!("OUT_DIR"), "/microarchitectures.json"));
    TABLE.get_or_init(|| built_in(text, "microarchitectures.toml")).as_ref().map_err(Clone::clone)
}

/// A table of `probes/` that the build has turned into JSON.
pub fn built_in<T: serde::de::DeserializeOwned>(text: &str, place: &str) -> Result<T, TableError> {
    serde_json::from_str(text).map_err(|e| TableError { place: place.into(), what: e.to_string() })
}

/// A table of `probes/` as it is written, for those that few hosts need.
pub fn as_written<T: serde::de::DeserializeOwned>(text: &str, place: &str) -> Result<T, TableError> {
    let wrong = |e: toml::de::Error| e.to_string().trim().replace('\n', " ");
    toml::from_str(text).map_err(|e| TableError { place: place.into(), what: wrong(e) })
}

impl Microarchitectures {
    /// The row of that name.
    pub fn get(&self, name: &str) -> Option<&Microarchitecture> {
        self.rows.iter().find(|row| row.key == name).map(|row| &**row)
    }

    /// The row and its part that bear a vendor's model; `signature` is display family, model and stepping.
    pub fn part(
        &self,
        vendor: &str,
        signature: (u32, u32, u32),
        long_mode: bool,
    ) -> Option<(&Microarchitecture, &Part)> {
        let (family, model, stepping) = signature;
        let fits = |row: &Microarchitecture, part: &Part| {
            let vendors = if part.vendors.is_empty() { &row.vendors } else { &part.vendors };
            // A 64-bit CPU is none of the 32-bit ones, whatever numbers it bears.
            (row.bits == 64 || !long_mode)
                && part.family == family
                && part.models.holds(model)
                && vendors.iter().any(|v| v == vendor)
                && part.steppings.as_ref().is_none_or(|s| s.holds(stepping))
                && part.long_mode.is_none_or(|long| long == long_mode)
        };
        let mut rows = self.rows.iter().filter(|row| row.claims(family, model)).map(|row| &**row);
        rows.find_map(|row| row.parts.iter().find(|part| fits(row, part)).map(|part| (row, part)))
    }

    /// What does not hold together: names twice, lineages to nowhere, lists out of order, a CPU named by two rows,
    /// rows that nothing reaches.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut seen: BTreeMap<&str, &Microarchitecture> = BTreeMap::new();
        for row in self.rows.iter().map(|row| &**row) {
            let mut say = |what: String| faults.push(format!("{}: {what}", row.name));
            if seen.insert(&row.name, row).is_some() {
                say("twice".into());
            }
            if !row.features.is_sorted() {
                say("features are not sorted".into());
            }
            if row.bits != 32 && row.bits != 64 {
                say(format!("bits are {}", row.bits));
            }
            if row.source.is_empty() || row.rust.is_empty() || row.archspec.is_empty() {
                say("source, rust and archspec must be said".into());
            }
            for ancestor in &row.lineage {
                match self.get(ancestor) {
                    None => say(format!("lineage names {ancestor}, which has no row")),
                    Some(a) if a.bits > row.bits => say(format!("{ancestor} is wider than its descendant")),
                    Some(_) => {}
                }
            }
        }
        for fallback in &self.fallbacks {
            if self.get(&fallback.name).is_none_or(|row| row.bits != 32) {
                faults.push(format!("fallback {}: no 32-bit row", fallback.name));
            }
        }
        faults.extend(self.ambiguous());
        faults
    }

    /// CPUs that parts of two rows claim.
    fn ambiguous(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let parts: Vec<_> =
            self.rows.iter().flat_map(|row| row.parts.iter().map(move |p| (&**row, p))).collect();
        for (i, (row, part)) in parts.iter().enumerate() {
            for (other, second) in parts[i + 1..].iter().filter(|(other, _)| other.name != row.name) {
                let same = |a: &Option<bool>, b: &Option<bool>| a.is_none() || b.is_none() || a == b;
                let vendors = |r: &Microarchitecture, p: &Part| {
                    if p.vendors.is_empty() { r.vendors.clone() } else { p.vendors.clone() }
                };
                let shared = vendors(row, part).iter().any(|v| vendors(other, second).contains(v));
                let meet = |a: &Ranges, b: &Ranges| a.0.iter().any(|&(f, t)| (f..=t).any(|n| b.holds(n)));
                let steppings = match (&part.steppings, &second.steppings) {
                    (Some(a), Some(b)) => meet(a, b),
                    _ => true,
                };
                if shared
                    && steppings
                    && part.family == second.family
                    && meet(&part.models, &second.models)
                    && same(&part.long_mode, &second.long_mode)
                {
                    faults.push(format!(
                        "{} and {} both claim family {:#x}",
                        row.name, other.name, part.family
                    ));
                }
            }
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_holds_together() {
        let table = microarchitectures().unwrap();
        assert!(table.rows.len() > 70);
        assert_eq!(table.faults(), Vec::<String>::new());
    }

    #[test]
    fn a_table_that_does_not_hold_together_is_told() {
        let text = "name = \"a\"\nlineage = \"b\"\n\
                    features = \"sse2 sse\"\nfirst = {}\nrust = \"a\"\narchspec = \"a\"\nnixpkgs = \"a\"\nsource = \"x\"\n";
        let row: Microarchitecture = toml::from_str(text).unwrap();
        let table = Microarchitectures {
            vendors: Vec::new(),
            aliases: BTreeMap::new(),
            emulated: Vec::new(),
            fallbacks: vec![Fallback { name: "z".into(), needs: Vec::new() }],
            rows: Box::leak(Box::new([Row::from(row)])),
        };
        let faults = table.faults();
        assert_eq!(faults.len(), 3, "{faults:?}");
    }
}
