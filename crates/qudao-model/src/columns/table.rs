//! The records of one object as columns.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use super::{Column, ColumnError, Texts};
use crate::schema::{FieldIx, ObjectSchema};
use crate::{Record, RecordId, Value};

/// The ids of the rows of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowIds {
    /// One a row.
    Given(Texts),
    /// `row-` and the row's number, for rows that bring no id.
    Numbered {
        /// The number of the first row.
        first: usize,
        /// How many rows.
        rows: usize,
    },
}

impl RowIds {
    /// How many rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Given(texts) => texts.len(),
            Self::Numbered { rows, .. } => *rows,
        }
    }

    /// True when there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The id of a row; empty beyond the end.
    #[must_use]
    pub fn get(&self, row: usize) -> Cow<'_, str> {
        match self {
            Self::Given(texts) => Cow::Borrowed(texts.get(row)),
            Self::Numbered { first, rows } if row < *rows => Cow::Owned(format!("row-{}", first + row)),
            Self::Numbered { .. } => Cow::Borrowed(""),
        }
    }

    /// The first row of an id that is numbered.
    pub(super) fn numbered(&self, id: &str) -> Option<usize> {
        let Self::Numbered { first, rows } = self else { return None };
        let number = id.strip_prefix("row-")?;
        let plain = number.bytes().all(|b| b.is_ascii_digit()) && (number == "0" || !number.starts_with('0'));
        let at = number.parse::<usize>().ok().filter(|_| plain)?.checked_sub(*first)?;
        (at < *rows).then_some(at)
    }

    /// The ids from a row on, `len` of them at most.
    #[must_use]
    pub fn slice(&self, start: usize, len: usize) -> Self {
        match self {
            Self::Given(texts) => Self::Given(texts.slice(start, len)),
            Self::Numbered { first, rows } => {
                Self::Numbered { first: first + start, rows: len.min(rows.saturating_sub(start)) }
            }
        }
    }
}

impl From<Texts> for RowIds {
    fn from(texts: Texts) -> Self {
        Self::Given(texts.into_shared())
    }
}

/// The records of one object as columns: a typed vector a field, with which rows have a value.
///
/// A table is made of records or of vectors, and gives the same records back. A rule answers on it what it answers on
/// each of them, many times faster.
///
/// ```
/// use qudao_model::columns::{Column, ColumnData, Table};
/// use qudao_model::{Schema, Value};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let schema = Schema::standard("CNY");
/// let account = schema.object("account").unwrap().clone();
/// let table = Table::new(account, ["a1", "a2"].into_iter().collect())
///     .with("employees", Column::new(ColumnData::Int(vec![20, 300]), None)?)?;
/// assert_eq!(table.rows(), 2);
/// assert_eq!(table.value(1, "employees"), Value::Int(300));
/// assert_eq!(table.record(0)?.get("employees"), &Value::Int(20));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    schema: Arc<ObjectSchema>,
    ids: RowIds,
    columns: Vec<Option<Arc<Column>>>,
    versions: Option<Vec<u64>>,
    unknown: BTreeMap<usize, BTreeMap<String, Json>>,
}

impl Table {
    /// Rows with these ids, and no values yet. Ids should be distinct; of equal ones, references lead to the first.
    #[must_use]
    pub fn new(schema: Arc<ObjectSchema>, ids: Texts) -> Self {
        Self::with_ids(schema, RowIds::Given(ids.into_shared()))
    }

    /// As [`Table::new`], with ids that may be numbered.
    #[must_use]
    pub fn with_ids(schema: Arc<ObjectSchema>, ids: RowIds) -> Self {
        let columns = vec![None; schema.fields.len()];
        Self { schema, ids, columns, versions: None, unknown: BTreeMap::new() }
    }

    /// The columns of records.
    ///
    /// # Errors
    /// [`ColumnError::WrongObject`] when a record is of another object, [`ColumnError::TooLarge`] beyond 4 GiB of
    /// text in one column.
    pub fn from_records(schema: &Arc<ObjectSchema>, records: &[Record]) -> Result<Self, ColumnError> {
        let alike = |r: &Record| Arc::ptr_eq(r.schema(), schema) || **r.schema() == **schema;
        if let Some(row) = records.iter().position(|r| !alike(r)) {
            return Err(ColumnError::WrongObject { row });
        }
        let mut ids = Texts::with_capacity(records.len(), records.len() * 8);
        for record in records {
            ids.push(record.id().as_str())?;
        }
        let mut table = Self::new(schema.clone(), ids);
        for (slot, def) in (0_u32..).zip(&schema.fields) {
            let values = records.iter().map(move |r| r.at(FieldIx(slot)));
            if values.clone().any(|v| *v != Value::Missing) {
                table.columns[slot as usize] = Some(Arc::new(Column::collect(&def.ty, values)?));
            }
        }
        if records.iter().any(|r| r.version() != 0) {
            table.versions = Some(records.iter().map(Record::version).collect());
        }
        table.unknown = records
            .iter()
            .enumerate()
            .filter(|(_, r)| !r.unknown().is_empty())
            .map(|(row, r)| (row, r.unknown().clone()))
            .collect();
        Ok(table)
    }

    /// Puts a column in place.
    ///
    /// # Errors
    /// [`ColumnError::UnknownField`], [`ColumnError::Length`] and [`ColumnError::WrongType`].
    pub fn with(mut self, field: &str, column: impl Into<Arc<Column>>) -> Result<Self, ColumnError> {
        let ix = self.schema.field_ix(field);
        let ix = ix.ok_or_else(|| ColumnError::UnknownField { field: field.to_owned() })?;
        self.set(ix, column.into())?;
        Ok(self)
    }

    /// Puts a column in place.
    ///
    /// # Errors
    /// [`ColumnError::UnknownField`], [`ColumnError::Length`] and [`ColumnError::WrongType`].
    pub fn set(&mut self, ix: FieldIx, column: Arc<Column>) -> Result<(), ColumnError> {
        let (Some(def), Some(slot)) = (self.schema.field_at(ix), self.columns.get_mut(ix.index())) else {
            return Err(ColumnError::UnknownField { field: ix.0.to_string() });
        };
        if column.len() != self.ids.len() {
            return Err(ColumnError::Length { expected: self.ids.len(), found: column.len() });
        }
        if !column.fits(&def.ty) {
            return Err(ColumnError::WrongType { field: def.name.clone() });
        }
        *slot = Some(column);
        Ok(())
    }

    /// The object.
    #[must_use]
    pub fn schema(&self) -> &Arc<ObjectSchema> {
        &self.schema
    }

    /// How many rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.ids.len()
    }

    /// The ids.
    #[must_use]
    pub fn ids(&self) -> &RowIds {
        &self.ids
    }

    /// The rows from `start` on, `len` of them at most, with what belongs to them. Texts stay where they are.
    #[must_use]
    pub fn slice(&self, start: usize, len: usize) -> Self {
        let end = start.saturating_add(len);
        Self {
            schema: self.schema.clone(),
            ids: self.ids.slice(start, len),
            columns: self
                .columns
                .iter()
                .map(|column| column.as_ref().map(|c| Arc::new(c.slice(start, len))))
                .collect(),
            versions: self.versions.as_ref().map(|v| super::decimal::part(v, start, len)),
            unknown: self.unknown.range(start..end).map(|(row, keys)| (row - start, keys.clone())).collect(),
        }
    }

    /// The column of a field; `None` where no row has a value.
    #[must_use]
    pub fn column(&self, ix: FieldIx) -> Option<&Arc<Column>> {
        self.columns.get(ix.index())?.as_ref()
    }

    /// One value; missing where there is none.
    #[must_use]
    pub fn get(&self, row: usize, ix: FieldIx) -> Value {
        self.column(ix).map_or(Value::Missing, |column| column.get(row))
    }

    /// One value by the field's name; missing where there is none.
    #[must_use]
    pub fn value(&self, row: usize, field: &str) -> Value {
        self.schema.field_ix(field).map_or(Value::Missing, |ix| self.get(row, ix))
    }

    /// One row as a record.
    ///
    /// # Errors
    /// [`ColumnError::BadId`] when the row's id is none, [`ColumnError::OutOfRange`] beyond the last row.
    pub fn record(&self, row: usize) -> Result<Record, ColumnError> {
        if row >= self.rows() {
            return Err(ColumnError::OutOfRange { row });
        }
        let id = RecordId::new(self.ids.get(row)).map_err(|_| ColumnError::BadId { row })?;
        let mut record = Record::new(self.schema.clone(), id);
        record.set_version(self.versions.as_ref().and_then(|v| v.get(row)).copied().unwrap_or(0));
        for (slot, column) in (0_u32..).zip(&self.columns) {
            if let Some(column) = column {
                record.set_at(FieldIx(slot), column.get(row));
            }
        }
        for (key, value) in self.unknown.get(&row).into_iter().flatten() {
            record.set_unknown(key, value.clone());
        }
        Ok(record)
    }

    /// All rows as records.
    ///
    /// # Errors
    /// [`ColumnError::BadId`] when an id is none.
    pub fn to_records(&self) -> Result<Vec<Record>, ColumnError> {
        (0..self.rows()).map(|row| self.record(row)).collect()
    }
}
