//! The compilers that will see a flag. An overlay reaches every stage of nixpkgs' bootstrap, so a `-march` must be
//! known to the gcc of the first one, and must give no compiler's code a feature that this host does not offer.

use super::gcc::{Gcc, processor_for_all};
use super::offered;
use super::release::{Release, nixpkgs};
use super::selection::{Choice, Dropped};
use crate::catalogue::{Catalogue, Layer};
use crate::profile::{Names, Profile};

/// Whether the bootstrap's stages build a package: an overlay's flags for it reach their compilers too.
pub(super) fn is_staged(package: &str, catalogue: &Catalogue) -> bool {
    catalogue
        .packages
        .get(package)
        .is_some_and(|row| row.layer == Layer::Bootstrap || !row.environment.is_empty())
}

/// The major version of the oldest gcc that compiles a choice's package in a release.
pub(super) fn oldest(choice: &Choice, profile: &Profile, catalogue: &Catalogue, release: &Release) -> u32 {
    let package = &choice.package;
    let floor = catalogue.packages.get(package).and_then(|row| row.compiler_floor.get(&release.name));
    let other = release.bootstrap_of.get(arch(profile, &choice.toolchain));
    match (floor, other) {
        // The packages' figures are x86-64's.
        (Some(major), Some(other)) => *major.min(other),
        (Some(major), None) => *major,
        (None, Some(other)) if is_staged(package, catalogue) => *other,
        (None, None) if is_staged(package, catalogue) => release.bootstrap,
        _ => release.gcc,
    }
}

/// The architecture that a choice's compiler builds for; x86-64 where the profile names none.
fn arch<'a>(profile: &'a Profile, toolchain: &str) -> &'a str {
    let found = profile.toolchain.iter().find(|t| t.id == toolchain).or(profile.toolchain.first());
    match found.and_then(|t| t.target.split('-').next()) {
        Some("amd64") | None => "x86_64",
        Some("arm64") => "aarch64",
        Some(arch) => arch,
    }
}

/// Without a release to check against: what the names written ask of every compiler of the bootstrap.
pub(super) fn unchecked(choice: &mut Choice, profile: &Profile) {
    let arch = arch(profile, &choice.toolchain);
    let Some(oldest) = nixpkgs().release.iter().map(|r| r.bootstrap).min().and_then(|m| Gcc::new(arch, m))
    else {
        return;
    };
    for flag in choice.kept.iter().filter(|flag| !oldest.knows(flag)) {
        let name = flag.split_once('=').map_or("", |(_, value)| value.split('+').next().unwrap_or_default());
        let needs = match (offered::row(name), flag.starts_with("-mcpu=")) {
            (Some(row), _) => {
                format!("needs gcc {}", row.first.gcc.as_deref().unwrap_or("newer than any"))
            }
            (None, true) => format!("needs a gcc newer than {}", oldest.major),
            (None, false) => continue,
        };
        choice
            .notes
            .push(format!("{flag} {needs} in every stage of the bootstrap; --nixpkgs RELEASE checks that"));
    }
}

/// Replaces names that one of the compilers does not know, or that it would give features this host lacks, by the
/// nearest ancestor that all can take; drops differences that one of them has no option for, and where the bootstrap's
/// stages build the package, what their first compiler stops at.
pub(super) fn lower(choice: &mut Choice, profile: &Profile, majors: &[u32], staged: bool, release: &Release) {
    let arch = arch(profile, &choice.toolchain);
    let compilers: Vec<Gcc> = majors.iter().filter_map(|major| Gcc::new(arch, *major)).collect();
    let own_first = release.bootstrap_of.contains_key(arch);
    let told = |gcc: &Gcc, why: &str| {
        format!("gcc {}, which compiles {} in nixpkgs {}, {why}", gcc.major, choice.package, release.name)
    };
    let (mut kept, mut dropped, mut notes) = (Vec::new(), Vec::new(), Vec::new());
    let mut drop = |flag: &str, reason: String| dropped.push(Dropped { flag: flag.into(), reason });
    let deltas: Vec<String> = choice.kept.iter().filter(|f| is_delta(f)).cloned().collect();
    let mut replaced = false;
    for flag in &choice.kept {
        let (option, name) = flag.split_once('=').unwrap_or((flag, ""));
        let objection = match option {
            "-mcpu" | "-march" | "-mtune" if compilers.is_empty() || (arch, option) == ("aarch64", "-march") => {
                notes.push(format!("no table tells which gcc knows {flag}"));
                None
            }
            "-mcpu" => compilers
                .iter()
                .find_map(|g| Some(told(g, &g.objects_to_processor(name, &profile.host)?))),
            "-march" => compilers.iter().find_map(|g| Some(told(g, &g.objects(name, &deltas, profile)?))),
            "-mtune" => compilers.iter().find(|g| !g.has_tune(name)).map(|g| told(g, "does not know it")),
            _ if is_delta(flag) => {
                compilers.iter().find(|g| !g.has_option(flag)).map(|g| told(g, "has no such option"))
            }
            _ if staged && !own_first => nixpkgs().stops(release, flag).map(|why| {
                let (package, name) = (&choice.package, &release.name);
                format!("the first compiler of nixpkgs {name}, which compiles {package} too, {why}, and stops at it")
            }),
            _ => None,
        };
        let Some(reason) = objection else {
            kept.push(flag.clone());
            continue;
        };
        drop(flag, reason);
        if option == "-mcpu" {
            if let Some(other) = processor_for_all(&compilers, name, &profile.host) {
                notes.push(format!("NOT MEASURED in this form: -mcpu={other} stands in for {flag}"));
                kept.push(format!("-mcpu={other}"));
            }
            continue;
        }
        if is_delta(flag) || !matches!(option, "-march" | "-mtune") {
            continue;
        }
        replaced |= option == "-march";
        let fits = |n: &&String| match option {
            "-mtune" => compilers.iter().all(|g| g.has_tune(n)),
            _ => compilers.iter().all(|g| g.objects(n, &[], profile).is_none()),
        };
        let level = profile.host.level.iter().filter(|_| option == "-march");
        let lineage = offered::row(name).map(|row| &row.lineage[..]).unwrap_or_default();
        if let Some(older) = lineage.iter().chain(level).find(fits) {
            notes.push(format!("NOT MEASURED in this form: {option}={older} stands in for {flag}"));
            kept.push(format!("{option}={older}"));
        }
    }
    if replaced {
        // Differences were found for the name that was replaced: they mean nothing beside another.
        kept.iter()
            .filter(|f| is_delta(f))
            .for_each(|f| drop(f, "gcc gets another -march, to which this does not belong".into()));
        kept.retain(|f| !is_delta(f));
        if staged && majors.len() > 1 {
            notes.push("the target nixos-replace builds with the final gcc alone".into());
        }
    }
    if !dropped.is_empty() {
        (choice.measured, choice.figures) = (false, None);
        let only_dropped = kept.iter().all(|flag| choice.kept.contains(flag));
        if !kept.is_empty() && only_dropped {
            notes.push("NOT MEASURED in this form: timed only together with what is left out".into());
        }
    }
    choice.kept = kept;
    choice.dropped.extend(dropped);
    choice.notes.extend(notes);
}

/// Lowers nixpkgs' name of the CPU to the nearest ancestor that a release's gcc knows, and tells so. For a name that is
/// newer than its compiler nixpkgs leaves `-march` out, or the compiler stops.
pub(super) fn platform(names: &mut Names, profile: &Profile, release: &Release) -> Option<String> {
    let arch = arch(profile, "");
    let gcc = Gcc::new(arch, release.gcc);
    let asked = std::mem::take(&mut names.nixpkgs);
    let unknown = format!("is not in lib.systems.architectures of nixpkgs {}", release.name);
    let early = nixpkgs().knows(&asked, None) && !nixpkgs().knows(&asked, Some(release));
    let objects = |name: &str| gcc.as_ref().and_then(|gcc| gcc.objects(name, &[], profile));
    let objection = match offered::row(&asked) {
        _ if early => Some(unknown),
        Some(_) if !nixpkgs().knows(&asked, None) => Some(unknown),
        Some(_) => objects(&asked),
        None => None,
    };
    let Some(why) = objection else {
        names.nixpkgs = asked;
        return None;
    };
    let fits = |n: &&String| nixpkgs().knows(n, Some(release)) && objects(n).is_none();
    let lineage = offered::row(&asked).map(|row| &row.lineage[..]).unwrap_or_default();
    // What a system has anyway stands for a later version of its architecture.
    let least = nixpkgs().default.get(&format!("{arch}-linux"));
    let least = least.filter(|_| lineage.is_empty());
    let older = lineage.iter().chain(&profile.host.level).chain(least);
    names.nixpkgs = older.into_iter().find(fits).cloned().unwrap_or_default();
    let instead = if names.nixpkgs.is_empty() { "nothing" } else { &names.nixpkgs };
    Some(format!(
        "gcc {} of nixpkgs {} is not given {asked}: it {why}; {instead} stands in for it",
        release.gcc, release.name
    ))
}

/// `-mFEATURE` or `-mno-FEATURE`.
fn is_delta(flag: &str) -> bool {
    flag.starts_with("-m") && !flag.contains('=')
}
