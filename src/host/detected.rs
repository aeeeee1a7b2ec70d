//! A detected host is the answer of `detect`, live or from a dump.

use crate::profile;
use serde::Serialize;

/// One host as detected, live or from a dump.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Detected {
    /// Stable facts as they go into the profile.
    pub host: profile::Host,
    /// Volatile facts.
    pub system: profile::System,
    /// Names per ecosystem.
    pub names: profile::Names,
    /// Marketing code name (Raptor Lake, Genoa); empty where unknown.
    pub codename: String,
    /// CPU architecture: `x86_64`, `i686`, `aarch64`, `riscv64`, `ppc64le`.
    pub arch: String,
    /// Features of the microarchitecture of which the source tells nothing: neither offered nor masked.
    pub unknown: Vec<String>,
    /// Rule by rule, why this microarchitecture and these features.
    pub reasons: Vec<String>,
}
