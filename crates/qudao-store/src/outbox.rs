//! The outbox: events for other systems, shaped as CloudEvents 1.0.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::Seq;

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
