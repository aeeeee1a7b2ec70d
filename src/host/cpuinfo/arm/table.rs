//! This module reads `probes/arm.toml`, the table of Arm cores.

use crate::catalogue::{TableError, Words, as_written};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// `probes/arm.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    #[allow(dead_code)]
    source: String,
    pub pair: Vec<Pair>,
    pub core: Vec<Core>,
    pub shares: Vec<Shares>,
    pub unnamed: Vec<Unnamed>,
    pub ambiguous: Vec<Ambiguous>,
    pub implementer: BTreeMap<String, String>,
    pub extension: BTreeMap<String, Extension>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Core {
    pub implementer: u32,
    pub part: u32,
    pub variant: Option<u32>,
    pub name: String,
    pub arch: String,
    pub rust: String,
    pub archspec: String,
    #[serde(default)]
    pub descends: String,
    #[serde(default)]
    pub little: bool,
    #[allow(dead_code)]
    #[serde(default)]
    why: String,
}

/// Two kinds of core with one name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pair {
    pub name: String,
    pub big: String,
    pub little: String,
    /// Where it is not that of the small one.
    pub rust: Option<String>,
    pub descends: String,
    #[allow(dead_code)]
    #[serde(default)]
    why: String,
}

/// An implementer that keeps the part numbers of another.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shares {
    pub implementer: u32,
    pub of: u32,
    pub why: String,
}

/// A part, or all of an implementer, that names no kind of core.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Unnamed {
    pub implementer: u32,
    pub part: Option<u32>,
    pub why: String,
}

/// A machine whose one block is of whichever CPU the file was read on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ambiguous {
    pub hardware: String,
    pub name: String,
    pub why: String,
}

/// What an extension is called elsewhere, and who uses it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Extension {
    /// Flags of `/proc/cpuinfo` that must all be there.
    pub flags: Words,
    /// What rustc calls it; empty where it has no name for it.
    #[serde(default)]
    pub rust: Words,
    /// What LLVM calls it, where rustc calls it otherwise.
    #[serde(default)]
    pub llvm: Words,
    /// The macro that tells that it is on, without `__ARM_FEATURE_`.
    #[serde(default)]
    pub r#macro: String,
    /// The version of the architecture that brings it in any case.
    #[serde(default)]
    pub since: String,
    /// Who writes it into programs: compilers, where nothing is said.
    #[serde(default)]
    pub reach: Reach,
}

impl Extension {
    /// What LLVM calls it.
    pub fn llvm(&self) -> &[String] {
        if self.llvm.is_empty() { &self.rust } else { &self.llvm }
    }
}

/// Who writes an extension's instructions into programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Reach {
    /// Any compiler, unasked.
    #[default]
    Code,
    /// A compiler under `-mbranch-protection`.
    Protection,
    /// Intrinsics, assembly and kernels alone.
    None,
}

/// A kind of core as the registers name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Midr {
    pub implementer: u32,
    pub part: u32,
    pub variant: u32,
}

pub(super) fn table() -> Result<&'static Table, TableError> {
    static TABLE: OnceLock<Result<Table, TableError>> = OnceLock::new();
    let read = || as_written(include_str!("../../../../probes/arm.toml"), "arm.toml");
    TABLE.get_or_init(read).as_ref().map_err(Clone::clone)
}

impl Table {
    /// The row of a kind of core: its own, or that of the implementer whose numbers it keeps.
    pub fn find(&self, midr: &Midr) -> Option<&Core> {
        let of = |implementer: u32| {
            let fits = |c: &&Core| {
                c.implementer == implementer
                    && c.part == midr.part
                    && c.variant.is_none_or(|v| v == midr.variant)
            };
            self.core.iter().find(fits)
        };
        of(midr.implementer).or_else(|| self.shares(midr.implementer).and_then(|s| of(s.of)))
    }

    pub fn shares(&self, implementer: u32) -> Option<&Shares> {
        self.shares.iter().find(|s| s.implementer == implementer)
    }

    pub fn named(&self, name: &str) -> Option<&Core> {
        self.core.iter().find(|c| c.name == name)
    }

    /// Why a part names no kind of core; `None` where it is merely not in the table.
    pub fn unnamed(&self, midr: &Midr) -> Option<&str> {
        let is = |u: &&Unnamed| u.implementer == midr.implementer && u.part.is_none_or(|p| p == midr.part);
        self.unnamed.iter().find(is).map(|u| u.why.as_str())
    }

    /// Names for a compiler that does not know the core's own, nearest first.
    pub fn lineage(&self, name: &str) -> Vec<String> {
        let mut seen = BTreeSet::from([name]);
        let mut lineage = Vec::new();
        let mut at = name;
        while let Some(next) = self.descends(at).filter(|next| !next.is_empty() && seen.insert(next)) {
            lineage.push(next.to_string());
            at = next;
        }
        lineage
    }

    /// The core itself, then what it descends from.
    pub fn ancestors<'t>(&'t self, core: &'t Core) -> Vec<&'t Core> {
        let older = self.lineage(&core.name);
        std::iter::once(core).chain(older.iter().filter_map(|name| self.named(name))).collect()
    }

    fn descends(&self, name: &str) -> Option<&str> {
        let pair = self.pair.iter().find(|p| p.name == name).map(|p| p.descends.as_str());
        pair.or_else(|| self.named(name).map(|c| c.descends.as_str()))
    }
}

/// The extensions of AArch64 by the names that `-march` takes.
pub(crate) fn extensions() -> Result<BTreeMap<String, Extension>, TableError> {
    Ok(table()?.extension.clone())
}

/// The first of some extensions that are on, that compilers write into programs unasked or under an option, and that a host
/// does not offer. Where nothing is known of the host, none; without floating point and vectors Linux runs no program.
pub(crate) fn lacking(on: &BTreeSet<String>, features: &[String]) -> Option<String> {
    let rows = &table().ok()?.extension;
    let reaches = |name: &&String| rows.get(*name).is_some_and(|row| row.reach != Reach::None);
    let offered = |name: &&String| features.contains(name) || ["fp", "simd"].contains(&name.as_str());
    let mut missing = on.iter().filter(reaches).filter(|name| !offered(name));
    missing.next().filter(|_| !features.is_empty()).cloned()
}

/// All names that `-mcpu` has for 64-bit cores, sorted.
pub(crate) fn names() -> Result<BTreeSet<String>, TableError> {
    let table = table()?;
    let wide: BTreeSet<String> =
        table.core.iter().filter(|c| release(&c.arch).0 >= 8).map(|c| c.name.clone()).collect();
    let pairs = table.pair.iter().filter(|p| wide.contains(&p.big) && wide.contains(&p.little));
    Ok(pairs.map(|p| p.name.clone()).chain(wide.iter().cloned()).chain(["generic".into()]).collect())
}

/// Names for a compiler that does not know an AArch64 core's own, nearest first.
pub(crate) fn lineage(name: &str) -> Result<Vec<String>, TableError> {
    Ok(table()?.lineage(name))
}

/// `armv8.2-a` as (8, 2).
pub(crate) fn release(arch: &str) -> (u32, u32) {
    let digits = arch.trim_start_matches("armv").split('-').next().unwrap_or_default();
    let (major, minor) = digits.split_once('.').unwrap_or((digits, "0"));
    (major.parse().unwrap_or(0), minor.parse().unwrap_or(0))
}
