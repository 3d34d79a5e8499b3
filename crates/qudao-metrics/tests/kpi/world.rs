//! A small company to measure.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use qudao_metrics::{
    ClusterInput, KpiInput, KpiQuery, KpiReport, KpiValue, MetricSpec, Metrics, MetricsError, Number,
    ProcessInfo, RateTable, StageInfo, Window,
};
use qudao_model::{
    ActorId, Dataset, Decimal, Hash, Instant, MetricId, ObjectName, ProcessId, Record, RecordId, RecordKey,
    Schema, StageClass, StageId, Value, Visit, VisitCause,
};

pub(crate) const ZONE: chrono_tz::Tz = chrono_tz::Asia::Shanghai;

pub(crate) fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Ten in the morning in Shanghai, or an RFC 3339 instant.
pub(crate) fn at(text: &str) -> Instant {
    if text.contains('T') {
        return Instant::parse(text).unwrap();
    }
    let start = Instant::start_of_day(day(text), ZONE).unwrap();
    Instant::from_micros(start.micros() + 10 * 3_600_000_000)
}

pub(crate) fn metric(id: &str) -> MetricId {
    MetricId::new(id).unwrap()
}

pub(crate) fn object(name: &str) -> ObjectName {
    ObjectName::new(name).unwrap()
}

pub(crate) fn cny(amount: &str) -> Value {
    Value::money(d(amount), "CNY")
}

fn stage(id: &str, order: u32, class: StageClass, probability: Option<&str>) -> StageInfo {
    StageInfo { id: StageId::new(id).unwrap(), order, class, probability: probability.map(d) }
}

/// qualified 0.2 → proposal 0.5 → negotiation 0.8 → won; lost and cancelled beside.
pub(crate) fn sale() -> ProcessInfo {
    ProcessInfo {
        id: ProcessId::new("sale").unwrap(),
        version: "1".into(),
        object: object("opportunity"),
        stages: vec![
            stage("qualified", 0, StageClass::Open, Some("0.2")),
            stage("proposal", 1, StageClass::Open, Some("0.5")),
            stage("negotiation", 2, StageClass::Open, Some("0.8")),
            stage("won", 3, StageClass::Won, Some("1")),
            stage("lost", 4, StageClass::Lost, Some("0")),
            stage("cancelled", 5, StageClass::Cancelled, None),
        ],
    }
}

/// A second, shorter process.
pub(crate) fn renewal() -> ProcessInfo {
    ProcessInfo {
        id: ProcessId::new("renewal").unwrap(),
        version: "1".into(),
        object: object("opportunity"),
        stages: vec![
            stage("offer", 0, StageClass::Open, Some("0")),
            stage("signed", 1, StageClass::Won, Some("1")),
            stage("ended", 2, StageClass::Lost, Some("0")),
        ],
    }
}

pub(crate) struct World {
    pub(crate) schema: Arc<Schema>,
    pub(crate) processes: Vec<ProcessInfo>,
    pub(crate) data: Dataset,
    pub(crate) merged: Vec<Record>,
    pub(crate) visits: Vec<Visit>,
    pub(crate) completeness: BTreeMap<RecordKey, Decimal>,
    pub(crate) clusters: BTreeMap<ObjectName, ClusterInput>,
    pub(crate) rates: RateTable,
    pub(crate) blueprint: Hash,
    pub(crate) as_of: Instant,
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            schema: Arc::new(Schema::standard("CNY")),
            processes: vec![sale()],
            data: Dataset::new(),
            merged: Vec::new(),
            visits: Vec::new(),
            completeness: BTreeMap::new(),
            clusters: BTreeMap::new(),
            rates: RateTable::new(),
            blueprint: Hash::of(b"blueprint"),
            as_of: at("2024-07-01"),
        }
    }

    pub(crate) fn put(&mut self, object: &str, id: &str, fields: &[(&str, Value)]) {
        let schema = self.schema.object(object).unwrap().clone();
        let mut record = Record::new(schema, RecordId::new(id).unwrap());
        for (name, value) in fields {
            assert!(record.set(name, value.clone()).unwrap(), "no field {name}");
        }
        self.data.put(record);
    }

    pub(crate) fn deal(&mut self, id: &str, fields: &[(&str, Value)]) {
        self.put("opportunity", id, fields);
    }

    /// A deal with its stage visits; each recorded when it happened.
    pub(crate) fn path(&mut self, id: &str, fields: &[(&str, Value)], steps: &[(&str, &str)]) {
        self.deal(id, fields);
        for (stage, when) in steps {
            self.step(id, stage, when, when);
        }
    }

    pub(crate) fn step(&mut self, id: &str, stage: &str, entered: &str, recorded: &str) {
        let record = RecordKey { object: object("opportunity"), id: RecordId::new(id).unwrap() };
        let (process, info) = self
            .processes
            .iter()
            .find_map(|p| Some((p.id.clone(), p.stages.iter().find(|s| s.id == *stage)?)))
            .unwrap();
        let seq = self.visits.iter().filter(|v| v.record == record).count();
        if let Some(before) = self.visits.iter_mut().rev().find(|v| v.record == record) {
            before.left = Some(at(entered));
            before.left_recorded_at = Some(at(recorded));
        }
        self.visits.push(Visit {
            record,
            seq: u32::try_from(seq).unwrap(),
            process,
            process_version: "1".into(),
            stage: info.id.clone(),
            stage_order: info.order,
            class: info.class,
            entered: at(entered),
            left: None,
            recorded_at: at(recorded),
            left_recorded_at: None,
            actor: ActorId::new("u1").unwrap(),
            cause: VisitCause::Forward,
            reason: None,
        });
    }

    pub(crate) fn metrics(&self, specs: &[(&str, MetricSpec)]) -> Metrics {
        let specs = specs.iter().map(|(id, spec)| (metric(id), spec.clone())).collect();
        Metrics::compile(&specs, &self.schema, self.processes.clone(), ZONE).unwrap()
    }

    pub(crate) fn ask(&self, metrics: &Metrics, query: &KpiQuery) -> Result<KpiReport, MetricsError> {
        let input = KpiInput {
            data: &self.data,
            merged: &self.merged,
            visits: &self.visits,
            completeness: &self.completeness,
            clusters: &self.clusters,
            rates: &self.rates,
            blueprint: &self.blueprint,
            as_of: self.as_of,
        };
        metrics.compute(&input, query)
    }

    pub(crate) fn report(&self, query: &KpiQuery) -> KpiReport {
        self.ask(&self.metrics(&[]), query).unwrap()
    }

    /// One built-in metric over a query, its only row.
    pub(crate) fn one(&self, id: &str, query: KpiQuery) -> KpiValue {
        let report = self.report(&KpiQuery { metrics: vec![metric(id)], ..query });
        assert_eq!(report.rows.len(), 1, "{:#?}", report.rows);
        report.rows.into_iter().next().unwrap()
    }
}

pub(crate) fn window(from: &str, to: &str) -> KpiQuery {
    KpiQuery::all().window(Window::new(day(from), day(to)))
}

/// The first and second quarter of 2024.
pub(crate) fn q1() -> KpiQuery {
    window("2024-01-01", "2024-04-01")
}

pub(crate) fn q2() -> KpiQuery {
    window("2024-04-01", "2024-07-01")
}

pub(crate) fn value(row: &KpiValue) -> String {
    match &row.value {
        Number::Defined(n) => n.to_string(),
        Number::Undefined(reason) => reason.code().to_owned(),
    }
}

/// `group | part = value` per row.
pub(crate) fn lines(report: &KpiReport) -> Vec<String> {
    report
        .rows
        .iter()
        .map(|row| {
            let group: Vec<String> = row.group.iter().map(|(_, v)| v.to_string()).collect();
            let part = row.part.as_deref().unwrap_or("-");
            format!("{} | {} = {} (n {})", group.join("/"), part, value(row), row.n)
        })
        .collect()
}

pub(crate) fn excluded(row: &KpiValue) -> Vec<(&'static str, u64)> {
    row.excluded.iter().map(|e| (e.reason.code(), e.count)).collect()
}

pub(crate) fn ids(list: &[RecordId]) -> Vec<&str> {
    list.iter().map(RecordId::as_str).collect()
}
