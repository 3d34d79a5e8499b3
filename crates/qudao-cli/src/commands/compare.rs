//! `qudao compare`.

use std::path::Path;

use qudao::prelude::{Dataset, Engine, Locale, Severity, Workspace};
use qudao::{Blueprint, RuleComparison, Share};

use crate::access;
use crate::args::CompareArgs;
use crate::commands::lint::severity;
use crate::commands::validate::tables;
use crate::console::Console;
use crate::exit;
use crate::fault::Fault;
use crate::format::Grid;
use crate::words::word;

/// Tries another Blueprint's rules on records that exist.
pub(crate) fn run(args: &CompareArgs, console: &mut Console<'_>) -> Result<u8, Fault> {
    let engine = Blueprint::from_file(&args.blueprint)?.compile()?;
    let new = Blueprint::from_file(&args.new)?.compile()?;
    let found = match &args.db {
        Some(db) => in_database(args, db, engine, &new, console)?,
        None if args.table.is_empty() => {
            return Err(Fault::Usage("give --db FILE, or --table OBJECT=FILE for each table".to_owned()));
        }
        None => {
            let data: Dataset = tables(&engine, &args.table, "--table")?;
            engine.compare(&new, &data, Some(console.now))?
        }
    };
    if console.json {
        console.document(&found)?;
    } else {
        tell(&found, args.limit, console)?;
    }
    let over = args.fail_over.is_some_and(|most| found.newly_blocked.len() > most);
    Ok(if over { exit::FINDINGS } else { exit::OK })
}

fn in_database(
    args: &CompareArgs,
    db: &Path,
    engine: Engine,
    new: &Engine,
    console: &Console<'_>,
) -> Result<RuleComparison, Fault> {
    let options = qudao::WorkspaceOptions { must_exist: true, ..qudao::WorkspaceOptions::default() };
    let workspace = Workspace::open_with(db, engine, options)?;
    let session = access::session(&workspace, &args.actor, console)?;
    let spinner = console.spinner(console.word("comparing", "正在比较"));
    let found = session.compare(new, console.now);
    spinner.end();
    Ok(found?)
}

fn tell(found: &RuleComparison, limit: usize, console: &mut Console<'_>) -> Result<(), Fault> {
    let locale = console.locale.clone();
    let w = |en, zh| word(&locale, en, zh);
    if !found.changes.is_empty() {
        let mut grid = Grid::new(&[
            w("rule", "规则"),
            w("severity", "级别"),
            w("direction", "变化"),
            w(">records", ">记录数"),
            w("partners", "伙伴"),
            w("owners", "负责人"),
        ]);
        for change in &found.changes {
            grid.row(vec![
                change.rule.to_string(),
                severity(change.severity, &locale).to_owned(),
                change.direction.label().get_or(&locale, "").to_owned(),
                change.records.len().to_string(),
                shares(&change.by_partner, &locale),
                shares(&change.by_owner, &locale),
            ]);
        }
        for line in grid.lines() {
            console.line(line)?;
        }
        console.line("")?;
        let examples = found.changes.iter().flat_map(|c| &c.examples);
        for violation in examples.filter(|v| v.severity == Severity::Error).take(limit) {
            let id = violation.record.as_ref().map_or("", |r| r.as_str());
            console.line(format!("  {} {id}: {}", violation.object, violation.text(&locale)))?;
        }
    }
    let (records, blocked, free) = (found.records, found.newly_blocked.len(), found.newly_free.len());
    console.line(if locale.is_chinese() {
        format!("共检查 {records} 条记录：{blocked} 条将新增错误，{free} 条不再有错误")
    } else {
        format!("{records} records checked: {blocked} would newly be refused, {free} no longer")
    })
}

/// The largest shares, in one cell.
fn shares(shares: &[Share], locale: &Locale) -> String {
    let none = word(locale, "none", "无");
    let shown: Vec<String> = shares
        .iter()
        .take(3)
        .map(|s| format!("{} {}", s.id.as_ref().map_or(none, |id| id.as_str()), s.records))
        .collect();
    let more = if shares.len() > 3 { ", …" } else { "" };
    shown.join(", ") + more
}
