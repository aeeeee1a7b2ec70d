//! What the scheduler tells whoever watches.

use std::time::Duration;

/// The stages whose time is accounted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Asking the compiler what it accepts.
    Accept,
    /// Building and comparing code.
    Identity,
    /// Discarding and ranking.
    Screen,
    /// Composing a set.
    Search,
    /// Confirming it.
    Confirm,
}

impl Step {
    /// The stage's name in progress and in `spent_s`.
    pub fn name(self) -> &'static str {
        match self {
            Step::Accept => "accept",
            Step::Identity => "identity",
            Step::Screen => "screen",
            Step::Search => "search",
            Step::Confirm => "confirm",
        }
    }
}

/// Hears of the progress. All methods do nothing unless overridden.
pub trait Observer {
    /// Work on a subject's stage goes on: what is in hand, and when the stage ends at the latest.
    fn at(&self, subject: &str, step: Step, what: &str, elapsed: Duration, until: Duration) {
        let _ = (subject, step, what, elapsed, until);
    }
    /// What promises most so far: flags and a rough effect.
    fn best(&self, subject: &str, flags: &str, effect: f64) {
        let _ = (subject, flags, effect);
    }
    /// So many further pairs were timed.
    fn paired(&self, pairs: u32) {
        let _ = pairs;
    }
}

/// Watches nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {}
