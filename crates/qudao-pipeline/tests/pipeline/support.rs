//! A record that moves through a process, as a workspace would keep it.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use chrono_tz::Tz;
use qudao_model::{
    Actor, ActorId, Change, Dataset, Document, Grant, Instant, Lint, ObjectName, ObjectSpec, Operation,
    Patch, ProcessId, Record, RecordId, RoleName, RuleId, Schema, StageId, Value, Visit,
};
use qudao_pipeline::{GateReport, GateRequest, NextStep, Pipeline, ProcessSpec};

pub(crate) const ZONE: Tz = chrono_tz::Asia::Shanghai;

/// Noon UTC, `days` after the first of January 2026.
pub(crate) fn day(days: i64) -> Instant {
    let first = Instant::parse("2026-01-01T12:00:00Z").unwrap();
    first.plus(qudao_model::Span::from_days(days))
}

pub(crate) fn specs(yaml: &str) -> BTreeMap<ProcessId, ProcessSpec> {
    let document = Document::parse("test", yaml).unwrap();
    serde_json::from_value(document.into_json()).unwrap()
}

/// The standard schema with a company's additions; built once for none.
pub(crate) fn schema(objects: &str) -> Arc<Schema> {
    static STANDARD: OnceLock<Arc<Schema>> = OnceLock::new();
    if objects == "{}" {
        return STANDARD.get_or_init(|| Arc::new(Schema::standard("CNY"))).clone();
    }
    let specs: BTreeMap<ObjectName, ObjectSpec> =
        serde_json::from_value(Document::parse("test", objects).unwrap().into_json()).unwrap();
    Arc::new(Schema::build(&specs, "CNY").unwrap())
}

pub(crate) fn compile(yaml: &str) -> Result<Pipeline, Vec<Lint>> {
    Pipeline::compile(&specs(yaml), &schema("{}"), ZONE)
}

pub(crate) fn pipeline(yaml: &str) -> Pipeline {
    compile(yaml).unwrap_or_else(|lints| panic!("{lints:#?}"))
}

pub(crate) fn actor(roles: &[&str]) -> Actor {
    let start = Actor::new(ActorId::new("u1").unwrap());
    roles.iter().fold(start, |a, r| a.with_role(RoleName::new(r).unwrap()))
}

pub(crate) fn process(id: &str) -> ProcessId {
    ProcessId::new(id).unwrap()
}

pub(crate) fn stage(id: &str) -> StageId {
    StageId::new(id).unwrap()
}

/// One deal with its visits.
#[derive(Debug, Clone)]
pub(crate) struct Deal {
    pub(crate) process: ProcessId,
    pub(crate) record: Record,
    pub(crate) visits: Vec<Visit>,
    pub(crate) data: Dataset,
    pub(crate) grants: Vec<Grant>,
    pub(crate) actor: Actor,
    pub(crate) operation: Operation,
}

impl Deal {
    pub(crate) fn new(process_id: &str) -> Self {
        Self::with_schema(process_id, &schema("{}"))
    }

    pub(crate) fn with_schema(process_id: &str, schema: &Schema) -> Self {
        let object = schema.object("opportunity").unwrap().clone();
        let mut data = Dataset::new();
        for object in ["account", "contact", "contact_role", "document", "partner", "activity"] {
            data.add(&ObjectName::new(object).unwrap(), Vec::new()).unwrap();
        }
        Self {
            process: process(process_id),
            record: Record::new(object, RecordId::new("o1").unwrap()),
            visits: Vec::new(),
            data,
            grants: Vec::new(),
            actor: actor(&["seller"]),
            operation: Operation::Advance,
        }
    }

    pub(crate) fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.set(field, value);
        self
    }

    pub(crate) fn set(&mut self, field: &str, value: impl Into<Value>) {
        assert!(self.record.set(field, value).unwrap(), "{field}");
    }

    pub(crate) fn tick(&mut self, items: &[&str]) {
        self.set("checklist", Value::list(items.iter().map(Value::text)));
    }

    pub(crate) fn grant(&mut self, rule: &str) {
        let rule = RuleId::new(rule).unwrap();
        self.grants.push(Grant {
            id: format!("g{}", self.grants.len()),
            record: self.record.key(),
            rule,
            granted_by: ActorId::new("boss").unwrap(),
            granted_to: None,
            reason: "agreed".into(),
            expires_at: None,
            granted_at: day(0),
        });
    }

    pub(crate) fn stage(&self) -> Option<StageId> {
        self.record.get("stage").as_text().map(stage)
    }

    pub(crate) fn ask(
        &self,
        pipeline: &Pipeline,
        to: &str,
        occurred_at: Instant,
        now: Instant,
    ) -> GateReport {
        self.ask_as(pipeline, to, occurred_at, now, false)
    }

    pub(crate) fn ask_as(
        &self,
        pipeline: &Pipeline,
        to: &str,
        occurred_at: Instant,
        now: Instant,
        historical: bool,
    ) -> GateReport {
        let from = self.stage();
        let to = stage(to);
        pipeline
            .gate(&GateRequest {
                record: &self.record,
                before: from.is_some().then_some(&self.record),
                data: &self.data,
                process: &self.process,
                from: from.as_ref(),
                to: &to,
                visits: &self.visits,
                operation: self.operation,
                occurred_at,
                now,
                actor: &self.actor,
                grants: &self.grants,
                zone: ZONE,
                historical,
            })
            .unwrap()
    }

    /// Makes the move when the gate allows it.
    pub(crate) fn go(&mut self, pipeline: &Pipeline, to: &str, at: Instant) -> GateReport {
        let report = self.ask(pipeline, to, at, at);
        self.apply(&report);
        report
    }

    /// Makes a move that must be allowed.
    pub(crate) fn must(&mut self, pipeline: &Pipeline, to: &str, at: Instant) -> GateReport {
        let report = self.go(pipeline, to, at);
        assert!(report.allowed, "{to}: {:?}", codes(&report));
        report
    }

    pub(crate) fn apply(&mut self, report: &GateReport) {
        self.patch(&report.patch);
        for change in &report.changes {
            self.change(change);
        }
    }

    pub(crate) fn patch(&mut self, patch: &Patch) {
        for (field, value) in &patch.set {
            assert!(self.record.set(field.as_str(), value.clone()).unwrap(), "{field}");
        }
    }

    pub(crate) fn change(&mut self, change: &Change) {
        match change {
            Change::OpenVisit { visit } => {
                assert_eq!(usize::try_from(visit.seq).unwrap(), self.visits.len());
                self.visits.push(visit.clone());
            }
            Change::CloseVisit { seq, left, recorded_at, .. } => {
                let visit = &mut self.visits[usize::try_from(*seq).unwrap()];
                assert_eq!(visit.left, None, "a visit is left once");
                visit.left = Some(*left);
                visit.left_recorded_at = Some(*recorded_at);
            }
            Change::UseGrant { .. } => {}
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn steps(&self, pipeline: &Pipeline, now: Instant) -> Vec<NextStep> {
        pipeline
            .next_steps(&self.record, &self.data, &self.visits, &self.actor, &self.grants, now, ZONE)
            .unwrap()
    }

    /// Adds a record that the deal's rules may navigate to.
    pub(crate) fn related(&mut self, schema: &Schema, object: &str, id: &str, values: &[(&str, Value)]) {
        let mut record = Record::new(schema.object(object).unwrap().clone(), RecordId::new(id).unwrap());
        for (field, value) in values {
            assert!(record.set(field, value.clone()).unwrap(), "{field}");
        }
        self.data.put(record);
    }
}

pub(crate) fn codes(report: &GateReport) -> Vec<String> {
    report.violations.iter().map(|v| v.code.to_string()).collect()
}

pub(crate) fn lint_codes(lints: &[Lint]) -> Vec<&'static str> {
    let mut codes: Vec<_> = lints.iter().map(|l| l.code).collect();
    codes.sort_unstable();
    codes
}
