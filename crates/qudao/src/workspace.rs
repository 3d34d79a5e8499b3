//! A workspace: an engine and a store. It opens, migrates, checks and rebuilds; people work through sessions.

use std::path::Path;
use std::sync::Arc;

use qudao_model::{Actor, ActorId, Instant, Locale, ObjectName, RecordId, RoleName, StateView};
use qudao_store::{
    BlueprintText, Durability, LogItem, MigrationPreview, MigrationReport, OpenOptions, Opened, OutboxItem,
    RebuildReport, Store, VerifyReport,
};

use crate::engine::Engine;
use crate::error::Error;
use crate::session::Session;

/// An engine and a store. Cheap to clone; every clone speaks of the same database. `Send + Sync`.
///
/// ```
/// use qudao::prelude::*;
///
/// let engine = Blueprint::from_yaml("qudao: 1\n")?.compile()?;
/// let workspace = Workspace::in_memory(engine)?;
/// let session = workspace.session(Actor::new(ActorId::new("alice")?), "en");
/// let account = Patch::new().set(FieldName::new("name")?, "Acme");
/// let now = Instant::parse("2026-11-24T08:00:00Z").unwrap();
/// let decision = session.submit(Command::create(ObjectName::new("account")?, account), now)?;
/// assert!(decision.is_allowed());
/// # Ok::<(), qudao::Error>(())
/// ```
#[derive(Clone)]
pub struct Workspace {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    store: Store,
}

impl std::fmt::Debug for Workspace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workspace").field("blueprint", self.inner.engine.hash()).finish_non_exhaustive()
    }
}

/// How a workspace is opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WorkspaceOptions {
    /// A commit survives the end of the process but perhaps not a power cut; faster for bulk loads.
    pub fast_commits: bool,
    /// Fails where there is no file, instead of making one.
    pub must_exist: bool,
    /// Reads map the file into memory instead of copying its pages: for servers with a large file on a disk of their own. A disk that
    /// fails, or a program that cuts the file short, then ends the process instead of being told as an error.
    pub mapped: bool,
}

fn store_options(engine: &Engine, options: WorkspaceOptions) -> OpenOptions {
    let text = BlueprintText { hash: engine.hash().clone(), text: engine.blueprint().canonical_json() };
    OpenOptions::new(engine.schema_arc().clone(), text, Arc::new(engine.clone()))
        .create(!options.must_exist)
        // More than any file: SQLite maps what there is, up to its own limit of 2 GiB.
        .mapped(if options.mapped { 1 << 40 } else { 0 })
        .durability(if options.fast_commits { Durability::ProcessLoss } else { Durability::PowerLoss })
}

impl Workspace {
    fn of(engine: Engine, store: Store) -> Self {
        Self { inner: Arc::new(Inner { engine, store }) }
    }

    /// Opens a database file, or makes one.
    ///
    /// # Errors
    /// [`Error::BlueprintChanged`] when the file was written under another Blueprint (see [`Workspace::preview`] and
    /// [`Workspace::migrate`]); [`Error::Store`] when the file cannot be opened, is damaged, or is of a newer format.
    pub fn open(path: impl AsRef<Path>, engine: Engine) -> Result<Self, Error> {
        Self::open_with(path, engine, WorkspaceOptions::default())
    }

    /// Opens a database file with options.
    ///
    /// # Errors
    /// As [`Workspace::open`].
    pub fn open_with(
        path: impl AsRef<Path>,
        engine: Engine,
        options: WorkspaceOptions,
    ) -> Result<Self, Error> {
        match open_current(path.as_ref(), &engine, options)? {
            Opened::Ready(store) => Ok(Self::of(engine, store)),
            Opened::BlueprintChanged { stored, given, .. } => {
                Err(Error::BlueprintChanged { stored: stored.to_string(), given: given.to_string() })
            }
            Opened::OldFormat { found, current, .. } => {
                Err(Error::Internal { detail: format!("format {found} did not migrate to {current}") })
            }
        }
    }

    /// A database in memory, for tests and sandboxes.
    ///
    /// # Errors
    /// [`Error::Store`] when it cannot be made.
    pub fn in_memory(engine: Engine) -> Result<Self, Error> {
        let store = Store::in_memory(store_options(&engine, WorkspaceOptions::default()))?;
        Ok(Self::of(engine, store))
    }

    /// What another Blueprint would change in a database, before it is switched on. Nothing is written.
    /// `None` when the file was written under this Blueprint.
    ///
    /// # Errors
    /// [`Error::Store`] when the file cannot be read.
    pub fn preview(path: impl AsRef<Path>, engine: &Engine) -> Result<Option<MigrationPreview>, Error> {
        match open_current(
            path.as_ref(),
            engine,
            WorkspaceOptions { must_exist: true, ..Default::default() },
        )? {
            Opened::BlueprintChanged { store, .. } => Ok(Some(store.preview()?)),
            _ => Ok(None),
        }
    }

    /// Opens a database under another Blueprint than it was written under, as a logged command.
    /// `None` in place of the report when there was nothing to migrate.
    ///
    /// # Errors
    /// [`Error::Store`] when the file cannot be opened or migrated; then it stays as it was.
    pub fn migrate(
        path: impl AsRef<Path>,
        engine: Engine,
        actor: &Actor,
        now: Instant,
    ) -> Result<(Self, Option<MigrationReport>), Error> {
        match open_current(
            path.as_ref(),
            &engine,
            WorkspaceOptions { must_exist: true, ..Default::default() },
        )? {
            Opened::Ready(store) => Ok((Self::of(engine, store), None)),
            Opened::BlueprintChanged { store, .. } => {
                let (store, report) = store.migrate(actor, now)?;
                Ok((Self::of(engine, store), Some(report)))
            }
            Opened::OldFormat { found, current, .. } => {
                Err(Error::Internal { detail: format!("format {found} did not migrate to {current}") })
            }
        }
    }

    /// The engine.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    pub(crate) fn store(&self) -> &Store {
        &self.inner.store
    }

    /// The workspace as one actor sees it. The host vouches for who the actor is and which roles are held.
    #[must_use]
    pub fn session(&self, actor: Actor, locale: impl Into<Locale>) -> Session {
        Session::new(self.clone(), actor, locale.into())
    }

    /// The workspace as a person with a `user` record sees it: roles, partner, team and territories are those of the
    /// record. In a Blueprint without roles any id will do.
    ///
    /// # Errors
    /// [`Error::UnknownActor`] when there are roles and no active user record.
    pub fn session_of(&self, user: &str, locale: impl Into<Locale>) -> Result<Session, Error> {
        let id = RecordId::new(user)?;
        let object = ObjectName::new("user")?;
        let found = self.store().read(|view| -> Result<_, Error> {
            Ok(view.records(&object, std::slice::from_ref(&id))?.into_iter().next().flatten())
        })?;
        let mut actor = Actor::new(ActorId::new(user)?);
        match found {
            Some(record) if record.get("active").as_bool() != Some(false) => {
                let list = |field: &str| -> Vec<String> {
                    match record.get(field) {
                        qudao_model::Value::List(items) => items.iter().map(ToString::to_string).collect(),
                        _ => Vec::new(),
                    }
                };
                actor.roles = list("roles").iter().filter_map(|r| RoleName::new(r).ok()).collect();
                actor.territories =
                    list("territories").iter().filter_map(|t| RecordId::new(t).ok()).collect();
                actor.partner = record.get("partner").as_reference().cloned();
                actor.team = record.get("team").as_text().map(str::to_owned);
            }
            _ if self.engine().roles().is_open() => {}
            _ => return Err(Error::UnknownActor),
        }
        Ok(self.session(actor, locale))
    }

    /// Makes records, visits, claims and index again from the log and the Blueprints alone.
    ///
    /// # Errors
    /// [`Error::Store`] when the log cannot be read; then everything stays as it was.
    pub fn rebuild(&self) -> Result<RebuildReport, Error> {
        Ok(self.store().rebuild()?)
    }

    /// Compares what is stored with what a rebuild would make, row by row. Nothing is changed.
    ///
    /// # Errors
    /// [`Error::Store`] when the log cannot be read.
    pub fn verify(&self) -> Result<VerifyReport, Error> {
        Ok(self.store().verify()?)
    }

    /// Checks the database file. Empty when it is whole.
    ///
    /// # Errors
    /// [`Error::Store`] when the check cannot run.
    pub fn integrity_check(&self) -> Result<Vec<String>, Error> {
        Ok(self.store().integrity_check()?)
    }

    /// Events for other systems after a position, oldest first. For the host's own delivery, not for people.
    ///
    /// # Errors
    /// [`Error::Store`] when the database cannot be read.
    pub fn outbox(&self, after: u64, limit: usize) -> Result<Vec<OutboxItem>, Error> {
        self.store().read(|view| Ok(view.outbox(after, limit)?))
    }

    /// The Blueprint text kept under a hash.
    ///
    /// # Errors
    /// [`Error::Store`] when the database cannot be read.
    pub fn blueprint_text(&self, hash: &qudao_model::Hash) -> Result<Option<String>, Error> {
        self.store().read(|view| Ok(view.blueprint_text(hash)?))
    }

    /// Deletes the payloads of refused commands that are older than the Blueprint keeps them. The entries stay.
    ///
    /// # Errors
    /// [`Error::Store`] when the database cannot be written.
    pub fn drop_refused_payloads(&self, now: Instant) -> Result<u64, Error> {
        let days = i64::from(self.engine().blueprint().spec().keep_refused_days);
        let before =
            Instant::from_micros(now.micros().saturating_sub(qudao_model::Span::from_days(days).micros()));
        self.store().write(|tx| Ok(tx.drop_refused_payloads(before)?))
    }

    pub(crate) fn log(&self, after: u64, limit: usize) -> Result<Vec<LogItem>, Error> {
        self.store().read(|view| Ok(view.log(after, limit)?))
    }
}

/// Opens a file and brings an older format up to date; the Blueprint may still differ.
fn open_current(path: &Path, engine: &Engine, options: WorkspaceOptions) -> Result<Opened, Error> {
    match Store::open(path, store_options(engine, options))? {
        Opened::OldFormat { store, .. } => Ok(store.migrate()?),
        opened => Ok(opened),
    }
}
