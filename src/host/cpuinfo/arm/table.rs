use crate::catalogue::{TableError, as_written};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

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
    pub extension: BTreeMap<String, String>,
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

/// A kind of core as the registers name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Midr {
    pub implementer: u32,
    pub part: u32,
    pub variant: u32,
}

pub(super) fn table() -> Result<Table, TableError> {
    as_written(include_str!("../../../../probes/arm.toml"), "arm.toml")
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

    /// What a compiler is told that does not know the name, nearest first.
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

    fn descends(&self, name: &str) -> Option<&str> {
        let pair = self.pair.iter().find(|p| p.name == name).map(|p| p.descends.as_str());
        pair.or_else(|| self.named(name).map(|c| c.descends.as_str()))
    }
}

/// What a compiler is told that does not know an AArch64 name, nearest first.
pub(crate) fn lineage(name: &str) -> Result<Vec<String>, TableError> {
    Ok(table()?.lineage(name))
}

/// `armv8.2-a` as (8, 2).
pub(super) fn release(arch: &str) -> (u32, u32) {
    let digits = arch.trim_start_matches("armv").split('-').next().unwrap_or_default();
    let (major, minor) = digits.split_once('.').unwrap_or((digits, "0"));
    (major.parse().unwrap_or(0), minor.parse().unwrap_or(0))
}
