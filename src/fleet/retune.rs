//! A host to tune is named with the reason.

use crate::profile::Profile;
use serde::Serialize;

/// A host that should be measured again, or at all.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Retune {
    /// Host name.
    pub host: String,
    /// Package or kernel.
    pub subject: String,
    /// Why, one line.
    pub reason: String,
}

impl Retune {
    pub(super) fn new(profile: &Profile, subject: &str, reason: impl Into<String>) -> Retune {
        Retune { host: profile.host.name.clone(), subject: subject.into(), reason: reason.into() }
    }
}
