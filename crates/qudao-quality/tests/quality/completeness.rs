//! How much of what matters is filled in.

use crate::common::{field, name, t, world};
use qudao_model::{Decimal, Value};

#[test]
fn weighted_filled_and_valid() {
    let w = world(
        "objects: {account: {fields: {name: {weight: 3}, phone: {weight: 2, format: phone(CN)}, employees: {weight: 1}, city: {weight: 0}}}}\n",
    );
    let score = |values: [(&str, Value); 3]| {
        let c = w.quality.completeness(&w.record("account", "a", values));
        let missing: Vec<String> = c.missing.iter().map(ToString::to_string).collect();
        (c.score.unwrap().to_string(), c.filled, c.weight, missing.join(" "))
    };
    let s = |n: &str, f: u64, m: &str| (n.to_owned(), f, 6, m.to_owned());
    assert_eq!(
        score([("name", t("x1")), ("phone", t("010-62782266")), ("employees", Value::Int(0))]),
        s("1", 6, "")
    );
    assert_eq!(
        score([("name", t("x1")), ("phone", t("12")), ("employees", Value::Missing)]),
        s("0.5", 3, "phone employees")
    );
    assert_eq!(
        score([("name", t("无")), ("phone", t("010-62782266")), ("city", t("x1"))]),
        s("0.3333", 2, "name employees")
    );
    assert_eq!(
        score([("name", t(" ")), ("phone", t("")), ("employees", Value::Missing)]),
        s("0", 0, "name phone employees")
    );
}

#[test]
fn rules_of_the_list_decide_what_is_valid() {
    let w = world(
        "completeness: {account: {industry: 1, city: 1}}\nvalidation:\n  - {id: i, object: account, severity: warning, choice: {field: industry, values: [retail]}}\n  - {id: c, object: account, severity: info, length: {field: city, min: 2}}\n",
    );
    let c = w.quality.completeness(&w.record("account", "a", [("industry", t("retial")), ("city", t("苏"))]));
    assert_eq!(c.missing, [field("industry")], "a warning counts, information does not");
    assert_eq!(c.score, Some("0.5".parse::<Decimal>().unwrap()));
}

#[test]
fn without_weights_what_people_enter_counts() {
    let w = world(
        "objects: {site: {fields: {name: {type: text}, total: {type: int, compute: '1 + 1'}, area: {type: int}}}}\n",
    );
    let c = w.quality.completeness(&w.record("site", "s", [("name", t("x1"))]));
    assert_eq!((c.filled, c.weight), (1, 2));
    assert_eq!(c.score, Some(Decimal::new(5, 1)));
    let w = world("objects: {empty: {}}\n");
    let c = w.quality.completeness(&w.record("empty", "e", []));
    assert_eq!((c.score, c.weight), (None, 0), "undefined, not 0");
}

#[test]
fn a_table_is_its_records_together() {
    let w = world(
        "objects: {account: {fields: {name: {weight: 3}, phone: {weight: 2, format: phone(CN)}, city: {weight: 1}}}}\n",
    );
    let rows = [
        w.record("account", "a", [("name", t("x1")), ("phone", t("010-62782266")), ("city", t("苏州"))]),
        w.record("account", "b", [("name", t("x2")), ("phone", t("12")), ("city", t("无"))]),
        w.record("account", "c", [("name", t("N/A")), ("phone", t("13800138000"))]),
    ];
    let table = w.quality.table_completeness(&name("account"), &rows).unwrap();
    // 6 of 6, 3 of 6 and 2 of 6.
    assert_eq!((table.filled, table.weight, table.complete), (11, 18, 1));
    assert_eq!(table.score, Some("0.6111".parse().unwrap()));
    let fields: Vec<_> = table
        .fields
        .iter()
        .map(|f| (f.field.as_str(), f.weight, f.missing, f.score.map(|s| s.to_string()).unwrap()))
        .collect();
    let f = |n, w, m, s: &str| (n, w, m, s.to_owned());
    assert_eq!(fields, [f("name", 3, 1, "0.6667"), f("phone", 2, 1, "0.6667"), f("city", 1, 2, "0.3333")]);
    assert_eq!(table.records[1], w.quality.completeness(&rows[1]));
    assert_eq!(table.records[1].missing, [field("phone"), field("city")]);
}

#[test]
fn tables_without_records_weights_or_sense() {
    let w = world("objects: {empty: {}, account: {fields: {name: {weight: 1}}}}\n");
    let none = w.quality.table_completeness(&name("account"), &[]).unwrap();
    assert_eq!((none.score, none.complete, none.fields[0].score), (None, 0, None), "undefined, not 0");
    let rows = [w.record("empty", "e", [])];
    let table = w.quality.table_completeness(&name("empty"), &rows).unwrap();
    assert_eq!((table.score, table.complete, table.fields.len()), (None, 1, 0));
    assert!(w.quality.table_completeness(&name("nothing"), &rows).is_err());
    assert!(w.quality.table_completeness(&name("account"), &rows).is_err());
}
