//! Histories from other systems.

use qudao_model::{
    Actor, Change, HistoryVisit, Instant, Param, ProcessId, Record, RuleId, RuleOutcome, Step, TraceEntry,
    Violation, Visit, VisitCause,
};

use crate::process::{Process, Stage};
use crate::words::join;
use crate::{History, Pipeline, effects};

/// Turns a history into visits and process fields, or says everything that is wrong with it.
pub(crate) fn history(
    pipeline: &Pipeline,
    process: &ProcessId,
    record: &Record,
    visits: &[HistoryVisit],
    actor: &Actor,
    now: Instant,
) -> Result<History, Vec<Violation>> {
    let finding = |code: &'static str, rule: &RuleId| {
        Violation::new(code, rule.clone(), record.object().clone()).record(record.id().clone())
    };
    let found = pipeline.processes.get(process).filter(|p| p.object == *record.object());
    let Some(process) = found else {
        let finding = finding("pipeline.unknown_process", &pipeline.choice_rule);
        return Err(vec![finding.param("process", process.as_str())]);
    };
    if visits.is_empty() {
        return Err(vec![finding("stage.history_empty", &process.rules.own)]);
    }
    let mut findings = Vec::new();
    let mut out = History::default();
    let mut earliest: Option<Instant> = None;
    let mut last: Option<(&Stage, &HistoryVisit)> = None;
    for (i, visit) in visits.iter().enumerate() {
        let Some(stage) = process.stage(visit.stage.as_str()) else {
            findings.push(unknown(finding("stage.unknown", &process.rules.own), process, visit));
            continue;
        };
        let wrong = |code, at: Instant| {
            finding(code, &stage.rule).param("stage", Param::Text(stage.label.clone())).param("at", at)
        };
        let next = visits.get(i.saturating_add(1));
        if let Some(earliest) = earliest.filter(|e| visit.entered < *e) {
            findings.push(wrong("stage.time_order", visit.entered).param("after", earliest));
        }
        for at in std::iter::once(visit.entered).chain(visit.left).filter(|at| *at > now) {
            findings.push(wrong("stage.in_future", at));
        }
        if let Some(left) = visit.left {
            if left < visit.entered {
                findings.push(wrong("stage.time_order", left).param("after", visit.entered));
            }
            if next.is_none() {
                findings.push(wrong("stage.history_ended", left));
            }
        }
        // A stage whose leaving is not given was left when the next one was entered.
        let left = next.map(|n| visit.left.unwrap_or(n.entered));
        earliest = earliest.max(Some(visit.entered)).max(visit.left);
        let seq = u32::try_from(i).unwrap_or(u32::MAX);
        out.trace.push(trace_entry(record, stage));
        out.changes.push(Change::OpenVisit {
            visit: Visit {
                record: record.key(),
                seq,
                process: process.id.clone(),
                process_version: process.version.to_string(),
                stage: stage.id.clone(),
                stage_order: stage.order,
                class: stage.class,
                entered: visit.entered,
                left: None,
                recorded_at: now,
                left_recorded_at: None,
                actor: actor.id.clone(),
                cause: VisitCause::Historical,
                reason: visit.reason.clone().filter(|r| !r.trim().is_empty()).or_else(|| {
                    // The record holds the reason of its last closing.
                    next.is_none().then(|| effects::reason(process, stage, record)).flatten()
                }),
            },
        });
        if let Some(left) = left {
            out.changes.push(Change::CloseVisit { record: record.key(), seq, left, recorded_at: now });
        }
        last = Some((stage, visit));
    }
    if !findings.is_empty() {
        return Err(findings);
    }
    if let Some((stage, visit)) = last {
        out.patch = effects::stage_patch(process, stage, visit.entered, record);
        let held = record.get(process.fields.loss_reason.as_str());
        if stage.class.is_closed()
            && held.is_blank()
            && let Some(reason) = visit.reason.as_ref().filter(|r| !r.trim().is_empty())
        {
            out.patch = out.patch.set(process.fields.loss_reason.clone(), reason.as_str());
        }
    }
    Ok(out)
}

fn unknown(finding: Violation, process: &Process, visit: &HistoryVisit) -> Violation {
    finding
        .param("process", Param::Text(process.label.clone()))
        .param("stage", visit.stage.as_str())
        .param("stages", Param::Text(join(process.stages.iter().map(|s| &s.label))))
}

/// What was not asked: the entry and exit criteria of the stage.
fn trace_entry(record: &Record, stage: &Stage) -> TraceEntry {
    let mut entry =
        TraceEntry::new(Step::Gate, stage.rule.clone(), Some(record.key()), RuleOutcome::Historical);
    let criteria = stage.entry.iter().chain(&stage.exit);
    entry.evidence = criteria.map(|c| format!("{} criterion {} not asked", c.side.as_str(), c.id)).collect();
    entry
}
