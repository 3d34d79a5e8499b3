//! The types of expressions.

use std::fmt;
use std::sync::Arc;

use qudao_model::{FieldType, ObjectName};

/// The type of an expression.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExprType {
    /// True, false or unknown.
    Bool,
    /// A whole number of 64 bits.
    Int,
    /// An exact decimal.
    Decimal,
    /// An amount of money; the currency is fixed where one is given.
    Money(Option<Arc<str>>),
    /// Text. Choices are text.
    Text,
    /// A calendar date.
    Date,
    /// A point in time.
    Instant,
    /// A length of time.
    Duration,
    /// A reference to a record of this object. Its value is the record's id.
    Reference(ObjectName),
    /// A record of this object. As a variable its value is the record's id, which the dataset resolves.
    Record(ObjectName),
    /// Several values of one type.
    List(Box<ExprType>),
    /// The type of the literal `missing` alone.
    Null,
}

impl ExprType {
    /// A list of this type.
    #[must_use]
    pub fn list_of(item: Self) -> Self {
        Self::List(Box::new(item))
    }

    /// True for whole numbers and decimals.
    #[must_use]
    pub fn is_number(&self) -> bool {
        matches!(self, Self::Int | Self::Decimal)
    }

    /// The object that a reference points to, or that a record belongs to.
    #[must_use]
    pub fn object(&self) -> Option<&ObjectName> {
        match self {
            Self::Reference(object) | Self::Record(object) => Some(object),
            _ => None,
        }
    }
}

impl From<&FieldType> for ExprType {
    fn from(ty: &FieldType) -> Self {
        match ty {
            FieldType::Bool => Self::Bool,
            FieldType::Int => Self::Int,
            FieldType::Decimal => Self::Decimal,
            FieldType::Money(currency) => Self::Money(currency.clone()),
            FieldType::Text | FieldType::Choice => Self::Text,
            FieldType::Date => Self::Date,
            FieldType::Instant => Self::Instant,
            FieldType::Duration => Self::Duration,
            FieldType::Reference(object) => Self::Reference(object.clone()),
            FieldType::List(item) => Self::list_of(Self::from(&**item)),
        }
    }
}

impl fmt::Display for ExprType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::Int => f.write_str("int"),
            Self::Decimal => f.write_str("decimal"),
            Self::Money(None) => f.write_str("money"),
            Self::Money(Some(currency)) => write!(f, "money({currency})"),
            Self::Text => f.write_str("text"),
            Self::Date => f.write_str("date"),
            Self::Instant => f.write_str("instant"),
            Self::Duration => f.write_str("duration"),
            Self::Reference(object) => write!(f, "reference({object})"),
            Self::Record(object) => write!(f, "{object}"),
            Self::List(item) => write!(f, "list({item})"),
            Self::Null => f.write_str("missing"),
        }
    }
}
