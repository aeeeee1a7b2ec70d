//! This module reads the output of `cpuid -r`.

use super::{Line, number};

/// A line of `cpuid -r`: `CPU 0:` or, of one CPU, `CPU:`; then
/// `   0x00000007 0x00: eax=0x… ebx=0x… ecx=0x… edx=0x…`; all of it in small letters here.
pub(super) fn line(line: &str) -> Line {
    let line = line.trim();
    if let Some(rest) = line.strip_prefix("cpu") {
        let digits = rest.trim().trim_end_matches(':');
        return match rest.ends_with(':') && digits.bytes().all(|b| b.is_ascii_digit()) {
            true => Line::Begin,
            false => Line::Other,
        };
    }
    leaf(line).unwrap_or(Line::Other)
}

fn leaf(line: &str) -> Option<Line> {
    let (place, data) = line.split_once(':')?;
    let mut place = place.split_whitespace();
    let leaf = number(place.next().filter(|w| w.starts_with("0x"))?)?;
    let subleaf = place.next().map(|w| number(w).ok_or(())).transpose().ok()?;
    let register = |name: &str| {
        data.split_whitespace().find_map(|w| w.strip_prefix(name)).and_then(|w| number(w.strip_prefix('=')?))
    };
    Some(Line::Leaf(leaf, subleaf, [register("eax")?, register("ebx")?, register("ecx")?, register("edx")?]))
}
