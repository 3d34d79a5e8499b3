//! The state as a decision reads it.
//!
//! Slices of keys are answered by one prepared statement run once for each key: inside the process that costs no
//! more than one large statement, keeps the order asked, and knows no limit on the number of keys.

use std::collections::BTreeMap;
use std::sync::Arc;

use qudao_model::{
    Absorbed, ClaimKey, FieldIx, Golden, Grant, Kept, Meeting, ObjectName, ObjectSchema, Record, RecordId,
    RecordKey, RuleId, StateError, StateView, Visit,
};
use rusqlite::params;

use crate::features::Features;
use crate::postings::Postings;
use crate::read::{VISIT_COLUMNS, visit};
use crate::{ReadTx, StoreError, WriteTx, rows};

impl ReadTx<'_> {
    fn read_records(&self, object: &ObjectName, ids: &[RecordId]) -> Result<Vec<Option<Record>>, StoreError> {
        let schema = self.object(object)?;
        let mut statement = self
            .conn
            .prepare_cached("SELECT id, version, body FROM records WHERE object = ?1 AND id = ?2")?;
        let mut records = Vec::with_capacity(ids.len());
        for id in ids {
            let mut found = statement.query([object.as_str(), id.as_str()])?;
            records.push(match found.next()? {
                Some(row) => Some(Self::record(schema, row)?),
                None => None,
            });
        }
        Ok(records)
    }

    fn read_children(
        &self,
        object: &ObjectName,
        field: FieldIx,
        parents: &[RecordId],
    ) -> Result<Vec<Record>, StoreError> {
        let schema = self.object(object)?;
        let Some(field) = schema.field_at(field) else { return Ok(Vec::new()) };
        let mut statement = self.conn.prepare_cached(
            "SELECT r.id, r.version, r.body FROM refs f JOIN records r ON r.object = f.object AND r.id = f.id \
             WHERE f.object = ?1 AND f.field = ?2 AND f.target = ?3",
        )?;
        let mut children = BTreeMap::new();
        for parent in parents {
            let mut found = statement.query([object.as_str(), field.name.as_str(), parent.as_str()])?;
            while let Some(row) = found.next()? {
                let record = Self::record(schema, row)?;
                children.insert(record.id().clone(), record);
            }
        }
        Ok(children.into_values().collect())
    }

    fn read_visits(&self, records: &[RecordKey]) -> Result<Vec<Vec<Visit>>, StoreError> {
        let mut statement = self.conn.prepare_cached(&format!(
            "SELECT {VISIT_COLUMNS} FROM visits WHERE object = ?1 AND id = ?2 ORDER BY seq"
        ))?;
        let mut lists = Vec::with_capacity(records.len());
        for record in records {
            let mut found = statement.query([record.object.as_str(), record.id.as_str()])?;
            let mut visits = Vec::new();
            while let Some(row) = found.next()? {
                visits.push(visit(row)?);
            }
            lists.push(visits);
        }
        Ok(lists)
    }

    fn read_claims(&self, rule: &RuleId, keys: &[ClaimKey]) -> Result<Vec<Option<RecordKey>>, StoreError> {
        let mut statement =
            self.conn.prepare_cached("SELECT object, id FROM claims WHERE rule = ?1 AND key = ?2")?;
        let mut holders = Vec::with_capacity(keys.len());
        for key in keys {
            let mut found = statement.query([rule.as_str(), key.as_str()])?;
            holders.push(match found.next()? {
                Some(row) => Some(rows::key("claims", &row.get::<_, String>(0)?, &row.get::<_, String>(1)?)?),
                None => None,
            });
        }
        Ok(holders)
    }

    fn read_candidates(
        &self,
        rule: &RuleId,
        meeting: &Meeting,
        may_match: &mut dyn FnMut(Kept<'_>) -> bool,
    ) -> Result<Vec<Record>, StoreError> {
        let met = Postings { conn: self.conn }.meet(rule, meeting)?;
        let met = Features { conn: self.conn }.told(met, may_match)?;
        let mut statement =
            self.conn.prepare_cached("SELECT id, version, body, object FROM records WHERE made = ?1")?;
        let mut records = Vec::with_capacity(met.len());
        let mut object: Option<(ObjectName, &Arc<ObjectSchema>)> = None;
        for made in met {
            let mut found = statement.query([made])?;
            let Some(row) = found.next()? else {
                return Err(StoreError::corrupt("postings", "a record that is not there"));
            };
            let name = row.get_ref(3)?.as_str().map_err(rusqlite::Error::from)?;
            let schema = match &object {
                Some((known, schema)) if known.as_str() == name => *schema,
                _ => {
                    let name: ObjectName = rows::id("records", name)?;
                    let schema = self.object(&name)?;
                    object = Some((name, schema));
                    schema
                }
            };
            records.push(Self::record(schema, row)?);
        }
        records.sort_by(|a, b| (a.object(), a.id()).cmp(&(b.object(), b.id())));
        Ok(records)
    }

    fn read_grants(&self, records: &[RecordKey]) -> Result<Vec<Grant>, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT body FROM grants WHERE object = ?1 AND id = ?2 ORDER BY grant_id")?;
        let mut grants = Vec::new();
        for record in records {
            let mut found = statement.query([record.object.as_str(), record.id.as_str()])?;
            while let Some(row) = found.next()? {
                grants.push(rows::json(|| "grants".to_owned(), &row.get::<_, String>(0)?)?);
            }
        }
        Ok(grants)
    }

    /// A row of the columns id, version, body, into_id, moved.
    pub(crate) fn absorbed_row(
        schema: &std::sync::Arc<qudao_model::ObjectSchema>,
        row: &rusqlite::Row<'_>,
    ) -> Result<Absorbed, StoreError> {
        let place = || "merged".to_owned();
        Ok(Absorbed {
            record: Self::record(schema, row)?,
            into: rows::id("merged", &row.get::<_, String>(3)?)?,
            moved: rows::json(place, &row.get::<_, String>(4)?)?,
        })
    }

    fn read_absorbed(
        &self,
        object: &ObjectName,
        ids: &[RecordId],
    ) -> Result<Vec<Option<Absorbed>>, StoreError> {
        let schema = self.object(object)?;
        let mut statement = self.conn.prepare_cached(
            "SELECT id, version, body, into_id, moved FROM merged WHERE object = ?1 AND id = ?2",
        )?;
        let mut found = Vec::with_capacity(ids.len());
        for id in ids {
            let mut answer = statement.query([object.as_str(), id.as_str()])?;
            found.push(match answer.next()? {
                Some(row) => Some(Self::absorbed_row(schema, row)?),
                None => None,
            });
        }
        Ok(found)
    }

    fn read_absorbed_by(
        &self,
        object: &ObjectName,
        survivors: &[RecordId],
    ) -> Result<Vec<Vec<Absorbed>>, StoreError> {
        let schema = self.object(object)?;
        let mut statement = self.conn.prepare_cached(
            "SELECT id, version, body, into_id, moved FROM merged WHERE object = ?1 AND into_id = ?2 ORDER BY id",
        )?;
        let mut lists = Vec::with_capacity(survivors.len());
        for id in survivors {
            let mut answer = statement.query([object.as_str(), id.as_str()])?;
            let mut list = Vec::new();
            while let Some(row) = answer.next()? {
                list.push(Self::absorbed_row(schema, row)?);
            }
            lists.push(list);
        }
        Ok(lists)
    }

    fn read_golden(&self, object: &ObjectName, ids: &[RecordId]) -> Result<Vec<Option<Golden>>, StoreError> {
        let mut statement =
            self.conn.prepare_cached("SELECT body FROM golden WHERE object = ?1 AND id = ?2")?;
        let mut found = Vec::with_capacity(ids.len());
        for id in ids {
            let mut answer = statement.query([object.as_str(), id.as_str()])?;
            found.push(match answer.next()? {
                Some(row) => Some(rows::json(|| "golden".to_owned(), &row.get::<_, String>(0)?)?),
                None => None,
            });
        }
        Ok(found)
    }

    fn read_all(&self, object: &ObjectName) -> Result<Vec<Record>, StoreError> {
        let schema = self.object(object)?;
        let mut statement = self
            .conn
            .prepare_cached("SELECT id, version, body FROM records WHERE object = ?1 ORDER BY id")?;
        let mut found = statement.query(params![object.as_str()])?;
        let mut records = Vec::new();
        while let Some(row) = found.next()? {
            records.push(Self::record(schema, row)?);
        }
        Ok(records)
    }
}

/// A transaction reads the state the same way, whether or not it may write.
macro_rules! state_view {
    ($($tx:ident),+) => {$(
        impl StateView for $tx<'_> {
            fn records(&self, object: &ObjectName, ids: &[RecordId]) -> Result<Vec<Option<Record>>, StateError> {
                Ok(self.read_records(object, ids)?)
            }

            fn children(
                &self,
                object: &ObjectName,
                field: FieldIx,
                parents: &[RecordId],
            ) -> Result<Vec<Record>, StateError> {
                Ok(self.read_children(object, field, parents)?)
            }

            fn visits(&self, records: &[RecordKey]) -> Result<Vec<Vec<Visit>>, StateError> {
                Ok(self.read_visits(records)?)
            }

            fn claims(&self, rule: &RuleId, keys: &[ClaimKey]) -> Result<Vec<Option<RecordKey>>, StateError> {
                Ok(self.read_claims(rule, keys)?)
            }

            fn candidates(
                &self,
                rule: &RuleId,
                meeting: &Meeting,
                may_match: &mut dyn FnMut(Kept<'_>) -> bool,
            ) -> Result<Vec<Record>, StateError> {
                Ok(self.read_candidates(rule, meeting, may_match)?)
            }

            fn grants(&self, records: &[RecordKey]) -> Result<Vec<Grant>, StateError> {
                Ok(self.read_grants(records)?)
            }

            fn scan(&self, object: &ObjectName) -> Result<Vec<Record>, StateError> {
                Ok(self.read_all(object)?)
            }

            fn absorbed(
                &self,
                object: &ObjectName,
                ids: &[RecordId],
            ) -> Result<Vec<Option<Absorbed>>, StateError> {
                Ok(self.read_absorbed(object, ids)?)
            }

            fn absorbed_by(
                &self,
                object: &ObjectName,
                survivors: &[RecordId],
            ) -> Result<Vec<Vec<Absorbed>>, StateError> {
                Ok(self.read_absorbed_by(object, survivors)?)
            }

            fn golden(
                &self,
                object: &ObjectName,
                ids: &[RecordId],
            ) -> Result<Vec<Option<Golden>>, StateError> {
                Ok(self.read_golden(object, ids)?)
            }
        }
    )+};
}

state_view!(ReadTx, WriteTx);
