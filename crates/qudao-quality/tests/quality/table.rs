//! Checking a whole table.

use qudao_model::{Dataset, Instant, Value};
use qudao_quality::QualityError;

use crate::common::{ZONE, name, rule, t, world};

#[test]
fn rows_then_rules_with_a_summary() {
    let w = world(
        "objects: {account: {fields: {name: {required: true}}}}\nvalidation:\n  - {id: city, object: account, severity: warning, when: has(phone), required: city}\n  - {id: staff, object: account, check: employees > 0}\n",
    );
    let rows = [
        w.record("account", "a", [("phone", t("1")), ("employees", Value::Int(0))]),
        w.record("account", "b", [("name", t("ok1")), ("employees", Value::Int(5))]),
        w.record("account", "c", [("name", t("N/A")), ("phone", t("1"))]),
    ];
    let report = w.quality.validate_table(&name("account"), &rows, &Dataset::new(), None, ZONE).unwrap();
    let found: Vec<(usize, &str)> = report.rows.iter().map(|r| (r.row, r.violation.rule.as_str())).collect();
    assert_eq!(
        found,
        [(0, "account.name.required"), (0, "city"), (0, "staff"), (2, "account.name.required"), (2, "city")]
    );
    let counts = |id: &str| {
        let s = report.summary[&rule(id)];
        (s.checked, s.failed, s.unknown, s.skipped)
    };
    assert_eq!(counts("account.name.required"), (3, 2, 0, 0));
    assert_eq!(counts("city"), (2, 2, 0, 1));
    assert_eq!(counts("staff"), (2, 1, 1, 0));
    assert!(!report.ok);
    let none = w.quality.validate_table(&name("account"), &[], &Dataset::new(), None, ZONE).unwrap();
    assert!(none.ok && none.rows.is_empty());
    assert_eq!(none.summary.len(), w.quality.rules(&name("account")).len());
}

#[test]
fn warnings_leave_a_table_ok() {
    let w = world("validation: [{id: city, object: account, severity: warning, required: city}]\n");
    let rows = [w.record("account", "a", [])];
    let report = w.quality.validate_table(&name("account"), &rows, &Dataset::new(), None, ZONE).unwrap();
    assert_eq!(report.rows.len(), 1);
    assert!(report.ok);
}

#[test]
fn what_a_rule_needs_is_named_before_the_first_row() {
    let w = world(
        "validation:\n  - {id: tier, object: opportunity, check: \"partner.parent.tier == 'gold'\"}\n  - {id: late, object: opportunity, check: 'expected_close >= today()'}\n  - {id: entry, object: opportunity, on: {enter: [won]}, check: size(contacts) > 0}\n",
    );
    let check = |data: &Dataset, now: Option<Instant>| {
        w.quality.validate_table(&name("opportunity"), &[], data, now, ZONE).map(|r| r.ok)
    };
    let mut data = Dataset::new();
    let missing = check(&data, None).unwrap_err();
    assert_eq!(missing, QualityError::MissingTable { rule: rule("tier"), object: name("partner") });
    assert_eq!(missing.to_string(), "the rule tier reads partner, whose records were not given");
    data.add(&name("partner"), Vec::new()).unwrap();
    assert_eq!(check(&data, None).unwrap_err(), QualityError::NowRequired { rule: rule("late") });
    assert_eq!(
        check(&data, Some(Instant::from_micros(0))),
        Ok(true),
        "a rule on entry needs nothing in a scan"
    );
    let wrong = [w.record("account", "a", [])];
    assert_eq!(
        w.quality.validate_table(&name("opportunity"), &wrong, &data, Some(Instant::from_micros(0)), ZONE),
        Err(QualityError::WrongObject { object: name("opportunity"), row: 0 })
    );
    assert_eq!(
        w.quality.validate_table(&name("nothing"), &[], &data, None, ZONE).unwrap_err().code(),
        "quality.unknown_object"
    );
}

#[test]
fn rows_see_each_other_and_placeholders_around_them_are_missing() {
    let w = world(
        "validation:\n  - {id: parent, object: account, check: '!has(parent) || has(parent.city)'}\n  - {id: partner, object: account, check: '!has(partner) || has(partner.city)'}\n",
    );
    let rows = [
        w.record("account", "a", [("city", t("苏州"))]),
        w.record("account", "b", [("parent", t("a")), ("partner", t("p"))]),
        w.record("account", "c", [("parent", t("b")), ("city", t("无"))]),
    ];
    let mut data = Dataset::new();
    data.put(w.record("partner", "p", [("city", t("暂无"))]));
    data.put(w.record("partner", "q", [("city", t("北京"))]));
    let report = w.quality.validate_table(&name("account"), &rows, &data, None, ZONE).unwrap();
    let found: Vec<(usize, &str)> = report.rows.iter().map(|r| (r.row, r.violation.rule.as_str())).collect();
    assert_eq!(found, [(1, "partner"), (2, "parent")]);
}

#[test]
fn a_repeated_dangling_reference_has_one_suggestion_each() {
    let w = world("");
    let mut data = Dataset::new();
    data.put(w.record("product", "GTX Pro", []));
    let rows: Vec<_> =
        (0..2_000).map(|i| w.record("opportunity", &format!("o{i}"), [("product", t("GTXPro"))])).collect();
    let report = w.quality.validate_table(&name("opportunity"), &rows, &data, None, ZONE).unwrap();
    assert_eq!(report.rows.len(), 2_000);
    assert!(report.rows.iter().all(|r| r.violation.params["suggestion"] == "GTX Pro".into()));
}

#[test]
fn ids_that_differ_in_a_digit_are_not_suggested() {
    let w = world("");
    let mut data = Dataset::new();
    data.put(w.record("account", "A-100", [("name", t("华为技术有限公司"))]));
    let rows =
        ["A-101", "a100", "华为技术有限公司"].map(|id| w.record("opportunity", id, [("account", t(id))]));
    let report = w.quality.validate_table(&name("opportunity"), &rows, &data, None, ZONE).unwrap();
    let found: Vec<_> =
        report.rows.iter().map(|r| r.violation.params.get("suggestion_id").cloned()).collect();
    assert_eq!(found, [None, Some("A-100".into()), Some("A-100".into())]);
}
