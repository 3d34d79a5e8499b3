//! What people are told, in both languages.

use qudao_model::{Dataset, LocalText, Locale, Param, Value};
use qudao_quality::{CheckContext, QualitySpec};

use crate::common::{ZONE, t, world};

#[test]
fn every_message() {
    let w = world(
        r#"
objects:
  account:
    types: [{id: project, label: {en: Project, zh-CN: 项目型}}, {id: channel, label: {en: Channel, zh-CN: 渠道型}}]
    fields:
      name: {required: true, example: 华为技术有限公司}
      phone: {format: phone(CN)}
      email: {format: email, example: info@company.cn}
      website: {format: url}
      tax_id: {format: uscc}
      country: {format: country}
      code: {type: text, format: currency}
      postcode: {type: text, format: postcode(CN), label: {en: Postcode, zh-CN: 邮编}}
      score: {type: decimal}
validation:
  - {id: city.min, object: account, length: {field: city, min: 2}}
  - {id: city.max, object: account, length: {field: region, max: 2}}
  - {id: city.both, object: account, length: {field: address, min: 5, max: 9}}
  - {id: staff.min, object: account, range: {field: employees, min: 1}}
  - {id: score.both, object: account, range: {field: score, min: 0, max: 1.5}}
  - {id: revenue.max, object: account, range: {field: annual_revenue, max: 1000000}}
  - {id: industry, object: account, severity: warning, choice: {field: industry, values: [technology, retail]}}
  - {id: ext, object: account, severity: info, pattern: {field: external_id, regex: "[A-Z]{2}\\d+"}}
  - {id: needs, object: account, required: [territory, partner]}
  - {id: own, object: account, check: employees > founded, message: {en: "{field} of {object}: see {rule}", zh-CN: "{object}的{field}：见 {rule}"}, fix: {en: ask finance, zh-CN: 请咨询财务}}
  - {id: own2, object: account, check: employees > founded}
  - {id: clock, object: account, check: created_at <= now()}
"#,
    );
    let record = {
        let mut r =
            w.record("account", "a1", [("type", t("projct")), ("phone", t("12")), ("email", t("a@b"))]);
        for (field, value) in [
            ("website", t("ftp://x.com")),
            ("tax_id", t("91350100M000100Y44")),
            ("country", t("中国")),
            ("code", t("RMB1")),
            ("postcode", t("1000")),
            ("score", Value::Decimal("1.51".parse().unwrap())),
            ("city", t("京")),
            ("region", t("长江三角洲")),
            ("address", t("路1号")),
            ("employees", Value::Int(0)),
            ("founded", Value::Int(1999)),
            ("annual_revenue", Value::money("1000000.01".parse().unwrap(), "CNY")),
            ("industry", t("technolgy")),
            ("external_id", t("ab1")),
            ("parent", t("none-such")),
            ("created_at", t("2024-01-01T00:00:00Z")),
        ] {
            r.set(field, value).unwrap();
        }
        r
    };
    let mut data = Dataset::new();
    data.put(w.record("account", "nonesuch", []));
    let report = w.quality.check(&CheckContext::new(&record, &data, ZONE));
    let shown: Vec<_> = report
        .violations
        .iter()
        .map(|v| {
            // The reasons of the normalisers have tests where they are made.
            let mut v = v.clone();
            if v.code == "field.format" {
                assert!(
                    v.params.insert("reason".into(), Param::Text(LocalText::new("why", "原因"))).is_some()
                );
            }
            let say = |locale: &Locale| format!("{} | {}", v.text(locale), v.fix(locale).unwrap_or_default());
            let texts = [say(&Locale::en()), say(&Locale::zh())];
            for text in &texts {
                assert!(!text.contains('…'), "a parameter is not given: {text}");
            }
            (format!("{} {} {}", v.severity, v.rule, v.code), texts)
        })
        .collect();
    insta::assert_yaml_snapshot!(shown);
    let params = serde_json::to_string(&report.violations).unwrap();
    for content in ["a@b", "91350100M000100Y44", "ftp://x.com", "长江三角洲", "technolgy"] {
        assert!(!params.contains(content), "no cell content in a finding: {content}");
    }
}

#[test]
fn every_rule_error_code_has_a_text() {
    for code in
        ["quality.missing_table", "quality.now_required", "quality.unknown_object", "quality.wrong_object"]
    {
        assert!(qudao_model::codes::lookup(code).is_some(), "{code}");
    }
}

#[test]
fn the_spec_reads_back_what_it_writes() {
    let yaml = "validation:\n  - {id: a, object: account, required: name}\n  - {id: b, object: account, severity: warning, range: {field: employees, min: 0.5, max: '9'}}\n  - {id: c, object: account, reference: {field: parent}, on: {enter: [won]}}\nplaceholders: {add: [x]}\ncompleteness: {account: {name: 2}}\n";
    let json = qudao_model::Document::parse("t", yaml).unwrap().into_json();
    let spec: QualitySpec = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(&spec).unwrap(), json, "nothing is added and nothing lost");
    assert_eq!(serde_json::to_value(QualitySpec::default()).unwrap(), serde_json::json!({}));
}

#[test]
fn the_published_schema_takes_good_rules_and_names_what_is_wrong() {
    let schema = serde_json::to_value(schemars::schema_for!(QualitySpec)).unwrap();
    let check = |yaml: &str| -> Vec<String> {
        let document = qudao_model::Document::parse("t", yaml).unwrap();
        qudao_model::check_document(&document, &schema)
            .iter()
            .map(|l| format!("{} {}", l.code, l.path))
            .collect()
    };
    assert_eq!(
        check(
            "validation:\n  - {id: a, object: account, required: [name], on: {changed: [name]}, message: {en: x}}\nplaceholders: false\ncompleteness: {account: {name: 2}}\n"
        ),
        Vec::<String>::new()
    );
    assert_eq!(
        check(
            "validation:\n  - {id: a, requried: name}\n  - {id: b, object: account, severity: fatal, range: {field: x, min: true}}\n"
        ),
        [
            "blueprint.missing_key /validation/0",
            "blueprint.unknown_key /validation/0/requried",
            "blueprint.unknown_value /validation/1/severity",
            "blueprint.wrong_type /validation/1/range/min",
        ]
    );
}
