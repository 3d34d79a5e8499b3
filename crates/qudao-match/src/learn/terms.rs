//! How frequent values are: their classes, as counting found them or as a model keeps them.

use hashbrown::HashMap;

use crate::parallel::{Threads, pieces};
use crate::rule::MatchingRule;
use crate::table::Table;

/// Which values of a field are frequent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Terms {
    /// The class of each frequent value, by [`crate::feature::Feature::term`].
    pub(crate) classes: HashMap<u64, u8>,
}

impl Terms {
    /// The class of a value; of one that is not frequent, the rarest.
    pub(crate) fn class(&self, term: u64) -> u8 {
        match term {
            0 => 0,
            term => self.classes.get(&term).copied().unwrap_or(1),
        }
    }

    /// The class of each distinct value of a column.
    fn of_column(&self, table: &Table, source: usize) -> Vec<u8> {
        let column = table.columns.get(source);
        column.into_iter().flat_map(|c| &c.terms).map(|term| self.class(*term)).collect()
    }
}

/// The classes of a rule's fields over a table; empty where nothing was learned.
pub(crate) fn classes(rule: &MatchingRule, table: &Table, threads: Threads<'_>) -> Vec<Vec<u8>> {
    pieces(
        rule.fields.len(),
        1,
        threads,
        || (),
        |(), range| {
            let field = rule.fields.get(range.start);
            field
                .and_then(|f| f.learned.as_ref().map(|l| l.terms.of_column(table, f.source)))
                .unwrap_or_default()
        },
    )
}

/// Of the classes that counting told, those that a rule looks at that learned from it.
pub(crate) fn classes_of_learned(learned: &MatchingRule, classes: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let fields = learned.fields.iter().zip(classes);
    fields.map(|(field, of)| if field.learned.is_some() { of } else { Vec::new() }).collect()
}
