//! The stage between profile and text: which flags of a package are kept, which dropped, each with its reason.

use super::grammar;
use super::options::Options;
use super::tables::Tables;
use super::trust::{self, Trust};
use crate::catalogue::Package;
use crate::profile::{Profile, Section, Toolchain};
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
}

impl Choice {
    /// Drops every flag kept so far for one reason.
    pub(super) fn drop_all(&mut self, reason: &str) {
        let kept = std::mem::take(&mut self.kept);
        self.dropped.extend(kept.into_iter().map(|flag| Dropped { flag, reason: reason.into() }));
        self.measured = false;
        self.figures = None;
    }
}

/// The architecture options a toolchain was told: what stands in for a package that nobody measured.
pub(super) fn bundle(toolchain: &Toolchain) -> Vec<String> {
    let option = |name: &str, value: &String| (!value.is_empty()).then(|| format!("-{name}={value}"));
    let arm = toolchain.target.starts_with("aarch64") || toolchain.target.starts_with("arm");
    let (arch, tune) = match arm {
        // There the name is a CPU for -mcpu, which sets both.
        true => (option("mcpu", &toolchain.march), None),
        false => (option("march", &toolchain.march), option("mtune", &toolchain.mtune)),
    };
    arch.into_iter().chain(toolchain.add.clone()).chain(toolchain.drop.clone()).chain(tune).collect()
}

/// Decides for one package of the profile.
pub(super) fn package(profile: &Profile, tables: &Tables<'_>, name: &str, options: &Options) -> Choice {
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
    let row = tables.packages.get(name);
    for flag in wanted(profile, section, &choice.toolchain, &trust) {
        let reason = match &trust {
            Trust::No(reason) => Some(reason.clone()),
            _ => refused(&flag, name, row, options).or_else(|| contradicted(section, &flag)),
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
        (Trust::Measured(figures), Some(section)) => settle(&mut choice, section, figures),
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
            grammar::quoted(&out.join(" "))
        ));
    }
}

/// Why the form or the package's policy forbids a flag.
fn refused(flag: &str, name: &str, row: Option<&Package>, options: &Options) -> Option<String> {
    if let Some(reason) = grammar::refusal(flag) {
        return Some(reason);
    }
    let Some(row) = row else {
        return Some(format!("no policy for {name}: add it to a packages.toml of your own"));
    };
    let rule = |rules: &[crate::catalogue::FlagRule]| {
        rules.iter().find(|r| grammar::matches(&r.flag, flag)).map(|r| r.why.clone())
    };
    if let Some(why) = rule(&row.refused) {
        return Some(format!("refused for {name}: {why}"));
    }
    if let Some(why) = rule(&row.opt_in) {
        let asked = options.allow.iter().any(|a| a.package == name && a.flag == flag);
        return (!asked).then(|| format!("only on request (--allow {name}:{flag}): {why}"));
    }
    match rule(&row.allowed) {
        Some(_) => None,
        None => Some(format!("no rule of {name} allows it")),
    }
}

/// Why the section's own judgements forbid a flag that its list holds.
fn contradicted(section: Option<&Section>, flag: &str) -> Option<String> {
    use crate::profile::Verdict as V;
    let single = |j: &&crate::profile::Judgement| j.kernel.is_none() && j.flags.len() == 1 && j.flags[0] == flag;
    let judged = section?.judged.iter().filter(single).find(|j| {
        matches!(j.verdict, V::Refused | V::Unsupported | V::Crashed | V::WrongResult)
    })?;
    Some(format!("the profile itself judges it {}", judged.verdict))
}

/// Decides for the whole host: architecture options that a package's measurement bears out.
pub(super) fn host(profile: &Profile, choices: &[Choice], options: &Options) -> Choice {
    let mut choice = Choice { package: "host".into(), ..Choice::default() };
    let Some(toolchain) = profile.toolchain.first() else {
        choice.notes.push("the profile has no toolchain".into());
        return choice;
    };
    choice.toolchain = toolchain.id.clone();
    let proof = choices.iter().find(|c| c.measured && bundle(toolchain).iter().all(|f| c.kept.contains(f)));
    for flag in bundle(toolchain) {
        let borne = choices.iter().any(|c| c.measured && c.kept.contains(&flag));
        let reason = match grammar::refusal(&flag) {
            Some(reason) => Some(reason),
            None if borne || options.allow_unmeasured => None,
            None => Some("measured to help in no package; --allow-unmeasured writes it and says so".into()),
        };
        match reason {
            None => choice.kept.push(flag),
            Some(reason) => choice.dropped.push(Dropped { flag, reason }),
        }
    }
    match proof {
        Some(c) => choice.notes.push(format!("measured to help in {}, not in every program", c.package)),
        None if !choice.kept.is_empty() => {
            choice.notes.push("NOT MEASURED in this form: nobody timed these flags together on this host".into());
        }
        None => {}
    }
    choice.measured = proof.is_some();
    choice.figures = proof.and_then(|c| c.figures.clone());
    choice
}
