//! This module recognises hypervisors by their signatures.

use super::registers::{Cpu, Registers};
use super::text::clean;
use crate::catalogue::{TableError, built_in};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hypervisors {
    #[allow(dead_code)]
    source: String,
    names: BTreeMap<String, String>,
}

/// Where hypervisors sign. The second place is theirs when the first carries Hyper-V's interface for its guests.
const PLACES: [u32; 2] = [0x4000_0100, 0x4000_0000];

/// The hypervisor's signature and its name: the raw signature where the table has none, both empty on bare metal,
/// `unknown` where one says it is there and does not sign.
pub fn hypervisor(cpu: &Cpu) -> Result<(String, String), TableError> {
    if cpu.leaf(1, 0).ecx & 1 << 31 == 0 {
        return Ok(Default::default());
    }
    let text = include_str!(concat!(env!("OUT_DIR"), "/hypervisors.json"));
    let table: Hypervisors = built_in(text, "hypervisors.toml")?;
    let signatures = PLACES.map(|leaf| {
        let r = cpu.leaf(leaf, 0);
        clean(&Registers::text(&[r.ebx, r.ecx, r.edx]))
    });
    let known = signatures.iter().find_map(|s| table.names.get(s).map(|name| (s.clone(), name.clone())));
    let raw = || signatures.last().filter(|s| !s.is_empty()).map(|s| (s.clone(), s.clone()));
    Ok(known.or_else(raw).unwrap_or_else(|| (String::new(), "unknown".into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(places: &[(u32, &[u8; 12])]) -> String {
        let mut cpu = Cpu::default();
        cpu.insert(1, 0, Registers::new([0, 0, 1 << 31, 0]));
        for (leaf, text) in places {
            let word = |n: usize| u32::from_le_bytes([text[n], text[n + 1], text[n + 2], text[n + 3]]);
            cpu.insert(*leaf, 0, Registers::new([0, word(0), word(4), word(8)]));
        }
        hypervisor(&cpu).unwrap().1
    }

    #[test]
    fn signatures_become_names() {
        assert_eq!(signed(&[(0x4000_0000, b"KVMKVMKVM\0\0\0")]), "KVM");
        assert_eq!(signed(&[(0x4000_0000, b"Microsoft Hv")]), "Microsoft Hv");
        assert_eq!(signed(&[(0x4000_0000, b"Microsoft Hv"), (0x4000_0100, b"KVMKVMKVM\0\0\0")]), "KVM");
        assert_eq!(signed(&[(0x4000_0000, b" lrpepyh  vr")]), "Parallels");
        assert_eq!(signed(&[(0x4000_0000, b"___ NVMM ___")]), "NVMM");
        assert_eq!(signed(&[(0x4000_0000, b"My\x1b[31mOwn\0\0")]), "MyOwn");
        assert_eq!(signed(&[]), "unknown");
        assert_eq!(hypervisor(&Cpu::default()).unwrap().1, "");
    }
}
