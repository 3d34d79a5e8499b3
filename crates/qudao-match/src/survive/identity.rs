//! Two different valid identities are never one record.

use qudao_model::{FieldName, Record};

use crate::Comparator;
use crate::compile::maker;
use crate::feature::Feature;

/// The first field declared `identity` in which two records hold valid values that differ, such as two tax ids. What
/// counts as valid and as different is what the matcher compares: the check characters, and the form without signs.
#[must_use]
pub fn identity_conflict(one: &Record, two: &Record) -> Option<FieldName> {
    let schema = one.schema();
    schema.fields.iter().filter(|def| def.spec.identity).find_map(|def| {
        let maker = maker(def, Comparator::Exact);
        let codes = |record: &Record| -> Vec<Box<str>> {
            let valid = |f: &Feature| match f {
                Feature::Code(code) if code.valid => Some(code.key.clone()),
                _ => None,
            };
            match maker.make(record.get(def.name.as_str())) {
                Feature::Many(features) => features.iter().filter_map(valid).collect(),
                feature => valid(&feature).into_iter().collect(),
            }
        };
        let (a, b) = (codes(one), codes(two));
        let differ = !a.is_empty() && !b.is_empty() && !a.iter().any(|code| b.contains(code));
        differ.then(|| def.name.clone())
    })
}
