//! Python values to values of the engine, and back.

use chrono::{DateTime, NaiveDate, Utc};
use pyo3::exceptions::PyOverflowError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{
    PyBool, PyDate, PyDateTime, PyDelta, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple, PyType,
};
use qudao::model::{Actor, ActorId, Instant, Money, RecordId, RoleName, Span, Value, ValueIssue};
use rust_decimal::Decimal;

use crate::error::Fault;
use crate::plain;

/// A value, or why what stands there is none. The latter is a finding of its row, not an error.
pub(crate) type Cell = Result<Value, ValueIssue>;

/// Lists within lists beyond this depth are no value.
const MAX_DEPTH: usize = 8;

static DATE: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static DECIMAL: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static MONEY: PyOnceLock<Py<PyType>> = PyOnceLock::new();

fn decimal_type<'py>(py: Python<'py>) -> PyResult<&'py Bound<'py, PyType>> {
    DECIMAL.import(py, "decimal", "Decimal")
}

pub(crate) fn date_type<'py>(py: Python<'py>) -> PyResult<&'py Bound<'py, PyType>> {
    DATE.import(py, "datetime", "date")
}

/// A plain date, by one call: its parts would take three.
fn day(obj: &Bound<'_, PyAny>) -> Result<Value, Fault> {
    let ordinal: i32 = obj.call_method0(intern!(obj.py(), "toordinal"))?.extract()?;
    let day = NaiveDate::from_num_days_from_ce_opt(ordinal);
    Ok(Value::Date(day.ok_or_else(|| Fault::input("value.out_of_range", "a date is out of range"))?))
}

fn money_type<'py>(py: Python<'py>) -> PyResult<&'py Bound<'py, PyType>> {
    MONEY.import(py, "qudao._model", "Money")
}

/// A float by its shortest decimal. NaN and infinity are none, nor is what needs more than 28 digits.
pub(crate) fn float(number: f64) -> Cell {
    if let Some(decimal) = short(number) {
        return Ok(Value::Decimal(decimal));
    }
    if number.is_finite() { scientific(&format!("{number:e}")) } else { Err(ValueIssue::BadNumber) }
}

/// The shortest decimal of a float that is a multiple of a small power of ten, found without writing it out.
///
/// A whole number below 10¹⁵ divided by such a power is the double nearest to that decimal, both being exact; and no two
/// decimals of 15 digits have the same double. So the decimal with the fewest places that gives the float back is the
/// shortest one.
fn short(number: f64) -> Option<Decimal> {
    const POWERS: [f64; 7] = [1.0, 10.0, 100.0, 1_000.0, 10_000.0, 100_000.0, 1_000_000.0];
    for (places, power) in (0_u32..).zip(POWERS) {
        let whole = (number * power).round();
        if !whole.is_finite() || whole.abs() >= 1e15 {
            return None;
        }
        if whole / power == number {
            #[expect(clippy::cast_possible_truncation, reason = "a whole number below 10¹⁵")]
            let mantissa = whole as i64;
            return Some(Decimal::new(mantissa, places));
        }
    }
    None
}

/// A short float by its own shortest decimal.
pub(crate) fn short_float(number: f32) -> Cell {
    if number.is_finite() { scientific(&format!("{number:e}")) } else { Err(ValueIssue::BadNumber) }
}

fn scientific(text: &str) -> Cell {
    decimal_text(text).map(Value::Decimal).ok_or(ValueIssue::BadNumber)
}

fn decimal_text(text: &str) -> Option<Decimal> {
    let exact = if text.contains(['e', 'E']) {
        Decimal::from_scientific(text).ok()
    } else {
        Decimal::from_str_exact(text).ok()
    };
    exact.map(|d| d.normalize())
}

/// A decimal of Python, with its own number of places.
fn decimal(obj: &Bound<'_, PyAny>) -> Result<Result<Decimal, ValueIssue>, Fault> {
    let text = obj.str()?;
    let text = text.to_str()?;
    let read = if text.contains(['e', 'E']) {
        Decimal::from_scientific(text).ok()
    } else {
        Decimal::from_str_exact(text).ok()
    };
    Ok(read.ok_or(ValueIssue::BadNumber))
}

/// An aware datetime.
pub(crate) fn instant(obj: &Bound<'_, PyAny>) -> Result<Instant, Fault> {
    let py = obj.py();
    if obj.cast::<PyDateTime>().is_err() {
        let found = type_name(obj);
        return Err(Fault::input(
            "value.unsupported_type",
            format!("a point in time is an aware datetime, not {found}"),
        )
        .with("type", found));
    }
    if obj.call_method0(intern!(py, "utcoffset"))?.is_none() {
        return Err(naive());
    }
    let utc = obj.call_method1(intern!(py, "astimezone"), (py_utc(py)?,))?;
    Ok(Instant::from(utc.extract::<DateTime<Utc>>()?))
}

fn naive() -> Fault {
    Fault::input(
        "value.naive_datetime",
        "a datetime without a time zone names no point in time: give it one, such as \
         `value.replace(tzinfo=timezone.utc)`",
    )
}

fn py_utc<'py>(py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
    py.import(intern!(py, "datetime"))?.getattr(intern!(py, "timezone"))?.getattr(intern!(py, "utc"))
}

/// `now`, where it was given.
pub(crate) fn moment(obj: Option<&Bound<'_, PyAny>>) -> Result<Option<Instant>, Fault> {
    obj.map(instant).transpose()
}

/// The name of a type, for messages.
pub(crate) fn type_name(obj: &Bound<'_, PyAny>) -> String {
    obj.get_type().name().map_or_else(|_| "an object".to_owned(), |n| n.to_string())
}

/// Reads a value of Python.
pub(crate) fn cell(obj: &Bound<'_, PyAny>) -> Result<Cell, Fault> {
    nested(obj, 0)
}

fn nested(obj: &Bound<'_, PyAny>, depth: usize) -> Result<Cell, Fault> {
    let py = obj.py();
    if obj.is_none() {
        return Ok(Ok(Value::Missing));
    }
    if let Ok(text) = obj.cast::<PyString>() {
        // A lone surrogate is no text.
        return Ok(text.to_str().map(Value::text).map_err(|_| ValueIssue::BadForm));
    }
    if let Ok(flag) = obj.cast::<PyBool>() {
        return Ok(Ok(Value::Bool(flag.is_true())));
    }
    if obj.cast::<PyInt>().is_ok() {
        return integer(obj);
    }
    if let Ok(number) = obj.cast::<PyFloat>() {
        return Ok(float(number.value()));
    }
    let kind = obj.get_type();
    if kind.is(date_type(py)?) {
        return Ok(Ok(day(obj)?));
    }
    if kind.is(decimal_type(py)?) || obj.is_instance(decimal_type(py)?)? {
        return Ok(decimal(obj)?.map(Value::Decimal));
    }
    if obj.cast::<PyDateTime>().is_ok() {
        // The missing time of pandas is a datetime that differs from itself.
        if obj.ne(obj)? {
            return Ok(Ok(Value::Missing));
        }
        return Ok(Ok(Value::Instant(instant(obj)?)));
    }
    if obj.cast::<PyDate>().is_ok() {
        return Ok(Ok(Value::Date(obj.extract::<NaiveDate>()?)));
    }
    if obj.cast::<PyDelta>().is_ok() {
        let micros = obj.extract::<chrono::TimeDelta>()?.num_microseconds();
        return Ok(micros.map(|m| Value::Duration(Span::from_micros(m))).ok_or(ValueIssue::OutOfRange));
    }
    if obj.is_instance(money_type(py)?)? {
        let amount = decimal(&obj.getattr(intern!(py, "amount"))?)?;
        let currency: String = obj.getattr(intern!(py, "currency"))?.extract()?;
        return Ok(amount.map(|a| Value::Money(Money::new(a, &currency))));
    }
    if obj.cast::<PyList>().is_ok() || obj.cast::<PyTuple>().is_ok() {
        return list(obj, depth);
    }
    if let Ok(kind) = obj.get_type().name()
        && kind.to_str().is_ok_and(|name| matches!(name, "NAType" | "NaTType"))
    {
        return Ok(Ok(Value::Missing));
    }
    // Scalars of NumPy and of Arrow know their own Python value.
    for method in ["item", "as_py"] {
        if depth < MAX_DEPTH
            && obj.hasattr(method)?
            && let Ok(scalar) = obj.call_method0(method)
            && !scalar.get_type().is(obj.get_type())
        {
            return nested(&scalar, depth.saturating_add(1));
        }
    }
    let found = type_name(obj);
    Err(Fault::input("value.unsupported_type", format!("a value of type {found} is not supported"))
        .with("type", found))
}

fn integer(obj: &Bound<'_, PyAny>) -> Result<Cell, Fault> {
    match obj.extract::<i64>() {
        Ok(n) => Ok(Ok(Value::Int(n))),
        Err(e) if e.is_instance_of::<PyOverflowError>(obj.py()) => Ok(obj
            .extract::<i128>()
            .ok()
            .and_then(|n| Decimal::try_from_i128_with_scale(n, 0).ok())
            .map(Value::Decimal)
            .ok_or(ValueIssue::OutOfRange)),
        Err(e) => Err(e.into()),
    }
}

fn list(obj: &Bound<'_, PyAny>, depth: usize) -> Result<Cell, Fault> {
    if depth >= MAX_DEPTH {
        return Ok(Err(ValueIssue::BadForm));
    }
    let mut items = Vec::new();
    for item in obj.try_iter()? {
        match nested(&item?, depth.saturating_add(1))? {
            Ok(value) => items.push(value),
            Err(issue) => return Ok(Err(issue)),
        }
    }
    Ok(Ok(Value::list(items)))
}

/// A value as Python has it.
pub(crate) fn value<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Missing => py.None().into_bound(py),
        Value::Bool(b) => PyBool::new(py, *b).to_owned().into_any(),
        Value::Int(n) => n.into_pyobject(py)?.into_any(),
        Value::Decimal(d) => d.into_pyobject(py)?.into_any(),
        Value::Money(m) => money(py, m)?,
        Value::Text(t) => PyString::new(py, t).into_any(),
        Value::Date(d) => d.into_pyobject(py)?.into_any(),
        Value::Instant(i) => time(py, *i)?,
        Value::Duration(d) => span(py, *d)?,
        Value::Reference(id) => PyString::new(py, id.as_str()).into_any(),
        Value::List(items) => {
            let list = PyList::empty(py);
            for item in items.iter() {
                list.append(self::value(py, item)?)?;
            }
            list.into_any()
        }
    })
}

fn money<'py>(py: Python<'py>, money: &Money) -> PyResult<Bound<'py, PyAny>> {
    money_type(py)?.call1((money.amount, &*money.currency))
}

/// An instant as an aware datetime in UTC; as text where Python's calendar does not reach.
pub(crate) fn time<'py>(py: Python<'py>, at: Instant) -> PyResult<Bound<'py, PyAny>> {
    match at.to_chrono().map(|t| t.into_pyobject(py)) {
        Some(Ok(found)) => Ok(found.into_any()),
        _ => Ok(PyString::new(py, &at.to_string()).into_any()),
    }
}

fn span<'py>(py: Python<'py>, span: Span) -> PyResult<Bound<'py, PyAny>> {
    Ok(chrono::TimeDelta::microseconds(span.micros()).into_pyobject(py)?.into_any())
}

/// Who acts: `qudao.Actor`.
pub(crate) fn actor(obj: &Bound<'_, PyAny>) -> Result<Actor, Fault> {
    let py = obj.py();
    if let Ok(id) = obj.cast::<PyString>() {
        return Ok(Actor::new(ActorId::new(id.to_str()?)?));
    }
    if !obj.is_instance(&plain::class(py, "Actor")?)? {
        return Err(Fault::input("actor.unsupported", "an actor is an id or a qudao.Actor"));
    }
    let id: String = obj.getattr(intern!(py, "id"))?.extract()?;
    let mut actor = Actor::new(ActorId::new(id)?);
    for role in obj.getattr(intern!(py, "roles"))?.try_iter()? {
        actor.roles.insert(RoleName::new(role?.extract::<String>()?)?);
    }
    for territory in obj.getattr(intern!(py, "territories"))?.try_iter()? {
        actor.territories.insert(RecordId::new(territory?.extract::<String>()?)?);
    }
    let partner: Option<String> = obj.getattr(intern!(py, "partner"))?.extract()?;
    actor.partner = partner.map(RecordId::new).transpose()?;
    actor.team = obj.getattr(intern!(py, "team"))?.extract()?;
    Ok(actor)
}

/// A mapping as pairs of name and value.
pub(crate) fn pairs<'py>(
    obj: &Bound<'py, PyAny>,
    what: &str,
) -> Result<Vec<(String, Bound<'py, PyAny>)>, Fault> {
    let bad = || {
        Fault::input("frame.bad_row", format!("{what}: expected a mapping from field to value"))
            .with("type", type_name(obj))
    };
    let mut out = Vec::new();
    if let Ok(dict) = obj.cast::<PyDict>() {
        for (key, item) in dict.iter() {
            out.push((key.extract::<String>().map_err(|_| bad())?, item));
        }
        return Ok(out);
    }
    if !obj.hasattr(intern!(obj.py(), "keys"))? {
        return Err(bad());
    }
    for key in obj.call_method0(intern!(obj.py(), "keys"))?.try_iter()? {
        let key = key?;
        let item = obj.get_item(&key)?;
        out.push((key.extract::<String>().map_err(|_| bad())?, item));
    }
    Ok(out)
}
