//! The numbers of a report, read through a session: nothing that its actor may not see.

use std::collections::{BTreeMap, BTreeSet};

use qudao::metrics::{CycleStart, GroupKey, KpiQuery, KpiReport, RateTable};
use qudao::prelude::{Instant, MetricId, ObjectName, Query, Record, RecordId, Session, Value};
use qudao::{Engine, Error};

use crate::fault::Fault;

/// The numbers of a report.
pub(crate) struct Numbers {
    /// Everything as a whole.
    pub(crate) whole: KpiReport,
    /// By the report's group.
    pub(crate) grouped: KpiReport,
    /// Won value by month.
    pub(crate) monthly: KpiReport,
    /// The path of the group.
    pub(crate) by: String,
    /// Names of the records that groups speak of.
    pub(crate) names: BTreeMap<String, String>,
    /// Calendar days of every won deal that the sales cycle measures, sorted.
    pub(crate) cycle_days: Vec<i64>,
    /// Records by object.
    pub(crate) counts: BTreeMap<ObjectName, usize>,
}

const GROUPED: [&str; 8] = [
    "win_rate",
    "closed_won",
    "closed_lost",
    "won_value",
    "sales_cycle",
    "weighted_pipeline",
    "pipeline_value",
    "stage_age",
];

fn metrics(engine: &Engine, ids: &[&str]) -> Vec<MetricId> {
    let known: BTreeSet<MetricId> = engine.metrics().list().into_iter().map(|m| m.id).collect();
    ids.iter().filter_map(|id| MetricId::new(id).ok()).filter(|id| known.contains(id)).collect()
}

/// Reads the numbers.
pub(crate) fn gather(session: &Session, by: Option<&str>, now: Instant) -> Result<Numbers, Fault> {
    let engine = session.workspace().engine();
    let rates = RateTable::new();
    let counts = session.counts()?;
    let by = match by {
        Some(path) => path.to_owned(),
        None => group_of(session, &counts, now)?,
    };
    let whole = session.kpis(&KpiQuery::all(), &rates, now)?;
    let grouped = session.kpis(
        &KpiQuery { by: vec![GroupKey::parse(&by)], ..KpiQuery::of(metrics(engine, &GROUPED)) },
        &rates,
        now,
    )?;
    let monthly = session.kpis(
        &KpiQuery { by: vec![GroupKey::parse("month")], ..KpiQuery::of(metrics(engine, &["won_value"])) },
        &rates,
        now,
    )?;
    let names = names(session, engine, &by, now)?;
    let cycle_days = cycle_days(session, engine, &whole, now)?;
    Ok(Numbers { whole, grouped, monthly, by, names, cycle_days, counts })
}

fn all(session: &Session, object: &str, now: Instant) -> Result<Vec<Record>, Fault> {
    let object = ObjectName::new(object).map_err(Error::from)?;
    Ok(session.query(&Query::of(object).page(usize::MAX), now)?.records)
}

/// Partners where there are any; else the regions of owners; else owners.
fn group_of(session: &Session, counts: &BTreeMap<ObjectName, usize>, now: Instant) -> Result<String, Fault> {
    if counts.get("partner").is_some_and(|n| *n > 1) {
        return Ok("partner".to_owned());
    }
    let regions: BTreeSet<String> = all(session, "user", now)?
        .iter()
        .filter_map(|u| u.get("region").as_text().map(str::to_owned))
        .collect();
    Ok(if regions.len() > 1 { "owner.region".to_owned() } else { "owner".to_owned() })
}

/// The names of the records that the last reference of a path points to.
fn names(
    session: &Session,
    engine: &Engine,
    by: &str,
    now: Instant,
) -> Result<BTreeMap<String, String>, Fault> {
    let mut object = engine.schema().object("opportunity").cloned();
    let mut target = None;
    for part in by.split('.') {
        target = object.as_ref().and_then(|o| o.field(part)).and_then(|f| match &f.ty {
            qudao::model::FieldType::Reference(target) => Some(target.clone()),
            _ => None,
        });
        object = target.as_ref().and_then(|t| engine.schema().object(t.as_str())).cloned();
    }
    let Some(target) = target else { return Ok(BTreeMap::new()) };
    Ok(all(session, target.as_str(), now)?
        .into_iter()
        .filter_map(|r| r.get("name").as_text().map(|n| (r.id().to_string(), n.to_owned())))
        .collect())
}

/// The spans behind the sales cycle, counted as the metric counts them.
fn cycle_days(
    session: &Session,
    engine: &Engine,
    whole: &KpiReport,
    now: Instant,
) -> Result<Vec<i64>, Fault> {
    let Some(row) = whole.whole("sales_cycle", Some("median")) else { return Ok(Vec::new()) };
    let measured: BTreeSet<&RecordId> = row.ids.denominator.iter().collect();
    let Some(object) = &row.object else { return Ok(Vec::new()) };
    let spec = engine.blueprint().spec().metrics.iter().find(|(id, _)| id.as_str() == "sales_cycle");
    let start = spec.and_then(|(_, s)| s.start).unwrap_or_default();
    let day = |at: Option<Instant>| at.and_then(|t| t.date_in(engine.zone()));
    let mut days = Vec::with_capacity(measured.len());
    for record in all(session, object.as_str(), now)?.iter().filter(|r| measured.contains(r.id())) {
        let begin = match start {
            CycleStart::Created => date(record.get("created_at"), &day),
            CycleStart::Qualified => date(record.get("qualified_at"), &day),
            CycleStart::FirstActive => day(session.visits(object, record.id())?.first().map(|v| v.entered)),
        };
        if let (Some(begin), Some(end)) = (begin, date(record.get("closed_at"), &day)) {
            days.push((end - begin).num_days());
        }
    }
    days.sort_unstable();
    Ok(days)
}

fn date(
    value: &Value,
    day: &dyn Fn(Option<Instant>) -> Option<chrono::NaiveDate>,
) -> Option<chrono::NaiveDate> {
    value.as_date().or_else(|| day(value.as_instant()))
}
