//! Quantiles, means and rounding, in exact decimals.

use qudao_model::Decimal;
use rust_decimal::RoundingStrategy;

/// The number of decimals of every value in a report.
const PLACES: u32 = 6;

/// Rounds to 6 decimals, half to even, and drops trailing zeros.
pub(crate) fn tidy(value: Decimal) -> Decimal {
    value.round_dp_with_strategy(PLACES, RoundingStrategy::MidpointNearestEven).normalize()
}

/// The quantile `q` per cent of sorted values, interpolated linearly between the two nearest: position
/// (n − 1) · q / 100, as R's type 7 and NumPy's default (Hyndman and Fan, 1996). `None` without values or on overflow.
pub(crate) fn quantile(sorted: &[Decimal], q: u32) -> Option<Decimal> {
    let last = sorted.len().checked_sub(1)?;
    let scaled = last.checked_mul(q as usize)?;
    let (below, rest) = (scaled / 100, scaled % 100);
    let low = sorted.get(below)?;
    let Some(high) = sorted.get(below + 1) else { return Some(*low) };
    let share = Decimal::new(i64::try_from(rest).ok()?, 2);
    high.checked_sub(*low)?.checked_mul(share)?.checked_add(*low)
}

/// A sum that is `None` on overflow.
pub(crate) fn sum<'a>(values: impl IntoIterator<Item = &'a Decimal>) -> Option<Decimal> {
    values.into_iter().try_fold(Decimal::ZERO, |total, v| total.checked_add(*v))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn rounds_half_to_even() {
        assert_eq!(tidy(d("0.6666665")).to_string(), "0.666666");
        assert_eq!(tidy(d("0.6666675")).to_string(), "0.666668");
        assert_eq!(tidy(d("2.500000")).to_string(), "2.5");
        assert_eq!(tidy(d("-0.0000001")).to_string(), "0");
    }

    #[test]
    fn quantiles_interpolate() {
        // numpy.percentile([1, 2, 4, 8], [50, 75, 90]) = [3, 5, 6.8]
        let values = [d("1"), d("2"), d("4"), d("8")];
        assert_eq!(quantile(&values, 50), Some(d("3")));
        assert_eq!(quantile(&values, 75), Some(d("5")));
        assert_eq!(quantile(&values, 90), Some(d("6.8")));
        assert_eq!(quantile(&[d("7")], 90), Some(d("7")));
        assert_eq!(quantile(&[], 50), None);
        assert_eq!(quantile(&values, 0), Some(d("1")));
        assert_eq!(quantile(&values, 100), Some(d("8")));
    }

    proptest! {
        #[test]
        fn quantiles_are_monotone_and_inside(mut values in prop::collection::vec(-1000_i64..1000, 1..40), a in 0_u32..=100, b in 0_u32..=100) {
            values.sort_unstable();
            let values: Vec<Decimal> = values.into_iter().map(Decimal::from).collect();
            let (low, high) = (quantile(&values, a.min(b)).unwrap(), quantile(&values, a.max(b)).unwrap());
            prop_assert!(low <= high);
            prop_assert!(values[0] <= low && high <= values[values.len() - 1]);
        }
    }
}
