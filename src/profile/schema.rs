//! These are the types of a profile, except for its sections.

use super::section::{Measurement, Section};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The schema this version reads and writes.
pub const SCHEMA: u32 = 2;

/// JSON Schema (draft 2020-12) of a profile, whether it is held as TOML or JSON, as text. Beyond it, the reader asks that
/// figures are finite, that `low` is not above `high`, and that each section's toolchain is in the list.
pub const fn json_schema() -> &'static str {
    include_str!("../../profiles/schema.json")
}

/// A hardware profile: one host, its toolchains, and what was measured there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Version of the keys below.
    pub schema: u32,
    /// `sha256:` over host, toolchain and names as sorted compact JSON.
    pub fingerprint: String,
    /// `sha256:` over the whole document but this key, as sorted compact JSON: what was changed after hwtune wrote it is
    /// not believed. Absent from a profile that was written by hand.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub digest: String,
    /// False after an interrupt: then only confirmed sections carry flags.
    pub complete: bool,
    /// Stable facts: the same host gives the same bytes.
    pub host: Host,
    /// Volatile facts, outside the fingerprint.
    pub system: System,
    /// What each ecosystem calls this CPU.
    pub names: Names,
    /// The compilers asked, in the order in which they were found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub toolchain: Vec<Toolchain>,
    /// Rule by rule, why; absent where it was not kept. Outside the fingerprint.
    #[serde(default, skip_serializing_if = "Reasons::is_empty")]
    pub reasons: Reasons,
    /// How the figures were obtained; absent where nothing was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measurement: Option<Measurement>,
    /// Packages by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub package: BTreeMap<String, Section>,
    /// A user's own kernels by name, with the same keys as a package.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub kernel: BTreeMap<String, Section>,
}

/// Why the host is taken for what it is, and why each compiler gets its flags. For people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Reasons {
    /// Of the microarchitecture and the features, one rule a line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub host: Vec<String>,
    /// Of `-march`, `-mtune` and the options beside them, by the toolchain's id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub toolchain: BTreeMap<String, Vec<String>>,
}

impl Reasons {
    /// Whether none was kept.
    pub fn is_empty(&self) -> bool {
        self.host.is_empty() && self.toolchain.is_empty()
    }
}

/// The CPU and its shape.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Host {
    /// Host name: letters, digits, `-`, `_` and `.`.
    pub name: String,
    /// CPUID vendor string, or the vendor's name where there is no CPUID.
    pub vendor: String,
    /// Display family.
    pub family: u32,
    /// Display model.
    pub model: u32,
    /// Stepping.
    pub stepping: u32,
    /// Brand string.
    pub cpu: String,
    /// Canonical processor name of the newest GCC.
    pub microarchitecture: String,
    /// psABI level such as `x86-64-v3`; absent below x86-64-v1 and on other architectures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// gcc option names without `-m`, sorted: what the CPU offers and the OS enables.
    pub features: Vec<String>,
    /// Features the microarchitecture has and this host does not offer, sorted.
    pub masked: Vec<String>,
    /// Kinds of core on a hybrid CPU; empty where all are alike.
    #[serde(default)]
    pub core_kinds: Vec<CoreKind>,
    /// Physical cores.
    pub cores: u32,
    /// Logical CPUs.
    pub threads: u32,
    /// Data and unified caches as one core sees them.
    #[serde(default)]
    pub caches: Vec<Cache>,
}

/// One kind of core of a hybrid CPU.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CoreKind {
    /// `performance`, `efficiency` or `low-power-efficiency`.
    pub kind: String,
    /// Logical CPUs of this kind.
    pub cpus: u32,
}

/// One cache.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Cache {
    /// 1 to 4.
    pub level: u32,
    /// `data`, `instruction` or `unified`.
    pub kind: String,
    /// Size in KiB.
    pub kib: u64,
}

/// What changes without the host becoming another one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct System {
    /// Memory in MiB.
    pub memory_mib: u64,
    /// Microcode revision such as `0xf0`, or `unknown`.
    pub microcode: String,
    /// Kernel release.
    pub kernel: String,
    /// cpufreq governor, or `unknown`.
    pub governor: String,
    /// Hypervisor's name, empty on bare metal.
    pub hypervisor: String,
    /// RFC 3339 in UTC, a string since Nix reads no TOML dates; empty where nothing was measured.
    pub measured_at: String,
}

/// What each ecosystem calls the CPU. Empty where it has no name for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// Newest GCC's `-march`.
    pub gcc: String,
    /// rustc's `target-cpu`.
    pub rust: String,
    /// What must stand beside it as rustc's `target-feature`, `-aes,-sha2`: what the name turns on and this host does not offer.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rust_features: String,
    /// Go's `GOAMD64`.
    pub go: String,
    /// archspec's name.
    pub archspec: String,
    /// `lib.systems.architectures` of nixpkgs.
    pub nixpkgs: String,
}

impl Names {
    /// Each ecosystem's key with its name, in the order of the keys.
    pub fn each(&self) -> [(&'static str, &String); 5] {
        [
            ("gcc", &self.gcc),
            ("rust", &self.rust),
            ("go", &self.go),
            ("archspec", &self.archspec),
            ("nixpkgs", &self.nixpkgs),
        ]
    }
}

/// One compiler and the flags that it should get on this host.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Toolchain {
    /// Compiler and version, `gcc-12.2.0`; sections refer to it.
    pub id: String,
    /// `gcc` or `clang`.
    pub compiler: String,
    /// Full version.
    pub version: String,
    /// Target triple as the compiler prints it.
    pub target: String,
    /// SHA-256 of the compiler's executable, hexadecimal; empty for a compiler that is not installed.
    pub sha256: String,
    /// Best accepted `-march`, without the option.
    pub march: String,
    /// Best accepted `-mtune`, without the option.
    pub mtune: String,
    /// Full `-mX` options that change generated code.
    pub add: Vec<String>,
    /// Full `-mno-X` options that change generated code.
    pub drop: Vec<String>,
    /// Other full `±m` options: they only make the feature sets equal.
    pub inert: Vec<String>,
    /// True when the compiler itself was asked.
    pub verified: bool,
}
