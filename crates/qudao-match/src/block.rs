//! Blocking: which pairs of a table are compared.

use std::collections::HashMap;

use crate::key::{Key, Part, combine};
use crate::rule::MatchingRule;
use crate::score::OversizedBlock;
use crate::table::Table;

/// How many added keys may cut one block.
const MAX_CUTS: usize = 6;

/// Which pairs count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// Every two rows of one table.
    Within,
    /// A row before this one with a row from it on.
    Across(u32),
}

impl Side {
    fn counts(self, left: u32, right: u32) -> bool {
        match self {
            Self::Within => left != right,
            Self::Across(start) => left < start && right >= start,
        }
    }

    /// How many pairs a sorted list of rows makes.
    fn pairs(self, rows: &[u32]) -> u64 {
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        match self {
            Self::Within => count(rows.len()).saturating_mul(count(rows.len().saturating_sub(1))) / 2,
            Self::Across(start) => {
                let left = rows.partition_point(|r| *r < start);
                count(left).saturating_mul(count(rows.len().saturating_sub(left)))
            }
        }
    }
}

/// The candidate pairs of a table, sorted, without repetition, and the blocks that were too large.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Candidates {
    pub(crate) pairs: Vec<(u32, u32)>,
    pub(crate) oversized: Vec<OversizedBlock>,
}

/// Every pair that shares a key. A block above the rule's limit is cut by added keys; what is still too large is reported.
pub(crate) fn candidates(rule: &MatchingRule, table: &Table, side: Side) -> Candidates {
    let mut blocks = Blocks { rule, table, side, cuts: Vec::new(), out: Candidates::default() };
    blocks.cuts = rule.cuts.iter().map(|cut| values_of(cut, table)).collect();
    for key in &rule.keys {
        for rows in groups(&values_of(key, table), None) {
            blocks.block(key, &rows);
        }
    }
    let Candidates { mut pairs, mut oversized } = blocks.out;
    pairs.sort_unstable();
    pairs.dedup();
    oversized.sort_unstable();
    Candidates { pairs, oversized }
}

/// The values of one key, by row, as small numbers.
type Values = Vec<Vec<u32>>;

struct Blocks<'a> {
    rule: &'a MatchingRule,
    table: &'a Table,
    side: Side,
    cuts: Vec<Values>,
    out: Candidates,
}

impl Blocks<'_> {
    fn fits(&self, rows: &[u32]) -> bool {
        rows.len() <= self.rule.max_block
    }

    fn block(&mut self, key: &Key, rows: &[u32]) {
        if self.side.pairs(rows) == 0 {
            return;
        }
        if self.fits(rows) {
            emit(rows, self.side, &mut self.out.pairs);
            return;
        }
        let mut kept: Vec<(u32, u32)> = Vec::new();
        let mut used = Vec::new();
        for (number, cut) in self.rule.cuts.iter().enumerate().take(MAX_CUTS) {
            // A cut by what the key already says would cut nothing.
            if key.parts.iter().any(|p| cut.parts.contains(p)) {
                continue;
            }
            let before = kept.len();
            self.cut(rows, number, 2, &mut kept);
            if kept.len() > before {
                used.push(cut.text.clone());
            }
        }
        kept.sort_unstable();
        kept.dedup();
        let compared = u64::try_from(kept.len()).unwrap_or(u64::MAX);
        let not_compared = self.side.pairs(rows).saturating_sub(compared);
        self.out.pairs.append(&mut kept);
        if not_compared > 0 {
            self.out.oversized.push(OversizedBlock {
                key: key.text.clone(),
                cut_by: used,
                rows: u32::try_from(rows.len()).unwrap_or(u32::MAX),
                example: rows.first().copied().unwrap_or(0),
                not_compared,
            });
        }
    }

    /// Splits rows by an added key; what is still too large is split once more by the next ones.
    fn cut(&self, rows: &[u32], number: usize, depth: u8, kept: &mut Vec<(u32, u32)>) {
        let Some(values) = self.cuts.get(number) else { return };
        for group in groups(values, Some(rows)) {
            if self.fits(&group) {
                emit(&group, self.side, kept);
            } else if depth > 0 {
                for next in number.saturating_add(1)..self.cuts.len().min(MAX_CUTS) {
                    self.cut(&group, next, depth.saturating_sub(1), kept);
                }
            }
        }
        debug_assert_eq!(values.len(), self.table.rows);
    }
}

fn emit(rows: &[u32], side: Side, out: &mut Vec<(u32, u32)>) {
    for (i, left) in rows.iter().enumerate() {
        for right in rows.iter().skip(i.saturating_add(1)) {
            if side.counts(*left, *right) {
                out.push((*left, *right));
            }
        }
    }
}

/// Rows that share a value, sorted, groups of two and more, in the order of the values.
fn groups(values: &Values, only: Option<&[u32]>) -> Vec<Vec<u32>> {
    let mut entries: Vec<(u32, u32)> = Vec::new();
    let mut add = |row: u32| {
        let of_row = usize::try_from(row).ok().and_then(|r| values.get(r));
        entries.extend(of_row.into_iter().flatten().map(|value| (*value, row)));
    };
    match only {
        Some(rows) => rows.iter().for_each(|row| add(*row)),
        None => (0_u32..).zip(values).for_each(|(row, _)| add(row)),
    }
    entries.sort_unstable();
    entries.dedup();
    entries
        .chunk_by(|a, b| a.0 == b.0)
        .filter(|chunk| chunk.len() > 1)
        .map(|chunk| chunk.iter().map(|(_, row)| *row).collect())
        .collect()
}

/// The values of a key by row. Values are numbered in the order in which they first appear; those of distinct features
/// are made once.
fn values_of(key: &Key, table: &Table) -> Values {
    let parts: Vec<Values> = key.parts.iter().map(|part| numbered(*part, table)).collect();
    let number_of = |part: usize, id: u32| {
        let of_part = parts.get(part);
        of_part.and_then(|p| usize::try_from(id).ok().and_then(|i| p.get(i))).cloned().unwrap_or_default()
    };
    if let [part] = key.parts.as_slice() {
        return (0..table.rows).map(|row| number_of(0, table.id(part.source, row))).collect();
    }
    let mut numbers: HashMap<Vec<u32>, u32> = HashMap::new();
    (0..table.rows)
        .map(|row| {
            let choices: Vec<Vec<u32>> =
                key.parts.iter().enumerate().map(|(at, p)| number_of(at, table.id(p.source, row))).collect();
            let combined = combine(&choices).into_iter().map(|value| {
                let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
                *numbers.entry(value).or_insert(next)
            });
            combined.collect()
        })
        .collect()
}

/// The values of one part, by distinct feature, as numbers.
fn numbered(part: Part, table: &Table) -> Values {
    let Some(column) = table.columns.get(part.source) else { return Vec::new() };
    let mut numbers: HashMap<String, u32> = HashMap::new();
    let features = column.features.iter().map(|feature| {
        let values = part.values(feature).into_iter().map(|value| {
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            *numbers.entry(value).or_insert(next)
        });
        values.collect()
    });
    features.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_pairs_of_each_side() {
        assert_eq!(Side::Within.pairs(&[1, 2, 3]), 3);
        assert_eq!(Side::Across(2).pairs(&[0, 1, 2, 3, 4]), 6);
        assert_eq!(Side::Across(9).pairs(&[0, 1]), 0);
        let mut out = Vec::new();
        emit(&[0, 1, 2], Side::Across(2), &mut out);
        assert_eq!(out, [(0, 2), (1, 2)]);
    }

    #[test]
    fn groups_keep_rows_that_share_a_value() {
        let values = vec![vec![1, 2], vec![2], vec![], vec![1, 2]];
        assert_eq!(groups(&values, None), [vec![0, 3], vec![0, 1, 3]]);
        assert_eq!(groups(&values, Some(&[1, 3])), [vec![1, 3]]);
    }
}
