//! The demo on the example data: one run, looked at from every side.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

mod common;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::OnceLock;

use common::{checkout, qudao, rows};

struct Demo {
    folder: tempfile::TempDir,
    answer: serde_json::Value,
}

impl Demo {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }
}

fn demo() -> &'static Demo {
    static DEMO: OnceLock<Demo> = OnceLock::new();
    DEMO.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let ran = qudao([
            "demo",
            "--data",
            checkout("examples/data").to_str().unwrap(),
            "--mapping",
            checkout("examples/mappings/demo.yaml").to_str().unwrap(),
            "--out",
            folder.path().to_str().unwrap(),
            "--now",
            "2025-12-31T16:00:00Z",
            "--json",
        ]);
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        Demo { folder, answer: serde_json::from_str(&ran.out).unwrap() }
    })
}

#[test]
fn no_row_is_lost() {
    let answer = &demo().answer["import"];
    let mut rejected = 0;
    for file in answer["files"].as_array().unwrap() {
        let n = |key: &str| file[key].as_u64().unwrap();
        assert_eq!(n("rows"), n("stored") + n("already") + n("rejected"), "{file}");
        rejected += n("rejected");
    }
    assert!(rejected > 30, "the dirt of the example data shows");
    assert_eq!(rows(&demo().read("rejects.csv")).len() as u64, rejected);
    assert_eq!(answer["rejected"].as_u64(), Some(rejected));
}

#[test]
fn encodings_are_detected_and_told() {
    let files = demo().answer["import"]["files"].as_array().unwrap();
    let found: BTreeMap<&str, &str> =
        files.iter().map(|f| (f["file"].as_str().unwrap(), f["encoding"].as_str().unwrap())).collect();
    assert_eq!(found["partners.csv"], "GB18030");
    assert_eq!(found["leads.csv"], "UTF-16LE");
    assert_eq!(found["products.xlsx"], "XLSX");
    assert_eq!(found["accounts.csv"], "UTF-8");
}

#[test]
fn what_is_wrong_is_told_with_what_would_mend_it() {
    let findings = demo().answer["import"]["findings"].as_array().unwrap();
    let has = |rule: &str, text: &str| {
        findings.iter().any(|f| {
            f["rule"] == rule
                && (f["text"].as_str().unwrap_or_default().contains(text)
                    || f["fix"].as_str().unwrap_or_default().contains(text))
        })
    };
    for (rule, text) in [
        ("account.name.required", "placeholders such as N/A count as missing"),
        ("account.type.choice", "did you mean"),
        ("account.industry.known", "did you mean electronics?"),
        ("opportunity.product.reference", "did you mean"),
        ("account.tax_id.imported", "check"),
        ("account.phone.format", "too few digits"),
        ("account.email.format", "@"),
        ("partner.licence.imported", "tax id"),
        ("import.row", "no such day"),
        ("import.row", "can be read as DMY, MDY"),
        ("import.row", "visits.csv row"),
        ("import.row", "cells"),
        ("opp.dates", "closed before it was created"),
    ] {
        assert!(has(rule, text), "{rule}: {text}");
    }
    // A sister firm and a branch are no duplicates; a second row of the same company is.
    let files = demo().answer["import"]["files"].as_array().unwrap();
    let accounts = files.iter().find(|f| f["file"] == "accounts.csv").unwrap();
    let twice = accounts["possible_duplicates"].as_u64().unwrap();
    assert!((45..=70).contains(&twice), "{twice}");
}

#[test]
fn the_projections_are_equal_to_a_rebuild() {
    let (db, blueprint) = (demo().path("channel.db"), checkout("examples/blueprints/channel.yaml"));
    let copy = demo().path("copy.db");
    std::fs::copy(&db, &copy).unwrap();
    let args = ["--db", copy.to_str().unwrap(), "--blueprint", blueprint.to_str().unwrap(), "--json"];
    let ran = qudao(["verify"].into_iter().chain(args));
    assert_eq!(ran.code, 0, "{}", ran.out);
    let ran = qudao(["rebuild"].into_iter().chain(args));
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert_eq!(qudao(["verify"].into_iter().chain(args)).code, 0);
}

#[test]
fn the_report_is_one_safe_page_in_two_languages() {
    let html = demo().read("report.html");
    // Nothing is loaded from elsewhere, and nothing that came from data is markup.
    assert!(!html.contains("http://") && !html.contains("https://"), "an external address");
    assert_eq!(html.matches("<script").count(), 1, "only the page's own script");
    assert!(!html.contains("alert('x')"));
    assert!(html.contains("default-src 'none'"));
    assert!(html.len() < 400_000, "{}", html.len());
    for text in [
        "Win rate",
        "赢单率",
        "Sales cycle",
        "销售周期",
        "Project sale",
        "项目型流程",
        "渠道型流程",
        "<svg",
        "data-set=\"zh\"",
        "lang=\"zh\"",
        "role=\"img\"",
    ] {
        assert!(html.contains(text), "{text}");
    }
    assert_eq!(html.matches("<svg").count(), html.matches("</svg>").count());
    assert!(!html.contains("NaN") && !html.contains("{{"));
}

#[test]
fn a_formula_in_a_cell_is_defused() {
    for row in rows(&demo().read("rejects.csv")) {
        for (column, cell) in row {
            assert!(!cell.starts_with(['=', '@']), "{column}: {cell}");
        }
    }
}

#[test]
fn mended_rejects_are_imported_and_nothing_is_lost() {
    let demo = demo();
    let work = tempfile::tempdir().unwrap();
    let at = |name: &str| work.path().join(name).to_str().unwrap().to_owned();
    std::fs::copy(demo.path("channel.db"), at("c.db")).unwrap();
    let text = demo.read("rejects.csv");
    let before = rows(&text).len();
    // Mended as a person would: in the file, cell by cell.
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let header = reader.headers().unwrap().clone();
    let place = |name: &str| header.iter().position(|c| c == name).unwrap_or_else(|| panic!("{name}"));
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(&header).unwrap();
    let mut mended = 0;
    for record in reader.records() {
        let mut cells: Vec<String> = record.unwrap().iter().map(str::to_owned).collect();
        let file = cells[place("qudao_file")].clone();
        let mut set = |column: &str, value: &str| cells[place(column)] = value.to_owned();
        match file.as_str() {
            "accounts.csv" => {
                set("Account Name", "成都盈图软件有限公司");
                set("Customer Type", "channel");
                set("Employees", "200");
                set("Annual Revenue", "5000000");
                set("Founded", "1998");
                set("Created", "2024-03-04");
                if header.iter().any(|c| c == "column 21") {
                    set("column 21", "");
                }
                mended += 1;
            }
            "partners.csv" => {
                set("类型", "经销商");
                mended += 1;
            }
            _ => {}
        }
        out.write_record(&cells).unwrap();
    }
    assert!(mended > 10, "{mended}");
    let mut bytes = b"\xef\xbb\xbf".to_vec();
    bytes.extend(out.into_inner().unwrap());
    std::fs::write(at("rejects.csv"), bytes).unwrap();
    let (mapping, data) = (checkout("examples/mappings/demo.yaml"), checkout("examples/data"));
    let (db, rejects) = (at("c.db"), at("rejects.csv"));
    let args = [
        "import",
        "--db",
        &db,
        "--mapping",
        mapping.to_str().unwrap(),
        "--data",
        data.to_str().unwrap(),
        "--rejects",
        &rejects,
        "--json",
    ];
    let ran = qudao(args);
    let answer: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let n = |key: &str| answer[key].as_u64().unwrap() as usize;
    assert_eq!(n("rows"), before, "{}", ran.err);
    assert_eq!(n("rows"), n("stored") + n("rejected"));
    // Accounts and partners that came in let others in that refer to them: contacts, users, deals.
    assert!(n("stored") > mended + 20, "{} stored, {mended} mended", n("stored"));
    // The file that was mended is not written over.
    assert_eq!(answer["rejects_file"].as_str().unwrap(), at("rejects-again.csv"));
    let left = rows(&std::fs::read_to_string(at("rejects-again.csv")).unwrap());
    assert_eq!(left.len(), n("rejected"));
    // Once more: what was stored stays stored.
    let ran = qudao(args);
    let answer: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(answer["stored"].as_u64(), Some(0));
}

#[test]
fn a_second_demo_keeps_the_first_database() {
    let f = common::Folder::with(&[
        ("b.yaml", "qudao: 1\n"),
        (
            "m.yaml",
            "mapping: 1\nblueprint: b.yaml\nfiles: [{file: a.csv, object: account, id: id, columns: {name: name}}]\n",
        ),
        ("a.csv", "id,name\na1,\"<script>alert('x')</script> & \"\"Co\"\"\"\na2,=cmd|'/C calc'!A0\n"),
    ]);
    let (data, mapping, out) = (f.path(""), f.path("m.yaml"), f.path("out"));
    let args = ["demo", "--data", &data, "--mapping", &mapping, "--out", &out];
    let ran = qudao(args);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let ran = qudao(args);
    assert!(ran.out.contains("channel.previous.db"), "{}", ran.out);
    assert!(PathBuf::from(f.path("out/channel.previous.db")).exists());
    let html = f.read("out/report.html");
    assert_eq!(html.matches("<script").count(), 1);
    assert_eq!(qudao(["demo", "--data", &data]).code, 2);
    assert_eq!(qudao(["demo", "--mapping", &mapping]).code, 2);
}
