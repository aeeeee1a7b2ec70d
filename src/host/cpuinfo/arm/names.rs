//! What an AArch64 CPU is called, and what its names promise beyond what the host offers. A core is sold with and without
//! some extensions (the Raspberry Pi 4 has a Cortex-A72 without cryptography), and kernels hide others: its name is the
//! same. GCC and LLVM differ in what they take for part of a name.

use super::table::{Extension, Reach, Table};
use crate::catalogue::CompilerTable;
use crate::host::llvm;
use std::collections::BTreeSet;

/// rustc's name of a CPU, and what must be switched off beside it, as rustc's `target-feature` takes it.
#[derive(Debug, PartialEq)]
pub(super) struct RustName {
    pub name: String,
    pub features: String,
}

/// The first of the names that rustc knows, with `-feature` for what it turns on and the host does not offer. A host of
/// which no feature is known keeps the name: nothing tells what it lacks.
pub(super) fn rust<'a>(
    table: &Table,
    names: impl Iterator<Item = &'a str>,
    offered: &BTreeSet<&str>,
) -> RustName {
    let mut known = names.filter_map(|name| Some((name, llvm::features("aarch64", name)?)));
    let (name, on) = known.next().unwrap_or(("generic", &[]));
    let lacking = table.extension.iter().filter(|(name, row)| is_missed(name, row, offered));
    let off = lacking.flat_map(|(_, row)| &row.rust).filter(|feature| on.contains(feature));
    let off: BTreeSet<String> = off.map(|feature| format!("-{feature}")).collect();
    RustName { name: name.into(), features: off.into_iter().collect::<Vec<_>>().join(",") }
}

/// The name by the newest GCC, or the nearest that it descends from, that turns on no more than the host offers: whoever
/// reads it has no place for `+noextension`.
pub(super) fn gcc(table: &Table, name: &str, offered: &BTreeSet<&str>) -> String {
    let Some(newest) = CompilerTable::newest("aarch64", "gcc") else { return name.into() };
    let promises = |name: &str| {
        let on = newest.features(name, true).unwrap_or_default();
        table.extension.iter().any(|(name, row)| on.contains(name) && is_missed(name, row, offered))
    };
    let older = table.lineage(name);
    let mut names = std::iter::once(name).chain(older.iter().map(String::as_str));
    names.find(|name| !promises(name)).unwrap_or("generic").into()
}

/// What the names have, GCC's or LLVM's, that compilers write into programs and the host does not offer; sorted.
pub(super) fn masked(table: &Table, gcc: &str, rust: &str, offered: &BTreeSet<&str>) -> Vec<String> {
    let by_gcc =
        CompilerTable::newest("aarch64", "gcc").and_then(|t| t.features(gcc, true)).unwrap_or_default();
    let by_llvm = llvm::features("aarch64", rust).unwrap_or_default();
    let has = |name: &String, row: &Extension| {
        by_gcc.contains(name) || row.rust.iter().any(|feature| by_llvm.contains(feature))
    };
    let missed = table.extension.iter().filter(|(name, row)| is_missed(name, row, offered) && has(name, row));
    missed.map(|(name, _)| name.clone()).collect()
}

/// Whether programs die for want of an extension. Linux runs no 64-bit program without floating point and vectors.
fn is_missed(name: &str, row: &Extension, offered: &BTreeSet<&str>) -> bool {
    row.reach == Reach::Code
        && !["fp", "simd"].contains(&name)
        && !offered.is_empty()
        && !offered.contains(name)
}
