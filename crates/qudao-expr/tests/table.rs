//! Expressions, a record and the value expected, from `tests/cases/values.json`. Every expected value was worked
//! out by hand from the semantics: the record is `o1`, the present is 2026-03-10T17:00Z, which is 01:00 on the 11th in
//! the zone of the tests, `actor` is `u1` and `limit` is 100.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at what it does not expect"
)]

mod common;

use common::{World, show};
use qudao_model::{RecordId, Value};
use serde::Deserialize;
use serde_json::Value as Json;

#[derive(Deserialize)]
struct Group {
    group: String,
    record: Json,
    cases: Vec<(String, String)>,
}

fn answer(world: &World, record: &Json, text: &str) -> String {
    let record = world.record_of("opportunity", "o1", record);
    let vars = [Value::Reference(RecordId::new("u1").unwrap()), Value::Int(100)];
    match world.compile(text) {
        Err(issues) => format!("error {}", issues[0].code),
        Ok(program) => match program.eval(&world.scope(&record, &vars)) {
            Ok(value) => show(&value),
            Err(error) => format!("error {}", error.code()),
        },
    }
}

#[test]
fn values() {
    let world = World::new();
    let groups: Vec<Group> = serde_json::from_str(include_str!("cases/values.json")).unwrap();
    let mut wrong = Vec::new();
    let mut count = 0;
    for group in &groups {
        for (text, expected) in &group.cases {
            count += 1;
            let found = answer(&world, &group.record, text);
            if found != *expected {
                wrong.push(format!("{}: {text}\n    expected {expected}\n    found    {found}", group.group));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count} cases\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 250, "only {count} cases were read");
}
