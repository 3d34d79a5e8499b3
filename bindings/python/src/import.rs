//! Imports of files.

use std::path::{Path, PathBuf};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use qudao::import::{
    FileReport, ImportOptions, ImportReport as Report, Mapping, NoteCount, Reject, write_rejects,
};
use qudao::model::{Instant, Locale};

use crate::error::{self, Fault};
use crate::plain;

/// Reads a mapping: a file, or a text whose paths begin at the folder.
pub(crate) fn mapping(file: Option<PathBuf>, text: Option<String>, folder: &Path) -> Result<Mapping, Fault> {
    match (file, text) {
        (Some(file), _) => Ok(Mapping::from_file(file)?),
        (None, Some(text)) => Ok(Mapping::from_yaml("mapping", &text, folder)?),
        (None, None) => Err(Fault::input("import.no_mapping", "an import needs a mapping")),
    }
}

/// Imports, and tells `progress` how far it is.
#[expect(clippy::too_many_arguments, reason = "one call site")]
pub(crate) fn run(
    py: Python<'_>,
    session: &qudao::Session,
    mapping: &Mapping,
    folder: &Path,
    only: Option<String>,
    mended: Option<PathBuf>,
    now: Instant,
    progress: Option<Py<PyAny>>,
) -> PyResult<ImportReport> {
    let options = ImportOptions { rejects: mended, only, ..ImportOptions::default() };
    error::run(py, move || {
        let mut raised: Option<PyErr> = None;
        let report = session.import(mapping, folder, &options, now, &mut |at| {
            let Some(call) = progress.as_ref().filter(|_| raised.is_none()) else { return };
            raised = Python::attach(|py| call.call1(py, (at.file, at.done, at.total)).err());
        })?;
        match raised {
            // The rows are stored; what the host's own code raised is the host's to know.
            Some(error) => Err(error.into()),
            None => Ok(ImportReport { report }),
        }
    })
}

/// What an import did.
#[pyclass(frozen, name = "ImportReport", module = "qudao._native")]
pub(crate) struct ImportReport {
    report: Report,
}

fn file<'py>(py: Python<'py>, f: &FileReport) -> PyResult<Bound<'py, PyAny>> {
    let with = PyDict::new(py);
    with.set_item("file", &f.file)?;
    with.set_item("object", f.object.as_str())?;
    with.set_item("encoding", &f.encoding)?;
    with.set_item("rows", f.rows)?;
    with.set_item("stored", f.stored)?;
    with.set_item("already", f.already)?;
    with.set_item("warned", f.warned)?;
    with.set_item("rejected", f.rejected)?;
    with.set_item("possible_duplicates", f.possible_duplicates)?;
    with.set_item("extra_columns", PyTuple::new(py, &f.extra_columns)?)?;
    with.set_item("absent_columns", PyTuple::new(py, &f.absent_columns)?)?;
    plain::class(py, "FileReport")?.call((), Some(&with))
}

fn reject<'py>(py: Python<'py>, r: &Reject, locale: &Locale) -> PyResult<Bound<'py, PyAny>> {
    let with = PyDict::new(py);
    with.set_item("file", &r.file)?;
    with.set_item("row", r.row)?;
    let cells = PyDict::new(py);
    for (column, cell) in &r.cells {
        cells.set_item(column, cell)?;
    }
    with.set_item("cells", cells)?;
    with.set_item("reasons", plain::tuple(py, &r.reasons, |v| plain::violation(py, v, locale))?)?;
    plain::class(py, "Reject")?.call((), Some(&with))
}

fn note<'py>(py: Python<'py>, n: &NoteCount) -> PyResult<Bound<'py, PyAny>> {
    let with = PyDict::new(py);
    with.set_item("file", &n.file)?;
    with.set_item("rule", &n.rule)?;
    with.set_item("code", &n.code)?;
    with.set_item("severity", n.severity.as_str())?;
    with.set_item("rows", n.rows)?;
    with.set_item("first_row", n.first_row)?;
    with.set_item("text_en", &n.text_en)?;
    with.set_item("text_zh", &n.text_zh)?;
    with.set_item("fix_en", n.fix_en.as_deref())?;
    with.set_item("fix_zh", n.fix_zh.as_deref())?;
    plain::class(py, "Note")?.call((), Some(&with))
}

#[pymethods]
impl ImportReport {
    /// File by file.
    fn files<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        plain::tuple(py, &self.report.files, |f| file(py, f))
    }

    /// Rows that were not stored.
    fn rejects<'py>(&self, py: Python<'py>, locale: &str) -> PyResult<Bound<'py, PyTuple>> {
        let locale = Locale::new(locale);
        plain::tuple(py, &self.report.rejects, |r| reject(py, r, &locale))
    }

    /// What rules said, counted.
    fn notes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        plain::tuple(py, &self.report.notes, |n| note(py, n))
    }

    /// Writes the rejects as a file that imports again once mended.
    fn write_rejects(&self, py: Python<'_>, path: PathBuf, locale: &str) -> PyResult<()> {
        let locale = Locale::new(locale);
        error::run(py, || Ok(write_rejects(&path, &self.report.rejects, &locale)?))
    }
}
