//! The log: writing and reading entries.

use qudao_model::{
    Actor, ActorId, Change, Command, CommandKind, Decision, Hash, IdempotencyKey, Instant, Outcome,
    RecordKey, RuleId,
};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::{Applied, LogItem, LogPayload, LogTime, ReadTx, Seq, StoreError, rows};

/// The version of an entry's form.
const ENTRY_FORMAT: u32 = 1;

/// An entry, ready to be written.
pub(crate) struct Draft<'a> {
    pub(crate) device: &'a str,
    pub(crate) command: &'a str,
    pub(crate) actor: &'a Actor,
    pub(crate) occurred_at: Instant,
    pub(crate) recorded_at: Instant,
    pub(crate) blueprint: &'a Hash,
    pub(crate) outcome: Outcome,
    pub(crate) failed: &'a [RuleId],
    pub(crate) granted: &'a [RuleId],
    pub(crate) records: &'a [RecordKey],
    pub(crate) key: Option<&'a IdempotencyKey>,
    pub(crate) payload: Payload,
}

/// The separable part, as JSON texts.
pub(crate) struct Payload {
    pub(crate) command: String,
    pub(crate) changes: String,
    pub(crate) decision: Option<String>,
}

impl Payload {
    fn hash(&self) -> Hash {
        // JSON texts hold no line feed, so the parts cannot run into each other.
        let text = format!("{}\n{}\n{}", self.command, self.changes, self.decision.as_deref().unwrap_or(""));
        Hash::of(text.as_bytes())
    }

    /// Fails when the payload is not what was logged.
    pub(crate) fn check(&self, seq: Seq, logged: &str) -> Result<(), StoreError> {
        if self.hash().as_str() == logged {
            Ok(())
        } else {
            Err(StoreError::corrupt(place(seq), "the payload has another hash"))
        }
    }
}

/// Where the log stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head {
    device_seq: u64,
    clock: LogTime,
}

pub(crate) fn place(seq: Seq) -> String {
    format!("log entry {seq}")
}

/// Where the log stands for a device.
pub(crate) fn head(conn: &Connection, device: &str) -> Result<Head, StoreError> {
    let device_seq: Option<i64> = conn
        .prepare_cached("SELECT max(device_seq) FROM log WHERE device = ?1")?
        .query_row([device], |row| row.get(0))?;
    let clock: Option<(i64, i64)> = conn
        .prepare_cached("SELECT clock_time, clock_count FROM log ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let clock = match clock {
        Some((time, count)) => {
            LogTime { time: Instant::from_micros(time), count: rows::unsigned("log", count)? }
        }
        None => LogTime { time: Instant::from_micros(i64::MIN), count: 0 },
    };
    Ok(Head { device_seq: rows::unsigned("log", device_seq.unwrap_or(0))?, clock })
}

pub(crate) fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Allowed => "allowed",
        Outcome::Blocked => "blocked",
    }
}

/// Writes an entry and its payload; gives its place and moves the head.
pub(crate) fn write(conn: &Connection, head: &mut Head, draft: &Draft<'_>) -> Result<Seq, StoreError> {
    let next =
        Head { device_seq: head.device_seq.saturating_add(1), clock: head.clock.next(draft.recorded_at) };
    let roles: Vec<&str> = draft.actor.roles.iter().map(qudao_model::RoleName::as_str).collect();
    let seq = conn
        .prepare_cached(
            "INSERT INTO log (format, device, device_seq, clock_time, clock_count, command, actor, roles, \
             occurred_at, recorded_at, blueprint, outcome, failed, granted, records, idempotency_key, \
             payload_hash) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
        )?
        .insert(params![
            ENTRY_FORMAT,
            draft.device,
            rows::signed(next.device_seq),
            next.clock.time.micros(),
            next.clock.count,
            draft.command,
            draft.actor.id.as_str(),
            rows::to_json(&roles)?,
            draft.occurred_at.micros(),
            draft.recorded_at.micros(),
            draft.blueprint.as_str(),
            outcome_word(draft.outcome),
            rows::to_json(draft.failed)?,
            rows::to_json(draft.granted)?,
            rows::to_json(draft.records)?,
            draft.key.map(IdempotencyKey::as_str),
            draft.payload.hash().as_str(),
        ])?;
    conn.prepare_cached("INSERT INTO payloads (seq, command, changes, decision) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![seq, draft.payload.command, draft.payload.changes, draft.payload.decision])?;
    *head = next;
    rows::unsigned("log", seq)
}

/// The allowed entry of an actor's idempotency key.
pub(crate) fn entry_of_key(
    conn: &Connection,
    actor: &ActorId,
    key: &IdempotencyKey,
) -> Result<Option<Seq>, StoreError> {
    let seq: Option<i64> = conn
        .prepare_cached(
            "SELECT seq FROM log WHERE actor = ?1 AND idempotency_key = ?2 AND outcome = 'allowed'",
        )?
        .query_row([actor.as_str(), key.as_str()], |row| row.get(0))
        .optional()?;
    seq.map(|seq| rows::unsigned("log", seq)).transpose()
}

/// The records that a command names.
pub(crate) fn named(command: &Command) -> Vec<RecordKey> {
    let of = |object: &str, id: &qudao_model::RecordId| {
        object.parse().ok().map(|object| RecordKey { object, id: id.clone() })
    };
    match &command.kind {
        CommandKind::Update { record, .. } | CommandKind::Advance { record, .. } => vec![record.clone()],
        CommandKind::Create { object, id, .. } | CommandKind::ImportHistory { object, id, .. } => {
            id.iter().map(|id| RecordKey { object: object.clone(), id: id.clone() }).collect()
        }
        CommandKind::Convert { lead, account, contact, .. } => [
            of("lead", lead),
            account.as_ref().and_then(|id| of("account", id)),
            contact.as_ref().and_then(|id| of("contact", id)),
        ]
        .into_iter()
        .flatten()
        .collect(),
        CommandKind::Merge { object, master, others, .. } => std::iter::once(master)
            .chain(others)
            .map(|id| RecordKey { object: object.clone(), id: id.clone() })
            .collect(),
        CommandKind::Unmerge { record, children, .. } => {
            std::iter::once(record).chain(children).cloned().collect()
        }
        CommandKind::GiveGrant { grant } => vec![grant.record.clone()],
    }
}

const ITEM: &str = "SELECT l.seq, l.format, l.device, l.device_seq, l.clock_time, l.clock_count, l.command, l.actor, l.roles, \
     l.occurred_at, l.recorded_at, l.blueprint, l.outcome, l.failed, l.granted, l.records, \
     l.idempotency_key, l.payload_hash, p.command, p.changes FROM log l LEFT JOIN payloads p ON p.seq = l.seq";

fn item(row: &Row<'_>) -> Result<LogItem, StoreError> {
    let seq = rows::unsigned("log", row.get(0)?)?;
    let here = || place(seq);
    let text = |column: usize| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
    let key: Option<String> = row.get(16)?;
    let payload: Option<(String, String)> = match (row.get(18)?, row.get(19)?) {
        (Some(command), Some(changes)) => Some((command, changes)),
        _ => None,
    };
    Ok(LogItem {
        seq,
        format: rows::unsigned(&here(), row.get(1)?)?,
        device: text(2)?.to_owned(),
        device_seq: rows::unsigned(&here(), row.get(3)?)?,
        clock: LogTime {
            time: Instant::from_micros(row.get(4)?),
            count: rows::unsigned(&here(), row.get(5)?)?,
        },
        command: text(6)?.to_owned(),
        actor: rows::id(&here(), text(7)?)?,
        roles: rows::json(here, text(8)?)?,
        occurred_at: Instant::from_micros(row.get(9)?),
        recorded_at: Instant::from_micros(row.get(10)?),
        blueprint: rows::hash(&here(), text(11)?)?,
        outcome: rows::word(&here(), text(12)?)?,
        failed: rows::json(here, text(13)?)?,
        granted: rows::json(here, text(14)?)?,
        records: rows::json(here, text(15)?)?,
        key: key.map(|key| rows::id(&here(), &key)).transpose()?,
        payload_hash: rows::hash(&here(), text(17)?)?,
        payload: match payload {
            Some((command, changes)) => Some(LogPayload {
                command: rows::json(here, &command)?,
                changes: rows::json(here, &changes)?,
            }),
            None => None,
        },
    })
}

/// A decision as kept under an idempotency key: without trace, and without changes, which stand beside it.
pub(crate) fn kept_decision(decision: &Decision) -> Result<String, StoreError> {
    rows::to_json(&Decision {
        outcome: decision.outcome,
        records: decision.records.clone(),
        violations: decision.violations.clone(),
        duplicates: decision.duplicates.clone(),
        trace: Vec::new(),
        blueprint: decision.blueprint.clone(),
        changes: Vec::new(),
        events: decision.events.clone(),
        replayed: true,
    })
}

impl ReadTx<'_> {
    /// The log after an entry, at most `limit` entries.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub fn log(&self, after: Seq, limit: usize) -> Result<Vec<LogItem>, StoreError> {
        let mut statement =
            self.conn.prepare_cached(&format!("{ITEM} WHERE l.seq > ?1 ORDER BY l.seq LIMIT ?2"))?;
        let mut found =
            statement.query(params![rows::signed(after), i64::try_from(limit).unwrap_or(i64::MAX)])?;
        let mut items = Vec::new();
        while let Some(row) = found.next()? {
            items.push(item(row)?);
        }
        Ok(items)
    }

    /// The allowed entries whose idempotency key begins so, oldest first: those of one batch.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub fn log_of_keys(&self, prefix: &str) -> Result<Vec<LogItem>, StoreError> {
        let mut statement = self.conn.prepare_cached(&format!(
            "{ITEM} WHERE l.outcome = 'allowed' AND l.idempotency_key IS NOT NULL \
             AND substr(l.idempotency_key, 1, length(?1)) = ?1 ORDER BY l.seq"
        ))?;
        let mut found = statement.query([prefix])?;
        let mut items = Vec::new();
        while let Some(row) = found.next()? {
            items.push(item(row)?);
        }
        Ok(items)
    }

    /// The entries that concern a record, refused ones included, oldest first. An entry may concern other records
    /// too: what the reader may not see is the caller's to remove.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub fn history(&self, record: &RecordKey) -> Result<Vec<LogItem>, StoreError> {
        let mut statement = self.conn.prepare_cached(&format!(
            "{ITEM} JOIN touched t ON t.seq = l.seq WHERE t.object = ?1 AND t.id = ?2 ORDER BY l.seq"
        ))?;
        let mut found = statement.query([record.object.as_str(), record.id.as_str()])?;
        let mut items = Vec::new();
        while let Some(row) = found.next()? {
            items.push(item(row)?);
        }
        Ok(items)
    }

    /// The command that the actor had carried out before under this key. Keys of different actors do not meet; a
    /// refused command binds no key.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub fn applied(&self, actor: &ActorId, key: &IdempotencyKey) -> Result<Option<Applied>, StoreError> {
        let Some(seq) = entry_of_key(self.conn, actor, key)? else { return Ok(None) };
        let Some(item) = self.log(seq.saturating_sub(1), 1)?.into_iter().next() else { return Ok(None) };
        let kept: Option<Option<String>> = self
            .conn
            .prepare_cached("SELECT decision FROM payloads WHERE seq = ?1")?
            .query_row([rows::signed(seq)], |row| row.get(0))
            .optional()?;
        let (command, changes) = match item.payload {
            Some(payload) => (serde_json::from_value(payload.command).ok(), payload.changes),
            None => (None, Vec::new()),
        };
        let decision = match kept.flatten() {
            Some(text) => Decision { changes, ..rows::json(|| place(seq), &text)? },
            // Written without a decision, or no longer kept: what the log itself knows.
            None => Decision {
                outcome: item.outcome,
                records: item.records,
                violations: Vec::new(),
                duplicates: Vec::new(),
                trace: Vec::new(),
                blueprint: item.blueprint,
                changes,
                events: Vec::new(),
                replayed: true,
            },
        };
        Ok(Some(Applied { seq, command, decision }))
    }
}

/// One entry as a replay reads it.
pub(crate) struct Replayed {
    pub(crate) seq: Seq,
    pub(crate) recorded_at: Instant,
    pub(crate) records: Vec<RecordKey>,
    pub(crate) changes: Vec<Change>,
}

/// Goes through the log, checking that no entry is missing and every payload kept is the one logged.
pub(crate) fn replay(
    conn: &Connection,
    mut apply: impl FnMut(Replayed) -> Result<(), StoreError>,
) -> Result<u64, StoreError> {
    let mut statement = conn.prepare(
        "SELECT l.seq, l.recorded_at, l.outcome, l.records, l.payload_hash, p.command, p.changes, p.decision \
         FROM main.log l LEFT JOIN main.payloads p ON p.seq = l.seq ORDER BY l.seq",
    )?;
    let mut found = statement.query([])?;
    let mut last: Seq = 0;
    while let Some(row) = found.next()? {
        let seq: Seq = rows::unsigned("log", row.get(0)?)?;
        if seq != last.saturating_add(1) {
            return Err(StoreError::corrupt(place(last.saturating_add(1)), "the entry is missing"));
        }
        last = seq;
        let here = || place(seq);
        let outcome: Outcome = rows::word(&here(), &row.get::<_, String>(2)?)?;
        let payload = match (row.get(5)?, row.get(6)?) {
            (Some(command), Some(changes)) => Some(Payload { command, changes, decision: row.get(7)? }),
            _ => None,
        };
        if let Some(payload) = &payload {
            payload.check(seq, &row.get::<_, String>(4)?)?;
        }
        let changes = match (outcome, payload) {
            (Outcome::Blocked, _) => Vec::new(),
            (Outcome::Allowed, Some(payload)) => rows::json(here, &payload.changes)?,
            (Outcome::Allowed, None) => return Err(StoreError::PayloadMissing { seq }),
        };
        apply(Replayed {
            seq,
            recorded_at: Instant::from_micros(row.get(1)?),
            records: rows::json(here, &row.get::<_, String>(3)?)?,
            changes,
        })?;
    }
    Ok(last)
}
