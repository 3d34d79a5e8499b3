//! Ranges over columns of numbers and times.

use qudao_model::columns::{Bitmap, ColumnData, Decimals, days_of};
use qudao_model::{Decimal, Span, Value};

use crate::rule::Limit;

/// The ends of a range.
pub(super) enum Bounds<'a> {
    Numbers { min: Option<Decimal>, max: Option<Decimal> },
    Values { min: Option<&'a Value>, max: Option<&'a Value> },
}

impl<'a> Bounds<'a> {
    /// `None` where one end is a number and the other is none.
    pub(super) fn of(min: Option<&'a Limit>, max: Option<&'a Limit>) -> Option<Self> {
        let number = |limit: Option<&Limit>| match limit {
            None => Some(None),
            Some(Limit::Number(n)) => Some(Some(*n)),
            Some(Limit::Value(_)) => None,
        };
        if let (Some(min), Some(max)) = (number(min), number(max)) {
            return Some(Self::Numbers { min, max });
        }
        let value = |limit: Option<&'a Limit>| match limit {
            None => Some(None),
            Some(Limit::Value(v)) => Some(Some(v)),
            Some(Limit::Number(_)) => None,
        };
        Some(Self::Values { min: value(min)?, max: value(max)? })
    }

    /// The rows, among those asked, whose value lies outside. `None` where the values have to be asked one by one.
    pub(super) fn outside(&self, data: &ColumnData, asked: &Bitmap) -> Option<Bitmap> {
        match self {
            Self::Numbers { min, max } => {
                let (min, max) = (*min, *max);
                Some(match data {
                    ColumnData::Int(values) => beyond(values, scaled(min, max, 0)?, asked),
                    ColumnData::Decimal(Decimals::Narrow { mantissas, scale, .. })
                    | ColumnData::Money { amounts: Decimals::Narrow { mantissas, scale, .. }, .. } => {
                        beyond(mantissas, scaled(min, max, *scale)?, asked)
                    }
                    ColumnData::Decimal(Decimals::Wide(values))
                    | ColumnData::Money { amounts: Decimals::Wide(values), .. } => {
                        let (min, max) = (min.unwrap_or(Decimal::MIN), max.unwrap_or(Decimal::MAX));
                        beyond(values, (min, max), asked)
                    }
                    ColumnData::Duration(spans) => {
                        let outside = |span: i64| {
                            let days = Span::from_micros(span).days();
                            min.is_some_and(|min| days < min) || max.is_some_and(|max| days > max)
                        };
                        Bitmap::from_slice(spans, outside).and(asked)
                    }
                    _ => return None,
                })
            }
            Self::Values { min, max } => match data {
                ColumnData::Date(days) => {
                    let day =
                        |value: &Value| if let Value::Date(d) = value { Some(days_of(*d)) } else { None };
                    let min = min.map_or(Some(i32::MIN), day)?;
                    Some(beyond(days, (min, max.map_or(Some(i32::MAX), day)?), asked))
                }
                ColumnData::Instant(times) => {
                    let time = |value: &Value| value.as_instant().map(|i| i.micros());
                    let min = min.map_or(Some(i64::MIN), time)?;
                    Some(beyond(times, (min, max.map_or(Some(i64::MAX), time)?), asked))
                }
                _ => None,
            },
        }
    }
}

fn beyond<T: Copy + PartialOrd>(values: &[T], (min, max): (T, T), asked: &Bitmap) -> Bitmap {
    Bitmap::from_slice(values, |v| (v < min) | (v > max)).and(asked)
}

/// The ends of a range as whole numbers of a scale, drawn in. `None` where one lies beyond all of them.
fn scaled(min: Option<Decimal>, max: Option<Decimal>, scale: u32) -> Option<(i64, i64)> {
    let at = |limit: Decimal, up: bool| {
        let power = 10_i128.checked_pow(scale.abs_diff(limit.scale()))?;
        let whole = if scale >= limit.scale() {
            limit.mantissa().checked_mul(power)?
        } else {
            let exact = limit.mantissa().rem_euclid(power) == 0;
            limit.mantissa().div_euclid(power) + i128::from(up && !exact)
        };
        i64::try_from(whole).ok()
    };
    let min = match min {
        Some(limit) => at(limit, true)?,
        None => i64::MIN,
    };
    let max = match max {
        Some(limit) => at(limit, false)?,
        None => i64::MAX,
    };
    Some((min, max))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whole_numbers_lie_outside_where_decimals_do(
            values in prop::collection::vec(-2000_i64..2000, 0..80), scale in 0_u32..4,
            min in prop::option::of((-3000_i64..3000, 0_u32..4)), max in prop::option::of((-3000_i64..3000, 0_u32..4)),
        ) {
            let decimal = |(m, s)| Decimal::new(m, s);
            let (min, max) = (min.map(decimal), max.map(decimal));
            let column = ColumnData::Decimal(Decimals::fixed(values.clone(), scale).unwrap());
            let asked = Bitmap::filled(values.len(), true);
            let outside = Bounds::Numbers { min, max }.outside(&column, &asked).unwrap();
            for (row, value) in values.iter().enumerate() {
                let value = Decimal::new(*value, scale);
                let want = min.is_some_and(|m| value < m) || max.is_some_and(|m| value > m);
                prop_assert_eq!(outside.get(row), want, "{}", value);
            }
        }
    }

    #[test]
    fn ends_beyond_all_whole_numbers_are_left_to_decimals() {
        assert_eq!(scaled(Some(Decimal::MAX), None, 0), None);
        assert_eq!(scaled(None, Some(Decimal::MIN), 2), None);
        assert_eq!(scaled(None, None, 2), Some((i64::MIN, i64::MAX)));
    }
}
