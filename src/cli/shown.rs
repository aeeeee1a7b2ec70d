//! This module makes characters visible that a terminal would obey; texts of profiles, compilers and file names may hold
//! them.

use hwtune::text::hidden;
use std::fmt::Write as _;

/// Parameters of the colours and weights that hwtune itself writes (ECMA-48, SGR).
const OWN: [&str; 11] = ["", "0", "1", "2", "3", "4", "31", "32", "33", "34", "36"];

/// Text for people: our own colours stay.
pub fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(hidden) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let own =
            from.strip_prefix("\u{1b}[").and_then(|f| f.split_once('m')).filter(|(n, _)| OWN.contains(n));
        if let Some((number, after)) = own {
            let _ = write!(out, "\u{1b}[{number}m");
            rest = after;
            continue;
        }
        let mut chars = from.chars();
        out.extend(chars.next().into_iter().flat_map(char::escape_unicode));
        rest = chars.as_str();
    }
    out + rest
}

/// A message on one line; it has no colours.
pub fn line(text: &str) -> String {
    let each = |c: char| -> String { if hidden(c) { c.escape_unicode().collect() } else { c.into() } };
    text.chars().map(each).collect()
}

/// A JSON document, in whose strings alone such characters can stand.
pub fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match hidden(c) {
            true => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
                let _ = write!(out, "\\u{unit:04x}");
            }),
            false => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_colours_stay_and_all_else_is_seen() {
        assert_eq!(
            text("\u{1b}[1mzlib\u{1b}[0m \u{1b}[32mhelps\u{1b}[0m\n"),
            "\u{1b}[1mzlib\u{1b}[0m \u{1b}[32mhelps\u{1b}[0m\n"
        );
        assert_eq!(text("\u{1b}[8mx\u{1b}]0;t\u{7}"), "\\u{1b}[8mx\\u{1b}]0;t\\u{7}");
        assert_eq!(text("é\u{9b}2J\r\u{202e}"), "é\\u{9b}2J\\u{d}\\u{202e}");
        assert_eq!(line("\u{1b}[1mx\u{7f}"), "\\u{1b}[1mx\\u{7f}");
        let value = serde_json::json!({"cpu": "\u{9b}\u{7f}\u{202e}é"});
        let made = json(&serde_json::to_string_pretty(&value).unwrap());
        assert!(!made.contains(hidden) && serde_json::from_str::<serde_json::Value>(&made).unwrap() == value);
    }
}
