//! This module finds the kinds of core of a CPU.

use super::registers::{Cpu, Kind};
use crate::profile::CoreKind;
use std::collections::BTreeMap;

/// The kinds of core, performance first; empty where all are alike.
pub fn core_kinds(cpus: &[Cpu]) -> Vec<CoreKind> {
    let third_level = cpus.iter().any(has_third_level);
    let mut counts: BTreeMap<Kind, u32> = BTreeMap::new();
    for kind in cpus.iter().filter_map(|cpu| kind(cpu, third_level)) {
        *counts.entry(kind).or_default() += 1;
    }
    if counts.len() < 2 {
        return Vec::new();
    }
    let word = |kind| match kind {
        Kind::Performance => "performance",
        Kind::Efficiency => "efficiency",
        Kind::LowPowerEfficiency => "low-power-efficiency",
    };
    counts.into_iter().map(|(kind, cpus)| CoreKind { kind: word(kind).into(), cpus }).collect()
}

/// Whether the CPU says that its cores differ: Intel in leaf 7 EDX[15], AMD in leaf 0x80000026 EAX[30].
pub fn is_hybrid(cpu: &Cpu) -> bool {
    cpu.leaf7(0).edx & 1 << 15 != 0 || cpu.leaf(0x8000_0026, 0).eax & 1 << 30 != 0
}

/// The kind by the dump's own note, by Intel's leaf 0x1A EAX[31:24] or AMD's leaf 0x80000026 EBX[31:28]. An Atom core that
/// has no third-level cache where others have sits on the low-power island, whether the note says so or not.
fn kind(cpu: &Cpu, third_level: bool) -> Option<Kind> {
    let amd = cpu.leaf(0x8000_0026, 0);
    let by_leaf = match cpu.leaf(0x1a, 0).eax >> 24 {
        0x40 => Some(Kind::Performance),
        0x20 => Some(Kind::Efficiency),
        _ if amd.eax & 1 << 30 == 0 => None,
        // Linux's enum amd_cpu_type; the third kind comes with Zen 6.
        _ => match amd.ebx >> 28 {
            0 => Some(Kind::Performance),
            1 => Some(Kind::Efficiency),
            2 => Some(Kind::LowPowerEfficiency),
            _ => None,
        },
    };
    match cpu.noted.or(by_leaf) {
        Some(Kind::Efficiency) if third_level && !has_third_level(cpu) => Some(Kind::LowPowerEfficiency),
        kind => kind,
    }
}

fn has_third_level(cpu: &Cpu) -> bool {
    (0..16).any(|sub| cpu.leaf(4, sub).eax >> 5 & 7 == 3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Registers;

    fn intel(kind: u32, third_level: bool) -> Cpu {
        let mut cpu = Cpu::default();
        cpu.insert(0x1a, 0, Registers::new([kind << 24, 0, 0, 0]));
        cpu.insert(4, 0, Registers::new([if third_level { 0x63 } else { 0x43 }, 0, 0, 0]));
        cpu
    }

    #[test]
    fn three_kinds_of_intel_cores() {
        let cpus = [intel(0x40, true), intel(0x20, true), intel(0x20, true), intel(0x20, false)];
        let kinds: Vec<_> = core_kinds(&cpus).into_iter().map(|k| (k.kind, k.cpus)).collect();
        let expected = [("performance", 1), ("efficiency", 2), ("low-power-efficiency", 1)];
        assert_eq!(kinds, expected.map(|(k, n)| (k.to_string(), n)));
    }

    #[test]
    fn three_kinds_of_amd_cores() {
        let amd = |kind: u32| {
            let mut cpu = Cpu::default();
            cpu.insert(0x8000_0000, 0, Registers::new([0x8000_0026, 0, 0, 0]));
            cpu.insert(0x8000_0026, 0, Registers::new([1 << 30, kind << 28, 0, 0]));
            cpu
        };
        let kinds: Vec<_> = core_kinds(&[amd(2), amd(0), amd(1), amd(1), amd(9)])
            .into_iter()
            .map(|k| (k.kind, k.cpus))
            .collect();
        let expected = [("performance", 1), ("efficiency", 2), ("low-power-efficiency", 1)];
        assert_eq!(kinds, expected.map(|(k, n)| (k.to_string(), n)));
    }

    #[test]
    fn alike_is_none() {
        assert!(core_kinds(&[intel(0x20, false), intel(0x20, false)]).is_empty());
        assert!(core_kinds(&[Cpu::default()]).is_empty());
    }
}
