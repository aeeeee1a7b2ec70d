//! What an object depends on, as a key: the command, the files that it reads, and what lies beside them.

use super::document::{RecordError, Step};
use super::readable::Again;
use super::replay::arguments_of;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Longest that naming the files may take.
const LIMIT: Duration = Duration::from_secs(60);
/// No source is larger.
const LARGEST: u64 = 64 << 20;

/// A key over all that a step's object depends on, hexadecimal. Under other flags the preprocessor may read a header that the
/// base does not: the names, sizes and times of the files beside those that it reads are part of the key.
pub(super) fn key(step: &Step, again: &Again<'_>) -> Result<String, RecordError> {
    let source = step.inputs.first().map(|i| crate::text::place(&i.path)).unwrap_or_default();
    let wrong = |what: String| {
        let remedy = "the build cannot be replayed: build it again and record that";
        RecordError::new(source.clone(), what, remedy)
    };
    let (program, mut words) = arguments_of(step);
    words.push("-M".into());
    let said = again.run(&program, &words, step, LIMIT).map_err(|e| wrong(e.to_string()))?;
    if !said.ok() {
        return Err(wrong(super::replay::first_error(&said)));
    }
    let mut hash = Sha256::new();
    let mut put = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    put(step.program.as_os_str().as_encoded_bytes());
    put(step.folder.as_os_str().as_encoded_bytes());
    step.arguments.iter().for_each(|word| put(word.as_bytes()));
    step.environment.iter().for_each(|(name, value)| put(format!("{name}={value}").as_bytes()));
    let mut folders: BTreeSet<PathBuf> = BTreeSet::new();
    for file in files(&said.text()) {
        let path = step.folder.join(&file);
        put(file.as_bytes());
        put(&crate::files::bytes(&path, LARGEST).map_err(&wrong)?);
        folders.extend(path.parent().map(Path::to_path_buf));
    }
    for folder in folders {
        let mut beside: Vec<String> = std::fs::read_dir(&folder)
            .into_iter()
            .flatten()
            .flatten()
            .filter(|e| is_header(&e.path()))
            .filter_map(|e| Some((e.file_name(), e.metadata().ok()?)))
            .map(|(name, m)| format!("{name:?} {} {} {}", m.len(), m.mtime(), m.mtime_nsec()))
            .collect();
        beside.sort();
        beside.iter().for_each(|line| put(line.as_bytes()));
    }
    Ok(crate::text::hex(&hash.finalize()))
}

fn is_header(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_string_lossy().into_owned();
    extension.is_empty()
        || extension.starts_with(['h', 'H'])
        || ["inc", "def", "tcc", "c"].contains(&&*extension)
}

/// The files of a rule that `-M` writes for make.
fn files(rule: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut name = String::new();
    let mut letters = rule.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.peek() {
                Some('\n') => {
                    letters.next();
                }
                Some(' ' | '#' | '\\') => name.extend(letters.next()),
                _ => name.push('\\'),
            },
            '$' if letters.peek() == Some(&'$') => name.extend(letters.next()),
            c if c.is_ascii_whitespace() => names.push(std::mem::take(&mut name)),
            c => name.push(c),
        }
    }
    names.push(name);
    names.retain(|n| !n.is_empty());
    // The first one is the target, with its colon.
    let sources = names.iter().position(|n| n.ends_with(':')).map_or(0, |at| at + 1);
    names.split_off(sources)
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_are_read_from_a_rule_as_make_reads_them() {
        let rule = "a\\ b.o: a\\ b.c /usr/include/x.h \\\n  odd\\#name$$.h\n";
        assert_eq!(super::files(rule), ["a b.c", "/usr/include/x.h", "odd#name$.h"]);
    }
}
