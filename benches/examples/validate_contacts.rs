//! Validates a CSV of contacts from columns, and says how long that takes.
//!
//! ```sh
//! cargo run --release -p qudao-benches --example validate_contacts -- contacts.csv [threads] [runs] [failures.csv]
//! ```

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a bench that cannot run should stop")]

use std::collections::BTreeMap;
use std::io::Write as _;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Instant as Clock;

use qudao::model::columns::{Bitmap, Column, ColumnData, Decimals, Table, Tables, TextData, Texts, days_of};
use qudao::model::{Decimal, ObjectName};
use qudao::prelude::Engine;
use qudao_benches::processor_seconds;

const BLUEPRINT: &str = include_str!("../contacts.yaml");

fn main() {
    let mut args = std::env::args().skip(1);
    let path = args.next().unwrap();
    let threads = args.next().and_then(|t| t.parse().ok()).and_then(NonZeroUsize::new);
    let runs: usize = args.next().and_then(|r| r.parse().ok()).unwrap_or(5);
    let list = args.next();

    let engine = Engine::from_yaml(BLUEPRINT).unwrap();
    let object: ObjectName = "contact_row".parse().unwrap();
    let begun = Clock::now();
    let tables = read(&engine, &object, &path);
    let rows = tables.table(object.as_str()).unwrap().rows();
    println!("{rows} rows read in {:.3} s", begun.elapsed().as_secs_f64());

    rule_by_rule(&engine, &object, &tables);
    let mut times = Vec::new();
    let processor = processor_seconds();
    for _ in 0..runs {
        let begun = Clock::now();
        let found = engine.scan(&object, &tables, None, threads).unwrap();
        times.push(begun.elapsed().as_secs_f64());
        if times.len() == runs {
            let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
            for (_, rule) in found.failures() {
                *counts.entry(rule.as_str()).or_default() += 1;
            }
            println!("{} failures {counts:?}", found.raw().len());
            if let Some(list) = &list {
                let mut out = std::io::BufWriter::new(std::fs::File::create(list).unwrap());
                for (row, rule) in found.failures() {
                    writeln!(out, "{row},{rule}").unwrap();
                }
            }
        }
    }
    let processor = (processor_seconds() - processor) / runs as f64;
    times.sort_by(f64::total_cmp);
    let median = times[times.len() / 2];
    let rate = rows as f64 / median;
    let threads = threads.map_or_else(|| "all".to_owned(), |t| t.to_string());
    println!(
        "qudao scan ({threads} threads): median {median:.4} s of {runs} runs, {rate:.0} records/s, \
         {processor:.4} CPU s a run"
    );
}

/// Where the time goes: the parts, what is done over all rows, and each rule by itself.
fn rule_by_rule(engine: &Engine, object: &ObjectName, tables: &Tables) {
    let shown =
        |begun: Clock, what: &str| println!("{:>8.1} ms  {what}", begun.elapsed().as_secs_f64() * 1e3);
    let begun = Clock::now();
    let plan = engine.quality().scan_plan(object, tables, true, None, engine.zone()).unwrap();
    shown(begun, "the plan");
    let begun = Clock::now();
    let parts = (0..plan.parts()).map(|at| plan.part(at).unwrap()).collect();
    shown(begun, "all parts");
    let begun = Clock::now();
    let mut whole = plan.gather(parts).unwrap();
    shown(begun, "gathered");
    let begun = Clock::now();
    let tasks = (0..whole.tasks()).map(|at| whole.task(at).unwrap()).collect();
    shown(begun, "over all rows");
    let begun = Clock::now();
    let _ = whole.finish(tasks).unwrap();
    shown(begun, "finished");
    println!("by itself:");
    for (at, rule) in engine.quality().rules(object).iter().enumerate() {
        let begun = Clock::now();
        let answer = whole.rule(at).unwrap();
        shown(begun, &format!("{} ({} rows)", rule.id(), answer.summary().failed));
    }
}

fn read(engine: &Engine, object: &ObjectName, path: &str) -> Tables {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let header = reader.headers().unwrap().clone();
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let schema = engine.schema().object(object.as_str()).unwrap().clone();
    let id = header.iter().position(|h| h == "id").unwrap();
    let ids: Texts = records.iter().map(|r| r.get(id).unwrap()).collect();
    let mut table = Table::new(schema, ids);
    for (at, name) in header.iter().enumerate() {
        let cells = || records.iter().map(move |r| r.get(at).filter(|c| !c.is_empty()));
        let valid = Bitmap::from_fn(records.len(), |row| records[row].get(at).is_some_and(|c| !c.is_empty()));
        let whole = || cells().map(|c| c.map_or(0, |c| c.parse::<i64>().unwrap())).collect::<Vec<_>>();
        let days = || {
            let day = |c: &str| days_of(chrono::NaiveDate::parse_from_str(c, "%Y-%m-%d").unwrap());
            cells().map(|c| c.map_or(0, day)).collect::<Vec<_>>()
        };
        let (field, data) = match name {
            "id" => ("number", ColumnData::Int(whole())),
            "employees" => (name, ColumnData::Int(whole())),
            "discount_pct" => {
                let decimals = cells().map(|c| c.map_or(Decimal::ZERO, |c| c.parse().unwrap())).collect();
                (name, ColumnData::Decimal(Decimals::collect(decimals)))
            }
            "contract_start" | "contract_end" => (name, ColumnData::Date(days())),
            _ => (name, ColumnData::Text(TextData::collect(cells(), false).unwrap())),
        };
        table = table.with(field, Arc::new(Column::new(data, Some(valid)).unwrap())).unwrap();
    }
    let mut tables = Tables::new();
    tables.put(table);
    tables
}
