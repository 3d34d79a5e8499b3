//! Columns of plain values from a host, read into a table and validated as one.

use std::collections::HashSet;

use qudao_model::columns::{Column, ColumnData, ColumnError, RowIds, Table, TextData, Texts};
use qudao_model::{Dataset, Instant, ObjectName, Param, RecordId, Value};
use qudao_quality::{QualityError, RowViolation, TableReport};

use crate::engine::Engine;
use crate::entry::EntryRules;
use crate::error::Error;
use crate::rows::read;
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

/// A column as a host brings it.
#[derive(Debug, Clone)]
pub enum EnteredColumn {
    /// Plain values, to be read as the field's type.
    Values(Vec<Value>),
    /// Values of the field's type; texts, for the ids of rows. Others are read as plain values.
    Typed(Column),
}

impl From<Vec<Value>> for EnteredColumn {
    fn from(values: Vec<Value>) -> Self {
        Self::Values(values)
    }
}

impl From<Column> for EnteredColumn {
    fn from(column: Column) -> Self {
        Self::Typed(column)
    }
}

impl EnteredColumn {
    /// As plain values, one for each row.
    fn into_values(self, rows: usize) -> Vec<Value> {
        match self {
            Self::Values(mut values) => {
                values.resize(rows, Value::Missing);
                values
            }
            Self::Typed(column) => (0..rows).map(|row| column.get(row)).collect(),
        }
    }
}

impl Engine {
    /// Reads columns, each as long as there are rows; one of plain values may be shorter and has none for the rest. They
    /// are read as [`Engine::rows`] reads rows, but that what the schema does not know is named and not kept. A column that
    /// is of its field's type already is taken as it is.
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
    pub fn entered<C: AsRef<str>, V: Into<EnteredColumn>>(
        &self,
        object: &ObjectName,
        rows: usize,
        columns: impl IntoIterator<Item = (C, V)>,
    ) -> Result<Entered, Error> {
        let mut seen: HashSet<String> = HashSet::new();
        self.entered_from(object, 0, rows, columns, &mut |_, id| !seen.insert(id.to_owned()))
    }

    /// Reads columns of which the first row stands at a position. `twice` is told the id that a row brings, by its
    /// position, and says whether it stood before.
    pub(crate) fn entered_from<C: AsRef<str>, V: Into<EnteredColumn>>(
        &self,
        object: &ObjectName,
        first: usize,
        rows: usize,
        columns: impl IntoIterator<Item = (C, V)>,
        twice: &mut dyn FnMut(usize, &str) -> bool,
    ) -> Result<Entered, Error> {
        let schema = self
            .schema()
            .object(object.as_str())
            .ok_or_else(|| self.unknown_object(object.as_str()))?
            .clone();
        let rules = EntryRules { zone: Some(self.zone()), ..EntryRules::default() };
        let mut ids = RowIds::Numbered { first, rows };
        let mut known = Vec::new();
        let mut problems = Vec::new();
        let mut unknown_columns = Vec::new();
        let failed = |e: &ColumnError| columns_error(object, e);
        for (name, column) in columns {
            let (name, column) = (name.as_ref(), column.into());
            if name == "id" {
                let texts = match column {
                    EnteredColumn::Typed(column) if matches!(column.data(), ColumnData::Text(_)) => column,
                    other => {
                        let texts: Vec<Value> =
                            other.into_values(rows).iter().map(|v| Value::text(v.to_string())).collect();
                        Column::collect(&qudao_model::FieldType::Text, texts.iter())
                            .map_err(|e| failed(&e))?
                    }
                };
                ids = read_ids(object, first, &texts, twice, &mut problems).map_err(|e| failed(&e))?;
                continue;
            }
            let Some((ix, def)) = schema.field_ix(name).and_then(|ix| Some((ix, schema.field_at(ix)?)))
            else {
                unknown_columns.push(name.to_owned());
                continue;
            };
            let mut values = match column {
                EnteredColumn::Typed(column) if column.len() == rows && column.fits(&def.ty) => {
                    known.push((ix, column));
                    continue;
                }
                other => other.into_values(rows),
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
            known.push((ix, Column::collect(&def.ty, values.iter()).map_err(|e| failed(&e))?));
        }
        problems.sort_by_key(|p| p.row);
        for problem in &mut problems {
            problem.violation.record = Some(RecordId::new(ids.get(problem.row))?);
        }
        let mut table = Table::with_ids(schema, ids);
        for (ix, column) in known {
            table.set(ix, column.into()).map_err(|e| failed(&e))?;
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
        self.check_entered(object, entered, related.clone(), now)?.into_report()
    }
}

fn columns_error(object: &ObjectName, error: &ColumnError) -> Error {
    QualityError::Columns { object: object.clone(), detail: error.to_string() }.into()
}

/// The ids that rows bring. One that stands twice, or that is none, is a problem of its row; a row without one is
/// numbered.
fn read_ids(
    object: &ObjectName,
    first: usize,
    column: &Column,
    twice: &mut dyn FnMut(usize, &str) -> bool,
    problems: &mut Vec<RowViolation>,
) -> Result<RowIds, ColumnError> {
    let ColumnData::Text(texts) = column.data() else {
        return Ok(RowIds::Numbered { first, rows: column.len() });
    };
    // The texts themselves are the ids, where every row has one and none has to be trimmed.
    let mut as_given = true;
    let mut ids: Vec<Option<&str>> = Vec::with_capacity(column.len());
    for row in 0..column.len() {
        let text = if column.valid().is_none_or(|v| v.get(row)) { texts.get(row) } else { "" };
        let id = text.trim();
        let fits = RecordId::fits(id);
        as_given &= fits && id.len() == text.len();
        if fits {
            if twice(first.saturating_add(row), id) {
                let violation = row_problem(object, "record.duplicate_id", "record.id");
                problems.push(RowViolation { row, violation });
            }
        } else if !id.is_empty() {
            let violation = row_problem(object, "value.bad_reference", "record.id").param("field", "id");
            problems.push(RowViolation { row, violation });
        }
        ids.push(fits.then_some(id));
    }
    if as_given && let TextData::Plain(texts) = texts {
        return Ok(RowIds::Given(texts.clone()));
    }
    let mut out = Texts::with_capacity(ids.len(), ids.len().saturating_mul(8));
    for (row, id) in ids.iter().enumerate() {
        match id {
            Some(id) => out.push(id)?,
            None => out.push(&format!("row-{}", first.saturating_add(row)))?,
        }
    }
    Ok(out.into())
}
