//! What is kept of a record beside its keys changes how fast an answer comes, never the answer.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::path::Path;

use proptest::prelude::*;
use qudao::prelude::*;

const BLUEPRINT: &str = "
qudao: 1
objects:
  account:
    fields:
      tax_id: {type: text, identity: true}
      region: {type: text}
matching:
  account.same:
    compare: {name: company_name, address: address, phone: phone, email: email, tax_id: exact}
    thresholds: {match: 0.95, review: 0.5}
  lead.same:
    object: lead
    compare: {company: company_name, phone: phone, email: email}
duplicates:
  - {object: account, using: account.same, insert: report, update: report, import: 'off'}
  - object: lead
    using: lead.same
    against: [{object: account, fields: {company: name}}]
    insert: report
";

fn name<T: std::str::FromStr<Err = qudao::model::IdError>>(text: &str) -> T {
    text.parse().unwrap()
}

fn now() -> Instant {
    Instant::parse("2026-06-01T00:00:00Z").unwrap()
}

fn open(path: &Path) -> Workspace {
    Workspace::open_with(
        path,
        Engine::from_yaml(BLUEPRINT).unwrap(),
        WorkspaceOptions { fast_commits: true, ..WorkspaceOptions::default() },
    )
    .unwrap()
}

type Row = [&'static str; 4];

fn row() -> impl Strategy<Value = Row> {
    let names = [
        "深圳市华为技术有限公司",
        "华为技术",
        "华为技术有限公司北京分公司",
        "北京新星科技",
        "张伟",
        "Acme Tools Ltd",
        "ACME Tool Limited",
        "Acme Trading",
        "",
    ];
    let phones = ["0755-28780808", "+86 755 28780808", "021-5555 1234", "N/A", ""];
    let mails = ["sales@huawei.example", "li.lei@huawei.example", "lilei@qq.com", ""];
    let taxes = ["91440300708461136T", "91110000802100433B", "x1", "", ""];
    let of = |texts: &'static [&'static str]| prop::sample::select(texts);
    (
        of(names.to_vec().leak()),
        of(phones.to_vec().leak()),
        of(mails.to_vec().leak()),
        of(taxes.to_vec().leak()),
    )
        .prop_map(|(n, p, e, t)| [n, p, e, t])
}

fn patch(row: &Row, first: &str) -> Patch {
    let fields = [first, "phone", "email", "tax_id"];
    let given =
        fields.into_iter().zip(row).filter(|(f, v)| !v.is_empty() && (first == "name" || *f != "tax_id"));
    given.map(|(f, v)| (name(f), Value::text(*v))).collect()
}

fn answers(session: &Session, questions: &[Row]) -> Vec<Vec<qudao::model::DuplicateFinding>> {
    let ask = |object: &str, field: &str, row: &Row| {
        session.find_duplicates(&name(object), None, &patch(row, field)).unwrap()
    };
    questions.iter().flat_map(|row| [ask("account", "name", row), ask("lead", "company", row)]).collect()
}

fn sql(path: &Path, text: &str) {
    rusqlite::Connection::open(path).unwrap().execute_batch(text).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn answers_are_those_that_the_records_give(
        rows in prop::collection::vec(row(), 1..12),
        changed in prop::collection::vec((any::<prop::sample::Index>(), row()), 0..4),
        merged in any::<bool>(),
        questions in prop::collection::vec(row(), 1..5),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        let workspace = open(&path);
        let session = workspace.session(Actor::new(name("u")), "en");
        let key = |at: usize| RecordKey { object: name("account"), id: name(&format!("a{at}")) };
        for (at, row) in rows.iter().enumerate() {
            let command = Command::create(name("account"), patch(row, "name")).with_id(key(at).id);
            session.submit(command.as_operation(Operation::Import), now()).unwrap();
            let command = Command::create(name("lead"), patch(row, "company")).as_operation(Operation::Import);
            session.submit(command, now()).unwrap();
        }
        for (at, row) in &changed {
            session.submit(Command::update(key(at.index(rows.len())), patch(row, "name")), now()).unwrap();
        }
        if merged && rows.len() > 1 {
            session.submit(Command::merge(name("account"), key(0).id, vec![key(1).id]), now()).unwrap();
        }
        prop_assert!(workspace.verify().unwrap().is_equal());
        let found = answers(&session, &questions);

        // Nothing kept: every candidate is read. Bytes of nobody's: as if there were none.
        for tables in [&["sketches", "features"][..], &["features"], &["sketches"]] {
            for table in tables {
                sql(&path, &format!("CREATE TABLE aside_{table} AS SELECT * FROM {table}; DELETE FROM {table}"));
            }
            prop_assert_eq!(&answers(&session, &questions), &found);
            for table in tables {
                sql(&path, &format!("INSERT INTO {table} SELECT made, x'0102030405060708' FROM aside_{table}"));
            }
            prop_assert_eq!(&answers(&session, &questions), &found);
            prop_assert!(!workspace.verify().unwrap().is_equal());
            for table in tables {
                sql(&path, &format!(
                    "DELETE FROM {table}; INSERT INTO {table} SELECT * FROM aside_{table}; DROP TABLE aside_{table}"
                ));
            }
            prop_assert!(workspace.verify().unwrap().is_equal());
        }
        sql(&path, "DELETE FROM sketches; UPDATE features SET packed = x'01'");
        prop_assert!(!workspace.verify().unwrap().is_equal());
        // Made by an earlier version: made anew with the next opening.
        drop((session, workspace));
        sql(&path, "UPDATE meta SET value = value || '0' WHERE name = 'derived_for'; DELETE FROM postings");
        let workspace = open(&path);
        prop_assert!(workspace.verify().unwrap().is_equal());
        let session = workspace.session(Actor::new(name("u")), "en");
        prop_assert_eq!(&answers(&session, &questions), &found);
    }
}
