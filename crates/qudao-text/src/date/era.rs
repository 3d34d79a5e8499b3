//! Years counted from the beginning of an era, as Taiwan and Japan write them.

use chrono::NaiveDate;

/// Name, year before its first one, first day, last day (open where it is still going on).
pub(super) type Era = (&'static str, u32, (i32, u32, u32), Option<(i32, u32, u32)>);

const ERAS: &[Era] = &[
    ("中华民国", 1911, (1912, 1, 1), None),
    ("中華民國", 1911, (1912, 1, 1), None),
    ("民国", 1911, (1912, 1, 1), None),
    ("民國", 1911, (1912, 1, 1), None),
    ("令和", 2018, (2019, 5, 1), None),
    ("平成", 1988, (1989, 1, 8), Some((2019, 4, 30))),
    ("昭和", 1925, (1926, 12, 25), Some((1989, 1, 7))),
];

/// An era at the beginning of a date, and the rest with 元年 for the first year written out.
pub(super) fn split(text: &str) -> Option<(&'static Era, String)> {
    let era = ERAS.iter().find(|(name, ..)| text.starts_with(name))?;
    let rest = text.strip_prefix(era.0)?.trim_start();
    let rest = match rest.strip_prefix('元') {
        Some(after) => format!("1{after}"),
        None => rest.to_owned(),
    };
    Some((era, rest))
}

/// The year of the common calendar.
pub(super) fn year(era: &Era, count: u32) -> Option<u32> {
    if count == 0 { None } else { era.1.checked_add(count) }
}

/// Whether a day lies in its era: 平成 had no May of its 31st year.
pub(super) fn holds(era: &Era, date: NaiveDate) -> bool {
    let day = |(y, m, d)| NaiveDate::from_ymd_opt(y, m, d);
    day(era.2).is_some_and(|first| date >= first)
        && era.3.is_none_or(|last| day(last).is_some_and(|l| date <= l))
}
