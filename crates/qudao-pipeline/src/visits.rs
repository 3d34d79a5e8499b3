//! Reading stage visits: the current one, ages, and the earliest time of the next.

use qudao_model::{Decimal, Instant, Span, Visit};

/// The visit that the record is in: the last one that has not been left.
#[must_use]
pub fn current_visit(visits: &[Visit]) -> Option<&Visit> {
    visits.iter().rev().find(|v| v.left.is_none())
}

/// Days of 24 hours since the current stage was entered, exact; nothing when the record is in no stage.
/// A clock that is behind gives 0, never a negative age.
#[must_use]
pub fn stage_age(visits: &[Visit], now: Instant) -> Option<Decimal> {
    current_visit(visits).map(|v| days_between(v.entered, now))
}

/// Days of 24 hours from one instant to a later one; 0 when it is not later.
pub(crate) fn days_between(from: Instant, to: Instant) -> Decimal {
    if to <= from { Decimal::ZERO } else { to.since(from).days().normalize() }
}

/// True when at least `days` days of 24 hours have passed.
pub(crate) fn have_passed(from: Instant, to: Instant, days: u32) -> bool {
    to >= from.plus(Span::from_days(i64::from(days)))
}

/// The last instant at which anything is known to have happened in these visits.
pub(crate) fn last_moment(visits: &[Visit]) -> Option<Instant> {
    visits.iter().flat_map(|v| [Some(v.entered), v.left]).flatten().max()
}

/// The place of the next visit.
pub(crate) fn next_seq(visits: &[Visit]) -> u32 {
    visits.iter().map(|v| v.seq.saturating_add(1)).max().unwrap_or(0)
}
