//! The form of the file: its tables and how an older form becomes the current one.
//!
//! Only what cannot be rebuilt is migrated step by step: the log, payloads, blueprints, outbox, import progress
//! and the store's own settings. Projections are dropped, made anew in their current form and replayed.

use rusqlite::Connection;

use crate::StoreError;

/// The format of the files that this version writes.
pub const FORMAT: u32 = 6;

/// `QDAO`, in the file's header.
const APPLICATION_ID: i32 = 0x5144_414f;

/// One step: what it does, and the SQL that does it.
pub(crate) struct Step {
    pub(crate) format: u32,
    pub(crate) summary: &'static str,
    sql: &'static str,
}

/// The steps, in order; the format of each is one above that before it.
pub(crate) const STEPS: [Step; 6] = [
    Step { format: 1, summary: "log, payloads, blueprints and outbox", sql: include_str!("sql/format1.sql") },
    Step { format: 2, summary: "import progress", sql: include_str!("sql/format2.sql") },
    // Projections changed their form; they are made anew.
    Step { format: 3, summary: "the matcher's index in posting lists", sql: "" },
    Step { format: 4, summary: "merged records", sql: "" },
    Step { format: 5, summary: "features beside the matcher's index", sql: "" },
    Step { format: 6, summary: "posting lists in one row, sketches before features", sql: "" },
];

const PROJECTIONS: &str = include_str!("sql/projections.sql");

/// The projections with their columns, in the order in which they are compared.
pub(crate) const TABLES: [(&str, &str); 15] = [
    ("records", "made, object, id, version, changed_by, body"),
    ("merged", "made, object, id, version, changed_by, body, into_id, merged_by, moved"),
    ("golden", "object, id, body"),
    (
        "visits",
        "object, id, seq, process, process_version, stage, stage_order, class, entered, left_at, recorded_at, \
         left_recorded_at, actor, cause, reason",
    ),
    ("grants", "grant_id, object, id, body"),
    ("grant_uses", "object, id, seq, n, grant_id, rule, recorded_at"),
    ("duplicate_sets", "rule, records, opened_by"),
    ("touched", "object, id, seq"),
    ("refs", "object, field, target, id"),
    ("claims", "rule, key, object, id"),
    ("claim_waits", "rule, key, made, object, id"),
    ("postings", "key, n, ids"),
    ("posting_chunks", "key, chunk, ids"),
    ("sketches", "made, packed"),
    ("features", "made, packed"),
];

/// The tables that are computed from records and Blueprint, not from the log directly.
pub(crate) const DERIVED: [&str; 7] =
    ["refs", "claims", "claim_waits", "postings", "posting_chunks", "sketches", "features"];

/// Which file this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing in it.
    Empty,
    /// A store of this format.
    Format(u32),
    /// Something else.
    Foreign,
}

pub(crate) fn inspect(conn: &Connection) -> Result<Found, StoreError> {
    // In one view: another program may be making the file just now.
    let _view = conn.is_autocommit().then(|| conn.unchecked_transaction()).transpose()?;
    let number = |pragma: &str| conn.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0));
    let (application, version) = (number("application_id")?, number("user_version")?);
    let tables: i64 = conn.query_row("SELECT count(*) FROM main.sqlite_master", [], |row| row.get(0))?;
    Ok(match (application, u32::try_from(version), tables) {
        (0, Ok(0), 0) => Found::Empty,
        (APPLICATION_ID, Ok(format), 1..) if format > 0 => Found::Format(format),
        _ => Found::Foreign,
    })
}

/// Applies the steps above `from` and makes the projections anew, empty. To be called within a transaction.
pub(crate) fn upgrade(conn: &Connection, from: u32) -> Result<(), StoreError> {
    for step in STEPS.iter().filter(|s| s.format > from) {
        conn.execute_batch(step.sql)?;
    }
    for (table, _) in TABLES {
        conn.execute_batch(&format!("DROP TABLE IF EXISTS main.{table}"))?;
    }
    make_projections(conn, "main")?;
    conn.pragma_update(None, "application_id", APPLICATION_ID)?;
    conn.pragma_update(None, "user_version", FORMAT)?;
    Ok(())
}

/// Makes the projections in `main`, or beside it in `temp`, where they hide those of `main` from every statement
/// of the connection that does not name `main`.
pub(crate) fn make_projections(conn: &Connection, database: &str) -> Result<(), StoreError> {
    conn.execute_batch(&PROJECTIONS.replace('@', database))?;
    Ok(())
}

/// Empties tables.
pub(crate) fn clear(
    conn: &Connection,
    tables: impl IntoIterator<Item = &'static str>,
) -> Result<(), StoreError> {
    for table in tables {
        conn.execute_batch(&format!("DELETE FROM {table}"))?;
    }
    Ok(())
}

pub(crate) fn meta(conn: &Connection, name: &str) -> Result<Option<String>, StoreError> {
    let mut statement = conn.prepare_cached("SELECT value FROM meta WHERE name = ?1")?;
    let mut rows = statement.query([name])?;
    Ok(match rows.next()? {
        Some(row) => Some(row.get(0)?),
        None => None,
    })
}

pub(crate) fn set_meta(conn: &Connection, name: &str, value: &str) -> Result<(), StoreError> {
    conn.prepare_cached(
        "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2",
    )?
    .execute([name, value])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_lead_to_the_current_format() {
        let formats: Vec<u32> = STEPS.iter().map(|s| s.format).collect();
        assert_eq!(formats, (1..=FORMAT).collect::<Vec<_>>());
    }

    #[test]
    fn the_column_lists_name_every_column() {
        let conn = Connection::open_in_memory().unwrap();
        upgrade(&conn, 0).unwrap();
        assert_eq!(inspect(&conn).unwrap(), Found::Format(FORMAT));
        for (table, columns) in TABLES {
            let statement = conn.prepare(&format!("SELECT * FROM {table}")).unwrap();
            assert_eq!(statement.column_names().collect::<Vec<_>>().join(", "), columns, "{table}");
        }
    }

    #[test]
    fn a_file_that_is_being_made_is_empty_or_made() {
        let dir = tempfile::tempdir().unwrap();
        for n in 0..20 {
            let path = dir.path().join(format!("{n}.db"));
            let (maker, looker) = (Connection::open(&path).unwrap(), Connection::open(&path).unwrap());
            for conn in [&maker, &looker] {
                conn.busy_timeout(std::time::Duration::from_secs(20)).unwrap();
            }
            let (begun, begin) = std::sync::mpsc::channel();
            std::thread::scope(|scope| {
                let seen = scope.spawn(move || {
                    loop {
                        let found = inspect(&looker).unwrap();
                        let _ = begun.send(());
                        if found != Found::Empty {
                            return found;
                        }
                    }
                });
                begin.recv().unwrap();
                let transaction = maker.unchecked_transaction().unwrap();
                upgrade(&maker, 0).unwrap();
                transaction.commit().unwrap();
                assert_eq!(seen.join().unwrap(), Found::Format(FORMAT));
            });
        }
    }
}
