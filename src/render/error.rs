//! These errors say why nothing was rendered.

use thiserror::Error;

/// Why nothing was rendered.
#[derive(Debug, Error)]
pub enum RenderError {
    /// There is no such target.
    #[error("target {name:?}: no such target{meant}; one of: {known}")]
    UnknownTarget {
        /// As asked.
        name: String,
        /// The name that is most like it, as a question; empty where none is.
        meant: String,
        /// All names.
        known: String,
    },
    /// An option of the command makes no sense.
    #[error("{option}: {what}")]
    Option {
        /// The option with its value.
        option: String,
        /// What is wrong and what to give instead.
        what: String,
    },
    /// The profile lacks what the target needs or holds what it cannot write.
    #[error("target {target}: {what}")]
    Profile {
        /// Target.
        target: String,
        /// What and the remedy.
        what: String,
    },
    /// A package asked for by name, or the whole under `--strict`, is refused.
    #[error("target {target}: refused: {what}")]
    Refused {
        /// Target.
        target: String,
        /// What, why and the remedy.
        what: String,
    },
    /// The template is at fault.
    #[error("template {place}: {what}")]
    Template {
        /// Template, with its line where known.
        place: String,
        /// What is wrong and the remedy.
        what: String,
    },
}

impl RenderError {
    /// True where policy refused, false where the input is bad.
    pub fn is_refusal(&self) -> bool {
        matches!(self, RenderError::Refused { .. })
    }
}
