//! Declared formats in the notation of strftime.

use chrono::format::{Item, ParseErrorKind, StrftimeItems};
use chrono::{DateTime, NaiveDate, NaiveDateTime};

use super::Moment;
use crate::issue::{IssueKind, NormaliseIssue};

/// The first declared format that fits. A format that fits but names a day that does not exist is remembered.
pub(super) fn parse(text: &str, formats: &[String]) -> Result<Moment, NormaliseIssue> {
    let mut impossible = false;
    for format in formats {
        if StrftimeItems::new(format).any(|item| matches!(item, Item::Error)) {
            return Err(NormaliseIssue::new(IssueKind::DateBadFormat).with("format", format));
        }
        match one(text, format) {
            Ok(moment) => return Ok(moment),
            Err(kind) => {
                impossible |= matches!(kind, ParseErrorKind::OutOfRange | ParseErrorKind::Impossible)
            }
        }
    }
    Err(if impossible {
        IssueKind::DateImpossible.into()
    } else {
        NormaliseIssue::new(IssueKind::DateFormat).with("formats", formats.join(", "))
    })
}

fn one(text: &str, format: &str) -> Result<Moment, ParseErrorKind> {
    // What the format asks for decides what it yields: offset and time, time, or the day alone.
    match DateTime::parse_from_str(text, format) {
        Ok(instant) => return Ok(Moment::Instant(instant)),
        Err(e) if e.kind() != ParseErrorKind::NotEnough => return Err(e.kind()),
        Err(_) => {}
    }
    match NaiveDateTime::parse_from_str(text, format) {
        Ok(local) => return Ok(Moment::Local(local)),
        Err(e) if e.kind() != ParseErrorKind::NotEnough => return Err(e.kind()),
        Err(_) => {}
    }
    NaiveDate::parse_from_str(text, format).map(Moment::Date).map_err(|e| e.kind())
}
