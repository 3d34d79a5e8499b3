//! One decision, one transaction; what the log and the projections hold afterwards.

#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::*;
use qudao_model::*;
use qudao_store::*;
use tempfile::tempdir;

fn full_story(store: &Store) {
    let (a, o) = (key("account", "a1"), key("opportunity", "o1"));
    account(store, "a1", "T1", 10).unwrap();
    let fields = [
        ("name", Value::text("Deal")),
        ("account", Value::Reference(a.id.clone())),
        ("amount", Value::money("12.50".parse().unwrap(), "CNY")),
    ];
    commit(
        store,
        &o,
        vec![put(&o, 1, &fields), Change::OpenVisit { visit: visit(&o, 0, "qualified", 20) }],
        20,
    )
    .unwrap();
    commit(store, &o, vec![Change::GiveGrant { grant: grant("g1", &o) }], 25).unwrap();
    commit(
        store,
        &o,
        vec![
            Change::CloseVisit { record: o.clone(), seq: 0, left: at(30), recorded_at: at(31) },
            Change::OpenVisit { visit: visit(&o, 1, "proposal", 30) },
            Change::UseGrant { grant: "g1".into(), record: o.clone(), rule: rule("budget") },
            put(&o, 2, &[("stage", Value::text("proposal"))]),
        ],
        31,
    )
    .unwrap();
    store
        .write(|tx| {
            tx.append(&LogEntry::of(
                &command(&o),
                &actor(),
                &refusal(&["r2", "r1", "r2"], "opportunity"),
                at(40),
            ))
        })
        .unwrap();
    commit(
        store,
        &a,
        vec![Change::OpenDuplicateSet { rule: rule("dup"), records: vec![a.clone(), key("account", "a9")] }],
        50,
    )
    .unwrap();
}

#[test]
fn everything_of_a_decision_is_there() {
    let store = memory();
    full_story(&store);
    let o = key("opportunity", "o1");
    store
        .read(|view| -> Result<(), StateFault> {
            let record = view.records(&o.object, std::slice::from_ref(&o.id))?.remove(0).unwrap();
            assert_eq!(record.version(), 2);
            assert_eq!(record.get("amount"), &Value::money("12.50".parse().unwrap(), "CNY"));
            assert_eq!(record.get("stage").as_text(), Some("proposal"));

            let visits = view.visits(&[key("account", "a1"), o.clone()])?;
            assert!(visits[0].is_empty());
            let stages: Vec<_> =
                visits[1].iter().map(|v| (v.stage.as_str(), v.left, v.left_recorded_at)).collect();
            assert_eq!(stages, [("qualified", Some(at(30)), Some(at(31))), ("proposal", None, None)]);
            assert_eq!(view.all_visits(&o.object)?, visits[1]);

            let slot = view.records(&o.object, std::slice::from_ref(&o.id))?[0]
                .as_ref()
                .unwrap()
                .schema()
                .field_ix("account");
            let children = view.children(&o.object, slot.unwrap(), &[RecordId::new("a1").unwrap()])?;
            assert_eq!(children.len(), 1);

            assert_eq!(view.grants(std::slice::from_ref(&o))?, [grant("g1", &o)]);
            assert_eq!(view.grant_uses(&o)?[0].seq, 4);
            assert_eq!(view.duplicate_sets()?[0].records.len(), 2);
            let holders = view.claims(&rule("account.tax_id"), &[ClaimKey::of("T0"), ClaimKey::of("T1")])?;
            assert_eq!(holders, [None, Some(key("account", "a1"))]);
            assert_eq!(
                view.candidates(&rule("same.name"), &meeting(&["deal", "name a1"]), &mut any())?
                    .iter()
                    .map(Record::key)
                    .collect::<Vec<_>>(),
                [key("account", "a1"), o.clone()]
            );
            let counts = view.counts()?;
            assert_eq!((counts.log, counts.refused, counts.visits, counts.outbox), (6, 1, 2, 5));
            Ok(())
        })
        .unwrap();
    assert_equal_to_rebuild(&store);
}

#[test]
fn candidates_are_told_by_what_is_kept_of_them() {
    let store = memory();
    full_story(&store);
    let asked = |answer: &dyn Fn(Kept<'_>) -> bool| {
        let mut asked = Vec::new();
        let found = store
            .read(|view| {
                view.candidates(&rule("same.name"), &meeting(&["deal", "name a1"]), &mut |kept| {
                    asked.push(match kept {
                        Kept::Sketches(bytes) => format!("sketches {}", String::from_utf8_lossy(bytes)),
                        Kept::Features(bytes) => format!("features {}", String::from_utf8_lossy(bytes)),
                    });
                    answer(kept)
                })
                .map_err(StateFault::from)
            })
            .unwrap();
        (asked, found.iter().map(|r| r.key().to_string()).collect::<Vec<_>>())
    };
    let (kept, found) = asked(&|_| true);
    assert_eq!(kept, ["sketches Name a1", "sketches Deal", "features 1Name a1", "features 1Deal"]);
    assert_eq!(found.len(), 2);
    let (_, found) = asked(&|kept| kept != Kept::Features(b"1Deal"));
    assert_eq!(found, ["account/a1"]);
    // Whom the sketches tell is not looked at any further.
    let (kept, found) = asked(&|kept| kept != Kept::Sketches(b"Deal"));
    assert_eq!(kept, ["sketches Name a1", "sketches Deal", "features 1Name a1"]);
    assert_eq!(found, ["account/a1"]);
    let (kept, found) = asked(&|_| false);
    assert_eq!((kept.len(), found.len()), (2, 0));
}

#[test]
fn history_holds_refusals_with_their_rules() {
    let store = memory();
    full_story(&store);
    let o = key("opportunity", "o1");
    let items = store.read(|view| view.history(&o)).unwrap();
    let seen: Vec<_> = items.iter().map(|i| (i.seq, i.outcome, i.failed.len())).collect();
    use Outcome::{Allowed, Blocked};
    assert_eq!(seen, [(2, Allowed, 0), (3, Allowed, 0), (4, Allowed, 0), (5, Blocked, 2)]);
    let refused = items.last().unwrap();
    assert_eq!(refused.failed, [rule("r1"), rule("r2")]);
    assert_eq!((refused.device.as_str(), refused.device_seq), ("test", 5));
    assert_eq!(refused.roles, [RoleName::new("seller").unwrap()]);
    assert_eq!(refused.blueprint, blueprint("one").hash);
    assert_eq!(refused.payload.as_ref().unwrap().command["kind"]["update"]["record"]["id"], "o1");
    assert_eq!(store.read(|view| view.log(4, 1)).unwrap()[0].seq, 5);
}

#[test]
fn payloads_of_refusals_go_and_entries_stay() {
    let store = memory();
    full_story(&store);
    assert_eq!(store.write(|tx| tx.drop_refused_payloads(at(40))).unwrap(), 0);
    assert_eq!(store.write(|tx| tx.drop_refused_payloads(at(41))).unwrap(), 1);
    let items = store.read(|view| view.history(&key("opportunity", "o1"))).unwrap();
    assert_eq!(items.last().unwrap().payload, None);
    assert_eq!(items.len(), 4);
    assert_equal_to_rebuild(&store);
}

#[test]
fn the_clock_never_runs_backward() {
    let store = memory();
    for (id, now) in [("a", 100), ("b", 50), ("c", 100), ("d", 101)] {
        account(&store, id, id, now).unwrap();
    }
    let clocks: Vec<_> = store
        .read(|v| v.log(0, 10))
        .unwrap()
        .iter()
        .map(|i| (i.clock.time.micros(), i.clock.count))
        .collect();
    assert_eq!(clocks, [(100, 0), (100, 1), (100, 2), (101, 0)]);
}

#[test]
fn events_are_cloudevents() {
    let store = memory();
    full_story(&store);
    let items = store.read(|view| view.outbox(0, 2)).unwrap();
    assert_eq!(
        serde_json::to_value(&items[1].event).unwrap(),
        serde_json::json!({
            "specversion": "1.0",
            "id": "2-0",
            "source": "urn:qudao:test",
            "type": "qudao.opportunity.changed",
            "subject": "opportunity/o1",
            "time": "1970-01-01T00:00:00.000020Z",
            "datacontenttype": "application/json",
            "sequence": "00000000000000000002",
            "data": {"id": "o1"},
        })
    );
    let rest = store.read(|view| view.outbox(items[1].position, 100)).unwrap();
    assert_eq!(rest.len(), 3);
    let mut ids: Vec<_> = items.iter().chain(&rest).map(|i| i.event.id.clone()).collect();
    ids.dedup();
    assert_eq!(ids.len(), 5);
}

#[test]
fn a_taken_claim_refuses_the_whole_entry() {
    let store = memory();
    account(&store, "a", "T", 1).unwrap();
    let error = account(&store, "b", "T", 2).unwrap_err();
    assert_eq!(error, StoreError::ClaimTaken { rule: rule("account.tax_id"), holder: key("account", "a") });
    assert!(error.concerns_one_command());
    assert_eq!(read(&store, &key("account", "b")), None);
    let counts = store.read(|view| view.counts()).unwrap();
    assert_eq!((counts.log, counts.outbox, counts.block_keys), (1, 1, 1));
    assert_equal_to_rebuild(&store);
}

#[test]
fn a_decision_may_pass_a_claim_on() {
    let store = memory();
    account(&store, "a", "T", 1).unwrap();
    account(&store, "b", "U", 2).unwrap();
    let (a, b) = (key("account", "a"), key("account", "b"));
    let swap = vec![put(&a, 2, &[("tax_id", Value::text("U"))]), put(&b, 2, &[("tax_id", Value::text("T"))])];
    commit(&store, &a, swap, 3).unwrap();
    let holders = store
        .read(|v| {
            v.claims(&rule("account.tax_id"), &[ClaimKey::of("T"), ClaimKey::of("U")])
                .map_err(StateFault::from)
        })
        .unwrap();
    assert_eq!(holders, [Some(b), Some(a)]);
    assert_equal_to_rebuild(&store);
}

#[test]
fn versions_are_checked() {
    let store = memory();
    let a = key("account", "a");
    let none = commit(&store, &a, vec![put(&a, 2, &[])], 1).unwrap_err();
    assert_eq!(none, StoreError::VersionConflict { record: a.clone(), expected: 1, found: 0 });
    account(&store, "a", "T", 1).unwrap();
    let late = commit(&store, &a, vec![put(&a, 1, &[])], 2).unwrap_err();
    assert_eq!(late, StoreError::VersionConflict { record: a.clone(), expected: 0, found: 1 });
    let zero = commit(&store, &a, vec![put(&a, 0, &[])], 2).unwrap_err();
    assert_eq!(zero.code(), "store.version_conflict");
    commit(&store, &a, vec![put(&a, 2, &[]), put(&a, 3, &[])], 3).unwrap();
    assert_eq!(read(&store, &a).unwrap().version(), 3);
    assert_equal_to_rebuild(&store);
}

#[test]
fn changes_that_do_not_fit_are_refused() {
    let store = memory();
    let o = key("opportunity", "o");
    commit(&store, &o, vec![put(&o, 1, &[]), Change::OpenVisit { visit: visit(&o, 0, "qualified", 1) }], 1)
        .unwrap();
    let close = |seq| Change::CloseVisit { record: o.clone(), seq, left: at(2), recorded_at: at(2) };
    for changes in [
        vec![Change::OpenVisit { visit: visit(&o, 0, "won", 2) }],
        vec![close(1)],
        vec![close(0), close(0)],
        vec![Change::GiveGrant { grant: grant("g", &o) }, Change::GiveGrant { grant: grant("g", &o) }],
    ] {
        assert_eq!(commit(&store, &o, changes, 2).unwrap_err().code(), "store.inconsistent");
    }
    let mut decision = refusal(&["r"], "opportunity");
    decision.changes = vec![put(&o, 2, &[])];
    let refused = store.write(|tx| tx.append(&LogEntry::of(&command(&o), &actor(), &decision, at(3))));
    assert_eq!(refused.unwrap_err().code(), "store.inconsistent");
    assert_eq!(store.read(|view| view.counts()).unwrap().log, 1);
    assert_equal_to_rebuild(&store);
}

#[test]
fn an_idempotency_key_is_bound_to_its_actor_and_to_success() {
    let store = memory();
    let a = key("account", "a");
    let sent = command(&a).with_key(IdempotencyKey::new("k1").unwrap());
    let refused = refusal(&["r"], "account");
    store.write(|tx| tx.append(&LogEntry::of(&sent, &actor(), &refused, at(1)))).unwrap();
    let k = IdempotencyKey::new("k1").unwrap();
    assert_eq!(store.read(|v| v.applied(&actor().id, &k)).unwrap(), None);

    let mut done = decision(vec![put(&a, 1, &[("name", Value::text("甲"))])], vec![event(&a, "created", 2)]);
    done.records = vec![a.clone()];
    done.trace = vec![TraceEntry::new(Step::Validate, rule("r"), Some(a.clone()), RuleOutcome::Granted)];
    store.write(|tx| tx.append(&LogEntry::of(&sent, &actor(), &done, at(2)))).unwrap();
    let applied = store.read(|v| v.applied(&actor().id, &k)).unwrap().unwrap();
    assert_eq!(applied.seq, 2);
    assert_eq!(applied.command.as_ref(), Some(&sent));
    assert_eq!(applied.decision, Decision { trace: Vec::new(), replayed: true, ..done.clone() });
    assert_eq!(store.read(|v| v.log(1, 1)).unwrap()[0].granted, [rule("r")]);

    let again = store.write(|tx| tx.append(&LogEntry::of(&sent, &actor(), &done, at(3))));
    assert_eq!(again.unwrap_err(), StoreError::KeyUsed { seq: 2 });
    let other = ActorId::new("u2").unwrap();
    assert_eq!(store.read(|v| v.applied(&other, &k)).unwrap(), None);
}

#[test]
fn a_row_that_fails_takes_only_itself_away() {
    let store = memory();
    let done = store
        .write(|tx| -> Result<Vec<bool>, StoreError> {
            let mut done = Vec::new();
            for (row, (id, tax)) in [("a", "1"), ("b", "1"), ("c", "2"), ("c", "3")].into_iter().enumerate() {
                let record = key("account", id);
                let result = tx.savepoint(|tx| -> Result<(), StoreError> {
                    tx.import_mark("file", row as u64)?;
                    let fields = [("tax_id", Value::text(tax))];
                    append(tx, &record, vec![put(&record, 1, &fields)], row as i64)?;
                    Ok(())
                });
                done.push(result.is_ok());
            }
            Ok(done)
        })
        .unwrap();
    assert_eq!(done, [true, false, true, false]);
    let marks = store.read(|view| view.import_done("file")).unwrap();
    assert_eq!(marks.into_iter().collect::<Vec<_>>(), [0, 2]);
    let items = store.read(|view| view.log(0, 10)).unwrap();
    assert_eq!(items.iter().map(|i| i.device_seq).collect::<Vec<_>>(), [1, 2]);
    store.write(|tx| tx.import_forget("file")).unwrap();
    assert!(store.read(|view| view.import_done("file")).unwrap().is_empty());
    assert_equal_to_rebuild(&store);
}

#[test]
fn a_closure_that_fails_leaves_nothing() {
    let store = memory();
    let a = key("account", "a");
    let failed: Result<(), StoreError> = store.write(|tx| {
        append(tx, &a, vec![put(&a, 1, &[])], 1)?;
        Err(StoreError::Io)
    });
    assert_eq!(failed, Err(StoreError::Io));
    assert_eq!(store.read(|view| view.counts()).unwrap(), Counts::default());
}

#[test]
fn a_panic_in_a_closure_leaves_the_store_usable() {
    let store = memory();
    let a = key("account", "a");
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        store.write(|tx| -> Result<(), StoreError> {
            append(tx, &a, vec![put(&a, 1, &[])], 1)?;
            panic!("in the host's code")
        })
    }));
    assert!(caught.is_err());
    account(&store, "a", "T", 2).unwrap();
    assert_eq!(store.read(|view| view.counts()).unwrap().log, 1);
}

#[test]
fn rebuild_gives_the_same_bytes() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("a.db");
    let store = open(&path);
    full_story(&store);
    let before = dump(&path);
    let may_be_empty = |table: &str| ["claim_waits", "posting_chunks"].contains(&table);
    assert!(before.iter().all(|(table, rows)| may_be_empty(table) || !rows.is_empty()), "{before:?}");
    let report = store.rebuild().unwrap();
    assert_eq!(report.entries, 6);
    assert_eq!(dump(&path), before);
}

#[test]
fn verify_sees_a_changed_projection() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("a.db");
    let store = open(&path);
    full_story(&store);
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute("UPDATE visits SET reason = 'x' WHERE seq = 0", []).unwrap();
    other.execute("DELETE FROM claims", []).unwrap();
    let report = store.verify().unwrap();
    assert!(!report.is_equal());
    let wrong: Vec<_> = report
        .tables
        .iter()
        .filter(|t| t.missing + t.unexpected > 0)
        .map(|t| (t.table, t.missing, t.unexpected))
        .collect();
    assert_eq!(wrong, [("visits", 1, 1), ("claims", 1, 0)]);
    store.rebuild().unwrap();
    assert_equal_to_rebuild(&store);
}

#[test]
fn the_log_is_append_only() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("a.db");
    let store = open(&path);
    full_story(&store);
    let other = rusqlite::Connection::open(&path).unwrap();
    for sql in [
        "UPDATE log SET actor = 'x'",
        "DELETE FROM log",
        "UPDATE payloads SET changes = '[]'",
        "UPDATE blueprints SET text = ''",
        "DELETE FROM blueprints",
    ] {
        assert!(other.execute(sql, []).is_err(), "{sql}");
    }
}

#[test]
fn a_tampered_payload_is_found() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("a.db");
    let store = open(&path);
    full_story(&store);
    let other = rusqlite::Connection::open(&path).unwrap();
    other
        .execute_batch("DROP TRIGGER payloads_no_update; UPDATE payloads SET changes = '[]' WHERE seq = 2")
        .unwrap();
    let error = store.verify().unwrap_err();
    assert_eq!(error.to_string(), "log entry 2: not a database, or damaged (the payload has another hash)");
    let before = dump(&path);
    assert_eq!(store.rebuild().unwrap_err().code(), "store.corrupt");
    assert_eq!(dump(&path), before, "a rebuild that fails changes nothing");
    other.execute_batch("DELETE FROM payloads WHERE seq = 2").unwrap();
    assert_eq!(store.rebuild().unwrap_err(), StoreError::PayloadMissing { seq: 2 });
}

#[test]
fn a_missing_entry_is_found() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("a.db");
    let store = open(&path);
    full_story(&store);
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("DROP TRIGGER log_no_delete; DELETE FROM log WHERE seq = 3").unwrap();
    let error = store.verify().unwrap_err();
    assert_eq!(error.to_string(), "log entry 3: not a database, or damaged (the entry is missing)");
}

#[test]
fn floats_and_deep_json_come_back() {
    let store = memory();
    let a = key("account", "a");
    let mut values = Patch::new();
    for (name, float) in
        [("x", 0.1 + 0.2), ("y", 1.797_693_134_862_315_7e308), ("z", 5e-324), ("w", 123_456_789.123_456_78)]
    {
        values.unknown.insert(name.into(), serde_json::json!(float));
    }
    let first = Change::Put { record: a.clone(), version: 1, patch: values, before: Patch::new() };
    commit(&store, &a, vec![first], 1).unwrap();
    commit(&store, &a, vec![put(&a, 2, &[("name", Value::text("n"))])], 2).unwrap();
    assert_eq!(read(&store, &a).unwrap().unknown()["x"], serde_json::json!(0.1 + 0.2));
    assert_equal_to_rebuild(&store);

    let mut deep = serde_json::json!(1);
    for _ in 0..200 {
        deep = serde_json::json!([deep]);
    }
    let mut values = Patch::new();
    values.unknown.insert("deep".into(), deep.clone());
    let change = Change::Put { record: a.clone(), version: 3, patch: values, before: Patch::new() };
    assert_eq!(commit(&store, &a, vec![change], 3).unwrap_err(), StoreError::TooDeep);
    let told = decision(Vec::new(), vec![Event { data: deep, ..event(&a, "x", 1) }]);
    let refused = store.write(|tx| tx.append(&LogEntry::of(&command(&a), &actor(), &told, at(4))));
    assert_eq!(refused.unwrap_err(), StoreError::TooDeep);
    assert_equal_to_rebuild(&store);
}
