//! Rows of plain values from a host or a file, read into records. Nothing is lost: a value that does not fit its field
//! becomes a finding of its row, and a column that the schema does not know rides along.

use std::collections::BTreeSet;
use std::sync::Arc;

use qudao_model::{
    Dataset, FieldDef, FieldIx, FieldType, Instant, ObjectName, ObjectSchema, Param, Record, RecordId, Value,
    ValueIssue,
};
use qudao_quality::RowViolation;

use crate::engine::Engine;
use crate::entry::{EntryIssue, EntryRules, read_text};
use crate::error::Error;
use crate::tables::row_problem;

/// Records read from rows, in order, with what could not be read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rows {
    /// One record for each row.
    pub records: Vec<Record>,
    /// What could not be read, by row.
    pub problems: Vec<RowViolation>,
    /// Columns that the schema does not know, in order of appearance.
    pub unknown_columns: Vec<String>,
}

impl Rows {
    /// The records as the one table of a dataset. Of two rows with one id the first stands.
    #[must_use]
    pub fn to_dataset(&self) -> Dataset {
        let mut data = Dataset::new();
        for record in &self.records {
            if data.get(record.object().as_str(), record.id().as_str()).is_none() {
                data.put(record.clone());
            }
        }
        data
    }

    /// The ids that the rows brought, by row: what clusters are kept by from run to run.
    ///
    /// # Errors
    /// [`Error::RowWithoutId`] for the first row that brought none.
    pub fn ids(&self) -> Result<Vec<RecordId>, Error> {
        let mut ids = Vec::with_capacity(self.records.len());
        for (row, record) in self.records.iter().enumerate() {
            // What a row without an id is called by.
            if record.id().as_str().strip_prefix("row-").is_some_and(|at| at == row.to_string()) {
                return Err(Error::RowWithoutId { row });
            }
            ids.push(record.id().clone());
        }
        Ok(ids)
    }
}

impl Engine {
    /// Reads rows of plain values: pairs of column and value, in any order. The column `id` is the record's id;
    /// a row without one gets `row-` and its 0-based position. Text is read as the field's type where that is clear:
    /// `2024-03-05`, `1,234.50`, `true`.
    ///
    /// # Errors
    /// [`Error::UnknownObject`].
    pub fn rows<R, C>(&self, object: &ObjectName, rows: R) -> Result<Rows, Error>
    where
        R: IntoIterator,
        R::Item: IntoIterator<Item = (C, Value)>,
        C: AsRef<str>,
    {
        let mut ids: BTreeSet<RecordId> = BTreeSet::new();
        self.rows_from(object, 0, rows, &mut |_, id| !ids.insert(id.clone()))
    }

    /// Reads rows of which the first stands at a position. `twice` is told the id that a row brings, and says whether it
    /// stood before.
    pub(crate) fn rows_from<R, C>(
        &self,
        object: &ObjectName,
        first: usize,
        rows: R,
        twice: &mut dyn FnMut(usize, &RecordId) -> bool,
    ) -> Result<Rows, Error>
    where
        R: IntoIterator,
        R::Item: IntoIterator<Item = (C, Value)>,
        C: AsRef<str>,
    {
        let schema = self
            .schema()
            .object(object.as_str())
            .ok_or_else(|| self.unknown_object(object.as_str()))?
            .clone();
        // A date names the day of the company's own calendar.
        let rules = EntryRules { zone: Some(self.zone()), ..EntryRules::default() };
        let mut out = Rows::default();
        let mut unknown: BTreeSet<String> = BTreeSet::new();
        let mut places = Places::default();
        for (at, cells) in rows.into_iter().enumerate() {
            let row = first.saturating_add(at);
            // Made when the first cell is known: most rows bring their id in it.
            let mut made: Option<Record> = None;
            let mut problems = Vec::new();
            for (nth, (column, value)) in cells.into_iter().enumerate() {
                let column = column.as_ref();
                if column == "id" {
                    let text = value.to_string();
                    match RecordId::new(text.trim()) {
                        Ok(id) => {
                            if twice(row, &id) {
                                problems.push(row_problem(object, "record.duplicate_id", "record.id"));
                            }
                            made = Some(match made {
                                None => Record::new(schema.clone(), id),
                                Some(record) => with_id(&record, id),
                            });
                        }
                        Err(_) if value.is_blank() => {}
                        Err(_) => problems.push(
                            row_problem(object, "value.bad_reference", "record.id").param("field", "id"),
                        ),
                    }
                    continue;
                }
                let record = record_in(&mut made, &schema, row)?;
                let Some((ix, def)) = places.find(&schema, nth, column) else {
                    if unknown.insert(column.to_owned()) {
                        out.unknown_columns.push(column.to_owned());
                    }
                    record.set_unknown(column, value.to_plain_json());
                    continue;
                };
                match read(&def.ty, value, &rules) {
                    Ok(value) => {
                        record.set_at(ix, value);
                    }
                    Err(issue) => {
                        let mut v = row_problem(object, issue.code(), &format!("{object}.{column}.type"))
                            .field(def.name.clone())
                            .param("field", Param::Text(def.label()));
                        v.params.extend(issue.params());
                        problems.push(v);
                    }
                }
            }
            record_in(&mut made, &schema, row)?;
            let Some(record) = made else { continue };
            out.problems.extend(problems.into_iter().map(|mut violation| {
                violation.record = Some(record.id().clone());
                RowViolation { row, violation }
            }));
            out.records.push(record);
        }
        Ok(out)
    }
}

/// Where the columns of the last row stood: the next row has the same ones in the same order.
#[derive(Default)]
struct Places(Vec<Option<(String, FieldIx)>>);

impl Places {
    fn find<'s>(
        &mut self,
        schema: &'s ObjectSchema,
        nth: usize,
        column: &str,
    ) -> Option<(FieldIx, &'s FieldDef)> {
        let ix = match self.0.get(nth) {
            Some(Some((name, ix))) if name == column => *ix,
            _ => {
                let ix = schema.field_ix(column)?;
                if self.0.len() <= nth {
                    self.0.resize(nth.saturating_add(1), None);
                }
                if let Some(slot) = self.0.get_mut(nth) {
                    *slot = Some((column.to_owned(), ix));
                }
                ix
            }
        };
        Some((ix, schema.field_at(ix)?))
    }
}

/// The record of a row, made under its position where no id came before.
fn record_in<'r>(
    made: &'r mut Option<Record>,
    schema: &Arc<ObjectSchema>,
    row: usize,
) -> Result<&'r mut Record, Error> {
    match made {
        Some(record) => Ok(record),
        None => {
            let id = RecordId::new(format!("row-{row}"))?;
            Ok(made.insert(Record::new(schema.clone(), id)))
        }
    }
}

/// A value as the type of its field has it.
pub(crate) fn read(ty: &FieldType, value: Value, rules: &EntryRules) -> Result<Value, EntryIssue> {
    let value = match (ty, value) {
        // Read as it stands: a copy would be the same.
        (FieldType::Text | FieldType::Choice, Value::Text(text)) => {
            return Ok(if text.trim().is_empty() { Value::Missing } else { Value::Text(text) });
        }
        (_, Value::Text(text)) => read_text(ty, &text, rules)?,
        (FieldType::Instant, Value::Date(day)) => {
            let start = Instant::start_of_day(day, rules.zone.unwrap_or(chrono_tz::UTC));
            Value::Instant(start.ok_or(ValueIssue::OutOfRange)?)
        }
        (_, value) => value,
    };
    Ok(ty.coerce(value)?)
}

fn with_id(record: &Record, id: RecordId) -> Record {
    let mut other = Record::new(record.schema().clone(), id);
    for (field, value) in record.values() {
        if let Some(ix) = record.schema().field_ix(field.as_str()) {
            other.set_at(ix, value.clone());
        }
    }
    for (key, value) in record.unknown() {
        other.set_unknown(key, value.clone());
    }
    other
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    #[test]
    fn a_date_in_a_field_of_time_is_the_start_of_that_day_in_the_zone_of_the_blueprint() {
        let engine = Engine::from_yaml("qudao: 1\ntimezone: Asia/Shanghai\n").unwrap();
        let object = ObjectName::new("opportunity").unwrap();
        let day = Value::Date(NaiveDate::from_ymd_opt(2026, 3, 1).unwrap());
        let rows = [[("closed_at", day)], [("closed_at", Value::text("2026-03-01"))]];
        let read = engine.rows(&object, rows).unwrap();
        assert_eq!(read.problems, []);
        for record in &read.records {
            assert_eq!(record.get("closed_at").to_string(), "2026-02-28T16:00:00Z");
        }
    }
}
