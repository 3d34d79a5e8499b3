//! Uniqueness: claims of one record, and repeated keys of a table.

use crate::common::{ZONE, name, rule, t, world};
use qudao_model::{Dataset, Locale, Value};

const YAML: &str = "
objects:
  account: {fields: {tax_id: {format: uscc, unique: true}, country: {format: country}}}
  contact: {fields: {phone: {format: phone(CN), unique: true}}}
validation:
  - {id: account.place, object: account, unique: [name, city, country]}
";

#[test]
fn keys_are_normalised_and_folded() {
    let w = world(YAML);
    let keys = |id: &str, values: [(&str, Value); 4]| {
        w.quality.claims(&w.record("account", id, values)).into_iter().map(|c| c.key).collect::<Vec<_>>()
    };
    let a = keys(
        "a",
        [
            ("tax_id", t("91350100M000100Y43")),
            ("name", t("ACME Ltd")),
            ("city", t("苏州")),
            ("country", t("CN")),
        ],
    );
    let b = keys(
        "b",
        [
            ("tax_id", t(" 91350100m000100y43")),
            ("name", t("ａｃｍｅ  ltd")),
            ("city", t("蘇州")),
            ("country", t("cn")),
        ],
    );
    assert_eq!(a, b);
    assert_eq!(a[0].as_str(), "18:91350100m000100y43;");
    let shifted =
        keys("c", [("tax_id", t("y9")), ("name", t("AC")), ("city", t("ME Ltd苏州")), ("country", t("CN"))]);
    assert_ne!(shifted[1], a[1], "parts do not run together");
}

#[test]
fn nothing_is_claimed_where_a_part_is_missing() {
    let w = world(YAML);
    let record = w.record("account", "a", [("tax_id", t("N/A")), ("name", t("ACME")), ("city", t("无"))]);
    assert_eq!(w.quality.claims(&record), []);
}

#[test]
fn personal_and_long_values_are_hashed() {
    let w = world(YAML);
    let contact = w.record("contact", "c", [("phone", t("010-62782266"))]);
    let claims = w.quality.claims(&contact);
    assert!(claims[0].key.as_str().starts_with("sha256:"), "{:?}", claims[0]);
    let same = w.record("contact", "d", [("phone", t("+86 10 6278 2266"))]);
    assert_eq!(w.quality.claims(&same), claims);
    let long = w.record("account", "a", [("tax_id", t(&"7".repeat(100_000)))]);
    assert_eq!(w.quality.claims(&long)[0].key.as_str().len(), 71);
}

#[test]
fn a_held_claim_is_a_violation_in_the_rules_words() {
    let w = world(YAML);
    let record = w.record("account", "a", [("name", t("x1")), ("city", t("y1")), ("country", t("CN"))]);
    let claim = &w.quality.claims(&record)[0];
    let violation = w.quality.unique_violation(claim, &record).unwrap();
    assert_eq!(violation.code, "field.unique");
    assert_eq!(violation.text(&Locale::en()), "Name, City, Country: another record holds the same value");
    assert_eq!(violation.text(&Locale::zh()), "客户名称、城市、国家：已有记录使用相同的值");
}

#[test]
fn every_row_of_a_repeated_key_is_reported() {
    let w = world(YAML);
    let row = |id: &str, tax: &str| w.record("account", id, [("tax_id", t(tax))]);
    let rows = [
        row("a", "91350100M000100Y43"),
        row("b", ""),
        row("c", "９1350100m000100y43"),
        row("d", "无"),
        row("e", "91350100M000100Y43 "),
    ];
    let report = w.quality.validate_table(&name("account"), &rows, &Dataset::new(), None, ZONE).unwrap();
    let found: Vec<(usize, &str)> = report.rows.iter().map(|r| (r.row, r.violation.rule.as_str())).collect();
    assert_eq!(
        found,
        [(0, "account.tax_id.unique"), (2, "account.tax_id.unique"), (4, "account.tax_id.unique")]
    );
    assert_eq!(report.rows[1].violation.params["rows"], Value::list([Value::Int(0), Value::Int(4)]).into());
    let summary = report.summary[&rule("account.tax_id.unique")];
    assert_eq!((summary.checked, summary.failed, summary.unknown, summary.skipped), (3, 3, 2, 0));
    assert!(!report.ok);
}
