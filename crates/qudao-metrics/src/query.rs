//! What is asked: metrics, groups, window.

use std::fmt;

use chrono::NaiveDate;
use qudao_model::{Instant, MetricId};
use serde::Serialize;

use crate::{Basis, MetricsError};

/// A calendar unit in a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeUnit {
    /// A year, such as `2026`.
    Year,
    /// A quarter, such as `2026-Q4`.
    Quarter,
    /// A month, such as `2026-11`.
    Month,
}

impl TimeUnit {
    /// The name, as a query writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Quarter => "quarter",
            Self::Month => "month",
        }
    }
}

/// By what the numbers are grouped.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupKey {
    /// A field, or a path of references to one: `partner`, `owner.region`, `account.type`.
    Field(String),
    /// A calendar unit. Each one is a window of its own. The metrics of a state are grouped by the expected close of
    /// the deals (pipeline), else by when the records were created.
    Time(TimeUnit),
}

impl GroupKey {
    /// Reads a key: `year`, `quarter` and `month` are calendar units, all else is a path of fields.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text.trim() {
            "year" => Self::Time(TimeUnit::Year),
            "quarter" => Self::Time(TimeUnit::Quarter),
            "month" => Self::Time(TimeUnit::Month),
            path => Self::Field(path.to_owned()),
        }
    }
}

impl From<&str> for GroupKey {
    fn from(text: &str) -> Self {
        Self::parse(text)
    }
}

impl fmt::Display for GroupKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(path) => f.write_str(path),
            Self::Time(unit) => f.write_str(unit.as_str()),
        }
    }
}

/// One end of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bound {
    /// The first instant of a date, in the zone of the query.
    Date(NaiveDate),
    /// An instant.
    Instant(Instant),
}

impl Bound {
    fn resolve(self, zone: chrono_tz::Tz) -> Result<Instant, MetricsError> {
        match self {
            Self::Instant(at) => Ok(at),
            Self::Date(date) => Instant::start_of_day(date, zone).ok_or(MetricsError::BadWindow),
        }
    }
}

impl From<NaiveDate> for Bound {
    fn from(date: NaiveDate) -> Self {
        Self::Date(date)
    }
}

impl From<Instant> for Bound {
    fn from(at: Instant) -> Self {
        Self::Instant(at)
    }
}

/// A half-open window `[from, to)`. Either end may be open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Window {
    /// The beginning, inside the window.
    pub from: Option<Bound>,
    /// The end, outside the window.
    pub to: Option<Bound>,
}

impl Window {
    /// A window with both ends. A date `to` is the first day that no longer belongs to it.
    #[must_use]
    pub fn new(from: impl Into<Bound>, to: impl Into<Bound>) -> Self {
        Self { from: Some(from.into()), to: Some(to.into()) }
    }

    /// The instants of the window in a zone.
    ///
    /// # Errors
    /// [`MetricsError::BadWindow`] when it ends before it begins, or a date is out of range.
    pub fn resolve(&self, zone: chrono_tz::Tz) -> Result<WindowSpan, MetricsError> {
        let from = self.from.map(|b| b.resolve(zone)).transpose()?;
        let to = self.to.map(|b| b.resolve(zone)).transpose()?;
        if let (Some(from), Some(to)) = (from, to)
            && from >= to
        {
            return Err(MetricsError::BadWindow);
        }
        Ok(WindowSpan { from, to })
    }
}

/// A window in instants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
pub struct WindowSpan {
    /// The first instant inside; none where the window has no beginning.
    pub from: Option<Instant>,
    /// The first instant after it; none where the window has no end.
    pub to: Option<Instant>,
}

impl WindowSpan {
    /// True when the instant is inside.
    #[must_use]
    pub fn holds(&self, at: Instant) -> bool {
        self.from.is_none_or(|f| f <= at) && self.to.is_none_or(|t| at < t)
    }
}

/// Which clock an as-of looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AsOfClock {
    /// What had been recorded by then.
    #[default]
    Recorded,
    /// What had happened by then, whenever it was recorded.
    Occurred,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KpiQuery {
    /// The metrics; empty means all.
    pub metrics: Vec<MetricId>,
    /// The groups, from the outermost in.
    pub by: Vec<GroupKey>,
    /// The window; none means all time.
    pub window: Option<Window>,
    /// Cohort or event, for the metrics that are defined on both.
    pub basis: Option<Basis>,
    /// The zone of dates and calendar units; none means the Blueprint's.
    pub zone: Option<chrono_tz::Tz>,
    /// The instant as of which visits count; none means the input's.
    pub as_of: Option<Instant>,
    /// Which clock the as-of looks at.
    pub clock: AsOfClock,
}

impl KpiQuery {
    /// All metrics, over all time, not grouped.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// Some metrics.
    #[must_use]
    pub fn of(metrics: impl IntoIterator<Item = MetricId>) -> Self {
        Self { metrics: metrics.into_iter().collect(), ..Self::default() }
    }

    /// Adds groups.
    #[must_use]
    pub fn by<K: Into<GroupKey>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.by.extend(keys.into_iter().map(Into::into));
        self
    }

    /// Sets the window.
    #[must_use]
    pub fn window(mut self, window: Window) -> Self {
        self.window = Some(window);
        self
    }

    /// Sets the basis.
    #[must_use]
    pub fn basis(mut self, basis: Basis) -> Self {
        self.basis = Some(basis);
        self
    }
}
