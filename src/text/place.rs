//! This module writes the path of a file for a message.

use super::hidden;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// A path for a message: on one line, each character of it seen, bytes that are not UTF-8 as `\xff`. A file's name may hold
/// anything but a slash; one that breaks the line, moves the cursor or turns the order of writing round would make the
/// message say something else.
pub fn place(path: &Path) -> String {
    let mut out = String::new();
    for chunk in path.as_os_str().as_bytes().utf8_chunks() {
        out += &one_line(chunk.valid());
        chunk.invalid().iter().for_each(|byte| out += &format!("\\x{byte:02x}"));
    }
    out
}

/// A name from elsewhere, for a message, in the same way.
pub fn one_line(text: &str) -> String {
    let each = |c: char| -> String {
        match c {
            '\n' | '\t' => c.escape_default().collect(),
            c if hidden(c) => c.escape_unicode().collect(),
            c => c.into(),
        }
    };
    text.chars().map(each).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;

    #[test]
    fn a_path_is_one_line_and_all_of_it_is_seen() {
        let name = |bytes: &[u8]| place(Path::new(OsStr::from_bytes(bytes)));
        assert_eq!(name(b"/a b/\xc3\xa9.toml"), "/a b/\u{e9}.toml");
        assert_eq!(name(b"a\nb\tc\rd\x1b[8m"), "a\\nb\\tc\\u{d}d\\u{1b}[8m");
        assert_eq!(name("x\u{202e}y\u{2028}".as_bytes()), "x\\u{202e}y\\u{2028}");
        assert_eq!(name(b"h\xff\xc3.c"), "h\\xff\\xc3.c");
    }
}
