//! Values that each language has a type of its own for: exact decimals, calendar dates, instants.
//!
//! | here | Kotlin | Swift | on the wire |
//! |---|---|---|---|
//! | `Decimal` | `java.math.BigDecimal` | `Foundation.Decimal` | text, exact |
//! | `CalendarDate` | `java.time.LocalDate` | `QudaoTypes.CalendarDate` | text, `2026-11-24` |
//! | `Instant` | `java.time.Instant` | `Foundation.Date` | microseconds since 1970, UTC |
//!
//! A value that does not fit is an argument error, told before the call does anything.

use chrono::NaiveDate;
use qudao::model::Instant;
use rust_decimal::Decimal;

use crate::QudaoError;

/// A date without a time or a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CalendarDate(pub NaiveDate);

uniffi::custom_type!(Decimal, String, {
    remote,
    try_lift: |text| Ok(decimal(&text)?),
    lower: |value| value.to_string(),
});

uniffi::custom_type!(CalendarDate, String, {
    try_lift: |text| Ok(calendar_date(&text)?),
    lower: |value| value.0.to_string(),
});

uniffi::custom_type!(Instant, i64, {
    remote,
    try_lift: |micros| Ok(instant(micros)?),
    lower: |value| value.micros(),
});

/// Exactly the number that was meant: what needs more than 28 digits is refused, not rounded.
fn decimal(text: &str) -> Result<Decimal, QudaoError> {
    Decimal::from_str_exact(text).map_err(|_| {
        QudaoError::argument(
            "argument.decimal",
            "a number has more digits than the library holds (28), or is not a number",
        )
    })
}

fn calendar_date(text: &str) -> Result<CalendarDate, QudaoError> {
    let parsed = text
        .parse()
        .map_err(|_| QudaoError::argument("argument.date", "a date is not a day of the calendar"))?;
    Ok(CalendarDate(parsed))
}

fn instant(micros: i64) -> Result<Instant, QudaoError> {
    let instant = Instant::from_micros(micros);
    match instant.to_chrono() {
        Some(_) => Ok(instant),
        None => Err(QudaoError::argument("argument.instant", "an instant lies outside the supported years")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact_or_refused() {
        assert_eq!(decimal("1.50").unwrap().to_string(), "1.50");
        assert_eq!(decimal("-0.0000000000000000000000000001").unwrap().scale(), 28);
        for bad in
            ["", "NaN", "1e400", "0.00000000000000000000000000001", "123456789012345678901234567890123"]
        {
            assert_eq!(decimal(bad).unwrap_err().code(), "argument.decimal", "{bad}");
        }
    }

    #[test]
    fn dates_and_instants_have_bounds() {
        assert_eq!(calendar_date("2024-02-29").unwrap().0.to_string(), "2024-02-29");
        for bad in ["2023-02-29", "", "24.11.2026", "+999999999-12-31"] {
            assert_eq!(calendar_date(bad).unwrap_err().code(), "argument.date", "{bad}");
        }
        assert_eq!(instant(-1).unwrap().micros(), -1);
        assert_eq!(instant(i64::MAX).unwrap_err().code(), "argument.instant");
    }
}
