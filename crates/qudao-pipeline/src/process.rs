//! Compiled processes, stages and criteria.

use qudao_expr::Program;
use qudao_model::{
    Decimal, FieldName, Hash, LocalText, ObjectName, ProcessId, Record, RuleId, StageClass, StageId,
};

use crate::spec::PolicySpec;

/// A compiled process.
#[derive(Debug, Clone)]
pub struct Process {
    pub(crate) id: ProcessId,
    pub(crate) object: ObjectName,
    pub(crate) label: LocalText,
    pub(crate) version: Hash,
    pub(crate) when: Option<Program>,
    pub(crate) default: bool,
    pub(crate) stages: Vec<Stage>,
    pub(crate) policy: PolicySpec,
    pub(crate) rules: ProcessRules,
    pub(crate) fields: StageFields,
}

/// The ids under which a process's own rules stand in traces and grants.
#[derive(Debug, Clone)]
pub(crate) struct ProcessRules {
    /// `<process>`: what is wrong with the request as such.
    pub(crate) own: RuleId,
    /// `<process>.when`.
    pub(crate) when: RuleId,
    /// `<process>.policy.create`.
    pub(crate) create: RuleId,
    /// `<process>.policy.skip`.
    pub(crate) skip: RuleId,
    /// `<process>.policy.backward`.
    pub(crate) backward: RuleId,
    /// `<process>.policy.reopen`.
    pub(crate) reopen: RuleId,
}

/// The fields of a staged record that a process writes.
#[derive(Debug, Clone)]
pub(crate) struct StageFields {
    pub(crate) process: FieldName,
    pub(crate) process_version: FieldName,
    pub(crate) stage: FieldName,
    pub(crate) stage_entered_at: FieldName,
    pub(crate) outcome: FieldName,
    pub(crate) closed_at: FieldName,
    pub(crate) loss_reason: FieldName,
    /// A choice field `status` whose choices hold every stage: it follows the stage.
    pub(crate) status: Option<FieldName>,
}

impl Process {
    /// The id.
    #[must_use]
    pub fn id(&self) -> &ProcessId {
        &self.id
    }

    /// The object whose records move through the process.
    #[must_use]
    pub fn object(&self) -> &ObjectName {
        &self.object
    }

    /// The company's word for the process; its id where none is given.
    #[must_use]
    pub fn label(&self) -> &LocalText {
        &self.label
    }

    /// The version: the hash of everything in the definition that changes an answer. Words do not.
    #[must_use]
    pub fn version(&self) -> &Hash {
        &self.version
    }

    /// The stages, in order.
    #[must_use]
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// The policies.
    #[must_use]
    pub fn policy(&self) -> &PolicySpec {
        &self.policy
    }

    /// A stage by id.
    #[must_use]
    pub fn stage(&self, id: &str) -> Option<&Stage> {
        self.stages.iter().find(|s| s.id == *id)
    }

    /// The first open stage: where a record begins unless another is named.
    #[must_use]
    pub fn first_stage(&self) -> Option<&Stage> {
        self.stages.iter().find(|s| s.class == StageClass::Open)
    }

    /// The open stages strictly between two positions; up to the end when there is no second.
    pub(crate) fn open_between(&self, after: u32, before: Option<u32>) -> impl Iterator<Item = &Stage> {
        self.stages
            .iter()
            .filter(move |s| s.class == StageClass::Open && s.order > after)
            .filter(move |s| before.is_none_or(|b| s.order < b))
    }

    /// Every program of the process.
    pub(crate) fn programs(&self) -> impl Iterator<Item = &Program> {
        let criteria = self.stages.iter().flat_map(|s| s.entry.iter().chain(&s.exit));
        self.when.iter().chain(criteria.filter_map(|c| c.check.program()))
    }
}

/// A compiled stage.
#[derive(Debug, Clone)]
pub struct Stage {
    pub(crate) id: StageId,
    pub(crate) label: LocalText,
    pub(crate) class: StageClass,
    pub(crate) order: u32,
    pub(crate) probability: Option<Decimal>,
    pub(crate) rule: RuleId,
    pub(crate) entry: Vec<Criterion>,
    pub(crate) exit: Vec<Criterion>,
    pub(crate) require: Vec<Requirement>,
    pub(crate) tip: LocalText,
    pub(crate) key_fields: Vec<FieldName>,
    pub(crate) sla_days: Option<u32>,
}

impl Stage {
    /// The id.
    #[must_use]
    pub fn id(&self) -> &StageId {
        &self.id
    }

    /// The company's word for the stage; its id where none is given.
    #[must_use]
    pub fn label(&self) -> &LocalText {
        &self.label
    }

    /// The class.
    #[must_use]
    pub fn class(&self) -> StageClass {
        self.class
    }

    /// The position in the process, from 0.
    #[must_use]
    pub fn order(&self) -> u32 {
        self.order
    }

    /// The probability to be won: as declared, 1 for won, 0 for lost and cancelled.
    #[must_use]
    pub fn probability(&self) -> Option<Decimal> {
        match self.class {
            StageClass::Open => self.probability,
            StageClass::Won => Some(Decimal::ONE),
            StageClass::Lost | StageClass::Cancelled => Some(Decimal::ZERO),
        }
    }

    /// What must hold for a record to enter.
    #[must_use]
    pub fn entry(&self) -> &[Criterion] {
        &self.entry
    }

    /// What must hold for a record to leave forward.
    #[must_use]
    pub fn exit(&self) -> &[Criterion] {
        &self.exit
    }

    /// The fields that must hold a value when the stage is entered.
    pub fn required_fields(&self) -> impl Iterator<Item = &FieldName> {
        self.require.iter().map(|r| &r.field)
    }

    /// Advice for people who work in this stage.
    #[must_use]
    pub fn tip(&self) -> &LocalText {
        &self.tip
    }

    /// The fields that matter in this stage.
    #[must_use]
    pub fn key_fields(&self) -> &[FieldName] {
        &self.key_fields
    }

    /// How many days a record should stay at most.
    #[must_use]
    pub fn sla_days(&self) -> Option<u32> {
        self.sla_days
    }
}

/// A field that must hold a value when a stage is entered.
#[derive(Debug, Clone)]
pub(crate) struct Requirement {
    pub(crate) rule: RuleId,
    pub(crate) field: FieldName,
    pub(crate) label: LocalText,
    /// The loss reason: no grant lets a record be lost without one.
    pub(crate) loss_reason: bool,
}

impl Requirement {
    pub(crate) fn is_met(&self, record: &Record) -> bool {
        !record.get(self.field.as_str()).is_blank()
    }
}

/// On which side of a stage a criterion stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// Asked when the stage is entered.
    Entry,
    /// Asked when the stage is left forward.
    Exit,
}

impl Side {
    /// The name, as ids of criteria hold it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Entry => "entry",
            Self::Exit => "exit",
        }
    }
}

/// A compiled entry or exit criterion.
#[derive(Debug, Clone)]
pub struct Criterion {
    pub(crate) rule: RuleId,
    pub(crate) id: RuleId,
    pub(crate) side: Side,
    pub(crate) check: Check,
    pub(crate) required: bool,
    pub(crate) message: LocalText,
    pub(crate) fix: LocalText,
}

impl Criterion {
    /// The full id, which grants name: `<process>.<stage>.entry.<id>` or `<process>.<stage>.exit.<id>`.
    #[must_use]
    pub fn rule(&self) -> &RuleId {
        &self.rule
    }

    /// The id within its side of its stage.
    #[must_use]
    pub fn id(&self) -> &RuleId {
        &self.id
    }

    /// On which side of the stage it stands.
    #[must_use]
    pub fn side(&self) -> Side {
        self.side
    }

    /// It blocks when it is not met; otherwise it warns.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.required
    }

    /// The company's text for when it is not met.
    #[must_use]
    pub fn message(&self) -> &LocalText {
        &self.message
    }

    /// It can never be met.
    pub(crate) fn is_never(&self) -> bool {
        self.required && self.check.program().is_some_and(|p| p.constant() == Some(false))
    }
}

/// What a criterion asks.
#[derive(Debug, Clone)]
pub(crate) enum Check {
    Condition(Program),
    Checklist(String),
    Document {
        kind: String,
        program: Program,
    },
    /// `stage` is none where an entry criterion means the stage left.
    After {
        days: u32,
        stage: Option<StageId>,
    },
}

impl Check {
    pub(crate) fn program(&self) -> Option<&Program> {
        match self {
            Self::Condition(program) | Self::Document { program, .. } => Some(program),
            Self::Checklist(_) | Self::After { .. } => None,
        }
    }
}
