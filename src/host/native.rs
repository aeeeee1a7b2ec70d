//! Reads CPUID on this machine.

use super::core_kind::is_hybrid;
use super::registers::{Cpu, Registers};
use super::xcr0::{States, Xcr0};
use raw_cpuid::{CpuIdReader, CpuIdReaderNative};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use std::collections::BTreeSet;

/// Leaves with one sub-leaf that matters, beside 0 and 0x80000000.
const SINGLE: [u32; 18] = [
    0x1,
    0xb,
    0x14,
    0x19,
    0x1a,
    0x24,
    0x4000_0000,
    0x4000_0100,
    0x8000_0001,
    0x8000_0002,
    0x8000_0003,
    0x8000_0004,
    0x8000_0005,
    0x8000_0006,
    0x8000_0008,
    0x8000_001e,
    0x8000_0021,
    0x8000_0026,
];
/// Leaves with several: leaf 7's features, leaf 0xD's, and the place of the tile registers' state.
const SEVERAL: [(u32, &[u32]); 4] = [(0x7, &[0, 1]), (0xb, &[1]), (0xd, &[0, 1, 17, 18]), (0x1e, &[1])];
/// Leaves that list caches, until the list ends.
const CACHES: [u32; 2] = [0x4, 0x8000_001d];

/// The leaves of each logical CPU that this process may use where the cores differ, else of the one it runs on.
pub fn cpus() -> Vec<Cpu> {
    let here = read(CpuIdReaderNative);
    if !is_hybrid(&here) {
        return vec![here];
    }
    // The scheduler lends each CPU in turn; the thread's own set is put back at the end.
    let Ok(allowed) = sched_getaffinity(None) else { return vec![here] };
    let on = |cpu: usize| {
        let mut one = CpuSet::new();
        one.set(cpu);
        sched_setaffinity(None, &one).ok().map(|()| read(CpuIdReaderNative))
    };
    let cpus: Vec<Cpu> = (0..CpuSet::MAX_CPU).filter(|&cpu| allowed.is_set(cpu)).filter_map(on).collect();
    sched_setaffinity(None, &allowed).ok();
    if cpus.is_empty() { vec![here] } else { cpus }
}

fn read(reader: impl CpuIdReader) -> Cpu {
    let mut cpu = Cpu::default();
    let call = |cpu: &mut Cpu, leaf: u32, sub: u32| {
        let r = reader.cpuid2(leaf, sub);
        cpu.insert(leaf, sub, Registers::new([r.eax, r.ebx, r.ecx, r.edx]));
        r.eax
    };
    let (basic, extended) = (call(&mut cpu, 0, 0), call(&mut cpu, 0x8000_0000, 0));
    // Beyond its highest leaf a CPU repeats another one; under a hypervisor each call costs a trap.
    let there = |leaf: u32| match leaf {
        0x8000_0000.. => leaf <= extended,
        0x4000_0000.. => true,
        _ => leaf <= basic,
    };
    for leaf in SINGLE.into_iter().filter(|&leaf| there(leaf)) {
        call(&mut cpu, leaf, 0);
    }
    for (leaf, subleaves) in SEVERAL.into_iter().filter(|&(leaf, _)| there(leaf)) {
        for &sub in subleaves {
            call(&mut cpu, leaf, sub);
        }
    }
    for leaf in CACHES.into_iter().filter(|&leaf| there(leaf)) {
        let _last = (0..16).find(|&sub| call(&mut cpu, leaf, sub) & 0x1f == 0);
    }
    cpu
}

/// XCR0 as far as it can be known without reading it: AVX and AVX-512 by the standard library, which reads it; the tile
/// registers by the size of the save area and the kernel's word; the extended general registers by the kernel's word,
/// since their place lies within that of others.
pub fn xcr0(cpu: &Cpu, flags: &BTreeSet<&str>) -> u64 {
    let inferred = States::of(cpu, Xcr0::Inferred);
    let mut states = 0x3;
    if std::is_x86_feature_detected!("avx") {
        states |= 0x4;
    }
    if std::is_x86_feature_detected!("avx512f") {
        states |= 0xe4;
    }
    if inferred.allow("amx") && flags.contains("amx_tile") {
        states |= 0x6_0000;
    }
    if flags.contains("apx") || flags.contains("apx_f") {
        states |= 0x8_0000;
    }
    states
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_is_a_closure() {
        let reader = |leaf: u32, sub: u32| raw_cpuid::CpuIdResult {
            eax: if leaf == 0 { 0xd } else { leaf },
            ebx: sub,
            ecx: 0,
            edx: 0,
        };
        let cpu = read(reader);
        assert_eq!(cpu.leaf(7, 1), Registers::new([7, 1, 0, 0]));
        assert!(!cpu.has(0x14), "beyond the highest leaf");
    }

    #[test]
    fn this_machine_has_a_vendor() {
        assert!(cpus().iter().all(|cpu| cpu.has(1)));
    }
}
