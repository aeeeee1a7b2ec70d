//! This module reads `probes/features.toml`, the table of x86 instruction-set options.

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// The x86 instruction-set options: `probes/features.toml`.
#[derive(Debug)]
pub struct Features {
    /// gcc option names without `-m`.
    pub names: BTreeSet<String>,
    macros: BTreeMap<String, String>,
    wide: BTreeSet<String>,
    inert: BTreeMap<String, Inert>,
}

/// An option that changes no ordinary code.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inert {
    /// The option without `-m`.
    pub name: String,
    /// It is inert only where these are enabled as well.
    #[serde(default)]
    pub beside: Vec<String>,
    /// Why.
    pub why: String,
    /// Where that is written.
    pub source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "source")]
    _source: String,
    names: String,
    wide: String,
    r#macro: BTreeMap<String, String>,
    inert: Vec<Inert>,
}

static EMBEDDED: LazyLock<Features> = LazyLock::new(|| {
    // Embedded and parsed by a test: a failure here cannot reach a user.
    let text = include_str!(concat!(env!("OUT_DIR"), "/features.json"));
    let file: File = serde_json::from_str(text).unwrap_or_else(|e| panic!("probes/features.toml: {e}"));
    Features {
        names: file.names.split_whitespace().map(String::from).collect(),
        macros: file.r#macro,
        wide: file.wide.split_whitespace().map(String::from).collect(),
        inert: file.inert.into_iter().map(|i| (i.name.clone(), i)).collect(),
    }
});

impl Features {
    /// The embedded table.
    pub fn get() -> &'static Features {
        &EMBEDDED
    }

    /// The predefined macros of which each tells that the feature is on; none where no compiler has one.
    pub fn macros_of(&self, name: &str) -> Vec<String> {
        match self.macros.get(name) {
            Some(odd) => odd.split_whitespace().map(String::from).collect(),
            None => vec![format!("__{}__", name.to_uppercase().replace(['.', '-'], "_"))],
        }
    }

    /// Whether the option changes no ordinary code in a set that enables `enabled`.
    pub fn is_inert(&self, name: &str, enabled: &BTreeSet<String>) -> bool {
        self.inert.get(name).is_some_and(|i| i.beside.iter().all(|b| enabled.contains(b)))
    }

    /// Whether the feature is the 64-bit mode's alone, so that 32-bit code is the same with and without it.
    pub fn is_wide(&self, name: &str) -> bool {
        self.wide.contains(name)
    }

    /// The rows of inert options, sorted by name.
    pub fn inert(&self) -> impl Iterator<Item = &Inert> {
        self.inert.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_is_sorted_and_has_no_orphan() {
        let file: File = toml::from_str(include_str!("../../probes/features.toml")).unwrap();
        let names: Vec<&str> = file.names.split_whitespace().collect();
        assert!(names.is_sorted());
        assert_eq!(names.len(), Features::get().names.len(), "a name is listed twice");
        assert!(file.inert.is_sorted_by_key(|i| i.name.clone()));
        let orphans =
            file.inert.iter().flat_map(|i| i.beside.iter().chain([&i.name])).chain(file.r#macro.keys());
        for name in orphans.chain(&Features::get().wide) {
            assert!(Features::get().names.contains(name), "{name} is not a feature");
        }
        assert!(file.inert.iter().all(|i| !i.why.is_empty() && !i.source.is_empty()));
    }

    #[test]
    fn macros_by_rule_and_exception() {
        let table = Features::get();
        assert_eq!(table.macros_of("sse4.1"), ["__SSE4_1__"]);
        assert_eq!(table.macros_of("amx-tile"), ["__AMX_TILE__", "__AMXTILE__"]);
        assert_eq!(table.macros_of("cx16"), ["__GCC_HAVE_SYNC_COMPARE_AND_SWAP_16"]);
        assert!(table.macros_of("hle").is_empty());
    }
}
