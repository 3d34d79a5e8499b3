//! Log entries: as they are written and as they are read.

use qudao_model::{
    Actor, ActorId, Change, Command, Decision, Event, Hash, IdempotencyKey, Instant, Outcome, RecordKey,
    RoleName, RuleId, RuleOutcome, Violation,
};
use serde_json::Value as Json;

/// The place of an entry in the log of one database, from 1.
pub type Seq = u64;

/// A decided command, to be appended. The store adds the sequence numbers, the clock, the Blueprint's hash and
/// the hash of the payload.
#[derive(Debug, Clone)]
pub struct LogEntry<'a> {
    /// The command. Its idempotency key, where it has one, is bound to the actor when the command was allowed.
    pub command: &'a Command,
    /// Who sent it, with the roles held then.
    pub actor: &'a Actor,
    /// Business time.
    pub occurred_at: Instant,
    /// Recording time.
    pub recorded_at: Instant,
    /// Carried out or refused.
    pub outcome: Outcome,
    /// The rules not met.
    pub failed: Vec<RuleId>,
    /// The rules passed by a grant.
    pub granted: Vec<RuleId>,
    /// The effects; must be empty when refused.
    pub changes: &'a [Change],
    /// The events for other systems; must be empty when refused.
    pub events: &'a [Event],
    /// What is answered when the command comes again under the same key; kept only where the command has one.
    pub decision: Option<&'a Decision>,
}

impl<'a> LogEntry<'a> {
    /// The entry of a decision: everything is taken from it. Business time is the command's, or `now`.
    #[must_use]
    pub fn of(command: &'a Command, actor: &'a Actor, decision: &'a Decision, now: Instant) -> Self {
        let sorted = |rules: Vec<&RuleId>| {
            let mut rules: Vec<RuleId> = rules.into_iter().cloned().collect();
            rules.sort();
            rules.dedup();
            rules
        };
        let granted = decision.trace.iter().filter(|t| t.outcome == RuleOutcome::Granted);
        Self {
            command,
            actor,
            occurred_at: command.occurred_at.unwrap_or(now),
            recorded_at: now,
            outcome: decision.outcome,
            failed: sorted(decision.violations.iter().map(|v: &Violation| &v.rule).collect()),
            granted: sorted(granted.map(|t| &t.rule).collect()),
            changes: &decision.changes,
            events: &decision.events,
            decision: Some(decision),
        }
    }
}

/// A hybrid logical clock: recording time that never runs backward, and a counter within one instant
/// (Kulkarni and others, "Logical Physical Clocks", 2014).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct LogTime {
    /// The latest recording time seen.
    pub time: Instant,
    /// Counts the entries of that instant.
    pub count: u32,
}

impl LogTime {
    /// The clock of the next entry, recorded at `now`.
    #[must_use]
    pub fn next(self, now: Instant) -> Self {
        if now > self.time {
            Self { time: now, count: 0 }
        } else {
            Self { time: self.time, count: self.count.saturating_add(1) }
        }
    }
}

/// An entry as the log keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogItem {
    /// Its place in this database.
    pub seq: Seq,
    /// The version of the entry's form.
    pub format: u32,
    /// The device that decided.
    pub device: String,
    /// The entry's place among those of the device.
    pub device_seq: u64,
    /// The hybrid logical clock.
    pub clock: LogTime,
    /// The kind of command, such as `create`.
    pub command: String,
    /// Who sent it.
    pub actor: ActorId,
    /// The roles held then, sorted.
    pub roles: Vec<RoleName>,
    /// Business time.
    pub occurred_at: Instant,
    /// Recording time.
    pub recorded_at: Instant,
    /// The Blueprint that decided.
    pub blueprint: Hash,
    /// Carried out or refused.
    pub outcome: Outcome,
    /// The rules not met.
    pub failed: Vec<RuleId>,
    /// The rules passed by a grant.
    pub granted: Vec<RuleId>,
    /// The records concerned, sorted: those named by the command and those changed.
    pub records: Vec<RecordKey>,
    /// The idempotency key.
    pub key: Option<IdempotencyKey>,
    /// The hash of the payload; stays when the payload is erased.
    pub payload_hash: Hash,
    /// The payload; none when it is no longer kept.
    pub payload: Option<LogPayload>,
}

/// What may be erased of an entry without breaking the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPayload {
    /// The command, as JSON of [`Command`]; of a migration, what it changed.
    pub command: Json,
    /// The effects.
    pub changes: Vec<Change>,
}

/// A command that was carried out before under the same idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Its entry.
    pub seq: Seq,
    /// The command of then, to tell a repetition from a key used twice; none when it is no longer kept.
    pub command: Option<Command>,
    /// The decision of then, without its trace and marked as replayed.
    pub decision: Decision,
}
