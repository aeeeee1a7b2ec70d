use crate::catalogue::{Microarchitecture, Microarchitectures, Part};
use crate::profile::Names;

/// What each ecosystem calls the CPU. The newest GCC's own name is the row's, unless GCC has dropped it: then the nearest
/// of the lineage that it has.
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
