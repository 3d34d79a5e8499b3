//! The records that a record was made of.

use std::collections::{BTreeMap, BTreeSet};

use qudao_match::{Member, SurvivorshipRules};
use qudao_model::{
    Absorbed, Edit, FieldIx, FieldName, Instant, ObjectSchema, Record, RecordId, StateView, Value,
};
use serde_json::Value as Json;

use crate::engine::Engine;
use crate::error::Error;

/// What is known of a record into which others may have been merged.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    /// The record before the first merge.
    pub(crate) base: Record,
    /// What somebody wrote since the first merge.
    pub(crate) edits: BTreeMap<FieldName, Edit>,
    /// The records that stand merged into it.
    pub(crate) absorbed: Vec<Absorbed>,
    /// It was saved since the last merge, be it without an edit that lasts.
    pub(crate) touched: bool,
}

/// One of the records that a record was made of.
pub(crate) struct Leaf {
    record: Record,
    edited: BTreeSet<FieldIx>,
    edited_at: Option<Instant>,
    depth: usize,
    superseded: BTreeSet<FieldIx>,
}

impl Leaf {
    pub(crate) fn member(&self) -> Member<'_> {
        Member {
            record: &self.record,
            edited: self.edited.clone(),
            edited_at: self.edited_at,
            depth: self.depth,
            superseded: self.superseded.clone(),
        }
    }
}

/// A record as it was stored.
pub(super) fn stored(
    schema: &std::sync::Arc<ObjectSchema>,
    id: &RecordId,
    version: u64,
    json: &Json,
) -> Result<Record, Error> {
    Record::from_stored_json(schema.clone(), id.clone(), version, json)
        .map_err(|_| Error::Internal { detail: "what is kept of a merge is not a record".into() })
}

impl Kept {
    /// What is kept of a record. Fields that differ from what the last merge wrote are edits.
    pub(crate) fn of(
        rules: &SurvivorshipRules,
        view: &dyn StateView,
        record: &Record,
    ) -> Result<Self, Error> {
        let (object, id) = (record.object(), std::slice::from_ref(record.id()));
        let Some(golden) = view.golden(object, id)?.into_iter().flatten().next() else {
            let (edits, absorbed) = (BTreeMap::new(), Vec::new());
            return Ok(Self { base: record.clone(), edits, absorbed, touched: false });
        };
        let absorbed = view.absorbed_by(object, id)?.into_iter().next().unwrap_or_default();
        let schema = record.schema();
        let mut base = stored(schema, record.id(), record.version(), &golden.base)?;
        let written = stored(schema, record.id(), record.version(), &golden.written)?;
        let mut edits = golden.edits;
        let over: BTreeSet<RecordId> = absorbed.iter().map(|a| a.record.id().clone()).collect();
        for (fields, _) in rules.units() {
            if fields.iter().all(|ix| record.at(*ix) == written.at(*ix)) {
                continue;
            }
            for def in fields.iter().filter_map(|ix| schema.field_at(*ix)) {
                let value = record.get(def.name.as_str()).clone();
                let edit = Edit { value, at: record.get("updated_at").as_instant(), over: over.clone() };
                edits.insert(def.name.clone(), edit);
            }
        }
        // What the schema does not know stands as it was written last.
        let keys: BTreeSet<&String> = record.unknown().keys().chain(written.unknown().keys()).collect();
        for key in keys.into_iter().filter(|k| record.unknown().get(*k) != written.unknown().get(*k)) {
            base.set_unknown(key, record.unknown().get(key).cloned().unwrap_or_default());
        }
        let touched = record.get("updated_at") != written.get("updated_at");
        Ok(Self { base, edits, absorbed, touched })
    }

    fn leaf(&self, depth: usize, superseded: BTreeSet<FieldIx>) -> Leaf {
        let mut record = self.base.clone();
        let mut edited = BTreeSet::new();
        for (field, edit) in &self.edits {
            if let Some(ix) = record.schema().field_ix(field.as_str()) {
                record.set_at(ix, Value::clone(&edit.value));
                edited.insert(ix);
            }
        }
        let edited_at = self.edits.values().filter_map(|e| e.at).max();
        Leaf { record, edited, edited_at, depth, superseded }
    }

    /// The records that this one was made of, itself first, without those that came with `without`. `depth` says how far
    /// this one is from the master.
    pub(crate) fn leaves(
        &self,
        rules: &SurvivorshipRules,
        view: &dyn StateView,
        depth: usize,
        without: Option<&RecordId>,
    ) -> Result<Vec<Leaf>, Error> {
        let mut leaves = Vec::new();
        let mut work: Vec<(Self, usize, BTreeSet<FieldIx>)> = vec![(self.clone(), depth, BTreeSet::new())];
        while let Some((kept, depth, superseded)) = work.pop() {
            for absorbed in kept.absorbed.iter().filter(|a| Some(a.record.id()) != without) {
                let schema = absorbed.record.schema();
                let mut below = superseded.clone();
                let over = kept.edits.iter().filter(|(_, e)| e.over.contains(absorbed.record.id()));
                below.extend(over.filter_map(|(field, _)| schema.field_ix(field.as_str())));
                work.push((Self::of(rules, view, &absorbed.record)?, depth.saturating_add(1), below));
            }
            leaves.push(kept.leaf(depth, superseded));
        }
        Ok(leaves)
    }
}

/// The rules of survivorship of an object.
pub(crate) fn rules_of<'e>(engine: &'e Engine, record: &Record) -> Result<&'e SurvivorshipRules, Error> {
    let object = record.object();
    engine.survivorship().rules(object.as_str()).ok_or_else(|| engine.unknown_object(object.as_str()))
}
