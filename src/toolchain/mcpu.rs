//! Architectures where `-mcpu` names the processor: AArch64, RISC-V, POWER. It sets `-march` and `-mtune` both, so the
//! answer is one name; on AArch64 with the extensions that the name alone gets wrong.

use super::choice::MarchChoice;
use super::compiler::{Compiler, ToolchainError};
use super::words;
use crate::catalogue::embedded;
use crate::host::Detected;
use std::collections::BTreeSet;

/// What the compiler should be told on a host of another architecture than x86.
pub(super) fn decide(host: &Detected, compiler: &Compiler) -> Result<MarchChoice, ToolchainError> {
    let who = format!("{} {}", compiler.family.name(), compiler.version);
    let mut choice = MarchChoice {
        option: "-mcpu".into(),
        compiler: compiler.family.name().to_string(),
        version: compiler.version.clone(),
        verified: true,
        ..MarchChoice::default()
    };
    let own = &host.host.microarchitecture;
    // A pair of cores has a name of its own in gcc alone; what runs on the small one runs on both.
    let small = own.split_once('.').map(|(_, small)| small.to_string());
    for name in std::iter::once(own.clone()).chain(small).filter(|n| !n.is_empty()) {
        match macros(compiler, &name)? {
            Err(words) => choice.reasons.push(format!("{who}: not -mcpu={name}: {words}")),
            Ok(implied) => {
                choice.reasons.push(format!("{who}: accepts -mcpu={name}; it sets the tuning as well"));
                choice.march = match host.arch.as_str() {
                    "aarch64" => extended(host, compiler, name, implied, &mut choice.reasons)?,
                    _ => name,
                };
                return Ok(choice);
            }
        }
    }
    choice.reasons.push(format!("{who}: has no -mcpu for {own}; its default stays"));
    Ok(choice)
}

/// The name with `+extension` for what the host offers beyond it, and `+noextension` for what it lacks, as far as the
/// predefined macros tell a difference.
fn extended(
    host: &Detected,
    compiler: &Compiler,
    mut name: String,
    mut on: BTreeSet<String>,
    reasons: &mut Vec<String>,
) -> Result<String, ToolchainError> {
    let offered: BTreeSet<&str> = host.host.features.iter().map(String::as_str).collect();
    if offered.is_empty() {
        return Ok(name);
    }
    for extension in extensions() {
        let has = offered.contains(extension.as_str());
        let modified = format!("{name}+{}{extension}", if has { "" } else { "no" });
        let Ok(after) = macros(compiler, &modified)? else { continue };
        // An extension may bring or take others along; none may come on that the host lacks.
        let moves = if has { !after.is_subset(&on) } else { !on.is_subset(&after) };
        if moves {
            reasons
                .push(format!("-mcpu={modified}: the host {}", if has { "offers it" } else { "lacks it" }));
            (name, on) = (modified, after);
        }
    }
    Ok(name)
}

/// The predefined macros under a name, or the compiler's refusal.
fn macros(compiler: &Compiler, name: &str) -> Result<Result<BTreeSet<String>, String>, ToolchainError> {
    let option = format!("-mcpu={name}");
    let answer = compiler.question(&[option.as_str(), "-dM", "-E", "-x", "c", "-"], b"")?;
    if !answer.ok() || answer.stderr.contains("warning:") {
        return Ok(Err(words::first_error(&answer.stderr)));
    }
    let text = answer.text();
    Ok(Ok(text.lines().filter(|l| l.contains("_FEATURE_")).map(String::from).collect()))
}

/// The extensions that a host can be seen to have: keys of `probes/arm.toml`. First those that are lacked would undo
/// what others bring, so the order is that of the table.
fn extensions() -> Vec<String> {
    let table: Option<toml::Table> = embedded("arm.toml").and_then(|text| text.parse().ok());
    let extensions = table.as_ref().and_then(|t| t.get("extension")).and_then(toml::Value::as_table);
    // Without floating point and vectors Linux does not run a program.
    let optional = |name: &&String| !["fp", "simd"].contains(&name.as_str());
    extensions.into_iter().flat_map(|t| t.keys()).filter(optional).cloned().collect()
}
