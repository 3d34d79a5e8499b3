//! Misuse of this crate.

use qudao_model::{ObjectName, RuleId};

/// A call that the rules do not allow for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MatchError {
    /// There is no such matching rule.
    #[error("there is no matching rule {rule}")]
    UnknownRule {
        /// The rule asked for.
        rule: RuleId,
    },
    /// The rule does not compare records of this object.
    #[error("the matching rule {rule} does not compare records of {object}")]
    WrongObject {
        /// The rule.
        rule: RuleId,
        /// The object of the record given.
        object: ObjectName,
    },
    /// A threshold outside 0 to 1.
    #[error("a threshold lies between 0 and 1")]
    BadThreshold,
    /// A model that does not belong to the rule, or is none.
    #[error("this is no model of the matching rule")]
    BadModel,
    /// A label of a row that is not there, or of a row and itself.
    #[error("a label names row {row}, which is no row of a pair")]
    BadLabel {
        /// The row.
        row: u32,
    },
    /// Two rows are labelled as different that other labels make the same.
    #[error("rows {left} and {right} are labelled as different, and by other labels as the same")]
    ContradictoryLabels {
        /// The row.
        left: u32,
        /// The other row.
        right: u32,
    },
    /// Two rows have one id, where ids tell rows apart.
    #[error("rows {left} and {right} have one id")]
    RepeatedId {
        /// The row.
        left: u32,
        /// The other row.
        right: u32,
    },
    /// The call was told to stop: see [`crate::Watch`].
    #[error("the search was stopped")]
    Cancelled,
    /// More records than row numbers can count.
    #[error("more than {max} records in one call")]
    TooManyRecords {
        /// The largest number.
        max: u32,
    },
}

impl MatchError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownRule { .. } => "matching.unknown_rule",
            Self::WrongObject { .. } => "matching.wrong_object",
            Self::BadThreshold => "matching.bad_threshold",
            Self::BadModel => "matching.bad_model",
            Self::BadLabel { .. } => "matching.bad_label",
            Self::ContradictoryLabels { .. } => "matching.contradictory_labels",
            Self::RepeatedId { .. } => "matching.repeated_id",
            Self::Cancelled => "matching.cancelled",
            Self::TooManyRecords { .. } => "matching.too_many_records",
        }
    }
}
