//! What a merge knew when it chose what survives.

use qudao_model::{FieldName, Patch, Record, RecordId, StateView};

use super::leaves::stored;
use crate::engine::Engine;
use crate::error::Error;

/// What the merges knew that made a record part of another, or of which it is the survivor.
pub(crate) struct Weighed {
    /// The record before others were merged into it, and as it was when it was merged.
    own: Vec<Record>,
    /// The survivor as the last merge wrote it.
    written: Record,
}

impl Weighed {
    /// Of a record by its id, and the record that it ended in. None where there was no merge.
    pub(crate) fn of(view: &dyn StateView, id: &RecordId, standing: &Record) -> Result<Option<Self>, Error> {
        let (object, schema) = (standing.object(), standing.schema());
        let golden = |id: &RecordId| view.golden(object, std::slice::from_ref(id));
        let Some(last) = golden(standing.id())?.into_iter().flatten().next() else { return Ok(None) };
        let mut own = Vec::new();
        for first in golden(id)?.into_iter().flatten() {
            own.push(stored(schema, id, 0, &first.base)?);
        }
        let absorbed = view.absorbed(object, std::slice::from_ref(id))?;
        own.extend(absorbed.into_iter().flatten().map(|absorbed| absorbed.record));
        Ok(Some(Self { own, written: stored(schema, standing.id(), 0, &last.written)? }))
    }

    /// What of a patch is news: not what the record held, where the survivor holds what was chosen in the knowledge of that.
    pub(crate) fn news(&self, engine: &Engine, standing: &Record, mut patch: Patch) -> Patch {
        for own in &self.own {
            // Values are compared as they would be stored.
            let mut told = own.clone();
            let mut fits: Vec<FieldName> = Vec::new();
            for (field, value) in &patch.set {
                if told.set(field.as_str(), value.clone()) == Ok(true) {
                    fits.push(field.clone());
                }
            }
            engine.quality().normalise(&mut told, Some(&fits));
            patch.set.retain(|field, _| {
                let name = field.as_str();
                let chosen = standing.get(name) == self.written.get(name);
                !(chosen && fits.contains(field) && told.get(name) == own.get(name))
            });
            patch.unknown.retain(|key, value| {
                let chosen = standing.unknown().get(key) == self.written.unknown().get(key);
                !(chosen && own.unknown().get(key) == Some(value))
            });
        }
        patch
    }
}
