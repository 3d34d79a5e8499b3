//! The gate: what is asked of a move, on every path the same.

use std::collections::BTreeMap;

use qudao_expr::{Scope, Truth};
use qudao_model::{
    Instant, LocalText, Param, Patch, RuleId, RuleOutcome, Schema, Severity, StageClass, Step, TraceEntry,
    Value, Violation, Visit,
};

use crate::evaluate::{Facts, ask};
use crate::lint::is_before;
use crate::process::{Criterion, Process, Stage};
use crate::spec::{BackwardPolicy, CreatePolicy, SkipPolicy};
use crate::visits::{current_visit, days_between, last_moment};
use crate::words::join;
use crate::{Direction, GateReport, GateRequest, PipelineError, UsedGrant, effects};

/// A report, and whether the step is one that a person could prepare for: no policy or state of the record
/// stands against it as such.
pub(crate) struct Verdict {
    pub(crate) report: GateReport,
    pub(crate) possible: bool,
}

/// One move being decided.
pub(crate) struct Run<'a> {
    schema: &'a Schema,
    process: &'a Process,
    request: &'a GateRequest<'a>,
    current: Option<&'a Visit>,
    /// When the current stage was entered, of the visit or, where visits are not given, of the record.
    entered: Option<Instant>,
    violations: Vec<Violation>,
    trace: Vec<TraceEntry>,
    used: Vec<UsedGrant>,
    possible: bool,
}

fn label(stage: &Stage) -> Param {
    Param::Text(stage.label.clone())
}

impl<'a> Run<'a> {
    pub(crate) fn new(schema: &'a Schema, process: &'a Process, request: &'a GateRequest<'a>) -> Self {
        let current = current_visit(request.visits);
        let held = || {
            let before = request.before.unwrap_or(request.record);
            before.get(process.fields.stage_entered_at.as_str()).as_instant()
        };
        let entered = match current {
            Some(visit) => Some(visit.entered),
            None => request.from.and_then(|_| held()),
        };
        Self {
            schema,
            process,
            request,
            current,
            entered,
            violations: Vec::new(),
            trace: Vec::new(),
            used: Vec::new(),
            possible: true,
        }
    }

    pub(crate) fn decide(mut self) -> Result<Verdict, PipelineError> {
        self.check_state();
        let Some(target) = self.process.stage(self.request.to.as_str()) else {
            let process = self.process;
            let finding = self
                .finding("stage.unknown", process.rules.own.clone())
                .param("process", Param::Text(process.label.clone()))
                .param("stage", self.request.to.as_str())
                .param("stages", Param::Text(join(process.stages.iter().map(|s| &s.label))));
            self.stop(finding);
            return Ok(self.finish(None, Direction::None));
        };
        let Some(from_id) = self.request.from else {
            self.check_time(target);
            self.create(target)?;
            return Ok(self.finish(Some(target), Direction::Create));
        };
        if *from_id == target.id {
            let finding = self
                .finding("stage.unchanged", target.rule.clone())
                .param("stage", label(target))
                .severity(Severity::Warning);
            self.violations.push(finding);
            self.possible = false;
            return Ok(self.finish(None, Direction::None));
        }
        self.check_time(target);
        let direction = match self.process.stage(from_id.as_str()) {
            Some(from) => self.leave(from, target)?,
            None => {
                if !matches!(target.class, StageClass::Lost | StageClass::Cancelled) {
                    let process = self.process;
                    let finding = self
                        .finding("stage.left_unknown", process.rules.own.clone())
                        .param("process", Param::Text(process.label.clone()))
                        .param("stage", from_id.as_str());
                    self.stop(finding);
                }
                self.enter(target, true)?;
                if target.class.is_closed() { Direction::Close } else { Direction::None }
            }
        };
        Ok(self.finish(Some(target), direction))
    }

    /// What the request says of the record must be what its visits say.
    fn check_state(&mut self) {
        let rule = self.process.rules.own.clone();
        let held = self.request.before.map(|b| b.get(self.process.fields.process.as_str()));
        let process = self.current.map(|v| v.process.as_str()).or_else(|| held.and_then(Value::as_text));
        if let Some(other) = process.filter(|p| self.process.id != **p) {
            let finding = self
                .finding("process.mismatch", rule.clone())
                .param("current", other)
                .param("process", Param::Text(self.process.label.clone()));
            self.stop(finding);
        }
        let Some(visit) = self.current else { return };
        if self.request.from != Some(&visit.stage) {
            let finding = self
                .finding("stage.visit_mismatch", rule.clone())
                .param("stage", visit.stage.as_str())
                .param("from", self.request.from.map_or("-", |s| s.as_str()));
            self.stop(finding);
        }
        if visit.process == self.process.id && visit.process_version != self.process.version.as_str() {
            let finding = self
                .finding("process.version_changed", rule)
                .param("process", Param::Text(self.process.label.clone()))
                .severity(Severity::Info);
            self.violations.push(finding);
        }
    }

    /// Time goes forward, and not beyond now.
    fn check_time(&mut self, target: &Stage) {
        let at = self.request.occurred_at;
        if at > self.request.now {
            let finding = self.finding("stage.in_future", target.rule.clone());
            self.violations.push(finding.param("stage", label(target)).param("at", at));
        }
        let earliest = last_moment(self.request.visits).max(self.entered);
        if let Some(earliest) = earliest.filter(|e| at < *e) {
            let finding = self
                .finding("stage.time_order", target.rule.clone())
                .param("stage", label(target))
                .param("at", at)
                .param("after", earliest);
            self.violations.push(finding);
        }
    }

    fn create(&mut self, target: &'a Stage) -> Result<(), PipelineError> {
        let process = self.process;
        let first = process.first_stage();
        let begins_late = first.is_none_or(|f| f.id != target.id);
        if begins_late {
            let allowed = process.policy.create == CreatePolicy::Any;
            self.policy(&process.rules.create, allowed, |finding| {
                let first = first.map_or(LocalText::Empty, |f| f.label.clone());
                finding.param("stage", label(target)).param("first", Param::Text(first))
            });
            if process.policy.skip == SkipPolicy::Evaluate {
                for stage in process.stages.iter().filter(|s| is_before(s, target)) {
                    self.criteria(stage, &stage.exit)?;
                }
            }
        }
        self.enter(target, true)
    }

    /// A move from a stage that the process has.
    fn leave(&mut self, from: &'a Stage, target: &'a Stage) -> Result<Direction, PipelineError> {
        let process = self.process;
        if from.class.is_closed() {
            return self.reopen(from, target);
        }
        match target.class {
            StageClass::Lost | StageClass::Cancelled => {
                self.enter(target, true)?;
                Ok(Direction::Close)
            }
            StageClass::Open if target.order < from.order => {
                let allowed = process.policy.backward != BackwardPolicy::Forbid;
                self.policy(&process.rules.backward, allowed, |finding| {
                    finding.param("from", label(from)).param("stage", label(target))
                });
                self.enter(target, process.policy.backward != BackwardPolicy::Allow)?;
                Ok(Direction::Backward)
            }
            StageClass::Open | StageClass::Won => {
                let end = (target.class == StageClass::Open).then_some(target.order);
                let skipped: Vec<&Stage> = process.open_between(from.order, end).collect();
                self.criteria(from, &from.exit)?;
                if !skipped.is_empty() {
                    let allowed = process.policy.skip != SkipPolicy::Forbid;
                    self.policy(&process.rules.skip, allowed, |finding| {
                        finding
                            .param("from", label(from))
                            .param("stage", label(target))
                            .param("skipped", Param::Text(join(skipped.iter().map(|s| &s.label))))
                    });
                    if process.policy.skip == SkipPolicy::Evaluate {
                        for stage in &skipped {
                            self.criteria(stage, &stage.exit)?;
                        }
                    }
                }
                self.enter(target, true)?;
                Ok(if skipped.is_empty() { Direction::Forward } else { Direction::Skip })
            }
        }
    }

    fn reopen(&mut self, from: &'a Stage, target: &'a Stage) -> Result<Direction, PipelineError> {
        let process = self.process;
        if target.class.is_closed() {
            let finding = self
                .finding("stage.closed", target.rule.clone())
                .param("from", label(from))
                .param("stage", label(target));
            if self.request.historical {
                self.historical(&process.rules.reopen);
            } else {
                self.stop(finding);
            }
            self.enter(target, true)?;
            return Ok(Direction::Close);
        }
        let policy = process.policy.reopen.allowed();
        let holds_role = policy.is_some_and(|p| p.roles.iter().any(|r| self.request.actor.roles.contains(r)));
        let right_stage = policy.is_none_or(|p| p.to == target.id);
        let expected = policy.and_then(|p| process.stage(p.to.as_str()));
        self.policy(&process.rules.reopen, holds_role && right_stage, |mut finding| {
            if holds_role && let Some(expected) = expected {
                finding.code = "stage.reopen_target".into();
                finding = finding.param("target", label(expected));
            }
            finding.param("stage", label(target))
        });
        self.enter(target, true)?;
        Ok(Direction::Reopen)
    }

    /// The entry criteria and the required fields of a stage.
    fn enter(&mut self, target: &'a Stage, ask_entry: bool) -> Result<(), PipelineError> {
        if !ask_entry {
            for criterion in &target.entry {
                let entry = self.entry(&criterion.rule, RuleOutcome::Skipped);
                self.trace.push(entry);
            }
            return Ok(());
        }
        self.criteria(target, &target.entry)?;
        for requirement in &target.require {
            if self.request.historical {
                self.historical(&requirement.rule);
                continue;
            }
            let record = self.request.record;
            let mut entry = self.entry(&requirement.rule, RuleOutcome::Passed);
            let field = requirement.field.as_str();
            entry.inputs.insert(field.to_owned(), record.get(field).clone());
            if requirement.is_met(record) {
                self.trace.push(entry);
                continue;
            }
            let code =
                if requirement.loss_reason { "stage.loss_reason_required" } else { "stage.field_required" };
            let finding = self
                .finding(code, requirement.rule.clone())
                .field(requirement.field.clone())
                .param("stage", label(target))
                .param("field", Param::Text(requirement.label.clone()));
            self.unmet(entry, finding, RuleOutcome::Failed, !requirement.loss_reason);
        }
        Ok(())
    }

    fn criteria(&mut self, stage: &Stage, criteria: &[Criterion]) -> Result<(), PipelineError> {
        if self.request.historical {
            for criterion in criteria {
                self.historical(&criterion.rule);
            }
            return Ok(());
        }
        if criteria.is_empty() {
            return Ok(());
        }
        let age = self
            .entered
            .map_or(Value::Missing, |e| Value::Decimal(days_between(e, self.request.occurred_at)));
        let vars = [age];
        let facts = Facts {
            schema: self.schema,
            scope: Scope {
                record: self.request.record,
                before: self.request.before,
                data: self.request.data,
                now: Some(self.request.now),
                zone: self.request.zone,
                vars: &vars,
            },
            at: self.request.occurred_at,
            entered: self.entered_at(),
            from: self.request.from,
        };
        for criterion in criteria {
            let answer = ask(criterion, &facts)?;
            let outcome = match answer.truth {
                Truth::True => RuleOutcome::Passed,
                Truth::False => RuleOutcome::Failed,
                Truth::Unknown => RuleOutcome::Unknown,
            };
            let finding = answer.violation(criterion, stage, &facts);
            let mut entry = self.entry(&criterion.rule, outcome);
            entry.inputs = answer.inputs;
            entry.evidence = answer.evidence;
            match (answer.truth, criterion.required) {
                (Truth::True, _) => self.trace.push(entry),
                (_, true) => self.unmet(entry, finding, outcome, true),
                (_, false) => {
                    self.trace.push(entry);
                    self.violations.push(finding.severity(Severity::Warning));
                }
            }
        }
        Ok(())
    }

    /// When each stage of the process was last entered.
    fn entered_at(&self) -> BTreeMap<&'a str, Instant> {
        let mut entered = BTreeMap::new();
        if let (Some(from), Some(at)) = (self.request.from, self.entered) {
            entered.insert(from.as_str(), at);
        }
        for visit in self.request.visits.iter().filter(|v| v.process == self.process.id) {
            let last = entered.entry(visit.stage.as_str()).or_insert(visit.entered);
            *last = visit.entered.max(*last);
        }
        entered
    }

    /// A rule of the process's own. The finding's code follows from the rule.
    fn policy(&mut self, rule: &RuleId, allowed: bool, describe: impl FnOnce(Violation) -> Violation) {
        if self.request.historical {
            self.historical(rule);
            return;
        }
        let entry = self.entry(rule, RuleOutcome::Passed);
        if allowed {
            self.trace.push(entry);
            return;
        }
        let rules = &self.process.rules;
        let code = if *rule == rules.create {
            "stage.create_forbidden"
        } else if *rule == rules.skip {
            "stage.skip_forbidden"
        } else if *rule == rules.backward {
            "stage.backward_forbidden"
        } else {
            "stage.reopen_forbidden"
        };
        let finding = describe(self.finding(code, rule.clone()).param("rule", rule.as_str()));
        let before = self.violations.len();
        self.unmet(entry, finding, RuleOutcome::Failed, true);
        if self.violations.len() > before {
            self.possible = false;
        }
    }

    /// A required rule that is not met: a grant lets it pass, or it blocks.
    fn unmet(&mut self, mut entry: TraceEntry, finding: Violation, outcome: RuleOutcome, grantable: bool) {
        let request = self.request;
        let key = request.record.key();
        let grant = request
            .grants
            .iter()
            .filter(|g| grantable && g.covers(&key, &finding.rule, &request.actor.id, request.now))
            .min_by(|a, b| (a.granted_at, &a.id).cmp(&(b.granted_at, &b.id)));
        match grant {
            Some(grant) => {
                entry.outcome = RuleOutcome::Granted;
                entry.evidence.push(format!("grant {}", grant.id));
                let used = UsedGrant { grant: grant.id.clone(), rule: finding.rule };
                if !self.used.contains(&used) {
                    self.used.push(used);
                }
            }
            None => {
                entry.outcome = outcome;
                self.violations.push(finding);
            }
        }
        self.trace.push(entry);
    }

    fn historical(&mut self, rule: &RuleId) {
        let entry = self.entry(rule, RuleOutcome::Historical);
        self.trace.push(entry);
    }

    fn entry(&self, rule: &RuleId, outcome: RuleOutcome) -> TraceEntry {
        TraceEntry::new(Step::Gate, rule.clone(), Some(self.request.record.key()), outcome)
    }

    fn finding(&self, code: &'static str, rule: RuleId) -> Violation {
        let record = self.request.record;
        Violation::new(code, rule, record.object().clone()).record(record.id().clone())
    }

    /// A finding that nobody can prepare for.
    fn stop(&mut self, finding: Violation) {
        self.violations.push(finding);
        self.possible = false;
    }

    fn finish(self, target: Option<&Stage>, direction: Direction) -> Verdict {
        let allowed = !self.violations.iter().any(|v| v.severity == Severity::Error);
        let (patch, changes) = match target {
            Some(target) if allowed => {
                let patch = effects::patch(self.process, target, self.request);
                let changes =
                    effects::changes(self.process, target, self.request, self.current, direction, &self.used);
                (patch, changes)
            }
            _ => (Patch::new(), Vec::new()),
        };
        let report = GateReport {
            allowed,
            direction,
            violations: self.violations,
            trace: self.trace,
            used_grants: self.used,
            patch,
            changes,
        };
        Verdict { report, possible: self.possible }
    }
}
