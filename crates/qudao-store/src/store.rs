//! The store: transactions and care.

use std::path::Path;

use qudao_model::Hash;
use rusqlite::Connection;

use crate::connect::{self, Place, connect, prepare_writer};
use crate::pool::{Lease, Pool};
use crate::{OpenOptions, Opened, ReadTx, RebuildReport, StoreError, VerifyReport, WriteTx};
use crate::{format, open, rebuild};

/// A database of one company. Share it between threads in an `Arc`; several programs may open the same file.
///
/// Readers see the last commit and never wait; writers wait for each other. Files are in SQLite's write-ahead mode;
/// what a commit survives is set by [`Durability`](crate::Durability).
pub struct Store {
    pub(crate) place: Place,
    pub(crate) options: OpenOptions,
    pub(crate) device: String,
    pub(crate) writer: Pool,
    /// None in memory, where one connection does everything.
    pub(crate) readers: Option<Pool>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("place", &self.place)
            .field("device", &self.device)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Opens a file, or makes it.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be opened, is damaged, belongs to another program or to a later version.
    pub fn open(path: impl AsRef<Path>, options: OpenOptions) -> Result<Opened, StoreError> {
        open::open(path.as_ref(), options)
    }

    /// A store that lives in memory, and ends with the value. Reads wait for writes; a transaction within a
    /// transaction answers [`StoreError::Locked`].
    ///
    /// # Errors
    /// [`StoreError`] when SQLite fails.
    pub fn in_memory(options: OpenOptions) -> Result<Self, StoreError> {
        open::in_memory(options)
    }

    /// The hash of the Blueprint that decides here.
    #[must_use]
    pub fn blueprint(&self) -> &Hash {
        &self.options.blueprint.hash
    }

    /// The device's id in the log.
    #[must_use]
    pub fn device(&self) -> &str {
        &self.device
    }

    /// Reads one snapshot.
    ///
    /// # Errors
    /// The closure's, or [`StoreError`] when the store fails.
    pub fn read<R, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&ReadTx<'_>) -> Result<R, E>,
    ) -> Result<R, E> {
        let lease = self.reader()?;
        lease.prepare_cached("BEGIN").and_then(|mut s| s.execute([])).map_err(StoreError::from)?;
        let result = work(&ReadTx { conn: &lease, schema: &self.options.schema });
        connect::roll_back(&lease);
        result
    }

    /// Reads and writes in one transaction, which takes the write lock before anything is read and is committed
    /// only when the closure returns `Ok`.
    ///
    /// # Errors
    /// The closure's, or [`StoreError`]: [`StoreError::Locked`] when another holds the lock for longer than the
    /// busy timeout, [`StoreError::MigratedElsewhere`] when another program has migrated the file.
    pub fn write<R, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut WriteTx<'_>) -> Result<R, E>,
    ) -> Result<R, E> {
        let lease = self.writer()?;
        connect::begin_write(&lease, self.options.busy_timeout).map_err(|e| self.place.name(e))?;
        let result = self.still_ours(&lease).map_err(E::from).and_then(|()| {
            let value = work(&mut self.write_tx(&lease))?;
            if lease.is_autocommit() {
                return Err(StoreError::Aborted.into());
            }
            lease.prepare_cached("COMMIT").and_then(|mut s| s.execute([])).map_err(StoreError::from)?;
            Ok(value)
        });
        if result.is_err() {
            connect::roll_back(&lease);
        }
        result
    }

    /// Drops the projections and replays them from the log and the Blueprint, in one transaction.
    ///
    /// # Errors
    /// [`StoreError`] when the log is damaged or the store fails; the projections stay as they were.
    pub fn rebuild(&self) -> Result<RebuildReport, StoreError> {
        self.write(|tx| {
            let entries = rebuild::rebuild(tx.conn, tx.schema, tx.deriver)?;
            Ok(RebuildReport { entries, counts: tx.counts()? })
        })
    }

    /// Replays the log beside the projections and compares them, byte by byte. Changes nothing.
    ///
    /// # Errors
    /// [`StoreError`] when the log is damaged or the store fails.
    pub fn verify(&self) -> Result<VerifyReport, StoreError> {
        match &self.readers {
            None => rebuild::verify(&*self.writer()?, &self.options),
            Some(_) => rebuild::verify(&self.connect()?, &self.options),
        }
    }

    /// SQLite's `integrity_check`: what is wrong with the file, nothing when it is whole.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be read at all.
    pub fn integrity_check(&self) -> Result<Vec<String>, StoreError> {
        let lease = self.reader()?;
        let mut statement = lease.prepare("PRAGMA integrity_check")?;
        let lines: Result<Vec<String>, _> = statement.query_map([], |row| row.get(0))?.collect();
        let lines = lines.map_err(|e| self.place.name(e.into()))?;
        Ok(if lines == ["ok"] { Vec::new() } else { lines })
    }

    pub(crate) fn write_tx<'s>(&'s self, conn: &'s Connection) -> WriteTx<'s> {
        WriteTx {
            read: ReadTx { conn, schema: &self.options.schema },
            deriver: &*self.options.deriver,
            blueprint: &self.options.blueprint.hash,
            device: &self.device,
            head: None,
        }
    }

    /// Another program may have migrated the file since it was opened here; deciding under the old Blueprint, or by an older deriver,
    /// would write keys that the new one does not know.
    fn still_ours(&self, conn: &Connection) -> Result<(), StoreError> {
        let blueprint = format::meta(conn, "blueprint")?;
        let derived_for = format::meta(conn, "derived_for")?;
        let format: i64 = conn.prepare_cached("PRAGMA user_version")?.query_row([], |row| row.get(0))?;
        if blueprint.as_deref() == Some(self.blueprint().as_str())
            && derived_for == Some(self.options.derivation())
            && format == i64::from(format::FORMAT)
        {
            Ok(())
        } else {
            Err(StoreError::MigratedElsewhere)
        }
    }

    fn connect(&self) -> Result<Connection, StoreError> {
        // What is open already is not made again when somebody has removed the file.
        connect(&self.place, &self.options.clone().create(false))
    }

    pub(crate) fn writer(&self) -> Result<Lease<'_>, StoreError> {
        self.writer.take(|| {
            let conn = self.connect()?;
            prepare_writer(&conn, &self.options)?;
            Ok(conn)
        })
    }

    fn reader(&self) -> Result<Lease<'_>, StoreError> {
        match &self.readers {
            None => self.writer(),
            Some(readers) => readers.take(|| {
                let conn = self.connect()?;
                conn.pragma_update(None, "query_only", true)?;
                connect::grow_cache(&conn)?;
                if self.options.mapped > 0 {
                    let bytes = i64::try_from(self.options.mapped).unwrap_or(i64::MAX);
                    conn.pragma_update_and_check(None, "mmap_size", bytes, |row| row.get::<_, i64>(0))?;
                }
                Ok(conn)
            }),
        }
    }
}
