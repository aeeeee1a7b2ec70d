//! This module answers for compilers that are not installed, from their tables.

use super::compiler::{Family, ToolchainError};
use super::oracle::{Answer, Native, Oracle, Word};
use crate::catalogue::CompilerTable;
use std::collections::{BTreeMap, BTreeSet};

/// A compiler that is not installed, as its table tells.
pub(crate) struct Table {
    table: CompilerTable,
    family: Family,
    known: BTreeSet<String>,
}

impl Table {
    pub(crate) fn new(table: CompilerTable) -> Table {
        Table {
            family: if table.compiler == "clang" { Family::Clang } else { Family::Gcc },
            known: table.known.split_whitespace().map(String::from).collect(),
            table,
        }
    }

    /// The table for a release: the newest that begins no later, of the same major version.
    pub(crate) fn nearest(family: Family, version: &str) -> Option<Table> {
        Self::file_for(None, family, version).map(Table::new)
    }

    /// The table of the newest release.
    fn newest(family: Family) -> Option<Table> {
        let stem = format!("{}-", family.name());
        let numbers = |name: &String| -> Option<Vec<u32>> {
            name.strip_prefix(&stem)?.split('.').map(|n| n.parse().ok()).collect()
        };
        let name = CompilerTable::names().into_iter().filter(|n| numbers(n).is_some()).max_by_key(numbers)?;
        CompilerTable::load(&name).ok().map(Table::new)
    }

    /// The same for another architecture than x86, as it is written.
    pub(crate) fn file_for(arch: Option<&str>, family: Family, version: &str) -> Option<CompilerTable> {
        let numbers = |text: &str| -> Vec<u32> { text.split('.').filter_map(|n| n.parse().ok()).collect() };
        let wanted = numbers(version);
        let folder = arch.map(|arch| format!("{arch}/")).unwrap_or_default();
        let prefix = format!("{folder}{}-{}.", family.name(), wanted.first()?);
        let mut releases: Vec<(Vec<u32>, String)> = arch
            .map_or_else(CompilerTable::names, CompilerTable::names_for)
            .into_iter()
            .filter(|name| name.starts_with(&prefix))
            .filter_map(|name| Some((numbers(CompilerTable::from_of(&name)?), name)))
            .collect();
        releases.sort();
        let at = releases.iter().rposition(|(from, _)| *from <= wanted).unwrap_or(0);
        CompilerTable::load(&releases.get(at)?.1).ok()
    }

    /// The releases there are tables for, for a message.
    pub(crate) fn covered(arch: Option<&str>) -> String {
        let mut majors: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
        for name in arch.map_or_else(CompilerTable::names, CompilerTable::names_for) {
            let name = name.rsplit('/').next().unwrap_or_default();
            if let Some((family, version)) = name.split_once('-')
                && let Some(Ok(major)) = version.split('.').next().map(str::parse)
            {
                majors.entry(family.to_string()).or_default().insert(major);
            }
        }
        let range = |(family, m): (&String, &BTreeSet<u32>)| match (m.first(), m.last()) {
            (Some(first), Some(last)) => format!("{family} {first} to {last}"),
            _ => family.clone(),
        };
        majors.iter().rev().map(range).collect::<Vec<_>>().join(" and ")
    }

    /// What `-mX` (or `-mno-X`) sets (or clears), X included.
    fn closure<'a>(map: &'a BTreeMap<String, String>, feature: &'a str) -> impl Iterator<Item = &'a str> {
        std::iter::once(feature).chain(map.get(feature).into_iter().flat_map(|list| list.split_whitespace()))
    }
}

/// What some x86 options enable by the table of a compiler's release, or of the newest of its dialect where there is none
/// for it; options that are not in the table are passed over. `None` where it does not know the name of a CPU.
pub(crate) fn enables(compiler: &str, version: &str, options: &[String]) -> Option<BTreeSet<String>> {
    let family = if compiler == "clang" { Family::Clang } else { Family::Gcc };
    let newest = || Table::newest(family);
    let table = Table::nearest(family, version).or_else(newest)?;
    let state = |options: &[String]| match table.state(options) {
        Ok(Answer::Enabled { on, .. }) => Some(on),
        _ => None,
    };
    // One by one: an option that this release lacks enables nothing in it.
    let is_name = |o: &String| o.starts_with("-march=");
    let known = |o: &&String| is_name(o) || state(std::slice::from_ref(o)).is_some();
    let known: Vec<String> = options.iter().filter(known).cloned().collect();
    state(&known).or_else(|| {
        // A name of a later release than the profile's own.
        let Answer::Enabled { on, .. } = newest()?.state(&known).ok()? else { return None };
        Some(on)
    })
}

impl Oracle for Table {
    fn family(&self) -> Family {
        self.family
    }

    fn version(&self) -> &str {
        &self.table.version
    }

    fn state(&self, options: &[String]) -> Result<Answer, ToolchainError> {
        let wide = !options.iter().any(|o| o == "-m32");
        let mut implied = self.table.features("x86-64", true).unwrap_or_default();
        let mut switches: Vec<(&str, bool)> = Vec::new();
        for option in options.iter().filter(|o| *o != "-m32") {
            if let Some(name) = option.strip_prefix("-march=") {
                match self.table.features(name, wide).or_else(|| self.table.features(name, true)) {
                    Some(set) => implied = set,
                    None => return Ok(Answer::Rejected(format!("it does not know the name {name}"))),
                }
            } else if let Some(name) = option.strip_prefix("-mtune=") {
                if !self.takes_tune(name, Word::Bits64)? {
                    return Ok(Answer::Rejected(format!("it does not know {option}")));
                }
            } else {
                let switch = option.strip_prefix("-mno-").map(|f| (f, false));
                match switch.or_else(|| option.strip_prefix("-m").map(|f| (f, true))) {
                    Some((feature, to)) if self.known.contains(feature) => switches.push((feature, to)),
                    _ => return Ok(Answer::Rejected(format!("it does not know '{option}'"))),
                }
            }
        }
        // gcc applies the name last, to what no option touched; clang applies it first.
        let mut touched: BTreeMap<&str, bool> = BTreeMap::new();
        for (feature, to) in switches {
            let map = if to { &self.table.on } else { &self.table.off };
            touched.extend(Table::closure(map, feature).map(|f| (f, to)));
        }
        let mut on = implied;
        for (feature, to) in touched {
            if to {
                on.insert(feature.to_string());
            } else {
                on.remove(feature);
            }
        }
        Ok(Answer::Enabled { on, warnings: Vec::new() })
    }

    fn known(&self) -> Result<BTreeSet<String>, ToolchainError> {
        Ok(self.known.clone())
    }

    fn takes_tune(&self, name: &str, _: Word) -> Result<bool, ToolchainError> {
        Ok(self.table.tune.split_whitespace().any(|t| t == name))
    }

    fn native(&self) -> Result<Option<Native>, ToolchainError> {
        Ok(None)
    }
}
