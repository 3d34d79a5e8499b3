//! What counts as missing.

use crate::common::{field, name, t, world};
use qudao_model::{RuleOutcome, Value};

#[test]
fn whole_values_only() {
    let w = world("objects: {account: {fields: {name: {required: true}}}}\n");
    for text in [
        "N/A",
        "n/a",
        "Ｎ／Ａ",
        "无",
        " 无 ",
        "請選擇",
        "请选择",
        "Select",
        "-",
        "--",
        "test",
        "",
        "  ",
        "\u{3000}",
    ] {
        let record = w.record("account", "a", [("name", t(text))]);
        assert_eq!(w.failed(&record), ["account.name.required"], "{text:?}");
    }
    for text in ["无锡", "无锡市第一公司", "Test Ltd", "0", "Nathan", "A", "无印良品"] {
        let record = w.record("account", "a", [("name", t(text))]);
        assert_eq!(w.failed(&record), Vec::<String>::new(), "{text:?}");
    }
}

#[test]
fn a_field_or_a_blueprint_has_its_own_list() {
    let missing = |yaml: &str, f: &str, text: &str| {
        world(yaml).quality.is_missing(&name("account"), &field(f), &t(text))
    };
    let own = "objects: {account: {fields: {competitor: {type: text, placeholders: false}, code: {type: text, placeholders: ['9999']}, again: {type: text, placeholders: true}}}}\n";
    assert!(!missing(own, "competitor", "无"), "competitor = 无 is an answer");
    assert!(missing(own, "competitor", "  "));
    assert!(missing(own, "code", "9999"));
    assert!(!missing(own, "code", "无"));
    assert!(missing(own, "name", "无"));

    let off = format!("placeholders: false\n{own}");
    assert!(!missing(&off, "name", "无"));
    assert!(missing(&off, "name", " "));
    assert!(missing(&off, "again", "无"));
    assert!(missing("placeholders: [保密]\n", "name", "保密"));
    assert!(!missing("placeholders: [保密]\n", "name", "N/A"));
    let changed = "placeholders: {add: [保密], remove: [Ｔｅｓｔ]}\n";
    assert!(missing(changed, "name", "保密"));
    assert!(missing(changed, "name", "N/A"));
    assert!(!missing(changed, "name", "test"));
}

#[test]
fn choices_references_and_system_fields_are_not_mistaken() {
    let w = world("objects: {account: {fields: {rival: {type: choice, choices: [none, acme]}}}}\n");
    let missing =
        |object: &str, f: &str, value: Value| w.quality.is_missing(&name(object), &field(f), &value);
    assert!(!missing("account", "rival", t("none")), "a declared choice is an answer");
    assert!(missing("account", "rival", t("请选择")));
    assert!(!missing("opportunity", "stage", t("test")), "only the engine writes it");
    let id = |text: &str| Value::Reference(qudao_model::RecordId::new(text).unwrap());
    for (text, expected) in [
        ("test", false),
        ("x", false),
        ("N/A", true),
        ("-", true),
        ("无", true),
        ("null", true),
        ("A-1", false),
    ] {
        assert_eq!(missing("opportunity", "account", id(text)), expected, "{text}");
    }
    assert!(!missing("account", "employees", Value::Int(0)));
    assert!(missing("user", "roles", Value::list([])));
    assert!(missing("user", "roles", Value::list([t("无"), t(" ")])));
    assert!(!missing("user", "roles", Value::list([t("无"), t("rep")])));
    assert!(missing("account", "no_such_field", Value::Missing));
}

#[test]
fn a_placeholder_does_not_fail_other_rules() {
    let w = world(
        "validation:\n  - {id: email, object: account, format: {field: email, format: email}}\n  - {id: len, object: account, length: {field: name, min: 2}}\n",
    );
    let record = w.record("account", "a", [("email", t("N/A")), ("name", t("无"))]);
    assert_eq!(w.outcome(&record, "email"), RuleOutcome::Unknown);
    assert_eq!(w.outcome(&record, "len"), RuleOutcome::Unknown);
}
