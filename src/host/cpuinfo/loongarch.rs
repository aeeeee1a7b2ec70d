//! This module names LoongArch CPUs by the text of `/proc/cpuinfo`.

use super::{Block, cpus};
use crate::catalogue::{TableError, as_written};
use crate::host::text::clean;
use crate::host::{Detected, HostError};
use crate::profile::{Host, Names, System};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// `probes/loongarch.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(rename = "source")]
    _source: String,
    vectors: Vec<String>,
    core: Vec<Core>,
    lineage: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Core {
    model: String,
    name: String,
}

/// What is said of a CPU that the table does not have.
const BASE: &str = "loongarch64";

fn table() -> Result<Table, TableError> {
    as_written(include_str!("../../../probes/loongarch.toml"), "loongarch.toml")
}

/// Names that a compiler may be given for a CPU, best first. Without vectors only the base is left.
pub(crate) fn march_names(name: &str, features: &[String]) -> Vec<String> {
    let Ok(table) = table() else { return Vec::new() };
    let whole = table.vectors.iter().all(|vector| features.contains(vector));
    let older = table.lineage.get(name).into_iter().flatten().cloned();
    let names: Vec<String> = std::iter::once(name.to_string()).chain(older).collect();
    names.into_iter().filter(|name| whole || name == BASE).collect()
}

/// Names a LoongArch host by its model, its features by what all CPUs show.
pub fn detect(blocks: &[Block], place: &str) -> Result<Detected, HostError> {
    let table = table()?;
    let cpus = cpus(blocks, "Model Name");
    let model = cpus.first().and_then(|c| c.get("Model Name").copied()).unwrap_or_default();
    let words = |cpu: &&Block| -> BTreeSet<String> {
        cpu.get("Features").into_iter().flat_map(|f| f.split_whitespace()).map(clean).collect()
    };
    let features = cpus.iter().map(words).reduce(|a, b| &a & &b).unwrap_or_default();
    let known = table.core.iter().find(|core| model.starts_with(&core.model));
    let name = known.map_or(BASE, |core| core.name.as_str()).to_string();
    let mut reasons = vec![format!("{place}: /proc/cpuinfo of LoongArch, {} logical CPU(s)", cpus.len())];
    reasons.push(match known {
        Some(_) => format!("model name {:?} is {name}", clean(model)),
        None => format!("model name {:?} is not in the table: the base of the architecture", clean(model)),
    });
    let missed = table.vectors.iter().filter(|vector| known.is_some() && !features.contains(*vector));
    let masked: Vec<String> = missed.cloned().collect();
    let names = Names {
        gcc: if masked.is_empty() { name.clone() } else { BASE.into() },
        rust: if known.is_some() { name.clone() } else { "generic".into() },
        rust_features: masked.iter().map(|f| format!("-{f}")).collect::<Vec<_>>().join(","),
        ..Names::default()
    };
    if !masked.is_empty() {
        reasons.push(format!("{name} has and this host does not offer: {}", masked.join(", ")));
    }
    let host = Host {
        vendor: "Loongson".into(),
        cpu: clean(model),
        microarchitecture: name,
        features: features.into_iter().collect(),
        masked,
        cores: cpus.len() as u32,
        threads: cpus.len() as u32,
        ..Host::default()
    };
    let system = System { microcode: "unknown".into(), governor: "unknown".into(), ..System::default() };
    Ok(Detected { host, system, names, arch: "loongarch64".into(), reasons, ..Detected::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(model: &str, features: &str) -> Detected {
        // util-linux tests/ts/lscpu/dumps/loongarch-loongson_3a5000_hv.
        let text = format!(
            "system type : generic-loongson-machine\n\nprocessor : 0\npackage : 0\ncore : 0\nCPU Family : Loongson-64bit\n\
             Model Name : {model}\nISA : loongarch32 loongarch64\nFeatures : {features}\n"
        );
        super::super::detect(text.as_bytes(), "f").unwrap()
    }

    #[test]
    fn models_and_their_vectors() {
        let new = read("Loongson-3A6000", "cpucfg lam ual fpu lsx lasx crc32 lvz");
        assert_eq!(
            (new.arch.as_str(), new.names.gcc.as_str(), new.names.rust.as_str()),
            ("loongarch64", "la664", "la664")
        );
        assert_eq!(march_names("la664", &new.host.features)[..3], ["la664", "la64v1.1", "la464"]);
        let hidden = read("Loongson-3A5000-HV", "cpucfg lam ual fpu");
        assert_eq!(
            (hidden.host.microarchitecture.as_str(), hidden.names.gcc.as_str()),
            ("la464", "loongarch64")
        );
        assert_eq!((hidden.names.rust_features.as_str(), hidden.host.masked.len()), ("-lasx,-lsx", 2));
        assert_eq!(march_names("la464", &hidden.host.features), ["loongarch64"]);
        assert_eq!(read("Loongson-2K1000LA", "cpucfg fpu").names.rust, "generic");
    }

    #[test]
    fn the_names_are_those_of_rustc() {
        for core in table().unwrap().core {
            assert!(crate::host::llvm::features("loongarch64", &core.name).is_some(), "{}", core.name);
        }
    }
}
