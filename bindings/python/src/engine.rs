//! `Engine`: tables and single records, without a store.

use std::collections::BTreeMap;
use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use qudao::matching::{Dedupe, MatchModel};
use qudao::metrics::KpiQuery;
use qudao::model::{
    Actor, ActorId, Instant, Locale, ObjectName, ObjectSchema, Record, RoleName, StageId, Value,
};
use qudao::{Blueprint, Rows};

use crate::audit::Audit;
use crate::compare::Comparison;
use crate::convert::{self, moment};
use crate::error::{Fault, run};
use crate::frame::{self, Frame};
use crate::kpis::{self, KpiReport};
use crate::matched::{Matched, Previous};
use crate::plain;
use crate::standard::EntryStandard;
use crate::stream::Stream;
use crate::table::{Column, Table};
use crate::validation::{Validation, violations_table};
use crate::watch::watched;

/// A compiled Blueprint.
#[pyclass(frozen, name = "Engine", module = "qudao._native")]
pub(crate) struct Engine {
    pub(crate) inner: qudao::Engine,
}

impl Engine {
    fn schema(&self, object: &ObjectName) -> Result<&ObjectSchema, Fault> {
        match self.inner.schema().object(object.as_str()) {
            Some(schema) => Ok(schema),
            // The engine says which object is near.
            None => Err(match self.inner.matching_rule(object) {
                Err(error) => error.into(),
                Ok(_) => Fault::input("object.unknown", format!("there is no object {object}")),
            }),
        }
    }

    /// One record from a mapping. A value that does not fit its field is an error.
    pub(crate) fn record(&self, object: &ObjectName, values: &Bound<'_, PyAny>) -> Result<Record, Fault> {
        self.schema(object)?;
        let mut row = Vec::new();
        for (name, obj) in convert::pairs(values, "record")? {
            // What a record of a session holds beside its fields.
            if name == "version" && self.schema(object)?.field("version").is_none() {
                continue;
            }
            let value = convert::cell(&obj)?.map_err(|issue| Fault::value(&name, &issue))?;
            row.push((name, value));
        }
        let rows = self.inner.rows(object, [row])?;
        if let Some(problem) = rows.problems.first() {
            let v = &problem.violation;
            let text = v.text(&Locale::en());
            let field = v.fields.first().map_or("", |f| f.as_str()).to_owned();
            return Err(Fault::input(known(&v.code), text).with("field", field));
        }
        rows.records.into_iter().next().ok_or_else(|| Fault::input("frame.bad_row", "expected one record"))
    }
}

/// A code of the registry.
fn known(code: &str) -> &'static str {
    qudao::model::codes::lookup(code).map_or("value.bad_form", |info| info.code)
}

/// An object's name.
pub(crate) fn object_name(name: &str) -> Result<ObjectName, Fault> {
    Ok(ObjectName::new(name)?)
}

#[pymethods]
impl Engine {
    /// Reads and compiles a file, YAML or JSON.
    #[staticmethod]
    fn from_file(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        let inner = run(py, move || Ok(qudao::Engine::from_file(path)?))?;
        Ok(Self { inner })
    }

    /// Reads and compiles YAML or JSON.
    #[staticmethod]
    fn from_yaml(py: Python<'_>, text: String) -> PyResult<Self> {
        let inner = run(py, move || Ok(qudao::Engine::from_yaml(&text)?))?;
        Ok(Self { inner })
    }

    /// The starter Blueprints by name.
    #[staticmethod]
    fn starters() -> BTreeMap<&'static str, &'static str> {
        Blueprint::starters()
    }

    /// The JSON Schema of Blueprint documents, as text.
    #[staticmethod]
    fn json_schema() -> String {
        Blueprint::json_schema().to_string()
    }

    /// The content hash.
    fn hash(&self) -> &str {
        self.inner.hash().as_str()
    }

    /// The default locale.
    fn locale(&self) -> String {
        self.inner.locale().as_str().to_owned()
    }

    /// The time zone of business days.
    fn zone(&self) -> &'static str {
        self.inner.zone().name()
    }

    /// The currency of amounts that name none.
    fn currency(&self) -> &str {
        self.inner.schema().currency()
    }

    /// The content in its one canonical form.
    fn canonical_json(&self) -> String {
        self.inner.blueprint().canonical_json()
    }

    /// Everything that somebody should look at.
    fn lint<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let lints = run(py, || Ok(self.inner.blueprint().lint()))?;
        plain::tuple(py, &lints, |l| plain::lint(py, l))
    }

    /// The names of the objects.
    fn objects(&self) -> Vec<&str> {
        self.inner.schema().objects().map(|o| o.name.as_str()).collect()
    }

    /// The fields of an object, in the order of a form.
    fn fields<'py>(&self, py: Python<'py>, object: &str) -> PyResult<Bound<'py, PyTuple>> {
        let schema = self.schema(&object_name(object)?)?;
        plain::tuple(py, &schema.fields, |f| plain::field(py, f))
    }

    /// The metrics: the built-in ones and the Blueprint's own.
    fn metrics<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let list = self.inner.metrics().list();
        plain::tuple(py, &list, |m| plain::metric(py, m))
    }

    /// Validates a frame.
    #[pyo3(signature = (object, frame, related=None, now=None))]
    fn validate(
        &self,
        py: Python<'_>,
        object: &str,
        frame: &Bound<'_, PyAny>,
        related: Option<&Bound<'_, PyAny>>,
        now: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Validation> {
        let (object, now) = (object_name(object)?, moment(now)?);
        let frame = Frame::read_columns_of(frame)?;
        let related = frame::frames(related)?;
        run(py, || {
            let entered = frame::entered(&self.inner, &object, frame)?;
            let (data, _) = frame::dataset(&self.inner, &related)?;
            let checked = self.inner.check_entered(&object, &entered, data, now)?;
            Ok(Validation::new(checked, entered.unknown_columns))
        })
    }

    /// Begins a validation of frames that come one after another.
    #[pyo3(signature = (object, related=None, now=None))]
    fn stream(
        &self,
        py: Python<'_>,
        object: &str,
        related: Option<&Bound<'_, PyAny>>,
        now: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Stream> {
        let (object, now) = (object_name(object)?, moment(now)?);
        let related = frame::frames(related)?;
        run(py, || {
            let (data, _) = frame::dataset(&self.inner, &related)?;
            let stream = self.inner.validate_stream(&object, data, now)?;
            Ok(Stream::new(self.inner.clone(), object, stream))
        })
    }

    /// How complete each row of a frame is.
    fn completeness(&self, py: Python<'_>, object: &str, frame: &Bound<'_, PyAny>) -> PyResult<Table> {
        let object = object_name(object)?;
        let frame = Frame::read(frame)?;
        run(py, || {
            let mut rows = frame::records(&self.inner, &object, &frame)?;
            let quality = self.inner.quality();
            let scores: Vec<_> = rows
                .records
                .iter_mut()
                .map(|record| {
                    quality.normalise(record, None);
                    quality.completeness(record)
                })
                .collect();
            let score: Vec<_> = scores.iter().map(|s| s.score).collect();
            Table::of(vec![
                Column::rows("row", 0..scores.len()),
                Column::decimals("score", &score, 4)?,
                Column::lists("missing", scores.iter().map(|s| &s.missing)),
            ])
        })
    }

    /// Brings the values of one record into their normal form.
    fn normalise<'py>(
        &self,
        py: Python<'py>,
        object: &str,
        record: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let mut record = self.record(&object_name(object)?, record)?;
        let record = run(py, move || {
            self.inner.quality().normalise(&mut record, None);
            Ok(record)
        })?;
        let dict = PyDict::new(py);
        for (field, value) in record.values() {
            dict.set_item(field.as_str(), convert::value(py, value)?)?;
        }
        Ok(dict)
    }

    /// This engine with the weights of a model.
    fn with_model(&self, model: &str) -> PyResult<Self> {
        let model = MatchModel::from_json(model).map_err(qudao::Error::from).map_err(Fault::from)?;
        Ok(Self { inner: self.inner.with_model(&model).map_err(Fault::from)? })
    }

    /// Finds duplicates in a frame.
    #[pyo3(signature = (object, frame, threshold=None, threads=None, progress=None, previous=None))]
    #[expect(clippy::too_many_arguments, reason = "what Python gives by name")]
    fn dedupe(
        &self,
        py: Python<'_>,
        object: &str,
        frame: &Bound<'_, PyAny>,
        threshold: Option<&Bound<'_, PyAny>>,
        threads: Option<usize>,
        progress: Option<Py<PyAny>>,
        previous: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Matched> {
        let (object, threshold) = (object_name(object)?, share(threshold)?);
        let previous = Previous::read(previous)?;
        let frame = Frame::read(frame)?;
        watched(py, progress, |told| {
            told.add_rows(frame.len());
            let rows = frame::records(&self.inner, &object, &frame)?;
            drop(frame);
            told.check()?;
            let previous = previous.map(|previous| previous.ids()).transpose()?;
            let watch = Some(told.watch.part(100, 1000));
            let options = Dedupe { threshold, threads, watch, ..Dedupe::default() };
            let found = self.inner.dedupe_with(&object, &rows.records, &options)?;
            Matched::of_batch(self.inner.clone(), found, rows, threshold, previous)
        })
    }

    /// Finds rows of one frame in another.
    #[pyo3(signature = (object, left, right, threshold=None, threads=None, progress=None, one_to_one=false))]
    #[expect(clippy::too_many_arguments, reason = "what Python gives by name")]
    fn link(
        &self,
        py: Python<'_>,
        object: &str,
        left: &Bound<'_, PyAny>,
        right: &Bound<'_, PyAny>,
        threshold: Option<&Bound<'_, PyAny>>,
        threads: Option<usize>,
        progress: Option<Py<PyAny>>,
        one_to_one: bool,
    ) -> PyResult<Matched> {
        let (object, threshold) = (object_name(object)?, share(threshold)?);
        let (left, right) = (Frame::read(left)?, Frame::read(right)?);
        watched(py, progress, |told| {
            told.add_rows(left.len().saturating_add(right.len()));
            let left = frame::records(&self.inner, &object, &left)?;
            told.check()?;
            let right = frame::records(&self.inner, &object, &right)?;
            told.check()?;
            let watch = Some(told.watch.part(100, 1000));
            let options = Dedupe { threshold, threads, watch, one_to_one, ..Dedupe::default() };
            let link = self.inner.link_with(&object, &left.records, &right.records, &options)?;
            Ok(Matched::of_link(self.inner.clone(), link, left, right, threshold))
        })
    }

    /// Why two records are taken for the same, or not.
    fn explain_pair<'py>(
        &self,
        py: Python<'py>,
        object: &str,
        left: &Bound<'py, PyAny>,
        right: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let object = object_name(object)?;
        let (left, right) = (self.record(&object, left)?, self.record(&object, right)?);
        let score = run(py, || {
            let rule = self.inner.matching_rule(&object)?;
            Ok(self.inner.explain_pair(&rule, &left, &right)?)
        })?;
        plain::explanation(py, &score)
    }

    /// Computes KPIs over frames.
    #[pyo3(signature = (data, visits=None, query=None, rates=None, now=None))]
    fn kpis(
        &self,
        py: Python<'_>,
        data: &Bound<'_, PyAny>,
        visits: Option<&Bound<'_, PyAny>>,
        query: Option<&Bound<'_, PyDict>>,
        rates: Option<&Bound<'_, PyAny>>,
        now: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<KpiReport> {
        let (query, rates, now) = (kpis::query(query)?, kpis::rates(rates)?, moment(now)?);
        let frames = frame::frames(Some(data))?;
        let visits = visits.map(Frame::read).transpose()?;
        run(py, || {
            let as_of = kpi_time(&self.inner, &query, now)?;
            let (data, problems) = frame::dataset(&self.inner, &frames)?;
            let visits = match &visits {
                Some(frame) => frame::visits(&self.inner, frame)?,
                None => Vec::new(),
            };
            let report = self.inner.kpis(&data, &visits, &query, &rates, as_of)?;
            Ok(KpiReport::new(report, problems))
        })
    }

    /// Tries another Blueprint's rules on frames.
    #[pyo3(signature = (new, data, now=None))]
    fn compare(
        &self,
        py: Python<'_>,
        new: &Bound<'_, Engine>,
        data: &Bound<'_, PyAny>,
        now: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Comparison> {
        let now = moment(now)?;
        let new = new.get().inner.clone();
        let frames = frame::frames(Some(data))?;
        run(py, || {
            let (data, problems) = frame::dataset(&self.inner, &frames)?;
            Ok(Comparison { found: self.inner.compare(&new, &data, now)?, problems })
        })
    }

    /// Audits frames by the rules of stewardship.
    fn audit(&self, py: Python<'_>, data: &Bound<'_, PyAny>, now: &Bound<'_, PyAny>) -> PyResult<Audit> {
        let now = convert::instant(now)?;
        let frames = frame::frames(Some(data))?;
        run(py, || {
            let (data, problems) = frame::dataset(&self.inner, &frames)?;
            Ok(Audit { engine: self.inner.clone(), found: self.inner.audit(&data, now)?, problems })
        })
    }

    /// How records of an object are entered by those who hold a role.
    #[pyo3(signature = (object, role=None))]
    fn entry_standard(&self, py: Python<'_>, object: &str, role: Option<&str>) -> PyResult<EntryStandard> {
        let object = object_name(object)?;
        let mut actor = Actor::new(ActorId::new("reader").map_err(Fault::from)?);
        if let Some(text) = role {
            let role = RoleName::new(text).map_err(Fault::from)?;
            let declared = self.inner.roles().declared();
            if !declared.contains_key(&role) {
                let near = qudao::text::did_you_mean(text, declared.keys().map(RoleName::as_str));
                let hint = near.as_ref().map_or_else(String::new, |n| format!(" (did you mean {n}?)"));
                let mut fault =
                    Fault::input("role.unknown", format!("the blueprint has no role {text}{hint}"))
                        .with("name", text);
                if let Some(near) = near {
                    fault = fault.with("suggestion", near);
                }
                return Err(fault.into());
            }
            actor.roles.insert(role);
        }
        run(py, || Ok(EntryStandard { page: self.inner.entry_standard(&object, &actor)? }))
    }

    /// Asks whether a record may enter a stage.
    #[pyo3(signature = (object, record, to, actor=None, related=None, now=None))]
    #[expect(clippy::too_many_arguments, reason = "a call of Python with names for its arguments")]
    fn gate<'py>(
        &self,
        py: Python<'py>,
        object: &str,
        record: &Bound<'py, PyAny>,
        to: &str,
        actor: Option<&Bound<'py, PyAny>>,
        related: Option<&Bound<'py, PyAny>>,
        now: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let object = object_name(object)?;
        let to = StageId::new(to).map_err(Fault::from)?;
        let actor = match actor {
            Some(actor) => convert::actor(actor)?,
            None => Actor::new(ActorId::new("nobody").map_err(Fault::from)?),
        };
        let now = moment(now)?;
        let record = self.record(&object, record)?;
        let related = frame::frames(related)?;
        let report = run(py, || {
            let (data, _) = frame::dataset(&self.inner, &related)?;
            let now = gate_time(&self.inner, &record, now)?;
            Ok(self.inner.gate(&record, &to, &actor, &data, now)?)
        })?;
        plain::gate(py, &report, &self.inner.locale())
    }
}

/// The time of a gate. Where no criterion reads the clock, time stands still since the record entered its stage.
fn gate_time(engine: &qudao::Engine, record: &Record, now: Option<Instant>) -> Result<Instant, Fault> {
    if let Some(now) = now {
        return Ok(now);
    }
    if engine.pipeline().programs(record.object().as_str()).iter().any(|p| p.reads().clock) {
        return Err(qudao::Error::NowRequired.into());
    }
    let known = |field: &str| record.get(field).as_instant();
    Ok(known("stage_entered_at").or_else(|| known("created_at")).unwrap_or_default())
}

/// The time of a report. Where no metric reads the clock, every moment of the data lies before it.
fn kpi_time(engine: &qudao::Engine, query: &KpiQuery, now: Option<Instant>) -> Result<Instant, Fault> {
    if let Some(at) = now.or(query.as_of) {
        return Ok(at);
    }
    if engine.metrics().needs(query).map_err(qudao::Error::from)?.clock {
        return Err(qudao::Error::NowRequired.into());
    }
    // The last moment that both sides can write.
    Ok(Instant::parse("9999-12-31T23:59:59Z").unwrap_or_default())
}

/// A number from 0 to 1.
pub(crate) fn share(given: Option<&Bound<'_, PyAny>>) -> Result<Option<rust_decimal::Decimal>, Fault> {
    let Some(given) = given else { return Ok(None) };
    let bad = || Fault::input("matching.bad_threshold", "a threshold lies between 0 and 1");
    match convert::cell(given)? {
        Ok(value @ (Value::Int(_) | Value::Decimal(_))) => value.as_decimal().map(Some).ok_or_else(bad),
        _ => Err(bad()),
    }
}

/// The problems of reading, as a table.
pub(crate) fn problems(rows: &Rows) -> Result<Table, Fault> {
    violations_table(&rows.problems)
}

/// Text of a finding in a locale.
#[pyfunction]
pub(crate) fn violation_text(source: &str, locale: &str) -> PyResult<(String, Option<String>)> {
    let found: qudao::model::Violation = serde_json::from_str(source)
        .map_err(|_| Fault::input("violation.bad_source", "not a violation that qudao wrote"))?;
    let locale = Locale::new(locale);
    Ok((found.text(&locale), found.fix(&locale)))
}

/// The codes of findings and errors with their texts.
#[pyfunction]
pub(crate) fn codes(py: Python<'_>) -> PyResult<Bound<'_, PyList>> {
    let list = PyList::empty(py);
    for info in qudao::model::codes::all() {
        list.append((info.code, info.en, info.zh, info.fix_en, info.fix_zh))?;
    }
    Ok(list)
}
