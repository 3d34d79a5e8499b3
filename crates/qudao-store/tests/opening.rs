//! Files that are new, strange, damaged, full, locked, older or of another Blueprint.

#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use common::*;
use qudao_model::*;
use qudao_store::*;
use tempfile::tempdir;

fn fails(path: &Path, options: OpenOptions) -> StoreError {
    Store::open(path, options).unwrap_err()
}

#[test]
fn a_file_is_made_and_opened_again() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("渠道 channel.db");
    assert_eq!(fails(&path, options().create(false)).code(), "store.not_found");
    assert!(!path.exists());
    let store = open(&path);
    account(&store, "a", "T", 1).unwrap();
    assert_eq!(store.device(), "test");
    drop(store);
    let store = Store::open(&path, options().device("other").create(false)).unwrap().ready().unwrap();
    assert_eq!(store.device(), "test", "the device stays that of the file");
    assert_eq!(read(&store, &key("account", "a")).unwrap().get("tax_id").as_text(), Some("T"));
    assert!(store.integrity_check().unwrap().is_empty());
    let text = store.read(|v| v.blueprint_text(store.blueprint())).unwrap();
    assert_eq!(text.as_deref(), Some("one"));
}

#[test]
fn a_device_without_a_name_gets_one() {
    let plain =
        OpenOptions::new(Arc::new(Schema::standard("CNY")), blueprint("one"), Arc::new(Rules::default()));
    let a = Store::in_memory(plain.clone()).unwrap();
    let b = Store::in_memory(plain).unwrap();
    assert_eq!(a.device().len(), 36);
    assert_ne!(a.device(), b.device());
}

#[test]
fn paths_that_cannot_be_opened() {
    let dir = tempdir().unwrap();
    let folder = fails(dir.path(), options());
    assert_eq!(folder.code(), "store.cannot_open");
    let missing = dir.path().join("no").join("such").join("a.db");
    let error = fails(&missing, options());
    assert_eq!(error.code(), "store.cannot_open");
    assert!(error.to_string().contains("such"), "{error}");
    assert_eq!(fails(Path::new("a\0b.db"), options()).code(), "store.cannot_open");
}

#[test]
fn files_that_are_no_store_stay_as_they_are() {
    let dir = tempdir().unwrap();
    let text = dir.path().join("text.db");
    let content = "这不是数据库 ".repeat(400);
    std::fs::write(&text, &content).unwrap();
    let error = fails(&text, options());
    assert_eq!(error.code(), "store.corrupt");
    assert!(error.to_string().contains("text.db"), "{error}");
    assert_eq!(std::fs::read_to_string(&text).unwrap(), content);

    let empty = dir.path().join("empty.db");
    std::fs::write(&empty, "").unwrap();
    assert_eq!(fails(&empty, options().create(false)).code(), "store.corrupt");
    open(&empty);

    let foreign = dir.path().join("foreign.db");
    rusqlite::Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    let before = std::fs::read(&foreign).unwrap();
    assert_eq!(fails(&foreign, options()).code(), "store.foreign");
    assert_eq!(std::fs::read(&foreign).unwrap(), before);
}

#[test]
fn a_newer_format_is_refused() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("a.db");
    drop(open(&path));
    let conn = rusqlite::Connection::open(&path).unwrap();
    conn.pragma_update(None, "user_version", FORMAT + 1).unwrap();
    drop(conn);
    match fails(&path, options()) {
        StoreError::NewerFormat { found, known, .. } => assert_eq!((found, known), (FORMAT + 1, FORMAT)),
        other => panic!("{other}"),
    }
}

/// Damage anywhere in the file is an error with a code, or harmless; never a panic and never a wrong record.
#[test]
fn damaged_files_are_told() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("a.db");
    let store = open(&path);
    for n in 0..300 {
        account(&store, &format!("a{n}"), &format!("T{n}"), n).unwrap();
    }
    drop(store);
    let whole = std::fs::read(&path).unwrap();
    assert!(!path.with_extension("db-wal").exists(), "the last to close leaves one file");
    let mut told = 0;
    for place in 0..40 {
        let mut bytes = whole.clone();
        let from = whole.len() * place / 40;
        for byte in bytes.iter_mut().skip(from).take(600) {
            *byte ^= 0x5a;
        }
        std::fs::write(&path, &bytes).unwrap();
        let outcome = Store::open(&path, options().create(false)).and_then(|opened| {
            let store = opened.ready().ok_or(StoreError::Io)?;
            let whole = store.integrity_check()?.is_empty() && store.verify()?.is_equal();
            Ok((store, whole))
        });
        match outcome {
            Ok((_, false)) => told += 1,
            // What SQLite does not check and no record comes from: unused space, texts of the outbox.
            Ok((store, true)) => {
                let accounts = ObjectName::new("account").unwrap();
                let records = store.read(|v| v.scan(&accounts).map_err(StateFault::from)).unwrap();
                assert_eq!(records.len(), 300);
                for record in records {
                    let number = record.id().as_str().trim_start_matches('a');
                    assert_eq!(record.get("tax_id").as_text(), Some(&*format!("T{number}")));
                    assert_eq!(record.get("name").as_text(), Some(&*format!("Name a{number}")));
                }
            }
            Err(error) => {
                assert!(
                    ["store.corrupt", "store.foreign", "store.io", "store.database", "store.newer_format"]
                        .contains(&error.code()),
                    "{error}"
                );
                told += 1;
            }
        }
    }
    assert!(told >= 25, "{told}");

    // Cut off in the middle.
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let outcome = Store::open(&path, options()).and_then(|o| o.ready().ok_or(StoreError::Io)?.verify());
    assert_eq!(outcome.unwrap_err().code(), "store.corrupt");
}

#[test]
fn a_full_disk_loses_nothing_that_was_stored() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("a.db");
    let small = Store::open(&path, options().max_pages(120)).unwrap().ready().unwrap();
    let mut stored = 0;
    let error = loop {
        let id = format!("a{stored}");
        match account(&small, &id, &"x".repeat(200 + stored), 1) {
            Ok(_) => stored += 1,
            Err(error) => break error,
        }
        assert!(stored < 2000);
    };
    assert_eq!(error, StoreError::Full);
    assert!(!error.concerns_one_command());
    assert!(stored > 20, "{stored}");
    // A host that goes on after the error commits nothing by halves.
    let swallowed = small.write(|tx| -> Result<(), StoreError> {
        for n in 0..200 {
            let record = key("account", &format!("b{n}"));
            let fields = [("name", Value::text("y".repeat(2000)))];
            let _ = tx.savepoint(|tx| append(tx, &record, vec![put(&record, 1, &fields)], 2));
        }
        Ok(())
    });
    let whole = small.read(|v| v.counts()).unwrap();
    assert_eq!(whole.records.values().sum::<u64>(), whole.log);
    if swallowed.is_err() {
        assert_eq!(whole.log, stored as u64);
    }
    assert!(small.integrity_check().unwrap().is_empty());
    assert_equal_to_rebuild(&small);
    drop(small);
    // With space again it goes on.
    let store = open(&path);
    assert_equal_to_rebuild(&store);
    account(&store, "more", "T", 3).unwrap();
}

#[test]
fn a_lock_held_elsewhere_is_told_after_the_timeout() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("a.db");
    drop(open(&path));
    let store =
        Store::open(&path, options().busy_timeout(Duration::from_millis(50))).unwrap().ready().unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(account(&store, "a", "T", 1), Err(StoreError::Locked));
    assert_eq!(read(&store, &key("account", "a")), None, "reading goes on");
    other.execute_batch("COMMIT").unwrap();
    account(&store, "a", "T", 1).unwrap();
}

#[test]
fn a_transaction_within_a_transaction_does_not_hang() {
    let quick = options().busy_timeout(Duration::from_millis(30));
    let store = Store::in_memory(quick.clone()).unwrap();
    let inner = store.write(|_| -> Result<_, StoreError> { Ok(store.read(|v| v.counts())) }).unwrap();
    assert_eq!(inner, Err(StoreError::Locked));
    let dir = tempdir().unwrap();
    let store = Store::open(dir.path().join("a.db"), quick).unwrap().ready().unwrap();
    let inner = store.write(|_| -> Result<_, StoreError> { Ok(account(&store, "a", "T", 1)) }).unwrap();
    assert_eq!(inner, Err(StoreError::Locked));
    let inner = store.write(|_| -> Result<_, StoreError> { Ok(store.read(|v| v.counts())) }).unwrap();
    assert_eq!(inner, Ok(Counts::default()));
}

/// A file as version 1 wrote it: five entries, with a projection of a form that is no longer used.
fn format_1(path: &Path) {
    let conn = rusqlite::Connection::open(path).unwrap();
    conn.execute_batch(include_str!("fixtures/format1.sql")).unwrap();
}

#[test]
fn an_older_format_is_previewed_and_migrated() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("a.db");
    format_1(&path);
    let Opened::OldFormat { found, current, store } = Store::open(&path, options()).unwrap() else {
        panic!("not told")
    };
    assert_eq!((found, current), (1, FORMAT));
    assert_eq!(
        store.preview(),
        [
            "import progress",
            "the matcher's index in posting lists",
            "merged records",
            "features beside the matcher's index",
            "posting lists in one row, sketches before features",
            "projections rebuilt from the log"
        ]
    );
    drop(store);
    // Looking changes nothing.
    let Opened::OldFormat { store, .. } = Store::open(&path, options()).unwrap() else { panic!("changed") };
    let store = store.migrate().unwrap().ready().unwrap();
    assert_equal_to_rebuild(&store);
    let record = read(&store, &key("opportunity", "o1")).unwrap();
    assert_eq!((record.version(), record.get("stage").as_text()), (2, Some("proposal")));
    let counts = store.read(|v| v.counts()).unwrap();
    assert_eq!((counts.log, counts.refused, counts.visits, counts.outbox, counts.claims), (6, 1, 2, 5, 1));
    store.write(|tx| tx.import_mark("f", 1)).unwrap();
    account(&store, "a2", "T2", 60).unwrap();
    drop(store);
    open(&path);
}

#[test]
fn an_older_format_of_another_blueprint() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("a.db");
    format_1(&path);
    let Opened::OldFormat { store, .. } = Store::open(&path, other_blueprint()).unwrap() else { panic!() };
    let Opened::BlueprintChanged { .. } = store.migrate().unwrap() else { panic!("not told") };
    // Opened under the first Blueprint after all: its keys are computed anew.
    assert_equal_to_rebuild(&open(&path));
}

fn kept(path: &Path) -> Vec<(i64, String)> {
    let conn = rusqlite::Connection::open(path).unwrap();
    let mut rows = conn.prepare("SELECT made, CAST(packed AS TEXT) FROM features ORDER BY made").unwrap();
    let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn what_another_version_derived_is_made_anew() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("a.db");
    let first = open(&path);
    account(&first, "a", "T1", 1).unwrap();
    account(&first, "b", "T2", 2).unwrap();
    assert_eq!(kept(&path), [(1, "1Name a".into()), (2, "1Name b".into())]);

    let newer = Rules { version: 2, ..Rules::default() };
    let newer = OpenOptions::new(Arc::new(Schema::standard("CNY")), blueprint("one"), Arc::new(newer));
    let second = Store::open(&path, newer).unwrap().ready().unwrap();
    assert_eq!(kept(&path), [(1, "2Name a".into()), (2, "2Name b".into())]);
    assert!(second.verify().unwrap().is_equal());
    account(&second, "c", "T3", 3).unwrap();
    // Who still works by the old version writes nothing.
    assert_eq!(account(&first, "d", "T4", 4).unwrap_err(), StoreError::MigratedElsewhere);
    assert_eq!(kept(&path).len(), 3);
}

fn other_blueprint() -> OpenOptions {
    let rules = Rules { unique: "phone", stages: &["qualified"], ..Rules::default() };
    let own = ObjectSpec {
        fields: [(
            FieldName::new("score").unwrap(),
            FieldSpec { type_name: Some(TypeName::Int), ..FieldSpec::default() },
        )]
        .into(),
        ..ObjectSpec::default()
    };
    let specs = [(ObjectName::new("account").unwrap(), own)].into();
    let schema = Schema::build(&specs, "CNY").unwrap();
    OpenOptions::new(Arc::new(schema), blueprint("two"), Arc::new(rules))
}

#[test]
fn another_blueprint_is_previewed_and_migrated() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("a.db");
    // Written under a Blueprint with a field, an object and a stage that the next has not.
    let wide = |ty: TypeName| {
        let field = |ty| FieldSpec { type_name: Some(ty), ..FieldSpec::default() };
        let own = ObjectSpec {
            fields: [
                (FieldName::new("legacy").unwrap(), field(TypeName::Decimal)),
                (FieldName::new("score").unwrap(), field(ty)),
            ]
            .into(),
            ..ObjectSpec::default()
        };
        let thing = ObjectSpec {
            fields: [(FieldName::new("name").unwrap(), field(TypeName::Text))].into(),
            ..ObjectSpec::default()
        };
        [(ObjectName::new("account").unwrap(), own), (ObjectName::new("thing").unwrap(), thing)].into()
    };
    let schema = Arc::new(Schema::build(&wide(TypeName::Text), "CNY").unwrap());
    let first = OpenOptions::new(schema, blueprint("one"), Arc::new(Rules::default())).device("test");
    let store = Store::open(&path, first.clone()).unwrap().ready().unwrap();
    for (id, phone) in [("a", "1"), ("b", "2"), ("c", "1"), ("d", "1")] {
        let record = key("account", id);
        let fields = [
            ("tax_id", Value::text(id)),
            ("phone", Value::text(phone)),
            ("legacy", Value::Decimal("1.5".parse().unwrap())),
            ("score", Value::text("high")),
        ];
        commit(&store, &record, vec![put(&record, 1, &fields)], 1).unwrap();
    }
    let (thing, deal) = (key("thing", "t"), key("opportunity", "o"));
    commit(&store, &thing, vec![put(&thing, 1, &[("name", Value::text("x"))])], 2).unwrap();
    let mut second = visit(&deal, 1, "proposal", 4);
    second.left = Some(at(9));
    let mut first_visit = visit(&deal, 0, "qualified", 3);
    first_visit.left = Some(at(4));
    let visits = [first_visit, second].map(|visit| Change::OpenVisit { visit });
    commit(&store, &deal, [vec![put(&deal, 1, &[])], visits.to_vec()].concat(), 4).unwrap();
    let held_open = store;

    let Opened::BlueprintChanged { stored, given, store } = Store::open(&path, other_blueprint()).unwrap()
    else {
        panic!("not told")
    };
    assert_eq!((stored, given), (blueprint("one").hash, blueprint("two").hash));
    let preview = store.preview().unwrap();
    let account_object = ObjectName::new("account").unwrap();
    assert_eq!(preview.records[&account_object], 4);
    assert_eq!(preview.objects_gone, [(ObjectName::new("thing").unwrap(), 1)].into());
    let field = |name: &str| (account_object.clone(), FieldName::new(name).unwrap());
    assert_eq!(preview.fields_unknown, [(field("legacy"), 4), (field("score"), 4)].into());
    let gone = (ProcessId::new("project_sale").unwrap(), StageId::new("proposal").unwrap());
    assert_eq!(preview.stages_gone, [(gone, 1)].into());
    let conflict = ClaimConflict {
        rule: rule("account.phone"),
        holder: key("account", "a"),
        waiting: vec![key("account", "c"), key("account", "d")],
    };
    assert_eq!(preview.conflicts, std::slice::from_ref(&conflict));
    // A preview changes nothing.
    account(&held_open, "e", "e", 5).unwrap();

    let (store, report) = store.migrate(&actor(), at(100)).unwrap();
    assert_eq!(report.preview.conflicts, preview.conflicts);
    assert_eq!(store.read(|v| v.claim_conflicts()).unwrap(), [conflict]);
    assert_eq!(store.read(|v| v.counts()).unwrap().waiting_claims, 2);
    let logged = store.read(|v| v.log(report.seq - 1, 9)).unwrap().remove(0);
    assert_eq!((logged.command.as_str(), logged.blueprint), ("migrate_blueprint", blueprint("two").hash));
    assert_eq!(logged.payload.unwrap().command["conflicts"], 1);
    for hash in ["one", "two"].map(|t| blueprint(t).hash) {
        assert!(store.read(|v| v.blueprint_text(&hash)).unwrap().is_some());
    }
    assert_equal_to_rebuild(&store);
    assert_eq!(account(&held_open, "f", "f", 6), Err(StoreError::MigratedElsewhere));

    // Values that no longer fit are unknown now, and still there.
    let record = read(&store, &key("account", "b")).unwrap();
    assert_eq!(record.get("score"), &Value::Missing);
    assert_eq!(record.unknown()["score"], "high");
    assert_eq!(record.unknown()["legacy"], serde_json::json!({"$decimal": "1.5"}));
    let gone =
        store.read(|v| v.records(&thing.object, std::slice::from_ref(&thing.id)).map_err(StateFault::from));
    assert!(matches!(gone, Err(StateFault::State(e)) if e.code == "store.unknown_object"));

    // Those that wait may be changed; nobody new joins them; who holds the value passes it on in order.
    let (a, c, d) = (key("account", "a"), key("account", "c"), key("account", "d"));
    commit(&store, &c, vec![put(&c, 2, &[("city", Value::text("x"))])], 101).unwrap();
    let new = key("account", "new");
    let taken = commit(&store, &new, vec![put(&new, 1, &[("phone", Value::text("1"))])], 102).unwrap_err();
    assert_eq!(taken, StoreError::ClaimTaken { rule: rule("account.phone"), holder: a.clone() });
    commit(&store, &a, vec![put(&a, 2, &[("phone", Value::Missing)])], 103).unwrap();
    assert_eq!(store.read(|v| v.claim_conflicts()).unwrap()[0].holder, c);
    assert_equal_to_rebuild(&store);
    commit(&store, &d, vec![put(&d, 2, &[("phone", Value::text("3"))])], 104).unwrap();
    assert!(store.read(|v| v.claim_conflicts()).unwrap().is_empty());
    let back = commit(&store, &a, vec![put(&a, 3, &[("phone", Value::text("1"))])], 105).unwrap_err();
    assert_eq!(back, StoreError::ClaimTaken { rule: rule("account.phone"), holder: c });
    assert_equal_to_rebuild(&store);
    drop(store);
    drop(held_open);

    // And back: nothing was lost on the way.
    let Opened::BlueprintChanged { store, .. } = Store::open(&path, first).unwrap() else {
        panic!("not told")
    };
    let (store, report) = store.migrate(&actor(), at(200)).unwrap();
    assert!(report.preview.fields_unknown.is_empty() && report.preview.objects_gone.is_empty());
    assert_eq!(read(&store, &key("account", "b")).unwrap().get("score").as_text(), Some("high"));
    assert_eq!(read(&store, &thing).unwrap().get("name").as_text(), Some("x"));
    assert_equal_to_rebuild(&store);
}
