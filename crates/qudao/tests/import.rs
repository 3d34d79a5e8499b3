//! Imports: what a file's shape does to what is stored.
#![cfg(feature = "import")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

use qudao::import::{ImportOptions, ImportReport, Mapping};
use qudao::prelude::*;

const BLUEPRINT: &str = "\
qudao: 1
objects:
  account:
    fields:
      name: {required: true}
validation:
  - id: opp.dates
    object: opportunity
    check: \"!has(closed_at) || closed_at >= created_at\"
    severity: warning
processes:
  sale:
    object: opportunity
    stages:
      - {id: first}
      - {id: second}
      - {id: won, class: won}
      - {id: lost, class: lost}
    policy: {create: any, skip: allow, backward: allow, loss_reason: optional}
";

fn name<T: std::str::FromStr<Err = qudao::model::IdError>>(text: &str) -> T {
    text.parse().unwrap()
}

fn now() -> Instant {
    Instant::parse("2026-01-01T00:00:00Z").unwrap()
}

fn session() -> Session {
    let engine = Blueprint::from_yaml(BLUEPRINT).unwrap().compile().unwrap();
    Workspace::in_memory(engine).unwrap().session(Actor::new(name("importer")), "en")
}

/// Imports files through a mapping that is given without its head.
fn import(session: &Session, files: &[(&str, &str)], mapping: &str) -> ImportReport {
    let folder = tempfile::tempdir().unwrap();
    for (file, text) in files {
        std::fs::write(folder.path().join(file), text).unwrap();
    }
    let mapping = Mapping::from_yaml("m", &format!("mapping: 1\nfiles:\n{mapping}"), ".").unwrap();
    session.import(&mapping, folder.path(), &ImportOptions::default(), now(), &mut |_| {}).unwrap()
}

#[test]
fn a_row_that_others_refer_to_comes_first() {
    let s = session();
    // A chain written backwards, a circle, and a row that refers to itself.
    let text = "id,name,parent\nc,C,b\nb,B,a\na,A,\nx,X,y\ny,Y,x\ns,S,s\nd,D,nowhere\n";
    let report = import(
        &s,
        &[("a.csv", text)],
        "  - {file: a.csv, object: account, id: id, columns: {name: name, parent: parent}}\n",
    );
    let missing: Vec<&str> = report
        .rejects
        .iter()
        .filter(|r| r.reasons.iter().any(|v| v.code == "field.reference_missing"))
        .map(|r| r.cells[0].1.as_str())
        .collect();
    // A circle has no beginning; d refers to nobody.
    assert_eq!(missing, ["y", "x", "d"]);
    assert_eq!(report.rows(), report.stored() + report.rejects.len());
}

const DEALS: &str = "
  - file: o.csv
    object: opportunity
    id: id
    columns: {id: name, made: created_at}
    history:
      stage: {column: stage}
";

#[test]
fn a_row_does_not_close_a_deal_that_is_open() {
    let s = session();
    // An open deal whose planned close lies before its creation had not been won and opened again.
    let report = import(
        &s,
        &[("o.csv", "id,made,stage,close\no1,2025-05-01,second,2025-03-01\no2,2025-05-01,won,2025-06-01\n")],
        &format!("{DEALS}      entered: {{_: made, won: close, lost: close}}\n"),
    );
    assert_eq!(report.stored(), 2);
    let stages = |id: &str| -> Vec<String> {
        let visits = s.visits(&name("opportunity"), &name(id)).unwrap();
        visits.iter().map(|v| v.stage.to_string()).collect()
    };
    assert_eq!(stages("o1"), ["second"]);
    assert_eq!(stages("o2"), ["won"]);
}

#[test]
fn rules_see_how_a_deal_ended() {
    let s = session();
    let report = import(
        &s,
        &[("o.csv", "id,made,stage,close\no1,2025-05-01,won,2025-03-01\no2,2025-05-01,won,2025-06-01\n")],
        &format!("{DEALS}      entered: {{won: close}}\n"),
    );
    let warned: Vec<(&str, usize)> = report.notes.iter().map(|n| (n.rule.as_str(), n.rows)).collect();
    assert_eq!(warned, [("opp.dates", 1)]);
}

#[test]
fn a_stay_that_cannot_be_read_rejects_its_record_alone() {
    let s = session();
    let visits =
        "deal,stage,entered\no1,first,2025-01-01\no1,second,soon\no2,first,2025-01-01\no2,won,2025-02-01\n";
    let report = import(
        &s,
        &[("o.csv", "id,made,stage\no1,2025-01-01,second\no2,2025-01-01,won\n"), ("v.csv", visits)],
        &format!("{DEALS}      visits: {{file: v.csv, record: deal, stage: stage, entered: entered}}\n"),
    );
    assert_eq!(report.stored(), 1);
    let reasons = &report.rejects[0].reasons;
    assert_eq!(reasons[0].code, "import.bad_visit");
    assert_eq!(reasons[0].text(&Locale::en()), "v.csv row 3: entered is missing or cannot be read");
}

#[test]
fn stays_of_a_record_that_is_not_in_the_file_are_told() {
    let s = session();
    let visits =
        "deal,stage,entered\no1,first,2025-01-01\no9,first,2025-01-01\no9,won,2025-02-01\n,won,2025-02-01\n";
    let report = import(
        &s,
        &[("o.csv", "id,made,stage\no1,2025-01-01,first\n"), ("v.csv", visits)],
        &format!("{DEALS}      visits: {{file: v.csv, record: deal, stage: stage, entered: entered}}\n"),
    );
    assert_eq!(report.stored(), 1);
    let note = &report.notes[0];
    assert_eq!((note.code.as_str(), note.file.as_str(), note.rows), ("import.orphan_visit", "v.csv", 3));
    assert_eq!(note.text_en, "no row of o.csv is the record of this stage");
}

#[test]
fn a_lead_that_comes_with_its_past_may_be_converted() {
    let s = session();
    let mapping = "
  - {file: a.csv, object: account, id: id, columns: {name: name}}
  - file: l.csv
    object: lead
    id: id
    columns: {company: company, made: created_at, done: converted_at, account: converted_account}
";
    let files = [
        ("a.csv", "id,name\na1,A\n"),
        ("l.csv", "id,company,made,done,account\nl1,A,2025-01-01,2025-02-01,a1\n"),
    ];
    let plain = import(&s, &files, mapping);
    assert_eq!(plain.rejects[0].reasons[0].code, "field.system", "an ordinary row may not say so");
    let report = import(&s, &files, &format!("{mapping}    history: {{}}\n"));
    assert_eq!(report.rejects, []);
    let lead = s.get(&name("lead"), &name("l1")).unwrap();
    assert_eq!(lead.get("converted_account").to_string(), "a1");
    let report = s.kpis(&KpiQuery::all(), &RateTable::new(), now()).unwrap();
    let value = report.whole("lead_conversion", None).unwrap().value.defined();
    assert_eq!(value, Some(Decimal::ONE));
}
