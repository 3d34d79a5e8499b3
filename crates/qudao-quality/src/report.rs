//! What checking answers.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use qudao_model::{
    ClaimKey, Dataset, Decimal, FieldName, Instant, Operation, Record, RuleId, Severity, StageId, TraceEntry,
    Value, Violation,
};
use serde::Serialize;

/// A value brought into its normal form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Normalisation {
    /// The field.
    pub field: FieldName,
    /// The normaliser, such as `account.phone.normalise`.
    pub rule: RuleId,
    /// The value as it came.
    pub before: Value,
    /// The value as it is now; missing where a placeholder stood.
    pub after: Value,
}

/// What a check looks at.
#[derive(Debug, Clone, Copy)]
pub struct CheckContext<'a> {
    /// The record as it would be stored, after normalising.
    pub record: &'a Record,
    /// The record as it was; none for a new one.
    pub before: Option<&'a Record>,
    /// The records around it. A reference is checked only where the table of its object was given.
    pub data: &'a Dataset,
    /// The way by which the record comes or changes; none for a scan, in which the rules of every way run.
    pub operation: Option<Operation>,
    /// The stage about to be entered.
    pub entering: Option<&'a StageId>,
    /// The time. Rules that read the clock fail without it.
    pub now: Option<Instant>,
    /// The zone of dates.
    pub zone: Tz,
}

impl<'a> CheckContext<'a> {
    /// A scan of one record: nothing before, no stage entered, no time.
    #[must_use]
    pub fn new(record: &'a Record, data: &'a Dataset, zone: Tz) -> Self {
        Self { record, before: None, data, operation: None, entering: None, now: None, zone }
    }

    /// Sets the record as it was.
    #[must_use]
    pub fn before(mut self, before: Option<&'a Record>) -> Self {
        self.before = before;
        self
    }

    /// Sets the way by which the record comes or changes.
    #[must_use]
    pub fn operation(mut self, operation: Operation) -> Self {
        self.operation = Some(operation);
        self
    }

    /// Sets the stage about to be entered.
    #[must_use]
    pub fn entering(mut self, stage: Option<&'a StageId>) -> Self {
        self.entering = stage;
        self
    }

    /// Sets the time.
    #[must_use]
    pub fn now(mut self, now: Option<Instant>) -> Self {
        self.now = now;
        self
    }
}

/// What the rules say about one record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CheckReport {
    /// The rules not met, all of them, in the order of the rules.
    pub violations: Vec<Violation>,
    /// One entry for each rule of the object.
    pub trace: Vec<TraceEntry>,
}

impl CheckReport {
    /// True when no rule of severity error failed.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.violations.iter().all(|v| v.severity < Severity::Error)
    }
}

/// A value, or several together, that only one record may hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claim {
    /// The unique rule.
    pub rule: RuleId,
    /// The folded values in a form that compares bytewise. Long and personal values are hashed.
    pub key: ClaimKey,
    /// The fields.
    pub fields: Vec<FieldName>,
}

/// How much of what matters is filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Completeness {
    /// `filled / weight`, 0 to 1, to 4 decimals; none where no field of the object has a weight.
    pub score: Option<Decimal>,
    /// The weight of the fields that hold a valid value.
    pub filled: u64,
    /// The weight of all fields that count.
    pub weight: u64,
    /// The fields that count and hold no value, or none that is valid, in the order of the form.
    pub missing: Vec<FieldName>,
}

/// How complete the records of a table are.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct TableCompleteness {
    /// `filled / weight` over all records, 0 to 1, to 4 decimals; none without records and where no field of the object
    /// has a weight.
    pub score: Option<Decimal>,
    /// The weight of the fields that hold a valid value, over all records.
    pub filled: u64,
    /// The weight of all fields that count, over all records.
    pub weight: u64,
    /// The records in which nothing is missing.
    pub complete: usize,
    /// Each field that counts, in the order of the form.
    pub fields: Vec<FieldCompleteness>,
    /// Each record, in the order of the table.
    pub records: Vec<Completeness>,
}

/// How complete one field of a table is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldCompleteness {
    /// The field.
    pub field: FieldName,
    /// Its weight in the score.
    pub weight: u32,
    /// The records in which it holds no value, or none that is valid.
    pub missing: usize,
    /// The share of the records in which it holds a valid value, 0 to 1, to 4 decimals; none without records.
    pub score: Option<Decimal>,
}

/// A rule not met in a row of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowViolation {
    /// The 0-based position of the row.
    pub row: usize,
    /// The rule not met.
    pub violation: Violation,
}

/// How one rule came out over a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct RuleSummary {
    /// How grave a failure is.
    pub severity: Severity,
    /// The rows in which the rule was met or not met.
    pub checked: usize,
    /// The rows in which it was not met.
    pub failed: usize,
    /// The rows in which it could not be told, for a missing value.
    pub unknown: usize,
    /// The rows to which it does not apply.
    pub skipped: usize,
}

/// What the rules say about a table.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct TableReport {
    /// The rules not met, by row, then in the order of the rules.
    pub rows: Vec<RowViolation>,
    /// How each rule came out.
    pub summary: BTreeMap<RuleId, RuleSummary>,
    /// No rule of severity error failed.
    pub ok: bool,
}
