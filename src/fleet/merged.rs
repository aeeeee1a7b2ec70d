//! A merged group is the hosts that can share code, with what is true on all of them.

use super::claim::Retune;
use super::group::{self, By, architecture};
use super::{claim, common, tools};
use crate::profile::{
    AaControl, Evidence, Measurement, Noise, Profile, SCHEMA, Section, SpentSeconds, Verdict, digest,
    fingerprint,
};
use std::collections::{BTreeMap, BTreeSet};

/// Hosts that can share code, and what is true on all of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Such as `x86-64-v3`; the host name of the profile.
    pub name: String,
    /// Names of its hosts, sorted.
    pub hosts: Vec<String>,
    /// A profile that every renderer takes.
    pub profile: Profile,
    /// Hosts to measure again, with the reasons, sorted.
    pub retune: Vec<Retune>,
    /// What a reader must know, one line each.
    pub notes: Vec<String>,
}

/// Merges profiles into one a group. The order does not matter, and a profile given twice counts once; of two of the same
/// host the one measured later counts.
pub fn merge(profiles: &[Profile], by: By) -> Vec<Group> {
    let (latest, notes) = latest(profiles);
    let mut groups: Vec<Group> =
        group::split(&latest, by).into_iter().map(|(name, group)| one(name, &group)).collect();
    for group in &mut groups {
        let own = notes.iter().filter(|(host, _)| group.hosts.contains(host)).map(|(_, note)| note.clone());
        group.notes.splice(0..0, own.collect::<BTreeSet<_>>());
    }
    groups
}

/// The profiles that count, in a fixed order, and what was left out.
fn latest(profiles: &[Profile]) -> (Vec<&Profile>, Vec<(String, String)>) {
    // Text orders whatever two profiles of one name differ in.
    let text = |p: &Profile| serde_json::to_string(p).unwrap_or_default();
    let mut all: Vec<&Profile> = profiles.iter().collect();
    all.sort_by(|p, q| p.host.name.cmp(&q.host.name).then_with(|| text(p).cmp(&text(q))));
    all.dedup_by(|p, q| p == q);
    let mut kept: Vec<&Profile> = Vec::new();
    let mut notes = Vec::new();
    for profile in all {
        let name = profile.host.name.clone();
        match kept.last_mut().filter(|last| last.host.name == name) {
            Some(last) if last.host == profile.host => {
                if profile.system.measured_at >= last.system.measured_at {
                    *last = profile;
                }
                notes.push((name.clone(), format!("{name}: several profiles; the one measured last counts")));
                continue;
            }
            Some(_) => notes.push((name.clone(), format!("{name}: two hosts bear this name; both count"))),
            None => {}
        }
        kept.push(profile);
    }
    (kept, notes)
}

fn one(name: String, group: &[&Profile]) -> Group {
    let architecture = architecture(group[0]);
    let mut notes = Vec::new();
    let host = common::host(&name, &architecture, group);
    let toolchain = tools::chains(&host, &architecture, group, &mut notes);
    let mut retune = Vec::new();
    let package = sections(group, |p| &p.package, &mut retune);
    let kernel = sections(group, |p| &p.kernel, &mut retune);
    let mut profile = Profile {
        schema: SCHEMA,
        fingerprint: String::new(),
        digest: String::new(),
        complete: true,
        names: common::names(&host, group),
        system: common::system(group),
        measurement: measurement(group),
        host,
        toolchain,
        reasons: Default::default(),
        package,
        kernel,
    };
    profile.fingerprint = fingerprint(&profile);
    profile.digest = digest(&profile);
    retune.sort();
    retune.dedup();
    if group.iter().all(|p| p.package.is_empty() && p.kernel.is_empty()) {
        notes.push("no host was tuned: run `hwtune tune` on one of each kind of CPU".into());
    }
    notes.extend(proposal(group, &profile));
    let hosts = group.iter().map(|p| p.host.name.clone()).collect();
    Group { name, hosts, profile, retune, notes }
}

/// What to time so that several CPUs can be given one set: nobody tries the common options by himself.
fn proposal(group: &[&Profile], merged: &Profile) -> Option<String> {
    let tuned = group.iter().any(|p| !p.package.is_empty());
    let open = merged.package.values().any(|s| s.verdict != Verdict::Helps);
    let chain = merged.toolchain.iter().find(|t| t.march.starts_with("x86-64") || !t.verified)?;
    if !tuned || !open || chain.march.is_empty() {
        return None;
    }
    let flags = [vec![format!("-march={}", chain.march)], chain.add.clone(), chain.drop.clone()].concat();
    Some(format!(
        "to find what helps on all, put this line into a file and run `hwtune tune --candidates FILE` on one host of each CPU: {}",
        flags.join(" ")
    ))
}

fn sections(
    group: &[&Profile],
    of: impl Fn(&Profile) -> &BTreeMap<String, Section>,
    retune: &mut Vec<Retune>,
) -> BTreeMap<String, Section> {
    let names: BTreeSet<&String> = group.iter().flat_map(|p| of(p).keys()).collect();
    let mut merged = BTreeMap::new();
    for name in names {
        let own: Vec<_> = group.iter().map(|p| (*p, of(p).get(name))).collect();
        if let Some(claim) = claim::merge(name, &own) {
            retune.extend(claim.retune);
            merged.insert(name.clone(), claim.section);
        }
    }
    merged
}

/// How the figures were obtained: the strictest margin, the worst noise, and a control that is in order on all whose
/// figures count. Hosts whose control is not in order are not counted.
fn measurement(group: &[&Profile]) -> Option<Measurement> {
    let noisy = |m: &&Measurement| matches!(m.aa.verdict, Verdict::Helps | Verdict::Harms);
    let measured =
        |p: &&Profile| p.package.values().chain(p.kernel.values()).any(|s| s.evidence != Evidence::None);
    let all: Vec<&Measurement> = group
        .iter()
        .copied()
        .filter(|p| measured(p))
        .filter_map(|p| p.measurement.as_ref())
        .filter(|m| !noisy(m))
        .collect();
    all.first()?;
    let most = |of: fn(&Measurement) -> f64| all.iter().map(|m| of(m)).fold(f64::NEG_INFINITY, f64::max);
    let least = |of: fn(&Measurement) -> f64| all.iter().map(|m| of(m)).fold(f64::INFINITY, f64::min);
    let sum = |of: fn(&Measurement) -> f64| all.iter().map(|m| of(m)).sum::<f64>();
    let total = |of: fn(&Measurement) -> u64| all.iter().fold(0u64, |n, m| n.saturating_add(of(m)));
    let mean = sum(|m| m.aa.effect) / all.len() as f64;
    Some(Measurement {
        method: common::same(all.iter().map(|m| m.method.clone()), "several".into()),
        alpha: most(|m| m.alpha),
        // Each host's claims were judged by its own margin: all of them support the smallest.
        margin: least(|m| m.margin),
        max_regression: most(|m| m.max_regression),
        noise: Noise { layout_sd: most(|m| m.noise.layout_sd), preempted: most(|m| m.noise.preempted) },
        aa: AaControl {
            verdict: common::same(all.iter().map(|m| m.aa.verdict), Verdict::Inconclusive),
            effect: mean.clamp(least(|m| m.aa.effect), most(|m| m.aa.effect)),
            low: least(|m| m.aa.low),
            high: most(|m| m.aa.high),
        },
        seed: common::same(all.iter().map(|m| m.seed), 0),
        evaluations: total(|m| m.evaluations),
        pairs: total(|m| m.pairs),
        spent_s: SpentSeconds {
            accept: sum(|m| m.spent_s.accept),
            identity: sum(|m| m.spent_s.identity),
            screen: sum(|m| m.spent_s.screen),
            search: sum(|m| m.spent_s.search),
            confirm: sum(|m| m.spent_s.confirm),
        },
    })
}
