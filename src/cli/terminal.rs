//! What answers are fitted to: the terminal's width and its characters.

use super::common::Common;
use hwtune::report::{Strokes, plain};
use std::io::IsTerminal;
use std::path::Path;

/// Narrower terminals are written to as if they had this many columns.
const LEAST: usize = 40;

/// Lines of an answer on a terminal.
pub const SCREEN: usize = 40;

/// The paper an answer is written on.
#[derive(Clone, Copy, Debug)]
pub struct Paper {
    /// Columns; `None` where no terminal reads it: then nothing is cut or wrapped.
    pub width: Option<usize>,
    /// Whether it holds more than ASCII.
    pub unicode: bool,
}

/// Nothing is cut or wrapped.
pub const WHOLE: Paper = Paper { width: None, unicode: true };

impl Paper {
    /// The paper of this run's answer: a file of `-o`, else standard output.
    pub fn of(common: &Common) -> Paper {
        match common.output.as_deref().is_some_and(|path| path != Path::new("-")) {
            true => Paper { width: None, unicode: unicode() },
            false => Paper::of_stdout(),
        }
    }

    /// The paper of what goes to standard output whatever `-o` says.
    pub fn of_stdout() -> Paper {
        let out = std::io::stdout();
        let size = || rustix::termios::tcgetwinsize(&out).map_or(0, |size| usize::from(size.ws_col));
        let width = out.is_terminal().then(|| columns(std::env::var("COLUMNS").ok(), size()));
        Paper { width, unicode: unicode() }
    }

    /// What fits a screen of an answer: a terminal that did not ask for all gets [`SCREEN`] lines, and how many more there
    /// are. Escapes are closed on each line, so that a cut leaves no colour on.
    pub fn screen(&self, text: &str, all: bool) -> String {
        let lines = text.lines().count();
        if self.width.is_none() || all || lines <= SCREEN {
            return text.into();
        }
        let shown: String = text.lines().take(SCREEN - 1).flat_map(|line| [line, "\n"]).collect();
        format!("{shown}{} more lines: -v shows them, --format json holds them\n", lines - SCREEN + 1)
    }

    /// The strokes of intervals.
    pub fn strokes(&self) -> Strokes {
        if self.unicode { Strokes::UNICODE } else { Strokes::ASCII }
    }

    /// Text that a terminal shows and never obeys, in the characters that it has.
    pub fn plain(&self, text: &str) -> String {
        let text = plain(text);
        if self.unicode { text } else { text.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect() }
    }

    /// The text in what is left of a line of which `used` columns are taken; what is cut off is marked.
    pub fn fit(&self, text: &str, used: usize) -> String {
        let text = self.plain(text);
        let Some(left) = self.width.map(|w| w.saturating_sub(used).max(8)) else { return text };
        if text.chars().count() <= left {
            return text;
        }
        let mark = if self.unicode { "…" } else { "..." };
        text.chars().take(left - mark.chars().count()).collect::<String>() + mark
    }

    /// Words in lines that begin at column `hang`, the first one excepted: it stands there already. Without a terminal on
    /// one line.
    pub fn wrap(&self, text: &str, hang: usize) -> String {
        let text = self.plain(text);
        let Some(width) = self.width.map(|w| w.saturating_sub(hang).max(20)) else { return text };
        let mut lines = vec![String::new()];
        for word in text.split(' ').filter(|w| !w.is_empty()) {
            let full = lines
                .last()
                .is_some_and(|l| !l.is_empty() && l.chars().count() + 1 + word.chars().count() > width);
            if full {
                lines.push(String::new());
            }
            if let Some(line) = lines.last_mut() {
                *line += if line.is_empty() { "" } else { " " };
                *line += word;
            }
        }
        lines.join(&format!("\n{:hang$}", ""))
    }
}

/// Columns: those of the environment, else the terminal's, else 80.
fn columns(variable: Option<String>, size: usize) -> usize {
    let asked = variable.and_then(|v| v.parse().ok()).filter(|n| *n > 0);
    let found = asked.unwrap_or(if size == 0 { 80 } else { size });
    found.clamp(LEAST, 1000)
}

/// Whether the locale and the terminal have more than ASCII.
pub fn unicode() -> bool {
    let value = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(value).unwrap_or_default();
    speaks_unicode(&locale, &value("TERM").unwrap_or_default())
}

fn speaks_unicode(locale: &str, term: &str) -> bool {
    let locale = locale.to_ascii_lowercase();
    (locale.contains("utf-8") || locale.contains("utf8")) && term != "dumb"
}

#[cfg(test)]
mod tests {
    use super::*;

    const NARROW: Paper = Paper { width: Some(40), unicode: false };

    #[test]
    fn text_is_cut_or_wrapped_to_the_width_and_on_a_pipe_left_whole() {
        let long = "-march=znver3 -mavx512bf16 -mavx512bitalg -mavx512bw";
        assert_eq!(NARROW.fit(long, 20), "-march=znver3 -ma...");
        assert_eq!(NARROW.wrap(long, 10), "-march=znver3 -mavx512bf16\n          -mavx512bitalg -mavx512bw");
        let pipe = Paper { width: None, unicode: true };
        assert_eq!((pipe.fit(long, 20), pipe.wrap(long, 10)), (long.to_string(), long.to_string()));
        assert_eq!(Paper { unicode: true, ..NARROW }.fit("龍芯龍芯龍芯龍芯龍芯", 32), "龍芯龍芯龍芯龍…");
    }

    #[test]
    fn an_answer_fits_a_screen_and_a_pipe_gets_all_of_it() {
        let long: String = (0..100).map(|n| format!("line {n}\n")).collect();
        let cut = NARROW.screen(&long, false);
        assert!(
            cut.lines().count() == SCREEN
                && cut.ends_with("61 more lines: -v shows them, --format json holds them\n")
        );
        assert_eq!(NARROW.screen(&long, true), long);
        assert_eq!(Paper { width: None, ..NARROW }.screen(&long, false), long);
        assert_eq!(NARROW.screen("one\n", false), "one\n");
    }

    #[test]
    fn what_a_terminal_would_obey_is_shown() {
        assert_eq!(NARROW.plain("a\u{1b}[31mb…"), "a?[31mb?");
        assert_eq!(Paper { unicode: true, ..NARROW }.plain("a\u{1b}b\u{202e}…"), "a\u{fffd}b\u{fffd}…");
    }

    #[test]
    fn width_and_characters_come_from_the_environment() {
        assert_eq!(columns(None, 132), 132);
        assert_eq!(columns(Some("90".into()), 132), 90);
        assert_eq!((columns(Some("x".into()), 0), columns(Some("3".into()), 10)), (80, LEAST));
        for (locale, term, expected) in [
            ("C.UTF-8", "xterm", true),
            ("en_GB.utf8", "linux", true),
            ("C", "xterm", false),
            ("", "xterm", false),
            ("de_DE@euro", "xterm", false),
            ("C.UTF-8", "dumb", false),
        ] {
            assert_eq!(speaks_unicode(locale, term), expected, "{locale} {term}");
        }
    }
}
