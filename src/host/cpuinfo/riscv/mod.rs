//! This module names RISC-V CPUs by the text of `/proc/cpuinfo`.

mod isa;
mod table;
#[cfg(test)]
mod tests;

use super::{Block, cpus};
use crate::host::text::clean;
use crate::host::{Detected, HostError, archspec, llvm};
use crate::profile::{Host, Names, System};
use std::collections::BTreeSet;
use table::{Core, Table, table};

/// Names a RISC-V host by its `uarch`, where the kernel tells it, else by vendor, architecture and implementation number; its
/// extensions by the `isa` that all harts share.
pub fn detect(blocks: &[Block], place: &str) -> Result<Detected, HostError> {
    let harts = cpus(blocks, "isa");
    let first = harts
        .first()
        .ok_or_else(|| HostError::NotCpuinfo { place: place.into(), what: "isa is missing".into() })?;
    let table = table()?;
    let mut said = BTreeSet::new();
    let each: Vec<BTreeSet<String>> = harts.iter().map(|h| isa::of_hart(&table, h, &mut said)).collect();
    let mut reasons = vec![format!("{place}: /proc/cpuinfo of RISC-V, {} hart(s)", harts.len())];
    let core = core(&table, &harts, &each, &mut reasons);
    reasons.extend(said);
    let features: BTreeSet<String> = each.into_iter().reduce(|a, b| &a & &b).unwrap_or_default();
    let width = if first.get("isa").is_some_and(|isa| isa.starts_with("rv32")) { "32" } else { "64" };
    let arch = format!("riscv{width}");
    let uarch = first.get("uarch").copied().unwrap_or_default();
    let vendor = uarch.split_once(',').map(|(vendor, _)| vendor);
    let vendor = vendor.or_else(|| core.and_then(|core| core.name.split('-').next())).unwrap_or_default();
    // The numbers have 64 bits, of which the upper half says who gave out the lower one.
    let low = |key: &str| first.get(key).map_or(0, |text| number(text) as u32);
    let features: Vec<String> = features.into_iter().collect();
    let known = core.map(|core| core.rust.as_str()).filter(|name| llvm::features(&arch, name).is_some());
    let rust = known.map_or_else(|| format!("generic-rv{width}"), String::from);
    let masked = lacking(&table, &arch, &rust, &features);
    let host = Host {
        vendor: clean(vendor),
        family: low("mvendorid"),
        model: low("marchid"),
        stepping: low("mimpid"),
        cpu: clean(if uarch.is_empty() {
            first.get("model name").copied().unwrap_or_default()
        } else {
            uarch
        }),
        microarchitecture: core.map_or_else(|| format!("rv{width}"), |core| core.name.clone()),
        masked: masked.clone(),
        cores: harts.len() as u32,
        threads: harts.len() as u32,
        features,
        ..Host::default()
    };
    // archspec goes by the kernel's word alone, and Spack's copy of it has not every core.
    let target = archspec::riscv(uarch);
    let target = core.filter(|core| core.archspec == target && masked.is_empty()).map(|_| target);
    let names = Names {
        gcc: core.filter(|_| masked.is_empty()).map(|core| core.gcc.clone()).unwrap_or_default(),
        rust,
        rust_features: switched_off(&masked),
        archspec: target.unwrap_or_else(|| arch.clone()),
        ..Names::default()
    };
    if !masked.is_empty() {
        reasons.push(format!(
            "{} has and this host does not offer: {}",
            host.microarchitecture,
            masked.join(", ")
        ));
    }
    let system = System { microcode: "unknown".into(), governor: "unknown".into(), ..System::default() };
    Ok(Detected { host, system, names, arch, reasons, ..Detected::default() })
}

/// The core that all harts are, and why.
fn core<'t>(
    table: &'t Table,
    harts: &[&Block],
    extensions: &[BTreeSet<String>],
    reasons: &mut Vec<String>,
) -> Option<&'t Core> {
    let kinds: Vec<Option<&Core>> = harts.iter().zip(extensions).map(|(h, e)| table.find(h, e)).collect();
    let shown = |key: &str| harts.first().and_then(|h| h.get(key)).copied().unwrap_or_default();
    let told = |key: &str| harts.iter().map(|h| h.get(key)).collect::<BTreeSet<_>>().len();
    if kinds.windows(2).any(|pair| pair[0] != pair[1]) || told("uarch") > 1 || told("marchid") > 1 {
        reasons
            .push("harts of several kinds: named by the width, the extensions that all have decide".into());
        return None;
    }
    let core = kinds.first().copied().flatten();
    let uarch = clean(shown("uarch"));
    reasons.push(match core {
        Some(core) if core.uarch.contains(&uarch) => format!("uarch {uarch} is {}", core.name),
        Some(core) => format!("mvendorid {} with marchid {} is {}", core.mvendorid, core.marchid, core.name),
        None if uarch.is_empty() => {
            "no uarch and no numbers of the table: named by the width, the extensions decide".into()
        }
        None => format!("uarch {uarch}: no compiler has a name for it, the extensions decide"),
    });
    core
}

/// What rustc's name turns on, compilers write into programs and the host does not offer; sorted.
fn lacking(table: &Table, arch: &str, rust: &str, features: &[String]) -> Vec<String> {
    let whole = table.whole(features.iter().map(String::as_str));
    let on = llvm::features(arch, rust).filter(|_| !rust.starts_with("generic")).unwrap_or_default();
    on.iter().filter(|feature| table.is_missed(feature, &whole)).cloned().collect()
}

/// The extensions that a compiler turned on, less those that this host offers or does not miss.
pub(crate) fn exceeding(features: &[String], on: &BTreeSet<String>) -> Vec<String> {
    // The table is part of the program and a test reads it whole.
    let Ok(table) = table() else { return Vec::new() };
    let whole = table.whole(features.iter().map(String::as_str));
    on.iter().filter(|extension| table.is_missed(extension, &whole)).cloned().collect()
}

/// What to switch off beside rustc's name for a RISC-V CPU of a profile; `None` where rustc does not know the name.
pub(crate) fn rust_features(arch: &str, name: &str, features: &[String]) -> Option<String> {
    let arch = if arch.starts_with("riscv32") { "riscv32" } else { "riscv64" };
    llvm::features(arch, name)?;
    Some(switched_off(&lacking(&table().ok()?, arch, name, features)))
}

/// The features as rustc's `target-feature` takes them.
fn switched_off(features: &[String]) -> String {
    features.iter().map(|f| format!("-{f}")).collect::<Vec<_>>().join(",")
}

/// A number of 64 bits, as the kernel writes it.
fn number(text: &str) -> u64 {
    let parsed = match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    parsed.unwrap_or(0)
}
