//! The records that rules about one record, or about many, navigate to.

use std::collections::{BTreeMap, BTreeSet};

use qudao_expr::{NavStep, Navigation, Program};
use qudao_model::{Dataset, ObjectName, Record, RecordId, Schema, StateError, StateView};

/// Loads, for records of one object, the records they refer to and all that the programs navigate to.
/// Every object asked for counts as given, be it without records.
pub(crate) fn load<'p>(
    schema: &Schema,
    view: &dyn StateView,
    records: &[Record],
    programs: impl IntoIterator<Item = &'p Program>,
) -> Result<Dataset, StateError> {
    let mut loader = Loader { schema, view, data: Dataset::new() };
    let Some(first) = records.first() else { return Ok(loader.data) };
    let object = first.object().clone();
    loader.direct_parents(records)?;
    let ids: Vec<RecordId> = records.iter().map(|r| r.id().clone()).collect();
    for record in records {
        loader.data.put(record.clone());
    }
    for program in programs {
        loader.follow(&object, &ids, &program.reads().navigation)?;
    }
    // A related list may have brought an older state of a record in: the given ones stand.
    for record in records {
        loader.data.put(record.clone());
    }
    Ok(loader.data)
}

struct Loader<'a> {
    schema: &'a Schema,
    view: &'a dyn StateView,
    data: Dataset,
}

impl Loader<'_> {
    fn direct_parents(&mut self, records: &[Record]) -> Result<(), StateError> {
        let mut wanted: BTreeMap<ObjectName, BTreeSet<RecordId>> = BTreeMap::new();
        for record in records {
            for parent in record.schema().parents() {
                let ids = wanted.entry(parent.object).or_default();
                ids.extend(record.at(parent.field).as_reference().cloned());
            }
        }
        for (object, ids) in wanted {
            self.fetch(&object, ids.into_iter().collect())?;
        }
        Ok(())
    }

    fn touch(&mut self, object: &ObjectName) {
        // Adding nothing cannot meet an id twice.
        let _ = self.data.add(object, Vec::new());
    }

    fn fetch(&mut self, object: &ObjectName, mut ids: Vec<RecordId>) -> Result<(), StateError> {
        self.touch(object);
        ids.retain(|id| self.data.get(object.as_str(), id.as_str()).is_none());
        if ids.is_empty() {
            return Ok(());
        }
        for record in self.view.records(object, &ids)?.into_iter().flatten() {
            self.data.put(record);
        }
        Ok(())
    }

    fn follow(
        &mut self,
        object: &ObjectName,
        ids: &[RecordId],
        navigation: &[Navigation],
    ) -> Result<(), StateError> {
        for nav in navigation {
            let next: BTreeSet<RecordId> = match &nav.step {
                NavStep::Parent { field, object: target } => {
                    let ids: BTreeSet<RecordId> = ids
                        .iter()
                        .filter_map(|id| self.data.get(object.as_str(), id.as_str()))
                        .filter_map(|r| r.get(field.as_str()).as_reference().cloned())
                        .collect();
                    self.fetch(target, ids.iter().cloned().collect())?;
                    ids
                }
                NavStep::Children { object: target, field, .. } => {
                    self.touch(target);
                    let slot = self.schema.object(target.as_str()).and_then(|o| o.field_ix(field.as_str()));
                    let Some(slot) = slot else { continue };
                    let children = self.view.children(target, slot, ids)?;
                    let found = children.iter().map(|r| r.id().clone()).collect();
                    for record in children {
                        if self.data.get(target.as_str(), record.id().as_str()).is_none() {
                            self.data.put(record);
                        }
                    }
                    found
                }
            };
            let target = match &nav.step {
                NavStep::Parent { object, .. } | NavStep::Children { object, .. } => object,
            };
            let next: Vec<RecordId> = next.into_iter().collect();
            self.follow(target, &next, &nav.then)?;
        }
        Ok(())
    }
}
