//! KPI queries and reports.

use std::str::FromStr;

use chrono::NaiveDate;
use pyo3::prelude::*;
use pyo3::types::{PyDate, PyDateTime, PyDict, PyTuple};
use qudao::metrics::{
    AsOfClock, Basis, Bound as End, GroupKey, KpiQuery, KpiReport as Report, RateTable, Window,
};
use qudao::model::{Decimal, MetricId, ObjectName, Value};
use qudao::quality::RowViolation;
use serde_json::{Map, Value as Json};

use crate::convert::{self, moment, type_name};
use crate::error::{Fault, run};
use crate::plain;
use crate::table::{Column, PLACES, Table};
use crate::validation::problem_tables;

/// Reads a query: `metrics`, `by`, `window`, `basis`, `zone`, `as_of`, `clock`.
pub(crate) fn query(given: Option<&Bound<'_, PyDict>>) -> Result<KpiQuery, Fault> {
    let mut query = KpiQuery::all();
    let Some(given) = given else { return Ok(query) };
    let item = |name: &str| -> PyResult<Option<Bound<'_, PyAny>>> {
        Ok(given.get_item(name)?.filter(|v| !v.is_none()))
    };
    if let Some(metrics) = item("metrics")? {
        for metric in metrics.extract::<Vec<String>>()? {
            query.metrics.push(MetricId::new(metric)?);
        }
    }
    if let Some(keys) = item("by")? {
        query.by = keys.extract::<Vec<String>>()?.iter().map(|k| GroupKey::parse(k)).collect();
    }
    if let Some(window) = item("window")? {
        let (from, to): (Bound<'_, PyAny>, Bound<'_, PyAny>) = window.extract().map_err(|_| bad_window())?;
        query.window = Some(Window { from: end(&from)?, to: end(&to)? });
    }
    query.basis = match item("basis")?.map(|b| b.extract::<String>()).transpose()?.as_deref() {
        None => None,
        Some("cohort") => Some(Basis::Cohort),
        Some("event") => Some(Basis::Event),
        Some("as_of") => Some(Basis::AsOf),
        Some(_) => return Err(choice("basis", "cohort, event or as_of")),
    };
    if let Some(zone) = item("zone")? {
        let name = zone.extract::<String>()?;
        query.zone =
            Some(chrono_tz::Tz::from_str(&name).map_err(|_| choice("zone", "a name such as Asia/Shanghai"))?);
    }
    query.as_of = moment(item("as_of")?.as_ref())?;
    query.clock = match item("clock")?.map(|b| b.extract::<String>()).transpose()?.as_deref() {
        None | Some("recorded") => AsOfClock::Recorded,
        Some("occurred") => AsOfClock::Occurred,
        Some(_) => return Err(choice("clock", "recorded or occurred")),
    };
    Ok(query)
}

fn choice(name: &'static str, words: &str) -> Fault {
    Fault::input("kpi.bad_query", format!("{name}: expected {words}")).with("name", name)
}

fn bad_window() -> Fault {
    Fault::input("kpi.bad_window", "a window is a pair of dates or aware datetimes, or of None")
}

fn end(obj: &Bound<'_, PyAny>) -> Result<Option<End>, Fault> {
    if obj.is_none() {
        return Ok(None);
    }
    if obj.cast::<PyDateTime>().is_ok() {
        return Ok(Some(End::Instant(convert::instant(obj)?)));
    }
    if obj.cast::<PyDate>().is_ok() {
        return Ok(Some(End::Date(obj.extract::<NaiveDate>()?)));
    }
    Err(bad_window().with("type", type_name(obj)))
}

/// Reads exchange rates: rows of source currency, target currency, date, rate.
pub(crate) fn rates(given: Option<&Bound<'_, PyAny>>) -> Result<RateTable, Fault> {
    let mut table = RateTable::new();
    let Some(given) = given else { return Ok(table) };
    let bad = |at: usize| {
        Fault::input("kpi.bad_rate", format!("rate {at}: expected currency, currency, date, rate"))
            .with("row", at)
    };
    for (at, row) in given.try_iter()?.enumerate() {
        let (from, into, date, rate): (String, String, NaiveDate, Bound<'_, PyAny>) =
            row?.extract().map_err(|_| bad(at))?;
        let rate = match convert::cell(&rate)? {
            Ok(value @ (Value::Int(_) | Value::Decimal(_))) => value.as_decimal().ok_or_else(|| bad(at))?,
            _ => return Err(bad(at)),
        };
        table.add(&from, &into, date, rate).map_err(qudao::Error::from)?;
    }
    Ok(table)
}

/// The numbers asked for.
#[pyclass(frozen, name = "KpiReport", module = "qudao._native")]
pub(crate) struct KpiReport {
    report: Report,
    problems: Vec<(ObjectName, RowViolation)>,
}

impl KpiReport {
    pub(crate) fn new(report: Report, problems: Vec<(ObjectName, RowViolation)>) -> Self {
        Self { report, problems }
    }
}

/// The columns beside the groups.
const OWN: [&str; 24] = [
    "metric",
    "object",
    "process",
    "part",
    "value",
    "unit",
    "currency",
    "numerator",
    "denominator",
    "n",
    "censored",
    "reopened",
    "small_sample",
    "reason",
    "excluded",
    "basis",
    "window_from",
    "window_to",
    "partial_window",
    "zone",
    "as_of",
    "definition_hash",
    "blueprint_hash",
    "row",
];

fn table(report: &Report) -> Result<Table, Fault> {
    let rows = &report.rows;
    let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let number =
        |of: fn(&qudao::metrics::KpiValue) -> Option<Decimal>| rows.iter().map(of).collect::<Vec<_>>();
    let mut columns = vec![
        Column::texts("metric", rows.iter().map(|r| &r.metric)),
        Column::opt_texts("object", rows.iter().map(|r| r.object.as_ref())),
        Column::opt_texts("process", rows.iter().map(|r| r.process.as_ref())),
        Column::opt_texts("part", rows.iter().map(|r| r.part.as_deref())),
    ];
    let mut keys: Vec<&str> = Vec::new();
    for (key, _) in rows.iter().flat_map(|r| &r.group) {
        if !keys.contains(&key.as_str()) {
            keys.push(key);
        }
    }
    for key in keys {
        let values = rows.iter().map(|r| {
            let found = r.group.iter().find(|(k, _)| k == key).map(|(_, v)| v);
            found.filter(|v| **v != Value::Missing).map(Value::to_string)
        });
        // A group by a word that the table has already is told apart.
        let name = if OWN.contains(&key) { format!("by_{key}") } else { key.to_owned() };
        columns.push(Column::opt_texts(&name, values));
    }
    columns.extend([
        Column::decimals("value", &number(|r| r.value.defined()), PLACES)?,
        Column::texts("unit", rows.iter().map(|r| plain::word(&r.unit))),
        Column::opt_texts("currency", rows.iter().map(|r| r.currency.as_deref())),
        Column::decimals("numerator", &number(|r| r.numerator), PLACES)?,
        Column::decimals("denominator", &number(|r| r.denominator), PLACES)?,
        Column::ints("n", rows.iter().map(|r| count(r.n))),
        Column::ints("censored", rows.iter().map(|r| count(r.censored))),
        Column::ints("reopened", rows.iter().map(|r| count(r.reopened))),
        Column::flags("small_sample", rows.iter().map(|r| Some(r.small_sample))),
        Column::opt_texts("reason", rows.iter().map(|r| r.value.reason().map(qudao::metrics::Reason::code))),
        Column::texts("excluded", rows.iter().map(|r| excluded(&r.excluded))),
        Column::texts("basis", rows.iter().map(|r| r.basis.as_str())),
        Column::instants("window_from", rows.iter().map(|r| r.window.and_then(|w| w.from))),
        Column::instants("window_to", rows.iter().map(|r| r.window.and_then(|w| w.to))),
        Column::flags("partial_window", rows.iter().map(|r| Some(r.partial_window))),
        Column::texts("zone", rows.iter().map(|r| r.zone.name())),
        Column::instants("as_of", rows.iter().map(|r| Some(r.as_of))),
        Column::texts("definition_hash", rows.iter().map(|r| r.definition_hash.as_str())),
        Column::texts("blueprint_hash", rows.iter().map(|r| r.blueprint_hash.as_str())),
    ]);
    Table::of(columns)
}

/// How many records are not in a number, by reason, as a JSON object.
fn excluded(all: &[qudao::metrics::Excluded]) -> String {
    let map: Map<String, Json> =
        all.iter().map(|e| (e.reason.code().to_owned(), Json::from(e.count))).collect();
    Json::Object(map).to_string()
}

#[pymethods]
impl KpiReport {
    fn __len__(&self) -> usize {
        self.report.rows.len()
    }

    /// The numbers as a table.
    fn table(&self, py: Python<'_>) -> PyResult<Table> {
        run(py, || table(&self.report))
    }

    /// The numbers as objects.
    fn values<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        plain::tuple(py, &self.report.rows, |r| plain::kpi(py, r))
    }

    /// What could not be read of the frames, by object.
    fn problems(&self, py: Python<'_>) -> PyResult<Vec<(String, Table)>> {
        run(py, || problem_tables(&self.problems))
    }
}
