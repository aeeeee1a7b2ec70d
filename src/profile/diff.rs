//! Two profiles: hosts, toolchains, flags and verdicts; what differs beyond noise and what does not.

use super::compared::{Compared, Figure, Relation, relation};
use super::difference::{Difference, differences};
use super::{JudgedKind, Judgement, Profile, Section, Stage, Toolchain};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What two profiles have in common, and what not.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(title = "hwtune diff", deny_unknown_fields))]
pub struct Diff {
    /// The first profile's host.
    pub a: String,
    /// The second profile's host.
    pub b: String,
    /// Stable facts that differ: keys below `host` and `names`.
    pub host: Vec<Difference>,
    /// Volatile facts that differ: keys below `system`.
    pub system: Vec<Difference>,
    /// Compilers that differ, each as `toolchain.ID` or a key of it.
    pub toolchain: Vec<Difference>,
    /// How the figures were obtained, where it differs; the noise met and the time spent are left out.
    pub measurement: Vec<Difference>,
    /// Packages and kernels of either, in order.
    pub sections: Vec<SectionDiff>,
}

/// One package or kernel.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct SectionDiff {
    /// `package.NAME` or `kernel.NAME`.
    pub at: String,
    /// `a` or `b` where only that profile has it; else null.
    pub only: Option<char>,
    /// Its keys that differ: toolchain, base, flags, evidence.
    pub keys: Vec<Difference>,
    /// The section's own verdict; null where only one profile has it.
    pub verdict: Option<Compared>,
    /// Judgements that both have.
    pub judged: Vec<Compared>,
    /// Judgements that only the first has.
    pub only_a: usize,
    /// Judgements that only the second has.
    pub only_b: usize,
}

impl Diff {
    /// Whether anything differs that noise does not explain.
    pub fn beyond_noise(&self) -> bool {
        let lists = [&self.host, &self.toolchain];
        lists.iter().any(|l| !l.is_empty()) || self.sections.iter().any(SectionDiff::beyond_noise)
    }
}

impl SectionDiff {
    /// All comparisons, the section's own verdict first.
    pub fn compared(&self) -> impl Iterator<Item = &Compared> {
        self.verdict.iter().chain(&self.judged)
    }

    /// Whether anything here differs that noise does not explain.
    pub fn beyond_noise(&self) -> bool {
        self.only.is_some()
            || !self.keys.is_empty()
            || self.compared().any(|c| c.relation == Relation::BeyondNoise)
    }
}

/// Compares two profiles.
pub fn diff(a: &Profile, b: &Profile) -> Diff {
    let mut host = differences("host", &a.host, &b.host);
    host.extend(differences("names", &a.names, &b.names));
    Diff {
        a: a.host.name.clone(),
        b: b.host.name.clone(),
        host,
        system: differences("system", &a.system, &b.system),
        toolchain: toolchains(&a.toolchain, &b.toolchain),
        measurement: measurement(a, b),
        sections: ["package", "kernel"].into_iter().flat_map(|kind| sections(kind, a, b)).collect(),
    }
}

fn measurement(a: &Profile, b: &Profile) -> Vec<Difference> {
    let mut found = match (&a.measurement, &b.measurement) {
        (Some(a), Some(b)) => differences("measurement", a, b),
        (None, None) => Vec::new(),
        (a, b) => {
            let method = |m: &Option<super::Measurement>| m.as_ref().map(|m| m.method.clone()).into();
            vec![Difference { key: "measurement".into(), a: method(a), b: method(b) }]
        }
    };
    found.retain(|d| !["aa", "noise", "spent_s"].iter().any(|k| d.key == format!("measurement.{k}")));
    found
}

fn toolchains(a: &[Toolchain], b: &[Toolchain]) -> Vec<Difference> {
    let ids: BTreeSet<&str> = a.iter().chain(b).map(|t| t.id.as_str()).collect();
    let mut found = Vec::new();
    for id in ids {
        let of = |list: &'_ [Toolchain]| list.iter().find(|t| t.id == id).cloned();
        let key = format!("toolchain.{id}");
        match (of(a), of(b)) {
            (Some(a), Some(b)) => found.extend(differences(&key, &a, &b)),
            (a, b) => {
                let march = |t: Option<Toolchain>| t.map(|t| format!("-march={}", t.march)).into();
                found.push(Difference { key, a: march(a), b: march(b) });
            }
        }
    }
    found
}

fn sections(kind: &str, a: &Profile, b: &Profile) -> Vec<SectionDiff> {
    let of = |p: &'_ Profile| -> BTreeMap<String, Section> {
        if kind == "package" { p.package.clone() } else { p.kernel.clone() }
    };
    let (a, b) = (of(a), of(b));
    let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    let one = |name: &String| {
        let at = format!("{kind}.{name}");
        match (a.get(name), b.get(name)) {
            (Some(a), Some(b)) => both(at, a, b),
            (a, b) => SectionDiff {
                at,
                only: Some(if a.is_some() { 'a' } else { 'b' }),
                keys: Vec::new(),
                verdict: None,
                judged: Vec::new(),
                only_a: a.map_or(0, |s| s.judged.len()),
                only_b: b.map_or(0, |s| s.judged.len()),
            },
        }
    };
    names.into_iter().map(one).collect()
}

fn both(at: String, a: &Section, b: &Section) -> SectionDiff {
    let mut keys = differences(&at, a, b);
    let shown = ["toolchain", "base", "flags", "evidence"].map(|k| format!("{at}.{k}"));
    keys.retain(|d| shown.contains(&d.key));
    // What was measured against another base answers another question.
    let same_base = a.base == b.base;
    let stand = |x: &Figure, y: &Figure, same: bool| match same {
        true => relation(x, y),
        false => Relation::Incomparable,
    };
    let (x, y) = (Figure::of_section(a), Figure::of_section(b));
    // The verdict is about the flags listed: about others it is another question.
    let sorted = |s: &Section| s.flags.iter().cloned().collect::<BTreeSet<String>>();
    let relation = stand(&x, &y, same_base && sorted(a) == sorted(b));
    let verdict = Compared { flags: Vec::new(), kind: JudgedKind::Set, kernel: None, a: x, b: y, relation };
    let (judged_a, judged_b) = (questions(&a.judged), questions(&b.judged));
    let mut judged = Vec::new();
    for (question, x) in &judged_a {
        let Some(y) = judged_b.get(question) else { continue };
        let (x, y) = (Figure::of_judgement(x), Figure::of_judgement(y));
        // Without these flags: what is left must be the same.
        let same = same_base && (question.1 != "without" || set(a) == set(b));
        let relation = stand(&x, &y, same);
        let (flags, kind, kernel) = (question.0.to_vec(), judged_a[question].kind, question.2.clone());
        judged.push(Compared { flags, kind, kernel, a: x, b: y, relation });
    }
    SectionDiff {
        only_a: judged_a.len() - judged.len(),
        only_b: judged_b.len() - judged.len(),
        at,
        only: None,
        keys,
        verdict: Some(verdict),
        judged,
    }
}

/// The set that was confirmed, whose members were taken out one by one.
fn set(section: &Section) -> Option<&[String]> {
    let whole = |j: &&Judgement| j.kind == JudgedKind::Set && j.kernel.is_none();
    section.judged.iter().find(whole).map(|j| j.flags.as_slice())
}

/// Flags, kind and kernel: what was asked.
type Question<'a> = (&'a [String], &'static str, Option<String>);

/// Judgements by question; the confirmed one where there are several.
fn questions(judged: &[Judgement]) -> BTreeMap<Question<'_>, &Judgement> {
    let mut found: BTreeMap<Question, &Judgement> = BTreeMap::new();
    for one in judged {
        let kind = match one.kind {
            JudgedKind::Alone => "alone",
            JudgedKind::Without => "without",
            JudgedKind::Set => "set",
        };
        let at = found.entry((one.flags.as_slice(), kind, one.kernel.clone())).or_insert(one);
        if at.stage != Stage::Confirm {
            *at = one;
        }
    }
    found
}
