//! Duplicates: within a table, between two, and what becomes of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use qudao::matching::{self, Dedupe, GoldenRow, Label, MatchModel, Pair, Watch};
use qudao::model::{ObjectName, Record, RecordId, RuleId};
use rust_decimal::Decimal;

use crate::clusters::{ClusterIds, StableClusters, into_ids};
use crate::error::Fault;
use crate::findings::FieldEvidence;
use crate::guard::guard_in;
use crate::values::{FieldValue, Fields, RecordData, from_value, into_rows};
use crate::watch::{ProgressListener, check, watched};
use crate::{Engine, QudaoError};

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

#[uniffi::export]
impl Engine {
    /// Finds duplicates in a table.
    ///
    /// With `previous`, clusters get ids that stay from run to run (`stable`): a cluster keeps the id of the earlier one with which it
    /// shares most rows. So of a cluster that fell apart the larger part keeps the id, of several that became one that of the largest
    /// stays, and a new cluster is called by the smallest `id` of its rows that no cluster ever had. The first run is given an
    /// empty one, each later run what the one before answered. The order of the rows does not matter.
    ///
    /// `threads` is the number of threads, as many as there are processors where none is given; the answer never depends on it. The
    /// `listener` hears how far the search is, and may end it. Texts of an error are in the locale, English where none is given.
    ///
    /// # Errors
    ///
    /// `Argument` for an unknown object, a Blueprint without a matching rule for it, a threshold outside 0 to 1, no threads; and with
    /// `previous` for a row without an `id`, for two rows with one, and for ids that cannot be ones. `Cancelled` where the listener ended it.
    #[uniffi::method(default(threshold = None, previous = None, threads = None, listener = None, locale = None))]
    #[expect(clippy::too_many_arguments, reason = "what Kotlin and Swift give by name")]
    pub fn dedupe(
        &self,
        object: String,
        rows: Vec<Fields>,
        threshold: Option<Decimal>,
        previous: Option<ClusterIds>,
        threads: Option<u32>,
        listener: Option<Arc<dyn ProgressListener>>,
        locale: Option<String>,
    ) -> Result<DedupeReport, QudaoError> {
        guard_in(locale, |locale| {
            let object: ObjectName = object.parse()?;
            let previous = previous.map(into_ids).transpose()?;
            let options = options(threshold, threads)?;
            watched(listener, locale, |watch| {
                let rows = self.inner.rows(&object, into_rows(rows)?)?;
                let ids = previous.is_some().then(|| rows.ids()).transpose()?;
                check(watch)?;
                let found = self.inner.dedupe_with(&object, &rows.records, &watching(options, watch))?;
                let stable = match (&ids, &previous) {
                    (Some(ids), Some(previous)) => Some(found.batch.named(ids, previous)?.into()),
                    _ => None,
                };
                Ok(DedupeReport {
                    threshold: self.threshold(&found.rule, threshold),
                    rule: found.rule.to_string(),
                    pairs: pairs(&found.batch.pairs),
                    related: pairs(&found.batch.related),
                    clusters: found.batch.clusters,
                    stable,
                    oversized: found.batch.oversized.into_iter().map(Into::into).collect(),
                    compared: found.batch.compared,
                })
            })
        })
    }

    /// Finds rows of one table in another. `threads`, `listener` and `locale` are as in [`Engine::dedupe`].
    ///
    /// With `one_to_one` each row of either table is in at most one pair: pairs are taken by falling weight, of equal ones that of the
    /// smaller ids, and one is left out when one of its rows is taken. Related pairs are told as they are.
    ///
    /// # Errors
    ///
    /// `Argument` for an unknown object, a Blueprint without a matching rule for it, a threshold outside 0 to 1, no threads. `Cancelled`
    /// where the listener ended it.
    #[uniffi::method(default(threshold = None, one_to_one = false, threads = None, listener = None, locale = None))]
    #[expect(clippy::too_many_arguments, reason = "what Kotlin and Swift give by name")]
    pub fn link(
        &self,
        object: String,
        left: Vec<Fields>,
        right: Vec<Fields>,
        threshold: Option<Decimal>,
        one_to_one: bool,
        threads: Option<u32>,
        listener: Option<Arc<dyn ProgressListener>>,
        locale: Option<String>,
    ) -> Result<LinkReport, QudaoError> {
        guard_in(locale, |locale| {
            let object: ObjectName = object.parse()?;
            let options = Dedupe { one_to_one, ..options(threshold, threads)? };
            watched(listener, locale, |watch| {
                let left = self.inner.rows(&object, into_rows(left)?)?;
                check(watch)?;
                let right = self.inner.rows(&object, into_rows(right)?)?;
                check(watch)?;
                let options = watching(options, watch);
                let (rule, link) = self.inner.link_with(&object, &left.records, &right.records, &options)?;
                Ok(LinkReport {
                    threshold: self.threshold(&rule, threshold),
                    rule: rule.to_string(),
                    pairs: pairs(&link.pairs),
                    related: pairs(&link.related),
                    oversized: link.oversized.into_iter().map(Into::into).collect(),
                    compared: link.compared,
                })
            })
        })
    }

    /// Makes one record of each cluster of a table, by the Blueprint's rules of survivorship, with the lineage of each value; in the
    /// order of the clusters' smallest rows. `clusters` names the cluster of each row, as [`Engine::dedupe`] answers it or as
    /// somebody corrected it. Texts of an error are in the locale, English where none is given.
    ///
    /// # Errors
    ///
    /// `Argument` for an unknown object.
    #[uniffi::method(default(locale = None))]
    pub fn golden(
        &self,
        object: String,
        rows: Vec<Fields>,
        clusters: Vec<u32>,
        locale: Option<String>,
    ) -> Result<Vec<GoldenRecord>, QudaoError> {
        guard_in(locale, |_| {
            let object: ObjectName = object.parse()?;
            let rows = self.inner.rows(&object, into_rows(rows)?)?;
            let made = self.inner.golden(&object, &rows.records, &clusters)?;
            Ok(made.rows.into_iter().map(|row| golden(&rows.records, row)).collect())
        })
    }

    /// Why two rows are taken for the same, or not, field by field. Texts of an error are in the locale, English where none is given.
    ///
    /// # Errors
    ///
    /// `Argument` for an unknown object, and for a Blueprint without a matching rule for it.
    #[uniffi::method(default(locale = None))]
    pub fn explain_pair(
        &self,
        object: String,
        left: Fields,
        right: Fields,
        locale: Option<String>,
    ) -> Result<Comparison, QudaoError> {
        guard_in(locale, |_| {
            let object: ObjectName = object.parse()?;
            let rule = self.inner.matching_rule(&object)?;
            let rows = self.inner.rows(&object, into_rows(vec![left, right])?)?;
            let [a, b] = rows.records.as_slice() else {
                return Err(qudao::Error::Internal { detail: "two rows make a pair".into() }.into());
            };
            let score = self.inner.explain_pair(&rule, a, b)?;
            Ok(Comparison {
                probability: score.probability,
                veto: score.veto.map(|f| f.to_string()),
                related: score.related,
                evidence: score.evidence.into_iter().map(Into::into).collect(),
            })
        })
    }

    /// Learns the weights of the object's matching rule from a table: without labels by counting and expectation-maximisation, and
    /// from labels of some of its pairs. The answer is JSON, for [`Engine::with_model`], here and in every other language. `threads`,
    /// `listener` and `locale` are as in [`Engine::dedupe`].
    ///
    /// # Errors
    ///
    /// As [`Engine::dedupe`]; `Argument` for a label of a row that is not there, and for labels that contradict each other.
    #[uniffi::method(default(labels = [], threads = None, listener = None, locale = None))]
    pub fn train(
        &self,
        object: String,
        rows: Vec<Fields>,
        labels: Vec<PairLabel>,
        threads: Option<u32>,
        listener: Option<Arc<dyn ProgressListener>>,
        locale: Option<String>,
    ) -> Result<String, QudaoError> {
        guard_in(locale, |locale| {
            let object: ObjectName = object.parse()?;
            let labels: Vec<Label> = labels.into_iter().map(Into::into).collect();
            let options = options(None, threads)?;
            watched(listener, locale, |watch| {
                let rows = self.inner.rows(&object, into_rows(rows)?)?;
                check(watch)?;
                let options = watching(options, watch);
                Ok(self.inner.train_with(&object, &rows.records, &labels, &options)?.to_json())
            })
        })
    }

    /// This engine with learned weights, in tables and in workspaces alike. Texts of an error are in the locale, English where none is
    /// given.
    ///
    /// # Errors
    ///
    /// `Argument` for what is no model, and for a model of another rule.
    #[uniffi::method(default(locale = None))]
    pub fn with_model(&self, model: String, locale: Option<String>) -> Result<Arc<Self>, QudaoError> {
        guard_in(locale, |_| {
            let model = MatchModel::from_json(&model)?;
            Ok(Arc::new(Self { inner: self.inner.with_model(&model)? }))
        })
    }
}

impl Engine {
    /// The threshold given, or else the rule's.
    fn threshold(&self, rule: &RuleId, given: Option<Decimal>) -> Decimal {
        let own = self.inner.matching().rule(rule).map(matching::MatchingRule::match_threshold);
        given.or(own).unwrap_or(Decimal::ONE)
    }
}

fn options(threshold: Option<Decimal>, threads: Option<u32>) -> Result<Dedupe, Fault> {
    if threads == Some(0) {
        return Err(Fault::argument("matching.bad_threads", None));
    }
    let threads = threads.and_then(|count| usize::try_from(count).ok());
    Ok(Dedupe { threshold, threads, ..Dedupe::default() })
}

/// The options of a search that is watched. By then the rows have been read.
fn watching(options: Dedupe, watch: Option<&Watch>) -> Dedupe {
    Dedupe { watch: watch.map(|watch| watch.part(100, 1000)), ..options }
}

impl From<matching::OversizedBlock> for OversizedBlock {
    fn from(block: matching::OversizedBlock) -> Self {
        let matching::OversizedBlock { key, blocks, rows, example, not_compared, .. } = block;
        Self { key, blocks, rows, example, not_compared }
    }
}

fn pairs(found: &[Pair]) -> Vec<MatchedPair> {
    let pair = |p: &Pair| MatchedPair { left: p.left, right: p.right, probability: p.probability };
    found.iter().map(pair).collect()
}

fn golden(read: &[Record], made: GoldenRow) -> GoldenRecord {
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
