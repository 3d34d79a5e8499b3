//! The names of merged records: their ids and external ids lead to the record that survived, on every way in, for those who may see it; and
//! an un-merge gives them back.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

use qudao::prelude::*;

const BLUEPRINT: &str = r"
qudao: 1
objects:
  account:
    fields:
      source: {type: text}
      phone: {format: phone(CN)}
survivorship:
  account:
    trust: [erp, crm]
    fields: {name: longest, industry: most_recent}
";

fn name<T: std::str::FromStr<Err = qudao::model::IdError>>(text: &str) -> T {
    text.parse().unwrap()
}

fn now() -> Instant {
    Instant::parse("2026-06-01T00:00:00Z").unwrap()
}

fn patch(fields: &[(&str, &str)]) -> Patch {
    fields.iter().map(|(f, v)| (name(f), Value::text(v))).collect()
}

fn key(object: &str, id: &str) -> RecordKey {
    RecordKey { object: name(object), id: name(id) }
}

fn workspace(yaml: &str) -> Workspace {
    Workspace::in_memory(Engine::from_yaml(yaml).unwrap_or_else(|e| panic!("{e}"))).unwrap()
}

fn done(session: &Session, command: Command) {
    let decision = session.submit(command, now()).unwrap();
    assert!(decision.is_allowed(), "{:?}", decision.violations);
}

fn create(session: &Session, object: &str, id: &str, fields: &[(&str, &str)]) {
    done(session, Command::create(name(object), patch(fields)).with_id(name(id)));
}

fn merge(session: &Session, master: &str, other: &str) {
    done(session, Command::merge(name("account"), name(master), vec![name(other)]));
}

fn unmerge(session: &Session, id: &str) {
    done(session, Command::unmerge(key("account", id)));
}

/// The ids of the records for which a condition holds.
fn found(session: &Session, object: &str, condition: &str) -> Vec<String> {
    let query = Query::of(name(object)).filter(condition).page(100);
    let page = session.query(&query, now()).unwrap_or_else(|e| panic!("{condition}: {e}"));
    page.records.iter().map(|r| r.id().to_string()).collect()
}

fn all(session: &Session, cases: &[(&str, &str, &[&str])]) {
    for (object, condition, expected) in cases {
        assert_eq!(found(session, object, condition), *expected, "{object}: {condition}");
    }
}

/// Three accounts with a contact each.
fn three() -> Session {
    let s = workspace(BLUEPRINT).session(Actor::new(name("alice")), "en");
    create(&s, "account", "a", &[("name", "Acme"), ("external_id", "ERP-7")]);
    create(&s, "account", "b", &[("name", "Acme Limited"), ("external_id", "ERP-8")]);
    create(&s, "account", "c", &[("name", "Acme Limited Company")]);
    for (id, account) in [("k1", "a"), ("k2", "b"), ("k3", "c")] {
        create(&s, "contact", id, &[("name", id), ("account", account)]);
    }
    s
}

#[test]
fn a_filter_by_an_old_id_finds_the_survivor() {
    let s = three();
    merge(&s, "a", "b");
    all(
        &s,
        &[
            ("account", "id == 'b'", &["a"]),
            ("account", "id in ['b', 'c']", &["a", "c"]),
            ("account", "id != 'b'", &["c"]),
            ("account", "id == 'a'", &["a"]),
            ("account", "id == 'b' && name == 'nobody'", &[]),
            ("contact", "account == 'b'", &["k1", "k2"]),
            ("contact", "account in ['b']", &["k1", "k2"]),
            ("contact", "account != 'b'", &["k3"]),
            ("contact", "account.id == 'b'", &["k1", "k2"]),
            ("account", "contacts.exists(k, k.account == 'b')", &["a"]),
            ("account", "id == 'nobody'", &[]),
        ],
    );
    // Along a chain of merges, and back.
    merge(&s, "c", "a");
    all(
        &s,
        &[
            ("account", "id == 'b'", &["c"]),
            ("contact", "account == 'b'", &["k1", "k2", "k3"]),
            ("contact", "account == 'a'", &["k1", "k2", "k3"]),
        ],
    );
    unmerge(&s, "a");
    unmerge(&s, "b");
    all(
        &s,
        &[
            ("account", "id == 'b'", &["b"]),
            ("account", "id != 'b'", &["a", "c"]),
            ("contact", "account == 'b'", &["k2"]),
        ],
    );
}

#[test]
fn an_external_id_that_lost_a_merge_finds_the_survivor() {
    let s = three();
    merge(&s, "a", "b");
    all(
        &s,
        &[
            ("account", "external_id == 'ERP-7'", &["a"]),
            ("account", "external_id == 'ERP-8'", &["a"]),
            ("account", "external_id in ['ERP-8', 'ERP-9']", &["a"]),
            ("account", "external_id != 'ERP-8'", &[]),
            ("account", "external_id == 'ERP-9'", &[]),
            ("contact", "account.external_id == 'ERP-8'", &["k1", "k2"]),
            // Only external ids: a name that lost names nobody.
            ("account", "name == 'Acme'", &[]),
        ],
    );
    merge(&s, "c", "a");
    // One that has none of its own takes that of the other; the third still leads there.
    all(
        &s,
        &[
            ("account", "external_id == 'ERP-7'", &["c"]),
            ("account", "external_id == 'ERP-8'", &["c"]),
            ("contact", "account.external_id == 'ERP-8'", &["k1", "k2", "k3"]),
        ],
    );
    unmerge(&s, "a");
    unmerge(&s, "b");
    all(
        &s,
        &[
            ("account", "external_id == 'ERP-8'", &["b"]),
            ("account", "external_id == 'ERP-7'", &["a"]),
            ("contact", "account.external_id == 'ERP-8'", &["k2"]),
        ],
    );
}

#[test]
fn the_master_s_own_external_id_leads_to_it_where_another_survived() {
    let rules = "fields: {name: longest, industry: most_recent}";
    let yaml = BLUEPRINT.replace(rules, "fields: {external_id: most_trusted}");
    assert_ne!(yaml, BLUEPRINT);
    let s = workspace(&yaml).session(Actor::new(name("alice")), "en");
    create(&s, "account", "a", &[("name", "Acme"), ("external_id", "CRM-1"), ("source", "crm")]);
    create(&s, "account", "b", &[("name", "Acme"), ("external_id", "ERP-1"), ("source", "erp")]);
    merge(&s, "a", "b");
    assert_eq!(s.get(&name("account"), &name("a")).unwrap().get("external_id").to_string(), "ERP-1");
    all(&s, &[("account", "external_id == 'ERP-1'", &["a"]), ("account", "external_id == 'CRM-1'", &["a"])]);
    // What a record holds now goes before what another held once.
    create(&s, "account", "n", &[("name", "New"), ("external_id", "CRM-1")]);
    all(&s, &[("account", "external_id == 'CRM-1'", &["n"])]);
}

#[test]
fn a_plan_to_cleanse_selects_by_old_names_too() {
    let s = three();
    merge(&s, "a", "b");
    let plan = |select: &str| {
        let yaml = format!(
            "{{object: account, select: \"{select}\", steps: [{{set: {{field: industry, value: steel}}}}]}}"
        );
        qudao::CleansePlan::from_yaml("plan", &yaml).unwrap()
    };
    for select in ["id == 'b'", "external_id == 'ERP-8'"] {
        let diff = s.cleanse(&plan(select), now()).unwrap();
        assert_eq!((diff.selected, diff.records[0].record.id.as_str()), (1, "a"), "{select}");
    }
}

const ROLES: &str = "
qudao: 1
roles:
  boss: {see: {_: all}, edit: {_: all}}
  rep:
    see: {account: partner_subtree, contact: all, partner: all}
    edit: {account: partner_subtree, contact: all}
    mask: {account: [phone]}
  blind: {see: {account: all, contact: all}, mask: {account: [external_id]}}
";

/// A boss, and somebody who sees what is of the partner p1.
fn boss_and_rep() -> (Session, Session) {
    let ws = workspace(ROLES);
    let boss = ws.session(Actor::new(name("boss")).with_role(name("boss")), "en");
    let rep = ws.session(Actor::new(name("rep")).with_role(name("rep")).with_partner(name("p1")), "en");
    for partner in ["p1", "p2"] {
        create(&boss, "partner", partner, &[("name", partner)]);
    }
    let account = |id: &str, partner: &str, external: &str| {
        create(&boss, "account", id, &[("name", id), ("partner", partner), ("external_id", external)]);
    };
    account("mine", "p1", "X-mine");
    account("joined", "p1", "X-joined");
    account("hidden", "p2", "X-hidden");
    account("other", "p2", "X-other");
    for id in ["mine", "joined", "hidden", "other"] {
        create(&boss, "contact", &format!("k-{id}"), &[("name", id), ("account", id)]);
    }
    (boss, rep)
}

#[test]
fn old_names_lead_nobody_to_what_he_does_not_see() {
    let (boss, rep) = boss_and_rep();
    // A record of his becomes part of one that he does not see; and one that he does not see part of one of his.
    merge(&boss, "hidden", "joined");
    merge(&boss, "mine", "other");
    let contacts: &[&str] = &["k-mine", "k-other"];
    all(
        &boss,
        &[
            ("account", "id == 'joined'", &["hidden"]),
            ("account", "external_id == 'X-joined'", &["hidden"]),
            ("account", "external_id == 'X-other'", &["mine"]),
            ("contact", "account == 'joined'", &["k-hidden", "k-joined"]),
        ],
    );
    all(
        &rep,
        &[
            ("account", "id == 'joined'", &[]),
            ("account", "external_id == 'X-joined'", &[]),
            ("contact", "account == 'joined'", &[]),
            ("contact", "account != 'joined' && account == 'hidden'", &["k-hidden", "k-joined"]),
            ("contact", "account.external_id == 'X-joined'", &[]),
            // The id of a record that ended in one that he sees answers with that, as a look-up by id does; what it held does not.
            ("account", "id == 'other'", &["mine"]),
            ("contact", "account == 'other'", contacts),
            ("account", "external_id == 'X-other'", &[]),
            ("contact", "account.external_id == 'X-other'", &[]),
        ],
    );
    let ws = rep.workspace();
    let blind = ws.session(Actor::new(name("blind")).with_role(name("blind")), "en");
    let query = Query::of(name("account")).filter("external_id == 'X-other'");
    assert_eq!(blind.query(&query, now()).unwrap_err().code(), "field.masked");
}

#[test]
fn a_reference_to_an_old_id_tells_nothing_of_a_survivor_that_is_not_seen() {
    let (boss, rep) = boss_and_rep();
    merge(&boss, "hidden", "joined");
    merge(&boss, "mine", "other");
    let told = |contact: &str, account: &str| -> String {
        let update = Command::update(key("contact", contact), patch(&[("account", account)]));
        let decision = rep.check(&update, now()).unwrap();
        serde_json::to_string(&decision).unwrap().replace(account, "?")
    };
    // Not even where the record refers to that survivor already.
    for contact in ["k-mine", "k-hidden"] {
        assert_eq!(told(contact, "joined"), told(contact, "nobody"), "{contact}");
    }
    assert!(!told("k-mine", "joined").contains("hidden"));
    let update = Command::update(key("contact", "k-joined"), patch(&[("account", "other")]));
    assert!(rep.check(&update, now()).unwrap().is_allowed());
}

#[cfg(feature = "import")]
mod import {
    use super::*;
    use qudao::import::{ImportOptions, ImportReport, Mapping};

    fn import(session: &Session, text: &str) -> ImportReport {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.csv"), text).unwrap();
        let mapping = "mapping: 1\nfiles:\n  - {file: a.csv, object: account, id: id, columns: {name: name, \
                       industry: industry, phone: phone, city: city}}\n";
        let mapping = Mapping::from_yaml("m", mapping, ".").unwrap();
        session.import(&mapping, folder.path(), &ImportOptions::default(), now(), &mut |_| {}).unwrap()
    }

    fn value(session: &Session, id: &str, field: &str) -> String {
        session.get(&name("account"), &name(id)).unwrap().get(field).to_string()
    }

    /// Stored, unchanged, rejected.
    fn counts(report: &ImportReport) -> (usize, usize, usize) {
        let already = report.files.iter().map(|f| f.already).sum();
        (report.stored(), already, report.rejects.len())
    }

    const FILE: &str = "id,name,industry,phone,city,note\n\
        a,Acme,steel,028-85553333,Chengdu,n1\n\
        b,Acme Limited,iron,0755-28780808,Shenzhen,n2\n";

    #[test]
    fn a_row_of_a_merged_record_changes_the_survivor_where_it_says_something_new() {
        let s = workspace(BLUEPRINT).session(Actor::new(name("alice")), "en");
        assert_eq!(counts(&import(&s, FILE)), (2, 0, 0));
        merge(&s, "a", "b");
        let chosen = |s: &Session| {
            let record = s.get(&name("account"), &name("a")).unwrap();
            (record.version(), ["name", "industry", "phone", "city"].map(|f| record.get(f).to_string()))
        };
        let before = chosen(&s);
        // The same rows again, in a file that is another: the merge has weighed what they say.
        assert_eq!(counts(&import(&s, &format!("{FILE}c,C,,,,\n"))), (1, 2, 0));
        assert_eq!(chosen(&s), before);
        // One cell is new. It is written, and nothing else of its row.
        let changed = FILE.replace("iron", "copper");
        assert_eq!(counts(&import(&s, &changed)), (1, 1, 0));
        assert_eq!(value(&s, "a", "industry"), "copper");
        assert_eq!(
            (value(&s, "a", "name"), value(&s, "a", "city")),
            (before.1[0].clone(), before.1[3].clone())
        );
        assert_eq!(found(&s, "account", "id == 'b'"), ["a"]);
        // After an un-merge the row is about its own record again.
        unmerge(&s, "b");
        assert_eq!(value(&s, "b", "industry"), "iron");
        assert_eq!(value(&s, "a", "industry"), "copper");
        assert_eq!(counts(&import(&s, &format!("{changed}d,D,,,,\n"))), (3, 0, 0));
        assert_eq!(
            (value(&s, "a", "industry"), value(&s, "b", "industry")),
            ("steel".into(), "copper".into())
        );
    }

    #[test]
    fn what_somebody_wrote_since_gives_way_to_a_file_as_ever() {
        let s = workspace(BLUEPRINT).session(Actor::new(name("alice")), "en");
        import(&s, FILE);
        merge(&s, "a", "b");
        done(&s, Command::update(key("account", "a"), patch(&[("city", "Wuhan")])));
        // The value that stands is not one that the merge chose, so that the master's row speaks, and then that of the other says nothing new.
        import(&s, &format!("{FILE}c,C,,,,\n"));
        assert_eq!(value(&s, "a", "city"), "Chengdu");
    }

    #[test]
    fn a_reference_to_a_merged_record_is_no_change() {
        let s = three();
        merge(&s, "a", "b");
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("k.csv"), "id,account\nk1,b\nk2,b\nk3,b\n").unwrap();
        let mapping =
            "mapping: 1\nfiles:\n  - {file: k.csv, object: contact, id: id, columns: {account: account}}\n";
        let mapping = Mapping::from_yaml("m", mapping, ".").unwrap();
        let report =
            s.import(&mapping, folder.path(), &ImportOptions::default(), now(), &mut |_| {}).unwrap();
        assert_eq!(counts(&report), (1, 2, 0));
        assert_eq!(found(&s, "contact", "account == 'a'"), ["k1", "k2", "k3"]);
    }

    /// A file is no way to guess at what one may not read.
    #[test]
    fn a_row_that_says_what_is_hidden_is_refused_like_one_that_does_not() {
        let (boss, rep) = boss_and_rep();
        done(&boss, Command::update(key("account", "mine"), patch(&[("phone", "1")])));
        merge(&boss, "hidden", "joined");
        let head = "id,name,industry,phone,city\n";
        let refused = |row: &str| -> Vec<String> {
            let report = import(&rep, &format!("{head}{row}\n"));
            assert_eq!(counts(&report), (0, 0, 1), "{row}");
            report.rejects[0].reasons.iter().map(|v| v.code.to_string()).collect()
        };
        // A record that he does not see, by its id and by the id of one that ended in it.
        for id in ["hidden", "joined"] {
            assert_eq!(refused(&format!("{id},hidden,,,")), ["access.edit_denied"], "{id}");
            assert_eq!(refused(&format!("{id},guess,,,")), ["access.edit_denied"], "{id}");
        }
        // A field that he may not read.
        assert_eq!(refused("mine,mine,,1,"), ["field.masked"]);
        assert_eq!(refused("mine,mine,,2,"), ["field.masked"]);
    }
}
