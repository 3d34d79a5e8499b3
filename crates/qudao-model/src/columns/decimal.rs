//! Columns of exact decimals.

use rust_decimal::Decimal;

use super::ColumnError;

/// Exact decimals: whole numbers of one scale where they fit, else each by itself.
#[derive(Debug, Clone, PartialEq)]
pub enum Decimals {
    /// `mantissa / 10^scale` a row.
    Narrow {
        /// The mantissas, all of one scale.
        mantissas: Vec<i64>,
        /// The number of digits after the point, at most [`Decimals::MOST_DIGITS`].
        scale: u32,
        /// How many digits each row was written with.
        written: Written,
    },
    /// Each by itself.
    Wide(Vec<Decimal>),
}

/// How many digits after the point the rows of a column were written with: `1.50` and `1.5` are equal and look unlike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// As many as the column's scale.
    Alike,
    /// As few as hold the value.
    Shortest,
    /// So many a row.
    Each(Vec<u8>),
}

const POWERS: [i64; 19] = {
    let mut powers = [1; 19];
    let mut at = 1;
    while at < 19 {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

impl Decimals {
    /// The most digits after the point of the narrow form.
    pub const MOST_DIGITS: u32 = 18;

    /// Whole numbers of one scale; wide where the scale is beyond [`Decimals::MOST_DIGITS`].
    ///
    /// # Errors
    /// [`ColumnError::OutOfRange`] when the scale is above 28.
    pub fn fixed(mantissas: Vec<i64>, scale: u32) -> Result<Self, ColumnError> {
        if scale <= Self::MOST_DIGITS {
            return Ok(Self::Narrow { mantissas, scale, written: Written::Alike });
        }
        let wide: Result<Vec<Decimal>, _> =
            mantissas.iter().map(|m| Decimal::try_from_i128_with_scale((*m).into(), scale)).collect();
        wide.map(Self::Wide).map_err(|_| ColumnError::OutOfRange { row: 0 })
    }

    /// Whole numbers of 128 bits and one scale: an Arrow decimal array.
    ///
    /// # Errors
    /// [`ColumnError::OutOfRange`] with the first row that has more than 28 digits.
    pub fn fixed_wide(mantissas: &[i128], scale: u32) -> Result<Self, ColumnError> {
        if scale <= Self::MOST_DIGITS {
            let narrow: Option<Vec<i64>> = mantissas.iter().map(|m| i64::try_from(*m).ok()).collect();
            if let Some(mantissas) = narrow {
                return Ok(Self::Narrow { mantissas, scale, written: Written::Alike });
            }
        }
        let one = |(row, m): (usize, &i128)| {
            Decimal::try_from_i128_with_scale(*m, scale).map_err(|_| ColumnError::OutOfRange { row })
        };
        mantissas.iter().enumerate().map(one).collect::<Result<_, _>>().map(Self::Wide)
    }

    /// The narrowest form that holds the values as they are written.
    #[must_use]
    pub fn collect(values: Vec<Decimal>) -> Self {
        let scale = values.iter().map(Decimal::scale).max().unwrap_or(0);
        if scale > Self::MOST_DIGITS {
            return Self::Wide(values);
        }
        let narrow = |d: &Decimal| {
            let power = POWERS.get((scale - d.scale()) as usize)?;
            i64::try_from(d.mantissa()).ok()?.checked_mul(*power)
        };
        // The sign of a zero would be lost.
        let fits = |d: &Decimal| (!d.is_zero() || d.is_sign_positive()).then(|| narrow(d)).flatten();
        let Some(mantissas) = values.iter().map(fits).collect::<Option<Vec<i64>>>() else {
            return Self::Wide(values);
        };
        let alike = values.iter().all(|d| d.scale() == scale);
        let written = match alike {
            true => Written::Alike,
            false => Written::Each(values.iter().map(|d| d.scale().to_le_bytes()[0]).collect()),
        };
        Self::Narrow { mantissas, scale, written }
    }

    /// How many rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Narrow { mantissas, .. } => mantissas.len(),
            Self::Wide(values) => values.len(),
        }
    }

    /// True when there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of a row, with the digits that it was written with; zero beyond the end.
    #[must_use]
    pub fn get(&self, row: usize) -> Decimal {
        match self {
            Self::Wide(values) => values.get(row).copied().unwrap_or_default(),
            Self::Narrow { mantissas, scale, written } => {
                let mantissa = mantissas.get(row).copied().unwrap_or_default();
                let digits = match written {
                    Written::Alike => *scale,
                    Written::Each(digits) => digits.get(row).map_or(*scale, |w| u32::from(*w)),
                    Written::Shortest => {
                        let (mut rest, mut digits) = (mantissa, *scale);
                        while digits > 0 && rest % 10 == 0 {
                            rest /= 10;
                            digits -= 1;
                        }
                        digits
                    }
                };
                let spare = POWERS.get(scale.saturating_sub(digits) as usize).copied().unwrap_or(1);
                Decimal::new(mantissa / spare, digits)
            }
        }
    }

    /// Some of the rows, in the same form.
    #[must_use]
    pub fn slice(&self, start: usize, len: usize) -> Self {
        match self {
            Self::Wide(values) => Self::Wide(part(values, start, len)),
            Self::Narrow { mantissas, scale, written } => Self::Narrow {
                mantissas: part(mantissas, start, len),
                scale: *scale,
                written: match written {
                    Written::Each(digits) => Written::Each(part(digits, start, len)),
                    other => other.clone(),
                },
            },
        }
    }
}

/// A copy of some of the values; those beyond the end are left out.
pub(super) fn part<T: Clone>(values: &[T], start: usize, len: usize) -> Vec<T> {
    let end = start.saturating_add(len).min(values.len());
    values.get(start.min(end)..end).unwrap_or_default().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_and_digits() {
        let read = |texts: &[&str]| -> Vec<Decimal> { texts.iter().map(|t| t.parse().unwrap()).collect() };
        for (texts, narrow) in [
            (&["1.50", "2", "-0.125"][..], true),
            (&["9223372036854775807"], true),
            (&["9223372036854775807", "0.1"], false),
            (&["0.0000000000000000000000000001"], false),
            (&[], true),
        ] {
            let values = read(texts);
            let column = Decimals::collect(values.clone());
            assert_eq!(matches!(column, Decimals::Narrow { .. }), narrow, "{texts:?}");
            let back: Vec<String> = (0..column.len()).map(|i| column.get(i).to_string()).collect();
            assert_eq!(back, values.iter().map(ToString::to_string).collect::<Vec<_>>());
        }
        let mut negative = Decimal::ZERO;
        negative.set_sign_negative(true);
        assert!(matches!(Decimals::collect(vec![negative]), Decimals::Wide(_)));
        let wide = Decimals::fixed_wide(&[i128::from(i64::MAX) * 10, 5], 2).unwrap();
        assert_eq!(wide.get(1).to_string(), "0.05");
        assert!(Decimals::fixed_wide(&[i128::MAX], 0).is_err());
        let short =
            Decimals::Narrow { mantissas: vec![1250, 100, 0, -70], scale: 2, written: Written::Shortest };
        let back: Vec<String> = (0..4).map(|i| short.get(i).to_string()).collect();
        assert_eq!(back, ["12.5", "1", "0", "-0.7"]);
        assert_eq!(short.slice(1, 9).get(2).to_string(), "-0.7");
        assert_eq!(Decimals::fixed(vec![5], 20).unwrap().get(0).to_string(), "0.00000000000000000005");
    }
}
