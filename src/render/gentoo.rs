//! Gentoo's USE flags for what a CPU offers: `CPU_FLAGS_X86`, `CPU_FLAGS_ARM` and `CPU_FLAGS_PPC`.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A file `probes/cpu_flags_….toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[cfg_attr(not(test), expect(dead_code, reason = "for people, and for the test that it is there"))]
    source: String,
    /// Flags that every CPU of the architecture has.
    #[serde(default)]
    always: Vec<String>,
    /// Flag, and the features of which one suffices.
    flag: BTreeMap<String, Vec<String>>,
}

/// The variable with its flags.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct CpuFlags {
    variable: &'static str,
    /// Sorted.
    flags: Vec<String>,
}

fn table(system: &str) -> Option<(&'static str, &'static str)> {
    Some(match system.split('-').next()? {
        "x86_64" | "i686" => ("CPU_FLAGS_X86", include_str!("../../probes/cpu_flags_x86.toml")),
        "aarch64" => ("CPU_FLAGS_ARM", include_str!("../../probes/cpu_flags_arm.toml")),
        "powerpc64le" => ("CPU_FLAGS_PPC", include_str!("../../probes/cpu_flags_ppc.toml")),
        _ => return None,
    })
}

/// The flags of a host that offers these features; `None` where Gentoo has no such variable for the system.
pub(super) fn cpu_flags(system: &str, features: &BTreeSet<&str>) -> Option<CpuFlags> {
    let (variable, text) = table(system)?;
    let table: Table = toml::from_str(text).ok()?;
    let offered = |needs: &[String]| needs.iter().any(|f| features.contains(f.as_str()));
    let own = table.flag.into_iter().filter(|(_, needs)| offered(needs)).map(|(name, _)| name);
    let mut flags: Vec<String> = table.always.into_iter().chain(own).collect();
    flags.sort_unstable();
    Some(CpuFlags { variable, flags })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_name_features_that_hosts_have() {
        let known: toml::Table = toml::from_str(include_str!("../../probes/features.toml")).unwrap();
        let arm: toml::Table = toml::from_str(include_str!("../../probes/arm.toml")).unwrap();
        let x86: Vec<&str> = known["names"].as_str().unwrap().split_whitespace().collect();
        for system in ["x86_64-linux", "aarch64-linux", "powerpc64le-linux"] {
            let table: Table = toml::from_str(table(system).unwrap().1).unwrap();
            assert!(!table.source.is_empty());
            for feature in table.flag.values().flatten() {
                let there = match system {
                    "x86_64-linux" => x86.contains(&feature.as_str()),
                    "aarch64-linux" => arm["extension"].as_table().unwrap().contains_key(feature),
                    _ => ["altivec", "vsx", "power8-vector", "power9-vector", "mma"]
                        .contains(&feature.as_str()),
                };
                assert!(there, "{system}: {feature}");
            }
        }
    }

    /// cpuid2cpuflags 17, tests/arm/aarch64-raspberry-4.txt and tests/ppc/power9.txt: its answers, sorted.
    #[test]
    fn the_answers_are_those_of_cpuid2cpuflags() {
        let of = |system: &str, features: &[&str]| {
            cpu_flags(system, &features.iter().copied().collect()).unwrap().flags.join(" ")
        };
        assert_eq!(
            of("aarch64-linux", &["crc", "fp", "simd"]),
            "asimd crc32 edsp neon neon-fp16 thumb thumb2 v4 v5 v6 v7 v8 vfp vfp-d32 vfpv3 vfpv4"
        );
        let power9 = ["altivec", "cmpb", "crypto", "htm", "power8-vector", "power9-vector", "vsx"];
        assert_eq!(of("powerpc64le-linux", &power9), "altivec vsx vsx2 vsx3");
        assert!(of("x86_64-linux", &["amx-tile", "amx-int8"]).contains("amx_int8 amx_tile"));
        assert!(cpu_flags("riscv64-linux", &BTreeSet::new()).is_none());
    }
}
