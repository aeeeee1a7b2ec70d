//! Why a compiler or linker refused a build: in full for those who wait for it, and what of it a profile may keep.

use crate::toolchain::quotable;
use std::fmt;

/// What was said of a build that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    said: String,
    kept: String,
}

impl Rejection {
    /// A line of the compiler's, which was called with these arguments.
    pub(super) fn by_compiler(line: String, arguments: &[String]) -> Rejection {
        Rejection { kept: quotable(&line, arguments), said: line }
    }

    /// In full, for a terminal.
    pub fn said(&self) -> &str {
        &self.said
    }

    /// Without what may repeat a source, for a profile.
    pub fn kept(&self) -> &str {
        &self.kept
    }
}

impl From<String> for Rejection {
    /// A statement of hwtune's own.
    fn from(said: String) -> Rejection {
        Rejection { kept: said.clone(), said }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said)
    }
}
