//! References on the save path: to merged records, and to records that the actor does not see.

use qudao_model::{
    Dataset, FieldIx, ObjectName, RecordId, RuleOutcome, StateView as _, Step, TraceEntry, Value,
};

use crate::decide::Pass;
use crate::draft::{Draft, rule_id};
use crate::error::Error;
use crate::resolve;

impl Pass<'_> {
    /// Lets references to merged records point to the records that survived. True where there was one.
    pub(crate) fn follow_merged(&mut self, draft: &mut Draft, data: &Dataset) -> Result<bool, Error> {
        let schema = draft.after.schema().clone();
        let mut followed = false;
        for parent in schema.parents() {
            let Some(id) = draft.after.at(parent.field).as_reference().cloned() else { continue };
            if data.get(parent.object.as_str(), id.as_str()).is_some() {
                continue;
            }
            let Some(survivor) = resolve::survivor(&self.state, &parent.object, &id)? else { continue };
            if !self.may_follow(draft, parent.field, &parent.object, &survivor)? {
                continue;
            }
            draft.after.set_at(parent.field, Value::Reference(survivor));
            let mut entry = TraceEntry::new(
                Step::Normalise,
                rule_id("merge.reference"),
                Some(draft.after.key()),
                RuleOutcome::Applied,
            );
            if let Some(def) = schema.field_at(parent.field) {
                entry.inputs.insert(def.name.to_string(), Value::Reference(id));
            }
            self.out.trace.push(entry);
            followed = true;
        }
        Ok(followed)
    }

    /// True where a reference may lead from a merged record to its survivor: not where the actor writes it and does not see that one.
    fn may_follow(
        &self,
        draft: &Draft,
        field: FieldIx,
        object: &ObjectName,
        survivor: &RecordId,
    ) -> Result<bool, Error> {
        if self.engine.roles().is_open() || !is_written(draft, field) {
            return Ok(true);
        }
        let found =
            self.state.records(object, std::slice::from_ref(survivor))?.into_iter().flatten().collect();
        Ok(!self.sight.visible(found, &self.state)?.is_empty())
    }

    /// Lets a reference that the actor writes count as dangling where he does not see the record.
    pub(crate) fn hide_invisible_references(&mut self, draft: &Draft) -> Result<(), Error> {
        if self.engine.roles().is_open() {
            return Ok(());
        }
        let schema = draft.after.schema().clone();
        for parent in schema.parents() {
            let id = draft.after.at(parent.field).as_reference();
            let Some(id) = id.filter(|_| is_written(draft, parent.field)) else { continue };
            let found = self.state.records(&parent.object, std::slice::from_ref(id))?;
            let Some(record) = found.into_iter().flatten().next() else { continue };
            let seen = self.sight.sees(std::slice::from_ref(&record), &self.state)?;
            if seen.first() != Some(&true) {
                self.state.hide(record.key());
            }
        }
        Ok(())
    }
}

/// True where the actor changes a field, and not the engine.
fn is_written(draft: &Draft, field: FieldIx) -> bool {
    let changed = draft.before.as_ref().is_none_or(|before| before.at(field) != draft.after.at(field));
    let def = draft.after.schema().field_at(field);
    changed && !def.is_some_and(|def| draft.system.contains(&def.name))
}
