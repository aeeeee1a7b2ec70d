//! archspec's name for a host, by archspec's own rule on what the kernel shows.

use super::Cpu;
use crate::catalogue::{ArchspecHost, archspec};
use std::collections::BTreeSet;

/// Flags of the kernel that are not options of a compiler and that archspec asks for, by the kernel's names.
pub const KERNELS_OWN: [&str; 5] = ["3dnowext", "cppc", "flush_l1d", "ibrs_enhanced", "tsc_adjust"];

/// Those of them that CPUID tells of one CPU (Linux arch/x86/include/asm/cpufeatures.h; a kernel shows ibrs_enhanced where the
/// CPU has the automatic kind).
pub fn kernels_own(cpu: &Cpu) -> impl Iterator<Item = &'static str> {
    let bits = [
        cpu.leaf(0x8000_0001, 0).edx >> 30,
        cpu.leaf(0x8000_0008, 0).ebx >> 27,
        cpu.leaf7(0).edx >> 28,
        cpu.leaf(0x8000_0021, 0).eax >> 8,
        cpu.leaf7(0).ebx >> 1,
    ];
    KERNELS_OWN.into_iter().zip(bits).filter(|(_, bit)| bit & 1 != 0).map(|(name, _)| name)
}

fn best(host: &ArchspecHost, has: impl Fn(&str) -> bool) -> String {
    let found = archspec().ok().and_then(|table| table.best(host, |_, feature| has(feature)));
    found.map_or_else(|| host.family.to_string(), |target| target.name.clone())
}

const NOTHING: ArchspecHost = ArchspecHost { family: "", vendor: "", part: 0, generation: 0, uarch: "" };

/// A 64-bit x86 CPU by its vendor string, and its features by gcc's names with [`KERNELS_OWN`].
pub fn x86(vendor: &str, offered: &BTreeSet<&str>) -> String {
    best(&ArchspecHost { family: "x86_64", vendor, ..NOTHING }, |feature| offered.contains(feature))
}

/// An AArch64 CPU by its implementer's name, its part number and the kernel's flags.
pub fn aarch64(vendor: &str, part: u32, flags: &BTreeSet<&str>) -> String {
    best(&ArchspecHost { family: "aarch64", vendor, part, ..NOTHING }, |feature| flags.contains(feature))
}

/// A RISC-V CPU by the kernel's `uarch`.
pub fn riscv(uarch: &str) -> String {
    best(&ArchspecHost { family: "riscv64", uarch, ..NOTHING }, |_| false)
}

/// A little-endian POWER CPU by its generation.
pub fn power(generation: u32) -> String {
    best(&ArchspecHost { family: "ppc64le", generation, ..NOTHING }, |_| true)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// archspec 0.2.7's own answers, `archspec.cpu.host()` on such a `/proc/cpuinfo`.
    #[test]
    fn the_answers_are_those_of_archspec() {
        let flags = |text: &'static str| text.split(' ').collect::<BTreeSet<_>>();
        let pi4 = flags("fp asimd evtstrm crc32 cpuid");
        assert_eq!(aarch64("ARM", 0xd08, &pi4), "aarch64");
        let pi5 = flags(
            "fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp",
        );
        assert_eq!(aarch64("ARM", 0xd0b, &pi5), "neoverse_n1");
        assert_eq!(riscv("sifive,u74-mc"), "u74mc");
        assert_eq!(riscv("sifive,bullet0"), "riscv64");
        assert_eq!([7, 8, 11].map(power), ["ppc64le", "power8le", "power10le"]);
        let v3 = "abm avx avx2 bmi bmi2 cx16 f16c fma lzcnt mmx movbe popcnt sahf sse sse2 sse3 sse4.1 sse4.2 ssse3 xsave";
        assert_eq!(x86("HygonGenuine", &flags(v3)), "x86_64_v3");
    }
}
