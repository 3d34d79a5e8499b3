//! Metrics that a Blueprint writes itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use qudao_metrics::{KpiQuery, KpiReport, MetricSpec, Metrics};
use qudao_model::{Document, Lint, Locale, Schema, Value};

use crate::closings::deals;
use crate::world::{World, ZONE, at, cny, d, excluded, ids, lines, metric, q1, q2, sale, value};

fn specs(yaml: &str) -> Vec<(String, MetricSpec)> {
    let doc = Document::parse("t", yaml).unwrap();
    let map: BTreeMap<String, MetricSpec> = serde_json::from_value(doc.into_json()).unwrap();
    map.into_iter().collect()
}

fn compile(w: &World, yaml: &str) -> Metrics {
    let specs = specs(yaml);
    let named: Vec<(&str, MetricSpec)> = specs.iter().map(|(id, s)| (id.as_str(), s.clone())).collect();
    w.metrics(&named)
}

fn ask(w: &World, yaml: &str, query: KpiQuery) -> KpiReport {
    let ids = specs(yaml).into_iter().map(|(id, _)| metric(&id)).collect();
    w.ask(&compile(w, yaml), &KpiQuery { metrics: ids, ..query }).unwrap()
}

fn lints(yaml: &str) -> Vec<Lint> {
    let specs = specs(yaml).into_iter().map(|(id, s)| (metric(&id), s)).collect();
    let schema = Arc::new(Schema::standard("CNY"));
    match Metrics::compile(&specs, &schema, vec![sale()], ZONE) {
        Ok(metrics) => metrics.lints().to_vec(),
        Err(lints) => lints,
    }
}

/// The definition of a win rate as a Blueprint writes it gives what the built-in one gives.
#[test]
fn a_ratio_of_closings_sees_each_deal_as_it_closed() {
    let w = deals();
    let yaml = "win_rate: {object: opportunity, kind: ratio, of: \"outcome == 'won'\", \
                over: \"outcome in ['won','lost']\", basis: event, time: closed_at}";
    for query in [q1(), q2(), KpiQuery::all()] {
        let row = ask(&w, yaml, query.clone()).rows.remove(0);
        let built_in = w.one("win_rate", query);
        assert_eq!((row.value, row.ids, row.n), (built_in.value, built_in.ids, built_in.n));
    }
    // By quarter, c is lost in the first and won in the second.
    let report = ask(&w, yaml, KpiQuery::all().by(["quarter"]));
    assert_eq!(lines(&report), ["2024-Q1 | - = 0.5 (n 4)", "2024-Q2 | - = 0.5 (n 2)"]);
}

#[test]
fn unknown_excludes_and_is_counted() {
    let mut w = World::new();
    w.deal("a", &[("amount", cny("10")), ("partner", "p1".into())]);
    w.deal("b", &[("amount", cny("500"))]);
    w.deal("c", &[("partner", "p1".into())]);
    w.deal("d", &[]);
    // over: a and c name a partner; b and d do not, and `has` tells. of: a false, c unknown.
    let row =
        ask(&w, "big: {kind: ratio, of: amount > 100, over: has(partner)}", KpiQuery::all()).rows.remove(0);
    assert_eq!((value(&row).as_str(), row.n), ("0", 1));
    assert_eq!(excluded(&row), [("kpi.excluded.unknown", 1)]);
    // A comparison with a missing value is unknown: c and d are neither in nor out.
    let row = ask(&w, "big: {kind: count, filter: amount > 100}", KpiQuery::all()).rows.remove(0);
    assert_eq!((value(&row).as_str(), excluded(&row)), ("1", vec![("kpi.excluded.unknown", 2)]));
    assert_eq!(ids(&row.excluded[0].ids), ["c", "d"]);
}

#[test]
fn a_filter_narrows_a_built_in_metric() {
    let w = deals();
    let row = ask(&w, "win_rate: {filter: \"partner == 'p1'\"}", q1()).rows.remove(0);
    // a won, b lost; f has no partner.
    assert_eq!((value(&row).as_str(), ids(&row.ids.denominator)), ("0.5", vec!["a", "b"]));
    assert_eq!(excluded(&row), [("kpi.excluded.unknown", 1)]);
    let funnel = ask(&w, "stage_conversion_strict: {filter: \"partner == 'p2'\"}", KpiQuery::all());
    // c and d; d is cancelled. Of those without a partner, f entered negotiation.
    assert_eq!(lines(&funnel)[0], " | qualified→proposal = 1 (n 1)");
    assert_eq!(excluded(&funnel.rows[2]), [("kpi.excluded.unknown", 1)]);
    assert_ne!(row.definition_hash, w.one("win_rate", q1()).definition_hash);
}

#[test]
fn sums_means_and_quantiles() {
    let mut w = World::new();
    for (id, amount) in [("a", Some("10")), ("b", Some("20")), ("c", Some("60")), ("d", None)] {
        let created = Value::Instant(at(if id == "c" { "2024-05-01" } else { "2024-02-01" }));
        w.deal(id, &[("amount", amount.map_or(Value::Missing, cny)), ("created_at", created)]);
    }
    let yaml = "
        m1: {kind: sum, of: amount}
        m2: {kind: mean, of: amount}
        m3: {kind: median, of: amount}
        m4: {kind: distribution, of: amount}
        m5: {kind: sum, of: amount, basis: cohort}
        m6: {kind: mean, of: \"days(created_at, date('2024-05-11'))\", unit: days}
    ";
    let report = ask(&w, yaml, q1());
    assert_eq!(
        lines(&report),
        [
            " | - = 90 (n 3)",
            " | - = 30 (n 3)",
            " | - = 20 (n 3)",
            // 10 20 60: p75 at 1.5 = 40, p90 at 1.8 = 52.
            " | median = 20 (n 3)",
            " | p75 = 40 (n 3)",
            " | p90 = 52 (n 3)",
            " | mean = 30 (n 3)",
            // Created in Q1: a, b and d.
            " | - = 30 (n 2)",
            // Feb 1 → May 11 = 100 days three times, May 1 → May 11 = 10: 310 / 4.
            " | - = 77.5 (n 4)",
        ]
    );
    assert_eq!(report.rows[0].currency.as_deref(), Some("CNY"));
    assert_eq!(excluded(&report.rows[0]), [("kpi.excluded.no_amount", 1)]);
    assert_eq!(excluded(&report.rows[1]), [("kpi.excluded.unknown", 1)]);
    assert_eq!(report.rows[1].numerator, Some(d("90")));
}

#[test]
fn rules_navigate_and_a_missing_table_is_said() {
    let mut w = World::new();
    w.deal("a", &[("account", "x".into()), ("outcome", "won".into())]);
    w.deal("b", &[("account", "y".into()), ("outcome", "lost".into())]);
    w.deal("c", &[("account", "gone".into()), ("outcome", "won".into())]);
    let yaml = "wins: {kind: ratio, of: \"outcome == 'won'\", filter: \"account.type == 'project'\"}";
    let row = ask(&w, yaml, KpiQuery::all()).rows.remove(0);
    assert_eq!(value(&row), "kpi.undefined.missing_table");
    w.put("account", "x", &[("type", "project".into())]);
    w.put("account", "y", &[("type", "channel".into())]);
    let row = ask(&w, yaml, KpiQuery::all()).rows.remove(0);
    assert_eq!((value(&row).as_str(), row.n), ("1", 1));
    assert_eq!(excluded(&row), [("kpi.excluded.unknown", 1)]);
    let needs = compile(&w, yaml).needs(&KpiQuery::of([metric("wins")]).by(["partner.tier"])).unwrap();
    let objects: Vec<&str> = needs.objects.iter().map(|o| o.as_str()).collect();
    assert_eq!((objects, needs.visits), (vec!["account", "opportunity", "partner"], true));
    assert!(!needs.clock && compile(&w, yaml).needs(&KpiQuery::all()).unwrap().clock);
    let groups = ask(&w, "opportunities: {}", KpiQuery::all().by(["account.type"]));
    assert_eq!(lines(&groups), ["channel | - = 1 (n 1)", "project | - = 1 (n 1)", " | - = 1 (n 1)"]);
}

#[test]
fn a_metric_of_any_object() {
    let mut w = World::new();
    for (id, status, on) in [("r1", "approved", "2024-02-01"), ("r2", "rejected", "2024-02-03")] {
        w.put("registration", id, &[("created_at", Value::Instant(at(on))), ("status", status.into())]);
    }
    let yaml = "approval: {object: registration, kind: ratio, of: \"status == 'approved'\", basis: cohort, \
                label: {en: Approval, zh-CN: 批准率}, goal: higher, min_sample: 2}";
    let row = ask(&w, yaml, q1()).rows.remove(0);
    assert_eq!(
        (value(&row).as_str(), row.small_sample, row.object.unwrap().as_str()),
        ("0.5", false, "registration")
    );
    let metrics = compile(&w, yaml);
    let info = metrics.list().into_iter().find(|m| m.id == *"approval").unwrap();
    assert_eq!((info.label.get(&Locale::zh()), info.built_in), (Some("批准率"), false));
}

#[test]
fn what_a_host_shows_does_not_change_the_definition() {
    let w = deals();
    let hash = |yaml: &str| ask(&w, yaml, q1()).rows[0].definition_hash.clone();
    let plain = hash("win_rate: {}");
    assert_eq!(plain, w.one("win_rate", q1()).definition_hash);
    assert_eq!(plain, hash("win_rate: {label: Hit rate, goal: lower, min_sample: 5}"));
    assert_ne!(plain, hash("win_rate: {basis: cohort}"));
}

#[test]
fn every_mistake_is_told_at_once_with_its_place() {
    let found = lints(
        "
        win_rte: {label: Win rate}
        m01: {kind: ratio}
        m02: {kind: ratio, of: outcom == 'won'}
        m03: {kind: count, object: opportunty}
        m04: {kind: count, time: closed}
        m05: {kind: count, time: name}
        m06: {kind: win_rate, object: account}
        m07: {kind: win_rate, of: amount > 1}
        m08: {kind: sum, of: name}
        m09: {kind: stage_age, basis: event}
        m10: {kind: sales_cycle, classes: [open]}
        m11: {kind: count, object: account, basis: event}
        m12: {kind: count, filter: changed(amount)}
        ",
    );
    let shown: Vec<String> = found
        .iter()
        .map(|l| format!("{} {}: {} {:?}", l.path, l.code, l.text(&Locale::en()), l.fix(&Locale::en())))
        .collect();
    insta::assert_snapshot!(shown.join("\n"));
    assert!(found.iter().all(|l| qudao_model::codes::lookup(l.code).is_some()));
    assert!(found.iter().all(|l| !l.text(&Locale::zh()).contains('…')), "every parameter is given");
}

#[test]
fn a_condition_that_never_holds_is_a_lint_not_an_error() {
    let found = lints("m: {kind: count, filter: \"outcome == 'wonn'\"}");
    assert!(!found.is_empty());
    assert!(
        found.iter().all(|l| l.path == "/metrics/m/filter" && l.severity != qudao_model::Severity::Error)
    );
}

#[test]
fn unknown_keys_are_refused() {
    let doc = Document::parse("t", "{kind: count, fliter: x}").unwrap();
    assert!(serde_json::from_value::<MetricSpec>(doc.into_json()).is_err());
}
