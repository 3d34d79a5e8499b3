//! What holds for all data.

use std::collections::BTreeMap;

use proptest::prelude::*;
use qudao_metrics::{Basis, GroupKey, KpiQuery, KpiReport, KpiValue, Window};
use qudao_model::{Dataset, Value};

use crate::world::{World, cny, day, metric, object};

#[derive(Debug, Clone)]
struct Deal {
    partner: Option<u8>,
    amount: Option<i64>,
    created: Option<u16>,
    /// Stages by number, with the days until the next one. None: a plain record.
    path: Vec<(u8, u8)>,
}

const STAGES: [&str; 6] = ["qualified", "proposal", "negotiation", "won", "lost", "cancelled"];

fn deal() -> impl Strategy<Value = Deal> {
    let path = prop::collection::vec((0_u8..6, 0_u8..60), 0..6);
    (prop::option::of(0_u8..3), prop::option::of(0_i64..1000), prop::option::of(0_u16..300), path)
        .prop_map(|(partner, amount, created, path)| Deal { partner, amount, created, path })
}

fn date(days: u32) -> String {
    (day("2024-01-01") + chrono::Days::new(u64::from(days))).to_string()
}

fn world(deals: &[Deal]) -> World {
    let mut w = World::new();
    w.as_of = crate::world::at("2025-01-01");
    w.data.add(&object("opportunity"), Vec::new()).unwrap();
    for (n, deal) in deals.iter().enumerate() {
        let id = format!("d{n:03}");
        let created = deal.created.map(|d| date(u32::from(d)));
        let mut fields = vec![
            ("partner", deal.partner.map(|p| Value::text(format!("p{p}"))).unwrap_or_default()),
            ("amount", deal.amount.map(|a| cny(&a.to_string())).unwrap_or_default()),
            ("created_at", created.as_deref().map(crate::world::at).into()),
        ];
        if deal.path.is_empty() {
            let outcome = ["won", "lost", "open", "cancelled"][n % 4];
            fields.push(("outcome", outcome.into()));
            let closed = date(u32::from(deal.created.unwrap_or(9)) + 20);
            fields.push(("closed_at", Value::Instant(crate::world::at(&closed))));
        }
        w.deal(&id, &fields);
        let mut now = u32::from(deal.created.unwrap_or(5));
        let mut before = None;
        for (stage, days) in &deal.path {
            if before == Some(*stage) {
                continue;
            }
            before = Some(*stage);
            w.step(&id, STAGES[usize::from(*stage)], &date(now), &date(now));
            now += u32::from(*days);
        }
    }
    w
}

fn all_metrics(by: &[&str]) -> KpiQuery {
    KpiQuery::all().by(by.iter().copied())
}

fn counts(rows: &[KpiValue]) -> (u64, u64, u64) {
    let excluded = rows.iter().flat_map(|r| &r.excluded).map(|e| e.count).sum();
    (rows.iter().map(|r| r.n).sum(), rows.iter().map(|r| r.censored).sum(), excluded)
}

/// Rows by metric, process and part.
fn parts(report: KpiReport) -> BTreeMap<(String, String), Vec<KpiValue>> {
    let mut map: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for row in report.rows {
        let part = format!("{:?} {:?}", row.process, row.part);
        map.entry((row.metric.to_string(), part)).or_default().push(row);
    }
    map
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Groups cut the whole into parts: nothing is lost and nothing counts twice.
    #[test]
    fn groups_sum_to_the_whole(deals in prop::collection::vec(deal(), 0..25)) {
        let w = world(&deals);
        for query in [all_metrics(&[]), all_metrics(&[]).window(Window::new(day("2024-03-01"), day("2024-08-01")))] {
            let whole = parts(w.report(&query));
            let grouped = parts(w.report(&query.clone().by(["partner"])));
            for (key, rows) in &whole {
                let Some(groups) = grouped.get(key) else { continue };
                if rows.iter().chain(groups).any(|r| r.value.reason().is_some_and(|r| r.code().contains("no_v") || r.code().contains("table"))) {
                    continue;
                }
                prop_assert_eq!(counts(rows), counts(groups), "{:?}", key);
                let total = |rows: &[KpiValue]| rows.iter().filter_map(|r| r.numerator).sum::<qudao_model::Decimal>();
                if key.0 == "won_value" || key.0 == "pipeline_value" {
                    prop_assert_eq!(total(rows), total(groups), "{:?}", key);
                }
            }
        }
        // What is dated by one event a record has parts that sum over calendar units as well.
        for id in ["opportunities", "lead_conversion", "pipeline_value", "weighted_pipeline", "stage_age"] {
            let whole = w.report(&KpiQuery::of([metric(id)]));
            let months = w.report(&KpiQuery::of([metric(id)]).by(["month"]));
            prop_assert_eq!(counts(&whole.rows), counts(&months.rows), "{}", id);
        }
    }

    /// No order of records or visits reaches a result.
    #[test]
    fn order_does_not_matter(deals in prop::collection::vec(deal(), 0..20), turn in 0_usize..50) {
        let mut w = world(&deals);
        let query = all_metrics(&["partner", "quarter"]);
        let before = w.report(&query);
        let mut records = w.data.records("opportunity").to_vec();
        if !records.is_empty() {
            let by = turn % records.len();
            records.rotate_left(by);
            records.reverse();
        }
        w.data = Dataset::new();
        w.data.add(&object("opportunity"), records).unwrap();
        w.visits.reverse();
        if !w.visits.is_empty() {
            let by = turn % w.visits.len();
            w.visits.rotate_left(by);
        }
        prop_assert_eq!(w.report(&query), before);
    }

    /// A share lies between 0 and 1, is never given for nothing, and matches its ids.
    #[test]
    fn shares_are_shares(deals in prop::collection::vec(deal(), 0..25), cohort in any::<bool>()) {
        let w = world(&deals);
        let basis = if cohort { Basis::Cohort } else { Basis::Event };
        let report = w.report(&all_metrics(&["partner", "month"]).basis(basis));
        for row in &report.rows {
            if row.unit == qudao_metrics::Unit::Ratio
                && let Some(value) = row.value.defined()
            {
                prop_assert!(row.n > 0);
                prop_assert!((qudao_model::Decimal::ZERO..=qudao_model::Decimal::ONE).contains(&value), "{:?}", row);
                prop_assert!(row.ids.numerator.iter().all(|id| row.ids.denominator.contains(id)));
            }
            prop_assert_eq!(row.n, row.ids.denominator.len() as u64);
            prop_assert!(row.ids.denominator.windows(2).all(|p| p[0] < p[1]), "sorted, each once");
        }
    }

    /// An imputed funnel never widens.
    #[test]
    fn imputed_funnels_narrow(deals in prop::collection::vec(deal(), 1..25)) {
        let w = world(&deals);
        let report = w.report(&KpiQuery::of([metric("stage_conversion_imputed")]));
        for pair in report.rows.windows(2) {
            prop_assert!(pair[1].n <= pair[0].n);
            if let Some(numerator) = pair[0].numerator {
                prop_assert_eq!(numerator, qudao_model::Decimal::from(pair[1].n));
            }
        }
    }

    /// Windows side by side: every win and every loss of a record that closes once falls into exactly one.
    #[test]
    fn windows_side_by_side(deals in prop::collection::vec(deal(), 0..25), cut in 1_u32..300) {
        let mut deals = deals;
        for deal in &mut deals {
            deal.path.clear();
        }
        let w = world(&deals);
        let cut = day("2024-01-01") + chrono::Days::new(u64::from(cut));
        let n = |from, to| w.one("win_rate", KpiQuery::all().window(Window::new(from, to))).n;
        let (first, last) = (day("2023-01-01"), day("2026-01-01"));
        prop_assert_eq!(n(first, cut) + n(cut, last), n(first, last));
    }

    #[test]
    fn any_group_text_is_an_answer_or_an_error(path in "[a-z._ ]{0,20}") {
        let w = world(&[]);
        let mut query = KpiQuery::all();
        query.by.push(GroupKey::parse(&path));
        if let Err(error) = w.ask(&w.metrics(&[]), &query) {
            prop_assert_eq!(error.code(), "kpi.unknown_group");
        }
    }
}
