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

/// A block that was too large to compare every pair in it. The largest blocks of a key are told one by one, the others together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OversizedBlock {
    /// The definition of the key, such as `name.core, region`. Never the value.
    pub key: String,
    /// The added keys that cut it, in the order in which they were tried.
    pub cut_by: Vec<String>,
    /// How many blocks this stands for: 1, or more for the smaller ones of a key, whose rows and pairs are added up.
    pub blocks: u32,
    /// How many rows it held.
    pub rows: u32,
    /// One of its rows, by which it can be found.
    pub example: u32,
    /// How many pairs of it were not compared under this key (of a block of more than 512 rows: at least so many). They may have met
    /// under another.
    pub not_compared: u64,
}

/// The answer for a whole table.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Batch {
    /// Pairs at or above the threshold, sorted by rows. Of up to 16 rows that are equal in everything the rule looks at, every two are
    /// a pair. Of more, the first row stands for all: it is paired with each of the others, and it alone with different rows.
    pub pairs: Vec<Pair>,
    /// Companies and their branches: related, not merged. Sorted by rows.
    pub related: Vec<Pair>,
    /// The cluster of each row: the smallest row in it.
    pub clusters: Vec<u32>,
    /// Blocks that were too large.
    pub oversized: Vec<OversizedBlock>,
    /// How many pairs were compared. A row for which an equal one stands counts once.
    pub compared: u64,
}

impl Batch {
    /// The clusters of more than one row, each sorted, in the order of their smallest rows.
    #[must_use]
    pub fn groups(&self) -> Vec<Vec<u32>> {
        // By cluster, rows in order.
        let mut rows: Vec<(u32, u32)> = self.clusters.iter().copied().zip(0_u32..).collect();
        rows.sort_unstable();
        let groups = rows.chunk_by(|a, b| a.0 == b.0).filter(|rows| rows.len() > 1);
        groups.map(|rows| rows.iter().map(|(_, row)| *row).collect()).collect()
    }

    /// Records beyond one per cluster.
    #[must_use]
    pub fn duplicates(&self) -> usize {
        (0_u32..).zip(&self.clusters).filter(|(row, cluster)| row != *cluster).count()
    }
}

/// What somebody says of two rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Label {
    /// The 0-based row.
    pub left: u32,
    /// The other row.
    pub right: u32,
    /// They are one thing.
    pub same: bool,
}

/// How a table is searched for duplicates.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dedupe {
    /// From which probability on pairs are listed and joined. None: pairs from the rule's review threshold on are listed, and those
    /// from its match threshold on make clusters.
    pub threshold: Option<Decimal>,
    /// Learn the weights from the table itself, without labels. Weights that the Blueprint gives stay.
    pub learn: bool,
    /// What is known to be the same, where it is known: a number per row. Nothing is learned from it; it is what the answer is
    /// measured against.
    pub labels: Option<Vec<u32>>,
    /// Rows before this one are one table, those from it on another: only pairs across are looked for, and nothing is clustered.
    pub link_at: Option<u32>,
    /// Between two tables: each record of either is in at most one pair. Pairs are taken by falling weight, of equal ones that of the smaller
    /// ids, and one is left out when one of its records is taken. Related pairs are told as they are.
    pub one_to_one: bool,
    /// How many threads; none: as many as the machine has. The answer does not depend on it.
    pub threads: Option<usize>,
    /// How far the search is, and whether it should stop.
    pub watch: Option<crate::Watch>,
}

/// The answer for a whole table, and what was learned on the way.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Deduped {
    /// Pairs and clusters.
    pub batch: Batch,
    /// The weights, where they were learned. They can be kept and used again: see [`crate::Matching::with_model`].
    pub model: Option<crate::MatchModel>,
    /// How good the clusters are, where labels were given.
    pub quality: Option<Quality>,
}

/// Clusters measured against labels, pair by pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Quality {
    /// Pairs of rows with one label.
    pub true_pairs: u64,
    /// Pairs of rows in one cluster.
    pub found_pairs: u64,
    /// Pairs that are both.
    pub right_pairs: u64,
    /// True pairs that shared a key and were compared.
    pub compared_true_pairs: u64,
}

impl Quality {
    /// The share of found pairs that are true; 1 when none was found.
    #[must_use]
    pub fn precision(&self) -> f64 {
        share(self.right_pairs, self.found_pairs)
    }

    /// The share of true pairs that were found; 1 when there are none.
    #[must_use]
    pub fn recall(&self) -> f64 {
        share(self.right_pairs, self.true_pairs)
    }

    /// The share of true pairs that were compared: what recall can reach without transitivity.
    #[must_use]
    pub fn blocking_recall(&self) -> f64 {
        share(self.compared_true_pairs, self.true_pairs)
    }

    /// The harmonic mean of precision and recall.
    #[must_use]
    pub fn f1(&self) -> f64 {
        share(2 * self.right_pairs, self.found_pairs + self.true_pairs)
    }

    /// Of pairs across two tables, the second of which begins at `start`.
    pub(crate) fn of_links(
        pairs: &[(u32, u32)],
        labels: &[u32],
        start: u32,
        compared_true_pairs: u64,
    ) -> Self {
        let (left, right) = labels.split_at(labels.len().min(start as usize));
        let mut left = left.to_vec();
        left.sort_unstable();
        let twins = |label: &u32| left.partition_point(|l| l <= label) - left.partition_point(|l| l < label);
        let same = |(l, r): &&(u32, u32)| labels.get(*l as usize) == labels.get(*r as usize);
        Self {
            true_pairs: right.iter().map(|label| twins(label) as u64).sum(),
            found_pairs: pairs.len() as u64,
            right_pairs: pairs.iter().filter(same).count() as u64,
            compared_true_pairs,
        }
    }

    pub(crate) fn of(clusters: &[u32], labels: &[u32], compared_true_pairs: u64) -> Self {
        fn pairs<K: Ord>(mut keys: Vec<K>) -> u64 {
            keys.sort_unstable();
            let count = |n: usize| n as u64 * (n as u64).saturating_sub(1) / 2;
            keys.chunk_by(|a, b| a == b).map(|c| count(c.len())).sum()
        }
        Self {
            true_pairs: pairs(labels.to_vec()),
            found_pairs: pairs(clusters.to_vec()),
            right_pairs: pairs(clusters.iter().zip(labels).collect()),
            compared_true_pairs,
        }
    }
}

fn share(part: u64, whole: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a share needs no more digits")]
    let share = if whole == 0 { 1.0 } else { part as f64 / whole as f64 };
    share
}

/// The answer for two tables. `left` counts rows of the first table, `right` rows of the second.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Link {
    /// Pairs at or above the threshold, sorted by rows. Of more than 16 rows that are equal in everything the rule looks at, the first
    /// one of each table stands for those of its own: it has all pairs, and each of the others its best one.
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
