//! What records were before they were merged.

use std::collections::BTreeSet;

use qudao_model::{ObjectName, Record, RecordId, StateView as _};
use qudao_store::ReadTx;

use super::leaves::stored;
use crate::error::Error;

/// The records of an object that were merged into others, as they were then, and those that others were merged into, as they were before. A
/// record that is both comes twice.
pub(crate) fn before_merges(view: &ReadTx<'_>, object: &ObjectName) -> Result<Vec<Record>, Error> {
    let merged = view.merged(object)?;
    let survivors: BTreeSet<&RecordId> = merged.iter().map(|absorbed| &absorbed.into).collect();
    let survivors: Vec<RecordId> = survivors.into_iter().cloned().collect();
    let mut found = Vec::with_capacity(merged.len() + survivors.len());
    let Some(schema) = merged.first().map(|absorbed| absorbed.record.schema().clone()) else {
        return Ok(found);
    };
    for (id, golden) in survivors.iter().zip(view.golden(object, &survivors)?) {
        if let Some(golden) = golden {
            found.push(stored(&schema, id, 0, &golden.base)?);
        }
    }
    found.extend(merged.into_iter().map(|absorbed| absorbed.record));
    Ok(found)
}
