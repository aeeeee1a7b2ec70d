//! What compilers and linkers say on standard error, made fit for one line.

/// Longest message kept, in characters.
const LONGEST: usize = 300;

/// One line without control characters and without the typographic quotes that some locales keep.
pub(crate) fn clean(line: &str) -> String {
    let plain: String = line
        .chars()
        .map(|c| match c {
            '\u{2018}' | '\u{2019}' => '\'',
            '\u{201c}' | '\u{201d}' => '"',
            c if c.is_control() => ' ',
            c => c,
        })
        .take(LONGEST)
        .collect();
    plain.trim().to_string()
}

/// The first line that speaks of an error; else the last line; else a word that there was none.
pub(crate) fn first_error(stderr: &str) -> String {
    let lines = || stderr.lines().map(str::trim).filter(|l| !l.is_empty());
    let line = lines()
        .find(|l| l.contains("error:") || l.contains("error "))
        .or_else(|| lines().next_back())
        .unwrap_or("it failed without a word");
    clean(line)
}

/// The lines that are warnings or errors.
pub(crate) fn diagnostics(stderr: &str) -> impl Iterator<Item = &str> {
    stderr.lines().filter(|l| l.contains("warning:") || l.contains("error:"))
}

/// The warnings, each one line.
pub(crate) fn warnings(stderr: &str) -> Vec<String> {
    stderr.lines().filter(|l| l.contains("warning:")).map(clean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_whatever_was_said() {
        assert_eq!(first_error(""), "it failed without a word");
        assert_eq!(first_error("a\ncc1: error: no \u{2018}x\u{2019}\u{7}\nb\n"), "cc1: error: no 'x'");
        assert_eq!(first_error("a\n\nb\n\n"), "b");
        assert_eq!(clean(&"x".repeat(9999)).len(), LONGEST);
    }
}
