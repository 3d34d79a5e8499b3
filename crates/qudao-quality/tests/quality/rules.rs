//! Every kind of rule.

use crate::common::{ZONE, failed, outcome, t, world};
use qudao_model::{Dataset, Decimal, Instant, Locale, RuleOutcome, Severity, Value};
use qudao_quality::CheckContext;

#[test]
fn a_field_declares_rules_of_its_own() {
    let w = world(
        "objects:\n  account:\n    types: [project, channel]\n    fields:\n      name: {required: true, max_length: 5}\n      phone: {format: phone(CN)}\n      tax_id: {format: uscc, unique: true, identity: true}\n",
    );
    let ids: Vec<(String, &str)> = w
        .quality
        .rules(&crate::common::name("account"))
        .iter()
        .filter(|r| {
            r.fields()
                .iter()
                .any(|f| ["name", "phone", "tax_id", "type", "parent", "owner"].contains(&f.as_str()))
        })
        .map(|r| (r.id().to_string(), r.path()))
        .collect();
    assert_eq!(
        ids,
        [
            ("account.name.required".to_owned(), "/objects/account/fields/name/required"),
            ("account.name.length".to_owned(), "/objects/account/fields/name/max_length"),
            ("account.type.choice".to_owned(), "/objects/account/fields/type/choices"),
            ("account.tax_id.format".to_owned(), "/objects/account/fields/tax_id/format"),
            ("account.tax_id.unique".to_owned(), "/objects/account/fields/tax_id/unique"),
            ("account.phone.format".to_owned(), "/objects/account/fields/phone/format"),
            ("account.parent.reference".to_owned(), "/objects/account/fields/parent/of"),
        ]
    );
    let bad = w.record(
        "account",
        "a",
        [("name", t("一二三四五六")), ("type", t("retail")), ("tax_id", t("123")), ("phone", t("12"))],
    );
    assert_eq!(
        w.failed(&bad),
        ["account.name.length", "account.type.choice", "account.tax_id.format", "account.phone.format"],
        "all failures, in the order of the form"
    );
    let good = w.record(
        "account",
        "a",
        [
            ("name", t("一二三四五")),
            ("type", t("project")),
            ("tax_id", t("91350100M000100Y43")),
            ("phone", t("010-62782266")),
        ],
    );
    assert_eq!(w.failed(&good), Vec::<String>::new());
    assert!(w.check(&good).is_ok());
    let blank = w.record("account", "a", []);
    assert_eq!(w.failed(&blank), ["account.name.required"]);
    assert_eq!(w.outcome(&blank, "account.phone.format"), RuleOutcome::Unknown);
}

#[test]
fn each_kind_on_good_bad_and_missing_values() {
    let w = world(
        r#"
objects:
  account: {fields: {grade: {type: choice, choices: [A, B]}, tags: {type: list, of: text}, span: {type: duration}, opened: {type: instant}, any_amount: {type: money, currency: any}}}
validation:
  - {id: req, object: account, required: [name, phone]}
  - {id: email, object: account, format: {field: email, format: email}}
  - {id: len, object: account, length: {field: city, min: 2, max: 4}}
  - {id: tags, object: account, length: {field: tags, max: 2}}
  - {id: staff, object: account, range: {field: employees, min: 0, max: 10}}
  - {id: revenue, object: account, range: {field: annual_revenue, min: 0.5}}
  - {id: any, object: account, range: {field: any_amount, min: 0}}
  - {id: opened, object: account, range: {field: opened, min: "2024-01-01", max: "2024-12-31T23:59:59+08:00"}}
  - {id: span, object: account, range: {field: span, max: 30}}
  - {id: industry, object: account, choice: {field: industry, values: [technology, retail]}}
  - {id: grade, object: account, choice: {field: grade, values: [A]}}
  - {id: region, object: account, pattern: {field: region, regex: "[A-Z]{2}|x"}}
"#,
    );
    let money = |n: &str, c: &str| Value::money(n.parse().unwrap(), c);
    let days = |n| Value::Duration(qudao_model::Span::from_days(n));
    let at = |s: &str| Value::Instant(Instant::parse(s).unwrap());
    let cases: Vec<(&str, &str, Value, bool)> = vec![
        ("email", "email", t("li.lei@example.com"), true),
        ("email", "email", t("li.lei@"), false),
        ("len", "city", t("广"), false),
        ("len", "city", t("广州"), true),
        ("len", "city", t("乌鲁木齐"), true),
        ("len", "city", t("呼伦贝尔市"), false),
        ("tags", "tags", Value::list([t("a"), t("b")]), true),
        ("tags", "tags", Value::list([t("a"), t("b"), t("c")]), false),
        ("staff", "employees", Value::Int(0), true),
        ("staff", "employees", Value::Int(10), true),
        ("staff", "employees", Value::Int(11), false),
        ("staff", "employees", Value::Int(-1), false),
        ("revenue", "annual_revenue", money("0.5", "CNY"), true),
        ("revenue", "annual_revenue", money("0.4999999999999999999999", "CNY"), false),
        ("any", "any_amount", money("0", "USD"), true),
        ("any", "any_amount", money("-0.01", "EUR"), false),
        ("opened", "opened", at("2023-12-31T16:00:00Z"), true),
        ("opened", "opened", at("2023-12-31T15:59:59Z"), false),
        ("opened", "opened", at("2024-12-31T15:59:59Z"), true),
        ("opened", "opened", at("2024-12-31T16:00:00Z"), false),
        ("span", "span", days(30), true),
        ("span", "span", days(31), false),
        ("industry", "industry", t("technology"), true),
        ("industry", "industry", t("technolgy"), false),
        ("grade", "grade", t("A"), true),
        ("grade", "grade", t("B"), false),
        ("region", "region", t("CN"), true),
        ("region", "region", t("CNX"), false),
        ("region", "region", t("yx"), false),
    ];
    for (id, field, value, good) in cases {
        let record = w.record("account", "a", [(field, value.clone())]);
        let expected = if good { RuleOutcome::Passed } else { RuleOutcome::Failed };
        assert_eq!(w.outcome(&record, id), expected, "{id} {value:?}");
        let entry = w.check(&record).trace.into_iter().find(|e| e.rule == *id).unwrap();
        assert_eq!(entry.inputs.get(field), Some(&value), "{id}: the trace holds what the rule read");
    }
    let blank = w.record("account", "a", []);
    for id in
        ["email", "len", "tags", "staff", "revenue", "any", "opened", "span", "industry", "grade", "region"]
    {
        assert_eq!(w.outcome(&blank, id), RuleOutcome::Unknown, "{id}: a missing value does not fail");
    }
    let report = w.check(&w.record("account", "a", [("phone", t("0"))]));
    let required: Vec<_> = report.violations.iter().filter(|v| v.rule == "req").collect();
    assert_eq!(required.len(), 1, "one violation for each missing field");
    assert_eq!(required[0].fields, [crate::common::field("name")]);
    assert_eq!(required[0].record.as_ref().unwrap().as_str(), "a");
}

#[test]
fn zero_and_false_are_values() {
    let w = world(
        "objects: {account: {fields: {vip: {type: bool, required: true}, employees: {required: true}, annual_revenue: {required: true}}}}\n",
    );
    let record = w.record(
        "account",
        "a",
        [
            ("vip", Value::Bool(false)),
            ("employees", Value::Int(0)),
            ("annual_revenue", Value::money(Decimal::ZERO, "CNY")),
        ],
    );
    assert_eq!(w.failed(&record), Vec::<String>::new());
    assert_eq!(
        w.failed(&w.record("account", "a", [])),
        ["account.employees.required", "account.annual_revenue.required", "account.vip.required"]
    );
}

#[test]
fn references_are_looked_up_only_where_the_table_is_given() {
    let w =
        world("validation: [{id: owned, object: opportunity, reference: {field: owner}, severity: info}]\n");
    let deal =
        w.record("opportunity", "o", [("product", t("GTXPro")), ("account", t("a1")), ("owner", t("u1"))]);
    let mut data = Dataset::new();
    assert_eq!(failed(&w.quality.check(&CheckContext::new(&deal, &data, ZONE))), Vec::<String>::new());
    data.put(w.record("product", "p1", [("name", t("GTX Pro"))]));
    data.put(w.record("product", "p2", [("name", t("GTX Basic"))]));
    data.put(w.record("account", "a1", []));
    data.add(&crate::common::name("user"), Vec::new()).unwrap();
    let report = w.quality.check(&CheckContext::new(&deal, &data, ZONE));
    assert_eq!(failed(&report), ["opportunity.product.reference", "owned"]);
    assert_eq!(outcome(&report, "opportunity.account.reference"), RuleOutcome::Passed);
    let dangling = &report.violations[0];
    let en = Locale::en();
    assert_eq!(dangling.text(&en), "Product: there is no such record of Product");
    assert_eq!(dangling.fix(&en).unwrap(), "choose a record that exists (did you mean GTX Pro?)");
    assert_eq!(dangling.params["suggestion_id"], "p1".into());
    assert_eq!(report.violations[1].severity, Severity::Info);
}

#[test]
fn personal_names_are_not_suggested() {
    let w = world("");
    let mut data = Dataset::new();
    data.put(w.record("contact", "张三", [("name", t("张三"))]));
    let role = w.record("contact_role", "r", [("contact", t("张三丰"))]);
    let report = w.quality.check(&CheckContext::new(&role, &data, ZONE));
    assert_eq!(failed(&report), ["contact_role.contact.reference"]);
    let shown = serde_json::to_string(&report.violations).unwrap();
    assert!(!shown.contains("张三"), "{shown}");
    assert_eq!(report.violations[0].fix(&Locale::en()).unwrap(), "choose a record that exists");
}

#[test]
fn a_listed_rule_takes_the_place_of_a_declared_one() {
    let objects = "objects: {account: {fields: {name: {required: true}, phone: {format: phone(CN)}}}}\n";
    let bad = [("phone", t("12"))];
    let softened = world(&format!(
        "{objects}validation:\n  - {{id: soft, object: account, severity: warning, format: {{field: phone, format: phone(CN)}}, message: {{en: 'look at {{field}}', zh-CN: '请核对{{field}}'}}}}\n"
    ));
    let report = softened.check(&softened.record("account", "a", bad.clone()));
    assert_eq!(failed(&report), ["account.name.required", "soft"]);
    let soft = &report.violations[1];
    assert_eq!(soft.text(&Locale::en()), "look at Phone");
    assert_eq!(soft.text(&Locale::zh()), "请核对电话");
    assert!(soft.fix(&Locale::en()).unwrap().contains("010-62782266"), "the general advice stays");

    let narrowed = world(&format!(
        "{objects}validation:\n  - {{id: account.phone.format, object: account, operations: [insert], format: {{field: phone, format: phone(CN)}}}}\n"
    ));
    let record = narrowed.record("account", "a", bad);
    let data = Dataset::new();
    let cx = CheckContext::new(&record, &data, ZONE).operation(qudao_model::Operation::Update);
    assert_eq!(failed(&narrowed.quality.check(&cx)), ["account.name.required"]);

    let both = world(&format!(
        "{objects}validation:\n  - {{id: more, object: account, operations: [insert], required: name}}\n"
    ));
    assert_eq!(both.failed(&both.record("account", "a", [])), ["account.name.required", "more"]);
}
