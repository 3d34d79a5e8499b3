//! One new record against a stored index: makes a workspace from a CSV of `gen_dupes.py`, opens it anew, and asks for duplicates as a
//! form does while somebody types.
//!
//! ```sh
//! python3 benches/peers/gen_dupes.py rows.csv --rows 1000000
//! cargo run --release -p qudao-benches --example live -- rows.csv workspace.db [questions]
//! ```
//! The workspace is kept, and used again when it is there. The questions are rows of the same file with a letter of their name
//! changed, so that each has a counterpart.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a bench that cannot run should stop")]

use std::path::Path;
use std::time::Instant as Clock;

use qudao::import::{ImportOptions, Mapping};
use qudao::prelude::*;

const BLUEPRINT: &str = "
qudao: 1
objects:
  account:
    fields:
      # Dirty on purpose: what the index is measured with must be stored.
      tax_id: {type: text, identity: true}
matching:
  account.same:
    compare: {name: company_name, address: address, phone: phone, email: email, tax_id: exact}
duplicates:
  - {object: account, using: account.same, insert: block, import: 'off'}
";

const MAPPING: &str = "
mapping: 1
files:
  - file: FILE
    object: account
    id: id
    skip: [created_at, cluster_id, city]
    columns: {name: name, address: address, phone: phone, email: email, tax_id: tax_id}
";

fn main() {
    let mut args = std::env::args().skip(1);
    let (csv, db) = (args.next().unwrap(), args.next().unwrap());
    let questions: usize = args.next().and_then(|n| n.parse().ok()).unwrap_or(2000);
    // 2026-07-01, in microseconds.
    let now = Instant::from_micros(1_782_864_000_000_000);
    if !Path::new(&db).exists() {
        make(&csv, &db, now);
    }
    let size = std::fs::metadata(&db).unwrap().len();
    let engine = Engine::from_yaml(BLUEPRINT).unwrap();
    let account: ObjectName = "account".parse().unwrap();

    let begun = Clock::now();
    let workspace = Workspace::open(&db, engine).unwrap();
    let session = workspace.session(Actor::new("bench".parse().unwrap()), "en");
    let opened = begun.elapsed();
    let drafts = drafts(&csv, questions);
    let begun = Clock::now();
    let first = session.find_duplicates(&account, None, &drafts[0]).unwrap();
    println!(
        "{:.0} MiB; opened in {:.1} ms; first question {:.2} ms ({} found)",
        size as f64 / (1 << 20) as f64,
        opened.as_secs_f64() * 1e3,
        begun.elapsed().as_secs_f64() * 1e3,
        first.len()
    );
    for round in ["first round", "again"] {
        let mut found = 0;
        let processor = processor_seconds();
        let mut times: Vec<f64> = drafts
            .iter()
            .map(|draft| {
                let begun = Clock::now();
                found += usize::from(!session.find_duplicates(&account, None, draft).unwrap().is_empty());
                begun.elapsed().as_secs_f64() * 1e3
            })
            .collect();
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
        println!(
            "{round}: {} questions, {found} with an answer; ms: p50 {:.3}, p90 {:.3}, p99 {:.3}, most {:.3}; {:.3} ms of processor time each",
            times.len(),
            at(0.5),
            at(0.9),
            at(0.99),
            at(1.0),
            (processor_seconds() - processor) * 1e3 / times.len() as f64
        );
    }
}

fn make(csv: &str, db: &str, now: Instant) {
    let path = Path::new(csv);
    let file = path.file_name().unwrap().to_string_lossy();
    let mapping = Mapping::from_yaml("live", &MAPPING.replace("FILE", &file), ".").unwrap();
    let workspace = Workspace::open(db, Engine::from_yaml(BLUEPRINT).unwrap()).unwrap();
    let session = workspace.session(Actor::new("bench".parse().unwrap()), "en");
    let begun = Clock::now();
    let report = session
        .import(&mapping, path.parent().unwrap(), &ImportOptions::default(), now, &mut |_| ())
        .unwrap();
    for note in &report.notes {
        println!("{note:?}");
    }
    println!(
        "{} rows stored, {} refused, {:.1} s",
        report.files[0].stored,
        report.files[0].rejected,
        begun.elapsed().as_secs_f64()
    );
}

/// Every n-th row, with its name changed by a letter.
fn drafts(csv: &str, count: usize) -> Vec<Patch> {
    let mut reader = csv::Reader::from_path(csv).unwrap();
    let fields: Vec<Option<FieldName>> = reader
        .headers()
        .unwrap()
        .iter()
        .map(|h| ["name", "address", "phone", "email", "tax_id"].contains(&h).then(|| h.parse().unwrap()))
        .collect();
    // A row of this file takes some hundred bytes.
    let rows = usize::try_from(std::fs::metadata(csv).unwrap().len() / 100).unwrap();
    let every = (rows / count).max(1);
    reader
        .records()
        .step_by(every)
        .take(count)
        .map(|row| {
            let row = row.unwrap();
            let mut patch = Patch::new();
            for (field, text) in fields.iter().zip(&row) {
                let Some(field) = field else { continue };
                if text.is_empty() {
                    continue;
                }
                let mut letters: Vec<char> = text.chars().collect();
                if field.as_str() == "name" && letters.len() > 3 {
                    let at = letters.len() / 2;
                    letters.remove(at);
                }
                patch = patch.set(field.clone(), letters.into_iter().collect::<String>());
            }
            patch
        })
        .collect()
}

/// User and system time of the process, where the system tells it.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 = after.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<f64>().ok()).sum();
    ticks / 100.0
}
