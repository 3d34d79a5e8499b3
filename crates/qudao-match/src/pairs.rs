//! The pairs of rows that are compared: groups of rows that meet, laid out by row and sorted, so that each pair is compared once, and
//! those of one row one after the other.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

use crate::compare::quick::mix;
use crate::copies::Copies;
use crate::parallel::{Threads, pieces};
use crate::score::OversizedBlock;
use crate::table::number;

/// Which pairs count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// Every two rows of one table.
    Within,
    /// A row before this one with a row from it on.
    Across(u32),
}

impl Side {
    pub(crate) fn counts(self, left: u32, right: u32) -> bool {
        match self {
            Self::Within => left != right,
            Self::Across(start) => left < start && right >= start,
        }
    }

    /// How many pairs a sorted list of rows makes.
    pub(crate) fn pairs(self, rows: &[u32]) -> u64 {
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
pub(crate) struct Groups {
    pub(crate) members: Vec<u32>,
}

/// Marks the last row of a group.
pub(crate) const LAST: u32 = 1 << 31;

impl Groups {
    pub(crate) fn push(&mut self, rows: &[u32]) {
        self.members.extend_from_slice(rows);
        if let Some(last) = self.members.last_mut().filter(|_| !rows.is_empty()) {
            *last |= LAST;
        }
    }

    /// Where the next group begins.
    pub(crate) fn len(&self) -> usize {
        self.members.len()
    }

    /// The groups from the one that begins at a place on, to the one that ends at another; the rows still marked.
    pub(crate) fn all(&self, from: usize, to: usize) -> impl Iterator<Item = &[u32]> {
        let members = self.members.get(from..to).unwrap_or_default();
        members.split_inclusive(|row| row & LAST != 0)
    }
}

/// The groups of a table whose pairs are compared, and the blocks that were too large.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Candidates {
    /// By key.
    pub(crate) groups: Vec<Groups>,
    pub(crate) side: Option<Side>,
    pub(crate) rows: usize,
    pub(crate) oversized: Vec<OversizedBlock>,
    /// Rows that found no partner: pairs of others do not count. Empty where all pairs count.
    pub(crate) lonely: Vec<bool>,
    /// Rows that are in no group, because an equal one stands for them.
    pub(crate) copies: Copies,
    /// How many pairs each row begins, one counted as often as it occurs, once somebody asked.
    pub(crate) begins: OnceLock<Vec<u32>>,
}

/// How many pairs, counted as often as they occur, one thread holds at a time; of very many, a part.
const HELD: u64 = 1 << 19;
const HELD_PARTS: u64 = 128;
/// The last slices hold so small a part of that.
const LAST_PARTS: u64 = 16;

/// Pairs by their smaller row, each once, sorted: some rows at a time.
#[derive(Debug, Default)]
pub(crate) struct Pairs {
    first: u32,
    /// Where the larger rows of each smaller one stand; behind what is laid down while they are laid down.
    places: Vec<u32>,
    rights: Vec<u32>,
}

impl Candidates {
    pub(crate) fn side(&self) -> Side {
        self.side.unwrap_or(Side::Within)
    }

    /// Whether a pair that shares a group counts.
    #[inline]
    pub(crate) fn asks(&self, left: u32, right: u32) -> bool {
        let is_lonely = |row: u32| self.lonely.get(row as usize).copied().unwrap_or(false);
        self.lonely.is_empty() || is_lonely(left) || is_lonely(right)
    }

    /// How many rows stand for themselves.
    pub(crate) fn standing(&self) -> usize {
        self.rows - self.copies.count().min(self.rows)
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
        let most = HELD.max(bound / HELD_PARTS);
        // Towards the end slices become smaller, so that the threads end together.
        let of_left = |left: u64| match threads.count() as u64 {
            0 | 1 => most,
            count => (left / (2 * count)).clamp(most / LAST_PARTS, most),
        };
        let mut slices: Vec<Range<u32>> = Vec::new();
        let (mut start, mut sum, mut left) = (0_u32, 0_u64, bound);
        let mut held = of_left(left);
        for (row, count) in (0_u32..).zip(counts.iter()) {
            if sum > 0 && sum + u64::from(*count) > held {
                slices.push(start..row);
                left = left.saturating_sub(sum);
                held = of_left(left);
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
    fn counts(&self, threads: Threads<'_>) -> Cow<'_, [u32]> {
        if let Some(counts) = self.begins.get() {
            return Cow::Borrowed(counts);
        }
        let counts = pieces(
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
        .concat();
        if threads.stopped() {
            // They are not whole.
            return Cow::Owned(counts);
        }
        Cow::Borrowed(self.begins.get_or_init(|| counts))
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

    /// Which of these pairs, sorted and each once, are compared.
    pub(crate) fn holds(&self, pairs: &[(u32, u32)]) -> Vec<bool> {
        if self.copies.is_empty() {
            return self.held(pairs);
        }
        // What is said of the rows that stand for them is said of all.
        let standing = |(left, right): &(u32, u32)| {
            let (left, right) = (self.copies.first(*left), self.copies.first(*right));
            (left.min(right), left.max(right))
        };
        let mut of: Vec<(u32, u32)> = pairs.iter().map(standing).collect();
        of.sort_unstable();
        of.dedup();
        let held = self.held(&of);
        let is_held = |pair: &(u32, u32)| {
            let pair = standing(pair);
            if pair.0 == pair.1 {
                return self.copies.group(pair.0).is_some_and(|group| group.keyed);
            }
            of.binary_search(&pair).is_ok_and(|at| held.get(at).copied().unwrap_or(false))
        };
        pairs.iter().map(is_held).collect()
    }

    /// Which of these pairs, sorted and each once, the groups hold.
    pub(crate) fn held(&self, pairs: &[(u32, u32)]) -> Vec<bool> {
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
        held
    }

    /// Pairs for a sample: at most about so many, drawn by a seed; and how many pairs one stands for.
    pub(crate) fn sample(&self, count: u64, seed: u64, threads: Threads<'_>) -> (Vec<(u32, u32)>, u64) {
        let bound: u64 = self.counts(threads).iter().map(|count| u64::from(*count)).sum();
        let step = (bound / count).max(1);
        let multiples = Multiples::of(step);
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
                            multiples.holds(mix(seed ^ (u64::from(left) << 32 | u64::from(*right))))
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

/// Tells the multiples of a number without dividing by it (T. Granlund and P. L. Montgomery, 1994, section 9).
#[derive(Debug, Clone, Copy)]
struct Multiples {
    /// The inverse of its odd part, modulo 2^64.
    inverse: u64,
    /// How many twos it has.
    twos: u32,
    /// How often it goes into the largest number.
    most: u64,
}

impl Multiples {
    /// Of a number that is not 0.
    fn of(number: u64) -> Self {
        let twos = number.trailing_zeros().min(63);
        let odd = number >> twos;
        // Right in the three lowest bits, and in twice as many after each step.
        let inverse = (0..5).fold(odd, |x, _| x.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(x))));
        Self { inverse, twos, most: u64::MAX.checked_div(number).unwrap_or(0) }
    }

    #[inline]
    fn holds(self, number: u64) -> bool {
        number.wrapping_mul(self.inverse).rotate_right(self.twos) <= self.most
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

    proptest::proptest! {
        #[test]
        fn multiples_are_those_of_division(of in 1_u64.., small in 1_u64..5000, times: u64, more in 0_u64..3) {
            for step in [of, small, small << 20, 1 << (small % 64)] {
                for number in [times, times.wrapping_mul(step), (times % 1000).wrapping_mul(step).wrapping_add(more), 0, u64::MAX] {
                    proptest::prop_assert_eq!(Multiples::of(step).holds(number), number.is_multiple_of(step));
                }
            }
        }
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
            let candidates = Candidates { groups, side: Some(side), rows: 4, ..Candidates::default() };
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
}
