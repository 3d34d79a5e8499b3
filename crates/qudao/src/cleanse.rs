//! Cleansing in bulk: a plan, the difference it would make, one batch that applies it, and its undoing.
//!
//! Every change goes through the save path, so that a cleanse cannot store what a form would refuse. Undoing is a batch
//! of its own: it reverts the fields that nobody has changed since, and names the others.

use std::collections::{BTreeMap, BTreeSet};

use qudao_model::{
    Change, Command, CommandKind, Document, FieldName, Hash, IdempotencyKey, Instant, Lint, ObjectName,
    ObjectSchema, Patch, Record, RecordKey, Value, Violation, check_document,
};
use qudao_store::MAX_CHUNK;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::engine::Engine;
use crate::entry::{EntryRules, read_text};
use crate::error::Error;
use crate::session::{FieldChange, Session};

/// What is to be cleansed, and how.
///
/// ```yaml
/// object: account
/// select: "city == '深圳'"
/// steps:
///   - normalise: [name, phone]
///   - map: {field: industry, values: {technolgy: technology}}
///   - set: {field: region, value: 华南}
///   - clear: [website]
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CleansePlan {
    /// The object whose records are cleansed.
    pub object: ObjectName,
    /// The condition that chooses records. Left out: all that the actor may see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub select: Option<String>,
    /// What is done to each, in order.
    pub steps: Vec<CleanseStep>,
}

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CleanseStep {
    /// Brings the values of these fields into their normal form; placeholders become missing.
    Normalise(Vec<FieldName>),
    /// Writes one value.
    Set(SetStep),
    /// Replaces values: those that stand left, by what stands right.
    Map(MapStep),
    /// Empties these fields.
    Clear(Vec<FieldName>),
}

/// Writes one value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetStep {
    /// The field.
    pub field: FieldName,
    /// The value, as a person would enter it.
    pub value: Scalar,
}

/// Replaces values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MapStep {
    /// The field.
    pub field: FieldName,
    /// The new value for each old one.
    pub values: BTreeMap<String, Scalar>,
}

/// A value as a person would enter it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Scalar {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Anything else: `12.50`, `2026-03-31`, a text.
    Text(String),
}

impl Scalar {
    fn text(&self) -> String {
        match self {
            Self::Bool(b) => b.to_string(),
            Self::Int(n) => n.to_string(),
            Self::Text(t) => t.clone(),
        }
    }
}

impl CleansePlan {
    /// Reads a plan, YAML or JSON.
    ///
    /// # Errors
    /// [`Error::Blueprint`] with every error of form, each with its line.
    pub fn from_yaml(name: &str, text: &str) -> Result<Self, Error> {
        let fail = |lints: Vec<Lint>| Error::Blueprint { name: name.to_owned(), lints };
        let document = Document::parse(name, text).map_err(fail)?;
        let schema = serde_json::to_value(schemars::schema_for!(Self)).unwrap_or_default();
        let lints = check_document(&document, &schema);
        if lints.iter().any(|l| l.severity == qudao_model::Severity::Error) {
            return Err(fail(lints));
        }
        let json: Json = document.into_json();
        serde_json::from_value(json)
            .map_err(|e| fail(vec![Lint::error("blueprint.syntax", "").param("detail", e.to_string())]))
    }
}

/// What a plan would change, to be looked at before it is applied.
#[derive(Debug, Clone, PartialEq)]
pub struct CleanseDiff {
    /// The object.
    pub object: ObjectName,
    /// How many records the plan chose.
    pub selected: usize,
    /// The records that would change, by id.
    pub records: Vec<RecordDiff>,
}

impl CleanseDiff {
    /// Fields that would change, in all records together.
    #[must_use]
    pub fn cells(&self) -> usize {
        self.records.iter().map(|r| r.changes.len()).sum()
    }
}

/// What a plan would change in one record.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordDiff {
    /// The record.
    pub record: RecordKey,
    /// The version looked at. Whoever changes the record in between wins.
    pub version: u64,
    /// The fields.
    pub changes: Vec<FieldChange>,
    /// Why the save path would refuse it; empty when it would not.
    pub refused: Vec<Violation>,
}

/// What a batch did.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchReport {
    /// Its name, by which it is undone.
    pub batch: String,
    /// The records changed.
    pub applied: Vec<RecordKey>,
    /// The records that the save path refused, with every reason.
    pub refused: Vec<(RecordKey, Vec<Violation>)>,
}

/// What an undoing did.
#[derive(Debug, Clone, PartialEq)]
pub struct UndoReport {
    /// The undoing is a batch too: this is its name.
    pub batch: String,
    /// The records of which something was reverted.
    pub reverted: Vec<RecordKey>,
    /// The fields that somebody has changed since; they stay as they are.
    pub conflicts: Vec<UndoConflict>,
    /// The records that the save path refused, with every reason.
    pub refused: Vec<(RecordKey, Vec<Violation>)>,
}

/// A field that cannot be reverted, because somebody has changed it since.
#[derive(Debug, Clone, PartialEq)]
pub struct UndoConflict {
    /// The record.
    pub record: RecordKey,
    /// The field.
    pub field: FieldName,
    /// What the batch had written.
    pub written: Value,
    /// What stands there now.
    pub current: Value,
}

impl Session {
    /// Works out what a plan would change. Nothing is written.
    ///
    /// # Errors
    /// [`Error::UnknownObject`]; [`Error::Condition`]; [`Error::Blueprint`] when a step names an unknown field or a
    /// value that does not fit; [`Error::Masked`] for a field that the actor may not read.
    pub fn cleanse(&self, plan: &CleansePlan, now: Instant) -> Result<CleanseDiff, Error> {
        let engine = self.workspace().engine();
        let schema = engine
            .schema()
            .object(plan.object.as_str())
            .ok_or_else(|| engine.unknown_object(plan.object.as_str()))?;
        let steps = compile(engine, schema, plan)?;
        let touched: BTreeSet<FieldName> = steps.iter().flat_map(Step::fields).cloned().collect();
        self.refuse_masked(&plan.object, &touched)?;
        let select = plan.select.as_ref();
        let condition = select.map(|text| self.condition(&plan.object, text)).transpose()?;
        self.workspace().store().read(|view| {
            let mut records = self.chosen(view, &plan.object, condition.as_ref(), now)?;
            records.sort_by(|a, b| a.id().cmp(b.id()));
            let mut diff =
                CleanseDiff { object: plan.object.clone(), selected: records.len(), records: Vec::new() };
            for before in &records {
                let mut after = before.clone();
                for step in &steps {
                    step.apply(engine, &mut after);
                }
                let changes = changes(before, &after);
                if changes.is_empty() {
                    continue;
                }
                let mut one = RecordDiff {
                    record: before.key(),
                    version: before.version(),
                    changes,
                    refused: Vec::new(),
                };
                let decision = self.check_in(view, &one.command(None), now)?;
                one.refused = decision.blocking().cloned().collect();
                diff.records.push(one);
            }
            Ok(diff)
        })
    }

    /// Applies a difference as one batch. Each record goes through the save path: one that is refused, or that
    /// somebody has changed since the difference was made, is reported and stays as it is. The same batch sent again
    /// after an interruption goes on where it ended.
    ///
    /// # Errors
    /// [`Error::Id`] for a name of more than 120 characters; [`Error::Store`] when the database fails: what was
    /// committed before stays.
    pub fn apply(&self, diff: &CleanseDiff, batch: &str, now: Instant) -> Result<BatchReport, Error> {
        let mut report = BatchReport { batch: batch.to_owned(), applied: Vec::new(), refused: Vec::new() };
        for chunk in diff.records.chunks(MAX_CHUNK) {
            let outcomes = self.workspace().store().write(|tx| {
                let mut outcomes = Vec::with_capacity(chunk.len());
                for one in chunk {
                    let command = one.command(Some(key(batch, &one.record, one.version)?));
                    outcomes.push((one.record.clone(), self.outcome_in(tx, &command, now)?));
                }
                Ok::<_, Error>(outcomes)
            })?;
            for (record, outcome) in outcomes {
                match outcome {
                    Ok(()) => report.applied.push(record),
                    Err(reasons) => report.refused.push((record, reasons)),
                }
            }
        }
        Ok(report)
    }

    /// Undoes a batch by a batch of its own, named `<batch>.undo`: every field that still holds what the batch wrote
    /// goes back to what it held before; the others are conflicts and stay. An undoing may be undone.
    ///
    /// # Errors
    /// [`Error::UnknownBatch`] when nothing was done under this name that the actor may see; [`Error::Store`] when the
    /// database fails.
    pub fn undo(&self, batch: &str, now: Instant) -> Result<UndoReport, Error> {
        let written = self
            .workspace()
            .store()
            .read(|view| -> Result<_, Error> { Ok(written(view.log_of_keys(&prefix(batch))?)) })?;
        let mut report = UndoReport {
            batch: format!("{batch}.undo"),
            reverted: Vec::new(),
            conflicts: Vec::new(),
            refused: Vec::new(),
        };
        let all: Vec<(&RecordKey, &BTreeMap<FieldName, Cell>)> = written.iter().collect();
        let mut seen = false;
        for chunk in all.chunks(MAX_CHUNK) {
            let mut part = UndoReport { reverted: Vec::new(), ..report.clone() };
            part.conflicts.clear();
            part.refused.clear();
            let part =
                self.workspace().store().write(|tx| {
                    let mut part = part;
                    for (record, cells) in chunk {
                        let current = match self.visible(tx, &record.object, &record.id) {
                            Ok(current) => current,
                            // Gone, or not to be seen: nothing is told of it.
                            Err(Error::NotFound { .. } | Error::UnknownObject { .. }) => continue,
                            Err(error) => return Err(error),
                        };
                        seen = true;
                        let masked = self.masked_fields(&record.object);
                        let mut patch = Patch::new();
                        for (field, cell) in *cells {
                            let now_there = current.get(field.as_str());
                            if *now_there == cell.written {
                                if cell.before != cell.written {
                                    patch.set.insert(field.clone(), cell.before.clone());
                                }
                            } else {
                                let hide = masked.contains(field);
                                let shown = |v: &Value| if hide { Value::Missing } else { v.clone() };
                                part.conflicts.push(UndoConflict {
                                    record: (*record).clone(),
                                    field: field.clone(),
                                    written: shown(&cell.written),
                                    current: shown(now_there),
                                });
                            }
                        }
                        if patch.is_empty() {
                            continue;
                        }
                        let version = current.version();
                        let command = Command::update((*record).clone(), patch)
                            .expecting(version)
                            .with_key(key(&part.batch, record, version)?);
                        match self.outcome_in(tx, &command, now)? {
                            Ok(()) => part.reverted.push((*record).clone()),
                            Err(reasons) => part.refused.push(((*record).clone(), reasons)),
                        }
                    }
                    Ok::<_, Error>(part)
                })?;
            report.reverted.extend(part.reverted);
            report.conflicts.extend(part.conflicts);
            report.refused.extend(part.refused);
        }
        if seen { Ok(report) } else { Err(Error::UnknownBatch { batch: batch.to_owned() }) }
    }

    fn outcome_in(
        &self,
        tx: &mut qudao_store::WriteTx<'_>,
        command: &Command,
        now: Instant,
    ) -> Result<Result<(), Vec<Violation>>, Error> {
        Ok(match self.submit_in(tx, command, now) {
            Ok(decision) if decision.is_allowed() => Ok(()),
            Ok(decision) => Err(decision.blocking().cloned().collect()),
            Err(Error::NotFound { object, .. }) => Err(vec![gone(object)]),
            Err(error) => return Err(error),
        })
    }
}

/// A record that has gone, or was hidden, since the difference was made.
fn gone(object: ObjectName) -> Violation {
    Violation::new("access.edit_denied", crate::draft::rule_id("access.edit"), object)
}

impl RecordDiff {
    fn command(&self, key: Option<IdempotencyKey>) -> Command {
        let mut patch = Patch::new();
        for change in &self.changes {
            patch.set.insert(change.field.clone(), change.after.clone());
        }
        let command = Command::update(self.record.clone(), patch).expecting(self.version);
        match key {
            Some(key) => command.with_key(key),
            None => command,
        }
    }
}

fn prefix(batch: &str) -> String {
    format!("batch:{batch}:")
}

/// The key under which a batch changes one version of a record: sent again, the change is done once.
fn key(batch: &str, record: &RecordKey, version: u64) -> Result<IdempotencyKey, Error> {
    let hash = Hash::of(format!("{}\n{}\n{version}", record.object, record.id).as_bytes());
    Ok(IdempotencyKey::new(format!("{}{}", prefix(batch), hash))?)
}

struct Cell {
    before: Value,
    written: Value,
}

/// What a batch wrote: the fields that its commands named, with what stood there before.
fn written(items: Vec<qudao_store::LogItem>) -> BTreeMap<RecordKey, BTreeMap<FieldName, Cell>> {
    let mut out: BTreeMap<RecordKey, BTreeMap<FieldName, Cell>> = BTreeMap::new();
    for payload in items.into_iter().filter_map(|item| item.payload) {
        let Ok(command) = serde_json::from_value::<Command>(payload.command) else { continue };
        let CommandKind::Update { record, patch: asked, .. } = command.kind else { continue };
        for change in payload.changes {
            let Change::Put { record: changed, patch, before, .. } = change else { continue };
            if changed != record {
                continue;
            }
            let cells = out.entry(changed).or_default();
            for (field, value) in patch.set {
                if !asked.set.contains_key(&field) {
                    continue;
                }
                let old = before.set.get(&field).cloned().unwrap_or_default();
                // Where a batch changed a field twice, the first state is the one to go back to.
                cells
                    .entry(field)
                    .and_modify(|cell| cell.written = value.clone())
                    .or_insert(Cell { before: old, written: value });
            }
        }
    }
    out
}

/// A step with its values read.
enum Step {
    Normalise(Vec<FieldName>),
    Set(FieldName, Value),
    Map(FieldName, BTreeMap<String, Value>),
}

impl Step {
    fn fields(&self) -> impl Iterator<Item = &FieldName> {
        match self {
            Self::Normalise(fields) => fields.iter(),
            Self::Set(field, _) | Self::Map(field, _) => std::slice::from_ref(field).iter(),
        }
    }

    fn apply(&self, engine: &Engine, record: &mut Record) {
        match self {
            Self::Normalise(fields) => {
                engine.quality().normalise(record, Some(fields));
            }
            Self::Set(field, value) => write(record, field, value),
            Self::Map(field, values) => {
                let new = values.get(record.get(field.as_str()).to_string().trim());
                if let Some(value) = new {
                    write(record, field, &value.clone());
                }
            }
        }
    }
}

fn write(record: &mut Record, field: &FieldName, value: &Value) {
    if let Some(ix) = record.schema().field_ix(field.as_str()) {
        record.set_at(ix, value.clone());
    }
}

fn compile(engine: &Engine, schema: &ObjectSchema, plan: &CleansePlan) -> Result<Vec<Step>, Error> {
    let mut lints = Vec::new();
    let mut steps = Vec::new();
    let rules = EntryRules { zone: Some(engine.zone()), ..EntryRules::default() };
    let mut known = |field: &FieldName, path: String| -> bool {
        let found = schema.field(field.as_str()).is_some();
        if !found {
            lints.push(
                Lint::error("blueprint.unknown_field", path)
                    .param("object", schema.name.as_str())
                    .param("name", field.as_str())
                    .suggest(field.as_str(), schema.fields.iter().map(|f| f.name.as_str())),
            );
        }
        found
    };
    let mut values = Vec::new();
    for (i, step) in plan.steps.iter().enumerate() {
        let path = format!("/steps/{i}");
        match step {
            CleanseStep::Normalise(fields) | CleanseStep::Clear(fields) => {
                let normalise = matches!(step, CleanseStep::Normalise(_));
                let word = if normalise { "normalise" } else { "clear" };
                let mut good = true;
                for (j, field) in fields.iter().enumerate() {
                    good &= known(field, format!("{path}/{word}/{j}"));
                }
                match (good, normalise) {
                    (true, true) => steps.push(Step::Normalise(fields.clone())),
                    (true, false) => {
                        steps.extend(fields.iter().map(|f| Step::Set(f.clone(), Value::Missing)));
                    }
                    _ => {}
                }
            }
            CleanseStep::Set(set) => {
                if known(&set.field, format!("{path}/set/field")) {
                    values.push((set.field.clone(), set.value.text(), format!("{path}/set/value")));
                    if let Some(value) = read(schema, &set.field, &set.value.text(), &rules) {
                        steps.push(Step::Set(set.field.clone(), value));
                    }
                }
            }
            CleanseStep::Map(map) => {
                if known(&map.field, format!("{path}/map/field")) {
                    let mut read_values = BTreeMap::new();
                    for (old, new) in &map.values {
                        values.push((map.field.clone(), new.text(), format!("{path}/map/values/{old}")));
                        if let Some(value) = read(schema, &map.field, &new.text(), &rules) {
                            read_values.insert(old.trim().to_owned(), value);
                        }
                    }
                    steps.push(Step::Map(map.field.clone(), read_values));
                }
            }
        }
    }
    for (field, text, path) in values {
        if read(schema, &field, &text, &rules).is_none() {
            let ty = schema.field(field.as_str()).map(|f| f.ty.kind().to_string()).unwrap_or_default();
            lints.push(
                Lint::error("cleanse.bad_value", path).param("field", field.as_str()).param("expected", ty),
            );
        }
    }
    if lints.is_empty() { Ok(steps) } else { Err(Error::Blueprint { name: "plan".into(), lints }) }
}

fn read(schema: &ObjectSchema, field: &FieldName, text: &str, rules: &EntryRules) -> Option<Value> {
    let def = schema.field(field.as_str())?;
    read_text(&def.ty, text, rules).ok()
}

fn changes(before: &Record, after: &Record) -> Vec<FieldChange> {
    before
        .schema()
        .fields
        .iter()
        .filter_map(|def| {
            let (old, new) = (before.get(def.name.as_str()), after.get(def.name.as_str()));
            (old != new).then(|| FieldChange {
                field: def.name.clone(),
                before: old.clone(),
                after: new.clone(),
            })
        })
        .collect()
}
