//! The numbers of `tests/derive/kpi.py`, which works them out from their definitions without code of this project.

use std::collections::BTreeMap;

use qudao_metrics::{Basis, KpiQuery, Window};
use qudao_model::Value;
use serde::Deserialize;

use crate::world::{World, at, cny, day, metric};

#[derive(Deserialize)]
struct Derived {
    as_of: String,
    zone: chrono_tz::Tz,
    deals: Vec<Deal>,
    expected: Vec<Expected>,
}

#[derive(Deserialize)]
struct Deal {
    id: String,
    partner: Option<String>,
    created: String,
    amount: Option<i64>,
    actual: Option<i64>,
    visits: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct Expected {
    window: Option<(String, String)>,
    /// Empty: the whole. None: deals without a partner.
    partner: Option<String>,
    /// `metric|part|basis` to value and n.
    values: BTreeMap<String, (Option<String>, u64)>,
}

#[test]
fn numbers_agree_with_an_independent_computation() {
    let derived: Derived = serde_json::from_str(include_str!("../data/derived.json")).unwrap();
    let mut w = World::new();
    w.as_of = at(&derived.as_of);
    for deal in &derived.deals {
        let money = |n: Option<i64>| n.map_or(Value::Missing, |n| cny(&n.to_string()));
        let fields = [
            ("partner", deal.partner.as_deref().map_or(Value::Missing, Value::text)),
            ("created_at", Value::Instant(at(&deal.created))),
            ("amount", money(deal.amount)),
            ("actual_amount", money(deal.actual)),
        ];
        let steps: Vec<(&str, &str)> = deal.visits.iter().map(|(s, t)| (s.as_str(), t.as_str())).collect();
        w.path(&deal.id, &fields, &steps);
    }
    let mut compared = 0;
    for expected in &derived.expected {
        for basis in [Basis::Cohort, Basis::Event] {
            let mut query = KpiQuery { zone: Some(derived.zone), ..KpiQuery::all() }.basis(basis);
            query.window = expected.window.as_ref().map(|(from, to)| Window::new(day(from), day(to)));
            if expected.partner.as_deref() != Some("") {
                query = query.by(["partner"]);
            }
            let report = w.report(&query);
            let group = expected
                .partner
                .as_deref()
                .map_or(Value::Missing, |p| Value::from(qudao_model::RecordId::new(p).ok()));
            for (key, (value, n)) in &expected.values {
                let parts: Vec<&str> = key.split('|').collect();
                let row = report.rows.iter().find(|r| {
                    r.metric == metric(parts[0])
                        && r.part.as_deref().unwrap_or_default() == parts[1]
                        && r.basis.as_str() == parts[2]
                        && r.group.iter().all(|(_, v)| *v == group)
                        && r.group.len() == query.by.len()
                });
                let Some(row) = row else {
                    // A group without any case has no row, and a metric of one basis has none on the other.
                    let counts = ["closed_won", "closed_lost", "reopened", "opportunities", "won_value"];
                    let other_basis = report.of(parts[0]).all(|r| r.basis.as_str() != parts[2]);
                    let nothing = *n == 0 && (value.is_none() || counts.contains(&parts[0]));
                    assert!(
                        other_basis || nothing,
                        "no row for {key} {:?} {:?}",
                        expected.window,
                        expected.partner
                    );
                    continue;
                };
                let found = row.value.defined().map(|v| v.to_string());
                assert_eq!(
                    (&found, row.n),
                    (value, *n),
                    "{key} {:?} {:?}",
                    expected.window,
                    expected.partner
                );
                compared += 1;
            }
        }
    }
    assert!(compared > 1000, "{compared}");
}
