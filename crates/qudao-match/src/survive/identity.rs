//! Two different valid identities are never one record.

use qudao_model::{FieldName, Record};

use crate::Comparator;
use crate::compile::maker;
use crate::feature::Form;

/// The first field declared `identity` in which two records hold valid values that differ, such as two tax ids. What
/// counts as valid and as different is what the matcher compares: the check characters, and the form without signs.
#[must_use]
pub fn identity_conflict(one: &Record, two: &Record) -> Option<FieldName> {
    let schema = one.schema();
    schema.fields.iter().filter(|def| def.spec.identity).find_map(|def| {
        let maker = maker(def, Comparator::Exact);
        let codes = |record: &Record| -> Vec<Box<[u16]>> {
            let valid = |form: Form<'_>| match form {
                Form::Code(code) if code.valid => Some(code.key.into()),
                _ => None,
            };
            let feature = maker.make(record.get(def.name.as_str()));
            match feature.form() {
                Form::Many(items) => items.items().filter_map(valid).collect(),
                form => valid(form).into_iter().collect(),
            }
        };
        let (a, b) = (codes(one), codes(two));
        let differ = !a.is_empty() && !b.is_empty() && !a.iter().any(|code| b.contains(code));
        differ.then(|| def.name.clone())
    })
}
