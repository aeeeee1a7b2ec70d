//! The oldest compiler that will see a flag: an overlay reaches every stage of nixpkgs' bootstrap, so a `-march`
//! must be known to the gcc of the first one.

use super::selection::{Choice, Dropped};
use super::tables::{Architecture, Release, Tables};
use crate::catalogue::Layer;
use crate::profile::Profile;

/// The major version of the oldest gcc that compiles a package in a release.
pub(super) fn oldest(package: &str, tables: &Tables<'_>, release: &Release) -> u32 {
    match tables.packages.get(package) {
        Some(row) => match (row.compiler_floor.get(&release.name), row.layer) {
            (Some(major), _) => *major,
            (None, Layer::Bootstrap) => release.bootstrap,
            (None, Layer::User) => release.gcc,
        },
        None => release.gcc,
    }
}

/// Whether gcc `major` knows a name: a name that came with a later point release is not counted on.
fn knows(major: u32, architecture: &Architecture) -> bool {
    let mut parts = architecture.first_gcc.split('.').map(|p| p.parse::<u32>().unwrap_or(u32::MAX));
    match (parts.next(), parts.next()) {
        _ if architecture.first_gcc.is_empty() => true,
        (Some(first), _) if first < major => true,
        (Some(first), minor) => first == major && minor.unwrap_or(0) <= 1,
        (None, _) => true,
    }
}

/// Replaces names that gcc `major` does not know by the nearest ancestor that it knows and this host covers.
pub(super) fn lower(choice: &mut Choice, profile: &Profile, tables: &Tables<'_>, major: u32, release: &Release) {
    let mut lowered = false;
    for option in ["-march=", "-mcpu=", "-mtune="] {
        let Some(at) = choice.kept.iter().position(|f| f.starts_with(option)) else { continue };
        let name = choice.kept[at][option.len()..].to_string();
        let Some(row) = tables.architectures.get(&name) else {
            choice.notes.push(format!("no table tells which gcc first knows {option}{name}"));
            continue;
        };
        if knows(major, row) {
            continue;
        }
        lowered |= option != "-mtune=";
        let reason = format!(
            "gcc {major}, which compiles {} in nixpkgs {}, does not know it (first: gcc {})",
            choice.package, release.name, row.first_gcc
        );
        choice.dropped.push(Dropped { flag: choice.kept[at].clone(), reason });
        match ancestor(row, option, profile, tables, major) {
            Some(older) => {
                choice.kept[at] = format!("{option}{older}");
                choice.notes.push(format!("NOT MEASURED in this form: {option}{older} stands in for {option}{name}"));
            }
            None => {
                choice.kept.remove(at);
            }
        }
    }
    if lowered {
        drop_deltas(choice, major);
        choice.notes.push("the target nixos-replace builds with the final gcc and keeps the name measured".into());
    }
    if choice.dropped.iter().any(|d| d.reason.starts_with("gcc ")) {
        choice.measured = false;
        choice.figures = None;
    }
}

/// The nearest ancestor that the compiler knows and whose features this host has, so that it needs no deltas.
fn ancestor(row: &Architecture, option: &str, profile: &Profile, tables: &Tables<'_>, major: u32) -> Option<String> {
    let level = profile.host.level.iter().filter(|_| option != "-mtune=");
    row.lineage.iter().chain(level).find_map(|name| {
        let fits = |a: &Architecture| {
            knows(major, a)
                && (option == "-mtune=" || a.features.iter().all(|f| profile.host.features.contains(f)))
        };
        match tables.architectures.get(name) {
            Some(a) => fits(a).then(|| name.clone()),
            // psABI levels have no row; gcc knows them from 11 on, and the host's own level fits it.
            None => (Some(name) == profile.host.level.as_ref() && (major > 11 || name == "x86-64")).then(|| name.clone()),
        }
    })
}

/// Deltas were found for the name that was replaced: they mean nothing beside another.
fn drop_deltas(choice: &mut Choice, major: u32) {
    let delta = |f: &str| f.starts_with("-m") && !f.contains('=');
    let (gone, kept): (Vec<String>, Vec<String>) = choice.kept.drain(..).partition(|f| delta(f));
    choice.kept = kept;
    choice.dropped.extend(gone.into_iter().map(|flag| Dropped {
        flag,
        reason: format!("gcc {major} gets another -march, to which this difference does not belong"),
    }));
}
