//! Validation in batches is one validation of all rows.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use proptest::prelude::*;
use qudao::prelude::*;
use qudao::quality::{RowViolation, TableReport};

const BLUEPRINT: &str = "
qudao: 1
objects:
  account:
    fields:
      name: {required: true}
      tax_id: {unique: true}
      phone: {format: phone(CN)}
messages: {field.unique: {en: taken, zh-CN: 已被占用}}
validation:
  - {id: account.place, object: account, unique: [name, city], when: employees > 1}
  - {id: account.size, object: account, range: {field: employees, min: 1}, severity: warning}
";

type Row = Vec<(&'static str, Value)>;

fn row() -> impl Strategy<Value = Row> {
    let word = || prop::sample::select(vec!["", "N/A", "a", "A", "b", "0755-28780808", "5"]);
    let size = prop::sample::select(vec![Value::Missing, 0.into(), 2.into(), Value::text("many")]);
    (word(), word(), word(), word(), size).prop_map(|(name, city, tax, phone, size)| {
        let text = |t: &str| if t.is_empty() { Value::Missing } else { Value::text(t) };
        vec![
            ("name", text(name)),
            ("city", text(city)),
            ("tax_id", text(tax)),
            ("phone", text(phone)),
            ("employees", size),
        ]
    })
}

fn account() -> ObjectName {
    "account".parse().unwrap()
}

/// The ids of the records of repeated values are not kept.
fn plain(mut report: TableReport) -> TableReport {
    for found in &mut report.rows {
        if matches!(&*found.violation.code, "field.unique" | "record.duplicate_id") {
            found.violation.record = None;
        }
    }
    report
}

fn whole(engine: &Engine, rows: &[Row]) -> TableReport {
    let read = engine.rows(&account(), rows.to_vec()).unwrap();
    engine.validate(&account(), &read, &Dataset::new(), None).unwrap()
}

fn in_batches(engine: &Engine, rows: &[Row], size: usize) -> TableReport {
    let mut stream = engine.validate_stream(&account(), Dataset::new(), None).unwrap();
    let mut found: Vec<RowViolation> = Vec::new();
    for batch in rows.chunks(size) {
        let read = stream.read(batch.to_vec()).unwrap();
        found.extend(stream.check(read).unwrap());
    }
    assert_eq!(stream.rows(), rows.len());
    stream.finish(found)
}

/// The same batches, column by column.
fn in_columns(engine: &Engine, rows: &[Row], size: usize) -> TableReport {
    let mut stream = engine.validate_stream(&account(), Dataset::new(), None).unwrap();
    let mut found: Vec<RowViolation> = Vec::new();
    for batch in rows.chunks(size) {
        let names: Vec<&str> = batch[0].iter().map(|(name, _)| *name).collect();
        let column = |at: usize| batch.iter().map(|row| row[at].1.clone()).collect::<Vec<_>>();
        let columns = names.iter().enumerate().map(|(at, name)| (*name, column(at)));
        let entered = stream.read_columns(batch.len(), columns).unwrap();
        found.extend(stream.check_columns(entered).unwrap());
    }
    assert_eq!(stream.rows(), rows.len());
    stream.finish(found)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn batches_give_the_answer_of_the_whole(
        mut rows in prop::collection::vec(row(), 0..14),
        size in 1_usize..6,
        ids in prop::option::of(1_usize..4),
    ) {
        let engine = Engine::from_yaml(BLUEPRINT).unwrap();
        if let Some(few) = ids {
            for (at, row) in rows.iter_mut().enumerate() {
                row.insert(0, ("id", Value::text(format!("r{}", at / few))));
            }
        }
        let whole = plain(whole(&engine, &rows));
        prop_assert_eq!(&in_batches(&engine, &rows, size), &whole);
        prop_assert_eq!(in_columns(&engine, &rows, size), whole);
    }
}

#[test]
fn rules_on_other_rows_of_the_object_need_them_and_then_hold() {
    let engine = Engine::from_yaml(
        "qudao: 1\nvalidation: [{id: up, object: account, check: parent.employees > employees, when: has(parent)}]",
    )
    .unwrap();
    let rows = [
        vec![("id", Value::text("a")), ("employees", Value::from(5))],
        vec![("id", Value::text("b")), ("employees", Value::from(9)), ("parent", Value::text("a"))],
    ];
    let error = engine.validate_stream(&account(), Dataset::new(), None).unwrap_err();
    assert_eq!(error.code(), "quality.missing_table");
    let all = engine.rows(&account(), rows.clone()).unwrap();
    let mut stream = engine.validate_stream(&account(), all.to_dataset(), None).unwrap();
    let mut found = Vec::new();
    for row in rows {
        let read = stream.read([row]).unwrap();
        found.extend(stream.check(read).unwrap());
    }
    let report = stream.finish(found);
    assert_eq!(report, engine.validate(&account(), &all, &Dataset::new(), None).unwrap());
    assert!(!report.ok);
}

#[test]
fn what_is_lacking_is_told_before_the_first_row() {
    let engine = Engine::from_yaml(
        "qudao: 1\nvalidation: [{id: running, object: contract, check: ends_on >= today()}]",
    )
    .unwrap();
    let contract: ObjectName = "contract".parse().unwrap();
    let error = engine.validate_stream(&contract, Dataset::new(), None).unwrap_err();
    assert_eq!(error.code(), "now_required");
    let error = engine.validate_stream(&"contrakt".parse().unwrap(), Dataset::new(), None).unwrap_err();
    assert_eq!(error.code(), "object.unknown");
}
