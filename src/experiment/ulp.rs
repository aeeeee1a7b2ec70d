//! How far a result is from the true one, in units in the last place.

/// Bits of a double's significand.
const DIGITS: i32 = 53;
/// The exponent of the least double above zero.
const LEAST: i32 = -1074;
/// The exponent of the power of two at which doubles overflow.
const OVERFLOW: i32 = 1024;

/// What a function is truly worth: `(high + low) * 2^exponent`, with `high` between 1/2 and 1, or `high` alone where that is zero,
/// infinite or no number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exact {
    /// The leading bits.
    pub high: f64,
    /// What follows them.
    pub low: f64,
    /// Of both.
    pub exponent: i32,
}

impl Exact {
    /// The error of a result in units in the last place, which are those of the doubles around the true value. Infinite where the
    /// result is another kind of value: a number for no number, a finite one for an infinite, a zero of the other sign.
    pub fn error(&self, result: f64) -> f64 {
        let Exact { high, low, exponent } = *self;
        if high.is_nan() || result.is_nan() {
            return if high.is_nan() && result.is_nan() { 0.0 } else { f64::INFINITY };
        }
        if high == 0.0 || high.is_infinite() {
            return if high.to_bits() == result.to_bits() { 0.0 } else { f64::INFINITY };
        }
        if result.is_infinite() && exponent > OVERFLOW {
            return if result.signum() == high.signum() { 0.0 } else { f64::INFINITY };
        }
        // An infinite result stands for the power of two that would come next.
        let (result, scale) = match result.is_infinite() {
            true => (result.signum(), OVERFLOW - exponent),
            false => (result, -exponent),
        };
        let unit = power((exponent - DIGITS).max(LEAST) - exponent);
        ((scaled(result, scale) - high) - low).abs() / unit
    }
}

/// 2 to the power of an exponent at which it is a double.
fn power(exponent: i32) -> f64 {
    2f64.powi(exponent)
}

/// `value * 2^exponent` in steps none of which overflows before the last.
fn scaled(value: f64, exponent: i32) -> f64 {
    let third = exponent / 3;
    value * power(third) * power(third) * power(exponent - 2 * third)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A double and a part of the distance to the next one, as an exact value.
    fn exact(value: f64, part: f64) -> Exact {
        let bits = value.abs().to_bits();
        let exponent = match (bits >> 52) as i32 {
            0 => 64 - bits.leading_zeros() as i32 + LEAST,
            biased => biased - 1022,
        };
        let unit = power((exponent - DIGITS).max(LEAST) - exponent);
        Exact { high: scaled(value, -exponent), low: part * unit, exponent }
    }

    #[test]
    fn a_result_is_as_many_units_off_as_doubles_lie_between() {
        for value in [1.5, -3.25, 1e300, -1e-300, f64::MAX, 700.1] {
            assert_eq!(exact(value, 0.0).error(value), 0.0);
            assert_eq!(exact(value, 0.25).error(value), 0.25);
            assert_eq!(exact(value, 0.75).error(value), 0.75);
            assert_eq!(exact(value, 0.0).error(value.next_down().next_down()), 2.0);
        }
    }

    #[test]
    fn a_value_halfway_is_half_a_unit_from_both_neighbours() {
        for value in [1.5, 1e300, 3e-310, 5e-324] {
            assert_eq!(exact(value, 0.5).error(value), 0.5, "{value}");
            assert_eq!(exact(value, 0.5).error(value.next_up()), 0.5, "{value}");
        }
        // Between the greatest double and where they overflow.
        assert_eq!(exact(f64::MAX, 0.5).error(f64::MAX), 0.5);
        assert_eq!(exact(f64::MAX, 0.5).error(f64::INFINITY), 0.5);
    }

    #[test]
    fn subnormal_numbers_have_units_of_one_size() {
        let least = f64::from_bits(1);
        assert_eq!(exact(3.0 * least, 0.0).error(least), 2.0);
        assert_eq!(exact(f64::MIN_POSITIVE, 0.0).error(f64::MIN_POSITIVE.next_down()), 1.0);
        // A value far below the least double rounds to zero, or to that.
        let tiny = Exact { high: 0.5, low: 0.0, exponent: LEAST - 1 };
        assert_eq!((tiny.error(0.0), tiny.error(least)), (0.25, 0.75));
    }

    #[test]
    fn a_power_of_two_is_measured_by_the_doubles_above_it() {
        assert_eq!(exact(1.0, 0.0).error(1f64.next_up()), 1.0);
        assert_eq!(exact(1.0, 0.0).error(1f64.next_down()), 0.5);
    }

    #[test]
    fn other_kinds_of_values_are_infinitely_far() {
        let plain = |high: f64| Exact { high, low: 0.0, exponent: 0 };
        for (truth, result) in [
            (f64::NAN, 1.0),
            (f64::NAN, f64::INFINITY),
            (f64::INFINITY, f64::MAX),
            (f64::INFINITY, f64::NEG_INFINITY),
            (0.0, -0.0),
            (-0.0, 0.0),
            (0.0, 5e-324),
        ] {
            assert_eq!(plain(truth).error(result), f64::INFINITY, "{truth} {result}");
        }
        for truth in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0] {
            assert_eq!(plain(truth).error(truth), 0.0, "{truth}");
        }
        assert_eq!(plain(f64::NAN).error(-f64::NAN), 0.0);
        assert_eq!(exact(1.0, 0.0).error(f64::NAN), f64::INFINITY);
        // What overflows is infinite, of its own sign.
        let huge = Exact { high: 0.75, low: 0.0, exponent: OVERFLOW + 1 };
        assert_eq!((huge.error(f64::INFINITY), huge.error(f64::NEG_INFINITY)), (0.0, f64::INFINITY));
        assert!(huge.error(f64::MAX) > 1e15);
        assert!(exact(1.0, 0.0).error(f64::INFINITY) > 1e15 && exact(1e-300, 0.0).error(1.0) > 1e15);
    }
}
