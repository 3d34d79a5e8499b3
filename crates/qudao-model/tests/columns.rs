//! Records become columns and come back as they were.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it does not expect")]

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use proptest::prelude::*;
use qudao_model::columns::{Bitmap, Column, ColumnData, ColumnError, Table, Tables, Texts};
use qudao_model::{
    Dataset, Decimal, Document, FieldIx, Instant, ObjectName, ObjectSchema, ObjectSpec, Record, RecordId,
    Schema, Span, Value, ValueKind,
};

const SPECS: &str = "
thing:
  fields:
    flag: {type: bool}
    count: {type: int}
    rate: {type: decimal}
    fee: {type: money, currency: any}
    cost: {type: money}
    words: {type: text}
    grade: {type: choice, choices: [hot, cold]}
    day: {type: date}
    at: {type: instant}
    wait: {type: duration}
    boss: {type: reference, of: thing, inverse: staff}
    tags: {type: list, of: text}
";

fn schema() -> Schema {
    let doc = Document::parse("specs", SPECS).unwrap();
    let specs: BTreeMap<ObjectName, ObjectSpec> = serde_json::from_value(doc.into_json()).unwrap();
    Schema::build(&specs, "CNY").unwrap()
}

fn decimal() -> impl Strategy<Value = Decimal> {
    prop_oneof![
        4 => (-100_000_i64..100_000, 0_u32..4).prop_map(|(n, s)| Decimal::new(n, s)),
        1 => (any::<i64>(), 0_u32..29).prop_map(|(n, s)| Decimal::new(n, s)),
        1 => Just(Decimal::MAX),
    ]
}

fn value(kind: ValueKind) -> BoxedStrategy<Value> {
    let date = (0_i32..80_000).prop_map(|n| NaiveDate::from_num_days_from_ce_opt(n + 700_000).unwrap());
    match kind {
        ValueKind::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        ValueKind::Int => any::<i64>().prop_map(Value::Int).boxed(),
        ValueKind::Decimal => decimal().prop_map(Value::Decimal).boxed(),
        ValueKind::Money => (decimal(), prop::sample::select(vec!["CNY", "USD", "EUR"]))
            .prop_map(|(d, c)| Value::money(d, c))
            .boxed(),
        ValueKind::Text => prop_oneof!["[a-c]{0,2}", " {0,2}", "\\PC{0,9}"].prop_map(Value::from).boxed(),
        ValueKind::Date => date.prop_map(Value::Date).boxed(),
        ValueKind::Instant => any::<i64>().prop_map(|n| Value::Instant(Instant::from_micros(n))).boxed(),
        ValueKind::Duration => any::<i64>().prop_map(|n| Value::Duration(Span::from_micros(n))).boxed(),
        ValueKind::Reference => {
            (0_u8..30).prop_map(|n| Value::Reference(RecordId::new(format!("r{n}")).unwrap())).boxed()
        }
        ValueKind::List => prop::collection::vec("[a-c]{0,2}", 0..3)
            .prop_map(|items| Value::list(items.into_iter().map(Value::from)))
            .boxed(),
    }
}

fn record(schema: Arc<ObjectSchema>, own: usize) -> impl Strategy<Value = Vec<Value>> {
    let fields: Vec<BoxedStrategy<Value>> = schema
        .fields
        .iter()
        .take(own)
        .map(|f| {
            let own = value(f.ty.kind());
            // A slot can be written without a check of the type.
            let other = value(ValueKind::Int);
            prop_oneof![60 => Just(Value::Missing), 140 => own, 1 => other].boxed()
        })
        .collect();
    fields
}

/// Dates, numbers and texts as they are written, not only as they compare.
fn written(records: &[Record]) -> Vec<String> {
    records.iter().map(|r| format!("{} {} {:?}", r.id(), r.version(), r.to_stored_json())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn records_come_back(rows in (0_usize..40).prop_flat_map(|n| {
        let schema = schema().object("thing").unwrap().clone();
        let own = schema.fields.len();
        prop::collection::vec((record(schema, own), 0_u64..3, any::<bool>()), n)
    })) {
        let whole = schema();
        let schema = whole.object("thing").unwrap().clone();
        let records: Vec<Record> = rows.iter().enumerate().map(|(i, (values, version, odd))| {
            let mut record = Record::new(schema.clone(), RecordId::new(format!("r{i}")).unwrap());
            for (slot, value) in (0_u32..).zip(values) {
                record.set_at(FieldIx(slot), value.clone());
            }
            record.set_version(*version);
            if *odd {
                record.set_unknown("legacy", serde_json::json!([i]));
            }
            record
        }).collect();
        let table = Table::from_records(&schema, &records).unwrap();
        let back = table.to_records().unwrap();
        prop_assert_eq!(&back, &records);
        prop_assert_eq!(written(&back), written(&records));
        for (slot, _) in (0_u32..).zip(&schema.fields) {
            let present = table.column(FieldIx(slot)).and_then(|c| c.present());
            for (row, record) in records.iter().enumerate() {
                let value = record.at(FieldIx(slot));
                prop_assert_eq!(&table.get(row, FieldIx(slot)), value);
                if let Some(present) = present {
                    prop_assert_eq!(present.get(row), !value.is_blank());
                }
            }
        }
        // The same records lead to the same ones.
        let object = ObjectName::new("thing").unwrap();
        let mut data = Dataset::new();
        data.add(&object, records.clone()).unwrap();
        let tables = Tables::from_dataset(&whole, &data).unwrap();
        let boss = schema.field_ix("boss").unwrap();
        for (row, record) in records.iter().enumerate() {
            let parent = record.at(boss).as_reference().and_then(|id| data.get("thing", id.as_str()));
            let found = tables.parents("thing", boss).unwrap().of(row) as usize;
            prop_assert_eq!(records.get(found), parent);
            let staff: Vec<&Record> = data.children("thing", boss, record.id().as_str()).collect();
            let found: Vec<&Record> =
                tables.children("thing", boss).unwrap().of(row).iter().map(|r| &records[*r as usize]).collect();
            prop_assert_eq!(found, staff);
        }
    }
}

#[test]
fn many_distinct_texts_stand_by_themselves() {
    let schema = schema().object("thing").unwrap().clone();
    let make = |i: usize, words: String| {
        Record::new(schema.clone(), RecordId::new(format!("r{i}")).unwrap()).with("words", words).unwrap()
    };
    for (distinct, coded) in [(false, true), (true, false)] {
        let text = |i: usize| if distinct { format!("w{i}") } else { format!("w{}", i % 9) };
        let records: Vec<Record> = (0..6000).map(|i| make(i, text(i))).collect();
        let table = Table::from_records(&schema, &records).unwrap();
        let column = table.column(schema.field_ix("words").unwrap()).unwrap();
        let ColumnData::Text(data) = column.data() else { panic!("{column:?}") };
        assert_eq!(matches!(data, qudao_model::columns::TextData::Coded { .. }), coded);
        assert_eq!(table.to_records().unwrap(), records);
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let schema = schema().object("thing").unwrap().clone();
    let table = || Table::new(schema.clone(), ["r1", "r2"].into_iter().collect());
    let ints = |n: usize| Column::new(ColumnData::Int(vec![1; n]), None).unwrap();
    assert_eq!(table().with("count", ints(3)).unwrap_err(), ColumnError::Length { expected: 2, found: 3 });
    assert_eq!(table().with("words", ints(2)).unwrap_err().code(), "columns.wrong_type");
    assert_eq!(table().with("nothing", ints(2)).unwrap_err().code(), "columns.unknown_field");
    let short = Column::new(ColumnData::Int(vec![1, 2]), Some(Bitmap::filled(3, true)));
    assert_eq!(short.unwrap_err().code(), "columns.length");
    assert_eq!(
        Column::new(ColumnData::Date(vec![0, i32::MAX]), None).unwrap_err(),
        ColumnError::OutOfRange { row: 1 }
    );
    assert!(Texts::from_offsets("华为".into(), vec![0, 3, 6]).is_ok());
    assert_eq!(Texts::from_offsets("华为".into(), vec![0, 1]).unwrap_err(), ColumnError::BadOffsets);
    assert_eq!(Texts::from_offsets("ab".into(), vec![2, 1]).unwrap_err(), ColumnError::BadOffsets);
    assert!(Table::new(schema, ["", "x"].into_iter().collect()).to_records().is_err());
}

#[test]
fn rows_of_one_id_are_found_by_the_first() {
    let whole = schema();
    let schema = whole.object("thing").unwrap().clone();
    let make = |id: &str, boss: &str| {
        Record::new(schema.clone(), RecordId::new(id).unwrap()).with("boss", boss).unwrap()
    };
    let records = [make("a", "b"), make("b", "a"), make("a", "a"), make("c", "gone")];
    let mut tables = Tables::new();
    tables.put(Table::from_records(&schema, &records).unwrap());
    let boss = schema.field_ix("boss").unwrap();
    assert_eq!(tables.row("thing", "a"), Some(0));
    let children: Vec<&[u32]> = (0..4).map(|row| tables.children("thing", boss).unwrap().of(row)).collect();
    assert_eq!(children, [&[1, 2][..], &[0], &[1, 2], &[]]);
    assert_eq!(tables.first_of("thing", 2), 0);
}
