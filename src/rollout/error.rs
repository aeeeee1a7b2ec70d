//! These errors say what stopped a rollout, and their kind decides the exit code.

use crate::text::place;
use std::path::Path;
use thiserror::Error;

/// What kind of fault stopped a rollout command; the exit code follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RolloutFault {
    /// Bad input, or a step that comes too early.
    Usage,
    /// The state file was written by a newer hwtune.
    Newer,
    /// Policy forbids it.
    Refused,
    /// A file could not be written.
    Write,
    /// A command of the system failed.
    Failed,
}

/// Why a rollout command stopped: one line with the thing, the place and the remedy.
#[derive(Debug, Error)]
#[error("{message}")]
pub struct RolloutError {
    /// The kind.
    pub fault: RolloutFault,
    /// The line.
    pub message: String,
}

impl RolloutError {
    pub(super) fn usage(message: impl Into<String>) -> RolloutError {
        RolloutError { fault: RolloutFault::Usage, message: message.into() }
    }

    pub(super) fn failed(message: impl Into<String>) -> RolloutError {
        RolloutError { fault: RolloutFault::Failed, message: message.into() }
    }

    pub(super) fn refused(message: impl Into<String>) -> RolloutError {
        RolloutError { fault: RolloutFault::Refused, message: message.into() }
    }

    pub(super) fn state(path: &Path, what: &str) -> RolloutError {
        let remedy = "correct it, or move it away and begin again with `hwtune rollout baseline`";
        Self::usage(format!("rollout state {}: {what}; {remedy}", place(path)))
    }
}
