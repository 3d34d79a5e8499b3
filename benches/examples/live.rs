//! One new record against a stored index: makes a workspace from a CSV of `gen_dupes.py`, opens it anew, and asks for duplicates as a
//! form does while somebody types.
//!
//! ```sh
//! python3 benches/peers/gen_dupes.py rows.csv --rows 1000000
//! cargo run --release -p qudao-benches --example live -- rows.csv workspace.db [questions [mapped]]
//! ```
//! The workspace is kept, and used again when it is there. The questions are rows of the same file with a letter of their name
//! changed, so that each has a counterpart. `mapped` lets reads map the file into memory. Beside the workspace stand its Blueprint and
//! the questions, for the same measurement in other languages.

#![allow(clippy::print_stdout, reason = "a program that measures")]

use std::error::Error;
use std::path::Path;
use std::time::Instant as Clock;

use qudao::import::{ImportOptions, Mapping};
use qudao::prelude::*;
use qudao_benches::thread_seconds;

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

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(csv), Some(db)) = (args.next(), args.next()) else {
        return Err("give a CSV of gen_dupes.py and the path of a workspace".into());
    };
    let questions: usize = args.next().and_then(|n| n.parse().ok()).unwrap_or(2000);
    // 2026-07-01, in microseconds.
    let now = Instant::from_micros(1_782_864_000_000_000);
    if !Path::new(&db).exists() {
        make(&csv, &db, now)?;
    }
    let size = std::fs::metadata(&db)?.len();
    let engine = Engine::from_yaml(BLUEPRINT)?;
    let account: ObjectName = "account".parse()?;

    let mapped = args.next().as_deref() == Some("mapped");
    let begun = Clock::now();
    let options = WorkspaceOptions { mapped, ..WorkspaceOptions::default() };
    let workspace = Workspace::open_with(&db, engine, options)?;
    let session = workspace.session(Actor::new("bench".parse()?), "en");
    let opened = begun.elapsed();
    let drafts = drafts(&csv, questions)?;
    let Some(one) = drafts.first() else { return Err("the CSV has no rows".into()) };
    std::fs::write(format!("{db}.yaml"), BLUEPRINT)?;
    std::fs::write(format!("{db}.questions.tsv"), questions_as_text(&drafts))?;
    let begun = Clock::now();
    let first = session.find_duplicates(&account, None, one)?;
    println!(
        "{:.0} MiB; opened in {:.1} ms; first question {:.2} ms ({} found)",
        size as f64 / (1 << 20) as f64,
        opened.as_secs_f64() * 1e3,
        begun.elapsed().as_secs_f64() * 1e3,
        first.len()
    );
    for round in ["first round", "again"] {
        let mut found = 0;
        let (mut times, mut spent) = (Vec::with_capacity(drafts.len()), Vec::with_capacity(drafts.len()));
        for draft in &drafts {
            let (begun, before) = (Clock::now(), thread_seconds());
            found += usize::from(!session.find_duplicates(&account, None, draft)?.is_empty());
            spent.push((thread_seconds() - before) * 1e3);
            times.push(begun.elapsed().as_secs_f64() * 1e3);
        }
        println!("{round}: {} questions, {found} with an answer", times.len());
        told("wall", times);
        told("processor", spent);
    }
    Ok(())
}

fn told(what: &str, mut times: Vec<f64>) {
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times.get(((times.len() - 1) as f64 * share) as usize).copied().unwrap_or(0.0);
    println!(
        "  {what}, ms: mean {:.3}, p50 {:.3}, p90 {:.3}, p99 {:.3}, most {:.3}",
        times.iter().sum::<f64>() / times.len() as f64,
        at(0.5),
        at(0.9),
        at(0.99),
        at(1.0),
    );
}

/// The fields of a question, in the order of their columns.
const FIELDS: [&str; 5] = ["name", "address", "phone", "email", "tax_id"];

/// A line for each question: `form` for a whole form, `typing` for a name of which so many letters are typed.
fn questions_as_text(drafts: &[Patch]) -> String {
    let mut text = String::new();
    let mut line = |kind: &str, values: [&str; 5]| {
        text.push_str(kind);
        for value in values {
            text.push('\t');
            text.push_str(&value.replace(['\t', '\n', '\r'], " "));
        }
        text.push('\n');
    };
    let value = |draft: &Patch, field: &str| {
        let found = draft.set.iter().find(|(name, _)| name.as_str() == field);
        found.and_then(|(_, value)| value.as_text()).unwrap_or_default().to_owned()
    };
    for draft in drafts {
        let values = FIELDS.map(|field| value(draft, field));
        line("form", values.each_ref().map(String::as_str));
    }
    // Some names, letter by letter.
    for draft in drafts.iter().step_by(8) {
        let name = value(draft, "name");
        for (end, _) in name.char_indices().skip(2) {
            line("typing", [name.get(..end).unwrap_or_default(), "", "", "", ""]);
        }
    }
    text
}

fn make(csv: &str, db: &str, now: Instant) -> Result<(), Box<dyn Error>> {
    let path = Path::new(csv);
    let (Some(file), Some(folder)) = (path.file_name(), path.parent()) else {
        return Err("give the path of a CSV".into());
    };
    let file = file.to_string_lossy();
    let mapping = Mapping::from_yaml("live", &MAPPING.replace("FILE", &file), ".")?;
    let workspace = Workspace::open(db, Engine::from_yaml(BLUEPRINT)?)?;
    let session = workspace.session(Actor::new("bench".parse()?), "en");
    let begun = Clock::now();
    let report = session.import(&mapping, folder, &ImportOptions::default(), now, &mut |_| ())?;
    for note in &report.notes {
        println!("{note:?}");
    }
    for file in &report.files {
        println!(
            "{} rows stored, {} refused, {:.1} s",
            file.stored,
            file.rejected,
            begun.elapsed().as_secs_f64()
        );
    }
    Ok(())
}

/// Every n-th row, with its name changed by a letter.
fn drafts(csv: &str, count: usize) -> Result<Vec<Patch>, Box<dyn Error>> {
    let mut reader = csv::Reader::from_path(csv)?;
    let fields: Vec<Option<FieldName>> = reader
        .headers()?
        .iter()
        .map(|h| FIELDS.contains(&h).then(|| h.parse()).transpose())
        .collect::<Result<_, _>>()?;
    // A row of this file takes some hundred bytes.
    let rows = usize::try_from(std::fs::metadata(csv)?.len() / 100)?;
    let every = (rows / count.max(1)).max(1);
    reader
        .records()
        .step_by(every)
        .take(count)
        .map(|row| {
            let row = row?;
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
            Ok(patch)
        })
        .collect()
}
