//! A change is a difference between the profile and this host, with its consequence.

use serde::Serialize;
use serde_json::Value;

/// What a change means for the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// The profile is of another host, compiler or catalogue: it is stale.
    Stable,
    /// Such things change without the host becoming another one.
    Volatile,
}

/// One thing that is not as the profile says.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct Change {
    /// The key's path in the profile, `host.features` or `toolchain.gcc-12.2.0.sha256`.
    pub key: String,
    /// What it means.
    pub class: Class,
    /// What changed, for people.
    pub what: String,
    /// In the profile; null where it says nothing.
    pub then: Value,
    /// Here and now; null where it is gone.
    pub now: Value,
    /// Sections whose verdicts it touches, `package.zlib`.
    pub touches: Vec<String>,
}

/// A profile against the machine.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(title = "hwtune check", deny_unknown_fields))]
pub struct Staleness {
    /// Name of the host in the profile.
    pub host: String,
    /// Whether anything stable changed.
    pub stale: bool,
    /// What changed, the stable first.
    pub changes: Vec<Change>,
    /// What could not be compared, with the reason.
    pub unchecked: Vec<String>,
}

impl Staleness {
    /// Changes of one class.
    pub fn of(&self, class: Class) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |c| c.class == class)
    }

    /// Sections touched by a change of this class, each once, in order.
    pub fn touched(&self, class: Class) -> Vec<&str> {
        let mut sections: Vec<&str> = self.of(class).flat_map(|c| &c.touches).map(String::as_str).collect();
        sections.sort_unstable();
        sections.dedup();
        sections
    }
}
