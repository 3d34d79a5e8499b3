//! Dates and times as people and systems write them.

mod declared;
mod era;
mod general;
mod months;
mod scan;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime};
use serde::{Deserialize, Serialize};

use crate::Normalised;
use crate::fold::{half_width, is_invisible};
use crate::issue::{IssueKind, NormaliseIssue, bounded};

/// The order of day, month and year in a date written with digits alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DateOrder {
    /// Year, month, day.
    Ymd,
    /// Day, month, year.
    Dmy,
    /// Month, day, year.
    Mdy,
}

impl DateOrder {
    /// Every order.
    pub const ALL: [Self; 3] = [Self::Ymd, Self::Dmy, Self::Mdy];

    /// The name, in capitals.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ymd => "YMD",
            Self::Dmy => "DMY",
            Self::Mdy => "MDY",
        }
    }
}

/// How to read dates.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DateOptions {
    /// The order of the parts where it is not plain. Without it, such a date is `date.ambiguous`.
    pub order: Option<DateOrder>,
    /// Declared formats in the notation of strftime, such as `%d-%b-%Y`; when there are any, no other is read.
    pub formats: Vec<String>,
    /// Whether a bare number is a day count of the Excel 1900 date system.
    pub excel_serial: bool,
}

impl DateOptions {
    /// Options with declared formats.
    pub fn formats<I, S>(formats: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: Into<String>,
    {
        Self { formats: formats.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// Options with a declared order.
    #[must_use]
    pub fn order(order: DateOrder) -> Self {
        Self { order: Some(order), ..Self::default() }
    }
}

/// A date or a time, as far as the text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Moment {
    /// A time with its offset from UTC.
    Instant(DateTime<FixedOffset>),
    /// A time on the clock of an unnamed zone.
    Local(NaiveDateTime),
    /// A day.
    Date(NaiveDate),
}

impl Moment {
    /// The day as written, in the zone it was written in.
    #[must_use]
    pub fn date(&self) -> NaiveDate {
        match self {
            Self::Date(d) => *d,
            Self::Local(t) => t.date(),
            Self::Instant(t) => t.date_naive(),
        }
    }

    /// The time as written; midnight for a day.
    #[must_use]
    pub fn local(&self) -> NaiveDateTime {
        match self {
            Self::Date(d) => d.and_time(NaiveTime::MIN),
            Self::Local(t) => *t,
            Self::Instant(t) => t.naive_local(),
        }
    }

    /// ISO 8601: `2024-03-05`, `2024-03-05T14:30:00`, `2024-03-05T14:30:00+08:00`, with decimals where there are any.
    #[must_use]
    pub fn to_iso(&self) -> String {
        match self {
            Self::Date(d) => d.format("%Y-%m-%d").to_string(),
            Self::Local(t) => t.format("%Y-%m-%dT%H:%M:%S%.f").to_string(),
            Self::Instant(t) => {
                let clock = t.format("%Y-%m-%dT%H:%M:%S%.f");
                if t.offset().local_minus_utc() == 0 {
                    format!("{clock}Z")
                } else {
                    format!("{clock}{}", t.format("%:z"))
                }
            }
        }
    }
}

/// Reads a date or time.
///
/// Without declared formats: ISO 8601 dates and times, `2024/3/5`, `2024.3.5`, `20240305`, `2024年3月5日`, `5/3/24`,
/// `05-Mar-2024`, `March 5, 2024` (months also in German, French, Spanish and Dutch), Chinese numerals (二〇二四年三月五日),
/// the eras of Taiwan and Japan (民國113年, 令和6年), 2024년 3월 5일, a day of the week beside it, with a time (`14:30`,
/// `2:30 PM`, `下午2:30`, `14时30分`) and an offset (`Z`, `+08:00`, `+0000`). Two-digit years 00–69 are 2000–2069, 70–99 are 1970–1999 (POSIX). A date whose order is not plain
/// needs [`DateOptions::order`].
///
/// # Errors
/// `date.unrecognised`, `date.format`, `date.bad_format`, `date.impossible` (2023-02-30), `date.ambiguous` (5/3/24),
/// `date.incomplete` (2024-03), `date.out_of_range`, `text.empty`, `text.too_long`.
///
/// ```
/// use qudao_text::{parse_moment, DateOptions, Moment};
/// let m = parse_moment("2024-01-22T16:14:25.000+0000", &DateOptions::default())?;
/// assert_eq!(m.to_iso(), "2024-01-22T16:14:25Z");
/// assert_eq!(parse_moment("5/3/24", &DateOptions::default()).unwrap_err().code(), "date.ambiguous");
/// # Ok::<(), qudao_text::NormaliseIssue>(())
/// ```
pub fn parse_moment(input: &str, options: &DateOptions) -> Result<Moment, NormaliseIssue> {
    let text = bounded(input)?;
    if text.len() > 200 {
        return Err(NormaliseIssue::new(IssueKind::TooLong).with("max", 200));
    }
    let text: String = text
        .chars()
        .filter(|c| !is_invisible(*c))
        .map(|c| match half_width(c) {
            '‐' | '‑' | '–' | '—' | '−' => '-',
            '。' | '．' => '.',
            '：' | '∶' => ':',
            c if c.is_whitespace() => ' ',
            c => c,
        })
        .collect();
    let text = text.trim();
    let moment = if options.formats.is_empty() {
        general::parse(text, options)?
    } else {
        declared::parse(text, &options.formats)?
    };
    let year = chrono::Datelike::year(&moment.date());
    if (1000..=9999).contains(&year) { Ok(moment) } else { Err(IssueKind::DateOutOfRange.into()) }
}

/// Reads a date. Of a time, the day as written is taken; a host that wants the day in another zone uses
/// [`parse_moment`].
///
/// # Errors
/// As [`parse_moment`].
pub fn parse_date(input: &str, options: &DateOptions) -> Result<NaiveDate, NormaliseIssue> {
    parse_moment(input, options).map(|m| m.date())
}

/// Normalises a date or time to ISO 8601.
///
/// # Errors
/// As [`parse_moment`].
pub fn normalise_date(input: &str, options: &DateOptions) -> Result<Normalised, NormaliseIssue> {
    parse_moment(input, options).map(|m| Normalised::formatted(input, m.to_iso()))
}

/// A day that exists, or `date.impossible`.
fn day(year: i32, month: u32, day: u32) -> Result<NaiveDate, NormaliseIssue> {
    if !(1000..=9999).contains(&year) {
        return Err(IssueKind::DateOutOfRange.into());
    }
    NaiveDate::from_ymd_opt(year, month, day).ok_or_else(|| IssueKind::DateImpossible.into())
}

#[cfg(test)]
mod tests;
