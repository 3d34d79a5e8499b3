//! Duplicates: found within a table and between two, and what becomes of them.

use std::sync::Arc;

use qudao::Rows;
use qudao::matching::{self, Dedupe, Label, MatchModel, Watch};
use qudao::model::{ObjectName, RuleId};
use rust_decimal::Decimal;

use crate::clusters::{ClusterIds, into_ids};
use crate::error::Fault;
use crate::guard::guard_in;
use crate::matched::{Comparison, DedupeReport, GoldenRecord, LinkReport, PairLabel, golden, pairs};
use crate::values::{Fields, into_cells, into_rows};
use crate::watch::{ProgressListener, check, watched};
use crate::{Engine, QudaoError};

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
                let rows = self.read(&object, rows, part(watch, 0, 100))?;
                let ids = previous.is_some().then(|| rows.ids()).transpose()?;
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
                let left = self.read(&object, left, part(watch, 0, 50))?;
                let right = self.read(&object, right, part(watch, 50, 100))?;
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
                let rows = self.read(&object, rows, part(watch, 0, 100))?;
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

    /// Reads a table, until somebody says to stop.
    fn read(&self, object: &ObjectName, rows: Vec<Fields>, watch: Option<Watch>) -> Result<Rows, Fault> {
        let (watch, count) = (watch.as_ref(), rows.len());
        let mut fault = None;
        let cells = rows.into_iter().enumerate().map_while(|(at, row)| {
            if at % LOOK == 0 {
                check(watch).map_err(|stopped| fault = Some(stopped)).ok()?;
                if let Some(watch) = watch {
                    watch.tell(at, count);
                }
            }
            into_cells(row).map_err(|bad| fault = Some(bad)).ok()
        });
        let rows = self.inner.rows(object, cells)?;
        fault.map_or(Ok(rows), Err)
    }
}

/// After so many rows a look at whether to go on.
const LOOK: usize = 1024;

fn options(threshold: Option<Decimal>, threads: Option<u32>) -> Result<Dedupe, Fault> {
    if threads == Some(0) {
        return Err(Fault::argument("matching.bad_threads", None));
    }
    let threads = threads.and_then(|count| usize::try_from(count).ok());
    Ok(Dedupe { threshold, threads, ..Dedupe::default() })
}

/// The options of a search that is watched. By then the rows have been read.
fn watching(options: Dedupe, watch: Option<&Watch>) -> Dedupe {
    Dedupe { watch: part(watch, 100, 1000), ..options }
}

fn part(watch: Option<&Watch>, from: u32, to: u32) -> Option<Watch> {
    watch.map(|watch| watch.part(from, to))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FieldValue;

    fn rows(count: usize) -> Vec<Fields> {
        let row = |at| [("name".to_owned(), FieldValue::Text { value: format!("Company {at}") })];
        (0..count).map(|at| row(at).into_iter().collect()).collect()
    }

    #[test]
    fn reading_a_table_tells_how_far_it_is_and_stops() {
        let engine = Engine { inner: qudao::Engine::from_yaml("qudao: 1\n").unwrap() };
        let account: ObjectName = "account".parse().unwrap();
        let watch = Watch::new();
        let read = engine.read(&account, rows(3000), part(Some(&watch), 0, 100)).unwrap();
        assert_eq!((read.records.len(), watch.permille()), (3000, 68), "told after 2048 of them");
        watch.cancel();
        let stopped = engine.read(&account, rows(3000), Some(watch)).unwrap_err();
        assert!(matches!(stopped, Fault::Library(qudao::Error::Matching(matching::MatchError::Cancelled))));
        // What a row holds that is no value is told as it is without a watch.
        let deep = (0..10).fold(FieldValue::Missing, |v, _| FieldValue::Items { items: vec![v] });
        let mut bad = rows(3);
        bad[1].insert("name".to_owned(), deep);
        let fault = engine.read(&account, bad, None).unwrap_err();
        assert!(matches!(fault, Fault::Argument("value.bad_form", _)), "{fault:?}");
    }
}
