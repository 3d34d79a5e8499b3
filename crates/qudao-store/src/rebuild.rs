//! Projections from the log alone, and the proof that they are equal.

use qudao_model::Schema;
use rusqlite::Connection;

use crate::derive::derive_all;
use crate::journal::replay;
use crate::project::Projector;
use crate::{Deriver, OpenOptions, StoreError, TableCheck, VerifyReport, connect, format, rows};

/// Empties the projections and fills them from the log; gives the number of entries. To be called within a
/// transaction.
pub(crate) fn rebuild(conn: &Connection, schema: &Schema, deriver: &dyn Deriver) -> Result<u64, StoreError> {
    format::clear(conn, format::TABLES.map(|(table, _)| table))?;
    fill(conn, schema, deriver)
}

fn fill(conn: &Connection, schema: &Schema, deriver: &dyn Deriver) -> Result<u64, StoreError> {
    let entries = replay(conn, |entry| {
        let projector = Projector { conn, seq: entry.seq, recorded_at: entry.recorded_at };
        for (n, change) in entry.changes.iter().enumerate() {
            projector.apply(n, change)?;
        }
        projector.touch(&entry.records)
    })?;
    derive_all(conn, schema, deriver)?;
    Ok(entries)
}

/// Fills projections beside those of the file, in SQLite's `temp` database, and counts the rows that differ. Every
/// statement that names no database finds those in `temp`, so a replay here runs the very code of a rebuild.
pub(crate) fn verify(conn: &Connection, options: &OpenOptions) -> Result<VerifyReport, StoreError> {
    conn.execute_batch("BEGIN")?;
    let result = compare(conn, options);
    // Takes the tables in `temp` away too.
    connect::roll_back(conn);
    result
}

fn compare(conn: &Connection, options: &OpenOptions) -> Result<VerifyReport, StoreError> {
    format::make_projections(conn, "temp")?;
    let entries = fill(conn, &options.schema, &*options.deriver)?;
    let count = |sql: &str| -> Result<u64, StoreError> {
        rows::unsigned("verify", conn.query_row(sql, [], |row| row.get(0))?)
    };
    let mut tables = Vec::new();
    for (table, columns) in format::TABLES {
        let differ = |left: &str, right: &str| {
            count(&format!(
                "SELECT count(*) FROM (SELECT {columns} FROM {left}.{table} EXCEPT SELECT {columns} FROM {right}.{table})"
            ))
        };
        tables.push(TableCheck {
            table,
            rows: count(&format!("SELECT count(*) FROM main.{table}"))?,
            missing: differ("temp", "main")?,
            unexpected: differ("main", "temp")?,
        });
    }
    Ok(VerifyReport { entries, tables })
}
