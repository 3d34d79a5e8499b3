//! The values by which rows meet, as hashes, and the rows that share one.

use std::ops::Deref;

use crate::block::SMALL_TABLE;
use crate::compare::quick::mix;
use crate::copies::Copies;
use crate::feature::Form;
use crate::huge::Huge;
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
    let values = values.view();
    let words = (values.values.len().max(rows) * FILTER).next_power_of_two() / 64;
    let words = words.clamp(64, 1 << 20);
    let (mut seen, mut shared): (Huge<u64>, Huge<u64>) = (Huge::zeroed(words), Huge::zeroed(words));
    let (once, twice): (&mut [u64], &mut [u64]) = (&mut seen, &mut shared);
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
    drop(seen);
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
    let values = Values { values: Kept::Lent(terms), ids: Some(ids), ..Values::default() };
    let bits = usize::BITS - ids.len().leading_zeros();
    each_shared(&values, ids.len(), bits, threads, each);
}

/// The values of a key that several rows hold, by row, numbered: for those that are looked up often.
#[derive(Debug, Clone, Default)]
pub(crate) struct ByRow {
    /// The only such value of a row; 0 for none, and for several the place of the first of them with a bit before.
    only: Huge<u32>,
    several: Vec<u32>,
    /// How many there are.
    pub(crate) count: u32,
}

/// Marks a place among the values of rows that have several.
const SEVERAL: u32 = 1 << 31;

impl ByRow {
    pub(crate) fn of(values: &Values<'_>, rows: usize, bits: u32, threads: Threads<'_>) -> Self {
        let mut out = Self { only: Huge::zeroed(rows), ..Self::default() };
        let (mut more, mut count): (Vec<(u32, u32)>, u32) = (Vec::new(), 0);
        let of_rows: &mut [u32] = &mut out.only;
        each_shared(values, rows, bits, threads, |rows| {
            count += 1;
            for row in rows {
                match of_rows.get_mut(*row as usize) {
                    Some(only) if *only == 0 => *only = count,
                    _ => more.push((*row, count)),
                }
            }
        });
        out.count = count;
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

    /// To be looked at row by row.
    fn view(&self) -> ByRowView<'_> {
        ByRowView { only: &self.only, several: &self.several }
    }

    pub(crate) fn each(&self, row: u32, each: impl FnMut(u32)) {
        self.view().each(row, each);
    }

    /// Calls for the rows of each value, in the order in which [`each_shared`] does.
    pub(crate) fn each_value(&self, mut each: impl FnMut(&[u32])) {
        let view = self.view();
        let rows = || 0..number(view.only.len());
        let mut places: Huge<u32> = Huge::zeroed(self.count as usize + 2);
        let slots: &mut [u32] = &mut places;
        for row in rows() {
            view.each(row, |value| {
                if let Some(count) = slots.get_mut(value as usize + 1) {
                    *count += 1;
                }
            });
        }
        let mut sum = 0_u32;
        for place in slots.iter_mut() {
            sum = sum.saturating_add(*place);
            *place = sum;
        }
        let mut members: Huge<u32> = Huge::zeroed(sum as usize);
        let all: &mut [u32] = &mut members;
        for row in rows() {
            view.each(row, |value| {
                if let Some(place) = slots.get_mut(value as usize) {
                    if let Some(slot) = all.get_mut(*place as usize) {
                        *slot = row;
                    }
                    *place = place.saturating_add(1);
                }
            });
        }
        let mut start = 0;
        for end in slots.get(1..=self.count as usize).unwrap_or_default() {
            each(all.get(start..*end as usize).unwrap_or_default());
            start = *end as usize;
        }
    }

    /// Entries of the values that several of some rows hold. `counts` are zero before and after.
    pub(crate) fn entries(&self, rows: &[u32], counts: &mut Vec<u8>, entries: &mut Vec<u64>) {
        counts.resize(self.count as usize + 1, 0);
        entries.clear();
        let view = self.view();
        for row in rows {
            view.each(*row, |value| {
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

/// What rows hold, where it lies.
#[derive(Clone, Copy)]
struct ByRowView<'v> {
    only: &'v [u32],
    several: &'v [u32],
}

impl ByRowView<'_> {
    #[inline]
    fn each(self, row: u32, mut each: impl FnMut(u32)) {
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
}

/// Hashes that somebody else keeps, or that were made for a key.
#[derive(Debug, Clone)]
enum Kept<'a> {
    Lent(&'a [u64]),
    Made(Huge<u64>),
}

impl Default for Kept<'_> {
    fn default() -> Self {
        Self::Lent(&[])
    }
}

impl Deref for Kept<'_> {
    type Target = [u64];

    #[inline]
    fn deref(&self) -> &[u64] {
        match self {
            Self::Lent(values) => values,
            Self::Made(values) => values,
        }
    }
}

/// The values of a key by row, as hashes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Values<'a> {
    values: Kept<'a>,
    /// By row, or by distinct feature of a column. Empty where each has one value, or 0 for none.
    ends: Huge<u32>,
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

    /// To be looked at row by row.
    pub(crate) fn view(&self) -> ValuesView<'_> {
        ValuesView { values: &self.values, ends: &self.ends, ids: self.ids, copies: self.copies }
    }
}

/// Values where they lie.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ValuesView<'v> {
    values: &'v [u64],
    ends: &'v [u32],
    ids: Option<&'v [u32]>,
    copies: Option<&'v Copies>,
}

impl<'v> ValuesView<'v> {
    #[inline]
    fn at(self, place: usize) -> &'v [u64] {
        if self.ends.is_empty() {
            return self.values.get(place..=place).filter(|only| *only != [0]).unwrap_or_default();
        }
        let start = place.checked_sub(1).and_then(|p| self.ends.get(p)).copied().unwrap_or(0) as usize;
        let end = self.ends.get(place).copied().unwrap_or(0) as usize;
        self.values.get(start..end).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn of(self, row: u32) -> &'v [u64] {
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
    let parts: Vec<ValuesView<'_>> = parts.iter().map(Values::view).collect();
    let choices = |row: u32| parts.iter().fold(1, |all: usize, part| all.saturating_mul(part.of(row).len()));
    let count = (0..number(table.rows)).map(|row| choices(row).min(MAX_VALUES)).sum();
    let (mut values, mut ends): (Huge<u64>, Huge<u32>) = (Huge::zeroed(count), Huge::zeroed(table.rows));
    let (mut end, mut slots): (usize, &mut [u64]) = (0, &mut values);
    let (mut made, mut next) = (Vec::new(), Vec::new());
    for (row, of_row) in (0_u32..).zip(ends.iter_mut()) {
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
        let (some, others) = slots.split_at_mut(made.len().min(slots.len()));
        some.copy_from_slice(made.get(..some.len()).unwrap_or_default());
        slots = others;
        end += made.len();
        *of_row = number(end);
    }
    Values { values: Kept::Made(values), ends, ..Values::default() }
}

/// Whether a row has a value of a key.
pub(crate) fn has_value(key: &Key, table: &Table, row: u32) -> bool {
    let (mut buffer, mut made) = (Vec::new(), Vec::new());
    key.parts.iter().all(|part| {
        made.clear();
        part.hashes(&table.form(part.source, row as usize, &mut buffer), &mut made);
        !made.is_empty()
    })
}

/// Calls for rows of one hash.
pub(crate) fn each_equal(hashes: Huge<u64>, threads: Threads<'_>, each: impl FnMut(&[u32])) {
    let rows = hashes.len();
    let bits = usize::BITS - rows.leading_zeros();
    each_shared(&by_rows(hashes), rows, bits, threads, each);
}

/// One value for each row. The lowest bit is of no account, and makes that none of them is 0.
fn by_rows(mut values: Huge<u64>) -> Values<'static> {
    values.iter_mut().for_each(|value| *value |= 1);
    Values { values: Kept::Made(values), ..Values::default() }
}

/// Rows as wholes: one hash of what all their fields hold.
pub(crate) fn whole_rows(table: &Table) -> Values<'static> {
    let mut hashes: Huge<u64> = Huge::zeroed(table.rows);
    for column in &table.columns {
        for (hash, id) in hashes.iter_mut().zip(&column.ids) {
            *hash = mix(*hash ^ u64::from(*id));
        }
    }
    by_rows(hashes)
}

/// The values of one part, by distinct feature.
fn of_part(part: Part, table: &Table) -> Values<'_> {
    let Some(column) = table.columns.get(part.source) else { return Values::default() };
    let count = column.features.len();
    let (mut values, mut ends) = (Huge::with_room(count * 4), Huge::zeroed(count));
    let (mut buffer, mut made) = (Vec::new(), Vec::new());
    for (id, end) in ends.iter_mut().enumerate() {
        made.clear();
        part.hashes(&Form::read(column.features.read(id, &mut buffer)), &mut made);
        values.extend(&made);
        *end = number(values.len());
    }
    if part.view == View::Tokens && table.rows > SMALL_TABLE as usize {
        keep_rarest(&mut values, &mut ends, RAREST);
    }
    Values { values: Kept::Made(values), ends, ids: Some(&column.ids), ..Values::default() }
}

/// How many words of a value rows meet by in a large table: the rarest. Frequent ones bring together what has nothing else in common.
const RAREST: usize = 2;
/// Words are counted by so many bits of their hashes at most. Those that fall together count together, which makes them no rarer.
const COUNTED_BITS: u32 = 22;

/// Leaves the rarest values of each distinct feature, those of no other one last: a mistyped word meets nobody.
fn keep_rarest(values: &mut Huge<u64>, ends: &mut [u32], keep: usize) {
    let bits = (values.len() * 4).next_power_of_two().trailing_zeros().clamp(4, COUNTED_BITS);
    let place = |value: u64| (value >> (u64::BITS - bits)) as usize;
    let mut counted: Huge<u32> = Huge::zeroed(1 << bits);
    let counts: &mut [u32] = &mut counted;
    for value in values.iter() {
        if let Some(count) = counts.get_mut(place(*value)) {
            *count += 1;
        }
    }
    let count = |value: u64| match counts.get(place(value)) {
        None | Some(1) => u32::MAX,
        Some(count) => *count,
    };
    let (mut start, mut kept) = (0, 0);
    let all: &mut [u64] = values;
    for end in ends {
        let from = std::mem::replace(&mut start, *end as usize);
        let Some(some) = all.get_mut(from..start) else { continue };
        if some.len() > keep {
            some.sort_unstable_by_key(|value| (count(*value), *value));
        }
        let left = some.len().min(keep);
        all.copy_within(from..from + left, kept);
        kept += left;
        *end = number(kept);
    }
    values.truncate(kept);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parallel::threads;

    fn of(values: &[u64], ends: &[u32]) -> Values<'static> {
        Values { values: Kept::Made(values.into()), ends: ends.into(), ..Values::default() }
    }

    #[test]
    fn rows_of_one_hash_are_found_whatever_it_is() {
        for hash in [0, 1, u64::MAX] {
            let mut seen = Vec::new();
            each_equal([hash, mix(7), hash][..].into(), threads(None), |rows| seen.push(rows.to_vec()));
            assert_eq!(seen, [[0, 2]]);
        }
    }

    #[test]
    fn values_of_one_row_are_left_out() {
        // Row 0 holds 1 and 2, row 1 holds 2 and 3, row 2 holds 3 and 1, row 3 holds 4.
        let [a, b, c, d] = [1, 2, 3, 4].map(|value: u64| mix(value));
        let values = of(&[a, b, b, c, c, a, d], &[2, 4, 6, 7]);
        let by_row = ByRow::of(&values, 4, 3, threads(None));
        assert_eq!(by_row.count, 3);
        let held = |row| {
            let mut held = Vec::new();
            by_row.each(row, |value| held.push(value));
            held
        };
        assert_eq!([0, 1, 2, 3].map(|row| held(row).len()), [2, 2, 2, 0]);
        let mut groups = Vec::new();
        by_row.each_value(|rows| groups.push(rows.to_vec()));
        let mut shared = Vec::new();
        each_shared(&values, 4, 3, threads(None), |rows| shared.push(rows.to_vec()));
        assert_eq!(groups, shared);
        assert_eq!(groups.len(), 3);
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
        let mut all: Huge<u64> =
            [often, seldom, twice, once, often, seldom, twice, often, seldom, often][..].into();
        let mut ends: Huge<u32> = [4, 7, 9, 10][..].into();
        keep_rarest(&mut all, &mut ends, 2);
        let values = of(&all, &ends);
        let values = values.view();
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
