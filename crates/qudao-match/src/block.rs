//! Blocking: which pairs of a table are compared.
//!
//! A key puts rows into groups. A group above the rule's limit is cut by added keys; of what is still too large, equal
//! rows meet in overlapping windows, and the rest is reported.

use crate::copies::Copies;
use crate::key::{Key, Part, View};
use crate::pairs::{Candidates, Groups, LAST, Side};
use crate::parallel::{Threads, pieces};
use crate::rule::MatchingRule;
use crate::score::OversizedBlock;
use crate::survey::KeyUse;
use crate::table::{Table, number};
use crate::values::{ByRow, each_group, each_shared, has_value, values_of, whole_rows};

/// How many added keys may cut one block.
const MAX_CUTS: usize = 6;
/// The smallest limit of a block, where the rule allows it.
const LEAST_BLOCK: usize = 3;
/// In a table of up to so many rows no key is cut earlier than the rule says.
pub(crate) const SMALL_TABLE: u32 = 20_000;
/// How many blocks that were too large are reported one by one, by key.
const MAX_REPORTED: usize = 100;
/// In a block of so many rows pairs are counted one by one.
const COUNTED_ROWS: usize = 512;

/// How each key puts the rows into blocks.
pub(crate) fn key_uses(rule: &MatchingRule, table: &Table, side: Side, threads: Threads<'_>) -> Vec<KeyUse> {
    let bits = usize::BITS - table.rows.leading_zeros();
    let found = pieces(
        rule.keys.len(),
        1,
        threads,
        || (),
        |(), range| {
            let key = rule.keys.get(range.start)?;
            let mut made = KeyUse { key: key.text.clone(), ..KeyUse::default() };
            let values = values_of(key, table);
            let view = values.view();
            let held = (0..number(table.rows)).filter(|row| !view.of(*row).is_empty());
            made.rows = number(held.count());
            each_shared(&values, table.rows, bits, threads, |rows| {
                let pairs = side.pairs(rows);
                if pairs > 0 {
                    made.blocks += 1;
                    made.largest = made.largest.max(number(rows.len()));
                    made.pairs = made.pairs.saturating_add(pairs);
                }
            });
            Some(made)
        },
    );
    found.into_iter().flatten().collect()
}

/// What cuts blocks that are too large: the added keys, and rows that are equal in everything.
pub(crate) struct Cuts {
    /// By cut. None for one that no key asks for.
    cuts: Vec<Option<ByRow>>,
    equal: ByRow,
    copies: Copies,
}

impl Cuts {
    /// For the keys for all rows.
    pub(crate) fn of(rule: &MatchingRule, table: &Table, side: Side, threads: Threads<'_>) -> Self {
        Self::of_keys(rule, table, side, &keys(rule, false), threads)
    }

    fn of_keys(rule: &MatchingRule, table: &Table, side: Side, keys: &[usize], threads: Threads<'_>) -> Self {
        let bits = usize::BITS - table.rows.leading_zeros();
        let equal = ByRow::of(&whole_rows(table), table.rows, bits, threads);
        let copies = Copies::of(&equal, table, side);
        let cuts = pieces(
            rule.cuts.len(),
            1,
            threads,
            || (),
            |(), range| {
                let mut asked = keys.iter().filter_map(|at| rule.keys.get(*at));
                let asked = asked.any(|key| useful_cuts(rule, key).contains(&range.start));
                let cut = rule.cuts.get(range.start).filter(|_| asked);
                let values = |cut| values_of(cut, table).without(&copies);
                cut.map(|cut| ByRow::of(&values(cut), table.rows, bits, threads))
            },
        );
        Self { cuts, equal, copies }
    }
}

/// The keys of a rule for all rows, or those for rows that found no partner, by number.
fn keys(rule: &MatchingRule, second: bool) -> Vec<usize> {
    (0..rule.keys.len())
        .filter(|at| rule.keys.get(*at).is_some_and(|key| key.is_second() == second))
        .collect()
}

/// Every pair that shares a key. A block above the rule's limit is cut by added keys; what is still too large is reported. Keys that are
/// meant for rows without partner wait for the [`second_look`].
pub(crate) fn candidates(
    rule: &MatchingRule,
    table: &Table,
    side: Side,
    cuts: Cuts,
    threads: Threads<'_>,
) -> Candidates {
    of_keys(rule, table, side, keys(rule, false), cuts, Vec::new(), threads)
}

/// The pairs of rows that found no partner with any other, by the keys that are meant for them. Blocks are bounded as all are.
pub(crate) fn second_look(
    rule: &MatchingRule,
    table: &Table,
    side: Side,
    lonely: Vec<bool>,
    threads: Threads<'_>,
) -> Candidates {
    let keys = keys(rule, true);
    let cuts = Cuts::of_keys(rule, table, side, &keys, threads.part(0, 300));
    of_keys(rule, table, side, keys, cuts, lonely, threads.part(300, 1000))
}

/// By some keys, of all rows or with `lonely` of those without partner.
fn of_keys(
    rule: &MatchingRule,
    table: &Table,
    side: Side,
    keys: Vec<usize>,
    Cuts { cuts, equal, mut copies }: Cuts,
    lonely: Vec<bool>,
    threads: Threads<'_>,
) -> Candidates {
    // How many low bits hold a row; the rest of a number holds the value.
    let bits = usize::BITS - table.rows.leading_zeros();
    let limit = |key: &Key| {
        // In a small table all pairs of a block may be compared.
        if table.rows <= SMALL_TABLE as usize { rule.max_block } else { limit(key, rule.max_block) }
    };
    // Those that take longest go first, so that the threads end together: keys by words, by several parts, by what is taken out of a value,
    // and by many values.
    let mut order = keys;
    let effort = |at: &usize| {
        let parts = rule.keys.get(*at).map_or(&[][..], |key| &key.parts);
        let words = parts.iter().filter(|part| part.view == View::Tokens).count();
        let taken_out = parts.iter().filter(|part| part.view != View::Whole).count();
        let features = |part: &Part| table.columns.get(part.source).map_or(0, |of| of.features.len());
        (words, parts.len(), taken_out, parts.iter().map(features).sum::<usize>())
    };
    order.sort_by_key(|at| std::cmp::Reverse(effort(at)));
    let found = pieces(
        order.len(),
        1,
        threads,
        || (),
        |(), range| {
            let at = order.get(range.start).copied().unwrap_or(0);
            let Some(key) = rule.keys.get(at) else {
                return (at, Groups::default(), Vec::new(), Vec::new());
            };
            let mut blocks = Blocks {
                side,
                limit: limit(key),
                useful: useful_cuts(rule, key),
                cuts: &cuts,
                equal: &equal,
                out: Groups::default(),
                oversized: Vec::new(),
                spare: Vec::new(),
                counts: vec![Vec::new(); cuts.len()],
                threads,
            };
            let keyed = copies.groups().map(|group| has_value(key, table, group.first)).collect();
            let asks = |row: &u32| lonely.get(*row as usize).copied().unwrap_or(false);
            let each = |rows: &[u32]| {
                if lonely.is_empty() || rows.iter().any(asks) {
                    blocks.block(rows);
                }
            };
            // What cuts other keys is told apart by row already.
            let cut = rule.cuts.iter().position(|cut| cut.parts == key.parts);
            match cut.and_then(|at| cuts.get(at)?.as_ref()) {
                Some(by_row) => by_row.each_value(each),
                None => {
                    let values = values_of(key, table).without(&copies);
                    each_shared(&values, table.rows, bits, threads, each);
                }
            }
            blocks.out.members.shrink_to_fit();
            let told = |block| told(rule, key, block);
            (at, blocks.out, summed_up(blocks.oversized).into_iter().map(told).collect(), keyed)
        },
    );
    let mut found = found;
    found.sort_unstable_by_key(|(at, ..)| *at);
    let mut out = Candidates { side: Some(side), rows: table.rows, ..Candidates::default() };
    for (_, groups, oversized, keyed) in found {
        out.groups.push(groups);
        out.oversized.extend(oversized);
        let keyed: Vec<bool> = keyed;
        for (at, _) in keyed.into_iter().enumerate().filter(|(_, keyed)| *keyed) {
            copies.set_keyed(at);
        }
    }
    if lonely.is_empty() {
        // Equal rows that hold nothing but a value of a key for rows without partner meet by that.
        for key in rule.keys.iter().filter(|key| key.is_second()) {
            let keyed: Vec<bool> = copies.groups().map(|group| has_value(key, table, group.first)).collect();
            for (at, _) in keyed.into_iter().enumerate().filter(|(_, keyed)| *keyed) {
                copies.set_keyed(at);
            }
        }
    }
    out.lonely = lonely;
    out.copies = copies;
    out.oversized.sort_unstable();
    out
}

/// The largest block of a key. What a key says less surely is held by more rows that have nothing else in common, so
/// that a key by words or by likeness is cut earlier, from an eighth of the limit on, one by the mailbox alone, which brings hardly a pair that no
/// other key brings, from a sixteenth, and one by a company's core from a quarter.
pub(crate) fn limit(key: &Key, max: usize) -> usize {
    let has = |views: &[View]| key.parts.iter().any(|p| views.contains(&p.view));
    let tightened = if has(&[View::User]) {
        max / 16
    } else if has(&[View::Tokens, View::MinHash]) {
        max / 8
    } else if has(&[View::Core]) {
        max / 4
    } else {
        max
    };
    tightened.max(LEAST_BLOCK).min(max)
}

/// The cuts of a key, by number. A cut by what the key already says would cut nothing (but another word of the same text does),
/// and rows that share a whole key of the rule meet there.
fn useful_cuts(rule: &MatchingRule, key: &Key) -> Vec<usize> {
    let is_useful = |cut: &Key| {
        let said = key.parts.iter().any(|p| cut.parts.contains(p) && p.view != View::Tokens);
        let is_key = rule.keys.iter().any(|k| k.parts == cut.parts)
            && cut.parts.iter().all(|p| p.view != View::Tokens);
        !said && !is_key
    };
    rule.cuts.iter().enumerate().filter(|(_, cut)| is_useful(cut)).map(|(at, _)| at).take(MAX_CUTS).collect()
}

/// A block of a key that was too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct TooLarge {
    not_compared: u64,
    /// The cuts that cut it, as bits, in the order in which they were tried.
    cut_by: u32,
    blocks: u32,
    rows: u32,
    example: u32,
}

/// The blocks that were too large: the largest one by one, the others of a key in one.
fn summed_up(mut blocks: Vec<TooLarge>) -> Vec<TooLarge> {
    blocks.sort_unstable_by_key(|b| (std::cmp::Reverse(b.not_compared), b.example));
    let rest = blocks.split_off(blocks.len().min(MAX_REPORTED));
    let sum = rest.into_iter().reduce(|mut sum, block| {
        sum.blocks += block.blocks;
        sum.rows = sum.rows.saturating_add(block.rows);
        sum.not_compared = sum.not_compared.saturating_add(block.not_compared);
        sum.cut_by |= block.cut_by;
        sum
    });
    blocks.extend(sum);
    blocks
}

/// A block as it is reported.
fn told(rule: &MatchingRule, key: &Key, block: TooLarge) -> OversizedBlock {
    let useful = useful_cuts(rule, key);
    let cut_by = (0..).zip(&useful).filter(|(bit, _)| block.cut_by >> bit & 1 == 1);
    let cut_by = cut_by.filter_map(|(_, cut)| rule.cuts.get(*cut)).map(|cut| cut.text.clone()).collect();
    let TooLarge { not_compared, blocks, rows, example, .. } = block;
    OversizedBlock { key: key.text.clone(), cut_by, blocks, rows, example, not_compared }
}

struct Blocks<'a> {
    side: Side,
    limit: usize,
    useful: Vec<usize>,
    cuts: &'a [Option<ByRow>],
    /// Rows that are equal in every field.
    equal: &'a ByRow,
    out: Groups,
    oversized: Vec<TooLarge>,
    /// Buffers to be used again.
    spare: Vec<(Vec<u64>, Vec<u32>)>,
    /// By cut: how many rows at hand hold each value, 2 for more. Zero between the blocks.
    counts: Vec<Vec<u8>>,
    threads: Threads<'a>,
}

impl Blocks<'_> {
    fn block(&mut self, rows: &[u32]) {
        if self.side.pairs(rows) == 0 || self.threads.stopped() {
            return;
        }
        if rows.len() <= self.limit {
            self.out.push(rows);
            return;
        }
        let first = self.out.len();
        let mut cut_by = 0;
        let useful = std::mem::take(&mut self.useful);
        for (at, cut) in useful.iter().enumerate() {
            let before = self.out.len();
            self.cut(rows, *cut, &useful[at + 1..], 2);
            cut_by |= u32::from(self.out.len() > before) << at;
        }
        self.useful = useful;
        self.equal_rows(rows);
        let not_compared = self.side.pairs(rows).saturating_sub(self.compared(rows, first));
        if not_compared > 0 {
            let example = rows.first().copied().unwrap_or(0);
            self.oversized.push(TooLarge {
                not_compared,
                cut_by,
                blocks: 1,
                rows: number(rows.len()),
                example,
            });
        }
    }

    /// Splits rows by an added key; what is still too large is split once more by the next ones.
    fn cut(&mut self, rows: &[u32], number: usize, next: &[usize], depth: u8) {
        let cuts = self.cuts;
        if self.threads.stopped() {
            return;
        }
        let (Some(Some(values)), Some(counts)) = (cuts.get(number), self.counts.get_mut(number)) else {
            return;
        };
        let (mut entries, mut scratch) = self.spare.pop().unwrap_or_default();
        values.entries(rows, counts, &mut entries);
        each_group(&mut entries, u32::BITS, &mut scratch, |group| {
            if group.len() == rows.len() || self.side.pairs(group) == 0 {
                return;
            }
            if group.len() <= self.limit {
                self.out.push(group);
            } else if depth > 0 {
                for (at, cut) in next.iter().enumerate() {
                    self.cut(group, *cut, &next[at + 1..], depth - 1);
                }
            }
        });
        self.spare.push((entries, scratch));
    }

    /// Rows that are equal in every field meet in windows that overlap by half, so that all of them hang together.
    fn equal_rows(&mut self, rows: &[u32]) {
        let (mut entries, mut scratch) = self.spare.pop().unwrap_or_default();
        entries.clear();
        for row in rows {
            self.equal.each(*row, |value| entries.push(u64::from(value) << u32::BITS | u64::from(*row)));
        }
        let (size, step) = (self.limit, (self.limit / 2).max(1));
        let (side, out) = (self.side, &mut self.out);
        each_group(&mut entries, u32::BITS, &mut scratch, |group| {
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
        self.spare.push((entries, scratch));
    }

    /// How many pairs the groups from `first` on hold: each counted once in a block of moderate size; of a larger one, where hardly any pair
    /// is reached twice against all that are not, as often as it occurs.
    fn compared(&self, rows: &[u32], first: usize) -> u64 {
        let groups = self.out.all(first, self.out.len());
        let mut members: Vec<u32> = Vec::with_capacity(rows.len());
        let mut seen =
            vec![0_u64; if rows.len() > COUNTED_ROWS { 0 } else { rows.len() * rows.len().div_ceil(64) }];
        let words = rows.len().div_ceil(64);
        let mut sum = 0;
        for group in groups {
            members.clear();
            members.extend(group.iter().map(|row| row & !LAST));
            if rows.len() > COUNTED_ROWS {
                sum += self.side.pairs(&members);
                continue;
            }
            for (i, left) in members.iter().enumerate() {
                let at = rows.binary_search(left).unwrap_or(0) * words;
                for right in members[i + 1..].iter().filter(|right| self.side.counts(*left, **right)) {
                    let other = rows.binary_search(right).unwrap_or(0);
                    if let Some(slot) = seen.get_mut(at + other / 64) {
                        *slot |= 1 << (other % 64);
                    }
                }
            }
        }
        sum + seen.iter().map(|word| u64::from(word.count_ones())).sum::<u64>()
    }
}
