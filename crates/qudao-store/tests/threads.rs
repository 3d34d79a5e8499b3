//! Two writers at once: threads on one store, and two stores on one file.

#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use common::*;
use qudao_model::*;
use qudao_store::*;
use tempfile::tempdir;

fn assert_shareable<T: Send + Sync>(_: &T) {}

#[test]
fn writers_never_lose_an_update() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("a.db");
    let stores = [open(&path), open(&path)];
    assert_shareable(&stores[0]);
    let a = key("account", "a");
    account(&stores[0], "a", "T", 1).unwrap();
    thread::scope(|scope| {
        for n in 0..4 {
            let store = &stores[n % 2];
            let a = &a;
            scope.spawn(move || {
                for _ in 0..25 {
                    // What is read here still holds when it is committed: a counter shows it.
                    store
                        .write(|tx| -> Result<(), StateFault> {
                            let record =
                                tx.records(&a.object, std::slice::from_ref(&a.id))?.remove(0).unwrap();
                            let count = match record.get("employees") {
                                Value::Int(count) => *count,
                                _ => 0,
                            };
                            let change =
                                put(a, record.version() + 1, &[("employees", Value::Int(count + 1))]);
                            append(tx, a, vec![change], 2)?;
                            Ok(())
                        })
                        .unwrap();
                }
            });
        }
    });
    for store in &stores {
        let record = read(store, &a).unwrap();
        assert_eq!((record.get("employees"), record.version()), (&Value::Int(100), 101));
    }
    assert_equal_to_rebuild(&stores[0]);
}

#[test]
fn one_of_two_gets_the_unique_value() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("a.db");
    let stores = [open(&path), open(&path)];
    let won = thread::scope(|scope| {
        let handles: Vec<_> = (0..4)
            .map(|n| {
                let store = &stores[n % 2];
                scope.spawn(move || {
                    (0..20)
                        .filter(|tax| match account(store, &format!("a{n}-{tax}"), &format!("T{tax}"), 1) {
                            Ok(_) => true,
                            Err(StoreError::ClaimTaken { .. }) => false,
                            Err(other) => panic!("{other}"),
                        })
                        .count()
                })
            })
            .collect();
        handles.into_iter().map(|h| h.join().unwrap()).sum::<usize>()
    });
    assert_eq!(won, 20);
    let counts = stores[0].read(|v| v.counts()).unwrap();
    assert_eq!((counts.log, counts.claims), (20, 20));
    assert_equal_to_rebuild(&stores[1]);
}

#[test]
fn a_reader_keeps_its_snapshot() {
    let dir = tempdir().unwrap();
    let store = open(&dir.path().join("a.db"));
    account(&store, "a", "T", 1).unwrap();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for n in 0..60 {
                account(&store, &format!("b{n}"), &format!("U{n}"), 2).unwrap();
            }
            done.store(true, Ordering::Release);
        });
        while !done.load(Ordering::Acquire) {
            store
                .read(|view| -> Result<(), StoreError> {
                    let (first, log) = (view.counts()?, view.log(0, 1000)?);
                    thread::yield_now();
                    let second = view.counts()?;
                    assert_eq!(first, second);
                    assert_eq!(first.log, log.len() as u64);
                    assert_eq!(first.records.values().sum::<u64>(), first.log);
                    Ok(())
                })
                .unwrap();
        }
        writer.join().unwrap();
    });
}

#[test]
fn many_open_a_new_file_at_once() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("a.db");
    thread::scope(|scope| {
        for n in 0..6 {
            let path = &path;
            scope.spawn(move || account(&open(path), &format!("a{n}"), &format!("T{n}"), 1).unwrap());
        }
    });
    let store = open(&path);
    assert_eq!(store.read(|v| v.counts()).unwrap().log, 6);
    assert_equal_to_rebuild(&store);
}

#[test]
fn a_store_in_memory_is_shared_too() {
    let store = memory();
    thread::scope(|scope| {
        for n in 0..4 {
            let store = &store;
            scope.spawn(move || {
                for m in 0..20 {
                    account(store, &format!("a{n}-{m}"), &format!("T{n}-{m}"), 1).unwrap();
                    store.read(|v| v.counts()).unwrap();
                }
            });
        }
    });
    assert_eq!(store.read(|v| v.counts()).unwrap().log, 80);
    assert_equal_to_rebuild(&store);
}
