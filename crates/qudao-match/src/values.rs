//! The values by which rows meet, as hashes, and the rows that share one.

use std::borrow::Cow;

use crate::block::SMALL_TABLE;
use crate::compare::quick::mix;
use crate::copies::Copies;
use crate::feature::Form;
use crate::key::{Key, MAX_VALUES, Part, View};
use crate::parallel::Threads;
use crate::table::{Table, number};

/// After so many rows it is asked whether the call should stop.
pub(crate) const CHECKED: u32 = 1 << 12;
/// A value and a row in one number: the high bits of the one, the other in the low ones. Values are hashes, of which 36 bits and more are left.
pub(crate) fn entry(value: u64, row: u32, bits: u32) -> u64 {
    value >> bits << bits | u64::from(row)
}

/// Rows that share a value, sorted, groups of two and more, in the order of the values.
pub(crate) fn each_group(
    entries: &mut Vec<u64>,
    bits: u32,
    rows: &mut Vec<u32>,
    mut each: impl FnMut(&[u32]),
) {
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
pub(crate) fn each_shared(
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

/// Calls for the rows of each term that several rows hold, in the order of the terms. They are given by distinct value, 0 for none.
pub(crate) fn each_term(terms: &[u64], ids: &[u32], threads: Threads<'_>, each: impl FnMut(&[u32])) {
    let values = Values { values: Cow::Borrowed(terms), ids: Some(ids), ..Values::default() };
    let bits = usize::BITS - ids.len().leading_zeros();
    each_shared(&values, ids.len(), bits, threads, each);
}

/// The values of a key that several rows hold, by row, numbered: for those that are looked up often.
#[derive(Debug, Clone, Default)]
pub(crate) struct ByRow {
    /// The only such value of a row; 0 for none, and for several the place of the first of them with a bit before.
    only: Vec<u32>,
    several: Vec<u32>,
    /// How many there are.
    pub(crate) count: u32,
}

/// Marks a place among the values of rows that have several.
const SEVERAL: u32 = 1 << 31;

impl ByRow {
    pub(crate) fn of(values: &Values<'_>, rows: usize, bits: u32, threads: Threads<'_>) -> Self {
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

    pub(crate) fn each(&self, row: u32, mut each: impl FnMut(u32)) {
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
    pub(crate) fn entries(&self, rows: &[u32], counts: &mut Vec<u8>, entries: &mut Vec<u64>) {
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
pub(crate) struct Values<'a> {
    values: Cow<'a, [u64]>,
    /// By row, or by distinct feature of a column. Empty where each has one value, or 0 for none.
    ends: Vec<u32>,
    /// The distinct feature of each row; none when values stand by row.
    ids: Option<&'a [u32]>,
    /// Rows for which others stand have no values.
    copies: Option<&'a Copies>,
}

impl<'a> Values<'a> {
    /// Of the rows that stand for themselves.
    pub(crate) fn without(mut self, copies: &'a Copies) -> Self {
        self.copies = Some(copies).filter(|copies| !copies.is_empty());
        self
    }

    fn at(&self, place: usize) -> &[u64] {
        if self.ends.is_empty() {
            return self.values.get(place..=place).filter(|only| *only != [0]).unwrap_or_default();
        }
        let start = place.checked_sub(1).and_then(|p| self.ends.get(p)).copied().unwrap_or(0) as usize;
        let end = self.ends.get(place).copied().unwrap_or(0) as usize;
        self.values.get(start..end).unwrap_or_default()
    }

    pub(crate) fn of(&self, row: u32) -> &[u64] {
        if self.copies.is_some_and(|copies| copies.is_copy(row)) {
            return &[];
        }
        match self.ids {
            Some(ids) => ids.get(row as usize).map_or(&[], |id| self.at(*id as usize)),
            None => self.at(row as usize),
        }
    }
}

/// The values of a key by row; those of distinct features are made once.
pub(crate) fn values_of<'a>(key: &Key, table: &'a Table) -> Values<'a> {
    let mut parts: Vec<Values<'_>> = key.parts.iter().map(|part| of_part(*part, table)).collect();
    if parts.len() == 1 {
        return parts.pop().unwrap_or_default();
    }
    let mut all = Values::default();
    let choices = |row: u32| parts.iter().fold(1, |all: usize, part| all.saturating_mul(part.of(row).len()));
    // In one piece of memory that is given back as a whole.
    let mut values: Vec<u64> = Vec::new();
    values.reserve_exact((0..number(table.rows)).map(|row| choices(row).min(MAX_VALUES)).sum::<usize>() + 1);
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
        values.extend_from_slice(&made);
        all.ends.push(number(values.len()));
    }
    all.values = Cow::Owned(values);
    all
}

/// Calls for rows of one hash.
pub(crate) fn each_equal(hashes: Vec<u64>, threads: Threads<'_>, each: impl FnMut(&[u32])) {
    let rows = hashes.len();
    let bits = usize::BITS - rows.leading_zeros();
    each_shared(&by_rows(hashes), rows, bits, threads, each);
}

/// One value for each row. The lowest bit is of no account, and makes that none of them is 0.
pub(crate) fn by_rows(mut values: Vec<u64>) -> Values<'static> {
    values.iter_mut().for_each(|value| *value |= 1);
    Values { values: Cow::Owned(values), ..Values::default() }
}

/// Rows as wholes: one hash of what all their fields hold.
pub(crate) fn whole_rows(table: &Table) -> Values<'static> {
    let ids = |row: usize| table.columns.iter().map(move |c| c.ids.get(row).copied().unwrap_or(0));
    by_rows((0..table.rows).map(|row| ids(row).fold(0, |h, id| mix(h ^ u64::from(id)))).collect())
}

/// The values of one part, by distinct feature.
fn of_part(part: Part, table: &Table) -> Values<'_> {
    let Some(column) = table.columns.get(part.source) else { return Values::default() };
    let mut all = Values { ids: Some(&column.ids), ..Values::default() };
    let mut values: Vec<u64> = Vec::with_capacity(column.features.len());
    all.ends.reserve_exact(column.features.len());
    let mut buffer = Vec::new();
    for id in 0..column.features.len() {
        part.hashes(&Form::read(column.features.read(id, &mut buffer)), &mut values);
        all.ends.push(number(values.len()));
    }
    all.values = Cow::Owned(values);
    if part.view == View::Tokens && table.rows > SMALL_TABLE as usize {
        all.keep_rarest(RAREST);
    }
    all
}

/// How many words of a value rows meet by in a large table: the rarest. Frequent ones bring together what has nothing else in common.
const RAREST: usize = 2;
/// Words are counted by so many bits of their hashes at most. Those that fall together count together, which makes them no rarer.
const COUNTED_BITS: u32 = 22;

impl Values<'_> {
    /// Leaves the rarest values of each distinct feature, those of no other one last: a mistyped word meets nobody.
    fn keep_rarest(&mut self, keep: usize) {
        let bits = (self.values.len() * 4).next_power_of_two().trailing_zeros().clamp(4, COUNTED_BITS);
        let place = |value: u64| (value >> (u64::BITS - bits)) as usize;
        let mut counts = vec![0_u32; 1 << bits];
        for value in self.values.iter() {
            if let Some(count) = counts.get_mut(place(*value)) {
                *count += 1;
            }
        }
        let count = |value: u64| match counts.get(place(value)) {
            None | Some(1) => u32::MAX,
            Some(count) => *count,
        };
        let (mut start, mut kept) = (0, 0);
        let values = self.values.to_mut();
        for end in &mut self.ends {
            let from = std::mem::replace(&mut start, *end as usize);
            let Some(some) = values.get_mut(from..start) else { continue };
            if some.len() > keep {
                some.sort_unstable_by_key(|value| (count(*value), *value));
            }
            let left = some.len().min(keep);
            values.copy_within(from..from + left, kept);
            kept += left;
            *end = number(kept);
        }
        values.truncate(kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parallel::threads;

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
        let values =
            Values { values: vec![a, b, b, c, c, a, d].into(), ends: vec![2, 4, 6, 7], ..Values::default() };
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
    fn the_rarest_words_are_kept_and_those_of_nobody_else_come_last() {
        let [often, seldom, twice, once] = [1, 2, 3, 4].map(|value: u64| mix(value));
        let of =
            [vec![often, seldom, twice, once], vec![often, seldom, twice], vec![often, seldom], vec![often]];
        let mut values = Values { ids: Some(&[0, 1, 2, 3]), ..Values::default() };
        for some in of {
            values.values.to_mut().extend(some);
            values.ends.push(number(values.values.len()));
        }
        values.keep_rarest(2);
        assert_eq!(values.of(0), [twice, seldom]);
        assert_eq!(values.of(1), [twice, seldom]);
        assert_eq!((values.of(2), values.of(3)), (&[often, seldom][..], &[often][..]));
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
