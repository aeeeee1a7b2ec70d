//! An error of the catalogue is one line with the place, the fault and the remedy.

use crate::text::one_line as visible;
use thiserror::Error;

/// What is wrong with a catalogue file, in one line: where, what, and what to do.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum CatalogueError {
    /// A file cannot be had.
    #[error("{place}: {what}; {remedy}")]
    File {
        /// The file.
        place: String,
        /// What happened.
        what: String,
        /// What to do.
        remedy: String,
    },
    /// A file is there and its text is wrong.
    #[error("{place}, line {line}: {key}: {what}; {remedy}")]
    Entry {
        /// The file.
        place: String,
        /// Counted from 1.
        line: usize,
        /// The row and key concerned.
        key: String,
        /// What is wrong.
        what: String,
        /// What to do.
        remedy: String,
    },
}

impl CatalogueError {
    /// A file that cannot be had.
    pub(crate) fn file(place: &str, what: impl ToString, remedy: &str) -> Self {
        CatalogueError::File {
            place: visible(place),
            what: one_line(&what.to_string()),
            remedy: remedy.to_string(),
        }
    }

    /// A row at a byte offset of a text.
    pub(crate) fn entry(at: At<'_>, key: impl ToString, what: impl ToString, remedy: &str) -> Self {
        CatalogueError::Entry {
            place: visible(at.place),
            line: at.line(),
            key: one_line(&key.to_string()),
            what: one_line(&what.to_string()),
            remedy: remedy.to_string(),
        }
    }

    /// What the TOML reader says about a text that starts at `first_line` of `place`.
    pub(crate) fn toml(at: At<'_>, error: &toml::de::Error) -> Self {
        let offset = error.span().map_or(0, |span| span.start);
        let key = at.text.get(offset..).unwrap_or_default().lines().next().unwrap_or_default();
        let key = key.trim().trim_end_matches(" ,").chars().take(60).collect::<String>();
        let key = if key.is_empty() { "end of the table".to_string() } else { format!("at `{key}`") };
        CatalogueError::entry(At { offset, ..at }, key, error.message(), "correct the TOML or the key's name")
    }
}

/// A byte offset in a text that may begin further down in a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At<'a> {
    /// File name for messages.
    pub place: &'a str,
    /// The text.
    pub text: &'a str,
    /// Line of the file at which the text begins, from 1.
    pub first_line: usize,
    /// Byte offset in the text.
    pub offset: usize,
}

impl At<'_> {
    /// The same text at the line that opens with `key`, else at its beginning.
    pub fn key(self, key: &str) -> Self {
        let lines = self.text.split_inclusive('\n').scan(0, |offset, line| {
            let start = *offset;
            *offset += line.len();
            Some((start, line))
        });
        let found = lines.into_iter().find(|(_, line)| line.trim_start().starts_with(key));
        At { offset: found.map_or(self.offset, |(start, _)| start), ..self }
    }

    /// The same text from the `number`th `[[operation]]` on; where operations are written otherwise, as it is.
    pub fn operation(self, number: usize) -> Self {
        At {
            offset: self.text.match_indices("[[operation]]").nth(number).map_or(self.offset, |(at, _)| at),
            ..self
        }
    }

    /// The same text at the next line from here that opens with `key`, else here.
    pub fn next(self, key: &str) -> Self {
        let rest = self.text.get(self.offset..).unwrap_or_default();
        let found = At { text: rest, offset: 0, ..self }.key(key).offset;
        At { offset: self.offset + found, ..self }
    }

    fn line(&self) -> usize {
        let before = self.text.as_bytes().iter().take(self.offset);
        self.first_line + before.filter(|byte| **byte == b'\n').count()
    }
}

/// Messages are one line whatever the file held.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
