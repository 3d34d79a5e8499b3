//! Codes, numbers and dates.

use chrono::{Datelike, NaiveDate};
use qudao_model::Decimal;

use super::quick;
use crate::Level;
use crate::feature::CodeForm;

/// The same or not. Where a value fails the check of its format, a slip (up to two in a long code) is some agreement; codes of one
/// length that differ by more are different; and what has another length is no code of the same kind, and says nothing.
pub(crate) fn code(a: &CodeForm<'_>, b: &CodeForm<'_>) -> Level {
    if a.key == b.key {
        return Level::Exact;
    }
    if a.valid && b.valid {
        return Level::Different;
    }
    let (short, long) = (a.key.len().min(b.key.len()), a.key.len().max(b.key.len()));
    let slips = match short {
        8..=64 => 2,
        5..=7 => 1,
        _ => return Level::Missing,
    };
    if long > 64 || long - short > slips {
        return Level::Missing;
    }
    if quick::edits(a.key, b.key) <= slips {
        Level::Medium
    } else if short == long {
        Level::Different
    } else {
        Level::Missing
    }
}

/// Edits between two short texts.
fn edits(a: &str, b: &str) -> usize {
    quick::edits(&quick::units(a), &quick::units(b))
}

/// How far apart two numbers are, against the larger one.
pub(crate) fn number(a: Decimal, b: Decimal) -> Level {
    if a == b {
        return Level::Exact;
    }
    if a.is_sign_negative() != b.is_sign_negative() {
        return Level::Different;
    }
    let larger = a.abs().max(b.abs());
    let Some(gap) = a.checked_sub(b).map(|d| d.abs()) else { return Level::Different };
    let within =
        |percent: i64| larger.checked_mul(Decimal::new(percent, 2)).is_some_and(|limit| gap <= limit);
    if within(1) {
        Level::High
    } else if within(5) {
        Level::Medium
    } else if within(20) {
        Level::Low
    } else {
        Level::Different
    }
}

/// Dates: the same; day and month exchanged or one digit mistyped; two parts the same; one year.
pub(crate) fn date(a: NaiveDate, b: NaiveDate) -> Level {
    if a == b {
        return Level::Exact;
    }
    let same_year = a.year() == b.year();
    let swapped = same_year && a.month() == b.day() && a.day() == b.month();
    let digits = |d: NaiveDate| format!("{:04}{:02}{:02}", d.year(), d.month(), d.day());
    if swapped || edits(&digits(a), &digits(b)) <= 1 {
        return Level::High;
    }
    let parts = [same_year, a.month() == b.month(), a.day() == b.day()];
    if parts.iter().filter(|p| **p).count() >= 2 {
        Level::Medium
    } else if same_year {
        Level::Low
    } else {
        Level::Different
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes() {
        for (a, b, expected) in [
            (("91440300708461136T", true), ("91440300708461136T", true), Level::Exact),
            (("91440300708461136T", true), ("91110000802100433B", true), Level::Different),
            (("91440300708461136T", true), ("91440300708461163T", false), Level::Medium),
            (("91440300708461136T", true), ("123", false), Level::Missing),
            (("684093014", false), ("673578045", false), Level::Different),
        ] {
            let (x, y) = (quick::units(a.0), quick::units(b.0));
            let (x, y) = (CodeForm { key: &x, valid: a.1 }, CodeForm { key: &y, valid: b.1 });
            assert_eq!(code(&x, &y), expected, "{a:?} {b:?}");
        }
    }

    #[test]
    fn numbers() {
        for (a, b, expected) in [
            ("100", "100.00", Level::Exact),
            ("100", "101", Level::High),
            ("100", "104", Level::Medium),
            ("100", "120", Level::Low),
            ("100", "200", Level::Different),
            ("100", "-100", Level::Different),
            ("0", "0.0001", Level::Different),
            ("79228162514264337593543950335", "-79228162514264337593543950335", Level::Different),
            ("79228162514264337593543950335", "1", Level::Different),
        ] {
            let (x, y): (Decimal, Decimal) = (a.parse().unwrap(), b.parse().unwrap());
            assert_eq!(number(x, y), expected, "{a} {b}");
            assert_eq!(number(y, x), expected, "{b} {a}");
        }
    }

    #[test]
    fn dates() {
        for (a, b, expected) in [
            ("1971-06-24", "1971-06-24", Level::Exact),
            ("1971-06-24", "1971-05-24", Level::High),
            ("1971-03-05", "1971-05-03", Level::High),
            ("1971-06-24", "1971-06-03", Level::Medium),
            ("1971-06-24", "1971-11-03", Level::Low),
            ("1971-06-24", "2003-11-03", Level::Different),
        ] {
            assert_eq!(date(a.parse().unwrap(), b.parse().unwrap()), expected, "{a} {b}");
        }
    }
}
