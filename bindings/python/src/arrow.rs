//! Arrow columns, read cell by cell without a copy.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
    DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType, DurationSecondType,
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, TimeUnit};
use chrono::{NaiveDate, TimeDelta};
use chrono_tz::Tz;
use qudao::model::{FieldType, Instant, Money, Span, Value, ValueIssue};
use rust_decimal::Decimal;

use crate::convert::{Cell, float, short_float};
use crate::error::Fault;

/// Lists within lists beyond this depth are no value.
const MAX_DEPTH: usize = 8;

/// A column that is read as a field.
pub(crate) struct Column<'f> {
    array: ArrayRef,
    /// For a dictionary, which of its values each row holds.
    keys: Option<Keys>,
    ty: Option<&'f FieldType>,
    zone: Tz,
}

struct Keys {
    rows: ArrayRef,
    places: Vec<usize>,
}

/// Whether a column can be read.
pub(crate) enum Fit<'f> {
    /// It can.
    Ready(Column<'f>),
    /// Timestamps without a zone, where points in time are needed.
    Naive,
    /// A type that is no value.
    Unsupported,
}

impl<'f> Column<'f> {
    /// Makes a column ready to be read as a field.
    pub(crate) fn fit(array: &ArrayRef, ty: Option<&'f FieldType>, zone: Tz) -> Fit<'f> {
        let (array, keys) = match array.as_any_dictionary_opt() {
            // An empty dictionary has no values, so every row is null.
            Some(dictionary) if dictionary.values().is_empty() => {
                (arrow_array::new_null_array(&DataType::Null, array.len()), None)
            }
            Some(dictionary) => {
                let keys = Keys { rows: array.clone(), places: dictionary.normalized_keys() };
                (Arc::clone(dictionary.values()), Some(keys))
            }
            None => (array.clone(), None),
        };
        match readable(array.data_type(), ty, 0) {
            Readable::Yes => Fit::Ready(Self { array, keys, ty, zone }),
            Readable::Naive => Fit::Naive,
            Readable::No => Fit::Unsupported,
        }
    }

    /// How many rows.
    pub(crate) fn len(&self) -> usize {
        self.keys.as_ref().map_or(self.array.len(), |keys| keys.rows.len())
    }

    /// The value in a row.
    pub(crate) fn cell(&self, row: usize) -> Cell {
        let row = match &self.keys {
            None => row,
            Some(keys) if keys.rows.is_null(row) => return Ok(Value::Missing),
            Some(keys) => match keys.places.get(row) {
                Some(place) => *place,
                None => return Err(ValueIssue::BadForm),
            },
        };
        read(&*self.array, row, self.ty, self.zone)
    }
}

/// Refuses texts that are none. Arrow takes it on trust that its buffers hold UTF-8 and that offsets lie within them; so do we from here on.
pub(crate) fn check_texts(column: &str, array: &ArrayRef, before: usize) -> Result<(), Fault> {
    if !holds_texts(array.data_type()) || whole(array) {
        return Ok(());
    }
    // Of rows from the first on, the most that are whole: the next one is not.
    let (mut good, mut bad) = (0, array.len());
    while good < bad {
        let middle = good + (bad - good).div_ceil(2);
        if whole(&array.slice(0, middle)) {
            good = middle;
        } else {
            bad = middle - 1;
        }
    }
    let row = before.saturating_add(good);
    let text = format!("column {column}, row {row}: a text that is not UTF-8");
    Err(Fault::input("frame.unreadable", text).with("column", column).with("row", row))
}

fn whole(array: &ArrayRef) -> bool {
    array.to_data().validate_full().is_ok()
}

fn holds_texts(ty: &DataType) -> bool {
    match ty {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => holds_texts(values),
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => holds_texts(item.data_type()),
        DataType::Struct(fields) => fields.iter().any(|f| holds_texts(f.data_type())),
        _ => false,
    }
}

enum Readable {
    Yes,
    Naive,
    No,
}

fn readable(found: &DataType, ty: Option<&FieldType>, depth: usize) -> Readable {
    use DataType::{
        Boolean, Date32, Date64, Decimal32, Decimal64, Decimal128, Decimal256, Duration, FixedSizeList,
        Float32, Float64, Int8, Int16, Int32, Int64, LargeList, LargeUtf8, List, Null, Struct, Timestamp,
        UInt8, UInt16, UInt32, UInt64, Utf8, Utf8View,
    };
    match found {
        Null
        | Boolean
        | Int8
        | Int16
        | Int32
        | Int64
        | UInt8
        | UInt16
        | UInt32
        | UInt64
        | Float32
        | Float64
        | Decimal32(..)
        | Decimal64(..)
        | Decimal128(..)
        | Decimal256(..)
        | Utf8
        | LargeUtf8
        | Utf8View
        | Date32
        | Date64
        | Duration(_)
        | Timestamp(_, Some(_)) => Readable::Yes,
        Timestamp(_, None) if matches!(ty, Some(FieldType::Date)) => Readable::Yes,
        Timestamp(_, None) => Readable::Naive,
        List(item) | LargeList(item) | FixedSizeList(item, _) if depth < MAX_DEPTH => {
            let inner = match ty {
                Some(FieldType::List(inner)) => Some(&**inner),
                other => other,
            };
            readable(item.data_type(), inner, depth.saturating_add(1))
        }
        Struct(fields) if fields.len() == 2 => {
            let has = |name: &str| fields.iter().any(|f| f.name() == name);
            if has("amount") && has("currency") { Readable::Yes } else { Readable::No }
        }
        _ => Readable::No,
    }
}

fn native<T: ArrowPrimitiveType>(array: &dyn Array, row: usize) -> T::Native {
    array.as_primitive::<T>().value(row)
}

fn read(array: &dyn Array, row: usize, ty: Option<&FieldType>, zone: Tz) -> Cell {
    if row >= array.len() {
        return Err(ValueIssue::BadForm);
    }
    if array.is_null(row) {
        return Ok(Value::Missing);
    }
    match array.data_type() {
        DataType::Null => Ok(Value::Missing),
        DataType::Boolean => Ok(Value::Bool(array.as_boolean().value(row))),
        DataType::Int8 => int(native::<Int8Type>(array, row).into(), ty),
        DataType::Int16 => int(native::<Int16Type>(array, row).into(), ty),
        DataType::Int32 => int(native::<Int32Type>(array, row).into(), ty),
        DataType::Int64 => int(native::<Int64Type>(array, row), ty),
        DataType::UInt8 => int(native::<UInt8Type>(array, row).into(), ty),
        DataType::UInt16 => int(native::<UInt16Type>(array, row).into(), ty),
        DataType::UInt32 => int(native::<UInt32Type>(array, row).into(), ty),
        DataType::UInt64 => {
            let n = native::<UInt64Type>(array, row);
            match i64::try_from(n) {
                Ok(n) => int(n, ty),
                Err(_) if is_text(ty) => Ok(Value::text(n.to_string())),
                Err(_) => Ok(Value::Decimal(n.into())),
            }
        }
        DataType::Float32 => number(short_float(native::<Float32Type>(array, row))?, ty),
        DataType::Float64 => number(float(native::<Float64Type>(array, row))?, ty),
        DataType::Decimal32(_, scale) => decimal(native::<Decimal32Type>(array, row).into(), *scale, ty),
        DataType::Decimal64(_, scale) => decimal(native::<Decimal64Type>(array, row).into(), *scale, ty),
        DataType::Decimal128(_, scale) => decimal(native::<Decimal128Type>(array, row), *scale, ty),
        DataType::Decimal256(_, scale) => {
            let raw = native::<Decimal256Type>(array, row).to_i128().ok_or(ValueIssue::BadNumber)?;
            decimal(raw, *scale, ty)
        }
        DataType::Utf8 => Ok(Value::text(array.as_string::<i32>().value(row))),
        DataType::LargeUtf8 => Ok(Value::text(array.as_string::<i64>().value(row))),
        DataType::Utf8View => Ok(Value::text(array.as_string_view().value(row))),
        DataType::Date32 => date(native::<Date32Type>(array, row).into(), ty, zone),
        DataType::Date64 => date(native::<Date64Type>(array, row).div_euclid(86_400_000), ty, zone),
        DataType::Timestamp(unit, Some(_)) => timestamp(array, row, *unit).map(Value::Instant),
        DataType::Timestamp(unit, None) => day_of(timestamp(array, row, *unit)?),
        DataType::Duration(unit) => {
            let raw = match unit {
                TimeUnit::Second => native::<DurationSecondType>(array, row),
                TimeUnit::Millisecond => native::<DurationMillisecondType>(array, row),
                TimeUnit::Microsecond => native::<DurationMicrosecondType>(array, row),
                TimeUnit::Nanosecond => native::<DurationNanosecondType>(array, row),
            };
            Ok(Value::Duration(Span::from_micros(micros(raw, *unit)?)))
        }
        DataType::List(_) => items(&*array.as_list::<i32>().value(row), ty, zone),
        DataType::LargeList(_) => items(&*array.as_list::<i64>().value(row), ty, zone),
        DataType::FixedSizeList(..) => items(&*array.as_fixed_size_list().value(row), ty, zone),
        DataType::Struct(_) => money(array, row, zone),
        _ => Err(ValueIssue::BadForm),
    }
}

/// Fields that hold text, also where a reader of files has taken the digits for a number.
fn is_text(ty: Option<&FieldType>) -> bool {
    matches!(ty, Some(FieldType::Text | FieldType::Choice | FieldType::Reference(_)))
}

fn int(n: i64, ty: Option<&FieldType>) -> Cell {
    Ok(if is_text(ty) { Value::text(n.to_string()) } else { Value::Int(n) })
}

/// A number that is whole is text where text is wanted: pandas makes floats of whole numbers with gaps.
fn number(value: Value, ty: Option<&FieldType>) -> Cell {
    match &value {
        Value::Decimal(d) if is_text(ty) && d.fract().is_zero() => Ok(Value::text(d.trunc().to_string())),
        _ => Ok(value),
    }
}

fn decimal(raw: i128, scale: i8, ty: Option<&FieldType>) -> Cell {
    let (mut raw, mut scale) = (raw, i32::from(scale));
    while scale < 0 {
        raw = raw.checked_mul(10).ok_or(ValueIssue::BadNumber)?;
        scale = scale.saturating_add(1);
    }
    // Places that hold nothing cost digits.
    while scale > 0 && raw % 10 == 0 {
        raw /= 10;
        scale = scale.saturating_sub(1);
    }
    let scale = u32::try_from(scale).map_err(|_| ValueIssue::BadNumber)?;
    let d = Decimal::try_from_i128_with_scale(raw, scale).map_err(|_| ValueIssue::BadNumber)?;
    number(Value::Decimal(d), ty)
}

fn date(days: i64, ty: Option<&FieldType>, zone: Tz) -> Cell {
    let day = TimeDelta::try_days(days)
        .and_then(|span| NaiveDate::default().checked_add_signed(span))
        .ok_or(ValueIssue::OutOfRange)?;
    match ty {
        Some(FieldType::Instant) => {
            Instant::start_of_day(day, zone).map(Value::Instant).ok_or(ValueIssue::OutOfRange)
        }
        _ => Ok(Value::Date(day)),
    }
}

fn micros(raw: i64, unit: TimeUnit) -> Result<i64, ValueIssue> {
    match unit {
        TimeUnit::Second => raw.checked_mul(1_000_000),
        TimeUnit::Millisecond => raw.checked_mul(1_000),
        TimeUnit::Microsecond => Some(raw),
        TimeUnit::Nanosecond => Some(raw.div_euclid(1_000)),
    }
    .ok_or(ValueIssue::OutOfRange)
}

fn timestamp(array: &dyn Array, row: usize, unit: TimeUnit) -> Result<Instant, ValueIssue> {
    let raw = match unit {
        TimeUnit::Second => native::<TimestampSecondType>(array, row),
        TimeUnit::Millisecond => native::<TimestampMillisecondType>(array, row),
        TimeUnit::Microsecond => native::<TimestampMicrosecondType>(array, row),
        TimeUnit::Nanosecond => native::<TimestampNanosecondType>(array, row),
    };
    micros(raw, unit).map(Instant::from_micros)
}

/// A timestamp without a zone is a date where its clock says midnight: pandas has no other dates.
fn day_of(at: Instant) -> Cell {
    let days = at.micros().div_euclid(Span::DAY);
    if at.micros().rem_euclid(Span::DAY) != 0 {
        return Err(ValueIssue::BadDate);
    }
    date(days, None, Tz::UTC)
}

fn items(array: &dyn Array, ty: Option<&FieldType>, zone: Tz) -> Cell {
    let inner = match ty {
        Some(FieldType::List(inner)) => Some(&**inner),
        other => other,
    };
    let values: Result<Vec<Value>, ValueIssue> =
        (0..array.len()).map(|row| read(array, row, inner, zone)).collect();
    values.map(Value::list)
}

/// A structure of amount and currency.
fn money(array: &dyn Array, row: usize, zone: Tz) -> Cell {
    let parts = array.as_struct();
    let part = |name: &str| match parts.column_by_name(name) {
        Some(column) => read(column, row, None, zone),
        None => Err(ValueIssue::BadForm),
    };
    match (part("amount")?, part("currency")?) {
        (Value::Missing, _) => Ok(Value::Missing),
        (_, Value::Missing) => Err(ValueIssue::NoCurrency),
        (amount, Value::Text(currency)) => {
            let amount = amount.as_decimal().ok_or(ValueIssue::BadNumber)?;
            Ok(Value::Money(Money { amount, currency }))
        }
        _ => Err(ValueIssue::BadForm),
    }
}
