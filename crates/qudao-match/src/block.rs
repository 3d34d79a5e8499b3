//! Blocking: which pairs of a table are compared.
//!
//! A key puts rows into groups. A group above the rule's limit is cut by added keys; of what is still too large, equal
//! rows meet in overlapping windows, and the rest is reported. A pair belongs to the first group that holds both rows, so that it
//! is compared once, and rows of one group are compared while they are at hand.

use crate::compare::quick::mix;
use crate::key::{Key, Part, View, combine};
use crate::parallel::pieces;
use crate::rule::MatchingRule;
use crate::score::OversizedBlock;
use crate::table::{Table, number};

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
        let count = |n: usize| n as u64;
        match self {
            Self::Within => count(rows.len()) * count(rows.len().saturating_sub(1)) / 2,
            Self::Across(start) => {
                let left = rows.partition_point(|r| *r < start);
                count(left) * count(rows.len() - left)
            }
        }
    }
}

/// Groups of rows, laid end to end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Groups {
    members: Vec<u32>,
    ends: Vec<u32>,
}

impl Groups {
    fn push(&mut self, rows: &[u32]) {
        self.members.extend_from_slice(rows);
        self.ends.push(number(self.members.len()));
    }

    fn len(&self) -> usize {
        self.ends.len()
    }

    fn rows(&self, group: usize) -> &[u32] {
        let start = group.checked_sub(1).and_then(|g| self.ends.get(g)).copied().unwrap_or(0) as usize;
        let end = self.ends.get(group).copied().unwrap_or(0) as usize;
        self.members.get(start..end).unwrap_or_default()
    }
}

/// The groups of a table whose pairs are compared, and the blocks that were too large.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Candidates {
    groups: Groups,
    /// The groups of each row, in order.
    of_row: Vec<u32>,
    /// Where the groups of a row end.
    row_ends: Vec<u32>,
    side: Option<Side>,
    pub(crate) oversized: Vec<OversizedBlock>,
}

impl Candidates {
    /// How many groups.
    pub(crate) fn groups(&self) -> usize {
        self.groups.len()
    }

    /// Calls for each pair of a group that no earlier group holds; the smaller row first.
    pub(crate) fn pairs_of(&self, group: usize, mut each: impl FnMut(u32, u32)) {
        let Some(side) = self.side else { return };
        let rows = self.groups.rows(group);
        for (i, left) in rows.iter().enumerate() {
            let of_left = self.of(*left);
            for right in &rows[i + 1..] {
                if side.counts(*left, *right) && first_common(of_left, self.of(*right)) == Some(number(group))
                {
                    each(*left, *right);
                }
            }
        }
    }

    fn of(&self, row: u32) -> &[u32] {
        let row = row as usize;
        let start = row.checked_sub(1).and_then(|r| self.row_ends.get(r)).copied().unwrap_or(0) as usize;
        let end = self.row_ends.get(row).copied().unwrap_or(0) as usize;
        self.of_row.get(start..end).unwrap_or_default()
    }

    /// How many pairs the groups hold, one counted as often as it occurs.
    pub(crate) fn bound(&self) -> u64 {
        let side = self.side.unwrap_or(Side::Within);
        (0..self.groups.len()).map(|g| side.pairs(self.groups.rows(g))).sum()
    }

    #[cfg(test)]
    fn pairs(&self) -> Vec<(u32, u32)> {
        let mut pairs = Vec::new();
        (0..self.groups()).for_each(|g| self.pairs_of(g, |l, r| pairs.push((l, r))));
        pairs.sort_unstable();
        pairs
    }
}

fn first_common(a: &[u32], b: &[u32]) -> Option<u32> {
    let (mut i, mut j) = (0, 0);
    loop {
        let (x, y) = (*a.get(i)?, *b.get(j)?);
        match x.cmp(&y) {
            std::cmp::Ordering::Equal => return Some(x),
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
        }
    }
}

/// Every pair that shares a key. A block above the rule's limit is cut by added keys; what is still too large is reported.
pub(crate) fn candidates(rule: &MatchingRule, table: &Table, side: Side, threads: usize) -> Candidates {
    let cuts: Vec<&Key> = rule.cuts.iter().collect();
    let cut_values = pieces(
        cuts.len(),
        1,
        threads,
        || (),
        |(), range| cuts.get(range.start).map_or_else(Values::default, |cut| values_of(cut, table)),
    );
    let found = pieces(
        rule.keys.len(),
        1,
        threads,
        || (),
        |(), range| {
            let Some(key) = rule.keys.get(range.start) else { return (Groups::default(), Vec::new()) };
            let mut blocks = Blocks {
                rule,
                table,
                side,
                key,
                cuts: &cut_values,
                out: Groups::default(),
                oversized: Vec::new(),
            };
            let values = values_of(key, table);
            let mut entries = Vec::new();
            for row in 0..number(table.rows) {
                entries.extend(values.of(row).iter().map(|value| (*value, row)));
            }
            drop(values);
            each_group(&mut entries, |rows| blocks.block(rows));
            (blocks.out, blocks.oversized)
        },
    );
    drop(cut_values);
    let mut out = Candidates { side: Some(side), ..Candidates::default() };
    for (groups, oversized) in found {
        let start = number(out.groups.members.len());
        out.groups.members.extend_from_slice(&groups.members);
        out.groups.ends.extend(groups.ends.iter().map(|end| end + start));
        out.oversized.extend(oversized);
    }
    out.oversized.sort_unstable();
    // The groups of each row: counted, then laid out.
    let mut at = vec![0_u32; table.rows + 1];
    for row in &out.groups.members {
        at[*row as usize + 1] += 1;
    }
    for row in 1..at.len() {
        at[row] += at[row - 1];
    }
    out.row_ends = at[1..].to_vec();
    out.of_row = vec![0; out.groups.members.len()];
    for group in 0..out.groups.len() {
        for row in out.groups.rows(group) {
            let place = &mut at[*row as usize];
            out.of_row[*place as usize] = number(group);
            *place += 1;
        }
    }
    out
}

struct Blocks<'a> {
    rule: &'a MatchingRule,
    table: &'a Table,
    side: Side,
    key: &'a Key,
    cuts: &'a [Values],
    out: Groups,
    oversized: Vec<OversizedBlock>,
}

impl Blocks<'_> {
    fn fits(&self, rows: &[u32]) -> bool {
        rows.len() <= self.rule.max_block
    }

    fn block(&mut self, rows: &[u32]) {
        if self.side.pairs(rows) == 0 {
            return;
        }
        if self.fits(rows) {
            self.out.push(rows);
            return;
        }
        let first = self.out.len();
        let mut used = Vec::new();
        let useful: Vec<usize> =
            (0..self.rule.cuts.len()).filter(|c| self.is_useful(*c)).take(MAX_CUTS).collect();
        for (at, cut) in useful.iter().enumerate() {
            let before = self.out.len();
            self.cut(rows, *cut, &useful[at + 1..], 2);
            if self.out.len() > before
                && let Some(cut) = self.rule.cuts.get(*cut)
            {
                used.push(cut.text.clone());
            }
        }
        self.equal_rows(rows);
        let not_compared = self.side.pairs(rows).saturating_sub(self.distinct_pairs(rows, first));
        if not_compared > 0 {
            self.oversized.push(OversizedBlock {
                key: self.key.text.clone(),
                cut_by: used,
                rows: number(rows.len()),
                example: rows.first().copied().unwrap_or(0),
                not_compared,
            });
        }
    }

    /// A cut by what the key already says would cut nothing (but another word of the same text does), and rows that
    /// share a whole key of the rule meet there.
    fn is_useful(&self, cut: usize) -> bool {
        let Some(cut) = self.rule.cuts.get(cut) else { return false };
        let said = self.key.parts.iter().any(|p| cut.parts.contains(p) && p.view != View::Tokens);
        let is_key = self.rule.keys.iter().any(|k| k.parts == cut.parts)
            && cut.parts.iter().all(|p| p.view != View::Tokens);
        !said && !is_key
    }

    /// Splits rows by an added key; what is still too large is split once more by the next ones.
    fn cut(&mut self, rows: &[u32], number: usize, next: &[usize], depth: u8) {
        let cuts: &[Values] = self.cuts;
        let Some(values) = cuts.get(number) else { return };
        let mut entries = Vec::new();
        for row in rows {
            entries.extend(values.of(*row).iter().map(|value| (*value, *row)));
        }
        each_group(&mut entries, |group| {
            if group.len() == rows.len() || self.side.pairs(group) == 0 {
                return;
            }
            if self.fits(group) {
                self.out.push(group);
            } else if depth > 0 {
                for (at, cut) in next.iter().enumerate() {
                    self.cut(group, *cut, &next[at + 1..], depth - 1);
                }
            }
        });
    }

    /// Rows that are equal in every field meet in windows that overlap by half, so that all of them hang together.
    fn equal_rows(&mut self, rows: &[u32]) {
        let ids =
            |row: u32| self.table.columns.iter().map(move |c| c.ids.get(row as usize).copied().unwrap_or(0));
        let mut entries: Vec<(u64, u32)> =
            rows.iter().map(|row| (ids(*row).fold(0, |h, id| mix(h ^ u64::from(id))), *row)).collect();
        let (size, step) = (self.rule.max_block, (self.rule.max_block / 2).max(1));
        let (side, out) = (self.side, &mut self.out);
        each_group(&mut entries, |group| {
            let mut start = 0;
            loop {
                let window = &group[start..group.len().min(start + size)];
                if side.pairs(window) > 0 {
                    out.push(window);
                }
                if start + size >= group.len() {
                    break;
                }
                start += step;
            }
        });
    }

    /// How many pairs the groups from `first` on hold, each counted once. All of them lie within `rows`.
    fn distinct_pairs(&self, rows: &[u32], first: usize) -> u64 {
        let place = |row: u32| rows.binary_search(&row).unwrap_or(0);
        let mut of: Vec<Vec<u32>> = vec![Vec::new(); rows.len()];
        for group in first..self.out.len() {
            for row in self.out.rows(group) {
                if let Some(list) = of.get_mut(place(*row)) {
                    list.push(number(group));
                }
            }
        }
        let mut stamps = vec![u32::MAX; rows.len()];
        let mut count = 0;
        for (at, (row, groups)) in rows.iter().zip(&of).enumerate() {
            for group in groups {
                for other in self.out.rows(*group as usize).iter().filter(|o| *o > row) {
                    let stamp = stamps.get_mut(place(*other));
                    if let Some(stamp) = stamp.filter(|s| **s != number(at))
                        && self.side.counts(*row, *other)
                    {
                        *stamp = number(at);
                        count += 1;
                    }
                }
            }
        }
        count
    }
}

/// Rows that share a value, sorted, groups of two and more, in the order of the values.
fn each_group(entries: &mut Vec<(u64, u32)>, mut each: impl FnMut(&[u32])) {
    entries.sort_unstable();
    entries.dedup();
    let mut rows: Vec<u32> = Vec::new();
    for chunk in entries.chunk_by(|a, b| a.0 == b.0).filter(|chunk| chunk.len() > 1) {
        rows.clear();
        rows.extend(chunk.iter().map(|(_, row)| *row));
        each(&rows);
    }
}

/// The values of a key by row, as hashes.
#[derive(Debug, Clone, Default)]
struct Values {
    values: Vec<u64>,
    /// By row, or by distinct feature of a column.
    ends: Vec<u32>,
    /// The distinct feature of each row; empty when values stand by row.
    ids: Vec<u32>,
}

impl Values {
    fn at(&self, place: usize) -> &[u64] {
        let start = place.checked_sub(1).and_then(|p| self.ends.get(p)).copied().unwrap_or(0) as usize;
        let end = self.ends.get(place).copied().unwrap_or(0) as usize;
        self.values.get(start..end).unwrap_or_default()
    }

    fn of(&self, row: u32) -> &[u64] {
        match self.ids.get(row as usize) {
            Some(id) => self.at(*id as usize),
            None if self.ids.is_empty() => self.at(row as usize),
            None => &[],
        }
    }

    fn push(&mut self, values: impl IntoIterator<Item = u64>) {
        self.values.extend(values);
        self.ends.push(number(self.values.len()));
    }
}

/// The values of a key by row; those of distinct features are made once.
fn values_of(key: &Key, table: &Table) -> Values {
    let mut parts: Vec<Values> = key.parts.iter().map(|part| of_part(*part, table)).collect();
    if parts.len() == 1 {
        return parts.pop().unwrap_or_default();
    }
    let mut all = Values::default();
    for row in 0..number(table.rows) {
        let choices: Vec<Vec<u64>> = parts.iter().map(|p| p.of(row).to_vec()).collect();
        if choices.iter().any(Vec::is_empty) {
            all.push([]);
        } else {
            all.push(combine(&choices).into_iter().map(|value| value.into_iter().fold(0, |h, v| mix(h ^ v))));
        }
    }
    all
}

/// The values of one part, by distinct feature.
fn of_part(part: Part, table: &Table) -> Values {
    let Some(column) = table.columns.get(part.source) else { return Values::default() };
    let mut all = Values { ids: column.ids.clone(), ..Values::default() };
    for feature in &column.features {
        all.push(part.hashes(feature));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_pairs_of_each_side() {
        assert_eq!(Side::Within.pairs(&[1, 2, 3]), 3);
        assert_eq!(Side::Across(2).pairs(&[0, 1, 2, 3, 4]), 6);
        assert_eq!(Side::Across(9).pairs(&[0, 1]), 0);
    }

    #[test]
    fn a_pair_belongs_to_the_first_group_that_holds_it() {
        let mut groups = Groups::default();
        groups.push(&[0, 1, 2]);
        groups.push(&[1, 2, 3]);
        let candidates = Candidates {
            groups,
            of_row: vec![0, 0, 1, 0, 1, 1],
            row_ends: vec![1, 3, 5, 6],
            side: Some(Side::Within),
            oversized: Vec::new(),
        };
        assert_eq!(candidates.pairs(), [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)]);
        assert_eq!(candidates.bound(), 6);
    }

    #[test]
    fn groups_keep_rows_that_share_a_value() {
        let mut seen = Vec::new();
        let mut entries = vec![(1, 0), (2, 0), (2, 1), (1, 3), (2, 3), (2, 3)];
        each_group(&mut entries, |rows| seen.push(rows.to_vec()));
        assert_eq!(seen, [vec![0, 3], vec![0, 1, 3]]);
    }
}
