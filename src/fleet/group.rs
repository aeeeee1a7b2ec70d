//! Hosts are grouped by level, instruction set or microarchitecture.

use crate::catalogue::microarchitectures;
use crate::profile::Profile;
use std::collections::BTreeMap;

/// By what hosts are put together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum By {
    /// All hosts of an instruction set: one set of packages for the whole fleet.
    Architecture,
    /// The psABI level: where there is none, the microarchitecture.
    #[default]
    Level,
    /// The microarchitecture.
    Microarchitecture,
}

/// The architecture of a profile's CPU: `x86_64`, `i686`, `aarch64` and so on.
pub fn architecture(profile: &Profile) -> String {
    if profile.host.level.is_some() {
        return "x86_64".into();
    }
    let row = microarchitectures().ok().and_then(|t| t.get(&profile.host.microarchitecture));
    if let Some(row) = row {
        return if row.bits == 32 { "i686".into() } else { "x86_64".into() };
    }
    let cpu = profile.toolchain.iter().filter_map(|t| t.target.split('-').next()).find(|c| !c.is_empty());
    match cpu.unwrap_or_default() {
        "amd64" => "x86_64",
        "arm64" => "aarch64",
        "i386" | "i486" | "i586" => "i686",
        "" if profile.host.vendor.is_empty() => "unknown",
        "" => profile.host.vendor.as_str(),
        cpu => cpu,
    }
    .to_string()
}

/// Whether compiler tables speak of the architecture.
pub(super) fn is_x86(architecture: &str) -> bool {
    matches!(architecture, "x86_64" | "i686")
}

/// Profiles by the name of their group, each group in a fixed order.
pub(super) fn split<'a>(profiles: &[&'a Profile], by: By) -> BTreeMap<String, Vec<&'a Profile>> {
    let mut groups: BTreeMap<String, Vec<&Profile>> = BTreeMap::new();
    for profile in profiles {
        groups.entry(key(profile, by)).or_default().push(profile);
    }
    groups
}

fn key(profile: &Profile, by: By) -> String {
    let architecture = architecture(profile);
    let own = match profile.host.microarchitecture.as_str() {
        "" => "unknown",
        name => name,
    };
    let key = match by {
        By::Microarchitecture if is_x86(&architecture) => own.to_string(),
        // No table tells what two CPUs of another architecture have in common.
        _ if !is_x86(&architecture) => format!("{architecture}-{own}"),
        By::Level => profile.host.level.clone().unwrap_or(architecture),
        _ => architecture.replace('_', "-"),
    };
    crate::text::host_name(&key)
}
