//! The records that refer to a record, and their move to another.

use std::collections::BTreeMap;

use qudao_model::{
    FieldIx, ObjectName, Operation, Record, RecordId, RecordKey, RuleOutcome, StateView, Step, TraceEntry,
    Value,
};

use crate::decide::Pass;
use crate::draft::{Draft, Target};
use crate::error::Error;
use crate::neighbourhood;

/// A reference of a record to one of several others.
pub(crate) struct Reference {
    pub(crate) child: Record,
    pub(crate) field: FieldIx,
    pub(crate) target: RecordId,
}

/// Every reference to these records, of every object, as the schema declares them.
pub(crate) fn references(
    pass: &Pass<'_>,
    object: &ObjectName,
    ids: &[RecordId],
) -> Result<Vec<Reference>, Error> {
    let mut found = Vec::new();
    for schema in pass.engine.schema().objects() {
        for parent in schema.parents().filter(|p| p.object == *object) {
            for child in pass.state.children(&schema.name, parent.field, ids)? {
                if let Some(target) = child.at(parent.field).as_reference().cloned() {
                    found.push(Reference { child, field: parent.field, target });
                }
            }
        }
    }
    Ok(found)
}

/// Children that move. What they hold is not judged anew: only their reference changes, it is the engine that changes
/// it, and an old record that breaks a new rule must not stand in the way of a merge. Uniqueness holds.
#[derive(Default)]
pub(crate) struct Moves {
    children: BTreeMap<RecordKey, (Record, Record)>,
}

impl Moves {
    /// Lets a reference point elsewhere.
    pub(crate) fn add(&mut self, child: Record, field: FieldIx, to: RecordId) {
        let entry = self.children.entry(child.key()).or_insert_with(|| (child.clone(), child));
        entry.1.set_at(field, Value::Reference(to));
    }

    /// Shows the children in their new place to the rules of the records that they move between.
    pub(crate) fn show(&self, pass: &mut Pass<'_>) {
        for (_, after) in self.children.values() {
            // Claims are for the end; the matcher meets them where they are.
            pass.state.put(after.clone(), [], pass.engine.derive_keys(after).keys);
        }
    }

    /// Computes, claims and writes.
    pub(crate) fn finish(self, pass: &mut Pass<'_>) -> Result<(), Error> {
        for (key, (before, after)) in self.children {
            let mut draft = Draft::new(Some(before.clone()), after, Operation::Update, Target::Stay);
            let engine = pass.engine;
            let mut programs = engine.derivation().programs(&key.object).peekable();
            if programs.peek().is_some() {
                let mut data = neighbourhood::load(
                    engine.schema(),
                    &pass.state,
                    std::slice::from_ref(&draft.after),
                    programs,
                )?;
                pass.derive(&mut draft, &mut data);
            }
            self::claim(pass, &draft.after)?;
            pass.out.records.push(key.clone());
            pass.commit(&draft, Vec::new());
            let mut after = draft.after;
            after.set_version(before.version() + 1);
            pass.settle(Some(&before), after);
        }
        Ok(())
    }
}

/// Values that no two records may hold, such as two contacts of one name on one account.
fn claim(pass: &mut Pass<'_>, child: &Record) -> Result<(), Error> {
    let quality = pass.engine.quality();
    for claim in quality.claims(child) {
        let holders = pass.state.claims(&claim.rule, std::slice::from_ref(&claim.key))?;
        let taken = holders.into_iter().flatten().any(|holder| holder != child.key());
        if !taken {
            continue;
        }
        let seen = pass.sight.sees(std::slice::from_ref(child), &pass.state)?.first() == Some(&true);
        let entry = TraceEntry::new(
            Step::Validate,
            claim.rule.clone(),
            seen.then(|| child.key()),
            RuleOutcome::Failed,
        );
        pass.out.trace.push(entry);
        if let Some(mut violation) = quality.unique_violation(&claim, child) {
            if !seen {
                // That there is such a child is not told.
                violation.record = None;
            }
            pass.out.violations.push(violation);
        }
    }
    Ok(())
}
