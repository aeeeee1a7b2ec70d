//! A verdict is what is known of a flag or a set of flags.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What is known of a flag or a set of flags. Never a bare percentage, never a bool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Policy forbids it; the reason says why.
    Refused,
    /// The compiler or linker does not take it; the reason holds its message.
    Unsupported,
    /// The build with it crashed, hung or broke a limit.
    Crashed,
    /// The build with it computes another checksum than the base.
    WrongResult,
    /// The build with it is the base, byte for byte: nothing to time.
    SameCode,
    /// The interval lies wholly above +margin.
    Helps,
    /// The interval lies wholly below -margin.
    Harms,
    /// The interval lies inside ±margin.
    Equivalent,
    /// Undecided, and the spread between layouts is beyond two margins.
    LayoutSensitive,
    /// Undecided.
    Inconclusive,
    /// The time was over before it was built or timed.
    NotReached,
}

impl Verdict {
    /// All verdicts, in the order in which the first that applies is taken.
    pub const ALL: [Verdict; 11] = [
        Verdict::Refused,
        Verdict::Unsupported,
        Verdict::Crashed,
        Verdict::WrongResult,
        Verdict::SameCode,
        Verdict::Helps,
        Verdict::Harms,
        Verdict::Equivalent,
        Verdict::LayoutSensitive,
        Verdict::Inconclusive,
        Verdict::NotReached,
    ];

    /// The name as written in a profile.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Refused => "refused",
            Verdict::Unsupported => "unsupported",
            Verdict::Crashed => "crashed",
            Verdict::WrongResult => "wrong-result",
            Verdict::SameCode => "same-code",
            Verdict::Helps => "helps",
            Verdict::Harms => "harms",
            Verdict::Equivalent => "equivalent",
            Verdict::LayoutSensitive => "layout-sensitive",
            Verdict::Inconclusive => "inconclusive",
            Verdict::NotReached => "not-reached",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
