//! Why a report cannot be made.

use std::sync::Arc;

use chrono::NaiveDate;
use qudao_model::{Locale, MetricId, Params, codes};

/// A rate that is needed and not in the table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MissingRate {
    /// The currency of the amount.
    pub currency: Arc<str>,
    /// The currency of the report.
    pub into: Arc<str>,
    /// The day.
    pub date: NaiveDate,
}

/// Why a report cannot be made. What is wrong with a single metric is an undefined value, not an error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MetricsError {
    /// There is no such metric.
    #[error("there is no metric {metric}")]
    UnknownMetric {
        /// The id asked for.
        metric: MetricId,
        /// The nearest one.
        suggestion: Option<String>,
    },
    /// No object of the metrics asked for has this field.
    #[error("no record measured here has a field {path}")]
    UnknownGroup {
        /// The path asked for.
        path: String,
        /// The nearest field.
        suggestion: Option<String>,
    },
    /// The window ends before it begins, or a date is out of range.
    #[error("the window ends before it begins, or is out of range")]
    BadWindow,
    /// Amounts need exchange rates that are not given. A missing rate is never taken as 1.
    #[error("{}", rates_text(missing))]
    MissingRates {
        /// Every rate that is missing, sorted.
        missing: Vec<MissingRate>,
    },
    /// A rate is not above zero.
    #[error("the rate of {currency} on {date} is not above zero")]
    BadRate {
        /// The currency.
        currency: Arc<str>,
        /// The day.
        date: NaiveDate,
    },
    /// More groups than a report can hold.
    #[error("the report would hold more than {limit} rows")]
    TooManyRows {
        /// The largest number of rows.
        limit: usize,
    },
}

fn rates_text(missing: &[MissingRate]) -> String {
    match missing.split_first() {
        None => "an exchange rate is missing".to_owned(),
        Some((first, rest)) => {
            let mut text =
                format!("no rate of {} into {} on or before {}", first.currency, first.into, first.date);
            if !rest.is_empty() {
                text.push_str(&format!(", and {} more", rest.len()));
            }
            text
        }
    }
}

impl MetricsError {
    /// A stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownMetric { .. } => "kpi.unknown_metric",
            Self::UnknownGroup { .. } => "kpi.unknown_group",
            Self::BadWindow => "kpi.bad_window",
            Self::MissingRates { .. } => "kpi.missing_rate",
            Self::BadRate { .. } => "kpi.bad_rate",
            Self::TooManyRows { .. } => "kpi.too_many_rows",
        }
    }

    /// What the text speaks of.
    #[must_use]
    pub fn params(&self) -> Params {
        let mut params = Params::new();
        let mut put = |name: &str, value: &str| params.insert(name.to_owned(), value.into());
        match self {
            Self::UnknownMetric { metric, suggestion } => {
                put("metric", metric.as_str());
                suggestion.as_ref().map(|s| put("suggestion", s));
            }
            Self::UnknownGroup { path, suggestion } => {
                put("path", path);
                suggestion.as_ref().map(|s| put("suggestion", s));
            }
            Self::BadWindow => {}
            Self::MissingRates { missing } => {
                if let Some(first) = missing.first() {
                    put("currency", &first.currency);
                    put("into", &first.into);
                    put("date", &first.date.to_string());
                }
            }
            Self::BadRate { currency, date } => {
                put("currency", currency);
                put("date", &date.to_string());
            }
            Self::TooManyRows { limit } => {
                put("limit", &limit.to_string());
            }
        }
        params
    }

    /// What happened, for a person.
    #[must_use]
    pub fn text(&self, locale: &Locale) -> String {
        codes::render(self.code(), &self.params(), locale)
    }
}
