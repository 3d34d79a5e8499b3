//! `qudao audit`, `cleanse`, `undo` and `standard`: the upkeep of data by people.

use std::collections::BTreeMap;

use qudao::prelude::{Actor, ActorId, Session, Value, Violation, Workspace, WorkspaceOptions};
use qudao::quality::StewardAction;
use qudao::{BatchReport, Blueprint, CleanseDiff, CleansePlan};
use serde::Serialize;

use crate::access;
use crate::args::{ActorArgs, AuditArgs, CleanseArgs, DatabaseArgs, StandardArgs, UndoArgs};
use crate::commands::lint::severity;
use crate::console::Console;
use crate::data;
use crate::exit;
use crate::fault::Fault;
use crate::format::{Grid, clip};
use crate::words::{advised, word};

pub(super) fn session(
    database: &DatabaseArgs,
    actor: &ActorArgs,
    console: &Console<'_>,
) -> Result<Session, Fault> {
    let engine = Blueprint::from_file(&database.blueprint)?.compile()?;
    let options = WorkspaceOptions { must_exist: true, ..WorkspaceOptions::default() };
    let workspace = Workspace::open_with(&database.db, engine, options)?;
    access::session(&workspace, actor, console)
}

fn action(action: StewardAction, console: &Console<'_>) -> &'static str {
    let zh = console.locale.is_chinese();
    match (action, zh) {
        (StewardAction::Review, false) => "review",
        (StewardAction::Review, true) => "复核",
        (StewardAction::Assign, false) => "assign",
        (StewardAction::Assign, true) => "指派",
        (StewardAction::TakeBack, false) => "take back",
        (StewardAction::TakeBack, true) => "收回",
    }
}

/// Audits the records by the rules of stewardship; with `--tasks`, puts what is found into the owners' lists.
pub(crate) fn audit(args: &AuditArgs, console: &mut Console<'_>) -> Result<u8, Fault> {
    let session = session(&args.database, &args.actor, console)?;
    let found = session.audit(console.now)?;
    let mut tasks = 0_usize;
    if args.tasks {
        for finding in &found {
            let task = session.workspace().engine().audit_task(finding, &console.locale)?;
            let decision = session.submit(task, console.now)?;
            tasks += usize::from(decision.is_allowed() && !decision.replayed);
        }
    }
    if console.json {
        console.document(&serde_json::json!({"ok": found.is_empty(), "findings": found, "tasks": tasks}))?;
    } else {
        let locale = console.locale.clone();
        let w = |en, zh| word(&locale, en, zh);
        let mut grid = Grid::new(&[
            w("due", "截止"),
            w("record", "记录"),
            w("owner", "负责人"),
            w("severity", "级别"),
            w("proposal", "建议"),
            w("finding", "发现"),
        ]);
        for finding in found.iter().take(args.limit) {
            grid.row(vec![
                finding.due_on.to_string(),
                format!("{} {}", finding.record.object, finding.record.id),
                finding.owner.as_ref().map_or("-", |o| o.as_str()).to_owned(),
                severity(finding.violation.severity, &locale).to_owned(),
                action(finding.action, console).to_owned(),
                advised(&locale, &finding.violation.text(&locale), finding.violation.fix(&locale).as_deref()),
            ]);
        }
        if !found.is_empty() {
            for line in grid.lines() {
                console.line(line)?;
            }
            console.line("")?;
        }
        let n = found.len();
        console.line(match (args.tasks, locale.is_chinese()) {
            (false, false) => format!("{n} findings"),
            (false, true) => format!("共 {n} 条发现"),
            (true, false) => format!("{n} findings, {tasks} new tasks"),
            (true, true) => format!("共 {n} 条发现，新建 {tasks} 条任务"),
        })?;
    }
    Ok(if found.is_empty() { exit::OK } else { exit::FINDINGS })
}

#[derive(Serialize)]
struct Cell {
    object: String,
    id: String,
    field: String,
    before: serde_json::Value,
    after: serde_json::Value,
}

#[derive(Serialize)]
struct Refused {
    object: String,
    id: String,
    reasons: Vec<String>,
}

fn cells(diff: &CleanseDiff) -> Vec<Cell> {
    diff.records
        .iter()
        .flat_map(|r| {
            r.changes.iter().map(|c| Cell {
                object: r.record.object.to_string(),
                id: r.record.id.to_string(),
                field: c.field.to_string(),
                before: c.before.to_plain_json(),
                after: c.after.to_plain_json(),
            })
        })
        .collect()
}

fn refused<'v>(
    records: impl IntoIterator<Item = (&'v qudao::prelude::RecordKey, &'v Vec<Violation>)>,
    console: &Console<'_>,
) -> Vec<Refused> {
    records
        .into_iter()
        .filter(|(_, reasons)| !reasons.is_empty())
        .map(|(record, reasons)| Refused {
            object: record.object.to_string(),
            id: record.id.to_string(),
            reasons: reasons.iter().map(|v| v.text(&console.locale)).collect(),
        })
        .collect()
}

/// Shows what a plan would change; with `--apply`, changes it.
pub(crate) fn cleanse(args: &CleanseArgs, console: &mut Console<'_>) -> Result<u8, Fault> {
    let text = std::fs::read_to_string(&args.plan)
        .map_err(|e| qudao::Error::Io { path: args.plan.display().to_string(), detail: e.to_string() })?;
    let name = args.plan.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
    let plan = CleansePlan::from_yaml(&name, &text)?;
    let session = session(&args.database, &args.actor, console)?;
    let diff = session.cleanse(&plan, console.now)?;
    if let Some(batch) = &args.apply {
        let done = session.apply(&diff, batch, console.now)?;
        return applied(&done, console);
    }
    let barred = refused(diff.records.iter().map(|r| (&r.record, &r.refused)), console);
    let bad = !barred.is_empty();
    if console.json {
        console.document(&serde_json::json!({
            "selected": diff.selected, "records": diff.records.len(), "cells": cells(&diff), "refused": barred,
        }))?;
    } else {
        let locale = console.locale.clone();
        let w = |en, zh| word(&locale, en, zh);
        let mut grid =
            Grid::new(&[w("record", "记录"), w("field", "字段"), w("before", "原值"), w("after", "新值")]);
        let shown = |v: &Value| clip(&v.to_string(), 40);
        for record in diff.records.iter().take(args.limit) {
            for change in &record.changes {
                grid.row(vec![
                    record.record.id.to_string(),
                    change.field.to_string(),
                    shown(&change.before),
                    shown(&change.after),
                ]);
            }
        }
        for line in grid.lines() {
            console.line(line)?;
        }
        tell_refused(&barred, console)?;
        let (n, of) = (diff.records.len(), diff.selected);
        console.line(if locale.is_chinese() {
            format!("选中 {of} 条，其中 {n} 条将更改；尚未写入，用 --apply 批次名 执行")
        } else {
            format!("{of} records chosen, {n} would change; nothing is written yet, --apply NAME does it")
        })?;
    }
    Ok(if bad { exit::FINDINGS } else { exit::OK })
}

fn tell_refused(refused: &[Refused], console: &mut Console<'_>) -> Result<(), Fault> {
    let mut counted: BTreeMap<String, usize> = BTreeMap::new();
    for one in refused {
        *counted.entry(one.reasons.join("; ")).or_default() += 1;
    }
    for (reasons, n) in counted {
        console.line(format!("  {n} × {reasons}"))?;
    }
    Ok(())
}

fn applied(done: &BatchReport, console: &mut Console<'_>) -> Result<u8, Fault> {
    let barred = refused(done.refused.iter().map(|(record, reasons)| (record, reasons)), console);
    let bad = !barred.is_empty();
    if console.json {
        console.document(
            &serde_json::json!({"batch": done.batch, "applied": done.applied.len(), "refused": barred}),
        )?;
    } else {
        tell_refused(&barred, console)?;
        let (n, no, batch) = (done.applied.len(), barred.len(), &done.batch);
        console.line(if console.locale.is_chinese() {
            format!("批次 {batch}：更改 {n} 条，拒绝 {no} 条；用 undo --batch {batch} 撤销")
        } else {
            format!("batch {batch}: {n} records changed, {no} refused; undo --batch {batch} takes it back")
        })?;
    }
    Ok(if bad { exit::FINDINGS } else { exit::OK })
}

/// Undoes a batch.
pub(crate) fn undo(args: &UndoArgs, console: &mut Console<'_>) -> Result<u8, Fault> {
    let session = session(&args.database, &args.actor, console)?;
    let undone = session.undo(&args.batch, console.now)?;
    let barred = refused(undone.refused.iter().map(|(record, reasons)| (record, reasons)), console);
    let conflicts: Vec<serde_json::Value> = undone
        .conflicts
        .iter()
        .map(|c| {
            serde_json::json!({
                "object": c.record.object, "id": c.record.id, "field": c.field,
                "written": c.written.to_plain_json(), "current": c.current.to_plain_json(),
            })
        })
        .collect();
    let clean = barred.is_empty() && conflicts.is_empty();
    if console.json {
        console.document(&serde_json::json!({
            "batch": undone.batch, "reverted": undone.reverted.len(), "conflicts": conflicts, "refused": barred,
        }))?;
    } else {
        for c in &undone.conflicts {
            let (id, field) = (&c.record.id, &c.field);
            let (written, current) = (clip(&c.written.to_string(), 40), clip(&c.current.to_string(), 40));
            console.line(if console.locale.is_chinese() {
                format!("  {id} {field}：批次写入 {written}，此后改为 {current}，保留")
            } else {
                format!("  {id} {field}: the batch wrote {written}, since changed to {current}; kept")
            })?;
        }
        tell_refused(&barred, console)?;
        let (n, kept, batch) = (undone.reverted.len(), conflicts.len(), &undone.batch);
        console.line(if console.locale.is_chinese() {
            format!("已恢复 {n} 条；{kept} 个字段此后被改动而保留；本次撤销的批次名为 {batch}")
        } else {
            format!(
                "{n} records reverted; {kept} fields changed since and kept; the undoing is batch {batch}"
            )
        })?;
    }
    Ok(if clean { exit::OK } else { exit::FINDINGS })
}

/// Writes the page from which people learn how data is entered.
pub(crate) fn standard(args: &StandardArgs, console: &mut Console<'_>) -> Result<u8, Fault> {
    let engine = Blueprint::from_file(&args.blueprint)?.compile()?;
    let object = data::object(&args.object)?;
    let actor = match &args.role {
        None => Actor::new(ActorId::new("reader").map_err(qudao::Error::from)?),
        Some(role) => {
            let asked = ActorArgs { actor: "reader".to_owned(), role: vec![role.clone()] };
            access::actor(&engine, &asked)?
        }
    };
    let page = engine.entry_standard(&object, &actor)?;
    let text = if args.html { page.to_html() } else { page.to_markdown(&console.locale) };
    match &args.out {
        Some(path) => {
            std::fs::write(path, text)
                .map_err(|e| qudao::Error::Io { path: path.display().to_string(), detail: e.to_string() })?;
            console.line(path.display().to_string())?;
        }
        None => console.line(text.trim_end())?,
    }
    Ok(exit::OK)
}
