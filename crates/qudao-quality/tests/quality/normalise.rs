//! Values in their normal form.

use crate::common::{field, t, world};
use qudao_model::Value;

const YAML: &str = "
objects:
  account:
    types: [{id: project, label: {en: Project, zh-CN: 项目型}}, {id: channel, label: {en: Channel, zh-CN: 渠道型}}]
    fields:
      name: {normalise: company_name}
      phone: {format: phone(CN)}
      email: {format: email}
      website: {format: url}
      tax_id: {format: uscc}
      country: {format: country}
      industry: {normalise: lower}
      region: {normalise: upper}
      address: {normalise: none}
      alias: {type: text, normalise: phone(CN)}
      site: {type: text, normalise: domain}
      set_up: {type: text, normalise: date(dmy)}
      capital: {type: text, format: amount}
      office: {type: text, normalise: address}
  contact: {fields: {name: {normalise: person_name}}}
";

#[test]
fn each_normaliser() {
    let w = world(YAML);
    for (object, f, before, after) in [
        ("account", "phone", "（０１０）６２７８－２２６６", "+861062782266"),
        ("account", "email", " Li.Lei＠Example.COM ", "Li.Lei@example.com"),
        ("account", "website", "HTTPS://WWW.Example.com/", "https://www.example.com"),
        ("account", "tax_id", " 91350100m000100y43", "91350100M000100Y43"),
        ("account", "country", "cn", "CN"),
        ("account", "industry", " Retail ", "retail"),
        ("account", "region", "north", "NORTH"),
        ("account", "address", " as it is ", " as it is "),
        ("account", "alias", "010-62782266", "+861062782266"),
        ("account", "site", "https://www.Example.com/a", "example.com"),
        ("account", "set_up", "5/3/24", "2024-03-05"),
        ("account", "set_up", "2024年3月5日", "2024-03-05"),
        ("account", "set_up", "soon", "soon"),
        ("account", "capital", "人民币叁拾万元整", "300000"),
        ("account", "capital", "1亿2000万", "120000000"),
        ("account", "office", "深圳南山区科技园路１号", "广东省深圳市南山区科技园路1号"),
        ("account", "office", "1 Main  Street", "1 Main Street"),
        ("account", "city", "  苏州 ", "苏州"),
        ("account", "type", "项目型", "project"),
        ("account", "type", " CHANNEL", "channel"),
        ("account", "type", "retail", "retail"),
        ("account", "phone", "call me", "call me"),
        ("account", "tax_id", "123", "123"),
        ("contact", "name", " 张　三 ", "张三"),
        ("contact", "name", "Li  Lei", "Li Lei"),
        ("contact", "name", "约翰•史密斯", "约翰·史密斯"),
    ] {
        let mut record = w.record(object, "r", [(f, t(before))]);
        let done = w.quality.normalise(&mut record, None);
        assert_eq!(record.get(f), &t(after), "{f} {before:?}");
        assert_eq!(done.len(), usize::from(before != after), "{f} {before:?}");
        if let Some(change) = done.first() {
            assert_eq!(change.rule, *format!("{object}.{f}.normalise"));
            assert_eq!((change.before.as_text(), change.after.as_text()), (Some(before), Some(after)));
        }
        assert_eq!(w.quality.normalise(&mut record, None), [], "{f} {before:?}: twice is once");
    }
}

#[test]
fn placeholders_become_missing_and_only_the_fields_asked_for_are_touched() {
    let w = world(YAML);
    let mut record = w.record("account", "a", [("city", t("无")), ("region", t("x1")), ("industry", t(" "))]);
    let done = w.quality.normalise(&mut record, Some(&[field("city"), field("industry")]));
    assert_eq!(record.get("city"), &Value::Missing);
    assert_eq!(record.get("industry"), &Value::Missing);
    assert_eq!(record.get("region"), &t("x1"));
    assert_eq!(
        done.iter().map(|n| n.rule.as_str()).collect::<Vec<_>>(),
        ["account.city.placeholder", "account.industry.placeholder"]
    );
}

#[test]
fn huge_values_answer_at_once() {
    let w = world(YAML);
    let huge = "x".repeat(1_000_000);
    let mut record = w.record(
        "account",
        "a",
        [
            ("name", t(&huge)),
            ("email", t(&huge)),
            ("tax_id", t(&huge)),
            ("type", t(&huge)),
            ("region", t(&huge)),
        ],
    );
    w.quality.normalise(&mut record, None);
    assert_eq!(record.get("name"), &t(&huge));
    assert_eq!(w.failed(&record), ["account.type.choice", "account.tax_id.format", "account.email.format"]);
}
