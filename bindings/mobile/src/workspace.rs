//! Workspaces and sessions.

use std::sync::Arc;

use qudao::model::{self, Instant, Locale, Query, Sort, SortOrder};

use crate::QudaoError;
use crate::commands::{Command, Decision, SubmitOptions, from_decision, into_command, optional};
use crate::engine::Engine;
use crate::findings::{Duplicate, Violation};
use crate::guard::{guard, guard_in};
use crate::kpis::{KpiRequest, KpiValue, from_report, into_query};
use crate::values::{FieldValue, Fields, RecordData, from_value, into_patch};

/// Somebody who acts. The host vouches for who it is.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Actor {
    /// Who.
    pub id: String,
    /// The roles held.
    #[uniffi(default = [])]
    pub roles: Vec<String>,
    /// The partner the person works for; none for the vendor's own people.
    #[uniffi(default = None)]
    pub partner: Option<String>,
    /// The team.
    #[uniffi(default = None)]
    pub team: Option<String>,
    /// The territories.
    #[uniffi(default = [])]
    pub territories: Vec<String>,
}

fn into_actor(actor: Actor) -> Result<model::Actor, QudaoError> {
    let mut out = model::Actor::new(actor.id.parse()?);
    for role in actor.roles {
        out.roles.insert(role.parse()?);
    }
    out.partner = optional(actor.partner)?;
    out.team = actor.team;
    for territory in actor.territories {
        out.territories.insert(territory.parse()?);
    }
    Ok(out)
}

/// An engine and a database file. Works offline.
#[derive(Debug, uniffi::Object)]
pub struct Workspace {
    inner: qudao::Workspace,
}

/// A workspace seen by one actor in one locale. Every command and every read goes through one.
#[derive(Debug, uniffi::Object)]
pub struct Session {
    inner: qudao::Session,
}

/// A direction of a sort.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SortKey {
    /// The field.
    pub field: String,
    /// Largest first. Missing values come last either way.
    #[uniffi(default = false)]
    pub descending: bool,
}

/// Which records to read.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct QueryRequest {
    /// The object.
    pub object: String,
    /// A condition in the rule language.
    #[uniffi(default = None)]
    pub filter: Option<String>,
    /// The order; ties go by id.
    #[uniffi(default = [])]
    pub sort: Vec<SortKey>,
    /// At most this many records.
    #[uniffi(default = 100)]
    pub limit: u32,
    /// Skips this many.
    #[uniffi(default = 0)]
    pub offset: u32,
}

/// One page of a query.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Page {
    /// The records.
    pub records: Vec<RecordData>,
    /// How many records the query has in all.
    pub total: u64,
}

/// A changed field.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct FieldChange {
    /// The field.
    pub field: String,
    /// The value before.
    pub before: FieldValue,
    /// The value after.
    pub after: FieldValue,
}

/// One entry of a record's history.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct HistoryItem {
    /// The entry's place in the log.
    pub seq: u64,
    /// The kind of command.
    pub command: String,
    /// Who sent it.
    pub actor: String,
    /// Business time.
    pub occurred_at: Instant,
    /// Recording time.
    pub recorded_at: Instant,
    /// It was carried out.
    pub allowed: bool,
    /// The rules not met.
    pub failed: Vec<String>,
    /// The rules passed by a grant.
    pub granted: Vec<String>,
    /// The changes to the record.
    pub changes: Vec<FieldChange>,
    /// The stages entered.
    pub stages: Vec<String>,
}

/// A value that a merged record held and that did not survive.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct LostValue {
    /// The record that held it.
    pub record: String,
    /// The value.
    pub value: FieldValue,
}

/// Where the value of one field of a merged record came from.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct LineageCell {
    /// The field.
    pub field: String,
    /// Its value now.
    pub value: FieldValue,
    /// The record that it came from; none where the actor may not see that record.
    pub from: Option<String>,
    /// The rule by which it was chosen, such as `most_recent`.
    pub rule: String,
    /// Somebody wrote the value after the merge.
    pub edited: bool,
    /// The values that were lost.
    pub lost: Vec<LostValue>,
}

/// What a record was made of, as far as the actor may see it.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Lineage {
    /// The record that survived.
    pub record: String,
    /// The records that stand merged into it.
    pub merged: Vec<String>,
    /// Field by field. Empty where nothing stands merged.
    pub cells: Vec<LineageCell>,
}

/// A stay of a record in a stage.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct StageVisit {
    /// The process.
    pub process: String,
    /// The stage.
    pub stage: String,
    /// `open`, `won`, `lost` or `cancelled`.
    pub outcome: String,
    /// When it was entered, in business time.
    pub entered: Instant,
    /// When it was left; none while the record is there.
    pub left: Option<Instant>,
    /// The loss reason of a closing visit.
    pub reason: Option<String>,
}

/// One possible next step of a record, with what is missing for it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct NextStep {
    /// The stage.
    pub stage: String,
    /// The company's word for it.
    pub label: String,
    /// `open`, `won`, `lost` or `cancelled`.
    pub outcome: String,
    /// The kind of the move: `forward`, `skip`, `backward`, `close` or `reopen`.
    pub direction: String,
    /// The step can be taken now.
    pub allowed: bool,
    /// What must be met first.
    pub missing: Vec<Violation>,
    /// What should be met, but does not block.
    pub advised: Vec<Violation>,
    /// Advice for people who work in the stage.
    pub tip: Option<String>,
    /// The fields that matter in the stage.
    pub key_fields: Vec<String>,
}

/// An entry of the log, for export.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct LogEntry {
    /// Its place in the log.
    pub seq: u64,
    /// The kind of command.
    pub command: String,
    /// Who sent it.
    pub actor: String,
    /// Recording time.
    pub recorded_at: Instant,
    /// It was carried out.
    pub allowed: bool,
    /// The Blueprint that decided.
    pub blueprint: String,
    /// The command and its effects as JSON; none when they are no longer kept.
    pub payload: Option<String>,
}

#[uniffi::export]
impl Workspace {
    /// Opens a database file, or makes one.
    ///
    /// # Errors
    ///
    /// `Store` when the file cannot be opened, is damaged, or was written under another Blueprint.
    #[uniffi::constructor]
    pub fn open(path: String, engine: Arc<Engine>) -> Result<Arc<Self>, QudaoError> {
        guard(|| Ok(Arc::new(Self { inner: qudao::Workspace::open(path, engine.inner.clone())? })))
    }

    /// A database in memory, for tests and sandboxes.
    ///
    /// # Errors
    ///
    /// `Store` when it cannot be made.
    #[uniffi::constructor]
    pub fn in_memory(engine: Arc<Engine>) -> Result<Arc<Self>, QudaoError> {
        guard(|| Ok(Arc::new(Self { inner: qudao::Workspace::in_memory(engine.inner.clone())? })))
    }

    /// The workspace as one actor sees it.
    ///
    /// # Errors
    ///
    /// `Argument` when a text is not an id.
    pub fn session(&self, actor: Actor, locale: String) -> Result<Arc<Session>, QudaoError> {
        guard(|| Ok(Arc::new(Session { inner: self.inner.session(into_actor(actor)?, locale.as_str()) })))
    }

    /// The workspace as a person with a `user` record sees it: roles, partner and team are those of the record.
    ///
    /// # Errors
    ///
    /// `Access` when the Blueprint has roles and there is no active user record.
    pub fn session_of(&self, user: String, locale: String) -> Result<Arc<Session>, QudaoError> {
        guard(|| {
            let spoken = Locale::new(locale.as_str());
            let session =
                self.inner.session_of(&user, locale.as_str()).map_err(|e| QudaoError::of(e, &spoken))?;
            Ok(Arc::new(Session { inner: session }))
        })
    }

    /// Compares what is stored with what the log alone would give. True when they are equal.
    ///
    /// # Errors
    ///
    /// `Store` when the log cannot be read.
    pub fn verify(&self) -> Result<bool, QudaoError> {
        guard(|| Ok(self.inner.verify()?.is_equal()))
    }

    /// Makes records, visits, claims and index again from the log. Gives the number of entries replayed.
    ///
    /// # Errors
    ///
    /// `Store` when the log cannot be read; then everything stays as it was.
    pub fn rebuild(&self) -> Result<u64, QudaoError> {
        guard(|| Ok(self.inner.rebuild()?.entries))
    }
}

impl Session {
    fn tell(&self, error: qudao::Error) -> QudaoError {
        QudaoError::of(error, self.inner.locale())
    }
}

#[uniffi::export]
impl Session {
    /// Decides a command and commits what it changes. A refusal is a decision.
    ///
    /// # Errors
    ///
    /// `NotFound` for a record that does not exist or that the actor may not see; `Store` when the database fails.
    pub fn submit(
        &self,
        command: Command,
        now: Instant,
        options: SubmitOptions,
    ) -> Result<Decision, QudaoError> {
        guard(|| {
            let command = into_command(command, options, now)?;
            let decision = self.inner.submit(command, now).map_err(|e| self.tell(e))?;
            Ok(from_decision(decision, self.inner.locale()))
        })
    }

    /// Decides a command without carrying it out: what a form shows while somebody types.
    ///
    /// # Errors
    ///
    /// As [`Session::submit`].
    pub fn check(
        &self,
        command: Command,
        now: Instant,
        options: SubmitOptions,
    ) -> Result<Decision, QudaoError> {
        guard(|| {
            let command = into_command(command, options, now)?;
            let decision = self.inner.check(&command, now).map_err(|e| self.tell(e))?;
            Ok(from_decision(decision, self.inner.locale()))
        })
    }

    /// One record.
    ///
    /// # Errors
    ///
    /// `NotFound` for a record that does not exist or that the actor may not see: both answer alike.
    pub fn get(&self, object: String, id: String) -> Result<RecordData, QudaoError> {
        guard(|| {
            let record = self.inner.get(&object.parse()?, &id.parse()?).map_err(|e| self.tell(e))?;
            Ok(RecordData::of(&record))
        })
    }

    /// Records by condition, in order, page by page.
    ///
    /// # Errors
    ///
    /// `Argument` when the condition does not compile; `Access` when it reads a field that the actor may not read.
    pub fn query(&self, request: QueryRequest, now: Instant) -> Result<Page, QudaoError> {
        guard(|| {
            let mut query = Query::of(request.object.parse()?);
            query.filter = request.filter;
            for key in request.sort {
                let order = if key.descending { SortOrder::Descending } else { SortOrder::Ascending };
                query.sort.push(Sort { field: key.field.parse()?, order });
            }
            query.limit = request.limit as usize;
            query.offset = request.offset as usize;
            let page = self.inner.query(&query, now).map_err(|e| self.tell(e))?;
            Ok(Page { records: page.records.iter().map(RecordData::of).collect(), total: page.total as u64 })
        })
    }

    /// What happened to a record, oldest first.
    ///
    /// # Errors
    ///
    /// `NotFound` for a record that does not exist or that the actor may not see.
    pub fn history(&self, object: String, id: String) -> Result<Vec<HistoryItem>, QudaoError> {
        guard(|| {
            let items = self.inner.history(&object.parse()?, &id.parse()?).map_err(|e| self.tell(e))?;
            let text = |rules: &[model::RuleId]| rules.iter().map(ToString::to_string).collect();
            Ok(items
                .iter()
                .map(|item| HistoryItem {
                    seq: item.seq,
                    command: item.command.clone(),
                    actor: item.actor.to_string(),
                    occurred_at: item.occurred_at,
                    recorded_at: item.recorded_at,
                    allowed: item.outcome == model::Outcome::Allowed,
                    failed: text(&item.failed),
                    granted: text(&item.granted),
                    changes: item
                        .changes
                        .iter()
                        .map(|c| FieldChange {
                            field: c.field.to_string(),
                            before: from_value(&c.before),
                            after: from_value(&c.after),
                        })
                        .collect(),
                    stages: item.visits.iter().map(|v| v.stage.to_string()).collect(),
                })
                .collect())
        })
    }

    /// What a record was made of, and where each of its values came from. The id of a merged record answers for the
    /// record that survived.
    ///
    /// # Errors
    ///
    /// `NotFound` for a record that does not exist or that the actor may not see.
    pub fn lineage(&self, object: String, id: String) -> Result<Lineage, QudaoError> {
        guard(|| {
            let lineage = self.inner.lineage(&object.parse()?, &id.parse()?).map_err(|e| self.tell(e))?;
            let cell = |c: &qudao::LineageCell| LineageCell {
                field: c.field.to_string(),
                value: from_value(&c.value),
                from: c.from.as_ref().map(ToString::to_string),
                rule: c.rule.as_str().to_owned(),
                edited: c.edited,
                lost: c
                    .lost
                    .iter()
                    .map(|l| LostValue { record: l.record.to_string(), value: from_value(&l.value) })
                    .collect(),
            };
            Ok(Lineage {
                record: lineage.record.to_string(),
                merged: lineage.merged.iter().map(ToString::to_string).collect(),
                cells: lineage.cells.iter().map(cell).collect(),
            })
        })
    }

    /// The stages that a record has been in, oldest first.
    ///
    /// # Errors
    ///
    /// `NotFound` for a record that does not exist or that the actor may not see.
    pub fn visits(&self, object: String, id: String) -> Result<Vec<StageVisit>, QudaoError> {
        guard(|| {
            let visits = self.inner.visits(&object.parse()?, &id.parse()?).map_err(|e| self.tell(e))?;
            Ok(visits
                .into_iter()
                .map(|v| StageVisit {
                    process: v.process.to_string(),
                    stage: v.stage.to_string(),
                    outcome: v.class.as_str().to_owned(),
                    entered: v.entered,
                    left: v.left,
                    reason: v.reason,
                })
                .collect())
        })
    }

    /// The steps that a record may take next, with exactly what is missing for each.
    ///
    /// # Errors
    ///
    /// `NotFound` for a record that does not exist or that the actor may not see.
    pub fn next_steps(&self, object: String, id: String, now: Instant) -> Result<Vec<NextStep>, QudaoError> {
        guard(|| {
            let locale = self.inner.locale();
            let steps =
                self.inner.next_steps(&object.parse()?, &id.parse()?, now).map_err(|e| self.tell(e))?;
            Ok(steps
                .iter()
                .map(|step| NextStep {
                    stage: step.stage.to_string(),
                    label: step.label.get_or(locale, step.stage.as_str()).to_owned(),
                    outcome: step.class.as_str().to_owned(),
                    direction: step.direction.to_string(),
                    allowed: step.allowed,
                    missing: step.missing.iter().map(|v| Violation::of(v, locale)).collect(),
                    advised: step.advised.iter().map(|v| Violation::of(v, locale)).collect(),
                    tip: step.tip.get(locale).map(str::to_owned),
                    key_fields: step.key_fields.iter().map(ToString::to_string).collect(),
                })
                .collect())
        })
    }

    /// Records that may be the same as a draft or, with `id`, as a stored record. What a save would say.
    ///
    /// # Errors
    ///
    /// `NotFound` for a record that the actor may not see.
    pub fn find_duplicates(
        &self,
        object: String,
        id: Option<String>,
        fields: Fields,
    ) -> Result<Vec<Duplicate>, QudaoError> {
        guard_in(Some(self.inner.locale().to_string()), |_| {
            let id: Option<model::RecordId> = id.map(|id| id.parse()).transpose()?;
            let found = self.inner.find_duplicates(&object.parse()?, id.as_ref(), &into_patch(fields)?)?;
            Ok(found.into_iter().map(Into::into).collect())
        })
    }

    /// KPIs over the records that the actor may see.
    ///
    /// # Errors
    ///
    /// `Access` when a group is by a field that the actor may not read; `Argument` for an unknown metric or a missing
    /// exchange rate.
    pub fn kpis(&self, request: KpiRequest, now: Instant) -> Result<Vec<KpiValue>, QudaoError> {
        guard(|| {
            let (query, rates) = into_query(request)?;
            let report = self.inner.kpis(&query, &rates, now).map_err(|e| self.tell(e))?;
            Ok(from_report(report, self.inner.locale()))
        })
    }

    /// The log after a position, oldest first, for those with the right to export it.
    ///
    /// # Errors
    ///
    /// `Access` for an actor without the right.
    pub fn export_log(&self, after: u64, limit: u32) -> Result<Vec<LogEntry>, QudaoError> {
        guard(|| {
            let items = self.inner.export_log(after, limit as usize).map_err(|e| self.tell(e))?;
            Ok(items
                .into_iter()
                .map(|item| LogEntry {
                    seq: item.seq,
                    command: item.command,
                    actor: item.actor.to_string(),
                    recorded_at: item.recorded_at,
                    allowed: item.outcome == model::Outcome::Allowed,
                    blueprint: item.blueprint.to_string(),
                    payload: item
                        .payload
                        .map(|p| serde_json::json!({"command": p.command, "changes": p.changes}).to_string()),
                })
                .collect())
        })
    }
}
