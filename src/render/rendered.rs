//! From a profile to text: selection, template, check.

use super::archspec;
use super::choices;
use super::engine;
use super::error::RenderError;
use super::floor;
use super::hwcaps::{self, Library};
use super::names::{self, Derived};
use super::needs;
use super::offered;
use super::options::Options;
use super::quote::line;
use super::release::{Release, nixpkgs};
use super::rules::{self, Rules};
use super::selection::Choice;
use super::system;
use super::target::{Target, targets};
use super::whole_host;
use crate::catalogue::{Catalogue, Layer};
use crate::profile::{Host, Names, Profile};
use serde::Serialize;

/// A finished text with what was decided on the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendered {
    /// The text, formatted and parsed.
    pub text: String,
    /// Usual name of the file.
    pub file_name: String,
    /// What was kept and dropped, package by package; `host` last where the target takes the host's options.
    pub choices: Vec<Choice>,
}

/// What a template sees.
#[derive(Serialize)]
struct Context<'a> {
    version: &'static str,
    target: &'a str,
    title: &'a str,
    host: &'a Host,
    names: &'a Names,
    /// Why the names are not the profile's own; empty where they are.
    names_note: String,
    /// What was checked of archspec's name.
    archspec_note: String,
    fingerprint: &'a str,
    measured_at: &'a str,
    #[serde(flatten)]
    derived: Derived,
    packages: Vec<Shown<'a>>,
    /// Packages of the target of which the profile knows nothing.
    absent: Vec<&'a str>,
    /// Whether any package has flags to write.
    any_package: bool,
    /// Packages with flags to write; none where the target takes the host's options.
    held: Vec<&'a str>,
    /// Those of them that nixpkgs' standard environment contains, though the bootstrap does not build them by name.
    environment: Vec<&'a str>,
    /// Those of them that change the standard environment, so that everything is rebuilt.
    world: Vec<&'a str>,
    /// The libraries that go into the loader's folders, where the target installs some.
    hwcaps: Vec<Hwcaps>,
    /// Programs that take one of them as an argument.
    consumers: Vec<&'a str>,
    /// The first release that knows the name of the architecture, where it is not the oldest.
    since: &'a str,
    /// The flags for the whole host.
    arch: Option<&'a Choice>,
    /// Its figures, as those of a package.
    arch_effect: String,
    /// From what the name of the CPU comes.
    named: String,
    release: Option<&'a Release>,
    compiler: Compiler,
    notes: Vec<String>,
    rules: Vec<Rules<'a>>,
    /// Alternatives of a regular expression.
    features: String,
}

/// A package as a template sees it.
#[derive(Serialize)]
struct Shown<'a> {
    name: &'a str,
    /// Whether its own option is on by default.
    on: bool,
    /// Whether the profile knows nothing of it.
    absent: bool,
    /// Whether the bootstrap builds it.
    bootstrap: bool,
    /// The SONAME of its library; empty where it must not be loaded into every process.
    soname: &'a str,
    choice: &'a Choice,
    /// What consumers with settings for single packages call it.
    names: Called<'a>,
    /// `effect +3.1 (+1.8 to +4.4), evidence kernel`; empty where nothing was measured.
    effect: String,
}

/// A package's names; empty where there is none.
#[derive(Serialize)]
struct Called<'a> {
    gentoo: &'a str,
    conan: &'a str,
    spack: &'a str,
    easybuild: &'a str,
    /// The beginning of its variables: the name in capitals, `_` for `-` and `.`.
    buildroot: String,
    yocto: &'a str,
}

fn called<'a>(catalogue: &'a Catalogue, package: &str) -> Called<'a> {
    let row = catalogue.packages.get(package);
    let of = |consumer: &str| row.and_then(|r| r.names.get(consumer)).map_or("", String::as_str);
    Called {
        gentoo: of("gentoo"),
        conan: of("conan"),
        spack: of("spack"),
        easybuild: of("easybuild"),
        buildroot: of("buildroot").to_ascii_uppercase().replace(['-', '.'], "_"),
        yocto: of("yocto"),
    }
}

/// A library for one of the loader's glibc-hwcaps folders.
#[derive(Serialize)]
struct Hwcaps {
    level: String,
    library: &'static Library,
    flags: Vec<String>,
}

/// The compiler that the figures come from.
#[derive(Serialize, Default)]
struct Compiler {
    id: String,
    target: String,
    /// The commands for C and C++.
    c: &'static str,
    cxx: &'static str,
}

/// Renders the target of this name.
pub fn render(
    profile: &Profile,
    catalogue: &Catalogue,
    target: &str,
    options: &Options,
) -> Result<Rendered, RenderError> {
    let known = targets(options.templates.as_deref())?;
    match known.iter().find(|t| t.name == target) {
        Some(target) => render_target(profile, catalogue, target, options),
        None => Err(RenderError::UnknownTarget {
            name: target.into(),
            meant: crate::text::meant(target, known.iter().map(|t| t.name.as_str())),
            known: known.iter().map(|t| t.name.as_str()).collect::<Vec<_>>().join(", "),
        }),
    }
}

/// Renders a target, built in or not.
pub fn render_target(
    profile: &Profile,
    catalogue: &Catalogue,
    target: &Target,
    options: &Options,
) -> Result<Rendered, RenderError> {
    let release = release(options)?;
    options.check(|p| catalogue.packages.contains_key(p) || profile.package.contains_key(p))?;
    let mut choices = match target.front.any_profile {
        true => Vec::new(),
        false => choices::choose(profile, catalogue, target, options, release)?,
    };
    let unknown = system::System::default();
    let level = match target.front.hwcaps {
        true => hwcaps(profile, target, &mut choices)?,
        false => Vec::new(),
    };
    let (mut names, names_note) = offered::names(profile);
    let needs = |what: &str| target.front.needs.iter().any(|n| n == what);
    let lowered = release.filter(|_| needs("nixpkgs")).and_then(|r| floor::platform(&mut names, profile, r));
    let system = system::of(profile, &choices);
    let archspec_note;
    // It has a rule and a note of its own.
    let names_note = if needs("archspec") { String::new() } else { names_note };
    (names.archspec, archspec_note) = archspec::target(profile, system.as_ref().unwrap_or(&unknown));
    needs::check(profile, &names, target)?;
    let system = match (system, needs("system")) {
        (Ok(system), _) => system,
        (Err(what), true) => return Err(RenderError::Profile { target: target.name.clone(), what }),
        (Err(_), false) => unknown,
    };
    let told: Vec<Choice> = choices.iter().cloned().map(Choice::grouped).collect();
    let (host, packages) = match told.split_last() {
        Some((last, rest)) if last.package == "host" && target.front.host => (Some(last), rest),
        _ => (None, &told[..]),
    };
    let shown = packages.iter().map(|c| Shown {
        name: &c.package,
        on: !target.front.off.contains(&c.package),
        absent: absent(profile, c),
        bootstrap: catalogue.packages.get(&c.package).is_some_and(|row| row.layer == Layer::Bootstrap),
        soname: nixpkgs().soname(&c.package),
        choice: c,
        names: called(catalogue, &c.package),
        effect: effect(c),
    });
    let held: Vec<&str> = match target.front.host {
        true => Vec::new(),
        false => packages.iter().filter(|c| !c.kept.is_empty()).map(|c| c.package.as_str()).collect(),
    };
    let contained =
        |name: &&str| catalogue.packages.get(*name).is_some_and(|row| !row.environment.is_empty());
    // A target that takes any profile applies the policy itself.
    let own = target.front.any_profile;
    let context = Context {
        version: env!("CARGO_PKG_VERSION"),
        target: &target.name,
        title: &target.front.title,
        host: &profile.host,
        names: &names,
        names_note,
        archspec_note,
        fingerprint: &profile.fingerprint,
        measured_at: &profile.system.measured_at,
        derived: names::derive(profile, &names, system, host),
        absent: packages.iter().filter(|c| absent(profile, c)).map(|c| c.package.as_str()).collect(),
        environment: held.iter().copied().filter(contained).collect(),
        world: held.iter().copied().filter(|name| floor::is_staged(name, catalogue)).collect(),
        hwcaps: level,
        consumers: nixpkgs().consumers(&held, release),
        since: nixpkgs().since.get(&names.nixpkgs).map_or("", String::as_str),
        any_package: packages.iter().any(|c| !c.kept.is_empty()),
        held,
        packages: shown.collect(),
        arch: host,
        arch_effect: host.map(effect).unwrap_or_default(),
        named: whole_host::named(profile),
        release,
        compiler: compiler(profile, &choices),
        notes: choices::notes(profile, &choices, release).into_iter().chain(lowered).collect(),
        rules: if own { rules::of(&target.front, catalogue) } else { Vec::new() },
        features: if own { rules::features(catalogue) } else { String::new() },
    };
    let text = engine::expand(target, options.templates.as_deref(), &context)?;
    let text = target.front.syntax.finish(&text).map_err(|what| RenderError::Template {
        place: format!("{}.j2", target.name),
        what: format!("the text does not parse: {}", line(&what)),
    })?;
    Ok(Rendered { text, file_name: target.front.file.clone(), choices })
}

/// The libraries with flags, each with the least level that covers them. No library with flags is a refusal.
fn hwcaps(profile: &Profile, target: &Target, choices: &mut [Choice]) -> Result<Vec<Hwcaps>, RenderError> {
    let refused = |what: String| RenderError::Refused { target: target.name.clone(), what };
    let here = system::of(profile, choices);
    if !here.is_ok_and(|system| system.name == "x86_64-linux" && !system.musl) {
        return Err(refused("the loader has such folders on x86-64 with glibc alone".into()));
    }
    let mut found = Vec::new();
    for choice in choices.iter_mut() {
        let level = hwcaps::cover(choice, profile);
        let library = hwcaps::library(&choice.package).filter(|_| !level.is_empty());
        found.extend(library.map(|library| Hwcaps { level, library, flags: choice.kept.clone() }));
    }
    if found.is_empty() {
        let reasons =
            choices.iter().flat_map(|c| c.dropped.iter().map(|d| format!("{}: {}", d.flag, d.reason)));
        let notes = choices.iter().flat_map(|c| c.notes.iter().cloned());
        let why: Vec<String> = reasons.chain(notes).map(|text| line(&text)).take(20).collect();
        return Err(refused(format!("no flag to build with: {}", why.join("; "))));
    }
    Ok(found)
}

/// The toolchain of the first package that keeps flags, else of the first.
fn compiler(profile: &Profile, choices: &[Choice]) -> Compiler {
    let id = choices.iter().find(|c| !c.kept.is_empty()).or(choices.first()).map(|c| c.toolchain.as_str());
    let found = profile.toolchain.iter().find(|t| Some(t.id.as_str()) == id).or(profile.toolchain.first());
    found.map_or_else(Compiler::default, |t| {
        let (c, cxx) = if t.compiler == "clang" { ("clang", "clang++") } else { ("gcc", "g++") };
        Compiler { id: t.id.clone(), target: t.target.clone(), c, cxx }
    })
}

/// Whether there is nothing to say of a package but that the profile does not know it.
fn absent(profile: &Profile, choice: &Choice) -> bool {
    choice.kept.is_empty() && !profile.package.contains_key(&choice.package)
}

/// The figures on one line.
fn effect(choice: &Choice) -> String {
    choice.figures.as_ref().map_or_else(String::new, |f| {
        format!("effect {:+.1} ({:+.1} to {:+.1}), evidence {}", f.effect, f.low, f.high, f.evidence)
    })
}

fn release(options: &Options) -> Result<Option<&'static Release>, RenderError> {
    let Some(name) = &options.nixpkgs else { return Ok(None) };
    nixpkgs().find(name).map(Some).ok_or_else(|| RenderError::Option {
        option: format!("--nixpkgs {}", line(name)),
        what: format!("no such release here; one of: {}", nixpkgs().names()),
    })
}
