//! KPIs: over tables, and over a workspace into which the tables were brought, which must agree.

use std::collections::BTreeMap;

use qudao::metrics::{Basis, Bound, GroupKey, KpiQuery, KpiReport, KpiValue, RateTable, Window};
use qudao::model::{Instant, MetricId, RecordId, Value, Visit};
use qudao::{Engine, Workspace};
use serde_json::{Map, Value as Json, json};

use super::session::{session, submit};
use super::values::{actor, dataset, id, instant, list, rates, shown, text, value};

/// The process that visits belong to.
const PROCESS: &str = "sale";

/// Objects in an order in which each comes after those it points to.
const ORDER: [&str; 6] = ["partner", "account", "campaign", "lead", "opportunity", "activity"];

pub(super) fn observe(engine: &Engine, input: &Json) -> Result<Json, String> {
    let now = instant(text(input, "now")?)?;
    let (query, rates) = (query(input)?, rates(input)?);
    let over_tables =
        tables(engine, input, &query, &rates, now)?.map(|r| report(&r)).map_err(|e| e.to_string())?;
    if input.get("tables_only").and_then(Json::as_bool) != Some(true) {
        let workspace = loaded(engine, input, now)?;
        let session = session(&workspace, actor(None)?);
        let in_workspace = report(&session.kpis(&query, &rates, now).map_err(|e| e.to_string())?);
        if in_workspace != over_tables {
            return Err(format!(
                "over tables and in a workspace differ\n      tables    {over_tables}\n      workspace {in_workspace}"
            ));
        }
    }
    Ok(over_tables)
}

/// Over the tables of a case.
pub(super) fn tables(
    engine: &Engine,
    input: &Json,
    query: &KpiQuery,
    rates: &RateTable,
    now: Instant,
) -> Result<Result<KpiReport, qudao::Error>, String> {
    let data = dataset(engine, input.get("data"))?;
    let visits = visits(engine, list(input, "visits"))?;
    Ok(engine.kpis(&data, &visits, query, rates, now))
}

fn visits(engine: &Engine, rows: &[Json]) -> Result<Vec<Visit>, String> {
    let mut cells = Vec::with_capacity(rows.len());
    for row in rows {
        let mut cell: BTreeMap<String, Value> = BTreeMap::new();
        for (key, json) in row.as_object().into_iter().flatten() {
            cell.insert(key.clone(), value(json)?);
        }
        cells.push(cell);
    }
    engine.visits(&id("opportunity")?, cells).map_err(|e| e.to_string())
}

/// A workspace with the tables in it. Deals come with their visits, as history; all else as rows of an import.
fn loaded(engine: &Engine, input: &Json, now: Instant) -> Result<Workspace, String> {
    let workspace = Workspace::in_memory(engine.clone()).map_err(|e| e.to_string())?;
    let none = Map::new();
    let data = input.get("data").and_then(Json::as_object).unwrap_or(&none);
    if let Some(object) = data.keys().find(|k| !ORDER.contains(&k.as_str())) {
        return Err(format!("it is not said when {object} is to be loaded"));
    }
    for object in ORDER {
        for row in data.get(object).and_then(Json::as_array).into_iter().flatten() {
            let mut set = row.as_object().cloned().unwrap_or_default();
            let record = set.remove("id").ok_or_else(|| format!("no id in {row}"))?;
            let mut command =
                json!({"do": "create", "object": object, "id": record, "set": set, "operation": "import"});
            let stays: Vec<&Json> =
                list(input, "visits").iter().filter(|v| v.get("record") == Some(&record)).collect();
            if object == "opportunity" {
                command["do"] = json!("import_history");
                command["process"] = json!(PROCESS);
                command["visits"] = json!(stays);
            }
            let decision = submit(&workspace, &command, Some(now))?.map_err(|e| format!("{e}: {command}"))?;
            if !decision.is_allowed() {
                let codes: Vec<String> =
                    decision.blocking().map(|v| format!("{} {}", v.rule, v.code)).collect();
                return Err(format!("{command} was refused by {}", codes.join(", ")));
            }
        }
    }
    Ok(workspace)
}

pub(super) fn query(input: &Json) -> Result<KpiQuery, String> {
    let names = list(input, "metrics").iter().filter_map(Json::as_str);
    let metrics: Vec<MetricId> = names.map(id).collect::<Result<Vec<_>, _>>()?;
    let mut query = KpiQuery::of(metrics);
    query.by = list(input, "by").iter().filter_map(Json::as_str).map(GroupKey::parse).collect();
    if let Some(window) = input.get("window") {
        query = query.window(Window::new(bound(text(window, "from")?)?, bound(text(window, "to")?)?));
    }
    match input.get("basis").and_then(Json::as_str) {
        None => {}
        Some("cohort") => query = query.basis(Basis::Cohort),
        Some("event") => query = query.basis(Basis::Event),
        Some(other) => return Err(format!("there is no basis {other}")),
    }
    if let Some(zone) = input.get("zone").and_then(Json::as_str) {
        query.zone = Some(zone.parse().map_err(|_| format!("there is no zone {zone}"))?);
    }
    Ok(query)
}

fn bound(text: &str) -> Result<Bound, String> {
    if text.contains('T') {
        Ok(Bound::Instant(instant(text)?))
    } else {
        text.parse().map(Bound::Date).map_err(|_| format!("{text} is no date"))
    }
}

fn report(report: &KpiReport) -> Json {
    json!({"rows": report.rows.iter().map(row).collect::<Vec<_>>()})
}

fn row(row: &KpiValue) -> Json {
    let number = |d: Option<qudao::model::Decimal>| d.map(|d| d.normalize().to_string());
    let ids = |ids: &[RecordId]| ids.iter().map(RecordId::to_string).collect::<Vec<_>>();
    let group: Map<String, Json> = row.group.iter().map(|(k, v)| (k.clone(), shown(v))).collect();
    let excluded: Vec<Json> =
        row.excluded.iter().map(|e| json!({"reason": e.reason.code(), "count": e.count})).collect();
    json!({
        "metric": row.metric.as_str(),
        "part": row.part,
        "group": group,
        "value": number(row.value.defined()),
        "undefined": row.value.reason().map(qudao::metrics::Reason::code),
        "unit": row.unit.as_str(),
        "currency": row.currency.as_deref(),
        "n": row.n,
        "numerator": number(row.numerator),
        "denominator": number(row.denominator),
        "excluded": excluded,
        "censored": row.censored,
        "reopened": row.reopened,
        "small_sample": row.small_sample,
        "partial_window": row.partial_window,
        "basis": row.basis.as_str(),
        "numerator_ids": ids(&row.ids.numerator),
        "denominator_ids": ids(&row.ids.denominator),
    })
}
