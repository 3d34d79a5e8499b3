//! Field values as they cross to Kotlin and Swift.

use std::collections::HashMap;

use qudao::model::{FieldName, Instant, Money, Param, Params, Patch, Record, RecordId, Span, Value};
use rust_decimal::Decimal;

use crate::CalendarDate;
use crate::error::Fault;

/// A field's value.
#[derive(Debug, Clone, PartialEq, uniffi::Enum)]
pub enum FieldValue {
    /// No value. In a change: the field is emptied.
    Missing,
    /// True or false.
    Flag {
        /// The value.
        value: bool,
    },
    /// A whole number.
    Whole {
        /// The value.
        value: i64,
    },
    /// An exact decimal of up to 28 digits.
    Number {
        /// The value.
        value: Decimal,
    },
    /// An amount in a currency.
    Money {
        /// How much.
        amount: Decimal,
        /// ISO 4217 code, such as `CNY`.
        currency: String,
    },
    /// Text, or one of a field's choices.
    Text {
        /// The value.
        value: String,
    },
    /// A calendar date.
    Date {
        /// The value.
        value: CalendarDate,
    },
    /// A point in time.
    Moment {
        /// The value.
        value: Instant,
    },
    /// A length of time.
    Duration {
        /// Microseconds.
        micros: i64,
    },
    /// The id of another record.
    Reference {
        /// The id.
        id: String,
    },
    /// Several values.
    Items {
        /// The values.
        items: Vec<FieldValue>,
    },
}

/// Values by field name.
pub type Fields = HashMap<String, FieldValue>;

/// How deep lists may be nested.
const MAX_DEPTH: u8 = 8;

/// The value of a field. Lists that are nested too deep have no form that the library knows.
fn into_value(field: &str, value: FieldValue) -> Result<Value, Fault> {
    nested(field, value, 0)
}

fn nested(field: &str, value: FieldValue, depth: u8) -> Result<Value, Fault> {
    if depth > MAX_DEPTH {
        let params = Params::from([("field".to_owned(), Param::from(field))]);
        return Err(Fault::Argument("value.bad_form", params));
    }
    Ok(match value {
        FieldValue::Missing => Value::Missing,
        FieldValue::Flag { value } => Value::Bool(value),
        FieldValue::Whole { value } => Value::Int(value),
        FieldValue::Number { value } => Value::Decimal(value),
        FieldValue::Money { amount, currency } => Value::Money(Money::new(amount, &currency)),
        FieldValue::Text { value } => Value::text(value),
        FieldValue::Date { value } => Value::Date(value.0),
        FieldValue::Moment { value } => Value::Instant(value),
        FieldValue::Duration { micros } => Value::Duration(Span::from_micros(micros)),
        FieldValue::Reference { id } => Value::Reference(RecordId::new(id)?),
        FieldValue::Items { items } => {
            let items: Result<Vec<Value>, Fault> =
                items.into_iter().map(|i| nested(field, i, depth + 1)).collect();
            Value::list(items?)
        }
    })
}

pub(crate) fn from_value(value: &Value) -> FieldValue {
    match value {
        Value::Missing => FieldValue::Missing,
        Value::Bool(value) => FieldValue::Flag { value: *value },
        Value::Int(value) => FieldValue::Whole { value: *value },
        Value::Decimal(value) => FieldValue::Number { value: *value },
        Value::Money(m) => FieldValue::Money { amount: m.amount, currency: m.currency.to_string() },
        Value::Text(text) => FieldValue::Text { value: text.to_string() },
        Value::Date(date) => FieldValue::Date { value: CalendarDate(*date) },
        Value::Instant(value) => FieldValue::Moment { value: *value },
        Value::Duration(span) => FieldValue::Duration { micros: span.micros() },
        Value::Reference(id) => FieldValue::Reference { id: id.to_string() },
        Value::List(items) => FieldValue::Items { items: items.iter().map(from_value).collect() },
    }
}

pub(crate) fn into_patch(fields: Fields) -> Result<Patch, Fault> {
    let mut patch = Patch::new();
    for (field, value) in fields {
        let value = into_value(&field, value)?;
        patch.set.insert(FieldName::new(field)?, value);
    }
    Ok(patch)
}

/// Rows for the engine: see [`into_cells`].
pub(crate) fn into_rows(rows: Vec<Fields>) -> Result<Vec<Vec<(String, Value)>>, Fault> {
    rows.into_iter().map(into_cells).collect()
}

/// A row for the engine: cells in the order of their names, so that answers do not depend on the order of a map.
pub(crate) fn into_cells(row: Fields) -> Result<Vec<(String, Value)>, Fault> {
    let cell = |(f, v): (String, FieldValue)| into_value(&f, v).map(|v| (f, v));
    let mut cells: Vec<(String, Value)> = row.into_iter().map(cell).collect::<Result<_, Fault>>()?;
    cells.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(cells)
}

/// The address of a record.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct RecordRef {
    /// The object.
    pub object: String,
    /// The id within the object.
    pub id: String,
}

/// A record, as the actor may see it.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct RecordData {
    /// The object.
    pub object: String,
    /// The id within the object.
    pub id: String,
    /// How often the record has been written.
    pub version: u64,
    /// The fields that hold a value.
    pub fields: Fields,
    /// What came with the record and the Blueprint does not know, as JSON by key.
    pub extra: HashMap<String, String>,
}

impl RecordData {
    pub(crate) fn of(record: &Record) -> Self {
        Self {
            object: record.object().to_string(),
            id: record.id().to_string(),
            version: record.version(),
            fields: record.values().map(|(f, v)| (f.to_string(), from_value(v))).collect(),
            extra: record.unknown().iter().map(|(k, v)| (k.clone(), v.to_string())).collect(),
        }
    }
}
