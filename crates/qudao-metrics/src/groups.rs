//! Groups: paths of fields, and the order of their values.

use std::cmp::Ordering;
use std::collections::HashMap;

use qudao_model::{Dataset, FieldIx, FieldType, ObjectName, ObjectSchema, Record, Schema, Value};

use crate::cases::Case;
use crate::{GroupKey, Reason};

/// A path of references to a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path {
    steps: Vec<(FieldIx, ObjectName)>,
    /// None: the record's id.
    field: Option<FieldIx>,
}

impl Path {
    /// Resolves a path from an object. `Err` holds the object and the name that it does not have.
    pub(crate) fn resolve(
        schema: &Schema,
        object: &ObjectSchema,
        path: &str,
    ) -> Result<Self, (ObjectName, String)> {
        let mut steps = Vec::new();
        let mut current = object;
        let mut names = path.split('.').map(str::trim).peekable();
        while let Some(name) = names.next() {
            let unknown = || (current.name.clone(), name.to_owned());
            let last = names.peek().is_none();
            let Some(ix) = current.field_ix(name) else {
                return if last && name == "id" { Ok(Self { steps, field: None }) } else { Err(unknown()) };
            };
            if last {
                return Ok(Self { steps, field: Some(ix) });
            }
            match current.field_at(ix).map(|f| &f.ty) {
                Some(FieldType::Reference(target)) => {
                    steps.push((ix, target.clone()));
                    current = schema.object(target.as_str()).ok_or_else(unknown)?;
                }
                _ => return Err(unknown()),
            }
        }
        Err((object.name.clone(), String::new()))
    }

    /// The objects that the path goes through.
    pub(crate) fn objects(&self) -> impl Iterator<Item = &ObjectName> {
        self.steps.iter().map(|(_, object)| object)
    }

    fn value(&self, data: &Dataset, record: &Record) -> Value {
        let mut current = record;
        for (field, object) in &self.steps {
            let target =
                current.at(*field).as_reference().and_then(|id| data.get(object.as_str(), id.as_str()));
            match target {
                Some(next) => current = next,
                None => return Value::Missing,
            }
        }
        let value = match self.field {
            Some(ix) => current.at(ix).clone(),
            None => Value::text(current.id().as_str()),
        };
        if value.is_blank() { Value::Missing } else { value }
    }
}

/// The group of each case by the keys that are fields.
#[derive(Debug, Clone)]
pub(crate) struct Groups {
    pub(crate) of_case: Vec<u32>,
    pub(crate) values: Vec<Vec<Value>>,
}

impl Groups {
    /// Groups cases.
    pub(crate) fn of(
        schema: &Schema,
        object: &ObjectSchema,
        data: &Dataset,
        by: &[GroupKey],
        cases: &[Case<'_>],
    ) -> Result<Self, Reason> {
        let mut paths = Vec::new();
        for key in by {
            let GroupKey::Field(text) = key else { continue };
            let path = Path::resolve(schema, object, text)
                .map_err(|_| Reason::NotGroupable { path: text.clone() })?;
            if let Some(missing) = path.objects().find(|o| !data.has(o.as_str())) {
                return Err(Reason::MissingTable { object: missing.clone() });
            }
            paths.push(path);
        }
        if paths.is_empty() {
            return Ok(Self { of_case: vec![0; cases.len()], values: vec![Vec::new()] });
        }
        let mut ids: HashMap<Vec<Value>, u32> = HashMap::new();
        let mut values = Vec::new();
        let mut of_case = Vec::with_capacity(cases.len());
        for case in cases {
            let group: Vec<Value> = paths.iter().map(|p| p.value(data, case.record)).collect();
            let next = u32::try_from(values.len()).unwrap_or(u32::MAX);
            let id = *ids.entry(group).or_insert_with_key(|group| {
                values.push(group.clone());
                next
            });
            of_case.push(id);
        }
        Ok(Self { of_case, values })
    }

    /// The group of a case.
    pub(crate) fn group(&self, case: u32) -> u32 {
        self.of_case.get(case as usize).copied().unwrap_or_default()
    }
}

/// The order of group values: by kind, then by value; missing last.
pub(crate) fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Missing, Value::Missing) => Ordering::Equal,
        (Value::Missing, _) => Ordering::Greater,
        (_, Value::Missing) => Ordering::Less,
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Date(a), Value::Date(b)) => a.cmp(b),
        (Value::Instant(a), Value::Instant(b)) => a.cmp(b),
        (Value::Duration(a), Value::Duration(b)) => a.cmp(b),
        (Value::Money(a), Value::Money(b)) => {
            a.currency.cmp(&b.currency).then_with(|| a.amount.cmp(&b.amount))
        }
        (Value::List(a), Value::List(b)) => {
            let order = a.iter().zip(b.iter()).map(|(a, b)| compare(a, b)).find(|o| o.is_ne());
            order.unwrap_or_else(|| a.len().cmp(&b.len()))
        }
        (a, b) => match (a.as_text(), b.as_text(), a.as_decimal(), b.as_decimal()) {
            (Some(a), Some(b), ..) => a.cmp(b),
            (.., Some(a), Some(b)) => a.cmp(&b),
            _ => a.kind().cmp(&b.kind()),
        },
    }
}

/// The order of groups.
pub(crate) fn compare_groups(a: &[(String, Value)], b: &[(String, Value)]) -> Ordering {
    let order = a.iter().zip(b).map(|((_, a), (_, b))| compare(a, b)).find(|o| o.is_ne());
    order.unwrap_or_else(|| a.len().cmp(&b.len()))
}
