//! This module names Arm CPUs by the text of `/proc/cpuinfo`.

mod choose;
mod names;
mod table;
#[cfg(test)]
mod tests;

use super::{Block, cpus, number};
use crate::host::text::clean;
use crate::host::{Detected, HostError, archspec};
use crate::profile::{CoreKind, Host, Names, System};
use choose::{choose, settle};
use std::collections::{BTreeMap, BTreeSet};
pub(crate) use table::{Extension, Reach, extensions, lacking, lineage, names as all_names, release};
use table::{Midr, Table, table};

/// The kinds of core: revision, and how many logical CPUs are of it.
type Seen = BTreeMap<Midr, (u32, u32)>;

/// Names an AArch64 host as GCC's `-mcpu` does, also where GCC itself gives up: with three and more kinds of core it
/// drops the option silently (driver-aarch64.cc).
pub fn detect(blocks: &[Block], place: &str) -> Result<Detected, HostError> {
    let table = table()?;
    let told = cpus(blocks, "CPU implementer");
    let numbered = cpus(blocks, "processor").iter().filter(|b| number(b["processor"]).is_some()).count();
    // Kernels before 3.19 number the CPUs and tell one of them, after the last number.
    let count = if told.len() == 1 { numbered.max(1) } else { told.len() };
    let mut seen = Seen::new();
    for cpu in &told {
        let value = |key: &str| cpu.get(key).and_then(|t| number(t)).unwrap_or(0);
        let variant = value("CPU variant") & 0xf;
        let midr = Midr { implementer: value("CPU implementer"), part: value("CPU part"), variant };
        seen.entry(midr).or_insert((value("CPU revision") & 0xf, 0)).1 += 1;
    }
    let mut reasons = vec![format!("{place}: /proc/cpuinfo of AArch64, {count} logical CPU(s)")];
    absent(blocks, count, &mut reasons);
    for midr in seen.keys().filter(|midr| table.find(midr).is_none()) {
        let Midr { implementer, part, .. } = midr;
        let why = table.unnamed(midr).unwrap_or("it is not in the table");
        reasons.push(format!("implementer {implementer:#x} part {part:#x}: {why}; its features are kept"));
    }
    let hardware =
        blocks.iter().find_map(|b| b.get("Hardware").or(b.get("Model")).copied()).unwrap_or_default();
    let kinds_seen: Vec<Midr> = seen.keys().copied().collect();
    let mut choice = choose(table, &kinds_seen, &mut reasons);
    if count > told.len() {
        choice = settle(table, hardware, count, choice, &mut reasons);
    }
    let flags = common_flags(&told);
    let (midr, (revision, _)) = seen.first_key_value().map(|(k, v)| (*k, *v)).unwrap_or_default();
    let shown = told.first().and_then(|c| c.get("CPU architecture")).and_then(|t| version(t));
    let wide = is_wide(&flags, shown);
    if !wide {
        reasons.push("32-bit Arm: its features are named as the kernel names them".into());
    }
    // An ARMv6 core with the newer registers is shown as 7, a 64-bit one under a 32-bit kernel too.
    let family = choice.core.map(|core| release(&core.arch).0).or(shown).unwrap_or(8);
    let brand = told.first().and_then(|c| c.get("model name").copied()).unwrap_or_default();
    let vendor = table.implementer.get(&format!("{:#x}", midr.implementer)).cloned();
    let features =
        if wide { offered(table, &flags) } else { flags.iter().map(|f| clean(f)).collect::<Vec<_>>() };
    let offered: BTreeSet<&str> = features.iter().map(String::as_str).collect();
    let rust = match wide {
        true => names::rust(table, choice.rust_names(table), &offered),
        false => names::RustName { name: choice.rust.clone(), features: String::new() },
    };
    let masked = if wide { names::masked(table, &choice.name, &rust.name, &offered) } else { Vec::new() };
    if !masked.is_empty() {
        reasons.push(format!(
            "{} may have and this host does not offer: {}; the name stays, compilers must leave them out",
            choice.name,
            masked.join(", ")
        ));
    }
    let host = Host {
        vendor: vendor.unwrap_or_else(|| format!("{:#x}", midr.implementer)),
        family,
        model: midr.part,
        stepping: midr.variant << 4 | revision,
        cpu: clean(if brand.is_empty() { hardware } else { brand }),
        microarchitecture: choice.name.clone(),
        masked,
        core_kinds: kinds(table, &seen),
        cores: count as u32,
        threads: count as u32,
        ..Host::default()
    };
    let general = if wide { "aarch64" } else { "arm" };
    let target = match wide {
        true => archspec::aarch64(&host.vendor, midr.part, &flags),
        false => {
            let own = choice.core.filter(|core| release(&core.arch).0 < 8);
            own.map_or(general.into(), |core| core.archspec.clone())
        }
    };
    let gcc = match wide {
        true => names::gcc(table, &choice.name, &offered),
        false => choice.name.clone(),
    };
    let names = Names {
        nixpkgs: match (wide, family, choice.core) {
            // The version of the architecture is a name there, as GCC's -march has it; where the host hides some of it, the
            // first version.
            (true, _, Some(core)) if core.arch.starts_with("armv") && gcc == choice.name => core.arch.clone(),
            (true, ..) => "armv8-a".into(),
            (false, ..6, _) => String::new(),
            (false, 6, _) => "armv6".into(),
            (false, ..) => "armv7-a".into(),
        },
        gcc,
        rust: rust.name,
        rust_features: rust.features,
        archspec: target,
        ..Names::default()
    };
    let host = Host { features, ..host };
    let system = System { microcode: "unknown".into(), governor: "unknown".into(), ..System::default() };
    Ok(Detected { host, system, names, arch: general.into(), reasons, ..Detected::default() })
}

/// What to switch off beside rustc's name for an AArch64 CPU of a profile; `None` where rustc does not know the name.
pub(crate) fn rust_features(name: &str, features: &[String]) -> Option<String> {
    let table = table().ok()?;
    let offered = features.iter().map(String::as_str).collect();
    crate::host::llvm::features("aarch64", name)?;
    Some(names::rust(table, std::iter::once(name), &offered).features)
}

/// CPUs that are offline are not in the file; the numbers of the others leave a gap, unless they are the last.
fn absent(blocks: &[Block], count: usize, reasons: &mut Vec<String>) {
    let numbers = blocks.iter().filter_map(|b| b.get("processor").and_then(|t| number(t)));
    let missing = numbers.max().map_or(0, |last| (last as usize + 1).saturating_sub(count));
    if missing > 0 {
        reasons.push(format!(
            "{missing} CPU(s) below the last number are not listed: a kind that is offline is unknown"
        ));
    }
}

/// The number before the letters: `8`, `5TEJ`, and `AArch64` of kernels before 3.19.
fn version(shown: &str) -> Option<u32> {
    if shown == "AArch64" {
        return Some(8);
    }
    shown.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// Whether the kernel runs 64-bit programs, by the words it has for features: to a 32-bit process it tells the old ones, and
/// a 32-bit kernel knows no others, whatever the core.
fn is_wide(flags: &BTreeSet<&str>, shown: Option<u32>) -> bool {
    let old = ["half", "thumb", "swp", "fastmult"].iter().any(|word| flags.contains(word));
    let new = ["fp", "asimd"].iter().any(|word| flags.contains(word));
    new || !old && shown.is_none_or(|version| version >= 8)
}

fn common_flags<'a>(cpus: &[&Block<'a>]) -> BTreeSet<&'a str> {
    let flags = |b: &&Block<'a>| b.get("Features").copied().unwrap_or_default().split_whitespace().collect();
    cpus.iter().map(flags).reduce(|a: BTreeSet<&str>, b| &a & &b).unwrap_or_default()
}

fn offered(table: &Table, flags: &BTreeSet<&str>) -> Vec<String> {
    let all = |needs: &[String]| needs.iter().all(|n| flags.contains(n.as_str()));
    table.extension.iter().filter(|(_, row)| all(&row.flags)).map(|(name, _)| name.clone()).collect()
}

fn kinds(table: &Table, seen: &Seen) -> Vec<CoreKind> {
    let mut counts: BTreeMap<bool, u32> = BTreeMap::new();
    for (midr, (_, cpus)) in seen {
        *counts.entry(table.find(midr).is_some_and(|c| c.little)).or_default() += cpus;
    }
    if counts.len() < 2 {
        return Vec::new();
    }
    let word = |little| if little { "efficiency" } else { "performance" };
    counts.into_iter().map(|(little, cpus)| CoreKind { kind: word(little).into(), cpus }).collect()
}
