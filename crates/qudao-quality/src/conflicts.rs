//! Rules that contradict each other, rules that another one makes idle, and rules that no existing value meets.

use std::collections::BTreeSet;
use std::sync::Arc;

use qudao_expr::{Env, Program};
use qudao_model::{Dataset, FieldIx, Lint, Schema, Severity, Value};

use crate::quality::{ObjectQuality, Quality};
use crate::rule::{Kind, Limit, Rule, Scoping, TypeScope};

/// How many values of a field there must be before it is remarkable that none meets a rule.
const ENOUGH: usize = 5;

impl Quality {
    /// What is remarkable about rules taken together: pairs that no value can meet, and rules that never fail where
    /// another one is met. Found from constants, choice sets and simple intervals; a pair that is not named may still
    /// contradict. For a lint: it compiles each pair of rules over the same fields.
    #[must_use]
    pub fn conflicts(&self, schema: &Arc<Schema>) -> Vec<Lint> {
        let mut lints = Vec::new();
        for object in self.objects.values() {
            let env = Env::record(schema, &object.schema.name);
            let conditions: Vec<(&Rule, Program)> = object
                .rules
                .iter()
                .filter_map(|rule| Some((rule, Program::condition(&condition(rule, object)?, &env).ok()?)))
                .filter(|(_, program)| program.constant().is_none())
                .collect();
            for (i, (late, b)) in conditions.iter().enumerate() {
                for (early, a) in conditions.iter().take(i) {
                    if a.reads().fields.is_disjoint(&b.reads().fields) {
                        continue;
                    }
                    let (lint, about) = match pair(early, a, late, b, &env) {
                        Some(Pair::Contradict) => ("quality.contradiction", (late, early)),
                        Some(Pair::LateIdle) => ("quality.shadowed", (late, early)),
                        Some(Pair::EarlyIdle) => ("quality.shadowed", (early, late)),
                        None => continue,
                    };
                    let (about, other) = about;
                    lints.push(
                        Lint::warning(lint, about.path.clone())
                            .param("rule", about.id.as_str())
                            .param("other", other.id.as_str()),
                    );
                }
            }
        }
        lints
    }

    /// Rules about the form of a value that not one of the existing values meets: more often the rule is wrong than
    /// all of the data. Fields with fewer than five values are passed over.
    #[must_use]
    pub fn excluded_data(&self, data: &Dataset) -> Vec<Lint> {
        let mut lints = Vec::new();
        for (name, object) in &self.objects {
            let records = data.records(name.as_str());
            for rule in &object.rules {
                let Some(field) = rule.kind.value_field() else { continue };
                let values: Vec<&Value> =
                    records.iter().filter(|r| !object.is_missing(r, field)).map(|r| r.at(field)).collect();
                if values.len() >= ENOUGH && values.iter().all(|v| !meets(rule, v)) {
                    lints.push(
                        Lint::warning("quality.excludes_all", rule.path.clone())
                            .param("rule", rule.id.as_str())
                            .param("count", i64::try_from(values.len()).unwrap_or(i64::MAX)),
                    );
                }
            }
        }
        lints
    }
}

enum Pair {
    Contradict,
    LateIdle,
    EarlyIdle,
}

fn pair(early: &Rule, a: &Program, late: &Rule, b: &Program, env: &Env<'_>) -> Option<Pair> {
    let never = |text: String| Program::condition(&text, env).is_ok_and(|p| p.constant() == Some(false));
    let (wide_early, wide_late) = (covers(&early.scope, &late.scope), covers(&late.scope, &early.scope));
    let (ta, tb) = (a.text(), b.text());
    if (wide_early || wide_late)
        && early.severity == Severity::Error
        && late.severity == Severity::Error
        && never(format!("({ta}) && ({tb})"))
    {
        return Some(Pair::Contradict);
    }
    // A rule that always runs where the other does, and is at least as grave, leaves nothing for the other to find.
    if wide_early && early.severity >= late.severity && never(format!("({ta}) && !({tb})")) {
        return Some(Pair::LateIdle);
    }
    if wide_late && late.severity >= early.severity && never(format!("({tb}) && !({ta})")) {
        return Some(Pair::EarlyIdle);
    }
    None
}

/// True when a rule of the first scope runs wherever one of the second does.
fn covers(wide: &Scoping, narrow: &Scoping) -> bool {
    let text = |p: &Option<Program>| p.as_ref().map(|p| p.text().to_owned());
    let types = |t: &Option<TypeScope>| -> Option<BTreeSet<String>> {
        t.as_ref().map(|t| match t {
            TypeScope::Own { types, .. } => types.iter().cloned().collect(),
            TypeScope::Parent(program) => BTreeSet::from([program.text().to_owned()]),
        })
    };
    let holds = |wide: Vec<String>, narrow: Vec<String>| {
        wide.is_empty() || (!narrow.is_empty() && narrow.iter().all(|n| wide.contains(n)))
    };
    let words = |scope: &Scoping| scope.operations.iter().map(|o| format!("{o:?}")).collect::<Vec<_>>();
    let fields = |scope: &Scoping| scope.changed.iter().map(|f| format!("{f:?}")).collect::<Vec<_>>();
    let stages = |scope: &Scoping| scope.enter.iter().map(ToString::to_string).collect::<Vec<_>>();
    (wide.when.is_none() || text(&wide.when) == text(&narrow.when))
        && match (types(&wide.types), types(&narrow.types)) {
            (None, _) => true,
            (Some(wide), Some(narrow)) => narrow.is_subset(&wide),
            (Some(_), None) => false,
        }
        && holds(words(wide), words(narrow))
        && holds(fields(wide), fields(narrow))
        && holds(stages(wide), stages(narrow))
}

/// The rule as a condition that a present value must meet, where it is one.
fn condition(rule: &Rule, object: &ObjectQuality) -> Option<String> {
    let name = |ix: FieldIx| object.field(ix).map(|f| f.name.to_string());
    let limit = |limit: &Limit| match limit {
        Limit::Number(n) => Some(n.to_string()),
        Limit::Value(Value::Date(d)) => Some(format!("date('{d}')")),
        Limit::Value(Value::Instant(i)) => Some(format!("instant('{i}')")),
        Limit::Value(_) => None,
    };
    match &rule.kind {
        Kind::Check(program) => Some(program.text().to_owned()),
        Kind::Range { field, min, max } => {
            let field = name(*field)?;
            let mut parts = Vec::new();
            if let Some(min) = min {
                parts.push(format!("{field} >= {}", limit(min)?));
            }
            if let Some(max) = max {
                parts.push(format!("{field} <= {}", limit(max)?));
            }
            Some(parts.join(" && "))
        }
        Kind::Choice { field, values, .. } => {
            let field = name(*field)?;
            let words: Vec<String> = values
                .iter()
                .map(|v| format!("'{}'", v.replace('\\', "\\\\").replace('\'', "\\'")))
                .collect();
            Some(format!("{field} in [{}]", words.join(", ")))
        }
        _ => None,
    }
}

fn meets(rule: &Rule, value: &Value) -> bool {
    let size = |value: &Value| match value {
        Value::Text(text) => Some(text.chars().count()),
        Value::List(items) => Some(items.len()),
        _ => None,
    };
    match &rule.kind {
        Kind::Format { format, .. } => value.as_text().is_none_or(|t| format.normalise(t).is_ok()),
        Kind::Pattern { regex, .. } => value.as_text().is_none_or(|t| regex.is_match(t)),
        Kind::Choice { values, .. } => value.as_text().is_none_or(|t| values.iter().any(|v| v == t)),
        Kind::Length { min, max, .. } => size(value)
            .is_none_or(|n| min.is_none_or(|m| n >= m as usize) && max.is_none_or(|m| n <= m as usize)),
        Kind::Range { min, max, .. } => {
            let below = min.as_ref().and_then(|m| m.compare(value)).is_some_and(std::cmp::Ordering::is_lt);
            let above = max.as_ref().and_then(|m| m.compare(value)).is_some_and(std::cmp::Ordering::is_gt);
            !(below || above)
        }
        _ => true,
    }
}
