//! This module finds the features that a CPU has and the system enables.

use super::bits::Bits;
use super::xcr0::{States, Xcr0};
use super::{Cpu, Registers};
use std::collections::BTreeSet;

/// Where CPUID tells one feature.
#[derive(Debug)]
pub struct Feature {
    /// gcc's option without `-m`.
    pub name: &'static str,
    /// The bits of which one must be set.
    pub bits: &'static [Bits],
    /// A further condition; none always holds.
    pub also: &'static [Bits],
    /// The register state that the system must enable.
    pub state: &'static str,
    /// The flag in `/proc/cpuinfo`; empty where there is none.
    pub cpuinfo: &'static str,
    /// The flag that only newer kernels show there: its presence tells, its absence does not.
    pub newer: &'static str,
}

/// The table of features, `probes/cpuid.toml` as the build read it, sorted by name.
#[derive(Debug)]
pub struct Features {
    /// The rows.
    pub rows: &'static [Feature],
}

static FEATURES: Features = Features { rows: &include!(concat!(env!("OUT_DIR"), "/cpuid.rs")) };

/// The built-in table.
pub fn features() -> &'static Features {
    &FEATURES
}

fn holds(bits: &Bits, cpu: &Cpu) -> bool {
    let Registers { eax, ebx, ecx, edx } = match bits.leaf {
        7 => cpu.leaf7(bits.subleaf),
        leaf => cpu.leaf(leaf, bits.subleaf),
    };
    let register = match bits.register {
        'a' => eax,
        'b' => ebx,
        'c' => ecx,
        _ => edx,
    };
    let width = bits.highest - bits.lowest + 1;
    let mask = if width == 32 { u32::MAX } else { (1 << width) - 1 };
    (register >> bits.lowest) & mask >= bits.least
}

impl Feature {
    fn is_reported(&self, cpu: &Cpu) -> bool {
        let any = |conditions: &[Bits]| conditions.iter().any(|bits| holds(bits, cpu));
        any(self.bits) && (self.also.is_empty() || any(self.also))
    }
}

impl Features {
    /// What one CPU offers and the system enables.
    pub fn offered(&self, cpu: &Cpu, xcr0: Xcr0) -> BTreeSet<&'static str> {
        self.reported(cpu, xcr0, true)
    }

    /// What CPUID reports and the system does not enable.
    pub fn disabled(&self, cpu: &Cpu, xcr0: Xcr0) -> BTreeSet<&'static str> {
        self.reported(cpu, xcr0, false)
    }

    fn reported(&self, cpu: &Cpu, xcr0: Xcr0, enabled: bool) -> BTreeSet<&'static str> {
        let states = States::of(cpu, xcr0);
        let wanted = |row: &&Feature| states.allow(row.state) == enabled && row.is_reported(cpu);
        self.rows.iter().filter(wanted).map(|row| row.name).collect()
    }

    /// The features of which `/proc/cpuinfo` tells whether they are there or not.
    pub fn flags(&self) -> BTreeSet<&'static str> {
        self.rows.iter().filter(|row| !row.cpuinfo.is_empty()).map(|row| row.name).collect()
    }

    /// The features of which the first sub-leaves tell: those with a bit there, and those in sub-leaves of leaf 7 that the
    /// first one says are not there.
    pub fn of_first_sub_leaves(&self, cpu: &Cpu) -> BTreeSet<&'static str> {
        let highest = cpu.leaf(7, 0).eax;
        let told = |bits: &Bits| bits.subleaf == 0 || bits.leaf == 7 && bits.subleaf > highest;
        self.rows.iter().filter(|row| row.bits.iter().any(told)).map(|row| row.name).collect()
    }

    /// What the flags of `/proc/cpuinfo` tell.
    pub fn flagged(&self, flags: &BTreeSet<&str>) -> BTreeSet<&'static str> {
        let there = |row: &&Feature| flags.contains(row.cpuinfo) || flags.contains(row.newer);
        self.rows.iter().filter(there).map(|row| row.name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::microarchitectures;

    #[test]
    fn the_table_is_sorted_and_its_states_are_known() {
        let table = features();
        assert!(table.rows.iter().map(|r| r.name).is_sorted_by(|a, b| a < b));
        let states = ["", "avx", "avx512", "amx", "apx"];
        assert!(table.rows.iter().all(|r| states.contains(&r.state) && !r.bits.is_empty()));
    }

    #[test]
    fn each_feature_of_a_microarchitecture_has_its_bit() {
        let known: BTreeSet<&str> = features().rows.iter().map(|r| r.name).collect();
        for row in microarchitectures().unwrap().rows {
            let unknown: Vec<_> = row.features.iter().filter(|f| !known.contains(f.as_str())).collect();
            assert!(unknown.is_empty(), "{}: {unknown:?}", row.name);
        }
    }
}
