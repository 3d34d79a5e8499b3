//! The match report: what it says, that it escapes what comes from data, and that it fetches nothing.
#![cfg(feature = "report")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use qudao::matching::{Label, Link, SurveyOptions};
use qudao::prelude::*;
use qudao::report::{MatchReport, PAGE_CSS};

const BLUEPRINT: &str = "
qudao: 1
objects:
  account:
    label: {en: Customer, zh-CN: 客户}
    fields:
      tax_id: {format: uscc, identity: true}
      phone: {format: phone(CN)}
matching:
  account.same:
    block: [[tax_id], [phone], [name.core], [email]]
    compare: {name: company_name, phone: phone, email: email, tax_id: exact}
";

/// Name, phone, e-mail, tax id.
const ROWS: [[&str; 4]; 9] = [
    ["华为技术有限公司", "0755-28780808", "info@huawei.com", "914403001922038216"],
    ["華為技術", "+86 755 2878 0808", "", ""],
    ["华为技术有限公司", "0755-28780808", "info@huawei.com", "91110000802100433B"],
    ["Acme Trading Ltd", "", "sales@acme-trading.com", ""],
    ["ACME Trading Limited", "021-61618888", "", ""],
    ["Acme Trade", "021-61618888", "sales@acme-trading.com", ""],
    ["Zebra Optics", "010-65880001", "", ""],
    ["Zebra Optical Works", "010-65880001", "", ""],
    ["Quite Another", "", "", ""],
];

fn engine() -> Engine {
    Engine::from_yaml(BLUEPRINT).unwrap()
}

fn rows(engine: &Engine, rows: &[[&str; 4]]) -> Vec<Record> {
    let account = engine.schema().object("account").unwrap();
    let record = |(at, values): (usize, &[&str; 4])| {
        let mut record = Record::new(account.clone(), RecordId::new(format!("r{at}")).unwrap());
        for (field, value) in ["name", "phone", "email", "tax_id"].iter().zip(values) {
            if !value.is_empty() {
                record.set(field, *value).unwrap();
            }
        }
        record
    };
    rows.iter().enumerate().map(record).collect()
}

fn report(engine: &Engine, records: &[Record], options: &SurveyOptions) -> MatchReport {
    let account = engine.schema().object("account").unwrap();
    let found = engine.dedupe(&account.name, records, options.threshold).unwrap();
    let survey = engine.survey(&found.rule, records, &found.batch, options).unwrap();
    MatchReport::new(survey, &found.batch).with_words(account)
}

/// The page without the style that all pages share.
fn body(html: &str) -> String {
    assert!(html.contains(PAGE_CSS.trim_end()), "the shared style");
    html.replace(PAGE_CSS.trim_end(), "").replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

#[test]
fn the_page() {
    let engine = engine();
    let labels = [(0, 1, true), (3, 4, true), (3, 5, true), (0, 8, true), (6, 7, false)];
    let labels = labels.map(|(left, right, same)| Label { left, right, same });
    let options = SurveyOptions { labels: labels.to_vec(), ..SurveyOptions::default() };
    let report = report(&engine, &rows(&engine, &ROWS), &options);
    let html = report.to_html(&Locale::en()).unwrap();
    insta::assert_snapshot!(body(&html));
    // The other language is in the same page, and shown first where it is asked for.
    let zh = report.to_html(&Locale::zh()).unwrap();
    assert!(zh.contains("<html lang=\"zh-CN\" data-lang=\"zh\">"));
    assert_eq!(html.len().abs_diff(zh.len()), "zh-CN".len() - "en".len());
}

#[test]
fn labels_tell_what_blocking_let_through() {
    let engine = engine();
    let labels = [(0, 1, true), (1, 0, true), (0, 8, true), (0, 2, false), (3, 5, false)];
    let labels = labels.map(|(left, right, same)| Label { left, right, same }).to_vec();
    let records = rows(&engine, &ROWS);
    let found = engine.dedupe(&"account".parse().unwrap(), &records, None).unwrap();
    let options = SurveyOptions { labels, ..SurveyOptions::default() };
    let survey = engine.survey(&found.rule, &records, &found.batch, &options).unwrap();
    let seen = survey.labels.unwrap();
    // A label and its mirror are one. The row that has nothing in common was never compared; two rows are one cluster that should not be.
    assert_eq!((seen.same, seen.compared, seen.found), (2, 1, 1));
    assert_eq!((seen.different, seen.wrong), (2, 1));
    // The code that forbids is told, with the pair that is alike in all else.
    let veto = &survey.vetoes[0];
    assert_eq!((veto.field.as_str(), veto.pairs, veto.alike), ("tax_id", 1, 1));
    let example = veto.example.as_ref().unwrap();
    assert_eq!((example.left, example.right), (0, 2));
    assert_eq!(survey.step, 1);
    assert_eq!(survey.scores.iter().map(|b| b.pairs).sum::<u64>() + 1, found.batch.compared);
    assert_eq!(survey.rows, ROWS.len());
    // Contradictions are an error here as they are in training.
    let wrong = vec![Label { left: 0, right: 1, same: true }, Label { left: 0, right: 1, same: false }];
    let options = SurveyOptions { labels: wrong, ..SurveyOptions::default() };
    let error = engine.survey(&found.rule, &records, &found.batch, &options).unwrap_err();
    assert_eq!(error.code(), "matching.contradictory_labels");
}

#[test]
fn what_comes_from_data_is_escaped() {
    let engine = engine();
    let hostile = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(2)>",
        "</td></tr></table><iframe srcdoc='x'>",
        "{{ 7 * 7 }}{% raw %}",
        "' onmouseover='alert(3)",
        "<!-- ",
        "\u{202e}<svg/onload=alert(4)>",
    ];
    // Each twice, so that clusters, pairs near the threshold and vetoes show all of it.
    let made: Vec<[&str; 4]> = hostile
        .iter()
        .flat_map(|h| {
            [[*h, "0755-28780808", *h, "914403001922038216"], [*h, "0755-28780808", *h, "91110000802100433B"]]
        })
        .chain(hostile.iter().map(|h| [*h, "0755-28780808", *h, *h]))
        .collect();
    let records = rows(&engine, &made);
    let options = SurveyOptions {
        clusters: 40,
        pairs: 40,
        rows: 40,
        threshold: "0.01".parse().ok(),
        ..SurveyOptions::default()
    };
    let name: FieldName = "name".parse().unwrap();
    let report = report(&engine, &records, &options).with_columns([(&name, "<b>col</b>\"'><script>")]);
    let html = report.to_html(&Locale::en()).unwrap();
    assert_eq!(html.matches("<script").count(), 1, "the page's own");
    for tag in ["<img", "<iframe", "<b>col", "<svg/onload", "<!-- "] {
        assert!(!html.contains(tag), "{tag}");
    }
    // Nothing leaves the attribute that it stands in.
    assert!(!html.contains("' onmouseover='") && !html.contains("\"><script"), "an attribute was left");
    for shown in ["&lt;script&gt;alert(1)", "{{ 7 * 7 }}", "&lt;img src=x onerror=alert(2)&gt;"] {
        assert!(html.contains(shown), "{shown}");
    }
}

#[test]
fn nothing_is_fetched() {
    let engine = engine();
    let html =
        report(&engine, &rows(&engine, &ROWS), &SurveyOptions::default()).to_html(&Locale::en()).unwrap();
    assert!(html.contains("default-src 'none'"));
    for reach in ["http:", "https:", "src=", "url(", "@import", "<link"] {
        assert!(!html.contains(reach), "{reach}");
    }
}

#[test]
fn two_tables_and_empty_ones() {
    let engine = engine();
    let (left, right) = (rows(&engine, &ROWS[..4]), rows(&engine, &ROWS[4..]));
    let account: ObjectName = "account".parse().unwrap();
    let (rule, link) = engine.link(&account, &left, &right, None).unwrap();
    let labels = vec![Label { left: 3, right: 1, same: true }, Label { left: 0, right: 1, same: false }];
    let options = SurveyOptions { labels, ..SurveyOptions::default() };
    let survey = engine.survey_link(&rule, &left, &right, &link, &options).unwrap();
    assert_eq!((survey.rows, survey.right_rows), (4, Some(5)));
    let seen = survey.labels.unwrap();
    assert_eq!((seen.same, seen.compared, seen.found, seen.different, seen.wrong), (1, 1, 1, 1, 0));
    assert!(survey.largest.is_empty() && survey.sizes.is_empty());
    let html = MatchReport::of_link(survey, &link).to_html(&Locale::zh()).unwrap();
    assert!(html.contains("匹配报告：两表关联"));
    let beyond = vec![Label { left: 0, right: 5, same: true }];
    let options = SurveyOptions { labels: beyond, ..SurveyOptions::default() };
    let error = engine.survey_link(&rule, &left, &right, &link, &options).unwrap_err();
    assert_eq!(error.code(), "matching.bad_label");

    let none = report(&engine, &[], &SurveyOptions::default()).to_html(&Locale::en()).unwrap();
    assert!(none.contains("rows") && !none.contains("NaN"));
    let survey = engine.survey_link(&rule, &[], &[], &Link::default(), &SurveyOptions::default()).unwrap();
    assert!(MatchReport::of_link(survey, &Link::default()).to_html(&Locale::en()).is_ok());
}
