//! This module checks the form of a flag and rejects text that no compiler option looks like.

use super::pattern::{canonical, most_specific};
use super::risk;

/// Longest flag, in bytes: real ones are far shorter.
const LONGEST: usize = 200;

/// Whether a text has the form of a flag that only tunes: no file it reads or writes, no tool it starts, no macro it
/// defines. Several words are held to the same, word by word.
pub(crate) fn check(flag: &str) -> Result<(), String> {
    if flag.len() > LONGEST {
        return Err(format!("longer than {LONGEST} bytes"));
    }
    let odd = flag.chars().find(|c| !(c.is_ascii_alphanumeric() || "-+=_.,: ".contains(*c)));
    if let Some(odd) = odd {
        return Err(format!("{odd:?} has no place in a flag: letters, digits and - + = _ . , : only"));
    }
    let words = canonical(flag);
    if words.is_empty() {
        return Err("empty".to_string());
    }
    words.split(' ').try_for_each(word)
}

fn word(word: &str) -> Result<(), String> {
    if !word.starts_with('-') || word.len() < 2 {
        return Err(format!(
            "`{word}` does not begin with a dash: it would be a file or an option's argument"
        ));
    }
    let form = most_specific(&risk::table().refused_form, |form| &form.patterns, word);
    let rule = most_specific(&risk::table().rule, |rule| &rule.patterns, word);
    match (form, rule) {
        (Some((form, _)), Some((rule, _))) if form < rule => Ok(()),
        (Some((_, form)), _) => Err(format!("`{word}`: {}", form.why)),
        (None, _) => Ok(()),
    }
}
