//! What does not make a column.

use crate::FieldName;

/// What does not make a column or a table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ColumnError {
    /// A column is shorter or longer than it should be.
    #[error("a column has {found} rows, not {expected}")]
    Length {
        /// How many rows there should be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// Offsets do not ascend within the buffer on borders of characters.
    #[error("offsets do not fit the buffer of texts")]
    BadOffsets,
    /// A number or a date is outside the range of its type, or a row beyond the last one is asked for.
    #[error("row {row} is out of range")]
    OutOfRange {
        /// The row.
        row: usize,
    },
    /// The texts of a column have more than 4 GiB.
    #[error("the texts of a column have more than 4 GiB")]
    TooLarge,
    /// A record is of another object, or of another schema of it.
    #[error("the record at row {row} is of another object")]
    WrongObject {
        /// The row.
        row: usize,
    },
    /// The object has no such field.
    #[error("there is no field {field}")]
    UnknownField {
        /// The name that was asked for.
        field: String,
    },
    /// The values are not of the field's type.
    #[error("the column is not of the type of field {field}")]
    WrongType {
        /// The field.
        field: FieldName,
    },
    /// The id of a row is none.
    #[error("the id of row {row} is none")]
    BadId {
        /// The row.
        row: usize,
    },
}

impl ColumnError {
    /// A stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Length { .. } => "columns.length",
            Self::BadOffsets => "columns.offsets",
            Self::OutOfRange { .. } => "columns.range",
            Self::TooLarge => "columns.too_large",
            Self::WrongObject { .. } => "columns.wrong_object",
            Self::UnknownField { .. } => "columns.unknown_field",
            Self::WrongType { .. } => "columns.wrong_type",
            Self::BadId { .. } => "columns.bad_id",
        }
    }
}
