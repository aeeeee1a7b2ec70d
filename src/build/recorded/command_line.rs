//! Words of a command line: response files, and which word is an input.

use super::tools::{Words, matches};
use std::path::{Path, PathBuf};

/// Response files may name others; deeper than this they name themselves.
const DEEPEST: usize = 32;
/// No response file is larger.
const LARGEST: u64 = 16 << 20;

/// Puts the words of response files in their place, as libiberty's `expandargv` does. A file that is not there is a word.
pub(super) fn expanded(words: &[String], folder: &Path) -> Vec<String> {
    fn put(word: &str, folder: &Path, depth: usize, into: &mut Vec<String>) {
        let text = word.strip_prefix('@').filter(|_| depth < DEEPEST);
        let text = text.and_then(|file| crate::files::text(&folder.join(file), LARGEST).ok());
        match text {
            Some(text) => split(&text).iter().for_each(|word| put(word, folder, depth + 1, into)),
            None => into.push(word.to_string()),
        }
    }
    let mut all = Vec::new();
    words.iter().for_each(|word| put(word, folder, 0, &mut all));
    all
}

/// The words of a response file: blanks part them, quotes and backslashes keep them together.
pub(super) fn split(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut began) = (Vec::new(), String::new(), None, false);
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            ('\\', _) => {
                began = true;
                word.extend(letters.next());
            }
            (c, Some(open)) if c == open => quote = None,
            ('\'' | '"', None) => (quote, began) = (Some(letter), true),
            (c, None) if c.is_ascii_whitespace() => {
                if began {
                    words.push(std::mem::take(&mut word));
                }
                began = false;
            }
            (c, _) => {
                began = true;
                word.push(c);
            }
        }
    }
    if began {
        words.push(word);
    }
    words
}

/// A word of a response file that [`split`] reads as it is.
pub(super) fn quoted(word: &str) -> String {
    let odd = |c: char| c.is_ascii_whitespace() || matches!(c, '\\' | '\'' | '"');
    let mut text = String::new();
    for letter in word.chars() {
        if odd(letter) {
            text.push('\\');
        }
        text.push(letter);
    }
    if text.is_empty() { "\"\"".into() } else { text }
}

/// A command line with its output taken out, and whatever writes beside it.
#[derive(Debug, Default)]
pub(super) struct Line {
    pub words: Vec<String>,
    /// Inputs: their places among the words, and the language that `-x` gives them.
    pub inputs: Vec<(usize, Option<String>)>,
    pub output: Option<String>,
    /// Whether it only answers or preprocesses.
    pub is_question: bool,
    /// `-c`.
    pub compiles_only: bool,
}

impl Line {
    /// Reads the command line of a compiler, or of a linker, which has other options.
    pub(super) fn read(words: &[String], of_linker: bool, table: &Words) -> Line {
        let (separate, questions) = match of_linker {
            true => (&table.linker_separate, &table.linker_questions),
            false => (&table.separate, &table.questions),
        };
        let mut line = Line::default();
        let (mut language, mut plain) = (None, false);
        let mut rest = words.iter();
        while let Some(word) = rest.next() {
            let is_option = !plain && word.starts_with('-') && word != "-";
            if !is_option {
                line.inputs.push((line.words.len(), language.clone()));
                line.words.push(word.clone());
                continue;
            }
            if word == "--" {
                plain = true;
                continue;
            }
            line.is_question |= questions.iter().any(|q| matches(q, word));
            if table.dropped_with_value.contains(word) {
                rest.next();
                continue;
            }
            if table.dropped.iter().any(|d| matches(d, word)) {
                continue;
            }
            if word == "-c" && !of_linker {
                line.compiles_only = true;
                continue;
            }
            if !separate.contains(word) {
                let joined = word.strip_prefix("--output=").or_else(|| word.strip_prefix("-o"));
                match joined.filter(|rest| !rest.is_empty() && !word.starts_with("--o=")) {
                    // ld has long options that begin with -o and one dash.
                    Some(file) if !word.starts_with("-omagic") && !word.starts_with("-oformat") => {
                        line.output = Some(file.to_string());
                    }
                    _ => {
                        if let Some(given) = word.strip_prefix("-x").filter(|l| !l.is_empty()) {
                            language = Some(given.to_string());
                        }
                        line.words.push(word.clone());
                    }
                }
                continue;
            }
            let Some(value) = rest.next() else { continue };
            match word.as_str() {
                "-o" | "--output" => line.output = Some(value.clone()),
                _ => {
                    if word == "-x" {
                        language = (value != "none").then(|| value.clone());
                    }
                    line.words.extend([word.clone(), value.clone()]);
                }
            }
        }
        line
    }

    /// Whether a word is among the line's.
    pub(super) fn has(&self, any: &[&str]) -> bool {
        self.words.iter().any(|w| any.contains(&w.as_str()))
    }
}

/// A file as the commands of a build name it, by the folder it lies in: two names of one file are one path.
pub(super) fn settled(folder: &Path, file: &str) -> PathBuf {
    let path = folder.join(file);
    let parent = path.parent().and_then(|p| std::fs::canonicalize(p).ok());
    match (parent, path.file_name()) {
        (Some(parent), Some(name)) => parent.join(name),
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tools::Tools;
    use super::*;

    fn line(text: &str) -> Line {
        let tools = Tools::load().unwrap();
        Line::read(&shlex::split(text).unwrap(), false, &tools.words)
    }

    #[test]
    fn response_files_are_read_as_the_compiler_reads_them() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("deep", "a\\ b 'c d' \"e'f\"\n\n  @gone ''");
        write("top", "-O2 @deep\t-DX=\\\"1\\\"");
        write("self", "x @self");
        let of = |word: &str| expanded(&[word.to_string()], folder.path());
        assert_eq!(of("@top"), ["-O2", "a b", "c d", "e'f", "@gone", "", "-DX=\"1\""]);
        assert_eq!(of("@none"), ["@none"]);
        assert_eq!(of("@self").last().unwrap(), "@self");
        let odd = ["a b", "it's", "\"", "\\", "", "plain", "new\nline"].map(String::from);
        assert_eq!(split(&odd.iter().map(|w| quoted(w)).collect::<Vec<_>>().join(" ")), odd);
    }

    #[test]
    fn words_are_told_apart_from_values_of_options() {
        let one = line("-O2 -MD -MF x.d -MT x.o -I inc -include y.h -Wp,-MD,z.d -c -o 'out dir/x.o' 'a b.c'");
        assert_eq!(one.words, ["-O2", "-I", "inc", "-include", "y.h", "a b.c"]);
        assert_eq!((one.inputs, one.output.as_deref()), (vec![(5, None)], Some("out dir/x.o")));
        assert!(one.compiles_only && !one.is_question);
        let two = line("-x c - -x none b.o -oprog -Wl,-Map=m -save-temps=obj -lm");
        assert_eq!(two.words, ["-x", "c", "-", "-x", "none", "b.o", "-lm"]);
        assert_eq!(two.inputs, [(2, Some("c".into())), (5, None)]);
        assert_eq!(two.output.as_deref(), Some("prog"));
        for question in ["-E x.c", "-dumpmachine", "-print-prog-name=ld", "x.c -S", "--version", "-MM x.c"] {
            assert!(line(question).is_question, "{question}");
        }
    }
}
