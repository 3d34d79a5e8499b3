//! The commands that keep data in order: compare, audit, cleanse, undo, standard.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

mod common;

use common::{Folder, qudao};
use insta::assert_snapshot;

const BLUEPRINT: &str = "\
qudao: 1
name: {en: Huaqiang, zh-CN: 华强}
objects:
  account:
    label: {en: Customer, zh-CN: 客户}
    types: [{id: project, label: {en: Project, zh-CN: 项目型}}, {id: channel, label: {en: Channel, zh-CN: 渠道型}}]
    fields:
      name: {required: true, normalise: company_name, help: {en: as on the licence, zh-CN: 与营业执照一致}, example: 深圳市华强电子有限公司}
      phone: {format: phone(CN)}
      tax_id: {format: uscc, unique: true}
      employees: {help: <b>people</b> | all sites}
validation:
  - {id: size, object: account, range: {field: employees, min: 1}, severity: warning}
  - {id: project.city, object: account, types: [project], required: [city]}
  - {id: reach, object: account, check: has(phone) || has(website), message: {en: give a way to reach them, zh-CN: 请填写联系方式}}
stewardship:
  - {id: owned, object: account, owned: true, then: assign}
  - {id: idle, object: account, idle: {field: updated_at, over_days: 30}}
roles:
  rep: {label: {en: Sales representative, zh-CN: 销售}, see: {_: all}, mask: {account: [tax_id]}, import_history: true}
";

const ACCOUNTS: &str = "\
id,name,phone,industry
a1,华强电子,0755-28780808,technolgy
a2,大疆,0755-28780809,technolgy
a3,Redwood Foods,010-55500001,food
";

const MAPPING: &str = "\
mapping: 1
blueprint: b.yaml
files:
  - {file: accounts.csv, object: account, id: id, columns: {name: name, phone: phone, industry: industry}}
";

const PLAN: &str = "object: account\nsteps: [{map: {field: industry, values: {technolgy: technology}}}]\n";

fn folder() -> Folder {
    let f = Folder::with(&[
        ("b.yaml", BLUEPRINT),
        (
            "new.yaml",
            &BLUEPRINT.replace(
                "phone: {format: phone(CN)}",
                "phone: {format: phone(CN)}\n      city: {required: true}",
            ),
        ),
        ("accounts.csv", ACCOUNTS),
        ("m.yaml", MAPPING),
        ("plan.yaml", PLAN),
    ]);
    let new = f.read("new.yaml");
    f.write("new.yaml", new.replace("range: {field: employees, min: 1}", "required: employees"));
    let ran = qudao([
        "import",
        "--db",
        &f.path("c.db"),
        "--mapping",
        &f.path("m.yaml"),
        "--data",
        &f.path(""),
        "--now",
        "2026-01-01T00:00:00Z",
    ]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    f
}

/// A command on the database.
fn on(f: &Folder, command: &str, more: &[&str]) -> common::Ran {
    let (db, b) = (f.path("c.db"), f.path("b.yaml"));
    let mut args = vec![command, "--db", &db, "--blueprint", &b, "--now", "2026-03-01T00:00:00Z"];
    args.extend(more);
    qudao(args)
}

#[test]
fn compare_tells_who_would_newly_be_refused() {
    let f = folder();
    let new = f.path("new.yaml");
    let ran = on(&f, "compare", &["--new", &new]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_snapshot!("compare", f.steady(&ran.out));
    assert_eq!(on(&f, "compare", &["--new", &new, "--fail-over", "3"]).code, 0);
    assert_eq!(on(&f, "compare", &["--new", &new, "--fail-over", "2"]).code, 1);
    let (b, table) = (f.path("b.yaml"), format!("account={}", f.path("accounts.csv")));
    let ran = qudao(["compare", "--blueprint", &b, "--new", &new, "--table", &table, "--json"]);
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(json["newly_blocked"].as_array().unwrap().len(), 3, "{json:#}");
    assert_eq!(qudao(["compare", "--blueprint", &b, "--new", &new]).code, 2);
}

#[test]
fn audit_tells_and_makes_tasks_once() {
    let f = folder();
    for locale in ["en", "zh-CN"] {
        let ran = on(&f, "audit", &["--locale", locale]);
        assert_eq!(ran.code, 1, "{}", ran.err);
        assert_snapshot!(format!("audit {locale}"), f.steady(&ran.out));
    }
    let tasks = |more: &[&str]| -> u64 {
        let ran = on(&f, "audit", &[&["--tasks", "--json"], more].concat());
        let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        json["tasks"].as_u64().unwrap()
    };
    assert_eq!((tasks(&[]), tasks(&[])), (6, 0));
}

#[test]
fn cleanse_shows_applies_and_undoes() {
    let f = folder();
    let plan = f.path("plan.yaml");
    let looked = on(&f, "cleanse", &["--plan", &plan]);
    assert_eq!(looked.code, 0, "{}", looked.err);
    assert_snapshot!("cleanse", f.steady(&looked.out));
    let applied = on(&f, "cleanse", &["--plan", &plan, "--apply", "industries"]);
    assert_snapshot!("cleanse applied", f.steady(&applied.out));
    let empty = on(&f, "cleanse", &["--plan", &plan, "--json"]);
    let json: serde_json::Value = serde_json::from_str(&empty.out).unwrap();
    assert_eq!(json["records"], 0);
    let undone = on(&f, "undo", &["--batch", "industries"]);
    assert_eq!(undone.code, 0, "{}", undone.err);
    assert_snapshot!("undo", f.steady(&undone.out));
    let unknown = on(&f, "undo", &["--batch", "no such"]);
    assert_ne!(unknown.code, 0);
    assert!(unknown.err.contains("no such"), "{}", unknown.err);
    f.write("bad.yaml", "object: account\nsteps: [{clear: [nmae]}]\n");
    let bad = on(&f, "cleanse", &["--plan", &f.path("bad.yaml")]);
    assert!(bad.err.contains("did you mean name?"), "{}", bad.err);
}

#[test]
fn the_entry_standard_is_written_for_a_role_in_both_languages() {
    let f = folder();
    let b = f.path("b.yaml");
    for locale in ["en", "zh-CN"] {
        let ran = qudao([
            "standard",
            "--blueprint",
            &b,
            "--object",
            "account",
            "--role",
            "rep",
            "--locale",
            locale,
        ]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert_snapshot!(format!("standard {locale}"), f.steady(&ran.out));
        assert!(!ran.out.contains("tax_id") && !ran.out.contains("Tax"), "masked for the role");
    }
    let page = f.path("page.html");
    let ran = qudao(["standard", "--blueprint", &b, "--object", "account", "--html", "--out", &page]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let html = f.read("page.html");
    assert!(html.contains("&lt;b&gt;people&lt;/b&gt;") && !html.contains("<b>people"), "escaped");
    assert!(html.contains("录入规范：客户") && html.contains("Entry standard: Customer"));
    assert_eq!(qudao(["standard", "--blueprint", &b, "--object", "acount"]).code, 3);
}
