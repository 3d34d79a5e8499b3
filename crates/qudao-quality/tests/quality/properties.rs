//! What holds for every record.

use std::sync::OnceLock;

use proptest::prelude::*;
use qudao_model::{Dataset, Record, Value};
use qudao_quality::CheckContext;

use crate::common::{World, ZONE, name, t, world};

fn rules() -> &'static World {
    static RULES: OnceLock<World> = OnceLock::new();
    RULES.get_or_init(|| {
        world(
        r#"
objects:
  account:
    types: [{id: project, label: {en: Project, zh-CN: 项目型}}, {id: channel, label: {en: Channel, zh-CN: 渠道型}}]
    fields:
      name: {required: true, normalise: company_name, max_length: 12, unique: true}
      phone: {format: phone(CN)}
      email: {format: email}
      website: {format: url}
      tax_id: {format: uscc, unique: true}
      country: {format: country}
      city: {normalise: person_name}
      industry: {normalise: lower}
      region: {normalise: upper}
validation:
  - {id: staff, object: account, range: {field: employees, min: 0, max: 100}}
  - {id: when, object: account, when: employees > 5, required: [city, phone]}
  - {id: check, object: account, severity: warning, check: "!has(region) || employees > 1"}
  - {id: pattern, object: account, pattern: {field: industry, regex: "[a-z]*"}}
"#,
        )
    })
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,12}",
        "[ 0-9+()-]{0,16}",
        "[a-z]{1,6}@[a-z]{1,5}\\.(com|cn)",
        "[\u{4e00}-\u{4e40}a-zA-Z（） ]{0,10}",
        Just("无".to_owned()),
        Just("N/A".to_owned()),
        Just("项目型".to_owned()),
        Just("91350100M000100Y43".to_owned()),
        Just("HTTPS://Example.COM/".to_owned()),
        Just("cn".to_owned()),
    ]
}

const TEXTS: [&str; 9] =
    ["name", "type", "phone", "email", "website", "tax_id", "country", "city", "industry"];

fn record(w: &World, id: usize, texts: &[String], employees: Option<i64>) -> Record {
    let mut record = w.record("account", &format!("r{id}"), [("employees", employees.into())]);
    for (field, text) in TEXTS.iter().zip(texts) {
        record.set(field, t(text)).unwrap();
    }
    if let Some(text) = texts.last() {
        record.set("region", t(text)).unwrap();
    }
    record
}

type Row = (Vec<String>, Option<i64>);

fn row() -> impl Strategy<Value = Row> {
    (prop::collection::vec(text(), TEXTS.len() + 1), prop::option::of(-2_i64..120))
}

fn rows(w: &World, rows: &[Row]) -> Vec<Record> {
    rows.iter().enumerate().map(|(i, (texts, n))| record(w, i, texts, *n)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn normalising_twice_is_once(row in row()) {
        let w = rules();
        let mut r = record(w, 0, &row.0, row.1);
        let before = r.clone();
        let done = w.quality.normalise(&mut r, None);
        for change in &done {
            prop_assert_eq!(before.get(change.field.as_str()), &change.before);
            prop_assert_eq!(r.get(change.field.as_str()), &change.after);
        }
        let again = r.clone();
        prop_assert_eq!(w.quality.normalise(&mut r, None), vec![]);
        prop_assert_eq!(r, again);
    }

    #[test]
    fn normalising_keeps_claims_and_what_is_missing(row in row()) {
        let w = rules();
        let raw = record(w, 0, &row.0, row.1);
        let mut clean = raw.clone();
        w.quality.normalise(&mut clean, None);
        prop_assert_eq!(w.quality.claims(&raw), w.quality.claims(&clean));
        for def in &raw.schema().fields {
            let missing = |r: &Record| w.quality.is_missing(r.object(), &def.name, r.get(def.name.as_str()));
            prop_assert_eq!(missing(&raw), missing(&clean), "{}", def.name);
        }
    }

    #[test]
    fn a_table_is_its_records(list in prop::collection::vec(row(), 0..6)) {
        let w = rules();
        let records = rows(w, &list);
        let data = Dataset::new();
        let report = w.quality.validate_table(&name("account"), &records, &data, None, ZONE).unwrap();
        let mut expected = Vec::new();
        for (i, r) in records.iter().enumerate() {
            let one = w.quality.check(&CheckContext::new(r, &data, ZONE));
            expected.extend(one.violations.into_iter().map(|v| (i, v)));
        }
        let found: Vec<_> = report
            .rows
            .iter()
            .filter(|r| r.violation.code != "field.unique")
            .map(|r| (r.row, r.violation.clone()))
            .collect();
        prop_assert_eq!(found, expected);
        for (id, s) in &report.summary {
            prop_assert_eq!(s.checked + s.unknown + s.skipped, records.len(), "{}", id);
            let rows: std::collections::BTreeSet<usize> =
                report.rows.iter().filter(|r| r.violation.rule == *id).map(|r| r.row).collect();
            prop_assert_eq!(rows.len(), s.failed, "{}", id);
        }
    }

    #[test]
    fn the_order_of_rows_does_not_matter(list in prop::collection::vec(row(), 0..6)) {
        let w = rules();
        let records = rows(w, &list);
        let run = |records: &[Record]| {
            let report = w.quality.validate_table(&name("account"), records, &Dataset::new(), None, ZONE).unwrap();
            let mut found: Vec<_> = report
                .rows
                .iter()
                .map(|r| (r.violation.record.clone(), r.violation.rule.clone(), r.violation.fields.clone()))
                .collect();
            found.sort();
            (found, report.summary)
        };
        let mut reversed = records.clone();
        reversed.reverse();
        prop_assert_eq!(run(&records), run(&reversed));
    }

    #[test]
    fn completeness_is_between_none_and_all(row in row()) {
        let w = rules();
        let r = record(w, 0, &row.0, row.1);
        let c = w.quality.completeness(&r);
        prop_assert!(c.filled <= c.weight);
        let score = c.score.unwrap();
        prop_assert!(score >= 0.into() && score <= 1.into());
        prop_assert_eq!(c.missing.is_empty(), c.filled == c.weight);
    }

    #[test]
    fn no_value_makes_it_panic(text in "\\PC{0,40}", n in any::<i64>()) {
        let w = rules();
        let mut r = record(w, 0, &vec![text; TEXTS.len() + 1], Some(n));
        r.set("annual_revenue", Value::Int(n)).unwrap();
        w.quality.normalise(&mut r, None);
        let report = w.quality.check(&CheckContext::new(&r, &Dataset::new(), ZONE));
        prop_assert!(!report.trace.is_empty());
    }
}
