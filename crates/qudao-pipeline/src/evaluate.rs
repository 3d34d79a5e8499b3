//! Asking one criterion.

use std::collections::{BTreeMap, BTreeSet};

use qudao_expr::{EvalError, Program, Scope, Truth};
use qudao_model::{Decimal, FieldName, Instant, LocalText, Param, Schema, Span, StageId, Value, Violation};

use crate::PipelineError;
use crate::process::{Check, Criterion, Side, Stage};
use crate::visits::{days_between, have_passed};
use crate::words::{join, path_label, root_field};

/// What a criterion is asked on.
pub(crate) struct Facts<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) scope: Scope<'a>,
    /// Business time of the move.
    pub(crate) at: Instant,
    /// When each stage was last entered, the current one included.
    pub(crate) entered: BTreeMap<&'a str, Instant>,
    /// The stage left.
    pub(crate) from: Option<&'a StageId>,
}

/// How a criterion came out.
pub(crate) struct Answer {
    pub(crate) truth: Truth,
    pub(crate) inputs: BTreeMap<String, Value>,
    pub(crate) evidence: Vec<String>,
    fields: Vec<FieldName>,
    missing: Vec<String>,
    error: Option<&'static str>,
    params: Vec<(&'static str, Value)>,
    /// What would meet it, where the company does not say.
    advice: LocalText,
}

impl Answer {
    fn of(truth: Truth) -> Self {
        Self {
            truth,
            inputs: BTreeMap::new(),
            evidence: Vec::new(),
            fields: Vec::new(),
            missing: Vec::new(),
            error: None,
            params: Vec::new(),
            advice: LocalText::Empty,
        }
    }

    /// The finding for a criterion that is not met.
    pub(crate) fn violation(&self, criterion: &Criterion, stage: &Stage, facts: &Facts<'_>) -> Violation {
        let object = facts.scope.record.object();
        let code = match (self.error, criterion.side) {
            (Some(_), _) => "stage.criterion_error",
            (None, Side::Exit) => "stage.exit_unmet",
            (None, Side::Entry) => "stage.entry_unmet",
        };
        let mut violation = Violation::new(code, criterion.rule.clone(), object.clone())
            .record(facts.scope.record.id().clone())
            .param("stage", Param::Text(stage.label.clone()))
            .param("criterion", criterion.id.as_str())
            .param("rule", criterion.rule.as_str());
        violation.fields.clone_from(&self.fields);
        violation.text = criterion.message.clone();
        violation.fix = criterion.fix.clone();
        for (name, value) in &self.params {
            violation = violation.param(name, value.clone());
        }
        if let Some(detail) = self.error {
            violation = violation.param("detail", detail);
        }
        if !self.missing.is_empty() {
            let words: Vec<LocalText> =
                self.missing.iter().map(|p| path_label(facts.schema, object.as_str(), p)).collect();
            violation = violation.param("missing", Param::Text(join(&words)));
            if violation.fix.is_empty() {
                violation.fix = LocalText::new("fill in {missing}", "请填写 {missing}");
            }
        }
        if violation.fix.is_empty() {
            violation.fix = self.advice.clone();
        }
        // Advice blocks nothing, so there is nothing to grant.
        if violation.fix.is_empty() && !criterion.required {
            violation.fix = LocalText::new("meet the criterion", "请满足该条件");
        }
        violation
    }
}

/// Asks a criterion.
pub(crate) fn ask(criterion: &Criterion, facts: &Facts<'_>) -> Result<Answer, PipelineError> {
    match &criterion.check {
        Check::Condition(program) => condition(program, facts),
        Check::Document { kind, program } => {
            let mut answer = condition(program, facts)?;
            answer.missing.clear();
            answer.fields.clear();
            answer.params.push(("document", Value::text(kind)));
            answer.advice =
                LocalText::new("add a document of the kind {document}", "请添加类型为 {document} 的文档");
            Ok(answer)
        }
        Check::Checklist(item) => Ok(checklist(item, facts)),
        Check::After { days, stage } => Ok(after(*days, stage.as_ref(), facts)),
    }
}

fn condition(program: &Program, facts: &Facts<'_>) -> Result<Answer, PipelineError> {
    let object = facts.scope.record.object().as_str();
    let reads = || program.reads().fields.iter().cloned().collect::<Vec<_>>();
    match program.explain(&facts.scope) {
        Ok(explained) => {
            let mut answer = Answer::of(explained.truth);
            answer.evidence = explained.clauses.iter().map(|c| format!("{}: {}", c.text, c.truth)).collect();
            answer.inputs = explained.inputs;
            if !explained.truth.is_true() {
                let roots: BTreeSet<FieldName> = explained
                    .missing
                    .iter()
                    .filter_map(|path| root_field(facts.schema, object, path))
                    .collect();
                answer.fields = if roots.is_empty() { reads() } else { roots.into_iter().collect() };
                answer.missing = explained.missing;
            }
            Ok(answer)
        }
        Err(EvalError::MissingTable { object, .. }) => Err(PipelineError::MissingTable { object }),
        Err(error) => {
            // What cannot be computed does not pass.
            let mut answer = Answer::of(Truth::Unknown);
            answer.evidence = vec![error.code().to_owned()];
            answer.fields = reads();
            answer.error = Some(error.code());
            Ok(answer)
        }
    }
}

fn checklist(item: &str, facts: &Facts<'_>) -> Answer {
    let list = facts.scope.record.get("checklist");
    let done =
        matches!(list, Value::List(items) if items.iter().any(|v| v.as_text().map(str::trim) == Some(item)));
    let mut answer = Answer::of(Truth::from(done));
    answer.inputs.insert("checklist".to_owned(), list.clone());
    answer.evidence.push(format!("'{item}' in checklist: {done}"));
    answer.params.push(("item", Value::text(item)));
    answer.fields =
        root_field(facts.schema, facts.scope.record.object().as_str(), "checklist").into_iter().collect();
    answer.advice =
        LocalText::new("do {item}, then tick it in the checklist", "请完成 {item} 并在检查项中勾选");
    answer
}

fn after(days: u32, stage: Option<&StageId>, facts: &Facts<'_>) -> Answer {
    let stage = stage.or(facts.from);
    let entered = stage.and_then(|s| facts.entered.get(s.as_str()).copied());
    let name = stage.map_or("-", StageId::as_str);
    let Some(entered) = entered else {
        let mut answer = Answer::of(Truth::False);
        answer.evidence.push(format!("{name}: never entered"));
        return answer;
    };
    let passed = have_passed(entered, facts.at, days);
    let age: Decimal = days_between(entered, facts.at);
    let due = entered.plus(Span::from_days(i64::from(days)));
    let mut answer = Answer::of(Truth::from(passed));
    answer.inputs.insert(format!("{name}.entered"), Value::Instant(entered));
    answer.evidence.push(format!("{name}: {} of {days} days", age.round_dp(3).normalize()));
    answer.params.push(("due", Value::Instant(due)));
    answer.advice = LocalText::new("wait until {due}", "请等到 {due}");
    answer
}
