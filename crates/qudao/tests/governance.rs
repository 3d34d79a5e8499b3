//! Dry runs of rules, audits, cleansing and its undoing.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use qudao::prelude::*;
use qudao::quality::StewardAction;
use qudao::{CleansePlan, RuleDirection};

fn name<T: std::str::FromStr<Err = qudao::model::IdError>>(text: &str) -> T {
    text.parse().unwrap()
}

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn patch(fields: &[(&str, Value)]) -> Patch {
    fields.iter().map(|(f, v)| (name(f), v.clone())).collect()
}

fn key(object: &str, id: &str) -> RecordKey {
    RecordKey { object: name(object), id: name(id) }
}

fn boss(ws: &Workspace) -> Session {
    ws.session(Actor::new(name("boss")).with_role(name("boss")), "en")
}

fn create(s: &Session, object: &str, id: &str, fields: &[(&str, Value)]) {
    let decision = s.submit(Command::create(name(object), patch(fields)).with_id(name(id)), at(T0)).unwrap();
    assert!(decision.is_allowed(), "{:?}", decision.violations());
}

const T0: &str = "2026-01-01T00:00:00Z";
const T1: &str = "2026-06-01T00:00:00Z";
const T2: &str = "2026-06-02T00:00:00Z";

const ROLES: &str =
    "roles: {boss: {see: {_: all}, edit: {_: all}}, rep: {see: {_: own}, mask: {account: [phone]}}}\n";

// Dry runs

const OLD: &str = "qudao: 1\nobjects: {account: {fields: {city: {required: true}, employees: {unique: true}}}}\nvalidation:\n  - {id: size, object: account, check: employees > 0, severity: warning}\n";
const NEW: &str = "qudao: 1\nobjects: {account: {fields: {phone: {required: true}}}}\nvalidation:\n  - {id: size, object: account, check: employees > 1, severity: error}\n  - {id: city, object: account, required: city, severity: warning}\n";

type Findings = BTreeSet<(String, String, Severity)>;

fn findings(engine: &Engine, data: &[(Option<i64>, bool, bool)]) -> (Findings, BTreeSet<String>) {
    let rows = rows(engine, data);
    let report = engine.validate(&name("account"), &rows, &Dataset::new(), None).unwrap();
    let id = |row: usize| rows.records[row].id().to_string();
    let all = report.rows.iter();
    let set = all.clone().map(|f| (id(f.row), f.violation.rule.to_string(), f.violation.severity)).collect();
    let errors = all.filter(|f| f.violation.severity == Severity::Error).map(|f| id(f.row)).collect();
    (set, errors)
}

fn rows(engine: &Engine, data: &[(Option<i64>, bool, bool)]) -> Rows {
    let cells = data.iter().map(|(size, city, phone)| {
        vec![
            ("name", Value::text("Acme")),
            ("employees", Value::from(*size)),
            ("city", if *city { Value::text("深圳") } else { Value::Missing }),
            ("phone", if *phone { Value::text("0755-83216789") } else { Value::text("N/A") }),
        ]
    });
    engine.rows(&name("account"), cells).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The dry run is the difference of two full validations.
    #[test]
    fn a_dry_run_is_the_difference_of_two_validations(
        data in prop::collection::vec((prop::option::of(0_i64..4), any::<bool>(), any::<bool>()), 0..20),
    ) {
        let (old, new) = (Engine::from_yaml(OLD).unwrap(), Engine::from_yaml(NEW).unwrap());
        let found = old.compare(&new, &rows(&old, &data).to_dataset(), None).unwrap();
        let ((before, blocked_before), (after, blocked_after)) = (findings(&old, &data), findings(&new, &data));
        let mut changes: BTreeMap<RuleDirection, Findings> = BTreeMap::new();
        for change in &found.changes {
            let of = changes.entry(change.direction).or_default();
            for record in &change.records {
                of.insert((record.to_string(), change.rule.to_string(), change.severity));
            }
            prop_assert!(!change.examples.is_empty());
            prop_assert_eq!(change.by_partner.iter().map(|s| s.records).sum::<usize>(), change.records.len());
        }
        let took = |d| changes.get(&d).cloned().unwrap_or_default();
        prop_assert_eq!(took(RuleDirection::NewlyFails), after.difference(&before).cloned().collect::<Findings>());
        prop_assert_eq!(took(RuleDirection::NewlyPasses), before.difference(&after).cloned().collect::<Findings>());
        let ids = |keys: &[RecordKey]| keys.iter().map(|k| k.id.to_string()).collect::<BTreeSet<_>>();
        prop_assert_eq!(
            ids(&found.newly_blocked),
            blocked_after.difference(&blocked_before).cloned().collect::<BTreeSet<_>>()
        );
        prop_assert_eq!(
            ids(&found.newly_free),
            blocked_before.difference(&blocked_after).cloned().collect::<BTreeSet<_>>()
        );
    }
}

#[test]
fn a_dry_run_counts_by_partner_and_owner_as_far_as_the_actor_sees() {
    let text = format!("qudao: 1\n{ROLES}");
    let new = Engine::from_yaml(&format!(
        "{text}objects: {{account: {{fields: {{phone: {{required: true}}}}}}}}\n"
    ));
    let ws = Workspace::in_memory(Engine::from_yaml(&text).unwrap()).unwrap();
    let s = boss(&ws);
    create(&s, "partner", "p1", &[("name", "华南代理".into())]);
    for (id, owner, partner) in [("a1", "u1", "p1"), ("a2", "u1", "p1"), ("a3", "u2", "p1")] {
        let fields = [("name", id.into()), ("owner", owner.into()), ("partner", partner.into())];
        create(&s, "account", id, &fields);
    }
    let new = new.unwrap();
    let found = s.compare(&new, at(T1)).unwrap();
    let shares = |shares: &[qudao::Share]| -> Vec<(String, usize)> {
        shares.iter().map(|s| (s.id.as_ref().unwrap().to_string(), s.records)).collect()
    };
    assert_eq!(shares(&found.blocked_by_owner), [("u1".into(), 2), ("u2".into(), 1)]);
    assert_eq!(shares(&found.blocked_by_partner), [("p1".into(), 3)]);
    assert_eq!(found.changes[0].examples.len(), 3);

    let rep = ws.session(Actor::new(name("u1")).with_role(name("rep")), "en");
    let found = rep.compare(&new, at(T1)).unwrap();
    assert_eq!(found.newly_blocked, [key("account", "a1"), key("account", "a2")]);
    assert!(found.changes[0].examples.is_empty(), "the actor may not read every field");
}

// Audits

#[test]
fn an_audit_makes_tasks_once_and_proposes_to_take_back() {
    let text = "qudao: 1\nstewardship:\n  - {id: idle, object: account, idle: {field: updated_at, over_days: 90}, then: take_back}\n  - {id: owned, object: account, owned: true, then: assign}\nmessages: {stewardship.idle: {en: sleeping, zh-CN: 沉睡}}\n";
    let ws = Workspace::in_memory(Engine::from_yaml(text).unwrap()).unwrap();
    let s = boss(&ws);
    create(&s, "user", "u1", &[("name", "Mei".into()), ("active", true.into())]);
    create(&s, "account", "a1", &[("name", "华强".into()), ("owner", "u1".into())]);
    assert_eq!(s.audit(at(T0)).unwrap(), []);
    let found = s.audit(at(T1)).unwrap();
    let [finding] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(finding.violation.text(s.locale()), "sleeping");
    assert_eq!((finding.owner.clone(), finding.action), (Some(name("u1")), StewardAction::TakeBack));

    let task = ws.engine().audit_task(finding, s.locale()).unwrap();
    let made = s.submit(task.clone(), at(T1)).unwrap();
    assert!(made.is_allowed());
    assert!(s.submit(task, at(T2)).unwrap().replayed, "the next night makes no second task");
    let tasks = s.query(&Query::of(name("activity")), at(T1)).unwrap().records;
    assert_eq!(tasks.len(), 1);
    assert_eq!(tasks[0].get("account").to_string(), "a1");
    assert_eq!(tasks[0].get("due_on").to_string(), "2026-06-15");

    let back = ws.engine().audit_take_back(finding).unwrap();
    assert!(s.submit(back, at(T2)).unwrap().is_allowed());
    let told: Vec<String> = s.audit(at(T2)).unwrap().iter().map(|f| f.violation.code.to_string()).collect();
    assert_eq!(told, ["stewardship.no_owner"]);
}

// Cleansing

fn cleansed() -> (Workspace, Session) {
    let text = format!(
        "qudao: 1\n{ROLES}objects: {{account: {{fields: {{phone: {{format: phone(CN)}}, name: {{required: true}}}}}}}}\n"
    );
    let ws = Workspace::in_memory(Engine::from_yaml(&text).unwrap()).unwrap();
    let s = boss(&ws);
    for (id, industry, city) in [
        ("a1", "technolgy", "深圳"),
        ("a2", "technolgy", "广州"),
        ("a3", "retail", "深圳"),
        ("a4", "technolgy", "深圳"),
    ] {
        create(
            &s,
            "account",
            id,
            &[("name", id.into()), ("industry", industry.into()), ("city", city.into())],
        );
    }
    (ws, s)
}

fn plan() -> CleansePlan {
    let text = "object: account\nselect: city == '深圳'\nsteps:\n  - map: {field: industry, values: {technolgy: technology}}\n  - set: {field: region, value: 华南}\n";
    CleansePlan::from_yaml("plan", text).unwrap()
}

fn field(s: &Session, id: &str, field: &str) -> String {
    s.get(&name("account"), &name(id)).unwrap().get(field).to_string()
}

#[test]
fn a_cleanse_is_looked_at_applied_and_undone() {
    let (ws, s) = cleansed();
    let before: Vec<_> = s.query(&Query::of(name("account")), at(T1)).unwrap().records;
    let diff = s.cleanse(&plan(), at(T1)).unwrap();
    assert_eq!((diff.selected, diff.records.len(), diff.cells()), (3, 3, 5));
    assert_eq!(field(&s, "a1", "industry"), "technolgy", "looking changes nothing");

    let done = s.apply(&diff, "industries", at(T1)).unwrap();
    assert_eq!(done.applied.len(), 3);
    assert_eq!(
        (field(&s, "a1", "industry"), field(&s, "a2", "industry")),
        ("technology".into(), "technolgy".into())
    );
    assert_eq!(field(&s, "a3", "region"), "华南");
    // Sent again, nothing happens twice.
    let versions = |s: &Session| -> Vec<u64> {
        s.query(&Query::of(name("account")), at(T1)).unwrap().records.iter().map(Record::version).collect()
    };
    let seen = versions(&s);
    s.apply(&diff, "industries", at(T1)).unwrap();
    assert_eq!(versions(&s), seen);

    // Somebody goes on working: that field is a conflict, its neighbour is reverted.
    let later = Command::update(key("account", "a4"), patch(&[("region", "华东".into())]));
    assert!(s.submit(later, at(T2)).unwrap().is_allowed());
    let undone = s.undo("industries", at(T2)).unwrap();
    assert_eq!(undone.reverted.len(), 3);
    assert_eq!(undone.conflicts.len(), 1);
    let conflict = &undone.conflicts[0];
    assert_eq!((conflict.record.clone(), conflict.field.as_str()), (key("account", "a4"), "region"));
    assert_eq!((conflict.written.to_string(), conflict.current.to_string()), ("华南".into(), "华东".into()));
    for old in &before {
        let id = old.id().as_str();
        assert_eq!(field(&s, id, "industry"), old.get("industry").to_string());
        let region = if id == "a4" { "华东".to_owned() } else { old.get("region").to_string() };
        assert_eq!(field(&s, id, "region"), region);
    }
    // The undoing is a batch too.
    s.undo("industries.undo", at(T2)).unwrap();
    assert_eq!(field(&s, "a1", "industry"), "technology");
    assert!(ws.verify().unwrap().is_equal());
    assert_eq!(s.undo("no such", at(T2)).unwrap_err().code(), "batch.unknown");
}

#[test]
fn a_cleanse_cannot_store_what_a_form_would_refuse() {
    let (_, s) = cleansed();
    let plan = "object: account\nsteps: [{set: {field: phone, value: '12'}}, {clear: [name]}]\n";
    let diff = s.cleanse(&CleansePlan::from_yaml("plan", plan).unwrap(), at(T1)).unwrap();
    assert_eq!(diff.records.len(), 4);
    let codes: Vec<&str> = diff.records[0].refused.iter().map(|v| v.code.as_ref()).collect();
    assert_eq!(codes, ["field.required", "field.format"]);
    let done = s.apply(&diff, "bad", at(T1)).unwrap();
    assert_eq!((done.applied.len(), done.refused.len()), (0, 4));
    assert_eq!(s.undo("bad", at(T2)).unwrap_err().code(), "batch.unknown", "nothing was done");
}

#[test]
fn who_changes_a_record_in_between_wins() {
    let (_, s) = cleansed();
    let diff = s.cleanse(&plan(), at(T1)).unwrap();
    let other = Command::update(key("account", "a1"), patch(&[("industry", "energy".into())]));
    assert!(s.submit(other, at(T1)).unwrap().is_allowed());
    let done = s.apply(&diff, "late", at(T2)).unwrap();
    assert_eq!(done.applied.len(), 2);
    assert_eq!(done.refused[0].1[0].code, "record.version_conflict");
    assert_eq!(field(&s, "a1", "industry"), "energy");
}

#[test]
fn a_cleanse_keeps_to_what_the_actor_may_see() {
    let (ws, s) = cleansed();
    create(&s, "account", "a9", &[("name", "own".into()), ("owner", "rep".into()), ("city", "深圳".into())]);
    let rep = ws.session(Actor::new(name("rep")).with_role(name("rep")), "en");
    let diff = rep.cleanse(&plan(), at(T1)).unwrap();
    assert_eq!((diff.selected, diff.records[0].record.clone()), (1, key("account", "a9")));
    let masked = |steps: &str| {
        let plan = CleansePlan::from_yaml("plan", &format!("object: account\n{steps}\n")).unwrap();
        rep.cleanse(&plan, at(T1)).unwrap_err().code()
    };
    assert_eq!(masked("steps: [{clear: [phone]}]"), "field.masked");
    assert_eq!(masked("select: has(phone)\nsteps: []"), "field.masked");
    s.apply(&s.cleanse(&plan(), at(T1)).unwrap(), "all", at(T1)).unwrap();
    assert_eq!(rep.undo("all", at(T2)).unwrap().reverted, [key("account", "a9")]);
}

#[test]
fn a_wrong_plan_is_told_at_once_with_its_places() {
    let (_, s) = cleansed();
    let wrong = CleansePlan::from_yaml("plan", "object: account\nstep: []\n").unwrap_err();
    assert_eq!(wrong.code(), "blueprint.invalid");
    let text = "object: account\nsteps:\n  - normalise: [nmae]\n  - set: {field: employees, value: many}\n  - map: {field: industri, values: {a: b}}\n";
    let Err(Error::Blueprint { lints, .. }) =
        s.cleanse(&CleansePlan::from_yaml("plan", text).unwrap(), at(T1))
    else {
        panic!("it has errors")
    };
    let mut told: Vec<(&str, &str)> = lints.iter().map(|l| (l.code, l.path.as_str())).collect();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            ("blueprint.unknown_field", "/steps/0/normalise/0"),
            ("blueprint.unknown_field", "/steps/2/map/field"),
            ("cleanse.bad_value", "/steps/1/set/value"),
        ]
    );
}
