//! KPIs as they cross to Kotlin and Swift.

use chrono_tz::Tz;
use qudao::metrics::{self, Bound, GroupKey, KpiQuery, RateTable, Window};
use qudao::model::{Instant, Locale};
use rust_decimal::Decimal;

use crate::values::{FieldValue, from_value};
use crate::{CalendarDate, QudaoError};

/// Which records a window chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Basis {
    /// Things that began in the window.
    Cohort,
    /// Things that happened in the window.
    Event,
    /// Things as they stand at one instant.
    AsOf,
}

/// An exchange rate: how much of one currency a unit of another is worth, from a day on.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Rate {
    /// The currency that is worth something.
    pub from: String,
    /// The currency in which it is counted.
    pub into: String,
    /// The day from which the rate is in force.
    pub on: CalendarDate,
    /// The rate.
    pub rate: Decimal,
}

/// What is asked. The window is half-open: `to` is the first day that no longer belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Default, uniffi::Record)]
pub struct KpiRequest {
    /// The metrics; empty means all.
    #[uniffi(default = [])]
    pub metrics: Vec<String>,
    /// The groups, from the outermost in: fields such as `partner` or `owner.region`, or `year`, `quarter`, `month`.
    #[uniffi(default = [])]
    pub by: Vec<String>,
    /// The first day of the window.
    #[uniffi(default = None)]
    pub from: Option<CalendarDate>,
    /// The first day after the window.
    #[uniffi(default = None)]
    pub to: Option<CalendarDate>,
    /// The first instant of the window, in place of a day.
    #[uniffi(default = None)]
    pub from_instant: Option<Instant>,
    /// The first instant after the window, in place of a day.
    #[uniffi(default = None)]
    pub to_instant: Option<Instant>,
    /// Cohort or event, for the metrics that are defined on both.
    #[uniffi(default = None)]
    pub basis: Option<Basis>,
    /// The zone of dates, such as `Asia/Shanghai`; the Blueprint's when none is given.
    #[uniffi(default = None)]
    pub zone: Option<String>,
    /// Exchange rates. A missing one is an error, never 1.
    #[uniffi(default = [])]
    pub rates: Vec<Rate>,
}

/// One key of a group, with its value.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct GroupValue {
    /// The key, as asked for.
    pub key: String,
    /// The value.
    pub value: FieldValue,
}

/// Records that are not in a number, and why.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Excluded {
    /// The stable code of the reason.
    pub reason: String,
    /// The reason, in the session's locale.
    pub text: String,
    /// How many.
    pub count: u64,
}

/// Why there is no number.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Undefined {
    /// The stable code of the reason.
    pub reason: String,
    /// The reason, in the session's locale.
    pub text: String,
}

/// One number with what is needed to judge it.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct KpiValue {
    /// The metric.
    pub metric: String,
    /// The object whose records are measured; none for a number over several.
    pub object: Option<String>,
    /// The process, for numbers that are per process.
    pub process: Option<String>,
    /// Which of the metric's numbers: a pair of stages, or `median`, `p75`, `p90`, `mean`.
    pub part: Option<String>,
    /// The group; empty for the whole.
    pub group: Vec<GroupValue>,
    /// The number; none where it is undefined. Undefined is never zero.
    pub value: Option<Decimal>,
    /// Why there is no number.
    pub undefined: Option<Undefined>,
    /// `ratio`, `days`, `count`, `money` …
    pub unit: String,
    /// The currency, where it is money.
    pub currency: Option<String>,
    /// What is divided; for a sum, the sum.
    pub numerator: Option<Decimal>,
    /// By what it is divided.
    pub denominator: Option<Decimal>,
    /// How many records are measured.
    pub n: u64,
    /// The records left out, by reason.
    pub excluded: Vec<Excluded>,
    /// How many of the measured are still open.
    pub censored: u64,
    /// How many of the measured were closed before and opened again.
    pub reopened: u64,
    /// The window has not ended yet.
    pub partial_window: bool,
    /// `n` is below the smallest sample.
    pub small_sample: bool,
    /// Which records the window chose.
    pub basis: Basis,
    /// The instant as of which it is.
    pub as_of: Instant,
    /// The hash of the definition. Two numbers compare only where this is the same.
    pub definition_hash: String,
    /// The ids in the numerator.
    pub numerator_ids: Vec<String>,
    /// The ids in the denominator.
    pub denominator_ids: Vec<String>,
}

impl From<metrics::Basis> for Basis {
    fn from(basis: metrics::Basis) -> Self {
        match basis {
            metrics::Basis::Cohort => Self::Cohort,
            metrics::Basis::Event => Self::Event,
            metrics::Basis::AsOf => Self::AsOf,
        }
    }
}

pub(crate) fn into_query(request: KpiRequest) -> Result<(KpiQuery, RateTable), QudaoError> {
    let mut query = KpiQuery::all();
    for metric in request.metrics {
        query.metrics.push(metric.parse()?);
    }
    query.by = request.by.iter().map(|k| GroupKey::parse(k)).collect();
    let bound = |day: Option<CalendarDate>, instant: Option<Instant>| match (day, instant) {
        (Some(_), Some(_)) => Err(QudaoError::argument(
            "argument.window",
            "one end of a window is a day or an instant, not both",
        )),
        (day, instant) => Ok(day.map(|d| Bound::Date(d.0)).or(instant.map(Bound::Instant))),
    };
    let window = Window {
        from: bound(request.from, request.from_instant)?,
        to: bound(request.to, request.to_instant)?,
    };
    if window.from.is_some() || window.to.is_some() {
        query.window = Some(window);
    }
    query.basis = request.basis.map(|b| match b {
        Basis::Cohort => metrics::Basis::Cohort,
        Basis::Event => metrics::Basis::Event,
        Basis::AsOf => metrics::Basis::AsOf,
    });
    query.zone = match request.zone {
        None => None,
        Some(name) => Some(name.parse::<Tz>().map_err(|_| {
            QudaoError::argument(
                "argument.zone",
                "not a time zone of the IANA database, such as Asia/Shanghai",
            )
        })?),
    };
    let mut rates = RateTable::new();
    for rate in request.rates {
        rates.add(&rate.from, &rate.into, rate.on.0, rate.rate).map_err(qudao::Error::from)?;
    }
    Ok((query, rates))
}

pub(crate) fn from_report(report: metrics::KpiReport, locale: &Locale) -> Vec<KpiValue> {
    report
        .rows
        .into_iter()
        .map(|row| KpiValue {
            metric: row.metric.to_string(),
            object: row.object.map(|o| o.to_string()),
            process: row.process.map(|p| p.to_string()),
            part: row.part,
            group: row
                .group
                .iter()
                .map(|(key, value)| GroupValue { key: key.clone(), value: from_value(value) })
                .collect(),
            value: row.value.defined(),
            undefined: row
                .value
                .reason()
                .map(|r| Undefined { reason: r.code().to_owned(), text: r.text(locale) }),
            unit: row.unit.as_str().to_owned(),
            currency: row.currency.map(|c| c.to_string()),
            numerator: row.numerator,
            denominator: row.denominator,
            n: row.n,
            excluded: row
                .excluded
                .iter()
                .map(|e| Excluded {
                    reason: e.reason.code().to_owned(),
                    text: e.reason.text(locale),
                    count: e.count,
                })
                .collect(),
            censored: row.censored,
            reopened: row.reopened,
            partial_window: row.partial_window,
            small_sample: row.small_sample,
            basis: row.basis.into(),
            as_of: row.as_of,
            definition_hash: row.definition_hash.to_string(),
            numerator_ids: row.ids.numerator.iter().map(ToString::to_string).collect(),
            denominator_ids: row.ids.denominator.iter().map(ToString::to_string).collect(),
        })
        .collect()
}
