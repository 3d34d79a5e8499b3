//! What the rules say about a frame.

use std::sync::OnceLock;

use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};
use qudao::Checked;
use qudao::model::{Locale, ObjectName, Param, Severity, Violation};
use qudao::quality::{RowViolation, TableReport};
use serde_json::{Map, Value as Json};

use crate::error::{Fault, run};
use crate::plain;
use crate::table::{Column, Table};

/// What the rules say about a frame.
#[pyclass(frozen, name = "Validation", module = "qudao._native")]
pub(crate) struct Validation {
    checked: Checked,
    /// The findings in words, once somebody asked for them.
    words: OnceLock<TableReport>,
    unknown: Vec<String>,
}

impl Validation {
    pub(crate) fn new(checked: Checked, unknown: Vec<String>) -> Self {
        Self { checked, words: OnceLock::new(), unknown }
    }

    fn report(&self) -> Result<&TableReport, Fault> {
        if let Some(report) = self.words.get() {
            return Ok(report);
        }
        let report = self.checked.report()?;
        Ok(self.words.get_or_init(|| report))
    }
}

/// The parameters as a JSON object: values as people write them, words by locale.
fn params_json(found: &Violation) -> String {
    let mut map = Map::new();
    for (name, param) in &found.params {
        let json = match param {
            Param::Value(value) => value.to_plain_json(),
            Param::Text(text) => serde_json::to_value(text).unwrap_or_default(),
        };
        map.insert(name.clone(), json);
    }
    Json::Object(map).to_string()
}

/// Findings as a table: row, rule, fields, code, severity, params.
pub(crate) fn violations_table(found: &[RowViolation]) -> Result<Table, Fault> {
    Table::of(vec![
        Column::rows("row", found.iter().map(|r| r.row)),
        Column::texts("rule", found.iter().map(|r| &r.violation.rule)),
        Column::lists("fields", found.iter().map(|r| &r.violation.fields)),
        Column::texts("code", found.iter().map(|r| &r.violation.code)),
        Column::texts("severity", found.iter().map(|r| r.violation.severity.as_str())),
        Column::texts("params", found.iter().map(|r| params_json(&r.violation))),
    ])
}

/// Findings of several objects, as a table for each.
pub(crate) fn problem_tables(found: &[(ObjectName, RowViolation)]) -> Result<Vec<(String, Table)>, Fault> {
    let mut objects: Vec<&ObjectName> = found.iter().map(|(o, _)| o).collect();
    objects.dedup();
    objects
        .into_iter()
        .map(|object| {
            let own: Vec<RowViolation> =
                found.iter().filter(|(o, _)| o == object).map(|(_, p)| p.clone()).collect();
            Ok((object.to_string(), violations_table(&own)?))
        })
        .collect()
}

#[pymethods]
impl Validation {
    /// No rule of severity error failed.
    fn ok(&self) -> bool {
        self.checked.ok()
    }

    /// The number of rows checked.
    fn rows(&self) -> usize {
        self.checked.rows()
    }

    /// How many findings there are.
    fn count(&self, py: Python<'_>) -> PyResult<usize> {
        if let Some(count) = self.checked.count() {
            return Ok(count);
        }
        run(py, || Ok(self.report()?.rows.len()))
    }

    /// Which rule fails in which row, without words: `row` and `rule`.
    fn failures(&self, py: Python<'_>) -> PyResult<Table> {
        run(py, || {
            let count = self.checked.failures().count();
            let mut rows = Vec::with_capacity(count);
            let mut rules = Vec::with_capacity(count);
            for (row, rule) in self.checked.failures() {
                rows.push(row);
                rules.push(rule);
            }
            Table::of(vec![Column::rows("row", rows), Column::texts("rule", rules)])
        })
    }

    /// Which rows have a finding of a severity, or of a graver one: one column, `bad`.
    fn bad_rows(&self, py: Python<'_>, severity: &str) -> PyResult<Table> {
        let least = match severity {
            "info" => Severity::Info,
            "warning" => Severity::Warning,
            "error" => Severity::Error,
            _ => {
                let text = "severity: expected error, warning or info";
                return Err(Fault::input("validation.bad_severity", text).with("severity", severity).into());
            }
        };
        run(py, || {
            let mut bad = vec![false; self.checked.rows()];
            for (row, _) in self.checked.severities().filter(|(_, severity)| *severity >= least) {
                if let Some(mark) = bad.get_mut(row) {
                    *mark = true;
                }
            }
            Table::of(vec![Column::flags("bad", bad.into_iter().map(Some))])
        })
    }

    /// Columns that the Blueprint does not know.
    fn unknown_columns(&self) -> Vec<String> {
        self.unknown.clone()
    }

    /// The findings as a table.
    fn violations(&self, py: Python<'_>) -> PyResult<Table> {
        run(py, || violations_table(&self.report()?.rows))
    }

    /// The findings as texts.
    fn messages(&self, py: Python<'_>, locale: &str) -> PyResult<Table> {
        let locale = Locale::new(locale);
        run(py, || {
            let found = &self.report()?.rows;
            Table::of(vec![
                Column::rows("row", found.iter().map(|r| r.row)),
                Column::texts("rule", found.iter().map(|r| &r.violation.rule)),
                Column::texts("severity", found.iter().map(|r| r.violation.severity.as_str())),
                Column::texts("message", found.iter().map(|r| r.violation.text(&locale))),
                Column::opt_texts("fix", found.iter().map(|r| r.violation.fix(&locale))),
            ])
        })
    }

    /// How each rule came out.
    fn summary(&self, py: Python<'_>) -> PyResult<Table> {
        run(py, || {
            let all = self.checked.summary();
            Table::of(vec![
                Column::texts("rule", all.iter().map(|(rule, _)| rule)),
                Column::texts("severity", all.iter().map(|(_, s)| s.severity.as_str())),
                Column::rows("checked", all.iter().map(|(_, s)| s.checked)),
                Column::rows("failed", all.iter().map(|(_, s)| s.failed)),
                Column::rows("unknown", all.iter().map(|(_, s)| s.unknown)),
                Column::rows("skipped", all.iter().map(|(_, s)| s.skipped)),
            ])
        })
    }

    /// The findings as objects, each with its row; those of one row where one is given.
    #[pyo3(signature = (locale, row=None))]
    fn findings<'py>(
        &self,
        py: Python<'py>,
        locale: &str,
        row: Option<usize>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let locale = Locale::new(locale);
        let list = PyList::empty(py);
        let report = run(py, || self.report())?;
        for found in report.rows.iter().filter(|r| row.is_none_or(|wanted| r.row == wanted)) {
            list.append((found.row, plain::violation(py, &found.violation, &locale)?))?;
        }
        Ok(list.to_tuple())
    }
}
