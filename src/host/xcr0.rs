//! XCR0 shows which register states the operating system enables.

use super::{Cpu, HostError};
use std::str::FromStr;

/// SSE and YMM.
const AVX: u64 = 0x6;
/// AVX, opmask and both halves of ZMM.
const AVX512: u64 = 0xe6;
/// Tile configuration and tile data.
const AMX: u64 = 0x6_0000;
/// The extended general registers.
const APX: u64 = 0x8_0000;

/// What to take for XCR0, the register by which an operating system enables register state. CPUID does not tell it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Xcr0 {
    /// The system enables all that the CPU supports.
    #[default]
    Supported,
    /// By the size of the save area: leaf 0xD tells the one in use and each state's place in it.
    Inferred,
    /// This value.
    Value(u64),
}

impl FromStr for Xcr0 {
    type Err = HostError;

    fn from_str(text: &str) -> Result<Self, HostError> {
        let text = text.trim();
        let number = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            Some(digits) => u64::from_str_radix(digits, 16),
            None => text.parse(),
        };
        match text {
            "supported" => Ok(Self::Supported),
            "inferred" => Ok(Self::Inferred),
            _ => number.map(Self::Value).map_err(|_| HostError::Xcr0(text.into())),
        }
    }
}

/// Which register states may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct States(u64);

impl States {
    /// The states that `xcr0` leaves usable on this CPU.
    pub fn of(cpu: &Cpu, xcr0: Xcr0) -> Self {
        let flags = cpu.leaf(1, 0).ecx;
        let (xsave, osxsave) = (flags & 1 << 26 != 0, flags & 1 << 27 != 0);
        match xcr0 {
            Xcr0::Value(value) if xsave => Self(value),
            Xcr0::Supported if osxsave => Self(supported(cpu)),
            Xcr0::Inferred if osxsave => Self(inferred(cpu)),
            _ => Self(0),
        }
    }

    /// Whether the named state may be used: `""`, `avx`, `avx512`, `amx` or `apx`.
    pub fn allow(self, state: &str) -> bool {
        let needed = match state {
            "avx" => AVX,
            "avx512" => AVX512,
            "amx" => AMX,
            "apx" => APX,
            _ => 0,
        };
        self.0 & needed == needed
    }
}

/// Leaf 0xD's own list of states. Where the leaf is missing, the states of the features that CPUID reports.
fn supported(cpu: &Cpu) -> u64 {
    let area = cpu.leaf(0xd, 0);
    let listed = u64::from(area.edx) << 32 | u64::from(area.eax);
    if listed != 0 {
        return listed;
    }
    let (basic, structured) = (cpu.leaf(1, 0), cpu.leaf7(0));
    let mut states = 0x3;
    for (there, state) in [
        (basic.ecx & 1 << 28, AVX),
        (structured.ebx & 1 << 16, AVX512),
        (structured.edx & 1 << 24, AMX),
        (cpu.leaf7(1).edx & 1 << 21, APX),
    ] {
        if there != 0 {
            states |= state;
        }
    }
    states
}

/// The states that fit into the save area in use. EBX of leaf 0xD is its size, which reaches to the end of the last
/// state enabled (Intel SDM vol. 1, 13.2).
fn inferred(cpu: &Cpu) -> u64 {
    let area = cpu.leaf(0xd, 0);
    if area.ebx == 0 {
        return supported(cpu);
    }
    let listed = supported(cpu);
    (2..63).filter(|n| listed & 1 << n != 0).fold(listed & 0x3, |states, n| {
        let state = cpu.leaf(0xd, n);
        let end = u64::from(state.eax) + u64::from(state.ebx);
        let fits = state.eax != 0 && end <= u64::from(area.ebx);
        states | u64::from(fits) << n
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Registers;

    fn alder_lake() -> Cpu {
        let mut cpu = Cpu::default();
        for (leaf, sub, r) in [
            (0, 0, [0x20, 0, 0, 0]),
            (1, 0, [0, 0, 0x7ffa_fbff, 0]),
            (0xd, 0, [0x207, 0x340, 0xa88, 0]),
            (0xd, 2, [0x100, 0x240, 0, 0]),
            (0xd, 9, [8, 0xa80, 0, 0]),
        ] {
            cpu.insert(leaf, sub, Registers::new(r));
        }
        cpu
    }

    #[test]
    fn supported_inferred_and_given() {
        assert_eq!(States::of(&alder_lake(), Xcr0::Supported), States(0x207));
        assert_eq!(States::of(&alder_lake(), Xcr0::Inferred), States(0x7));
        assert!(!States::of(&alder_lake(), Xcr0::Value(0x3)).allow("avx"));
        assert!(States::of(&alder_lake(), Xcr0::Value(0x6_00e7)).allow("amx"));
    }

    #[test]
    fn words_and_numbers() {
        assert_eq!("0xe7".parse::<Xcr0>().unwrap(), Xcr0::Value(0xe7));
        assert_eq!("231".parse::<Xcr0>().unwrap(), Xcr0::Value(0xe7));
        assert_eq!("inferred".parse::<Xcr0>().unwrap(), Xcr0::Inferred);
        assert!("seven".parse::<Xcr0>().unwrap_err().to_string().starts_with("--xcr0 seven: "));
    }
}
