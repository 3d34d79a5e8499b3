//! The save path: one order of steps on every way by which a record comes or changes.
//!
//! authorise → normalise → derive → validate → duplicates → gate → changes. All failures of a step are
//! collected, and later steps still run when they can, so that a person sees everything wrong at once.
//! Only a refusal to authorise ends at once, and says nothing about the record.

use std::collections::BTreeSet;

use qudao_model::{
    Actor, Change, Command, CommandKind, Dataset, Decision, Event, FieldName, Grant, Instant, ObjectName,
    Operation, Outcome, Patch, ProcessId, Record, RecordId, RecordKey, RuleOutcome, Severity, StageId,
    StateView, Step, TraceEntry, Value, Violation,
};
use qudao_pipeline::GateRequest;
use qudao_quality::CheckContext;

use crate::convert;
use crate::draft::{Draft, Target, rule_id};
use crate::engine::Engine;
use crate::error::Error;
use crate::merge;
use crate::neighbourhood;
use crate::overlay::Overlay;
use crate::resolve;
use crate::roles::Sight;

/// Who asks and when, and where new ids come from.
pub struct Asking<'a> {
    /// Who.
    pub actor: &'a Actor,
    /// The recording time, and the business time unless the command names one.
    pub now: Instant,
    /// Makes the id of a new record.
    pub new_id: &'a dyn Fn() -> RecordId,
}

impl Engine {
    /// Decides a command against a state. Nothing is written: the answer's changes are for a store to commit,
    /// in the transaction in which `view` was read.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a record that does not exist or that the actor may not see;
    /// [`Error::UnknownObject`]; [`Error::State`] when the state cannot be read. A refusal is no error.
    pub fn decide(
        &self,
        command: &Command,
        asking: &Asking<'_>,
        view: &dyn StateView,
    ) -> Result<Decision, Error> {
        let sight = self.roles().sight(self.schema(), asking.actor, view)?;
        let mut pass = Pass {
            engine: self,
            asking,
            occurred_at: command.occurred_at.unwrap_or(asking.now),
            command,
            sight,
            state: Overlay::new(view),
            out: Answer::default(),
        };
        pass.run()?;
        Ok(pass.finish())
    }
}

/// What has been decided so far.
#[derive(Default)]
pub(crate) struct Answer {
    pub(crate) records: Vec<RecordKey>,
    pub(crate) violations: Vec<Violation>,
    duplicates: Vec<qudao_model::DuplicateFinding>,
    pub(crate) trace: Vec<TraceEntry>,
    pub(crate) changes: Vec<Change>,
    pub(crate) events: Vec<Event>,
}

/// What the gate answered, before it is told.
#[derive(Default)]
struct Gated {
    violations: Vec<Violation>,
    trace: Vec<TraceEntry>,
    /// Stage, outcome and dates, to be written on the record.
    patch: Patch,
    changes: Vec<Change>,
}

/// One command on its way.
pub(crate) struct Pass<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) asking: &'a Asking<'a>,
    pub(crate) occurred_at: Instant,
    pub(crate) command: &'a Command,
    pub(crate) sight: Sight<'a>,
    pub(crate) state: Overlay<'a>,
    pub(crate) out: Answer,
}

impl<'a> Pass<'a> {
    fn run(&mut self) -> Result<(), Error> {
        let operation = self.command.operation();
        match &self.command.kind {
            CommandKind::Create { object, id, patch, stage } => {
                let mut draft =
                    self.new_draft(object, id.as_ref(), operation, Target::Begin(stage.clone()))?;
                self.apply(&mut draft, patch);
                self.save(draft)?;
            }
            CommandKind::Update { record, expected_version, patch } => {
                let before = self.load(record)?;
                let mut draft = Draft::new(Some(before.clone()), before, operation, Target::Stay);
                self.expect_version(&mut draft, *expected_version);
                self.apply(&mut draft, patch);
                self.save(draft)?;
            }
            CommandKind::Advance { record, to, expected_version, patch } => {
                let before = self.load(record)?;
                let mut draft =
                    Draft::new(Some(before.clone()), before, operation, Target::Enter(to.clone()));
                self.expect_version(&mut draft, *expected_version);
                self.apply(&mut draft, patch);
                self.save(draft)?;
            }
            CommandKind::Convert { lead, expected_version, account, contact, opportunity } => {
                convert::run(
                    self,
                    lead,
                    *expected_version,
                    account.as_ref(),
                    contact.as_ref(),
                    opportunity.as_ref(),
                )?;
            }
            CommandKind::ImportHistory { object, id, patch, process, visits } => {
                if !self.engine.roles().may_import_history(self.asking.actor) {
                    self.refuse("access.import_denied", "access.import", None);
                    return Ok(());
                }
                let target = if self.engine.schema().object(object.as_str()).is_some_and(|o| o.staged) {
                    Target::History(process.clone(), visits.clone())
                } else {
                    Target::Stay
                };
                let mut draft = self.new_draft(object, id.as_ref(), operation, target)?;
                draft.historical = true;
                self.apply(&mut draft, patch);
                self.save(draft)?;
            }
            CommandKind::Merge { object, master, others, expected_version } => {
                merge::merge(self, object, master, others, *expected_version)?;
            }
            CommandKind::Unmerge { record, expected_version, take, children } => {
                merge::unmerge(self, record, *expected_version, take, children)?;
            }
            CommandKind::GiveGrant { grant } => self.give_grant(grant)?,
        }
        Ok(())
    }

    /// The record, if it exists and the actor may see it; both failures answer alike. The id of a merged record answers
    /// with the record that survived.
    pub(crate) fn load(&self, key: &RecordKey) -> Result<Record, Error> {
        if self.engine.schema().object(key.object.as_str()).is_none() {
            return Err(self.engine.unknown_object(key.object.as_str()));
        }
        let not_found = || self.engine.not_found(&key.object);
        let record = resolve::record(&self.state, &key.object, &key.id)?.ok_or_else(not_found)?;
        let seen = self.sight.sees(std::slice::from_ref(&record), &self.state)?;
        if seen.first() == Some(&true) { Ok(record) } else { Err(not_found()) }
    }

    pub(crate) fn new_draft(
        &self,
        object: &ObjectName,
        id: Option<&RecordId>,
        operation: Operation,
        target: Target,
    ) -> Result<Draft, Error> {
        let schema = self
            .engine
            .schema()
            .object(object.as_str())
            .ok_or_else(|| self.engine.unknown_object(object.as_str()))?
            .clone();
        let id = id.cloned().unwrap_or_else(|| (self.asking.new_id)());
        let mut draft = Draft::new(None, Record::new(schema, id), operation, target);
        if resolve::record(&self.state, object, draft.after.id())?.is_some() {
            let v = Violation::new("record.exists", rule_id("record.id"), object.clone());
            draft.problems.push(v);
        }
        Ok(draft)
    }

    pub(crate) fn apply(&self, draft: &mut Draft, patch: &Patch) {
        draft.apply(patch, self.engine, self.asking.actor);
    }

    pub(crate) fn expect_version(&self, draft: &mut Draft, expected: Option<u64>) {
        let current = draft.after.version();
        if let Some(expected) = expected.filter(|e| *e != current) {
            let v = Violation::new(
                "record.version_conflict",
                rule_id("record.version"),
                draft.after.object().clone(),
            )
            .record(draft.after.id().clone())
            .param("expected", i64::try_from(expected).unwrap_or(i64::MAX))
            .param("current", i64::try_from(current).unwrap_or(i64::MAX));
            draft.problems.push(v);
        }
    }

    pub(crate) fn refuse(&mut self, code: &'static str, rule: &str, record: Option<&Record>) {
        let object = record.map_or_else(|| self.command_object(), |r| r.object().clone());
        let mut violation = Violation::new(code, rule_id(rule), object);
        violation.record = record.map(|r| r.id().clone());
        let entry = TraceEntry::new(
            Step::Authorise,
            violation.rule.clone(),
            record.map(Record::key),
            RuleOutcome::Failed,
        );
        self.out.trace.push(entry);
        self.out.violations.push(violation);
    }

    fn command_object(&self) -> ObjectName {
        match &self.command.kind {
            CommandKind::Create { object, .. } | CommandKind::ImportHistory { object, .. } => object.clone(),
            CommandKind::Update { record, .. } | CommandKind::Advance { record, .. } => record.object.clone(),
            CommandKind::GiveGrant { grant } => grant.record.object.clone(),
            CommandKind::Merge { object, .. } => object.clone(),
            CommandKind::Unmerge { record, .. } => record.object.clone(),
            CommandKind::Convert { .. } => self.engine.names().lead.clone(),
        }
    }

    fn give_grant(&mut self, grant: &Grant) -> Result<(), Error> {
        let record = self.load(&grant.record)?;
        if !self.engine.roles().may_grant(self.asking.actor) {
            self.refuse("access.grant_denied", "access.grant", Some(&record));
            return Ok(());
        }
        if grant.reason.trim().is_empty() {
            let v = Violation::new("grant.no_reason", rule_id("grant.reason"), grant.record.object.clone());
            self.out.violations.push(v);
            return Ok(());
        }
        let mut grant = grant.clone();
        grant.granted_by = self.asking.actor.id.clone();
        grant.granted_at = self.asking.now;
        self.out.records.push(grant.record.clone());
        self.out.events.push(Event {
            kind: "qudao.grant.given".into(),
            subject: grant.record.clone(),
            time: self.occurred_at,
            data: serde_json::json!({"grant": grant.id, "rule": grant.rule.as_str()}),
        });
        self.out.changes.push(Change::GiveGrant { grant });
        Ok(())
    }

    /// Takes one record through every step. False when something blocks.
    pub(crate) fn save(&mut self, mut draft: Draft) -> Result<bool, Error> {
        let blocked_before = self.blocked();
        if !draft.restoring {
            self.stamp(&mut draft)?;
        }

        // 1. authorise
        if !self.authorise(&draft)? {
            return Ok(false);
        }
        self.out.violations.append(&mut draft.problems);

        // 2. normalise
        let touched: Vec<FieldName> = draft.changed().into_iter().collect();
        for done in self.engine.quality().normalise(&mut draft.after, Some(&touched)) {
            let mut entry = TraceEntry::new(
                Step::Normalise,
                done.rule.clone(),
                Some(draft.after.key()),
                RuleOutcome::Applied,
            );
            entry.inputs.insert(done.field.to_string(), done.before.clone());
            self.out.trace.push(entry);
        }

        // What the rules navigate to. A reference that the actor may not see counts as dangling.
        self.hide_invisible_references(&draft)?;
        let mut data = self.surroundings(&draft)?;
        if self.follow_merged(&mut draft, &data)? {
            self.hide_invisible_references(&draft)?;
            data = self.surroundings(&draft)?;
        }

        // 3. derive
        self.derive(&mut draft, &mut data);
        self.load_catalogues(&draft, &mut data)?;

        // The gate is asked here and answers below: the rules judge the record as it will be stored, with the
        // stage, the outcome and the dates that the gate writes.
        let key = draft.after.key();
        let grants = self.state.grants(std::slice::from_ref(&key))?;
        let gated = self.gate(&draft, &data, &grants)?;
        if !gated.patch.set.is_empty() {
            write_system(&mut draft, &gated.patch);
            self.derive(&mut draft, &mut data);
        }

        // 4. validate
        let entering = match &draft.target {
            Target::Enter(stage) | Target::Begin(Some(stage)) => Some(stage.clone()),
            _ => None,
        };
        let mut findings = self.validate(&draft, &data, entering.as_ref())?;

        // 5. duplicates
        if !draft.restoring {
            findings.extend(self.duplicates(&draft)?);
        }

        // 6. gate
        self.out.trace.extend(gated.trace);
        self.out.violations.extend(gated.violations);

        self.use_grants(&key, &grants, &mut findings);
        self.out.violations.extend(findings);

        // 7. changes
        self.out.records.push(key.clone());
        self.commit(&draft, gated.changes);
        let version = draft.before.as_ref().map_or(0, qudao_model::Record::version);
        let unwritten = draft.restoring && draft.changed().is_empty();
        let mut after = draft.after;
        after.set_version(if unwritten { version } else { version + 1 });
        self.settle(draft.before.as_ref(), after);
        Ok(self.blocked() == blocked_before)
    }

    /// Shows a record to what comes later in the command, with the claims that it takes and gives up.
    pub(crate) fn settle(&mut self, before: Option<&Record>, after: Record) {
        if let Some(before) = before {
            let released = self.engine.derive_keys(before).claims;
            self.state.release(&after.key(), released);
        }
        let derived = self.engine.derive_keys(&after);
        self.state.put(after, derived.claims, derived.keys);
    }

    /// Permissions to pass a rule.
    pub(crate) fn use_grants(&mut self, key: &RecordKey, grants: &[Grant], findings: &mut [Violation]) {
        for violation in findings {
            // No permission makes room for a second holder of a unique value.
            if violation.severity != Severity::Error || violation.code == "field.unique" {
                continue;
            }
            let grant = grants
                .iter()
                .find(|g| g.covers(key, &violation.rule, &self.asking.actor.id, self.asking.now));
            if let Some(grant) = grant {
                violation.severity = Severity::Warning;
                let mut entry = TraceEntry::new(
                    Step::Validate,
                    violation.rule.clone(),
                    Some(key.clone()),
                    RuleOutcome::Granted,
                );
                entry.evidence.push(grant.id.clone());
                self.out.trace.push(entry);
                self.out.changes.push(Change::UseGrant {
                    grant: grant.id.clone(),
                    record: key.clone(),
                    rule: violation.rule.clone(),
                });
            }
        }
    }

    fn blocked(&self) -> usize {
        self.out.violations.iter().filter(|v| v.severity == Severity::Error).count()
    }

    /// Writes who owns the record and when it was made and changed, where the engine knows.
    fn stamp(&self, draft: &mut Draft) -> Result<(), Error> {
        let now = self.asking.now;
        if draft.before.is_none() {
            if draft.after.get("created_at").is_blank() {
                // What comes with its past was there, at the latest, when its first stay began.
                let began = match &draft.target {
                    Target::History(_, stays) => stays.iter().map(|s| s.entered).min(),
                    _ => None,
                };
                let made = began.map_or(self.occurred_at, |b| b.min(self.occurred_at));
                draft.set_system("created_at", made);
            }
            if draft.after.get("owner").is_blank() {
                // The person who makes a record owns it, if the person is known here.
                let user = RecordId::new(self.asking.actor.id.as_str())?;
                let known = self.state.records(&self.engine.names().user, std::slice::from_ref(&user))?;
                if known.first().is_some_and(Option::is_some) {
                    draft.set_system("owner", user);
                }
            }
            if draft.after.get("partner").is_blank()
                && let Some(partner) = &self.asking.actor.partner
                && draft.after.schema().field("partner").is_some()
                && !self.engine.roles().is_open()
            {
                draft.set_system("partner", partner.clone());
            }
        }
        draft.set_system("updated_at", now);
        Ok(())
    }

    fn authorise(&mut self, draft: &Draft) -> Result<bool, Error> {
        for record in draft.before.iter().chain(std::iter::once(&draft.after)) {
            let may = self.sight.edits(std::slice::from_ref(record), &self.state)?;
            if may.first() != Some(&true) {
                // A new record's id may be somebody else's: it is not named.
                let named = draft.before.as_ref();
                self.refuse("access.edit_denied", "access.edit", named);
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What the rules of a record navigate to.
    fn surroundings(&self, draft: &Draft) -> Result<Dataset, Error> {
        let (engine, object) = (self.engine, draft.after.object());
        let programs = engine
            .quality()
            .programs(object)
            .chain(engine.pipeline().programs(object.as_str()))
            .chain(engine.derivation().programs(object));
        Ok(neighbourhood::load(engine.schema(), &self.state, std::slice::from_ref(&draft.after), programs)?)
    }

    /// Loads the whole table of a shared object, such as products, where a reference into it is dangling: the finding
    /// then names the record that was probably meant.
    fn load_catalogues(&self, draft: &Draft, data: &mut Dataset) -> Result<(), Error> {
        for parent in draft.after.schema().parents() {
            let Some(id) = draft.after.at(parent.field).as_reference() else { continue };
            let object = parent.object.as_str();
            let shared = self.engine.schema().object(object).is_some_and(|o| o.shared);
            if !shared || data.get(object, id.as_str()).is_some() {
                continue;
            }
            for record in self.sight.visible(self.state.scan(&parent.object)?, &self.state)? {
                if data.get(object, record.id().as_str()).is_none() {
                    data.put(record);
                }
            }
        }
        Ok(())
    }

    fn validate(
        &mut self,
        draft: &Draft,
        data: &Dataset,
        entering: Option<&StageId>,
    ) -> Result<Vec<Violation>, Error> {
        let quality = self.engine.quality();
        let report = quality.check(&CheckContext {
            record: &draft.after,
            before: draft.before.as_ref(),
            data,
            operation: Some(draft.operation),
            entering,
            now: Some(self.asking.now),
            zone: self.engine.zone(),
        });
        self.out.trace.extend(report.trace);
        let mut findings = report.violations;
        let key = draft.after.key();
        for claim in quality.claims(&draft.after) {
            let holders = self.state.claims(&claim.rule, std::slice::from_ref(&claim.key))?;
            let taken = holders.into_iter().flatten().next().filter(|holder| *holder != key);
            let outcome = if taken.is_some() { RuleOutcome::Failed } else { RuleOutcome::Passed };
            self.out.trace.push(TraceEntry::new(
                Step::Validate,
                claim.rule.clone(),
                Some(key.clone()),
                outcome,
            ));
            let Some(holder) = taken else { continue };
            let Some(mut v) = quality.unique_violation(&claim, &draft.after) else { continue };
            // The other record is named only to those who may see it.
            let other = self.state.records(&holder.object, std::slice::from_ref(&holder.id))?;
            if let Some(other) = other.into_iter().flatten().next()
                && self.sight.sees(std::slice::from_ref(&other), &self.state)?.first() == Some(&true)
            {
                v = v.param("other", holder.id.as_str());
            }
            findings.push(v);
        }
        Ok(findings)
    }

    fn duplicates(&mut self, draft: &Draft) -> Result<Vec<Violation>, Error> {
        let found = crate::duplicates::check(
            self.engine,
            &self.sight,
            &self.state,
            draft,
            &self.command.acknowledge,
        )?;
        self.out.trace.extend(found.trace);
        self.out.changes.extend(found.changes);
        self.out.duplicates.extend(found.findings);
        Ok(found.violations)
    }

    /// Computes the derived fields, and shows the record as it is now to those who navigate to it.
    pub(crate) fn derive(&mut self, draft: &mut Draft, data: &mut Dataset) {
        let derived =
            self.engine.derivation().apply(&mut draft.after, data, self.asking.now, self.engine.zone());
        for entry in derived {
            // A value that still cannot be computed after the gate wrote is told once.
            if !self.out.trace.contains(&entry) {
                self.out.trace.push(entry);
            }
        }
        data.put(draft.after.clone());
    }

    /// Asks the gate. Records of objects without processes have none.
    fn gate(&self, draft: &Draft, data: &Dataset, grants: &[Grant]) -> Result<Gated, Error> {
        let mut gated = Gated::default();
        if matches!(draft.target, Target::Stay) {
            return Ok(gated);
        }
        let pipeline = self.engine.pipeline();
        let object = draft.after.object().clone();
        if pipeline.processes_of(object.as_str()).next().is_none() {
            if let Target::Enter(_) = draft.target {
                let v = Violation::new("process.none_for_object", rule_id("process.object"), object.clone())
                    .record(draft.after.id().clone())
                    .param("object", object.as_str());
                gated.violations.push(v);
            }
            return Ok(gated);
        }
        let named = match &draft.target {
            Target::History(Some(process), _) => Some(process.clone()),
            Target::Enter(_) => draft.after.get("process").as_text().and_then(|p| ProcessId::new(p).ok()),
            _ => None,
        };
        let process = match named {
            Some(process) => process,
            None => {
                let choice = pipeline.choose(&draft.after, data, self.asking.now)?;
                gated.trace.extend(choice.trace);
                gated.violations.extend(choice.finding);
                match choice.process {
                    Some(process) => process,
                    None => return Ok(gated),
                }
            }
        };
        if let Target::History(_, stays) = &draft.target {
            if stays.is_empty() {
                return Ok(gated);
            }
            match pipeline.history(&process, &draft.after, stays, self.asking.actor, self.asking.now) {
                Ok(history) => {
                    gated.trace.extend(history.trace);
                    gated.patch = history.patch;
                    gated.changes = history.changes;
                }
                Err(violations) => gated.violations.extend(violations),
            }
            return Ok(gated);
        }
        let to = match &draft.target {
            Target::Enter(stage) | Target::Begin(Some(stage)) => stage.clone(),
            _ => {
                let first = pipeline.process(process.as_str()).and_then(|p| p.first_stage());
                match first {
                    Some(stage) => stage.id().clone(),
                    None => return Ok(gated),
                }
            }
        };
        let key = draft.after.key();
        let visits = match &draft.before {
            Some(_) => self.state.visits(std::slice::from_ref(&key))?.into_iter().next().unwrap_or_default(),
            None => Vec::new(),
        };
        let from =
            draft.before.as_ref().and_then(|b| b.get("stage").as_text()).and_then(|s| StageId::new(s).ok());
        let report = pipeline.gate(&GateRequest {
            record: &draft.after,
            before: draft.before.as_ref(),
            data,
            process: &process,
            from: from.as_ref(),
            to: &to,
            visits: &visits,
            operation: draft.operation,
            occurred_at: self.occurred_at,
            now: self.asking.now,
            actor: self.asking.actor,
            grants,
            zone: self.engine.zone(),
            historical: false,
        })?;
        gated.trace.extend(report.trace);
        gated.violations.extend(report.violations);
        gated.patch = report.patch;
        gated.changes = report.changes;
        Ok(gated)
    }

    pub(crate) fn commit(&mut self, draft: &Draft, gate_changes: Vec<Change>) {
        let (patch, before) = draft.patches();
        if draft.restoring && patch.is_empty() {
            return;
        }
        let key = draft.after.key();
        let version = draft.before.as_ref().map_or(1, |b| b.version() + 1);
        let verb = match (&draft.before, &draft.target, draft.operation) {
            (_, Target::History(..), _) => "imported",
            (None, _, Operation::Import) => "imported",
            (None, ..) => "created",
            (Some(_), Target::Enter(_), _) => "advanced",
            (Some(_), _, Operation::Convert) if key.object == "lead" => "converted",
            (Some(_), _, Operation::Merge) if draft.restoring => "unmerged",
            (Some(_), _, Operation::Merge) => "merged",
            _ => "updated",
        };
        let data: serde_json::Map<String, serde_json::Value> =
            patch.set.iter().map(|(f, v)| (f.to_string(), v.to_plain_json())).collect();
        self.out.events.push(Event {
            kind: format!("qudao.{}.{verb}", key.object),
            subject: key.clone(),
            time: self.occurred_at,
            data: serde_json::json!({"version": version, "changed": data}),
        });
        self.out.changes.push(Change::Put { record: key, version, patch, before });
        self.out.changes.extend(gate_changes);
    }

    pub(crate) fn add_problem(&mut self, violation: Violation) {
        self.out.violations.push(violation);
    }

    fn finish(self) -> Decision {
        let mut out = self.out;
        let blocked = out.violations.iter().any(|v| v.severity == Severity::Error);
        for violation in &mut out.violations {
            self.engine.word(violation);
        }
        if blocked {
            out.changes.clear();
            out.events.clear();
        }
        // The same finding may come from a field's declaration and from a rule: each stands once.
        let mut seen = BTreeSet::new();
        out.violations
            .retain(|v| seen.insert((v.rule.clone(), v.record.clone(), v.fields.clone(), v.code.clone())));
        let mut decision = Decision {
            outcome: if blocked { Outcome::Blocked } else { Outcome::Allowed },
            records: out.records,
            violations: out.violations,
            duplicates: out.duplicates,
            trace: out.trace,
            blueprint: self.engine.hash().clone(),
            changes: out.changes,
            events: out.events,
            replayed: false,
        };
        let counts =
            |c: &Change| matches!(c, Change::Put { .. } | Change::GiveGrant { .. } | Change::Restore { .. });
        if !decision.changes.iter().any(counts) {
            decision.events.clear();
        }
        decision
    }
}

fn write_system(draft: &mut Draft, patch: &Patch) {
    for (field, value) in &patch.set {
        draft.set_system(field.as_str(), Value::clone(value));
    }
}
