//! What matching says about one frame or two.

use std::sync::{Arc, OnceLock};

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use qudao::matching::{
    Batch, ClusterIds, Dedupe, Guess, GuessedMatching, Label, Link, MatchModel, Matching, MatchingRule,
    NamedClusters, OversizedBlock, Pair, PairScore, SurveyOptions, Survivorship, guess_rule,
};
use qudao::model::{Locale, Record, RecordId, RuleId, Value};
use qudao::report::MatchReport;
use qudao::{Deduped, Rows};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::engine::{problems, share};
use crate::error::{Fault, run};
use crate::frame::Frame;
use crate::golden;
use crate::plain;
use crate::table::{Column, Table};
use crate::watch::watched;

/// How many values of each column a guess looks at.
const SAMPLES: usize = 2_000;

enum How {
    Blueprint(Box<qudao::Engine>),
    Guess(Box<GuessedMatching>, Guess),
}

impl How {
    fn matching(&self) -> &Matching {
        match self {
            Self::Blueprint(engine) => engine.matching(),
            Self::Guess(guessed, _) => &guessed.matching,
        }
    }
}

/// Pairs and clusters, with what is needed to explain them.
#[pyclass(frozen, name = "Matched", module = "qudao._native")]
pub(crate) struct Matched {
    how: How,
    rule: RuleId,
    left: Rows,
    right: Option<Rows>,
    pairs: Vec<Pair>,
    related: Vec<Pair>,
    clusters: Vec<u32>,
    oversized: Vec<OversizedBlock>,
    compared: u64,
    /// The threshold that was asked for.
    given: Option<Decimal>,
    /// From which probability on two rows are taken for the same.
    threshold: Decimal,
    /// The weights, where they were learned.
    model: Option<MatchModel>,
    /// The ids that clusters had before, and those that they have now.
    previous: Arc<ClusterIds>,
    named: OnceLock<NamedClusters>,
}

impl Matched {
    pub(crate) fn of_batch(
        engine: qudao::Engine,
        found: Deduped,
        rows: Rows,
        given: Option<Decimal>,
        previous: Option<ClusterIds>,
    ) -> Result<Self, Fault> {
        Self::of(How::Blueprint(Box::new(engine)), found.rule, rows, found.batch, given, None).after(previous)
    }

    /// With the ids that clusters had before.
    fn after(mut self, previous: Option<ClusterIds>) -> Result<Self, Fault> {
        if let Some(previous) = previous {
            self.previous = Arc::new(previous);
            self.named()?;
        }
        Ok(self)
    }

    /// The clusters with their ids. They are made when somebody asks.
    fn named(&self) -> Result<&NamedClusters, Fault> {
        if let Some(named) = self.named.get() {
            return Ok(named);
        }
        let ids = self.left.ids()?;
        let named = self.previous.next(&ids, &self.clusters).map_err(qudao::Error::from)?;
        Ok(self.named.get_or_init(|| named))
    }

    /// One table by a rule.
    fn of(
        how: How,
        rule: RuleId,
        rows: Rows,
        batch: Batch,
        given: Option<Decimal>,
        model: Option<MatchModel>,
    ) -> Self {
        let threshold = of_rule(how.matching(), &rule, given);
        Self {
            how,
            rule,
            left: rows,
            right: None,
            pairs: batch.pairs,
            related: batch.related,
            clusters: batch.clusters,
            oversized: batch.oversized,
            compared: batch.compared,
            given,
            threshold,
            model,
            previous: Arc::default(),
            named: OnceLock::new(),
        }
    }

    pub(crate) fn of_link(
        engine: qudao::Engine,
        (rule, link): (RuleId, Link),
        left: Rows,
        right: Rows,
        given: Option<Decimal>,
    ) -> Self {
        let threshold = of_rule(engine.matching(), &rule, given);
        Self {
            how: How::Blueprint(Box::new(engine)),
            rule,
            left,
            right: Some(right),
            pairs: link.pairs,
            related: link.related,
            clusters: Vec::new(),
            oversized: link.oversized,
            compared: link.compared,
            given,
            threshold,
            model: None,
            previous: Arc::default(),
            named: OnceLock::new(),
        }
    }

    fn survey(&self, options: &SurveyOptions) -> Result<MatchReport, Fault> {
        let found = Batch {
            pairs: self.pairs.clone(),
            related: self.related.clone(),
            clusters: self.clusters.clone(),
            oversized: self.oversized.clone(),
            compared: self.compared,
        };
        let rows = &self.left.records;
        let survey = match &self.how {
            How::Blueprint(engine) => engine.survey(&self.rule, rows, &found, options)?,
            How::Guess(guessed, _) => {
                guessed.matching.survey(&self.rule, rows, &found, options).map_err(qudao::Error::from)?
            }
        };
        Ok(MatchReport::new(survey, &found))
    }

    fn survey_link(&self, right: &Rows, options: &SurveyOptions) -> Result<MatchReport, Fault> {
        let found = Link {
            pairs: self.pairs.clone(),
            related: self.related.clone(),
            oversized: self.oversized.clone(),
            compared: self.compared,
        };
        let (left, right) = (&self.left.records, &right.records);
        let survey = match &self.how {
            How::Blueprint(engine) => engine.survey_link(&self.rule, left, right, &found, options)?,
            How::Guess(guessed, _) => guessed
                .matching
                .survey_link(&self.rule, left, right, &found, options)
                .map_err(qudao::Error::from)?,
        };
        Ok(MatchReport::of_link(survey, &found))
    }

    fn score(&self, left: usize, right: usize) -> Result<PairScore, Fault> {
        let second = self.right.as_ref().unwrap_or(&self.left);
        let row = |rows: &Rows, at: usize| -> Result<Record, Fault> {
            rows.records
                .get(at)
                .cloned()
                .ok_or_else(|| Fault::input("frame.no_row", format!("there is no row {at}")).with("row", at))
        };
        let (a, b) = (row(&self.left, left)?, row(second, right)?);
        match &self.how {
            How::Blueprint(engine) => Ok(engine.explain_pair(&self.rule, &a, &b)?),
            How::Guess(guessed, _) => {
                Ok(guessed.matching.compare(&self.rule, &a, &b).map_err(qudao::Error::from)?)
            }
        }
    }
}

/// The threshold given, or else the rule's.
fn of_rule(matching: &Matching, rule: &RuleId, given: Option<Decimal>) -> Decimal {
    given.or_else(|| matching.rule(rule).map(MatchingRule::match_threshold)).unwrap_or_default()
}

fn labels_of(labels: Vec<(u32, u32, bool)>) -> Vec<Label> {
    labels.into_iter().map(|(left, right, same)| Label { left, right, same }).collect()
}

fn pairs_table(pairs: &[Pair]) -> Result<Table, Fault> {
    Table::of(vec![
        Column::ints("left", pairs.iter().map(|p| i64::from(p.left))),
        Column::ints("right", pairs.iter().map(|p| i64::from(p.right))),
        Column::floats("probability", pairs.iter().map(|p| p.probability.to_f64().unwrap_or(f64::NAN))),
    ])
}

#[pymethods]
impl Matched {
    /// The matching rule.
    fn rule(&self) -> &str {
        self.rule.as_str()
    }

    /// The number of rows of the first frame.
    fn rows(&self) -> usize {
        self.left.records.len()
    }

    /// How many pairs were compared.
    fn compared(&self) -> u64 {
        self.compared
    }

    /// From which probability on two rows are taken for the same.
    fn threshold(&self) -> Decimal {
        self.threshold
    }

    /// Pairs that are the same.
    fn pairs(&self) -> PyResult<Table> {
        Ok(pairs_table(&self.pairs)?)
    }

    /// Companies and their branches.
    fn related(&self) -> PyResult<Table> {
        Ok(pairs_table(&self.related)?)
    }

    /// The cluster of each row.
    fn clusters(&self) -> PyResult<Table> {
        Ok(Table::of(vec![
            Column::rows("row", 0..self.clusters.len()),
            Column::ints("cluster_id", self.clusters.iter().map(|c| i64::from(*c))),
        ])?)
    }

    /// By record the id of its cluster, that stays from run to run; and ids that no cluster has any more, without a record.
    fn ids(&self, py: Python<'_>) -> PyResult<Table> {
        run(py, || {
            let ids = &self.named()?.ids;
            let retired = ids.retired().map(|_| None);
            let records = ids.iter().map(|(record, _)| Some(record.as_str()));
            let clusters = ids.iter().map(|(_, cluster)| cluster.as_str());
            Table::of(vec![
                Column::opt_texts("id", records.chain(retired)),
                Column::texts("cluster_id", clusters.chain(ids.retired().map(RecordId::as_str))),
            ])
        })
    }

    /// By row the id of its cluster, that stays from run to run.
    fn stable_ids(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        run(py, || Ok(self.named()?.rows.iter().map(ToString::to_string).collect()))
    }

    /// Where the records of each cluster were before.
    fn changes(&self, py: Python<'_>) -> PyResult<Table> {
        run(py, || {
            let shares = &self.named()?.shares;
            Table::of(vec![
                Column::texts("cluster_id", shares.iter().map(|s| s.cluster.as_str())),
                Column::opt_texts("previous_id", shares.iter().map(|s| s.previous.as_ref())),
                Column::ints("rows", shares.iter().map(|s| i64::from(s.records))),
                Column::texts("change", shares.iter().map(|s| s.change.as_str())),
            ])
        })
    }

    /// The clusters of more than one row.
    fn groups(&self) -> Vec<Vec<u32>> {
        let mut groups = std::collections::BTreeMap::<u32, Vec<u32>>::new();
        for (row, cluster) in (0_u32..).zip(&self.clusters) {
            groups.entry(*cluster).or_default().push(row);
        }
        groups.into_values().filter(|rows| rows.len() > 1).collect()
    }

    /// One record for each cluster, and where each value came from.
    fn golden(&self, py: Python<'_>) -> PyResult<(Table, Table)> {
        run(py, || {
            let read = &self.left.records;
            let Some(schema) = read.first().map(|r| r.schema().clone()) else {
                let none = qudao::matching::GoldenTable::default();
                return Ok((golden::records(read, &none)?, golden::lineage(read, &none)?));
            };
            let made = match &self.how {
                How::Blueprint(engine) => engine.golden(&schema.name, read, &self.clusters)?,
                How::Guess(guessed, _) => {
                    let none = std::collections::BTreeMap::new();
                    let rules = Survivorship::compile(&none, &guessed.schema)
                        .map_err(|lints| qudao::Error::Blueprint { name: "guess".into(), lints })?;
                    let rules = rules.rules(schema.name.as_str()).ok_or_else(bad_guess)?;
                    rules.golden_table(read, &self.clusters, &|_| ())
                }
            };
            Ok((golden::records(read, &made)?, golden::lineage(read, &made)?))
        })
    }

    /// The pairs that tell most when somebody labels them.
    #[pyo3(signature = (count, threads=None, progress=None))]
    fn review(
        &self,
        py: Python<'_>,
        count: usize,
        threads: Option<usize>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Table> {
        watched(py, progress, |told| {
            let records = &self.left.records;
            told.add_rows(records.len());
            let options = Dedupe { threads, watch: Some(told.watch.clone()), ..Dedupe::default() };
            let pairs = match (&self.how, records.first()) {
                (_, None) => Vec::new(),
                (How::Blueprint(engine), Some(first)) => {
                    engine.review_with(first.object(), records, count, &options)?
                }
                (How::Guess(guessed, _), _) => {
                    let found = guessed.matching.review_with(&self.rule, records, count, &options);
                    found.map_err(qudao::Error::from)?
                }
            };
            pairs_table(&pairs)
        })
    }

    /// The same rows with weights that have learned from labels.
    #[pyo3(signature = (labels, threads=None, progress=None))]
    fn train(
        &self,
        py: Python<'_>,
        labels: Vec<(u32, u32, bool)>,
        threads: Option<usize>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        watched(py, progress, |told| {
            let labels = labels_of(labels);
            let records = &self.left.records;
            told.add_rows(records.len());
            let part = |from, to| Dedupe {
                threshold: self.given,
                threads,
                watch: Some(told.watch.part(from, to)),
                ..Dedupe::default()
            };
            let (learning, searching) = (part(0, 500), part(500, 1000));
            let (how, model, batch) = match &self.how {
                How::Blueprint(engine) => {
                    let object = engine.matching().rule(&self.rule).map(MatchingRule::object);
                    let object = object.ok_or_else(bad_guess)?;
                    let model = engine.train_with(object, records, &labels, &learning)?;
                    let taught = engine.with_model(&model)?;
                    let batch = taught.dedupe_with(object, records, &searching)?.batch;
                    (How::Blueprint(Box::new(taught)), model, batch)
                }
                How::Guess(guessed, guess) => {
                    let fault = qudao::Error::from;
                    let model = guessed
                        .matching
                        .teach_with(&self.rule, records, &labels, &learning)
                        .map_err(fault)?;
                    let mut taught = guessed.clone();
                    taught.matching = guessed.matching.with_model(&model).map_err(fault)?;
                    let batch = taught.matching.dedupe(&self.rule, records, &searching).map_err(fault)?.batch;
                    (How::Guess(taught, guess.clone()), model, batch)
                }
            };
            let mut taught =
                Self::of(how, self.rule.clone(), self.left.clone(), batch, self.given, Some(model));
            taught.previous = self.previous.clone();
            Ok(taught)
        })
    }

    /// What was compared, by what, and what was found: one HTML page.
    fn report(&self, py: Python<'_>, locale: &str, labels: Vec<(u32, u32, bool)>) -> PyResult<String> {
        let locale = Locale::new(locale);
        run(py, || {
            let options = SurveyOptions {
                threshold: self.given,
                labels: labels_of(labels),
                ..SurveyOptions::default()
            };
            let report = match &self.right {
                None => self.survey(&options)?,
                Some(right) => self.survey_link(right, &options)?,
            };
            let report = match &self.how {
                How::Guess(_, guess) => {
                    report.with_columns(guess.columns.iter().map(|c| (&c.field, c.column.as_str())))
                }
                How::Blueprint(engine) => {
                    let object = engine.matching().rule(&self.rule).map(|r| r.object().as_str());
                    match object.and_then(|object| engine.schema().object(object)) {
                        Some(schema) => report.with_words(schema),
                        None => report,
                    }
                }
            };
            Ok(report.to_html(&locale)?)
        })
    }

    /// The weights as JSON, where they were learned from labels.
    fn model(&self) -> Option<String> {
        self.model.as_ref().map(MatchModel::to_json)
    }

    /// Blocks that were too large to compare every pair in them.
    fn oversized<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        plain::tuple(py, &self.oversized, |b| plain::oversized(py, b))
    }

    /// What could not be read.
    fn problems(&self) -> PyResult<Table> {
        Ok(problems(&self.left)?)
    }

    /// What could not be read of the second frame.
    fn right_problems(&self) -> PyResult<Table> {
        Ok(problems(self.right.as_ref().unwrap_or(&Rows::default()))?)
    }

    /// Why two rows are taken for the same, or not.
    fn explain<'py>(&self, py: Python<'py>, left: usize, right: usize) -> PyResult<Bound<'py, PyAny>> {
        let score = run(py, || self.score(left, right))?;
        plain::explanation(py, &score)
    }
}

/// Guesses what the columns of a frame hold: the guess as JSON and as a Blueprint writes it.
#[pyfunction]
pub(crate) fn guess(py: Python<'_>, frame: &Bound<'_, PyAny>) -> PyResult<String> {
    let frame = Frame::read(frame)?;
    run(py, || {
        let names = frame.names();
        let rows = frame.values(chrono_tz::Tz::UTC)?;
        let samples: Vec<Vec<String>> = names
            .iter()
            .map(|name| {
                let cells = rows.iter().filter_map(|row| row.iter().find(|(n, _)| n == name));
                cells.map(|(_, v)| v).filter(|v| !v.is_blank()).take(SAMPLES).map(Value::to_string).collect()
            })
            .collect();
        let columns: Vec<(&str, &[String])> =
            names.iter().map(String::as_str).zip(samples.iter().map(Vec::as_slice)).collect();
        serde_json::to_string(&guess_rule(&columns)).map_err(|_| bad_guess())
    })
}

/// A guess as a Blueprint writes it.
#[pyfunction]
pub(crate) fn guess_text(guess: &str) -> PyResult<String> {
    Ok(read_guess(guess)?.to_string())
}

fn read_guess(json: &str) -> Result<Guess, Fault> {
    serde_json::from_str(json).map_err(|_| bad_guess())
}

fn bad_guess() -> Fault {
    Fault::input("matching.bad_guess", "the guess was edited into something that is no matching rule")
}

/// The ids that clusters had before, as Python gives them.
pub(crate) struct Previous(Frame);

impl Previous {
    pub(crate) fn read(given: Option<&Bound<'_, PyAny>>) -> Result<Option<Self>, Fault> {
        given.map(|given| Frame::read(given).map(Self)).transpose()
    }

    /// A row without an `id` tells an id that is not to be given again.
    pub(crate) fn ids(&self) -> Result<ClusterIds, Fault> {
        let names = self.0.names();
        for name in ["id", "cluster_id"] {
            if self.0.len() > 0 && !names.iter().any(|n| n == name) {
                let text = format!("previous: there is no column {name}");
                return Err(Fault::input("matching.bad_previous", text).with("column", name));
            }
        }
        let mut ids = ClusterIds::default();
        for (at, row) in self.0.values(chrono_tz::Tz::UTC)?.iter().enumerate() {
            let cell =
                |name: &str| row.iter().find(|(n, _)| *n == name).map(|(_, v)| v).filter(|v| !v.is_blank());
            let bad = |name: &str| {
                let text = format!("previous: row {at} has no {name} that an id can be");
                Fault::input("matching.bad_previous", text).with("row", at).with("column", name)
            };
            let read = |name: &str| -> Result<Option<RecordId>, Fault> {
                let text = cell(name).map(|value| value.to_string());
                text.map(|text| RecordId::new(text.trim()).map_err(|_| bad(name))).transpose()
            };
            let cluster = read("cluster_id")?.ok_or_else(|| bad("cluster_id"))?;
            match read("id")? {
                Some(record) => ids.insert(record, cluster),
                None => ids.retire(cluster),
            }
        }
        Ok(ids)
    }
}

/// Finds duplicates in a frame by a guess. The column `id` holds the ids of the rows.
#[pyfunction]
#[pyo3(signature = (frame, guess, threshold=None, threads=None, progress=None, id=None, previous=None))]
#[expect(clippy::too_many_arguments, reason = "what Python gives by name")]
pub(crate) fn dedupe_by_guess(
    py: Python<'_>,
    frame: &Bound<'_, PyAny>,
    guess: &str,
    threshold: Option<&Bound<'_, PyAny>>,
    threads: Option<usize>,
    progress: Option<Py<PyAny>>,
    id: Option<String>,
    previous: Option<&Bound<'_, PyAny>>,
) -> PyResult<Matched> {
    let (guess, threshold) = (read_guess(guess)?, share(threshold)?);
    let previous = Previous::read(previous)?;
    let frame = Frame::read(frame)?;
    if let Some(id) = id.as_ref().filter(|id| frame.len() > 0 && !frame.names().contains(id)) {
        return Err(Fault::input("table.no_column", format!("there is no column {id}"))
            .with("name", id)
            .into());
    }
    watched(py, progress, |told| {
        told.add_rows(frame.len());
        let guessed =
            guess.compile().map_err(|lints| qudao::Error::Blueprint { name: "guess".into(), lints })?;
        let schema = guessed.schema.object(guessed.object.as_str()).cloned().ok_or_else(bad_guess)?;
        let previous = previous.map(|previous| previous.ids()).transpose()?;
        let mut rows = Rows::default();
        for (at, row) in frame.values(chrono_tz::Tz::UTC)?.into_iter().enumerate() {
            if at % 1024 == 0 {
                told.check()?;
            }
            let given =
                row.iter().find(|(column, value)| id.as_deref() == Some(*column) && !value.is_blank());
            let own = given.and_then(|(_, value)| RecordId::new(value.to_string().trim()).ok());
            let of_row = || RecordId::new(format!("row-{at}"));
            let mut record = Record::new(schema.clone(), own.map_or_else(of_row, Ok)?);
            for (column, value) in row.into_iter().filter(|(column, _)| id.as_deref() != Some(*column)) {
                let Some(ix) = guess.field(column).and_then(|f| schema.field_ix(f.as_str())) else {
                    continue;
                };
                if !value.is_blank() {
                    record.set_at(ix, Value::text(value.to_string()));
                }
            }
            rows.records.push(record);
        }
        let watch = Some(told.watch.part(150, 1000));
        let options = Dedupe { threshold, threads, watch, ..Dedupe::default() };
        let (guessed, batch) = guessed.dedupe(&rows.records, &options).map_err(qudao::Error::from)?;
        let rule = guessed.rule.clone();
        Matched::of(How::Guess(Box::new(guessed), guess), rule, rows, batch, threshold, None).after(previous)
    })
}
