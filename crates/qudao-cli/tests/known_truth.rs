//! The demo on public data whose numbers are known, where `QUDAO_DATA` names a folder that holds it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

mod common;

use std::path::Path;

use common::{checkout, data, qudao};
use serde_json::Value;

struct Demo {
    answer: Value,
}

impl Demo {
    fn run(folder: &Path, name: &str) -> (Self, tempfile::TempDir) {
        let out = tempfile::tempdir().unwrap();
        let ran = qudao([
            "demo",
            "--data",
            folder.to_str().unwrap(),
            "--mapping",
            checkout(&format!("examples/mappings/{name}.yaml")).to_str().unwrap(),
            "--out",
            out.path().to_str().unwrap(),
            "--json",
        ]);
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        (Self { answer: serde_json::from_str(&ran.out).unwrap() }, out)
    }

    fn file(&self, name: &str) -> &Value {
        let files = self.answer["import"]["files"].as_array().unwrap();
        files.iter().find(|f| f["file"] == name).unwrap()
    }

    /// Rows with a finding, and the advice.
    fn finding(&self, rule: &str) -> (u64, String) {
        let found = self.answer["import"]["findings"].as_array().unwrap().iter().find(|f| f["rule"] == rule);
        let found = found.unwrap_or_else(|| panic!("{rule}"));
        assert_eq!(found["severity"], "warning");
        (found["rows"].as_u64().unwrap(), found["fix"].as_str().unwrap_or_default().to_owned())
    }

    fn kpi(&self, metric: &str, part: Option<&str>) -> &Value {
        let rows = self.answer["kpis"].as_array().unwrap();
        let mut found = rows.iter().filter(|r| r["metric"] == metric && r["part"].as_str() == part);
        found.next().unwrap_or_else(|| panic!("{metric} {part:?}"))
    }

    fn number(&self, metric: &str, part: Option<&str>) -> f64 {
        let value = &self.kpi(metric, part)["value"]["defined"];
        value.as_str().unwrap_or_else(|| panic!("{metric}: {value}")).parse().unwrap()
    }
}

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 0.005, "{found} is not {expected}");
}

#[test]
fn maven_crm() {
    let Some(folder) = data("maven-crm") else { return };
    let (demo, out) = Demo::run(&folder, "maven-crm");
    let deals = demo.file("sales_pipeline.csv");
    assert_eq!(
        (deals["rows"].as_u64(), deals["stored"].as_u64(), deals["rejected"].as_u64()),
        (Some(8800), Some(8800), Some(0))
    );
    assert_eq!(demo.answer["import"]["rejected"], 0);

    let (rows, advice) = demo.finding("opportunity.product.reference");
    assert_eq!(rows, 1480);
    assert!(advice.contains("did you mean GTX Pro?"), "{advice}");
    let (rows, advice) = demo.finding("account.sector");
    assert_eq!(rows, 12);
    assert!(advice.contains("did you mean technology?"), "{advice}");
    assert_eq!(demo.finding("opp.account").0, 1425);
    let rules: Vec<&str> = demo.answer["import"]["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["rule"].as_str().unwrap())
        .collect();
    assert_eq!(rules.len(), 3, "nothing else is wrong: {rules:?}");
    let mapping = std::fs::read_to_string(checkout("examples/mappings/maven-crm.yaml")).unwrap();
    assert!(!mapping.contains("aliases:"));

    near(demo.number("closed_won", None), 4238.0);
    near(demo.number("closed_lost", None), 2473.0);
    near(demo.number("win_rate", None) * 100.0, 63.15);
    near(demo.number("won_value", None), 10_005_534.0);
    near(demo.number("sales_cycle", Some("mean")), 51.78);
    near(demo.number("sales_cycle", Some("median")), 57.0);
    near(demo.number("sales_cycle", Some("p75")), 88.0);
    near(demo.number("sales_cycle", Some("p90")), 106.0);
    near(demo.number("close_cycle", Some("mean")), 47.99);
    assert_eq!(demo.kpi("win_rate_value", None)["value"]["undefined"]["reason"], "lost_without_amount");

    assert_eq!(demo.answer["by"], "owner.region");
    for (region, rate) in [("Central", 62.56), ("East", 63.02), ("West", 63.94)] {
        let rows = demo.answer["kpis_grouped"].as_array().unwrap();
        let row = rows
            .iter()
            .find(|r| r["metric"] == "win_rate" && r["group"][0][1].to_string().contains(region))
            .unwrap_or_else(|| panic!("{region}"));
        near(row["value"]["defined"].as_str().unwrap().parse::<f64>().unwrap() * 100.0, rate);
    }

    // By stage, and agents without a deal, read back from the database.
    let engine =
        qudao::Blueprint::from_file(checkout("examples/blueprints/maven.yaml")).unwrap().compile().unwrap();
    let workspace = qudao::Workspace::open(out.path().join("channel.db"), engine).unwrap();
    let session = workspace.session_of("test", "en").unwrap();
    let now = qudao::prelude::Instant::parse("2026-02-01T00:00:00Z").unwrap();
    let all = |object: &str, filter: Option<&str>| {
        let mut query =
            qudao::prelude::Query::of(qudao::prelude::ObjectName::new(object).unwrap()).page(10_000);
        query.filter = filter.map(str::to_owned);
        session.query(&query, now).unwrap()
    };
    for (stage, n) in [("engaging", 1589), ("prospecting", 500), ("won", 4238), ("lost", 2473)] {
        assert_eq!(all("opportunity", Some(&format!("stage == '{stage}'"))).total, n, "{stage}");
    }
    assert_eq!(all("opportunity", Some("!has(account)")).total, 1425);
    let owners: std::collections::BTreeSet<String> =
        all("opportunity", None).records.iter().map(|r| r.get("owner").to_string()).collect();
    let idle = all("user", None).records.iter().filter(|u| !owners.contains(u.id().as_str())).count();
    assert_eq!(idle, 5);
}

#[test]
fn salesforce_sample() {
    let Some(folder) = data("salesforce-sample") else { return };
    let (demo, _out) = Demo::run(&folder, "salesforce");
    for (file, n) in [("Opportunity.csv", 50), ("Lead.csv", 60), ("Account.csv", 22), ("Contact.csv", 102)] {
        let file = demo.file(file);
        assert_eq!((file["rows"].as_u64(), file["stored"].as_u64()), (Some(n), Some(n)), "{file}");
    }
    assert_eq!(demo.answer["import"]["rejected"], 0);
    near(demo.number("closed_won", None), 12.0);
    near(demo.number("closed_lost", None), 3.0);
    near(demo.number("win_rate", None), 0.8);
    assert_eq!(demo.answer["counts"]["lead"], 60);
    assert_eq!(demo.answer["counts"]["opportunity"], 50);
}
