//! What a value of AArch64's `-mcpu` turns on: an installed compiler is asked, and a table answers for one that is not.

use super::compiler::{Compiler, Family, ToolchainError};
use super::words;
use crate::catalogue::CompilerTable;
use crate::host::arm::{self, Extension};
use crate::host::llvm;
use std::collections::{BTreeMap, BTreeSet};

/// The extensions that are on, by the names that `-march` takes, or the refusal.
pub(super) type Taken = Result<BTreeSet<String>, String>;

/// What knows which features each value of `-mcpu` turns on.
pub(super) trait Processors {
    /// Dialect.
    fn family(&self) -> Family;

    /// Version for people.
    fn version(&self) -> &str;

    /// What `-mcpu=VALUE` turns on.
    fn cpu(&self, value: &str) -> Result<Taken, ToolchainError>;
}

/// An installed compiler. Macros tell of most extensions; gcc writes the whole set into its output as `.arch`, clang into the
/// command that `-v` shows, and what LLVM's backend adds by itself its table tells.
pub(super) struct AskedProcessors<'a> {
    compiler: &'a Compiler,
    extensions: BTreeMap<String, Extension>,
    unit: String,
}

impl<'a> AskedProcessors<'a> {
    pub(super) fn new(compiler: &'a Compiler) -> Self {
        // The table is part of the program and a test reads it whole.
        let extensions = arm::extensions().unwrap_or_default();
        let unit = extensions.iter().enumerate().filter(|(_, (_, row))| !row.r#macro.is_empty());
        let unit = unit
            .map(|(n, (_, row))| format!("#ifdef __ARM_FEATURE_{}\nint hwtune_{n};\n#endif\n", row.r#macro));
        Self { compiler, unit: unit.collect(), extensions }
    }

    /// By the symbols that the unit defines where a macro is there.
    fn by_macros(&self, assembly: &str) -> BTreeSet<String> {
        let symbols: BTreeSet<&str> =
            assembly.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
        let named = self.extensions.keys().enumerate();
        named
            .filter(|(n, _)| symbols.contains(format!("hwtune_{n}").as_str()))
            .map(|(_, e)| e.clone())
            .collect()
    }

    /// What a version of the architecture has in any case; version 9 is 8.5 with scalable vectors.
    fn by_version(&self, version: &str) -> BTreeSet<String> {
        let (major, minor) = arm::release(version);
        let base = if major >= 9 { (8, minor + 5) } else { (major, minor) };
        let brings = |row: &Extension| match arm::release(&row.since) {
            (9, since) => major == 9 && since <= minor,
            (0, _) => false,
            since => since <= base,
        };
        self.extensions.iter().filter(|(_, row)| brings(row)).map(|(name, _)| name.clone()).collect()
    }

    /// gcc's `.arch armv8.2-a+crc+fp16+norcpc`.
    fn by_directive(&self, assembly: &str, on: &mut BTreeSet<String>) {
        let Some(line) = assembly.lines().find_map(|l| l.trim().strip_prefix(".arch")) else { return };
        let mut parts = line.trim().split('+');
        on.extend(self.by_version(parts.next().unwrap_or_default()));
        for part in parts {
            let known = |extension: &&str| self.extensions.contains_key(*extension);
            if let Some(off) = part.strip_prefix("no").filter(known) {
                on.remove(off);
            } else if part == "crypto" {
                on.extend(["aes", "sha2"].map(String::from));
            } else if known(&part) {
                on.insert(part.to_string());
            }
        }
    }

    /// clang's `-target-feature +v8.2a` and so on, and what the backend has for the name.
    fn by_features(&self, value: &str, command: &str, on: &mut BTreeSet<String>) {
        let name = value.split('+').next().unwrap_or_default();
        let backend = llvm::features("aarch64", name).unwrap_or_default();
        let has = |row: &Extension| row.rust.iter().any(|feature| backend.contains(feature));
        on.extend(self.extensions.iter().filter(|(_, row)| has(row)).map(|(name, _)| name.clone()));
        let words = command.split_whitespace().map(|word| word.trim_matches('"')).collect::<Vec<_>>();
        for feature in words.windows(2).filter(|pair| pair[0] == "-target-feature").map(|pair| pair[1]) {
            let bare = feature.trim_start_matches(['+', '-']);
            if let Some(version) = bare.strip_prefix('v').and_then(|v| v.strip_suffix('a'))
                && version.starts_with(|c: char| c.is_ascii_digit())
            {
                on.extend(self.by_version(&format!("armv{version}-a")));
            }
            let rows = self.extensions.iter().filter(|(_, row)| row.llvm().iter().any(|name| name == bare));
            for (name, _) in rows {
                match feature.starts_with('+') {
                    true => on.insert(name.clone()),
                    false => on.remove(name),
                };
            }
        }
    }
}

impl Processors for AskedProcessors<'_> {
    fn family(&self) -> Family {
        self.compiler.family
    }

    fn version(&self) -> &str {
        &self.compiler.version
    }

    fn cpu(&self, value: &str) -> Result<Taken, ToolchainError> {
        let option = format!("-mcpu={value}");
        let clang = self.compiler.family == Family::Clang;
        let mut args: Vec<&str> = if clang { vec!["-v"] } else { Vec::new() };
        args.extend([option.as_str(), "-S", "-o", "-", "-x", "c", "-"]);
        let answer = self.compiler.question(&args, self.unit.as_bytes())?;
        if !answer.ok() || answer.stderr.contains("warning:") {
            return Ok(Err(words::first_error(&answer.stderr)));
        }
        let assembly = answer.text();
        let mut on = self.by_macros(&assembly);
        match clang {
            true => self.by_features(value, &answer.stderr, &mut on),
            false => self.by_directive(&assembly, &mut on),
        }
        // What was switched off by name is off, whatever brings it otherwise.
        let off = value.split('+').filter_map(|part| part.strip_prefix("no"));
        for extension in off {
            on.remove(extension);
        }
        Ok(Ok(on))
    }
}

/// A compiler that is not installed.
pub(super) struct TabledProcessors {
    pub(super) table: CompilerTable,
}

impl Processors for TabledProcessors {
    fn family(&self) -> Family {
        if self.table.compiler == "clang" { Family::Clang } else { Family::Gcc }
    }

    fn version(&self) -> &str {
        &self.table.version
    }

    fn cpu(&self, value: &str) -> Result<Taken, ToolchainError> {
        Ok(self.table.processor(value).map_err(|why| format!("it {why}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str) -> TabledProcessors {
        TabledProcessors { table: CompilerTable::load(name).unwrap() }
    }

    #[test]
    fn tables_take_extensions_on_and_off() {
        let gcc = table("aarch64/gcc-12.2");
        let v1 = gcc.cpu("neoverse-v1").unwrap().unwrap();
        assert!(v1.contains("sve") && v1.contains("rcpc"));
        let less = gcc.cpu("neoverse-v1+nosve+aes").unwrap().unwrap();
        assert!(!less.contains("sve") && less.contains("aes"));
        assert!(
            gcc.cpu("neoverse-v3").unwrap().is_err() && gcc.cpu("neoverse-v1+nonsense").unwrap().is_err()
        );
        let n2 = table("aarch64/gcc-14.2").cpu("neoverse-n2+nosve").unwrap().unwrap();
        assert!(!n2.contains("sve2"), "the second needs the first");
    }

    #[test]
    fn each_table_for_aarch64_holds_together() {
        let extensions = arm::extensions().unwrap();
        for name in CompilerTable::names_for("aarch64") {
            let TabledProcessors { table } = table(&name);
            assert_eq!(CompilerTable::from_of(&name), Some(table.from.as_str()));
            assert!(!table.source.is_empty() && table.march.contains_key("generic"), "{name}");
            let words = table
                .known
                .split_whitespace()
                .chain(table.on.keys().chain(table.off.keys()).map(String::as_str));
            words.for_each(|word| assert!(extensions.contains_key(word), "{name}: {word}"));
            for cpu in table.march.keys() {
                let on = table.features(cpu, true).unwrap();
                assert!(
                    on.contains("simd") && on.iter().all(|e| extensions.contains_key(e)),
                    "{name}: {cpu}"
                );
            }
        }
    }

    /// What an installed compiler says is what its table does.
    #[test]
    fn tables_and_compilers_agree() {
        let Ok(path) = which::which("aarch64-linux-gnu-gcc-12") else { return };
        let compiler = Compiler::ask(&path).unwrap();
        let (asked, tabled) = (AskedProcessors::new(&compiler), table("aarch64/gcc-12.2"));
        for value in [
            "cortex-a72",
            "neoverse-n1+norcpc",
            "neoverse-v1+nosve+aes",
            "neoverse-n2+nosve",
            "a64fx",
            "no-such",
        ] {
            let (ours, theirs) = (tabled.cpu(value).unwrap(), asked.cpu(value).unwrap());
            assert_eq!(ours.ok(), theirs.ok(), "{value}");
        }
    }
}
