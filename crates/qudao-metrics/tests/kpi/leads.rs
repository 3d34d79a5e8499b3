//! Conversion of leads.

use qudao_metrics::{Basis, KpiQuery, MetricKind, MetricSpec};
use qudao_model::Value;

use crate::world::{World, at, excluded, ids, lines, metric, object, q1, q2, value};

/// | lead | created | status       | converted | acts             |
/// |------|---------|--------------|-----------|------------------|
/// | a    | Jan 5   | converted    | Feb 10    | call Jan 10      |
/// | b    | Jan 6   | working      |           | call Apr 3       |
/// | c    | Feb 1   | disqualified |           | note Feb 2       |
/// | d    | Mar 1   | merged       |           | call Mar 2       |
/// | e    | Mar 5   | converted    | May 5     |                  |
/// | f    | Apr 9   | new          |           | call (undone)    |
fn leads() -> World {
    let mut w = World::new();
    let mut lead = |id: &str, created: &str, status: &str, converted: Option<&str>| {
        w.put(
            "lead",
            id,
            &[
                ("created_at", Value::Instant(at(created))),
                ("status", Value::text(status)),
                ("converted_at", converted.map(at).into()),
            ],
        );
    };
    lead("a", "2024-01-05", "converted", Some("2024-02-10"));
    lead("b", "2024-01-06", "working", None);
    lead("c", "2024-02-01", "disqualified", None);
    lead("d", "2024-03-01", "merged", None);
    lead("e", "2024-03-05", "converted", Some("2024-05-05"));
    lead("f", "2024-04-09", "new", None);
    w
}

fn acts(w: &mut World) {
    let mut act = |id: &str, lead: &str, kind: &str, when: &str, done: Value| {
        w.put(
            "activity",
            id,
            &[
                ("lead", Value::text(lead)),
                ("kind", Value::text(kind)),
                ("at", Value::Instant(at(when))),
                ("done", done),
            ],
        );
    };
    act("1", "a", "call", "2024-01-10", Value::Missing);
    act("2", "b", "call", "2024-04-03", Value::Bool(true));
    act("3", "c", "note", "2024-02-02", Value::Missing);
    act("4", "d", "call", "2024-03-02", Value::Missing);
    act("5", "f", "call", "2024-04-10", Value::Bool(false));
    act("6", "a", "visit", "2024-01-11", Value::Missing);
}

#[test]
fn cohort() {
    let w = leads();
    // Created in Q1: a b c e; d merged. Converted a and e (in Q2: the cohort ripens). 2/4; b is open.
    let row = w.one("lead_conversion", q1());
    assert_eq!((value(&row).as_str(), row.n, row.censored), ("0.5", 4, 1));
    assert_eq!(excluded(&row), [("kpi.excluded.merged", 1)]);
    assert_eq!((ids(&row.ids.numerator), ids(&row.ids.censored)), (vec!["a", "e"], vec!["b"]));
    // As of April 1, e had not converted. 1/4, two open.
    let row = w.one("lead_conversion", KpiQuery { as_of: Some(at("2024-04-01")), ..q1() });
    assert_eq!((value(&row).as_str(), row.censored), ("0.25", 2));
}

#[test]
fn leads_merged_here_are_excluded_and_counted_and_count_nowhere_else() {
    let mut w = leads();
    // a was merged into another lead, with the status that it had; g too, in another quarter.
    for (id, created) in [("x", "2024-02-05"), ("y", "2024-06-01")] {
        let merged = qudao_model::Record::new(w.schema.object("lead").unwrap().clone(), id.parse().unwrap())
            .with("created_at", Value::Instant(at(created)))
            .unwrap()
            .with("status", "working")
            .unwrap();
        w.merged.push(merged);
    }
    let row = w.one("lead_conversion", q1());
    assert_eq!((value(&row).as_str(), row.n, row.censored), ("0.5", 4, 1));
    assert_eq!(excluded(&row), [("kpi.excluded.merged", 2)]);
    let spec = MetricSpec {
        object: Some("lead".parse().unwrap()),
        kind: Some(MetricKind::Count),
        ..MetricSpec::default()
    };
    let report = w.ask(
        &w.metrics(&[("leads", spec)]),
        &KpiQuery { metrics: vec!["leads".parse().unwrap()], ..KpiQuery::default() },
    );
    assert_eq!(value(&report.unwrap().rows[0]), "6");
}

#[test]
fn event() {
    let mut w = leads();
    // Work is not known without activities.
    assert_eq!(value(&w.one("lead_conversion_event", q1())), "kpi.undefined.missing_table");
    acts(&mut w);
    // Q1: worked: a (call, visit, converted Feb 10), d (merged, excluded); a note is no qualifying act. 1/1.
    let row = w.one("lead_conversion_event", q1());
    assert_eq!((value(&row).as_str(), row.n), ("1", 1));
    assert_eq!(excluded(&row), [("kpi.excluded.merged", 1)]);
    // Q2: worked: b (call), e (converted without an act); f's call is not done. 1/2.
    let row = w.one("lead_conversion_event", q2());
    assert_eq!((value(&row).as_str(), ids(&row.ids.denominator)), ("0.5", vec!["b", "e"]));
    // The basis of the query wins.
    let row = w.one("lead_conversion", q2().basis(Basis::Event));
    assert_eq!((value(&row).as_str(), row.basis), ("0.5", Basis::Event));
    let report = w.report(&KpiQuery::of([metric("lead_conversion_event")]).by(["quarter"]));
    assert_eq!(lines(&report), ["2024-Q1 | - = 1 (n 1)", "2024-Q2 | - = 0.5 (n 2)"]);
}

#[test]
fn none_converted_on_the_way() {
    let mut w = World::new();
    w.data.add(&object("lead"), Vec::new()).unwrap();
    assert_eq!(value(&w.one("lead_conversion", q1())), "kpi.undefined.no_cases");
    w.put("lead", "a", &[("status", "new".into())]);
    // Without a creation date a lead cannot be placed in a window.
    let row = w.one("lead_conversion", q1());
    assert_eq!(excluded(&row), [("kpi.excluded.no_time", 1)]);
    let row = w.one("lead_conversion", KpiQuery::all());
    assert_eq!((value(&row).as_str(), row.censored), ("0", 1));
}

#[test]
fn a_blueprint_says_which_statuses_are_left_out() {
    let w = leads();
    let spec =
        MetricSpec { exclude: Some(vec!["merged".into(), "disqualified".into()]), ..MetricSpec::default() };
    let metrics = w.metrics(&[("lead_conversion", spec)]);
    let report = w.ask(&metrics, &KpiQuery { metrics: vec![metric("lead_conversion")], ..q1() }).unwrap();
    // a b e: 2/3.
    assert_eq!(value(&report.rows[0]), "0.666667");
    assert_eq!(excluded(&report.rows[0]), [("kpi.excluded.merged", 1), ("kpi.excluded.invalid", 1)]);
}
