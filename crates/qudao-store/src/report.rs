//! What the store tells about itself.

use std::collections::BTreeMap;

use qudao_model::{Instant, ObjectName, RecordKey, RuleId};

use crate::Seq;

/// How much a store holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    /// Records by object.
    pub records: BTreeMap<ObjectName, u64>,
    /// Log entries, refused ones included.
    pub log: u64,
    /// Log entries of refused commands.
    pub refused: u64,
    /// Stage visits.
    pub visits: u64,
    /// Unique values held.
    pub claims: u64,
    /// Records that would hold a unique value, were it not held by another since before the rule.
    pub waiting_claims: u64,
    /// Block keys, those by which it is told who sees a record among them.
    pub block_keys: u64,
    /// Grants given.
    pub grants: u64,
    /// Duplicate sets opened.
    pub duplicate_sets: u64,
    /// Events.
    pub outbox: u64,
}

/// Records that may be the same, to be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuplicateSet {
    /// The duplicate rule.
    pub rule: RuleId,
    /// The records, sorted.
    pub records: Vec<RecordKey>,
    /// The log entry that opened it first.
    pub opened_by: Seq,
}

/// One use of a grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantUse {
    /// The grant's id.
    pub grant: String,
    /// The record.
    pub record: RecordKey,
    /// The rule passed.
    pub rule: RuleId,
    /// The log entry.
    pub seq: Seq,
    /// When it was recorded.
    pub recorded_at: Instant,
}

/// What a rebuild made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RebuildReport {
    /// The log entries replayed.
    pub entries: u64,
    /// What the store holds now.
    pub counts: Counts,
}

/// How one projection compares with a rebuild.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableCheck {
    /// The projection.
    pub table: &'static str,
    /// Rows in the store.
    pub rows: u64,
    /// Rows that a rebuild makes and the store lacks.
    pub missing: u64,
    /// Rows in the store that a rebuild does not make.
    pub unexpected: u64,
}

/// How the projections compare with a rebuild, byte by byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyReport {
    /// The log entries replayed.
    pub entries: u64,
    /// Each projection.
    pub tables: Vec<TableCheck>,
}

impl VerifyReport {
    /// True when every projection is equal to what a rebuild makes.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.tables.iter().all(|t| t.missing == 0 && t.unexpected == 0)
    }
}
