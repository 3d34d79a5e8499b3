//! The index of the matcher: under each key the records that have it, as posting lists.
//!
//! Records are numbered in the order of their making. A list of up to [`ROW`] numbers is one row, so that one look brings it; a longer
//! one stands in chunks, and its row says how many numbers it has, which is all that is asked of most of them. What a row and a chunk
//! hold depends on the records alone, not on the way there, so that a rebuild finds the same bytes.

use qudao_model::{BlockKey, RuleId};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::{StoreError, rows};

/// How many numbers stand in one row, as steps from each to the next. Among a million records they fit into a page. Few in unit tests,
/// so that lists become too long there.
const ROW: usize = if cfg!(test) { 8 } else { 1024 };
/// How many record numbers one chunk covers. An offset within is written as two bytes. A larger chunk makes fewer rows to read, and more
/// bytes to write anew for each record of a common key.
const CHUNK: i64 = 1 << 15;

/// The records under one key, ascending.
pub(crate) type List = Vec<i64>;

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
    let (pairs, []) = bytes.as_chunks::<2>() else {
        return Err(StoreError::corrupt("posting_chunks", "half an offset"));
    };
    Ok(pairs.iter().map(|pair| u16::from_le_bytes(*pair)))
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

/// Writes the step from one number to the next: seven bits a byte, the low ones first, the highest bit set where more follow.
fn write_step(step: i64, out: &mut Vec<u8>) {
    let mut rest = step.cast_unsigned();
    while rest >= 0x80 {
        out.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

fn packed(list: &[i64]) -> Vec<u8> {
    let mut out = Vec::with_capacity(list.len().saturating_mul(2));
    let mut last = 0_i64;
    for number in list {
        write_step(number.wrapping_sub(last), &mut out);
        last = *number;
    }
    out
}

/// The numbers of a row, which are so many.
fn unpacked(bytes: &[u8], count: usize) -> Result<List, StoreError> {
    let mut list = List::with_capacity(count.min(ROW));
    let (mut last, mut step, mut shift) = (0_i64, 0_u64, 0_u32);
    for byte in bytes {
        step |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
        shift = shift.saturating_add(7);
        if *byte < 0x80 {
            last = last.wrapping_add(step.cast_signed());
            list.push(last);
            (step, shift) = (0, 0);
        }
    }
    if list.len() == count && shift == 0 {
        Ok(list)
    } else {
        Err(StoreError::corrupt("postings", "other numbers than counted"))
    }
}

impl Postings<'_> {
    /// How many records a key has, and their numbers where they stand in one row.
    fn row(&self, key: i64) -> Result<(usize, List), StoreError> {
        let mut statement = self.conn.prepare_cached("SELECT n, ids FROM postings WHERE key = ?1")?;
        let mut rows = statement.query([key])?;
        let Some(row) = rows.next()? else { return Ok((0, List::new())) };
        let count: usize = rows::unsigned("postings", row.get(0)?)?;
        let list = if count > ROW {
            List::new()
        } else {
            unpacked(row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?, count)?
        };
        Ok((count, list))
    }

    /// Writes how many records a key has, and their numbers where they stand in one row.
    fn write(&self, key: i64, count: usize, list: &[i64]) -> Result<(), StoreError> {
        if count == 0 {
            self.conn.prepare_cached("DELETE FROM postings WHERE key = ?1")?.execute([key])?;
            return Ok(());
        }
        self.conn
            .prepare_cached(
                "INSERT INTO postings (key, n, ids) VALUES (?1, ?2, ?3) \
                 ON CONFLICT (key) DO UPDATE SET n = ?2, ids = ?3",
            )?
            .execute(params![key, i64::try_from(count).unwrap_or(i64::MAX), packed(list)])?;
        Ok(())
    }

    fn chunk(&self, key: i64, chunk: i64) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self
            .conn
            .prepare_cached("SELECT ids FROM posting_chunks WHERE key = ?1 AND chunk = ?2")?
            .query_row([key, chunk], |row| row.get(0))
            .optional()?)
    }

    fn write_chunk(&self, key: i64, chunk: i64, ids: &[u8]) -> Result<(), StoreError> {
        if ids.is_empty() {
            self.conn
                .prepare_cached("DELETE FROM posting_chunks WHERE key = ?1 AND chunk = ?2")?
                .execute([key, chunk])?;
            return Ok(());
        }
        self.conn
            .prepare_cached(
                "INSERT INTO posting_chunks (key, chunk, ids) VALUES (?1, ?2, ?3) \
                 ON CONFLICT (key, chunk) DO UPDATE SET ids = ?3",
            )?
            .execute(params![key, chunk, ids])?;
        Ok(())
    }

    /// Puts a record under a key.
    pub(crate) fn add(&self, rule: &RuleId, key: &BlockKey, made: i64) -> Result<(), StoreError> {
        let key = key.digest(rule);
        let (count, mut list) = self.row(key)?;
        let more = count.saturating_add(1);
        if count <= ROW {
            let Err(at) = list.binary_search(&made) else { return Ok(()) };
            list.insert(at, made);
            if more <= ROW {
                return self.write(key, more, &list);
            }
            // Too many for one row.
            for numbers in list.chunk_by(|a, b| place(*a).0 == place(*b).0) {
                let chunk = numbers.first().map_or(0, |made| place(*made).0);
                let ids: Vec<u8> = numbers.iter().flat_map(|made| place(*made).1.to_le_bytes()).collect();
                self.write_chunk(key, chunk, &ids)?;
            }
            return self.write(key, more, &[]);
        }
        let (chunk, offset) = place(made);
        let mut ids = self.chunk(key, chunk)?.unwrap_or_default();
        let (at, found) = find(&ids, offset)?;
        if found {
            return Ok(());
        }
        ids.splice(at..at, offset.to_le_bytes());
        self.write_chunk(key, chunk, &ids)?;
        self.write(key, more, &[])
    }

    /// Takes a record from under a key.
    pub(crate) fn remove(&self, rule: &RuleId, key: &BlockKey, made: i64) -> Result<(), StoreError> {
        let key = key.digest(rule);
        let (count, mut list) = self.row(key)?;
        let less = count.saturating_sub(1);
        if count <= ROW {
            let Ok(at) = list.binary_search(&made) else { return Ok(()) };
            list.remove(at);
            return self.write(key, less, &list);
        }
        let (chunk, offset) = place(made);
        let mut ids = self.chunk(key, chunk)?.unwrap_or_default();
        let (at, found) = find(&ids, offset)?;
        if !found {
            return Ok(());
        }
        ids.drain(at..at.saturating_add(2));
        self.write_chunk(key, chunk, &ids)?;
        if less > ROW {
            return self.write(key, less, &[]);
        }
        // Few enough for one row.
        let mut list = List::new();
        self.chunks(key, |start, ids| {
            list.extend(offsets(ids)?.map(|offset| start.wrapping_add(i64::from(offset))));
            Ok(true)
        })?;
        self.conn.prepare_cached("DELETE FROM posting_chunks WHERE key = ?1")?.execute([key])?;
        self.write(key, less, &list)
    }

    /// The records of a key, unless there are more than `most`.
    pub(crate) fn list(&self, key: i64, most: usize) -> Result<Option<List>, StoreError> {
        let (count, mut list) = self.row(key)?;
        if count > most {
            return Ok(None);
        }
        if count > ROW {
            list.reserve(count);
            self.chunks(key, |start, ids| {
                list.extend(offsets(ids)?.map(|offset| start.wrapping_add(i64::from(offset))));
                Ok(true)
            })?;
        }
        Ok(Some(list))
    }

    /// The records of a key that are among others, which are sorted; unless there are more than `most`.
    pub(crate) fn among(&self, key: i64, others: &[i64], most: usize) -> Result<Option<List>, StoreError> {
        let (count, mut list) = self.row(key)?;
        if count <= ROW {
            list.retain(|number| others.binary_search(number).is_ok());
            return Ok((list.len() <= most).then_some(list));
        }
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
        let mut statement = self
            .conn
            .prepare_cached("SELECT chunk, ids FROM posting_chunks WHERE key = ?1 ORDER BY chunk")?;
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::testing::{index, rule};
    use proptest::prelude::*;

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
            let rows = |conn: &Connection, table: &str| -> Vec<(i64, i64, Vec<u8>)> {
                let mut all = conn.prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2")).unwrap();
                let rows = all.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))).unwrap();
                rows.map(Result::unwrap).collect()
            };
            for table in ["postings", "posting_chunks"] {
                prop_assert_eq!(rows(&conn, table), rows(&fresh, table));
            }
        }
    }
}
