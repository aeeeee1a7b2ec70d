//! This module reads the raw dumps of libcpuid.

use super::{Line, registers};

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
pub(super) fn line(line: &str) -> Line {
    let line = line.trim();
    if line.starts_with('_') && line.contains("logical cpu #") {
        return Line::Begin;
    }
    leaf(line).unwrap_or(Line::Other)
}

fn leaf(line: &str) -> Option<Line> {
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
