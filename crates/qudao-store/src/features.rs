//! What the matcher keeps of a record beside its keys, so that a candidate need not be read to be told from a duplicate.
//!
//! Most candidates are told by their sketches. Those stand close together, so that many are on one page and their pages stay in memory; features
//! are read for the few that are left. The bytes are the deriver's; the store does not look into them.

use std::ffi::CStr;

use qudao_model::Kept;
use rusqlite::blob::Blob;
use rusqlite::{Connection, MAIN_DB, params};

use crate::StoreError;

/// Writes and reads what is kept, by the numbers of records.
pub(crate) struct Features<'c> {
    pub(crate) conn: &'c Connection,
}

impl Features<'_> {
    /// Writes what has changed. What is empty has no row.
    pub(crate) fn put_sketches(&self, made: i64, before: &[u8], after: &[u8]) -> Result<(), StoreError> {
        let put = "INSERT INTO sketches (made, packed) VALUES (?1, ?2) ON CONFLICT (made) DO UPDATE SET packed = ?2";
        self.put(put, "DELETE FROM sketches WHERE made = ?1", made, before, after)
    }

    /// Writes what has changed. What is empty has no row.
    pub(crate) fn put_features(&self, made: i64, before: &[u8], after: &[u8]) -> Result<(), StoreError> {
        let put = "INSERT INTO features (made, packed) VALUES (?1, ?2) ON CONFLICT (made) DO UPDATE SET packed = ?2";
        self.put(put, "DELETE FROM features WHERE made = ?1", made, before, after)
    }

    fn put(&self, put: &str, remove: &str, made: i64, before: &[u8], after: &[u8]) -> Result<(), StoreError> {
        if before == after {
            return Ok(());
        }
        if after.is_empty() {
            self.conn.prepare_cached(remove)?.execute([made])?;
        } else {
            self.conn.prepare_cached(put)?.execute(params![made, after])?;
        }
        Ok(())
    }

    /// Of these records those that may match by what is kept of them, and those of which nothing is kept.
    pub(crate) fn told(
        &self,
        made: Vec<i64>,
        may_match: &mut dyn FnMut(Kept<'_>) -> bool,
    ) -> Result<Vec<i64>, StoreError> {
        let mut left = Vec::new();
        let mut sketches = Rows::of(self.conn, c"sketches", "SELECT packed FROM sketches WHERE made = ?1");
        for made in made {
            if sketches.read(made)?.is_none_or(|kept| may_match(Kept::Sketches(kept))) {
                left.push(made);
            }
        }
        let mut features = Rows::of(self.conn, c"features", "SELECT packed FROM features WHERE made = ?1");
        let mut kept = Vec::new();
        for made in left {
            if features.read(made)?.is_none_or(|of| may_match(Kept::Features(of))) {
                kept.push(made);
            }
        }
        Ok(kept)
    }
}

/// Reads many rows of a table one after the other: by a handle that is moved from row to row, which takes less than a statement for each.
struct Rows<'c> {
    conn: &'c Connection,
    table: &'static CStr,
    sql: &'static str,
    handle: Option<Blob<'c>>,
    bytes: Vec<u8>,
}

impl<'c> Rows<'c> {
    fn of(conn: &'c Connection, table: &'static CStr, sql: &'static str) -> Self {
        Self { conn, table, sql, handle: None, bytes: Vec::new() }
    }

    /// What is kept of a record; none where nothing is.
    fn read(&mut self, made: i64) -> Result<Option<&[u8]>, StoreError> {
        let moved = match self.handle.take() {
            Some(mut handle) => handle.reopen(made).map(|()| handle),
            None => self.conn.blob_open(MAIN_DB, self.table, c"packed", made, true),
        };
        self.bytes.clear();
        let Ok(handle) = moved else {
            // There is no such row, or something else is wrong, which a statement tells apart.
            let mut statement = self.conn.prepare_cached(self.sql)?;
            let mut rows = statement.query([made])?;
            let Some(row) = rows.next()? else { return Ok(None) };
            self.bytes.extend_from_slice(row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?);
            return Ok(Some(&self.bytes));
        };
        self.bytes.resize(handle.len(), 0);
        handle.read_at_exact(&mut self.bytes, 0)?;
        self.handle = Some(handle);
        Ok(Some(&self.bytes))
    }
}
