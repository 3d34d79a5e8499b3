//! Lints of matching rules, what duplicate rules do and disclose, and the guess.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;

use common::{account, compile, record, rule, schema};
use qudao_match::{Action, Dedupe, Duplicate, Guess, Matching, Sight, guess_rule, violations};
use qudao_model::{FieldName, Instant, Lint, Locale, ObjectName, Operation, Record, RecordId};

fn lines(lints: &[Lint]) -> Vec<String> {
    let en = Locale::en();
    lints
        .iter()
        .map(|l| {
            let fix = l.fix(&en).map(|f| format!(" ({f})")).unwrap_or_default();
            format!("{} {} {}: {}{fix}", l.severity, l.path, l.code, l.text(&en))
        })
        .collect()
}

#[test]
fn every_lint_at_once() {
    let rules = "
matching:
  acount.same: {compare: {name: text}}
  same: {compare: {name: text}}
  account.a:
    block: [[nme.core], [name.cor], [], [phone.suffix(0)]]
    compare: {naem: text, active: text, employees: company_name, phone: {using: phone, weight: 11, weights: {exact: 2, high: 3, low: 99}}}
    thresholds: {match: 0.6, review: 0.8}
    prior: 0
    max_block: 1
  account.b: {}
  contact.empty: {}
  contact.few: {compare: {decision_role: exact}, block: [[decision_role]]}
  contact.derived: {compare: {name: person_name, email: email, phone: phone}}
duplicates:
  - {using: acount.sme, insert: block}
  - {using: account.b, object: lead, insert: block, against: [{object: leed}, {object: lead, fields: {nam: company, name: compny}}], disclose: [nme]}
  - {using: account.b}
";
    // Some of it the published schema refuses already; here the rules themselves are asked.
    let document = qudao_model::Document::parse("rules", rules).unwrap();
    let spec = serde_json::from_value(document.into_json()).unwrap();
    let lints = Matching::compile(&spec, &schema()).unwrap_err();
    insta::assert_json_snapshot!(lines(&lints));
    // Every text exists in both languages.
    for lint in &lints {
        assert_ne!(lint.text(&Locale::zh()), lint.code);
        assert!(!lint.text(&Locale::en()).contains('…'), "{lint:?}");
        assert!(!lint.text(&Locale::zh()).contains('…'), "{lint:?}");
    }
}

#[test]
fn one_object_mapped_twice_differently_is_a_lint() {
    let rules = "
matching: {lead.same: {compare: {company: company_name, phone: phone}}}
duplicates:
  - {id: a, using: lead.same, insert: warn, against: [{object: account, fields: {company: name}}]}
  - {id: b, using: lead.same, update: warn, against: [{object: account}]}
";
    let codes: Vec<_> = compile(rules).unwrap_err().iter().map(|l| l.code).collect();
    assert!(codes.contains(&"matching.mapping_conflict"), "{codes:?}");
}

const DUPLICATES: &str = "
matching:
  account.same: {compare: {name: company_name, phone: phone, email: email}, block: [[phone], [name.core], [email]]}
  lead.same: {compare: {company: company_name, phone: phone, email: email}, block: [[phone], [company.core], [email]]}
duplicates:
  - {id: account.dup, using: account.same, insert: block, update: warn, import: report}
  - {id: lead.dup, using: lead.same, insert: warn, disclose: DISCLOSE, against: [{object: account, fields: {company: name}}]}
";

fn name(text: &str) -> ObjectName {
    ObjectName::new(text).unwrap()
}

#[test]
fn rules_by_operation() {
    let matching = compile(&DUPLICATES.replace("DISCLOSE", "exists")).unwrap();
    let ids = |object: &str, op| -> Vec<(String, Action)> {
        matching.duplicate_rules(&name(object), op).iter().map(|(r, a)| (r.id().to_string(), *a)).collect()
    };
    assert_eq!(ids("account", Operation::Insert), [("account.dup".to_owned(), Action::Block)]);
    assert_eq!(ids("account", Operation::Update), [("account.dup".to_owned(), Action::Warn)]);
    assert_eq!(ids("account", Operation::Import), [("account.dup".to_owned(), Action::Report)]);
    assert_eq!(ids("account", Operation::Merge), []);
    assert_eq!(ids("account", Operation::Advance), []);
    assert_eq!(ids("lead", Operation::Insert), [("lead.dup".to_owned(), Action::Warn)]);
    let dup = &matching.duplicates()[0];
    let field = |f: &str| FieldName::new(f).unwrap();
    assert!(dup.concerns(&[field("owner"), field("phone")]));
    assert!(!dup.concerns(&[field("owner")]));
}

fn lead() -> qudao_model::Record {
    record(
        &schema(),
        "lead",
        "l1",
        &[("company", "华为技术有限公司"), ("phone", "0755-28780808"), ("email", "info@huawei.com")],
    )
}

fn find(disclose: &str, sight: &Sight) -> (Vec<Duplicate>, Vec<String>) {
    let matching = compile(&DUPLICATES.replace("DISCLOSE", disclose)).unwrap();
    let other = account(
        "a1",
        &[
            ("name", "華為技術有限公司"),
            ("phone", "075528780808"),
            ("email", "info@huawei.com"),
            ("city", "深圳"),
        ],
    );
    let stranger = account("a2", &[("name", "中兴通讯股份有限公司")]);
    let lead = lead();
    // Across objects they meet under the same keys.
    let keys: BTreeSet<_> = matching.index_entry(&other).keys.into_iter().map(|(_, key)| key).collect();
    assert!(
        matching
            .keys(&qudao_model::RuleId::new("lead.same").unwrap(), &lead)
            .unwrap()
            .iter()
            .any(|k| keys.contains(k))
    );
    let (rule, action) = matching.duplicate_rules(&name("lead"), Operation::Insert)[0];
    let found = matching
        .find_duplicates(rule, action, &lead, &[stranger, other], &BTreeSet::new(), &|_| sight.clone())
        .unwrap();
    let texts = violations(rule, &found, &lead)
        .iter()
        .map(|v| format!("{}: {}", v.code, v.text(&Locale::en())))
        .collect();
    (found, texts)
}

#[test]
fn across_objects_and_in_full_sight() {
    let (found, texts) = find("exists", &Sight::Full);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].record.to_string(), "account/a1");
    assert_eq!(found[0].action, Action::Warn);
    let finding = found[0].finding.as_ref().unwrap();
    assert_eq!(finding.evidence[0].right.as_deref(), Some("華為技術有限公司"));
    assert_eq!(texts, ["duplicate.warn: Lead: may be there already (1)"]);
}

#[test]
fn masked_fields_stay_masked() {
    let hidden = BTreeSet::from([FieldName::new("phone").unwrap()]);
    let (found, _) = find("exists", &Sight::Masked(hidden));
    let finding = found[0].finding.as_ref().unwrap();
    assert_eq!(finding.probability, None);
    let phone = finding.evidence.iter().find(|e| e.field == "phone").unwrap();
    assert_eq!((phone.left.as_ref(), phone.right.as_ref(), phone.level.as_str()), (None, None, "hidden"));
    assert!(!serde_json::to_string(finding).unwrap().contains("28780808"));
}

#[test]
fn hidden_records_are_disclosed_as_the_blueprint_says() {
    let until = Instant::parse("2027-01-31T00:00:00Z").unwrap();
    let hidden = Sight::Hidden { protected_until: Some(until) };

    let (found, texts) = find("exists", &hidden);
    let finding = found[0].finding.as_ref().unwrap();
    assert_eq!((&finding.record, &finding.probability, finding.evidence.len()), (&None, &None, 0));
    assert_eq!(finding.disclosure.as_deref(), Some("exists"));
    assert_eq!(texts.len(), 1);
    assert!(texts[0].starts_with("duplicate.hidden"), "{texts:?}");
    assert!(!texts[0].contains("2027"), "{texts:?}");

    let (found, texts) = find("protected", &hidden);
    assert_eq!(
        found[0].finding.as_ref().unwrap().disclosure.as_deref(),
        Some("protected until 2027-01-31T00:00:00Z")
    );
    assert!(texts[0].ends_with("protected until 2027-01-31T00:00:00Z"), "{texts:?}");

    let (found, _) = find("[phone]", &hidden);
    assert_eq!(found[0].finding.as_ref().unwrap().disclosure.as_deref(), Some("phone: 075528780808"));

    // Nothing is told, not even by a refusal; the engine still learns of it.
    let (found, texts) = find("nothing", &hidden);
    assert_eq!((found[0].action, found[0].finding.is_none()), (Action::Report, true));
    assert_eq!(texts, [] as [String; 0]);
}

#[test]
fn what_is_only_likely_does_not_block() {
    let matching = compile(&DUPLICATES.replace("DISCLOSE", "exists")).unwrap();
    let record = account(
        "n",
        &[("name", "Silverline Solutions Ltd"), ("phone", "024-23456789"), ("email", "a@silverline.cn")],
    );
    let likely = account(
        "o",
        &[("name", "Silverline Systems Ltd"), ("phone", "024-23456789"), ("email", "b@silverline.cn")],
    );
    let matches = matching.find(&rule(), &record, std::slice::from_ref(&likely)).unwrap();
    let (dup, action) = matching.duplicate_rules(&name("account"), Operation::Insert)[0];
    let found = matching
        .find_duplicates(dup, action, &record, &[likely], &BTreeSet::new(), &|_| Sight::Full)
        .unwrap();
    assert_eq!(matches.len(), found.len());
    assert!(found.iter().all(|d| d.action <= Action::Report), "{found:?}");
    assert_eq!(violations(dup, &found, &record), []);
}

#[test]
fn a_guess_is_a_rule_to_edit() {
    let companies: Vec<String> = (0..30).map(|i| format!("Company {i} Ltd")).collect();
    let phones: Vec<String> = (0..30).map(|i| format!("0755-2878{i:04}")).collect();
    let mails: Vec<String> = (0..30).map(|i| format!("info@company{i}.cn")).collect();
    let taxes: Vec<String> = (0..30).map(|i| common::uscc(&format!("914403007084611{i:02}"))).collect();
    let states: Vec<String> = (0..30).map(|i| ["open", "won", "lost"][i % 3].to_owned()).collect();
    let none: Vec<String> = Vec::new();
    let guess = guess_rule(&[
        ("id", &none),
        ("name", &companies),
        ("联系方式", &phones),
        ("x", &mails),
        ("代码", &taxes),
        ("phase", &states),
        ("owner", &none),
        ("名称", &none),
    ]);
    insta::assert_snapshot!(guess.to_string());
    let back: Guess = serde_json::from_value(serde_json::to_value(&guess).unwrap()).unwrap();
    assert_eq!(back, guess);
    let compiled = guess.compile().unwrap();
    assert_eq!(compiled.rule.as_str(), "row.same");
    let taxed = guess.field("代码").unwrap();
    assert!(compiled.schema.object("row").unwrap().field(taxed.as_str()).unwrap().spec.identity);
    // Nothing to compare: a lint, not a crash.
    let empty = guess_rule(&[("id", &none)]).compile().unwrap_err();
    assert_eq!(empty[0].code, "matching.no_fields");
    assert!(guess_rule::<&str>(&[]).compile().is_err());
}

#[test]
fn a_guess_links_two_tables_and_learns_from_both() {
    // Tables of less than a thousand rows teach nothing.
    for (count, learns) in [(40_usize, false), (600, true)] {
        let names: Vec<String> =
            (0..count).map(|i| format!("{}{} Ltd", ["Acme", "Zebra", "Orion"][i % 3], i * 7919)).collect();
        let phones: Vec<String> = (0..count).map(|i| format!("0755-28{:06}", i * 37)).collect();
        let guess = guess_rule(&[("company", &names), ("phone", &phones)]);
        let guessed = guess.compile().unwrap();
        let object = guessed.schema.object(guessed.object.as_str()).unwrap().clone();
        let table = |side: &str, form: &str| -> Vec<Record> {
            let rows = names.iter().zip(&phones).enumerate().map(|(at, (name, phone))| {
                let record = Record::new(object.clone(), RecordId::new(format!("{side}{at}")).unwrap());
                let record = record.with("company", name.replace("Ltd", form)).unwrap();
                record.with("phone", phone.as_str()).unwrap()
            });
            rows.collect()
        };
        let (left, right) = (table("l", "Ltd"), table("r", "Limited"));
        let options = Dedupe { one_to_one: true, ..Dedupe::default() };
        let (learned, link) = guessed.clone().link(&left, &right[..count - 5], &options).unwrap();
        let rows: Vec<(u32, u32)> = link.pairs.iter().map(|p| (p.left, p.right)).collect();
        let expected: Vec<(u32, u32)> =
            (0..u32::try_from(count - 5).unwrap()).map(|row| (row, row)).collect();
        assert_eq!(rows, expected, "rows of the right begin anew");
        let before = guessed.matching.compare(&guessed.rule, &left[0], &right[0]).unwrap().weight;
        let after = learned.matching.compare(&learned.rule, &left[0], &right[0]).unwrap().weight;
        assert_eq!(before != after, learns);
        assert_eq!(link.pairs[0].weight, after, "by the rules that are given back");
    }
}
