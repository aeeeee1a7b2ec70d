//! A line of the files of three tools that write CPUID leaves as numbers: `cpuid -r`, hwloc's gather-cpuid and libcpuid.

use super::{Line, number, registers};

/// A line of `cpuid -r`: `CPU 0:` or, of one CPU, `CPU:`; then
/// `   0x00000007 0x00: eax=0x… ebx=0x… ecx=0x… edx=0x…`; all of it in small letters here.
pub(super) fn cpuid(line: &str) -> Line {
    let line = line.trim();
    if let Some(rest) = line.strip_prefix("cpu") {
        let digits = rest.trim().trim_end_matches(':');
        return match rest.ends_with(':') && digits.bytes().all(|b| b.is_ascii_digit()) {
            true => Line::Begin,
            false => Line::Other,
        };
    }
    cpuid_leaf(line).unwrap_or(Line::Other)
}

fn cpuid_leaf(line: &str) -> Option<Line> {
    let (place, data) = line.split_once(':')?;
    let mut place = place.split_whitespace();
    let leaf = number(place.next().filter(|w| w.starts_with("0x"))?)?;
    let subleaf = place.next().map(|w| number(w).ok_or(())).transpose().ok()?;
    let register = |name: &str| {
        data.split_whitespace().find_map(|w| w.strip_prefix(name)).and_then(|w| number(w.strip_prefix('=')?))
    };
    Some(Line::Leaf(leaf, subleaf, [register("eax")?, register("ebx")?, register("ecx")?, register("edx")?]))
}

/// A line of a file of hwloc's gather-cpuid, one file a logical CPU: `mask e a b c d => A B C D`, where the mask tells
/// which of the inputs counted (1 EAX, 4 ECX).
pub(super) fn hwloc(line: &str) -> Line {
    let line = line.trim();
    if line.starts_with('#') && line.contains("mask") {
        return Line::Begin;
    }
    hwloc_leaf(line).unwrap_or(Line::Other)
}

fn hwloc_leaf(line: &str) -> Option<Line> {
    let (inputs, outputs) = line.split_once("=>")?;
    let mut inputs = inputs.split_whitespace();
    let mask = number(inputs.next()?)?;
    let [leaf, _, subleaf, _] = registers(inputs)?;
    let subleaf = if mask & 4 != 0 { subleaf } else { 0 };
    Some(Line::Leaf(leaf, Some(subleaf), registers(outputs.split_whitespace())?))
}

/// The arrays of a raw dump and the leaf that each indexes: by leaf, or by the sub-leaf of one.
const ARRAYS: [(&str, u32, bool); 8] = [
    ("basic_cpuid", 0, true),
    ("ext_cpuid", 0x8000_0000, true),
    ("intel_fn4", 4, false),
    ("intel_fn11", 0xb, false),
    ("intel_fn12h", 0x12, false),
    ("intel_fn14h", 0x14, false),
    ("amd_fn8000001dh", 0x8000_001d, false),
    ("amd_fn80000026h", 0x8000_0026, false),
];

/// A line of libcpuid's raw dump: `basic_cpuid[7]=a b c d`, CPUs divided by `_____ Logical CPU #0 _____`; all of it in
/// small letters here.
pub(super) fn libcpuid(line: &str) -> Line {
    let line = line.trim();
    if line.starts_with('_') && line.contains("logical cpu #") {
        return Line::Begin;
    }
    libcpuid_leaf(line).unwrap_or(Line::Other)
}

fn libcpuid_leaf(line: &str) -> Option<Line> {
    let (place, data) = line.split_once('=')?;
    let (array, index) = place.trim().strip_suffix(']')?.split_once('[')?;
    let index: u32 = index.trim().parse().ok().filter(|&n| n < 0x1000)?;
    let (_, leaf, by_leaf) = ARRAYS.into_iter().find(|(name, ..)| *name == array.trim())?;
    let registers = registers(data.split_whitespace())?;
    Some(match by_leaf {
        true => Line::Leaf(leaf + index, Some(0), registers),
        false => Line::Leaf(leaf, Some(index), registers),
    })
}
