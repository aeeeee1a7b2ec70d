//! The statistics of paired samples and of layouts. Effects are `100 * ln(t_base / t_variant)`.

use statrs::distribution::{ContinuousCDF, StudentsT};
use statrs::function::beta::ln_beta;

/// Median of a list; 0 of an empty one.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => 0.0,
        n if n % 2 == 1 => sorted[n / 2],
        n => (sorted[n / 2 - 1] + sorted[n / 2]) / 2.0,
    }
}

/// The value below which a share of the others lies, between neighbours by linear interpolation (type 7 of Hyndman and
/// Fan, 1996); 0 of an empty list.
pub fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let at = share.clamp(0.0, 1.0) * last as f64;
    let (below, above) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    below + (above - below) * at.fract()
}

/// Minimum, lower quartile, median, upper quartile, maximum; zeros of an empty list.
pub fn five_numbers(values: &[f64]) -> [f64; 5] {
    [0.0, 0.25, 0.5, 0.75, 1.0].map(|share| quantile(values, share))
}

/// Mean; 0 of an empty list.
pub fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// Standard deviation of a sample (n - 1); 0 of fewer than two values.
pub fn sd(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let centre = mean(values);
    (values.iter().map(|v| (v - centre).powi(2)).sum::<f64>() / (values.len() - 1) as f64).sqrt()
}

/// Sum of the squares within each of some groups of values, and their degrees of freedom.
pub fn within(groups: impl Iterator<Item = Vec<f64>>) -> (f64, f64) {
    groups.filter(|group| group.len() >= 2).fold((0.0, 0.0), |(squares, freedom), group| {
        let own = (group.len() - 1) as f64;
        (squares + sd(&group).powi(2) * own, freedom + own)
    })
}

/// A standard deviation from squares and degrees of freedom beside the `usual` one, which counts for `weight` of those: few values do
/// not know their own spread.
pub fn sd_beside_usual((squares, freedom): (f64, f64), usual: f64, weight: f64) -> f64 {
    ((squares + usual.powi(2) * weight) / (freedom + weight)).sqrt()
}

/// Standard error of a median of n pairs, from their median absolute deviation: 1.2533 * 1.4826 * MAD / sqrt(n),
/// consistent for normal pairs and deaf to the long tail that preemption makes.
pub fn median_se(values: &[f64]) -> f64 {
    let centre = median(values);
    let deviations: Vec<f64> = values.iter().map(|v| (v - centre).abs()).collect();
    1.2533 * 1.4826 * median(&deviations) / (values.len().max(1) as f64).sqrt()
}

/// Quantile of Student's t: the x below which a share `p` lies with `freedom` degrees of freedom.
pub fn t_quantile(p: f64, freedom: usize) -> f64 {
    match StudentsT::new(0.0, 1.0, freedom.max(1) as f64) {
        Ok(t) => t.inverse_cdf(p),
        Err(_) => f64::INFINITY,
    }
}

/// Evidence against a fair coin after s heads among n, natural logarithm: the Krichevsky-Trofimov mixture
/// B(s + 1/2, n - s + 1/2) / B(1/2, 1/2) * 2^n. It is a martingale under the null, so it may be looked at after
/// every toss (Ville's inequality): at ln(1/alpha) or more the null is rejected at level alpha.
pub fn sign_evidence(heads: usize, tosses: usize) -> f64 {
    let (s, n) = (heads as f64, tosses as f64);
    ln_beta(s + 0.5, n - s + 0.5) - ln_beta(0.5, 0.5) + n * std::f64::consts::LN_2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_ignores_an_outlier_and_has_its_textbook_error() {
        assert_eq!(median(&[3.0, 1.0, 1000.0]), 3.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(median(&[]), 0.0);
        let values = [1.0, 2.0, 3.0, 4.0, 5.0];
        assert!((median_se(&values) - 1.2533 * 1.4826 * 1.0 / 5f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn five_numbers_are_those_of_the_textbook() {
        // R: quantile(c(7, 15, 36, 39, 40, 41)), which is type 7.
        assert_eq!(five_numbers(&[40.0, 7.0, 15.0, 36.0, 39.0, 41.0]), [7.0, 20.25, 37.5, 39.75, 41.0]);
        assert_eq!(five_numbers(&[3.0]), [3.0; 5]);
        assert_eq!(five_numbers(&[]), [0.0; 5]);
    }

    #[test]
    fn t_quantiles_match_the_tables() {
        // NIST/SEMATECH e-Handbook, table 1.3.6.7.2.
        for (p, freedom, expected) in
            [(0.975, 7, 2.365), (0.975, 15, 2.131), (0.995, 31, 2.744), (0.999, 7, 4.785)]
        {
            assert!((t_quantile(p, freedom) - expected).abs() < 2e-3, "{p} {freedom}");
        }
    }

    #[test]
    fn the_sign_test_keeps_its_level_under_optional_stopping() {
        use rand::{RngExt, SeedableRng};
        let mut coin = rand::rngs::ChaCha8Rng::seed_from_u64(7);
        let threshold = (1.0f64 / 0.05).ln();
        let rejected = (0..2000)
            .filter(|_| {
                let mut heads = 0;
                (1..=300).any(|n| {
                    heads += usize::from(coin.random::<bool>());
                    sign_evidence(heads, n) >= threshold
                })
            })
            .count();
        assert!(rejected <= 130, "{rejected} of 2000 fair coins rejected at 5 %");
        assert!(sign_evidence(1020, 1024) > 600.0, "no overflow at large n");
    }
}
