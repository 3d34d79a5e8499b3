//! Completeness and duplicate rate.

use qudao_metrics::{ClusterInput, KpiQuery};
use qudao_model::{Hash, RecordId, RecordKey};

use crate::world::{World, d, excluded, ids, lines, metric, object, value};

fn accounts() -> World {
    let mut w = World::new();
    for (id, region, score) in [
        ("a", "N", Some("1")),
        ("b", "N", Some("0.5")),
        ("c", "S", Some("0")),
        ("d", "S", None),
        ("e", "S", Some("0.3")),
    ] {
        w.put("account", id, &[("region", region.into())]);
        if let Some(score) = score {
            let key = RecordKey { object: object("account"), id: RecordId::new(id).unwrap() };
            w.completeness.insert(key, d(score));
        }
    }
    w
}

#[test]
fn completeness_is_the_mean_score() {
    let w = accounts();
    // (1 + 0.5 + 0 + 0.3) / 4; d has no score.
    let row = w.one("completeness", KpiQuery::all());
    assert_eq!((value(&row).as_str(), row.part.as_deref()), ("0.45", Some("account")));
    assert_eq!(excluded(&row), [("kpi.excluded.no_score", 1)]);
    let report = w.report(&KpiQuery::of([metric("completeness")]).by(["region"]));
    assert_eq!(lines(&report), ["N | account = 0.75 (n 2)", "S | account = 0.15 (n 2)"]);
}

#[test]
fn duplicate_rate_counts_records_beyond_one_per_cluster() {
    let mut w = accounts();
    let id = |id: &str| RecordId::new(id).unwrap();
    // Two clusters: {a, b, c} and {e}; x is not among the records given.
    let clusters = vec![vec![id("c"), id("a"), id("b")], vec![id("e"), id("x")]];
    w.clusters.insert(object("account"), ClusterInput { rule: Hash::of(b"rule 1"), clusters });
    // 2 of 5: b and c stand beyond a.
    let row = w.one("duplicate_rate", KpiQuery::all());
    assert_eq!((value(&row).as_str(), ids(&row.ids.numerator)), ("0.4", vec!["b", "c"]));
    // By region: b in N, c in S; the parts sum to the whole.
    let report = w.report(&KpiQuery::of([metric("duplicate_rate")]).by(["region"]));
    assert_eq!(lines(&report), ["N | account = 0.5 (n 2)", "S | account = 0.333333 (n 3)"]);
    // The rule that found them is part of the definition.
    w.clusters.get_mut("account").unwrap().rule = Hash::of(b"rule 2");
    assert_ne!(w.one("duplicate_rate", KpiQuery::all()).definition_hash, row.definition_hash);
}

#[test]
fn records_that_lack_the_field_are_not_grouped() {
    let mut w = accounts();
    w.put("lead", "l", &[]);
    // Leads have no region; accounts do. One metric is undefined, the other is not.
    let report = w.report(&KpiQuery::of([metric("lead_conversion"), metric("completeness")]).by(["region"]));
    let row = &report.rows[0];
    assert_eq!((value(row).as_str(), row.group.len()), ("kpi.undefined.not_groupable", 0));
    assert_eq!(report.rows.len(), 3);
    // A field that nothing has is a mistake, with the nearest word.
    let query = KpiQuery::of([metric("completeness")]).by(["regoin"]);
    let error = w.ask(&w.metrics(&[]), &query).unwrap_err();
    assert_eq!(error.code(), "kpi.unknown_group");
    let query = KpiQuery::of([metric("win_rte")]);
    let error = w.ask(&w.metrics(&[]), &query).unwrap_err();
    assert_eq!(error.text(&qudao_model::Locale::en()), "there is no metric win_rte");
    assert!(format!("{error:?}").contains("win_rate"));
}
