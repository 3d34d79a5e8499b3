//! `qudao link`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use qudao::import::{Sheet, read_sheet};
use qudao::matching::{Dedupe, Guess, GuessedMatching, Link, Pair, SurveyOptions};
use qudao::prelude::{Decimal, Engine, ObjectName, Record, RecordId, RuleId};
use qudao::report::MatchReport;
use qudao::text::{defuse, fold};
use qudao::{Blueprint, Error};
use serde::Serialize;

use super::found::{self, failed, line, place, writer};
use super::guessed;
use crate::args::LinkArgs;
use crate::console::Console;
use crate::data;
use crate::exit;
use crate::fault::Fault;

#[derive(Serialize)]
struct Answer {
    ok: bool,
    left: Told,
    right: Told,
    rule: String,
    guess: Option<Guess>,
    compared: u64,
    pairs: usize,
    /// Pairs at or above the match threshold; the others are for a person to look at.
    same: usize,
    related: usize,
    oversized: serde_json::Value,
    pairs_file: PathBuf,
    rows_file: PathBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    report_file: Option<PathBuf>,
}

/// What is told of one of the tables.
#[derive(Serialize)]
struct Told {
    file: String,
    encoding: String,
    rows: usize,
    /// How many rows are the same as one of the other table.
    linked: usize,
}

/// One of the tables.
struct Side {
    sheet: Sheet,
    records: Vec<Record>,
    /// By what a column is the same as one of the other table.
    names: Vec<Option<String>>,
    /// The column of the ids.
    id: Option<usize>,
}

/// What compares the tables.
enum How {
    /// A Blueprint.
    Known { engine: Box<Engine>, object: ObjectName },
    /// A guess.
    Guessed { guess: Box<Guess>, matching: Box<GuessedMatching> },
}

/// Links two tables and writes pairs and their rows.
pub(crate) fn run(args: &LinkArgs, console: &mut Console<'_>) -> Result<u8, Fault> {
    let threshold = found::threshold(args.threshold.as_deref())?;
    let (left, right, mut how) = open(args)?;
    let options = Dedupe { threshold, one_to_one: args.one_to_one, ..Dedupe::default() };
    let spinner = console.spinner(console.word("comparing", "正在比对"));
    let outcome = how.link(&left.records, &right.records, &options);
    spinner.end();
    let (rule, link) = outcome?;
    let known = match &how {
        How::Known { engine, .. } => engine.matching().rule(&rule),
        How::Guessed { matching, .. } => matching.matching.rule(&rule),
    };
    let sure = threshold.or_else(|| known.map(|r| r.match_threshold())).unwrap_or(Decimal::ONE);
    let certain = || link.pairs.iter().filter(|p| p.probability >= sure);
    let same = certain().count();
    let lefts = certain().map(|p| p.left).collect::<BTreeSet<u32>>().len();
    let rights = certain().map(|p| p.right).collect::<BTreeSet<u32>>().len();
    std::fs::create_dir_all(&args.out).map_err(|e| Fault::io(&args.out, &e))?;
    let (pairs_file, rows_file) = (args.out.join("pairs.csv"), args.out.join("rows.csv"));
    let pairs = in_words(&link, sure);
    write_pairs(&pairs_file, &left, &right, &pairs)?;
    write_rows(&rows_file, &left, &right, &pairs)?;
    let report_file = args.report.then(|| args.out.join("report.html"));
    if let Some(path) = &report_file {
        let page = how.report(&rule, [&left.records, &right.records], &link, threshold)?;
        std::fs::write(path, page.to_html(&console.locale)?).map_err(|e| Fault::io(path, &e))?;
    }
    let guess = match how {
        How::Guessed { guess, .. } => Some(*guess),
        How::Known { .. } => None,
    };
    if console.json {
        let told = |file: &Path, side: &Side, linked| Told {
            file: file.display().to_string(),
            encoding: side.sheet.encoding.clone(),
            rows: side.sheet.rows.len(),
            linked,
        };
        console.document(&Answer {
            ok: true,
            left: told(&args.left, &left, lefts),
            right: told(&args.right, &right, rights),
            rule: rule.to_string(),
            guess,
            compared: link.compared,
            pairs: link.pairs.len(),
            same,
            related: link.related.len(),
            oversized: serde_json::to_value(&link.oversized).unwrap_or_default(),
            pairs_file,
            rows_file,
            report_file,
        })?;
        return Ok(exit::OK);
    }
    if let Some(guess) = &guess {
        found::guess(console, guess)?;
    }
    let (compared, review) = (link.compared, link.pairs.len().saturating_sub(same));
    let zh = console.locale.is_chinese();
    let rows = |side: &Side, linked: usize| {
        let (rows, encoding) = (side.sheet.rows.len(), &side.sheet.encoding);
        if zh {
            format!("{rows} 行（{encoding}），其中 {linked} 行在另一表中找到")
        } else {
            format!("rows {rows} ({encoding}), found in the other table {linked}")
        }
    };
    let (of_left, of_right) = (rows(&left, lefts), rows(&right, rights));
    console.line(if zh { format!("左表：{of_left}") } else { format!("left: {of_left}") })?;
    console.line(if zh { format!("右表：{of_right}") } else { format!("right: {of_right}") })?;
    console.line(if zh {
        format!("比对 {compared} 对：相同 {same}，待人工确认 {review}")
    } else {
        format!("pairs compared {compared}: the same {same}, for a person to look at {review}")
    })?;
    found::related(console, link.related.len())?;
    // A block has rows of both tables; the example is one of the left.
    found::not_compared(console, &link.oversized, |row| {
        let line = line(&left.sheet, row);
        if zh { format!("左表第 {line} 行") } else { format!("line {line} on the left") }
    })?;
    for path in [pairs_file, rows_file].iter().chain(&report_file) {
        console.line(path.display().to_string())?;
    }
    Ok(exit::OK)
}

/// Reads the tables and finds what compares them.
fn open(args: &LinkArgs) -> Result<(Side, Side, How), Fault> {
    let id = args.id.as_deref();
    let right_id = args.right_id.as_deref().or(id);
    if let (Some(blueprint), Some(object)) = (&args.blueprint, &args.object) {
        let engine = Blueprint::from_file(blueprint)?.compile()?;
        let object = data::object(object)?;
        let side = |file: &Path, id: Option<&str>| -> Result<Side, Fault> {
            let table = data::read_with_ids(&engine, &object, file, id)?;
            let id = id_column(&table.sheet, file, id)?;
            Ok(Side { sheet: table.sheet, records: table.rows.records, names: table.columns, id })
        };
        let (left, right) = (side(&args.left, id)?, side(&args.right, right_id)?);
        return Ok((left, right, How::Known { engine: Box::new(engine), object }));
    }
    let (left, right) = (read_sheet(&args.left, None)?, read_sheet(&args.right, None)?);
    let (left_id, right_id) = (id_column(&left, &args.left, id)?, id_column(&right, &args.right, right_id)?);
    // A column of both tables goes by the name that it has on the left.
    let called = |sheet: &'_ Sheet, id: Option<usize>| -> BTreeMap<String, usize> {
        let columns = sheet.header.iter().enumerate().filter(|(at, _)| Some(*at) != id);
        // Of several that are called alike the first.
        columns.rev().map(|(at, name)| (fold(name), at)).collect()
    };
    let (of_left, of_right) = (called(&left, left_id), called(&right, right_id));
    let mut names: [Vec<Option<&str>>; 2] = [vec![None; left.header.len()], vec![None; right.header.len()]];
    let [left_names, right_names] = &mut names;
    for (name, at) in &of_left {
        let Some(other) = of_right.get(name) else { continue };
        let own = left.header.get(*at).map(String::as_str);
        for (names, at) in [(&mut *left_names, at), (&mut *right_names, other)] {
            if let Some(slot) = names.get_mut(*at) {
                *slot = own;
            }
        }
    }
    if left_names.iter().all(Option::is_none) {
        return Err(Fault::input("matching.no_shared_column", ""));
    }
    let (guess, matching) = guessed::rule(&[(&left, left_names), (&right, right_names)])?;
    let records = |sheet: &Sheet, names: &[Option<&str>], id: Option<usize>| {
        guessed::records(sheet, names, &guess, &matching, |row| {
            let own = cell(sheet, row, id).trim();
            if RecordId::new(own).is_ok() { own.to_owned() } else { format!("row-{row}") }
        })
    };
    let lefts = records(&left, left_names, left_id)?;
    let rights = records(&right, right_names, right_id)?;
    let owned = |names: &[Option<&str>]| names.iter().map(|n| n.map(str::to_owned)).collect();
    let (left_names, right_names) = (owned(left_names), owned(right_names));
    let left = Side { sheet: left, records: lefts, names: left_names, id: left_id };
    let right = Side { sheet: right, records: rights, names: right_names, id: right_id };
    Ok((left, right, How::Guessed { guess: Box::new(guess), matching: Box::new(matching) }))
}

/// Where the ids stand: in the column that was named, or else in `id`, where there is one.
fn id_column(sheet: &Sheet, file: &Path, named: Option<&str>) -> Result<Option<usize>, Fault> {
    let Some(column) = named else { return Ok(place(sheet, "id")) };
    let absent = || Fault::input("table.no_column", format!("{column}: {}", file.display()));
    Ok(Some(place(sheet, column).ok_or_else(absent)?))
}

fn cell(sheet: &Sheet, row: usize, column: Option<usize>) -> &str {
    let cells = sheet.rows.get(row).map(|(_, cells)| cells.as_slice()).unwrap_or_default();
    column.and_then(|at| cells.get(at)).map_or("", String::as_str)
}

impl How {
    /// Searches. A guess learns from large tables, and keeps what it learned.
    fn link(&mut self, left: &[Record], right: &[Record], options: &Dedupe) -> Result<(RuleId, Link), Error> {
        match self {
            Self::Known { engine, object } => engine.link_with(object, left, right, options),
            Self::Guessed { matching, .. } => {
                let (learned, link) = matching.as_ref().clone().link(left, right, options)?;
                **matching = learned;
                Ok((matching.rule.clone(), link))
            }
        }
    }

    /// The report, in the words of the Blueprint or of the left file.
    fn report(
        &self,
        rule: &RuleId,
        [left, right]: [&[Record]; 2],
        link: &Link,
        threshold: Option<Decimal>,
    ) -> Result<MatchReport, Error> {
        let options = SurveyOptions { threshold, ..SurveyOptions::default() };
        Ok(match self {
            Self::Known { engine, object } => {
                let survey = engine.survey_link(rule, left, right, link, &options)?;
                let report = MatchReport::of_link(survey, link);
                match engine.schema().object(object.as_str()) {
                    Some(schema) => report.with_words(schema),
                    None => report,
                }
            }
            Self::Guessed { guess, matching } => {
                let survey = matching.matching.survey_link(rule, left, right, link, &options)?;
                let columns = guess.columns.iter().map(|c| (&c.field, c.column.as_str()));
                MatchReport::of_link(survey, link).with_columns(columns)
            }
        })
    }
}

/// The pairs in the order in which files tell them, with what each is.
fn in_words(link: &Link, sure: Decimal) -> Vec<(&Pair, &'static str)> {
    let pairs = link.pairs.iter().map(|p| (p, if p.probability >= sure { "same" } else { "review" }));
    pairs.chain(link.related.iter().map(|p| (p, "related"))).collect()
}

fn row(at: u32) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

fn write_pairs(path: &Path, left: &Side, right: &Side, pairs: &[(&Pair, &str)]) -> Result<(), Fault> {
    let mut out = writer(path)?;
    let header =
        ["left", "right", "left_id", "right_id", "left_line", "right_line", "probability", "relation"];
    out.write_record(header).map_err(failed(path))?;
    for (pair, relation) in pairs {
        let id = |side: &Side, at: u32| defuse(cell(&side.sheet, row(at), side.id)).into_owned();
        out.write_record([
            pair.left.to_string(),
            pair.right.to_string(),
            id(left, pair.left),
            id(right, pair.right),
            line(&left.sheet, pair.left).to_string(),
            line(&right.sheet, pair.right).to_string(),
            pair.probability.to_string(),
            (*relation).to_owned(),
        ])
        .map_err(failed(path))?;
    }
    out.flush().map_err(|e| Fault::io(path, &e))
}

/// Both rows of each pair, one below the other, with their own cells behind. A column of both tables stands once.
fn write_rows(path: &Path, left: &Side, right: &Side, pairs: &[(&Pair, &str)]) -> Result<(), Fault> {
    let own = left.sheet.header.iter().enumerate();
    let mut columns: Vec<(&str, [Option<usize>; 2])> =
        own.map(|(at, name)| (name.as_str(), [Some(at), None])).collect();
    for (at, name) in right.sheet.header.iter().enumerate() {
        let called = right.names.get(at).and_then(Option::as_ref);
        let on_left = match called {
            _ if right.id == Some(at) => left.id,
            Some(called) => left.names.iter().position(|name| name.as_ref() == Some(called)),
            None => None,
        };
        match on_left.and_then(|at| columns.get_mut(at)) {
            Some((_, [_, other])) if other.is_none() => *other = Some(at),
            _ => columns.push((name, [None, Some(at)])),
        }
    }
    let mut out = writer(path)?;
    let own = ["pair", "side", "row", "line", "probability", "relation"].into_iter();
    let header = own.chain(columns.iter().map(|(name, _)| *name));
    out.write_record(header.map(|c| defuse(c).into_owned())).map_err(failed(path))?;
    for (number, (pair, relation)) in pairs.iter().enumerate() {
        for (nth, side, name, at) in [(0, left, "left", pair.left), (1, right, "right", pair.right)] {
            let own = [
                number.to_string(),
                name.to_owned(),
                at.to_string(),
                line(&side.sheet, at).to_string(),
                pair.probability.to_string(),
                (*relation).to_owned(),
            ];
            let cells = columns
                .iter()
                .map(|(_, places)| cell(&side.sheet, row(at), places.get(nth).copied().flatten()).to_owned());
            let cells = own.into_iter().chain(cells).map(|c| defuse(&c).into_owned());
            out.write_record(cells).map_err(failed(path))?;
        }
    }
    out.flush().map_err(|e| Fault::io(path, &e))
}
