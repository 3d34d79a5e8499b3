//! Ids of merged records: they answer with the record that survived.

use qudao_model::{ObjectName, Record, RecordId, StateError, StateView};

/// The record that a merged record ended in, through every merge since. None for an id that was not merged.
pub(crate) fn survivor(
    view: &dyn StateView,
    object: &ObjectName,
    id: &RecordId,
) -> Result<Option<RecordId>, StateError> {
    let mut found: Option<RecordId> = None;
    loop {
        let at = found.as_ref().unwrap_or(id);
        let absorbed = view.absorbed(object, std::slice::from_ref(at))?;
        // A record is merged into one that stands, so the way has an end.
        let Some(absorbed) = absorbed.into_iter().flatten().next() else { return Ok(found) };
        // One that the same command takes out again stands for itself.
        if view.records(object, std::slice::from_ref(at))?.iter().any(Option::is_some) {
            return Ok(found);
        }
        found = Some(absorbed.into);
    }
}

/// The record of an id; of a merged id, the record that survived.
pub(crate) fn record(
    view: &dyn StateView,
    object: &ObjectName,
    id: &RecordId,
) -> Result<Option<Record>, StateError> {
    let find = |id: &RecordId| -> Result<Option<Record>, StateError> {
        Ok(view.records(object, std::slice::from_ref(id))?.into_iter().flatten().next())
    };
    if let Some(found) = find(id)? {
        return Ok(Some(found));
    }
    match survivor(view, object, id)? {
        Some(id) => find(&id),
        None => Ok(None),
    }
}
