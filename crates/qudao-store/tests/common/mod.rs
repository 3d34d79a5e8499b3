//! A small Blueprint's worth of rules, and decisions as an engine would make them.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::sync::Arc;

use qudao_model::*;
use qudao_store::*;

/// Unique: `tax_id` of accounts. Block keys: the lower-case name. Features: the name, after the version.
pub struct Rules {
    pub unique: &'static str,
    pub stages: &'static [&'static str],
    pub version: u32,
}

impl Default for Rules {
    fn default() -> Self {
        Self { unique: "tax_id", stages: &["qualified", "proposal", "won", "lost"], version: 1 }
    }
}

impl Deriver for Rules {
    fn derived(&self, record: &Record) -> Derived {
        let mut derived = Derived::default();
        if *record.object() == "account"
            && let Some(value) = record.get(self.unique).as_text()
        {
            derived.claims.push((rule(&format!("account.{}", self.unique)), ClaimKey::of(value)));
        }
        if let Some(name) = record.get("name").as_text() {
            derived.keys.push((rule("same.name"), BlockKey::of(&name.to_lowercase())));
            derived.sketches = name.as_bytes().to_vec();
            derived.features = format!("{}{name}", self.version).into_bytes();
        }
        derived
    }

    fn version(&self) -> u32 {
        self.version
    }

    fn knows_stage(&self, _: &ProcessId, stage: &StageId) -> bool {
        self.stages.contains(&stage.as_str())
    }
}

pub fn rule(id: &str) -> RuleId {
    RuleId::new(id).unwrap()
}

pub fn key(object: &str, id: &str) -> RecordKey {
    RecordKey { object: ObjectName::new(object).unwrap(), id: RecordId::new(id).unwrap() }
}

pub fn meeting(keys: &[&str]) -> Meeting {
    Meeting { keys: keys.iter().map(|k| (BlockKey::of(k), 500)).collect(), ..Meeting::default() }
}

/// Whatever is kept of a record, it may match.
pub fn any() -> impl FnMut(Kept<'_>) -> bool {
    |_| true
}

pub fn at(micros: i64) -> Instant {
    Instant::from_micros(micros)
}

pub fn actor() -> Actor {
    Actor::new(ActorId::new("u1").unwrap()).with_role(RoleName::new("seller").unwrap())
}

pub fn blueprint(text: &str) -> BlueprintText {
    BlueprintText { hash: Hash::of(text.as_bytes()), text: text.to_owned() }
}

pub fn options() -> OpenOptions {
    OpenOptions::new(Arc::new(Schema::standard("CNY")), blueprint("one"), Arc::new(Rules::default()))
        .device("test")
        // Tests end processes, not the power.
        .durability(Durability::ProcessLoss)
}

pub fn open(path: &std::path::Path) -> Store {
    match Store::open(path, options()).unwrap() {
        Opened::Ready(store) => store,
        other => panic!("{other:?}"),
    }
}

pub fn memory() -> Store {
    Store::in_memory(options()).unwrap()
}

pub fn patch(fields: &[(&str, Value)]) -> Patch {
    fields.iter().map(|(name, value)| (FieldName::new(name).unwrap(), value.clone())).collect()
}

pub fn put(record: &RecordKey, version: u64, fields: &[(&str, Value)]) -> Change {
    Change::Put { record: record.clone(), version, patch: patch(fields), before: Patch::new() }
}

pub fn event(record: &RecordKey, kind: &str, micros: i64) -> Event {
    Event {
        kind: format!("qudao.{}.{kind}", record.object),
        subject: record.clone(),
        time: at(micros),
        data: serde_json::json!({"id": record.id}),
    }
}

pub fn visit(record: &RecordKey, seq: u32, stage: &str, entered: i64) -> Visit {
    Visit {
        record: record.clone(),
        seq,
        process: ProcessId::new("project_sale").unwrap(),
        process_version: "v1".into(),
        stage: StageId::new(stage).unwrap(),
        stage_order: seq,
        class: StageClass::Open,
        entered: at(entered),
        left: None,
        recorded_at: at(entered + 5),
        left_recorded_at: None,
        actor: ActorId::new("u1").unwrap(),
        cause: VisitCause::Create,
        reason: None,
    }
}

pub fn grant(id: &str, record: &RecordKey) -> Grant {
    Grant {
        id: id.into(),
        record: record.clone(),
        rule: rule("budget"),
        granted_by: ActorId::new("boss").unwrap(),
        granted_to: None,
        reason: "known customer".into(),
        expires_at: None,
        granted_at: at(1),
    }
}

pub fn decision(changes: Vec<Change>, events: Vec<Event>) -> Decision {
    Decision {
        outcome: Outcome::Allowed,
        records: Vec::new(),
        violations: Vec::new(),
        duplicates: Vec::new(),
        trace: Vec::new(),
        blueprint: blueprint("one").hash,
        changes,
        events,
        replayed: false,
    }
}

pub fn refusal(rules: &[&str], object: &str) -> Decision {
    let object = ObjectName::new(object).unwrap();
    Decision {
        outcome: Outcome::Blocked,
        violations: rules.iter().map(|r| Violation::new("field.required", rule(r), object.clone())).collect(),
        ..decision(Vec::new(), Vec::new())
    }
}

/// An update command for a record; the store reads no more of it than the record it names.
pub fn command(record: &RecordKey) -> Command {
    Command::update(record.clone(), Patch::new())
}

pub fn append(
    tx: &mut WriteTx<'_>,
    record: &RecordKey,
    changes: Vec<Change>,
    now: i64,
) -> Result<Seq, StoreError> {
    let decision = decision(changes, vec![event(record, "changed", now)]);
    tx.append(&LogEntry::of(&command(record), &actor(), &decision, at(now)))
}

pub fn commit(store: &Store, record: &RecordKey, changes: Vec<Change>, now: i64) -> Result<Seq, StoreError> {
    store.write(|tx| append(tx, record, changes, now))
}

/// An account with a tax id, made.
pub fn account(store: &Store, id: &str, tax: &str, now: i64) -> Result<Seq, StoreError> {
    let record = key("account", id);
    let fields = [("name", Value::text(format!("Name {id}"))), ("tax_id", Value::text(tax))];
    commit(store, &record, vec![put(&record, 1, &fields)], now)
}

pub fn read(store: &Store, record: &RecordKey) -> Option<Record> {
    store
        .read(|view| -> Result<_, StateFault> {
            Ok(view.records(&record.object, std::slice::from_ref(&record.id))?.remove(0))
        })
        .unwrap()
}

/// Both kinds of error in one, as a host has it.
#[derive(Debug)]
pub enum StateFault {
    Store(StoreError),
    State(StateError),
}

impl From<StoreError> for StateFault {
    fn from(e: StoreError) -> Self {
        Self::Store(e)
    }
}

impl From<StateError> for StateFault {
    fn from(e: StateError) -> Self {
        Self::State(e)
    }
}

#[track_caller]
pub fn assert_equal_to_rebuild(store: &Store) {
    let report = store.verify().unwrap();
    assert!(report.is_equal(), "{report:#?}");
}

/// Every row of every projection, as text, to compare across a rebuild with other means than the store's own.
pub fn dump(path: &std::path::Path) -> BTreeMap<String, Vec<String>> {
    let conn = rusqlite::Connection::open(path).unwrap();
    let tables = [
        "records",
        "visits",
        "grants",
        "grant_uses",
        "duplicate_sets",
        "touched",
        "refs",
        "claims",
        "claim_waits",
        "postings",
        "posting_chunks",
        "sketches",
        "features",
    ];
    tables
        .into_iter()
        .map(|table| {
            let mut statement = conn.prepare(&format!("SELECT * FROM {table}")).unwrap();
            let columns = statement.column_count();
            let mut rows: Vec<String> = statement
                .query_map([], |row| {
                    Ok((0..columns)
                        .map(|c| format!("{:?}", row.get_ref(c).unwrap()))
                        .collect::<Vec<_>>()
                        .join("|"))
                })
                .unwrap()
                .map(Result::unwrap)
                .collect();
            rows.sort();
            (table.to_owned(), rows)
        })
        .collect()
}
