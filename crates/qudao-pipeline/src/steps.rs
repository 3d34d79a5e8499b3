//! What a record can do next, and what is missing for each step.

use chrono_tz::Tz;
use qudao_model::{Actor, Dataset, Grant, Instant, Operation, Record, Severity, StageId, Visit};

use crate::gate::Run;
use crate::{Direction, GateRequest, NextStep, Pipeline, PipelineError, current_visit};

/// For whom and on what the steps are asked.
pub(crate) struct Asked<'a> {
    pub(crate) record: &'a Record,
    pub(crate) data: &'a Dataset,
    pub(crate) visits: &'a [Visit],
    pub(crate) actor: &'a Actor,
    pub(crate) grants: &'a [Grant],
    pub(crate) now: Instant,
    pub(crate) zone: Tz,
}

pub(crate) fn next_steps(pipeline: &Pipeline, asked: &Asked<'_>) -> Result<Vec<NextStep>, PipelineError> {
    let record = asked.record;
    let current = current_visit(asked.visits);
    let held = current.map(|v| v.process.as_str()).or_else(|| record.get("process").as_text());
    let process = match held {
        Some(id) => pipeline.processes_of(record.object().as_str()).find(|p| p.id == *id),
        None => match pipeline.choose(record, asked.data, asked.now)?.process {
            Some(id) => pipeline.processes.get(&id),
            None => None,
        },
    };
    let Some(process) = process else { return Ok(Vec::new()) };
    let from: Option<StageId> = match current {
        Some(visit) => Some(visit.stage.clone()),
        None => record.get("stage").as_text().and_then(|t| StageId::new(t).ok()),
    };
    let mut steps = Vec::new();
    for stage in &process.stages {
        let request = GateRequest {
            record,
            before: from.is_some().then_some(record),
            data: asked.data,
            process: &process.id,
            from: from.as_ref(),
            to: &stage.id,
            visits: asked.visits,
            operation: Operation::Advance,
            occurred_at: asked.now,
            now: asked.now,
            actor: asked.actor,
            grants: asked.grants,
            zone: asked.zone,
            historical: false,
        };
        let verdict = Run::new(&pipeline.schema, process, &request).decide()?;
        let report = verdict.report;
        if !verdict.possible || report.direction == Direction::None {
            continue;
        }
        let (missing, rest): (Vec<_>, Vec<_>) =
            report.violations.into_iter().partition(|v| v.severity == Severity::Error);
        steps.push(NextStep {
            stage: stage.id.clone(),
            label: stage.label.clone(),
            class: stage.class,
            direction: report.direction,
            allowed: report.allowed,
            missing,
            advised: rest.into_iter().filter(|v| v.severity == Severity::Warning).collect(),
            tip: stage.tip.clone(),
            key_fields: stage.key_fields.clone(),
        });
    }
    Ok(steps)
}
