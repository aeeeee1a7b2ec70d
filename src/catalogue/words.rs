//! A list of words is kept as one string and split when it is first used.

use serde::{Deserialize, Deserializer};
use std::ops::Deref;
use std::sync::OnceLock;

/// Words in one string, taken apart when they are first looked at: of a large table one host needs few rows.
#[derive(Clone, Debug, Default)]
pub struct Words {
    text: String,
    list: OnceLock<Vec<String>>,
}

impl From<String> for Words {
    fn from(text: String) -> Self {
        Self { text, list: OnceLock::new() }
    }
}

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Self::from)
    }
}

impl Deref for Words {
    type Target = [String];

    fn deref(&self) -> &[String] {
        self.list.get_or_init(|| self.text.split_ascii_whitespace().map(String::from).collect())
    }
}

impl<'a> IntoIterator for &'a Words {
    type Item = &'a String;
    type IntoIter = std::slice::Iter<'a, String>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_a_list() {
        let words = Words::from("avx  avx2\nfma ".to_string());
        assert_eq!(*words, ["avx", "avx2", "fma"]);
        assert!(Words::default().is_empty());
    }
}
