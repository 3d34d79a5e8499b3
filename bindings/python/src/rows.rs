//! Lists of dictionaries, read without a look at the text of most keys.

use std::collections::HashMap;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::convert::{self, Cell, pairs, type_name};
use crate::error::Fault;
use crate::frame::place;

/// Rows of Python values: each cell with the number of its column.
#[derive(Default)]
pub(crate) struct Cells {
    /// The names of the columns, in order of appearance.
    pub(crate) names: Vec<String>,
    /// The cells of each row.
    pub(crate) rows: Vec<Vec<(u32, Cell)>>,
}

impl Cells {
    /// The name of a column.
    pub(crate) fn name(&self, column: u32) -> &str {
        usize::try_from(column).ok().and_then(|at| self.names.get(at)).map_or("", String::as_str)
    }
}

/// The columns met so far.
#[derive(Default)]
struct Columns<'py> {
    names: Vec<String>,
    by_name: HashMap<String, u32>,
    /// The keys of the last row. Rows of one table have the same keys, as the same objects and in the same order, so
    /// that most are known without a look at their text. The objects are held: no other one comes to their place.
    last: Vec<(Bound<'py, PyString>, u32)>,
}

impl<'py> Columns<'py> {
    fn of(&mut self, nth: usize, key: &Bound<'py, PyString>) -> Result<u32, Fault> {
        if let Some((known, column)) = self.last.get(nth)
            && known.is(key)
        {
            return Ok(*column);
        }
        let name = key.to_str()?;
        let column = match self.by_name.get(name) {
            Some(column) => *column,
            None => {
                let column = u32::try_from(self.names.len())
                    .map_err(|_| Fault::input("frame.bad_row", "too many columns"))?;
                self.names.push(name.to_owned());
                self.by_name.insert(name.to_owned(), column);
                column
            }
        };
        if let Some(slot) = self.last.get_mut(nth) {
            *slot = (key.clone(), column);
        } else if self.last.len() == nth {
            self.last.push((key.clone(), column));
        }
        Ok(column)
    }

    fn name(&self, column: u32) -> &str {
        usize::try_from(column).ok().and_then(|at| self.names.get(at)).map_or("", String::as_str)
    }
}

fn bad_row(at: usize, row: &Bound<'_, PyAny>) -> Fault {
    Fault::input("frame.bad_row", format!("row {at}: expected a mapping from field to value"))
        .with("type", type_name(row))
}

/// Reads a list of mappings.
pub(crate) fn read(list: &Bound<'_, PyAny>) -> Result<Cells, Fault> {
    let mut columns = Columns::default();
    let mut rows = Vec::with_capacity(list.len().unwrap_or(0));
    for (at, row) in list.try_iter()?.enumerate() {
        let row = row?;
        let mut cells = Vec::new();
        if let Ok(dict) = row.cast_exact::<PyDict>() {
            cells.reserve_exact(dict.len());
            for (nth, (key, value)) in dict.iter().enumerate() {
                let key = key.cast_into::<PyString>().map_err(|_| bad_row(at, &row))?;
                let column = columns.of(nth, &key).map_err(|_| bad_row(at, &row))?;
                let cell = convert::cell(&value).map_err(|f| place(f, columns.name(column), Some(at)))?;
                cells.push((column, cell));
            }
        } else {
            for (nth, (name, value)) in pairs(&row, &format!("row {at}"))?.into_iter().enumerate() {
                let key = PyString::new(row.py(), &name);
                let column = columns.of(nth, &key).map_err(|_| bad_row(at, &row))?;
                let cell = convert::cell(&value).map_err(|f| place(f, &name, Some(at)))?;
                cells.push((column, cell));
            }
        }
        rows.push(cells);
    }
    Ok(Cells { names: columns.names, rows })
}
