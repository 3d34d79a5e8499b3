//! Writing: one transaction.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;

use qudao_model::{Hash, Instant, Outcome, RecordKey};
use rusqlite::{Connection, params};

use crate::derive::{Index, Keys};
use crate::journal::{self, Draft, Head, Payload};
use crate::project::{Projector, Put, subjects};
use crate::{Deriver, LogEntry, ReadTx, Seq, StoreError, connect, outbox, rows};

/// The write transaction. It holds the write lock since before anything was read, so what it reads stays true.
///
/// Implements [`StateView`](qudao_model::StateView), and reads everything that [`ReadTx`] reads, its own changes
/// included.
pub struct WriteTx<'s> {
    pub(crate) read: ReadTx<'s>,
    pub(crate) deriver: &'s dyn Deriver,
    pub(crate) blueprint: &'s Hash,
    pub(crate) device: &'s str,
    pub(crate) head: Option<Head>,
}

impl<'s> Deref for WriteTx<'s> {
    type Target = ReadTx<'s>;

    fn deref(&self) -> &ReadTx<'s> {
        &self.read
    }
}

impl WriteTx<'_> {
    /// The connection, while the transaction lives. SQLite ends a transaction by itself after some errors, such as
    /// a full disk; a statement after that would be a transaction of its own.
    fn alive(&self) -> Result<&Connection, StoreError> {
        if self.read.conn.is_autocommit() { Err(StoreError::Aborted) } else { Ok(self.read.conn) }
    }

    /// Appends an entry to the log and makes its changes: projections, claims, block keys, outbox.
    ///
    /// All or nothing: after an error nothing of the entry is kept. The transaction may go on when the error
    /// [concerns one command](StoreError::concerns_one_command).
    ///
    /// # Errors
    /// [`StoreError::ClaimTaken`], [`StoreError::VersionConflict`], [`StoreError::KeyUsed`] or
    /// [`StoreError::Inconsistent`] when the changes do not fit the state; others when the store fails.
    pub fn append(&mut self, entry: &LogEntry<'_>) -> Result<Seq, StoreError> {
        if entry.outcome == Outcome::Blocked && !(entry.changes.is_empty() && entry.events.is_empty()) {
            return Err(StoreError::Inconsistent { place: "a refused command with changes".into() });
        }
        let decision = match (entry.decision, &entry.command.key) {
            (Some(decision), Some(_)) => Some(journal::kept_decision(decision)?),
            _ => None,
        };
        let payload = Payload {
            command: rows::to_json(entry.command)?,
            changes: rows::to_json(entry.changes)?,
            decision,
        };
        let mut records: BTreeSet<RecordKey> = journal::named(entry.command).into_iter().collect();
        records.extend(entry.changes.iter().flat_map(subjects).cloned());
        let records: Vec<RecordKey> = records.into_iter().collect();
        self.savepoint(|tx| {
            let conn = tx.alive()?;
            if entry.outcome == Outcome::Allowed
                && let Some(key) = &entry.command.key
                && let Some(seq) = journal::entry_of_key(conn, &entry.actor.id, key)?
            {
                return Err(StoreError::KeyUsed { seq });
            }
            let seq = tx.log(&Draft {
                device: tx.device,
                command: entry.command.name(),
                actor: entry.actor,
                occurred_at: entry.occurred_at,
                recorded_at: entry.recorded_at,
                blueprint: tx.blueprint,
                outcome: entry.outcome,
                failed: &entry.failed,
                granted: &entry.granted,
                records: &records,
                key: entry.command.key.as_ref(),
                payload,
            })?;
            let projector = Projector { conn: tx.read.conn, seq, recorded_at: entry.recorded_at };
            let mut written: BTreeMap<RecordKey, Put> = BTreeMap::new();
            for (n, change) in entry.changes.iter().enumerate() {
                if let Some(put) = projector.apply(n, change)? {
                    match written.get_mut(&put.record) {
                        Some(earlier) => earlier.after = put.after,
                        None => {
                            written.insert(put.record.clone(), put);
                        }
                    }
                }
            }
            projector.touch(&records)?;
            tx.index(written)?;
            outbox::write(tx.read.conn, seq, entry.events)?;
            Ok(seq)
        })
    }

    /// Writes an entry; the head of the log is looked up once a transaction.
    pub(crate) fn log(&mut self, draft: &Draft<'_>) -> Result<Seq, StoreError> {
        let conn = self.alive()?;
        let mut head = match self.head {
            Some(head) => head,
            None => journal::head(conn, self.device)?,
        };
        let seq = journal::write(conn, &mut head, draft)?;
        self.head = Some(head);
        Ok(seq)
    }

    /// Brings the keys of written records up to date: first all give up, then all take, so that a decision may
    /// pass a value from one record to another.
    fn index(&self, written: BTreeMap<RecordKey, Put>) -> Result<(), StoreError> {
        let index = Index { conn: self.read.conn };
        let mut keys = Vec::with_capacity(written.len());
        for (record, put) in written {
            let of = |body| Keys::of(self.read.schema, self.deriver, &record, 0, body);
            let before = put.before.map(of).transpose()?.unwrap_or_default();
            let after = put.after.map(of).transpose()?.unwrap_or_default();
            index.remove(&record, put.made, &before, &after)?;
            keys.push((record, put.made, before, after));
        }
        for (record, made, before, after) in keys {
            index.add(&record, made, &before, &after)?;
        }
        Ok(())
    }

    /// Does something that can be undone alone: when the closure returns `Err`, what it did is rolled back and the
    /// transaction goes on. May be nested. A row of an import is one.
    ///
    /// # Errors
    /// The closure's, or [`StoreError`] when the store fails.
    pub fn savepoint<R, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<R, E>,
    ) -> Result<R, E> {
        self.alive()?
            .prepare_cached("SAVEPOINT step")
            .and_then(|mut s| s.execute([]))
            .map_err(StoreError::from)?;
        let head = self.head;
        let release = |tx: &Self| -> Result<(), StoreError> {
            tx.alive()?.prepare_cached("RELEASE step")?.execute([])?;
            Ok(())
        };
        match work(self) {
            Ok(value) => {
                release(self)?;
                Ok(value)
            }
            Err(error) => {
                self.head = head;
                let undone = self.alive().and_then(|conn| {
                    conn.prepare_cached("ROLLBACK TO step")?.execute([])?;
                    release(self)
                });
                if undone.is_err() {
                    // Half-done work must not be committed.
                    connect::roll_back(self.read.conn);
                }
                Err(error)
            }
        }
    }

    /// Marks a row of an import as done, so that a re-run passes over it. Rows count from where the caller likes.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub fn import_mark(&mut self, import: &str, row: u64) -> Result<(), StoreError> {
        self.alive()?
            .prepare_cached("INSERT INTO imports (import, row) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
            .execute(params![import, rows::signed(row)])?;
        Ok(())
    }

    /// Forgets the progress of an import. What it stored stays.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub fn import_forget(&mut self, import: &str) -> Result<(), StoreError> {
        self.alive()?.prepare_cached("DELETE FROM imports WHERE import = ?1")?.execute([import])?;
        Ok(())
    }

    /// Deletes the payloads of refused commands recorded before an instant; their entries stay. Gives how many.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub fn drop_refused_payloads(&mut self, before: Instant) -> Result<u64, StoreError> {
        let dropped = self
            .alive()?
            .prepare_cached(
                "DELETE FROM payloads WHERE seq IN \
                 (SELECT seq FROM log WHERE outcome = 'blocked' AND recorded_at < ?1)",
            )?
            .execute([before.micros()])?;
        Ok(u64::try_from(dropped).unwrap_or(u64::MAX))
    }
}
