//! This module writes TOML in which every character of a string can be seen, so that a reviewer reads what a parser
//! reads.

use super::hidden;
use std::borrow::Cow;

/// The same document with hidden characters as escapes. A literal string that holds one becomes a basic one, since it has
/// no escapes. The text is a serializer's: it has no comments.
pub fn visible_toml(text: &str) -> Cow<'_, str> {
    if !text.contains(hidden) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len() * 2);
    let mut rest = text;
    while let Some(at) = rest.find(['"', '\'']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let mark = &from[..1];
        let long = mark.repeat(3);
        let mark = if from.starts_with(&long) { long.as_str() } else { mark };
        let inner = &from[mark.len()..];
        let end = end(inner, mark);
        let (inner, after) = inner.split_at(end);
        if inner.contains(hidden) {
            let basic = mark.replace('\'', "\"");
            out.push_str(&basic);
            inner.chars().for_each(|c| push(c, mark.starts_with('\''), &mut out));
            out.push_str(&basic);
        } else {
            [mark, inner, mark].into_iter().for_each(|part| out.push_str(part));
        }
        rest = after.strip_prefix(mark).unwrap_or_default();
    }
    (out + rest).into()
}

/// Where a string ends. One of three marks may end in two of its own quotes.
fn end(inner: &str, mark: &str) -> usize {
    let mut at = 0;
    while at < inner.len() && !inner[at..].starts_with(mark) {
        let mut chars = inner[at..].chars();
        let first = chars.next();
        let escaped = if first == Some('\\') && mark.starts_with('"') { chars.next() } else { None };
        at += first.map_or(0, char::len_utf8) + escaped.map_or(0, char::len_utf8);
    }
    let more =
        inner[at..].chars().skip(mark.len()).take_while(|c| mark.len() == 3 && mark.starts_with(*c)).count();
    at + more.min(2)
}

fn push(c: char, literal: bool, out: &mut String) {
    match u32::from(c) {
        _ if literal && matches!(c, '"' | '\\') => out.extend(['\\', c]),
        _ if !hidden(c) => out.push(c),
        code if code > 0xffff => out.push_str(&format!("\\U{code:08x}")),
        code => out.push_str(&format!("\\u{code:04x}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_form_of_a_string_keeps_its_value() {
        for (text, wanted) in [
            ("a = \"x\u{202e}\\\"y\"\nb = 'z'\n", "a = \"x\\u202e\\\"y\"\nb = 'z'\n"),
            ("a = 'x\\\"\u{9b}'\n", "a = \"x\\\\\\\"\\u009b\"\n"),
            ("a = '''\nx''\"\u{e0041}''''\n", "a = \"\"\"\nx''\\\"\\U000e0041'\"\"\"\n"),
            ("a = \"\"\"\nx\u{7f}\"\"\"\"\n", "a = \"\"\"\nx\\u007f\"\"\"\"\n"),
            ("'k\u{200b}' = \"\"\n[\"\u{feff}\"]\n", "\"k\\u200b\" = \"\"\n[\"\\ufeff\"]\n"),
            ("a = \"\u{e9}\"\n", "a = \"\u{e9}\"\n"),
        ] {
            assert_eq!(visible_toml(text), wanted);
        }
    }

    proptest! {
        #[test]
        fn any_document_reads_the_same(
            strings in prop::collection::vec("([\"'\\\\\n\r\t a\u{7f}\u{9b}\u{202e}\u{200b}\u{e0041}\u{e9}]|\\PC){0,12}", 1..6)
        ) {
            let table: toml::Table =
                strings.iter().map(|s| (s.clone(), toml::Value::String(s.clone()))).collect();
            for text in [toml::to_string(&table).unwrap(), toml::to_string_pretty(&table).unwrap()] {
                let made = visible_toml(&text);
                prop_assert!(!made.contains(hidden), "{made:?}");
                prop_assert_eq!(&toml::from_str::<toml::Table>(&made).unwrap(), &table, "{}", made);
            }
        }
    }
}
