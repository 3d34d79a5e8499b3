//! Windows, calendar units and where an instant falls.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use chrono::{Datelike, Months, NaiveDate};
use qudao_model::{Instant, Value};

use crate::{TimeUnit, WindowSpan};

/// The first day of a calendar unit; `None` where there is no unit, or no time to place.
pub(crate) type Bucket = Option<NaiveDate>;

/// Where an instant falls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Inside.
    At(Bucket),
    /// Outside of the window.
    Outside,
    /// There is a window and no time.
    NoTime,
    /// In the window but after the as-of instant.
    Late,
}

/// The window asked for, cut into calendar units.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) window: Option<WindowSpan>,
    pub(crate) unit: Option<TimeUnit>,
    pub(crate) zone: chrono_tz::Tz,
    pub(crate) as_of: Instant,
    /// Calendar units met so far, by their first instant, each with the first instant after it.
    met: Rc<RefCell<BTreeMap<Instant, (Instant, NaiveDate)>>>,
}

impl Frame {
    pub(crate) fn new(
        window: Option<WindowSpan>,
        unit: Option<TimeUnit>,
        zone: chrono_tz::Tz,
        as_of: Instant,
    ) -> Self {
        Self { window, unit, zone, as_of, met: Rc::default() }
    }

    /// The calendar unit that an instant is in.
    pub(crate) fn bucket(&self, at: Option<Instant>) -> Bucket {
        let (at, unit) = (at?, self.unit?);
        // Looking a unit up again is many times faster than asking the zone.
        if let Some((_, (to, first))) = self.met.borrow().range(..=at).next_back()
            && at < *to
        {
            return Some(*first);
        }
        let first = first_day(at.date_in(self.zone)?, unit)?;
        let from = Instant::start_of_day(first, self.zone);
        let to = next(first, unit).and_then(|d| Instant::start_of_day(d, self.zone));
        if let (Some(from), Some(to)) = (from, to) {
            self.met.borrow_mut().insert(from, (to, first));
        }
        Some(first)
    }

    /// Where an event falls.
    pub(crate) fn place(&self, at: Option<Instant>) -> Place {
        match (at, self.window) {
            (None, None) => Place::At(None),
            (None, Some(_)) => Place::NoTime,
            (Some(at), Some(window)) if !window.holds(at) => Place::Outside,
            (Some(at), _) if at > self.as_of => Place::Late,
            (Some(_), _) => Place::At(self.bucket(at)),
        }
    }

    /// The window of one calendar unit: the unit within the window asked for.
    pub(crate) fn span(&self, bucket: Bucket) -> Option<WindowSpan> {
        let (Some(first), Some(unit)) = (bucket, self.unit) else { return self.window };
        let from = Instant::start_of_day(first, self.zone);
        let to = next(first, unit).and_then(|d| Instant::start_of_day(d, self.zone));
        let window = self.window.unwrap_or_default();
        Some(WindowSpan {
            from: from.max(window.from),
            to: match (to, window.to) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            },
        })
    }

    /// The last instant that a window covers: just before its end, and not after as-of.
    pub(crate) fn last_instant(&self, bucket: Bucket) -> Instant {
        match self.span(bucket).and_then(|s| s.to) {
            Some(to) => Instant::from_micros(to.micros().saturating_sub(1)).min(self.as_of),
            None => self.as_of,
        }
    }
}

fn first_day(date: NaiveDate, unit: TimeUnit) -> Option<NaiveDate> {
    let month = match unit {
        TimeUnit::Year => 1,
        TimeUnit::Quarter => date.month0() / 3 * 3 + 1,
        TimeUnit::Month => date.month(),
    };
    NaiveDate::from_ymd_opt(date.year(), month, 1)
}

fn next(first: NaiveDate, unit: TimeUnit) -> Option<NaiveDate> {
    let months = match unit {
        TimeUnit::Year => 12,
        TimeUnit::Quarter => 3,
        TimeUnit::Month => 1,
    };
    first.checked_add_months(Months::new(months))
}

/// The name of the calendar unit that a bucket is in.
pub(crate) fn bucket_label(bucket: Bucket, unit: TimeUnit) -> Value {
    match bucket {
        None => Value::Missing,
        Some(day) => Value::text(match unit {
            TimeUnit::Year => format!("{:04}", day.year()),
            TimeUnit::Quarter => format!("{:04}-Q{}", day.year(), day.month0() / 3 + 1),
            TimeUnit::Month => format!("{:04}-{:02}", day.year(), day.month()),
        }),
    }
}

/// The instant of a date or instant value. A date begins at midnight in the zone.
pub(crate) fn instant_of(value: &Value, zone: chrono_tz::Tz) -> Option<Instant> {
    match value {
        Value::Instant(at) => Some(*at),
        Value::Date(date) => Instant::start_of_day(*date, zone),
        _ => None,
    }
}

/// Calendar days in a zone from one instant to another.
pub(crate) fn days_between(from: Instant, to: Instant, zone: chrono_tz::Tz) -> Option<i64> {
    Some((to.date_in(zone)? - from.date_in(zone)?).num_days())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn units_begin_on_their_first_day() {
        assert_eq!(first_day(day("2024-05-17"), TimeUnit::Quarter), Some(day("2024-04-01")));
        assert_eq!(first_day(day("2024-12-31"), TimeUnit::Quarter), Some(day("2024-10-01")));
        assert_eq!(first_day(day("2024-12-31"), TimeUnit::Year), Some(day("2024-01-01")));
        assert_eq!(next(day("2024-10-01"), TimeUnit::Quarter), Some(day("2025-01-01")));
        assert_eq!(bucket_label(Some(day("2024-10-01")), TimeUnit::Quarter), Value::text("2024-Q4"));
        assert_eq!(bucket_label(Some(day("2024-03-01")), TimeUnit::Month), Value::text("2024-03"));
    }

    #[test]
    fn a_unit_is_cut_by_the_window() {
        let zone = chrono_tz::Asia::Shanghai;
        let at = |text: &str| Instant::start_of_day(day(text), zone).unwrap();
        let window = WindowSpan { from: Some(at("2024-02-10")), to: Some(at("2024-05-01")) };
        let frame = Frame::new(Some(window), Some(TimeUnit::Quarter), zone, at("2024-04-15"));
        let span = frame.span(Some(day("2024-01-01"))).unwrap();
        assert_eq!((span.from, span.to), (Some(at("2024-02-10")), Some(at("2024-04-01"))));
        assert_eq!(frame.last_instant(Some(day("2024-04-01"))), at("2024-04-15"));
        assert_eq!(frame.place(Some(at("2024-02-09"))), Place::Outside);
        assert_eq!(frame.place(Some(at("2024-04-16"))), Place::Late);
        assert_eq!(frame.place(None), Place::NoTime);
        // The last microsecond of a day in Shanghai is 15:59:59.999999 UTC.
        let last = Instant::parse("2024-03-31T15:59:59.999999Z");
        assert_eq!(frame.place(last), Place::At(Some(day("2024-01-01"))));
        let first = Instant::parse("2024-03-31T16:00:00Z");
        assert_eq!(frame.place(first), Place::At(Some(day("2024-04-01"))));
    }
}
