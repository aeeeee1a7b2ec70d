//! A row of `probes/packages.toml` describes how a package is built and which kernels stand for it.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// When in nixpkgs' bootstrap a package is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// Part of the standard environment's bootstrap.
    Bootstrap,
    /// Built with the final compiler.
    User,
}

/// A kernel's share of the package's time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weight {
    /// Share, 0 to 1; the shares of a package sum to 1.
    pub weight: f64,
    /// Where the share comes from.
    pub source: String,
}

/// A flag or a pattern of flags with the reason for its rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlagRule {
    /// An option, with `*` for any run of characters; the most specific that fits decides.
    pub flag: String,
    /// Why.
    pub why: String,
}

/// A row of `probes/packages.toml`: how a package is really built and what may be done to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// One line for people.
    pub title: String,
    /// The flags it is built with anyway, in their order.
    #[serde(default)]
    pub base: Vec<String>,
    /// The flags it is linked with anyway.
    #[serde(default)]
    pub link: Vec<String>,
    /// Kernels by name without the package, with their shares.
    #[serde(default)]
    pub kernels: BTreeMap<String, Weight>,
    /// Rules by which a flag may be written.
    #[serde(default)]
    pub allowed: Vec<FlagRule>,
    /// Rules by which it is written only when the user asks (`--allow PACKAGE:FLAG`).
    #[serde(default)]
    pub opt_in: Vec<FlagRule>,
    /// Rules by which it is never written. They come first.
    #[serde(default)]
    pub refused: Vec<FlagRule>,
    /// The first gcc in the bootstrap that compiles it, by nixpkgs release; empty where the final one does.
    #[serde(default)]
    pub compiler_floor: BTreeMap<String, u32>,
    /// What consumers with settings for single packages call it: `gentoo`, `conan`, `spack`, `easybuild`,
    /// `buildroot`, `yocto`.
    #[serde(default)]
    pub names: BTreeMap<String, String>,
    /// When it is built.
    pub layer: Layer,
    /// Why nixpkgs' standard environment contains it, where it does: an overlay of it then rebuilds everything.
    #[serde(default)]
    pub environment: String,
    /// Why the base and the rules are as they are.
    pub why: String,
    /// Where they come from.
    pub source: String,
}

impl Package {
    /// A kernel's share of the package's time in whole per cent; those of all kernels add up to 100.
    pub fn percent(&self, kernel: &str) -> Option<u32> {
        let at = self.kernels.keys().position(|name| name == kernel)?;
        let shares: Vec<f64> = self.kernels.values().map(|w| 100.0 * w.weight).collect();
        crate::text::rounded(&shares, 1.0).get(at).map(|share| *share as u32)
    }
}
