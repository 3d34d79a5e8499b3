//! `qudao dedupe`.

use std::path::{Path, PathBuf};

use qudao::import::{Sheet, read_sheet};
use qudao::matching::{Batch, Guess, GuessedMatching, SurveyOptions};
use qudao::prelude::{Decimal, Engine, ObjectName, Record, RuleId};
use qudao::report::MatchReport;
use qudao::text::defuse;
use qudao::{Blueprint, Error};
use serde::Serialize;

use super::found::{self, failed, line, writer};
use super::guessed;
use super::stable::{self, Stable, Told};
use crate::args::DedupeArgs;
use crate::console::Console;
use crate::data;
use crate::exit;
use crate::fault::Fault;

#[derive(Serialize)]
struct Answer {
    ok: bool,
    file: String,
    encoding: String,
    rows: usize,
    rule: String,
    guess: Option<Guess>,
    compared: u64,
    pairs: usize,
    /// Pairs at or above the match threshold; the others are for a person to look at.
    same: usize,
    related: usize,
    clusters: usize,
    duplicates: usize,
    oversized: serde_json::Value,
    pairs_file: PathBuf,
    clusters_file: PathBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    report_file: Option<PathBuf>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    stable: Option<Told>,
}

/// A table with the rule that compares it.
pub(crate) enum Compared {
    /// By a Blueprint.
    Known { engine: Box<Engine>, object: ObjectName, records: Vec<Record> },
    /// By a guess.
    Guessed { guess: Box<Guess>, matching: Box<GuessedMatching>, records: Vec<Record> },
}

/// Reads a table and finds the rule that compares it. A guess leaves out the column that holds the ids of the rows.
pub(crate) fn open(
    blueprint: Option<&Path>,
    object: Option<&str>,
    file: &Path,
    id: Option<&str>,
) -> Result<(Sheet, Compared), Fault> {
    if let (Some(blueprint), Some(object)) = (blueprint, object) {
        let engine = Blueprint::from_file(blueprint)?.compile()?;
        let object = data::object(object)?;
        let table = data::read(&engine, &object, file)?;
        let records = table.rows.records;
        return Ok((table.sheet, Compared::Known { engine: Box::new(engine), object, records }));
    }
    let sheet = read_sheet(file, None)?;
    let names: Vec<Option<&str>> =
        sheet.header.iter().map(|name| (Some(name.as_str()) != id).then_some(name.as_str())).collect();
    let (guess, matching) = guessed::rule(&[(&sheet, &names)])?;
    let records = guessed::records(&sheet, &names, &guess, &matching, |row| format!("row-{row}"))?;
    let matching = matching.learned(&records).map_err(Error::from)?;
    Ok((sheet, Compared::Guessed { guess: Box::new(guess), matching: Box::new(matching), records }))
}

/// Finds duplicates and writes pairs and clusters.
pub(crate) fn run(args: &DedupeArgs, console: &mut Console<'_>) -> Result<u8, Fault> {
    let threshold = found::threshold(args.threshold.as_deref())?;
    let (sheet, compared) =
        open(args.blueprint.as_deref(), args.object.as_deref(), &args.file, args.id.as_deref())?;
    let ids = args.id.as_deref().map(|column| stable::ids(&sheet, column)).transpose()?;
    let previous = args.previous.as_deref().map(stable::previous).transpose()?;
    let spinner = console.spinner(console.word("comparing", "正在比对"));
    let outcome = match &compared {
        Compared::Known { engine, object, records } => {
            engine.dedupe(object, records, threshold).map(|d| (d.rule, d.batch))
        }
        Compared::Guessed { matching, records, .. } => matching
            .matching
            .batch(&matching.rule, records, threshold)
            .map(|b| (matching.rule.clone(), b))
            .map_err(Error::from),
    };
    spinner.end();
    let (rule, batch) = outcome?;
    let stable = ids.map(|ids| Stable::of(&batch, &ids, previous.as_ref())).transpose()?;
    let known = match &compared {
        Compared::Known { engine, .. } => engine.matching().rule(&rule),
        Compared::Guessed { matching, .. } => matching.matching.rule(&rule),
    };
    let sure = threshold.or_else(|| known.map(|r| r.match_threshold())).unwrap_or(Decimal::ONE);
    let same = batch.pairs.iter().filter(|p| p.probability >= sure).count();
    std::fs::create_dir_all(&args.out).map_err(|e| Fault::io(&args.out, &e))?;
    let pairs_file = args.out.join("pairs.csv");
    let clusters_file = args.out.join("clusters.csv");
    write_pairs(&pairs_file, &sheet, &batch, sure)?;
    write_clusters(&clusters_file, &sheet, &batch, stable.as_ref())?;
    let stable = stable.map(|stable| stable.write(&args.out)).transpose()?;
    let report_file = args.report.then(|| args.out.join("report.html"));
    if let Some(path) = &report_file {
        let page = report(&compared, &rule, &batch, threshold)?.to_html(&console.locale)?;
        std::fs::write(path, page).map_err(|e| Fault::io(path, &e))?;
    }
    let guess = match &compared {
        Compared::Guessed { guess, .. } => Some((**guess).clone()),
        Compared::Known { .. } => None,
    };
    let groups = batch.groups().len();
    if console.json {
        console.document(&Answer {
            ok: true,
            file: args.file.display().to_string(),
            encoding: sheet.encoding.clone(),
            rows: sheet.rows.len(),
            rule: rule.to_string(),
            guess,
            compared: batch.compared,
            pairs: batch.pairs.len(),
            same,
            related: batch.related.len(),
            clusters: groups,
            duplicates: batch.duplicates(),
            oversized: serde_json::to_value(&batch.oversized).unwrap_or_default(),
            pairs_file,
            clusters_file,
            report_file,
            stable,
        })?;
        return Ok(exit::OK);
    }
    if let Some(guess) = &guess {
        found::guess(console, guess)?;
    }
    let (rows, related) = (sheet.rows.len(), batch.related.len());
    let review = batch.pairs.len().saturating_sub(same);
    let (duplicates, compared) = (batch.duplicates(), batch.compared);
    let (zh, encoding) = (console.locale.is_chinese(), &sheet.encoding);
    console.line(if zh {
        format!(
            "行数 {rows}（{encoding}）；比对 {compared} 对：相同 {same}，待人工确认 {review}；簇 {groups}，重复行 \
             {duplicates}"
        )
    } else {
        format!(
            "rows {rows} ({encoding}); pairs compared {compared}: the same {same}, for a person to look at {review}; \
             clusters {groups}, rows too many {duplicates}"
        )
    })?;
    if let Some(stable) = &stable {
        stable.summary(console)?;
    }
    found::related(console, related)?;
    found::not_compared(console, &batch.oversized, |row| {
        let line = line(&sheet, row);
        if zh { format!("第 {line} 行") } else { format!("line {line}") }
    })?;
    console.line(pairs_file.display().to_string())?;
    console.line(clusters_file.display().to_string())?;
    for path in stable.iter().flat_map(Told::files) {
        console.line(path.display().to_string())?;
    }
    if let Some(path) = report_file {
        console.line(path.display().to_string())?;
    }
    Ok(exit::OK)
}

/// The report, in the words of the Blueprint or of the file.
fn report(
    compared: &Compared,
    rule: &RuleId,
    batch: &Batch,
    threshold: Option<Decimal>,
) -> Result<MatchReport, Fault> {
    let options = SurveyOptions { threshold, ..SurveyOptions::default() };
    Ok(match compared {
        Compared::Known { engine, object, records } => {
            let report = MatchReport::new(engine.survey(rule, records, batch, &options)?, batch);
            match engine.schema().object(object.as_str()) {
                Some(schema) => report.with_words(schema),
                None => report,
            }
        }
        Compared::Guessed { guess, matching, records } => {
            let survey = matching.matching.survey(rule, records, batch, &options).map_err(Error::from)?;
            let columns = guess.columns.iter().map(|c| (&c.field, c.column.as_str()));
            MatchReport::new(survey, batch).with_columns(columns)
        }
    })
}

fn write_pairs(path: &Path, sheet: &Sheet, batch: &Batch, sure: Decimal) -> Result<(), Fault> {
    let mut out = writer(path)?;
    out.write_record(["left", "right", "left_line", "right_line", "probability", "relation"])
        .map_err(failed(path))?;
    let all = batch
        .pairs
        .iter()
        .map(|p| (p, if p.probability >= sure { "same" } else { "review" }))
        .chain(batch.related.iter().map(|p| (p, "related")));
    for (pair, relation) in all {
        out.write_record([
            pair.left.to_string(),
            pair.right.to_string(),
            line(sheet, pair.left).to_string(),
            line(sheet, pair.right).to_string(),
            pair.probability.to_string(),
            relation.to_owned(),
        ])
        .map_err(failed(path))?;
    }
    out.flush().map_err(|e| Fault::io(path, &e))
}

/// Every row with its cluster, and its own cells behind, so that clusters can be looked at side by side.
fn write_clusters(path: &Path, sheet: &Sheet, batch: &Batch, stable: Option<&Stable>) -> Result<(), Fault> {
    let mut out = writer(path)?;
    let own = ["row", "line", "cluster_id", "cluster_size"].into_iter().chain(stable.map(|_| "stable_id"));
    let header = own.map(str::to_owned).chain(sheet.header.iter().cloned());
    out.write_record(header.map(|c| defuse(&c).into_owned())).map_err(failed(path))?;
    let mut sizes = std::collections::BTreeMap::<u32, u32>::new();
    for cluster in &batch.clusters {
        let size = sizes.entry(*cluster).or_default();
        *size = size.saturating_add(1);
    }
    for (row, ((line, cells), cluster)) in sheet.rows.iter().zip(&batch.clusters).enumerate() {
        let size = sizes.get(cluster).copied().unwrap_or(1);
        let own = [row.to_string(), line.to_string(), cluster.to_string(), size.to_string()];
        let cells = (0..sheet.header.len()).map(|i| cells.get(i).cloned().unwrap_or_default());
        let stays = stable.map(|stable| stable.of_row(row).to_owned());
        let cells = own.into_iter().chain(stays).chain(cells).map(|c| defuse(&c).into_owned());
        out.write_record(cells).map_err(failed(path))?;
    }
    out.flush().map_err(|e| Fault::io(path, &e))
}
