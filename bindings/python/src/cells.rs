//! Lists of dictionaries, read column by column: a cell becomes an entry of a typed vector, and no value is made of it.

use std::collections::HashMap;

use pyo3::ffi::PyTypeObject;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::type_object::PyTypeInfo;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyString};
use qudao::EnteredColumn;
use qudao::model::columns::{
    Bitmap, Column, ColumnData, Currencies, Decimals, TextData, Texts, Written, date_of,
};
use qudao::model::{FieldType, Value, ValueIssue};

use crate::convert::{self, Cell, pairs, type_name};
use crate::error::Fault;
use crate::frame::place;
use crate::ingest::shortest;

/// Rows of Python values, by column.
pub(crate) struct Cells {
    /// The names of the columns, in order of appearance.
    pub(crate) names: Vec<String>,
    pub(crate) columns: Vec<Build>,
    pub(crate) rows: usize,
}

/// A column under construction. It may be shorter than there are rows: the rest has no value.
pub(crate) enum Build {
    /// Nothing but missing values so far.
    Empty(usize),
    Text(Texts, Held),
    Int(Vec<i64>, Held),
    Float(Vec<f64>, Held),
    Bool(Bitmap, Held),
    /// Days since 1970-01-01.
    Date(Vec<i32>, Held),
    /// Value by value: what is of several types, or of another one.
    Mixed(Vec<Cell>),
}

/// Which rows hold a value: all, until one does not.
#[derive(Default)]
pub(crate) struct Held {
    rows: usize,
    bits: Option<Bitmap>,
}

impl Held {
    fn missing(rows: usize) -> Self {
        Self { rows, bits: (rows > 0).then(|| Bitmap::filled(rows, false)) }
    }

    fn push(&mut self, held: bool) {
        if !held && self.bits.is_none() {
            self.bits = Some(Bitmap::filled(self.rows, true));
        }
        if let Some(bits) = &mut self.bits {
            bits.push(held);
        }
        self.rows = self.rows.saturating_add(1);
    }

    fn get(&self, row: usize) -> bool {
        self.bits.as_ref().is_none_or(|b| b.get(row))
    }
}

/// A value of one of the types that vectors hold.
#[derive(Clone, Copy)]
enum Plain<'a> {
    Missing,
    Text(&'a str),
    Int(i64),
    Float(f64),
    Bool(bool),
    Date(i32),
}

impl Build {
    fn len(&self) -> usize {
        match self {
            Self::Empty(rows) => *rows,
            Self::Text(_, held)
            | Self::Int(_, held)
            | Self::Float(_, held)
            | Self::Bool(_, held)
            | Self::Date(_, held) => held.rows,
            Self::Mixed(cells) => cells.len(),
        }
    }

    /// Adds missing values up to a row.
    fn fill(&mut self, rows: usize) -> Result<(), Fault> {
        while self.len() < rows {
            self.push(Plain::Missing)?;
        }
        Ok(())
    }

    fn push(&mut self, value: Plain<'_>) -> Result<(), Fault> {
        if let Self::Empty(rows) = self {
            let held = Held::missing(*rows);
            *self = match value {
                Plain::Missing => {
                    *rows = rows.saturating_add(1);
                    return Ok(());
                }
                Plain::Text(_) => {
                    let mut texts = Texts::default();
                    for _ in 0..*rows {
                        texts.push("").map_err(|_| too_large())?;
                    }
                    Self::Text(texts, held)
                }
                Plain::Int(_) => Self::Int(vec![0; *rows], held),
                Plain::Float(_) => Self::Float(vec![0.0; *rows], held),
                Plain::Bool(_) => Self::Bool(Bitmap::filled(*rows, false), held),
                Plain::Date(_) => Self::Date(vec![0; *rows], held),
            };
        }
        let is_value = !matches!(value, Plain::Missing);
        match (&mut *self, value) {
            (Self::Text(texts, held), Plain::Text(text)) => {
                texts.push(text).map_err(|_| too_large())?;
                held.push(true);
            }
            (Self::Text(texts, held), Plain::Missing) => {
                texts.push("").map_err(|_| too_large())?;
                held.push(false);
            }
            (Self::Int(values, held), Plain::Int(n)) => {
                values.push(n);
                held.push(true);
            }
            (Self::Int(values, held), Plain::Missing) => {
                values.push(0);
                held.push(false);
            }
            (Self::Float(values, held), Plain::Float(n)) => {
                values.push(n);
                held.push(true);
            }
            (Self::Float(values, held), Plain::Missing) => {
                values.push(0.0);
                held.push(false);
            }
            (Self::Bool(bits, held), Plain::Bool(_) | Plain::Missing) => {
                bits.push(matches!(value, Plain::Bool(true)));
                held.push(is_value);
            }
            (Self::Date(days, held), Plain::Date(day)) => {
                days.push(day);
                held.push(true);
            }
            (Self::Date(days, held), Plain::Missing) => {
                days.push(0);
                held.push(false);
            }
            (_, value) => self.push_cell(match value {
                Plain::Missing => Ok(Value::Missing),
                Plain::Text(text) => Ok(Value::text(text)),
                Plain::Int(n) => Ok(Value::Int(n)),
                Plain::Float(n) => convert::float(n),
                Plain::Bool(b) => Ok(Value::Bool(b)),
                Plain::Date(day) => Ok(date(day)),
            }),
        }
        Ok(())
    }

    /// Adds a value of any type.
    fn push_cell(&mut self, cell: Cell) {
        if !matches!(self, Self::Mixed(_)) {
            let cells = (0..self.len()).map(|row| self.cell(row)).collect();
            *self = Self::Mixed(cells);
        }
        if let Self::Mixed(cells) = self {
            cells.push(cell);
        }
    }

    /// The value of a row; missing beyond the last.
    pub(crate) fn cell(&self, row: usize) -> Cell {
        let held = match self {
            Self::Empty(_) => return Ok(Value::Missing),
            Self::Mixed(cells) => return cells.get(row).cloned().unwrap_or(Ok(Value::Missing)),
            Self::Text(_, held)
            | Self::Int(_, held)
            | Self::Float(_, held)
            | Self::Bool(_, held)
            | Self::Date(_, held) => held,
        };
        if row >= held.rows || !held.get(row) {
            return Ok(Value::Missing);
        }
        match self {
            Self::Text(texts, _) => Ok(Value::text(texts.get(row))),
            Self::Int(values, _) => Ok(values.get(row).map_or(Value::Missing, |n| Value::Int(*n))),
            Self::Float(values, _) => values.get(row).map_or(Ok(Value::Missing), |n| convert::float(*n)),
            Self::Bool(bits, _) => Ok(Value::Bool(bits.get(row))),
            Self::Date(days, _) => Ok(days.get(row).map_or(Value::Missing, |day| date(*day))),
            Self::Empty(_) | Self::Mixed(_) => Ok(Value::Missing),
        }
    }

    /// The column of a field, and what could not be read, by row.
    pub(crate) fn into_entered(
        mut self,
        ty: &FieldType,
        rows: usize,
    ) -> Result<(EnteredColumn, Vec<(usize, ValueIssue)>), Fault> {
        self.fill(rows)?;
        let build = match self.into_typed(ty) {
            Ok(column) => return Ok((EnteredColumn::Typed(column), Vec::new())),
            Err(build) => build,
        };
        let mut issues = Vec::new();
        let mut values = Vec::with_capacity(rows);
        let cells: Box<dyn Iterator<Item = Cell>> = match build {
            Self::Mixed(cells) => Box::new(cells.into_iter()),
            other => Box::new((0..rows).map(move |row| other.cell(row))),
        };
        for (row, cell) in cells.enumerate() {
            values.push(cell.unwrap_or_else(|issue| {
                issues.push((row, issue));
                Value::Missing
            }));
        }
        Ok((EnteredColumn::Values(values), issues))
    }

    /// The vector as it is, where it is of the field's type; itself where the values have to be read one by one.
    fn into_typed(self, ty: &FieldType) -> Result<Column, Self> {
        let decimals = |values: &[f64], held: &Held| {
            let (mantissas, scale) = shortest(std::iter::once(values), values.len(), held.bits.as_ref())?;
            Some(Decimals::Narrow { mantissas, scale, written: Written::Shortest })
        };
        let whole = |values| Decimals::Narrow { mantissas: values, scale: 0, written: Written::Alike };
        let money = |currency: &std::sync::Arc<str>, amounts| ColumnData::Money {
            amounts,
            currencies: Currencies::One(currency.clone()),
        };
        let (data, held) = match (self, ty) {
            (Self::Text(texts, held), FieldType::Text) => (ColumnData::Text(TextData::Plain(texts)), held),
            (Self::Int(values, held), FieldType::Int) => (ColumnData::Int(values), held),
            (Self::Int(values, held), FieldType::Decimal) => (ColumnData::Decimal(whole(values)), held),
            (Self::Int(values, held), FieldType::Money(Some(code))) => (money(code, whole(values)), held),
            (Self::Float(values, held), FieldType::Decimal | FieldType::Money(Some(_))) => {
                let Some(found) = decimals(&values, &held) else { return Err(Self::Float(values, held)) };
                match ty {
                    FieldType::Money(Some(code)) => (money(code, found), held),
                    _ => (ColumnData::Decimal(found), held),
                }
            }
            (Self::Bool(bits, held), FieldType::Bool) => (ColumnData::Bool(bits), held),
            (Self::Date(days, held), FieldType::Date) => (ColumnData::Date(days), held),
            (other, _) => return Err(other),
        };
        // Lengths agree, and days come from dates.
        Column::new(data, held.bits).map_err(|_| Self::Empty(0))
    }
}

fn date(day: i32) -> Value {
    date_of(day).map_or(Value::Missing, Value::Date)
}

fn too_large() -> Fault {
    Fault::input("frame.unreadable", "a column has more than 4 GiB of text")
}

/// The types that most values are of.
struct Types {
    text: *mut PyTypeObject,
    int: *mut PyTypeObject,
    float: *mut PyTypeObject,
    bool: *mut PyTypeObject,
    date: *mut PyTypeObject,
}

/// The ordinal of 1970-01-01 in Python's calendar.
const EPOCH: i32 = 719_163;

impl Types {
    fn new(py: Python<'_>) -> Result<Self, Fault> {
        Ok(Self {
            text: PyString::type_object_raw(py),
            int: PyInt::type_object_raw(py),
            float: PyFloat::type_object_raw(py),
            bool: PyBool::type_object_raw(py),
            date: convert::date_type(py)?.as_type_ptr(),
        })
    }

    /// Adds a value to a column. The type decides by its address; what is of none of these is read as any other value.
    fn push(&self, column: &mut Build, value: &Bound<'_, PyAny>) -> Result<(), Fault> {
        if value.is_none() {
            return column.push(Plain::Missing);
        }
        let ty = value.get_type_ptr();
        if ty == self.text
            && let Ok(text) = value.cast_exact::<PyString>()
            && let Ok(text) = text.to_str()
        {
            return column.push(Plain::Text(text));
        }
        if ty == self.int
            && let Ok(number) = value.extract::<i64>()
        {
            return column.push(Plain::Int(number));
        }
        if ty == self.float
            && let Ok(number) = value.cast_exact::<PyFloat>()
        {
            return column.push(Plain::Float(number.value()));
        }
        if ty == self.date {
            let ordinal: i32 = value.call_method0(intern!(value.py(), "toordinal"))?.extract()?;
            return column.push(Plain::Date(ordinal.saturating_sub(EPOCH)));
        }
        if ty == self.bool
            && let Ok(flag) = value.cast_exact::<PyBool>()
        {
            return column.push(Plain::Bool(flag.is_true()));
        }
        match convert::cell(value)? {
            Ok(Value::Missing) => column.push(Plain::Missing),
            cell => {
                column.push_cell(cell);
                Ok(())
            }
        }
    }
}

/// The columns met so far.
#[derive(Default)]
struct Columns<'py> {
    names: Vec<String>,
    builds: Vec<Build>,
    by_name: HashMap<String, usize>,
    /// The keys of the last row. Rows of one table have the same keys, as the same objects and in the same order, so
    /// that most are known without a look at their text. The objects are held: no other one comes to their place.
    last: Vec<(Bound<'py, PyAny>, usize)>,
}

impl<'py> Columns<'py> {
    /// The place of the column of a key; `None` where the key is no text.
    fn of(&mut self, nth: usize, key: &Bound<'py, PyAny>) -> Option<usize> {
        if let Some((known, column)) = self.last.get(nth)
            && known.is(key)
        {
            return Some(*column);
        }
        let text = key.cast::<PyString>().ok()?;
        let name = text.to_str().ok()?;
        let column = match self.by_name.get(name) {
            Some(column) => *column,
            None => {
                let column = self.names.len();
                self.names.push(name.to_owned());
                self.builds.push(Build::Empty(0));
                self.by_name.insert(name.to_owned(), column);
                column
            }
        };
        if let Some(slot) = self.last.get_mut(nth) {
            *slot = (key.clone(), column);
        } else if self.last.len() == nth {
            self.last.push((key.clone(), column));
        }
        Some(column)
    }

    fn push(
        &mut self,
        types: &Types,
        row: usize,
        column: usize,
        value: &Bound<'_, PyAny>,
    ) -> Result<(), Fault> {
        let Some(build) = self.builds.get_mut(column) else { return Ok(()) };
        if build.len() != row {
            if build.len() > row {
                // The same name twice in one row: the first stands.
                return Ok(());
            }
            build.fill(row)?;
        }
        types.push(build, value).map_err(|fault| {
            let name = self.names.get(column).map_or("", String::as_str);
            place(fault, name, Some(row))
        })
    }
}

fn bad_row(at: usize, row: &Bound<'_, PyAny>) -> Fault {
    Fault::input("frame.bad_row", format!("row {at}: expected a mapping from field to value"))
        .with("type", type_name(row))
}

/// Reads a list of mappings.
pub(crate) fn read(list: &Bound<'_, PyAny>) -> Result<Cells, Fault> {
    let types = Types::new(list.py())?;
    let mut columns = Columns::default();
    let mut rows = 0_usize;
    for (at, row) in list.try_iter()?.enumerate() {
        let row = row?;
        if let Ok(dict) = row.cast_exact::<PyDict>() {
            for (nth, (key, value)) in dict.iter().enumerate() {
                let column = columns.of(nth, &key).ok_or_else(|| bad_row(at, &row))?;
                columns.push(&types, at, column, &value)?;
            }
        } else {
            for (nth, (name, value)) in pairs(&row, &format!("row {at}"))?.into_iter().enumerate() {
                let key = PyString::new(row.py(), &name).into_any();
                let column = columns.of(nth, &key).ok_or_else(|| bad_row(at, &row))?;
                columns.push(&types, at, column, &value)?;
            }
        }
        rows = at.saturating_add(1);
    }
    Ok(Cells { names: columns.names, columns: columns.builds, rows })
}
