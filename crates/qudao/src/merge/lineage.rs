//! Where the values of a merged record came from, for those who may know.

use std::collections::{BTreeMap, BTreeSet};

use qudao_model::{FieldName, LostValue, ObjectName, Record, RecordId, StateView, SurvivalRule, Value};

use super::leaves::{Kept, rules_of};
use crate::engine::Engine;
use crate::error::Error;
use crate::roles::Sight;

/// Where the value of one field came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineageCell {
    /// The field.
    pub field: FieldName,
    /// Its value now.
    pub value: Value,
    /// The record that it came from; none where the actor may not see that record.
    pub from: Option<RecordId>,
    /// The rule by which it was chosen.
    pub rule: SurvivalRule,
    /// Somebody wrote the value after the merge.
    pub edited: bool,
    /// The values that were lost, as far as the actor may see their records.
    pub lost: Vec<LostValue>,
}

/// What a record was made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lineage {
    /// The record that survived.
    pub record: RecordId,
    /// The records that stand merged into it, directly or through another, sorted, as far as the actor may see them.
    pub merged: Vec<RecordId>,
    /// Field by field, in the order of the schema. Empty where nothing stands merged.
    pub cells: Vec<LineageCell>,
}

/// The lineage of a record that the actor sees.
pub(crate) fn lineage(
    engine: &Engine,
    sight: &Sight<'_>,
    view: &dyn StateView,
    record: &Record,
) -> Result<Lineage, Error> {
    let mut out = Lineage { record: record.id().clone(), merged: Vec::new(), cells: Vec::new() };
    let object: &ObjectName = record.object();
    let golden = view.golden(object, std::slice::from_ref(record.id()))?.into_iter().flatten().next();
    let Some(golden) = golden else { return Ok(out) };
    let merged = below(view, record)?;
    let seen: BTreeSet<RecordId> = sight
        .sees(&merged, view)?
        .into_iter()
        .zip(&merged)
        .filter(|(seen, _)| *seen)
        .map(|(_, r)| r.id().clone())
        .chain([record.id().clone()])
        .collect();
    out.merged = seen.iter().filter(|id| *id != record.id()).cloned().collect();
    let kept = Kept::of(rules_of(engine, record)?, view, record)?;
    let masked = engine.roles().masked(sight.actor(), record.schema());
    let mut cells: BTreeMap<FieldName, LineageCell> = BTreeMap::new();
    for cell in golden.cells.into_iter().filter(|c| !masked.contains(&c.field)) {
        let value = record.get(cell.field.as_str()).clone();
        let mut lost: Vec<LostValue> = cell.lost.into_iter().filter(|l| seen.contains(&l.record)).collect();
        let edited = value != cell.value || kept.edits.get(&cell.field).is_some_and(|e| e.value == value);
        let mut from = Some(cell.from);
        if value != cell.value
            && let Some(record) = from.replace(record.id().clone())
            && cell.value != Value::Missing
            && seen.contains(&record)
        {
            lost.push(LostValue { record, value: cell.value });
        }
        let from = from.filter(|r| seen.contains(r));
        let (field, rule) = (cell.field, cell.rule);
        cells.insert(field.clone(), LineageCell { field, value, from, rule, edited, lost });
    }
    let order = record.schema().fields.iter().filter_map(|def| cells.remove(&def.name));
    out.cells = order.collect();
    Ok(out)
}

/// The records that stand merged into a record, directly or through another.
fn below(view: &dyn StateView, record: &Record) -> Result<Vec<Record>, Error> {
    let mut found: Vec<Record> = Vec::new();
    let mut front: Vec<RecordId> = vec![record.id().clone()];
    while !front.is_empty() {
        let absorbed = view.absorbed_by(record.object(), &front)?;
        front.clear();
        for absorbed in absorbed.into_iter().flatten() {
            front.push(absorbed.record.id().clone());
            found.push(absorbed.record);
        }
    }
    Ok(found)
}
