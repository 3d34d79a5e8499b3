//! A session: a workspace seen by one actor in one locale. Every command and every read goes through one.

use std::collections::{BTreeMap, BTreeSet};

use qudao_expr::{Env, NavStep, Navigation, Program, Scope, Truth};
use qudao_metrics::{KpiQuery, KpiReport, RateTable};
use qudao_model::{
    Actor, Change, Command, CommandKind, Dataset, Decision, DuplicateFinding, FieldName, Instant, Locale,
    ObjectName, Operation, Patch, Query, Record, RecordId, RecordKey, SortOrder, StateView, Value, Visit,
};
use qudao_pipeline::NextStep;
use qudao_store::{LogEntry, LogItem, ReadTx};

use crate::compare::RuleComparison;
use crate::decide::Asking;
use crate::engine::Engine;
use crate::error::Error;
use crate::merge::{self, Lineage};
use crate::neighbourhood;
use crate::old_names;
use crate::resolve;
use crate::roles::{Extent, Sight};
use crate::workspace::Workspace;

/// A workspace seen by one actor in one locale.
#[derive(Debug, Clone)]
pub struct Session {
    workspace: Workspace,
    actor: Actor,
    locale: Locale,
}

/// One page of a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The records, masked for the actor.
    pub records: Vec<Record>,
    /// How many records the query has in all.
    pub total: usize,
}

/// One entry of a record's history, as the actor may see it.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryItem {
    /// The entry's place in the log.
    pub seq: u64,
    /// The kind of command.
    pub command: String,
    /// Who sent it.
    pub actor: qudao_model::ActorId,
    /// Business time.
    pub occurred_at: Instant,
    /// Recording time.
    pub recorded_at: Instant,
    /// Carried out or refused.
    pub outcome: qudao_model::Outcome,
    /// The rules not met.
    pub failed: Vec<qudao_model::RuleId>,
    /// The rules passed by a grant.
    pub granted: Vec<qudao_model::RuleId>,
    /// The changes to this record: field, value before, value after.
    pub changes: Vec<FieldChange>,
    /// The stages entered.
    pub visits: Vec<Visit>,
}

/// One changed field.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldChange {
    /// The field.
    pub field: FieldName,
    /// The value before.
    pub before: Value,
    /// The value after.
    pub after: Value,
}

impl Session {
    pub(crate) fn new(workspace: Workspace, actor: Actor, locale: Locale) -> Self {
        Self { workspace, actor, locale }
    }

    /// Who acts.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The locale of texts.
    #[must_use]
    pub fn locale(&self) -> &Locale {
        &self.locale
    }

    /// The workspace.
    #[must_use]
    pub fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    fn engine(&self) -> &Engine {
        self.workspace.engine()
    }

    pub(crate) fn sight<'a>(&'a self, view: &dyn StateView) -> Result<Sight<'a>, Error> {
        Ok(self.engine().roles().sight(self.engine().schema(), &self.actor, view)?)
    }

    /// Decides a command and commits what it changes, in one transaction that takes the write lock before it reads.
    /// A refusal is a decision, and is logged too.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a record that does not exist or that the actor may not see; [`Error::Store`] when the
    /// database is locked, full or damaged; nothing is kept then.
    pub fn submit(&self, command: Command, now: Instant) -> Result<Decision, Error> {
        let decision = self.workspace.store().write(|tx| -> Result<_, Error> {
            let decision = self.submit_in(tx, &command, now)?;
            self.without_unseen(&*tx, &command, decision)
        })?;
        self.masked(decision)
    }

    /// Decides and appends within a transaction that is open.
    pub(crate) fn submit_in(
        &self,
        tx: &mut qudao_store::WriteTx<'_>,
        command: &Command,
        now: Instant,
    ) -> Result<Decision, Error> {
        if let Some(key) = &command.key
            && let Some(applied) = tx.applied(&self.actor.id, key)?
        {
            return Ok(applied.decision);
        }
        let asking = Asking { actor: &self.actor, now, new_id: &|| fresh_id(now) };
        let decision = self.engine().decide(command, &asking, &*tx)?;
        tx.append(&LogEntry::of(command, &self.actor, &decision, now))?;
        Ok(decision)
    }

    /// Decides against a state, and writes nothing.
    pub(crate) fn check_in(
        &self,
        view: &dyn StateView,
        command: &Command,
        now: Instant,
    ) -> Result<Decision, Error> {
        let asking = Asking { actor: &self.actor, now, new_id: &|| fresh_id(now) };
        self.engine().decide(command, &asking, view)
    }

    /// Decides a command without carrying it out: what a form shows while somebody types.
    ///
    /// # Errors
    /// As [`Session::submit`].
    pub fn check(&self, command: &Command, now: Instant) -> Result<Decision, Error> {
        let decision = self.workspace.store().read(|view| -> Result<_, Error> {
            let decision = self.check_in(view, command, now)?;
            self.without_unseen(view, command, decision)
        })?;
        self.masked(decision)
    }

    /// A merge moves children that the actor may not see, and does not tell of them.
    fn without_unseen(
        &self,
        view: &dyn StateView,
        command: &Command,
        mut decision: Decision,
    ) -> Result<Decision, Error> {
        let (object, merged) = match &command.kind {
            CommandKind::Merge { object, master, others, .. } => {
                (object, std::iter::once(master).chain(others).collect::<BTreeSet<_>>())
            }
            CommandKind::Unmerge { record, .. } => (&record.object, BTreeSet::from([&record.id])),
            _ => return Ok(decision),
        };
        if self.engine().roles().is_open() {
            return Ok(decision);
        }
        let sight = self.sight(view)?;
        let mut seen: BTreeSet<RecordKey> =
            merged.into_iter().map(|id| RecordKey { object: object.clone(), id: id.clone() }).collect();
        let mut by_object: BTreeMap<ObjectName, Vec<RecordId>> = BTreeMap::new();
        let told = decision.records.iter().chain(decision.trace.iter().filter_map(|t| t.record.as_ref()));
        for key in told {
            by_object.entry(key.object.clone()).or_default().push(key.id.clone());
        }
        for (object, ids) in by_object {
            let records: Vec<Record> = view.records(&object, &ids)?.into_iter().flatten().collect();
            let sees = sight.sees(&records, view)?;
            seen.extend(records.iter().zip(sees).filter(|(_, s)| *s).map(|(r, _)| r.key()));
        }
        decision.records.retain(|r| seen.contains(r));
        decision.trace.retain(|t| t.record.as_ref().is_none_or(|r| seen.contains(r)));
        for change in &mut decision.changes {
            if let Change::Absorb { moved, .. } = change {
                moved.retain(|m| seen.contains(&m.record));
            }
        }
        decision.changes.retain(|c| match c {
            Change::Put { record, .. } => seen.contains(record),
            // It names values of fields that may be masked, and of records: there is a call for lineage.
            Change::SetGolden { .. } => false,
            _ => true,
        });
        Ok(decision)
    }

    /// Takes out of a decision what the actor may not read.
    fn masked(&self, mut decision: Decision) -> Result<Decision, Error> {
        let engine = self.engine();
        if engine.roles().is_open() {
            return Ok(decision);
        }
        let masks = |object: &ObjectName| self.masked_fields(object);
        for entry in &mut decision.trace {
            let masked = entry.record.as_ref().map(|r| masks(&r.object)).unwrap_or_default();
            let before = entry.inputs.len();
            // What a rule read of other records, or of masked fields, is not told.
            entry.inputs.retain(|path, _| !path.contains('.') && !masked.contains(path.as_str()));
            if entry.inputs.len() != before {
                entry.evidence.clear();
            }
        }
        for change in &mut decision.changes {
            if let Change::Put { record, patch, before, .. } = change {
                let masked = masks(&record.object);
                patch.set.retain(|f, _| !masked.contains(f));
                before.set.retain(|f, _| !masked.contains(f));
            }
        }
        decision.changes.retain(|c| !matches!(c, Change::OpenDuplicateSet { .. }));
        decision.events.clear();
        Ok(decision)
    }

    /// One record. The id of a merged record answers with the record that survived.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a record that does not exist or that the actor may not see: both answer alike.
    pub fn get(&self, object: &ObjectName, id: &RecordId) -> Result<Record, Error> {
        self.workspace.store().read(|view| {
            let mut record = self.visible(view, object, id)?;
            self.sight(view)?.mask(&mut record);
            Ok(record)
        })
    }

    pub(crate) fn visible(
        &self,
        view: &dyn StateView,
        object: &ObjectName,
        id: &RecordId,
    ) -> Result<Record, Error> {
        self.known(object)?;
        let sight = self.sight(view)?;
        let record = resolve::record(view, object, id)?.into_iter().collect();
        sight.visible(record, view)?.pop().ok_or_else(|| self.engine().not_found(object))
    }

    fn known(&self, object: &ObjectName) -> Result<(), Error> {
        match self.engine().schema().object(object.as_str()) {
            Some(_) => Ok(()),
            None => Err(self.engine().unknown_object(object.as_str())),
        }
    }

    /// Records by condition, in order, page by page.
    ///
    /// Where the condition compares an id or a reference with the id that a merged record had, the record that survived is meant, and
    /// the same goes for an `external_id` that a merged record had and no record has now, as far as the actor may see both.
    ///
    /// # Errors
    /// [`Error::Condition`] when the condition does not compile; [`Error::Masked`] when it, or the sort, reads a field
    /// that the actor may not read.
    pub fn query(&self, query: &Query, now: Instant) -> Result<Page, Error> {
        self.known(&query.object)?;
        let engine = self.engine();
        let schema = engine.schema();
        let filter = query.filter.as_ref();
        let condition = filter.map(|text| self.condition(&query.object, text)).transpose()?;
        let sort_fields: BTreeSet<FieldName> = query.sort.iter().map(|s| s.field.clone()).collect();
        for field in &sort_fields {
            let object = schema.object(query.object.as_str());
            if object.is_none_or(|o| o.field(field.as_str()).is_none()) {
                return Err(engine.unknown_field(&query.object, field.as_str()));
            }
        }
        self.refuse_masked(&query.object, &sort_fields)?;
        self.workspace.store().read(|view| {
            let sight = self.sight(view)?;
            let mut records = self.chosen(view, &query.object, condition.as_ref(), now)?;
            for key in query.sort.iter().rev() {
                let descending = key.order == SortOrder::Descending;
                // Stable sorts from the last key to the first; ties stay by id.
                records.sort_by(|a, b| {
                    compare(a.get(key.field.as_str()), b.get(key.field.as_str()), descending)
                });
            }
            let total = records.len();
            let mut page: Vec<Record> = records.into_iter().skip(query.offset).take(query.limit).collect();
            for record in &mut page {
                sight.mask(record);
            }
            Ok(Page { records: page, total })
        })
    }

    /// The records of an object that the actor sees and for which a condition holds. Old names of merged records count.
    pub(crate) fn chosen(
        &self,
        view: &ReadTx<'_>,
        object: &ObjectName,
        condition: Option<&Program>,
        now: Instant,
    ) -> Result<Vec<Record>, Error> {
        let sight = self.sight(view)?;
        let records = sight.visible(view.scan(object)?, view)?;
        let Some(program) = condition else { return Ok(records) };
        let program = &old_names::follow(program, view, &sight)?;
        let data = self.visible_surroundings(view, &sight, &records, program)?;
        let zone = self.engine().zone();
        let mut kept = Vec::new();
        for record in records {
            let scope = Scope { record: &record, before: None, data: &data, now: Some(now), zone, vars: &[] };
            if program.test(&scope)? == Truth::True {
                kept.push(record);
            }
        }
        Ok(kept)
    }

    /// A condition of the caller's over an object; one that reads a masked field is refused.
    pub(crate) fn condition(&self, object: &ObjectName, text: &str) -> Result<Program, Error> {
        let program = Program::condition(text, &Env::record(self.engine().schema(), object))
            .map_err(|issues| Error::Condition { issues })?;
        let reads = program.reads();
        self.refuse_masked(object, &reads.fields)?;
        self.refuse_masked_along(&reads.navigation)?;
        Ok(program)
    }

    /// The fields of an object that the actor may not read.
    pub(crate) fn masked_fields(&self, object: &ObjectName) -> BTreeSet<FieldName> {
        let schema = self.engine().schema().object(object.as_str());
        schema.map(|o| self.engine().roles().masked(&self.actor, o)).unwrap_or_default()
    }

    /// What a condition navigates to, as far as the actor may see it.
    fn visible_surroundings(
        &self,
        view: &dyn StateView,
        sight: &Sight<'_>,
        records: &[Record],
        program: &Program,
    ) -> Result<Dataset, Error> {
        if program.reads().navigation.is_empty() {
            return Ok(Dataset::new());
        }
        let all = neighbourhood::load(self.engine().schema(), view, records, [program])?;
        if self.engine().roles().is_open() {
            return Ok(all);
        }
        let mut seen = Dataset::new();
        for object in all.objects() {
            seen.add(object, sight.visible(all.records(object.as_str()).to_vec(), view)?)?;
        }
        Ok(seen)
    }

    pub(crate) fn refuse_masked(
        &self,
        object: &ObjectName,
        fields: &BTreeSet<FieldName>,
    ) -> Result<(), Error> {
        let masked = self.masked_fields(object);
        match fields.intersection(&masked).next() {
            None => Ok(()),
            Some(field) => Err(Error::Masked { object: object.clone(), field: field.to_string() }),
        }
    }

    fn refuse_masked_along(&self, navigation: &[Navigation]) -> Result<(), Error> {
        for nav in navigation {
            let (NavStep::Parent { object, .. } | NavStep::Children { object, .. }) = &nav.step;
            self.refuse_masked(object, &nav.fields)?;
            self.refuse_masked_along(&nav.then)?;
        }
        Ok(())
    }

    /// What happened to a record, oldest first.
    ///
    /// The id of a merged record answers with that record's own history, the merge as its end; its survivor has its own.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a record that does not exist or that the actor may not see.
    pub fn history(&self, object: &ObjectName, id: &RecordId) -> Result<Vec<HistoryItem>, Error> {
        self.workspace.store().read(|view| {
            let record = self.visible(view, object, id)?;
            let masked = self.engine().roles().masked(&self.actor, record.schema());
            if record.id() != id {
                // What the merged record held is for those who might see it.
                let own = view.absorbed(object, std::slice::from_ref(id))?;
                let own: Vec<Record> = own.into_iter().flatten().map(|a| a.record).collect();
                if self.sight(view)?.visible(own, view)?.is_empty() {
                    return Err(self.engine().not_found(object));
                }
            }
            let key = RecordKey { object: object.clone(), id: id.clone() };
            Ok(view.history(&key)?.into_iter().map(|item| history_item(item, &key, &masked)).collect())
        })
    }

    /// What a record was made of: the records merged into it, and where each of its values came from. The id of a merged
    /// record answers for the record that survived. Fields that the actor may not read are left out, and so is what
    /// came from records that the actor may not see.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a record that does not exist or that the actor may not see.
    pub fn lineage(&self, object: &ObjectName, id: &RecordId) -> Result<Lineage, Error> {
        self.workspace.store().read(|view| {
            let record = self.visible(view, object, id)?;
            merge::lineage(self.engine(), &self.sight(view)?, view, &record)
        })
    }

    /// The record's stage visits, in order.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a record that does not exist or that the actor may not see.
    pub fn visits(&self, object: &ObjectName, id: &RecordId) -> Result<Vec<Visit>, Error> {
        self.workspace.store().read(|view| {
            let key = self.visible(view, object, id)?.key();
            Ok(view.visits(std::slice::from_ref(&key))?.into_iter().next().unwrap_or_default())
        })
    }

    /// The steps that a record may take next, with exactly what is missing for each.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a record that does not exist or that the actor may not see.
    pub fn next_steps(
        &self,
        object: &ObjectName,
        id: &RecordId,
        now: Instant,
    ) -> Result<Vec<NextStep>, Error> {
        self.workspace.store().read(|view| {
            let record = self.visible(view, object, id)?;
            let key = record.key();
            let visits = view.visits(std::slice::from_ref(&key))?.into_iter().next().unwrap_or_default();
            let grants = view.grants(std::slice::from_ref(&key))?;
            self.engine().next_steps(&record, &visits, &self.actor, &grants, now, view)
        })
    }

    /// Records that may be the same as a draft or, with `id`, as a record that is stored. The same answer that a save
    /// would give.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a record that the actor may not see; [`Error::UnknownObject`].
    pub fn find_duplicates(
        &self,
        object: &ObjectName,
        id: Option<&RecordId>,
        patch: &Patch,
    ) -> Result<Vec<DuplicateFinding>, Error> {
        self.workspace.store().read(|view| {
            self.known(object)?;
            let record = match id {
                Some(id) => self.visible(view, object, id)?,
                None => {
                    let schema = self
                        .engine()
                        .schema()
                        .object(object.as_str())
                        .ok_or_else(|| self.engine().unknown_object(object.as_str()))?;
                    // The draft has no id yet; this one meets no stored record.
                    Record::new(schema.clone(), fresh_id(Instant::from_micros(0)))
                }
            };
            let mut draft =
                crate::draft::Draft::new(None, record, Operation::Insert, crate::draft::Target::Stay);
            draft.apply(patch, self.engine(), &self.actor);
            self.engine().quality().normalise(&mut draft.after, None);
            let sight = self.sight(view)?;
            crate::duplicates::search(self.engine(), &sight, view, &draft.after)
        })
    }

    /// KPIs over the records that the actor may see. Values that the actor may not read count as missing.
    ///
    /// # Errors
    /// [`Error::Masked`] when a group is by a field that the actor may not read; [`Error::Metrics`] for an unknown
    /// metric or a missing exchange rate.
    pub fn kpis(&self, query: &KpiQuery, rates: &RateTable, now: Instant) -> Result<KpiReport, Error> {
        for (object, field) in self.engine().group_fields(query) {
            self.refuse_masked(&object, &BTreeSet::from([field]))?;
        }
        let (data, merged, visits) = self.workspace.store().read(|view| -> Result<_, Error> {
            let sight = self.sight(view)?;
            let mut data = Dataset::new();
            let mut keys = BTreeSet::new();
            let mut visits = Vec::new();
            let merged = view.merged(&self.engine().names().lead)?;
            let merged = merged.into_iter().map(|absorbed| absorbed.record).collect();
            let mut merged = sight.visible(merged, view)?;
            merged.iter_mut().for_each(|record| sight.mask(record));
            for object in self.engine().schema().objects() {
                let mut records = sight.visible(view.scan(&object.name)?, view)?;
                for record in &mut records {
                    sight.mask(record);
                    if object.staged {
                        keys.insert(record.key());
                    }
                }
                if object.staged {
                    visits.extend(view.all_visits(&object.name)?);
                }
                data.add(&object.name, records)?;
            }
            visits.retain(|v| keys.contains(&v.record));
            Ok((data, merged, visits))
        })?;
        self.engine().kpis_with_merged(&data, &merged, &visits, query, rates, now)
    }

    /// Tries another Blueprint's rules on the records that the actor sees, before they are switched on. Findings about
    /// objects of which the actor may not read every field are counted without examples.
    ///
    /// # Errors
    /// As [`Engine::compare`].
    pub fn compare(&self, new: &Engine, now: Instant) -> Result<RuleComparison, Error> {
        let (data, seen) = self.state()?;
        let sees = |record: &Record| seen.contains(&record.key());
        let mut found = self.engine().compare_seen(new, &data, Some(now), &sees)?;
        for change in &mut found.changes {
            if !self.masked_fields(&change.object).is_empty() {
                change.examples.clear();
            }
        }
        Ok(found)
    }

    /// Every record, and which of them the actor sees. For rules, which read all of it as they do on save.
    pub(crate) fn state(&self) -> Result<(Dataset, BTreeSet<RecordKey>), Error> {
        self.workspace.store().read(|view| -> Result<_, Error> {
            let sight = self.sight(view)?;
            let mut data = Dataset::new();
            let mut seen = BTreeSet::new();
            for object in self.engine().schema().objects() {
                let records = view.scan(&object.name)?;
                let sees = sight.sees(&records, view)?;
                seen.extend(records.iter().zip(sees).filter(|(_, s)| *s).map(|(r, _)| r.key()));
                data.add(&object.name, records)?;
            }
            Ok((data, seen))
        })
    }

    /// The log after a position, oldest first.
    ///
    /// # Errors
    /// [`Error::Denied`] for an actor without the right to export.
    pub fn export_log(&self, after: u64, limit: usize) -> Result<Vec<LogItem>, Error> {
        if !self.engine().roles().may_export(&self.actor) {
            return Err(Error::Denied { action: "export the log" });
        }
        self.workspace.log(after, limit)
    }

    /// How many records of each object the actor sees.
    ///
    /// # Errors
    /// [`Error::Store`] when the database cannot be read.
    pub fn counts(&self) -> Result<BTreeMap<ObjectName, usize>, Error> {
        self.workspace.store().read(|view| {
            let sight = self.sight(view)?;
            let mut counts = BTreeMap::new();
            for object in self.engine().schema().objects() {
                let n = match sight.extent(object) {
                    Extent::All => view.count(&object.name)?,
                    Extent::Some => {
                        sight.sees(&view.scan(&object.name)?, view)?.into_iter().filter(|s| *s).count()
                    }
                    Extent::None => 0,
                };
                if n > 0 {
                    counts.insert(object.name.clone(), n);
                }
            }
            Ok(counts)
        })
    }
}

/// A new record id: the time, and the random part of a UUID.
fn fresh_id(now: Instant) -> RecordId {
    let random = uuid::Uuid::now_v7().into_bytes();
    let mut entropy = [0_u8; 10];
    for (slot, byte) in entropy.iter_mut().zip(random.iter().skip(6)) {
        *slot = *byte;
    }
    qudao_model::new_record_id(now, entropy)
}

/// The order of two values of one field; missing values come last either way.
fn compare(a: &Value, b: &Value, descending: bool) -> std::cmp::Ordering {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let order = match (a, b) {
        (Value::Missing, Value::Missing) => return Equal,
        (Value::Missing, _) => return Greater,
        (_, Value::Missing) => return Less,
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Money(a), Value::Money(b)) => (&a.currency, a.amount).cmp(&(&b.currency, b.amount)),
        (Value::Date(a), Value::Date(b)) => a.cmp(b),
        (Value::Instant(a), Value::Instant(b)) => a.cmp(b),
        (Value::Duration(a), Value::Duration(b)) => a.cmp(b),
        _ => match (a.as_decimal(), b.as_decimal()) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => a.to_string().cmp(&b.to_string()),
        },
    };
    if descending { order.reverse() } else { order }
}

fn history_item(item: LogItem, key: &RecordKey, masked: &BTreeSet<FieldName>) -> HistoryItem {
    let mut changes = Vec::new();
    let mut visits = Vec::new();
    for change in item.payload.into_iter().flat_map(|p| p.changes) {
        match change {
            Change::Put { record, patch, before, .. } if record == *key => {
                for (field, after) in patch.set {
                    if masked.contains(&field) {
                        continue;
                    }
                    let before = before.set.get(&field).cloned().unwrap_or_default();
                    changes.push(FieldChange { field, before, after });
                }
            }
            Change::OpenVisit { visit } if visit.record == *key => visits.push(visit),
            _ => {}
        }
    }
    HistoryItem {
        seq: item.seq,
        command: item.command,
        actor: item.actor,
        occurred_at: item.occurred_at,
        recorded_at: item.recorded_at,
        outcome: item.outcome,
        failed: item.failed,
        granted: item.granted,
        changes,
        visits,
    }
}
