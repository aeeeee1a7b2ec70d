use super::xcr0::{States, Xcr0};
use super::{Cpu, Registers};
use crate::catalogue::{TableError, built_in};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::OnceLock;

/// The table of features, `probes/cpuid.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Features {
    /// Where the facts come from.
    #[allow(dead_code)]
    pub source: String,
    /// The rows, sorted by name.
    #[serde(rename = "feature")]
    pub rows: Vec<Feature>,
}

/// Where CPUID tells one feature.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    /// gcc's option without `-m`.
    pub name: String,
    /// The bits of which one must be set.
    #[serde(rename = "cpuid")]
    pub bits: Any,
    /// A further condition.
    #[serde(default)]
    pub also: Any,
    /// The register state that the system must enable.
    #[serde(default)]
    pub state: String,
    /// The flag in `/proc/cpuinfo`; empty where there is none.
    #[serde(default)]
    pub cpuinfo: String,
}

/// Alternative conditions; none at all holds always.
#[derive(Debug, Default, Deserialize)]
#[serde(try_from = "String")]
pub struct Any(Vec<Bits>);

/// Bits of one register, at least so much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bits {
    leaf: u32,
    subleaf: u32,
    register: char,
    lowest: u32,
    highest: u32,
    least: u32,
}

impl TryFrom<String> for Any {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.split('|')
            .map(|t| Bits::parse(t.trim()).ok_or(format!("{t:?} is no leaf.subleaf:register.bit")))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl Bits {
    fn parse(text: &str) -> Option<Self> {
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

    fn holds(self, cpu: &Cpu) -> bool {
        let Registers { eax, ebx, ecx, edx } = match self.leaf {
            7 => cpu.leaf7(self.subleaf),
            leaf => cpu.leaf(leaf, self.subleaf),
        };
        let register = match self.register {
            'a' => eax,
            'b' => ebx,
            'c' => ecx,
            _ => edx,
        };
        let width = self.highest - self.lowest + 1;
        let mask = if width == 32 { u32::MAX } else { (1 << width) - 1 };
        (register >> self.lowest) & mask >= self.least
    }
}

impl Any {
    fn holds(&self, cpu: &Cpu) -> bool {
        self.0.is_empty() || self.0.iter().any(|bits| bits.holds(cpu))
    }
}

/// The built-in table, read once.
pub fn features() -> Result<&'static Features, TableError> {
    static TABLE: OnceLock<Result<Features, TableError>> = OnceLock::new();
    let text = include_str!(concat!(env!("OUT_DIR"), "/cpuid.json"));
    TABLE.get_or_init(|| built_in(text, "cpuid.toml")).as_ref().map_err(Clone::clone)
}

impl Features {
    /// What one CPU offers and the system enables.
    pub fn offered(&self, cpu: &Cpu, xcr0: Xcr0) -> BTreeSet<&str> {
        let states = States::of(cpu, xcr0);
        let usable = |row: &&Feature| row.bits.holds(cpu) && row.also.holds(cpu) && states.allow(&row.state);
        self.rows.iter().filter(usable).map(|row| row.name.as_str()).collect()
    }

    /// What CPUID reports and the system does not enable.
    pub fn disabled(&self, cpu: &Cpu, xcr0: Xcr0) -> BTreeSet<&str> {
        let states = States::of(cpu, xcr0);
        let there = |row: &&Feature| row.bits.holds(cpu) && row.also.holds(cpu) && !states.allow(&row.state);
        self.rows.iter().filter(there).map(|row| row.name.as_str()).collect()
    }

    /// The features that have a flag in `/proc/cpuinfo`.
    pub fn flags(&self) -> BTreeSet<&str> {
        self.rows.iter().filter(|row| !row.cpuinfo.is_empty()).map(|row| row.name.as_str()).collect()
    }

    /// What the flags of `/proc/cpuinfo` tell.
    pub fn flagged(&self, flags: &BTreeSet<&str>) -> BTreeSet<&str> {
        let there = |row: &&Feature| !row.cpuinfo.is_empty() && flags.contains(row.cpuinfo.as_str());
        self.rows.iter().filter(there).map(|row| row.name.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::microarchitectures;

    #[test]
    fn the_table_is_sorted_and_its_states_are_known() {
        let table = features().unwrap();
        assert!(table.rows.iter().map(|r| &r.name).is_sorted_by(|a, b| a < b));
        let states = ["", "avx", "avx512", "amx", "apx"];
        assert!(table.rows.iter().all(|r| states.contains(&r.state.as_str()) && !r.bits.0.is_empty()));
    }

    #[test]
    fn each_feature_of_a_microarchitecture_has_its_bit() {
        let known: BTreeSet<&str> = features().unwrap().rows.iter().map(|r| r.name.as_str()).collect();
        for row in &microarchitectures().unwrap().rows {
            let unknown: Vec<_> = row.features.iter().filter(|f| !known.contains(f.as_str())).collect();
            assert!(unknown.is_empty(), "{}: {unknown:?}", row.name);
        }
    }

    #[test]
    fn bits_are_read() {
        let bits = Bits::parse("24:ebx.0-7>=2").unwrap();
        assert_eq!((bits.leaf, bits.register, bits.highest, bits.least), (0x24, 'b', 7, 2));
        for wrong in ["", "7", "7:ebx", "7:esp.1", "7:ebx.32", "7:ebx.9-8", "x:ebx.1", "7:ebx.1>=x"] {
            assert!(Bits::parse(wrong).is_none(), "{wrong:?}");
        }
    }
}
