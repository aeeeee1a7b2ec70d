//! The oldest compiler that will see a flag: an overlay reaches every stage of nixpkgs' bootstrap, so a `-march`
//! must be known to the gcc of the first one.

use super::release::{Release, nixpkgs};
use super::selection::{Choice, Dropped};
use crate::catalogue::{Catalogue, Layer, Microarchitecture, microarchitectures};
use crate::profile::Profile;

/// The major version of the oldest gcc that compiles a package in a release.
pub(super) fn oldest(package: &str, catalogue: &Catalogue, release: &Release) -> u32 {
    match catalogue.packages.get(package) {
        Some(row) => match (row.compiler_floor.get(&release.name), row.layer) {
            (Some(major), _) => *major,
            (None, Layer::Bootstrap) => release.bootstrap,
            (None, Layer::User) => release.gcc,
        },
        None => release.gcc,
    }
}

/// Whether gcc `major` knows a name: a name that came with a later point release is not counted on.
fn knows(major: u32, row: &Microarchitecture) -> bool {
    let number = |part: Option<&str>| part.and_then(|p| p.parse::<u32>().ok());
    let versions = |v: &Option<String>| {
        let mut parts = v.as_deref().unwrap_or_default().split('.');
        number(parts.next()).map(|major| (major, number(parts.next()).unwrap_or(0)))
    };
    let begun =
        versions(&row.first.gcc).is_some_and(|(first, minor)| first < major || first == major && minor <= 1);
    begun && versions(&row.last.gcc).is_none_or(|(last, _)| last >= major)
}

/// Without a release to check against: what the names written ask of every compiler of the bootstrap.
pub(super) fn unchecked(choice: &mut Choice) {
    let oldest = nixpkgs().release.iter().map(|r| r.bootstrap).min().unwrap_or(0);
    for flag in &choice.kept {
        let name = ["-march=", "-mcpu=", "-mtune="].iter().find_map(|option| flag.strip_prefix(option));
        if let Some(row) = name.and_then(known).filter(|row| !knows(oldest, row)) {
            choice.notes.push(format!(
                "{flag} needs gcc {} in every stage of the bootstrap; --nixpkgs RELEASE checks that",
                row.first.gcc.as_deref().unwrap_or("newer than any")
            ));
        }
    }
}

/// Replaces names that gcc `major` does not know by the nearest ancestor that it knows and this host covers.
pub(super) fn lower(choice: &mut Choice, profile: &Profile, major: u32, release: &Release) {
    let mut lowered = false;
    for option in ["-march=", "-mcpu=", "-mtune="] {
        let Some(at) = choice.kept.iter().position(|f| f.starts_with(option)) else { continue };
        let name = choice.kept[at][option.len()..].to_string();
        let Some(row) = known(&name) else {
            choice.notes.push(format!("no table tells which gcc first knows {option}{name}"));
            continue;
        };
        if knows(major, row) {
            continue;
        }
        lowered |= option != "-mtune=";
        let reason = format!(
            "gcc {major}, which compiles {} in nixpkgs {}, does not know it (first: gcc {})",
            choice.package,
            release.name,
            row.first.gcc.as_deref().unwrap_or("none")
        );
        choice.dropped.push(Dropped { flag: choice.kept[at].clone(), reason });
        match ancestor(row, option, profile, major) {
            Some(older) => {
                choice.kept[at] = format!("{option}{older}");
                choice
                    .notes
                    .push(format!("NOT MEASURED in this form: {option}{older} stands in for {option}{name}"));
            }
            None => {
                choice.kept.remove(at);
            }
        }
    }
    if lowered {
        drop_deltas(choice, major);
        choice
            .notes
            .push("the target nixos-replace builds with the final gcc and keeps the name measured".into());
    }
    if choice.dropped.iter().any(|d| d.reason.starts_with("gcc ")) {
        choice.measured = false;
        choice.figures = None;
    }
}

/// The nearest ancestor that the compiler knows and whose features this host has, so that it needs no deltas.
fn ancestor(row: &Microarchitecture, option: &str, profile: &Profile, major: u32) -> Option<String> {
    let level = profile.host.level.iter().filter(|_| option != "-mtune=");
    let covered = |a: &Microarchitecture| a.features.iter().all(|f| profile.host.features.contains(f));
    row.lineage
        .iter()
        .chain(level)
        .find(|name| known(name).is_some_and(|a| knows(major, a) && (option == "-mtune=" || covered(a))))
        .cloned()
}

fn known(name: &str) -> Option<&'static Microarchitecture> {
    microarchitectures().ok().and_then(|table| table.get(name))
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
