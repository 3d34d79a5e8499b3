//! Which process a record belongs to.

use std::collections::{BTreeMap, BTreeSet};

use qudao_expr::{EvalError, Scope, Truth};
use qudao_model::{
    Dataset, Instant, Lint, LocalText, ObjectName, Param, ProcessId, Record, RuleOutcome, Step, TraceEntry,
    Violation,
};

use crate::process::Process;
use crate::spec::ProcessSpec;
use crate::words::{join, path_label, root_field};
use crate::{Choice, Pipeline, PipelineError};

/// Asks every condition of the object's processes.
pub(crate) fn choose(
    pipeline: &Pipeline,
    record: &Record,
    data: &Dataset,
    now: Instant,
) -> Result<Choice, PipelineError> {
    let scope = Scope { record, before: None, data, now: Some(now), zone: pipeline.zone, vars: &[] };
    let object = record.object().as_str();
    let mut trace = Vec::new();
    let mut fitting: Vec<&Process> = Vec::new();
    let mut fallback: Option<&Process> = None;
    let mut unknown = false;
    let mut missing: BTreeSet<String> = BTreeSet::new();
    for process in pipeline.processes_of(object) {
        if process.default {
            fallback = Some(process);
            continue;
        }
        let mut entry =
            TraceEntry::new(Step::Gate, process.rules.when.clone(), Some(record.key()), RuleOutcome::Passed);
        let Some(when) = &process.when else {
            fitting.push(process);
            trace.push(entry);
            continue;
        };
        match when.explain(&scope) {
            Ok(explained) => {
                entry.outcome = match explained.truth {
                    Truth::True => RuleOutcome::Passed,
                    Truth::False => RuleOutcome::Failed,
                    Truth::Unknown => RuleOutcome::Unknown,
                };
                entry.evidence =
                    explained.clauses.iter().map(|c| format!("{}: {}", c.text, c.truth)).collect();
                if explained.truth.is_true() {
                    fitting.push(process);
                } else if explained.truth.is_unknown() {
                    unknown = true;
                    missing.extend(explained.missing);
                }
                entry.inputs = explained.inputs;
            }
            Err(EvalError::MissingTable { object, .. }) => {
                return Err(PipelineError::MissingTable { object });
            }
            Err(error) => {
                unknown = true;
                entry.outcome = RuleOutcome::Unknown;
                entry.evidence.push(error.code().to_owned());
            }
        }
        trace.push(entry);
    }
    let finding = |code: &'static str| {
        Violation::new(code, pipeline.choice_rule.clone(), record.object().clone())
            .record(record.id().clone())
    };
    let (process, finding) = match (fitting.as_slice(), fallback) {
        ([one], _) => (Some(*one), None),
        ([_, _, ..], _) => {
            let names = join(fitting.iter().map(|p| &p.label));
            (None, Some(finding("process.several").param("processes", Param::Text(names))))
        }
        ([], _) if unknown => {
            let mut found = finding("process.unknown");
            let words: Vec<LocalText> =
                missing.iter().map(|path| path_label(&pipeline.schema, object, path)).collect();
            found.fields =
                missing.iter().filter_map(|path| root_field(&pipeline.schema, object, path)).collect();
            found.fields.dedup();
            (None, Some(found.param("missing", Param::Text(join(&words)))))
        }
        ([], Some(default)) => (Some(default), None),
        ([], None) => (None, Some(finding("process.none"))),
    };
    if let Some(default) = fallback {
        let outcome = if process.is_some_and(|p| p.id == default.id) {
            RuleOutcome::Passed
        } else {
            RuleOutcome::Skipped
        };
        let mut entry = TraceEntry::new(Step::Gate, default.rules.when.clone(), Some(record.key()), outcome);
        entry.evidence.push("default".to_owned());
        trace.push(entry);
    }
    Ok(Choice { process: process.map(|p| p.id.clone()), finding, trace })
}

/// Lints across the processes of each object.
pub(crate) fn lint_choice(
    specs: &BTreeMap<ProcessId, ProcessSpec>,
    compiled: &BTreeMap<ProcessId, Process>,
) -> Vec<Lint> {
    let mut lints = Vec::new();
    let mut by_object: BTreeMap<&ObjectName, Vec<(&ProcessId, &ProcessSpec)>> = BTreeMap::new();
    for (id, spec) in specs {
        by_object.entry(&spec.object).or_default().push((id, spec));
    }
    for (object, processes) in by_object {
        let mut conditions: BTreeMap<String, &ProcessId> = BTreeMap::new();
        let mut default = false;
        for (id, spec) in &processes {
            let path = format!("/processes/{id}");
            if spec.default && default {
                lints.push(
                    Lint::error("process.two_defaults", format!("{path}/default"))
                        .param("object", object.as_str()),
                );
            }
            default |= spec.default;
            if spec.default && spec.when.is_some() {
                lints.push(Lint::error("process.default_with_when", format!("{path}/when")));
            }
            if spec.when.is_none() && !spec.default && processes.len() > 1 {
                lints.push(Lint::error("process.ambiguous", path.clone()).param("object", object.as_str()));
            }
            if let Some(when) = &spec.when {
                // Blanks inside a text may matter, so only those around the whole are ignored.
                let key = when.trim().to_owned();
                if let Some(other) = conditions.get(&key) {
                    lints.push(
                        Lint::error("process.same_when", format!("{path}/when"))
                            .param("other", other.as_str()),
                    );
                } else {
                    conditions.insert(key, id);
                }
            }
            let Some(program) = compiled.get(*id).and_then(|p| p.when.as_ref()) else { continue };
            if program.constant() == Some(false) {
                lints.push(Lint::warning("process.when_never", format!("{path}/when")));
            }
            if !program.reads().changed.is_empty() {
                lints.push(Lint::error("process.when_changed", format!("{path}/when")));
            }
        }
    }
    lints
}
