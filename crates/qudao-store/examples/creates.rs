//! How fast decisions are committed: `cargo run --release -p qudao-store --example creates`.
//!
//! Simple creates in chunks of 500, each with a unique value, a block key, a reference, a visit and an event; waits for the disk at
//! each commit. Then a rebuild of all of them from the log.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement stops at what it does not expect, and prints"
)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::sync::Arc;
use std::time::Instant as Clock;

use common::*;
use qudao_model::*;
use qudao_store::*;

const ROWS: usize = 20_000;

fn main() {
    let dir = tempfile::tempdir().unwrap();
    let options =
        OpenOptions::new(Arc::new(Schema::standard("CNY")), blueprint("one"), Arc::new(Rules::default()));
    let store = Store::open(dir.path().join("a.db"), options).unwrap().ready().unwrap();
    let object = ObjectName::new("account").unwrap();
    let actor = actor();
    let began = Clock::now();
    let rows: Vec<usize> = (0..ROWS).collect();
    for chunk in rows.chunks(MAX_CHUNK) {
        store
            .write(|tx| -> Result<(), StoreError> {
                for row in chunk {
                    tx.savepoint(|tx| -> Result<(), StoreError> {
                        let id = new_record_id(at(*row as i64 * 1000), [7; 10]);
                        let record = RecordKey { object: object.clone(), id: id.clone() };
                        let fields = [
                            ("name", Value::text(format!("客户 {row} 有限公司"))),
                            ("tax_id", Value::text(format!("91330100{row:010}"))),
                            ("city", Value::text("杭州")),
                            ("employees", Value::Int(12)),
                            ("annual_revenue", Value::money(Decimal::new(1_234_500, 2), "CNY")),
                            ("partner", Value::Reference(RecordId::new(format!("p{}", row % 60)).unwrap())),
                        ];
                        let values = patch(&fields);
                        let sent = Command::create(object.clone(), values.clone())
                            .with_id(id)
                            .as_operation(Operation::Import);
                        let changes = vec![
                            Change::Put {
                                record: record.clone(),
                                version: 1,
                                patch: values,
                                before: Patch::new(),
                            },
                            Change::OpenVisit { visit: visit(&record, 0, "qualified", 1) },
                        ];
                        let decided = decision(changes, vec![event(&record, "created", 1)]);
                        tx.append(&LogEntry::of(&sent, &actor, &decided, at(1)))?;
                        tx.import_mark("file", *row as u64)
                    })?;
                }
                Ok(())
            })
            .unwrap();
    }
    let seconds = began.elapsed().as_secs_f64();
    let began = Clock::now();
    assert_eq!(store.rebuild().unwrap().entries, ROWS as u64);
    let rebuilt = began.elapsed().as_secs_f64();
    println!("{:.0} creates/s; rebuild {:.0} entries/s", ROWS as f64 / seconds, ROWS as f64 / rebuilt);
}
