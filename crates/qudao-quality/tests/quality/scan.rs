//! The scan of columns says what the rows say, one by one.

use std::sync::OnceLock;

use proptest::prelude::*;
use qudao_model::columns::{Table, Tables};
use qudao_model::{Dataset, Decimal, Instant, Record, Value};
use qudao_quality::{QualityError, TableReport};

use crate::common::{World, ZONE, name, t, world};

fn rules() -> &'static World {
    static RULES: OnceLock<World> = OnceLock::new();
    RULES.get_or_init(|| {
        world(
            r#"
objects:
  account:
    types: [project, channel]
    fields:
      name: {required: true, normalise: company_name, max_length: 8, unique: true}
      phone: {format: phone(CN)}
      email: {format: email, placeholders: [tbd]}
      tax_id: {format: uscc}
      sector: {type: choice, choices: [{id: tech, label: {en: Technology, zh-CN: 科技}}, retail]}
      tags: {type: list, of: text, max_length: 2}
      score: {type: decimal}
      since: {type: date}
validation:
  - {id: staff, object: account, range: {field: employees, min: 1, max: '99.5'}}
  - {id: half, object: account, range: {field: score, min: '0.1', max: '0.3'}, severity: warning}
  - {id: money, object: account, range: {field: annual_revenue, min: 10}, severity: info}
  - {id: day, object: account, range: {field: since, min: 2026-01-01, max: 2026-06-30}}
  - {id: made, object: account, range: {field: created_at, max: '2026-03-01T00:00:00Z'}}
  - {id: city, object: account, types: [project], required: [city, region]}
  - {id: site, object: account, required_when: {fields: website, when: employees > 5}}
  - {id: pattern, object: account, pattern: {field: website, regex: "[a-z.]*"}}
  - {id: pair, object: account, unique: [city, employees]}
  - {id: narrow, object: account, when: has(region), unique: [region]}
  - {id: ratio, object: account, check: 10 / employees < 3}
  - {id: short, object: account, length: {field: region, min: 2}}
  - {id: where, object: account, choice: {field: city, values: [深圳, 广州]}, severity: warning}
  - {id: tier, object: account, check: "!has(partner) || partner.tier == 'gold'", severity: warning}
  - {id: deals, object: account, check: size(opportunities) < 2}
  - {id: entry, object: account, on: {enter: [won]}, required: phone}
  - {id: fresh, object: account, on: {changed: [phone]}, check: days_since(since) < 100}
  - {id: deal.types, object: opportunity, types: [project], required: [amount]}
"#,
        )
    })
}

const TEXTS: [&str; 8] = ["name", "type", "phone", "email", "tax_id", "city", "region", "website"];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "",
            " ",
            "无",
            "N/A",
            "tbd",
            "test",
            "project",
            "channel",
            "深圳",
            "广州",
            "0755-83216789",
            "12",
            "li@a.com",
            "a@",
            "91350100M000100Y43",
            "Acme",
            "ACME ",
            "www.a.com",
            "北京",
            "ab",
            "a-b",
            "A-B",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,10}",
    ]
}

#[derive(Debug, Clone)]
struct Row {
    texts: Vec<String>,
    employees: Option<i64>,
    score: Option<i64>,
    revenue: Option<i64>,
    since: Option<u32>,
    made: Option<i64>,
    industry: Option<usize>,
    tags: Option<Vec<String>>,
    partner: Option<u8>,
}

fn row() -> impl Strategy<Value = Row> {
    (
        prop::collection::vec(text(), TEXTS.len()),
        prop::option::of(-1_i64..110),
        prop::option::of(0_i64..50),
        prop::option::of(0_i64..30),
        prop::option::of(0_u32..250),
        prop::option::of(0_i64..100),
        prop::option::of(0_usize..5),
        prop::option::of(prop::collection::vec(text(), 0..4)),
        prop::option::of(0_u8..5),
    )
        .prop_map(|(texts, employees, score, revenue, since, made, industry, tags, partner)| Row {
            texts,
            employees,
            score,
            revenue,
            since,
            made,
            industry,
            tags,
            partner,
        })
}

fn record(w: &World, id: usize, row: &Row) -> Record {
    let mut r = w.record("account", &format!("r{id}"), [("employees", row.employees.into())]);
    for (field, text) in TEXTS.iter().zip(&row.texts) {
        r.set(field, t(text)).unwrap();
    }
    let set = |r: &mut Record, field: &str, value: Value| assert!(r.set(field, value).unwrap());
    set(&mut r, "score", row.score.map(|n| Decimal::new(n, 2)).into());
    set(&mut r, "annual_revenue", row.revenue.map_or(Value::Missing, |n| Value::money(n.into(), "CNY")));
    let begin = Instant::parse("2025-12-01T00:00:00Z").unwrap();
    let later = |days: i64| begin.plus(qudao_model::Span::from_days(days));
    set(
        &mut r,
        "since",
        row.since.map_or(Value::Missing, |d| Value::Date(later(d.into()).date_in(ZONE).unwrap())),
    );
    set(&mut r, "created_at", row.made.map_or(Value::Missing, |d| Value::Instant(later(d))));
    let industry = row.industry.map(|i| ["tech", "retail", "科技", "steel", "无"][i]);
    set(&mut r, "sector", industry.map_or(Value::Missing, Value::text));
    let tags = row.tags.as_ref().map(|tags| Value::list(tags.iter().map(|t| Value::text(t.as_str()))));
    set(&mut r, "tags", tags.unwrap_or_default());
    set(
        &mut r,
        "partner",
        row.partner.map_or(Value::Missing, |p| Value::text(["p1", "p2", "p9", "n/a", "-"][p as usize])),
    );
    r
}

fn surroundings(w: &World, accounts: usize, deals: &[u8]) -> Dataset {
    let mut data = Dataset::new();
    let partners =
        [("p1", "gold"), ("p2", "N/A")].map(|(id, tier)| w.record("partner", id, [("tier", t(tier))]));
    data.add(&name("partner"), partners.to_vec()).unwrap();
    let deals = deals
        .iter()
        .enumerate()
        .map(|(i, of)| {
            let account = format!("r{}", usize::from(*of) % accounts.max(1));
            w.record("opportunity", &format!("o{i}"), [("account", Value::text(account))])
        })
        .collect();
    data.add(&name("opportunity"), deals).unwrap();
    data
}

/// The report by rows and by columns.
fn both(
    w: &World,
    records: &[Record],
    data: &Dataset,
    normalise: bool,
) -> Result<(TableReport, TableReport), QualityError> {
    let now = Instant::parse("2026-04-01T00:00:00Z");
    let object = name("account");
    let mut prepared = records.to_vec();
    if normalise {
        for record in &mut prepared {
            w.quality.normalise(record, None);
        }
    }
    let by_rows = w.quality.validate_table(&object, &prepared, data, now, ZONE)?;
    let mut tables = Tables::from_dataset(&w.schema, data).unwrap();
    tables.put(Table::from_records(w.schema.object("account").unwrap(), records).unwrap());
    // The parts and the tasks in another order, and some of them left to be done at the end.
    let size = std::num::NonZeroUsize::new(1 + records.len() / 3).unwrap();
    let plan = w.quality.scan_plan(&object, &tables, normalise, now, ZONE)?.in_parts_of(size);
    let parts: Vec<_> = (0..plan.parts()).rev().skip(1).map(|at| plan.part(at).unwrap()).collect();
    let mut whole = plan.gather(parts)?;
    let tasks = (0..whole.tasks()).rev().step_by(2).map(|at| whole.task(at).unwrap()).collect();
    let scan = whole.finish(tasks)?;
    let (again, other) = w.quality.scan(&object, &tables, normalise, now, ZONE)?;
    assert_eq!(scan, again);
    // Each rule by itself, over all rows at once.
    let rules = w.quality.rules(&object).len();
    let alone: Vec<_> = (0..rules).map(|rule| other.rule(rule).unwrap()).collect();
    assert_eq!(scan, qudao_quality::Scan::of(&alone));
    // What rules navigate to, without placeholders, as a host gives it to words.
    let mut seen = Dataset::new();
    for other in data.objects() {
        let records = data.records(other.as_str()).iter().map(|r| w.quality.seen(r).into_owned()).collect();
        seen.add(other, records).unwrap();
    }
    for record in &prepared {
        seen.put(w.quality.seen(record).into_owned());
    }
    let by_columns = w.quality.scan_report(&whole, &scan, &seen)?;
    Ok((by_rows, by_columns))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn columns_say_what_rows_say(
        list in prop::collection::vec(row(), 0..12),
        deals in prop::collection::vec(any::<u8>(), 0..8),
        normalise in any::<bool>(),
    ) {
        let w = rules();
        let records: Vec<Record> = list.iter().enumerate().map(|(i, r)| record(w, i, r)).collect();
        let data = surroundings(w, records.len(), &deals);
        let (by_rows, by_columns) = both(w, &records, &data, normalise).unwrap();
        for (rule, counts) in &by_rows.summary {
            prop_assert_eq!(counts, &by_columns.summary[rule], "{}", rule);
        }
        prop_assert_eq!(by_rows, by_columns);
    }
}

#[test]
fn texts_that_hardly_repeat_say_the_same() {
    // Beyond the sample that decides on a dictionary, so that both forms of a text column are met.
    let w = rules();
    let records: Vec<Record> = (0..6000)
        .map(|i| {
            let texts = ["Acme", "project", "0755-83216789", "li@a.com", "", "深圳", "ab", "www"]
                .map(|s| if i % 7 == 0 { s.to_owned() } else { format!("{s}{i}") })
                .to_vec();
            let row = Row {
                texts,
                employees: Some(i % 120),
                score: Some(i % 40),
                revenue: None,
                since: u32::try_from(i % 200).ok(),
                made: Some(i % 90),
                industry: None,
                tags: None,
                partner: Some(u8::try_from(i % 5).unwrap()),
            };
            record(w, usize::try_from(i).unwrap(), &row)
        })
        .collect();
    let data = surroundings(w, records.len(), &[1, 1, 2]);
    let (by_rows, by_columns) = both(w, &records, &data, false).unwrap();
    assert_eq!(by_rows.summary, by_columns.summary);
    assert!(by_rows == by_columns);
    assert!(by_rows.rows.len() > 1000);
}

#[test]
fn a_table_that_is_not_given_is_an_error() {
    let w = rules();
    let error = w.quality.scan(&name("account"), &Tables::new(), false, None, ZONE).unwrap_err();
    assert_eq!(error.code(), "quality.no_table");
    let mut tables = Tables::new();
    tables.put(Table::from_records(w.schema.object("account").unwrap(), &[]).unwrap());
    let error = w.quality.scan(&name("account"), &tables, false, None, ZONE).unwrap_err();
    assert_eq!(error.code(), "quality.missing_table");
}
