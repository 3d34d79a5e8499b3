//! What a gate is asked and what it answers.

use std::fmt;

use chrono_tz::Tz;
use qudao_model::{
    Actor, Change, Dataset, FieldName, Grant, Instant, LocalText, Operation, Patch, ProcessId, Record,
    RuleId, StageClass, StageId, TraceEntry, Violation, Visit, VisitCause,
};
use serde::{Deserialize, Serialize};

/// A move that somebody wants to make.
#[derive(Debug, Clone, Copy)]
pub struct GateRequest<'a> {
    /// The record as it would be after the command's patch, normalised and derived.
    pub record: &'a Record,
    /// The record as it is; none when it is created.
    pub before: Option<&'a Record>,
    /// What the criteria may navigate over: see [`Pipeline::programs`](crate::Pipeline::programs).
    pub data: &'a Dataset,
    /// The record's process.
    pub process: &'a ProcessId,
    /// The stage that the record is in; none when it enters its first.
    pub from: Option<&'a StageId>,
    /// The stage to enter.
    pub to: &'a StageId,
    /// The record's visits so far, in order.
    pub visits: &'a [Visit],
    /// The way by which the move comes. It changes nothing: one gate stands on every path.
    pub operation: Operation,
    /// Business time of the move.
    pub occurred_at: Instant,
    /// Recording time.
    pub now: Instant,
    /// Who moves the record.
    pub actor: &'a Actor,
    /// Permissions that may be used.
    pub grants: &'a [Grant],
    /// The zone of calendar dates.
    pub zone: Tz,
    /// The move belongs to an imported past: criteria and policies are not asked, and the trace says so.
    pub historical: bool,
}

/// The kind of a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Into the first stage of a new record.
    Create,
    /// To the next open stage, or from the last open stage to won.
    Forward,
    /// Forward, past open stages that are not entered.
    Skip,
    /// To an earlier open stage.
    Backward,
    /// To lost or cancelled.
    Close,
    /// From a closed stage to an open one.
    Reopen,
    /// To the stage that the record is in already, or to one that the process does not have.
    None,
}

impl Direction {
    /// The name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Forward => "forward",
            Self::Skip => "skip",
            Self::Backward => "backward",
            Self::Close => "close",
            Self::Reopen => "reopen",
            Self::None => "none",
        }
    }

    /// The cause that a visit keeps; a won stage is entered by closing, whatever the direction.
    #[must_use]
    pub fn cause(self, class: StageClass) -> VisitCause {
        match self {
            Self::Create => VisitCause::Create,
            Self::Forward | Self::Skip | Self::Close if class.is_closed() => VisitCause::Close,
            Self::Forward | Self::Skip | Self::None => VisitCause::Forward,
            Self::Backward => VisitCause::Backward,
            Self::Close => VisitCause::Close,
            Self::Reopen => VisitCause::Reopen,
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A grant that let a rule pass.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UsedGrant {
    /// The grant's id.
    pub grant: String,
    /// The rule passed.
    pub rule: RuleId,
}

/// The answer of a gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateReport {
    /// The move may be made.
    pub allowed: bool,
    /// The kind of the move.
    pub direction: Direction,
    /// Everything that is not met; those of severity error block.
    pub violations: Vec<Violation>,
    /// Every rule asked, with what it read.
    pub trace: Vec<TraceEntry>,
    /// The grants that the move uses.
    pub used_grants: Vec<UsedGrant>,
    /// The record's process fields after the move; empty when blocked or when nothing moves.
    pub patch: Patch,
    /// Grants used, the visit closed, the visit opened; empty when blocked or when nothing moves.
    pub changes: Vec<Change>,
}

/// One possible next step of a record, with what is missing for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextStep {
    /// The stage.
    pub stage: StageId,
    /// The company's word for it.
    pub label: LocalText,
    /// Its class.
    pub class: StageClass,
    /// The kind of the move.
    pub direction: Direction,
    /// The step can be taken now.
    pub allowed: bool,
    /// What must be met first.
    pub missing: Vec<Violation>,
    /// What should be met, but does not block.
    pub advised: Vec<Violation>,
    /// Advice for people who work in the stage.
    pub tip: LocalText,
    /// The fields that matter in the stage.
    pub key_fields: Vec<FieldName>,
}

/// The process chosen for a record, or why none could be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The process; none when there is a finding.
    pub process: Option<ProcessId>,
    /// Why there is none: `process.none`, `process.unknown` or `process.several`.
    pub finding: Option<Violation>,
    /// Every condition asked.
    pub trace: Vec<TraceEntry>,
}

/// The effects of an imported history.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct History {
    /// The visits, opened and closed.
    pub changes: Vec<Change>,
    /// The record's process fields after the last visit.
    pub patch: Patch,
    /// One entry of outcome `historical` for each visit.
    pub trace: Vec<TraceEntry>,
}
