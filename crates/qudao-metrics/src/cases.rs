//! Records with their history as of an instant.

use std::collections::HashMap;

use qudao_model::{
    FieldIx, FieldRole, Instant, ObjectSchema, ProcessId, Record, StageClass, StageId, Value, Visit,
};

use crate::frame::instant_of;
use crate::input::StageInfo;
use crate::{AsOfClock, KpiInput, ProcessInfo};

/// One closing of a deal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Closing<'a> {
    pub(crate) at: Option<Instant>,
    pub(crate) class: StageClass,
    /// None for a deal without visits.
    pub(crate) visit: Option<&'a Visit>,
}

/// A record with its history as of an instant.
#[derive(Debug, Clone)]
pub(crate) struct Case<'a> {
    pub(crate) record: &'a Record,
    /// The record was merged into another.
    pub(crate) merged: bool,
    /// In the order of the log.
    pub(crate) visits: Vec<&'a Visit>,
    pub(crate) created: Option<Instant>,
    /// The class of the current stage; `None` where it is not known.
    pub(crate) outcome: Option<StageClass>,
    pub(crate) closings: Vec<Closing<'a>>,
    pub(crate) reopenings: Vec<Instant>,
}

impl Case<'_> {
    /// True when the deal is open at an instant. `None` where that is not known.
    pub(crate) fn open_at(&self, at: Instant) -> Option<bool> {
        if !self.visits.is_empty() {
            let current = self.visits.iter().rev().find(|v| v.entered <= at);
            return Some(current.is_some_and(|v| v.class == StageClass::Open));
        }
        let outcome = self.outcome?;
        let begun = self.created.is_none_or(|c| c <= at);
        let closed = outcome.is_closed() && self.closings.iter().all(|c| c.at.is_none_or(|c| c <= at));
        Some(begun && !closed)
    }
}

/// What the compiled schema knows about the fields of an object that metrics read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slots {
    pub(crate) created: Option<FieldIx>,
    pub(crate) closed: Option<FieldIx>,
    pub(crate) qualified: Option<FieldIx>,
    pub(crate) stage_entered: Option<FieldIx>,
    pub(crate) converted: Option<FieldIx>,
    pub(crate) estimated: Option<FieldIx>,
    pub(crate) actual: Option<FieldIx>,
    pub(crate) outcome: Option<FieldIx>,
    pub(crate) stage: Option<FieldIx>,
    pub(crate) process: Option<FieldIx>,
}

impl Slots {
    pub(crate) fn of(object: &ObjectSchema) -> Self {
        let staged = |name| object.staged.then(|| object.field_ix(name)).flatten();
        Self {
            created: object.with_role(FieldRole::Created),
            closed: object.with_role(FieldRole::Closed),
            qualified: object.with_role(FieldRole::Qualified),
            stage_entered: object.with_role(FieldRole::StageEntered),
            converted: object.with_role(FieldRole::Converted),
            estimated: object.with_role(FieldRole::EstimatedAmount),
            actual: object.with_role(FieldRole::ActualAmount),
            outcome: staged("outcome"),
            stage: staged("stage"),
            process: staged("process"),
        }
    }
}

/// The value in a slot that may not be there.
pub(crate) fn at(record: &Record, slot: Option<FieldIx>) -> &Value {
    slot.map_or(&Value::Missing, |ix| record.at(ix))
}

fn class_named(name: &str) -> Option<StageClass> {
    [StageClass::Open, StageClass::Won, StageClass::Lost, StageClass::Cancelled]
        .into_iter()
        .find(|c| c.as_str() == name)
}

/// The stage of a deal without visits: in the process it names, else in the only process that has a stage of that id.
pub(crate) fn stage_named<'p>(
    processes: &[&'p ProcessInfo],
    process: Option<&str>,
    stage: &str,
) -> Option<&'p StageInfo> {
    let mut found = processes
        .iter()
        .filter(|p| process.is_none_or(|id| p.id == *id))
        .filter_map(|p| p.stages.iter().find(|s| s.id == *stage));
    let first = found.next()?;
    found.all(|other| other.class == first.class && other.probability == first.probability).then_some(first)
}

/// The stage that a visit is in, as the process in force defines it.
pub(crate) fn stage_of<'p>(
    processes: &[&'p ProcessInfo],
    process: &ProcessId,
    stage: &StageId,
) -> Option<&'p StageInfo> {
    processes.iter().find(|p| p.id == *process)?.stages.iter().find(|s| s.id == *stage)
}

/// The records of an object as cases, sorted by id, so that no result depends on the order of the input; `merged` also has
/// those that were merged into others.
/// A record whose every visit lies after the as-of instant did not exist by then.
pub(crate) fn cases<'a>(
    input: &KpiInput<'a>,
    object: &ObjectSchema,
    merged: bool,
    processes: &[&ProcessInfo],
    as_of: Instant,
    clock: AsOfClock,
    zone: chrono_tz::Tz,
) -> Vec<Case<'a>> {
    let slots = Slots::of(object);
    let mut visits: HashMap<&str, Vec<&'a Visit>> = HashMap::new();
    if object.staged {
        for visit in input.visits.iter().filter(|v| v.record.object == object.name) {
            visits.entry(visit.record.id.as_str()).or_default().push(visit);
        }
    }
    let mut cases: Vec<Case<'a>> = input
        .data
        .records(object.name.as_str())
        .iter()
        .map(|record| (record, false))
        .chain(input.merged.iter().filter(|r| merged && *r.object() == object.name).map(|r| (r, true)))
        .filter_map(|(record, merged)| {
            let created = instant_of(at(record, slots.created), zone);
            let Some(mut seen) = visits.remove(record.id().as_str()) else {
                return Some(Case { merged, ..plain(record, &slots, processes, created, zone) });
            };
            seen.retain(|v| v.entered <= as_of && (clock == AsOfClock::Occurred || v.recorded_at <= as_of));
            seen.sort_by_key(|v| (v.seq, v.entered));
            let first = seen.first()?;
            let created = created.or(Some(first.entered));
            Some(Case { merged, ..with_history(record, seen, created) })
        })
        .collect();
    cases.sort_by(|a, b| a.record.id().cmp(b.record.id()));
    cases
}

fn with_history<'a>(record: &'a Record, visits: Vec<&'a Visit>, created: Option<Instant>) -> Case<'a> {
    let closings = visits
        .iter()
        .filter(|v| v.class.is_closed())
        .map(|v| Closing { at: Some(v.entered), class: v.class, visit: Some(*v) })
        .collect();
    let reopenings = visits
        .windows(2)
        .filter_map(|pair| match pair {
            [before, after] if before.class.is_closed() && !after.class.is_closed() => Some(after.entered),
            _ => None,
        })
        .collect();
    let outcome = visits.last().map(|v| v.class);
    Case { record, merged: false, visits, created, outcome, closings, reopenings }
}

fn plain<'a>(
    record: &'a Record,
    slots: &Slots,
    processes: &[&ProcessInfo],
    created: Option<Instant>,
    zone: chrono_tz::Tz,
) -> Case<'a> {
    let outcome = at(record, slots.outcome).as_text().and_then(class_named).or_else(|| {
        let stage = at(record, slots.stage).as_text()?;
        stage_named(processes, at(record, slots.process).as_text(), stage).map(|s| s.class)
    });
    let closings = outcome
        .filter(|c| c.is_closed())
        .map(|class| Closing { at: instant_of(at(record, slots.closed), zone), class, visit: None })
        .into_iter()
        .collect();
    Case { record, merged: false, visits: Vec::new(), created, outcome, closings, reopenings: Vec::new() }
}
