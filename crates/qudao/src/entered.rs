//! Columns of plain values from a host, read into a table and validated as one.

use std::collections::BTreeSet;

use qudao_model::columns::{Column, ColumnError, Table, Tables, Texts};
use qudao_model::{Dataset, Instant, ObjectName, Param, RecordId, Severity, Value};
use qudao_quality::{QualityError, RowViolation, TableReport};

use crate::engine::Engine;
use crate::entry::EntryRules;
use crate::error::Error;
use crate::rows::{Rows, read};
use crate::tables::row_problem;

/// A table read from columns, with what could not be read.
#[derive(Debug, Clone)]
pub struct Entered {
    /// The rows.
    pub table: Table,
    /// What could not be read, by row.
    pub problems: Vec<RowViolation>,
    /// Columns that the schema does not know, in order of appearance.
    pub unknown_columns: Vec<String>,
}

impl Engine {
    /// Reads columns of plain values, each as long as there are rows; a shorter one has no value for the rest. They are
    /// read as [`Engine::rows`] reads rows, but that what the schema does not know is named and not kept.
    ///
    /// ```
    /// use qudao::prelude::*;
    ///
    /// let engine = Engine::from_yaml("qudao: 1\nobjects: {account: {fields: {name: {required: true}}}}")?;
    /// let account = "account".parse()?;
    /// let names = vec![Value::text("Acme"), Value::text("N/A")];
    /// let entered = engine.entered(&account, 2, [("name", names)])?;
    /// let report = engine.validate_entered(&account, &entered, &Dataset::new(), None)?;
    /// assert_eq!(report.rows[0].row, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::UnknownObject`]; [`Error::Quality`] for more than 4 GiB of text in a column.
    pub fn entered<C: AsRef<str>>(
        &self,
        object: &ObjectName,
        rows: usize,
        columns: impl IntoIterator<Item = (C, Vec<Value>)>,
    ) -> Result<Entered, Error> {
        let schema = self
            .schema()
            .object(object.as_str())
            .ok_or_else(|| self.unknown_object(object.as_str()))?
            .clone();
        let rules = EntryRules { zone: Some(self.zone()), ..EntryRules::default() };
        let mut ids: Vec<Option<RecordId>> = Vec::new();
        let mut known = Vec::new();
        let mut problems = Vec::new();
        let mut unknown_columns = Vec::new();
        for (name, mut values) in columns {
            let name = name.as_ref();
            values.resize(rows, Value::Missing);
            if name == "id" {
                ids = read_ids(object, &values, &mut problems);
                continue;
            }
            let Some((ix, def)) = schema.field_ix(name).and_then(|ix| Some((ix, schema.field_at(ix)?)))
            else {
                unknown_columns.push(name.to_owned());
                continue;
            };
            for (row, value) in values.iter_mut().enumerate() {
                match read(&def.ty, std::mem::take(value), &rules) {
                    Ok(read) => *value = read,
                    Err(issue) => {
                        let mut v = row_problem(object, issue.code(), &format!("{object}.{name}.type"))
                            .field(def.name.clone())
                            .param("field", Param::Text(def.label()));
                        v.params.extend(issue.params());
                        problems.push(RowViolation { row, violation: v });
                    }
                }
            }
            known.push((ix, Column::collect(&def.ty, values.iter()).map_err(|e| columns_error(object, &e))?));
        }
        let mut texts = Texts::with_capacity(rows, rows.saturating_mul(8));
        for row in 0..rows {
            let pushed = match ids.get(row) {
                Some(Some(id)) => texts.push(id.as_str()),
                _ => texts.push(&format!("row-{row}")),
            };
            pushed.map_err(|e| columns_error(object, &e))?;
        }
        problems.sort_by_key(|p| p.row);
        for problem in &mut problems {
            problem.violation.record = Some(RecordId::new(texts.get(problem.row))?);
        }
        let mut table = Table::new(schema, texts);
        for (ix, column) in known {
            table.set(ix, column.into()).map_err(|e| columns_error(object, &e))?;
        }
        Ok(Entered { table, problems, unknown_columns })
    }

    /// Validates a table that was read from columns: the answer of [`Engine::validate`] on the same rows, at the speed
    /// of columns.
    ///
    /// # Errors
    /// As [`Engine::validate`].
    pub fn validate_entered(
        &self,
        object: &ObjectName,
        entered: &Entered,
        related: &Dataset,
        now: Option<Instant>,
    ) -> Result<TableReport, Error> {
        let failed = |e: ColumnError| columns_error(object, &e);
        if related.has(object.as_str()) {
            // Rows and records of one object are seen together: one by one.
            let records = entered.table.to_records().map_err(failed)?;
            let rows = Rows { records, problems: entered.problems.clone(), ..Rows::default() };
            return self.validate(object, &rows, related, now);
        }
        let mut tables = Tables::from_dataset(self.schema(), related).map_err(failed)?;
        tables.put(entered.table.clone());
        let scanned = self.scan(object, &tables, now, None)?;
        let none_failed = scanned.raw().is_empty();
        let own = if !none_failed && self.looks_at_own(object) {
            let mut data = related.clone();
            for record in entered.table.to_records().map_err(failed)? {
                if data.get(object.as_str(), record.id().as_str()).is_none() {
                    data.put(record);
                }
            }
            Some(data)
        } else {
            None
        };
        let mut report = scanned.report(own.as_ref().unwrap_or(related))?;
        if !entered.problems.is_empty() {
            let mut all = entered.problems.clone();
            all.append(&mut report.rows);
            all.sort_by_key(|r| r.row);
            for row in &mut all {
                self.word(&mut row.violation);
            }
            report.ok = all.iter().all(|r| r.violation.severity < Severity::Error);
            report.rows = all;
        }
        Ok(report)
    }
}

fn columns_error(object: &ObjectName, error: &ColumnError) -> Error {
    QualityError::Columns { object: object.clone(), detail: error.to_string() }.into()
}

/// The ids that rows bring. One that stands twice, or that is none, is a problem of its row.
fn read_ids(
    object: &ObjectName,
    values: &[Value],
    problems: &mut Vec<RowViolation>,
) -> Vec<Option<RecordId>> {
    let mut seen: BTreeSet<RecordId> = BTreeSet::new();
    let mut ids = Vec::with_capacity(values.len());
    for (row, value) in values.iter().enumerate() {
        let text = value.to_string();
        let id = match RecordId::new(text.trim()) {
            Ok(id) => {
                if !seen.insert(id.clone()) {
                    let violation = row_problem(object, "record.duplicate_id", "record.id");
                    problems.push(RowViolation { row, violation });
                }
                Some(id)
            }
            Err(_) if value.is_blank() => None,
            Err(_) => {
                let violation = row_problem(object, "value.bad_reference", "record.id").param("field", "id");
                problems.push(RowViolation { row, violation });
                None
            }
        };
        ids.push(id);
    }
    ids
}
