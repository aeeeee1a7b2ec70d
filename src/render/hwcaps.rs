//! The loader's glibc-hwcaps folders: which level covers a package's flags, and what is known of its source.

use super::selection::{Choice, Dropped};
use crate::catalogue::{CompilerTable, Features, microarchitectures};
use crate::profile::{Profile, Toolchain};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// `probes/hwcaps.toml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[cfg_attr(not(test), expect(dead_code, reason = "for people, and for the test that it is there"))]
    source: String,
    levels: Vec<String>,
    library: Vec<Library>,
    other: Vec<Other>,
}

/// A library that is not built so.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Other {
    package: String,
    why: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "for people, and for the test that it is there"))]
    source: String,
}

/// How a library is built from a distribution's source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Library {
    /// Its package.
    pub package: String,
    /// The name under which programs ask the loader for it.
    pub soname: String,
    /// Debian's source package.
    pub debian: String,
    /// Fedora's.
    pub fedora: String,
    /// Arch's.
    pub arch: String,
    /// A file by which the root of its source is known.
    pub root: String,
    /// The optimisation that distributions add to their own flags.
    pub level: String,
    /// What builds it.
    pub build: String,
    /// What tests it.
    pub test: String,
    /// The library that was built, as a shell pattern.
    pub built: String,
    /// What the packaged one must not contain.
    pub not: String,
    /// Features that its code has no use for, whatever the compiler is given.
    pub unused: Vec<String>,
    /// Why the row is as it is.
    pub why: String,
    /// Where that stands.
    pub source: String,
}

static TABLE: LazyLock<Table> =
    LazyLock::new(|| toml::from_str(include_str!("../../probes/hwcaps.toml")).unwrap_or_default());

/// A library's row.
pub(super) fn library(package: &str) -> Option<&'static Library> {
    TABLE.library.iter().find(|row| row.package == package)
}

/// Why a package's library is not built so, where that is known.
pub(super) fn other(package: &str) -> Option<&'static str> {
    TABLE.other.iter().find(|row| row.package == package).map(|row| row.why.as_str())
}

/// The least level that covers the flags kept; flags that go beyond the greatest are dropped. Empty where none is kept.
pub(super) fn cover(choice: &mut Choice, profile: &Profile) -> String {
    let toolchain = profile.toolchain.iter().find(|t| t.id == choice.toolchain);
    let unused = library(&choice.package).map(|row| &row.unused[..]).unwrap_or_default();
    let mut level = 0;
    let mut kept = Vec::new();
    for flag in std::mem::take(&mut choice.kept) {
        let needed =
            implied(&flag, toolchain).map(|all| all.into_iter().filter(|f| !unused.contains(f)).collect());
        match needed.and_then(|needed| least(&needed)) {
            Ok(n) => {
                level = level.max(n);
                kept.push(flag);
            }
            Err(reason) => choice.dropped.push(Dropped { flag, reason }),
        }
    }
    if !choice.dropped.is_empty() && choice.measured && !kept.is_empty() {
        choice.notes.push("NOT MEASURED in this form: timed only together with what is left out".into());
    }
    if !choice.dropped.is_empty() {
        (choice.measured, choice.figures) = (false, None);
    }
    choice.kept = kept;
    match choice.kept.is_empty() {
        true => String::new(),
        false => TABLE.levels.get(level).cloned().unwrap_or_default(),
    }
}

/// The features that a flag lets a compiler use.
fn implied(flag: &str, toolchain: Option<&Toolchain>) -> Result<BTreeSet<String>, String> {
    if let Some(name) = flag.strip_prefix("-march=") {
        let table = toolchain.and_then(|t| {
            let short: Vec<&str> = t.version.split('.').take(2).collect();
            CompilerTable::load(&format!("{}-{}", t.compiler, short.join("."))).ok()
        });
        let implied = crate::host::implied_by_name(name, table.as_ref());
        return implied.ok_or_else(|| format!("which features {name} has is not known"));
    }
    let feature = flag.strip_prefix("-m").filter(|f| !f.contains('=') && !f.starts_with("no-"));
    Ok(feature
        .filter(|f| Features::get().names.iter().any(|n| n == f))
        .map(String::from)
        .into_iter()
        .collect())
}

/// The number of the least level that has all of some features which ordinary code would use.
fn least(needed: &BTreeSet<String>) -> Result<usize, String> {
    let mut beyond = String::new();
    for (number, level) in TABLE.levels.iter().enumerate() {
        let Some(row) = microarchitectures().ok().and_then(|table| table.get(level)) else { continue };
        let has: BTreeSet<String> = row.features.iter().cloned().collect();
        match needed.iter().find(|f| !has.contains(*f) && !Features::get().is_inert(f, &has)) {
            None => return Ok(number),
            Some(feature) => beyond = format!("needs {feature}, which {level} does not promise"),
        }
    }
    Err(beyond)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_loads() {
        let table: Table = toml::from_str(include_str!("../../probes/hwcaps.toml")).unwrap();
        assert!(!table.source.is_empty() && table.levels.len() == 3);
        assert!(table.library.iter().all(|row| row.soname.contains(".so.") && !row.why.is_empty()));
        assert!(table.library.iter().all(|row| !row.root.is_empty() && library(&row.package).is_some()));
        assert!(table.other.iter().all(|row| !row.source.is_empty() && other(&row.package).is_some()));
    }

    #[test]
    fn the_least_level_covers_the_flags() {
        let of = |flag: &str| implied(flag, None).and_then(|needed| least(&needed));
        for (flag, level) in [
            ("-O3", 0),
            ("-mtune=znver5", 0),
            ("-msse4.2", 0),
            ("-mno-avx512f", 0),
            ("-mavx2", 1),
            ("-mbmi2", 1),
            ("-march=x86-64-v3", 1),
            ("-march=x86-64-v4", 2),
            ("-mavx512vl", 2),
        ] {
            assert_eq!(of(flag), Ok(level), "{flag}");
        }
        for flag in ["-march=znver5", "-mavx512vnni", "-march=nonsense"] {
            assert!(of(flag).is_err(), "{flag}");
        }
    }
}
