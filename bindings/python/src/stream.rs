//! Validation batch by batch.

use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use qudao::model::ObjectName;
use qudao::quality::RowViolation;

use crate::error::{Fault, run};
use crate::frame::{self, Frame};
use crate::table::Table;
use crate::validation::{Validation, violations_table};

struct Open {
    stream: qudao::ValidationStream,
    kept: Vec<RowViolation>,
    unknown: Vec<String>,
}

/// A validation that is fed batch by batch.
#[pyclass(frozen, name = "Stream", module = "qudao._native")]
pub(crate) struct Stream {
    engine: qudao::Engine,
    object: ObjectName,
    open: Mutex<Option<Open>>,
}

fn ended() -> Fault {
    Fault::input("frame.ended", "the validation has ended")
}

impl Stream {
    pub(crate) fn new(engine: qudao::Engine, object: ObjectName, stream: qudao::ValidationStream) -> Self {
        let open = Open { stream, kept: Vec::new(), unknown: Vec::new() };
        Self { engine, object, open: Mutex::new(Some(open)) }
    }
}

#[pymethods]
impl Stream {
    /// How many rows were checked.
    fn rows(&self) -> PyResult<usize> {
        let guard = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(guard.as_ref().ok_or_else(ended)?.stream.rows())
    }

    /// Checks the next frame. What is found is kept, or given as a table.
    fn push(&self, py: Python<'_>, frame: &Bound<'_, PyAny>, keep: bool) -> PyResult<Table> {
        let frame = Frame::read_columns_of(frame)?;
        run(py, || {
            let mut guard = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            let open = guard.as_mut().ok_or_else(ended)?;
            let read = |rows, columns| Ok(open.stream.read_columns(rows, columns)?);
            let entered = frame::entered_by(&self.engine, &self.object, frame, read)?;
            for column in &entered.unknown_columns {
                if !open.unknown.contains(column) {
                    open.unknown.push(column.clone());
                }
            }
            let found = open.stream.check_columns(entered)?;
            if keep {
                open.kept.extend(found);
                return violations_table(&[]);
            }
            violations_table(&found)
        })
    }

    /// Ends the validation: what was kept, the repeated values, and how each rule came out.
    fn finish(&self, py: Python<'_>) -> PyResult<Validation> {
        run(py, || {
            let mut guard = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            let Open { stream, kept, unknown } = guard.take().ok_or_else(ended)?;
            let rows = stream.rows();
            let report = stream.finish(kept);
            Ok(Validation::new(qudao::Checked::of_report(&self.engine, rows, report), unknown))
        })
    }
}
