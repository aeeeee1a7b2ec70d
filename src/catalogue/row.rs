//! Rows of the table of microarchitectures are parsed only when they are needed.

use super::microarchitecture::Microarchitecture;
use std::ops::Deref;
use std::sync::OnceLock;

/// A row of the table of microarchitectures, read when it is first looked at: to name one CPU takes a few of them.
#[derive(Debug)]
pub struct Row {
    /// Its name.
    pub key: &'static str,
    /// Whether it is a psABI level, which no vendor makes.
    pub is_level: bool,
    claims: &'static [(u32, u32, u32)],
    text: &'static str,
    /// Apart from the row: where the program is put in memory, each page of rows must be corrected at every start.
    whole: OnceLock<Box<Microarchitecture>>,
}

impl Row {
    /// From what the build made of it: `claims` are families and the models from and to.
    pub(super) const fn new(
        key: &'static str,
        is_level: bool,
        claims: &'static [(u32, u32, u32)],
        text: &'static str,
    ) -> Self {
        Self { key, is_level, claims, text, whole: OnceLock::new() }
    }

    /// Whether one of its parts has the family and the model, whoever made it.
    pub fn claims(&self, family: u32, model: u32) -> bool {
        self.claims.iter().any(|&(own, from, to)| own == family && (from..=to).contains(&model))
    }
}

impl Deref for Row {
    type Target = Microarchitecture;

    fn deref(&self) -> &Microarchitecture {
        // Each row is read by a test: a failure here cannot reach a user.
        let broken = |e| panic!("microarchitectures.toml: {}: {e}", self.key);
        self.whole.get_or_init(|| serde_json::from_str(self.text).map(Box::new).unwrap_or_else(broken))
    }
}

#[cfg(test)]
impl From<Microarchitecture> for Row {
    fn from(row: Microarchitecture) -> Self {
        Self { key: "", is_level: row.vendors.is_empty(), claims: &[], text: "", whole: Box::new(row).into() }
    }
}

#[cfg(test)]
mod tests {
    use crate::catalogue::microarchitectures;

    #[test]
    fn what_the_build_says_of_each_row_is_true() {
        for row in microarchitectures().unwrap().rows {
            assert_eq!(row.key, row.name);
            assert_eq!(row.is_level, row.vendors.is_empty(), "{}", row.name);
            for part in &row.parts {
                for model in (0..=0xff).filter(|m| part.models.holds(*m)) {
                    assert!(row.claims(part.family, model), "{} {model:x}", row.name);
                }
            }
            assert!(!row.claims(0xfff, 0));
        }
    }
}
