//! Rows that are equal in everything a rule looks at. Of many such rows the first stands for all: it alone is compared with others,
//! and the rest shares its answers. So a table that holds one row a million times costs as much as one that holds it once.

use crate::pairs::Side;
use crate::table::{Table, number};
use crate::values::ByRow;

/// Of so many equal rows each is compared with each, and listed with each. Of more, the first stands for all.
pub(crate) const EACH: usize = 16;

/// Rows for which another one stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Copies {
    /// By row, the one that stands for it. Empty where every row stands for itself.
    firsts: Vec<u32>,
    groups: Vec<Copied>,
    /// The rows of all groups but the first ones, laid end to end.
    members: Vec<u32>,
}

/// A row, and where those stand that are equal to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Copied {
    first: u32,
    start: u32,
    end: u32,
    /// It has a value of some key. Rows without one are compared with none, and not with each other either.
    keyed: bool,
}

/// Rows that are equal: the one that stands for them, and the others in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Group<'a> {
    pub(crate) first: u32,
    pub(crate) others: &'a [u32],
    pub(crate) keyed: bool,
}

impl Copies {
    /// `equal` tells rows by a hash of all that they hold. Of two tables, the first of each stands for the rest of its own.
    pub(crate) fn of(equal: &ByRow, table: &Table, side: Side) -> Self {
        let rows = number(table.rows);
        let mut counts = vec![0_u32; equal.count as usize + 1];
        let count = |counts: &mut Vec<u32>, value: u32| {
            if let Some(count) = counts.get_mut(value as usize) {
                *count += 1;
            }
        };
        (0..rows).for_each(|row| equal.each(row, |value| count(&mut counts, value)));
        if counts.iter().all(|count| *count as usize <= EACH) {
            return Self::default();
        }
        let many = |value: u32| counts.get(value as usize).is_some_and(|count| *count as usize > EACH);
        let second = |row: u32| matches!(side, Side::Across(start) if row >= start);
        let mut found: Vec<(u32, bool, u32)> = Vec::new();
        for row in 0..rows {
            equal.each(row, |value| {
                if many(value) {
                    found.push((value, second(row), row));
                }
            });
        }
        found.sort_unstable();
        let mut out = Self { firsts: (0..rows).collect(), ..Self::default() };
        for group in found.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let Some((_, _, first)) = group.first().copied() else { continue };
            let start = number(out.members.len());
            for (_, _, row) in group.iter().skip(1) {
                // Another row of the same hash stands for itself.
                if table.columns.iter().all(|c| c.ids.get(first as usize) == c.ids.get(*row as usize)) {
                    out.members.push(*row);
                    if let Some(slot) = out.firsts.get_mut(*row as usize) {
                        *slot = first;
                    }
                }
            }
            let end = number(out.members.len());
            if end > start {
                out.groups.push(Copied { first, start, end, keyed: false });
            }
        }
        out.groups.sort_unstable_by_key(|group| group.first);
        out
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// The row that stands for a row: itself, as a rule.
    #[inline]
    pub(crate) fn first(&self, row: u32) -> u32 {
        self.firsts.get(row as usize).copied().unwrap_or(row)
    }

    /// Another row stands for it.
    #[inline]
    pub(crate) fn is_copy(&self, row: u32) -> bool {
        self.first(row) != row
    }

    /// How many rows another one stands for.
    pub(crate) fn count(&self) -> usize {
        self.members.len()
    }

    /// The groups in the order of their first rows.
    pub(crate) fn groups(&self) -> impl Iterator<Item = Group<'_>> {
        self.groups.iter().map(|group| self.told(group))
    }

    fn told(&self, group: &Copied) -> Group<'_> {
        let others = self.members.get(group.start as usize..group.end as usize).unwrap_or_default();
        Group { first: group.first, others, keyed: group.keyed }
    }

    /// The group for which a row stands.
    pub(crate) fn group(&self, first: u32) -> Option<Group<'_>> {
        let at = self.groups.binary_search_by_key(&first, |group| group.first).ok()?;
        self.groups.get(at).map(|group| self.told(group))
    }

    /// Tells by the position of a group that its rows have a value of some key.
    pub(crate) fn set_keyed(&mut self, at: usize) {
        if let Some(group) = self.groups.get_mut(at) {
            group.keyed = true;
        }
    }
}
