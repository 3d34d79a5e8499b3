//! The engine: a compiled Blueprint, and its answers about tables.

use std::collections::HashMap;
use std::sync::Arc;

use qudao::Blueprint;
use qudao::model::{Actor as ModelActor, Dataset, Instant, Locale, ObjectName, Record, RecordId, Value};

use crate::QudaoError;
use crate::findings::{Lint, Violation};
use crate::guard::guard;
use crate::kpis::{KpiRequest, KpiValue, from_report, into_query};
use crate::values::{Fields, into_rows};

/// A compiled Blueprint. Immutable, and free to be used from any thread.
#[derive(Debug, uniffi::Object)]
pub struct Engine {
    pub(crate) inner: qudao::Engine,
}

/// A rule that a row does not meet.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct RowViolation {
    /// The 0-based position of the row.
    pub row: u64,
    /// The rule not met.
    pub violation: Violation,
}

/// What the rules say about a table.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ValidationReport {
    /// No rule of severity error failed.
    pub ok: bool,
    /// The rules not met, by row.
    pub violations: Vec<RowViolation>,
}

/// Whether a record may enter a stage.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct GateReport {
    /// It may.
    pub allowed: bool,
    /// The kind of the move: `forward`, `skip`, `backward`, `close`, `reopen`, `create` or `none`.
    pub direction: String,
    /// Everything that is not met; what blocks has severity error.
    pub violations: Vec<Violation>,
}

/// A stay in a stage, for KPIs over tables.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct VisitRow {
    /// The record.
    pub record: String,
    /// The stage.
    pub stage: String,
    /// When it was entered.
    pub entered: Instant,
    /// When it was left.
    #[uniffi(default = None)]
    pub left: Option<Instant>,
    /// The process, where several have a stage of that name.
    #[uniffi(default = None)]
    pub process: Option<String>,
    /// The loss reason of a closing visit.
    #[uniffi(default = None)]
    pub reason: Option<String>,
}

#[uniffi::export]
impl Engine {
    /// Reads and compiles a Blueprint, YAML or JSON. Texts of an error are in the locale, English where none is given.
    ///
    /// # Errors
    ///
    /// `Blueprint` with every error at once, each with its line and the nearest valid word.
    #[uniffi::constructor(default(locale = None))]
    pub fn from_yaml(text: String, locale: Option<String>) -> Result<Arc<Self>, QudaoError> {
        guard(|| compiled(qudao::Engine::from_yaml(&text), locale))
    }

    /// Reads and compiles a Blueprint file. Texts of an error are in the locale, English where none is given.
    ///
    /// # Errors
    ///
    /// As [`Engine::from_yaml`], and `Argument` when the file cannot be read.
    #[uniffi::constructor(default(locale = None))]
    pub fn from_file(path: String, locale: Option<String>) -> Result<Arc<Self>, QudaoError> {
        guard(|| compiled(qudao::Engine::from_file(path), locale))
    }

    /// The Blueprint's content hash.
    ///
    /// # Errors
    ///
    /// Only a fault inside the library.
    pub fn blueprint_hash(&self) -> Result<String, QudaoError> {
        guard(|| Ok(self.inner.hash().to_string()))
    }

    /// What compiles though somebody should look: unreachable stages, gates that never pass, factory defaults.
    ///
    /// # Errors
    ///
    /// Only a fault inside the library.
    pub fn lint(&self, locale: String) -> Result<Vec<Lint>, QudaoError> {
        guard(|| {
            let locale = Locale::new(locale);
            Ok(self.inner.blueprint().lint().iter().map(|l| Lint::of(l, &locale)).collect())
        })
    }

    /// The names of an object's fields, in the order of the schema.
    ///
    /// # Errors
    ///
    /// `Argument` for an unknown object.
    pub fn field_names(&self, object: String) -> Result<Vec<String>, QudaoError> {
        guard(|| {
            let object: ObjectName = object.parse()?;
            // Asked in this way, an unknown object is told with the nearest word.
            self.inner.rows(&object, Vec::<Vec<(String, Value)>>::new())?;
            let schema = self.inner.schema().object(object.as_str());
            Ok(schema.map(|o| o.fields.iter().map(|f| f.name.to_string()).collect()).unwrap_or_default())
        })
    }

    /// Validates rows: every rule on every row, and uniqueness within the table.
    ///
    /// # Errors
    ///
    /// `Argument` for an unknown object, and when a rule needs the time or a table that is not given.
    pub fn validate(
        &self,
        object: String,
        rows: Vec<Fields>,
        related: HashMap<String, Vec<Fields>>,
        now: Option<Instant>,
        locale: String,
    ) -> Result<ValidationReport, QudaoError> {
        guard(|| {
            let locale = Locale::new(locale);
            let object: ObjectName = object.parse()?;
            let tell = |e: qudao::Error| QudaoError::of(e, &locale);
            let rows = self.inner.rows(&object, into_rows(rows)?).map_err(tell)?;
            let related = self.dataset(related)?;
            let report = self.inner.validate(&object, &rows, &related, now).map_err(tell)?;
            let violations = report
                .rows
                .iter()
                .map(|r| RowViolation { row: r.row as u64, violation: Violation::of(&r.violation, &locale) })
                .collect();
            Ok(ValidationReport { ok: report.ok, violations })
        })
    }

    /// Asks whether a record may enter a stage. Its own field `stage` says where it is.
    ///
    /// # Errors
    ///
    /// `Argument` when no process takes the record, or a criterion needs a table that is not given.
    pub fn gate(
        &self,
        object: String,
        record: Fields,
        to: String,
        related: HashMap<String, Vec<Fields>>,
        now: Instant,
        locale: String,
    ) -> Result<GateReport, QudaoError> {
        guard(|| {
            let locale = Locale::new(locale);
            let object: ObjectName = object.parse()?;
            let rows = self.inner.rows(&object, into_rows(vec![record])?)?;
            let record = rows
                .records
                .first()
                .ok_or_else(|| QudaoError::argument("value.bad_form", "one row makes a record"))?;
            let related = self.dataset(related)?;
            let actor = ModelActor::new("gate".parse()?);
            let report = self
                .inner
                .gate(record, &to.parse()?, &actor, &related, now)
                .map_err(|e| QudaoError::of(e, &locale))?;
            Ok(GateReport {
                allowed: report.allowed,
                direction: report.direction.to_string(),
                violations: report.violations.iter().map(|v| Violation::of(v, &locale)).collect(),
            })
        })
    }

    /// Computes KPIs over tables, without a workspace.
    ///
    /// # Errors
    ///
    /// `Argument` for an unknown metric, a bad window or a missing exchange rate.
    pub fn kpis(
        &self,
        data: HashMap<String, Vec<Fields>>,
        visits: HashMap<String, Vec<VisitRow>>,
        request: KpiRequest,
        now: Instant,
        locale: String,
    ) -> Result<Vec<KpiValue>, QudaoError> {
        guard(|| {
            let locale = Locale::new(locale);
            let data = self.dataset(data)?;
            let mut all = Vec::new();
            let mut named: Vec<(String, Vec<VisitRow>)> = visits.into_iter().collect();
            named.sort_by(|a, b| a.0.cmp(&b.0));
            for (object, rows) in named {
                let rows = rows.into_iter().map(|v| {
                    let mut row = std::collections::BTreeMap::from([
                        ("record".to_owned(), Value::text(v.record)),
                        ("stage".to_owned(), Value::text(v.stage)),
                        ("entered".to_owned(), Value::Instant(v.entered)),
                    ]);
                    row.insert("left".to_owned(), v.left.into());
                    row.insert("process".to_owned(), v.process.into());
                    row.insert("reason".to_owned(), v.reason.into());
                    row
                });
                all.extend(self.inner.visits(&object.parse()?, rows)?);
            }
            let (query, rates) = into_query(request)?;
            let report =
                self.inner.kpis(&data, &all, &query, &rates, now).map_err(|e| QudaoError::of(e, &locale))?;
            Ok(from_report(report, &locale))
        })
    }
}

impl Engine {
    /// Tables by object name. Every table given counts as given, be it empty.
    fn dataset(&self, tables: HashMap<String, Vec<Fields>>) -> Result<Dataset, QudaoError> {
        let mut tables: Vec<(String, Vec<Fields>)> = tables.into_iter().collect();
        tables.sort_by(|a, b| a.0.cmp(&b.0));
        let mut data = Dataset::new();
        for (object, rows) in tables {
            let object: ObjectName = object.parse()?;
            let rows = self.inner.rows(&object, into_rows(rows)?)?;
            let mut seen: std::collections::BTreeSet<RecordId> = std::collections::BTreeSet::new();
            let records: Vec<Record> =
                rows.records.into_iter().filter(|r| seen.insert(r.id().clone())).collect();
            data.add(&object, records).map_err(qudao::Error::from)?;
        }
        Ok(data)
    }
}

/// The starter Blueprints by name, as YAML.
///
/// # Errors
///
/// Only a fault inside the library.
#[uniffi::export]
pub fn starter_blueprints() -> Result<HashMap<String, String>, QudaoError> {
    guard(|| Ok(Blueprint::starters().into_iter().map(|(n, t)| (n.to_owned(), t.to_owned())).collect()))
}

fn compiled(
    engine: Result<qudao::Engine, qudao::Error>,
    locale: Option<String>,
) -> Result<Arc<Engine>, QudaoError> {
    let locale = locale.map_or_else(Locale::en, Locale::new);
    engine.map(|inner| Arc::new(Engine { inner })).map_err(|e| QudaoError::of(e, &locale))
}
