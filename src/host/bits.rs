//! A condition on CPUID is some bits of one register of a leaf.

/// Bits of one register of CPUID, at least so much. The build reads them too: nothing here but the standard library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bits {
    /// Leaf.
    pub leaf: u32,
    /// Sub-leaf.
    pub subleaf: u32,
    /// `a` to `d` for EAX to EDX.
    pub register: char,
    /// Lowest bit.
    pub lowest: u32,
    /// Highest bit, included.
    pub highest: u32,
    /// The least number they must make.
    pub least: u32,
}

impl Bits {
    /// Reads `7.1:eax.5` or `24:ebx.0-7>=2`: leaf and sub-leaf in hexadecimal, register, bit or bits.
    // The build alone does; what it read is compiled in.
    #[allow(dead_code)]
    pub fn parse(text: &str) -> Option<Self> {
        let hex = |t: &str| u32::from_str_radix(t, 16).ok();
        let (place, rest) = text.split_once(':')?;
        let (leaf, subleaf) = place.split_once('.').unwrap_or((place, "0"));
        let (register, rest) = rest.split_once('.')?;
        let (bits, least) = rest.split_once(">=").unwrap_or((rest, "1"));
        let (lowest, highest) = bits.split_once('-').unwrap_or((bits, bits));
        let register = match register {
            "eax" => 'a',
            "ebx" => 'b',
            "ecx" => 'c',
            "edx" => 'd',
            _ => return None,
        };
        let (lowest, highest) = (lowest.parse().ok()?, highest.parse().ok()?);
        (lowest <= highest && highest < 32).then_some(())?;
        Some(Self {
            leaf: hex(leaf)?,
            subleaf: hex(subleaf)?,
            register,
            lowest,
            highest,
            least: least.parse().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_read() {
        let bits = Bits::parse("24:ebx.0-7>=2").unwrap();
        assert_eq!((bits.leaf, bits.register, bits.highest, bits.least), (0x24, 'b', 7, 2));
        for wrong in ["", "7", "7:ebx", "7:esp.1", "7:ebx.32", "7:ebx.9-8", "x:ebx.1", "7:ebx.1>=x"] {
            assert!(Bits::parse(wrong).is_none(), "{wrong:?}");
        }
    }
}
