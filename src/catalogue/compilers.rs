//! The tables of compiler releases say which names and features each release knows.

use super::microarchitecture::{TableError, built_in};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What one compiler release does with names and features: a file of `probes/compilers`, written by asking it. Those for
/// x86 lie there, those for another architecture in a folder of its name, where the names are those of `-mcpu`.
/// Lists are words in one string, sorted; a set may begin with `=NAME`, another name's set, followed by `+feature` and
/// `-feature`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompilerTable {
    /// `gcc` or `clang`.
    pub compiler: String,
    /// The release that was asked.
    pub version: String,
    /// The first release for which the answers hold.
    pub from: String,
    /// Who was asked, and what else is known of the releases in between.
    pub source: String,
    /// Features that it has options for and takes without a warning.
    pub known: String,
    /// Names that `-mtune` takes.
    pub tune: String,
    /// Features that a `-march` name implies in 64-bit code.
    pub march: BTreeMap<String, String>,
    /// The same in 32-bit code, for names that 64-bit code does not have.
    pub march32: BTreeMap<String, String>,
    /// Features that `-mX` enables beside X.
    pub on: BTreeMap<String, String>,
    /// Features that `-mno-X` disables beside X.
    pub off: BTreeMap<String, String>,
}

/// The tables by name, sorted, as the build made them.
static TABLES: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/compilers.rs"));

/// Those for other architectures than x86, `aarch64/gcc-12.2` and so on.
static FOREIGN: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/foreign-compilers.rs"));

impl CompilerTable {
    /// The file names of all tables without their ending, sorted.
    pub fn names() -> Vec<String> {
        TABLES.iter().map(|(name, _)| name.to_string()).collect()
    }

    /// The names of the tables for another architecture, which [`CompilerTable::load`] and [`CompilerTable::from_of`] take.
    pub fn names_for(arch: &str) -> Vec<String> {
        let own = |name: &&str| name.strip_prefix(arch).is_some_and(|rest| rest.starts_with('/'));
        FOREIGN.iter().map(|(name, _)| *name).filter(own).map(String::from).collect()
    }

    /// The table of the newest release of a compiler for another architecture than x86.
    pub fn newest(arch: &str, compiler: &str) -> Option<CompilerTable> {
        let prefix = format!("{arch}/{compiler}-");
        let numbers = |name: &String| -> Option<Vec<u32>> {
            name.strip_prefix(&prefix)?.split('.').map(|n| n.parse().ok()).collect()
        };
        let all = Self::names_for(arch);
        let newest = all.iter().filter(|name| numbers(name).is_some()).max_by_key(|name| numbers(name))?;
        Self::load(newest).ok()
    }

    fn text(name: &str) -> Option<&'static str> {
        TABLES.iter().chain(FOREIGN).find(|(own, _)| *own == name).map(|(_, text)| *text)
    }

    /// The first release for which a table's answers hold, without reading the whole of it.
    pub fn from_of(name: &str) -> Option<&'static str> {
        Self::text(name)?.split_once("\"from\":\"")?.1.split('"').next()
    }

    /// Reads one table by its file name without the ending, such as `gcc-12.2`.
    pub fn load(name: &str) -> Result<CompilerTable, TableError> {
        let place = format!("probes/compilers/{name}.toml");
        match Self::text(name) {
            Some(text) => built_in(text, &place),
            None => Err(TableError { place, what: "not there".into() }),
        }
    }

    /// Resolves a set of [`CompilerTable::march`] or [`CompilerTable::march32`].
    pub fn features(&self, name: &str, wide: bool) -> Option<BTreeSet<String>> {
        self.resolve(name, wide, 0)
    }

    /// What a value of AArch64's `-mcpu` turns on: a name, and extensions to add and take away. Errors say what it does not know.
    pub fn processor(&self, value: &str) -> Result<BTreeSet<String>, String> {
        let mut parts = value.split('+');
        let name = parts.next().unwrap_or_default();
        let mut on = self.features(name, true).ok_or_else(|| format!("does not know the name {name}"))?;
        let known = |extension: &str| self.known.split_whitespace().any(|k| k == extension);
        let more = |map: &BTreeMap<String, String>, extension: &str| -> Vec<String> {
            let others = map.get(extension).map(String::as_str).unwrap_or_default();
            std::iter::once(extension).chain(others.split_whitespace()).map(String::from).collect()
        };
        for part in parts {
            match part.strip_prefix("no").filter(|rest| known(rest)) {
                Some(off) => on = &on - &more(&self.off, off).into_iter().collect(),
                None if known(part) => on.extend(more(&self.on, part)),
                None => return Err(format!("does not know the extension {part}")),
            }
        }
        Ok(on)
    }

    fn resolve(&self, name: &str, wide: bool, depth: usize) -> Option<BTreeSet<String>> {
        let table = if wide { &self.march } else { &self.march32 };
        let mut set = BTreeSet::new();
        for word in table.get(name)?.split_whitespace() {
            if let Some(base) = word.strip_prefix('=') {
                // A file edited by hand might go round in a circle.
                if depth > table.len() {
                    return None;
                }
                set = self.resolve(base, wide, depth + 1)?;
            } else if let Some(gone) = word.strip_prefix('-') {
                set.remove(gone);
            } else {
                set.insert(word.trim_start_matches('+').to_string());
            }
        }
        Some(set)
    }

    /// Writes the sets of names as short as possible: each against the earlier one that it differs least from.
    pub fn shortened(sets: &BTreeMap<String, BTreeSet<String>>) -> BTreeMap<String, String> {
        let mut by_size: Vec<(&String, &BTreeSet<String>)> = sets.iter().collect();
        by_size.sort_by_key(|(name, set)| (set.len(), *name));
        let words = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join(" ");
        let mut written = BTreeMap::new();
        for (i, (name, set)) in by_size.iter().enumerate() {
            let plain = words(set);
            let nearest = by_size[..i].iter().map(|(base, other)| {
                let plus = set.difference(other).map(|f| format!(" +{f}"));
                let minus = other.difference(set).map(|f| format!(" -{f}"));
                format!("={base}{}", plus.chain(minus).collect::<String>())
            });
            let best =
                nearest.min_by_key(String::len).filter(|text| text.len() < plain.len()).unwrap_or(plain);
            written.insert((*name).clone(), best);
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Features;

    fn set(words: &str) -> BTreeSet<String> {
        words.split_whitespace().map(String::from).collect()
    }

    #[test]
    fn shortened_sets_resolve_to_themselves() {
        let sets = BTreeMap::from([
            ("a".to_string(), set("")),
            ("b".to_string(), set("sse sse2 sse3 ssse3")),
            ("c".to_string(), set("avx sse sse2 sse3")),
        ]);
        let table = CompilerTable { march: CompilerTable::shortened(&sets), ..CompilerTable::default() };
        assert_eq!(table.march["c"], "=b +avx -ssse3");
        for (name, set) in sets {
            assert_eq!(table.features(&name, true), Some(set));
        }
        assert_eq!(table.features("z", true), None);
    }

    #[test]
    fn circles_end() {
        let march =
            BTreeMap::from([("a".to_string(), "=b".to_string()), ("b".to_string(), "=a".to_string())]);
        assert_eq!(CompilerTable { march, ..CompilerTable::default() }.features("a", true), None);
    }

    #[test]
    fn every_table_holds_together() {
        let names = CompilerTable::names();
        for major in 9..=16 {
            assert!(names.iter().any(|n| n.starts_with(&format!("gcc-{major}."))), "gcc {major}");
        }
        for major in 14..=22 {
            assert!(names.iter().any(|n| n.starts_with(&format!("clang-{major}."))), "clang {major}");
        }
        for name in names {
            let table = CompilerTable::load(&name).unwrap();
            assert!(name.starts_with(&table.compiler) && !table.source.is_empty(), "{name}");
            assert_eq!(CompilerTable::from_of(&name), Some(table.from.as_str()));
            let known = set(&table.known);
            assert!(known.is_subset(&Features::get().names), "{name}");
            for (arch, wide) in
                table.march.keys().map(|a| (a, true)).chain(table.march32.keys().map(|a| (a, false)))
            {
                let features = table.features(arch, wide).unwrap_or_else(|| panic!("{name}: {arch}"));
                assert!(features.is_subset(&Features::get().names), "{name}: {arch}");
                assert!(!wide || features.contains("sse2"), "{name}: {arch} in 64-bit code");
            }
            for (feature, more) in table.on.iter().chain(&table.off) {
                assert!(known.contains(feature) && !more.is_empty(), "{name}: {feature}");
            }
            assert!(table.march.contains_key("x86-64"));
        }
    }
}
