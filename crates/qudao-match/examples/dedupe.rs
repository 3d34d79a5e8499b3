//! Finds duplicates in a CSV file: `dedupe FILE [--out FOLDER] [--label COLUMN] [--ignore COLUMN]... [--threads N]
//! [--threshold P] [--fixed] [--model FILE] [--link-at ROW] [--errors N]`, or `dedupe --lists`.
//!
//! Columns are recognised by name and content, the weights are learned from the file (`--fixed`: the rule's own). With a column
//! that labels what is the same, precision, recall, F1 and blocking recall are printed. Writes `pairs.csv` (rows and probability)
//! and `clusters.csv`. Used by the benches: one process from file to files. Built with the feature `ablation`, it does without the word
//! lists that the environment variable `QUDAO_WITHOUT` names; `--lists` prints their names.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program")]

use std::collections::HashMap;
use std::error::Error;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::sync::mpsc::{channel, sync_channel};
use std::time::Instant;

use qudao_match::{Columns, Dedupe, Deduped, guess_rule};
use qudao_model::FieldName;
use qudao_text::list::List;

#[derive(Default)]
struct Args {
    file: PathBuf,
    out: Option<PathBuf>,
    label: Option<String>,
    ignore: Vec<String>,
    options: Dedupe,
    model: Option<PathBuf>,
    errors: usize,
    lists: bool,
}

fn args() -> Result<Args, Box<dyn Error>> {
    let mut args = Args { options: Dedupe { learn: true, ..Dedupe::default() }, ..Args::default() };
    let mut given = std::env::args().skip(1);
    while let Some(word) = given.next() {
        let mut value = || given.next().ok_or_else(|| format!("{word}: a value is missing"));
        match word.as_str() {
            "--out" => args.out = Some(value()?.into()),
            "--label" => args.label = Some(value()?),
            "--ignore" => args.ignore.push(value()?),
            "--threads" => args.options.threads = Some(value()?.parse()?),
            "--threshold" => args.options.threshold = Some(value()?.parse()?),
            "--fixed" => args.options.learn = false,
            "--model" => args.model = Some(value()?.into()),
            "--link-at" => args.options.link_at = Some(value()?.parse()?),
            "--errors" => args.errors = value()?.parse()?,
            "--lists" => args.lists = true,
            file => args.file = file.into(),
        }
    }
    Ok(args)
}

/// Cells of some rows, laid end to end. Whether they are text is looked at for all of them together.
#[derive(Default)]
struct Cells {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Cells {
    /// So many are handed on at a time.
    const MANY: usize = 1 << 15;

    fn push(&mut self, row: &csv::ByteRecord, places: &[usize]) {
        for place in places {
            self.bytes.extend_from_slice(row.get(*place).unwrap_or_default());
            self.ends.push(self.bytes.len());
        }
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = args()?;
    if args.lists {
        if !cfg!(feature = "ablation") {
            return Err("no list can be left out: built without the feature ablation".into());
        }
        List::ALL.iter().for_each(|list| println!("{}", list.name()));
        return Ok(());
    }
    let start = Instant::now();
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).buffer_capacity(1 << 16).from_path(&args.file)?;
    let header: Vec<String> = reader.headers()?.iter().map(str::to_owned).collect();
    let label = args.label.as_ref().and_then(|l| header.iter().position(|h| h == l));
    let used: Vec<usize> =
        (0..header.len()).filter(|i| Some(*i) != label && !args.ignore.contains(&header[*i])).collect();
    let mut first: Vec<csv::StringRecord> = Vec::new();
    let mut row = csv::StringRecord::new();
    while first.len() < 2000 && reader.read_record(&mut row)? {
        first.push(row.clone());
    }
    let samples: Vec<Vec<&str>> =
        used.iter().map(|i| first.iter().map(|r| r.get(*i).unwrap_or_default()).collect()).collect();
    let named: Vec<(&str, &[&str])> =
        used.iter().zip(&samples).map(|(i, s)| (header[*i].as_str(), s.as_slice())).collect();
    let guess = guess_rule(&named);
    let fields: Vec<(usize, FieldName)> =
        used.iter().filter_map(|i| Some((*i, guess.field(&header[*i])?.clone()))).collect();
    let mut columns = Columns::new(fields.iter().map(|(_, f)| f.clone()).collect());
    let mut numbers: HashMap<String, u32> = HashMap::new();
    let mut labels: Vec<u32> = Vec::new();
    // One thread reads, this one lays the cells down by column.
    let places: Vec<usize> = fields.iter().map(|(i, _)| *i).chain(label).collect();
    std::thread::scope(|scope| -> Result<(), Box<dyn Error>> {
        let (send, read) = sync_channel::<Result<Cells, csv::Error>>(4);
        // What was laid down is filled again.
        let (back, spare) = channel::<Cells>();
        let (places, first) = (&places, &first);
        scope.spawn(move || {
            let mut cells = Cells::default();
            first.iter().for_each(|row| cells.push(row.as_byte_record(), places));
            let mut row = csv::ByteRecord::new();
            loop {
                match reader.read_byte_record(&mut row) {
                    Ok(true) => cells.push(&row, places),
                    Ok(false) => break,
                    Err(error) => return drop(send.send(Err(error))),
                }
                if cells.ends.len() >= Cells::MANY {
                    let next = spare.try_recv().unwrap_or_default();
                    if send.send(Ok(std::mem::replace(&mut cells, next))).is_err() {
                        return;
                    }
                }
            }
            drop(send.send(Ok(cells)));
        });
        for cells in read {
            let mut cells = cells?;
            let text = std::str::from_utf8(&cells.bytes)?;
            let (mut start, mut row) = (0, Vec::with_capacity(places.len()));
            for ends in cells.ends.chunks(places.len().max(1)) {
                row.clear();
                for end in ends {
                    let cell = text.get(std::mem::replace(&mut start, *end)..*end);
                    row.push(cell.ok_or("a cell is not UTF-8")?);
                }
                columns.push(row.get(..fields.len()).unwrap_or_default())?;
                if label.is_some() {
                    let next = u32::try_from(numbers.len())?;
                    labels.push(*numbers.entry(row.last().unwrap_or(&"").to_string()).or_insert(next));
                }
            }
            cells.clear();
            // It may be done by now.
            let _ = back.send(cells);
        }
        Ok(())
    })?;
    let rows = columns.rows();
    let compiled = guess.for_rows(rows).compile().map_err(|lints| format!("{lints:?}"))?;
    let read = start.elapsed();
    args.options.labels = label.is_some().then_some(labels.clone());
    let Deduped { batch, model, quality } =
        compiled.matching.dedupe_columns(&compiled.rule, columns, &args.options)?;
    let found = start.elapsed();
    if let Some(out) = &args.out {
        std::fs::create_dir_all(out)?;
        let mut pairs = BufWriter::new(std::fs::File::create(out.join("pairs.csv"))?);
        writeln!(pairs, "left,right,probability")?;
        for p in &batch.pairs {
            writeln!(pairs, "{},{},{}", p.left, p.right, p.probability)?;
        }
        let mut clusters = BufWriter::new(std::fs::File::create(out.join("clusters.csv"))?);
        writeln!(clusters, "row,cluster")?;
        for (row, cluster) in batch.clusters.iter().enumerate() {
            writeln!(clusters, "{row},{cluster}")?;
        }
        pairs.flush()?;
        clusters.flush()?;
    }
    if let (Some(file), Some(model)) = (&args.model, &model) {
        std::fs::write(file, model.to_json())?;
    }
    println!(
        "rows {rows}, compared {}, pairs {}, related {}, duplicates {}, blocks too large {} ({} pairs not compared), read {:.2} s, found {:.2} s, all {:.2} s",
        batch.compared,
        batch.pairs.len(),
        batch.related.len(),
        batch.duplicates(),
        batch.oversized.len(),
        batch.oversized.iter().map(|b| b.not_compared).sum::<u64>(),
        read.as_secs_f64(),
        found.as_secs_f64(),
        start.elapsed().as_secs_f64(),
    );
    if let Some(q) = &quality {
        println!(
            "F1 {:.4}, precision {:.4}, recall {:.4}, blocking recall {:.4}, true pairs {}",
            q.f1(),
            q.precision(),
            q.recall(),
            q.blocking_recall(),
            q.true_pairs
        );
    }
    if args.errors > 0 {
        errors(&args, &labels, &batch)?;
    }
    Ok(())
}

/// Prints pairs that were joined and should not be, and the other way round.
fn errors(args: &Args, labels: &[u32], batch: &qudao_match::Batch) -> Result<(), Box<dyn Error>> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(&args.file)?;
    let rows: Vec<String> = reader
        .records()
        .map(|r| r.map(|r| r.iter().collect::<Vec<_>>().join(" | ")))
        .collect::<Result<_, _>>()?;
    let known: HashMap<(u32, u32), String> =
        batch.pairs.iter().map(|p| ((p.left, p.right), p.probability.to_string())).collect();
    let pairs = |of: &[u32]| {
        let mut groups: HashMap<u32, Vec<u32>> = HashMap::new();
        for (row, label) in of.iter().enumerate() {
            groups.entry(*label).or_default().push(row as u32);
        }
        let mut pairs = Vec::new();
        for rows in groups.values() {
            for (i, a) in rows.iter().enumerate() {
                pairs.extend(rows[i + 1..].iter().map(|b| (*a, *b)));
            }
        }
        pairs.sort_unstable();
        pairs
    };
    for (what, list, other) in
        [("WRONG", pairs(&batch.clusters), labels), ("MISSED", pairs(labels), batch.clusters.as_slice())]
    {
        let bad: Vec<&(u32, u32)> =
            list.iter().filter(|(a, b)| other[*a as usize] != other[*b as usize]).collect();
        println!("{what}: {}", bad.len());
        let step = (bad.len() / args.errors).max(1);
        for (a, b) in bad.iter().step_by(step) {
            println!(
                "  {}\n  {}\n    {}",
                rows[*a as usize],
                rows[*b as usize],
                known.get(&(*a, *b)).map_or("-", String::as_str)
            );
        }
    }
    Ok(())
}
