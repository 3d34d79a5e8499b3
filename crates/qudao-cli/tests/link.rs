//! `qudao link`: what it prints in both languages, what it writes, and its exit codes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

mod common;

use common::{Folder, qudao, rows};
use insta::assert_snapshot;

const BLUEPRINT: &str = "\
qudao: 1
objects:
  account:
    fields:
      name: {label: {en: Name, zh-CN: 客户名称}, normalise: company_name}
      phone: {label: {en: Phone, zh-CN: 电话}, format: phone(CN)}
matching:
  account.same:
    object: account
    block: [[phone], [name.core]]
    compare: {name: company_name, phone: phone}
";

const CRM: &str = "\
id,客户名称,电话,owner
a1,深圳市华强电子有限公司,0755-28780808,mei
a2,Redwood Foods Ltd.,010-55500001,li
a3,Zebra Trading,021-61610000,li
a4,华为技术有限公司,13800138000,mei
a5,华为技术有限公司,13800138000,mei
";

const ERP: &str = "\
no,name,phone,region
=7,华强电子（深圳）有限公司,0755 2878 0808,华南
8,Redwood Foods,,华北
9,深圳市华强电子有限公司北京分公司,010-62345678,华北
10,华为技术有限公司,13912345678,华南
11,华为技术有限公司,13800138000,华南
";

fn folder() -> Folder {
    Folder::with(&[("b.yaml", BLUEPRINT), ("crm.csv", CRM), ("erp.csv", ERP)])
}

fn link(f: &Folder, more: &[&str]) -> common::Ran {
    let (crm, erp, out) = (f.path("crm.csv"), f.path("erp.csv"), f.path("out"));
    qudao(["link", &crm, &erp, "--out", &out].into_iter().chain(more.iter().copied()))
}

fn plain(text: &str) -> &str {
    text.trim_start_matches('\u{feff}')
}

/// The ids of both sides of the pairs, with what each is.
fn pairs(f: &Folder) -> Vec<String> {
    let told = |row: &std::collections::BTreeMap<String, String>| {
        ["left_id", "right_id", "relation"].map(|column| row[column].clone()).join(" ")
    };
    rows(&f.read("out/pairs.csv")).iter().map(told).collect()
}

#[test]
fn two_tables_by_a_blueprint() {
    let f = folder();
    let b = f.path("b.yaml");
    let known = ["--blueprint", &b, "--object", "account", "--right-id", "no"];
    for locale in ["en", "zh-CN"] {
        let ran = link(&f, &[&known[..], &["--locale", locale]].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert_snapshot!(format!("known {locale}"), f.steady(&ran.out));
    }
    assert_snapshot!("pairs", plain(&f.read("out/pairs.csv")));
    assert_snapshot!("rows", plain(&f.read("out/rows.csv")));
    let all = pairs(&f);
    for told in ["a4 10 review", "a4 11 same", "a5 10 review", "a5 11 same", "a1 9 related"] {
        assert!(all.iter().any(|pair| pair == told), "{told}: {all:?}");
    }

    // Each row in at most one pair; the branch is told as it is.
    let ran = link(&f, &[&known[..], &["--one-to-one", "--json"]].concat());
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let single = pairs(&f);
    for told in ["a4 11 same", "a5 10 review", "a1 9 related"] {
        assert!(single.iter().any(|pair| pair == told), "{told}: {single:?}");
    }
    assert!(!single.iter().any(|pair| pair.starts_with("a4 10")), "{single:?}");
    assert_eq!(json["pairs"].as_u64().unwrap() + json["related"].as_u64().unwrap(), single.len() as u64);
    assert_eq!((json["left"]["rows"].as_u64(), json["right"]["rows"].as_u64()), (Some(5), Some(5)));
    assert_eq!(json["left"]["linked"], json["same"]);
    assert_eq!((json["rule"].as_str(), json["guess"].is_null()), (Some("account.same"), true));

    // At a threshold of one's own everything that is listed is the same.
    let ran = link(&f, &[&known[..], &["--threshold", "0.9999"]].concat());
    assert!(ran.out.contains("for a person to look at 0"), "{}", ran.out);
    assert!(pairs(&f).len() < all.len());
}

#[test]
fn two_tables_by_a_guess() {
    let f = folder();
    f.write("crm.csv", "Key,Company,Phone,note\nk1,Acme Ltd,0755-28780808,x\nk2,Zebra Inc,010-55500001,\n");
    f.write("erp.csv", "phone,no,company\n010 5550 0001,7,ZEBRA Inc.\n+86 755 2878 0808,8,ACME Limited\n");
    let ran = link(&f, &["--id", "Key", "--right-id", "no"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_snapshot!("guessed", f.steady(&ran.out));
    assert_eq!(pairs(&f), ["k1 8 same", "k2 7 same"]);
    assert_snapshot!("guessed rows", plain(&f.read("out/rows.csv")));

    let ran = link(&f, &["--report", "--json", "--locale", "zh-CN"]);
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert!(json["guess"]["rule"]["compare"].is_object(), "{json:#}");
    assert!(json["report_file"].as_str().is_some_and(|p| p.ends_with("report.html")));
    let page = f.read("out/report.html");
    assert!(page.contains("data-lang=\"zh\"") && page.contains("Company"));
    assert_eq!(pairs(&f), ["  same", "  same"], "no ids are there to be told");
}

#[test]
fn a_report_speaks_of_both_tables() {
    let f = folder();
    let ran = link(&f, &["--blueprint", &f.path("b.yaml"), "--object", "account", "--report"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(ran.out.lines().last(), Some(f.path("out/report.html").as_str()));
    assert!(f.read("out/report.html").contains("account.same"));
}

#[test]
fn what_was_not_compared_is_told() {
    let f = folder();
    f.write(
        "b.yaml",
        BLUEPRINT.replace("block: [[phone], [name.core]]", "block: [[phone]]\n    max_block: 8"),
    );
    let table = |first: usize| {
        let rows = (first..first + 60).map(|n| format!("{n},Company {n} Ltd,13800138000\n"));
        std::iter::once("id,name,phone\n".to_owned()).chain(rows).collect::<String>()
    };
    f.write("crm.csv", table(0));
    f.write("erp.csv", table(1000));
    let b = f.path("b.yaml");
    let known = ["--blueprint", &b, "--object", "account"];
    for (locale, told) in [
        ("en", "120 rows share the key `phone` (line 2 on the left is one): "),
        ("zh-CN", "键“phone”下有 120 行（如左表第 2 行），其中 "),
    ] {
        let ran = link(&f, &[&known[..], &["--locale", locale]].concat());
        assert!(ran.out.contains(told), "{}", ran.out);
    }
    let ran = link(&f, &[&known[..], &["--json"]].concat());
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert!(json["oversized"][0]["not_compared"].as_u64().is_some_and(|n| n > 0), "{json:#}");
}

#[test]
fn what_cannot_be_linked_is_told_with_a_code() {
    let f = folder();
    let (b, crm, erp, out) = (f.path("b.yaml"), f.path("crm.csv"), f.path("erp.csv"), f.path("out"));
    f.write("other.csv", "x,y\n1,2\n");
    f.write("empty.csv", "");
    f.write("header.csv", "name,phone\n");
    let (other, empty, header, gone) =
        (f.path("other.csv"), f.path("empty.csv"), f.path("header.csv"), f.path("gone.csv"));
    let cases: Vec<(Vec<&str>, u8, &str)> = vec![
        (vec![&crm], 2, ""),
        (vec![&crm, &erp, "--blueprint", &b], 2, ""),
        (vec![&crm, &erp, "--threshold", "much"], 2, "cli.usage"),
        (vec![&crm, &erp, "--blueprint", &b, "--object", "acount"], 3, "object.unknown"),
        (vec![&crm, &erp, "--blueprint", &b, "--object", "contact"], 3, "matching.no_rule"),
        (
            vec![&erp, &erp, "--blueprint", &b, "--object", "account", "--threshold", "2"],
            3,
            "matching.bad_threshold",
        ),
        (vec![&crm, &erp, "--id", "no"], 3, "table.no_column"),
        (vec![&crm, &erp, "--right-id", "id"], 3, "table.no_column"),
        (vec![&crm, &other], 3, "matching.no_shared_column"),
        (vec![&crm, &gone], 3, "io.failed"),
        (vec![&crm, &empty], 3, "import.empty"),
    ];
    for (args, code, named) in cases {
        let all = || ["link", "--out", &out].into_iter().chain(args.iter().copied());
        let ran = qudao(all());
        assert_eq!(ran.code, code, "{args:?}: {}{}", ran.out, ran.err);
        assert!(ran.out.is_empty() && ran.err.contains(named), "{args:?}: {}{}", ran.out, ran.err);
        if code == 3 && !matches!(named, "io.failed" | "import.empty") {
            let chinese = qudao(all().chain(["--locale", "zh-CN"])).err;
            let (_, text) = chinese.split_once(']').unwrap();
            assert!(text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{chinese}");
        }
    }
    assert!(!std::path::Path::new(&out).exists(), "nothing was written");
    // A table without rows is no mistake.
    let ran = qudao(["link", &erp, &header, "--out", &out]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(rows(&f.read("out/pairs.csv")).is_empty());
}
