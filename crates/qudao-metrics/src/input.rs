//! What metrics are computed from.

use std::collections::BTreeMap;

use qudao_model::{
    Dataset, Decimal, Hash, Instant, ObjectName, ProcessId, Record, RecordId, RecordKey, StageClass, StageId,
    Visit,
};

use crate::RateTable;

/// A stage, as metrics need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageInfo {
    /// The id.
    pub id: StageId,
    /// The position in the process.
    pub order: u32,
    /// The class.
    pub class: StageClass,
    /// The probability that a deal here is won, from 0 to 1.
    pub probability: Option<Decimal>,
}

/// A process, as metrics need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessInfo {
    /// The id.
    pub id: ProcessId,
    /// The version: the hash of its definition.
    pub version: String,
    /// The object whose records move through it.
    pub object: ObjectName,
    /// The stages.
    pub stages: Vec<StageInfo>,
}

/// The clusters of duplicates of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterInput {
    /// The hash of the matching rule that found them.
    pub rule: Hash,
    /// The clusters. Records that stand alone may be left out.
    pub clusters: Vec<Vec<RecordId>>,
}

/// What metrics are computed from. Visits may come in any order; those of records that are not in `data` do not count.
#[derive(Debug, Clone, Copy)]
pub struct KpiInput<'a> {
    /// The records.
    pub data: &'a Dataset,
    /// Records that were merged into others. Only lead conversion looks at them, to exclude and count them.
    pub merged: &'a [Record],
    /// The stage visits. A deal without any is measured by its own outcome, created and closed fields.
    pub visits: &'a [Visit],
    /// Completeness scores from 0 to 1.
    pub completeness: &'a BTreeMap<RecordKey, Decimal>,
    /// Clusters of duplicates.
    pub clusters: &'a BTreeMap<ObjectName, ClusterInput>,
    /// Exchange rates.
    pub rates: &'a RateTable,
    /// The hash of the Blueprint, carried by every value.
    pub blueprint: &'a Hash,
    /// The instant up to which the data goes.
    pub as_of: Instant,
}
