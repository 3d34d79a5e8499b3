//! What a call can end with beside an answer, and how Python sees it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use qudao::model::{IdError, Lint, Locale, Params, ValueIssue};

use crate::plain;

/// Why a call has no answer.
pub(crate) enum Fault {
    /// The engine says so.
    Engine(Box<qudao::Error>),
    /// What Python handed over cannot be used.
    Input {
        /// A stable dotted code.
        code: &'static str,
        /// What is wrong, without content of cells.
        text: String,
        /// What the text speaks of.
        params: Vec<(&'static str, String)>,
    },
    /// Python itself raised.
    Python(PyErr),
}

impl Fault {
    pub(crate) fn input(code: &'static str, text: impl Into<String>) -> Self {
        Self::Input { code, text: text.into(), params: Vec::new() }
    }

    /// Adds something that the text speaks of.
    pub(crate) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        if let Self::Input { params, .. } = &mut self {
            params.push((name, value.to_string()));
        }
        self
    }

    /// A value that does not fit its field.
    pub(crate) fn value(field: &str, issue: &ValueIssue) -> Self {
        Self::input(issue.code(), format!("{field}: {issue}")).with("field", field)
    }

    pub(crate) fn internal() -> Self {
        // The text of a panic may hold what a record holds.
        Self::input("internal.error", "qudao stopped unexpectedly; this is a bug in qudao")
    }
}

impl From<qudao::Error> for Fault {
    fn from(error: qudao::Error) -> Self {
        Self::Engine(Box::new(error))
    }
}

impl From<IdError> for Fault {
    fn from(error: IdError) -> Self {
        Self::Engine(Box::new(error.into()))
    }
}

impl From<PyErr> for Fault {
    fn from(error: PyErr) -> Self {
        Self::Python(error)
    }
}

impl From<Fault> for PyErr {
    fn from(fault: Fault) -> Self {
        Python::attach(|py| match fault {
            Fault::Python(error) => error,
            Fault::Engine(error) => engine_error(py, &error).unwrap_or_else(|e| e),
            Fault::Input { code, text, params } => {
                let given = || -> PyResult<PyErr> {
                    let dict = PyDict::new(py);
                    for (name, value) in params {
                        dict.set_item(name, value)?;
                    }
                    make(py, code, [&text, &text], &dict, &[])
                };
                given().unwrap_or_else(|e| e)
            }
        })
    }
}

fn engine_error(py: Python<'_>, error: &qudao::Error) -> PyResult<PyErr> {
    let lints: &[Lint] = match error {
        qudao::Error::Blueprint { lints, .. } => lints,
        _ => &[],
    };
    let (en, zh) = (error.text(&Locale::en()), error.text(&Locale::zh()));
    make(py, error.code(), [&en, &zh], &params_dict(py, &error_params(error))?, lints)
}

/// The parameters of an error; those of the part that failed where that part knows more.
fn error_params(error: &qudao::Error) -> Params {
    match error {
        qudao::Error::Metrics(e) => e.params(),
        qudao::Error::Store(e) => e.params(),
        _ => error.params(),
    }
}

fn params_dict<'py>(py: Python<'py>, params: &Params) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, param) in params {
        dict.set_item(name, plain::param(py, param)?)?;
    }
    Ok(dict)
}

fn make(
    py: Python<'_>,
    code: &str,
    texts: [&str; 2],
    params: &Bound<'_, PyDict>,
    lints: &[Lint],
) -> PyResult<PyErr> {
    let list = PyList::empty(py);
    for lint in lints {
        list.append(plain::lint(py, lint)?)?;
    }
    let [en, zh] = texts;
    let error = py.import("qudao._errors")?.getattr("make")?.call1((code, en, zh, params, list))?;
    Ok(PyErr::from_value(error))
}

/// Runs work of the engine with the interpreter free for other threads. A panic becomes `internal.error`.
pub(crate) fn run<T: Send>(py: Python<'_>, work: impl FnOnce() -> Result<T, Fault> + Send) -> PyResult<T> {
    let outcome = py.detach(|| catch_unwind(AssertUnwindSafe(work)));
    Ok(outcome.unwrap_or_else(|_| Err(Fault::internal()))?)
}
