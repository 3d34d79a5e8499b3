//! What a move does: the record's process fields, the visit closed, the visit opened.

use qudao_model::{Change, Instant, Patch, Record, StageClass, Value, Visit, VisitCause};

use crate::process::{Process, Stage};
use crate::visits::next_seq;
use crate::{Direction, GateRequest, UsedGrant};

/// The process fields of a record that has entered a stage. Stage, outcome and status are written together, so
/// they cannot disagree.
pub(crate) fn stage_patch(process: &Process, stage: &Stage, at: Instant, record: &Record) -> Patch {
    let fields = &process.fields;
    let mut patch = Patch::new()
        .set(fields.process.clone(), process.id.as_str())
        .set(fields.process_version.clone(), process.version.as_str())
        .set(fields.stage.clone(), stage.id.as_str())
        .set(fields.stage_entered_at.clone(), at)
        .set(fields.outcome.clone(), stage.class.as_str());
    if let Some(status) = &fields.status {
        patch = patch.set(status.clone(), stage.id.as_str());
    }
    if stage.class.is_closed() {
        patch = patch.set(fields.closed_at.clone(), at);
    } else if *record.get(fields.closed_at.as_str()) != Value::Missing {
        patch = patch.unset(fields.closed_at.clone());
    }
    patch
}

/// The process fields after a move. Opening again takes the loss reason off the record: it stays with the visit that
/// closed it, and the next loss needs one of its own.
pub(crate) fn patch(process: &Process, stage: &Stage, request: &GateRequest<'_>) -> Patch {
    let mut patch = stage_patch(process, stage, request.occurred_at, request.record);
    let reason = &process.fields.loss_reason;
    let was_closed =
        request.from.and_then(|id| process.stage(id.as_str())).is_some_and(|from| from.class.is_closed());
    if was_closed && !stage.class.is_closed() && *request.record.get(reason.as_str()) != Value::Missing {
        patch = patch.unset(reason.clone());
    }
    patch
}

/// The grants used, the visit closed and the visit opened.
pub(crate) fn changes(
    process: &Process,
    stage: &Stage,
    request: &GateRequest<'_>,
    current: Option<&Visit>,
    direction: Direction,
    used: &[UsedGrant],
) -> Vec<Change> {
    let record = request.record.key();
    let mut changes: Vec<Change> = used
        .iter()
        .map(|u| Change::UseGrant { grant: u.grant.clone(), record: record.clone(), rule: u.rule.clone() })
        .collect();
    if let Some(visit) = current {
        changes.push(Change::CloseVisit {
            record: record.clone(),
            seq: visit.seq,
            left: request.occurred_at,
            recorded_at: request.now,
        });
    }
    let cause = if request.historical { VisitCause::Historical } else { direction.cause(stage.class) };
    changes.push(Change::OpenVisit {
        visit: Visit {
            record,
            seq: next_seq(request.visits),
            process: process.id.clone(),
            process_version: process.version.to_string(),
            stage: stage.id.clone(),
            stage_order: stage.order,
            class: stage.class,
            entered: request.occurred_at,
            left: None,
            recorded_at: request.now,
            left_recorded_at: None,
            actor: request.actor.id.clone(),
            cause,
            reason: reason(process, stage, request.record),
        },
    });
    changes
}

/// The loss reason that a closing visit keeps.
pub(crate) fn reason(process: &Process, stage: &Stage, record: &Record) -> Option<String> {
    let text = record.get(process.fields.loss_reason.as_str());
    (matches!(stage.class, StageClass::Lost | StageClass::Cancelled) && !text.is_blank())
        .then(|| text.to_string())
}
