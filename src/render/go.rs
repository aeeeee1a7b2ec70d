//! Go's variable for the level of a CPU: `GOAMD64`, `GOARM64`, `GORISCV64` and `GOPPC64`.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// `probes/go.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[cfg_attr(not(test), expect(dead_code, reason = "for people, and for the test that it is there"))]
    source: String,
    /// What may follow a level of AArch64, with what it needs.
    also: BTreeMap<String, String>,
    level: Vec<Level>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Level {
    system: String,
    variable: String,
    value: String,
    needs: String,
}

/// The variable with its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Go {
    pub variable: String,
    pub value: String,
}

static TABLE: LazyLock<Option<Table>> =
    LazyLock::new(|| toml::from_str(include_str!("../../probes/go.toml")).ok());

/// The highest level that a host offers. `has` are its features, with its psABI level or POWER generation and all lower ones.
pub(super) fn level(system: &str, has: &BTreeSet<&str>) -> Option<Go> {
    let table = TABLE.as_ref()?;
    let cpu = system.split('-').next()?;
    let all = |needs: &str| needs.split_whitespace().all(|n| has.contains(n));
    let level = table.level.iter().rfind(|l| l.system == cpu && all(&l.needs))?;
    let also = table.also.iter().filter(|(_, needs)| cpu == "aarch64" && all(needs)).map(|(name, _)| name);
    // Go's own order is lse before crypto.
    let mut parts: Vec<&str> = also.map(String::as_str).collect();
    parts.sort_unstable_by(|a, b| b.cmp(a));
    parts.insert(0, &level.value);
    Some(Go { variable: level.variable.clone(), value: parts.join(",") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(system: &str, has: &str) -> String {
        level(system, &has.split(' ').collect()).map_or_else(String::new, |go| go.value)
    }

    #[test]
    fn levels_hold_no_more_than_the_host() {
        assert!(!TABLE.as_ref().unwrap().source.is_empty());
        assert_eq!(of("x86_64-linux", "x86-64 x86-64-v2 x86-64-v3"), "v3");
        assert_eq!(of("x86_64-linux", "sse2"), "");
        assert_eq!(of("aarch64-linux", "crc fp simd"), "v8.0");
        assert_eq!(of("aarch64-linux", "aes crc dotprod fp fp16 lse rcpc rdma sha2 simd"), "v8.1,lse,crypto");
        assert_eq!(of("aarch64-linux", "lse"), "v8.0,lse");
        assert_eq!(of("riscv64-linux", "a c d f i m zicsr"), "rva20u64");
        assert_eq!(of("riscv64-linux", "a c d f i m v zba zbb zbs zfhmin zicsr"), "rva22u64");
        assert_eq!(of("riscv64-linux", "a i m"), "");
        assert_eq!(of("powerpc64le-linux", "power8 power9"), "power9");
        assert_eq!(of("i686-linux", "x86-64"), "");
    }
}
