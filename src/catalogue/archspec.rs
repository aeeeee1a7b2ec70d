//! archspec's targets, which Spack and conda ask for by name, and archspec's own rule for which of them are a host's.

use super::microarchitecture::{TableError, as_written};
use super::words::Words;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// `probes/archspec.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Archspec {
    /// Where the rows come from.
    pub source: String,
    /// The versions for which they hold, for people.
    pub checked: String,
    /// gcc's names for the flags of AArch64.
    pub extension: BTreeMap<String, String>,
    x86_64: Vec<ArchspecTarget>,
    aarch64: Vec<ArchspecTarget>,
    ppc64le: Vec<ArchspecTarget>,
    riscv64: Vec<ArchspecTarget>,
}

/// One target.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArchspecTarget {
    /// Its name.
    pub name: String,
    /// The vendor as `/proc/cpuinfo` names it, `ARM` and so on, or `generic`.
    pub vendor: String,
    /// The targets that it descends from.
    pub ancestors: Words,
    /// What a host must offer.
    #[serde(default)]
    pub features: Words,
    /// Ranges of versions that produce it.
    #[serde(default)]
    gcc: Words,
    #[serde(default)]
    clang: Words,
    /// The generation of POWER.
    #[serde(default)]
    generation: u32,
    /// The part number of AArch64.
    #[serde(default)]
    part: u32,
}

/// A host as archspec sees it.
#[derive(Clone, Copy)]
pub struct ArchspecHost<'a> {
    /// `x86_64`, `aarch64`, `ppc64le` or `riscv64`.
    pub family: &'a str,
    /// CPUID's vendor string, or the name of AArch64's implementer.
    pub vendor: &'a str,
    /// AArch64's part number; 0 where there is none.
    pub part: u32,
    /// POWER's generation; 0 where there is none.
    pub generation: u32,
    /// RISC-V's `uarch` as the kernel shows it.
    pub uarch: &'a str,
}

/// The built-in table, read once.
pub fn archspec() -> Result<&'static Archspec, TableError> {
    static TABLE: OnceLock<Result<Archspec, TableError>> = OnceLock::new();
    let text = include_str!("../../probes/archspec.toml");
    TABLE.get_or_init(|| as_written(text, "archspec.toml")).as_ref().map_err(Clone::clone)
}

impl Archspec {
    /// The targets of a family, the preferred last.
    pub fn family(&self, name: &str) -> &[ArchspecTarget] {
        match name {
            "x86_64" => &self.x86_64,
            "aarch64" => &self.aarch64,
            "ppc64le" => &self.ppc64le,
            "riscv64" => &self.riscv64,
            _ => &[],
        }
    }

    /// The targets that archspec calls compatible with a host, the preferred last. `has` tells whether the host has a
    /// feature of a target.
    pub fn compatible(
        &self,
        host: &ArchspecHost,
        has: impl Fn(&ArchspecTarget, &str) -> bool,
    ) -> Vec<&ArchspecTarget> {
        let generic = |t: &ArchspecTarget| t.vendor == "generic";
        let fits = |t: &&ArchspecTarget| match host.family {
            "ppc64le" => t.generation <= host.generation,
            "riscv64" => generic(t) || t.name == "u74mc" && host.uarch == "sifive,u74-mc",
            "aarch64" if generic(t) && !t.ancestors.is_empty() => false,
            _ => (generic(t) || t.vendor == host.vendor) && t.features.iter().all(|f| has(t, f)),
        };
        self.family(host.family).iter().filter(fits).collect()
    }

    /// The one that archspec calls the host: of those with its part number, where there are any, the preferred one that
    /// descends from the best generic target.
    pub fn best(
        &self,
        host: &ArchspecHost,
        has: impl Fn(&ArchspecTarget, &str) -> bool,
    ) -> Option<&ArchspecTarget> {
        let mut all = self.compatible(host, has);
        let generic = all.iter().copied().rfind(|t| t.vendor == "generic")?;
        if host.part != 0 && all.iter().any(|t| t.part == host.part) {
            all.retain(|t| t.part == host.part);
        }
        Some(all.iter().copied().rfind(|t| t.ancestors.contains(&generic.name)).unwrap_or(generic))
    }
}

impl ArchspecTarget {
    /// Whether archspec says that a compiler, gcc or clang, can produce it in this version; of what is not a version it says
    /// nothing.
    pub fn can_be_made_by(&self, compiler: &str, version: &str) -> bool {
        let ranges = match compiler {
            "gcc" => &self.gcc,
            "clang" => &self.clang,
            _ => return true,
        };
        let numbers = |text: &str| -> Vec<u32> {
            let plain = text.split(|c: char| !c.is_ascii_digit() && c != '.').next().unwrap_or_default();
            plain.split('.').filter_map(|n| n.parse().ok()).collect()
        };
        let own = numbers(version);
        if own.is_empty() {
            return true;
        }
        ranges.iter().filter_map(|range| range.split_once(':')).any(|(first, last)| {
            (first.is_empty() || numbers(first) <= own) && (last.is_empty() || own <= numbers(last))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_stand_after_their_ancestors() {
        let table = archspec().unwrap();
        assert!(!table.source.is_empty() && !table.checked.is_empty());
        for family in ["x86_64", "aarch64", "ppc64le", "riscv64"] {
            let names: Vec<&str> = table.family(family).iter().map(|t| t.name.as_str()).collect();
            assert_eq!(names[0], family);
            for (at, target) in table.family(family).iter().enumerate() {
                for ancestor in &target.ancestors {
                    assert!(names[..at].contains(&ancestor.as_str()), "{}: {ancestor}", target.name);
                }
            }
        }
    }

    #[test]
    fn versions_are_compared_as_archspec_does() {
        let zen4 = archspec().unwrap().x86_64.iter().find(|t| t.name == "zen4").unwrap();
        let made = |version: &str| zen4.can_be_made_by("gcc", version);
        assert!(!made("12.2.0") && made("12.2") && made("12.3.0") && made("11.4.1") && !made("9.4.0"));
        assert!(zen4.can_be_made_by("clang", "16.0.6") && !zen4.can_be_made_by("clang", "15.9.1"));
    }
}
