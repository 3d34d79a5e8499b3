//! Records become one, and one comes out again.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

mod common;

use common::{Folder, Ran, qudao};

const BLUEPRINT: &str = "qudao: 1\nobjects: {account: {fields: {phone: {unique: true}}}}\n\
survivorship: {account: {fields: {name: longest}}}\n";

const ACCOUNTS: &str = "id,name,phone\na1,Acme,1\na2,Acme Limited,2\n";

const MAPPING: &str = "mapping: 1\nblueprint: b.yaml\nfiles:\n  - {file: accounts.csv, object: account, id: id, columns: {name: name, phone: phone}}\n";

fn run(f: &Folder, args: &[&str]) -> Ran {
    let (db, blueprint) = (f.path("c.db"), f.path("b.yaml"));
    let (name, rest) = args.split_first().unwrap();
    let mut all = vec![*name, "--db", &db, "--blueprint", &blueprint];
    all.extend(rest);
    qudao(all)
}

#[test]
fn a_merge_and_its_way_back() {
    let f = Folder::with(&[("b.yaml", BLUEPRINT), ("accounts.csv", ACCOUNTS), ("m.yaml", MAPPING)]);
    let imported =
        qudao(["import", "--db", &f.path("c.db"), "--mapping", &f.path("m.yaml"), "--data", &f.path("")]);
    assert_eq!(imported.code, 0, "{}{}", imported.out, imported.err);
    let checked = run(&f, &["merge", "--check", "account", "a1", "a2"]);
    assert_eq!(
        (checked.code, checked.out.as_str()),
        (0, "  account/a1\n  account/a2\nnothing stands in the way; records that would be touched: 2\n"),
        "{}",
        checked.err
    );
    let merged = run(&f, &["merge", "account", "a1", "a2"]);
    assert_eq!(
        (merged.code, merged.out.lines().last().unwrap()),
        (0, "done; records touched: 2"),
        "{}",
        merged.err
    );
    let again = run(&f, &["merge", "account", "a1", "a2", "--json"]);
    let answer: serde_json::Value = serde_json::from_str(&again.out).unwrap();
    assert_eq!(
        (again.code, &answer["findings"][0]["code"], &answer["ok"]),
        (1, &"merge.already_merged".into(), &false.into())
    );
    let zh = run(&f, &["merge", "account", "a1", "a1", "--locale", "zh-CN"]);
    assert_eq!(zh.out, "error: 记录不能合并到自身 (请指定另一条记录)\n已拒绝，未作任何更改\n");
    let out = run(&f, &["unmerge", "account", "a2", "--take", "name"]);
    assert_eq!(
        (out.code, out.out.as_str()),
        (0, "  account/a2\n  account/a1\ndone; records touched: 2\n"),
        "{}",
        out.err
    );
    let missing = run(&f, &["unmerge", "account", "zz"]);
    assert_ne!(missing.code, 0);
    assert!(missing.out.is_empty());
    assert_eq!(run(&f, &["verify"]).code, 0);
}
