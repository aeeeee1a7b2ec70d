//! Zig's `-Dcpu`: LLVM's names of processors with underscores, and `+feature` and `-feature` behind them.

use crate::catalogue::Words;
use crate::profile::Names;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// `probes/zig.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[cfg_attr(not(test), expect(dead_code, reason = "for people, and for the test that it is there"))]
    source: String,
    feature: BTreeMap<String, String>,
    aarch64: Arch,
    powerpc64le: Arch,
    riscv64: Arch,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arch {
    generic: String,
    #[serde(default)]
    names: Words,
    #[serde(default)]
    base: Words,
    #[serde(default)]
    features: Words,
}

static TABLE: LazyLock<Option<Table>> =
    LazyLock::new(|| toml::from_str(include_str!("../../probes/zig.toml")).ok());

/// The CPU of a system by rustc's name, with what must be switched off, and with what RISC-V's extensions add.
pub(super) fn cpu(names: &Names, system: &str, features: &BTreeSet<&str>) -> String {
    let underscored = names.rust.replace('-', "_");
    let Some(table) = TABLE.as_ref().filter(|_| !names.rust.is_empty()) else { return underscored };
    let arch = match system.split('-').next() {
        Some("aarch64") => &table.aarch64,
        Some("powerpc64le") => &table.powerpc64le,
        Some("riscv64") => &table.riscv64,
        _ => return underscored,
    };
    let mut text = match arch.names.contains(&underscored) {
        true => underscored,
        false => arch.generic.clone(),
    };
    let offered = |f: &&String| features.contains(f.as_str());
    text.extend(arch.base.iter().filter(|f| !offered(f)).map(|f| format!("-{f}")));
    text.extend(arch.features.iter().filter(offered).map(|f| format!("+{f}")));
    if text != arch.generic {
        let own =
            |feature: &str| table.feature.get(feature).cloned().unwrap_or_else(|| feature.replace('-', "_"));
        let off: BTreeSet<String> =
            names.rust_features.split(',').filter_map(|f| f.strip_prefix('-')).map(own).collect();
        text.extend(off.iter().map(|f| format!("-{f}")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(system: &str, rust: &str, rust_features: &str, features: &str) -> String {
        let names = Names { rust: rust.into(), rust_features: rust_features.into(), ..Names::default() };
        cpu(&names, system, &features.split(' ').collect())
    }

    #[test]
    fn names_are_those_that_zig_has() {
        assert!(!TABLE.as_ref().unwrap().source.is_empty());
        assert_eq!(of("x86_64-linux", "x86-64-v3", "", ""), "x86_64_v3");
        assert_eq!(of("aarch64-linux", "cortex-a72", "-aes,-sha2", "crc"), "cortex_a72-aes-sha2");
        assert_eq!(of("aarch64-linux", "neoverse-v1", "-fp16,-rcpc2", ""), "neoverse_v1-fullfp16-rcpc_immo");
        assert_eq!(of("aarch64-linux", "unheard-of", "-aes", ""), "generic");
        assert_eq!(of("powerpc64le-linux", "pwr9", "", "vsx"), "pwr9");
        assert_eq!(of("riscv64-linux", "sifive-bullet0", "", "a c d f i m"), "baseline_rv64");
        assert_eq!(of("riscv64-linux", "generic-rv64", "", "a d f m zba zbb s u"), "baseline_rv64-c+zba+zbb");
        assert_eq!(of("riscv64-linux", "", "", "zba"), "");
    }
}
