//! What ecosystems call things that follow from the profile and stand in no table of names.

use super::gentoo::{self, CpuFlags};
use super::go::{self, Go};
use super::offered;
use super::release::nixpkgs;
use super::selection::Choice;
use super::system::System;
use crate::profile::{Names, Profile};
use serde::Serialize;

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
    /// rustc's options for this CPU, one word each.
    pub rust: Vec<String>,
    /// Zig's `-Dcpu`.
    pub zig: String,
    /// OCI's platform, `linux/amd64/v3`.
    pub oci: String,
    /// Go's variable.
    pub go: Option<Go>,
    /// Gentoo's variable.
    pub cpu_flags: Option<CpuFlags>,
    /// The option for the CPU that EasyBuild would take by itself, where the flags written hold none.
    pub optarch_kept: &'static str,
    /// Beginnings of options that the flags written take the place of.
    pub gives_way: Vec<&'static str>,
}

/// Derives them. `arch` is the decision for the whole host.
pub(super) fn derive(profile: &Profile, names: &Names, system: System, arch: Option<&Choice>) -> Derived {
    let abi = if system.musl { "musl" } else { "gnu" };
    let system = system.name;
    let level = profile.host.level.as_deref().and_then(|l| l.strip_prefix("x86-64-")).unwrap_or_default();
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
        ("loongarch64-linux", _) => "linux/loong64".into(),
        ("powerpc64le-linux", _) => "linux/ppc64le".into(),
        _ => String::new(),
    };
    let features = offered::own(profile);
    let has = features.iter().copied().chain(ranks(profile)).collect();
    let kept = arch.map(|c| &c.kept[..]).unwrap_or_default();
    Derived {
        triple,
        tune: Some(&names.nixpkgs).filter(|n| nixpkgs().is_tuned(n)).cloned().unwrap_or_default(),
        level: level.into(),
        rust: rust(names),
        zig: super::zig::cpu(names, &system, &features),
        oci,
        go: go::level(&system, &has),
        cpu_flags: gentoo::cpu_flags(&system, &features),
        optarch_kept: optarch(&system, kept),
        gives_way: gives_way(kept),
        system,
    }
}

/// The psABI level with the lower ones, or the generation of POWER with the earlier ones.
fn ranks(profile: &Profile) -> Vec<&'static str> {
    const LEVELS: [&str; 4] = ["x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4"];
    const POWER: [&str; 4] = ["power8", "power9", "power10", "power11"];
    let upto = |all: &[&'static str; 4], name: &str| match all.iter().position(|n| *n == name) {
        Some(at) => all[..=at].to_vec(),
        None => Vec::new(),
    };
    match profile.host.level.as_deref() {
        Some("x86-64-v1") => upto(&LEVELS, "x86-64"),
        Some(level) => upto(&LEVELS, level),
        None => upto(&POWER, &profile.host.microarchitecture),
    }
}

/// rustc's options: the name, and what of it this host does not offer.
fn rust(names: &Names) -> Vec<String> {
    if names.rust.is_empty() {
        return Vec::new();
    }
    let mut options = vec!["-C".to_string(), format!("target-cpu={}", names.rust)];
    if !names.rust_features.is_empty() {
        options.extend(["-C".into(), format!("target-feature={}", names.rust_features)]);
    }
    options
}

fn optarch(system: &str, kept: &[String]) -> &'static str {
    let named = kept.iter().any(|f| f.starts_with("-march=") || f.starts_with("-mcpu="));
    match system.split('-').next() {
        _ if named || kept.is_empty() => "",
        Some("x86_64" | "i686") => "-march=native",
        Some("aarch64" | "powerpc64le") => "-mcpu=native",
        _ => "",
    }
}

/// gcc lets an earlier -march and -mtune stand beside a later -mcpu, and -mtune=generic beside a later -march.
fn gives_way(kept: &[String]) -> Vec<&'static str> {
    let has = |option: &str| kept.iter().any(|f| f.starts_with(option));
    match (has("-mcpu="), has("-march="), has("-mtune=")) {
        (true, _, _) | (_, true, true) => vec!["-march=", "-mcpu=", "-mtune="],
        (_, true, false) => vec!["-march=", "-mcpu=", "-mtune=generic"],
        (_, false, true) => vec!["-mtune="],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(String::from).collect()
    }

    #[test]
    fn an_option_that_names_no_cpu_leaves_the_consumers_own() {
        assert_eq!(optarch("x86_64-linux", &words("-mtune=znver3")), "-march=native");
        assert_eq!(optarch("aarch64-linux", &words("-mtune=neoverse-v1")), "-mcpu=native");
        assert_eq!(optarch("x86_64-linux", &words("-march=znver3 -mtune=znver3")), "");
        assert_eq!(optarch("x86_64-linux", &[]), "");
        assert_eq!(gives_way(&words("-mtune=znver3")), ["-mtune="]);
        assert!(gives_way(&words("-mavx2")).is_empty() && gives_way(&words("-mcpu=x")).contains(&"-march="));
    }

    #[test]
    fn what_the_host_hides_is_switched_off_beside_the_name() {
        let names =
            Names { rust: "cortex-a72".into(), rust_features: "-aes,-sha2".into(), ..Names::default() };
        assert_eq!(rust(&names), ["-C", "target-cpu=cortex-a72", "-C", "target-feature=-aes,-sha2"]);
        assert!(rust(&Names::default()).is_empty());
    }
}
