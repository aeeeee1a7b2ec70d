//! This module makes the messages of compilers and linkers fit on one line.

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

/// Diagnostics with the notes that follow each; source excerpts and other lines are left out. Linkers write neither
/// `error:` nor `warning:` before everything they say: their lines count by their name.
pub(crate) fn groups(stderr: &str) -> Vec<String> {
    let mut groups: Vec<String> = Vec::new();
    for line in stderr.lines() {
        let linker = line.split(": ").next().is_some_and(|who| {
            let name = who.rsplit('/').next().unwrap_or_default();
            name.starts_with("ld") || name == "mold" || name == "collect2"
        });
        if line.contains("note:") && !line.contains("unrecognized command-line option") && !groups.is_empty()
        {
            if let Some(last) = groups.last_mut() {
                *last += "\n";
                *last += &clean(line);
            }
        } else if linker || ["error:", "warning:", "note:"].iter().any(|mark| line.contains(mark)) {
            groups.push(clean(line));
        }
    }
    groups
}

/// What opens a suggestion: the options after it are the compiler's advice, and the diagnostic is not about them.
const SUGGESTIONS: [&str; 5] =
    ["did you mean", "maybe you meant", "perhaps you meant", "; use ", "please use "];

/// A diagnostic without the suggestion that ends one of its lines.
fn without_suggestions(diagnostic: &str) -> String {
    let cut = |line: &str| {
        let end = SUGGESTIONS.iter().filter_map(|mark| line.find(mark)).min().unwrap_or(line.len());
        line[..end].to_string()
    };
    diagnostic.lines().map(cut).collect::<Vec<_>>().join("\n")
}

/// Whether a diagnostic names an option: as a whole word, without its value (`-fx=` for `-fx=9`), or as the linker
/// calls it (`-z now` for `-Wl,-z,now`). An option that is only suggested is not named.
pub(crate) fn names(diagnostic: &str, option: &str) -> bool {
    let diagnostic = &without_suggestions(diagnostic);
    if let Some(rest) = option.strip_prefix("-Wl,") {
        let parts: Vec<&str> = rest.split([',', '=']).filter(|p| p.len() > 2).collect();
        return diagnostic.contains(option) || parts.iter().any(|p| holds_word(diagnostic, p));
    }
    if holds_word(diagnostic, option) {
        return true;
    }
    let Some(at) = option.rfind('=') else { return false };
    holds_word(diagnostic, &option[..=at])
}

fn holds_word(text: &str, word: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '=' | '+');
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(inside) && (word.ends_with('=') || !after.is_some_and(inside))
    })
}

/// Complaints about an option that hold whatever stands beside it.
const IN_ANY_COMPANY: [&str; 9] = [
    "unrecognized command-line option",
    "unknown argument",
    "unknown warning option",
    "optimization flag",
    "is not between",
    "unrecognized argument",
    "should be a non-negative integer",
    "is no longer supported",
    "is obsolete",
];

/// Whether the words are about the option alone, and not about its company.
pub(crate) fn holds_in_any_company(text: &str) -> bool {
    IN_ANY_COMPANY.iter().any(|words| text.contains(words))
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

    #[test]
    fn notes_belong_to_their_diagnostic() {
        let text = "gcc: error: unknown model 'z'\ngcc: note: valid arguments to '-fm=' are: a\n  1 | x\n\
                    cc1: warning: no\n/usr/bin/ld: unrecognized option '--bogus'\n";
        let groups = groups(text);
        assert_eq!(groups.len(), 3);
        assert!(groups[0].contains("-fm="));
        assert!(names(&groups[0], "-fm=z") && !names(&groups[0], "-fmx=z"));
        assert!(names(&groups[2], "-Wl,--bogus"));
    }

    #[test]
    fn a_suggested_option_is_not_named() {
        for (text, asked, suggested) in [
            ("gcc: error: unrecognized command-line option '-fab'; did you mean '-fabs'?", "-fab", "-fabs"),
            ("clang: error: unknown argument '-fab'; did you mean '-fabs'?", "-fab", "-fabs"),
            ("ld.lld: error: unknown argument '--ab', did you mean '--abs'", "-Wl,--ab", "-Wl,--abs"),
            (
                "cc1: warning: '-mcpu=' is deprecated; use '-mtune=' or '-march=' instead",
                "-mcpu=x",
                "-mtune=x",
            ),
            (
                "warning: unknown warning option '-Wa1'; did you mean '-Wa2'? [-Wunknown-warning-option]",
                "-Wa1",
                "-Wa2",
            ),
        ] {
            assert!(names(text, asked) && !names(text, suggested), "{text}");
        }
        let two = "error: bad value 'z'\nnote: valid arguments to '-fm=' are: a; did you mean 'a'?";
        assert!(names(two, "-fm=z"));
    }

    #[test]
    fn only_whole_words_name_an_option() {
        assert!(!names("error: '-fbogus2'", "-fbogus"));
        assert!(!names("error: '-fno-bogus'", "-fbogus"));
        assert!(names("ld: warning: -z bogus ignored", "-Wl,-z,bogus"));
        assert!(names("argument to '-mbranch-cost=' is not between 0 and 5", "-mbranch-cost=9"));
        assert!(names("error: unrecognized command-line option '--param=x=3'", "--param=x=3"));
        assert!(names("argument to '--param=x=' should be", "--param=x=-3"));
    }
}
