//! `qudao kpis`.

use std::path::Path;

use qudao::import::read_sheet;
use qudao::metrics::{Basis, Bound, GroupKey, KpiQuery, KpiReport, KpiValue, RateTable, Window};
use qudao::prelude::{Locale, MetricId, Workspace, WorkspaceOptions};
use qudao::text::{DateOptions, NumberOptions, parse_date, parse_number};
use qudao::{Blueprint, Engine, Error};

use crate::access;
use crate::args::KpisArgs;
use crate::console::Console;
use crate::exit;
use crate::fault::Fault;
use crate::format::{Grid, clip, value};

/// Computes KPIs.
pub(crate) fn run(args: &KpisArgs, console: &mut Console<'_>) -> Result<u8, Fault> {
    let query = query(args)?;
    let engine = Blueprint::from_file(&args.database.blueprint)?.compile()?;
    let rates = args.rates.as_deref().map(rates).transpose()?.unwrap_or_default();
    let options = WorkspaceOptions { must_exist: true, ..WorkspaceOptions::default() };
    let workspace = Workspace::open_with(&args.database.db, engine, options)?;
    let session = access::session(&workspace, &args.actor, console)?;
    let spinner = console.spinner(console.word("computing", "正在计算"));
    let report = session.kpis(&query, &rates, console.now);
    spinner.end();
    let mut report = report?;
    if console.json {
        if !args.ids {
            for row in &mut report.rows {
                forget_ids(row);
            }
        }
        console.document(&serde_json::json!({"ok": true, "rows": report.rows}))?;
    } else {
        for line in lines(workspace.engine(), &report, &console.locale) {
            console.line(line)?;
        }
    }
    Ok(exit::OK)
}

/// Takes the ids out of a value: counts stay.
pub(crate) fn forget_ids(row: &mut KpiValue) {
    row.ids = qudao::metrics::DrillThrough::default();
    for excluded in &mut row.excluded {
        excluded.ids.clear();
    }
}

fn query(args: &KpisArgs) -> Result<KpiQuery, Fault> {
    let metrics: Result<Vec<MetricId>, _> = args.metric.iter().map(MetricId::new).collect();
    let day = |name: &str, text: &Option<String>| -> Result<Option<Bound>, Fault> {
        text.as_deref()
            .map(|t| {
                parse_date(t, &DateOptions::default())
                    .map(Bound::Date)
                    .map_err(|_| Fault::Usage(format!("--{name}: write a day such as 2026-01-31")))
            })
            .transpose()
    };
    let (from, to) = (day("from", &args.from)?, day("to", &args.to)?);
    let basis = match args.basis.as_deref() {
        None => None,
        Some("cohort") => Some(Basis::Cohort),
        Some("event") => Some(Basis::Event),
        Some(_) => return Err(Fault::Usage("--basis: write cohort or event".to_owned())),
    };
    Ok(KpiQuery {
        metrics: metrics.map_err(Error::from)?,
        by: args.by.iter().map(|k| GroupKey::parse(k)).collect(),
        window: (from.is_some() || to.is_some()).then_some(Window { from, to }),
        basis,
        ..KpiQuery::default()
    })
}

/// Exchange rates from a file.
fn rates(path: &Path) -> Result<RateTable, Fault> {
    let sheet = read_sheet(path, None)?;
    let name = path.display();
    let position = |column: &str| {
        sheet
            .header
            .iter()
            .position(|c| c == column)
            .ok_or_else(|| Fault::input("import.no_column", format!("{name} has no column {column}")))
    };
    let (from, into, date, rate) =
        (position("from")?, position("into")?, position("date")?, position("rate")?);
    let mut table = RateTable::new();
    for (line, cells) in &sheet.rows {
        let cell = |i: usize| cells.get(i).map_or("", |c| c.trim());
        let bad = |column: &str| {
            Fault::input("import.bad_rate", format!("{name} line {line}: `{column}` cannot be read"))
        };
        let day = parse_date(cell(date), &DateOptions::default()).map_err(|_| bad("date"))?;
        let number = parse_number(cell(rate), &NumberOptions::default()).map_err(|_| bad("rate"))?;
        table.add(cell(from), cell(into), day, number.value).map_err(|e| Fault::Qudao(Error::Metrics(e)))?;
    }
    Ok(table)
}

/// A report as lines of a table.
pub(crate) fn lines(engine: &Engine, report: &KpiReport, locale: &Locale) -> Vec<String> {
    let w = |en, zh| crate::words::word(locale, en, zh);
    let mut grid =
        Grid::new(&[w("metric", "指标"), w("of", "范围"), w("value", "数值"), ">n", w("notes", "说明")]);
    let labels = engine.metrics().list();
    for row in &report.rows {
        let label = labels.iter().find(|m| m.id == row.metric).map_or_else(
            || row.metric.to_string(),
            |m| m.label.get_or(locale, row.metric.as_str()).to_owned(),
        );
        grid.row(vec![
            clip(&label, 34),
            clip(&scope(engine, row, locale), 44),
            value(row, locale),
            row.n.to_string(),
            notes(row, locale),
        ]);
    }
    grid.lines()
}

/// What a value is about: group, object, process, part.
pub(crate) fn scope(engine: &Engine, row: &KpiValue, locale: &Locale) -> String {
    let mut parts: Vec<String> = row
        .group
        .iter()
        .map(|(key, value)| {
            let shown = if value.is_blank() {
                crate::words::word(locale, "(none)", "（无）").to_owned()
            } else {
                value.to_string()
            };
            if row.group.len() > 1 { format!("{key}={shown}") } else { shown }
        })
        .collect();
    if matches!(row.metric.as_str(), "completeness" | "duplicate_rate")
        && let Some(object) = &row.object
    {
        let label = engine.schema().object(object.as_str()).map(|o| o.label.clone());
        parts
            .push(label.map_or_else(|| object.to_string(), |l| l.get_or(locale, object.as_str()).to_owned()));
    }
    if let Some(process) = &row.process {
        let known = engine.pipeline().process(process.as_str());
        parts.push(
            known.map_or_else(
                || process.to_string(),
                |p| p.label().get_or(locale, process.as_str()).to_owned(),
            ),
        );
    }
    if let Some(part) = row.part.as_ref().filter(|p| row.object.as_ref().is_none_or(|o| *o != p.as_str())) {
        parts.push(part_text(engine, row, part, locale));
    }
    parts.join(" · ")
}

/// A part in words: stages by the company's names for them.
pub(crate) fn part_text(engine: &Engine, row: &KpiValue, part: &str, locale: &Locale) -> String {
    let stage = |id: &str| -> String {
        let process = row.process.as_ref().and_then(|p| engine.pipeline().process(p.as_str()));
        process
            .and_then(|p| p.stage(id))
            .map_or_else(|| id.to_owned(), |s| s.label().get_or(locale, id).to_owned())
    };
    match part.split_once('→') {
        Some((from, to)) => format!("{} → {}", stage(from), stage(to)),
        None => match (part, locale.is_chinese()) {
            ("median", true) => "中位数".to_owned(),
            ("mean", true) => "均值".to_owned(),
            ("p75", true) => "75 分位".to_owned(),
            ("p90", true) => "90 分位".to_owned(),
            _ => part.to_owned(),
        },
    }
}

/// Small sample, censored, excluded, reopened: what a reader must know beside the number.
pub(crate) fn notes(row: &KpiValue, locale: &Locale) -> String {
    let zh = locale.is_chinese();
    let mut notes = Vec::new();
    if row.small_sample && row.n > 0 {
        notes.push(if zh { "小样本".to_owned() } else { "small sample".to_owned() });
    }
    if row.censored > 0 {
        notes.push(if zh {
            format!("删失 {}", row.censored)
        } else {
            format!("{} still open", row.censored)
        });
    }
    if row.reopened > 0 {
        notes.push(if zh {
            format!("重新打开 {}", row.reopened)
        } else {
            format!("{} reopened", row.reopened)
        });
    }
    for excluded in &row.excluded {
        let text = excluded.reason.text(locale);
        notes.push(if zh {
            format!("排除 {}：{text}", excluded.count)
        } else {
            format!("{} left out: {text}", excluded.count)
        });
    }
    if row.partial_window {
        notes.push(if zh { "窗口未结束".to_owned() } else { "window not over".to_owned() });
    }
    notes.join(if zh { "；" } else { "; " })
}
