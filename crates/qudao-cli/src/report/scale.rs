//! Scales and shapes of charts: plain arithmetic on screen coordinates, which decide nothing.

use qudao::prelude::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// A decimal as a screen coordinate.
pub(crate) fn float(value: Decimal) -> f64 {
    value.to_f64().unwrap_or(0.0)
}

/// A count as a screen coordinate.
pub(crate) fn count(value: u64) -> f64 {
    u32::try_from(value).map_or(f64::from(u32::MAX), f64::from)
}

/// A coordinate in an attribute: at most two decimals.
pub(crate) fn px(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text.is_empty() || text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// The smallest of 1, 2, 2.5, 5 × 10ⁿ by which a span is cut into at most so many steps.
pub(crate) fn step(span: f64, most: f64) -> f64 {
    if span.is_nan() || span <= 0.0 || most < 1.0 {
        return 1.0;
    }
    let mut unit = 1e-6;
    loop {
        for factor in [1.0, 2.0, 2.5, 5.0] {
            let step = unit * factor;
            if span / step <= most {
                return step;
            }
        }
        unit *= 10.0;
        if unit > 1e30 {
            return unit;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round() {
        for (span, most, expected) in
            [(100.0, 5.0, 20.0), (7.0, 10.0, 1.0), (1_000_000.0, 4.0, 250_000.0), (0.0, 5.0, 1.0)]
        {
            assert!((step(span, most) - expected).abs() < 1e-9, "{span}");
        }
        assert_eq!((px(1.0), px(2.505), px(-0.001)), ("1".into(), "2.5".into(), "0".into()));
    }
}
