//! This module decides which packages a target takes from a profile, with the decision for each.

use super::coherent;
use super::error::RenderError;
use super::floor;
use super::hwcaps;
use super::options::Options;
use super::quote::line;
use super::release::{Release, nixpkgs};
use super::selection::{self, Choice};
use super::target::{FrontMatter, Target};
use super::whole_host::{self, HOST};
use crate::catalogue::{Catalogue, has_flag};
use crate::profile::Profile;

/// The decisions for every package of the target, sorted by name; last, named `host`, that for the whole host where
/// the target takes the host's options.
pub(super) fn choose(
    profile: &Profile,
    catalogue: &Catalogue,
    target: &Target,
    options: &Options,
    release: Option<&Release>,
) -> Result<Vec<Choice>, RenderError> {
    let refused = |what: String| RenderError::Refused { target: target.name.clone(), what };
    let front = &target.front;
    for name in &options.packages {
        if let Some(why) = unwelcome(name, front, catalogue) {
            return Err(refused(format!("package {}: {why}", line(name))));
        }
    }
    let mut choices: Vec<Choice> = names(profile, catalogue, front, options)
        .into_iter()
        .map(|name| selection::package(profile, catalogue, name, options))
        .collect();
    for choice in choices.iter_mut().filter(|_| !front.host) {
        let staged = front.bootstrap && floor::is_staged(&choice.package, catalogue);
        match release {
            Some(release) => {
                let oldest = floor::oldest(choice, profile, catalogue, release);
                let majors =
                    if staged && oldest != release.gcc { &[oldest, release.gcc][..] } else { &[release.gcc] };
                floor::lower(choice, profile, majors, staged, release);
            }
            None if staged => floor::unchecked(choice, profile),
            None => {}
        }
    }
    choices.iter_mut().for_each(|choice| coherent::keep_to_host(choice, profile));
    // Where a package was asked for by name, an empty answer is a refusal.
    if let Some(choice) = choices.iter().find(|c| options.packages.contains(&c.package) && c.kept.is_empty())
    {
        let reasons = choice.dropped.iter().map(|d| format!("{}: {}", line(&d.flag), line(&d.reason)));
        let why: Vec<String> = reasons.chain(choice.notes.iter().map(|n| line(n))).take(20).collect();
        let why = if why.is_empty() { "nothing helps there".into() } else { why.join("; ") };
        return Err(refused(format!("package {}: {why}", choice.package)));
    }
    if front.host {
        let mut host = whole_host::choose(profile, catalogue, options);
        coherent::keep_to_host(&mut host, profile);
        choices.push(host);
    }
    if options.strict && front.unmeasured {
        let what = "builds every package for this CPU, and nobody timed them all (--strict); render a target that takes packages";
        return Err(refused(what.into()));
    }
    if options.strict {
        strict(&choices, &notes(profile, &choices, release)).map_or(Ok(()), |what| Err(refused(what)))?;
    }
    Ok(choices)
}

/// What is appended to a package's flags, or to those of the whole host, whatever the target.
pub fn flags(profile: &Profile, catalogue: &Catalogue, name: &str, options: &Options) -> Choice {
    match name {
        HOST => whole_host::choose(profile, catalogue, options),
        name => selection::package(profile, catalogue, name, options),
    }
}

/// Whether a target takes a package that the profile holds.
fn takes(front: &FrontMatter, catalogue: &Catalogue, name: &str) -> bool {
    if front.each_package {
        let names = catalogue.packages.get(name).map(|row| &row.names);
        return front.called.is_empty() || names.is_some_and(|names| names.contains_key(&front.called));
    }
    let layer = catalogue.packages.get(name).is_some_and(|row| front.layers.contains(&row.layer));
    (front.packages.iter().any(|p| p == name) || layer) && !front.never.iter().any(|p| p == name)
}

/// Why a package asked for by name is none for this target.
fn unwelcome(name: &str, front: &FrontMatter, catalogue: &Catalogue) -> Option<String> {
    if front.never.iter().any(|p| p == name) {
        return Some(front.never_why.clone());
    }
    if let Some(why) = hwcaps::other(name).filter(|_| front.hwcaps) {
        return Some(why.into());
    }
    if !catalogue.packages.contains_key(name) {
        return Some(
            "no policy; see `hwtune list packages`, or add it to a packages.toml of your own".into(),
        );
    }
    if front.host && !front.each_package {
        return Some("this target sets flags for the whole host; see `hwtune list consumers`".into());
    }
    (!takes(front, catalogue, name))
        .then(|| "this target does not take it; see `hwtune list consumers`".into())
}

/// The target's own packages, those of the profile that it takes, and those asked for.
fn names<'a>(
    profile: &'a Profile,
    catalogue: &Catalogue,
    front: &'a FrontMatter,
    options: &'a Options,
) -> Vec<&'a str> {
    let asked = |name: &str| options.packages.is_empty() || options.packages.iter().any(|p| p == name);
    let further = profile.package.keys().chain(&options.packages);
    let further = further.filter(|n| *n != HOST && takes(front, catalogue, n));
    let mut names: Vec<&str> = front.packages.iter().chain(further).map(String::as_str).collect();
    names.retain(|n| asked(n));
    names.sort_unstable();
    names.dedup();
    names
}

/// What `--strict` refuses: flags not measured in the form written, or not with the compiler that will build.
fn strict(choices: &[Choice], notes: &[String]) -> Option<String> {
    if let Some(c) = choices.iter().find(|c| !c.kept.is_empty() && !c.measured) {
        let why = c.notes.first().map_or("not measured in this form", String::as_str);
        let remedy = match c.package.as_str() {
            HOST => "measure it with `hwtune tune --package host`".to_string(),
            name => {
                format!("measure it so with `hwtune tune --package {name}`, or leave it out with --package")
            }
        };
        return Some(format!("package {}: {} (--strict); {remedy}", c.package, line(why)));
    }
    if let Some((c, why)) = choices.iter().find_map(|c| Some((c, c.outdated.as_ref()?))) {
        return Some(format!("package {}: {} (--strict)", c.package, line(why)));
    }
    let remedy = "give that gcc to `hwtune tune --cc`, as the file's head shows";
    notes.first().map(|note| format!("{} (--strict); {remedy}", line(note)))
}

/// What holds for the whole text: compilers measured with that are not the one that builds.
pub(super) fn notes(profile: &Profile, choices: &[Choice], release: Option<&Release>) -> Vec<String> {
    let Some(release) = release else { return Vec::new() };
    let used = |id: &str| choices.iter().any(|c| !c.kept.is_empty() && c.toolchain == id);
    let other = profile.toolchain.iter().filter(|t| used(&t.id)).filter(|t| {
        t.compiler != "gcc" || t.version.split('.').next() != Some(release.gcc.to_string().as_str())
    });
    let compilers = other.map(|t| {
        let (gcc, name) = (release.gcc, &release.name);
        format!("measured with {} and built with gcc {gcc} in nixpkgs {name}: not measured there", t.id)
    });
    compilers.chain(choices.iter().filter_map(|c| other_base(profile, c, release))).collect()
}

/// What a release's compiler wrapper puts first and a package was not measured with, or the other way round.
fn other_base(profile: &Profile, choice: &Choice, release: &Release) -> Option<String> {
    let section = profile.package.get(&choice.package).filter(|_| choice.figures.is_some())?;
    let (package, name) = (&choice.package, &release.name);
    let compiler = profile.toolchain.iter().find(|t| t.id == section.toolchain);
    let arch = compiler.and_then(|t| t.target.split('-').next()).unwrap_or_default();
    let own = |flag: &&str| arch.is_empty() || has_flag(arch, flag).unwrap_or(true);
    let first: Vec<&str> = release.base.iter().map(String::as_str).filter(own).collect();
    let missing: Vec<&str> = first.iter().copied().filter(|f| !section.base.iter().any(|b| b == f)).collect();
    if !missing.is_empty() {
        let missing = missing.join(" ");
        return Some(format!(
            "{package} was measured without {missing}, which nixpkgs {name} puts before a package's own flags: \
             not measured there; `hwtune tune --nixpkgs {name}` measures it so"
        ));
    }
    let measured = nixpkgs().find(&section.nixpkgs)?;
    let more: Vec<&str> =
        measured.base.iter().map(String::as_str).filter(own).filter(|f| !first.contains(f)).collect();
    (!more.is_empty()).then(|| {
        let (more, other) = (more.join(" "), &measured.name);
        format!(
            "{package} was measured as nixpkgs {other} builds it, with {more}, which nixpkgs {name} does not put first: \
             not measured there; `hwtune tune --nixpkgs {name}` measures it so"
        )
    })
}
