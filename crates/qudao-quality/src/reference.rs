//! Suggestions for references that lead nowhere.

use std::cell::RefCell;
use std::collections::BTreeMap;

use qudao_model::{Dataset, ObjectName, Record, RecordId};

/// How many names may be compared in one check or one table, so that the cost stays bounded.
const BUDGET: usize = 2_000_000;

/// A record that may be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Near {
    /// The id or the name that is near.
    pub(crate) word: String,
    /// The record's id.
    pub(crate) id: RecordId,
}

/// Looks for records that may be meant, each value once.
#[derive(Debug, Default)]
pub(crate) struct Suggestions {
    inner: RefCell<Cache>,
}

#[derive(Debug, Default)]
struct Cache {
    known: BTreeMap<ObjectName, BTreeMap<RecordId, Option<Near>>>,
    spent: usize,
}

impl Suggestions {
    /// The record of `target` whose id or name is nearest to `id`. Nothing where the names of these records are
    /// personal and not for everybody, and once the budget is spent.
    pub(crate) fn nearest(&self, data: &Dataset, target: &ObjectName, id: &RecordId) -> Option<Near> {
        let mut cache = self.inner.borrow_mut();
        if let Some(known) = cache.known.get(target).and_then(|ids| ids.get(id)) {
            return known.clone();
        }
        let records = data.records(target.as_str());
        let named = records.first().map(Record::schema)?;
        let is_open = named.shared || !named.field("name").is_some_and(|f| f.spec.personal);
        let cost = records.len().saturating_mul(2);
        if !is_open || cache.spent.saturating_add(cost) > BUDGET {
            return None;
        }
        cache.spent = cache.spent.saturating_add(cost);
        let found = nearest(records, id.as_str());
        cache.known.entry(target.clone()).or_default().insert(id.clone(), found.clone());
        found
    }
}

/// `GTXPro` may mean `GTX Pro`, but `a501` does not mean `a50`: the digits have to agree.
fn nearest(records: &[Record], word: &str) -> Option<Near> {
    let digits = |text: &str| text.chars().filter(|c| c.is_numeric()).collect::<String>();
    let wanted = digits(word);
    let mut words: BTreeMap<&str, &RecordId> = BTreeMap::new();
    // An id stands before a name, and of two records with one name the smaller id, whatever their order.
    for record in records {
        for word in ["name", "code"].into_iter().filter_map(|f| record.get(f).as_text()) {
            let id = words.entry(word).or_insert(record.id());
            if record.id() < *id {
                *id = record.id();
            }
        }
    }
    for record in records {
        words.insert(record.id().as_str(), record.id());
    }
    let found = qudao_text::did_you_mean(word, words.keys().copied().filter(|w| digits(w) == wanted))?;
    words.get(found).map(|id| Near { word: found.to_owned(), id: (*id).clone() })
}
