//! The facade: every question about matching, online and batch, answered by one comparison.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use qudao_model::{BlockKey, Decimal, FieldName, Lint, ObjectName, Operation, Record, RuleId, Schema};

use crate::columns::Columns;
use crate::compile::compile;
use crate::duplicate::DuplicateRule;
use crate::found::Search;
use crate::labels;
use crate::learn::classes_of_learned;
use crate::parallel::Threads;
use crate::parts::Records;
use crate::rule::{MatchingRule, Prepared};
use crate::score::{by_probability, decimal4};
use crate::spec::{Action, MatchSpec};
use crate::table::Table;
use crate::weights::{probability, weight_at};
use crate::whole::{self, Met, dedupe, met};
use crate::{Batch, Dedupe, Deduped, Label, Link, Match, MatchError, MatchModel, Pair, PairScore};

/// Compiled matching and duplicate rules.
///
/// ```
/// use std::sync::Arc;
/// use qudao_match::{MatchSpec, Matching};
/// use qudao_model::{Document, Record, RecordId, RuleId, Schema};
///
/// let document = Document::parse("rules", "matching: {account.same: {compare: {name: company_name, phone: phone}}}")
///     .map_err(|_| "not YAML")?;
/// let spec: MatchSpec = serde_json::from_value(document.into_json())?;
/// let schema = Arc::new(Schema::standard("CNY"));
/// let matching = Matching::compile(&spec, &schema).map_err(|_| "not a rule")?;
///
/// let account = schema.object("account").ok_or("no accounts")?;
/// let a = Record::new(account.clone(), RecordId::new("a")?).with("name", "華為技術有限公司")?.with("phone", "0755-28780808")?;
/// let b = Record::new(account.clone(), RecordId::new("b")?).with("name", "华为技术")?.with("phone", "075528780808")?;
/// let score = matching.compare(&RuleId::new("account.same")?, &a, &b)?;
/// assert_eq!(score.evidence[0].level, "exact");
/// assert!(score.probability > "0.95".parse()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Matching {
    rules: BTreeMap<RuleId, MatchingRule>,
    duplicates: Vec<DuplicateRule>,
    warnings: Vec<Lint>,
}

impl Matching {
    /// Compiles the rules against a schema.
    ///
    /// # Errors
    /// Every lint, warnings included, when one of them is an error. Paths begin with `/matching` and `/duplicates`.
    pub fn compile(spec: &MatchSpec, schema: &Arc<Schema>) -> Result<Self, Vec<Lint>> {
        let compiled = compile(spec, schema)?;
        Ok(Self { rules: compiled.rules, duplicates: compiled.duplicates, warnings: compiled.warnings })
    }

    /// What is remarkable about rules that compiled.
    #[must_use]
    pub fn warnings(&self) -> &[Lint] {
        &self.warnings
    }

    /// A matching rule.
    #[must_use]
    pub fn rule(&self, id: &RuleId) -> Option<&MatchingRule> {
        self.rules.get(id)
    }

    /// The matching rules, by id.
    pub fn rules(&self) -> impl Iterator<Item = &MatchingRule> {
        self.rules.values()
    }

    /// The matching rules about an object, by id.
    pub fn rules_of<'a>(&'a self, object: &'a str) -> impl Iterator<Item = &'a MatchingRule> + 'a {
        self.rules.values().filter(move |r| *r.object() == *object)
    }

    /// The duplicate rules of an object that do something on an operation, with what they do, in the order of the Blueprint.
    #[must_use]
    pub fn duplicate_rules(
        &self,
        object: &ObjectName,
        operation: Operation,
    ) -> Vec<(&DuplicateRule, Action)> {
        self.duplicates
            .iter()
            .filter(|d| d.object() == object)
            .map(|d| (d, d.action(operation)))
            .filter(|(_, action)| *action != Action::Off)
            .collect()
    }

    /// The duplicate rules, in the order of the Blueprint.
    #[must_use]
    pub fn duplicates(&self) -> &[DuplicateRule] {
        &self.duplicates
    }

    fn of(&self, rule: &RuleId) -> Result<&MatchingRule, MatchError> {
        self.rules.get(rule).ok_or_else(|| MatchError::UnknownRule { rule: rule.clone() })
    }

    pub(crate) fn checked<'r>(
        &self,
        rule: &RuleId,
        records: impl IntoIterator<Item = &'r Record>,
    ) -> Result<&MatchingRule, MatchError> {
        let found = self.of(rule)?;
        for record in records {
            if !found.lenses.contains_key(record.object()) {
                return Err(MatchError::WrongObject { rule: rule.clone(), object: record.object().clone() });
            }
        }
        Ok(found)
    }

    /// The keys under which a record meets its possible duplicates, sorted.
    ///
    /// # Errors
    /// [`MatchError::UnknownRule`], [`MatchError::WrongObject`].
    pub fn keys(&self, rule: &RuleId, record: &Record) -> Result<Vec<BlockKey>, MatchError> {
        let rule = self.checked(rule, [record])?;
        Ok(rule.block_keys(&rule.prepare(record)))
    }

    /// Compares two records and explains the answer, field by field.
    ///
    /// # Errors
    /// [`MatchError::UnknownRule`], [`MatchError::WrongObject`].
    pub fn compare(&self, rule: &RuleId, left: &Record, right: &Record) -> Result<PairScore, MatchError> {
        Ok(self.checked(rule, [left, right])?.explain(left, right, &BTreeSet::new()))
    }

    /// Compares two records for somebody who does not see some of the fields: what they hold tells in no level, weight
    /// or sum. So the probability is that of the fields shown.
    ///
    /// # Errors
    /// [`MatchError::UnknownRule`], [`MatchError::WrongObject`].
    pub fn compare_masked(
        &self,
        rule: &RuleId,
        left: &Record,
        right: &Record,
        hidden: &BTreeSet<FieldName>,
    ) -> Result<PairScore, MatchError> {
        Ok(self.checked(rule, [left, right])?.explain(left, right, hidden))
    }

    /// The candidates that may be the same as the record: at or above the review threshold, the most probable first, then
    /// by id. The record itself, vetoed candidates and branches are left out.
    ///
    /// # Errors
    /// [`MatchError::UnknownRule`], [`MatchError::WrongObject`].
    pub fn find(
        &self,
        rule: &RuleId,
        record: &Record,
        candidates: &[Record],
    ) -> Result<Vec<Match>, MatchError> {
        let rule = self.checked(rule, std::iter::once(record).chain(candidates))?;
        Ok(find(rule, record, candidates, false))
    }

    /// The candidates that are related to the record but not the same: a company and its branches.
    ///
    /// # Errors
    /// [`MatchError::UnknownRule`], [`MatchError::WrongObject`].
    pub fn find_related(
        &self,
        rule: &RuleId,
        record: &Record,
        candidates: &[Record],
    ) -> Result<Vec<Match>, MatchError> {
        let rule = self.checked(rule, std::iter::once(record).chain(candidates))?;
        Ok(find(rule, record, candidates, true))
    }

    /// Every pair of a table at or above a threshold, and the clusters that the pairs make.
    ///
    /// Without a threshold, pairs from the review threshold on are listed, and those from the match threshold on make
    /// clusters. With one, it decides both.
    ///
    /// # Errors
    /// [`MatchError::UnknownRule`], [`MatchError::WrongObject`], [`MatchError::BadThreshold`], [`MatchError::TooManyRecords`].
    pub fn batch(
        &self,
        rule: &RuleId,
        records: &[Record],
        threshold: Option<Decimal>,
    ) -> Result<Batch, MatchError> {
        let rule = self.checked(rule, records)?;
        let options = Dedupe { threshold, ..Dedupe::default() };
        Ok(dedupe(rule, &options, records.len(), Some(Records { left: records, right: &[] }), |threads| {
            Table::of(rule, records.iter(), threads)
        })?
        .batch)
    }

    /// As [`Matching::batch`], with weights learned from the table itself where the options ask for it.
    ///
    /// # Errors
    /// As [`Matching::batch`].
    pub fn dedupe(&self, rule: &RuleId, records: &[Record], options: &Dedupe) -> Result<Deduped, MatchError> {
        let rule = self.checked(rule, records)?;
        dedupe(rule, options, records.len(), Some(Records { left: records, right: &[] }), |threads| {
            Table::of(rule, records.iter(), threads)
        })
    }

    /// As [`Matching::dedupe`], over plain texts: what a file holds, in less memory than records take. Rows stand for their ids.
    ///
    /// # Errors
    /// [`MatchError::UnknownRule`], [`MatchError::BadThreshold`], [`MatchError::TooManyRecords`].
    pub fn dedupe_columns(
        &self,
        rule: &RuleId,
        columns: Columns,
        options: &Dedupe,
    ) -> Result<Deduped, MatchError> {
        let rule = self.of(rule)?;
        let rows = columns.rows();
        dedupe(rule, options, rows, None, |threads| Table::of_columns(rule, columns, threads))
    }

    /// Learns the weights of a rule from a table, without labels. A small table (below some hundred rows) teaches little: there the
    /// rule's own assumptions prevail.
    ///
    /// # Errors
    /// [`MatchError::UnknownRule`], [`MatchError::WrongObject`], [`MatchError::TooManyRecords`].
    pub fn learn(&self, rule: &RuleId, records: &[Record]) -> Result<MatchModel, MatchError> {
        self.learn_with(rule, records, &Dedupe::default())
    }

    /// As [`Matching::learn`], with options: threads and watch.
    ///
    /// # Errors
    /// As [`Matching::learn`]; [`MatchError::Cancelled`].
    pub fn learn_with(
        &self,
        rule: &RuleId,
        records: &[Record],
        options: &Dedupe,
    ) -> Result<MatchModel, MatchError> {
        let rule = self.checked(rule, records)?;
        let threads = Threads::of(options.threads, options.watch.as_ref());
        let (table, met) = met(rule, records, true, threads.part(0, 850))?;
        let model = met.learn(rule, &table, threads.part(850, 1000));
        threads.check()?;
        threads.tell(1, 1);
        Ok(model)
    }

    /// The pairs that tell most about a table when somebody labels them: near the threshold, and unlike each other. At most
    /// `count`, those first that should be asked about first.
    ///
    /// # Errors
    /// As [`Matching::learn`].
    pub fn review(&self, rule: &RuleId, records: &[Record], count: usize) -> Result<Vec<Pair>, MatchError> {
        self.review_with(rule, records, count, &Dedupe::default())
    }

    /// As [`Matching::review`], with options: threads and watch.
    ///
    /// # Errors
    /// As [`Matching::learn_with`].
    pub fn review_with(
        &self,
        rule: &RuleId,
        records: &[Record],
        count: usize,
        options: &Dedupe,
    ) -> Result<Vec<Pair>, MatchError> {
        let rule = self.checked(rule, records)?;
        let threads = Threads::of(options.threads, options.watch.as_ref());
        let (table, Met { candidates, classes, .. }) = met(rule, records, false, threads.part(0, 700))?;
        let search = Search { rule, table: &table, classes: &classes, candidates: &candidates, floor: 0 };
        let pairs = labels::review(&search, count, threads.part(700, 1000));
        threads.check()?;
        threads.tell(1, 1);
        Ok(pairs)
    }

    /// Learns the weights of a rule from a table and from labels of some of its pairs. Weights that the Blueprint gives stay.
    ///
    /// # Errors
    /// As [`Matching::learn`]; [`MatchError::BadLabel`] for a row that is not there, [`MatchError::ContradictoryLabels`].
    pub fn teach(
        &self,
        rule: &RuleId,
        records: &[Record],
        labels: &[Label],
    ) -> Result<MatchModel, MatchError> {
        self.teach_with(rule, records, labels, &Dedupe::default())
    }

    /// As [`Matching::teach`], with options: threads and watch.
    ///
    /// # Errors
    /// As [`Matching::teach`]; [`MatchError::Cancelled`].
    pub fn teach_with(
        &self,
        rule: &RuleId,
        records: &[Record],
        labels: &[Label],
        options: &Dedupe,
    ) -> Result<MatchModel, MatchError> {
        let rule = self.checked(rule, records)?;
        labels::check(labels, records.len())?;
        let threads = Threads::of(options.threads, options.watch.as_ref());
        let (table, met) = met(rule, records, true, threads.part(0, 770))?;
        let model = met.learn(rule, &table, threads.part(770, 900));
        threads.check()?;
        let learned = model.apply(rule)?;
        let classes = classes_of_learned(&learned, met.classes);
        let model = labels::teach(&learned, &table, &classes, model, labels, threads.part(900, 1000));
        threads.check()?;
        threads.tell(1, 1);
        Ok(model)
    }

    /// These rules with the weights of a model: for one record and for a whole table alike.
    ///
    /// # Errors
    /// [`MatchError::UnknownRule`]; [`MatchError::BadModel`] for a model that was learned for other fields or comparators.
    pub fn with_model(&self, model: &MatchModel) -> Result<Self, MatchError> {
        let rule = model.apply(self.of(&model.rule)?)?;
        let mut with = self.clone();
        with.rules.insert(model.rule.clone(), rule);
        Ok(with)
    }

    /// Every pair of a record of one table and a record of another, at or above a threshold (the review threshold when
    /// none is given).
    ///
    /// # Errors
    /// [`MatchError::UnknownRule`], [`MatchError::WrongObject`], [`MatchError::BadThreshold`], [`MatchError::TooManyRecords`].
    pub fn link(
        &self,
        rule: &RuleId,
        left: &[Record],
        right: &[Record],
        threshold: Option<Decimal>,
    ) -> Result<Link, MatchError> {
        self.link_with(rule, left, right, &Dedupe { threshold, ..Dedupe::default() })
    }

    /// As [`Matching::link`], with options: threshold, threads and watch. Weights are those of the rule.
    ///
    /// # Errors
    /// As [`Matching::link`]; [`MatchError::Cancelled`].
    pub fn link_with(
        &self,
        rule: &RuleId,
        left: &[Record],
        right: &[Record],
        options: &Dedupe,
    ) -> Result<Link, MatchError> {
        let rule = self.checked(rule, left.iter().chain(right))?;
        whole::link(rule, Records { left, right }, options)
    }
}

/// The candidates at or above the review threshold that are the same, or with `related` those that are related; each in the form in
/// which it was compared. The most probable come first.
pub(crate) fn online<'r>(
    rule: &MatchingRule,
    record: &Record,
    own: &Prepared,
    candidates: impl Iterator<Item = &'r Record>,
    related: bool,
) -> Vec<(Match, Prepared)> {
    let floor = weight_at(rule.review_at);
    let mut matches: Vec<(Match, Prepared)> = candidates
        .enumerate()
        .filter(|(_, c)| c.id() != record.id() || c.object() != record.object())
        .filter_map(|(position, candidate)| {
            let prepared = rule.prepare(candidate);
            let scored = rule.score_prepared(own, &prepared, Some(floor))?;
            let p = probability(scored.total);
            let found = Match {
                record: candidate.key(),
                position,
                probability: decimal4(p),
                weight: scored.total,
                certain: p >= rule.match_at,
            };
            (scored.related == related).then_some((found, prepared))
        })
        .collect();
    matches.sort_by(|(a, _), (b, _)| by_probability(a, b));
    matches
}

/// As [`online`], for one question.
fn find(rule: &MatchingRule, record: &Record, candidates: &[Record], related: bool) -> Vec<Match> {
    let found = online(rule, record, &rule.prepare(record), candidates.iter(), related);
    found.into_iter().map(|(found, _)| found).collect()
}
