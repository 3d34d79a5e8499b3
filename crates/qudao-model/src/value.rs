//! Field values and their types: one list for rows and columns.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, SecondsFormat, TimeZone, Utc};
use rust_decimal::Decimal;

use crate::{ObjectName, RecordId};

/// A point in time: microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Instant(i64);

impl Instant {
    /// From microseconds since the epoch.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the epoch.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Reads RFC 3339, such as `2026-11-24T08:00:00Z`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let parsed = DateTime::parse_from_rfc3339(text.trim()).ok()?;
        Some(Self(parsed.timestamp_micros()))
    }

    /// As a chrono time, or `None` outside chrono's range.
    #[must_use]
    pub fn to_chrono(self) -> Option<DateTime<Utc>> {
        Utc.timestamp_micros(self.0).single()
    }

    /// The span from `earlier` to `self`; saturates.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Span {
        Span::from_micros(self.0.saturating_sub(earlier.0))
    }

    /// This instant moved by a span; saturates.
    #[must_use]
    pub const fn plus(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.micros()))
    }

    /// The calendar date in a zone, or `None` outside chrono's range.
    #[must_use]
    pub fn date_in(self, zone: chrono_tz::Tz) -> Option<NaiveDate> {
        self.to_chrono().map(|t| t.with_timezone(&zone).date_naive())
    }

    /// The first instant of a date in a zone. Where midnight does not exist, the first instant after the gap.
    #[must_use]
    pub fn start_of_day(date: NaiveDate, zone: chrono_tz::Tz) -> Option<Self> {
        let midnight = date.and_hms_opt(0, 0, 0)?;
        (0..=24)
            .find_map(|quarter| {
                let local = midnight.checked_add_signed(chrono::TimeDelta::minutes(quarter * 15))?;
                zone.from_local_datetime(&local).earliest()
            })
            .map(|t| Self(t.timestamp_micros()))
    }
}

impl From<DateTime<Utc>> for Instant {
    fn from(time: DateTime<Utc>) -> Self {
        Self(time.timestamp_micros())
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_chrono() {
            Some(time) => f.write_str(&time.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            None => write!(f, "{}us", self.0),
        }
    }
}

/// A length of time in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(i64);

impl Span {
    /// One day of 24 hours, in microseconds.
    pub const DAY: i64 = 86_400_000_000;

    /// From microseconds.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From days of 24 hours; saturates.
    #[must_use]
    pub const fn from_days(days: i64) -> Self {
        Self(days.saturating_mul(Self::DAY))
    }

    /// Microseconds.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Days of 24 hours, exact.
    #[must_use]
    pub fn days(self) -> Decimal {
        Decimal::from(self.0) / Decimal::from(Self::DAY)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}d", self.days().normalize())
    }
}

/// An amount in a currency. Never a float.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Money {
    /// How much.
    pub amount: Decimal,
    /// ISO 4217 code, such as `CNY`.
    pub currency: Arc<str>,
}

impl Money {
    /// Makes an amount of money.
    #[must_use]
    pub fn new(amount: Decimal, currency: &str) -> Self {
        Self { amount, currency: Arc::from(currency) }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency)
    }
}

/// A field's value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Value {
    /// No value.
    #[default]
    Missing,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// An exact decimal of up to 28 digits.
    Decimal(Decimal),
    /// An amount in a currency.
    Money(Money),
    /// Text.
    Text(Arc<str>),
    /// A calendar date.
    Date(NaiveDate),
    /// A point in time.
    Instant(Instant),
    /// A length of time.
    Duration(Span),
    /// The id of another record.
    Reference(RecordId),
    /// Several values.
    List(Arc<[Value]>),
}

impl Value {
    /// A text value.
    #[must_use]
    pub fn text(text: impl AsRef<str>) -> Self {
        Self::Text(Arc::from(text.as_ref()))
    }

    /// A money value.
    #[must_use]
    pub fn money(amount: Decimal, currency: &str) -> Self {
        Self::Money(Money::new(amount, currency))
    }

    /// A list value.
    #[must_use]
    pub fn list(items: impl IntoIterator<Item = Value>) -> Self {
        Self::List(items.into_iter().collect())
    }

    /// True for no value, white space only, and the empty list. Placeholders are a matter of rules.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Missing => true,
            Self::Text(text) => text.trim().is_empty(),
            Self::List(items) => items.is_empty(),
            _ => false,
        }
    }

    /// The text of a text or reference value.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Reference(id) => Some(id.as_str()),
            _ => None,
        }
    }

    /// The number of an int, decimal or money value.
    #[must_use]
    pub fn as_decimal(&self) -> Option<Decimal> {
        match self {
            Self::Int(n) => Some(Decimal::from(*n)),
            Self::Decimal(d) => Some(*d),
            Self::Money(m) => Some(m.amount),
            _ => None,
        }
    }

    /// The instant, if this is one.
    #[must_use]
    pub fn as_instant(&self) -> Option<Instant> {
        if let Self::Instant(i) = self { Some(*i) } else { None }
    }

    /// The date, if this is one.
    #[must_use]
    pub fn as_date(&self) -> Option<NaiveDate> {
        if let Self::Date(d) = self { Some(*d) } else { None }
    }

    /// The boolean, if this is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(b) = self { Some(*b) } else { None }
    }

    /// The record id, if this is a reference.
    #[must_use]
    pub fn as_reference(&self) -> Option<&RecordId> {
        if let Self::Reference(id) = self { Some(id) } else { None }
    }

    /// What kind of value this is; `None` for a missing one.
    #[must_use]
    pub fn kind(&self) -> Option<ValueKind> {
        Some(match self {
            Self::Missing => return None,
            Self::Bool(_) => ValueKind::Bool,
            Self::Int(_) => ValueKind::Int,
            Self::Decimal(_) => ValueKind::Decimal,
            Self::Money(_) => ValueKind::Money,
            Self::Text(_) => ValueKind::Text,
            Self::Date(_) => ValueKind::Date,
            Self::Instant(_) => ValueKind::Instant,
            Self::Duration(_) => ValueKind::Duration,
            Self::Reference(_) => ValueKind::Reference,
            Self::List(_) => ValueKind::List,
        })
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => Ok(()),
            Self::Bool(b) => write!(f, "{b}"),
            Self::Int(n) => write!(f, "{n}"),
            Self::Decimal(d) => write!(f, "{d}"),
            Self::Money(m) => write!(f, "{m}"),
            Self::Text(t) => f.write_str(t),
            Self::Date(d) => write!(f, "{d}"),
            Self::Instant(i) => write!(f, "{i}"),
            Self::Duration(d) => write!(f, "{d}"),
            Self::Reference(id) => write!(f, "{id}"),
            Self::List(items) => {
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        f.write_str(", ")?;
                    }
                    write!(f, "{item}")?;
                }
                Ok(())
            }
        }
    }
}

macro_rules! value_from {
    ($($from:ty => $variant:ident),*) => {$(
        impl From<$from> for Value {
            fn from(value: $from) -> Self {
                Self::$variant(value)
            }
        }
    )*};
}
value_from!(bool => Bool, i64 => Int, Decimal => Decimal, Money => Money, NaiveDate => Date,
    Instant => Instant, Span => Duration, RecordId => Reference);

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Missing, Into::into)
    }
}

/// The kind of a value, without what a field adds to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ValueKind {
    /// True or false.
    Bool,
    /// A whole number.
    Int,
    /// An exact decimal.
    Decimal,
    /// An amount in a currency.
    Money,
    /// Text.
    Text,
    /// A calendar date.
    Date,
    /// A point in time.
    Instant,
    /// A length of time.
    Duration,
    /// The id of another record.
    Reference,
    /// Several values.
    List,
}

impl fmt::Display for ValueKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Decimal => "decimal",
            Self::Money => "money",
            Self::Text => "text",
            Self::Date => "date",
            Self::Instant => "instant",
            Self::Duration => "duration",
            Self::Reference => "reference",
            Self::List => "list",
        })
    }
}

/// A field's type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum FieldType {
    /// True or false.
    Bool,
    /// A whole number.
    Int,
    /// An exact decimal.
    Decimal,
    /// An amount; the currency is fixed where one is given.
    Money(Option<Arc<str>>),
    /// Text.
    Text,
    /// A calendar date.
    Date,
    /// A point in time.
    Instant,
    /// A length of time.
    Duration,
    /// One of the field's choices, as text.
    Choice,
    /// A reference to a record of this object.
    Reference(ObjectName),
    /// Several values of one type.
    List(Box<FieldType>),
}

impl FieldType {
    /// The kind of the values that a field of this type holds.
    #[must_use]
    pub fn kind(&self) -> ValueKind {
        match self {
            Self::Bool => ValueKind::Bool,
            Self::Int => ValueKind::Int,
            Self::Decimal => ValueKind::Decimal,
            Self::Money(_) => ValueKind::Money,
            Self::Text | Self::Choice => ValueKind::Text,
            Self::Date => ValueKind::Date,
            Self::Instant => ValueKind::Instant,
            Self::Duration => ValueKind::Duration,
            Self::Reference(_) => ValueKind::Reference,
            Self::List(_) => ValueKind::List,
        }
    }

    /// Turns a value of a near type into one of this type: text into a reference or a choice, a whole
    /// number into a decimal or (where the currency is fixed) into money, a date text into a date.
    ///
    /// # Errors
    /// [`ValueIssue`] when the value does not fit.
    pub fn coerce(&self, value: Value) -> Result<Value, ValueIssue> {
        let wrong = |found: ValueKind| ValueIssue::WrongType { expected: self.kind(), found };
        Ok(match (self, value) {
            (_, Value::Missing) => Value::Missing,
            (Self::Bool, v @ Value::Bool(_))
            | (Self::Int, v @ Value::Int(_))
            | (Self::Decimal, v @ Value::Decimal(_))
            | (Self::Text | Self::Choice, v @ Value::Text(_))
            | (Self::Date, v @ Value::Date(_))
            | (Self::Instant, v @ Value::Instant(_))
            | (Self::Duration, v @ Value::Duration(_))
            | (Self::Reference(_), v @ Value::Reference(_)) => v,
            (Self::Money(fixed), Value::Money(m)) => match fixed {
                Some(currency) if **currency != *m.currency => {
                    return Err(ValueIssue::WrongCurrency { expected: currency.to_string() });
                }
                None if !is_currency(&m.currency) => return Err(ValueIssue::BadCurrency),
                _ => Value::Money(m),
            },
            (Self::Decimal, Value::Int(n)) => Value::Decimal(Decimal::from(n)),
            (Self::Int, Value::Decimal(d)) if d.fract().is_zero() => {
                Value::Int(i64::try_from(d).map_err(|_| ValueIssue::OutOfRange)?)
            }
            (Self::Money(Some(currency)), Value::Int(n)) => Value::money(Decimal::from(n), currency),
            (Self::Money(Some(currency)), Value::Decimal(d)) => Value::money(d, currency),
            (Self::Money(None), Value::Int(_) | Value::Decimal(_)) => return Err(ValueIssue::NoCurrency),
            (Self::Reference(_), Value::Text(t)) => {
                if t.trim().is_empty() {
                    Value::Missing
                } else {
                    Value::Reference(RecordId::new(t.trim()).map_err(|_| ValueIssue::BadReference)?)
                }
            }
            (Self::Date, Value::Text(t)) => {
                Value::Date(NaiveDate::parse_from_str(t.trim(), "%Y-%m-%d").map_err(|_| ValueIssue::BadDate)?)
            }
            (Self::Instant, Value::Text(t)) => {
                Value::Instant(Instant::parse(&t).ok_or(ValueIssue::BadInstant)?)
            }
            (Self::Instant, Value::Date(d)) => {
                Value::Instant(Instant::start_of_day(d, chrono_tz::UTC).ok_or(ValueIssue::OutOfRange)?)
            }
            (Self::Decimal, Value::Text(t)) => {
                Value::Decimal(t.trim().parse().map_err(|_| ValueIssue::BadNumber)?)
            }
            (Self::Text, Value::Reference(id)) => Value::text(id.as_str()),
            (Self::List(item), Value::List(items)) => {
                let mut out = Vec::with_capacity(items.len());
                for value in items.iter() {
                    out.push(item.coerce(value.clone())?);
                }
                Value::List(out.into())
            }
            (_, other) => return Err(other.kind().map_or(ValueIssue::BadNumber, wrong)),
        })
    }
}

/// True for a currency in circulation, by its three letters (ISO 4217): `CNY`, not `RMB`.
#[must_use]
pub fn is_currency(code: &str) -> bool {
    iso_currency::Currency::from_code(code).is_some_and(|c| !c.is_special())
}

/// Why a value does not fit its field. Carries no content of the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValueIssue {
    /// A value of another type.
    #[error("expected {expected}, found {found}")]
    WrongType {
        /// What the field holds.
        expected: ValueKind,
        /// What came.
        found: ValueKind,
    },
    /// Money in a currency that the field does not hold.
    #[error("expected money in {expected}")]
    WrongCurrency {
        /// The field's currency.
        expected: String,
    },
    /// A bare number where money needs a currency.
    #[error("money needs a currency")]
    NoCurrency,
    /// Not a known currency code.
    #[error("not an ISO 4217 currency code")]
    BadCurrency,
    /// Not a decimal number of at most 28 digits; NaN and infinity are none.
    #[error("not a decimal number of at most 28 digits")]
    BadNumber,
    /// Outside the range of the type.
    #[error("out of range")]
    OutOfRange,
    /// Not a date `YYYY-MM-DD`.
    #[error("not a date in the form YYYY-MM-DD")]
    BadDate,
    /// Not an RFC 3339 instant.
    #[error("not an instant in the form YYYY-MM-DDThh:mm:ssZ")]
    BadInstant,
    /// Not a record id.
    #[error("not a record id")]
    BadReference,
    /// Lists or objects nested too deep, or of an unknown form.
    #[error("not a value")]
    BadForm,
}

impl ValueIssue {
    /// A stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::WrongType { .. } => "value.wrong_type",
            Self::WrongCurrency { .. } => "value.wrong_currency",
            Self::NoCurrency => "value.no_currency",
            Self::BadCurrency => "value.bad_currency",
            Self::BadNumber => "value.bad_number",
            Self::OutOfRange => "value.out_of_range",
            Self::BadDate => "value.bad_date",
            Self::BadInstant => "value.bad_instant",
            Self::BadReference => "value.bad_reference",
            Self::BadForm => "value.bad_form",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_read_and_print() {
        let i = Instant::parse("2026-11-24T16:00:00+08:00").unwrap();
        assert_eq!(i.to_string(), "2026-11-24T08:00:00Z");
        assert_eq!(Instant::parse("yesterday"), None);
        assert_eq!(Instant::from_micros(i64::MAX).to_chrono(), None);
        assert_eq!(Instant::from_micros(i64::MAX).to_string(), format!("{}us", i64::MAX));
    }

    #[test]
    fn start_of_day_skips_a_gap() {
        // Brazil's clocks went from 00:00 to 01:00 on 2018-11-04.
        let d = NaiveDate::from_ymd_opt(2018, 11, 4).unwrap();
        let i = Instant::start_of_day(d, chrono_tz::America::Sao_Paulo).unwrap();
        assert_eq!(i.to_string(), "2018-11-04T03:00:00Z");
    }

    #[test]
    fn coerces_near_types_only() {
        let money = FieldType::Money(Some("CNY".into()));
        assert_eq!(money.coerce(Value::Int(5)).unwrap(), Value::money(5.into(), "CNY"));
        assert_eq!(
            money.coerce(Value::money(5.into(), "USD")),
            Err(ValueIssue::WrongCurrency { expected: "CNY".into() })
        );
        assert_eq!(FieldType::Money(None).coerce(Value::Int(5)), Err(ValueIssue::NoCurrency));
        assert_eq!(
            FieldType::Int.coerce(Value::text("5")),
            Err(ValueIssue::WrongType { expected: ValueKind::Int, found: ValueKind::Text })
        );
        assert_eq!(FieldType::Date.coerce(Value::text("2023-02-30")), Err(ValueIssue::BadDate));
        assert_eq!(FieldType::Bool.coerce(Value::Missing), Ok(Value::Missing));
    }

    #[test]
    fn zero_and_false_are_not_blank() {
        assert!(!Value::Int(0).is_blank());
        assert!(!Value::Bool(false).is_blank());
        assert!(Value::text("  ").is_blank());
        assert!(Value::list([]).is_blank());
    }
}
