//! This module parses hexadecimal numbers and ranges such as `0x1a, 0x1e-0x1f`.

/// Hexadecimal numbers and ranges, `0x1a, 0x1e-0x1f`. The build reads them too: nothing here but the standard library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranges(pub Vec<(u32, u32)>);

impl Ranges {
    /// Whether one of the ranges holds the number.
    pub fn holds(&self, number: u32) -> bool {
        self.0.iter().any(|&(from, to)| (from..=to).contains(&number))
    }
}

impl TryFrom<&str> for Ranges {
    type Error = String;

    fn try_from(text: &str) -> Result<Self, String> {
        let number = |t: &str| {
            let digits = t.trim().strip_prefix("0x");
            let digits = digits.ok_or_else(|| format!("{t:?} in {text:?} does not begin with 0x"))?;
            u32::from_str_radix(digits, 16)
                .map_err(|_| format!("{t:?} in {text:?} is not a hexadecimal number"))
        };
        let range = |t: &str| match t.split_once('-') {
            Some((from, to)) => Ok((number(from)?, number(to)?)),
            None => number(t).map(|n| (n, n)),
        };
        let ranges: Vec<_> = text.split(',').map(range).collect::<Result<_, String>>()?;
        match ranges.iter().find(|(from, to)| from > to) {
            Some((from, to)) => Err(format!("{from:#x}-{to:#x} in {text:?} is the wrong way round")),
            None => Ok(Self(ranges)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_hexadecimal_and_the_right_way_round() {
        let ranges = Ranges::try_from("0x1a, 0x2e-0x30").unwrap();
        assert!(ranges.holds(0x1a) && ranges.holds(0x2f) && !ranges.holds(0x1b) && !ranges.holds(0x31));
        for wrong in ["", "1a", "0x", "0xg", "0x3-0x1", "0x1,", "0x1-"] {
            assert!(Ranges::try_from(wrong).is_err(), "{wrong:?}");
        }
    }
}
