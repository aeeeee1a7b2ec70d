//! This module merges the judgements of several hosts into one list.

use super::common::same;
use super::evidence::{Witness, breaks};
use crate::profile::{JudgedKind, Judgement, Stage, Verdict, WithinBounds};
use crate::render::Figures;
use std::collections::BTreeMap;

/// What two judgements must have in common to be one: sorted flags, what they were compared with, the kernel.
type Key<'a> = (Vec<String>, u8, Option<&'a str>);

/// Judgements that all witnesses confirmed, and whatever broke on any of them.
pub(super) fn join(witnesses: &[Witness]) -> Vec<Judgement> {
    let mut rows: BTreeMap<Key, Vec<&Judgement>> = BTreeMap::new();
    for judged in witnesses.iter().flat_map(|w| &w.section.judged) {
        if judged.stage == Stage::Confirm || breaks(judged.verdict) {
            let mut flags = judged.flags.clone();
            flags.sort();
            let kind = match judged.kind {
                JudgedKind::Alone => 0,
                JudgedKind::Without => 1,
                JudgedKind::Set => 2,
            };
            rows.entry((flags, kind, judged.kernel.as_deref())).or_default().push(judged);
        }
    }
    rows.into_values().filter_map(|rows| joined(&rows, witnesses.len())).collect()
}

fn joined(rows: &[&Judgement], hosts: usize) -> Option<Judgement> {
    let worst = rows.iter().filter(|j| breaks(j.verdict)).min_by_key(|j| (j.verdict, &j.flags, &j.reason));
    if let Some(worst) = worst {
        return Some((*worst).clone());
    }
    if rows.len() < hosts {
        return None;
    }
    let first = rows.iter().min_by_key(|j| (&j.flags, &j.reason))?;
    let figure = |j: &&Judgement| {
        Some(Figures { evidence: String::new(), effect: j.effect?, low: j.low?, high: j.high? })
    };
    let figures: Option<Vec<Figures>> = rows.iter().map(figure).collect();
    let spread = figures.and_then(|f| envelope(&f));
    let verdict = match rows.iter().any(|j| j.verdict == Verdict::Harms) {
        true => Verdict::Harms,
        false => same(rows.iter().map(|j| j.verdict), Verdict::Inconclusive),
    };
    Some(Judgement {
        verdict,
        reason: same(rows.iter().map(|j| j.reason.clone()), String::new()),
        effect: spread.map(|s| s.0),
        low: spread.map(|s| s.1),
        high: spread.map(|s| s.2),
        layouts: rows.iter().map(|j| j.layouts).min().unwrap_or(0),
        pairs: rows.iter().map(|j| j.pairs).min().unwrap_or(0),
        base_ns: None,
        within_bounds: WithinBounds::worst(rows.iter().flat_map(|j| &j.within_bounds)),
        // Layouts of several hosts are no sample of one.
        layout_effects: Vec::new(),
        layout_spread: Vec::new(),
        ..(*first).clone()
    })
}

/// One interval that holds for every host: from the lowest low to the highest high, the estimate their mean (effects are
/// logarithms, so that of the ratios is geometric). That each host's claim keeps its own error makes the joint claim
/// "helps on all" no weaker than its weakest part: an intersection-union test (Berger 1982).
pub(super) fn envelope(all: &[Figures]) -> Option<(f64, f64, f64)> {
    if all.is_empty() {
        return None;
    }
    let mean = all.iter().map(|f| f.effect).sum::<f64>() / all.len() as f64;
    let low = all.iter().map(|f| f.low).fold(f64::INFINITY, f64::min);
    let high = all.iter().map(|f| f.high).fold(f64::NEG_INFINITY, f64::max);
    // Rounding must not push the mean of equal figures out of their interval.
    let (least, most) = (fold(all, f64::min), fold(all, f64::max));
    Some((mean.clamp(least, most), low, high))
}

fn fold(all: &[Figures], of: fn(f64, f64) -> f64) -> f64 {
    all.iter().map(|f| f.effect).reduce(of).unwrap_or_default()
}
