//! This module finds characters that are not visible or change how a text is displayed.

/// Characters of Unicode's category Cf (17.0, DerivedGeneralCategory.txt), with the line and paragraph separators.
const FORMAT: [(char, char); 22] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{600}', '\u{605}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{6dd}', '\u{6dd}'),
    ('\u{70f}', '\u{70f}'),
    ('\u{890}', '\u{891}'),
    ('\u{8e2}', '\u{8e2}'),
    ('\u{180e}', '\u{180e}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{fff9}', '\u{fffb}'),
    ('\u{110bd}', '\u{110bd}'),
    ('\u{110cd}', '\u{110cd}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e007f}'),
    // Not of the category, and as invisible: fillers and variation selectors (Default_Ignorable_Code_Point).
    ('\u{115f}', '\u{1160}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{e0100}', '\u{e01ef}'),
];

/// Whether a character is a control character other than newline and tab, turns the order of writing round, ends a line
/// or cannot be seen at all. Source that holds such may read as something else than it is (Boucher and Anderson, "Trojan
/// Source", USENIX Security 2023; Unicode TR 36, 3.2).
pub fn hidden(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        ' '..='~' => false,
        c => c.is_control() || FORMAT.iter().any(|(from, to)| (*from..=*to).contains(&c)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_seen_is_not_hidden() {
        for c in "\0\r\u{8}\u{1b}\u{7f}\u{85}\u{9b}\u{ad}\u{61c}\u{200b}\u{200f}\u{2028}\u{202e}\u{2066}\u{2069}\u{feff}\u{e0041}".chars() {
            assert!(hidden(c), "{c:?}");
        }
        for c in " aZ~\n\t\"\\é\u{df}\u{3b1}\u{4e2d}\u{1F600}\u{2027}\u{202f}\u{a0}".chars() {
            assert!(!hidden(c), "{c:?}");
        }
    }
}
