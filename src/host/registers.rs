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
            _ => self.leaves.get(&(leaf, subleaf)).copied().unwrap_or_default(),
        }
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
    fn an_extended_range_that_is_none_has_no_leaves() {
        let cpu = cpu(&[(0x8000_0000, 0, [0, 0, 0, 0]), (0x8000_0001, 0, [1, 1, 1, 1])]);
        assert_eq!(cpu.leaf(0x8000_0001, 0), Registers::default());
    }
}
