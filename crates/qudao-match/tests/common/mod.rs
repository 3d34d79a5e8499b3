//! What several test files share.
#![allow(dead_code, reason = "each test file uses a part")]

pub(crate) mod firms;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use qudao_match::{MatchSpec, Matching};
use qudao_model::{Document, Lint, ObjectName, ObjectSpec, Record, RecordId, RuleId, Schema};

/// The schema of the tests: accounts with an identity, and phone numbers of China.
pub(crate) fn schema() -> Arc<Schema> {
    static SCHEMA: OnceLock<Arc<Schema>> = OnceLock::new();
    SCHEMA.get_or_init(build).clone()
}

fn build() -> Arc<Schema> {
    let yaml = "account: {fields: {tax_id: {format: uscc, identity: true}, phone: {format: phone(CN)}}}\n\
                lead: {fields: {phone: {format: phone(CN)}}}";
    let specs: BTreeMap<ObjectName, ObjectSpec> =
        serde_json::from_value(Document::parse("schema", yaml).unwrap().into_json()).unwrap();
    Arc::new(Schema::build(&specs, "CNY").unwrap())
}

/// The matching rule of the design.
pub(crate) const RULES: &str = "
matching:
  account.same:
    block: [[tax_id], [phone], [name.core], [name.tokens, city], [email]]
    compare: {name: company_name, address: address, phone: phone, email: email, city: text}
    thresholds: {match: 0.95, review: 0.70}
";

pub(crate) fn spec(yaml: &str) -> MatchSpec {
    let document = Document::parse("rules", yaml).unwrap();
    let json_schema = serde_json::to_value(schemars::schema_for!(MatchSpec)).unwrap();
    assert_eq!(qudao_model::check_document(&document, &json_schema), []);
    serde_json::from_value(document.into_json()).unwrap()
}

pub(crate) fn compile(yaml: &str) -> Result<Matching, Vec<Lint>> {
    Matching::compile(&spec(yaml), &schema())
}

pub(crate) fn rule() -> RuleId {
    RuleId::new("account.same").unwrap()
}

/// A record of an object from pairs of field and value; empty values stay missing.
pub(crate) fn record(schema: &Schema, object: &str, id: &str, values: &[(&str, &str)]) -> Record {
    let mut record = Record::new(schema.object(object).unwrap().clone(), RecordId::new(id).unwrap());
    for (field, value) in values {
        if !value.is_empty() {
            assert!(record.set(field, *value).unwrap(), "{object} has no field {field}");
        }
    }
    record
}

pub(crate) fn account(id: &str, values: &[(&str, &str)]) -> Record {
    record(&schema(), "account", id, values)
}

/// Codes with a right check character (GB 32100-2015), made from 17 characters.
pub(crate) fn uscc(first_17: &str) -> String {
    format!("{first_17}{}", qudao_text::check_character(first_17).unwrap())
}
