//! Rounding parts so that they add up.

/// Parts rounded to whole units so that they add up to their rounded sum: what is cut off goes to those that lose most by it.
/// What is no number stays.
pub fn rounded(parts: &[f64], unit: f64) -> Vec<f64> {
    let sum: f64 = parts.iter().sum();
    if !sum.is_finite() || unit <= 0.0 {
        return parts.to_vec();
    }
    let mut units: Vec<f64> = parts.iter().map(|part| (part / unit + 1e-9).floor()).collect();
    let missing = (sum / unit).round() - units.iter().sum::<f64>();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    let lost = |at: usize| parts[at] / unit - units[at];
    order.sort_by(|a, b| lost(*b).total_cmp(&lost(*a)));
    for at in order.into_iter().take(missing.max(0.0) as usize) {
        units[at] += 1.0;
    }
    units.into_iter().map(|n| n * unit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up() {
        assert_eq!(rounded(&[33.4, 33.3, 33.3], 1.0), [34.0, 33.0, 33.0]);
        assert_eq!(rounded(&[12.5, 12.5, 75.0], 1.0), [13.0, 12.0, 75.0]);
        assert_eq!(rounded(&[5.0, 95.0], 1.0), [5.0, 95.0]);
        assert_eq!(rounded(&[], 1.0), [] as [f64; 0]);
        assert!(rounded(&[f64::NAN, 1.0], 1.0)[0].is_nan());
    }
}
