//! Checking one record.

use std::borrow::Cow;
use std::collections::BTreeMap;

use qudao_expr::{EvalError, Program, Scope, Truth};
use qudao_model::{
    FieldIx, LocalText, Locale, ObjectName, Param, Record, RecordId, RuleOutcome, Severity, Step, TraceEntry,
    Value, Violation,
};

use crate::message::{choice_words, example_hint, limits, spellings, suggestion_hint};
use crate::quality::{ObjectQuality, Quality};
use crate::reference::Suggestions;
use crate::rule::{Kind, Rule, TypeScope};
use crate::{CheckContext, CheckReport};

/// What one rule said.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) outcome: RuleOutcome,
    pub(crate) violations: Vec<Violation>,
    inputs: BTreeMap<String, Value>,
    evidence: Vec<String>,
}

impl Answer {
    fn of(outcome: RuleOutcome) -> Self {
        Self { outcome, violations: Vec::new(), inputs: BTreeMap::new(), evidence: Vec::new() }
    }

    fn skipped(why: &str) -> Self {
        Self { evidence: vec![why.to_owned()], ..Self::of(RuleOutcome::Skipped) }
    }

    fn failed(violations: Vec<Violation>) -> Self {
        Self { violations, ..Self::of(RuleOutcome::Failed) }
    }
}

/// One run of an object's rules over one record.
pub(crate) struct Run<'a> {
    pub(crate) object: &'a ObjectQuality,
    pub(crate) suggestions: &'a Suggestions,
    pub(crate) cx: CheckContext<'a>,
    /// Inputs and evidence are wanted.
    pub(crate) traced: bool,
}

impl Quality {
    /// The record as rules see it: blank texts and placeholders are missing.
    #[must_use]
    pub fn seen<'a>(&self, record: &'a Record) -> Cow<'a, Record> {
        let mut seen = Cow::Borrowed(record);
        let Some(object) = self.object(record.object()) else { return seen };
        for field in &object.fields {
            let value = record.at(field.ix);
            if *value != Value::Missing && field.is_missing(value) {
                seen.to_mut().set_at(field.ix, Value::Missing);
            }
        }
        seen
    }

    /// Checks one record: every rule runs, every failure is reported. Unique rules are no part of it, since one
    /// record cannot tell: see [`Quality::claims`].
    ///
    /// Records in `data` are read as they are given: pass them through [`Quality::seen`] where they may hold
    /// placeholders. Advice on a reference that leads nowhere may name one of them, so give no records that the
    /// caller may not see in the table of an object whose names are not personal. A rule that cannot be evaluated
    /// is the violation `rule.error`.
    #[must_use]
    pub fn check(&self, cx: &CheckContext<'_>) -> CheckReport {
        let mut report = CheckReport::default();
        let Some(object) = self.object(cx.record.object()) else { return report };
        let record = self.seen(cx.record);
        let before = cx.before.map(|b| self.seen(b));
        let suggestions = Suggestions::default();
        let run = Run {
            object,
            suggestions: &suggestions,
            cx: CheckContext { record: &record, before: before.as_deref(), ..*cx },
            traced: true,
        };
        for rule in &object.rules {
            let answer = match run.rule(rule) {
                Ok(None) => continue,
                Ok(Some(answer)) => answer,
                Err(error) => Answer::failed(vec![run.error(rule, &error)]),
            };
            let mut entry =
                TraceEntry::new(Step::Validate, rule.id.clone(), Some(cx.record.key()), answer.outcome);
            entry.inputs = answer.inputs;
            entry.evidence = answer.evidence;
            report.trace.push(entry);
            report.violations.extend(answer.violations);
        }
        report
    }
}

impl Run<'_> {
    /// What one rule says; `None` for a unique rule, of which only the scope is asked.
    pub(crate) fn rule(&self, rule: &Rule) -> Result<Option<Answer>, EvalError> {
        if let Some(why) = self.out_of_scope(rule)? {
            let is_claim = matches!(rule.kind, Kind::Unique { .. });
            return Ok((!is_claim).then(|| Answer::skipped(&why)));
        }
        let mut answer = match &rule.kind {
            Kind::Unique { .. } => return Ok(None),
            Kind::Required { fields, when } => self.required(rule, fields, when.as_ref())?,
            Kind::Check(program) => self.check(rule, program)?,
            Kind::Reference { field, target, label } => {
                let value = self.cx.record.at(*field);
                match value {
                    Value::Reference(id) if self.cx.data.has(target.as_str()) => {
                        if self.cx.data.get(target.as_str(), id.as_str()).is_some() {
                            Answer::of(RuleOutcome::Passed)
                        } else {
                            Answer::failed(vec![self.dangling(rule, *field, (target, label), id)])
                        }
                    }
                    Value::Missing => Answer::of(RuleOutcome::Unknown),
                    _ => Answer::skipped("the records pointed to were not given"),
                }
            }
            kind => {
                let field = kind.value_field().unwrap_or(FieldIx(u32::MAX));
                match self.cx.record.at(field) {
                    Value::Missing => Answer::of(RuleOutcome::Unknown),
                    value => match value_fault(rule, self.object, value) {
                        None => Answer::of(RuleOutcome::Passed),
                        Some(violation) => Answer::failed(vec![violation]),
                    },
                }
            }
        };
        for violation in &mut answer.violations {
            violation.record = Some(self.cx.record.id().clone());
        }
        if self.traced && answer.inputs.is_empty() {
            answer.inputs =
                rule.fields.iter().map(|f| (f.to_string(), self.cx.record.get(f.as_str()).clone())).collect();
        }
        Ok(Some(answer))
    }

    /// Why the rule does not apply here.
    pub(crate) fn out_of_scope(&self, rule: &Rule) -> Result<Option<String>, EvalError> {
        let scope = &rule.scope;
        let skip = |why: &str| Ok(Some(why.to_owned()));
        if let Some(operation) = self.cx.operation
            && !scope.operations.is_empty()
            && !scope.operations.contains(&operation)
        {
            return skip("another operation");
        }
        if !scope.changed.is_empty() || !scope.enter.is_empty() {
            let entered = self.cx.entering.is_some_and(|stage| scope.enter.contains(stage));
            let changed = !scope.changed.is_empty() && scope.is_changed(self.cx.record, self.cx.before);
            if !entered && !changed {
                return skip("nothing happened that the rule waits for");
            }
        }
        match &scope.types {
            None => {}
            Some(TypeScope::Own { field, types }) => match self.cx.record.at(*field).as_text() {
                None => return skip("the type is unknown"),
                Some(ty) if !types.iter().any(|t| t == ty) => return skip("another type"),
                Some(_) => {}
            },
            Some(TypeScope::Parent(program)) => match program.test(&self.scope())? {
                Truth::True => {}
                Truth::False => return skip("another type"),
                Truth::Unknown => return skip("the type is unknown"),
            },
        }
        match scope.when.as_ref().map(|when| when.test(&self.scope())).transpose()? {
            None | Some(Truth::True) => Ok(None),
            Some(Truth::False) => skip("its condition does not hold"),
            Some(Truth::Unknown) => skip("its condition is unknown, for a missing value"),
        }
    }

    fn scope(&self) -> Scope<'_> {
        let cx = &self.cx;
        Scope { record: cx.record, before: cx.before, data: cx.data, now: cx.now, zone: cx.zone, vars: &[] }
    }

    fn required(&self, rule: &Rule, fields: &[FieldIx], when: Option<&Program>) -> Result<Answer, EvalError> {
        match when.map(|when| when.test(&self.scope())).transpose()? {
            None | Some(Truth::True) => {}
            Some(Truth::False) => return Ok(Answer::skipped("its condition does not hold")),
            Some(Truth::Unknown) => {
                return Ok(Answer::skipped("its condition is unknown, for a missing value"));
            }
        }
        let violations: Vec<Violation> = fields
            .iter()
            .filter(|ix| self.object.is_missing(self.cx.record, **ix))
            .map(|ix| {
                let field = self.object.field(*ix);
                let example = field.and_then(|f| f.example.as_deref());
                let violation = rule.violation("field.required", self.object, &[*ix]);
                violation.param("example", Param::Text(example_hint(example)))
            })
            .collect();
        Ok(if violations.is_empty() { Answer::of(RuleOutcome::Passed) } else { Answer::failed(violations) })
    }

    fn check(&self, rule: &Rule, program: &Program) -> Result<Answer, EvalError> {
        let scope = self.scope();
        let truth = program.test(&scope)?;
        let mut answer = match truth {
            Truth::True => Answer::of(RuleOutcome::Passed),
            Truth::Unknown => Answer::of(RuleOutcome::Unknown),
            Truth::False => {
                let fields: Vec<FieldIx> =
                    rule.fields.iter().filter_map(|f| self.object.schema.field_ix(f.as_str())).collect();
                let violation =
                    rule.violation("rule.check", self.object, &fields).param("check", program.text());
                Answer::failed(vec![violation])
            }
        };
        if self.traced {
            let explanation = program.explain(&scope)?;
            answer.inputs = explanation.inputs;
            answer.evidence = match truth {
                Truth::True => Vec::new(),
                Truth::False => explanation
                    .clauses
                    .iter()
                    .filter(|c| c.truth == Truth::False)
                    .map(|c| c.text.clone())
                    .collect(),
                Truth::Unknown => explanation.missing.iter().map(|path| format!("missing: {path}")).collect(),
            };
        }
        Ok(answer)
    }

    fn dangling(
        &self,
        rule: &Rule,
        field: FieldIx,
        (target, label): (&ObjectName, &LocalText),
        id: &RecordId,
    ) -> Violation {
        let near = self.suggestions.nearest(self.cx.data, target, id);
        let word = near.as_ref().map(|n| LocalText::from(n.word.as_str()));
        let mut violation = rule
            .violation("field.reference_missing", self.object, &[field])
            .param("target", Param::Text(label.clone()))
            .param("hint", Param::Text(suggestion_hint(word.as_ref())));
        if let Some(near) = near {
            violation = violation.param("suggestion", near.word).param("suggestion_id", near.id.as_str());
        }
        violation
    }

    /// A rule that could not be evaluated.
    pub(crate) fn error(&self, rule: &Rule, error: &EvalError) -> Violation {
        let reason = LocalText::new(error.text(&Locale::en()), error.text(&Locale::zh()));
        let fields: Vec<FieldIx> =
            rule.fields.iter().filter_map(|f| self.object.schema.field_ix(f.as_str())).collect();
        let mut violation = rule
            .violation("rule.error", self.object, &fields)
            .param("reason", Param::Text(reason))
            .param("error", error.code())
            .record(self.cx.record.id().clone());
        // The company's words speak of a rule that is not met, not of one that cannot be asked.
        violation.text = LocalText::Empty;
        violation.fix = LocalText::Empty;
        violation
    }
}

/// What is wrong with a value, by a rule that looks at nothing else.
pub(crate) fn value_fault(rule: &Rule, object: &ObjectQuality, value: &Value) -> Option<Violation> {
    match &rule.kind {
        Kind::Format { field, format } => {
            let reason = texts(value).find_map(|text| format.normalise(text).err())?;
            let own = object.field(*field).filter(|f| f.format.as_ref() == Some(format));
            let example = own.and_then(|f| f.example.as_deref()).unwrap_or_else(|| format.example());
            Some(
                rule.violation("field.format", object, &[*field])
                    .param("format", Param::Text(format.label()))
                    .param("reason", Param::Text(reason))
                    .param("advice", Param::Text(format.advice()))
                    .param("example", example),
            )
        }
        Kind::Length { field, min, max } => {
            let length = match value {
                Value::Text(text) => text.chars().count(),
                Value::List(items) => items.len(),
                _ => return None,
            };
            let length = u32::try_from(length).unwrap_or(u32::MAX);
            if min.is_none_or(|min| length >= min) && max.is_none_or(|max| length <= max) {
                return None;
            }
            let mut violation = rule
                .violation("field.length", object, &[*field])
                .param("length", i64::from(length))
                .param("allowed", Param::Text(limits(min.as_ref(), max.as_ref())));
            for (name, limit) in [("min", min), ("max", max)] {
                if let Some(limit) = limit {
                    violation = violation.param(name, i64::from(*limit));
                }
            }
            Some(violation)
        }
        Kind::Range { field, min, max } => {
            let below = min.as_ref().and_then(|m| m.compare(value)).is_some_and(std::cmp::Ordering::is_lt);
            let above = max.as_ref().and_then(|m| m.compare(value)).is_some_and(std::cmp::Ordering::is_gt);
            if !below && !above {
                return None;
            }
            let mut violation = rule
                .violation("field.range", object, &[*field])
                .param("allowed", Param::Text(limits(min.as_ref(), max.as_ref())));
            for (name, limit) in [("min", min), ("max", max)] {
                if let Some(limit) = limit {
                    violation = violation.param(name, limit.to_string());
                }
            }
            Some(violation)
        }
        Kind::Choice { field, values, labels } => {
            let own = object.field(*field);
            let normaliser = own.filter(|f| !f.choices.is_empty()).map(|f| &f.normaliser);
            let known = |text: &str| {
                let normal = normaliser.and_then(|n| n.text(text));
                values.iter().any(|v| v == text.trim() || Some(v) == normal.as_ref())
            };
            let wrong = texts(value).find(|text| !known(text))?;
            let near = nearest_choice(wrong, values, labels);
            let mut violation = rule
                .violation("field.choice", object, &[*field])
                .param("choices", Param::Text(choice_words(labels)))
                .param("hint", Param::Text(suggestion_hint(near.map(|(_, label)| label))));
            if let Some((value, _)) = near {
                violation = violation.param("suggestion", value);
            }
            Some(violation)
        }
        Kind::Pattern { field, regex, .. } => {
            texts(value).find(|text| !regex.is_match(text))?;
            let example = object.field(*field).and_then(|f| f.example.as_deref());
            let pattern = regex.as_str();
            let pattern = pattern.strip_prefix("^(?:").and_then(|p| p.strip_suffix(")$")).unwrap_or(pattern);
            Some(
                rule.violation("field.pattern", object, &[*field])
                    .param("pattern", pattern)
                    .param("example", Param::Text(example_hint(example))),
            )
        }
        _ => None,
    }
}

/// The choice whose id or word is nearest to a text.
fn nearest_choice<'a>(
    text: &str,
    values: &'a [String],
    labels: &'a [LocalText],
) -> Option<(&'a str, &'a LocalText)> {
    let words: Vec<(&str, &String, &LocalText)> = values
        .iter()
        .zip(labels)
        .flat_map(|(value, label)| {
            let words = spellings(label).into_iter().chain([value.as_str()]);
            words.map(move |word| (word, value, label)).collect::<Vec<_>>()
        })
        .collect();
    let near = qudao_text::did_you_mean(text, words.iter().map(|w| w.0))?;
    words.iter().find(|w| w.0 == near).map(|w| (w.1.as_str(), w.2))
}

/// True when a value is good by every rule that looks at it alone, always applies, and is more than information.
pub(crate) fn is_valid(object: &ObjectQuality, field: FieldIx, value: &Value) -> bool {
    object
        .rules
        .iter()
        .filter(|r| r.kind.value_field() == Some(field) && r.scope.is_open() && r.severity > Severity::Info)
        .all(|rule| value_fault(rule, object, value).is_none())
}

/// The text of a value, or the texts in a list.
fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let (one, many): (Option<&str>, &[Value]) = match value {
        Value::Text(text) => (Some(text), &[]),
        Value::List(items) => (None, items),
        _ => (None, &[]),
    };
    one.into_iter().chain(many.iter().filter_map(Value::as_text))
}
