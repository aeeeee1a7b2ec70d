//! Registers are what CPUID answers for a leaf and a sub-leaf.

use std::collections::BTreeMap;

/// The four registers that one CPUID call fills.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Registers {
    /// EAX.
    pub eax: u32,
    /// EBX.
    pub ebx: u32,
    /// ECX.
    pub ecx: u32,
    /// EDX.
    pub edx: u32,
}

impl Registers {
    /// From EAX, EBX, ECX and EDX.
    pub fn new([eax, ebx, ecx, edx]: [u32; 4]) -> Self {
        Self { eax, ebx, ecx, edx }
    }

    /// The bytes of registers in order, as text in CPUID is laid out.
    pub fn text(registers: &[u32]) -> String {
        registers.iter().flat_map(|r| r.to_le_bytes()).map(char::from).collect()
    }
}

/// What a dump's text says of a core beside its registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Intel Core, or AMD's full core.
    Performance,
    /// Intel Atom, or AMD's dense core.
    Efficiency,
    /// Intel Atom on the low-power island.
    LowPowerEfficiency,
}

/// One logical CPU: its CPUID leaves, live or from a dump. A leaf that is not there is zeros.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cpu {
    leaves: BTreeMap<(u32, u32), Registers>,
    /// Kind of core by the dump's own note.
    pub noted: Option<Kind>,
    /// Package and core by the dump's own note.
    pub seat: Option<(u32, u32)>,
}

impl Cpu {
    /// Records what leaf and sub-leaf returned. The first record stands.
    pub fn insert(&mut self, leaf: u32, subleaf: u32, registers: Registers) {
        self.leaves.entry((leaf, subleaf)).or_insert(registers);
    }

    /// Whether nothing was recorded.
    pub fn is_empty(&self) -> bool {
        self.leaves.is_empty()
    }

    /// Whether the leaf itself was recorded, in any sub-leaf.
    pub fn has(&self, leaf: u32) -> bool {
        self.leaves.range((leaf, 0)..=(leaf, u32::MAX)).next().is_some()
    }

    /// Whether the sub-leaf was recorded.
    pub fn has_sub(&self, leaf: u32, subleaf: u32) -> bool {
        self.leaves.contains_key(&(leaf, subleaf))
    }

    /// The leaves recorded, in order.
    pub fn numbers(&self) -> Vec<u32> {
        let mut numbers: Vec<u32> = self.leaves.keys().map(|&(leaf, _)| leaf).collect();
        numbers.dedup();
        numbers
    }

    /// How many sub-leaves of the leaf were recorded.
    pub fn count(&self, leaf: u32) -> u32 {
        self.leaves.range((leaf, 0)..=(leaf, u32::MAX)).count() as u32
    }

    /// The registers of leaf and sub-leaf. Beyond the highest leaf that the CPU itself names a real CPU repeats
    /// another one, so those are zeros.
    pub fn leaf(&self, leaf: u32, subleaf: u32) -> Registers {
        // Hypervisors' ranges are 0x100 wide: one may show another's interface and then its own.
        let range = if leaf >> 16 == 0x4000 { 0xffff_ff00 } else { 0xffff_0000 };
        let first = leaf & range;
        let highest = self.leaves.get(&(first, 0)).map(|r| r.eax);
        match highest {
            // Old CPUs answer leaf 0x80000000 with anything; only a number of that range is a limit.
            Some(highest) if leaf > highest && (highest & range) == first => Registers::default(),
            Some(highest) if leaf > first && (highest & range) != first => Registers::default(),
            _ => {
                let mut registers = self.leaves.get(&(leaf, subleaf)).copied().unwrap_or_default();
                if matches!(leaf, 1 | 0x8000_0001) && self.is_before_ecx() {
                    registers.ecx = 0;
                }
                registers
            }
        }
    }

    /// Whether the CPU is older than the feature bits in ECX of leaves 1 and 0x80000001: SSE3 was the first of them, after
    /// SSE2, and the others came with SSE3 or the 64-bit mode. Those CPUs may leave in ECX what was there before, as
    /// WinChip 2 and Samuel do; gcc's cpuid.h zeroes it before it asks. A hypervisor that signs has filled it.
    fn is_before_ecx(&self) -> bool {
        let edx = |leaf| self.leaves.get(&(leaf, 0)).map(|r: &Registers| r.edx);
        let signed = self.leaves.get(&(0x4000_0000, 0)).is_some_and(|r| r.ebx != 0);
        // No CPU has nothing there: such a leaf was left blank and tells nothing.
        edx(1).is_some_and(|one| one != 0 && one & 1 << 26 == 0)
            && edx(0x8000_0001).is_none_or(|extended| extended & 1 << 29 == 0)
            && !signed
    }

    /// Sub-leaf of leaf 7, zeros beyond the highest that sub-leaf 0 names.
    pub fn leaf7(&self, subleaf: u32) -> Registers {
        match subleaf > self.leaf(7, 0).eax {
            true => Registers::default(),
            false => self.leaf(7, subleaf),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cpu(leaves: &[(u32, u32, [u32; 4])]) -> Cpu {
        let mut cpu = Cpu::default();
        leaves.iter().for_each(|&(leaf, sub, r)| cpu.insert(leaf, sub, Registers::new(r)));
        cpu
    }

    #[test]
    fn leaves_beyond_the_highest_are_zeros() {
        let cpu = cpu(&[(0, 0, [1, 0, 0, 0]), (1, 0, [5, 0, 0, 0]), (7, 0, [1, 2, 3, 4])]);
        assert_eq!(cpu.leaf(1, 0).eax, 5);
        assert_eq!(cpu.leaf(7, 0), Registers::default());
    }

    #[test]
    fn without_leaf_zero_what_is_there_counts() {
        let cpu = cpu(&[(7, 0, [0, 2, 3, 4]), (7, 1, [9, 9, 9, 9])]);
        assert_eq!(cpu.leaf(7, 0).ebx, 2);
        assert_eq!(cpu.leaf7(1), Registers::default(), "leaf 7 says that it has no sub-leaf 1");
    }

    #[test]
    fn what_an_old_cpu_leaves_in_ecx_is_no_feature() {
        let samuel = [
            (1, 0, [0x660, 0xc170_4000, 0xc170_5f8c, 0x0080_31b5]),
            (0x8000_0000, 0, [0x8000_0005, 0xc170_4000, 0xc170_5f8c, 0x10]),
            (0x8000_0001, 0, [0x660, 0xc170_4000, 0xc170_5f8c, 0x8080_31b5]),
        ];
        let old = cpu(&samuel);
        assert_eq!((old.leaf(1, 0).ecx, old.leaf(0x8000_0001, 0).ecx), (0, 0));
        assert_eq!((old.leaf(1, 0).edx, old.leaf(0x8000_0001, 0).edx), (0x0080_31b5, 0x8080_31b5));
        // A Pentium III of QEMU, with the bit for a hypervisor.
        let guest =
            cpu(&[(1, 0, [0x673, 0, 1 << 31, 0x0383_fbff]), (0x4000_0000, 0, [1, 0x4b4d_564b, 0, 0])]);
        assert_eq!(guest.leaf(1, 0).ecx, 1 << 31);
        // Knights Corner has the 64-bit mode and no SSE.
        let phi = cpu(&[(1, 0, [0xb11, 0, 0x2000, 0x1001_93ff]), (0x8000_0001, 0, [0, 0, 1, 1 << 29])]);
        assert_eq!((phi.leaf(1, 0).ecx, phi.leaf(0x8000_0001, 0).ecx), (0x2000, 1));
    }

    #[test]
    fn an_extended_range_that_is_none_has_no_leaves() {
        let cpu = cpu(&[(0x8000_0000, 0, [0, 0, 0, 0]), (0x8000_0001, 0, [1, 1, 1, 1])]);
        assert_eq!(cpu.leaf(0x8000_0001, 0), Registers::default());
    }
}
