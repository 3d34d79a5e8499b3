//! Rules taken together, and rules against existing data.

use qudao_model::{Dataset, Locale, Record, RecordId};

use crate::common::try_world;

fn conflicts(rules: &str) -> Vec<String> {
    let world = try_world(&format!("validation:\n{rules}")).unwrap();
    let schema = world.schema.clone();
    world.quality.conflicts(&schema).iter().map(|l| format!("{} {}", l.path, l.text(&Locale::en()))).collect()
}

#[test]
fn rules_that_no_value_can_meet() {
    assert_eq!(
        conflicts(
            "  - {id: small, object: account, range: {field: employees, max: 10}}\n\
             \x20 - {id: large, object: account, check: employees > 100}\n"
        ),
        ["/validation/1 no value meets both large and small"]
    );
    // Where only one of them blocks, or they speak of different records, both can stand.
    assert_eq!(
        conflicts(
            "  - {id: small, object: account, range: {field: employees, max: 10}, when: city == 'A'}\n\
             \x20 - {id: large, object: account, check: employees > 100, when: city == 'B'}\n"
        ),
        Vec::<String>::new()
    );
    assert_eq!(
        conflicts(
            "  - {id: small, object: account, range: {field: employees, max: 10}, severity: warning}\n\
             \x20 - {id: large, object: account, check: employees > 100}\n"
        ),
        Vec::<String>::new()
    );
}

#[test]
fn rules_that_another_one_makes_idle() {
    assert_eq!(
        conflicts(
            "  - {id: one, object: account, range: {field: employees, min: 1}}\n\
             \x20 - {id: ten, object: account, range: {field: employees, min: 10}, severity: warning}\n\
             \x20 - {id: zero, object: account, check: employees >= 0, severity: warning}\n"
        ),
        [
            "/validation/2 zero never fails where one is met",
            "/validation/2 zero never fails where ten is met",
        ]
    );
    // A narrower rule leaves something for the wider one to find.
    assert_eq!(
        conflicts(
            "  - {id: ten, object: account, range: {field: employees, min: 10}, when: city == 'A'}\n\
             \x20 - {id: one, object: account, range: {field: employees, min: 1}}\n"
        ),
        Vec::<String>::new()
    );
    // The stricter one comes later.
    assert_eq!(
        conflicts(
            "  - {id: one, object: account, range: {field: employees, min: 1}}\n\
             \x20 - {id: ten, object: account, range: {field: employees, min: 10}}\n"
        ),
        ["/validation/0 one never fails where ten is met"]
    );
}

#[test]
fn rules_that_no_existing_value_meets() {
    let world = try_world(
        "objects: {account: {fields: {phone: {format: phone(CN)}, city: {max_length: 2}}}}\n\
         validation: [{id: code, object: account, pattern: {field: website, regex: '[0-9]+'}}]\n",
    )
    .unwrap();
    let account = world.schema.object("account").unwrap().clone();
    let mut data = Dataset::new();
    for n in 0..6 {
        let record = Record::new(account.clone(), RecordId::new(format!("a{n}")).unwrap())
            .with("website", "https://a.example")
            .unwrap()
            .with("phone", if n == 0 { "0755-83216789" } else { "12" })
            .unwrap()
            .with("city", if n < 4 { "Shenzhen" } else { "无" })
            .unwrap();
        data.put(record);
    }
    let found = world.quality.excluded_data(&data);
    // One good phone is enough; four cities are too few, as placeholders are no values.
    let told: Vec<String> = found.iter().map(|l| format!("{} {}", l.path, l.text(&Locale::en()))).collect();
    assert_eq!(told, ["/validation/0 not one of 6 existing values meets code"]);
}
