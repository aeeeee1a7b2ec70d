//! The topology of a host is its packages, cores and threads.

use super::registers::Cpu;
use std::collections::BTreeSet;

/// A count beyond this is a misreading: no machine has more logical CPUs.
const MAX_THREADS: u32 = 8192;

/// Physical cores and logical CPUs of a dump. One CPU's leaves tell of the others where only one was dumped.
pub fn counts(cpus: &[Cpu]) -> (u32, u32) {
    let Some(first) = cpus.first() else { return (1, 1) };
    let threads = if cpus.len() > 1 { cpus.len() as u32 } else { package(first) }.min(MAX_THREADS);
    let seats: BTreeSet<_> = cpus.iter().filter_map(|cpu| cpu.seat).collect();
    if cpus.len() > 1 && cpus.iter().all(|cpu| cpu.seat.is_some()) {
        return (seats.len() as u32, threads);
    }
    (threads.div_ceil(per_core(first)).max(1), threads)
}

/// Logical CPUs of the package: the extended topology's widest level, AMD's count, or leaf 1's.
fn package(cpu: &Cpu) -> u32 {
    let levels = (0..8).map(|sub| cpu.leaf(0xb, sub)).take_while(|r| r.ecx >> 8 & 0xff != 0);
    let widest = levels.map(|r| r.ebx & 0xffff).max().unwrap_or(0);
    let amd = cpu.leaf(0x8000_0008, 0).ecx & 0xff;
    let (one, many) = (cpu.leaf(1, 0), cpu.leaf(1, 0).edx & 1 << 28 != 0);
    match (widest, amd) {
        (1.., _) => widest,
        (0, 1..) => amd + 1,
        _ if many => (one.ebx >> 16 & 0xff).max(1),
        _ => 1,
    }
}

/// Logical CPUs of a core: the extended topology's first level, AMD's leaf 0x8000001E, or leaf 1 against leaf 4.
fn per_core(cpu: &Cpu) -> u32 {
    let first = cpu.leaf(0xb, 0);
    if first.ecx >> 8 & 0xff == 1 && first.ebx & 0xffff != 0 {
        return first.ebx & 0xffff;
    }
    if cpu.leaf(0x8000_0001, 0).ecx & 1 << 22 != 0 {
        return (cpu.leaf(0x8000_001e, 0).ebx >> 8 & 0xff) + 1;
    }
    let cores = cpu.leaf(4, 0).eax >> 26;
    match cores {
        0 => 1,
        _ => (package(cpu) / (cores + 1)).max(1),
    }
}
