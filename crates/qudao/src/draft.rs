//! A draft: one record on its way through the save path, and what a patch does to it.

use std::collections::BTreeSet;

use qudao_model::{
    Actor, FieldName, HistoryVisit, Operation, Param, Patch, ProcessId, Record, RuleId, Severity, StageId,
    Value, ValueIssue, Violation,
};

use crate::engine::Engine;

/// Where a staged record is to go.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    /// Nowhere: only fields change.
    Stay,
    /// Into a process, at its first stage or at a named one.
    Begin(Option<StageId>),
    /// Into a stage.
    Enter(StageId),
    /// It came with its past.
    History(Option<ProcessId>, Vec<HistoryVisit>),
}

/// One record on its way through the save path.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    /// The state before; none for a new record.
    pub before: Option<Record>,
    /// The state wanted.
    pub after: Record,
    /// The way.
    pub operation: Operation,
    /// Where it is to go.
    pub target: Target,
    /// What is wrong with the patch itself.
    pub problems: Vec<Violation>,
    /// Fields that the engine writes, on top of the patch.
    pub system: BTreeSet<FieldName>,
    /// The record comes with its past.
    pub historical: bool,
    /// The record goes back to what it was: it is not stamped, not compared with others, and not written where nothing
    /// changes.
    pub restoring: bool,
}

/// What the engine keeps and a record that comes with its past may bring.
const HISTORICAL: [&str; 5] =
    ["closed_at", "converted_at", "converted_account", "converted_contact", "converted_opportunity"];

impl Draft {
    pub(crate) fn new(before: Option<Record>, after: Record, operation: Operation, target: Target) -> Self {
        Self {
            before,
            after,
            operation,
            target,
            problems: Vec::new(),
            system: BTreeSet::new(),
            historical: false,
            restoring: false,
        }
    }

    /// Applies what a caller wants. Values that do not fit become problems; nothing is lost silently.
    pub(crate) fn apply(&mut self, patch: &Patch, engine: &Engine, actor: &Actor) {
        let schema = self.after.schema().clone();
        let masked = engine.roles().masked(actor, &schema);
        let owned = engine.pipeline().owned_fields(schema.name.as_str());
        for (field, value) in &patch.set {
            let Some(def) = schema.field(field.as_str()) else {
                let mut v = self.problem("field.unknown", "unknown", field).param("field", field.as_str());
                let lint = qudao_model::Lint::error("field.unknown", "");
                let near = lint.suggest(field.as_str(), schema.fields.iter().map(|f| f.name.as_str()));
                if let Some(suggestion) = near.params.get("suggestion") {
                    v = v.param("suggestion", Param::clone(suggestion));
                }
                self.problems.push(v);
                continue;
            };
            let label = Param::Text(def.label());
            let computed = engine.derivation().is_computed(&schema.name, field);
            // A record that comes with its past may say when it closed and what it became; nothing else writes what
            // the engine keeps.
            let told = self.historical && HISTORICAL.contains(&field.as_str());
            let kept_by_engine = (def.spec.system || owned.contains(field)) && !told;
            if kept_by_engine || computed {
                let code = if computed { "field.computed" } else { "field.system" };
                let v = self.problem(code, "system", field).param("field", label);
                self.problems.push(v);
                continue;
            }
            if masked.contains(field) {
                let v = self.problem("field.masked", "masked", field).param("field", label);
                self.problems.push(v);
                continue;
            }
            if let Err(issue) = self.after.set(field.as_str(), value.clone()) {
                let v = self.value_problem(field, label, &issue);
                self.problems.push(v);
            }
        }
        for (key, value) in &patch.unknown {
            self.after.set_unknown(key, value.clone());
        }
    }

    /// Writes a field that the engine keeps.
    pub(crate) fn set_system(&mut self, field: &str, value: impl Into<Value>) {
        if let Some(ix) = self.after.schema().field_ix(field) {
            self.after.set_at(ix, value.into());
        }
        if let Ok(name) = FieldName::new(field) {
            self.system.insert(name);
        }
    }

    fn problem(&self, code: &'static str, kind: &str, field: &FieldName) -> Violation {
        let object = self.after.object();
        // Object and field names are made of the same characters as rule ids.
        let rule = RuleId::new(format!("{object}.{field}.{kind}"))
            .or_else(|_| RuleId::new(format!("field.{kind}")))
            .unwrap_or_else(|_| unreachable_rule());
        Violation::new(code, rule, object.clone())
            .record(self.after.id().clone())
            .field(field.clone())
            .severity(Severity::Error)
    }

    fn value_problem(&self, field: &FieldName, label: Param, issue: &ValueIssue) -> Violation {
        let mut v = self.problem(issue.code(), "type", field).param("field", label);
        match issue {
            ValueIssue::WrongType { expected, found } => {
                v = v.param("expected", expected.to_string()).param("found", found.to_string());
            }
            ValueIssue::WrongCurrency { expected } => v = v.param("expected", expected.as_str()),
            _ => {}
        }
        v
    }

    /// The fields whose values differ from the state before.
    pub(crate) fn changed(&self) -> BTreeSet<FieldName> {
        let schema = self.after.schema();
        schema
            .fields
            .iter()
            .zip(0_u32..)
            .filter(|(_, slot)| {
                let ix = qudao_model::FieldIx(*slot);
                let old = self.before.as_ref().map_or(&Value::Missing, |b| b.at(ix));
                old != self.after.at(ix)
            })
            .map(|(def, _)| def.name.clone())
            .collect()
    }

    /// The patches from before to after and back, over the changed fields.
    pub(crate) fn patches(&self) -> (Patch, Patch) {
        let mut forward = Patch::new();
        let mut backward = Patch::new();
        for field in self.changed() {
            let old = self.before.as_ref().map_or(Value::Missing, |b| b.get(field.as_str()).clone());
            let new = self.after.get(field.as_str()).clone();
            if self.before.is_some() {
                backward.set.insert(field.clone(), old);
            }
            forward.set.insert(field, new);
        }
        let old = self.before.as_ref().map(|b| b.unknown().clone()).unwrap_or_default();
        for (key, value) in self.after.unknown() {
            if old.get(key) != Some(value) {
                forward.unknown.insert(key.clone(), value.clone());
                if let Some(before) = old.get(key) {
                    backward.unknown.insert(key.clone(), before.clone());
                }
            }
        }
        for (key, value) in &old {
            if !self.after.unknown().contains_key(key) {
                forward.unknown.insert(key.clone(), serde_json::Value::Null);
                backward.unknown.insert(key.clone(), value.clone());
            }
        }
        (forward, backward)
    }
}

/// A rule id that always exists.
pub(crate) fn rule_id(text: &str) -> RuleId {
    RuleId::new(text).unwrap_or_else(|_| unreachable_rule())
}

#[expect(clippy::expect_used, reason = "the literal is a valid rule id, shown by a test")]
fn unreachable_rule() -> RuleId {
    RuleId::new("rule").expect("a literal")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_fallback_rule_id_is_valid() {
        assert_eq!(super::unreachable_rule().as_str(), "rule");
    }
}
