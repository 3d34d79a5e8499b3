//! What is answered.

use std::sync::Arc;

use qudao_model::{
    Decimal, Hash, Instant, LocalText, Locale, MetricId, ObjectName, Params, ProcessId, RecordId, Value,
    codes,
};
use serde::Serialize;

use crate::{Basis, Goal, Unit, WindowSpan};

/// Why there is no number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
#[non_exhaustive]
pub enum Reason {
    /// Nothing to divide by: no record is in the denominator.
    NoCases,
    /// The records of an object that the metric needs were not given.
    MissingTable {
        /// The object.
        object: ObjectName,
    },
    /// No deal has stage visits.
    NoVisits,
    /// The Blueprint has no process for the object.
    NoProcess,
    /// No lost deal has an estimated amount, so that lost value is not known.
    LostWithoutAmount,
    /// No won deal has an amount.
    WonWithoutAmount,
    /// No deal has an amount.
    NoAmount,
    /// No open deal with an amount is in a stage that has a probability.
    NoProbability,
    /// The divisor is zero.
    ZeroDivisor,
    /// No completeness scores were given.
    NoScores,
    /// No clusters of duplicates were given.
    NoClusters,
    /// The records cannot be grouped by a field they do not have.
    NotGroupable {
        /// The path of the group.
        path: String,
    },
    /// The number has more than 28 digits.
    Overflow,
}

impl Reason {
    /// A stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoCases => "kpi.undefined.no_cases",
            Self::MissingTable { .. } => "kpi.undefined.missing_table",
            Self::NoVisits => "kpi.undefined.no_visits",
            Self::NoProcess => "kpi.undefined.no_process",
            Self::LostWithoutAmount => "kpi.undefined.lost_without_amount",
            Self::WonWithoutAmount => "kpi.undefined.won_without_amount",
            Self::NoAmount => "kpi.undefined.no_amount",
            Self::NoProbability => "kpi.undefined.no_probability",
            Self::ZeroDivisor => "kpi.undefined.zero_divisor",
            Self::NoScores => "kpi.undefined.no_scores",
            Self::NoClusters => "kpi.undefined.no_clusters",
            Self::NotGroupable { .. } => "kpi.undefined.not_groupable",
            Self::Overflow => "kpi.undefined.overflow",
        }
    }

    /// The reason, for a person.
    #[must_use]
    pub fn text(&self, locale: &Locale) -> String {
        let mut params = Params::new();
        match self {
            Self::MissingTable { object } => {
                params.insert("object".into(), object.as_str().into());
            }
            Self::NotGroupable { path } => {
                params.insert("path".into(), path.as_str().into());
            }
            _ => {}
        }
        codes::render(self.code(), &params, locale)
    }
}

/// A number, or why there is none. Undefined is never zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Number {
    /// The number. Rounded to 6 decimals, half to even, without trailing zeros.
    Defined(Decimal),
    /// Why there is none.
    Undefined(Reason),
}

impl Number {
    /// The number, if there is one.
    #[must_use]
    pub fn defined(&self) -> Option<Decimal> {
        if let Self::Defined(d) = self { Some(*d) } else { None }
    }

    /// Why there is none.
    #[must_use]
    pub fn reason(&self) -> Option<&Reason> {
        if let Self::Undefined(reason) = self { Some(reason) } else { None }
    }
}

/// Why a record is not in a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Exclusion {
    /// The deal was cancelled: a duplicate or an error.
    Cancelled,
    /// The lead was merged into another.
    Merged,
    /// The lead is invalid.
    Invalid,
    /// A field that the filter or the definition reads has no value.
    Unknown,
    /// The expression could not be computed.
    Failed,
    /// The date that places the record in the window is missing.
    NoTime,
    /// It happens after the as-of instant.
    AfterAsOf,
    /// The outcome is not known.
    NoOutcome,
    /// There is no amount.
    NoAmount,
    /// The stage is not known, or has no probability.
    NoProbability,
    /// The start of the cycle is missing.
    NoStart,
    /// The deal closed before it started.
    NegativeSpan,
    /// The deal has no stage visits.
    NoVisits,
    /// A stage visited is not part of the process.
    UnknownStage,
    /// The deal left the process before the stage was decided.
    ProcessChanged,
    /// There is no completeness score.
    NoScore,
}

impl Exclusion {
    /// A stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Cancelled => "kpi.excluded.cancelled",
            Self::Merged => "kpi.excluded.merged",
            Self::Invalid => "kpi.excluded.invalid",
            Self::Unknown => "kpi.excluded.unknown",
            Self::Failed => "kpi.excluded.failed",
            Self::NoTime => "kpi.excluded.no_time",
            Self::AfterAsOf => "kpi.excluded.after_as_of",
            Self::NoOutcome => "kpi.excluded.no_outcome",
            Self::NoAmount => "kpi.excluded.no_amount",
            Self::NoProbability => "kpi.excluded.no_probability",
            Self::NoStart => "kpi.excluded.no_start",
            Self::NegativeSpan => "kpi.excluded.negative_span",
            Self::NoVisits => "kpi.excluded.no_visits",
            Self::UnknownStage => "kpi.excluded.unknown_stage",
            Self::ProcessChanged => "kpi.excluded.process_changed",
            Self::NoScore => "kpi.excluded.no_score",
        }
    }

    /// The reason, for a person.
    #[must_use]
    pub fn text(self, locale: &Locale) -> String {
        codes::render(self.code(), &Params::new(), locale)
    }
}

/// Records that are not in a number, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Excluded {
    /// Why.
    pub reason: Exclusion,
    /// How many.
    pub count: u64,
    /// Which, sorted.
    pub ids: Vec<RecordId>,
}

/// The records behind a number, each list sorted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct DrillThrough {
    /// Those in the numerator.
    pub numerator: Vec<RecordId>,
    /// Those in the denominator. For a number that is no ratio: those measured.
    pub denominator: Vec<RecordId>,
    /// Those still open, which the number counts as not converted.
    pub censored: Vec<RecordId>,
}

/// One number with everything that is needed to judge it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KpiValue {
    /// The metric.
    pub metric: MetricId,
    /// The object whose records are measured; none where no object was given.
    pub object: Option<ObjectName>,
    /// The process, for numbers that are per process.
    pub process: Option<ProcessId>,
    /// Which of the metric's numbers: a pair of stages such as `qualified→proposal`, or `median`, `p75`, `p90`, `mean`.
    pub part: Option<String>,
    /// The group: each key with its value, in the order asked for. Empty for the whole.
    pub group: Vec<(String, Value)>,
    /// The number.
    pub value: Number,
    /// What it is.
    pub unit: Unit,
    /// The currency, where it is money.
    pub currency: Option<Arc<str>>,
    /// What is divided; for a sum, the sum.
    pub numerator: Option<Decimal>,
    /// By what it is divided.
    pub denominator: Option<Decimal>,
    /// How many records are measured.
    pub n: u64,
    /// The records left out, by reason.
    pub excluded: Vec<Excluded>,
    /// How many of the measured are still open, so that the number may yet rise.
    pub censored: u64,
    /// How many deals were opened again in the window. They stay counted where they had closed.
    pub reopened: u64,
    /// `n` is below the smallest sample.
    pub small_sample: bool,
    /// Which records the window chose.
    pub basis: Basis,
    /// The window; for a group of a calendar unit, that unit within the window asked for.
    pub window: Option<WindowSpan>,
    /// The window ends after the as-of instant: its last days are not covered by data.
    pub partial_window: bool,
    /// The zone of dates.
    pub zone: chrono_tz::Tz,
    /// The instant as of which it is.
    pub as_of: Instant,
    /// The hash of the definition. Two numbers compare only where this is the same.
    pub definition_hash: Hash,
    /// The hash of the Blueprint.
    pub blueprint_hash: Hash,
    /// The records behind it.
    pub ids: DrillThrough,
}

/// The numbers asked for: by metric in the order asked for (all: by id), then by group, process and part.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct KpiReport {
    /// The numbers.
    pub rows: Vec<KpiValue>,
}

impl KpiReport {
    /// The rows of one metric.
    pub fn of<'a>(&'a self, metric: &'a str) -> impl Iterator<Item = &'a KpiValue> {
        self.rows.iter().filter(move |r| r.metric == *metric)
    }

    /// The first row of a metric and part in the whole, not grouped.
    #[must_use]
    pub fn whole(&self, metric: &str, part: Option<&str>) -> Option<&KpiValue> {
        self.rows.iter().find(|r| r.metric == *metric && r.group.is_empty() && r.part.as_deref() == part)
    }
}

/// A metric as a host lists it: a built-in one or the Blueprint's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MetricInfo {
    /// The id.
    pub id: MetricId,
    /// The company's word for it.
    pub label: LocalText,
    /// What it means.
    pub description: LocalText,
    /// What the number is.
    pub unit: Unit,
    /// Which records a window chooses.
    pub basis: Basis,
    /// Which way is better.
    pub goal: Goal,
    /// True where the Blueprint does not change it.
    pub built_in: bool,
}
