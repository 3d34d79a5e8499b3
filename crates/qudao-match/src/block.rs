//! Blocking: which pairs of a table are compared.
//!
//! A key puts rows into groups. A group above the rule's limit is cut by added keys; of what is still too large, equal
//! rows meet in overlapping windows, and the rest is reported. The pairs of all groups are laid out by row and sorted, so that each is
//! compared once, and those of one row one after the other.

use crate::compare::quick::mix;
use crate::feature::Form;
use crate::key::{Key, MAX_VALUES, Part, View};
use std::ops::Range;

use crate::parallel::{Threads, each_mut, pieces};
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
    side: Option<Side>,
    rows: usize,
    pub(crate) oversized: Vec<OversizedBlock>,
}

/// How many pairs, counted as often as they occur, are held at a time.
const HELD: u64 = 1 << 26;
/// How many pairs are sorted at a time, about.
const SORTED: u64 = 1 << 15;

/// Pairs, each once, sorted: the smaller row in the high half of a number.
pub(crate) struct Pairs {
    pairs: Vec<u64>,
    /// Where the pieces end that were sorted apart: pieces of one row.
    ends: Vec<usize>,
    /// Pairs of each piece that are left without the repeated ones, at its beginning.
    kept: Vec<usize>,
}

impl Pairs {
    /// How many pieces.
    pub(crate) fn pieces(&self) -> usize {
        self.kept.len()
    }

    /// The pairs of a piece.
    pub(crate) fn piece(&self, number: usize) -> impl Iterator<Item = (u32, u32)> + '_ {
        let start = number.checked_sub(1).and_then(|n| self.ends.get(n)).copied().unwrap_or(0);
        let kept = self.kept.get(number).copied().unwrap_or(0);
        let pairs = self.pairs.get(start..start + kept).unwrap_or_default();
        pairs.iter().map(|pair| (self::number((pair >> 32) as usize), low(*pair)))
    }
}

fn low(pair: u64) -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "the low half is meant")]
    let low = pair as u32;
    low
}

impl Candidates {
    /// How many pairs the groups hold, one counted as often as it occurs.
    fn bound(&self) -> u64 {
        let side = self.side.unwrap_or(Side::Within);
        (0..self.groups.len()).map(|g| side.pairs(self.groups.rows(g))).sum()
    }

    /// Calls for pairs of groups whose smaller row lies in a range, as often as they occur.
    fn each(&self, lefts: &Range<u32>, mut each: impl FnMut(u32, &[u32])) {
        let side = self.side.unwrap_or(Side::Within);
        for group in 0..self.groups.len() {
            let rows = self.groups.rows(group);
            for (i, left) in rows.iter().enumerate() {
                if lefts.contains(left) {
                    let rest = rows.get(i + 1..).unwrap_or_default();
                    let counted = match side {
                        Side::Within => rest,
                        Side::Across(start) if *left < start => {
                            rest.get(rest.partition_point(|r| *r < start)..).unwrap_or_default()
                        }
                        Side::Across(_) => &[],
                    };
                    each(*left, counted);
                }
            }
        }
    }

    /// Works on all pairs, each once, in the order of the rows: as many as there is room for at a time.
    pub(crate) fn slices(&self, threads: Threads<'_>, mut work: impl FnMut(&Pairs, Threads<'_>)) {
        let all = 0..number(self.rows);
        let bound = self.bound();
        // How many pairs each row begins.
        let mut counts = vec![0_u32; self.rows];
        self.each(&all, |left, rights| {
            if let Some(count) = counts.get_mut(left as usize) {
                *count = count.saturating_add(number(rights.len()));
            }
        });
        let held = bound.min(HELD);
        let parts = usize::try_from(bound.div_ceil(held.max(1))).unwrap_or(1);
        let (mut start, mut sum, mut part) = (0_u32, 0_u64, 0_usize);
        for (row, count) in (0_u32..).zip(&counts) {
            if sum > 0 && sum + u64::from(*count) > held {
                if threads.stopped() {
                    return;
                }
                work(&self.pairs(start..row, &counts, threads), threads.nth(part, parts));
                (start, sum, part) = (row, 0, part + 1);
            }
            sum += u64::from(*count);
        }
        if sum > 0 && !threads.stopped() {
            work(&self.pairs(start..all.end, &counts, threads), threads.nth(part, parts));
        }
    }

    /// The pairs whose smaller row lies in a range.
    fn pairs(&self, lefts: Range<u32>, counts: &[u32], threads: Threads<'_>) -> Pairs {
        // Where the pairs of each row go: laid out by row, so that only the pairs of some rows are sorted at a time.
        let mut places: Vec<usize> = Vec::with_capacity(lefts.len());
        let (mut ends, mut piece, mut at) = (Vec::new(), 0_u64, 0_usize);
        for count in counts.get(lefts.start as usize..lefts.end as usize).unwrap_or_default() {
            places.push(at);
            at += *count as usize;
            piece += u64::from(*count);
            if piece >= SORTED {
                ends.push(at);
                piece = 0;
            }
        }
        if ends.last().copied().unwrap_or(0) < at {
            ends.push(at);
        }
        let mut pairs = vec![0_u64; at];
        self.each(&lefts, |left, rights| {
            if let Some(place) = places.get_mut((left - lefts.start) as usize) {
                let slots = pairs.get_mut(*place..*place + rights.len()).unwrap_or_default();
                for (slot, right) in slots.iter_mut().zip(rights) {
                    *slot = u64::from(left) << 32 | u64::from(*right);
                }
                *place += rights.len();
            }
        });
        let mut parts: Vec<&mut [u64]> = Vec::with_capacity(ends.len());
        let mut rest = pairs.as_mut_slice();
        let mut done = 0;
        for end in &ends {
            let (part, after) = std::mem::take(&mut rest).split_at_mut(end - done);
            parts.push(part);
            (rest, done) = (after, *end);
        }
        let kept = each_mut(parts, threads, |part| {
            part.sort_unstable();
            // The repeated ones go to the end.
            let mut kept = 0;
            for at in 0..part.len() {
                if at == 0 || part[at] != part[kept - 1] {
                    part[kept] = part[at];
                    kept += 1;
                }
            }
            kept
        });
        Pairs { pairs, ends, kept }
    }

    /// How many of these pairs, sorted and each once, the groups hold.
    pub(crate) fn holding(&self, pairs: &[(u32, u32)]) -> u64 {
        let mut held = vec![false; pairs.len()];
        for group in 0..self.groups.len() {
            let rows = self.groups.rows(group);
            for left in rows {
                let start = pairs.partition_point(|(l, _)| l < left);
                let of_left = pairs.get(start..).unwrap_or_default();
                for ((_, right), held) in
                    of_left.iter().take_while(|(l, _)| l == left).zip(held.iter_mut().skip(start))
                {
                    *held |= rows.binary_search(right).is_ok();
                }
            }
        }
        held.into_iter().filter(|held| *held).count() as u64
    }

    /// Pairs for a sample: at most about so many, drawn by a seed; and how many pairs one stands for.
    pub(crate) fn sample(&self, count: u64, seed: u64) -> (Vec<(u32, u32)>, u64) {
        let step = (self.bound() / count).max(1);
        let mut pairs = Vec::new();
        self.each(&(0..number(self.rows)), |left, rights| {
            // Whether a pair is drawn depends on nothing but its rows, so that it does not matter in how many groups it is.
            let drawn =
                |right: &&u32| mix(seed ^ (u64::from(left) << 32 | u64::from(**right))).is_multiple_of(step);
            pairs.extend(rights.iter().filter(drawn).map(|right| (left, *right)));
        });
        pairs.sort_unstable();
        pairs.dedup();
        (pairs, step)
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
            let mut entries = Vec::new();
            let values = values_of(key, table);
            for row in 0..number(table.rows) {
                let of_row = values.of(row);
                made.rows += u32::from(!of_row.is_empty());
                entries.extend(of_row.iter().map(|value| entry(*value, row, bits)));
            }
            each_group(&mut entries, bits, &mut Vec::new(), |rows| {
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
    let cuts: Vec<&Key> = rule.cuts.iter().collect();
    let cut_values = pieces(
        cuts.len(),
        1,
        threads.part(0, 300),
        || (),
        |(), range| {
            // Those that no key asks for are left out.
            let asked = rule.keys.iter().any(|key| useful_cuts(rule, key).contains(&range.start));
            let cut = cuts.get(range.start).filter(|_| asked);
            cut.map(|cut| ByRow::of(&values_of(cut, table), table.rows)).unwrap_or_default()
        },
    );
    // How many low bits hold a row; the rest of a number holds the value.
    let bits = usize::BITS - table.rows.leading_zeros();
    let found = pieces(
        rule.keys.len(),
        1,
        threads.part(300, 1000),
        || (),
        |(), range| {
            let Some(key) = rule.keys.get(range.start) else { return (Groups::default(), Vec::new()) };
            let mut blocks = Blocks {
                rule,
                table,
                side,
                key,
                // In a small table all pairs of a block may be compared.
                limit: if table.rows <= SMALL_TABLE as usize {
                    rule.max_block
                } else {
                    limit(key, rule.max_block)
                },
                useful: useful_cuts(rule, key),
                cuts: &cut_values,
                bits,
                out: Groups::default(),
                oversized: Vec::new(),
                spare: Vec::new(),
                threads,
            };
            let mut entries = Vec::new();
            {
                let values = values_of(key, table);
                for row in 0..number(table.rows) {
                    if row.is_multiple_of(CHECKED) && threads.stopped() {
                        break;
                    }
                    entries.extend(values.of(row).iter().map(|value| entry(*value, row, bits)));
                }
            }
            each_group(&mut entries, bits, &mut Vec::new(), |rows| blocks.block(rows));
            (blocks.out, summed_up(blocks.oversized))
        },
    );
    drop(cut_values);
    let mut out = Candidates { side: Some(side), rows: table.rows, ..Candidates::default() };
    for (groups, oversized) in found {
        let start = number(out.groups.members.len());
        out.groups.members.extend_from_slice(&groups.members);
        out.groups.ends.extend(groups.ends.iter().map(|end| end + start));
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

/// The blocks that were too large: the largest one by one, the others of a key in one.
fn summed_up(mut blocks: Vec<OversizedBlock>) -> Vec<OversizedBlock> {
    blocks.sort_unstable_by_key(|b| (std::cmp::Reverse(b.not_compared), b.example));
    let rest = blocks.split_off(blocks.len().min(MAX_REPORTED));
    let sum = rest.into_iter().reduce(|mut sum, block| {
        sum.blocks += block.blocks;
        sum.rows = sum.rows.saturating_add(block.rows);
        sum.not_compared = sum.not_compared.saturating_add(block.not_compared);
        for cut in block.cut_by {
            if !sum.cut_by.contains(&cut) {
                sum.cut_by.push(cut);
            }
        }
        sum
    });
    blocks.extend(sum);
    blocks
}

struct Blocks<'a> {
    rule: &'a MatchingRule,
    table: &'a Table,
    side: Side,
    key: &'a Key,
    limit: usize,
    useful: Vec<usize>,
    cuts: &'a [ByRow],
    bits: u32,
    out: Groups,
    oversized: Vec<OversizedBlock>,
    threads: Threads<'a>,
    /// Buffers to be used again.
    spare: Vec<(Vec<u64>, Vec<u32>)>,
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
        let mut used = Vec::new();
        let useful = std::mem::take(&mut self.useful);
        for (at, cut) in useful.iter().enumerate() {
            let before = self.out.len();
            self.cut(rows, *cut, &useful[at + 1..], 2);
            if self.out.len() > before
                && let Some(cut) = self.rule.cuts.get(*cut)
            {
                used.push(cut.text.clone());
            }
        }
        self.useful = useful;
        self.equal_rows(rows);
        let not_compared = self.side.pairs(rows).saturating_sub(self.compared(rows, first));
        if not_compared > 0 {
            self.oversized.push(OversizedBlock {
                key: self.key.text.clone(),
                cut_by: used,
                blocks: 1,
                rows: number(rows.len()),
                example: rows.first().copied().unwrap_or(0),
                not_compared,
            });
        }
    }

    /// Splits rows by an added key; what is still too large is split once more by the next ones.
    fn cut(&mut self, rows: &[u32], number: usize, next: &[usize], depth: u8) {
        let cuts: &[ByRow] = self.cuts;
        let Some(values) = cuts.get(number).filter(|_| !self.threads.stopped()) else { return };
        let bits = self.bits;
        let (mut entries, mut scratch) = self.spare.pop().unwrap_or_default();
        entries.clear();
        for row in rows {
            values.each(*row, |value| entries.push(entry(value, *row, bits)));
        }
        each_group(&mut entries, bits, &mut scratch, |group| {
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
        let ids =
            |row: u32| self.table.columns.iter().map(move |c| c.ids.get(row as usize).copied().unwrap_or(0));
        let bits = self.bits;
        let (mut entries, mut scratch) = self.spare.pop().unwrap_or_default();
        entries.clear();
        entries.extend(
            rows.iter().map(|row| entry(ids(*row).fold(0, |h, id| mix(h ^ u64::from(id))), *row, bits)),
        );
        let (size, step) = (self.limit, (self.limit / 2).max(1));
        let (side, out) = (self.side, &mut self.out);
        each_group(&mut entries, bits, &mut scratch, |group| {
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
        if rows.len() > COUNTED_ROWS {
            return (first..self.out.len()).map(|group| self.side.pairs(self.out.rows(group))).sum();
        }
        let place = |row: u32| rows.binary_search(&row).unwrap_or(0);
        let words = rows.len().div_ceil(64);
        let mut seen = vec![0_u64; rows.len() * words];
        for group in first..self.out.len() {
            let members = self.out.rows(group);
            for (i, left) in members.iter().enumerate() {
                let at = place(*left) * words;
                for right in members[i + 1..].iter().filter(|right| self.side.counts(*left, **right)) {
                    let other = place(*right);
                    if let Some(slot) = seen.get_mut(at + other / 64) {
                        *slot |= 1 << (other % 64);
                    }
                }
            }
        }
        seen.iter().map(|word| u64::from(word.count_ones())).sum()
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

/// The values of a key by row, as hashes, for those that are looked up often.
#[derive(Debug, Clone, Default)]
struct ByRow {
    /// The only value of a row; 0 for none, and for several the place of the first of them with a bit before.
    only: Vec<u64>,
    several: Vec<u64>,
}

/// Marks a place among the values of rows that have several.
const SEVERAL: u64 = 1 << 63;

impl ByRow {
    fn of(values: &Values<'_>, rows: usize) -> Self {
        let mut out = Self { only: Vec::with_capacity(rows), several: Vec::new() };
        for row in 0..number(rows) {
            out.only.push(match values.of(row) {
                [] => 0,
                [only] => *only >> 1,
                several => {
                    let place = out.several.len() as u64;
                    out.several.push(several.len() as u64);
                    out.several.extend(several.iter().map(|value| *value >> 1));
                    SEVERAL | place
                }
            });
        }
        out
    }

    fn each(&self, row: u32, mut each: impl FnMut(u64)) {
        match self.only.get(row as usize).copied().unwrap_or(0) {
            0 => {}
            only if only & SEVERAL == 0 => each(only << 1),
            place => {
                let place = (place ^ SEVERAL) as usize;
                let count = self.several.get(place).copied().unwrap_or(0) as usize;
                let several = self.several.get(place + 1..place + 1 + count).unwrap_or_default();
                several.iter().for_each(|value| each(*value << 1));
            }
        }
    }
}

/// The values of a key by row, as hashes.
#[derive(Debug, Clone, Default)]
struct Values<'a> {
    values: Vec<u64>,
    /// By row, or by distinct feature of a column.
    ends: Vec<u32>,
    /// The distinct feature of each row; none when values stand by row.
    ids: Option<&'a [u32]>,
}

impl Values<'_> {
    fn at(&self, place: usize) -> &[u64] {
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
    for row in 0..number(table.rows) {
        // Every choice of one value per part, as in `combine`.
        let start = all.values.len();
        all.values.push(0);
        for part in &parts {
            let values = part.of(row);
            let before = all.values.len();
            for at in start..before {
                let left = all.values[at];
                let room = (before + MAX_VALUES).saturating_sub(all.values.len());
                all.values.extend(values.iter().take(room).map(|v| mix(left ^ v)));
            }
            all.values.drain(start..before);
        }
        all.ends.push(number(all.values.len()));
    }
    all
}

/// The values of one part, by distinct feature.
fn of_part(part: Part, table: &Table) -> Values<'_> {
    let Some(column) = table.columns.get(part.source) else { return Values::default() };
    let mut all = Values { ids: Some(&column.ids), ..Values::default() };
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
        let mut groups = Groups::default();
        groups.push(&[0, 1, 2]);
        groups.push(&[1, 2, 3]);
        let found = |side| {
            let candidates =
                Candidates { groups: groups.clone(), side: Some(side), rows: 4, oversized: Vec::new() };
            let mut found = Vec::new();
            candidates.slices(threads(Some(2)), |pairs, _| {
                (0..pairs.pieces()).for_each(|n| found.extend(pairs.piece(n)));
            });
            assert_eq!(candidates.sample(100, 1), (found.clone(), 1));
            found
        };
        assert_eq!(found(Side::Within), [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)]);
        assert_eq!(found(Side::Across(2)), [(0, 2), (1, 2), (1, 3)]);
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
