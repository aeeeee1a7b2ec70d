//! This module cleans texts that a CPU or a file supplied.

/// Text that a CPU or a file supplied, fit to be shown and written: without terminal escapes and control characters,
/// ASCII, blanks collapsed, trimmed. A zero ends it, as in C.
pub fn clean(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text.trim_start_matches('\0').split('\0').next().unwrap_or_default().chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' => skip_escape(&mut rest),
            c if c.is_whitespace() || c == ' ' => {
                if !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            c if c.is_ascii_graphic() => out.push(c),
            c if c.is_control() => {}
            _ => out.push('?'),
        }
    }
    out.trim().to_string()
}

/// An escape sequence of ECMA-48: `[` and parameters up to a final byte, or one further character.
fn skip_escape(rest: &mut std::iter::Peekable<std::str::Chars>) {
    if rest.next() == Some('[') {
        while rest.next_if(|c| matches!(c, ' '..='?')).is_some() {}
        rest.next_if(|c| matches!(c, '@'..='~'));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_controls_go() {
        assert_eq!(clean("  Intel(R)\t Xeon\u{1b}[31;1m  \u{7}E5\u{1b}c \0 rest"), "Intel(R) Xeon E5");
        assert_eq!(clean("\0\0Nehemiah"), "Nehemiah");
        assert_eq!(clean("Caf\u{e9}\u{1b}"), "Caf?");
    }
}
