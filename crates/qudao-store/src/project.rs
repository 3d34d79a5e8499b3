//! Changes made to the projections. The live path and a replay of the log run the same code.

use qudao_model::{Change, Golden, Grant, Instant, Moved, Patch, RecordId, RecordKey, RuleId, Value, Visit};
use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::{Map, Value as Json};

use crate::{Seq, StoreError, rows};

/// A record's values as stored: tagged JSON by field, and under `$unknown` what the schema did not know when it
/// was written. The form does not depend on the schema, so that a rebuild under another Blueprint gives the same.
pub(crate) type Body = Map<String, Json>;

const UNKNOWN: &str = "$unknown";

/// What a change did to a record. None: it does not stand among the records.
pub(crate) struct Put {
    pub(crate) record: RecordKey,
    /// Its number in the order of making.
    pub(crate) made: i64,
    pub(crate) before: Option<Body>,
    pub(crate) after: Option<Body>,
}

/// Applies the changes of one log entry.
pub(crate) struct Projector<'c> {
    pub(crate) conn: &'c Connection,
    pub(crate) seq: Seq,
    pub(crate) recorded_at: Instant,
}

impl Projector<'_> {
    /// Applies one change; `n` is its place in the entry.
    pub(crate) fn apply(&self, n: usize, change: &Change) -> Result<Option<Put>, StoreError> {
        match change {
            Change::Put { record, version, patch, before: _ } => {
                return self.put(record, *version, patch).map(Some);
            }
            Change::CloseVisit { record, seq, left, recorded_at } => {
                self.close_visit(record, *seq, *left, *recorded_at)?;
            }
            Change::OpenVisit { visit } => self.open_visit(visit)?,
            Change::GiveGrant { grant } => self.give_grant(grant)?,
            Change::UseGrant { grant, record, rule } => self.use_grant(n, grant, record, rule)?,
            Change::Absorb { record, into, moved } => return self.absorb(record, into, moved).map(Some),
            Change::Restore { record } => return self.restore(record).map(Some),
            Change::SetGolden { record, golden } => self.set_golden(record, golden.as_deref())?,
            Change::OpenDuplicateSet { rule, records } => self.open_duplicate_set(rule, records)?,
        }
        Ok(None)
    }

    fn put(&self, record: &RecordKey, version: u64, patch: &Patch) -> Result<Put, StoreError> {
        let (object, id) = (record.object.as_str(), record.id.as_str());
        let stored: Option<(i64, String, i64)> = self
            .conn
            .prepare_cached("SELECT version, body, made FROM records WHERE object = ?1 AND id = ?2")?
            .query_row([object, id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let found: u64 = stored.as_ref().map_or(Ok(0), |s| rows::unsigned("records", s.0))?;
        if found.checked_add(1) != Some(version) {
            return Err(StoreError::VersionConflict {
                record: record.clone(),
                expected: version.saturating_sub(1),
                found,
            });
        }
        let before: Option<Body> = match &stored {
            Some((_, body, _)) => Some(rows::json(|| format!("records/{record}"), body)?),
            None => None,
        };
        let mut after = before.clone().unwrap_or_default();
        patch_body(&mut after, patch);
        let body = rows::to_json(&after)?;
        let sql = if stored.is_some() {
            "UPDATE records SET version = ?3, changed_by = ?4, body = ?5 WHERE object = ?1 AND id = ?2"
        } else {
            // Merged records keep their place in the order of making.
            "INSERT INTO records (made, object, id, version, changed_by, body) \
             VALUES (1 + max(coalesce((SELECT max(made) FROM records), 0), \
             coalesce((SELECT max(made) FROM merged), 0)), ?1, ?2, ?3, ?4, ?5)"
        };
        self.conn.prepare_cached(sql)?.execute(params![
            object,
            id,
            rows::signed(version),
            rows::signed(self.seq),
            body
        ])?;
        let made = stored.map_or_else(|| self.conn.last_insert_rowid(), |(_, _, made)| made);
        Ok(Put { record: record.clone(), made, before, after: Some(after) })
    }

    /// Moves a record from the records to the merged ones.
    fn absorb(&self, record: &RecordKey, into: &RecordId, moved: &[Moved]) -> Result<Put, StoreError> {
        let (object, id) = (record.object.as_str(), record.id.as_str());
        let taken = self
            .conn
            .prepare_cached(
                "INSERT INTO merged (made, object, id, version, changed_by, body, into_id, merged_by, moved) \
                 SELECT made, object, id, version, changed_by, body, ?3, ?4, ?5 FROM records \
                 WHERE object = ?1 AND id = ?2",
            )?
            .execute(params![object, id, into.as_str(), rows::signed(self.seq), rows::to_json(moved)?])?;
        self.once(taken, record)?;
        let (made, body): (i64, String) = self
            .conn
            .prepare_cached("DELETE FROM records WHERE object = ?1 AND id = ?2 RETURNING made, body")?
            .query_row([object, id], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let before = rows::json(|| format!("records/{record}"), &body)?;
        Ok(Put { record: record.clone(), made, before: Some(before), after: None })
    }

    /// Moves a merged record back to the records, as it was.
    fn restore(&self, record: &RecordKey) -> Result<Put, StoreError> {
        let (object, id) = (record.object.as_str(), record.id.as_str());
        let back = self
            .conn
            .prepare_cached(
                "INSERT INTO records (made, object, id, version, changed_by, body) \
                 SELECT made, object, id, version, changed_by, body FROM merged \
                 WHERE object = ?1 AND id = ?2",
            )?
            .execute([object, id])?;
        self.once(back, record)?;
        let (made, body): (i64, String) = self
            .conn
            .prepare_cached("DELETE FROM merged WHERE object = ?1 AND id = ?2 RETURNING made, body")?
            .query_row([object, id], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let after = rows::json(|| format!("merged/{record}"), &body)?;
        Ok(Put { record: record.clone(), made, before: None, after: Some(after) })
    }

    fn set_golden(&self, record: &RecordKey, golden: Option<&Golden>) -> Result<(), StoreError> {
        let (object, id) = (record.object.as_str(), record.id.as_str());
        match golden {
            Some(golden) => self
                .conn
                .prepare_cached(
                    "INSERT INTO golden (object, id, body) VALUES (?1, ?2, ?3) \
                     ON CONFLICT (object, id) DO UPDATE SET body = ?3",
                )?
                .execute([object, id, &rows::to_json(golden)?])?,
            None => self
                .conn
                .prepare_cached("DELETE FROM golden WHERE object = ?1 AND id = ?2")?
                .execute([object, id])?,
        };
        Ok(())
    }

    fn open_visit(&self, visit: &Visit) -> Result<(), StoreError> {
        let cause = rows::to_json(&visit.cause)?;
        let inserted = self
            .conn
            .prepare_cached(
                "INSERT INTO visits (object, id, seq, process, process_version, stage, stage_order, class, \
                 entered, left_at, recorded_at, left_recorded_at, actor, cause, reason) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) \
                 ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                visit.record.object.as_str(),
                visit.record.id.as_str(),
                visit.seq,
                visit.process.as_str(),
                visit.process_version,
                visit.stage.as_str(),
                visit.stage_order,
                visit.class.as_str(),
                visit.entered.micros(),
                visit.left.map(Instant::micros),
                visit.recorded_at.micros(),
                visit.left_recorded_at.map(Instant::micros),
                visit.actor.as_str(),
                cause.trim_matches('"'),
                visit.reason,
            ])?;
        self.once(inserted, &visit.record)
    }

    fn close_visit(
        &self,
        record: &RecordKey,
        seq: u32,
        left: Instant,
        recorded_at: Instant,
    ) -> Result<(), StoreError> {
        let closed = self
            .conn
            .prepare_cached(
                "UPDATE visits SET left_at = ?4, left_recorded_at = ?5 \
                 WHERE object = ?1 AND id = ?2 AND seq = ?3 AND left_at IS NULL",
            )?
            .execute(params![
                record.object.as_str(),
                record.id.as_str(),
                seq,
                left.micros(),
                recorded_at.micros()
            ])?;
        self.once(closed, record)
    }

    fn give_grant(&self, grant: &Grant) -> Result<(), StoreError> {
        let inserted = self
            .conn
            .prepare_cached(
                "INSERT INTO grants (grant_id, object, id, body) VALUES (?1, ?2, ?3, ?4) \
                 ON CONFLICT DO NOTHING",
            )?
            .execute([
                &grant.id,
                grant.record.object.as_str(),
                grant.record.id.as_str(),
                &rows::to_json(grant)?,
            ])?;
        self.once(inserted, &grant.record)
    }

    fn use_grant(&self, n: usize, grant: &str, record: &RecordKey, rule: &RuleId) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "INSERT INTO grant_uses (object, id, seq, n, grant_id, rule, recorded_at) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                record.object.as_str(),
                record.id.as_str(),
                rows::signed(self.seq),
                i64::try_from(n).unwrap_or(i64::MAX),
                grant,
                rule.as_str(),
                self.recorded_at.micros()
            ])?;
        Ok(())
    }

    fn open_duplicate_set(&self, rule: &RuleId, records: &[RecordKey]) -> Result<(), StoreError> {
        // The same set may be found again; it is open already.
        self.conn
            .prepare_cached(
                "INSERT INTO duplicate_sets (rule, records, opened_by) VALUES (?1, ?2, ?3) \
                 ON CONFLICT DO NOTHING",
            )?
            .execute(params![rule.as_str(), rows::to_json(records)?, rows::signed(self.seq)])?;
        Ok(())
    }

    fn once(&self, rows: usize, record: &RecordKey) -> Result<(), StoreError> {
        if rows == 1 { Ok(()) } else { Err(StoreError::Inconsistent { place: record.to_string() }) }
    }

    /// Notes which records the entry concerns.
    pub(crate) fn touch<'r>(
        &self,
        records: impl IntoIterator<Item = &'r RecordKey>,
    ) -> Result<(), StoreError> {
        let mut statement =
            self.conn.prepare_cached("INSERT INTO touched (object, id, seq) VALUES (?1, ?2, ?3)")?;
        for record in records {
            statement.execute(params![record.object.as_str(), record.id.as_str(), rows::signed(self.seq)])?;
        }
        Ok(())
    }
}

/// Applies a patch. Keys end up sorted, so that equal values are equal bytes.
fn patch_body(body: &mut Body, patch: &Patch) {
    for (field, value) in &patch.set {
        if *value == Value::Missing {
            body.remove(field.as_str());
        } else {
            body.insert(field.to_string(), value.to_tagged_json());
        }
    }
    if !patch.unknown.is_empty() {
        let mut unknown = match body.remove(UNKNOWN) {
            Some(Json::Object(map)) => map,
            _ => Map::new(),
        };
        for (key, value) in &patch.unknown {
            // A field that the schema has lost reads as unknown, so it is written and removed as such too.
            if key != UNKNOWN {
                body.remove(key);
            }
            if value.is_null() {
                unknown.remove(key);
            } else {
                unknown.insert(key.clone(), value.clone());
            }
        }
        unknown.sort_keys();
        if !unknown.is_empty() {
            body.insert(UNKNOWN.to_owned(), Json::Object(unknown));
        }
    }
    body.sort_keys();
}

/// The record that a change is about; a duplicate set is about several.
pub(crate) fn subjects(change: &Change) -> &[RecordKey] {
    match change {
        Change::Put { record, .. }
        | Change::CloseVisit { record, .. }
        | Change::UseGrant { record, .. }
        | Change::Absorb { record, .. }
        | Change::Restore { record }
        | Change::SetGolden { record, .. } => std::slice::from_ref(record),
        Change::OpenVisit { visit } => std::slice::from_ref(&visit.record),
        Change::GiveGrant { grant } => std::slice::from_ref(&grant.record),
        Change::OpenDuplicateSet { records, .. } => records,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use qudao_model::FieldName;
    use serde_json::json;

    fn field(name: &str) -> FieldName {
        FieldName::new(name).unwrap()
    }

    #[test]
    fn patches_set_unset_and_keep_the_unknown() {
        let mut body = Body::new();
        let mut patch = Patch::new().set(field("name"), "甲").set(field("city"), "x");
        patch.unknown.insert("legacy".into(), json!([1]));
        patch_body(&mut body, &patch);
        assert_eq!(
            serde_json::to_string(&body).unwrap(),
            r#"{"$unknown":{"legacy":[1]},"city":"x","name":"甲"}"#
        );
        let mut patch = Patch::new().unset(field("city"));
        patch.unknown.insert("legacy".into(), Json::Null);
        patch_body(&mut body, &patch);
        assert_eq!(serde_json::to_string(&body).unwrap(), r#"{"name":"甲"}"#);
    }

    #[test]
    fn the_order_of_writing_leaves_no_trace() {
        let (a, b) = (Patch::new().set(field("a"), 1_i64), Patch::new().set(field("b"), 2_i64));
        let write = |patches: [&Patch; 2]| {
            let mut body = Body::new();
            patches.into_iter().for_each(|p| patch_body(&mut body, p));
            serde_json::to_string(&body).unwrap()
        };
        assert_eq!(write([&a, &b]), write([&b, &a]));
    }

    #[test]
    fn a_lost_field_is_written_as_unknown() {
        let mut body = Body::new();
        patch_body(&mut body, &Patch::new().set(field("gone"), 1_i64));
        let mut patch = Patch::new();
        patch.unknown.insert("gone".into(), json!(2));
        patch_body(&mut body, &patch);
        assert_eq!(serde_json::to_string(&body).unwrap(), r#"{"$unknown":{"gone":2}}"#);
        patch.unknown.insert("gone".into(), Json::Null);
        patch_body(&mut body, &patch);
        assert!(body.is_empty());
    }
}
