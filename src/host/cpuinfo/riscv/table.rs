//! This module reads `probes/riscv.toml`, the table of RISC-V cores.

use crate::catalogue::{TableError, Words, as_written};
use crate::host::cpuinfo::Block;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// `probes/riscv.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    #[serde(rename = "source")]
    _source: String,
    pub core: Vec<Core>,
    pub modes: String,
    #[serde(rename = "modes_source")]
    _modes_source: String,
    pub draft_vector: Draft,
    contains: BTreeMap<String, Words>,
    harmless: Harmless,
}

/// A core by its `uarch`, or by its numbers.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Core {
    pub name: String,
    #[serde(default)]
    pub uarch: Vec<String>,
    #[serde(default)]
    pub mvendorid: String,
    #[serde(default)]
    pub marchid: String,
    #[serde(default)]
    pub mimpid: String,
    /// An extension that the core does not have, and another of the same numbers does.
    #[serde(default)]
    pub without: String,
    #[serde(default)]
    pub gcc: String,
    #[serde(default)]
    pub rust: String,
    #[serde(default)]
    pub archspec: String,
    #[serde(default, rename = "why")]
    _why: String,
}

/// What distinguishes the draft of the vectors from version 1.0.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Draft {
    pub keys: Vec<String>,
    pub uarch: Vec<String>,
    pub mvendorid: String,
    pub marchid: String,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Harmless {
    names: Words,
    lengths: String,
    #[serde(rename = "source")]
    _source: String,
}

pub(super) fn table() -> Result<Table, TableError> {
    as_written(include_str!("../../../../probes/riscv.toml"), "riscv.toml")
}

impl Table {
    /// The core of a hart: by its `uarch` where the kernel shows one, else by its numbers.
    pub fn find(&self, hart: &Block, extensions: &BTreeSet<String>) -> Option<&Core> {
        let shown = |key: &str| hart.get(key).copied().unwrap_or_default();
        let by_name = |core: &&Core| core.uarch.iter().any(|uarch| uarch == shown("uarch"));
        let by_number = |core: &&Core| {
            !core.marchid.is_empty()
                && shown("mvendorid") == core.mvendorid
                && shown("marchid") == core.marchid
                && (core.mimpid.is_empty() || shown("mimpid") == core.mimpid)
                && !extensions.contains(&core.without)
        };
        self.core.iter().find(by_name).or_else(|| self.core.iter().find(by_number))
    }

    /// What an extension contains, one level deep.
    pub fn contained(&self, extension: &str) -> impl Iterator<Item = &str> {
        self.contains.get(extension).into_iter().flatten().map(String::as_str)
    }

    /// The extensions with all that they contain.
    pub fn whole<'a>(&'a self, extensions: impl Iterator<Item = &'a str>) -> BTreeSet<&'a str> {
        let mut left: Vec<&str> = extensions.collect();
        let mut whole = BTreeSet::new();
        while let Some(extension) = left.pop() {
            if whole.insert(extension) {
                left.extend(self.contained(extension));
            }
        }
        // The bit manipulation is one extension by its letter and three by their names.
        if self.contained("b").all(|part| whole.contains(part)) {
            whole.insert("b");
        }
        whole
    }

    /// Whether programs of a compiler die for want of an extension. A vendor's own are part of the core that the name is of,
    /// but for the draft of the vectors, which a kernel must support.
    pub fn is_missed(&self, extension: &str, whole: &BTreeSet<&str>) -> bool {
        let vendors = extension.starts_with('x') && extension != "xtheadvector";
        let length = extension.starts_with(&self.harmless.lengths) && whole.contains("zve32x");
        let harmless = self.harmless.names.iter().any(|name| name == extension);
        !(vendors || length || harmless || extension.starts_with('s') || whole.contains(extension))
    }
}
