//! This module compares a profile with what is true on this host now.

use super::catalogue::{Subject, catalogue_fingerprint};
use super::change::{Change, Class, Staleness};
use super::here::{Here, from_table};
use crate::profile::{Difference, Evidence, Profile, Section, Toolchain, differences};
use serde_json::Value;

/// Compares a profile with what is so here. The host's name is its owner's choice and the time of measuring no fact about
/// it: neither is compared.
pub fn compare(profile: &Profile, here: &Here) -> Staleness {
    let mut found = Staleness {
        host: profile.host.name.clone(),
        stale: false,
        changes: Vec::new(),
        unchecked: Vec::new(),
    };
    facts(profile, here, &mut found);
    toolchains(profile, here, &mut found);
    catalogue(profile, here, &mut found);
    found.changes.sort_by_key(|c| c.class);
    found.stale = found.changes.first().is_some_and(|c| c.class == Class::Stable);
    found
}

/// All sections, as `package.NAME` and `kernel.NAME`.
fn sections(profile: &Profile) -> impl Iterator<Item = (String, &Section)> {
    let packages = profile.package.iter().map(|(name, section)| (format!("package.{name}"), section));
    packages.chain(profile.kernel.iter().map(|(name, section)| (format!("kernel.{name}"), section)))
}

/// Sections that rest on a measurement.
fn measured(profile: &Profile) -> Vec<String> {
    sections(profile).filter(|(_, s)| s.evidence != Evidence::None).map(|(at, _)| at).collect()
}

fn facts(profile: &Profile, here: &Here, found: &mut Staleness) {
    let now = &here.detected;
    let all = differences("host", &profile.host, &now.host)
        .into_iter()
        .chain(differences("names", &profile.names, &now.names))
        .chain(differences("system", &profile.system, &now.system));
    for fact in all.filter(|d| !["host.name", "system.measured_at"].contains(&d.key.as_str())) {
        if fact.key.starts_with("system.") && fact.key != "system.hypervisor" {
            if unknown(&fact.a) {
                continue;
            }
            if unknown(&fact.b) {
                found.unchecked.push(format!("{}: this machine does not tell", fact.key));
                continue;
            }
        }
        let class = if fact.key.starts_with("system.") { Class::Volatile } else { Class::Stable };
        let (remark, touches) = match fact.key.as_str() {
            "host.features" if lost(&fact) => {
                ("; code built with this profile's flags may no longer run here", measured(profile))
            }
            // How many CPUs there are, and what others call them, moves no timing of one thread.
            "host.cores"
            | "host.threads"
            | "names.gcc"
            | "names.rust"
            | "names.rust_features"
            | "names.go"
            | "names.archspec"
            | "names.nixpkgs" => ("", Vec::new()),
            "system.microcode" => ("; microcode may change what instructions cost", measured(profile)),
            "system.hypervisor" => ("; timings may have moved", measured(profile)),
            key if key.starts_with("system.") => ("", Vec::new()),
            _ => ("", measured(profile)),
        };
        found.changes.push(change(fact, class, remark, touches));
    }
}

fn change(fact: Difference, class: Class, remark: &str, touches: Vec<String>) -> Change {
    let what = format!("{}{remark}", fact.text());
    Change { key: fact.key, class, what, then: fact.a, now: fact.b, touches }
}

/// Whether a fact about the system was not to be had. (That there is no hypervisor is one.)
fn unknown(value: &Value) -> bool {
    matches!(value.as_str(), Some("" | "unknown")) || value.as_u64() == Some(0)
}

/// Whether a word of the list is gone.
fn lost(fact: &Difference) -> bool {
    let now = fact.b.as_array();
    fact.a.as_array().into_iter().flatten().any(|word| !now.is_some_and(|n| n.contains(word)))
}

fn toolchains(profile: &Profile, here: &Here, found: &mut Staleness) {
    let Some(now) = &here.toolchains else {
        found.unchecked.push("toolchain: the compilers were not asked".into());
        return;
    };
    let unlisted = |t: &Toolchain| !from_table(t) && !profile.toolchain.iter().any(|old| old.id == t.id);
    let mut heirs: Vec<String> = Vec::new();
    for old in &profile.toolchain {
        let key = format!("toolchain.{}", old.id);
        if here.dialect.as_ref().is_some_and(|d| *d != old.compiler) {
            found.unchecked.push(format!("{key}: only {} was asked", here.dialect.as_deref().unwrap_or("?")));
            continue;
        }
        let touches: Vec<String> = sections(profile)
            .filter(|(_, s)| s.toolchain == old.id && s.evidence != Evidence::None)
            .map(|(at, _)| at)
            .collect();
        let same = |t: &&Toolchain| {
            t.id == old.id
                && (t.target == old.target || old.target.is_empty())
                && from_table(t) == from_table(old)
        };
        let unchanged = now.iter().find(|t| same(t) && t.sha256 == old.sha256);
        let Some(new) = unchanged.or_else(|| now.iter().find(same)) else {
            // Its successor is one that the profile does not know.
            let heir =
                now.iter().find(|t| t.compiler == old.compiler && t.target == old.target && unlisted(t));
            heirs.extend(heir.map(|t| t.id.clone()));
            found.changes.push(gone(key, old, heir, touches));
            continue;
        };
        let mut new = new.clone();
        // Inert options only make feature sets equal; what was not recorded cannot be compared.
        new.inert.clone_from(&old.inert);
        if old.sha256.is_empty() {
            new.sha256.clear();
        }
        if old.target.is_empty() {
            new.target.clear();
        }
        for fact in differences(&key, old, &new) {
            let remark = match fact.key.ends_with(".sha256") {
                true => "; the same version, rebuilt",
                false => "",
            };
            found.changes.push(change(fact, Class::Stable, remark, touches.clone()));
        }
    }
    for new in now.iter().filter(|t| unlisted(t) && !heirs.contains(&t.id)) {
        let fact = Difference {
            key: format!("toolchain.{}", new.id),
            a: Value::Null,
            b: new.version.clone().into(),
        };
        found.changes.push(change(
            fact,
            Class::Volatile,
            "; it is new, and no verdict of the profile rests on it",
            Vec::new(),
        ));
    }
}

/// A compiler that is no longer there, with its successor where there is one.
fn gone(key: String, old: &Toolchain, heir: Option<&Toolchain>, touches: Vec<String>) -> Change {
    let fact = Difference {
        key: format!("{key}.version"),
        a: old.version.clone().into(),
        b: heir.map(|t| t.version.clone()).into(),
    };
    let remark = match heir {
        Some(_) => String::new(),
        None if from_table(old) => "; the tables know nothing of it any more".into(),
        None => format!("; no {} {} is found on PATH", old.compiler, old.version),
    };
    change(fact, Class::Stable, &remark, touches)
}

fn catalogue(profile: &Profile, here: &Here, found: &mut Staleness) {
    if let Some(m) = profile.measurement.as_ref().filter(|m| m.method != here.method) {
        let (a, b) = (m.method.clone().into(), here.method.clone().into());
        let fact = Difference { key: "measurement.method".into(), a, b };
        found.changes.push(change(fact, Class::Stable, "; hwtune measures otherwise now", measured(profile)));
    }
    for (at, section) in sections(profile).filter(|(_, s)| s.evidence != Evidence::None) {
        let subject = match at.split_once('.') {
            Some(("package", name)) if section.evidence == Evidence::Package => Subject::Trial(name),
            Some(("package", name)) => Subject::Package(name),
            Some((_, name)) => match here.kernels.iter().find(|k| k.name == name) {
                Some(kernel) => Subject::Kernel(kernel),
                None => {
                    let line =
                        format!("{at}.catalogue: the kernel's source is not at hand; give it with --kernel");
                    found.unchecked.push(line);
                    continue;
                }
            },
            None => continue,
        };
        let now = catalogue_fingerprint(&here.catalogue, subject);
        match &section.catalogue {
            None => found.unchecked.push(format!("{at}.catalogue: the profile does not record it")),
            Some(then) if *then == now => {}
            Some(then) => found.changes.push(Change {
                key: format!("{at}.catalogue"),
                class: Class::Stable,
                what: "kernels, flags or rules for it changed (or it was measured with another --probes)"
                    .into(),
                then: then.clone().into(),
                now: now.into(),
                touches: vec![at],
            }),
        }
    }
}
