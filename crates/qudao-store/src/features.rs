//! What the matcher keeps of a record beside its keys, so that a candidate need not be read to be told from a duplicate.
//!
//! The bytes are the deriver's; the store does not look into them.

use rusqlite::{Connection, params};

use crate::StoreError;

/// Writes and reads features, by the numbers of records.
pub(crate) struct Features<'c> {
    pub(crate) conn: &'c Connection,
}

impl Features<'_> {
    pub(crate) fn put(&self, made: i64, features: &[u8]) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "INSERT INTO features (made, packed) VALUES (?1, ?2) \
                 ON CONFLICT (made) DO UPDATE SET packed = ?2",
            )?
            .execute(params![made, features])?;
        Ok(())
    }

    pub(crate) fn remove(&self, made: i64) -> Result<(), StoreError> {
        self.conn.prepare_cached("DELETE FROM features WHERE made = ?1")?.execute([made])?;
        Ok(())
    }

    /// Of these records those whose features may match, and those of which nothing is kept.
    pub(crate) fn told(
        &self,
        made: Vec<i64>,
        may_match: &mut dyn FnMut(&[u8]) -> bool,
    ) -> Result<Vec<i64>, StoreError> {
        let mut statement = self.conn.prepare_cached("SELECT packed FROM features WHERE made = ?1")?;
        let mut kept = Vec::new();
        for made in made {
            let mut found = statement.query([made])?;
            let may = match found.next()? {
                Some(row) => may_match(row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?),
                None => true,
            };
            if may {
                kept.push(made);
            }
        }
        Ok(kept)
    }
}
