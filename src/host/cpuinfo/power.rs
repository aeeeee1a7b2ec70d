//! This module names POWER CPUs by the text of `/proc/cpuinfo`.

use super::{Block, cpus};
use crate::catalogue::{TableError, as_written};
use crate::host::text::clean;
use crate::host::{Detected, HostError, archspec, llvm};
use crate::profile::{Host, Names, System};
use serde::Deserialize;
use std::collections::BTreeMap;

/// `probes/power.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(rename = "source")]
    _source: String,
    version: BTreeMap<String, u32>,
    option: BTreeMap<String, Since>,
}

/// The generations that have an option, and whether it needs vectors.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Since {
    since: u32,
    until: Option<u32>,
    #[serde(default)]
    vector: bool,
}

fn table() -> Result<Table, TableError> {
    as_written(include_str!("../../../probes/power.toml"), "power.toml")
}

/// The generation that a `cpu` line names: `POWER9, altivec supported`, `Power11 (architected), altivec supported`.
fn named(line: &str) -> Option<u32> {
    let line = line.to_ascii_lowercase();
    let digits = line.strip_prefix("power")?.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok().filter(|generation| (4..100).contains(generation))
}

/// Whether the blocks are those of a POWER: by the `cpu` line, or by the version in the PVR.
pub fn is_power(blocks: &[Block]) -> bool {
    let Ok(table) = table() else { return false };
    blocks.iter().any(|block| {
        let line = block.get("cpu").copied().unwrap_or_default();
        named(line).is_some() || by_version(&table, block).is_some()
    })
}

fn by_version(table: &Table, block: &Block) -> Option<u32> {
    let (version, _) = pvr(block.get("revision")?)?;
    table.version.get(&format!("{version:#x}")).copied()
}

/// Names a POWER host by the generation in its `cpu` line, which is that of the architecture that a partition is set to
/// keep to, and by its PVR where the line names none.
pub fn detect(blocks: &[Block], place: &str) -> Result<Detected, HostError> {
    let table = table()?;
    let cpus = cpus(blocks, "cpu");
    let first = cpus.first().copied();
    let line = first.and_then(|c| c.get("cpu").copied()).unwrap_or_default();
    let silicon = first.and_then(|block| by_version(&table, block));
    let mut reasons = vec![format!("{place}: /proc/cpuinfo of POWER, {} logical CPU(s)", cpus.len())];
    let generation = match (named(line), silicon) {
        (Some(named), _) => named,
        (None, Some(silicon)) => silicon,
        (None, None) => {
            let what = format!("{:?} names no generation of POWER", clean(line));
            return Err(HostError::NotCpuinfo { place: place.into(), what });
        }
    };
    let name = format!("power{generation}");
    reasons.push(match silicon {
        Some(silicon) if silicon != generation => {
            format!("cpu line {:?} is {name}: a POWER{silicon} by its PVR, which keeps to that", clean(line))
        }
        _ => format!("cpu line {:?} is {name}", clean(line)),
    });
    let arch = arch(generation, &mut reasons);
    let vector = line.contains("altivec supported");
    let there = |row: &Since| {
        generation >= row.since
            && row.until.is_none_or(|until| generation <= until)
            && (vector || !row.vector)
    };
    let features = table.option.iter().filter(|(_, row)| there(row)).map(|(option, _)| option.clone());
    let revision = first.and_then(|c| c.get("revision").copied()).unwrap_or_default();
    let (model, stepping) = pvr(revision).unwrap_or_default();
    let end = if arch == "ppc64le" { "le" } else { "" };
    let host = Host {
        vendor: "IBM".into(),
        family: generation,
        model,
        stepping,
        cpu: clean(line.split(',').next().unwrap_or_default()),
        microarchitecture: name.clone(),
        features: features.collect(),
        cores: cpus.len() as u32,
        threads: cpus.len() as u32,
        ..Host::default()
    };
    // The names of the newest generation that each ecosystem has.
    let known = |name: &String| llvm::features("ppc64le", name).is_some();
    let rust = (7..=generation).rev().map(|g| format!("pwr{g}")).find(known).unwrap_or_default();
    let target = match end {
        // archspec looks for the name in capitals, which the kernel gave up with Power11.
        "le" => archspec::power(if line.contains("POWER") { generation } else { 0 }),
        _ => format!("power{}", generation.clamp(7, 10)),
    };
    let names = Names { gcc: name, rust, archspec: target, ..Names::default() };
    let system = System { microcode: "unknown".into(), governor: "unknown".into(), ..System::default() };
    Ok(Detected { host, system, names, arch, reasons, ..Detected::default() })
}

/// The architecture with its byte order, which the file does not tell: this program's own on such a host; elsewhere the one
/// that all distributions have from POWER8 on, the first that runs Linux in it.
fn arch(generation: u32, reasons: &mut Vec<String>) -> String {
    let here = cfg!(target_arch = "powerpc64");
    let little = if here { cfg!(target_endian = "little") } else { generation >= 8 };
    if !here {
        let order = if little { "little" } else { "big" };
        reasons.push(format!("/proc/cpuinfo does not tell the byte order: taken for {order}-endian"));
    }
    if little { "ppc64le" } else { "ppc64" }.into()
}

/// Processor version and revision of `2.2 (pvr 004e 1202)`.
fn pvr(revision: &str) -> Option<(u32, u32)> {
    let mut words =
        revision.split_once("pvr")?.1.split(|c: char| !c.is_ascii_hexdigit()).filter(|w| !w.is_empty());
    let mut next = || u32::from_str_radix(words.next()?, 16).ok();
    Some((next()?, next()?))
}

#[cfg(test)]
mod tests {
    use crate::host::{Detected, HostError};

    fn read(cpu: &str, pvr: &str) -> Result<Detected, HostError> {
        let text = format!("processor : 0\ncpu : {cpu}\nrevision : 2.2 (pvr {pvr})\n\nmachine : PowerNV\n");
        super::super::detect(text.as_bytes(), "f")
    }

    fn name(cpu: &str, pvr: &str) -> String {
        read(cpu, pvr).unwrap().host.microarchitecture
    }

    #[test]
    fn generations() {
        let host = read("POWER9, altivec supported", "004e 1202").unwrap().host;
        assert_eq!((host.microarchitecture.as_str(), host.model, host.stepping), ("power9", 0x4e, 0x1202));
        assert!(host.features.contains(&"vsx".to_string()) && !host.features.contains(&"mma".to_string()));
        assert_eq!(name("POWER8NVL (raw), altivec supported", "004c 0100"), "power8");
        assert_eq!(name("POWER10 (architected), altivec supported", "0080 0200"), "power10");
        let newest = read("Power11 (architected), altivec supported", "0082 0100").unwrap();
        assert_eq!((newest.names.gcc.as_str(), newest.names.rust.as_str()), ("power11", "pwr11"));
        assert_eq!(newest.names.archspec, "ppc64le", "archspec does not read the line");
    }

    /// A partition keeps to the architecture that it is set to, whatever the processor is.
    #[test]
    fn a_partition_is_what_it_is_told_to_be() {
        let old = read("POWER8 (architected), altivec supported", "004e 0202").unwrap();
        assert_eq!(old.host.microarchitecture, "power8");
        assert!(old.reasons.iter().any(|r| r.contains("POWER9 by its PVR")), "{:?}", old.reasons);
        assert_eq!(name("unknown (PVR known), altivec supported", "0080 0200"), "power10");
    }

    #[test]
    fn power7_is_big_endian() {
        let old = read("POWER7 (architected), altivec supported", "003f 0201").unwrap();
        assert_eq!((old.arch.as_str(), old.names.rust.as_str()), ("ppc64", "pwr7"));
        assert_eq!((old.names.gcc.as_str(), old.names.archspec.as_str()), ("power7", "power7"));
        assert!(!old.host.features.contains(&"crypto".to_string()));
        assert_eq!(read("POWER8E, altivec supported", "004b 0201").unwrap().arch, "ppc64le");
    }

    #[test]
    fn other_powerpcs_are_no_power() {
        for (cpu, pvr) in [
            ("POWERful", "0001 0000"),
            ("740/750", "0008 0301"),
            ("PPC970MP, altivec supported", "0044 0101"),
        ] {
            assert!(read(cpu, pvr).is_err(), "{cpu}");
        }
    }
}
