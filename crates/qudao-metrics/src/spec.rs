//! The part of a Blueprint that declares metrics.

use qudao_model::{FieldName, LocalText, ObjectName, StageClass};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a metric is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MetricKind {
    /// How many records.
    Count,
    /// Records for which `of` holds, per records for which `over` holds.
    Ratio,
    /// The sum of `of`.
    Sum,
    /// The mean of `of`.
    Mean,
    /// The median of `of`.
    Median,
    /// Median, 75th and 90th percentile and mean of `of`.
    Distribution,
    /// Won per won and lost deals.
    WinRate,
    /// Won amount per won and lost amount.
    WinRateValue,
    /// Deals that closed as won.
    ClosedWon,
    /// Deals that closed as lost.
    ClosedLost,
    /// Deals that were opened again.
    Reopened,
    /// Conversion from each stage to the next; `funnel` says how it is counted.
    Funnel,
    /// Days from the start of a deal to its closing.
    SalesCycle,
    /// Leads that became deals.
    LeadConversion,
    /// What the pipeline yields a day.
    Velocity,
    /// The amount of open deals.
    PipelineValue,
    /// The amount of open deals, each times the probability of its stage.
    WeightedPipeline,
    /// The amount of won deals.
    WonValue,
    /// Days since open deals entered their stage.
    StageAge,
    /// How much of the key fields is filled and valid.
    Completeness,
    /// Records beyond one per cluster of duplicates.
    DuplicateRate,
}

/// Which records a window chooses.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Things that began in the window.
    Cohort,
    /// Things that happened in the window.
    Event,
    /// The state at the as-of instant; a window does not narrow it.
    #[default]
    AsOf,
}

impl Basis {
    /// The name, as a Blueprint writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cohort => "cohort",
            Self::Event => "event",
            Self::AsOf => "as_of",
        }
    }
}

/// How a funnel counts a conversion from a stage k to the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FunnelKind {
    /// The next higher stage visited after k is k+1.
    Strict,
    /// Both k and k+1 were visited, in any order.
    Any,
    /// Reaching a later open or won stage counts for all before it.
    Imputed,
}

/// Where a sales cycle starts.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum CycleStart {
    /// When the record was created.
    #[default]
    Created,
    /// When the deal was qualified.
    Qualified,
    /// When the deal first entered an open stage.
    FirstActive,
}

/// Which way is better.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
    /// Neither.
    #[default]
    None,
}

/// What a number is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A share: 0.5 is fifty per cent.
    Ratio,
    /// Days.
    Days,
    /// A number of things.
    Count,
    /// An amount of money.
    Money,
    /// An amount of money a day.
    MoneyPerDay,
    /// Any other number.
    #[default]
    Number,
}

impl Unit {
    /// The name, as a Blueprint writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ratio => "ratio",
            Self::Days => "days",
            Self::Count => "count",
            Self::Money => "money",
            Self::MoneyPerDay => "money_per_day",
            Self::Number => "number",
        }
    }
}

fn no_goal(goal: &Goal) -> bool {
    *goal == Goal::None
}

/// A metric. Under the id of a built-in metric: without `kind`, only what is given here changes; with `kind`, the
/// built-in one is replaced.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MetricSpec {
    /// How it is computed. May be left out under the id of a built-in metric.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<MetricKind>,
    /// The object whose records are measured. Left out: `lead` for `lead_conversion`, every object given for
    /// `completeness` and `duplicate_rate`, else `opportunity`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectName>,
    /// The numerator of a ratio (a condition), or the value that is summed or averaged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// The denominator of a ratio (a condition). Left out: every record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub over: Option<String>,
    /// Only records for which this condition holds are measured. Where it is unknown, the record is excluded and
    /// counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// Which records a window chooses. Left out: `event` where `time` is given, else `as_of`; built-in kinds have
    /// their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basis: Option<Basis>,
    /// The date or instant that places a record in a window. Left out: when it was created (cohort) or closed (event).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<FieldName>,
    /// How a funnel counts. Left out: `strict`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub funnel: Option<FunnelKind>,
    /// Where a sales cycle starts. Left out: `created`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<CycleStart>,
    /// The classes of closing that a sales cycle measures. Left out: `won`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<StageClass>,
    /// The kinds of activity that count as work on a lead. Left out: call, visit, email, meeting, demo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acts: Option<Vec<String>>,
    /// The statuses of leads that are excluded and counted. Left out: merged, invalid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exclude: Option<Vec<String>>,
    /// What the number is. Left out: what the kind gives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
    /// The company's word for it.
    #[serde(skip_serializing_if = "LocalText::is_empty")]
    pub label: LocalText,
    /// What it means, for people.
    #[serde(skip_serializing_if = "LocalText::is_empty")]
    pub description: LocalText,
    /// Which way is better.
    #[serde(skip_serializing_if = "no_goal")]
    pub goal: Goal,
    /// A value of fewer cases is flagged as a small sample. Left out: 30.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_sample: Option<u32>,
}
