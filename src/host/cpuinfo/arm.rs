use super::{Block, cpus, number};
use crate::catalogue::TableError;
use crate::host::text::clean;
use crate::host::{Detected, HostError};
use crate::profile::{CoreKind, Host, Names, System};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// `probes/arm.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[allow(dead_code)]
    source: String,
    pairs: Vec<String>,
    core: Vec<Core>,
    implementer: BTreeMap<String, String>,
    extension: BTreeMap<String, String>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Core {
    implementer: u32,
    part: u32,
    name: String,
    arch: String,
    rust: String,
    archspec: String,
    #[serde(default)]
    little: bool,
}

/// One kind of core: who made it, its part, variant and revision, and how many logical CPUs are of it.
type Seen = BTreeMap<(u32, u32), (u32, u32)>;

fn table() -> Result<Table, TableError> {
    toml::from_str(include_str!("../../../probes/arm.toml"))
        .map_err(|e| TableError { place: "arm.toml".into(), what: e.to_string().trim().replace('\n', " ") })
}

/// Names an AArch64 host as GCC's `-mcpu` does, also where GCC itself gives up: with three and more kinds of core it
/// drops the option silently (driver-aarch64.cc).
pub fn detect(blocks: &[Block], place: &str) -> Result<Detected, HostError> {
    let table = table()?;
    let cpus = cpus(blocks, "CPU implementer");
    let mut seen = Seen::new();
    for cpu in &cpus {
        let value = |key: &str| cpu.get(key).and_then(|t| number(t)).unwrap_or(0);
        let stepping = (value("CPU variant") & 0xf) << 4 | value("CPU revision") & 0xf;
        let entry = seen.entry((value("CPU implementer"), value("CPU part"))).or_insert((stepping, 0));
        entry.1 += 1;
    }
    let mut reasons = vec![format!("{place}: /proc/cpuinfo of AArch64, {} logical CPU(s)", cpus.len())];
    let find = |&(implementer, part): &(u32, u32)| {
        table.core.iter().find(|c| c.implementer == implementer && c.part == part)
    };
    for (implementer, part) in seen.keys().filter(|key| find(key).is_none()) {
        reasons.push(format!(
            "implementer {implementer:#x} part {part:#x} is not in the table: its features are kept"
        ));
    }
    let cores: Vec<Option<&Core>> = seen.keys().map(find).collect();
    let (name, core) = choose(&table, &cores, &mut reasons);
    let flags = common_flags(&cpus);
    let of = |key: &(u32, u32)| table.implementer.get(&format!("{:#x}", key.0)).cloned();
    let (key, (stepping, _)) = seen.first_key_value().map(|(k, v)| (*k, *v)).unwrap_or_default();
    let family = cpus.first().and_then(|c| c.get("CPU architecture")).and_then(|t| number(t)).unwrap_or(8);
    let wide = family >= 8;
    if !wide {
        reasons.push("32-bit Arm: its features are the kernel's own words".into());
    }
    let brand = cpus.first().and_then(|c| c.get("model name").copied()).unwrap_or_default();
    let hardware =
        blocks.iter().find_map(|b| b.get("Hardware").or(b.get("Model")).copied()).unwrap_or_default();
    let host = Host {
        vendor: of(&key).unwrap_or_else(|| format!("{:#x}", key.0)),
        family,
        model: key.1,
        stepping,
        cpu: clean(if brand.is_empty() { hardware } else { brand }),
        microarchitecture: name.clone(),
        features: if wide { extensions(&table, &flags) } else { flags.iter().map(|f| clean(f)).collect() },
        core_kinds: kinds(&seen, &find),
        cores: cpus.len() as u32,
        threads: cpus.len() as u32,
        ..Host::default()
    };
    let names = Names {
        gcc: name,
        rust: core.map_or("generic".into(), |c| c.rust.clone()),
        archspec: core.map_or(if wide { "aarch64" } else { "arm" }.into(), |c| c.archspec.clone()),
        nixpkgs: match family {
            ..7 => "armv6",
            7 => "armv7-a",
            _ => "armv8-a",
        }
        .into(),
        ..Names::default()
    };
    let system = System { microcode: "unknown".into(), governor: "unknown".into(), ..System::default() };
    let arch = if wide { "aarch64" } else { "arm" }.to_string();
    Ok(Detected { host, system, names, codename: String::new(), arch, reasons })
}

/// One kind of core is its own name; two may have a name together; of more, and of others, the least decides: what runs
/// on it runs on all.
fn choose<'a>(
    table: &Table,
    cores: &[Option<&'a Core>],
    reasons: &mut Vec<String>,
) -> (String, Option<&'a Core>) {
    let Some(known) = cores.iter().copied().collect::<Option<Vec<&Core>>>().filter(|k| !k.is_empty()) else {
        reasons
            .push("an unknown kind of core is among them: generic, with the features that all have".into());
        return ("generic".into(), None);
    };
    let mut kinds: Vec<&Core> = Vec::new();
    known.into_iter().for_each(|c| match kinds.iter().any(|k| k.name == c.name) {
        true => {}
        false => kinds.push(c),
    });
    kinds.sort_by_key(|c| (release(&c.arch), !c.little));
    let all: Vec<&str> = kinds.iter().map(|c| c.name.as_str()).collect();
    match kinds[..] {
        [only] => {
            reasons
                .push(format!("implementer {:#x} part {:#x} is {}", only.implementer, only.part, only.name));
            (only.name.clone(), Some(only))
        }
        [a, b] => {
            let pair = [format!("{}.{}", a.name, b.name), format!("{}.{}", b.name, a.name)];
            if let Some(pair) = table.pairs.iter().find(|p| pair.contains(p)) {
                reasons.push(format!("two kinds of core with one name in GCC: {pair}"));
                return (pair.clone(), Some(a));
            }
            reasons.push(format!(
                "{} have no name together; the least of them is {}",
                all.join(" and "),
                a.name
            ));
            (a.name.clone(), Some(a))
        }
        _ => {
            let least = kinds[0];
            reasons.push(format!(
                "{} kinds of core ({}): GCC's own detection drops the option; the least of them is {}",
                kinds.len(),
                all.join(", "),
                least.name
            ));
            (least.name.clone(), Some(least))
        }
    }
}

/// `armv8.2-a` as (8, 2).
fn release(arch: &str) -> (u32, u32) {
    let digits = arch.trim_start_matches("armv").trim_end_matches("-a");
    let (major, minor) = digits.split_once('.').unwrap_or((digits, "0"));
    (major.parse().unwrap_or(0), minor.parse().unwrap_or(0))
}

fn common_flags<'a>(cpus: &[&Block<'a>]) -> BTreeSet<&'a str> {
    let flags = |b: &&Block<'a>| b.get("Features").copied().unwrap_or_default().split_whitespace().collect();
    cpus.iter().map(flags).reduce(|a: BTreeSet<&str>, b| &a & &b).unwrap_or_default()
}

fn extensions(table: &Table, flags: &BTreeSet<&str>) -> Vec<String> {
    let all = |needs: &str| needs.split_whitespace().all(|n| flags.contains(n));
    table.extension.iter().filter(|(_, needs)| all(needs)).map(|(name, _)| name.clone()).collect()
}

fn kinds<'a>(seen: &Seen, find: &impl Fn(&(u32, u32)) -> Option<&'a Core>) -> Vec<CoreKind> {
    let mut counts: BTreeMap<bool, u32> = BTreeMap::new();
    for (key, (_, cpus)) in seen {
        *counts.entry(find(key).is_some_and(|c| c.little)).or_default() += cpus;
    }
    if counts.len() < 2 {
        return Vec::new();
    }
    let word = |little| if little { "efficiency" } else { "performance" };
    counts.into_iter().map(|(little, cpus)| CoreKind { kind: word(little).into(), cpus }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(parts: &[(u32, u32)]) -> Detected {
        let block = |(implementer, part): &(u32, u32)| {
            format!(
                "processor : 0\nFeatures : fp asimd aes pmull crc32 atomics\nCPU implementer : {implementer:#x}\n\
                 CPU architecture: 8\nCPU variant : 0x3\nCPU part : {part:#x}\nCPU revision : 1\n\n"
            )
        };
        super::super::detect(parts.iter().map(block).collect::<String>().as_bytes(), "f").unwrap()
    }

    #[test]
    fn one_kind_two_and_three() {
        let graviton = host(&[(0x41, 0xd0c), (0x41, 0xd0c)]);
        assert_eq!(graviton.host.microarchitecture, "neoverse-n1");
        assert_eq!((graviton.host.vendor.as_str(), graviton.host.stepping), ("ARM", 0x31));
        assert_eq!(graviton.host.features, ["aes", "crc", "fp", "lse", "simd"]);
        assert!(graviton.host.core_kinds.is_empty());
        assert_eq!(host(&[(0x41, 0xd03), (0x41, 0xd08)]).host.microarchitecture, "cortex-a72.cortex-a53");
        assert_eq!(host(&[(0x41, 0xd05), (0x41, 0xd41)]).host.microarchitecture, "cortex-a55");
        let tensor = host(&[(0x41, 0xd05), (0x41, 0xd0b), (0x41, 0xd44)]);
        assert_eq!((tensor.host.microarchitecture.as_str(), tensor.host.core_kinds.len()), ("cortex-a55", 2));
    }

    #[test]
    fn unknown_parts_keep_their_features() {
        let unknown = host(&[(0x41, 0xfff)]);
        assert_eq!(unknown.host.microarchitecture, "generic");
        assert_eq!(unknown.host.features.len(), 5);
        assert_eq!(host(&[(0x99, 0)]).host.vendor, "0x99");
    }

    #[test]
    fn thirty_two_bits_keep_the_kernels_words() {
        let text = "processor : 0\nFeatures : half thumb neon vfpv4 idiva\nCPU implementer : 0x41\nCPU architecture: 7\n\
                    CPU part : 0xc07\n\nHardware : BCM2709\n";
        let old = super::super::detect(text.as_bytes(), "f").unwrap();
        assert_eq!((old.arch.as_str(), old.host.microarchitecture.as_str()), ("arm", "cortex-a7"));
        assert_eq!(old.host.features, ["half", "idiva", "neon", "thumb", "vfpv4"]);
        assert_eq!((old.names.nixpkgs.as_str(), old.names.archspec.as_str()), ("armv7-a", "arm"));
    }

    #[test]
    fn the_table_is_whole() {
        let table = table().unwrap();
        let names: Vec<&str> = table.core.iter().map(|c| c.name.as_str()).collect();
        assert!(table.pairs.iter().flat_map(|p| p.split('.')).all(|n| names.contains(&n)));
        assert!(table.core.iter().all(|c| (6..=9).contains(&release(&c.arch).0)));
        for (i, core) in table.core.iter().enumerate() {
            let again = |c: &Core| (c.implementer, c.part) == (core.implementer, core.part);
            assert!(!table.core[i + 1..].iter().any(again), "{core:?} twice");
        }
    }
}
