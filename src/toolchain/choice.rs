//! A choice is the flags that one compiler should get on this host.

use serde::{Deserialize, Serialize};

/// Which flags one compiler should get on this host.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MarchChoice {
    /// `gcc` or `clang`.
    pub compiler: String,
    /// Version as given or as the compiler prints it.
    pub version: String,
    /// Best accepted `-march`, without the option; on AArch64, RISC-V and POWER `-mcpu`, with its `+extension`s.
    pub march: String,
    /// Best accepted `-mtune`, without the option; empty where `-mcpu` sets it.
    pub mtune: String,
    /// Full `-mX` options to add that change generated code, sorted.
    pub add: Vec<String>,
    /// Full `-mno-X` options to add that change generated code, sorted.
    pub drop: Vec<String>,
    /// Other full `±m` options, sorted: they only make the feature sets equal.
    pub inert: Vec<String>,
    /// True when the compiler itself was asked.
    pub verified: bool,
    /// What `-march=native` resolves to; `None` where it was not asked.
    pub native: Option<String>,
    /// Whether `-march=native` differs from this answer; `None` where it was not asked.
    pub native_differs: Option<bool>,
    /// The option that takes [`MarchChoice::march`]: `-mcpu` on AArch64, RISC-V and POWER; empty means `-march`.
    #[serde(skip)]
    pub option: String,
    /// True where no table tells of this compiler on this architecture: nothing is known of its answer.
    #[serde(skip)]
    pub untabled: bool,
    /// Rule by rule, why this answer.
    #[serde(skip)]
    pub reasons: Vec<String>,
}

impl MarchChoice {
    /// The bundle for `-march`: the name and the options that change generated code.
    pub fn march_flags(&self) -> Vec<String> {
        let option = if self.option.is_empty() { "-march" } else { &self.option };
        let name = (!self.march.is_empty()).then(|| format!("{option}={}", self.march));
        name.into_iter().chain(self.add.iter().cloned()).chain(self.drop.iter().cloned()).collect()
    }

    /// The bundle for `-mtune`.
    pub fn mtune_flags(&self) -> Vec<String> {
        (!self.mtune.is_empty()).then(|| format!("-mtune={}", self.mtune)).into_iter().collect()
    }
}
