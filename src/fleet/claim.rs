//! One package on all hosts of a group: the flags that help on each and harm on none.

use super::common::kind;
use super::evidence::{Witness, Word};
use super::judged::{self, envelope};
use crate::profile::{Evidence, Profile, Section, Verdict};
use crate::render::Figures;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A host that should be measured again, or at all.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Retune {
    /// Host name.
    pub host: String,
    /// Package or kernel.
    pub subject: String,
    /// Why, one line.
    pub reason: String,
}

impl Retune {
    pub(super) fn new(profile: &Profile, subject: &str, reason: impl Into<String>) -> Retune {
        Retune { host: profile.host.name.clone(), subject: subject.into(), reason: reason.into() }
    }
}

/// What holds on the whole group.
pub(super) struct Claim {
    /// The section to write.
    pub section: Section,
    /// Hosts whose figures are missing or do not decide.
    pub retune: Vec<Retune>,
}

/// A set that every witness confirmed, with each one's figures.
struct Agreed {
    flags: Vec<String>,
    figures: Vec<Figures>,
}

/// Merges one package (or kernel) of a group; `sections` are the hosts' own, in the group's order.
pub(super) fn merge(subject: &str, group: &[(&Profile, Option<&Section>)]) -> Option<Claim> {
    let (toolchain, base) = majority(group)?;
    let mut retune = Vec::new();
    let mut witnesses = Vec::new();
    for (profile, section) in group {
        match standing(profile, *section, toolchain, base) {
            Ok(witness) => {
                if let Some(reason) = undecided(witness.section) {
                    retune.push(Retune::new(profile, subject, reason));
                }
                witnesses.push(witness);
            }
            Err(reason) => retune.push(Retune::new(profile, subject, reason)),
        }
    }
    let unseen = group
        .iter()
        .map(|(p, _)| *p)
        .find(|p| !witnesses.iter().any(|w| kind(&w.profile.host) == kind(&p.host)));
    let mut section = blank(toolchain, base, &witnesses);
    match (unseen, agreed(&witnesses)) {
        (None, Some(agreed)) => {
            let spread = envelope(&agreed.figures);
            section.flags = agreed.flags;
            section.verdict = Verdict::Helps;
            (section.effect, section.low, section.high) =
                (spread.map(|s| s.0), spread.map(|s| s.1), spread.map(|s| s.2));
            if witnesses.len() < group.len() {
                let (seen, all) = (witnesses.len(), group.len());
                section.reason = format!("measured on {seen} of {all} hosts; the others have the same CPUs");
            }
        }
        (Some(host), _) if witnesses.is_empty() => {
            section.flags = listed(group, toolchain, base);
            section.evidence = Evidence::None;
            section.reason = format!("measured on no host, such as {}", host.host.name);
        }
        (Some(host), _) => {
            section.flags = shared(&witnesses).into_iter().filter(|f| !f.starts_with("-m")).collect();
            section.evidence = Evidence::None;
            section.reason =
                format!("measured with {toolchain} on no host with the CPU of {}", host.host.name);
        }
        (None, None) => disagree(&mut section, subject, &witnesses, &mut retune),
    }
    section.judged = judged::join(&witnesses);
    if section.verdict == Verdict::Helps {
        // What every witness confirmed, with the figures of all of them.
        section.judged.push(section.own_row());
    }
    retune.sort();
    retune.dedup();
    Some(Claim { section, retune })
}

/// The compiler and base with which most hosts measured: figures of others compare something else.
fn majority<'a>(group: &[(&Profile, Option<&'a Section>)]) -> Option<(&'a str, &'a [String])> {
    let mut counts: BTreeMap<(&str, &[String]), (usize, usize)> = BTreeMap::new();
    for section in group.iter().filter_map(|(_, s)| *s) {
        let count = counts.entry((&section.toolchain, &section.base)).or_default();
        count.0 += usize::from(section.evidence != Evidence::None);
        count.1 += 1;
    }
    // The first of the greatest: in the order of the names.
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map(|(key, _)| key)
}

fn standing<'a>(
    profile: &'a Profile,
    section: Option<&'a Section>,
    toolchain: &str,
    base: &[String],
) -> Result<Witness<'a>, String> {
    let section = section.ok_or("not measured")?;
    let witness = Witness::new(profile, section)?;
    if section.toolchain != toolchain {
        return Err(format!("measured with {}, the group with {toolchain}", section.toolchain));
    }
    if section.base != base {
        return Err("measured against another base than the group".into());
    }
    Ok(witness)
}

fn undecided(section: &Section) -> Option<String> {
    let open = matches!(section.verdict, Verdict::Inconclusive | Verdict::LayoutSensitive);
    open.then(|| format!("verdict {}: a larger --budget may decide it", section.verdict))
}

fn blank(toolchain: &str, base: &[String], witnesses: &[Witness]) -> Section {
    let sections = || witnesses.iter().map(|w| w.section);
    let kernel = sections().any(|s| s.evidence != Evidence::Package);
    Section {
        toolchain: toolchain.into(),
        base: base.to_vec(),
        nixpkgs: super::common::same(sections().map(|s| s.nixpkgs.clone()), String::new()),
        flags: Vec::new(),
        evidence: if kernel { Evidence::Kernel } else { Evidence::Package },
        verdict: Verdict::Inconclusive,
        catalogue: None,
        allowed: sections().flat_map(|s| s.allowed.clone()).collect::<BTreeSet<_>>().into_iter().collect(),
        exact: sections().all(|s| s.exact),
        sources: String::new(),
        run: None,
        reason: String::new(),
        effect: None,
        low: None,
        high: None,
        layouts: sections().map(|s| s.layouts).min().unwrap_or(0),
        pairs: sections().map(|s| s.pairs).min().unwrap_or(0),
        code_bytes: super::common::same(sections().map(|s| s.code_bytes.clone()), None),
        answer: Vec::new(),
        judged: Vec::new(),
    }
}

/// Of the sets that hosts wrote, and what these have in common, the one that every witness confirmed and whose worst host
/// gains most.
fn agreed(witnesses: &[Witness]) -> Option<Agreed> {
    let mut candidates: BTreeMap<Vec<String>, Vec<String>> = BTreeMap::new();
    let written = witnesses.iter().filter(|w| w.section.verdict == Verdict::Helps).map(|w| &w.section.flags);
    let common = shared(witnesses);
    for flags in written.chain([&common]).filter(|flags| !flags.is_empty()) {
        // The same flags in another order are the same set; one order is kept, whoever comes first.
        let mut key = flags.clone();
        key.sort();
        let kept = candidates.entry(key).or_insert_with(|| flags.clone());
        if flags < kept {
            kept.clone_from(flags);
        }
    }
    let mut best: Option<(f64, Agreed)> = None;
    for flags in candidates.into_values() {
        let words = witnesses.iter().map(|w| match w.says(&flags) {
            Word::Helps(figures) => Some(figures),
            _ => None,
        });
        let Some(figures) = words.collect::<Option<Vec<Figures>>>() else { continue };
        let worst = figures.iter().map(|f| f.low).fold(f64::INFINITY, f64::min);
        // As good with fewer flags is better.
        let better = best
            .as_ref()
            .is_none_or(|(low, old)| worst > *low || (worst == *low && flags.len() < old.flags.len()));
        if better {
            best = Some((worst, Agreed { flags, figures }));
        }
    }
    best.map(|(_, agreed)| agreed)
}

/// Flags that stand in the confirmed set of every witness.
fn shared(witnesses: &[Witness]) -> Vec<String> {
    let helps = |w: &Witness| w.section.verdict == Verdict::Helps;
    if !witnesses.iter().all(helps) {
        return Vec::new();
    }
    intersection(witnesses.iter().map(|w| &w.section.flags))
}

fn intersection<'a>(lists: impl Iterator<Item = &'a Vec<String>>) -> Vec<String> {
    let lists: Vec<&Vec<String>> = lists.collect();
    // One order, whoever comes first.
    let first = lists.iter().min().map(|l| l.to_vec()).unwrap_or_default();
    first.into_iter().filter(|f| lists.iter().all(|l| l.contains(f))).collect()
}

/// Flags listed without figures on every host that has the section.
fn listed(group: &[(&Profile, Option<&Section>)], toolchain: &str, base: &[String]) -> Vec<String> {
    let sections: Option<Vec<&Section>> = group.iter().map(|(_, s)| *s).collect();
    let alike = |s: &&Section| s.toolchain == toolchain && s.base == base;
    match sections {
        Some(all) if all.iter().all(alike) => intersection(all.iter().map(|s| &s.flags)),
        _ => Vec::new(),
    }
}

/// No set was confirmed on all: what they share is listed as not measured, where each host found it worth its place.
fn disagree(section: &mut Section, subject: &str, witnesses: &[Witness], retune: &mut Vec<Retune>) {
    let shared = shared(witnesses);
    if !shared.is_empty() {
        let what = shared.join(" ");
        section.reason = format!("{what}: in the best set of every host, but not timed alone on all of them");
        section.evidence = Evidence::None;
        let silent = witnesses.iter().filter(|w| w.says(&shared) == Word::Silent);
        retune.extend(
            silent.map(|w| Retune::new(w.profile, subject, format!("{what} was not timed in this form"))),
        );
        section.flags = shared;
        return;
    }
    let verdicts: Vec<Verdict> = witnesses.iter().map(|w| w.section.verdict).collect();
    let nothing = |v: &Verdict| matches!(v, Verdict::Equivalent | Verdict::SameCode);
    section.verdict = match super::common::same(verdicts.iter().copied(), Verdict::Inconclusive) {
        Verdict::Helps => Verdict::Inconclusive,
        Verdict::Inconclusive if verdicts.iter().all(nothing) => Verdict::Equivalent,
        verdict => verdict,
    };
    if let [one] = witnesses {
        section.reason = one.section.reason.clone();
        return;
    }
    let mut counts: BTreeMap<Verdict, usize> = BTreeMap::new();
    verdicts.iter().for_each(|v| *counts.entry(*v).or_default() += 1);
    let counts: Vec<String> = counts.iter().map(|(v, n)| format!("{v} on {n}")).collect();
    section.reason = format!("no set helps on all {} hosts measured: {}", verdicts.len(), counts.join(", "));
}
