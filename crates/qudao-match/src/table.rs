//! A table in columns of distinct features: each distinct value is taken apart once, each distinct pair compared once.

use std::collections::HashMap;

use qudao_model::{Record, Value};

use crate::Level;
use crate::compare::{Verdict, compare};
use crate::feature::Feature;
use crate::rule::{CompareField, MatchingRule, Scored, feature, identities_clash};

/// One source of a rule over all rows.
#[derive(Debug)]
pub(crate) struct Column {
    /// The distinct features.
    pub(crate) features: Vec<Feature>,
    /// The feature of each row.
    pub(crate) ids: Vec<u32>,
    /// Which features stand in more than one row.
    repeated: Vec<bool>,
}

/// A table prepared for one rule.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: usize,
}

impl Table {
    pub(crate) fn of<'r>(rule: &'r MatchingRule, records: impl Iterator<Item = &'r Record>) -> Self {
        let mut columns: Vec<Column> = rule
            .sources
            .iter()
            .map(|_| Column { features: Vec::new(), ids: Vec::new(), repeated: Vec::new() })
            .collect();
        let mut known: Vec<HashMap<&Value, u32>> = rule.sources.iter().map(|_| HashMap::new()).collect();
        let mut rows = 0_usize;
        for record in records {
            rows = rows.saturating_add(1);
            let parts = columns.iter_mut().zip(&mut known).zip(&rule.sources).zip(rule.values(record));
            for (((column, known), source), value) in parts {
                let mut fresh = false;
                let id = *known.entry(value).or_insert_with(|| {
                    fresh = true;
                    let id = u32::try_from(column.features.len()).unwrap_or(u32::MAX);
                    column.features.push(source.maker.make(value));
                    column.repeated.push(false);
                    id
                });
                let seen = usize::try_from(id).ok().and_then(|i| column.repeated.get_mut(i));
                if let (Some(seen), false) = (seen, fresh) {
                    *seen = true;
                }
                column.ids.push(id);
            }
        }
        Self { columns, rows }
    }

    pub(crate) fn id(&self, source: usize, row: usize) -> u32 {
        self.columns.get(source).and_then(|c| c.ids.get(row)).copied().unwrap_or(u32::MAX)
    }

    fn repeats(&self, source: usize, id: u32) -> bool {
        let column = self.columns.get(source);
        column
            .and_then(|c| usize::try_from(id).ok().and_then(|i| c.repeated.get(i)))
            .copied()
            .unwrap_or(false)
    }

    pub(crate) fn feature(&self, source: usize, row: usize) -> &Feature {
        let id = usize::try_from(self.id(source, row)).unwrap_or(usize::MAX);
        self.columns.get(source).map_or(&Feature::Missing, |c| feature(&c.features, id))
    }
}

/// Scores pairs of rows, with the verdicts on distinct values remembered.
pub(crate) struct Scorer<'a> {
    rule: &'a MatchingRule,
    table: &'a Table,
    memo: Vec<HashMap<u64, Verdict, FastHash>>,
}

impl<'a> Scorer<'a> {
    pub(crate) fn new(rule: &'a MatchingRule, table: &'a Table) -> Self {
        let memo = rule.fields.iter().map(|_| HashMap::default()).collect();
        Self { rule, table, memo }
    }

    pub(crate) fn rule(&self) -> &'a MatchingRule {
        self.rule
    }

    /// Different valid values of an identity field.
    pub(crate) fn vetoed(&self, left: u32, right: u32) -> bool {
        let (left, right) = (row(left), row(right));
        self.rule
            .identities
            .iter()
            .any(|s| identities_clash(self.table.feature(*s, left), self.table.feature(*s, right)))
    }

    pub(crate) fn score(&mut self, left: u32, right: u32, floor: Option<i64>) -> Option<Scored> {
        let (left, right) = (row(left), row(right));
        let (table, memo) = (self.table, &mut self.memo);
        self.rule.score(floor, |at, field| verdict(table, memo.get_mut(at), field, left, right))
    }
}

fn verdict(
    table: &Table,
    memo: Option<&mut HashMap<u64, Verdict, FastHash>>,
    field: &CompareField,
    left: usize,
    right: usize,
) -> Verdict {
    let (a, b) = (table.feature(field.source, left), table.feature(field.source, right));
    if *a == Feature::Missing || *b == Feature::Missing {
        return Level::Missing.into();
    }
    let (i, j) = (table.id(field.source, left), table.id(field.source, right));
    // Remembered where it is dear, and where the same two values can meet again.
    match memo.filter(|_| {
        field.comparator.cost() >= 3 && (table.repeats(field.source, i) || table.repeats(field.source, j))
    }) {
        Some(memo) => {
            let key = u64::from(i.min(j)) << 32 | u64::from(i.max(j));
            *memo.entry(key).or_insert_with(|| compare(a, b))
        }
        None => compare(a, b),
    }
}

fn row(row: u32) -> usize {
    usize::try_from(row).unwrap_or(usize::MAX)
}

/// A multiplicative hash for keys that are already numbers. Only look-ups, never the order of a result, go by it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct FastHash;

impl std::hash::BuildHasher for FastHash {
    type Hasher = FastHasher;
    fn build_hasher(&self) -> FastHasher {
        FastHasher(0)
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct FastHasher(u64);

impl std::hash::Hasher for FastHasher {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }
    fn write_u64(&mut self, value: u64) {
        self.0 = (self.0 ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}
