//! The `isa` line: which extensions it names, and which of them are not what they seem.

use super::table::Table;
use crate::host::cpuinfo::Block;
use std::collections::BTreeSet;

/// The extensions of one hart.
pub(super) fn of_hart(table: &Table, hart: &Block, reasons: &mut BTreeSet<String>) -> BTreeSet<String> {
    // Kernels from 6.8 on show what all harts share as `isa`, and the hart's own beside it.
    let isa = hart.get("isa").or(hart.get("hart isa")).copied().unwrap_or_default();
    let (mut found, draft) = extensions(table, isa);
    if let Some(why) = draft.or_else(|| drafted(table, hart)).filter(|_| found.contains("v")) {
        found.retain(|extension| extension != "v" && !extension.starts_with("zv"));
        reasons.insert(format!("v is not version 1.0 of the vectors, so it is left out: {why}"));
    }
    found
}

/// `rv64imafdc_zicsr_zba` as its extensions, and why its "v" is a draft; `g` stands for what it means.
pub(super) fn extensions(table: &Table, isa: &str) -> (BTreeSet<String>, Option<String>) {
    let isa = isa.to_ascii_lowercase();
    let mut draft = None;
    let mut found = BTreeSet::new();
    let modes: Vec<&str> = table.modes.split_whitespace().collect();
    for (n, part) in isa.split('_').enumerate() {
        let mut rest = match n {
            0 => part.trim_start_matches("rv64").trim_start_matches("rv32"),
            _ => part,
        };
        while let Some(letter) = rest.chars().next() {
            // A name of several letters, or the modes at the end of an old kernel's line.
            if matches!(letter, 'z' | 's' | 'x') && rest.len() > 1 && !is_modes(rest, &modes) {
                found.insert(unversioned(rest));
                break;
            }
            let (version, after) = version(&rest[letter.len_utf8()..]);
            let name = letter.to_string();
            if letter == 'v' && version.starts_with('0') {
                draft = Some(format!("the kernel shows {}", &rest[..rest.len() - after.len()]));
            }
            match letter {
                'g' => found.extend(table.contained("g").map(String::from)),
                _ if modes.contains(&name.as_str()) || !letter.is_ascii_lowercase() => {}
                _ => drop(found.insert(name)),
            }
            rest = after;
        }
    }
    (found, draft)
}

fn is_modes(rest: &str, modes: &[&str]) -> bool {
    rest.len() <= modes.len() && rest.chars().all(|c| modes.contains(&c.to_string().as_str()))
}

/// A version such as `2p0` or `1` at the beginning, and what follows it.
fn version(text: &str) -> (&str, &str) {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let major = digits(text);
    if major == 0 {
        return ("", text);
    }
    let minor = text[major..].strip_prefix('p').map_or(0, |rest| match digits(rest) {
        0 => 0,
        n => n + 1,
    });
    text.split_at(major + minor)
}

/// `zicsr2p0` without its version; the digits of `zve64d` and `zvl128b` are part of the name.
fn unversioned(name: &str) -> String {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let Some((front, minor)) = plain.rsplit_once('p') else { return plain };
    let major = front.len() - front.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let is_version = major > 0 && !minor.is_empty() && minor.bytes().all(|b| b.is_ascii_digit());
    if is_version { front[..front.len() - major].to_string() } else { plain }
}

/// Why a hart's vectors are those of the draft, by what else its block shows.
fn drafted(table: &Table, hart: &Block) -> Option<String> {
    let draft = &table.draft_vector;
    let shown = draft.keys.iter().find_map(|key| Some((key, hart.get(key.as_str())?)));
    if let Some((key, version)) = shown {
        return version
            .starts_with("0.")
            .then(|| format!("the kernel shows {key} {}", crate::host::text::clean(version)));
    }
    let uarch = hart.get("uarch").copied().unwrap_or_default();
    if draft.uarch.iter().any(|core| core == uarch) {
        return Some(format!("{uarch} has the draft 0.7.1"));
    }
    let is = |key: &str, value: &str| hart.get(key).is_some_and(|shown| *shown == value);
    let numbers = is("mvendorid", &draft.mvendorid) && is("marchid", &draft.marchid);
    numbers
        .then(|| format!("mvendorid {} with marchid {} has the draft 0.7.1", draft.mvendorid, draft.marchid))
}
