//! This module escapes text for HTML and SVG.

/// Text that a browser shows as it is: what marks up is escaped, and what would be obeyed (control characters, those that
/// turn the direction of writing) or is not a character of XML becomes U+FFFD.
pub fn markup(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            c => out.push(shown(c)),
        }
    }
    out
}

/// Text on one line that shows all and commands nothing.
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_whitespace() { ' ' } else { shown(c) }).collect()
}

/// The character, or U+FFFD for one that commands instead of showing.
pub fn shown(c: char) -> char {
    let turns =
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}');
    let none = matches!(c, '\u{fffe}' | '\u{ffff}' | '\u{feff}');
    if c.is_control() || turns || none { '\u{fffd}' } else { c }
}

/// An effect with its sign, to two decimals; a power of ten where that would be long.
pub fn signed(value: f64) -> String {
    if value.abs() >= 1e6 { format!("{value:+.1e}") } else { format!("{value:+.2}") }
}

/// `[+1.80, +4.40]`.
pub fn interval(low: f64, high: f64) -> String {
    format!("[{}, {}]", signed(low), signed(high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_marks_up_and_nothing_is_obeyed() {
        assert_eq!(markup("<b a=\"1\">&'"), "&lt;b a=&quot;1&quot;&gt;&amp;&#39;");
        assert_eq!(markup("a\u{1b}[31mb\u{202e}c\0"), "a\u{fffd}[31mb\u{fffd}c\u{fffd}");
        assert_eq!(markup("é 漢\n"), "é 漢\n");
    }

    #[test]
    fn figures_have_their_sign_and_stay_short() {
        assert_eq!(signed(0.0), "+0.00");
        assert_eq!(signed(-7.105), "-7.11");
        assert!(signed(-1e300).len() < 12);
        assert_eq!(interval(-1.0, 2.5), "[-1.00, +2.50]");
    }
}
