//! One small channel business that the tests speak of.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at what it does not expect"
)]
#![allow(dead_code, reason = "each test binary uses a part")]

pub(crate) mod random;

use std::collections::BTreeMap;

use qudao_expr::{Env, ExprIssue, ExprType, Program, Scope};
use qudao_model::{Dataset, Document, Instant, ObjectName, ObjectSpec, Record, RecordId, Schema, Value};
use serde_json::Value as Json;

const SPECS: &str = "
opportunity:
  fields:
    tags: {type: list, of: text}
    seats: {type: int}
    discount: {type: decimal}
    fee: {type: money, currency: any}
    usd: {type: money, currency: USD}
    delay: {type: duration}
    urgent: {type: bool}
    rating: {type: choice, choices: [hot, warm, cold]}
    odd-name: {type: int}
";

pub(crate) struct World {
    pub(crate) schema: Schema,
    pub(crate) object: ObjectName,
    pub(crate) data: Dataset,
}

pub(crate) fn object(name: &str) -> ObjectName {
    ObjectName::new(name).unwrap()
}

impl World {
    /// The schema and the related records of `tests/cases/world.json`.
    pub(crate) fn new() -> Self {
        let doc = Document::parse("specs", SPECS).unwrap();
        let specs: BTreeMap<ObjectName, ObjectSpec> = serde_json::from_value(doc.into_json()).unwrap();
        let schema = Schema::build(&specs, "CNY").unwrap();
        let mut world = Self { schema, object: object("opportunity"), data: Dataset::new() };
        let tables: Json = serde_json::from_str(include_str!("../cases/world.json")).unwrap();
        for (name, records) in tables.as_object().unwrap() {
            let records: Vec<Record> = records
                .as_object()
                .unwrap()
                .iter()
                .map(|(id, values)| world.record_of(name, id, values))
                .collect();
            world.data.add(&object(name), records).unwrap();
        }
        world
    }

    /// A record of JSON values, as hosts give them.
    pub(crate) fn record_of(&self, object: &str, id: &str, values: &Json) -> Record {
        let schema = self.schema.object(object).unwrap_or_else(|| panic!("no object {object}")).clone();
        let mut record = Record::new(schema.clone(), RecordId::new(id).unwrap());
        for (field, json) in values.as_object().unwrap() {
            let def = schema.field(field).unwrap_or_else(|| panic!("no field {object}.{field}"));
            let value = match json.as_object().filter(|m| m.contains_key("$duration")) {
                Some(_) => Value::from_tagged_json(json).unwrap(),
                None => def.ty.parse_json(json).unwrap_or_else(|e| panic!("{object}.{field}: {e}")),
            };
            record.set(field, value).unwrap();
        }
        record
    }

    pub(crate) fn env(&self) -> Env<'_> {
        Env::record(&self.schema, &self.object)
            .with_var("actor", ExprType::Reference(object("user")))
            .with_var("limit", ExprType::Int)
    }

    pub(crate) fn compile(&self, text: &str) -> Result<Program, Vec<ExprIssue>> {
        Program::compile(text, &self.env())
    }

    pub(crate) fn scope<'a>(&'a self, record: &'a Record, vars: &'a [Value]) -> Scope<'a> {
        Scope {
            record,
            before: None,
            data: &self.data,
            now: Instant::parse("2026-03-10T17:00:00Z"),
            zone: chrono_tz::Asia::Shanghai,
            vars,
        }
    }
}

/// A value with its kind, as the case files write it.
pub(crate) fn show(value: &Value) -> String {
    match value {
        Value::Missing => "missing".to_owned(),
        Value::Bool(b) => b.to_string(),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(show).collect();
            format!("[{}]", items.join(", "))
        }
        other => format!("{} {other}", other.kind().unwrap()),
    }
}
