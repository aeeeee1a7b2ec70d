//! This module finds what each ecosystem calls an x86 CPU. Some consumers read the name alone, so it must not promise
//! what the host does not offer.

use super::llvm;
use crate::catalogue::{
    CompilerTable, Features, Microarchitecture, Microarchitectures, Part, microarchitectures,
};
use crate::profile::{Host, Names};
use std::collections::BTreeSet;

/// What each ecosystem calls the CPU, whatever a host offers of it. The newest GCC's own name is the row's, unless GCC has
/// dropped it: then the nearest of the lineage that it has.
pub fn names(
    table: &Microarchitectures,
    row: &Microarchitecture,
    part: Option<&Part>,
    level: Option<&str>,
) -> Names {
    let kept = |name: &&String| table.get(name).is_some_and(|r| r.last.gcc.is_none());
    let gcc = std::iter::once(&row.name).chain(&row.lineage).find(kept).unwrap_or(&row.name);
    let own = |of: Option<&Option<String>>, row: &str| of.cloned().flatten().unwrap_or_else(|| row.into());
    Names {
        gcc: gcc.clone(),
        rust: own(part.map(|p| &p.rust), &row.rust),
        rust_features: String::new(),
        go: level.and_then(go).unwrap_or_default().into(),
        archspec: row.archspec.clone(),
        nixpkgs: own(part.map(|p| &p.nixpkgs), &row.nixpkgs),
    }
}

/// The names; where something hides features of the CPU, those of the nearest relative without them, and why.
pub(crate) fn safe(host: &Host, own: Names) -> (Names, String) {
    let table = microarchitectures().ok();
    let row = |name: &str| table.and_then(|table| table.get(name));
    let name = &host.microarchitecture;
    let lacking = |r: &Microarchitecture| {
        let implied = implied(&r.name, None).unwrap_or_default();
        lacking(host, implied.iter().map(String::as_str)).map(String::from)
    };
    let Some((row_of_host, hidden)) = row(name).and_then(|r| Some((r, lacking(r)?))) else {
        return (own, String::new());
    };
    let level = host.level.iter();
    let relatives = row_of_host.lineage.iter().chain(level).filter_map(|n| row(n));
    let safe = relatives.into_iter().find(|r| lacking(r).is_none() && r.last.gcc.is_none());
    let (gcc, rust, nixpkgs) = match safe {
        Some(r) => (r.name.clone(), r.rust.clone(), r.nixpkgs.clone()),
        None => Default::default(),
    };
    let instead = match gcc.as_str() {
        "" => "there is no safe one".to_string(),
        called => format!("they are those of {called}"),
    };
    let note = format!("Names of the CPU: this host does not offer {hidden}, which {name} has, so {instead}");
    // archspec has a rule of its own.
    (Names { gcc, rust, nixpkgs, ..own }, note)
}

/// All that a name turns on: with a compiler's table what that compiler does by it, and where no compiler's table knows it all
/// that the row's names do, rustc's and Zig's included. `None` where nobody knows the name.
pub(crate) fn implied(name: &str, compiler: Option<&CompilerTable>) -> Option<BTreeSet<String>> {
    if let Some(features) = compiler.and_then(|table| table.features(name, true)) {
        return Some(features);
    }
    let row = microarchitectures().ok()?.get(name)?;
    Some(row.features.iter().chain(llvm::more(&row.rust)).cloned().collect())
}

/// Those of a CPU that runs no 64-bit code, whatever its relatives do: archspec's nearest 32-bit name, and none of nixpkgs'.
pub(super) fn narrow(
    table: &Microarchitectures,
    row: &Microarchitecture,
    offered: &BTreeSet<&str>,
    own: Names,
) -> Names {
    if row.bits == 32 {
        return own;
    }
    let fits = table.fallbacks.iter().find(|f| f.needs.iter().all(|need| offered.contains(need.as_str())));
    let narrow = fits.and_then(|f| table.get(&f.name));
    Names {
        archspec: narrow.map_or_else(|| "x86".into(), |r| r.archspec.clone()),
        nixpkgs: String::new(),
        go: String::new(),
        ..own
    }
}

/// Features that code may use: those of the host, and those of its microarchitecture that nobody says are missing.
pub(crate) fn features(host: &Host) -> BTreeSet<&str> {
    let row = microarchitectures().ok().and_then(|table| table.get(&host.microarchitecture));
    let own = row.map(|r| &r.features[..]).unwrap_or_default();
    let masked = |f: &&String| !host.masked.contains(f);
    host.features.iter().chain(own).filter(masked).map(String::as_str).collect()
}

/// The first of some features that the host lacks and that ordinary code would use.
pub(crate) fn lacking<'a>(host: &Host, implied: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let offered = features(host);
    let enabled = offered.iter().map(|f| f.to_string()).collect();
    let inert = |f: &str| Features::get().is_inert(f, &enabled);
    implied.into_iter().find(|f| !offered.contains(f) && !inert(f))
}

/// `GOAMD64` of a psABI level.
fn go(level: &str) -> Option<&'static str> {
    Some(match level {
        "x86-64" => "v1",
        "x86-64-v2" => "v2",
        "x86-64-v3" => "v3",
        "x86-64-v4" => "v4",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where something hides features the names are those of a relative, and asking again changes nothing.
    #[test]
    fn one_answer_where_features_are_hidden() {
        let table = microarchitectures().unwrap();
        let row = table.get("znver4").unwrap();
        let hidden = |f: &&String| f.starts_with("avx512");
        let features = row.features.iter().filter(|f| !hidden(f)).cloned().collect();
        let masked = row.features.iter().filter(hidden).cloned().collect();
        let host = Host { microarchitecture: "znver4".into(), features, masked, ..Host::default() };
        let (safer, note) = safe(&host, names(table, row, None, Some("x86-64-v3")));
        assert_eq!((safer.gcc.as_str(), safer.rust.as_str()), ("znver3", "znver3"));
        assert!(note.contains("avx512"), "{note}");
        assert_eq!(safe(&host, safer.clone()).0, safer);
        let whole = Host { features: row.features.to_vec(), masked: Vec::new(), ..host };
        assert_eq!(safe(&whole, names(table, row, None, None)).0.gcc, "znver4");
    }

    /// Whichever feature is hidden, no name turns it on: by what the rows say, and by gcc.
    #[test]
    fn no_name_turns_on_what_is_hidden() {
        let table = microarchitectures().unwrap();
        // Names are the newest gcc's; what an older one does by them beyond that is switched off where flags are chosen.
        let newest = CompilerTable::load("gcc-16.2").unwrap();
        let mut hidden = 0;
        for row in table.rows.iter().map(|row| &**row).filter(|row| row.bits == 64) {
            let all = row.features.iter().cloned().collect();
            // What ordinary code does not use hides nothing. Every third of a row: its neighbours have the others.
            let ordinary = row.features.iter().filter(|f| !Features::get().is_inert(f, &all));
            for feature in ordinary.skip(row.name.len() % 3).step_by(3) {
                let features: Vec<String> = row.features.iter().filter(|f| *f != feature).cloned().collect();
                let masked = vec![feature.clone()];
                let host = Host { microarchitecture: row.name.clone(), features, masked, ..Host::default() };
                let (given, note) = safe(&host, names(table, row, None, None));
                hidden += usize::from(!note.is_empty());
                let rows = [&given.gcc, &given.nixpkgs].map(|name| implied(name, None));
                let asked = newest.features(&given.gcc, true);
                let mut sets = rows.into_iter().flatten().chain(asked);
                let more = llvm::more(&given.rust).iter().cloned().collect();
                let too_much = |set: BTreeSet<String>| -> Option<String> {
                    lacking(&host, set.iter().map(String::as_str)).map(String::from)
                };
                let beyond = too_much(more).or_else(|| sets.find_map(too_much));
                assert_eq!(beyond, None, "{} without {feature}: {given:?}", row.name);
            }
        }
        assert!(hidden > 200, "{hidden}");
    }
}
