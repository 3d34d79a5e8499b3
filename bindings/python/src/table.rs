//! Tables that speak Arrow.

use std::sync::Arc;

use arrow_array::builder::{Decimal128Builder, ListBuilder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, DurationMicrosecondType, Float64Type, Int64Type, TimestampMicrosecondType,
};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StructArray,
    TimestampMicrosecondArray,
};
use arrow_schema::{ArrowError, DataType, Field, Fields, SchemaRef, TimeUnit};
use chrono::NaiveDate;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict, PyList};
use pyo3_arrow::error::PyArrowError;
use pyo3_arrow::ffi::{ArrayIterator, to_schema_pycapsule, to_stream_pycapsule};
use qudao::model::{Instant, Span, Value};
use rust_decimal::Decimal;

use crate::convert;
use crate::error::Fault;
use crate::frame::Frame;

/// The number of places of decimal columns; more where a value needs more.
pub(crate) const PLACES: i8 = 6;
const DIGITS: u8 = 38;

/// A table of Arrow columns.
#[pyclass(frozen, name = "Table", module = "qudao._native")]
pub(crate) struct Table {
    batch: RecordBatch,
}

/// A column that is being made.
pub(crate) struct Column {
    field: Field,
    array: ArrayRef,
}

impl Column {
    pub(crate) fn new(name: &str, array: ArrayRef) -> Self {
        Self { field: Field::new(name, array.data_type().clone(), true), array }
    }

    /// Marks a money column with its currency.
    pub(crate) fn in_currency(mut self, currency: Option<&str>) -> Self {
        if let Some(currency) = currency {
            let metadata = [("currency".to_owned(), currency.to_owned())].into_iter().collect();
            self.field = self.field.with_metadata(metadata);
        }
        self
    }

    pub(crate) fn ints(name: &str, values: impl IntoIterator<Item = i64>) -> Self {
        Self::new(name, Arc::new(Int64Array::from(values.into_iter().collect::<Vec<i64>>())))
    }

    pub(crate) fn rows(name: &str, values: impl IntoIterator<Item = usize>) -> Self {
        Self::ints(name, values.into_iter().map(|n| i64::try_from(n).unwrap_or(i64::MAX)))
    }

    pub(crate) fn texts<S: AsRef<str>>(name: &str, values: impl IntoIterator<Item = S>) -> Self {
        let mut builder = StringBuilder::new();
        // Some of the makers of arrays in Arrow stop on an iterator that does not know its length.
        values.into_iter().for_each(|text| builder.append_value(text.as_ref()));
        Self::new(name, Arc::new(builder.finish()))
    }

    pub(crate) fn opt_texts<S: AsRef<str>>(name: &str, values: impl IntoIterator<Item = Option<S>>) -> Self {
        let mut builder = StringBuilder::new();
        values.into_iter().for_each(|text| builder.append_option(text));
        Self::new(name, Arc::new(builder.finish()))
    }

    pub(crate) fn flags(name: &str, values: impl IntoIterator<Item = Option<bool>>) -> Self {
        Self::new(name, Arc::new(BooleanArray::from(values.into_iter().collect::<Vec<_>>())))
    }

    pub(crate) fn floats(name: &str, values: impl IntoIterator<Item = f64>) -> Self {
        Self::new(name, Arc::new(Float64Array::from(values.into_iter().collect::<Vec<f64>>())))
    }

    pub(crate) fn lists<S: AsRef<str>>(
        name: &str,
        values: impl IntoIterator<Item = impl IntoIterator<Item = S>>,
    ) -> Self {
        let mut builder = ListBuilder::new(StringBuilder::new());
        for list in values {
            for text in list {
                builder.values().append_value(text.as_ref());
            }
            builder.append(true);
        }
        Self::new(name, Arc::new(builder.finish()))
    }

    pub(crate) fn instants(name: &str, values: impl IntoIterator<Item = Option<Instant>>) -> Self {
        let array = TimestampMicrosecondArray::from(
            values.into_iter().map(|v| v.map(Instant::micros)).collect::<Vec<_>>(),
        );
        Self::new(name, Arc::new(array.with_timezone("UTC")))
    }

    pub(crate) fn dates(name: &str, values: impl IntoIterator<Item = Option<NaiveDate>>) -> Self {
        let days: Vec<_> = values.into_iter().map(|v| v.and_then(days)).collect();
        Self::new(name, Arc::new(Date32Array::from(days)))
    }

    /// Decimals with as many places as are needed, and at least `least`. Digits that 38 do not hold are rounded.
    pub(crate) fn decimals(name: &str, values: &[Option<Decimal>], least: i8) -> Result<Self, Fault> {
        let scale = scale(values.iter().flatten(), least);
        let mut builder =
            Decimal128Builder::new().with_precision_and_scale(DIGITS, scale).map_err(arrow_fault)?;
        for value in values {
            builder.append_option(value.and_then(|d| mantissa(d, scale)));
        }
        Ok(Self::new(name, Arc::new(builder.finish())))
    }
}

/// Days since 1970-01-01.
pub(crate) fn days(date: NaiveDate) -> Option<i32> {
    i32::try_from(date.signed_duration_since(NaiveDate::default()).num_days()).ok()
}

/// The number of places that hold every value, as far as 38 digits reach.
fn scale<'a>(values: impl Iterator<Item = &'a Decimal>, least: i8) -> i8 {
    let mut places = u32::try_from(least).unwrap_or(0);
    let mut whole = 1_u32;
    for value in values {
        let value = value.normalize();
        places = places.max(value.scale());
        let digits =
            value.trunc().mantissa().unsigned_abs().checked_ilog10().map_or(1, |n| n.saturating_add(1));
        whole = whole.max(digits);
    }
    let room = u32::from(DIGITS).saturating_sub(whole);
    i8::try_from(places.min(room)).unwrap_or(0)
}

/// The value times ten to the power of `scale`.
pub(crate) fn mantissa(value: Decimal, scale: i8) -> Option<i128> {
    let wanted = u32::try_from(scale).ok()?;
    let value = if value.scale() > wanted { value.round_dp(wanted) } else { value };
    let more = wanted.checked_sub(value.scale())?;
    10_i128.checked_pow(more)?.checked_mul(value.mantissa())
}

pub(crate) fn arrow_fault(error: ArrowError) -> Fault {
    Fault::input("frame.unreadable", format!("the Arrow data cannot be used: {error}"))
}

impl Table {
    /// A table of columns, all of one length.
    pub(crate) fn of(columns: Vec<Column>) -> Result<Self, Fault> {
        let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) =
            columns.into_iter().map(|c| (c.field, c.array)).unzip();
        let schema = Arc::new(arrow_schema::Schema::new(fields));
        let batch = RecordBatch::try_new(schema, arrays).map_err(arrow_fault)?;
        Ok(Self { batch })
    }

    fn schema(&self) -> SchemaRef {
        self.batch.schema()
    }

    fn position(&self, name: &str) -> Result<usize, Fault> {
        self.schema().index_of(name).map_err(|_| {
            Fault::input("table.no_column", format!("there is no column {name}")).with("name", name)
        })
    }
}

fn stream<'py>(
    py: Python<'py>,
    array: ArrayRef,
    field: Field,
    requested: Option<Bound<'py, PyCapsule>>,
) -> PyResult<Bound<'py, PyCapsule>> {
    let reader = ArrayIterator::new(vec![Ok(array)], Arc::new(field));
    to_stream_pycapsule(py, Box::new(reader), requested).map_err(failed)
}

fn failed(error: PyArrowError) -> PyErr {
    error.into()
}

#[pymethods]
impl Table {
    /// The table that an Arrow library holds as one batch.
    #[staticmethod]
    fn from_arrow(batch: &Bound<'_, PyAny>) -> PyResult<Self> {
        let one = match Frame::read(batch)? {
            Frame::Arrow(batches) => match <[RecordBatch; 1]>::try_from(batches) {
                Ok([batch]) => Some(batch),
                Err(_) => None,
            },
            Frame::Rows(_) | Frame::Columns(_) | Frame::Chunks { .. } => None,
        };
        let batch = one.ok_or_else(|| Fault::input("frame.unreadable", "expected one batch of Arrow"))?;
        Ok(Self { batch })
    }

    fn __len__(&self) -> usize {
        self.batch.num_rows()
    }

    /// The names of the columns.
    fn names(&self) -> Vec<String> {
        self.schema().fields().iter().map(|f| f.name().clone()).collect()
    }

    /// The Arrow types of the columns.
    fn types(&self) -> Vec<String> {
        self.schema().fields().iter().map(|f| f.data_type().to_string()).collect()
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let array = StructArray::from(self.batch.clone());
        let field = Field::new_struct("", self.schema().fields().clone(), false);
        stream(py, Arc::new(array), field, requested_schema)
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        to_schema_pycapsule(py, self.schema().as_ref()).map_err(failed)
    }

    /// One column as a stream.
    #[pyo3(signature = (name, requested_schema=None))]
    fn column_stream<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let at = self.position(name)?;
        stream(py, self.batch.column(at).clone(), self.schema().field(at).clone(), requested_schema)
    }

    /// The values of one column.
    #[pyo3(signature = (name, start=0, stop=None))]
    fn column_values<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        start: usize,
        stop: Option<usize>,
    ) -> PyResult<Bound<'py, PyList>> {
        let array = self.batch.column(self.position(name)?);
        let list = PyList::empty(py);
        for row in start..stop.unwrap_or(usize::MAX).min(array.len()) {
            list.append(item(py, array, row)?)?;
        }
        Ok(list)
    }
}

/// One value of a column of our own making.
fn item<'py>(py: Python<'py>, array: &dyn Array, row: usize) -> PyResult<Bound<'py, PyAny>> {
    if array.is_null(row) {
        return Ok(py.None().into_bound(py));
    }
    let value = match array.data_type() {
        DataType::Boolean => Value::Bool(array.as_boolean().value(row)),
        DataType::Int64 => Value::Int(array.as_primitive::<Int64Type>().value(row)),
        DataType::Float64 => {
            return Ok(array.as_primitive::<Float64Type>().value(row).into_pyobject(py)?.into_any());
        }
        DataType::Utf8 => Value::text(array.as_string::<i32>().value(row)),
        DataType::Decimal128(_, scale) => {
            let raw = array.as_primitive::<Decimal128Type>().value(row);
            let scale = u32::try_from(*scale).unwrap_or(0);
            return decimal(raw, scale).into_pyobject(py).map(Bound::into_any);
        }
        DataType::Date32 => Value::Date(
            array
                .as_primitive::<Date32Type>()
                .value_as_date(row)
                .ok_or_else(|| Fault::input("value.out_of_range", "a date is out of range"))?,
        ),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            Value::Instant(Instant::from_micros(array.as_primitive::<TimestampMicrosecondType>().value(row)))
        }
        DataType::Duration(TimeUnit::Microsecond) => {
            Value::Duration(Span::from_micros(array.as_primitive::<DurationMicrosecondType>().value(row)))
        }
        DataType::List(_) => {
            let items = array.as_list::<i32>().value(row);
            let list = PyList::empty(py);
            for i in 0..items.len() {
                list.append(item(py, &items, i)?)?;
            }
            return Ok(list.into_any());
        }
        DataType::Struct(fields) => return structure(py, array.as_struct(), fields, row),
        other => {
            let text = format!("columns of type {other} have no Python values");
            return Err(Fault::input("frame.unsupported_type", text).into());
        }
    };
    convert::value(py, &value)
}

/// A decimal of a column: without the zeros that fill its places.
fn decimal(raw: i128, scale: u32) -> Decimal {
    let (mut raw, mut scale) = (raw, scale);
    while scale > 0 && raw % 10 == 0 {
        raw /= 10;
        scale = scale.saturating_sub(1);
    }
    Decimal::try_from_i128_with_scale(raw, scale).unwrap_or_default()
}

fn structure<'py>(
    py: Python<'py>,
    array: &StructArray,
    fields: &Fields,
    row: usize,
) -> PyResult<Bound<'py, PyAny>> {
    let dict = PyDict::new(py);
    for (field, column) in fields.iter().zip(array.columns()) {
        dict.set_item(field.name(), item(py, column, row)?)?;
    }
    Ok(dict.into_any())
}
