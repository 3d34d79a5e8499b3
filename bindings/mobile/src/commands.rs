//! Commands and decisions as they cross to Kotlin and Swift.

use qudao::model::{
    self, CommandKind, HistoryVisit, IdempotencyKey, Instant, Locale, Operation, RecordKey, RuleId,
};

use crate::QudaoError;
use crate::findings::{Duplicate, Severity, Violation};
use crate::values::{Fields, RecordRef, into_patch};

/// A stay in a stage, of an imported past.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PastVisit {
    /// The stage.
    pub stage: String,
    /// When it was entered.
    pub entered: Instant,
    /// When it was left.
    pub left: Option<Instant>,
    /// The loss reason of a closing visit.
    pub reason: Option<String>,
}

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, uniffi::Enum)]
pub enum Command {
    /// Makes a record. On an object with processes it begins in the first stage unless one is named.
    Create {
        /// The object.
        object: String,
        /// The id; made by the workspace when none is given.
        id: Option<String>,
        /// The values.
        fields: Fields,
        /// The stage to begin in.
        stage: Option<String>,
    },
    /// Changes fields of a record.
    Update {
        /// The object.
        object: String,
        /// The id.
        id: String,
        /// The changes; a missing value empties the field.
        fields: Fields,
        /// The version that the caller has seen; refused when the record has another.
        expected_version: Option<u64>,
    },
    /// Moves a record to another stage, and may change fields with it.
    Advance {
        /// The object.
        object: String,
        /// The id.
        id: String,
        /// The stage to enter.
        to: String,
        /// Changes that come with the move, such as the loss reason.
        fields: Fields,
        /// The version that the caller has seen.
        expected_version: Option<u64>,
    },
    /// Makes an account, a contact and an opportunity of a lead, or links it to those named.
    Convert {
        /// The lead.
        lead: String,
        /// An account that exists; a new one is made when none is named.
        account: Option<String>,
        /// A contact that exists; a new one is made when none is named.
        contact: Option<String>,
        /// Values of the new opportunity; none is made without.
        opportunity: Option<Fields>,
        /// The version of the lead that the caller has seen; refused when it has another.
        expected_version: Option<u64>,
    },
    /// Brings a record in with its past. Gates are not asked; the trace says so.
    ImportHistory {
        /// The object.
        object: String,
        /// The id.
        id: Option<String>,
        /// The values.
        fields: Fields,
        /// The process; chosen by its condition when none is named.
        process: Option<String>,
        /// The stage stays, in order.
        visits: Vec<PastVisit>,
    },
    /// Makes one record of several. The master's id stays; the ids of the others answer with it from then on.
    Merge {
        /// The object.
        object: String,
        /// The record whose id stays.
        master: String,
        /// The records that are merged into it.
        others: Vec<String>,
        /// The version of the master that the caller has seen.
        expected_version: Option<u64>,
    },
    /// Takes a merged record out of the one that it was merged into: both are as they were before, and so are their
    /// children. Fields changed since stay with the surviving record, unless they are named in `take`.
    Unmerge {
        /// The object.
        object: String,
        /// The merged record, by the id that it had.
        id: String,
        /// Fields whose present values go with the restored record.
        take: Vec<String>,
        /// Children that go with the restored record, beside those that came with it.
        children: Vec<RecordRef>,
        /// The version of the surviving record that the caller has seen.
        expected_version: Option<u64>,
    },
    /// Gives permission to pass one rule.
    GiveGrant {
        /// The grant's own id.
        grant: String,
        /// The object of the record.
        object: String,
        /// The record.
        id: String,
        /// The rule or criterion that may be passed.
        rule: String,
        /// Why.
        reason: String,
        /// Who may use it; anybody when none.
        granted_to: Option<String>,
        /// The instant from which it no longer holds.
        expires_at: Option<Instant>,
    },
}

/// A warning that the caller has seen.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Acknowledgement {
    /// The rule that warned.
    pub rule: String,
    /// The records that the warning named.
    pub records: Vec<String>,
}

/// How a command is sent.
#[derive(Debug, Clone, PartialEq, Eq, Default, uniffi::Record)]
pub struct SubmitOptions {
    /// Business time; the recording time when none is given.
    #[uniffi(default = None)]
    pub occurred_at: Option<Instant>,
    /// Sending the same key twice does the work once.
    #[uniffi(default = None)]
    pub key: Option<String>,
    /// Warnings that the caller has seen.
    #[uniffi(default = [])]
    pub acknowledge: Vec<Acknowledgement>,
    /// The command is a row of an import: what the Blueprint says about imports holds for it.
    #[uniffi(default = false)]
    pub as_import: bool,
}

/// What one rule did.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct TraceEntry {
    /// The step of the save path.
    pub step: String,
    /// The rule.
    pub rule: String,
    /// The record it ran on.
    pub record: Option<RecordRef>,
    /// How it came out.
    pub outcome: String,
    /// What explains the outcome.
    pub evidence: Vec<String>,
}

/// The answer to a command. A refusal is an answer, not an error.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum Decision {
    /// Carried out.
    Allowed {
        /// The records created or changed, the main one first.
        records: Vec<RecordRef>,
        /// Rules not met that do not block.
        warnings: Vec<Violation>,
        /// Records that may be the same.
        duplicates: Vec<Duplicate>,
        /// Every rule that ran.
        trace: Vec<TraceEntry>,
        /// The command had been carried out before, under the same key.
        replayed: bool,
    },
    /// Refused. Nothing was changed.
    Blocked {
        /// The rules not met, all of them.
        violations: Vec<Violation>,
        /// Records that may be the same.
        duplicates: Vec<Duplicate>,
        /// Every rule that ran.
        trace: Vec<TraceEntry>,
    },
}

fn key(object: String, id: String) -> Result<RecordKey, QudaoError> {
    Ok(RecordKey { object: object.parse()?, id: id.parse()? })
}

pub(crate) fn optional<T: std::str::FromStr<Err = model::IdError>>(
    text: Option<String>,
) -> Result<Option<T>, QudaoError> {
    Ok(text.map(|t| t.parse()).transpose()?)
}

pub(crate) fn into_command(
    command: Command,
    options: SubmitOptions,
    now: Instant,
) -> Result<model::Command, QudaoError> {
    let kind = match command {
        Command::Create { object, id, fields, stage } => CommandKind::Create {
            object: object.parse()?,
            id: optional(id)?,
            patch: into_patch(fields)?,
            stage: optional(stage)?,
        },
        Command::Update { object, id, fields, expected_version } => {
            CommandKind::Update { record: key(object, id)?, expected_version, patch: into_patch(fields)? }
        }
        Command::Advance { object, id, to, fields, expected_version } => CommandKind::Advance {
            record: key(object, id)?,
            to: to.parse()?,
            expected_version,
            patch: into_patch(fields)?,
        },
        Command::Convert { lead, account, contact, opportunity, expected_version } => CommandKind::Convert {
            lead: lead.parse()?,
            expected_version,
            account: optional(account)?,
            contact: optional(contact)?,
            opportunity: opportunity.map(into_patch).transpose()?,
        },
        Command::ImportHistory { object, id, fields, process, visits } => CommandKind::ImportHistory {
            object: object.parse()?,
            id: optional(id)?,
            patch: into_patch(fields)?,
            process: optional(process)?,
            visits: visits
                .into_iter()
                .map(|v| {
                    Ok(HistoryVisit {
                        stage: v.stage.parse()?,
                        entered: v.entered,
                        left: v.left,
                        reason: v.reason,
                    })
                })
                .collect::<Result<_, QudaoError>>()?,
        },
        Command::Merge { object, master, others, expected_version } => CommandKind::Merge {
            object: object.parse()?,
            master: master.parse()?,
            others: others.iter().map(|id| id.parse()).collect::<Result<_, model::IdError>>()?,
            expected_version,
        },
        Command::Unmerge { object, id, take, children, expected_version } => CommandKind::Unmerge {
            record: key(object, id)?,
            expected_version,
            take: take.iter().map(|field| field.parse()).collect::<Result<_, model::IdError>>()?,
            children: children
                .into_iter()
                .map(|child| key(child.object, child.id))
                .collect::<Result<_, QudaoError>>()?,
        },
        Command::GiveGrant { grant, object, id, rule, reason, granted_to, expires_at } => {
            CommandKind::GiveGrant {
                grant: model::Grant {
                    id: grant,
                    record: key(object, id)?,
                    rule: rule.parse()?,
                    // The session writes who grants and when.
                    granted_by: "session".parse()?,
                    granted_to: optional(granted_to)?,
                    reason,
                    expires_at,
                    granted_at: now,
                },
            }
        }
    };
    let mut command = model::Command::new(kind);
    command.occurred_at = options.occurred_at;
    command.key = options.key.map(|k| k.parse::<IdempotencyKey>()).transpose()?;
    for seen in options.acknowledge {
        let rule: RuleId = seen.rule.parse()?;
        let records: Result<Vec<_>, model::IdError> = seen.records.iter().map(|r| r.parse()).collect();
        command = command.acknowledging(rule, records?);
    }
    if options.as_import {
        command = command.as_operation(Operation::Import);
    }
    Ok(command)
}

fn reference(record: &RecordKey) -> RecordRef {
    RecordRef { object: record.object.to_string(), id: record.id.to_string() }
}

/// The name by which JSON writes a step or an outcome.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

pub(crate) fn from_decision(decision: model::Decision, locale: &Locale) -> Decision {
    let violations: Vec<Violation> = decision.violations.iter().map(|v| Violation::of(v, locale)).collect();
    let allowed = decision.is_allowed();
    let duplicates: Vec<Duplicate> = decision.duplicates.into_iter().map(Into::into).collect();
    let trace = decision
        .trace
        .into_iter()
        .map(|t| TraceEntry {
            step: word(&t.step),
            rule: t.rule.to_string(),
            record: t.record.as_ref().map(reference),
            outcome: word(&t.outcome),
            evidence: t.evidence,
        })
        .collect();
    if allowed {
        Decision::Allowed {
            records: decision.records.iter().map(reference).collect(),
            warnings: violations,
            duplicates,
            trace,
            replayed: decision.replayed,
        }
    } else {
        let mut violations = violations;
        // What blocks stands first; the order of the rules stays.
        violations.sort_by_key(|v| v.severity != Severity::Error);
        Decision::Blocked { violations, duplicates, trace }
    }
}
