//! Records as a table.

use std::sync::Arc;

use arrow_array::builder::{
    Date32Builder, Decimal128Builder, DurationMicrosecondBuilder, Int64Builder, ListBuilder, StringBuilder,
};
use arrow_array::{ArrayRef, StringArray, StructArray};
use arrow_schema::Field;
use qudao::model::{FieldDef, FieldType, ObjectSchema, Record, Value};
use rust_decimal::Decimal;

use crate::error::Fault;
use crate::table::{Column, PLACES, Table, arrow_fault, days, mantissa};

/// The records of one object: id, version, and a column for each field, in the order of the schema.
pub(crate) fn table(schema: &ObjectSchema, records: &[Record]) -> Result<Table, Fault> {
    let mut columns = vec![
        Column::texts("id", records.iter().map(|r| r.id().as_str())),
        Column::ints("version", records.iter().map(|r| i64::try_from(r.version()).unwrap_or(i64::MAX))),
    ];
    for def in &schema.fields {
        let values: Vec<&Value> = records.iter().map(|r| r.get(def.name.as_str())).collect();
        columns.push(column(def, &values)?);
    }
    Table::of(columns)
}

/// One field of many records.
pub(crate) fn column(def: &FieldDef, values: &[&Value]) -> Result<Column, Fault> {
    let name = def.name.as_str();
    Ok(match &def.ty {
        FieldType::Bool => Column::flags(name, values.iter().map(|v| v.as_bool())),
        FieldType::Instant => Column::instants(name, values.iter().map(|v| v.as_instant())),
        FieldType::Decimal => Column::decimals(name, &numbers(values), PLACES)?,
        FieldType::Money(Some(currency)) => {
            Column::decimals(name, &numbers(values), PLACES)?.in_currency(Some(&**currency))
        }
        FieldType::Money(None) => amounts(name, values)?,
        FieldType::Text | FieldType::Choice | FieldType::Reference(_) => {
            Column::opt_texts(name, values.iter().map(|v| v.as_text()))
        }
        other => Column::new(name, array(other, values)),
    })
}

fn numbers(values: &[&Value]) -> Vec<Option<Decimal>> {
    values.iter().map(|v| v.as_decimal()).collect()
}

/// Money of any currency: a structure of amount and currency.
fn amounts(name: &str, values: &[&Value]) -> Result<Column, Fault> {
    let currency = |v: &Value| match v {
        Value::Money(m) => Some(m.currency.to_string()),
        _ => None,
    };
    let mut amount = Decimal128Builder::new().with_precision_and_scale(38, PLACES).map_err(arrow_fault)?;
    for v in values {
        amount.append_option(v.as_decimal().and_then(|d| mantissa(d, PLACES)));
    }
    let currencies: StringArray = values.iter().map(|v| currency(v)).collect();
    let amount: ArrayRef = Arc::new(amount.finish());
    let currencies: ArrayRef = Arc::new(currencies);
    let part = |name: &str, array: &ArrayRef| Arc::new(Field::new(name, array.data_type().clone(), true));
    let both = vec![(part("amount", &amount), amount), (part("currency", &currencies), currencies)];
    Ok(Column::new(name, Arc::new(StructArray::from(both))))
}

fn array(ty: &FieldType, values: &[&Value]) -> ArrayRef {
    match ty {
        FieldType::Int => {
            let mut builder = Int64Builder::new();
            values
                .iter()
                .for_each(|v| builder.append_option(if let Value::Int(n) = v { Some(*n) } else { None }));
            Arc::new(builder.finish())
        }
        FieldType::Date => {
            let mut builder = Date32Builder::new();
            values.iter().for_each(|v| builder.append_option(v.as_date().and_then(days)));
            Arc::new(builder.finish())
        }
        FieldType::Duration => {
            let mut builder = DurationMicrosecondBuilder::new();
            for v in values {
                builder.append_option(if let Value::Duration(d) = v { Some(d.micros()) } else { None });
            }
            Arc::new(builder.finish())
        }
        FieldType::List(_) => list(values),
        // Items and other types: their text.
        _ => texts(values),
    }
}

fn texts(values: &[&Value]) -> ArrayRef {
    let array: StringArray = values.iter().map(|v| (**v != Value::Missing).then(|| v.to_string())).collect();
    Arc::new(array)
}

/// Lists hold the texts of their items.
fn list(values: &[&Value]) -> ArrayRef {
    let mut builder = ListBuilder::new(StringBuilder::new());
    for v in values {
        match v {
            Value::List(items) => {
                items.iter().for_each(|i| builder.values().append_value(i.to_string()));
                builder.append(true);
            }
            _ => builder.append(false),
        }
    }
    Arc::new(builder.finish())
}
