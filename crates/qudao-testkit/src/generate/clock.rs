//! Days and times of the two years that the data covers, on a Shanghai clock.

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, TimeDelta, Weekday};

use super::rng::Rng;

/// The first day of the data.
pub(crate) fn first_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 1, 2).unwrap_or_default()
}

/// The last moment of the data.
pub(crate) fn end() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2025, 12, 31).and_then(|d| d.and_hms_opt(18, 0, 0)).unwrap_or_default()
}

/// A moment of office hours, so many days after a day; weekends move to Monday.
pub(crate) fn office(day: NaiveDate, after: i64, rng: &mut Rng) -> NaiveDateTime {
    let mut day = day.checked_add_days(Days::new(after.unsigned_abs())).unwrap_or(day);
    while matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
        day = day.succ_opt().unwrap_or(day);
    }
    let minutes = rng.between(9 * 60, 17 * 60 + 59);
    day.and_time(chrono::NaiveTime::MIN) + TimeDelta::minutes(minutes)
}

/// A day as cells hold it.
pub(crate) fn day(at: NaiveDate) -> String {
    at.format("%Y-%m-%d").to_string()
}

/// A moment as cells hold it.
pub(crate) fn minute(at: NaiveDateTime) -> String {
    at.format("%Y-%m-%d %H:%M").to_string()
}

/// A day in one of the ways people write it. None of them is ambiguous.
pub(crate) fn mixed(at: NaiveDate, rng: &mut Rng) -> String {
    match rng.weighted(&[60, 15, 10, 10, 5]) {
        0 => day(at),
        1 => at.format("%Y/%-m/%-d").to_string(),
        2 => at.format("%Y年%-m月%-d日").to_string(),
        3 => at.format("%Y%m%d").to_string(),
        _ => at.format("%-d %b %Y").to_string(),
    }
}
