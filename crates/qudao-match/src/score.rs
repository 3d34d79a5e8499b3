//! What a comparison of two records says.

use qudao_model::{Decimal, FieldEvidence, FieldName, RecordId, RecordKey, Value};
use serde::{Deserialize, Serialize};

/// The answer about one pair of records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairScore {
    /// The probability that both are the same, 0 to 1, to 4 decimals; 0 where an identity forbids it.
    pub probability: Decimal,
    /// The total weight of evidence in 1/1000 bit, prior included.
    pub weight: i64,
    /// Field by field, in the order of the rule, with the running total. A field that the caller may not see has level
    /// `hidden`, no values and no weight.
    pub evidence: Vec<FieldEvidence>,
    /// The identity field that forbids the pair: both values valid, and different.
    pub veto: Option<FieldName>,
    /// The records are a company and its branch, or two branches: related, never merged.
    pub related: bool,
}

impl PairScore {
    /// True when nothing forbids to take both for the same.
    #[must_use]
    pub fn may_merge(&self) -> bool {
        self.veto.is_none() && !self.related
    }
}

/// A candidate that may be the same as the record asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// The candidate.
    pub record: RecordKey,
    /// Its position among the candidates given.
    pub position: usize,
    /// The probability, 0 to 1, to 4 decimals.
    pub probability: Decimal,
    /// The total weight in 1/1000 bit.
    pub weight: i64,
    /// At or above the rule's match threshold; below it, a person should look.
    pub certain: bool,
}

/// Two rows of one call that may be the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// The position of the first record.
    pub left: u32,
    /// The position of the second; in a batch, larger than `left`.
    pub right: u32,
    /// The probability, 0 to 1, to 4 decimals.
    pub probability: Decimal,
    /// The total weight in 1/1000 bit.
    pub weight: i64,
}

/// A block that was too large to compare every pair in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OversizedBlock {
    /// The definition of the key, such as `name.core, region`. Never the value.
    pub key: String,
    /// The added keys that cut it, in the order in which they were tried.
    pub cut_by: Vec<String>,
    /// How many rows it held.
    pub rows: u32,
    /// One of its rows, by which it can be found.
    pub example: u32,
    /// How many pairs of it were not compared under this key. They may have met under another.
    pub not_compared: u64,
}

/// The answer for a whole table.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Batch {
    /// Pairs at or above the threshold, sorted by rows.
    pub pairs: Vec<Pair>,
    /// Companies and their branches: related, not merged. Sorted by rows.
    pub related: Vec<Pair>,
    /// The cluster of each row: the smallest row in it.
    pub clusters: Vec<u32>,
    /// Blocks that were too large.
    pub oversized: Vec<OversizedBlock>,
    /// How many pairs were compared.
    pub compared: u64,
}

impl Batch {
    /// The clusters of more than one row, each sorted, in the order of their smallest rows.
    #[must_use]
    pub fn groups(&self) -> Vec<Vec<u32>> {
        let mut groups = std::collections::BTreeMap::<u32, Vec<u32>>::new();
        for (row, cluster) in (0_u32..).zip(&self.clusters) {
            groups.entry(*cluster).or_default().push(row);
        }
        groups.into_values().filter(|rows| rows.len() > 1).collect()
    }

    /// Records beyond one per cluster.
    #[must_use]
    pub fn duplicates(&self) -> usize {
        self.groups().iter().map(|rows| rows.len() - 1).sum()
    }
}

/// The answer for two tables. `left` counts rows of the first table, `right` rows of the second.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Link {
    /// Pairs at or above the threshold, sorted by rows.
    pub pairs: Vec<Pair>,
    /// Companies and their branches. Sorted by rows.
    pub related: Vec<Pair>,
    /// Blocks that were too large.
    pub oversized: Vec<OversizedBlock>,
    /// How many pairs were compared.
    pub compared: u64,
}

/// A probability of ten-thousandths as a decimal.
pub(crate) fn decimal4(ten_thousandths: u16) -> Decimal {
    Decimal::new(i64::from(ten_thousandths), 4)
}

/// A weight of millibits as bits.
pub(crate) fn bits(millibits: i64) -> Decimal {
    Decimal::new(millibits, 3)
}

/// A value as an explanation shows it; none when missing.
pub(crate) fn shown(value: &Value) -> Option<String> {
    if value.is_blank() { None } else { Some(value.to_string()) }
}

pub(crate) fn by_probability(a: &Match, b: &Match) -> std::cmp::Ordering {
    let key = |m: &Match| (std::cmp::Reverse(m.weight), id_of(m).clone());
    key(a).cmp(&key(b)).then_with(|| a.record.object.cmp(&b.record.object)).then(a.position.cmp(&b.position))
}

fn id_of(m: &Match) -> &RecordId {
    &m.record.id
}
