//! The classes of the distinct values of a table's columns.

use crate::parallel::{Threads, pieces};
use crate::rule::{CompareField, MatchingRule};
use crate::table::Table;

/// The classes of a rule's fields over a table; empty where nothing was learned.
pub(crate) fn classes(rule: &MatchingRule, table: &Table, threads: Threads<'_>) -> Vec<Vec<u8>> {
    let of = |field: &CompareField| -> Option<Vec<u8>> {
        let (learned, column) = (field.learned.as_ref()?, table.columns.get(field.source)?);
        Some(column.terms.iter().map(|term| learned.terms.value(*term)).collect())
    };
    let of_field = |at: usize| rule.fields.get(at).and_then(of).unwrap_or_default();
    pieces(rule.fields.len(), 1, threads, || (), |(), range| of_field(range.start))
}

/// Of the classes that counting told, those that a rule looks at that learned from it.
pub(crate) fn classes_of_learned(learned: &MatchingRule, classes: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let fields = learned.fields.iter().zip(classes);
    fields.map(|(field, of)| if field.learned.is_some() { of } else { Vec::new() }).collect()
}
