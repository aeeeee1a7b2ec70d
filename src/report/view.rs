//! A view is what a report says, as plain data for the page and for Markdown.

use super::adr::Adr;
use super::expected::{Expected, expected};
use super::facts::{facts, method};
use super::rows::{Group, Row, confirmed, others};
use crate::catalogue::Catalogue;
use crate::profile::{Evidence, Profile, Section, Toolchain};
use crate::render::{self, Options};
use crate::rollout::{Route, State};
use serde::Serialize;
use std::collections::BTreeMap;

/// What a report is made of.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The host's profile.
    pub profile: &'a Profile,
    /// The catalogue, for what is rendered.
    pub catalogue: &'a Catalogue,
    /// What is rendered into the report.
    pub target: &'a str,
    /// Flags that nobody measured are rendered as well, marked as such.
    pub allow_unmeasured: bool,
    /// The route to the system.
    pub route: Route,
    /// The rollout, where there is one.
    pub rollout: Option<&'a State>,
}

/// A name and what it is.
pub type Fact = (String, String);

/// Everything that a report says about one host.
#[derive(Clone, Debug, Serialize)]
pub struct View {
    /// Version of hwtune.
    pub version: &'static str,
    /// Host name.
    pub name: String,
    /// Brand string.
    pub cpu: String,
    /// When it was measured; empty where it was not.
    pub measured_at: String,
    /// False after an interrupt.
    pub complete: bool,
    /// The profile's fingerprint.
    pub fingerprint: String,
    /// What the host is.
    pub facts: Vec<Fact>,
    /// Features offered and masked.
    pub features: [Vec<String>; 2],
    /// Why the host is taken for what it is.
    pub reasons: Vec<String>,
    /// Which flags each compiler should get.
    pub toolchains: Vec<Told>,
    /// Packages, then the user's own kernels.
    pub sections: Vec<Part>,
    /// How the figures were obtained.
    pub method: Option<Method>,
    /// Expected against measured, by package.
    pub expected: Vec<(String, Vec<Expected>)>,
    /// What another system reads.
    pub rendered: Written,
}

/// One compiler's answer.
#[derive(Clone, Debug, Serialize)]
pub struct Told {
    /// Compiler and version.
    pub id: String,
    /// Flags to be given.
    pub flags: Vec<String>,
    /// Options that change no code.
    pub inert: Vec<String>,
    /// Whether the compiler was asked itself.
    pub verified: bool,
    /// Whether a section was measured with it; where none was, that holds for the first.
    pub used: bool,
    /// Why.
    pub reasons: Vec<String>,
}

/// A package or a kernel of the user's own.
#[derive(Clone, Debug, Serialize)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Its own verdict, with the flags to be appended; nothing to append is empty.
    pub answer: Row,
    /// The flags to be appended.
    pub flags: Vec<String>,
    /// The flags it is built with anyway.
    pub base: Vec<String>,
    /// The nixpkgs release as which it was built; empty where none was named.
    pub nixpkgs: String,
    /// Compiler.
    pub toolchain: String,
    /// On what the verdict rests.
    pub evidence: &'static str,
    /// Growth of the code, `+0.9 % (34252 to 34558 bytes)`; empty where unknown.
    pub size: String,
    /// What was confirmed.
    pub groups: Vec<Group>,
    /// What was not, timed ones first.
    pub others: Vec<Row>,
    /// Verdicts of the others by name, with how many.
    pub counts: BTreeMap<&'static str, usize>,
}

/// How the figures were obtained.
#[derive(Clone, Debug, Serialize)]
pub struct Method {
    /// Facts in words.
    pub facts: Vec<Fact>,
    /// The control.
    pub control: Row,
    /// Equivalence margin.
    pub margin: f64,
    /// Wall seconds in all, in words.
    pub total: String,
    /// The stages, what they do, and their wall seconds in words.
    pub spent: Vec<[String; 3]>,
}

/// A rendered text, or why there is none.
#[derive(Clone, Debug, Serialize)]
pub struct Written {
    /// Name of the target.
    pub target: String,
    /// Usual name of the file.
    pub file: String,
    /// The text; empty where there is none.
    pub text: String,
    /// Why there is none; empty where there is one.
    pub why_not: String,
}

/// Gathers what the report says.
pub fn view(source: &Source<'_>) -> View {
    let Profile { host, system, .. } = source.profile;
    let adr = Adr { profile: source.profile, route: source.route, rollout: source.rollout };
    let expectations = ["glibc", "zlib"].into_iter().filter(|p| source.profile.package.contains_key(*p));
    let parts = source.profile.package.iter().chain(&source.profile.kernel);
    View {
        version: env!("CARGO_PKG_VERSION"),
        name: host.name.clone(),
        cpu: host.cpu.clone(),
        measured_at: system.measured_at.clone(),
        complete: source.profile.complete,
        fingerprint: source.profile.fingerprint.clone(),
        facts: facts(source.profile),
        features: [host.features.clone(), host.masked.clone()],
        reasons: source.profile.reasons.host.clone(),
        toolchains: source.profile.toolchain.iter().map(|t| told(source.profile, t)).collect(),
        sections: parts.map(|(name, section)| part(source.catalogue, name, section)).collect(),
        method: source.profile.measurement.as_ref().map(method),
        expected: expectations.map(|p| (p.to_string(), expected(&adr, p, str::to_string))).collect(),
        rendered: written(source),
    }
}

fn told(profile: &Profile, toolchain: &Toolchain) -> Told {
    // GCC and Clang choose a CPU by -mcpu everywhere but on x86; extensions of RISC-V are given to -march.
    let x86 = ["x86_64", "amd64", "i386", "i486", "i586", "i686"];
    let x86 = x86.iter().any(|arch| toolchain.target.starts_with(arch));
    let option = if x86 || toolchain.march.starts_with("rv") { "-march=" } else { "-mcpu=" };
    let named = |option: &str, name: &str| (!name.is_empty()).then(|| format!("{option}{name}"));
    let flags = named(option, &toolchain.march).into_iter().chain(named("-mtune=", &toolchain.mtune));
    Told {
        id: toolchain.id.clone(),
        flags: flags.chain(toolchain.add.iter().cloned()).chain(toolchain.drop.iter().cloned()).collect(),
        inert: toolchain.inert.clone(),
        verified: toolchain.verified,
        used: used(profile, toolchain),
        reasons: profile.reasons.toolchain.get(&toolchain.id).cloned().unwrap_or_default(),
    }
}

/// With each kernel's share of the package's time, as the catalogue has it now.
fn weighed(catalogue: &Catalogue, package: &str, mut groups: Vec<Group>) -> Vec<Group> {
    let Some(known) = catalogue.packages.get(package) else { return groups };
    for row in groups.iter_mut().flat_map(|g| &mut g.rows) {
        let kernel = row.what.strip_prefix(package).and_then(|rest| rest.strip_prefix('/'));
        let share = kernel.and_then(|k| known.percent(k)).map(|percent| format!("{percent} %"));
        row.share = share.unwrap_or_default();
    }
    groups
}

fn used(profile: &Profile, toolchain: &Toolchain) -> bool {
    let mut sections = profile.package.values().chain(profile.kernel.values()).peekable();
    match sections.peek() {
        Some(_) => sections.any(|s| s.toolchain == toolchain.id),
        None => profile.toolchain.first().is_some_and(|first| first == toolchain),
    }
}

fn part(catalogue: &Catalogue, name: &str, section: &Section) -> Part {
    let others = others(section);
    let mut counts = BTreeMap::new();
    others.iter().for_each(|row| *counts.entry(row.verdict.name()).or_default() += 1);
    let size = section.code_bytes.as_ref().filter(|b| b.base > 0).map(|b| {
        let growth = 100.0 * (b.flags as f64 / b.base as f64 - 1.0);
        format!("{growth:+.1} % ({} to {} bytes over the kernels)", b.base, b.flags)
    });
    Part {
        name: name.into(),
        answer: Row::of_section(section, section.flags.join(" ")),
        flags: section.flags.clone(),
        base: section.base.clone(),
        nixpkgs: section.nixpkgs.clone(),
        toolchain: section.toolchain.clone(),
        evidence: match section.evidence {
            Evidence::Package => "the real package, built and timed",
            Evidence::Kernel => "kernels that stand for the package's code",
            Evidence::None => "nothing: it was not measured",
        },
        size: size.unwrap_or_default(),
        groups: weighed(catalogue, name, confirmed(section)),
        others,
        counts,
    }
}

fn written(source: &Source<'_>) -> Written {
    let options = Options { allow_unmeasured: source.allow_unmeasured, ..Options::default() };
    let none = Written {
        target: source.target.into(),
        file: String::new(),
        text: String::new(),
        why_not: String::new(),
    };
    match render::render(source.profile, source.catalogue, source.target, &options) {
        Ok(rendered) => Written { file: rendered.file_name, text: rendered.text, ..none },
        Err(error) => Written { why_not: error.to_string(), ..none },
    }
}
