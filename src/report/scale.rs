//! A scale maps effects to places on a line.

/// A linear scale with its ticks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Scale {
    /// A scale that shows 0, the band of ± `margin` and the estimates; ends of intervals as far as they do not press all
    /// else together. Values that are not numbers count for nothing.
    pub fn around(margin: f64, estimates: &[f64], ends: &[f64]) -> Scale {
        let sane = |values: &[f64]| -> Vec<f64> {
            values.iter().filter(|v| v.is_finite()).map(|v| v.clamp(-1e12, 1e12)).collect()
        };
        let hull = |values: &[f64]| values.iter().fold((0.0f64, 0.0f64), |(l, h), v| (l.min(*v), h.max(*v)));
        let margin = if margin.is_finite() { margin.abs() } else { 1.0 };
        let (low, high) = hull(&sane(estimates));
        let (low, high) = (low.min(-2.0 * margin), high.max(2.0 * margin));
        let room = 0.75 * (high - low);
        let (least, most) = hull(&sane(ends));
        let (low, high) = (low.min(least.max(low - room)), high.max(most.min(high + room)));
        let pad = 0.03 * (high - low).max(1e-9);
        Scale { low: low - pad, high: high + pad, from: 0.0, to: 1.0 }
    }

    /// The same scale on another stretch of paper; `from` may be beyond `to`.
    pub fn on(self, from: f64, to: f64) -> Scale {
        Scale { from, to, ..self }
    }

    /// The place of a value, held to the ends of the scale.
    pub fn at(&self, value: f64) -> f64 {
        let share = (value.clamp(self.low, self.high) - self.low) / (self.high - self.low);
        self.from + share * (self.to - self.from)
    }

    /// Whether a value lies below (-1) or above (+1) what is shown.
    pub fn beyond(&self, value: f64) -> i32 {
        i32::from(value > self.high) - i32::from(value < self.low)
    }

    /// Values to be marked: 1, 2 or 5 times a power of ten apart, 0 among them, at most `most` of them or so.
    pub fn ticks(&self, most: usize) -> Vec<f64> {
        let rough = (self.high - self.low) / most.max(2) as f64;
        let power = 10f64.powf(rough.log10().floor());
        let step =
            [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|s| *s >= rough).unwrap_or(rough);
        let (first, last) = ((self.low / step).ceil() as i64, (self.high / step).floor() as i64);
        (first..=last.min(first.saturating_add(100))).map(|n| n as f64 * step).collect()
    }
}

/// A tick as text: no more decimals than the others need.
pub fn tick(value: f64) -> String {
    match value {
        0.0 => "0".into(),
        v if v.abs() >= 1e6 => format!("{v:+.0e}"),
        v if v.fract() == 0.0 => format!("{v:+.0}"),
        v if (v * 10.0).round() == v * 10.0 => format!("{v:+.1}"),
        v => format!("{v:+.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_and_the_band_are_always_there() {
        let scale = Scale::around(1.0, &[49.7, 20.0], &[45.0, 53.6, -14.6]).on(0.0, 100.0);
        assert_eq!(
            (scale.beyond(0.0), scale.beyond(-1.0), scale.beyond(53.6), scale.beyond(-14.6)),
            (0, 0, 0, 0)
        );
        assert!(scale.ticks(8).contains(&0.0) && scale.ticks(8).len() <= 9, "{:?}", scale.ticks(8));
        assert!(scale.at(0.0) < scale.at(1.0));
    }

    #[test]
    fn one_wide_interval_does_not_press_the_others_together() {
        let scale = Scale::around(1.0, &[0.5, 1.5], &[-300.0, 300.0, 1.0, 2.0]).on(0.0, 100.0);
        assert_eq!((scale.beyond(300.0), scale.beyond(-300.0)), (1, -1));
        assert!(scale.at(1.0) - scale.at(0.0) > 8.0);
        assert_eq!((scale.at(300.0), scale.at(-300.0)), (100.0, 0.0));
    }

    #[test]
    fn what_is_no_number_and_what_is_huge_do_no_harm() {
        for values in [&[][..], &[f64::NAN, f64::INFINITY], &[1e300, -1e300], &[1e-300]] {
            let scale = Scale::around(1.0, values, values).on(10.0, 0.0);
            assert!(scale.ticks(6).len() <= 101);
            assert!(values.iter().all(|v| v.is_nan() || (0.0..=10.0).contains(&scale.at(*v))));
        }
        assert_eq!([tick(0.0), tick(-0.5), tick(10.0), tick(0.25)], ["0", "-0.5", "+10", "+0.25"]);
    }
}
