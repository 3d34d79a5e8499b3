//! `Workspace` and `Session`: an engine and a store, seen by one actor.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use qudao::WorkspaceOptions;
use qudao::model::{Actor, FieldName, Instant, Locale, Query, RecordId, SortOrder};

use crate::audit::Audit;
use crate::cleanse::{self, BatchReport, CleanseDiff, UndoReport};
use crate::command;
use crate::compare::Comparison;
use crate::convert;
use crate::engine::{Engine, object_name};
use crate::error::{Fault, run};
use crate::golden;
use crate::import::{self, ImportReport};
use crate::kpis::{self, KpiReport};
use crate::plain;
use crate::records;
use crate::table::Table;

/// The name of a database that is never a file.
const MEMORY: &str = ":memory:";

type Shared = Arc<Mutex<Option<qudao::Workspace>>>;

fn opened(shared: &Shared) -> Result<qudao::Workspace, Fault> {
    let guard = shared.lock().unwrap_or_else(PoisonError::into_inner);
    guard.clone().ok_or_else(|| Fault::input("workspace.closed", "the workspace is closed"))
}

/// An engine and a store.
#[pyclass(frozen, name = "Workspace", module = "qudao._native")]
pub(crate) struct Workspace {
    shared: Shared,
}

impl Workspace {
    fn of(workspace: qudao::Workspace) -> Self {
        Self { shared: Arc::new(Mutex::new(Some(workspace))) }
    }
}

#[pymethods]
impl Workspace {
    /// Opens a database file, or makes one; `:memory:` makes one in memory.
    #[staticmethod]
    #[pyo3(signature = (path, engine, fast_commits=false, must_exist=false))]
    fn open(
        py: Python<'_>,
        path: PathBuf,
        engine: &Bound<'_, Engine>,
        fast_commits: bool,
        must_exist: bool,
    ) -> PyResult<Self> {
        let engine = engine.get().inner.clone();
        let options = WorkspaceOptions { fast_commits, must_exist, ..WorkspaceOptions::default() };
        let workspace = run(py, move || {
            Ok(if path.as_os_str() == MEMORY {
                qudao::Workspace::in_memory(engine)?
            } else {
                qudao::Workspace::open_with(path, engine, options)?
            })
        })?;
        Ok(Self::of(workspace))
    }

    /// What another Blueprint would change; nothing when it is the same one.
    #[staticmethod]
    fn preview<'py>(
        py: Python<'py>,
        path: PathBuf,
        engine: &Bound<'py, Engine>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let engine = engine.get().inner.clone();
        let preview = run(py, move || Ok(qudao::Workspace::preview(path, &engine)?))?;
        preview.as_ref().map(|p| plain::migration(py, p)).transpose()
    }

    /// Opens a database under another Blueprint.
    #[staticmethod]
    fn migrate<'py>(
        py: Python<'py>,
        path: PathBuf,
        engine: &Bound<'py, Engine>,
        actor: &Bound<'py, PyAny>,
        now: &Bound<'py, PyAny>,
    ) -> PyResult<(Self, Option<Bound<'py, PyAny>>)> {
        let (engine, actor) = (engine.get().inner.clone(), convert::actor(actor)?);
        let now = convert::instant(now)?;
        let (workspace, report) = run(py, move || Ok(qudao::Workspace::migrate(path, engine, &actor, now)?))?;
        let report = report.as_ref().map(|r| plain::migration(py, &r.preview)).transpose()?;
        Ok((Self::of(workspace), report))
    }

    /// Closes the database.
    fn close(&self, py: Python<'_>) {
        let taken = self.shared.lock().unwrap_or_else(PoisonError::into_inner).take();
        py.detach(|| drop(taken));
    }

    /// Whether it is closed.
    fn closed(&self) -> bool {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    /// The workspace as one actor sees it.
    #[pyo3(signature = (actor, locale=None))]
    fn session(&self, py: Python<'_>, actor: &Bound<'_, PyAny>, locale: Option<&str>) -> PyResult<Session> {
        let workspace = opened(&self.shared)?;
        let locale = locale.map_or_else(|| workspace.engine().locale(), Locale::new);
        let actor = match actor.cast::<PyString>() {
            Ok(user) => {
                let user = user.to_str()?.to_owned();
                let locale = locale.clone();
                run(py, move || Ok(workspace.session_of(&user, locale)?.actor().clone()))?
            }
            Err(_) => convert::actor(actor)?,
        };
        Ok(Session { shared: self.shared.clone(), actor, locale })
    }

    /// Makes records, visits, claims and index again from the log.
    fn rebuild(&self, py: Python<'_>) -> PyResult<u64> {
        let workspace = opened(&self.shared)?;
        run(py, move || Ok(workspace.rebuild()?.entries))
    }

    /// Compares what is stored with what a rebuild would make.
    fn verify<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let workspace = opened(&self.shared)?;
        let report = run(py, move || Ok(workspace.verify()?))?;
        plain::verification(py, &report)
    }

    /// Checks the database file.
    fn integrity_check(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        let workspace = opened(&self.shared)?;
        run(py, move || Ok(workspace.integrity_check()?))
    }

    /// Events for other systems after a position.
    fn outbox<'py>(&self, py: Python<'py>, after: u64, limit: usize) -> PyResult<Bound<'py, PyTuple>> {
        let workspace = opened(&self.shared)?;
        let items = run(py, move || Ok(workspace.outbox(after, limit)?))?;
        plain::tuple(py, &items, |i| plain::event(py, i))
    }
}

/// A workspace seen by one actor in one locale.
#[pyclass(frozen, name = "Session", module = "qudao._native")]
pub(crate) struct Session {
    shared: Shared,
    actor: Actor,
    locale: Locale,
}

impl Session {
    fn inner(&self) -> Result<qudao::Session, Fault> {
        Ok(opened(&self.shared)?.session(self.actor.clone(), self.locale.clone()))
    }
}

fn id_of(id: &str) -> Result<RecordId, Fault> {
    Ok(RecordId::new(id)?)
}

#[pymethods]
impl Session {
    /// Who acts.
    fn actor<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let with = PyDict::new(py);
        with.set_item("id", self.actor.id.as_str())?;
        with.set_item("roles", self.actor.roles.iter().map(|r| r.as_str()).collect::<Vec<_>>())?;
        with.set_item("partner", self.actor.partner.as_ref().map(RecordId::as_str))?;
        with.set_item("team", self.actor.team.as_deref())?;
        with.set_item(
            "territories",
            self.actor.territories.iter().map(RecordId::as_str).collect::<Vec<_>>(),
        )?;
        plain::class(py, "Actor")?.call((), Some(&with))
    }

    /// The locale of texts.
    fn locale(&self) -> &str {
        self.locale.as_str()
    }

    /// Decides a command and commits what it changes.
    fn submit<'py>(
        &self,
        py: Python<'py>,
        command: &Bound<'py, PyAny>,
        now: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (session, now) = (self.inner()?, convert::instant(now)?);
        let command = command::read(command, now)?;
        let decision = run(py, move || Ok(session.submit(command, now)?))?;
        plain::decision(py, &decision, &self.locale)
    }

    /// Decides a command without carrying it out.
    fn check<'py>(
        &self,
        py: Python<'py>,
        command: &Bound<'py, PyAny>,
        now: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (session, now) = (self.inner()?, convert::instant(now)?);
        let command = command::read(command, now)?;
        let decision = run(py, move || Ok(session.check(&command, now)?))?;
        plain::decision(py, &decision, &self.locale)
    }

    /// One record.
    fn get<'py>(&self, py: Python<'py>, object: &str, id: &str) -> PyResult<Bound<'py, PyAny>> {
        let (session, object, id) = (self.inner()?, object_name(object)?, id_of(id)?);
        let record = run(py, move || Ok(session.get(&object, &id)?))?;
        plain::record(py, &record)
    }

    /// Records by condition: the records, how many there are in all, and the same as a table.
    #[pyo3(signature = (object, filter, sort, limit, offset, now))]
    #[expect(clippy::too_many_arguments, reason = "a call of Python with names for its arguments")]
    fn query<'py>(
        &self,
        py: Python<'py>,
        object: &str,
        filter: Option<String>,
        sort: Vec<(String, bool)>,
        limit: usize,
        offset: usize,
        now: &Bound<'py, PyAny>,
    ) -> PyResult<(Bound<'py, PyTuple>, usize, Table)> {
        let (session, now) = (self.inner()?, convert::instant(now)?);
        let mut query = Query::of(object_name(object)?).page(limit).skip(offset);
        query.filter = filter;
        for (field, descending) in sort {
            let order = if descending { SortOrder::Descending } else { SortOrder::Ascending };
            query = query.sort(FieldName::new(field).map_err(Fault::from)?, order);
        }
        let (page, table) = run(py, move || {
            let page = session.query(&query, now)?;
            let schema = session.workspace().engine().schema().object(query.object.as_str());
            let table = match schema {
                Some(schema) => records::table(schema, &page.records)?,
                None => Table::of(Vec::new())?,
            };
            Ok((page, table))
        })?;
        Ok((plain::tuple(py, &page.records, |r| plain::record(py, r))?, page.total, table))
    }

    /// What happened to a record.
    fn history<'py>(&self, py: Python<'py>, object: &str, id: &str) -> PyResult<Bound<'py, PyTuple>> {
        let (session, object, id) = (self.inner()?, object_name(object)?, id_of(id)?);
        let items = run(py, move || Ok(session.history(&object, &id)?))?;
        plain::tuple(py, &items, |i| plain::history(py, i))
    }

    /// What a record was made of: its id, the records merged into it, and where each value came from.
    fn lineage(&self, py: Python<'_>, object: &str, id: &str) -> PyResult<(String, Vec<String>, Table)> {
        let (session, object, id) = (self.inner()?, object_name(object)?, id_of(id)?);
        run(py, move || {
            let lineage = session.lineage(&object, &id)?;
            let merged = lineage.merged.iter().map(ToString::to_string).collect();
            Ok((lineage.record.to_string(), merged, golden::of_record(&lineage)?))
        })
    }

    /// The record's stage visits.
    fn visits<'py>(&self, py: Python<'py>, object: &str, id: &str) -> PyResult<Bound<'py, PyTuple>> {
        let (session, object, id) = (self.inner()?, object_name(object)?, id_of(id)?);
        let visits = run(py, move || Ok(session.visits(&object, &id)?))?;
        plain::tuple(py, &visits, |v| plain::visit(py, v))
    }

    /// The steps that a record may take next.
    fn next_steps<'py>(
        &self,
        py: Python<'py>,
        object: &str,
        id: &str,
        now: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let (session, object, id) = (self.inner()?, object_name(object)?, id_of(id)?);
        let now = convert::instant(now)?;
        let steps = run(py, move || Ok(session.next_steps(&object, &id, now)?))?;
        plain::tuple(py, &steps, |s| plain::next_step(py, s, &self.locale))
    }

    /// Records that may be the same as a draft, or as a stored record with changes.
    #[pyo3(signature = (object, id, values))]
    fn find_duplicates<'py>(
        &self,
        py: Python<'py>,
        object: &str,
        id: Option<&str>,
        values: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let (session, object) = (self.inner()?, object_name(object)?);
        let id = id.map(id_of).transpose()?;
        let patch = command::patch(values)?;
        let found = run(py, move || Ok(session.find_duplicates(&object, id.as_ref(), &patch)?))?;
        plain::duplicates(py, &found)
    }

    /// KPIs over the records that the actor may see.
    #[pyo3(signature = (query, rates, now))]
    fn kpis(
        &self,
        py: Python<'_>,
        query: Option<&Bound<'_, PyDict>>,
        rates: Option<&Bound<'_, PyAny>>,
        now: &Bound<'_, PyAny>,
    ) -> PyResult<KpiReport> {
        let (session, query, rates) = (self.inner()?, kpis::query(query)?, kpis::rates(rates)?);
        let now = convert::instant(now)?;
        run(py, move || Ok(KpiReport::new(session.kpis(&query, &rates, now)?, Vec::new())))
    }

    /// How many records of each object the actor sees.
    fn counts(&self, py: Python<'_>) -> PyResult<BTreeMap<String, usize>> {
        let session = self.inner()?;
        run(py, move || Ok(session.counts()?.into_iter().map(|(o, n)| (o.to_string(), n)).collect()))
    }

    /// The log after a position.
    fn export_log<'py>(&self, py: Python<'py>, after: u64, limit: usize) -> PyResult<Bound<'py, PyTuple>> {
        let session = self.inner()?;
        let items = run(py, move || Ok(session.export_log(after, limit)?))?;
        plain::tuple(py, &items, |i| plain::log_entry(py, i))
    }

    /// Tries another Blueprint's rules on the records that the actor sees.
    fn compare(
        &self,
        py: Python<'_>,
        new: &Bound<'_, Engine>,
        now: &Bound<'_, PyAny>,
    ) -> PyResult<Comparison> {
        let (session, new, now) = (self.inner()?, new.get().inner.clone(), convert::instant(now)?);
        run(py, move || Ok(Comparison { found: session.compare(&new, now)?, problems: Vec::new() }))
    }

    /// Audits the records that the actor sees.
    fn audit(&self, py: Python<'_>, now: &Bound<'_, PyAny>) -> PyResult<Audit> {
        let (session, now) = (self.inner()?, convert::instant(now)?);
        run(py, move || {
            let engine = session.workspace().engine().clone();
            Ok(Audit { engine, found: session.audit(now)?, problems: Vec::new() })
        })
    }

    /// Works out what a plan would change.
    #[pyo3(signature = (file, text, now))]
    fn cleanse(
        &self,
        py: Python<'_>,
        file: Option<PathBuf>,
        text: Option<String>,
        now: &Bound<'_, PyAny>,
    ) -> PyResult<CleanseDiff> {
        let (session, now) = (self.inner()?, convert::instant(now)?);
        run(py, move || {
            let plan = cleanse::plan(file.as_deref(), text.as_deref())?;
            Ok(CleanseDiff { diff: session.cleanse(&plan, now)? })
        })
    }

    /// Applies a difference as one batch.
    fn apply(
        &self,
        py: Python<'_>,
        diff: &Bound<'_, CleanseDiff>,
        batch: &str,
        now: &Bound<'_, PyAny>,
    ) -> PyResult<BatchReport> {
        let (session, now) = (self.inner()?, convert::instant(now)?);
        let diff = &diff.get().diff;
        run(py, move || Ok(BatchReport { report: session.apply(diff, batch, now)? }))
    }

    /// Undoes a batch.
    fn undo(&self, py: Python<'_>, batch: &str, now: &Bound<'_, PyAny>) -> PyResult<UndoReport> {
        let (session, now) = (self.inner()?, convert::instant(now)?);
        run(py, move || Ok(UndoReport { report: session.undo(batch, now)? }))
    }

    /// Imports files through a mapping.
    #[pyo3(signature = (folder, mapping_file, mapping_text, only, mended, now, progress))]
    #[expect(clippy::too_many_arguments, reason = "a call of Python with names for its arguments")]
    fn import_files(
        &self,
        py: Python<'_>,
        folder: PathBuf,
        mapping_file: Option<PathBuf>,
        mapping_text: Option<String>,
        only: Option<String>,
        mended: Option<PathBuf>,
        now: &Bound<'_, PyAny>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<ImportReport> {
        let (session, now): (_, Instant) = (self.inner()?, convert::instant(now)?);
        let mapping = import::mapping(mapping_file, mapping_text, &folder)?;
        import::run(py, &session, &mapping, &folder, only, mended, now, progress)
    }
}

/// Runs the `qudao` program and gives its exit code.
#[pyfunction]
pub(crate) fn main(py: Python<'_>, arguments: Vec<String>) -> PyResult<u8> {
    run(py, move || {
        let (mut out, mut err) = (std::io::stdout().lock(), std::io::stderr());
        let progress = std::io::IsTerminal::is_terminal(&err);
        let streams = qudao_cli::Streams { out: &mut out, err: &mut err, progress };
        Ok(qudao_cli::run_with(arguments, streams))
    })
}

/// Runs the `qudao` program: exit code, answer, and everything beside the answer.
#[pyfunction]
pub(crate) fn run_captured(py: Python<'_>, arguments: Vec<String>) -> PyResult<(u8, String, String)> {
    run(py, move || {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = qudao_cli::run(arguments, &mut out, &mut err);
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ok((code, text(out), text(err)))
    })
}
