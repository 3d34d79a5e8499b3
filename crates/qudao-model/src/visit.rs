//! Stage visits and grants: what the log keeps of a process.

use serde::{Deserialize, Serialize};

use crate::{ActorId, Instant, LocalText, ProcessId, RecordKey, RuleId, StageId};

/// The class of a stage. KPIs use the class, never a name or a probability.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum StageClass {
    /// Still being worked on.
    #[default]
    Open,
    /// Closed with success.
    Won,
    /// Closed without.
    Lost,
    /// Closed and not counted: a duplicate, an error.
    Cancelled,
}

impl StageClass {
    /// The name, as records hold it in `outcome`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Won => "won",
            Self::Lost => "lost",
            Self::Cancelled => "cancelled",
        }
    }

    /// True for won, lost and cancelled.
    #[must_use]
    pub fn is_closed(self) -> bool {
        self != Self::Open
    }
}

/// Why a stage was entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitCause {
    /// The record was created here.
    Create,
    /// It moved forward.
    Forward,
    /// It moved back.
    Backward,
    /// It closed.
    Close,
    /// It was opened again.
    Reopen,
    /// Its process changed.
    ProcessChange,
    /// It came with an imported history; gates were not asked.
    Historical,
}

/// A stay in a stage. Visits are appended and never changed, but for the moment of leaving.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// The record.
    pub record: RecordKey,
    /// Its place among the record's visits, from 0.
    pub seq: u32,
    /// The process.
    pub process: ProcessId,
    /// The version of the process: the hash of its definition.
    pub process_version: String,
    /// The stage.
    pub stage: StageId,
    /// The position of the stage in its process, from 0.
    pub stage_order: u32,
    /// The class of the stage.
    pub class: StageClass,
    /// Business time of entering.
    pub entered: Instant,
    /// Business time of leaving; none while the record is here.
    pub left: Option<Instant>,
    /// When the entering was recorded.
    pub recorded_at: Instant,
    /// When the leaving was recorded.
    pub left_recorded_at: Option<Instant>,
    /// Who moved the record.
    pub actor: ActorId,
    /// Why.
    pub cause: VisitCause,
    /// The loss reason of a closing visit.
    pub reason: Option<String>,
}

/// A recorded permission to pass one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The grant's own id.
    pub id: String,
    /// The record it is for.
    pub record: RecordKey,
    /// The rule or criterion that may be passed.
    pub rule: RuleId,
    /// Who granted.
    pub granted_by: ActorId,
    /// Who may use it; anybody when none.
    pub granted_to: Option<ActorId>,
    /// Why.
    pub reason: String,
    /// The instant from which it no longer holds.
    pub expires_at: Option<Instant>,
    /// When it was given.
    pub granted_at: Instant,
}

impl Grant {
    /// True when the grant lets this actor pass this rule for this record now.
    #[must_use]
    pub fn covers(&self, record: &RecordKey, rule: &RuleId, actor: &ActorId, now: Instant) -> bool {
        self.record == *record
            && self.rule == *rule
            && self.granted_to.as_ref().is_none_or(|a| a == actor)
            && self.expires_at.is_none_or(|e| now < e)
    }

    /// The reason as a text for every locale.
    #[must_use]
    pub fn reason_text(&self) -> LocalText {
        LocalText::Plain(self.reason.clone())
    }
}
