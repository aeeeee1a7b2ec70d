//! This module reads the texts of InstLatx64 and AIDA64.

use super::{Kind, Line, number, registers};

/// A line of InstLatx64 or AIDA64 text.
///
/// Headers: `------[ CPUID Registers / Logical CPU #N ]` or `------[ Logical CPU #N ]`, `CPUID Registers (CPU #N)`,
/// `CPU#NNN AffMask: …`, or none. Data: `CPUID LLLLLLLL[: ]A-B-C-D`, with `-` or blanks between registers, and the
/// sub-leaf as `[SL xx]` in hexadecimal; all of it in small letters here.
pub(super) fn line(line: &str) -> Line {
    let line = line.trim();
    if line.contains("[ all cpus ]") || line.contains("[ msr registers") {
        return Line::End;
    }
    if line.contains("logical cpu #")
        || line.starts_with("cpuid registers (cpu #")
        || line.starts_with("cpu#")
    {
        return Line::Begin;
    }
    if let Some(note) = line.strip_prefix("allcpu:") {
        return Line::Note(kind(note), seat(note));
    }
    leaf(line).unwrap_or(Line::Other)
}

fn leaf(line: &str) -> Option<Line> {
    let rest = line.strip_prefix("cpuid ")?;
    let (leaf, rest) = (rest.get(..8)?, rest.get(8..)?);
    // What divides leaf and registers is optional.
    let joined = rest.get(..8).is_some_and(|r| r.bytes().all(|b| b.is_ascii_hexdigit()));
    if leaf.len() != 8 || !(joined || rest.starts_with([' ', ':', '\t'])) {
        return None;
    }
    let data = rest.split('[').next().unwrap_or(rest);
    let words = data.split([' ', ':', '\t', '-']).filter(|w| !w.is_empty());
    let subleaf = rest.split_once("[sl ").and_then(|(_, t)| number(t.split([']', ' ']).next()?));
    Some(Line::Leaf(number(leaf)?, subleaf, registers(words)?))
}

fn kind(note: &str) -> Option<Kind> {
    [
        ("intel atom lp", Kind::LowPowerEfficiency),
        ("intel atom", Kind::Efficiency),
        ("intel core", Kind::Performance),
        ("amd p-core", Kind::Performance),
        ("amd e-core", Kind::Efficiency),
    ]
    .into_iter()
    .find(|(words, _)| note.contains(words))
    .map(|(_, kind)| kind)
}

fn seat(note: &str) -> Option<(u32, u32)> {
    let after = |word: &str| -> Option<u32> {
        let rest = note.split_once(word)?.1.trim_start();
        rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    };
    Some((after("package")?, after("core")?))
}
