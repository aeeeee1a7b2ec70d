//! This module records in a table what a compiler release does.

use super::asked::Asked;
use super::compiler::{Compiler, Family, ToolchainError};
use super::oracle::{Answer, Oracle, Word};
use super::processors::{AskedProcessors, Processors};
use crate::catalogue::{CompilerTable, Features};
use crate::host::arm;
use std::collections::{BTreeMap, BTreeSet};

/// Features that are on, and warnings.
type Told = (BTreeSet<String>, Vec<String>);

/// Asks an installed compiler everything that [`super::decide_for`] needs to know of one that is not, over `names` of
/// microarchitectures: how the files of `probes/compilers` are made.
pub fn table_of(
    compiler: &Compiler,
    names: &BTreeSet<String>,
    from: &str,
    source: &str,
) -> Result<CompilerTable, ToolchainError> {
    let asked = Asked::new(compiler);
    let state = |options: &[String]| -> Result<Option<Told>, ToolchainError> {
        Ok(match asked.state(options)? {
            Answer::Enabled { on, warnings } => Some((on, warnings)),
            Answer::Rejected(_) => None,
        })
    };
    let words = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join(" ");
    let base = vec!["-march=x86-64".to_string()];
    let (base_on, _) = state(&base)?.unwrap_or_default();
    let with = |more: &[String]| -> Vec<String> { base.iter().chain(more).cloned().collect() };

    let mut known = BTreeSet::new();
    let mut on = BTreeMap::new();
    for feature in &Features::get().names {
        let Some((plus, spoken)) = state(&with(&[format!("-m{feature}")]))? else { continue };
        let Some((_, spoken_no)) = state(&with(&[format!("-mno-{feature}")]))? else { continue };
        // An option that changes nothing visible cannot be verified, hence not be used.
        if !spoken.is_empty() || !spoken_no.is_empty() || !plus.contains(feature) {
            continue;
        }
        // clang 19 takes -mavx10.1 alone, and warns of it beside every AVX-512 name.
        if plus.contains("avx512f") {
            let beside = state(&["-march=skylake-avx512".to_string(), format!("-m{feature}")])?;
            if beside.is_none_or(|(_, spoken)| !spoken.is_empty()) {
                continue;
            }
        }
        known.insert(feature.clone());
        let more: BTreeSet<String> = plus.difference(&base_on).filter(|f| *f != feature).cloned().collect();
        if !more.is_empty() {
            on.insert(feature.clone(), words(&more));
        }
    }

    let all: Vec<String> = known.iter().map(|f| format!("-m{f}")).collect();
    let (everything, _) = state(&with(&all))?.unwrap_or_default();
    let mut off = BTreeMap::new();
    for feature in &known {
        let options: Vec<String> = all.iter().cloned().chain([format!("-mno-{feature}")]).collect();
        let Some((left, _)) = state(&with(&options))? else { continue };
        let more: BTreeSet<String> =
            everything.difference(&left).filter(|f| *f != feature).cloned().collect();
        if !more.is_empty() {
            off.insert(feature.clone(), words(&more));
        }
    }

    let mut tune = BTreeSet::new();
    let (mut march, mut march32) = (BTreeMap::new(), BTreeMap::new());
    let extra = ["generic", "x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4"].map(String::from);
    for name in names.iter().chain(&extra) {
        let is_level = name.starts_with("x86-64");
        if !is_level && asked.takes_tune(name, Word::Bits64)? {
            tune.insert(name.clone());
        }
        if name == "generic" {
            continue;
        }
        let option = format!("-march={name}");
        if let Some((set, _)) = state(std::slice::from_ref(&option))? {
            march.insert(name.clone(), set);
        } else if let Some((set, _)) = state(&["-m32".to_string(), option])? {
            march32.insert(name.clone(), set);
            if asked.takes_tune(name, Word::Bits32)? {
                tune.insert(name.clone());
            }
        }
    }
    Ok(CompilerTable {
        compiler: compiler.family.name().to_string(),
        version: compiler.version.clone(),
        from: from.to_string(),
        source: source.to_string(),
        known: words(&known),
        tune: words(&tune),
        march: CompilerTable::shortened(&march),
        march32: CompilerTable::shortened(&march32),
        on,
        off,
    })
}

/// The same of a compiler for AArch64: what the names of `-mcpu` and its extensions turn on.
pub fn aarch64_table_of(
    compiler: &Compiler,
    from: &str,
    source: &str,
) -> Result<CompilerTable, Box<dyn std::error::Error>> {
    let asked = AskedProcessors::new(compiler);
    let words = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join(" ");
    let mut march = BTreeMap::new();
    for name in arm::all_names()? {
        if let Ok(on) = asked.cpu(&name)? {
            march.insert(name, on);
        }
    }
    let base = march.get("generic").cloned().unwrap_or_default();
    let (mut known, mut on) = (BTreeSet::new(), BTreeMap::new());
    for extension in arm::extensions()?.into_keys() {
        let Ok(more) = asked.cpu(&format!("generic+{extension}"))? else { continue };
        if !more.contains(&extension) || asked.cpu(&format!("generic+no{extension}"))?.is_err() {
            continue;
        }
        let more: BTreeSet<String> = more.difference(&base).filter(|e| **e != extension).cloned().collect();
        if !more.is_empty() {
            on.insert(extension.clone(), words(&more));
        }
        known.insert(extension);
    }
    let all: String = known.iter().map(|extension| format!("+{extension}")).collect();
    let everything = asked.cpu(&format!("generic{all}"))??;
    let mut off = BTreeMap::new();
    for extension in &known {
        let left = asked.cpu(&format!("generic{all}+no{extension}"))??;
        let more: BTreeSet<String> =
            everything.difference(&left).filter(|e| *e != extension).cloned().collect();
        if !more.is_empty() {
            off.insert(extension.clone(), words(&more));
        }
    }
    Ok(CompilerTable {
        compiler: compiler.family.name().to_string(),
        version: compiler.version.clone(),
        from: from.to_string(),
        source: source.to_string(),
        known: words(&known),
        tune: String::new(),
        march: CompilerTable::shortened(&march),
        march32: BTreeMap::new(),
        on,
        off,
    })
}

impl CompilerTable {
    /// `gcc-12.2`: the file name.
    pub fn file_stem(&self) -> String {
        let short: Vec<&str> = self.version.split('.').take(2).collect();
        let family = if self.compiler == "clang" { Family::Clang } else { Family::Gcc };
        format!("{}-{}", family.name(), short.join("."))
    }
}
