//! The spread of an effect over hosts is one interval that contains the intervals of all hosts.

use crate::render::Figures;

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
