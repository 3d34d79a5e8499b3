//! What matching answers about tables, as it crosses to Kotlin and Swift.

use std::collections::BTreeMap;

use qudao::matching::{self, GoldenRow, Label, Pair};
use qudao::model::{Record, RecordId};
use rust_decimal::Decimal;

use crate::clusters::StableClusters;
use crate::findings::FieldEvidence;
use crate::values::{FieldValue, RecordData, from_value};

/// Two rows that may be the same.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct MatchedPair {
    /// The position of the first row, from 0; of two tables in the left one.
    pub left: u32,
    /// The position of the second row; of two tables in the right one.
    pub right: u32,
    /// The probability, to 4 decimals.
    pub probability: Decimal,
}

/// A block of rows that was too large to compare every pair in it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct OversizedBlock {
    /// The definition of the key under which the rows met, such as `name.core, region`.
    pub key: String,
    /// For how many blocks this stands: 1, or more for the smaller ones of a key.
    pub blocks: u32,
    /// How many rows it held.
    pub rows: u32,
    /// One of its rows.
    pub example: u32,
    /// How many pairs of it were not compared under this key. They may have met under another.
    pub not_compared: u64,
}

/// The duplicates of a table.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct DedupeReport {
    /// The matching rule used.
    pub rule: String,
    /// The probability from which two rows are the same.
    pub threshold: Decimal,
    /// Pairs at or above the rule's review threshold, or the threshold that was given, by row. Of more than 16 rows that are equal
    /// in everything the rule looks at, the first stands for all.
    pub pairs: Vec<MatchedPair>,
    /// Companies and their branches: related, never merged.
    pub related: Vec<MatchedPair>,
    /// The cluster of each row: its smallest row.
    pub clusters: Vec<u32>,
    /// The clusters by ids that stay from run to run; there where `previous` was given.
    pub stable: Option<StableClusters>,
    /// Blocks that were too large.
    pub oversized: Vec<OversizedBlock>,
    /// How many pairs were compared.
    pub compared: u64,
}

/// Rows of one table found in another: `left` counts rows of the first, `right` rows of the second.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct LinkReport {
    /// The matching rule used.
    pub rule: String,
    /// The probability from which two rows are the same.
    pub threshold: Decimal,
    /// Pairs at or above the rule's review threshold, or the threshold that was given, by row. Of more than 16 rows that are equal
    /// in everything the rule looks at, the first has all pairs and each of the others its best one.
    pub pairs: Vec<MatchedPair>,
    /// Companies and their branches: related, never merged.
    pub related: Vec<MatchedPair>,
    /// Blocks that were too large.
    pub oversized: Vec<OversizedBlock>,
    /// How many pairs were compared.
    pub compared: u64,
}

/// One record for one cluster, by the Blueprint's rules of survivorship.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct GoldenRecord {
    /// The cluster.
    pub cluster: u32,
    /// The rows of the cluster.
    pub rows: Vec<u32>,
    /// The row whose id the record has.
    pub master: u32,
    /// The record.
    pub record: RecordData,
    /// Where each value came from, in the order of the schema; empty where the cluster is one row.
    pub cells: Vec<GoldenCell>,
}

/// Where the value of one field of a golden record came from.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct GoldenCell {
    /// The field.
    pub field: String,
    /// The value that stands.
    pub value: FieldValue,
    /// The row that it came from.
    pub row: u32,
    /// The rule by which it was chosen, such as `most_recent`.
    pub rule: String,
    /// The values that were lost.
    pub lost: Vec<LostCell>,
}

/// A value of a row that did not survive.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct LostCell {
    /// The row that held it.
    pub row: u32,
    /// The value.
    pub value: FieldValue,
}

/// Why two rows are taken for the same, or not.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Comparison {
    /// The probability, to 4 decimals.
    pub probability: Decimal,
    /// The identity field that forbids the pair, where one does.
    pub veto: Option<String>,
    /// A company and its branch: not the same, though they belong together.
    pub related: bool,
    /// Field by field.
    pub evidence: Vec<FieldEvidence>,
}

/// What somebody says of two rows of a table.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PairLabel {
    /// The position of the first row.
    pub left: u32,
    /// The position of the second row.
    pub right: u32,
    /// They are one thing.
    pub same: bool,
}

impl From<PairLabel> for Label {
    fn from(label: PairLabel) -> Self {
        Self { left: label.left, right: label.right, same: label.same }
    }
}

impl From<matching::OversizedBlock> for OversizedBlock {
    fn from(block: matching::OversizedBlock) -> Self {
        let matching::OversizedBlock { key, blocks, rows, example, not_compared, .. } = block;
        Self { key, blocks, rows, example, not_compared }
    }
}

pub(crate) fn pairs(found: &[Pair]) -> Vec<MatchedPair> {
    let pair = |p: &Pair| MatchedPair { left: p.left, right: p.right, probability: p.probability };
    found.iter().map(pair).collect()
}

pub(crate) fn golden(read: &[Record], made: GoldenRow) -> GoldenRecord {
    // Of rows with one id the first stands for it.
    let mut places: BTreeMap<&RecordId, u32> = BTreeMap::new();
    for at in made.rows.iter().rev() {
        if let Some(record) = read.get(*at as usize) {
            places.insert(record.id(), *at);
        }
    }
    let row_of = |id: &RecordId| places.get(id).copied().unwrap_or(made.master);
    let cells = made.cells.iter().map(|cell| GoldenCell {
        field: cell.field.to_string(),
        value: from_value(&cell.value),
        row: row_of(&cell.from),
        rule: cell.rule.as_str().to_owned(),
        lost: cell
            .lost
            .iter()
            .map(|l| LostCell { row: row_of(&l.record), value: from_value(&l.value) })
            .collect(),
    });
    GoldenRecord {
        cluster: made.cluster,
        master: made.master,
        record: RecordData::of(&made.record),
        cells: cells.collect(),
        rows: made.rows,
    }
}
