//! Reading: one snapshot of the state.

use std::collections::BTreeSet;
use std::sync::Arc;

use qudao_model::{
    Absorbed, Hash, Instant, ObjectName, ObjectSchema, Record, RecordId, RecordKey, RuleId, Schema, Visit,
};
use rusqlite::{Connection, Row, params};

use crate::blueprint::ClaimConflict;
use crate::rows;
use crate::{Counts, DuplicateSet, GrantUse, StoreError};

/// One snapshot of the store. What others commit meanwhile is not seen.
///
/// Implements [`StateView`](qudao_model::StateView). It knows no rights: who may see what is the caller's matter.
pub struct ReadTx<'s> {
    pub(crate) conn: &'s Connection,
    pub(crate) schema: &'s Schema,
}

/// The columns that [`visit`] reads, in its order.
pub(crate) const VISIT_COLUMNS: &str = "object, id, seq, process, process_version, stage, stage_order, class, entered, left_at, recorded_at, \
     left_recorded_at, actor, cause, reason";

pub(crate) fn visit(row: &Row<'_>) -> Result<Visit, StoreError> {
    let text = |column: usize| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
    let place = "visits";
    Ok(Visit {
        record: rows::key(place, text(0)?, text(1)?)?,
        seq: rows::unsigned(place, row.get(2)?)?,
        process: rows::id(place, text(3)?)?,
        process_version: text(4)?.to_owned(),
        stage: rows::id(place, text(5)?)?,
        stage_order: rows::unsigned(place, row.get(6)?)?,
        class: rows::word(place, text(7)?)?,
        entered: Instant::from_micros(row.get(8)?),
        left: rows::instant(row.get(9)?),
        recorded_at: Instant::from_micros(row.get(10)?),
        left_recorded_at: rows::instant(row.get(11)?),
        actor: rows::id(place, text(12)?)?,
        cause: rows::word(place, text(13)?)?,
        reason: row.get(14)?,
    })
}

impl ReadTx<'_> {
    pub(crate) fn object(&self, object: &ObjectName) -> Result<&Arc<ObjectSchema>, StoreError> {
        self.schema
            .object(object.as_str())
            .ok_or_else(|| StoreError::UnknownObject { object: object.to_string() })
    }

    /// A record of the columns id, version, body.
    pub(crate) fn record(schema: &Arc<ObjectSchema>, row: &Row<'_>) -> Result<Record, StoreError> {
        let id = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
        let place = || format!("records/{}/{id}", schema.name);
        let body = rows::json(place, row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?)?;
        let version = rows::unsigned("records", row.get(1)?)?;
        Record::from_stored_json(schema.clone(), rows::id("records", id)?, version, &body)
            .map_err(|_| StoreError::corrupt(place(), "not a record"))
    }

    /// Records of an object after an id, at most `limit`, sorted by id: for going through many without holding all.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails or the schema has no such object.
    pub fn page(
        &self,
        object: &ObjectName,
        after: Option<&RecordId>,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        let schema = self.object(object)?;
        let mut statement = self.conn.prepare_cached(
            "SELECT id, version, body FROM records WHERE object = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut found =
            statement.query(params![object.as_str(), after.map_or("", RecordId::as_str), limit])?;
        let mut records = Vec::new();
        while let Some(row) = found.next()? {
            records.push(Self::record(schema, row)?);
        }
        Ok(records)
    }

    /// The records of an object that stand merged into others, as they were, sorted by id.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails or the schema has no such object.
    pub fn merged(&self, object: &ObjectName) -> Result<Vec<Absorbed>, StoreError> {
        let schema = self.object(object)?;
        let mut statement = self.conn.prepare_cached(
            "SELECT id, version, body, into_id, moved FROM merged WHERE object = ?1 ORDER BY id",
        )?;
        let mut found = statement.query([object.as_str()])?;
        let mut merged = Vec::new();
        while let Some(row) = found.next()? {
            merged.push(Self::absorbed_row(schema, row)?);
        }
        Ok(merged)
    }

    /// The visits of all records of an object, sorted by record and place.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub fn all_visits(&self, object: &ObjectName) -> Result<Vec<Visit>, StoreError> {
        let mut statement = self.conn.prepare_cached(&format!(
            "SELECT {VISIT_COLUMNS} FROM visits WHERE object = ?1 ORDER BY object, id, seq"
        ))?;
        let mut found = statement.query([object.as_str()])?;
        let mut visits = Vec::new();
        while let Some(row) = found.next()? {
            visits.push(visit(row)?);
        }
        Ok(visits)
    }

    /// The duplicate sets opened, in the order of opening.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub fn duplicate_sets(&self) -> Result<Vec<DuplicateSet>, StoreError> {
        let place = "duplicate_sets";
        let mut statement = self.conn.prepare_cached(
            "SELECT rule, records, opened_by FROM duplicate_sets ORDER BY opened_by, rule, records",
        )?;
        let mut found = statement.query([])?;
        let mut sets = Vec::new();
        while let Some(row) = found.next()? {
            sets.push(DuplicateSet {
                rule: rows::id(place, &row.get::<_, String>(0)?)?,
                records: rows::json(|| place.to_owned(), &row.get::<_, String>(1)?)?,
                opened_by: rows::unsigned(place, row.get(2)?)?,
            });
        }
        Ok(sets)
    }

    /// The uses of grants for a record, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub fn grant_uses(&self, record: &RecordKey) -> Result<Vec<GrantUse>, StoreError> {
        let place = "grant_uses";
        let mut statement = self.conn.prepare_cached(
            "SELECT grant_id, rule, seq, recorded_at FROM grant_uses WHERE object = ?1 AND id = ?2 \
             ORDER BY seq, n",
        )?;
        let mut found = statement.query([record.object.as_str(), record.id.as_str()])?;
        let mut uses = Vec::new();
        while let Some(row) = found.next()? {
            uses.push(GrantUse {
                grant: row.get(0)?,
                record: record.clone(),
                rule: rows::id(place, &row.get::<_, String>(1)?)?,
                seq: rows::unsigned(place, row.get(2)?)?,
                recorded_at: Instant::from_micros(row.get(3)?),
            });
        }
        Ok(uses)
    }

    /// Unique values that several records have had since before the rule: the first made holds the value, the
    /// others wait. Sorted by rule and holder; the values themselves are not told.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub fn claim_conflicts(&self) -> Result<Vec<ClaimConflict>, StoreError> {
        let place = "claim_waits";
        let mut statement = self.conn.prepare_cached(
            "SELECT w.rule, w.key, c.object, c.id, w.object, w.id FROM claim_waits w \
             JOIN claims c ON c.rule = w.rule AND c.key = w.key \
             ORDER BY w.rule, c.object, c.id, w.key, w.made",
        )?;
        let mut found = statement.query([])?;
        let mut conflicts: Vec<(String, ClaimConflict)> = Vec::new();
        while let Some(row) = found.next()? {
            let text = |column: usize| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
            let rule: RuleId = rows::id(place, text(0)?)?;
            let key = text(1)?;
            let waiting = rows::key(place, text(4)?, text(5)?)?;
            match conflicts.last_mut() {
                Some((last, conflict)) if last == key && conflict.rule == rule => {
                    conflict.waiting.push(waiting);
                }
                _ => {
                    let holder = rows::key(place, text(2)?, text(3)?)?;
                    conflicts.push((key.to_owned(), ClaimConflict { rule, holder, waiting: vec![waiting] }));
                }
            }
        }
        Ok(conflicts.into_iter().map(|(_, conflict)| conflict).collect())
    }

    /// The text of a Blueprint that the log names.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub fn blueprint_text(&self, hash: &Hash) -> Result<Option<String>, StoreError> {
        let mut statement = self.conn.prepare_cached("SELECT text FROM blueprints WHERE hash = ?1")?;
        let mut found = statement.query([hash.as_str()])?;
        Ok(match found.next()? {
            Some(row) => Some(row.get(0)?),
            None => None,
        })
    }

    /// The rows of an import that are done.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub fn import_done(&self, import: &str) -> Result<BTreeSet<u64>, StoreError> {
        let mut statement =
            self.conn.prepare_cached("SELECT row FROM imports WHERE import = ?1 ORDER BY row")?;
        let mut found = statement.query([import])?;
        let mut done = BTreeSet::new();
        while let Some(row) = found.next()? {
            done.insert(rows::unsigned("imports", row.get(0)?)?);
        }
        Ok(done)
    }

    /// How many records an object has. Reads an index, not the records.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub fn count(&self, object: &ObjectName) -> Result<usize, StoreError> {
        let n: i64 = self
            .conn
            .prepare_cached("SELECT count(*) FROM records WHERE object = ?1")?
            .query_row([object.as_str()], |row| row.get(0))?;
        rows::unsigned("counts", n)
    }

    /// How much the store holds.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub fn counts(&self) -> Result<Counts, StoreError> {
        let count = |sql: &str| -> Result<u64, StoreError> {
            let n: i64 = self.conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
            rows::unsigned("counts", n)
        };
        let mut counts = Counts {
            log: count("SELECT count(*) FROM log")?,
            refused: count("SELECT count(*) FROM log WHERE outcome = 'blocked'")?,
            visits: count("SELECT count(*) FROM visits")?,
            claims: count("SELECT count(*) FROM claims")?,
            waiting_claims: count("SELECT count(*) FROM claim_waits")?,
            block_keys: count("SELECT coalesce(sum(n), 0) FROM postings")?,
            grants: count("SELECT count(*) FROM grants")?,
            duplicate_sets: count("SELECT count(*) FROM duplicate_sets")?,
            outbox: count("SELECT count(*) FROM outbox")?,
            ..Counts::default()
        };
        let mut statement = self
            .conn
            .prepare_cached("SELECT object, count(*) FROM records GROUP BY object ORDER BY object")?;
        let mut found = statement.query([])?;
        while let Some(row) = found.next()? {
            let object = rows::id("records", &row.get::<_, String>(0)?)?;
            counts.records.insert(object, rows::unsigned("records", row.get(1)?)?);
        }
        Ok(counts)
    }
}
