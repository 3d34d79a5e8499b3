//! Connections and their settings.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::{Durability, OpenOptions, StoreError};

/// Where the database is.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    Memory,
    File(PathBuf),
}

impl Place {
    /// The error with the file's path in it.
    pub(crate) fn name(&self, error: StoreError) -> StoreError {
        match self {
            Self::Memory => error,
            Self::File(path) => error.at(path),
        }
    }
}

/// Opens a file, or nothing in memory. Writes nothing yet, so that the file of another program stays as it is.
pub(crate) fn connect(place: &Place, options: &OpenOptions) -> Result<Connection, StoreError> {
    let conn = match place {
        Place::Memory => Connection::open_in_memory()?,
        Place::File(path) => open_file(path, options.create)?,
    };
    conn.busy_timeout(options.busy_timeout)?;
    conn.set_prepared_statement_cache_capacity(96);
    // A plan is made once, not again for other values.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.pragma_update(None, "foreign_keys", false)?;
    conn.pragma_update(None, "recursive_triggers", true)?;
    conn.pragma_update(None, "cache_size", -LEAST_CACHE)?;
    Ok(conn)
}

/// What a connection keeps of the file in memory at most, in KiB: all of a small one.
const LEAST_CACHE: i64 = 16_000;
const MOST_CACHE: i64 = 128_000;

/// Lets a connection keep a sixteenth of a large file, as pages are read: that holds most of the matcher's index, to which every look-up
/// for duplicates and every save comes back, here and there.
pub(crate) fn grow_cache(conn: &Connection) -> Result<(), StoreError> {
    let number = |pragma: &str| conn.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let kib = number("page_count")?.saturating_mul(number("page_size")?) / 1024 / 16;
    if kib > LEAST_CACHE {
        conn.pragma_update(None, "cache_size", -kib.min(MOST_CACHE))?;
    }
    Ok(())
}

fn open_file(path: &Path, create: bool) -> Result<Connection, StoreError> {
    let place = || path.display().to_string();
    if path.is_dir() {
        return Err(StoreError::CannotOpen { place: place() });
    }
    if !create && !path.exists() {
        return Err(StoreError::NotFound { place: place() });
    }
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if create {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    let conn = Connection::open_with_flags(path, flags).map_err(|e| match e {
        rusqlite::Error::SqliteFailure(..) => StoreError::from(e).at(path),
        _ => StoreError::CannotOpen { place: place() },
    })?;
    if conn.is_readonly("main")? {
        return Err(StoreError::ReadOnly { place: place() });
    }
    Ok(conn)
}

/// The settings of the connection that writes.
pub(crate) fn prepare_writer(conn: &Connection, options: &OpenOptions) -> Result<(), StoreError> {
    let patience = Patience::new(options.busy_timeout);
    // A change of the journal mode does not wait for other connections by itself.
    patience.retry(|| {
        conn.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get::<_, String>(0))?;
        Ok(())
    })?;
    let synchronous = match options.durability {
        Durability::PowerLoss => "full",
        Durability::ProcessLoss => "normal",
    };
    conn.pragma_update(None, "synchronous", synchronous)?;
    grow_cache(conn)?;
    // Savepoints keep the pages they change: in memory, not in a file of their own for each row of an import.
    conn.pragma_update(None, "temp_store", "memory")?;
    // A rebuild makes the write-ahead log long; it is cut back afterwards.
    conn.pragma_update_and_check(None, "journal_size_limit", 64 << 20, |row| row.get::<_, i64>(0))?;
    if let Some(pages) = options.max_pages {
        conn.pragma_update_and_check(None, "max_page_count", pages, |row| row.get::<_, i64>(0))?;
    }
    Ok(())
}

/// `BEGIN IMMEDIATE`: the write lock, before anything is read.
pub(crate) fn begin_write(conn: &Connection, wait: Duration) -> Result<(), StoreError> {
    Patience::new(wait).retry(|| Ok(conn.prepare_cached("BEGIN IMMEDIATE")?.execute([]).map(|_| ())?))
}

/// Runs `work` in a write transaction, which stays only when the work succeeds.
pub(crate) fn in_write<R>(
    conn: &Connection,
    wait: Duration,
    work: impl FnOnce() -> Result<R, StoreError>,
) -> Result<R, StoreError> {
    begin_write(conn, wait)?;
    let result = work().and_then(|value| {
        conn.execute_batch("COMMIT")?;
        Ok(value)
    });
    if result.is_err() {
        roll_back(conn);
    }
    result
}

/// Ends a transaction without keeping anything. SQLite may have ended it by itself, after a full disk.
pub(crate) fn roll_back(conn: &Connection) {
    if !conn.is_autocommit() {
        // What is left open here is rolled back, or the connection closed, when the lease ends.
        let _ = conn.execute_batch("ROLLBACK");
    }
}

/// Repeats what another connection hinders, for a time.
struct Patience {
    began: Instant,
    wait: Duration,
}

impl Patience {
    fn new(wait: Duration) -> Self {
        Self { began: Instant::now(), wait }
    }

    fn retry(&self, mut work: impl FnMut() -> Result<(), StoreError>) -> Result<(), StoreError> {
        loop {
            match work() {
                Err(StoreError::Locked) if self.began.elapsed() < self.wait => {
                    std::thread::sleep(Duration::from_millis(2));
                }
                other => return other,
            }
        }
    }
}
