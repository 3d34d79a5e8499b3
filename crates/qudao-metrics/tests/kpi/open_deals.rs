//! Pipeline and stage age.

use qudao_metrics::KpiQuery;
use qudao_model::Value;

use crate::world::{World, at, cny, d, day, excluded, ids, lines, metric, q1, renewal, value};

/// | deal | stage            | amount | expected close |
/// |------|------------------|--------|----------------|
/// | a    | qualified (0.2)  | 100    | Aug 15         |
/// | b    | proposal (0.5)   | 300    | Nov 1          |
/// | c    | offer (0)        | 1,000  | –              |
/// | d    | proposal         | –      | Aug 20         |
/// | e    | won              | 777    |                |
/// | f    | lost             | 555    |                |
fn pipeline() -> World {
    let mut w = World::new();
    w.processes.push(renewal());
    let amount = |n: &str| ("amount", cny(n));
    let expected = |on: &str| ("expected_close", Value::Date(day(on)));
    w.path("a", &[amount("100"), expected("2024-08-15")], &[("qualified", "2024-06-01")]);
    w.path(
        "b",
        &[amount("300"), expected("2024-11-01")],
        &[
            ("qualified", "2024-03-01"),
            ("proposal", "2024-04-01"),
            ("qualified", "2024-05-01"),
            ("proposal", "2024-06-21"),
        ],
    );
    w.path("c", &[amount("1000")], &[("offer", "2024-06-11")]);
    w.path("d", &[expected("2024-08-20")], &[("proposal", "2024-07-01")]);
    w.path("e", &[amount("777")], &[("qualified", "2024-01-01"), ("won", "2024-02-01")]);
    w.path("f", &[amount("555")], &[("qualified", "2024-01-01"), ("lost", "2024-02-01")]);
    w
}

#[test]
fn open_deals_only() {
    let w = pipeline();
    // 100 + 300 + 1000; d has no amount. Neither won nor lost deals are in it.
    let row = w.one("pipeline_value", KpiQuery::all());
    assert_eq!((value(&row).as_str(), row.n), ("1400", 3));
    assert_eq!(excluded(&row), [("kpi.excluded.no_amount", 1)]);
    // 100·0.2 + 300·0.5 + 1000·0: a probability of zero is one.
    let row = w.one("weighted_pipeline", KpiQuery::all());
    assert_eq!((value(&row).as_str(), ids(&row.ids.denominator)), ("170", vec!["a", "b", "c"]));
    // A window does not narrow a state, and the row says so.
    let row = w.one("weighted_pipeline", q1());
    assert_eq!((value(&row).as_str(), row.window), ("170", None));
    // A calendar unit groups it by expected close: Q3 20, Q4 150, none 0.
    let report = w.report(&KpiQuery::of([metric("weighted_pipeline")]).by(["quarter"]));
    assert_eq!(lines(&report), ["2024-Q3 | - = 20 (n 1)", "2024-Q4 | - = 150 (n 1)", " | - = 0 (n 1)"]);
}

#[test]
fn as_of_an_earlier_day() {
    let w = pipeline();
    // On April 15: b in proposal; a, c and d did not exist yet.
    let row = w.one("weighted_pipeline", KpiQuery { as_of: Some(at("2024-04-15")), ..KpiQuery::all() });
    assert_eq!((value(&row).as_str(), ids(&row.ids.denominator)), ("150", vec!["b"]));
    // On January 15: e and f were open and qualified. 777·0.2 + 555·0.2 = 266.4.
    let row = w.one("weighted_pipeline", KpiQuery { as_of: Some(at("2024-01-15")), ..KpiQuery::all() });
    assert_eq!((value(&row).as_str(), row.n), ("266.4", 2));
}

#[test]
fn a_sum_of_which_no_part_is_known_is_undefined() {
    let mut w = World::new();
    w.deal("a", &[("outcome", "open".into())]);
    assert_eq!(value(&w.one("pipeline_value", KpiQuery::all())), "kpi.undefined.no_amount");
    w.deal("a", &[("outcome", "open".into()), ("amount", cny("5"))]);
    let row = w.one("weighted_pipeline", KpiQuery::all());
    assert_eq!(value(&row), "kpi.undefined.no_probability");
    assert_eq!(excluded(&row), [("kpi.excluded.no_probability", 1)]);
    // Without visits the stage of the record counts, in the process it names or the only one that has it.
    w.deal("a", &[("stage", "negotiation".into()), ("amount", cny("5"))]);
    assert_eq!(value(&w.one("weighted_pipeline", KpiQuery::all())), "4");
    w.deal("a", &[("stage", "nowhere".into()), ("outcome", "open".into()), ("amount", cny("5"))]);
    assert_eq!(value(&w.one("weighted_pipeline", KpiQuery::all())), "kpi.undefined.no_probability");
}

#[test]
fn stage_age_counts_from_the_latest_entry() {
    let w = pipeline();
    // As of July 1: a Jun 1 = 30, b Jun 21 = 10 (its second stay), c Jun 11 = 20, d Jul 1 = 0. Sorted 0 10 20 30:
    // median 15, p75 at 2.25 = 22.5, p90 at 2.7 = 27, mean 60/4 = 15.
    let report = w.report(&KpiQuery::of([metric("stage_age")]));
    assert_eq!(
        lines(&report),
        [" | median = 15 (n 4)", " | p75 = 22.5 (n 4)", " | p90 = 27 (n 4)", " | mean = 15 (n 4)"]
    );
    assert_eq!(report.rows[3].numerator, Some(d("60")));
}

#[test]
fn stage_age_without_visits() {
    let mut w = World::new();
    let entered = |on: &str| ("stage_entered_at", Value::Instant(at(on)));
    w.deal("a", &[("outcome", "open".into()), entered("2024-06-21")]);
    w.deal("b", &[("outcome", "open".into())]);
    w.deal("c", &[("outcome", "open".into()), entered("2024-07-21")]);
    let row = w.report(&KpiQuery::of([metric("stage_age")])).rows.remove(0);
    assert_eq!((value(&row).as_str(), row.n), ("10", 1));
    assert_eq!(excluded(&row), [("kpi.excluded.no_time", 1), ("kpi.excluded.negative_span", 1)]);
}
