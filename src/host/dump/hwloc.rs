//! This module reads the files of hwloc's gather-cpuid.

use super::{Line, registers};

/// A line of a file of hwloc's gather-cpuid, one file a logical CPU: `mask e a b c d => A B C D`, where the mask tells
/// which of the inputs counted (1 EAX, 4 ECX).
pub(super) fn line(line: &str) -> Line {
    let line = line.trim();
    if line.starts_with('#') && line.contains("mask") {
        return Line::Begin;
    }
    leaf(line).unwrap_or(Line::Other)
}

fn leaf(line: &str) -> Option<Line> {
    let (inputs, outputs) = line.split_once("=>")?;
    let mut inputs = inputs.split_whitespace();
    let mask = super::number(inputs.next()?)?;
    let [leaf, _, subleaf, _] = registers(inputs)?;
    let subleaf = if mask & 4 != 0 { subleaf } else { 0 };
    Some(Line::Leaf(leaf, Some(subleaf), registers(outputs.split_whitespace())?))
}
