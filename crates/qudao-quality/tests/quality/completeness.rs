//! How much of what matters is filled in.

use crate::common::{t, world};
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
    assert_eq!(c.missing, [crate::common::field("industry")], "a warning counts, information does not");
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
