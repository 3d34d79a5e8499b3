//! Random sequences of changes: whatever is allowed or refused, the projections equal a rebuild, and the store
//! agrees with a plain model in memory.

#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use common::*;
use proptest::prelude::*;
use qudao_model::*;
use qudao_store::*;

#[derive(Debug, Clone)]
enum Act {
    /// Writes an account; version off by so much.
    Write {
        id: u8,
        skew: u8,
        tax: Option<u8>,
        parent: Option<u8>,
        name: u8,
    },
    /// Two accounts in one decision.
    Pair {
        left: u8,
        right: u8,
        tax: u8,
    },
    Visit {
        id: u8,
    },
    Leave {
        id: u8,
    },
    Grant {
        id: u8,
        grant: u8,
    },
    Set {
        left: u8,
        right: u8,
    },
    Refuse {
        id: u8,
    },
    /// A whole import of writes, in one transaction.
    Chunk {
        writes: Vec<(u8, u8)>,
    },
    Rebuild,
    /// On to the other Blueprint, with another unique field.
    Migrate,
}

fn act() -> impl Strategy<Value = Act> {
    let id = 0..6_u8;
    prop_oneof![
        6 => (id.clone(), prop::sample::select(vec![0, 0, 0, 0, 1]), prop::option::of(0..4_u8), prop::option::of(id.clone()), 0..4_u8)
            .prop_map(|(id, skew, tax, parent, name)| Act::Write { id, skew, tax, parent, name }),
        2 => (id.clone(), id.clone(), 0..4_u8).prop_map(|(left, right, tax)| Act::Pair { left, right, tax }),
        2 => id.clone().prop_map(|id| Act::Visit { id }),
        1 => id.clone().prop_map(|id| Act::Leave { id }),
        1 => (id.clone(), 0..3_u8).prop_map(|(id, grant)| Act::Grant { id, grant }),
        1 => (id.clone(), id.clone()).prop_map(|(left, right)| Act::Set { left, right }),
        1 => id.clone().prop_map(|id| Act::Refuse { id }),
        1 => prop::collection::vec((id, 0..4_u8), 1..6).prop_map(|writes| Act::Chunk { writes }),
        1 => Just(Act::Rebuild),
        1 => Just(Act::Migrate),
    ]
}

/// What must be so, kept without a database.
#[derive(Default)]
struct Model {
    versions: BTreeMap<u8, u64>,
    tax: BTreeMap<u8, u8>,
    log: u64,
}

fn id_of(id: u8) -> RecordKey {
    key("account", &format!("a{id}"))
}

fn write(model: &Model, id: u8, skew: u8, tax: Option<u8>, parent: Option<u8>, name: u8) -> Change {
    let version = model.versions.get(&id).copied().unwrap_or(0) + 1 + u64::from(skew);
    let tax = tax.map_or(Value::Missing, |t| Value::text(format!("T{t}")));
    let parent = parent.map_or(Value::Missing, |p| Value::Reference(id_of(p).id));
    let name = Value::text(format!("N{name}"));
    put(&id_of(id), version, &[("tax_id", tax.clone()), ("phone", tax), ("parent", parent), ("name", name)])
}

fn blueprints() -> [OpenOptions; 2] {
    let schema = Arc::new(Schema::standard("CNY"));
    let one = Rules::default();
    let two = Rules { unique: "phone", ..Rules::default() };
    [
        OpenOptions::new(schema.clone(), blueprint("one"), Arc::new(one)),
        OpenOptions::new(schema, blueprint("two"), Arc::new(two)),
    ]
    .map(|o| o.device("test").durability(Durability::ProcessLoss))
}

fn run(acts: &[Act]) -> Result<(), TestCaseError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.db");
    let mut blueprints = blueprints();
    let mut store = Store::open(&path, blueprints[0].clone()).unwrap().ready().unwrap();
    let mut model = Model::default();
    for (now, act) in acts.iter().enumerate() {
        let now = now as i64;
        let claimed = |m: &Model, id: u8, tax: Option<u8>| {
            tax.is_some_and(|t| m.tax.iter().any(|(i, held)| *i != id && *held == t))
        };
        match act {
            Act::Write { id, skew, tax, parent, name } => {
                let change = write(&model, *id, *skew, *tax, *parent, *name);
                let result = commit(&store, &id_of(*id), vec![change], now);
                let expected = match (*skew, claimed(&model, *id, *tax)) {
                    (1.., _) => Some("store.version_conflict"),
                    (0, true) => Some("store.claim_taken"),
                    (0, false) => None,
                };
                prop_assert_eq!(result.err().map(|e| e.code()), expected);
                if expected.is_none() {
                    *model.versions.entry(*id).or_default() += 1;
                    model.tax.remove(id);
                    model.tax.extend(tax.map(|t| (*id, t)));
                    model.log += 1;
                }
            }
            Act::Pair { left, right, tax } => {
                // The left one gives the value up, the right one takes it.
                if left == right {
                    continue;
                }
                let changes = vec![
                    write(&model, *right, 0, Some(*tax), None, 0),
                    write(&model, *left, 0, None, None, 0),
                ];
                let mut after = Model { tax: model.tax.clone(), ..Model::default() };
                after.tax.remove(left);
                let taken = claimed(&after, *right, Some(*tax));
                let result = commit(&store, &id_of(*left), changes, now);
                prop_assert_eq!(result.is_err(), taken);
                if !taken {
                    for id in [left, right] {
                        *model.versions.entry(*id).or_default() += 1;
                    }
                    model.tax.remove(left);
                    model.tax.insert(*right, *tax);
                    model.log += 1;
                }
            }
            Act::Visit { id } => {
                let record = id_of(*id);
                let seen = store
                    .read(|v| v.visits(std::slice::from_ref(&record)).map_err(StateFault::from))
                    .unwrap()
                    .remove(0)
                    .len() as u32;
                let change = Change::OpenVisit { visit: visit(&record, seen, "qualified", now) };
                commit(&store, &record, vec![change], now).unwrap();
                model.log += 1;
            }
            Act::Leave { id } => {
                let record = id_of(*id);
                let change = Change::CloseVisit {
                    record: record.clone(),
                    seq: 0,
                    left: at(now),
                    recorded_at: at(now),
                };
                model.log += u64::from(commit(&store, &record, vec![change], now).is_ok());
            }
            Act::Grant { id, grant: name } => {
                let record = id_of(*id);
                let changes = vec![
                    Change::GiveGrant { grant: grant(&format!("g{name}"), &record) },
                    Change::UseGrant {
                        grant: format!("g{name}"),
                        record: record.clone(),
                        rule: rule("budget"),
                    },
                ];
                model.log += u64::from(commit(&store, &record, changes, now).is_ok());
            }
            Act::Set { left, right } => {
                let records: BTreeSet<RecordKey> = [id_of(*left), id_of(*right)].into();
                let change =
                    Change::OpenDuplicateSet { rule: rule("dup"), records: records.into_iter().collect() };
                commit(&store, &id_of(*left), vec![change], now).unwrap();
                model.log += 1;
            }
            Act::Refuse { id } => {
                let refusal = refusal(&["r"], "account");
                store
                    .write(|tx| tx.append(&LogEntry::of(&command(&id_of(*id)), &actor(), &refusal, at(now))))
                    .unwrap();
                model.log += 1;
            }
            Act::Chunk { writes } => {
                store
                    .write(|tx| -> Result<(), StoreError> {
                        for (row, (id, tax)) in writes.iter().enumerate() {
                            let taken = claimed(&model, *id, Some(*tax));
                            let change = write(&model, *id, 0, Some(*tax), None, 1);
                            let result = tx.savepoint(|tx| {
                                tx.import_mark("f", row as u64)?;
                                append(tx, &id_of(*id), vec![change], now)
                            });
                            assert_eq!(result.is_err(), taken);
                            if !taken {
                                *model.versions.entry(*id).or_default() += 1;
                                model.tax.insert(*id, *tax);
                                model.log += 1;
                            }
                        }
                        Ok(())
                    })
                    .unwrap();
            }
            Act::Rebuild => {
                let before = dump(&path);
                store.rebuild().unwrap();
                prop_assert_eq!(dump(&path), before);
            }
            Act::Migrate => {
                drop(store);
                blueprints.swap(0, 1);
                let Opened::BlueprintChanged { store: closed, .. } =
                    Store::open(&path, blueprints[0].clone()).unwrap()
                else {
                    return Err(TestCaseError::fail("not told"));
                };
                store = closed.migrate(&actor(), at(now)).unwrap().0;
                model.log += 1;
            }
        }
    }
    let counts = store.read(|v| v.counts()).unwrap();
    prop_assert_eq!(counts.log, model.log);
    prop_assert_eq!(counts.claims, model.tax.len() as u64);
    prop_assert_eq!(counts.waiting_claims, 0);
    for (id, version) in &model.versions {
        let record = read(&store, &id_of(*id)).unwrap();
        prop_assert_eq!(record.version(), *version);
        let tax = model.tax.get(id).map(|t| format!("T{t}"));
        prop_assert_eq!(record.get("tax_id").as_text().map(str::to_owned), tax);
    }
    let verified = store.verify().unwrap();
    prop_assert!(verified.is_equal(), "{verified:?}");
    let before = dump(&path);
    store.rebuild().unwrap();
    prop_assert_eq!(dump(&path), before);
    prop_assert!(store.integrity_check().unwrap().is_empty());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 400, ..ProptestConfig::default() })]

    #[test]
    fn projections_equal_a_rebuild(acts in prop::collection::vec(act(), 1..40)) {
        run(&acts)?;
    }
}
