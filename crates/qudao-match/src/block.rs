//! Blocking: which pairs of a table are compared.
//!
//! A key puts rows into groups. A group above the rule's limit is cut by added keys; of what is still too large, equal
//! rows meet in overlapping windows, and the rest is reported. The pairs of all groups are laid out by row and sorted, so that each is
//! compared once, and those of one row one after the other.

use crate::compare::quick::mix;
use crate::feature::Form;
use crate::key::{Key, MAX_VALUES, Part, View};
use std::ops::Range;

use crate::parallel::{Threads, pieces};
use crate::rule::MatchingRule;
use crate::score::OversizedBlock;
use crate::survey::KeyUse;
use crate::table::{Table, number};

/// How many added keys may cut one block.
const MAX_CUTS: usize = 6;
/// The smallest limit of a block, where the rule allows it.
const LEAST_BLOCK: usize = 5;
/// In a table of up to so many rows no key is cut earlier than the rule says.
pub(crate) const SMALL_TABLE: u32 = 20_000;
/// How many blocks that were too large are reported one by one, by key.
const MAX_REPORTED: usize = 100;
/// After so many rows it is asked whether the call should stop.
pub(crate) const CHECKED: u32 = 1 << 12;
/// In a block of so many rows pairs are counted one by one.
const COUNTED_ROWS: usize = 512;

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

/// Groups of rows, laid end to end. The last row of a group bears a mark; rows are counted in fewer bits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Groups {
    members: Vec<u32>,
}

/// Marks the last row of a group.
const LAST: u32 = 1 << 31;

impl Groups {
    fn push(&mut self, rows: &[u32]) {
        self.members.extend_from_slice(rows);
        if let Some(last) = self.members.last_mut().filter(|_| !rows.is_empty()) {
            *last |= LAST;
        }
    }

    /// Where the next group begins.
    fn len(&self) -> usize {
        self.members.len()
    }

    /// The groups from the one that begins at a place on, to the one that ends at another; the rows still marked.
    fn all(&self, from: usize, to: usize) -> impl Iterator<Item = &[u32]> {
        let members = self.members.get(from..to).unwrap_or_default();
        members.split_inclusive(|row| row & LAST != 0)
    }
}

/// The groups of a table whose pairs are compared, and the blocks that were too large.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Candidates {
    /// By key.
    groups: Vec<Groups>,
    side: Option<Side>,
    rows: usize,
    pub(crate) oversized: Vec<OversizedBlock>,
}

/// How many pairs, counted as often as they occur, one thread holds at a time; of very many, a part.
const HELD: u64 = 1 << 19;
const HELD_PARTS: u64 = 128;

/// Pairs by their smaller row, each once, sorted: some rows at a time.
#[derive(Debug, Default)]
pub(crate) struct Pairs {
    first: u32,
    /// Where the larger rows of each smaller one stand; behind what is laid down while they are laid down.
    places: Vec<u32>,
    rights: Vec<u32>,
}

impl Candidates {
    fn side(&self) -> Side {
        self.side.unwrap_or(Side::Within)
    }

    /// Calls for pairs of groups whose smaller row lies in a range, as often as they occur. `rights` may hold rows before those
    /// that count, and the last one bears its mark.
    fn each(&self, groups: &Groups, lefts: &Range<u32>, mut each: impl FnMut(u32, &[u32])) {
        let side = self.side();
        for (i, left) in groups.members.iter().enumerate() {
            // A marked row is beyond all rows: it begins no pair.
            if !lefts.contains(left) {
                continue;
            }
            let rest = groups.members.get(i + 1..).unwrap_or_default();
            let end = rest.iter().position(|row| row & LAST != 0).map_or(rest.len(), |last| last + 1);
            let rest = rest.get(..end).unwrap_or_default();
            match side {
                Side::Within => each(*left, rest),
                Side::Across(start) if *left < start => {
                    let from = rest.partition_point(|row| row & !LAST < start);
                    each(*left, rest.get(from..).unwrap_or_default());
                }
                Side::Across(_) => {}
            }
        }
    }

    /// Works on all pairs, each once, in the order of the rows: on some rows at a time, and gives the answers in order.
    pub(crate) fn slices<S, T: Send>(
        &self,
        threads: Threads<'_>,
        state: impl Fn() -> S + Sync,
        work: impl Fn(&mut S, &Pairs) -> T + Sync,
    ) -> Vec<T> {
        let counts = self.counts(threads);
        let bound: u64 = counts.iter().map(|count| u64::from(*count)).sum();
        let held = HELD.max(bound / HELD_PARTS);
        let mut slices: Vec<Range<u32>> = Vec::new();
        let (mut start, mut sum) = (0_u32, 0_u64);
        for (row, count) in (0_u32..).zip(&counts) {
            if sum > 0 && sum + u64::from(*count) > held {
                slices.push(start..row);
                (start, sum) = (row, 0);
            }
            sum += u64::from(*count);
        }
        if sum > 0 {
            slices.push(start..number(self.rows));
        }
        pieces(
            slices.len(),
            1,
            threads,
            || (state(), Pairs::default()),
            |(state, pairs), range| {
                let lefts = slices.get(range.start).cloned().unwrap_or_default();
                self.lay(&lefts, &counts, pairs);
                work(state, pairs)
            },
        )
    }

    /// All groups are gone through for so many rows at a time.
    fn part(&self) -> usize {
        self.rows.div_ceil(4).max(1 << 16)
    }

    /// How many pairs each row begins, one counted as often as it occurs.
    fn counts(&self, threads: Threads<'_>) -> Vec<u32> {
        pieces(
            self.rows,
            self.part(),
            threads,
            || (),
            |(), rows| {
                let lefts = number(rows.start)..number(rows.end);
                let mut counts = vec![0_u32; rows.len()];
                for groups in &self.groups {
                    self.each(groups, &lefts, |left, rights| {
                        if let Some(count) = counts.get_mut((left - lefts.start) as usize) {
                            *count = count.saturating_add(number(rights.len()));
                        }
                    });
                }
                counts
            },
        )
        .concat()
    }

    /// Lays down the pairs whose smaller row lies in a range.
    fn lay(&self, lefts: &Range<u32>, counts: &[u32], out: &mut Pairs) {
        out.first = lefts.start;
        out.places.clear();
        let mut at = 0_u32;
        for count in counts.get(lefts.start as usize..lefts.end as usize).unwrap_or_default() {
            out.places.push(at);
            at = at.saturating_add(*count);
        }
        out.rights.clear();
        out.rights.resize(at as usize, 0);
        let (places, all) = (&mut out.places, &mut out.rights);
        for groups in &self.groups {
            self.each(groups, lefts, |left, rights| {
                if let Some(place) = places.get_mut((left - lefts.start) as usize) {
                    let start = *place as usize;
                    *place += number(rights.len());
                    if let Some(slots) = all.get_mut(start..*place as usize) {
                        for (slot, right) in slots.iter_mut().zip(rights) {
                            *slot = right & !LAST;
                        }
                    }
                }
            });
        }
        // The larger rows of each smaller one in order; repeated ones are left out when they are read.
        let mut start = 0;
        for end in &out.places {
            if let Some(rights) = out.rights.get_mut(start..*end as usize) {
                rights.sort_unstable();
            }
            start = *end as usize;
        }
    }

    /// How many of these pairs, sorted and each once, the groups hold.
    pub(crate) fn holding(&self, pairs: &[(u32, u32)]) -> u64 {
        let mut held = vec![false; pairs.len()];
        for groups in &self.groups {
            self.each(groups, &(0..number(self.rows)), |left, rights| {
                let start = pairs.partition_point(|(l, _)| *l < left);
                let of_left = pairs.get(start..).unwrap_or_default();
                for ((_, right), held) in
                    of_left.iter().take_while(|(l, _)| *l == left).zip(held.iter_mut().skip(start))
                {
                    *held |= rights.iter().any(|row| row & !LAST == *right);
                }
            });
        }
        held.into_iter().filter(|held| *held).count() as u64
    }

    /// Pairs for a sample: at most about so many, drawn by a seed; and how many pairs one stands for.
    pub(crate) fn sample(&self, count: u64, seed: u64, threads: Threads<'_>) -> (Vec<(u32, u32)>, u64) {
        let bound: u64 = self.counts(threads).iter().map(|count| u64::from(*count)).sum();
        let step = (bound / count).max(1);
        let drawn = pieces(
            self.rows,
            self.part(),
            threads,
            || (),
            |(), rows| {
                let mut pairs: Vec<(u32, u32)> = Vec::new();
                for groups in &self.groups {
                    self.each(groups, &(number(rows.start)..number(rows.end)), |left, rights| {
                        // Whether a pair is drawn depends on nothing but its rows, so that it does not matter in how many groups it is.
                        let drawn = |right: &u32| {
                            mix(seed ^ (u64::from(left) << 32 | u64::from(*right))).is_multiple_of(step)
                        };
                        let rights = rights.iter().map(|right| right & !LAST);
                        pairs.extend(rights.filter(drawn).map(|right| (left, right)));
                    });
                }
                pairs
            },
        );
        let mut pairs = drawn.concat();
        pairs.sort_unstable();
        pairs.dedup();
        (pairs, step)
    }
}

impl Pairs {
    /// Calls for each pair.
    pub(crate) fn each(&self, mut each: impl FnMut(u32, u32)) {
        let mut start = 0;
        for (left, end) in (self.first..).zip(&self.places) {
            let mut before = left;
            for right in self.rights.get(start..*end as usize).unwrap_or_default() {
                if *right != before {
                    each(left, *right);
                    before = *right;
                }
            }
            start = *end as usize;
        }
    }
}

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
            let held = (0..number(table.rows)).filter(|row| !values.of(*row).is_empty());
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

/// Every pair that shares a key. A block above the rule's limit is cut by added keys; what is still too large is reported.
pub(crate) fn candidates(rule: &MatchingRule, table: &Table, side: Side, threads: Threads<'_>) -> Candidates {
    // How many low bits hold a row; the rest of a number holds the value.
    let bits = usize::BITS - table.rows.leading_zeros();
    // Cuts that no key asks for are left out.
    let cuts = pieces(
        rule.cuts.len(),
        1,
        threads.part(0, 300),
        || (),
        |(), range| {
            let asked = rule.keys.iter().any(|key| useful_cuts(rule, key).contains(&range.start));
            let cut = rule.cuts.get(range.start).filter(|_| asked);
            cut.map(|cut| ByRow::of(&values_of(cut, table), table.rows, bits, threads)).unwrap_or_default()
        },
    );
    let equal = ByRow::of(&whole_rows(table), table.rows, bits, threads);
    let limit = |key: &Key| {
        // In a small table all pairs of a block may be compared.
        if table.rows <= SMALL_TABLE as usize { rule.max_block } else { limit(key, rule.max_block) }
    };
    // Keys by words take longest and go first.
    let mut order: Vec<usize> = (0..rule.keys.len()).collect();
    let words =
        |at: &usize| rule.keys.get(*at).map(|k| k.parts.iter().filter(|p| p.view == View::Tokens).count());
    order.sort_by_key(|at| std::cmp::Reverse(words(at)));
    let found = pieces(
        order.len(),
        1,
        threads.part(300, 1000),
        || (),
        |(), range| {
            let at = order.get(range.start).copied().unwrap_or(0);
            let Some(key) = rule.keys.get(at) else { return (at, Groups::default(), Vec::new()) };
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
            each_shared(&values_of(key, table), table.rows, bits, threads, |rows| blocks.block(rows));
            blocks.out.members.shrink_to_fit();
            let told = |block| told(rule, key, block);
            (at, blocks.out, summed_up(blocks.oversized).into_iter().map(told).collect())
        },
    );
    let mut found = found;
    found.sort_unstable_by_key(|(at, _, _)| *at);
    let mut out = Candidates { side: Some(side), rows: table.rows, ..Candidates::default() };
    for (_, groups, oversized) in found {
        out.groups.push(groups);
        out.oversized.extend(oversized);
    }
    out.oversized.sort_unstable();
    out
}

/// The largest block of a key. What a key says less surely is held by more rows that have nothing else in common, so
/// that a key by words or by the mailbox alone is cut earlier, from an eighth of the limit on, and one by a company's core from half of it.
pub(crate) fn limit(key: &Key, max: usize) -> usize {
    let has = |views: &[View]| key.parts.iter().any(|p| views.contains(&p.view));
    let tightened = if has(&[View::Tokens, View::User]) {
        max / 8
    } else if has(&[View::Core]) {
        max / 2
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
    cuts: &'a [ByRow],
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
        let cuts: &[ByRow] = self.cuts;
        if self.threads.stopped() {
            return;
        }
        let (Some(values), Some(counts)) = (cuts.get(number), self.counts.get_mut(number)) else { return };
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

/// A value and a row in one number: the high bits of the one, the other in the low ones. Values are hashes, of which 36 bits and more are left.
fn entry(value: u64, row: u32, bits: u32) -> u64 {
    value >> bits << bits | u64::from(row)
}

/// Rows that share a value, sorted, groups of two and more, in the order of the values.
fn each_group(entries: &mut Vec<u64>, bits: u32, rows: &mut Vec<u32>, mut each: impl FnMut(&[u32])) {
    entries.sort_unstable();
    entries.dedup();
    let mask = (1_u64 << bits) - 1;
    for chunk in entries.chunk_by(|a, b| a >> bits == b >> bits).filter(|chunk| chunk.len() > 1) {
        rows.clear();
        rows.extend(chunk.iter().map(|entry| number((entry & mask) as usize)));
        each(rows);
    }
}

/// How many bits a filter has for each value, at least.
const FILTER: usize = 3;
/// How many entries are sorted at a time, about.
const SORTED: usize = 1 << 19;

/// Calls for the rows of each value that several rows hold, in the order of the values. Most values stand once, and are left out before
/// anything is sorted; the others are sorted a part of the values at a time.
fn each_shared(
    values: &Values<'_>,
    rows: usize,
    bits: u32,
    threads: Threads<'_>,
    mut each: impl FnMut(&[u32]),
) {
    let words = (values.values.len().max(rows) * FILTER).next_power_of_two() / 64;
    let words = words.clamp(64, 1 << 20);
    let (mut once, mut twice) = (vec![0_u64; words], vec![0_u64; words]);
    // The high bits of a value tell its place: those that an entry keeps.
    let shift = u64::BITS - (words.trailing_zeros() + 6);
    let place = |value: u64| {
        let bit = (value >> shift) as usize;
        (bit / 64, 1_u64 << (bit % 64))
    };
    let mut again = 0_usize;
    for row in 0..number(rows) {
        if row.is_multiple_of(CHECKED) && threads.stopped() {
            return;
        }
        for value in values.of(row) {
            let (word, bit) = place(*value);
            if let (Some(once), Some(twice)) = (once.get_mut(word), twice.get_mut(word)) {
                again += usize::from(*once & bit != 0);
                *twice |= *once & bit;
                *once |= bit;
            }
        }
    }
    drop(once);
    // By the highest bits, so that the parts follow each other as the values do.
    let parts = (again / SORTED + 1).next_power_of_two().min(1 << 8);
    let of_part = |value: u64| if parts == 1 { 0 } else { value >> (u64::BITS - parts.trailing_zeros()) };
    let (mut entries, mut scratch) = (Vec::new(), Vec::new());
    for part in 0..parts as u64 {
        entries.clear();
        for row in 0..number(rows) {
            if row.is_multiple_of(CHECKED) && threads.stopped() {
                return;
            }
            for value in values.of(row).iter().filter(|value| of_part(**value) == part) {
                let (word, bit) = place(*value);
                if twice.get(word).is_some_and(|word| word & bit != 0) {
                    entries.push(entry(*value, row, bits));
                }
            }
        }
        each_group(&mut entries, bits, &mut scratch, &mut each);
    }
}

/// Calls for the rows of each term that several rows hold, in the order of the terms, and gives the terms back. They are given by
/// distinct value, 0 for none.
pub(crate) fn each_term(
    terms: Vec<u64>,
    ids: &[u32],
    threads: Threads<'_>,
    each: impl FnMut(&[u32]),
) -> Vec<u64> {
    let values = Values { values: terms, ids: Some(ids), ..Values::default() };
    let bits = usize::BITS - ids.len().leading_zeros();
    each_shared(&values, ids.len(), bits, threads, each);
    values.values
}

/// The values of a key that several rows hold, by row, numbered: for those that are looked up often.
#[derive(Debug, Clone, Default)]
struct ByRow {
    /// The only such value of a row; 0 for none, and for several the place of the first of them with a bit before.
    only: Vec<u32>,
    several: Vec<u32>,
    /// How many there are.
    count: u32,
}

/// Marks a place among the values of rows that have several.
const SEVERAL: u32 = 1 << 31;

impl ByRow {
    fn of(values: &Values<'_>, rows: usize, bits: u32, threads: Threads<'_>) -> Self {
        let mut out = Self { only: vec![0; rows], ..Self::default() };
        let mut more: Vec<(u32, u32)> = Vec::new();
        each_shared(values, rows, bits, threads, |rows| {
            out.count += 1;
            for row in rows {
                match out.only.get_mut(*row as usize) {
                    Some(only) if *only == 0 => *only = out.count,
                    _ => more.push((*row, out.count)),
                }
            }
        });
        more.sort_unstable();
        for chunk in more.chunk_by(|a, b| a.0 == b.0) {
            let (Some((row, _)), place) = (chunk.first(), number(out.several.len())) else { continue };
            if let Some(only) = out.only.get_mut(*row as usize).filter(|_| place < SEVERAL) {
                out.several.extend([number(chunk.len() + 1), *only]);
                out.several.extend(chunk.iter().map(|(_, value)| *value));
                *only = SEVERAL | place;
            }
        }
        out
    }

    fn each(&self, row: u32, mut each: impl FnMut(u32)) {
        match self.only.get(row as usize).copied().unwrap_or(0) {
            0 => {}
            only if only & SEVERAL == 0 => each(only),
            place => {
                let place = (place ^ SEVERAL) as usize;
                let count = self.several.get(place).copied().unwrap_or(0) as usize;
                let several = self.several.get(place + 1..place + 1 + count).unwrap_or_default();
                several.iter().for_each(|value| each(*value));
            }
        }
    }

    /// Entries of the values that several of some rows hold. `counts` are zero before and after.
    fn entries(&self, rows: &[u32], counts: &mut Vec<u8>, entries: &mut Vec<u64>) {
        counts.resize(self.count as usize + 1, 0);
        entries.clear();
        for row in rows {
            self.each(*row, |value| {
                if let Some(count) = counts.get_mut(value as usize) {
                    *count = (*count + 1).min(2);
                    entries.push(u64::from(value) << u32::BITS | u64::from(*row));
                }
            });
        }
        let value = |entry: u64| (entry >> u32::BITS) as usize;
        entries.retain(|entry| match counts.get_mut(value(*entry)) {
            Some(count) if *count > 1 => true,
            Some(count) => {
                *count = 0;
                false
            }
            None => false,
        });
        for entry in entries {
            if let Some(count) = counts.get_mut(value(*entry)) {
                *count = 0;
            }
        }
    }
}

/// The values of a key by row, as hashes.
#[derive(Debug, Clone, Default)]
struct Values<'a> {
    values: Vec<u64>,
    /// By row, or by distinct feature of a column. Empty where each has one value, or 0 for none.
    ends: Vec<u32>,
    /// The distinct feature of each row; none when values stand by row.
    ids: Option<&'a [u32]>,
}

impl Values<'_> {
    fn at(&self, place: usize) -> &[u64] {
        if self.ends.is_empty() {
            return self.values.get(place..=place).filter(|only| *only != [0]).unwrap_or_default();
        }
        let start = place.checked_sub(1).and_then(|p| self.ends.get(p)).copied().unwrap_or(0) as usize;
        let end = self.ends.get(place).copied().unwrap_or(0) as usize;
        self.values.get(start..end).unwrap_or_default()
    }

    fn of(&self, row: u32) -> &[u64] {
        match self.ids {
            Some(ids) => ids.get(row as usize).map_or(&[], |id| self.at(*id as usize)),
            None => self.at(row as usize),
        }
    }
}

/// The values of a key by row; those of distinct features are made once.
fn values_of<'a>(key: &Key, table: &'a Table) -> Values<'a> {
    let mut parts: Vec<Values<'_>> = key.parts.iter().map(|part| of_part(*part, table)).collect();
    if parts.len() == 1 {
        return parts.pop().unwrap_or_default();
    }
    let mut all = Values::default();
    let choices = |row: u32| parts.iter().fold(1, |all: usize, part| all.saturating_mul(part.of(row).len()));
    // In one piece of memory that is given back as a whole.
    all.values
        .reserve_exact((0..number(table.rows)).map(|row| choices(row).min(MAX_VALUES)).sum::<usize>() + 1);
    all.ends.reserve_exact(table.rows);
    let (mut made, mut next) = (Vec::new(), Vec::new());
    for row in 0..number(table.rows) {
        // Every choice of one value per part, as in `combine`.
        made.clear();
        made.push(0);
        for part in &parts {
            next.clear();
            for left in &made {
                let room = MAX_VALUES.saturating_sub(next.len());
                next.extend(part.of(row).iter().take(room).map(|v| mix(left ^ v)));
            }
            std::mem::swap(&mut made, &mut next);
        }
        all.values.extend_from_slice(&made);
        all.ends.push(number(all.values.len()));
    }
    all
}

/// Calls for rows of one hash.
pub(crate) fn each_equal(hashes: Vec<u64>, threads: Threads<'_>, each: impl FnMut(&[u32])) {
    let rows = hashes.len();
    let bits = usize::BITS - rows.leading_zeros();
    each_shared(&by_rows(hashes), rows, bits, threads, each);
}

/// One value for each row. The lowest bit is of no account, and makes that none of them is 0.
fn by_rows(mut values: Vec<u64>) -> Values<'static> {
    values.iter_mut().for_each(|value| *value |= 1);
    Values { values, ..Values::default() }
}

/// Rows as wholes: one hash of what all their fields hold.
fn whole_rows(table: &Table) -> Values<'static> {
    let ids = |row: usize| table.columns.iter().map(move |c| c.ids.get(row).copied().unwrap_or(0));
    by_rows((0..table.rows).map(|row| ids(row).fold(0, |h, id| mix(h ^ u64::from(id)))).collect())
}

/// The values of one part, by distinct feature.
fn of_part(part: Part, table: &Table) -> Values<'_> {
    let Some(column) = table.columns.get(part.source) else { return Values::default() };
    let mut all = Values { ids: Some(&column.ids), ..Values::default() };
    all.values.reserve(column.features.len());
    all.ends.reserve_exact(column.features.len());
    for feature in column.features.iter() {
        part.hashes(&Form::read(feature), &mut all.values);
        all.ends.push(number(all.values.len()));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parallel::threads;

    #[test]
    fn counts_pairs_of_each_side() {
        assert_eq!(Side::Within.pairs(&[1, 2, 3]), 3);
        assert_eq!(Side::Across(2).pairs(&[0, 1, 2, 3, 4]), 6);
        assert_eq!(Side::Across(9).pairs(&[0, 1]), 0);
    }

    #[test]
    fn a_pair_is_compared_once() {
        let of = |rows: &[u32]| {
            let mut groups = Groups::default();
            groups.push(rows);
            groups
        };
        let found = |side| {
            let groups = vec![of(&[0, 1, 2]), of(&[1, 2, 3])];
            let candidates = Candidates { groups, side: Some(side), rows: 4, oversized: Vec::new() };
            let found: Vec<(u32, u32)> = candidates
                .slices(
                    threads(Some(2)),
                    || (),
                    |(), pairs| {
                        let mut found = Vec::new();
                        pairs.each(|left, right| found.push((left, right)));
                        found
                    },
                )
                .concat();
            assert_eq!(candidates.sample(100, 1, threads(Some(2))), (found.clone(), 1));
            found
        };
        assert_eq!(found(Side::Within), [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)]);
        assert_eq!(found(Side::Across(2)), [(0, 2), (1, 2), (1, 3)]);
    }

    #[test]
    fn rows_of_one_hash_are_found_whatever_it_is() {
        for hash in [0, 1, u64::MAX] {
            let mut seen = Vec::new();
            each_equal(vec![hash, mix(7), hash], threads(None), |rows| seen.push(rows.to_vec()));
            assert_eq!(seen, [[0, 2]]);
        }
    }

    #[test]
    fn values_of_one_row_are_left_out() {
        // Row 0 holds 1 and 2, row 1 holds 2 and 3, row 2 holds 3 and 1, row 3 holds 4.
        let [a, b, c, d] = [1, 2, 3, 4].map(|value: u64| mix(value));
        let values = Values { values: vec![a, b, b, c, c, a, d], ends: vec![2, 4, 6, 7], ids: None };
        let by_row = ByRow::of(&values, 4, 3, threads(None));
        assert_eq!(by_row.count, 3);
        let held = |row| {
            let mut held = Vec::new();
            by_row.each(row, |value| held.push(value));
            held
        };
        assert_eq!([0, 1, 2, 3].map(|row| held(row).len()), [2, 2, 2, 0]);
        let (mut counts, mut entries) = (Vec::new(), Vec::new());
        for _ in 0..2 {
            by_row.entries(&[0, 1, 3], &mut counts, &mut entries);
            let rows: Vec<u64> = entries.iter().map(|entry| entry & 0xffff_ffff).collect();
            assert_eq!(rows, [0, 1]);
            assert!(counts.iter().all(|count| *count == 0));
        }
    }

    #[test]
    fn groups_keep_rows_that_share_a_value() {
        let mut seen = Vec::new();
        let mut entries: Vec<u64> =
            [(1 << 8, 0), (2 << 8, 0), (2 << 8, 1), (1 << 8, 3), (2 << 8, 3), (2 << 8, 3)]
                .map(|(value, row)| entry(value, row, 2))
                .to_vec();
        each_group(&mut entries, 2, &mut Vec::new(), |rows| seen.push(rows.to_vec()));
        assert_eq!(seen, [vec![0, 3], vec![0, 1, 3]]);
    }
}
