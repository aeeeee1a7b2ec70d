//! Quoting, one function a syntax. A value that a syntax cannot hold so that it is seen is an error, never an
//! approximation: a text with characters that turn the order of writing round reads as something else than it is.

use crate::text::hidden;

/// One line of printable ASCII; all else, and the backslash, as `\u{…}`. It can end no comment and no line.
pub fn line(text: &str) -> String {
    const MAX: usize = 400;
    let mut out = String::new();
    for c in text.chars() {
        if out.len() > MAX {
            out.push_str("...");
            break;
        }
        match c {
            '\\' => out.push_str("\\u{5c}"),
            ' '..='~' => out.push(c),
            _ => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
        }
    }
    out.replace("*/", "* /")
}

/// A comment of one or more lines, each opened by `mark`, filled to 98 columns. Blank lines part paragraphs; lines
/// that begin with a space or `- ` stand alone.
pub fn comment(text: &str, mark: &str) -> String {
    let mut out = String::new();
    let mut paragraph = String::new();
    let flush = |paragraph: &mut String, out: &mut String| {
        let indent = if paragraph.starts_with("- ") { "  " } else { "" };
        let mut row = String::new();
        for word in paragraph.split(' ').filter(|w| !w.is_empty()) {
            if !row.trim_start().is_empty() && mark.len() + 1 + row.len() + 1 + word.len() > 98 {
                out.push_str(&format!("{mark} {row}\n"));
                row = indent.into();
            }
            if !row.trim_start().is_empty() {
                row.push(' ');
            }
            row.push_str(word);
        }
        if !row.is_empty() {
            out.push_str(&format!("{mark} {row}\n"));
        }
        paragraph.clear();
    };
    for raw in text.split('\n') {
        let safe: String = raw.chars().map(|c| if matches!(c, ' '..='~') { c } else { '?' }).collect();
        let safe = safe.trim_end();
        if safe.is_empty() {
            flush(&mut paragraph, &mut out);
            if !out.is_empty() && !out.ends_with(&format!("\n{mark}\n")) {
                out.push_str(&format!("{mark}\n"));
            }
        } else if safe.starts_with(' ') {
            flush(&mut paragraph, &mut out);
            out.push_str(&format!("{mark} {safe}\n"));
        } else {
            if safe.starts_with("- ") {
                flush(&mut paragraph, &mut out);
            }
            if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(safe);
        }
    }
    flush(&mut paragraph, &mut out);
    let blank = format!("{mark}\n");
    while out.ends_with(&format!("\n{blank}")) {
        out.truncate(out.len() - blank.len());
    }
    // It ends in a newline of its own: whatever the template goes on with is not part of the comment.
    out
}

/// A string between two marks, with what acts inside replaced; `escape` answers `None` for a character that stays. Refuses
/// what no text syntax holds, and what would stay and not be seen.
fn quoted(text: &str, mark: char, escape: impl Fn(char) -> Option<String>) -> Result<String, String> {
    let mut inner = String::with_capacity(text.len() + 2);
    for c in text.chars() {
        match escape(c) {
            _ if c == '\0' => return Err("a NUL byte cannot be written".into()),
            Some(escaped) => inner.push_str(&escaped),
            None if hidden(c) => {
                let code = u32::from(c);
                return Err(format!(
                    "the character U+{code:04X} would not be seen where it stands, and is not written"
                ));
            }
            None => inner.push(c),
        }
    }
    Ok(format!("{mark}{inner}{mark}"))
}

/// A backslash before each of `special`, and the ends of lines as C writes them.
fn backslashed(c: char, special: &str) -> Option<String> {
    match c {
        '\n' => Some("\\n".into()),
        '\r' => Some("\\r".into()),
        c => special.contains(c).then(|| format!("\\{c}")),
    }
}

/// A Nix string. Every `$` is escaped, so no antiquotation can open; CR too, since Nix reads CR LF as LF.
pub fn nix(text: &str) -> Result<String, String> {
    quoted(text, '"', |c| if c == '\t' { Some("\\t".into()) } else { backslashed(c, "\"\\$") })
}

/// A Nix attribute name.
pub fn nix_attr(text: &str) -> Result<String, String> {
    const KEYWORDS: [&str; 10] =
        ["if", "then", "else", "assert", "with", "let", "in", "rec", "inherit", "or"];
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-'".contains(c))
        && !KEYWORDS.contains(&text);
    if plain { Ok(text.into()) } else { nix(text) }
}

/// One word of a POSIX shell, in single quotes.
pub fn shell(text: &str) -> Result<String, String> {
    quoted(text, '\'', |c| (c == '\'').then(|| "'\\''".into()))
}

/// One word of fish, in single quotes.
pub fn fish(text: &str) -> Result<String, String> {
    quoted(text, '\'', |c| matches!(c, '\'' | '\\').then(|| format!("\\{c}")))
}

/// Double quotes with the four characters escaped that act inside them: make.conf, environment.d, a shell.
pub fn double(text: &str) -> Result<String, String> {
    printable(text)?;
    quoted(text, '"', |c| backslashed(c, "\"\\$`"))
}

/// A word that needs no quoting anywhere; anything else is an error, for syntaxes that have none.
pub fn word(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=+,.:/@%".contains(c);
    match text.chars().find(|c| !plain(*c)) {
        Some(c) => Err(format!("the character {c:?} cannot be written here")),
        None if text.is_empty() => Err("an empty word cannot be written here".into()),
        None => Ok(text.into()),
    }
}

/// A JSON string in ASCII; YAML reads the same.
pub fn json(text: &str) -> Result<String, String> {
    let unit = |unit: &u16| format!("\\u{unit:04x}");
    quoted(text, '"', |c| ascii(c, |c| c.encode_utf16(&mut [0; 2]).iter().map(unit).collect()))
}

/// A TOML basic string; TOML has no surrogate pairs.
pub fn toml(text: &str) -> Result<String, String> {
    quoted(text, '"', |c| {
        ascii(c, |c| match u32::from(c) {
            code if code > 0xffff => format!("\\U{code:08x}"),
            code => format!("\\u{code:04x}"),
        })
    })
}

/// Printable ASCII stays, what acts in double quotes gets a backslash, and `other` writes the rest.
fn ascii(c: char, other: impl Fn(char) -> String) -> Option<String> {
    match c {
        '"' | '\\' => Some(format!("\\{c}")),
        ' '..='~' => None,
        c => Some(other(c)),
    }
}

/// A CMake quoted argument.
pub fn cmake(text: &str) -> Result<String, String> {
    quoted(text, '"', |c| backslashed(c, "\"\\$"))
}

/// A string of Meson or Python in single quotes.
pub fn python(text: &str) -> Result<String, String> {
    quoted(text, '\'', |c| backslashed(c, "'\\"))
}

/// Refuses control characters, for syntaxes that end a value at a line.
fn printable(text: &str) -> Result<(), String> {
    match text.chars().find(|c| c.is_control()) {
        Some(c) => Err(format!("the control character {c:?} cannot be written here")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_one() {
        assert_eq!(line("a\n# b\r\u{2028}é\\"), "a\\u{a}# b\\u{d}\\u{2028}\\u{e9}\\u{5c}");
        assert_eq!(line("*/ */"), "* / * /");
        assert!(line(&"x".repeat(1 << 16)).len() < 500);
    }

    #[test]
    fn a_comment_is_filled_and_marked() {
        let text = comment("one\ntwo\n\n- item\n  code --x\n\n\n", "#");
        assert_eq!(text, "# one two\n#\n# - item\n#   code --x\n");
        let long = comment(&"word ".repeat(100), "#");
        assert!(long.lines().all(|l| l.len() <= 98 && l.starts_with("# word")));
    }

    #[test]
    fn each_syntax_keeps_its_own_marks() {
        assert_eq!(nix("a\"${b}''\\\r\n$").unwrap(), r#""a\"\${b}''\\\r\n\$""#);
        assert_eq!(nix_attr("zlib").unwrap(), "zlib");
        assert_eq!(nix_attr("with").unwrap(), "\"with\"");
        assert_eq!(nix_attr("a.b").unwrap(), "\"a.b\"");
        assert_eq!(shell("a'b").unwrap(), r"'a'\''b'");
        assert_eq!(json("é\u{1F600}\n").unwrap(), "\"\\u00e9\\ud83d\\ude00\\u000a\"");
        assert_eq!(toml("\u{1F600}").unwrap(), "\"\\U0001f600\"");
        assert!(word("a b").is_err() && word("").is_err() && double("a\nb").is_err());
        for f in [nix, shell, fish, json, toml, cmake, python] {
            assert!(f("\0").is_err());
        }
        // Who has escapes for all writes them, who has none refuses.
        for odd in ['\u{202e}', '\u{9b}', '\u{7f}', '\u{8}', '\u{200b}', '\u{2028}', '\u{feff}', '\u{e0041}']
        {
            let text = format!("x{odd}y");
            for f in [nix, nix_attr, shell, fish, double, cmake, python, word] {
                assert!(f(&text).is_err(), "{odd:?}");
            }
            for f in [json, toml] {
                assert!(f(&text).unwrap().is_ascii(), "{odd:?}");
            }
        }
        assert!(shell("a\rb").is_err() && nix("é\u{1F600}").is_ok() && shell("é\n\t").is_ok());
    }
}
