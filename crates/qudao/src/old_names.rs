//! Conditions that name records by what they were called before a merge.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use qudao_expr::{NamedRecord, OtherNames, Program};
use qudao_model::{ObjectName, Record, RecordId, StateView as _};
use qudao_store::ReadTx;

use crate::error::Error;
use crate::merge;
use crate::resolve;
use crate::roles::Sight;

/// The field by which other systems know a record.
const EXTERNAL_ID: &str = "external_id";

/// The condition in which the old names of merged records stand for the records that survived, as far as the actor sees these.
pub(crate) fn follow<'p>(
    program: &'p Program,
    view: &ReadTx<'_>,
    sight: &Sight<'_>,
) -> Result<Cow<'p, Program>, Error> {
    let mut others = OtherNames::new();
    let mut external: BTreeMap<ObjectName, BTreeSet<NamedRecord>> = BTreeMap::new();
    for name in program.named_records() {
        match &name.field {
            None => {
                if let Some(survivor) = by_id(&name, view, sight)? {
                    others.insert(name, BTreeSet::from([survivor]));
                }
            }
            Some(field) if field.as_str() == EXTERNAL_ID => {
                external.entry(name.object.clone()).or_default().insert(name);
            }
            Some(_) => {}
        }
    }
    for (object, names) in external {
        by_external_id(&object, names, view, sight, &mut others)?;
    }
    Ok(if others.is_empty() { Cow::Borrowed(program) } else { Cow::Owned(program.naming_also(&others)) })
}

/// The record in which the record of an id ended.
fn by_id(name: &NamedRecord, view: &ReadTx<'_>, sight: &Sight<'_>) -> Result<Option<RecordId>, Error> {
    let Ok(id) = RecordId::new(&*name.text) else { return Ok(None) };
    let Some(survivor) = resolve::survivor(view, &name.object, &id)? else { return Ok(None) };
    Ok(seen(&name.object, &[survivor], view, sight)?.pop())
}

/// The records in which those ended that had external ids. What a record has now goes before what another had once.
fn by_external_id(
    object: &ObjectName,
    names: BTreeSet<NamedRecord>,
    view: &ReadTx<'_>,
    sight: &Sight<'_>,
    others: &mut OtherNames,
) -> Result<(), Error> {
    let holders = merge::before_merges(view, object)?;
    let holders = sight.visible(holders, view)?;
    let mut found: Vec<(NamedRecord, BTreeSet<RecordId>)> = Vec::new();
    for name in names {
        let mut ended = BTreeSet::new();
        for holder in holders.iter().filter(|h| external_id(h) == Some(&*name.text)) {
            ended
                .insert(resolve::survivor(view, object, holder.id())?.unwrap_or_else(|| holder.id().clone()));
        }
        let ended: Vec<RecordId> = ended.into_iter().collect();
        let ended = seen(object, &ended, view, sight)?;
        if !ended.is_empty() {
            found.push((name, ended.into_iter().collect()));
        }
    }
    if found.is_empty() {
        return Ok(());
    }
    let standing = sight.visible(view.scan(object)?, view)?;
    let taken: BTreeSet<&str> = standing.iter().filter_map(external_id).collect();
    others.extend(found.into_iter().filter(|(name, _)| !taken.contains(&*name.text)));
    Ok(())
}

fn external_id(record: &Record) -> Option<&str> {
    record.get(EXTERNAL_ID).as_text()
}

/// Those records that the actor sees.
fn seen(
    object: &ObjectName,
    ids: &[RecordId],
    view: &ReadTx<'_>,
    sight: &Sight<'_>,
) -> Result<Vec<RecordId>, Error> {
    let records = view.records(object, ids)?.into_iter().flatten().collect();
    Ok(sight.visible(records, view)?.into_iter().map(|r| r.id().clone()).collect())
}
