//! `qudao import`.

use std::path::{Path, PathBuf};

use qudao::Blueprint;
use qudao::import::{ImportOptions, ImportReport, Mapping, Reject, write_rejects};
use qudao::prelude::{Engine, Locale, Session, Workspace, WorkspaceOptions};

use crate::access;
use crate::args::ImportArgs;
use crate::console::Console;
use crate::exit;
use crate::fault::Fault;
use crate::format::{Grid, clip};
use crate::words::advised;

/// Imports files, or mended rejects.
pub(crate) fn run(args: &ImportArgs, console: &mut Console<'_>) -> Result<u8, Fault> {
    let mapping = Mapping::from_file(&args.mapping)?;
    let engine = engine(&mapping, args.blueprint.as_deref())?;
    let options = WorkspaceOptions { fast_commits: true, ..WorkspaceOptions::default() };
    let workspace = Workspace::open_with(&args.db, engine, options)?;
    let session = access::session(&workspace, &args.actor, console)?;
    let folder = args.data.clone().unwrap_or_else(|| PathBuf::from("."));
    let options =
        ImportOptions { rejects: args.rejects.clone(), only: args.only.clone(), ..ImportOptions::default() };
    let report = import(&session, &mapping, &folder, &options, console)?;
    let target = rejects_path(args);
    if !report.rejects.is_empty() {
        write_rejects(&target, &report.rejects, &console.locale)?;
    }
    if console.json {
        let mut answer = json(&report, &console.locale);
        answer["rejects_file"] = match report.rejects.is_empty() {
            true => serde_json::Value::Null,
            false => target.display().to_string().into(),
        };
        console.document(&answer)?;
    } else {
        tell(&report, console, 20)?;
        if !report.rejects.is_empty() {
            let label = console.word("rejected rows, with every reason", "被拒绝的行及全部原因");
            console.line(format!("{label}: {}", target.display()))?;
        }
    }
    Ok(if report.rejects.is_empty() { exit::OK } else { exit::FINDINGS })
}

/// The Blueprint given, or the one that the mapping names.
pub(crate) fn engine(mapping: &Mapping, given: Option<&Path>) -> Result<Engine, Fault> {
    let path = given.map(Path::to_path_buf).or_else(|| mapping.blueprint_path());
    let Some(path) = path else {
        return Err(Fault::Usage("the mapping names no Blueprint: give --blueprint".to_owned()));
    };
    Ok(Blueprint::from_file(path)?.compile()?)
}

/// Runs an import under a progress bar.
pub(crate) fn import(
    session: &Session,
    mapping: &Mapping,
    folder: &Path,
    options: &ImportOptions,
    console: &Console<'_>,
) -> Result<ImportReport, Fault> {
    let mut bar = console.bar();
    let report = session.import(mapping, folder, options, console.now, &mut |p| {
        bar.at(p.file, p.done, p.total);
    });
    bar.end();
    Ok(report?)
}

/// Where rejected rows go. A file that is being mended is never written over.
fn rejects_path(args: &ImportArgs) -> PathBuf {
    let target = args.rejects_out.clone().unwrap_or_else(|| {
        args.db.parent().map_or_else(|| PathBuf::from("rejects.csv"), |dir| dir.join("rejects.csv"))
    });
    let same = args.rejects.as_ref().is_some_and(|input| {
        let real = |p: &Path| std::fs::canonicalize(p).unwrap_or_else(|_| p.to_path_buf());
        real(input) == real(&target)
    });
    if same { target.with_file_name("rejects-again.csv") } else { target }
}

/// What an import did, for programs. Cells of rejected rows stand in the rejects file, not here.
pub(crate) fn json(report: &ImportReport, locale: &Locale) -> serde_json::Value {
    let files: Vec<serde_json::Value> = report
        .files
        .iter()
        .map(|f| {
            serde_json::json!({
                "file": f.file, "object": f.object, "encoding": f.encoding, "rows": f.rows, "stored": f.stored,
                "already": f.already, "warned": f.warned, "rejected": f.rejected,
                "possible_duplicates": f.possible_duplicates,
                "extra_columns": f.extra_columns, "absent_columns": f.absent_columns,
            })
        })
        .collect();
    let reject = |r: &Reject| {
        let reasons: Vec<serde_json::Value> = r
            .reasons
            .iter()
            .map(|v| {
                serde_json::json!({
                    "rule": v.rule, "code": v.code, "fields": v.fields,
                    "text": v.text(locale), "fix": v.fix(locale),
                })
            })
            .collect();
        serde_json::json!({"file": r.file, "row": r.row, "reasons": reasons})
    };
    let notes: Vec<serde_json::Value> = report
        .notes
        .iter()
        .map(|n| {
            let zh = locale.is_chinese();
            serde_json::json!({
                "file": n.file, "rule": n.rule, "code": n.code, "severity": n.severity, "rows": n.rows,
                "first_row": n.first_row,
                "text": if zh { &n.text_zh } else { &n.text_en },
                "fix": if zh { &n.fix_zh } else { &n.fix_en },
            })
        })
        .collect();
    serde_json::json!({
        "ok": report.rejects.is_empty(),
        "rows": report.rows(), "stored": report.stored(),
        "rejected": report.rejects.len(),
        "files": files,
        "findings": notes,
        "rejects": report.rejects.iter().map(reject).collect::<Vec<_>>(),
    })
}

/// What an import did, for people: file by file, then the findings that weigh most.
pub(crate) fn tell(report: &ImportReport, console: &mut Console<'_>, most: usize) -> Result<(), Fault> {
    let locale = console.locale.clone();
    let w = |en, zh| crate::words::word(&locale, en, zh);
    let mut grid = Grid::new(&[
        w("file", "文件"),
        w("object", "对象"),
        w("encoding", "编码"),
        w(">rows", ">行数"),
        w(">stored", ">入库"),
        w(">already", ">已有"),
        w(">warned", ">警告"),
        w(">rejected", ">拒绝"),
        w(">maybe twice", ">疑似重复"),
    ]);
    for f in &report.files {
        grid.row(vec![
            clip(&f.file, 32),
            f.object.to_string(),
            f.encoding.clone(),
            f.rows.to_string(),
            f.stored.to_string(),
            f.already.to_string(),
            f.warned.to_string(),
            f.rejected.to_string(),
            f.possible_duplicates.to_string(),
        ]);
    }
    for line in grid.lines() {
        console.line(line)?;
    }
    for f in &report.files {
        if !f.absent_columns.is_empty() {
            let label = w("the mapping names columns that the file has not", "映射中的列在文件中不存在");
            console.line(format!("{}: {label}: {}", f.file, f.absent_columns.join(", ")))?;
        }
        if !f.extra_columns.is_empty() {
            let label = w("columns that ride along", "随记录保留的列");
            console.line(format!("{}: {label}: {}", f.file, f.extra_columns.join(", ")))?;
        }
    }
    if !report.notes.is_empty() {
        console.line("")?;
        let mut grid = Grid::new(&[
            w(">rows", ">行数"),
            w("severity", "级别"),
            w("file", "文件"),
            w(">first row", ">首行"),
            w("finding", "问题"),
        ]);
        for n in report.notes.iter().take(most) {
            let (text, fix) =
                if locale.is_chinese() { (&n.text_zh, &n.fix_zh) } else { (&n.text_en, &n.fix_en) };
            grid.row(vec![
                n.rows.to_string(),
                super::lint::severity(n.severity, &locale).to_owned(),
                clip(&n.file, 28),
                n.first_row.to_string(),
                clip(&advised(&locale, text, fix.as_deref()), 300),
            ]);
        }
        for line in grid.lines() {
            console.line(line)?;
        }
        let more = report.notes.len().saturating_sub(most);
        if more > 0 {
            let text = if locale.is_chinese() {
                format!("……另有 {more} 种问题")
            } else {
                format!("… and {more} more kinds of findings")
            };
            console.line(text)?;
        }
    }
    console.line("")?;
    let already: usize = report.files.iter().map(|f| f.already).sum();
    let (rows, stored, rejected) = (report.rows(), report.stored(), report.rejects.len());
    console.line(if locale.is_chinese() {
        format!("{rows} 行 = 入库 {stored} + 已有 {already} + 拒绝 {rejected}")
    } else {
        format!("{rows} rows = {stored} stored + {already} there already + {rejected} rejected")
    })
}
