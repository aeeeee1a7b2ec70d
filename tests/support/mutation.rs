//! Changes to a text or to bytes, drawn by proptest, as a careless hand or a damaged disk would make them.

use proptest::prelude::*;
use proptest::sample::Index;

/// One change of a text.
#[derive(Clone, Debug)]
pub enum Change {
    Byte(Index, u8),
    Cut(Index, Index),
    Twice(Index, Index),
    From(Index, Index, Index),
    Word(Index, &'static str),
}

/// Pieces that readers look for, and some that they should not be given.
const WORDS: [&str; 24] = [
    "\n",
    "\"",
    "'''",
    "\"\"\"",
    "[",
    "]",
    "[[x]]",
    "{",
    "}",
    "{{",
    "}}",
    "{%",
    "%}",
    "{#",
    "#}",
    "*/",
    "/* hwtune:",
    " = ",
    "-1",
    "9999999999999999999",
    "nan",
    "\u{0}",
    "\u{1b}[8m",
    "\u{feff}",
];

/// Up to five changes.
pub fn changes() -> impl Strategy<Value = Vec<Change>> {
    let at = any::<Index>;
    prop::collection::vec(
        prop_oneof![
            (at(), any::<u8>()).prop_map(|(a, b)| Change::Byte(a, b)),
            (at(), at()).prop_map(|(a, b)| Change::Cut(a, b)),
            (at(), at()).prop_map(|(a, b)| Change::Twice(a, b)),
            (at(), at(), at()).prop_map(|(a, b, c)| Change::From(a, b, c)),
            (at(), prop::sample::select(&WORDS[..])).prop_map(|(a, w)| Change::Word(a, w)),
        ],
        0..6,
    )
}

/// One of the seeds with the changes, as text.
pub fn mutated(seeds: &[Vec<u8>], which: Index, changes: &[Change]) -> String {
    String::from_utf8_lossy(&mutated_bytes(seeds, which, changes)).into_owned()
}

/// One of the seeds with the changes.
pub fn mutated_bytes(seeds: &[Vec<u8>], which: Index, changes: &[Change]) -> Vec<u8> {
    let mut bytes = which.get(seeds).clone();
    for change in changes {
        let len = bytes.len().max(1);
        let range = |a: &Index, b: &Index| {
            let (a, b) = (a.index(len).min(bytes.len()), b.index(len).min(bytes.len()));
            a.min(b)..a.max(b).min(a.min(b) + 200)
        };
        match change {
            Change::Byte(at, byte) if !bytes.is_empty() => bytes[at.index(len)] = *byte,
            Change::Byte(..) => {}
            Change::Cut(a, b) => drop(bytes.drain(range(a, b))),
            Change::Twice(a, b) => {
                let again = bytes[range(a, b)].to_vec();
                bytes.extend(again);
            }
            Change::From(seed, a, at) => {
                let other = seed.get(seeds);
                let from = a.index(other.len().max(1)).min(other.len());
                let piece = other[from..other.len().min(from + 60)].to_vec();
                let at = at.index(len).min(bytes.len());
                bytes.splice(at..at, piece);
            }
            Change::Word(at, word) => {
                let at = at.index(len).min(bytes.len());
                bytes.splice(at..at, word.bytes());
            }
        }
    }
    bytes
}
