use super::{Block, cpus, number};
use crate::catalogue::{TableError, as_written};
use crate::host::text::clean;
use crate::host::{Detected, HostError, archspec};
use crate::profile::{Host, Names, System};
use serde::Deserialize;
use std::collections::BTreeSet;

/// `probes/riscv.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[allow(dead_code)]
    source: String,
    core: Vec<Core>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Core {
    mvendorid: String,
    marchid: String,
    name: String,
}

fn table() -> Result<Table, TableError> {
    as_written(include_str!("../../../probes/riscv.toml"), "riscv.toml")
}

/// Names a RISC-V host by its `uarch`, where the kernel tells it, else by vendor and architecture number; its extensions by
/// the `isa` that all harts share.
pub fn detect(blocks: &[Block], place: &str) -> Result<Detected, HostError> {
    let harts = cpus(blocks, "isa");
    let first = harts
        .first()
        .ok_or_else(|| HostError::NotCpuinfo { place: place.into(), what: "isa is missing".into() })?;
    let features = harts
        .iter()
        .map(|h| extensions(h.get("isa").copied().unwrap_or_default()))
        .reduce(|a, b| &a & &b)
        .unwrap_or_default();
    let uarch = clean(first.get("uarch").copied().unwrap_or_default());
    let (mut vendor, core) =
        uarch.split_once(',').map_or(("", uarch.as_str()), |(v, c)| (v.trim(), c.trim()));
    let numbers = |core: &&Core| {
        first.get("mvendorid") == Some(&core.mvendorid.as_str())
            && first.get("marchid") == Some(&core.marchid.as_str())
    };
    let table = table()?;
    let known = table.core.iter().find(numbers);
    // GCC's -mcpu joins vendor and core by a dash, without the kernel's -mc for the cluster.
    let name = match (vendor, core.trim_end_matches("-mc")) {
        ("", "") => {
            vendor = known.and_then(|known| known.name.split('-').next()).unwrap_or_default();
            known.map_or_else(|| "rv64".to_string(), |known| known.name.clone())
        }
        ("", core) => core.to_string(),
        (vendor, core) => format!("{vendor}-{core}"),
    };
    let wide = first.get("isa").is_some_and(|isa| isa.starts_with("rv64"));
    let reasons = vec![
        format!("{place}: /proc/cpuinfo of RISC-V, {} hart(s)", harts.len()),
        match (uarch.is_empty(), known) {
            (true, None) => {
                "the kernel tells no uarch: named by the width, the extensions decide".to_string()
            }
            (true, Some(known)) => {
                format!("mvendorid {} with marchid {} is {name}", known.mvendorid, known.marchid)
            }
            (false, _) => format!("uarch {uarch} is {name}"),
        },
    ];
    let hex = |key: &str| first.get(key).and_then(|t| number(t)).unwrap_or(0);
    let archspec = archspec::riscv(&uarch);
    let host = Host {
        vendor: vendor.into(),
        family: hex("mvendorid"),
        model: hex("marchid"),
        stepping: hex("mimpid"),
        cpu: uarch.clone(),
        microarchitecture: name.clone(),
        features: features.into_iter().collect(),
        cores: harts.len() as u32,
        threads: harts.len() as u32,
        ..Host::default()
    };
    // rustc calls a core that nobody names by its width.
    let rust = if name == "rv64" { "generic-rv64".into() } else { name.clone() };
    let names = Names { gcc: name, rust, archspec, ..Names::default() };
    let system = System { microcode: "unknown".into(), governor: "unknown".into(), ..System::default() };
    let arch = if wide { "riscv64" } else { "riscv32" }.to_string();
    Ok(Detected { host, system, names, codename: String::new(), arch, reasons })
}

/// `rv64imafdc_zicsr_zba` as its extensions; `g` stands for what it means.
fn extensions(isa: &str) -> BTreeSet<String> {
    let isa = isa.to_ascii_lowercase();
    let mut parts = isa.split('_');
    let single = parts.next().unwrap_or_default().trim_start_matches("rv64").trim_start_matches("rv32");
    let mut found = BTreeSet::new();
    for c in single.chars().filter(char::is_ascii_lowercase) {
        match c {
            'g' => found.extend(["i", "m", "a", "f", "d", "zicsr", "zifencei"].map(String::from)),
            c => drop(found.insert(c.to_string())),
        }
    }
    let named = parts.map(|p| p.chars().filter(char::is_ascii_alphanumeric).collect::<String>());
    found.extend(named.filter(|p| !p.is_empty()));
    found
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_u74() {
        let text = "processor : 0\nhart : 1\nisa : rv64imafdc_zicsr_zba\nuarch : sifive,u74-mc\nmvendorid : 0x489\n\n\
                    processor : 1\nhart : 2\nisa : rv64imafdc_zicsr\nuarch : sifive,u74-mc\n";
        let host = super::super::detect(text.as_bytes(), "f").unwrap().host;
        assert_eq!((host.microarchitecture.as_str(), host.vendor.as_str()), ("sifive-u74", "sifive"));
        assert_eq!(host.features, ["a", "c", "d", "f", "i", "m", "zicsr"]);
    }

    #[test]
    fn the_numbers_name_a_core_where_no_uarch_does() {
        // archspec-json tests/targets/linux-debian13-x60, whose kernel shows no uarch.
        let text = "processor : 0\nhart : 0\nmodel name : Spacemit(R) X60\nisa : rv64imafdcv_zicsr\nmvendorid : 0x710\n\
                    marchid : 0x8000000058000001\nmimpid : 0x1000000049772200\n";
        let detected = super::super::detect(text.as_bytes(), "f").unwrap();
        let (host, names) = (detected.host, detected.names);
        assert_eq!((host.microarchitecture.as_str(), host.vendor.as_str()), ("spacemit-x60", "spacemit"));
        assert_eq!((names.rust.as_str(), names.archspec.as_str()), ("spacemit-x60", "riscv64"));
    }

    #[test]
    fn no_uarch_keeps_the_extensions() {
        let text = "processor : 0\nhart : 0\nisa : rv64gcv\n";
        let host = super::super::detect(text.as_bytes(), "f").unwrap().host;
        assert_eq!(host.microarchitecture, "rv64");
        assert_eq!(host.features, ["a", "c", "d", "f", "i", "m", "v", "zicsr", "zifencei"]);
    }
}
