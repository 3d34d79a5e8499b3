//! Why an expression could not be evaluated.

use qudao_model::{Locale, ObjectName, Params, codes};

/// Why an expression could not be evaluated. `offset` is where, in bytes from the start of its text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EvalError {
    /// The records of an object that the expression navigates to were not given.
    #[error("the records of {object} were not given")]
    MissingTable {
        /// The object.
        object: ObjectName,
        /// Where.
        offset: usize,
    },
    /// The expression reads the clock and no time was given.
    #[error("the expression reads the clock, and no time was given")]
    NowRequired {
        /// Where.
        offset: usize,
    },
    /// A result is outside the range of its type.
    #[error("a result is out of range")]
    Overflow {
        /// Where.
        offset: usize,
    },
    /// A division by zero.
    #[error("division by zero")]
    DivisionByZero {
        /// Where.
        offset: usize,
    },
    /// Two amounts of different currencies meet.
    #[error("amounts of different currencies meet")]
    CurrencyMismatch {
        /// Where.
        offset: usize,
    },
    /// A text that a conversion, such as `int(…)` or `date(…)`, cannot read.
    #[error("{function} cannot read the value")]
    BadConversion {
        /// The conversion.
        function: &'static str,
        /// Where.
        offset: usize,
    },
    /// A span that is not a whole number of days meets a date.
    #[error("a date moves by whole days only")]
    NotWholeDays {
        /// Where.
        offset: usize,
    },
    /// A computed pattern that is none, or is too large.
    #[error("not a pattern, or too large a one")]
    BadPattern {
        /// Where.
        offset: usize,
    },
    /// The evaluation takes more steps than allowed.
    #[error("the evaluation takes too many steps")]
    CostLimit {
        /// Where.
        offset: usize,
    },
    /// A value is not of the type that the schema or the environment promised.
    #[error("a value is not of its declared type")]
    WrongType {
        /// Where.
        offset: usize,
    },
    /// The expression reads records, and values alone were given.
    #[error("the expression reads records, and values alone were given")]
    NeedsRecords {
        /// Where.
        offset: usize,
    },
    /// The expression is not a condition.
    #[error("the expression is not a condition: it is of type {found}")]
    NotCondition {
        /// Its type.
        found: String,
    },
}

impl EvalError {
    /// A stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::MissingTable { .. } => "expr.missing_table",
            Self::NowRequired { .. } => "expr.now_required",
            Self::Overflow { .. } => "expr.overflow",
            Self::DivisionByZero { .. } => "expr.division_by_zero",
            Self::CurrencyMismatch { .. } => "expr.currency_mismatch",
            Self::BadConversion { .. } => "expr.bad_conversion",
            Self::NotWholeDays { .. } => "expr.not_whole_days",
            Self::BadPattern { .. } => "expr.bad_pattern",
            Self::CostLimit { .. } => "expr.cost_limit",
            Self::WrongType { .. } => "expr.value_type",
            Self::NeedsRecords { .. } => "expr.needs_records",
            Self::NotCondition { .. } => "expr.not_condition",
        }
    }

    /// Where, in bytes from the start of the text.
    #[must_use]
    pub fn offset(&self) -> usize {
        match self {
            Self::MissingTable { offset, .. }
            | Self::NowRequired { offset }
            | Self::Overflow { offset }
            | Self::DivisionByZero { offset }
            | Self::CurrencyMismatch { offset }
            | Self::BadConversion { offset, .. }
            | Self::NotWholeDays { offset }
            | Self::BadPattern { offset }
            | Self::CostLimit { offset }
            | Self::NeedsRecords { offset }
            | Self::WrongType { offset } => *offset,
            Self::NotCondition { .. } => 0,
        }
    }

    /// What the text speaks of.
    #[must_use]
    pub fn params(&self) -> Params {
        match self {
            Self::MissingTable { object, .. } => {
                Params::from([("object".to_owned(), object.as_str().into())])
            }
            Self::BadConversion { function, .. } => {
                Params::from([("function".to_owned(), (*function).into())])
            }
            Self::NotCondition { found } => Params::from([("found".to_owned(), found.as_str().into())]),
            _ => Params::new(),
        }
    }

    /// What happened, for a person.
    #[must_use]
    pub fn text(&self, locale: &Locale) -> String {
        codes::render(self.code(), &self.params(), locale)
    }

    /// True where the data, not the host, is at fault. Such an error is outvoted by `false && …` and `true || …`
    /// on either side, as in CEL.
    #[must_use]
    pub fn is_data(&self) -> bool {
        !matches!(
            self,
            Self::MissingTable { .. }
                | Self::NowRequired { .. }
                | Self::CostLimit { .. }
                | Self::NeedsRecords { .. }
                | Self::NotCondition { .. }
        )
    }
}
