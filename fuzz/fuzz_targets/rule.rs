//! Any text as a rule: compiled, and where it compiles, evaluated. Never a panic.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use qudao::expr::{Env, Program, Scope};
use qudao::model::{Dataset, Instant, ObjectName, Record, RecordId, Schema};

static SCHEMA: OnceLock<Schema> = OnceLock::new();

fuzz_target!(|text: &str| {
    let schema = SCHEMA.get_or_init(|| Schema::standard("CNY"));
    let Ok(object) = ObjectName::new("opportunity") else { return };
    let Ok(program) = Program::compile(text, &Env::record(schema, &object)) else { return };
    let (Some(known), Ok(id)) = (schema.object("opportunity"), RecordId::new("o")) else { return };
    let record = Record::new(known.clone(), id);
    let mut data = Dataset::new();
    data.put(record.clone());
    let now = Some(Instant::from_micros(0));
    let scope = Scope { record: &record, before: None, data: &data, now, zone: qudao_utc(), vars: &[] };
    let _ = program.eval(&scope);
});

fn qudao_utc() -> qudao::chrono_tz::Tz {
    qudao::chrono_tz::UTC
}
