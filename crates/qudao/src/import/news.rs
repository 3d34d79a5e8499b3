//! What a row says that its record does not hold yet.

use std::collections::BTreeSet;

use qudao_model::{FieldName, FieldType, Patch, Record, RecordId, StateView, Value};

use crate::error::Error;
use crate::merge::Weighed;
use crate::resolve;
use crate::roles::Sight;
use crate::session::Session;

impl Session {
    /// What a row says that is news to its record; none where nothing is. `id` is that of the row: its record may have been merged
    /// into another since, and what a merge has weighed is no news.
    ///
    /// Of what the actor may not read all is news, so that the save path refuses it: a file is no way to guess at that.
    pub(super) fn news(
        &self,
        view: &dyn StateView,
        id: &RecordId,
        record: &Record,
        patch: Patch,
    ) -> Result<Option<Patch>, Error> {
        let sight = self.sight(view)?;
        if sight.sees(std::slice::from_ref(record), view)?.first() != Some(&true) {
            return Ok(Some(patch));
        }
        let masked = self.masked_fields(record.object());
        let (hidden, mut open) = apart(patch, &masked);
        if let Some(weighed) = Weighed::of(view, id, record)? {
            open = weighed.news(self.workspace().engine(), record, open);
        }
        let mut news = hidden;
        for (field, value) in open.set {
            if record.get(field.as_str()) != &value && !leads_there(view, &sight, record, &field, &value)? {
                news.set.insert(field, value);
            }
        }
        let unknown = open.unknown.into_iter();
        news.unknown.extend(unknown.filter(|(key, value)| record.unknown().get(key) != Some(value)));
        Ok((!news.is_empty()).then_some(news))
    }
}

/// A patch in two: the fields that are masked, and the rest.
fn apart(patch: Patch, masked: &BTreeSet<FieldName>) -> (Patch, Patch) {
    let (mut hidden, mut open) = (Patch::new(), Patch::new());
    (hidden.set, open.set) = patch.set.into_iter().partition(|(field, _)| masked.contains(field));
    open.unknown = patch.unknown;
    (hidden, open)
}

/// True for a reference to a merged record where the field refers to the record that it ended in, and the actor sees that.
fn leads_there(
    view: &dyn StateView,
    sight: &Sight<'_>,
    record: &Record,
    field: &FieldName,
    value: &Value,
) -> Result<bool, Error> {
    let ty = record.schema().field(field.as_str()).map(|def| &def.ty);
    let (Some(FieldType::Reference(object)), Some(id), Some(now)) =
        (ty, value.as_reference(), record.get(field.as_str()).as_reference())
    else {
        return Ok(false);
    };
    if resolve::survivor(view, object, id)?.as_ref() != Some(now) {
        return Ok(false);
    }
    let standing = view.records(object, std::slice::from_ref(now))?.into_iter().flatten().collect();
    Ok(!sight.visible(standing, view)?.is_empty())
}
