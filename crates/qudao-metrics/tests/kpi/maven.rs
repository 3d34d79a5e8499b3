//! Known truth of the public data set "CRM Sales Opportunities" (Maven Analytics), where it is present.
//!
//! `QUDAO_DATA` names the folder that holds `maven-crm/`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::NaiveDate;
use qudao_metrics::{KpiQuery, Window};
use qudao_model::{Instant, Value};

use crate::world::{World, at, cny, lines, metric, value};

fn rows(name: &str) -> Option<Vec<BTreeMap<String, String>>> {
    let path = PathBuf::from(std::env::var_os("QUDAO_DATA")?).join("maven-crm").join(name);
    let mut reader = csv::Reader::from_path(path).ok()?;
    Some(reader.deserialize().map(Result::unwrap).collect())
}

fn maven() -> Option<World> {
    let (deals, agents) = (rows("sales_pipeline.csv")?, rows("sales_teams.csv")?);
    let mut w = World::new();
    w.as_of = at("2018-01-01");
    for agent in agents {
        w.put(
            "user",
            &agent["sales_agent"],
            &[
                ("name", agent["sales_agent"].as_str().into()),
                ("region", agent["regional_office"].as_str().into()),
                ("team", agent["manager"].as_str().into()),
            ],
        );
    }
    let date = |text: &str| -> Value {
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
        day.and_then(|d| Instant::start_of_day(d, crate::world::ZONE)).into()
    };
    for deal in deals {
        let stage = deal["deal_stage"].to_lowercase();
        let outcome = if matches!(stage.as_str(), "won" | "lost") { stage.as_str() } else { "open" };
        let amount = deal["close_value"].as_str();
        w.put(
            "opportunity",
            &deal["opportunity_id"],
            &[
                ("owner", deal["sales_agent"].as_str().into()),
                ("stage", stage.as_str().into()),
                ("outcome", outcome.into()),
                ("created_at", date(&deal["engage_date"])),
                ("closed_at", date(&deal["close_date"])),
                ("actual_amount", if amount.is_empty() { Value::Missing } else { cny(amount) }),
            ],
        );
    }
    Some(w)
}

#[test]
fn known_truth() {
    let Some(w) = maven() else {
        eprintln!("skipped: QUDAO_DATA/maven-crm is not there");
        return;
    };
    let all = KpiQuery::all;
    let report = w.report(&KpiQuery::of([metric("opportunities")]).by(["stage"]));
    assert_eq!(
        lines(&report),
        [
            "engaging | - = 1589 (n 1589)",
            "lost | - = 2473 (n 2473)",
            "prospecting | - = 500 (n 500)",
            "won | - = 4238 (n 4238)"
        ]
    );
    let row = w.one("win_rate", all());
    // 4,238 / 6,711
    assert_eq!((value(&row).as_str(), row.n), ("0.631501", 6711));
    assert_eq!(value(&w.one("closed_won", all())), "4238");
    assert_eq!(value(&w.one("won_value", all())), "10005534");
    let cycle = w.report(&KpiQuery::of([metric("sales_cycle")]));
    let values: Vec<String> = cycle.rows.iter().map(value).collect();
    assert_eq!(values[..3], ["57", "88", "106"]);
    assert_eq!(cycle.rows[3].value.defined().unwrap().round_dp(2).to_string(), "51.78");
    let closed = w.report(&KpiQuery::of([metric("close_cycle")]));
    assert_eq!(closed.rows[3].value.defined().unwrap().round_dp(2).to_string(), "47.99");
    let by_region = w.report(&KpiQuery::of([metric("win_rate")]).by(["owner.region"]));
    let rates: Vec<String> = by_region
        .rows
        .iter()
        .map(|r| {
            let percent = r.value.defined().unwrap() * qudao_model::Decimal::from(100);
            format!("{} {}", r.group[0].1, percent.round_dp(2))
        })
        .collect();
    assert_eq!(rates, ["Central 62.56", "East 63.02", "West 63.94"]);
    assert_eq!(value(&w.one("win_rate_value", all())), "kpi.undefined.lost_without_amount");
    // No stage history, no amounts of open deals, no leads.
    assert_eq!(value(&w.one("stage_conversion_strict", all())), "kpi.undefined.no_visits");
    assert_eq!(value(&w.one("pipeline_value", all())), "kpi.undefined.no_amount");
    assert_eq!(value(&w.one("lead_conversion", all())), "kpi.undefined.missing_table");
    // Quarters hold every closing once.
    let quarters = w.report(&KpiQuery::of([metric("win_rate")]).by(["quarter"]));
    assert_eq!(quarters.rows.iter().map(|r| r.n).sum::<u64>(), 6711);
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let year = all().window(Window::new(day("2017-01-01"), day("2018-01-01")));
    assert_eq!(w.one("win_rate", year).n, 6711);
}
