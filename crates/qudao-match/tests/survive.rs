//! Survivorship: every rule by a table, ties, groups, opt-outs, lints; and that no order of the records matters.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use qudao_match::{Member, Survivorship, SurvivorshipSpec, identity_conflict};
use qudao_model::{
    Cell, Document, Lint, Locale, ObjectName, ObjectSpec, Record, RecordId, Schema, SurvivalRule as By, Value,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Spec {
    #[serde(default)]
    objects: BTreeMap<ObjectName, ObjectSpec>,
    #[serde(default)]
    survivorship: BTreeMap<ObjectName, SurvivorshipSpec>,
}

fn build(yaml: &str) -> (Arc<Schema>, Result<Survivorship, Vec<Lint>>) {
    let spec: Spec = serde_json::from_value(Document::parse("t", yaml).unwrap().into_json()).unwrap();
    let schema = Arc::new(Schema::build(&spec.objects, "CNY").unwrap());
    let compiled = Survivorship::compile(&spec.survivorship, &schema);
    (schema, compiled)
}

/// Records by id, each a list of `field=value`.
fn records(schema: &Schema, object: &str, rows: &[(&str, &str)]) -> Vec<Record> {
    let object = schema.object(object).unwrap();
    rows.iter()
        .map(|(id, fields)| {
            let mut record = Record::new(object.clone(), RecordId::new(*id).unwrap());
            for pair in fields.split(';').filter(|p| !p.is_empty()) {
                let (field, value) = pair.split_once('=').unwrap();
                if value.is_empty() {
                    continue;
                }
                let value = match value {
                    "true" => Value::Bool(true),
                    "false" => Value::Bool(false),
                    number if field != "phone" && number.parse::<i64>().is_ok() => {
                        Value::Int(number.parse().unwrap())
                    }
                    text => Value::text(text),
                };
                assert!(record.set(field, value).unwrap(), "{field}");
            }
            record
        })
        .collect()
}

fn golden(yaml: &str, object: &str, rows: &[(&str, &str)]) -> (Record, Vec<Cell>) {
    let (schema, compiled) = build(yaml);
    let survivorship = compiled.unwrap_or_else(|lints| panic!("{lints:?}"));
    let records = records(&schema, object, rows);
    let members: Vec<Member<'_>> = records.iter().map(Member::new).collect();
    let golden = survivorship.rules(object).unwrap().golden(&members, 0).unwrap();
    (golden.record, golden.cells)
}

/// What survives of one field, and where it came from.
fn survivor(yaml: &str, rows: &[(&str, &str)], field: &str) -> (String, String) {
    let (record, cells) = golden(yaml, "account", rows);
    let from = cells.iter().find(|c| c.field == *field).map(|c| c.from.to_string()).unwrap_or_default();
    (record.get(field).to_string(), from)
}

const SOURCES: &str = "objects: {account: {fields: {source: {type: text}}}}\n";

#[test]
fn every_rule() {
    let of = |by: &str| {
        format!("{SOURCES}survivorship: {{account: {{trust: [erp, crm], fields: {{phone: {by}}}}}}}")
    };
    // The master a was changed in the middle; b is complete; c is new and from the ERP.
    let rows = [
        ("a", "phone=111;source=crm;updated_at=2026-02-01T00:00:00Z"),
        ("b", "phone=2222;name=x;website=w;email=e;updated_at=2026-01-01T00:00:00Z"),
        ("c", "phone=333;source=erp;updated_at=2026-03-01T00:00:00Z"),
        ("d", "phone=2222;source=import;updated_at=2025-03-01T00:00:00Z"),
    ];
    for (by, value, from) in [
        ("master", "111", "a"),
        ("most_trusted", "333", "c"),
        ("most_recent", "333", "c"),
        ("most_complete", "2222", "b"),
        ("longest", "2222", "b"),
        ("most_frequent", "2222", "b"),
    ] {
        assert_eq!(survivor(&of(by), &rows, "phone"), (value.to_owned(), from.to_owned()), "{by}");
    }
    // An order of trust of the field's own goes before that of the object.
    let own = of("{by: most_trusted, trust: [import]}");
    assert_eq!(survivor(&own, &rows, "phone"), ("2222".to_owned(), "d".to_owned()));
    let first = of("master").replace("phone: master", "founded: earliest");
    let rows = [("a", "founded=2001"), ("b", "founded=1987"), ("c", "")];
    assert_eq!(survivor(&first, &rows, "founded"), ("1987".to_owned(), "b".to_owned()));
}

#[test]
fn a_missing_value_never_wins_and_zero_is_a_value() {
    for by in ["master", "most_recent", "most_complete", "most_frequent"] {
        let yaml = format!("survivorship: {{account: {{default: {by}}}}}");
        let rows = [("a", "updated_at=2026-03-01T00:00:00Z;phone=  "), ("b", "phone=1;employees=0")];
        assert_eq!(survivor(&yaml, &rows, "phone").0, "1", "{by}");
        assert_eq!(survivor(&yaml, &rows, "employees"), ("0".to_owned(), "b".to_owned()), "{by}");
    }
    let rows = [("a", "employees=0"), ("b", "employees=12")];
    assert_eq!(survivor("qudao: 1", &rows, "employees").0, "0");
}

#[test]
fn ties_go_by_trust_then_time_then_the_master_then_the_id() {
    let yaml = format!("{SOURCES}survivorship: {{account: {{trust: [erp], fields: {{name: longest}}}}}}");
    let late = "updated_at=2026-01-02T00:00:00Z";
    for (rows, from) in [
        ([("b", "name=bb"), ("a", "name=aa"), ("c", "name=cc;source=erp")], "c"),
        ([("b", "name=bb"), ("a", &format!("name=aa;{late}")), ("c", "name=cc")], "a"),
        ([("b", "name=bb"), ("a", "name=aa"), ("c", "name=cc")], "b"),
        ([("z", "name=z"), ("c", "name=cc"), ("a", "name=aa")], "a"),
    ] {
        assert_eq!(survivor(&yaml, &rows, "name").1, from);
    }
}

#[test]
fn the_address_is_one_group() {
    let rows = [("a", "city=成都市"), ("b", "city=Shenzhen;address=Futian 1;country=CN")];
    // The master's address is incomplete, and is not mixed with another one.
    let (record, cells) = golden("qudao: 1", "account", &rows);
    assert_eq!(record.get("city").to_string(), "成都市");
    assert!(record.get("address").is_blank() && record.get("country").is_blank());
    // What was lost is told even of a field that ends empty.
    let address = cells.iter().find(|c| c.field == "address").unwrap();
    assert_eq!((address.from.as_str(), address.value.clone()), ("a", Value::Missing));
    assert_eq!(address.lost.len(), 1);
    let complete =
        "survivorship: {account: {groups: {address: {fields: [city, address, country], by: most_complete}}}}";
    let (record, _) = golden(complete, "account", &rows);
    assert_eq!(record.get("city").to_string(), "Shenzhen");
    // Without the group every field stands alone.
    let (record, _) = golden("survivorship: {account: {groups: {address: []}}}", "account", &rows);
    assert_eq!(
        (record.get("city").to_string(), record.get("country").to_string()),
        ("成都市".into(), "CN".into())
    );
    // A rule of its own takes a field out of the group that is there by default.
    let (record, _) = golden("survivorship: {account: {fields: {address: longest}}}", "account", &rows);
    assert_eq!(
        (record.get("city").to_string(), record.get("address").to_string()),
        ("成都市".into(), "Futian 1".into())
    );
}

#[test]
fn an_opt_out_survives_from_either_side() {
    for rows in [
        [("a", "opt_out=false;updated_at=2026-02-01T00:00:00Z"), ("b", "opt_out=true")],
        [("a", "opt_out=true"), ("b", "opt_out=false;updated_at=2026-02-01T00:00:00Z")],
    ] {
        let (record, cells) = golden("survivorship: {contact: {default: most_recent}}", "contact", &rows);
        assert_eq!(record.get("opt_out"), &Value::Bool(true));
        assert_eq!(cells.iter().find(|c| c.field == "opt_out").unwrap().rule, By::AnyYes);
    }
    let own = "objects: {account: {fields: {no_calls: {type: bool}, quiet: {type: bool, opt_out: true}}}}\n\
               survivorship: {account: {opt_outs: [no_calls]}}";
    let (record, _) = golden(own, "account", &[("a", "no_calls=false"), ("b", "no_calls=true;quiet=true")]);
    assert_eq!((record.get("no_calls"), record.get("quiet")), (&Value::Bool(true), &Value::Bool(true)));
    let (record, _) = golden(own, "account", &[("a", ""), ("b", "no_calls=false")]);
    assert_eq!((record.get("no_calls"), record.get("quiet")), (&Value::Bool(false), &Value::Missing));
}

#[test]
fn what_the_engine_keeps_stays_the_masters() {
    let rows = [
        ("a", "stage=open;created_at=2026-02-01T00:00:00Z"),
        ("b", "stage=won;outcome=won;loss_reason=x;created_at=2025-02-01T00:00:00Z;amount=1"),
    ];
    let (schema, compiled) = build("survivorship: {opportunity: {default: most_recent}}");
    let object = schema.object("opportunity").unwrap();
    let records: Vec<Record> = rows
        .iter()
        .map(|(id, fields)| {
            let mut record = Record::new(object.clone(), RecordId::new(*id).unwrap());
            for pair in fields.split(';') {
                let (field, value) = pair.split_once('=').unwrap();
                let value =
                    if field == "amount" { Value::money(1.into(), "CNY") } else { Value::text(value) };
                record.set(field, value).unwrap();
            }
            record
        })
        .collect();
    let members: Vec<Member<'_>> = records.iter().map(Member::new).collect();
    let record = compiled.unwrap().rules("opportunity").unwrap().golden(&members, 0).unwrap().record;
    assert_eq!(record.get("stage").to_string(), "open");
    assert!(record.get("outcome").is_blank() && record.get("loss_reason").is_blank());
    // The deal has been known since the first record of it; amounts are filled.
    assert_eq!(record.get("created_at").to_string(), "2025-02-01T00:00:00Z");
    assert_eq!(record.get("amount").to_string(), "1 CNY");
}

#[test]
fn a_record_does_not_become_its_own_parent() {
    let rows = [("a", "parent=b;name=x"), ("b", "parent=z"), ("c", "parent=a")];
    assert_eq!(survivor("qudao: 1", &rows, "parent"), ("z".to_owned(), "b".to_owned()));
    assert_eq!(survivor("qudao: 1", &[("a", "parent=b"), ("b", "")], "parent").0, "");
}

#[test]
fn lineage_names_what_was_lost() {
    let rows = [("a", "name=A"), ("c", "name=C;phone=1"), ("b", "name=B")];
    let (_, cells) = golden("qudao: 1", "account", &rows);
    let shown: Vec<String> = cells
        .iter()
        .map(|c| {
            let lost: Vec<String> = c.lost.iter().map(|l| format!("{}:{}", l.record, l.value)).collect();
            format!(
                "{}={} from {} by {} lost [{}]",
                c.field,
                c.value,
                c.from,
                c.rule.as_str(),
                lost.join(" ")
            )
        })
        .collect();
    assert_eq!(shown, ["name=A from a by master lost [b:B c:C]", "phone=1 from c by master lost []"]);
}

#[test]
fn an_edit_stands_for_the_record_that_was_merged() {
    let (schema, compiled) = build("survivorship: {account: {fields: {phone: longest}}}");
    let rules = compiled.unwrap();
    let records = records(&schema, "account", &[("a", "phone=9"), ("b", "phone=22222"), ("c", "phone=333")]);
    let phone = schema.object("account").unwrap().field_ix("phone").unwrap();
    let mut members: Vec<Member<'_>> = records.iter().map(Member::new).collect();
    // b was merged into a, then somebody wrote 9: b's phone is no longer asked for.
    members[0].edited.insert(phone);
    members[1].superseded.insert(phone);
    let golden = rules.rules("account").unwrap().golden(&members, 0).unwrap();
    assert_eq!(golden.record.get("phone").to_string(), "333");
}

#[test]
fn a_table_of_clusters() {
    let (schema, compiled) = build("qudao: 1");
    let rows = [("a", "name=A"), ("b", "name=B;phone=1"), ("c", "name=C"), ("d", "city=X")];
    let records = records(&schema, "account", &rows);
    let rules = compiled.unwrap();
    let table = rules.rules("account").unwrap().golden_table(&records, &[0, 1, 0, 1], &|_| ());
    let shown: Vec<(u32, Vec<u32>, u32, String)> = table
        .rows
        .iter()
        .map(|r| (r.cluster, r.rows.clone(), r.master, r.record.get("name").to_string()))
        .collect();
    // Of equally complete records the smaller id is the master; b fills more than d.
    assert_eq!(shown, [(0, vec![0, 2], 0, "A".to_owned()), (1, vec![1, 3], 1, "B".to_owned())]);
    assert_eq!(table.rows[1].record.get("city").to_string(), "X");
    // Rows beyond the clusters stand alone.
    assert_eq!(rules.rules("account").unwrap().golden_table(&records, &[], &|_| ()).rows.len(), 4);
}

#[test]
fn one_cluster_of_very_many_rows() {
    let (schema, compiled) = build("survivorship: {account: {default: most_frequent}}");
    let ids: Vec<String> = (0..20_000).map(|n| format!("r{n:05}")).collect();
    let rows: Vec<(&str, &str)> = ids
        .iter()
        .enumerate()
        .map(|(n, id)| (id.as_str(), if n % 3 == 0 { "name=A" } else { "name=B" }))
        .collect();
    let records = records(&schema, "account", &rows);
    let rules = compiled.unwrap();
    let table = rules.rules("account").unwrap().golden_table(&records, &vec![0; rows.len()], &|_| ());
    assert_eq!(table.rows.len(), 1);
    assert_eq!(table.rows[0].record.get("name").to_string(), "B");
    assert_eq!(table.rows[0].cells[0].lost.len(), 6_667);
}

#[test]
fn different_valid_tax_ids_conflict() {
    let yaml = "objects: {account: {fields: {tax_id: {format: uscc, identity: true}}}}";
    let (schema, _) = build(yaml);
    let made = |tax: &str| records(&schema, "account", &[("a", &format!("tax_id={tax}"))]).remove(0);
    let one = made("91440300708461136T");
    assert_eq!(identity_conflict(&one, &made("9144 0300 7084 6113 6t")), None);
    assert_eq!(
        identity_conflict(&one, &made("91440300708461136X")),
        None,
        "a wrong check character is no identity"
    );
    assert_eq!(identity_conflict(&one, &made("91440300192317458F")).unwrap().as_str(), "tax_id");
}

#[test]
fn every_lint_at_once() {
    let yaml = "
objects:
  account: {fields: {source: {type: choice, choices: [erp, crm]}, score: {type: int, compute: employees + 1}, odd: {type: text, opt_out: true}}}
  contact: {fields: {origin: {type: text}}}
survivorship:
  acount: {}
  account:
    default: earliest
    fields: {phne: longest, employees: longest, name: any_yes, score: master, updated_at: master, tax_id: most_trusted}
    groups: {place: [city, country], other: [city, cty], third: {fields: [name], by: longest}, fourth: {fields: [employees], by: most_trusted}}
    recency: name
    opt_outs: [phone]
  contact: {trust: [erp], fields: {opt_out: master}, source: orign}
  lead: {trust: [web, web], recency: updated}
  partner: {trust: [erp], default: most_trusted}
";
    let (_, compiled) = build(yaml);
    let en = Locale::en();
    let lines: Vec<String> = compiled
        .unwrap_err()
        .iter()
        .map(|l| {
            assert_ne!(l.text(&Locale::zh()), l.code);
            let fix = l.fix(&en).map(|f| format!(" ({f})")).unwrap_or_default();
            format!("{} {} {}: {}{fix}", l.severity, l.path, l.code, l.text(&en))
        })
        .collect();
    insta::assert_json_snapshot!(lines);
}

#[test]
fn a_source_that_is_no_choice_is_a_warning() {
    let yaml = "objects: {account: {fields: {source: {type: choice, choices: [erp, crm]}}}}\n\
                survivorship: {account: {trust: [erpp, crm]}}";
    let (_, compiled) = build(yaml);
    let warnings = compiled.unwrap().warnings().to_vec();
    assert_eq!(warnings.len(), 1);
    assert_eq!(warnings[0].code, "survivorship.unknown_source");
    assert_eq!(warnings[0].fix(&Locale::en()).as_deref(), Some("did you mean erp?"));
}

/// Rows with few different values, so that ties are met.
fn rows() -> impl Strategy<Value = Vec<(String, String)>> {
    let cell = prop_oneof![Just(""), Just("x"), Just("yy"), Just("zz")];
    let row = (cell.clone(), cell.clone(), cell, 0..3_i64, any::<bool>(), 1..4_u8).prop_map(
        |(name, city, address, employees, opt_out, day)| {
            format!("name={name};city={city};address={address};employees={employees};quiet={opt_out};updated_at=2026-01-0{day}T00:00:00Z")
        },
    );
    prop::collection::vec(row, 1..6)
        .prop_map(|rows| rows.into_iter().enumerate().map(|(i, r)| (format!("r{i}"), r)).collect())
}

proptest! {
    #[test]
    fn no_order_matters_and_opt_outs_and_values_survive(
        rows in rows(),
        by in prop_oneof![Just("master"), Just("most_recent"), Just("most_complete"), Just("most_frequent")],
        turn in 0..5_usize,
    ) {
        let yaml = format!("objects: {{account: {{fields: {{quiet: {{type: bool, opt_out: true}}}}}}}}\n\
                            survivorship: {{account: {{default: {by}}}}}");
        let (schema, compiled) = build(&yaml);
        let survivorship = compiled.unwrap();
        let rules = survivorship.rules("account").unwrap();
        let listed: Vec<(&str, &str)> = rows.iter().map(|(i, r)| (i.as_str(), r.as_str())).collect();
        let made = records(&schema, "account", &listed);
        let members: Vec<Member<'_>> = made.iter().map(Member::new).collect();
        let golden = rules.golden(&members, 0).unwrap();
        let mut turned: Vec<Member<'_>> = members.clone();
        turned.rotate_left(turn % members.len());
        let master = turned.iter().position(|m| m.record.id() == made[0].id()).unwrap();
        prop_assert_eq!(&rules.golden(&turned, master).unwrap(), &golden);
        // One record alone stays as it is, and a golden record is golden already.
        prop_assert_eq!(&rules.golden(&members[..1], 0).unwrap().record, &made[0]);
        let again = rules.golden(&[Member::new(&golden.record)], 0).unwrap();
        prop_assert_eq!(&again.record, &golden.record);
        let any_quiet = made.iter().any(|r| r.get("quiet") == &Value::Bool(true));
        prop_assert_eq!(golden.record.get("quiet") == &Value::Bool(true), any_quiet);
        for field in ["name", "employees"] {
            let held = made.iter().any(|r| !r.get(field).is_blank());
            prop_assert_eq!(!golden.record.get(field).is_blank(), held);
        }
        // The address is one record's.
        let address = |r: &Record| (r.get("city").clone(), r.get("address").clone());
        let blank = |v: &Value| if v.is_blank() { Value::Missing } else { v.clone() };
        let (city, street) = address(&golden.record);
        prop_assert!(
            made.iter().any(|r| blank(r.get("city")) == city && blank(r.get("address")) == street)
        );
        // Every cell's value is that of the record it names.
        for cell in &golden.cells {
            let from = made.iter().find(|r| *r.id() == cell.from).unwrap();
            prop_assert_eq!(&blank(from.get(cell.field.as_str())), &cell.value);
        }
    }
}
