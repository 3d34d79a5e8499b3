//! Computed fields: values that expressions give, in an order in which each reads only what is ready.

use std::collections::{BTreeMap, BTreeSet};

use qudao_expr::{Env, Program, Scope};
use qudao_model::{
    Dataset, FieldIx, FieldName, Instant, Lint, ObjectName, Record, RuleId, RuleOutcome, Schema, Step,
    TraceEntry, Value,
};

/// One computed field.
#[derive(Debug, Clone)]
struct Computed {
    field: FieldIx,
    name: FieldName,
    rule: RuleId,
    program: Program,
}

/// The computed fields of every object, each list in an order that can be evaluated.
#[derive(Debug, Clone, Default)]
pub(crate) struct Derivation {
    by_object: BTreeMap<ObjectName, Vec<Computed>>,
}

impl Derivation {
    pub(crate) fn compile(schema: &Schema) -> Result<Self, Vec<Lint>> {
        let mut lints = Vec::new();
        let mut by_object = BTreeMap::new();
        for object in schema.objects() {
            let mut drafts: Vec<Computed> = Vec::new();
            for (slot, def) in (0_u32..).zip(&object.fields) {
                let Some(text) = &def.spec.compute else { continue };
                let path = format!("/objects/{}/fields/{}/compute", object.name, def.name);
                let env = Env::record(schema, &object.name);
                match (
                    Program::compile(text, &env),
                    RuleId::new(format!("{}.{}.compute", object.name, def.name)),
                ) {
                    (Ok(program), Ok(rule)) => {
                        drafts.push(Computed { field: FieldIx(slot), name: def.name.clone(), rule, program });
                    }
                    (Err(issues), _) => lints.extend(issues.into_iter().map(|i| i.into_lint(&path))),
                    (_, Err(_)) => {}
                }
            }
            match sort(drafts) {
                Ok(sorted) if sorted.is_empty() => {}
                Ok(sorted) => {
                    by_object.insert(object.name.clone(), sorted);
                }
                Err(cycle) => {
                    for name in cycle {
                        let path = format!("/objects/{}/fields/{name}/compute", object.name);
                        lints.push(Lint::error("blueprint.cycle", path).param("name", name.as_str()));
                    }
                }
            }
        }
        if lints.is_empty() { Ok(Self { by_object }) } else { Err(lints) }
    }

    pub(crate) fn programs(&self, object: &ObjectName) -> impl Iterator<Item = &Program> {
        self.by_object.get(object).into_iter().flatten().map(|c| &c.program)
    }

    pub(crate) fn is_computed(&self, object: &ObjectName, field: &FieldName) -> bool {
        self.by_object.get(object).into_iter().flatten().any(|c| c.name == *field)
    }

    /// Writes the computed fields. A value that cannot be computed is missing, and the trace says why.
    pub(crate) fn apply(
        &self,
        record: &mut Record,
        data: &Dataset,
        now: Instant,
        zone: chrono_tz::Tz,
    ) -> Vec<TraceEntry> {
        let mut trace = Vec::new();
        for computed in self.by_object.get(record.object()).into_iter().flatten() {
            let scope = Scope { record, before: None, data, now: Some(now), zone, vars: &[] };
            let result = computed.program.eval(&scope);
            let key = Some(record.key());
            let mut entry = TraceEntry::new(Step::Derive, computed.rule.clone(), key, RuleOutcome::Applied);
            let ty = record.schema().field_at(computed.field).map(|f| f.ty.clone());
            let value = match result {
                Ok(value) => ty.map_or(Ok(Value::Missing), |t| t.coerce(value)).unwrap_or_else(|issue| {
                    entry.outcome = RuleOutcome::Failed;
                    entry.evidence.push(issue.code().to_owned());
                    Value::Missing
                }),
                Err(error) => {
                    entry.outcome = RuleOutcome::Failed;
                    entry.evidence.push(error.code().to_owned());
                    Value::Missing
                }
            };
            if *record.at(computed.field) != value || entry.outcome == RuleOutcome::Failed {
                record.set_at(computed.field, value);
                trace.push(entry);
            }
        }
        trace
    }
}

/// Orders the fields so that each comes after those it reads; the rest, if any, form a cycle.
fn sort(mut drafts: Vec<Computed>) -> Result<Vec<Computed>, Vec<FieldName>> {
    let mut sorted: Vec<Computed> = Vec::with_capacity(drafts.len());
    while !drafts.is_empty() {
        let waiting: BTreeSet<FieldName> = drafts.iter().map(|c| c.name.clone()).collect();
        let (ready, rest): (Vec<_>, Vec<_>) =
            drafts.into_iter().partition(|c| c.program.reads().fields.is_disjoint(&waiting));
        if ready.is_empty() {
            return Err(rest.into_iter().map(|c| c.name).collect());
        }
        sorted.extend(ready);
        drafts = rest;
    }
    Ok(sorted)
}
