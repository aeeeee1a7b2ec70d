//! An oracle knows the effect of options: an installed compiler, or the table of one that is not installed.

use super::compiler::{Family, ToolchainError};
use crate::catalogue::Features;
use std::collections::BTreeSet;

/// What a compiler says about a whole set of options.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    /// It takes them.
    Enabled {
        /// Features of `probes/features.toml` that are on.
        on: BTreeSet<String>,
        /// Its warnings, each one line.
        warnings: Vec<String>,
    },
    /// It rejects it, with this message.
    Rejected(String),
}

/// What `-march=native` is: its name, and the features it enables.
pub(crate) type Native = (String, BTreeSet<String>);

/// What knows the effect of options: an installed compiler, or the table of one that is not installed.
/// The decision is one engine over either.
pub(crate) trait Oracle: Sync {
    /// Dialect.
    fn family(&self) -> Family;

    /// Version for people and for [`super::MarchChoice::version`].
    fn version(&self) -> &str;

    /// What the whole option set enables.
    fn state(&self, options: &[String]) -> Result<Answer, ToolchainError>;

    /// Features that it has options for and takes without a warning.
    fn known(&self) -> Result<BTreeSet<String>, ToolchainError>;

    /// Whether it takes the name for `-mtune`.
    fn takes_tune(&self, name: &str, word: Word) -> Result<bool, ToolchainError>;

    /// What `-march=native` is here. `None` where that cannot be asked.
    fn native(&self) -> Result<Option<Native>, ToolchainError>;
}

/// Word size of the code that is generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// 32 bits: a CPU that has no long mode.
    Bits32,
    /// 64 bits.
    Bits64,
}

impl Word {
    /// Those of the features that make a difference to code of this width.
    pub(crate) fn concerns(self, mut features: BTreeSet<String>) -> BTreeSet<String> {
        if self == Word::Bits32 {
            features.retain(|f| !Features::get().is_wide(f));
        }
        features
    }

    /// The option that a compiler for x86-64 needs.
    pub(crate) fn options(self) -> Vec<String> {
        match self {
            Word::Bits32 => vec!["-m32".to_string()],
            Word::Bits64 => Vec::new(),
        }
    }
}
