//! How well the defaults do on public corpora, where `QUDAO_DATA` names a folder that holds them.
//!
//! No weight, word list or rule comes from these corpora: the columns go through the guess as any table would. The floors are
//! modest, so that a change that breaks matching shows.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking and reports by printing"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use qudao_match::{Guess, GuessedMatching, guess_rule};
use qudao_model::{Record, RecordId};

struct Csv {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Csv {
    fn read(path: &Path) -> Self {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(path).unwrap();
        let header = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let rows = reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect();
        Self { header, rows }
    }

    fn column(&self, name: &str) -> usize {
        self.header.iter().position(|h| h == name).unwrap()
    }

    fn cell(&self, row: usize, column: usize) -> &str {
        self.rows[row].get(column).map_or("", String::as_str)
    }

    /// Column names and values, without those that tell the truth.
    fn columns<'a>(&'a self, hidden: &[&str]) -> Vec<(&'a str, Vec<&'a str>)> {
        self.header
            .iter()
            .enumerate()
            .filter(|(_, name)| !hidden.contains(&name.as_str()))
            .map(|(i, name)| (name.as_str(), (0..self.rows.len()).map(|r| self.cell(r, i)).collect()))
            .collect()
    }

    fn records(&self, guess: &Guess, compiled: &GuessedMatching) -> Vec<Record> {
        let schema = compiled.schema.object(compiled.object.as_str()).unwrap();
        let fields: Vec<_> =
            guess.columns.iter().map(|c| (self.column(&c.column), c.field.as_str())).collect();
        (0..self.rows.len())
            .map(|row| {
                let mut record = Record::new(schema.clone(), RecordId::new(format!("{row:06}")).unwrap());
                for (column, field) in &fields {
                    let cell = self.cell(row, *column).trim();
                    if !cell.is_empty() {
                        record.set(field, cell).unwrap();
                    }
                }
                record
            })
            .collect()
    }
}

fn folder(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("QUDAO_DATA").map(|root| PathBuf::from(root).join("dedupe").join(name));
    let found = path.filter(|p| p.is_dir());
    if found.is_none() {
        println!("{name}: skipped, QUDAO_DATA names no folder that holds it");
    }
    found
}

fn guess(columns: &[(&str, Vec<&str>)]) -> (Guess, GuessedMatching) {
    let slices: Vec<(&str, &[&str])> = columns.iter().map(|(n, v)| (*n, v.as_slice())).collect();
    let guess = guess_rule(&slices).for_rows(columns.first().map_or(0, |(_, v)| v.len()));
    println!("{guess}");
    let compiled = guess.compile().unwrap();
    (guess, compiled)
}

/// Prints precision, recall and F1, and gives F1.
fn report(name: &str, found: &BTreeSet<(u32, u32)>, truth: &BTreeSet<(u32, u32)>) -> f64 {
    let hit = found.intersection(truth).count() as f64;
    let precision = if found.is_empty() { 0.0 } else { hit / found.len() as f64 };
    let recall = hit / truth.len() as f64;
    let f1 = if hit == 0.0 { 0.0 } else { 2.0 * precision * recall / (precision + recall) };
    println!("{name}: precision {precision:.4}, recall {recall:.4}, F1 {f1:.4}");
    f1
}

/// Every two rows of one cluster.
fn cluster_pairs<K: Ord>(labels: impl Iterator<Item = K>) -> BTreeSet<(u32, u32)> {
    let mut groups: BTreeMap<K, Vec<u32>> = BTreeMap::new();
    for (row, label) in (0_u32..).zip(labels) {
        groups.entry(label).or_default().push(row);
    }
    let mut pairs = BTreeSet::new();
    for rows in groups.values() {
        for (i, a) in rows.iter().enumerate() {
            pairs.extend(rows[i + 1..].iter().map(|b| (*a, *b)));
        }
    }
    pairs
}

#[test]
fn restaurants_of_two_guides() {
    let Some(folder) = folder("fodors_zagats") else { return };
    let (left, right) = (Csv::read(&folder.join("fodors.csv")), Csv::read(&folder.join("zagats.csv")));
    let matches = Csv::read(&folder.join("matches_fodors_zagats.csv"));
    let mut columns = left.columns(&["id"]);
    for ((_, values), (_, more)) in columns.iter_mut().zip(right.columns(&["id"])) {
        values.extend(more);
    }
    let (guess, compiled) = guess(&columns);
    let place = |csv: &Csv| -> BTreeMap<String, u32> {
        (0_u32..).zip(&csv.rows).map(|(i, row)| (row[0].clone(), i)).collect()
    };
    let (left_at, right_at) = (place(&left), place(&right));
    let truth: BTreeSet<(u32, u32)> =
        matches.rows.iter().map(|row| (left_at[&row[0]], right_at[&row[1]])).collect();
    let link = compiled
        .matching
        .link(
            &compiled.rule,
            &left.records(&guess, &compiled),
            &right.records(&guess, &compiled),
            Some("0.95".parse().unwrap()),
        )
        .unwrap();
    let found = link.pairs.iter().map(|p| (p.left, p.right)).collect();
    for (l, r) in truth.difference(&found) {
        println!("missed: {:?} | {:?}", left.rows[*l as usize], right.rows[*r as usize]);
    }
    for (l, r) in found.difference(&truth) {
        println!("wrong: {:?} | {:?}", left.rows[*l as usize], right.rows[*r as usize]);
    }
    assert!(report("fodors_zagats", &found, &truth) > 0.9);
}

#[test]
fn people_of_one_table() {
    let Some(folder) = folder("splink_fake_1000") else { return };
    let csv = Csv::read(&folder.join("fake_1000.csv"));
    let (guess, compiled) = guess(&csv.columns(&["unique_id", "cluster"]));
    let batch = compiled.matching.batch(&compiled.rule, &csv.records(&guess, &compiled), None).unwrap();
    let label = csv.column("cluster");
    let truth = cluster_pairs((0..csv.rows.len()).map(|r| csv.cell(r, label).to_owned()));
    assert!(report("fake_1000", &cluster_pairs(batch.clusters.iter()), &truth) > 0.6);
}

#[test]
fn sites_of_one_city() {
    let Some(folder) = folder("early_childhood_csv") else { return };
    let csv = Csv::read(&folder.join("csv_example_input_with_true_ids.csv"));
    let hidden: Vec<&str> = csv
        .header
        .iter()
        .map(String::as_str)
        .filter(|h| !["Site name", "Address", "Zip", "Phone"].contains(h))
        .collect();
    let (guess, compiled) = guess(&csv.columns(&hidden));
    let records = csv.records(&guess, &compiled);
    let compiled = compiled.learned(&records).unwrap();
    let batch = compiled.matching.batch(&compiled.rule, &records, None).unwrap();
    println!("oversized: {:?}", batch.oversized);
    let label = csv.column("True Id");
    let truth = cluster_pairs((0..csv.rows.len()).map(|r| csv.cell(r, label).to_owned()));
    assert!(report("early_childhood", &cluster_pairs(batch.clusters.iter()), &truth) > 0.5);
}

#[test]
fn company_names_alone() {
    let Some(folder) = folder("dnb_name_matching") else { return };
    let clean = Csv::read(&folder.join("test_names.csv"));
    let dirty = Csv::read(&folder.join("adjusted_test_names.csv"));
    let mut columns = clean.columns(&["", "country"]);
    for ((_, values), (_, more)) in columns.iter_mut().zip(dirty.columns(&["", "country"])) {
        values.extend(more);
    }
    let (mut guess, _) = guess(&columns);
    // A name alone reaches no certainty: ask for what is more likely than not.
    guess.rule.prior = Some(0.002);
    let compiled = guess.compile().unwrap();
    let link = compiled
        .matching
        .link(
            &compiled.rule,
            &clean.records(&guess, &compiled),
            &dirty.records(&guess, &compiled),
            Some("0.5".parse().unwrap()),
        )
        .unwrap();
    let truth: BTreeSet<(u32, u32)> =
        (0..clean.rows.len().min(dirty.rows.len())).map(|i| (i as u32, i as u32)).collect();
    let found = link.pairs.iter().map(|p| (p.left, p.right)).collect();
    assert!(report("dnb_name_matching", &found, &truth) > 0.5);
}

#[test]
fn accounts_of_a_channel() {
    let Some(folder) = folder("channel_dupes") else { return };
    let csv = Csv::read(&folder.join("dupes.csv"));
    let (guess, compiled) = guess(&csv.columns(&["id", "created_at", "cluster_id"]));
    let records = csv.records(&guess, &compiled);
    let start = std::time::Instant::now();
    let batch = compiled.matching.batch(&compiled.rule, &records, None).unwrap();
    println!("{} rows, {} pairs compared, {:?}", records.len(), batch.compared, start.elapsed());
    println!(
        "{} blocks too large: {:?}",
        batch.oversized.len(),
        batch.oversized.iter().max_by_key(|b| b.not_compared)
    );
    let label = csv.column("cluster_id");
    let truth = cluster_pairs((0..csv.rows.len()).map(|r| csv.cell(r, label).to_owned()));
    assert!(report("channel_dupes", &cluster_pairs(batch.clusters.iter()), &truth) > 0.6);
}
