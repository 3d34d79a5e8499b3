//! Merging: what survives, what moves, what still answers; and that an un-merge brings all of it back.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

use proptest::prelude::*;
use qudao::model::SurvivalRule as By;
use qudao::prelude::*;
use qudao::{Lineage, LineageCell};

const BLUEPRINT: &str = r"
qudao: 1
objects:
  account:
    fields:
      source: {type: text}
      tax_id: {format: uscc, identity: true}
      phone: {unique: true}
      no_mail: {type: bool, opt_out: true}
      label: {type: text, compute: name + '!'}
  contact:
    fields:
      owner_name: {type: text, compute: account.name}
  opportunity:
    fields:
      probability: {type: decimal}
validation:
  - {id: contact.once, object: contact, unique: [account, name]}
matching:
  account.same: {compare: {name: company_name}, thresholds: {match: 0.6, review: 0.5}}
duplicates:
  - {using: account.same, merge: block}
processes:
  sale:
    object: opportunity
    stages:
      - {id: open}
      - {id: won, class: won}
      - {id: lost, class: lost}
survivorship:
  account:
    trust: [erp, crm]
    fields: {name: longest, email: most_trusted, website: most_recent}
  opportunity:
    fields: {amount: most_recent}
";

fn name<T: std::str::FromStr<Err = qudao::model::IdError>>(text: &str) -> T {
    text.parse().unwrap()
}

fn at(minute: i64) -> Instant {
    Instant::from_micros(1_780_000_000_000_000 + minute * 60_000_000)
}

fn patch(fields: &[(&str, Value)]) -> Patch {
    fields.iter().map(|(f, v)| (name(f), v.clone())).collect()
}

fn t(text: &str) -> Value {
    Value::text(text)
}

fn key(object: &str, id: &str) -> RecordKey {
    RecordKey { object: name(object), id: name(id) }
}

/// A workspace with a clock that goes one minute for each command.
struct World {
    session: Session,
    minute: std::cell::Cell<i64>,
}

impl World {
    fn new() -> Self {
        Self::of(BLUEPRINT)
    }

    fn of(yaml: &str) -> Self {
        let engine = Engine::from_yaml(yaml).unwrap_or_else(|e| panic!("{e}"));
        let ws = Workspace::in_memory(engine).unwrap();
        let session = ws.session(Actor::new(name("alice")), "en");
        Self { session, minute: std::cell::Cell::new(0) }
    }

    fn submit(&self, command: Command) -> Decision {
        self.minute.set(self.minute.get() + 1);
        self.session.submit(command, at(self.minute.get())).unwrap()
    }

    fn done(&self, command: Command) -> Decision {
        let decision = self.submit(command);
        assert!(decision.is_allowed(), "{:?}", decision.violations);
        decision
    }

    /// The codes of a refusal.
    fn refused(&self, command: Command) -> Vec<String> {
        let before = self.everything();
        let decision = self.submit(command);
        assert!(!decision.is_allowed());
        assert!(decision.changes.is_empty() && decision.events.is_empty());
        assert_eq!(self.everything(), before);
        decision.blocking().map(|v| v.code.to_string()).collect()
    }

    fn create(&self, object: &str, id: &str, fields: &[(&str, Value)]) {
        self.done(Command::create(name(object), patch(fields)).with_id(name(id)));
    }

    fn update(&self, object: &str, id: &str, fields: &[(&str, Value)]) {
        self.done(Command::update(key(object, id), patch(fields)));
    }

    fn merge(&self, object: &str, master: &str, others: &[&str]) -> Decision {
        self.done(Command::merge(name(object), name(master), others.iter().map(|o| name(o)).collect()))
    }

    fn unmerge(&self, object: &str, id: &str) -> Decision {
        self.done(Command::unmerge(key(object, id)))
    }

    fn get(&self, object: &str, id: &str) -> Record {
        self.session.get(&name(object), &name(id)).unwrap()
    }

    fn text(&self, object: &str, id: &str, field: &str) -> String {
        self.get(object, id).get(field).to_string()
    }

    fn ids(&self, object: &str) -> Vec<String> {
        let page = self.session.query(&Query::of(name(object)).page(1000), at(0)).unwrap();
        page.records.iter().map(|r| r.id().to_string()).collect()
    }

    /// Every record with every value but its version.
    fn everything(&self) -> Vec<String> {
        let mut all = Vec::new();
        for object in ["account", "contact", "lead", "opportunity"] {
            let page = self.session.query(&Query::of(name(object)).page(1000), at(0)).unwrap();
            for mut record in page.records {
                record.set_version(0);
                all.push(format!("{object} {}", record.to_plain_json()));
            }
        }
        all
    }

    /// What is stored is what the log makes; and once more after a rebuild.
    fn verify(&self) {
        let ws = self.session.workspace();
        let report = ws.verify().unwrap();
        assert!(report.is_equal(), "{report:?}");
        ws.rebuild().unwrap();
        assert!(ws.verify().unwrap().is_equal());
    }

    fn lineage(&self, object: &str, id: &str) -> Lineage {
        self.session.lineage(&name(object), &name(id)).unwrap()
    }
}

fn cell<'l>(lineage: &'l Lineage, field: &str) -> &'l LineageCell {
    lineage.cells.iter().find(|c| c.field == *field).unwrap_or_else(|| panic!("{field}: {lineage:?}"))
}

fn two(w: &World) {
    w.create(
        "account",
        "a",
        &[("name", t("Acme")), ("phone", t("1")), ("city", t("Chengdu")), ("employees", 0_i64.into())],
    );
    w.create(
        "account",
        "b",
        &[
            ("name", t("Acme Limited")),
            ("phone", t("2")),
            ("source", t("erp")),
            ("email", t("erp@acme.com")),
            ("city", t("Beijing")),
            ("address", t("Chaoyang 1")),
            ("employees", 7_i64.into()),
            ("external_id", t("ERP-7")),
            ("no_mail", true.into()),
        ],
    );
    w.create("contact", "c1", &[("name", t("Li")), ("account", t("a"))]);
    w.create("contact", "c2", &[("name", t("Wang")), ("account", t("b"))]);
    w.create("opportunity", "o1", &[("name", t("Deal")), ("account", t("b"))]);
    w.done(Command::advance(key("opportunity", "o1"), name("won")));
}

#[test]
fn what_survives_what_moves_and_what_still_answers() {
    let w = World::new();
    two(&w);
    let decision = w.merge("account", "a", &["b"]);
    let record = w.get("account", "a");
    let shown = |field: &str| record.get(field).to_string();
    assert_eq!(shown("name"), "Acme Limited");
    assert_eq!(
        (shown("label"), shown("phone"), shown("email")),
        ("Acme Limited!".into(), "1".into(), "erp@acme.com".into())
    );
    // One address, not a mixture. Zero is a value; an opt-out stays.
    assert_eq!((shown("city"), shown("address")), ("Chengdu".into(), String::new()));
    assert_eq!(
        (shown("employees"), shown("no_mail"), shown("external_id")),
        ("0".into(), "true".into(), "ERP-7".into())
    );
    // Both ids answer, and so do their histories.
    assert_eq!(w.get("account", "b"), record);
    assert_eq!(w.ids("account"), ["a"]);
    let commands = |id: &str| -> Vec<String> {
        let history = w.session.history(&name("account"), &name(id)).unwrap();
        history.iter().map(|h| h.command.clone()).collect()
    };
    assert_eq!(
        (commands("a"), commands("b")),
        (vec!["create".into(), "merge".into()], vec!["create".into(), "merge".into()])
    );
    // The children moved, their computed fields with them; the won deal is there once.
    assert_eq!(
        (w.text("contact", "c2", "account"), w.text("contact", "c2", "owner_name")),
        ("a".into(), "Acme Limited".into())
    );
    assert_eq!(
        (w.text("opportunity", "o1", "account"), w.text("opportunity", "o1", "outcome")),
        ("a".into(), "won".into())
    );
    let records: Vec<String> = decision.records.iter().map(ToString::to_string).collect();
    assert_eq!(records, ["account/a", "account/b", "contact/c2", "opportunity/o1"]);
    let mut kinds: Vec<&str> = decision.events.iter().map(|e| e.kind.as_str()).collect();
    kinds.sort_unstable();
    assert_eq!(
        kinds,
        [
            "qudao.account.absorbed",
            "qudao.account.merged",
            "qudao.contact.updated",
            "qudao.opportunity.updated"
        ]
    );
    // A command on the old id reaches the survivor, and so does a new reference.
    w.update("account", "b", &[("industry", t("steel"))]);
    assert_eq!(w.text("account", "a", "industry"), "steel");
    w.create("contact", "c3", &[("name", t("Zhao")), ("account", t("b"))]);
    assert_eq!(w.text("contact", "c3", "account"), "a");
    assert_eq!(
        w.refused(Command::create(name("account"), Patch::new()).with_id(name("b"))),
        ["record.exists"]
    );
    // The unique value that lost is free again; the one that stayed is not.
    w.create("account", "d", &[("name", t("Other GmbH")), ("phone", t("2"))]);
    assert_eq!(
        w.refused(Command::create(name("account"), patch(&[("name", t("Third")), ("phone", t("1"))]))),
        ["field.unique"]
    );
    w.verify();
}

#[test]
fn lineage_tells_where_each_value_came_from() {
    let w = World::new();
    two(&w);
    w.merge("account", "a", &["b"]);
    let lineage = w.lineage("account", "b");
    assert_eq!((lineage.record.as_str(), lineage.merged.len()), ("a", 1));
    let employees = cell(&lineage, "employees");
    assert_eq!(
        (employees.value.to_string(), employees.rule, employees.from.as_ref().unwrap().as_str()),
        ("0".into(), By::Master, "a")
    );
    assert_eq!(
        employees.lost.iter().map(|l| format!("{}:{}", l.record, l.value)).collect::<Vec<_>>(),
        ["b:7"]
    );
    assert_eq!((cell(&lineage, "name").rule, cell(&lineage, "no_mail").rule), (By::Longest, By::AnyYes));
    assert!(!cell(&lineage, "name").edited);
    w.update("account", "a", &[("name", t("ACME"))]);
    let lineage = w.lineage("account", "a");
    let edited = cell(&lineage, "name");
    assert!(edited.edited);
    assert_eq!((edited.value.to_string(), edited.from.as_ref().unwrap().as_str()), ("ACME".into(), "a"));
    // Of a record into which nothing was merged there is nothing to tell.
    assert!(w.lineage("contact", "c1").cells.is_empty());
}

#[test]
fn an_unmerge_brings_everything_back() {
    let w = World::new();
    two(&w);
    let before = w.everything();
    w.merge("account", "a", &["b"]);
    assert_ne!(w.everything(), before);
    let decision = w.unmerge("account", "b");
    assert_eq!(decision.record().unwrap().to_string(), "account/b");
    assert_eq!(w.everything(), before);
    assert!(w.lineage("account", "a").cells.is_empty());
    // Claims are back as well.
    assert_eq!(
        w.refused(Command::create(name("account"), patch(&[("name", t("Third")), ("phone", t("2"))]))),
        ["field.unique"]
    );
    w.verify();
    // And merging again gives the same again.
    w.merge("account", "a", &["b"]);
    assert_eq!(w.text("account", "a", "name"), "Acme Limited");
    w.verify();
}

#[test]
fn later_edits_stay_with_the_survivor_unless_told_otherwise() {
    let w = World::new();
    two(&w);
    w.create("contact", "c0", &[("name", t("Old")), ("account", t("b"))]);
    w.merge("account", "a", &["b"]);
    w.update("account", "a", &[("name", t("Acme Group")), ("industry", t("steel")), ("city", t("Wuhan"))]);
    w.create("contact", "c3", &[("name", t("New")), ("account", t("a"))]);
    w.create("contact", "c4", &[("name", t("Newer")), ("account", t("a"))]);
    w.update("contact", "c0", &[("account", Value::Missing)]);
    w.done(
        Command::unmerge(key("account", "b"))
            .taking([name("industry"), name("city")])
            .with_children([key("contact", "c4")]),
    );
    let values = |id: &str| ["name", "industry", "city", "address"].map(|f| w.text("account", id, f));
    // The name that was written later stays; the address goes with the restored record as one group.
    assert_eq!(values("a"), ["Acme Group", "", "Chengdu", ""]);
    assert_eq!(values("b"), ["Acme Limited", "steel", "Wuhan", ""]);
    // What came back, what was moved away since, what was made since, and what was named.
    let account = |id: &str| w.text("contact", id, "account");
    assert_eq!([account("c2"), account("c0"), account("c3"), account("c4")], ["b", "", "a", "b"]);
    w.verify();
}

#[test]
fn chains_come_apart_in_any_order() {
    let make = || {
        let w = World::new();
        two(&w);
        w.create(
            "account",
            "c",
            &[("name", t("Acme Limited Company")), ("phone", t("3")), ("website", t("acme.com"))],
        );
        w.create("contact", "c5", &[("name", t("Sun")), ("account", t("c"))]);
        w
    };
    let plain = make().everything();
    // In turn or at once: the same record, but for the time of its last change.
    let (chain, once) = (make(), make());
    chain.merge("account", "a", &["b"]);
    chain.merge("account", "a", &["c"]);
    once.merge("account", "a", &["c", "b"]);
    let strip = |w: &World| -> Vec<(String, String)> {
        let record = w.get("account", "a");
        record
            .values()
            .filter(|(f, _)| *f != "updated_at")
            .map(|(f, v)| (f.to_string(), v.to_string()))
            .collect()
    };
    assert_eq!(strip(&chain), strip(&once));
    // The first out first: what is left is what a merge with the other alone gives.
    let alone = make();
    alone.merge("account", "a", &["c"]);
    for w in [&chain, &once] {
        w.unmerge("account", "b");
        assert_eq!(strip(w), strip(&alone));
        assert_eq!(w.text("contact", "c5", "account"), "a");
        assert_eq!(w.text("contact", "c2", "account"), "b");
        w.verify();
        w.unmerge("account", "c");
        assert_eq!(w.everything(), plain);
        w.verify();
    }
}

#[test]
fn a_survivor_may_be_merged_in_turn() {
    let w = World::new();
    two(&w);
    w.create("account", "d", &[("name", t("D")), ("phone", t("4")), ("employees", Value::Missing)]);
    let plain = w.everything();
    w.merge("account", "a", &["b"]);
    // A computed field is worked out when its record is saved, and a child that moves is.
    w.update("contact", "c1", &[]);
    let merged = w.everything();
    w.merge("account", "d", &["a"]);
    assert_eq!(w.ids("account"), ["d"]);
    // Every id answers with the last survivor; its values come from all three.
    for id in ["a", "b", "d"] {
        assert_eq!(w.get("account", id).id().as_str(), "d");
    }
    let lineage = w.lineage("account", "b");
    assert_eq!(lineage.merged.iter().map(|r| r.to_string()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(cell(&lineage, "name").from.as_ref().unwrap().as_str(), "b");
    assert_eq!(
        (w.text("account", "d", "employees"), w.text("contact", "c2", "account")),
        ("0".into(), "d".into())
    );
    w.verify();
    // b stands in a, and a does not stand: a comes first.
    let refused = w.submit(Command::unmerge(key("account", "b")));
    assert_eq!(refused.violations[0].code, "merge.survivor_merged");
    assert_eq!(refused.violations[0].fix(&Locale::en()).unwrap(), "un-merge a first");
    w.unmerge("account", "a");
    assert_eq!(w.everything(), merged);
    w.unmerge("account", "b");
    let without =
        |all: Vec<String>| -> Vec<String> { all.into_iter().filter(|r| !r.contains("\"c1\"")).collect() };
    assert_eq!(without(w.everything()), without(plain));
    w.verify();
}

#[test]
fn two_valid_tax_ids_are_two_companies_unless_somebody_answers_for_it() {
    let w = World::new();
    w.create("account", "a", &[("name", t("A")), ("tax_id", t("91440300708461136T"))]);
    w.create("account", "b", &[("name", t("B")), ("tax_id", t("91440300192317458F"))]);
    w.create("account", "c", &[("name", t("C"))]);
    let merge = || Command::merge(name("account"), name("a"), vec![name("b")]);
    assert_eq!(w.refused(merge()), ["merge.identity"]);
    // A third record is no bridge.
    assert_eq!(
        w.refused(Command::merge(name("account"), name("c"), vec![name("a"), name("b")])),
        ["merge.identity"]
    );
    w.merge("account", "c", &["a"]);
    assert_eq!(w.refused(Command::merge(name("account"), name("c"), vec![name("b")])), ["merge.identity"]);
    w.unmerge("account", "a");
    let grant = |rule: &str, record: &str| {
        Command::new(CommandKind::GiveGrant {
            grant: Grant {
                id: format!("g-{rule}-{record}"),
                record: key("account", record),
                rule: name(rule),
                granted_by: name("alice"),
                granted_to: None,
                reason: "the tax office renamed it".into(),
                expires_at: None,
                granted_at: at(0),
            },
        })
    };
    w.done(grant("merge.identity", "a"));
    let decision = w.merge("account", "a", &["b"]);
    assert_eq!(decision.violations[0].code, "merge.identity");
    assert_eq!(decision.violations[0].severity, Severity::Warning);
    assert_eq!(w.text("account", "a", "tax_id"), "91440300708461136T");
    w.unmerge("account", "b");
    assert_eq!(w.text("account", "b", "tax_id"), "91440300192317458F");
    w.verify();
}

#[test]
fn a_branch_is_related_and_not_the_same() {
    let w = World::new();
    w.create("account", "a", &[("name", t("华为技术有限公司"))]);
    w.create("account", "b", &[("name", t("华为技术有限公司北京分公司"))]);
    assert_eq!(w.refused(Command::merge(name("account"), name("a"), vec![name("b")])), ["merge.related"]);
}

#[test]
fn what_happened_since_the_merge_stays_with_the_survivor() {
    let w = World::new();
    for id in ["o", "p"] {
        w.create("opportunity", id, &[("name", t(id))]);
    }
    w.merge("opportunity", "o", &["p"]);
    w.done(Command::advance(key("opportunity", "o"), name("won")));
    let changed = w.text("opportunity", "o", "updated_at");
    w.unmerge("opportunity", "p");
    assert_eq!(w.text("opportunity", "o", "updated_at"), changed);
    let outcome = |id: &str| w.text("opportunity", id, "outcome");
    assert_eq!((outcome("o"), outcome("p")), ("won".into(), "open".into()));
    // The one that comes back is where it was, and goes on from there.
    w.done(
        Command::advance(key("opportunity", "p"), name("lost"))
            .with_patch(patch(&[("loss_reason", t("price"))])),
    );
    w.verify();
}

#[test]
fn a_won_deal_and_a_converted_lead_are_no_losers() {
    let w = World::new();
    for (id, probability) in [("o", Some(0_i64)), ("p", None), ("q", Some(1))] {
        let p = probability.map_or(Value::Missing, |p| Value::Decimal(p.into()));
        w.create(
            "opportunity",
            id,
            &[("name", t(id)), ("probability", p), ("amount", Value::money(5.into(), "CNY"))],
        );
    }
    w.done(Command::advance(key("opportunity", "q"), name("won")));
    assert_eq!(w.refused(Command::merge(name("opportunity"), name("o"), vec![name("q")])), ["merge.won"]);
    // Zero is a probability, and stays one.
    w.merge("opportunity", "p", &["o"]);
    assert_eq!(w.text("opportunity", "p", "probability"), "0");
    w.merge("opportunity", "q", &["p"]);
    let record = w.get("opportunity", "q");
    assert_eq!(
        (record.get("outcome").to_string(), record.get("probability").to_string()),
        ("won".into(), "1".into())
    );
    assert_eq!(
        w.session.visits(&name("opportunity"), &name("o")).unwrap().last().unwrap().class,
        StageClass::Won
    );
    w.create("lead", "l", &[("name", t("L")), ("company", t("L")), ("status", t("new"))]);
    w.create("lead", "m", &[("name", t("M")), ("company", t("M"))]);
    w.done(Command::new(CommandKind::Convert {
        lead: name("m"),
        expected_version: None,
        account: None,
        contact: None,
        opportunity: None,
    }));
    assert_eq!(w.refused(Command::merge(name("lead"), name("l"), vec![name("m")])), ["merge.won"]);
    w.merge("lead", "m", &["l"]);
    assert_eq!(w.text("lead", "l", "status"), "converted");
    w.verify();
}

#[test]
fn what_is_asked_wrongly_is_told() {
    let w = World::new();
    two(&w);
    let merge = |master: &str, others: &[&str]| {
        Command::merge(name("account"), name(master), others.iter().map(|o| name(o)).collect())
    };
    assert_eq!(w.refused(merge("a", &[])), ["merge.nothing"]);
    assert_eq!(w.refused(merge("a", &["a"])), ["merge.itself"]);
    assert_eq!(w.refused(merge("a", &["b"]).expecting(9)), ["record.version_conflict"]);
    let missing = w.session.submit(merge("a", &["zz"]), at(50)).unwrap_err();
    assert_eq!(missing.code(), "record.not_found");
    assert_eq!(w.session.submit(merge("zz", &["a"]), at(50)).unwrap_err().code(), "record.not_found");
    let unknown = Command::merge(name("acount"), name("a"), vec![name("b")]);
    assert_eq!(w.session.submit(unknown, at(50)).unwrap_err().code(), "object.unknown");
    assert_eq!(w.refused(Command::unmerge(key("account", "b"))), ["merge.not_merged"]);
    assert_eq!(
        w.session.submit(Command::unmerge(key("account", "zz")), at(50)).unwrap_err().code(),
        "record.not_found"
    );
    w.merge("account", "a", &["b", "b"]);
    assert_eq!(w.refused(merge("a", &["b"])), ["merge.already_merged"]);
    let out = || Command::unmerge(key("account", "b"));
    assert_eq!(
        w.refused(out().taking([name("nmae"), name("label"), name("updated_at")])),
        ["field.unknown", "field.system", "field.system"]
    );
    assert_eq!(w.refused(out().with_children([key("account", "a")])), ["merge.no_child"]);
    assert_eq!(w.refused(out().expecting(1)), ["record.version_conflict"]);
    w.done(out().expecting(2));
}

#[test]
fn an_unmerge_that_would_break_uniqueness_is_refused_with_its_place() {
    let w = World::new();
    two(&w);
    w.merge("account", "a", &["b"]);
    w.create("account", "d", &[("name", t("Other GmbH")), ("phone", t("2"))]);
    let decision = w.submit(Command::unmerge(key("account", "b")));
    let violation = decision.blocking().next().unwrap();
    assert_eq!((violation.code.as_ref(), violation.record.as_ref().unwrap().as_str()), ("field.unique", "b"));
    assert_eq!(violation.fields, ["phone"]);
    w.update("account", "d", &[("phone", t("5"))]);
    w.unmerge("account", "b");
    w.verify();
}

#[test]
fn children_that_would_be_twice_forbid_the_merge() {
    let w = World::new();
    two(&w);
    w.create("contact", "c6", &[("name", t("Li")), ("account", t("b"))]);
    assert_eq!(w.refused(Command::merge(name("account"), name("a"), vec![name("b")])), ["field.unique"]);
    w.merge("contact", "c1", &["c6"]);
    w.merge("account", "a", &["b"]);
    w.verify();
}

#[test]
fn duplicate_rules_look_at_the_record_that_a_merge_leaves() {
    let w = World::new();
    w.create("account", "a", &[("name", t("Zebra"))]);
    w.create("account", "b", &[("name", t("Silverline Systems"))]);
    w.create("account", "c", &[("name", t("Silverline Systems"))]);
    // With b's name the survivor would be c; the record that is merged is no duplicate of it.
    let refused = w.submit(Command::merge(name("account"), name("a"), vec![name("b")]));
    assert_eq!(refused.blocking().map(|v| v.code.as_ref()).collect::<Vec<_>>(), ["duplicate.block"]);
    assert_eq!(
        refused.duplicates.iter().map(|d| d.record.clone().unwrap().to_string()).collect::<Vec<_>>(),
        ["c"]
    );
    w.merge("account", "a", &["b", "c"]);
    // Taking one out again is no duplicate: somebody says that it is not.
    w.unmerge("account", "c");
    w.verify();
}

#[test]
fn kpis_count_a_deal_once_and_a_merged_lead_as_excluded() {
    let w = World::new();
    two(&w);
    w.create("opportunity", "o2", &[("name", t("Deal 2")), ("account", t("a"))]);
    w.done(
        Command::advance(key("opportunity", "o2"), name("lost"))
            .with_patch(patch(&[("loss_reason", t("price"))])),
    );
    let ask = |metric: &str, by: &[&str]| {
        let mut query = KpiQuery::of([name(metric)]);
        if !by.is_empty() {
            query = query.by(by.iter().copied());
        }
        w.session.kpis(&query, &RateTable::new(), at(1_000)).unwrap()
    };
    w.merge("account", "a", &["b"]);
    let report = ask("win_rate", &["account"]);
    assert_eq!(report.rows.len(), 1);
    assert_eq!((report.rows[0].n, report.rows[0].value.defined()), (2, Some("0.5".parse().unwrap())));
    for id in ["l1", "l2", "l3"] {
        w.create("lead", id, &[("name", t("L")), ("company", t("L")), ("status", t("working"))]);
    }
    w.merge("lead", "l1", &["l2"]);
    let row = &ask("lead_conversion", &[]).rows[0];
    assert_eq!((row.n, row.excluded.iter().map(|e| e.count).sum::<u64>()), (2, 1));
    w.unmerge("lead", "l2");
    assert_eq!(ask("lead_conversion", &[]).rows[0].n, 3);
}

#[test]
fn a_key_sent_twice_merges_once() {
    let w = World::new();
    two(&w);
    let command = || Command::merge(name("account"), name("a"), vec![name("b")]).with_key(name("k"));
    assert!(!w.done(command()).replayed);
    let again = w.done(command());
    assert!(again.replayed);
    assert_eq!(w.get("account", "a").version(), 2);
}

const ROLES: &str = r"
qudao: 1
objects:
  account:
    fields: {phone: {unique: true}}
roles:
  boss: {see: {_: all}, edit: {_: all}}
  rep: {see: {account: partner_subtree, contact: own, opportunity: own, partner: all}, edit: {account: partner_subtree, contact: own}, mask: {account: [phone, tax_id]}}
survivorship:
  account: {fields: {phone: longest, name: longest}}
";

#[test]
fn nobody_merges_what_he_may_not_edit_and_masks_hold() {
    let w = World::of(ROLES);
    let boss = w.session.workspace().session(Actor::new(name("boss")).with_role(name("boss")), "en");
    let rep = w
        .session
        .workspace()
        .session(Actor::new(name("rep")).with_role(name("rep")).with_partner(name("p1")), "en");
    let put = |object: &str, id: &str, fields: &[(&str, Value)]| {
        let command = Command::create(name(object), patch(fields)).with_id(name(id));
        let decision = boss.submit(command, at(1)).unwrap();
        assert!(decision.is_allowed(), "{:?}", decision.violations);
    };
    put("partner", "p1", &[("name", t("P1"))]);
    put("partner", "p2", &[("name", t("P2"))]);
    put("user", "u1", &[("name", t("U"))]);
    put("account", "a", &[("name", t("Acme")), ("partner", t("p1")), ("phone", t("SECRET1"))]);
    put("account", "b", &[("name", t("Acme Ltd")), ("partner", t("p1")), ("phone", t("SECRET22"))]);
    put("account", "z", &[("name", t("Zed")), ("partner", t("p2"))]);
    // A contact of b that the rep does not see.
    put("contact", "c", &[("name", t("HIDDEN")), ("account", t("b")), ("owner", t("u1"))]);
    // A record of another partner is not there, for the merge as for everything.
    let merge = |master: &str, other: &str| Command::merge(name("account"), name(master), vec![name(other)]);
    assert_eq!(rep.submit(merge("a", "z"), at(2)).unwrap_err().code(), "record.not_found");
    assert_eq!(rep.submit(merge("z", "a"), at(2)).unwrap_err().code(), "record.not_found");
    for checked in [true, false] {
        let decision =
            if checked { rep.check(&merge("a", "b"), at(3)) } else { rep.submit(merge("a", "b"), at(3)) };
        let decision = decision.unwrap();
        assert!(decision.is_allowed(), "{:?}", decision.violations);
        let told = serde_json::to_string(&decision).unwrap();
        assert!(!told.contains("SECRET") && !told.contains("HIDDEN") && !told.contains("\"c\""), "{told}");
    }
    // What is masked is merged all the same, and what is hidden moved.
    let record = boss.get(&name("account"), &name("a")).unwrap();
    assert_eq!(
        (record.get("phone").to_string(), record.get("name").to_string()),
        ("SECRET22".into(), "Acme Ltd".into())
    );
    assert_eq!(boss.get(&name("contact"), &name("c")).unwrap().get("account").to_string(), "a");
    let lineage = rep.lineage(&name("account"), &name("b")).unwrap();
    assert!(lineage.cells.iter().all(|c| c.field != "phone"));
    assert!(lineage.cells.iter().any(|c| c.field == "name"));
    // Taking a masked field along is no way to read it.
    let out = Command::unmerge(key("account", "b")).taking([name("phone")]);
    let refused = rep.submit(out, at(4)).unwrap();
    assert_eq!(refused.blocking().map(|v| v.code.as_ref()).collect::<Vec<_>>(), ["field.masked"]);
    let decision = rep.submit(Command::unmerge(key("account", "b")), at(5)).unwrap();
    assert!(decision.is_allowed(), "{:?}", decision.violations);
    assert!(!serde_json::to_string(&decision).unwrap().contains("SECRET"));
    assert_eq!(boss.get(&name("contact"), &name("c")).unwrap().get("account").to_string(), "b");
    // The other partner's person may not undo it either.
    boss.submit(merge("a", "b"), at(6)).unwrap();
    let other = w
        .session
        .workspace()
        .session(Actor::new(name("rep2")).with_role(name("rep")).with_partner(name("p2")), "en");
    assert_eq!(
        other.submit(Command::unmerge(key("account", "b")), at(7)).unwrap_err().code(),
        "record.not_found"
    );
    assert_eq!(other.get(&name("account"), &name("b")).unwrap_err().code(), "record.not_found");
}

/// One step of a random history.
#[derive(Debug, Clone)]
enum Do {
    Merge(usize, usize),
    Unmerge(usize),
    Edit(usize, usize, u8),
    Move(usize, usize),
}

fn steps() -> impl Strategy<Value = Vec<Do>> {
    let n = 0..5_usize;
    let step = prop_oneof![
        3 => (n.clone(), n.clone()).prop_map(|(a, b)| Do::Merge(a, b)),
        3 => n.clone().prop_map(Do::Unmerge),
        2 => (n.clone(), 0..5_usize, any::<u8>()).prop_map(|(a, f, v)| Do::Edit(a, f, v)),
        1 => (n.clone(), n).prop_map(|(c, a)| Do::Move(c, a)),
    ];
    prop::collection::vec(step, 1..14)
}

const FREE: &str = r"
qudao: 1
objects:
  account: {fields: {no_mail: {type: bool, opt_out: true}}}
survivorship:
  account:
    fields: {name: longest, website: most_recent, industry: most_frequent, email: most_complete}
";

const FIELDS: [&str; 5] = ["name", "city", "website", "industry", "no_mail"];

fn random(v: u8, field: &str) -> Value {
    match field {
        "no_mail" => {
            if v.is_multiple_of(3) {
                Value::Missing
            } else {
                Value::Bool(v.is_multiple_of(2))
            }
        }
        _ => {
            if v.is_multiple_of(5) {
                Value::Missing
            } else {
                t(format!("Acme {}", "a".repeat(usize::from(v % 7))).trim())
            }
        }
    }
}

fn start(values: &[[u8; 5]]) -> World {
    let w = World::of(FREE);
    for (i, row) in values.iter().enumerate() {
        let fields: Vec<(&str, Value)> = FIELDS.iter().zip(row).map(|(f, v)| (*f, random(*v, f))).collect();
        w.create("account", &format!("a{i}"), &fields);
        w.create("contact", &format!("c{i}"), &[("name", t("n")), ("account", t(&format!("a{i}")))]);
    }
    w
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever happens, the log makes the same tables again, every id answers, children are never lost, and an
    /// opt-out is never forgotten by a merge.
    #[test]
    fn random_merges_and_edits_keep_everything(values in prop::array::uniform5(any::<[u8; 5]>()), steps in steps()) {
        let w = start(&values);
        for step in steps {
            let id = |i: usize| format!("a{i}");
            match step {
                Do::Merge(a, b) => {
                    let (one, two) = (w.get("account", &id(a)), w.get("account", &id(b)));
                    let command = Command::merge(name("account"), name(&id(a)), vec![name(&id(b))]);
                    let decision = w.submit(command);
                    prop_assert_eq!(decision.is_allowed(), one.id() != two.id());
                    let out = |r: &Record| r.get("no_mail") == &Value::Bool(true);
                    if decision.is_allowed() && (out(&one) || out(&two)) {
                        prop_assert!(out(&w.get("account", &id(a))));
                    }
                }
                Do::Unmerge(a) => {
                    w.submit(Command::unmerge(key("account", &id(a))));
                }
                Do::Edit(a, f, v) => w.update("account", &id(a), &[(FIELDS[f], random(v, FIELDS[f]))]),
                Do::Move(c, a) => w.update("contact", &format!("c{c}"), &[("account", t(&id(a)))]),
            }
        }
        let standing = w.ids("account");
        for i in 0..values.len() {
            let survivor = w.get("account", &format!("a{i}")).id().to_string();
            prop_assert!(standing.contains(&survivor));
            let account = w.text("contact", &format!("c{i}"), "account");
            prop_assert!(standing.contains(&account), "{}", account);
        }
        w.verify();
    }

    /// Deals become one in any order: no won deal ends in another one, and a probability is not lost, zero included.
    #[test]
    fn won_deals_and_zero_probabilities_survive(
        deals in prop::collection::vec((any::<bool>(), 0..3_u8), 2..5),
        merges in prop::collection::vec((0..5_usize, 0..5_usize), 1..7),
    ) {
        let w = World::new();
        for (i, (won, probability)) in deals.iter().enumerate() {
            let id = format!("o{i}");
            let probability = match probability {
                0 => Value::Missing,
                p => Value::Decimal(Decimal::from(p - 1)),
            };
            w.create("opportunity", &id, &[("name", t(&id)), ("probability", probability)]);
            if *won {
                w.done(Command::advance(key("opportunity", &id), name("won")));
            }
        }
        let won = |w: &World| w.ids("opportunity").iter().filter(|id| w.text("opportunity", id, "outcome") == "won").count();
        let place = |id: &str| id.trim_start_matches('o').parse::<usize>().unwrap();
        let values: Vec<Value> =
            (0..deals.len()).map(|i| w.get("opportunity", &format!("o{i}")).get("probability").clone()).collect();
        // How far each record that became one is from the one that stands.
        let mut members: Vec<std::collections::BTreeMap<usize, u32>> =
            (0..deals.len()).map(|i| std::collections::BTreeMap::from([(i, 0)])).collect();
        for (a, b) in merges {
            let (a, b) = (format!("o{}", a % deals.len()), format!("o{}", b % deals.len()));
            let (one, two, before) = (w.get("opportunity", &a), w.get("opportunity", &b), won(&w));
            let decision = w.submit(Command::merge(name("opportunity"), name(&a), vec![name(&b)]));
            prop_assert_eq!(won(&w), before);
            if decision.is_allowed() {
                let after = w.get("opportunity", &a);
                // The surviving record's own value, else that of the record nearest to it in the tree of merges, of equals the one
                // changed last: here the one made last.
                prop_assert_eq!(after.id(), one.id());
                let (kept, other) = (place(one.id().as_str()), place(two.id().as_str()));
                let joined = std::mem::take(&mut members[other]);
                members[kept].extend(joined.into_iter().map(|(i, depth)| (i, depth + 1)));
                let held = members[kept].iter().filter(|(i, _)| !values[**i].is_blank());
                let nearest = held.min_by_key(|(i, depth)| (**depth, std::cmp::Reverse(**i)));
                let expected = nearest.map_or(Value::Missing, |(i, _)| values[*i].clone());
                prop_assert_eq!(after.get("probability"), &expected);
            } else {
                prop_assert!(one.id() == two.id() || two.get("outcome").as_text() == Some("won"));
            }
        }
        w.verify();
    }

    /// Merges and un-merges in any order, with nothing written between them: in the end everything is as it was.
    #[test]
    fn unmerge_restores(values in prop::array::uniform5(any::<[u8; 5]>()), steps in steps()) {
        let w = start(&values);
        let before = w.everything();
        for step in steps {
            match step {
                Do::Merge(a, b) => {
                    w.submit(Command::merge(name("account"), name(&format!("a{a}")), vec![name(&format!("a{b}"))]));
                }
                Do::Unmerge(a) => {
                    w.submit(Command::unmerge(key("account", &format!("a{a}"))));
                }
                _ => {}
            }
        }
        while w.ids("account").len() < values.len() {
            let standing = w.ids("account").len();
            for i in 0..values.len() {
                w.submit(Command::unmerge(key("account", &format!("a{i}"))));
            }
            prop_assert!(w.ids("account").len() > standing);
        }
        prop_assert_eq!(w.everything(), before);
        w.verify();
    }

    /// A merge, edits, an un-merge: the restored record is as it was, the edits stay, and the rest is as it was.
    #[test]
    fn unmerge_after_edits(values in prop::array::uniform5(any::<[u8; 5]>()), edits in prop::collection::vec((0..5_usize, any::<u8>()), 0..6), parts in 1..4_usize) {
        let w = start(&values);
        let (a, b) = (w.get("account", "a0"), w.get("account", "a1"));
        let others: Vec<String> = (1..=parts).map(|i| format!("a{i}")).collect();
        for other in &others {
            w.merge("account", "a0", &[other]);
        }
        let merged = w.get("account", "a0");
        let mut written = std::collections::BTreeMap::new();
        for (f, v) in edits {
            w.update("account", "a0", &[(FIELDS[f], random(v, FIELDS[f]))]);
            written.insert(FIELDS[f], random(v, FIELDS[f]));
        }
        for other in &others {
            w.unmerge("account", other);
        }
        prop_assert_eq!(w.get("account", "a1"), b);
        let after = w.get("account", "a0");
        for field in FIELDS {
            let edited = written.get(field).filter(|v| *v != merged.get(field));
            prop_assert_eq!(after.get(field), edited.unwrap_or(a.get(field)), "{}", field);
        }
        w.verify();
    }
}
