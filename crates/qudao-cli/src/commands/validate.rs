//! `qudao validate`.

use std::path::Path;

use qudao::Blueprint;
use qudao::prelude::{Dataset, Engine, Severity};
use serde::Serialize;

use crate::args::ValidateArgs;
use crate::commands::lint::severity;
use crate::console::Console;
use crate::data;
use crate::exit;
use crate::fault::Fault;
use crate::format::Grid;
use crate::words::advised;

#[derive(Serialize)]
struct Answer {
    ok: bool,
    file: String,
    encoding: String,
    rows: usize,
    unknown_columns: Vec<String>,
    violations: Vec<Item>,
    summary: serde_json::Value,
}

#[derive(Serialize)]
struct Item {
    row: usize,
    line: u64,
    record: Option<String>,
    rule: String,
    code: String,
    severity: Severity,
    fields: Vec<String>,
    text: String,
    fix: Option<String>,
}

/// Checks the rows of a table.
pub(crate) fn run(args: &ValidateArgs, console: &mut Console<'_>) -> Result<u8, Fault> {
    let engine = Blueprint::from_file(&args.blueprint)?.compile()?;
    let object = data::object(&args.object)?;
    let table = data::read(&engine, &object, &args.file)?;
    let related = tables(&engine, &args.related, "--related")?;
    let spinner = console.spinner(console.word("checking", "正在校验"));
    let report = engine.validate(&object, &table.rows, &related, Some(console.now));
    spinner.end();
    let report = report?;
    let file = args.file.display().to_string();
    let locale = console.locale.clone();
    let items: Vec<Item> = report
        .rows
        .iter()
        .map(|r| Item {
            row: r.row,
            line: table.line(r.row),
            record: r.violation.record.as_ref().map(ToString::to_string),
            rule: r.violation.rule.to_string(),
            code: r.violation.code.to_string(),
            severity: r.violation.severity,
            fields: r.violation.fields.iter().map(ToString::to_string).collect(),
            text: r.violation.text(&locale),
            fix: r.violation.fix(&locale),
        })
        .collect();
    if console.json {
        console.document(&Answer {
            ok: report.ok,
            file,
            encoding: table.sheet.encoding.clone(),
            rows: table.rows.records.len(),
            unknown_columns: table.rows.unknown_columns.clone(),
            violations: items,
            summary: serde_json::to_value(&report.summary).unwrap_or_default(),
        })?;
    } else {
        for item in items.iter().take(args.limit) {
            let text = advised(&locale, &item.text, item.fix.as_deref());
            let severity = severity(item.severity, &locale);
            console
                .line(format!("{file}:{}: {severity}: {text} [{} {}]", item.line, item.code, item.rule))?;
        }
        let more = items.len().saturating_sub(args.limit);
        if more > 0 {
            console.line(if locale.is_chinese() {
                format!("……另有 {more} 条；用 --limit 或 --json 查看")
            } else {
                format!("… and {more} more; see them with --limit or --json")
            })?;
        }
        summary(&report, &table, console)?;
    }
    Ok(if report.ok { exit::OK } else { exit::FINDINGS })
}

fn summary(
    report: &qudao::quality::TableReport,
    table: &data::Table,
    console: &mut Console<'_>,
) -> Result<(), Fault> {
    let locale = console.locale.clone();
    let w = |en, zh| crate::words::word(&locale, en, zh);
    let mut grid = Grid::new(&[
        w("rule", "规则"),
        w("severity", "级别"),
        w(">checked", ">已检查"),
        w(">failed", ">不符"),
        w(">unknown", ">未知"),
    ]);
    for (rule, s) in report.summary.iter().filter(|(_, s)| s.failed > 0) {
        grid.row(vec![
            rule.to_string(),
            severity(s.severity, &locale).to_owned(),
            s.checked.to_string(),
            s.failed.to_string(),
            s.unknown.to_string(),
        ]);
    }
    if report.summary.values().any(|s| s.failed > 0) {
        console.line("")?;
        for line in grid.lines() {
            console.line(line)?;
        }
    }
    if !table.rows.unknown_columns.is_empty() {
        let names = table.rows.unknown_columns.join(", ");
        let label = w("columns that are no fields, kept as they are", "不属于任何字段、原样保留的列");
        console.line(format!("{label}: {names}"))?;
    }
    let rows = table.rows.records.len();
    let bad: std::collections::BTreeSet<usize> =
        report.rows.iter().filter(|r| r.violation.severity == Severity::Error).map(|r| r.row).collect();
    console.line(if locale.is_chinese() {
        format!("{rows} 行（{}），其中 {} 行有错误", table.sheet.encoding, bad.len())
    } else {
        format!("{rows} rows ({}), {} of them with errors", table.sheet.encoding, bad.len())
    })
}

/// Tables given as OBJECT=FILE.
pub(crate) fn tables(engine: &Engine, given: &[String], option: &str) -> Result<Dataset, Fault> {
    let mut data = Dataset::new();
    for text in given {
        let (name, path) =
            text.split_once('=').ok_or_else(|| Fault::Usage(format!("{option}: write OBJECT=FILE")))?;
        let object = data::object(name)?;
        let table = data::read(engine, &object, Path::new(path))?;
        data.add(&object, Vec::new()).map_err(qudao::Error::from)?;
        for record in table.rows.records {
            if data.get(object.as_str(), record.id().as_str()).is_none() {
                data.put(record);
            }
        }
    }
    Ok(data)
}
