//! This module reads the caches of the CPU.

use super::registers::Cpu;
use crate::profile::Cache;

/// A cache larger than this, in KiB, is a misreading.
const MAX_KIB: u64 = 1 << 30;

/// Data and unified caches as the CPU's own core sees them: from leaf 4, AMD's leaf 0x8000001D, or the old leaves
/// 0x80000005 and 0x80000006.
pub fn caches(cpu: &Cpu) -> Vec<Cache> {
    let leaf = if cpu.leaf(0x8000_0001, 0).ecx & 1 << 22 != 0 { 0x8000_001d } else { 4 };
    let mut caches: Vec<Cache> = (0..16).map_while(|sub| described(cpu, leaf, sub)).flatten().collect();
    if caches.is_empty() {
        caches = legacy(cpu);
    }
    caches.sort_by_key(|c| (c.level, c.kib));
    caches.dedup();
    caches
}

/// One sub-leaf: `None` ends the list, `Some(None)` is an instruction cache.
fn described(cpu: &Cpu, leaf: u32, subleaf: u32) -> Option<Option<Cache>> {
    let r = cpu.leaf(leaf, subleaf);
    let kind = match r.eax & 0x1f {
        0 => return None,
        1 => "data",
        3 => "unified",
        _ => return Some(None),
    };
    let field = |value: u32, low: u32, width: u32| u64::from(value >> low & ((1 << width) - 1)) + 1;
    let ways = field(r.ebx, 22, 10) * field(r.ebx, 12, 10) * field(r.ebx, 0, 12);
    let kib = ways.saturating_mul(u64::from(r.ecx) + 1) / 1024;
    Some(cache(r.eax >> 5 & 7, kind, kib))
}

fn legacy(cpu: &Cpu) -> Vec<Cache> {
    let first = cpu.leaf(0x8000_0005, 0).ecx >> 24;
    let others = cpu.leaf(0x8000_0006, 0);
    [
        (1, "data", first),
        (2, "unified", others.ecx >> 16),
        (3, "unified", (others.edx >> 18).saturating_mul(512)),
    ]
    .into_iter()
    .filter_map(|(level, kind, kib)| cache(level, kind, kib.into()))
    .collect()
}

fn cache(level: u32, kind: &str, kib: u64) -> Option<Cache> {
    let sane = (1..=4).contains(&level) && (1..=MAX_KIB).contains(&kib);
    sane.then(|| Cache { level, kind: kind.into(), kib })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Registers;

    #[test]
    fn leaf_four_of_alder_lake() {
        let mut cpu = Cpu::default();
        for (sub, r) in [
            [0xfc00_4121, 0x02c0_003f, 0x3f, 0],
            [0xfc00_4122, 0x01c0_003f, 0x3f, 0],
            [0xfc01_c143, 0x0240_003f, 0x7ff, 0],
            [0xfc1f_c163, 0x02c0_003f, 0x9fff, 4],
        ]
        .into_iter()
        .enumerate()
        {
            cpu.insert(4, sub as u32, Registers::new(r));
        }
        let found: Vec<_> = caches(&cpu).into_iter().map(|c| (c.level, c.kib)).collect();
        assert_eq!(found, [(1, 48), (2, 1280), (3, 30720)]);
    }

    #[test]
    fn nonsense_is_left_out() {
        let mut cpu = Cpu::default();
        cpu.insert(4, 0, Registers::new([0x21, u32::MAX, u32::MAX, 0]));
        assert!(caches(&cpu).is_empty());
    }
}
