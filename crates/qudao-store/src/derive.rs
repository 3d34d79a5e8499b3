//! What is computed from records and Blueprint: references, uniqueness claims, block keys, features.
//!
//! A claim is held by one record. Where a new Blueprint finds several records with one value, the first made holds
//! it and the others wait; no new record joins them. When the holder gives the value up, the next in the order of
//! making takes it. So who holds a claim is a function of the records alone, and a rebuild finds the same.

use std::collections::BTreeSet;

use qudao_model::{BlockKey, ClaimKey, FieldName, Record, RecordId, RecordKey, RuleId, Schema, Value};
use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::Value as Json;

use crate::features::Features;
use crate::postings::Postings;
use crate::project::Body;
use crate::{Deriver, StoreError, rows};

/// The keys of one record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Keys {
    refs: BTreeSet<(FieldName, RecordId)>,
    pub(crate) claims: BTreeSet<(RuleId, ClaimKey)>,
    blocks: BTreeSet<(RuleId, BlockKey)>,
    sketches: Vec<u8>,
    features: Vec<u8>,
}

impl Keys {
    /// The keys of a record as stored. None for an object that the schema has not.
    pub(crate) fn of(
        schema: &Schema,
        deriver: &dyn Deriver,
        key: &RecordKey,
        version: u64,
        body: Body,
    ) -> Result<Self, StoreError> {
        let Some(object) = schema.object(key.object.as_str()) else { return Ok(Self::default()) };
        let body = Json::Object(body);
        let record = Record::from_stored_json(object.clone(), key.id.clone(), version, &body)
            .map_err(|_| StoreError::corrupt(format!("records/{key}"), "not a record"))?;
        let derived = deriver.derived(&record);
        let refs = object.parents().filter_map(|parent| {
            let Value::Reference(target) = record.at(parent.field) else { return None };
            object.field_at(parent.field).map(|field| (field.name.clone(), target.clone()))
        });
        Ok(Self {
            refs: refs.collect(),
            claims: derived.claims.into_iter().collect(),
            blocks: derived.keys.into_iter().collect(),
            sketches: derived.sketches,
            features: derived.features,
        })
    }
}

/// Writes keys.
pub(crate) struct Index<'c> {
    pub(crate) conn: &'c Connection,
}

impl Index<'_> {
    /// Gives up the keys of `before` that are not in `after`.
    pub(crate) fn remove(
        &self,
        record: &RecordKey,
        made: i64,
        before: &Keys,
        after: &Keys,
    ) -> Result<(), StoreError> {
        let (object, id) = (record.object.as_str(), record.id.as_str());
        for (field, target) in before.refs.difference(&after.refs) {
            self.conn
                .prepare_cached(
                    "DELETE FROM refs WHERE object = ?1 AND field = ?2 AND target = ?3 AND id = ?4",
                )?
                .execute([object, field.as_str(), target.as_str(), id])?;
        }
        for (rule, key) in before.blocks.difference(&after.blocks) {
            Postings { conn: self.conn }.remove(rule, key, made)?;
        }
        for (rule, key) in before.claims.difference(&after.claims) {
            self.give_up(record, rule, key)?;
        }
        Ok(())
    }

    /// Takes the keys of `after` that are not in `before`.
    pub(crate) fn add(
        &self,
        record: &RecordKey,
        made: i64,
        before: &Keys,
        after: &Keys,
    ) -> Result<(), StoreError> {
        self.add_plain(record, made, before, after)?;
        for (rule, key) in after.claims.difference(&before.claims) {
            if !self.claim(record, rule, key)? {
                let holder = self.holder(rule, key)?;
                return Err(StoreError::ClaimTaken { rule: rule.clone(), holder });
            }
        }
        Ok(())
    }

    /// Takes the keys of a record that is there already; a claim that another holds is waited for.
    fn add_waiting(&self, record: &RecordKey, made: i64, keys: &Keys) -> Result<(), StoreError> {
        self.add_plain(record, made, &Keys::default(), keys)?;
        for (rule, key) in &keys.claims {
            if !self.claim(record, rule, key)? {
                self.conn
                    .prepare_cached(
                        "INSERT INTO claim_waits (rule, key, made, object, id) \
                         VALUES (?1, ?2, ?3, ?4, ?5)",
                    )?
                    .execute(params![
                        rule.as_str(),
                        key.as_str(),
                        made,
                        record.object.as_str(),
                        record.id.as_str()
                    ])?;
            }
        }
        Ok(())
    }

    fn add_plain(
        &self,
        record: &RecordKey,
        made: i64,
        before: &Keys,
        after: &Keys,
    ) -> Result<(), StoreError> {
        let (object, id) = (record.object.as_str(), record.id.as_str());
        for (field, target) in after.refs.difference(&before.refs) {
            self.conn
                .prepare_cached("INSERT INTO refs (object, field, target, id) VALUES (?1, ?2, ?3, ?4)")?
                .execute([object, field.as_str(), target.as_str(), id])?;
        }
        for (rule, key) in after.blocks.difference(&before.blocks) {
            Postings { conn: self.conn }.add(rule, key, made)?;
        }
        let features = Features { conn: self.conn };
        features.put_sketches(made, &before.sketches, &after.sketches)?;
        features.put_features(made, &before.features, &after.features)
    }

    /// Takes a claim; false when another holds it.
    fn claim(&self, record: &RecordKey, rule: &RuleId, key: &ClaimKey) -> Result<bool, StoreError> {
        let taken = self
            .conn
            .prepare_cached(
                "INSERT INTO claims (rule, key, object, id) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            )?
            .execute([rule.as_str(), key.as_str(), record.object.as_str(), record.id.as_str()])?;
        Ok(taken == 1)
    }

    fn holder(&self, rule: &RuleId, key: &ClaimKey) -> Result<RecordKey, StoreError> {
        let (object, id): (String, String) = self
            .conn
            .prepare_cached("SELECT object, id FROM claims WHERE rule = ?1 AND key = ?2")?
            .query_row([rule.as_str(), key.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows::key("claims", &object, &id)
    }

    fn give_up(&self, record: &RecordKey, rule: &RuleId, key: &ClaimKey) -> Result<(), StoreError> {
        let (rule, key) = (rule.as_str(), key.as_str());
        let (object, id) = (record.object.as_str(), record.id.as_str());
        let held = self
            .conn
            .prepare_cached("DELETE FROM claims WHERE rule = ?1 AND key = ?2 AND object = ?3 AND id = ?4")?
            .execute([rule, key, object, id])?;
        if held == 0 {
            self.conn
                .prepare_cached(
                    "DELETE FROM claim_waits WHERE rule = ?1 AND key = ?2 AND object = ?3 AND id = ?4",
                )?
                .execute([rule, key, object, id])?;
            return Ok(());
        }
        let next: Option<(String, String)> = self
            .conn
            .prepare_cached(
                "SELECT object, id FROM claim_waits WHERE rule = ?1 AND key = ?2 \
                 ORDER BY made LIMIT 1",
            )?
            .query_row([rule, key], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        if let Some((object, id)) = next {
            self.conn
                .prepare_cached(
                    "DELETE FROM claim_waits WHERE rule = ?1 AND key = ?2 AND object = ?3 AND id = ?4",
                )?
                .execute([rule, key, &object, &id])?;
            self.conn
                .prepare_cached("INSERT INTO claims (rule, key, object, id) VALUES (?1, ?2, ?3, ?4)")?
                .execute([rule, key, &object, &id])?;
        }
        Ok(())
    }
}

/// Goes through all records in the order of making.
pub(crate) fn each_record(
    conn: &Connection,
    mut visit: impl FnMut(RecordKey, u64, i64, Body) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut statement =
        conn.prepare_cached("SELECT object, id, version, made, body FROM records ORDER BY made")?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        let text = |column: usize| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
        let key = rows::key("records", text(0)?, text(1)?)?;
        let body = rows::json(|| format!("records/{key}"), text(4)?)?;
        let version = rows::unsigned("records", row.get(2)?)?;
        visit(key, version, row.get(3)?, body)?;
    }
    Ok(())
}

/// Fills the tables of keys, which must be empty, from the records.
pub(crate) fn derive_all(
    conn: &Connection,
    schema: &Schema,
    deriver: &dyn Deriver,
) -> Result<(), StoreError> {
    let index = Index { conn };
    each_record(conn, |key, version, made, body| {
        let keys = Keys::of(schema, deriver, &key, version, body)?;
        index.add_waiting(&key, made, &keys)
    })
}
