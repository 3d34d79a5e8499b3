//! Merging: which value survives, where each value came from, and what an un-merge needs to know.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::{FieldName, Instant, Record, RecordId, RecordKey, Value};

/// How the value that survives a merge is chosen. Missing values are never chosen, and zero and false are values.
///
/// Ties are broken by the order of trust (where the Blueprint declares one), then by the latest change, then for the
/// master, then for the smallest record id.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum SurvivalRule {
    /// The master's value; where the master has none, that of another record. Of records merged before, that of the record
    /// which was the master then goes first.
    #[default]
    Master,
    /// The value of the record from the most trusted source.
    MostTrusted,
    /// The value of the record changed last.
    MostRecent,
    /// Of a group, the values of the record that fills most of its fields; of a single field, the value of the record
    /// that fills most fields in all.
    MostComplete,
    /// The value of most characters.
    Longest,
    /// The value that most records hold.
    MostFrequent,
    /// The smallest value: the first date, the lowest number.
    Earliest,
    /// Yes, where any record says yes: how an opt-out survives.
    AnyYes,
}

impl SurvivalRule {
    /// The name, as a Blueprint writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Master => "master",
            Self::MostTrusted => "most_trusted",
            Self::MostRecent => "most_recent",
            Self::MostComplete => "most_complete",
            Self::Longest => "longest",
            Self::MostFrequent => "most_frequent",
            Self::Earliest => "earliest",
            Self::AnyYes => "any_yes",
        }
    }
}

/// A value that another record held and that did not survive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LostValue {
    /// The record that held it.
    pub record: RecordId,
    /// The value.
    pub value: Value,
}

/// Where the value of one field of a merged record came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// The field.
    pub field: FieldName,
    /// The value that survived. Missing where the record whose group of fields survived has none.
    pub value: Value,
    /// The record that it came from.
    pub from: RecordId,
    /// The rule by which it was chosen.
    pub rule: SurvivalRule,
    /// The different values of the other records, by their ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<LostValue>,
}

/// A child that was moved from a merged record to the survivor.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Moved {
    /// The child.
    pub record: RecordKey,
    /// Its field that referred to the merged record.
    pub field: FieldName,
}

/// A value that somebody wrote on a record into which others had been merged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// The value.
    pub value: Value,
    /// When the record was changed last before the edit was noticed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Instant>,
    /// The records that stood merged then: the edit stands in the place of their values.
    pub over: BTreeSet<RecordId>,
}

/// What is kept of a record into which others were merged, as long as one of them stands merged: what it was before the
/// first, and what the merges made of it. A later change of a field shows as a difference from `written`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Golden {
    /// The record before others were merged into it, as stored JSON.
    pub base: Json,
    /// The record as the last merge or un-merge left it, as stored JSON.
    pub written: Json,
    /// Values that somebody wrote between merges.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub edits: BTreeMap<FieldName, Edit>,
    /// Where each value of it came from.
    pub cells: Vec<Cell>,
}

/// A record that was merged into another.
#[derive(Debug, Clone, PartialEq)]
pub struct Absorbed {
    /// The record as it was.
    pub record: Record,
    /// The record that it was merged into; that one may have been merged since.
    pub into: RecordId,
    /// The children that were moved.
    pub moved: Vec<Moved>,
}
