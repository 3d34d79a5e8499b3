//! Win rate, won value, sales cycle.

use qudao_metrics::{AsOfClock, Basis, CycleStart, KpiQuery, MetricSpec, MetricsError};
use qudao_model::{StageClass, Value};

use crate::world::{World, at, cny, d, day, excluded, ids, lines, metric, q1, q2, value, window};

/// | deal | created | closings                                   | actual | estimated | partner |
/// |------|---------|--------------------------------------------|--------|-----------|---------|
/// | a    | Jan 1   | won Feb 10                                 | 100    |           | p1      |
/// | b    | Jan 5   | lost Feb 20                                |        | 50        | p1      |
/// | c    | Jan 10  | lost Mar 1, re-opened Apr 5, won May 1     | 300    | 200       | p2      |
/// | d    | Feb 1   | cancelled Feb 15                           |        | 999       | p2      |
/// | e    | Mar 1   | open                                       |        | 60        | p1      |
/// | f    | Feb 3   | won Feb 25, re-opened Apr 2, lost Jun 20   | 80     | 70        | –       |
pub(crate) fn deals() -> World {
    let mut w = World::new();
    let p = |id: &str| ("partner", Value::text(id));
    let created = |day: &str| ("created_at", Value::Instant(at(day)));
    let actual = |n: &str| ("actual_amount", cny(n));
    let estimated = |n: &str| ("amount", cny(n));
    w.path(
        "a",
        &[created("2024-01-01"), actual("100"), p("p1")],
        &[("qualified", "2024-01-01"), ("proposal", "2024-01-20"), ("won", "2024-02-10")],
    );
    w.path(
        "b",
        &[created("2024-01-05"), estimated("50"), p("p1")],
        &[("qualified", "2024-01-05"), ("lost", "2024-02-20")],
    );
    w.path(
        "c",
        &[created("2024-01-10"), actual("300"), estimated("200"), p("p2")],
        &[
            ("qualified", "2024-01-10"),
            ("proposal", "2024-02-01"),
            ("lost", "2024-03-01"),
            ("proposal", "2024-04-05"),
            ("negotiation", "2024-04-20"),
            ("won", "2024-05-01"),
        ],
    );
    w.path(
        "d",
        &[created("2024-02-01"), estimated("999"), p("p2")],
        &[("qualified", "2024-02-01"), ("cancelled", "2024-02-15")],
    );
    w.path("e", &[created("2024-03-01"), estimated("60"), p("p1")], &[("proposal", "2024-03-01")]);
    w.path(
        "f",
        &[created("2024-02-03"), actual("80"), estimated("70")],
        &[
            ("negotiation", "2024-02-03"),
            ("won", "2024-02-25"),
            ("negotiation", "2024-04-02"),
            ("lost", "2024-06-20"),
        ],
    );
    w
}

#[test]
fn win_rate_counts_each_deal_once_by_its_last_closing_in_the_window() {
    let w = deals();
    // Q1: a won, b lost, c lost, f won; d cancelled. 2 / 4.
    let row = w.one("win_rate", q1());
    assert_eq!(value(&row), "0.5");
    assert_eq!((row.numerator, row.denominator, row.n), (Some(d("2")), Some(d("4")), 4));
    assert_eq!(excluded(&row), [("kpi.excluded.cancelled", 1)]);
    assert_eq!(row.reopened, 0);
    assert_eq!(ids(&row.ids.numerator), ["a", "f"]);
    assert_eq!(ids(&row.ids.denominator), ["a", "b", "c", "f"]);
    assert!(row.small_sample);
    // Q2: c won, f lost. 1 / 2; both had been opened again.
    let row = w.one("win_rate", q2());
    assert_eq!((value(&row).as_str(), row.n, row.reopened), ("0.5", 2, 2));
    assert_eq!(ids(&row.ids.numerator), ["c"]);
    // All time: a won, b lost, c won, f lost. 2 / 4, each deal once.
    let row = w.one("win_rate", KpiQuery::all());
    assert_eq!((value(&row).as_str(), row.n, row.reopened), ("0.5", 4, 2));
    assert_eq!(ids(&row.ids.numerator), ["a", "c"]);
}

#[test]
fn a_later_reopening_does_not_change_an_earlier_window() {
    let w = deals();
    let then = w.one("win_rate", KpiQuery { as_of: Some(at("2024-03-31")), ..q1() });
    let now = w.one("win_rate", q1());
    assert_eq!(then.value, now.value);
    assert_eq!(then.ids, now.ids);
    assert_eq!(then.reopened, now.reopened);
    assert!(then.partial_window && !now.partial_window);
}

#[test]
fn a_calendar_unit_is_a_window_of_its_own() {
    let w = deals();
    let report = w.report(&KpiQuery::of([metric("win_rate")]).by(["quarter"]));
    assert_eq!(lines(&report), ["2024-Q1 | - = 0.5 (n 4)", "2024-Q2 | - = 0.5 (n 2)"]);
    let halves: Vec<_> = report.rows.iter().map(|r| r.window.unwrap()).collect();
    assert_eq!(halves[0].to, halves[1].from, "no day between two quarters is lost");
    // Both units: the finer one is the window.
    let report = w.report(&KpiQuery::of([metric("closed_won")]).by(["year", "month"]));
    assert_eq!(lines(&report), ["2024/2024-02 | - = 2 (n 2)", "2024/2024-05 | - = 1 (n 1)"]);
}

#[test]
fn win_rate_by_partner() {
    let w = deals();
    let report = w.report(&KpiQuery { metrics: vec![metric("win_rate")], ..q1() }.by(["partner"]));
    // p1: a won, b lost. p2: c lost, d cancelled. No partner: f won.
    assert_eq!(lines(&report), ["p1 | - = 0.5 (n 2)", "p2 | - = 0 (n 1)", " | - = 1 (n 1)"]);
    assert_eq!(report.rows[2].group, [("partner".to_owned(), Value::Missing)]);
}

#[test]
fn the_cohort_basis_shows_who_is_still_open() {
    let w = deals();
    // Created in Q1: all six. Last closing so far: a won, b lost, c won, d cancelled, f lost; e open.
    let row = w.one("win_rate", q1().basis(Basis::Cohort));
    assert_eq!((value(&row).as_str(), row.n, row.censored), ("0.5", 4, 1));
    assert_eq!((row.basis, ids(&row.ids.censored)), (Basis::Cohort, vec!["e"]));
    assert_eq!(row.reopened, 2);
    let event = w.one("win_rate", q1());
    assert_ne!(row.definition_hash, event.definition_hash);
}

#[test]
fn win_rate_by_value() {
    let w = deals();
    // Q1: won a 100, f 80; lost b 50, c 200 (estimated, not the 300 it later brought). 180 / 430 = 0.41860465…
    let row = w.one("win_rate_value", q1());
    assert_eq!(value(&row), "0.418605");
    assert_eq!((row.numerator, row.denominator), (Some(d("180")), Some(d("430"))));
    assert_eq!(excluded(&row), [("kpi.excluded.cancelled", 1)]);
}

#[test]
fn win_rate_by_value_is_undefined_when_no_lost_deal_has_an_estimate() {
    let mut w = World::new();
    w.deal("w", &[("outcome", "won".into()), ("actual_amount", cny("10"))]);
    // The actual amount of a lost deal says nothing of what was lost.
    w.deal("l", &[("outcome", "lost".into()), ("actual_amount", cny("0"))]);
    let row = w.one("win_rate_value", KpiQuery::all());
    assert_eq!(value(&row), "kpi.undefined.lost_without_amount");
    assert_eq!(excluded(&row), [("kpi.excluded.no_amount", 1)]);
    // Once one has an estimate, the others are excluded and counted. 10 / (10 + 30).
    w.deal("m", &[("outcome", "lost".into()), ("amount", cny("30"))]);
    let row = w.one("win_rate_value", KpiQuery::all());
    assert_eq!((value(&row).as_str(), excluded(&row)), ("0.25", vec![("kpi.excluded.no_amount", 1)]));
    // A won deal without an actual amount counts by its estimate; zero is an amount.
    w.deal("w", &[("outcome", "won".into()), ("amount", cny("0"))]);
    assert_eq!(value(&w.one("win_rate_value", KpiQuery::all())), "0");
}

#[test]
fn nothing_to_divide_by_is_undefined_not_zero() {
    let mut w = World::new();
    w.data.add(&crate::world::object("opportunity"), Vec::new()).unwrap();
    for id in ["win_rate", "win_rate_value", "velocity"] {
        assert_eq!(value(&w.one(id, KpiQuery::all())), "kpi.undefined.no_cases", "{id}");
    }
    assert_eq!(value(&w.one("closed_won", KpiQuery::all())), "0");
    assert_eq!(value(&w.one("won_value", KpiQuery::all())), "0");
    // Grouped, a metric without cases still has its row.
    let row = w.one("win_rate", KpiQuery::all().by(["partner", "quarter"]));
    assert_eq!(value(&row), "kpi.undefined.no_cases");
    // Only lost deals: a win rate of zero is a number.
    w.deal("l", &[("outcome", "lost".into())]);
    assert_eq!(value(&w.one("win_rate", KpiQuery::all())), "0");
}

#[test]
fn a_table_that_was_not_given_is_said_per_metric() {
    let mut w = World::new();
    w.put("account", "x", &[]);
    let report = w.report(&KpiQuery::all());
    let row = report.whole("win_rate", None).unwrap();
    assert_eq!(value(row), "kpi.undefined.missing_table");
    assert_eq!(
        row.value.reason().unwrap().text(&qudao_model::Locale::zh()),
        "未定义：未提供 opportunity 的记录"
    );
    assert!(report.of("completeness").all(|r| value(r) == "kpi.undefined.no_scores"));
    assert!(report.of("duplicate_rate").all(|r| value(r) == "kpi.undefined.no_clusters"));
}

#[test]
fn deals_without_visits_are_measured_by_their_own_fields() {
    let mut w = World::new();
    let closed = |outcome: &str, created: &str, closed: &str| {
        vec![
            ("outcome", Value::text(outcome)),
            ("created_at", Value::Instant(at(created))),
            ("closed_at", Value::Instant(at(closed))),
        ]
    };
    w.deal("a", &closed("won", "2024-01-01", "2024-01-11"));
    w.deal("b", &closed("lost", "2024-01-01", "2024-05-01"));
    w.deal("c", &closed("won", "2024-01-01", "2024-08-01")); // after as-of
    w.deal("d", &[("outcome", "won".into())]); // no date
    w.deal("e", &[]); // outcome not known
    w.deal("f", &[("stage", "lost".into())]); // the stage tells the outcome
    w.deal("g", &[("stage", "proposal".into())]); // open
    let row = w.one("win_rate", q1());
    assert_eq!((value(&row).as_str(), row.n), ("1", 1));
    assert_eq!(excluded(&row), [("kpi.excluded.no_time", 2), ("kpi.excluded.no_outcome", 1)]);
    // All time: a and d won, b and f lost; c lies after as-of.
    let row = w.one("win_rate", KpiQuery::all());
    assert_eq!((value(&row).as_str(), row.n), ("0.5", 4));
    assert_eq!(excluded(&row), [("kpi.excluded.after_as_of", 1), ("kpi.excluded.no_outcome", 1)]);
    // By quarter, those without a date stand in a group of their own.
    let report = w.report(&KpiQuery::of([metric("closed_won")]).by(["quarter"]));
    assert_eq!(lines(&report)[0], "2024-Q1 | - = 1 (n 1)");
    assert_eq!(lines(&report).last().unwrap(), " | - = 1 (n 1)");
}

#[test]
fn windows_are_half_open_in_the_zone() {
    let mut w = World::new();
    // 16:00 UTC is midnight in Shanghai: the first instant of April.
    for (id, when) in [("a", "2024-03-31T15:59:59.999999Z"), ("b", "2024-03-31T16:00:00Z")] {
        w.deal(id, &[("outcome", "won".into()), ("closed_at", Value::Instant(at(when)))]);
    }
    assert_eq!(ids(&w.one("closed_won", q1()).ids.denominator), ["a"]);
    assert_eq!(ids(&w.one("closed_won", q2()).ids.denominator), ["b"]);
    // In UTC both are in March.
    let utc = KpiQuery { zone: Some(chrono_tz::UTC), ..q1() };
    let row = w.one("closed_won", utc);
    assert_eq!(ids(&row.ids.denominator), ["a", "b"]);
    assert_ne!(row.definition_hash, w.one("closed_won", q1()).definition_hash);
    // Two windows side by side hold every closing once.
    let whole = w.one("closed_won", window("2024-01-01", "2024-07-01")).n;
    assert_eq!(w.one("closed_won", q1()).n + w.one("closed_won", q2()).n, whole);
}

#[test]
fn a_window_must_not_be_empty() {
    let w = deals();
    let query = window("2024-04-01", "2024-04-01");
    let error = w.ask(&w.metrics(&[]), &query).unwrap_err();
    assert_eq!((error.code(), error), ("kpi.bad_window", MetricsError::BadWindow));
}

#[test]
fn as_of_looks_at_what_was_recorded_or_at_what_had_happened() {
    let mut w = World::new();
    w.deal("a", &[]);
    w.step("a", "qualified", "2024-01-10", "2024-01-10");
    // Won on Feb 1, entered into the system on Mar 1.
    w.step("a", "won", "2024-02-01", "2024-03-01");
    let ask = |clock| w.one("win_rate", KpiQuery { as_of: Some(at("2024-02-15")), clock, ..KpiQuery::all() });
    assert_eq!(value(&ask(AsOfClock::Recorded)), "kpi.undefined.no_cases");
    assert_eq!(value(&ask(AsOfClock::Occurred)), "1");
    // Before its first visit the deal did not exist.
    let before = KpiQuery { as_of: Some(at("2024-01-01")), ..KpiQuery::all() };
    assert_eq!(w.one("opportunities", before).n, 0);
}

#[test]
fn sales_cycle() {
    let w = deals();
    // All time, last closing won: a Jan 1 → Feb 10 = 40 days; c Jan 10 → May 1 = 21+29+31+30+1 = 112 days (leap year).
    // Linear: median 40+0.5·72 = 76, p75 40+0.75·72 = 94, p90 40+0.9·72 = 104.8, mean 152 / 2 = 76.
    let report = w.report(&KpiQuery::of([metric("sales_cycle")]));
    assert_eq!(
        lines(&report),
        [" | median = 76 (n 2)", " | p75 = 94 (n 2)", " | p90 = 104.8 (n 2)", " | mean = 76 (n 2)"]
    );
    // Q1: a 40, f Feb 3 → Feb 25 = 22. Median 31.
    let report = w.report(&KpiQuery { metrics: vec![metric("sales_cycle")], ..q1() });
    assert_eq!(lines(&report)[0], " | median = 31 (n 2)");
    // All closed: a 40, b Jan 5 → Feb 20 = 46, c 112, f Feb 3 → Jun 20 = 26+31+30+31+20 = 138. Mean 336 / 4 = 84.
    let report = w.report(&KpiQuery::of([metric("close_cycle")]));
    assert_eq!(lines(&report)[3], " | mean = 84 (n 4)");
    assert_eq!(report.rows[3].numerator, Some(d("336")));
}

#[test]
fn a_cycle_that_ends_before_it_starts_is_a_finding() {
    let mut w = World::new();
    let deal = |created: &str, closed: &str| {
        vec![
            ("outcome", Value::text("won")),
            ("created_at", Value::Instant(at(created))),
            ("closed_at", Value::Instant(at(closed))),
        ]
    };
    w.deal("ok", &deal("2024-01-10", "2024-01-20"));
    w.deal("back", &deal("2024-01-20", "2024-01-10"));
    // Closed at a time of day before it was created, on the same day: zero days, as dates have no time of day.
    w.deal("same", &deal("2024-01-20T09:00:00Z", "2024-01-20T02:00:00Z"));
    w.deal("none", &[("outcome", "won".into()), ("closed_at", Value::Instant(at("2024-01-20")))]);
    let row = w.report(&KpiQuery::of([metric("sales_cycle")])).rows.remove(0);
    // 10 and 0 days.
    assert_eq!((value(&row).as_str(), row.n), ("5", 2));
    assert_eq!(excluded(&row), [("kpi.excluded.no_start", 1), ("kpi.excluded.negative_span", 1)]);
    assert_eq!(ids(&row.excluded[1].ids), ["back"]);
}

#[test]
fn the_start_of_a_cycle_is_named() {
    let mut w = World::new();
    w.path(
        "a",
        &[
            ("created_at", Value::Instant(at("2024-01-01"))),
            ("qualified_at", Value::Instant(at("2024-01-15"))),
        ],
        &[("qualified", "2024-01-05"), ("won", "2024-01-31")],
    );
    let spec = |start| MetricSpec { start: Some(start), ..MetricSpec::default() };
    let mut hashes = Vec::new();
    for (start, days) in
        [(CycleStart::Created, "30"), (CycleStart::Qualified, "16"), (CycleStart::FirstActive, "26")]
    {
        // Without `kind`, a Blueprint changes only what it names.
        let metrics = w.metrics(&[("sales_cycle", spec(start))]);
        let report = w.ask(&metrics, &KpiQuery::of([metric("sales_cycle")])).unwrap();
        assert_eq!(value(&report.rows[0]), days, "{start:?}");
        hashes.push(report.rows[0].definition_hash.clone());
    }
    hashes.dedup();
    assert_eq!(hashes.len(), 3);
    let classes = MetricSpec { classes: vec![StageClass::Lost], ..MetricSpec::default() };
    let metrics = w.metrics(&[("sales_cycle", classes)]);
    let report = w.ask(&metrics, &KpiQuery::of([metric("sales_cycle")])).unwrap();
    assert_eq!(value(&report.rows[0]), "kpi.undefined.no_cases");
}

#[test]
fn days_are_calendar_days_in_the_zone() {
    let mut w = World::new();
    // 15:30 UTC and 16:30 UTC: the same day in UTC, two days in Shanghai.
    w.deal(
        "a",
        &[
            ("outcome", "won".into()),
            ("created_at", Value::Instant(at("2024-01-10T15:30:00Z"))),
            ("closed_at", Value::Instant(at("2024-01-10T16:30:00Z"))),
        ],
    );
    let days = |zone| {
        let query = KpiQuery { zone: Some(zone), ..KpiQuery::of([metric("sales_cycle")]) };
        value(&w.report(&query).rows[0])
    };
    assert_eq!((days(chrono_tz::Asia::Shanghai).as_str(), days(chrono_tz::UTC).as_str()), ("1", "0"));
}

#[test]
fn velocity() {
    let w = deals();
    // All time: open e = 1; win rate 2/4; mean won value (100 + 300) / 2 = 200; median cycle 76.
    // 1 · 0.5 · 200 / 76 = 1.3157894…
    let row = w.one("velocity", KpiQuery::all());
    assert_eq!(value(&row), "1.315789");
    assert_eq!((row.numerator, row.denominator), (Some(d("100")), Some(d("76"))));
    // Q1: open at its end: e only (c and f are closed then) = 1; 2/4; (100 + 80) / 2 = 90; median 31. 45 / 31.
    let row = w.one("velocity", q1());
    assert_eq!(value(&row), "1.451613");
    // By partner: p1 has e open, a won of a and b, 100, 40 days: 1 · 0.5 · 100 / 40 = 1.25.
    // p2: nothing open: 0. No partner: nothing won at last.
    let report = w.report(&KpiQuery::of([metric("velocity")]).by(["partner"]));
    assert_eq!(
        lines(&report),
        ["p1 | - = 1.25 (n 2)", "p2 | - = 0 (n 1)", " | - = kpi.undefined.no_cases (n 1)"]
    );
}

#[test]
fn velocity_is_undefined_where_a_factor_is() {
    let mut w = World::new();
    let deal = |closed: &str, amount: Option<&str>| {
        vec![
            ("outcome", Value::text("won")),
            ("created_at", Value::Instant(at("2024-01-10"))),
            ("closed_at", Value::Instant(at(closed))),
            ("actual_amount", amount.map_or(Value::Missing, cny)),
        ]
    };
    w.deal("a", &deal("2024-01-10", Some("5")));
    assert_eq!(value(&w.one("velocity", KpiQuery::all())), "kpi.undefined.zero_divisor");
    w.deal("a", &deal("2024-01-12", None));
    assert_eq!(value(&w.one("velocity", KpiQuery::all())), "kpi.undefined.won_without_amount");
}

#[test]
fn money_is_converted_at_the_rate_of_the_close() {
    let mut w = World::new();
    let spec = "objects:\n  opportunity:\n    fields:\n      amount: {currency: any}\n      actual_amount: {currency: any}\n";
    let doc = qudao_model::Document::parse("t", spec).unwrap();
    let specs = serde_json::from_value(doc.json()["objects"].clone()).unwrap();
    w.schema = std::sync::Arc::new(qudao_model::Schema::build(&specs, "CNY").unwrap());
    let won = |closed: &str| {
        vec![
            ("outcome", Value::text("won")),
            ("closed_at", Value::Instant(at(closed))),
            ("actual_amount", Value::money(d("100"), "USD")),
        ]
    };
    w.deal("a", &won("2024-01-31"));
    w.deal("b", &won("2024-02-01"));
    w.deal(
        "c",
        &[("outcome", "open".into()), ("amount", Value::money(d("10"), "USD")), ("stage", "proposal".into())],
    );
    // A missing rate is an error naming currency and date, never 1.
    let metrics = w.metrics(&[]);
    let error = w.ask(&metrics, &KpiQuery::of([metric("won_value")])).unwrap_err();
    assert_eq!(error.code(), "kpi.missing_rate");
    assert_eq!(error.to_string(), "no rate of USD into CNY on or before 2024-01-31, and 1 more");
    assert_eq!(error.text(&qudao_model::Locale::zh()), "缺少 2024-01-31 当日或之前 USD 兑 CNY 的汇率");
    // A rate dated after the day is not in force on it.
    w.rates.add("USD", "CNY", day("2024-02-01"), d("8")).unwrap();
    assert!(w.ask(&metrics, &KpiQuery::of([metric("won_value")])).is_err());
    w.rates.add("USD", "CNY", day("2024-01-01"), d("7")).unwrap();
    // a 100 · 7 + b 100 · 8.
    let row = w.one("won_value", KpiQuery::all());
    assert_eq!((value(&row).as_str(), row.currency.as_deref()), ("1500", Some("CNY")));
    // Open amounts at as-of: 10 · 8, weighted by 0.5.
    assert_eq!(value(&w.one("pipeline_value", KpiQuery::all())), "80");
    assert_eq!(value(&w.one("weighted_pipeline", KpiQuery::all())), "40");
    assert_eq!(w.rates.add("USD", "CNY", day("2024-01-01"), d("0")).unwrap_err().code(), "kpi.bad_rate");
    // A metric without money asks for no rate.
    w.rates = Default::default();
    assert_eq!(value(&w.one("win_rate", KpiQuery::all())), "1");
}

#[test]
fn a_sum_too_large_is_undefined() {
    let mut w = World::new();
    for id in ["a", "b"] {
        let amount = Value::money(qudao_model::Decimal::MAX, "CNY");
        w.deal(id, &[("outcome", "won".into()), ("actual_amount", amount)]);
    }
    assert_eq!(value(&w.one("won_value", KpiQuery::all())), "kpi.undefined.overflow");
}

#[test]
fn counts_of_closings() {
    let w = deals();
    assert_eq!(value(&w.one("closed_won", q1())), "2");
    assert_eq!(value(&w.one("closed_lost", q1())), "2");
    assert_eq!(value(&w.one("closed_won", KpiQuery::all())), "2");
    assert_eq!(value(&w.one("reopened", KpiQuery::all())), "2");
    assert_eq!(value(&w.one("reopened", q1())), "0");
    assert_eq!(value(&w.one("opportunities", q1())), "6");
    assert_eq!(value(&w.one("opportunities", q2())), "0");
    // Q1: a 100 + f 80. All time: a 100 + c 300; f was lost in the end.
    assert_eq!(value(&w.one("won_value", q1())), "180");
    assert_eq!(value(&w.one("won_value", KpiQuery::all())), "400");
}

/// Status and stage that disagree: the visits, which nobody edits, are right.
#[test]
fn visits_outvote_the_fields_of_the_record() {
    let mut w = World::new();
    let wrong = [("outcome", Value::text("won")), ("closed_at", Value::Instant(at("2024-05-01")))];
    w.path("a", &wrong, &[("qualified", "2024-01-01"), ("lost", "2024-02-01")]);
    w.path("b", &wrong, &[("qualified", "2024-01-01")]);
    let row = w.one("win_rate", KpiQuery::all());
    assert_eq!((value(&row).as_str(), ids(&row.ids.denominator)), ("0", vec!["a"]));
    assert_eq!(value(&w.one("win_rate", q2())), "kpi.undefined.no_cases");
}

/// Visits of records that the caller may not see do not count.
#[test]
fn visits_without_their_record_do_not_count() {
    let mut w = deals();
    let before = w.one("win_rate", q1());
    w.step("hidden", "won", "2024-01-05", "2024-01-05");
    assert_eq!(w.one("win_rate", q1()), before);
}
