//! From the declaration to the compiled form, with every error at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono_tz::Tz;
use qudao_expr::{Env, ExprType, Program};
use qudao_model::{
    FieldName, FieldType, Hash, Lint, LocalText, ObjectSchema, ProcessId, RuleId, SEMANTICS_VERSION, Schema,
    Severity, StageClass, StageId,
};

use crate::lint::lint_process;
use crate::process::{Check, Criterion, Process, ProcessRules, Requirement, Side, Stage, StageFields};
use crate::spec::{CriterionSeverity, CriterionSpec, LossReasonPolicy, ProcessSpec, StageSpec};
use crate::{Pipeline, choose};

/// The variable that criteria may read beside the fields.
pub(crate) const STAGE_AGE: &str = "stage_age_days";

const MAX_STAGES: usize = 100;
const MAX_CRITERIA: usize = 100;

/// Compiles every process.
pub(crate) fn compile(
    specs: &BTreeMap<ProcessId, ProcessSpec>,
    schema: &Arc<Schema>,
    zone: Tz,
) -> Result<Pipeline, Vec<Lint>> {
    let mut compiler = Compiler { schema, lints: Vec::new(), rules: BTreeSet::new() };
    let mut processes = BTreeMap::new();
    for (id, spec) in specs {
        if let Some(process) = compiler.process(id, spec) {
            compiler.lints.extend(lint_process(&process, spec, schema));
            processes.insert(id.clone(), process);
        }
    }
    compiler.lints.extend(choose::lint_choice(specs, &processes));
    let choice_rule = match RuleId::new("process.choice") {
        Ok(rule) if compiler.lints.iter().all(|l| l.severity != Severity::Error) => rule,
        _ => return Err(compiler.lints),
    };
    Ok(Pipeline { processes, schema: schema.clone(), zone, choice_rule, lints: compiler.lints })
}

struct Compiler<'a> {
    schema: &'a Arc<Schema>,
    lints: Vec<Lint>,
    /// Every id that a grant can name.
    rules: BTreeSet<RuleId>,
}

/// What the parts of one process need to know of it.
struct Context<'a> {
    process: &'a ProcessId,
    spec: &'a ProcessSpec,
    object: &'a Arc<ObjectSchema>,
}

impl Compiler<'_> {
    fn process(&mut self, id: &ProcessId, spec: &ProcessSpec) -> Option<Process> {
        let path = format!("/processes/{id}");
        let Some(object) = self.schema.object(spec.object.as_str()).cloned() else {
            self.lints.push(
                Lint::error("blueprint.unknown_object", format!("{path}/object"))
                    .param("name", spec.object.as_str())
                    .suggest(spec.object.as_str(), self.schema.objects().map(|o| o.name.as_str())),
            );
            return None;
        };
        let Some(fields) = stage_fields(&object, spec) else {
            self.lints.push(
                Lint::error("process.object_not_staged", format!("{path}/object"))
                    .param("object", spec.object.as_str()),
            );
            return None;
        };
        if spec.stages.is_empty() {
            self.lints.push(Lint::error("process.no_stages", format!("{path}/stages")));
            return None;
        }
        if spec.stages.len() > MAX_STAGES {
            self.too_many(&format!("{path}/stages"), MAX_STAGES);
            return None;
        }
        let when = spec.when.as_deref().and_then(|text| {
            let env = Env::record(self.schema, &spec.object);
            self.condition(text, &env, &format!("{path}/when"))
        });
        let context = Context { process: id, spec, object: &object };
        let stages: Vec<Stage> = (0_u32..)
            .zip(&spec.stages)
            .filter_map(|(order, stage)| {
                self.stage(&context, order, stage, &format!("{path}/stages/{order}"))
            })
            .collect();
        let rules = ProcessRules {
            own: self.rule(id.as_str(), &path)?,
            when: self.rule(&format!("{id}.when"), &path)?,
            create: self.named_rule(&format!("{id}.policy.create"), &path)?,
            skip: self.named_rule(&format!("{id}.policy.skip"), &path)?,
            backward: self.named_rule(&format!("{id}.policy.backward"), &path)?,
            reopen: self.named_rule(&format!("{id}.policy.reopen"), &path)?,
        };
        Some(Process {
            id: id.clone(),
            object: spec.object.clone(),
            label: label(&spec.label, id.as_str()),
            version: version(spec),
            when,
            default: spec.default,
            stages,
            policy: spec.policy.clone(),
            rules,
            fields,
        })
    }

    fn too_many(&mut self, path: &str, max: usize) {
        let max = i64::try_from(max).unwrap_or(i64::MAX);
        self.lints.push(Lint::error("process.too_many", path).param("max", max));
    }

    /// An id made of the ids of a Blueprint; too long a one is an error.
    fn rule(&mut self, id: &str, path: &str) -> Option<RuleId> {
        let rule = RuleId::new(id);
        if rule.is_err() {
            self.lints.push(Lint::error("blueprint.bad_name", path).param("value", id));
        }
        rule.ok()
    }

    /// An id that a grant can name. It must be the only one of its kind.
    fn named_rule(&mut self, id: &str, path: &str) -> Option<RuleId> {
        let rule = self.rule(id, path)?;
        if !self.rules.insert(rule.clone()) {
            self.lints.push(Lint::error("blueprint.duplicate_id", path).param("id", id));
        }
        Some(rule)
    }

    fn condition(&mut self, text: &str, env: &Env<'_>, path: &str) -> Option<Program> {
        match Program::condition(text, env) {
            Ok(program) => {
                // That a condition never holds is told in the words of the pipeline.
                if program.constant() != Some(false) {
                    self.lints.extend(program.lints().into_iter().map(|issue| issue.into_lint(path)));
                }
                Some(program)
            }
            Err(issues) => {
                self.lints.extend(issues.into_iter().map(|issue| issue.into_lint(path)));
                None
            }
        }
    }

    fn stage(&mut self, context: &Context<'_>, order: u32, spec: &StageSpec, path: &str) -> Option<Stage> {
        let earlier = context.spec.stages.iter().take(usize::try_from(order).unwrap_or(usize::MAX));
        if earlier.clone().any(|s| s.id == spec.id) {
            self.lints.push(
                Lint::error("blueprint.duplicate_id", format!("{path}/id")).param("id", spec.id.as_str()),
            );
            return None;
        }
        let stage_id = format!("{}.{}", context.process, spec.id);
        let rule = self.rule(&stage_id, &format!("{path}/id"))?;
        let entry = self.criteria(context, spec, Side::Entry, path);
        let exit = self.criteria(context, spec, Side::Exit, path);
        let require = self.requirements(context, spec, path);
        for (i, field) in spec.key_fields.iter().enumerate() {
            self.known_field(context.object, field, &format!("{path}/key_fields/{i}"));
        }
        Some(Stage {
            id: spec.id.clone(),
            label: label(&spec.label, spec.id.as_str()),
            class: spec.class,
            order,
            probability: spec.probability.map(crate::Probability::get),
            rule,
            entry,
            exit,
            require,
            tip: spec.tip.clone(),
            key_fields: spec.key_fields.clone(),
            sla_days: spec.sla_days,
        })
    }

    fn known_field(&mut self, object: &ObjectSchema, field: &FieldName, path: &str) -> Option<LocalText> {
        if let Some(def) = object.field(field.as_str()) {
            return Some(def.label());
        }
        self.lints.push(
            Lint::error("blueprint.unknown_field", path)
                .param("object", object.name.as_str())
                .param("name", field.as_str())
                .suggest(field.as_str(), object.fields.iter().map(|f| f.name.as_str())),
        );
        None
    }

    fn requirements(&mut self, context: &Context<'_>, spec: &StageSpec, path: &str) -> Vec<Requirement> {
        let mut wanted: Vec<(FieldName, String)> = spec
            .require
            .iter()
            .enumerate()
            .map(|(i, field)| (field.clone(), format!("{path}/require/{i}")))
            .collect();
        let loss_reason = context.object.field("loss_reason").map(|f| f.name.clone());
        if spec.class == StageClass::Lost
            && context.spec.policy.loss_reason == LossReasonPolicy::Required
            && let Some(field) = &loss_reason
            && !spec.require.contains(field)
        {
            wanted.push((field.clone(), path.to_owned()));
        }
        let mut out = Vec::with_capacity(wanted.len());
        for (field, path) in wanted {
            let Some(label) = self.known_field(context.object, &field, &path) else { continue };
            let id = format!("{}.{}.require.{field}", context.process, spec.id);
            let Some(rule) = self.named_rule(&id, &path) else { continue };
            let is_reason = spec.class == StageClass::Lost && loss_reason.as_ref() == Some(&field);
            out.push(Requirement { rule, field, label, loss_reason: is_reason });
        }
        out
    }

    fn criteria(
        &mut self,
        context: &Context<'_>,
        stage: &StageSpec,
        side: Side,
        path: &str,
    ) -> Vec<Criterion> {
        let specs = match side {
            Side::Entry => &stage.entry,
            Side::Exit => &stage.exit,
        };
        let path = format!("{path}/{}", side.as_str());
        if specs.len() > MAX_CRITERIA {
            self.too_many(&path, MAX_CRITERIA);
            return Vec::new();
        }
        let mut out = Vec::with_capacity(specs.len());
        for (i, spec) in specs.iter().enumerate() {
            let path = format!("{path}/{i}");
            let id = format!("{}.{}.{}.{}", context.process, stage.id, side.as_str(), spec.id);
            let rule = self.named_rule(&id, &format!("{path}/id"));
            let check = self.check(context, stage, side, spec, &path);
            if let (Some(rule), Some(check)) = (rule, check) {
                out.push(Criterion {
                    rule,
                    id: spec.id.clone(),
                    side,
                    check,
                    required: spec.severity == CriterionSeverity::Required,
                    message: spec.message.clone(),
                    fix: spec.fix.clone(),
                });
            }
        }
        out
    }

    fn check(
        &mut self,
        context: &Context<'_>,
        stage: &StageSpec,
        side: Side,
        spec: &CriterionSpec,
        path: &str,
    ) -> Option<Check> {
        let given = |text: &Option<String>| text.as_deref().is_some_and(|t| !t.trim().is_empty());
        let kinds = [given(&spec.check), given(&spec.checklist), given(&spec.document), spec.after.is_some()];
        if kinds.iter().filter(|k| **k).count() != 1 {
            self.lints.push(
                Lint::error("process.criterion_kind", path.to_owned()).param("criterion", spec.id.as_str()),
            );
            return None;
        }
        let env = Env::record(self.schema, &context.object.name).with_var(STAGE_AGE, ExprType::Decimal);
        if let Some(text) = spec.check.as_deref().filter(|t| !t.trim().is_empty()) {
            let path = format!("{path}/check");
            let program = self.condition(text, &env, &path)?;
            if program.constant() == Some(false) {
                self.lints
                    .push(Lint::warning("process.gate_never", path).param("criterion", spec.id.as_str()));
            }
            return Some(Check::Condition(program));
        }
        if let Some(item) = spec.checklist.as_deref().filter(|t| !t.trim().is_empty()) {
            return Some(Check::Checklist(item.trim().to_owned()));
        }
        if let Some(kind) = spec.document.as_deref().filter(|t| !t.trim().is_empty()) {
            return self.document(context, kind.trim(), &env, &format!("{path}/document"));
        }
        let after = spec.after.as_ref()?;
        let in_stage = match (&after.stage, side) {
            (Some(id), _) => {
                if !context.spec.stages.iter().any(|s| s.id == *id) {
                    let path = format!("{path}/after/in");
                    self.lints.push(unknown_stage(id, context.spec, path));
                    return None;
                }
                Some(id.clone())
            }
            (None, Side::Exit) => Some(stage.id.clone()),
            (None, Side::Entry) => None,
        };
        Some(Check::After { days: after.days, stage: in_stage })
    }

    fn document(&mut self, context: &Context<'_>, kind: &str, env: &Env<'_>, path: &str) -> Option<Check> {
        let list = context.object.children.iter().find(|c| c.object == "document");
        let program = list.and_then(|list| {
            let text = format!("{}.exists(d, d.kind == {})", list.name, quote(kind));
            Program::condition(&text, env).ok()
        });
        match program {
            Some(program) => Some(Check::Document { kind: kind.to_owned(), program }),
            None => {
                self.lints.push(
                    Lint::error("process.no_documents", path).param("object", context.object.name.as_str()),
                );
                None
            }
        }
    }
}

/// A text as a literal of the rule language.
fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('\'');
    for c in text.chars() {
        match c {
            '\\' | '\'' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            other => out.push(other),
        }
    }
    out.push('\'');
    out
}

fn label(given: &LocalText, id: &str) -> LocalText {
    if given.is_empty() { LocalText::from(id) } else { given.clone() }
}

/// A lint for a stage that the process does not have.
pub(crate) fn unknown_stage(id: &StageId, spec: &ProcessSpec, path: String) -> Lint {
    Lint::error("process.unknown_stage", path)
        .param("name", id.as_str())
        .suggest(id.as_str(), spec.stages.iter().map(|s| s.id.as_str()))
}

/// The fields that a process writes; nothing when the object is not staged.
fn stage_fields(object: &ObjectSchema, spec: &ProcessSpec) -> Option<StageFields> {
    if !object.staged {
        return None;
    }
    let name = |field: &str| object.field(field).map(|f| f.name.clone());
    let status = object.field("status").filter(|f| {
        f.ty == FieldType::Choice && spec.stages.iter().all(|s| f.choices.iter().any(|c| c == s.id.as_str()))
    });
    Some(StageFields {
        process: name("process")?,
        process_version: name("process_version")?,
        stage: name("stage")?,
        stage_entered_at: name("stage_entered_at")?,
        outcome: name("outcome")?,
        closed_at: name("closed_at")?,
        loss_reason: name("loss_reason")?,
        status: status.map(|f| f.name.clone()),
    })
}

/// The hash of what changes an answer: texts, tips and key fields do not.
fn version(spec: &ProcessSpec) -> Hash {
    let mut bare = spec.clone();
    bare.label = LocalText::Empty;
    for stage in &mut bare.stages {
        stage.label = LocalText::Empty;
        stage.tip = LocalText::Empty;
        stage.key_fields = Vec::new();
        for criterion in stage.entry.iter_mut().chain(&mut stage.exit) {
            criterion.message = LocalText::Empty;
            criterion.fix = LocalText::Empty;
        }
    }
    let json = serde_json::to_string(&bare).unwrap_or_default();
    Hash::of(format!("process {SEMANTICS_VERSION}\n{json}").as_bytes())
}
