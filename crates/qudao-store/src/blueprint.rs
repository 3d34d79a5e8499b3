//! Another Blueprint: what it changes, and the change itself.

use std::collections::BTreeMap;

use qudao_model::{
    Actor, ClaimKey, FieldName, Hash, Instant, ObjectName, Outcome, ProcessId, Record, RecordKey, RuleId,
    StageId, Value,
};
use rusqlite::Connection;
use serde_json::{Value as Json, json};

use crate::derive::{Keys, derive_all, each_record};
use crate::journal::{Draft, Payload};
use crate::project::Body;
use crate::{Deriver, ReadTx, Seq, Store, StoreError, format, open, rows};

/// What another Blueprint changes for the records of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationPreview {
    /// The hash of the Blueprint in the store.
    pub stored: Hash,
    /// The hash of the Blueprint given.
    pub given: Hash,
    /// Records by object.
    pub records: BTreeMap<ObjectName, u64>,
    /// Records of objects that the new schema has not. They are kept, and cannot be read until it has.
    pub objects_gone: BTreeMap<ObjectName, u64>,
    /// Records with a value in a field that the new schema has not, or whose type no longer fits. The values are
    /// kept as unknown.
    pub fields_unknown: BTreeMap<(ObjectName, FieldName), u64>,
    /// Records that stand in a stage that the new Blueprint has not.
    pub stages_gone: BTreeMap<(ProcessId, StageId), u64>,
    /// Unique values that several records have, sorted by rule and holder.
    pub conflicts: Vec<ClaimConflict>,
}

/// A unique value that several records have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClaimConflict {
    /// The rule.
    pub rule: RuleId,
    /// The record made first, which holds the value.
    pub holder: RecordKey,
    /// The others, in the order of their making.
    pub waiting: Vec<RecordKey>,
}

/// What a migration did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationReport {
    /// Its log entry.
    pub seq: Seq,
    /// What changed.
    pub preview: MigrationPreview,
}

pub(crate) fn preview(
    view: &ReadTx<'_>,
    deriver: &dyn Deriver,
    stored: &Hash,
    given: &Hash,
) -> Result<MigrationPreview, StoreError> {
    let mut preview = MigrationPreview {
        stored: stored.clone(),
        given: given.clone(),
        records: BTreeMap::new(),
        objects_gone: BTreeMap::new(),
        fields_unknown: BTreeMap::new(),
        stages_gone: BTreeMap::new(),
        conflicts: Vec::new(),
    };
    let mut claimants: BTreeMap<(RuleId, ClaimKey), Vec<RecordKey>> = BTreeMap::new();
    each_record(view.conn, |key, version, _, body| {
        add_one(&mut preview.records, key.object.clone());
        let Some(object) = view.schema.object(key.object.as_str()) else {
            add_one(&mut preview.objects_gone, key.object);
            return Ok(());
        };
        for claim in Keys::of(view.schema, deriver, &key, version, body.clone())?.claims {
            claimants.entry(claim).or_default().push(key.clone());
        }
        let json = Json::Object(body);
        let record = Record::from_stored_json(object.clone(), key.id.clone(), version, &json)
            .map_err(|_| StoreError::corrupt(format!("records/{key}"), "not a record"))?;
        for field in json.as_object().map(lost_fields(&record)).into_iter().flatten() {
            add_one(&mut preview.fields_unknown, (key.object.clone(), field));
        }
        Ok(())
    })?;
    preview.stages_gone = stages_gone(view.conn, deriver)?;
    preview.conflicts = claimants
        .into_iter()
        .filter_map(|((rule, _), records)| {
            let mut records = records.into_iter();
            let holder = records.next()?;
            let waiting: Vec<RecordKey> = records.collect();
            (!waiting.is_empty()).then_some(ClaimConflict { rule, holder, waiting })
        })
        .collect();
    preview.conflicts.sort();
    Ok(preview)
}

fn add_one<K: Ord>(counts: &mut BTreeMap<K, u64>, key: K) {
    let count = counts.entry(key).or_default();
    *count = count.saturating_add(1);
}

/// The fields of a stored body that the record's schema cannot hold.
fn lost_fields(record: &Record) -> impl Fn(&Body) -> Vec<FieldName> {
    |body| {
        body.iter()
            .filter_map(|(key, value)| {
                let field = FieldName::new(key).ok()?;
                (record.get(key) == &Value::Missing && record.unknown().get(key) == Some(value))
                    .then_some(field)
            })
            .collect()
    }
}

fn stages_gone(
    conn: &Connection,
    deriver: &dyn Deriver,
) -> Result<BTreeMap<(ProcessId, StageId), u64>, StoreError> {
    // The current stage is that of the last visit, be it left or not: closing visits may be either.
    let mut statement = conn.prepare(
        "SELECT v.process, v.stage, count(*) FROM visits v \
         JOIN (SELECT object, id, max(seq) AS seq FROM visits GROUP BY object, id) last \
         ON last.object = v.object AND last.id = v.id AND last.seq = v.seq GROUP BY v.process, v.stage",
    )?;
    let mut found = statement.query([])?;
    let mut gone = BTreeMap::new();
    while let Some(row) = found.next()? {
        let process: ProcessId = rows::id("visits", &row.get::<_, String>(0)?)?;
        let stage: StageId = rows::id("visits", &row.get::<_, String>(1)?)?;
        if !deriver.knows_stage(&process, &stage) {
            gone.insert((process, stage), rows::unsigned("visits", row.get(2)?)?);
        }
    }
    Ok(gone)
}

/// Makes the store's given Blueprint its own. To be called within a write transaction.
pub(crate) fn migrate(
    store: &Store,
    conn: &Connection,
    stored: &Hash,
    actor: &Actor,
    now: Instant,
) -> Result<MigrationReport, StoreError> {
    let options = &store.options;
    let given = &options.blueprint.hash;
    let mut tx = store.write_tx(conn);
    let preview = preview(&tx.read, &*options.deriver, stored, given)?;
    open::keep_blueprint(conn, options)?;
    format::clear(conn, format::DERIVED)?;
    derive_all(conn, &options.schema, &*options.deriver)?;
    format::set_meta(conn, "derived_for", &options.derivation())?;
    let sum = |counts: &mut dyn Iterator<Item = u64>| counts.fold(0_u64, u64::saturating_add);
    let command = json!({
        "from": stored,
        "to": given,
        "records": sum(&mut preview.records.values().copied()),
        "objects_gone": sum(&mut preview.objects_gone.values().copied()),
        "fields_unknown": sum(&mut preview.fields_unknown.values().copied()),
        "stages_gone": sum(&mut preview.stages_gone.values().copied()),
        "conflicts": preview.conflicts.len(),
    });
    let seq = tx.log(&Draft {
        device: &store.device,
        command: "migrate_blueprint",
        actor,
        occurred_at: now,
        recorded_at: now,
        blueprint: given,
        outcome: Outcome::Allowed,
        failed: &[],
        granted: &[],
        records: &[],
        key: None,
        payload: Payload { command: rows::to_json(&command)?, changes: "[]".to_owned(), decision: None },
    })?;
    Ok(MigrationReport { seq, preview })
}
