mod choose;
mod table;
#[cfg(test)]
mod tests;

use super::{Block, cpus, number};
use crate::host::text::clean;
use crate::host::{Detected, HostError};
use crate::profile::{CoreKind, Host, Names, System};
use choose::{choose, settle};
use std::collections::{BTreeMap, BTreeSet};
pub(crate) use table::lineage;
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
    let mut choice = choose(&table, &kinds_seen, &mut reasons);
    if count > told.len() {
        choice = settle(&table, hardware, count, choice, &mut reasons);
    }
    let flags = common_flags(&told);
    let (midr, (revision, _)) = seen.first_key_value().map(|(k, v)| (*k, *v)).unwrap_or_default();
    let family = told.first().and_then(|c| c.get("CPU architecture")).and_then(|t| number(t)).unwrap_or(8);
    // A 64-bit kernel tells a 32-bit process its own words, the first of which all such CPUs have.
    let wide = family >= 8 && !flags.contains("half");
    if !wide {
        reasons.push("32-bit Arm: its features are the kernel's own words".into());
    }
    let brand = told.first().and_then(|c| c.get("model name").copied()).unwrap_or_default();
    let vendor = table.implementer.get(&format!("{:#x}", midr.implementer)).cloned();
    let host = Host {
        vendor: vendor.unwrap_or_else(|| format!("{:#x}", midr.implementer)),
        family,
        model: midr.part,
        stepping: midr.variant << 4 | revision,
        cpu: clean(if brand.is_empty() { hardware } else { brand }),
        microarchitecture: choice.name.clone(),
        features: if wide { extensions(&table, &flags) } else { flags.iter().map(|f| clean(f)).collect() },
        core_kinds: kinds(&table, &seen),
        cores: count as u32,
        threads: count as u32,
        ..Host::default()
    };
    let general = if wide { "aarch64" } else { "arm" };
    let names = Names {
        gcc: choice.name,
        rust: choice.rust,
        archspec: choice.core.map_or(general.into(), |c| c.archspec.clone()),
        nixpkgs: match (family, choice.core) {
            (..7, _) => "armv6".into(),
            (7, _) => "armv7-a".into(),
            // The version of the architecture is a name there, as GCC's -march has it.
            (_, Some(core)) if wide && core.arch.starts_with("armv") => core.arch.clone(),
            _ => "armv8-a".into(),
        },
        ..Names::default()
    };
    let system = System { microcode: "unknown".into(), governor: "unknown".into(), ..System::default() };
    Ok(Detected { host, system, names, codename: String::new(), arch: general.into(), reasons })
}

/// CPUs that are offline are not in the file; the numbers of the others leave a gap, unless they are the last.
fn absent(blocks: &[Block], count: usize, reasons: &mut Vec<String>) {
    let numbers = blocks.iter().filter_map(|b| b.get("processor").and_then(|t| number(t)));
    let missing = numbers.max().map_or(0, |last| (last as usize + 1).saturating_sub(count));
    if missing > 0 {
        reasons.push(format!(
            "{missing} CPU(s) below the last number are not told: a kind that is offline is unknown"
        ));
    }
}

fn common_flags<'a>(cpus: &[&Block<'a>]) -> BTreeSet<&'a str> {
    let flags = |b: &&Block<'a>| b.get("Features").copied().unwrap_or_default().split_whitespace().collect();
    cpus.iter().map(flags).reduce(|a: BTreeSet<&str>, b| &a & &b).unwrap_or_default()
}

fn extensions(table: &Table, flags: &BTreeSet<&str>) -> Vec<String> {
    let all = |needs: &str| needs.split_whitespace().all(|n| flags.contains(n));
    table.extension.iter().filter(|(_, needs)| all(needs)).map(|(name, _)| name.clone()).collect()
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
