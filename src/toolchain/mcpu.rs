//! Architectures where `-mcpu` names the processor: AArch64, RISC-V, POWER. It sets `-march` and `-mtune` both, so the
//! answer is one name; on AArch64 with the extensions that the name alone gets wrong.

use super::choice::MarchChoice;
use super::compiler::{Compiler, ToolchainError};
use super::words;
use crate::catalogue::embedded;
use crate::host::{self, Detected};
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
    for name in names(host) {
        match macros(compiler, "-mcpu", &name)? {
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
    for isa in isas(host) {
        match macros(compiler, "-march", &isa)? {
            Err(words) => choice.reasons.push(format!("{who}: not -march={isa}: {words}")),
            Ok(_) => {
                choice.reasons.push(format!("{who}: accepts -march={isa}; its default tuning stays"));
                (choice.option, choice.march) = ("-march".into(), isa);
                return Ok(choice);
            }
        }
    }
    choice.reasons.push(format!("{who}: has no -mcpu for {own}; its default stays"));
    Ok(choice)
}

/// Names for `-mcpu`, best first: the CPU's own; then what the CPU descends from, which of a pair of cores is the small one,
/// whose code runs on both.
fn names(host: &Detected) -> Vec<String> {
    let own = &host.host.microarchitecture;
    let mut names = vec![own.clone()];
    match host.arch.as_str() {
        "aarch64" => {
            // The table is part of the program and a test reads it whole.
            names.extend(host::arm_lineage(own).unwrap_or_default());
            names.push("generic".into());
        }
        // A pair has a name in gcc alone.
        "arm" => names.extend(own.split_once('.').map(|(_, small)| small.to_string())),
        "ppc64le" => {
            let generation = own.strip_prefix("power").and_then(|g| g.parse::<u32>().ok()).unwrap_or(0);
            // POWER8 is the first that runs little-endian Linux.
            names.extend((8..generation.min(100)).rev().map(|g| format!("power{g}")));
        }
        _ => {}
    }
    let mut seen = BTreeSet::new();
    names.retain(|n| !n.is_empty() && seen.insert(n.clone()));
    names
}

/// RISC-V's extensions as `-march` takes them: all, then the letters alone. Elsewhere none.
fn isas(host: &Detected) -> Vec<String> {
    let Some(width) = host.arch.strip_prefix("riscv") else { return Vec::new() };
    let features = &host.host.features;
    // The order is the specification's.
    let letters: String =
        "eimafdqlcbkjtpvnh".chars().filter(|c| features.iter().any(|f| *f == c.to_string())).collect();
    if letters.is_empty() {
        return Vec::new();
    }
    let named: String =
        features.iter().filter(|f| f.len() > 1 && f.starts_with('z')).map(|f| format!("_{f}")).collect();
    let plain = format!("rv{width}{letters}");
    if named.is_empty() { vec![plain] } else { vec![format!("{plain}{named}"), plain] }
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
        let Ok(after) = macros(compiler, "-mcpu", &modified)? else { continue };
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

/// The predefined macros under an option, or the compiler's refusal.
fn macros(
    compiler: &Compiler,
    option: &str,
    value: &str,
) -> Result<Result<BTreeSet<String>, String>, ToolchainError> {
    let option = format!("{option}={value}");
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

#[cfg(test)]
mod tests {
    use super::*;

    fn host(arch: &str, name: &str, features: &str) -> Detected {
        let mut host = Detected { arch: arch.into(), ..Detected::default() };
        host.host.microarchitecture = name.into();
        host.host.features = features.split_whitespace().map(String::from).collect();
        host
    }

    #[test]
    fn each_descends_from_what_an_older_compiler_knows() {
        assert_eq!(names(&host("ppc64le", "power11", "")), ["power11", "power10", "power9", "power8"]);
        assert_eq!(names(&host("ppc64le", "power8", "")), ["power8"]);
        let pair = host("aarch64", "cortex-a72.cortex-a53", "");
        assert_eq!(names(&pair), ["cortex-a72.cortex-a53", "cortex-a53", "generic"]);
        let old = host("arm", "cortex-a15.cortex-a7", "");
        assert_eq!(names(&old), ["cortex-a15.cortex-a7", "cortex-a7"]);
        let cobalt = names(&host("aarch64", "cobalt-100", ""));
        assert_eq!(cobalt[..3], ["cobalt-100", "neoverse-n2", "cortex-a710"]);
        assert_eq!(cobalt.last().unwrap(), "generic");
        assert_eq!(names(&host("aarch64", "gb10", ""))[..3], ["gb10", "cortex-x925", "cortex-x4"]);
        assert_eq!(names(&host("aarch64", "generic", "")), ["generic"]);
        assert_eq!(names(&host("riscv64", "sifive-u74", "")), ["sifive-u74"]);
        assert_eq!(names(&host("ppc64le", "power4294967295", "")).len(), 93);
    }

    #[test]
    fn riscv_has_its_extensions_where_it_has_no_name() {
        let isas = isas(&host("riscv64", "rv64", "a c d f i m sstc v zba zicsr"));
        assert_eq!(isas, ["rv64imafdcv_zba_zicsr", "rv64imafdcv"]);
        assert!(super::isas(&host("aarch64", "generic", "aes")).is_empty());
    }
}
