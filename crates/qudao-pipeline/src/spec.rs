//! The part of a Blueprint that declares processes.

use qudao_model::{FieldName, LocalText, ObjectName, RoleName, RuleId, StageClass, StageId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Probability;

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A process: the stages that records of one object move through, and what it takes to move.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProcessSpec {
    /// The object whose records move through the process. It must be a staged one.
    pub object: ObjectName,
    /// The company's word for the process.
    #[serde(default, skip_serializing_if = "LocalText::is_empty")]
    pub label: LocalText,
    /// The condition that chooses this process for a new record, such as `account.type == 'project'`.
    /// May be left out where the object has one process only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// This process takes the records for which no other process's condition holds.
    #[serde(default, skip_serializing_if = "is_default")]
    pub default: bool,
    /// The stages, in order.
    pub stages: Vec<StageSpec>,
    /// Which moves are allowed, and which criteria they ask.
    #[serde(default, skip_serializing_if = "is_default")]
    pub policy: PolicySpec,
}

/// A stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StageSpec {
    /// The id, which never changes.
    pub id: StageId,
    /// The company's word for the stage.
    #[serde(default, skip_serializing_if = "LocalText::is_empty")]
    pub label: LocalText,
    /// `open`, `won`, `lost` or `cancelled`. KPIs use the class, never the name.
    #[serde(default, skip_serializing_if = "is_default")]
    pub class: StageClass,
    /// How probable it is that a record in this stage is won, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<Probability>,
    /// What must hold for a record to enter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entry: Vec<CriterionSpec>,
    /// What must hold for a record to leave this stage forward.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exit: Vec<CriterionSpec>,
    /// Fields that must hold a value when the stage is entered: the closing requirements of a closed stage.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub require: Vec<FieldName>,
    /// Advice for people who work in this stage.
    #[serde(default, skip_serializing_if = "LocalText::is_empty")]
    pub tip: LocalText,
    /// The fields that matter in this stage.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub key_fields: Vec<FieldName>,
    /// How many days a record should stay at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sla_days: Option<u32>,
}

/// An entry or exit criterion. It gives exactly one of `check`, `checklist`, `document` and `after`.
///
/// A grant names it by its full id: `<process>.<stage>.entry.<id>` or `<process>.<stage>.exit.<id>`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CriterionSpec {
    /// The id, unique within the entry or the exit criteria of its stage.
    pub id: RuleId,
    /// A condition in the rule language. Beside the fields it may read `stage_age_days`, the days since the
    /// current stage was entered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
    /// An item that must stand in the record's `checklist`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checklist: Option<String>,
    /// The kind of a document that the record must have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// A time that must have passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<AfterSpec>,
    /// `required` blocks, `advised` warns.
    #[serde(default, skip_serializing_if = "is_default")]
    pub severity: CriterionSeverity,
    /// What is wrong when the criterion is not met.
    #[serde(default, skip_serializing_if = "LocalText::is_empty")]
    pub message: LocalText,
    /// What would meet it.
    #[serde(default, skip_serializing_if = "LocalText::is_empty")]
    pub fix: LocalText,
}

/// A time condition: at least so many days of 24 hours since a stage was last entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AfterSpec {
    /// How many days.
    pub days: u32,
    /// The stage. Left out: of an exit criterion its own stage, of an entry criterion the stage left.
    #[serde(rename = "in", default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<StageId>,
}

/// How grave it is that a criterion is not met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CriterionSeverity {
    /// Blocks.
    #[default]
    Required,
    /// Warns.
    Advised,
}

/// Which moves are allowed, and which criteria they ask.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PolicySpec {
    /// Where a record may begin.
    #[serde(skip_serializing_if = "is_default")]
    pub create: CreatePolicy,
    /// Whether open stages may be skipped.
    #[serde(skip_serializing_if = "is_default")]
    pub skip: SkipPolicy,
    /// Whether a record may go back to an earlier open stage.
    #[serde(skip_serializing_if = "is_default")]
    pub backward: BackwardPolicy,
    /// Whether a closed record may be opened again, by whom and into which stage.
    #[serde(skip_serializing_if = "is_default")]
    pub reopen: ReopenPolicy,
    /// Whether a lost record must say why.
    #[serde(skip_serializing_if = "is_default")]
    pub loss_reason: LossReasonPolicy,
}

/// Where a record may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CreatePolicy {
    /// In the first open stage only.
    #[default]
    First,
    /// In any stage that the record meets the entry criteria of; where `skip` is `evaluate`, also the exit criteria
    /// of the open stages before it. Stages not entered get no visit.
    Any,
}

/// Whether open stages may be skipped on a forward move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SkipPolicy {
    /// Not allowed.
    #[default]
    Forbid,
    /// Allowed; only the criteria of the stage left and the stage entered are asked.
    Allow,
    /// Allowed; the exit criteria of the stages between are asked as well.
    Evaluate,
}

/// Whether a record may go back to an earlier open stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BackwardPolicy {
    /// Not allowed.
    Forbid,
    /// Allowed; the entry criteria of the earlier stage are not asked again.
    Allow,
    /// Allowed; the entry criteria of the earlier stage are asked again.
    #[default]
    Evaluate,
}

/// Whether a closed record may be opened again: `forbid`, or by whom and into which stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ReopenPolicy {
    /// The word `forbid`.
    Word(ReopenWord),
    /// By these roles, into this stage; its entry criteria are asked.
    To(ReopenTo),
}

/// The word that forbids opening again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReopenWord {
    /// Not allowed.
    Forbid,
}

/// By whom and into which stage a closed record may be opened again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReopenTo {
    /// The roles; an actor needs one of them.
    pub roles: Vec<RoleName>,
    /// The open stage to enter.
    pub to: StageId,
}

impl Default for ReopenPolicy {
    fn default() -> Self {
        Self::Word(ReopenWord::Forbid)
    }
}

impl ReopenPolicy {
    /// By whom and into which stage; nothing when it is forbidden.
    #[must_use]
    pub fn allowed(&self) -> Option<&ReopenTo> {
        if let Self::To(to) = self { Some(to) } else { None }
    }
}

/// Whether a lost record must say why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LossReasonPolicy {
    /// `loss_reason` must hold a value when a lost stage is entered.
    #[default]
    Required,
    /// It may be left out.
    Optional,
}
