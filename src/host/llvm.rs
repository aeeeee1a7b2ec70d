//! What LLVM's names of processors turn on, for architectures other than x86: rustc and Zig take them.

use crate::catalogue::{TableError, Words, as_written};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// `probes/llvm.toml`, by architecture as [`super::Detected::arch`] has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(rename = "source")]
    _source: String,
    features: BTreeMap<String, BTreeMap<String, Words>>,
}

fn table() -> Result<&'static Table, TableError> {
    static TABLE: OnceLock<Result<Table, TableError>> = OnceLock::new();
    let read = || as_written(include_str!("../../probes/llvm.toml"), "llvm.toml");
    TABLE.get_or_init(read).as_ref().map_err(Clone::clone)
}

/// The features that a name turns on, as rustc calls them; `None` where rustc does not know the name.
pub(crate) fn features(arch: &str, name: &str) -> Option<&'static [String]> {
    // The table is part of the program and a test reads it whole.
    table().ok()?.features.get(arch)?.get(name).map(|words| &words[..])
}

/// `probes/llvm_x86.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct X86 {
    #[cfg_attr(not(test), expect(dead_code, reason = "for people, and for the test that it is there"))]
    source: String,
    more: BTreeMap<String, Vec<String>>,
}

fn x86() -> Option<&'static X86> {
    static TABLE: OnceLock<Option<X86>> = OnceLock::new();
    let read = || as_written(include_str!("../../probes/llvm_x86.toml"), "llvm_x86.toml").ok();
    TABLE.get_or_init(read).as_ref()
}

/// What a name of an x86 CPU turns on beyond gcc's row of that name, by gcc's names of features.
pub(crate) fn more(name: &str) -> &'static [String] {
    x86().and_then(|table| table.more.get(name)).map(|features| &features[..]).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        let table = table().unwrap();
        for (arch, names) in &table.features {
            assert!(names.contains_key("generic"), "{arch}");
            assert!(names.values().all(|features| features.is_sorted()), "{arch}");
        }
        assert!(features("aarch64", "cortex-a72").unwrap().contains(&"aes".to_string()));
        assert_eq!(features("aarch64", "no-such-name"), None);
        assert!(!x86().unwrap().source.is_empty() && more("knl") == ["aes"]);
    }
}
