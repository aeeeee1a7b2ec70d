//! The compilers that will see a flag. An overlay reaches every stage of nixpkgs' bootstrap, so a `-march` must be
//! known to the gcc of the first one, and must give no compiler's code a feature that this host does not offer.

use super::offered;
use super::release::{Release, nixpkgs};
use super::selection::{Choice, Dropped};
use crate::catalogue::{Catalogue, CompilerTable, Layer};
use crate::profile::{Names, Profile};

/// Whether the bootstrap's stages build a package: an overlay's flags for it reach their compilers too.
pub(super) fn is_staged(package: &str, catalogue: &Catalogue) -> bool {
    catalogue
        .packages
        .get(package)
        .is_some_and(|row| row.layer == Layer::Bootstrap || !row.environment.is_empty())
}

/// The major version of the oldest gcc that compiles a package in a release.
pub(super) fn oldest(package: &str, catalogue: &Catalogue, release: &Release) -> u32 {
    let floor = catalogue.packages.get(package).and_then(|row| row.compiler_floor.get(&release.name));
    match floor {
        Some(major) => *major,
        None if is_staged(package, catalogue) => release.bootstrap,
        None => release.gcc,
    }
}

/// What the earliest release of a gcc is known to do.
struct Gcc {
    major: u32,
    table: CompilerTable,
}

impl Gcc {
    fn new(major: u32) -> Option<Gcc> {
        let minor = |name: &String| name.strip_prefix(&format!("gcc-{major}."))?.parse::<u32>().ok();
        let first = CompilerTable::names().into_iter().filter_map(|n| Some((minor(&n)?, n))).min()?.1;
        Some(Gcc { major, table: CompilerTable::load(&first).ok()? })
    }

    /// Why `-march=name` with these differences is not for this compiler and host.
    fn objects(&self, name: &str, deltas: &[String], profile: &Profile) -> Option<String> {
        let Some(implied) = self.table.features(name, true) else {
            let first = offered::row(name).and_then(|row| row.first.gcc.as_deref()).unwrap_or("a later one");
            return Some(format!("does not know it (first: gcc {first})"));
        };
        let on = |f: &&str| !deltas.iter().any(|d| d.strip_prefix("-mno-") == Some(f));
        let lacking = offered::lacking(profile, implied.iter().map(String::as_str).filter(on));
        lacking.map(|f| format!("gives it {f}, which this host does not offer"))
    }

    fn has_option(&self, delta: &str) -> bool {
        let feature = delta.strip_prefix("-mno-").or(delta.strip_prefix("-m")).unwrap_or(delta);
        self.table.known.split_whitespace().any(|k| k == feature)
            || !CompilerTable::names().iter().any(|n| later_knows(n, feature))
    }

    fn has_tune(&self, name: &str) -> bool {
        self.table.tune.split_whitespace().any(|t| t == name)
    }
}

/// Whether a table knows a feature: one that no table knows is no feature, and another gcc option.
fn later_knows(table: &str, feature: &str) -> bool {
    table.starts_with("gcc-")
        && CompilerTable::load(table).is_ok_and(|t| t.known.split_whitespace().any(|k| k == feature))
}

/// Without a release to check against: what the names written ask of every compiler of the bootstrap.
pub(super) fn unchecked(choice: &mut Choice) {
    let oldest = nixpkgs().release.iter().map(|r| r.bootstrap).min().and_then(Gcc::new);
    for flag in &choice.kept {
        let name = flag.strip_prefix("-march=").or(flag.strip_prefix("-mtune=")).unwrap_or_default();
        let told =
            oldest.as_ref().is_some_and(|gcc| gcc.has_tune(name) || gcc.table.march.contains_key(name));
        if let (false, Some(row)) = (told, offered::row(name)) {
            choice.notes.push(format!(
                "{flag} needs gcc {} in every stage of the bootstrap; --nixpkgs RELEASE checks that",
                row.first.gcc.as_deref().unwrap_or("newer than any")
            ));
        }
    }
}

/// Replaces names that one of the compilers does not know, or that it would give features this host lacks, by the
/// nearest ancestor that all can take; drops differences that one of them has no option for, and where the bootstrap's
/// stages build the package, what their first compiler stops at.
pub(super) fn lower(choice: &mut Choice, profile: &Profile, majors: &[u32], staged: bool, release: &Release) {
    let compilers: Vec<Gcc> = majors.iter().filter_map(|major| Gcc::new(*major)).collect();
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
            "-mcpu" => {
                notes.push(format!("no table tells which gcc knows {flag}"));
                None
            }
            "-march" => compilers.iter().find_map(|g| Some(told(g, &g.objects(name, &deltas, profile)?))),
            "-mtune" => compilers.iter().find(|g| !g.has_tune(name)).map(|g| told(g, "does not know it")),
            _ if is_delta(flag) => {
                compilers.iter().find(|g| !g.has_option(flag)).map(|g| told(g, "has no such option"))
            }
            _ if staged => nixpkgs().stops(release, flag).map(|why| {
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
    let gcc = Gcc::new(release.gcc)?;
    let asked = std::mem::take(&mut names.nixpkgs);
    let unknown = format!("is not in lib.systems.architectures of nixpkgs {}", release.name);
    let objection = match offered::row(&asked) {
        Some(_) if !nixpkgs().knows(&asked, Some(release)) => Some(unknown),
        Some(_) => gcc.objects(&asked, &[], profile),
        None => None,
    };
    let Some(why) = objection else {
        names.nixpkgs = asked;
        return None;
    };
    let row = offered::row(&asked)?;
    let fits = |n: &&String| nixpkgs().knows(n, Some(release)) && gcc.objects(n, &[], profile).is_none();
    names.nixpkgs = row.lineage.iter().chain(&profile.host.level).find(fits).cloned().unwrap_or_default();
    let instead = if names.nixpkgs.is_empty() { "nothing" } else { &names.nixpkgs };
    Some(format!(
        "gcc {} of nixpkgs {} is not given {asked}: it {why}; {instead} stands in for it",
        gcc.major, release.name
    ))
}

/// `-mFEATURE` or `-mno-FEATURE`.
fn is_delta(flag: &str) -> bool {
    flag.starts_with("-m") && !flag.contains('=')
}
