//! Architectures where `-mcpu` names the processor: AArch64, RISC-V, POWER. It sets `-march` and `-mtune` both, so the
//! answer is one name; on AArch64 with the extensions that the name alone gets wrong.

use super::choice::MarchChoice;
use super::compiler::{Compiler, ToolchainError};
use super::processors::{AskedProcessors, Processors};
use super::words;
use crate::host::arm::{self, Reach};
use crate::host::{Detected, loongarch, riscv};
use std::collections::BTreeSet;

/// Which flags the compiler should get on a host of another architecture than x86.
pub(super) fn decide(host: &Detected, compiler: &Compiler) -> Result<MarchChoice, ToolchainError> {
    if host.arch == "aarch64" {
        return Ok(MarchChoice { verified: true, ..aarch64(host, &AskedProcessors::new(compiler))? });
    }
    let who = format!("{} {}", compiler.family.name(), compiler.version);
    let mut choice = MarchChoice {
        option: "-mcpu".into(),
        compiler: compiler.family.name().to_string(),
        version: compiler.version.clone(),
        verified: true,
        ..MarchChoice::default()
    };
    let own = &host.host.microarchitecture;
    // LoongArch has no -mcpu: there the names are those of -march.
    let option = if host.arch == "loongarch64" { "-march" } else { "-mcpu" };
    let options = names(host).into_iter().map(|name| (option, name, "it sets the tuning as well"));
    let isas = isas(host).into_iter().map(|isa| ("-march", isa, "its default tuning stays"));
    for (option, value, note) in options.chain(isas) {
        match refusal(host, compiler, option, &value)? {
            Some(words) => choice.reasons.push(format!("{who}: not {option}={value}: {words}")),
            None => {
                choice.reasons.push(format!("{who}: accepts {option}={value}; {note}"));
                (choice.option, choice.march) = (option.into(), value);
                return Ok(choice);
            }
        }
    }
    choice.reasons.push(format!("{who}: has no -mcpu for {own}; its default stays"));
    Ok(choice)
}

/// The same on AArch64, of a compiler or of a table.
pub(super) fn aarch64(host: &Detected, oracle: &dyn Processors) -> Result<MarchChoice, ToolchainError> {
    let who = format!("{} {}", oracle.family().name(), oracle.version());
    let mut choice = MarchChoice {
        option: "-mcpu".into(),
        compiler: oracle.family().name().to_string(),
        version: oracle.version().to_string(),
        ..MarchChoice::default()
    };
    for name in names(host) {
        match oracle.cpu(&name)? {
            Err(words) => choice.reasons.push(format!("{who}: not -mcpu={name}: {words}")),
            Ok(implied) => {
                choice.reasons.push(format!("{who}: accepts -mcpu={name}; it sets the tuning as well"));
                choice.march = extended(host, oracle, name, implied, &mut choice.reasons)?;
                return Ok(choice);
            }
        }
    }
    choice
        .reasons
        .push(format!("{who}: has no -mcpu for {}; its default stays", host.host.microarchitecture));
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
            names.extend(arm::lineage(own).unwrap_or_default());
            names.push("generic".into());
        }
        // A pair has a name in gcc alone.
        "arm" => names.extend(own.split_once('.').map(|(_, small)| small.to_string())),
        "ppc64le" | "ppc64" => {
            let generation = own.strip_prefix("power").and_then(|g| g.parse::<u32>().ok()).unwrap_or(0);
            // POWER8 is the first that runs little-endian Linux.
            let least = if host.arch == "ppc64le" { 8 } else { 4 };
            names.extend((least..generation.min(100)).rev().map(|g| format!("power{g}")));
        }
        "loongarch64" => names = loongarch::march_names(own, &host.host.features),
        // A name by the width is none of a compiler's.
        arch if arch.starts_with("riscv") => names.retain(|name| !name.starts_with("rv")),
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

/// The name with `+noextension` for what the host lacks, then `+extension` for what it offers beyond it.
fn extended(
    host: &Detected,
    oracle: &dyn Processors,
    mut name: String,
    mut on: BTreeSet<String>,
    reasons: &mut Vec<String>,
) -> Result<String, ToolchainError> {
    let offered: BTreeSet<&str> = host.host.features.iter().map(String::as_str).collect();
    if offered.is_empty() {
        return Ok(name);
    }
    // Without floating point and vectors Linux does not run a program.
    let rows = arm::extensions().unwrap_or_default();
    let rows: Vec<_> =
        rows.into_iter().filter(|(name, _)| !["fp", "simd"].contains(&name.as_str())).collect();
    for (extension, row) in &rows {
        if row.reach == Reach::None || offered.contains(extension.as_str()) || !on.contains(extension) {
            continue;
        }
        let modified = format!("{name}+no{extension}");
        match oracle.cpu(&modified)? {
            Err(words) => reasons.push(format!("-mcpu={modified}: the host lacks it, and: {words}")),
            Ok(after) => {
                reasons.push(format!("-mcpu={modified}: the host lacks it"));
                (name, on) = (modified, after);
            }
        }
    }
    for (extension, row) in &rows {
        if row.reach != Reach::Code || !offered.contains(extension.as_str()) || on.contains(extension) {
            continue;
        }
        let modified = format!("{name}+{extension}");
        let Ok(after) = oracle.cpu(&modified)? else { continue };
        // An extension may bring others along; none may come on that the host lacks.
        let harmless = |new: &&String| {
            offered.contains(new.as_str())
                || rows.iter().any(|(name, row)| name == *new && row.reach != Reach::Code)
        };
        if after.contains(extension) && after.difference(&on).all(|new| harmless(&new)) {
            reasons.push(format!("-mcpu={modified}: the host offers it"));
            (name, on) = (modified, after);
        }
    }
    Ok(name)
}

/// The compiler's message that rejects an option, or what forbids it on this host; `None` where it is accepted.
fn refusal(
    host: &Detected,
    compiler: &Compiler,
    option: &str,
    value: &str,
) -> Result<Option<String>, ToolchainError> {
    let option = format!("{option}={value}");
    let answer = compiler.question(&[option.as_str(), "-dM", "-E", "-x", "c", "-"], b"")?;
    if !answer.ok() || answer.stderr.contains("warning:") {
        return Ok(Some(words::first_error(&answer.stderr)));
    }
    if !host.arch.starts_with("riscv") {
        return Ok(None);
    }
    let more = riscv::exceeding(&host.host.features, &riscv_extensions(&answer.text()));
    Ok((!more.is_empty()).then(|| format!("it turns on {}, which the host does not offer", more.join(", "))))
}

/// RISC-V's extensions that are on, by the macros whose values are their versions (`__riscv_zba 1000000`); other macros have
/// small values or further words in their names.
fn riscv_extensions(macros: &str) -> BTreeSet<String> {
    let version = |line: &str| {
        let (name, value) = line.strip_prefix("#define __riscv_")?.split_once(' ')?;
        let plain = !name.contains('_') && value.parse::<u32>().is_ok_and(|version| version >= 1000);
        plain.then(|| name.to_string())
    };
    macros.lines().filter_map(version).collect()
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
        assert_eq!(names(&host("ppc64", "power7", ""))[..3], ["power7", "power6", "power5"]);
        assert!(names(&host("riscv64", "rv64", "")).is_empty());
        assert_eq!(names(&host("loongarch64", "la664", "lasx lsx"))[0], "la664");
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
    fn extensions_of_riscv_are_macros_with_versions() {
        let text = "#define __riscv_xlen 64\n#define __riscv_v 1000000\n#define __riscv_v_intrinsic 12000\n\
                    #define __riscv_zba 1000000\n#define __riscv 1\n#define __riscv_muldiv 1\n";
        assert_eq!(riscv_extensions(text).into_iter().collect::<Vec<_>>(), ["v", "zba"]);
    }

    #[test]
    fn riscv_has_its_extensions_where_it_has_no_name() {
        let isas = isas(&host("riscv64", "rv64", "a c d f i m sstc v zba zicsr"));
        assert_eq!(isas, ["rv64imafdcv_zba_zicsr", "rv64imafdcv"]);
        assert!(super::isas(&host("aarch64", "generic", "aes")).is_empty());
    }
}
