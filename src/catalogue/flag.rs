//! A row of `probes/flags.toml` describes a flag: where it acts, what it may break and why it is worth trying.

use serde::{Deserialize, Serialize};

/// A kind of code: what a kernel spends its time in, and what a flag is known to matter for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CodeKind {
    /// Branches that follow the data: parsers, interpreters, matching.
    Branchy,
    /// Small inner loops over arrays: checksums, scans, images.
    Loop,
    /// Many calls of small functions: comparisons through pointers, allocators, tree walks.
    Calls,
    /// Arithmetic in floating point.
    Float,
}

/// Where a flag acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum FlagKind {
    /// The compiler's code generation.
    Codegen,
    /// The linker.
    Link,
    /// Only how the build runs (`-pipe`): never in a package's flags.
    BuildOnly,
}

/// What a flag may break. Only `none` and `size` are candidates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Risk {
    /// Nothing.
    None,
    /// Code grows.
    Size,
    /// Calls between objects.
    Abi,
    /// What the program computes.
    Semantics,
    /// Hardening.
    Security,
    /// The whole process (FTZ, executable stack).
    GlobalState,
}

impl Risk {
    /// As written in the tables: `global-state`.
    pub fn name(self) -> &'static str {
        match self {
            Risk::None => "none",
            Risk::Size => "size",
            Risk::Abi => "abi",
            Risk::Semantics => "semantics",
            Risk::Security => "security",
            Risk::GlobalState => "global-state",
        }
    }

    /// The classes that are refused unless they are allowed by name.
    pub const REFUSED: [Risk; 4] = [Risk::Abi, Risk::Semantics, Risk::Security, Risk::GlobalState];

    /// Whether a flag of this risk is tried at all.
    pub fn candidate(self) -> bool {
        matches!(self, Risk::None | Risk::Size)
    }
}

/// A row of `probes/flags.toml`. The `name` may be a single option or several words; `{march}` and `{mtune}` stand
/// for the decision made for the compiler at hand, with its deltas.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flag {
    /// The option as typed.
    pub name: String,
    /// Where it acts.
    pub kind: FlagKind,
    /// What it may break.
    pub risk: Risk,
    /// Dialects it belongs to: `gcc`, `clang`.
    pub compilers: Vec<String>,
    /// Options that must be there as well.
    #[serde(default)]
    pub needs: Vec<String>,
    /// Options it cannot stand beside.
    #[serde(default)]
    pub conflicts: Vec<String>,
    /// Tried before the others, where the time may not reach for all.
    #[serde(default)]
    pub first: bool,
    /// Packages it is tried for; every one where empty.
    #[serde(default)]
    pub only: Vec<String>,
    /// Kinds of code that it is likely to matter for; any where empty.
    #[serde(default)]
    pub matters_for: Vec<CodeKind>,
    /// What it does and when it may help.
    pub why: String,
    /// Manual, issue or paper.
    pub source: String,
}

/// A row of `probes/values.toml`: which values of an option are worth trying.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Values {
    /// The option up to its value, `-falign-loops=` or `--param=max-unroll-times=`.
    pub option: String,
    /// The values, as typed after it.
    pub values: Vec<String>,
    /// Why these.
    pub why: String,
    /// Manual, issue or paper.
    pub source: String,
}
