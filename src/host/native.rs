//! This module reads CPUID on this machine.

use super::core_kind::is_hybrid;
use super::registers::{Cpu, Registers};
use super::xcr0::{States, Xcr0};
use raw_cpuid::{CpuIdReader, CpuIdReaderNative};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use std::collections::BTreeSet;

/// Whether a leaf is worth asking for, by what was asked before.
type Needed = fn(&Cpu) -> bool;

/// Leaves and sub-leaves in the order in which they are asked: under a hypervisor each call is a trap that costs
/// microseconds, so what another leaf rules out is not asked.
const LEAVES: [(u32, u32, Needed); 21] = [
    (0x1, 0, always),
    (0x7, 0, always),
    (0x7, 1, |cpu| cpu.leaf(7, 0).eax >= 1),
    (0xd, 0, has_xsave),
    (0xd, 1, has_xsave),
    (0xd, 17, has_tiles),
    (0xd, 18, has_tiles),
    (0x14, 0, |cpu| cpu.leaf(7, 0).ebx & 1 << 25 != 0),
    (0x19, 0, |cpu| cpu.leaf(7, 0).ecx & 1 << 23 != 0),
    (0x1e, 1, has_tiles),
    (0x24, 0, |cpu| cpu.leaf7(1).edx & 1 << 19 != 0),
    (0x4000_0000, 0, is_guest),
    (0x4000_0100, 0, shows_hyper_v),
    (0x8000_0001, 0, always),
    (0x8000_0002, 0, always),
    (0x8000_0003, 0, always),
    (0x8000_0004, 0, always),
    (0x8000_0008, 0, always),
    (0x8000_0021, 0, always),
    (0x8000_0026, 0, always),
    (0x1a, 0, is_hybrid),
];
/// Leaves that tell of the other CPUs of the package; the kernel's own word is better.
const TOPOLOGY: [(u32, u32); 3] = [(0xb, 0), (0xb, 1), (0x8000_001e, 0)];
/// Caches of CPUs that have no list of them.
const OLD_CACHES: [u32; 2] = [0x8000_0005, 0x8000_0006];

fn always(_: &Cpu) -> bool {
    true
}

fn has_xsave(cpu: &Cpu) -> bool {
    cpu.leaf(1, 0).ecx & 1 << 26 != 0
}

fn has_tiles(cpu: &Cpu) -> bool {
    cpu.leaf(7, 0).edx & 1 << 24 != 0
}

fn is_guest(cpu: &Cpu) -> bool {
    cpu.leaf(1, 0).ecx & 1 << 31 != 0
}

/// Whether the hypervisor shows Hyper-V's interface for its guests' sake: then its own lies further on.
fn shows_hyper_v(cpu: &Cpu) -> bool {
    is_guest(cpu) && cpu.leaf(0x4000_0000, 0).ebx == u32::from_le_bytes(*b"Micr")
}

/// The leaf that lists caches: AMD's, or Intel's.
fn cache_list(cpu: &Cpu) -> u32 {
    if cpu.leaf(0x8000_0001, 0).ecx & 1 << 22 != 0 { 0x8000_001d } else { 4 }
}

/// The leaves of each logical CPU that this process may use where the cores differ, else of the one it runs on; those of
/// [`TOPOLOGY`] where they are wanted.
pub fn cpus(topology: bool) -> Vec<Cpu> {
    let here = read(CpuIdReaderNative, topology);
    if !is_hybrid(&here) {
        return vec![here];
    }
    // The scheduler lends each CPU in turn; the thread's own set is put back at the end.
    let Ok(allowed) = sched_getaffinity(None) else { return vec![here] };
    let on = |cpu: usize| {
        let mut one = CpuSet::new();
        one.set(cpu);
        sched_setaffinity(None, &one).ok().map(|()| read(CpuIdReaderNative, topology))
    };
    let cpus: Vec<Cpu> = (0..CpuSet::MAX_CPU).filter(|&cpu| allowed.is_set(cpu)).filter_map(on).collect();
    sched_setaffinity(None, &allowed).ok();
    if cpus.is_empty() { vec![here] } else { cpus }
}

fn read(reader: impl CpuIdReader, topology: bool) -> Cpu {
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
    for (leaf, sub, needed) in LEAVES {
        if there(leaf) && needed(&cpu) {
            call(&mut cpu, leaf, sub);
        }
    }
    let list = cache_list(&cpu);
    if there(list) {
        let _last = (0..16).find(|&sub| call(&mut cpu, list, sub) & 0x1f == 0);
    }
    let mut rest: Vec<(u32, u32)> = if topology { TOPOLOGY.into() } else { Vec::new() };
    if cpu.leaf(list, 0).eax & 0x1f == 0 {
        rest.extend(OLD_CACHES.map(|leaf| (leaf, 0)));
    }
    for (leaf, sub) in rest.into_iter().filter(|&(leaf, _)| there(leaf)) {
        call(&mut cpu, leaf, sub);
    }
    cpu
}

/// XCR0 as far as it can be known without reading it: AVX and AVX-512 by the kernel's word, which has the flags only where it
/// enables the states, or by the standard library, which reads XCR0 and asks a dozen leaves for it; the tile registers by the
/// size of the save area and the kernel's word; the extended general registers by the kernel's word, since their place lies
/// within that of others.
pub fn xcr0(cpu: &Cpu, flags: &BTreeSet<&str>) -> u64 {
    let inferred = States::of(cpu, Xcr0::Inferred);
    let mut states = 0x3;
    let (avx, avx512) = (cpu.leaf(1, 0).ecx & 1 << 28 != 0, cpu.leaf7(0).ebx & 1 << 16 != 0);
    if avx && (flags.contains("avx") || std::is_x86_feature_detected!("avx")) {
        states |= 0x4;
    }
    if avx512 && (flags.contains("avx512f") || std::is_x86_feature_detected!("avx512f")) {
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
        let cpu = read(reader, true);
        assert_eq!(cpu.leaf(7, 1), Registers::new([7, 1, 0, 0]));
        assert!(!cpu.has(0x14), "beyond the highest leaf");
        assert!(!cpu.has(0x4000_0000), "no hypervisor is said to be there");
    }

    #[test]
    fn what_another_leaf_rules_out_is_not_asked() {
        let calls = std::cell::RefCell::new(Vec::new());
        let reader = |leaf: u32, sub: u32| {
            calls.borrow_mut().push((leaf, sub));
            let eax = match leaf {
                0 => 0x24,
                0x8000_0000 => 0x8000_0008,
                _ => 0,
            };
            raw_cpuid::CpuIdResult { eax, ebx: 0, ecx: 0, edx: 0 }
        };
        read(reader, true);
        let calls = calls.into_inner();
        let mut once = calls.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), calls.len(), "a leaf is asked twice: {calls:x?}");
        for needless in [0x14, 0x19, 0x1a, 0x1e, 0x24, 0x4000_0000, 0x4000_0100, 0x8000_001e] {
            assert!(!calls.iter().any(|c| c.0 == needless), "{needless:x}");
        }
    }

    #[test]
    fn nothing_is_looked_at_that_was_not_asked() {
        // The answers of the whole engine are the same with every leaf there is.
        let here = read(CpuIdReaderNative, true);
        let mut all = here.clone();
        for leaf in (0..=0x24).chain(0x8000_0000..=0x8000_0026) {
            for sub in 0..if matches!(leaf, 4 | 7 | 0xb | 0xd | 0x1e | 0x8000_001d) { 20 } else { 1 } {
                let r = CpuIdReaderNative.cpuid2(leaf, sub);
                all.insert(leaf, sub, Registers::new([r.eax, r.ebx, r.ecx, r.edx]));
            }
        }
        let told = |cpu: Cpu| {
            let detected = super::super::x86::detect(&[cpu], Xcr0::Supported, "t").unwrap();
            (detected.host, detected.names)
        };
        assert_eq!(told(here), told(all));
    }

    #[test]
    fn the_kernels_word_and_the_registers_agree() {
        let cpu = read(CpuIdReaderNative, false);
        let text = std::fs::read_to_string("/proc/cpuinfo").unwrap();
        let line = text.lines().find(|l| l.starts_with("flags")).unwrap();
        let flags: BTreeSet<&str> = line.split_whitespace().collect();
        let vector: BTreeSet<&str> = flags.iter().copied().filter(|f| !f.starts_with("avx")).collect();
        assert_eq!(xcr0(&cpu, &flags), xcr0(&cpu, &vector));
        // What the CPU does not have is not believed.
        assert_eq!(xcr0(&Cpu::default(), &BTreeSet::from(["avx", "avx512f"])), 0x3);
    }

    #[test]
    fn this_machine_has_a_vendor() {
        assert!(cpus(true).iter().all(|cpu| cpu.has(1)));
    }
}
