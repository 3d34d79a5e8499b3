//! Rows read as columns are judged as rows read one by one.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use proptest::prelude::*;
use qudao::prelude::*;

const BLUEPRINT: &str = "
qudao: 1
timezone: Asia/Shanghai
objects:
  account:
    fields:
      name: {required: true, normalise: company_name}
      tax_id: {unique: true}
      phone: {format: phone(CN)}
      since: {type: date}
      score: {type: decimal}
messages: {field.unique: {en: taken, zh-CN: 已被占用}}
validation:
  - {id: account.size, object: account, range: {field: employees, min: 1}, severity: warning}
  - {id: account.up, object: account, check: parent.employees > employees, when: has(parent)}
  - {id: account.score, object: account, check: score < 2 || has(since)}
";

const COLUMNS: [&str; 8] = ["id", "name", "tax_id", "phone", "since", "score", "employees", "parent"];

fn cell() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        Value::Missing,
        Value::text(""),
        Value::text("N/A"),
        Value::text("a"),
        Value::text("b"),
        Value::text("0755-28780808"),
        Value::text("2026-03-01"),
        Value::text("1,234.5"),
        Value::from(0),
        Value::from(2),
        Value::from(true),
        Value::Decimal(rust_decimal(15, 1)),
    ])
}

fn rust_decimal(digits: i64, places: u32) -> qudao::model::Decimal {
    qudao::model::Decimal::new(digits, places)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn columns_are_judged_as_rows(
        rows in prop::collection::vec(prop::collection::vec(cell(), COLUMNS.len()), 0..8),
        ids in any::<bool>(),
        stranger in any::<bool>(),
    ) {
        let engine = Engine::from_yaml(BLUEPRINT).unwrap();
        let account: ObjectName = "account".parse().unwrap();
        let names: Vec<&str> = COLUMNS
            .iter()
            .enumerate()
            .map(|(at, name)| if at == 0 && !ids { "name_of_old" } else { *name })
            .filter(|name| stranger || *name != "name_of_old")
            .collect();
        let skip = COLUMNS.len() - names.len();
        let cells = |row: &Vec<Value>| row.iter().skip(skip).cloned().collect::<Vec<_>>();
        let by_row = rows.iter().map(|row| names.iter().copied().zip(cells(row)).collect::<Vec<_>>());
        let read = engine.rows(&account, by_row).unwrap();
        let by_column = names.iter().enumerate().map(|(at, name)| {
            (*name, rows.iter().map(|row| cells(row)[at].clone()).collect::<Vec<_>>())
        });
        let entered = engine.entered(&account, rows.len(), by_column).unwrap();
        let nothing = Dataset::new();
        let one_by_one = engine.validate(&account, &read, &nothing, None).unwrap();
        prop_assert_eq!(engine.validate_entered(&account, &entered, &nothing, None).unwrap(), one_by_one);
        if !rows.is_empty() {
            prop_assert_eq!(&entered.unknown_columns, &read.unknown_columns);
        }
        // Beside records of the same object.
        let mut others = Dataset::new();
        let other = Record::new(engine.schema().object("account").unwrap().clone(), "b".parse().unwrap());
        others.put(other.with("employees", 1_i64).unwrap());
        let one_by_one = engine.validate(&account, &read, &others, None).unwrap();
        prop_assert_eq!(engine.validate_entered(&account, &entered, &others, None).unwrap(), one_by_one);
    }
}
