//! The document of `detect --format json`.

use super::detect::Told;
use hwtune::host::Detected;
use hwtune::profile::CoreKind;
use serde::Serialize;

/// What `hwtune detect` found.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(title = "hwtune detect", deny_unknown_fields))]
pub struct Document {
    /// The CPU.
    host: Host,
    /// Compilers and which flags each should get on this host: the installed ones, then those of --for.
    toolchains: Vec<Toolchain>,
    /// What each ecosystem calls the CPU; empty where it has no name for it.
    names: Names,
}

/// The CPU.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Host {
    /// CPUID vendor string, or the vendor's name where there is no CPUID.
    vendor: String,
    /// Display family.
    family: u32,
    /// Display model.
    model: u32,
    /// Stepping.
    stepping: u32,
    /// Brand string.
    cpu: String,
    /// Canonical processor name of the newest GCC.
    microarchitecture: String,
    /// Marketing code name; empty where unknown.
    codename: String,
    /// psABI level such as `x86-64-v3`; null below x86-64-v1 and on other architectures.
    level: Option<String>,
    /// gcc option names without `-m`, sorted: what the CPU offers and the OS enables.
    features: Vec<String>,
    /// Features the microarchitecture has and this host does not offer, sorted.
    masked: Vec<String>,
    /// Hypervisor's name, empty on bare metal.
    hypervisor: String,
    /// Kinds of core on a hybrid CPU; empty where all are alike.
    core_kinds: Vec<Kind>,
    /// Rule by rule, why this microarchitecture and these features.
    reasons: Vec<String>,
}

/// One kind of core.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Kind {
    /// `performance`, `efficiency` or `low-power-efficiency`.
    kind: String,
    /// Logical CPUs of this kind.
    cpus: u32,
}

/// One compiler's answer.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Toolchain {
    /// `gcc` or `clang`.
    compiler: String,
    /// Full version, or the one given with --for.
    version: String,
    /// Best accepted `-march` (AArch64: `-mcpu`), without the option.
    march: String,
    /// Best accepted `-mtune`, without the option.
    mtune: String,
    /// Full `-mX` options that change generated code, sorted.
    add: Vec<String>,
    /// Full `-mno-X` options that change generated code, sorted.
    drop: Vec<String>,
    /// Other full `±m` options, sorted: they only make the feature sets equal.
    inert: Vec<String>,
    /// True when the compiler itself was asked on this very CPU; false for a dump and for an answer by table.
    verified: bool,
    /// What `-march=native` resolves to; null where it was not asked.
    native: Option<String>,
    /// Whether `-march=native` differs from this answer; null where it was not asked.
    native_differs: Option<bool>,
}

/// Names per ecosystem.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Names {
    /// Newest GCC's `-march` (AArch64: `-mcpu`).
    gcc: String,
    /// rustc's `target-cpu`.
    rust: String,
    /// rustc's `target-feature` beside it: what the name turns on and this host does not offer; empty where there is nothing.
    rust_features: String,
    /// Go's `GOAMD64`.
    go: String,
    /// archspec's name.
    archspec: String,
    /// `lib.systems.architectures` of nixpkgs.
    nixpkgs: String,
    /// psABI level, as in `host`.
    level: Option<String>,
}

impl Document {
    /// Of a host and its compilers' answers.
    pub fn new(detected: &Detected, told: &[Told]) -> Self {
        let (host, names) = (detected.host.clone(), detected.names.clone());
        let kind = |CoreKind { kind, cpus }| Kind { kind, cpus };
        let toolchain = |told: &Told| {
            let choice = told.choice.clone();
            Toolchain {
                compiler: choice.compiler,
                version: choice.version,
                march: choice.march,
                mtune: choice.mtune,
                add: choice.add,
                drop: choice.drop,
                inert: choice.inert,
                verified: choice.verified,
                native: choice.native,
                native_differs: choice.native_differs,
            }
        };
        Self {
            host: Host {
                vendor: host.vendor,
                family: host.family,
                model: host.model,
                stepping: host.stepping,
                cpu: host.cpu,
                microarchitecture: host.microarchitecture,
                codename: detected.codename.clone(),
                level: host.level.clone(),
                features: host.features,
                masked: host.masked,
                hypervisor: detected.system.hypervisor.clone(),
                core_kinds: host.core_kinds.into_iter().map(kind).collect(),
                reasons: detected.reasons.clone(),
            },
            toolchains: told.iter().map(toolchain).collect(),
            names: Names {
                gcc: names.gcc,
                rust: names.rust,
                rust_features: names.rust_features,
                go: names.go,
                archspec: names.archspec,
                nixpkgs: names.nixpkgs,
                level: host.level,
            },
        }
    }

    /// The document as text.
    pub fn to_json(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}

#[cfg(test)]
mod tests {
    use super::Document;
    use schemars::generate::SchemaSettings;

    /// The other documents are of the library, and so is the test of their schemas.
    #[test]
    fn the_schema_is_as_the_types_say() {
        let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
        let schema = generator.into_root_schema_for::<Document>();
        let current = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/schema/detect.json");
        if std::env::var_os("HWTUNE_UPDATE_GOLDEN").is_some() {
            return std::fs::write(file, current).unwrap();
        }
        assert!(hwtune::schema::DETECT == current, "set HWTUNE_UPDATE_GOLDEN=1 to write {file} again");
    }
}
