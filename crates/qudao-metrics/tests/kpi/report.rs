//! The form of a report and of the catalogue.

use std::fmt::Write as _;

use qudao_metrics::{KpiQuery, catalogue};
use qudao_model::{Locale, codes};

use crate::closings::deals;
use crate::world::{metric, q1};

#[test]
fn a_report_as_json() {
    let w = deals();
    let metrics = ["win_rate", "sales_cycle", "stage_conversion_strict", "weighted_pipeline"].map(metric);
    let report = w.report(&KpiQuery { metrics: metrics.to_vec(), ..q1() });
    let mut json = serde_json::to_value(&report).unwrap();
    for row in json["rows"].as_array_mut().unwrap() {
        for hash in ["definition_hash", "blueprint_hash"] {
            assert_eq!(row[hash].as_str().unwrap().len(), 64);
            row[hash] = "…".into();
        }
    }
    insta::assert_json_snapshot!(json);
}

/// A definition hash is a contract: it changes only when a definition, or `SEMANTICS_VERSION`, does.
#[test]
fn definition_hashes_do_not_drift() {
    let w = deals();
    let report = w.report(&KpiQuery::of(["win_rate", "stage_conversion_strict"].map(metric)));
    let hashes: Vec<&str> = report.rows.iter().map(|r| r.definition_hash.short()).collect();
    insta::assert_json_snapshot!(hashes);
}

#[test]
fn all_metrics_by_partner_and_quarter() {
    let w = deals();
    let report = w.report(&KpiQuery::all().by(["partner", "quarter"]));
    let mut text = String::new();
    for row in &report.rows {
        let group: Vec<String> = row.group.iter().map(|(_, v)| v.to_string()).collect();
        let value = match (&row.value.defined(), row.value.reason()) {
            (Some(n), _) => n.to_string(),
            (_, Some(reason)) => reason.text(&Locale::en()),
            _ => String::new(),
        };
        let excluded: Vec<String> =
            row.excluded.iter().map(|e| format!("{} {}", e.count, e.reason.text(&Locale::en()))).collect();
        let part = row.part.as_deref().unwrap_or("");
        let _ = writeln!(
            text,
            "{} {part} [{}] {value} {} n={} censored={} reopened={} {}",
            row.metric,
            group.join(", "),
            row.unit.as_str(),
            row.n,
            row.censored,
            row.reopened,
            excluded.join("; ")
        );
    }
    insta::assert_snapshot!(text);
}

#[test]
fn the_catalogue_is_complete_and_bilingual() {
    let entries = catalogue();
    let mut ids: Vec<&str> = entries.iter().map(|e| e.id.as_str()).collect();
    for wanted in [
        "win_rate",
        "win_rate_value",
        "stage_conversion_strict",
        "stage_conversion_any",
        "stage_conversion_imputed",
        "sales_cycle",
        "lead_conversion",
        "lead_conversion_event",
        "velocity",
        "weighted_pipeline",
        "pipeline_value",
        "won_value",
        "stage_age",
        "completeness",
        "duplicate_rate",
        "opportunities",
        "closed_won",
        "closed_lost",
        "reopened",
    ] {
        assert!(ids.contains(&wanted), "{wanted}");
    }
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
    let metrics = deals().metrics(&[]);
    assert_eq!(metrics.list().len(), count);
    assert!(metrics.lints().is_empty(), "{:?}", metrics.lints());
    for entry in &entries {
        for text in
            [&entry.spec.label, &entry.definition, &entry.numerator, &entry.denominator, &entry.source]
        {
            let (en, zh) = (text.get(&Locale::en()).unwrap(), text.get(&Locale::zh()).unwrap());
            assert!(!en.is_empty() && !zh.is_empty(), "{}", entry.id);
            assert!(en == zh || !zh.is_ascii(), "{}: {zh}", entry.id);
            assert!(!en.contains("  ") && !zh.contains("  "), "{}: {en}", entry.id);
        }
        assert_eq!(entry.spec.basis, Some(entry.basis));
    }
}

#[test]
fn every_reason_has_a_text() {
    let codes: Vec<_> = codes::all().into_iter().filter(|c| c.code.starts_with("kpi.")).collect();
    assert!(codes.len() > 30);
    let w = deals();
    for row in &w.report(&KpiQuery::all()).rows {
        let reasons = row.value.reason().map(|r| r.code()).into_iter();
        for code in reasons.chain(row.excluded.iter().map(|e| e.reason.code())) {
            assert!(codes::lookup(code).is_some(), "{code}");
        }
    }
}
