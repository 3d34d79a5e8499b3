//! The compiled processes of a Blueprint.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono_tz::Tz;
use qudao_expr::Program;
use qudao_model::{
    Actor, Dataset, Decimal, FieldName, Grant, HistoryVisit, Instant, Lint, ObjectName, ProcessId, Record,
    RuleId, Schema, StageId, Violation, Visit,
};

use crate::gate::Run;
use crate::process::Process;
use crate::spec::ProcessSpec;
use crate::{
    Choice, GateReport, GateRequest, History, NextStep, PipelineError, choose, compile, current_visit,
    history, stage_age, steps,
};

/// The compiled processes of a Blueprint. Immutable; shared between threads.
#[derive(Debug, Clone)]
pub struct Pipeline {
    pub(crate) processes: BTreeMap<ProcessId, Process>,
    pub(crate) schema: Arc<Schema>,
    pub(crate) zone: Tz,
    pub(crate) choice_rule: RuleId,
    pub(crate) lints: Vec<Lint>,
}

/// How long a record has been in its stage, beside what the process allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageClock {
    /// The process.
    pub process: ProcessId,
    /// The stage.
    pub stage: StageId,
    /// When it was entered.
    pub entered: Instant,
    /// Days of 24 hours since then.
    pub days: Decimal,
    /// How many days are allowed; none where the stage sets no limit.
    pub sla_days: Option<u32>,
    /// The record has been there longer than allowed.
    pub overdue: bool,
}

impl Pipeline {
    /// Compiles the processes of a Blueprint. `zone` is the zone in which days begin when a process is chosen.
    ///
    /// # Errors
    /// Every lint, warnings included, when one of them is an error. Paths begin with `/processes`.
    pub fn compile(
        specs: &BTreeMap<ProcessId, ProcessSpec>,
        schema: &Arc<Schema>,
        zone: Tz,
    ) -> Result<Self, Vec<Lint>> {
        compile::compile(specs, schema, zone)
    }

    /// What is remarkable though not wrong: stages that cannot be reached, criteria that cannot be met,
    /// policies that contradict each other.
    #[must_use]
    pub fn lints(&self) -> &[Lint] {
        &self.lints
    }

    /// The processes, by id.
    pub fn processes(&self) -> impl Iterator<Item = &Process> {
        self.processes.values()
    }

    /// A process by id.
    #[must_use]
    pub fn process(&self, id: &str) -> Option<&Process> {
        self.processes.get(id)
    }

    /// The processes of an object, by id.
    pub fn processes_of<'a>(&'a self, object: &str) -> impl Iterator<Item = &'a Process> + use<'a> {
        let object = object.to_owned();
        self.processes.values().filter(move |p| p.object == *object.as_str())
    }

    /// Every program that a choice or a gate of the object may run. A host loads what their
    /// [`Reads`](qudao_expr::Reads) navigate to.
    #[must_use]
    pub fn programs(&self, object: &str) -> Vec<&Program> {
        self.processes_of(object).flat_map(Process::programs).collect()
    }

    /// The fields of an object that only gates write, the loss reason apart. A `status` field whose choices hold
    /// every stage of a process follows the stage and is one of them, so that status and stage cannot disagree.
    #[must_use]
    pub fn owned_fields(&self, object: &str) -> BTreeSet<FieldName> {
        let of = |p: &Process| {
            let f = &p.fields;
            let names =
                [&f.process, &f.process_version, &f.stage, &f.stage_entered_at, &f.outcome, &f.closed_at];
            names.into_iter().chain(f.status.as_ref()).cloned().collect::<Vec<_>>()
        };
        self.processes_of(object).flat_map(of).collect()
    }

    /// Every rule that a [`Grant`] can name: criteria, required fields and policies.
    #[must_use]
    pub fn grantable_rules(&self) -> BTreeSet<&RuleId> {
        let mut rules = BTreeSet::new();
        for process in self.processes.values() {
            let own = &process.rules;
            rules.extend([&own.create, &own.skip, &own.backward, &own.reopen]);
            for stage in &process.stages {
                rules.extend(stage.entry.iter().chain(&stage.exit).filter(|c| c.required).map(|c| &c.rule));
                rules.extend(stage.require.iter().filter(|r| !r.loss_reason).map(|r| &r.rule));
            }
        }
        rules
    }

    /// Chooses the process of a record that has none.
    ///
    /// The process whose condition holds is chosen; the default process where none holds. Where a value is missing,
    /// a condition is unknown: it chooses nothing, and the default does not stand in for it.
    ///
    /// # Errors
    /// [`PipelineError::MissingTable`] when a condition reads an object whose records are not in `data`.
    pub fn choose(&self, record: &Record, data: &Dataset, now: Instant) -> Result<Choice, PipelineError> {
        choose::choose(self, record, data, now)
    }

    /// Answers whether a record may make a move, and what the move does.
    ///
    /// # Errors
    /// [`PipelineError`] for an unknown process, a process of another object, and a criterion that reads an object
    /// whose records are not in the request's data.
    pub fn gate(&self, request: &GateRequest<'_>) -> Result<GateReport, PipelineError> {
        let process = self.checked(request.process, request.record.object())?;
        Ok(Run::new(&self.schema, process, request).decide()?.report)
    }

    /// The possible next steps of a record, in the order of the stages, with exactly what is missing for each.
    /// Steps that a policy forbids the actor are left out. A record that is in no stage gets the stages in which it
    /// may begin; a record for which no process can be chosen gets no steps ([`Pipeline::choose`] says why).
    ///
    /// # Errors
    /// As [`Pipeline::gate`].
    #[expect(clippy::too_many_arguments, reason = "the same facts as a gate request, without a target")]
    pub fn next_steps(
        &self,
        record: &Record,
        data: &Dataset,
        visits: &[Visit],
        actor: &Actor,
        grants: &[Grant],
        now: Instant,
        zone: Tz,
    ) -> Result<Vec<NextStep>, PipelineError> {
        steps::next_steps(self, &steps::Asked { record, data, visits, actor, grants, now, zone })
    }

    /// The visits and fields of a record that comes with its past. Any stage and any time before `now` will do:
    /// criteria and policies are not asked, and the trace says so.
    ///
    /// # Errors
    /// Every finding: an unknown process or stage, times out of order or in the future.
    pub fn history(
        &self,
        process: &ProcessId,
        record: &Record,
        visits: &[HistoryVisit],
        actor: &Actor,
        now: Instant,
    ) -> Result<History, Vec<Violation>> {
        history::history(self, process, record, visits, actor, now)
    }

    /// How long a record has been in its stage, beside what the process allows; nothing when it is in none.
    #[must_use]
    pub fn stage_clock(&self, visits: &[Visit], now: Instant) -> Option<StageClock> {
        let visit = current_visit(visits)?;
        let days = stage_age(visits, now)?;
        let stage = self.process(visit.process.as_str()).and_then(|p| p.stage(visit.stage.as_str()));
        let sla_days = stage.and_then(|s| s.sla_days);
        Some(StageClock {
            process: visit.process.clone(),
            stage: visit.stage.clone(),
            entered: visit.entered,
            days,
            sla_days,
            overdue: sla_days.is_some_and(|limit| days > Decimal::from(limit)),
        })
    }

    fn checked(&self, id: &ProcessId, object: &ObjectName) -> Result<&Process, PipelineError> {
        let process =
            self.processes.get(id).ok_or_else(|| PipelineError::UnknownProcess { process: id.clone() })?;
        if process.object != *object {
            return Err(PipelineError::WrongObject {
                process: id.clone(),
                expected: process.object.clone(),
                found: object.clone(),
            });
        }
        Ok(process)
    }
}
