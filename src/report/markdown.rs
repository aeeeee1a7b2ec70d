//! This module escapes text for Markdown.

use super::escape::shown;

/// Text that means nothing to Markdown, on one line.
pub fn text(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&' | '#' | '$' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() || c.is_whitespace() => out.push(' '),
            c => out.push(shown(c)),
        }
    }
    out
}

/// Prose of our own: code between backquotes stays, all else as [`text`].
pub fn prose(prose: &str) -> String {
    let parts: Vec<&str> = prose.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return text(prose);
    }
    let part = |(i, part): (usize, &&str)| if i % 2 == 1 { code(part) } else { text(part) };
    parts.iter().enumerate().map(part).collect()
}

/// A code span, also within a table; as text where a backquote would end it.
pub fn code(code: &str) -> String {
    if code.is_empty() || code.contains('`') || code.chars().any(char::is_control) || code.trim() != code {
        return text(code);
    }
    format!("`{}`", code.replace('|', "\\|"))
}

/// A table: GitHub's form, which CommonMark readers without tables still show line by line.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let head: Vec<String> = head.iter().map(|h| h.to_string()).collect();
    let rule: Vec<String> = head.iter().map(|_| "---".into()).collect();
    let mut out = line(&head) + &line(&rule);
    rows.iter().for_each(|row| out += &line(row));
    out
}

/// A block of code, fenced by more backquotes than it holds in a row.
pub fn fence(code: &str) -> String {
    let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let shown: String = code.chars().map(|c| if c == '\n' || c == '\t' { c } else { shown(c) }).collect();
    format!("{fence}\n{}\n{fence}\n", shown.trim_end_matches('\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_means_anything_unless_it_is_ours() {
        assert_eq!(text("a|b\n<c> *d* `e`"), "a\\|b \\<c\\> \\*d\\* \\`e\\`");
        assert_eq!(prose("see `a|b` and c|d"), "see `a\\|b` and c\\|d");
        assert_eq!(prose("one ` alone"), "one \\` alone");
        assert_eq!(code("-O3"), "`-O3`");
        assert_eq!(code("a`b"), "a\\`b");
        assert_eq!(text("a\u{202e}b"), "a\u{fffd}b");
        assert_eq!(fence("a\n```\nb\n"), "````\na\n```\nb\n````\n");
        assert_eq!(table(&["a"], &[vec!["b".into()]]), "| a |\n| --- |\n| b |\n");
    }
}
