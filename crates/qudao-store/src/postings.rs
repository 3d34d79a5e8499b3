//! The index of the matcher: under each key the records that have it, as posting lists.
//!
//! Records are numbered in the order of their making. A list is kept in chunks of [`CHUNK`] numbers: a key that is
//! common among a million records is a few hundred rows to read, a rare one a single small row. What a chunk holds depends on
//! the records alone, not on the way there, so that a rebuild finds the same bytes.

use qudao_model::{BlockKey, RuleId};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::StoreError;

/// How many record numbers one chunk covers. An offset within is written as two bytes. A larger chunk makes fewer rows to read, and more
/// bytes to write anew for each record of a common key.
const CHUNK: i64 = 1 << 15;

/// Writes and reads posting lists.
pub(crate) struct Postings<'c> {
    pub(crate) conn: &'c Connection,
}

/// Where a record stands in a list.
fn place(made: i64) -> (i64, u16) {
    (made.div_euclid(CHUNK), u16::try_from(made.rem_euclid(CHUNK)).unwrap_or(u16::MAX))
}

/// The offsets of a chunk.
fn offsets(bytes: &[u8]) -> Result<impl Iterator<Item = u16> + '_, StoreError> {
    if !bytes.len().is_multiple_of(2) {
        return Err(StoreError::corrupt("postings", "half an offset"));
    }
    Ok(bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])))
}

/// Where an offset is in a chunk, or would be.
fn find(bytes: &[u8], offset: u16) -> Result<(usize, bool), StoreError> {
    // New records come last.
    if let Some(last) = bytes.last_chunk::<2>()
        && u16::from_le_bytes(*last) < offset
        && bytes.len().is_multiple_of(2)
    {
        return Ok((bytes.len(), false));
    }
    for (n, other) in offsets(bytes)?.enumerate() {
        if other >= offset {
            return Ok((n * 2, other == offset));
        }
    }
    Ok((bytes.len(), false))
}

impl Postings<'_> {
    fn chunk(&self, key: i64, chunk: i64) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self
            .conn
            .prepare_cached("SELECT ids FROM postings WHERE key = ?1 AND chunk = ?2")?
            .query_row([key, chunk], |row| row.get(0))
            .optional()?)
    }

    /// Puts a record under a key.
    pub(crate) fn add(&self, rule: &RuleId, key: &BlockKey, made: i64) -> Result<(), StoreError> {
        let (key, (chunk, offset)) = (key.digest(rule), place(made));
        let Some(mut ids) = self.chunk(key, chunk)? else {
            self.conn
                .prepare_cached("INSERT INTO postings (key, chunk, ids) VALUES (?1, ?2, ?3)")?
                .execute(params![key, chunk, offset.to_le_bytes()])?;
            return Ok(());
        };
        let (at, found) = find(&ids, offset)?;
        if !found {
            ids.splice(at..at, offset.to_le_bytes());
            self.write(key, chunk, &ids)?;
        }
        Ok(())
    }

    /// Takes a record from under a key.
    pub(crate) fn remove(&self, rule: &RuleId, key: &BlockKey, made: i64) -> Result<(), StoreError> {
        let (key, (chunk, offset)) = (key.digest(rule), place(made));
        let Some(mut ids) = self.chunk(key, chunk)? else { return Ok(()) };
        let (at, found) = find(&ids, offset)?;
        if !found {
            return Ok(());
        }
        ids.drain(at..at.saturating_add(2));
        if ids.is_empty() {
            self.conn
                .prepare_cached("DELETE FROM postings WHERE key = ?1 AND chunk = ?2")?
                .execute([key, chunk])?;
            return Ok(());
        }
        self.write(key, chunk, &ids)
    }

    fn write(&self, key: i64, chunk: i64, ids: &[u8]) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("UPDATE postings SET ids = ?3 WHERE key = ?1 AND chunk = ?2")?
            .execute(params![key, chunk, ids])?;
        Ok(())
    }

    /// The records of a key, unless there are more than `most`.
    pub(crate) fn list(&self, key: i64, most: usize) -> Result<Option<List>, StoreError> {
        let mut list = List::new();
        let whole = self.chunks(key, |start, ids| {
            list.extend(offsets(ids)?.map(|offset| start.wrapping_add(i64::from(offset))));
            Ok(list.len() <= most)
        })?;
        Ok(whole.then_some(list))
    }

    /// The records of a key that are among others, which are sorted; unless there are more than `most`.
    pub(crate) fn among(&self, key: i64, others: &[i64], most: usize) -> Result<Option<List>, StoreError> {
        let mut list = List::new();
        let mut rest = others;
        let whole = self.chunks(key, |start, ids| {
            rest = rest.get(rest.partition_point(|n| *n < start)..).unwrap_or_default();
            let (within, _) = rest.split_at(rest.partition_point(|n| n.saturating_sub(start) < CHUNK));
            if within.is_empty() {
                return Ok(true);
            }
            // What a chunk holds is sorted too.
            let mut within = within.iter().copied().peekable();
            for offset in offsets(ids)? {
                let number = start.wrapping_add(i64::from(offset));
                while within.next_if(|n| *n < number).is_some() {}
                list.extend(within.next_if_eq(&number));
            }
            Ok(list.len() <= most)
        })?;
        Ok(whole.then_some(list))
    }

    /// Calls for each chunk of a key with its first number and its bytes, until the answer is no; then false.
    fn chunks(
        &self,
        key: i64,
        mut each: impl FnMut(i64, &[u8]) -> Result<bool, StoreError>,
    ) -> Result<bool, StoreError> {
        let mut statement =
            self.conn.prepare_cached("SELECT chunk, ids FROM postings WHERE key = ?1 ORDER BY chunk")?;
        let mut rows = statement.query([key])?;
        while let Some(row) = rows.next()? {
            let chunk: i64 = row.get(0)?;
            let ids = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
            if !each(chunk.saturating_mul(CHUNK), ids)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The records under one key, ascending.
pub(crate) type List = Vec<i64>;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use proptest::prelude::*;

    fn index() -> Connection {
        let conn = Connection::open_in_memory().unwrap();
        crate::format::upgrade(&conn, 0).unwrap();
        conn
    }

    fn rule() -> RuleId {
        RuleId::new("r").unwrap()
    }

    proptest! {
        #[test]
        fn lists_hold_what_was_put_and_not_taken(
            steps in prop::collection::vec((any::<bool>(), 0_usize..4, 0_i64..80_000), 0..200),
            others in prop::collection::btree_set(0_i64..80_000, 0..50),
        ) {
            let others: Vec<i64> = others.into_iter().chain(steps.iter().step_by(3).map(|s| s.2)).collect();
            let others: Vec<i64> = BTreeSet::from_iter(others).into_iter().collect();
            let conn = index();
            let (postings, rule) = (Postings { conn: &conn }, rule());
            let mut expected: BTreeSet<(usize, i64)> = BTreeSet::new();
            for (add, key, made) in steps {
                let text = BlockKey::of(&key.to_string());
                if add {
                    postings.add(&rule, &text, made).unwrap();
                    expected.insert((key, made));
                } else {
                    postings.remove(&rule, &text, made).unwrap();
                    expected.remove(&(key, made));
                }
            }
            for key in 0..4_usize {
                let digest = BlockKey::of(&key.to_string()).digest(&rule);
                let own: Vec<i64> = expected.iter().filter(|(k, _)| *k == key).map(|(_, made)| *made).collect();
                let found = |most| (postings.list(digest, most).unwrap(), postings.among(digest, &others, most).unwrap());
                let among: Vec<i64> = own.iter().copied().filter(|n| others.binary_search(n).is_ok()).collect();
                let within = |list: &Vec<i64>, most| (list.len() <= most).then(|| list.clone());
                for most in [0, 1, own.len(), usize::MAX] {
                    prop_assert_eq!(found(most), (within(&own, most), within(&among, most)));
                }
            }
            // The bytes are those of a fresh index.
            let fresh = index();
            for (key, made) in &expected {
                Postings { conn: &fresh }.add(&rule, &BlockKey::of(&key.to_string()), *made).unwrap();
            }
            let rows = |conn: &Connection| -> Vec<(i64, i64, Vec<u8>)> {
                let mut all = conn.prepare("SELECT key, chunk, ids FROM postings ORDER BY key, chunk").unwrap();
                let rows = all.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))).unwrap();
                rows.map(Result::unwrap).collect()
            };
            prop_assert_eq!(rows(&conn), rows(&fresh));
        }
    }
}
