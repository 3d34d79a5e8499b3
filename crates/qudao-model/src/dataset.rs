//! The records of several objects with their keys: what a rule may navigate over.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use crate::schema::FieldIx;
use crate::{ObjectName, Record, RecordId, Value};

/// Why a dataset cannot answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DatasetError {
    /// Two records of one object have the same id.
    #[error("two records of {object} have the id at position {position}")]
    DuplicateId {
        /// The object.
        object: ObjectName,
        /// The 0-based position of the second one.
        position: usize,
    },
}

impl DatasetError {
    /// A stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::DuplicateId { .. } => "dataset.duplicate_id",
        }
    }
}

/// The records of several objects. Look-ups by id are hashed; child lists are built when a table is added.
///
/// A whole import and the neighbourhood of one record are the same thing to a rule: a dataset.
#[derive(Debug, Clone, Default)]
pub struct Dataset {
    tables: BTreeMap<ObjectName, Table>,
}

#[derive(Debug, Clone, Default)]
struct Table {
    records: Vec<Record>,
    by_id: HashMap<RecordId, usize>,
    /// Per reference slot: the positions of the records that point to an id, in table order.
    by_parent: Vec<(FieldIx, HashMap<RecordId, Vec<usize>>)>,
}

impl Table {
    fn index(&mut self, position: usize, record: &Record) {
        self.by_id.insert(record.id().clone(), position);
        for parent in record.schema().parents() {
            if let Value::Reference(id) = record.at(parent.field) {
                self.links(parent.field).entry(id.clone()).or_default().push(position);
            }
        }
    }
}

impl Table {
    fn links(&mut self, field: FieldIx) -> &mut HashMap<RecordId, Vec<usize>> {
        let at = self.by_parent.iter().position(|(f, _)| *f == field).unwrap_or_else(|| {
            self.by_parent.push((field, HashMap::new()));
            self.by_parent.len() - 1
        });
        &mut self.by_parent[at].1
    }
}

/// The records of one object of a [`Dataset`].
#[derive(Debug, Clone, Copy)]
pub struct DatasetTable<'a>(&'a Table);

impl<'a> DatasetTable<'a> {
    /// The records, in the order given.
    #[must_use]
    pub fn records(self) -> &'a [Record] {
        &self.0.records
    }

    /// One record.
    #[must_use]
    pub fn get(self, id: &str) -> Option<&'a Record> {
        self.0.by_id.get(id).and_then(|p| self.0.records.get(*p))
    }

    /// The records whose reference field `field` points to `parent`, in the order given.
    pub fn children(
        self,
        field: FieldIx,
        parent: &str,
    ) -> impl ExactSizeIterator<Item = &'a Record> + use<'a> {
        let links = self.0.by_parent.iter().find(|(f, _)| *f == field);
        let positions = links.and_then(|(_, m)| m.get(parent)).map_or(&[][..], Vec::as_slice);
        let records: &'a [Record] = &self.0.records;
        positions.iter().map(move |p| &records[*p])
    }
}

impl Dataset {
    /// A dataset without tables.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a table, or more records to one. An empty table counts as given.
    ///
    /// # Errors
    /// [`DatasetError::DuplicateId`] when an id stands twice; the records before it are kept.
    pub fn add(&mut self, object: &ObjectName, records: Vec<Record>) -> Result<(), DatasetError> {
        let table = self.tables.entry(object.clone()).or_default();
        table.records.reserve(records.len());
        for record in records {
            let position = table.records.len();
            if table.by_id.contains_key(record.id()) {
                return Err(DatasetError::DuplicateId { object: object.clone(), position });
            }
            table.index(position, &record);
            table.records.push(record);
        }
        Ok(())
    }

    /// Puts one record in, in place of the one with the same id.
    pub fn put(&mut self, record: Record) {
        let table = self.tables.entry(record.object().clone()).or_default();
        match table.by_id.get(record.id()).copied() {
            None => {
                let position = table.records.len();
                table.index(position, &record);
                table.records.push(record);
            }
            Some(position) => {
                for (_, map) in &mut table.by_parent {
                    for list in map.values_mut() {
                        list.retain(|p| *p != position);
                    }
                }
                table.index(position, &record);
                for (_, map) in &mut table.by_parent {
                    for list in map.values_mut() {
                        list.sort_unstable();
                    }
                }
                if let Some(slot) = table.records.get_mut(position) {
                    *slot = record;
                }
            }
        }
    }

    /// True when records of the object were given, be it none.
    #[must_use]
    pub fn has(&self, object: &str) -> bool {
        self.tables.contains_key(object)
    }

    /// The objects given.
    pub fn objects(&self) -> impl Iterator<Item = &ObjectName> {
        self.tables.keys()
    }

    /// The records of an object, in the order given.
    #[must_use]
    pub fn records(&self, object: &str) -> &[Record] {
        self.tables.get(object).map_or(&[], |t| &t.records)
    }

    /// The table of an object; `None` where it was not given.
    #[must_use]
    pub fn table(&self, object: &str) -> Option<DatasetTable<'_>> {
        self.tables.get(object).map(DatasetTable)
    }

    /// One record.
    #[must_use]
    pub fn get(&self, object: &str, id: &str) -> Option<&Record> {
        self.table(object)?.get(id)
    }

    /// The records of `object` whose reference field `field` points to `parent`, in the order given.
    pub fn children<'a>(
        &'a self,
        object: &str,
        field: FieldIx,
        parent: &str,
    ) -> impl ExactSizeIterator<Item = &'a Record> + use<'a> {
        static NONE: std::sync::LazyLock<Table> = std::sync::LazyLock::new(Table::default);
        let table: DatasetTable<'a> = self.table(object).unwrap_or(DatasetTable(&NONE));
        table.children(field, parent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Schema;

    #[test]
    fn navigates_both_ways() {
        let schema = Schema::standard("CNY");
        let make = |object: &str, id: &str| {
            Record::new(schema.object(object).unwrap().clone(), RecordId::new(id).unwrap())
        };
        let mut data = Dataset::new();
        let contact = ObjectName::new("contact").unwrap();
        data.put(make("account", "a"));
        data.add(
            &contact,
            vec![
                make("contact", "c1").with("account", "a").unwrap(),
                make("contact", "c2").with("account", "a").unwrap(),
            ],
        )
        .unwrap();
        let slot = schema.object("contact").unwrap().field_ix("account").unwrap();
        let ids = |d: &Dataset| -> Vec<String> {
            d.children("contact", slot, "a").map(|r| r.id().to_string()).collect()
        };
        assert_eq!(ids(&data), ["c1", "c2"]);
        data.put(make("contact", "c1").with("account", "b").unwrap());
        assert_eq!(ids(&data), ["c2"]);
        assert_eq!(data.get("contact", "c1").unwrap().get("account").as_text(), Some("b"));
        assert!(!data.has("lead"));
        assert!(data.add(&contact, vec![make("contact", "c2")]).is_err());
    }
}
