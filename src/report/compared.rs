//! This module puts several hosts side by side.

use super::facts::facts;
use super::html::{Plots, page, put_forest};
use super::rows::{Group, Row};
use super::view::Fact;
use crate::profile::{Compared, Profile, Relation, Section, Stage, diff};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What a report says about several hosts.
#[derive(Clone, Debug, Serialize)]
pub struct Together {
    /// Version of hwtune.
    pub version: &'static str,
    /// Their names, with a number where two are equal.
    pub names: Vec<String>,
    /// Facts with a value a host; those that all share have one.
    pub facts: Vec<(String, Vec<String>)>,
    /// Packages and kernels.
    pub parts: Vec<Side>,
    /// Against the first host: each other one, and what differs beyond noise.
    pub beyond: Vec<(String, Vec<String>)>,
    /// The least margin, for the plots.
    pub margin: f64,
}

/// One package or kernel on all hosts that have it.
#[derive(Clone, Debug, Serialize)]
pub struct Side {
    /// Its name.
    pub name: String,
    /// Its intervals, question by question, a row a host.
    pub groups: Vec<Group>,
}

/// Sets the hosts beside each other, in the order given.
pub fn together(profiles: &[Profile]) -> Together {
    let names = names(profiles);
    let margins = profiles.iter().filter_map(|p| p.measurement.as_ref()).map(|m| m.margin);
    let parts: BTreeSet<(bool, &String)> = profiles
        .iter()
        .flat_map(|p| p.package.keys().map(|k| (false, k)).chain(p.kernel.keys().map(|k| (true, k))))
        .collect();
    let side = |(own, name): (bool, &String)| {
        let of =
            |p: &'_ Profile| if own { p.kernel.get(name).cloned() } else { p.package.get(name).cloned() };
        let sections: Vec<(&String, Section)> =
            names.iter().zip(profiles).filter_map(|(host, p)| Some((host, of(p)?))).collect();
        Side { name: name.clone(), groups: groups(&sections) }
    };
    let beyond = names.iter().zip(profiles).skip(1).map(|(n, p)| (n.clone(), differences(&profiles[0], p)));
    Together {
        version: env!("CARGO_PKG_VERSION"),
        facts: shared(profiles),
        beyond: beyond.collect(),
        parts: parts.into_iter().map(side).collect(),
        margin: margins.fold(f64::INFINITY, f64::min).min(1e6),
        names,
    }
}

/// The page of several hosts.
pub fn html(profiles: &[Profile]) -> Result<String, minijinja::Error> {
    let view = together(profiles);
    let mut plots = Plots::new();
    for (n, part) in (1..).zip(&view.parts) {
        let name = format!("{}: effects on each host", part.name);
        put_forest(&mut plots, &format!("forest-{n}"), &name, &part.groups, view.margin);
    }
    page("compared.html.j2", &view, plots)
}

fn names(profiles: &[Profile]) -> Vec<String> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    profiles
        .iter()
        .map(|p| {
            let times = seen.entry(&p.host.name).or_default();
            *times += 1;
            if *times == 1 { p.host.name.clone() } else { format!("{} ({times})", p.host.name) }
        })
        .collect()
}

fn shared(profiles: &[Profile]) -> Vec<(String, Vec<String>)> {
    let all: Vec<Vec<Fact>> = profiles.iter().map(told).collect();
    let mut keys: Vec<&String> = Vec::new();
    for (key, _) in all.iter().flatten() {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let value = |facts: &Vec<Fact>, key: &String| {
        facts.iter().find(|(k, _)| k == key).map(|(_, v)| v.clone()).unwrap_or_else(|| "-".into())
    };
    let row = |key: &String| {
        let mut values: Vec<String> = all.iter().map(|facts| value(facts, key)).collect();
        if values.iter().all(|v| *v == values[0]) {
            values.truncate(1);
        }
        (key.clone(), values)
    };
    keys.into_iter().map(row).collect()
}

/// Facts of a host, of its compilers and of its measurement.
fn told(profile: &Profile) -> Vec<Fact> {
    let mut all = facts(profile);
    let ids: Vec<&str> = profile.toolchain.iter().map(|t| t.id.as_str()).collect();
    all.push(("Compilers".into(), ids.join(", ")));
    let at = &profile.system.measured_at;
    all.push(("Measured".into(), if at.is_empty() { "not measured".into() } else { at.clone() }));
    if let Some(m) = &profile.measurement {
        let (aa, noise) = (&m.aa, &m.noise);
        all.push((
            "Control".into(),
            match aa.measured() {
                true => format!("{:+.2} [{:+.2}, {:+.2}], {}", aa.effect, aa.low, aa.high, aa.verdict),
                false => "not measured".into(),
            },
        ));
        all.push(("Spread between layouts".into(), format!("{:.2}", noise.layout_sd)));
    }
    all
}

fn groups(sections: &[(&String, Section)]) -> Vec<Group> {
    let own = |(host, s): &(&String, Section)| {
        let flags = if s.flags.is_empty() { "nothing".into() } else { s.flags.join(" ") };
        Row::of_section(s, format!("{host}: {flags}"))
    };
    let mut all = vec![Group {
        title: "Each host's own set, against its base".into(),
        rows: sections.iter().map(own).collect(),
    }];
    // What was confirmed on two hosts or more: the same flags, then the same kernel under each host's own set.
    let mut same: BTreeMap<(bool, String), Vec<Row>> = BTreeMap::new();
    for (host, section) in sections {
        for judged in section.judged.iter().filter(|j| j.stage == Stage::Confirm) {
            use crate::profile::JudgedKind::Without;
            let key = match &judged.kernel {
                Some(kernel) => (true, format!("{kernel}, under each host's own set")),
                None if judged.kind != Without => (false, judged.flags.join(" ")),
                None => continue,
            };
            let rows = same.entry(key).or_default();
            if !rows.iter().any(|r| r.what == **host) {
                rows.push(Row::of(judged, host.to_string()));
            }
        }
    }
    let several = same.into_iter().filter(|(_, rows)| rows.len() > 1);
    all.extend(several.map(|((_, title), rows)| Group { title, rows }));
    all
}

/// What differs from the first host beyond noise, a line each.
fn differences(first: &Profile, other: &Profile) -> Vec<String> {
    let figure = |f: &crate::profile::Figure| match (f.effect, f.low, f.high) {
        (Some(e), Some(l), Some(h)) => format!("{} {e:+.2} [{l:+.2}, {h:+.2}]", f.verdict),
        _ => f.verdict.name().into(),
    };
    let told = |at: &str, c: &Compared| {
        let what = match (&c.kernel, c.flags.is_empty()) {
            (Some(kernel), _) => kernel.clone(),
            (None, true) => "its own verdict".into(),
            (None, false) => c.flags.join(" "),
        };
        format!("{at}, {what}: {} against {}", figure(&c.a), figure(&c.b))
    };
    let found = diff(first, other);
    let mut lines = Vec::new();
    for section in &found.sections {
        let at = section.at.split_once('.').map_or(section.at.as_str(), |(_, name)| name);
        match section.only {
            Some(side) => {
                let host = if side == 'a' { &first.host.name } else { &other.host.name };
                lines.push(format!("{at}: only on {host}"));
            }
            None => lines.extend(
                section.compared().filter(|c| c.relation == Relation::BeyondNoise).map(|c| told(at, c)),
            ),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::parse;

    #[test]
    fn what_hosts_share_is_told_once_and_what_differs_a_column_each() {
        let a = parse(include_str!("../../tests/profiles/measured.toml"), "a").unwrap();
        let b = parse(include_str!("../../tests/profiles/zen5.toml"), "b").unwrap();
        let both = together(&[a.clone(), b, a]);
        assert_eq!(both.names[2], format!("{} (2)", both.names[0]));
        let fact = |key: &str| both.facts.iter().find(|(k, _)| k == key).unwrap().1.len();
        assert_eq!((fact("Microarchitecture"), both.beyond.len()), (3, 2));
        assert!(both.facts.iter().any(|(_, values)| values.len() == 1));
        let zlib = both.parts.iter().find(|p| p.name == "zlib").unwrap();
        assert!(
            zlib.groups[0].rows.len() >= 2
                && zlib.groups[0].rows[0].what.starts_with("shoshin: -march=skylake")
        );
        // A host against itself differs in nothing.
        assert!(both.beyond[1].1.is_empty(), "{:?}", both.beyond[1].1);
    }
}
