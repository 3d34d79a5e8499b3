//! Cleansing in bulk: a difference to look at, the batch that applies it, and its undoing.

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use qudao::model::{Locale, RecordKey, Value, Violation};

use crate::compare::keys;
use crate::error::{Fault, run};
use crate::plain;
use crate::table::{Column, Table};

/// A value as a cell of a table of texts.
fn text(value: &Value) -> Option<String> {
    (*value != Value::Missing).then(|| value.to_string())
}

/// The reasons for which records were refused, one a row.
fn reasons<'a>(
    refused: impl Iterator<Item = (&'a RecordKey, &'a Vec<Violation>)> + Clone,
    locale: &Locale,
) -> Result<Table, Fault> {
    let rows = || refused.clone().flat_map(|(key, all)| all.iter().map(move |v| (key, v)));
    Table::of(vec![
        Column::texts("object", rows().map(|(k, _)| &k.object)),
        Column::texts("record", rows().map(|(k, _)| &k.id)),
        Column::texts("rule", rows().map(|(_, v)| &v.rule)),
        Column::texts("code", rows().map(|(_, v)| &v.code)),
        Column::texts("message", rows().map(|(_, v)| v.text(locale))),
        Column::opt_texts("fix", rows().map(|(_, v)| v.fix(locale))),
    ])
}

/// What a plan would change.
#[pyclass(frozen, name = "CleanseDiff", module = "qudao._native")]
pub(crate) struct CleanseDiff {
    pub(crate) diff: qudao::CleanseDiff,
}

#[pymethods]
impl CleanseDiff {
    /// The object, how many records the plan chose, and how many of them would change.
    fn counts(&self) -> (&str, usize, usize) {
        (self.diff.object.as_str(), self.diff.selected, self.diff.records.len())
    }

    /// The cells that would change.
    fn cells(&self, py: Python<'_>) -> PyResult<Table> {
        run(py, || {
            let rows = || self.diff.records.iter().flat_map(|r| r.changes.iter().map(move |c| (r, c)));
            Table::of(vec![
                Column::texts("record", rows().map(|(r, _)| &r.record.id)),
                Column::texts("field", rows().map(|(_, c)| &c.field)),
                Column::opt_texts("before", rows().map(|(_, c)| text(&c.before))),
                Column::opt_texts("after", rows().map(|(_, c)| text(&c.after))),
                Column::flags("refused", rows().map(|(r, _)| Some(!r.refused.is_empty()))),
            ])
        })
    }

    /// The records that would change, with their values.
    fn records<'py>(&self, py: Python<'py>, locale: &str) -> PyResult<Bound<'py, PyTuple>> {
        let locale = Locale::new(locale);
        plain::tuple(py, &self.diff.records, |r| plain::record_diff(py, r, &locale))
    }

    /// Why the save path would refuse records.
    fn refused(&self, py: Python<'_>, locale: &str) -> PyResult<Table> {
        let locale = Locale::new(locale);
        run(py, || reasons(self.diff.records.iter().map(|r| (&r.record, &r.refused)), &locale))
    }
}

/// What a batch did.
#[pyclass(frozen, name = "BatchReport", module = "qudao._native")]
pub(crate) struct BatchReport {
    pub(crate) report: qudao::BatchReport,
}

#[pymethods]
impl BatchReport {
    /// Its name.
    fn batch(&self) -> &str {
        &self.report.batch
    }

    /// The records changed.
    fn applied(&self, py: Python<'_>) -> PyResult<Table> {
        run(py, || keys(&self.report.applied))
    }

    /// The records refused, with every reason.
    fn refused(&self, py: Python<'_>, locale: &str) -> PyResult<Table> {
        let locale = Locale::new(locale);
        run(py, || reasons(self.report.refused.iter().map(|(k, v)| (k, v)), &locale))
    }

    /// How many records were refused.
    fn refused_records(&self) -> usize {
        self.report.refused.len()
    }
}

/// What an undoing did.
#[pyclass(frozen, name = "UndoReport", module = "qudao._native")]
pub(crate) struct UndoReport {
    pub(crate) report: qudao::UndoReport,
}

#[pymethods]
impl UndoReport {
    /// The name of the undoing, which is a batch too.
    fn batch(&self) -> &str {
        &self.report.batch
    }

    /// The records of which something was reverted.
    fn reverted(&self, py: Python<'_>) -> PyResult<Table> {
        run(py, || keys(&self.report.reverted))
    }

    /// The fields that somebody has changed since.
    fn conflicts(&self, py: Python<'_>) -> PyResult<Table> {
        run(py, || {
            let found = &self.report.conflicts;
            Table::of(vec![
                Column::texts("object", found.iter().map(|c| &c.record.object)),
                Column::texts("record", found.iter().map(|c| &c.record.id)),
                Column::texts("field", found.iter().map(|c| &c.field)),
                Column::opt_texts("written", found.iter().map(|c| text(&c.written))),
                Column::opt_texts("current", found.iter().map(|c| text(&c.current))),
            ])
        })
    }

    /// The records refused, with every reason.
    fn refused(&self, py: Python<'_>, locale: &str) -> PyResult<Table> {
        let locale = Locale::new(locale);
        run(py, || reasons(self.report.refused.iter().map(|(k, v)| (k, v)), &locale))
    }

    /// How many records were refused.
    fn refused_records(&self) -> usize {
        self.report.refused.len()
    }
}

/// A plan from its text, or from a file.
pub(crate) fn plan(file: Option<&std::path::Path>, given: Option<&str>) -> Result<qudao::CleansePlan, Fault> {
    let Some(file) = file else {
        return Ok(qudao::CleansePlan::from_yaml("plan", given.unwrap_or_default())?);
    };
    let path = file.display().to_string();
    let text = std::fs::read_to_string(file).map_err(|e| match e.kind() {
        std::io::ErrorKind::InvalidData => qudao::Error::NotText { path: path.clone() },
        _ => qudao::Error::Io { path: path.clone(), detail: e.to_string() },
    })?;
    Ok(qudao::CleansePlan::from_yaml(&path, &text)?)
}
