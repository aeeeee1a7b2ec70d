//! What ecosystems call things that follow from the profile and stand in no table of names.

use super::release::nixpkgs;
use super::system::System;
use crate::profile::{Names, Profile};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// `probes/cpu_flags_x86.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Gentoo {
    #[cfg_attr(not(test), expect(dead_code, reason = "for people, and for the test that it is there"))]
    source: String,
    flag: BTreeMap<String, Vec<String>>,
}

static GENTOO: LazyLock<Option<Gentoo>> =
    LazyLock::new(|| toml::from_str(include_str!("../../probes/cpu_flags_x86.toml")).ok());

/// Names a template may use beside those of the profile. Empty where there is none.
#[derive(Debug, Default, PartialEq, Serialize)]
pub(super) struct Derived {
    /// nixpkgs' `x86_64-linux`.
    pub system: String,
    /// Rust's target triple.
    pub triple: String,
    /// nixpkgs' `gcc.tune`: a psABI level and a version of an architecture are none.
    pub tune: String,
    /// psABI level as `v3`.
    pub level: String,
    /// Zig's `-Dcpu`.
    pub zig: String,
    /// OCI's platform, `linux/amd64/v3`.
    pub oci: String,
    /// Gentoo's CPU_FLAGS_X86.
    pub cpu_flags_x86: Vec<String>,
}

/// Derives them.
pub(super) fn derive(profile: &Profile, names: &Names, system: System) -> Derived {
    let abi = if system.musl { "musl" } else { "gnu" };
    let system = system.name;
    let level = profile.host.level.as_deref().and_then(|l| l.strip_prefix("x86-64-")).unwrap_or_default();
    let x86 = system.starts_with("x86_64") || system.starts_with("i686");
    let triple = match system.split_once('-') {
        Some(("riscv64", _)) => format!("riscv64gc-unknown-linux-{abi}"),
        Some((cpu, _)) => format!("{cpu}-unknown-linux-{abi}"),
        None => String::new(),
    };
    let oci = match (system.as_str(), level) {
        // v1 is the default, which has no variant.
        ("x86_64-linux", "" | "v1") => "linux/amd64".into(),
        ("x86_64-linux", level) => format!("linux/amd64/{level}"),
        ("i686-linux", _) => "linux/386".into(),
        ("aarch64-linux", _) => "linux/arm64".into(),
        ("riscv64-linux", _) => "linux/riscv64".into(),
        ("powerpc64le-linux", _) => "linux/ppc64le".into(),
        _ => String::new(),
    };
    let offered = |features: &[String]| features.iter().any(|f| profile.host.features.contains(f));
    let flags = GENTOO.as_ref().filter(|_| x86).into_iter().flat_map(|g| &g.flag);
    Derived {
        triple,
        tune: Some(&names.nixpkgs).filter(|n| nixpkgs().is_tuned(n)).cloned().unwrap_or_default(),
        level: level.into(),
        // Zig takes LLVM's names, with underscores.
        zig: names.rust.replace('-', "_"),
        oci,
        cpu_flags_x86: flags.filter(|(_, f)| offered(f)).map(|(name, _)| name.clone()).collect(),
        system,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gentoo_flags_are_gcc_features() {
        let table = GENTOO.as_ref().expect("probes/cpu_flags_x86.toml");
        assert!(!table.source.is_empty());
        let known: toml::Table = toml::from_str(include_str!("../../probes/features.toml")).unwrap();
        let known: Vec<&str> = known["names"].as_str().unwrap().split_whitespace().collect();
        for feature in table.flag.values().flatten() {
            assert!(known.contains(&feature.as_str()), "{feature}");
        }
    }
}
