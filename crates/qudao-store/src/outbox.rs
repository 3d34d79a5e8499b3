//! The outbox: events for other systems, shaped as CloudEvents 1.0.

use qudao_model::{Event, Instant};
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::{ReadTx, Seq, StoreError, rows};

/// An event as CloudEvents 1.0 puts it, in the JSON event format.
///
/// `sequence` is the extension of that name: it sorts as text, over the whole database, so per record too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudEvent {
    /// `1.0`.
    pub specversion: String,
    /// Unique together with `source`.
    pub id: String,
    /// The database that the event comes from.
    pub source: String,
    /// What happened, such as `qudao.opportunity.advanced`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The record, as `object/id`.
    pub subject: String,
    /// Business time in RFC 3339; none for a time outside the years that RFC 3339 can write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// `application/json`.
    pub datacontenttype: String,
    /// The position in the outbox, in 20 digits.
    pub sequence: String,
    /// What happened, in detail.
    pub data: Json,
}

/// A row of the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxItem {
    /// Its position: the cursor from which a reader goes on.
    pub position: u64,
    /// The log entry that it comes from.
    pub seq: Seq,
    /// The event.
    pub event: CloudEvent,
}

/// Writes the events of an entry.
pub(crate) fn write(conn: &Connection, seq: Seq, events: &[Event]) -> Result<(), StoreError> {
    let mut statement = conn.prepare_cached(
        "INSERT INTO outbox (seq, n, kind, object, id, time, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for (n, event) in events.iter().enumerate() {
        statement.execute(params![
            rows::signed(seq),
            i64::try_from(n).unwrap_or(i64::MAX),
            event.kind,
            event.subject.object.as_str(),
            event.subject.id.as_str(),
            event.time.micros(),
            rows::to_json(&event.data)?,
        ])?;
    }
    Ok(())
}

/// A device as a URI, which `source` must be.
fn source(device: &str) -> String {
    use std::fmt::Write as _;
    let mut uri = String::from("urn:qudao:");
    for byte in device.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            uri.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

/// A time in RFC 3339, which has years 0 to 9999.
fn rfc3339(time: Instant) -> Option<String> {
    let year = chrono::Datelike::year(&time.to_chrono()?);
    (0..=9999).contains(&year).then(|| time.to_string())
}

impl ReadTx<'_> {
    /// The events after a position, at most `limit`, in the order of their commits. A reader that keeps the last
    /// position it has dealt with sees every event at least once, those of one record in order.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub fn outbox(&self, after: u64, limit: usize) -> Result<Vec<OutboxItem>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT o.position, o.seq, o.n, o.kind, o.object, o.id, o.time, o.data, l.device \
             FROM outbox o JOIN log l ON l.seq = o.seq WHERE o.position > ?1 ORDER BY o.position LIMIT ?2",
        )?;
        let mut found =
            statement.query(params![rows::signed(after), i64::try_from(limit).unwrap_or(i64::MAX)])?;
        let mut items = Vec::new();
        while let Some(row) = found.next()? {
            let text = |column: usize| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
            let position = rows::unsigned("outbox", row.get(0)?)?;
            let seq: Seq = rows::unsigned("outbox", row.get(1)?)?;
            let n: i64 = row.get(2)?;
            items.push(OutboxItem {
                position,
                seq,
                event: CloudEvent {
                    specversion: "1.0".to_owned(),
                    id: format!("{seq}-{n}"),
                    source: source(text(8)?),
                    kind: text(3)?.to_owned(),
                    subject: format!("{}/{}", text(4)?, text(5)?),
                    time: rfc3339(Instant::from_micros(row.get(6)?)),
                    datacontenttype: "application/json".to_owned(),
                    sequence: format!("{position:020}"),
                    data: rows::json(|| format!("outbox row {position}"), text(7)?)?,
                },
            });
        }
        Ok(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_uris() {
        assert_eq!(source("0192-ab"), "urn:qudao:0192-ab");
        assert_eq!(source("店 1"), "urn:qudao:%E5%BA%97%201");
    }

    #[test]
    fn times_outside_rfc_3339_are_left_out() {
        assert_eq!(rfc3339(Instant::from_micros(0)).as_deref(), Some("1970-01-01T00:00:00Z"));
        assert_eq!(rfc3339(Instant::from_micros(i64::MAX)), None);
    }
}
