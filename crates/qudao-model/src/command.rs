//! Commands: what somebody wants.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::{
    FieldName, Grant, IdempotencyKey, Instant, LocalText, ObjectName, ProcessId, RecordId, RecordKey, RuleId,
    StageId, Value,
};

/// The way by which a record comes or changes. Rules may treat ways differently; none goes around them.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// A new record, by hand or through a program.
    Insert,
    /// A change.
    Update,
    /// A row of an import.
    Import,
    /// Two records become one.
    Merge,
    /// A lead becomes an account, a contact and an opportunity.
    Convert,
    /// A stage change.
    Advance,
    /// A change that comes from another device.
    Sync,
}

impl Operation {
    /// The word for people.
    #[must_use]
    pub fn label(self) -> LocalText {
        let (en, zh) = match self {
            Self::Insert => ("entry", "新建"),
            Self::Update => ("change", "修改"),
            Self::Import => ("import", "导入"),
            Self::Merge => ("merge", "合并"),
            Self::Convert => ("conversion", "转换"),
            Self::Advance => ("a step", "推进"),
            Self::Sync => ("synchronisation", "同步"),
        };
        LocalText::new(en, zh)
    }
}

/// Changes to the fields of one record.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Patch {
    /// Values to set, by field. A missing value unsets.
    pub set: BTreeMap<FieldName, Value>,
    /// Values to keep that the schema does not know.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unknown: BTreeMap<String, Json>,
}

impl Patch {
    /// A patch that changes nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field.
    #[must_use]
    pub fn set(mut self, field: FieldName, value: impl Into<Value>) -> Self {
        self.set.insert(field, value.into());
        self
    }

    /// Unsets a field.
    #[must_use]
    pub fn unset(mut self, field: FieldName) -> Self {
        self.set.insert(field, Value::Missing);
        self
    }

    /// True when nothing is set or unset.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && self.unknown.is_empty()
    }
}

impl FromIterator<(FieldName, Value)> for Patch {
    fn from_iter<I: IntoIterator<Item = (FieldName, Value)>>(items: I) -> Self {
        Self { set: items.into_iter().collect(), unknown: BTreeMap::new() }
    }
}

/// One stage stay of an imported history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryVisit {
    /// The stage.
    pub stage: StageId,
    /// When it was entered.
    pub entered: Instant,
    /// When it was left.
    pub left: Option<Instant>,
    /// The loss reason of a closing visit.
    pub reason: Option<String>,
}

/// Says that the caller has seen a warning and wants to go on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Acknowledgement {
    /// The rule that warned.
    pub rule: RuleId,
    /// The records that the warning named; empty acknowledges the rule for the whole batch.
    pub records: Vec<RecordId>,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommandKind {
    /// Makes a record. On a staged object the process chooses the first stage unless one is named.
    Create {
        /// The object.
        object: ObjectName,
        /// The id; made by the workspace when none is given.
        id: Option<RecordId>,
        /// The values.
        patch: Patch,
        /// The stage to begin in.
        stage: Option<StageId>,
    },
    /// Changes fields of a record.
    Update {
        /// The record.
        record: RecordKey,
        /// The version that the caller has seen; refused when the record has another.
        expected_version: Option<u64>,
        /// The changes.
        patch: Patch,
    },
    /// Moves a record to another stage, and may change fields with it.
    Advance {
        /// The record.
        record: RecordKey,
        /// The stage to enter.
        to: StageId,
        /// The version that the caller has seen.
        expected_version: Option<u64>,
        /// Changes that come with the move, such as the loss reason.
        patch: Patch,
    },
    /// Makes an account, a contact and an opportunity of a lead, or links it to those named.
    Convert {
        /// The lead.
        lead: RecordId,
        /// The version that the caller has seen.
        expected_version: Option<u64>,
        /// An account that exists; a new one is made of the lead when none is named.
        account: Option<RecordId>,
        /// A contact that exists; a new one is made of the lead when none is named.
        contact: Option<RecordId>,
        /// Values of the new opportunity; none is made without.
        opportunity: Option<Patch>,
    },
    /// Brings a record in with its past: any stage, any time. Gates are not asked; the trace says so.
    ImportHistory {
        /// The object.
        object: ObjectName,
        /// The id.
        id: Option<RecordId>,
        /// The values.
        patch: Patch,
        /// The process; chosen by its condition when none is named.
        process: Option<ProcessId>,
        /// The stage stays, in order.
        visits: Vec<HistoryVisit>,
    },
    /// Makes one record of several. The master's id stays; the ids of the others answer with it from then on. Which values
    /// survive is for the Blueprint's section `survivorship` to say.
    Merge {
        /// The object.
        object: ObjectName,
        /// The record whose id stays.
        master: RecordId,
        /// The records that are merged into it.
        others: Vec<RecordId>,
        /// The version of the master that the caller has seen.
        expected_version: Option<u64>,
    },
    /// Takes a merged record out of the one that it was merged into: both are as they were before, and so are their
    /// children. Fields that somebody changed since stay with the surviving record, unless they are named in `take`.
    Unmerge {
        /// The merged record, by the id that it had.
        record: RecordKey,
        /// The version of the surviving record that the caller has seen.
        expected_version: Option<u64>,
        /// Fields whose present values go with the restored record.
        take: Vec<FieldName>,
        /// Children that go with the restored record, beside those that came with it.
        children: Vec<RecordKey>,
    },
    /// Gives a permission to pass one rule.
    GiveGrant {
        /// The grant.
        grant: Grant,
    },
}

/// What somebody wants, with when it happened and how it may be repeated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// What is to be done.
    pub kind: CommandKind,
    /// Business time; the recording time when none is given.
    pub occurred_at: Option<Instant>,
    /// Sending the same key twice does the work once.
    pub key: Option<IdempotencyKey>,
    /// Warnings that the caller has seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acknowledge: Vec<Acknowledgement>,
    /// The way, where it is not the kind's own: an import sends `Create` and `Update` as `Import`.
    pub operation: Option<Operation>,
}

impl Command {
    /// A command of this kind, now.
    #[must_use]
    pub fn new(kind: CommandKind) -> Self {
        Self { kind, occurred_at: None, key: None, acknowledge: Vec::new(), operation: None }
    }

    /// Makes a record of these values.
    #[must_use]
    pub fn create(object: ObjectName, patch: Patch) -> Self {
        Self::new(CommandKind::Create { object, id: None, patch, stage: None })
    }

    /// Changes fields of a record.
    #[must_use]
    pub fn update(record: RecordKey, patch: Patch) -> Self {
        Self::new(CommandKind::Update { record, expected_version: None, patch })
    }

    /// Moves a record to a stage.
    #[must_use]
    pub fn advance(record: RecordKey, to: StageId) -> Self {
        Self::new(CommandKind::Advance { record, to, expected_version: None, patch: Patch::new() })
    }

    /// Merges records into a master.
    #[must_use]
    pub fn merge(object: ObjectName, master: RecordId, others: Vec<RecordId>) -> Self {
        Self::new(CommandKind::Merge { object, master, others, expected_version: None })
    }

    /// Takes a merged record out of the one that it was merged into.
    #[must_use]
    pub fn unmerge(record: RecordKey) -> Self {
        Self::new(CommandKind::Unmerge {
            record,
            expected_version: None,
            take: Vec::new(),
            children: Vec::new(),
        })
    }

    /// Of an un-merge: fields whose present values go with the restored record.
    #[must_use]
    pub fn taking(mut self, fields: impl IntoIterator<Item = FieldName>) -> Self {
        if let CommandKind::Unmerge { take, .. } = &mut self.kind {
            take.extend(fields);
        }
        self
    }

    /// Of an un-merge: children that go with the restored record, beside those that came with it.
    #[must_use]
    pub fn with_children(mut self, records: impl IntoIterator<Item = RecordKey>) -> Self {
        if let CommandKind::Unmerge { children, .. } = &mut self.kind {
            children.extend(records);
        }
        self
    }

    /// Sets the id of the record to create.
    #[must_use]
    pub fn with_id(mut self, new_id: RecordId) -> Self {
        if let CommandKind::Create { id, .. } | CommandKind::ImportHistory { id, .. } = &mut self.kind {
            *id = Some(new_id);
        }
        self
    }

    /// Sets the version that the caller has seen.
    #[must_use]
    pub fn expecting(mut self, version: u64) -> Self {
        if let CommandKind::Update { expected_version, .. }
        | CommandKind::Advance { expected_version, .. }
        | CommandKind::Convert { expected_version, .. }
        | CommandKind::Merge { expected_version, .. }
        | CommandKind::Unmerge { expected_version, .. } = &mut self.kind
        {
            *expected_version = Some(version);
        }
        self
    }

    /// Adds changes of fields.
    #[must_use]
    pub fn with_patch(mut self, more: Patch) -> Self {
        if let CommandKind::Create { patch, .. }
        | CommandKind::Update { patch, .. }
        | CommandKind::Advance { patch, .. }
        | CommandKind::ImportHistory { patch, .. } = &mut self.kind
        {
            patch.set.extend(more.set);
            patch.unknown.extend(more.unknown);
        }
        self
    }

    /// Sets the business time.
    #[must_use]
    pub fn occurred_at(mut self, at: Instant) -> Self {
        self.occurred_at = Some(at);
        self
    }

    /// Sets the idempotency key.
    #[must_use]
    pub fn with_key(mut self, key: IdempotencyKey) -> Self {
        self.key = Some(key);
        self
    }

    /// Acknowledges a warning.
    #[must_use]
    pub fn acknowledging(mut self, rule: RuleId, records: Vec<RecordId>) -> Self {
        self.acknowledge.push(Acknowledgement { rule, records });
        self
    }

    /// Sends the command as a row of an import.
    #[must_use]
    pub fn as_operation(mut self, operation: Operation) -> Self {
        self.operation = Some(operation);
        self
    }

    /// The way by which the command comes.
    #[must_use]
    pub fn operation(&self) -> Operation {
        self.operation.unwrap_or(match self.kind {
            CommandKind::Create { .. } => Operation::Insert,
            CommandKind::Update { .. } | CommandKind::GiveGrant { .. } => Operation::Update,
            CommandKind::Advance { .. } => Operation::Advance,
            CommandKind::Convert { .. } => Operation::Convert,
            CommandKind::ImportHistory { .. } => Operation::Import,
            CommandKind::Merge { .. } | CommandKind::Unmerge { .. } => Operation::Merge,
        })
    }

    /// The name of the kind, as the log writes it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self.kind {
            CommandKind::Create { .. } => "create",
            CommandKind::Update { .. } => "update",
            CommandKind::Advance { .. } => "advance",
            CommandKind::Convert { .. } => "convert",
            CommandKind::ImportHistory { .. } => "import_history",
            CommandKind::Merge { .. } => "merge",
            CommandKind::Unmerge { .. } => "unmerge",
            CommandKind::GiveGrant { .. } => "give_grant",
        }
    }
}
