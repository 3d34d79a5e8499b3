//! `qudao rebuild`, `verify` and `migrate`: the upkeep of a database.

use qudao::Blueprint;
use qudao::prelude::{Engine, Workspace, WorkspaceOptions};
use qudao::store::{Counts, MigrationPreview};

use crate::access;
use crate::args::{DatabaseArgs, MigrateArgs};
use crate::console::Console;
use crate::exit;
use crate::fault::Fault;
use crate::format::Grid;

fn open(args: &DatabaseArgs) -> Result<Workspace, Fault> {
    let engine = Blueprint::from_file(&args.blueprint)?.compile()?;
    let options = WorkspaceOptions { must_exist: true, ..WorkspaceOptions::default() };
    Ok(Workspace::open_with(&args.db, engine, options)?)
}

/// Makes the projections again from the log.
pub(crate) fn rebuild(args: &DatabaseArgs, console: &mut Console<'_>) -> Result<u8, Fault> {
    let workspace = open(args)?;
    let spinner = console.spinner(console.word("rebuilding", "正在重建"));
    let report = workspace.rebuild();
    spinner.end();
    let report = report?;
    if console.json {
        let counts = counts_json(&report.counts);
        console.document(&serde_json::json!({"ok": true, "entries": report.entries, "counts": counts}))?;
    } else {
        let n = report.entries;
        console.line(if console.locale.is_chinese() {
            format!("已由 {n} 条日志重建：")
        } else {
            format!("rebuilt from {n} log entries:")
        })?;
        counts(&report.counts, console)?;
    }
    Ok(exit::OK)
}

fn counts_json(counts: &Counts) -> serde_json::Value {
    serde_json::json!({
        "records": counts.records, "log": counts.log, "refused": counts.refused, "visits": counts.visits,
        "claims": counts.claims, "waiting_claims": counts.waiting_claims, "block_keys": counts.block_keys,
        "grants": counts.grants, "duplicate_sets": counts.duplicate_sets, "outbox": counts.outbox,
    })
}

fn counts(counts: &Counts, console: &mut Console<'_>) -> Result<(), Fault> {
    let zh = console.locale.is_chinese();
    let mut grid = Grid::new(&["", ">"]);
    for (object, n) in &counts.records {
        grid.row(vec![object.to_string(), n.to_string()]);
    }
    let more = [
        ("stage visits", "阶段停留", counts.visits),
        ("unique values", "唯一值", counts.claims),
        ("unique values that wait", "等待中的唯一值", counts.waiting_claims),
        ("block keys", "分块键", counts.block_keys),
        ("grants", "授权", counts.grants),
        ("duplicate sets", "疑似重复组", counts.duplicate_sets),
        ("events", "事件", counts.outbox),
        ("log entries", "日志", counts.log),
        ("refused commands", "被拒命令", counts.refused),
    ];
    for (en, cn, n) in more {
        grid.row(vec![(if zh { cn } else { en }).to_owned(), n.to_string()]);
    }
    for line in grid.lines().into_iter().skip(1) {
        console.line(format!("  {line}"))?;
    }
    Ok(())
}

/// Compares the projections with a rebuild, and checks the file.
pub(crate) fn verify(args: &DatabaseArgs, console: &mut Console<'_>) -> Result<u8, Fault> {
    let workspace = open(args)?;
    let spinner = console.spinner(console.word("verifying", "正在核对"));
    let integrity = workspace.integrity_check();
    let report = workspace.verify();
    spinner.end();
    let (integrity, report) = (integrity?, report?);
    let ok = integrity.is_empty() && report.is_equal();
    if console.json {
        let tables: Vec<serde_json::Value> = report
            .tables
            .iter()
            .map(|t| {
                serde_json::json!({
                    "table": t.table, "rows": t.rows, "missing": t.missing, "unexpected": t.unexpected,
                })
            })
            .collect();
        console.document(&serde_json::json!({
            "ok": ok, "entries": report.entries, "integrity": integrity, "tables": tables,
        }))?;
    } else {
        let w = |en, zh| crate::words::word(&console.locale, en, zh);
        let mut grid = Grid::new(&[
            w("projection", "投影"),
            w(">rows", ">行数"),
            w(">missing", ">缺失"),
            w(">unexpected", ">多余"),
        ]);
        for t in &report.tables {
            grid.row(vec![
                t.table.to_owned(),
                t.rows.to_string(),
                t.missing.to_string(),
                t.unexpected.to_string(),
            ]);
        }
        for line in grid.lines() {
            console.line(line)?;
        }
        for problem in &integrity {
            console.line(problem)?;
        }
        let n = report.entries;
        console.line(match (ok, console.locale.is_chinese()) {
            (true, false) => format!("equal to what {n} log entries make; the file is whole"),
            (true, true) => format!("与 {n} 条日志重建的结果一致，文件完好"),
            (false, false) => "not equal, or the file is damaged".to_owned(),
            (false, true) => "不一致，或文件已损坏".to_owned(),
        })?;
    }
    Ok(if ok { exit::OK } else { exit::FINDINGS })
}

/// Shows what another Blueprint would change, or switches it on.
pub(crate) fn migrate(args: &MigrateArgs, console: &mut Console<'_>) -> Result<u8, Fault> {
    let engine: Engine = Blueprint::from_file(&args.database.blueprint)?.compile()?;
    let (preview, applied) = if args.apply {
        let actor = access::actor(&engine, &args.actor)?;
        let spinner = console.spinner(console.word("migrating", "正在迁移"));
        let done = Workspace::migrate(&args.database.db, engine, &actor, console.now);
        spinner.end();
        let (_, report) = done?;
        (report.map(|r| r.preview), true)
    } else {
        (Workspace::preview(&args.database.db, &engine)?, false)
    };
    let Some(preview) = preview else {
        if console.json {
            console.document(&serde_json::json!({"ok": true, "changed": false, "applied": false}))?;
        } else {
            let text = console.word(
                "the database was written under this Blueprint: nothing to do",
                "数据库即由此蓝图写成，无需迁移",
            );
            console.line(text)?;
        }
        return Ok(exit::OK);
    };
    if console.json {
        console.document(&preview_json(&preview, applied))?;
        return Ok(exit::OK);
    }
    let zh = console.locale.is_chinese();
    let (from, to) = (preview.stored.short().to_owned(), preview.given.short().to_owned());
    console.line(match (applied, zh) {
        (true, false) => format!("switched from Blueprint {from} to {to}"),
        (true, true) => format!("已由蓝图 {from} 切换到 {to}"),
        (false, false) => format!("Blueprint {from} → {to}; nothing is changed yet, --apply switches it on"),
        (false, true) => format!("蓝图 {from} → {to}；尚未更改，用 --apply 启用"),
    })?;
    for line in preview_lines(&preview, zh) {
        console.line(format!("  {line}"))?;
    }
    Ok(exit::OK)
}

fn preview_lines(preview: &MigrationPreview, zh: bool) -> Vec<String> {
    let mut lines = Vec::new();
    for (object, n) in &preview.records {
        lines.push(if zh { format!("{object}：{n} 条记录") } else { format!("{object}: records {n}") });
    }
    for (object, n) in &preview.objects_gone {
        lines.push(if zh {
            format!("新蓝图没有对象 {object}：{n} 条记录保留，暂不可读")
        } else {
            format!("no object {object} any more: records kept that cannot be read {n}")
        });
    }
    for ((object, field), n) in &preview.fields_unknown {
        lines.push(if zh {
            format!("{object}.{field} 不再存在或类型不符：{n} 条记录的值原样保留")
        } else {
            format!("{object}.{field} is gone or of another type: values kept as they are {n}")
        });
    }
    for ((process, stage), n) in &preview.stages_gone {
        lines.push(if zh {
            format!("流程 {process} 不再有阶段 {stage}：{n} 条记录停留其中")
        } else {
            format!("process {process} has no stage {stage} any more: records that stand in it {n}")
        });
    }
    for conflict in &preview.conflicts {
        let waiting: Vec<String> = conflict.waiting.iter().map(ToString::to_string).collect();
        let waiting = waiting.join(", ");
        lines.push(if zh {
            format!("唯一规则 {}：{} 持有该值，{waiting} 等待", conflict.rule, conflict.holder)
        } else {
            format!("unique rule {}: {} holds the value, {waiting} wait", conflict.rule, conflict.holder)
        });
    }
    lines
}

fn preview_json(preview: &MigrationPreview, applied: bool) -> serde_json::Value {
    let fields: Vec<serde_json::Value> = preview
        .fields_unknown
        .iter()
        .map(|((object, field), n)| serde_json::json!({"object": object, "field": field, "records": n}))
        .collect();
    let stages: Vec<serde_json::Value> = preview
        .stages_gone
        .iter()
        .map(|((process, stage), n)| serde_json::json!({"process": process, "stage": stage, "records": n}))
        .collect();
    let conflicts: Vec<serde_json::Value> = preview
        .conflicts
        .iter()
        .map(|c| {
            let waiting: Vec<String> = c.waiting.iter().map(ToString::to_string).collect();
            serde_json::json!({"rule": c.rule, "holder": c.holder.to_string(), "waiting": waiting})
        })
        .collect();
    serde_json::json!({
        "ok": true, "changed": true, "applied": applied,
        "stored": preview.stored.to_string(), "given": preview.given.to_string(),
        "records": preview.records, "objects_gone": preview.objects_gone,
        "fields_unknown": fields, "stages_gone": stages, "conflicts": conflicts,
    })
}
