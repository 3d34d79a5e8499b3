//! The tables of several objects with their keys: what a rule may navigate over, as columns.

use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::sync::{Arc, OnceLock};

use hashbrown::{DefaultHashBuilder, HashTable};

use super::{ColumnData, ColumnError, RowIds, Table};
use crate::schema::FieldIx;
use crate::{Dataset, FieldType, ObjectName, Schema, Value};

/// The row that a reference to no record leads to.
pub const NO_ROW: u32 = u32::MAX;

/// The tables of several objects: a [`Dataset`] as columns.
///
/// What leads from one table to another is found when it is first asked for, and kept.
///
/// ```
/// use qudao_model::columns::{Table, Tables};
/// use qudao_model::{Record, RecordId, Schema};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let schema = Schema::standard("CNY");
/// let (account, contact) = (schema.object("account").unwrap(), schema.object("contact").unwrap());
/// let ann = Record::new(contact.clone(), RecordId::new("c1")?).with("account", "a2")?;
/// let mut tables = Tables::new();
/// tables.put(Table::new(account.clone(), ["a1", "a2"].into_iter().collect()));
/// tables.put(Table::from_records(contact, &[ann])?);
/// let field = contact.field_ix("account").unwrap();
/// assert_eq!(tables.children("contact", field).unwrap().of(1), [0]);
/// assert_eq!(tables.parents("contact", field).unwrap().of(0), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Tables {
    tables: BTreeMap<ObjectName, Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    table: Arc<Table>,
    ids: OnceLock<Arc<Ids>>,
    parents: BTreeMap<FieldIx, OnceLock<Option<Arc<Parents>>>>,
    children: BTreeMap<FieldIx, OnceLock<Option<Arc<Children>>>>,
}

/// The rows of a table by id.
#[derive(Debug, Clone, Default)]
struct Ids {
    rows: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// Per row the first row with the same id, where ids repeat.
    first: Option<Vec<u32>>,
}

impl Ids {
    fn of(table: &Table) -> Self {
        let RowIds::Given(ids) = table.ids() else { return Self::default() };
        let hasher = DefaultHashBuilder::default();
        let mut rows = HashTable::with_capacity(table.rows());
        let mut first: Option<Vec<u32>> = None;
        for (row, id) in (0_u32..).zip(ids.iter()) {
            let hash = hasher.hash_one(id);
            let known = rows.find(hash, |r: &u32| ids.get(*r as usize) == id).copied();
            if known.is_some() && first.is_none() {
                first = Some((0..row).collect());
            }
            if let Some(first) = &mut first {
                first.push(known.unwrap_or(row));
            }
            if known.is_none() {
                rows.insert_unique(hash, row, |r| hasher.hash_one(ids.get(*r as usize)));
            }
        }
        Self { rows, hasher, first }
    }

    fn find(&self, table: &Table, id: &str) -> Option<u32> {
        let RowIds::Given(ids) = table.ids() else {
            return u32::try_from(table.ids().numbered(id)?).ok();
        };
        let hash = self.hasher.hash_one(id);
        self.rows.find(hash, |row| ids.get(*row as usize) == id).copied()
    }
}

/// Which record each row's reference leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parents {
    rows: Vec<u32>,
}

impl Parents {
    /// The row, in the parents' table, of a row's parent; [`NO_ROW`] where there is none.
    #[must_use]
    pub fn of(&self, row: usize) -> u32 {
        self.rows.get(row).copied().unwrap_or(NO_ROW)
    }

    /// All rows' parents.
    #[must_use]
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }
}

/// Which records point to each row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Children {
    offsets: Vec<u32>,
    rows: Vec<u32>,
    longest: u32,
}

impl Children {
    /// The rows, in the children's table, that point to a row, in their order.
    #[must_use]
    pub fn of(&self, row: usize) -> &[u32] {
        match (self.offsets.get(row), self.offsets.get(row + 1)) {
            (Some(start), Some(end)) => self.rows.get(*start as usize..*end as usize).unwrap_or_default(),
            _ => &[],
        }
    }

    /// Where each row's children begin in [`Children::rows`], and where the last end.
    #[must_use]
    pub fn offsets(&self) -> &[u32] {
        &self.offsets
    }

    /// The most children of one row.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.longest as usize
    }

    /// The children of all rows, one row after the other.
    #[must_use]
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }
}

impl Tables {
    /// No tables.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The tables of a dataset.
    ///
    /// # Errors
    /// [`ColumnError`] as [`Table::from_records`]; [`ColumnError::UnknownField`] for an object that the schema does not
    /// know.
    pub fn from_dataset(schema: &Schema, data: &Dataset) -> Result<Self, ColumnError> {
        let mut tables = Self::new();
        for object in data.objects() {
            let known = schema.object(object.as_str());
            let known = known.ok_or_else(|| ColumnError::UnknownField { field: object.to_string() })?;
            tables.put(Table::from_records(known, data.records(object.as_str()))?);
        }
        Ok(tables)
    }

    /// Puts a table in, in place of the one of the same object. What was found between tables is forgotten.
    pub fn put(&mut self, table: impl Into<Arc<Table>>) {
        let table = table.into();
        for entry in self.tables.values_mut() {
            *entry = Entry::new(entry.table.clone());
        }
        self.tables.insert(table.schema().name.clone(), Entry::new(table));
    }

    /// True when a table of the object was given, be it empty.
    #[must_use]
    pub fn has(&self, object: &str) -> bool {
        self.tables.contains_key(object)
    }

    /// The objects given.
    pub fn objects(&self) -> impl Iterator<Item = &ObjectName> {
        self.tables.keys()
    }

    /// The table of an object.
    #[must_use]
    pub fn table(&self, object: &str) -> Option<&Arc<Table>> {
        self.tables.get(object).map(|e| &e.table)
    }

    /// The row of an id, the first where the id repeats.
    #[must_use]
    pub fn row(&self, object: &str, id: &str) -> Option<u32> {
        let entry = self.tables.get(object)?;
        entry.ids().find(&entry.table, id)
    }

    /// The first row with the same id as a row: the row itself, where ids do not repeat.
    #[must_use]
    pub fn first_of(&self, object: &str, row: u32) -> u32 {
        let first = self.tables.get(object).and_then(|e| e.ids().first.as_ref()?.get(row as usize));
        first.copied().unwrap_or(row)
    }

    /// Where the references in a field lead. `None` when either table was not given, or the field is none of
    /// references.
    #[must_use]
    pub fn parents(&self, object: &str, field: FieldIx) -> Option<&Parents> {
        let entry = self.tables.get(object)?;
        let known = entry.parents.get(&field)?.get_or_init(|| self.find_parents(entry, field).map(Arc::new));
        known.as_deref()
    }

    /// The records of `object` that point to each row by their reference field. `None` when either table was not given,
    /// or the field is none of references.
    #[must_use]
    pub fn children(&self, object: &str, field: FieldIx) -> Option<&Children> {
        let entry = self.tables.get(object)?;
        let known = entry.children.get(&field)?;
        known.get_or_init(|| self.find_children(entry, object, field).map(Arc::new)).as_deref()
    }

    fn target<'a>(&'a self, entry: &Entry, field: FieldIx) -> Option<&'a Entry> {
        match &entry.table.schema().field_at(field)?.ty {
            FieldType::Reference(object) => self.tables.get(object),
            _ => None,
        }
    }

    fn find_parents(&self, entry: &Entry, field: FieldIx) -> Option<Parents> {
        let to = self.target(entry, field)?;
        let find = |id: &str| to.ids().find(&to.table, id).unwrap_or(NO_ROW);
        let column = entry.table.column(field);
        let rows = match column.map(|c| c.data()) {
            None => vec![NO_ROW; entry.table.rows()],
            Some(ColumnData::Reference { codes, dictionary }) => {
                let by_code: Vec<u32> = dictionary.texts().iter().map(find).collect();
                let row = |code: &u32| by_code.get(*code as usize).copied().unwrap_or(NO_ROW);
                let mut rows: Vec<u32> = codes.iter().map(row).collect();
                if let Some(valid) = column.and_then(|c| c.valid()) {
                    valid.clone().inverted().ones().for_each(|at| rows[at] = NO_ROW);
                }
                rows
            }
            Some(_) => {
                let value = |row: usize| match entry.table.get(row, field) {
                    Value::Reference(id) => find(id.as_str()),
                    _ => NO_ROW,
                };
                (0..entry.table.rows()).map(value).collect()
            }
        };
        Some(Parents { rows })
    }

    /// A counting sort of the children by their parents' rows.
    fn find_children(&self, entry: &Entry, object: &str, field: FieldIx) -> Option<Children> {
        let to = self.target(entry, field)?;
        let parents = self.parents(object, field)?;
        let first = to.ids().first.as_ref();
        let mut counts = vec![0_u32; to.table.rows() + 1];
        for parent in &parents.rows {
            if let Some(count) = counts.get_mut(*parent as usize) {
                *count += 1;
            }
        }
        if let Some(first) = first {
            // Rows of one id have the same children.
            for (row, one) in first.iter().enumerate() {
                counts[row] = counts[*one as usize];
            }
        }
        let longest = counts.iter().copied().max().unwrap_or(0);
        let mut next = 0_u32;
        for count in &mut counts {
            let here = next;
            next = next.checked_add(*count)?;
            *count = here;
        }
        let offsets = counts.clone();
        let mut rows = vec![0_u32; next as usize];
        for (child, parent) in (0_u32..).zip(&parents.rows) {
            if *parent != NO_ROW {
                let at = &mut counts[*parent as usize];
                rows[*at as usize] = child;
                *at += 1;
            }
        }
        for (row, one) in first.into_iter().flatten().enumerate() {
            if *one as usize != row {
                let from = offsets[*one as usize] as usize..offsets[*one as usize + 1] as usize;
                rows.copy_within(from, offsets[row] as usize);
            }
        }
        Some(Children { offsets, rows, longest })
    }
}

impl Entry {
    fn new(table: Arc<Table>) -> Self {
        let references = || table.schema().parents().map(|p| (p.field, OnceLock::new()));
        Self {
            parents: references().collect(),
            children: table.schema().parents().map(|p| (p.field, OnceLock::new())).collect(),
            ids: OnceLock::new(),
            table,
        }
    }

    fn ids(&self) -> &Ids {
        self.ids.get_or_init(|| Arc::new(Ids::of(&self.table)))
    }
}
