//! The audit of stewardship, and the commands that follow from it.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use qudao::model::{Command, CommandKind, Locale, ObjectName};
use qudao::quality::{AuditFinding, RowViolation};

use crate::error::{Fault, run};
use crate::plain;
use crate::table::{Column, Table};
use crate::validation::problem_tables;

/// What an audit found.
#[pyclass(frozen, name = "Audit", module = "qudao._native")]
pub(crate) struct Audit {
    pub(crate) engine: qudao::Engine,
    pub(crate) found: Vec<AuditFinding>,
    pub(crate) problems: Vec<(ObjectName, RowViolation)>,
}

fn head(found: &[AuditFinding]) -> Vec<Column> {
    vec![
        Column::dates("due_on", found.iter().map(|f| Some(f.due_on))),
        Column::texts("object", found.iter().map(|f| &f.record.object)),
        Column::texts("record", found.iter().map(|f| &f.record.id)),
        Column::opt_texts("owner", found.iter().map(|f| f.owner.as_ref())),
        Column::texts("rule", found.iter().map(|f| &f.violation.rule)),
        Column::texts("severity", found.iter().map(|f| f.violation.severity.as_str())),
    ]
}

/// A command of the engine as the package has it.
fn command<'py>(py: Python<'py>, command: &Command) -> PyResult<Bound<'py, PyAny>> {
    let with = PyDict::new(py);
    let (name, patch) = match &command.kind {
        CommandKind::Create { object, patch, .. } => {
            with.set_item("object", object.as_str())?;
            ("Create", patch)
        }
        CommandKind::Update { record, patch, .. } => {
            with.set_item("object", record.object.as_str())?;
            with.set_item("id", record.id.as_str())?;
            ("Update", patch)
        }
        _ => return Err(Fault::input("command.unknown", "an audit makes creates and updates").into()),
    };
    with.set_item("values", plain::patch(py, patch)?)?;
    with.set_item("key", command.key.as_ref().map(|k| k.as_str()))?;
    py.import("qudao._commands")?.getattr(name)?.call((), Some(&with))
}

#[pymethods]
impl Audit {
    fn __len__(&self) -> usize {
        self.found.len()
    }

    /// The findings.
    fn findings(&self, py: Python<'_>) -> PyResult<Table> {
        run(py, || {
            let mut columns = head(&self.found);
            columns.push(Column::instants("since", self.found.iter().map(|f| f.since)));
            columns.push(Column::texts("action", self.found.iter().map(|f| plain::word(&f.action))));
            Table::of(columns)
        })
    }

    /// The findings as texts.
    fn messages(&self, py: Python<'_>, locale: &str) -> PyResult<Table> {
        let locale = Locale::new(locale);
        run(py, || {
            let mut columns = head(&self.found);
            columns.push(Column::texts("message", self.found.iter().map(|f| f.violation.text(&locale))));
            columns.push(Column::opt_texts("fix", self.found.iter().map(|f| f.violation.fix(&locale))));
            Table::of(columns)
        })
    }

    /// The findings as tasks: commands that make activities.
    fn tasks<'py>(&self, py: Python<'py>, locale: &str) -> PyResult<Bound<'py, PyTuple>> {
        let locale = Locale::new(locale);
        let made: Vec<Command> = run(py, || {
            let task = |f: &AuditFinding| Ok(self.engine.audit_task(f, &locale)?);
            self.found.iter().map(task).collect()
        })?;
        plain::tuple(py, &made, |c| command(py, c))
    }

    /// What is proposed to be taken back: commands that take records from their owners.
    fn take_backs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let made = self.found.iter().filter_map(|f| self.engine.audit_take_back(f));
        plain::tuple(py, made, |c| command(py, &c))
    }

    /// What could not be read of the frames, by object.
    fn problems(&self, py: Python<'_>) -> PyResult<Vec<(String, Table)>> {
        run(py, || problem_tables(&self.problems))
    }
}
