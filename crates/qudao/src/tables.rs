//! The engine on whole tables, without a store: validate, find duplicates, link, measure, ask a gate.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use qudao_match::{
    Batch, Dedupe, GoldenTable, Label, Link, MatchError, MatchModel, Pair, PairScore, Survey, SurveyOptions,
    Watch,
};
use qudao_metrics::{ClusterInput, GroupKey, KpiInput, KpiQuery, KpiReport, RateTable};
use qudao_model::{
    Actor, Dataset, Decimal, FieldName, FieldType, Grant, Hash, Instant, ObjectName, Operation, ProcessId,
    Record, RecordId, RecordKey, RuleId, SEMANTICS_VERSION, StageClass, StageId, StateView, Violation, Visit,
    VisitCause,
};
use qudao_pipeline::{GateReport, GateRequest, NextStep};
use qudao_quality::{RowViolation, TableReport};

use crate::draft::rule_id;
use crate::engine::Engine;
use crate::error::Error;
use crate::neighbourhood;
use crate::rows::Rows;
use crate::stream::reaches;

/// What matching said about one table.
#[derive(Debug, Clone, PartialEq)]
pub struct Deduped {
    /// The matching rule used.
    pub rule: RuleId,
    /// Pairs and clusters.
    pub batch: Batch,
}

impl Engine {
    fn require(&self, object: &ObjectName) -> Result<(), Error> {
        match self.schema().object(object.as_str()) {
            Some(_) => Ok(()),
            None => Err(self.unknown_object(object.as_str())),
        }
    }

    /// Validates rows: every rule on every row, and uniqueness within the table. `related` holds the tables that
    /// rules navigate to; references into a table that is not given are not checked. Without `now`, a rule that reads
    /// the clock is an error.
    ///
    /// # Errors
    /// [`Error::UnknownObject`]; [`Error::NowRequired`]; [`Error::Quality`] when a rule navigates to a table that is
    /// not given.
    pub fn validate(
        &self,
        object: &ObjectName,
        rows: &Rows,
        related: &Dataset,
        now: Option<Instant>,
    ) -> Result<TableReport, Error> {
        self.require(object)?;
        let mut records = rows.records.clone();
        for record in &mut records {
            self.quality().normalise(record, None);
        }
        let mut data = Cow::Borrowed(related);
        if self.looks_at_own(object) {
            let data = data.to_mut();
            for record in &records {
                if data.get(object.as_str(), record.id().as_str()).is_none() {
                    data.put(record.clone());
                }
            }
        }
        let mut report = self.quality().validate_table(object, &records, &data, now, self.zone())?;
        // What could not even be read stands before what the rules say.
        let mut all: Vec<RowViolation> = rows.problems.clone();
        all.append(&mut report.rows);
        all.sort_by_key(|r| r.row);
        for row in &mut all {
            self.word(&mut row.violation);
        }
        report.ok = all.iter().all(|r| r.violation.severity < qudao_model::Severity::Error);
        report.rows = all;
        Ok(report)
    }

    /// True when a rule of an object reads other records of the same object.
    pub(crate) fn looks_at_own(&self, object: &ObjectName) -> bool {
        let quality = self.quality();
        quality.references(object).any(|(_, target)| target == object)
            || quality.programs(object).any(|p| reaches(&p.reads().navigation, object))
    }

    /// The matching rule for an object: that of its first duplicate rule, else the first that compares it.
    ///
    /// # Errors
    /// [`Error::UnknownObject`]; [`Error::Import`] with code `matching.no_rule` when the Blueprint has none.
    pub fn matching_rule(&self, object: &ObjectName) -> Result<RuleId, Error> {
        self.require(object)?;
        self.rule_for(object).cloned().ok_or_else(|| Error::NoMatchingRule { object: object.clone() })
    }

    pub(crate) fn rule_for<'a>(&'a self, object: &'a ObjectName) -> Option<&'a RuleId> {
        let of_duplicates =
            self.matching().duplicates().iter().find(|d| d.object() == object).map(|d| d.using());
        of_duplicates.or_else(|| self.matching().rules_of(object.as_str()).map(|r| r.id()).next())
    }

    /// Finds duplicates in a table: pairs and clusters. The same comparison answers on save and on import.
    ///
    /// # Errors
    /// [`Error::UnknownObject`]; [`Error::NoMatchingRule`]; [`Error::Matching`] for a bad threshold.
    pub fn dedupe(
        &self,
        object: &ObjectName,
        records: &[Record],
        threshold: Option<Decimal>,
    ) -> Result<Deduped, Error> {
        self.dedupe_with(object, records, &Dedupe { threshold, ..Dedupe::default() })
    }

    /// As [`Engine::dedupe`], with options: the number of threads among them, on which the answer never depends.
    ///
    /// # Errors
    /// As [`Engine::dedupe`].
    pub fn dedupe_with(
        &self,
        object: &ObjectName,
        records: &[Record],
        options: &Dedupe,
    ) -> Result<Deduped, Error> {
        let rule = self.matching_rule(object)?;
        let records = self.normalised_watched(records, options.watch.as_ref().map(|w| w.part(0, 200)))?;
        let batch = self.matching().dedupe(&rule, &records, &after_normalising(options))?.batch;
        Ok(Deduped { rule, batch })
    }

    /// The pairs of a table that tell most when somebody labels them: near the threshold, and unlike each other. At most `count`,
    /// those first that should be asked about first.
    ///
    /// # Errors
    /// As [`Engine::dedupe`].
    pub fn review(&self, object: &ObjectName, records: &[Record], count: usize) -> Result<Vec<Pair>, Error> {
        self.review_with(object, records, count, &Dedupe::default())
    }

    /// As [`Engine::review`], with options: the number of threads, on which the answer never depends, and a watch.
    ///
    /// # Errors
    /// As [`Engine::review`].
    pub fn review_with(
        &self,
        object: &ObjectName,
        records: &[Record],
        count: usize,
        options: &Dedupe,
    ) -> Result<Vec<Pair>, Error> {
        let rule = self.matching_rule(object)?;
        let records = self.normalised_watched(records, options.watch.as_ref().map(|w| w.part(0, 200)))?;
        Ok(self.matching().review_with(&rule, &records, count, &after_normalising(options))?)
    }

    /// Learns the weights of an object's matching rule from a table: without labels by counting and expectation-maximisation, and
    /// from labels of some of its pairs. Weights that the Blueprint gives stay.
    ///
    /// # Errors
    /// As [`Engine::dedupe`]; [`Error::Matching`] for a label of a row that is not there and for labels that contradict each other.
    pub fn train(
        &self,
        object: &ObjectName,
        records: &[Record],
        labels: &[Label],
    ) -> Result<MatchModel, Error> {
        self.train_with(object, records, labels, &Dedupe::default())
    }

    /// As [`Engine::train`], with options: the number of threads, on which the answer never depends, and a watch.
    ///
    /// # Errors
    /// As [`Engine::train`].
    pub fn train_with(
        &self,
        object: &ObjectName,
        records: &[Record],
        labels: &[Label],
        options: &Dedupe,
    ) -> Result<MatchModel, Error> {
        let rule = self.matching_rule(object)?;
        let records = self.normalised_watched(records, options.watch.as_ref().map(|w| w.part(0, 200)))?;
        Ok(self.matching().teach_with(&rule, &records, labels, &after_normalising(options))?)
    }

    /// This engine with the weights of a model, for one record and for whole tables alike.
    ///
    /// # Errors
    /// [`Error::Matching`] for a model that was learned for another rule.
    pub fn with_model(&self, model: &MatchModel) -> Result<Self, Error> {
        Ok(self.with_matching(self.matching().with_model(model)?))
    }

    /// Makes one record of each cluster of a table, by the Blueprint's rules of survivorship, with the lineage of each
    /// value. `clusters` names the cluster of each row, as [`Engine::dedupe`] answers it.
    ///
    /// ```
    /// use qudao::prelude::*;
    ///
    /// let engine = Engine::from_yaml("qudao: 1\nsurvivorship: {account: {fields: {name: longest}}}\n")?;
    /// let account = engine.schema().object("account").unwrap();
    /// let row = |id: &str, name: &str| Record::new(account.clone(), RecordId::new(id).unwrap()).with("name", name).unwrap();
    /// let rows = [row("a", "Acme"), row("b", "Zebra"), row("c", "Acme Limited")];
    /// let golden = engine.golden(&ObjectName::new("account")?, &rows, &[0, 1, 0])?;
    /// assert_eq!(golden.rows.len(), 2);
    /// assert_eq!(golden.rows[0].record.get("name").as_text(), Some("Acme Limited"));
    /// assert_eq!(golden.rows[0].cells[0].from.as_str(), "c");
    /// # Ok::<(), qudao::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::UnknownObject`].
    pub fn golden(
        &self,
        object: &ObjectName,
        records: &[Record],
        clusters: &[u32],
    ) -> Result<GoldenTable, Error> {
        let rules =
            self.survivorship().rules(object.as_str()).ok_or_else(|| self.unknown_object(object.as_str()))?;
        let normalise = |record: &mut Record| {
            self.quality().normalise(record, None);
        };
        Ok(rules.golden_table(records, clusters, &normalise))
    }

    /// Finds records of one table in another.
    ///
    /// # Errors
    /// As [`Engine::dedupe`].
    pub fn link(
        &self,
        object: &ObjectName,
        left: &[Record],
        right: &[Record],
        threshold: Option<Decimal>,
    ) -> Result<(RuleId, Link), Error> {
        self.link_with(object, left, right, &Dedupe { threshold, ..Dedupe::default() })
    }

    /// As [`Engine::link`], with options: the number of threads, on which the answer never depends, and a watch.
    ///
    /// # Errors
    /// As [`Engine::dedupe`].
    pub fn link_with(
        &self,
        object: &ObjectName,
        left: &[Record],
        right: &[Record],
        options: &Dedupe,
    ) -> Result<(RuleId, Link), Error> {
        let rule = self.matching_rule(object)?;
        let watch = options.watch.as_ref();
        let left = self.normalised_watched(left, watch.map(|w| w.part(0, 100)))?;
        let right = self.normalised_watched(right, watch.map(|w| w.part(100, 200)))?;
        let link = self.matching().link_with(&rule, &left, &right, &after_normalising(options))?;
        Ok((rule, link))
    }

    /// What the search for duplicates in a table looked at and what it found, as numbers and examples for a report; the feature
    /// `report` makes a page of it. `rule` and `found` are what [`Engine::dedupe`] answered for the records.
    ///
    /// # Errors
    /// [`Error::Matching`] as [`Engine::dedupe`], and for labels of rows that are not there or that contradict each other.
    pub fn survey(
        &self,
        rule: &RuleId,
        records: &[Record],
        found: &Batch,
        options: &SurveyOptions,
    ) -> Result<Survey, Error> {
        Ok(self.matching().survey(rule, &self.normalised(records), found, options)?)
    }

    /// As [`Engine::survey`], of two tables that were linked.
    ///
    /// # Errors
    /// As [`Engine::survey`].
    pub fn survey_link(
        &self,
        rule: &RuleId,
        left: &[Record],
        right: &[Record],
        found: &Link,
        options: &SurveyOptions,
    ) -> Result<Survey, Error> {
        let (left, right) = (self.normalised(left), self.normalised(right));
        Ok(self.matching().survey_link(rule, &left, &right, found, options)?)
    }

    /// Why two records are taken for the same, or not, field by field.
    ///
    /// # Errors
    /// As [`Engine::dedupe`].
    pub fn explain_pair(&self, rule: &RuleId, left: &Record, right: &Record) -> Result<PairScore, Error> {
        let pair = self.normalised(&[left.clone(), right.clone()]);
        match pair.as_slice() {
            [a, b] => Ok(self.matching().compare(rule, a, b)?),
            _ => Err(Error::Internal { detail: "two records make a pair".into() }),
        }
    }

    /// As [`Self::normalised`], until somebody says to stop.
    fn normalised_watched(&self, records: &[Record], watch: Option<Watch>) -> Result<Vec<Record>, Error> {
        let Some(watch) = watch else { return Ok(self.normalised(records)) };
        let mut all = Vec::with_capacity(records.len());
        for some in records.chunks(1024) {
            if watch.is_cancelled() {
                return Err(MatchError::Cancelled.into());
            }
            all.append(&mut self.normalised(some));
            watch.tell(all.len(), records.len());
        }
        Ok(all)
    }

    fn normalised(&self, records: &[Record]) -> Vec<Record> {
        let mut records = records.to_vec();
        for record in &mut records {
            self.quality().normalise(record, None);
        }
        records
    }

    /// Computes KPIs over tables.
    ///
    /// # Errors
    /// [`Error::Metrics`] for an unknown metric, a bad window or a missing exchange rate.
    pub fn kpis(
        &self,
        data: &Dataset,
        visits: &[Visit],
        query: &KpiQuery,
        rates: &RateTable,
        now: Instant,
    ) -> Result<KpiReport, Error> {
        self.kpis_with_merged(data, &[], visits, query, rates, now)
    }

    /// As [`Engine::kpis`], with the records that were merged into others.
    pub(crate) fn kpis_with_merged(
        &self,
        data: &Dataset,
        merged: &[Record],
        visits: &[Visit],
        query: &KpiQuery,
        rates: &RateTable,
        now: Instant,
    ) -> Result<KpiReport, Error> {
        let asked = |name: &str| query.metrics.is_empty() || self.reads_kind(query, name);
        let mut completeness = BTreeMap::new();
        if asked("completeness") {
            for object in data.objects() {
                for record in data.records(object.as_str()) {
                    if let Some(score) = self.quality().completeness(record).score {
                        completeness.insert(record.key(), score);
                    }
                }
            }
        }
        let mut clusters = BTreeMap::new();
        if asked("duplicate_rate") {
            for object in data.objects() {
                if let Some(found) = self.clusters(object, data.records(object.as_str()))? {
                    clusters.insert(object.clone(), found);
                }
            }
        }
        let input = KpiInput {
            data,
            merged,
            visits,
            completeness: &completeness,
            clusters: &clusters,
            rates,
            blueprint: self.hash(),
            as_of: query.as_of.unwrap_or(now),
        };
        Ok(self.metrics().compute(&input, query)?)
    }

    fn reads_kind(&self, query: &KpiQuery, kind: &str) -> bool {
        let spec = &self.blueprint().spec().metrics;
        query.metrics.iter().any(|m| {
            m == kind
                || spec
                    .get(m)
                    .is_some_and(|s| serde_json::to_value(s.kind).is_ok_and(|k| k.as_str() == Some(kind)))
        })
    }

    fn clusters(&self, object: &ObjectName, records: &[Record]) -> Result<Option<ClusterInput>, Error> {
        let Some(rule) = self.rule_for(object).cloned() else { return Ok(None) };
        if records.is_empty() {
            return Ok(None);
        }
        let batch = self.matching().batch(&rule, records, None)?;
        let id = |row: &u32| records.get(*row as usize).map(|r| r.id().clone());
        let clusters = batch.groups().iter().map(|rows| rows.iter().filter_map(id).collect()).collect();
        let spec = self.blueprint().spec().matching.get(&rule);
        let text = serde_json::to_string(&spec).unwrap_or_default();
        Ok(Some(ClusterInput {
            rule: Hash::of(format!("{SEMANTICS_VERSION}\n{rule}\n{text}").as_bytes()),
            clusters,
        }))
    }

    /// The fields by which a query groups, with the objects they stand on: for the check of masks.
    pub(crate) fn group_fields(&self, query: &KpiQuery) -> BTreeSet<(ObjectName, FieldName)> {
        let mut fields = BTreeSet::new();
        for key in &query.by {
            let GroupKey::Field(path) = key else { continue };
            // Metrics measure several objects: the path is followed from each.
            for start in self.schema().objects() {
                let mut object = start;
                for part in path.split('.') {
                    let Some(def) = object.field(part) else { break };
                    fields.insert((object.name.clone(), def.name.clone()));
                    let FieldType::Reference(next) = &def.ty else { break };
                    let Some(next) = self.schema().object(next.as_str()) else { break };
                    object = next;
                }
            }
        }
        fields
    }

    /// Asks whether a record may enter a stage. The record's own `stage` says where it is; `related` holds what
    /// criteria navigate to.
    ///
    /// # Errors
    /// [`Error::NoProcess`] when no process takes the record, [`Error::Pipeline`] when a related table is not given.
    pub fn gate(
        &self,
        record: &Record,
        to: &StageId,
        actor: &Actor,
        related: &Dataset,
        now: Instant,
    ) -> Result<GateReport, Error> {
        let mut record = record.clone();
        self.quality().normalise(&mut record, None);
        let mut data = related.clone();
        data.put(record.clone());
        let process = self.process_of(&record, &data, now)?;
        let from = record.get("stage").as_text().and_then(|s| StageId::new(s).ok());
        let visits = standing_visit(&record, &process, from.as_ref(), now, actor);
        let before = from.is_some().then(|| record.clone());
        let mut report = self.pipeline().gate(&GateRequest {
            record: &record,
            before: before.as_ref(),
            data: &data,
            process: &process,
            from: from.as_ref(),
            to,
            visits: &visits,
            operation: Operation::Advance,
            occurred_at: now,
            now,
            actor,
            grants: &[],
            zone: self.zone(),
            historical: false,
        })?;
        for violation in &mut report.violations {
            self.word(violation);
        }
        Ok(report)
    }

    /// The process that a record is in, or that takes it.
    pub(crate) fn process_of(
        &self,
        record: &Record,
        data: &Dataset,
        now: Instant,
    ) -> Result<ProcessId, Error> {
        if let Some(id) = record.get("process").as_text().and_then(|p| ProcessId::new(p).ok())
            && self.pipeline().processes().any(|p| *p.id() == id)
        {
            return Ok(id);
        }
        let choice = self.pipeline().choose(record, data, now)?;
        match (choice.process, choice.finding) {
            (Some(process), _) => Ok(process),
            (None, Some(finding)) => Err(Error::NoProcess { finding: Box::new(finding) }),
            (None, None) => Err(Error::Internal { detail: "a choice without an answer".into() }),
        }
    }

    /// What is missing for each step that a stored record may take next.
    pub(crate) fn next_steps(
        &self,
        record: &Record,
        visits: &[Visit],
        actor: &Actor,
        grants: &[Grant],
        now: Instant,
        view: &dyn StateView,
    ) -> Result<Vec<NextStep>, Error> {
        let programs = self.pipeline().programs(record.object().as_str());
        let data = neighbourhood::load(self.schema(), view, std::slice::from_ref(record), programs)?;
        let mut steps = self.pipeline().next_steps(record, &data, visits, actor, grants, now, self.zone())?;
        for step in &mut steps {
            for violation in step.missing.iter_mut().chain(&mut step.advised) {
                self.word(violation);
            }
        }
        Ok(steps)
    }

    /// Visits from rows of plain values: `record` (or the object's name), `stage`, `entered`, and optionally `left`,
    /// `process`, `reason`.
    ///
    /// # Errors
    /// [`Error::BadVisit`] with the 0-based row when a row names no record, no known stage or no time of entering.
    pub fn visits(
        &self,
        object: &ObjectName,
        rows: impl IntoIterator<Item = BTreeMap<String, qudao_model::Value>>,
    ) -> Result<Vec<Visit>, Error> {
        self.require(object)?;
        let mut seen: BTreeMap<RecordId, u32> = BTreeMap::new();
        let mut visits = Vec::new();
        for (row, values) in rows.into_iter().enumerate() {
            let bad = |field: &'static str| Error::BadVisit { row, field };
            let text = |name: &str| values.get(name).and_then(|v| v.as_text()).map(str::to_owned);
            let id = text("record").or_else(|| text(object.as_str())).ok_or_else(|| bad("record"))?;
            let id = RecordId::new(id).map_err(|_| bad("record"))?;
            let stage = StageId::new(text("stage").ok_or_else(|| bad("stage"))?).map_err(|_| bad("stage"))?;
            let named = text("process").and_then(|p| ProcessId::new(p).ok());
            let (process, found) = self
                .pipeline()
                .processes_of(object.as_str())
                .filter(|p| named.as_ref().is_none_or(|n| p.id() == n))
                .find_map(|p| p.stage(stage.as_str()).map(|s| (p, s)))
                .ok_or_else(|| bad("stage"))?;
            let (order, class) = (found.order(), found.class());
            let time = |name: &str| -> Option<Instant> {
                let value = values.get(name)?;
                match FieldType::Instant.coerce(value.clone()) {
                    Ok(v) => v.as_instant(),
                    Err(_) => None,
                }
            };
            let entered = time("entered").ok_or_else(|| bad("entered"))?;
            let left = time("left");
            let seq = seen.entry(id.clone()).or_insert(0);
            visits.push(Visit {
                record: RecordKey { object: object.clone(), id },
                seq: *seq,
                process: process.id().clone(),
                process_version: process.version().to_string(),
                stage,
                stage_order: order,
                class,
                entered,
                left,
                recorded_at: entered,
                left_recorded_at: left,
                actor: qudao_model::ActorId::new("import")?,
                cause: VisitCause::Historical,
                reason: text("reason"),
            });
            *seq += 1;
        }
        Ok(visits)
    }
}

/// What is left to be watched when the records are normalised.
fn after_normalising(options: &Dedupe) -> Dedupe {
    Dedupe { watch: options.watch.as_ref().map(|w| w.part(200, 1000)), ..options.clone() }
}

/// The visit that a record without stored visits is in, so that times in criteria have a beginning.
fn standing_visit(
    record: &Record,
    process: &ProcessId,
    from: Option<&StageId>,
    now: Instant,
    actor: &Actor,
) -> Vec<Visit> {
    let Some(stage) = from else { return Vec::new() };
    let entered = record
        .get("stage_entered_at")
        .as_instant()
        .or_else(|| record.get("created_at").as_instant())
        .unwrap_or(now);
    vec![Visit {
        record: record.key(),
        seq: 0,
        process: process.clone(),
        process_version: record.get("process_version").to_string(),
        stage: stage.clone(),
        stage_order: 0,
        class: StageClass::Open,
        entered,
        left: None,
        recorded_at: entered,
        left_recorded_at: None,
        actor: actor.id.clone(),
        cause: VisitCause::Historical,
        reason: None,
    }]
}

/// A problem of a row that could not be read.
pub(crate) fn row_problem(object: &ObjectName, code: &'static str, kind: &str) -> Violation {
    Violation::new(code, rule_id(kind), object.clone())
}
