//! Any text through every reader of numbers, dates and field types. Never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use qudao::model::FieldType;
use qudao::{EntryRules, read_text};

fuzz_target!(|text: &str| {
    let rules = EntryRules::default();
    for ty in [
        FieldType::Bool,
        FieldType::Int,
        FieldType::Decimal,
        FieldType::Money(None),
        FieldType::Date,
        FieldType::Instant,
        FieldType::Duration,
        FieldType::List(Box::new(FieldType::Decimal)),
    ] {
        let _ = read_text(&ty, text, &rules);
    }
});
