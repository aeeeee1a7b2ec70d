//! This module decides which flags of a package are kept and which are dropped, each with its reason.

use super::coherent;
use super::options::Options;
use super::quote::line;
use super::trust::{self, Trust};
use crate::catalogue::{Catalogue, Package, Policy};
use crate::profile::{Profile, Section, Toolchain, told_within_bounds};
use serde::Serialize;

/// A flag that is not written, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dropped {
    /// The flag.
    pub flag: String,
    /// One line.
    pub reason: String,
}

/// What was measured for the flags kept: effects are `100 * ln(t_base / t_flags)`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// `package` or `kernel`.
    pub evidence: String,
    /// Estimate.
    pub effect: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

/// The decision for one package, or for the whole host.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Choice {
    /// Package, or `host`.
    pub package: String,
    /// [`Toolchain::id`] it was measured with; empty where none.
    pub toolchain: String,
    /// Flags to append, in the profile's order.
    pub kept: Vec<String>,
    /// Flags left out.
    pub dropped: Vec<Dropped>,
    /// True when exactly the flags kept were measured to help here.
    pub measured: bool,
    /// The figures; absent where nothing was measured.
    pub figures: Option<Figures>,
    /// What a reader must know, one line each.
    pub notes: Vec<String>,
    /// Functions whose results are other bits under the flags kept, each with both errors; empty where all are the same.
    pub within_bounds: String,
    /// Why the figures are of another time: what was measured has changed since. One of the notes.
    #[serde(skip)]
    pub(super) outdated: Option<String>,
    /// Of the whole host: names that make no difference here, which a user may prefer all the same.
    pub equivalent: Vec<String>,
}

impl Choice {
    /// Puts the flags that are left out for one reason on one line.
    pub fn grouped(mut self) -> Choice {
        let mut groups: Vec<Dropped> = Vec::new();
        for one in self.dropped {
            match groups.iter_mut().find(|g| g.reason == one.reason) {
                Some(group) => group.flag = format!("{} {}", group.flag, one.flag),
                None => groups.push(one),
            }
        }
        self.dropped = groups;
        self
    }
}

/// The architecture options that a toolchain was given; they stand in for a package that was not measured.
pub(super) fn bundle(toolchain: &Toolchain) -> Vec<String> {
    let option = |name: &str, value: &String| (!value.is_empty()).then(|| format!("-{name}={value}"));
    let of = |arch: &str| toolchain.target.starts_with(arch);
    // There the name is a CPU for -mcpu, which sets both; on RISC-V it may be a string of extensions instead.
    let riscv = of("riscv") && !toolchain.march.starts_with("rv");
    let (arch, tune) = match of("aarch64") || of("arm") || of("powerpc") || of("ppc") || riscv {
        true => (option("mcpu", &toolchain.march), None),
        false => (option("march", &toolchain.march), option("mtune", &toolchain.mtune)),
    };
    arch.into_iter().chain(toolchain.add.clone()).chain(toolchain.drop.clone()).chain(tune).collect()
}

/// Decides for one package of the profile.
pub(super) fn package(profile: &Profile, catalogue: &Catalogue, name: &str, options: &Options) -> Choice {
    let mut choice = Choice { package: name.into(), ..Choice::default() };
    let section = profile.package.get(name);
    choice.toolchain = section
        .map(|s| s.toolchain.clone())
        .or_else(|| profile.toolchain.first().map(|t| t.id.clone()))
        .unwrap_or_default();
    let trust = match section {
        Some(section) => trust::judge(profile, section, options.allow_unmeasured),
        None if options.allow_unmeasured => Trust::Unmeasured,
        None => {
            choice.notes.push(format!("not in the profile; measure it with `hwtune tune --package {name}`"));
            return choice;
        }
    };
    let row = catalogue.packages.get(name);
    for flag in wanted(profile, section, &choice.toolchain, &trust) {
        let reason = match &trust {
            Trust::No(reason) => Some(reason.clone()),
            _ => refused(catalogue, &flag, name, row, options).or_else(|| contradicted(section, &flag)),
        };
        match reason {
            None => choice.kept.push(flag),
            Some(reason) => choice.dropped.push(Dropped { flag, reason }),
        }
    }
    if choice.kept.is_empty() {
        if let (Trust::No(reason), true) = (&trust, choice.dropped.is_empty()) {
            choice.notes.push(reason.clone());
        }
        return choice;
    }
    match (&trust, section) {
        (Trust::Measured(figures), Some(section)) => {
            settle(&mut choice, section, figures);
            let rows = [section.within_bounds(&choice.kept), section.within_bounds(&section.flags)];
            choice.within_bounds =
                rows.into_iter().find(|rows| !rows.is_empty()).map(told_within_bounds).unwrap_or_default();
            choice.outdated = coherent::outdated(section, name, catalogue);
            choice.notes.extend(choice.outdated.clone());
        }
        _ => choice.notes.push("NOT MEASURED: nobody timed these flags on this host".into()),
    }
    choice
}

/// The flags in question: the section's, or the toolchain's own where nothing was measured and none are listed.
fn wanted(profile: &Profile, section: Option<&Section>, toolchain: &str, trust: &Trust) -> Vec<String> {
    let listed = section.map(|s| s.flags.clone()).unwrap_or_default();
    if *trust != Trust::Unmeasured || !listed.is_empty() {
        return listed;
    }
    profile.toolchain.iter().find(|t| t.id == toolchain).map(bundle).unwrap_or_default()
}

/// A set of which something was dropped is no longer the set that was measured, unless the rest was judged alone.
fn settle(choice: &mut Choice, section: &Section, figures: &Figures) {
    if choice.dropped.is_empty() {
        choice.measured = true;
        choice.figures = Some(figures.clone());
    } else if let Some(rest) = trust::confirmed(section, &choice.kept) {
        choice.measured = true;
        choice.figures = Some(Figures { evidence: figures.evidence.clone(), ..rest });
    } else {
        let out: Vec<&str> = choice.dropped.iter().map(|d| d.flag.as_str()).collect();
        choice.notes.push(format!(
            "NOT MEASURED in this form: timed only together with {}, which is left out",
            line(&out.join(" "))
        ));
    }
}

/// Why the form or the package's policy forbids a flag.
pub(super) fn refused(
    catalogue: &Catalogue,
    flag: &str,
    name: &str,
    row: Option<&Package>,
    options: &Options,
) -> Option<String> {
    if let Some(reason) = malformed(flag) {
        return Some(reason);
    }
    let Some(row) = row else {
        return Some(format!("no policy for {}: add it to a packages.toml of your own", line(name)));
    };
    match catalogue.policy(row, flag) {
        Policy::Allowed(_) => None,
        Policy::Refused(why) => Some(format!("refused for {name}: {why}")),
        Policy::OptIn(why) => {
            let asked = options.allow.iter().any(|a| a.package == name && a.flag == flag);
            (!asked).then(|| format!("only on request (--allow {name}:{flag}): {why}"))
        }
    }
}

/// The form alone: one word of plain characters that the catalogue takes for a flag, and no `native`.
fn malformed(flag: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-=+,._:".contains(c);
    if let Some(c) = flag.chars().find(|c| !plain(*c)) {
        return Some(format!("has the character {c:?}, which no code generation option needs"));
    }
    if !["-f", "-m", "-O", "--param=", "-Wl,"].iter().any(|stem| flag.starts_with(stem)) {
        return Some("not an option that generates code (-f, -m, -O, --param=, -Wl,)".into());
    }
    if flag.ends_with("=native") {
        return Some("depends on the machine that builds, and Nix's wrapper does not strip it".into());
    }
    Catalogue::grammar(flag).err()
}

/// Why the section's own judgements forbid a flag that its list holds.
fn contradicted(section: Option<&Section>, flag: &str) -> Option<String> {
    use crate::profile::Verdict as V;
    let single =
        |j: &&crate::profile::Judgement| j.kernel.is_none() && j.flags.len() == 1 && j.flags[0] == flag;
    let judged = section?
        .judged
        .iter()
        .filter(single)
        .find(|j| matches!(j.verdict, V::Refused | V::Unsupported | V::Crashed | V::WrongResult))?;
    Some(format!("the profile itself judges it {}", judged.verdict))
}
