//! Why a table could not be checked.

use qudao_model::{ObjectName, RuleId};

/// Why a table could not be checked. Rules that fail are not errors: they are violations.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QualityError {
    /// The schema has no such object.
    #[error("there is no object {object}")]
    UnknownObject {
        /// The object asked for.
        object: String,
    },
    /// A record of another object stands in the table.
    #[error("row {row} is not a record of {object}")]
    WrongObject {
        /// The object asked for.
        object: ObjectName,
        /// The 0-based position.
        row: usize,
    },
    /// A rule reads records that were not given.
    #[error("the rule {rule} reads {object}, whose records were not given")]
    MissingTable {
        /// The rule.
        rule: RuleId,
        /// The object whose records are needed.
        object: ObjectName,
    },
    /// The table to be checked is not among those given.
    #[error("the table of {object} was not given")]
    NoTable {
        /// The object asked for.
        object: ObjectName,
    },
    /// Columns that do not fit together.
    #[error("the columns of {object} do not fit: {detail}")]
    Columns {
        /// The object.
        object: ObjectName,
        /// What is wrong.
        detail: String,
    },
    /// A rule reads the clock, and no time was given.
    #[error("the rule {rule} reads the clock: give now")]
    NowRequired {
        /// The rule.
        rule: RuleId,
    },
}

impl QualityError {
    /// A stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownObject { .. } => "quality.unknown_object",
            Self::WrongObject { .. } => "quality.wrong_object",
            Self::MissingTable { .. } => "quality.missing_table",
            Self::NoTable { .. } => "quality.no_table",
            Self::Columns { .. } => "quality.columns",
            Self::NowRequired { .. } => "quality.now_required",
        }
    }
}
