//! What hangs together by edges: only rows of one part can be in one cluster.

use std::ops::Range;

use qudao_model::Record;

use crate::copies::Copies;
use crate::parallel::{Threads, sorted};
use crate::table::number;

/// The records behind rows: of one table, or of a second one behind the first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Records<'a> {
    pub(crate) left: &'a [Record],
    pub(crate) right: &'a [Record],
}

impl<'a> Records<'a> {
    /// What a record is called, by its row.
    pub(crate) fn id(self, row: u32) -> Option<(&'a str, &'a str)> {
        let row = row as usize;
        let record = self.left.get(row).or_else(|| self.right.get(row.checked_sub(self.left.len())?));
        record.map(|r| (r.id().as_str(), r.object().as_str()))
    }
}

/// A number at a place of a list; 0 beyond its end.
pub(crate) fn at(list: &[u32], place: u32) -> u32 {
    list.get(place as usize).copied().unwrap_or(0)
}

/// The rows of some edges, numbered in their order.
#[derive(Debug, Default)]
pub(crate) struct Places {
    /// By place.
    pub(crate) rows: Vec<u32>,
    by_row: Vec<u32>,
}

impl Places {
    pub(crate) fn of(edges: &[(u32, u32, i64)], rows: usize, threads: Threads<'_>) -> Self {
        const NONE: u32 = u32::MAX;
        let mut by_row = vec![NONE; rows];
        threads.each(edges, |(left, right, _)| {
            for row in [left, right] {
                if let Some(slot) = by_row.get_mut(*row as usize) {
                    *slot = 0;
                }
            }
        });
        let mut out = Vec::new();
        threads.each((0_u32..).zip(&mut by_row), |(row, place)| {
            if *place != NONE {
                *place = number(out.len());
                out.push(row);
            }
        });
        Self { rows: out, by_row }
    }

    pub(crate) fn of_row(&self, row: u32) -> u32 {
        at(&self.by_row, row)
    }
}

/// The parts, with the places of each.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    /// By place, its part: the least place of all that hang together with it.
    pub(crate) of: Vec<u32>,
    /// By place, its number within its part.
    pub(crate) nth: Vec<u32>,
    /// The places by part, each part in order.
    places: Vec<u32>,
    /// By place, where those of its part begin, for the least place of each part; how many they are.
    starts: Vec<u32>,
    counts: Vec<u32>,
}

impl Parts {
    pub(crate) fn of(places: &Places, edges: &[(u32, u32, i64)], threads: Threads<'_>) -> Self {
        let count = places.rows.len();
        let mut parents: Vec<u32> = (0..number(count)).collect();
        threads.each(edges, |(left, right, _)| {
            let (a, b) =
                (root(&mut parents, places.of_row(*left)), root(&mut parents, places.of_row(*right)));
            if let Some(parent) = parents.get_mut(a.max(b) as usize) {
                *parent = a.min(b);
            }
        });
        let mut out = Self { counts: vec![0; count], starts: vec![0; count], ..Self::default() };
        out.of.reserve_exact(count);
        out.nth.reserve_exact(count);
        threads.each(0..number(count), |place| {
            let part = root(&mut parents, place);
            out.of.push(part);
            if let Some(count) = out.counts.get_mut(part as usize) {
                out.nth.push(*count);
                *count += 1;
            }
        });
        let mut start = 0_u32;
        threads.each(out.starts.iter_mut().zip(&out.counts), |(slot, count)| {
            *slot = start;
            start += count;
        });
        out.places = vec![0; count];
        threads.each((0_u32..).zip(out.of.iter().zip(&out.nth)), |(place, (part, nth))| {
            let to = at(&out.starts, *part) + nth;
            if let Some(slot) = out.places.get_mut(to as usize) {
                *slot = place;
            }
        });
        out
    }

    /// The places of a part, in order.
    pub(crate) fn places(&self, part: u32) -> &[u32] {
        let start = at(&self.starts, part) as usize;
        let all: Range<usize> = start..start + at(&self.counts, part) as usize;
        self.places.get(all).unwrap_or_default()
    }
}

/// The least place of those that hang together with one.
fn root(parents: &mut [u32], place: u32) -> u32 {
    let mut at = place;
    while let Some(parent) = parents.get(at as usize).copied().filter(|parent| *parent != at) {
        // Every second one is brought nearer.
        let next = parents.get(parent as usize).copied().unwrap_or(parent);
        if let Some(slot) = parents.get_mut(at as usize) {
            *slot = next;
        }
        at = next;
    }
    at
}

/// The position of each of the rows in the order of ids, and the rows' places by position. Rows that are equal stand where the first of
/// their ids does, so that it does not matter which of them stands for the others.
pub(crate) fn ranks(
    rows: &[u32],
    records: Option<Records<'_>>,
    copies: &Copies,
    threads: Threads<'_>,
) -> (Vec<u32>, Vec<u32>) {
    let Some(records) = records else {
        let places: Vec<u32> = (0..number(rows.len())).collect();
        return (places.clone(), places);
    };
    let id = |row: u32| records.id(row);
    let id_of_all = |row: u32| {
        let others = copies.group(row).map_or(&[][..], |group| group.others);
        others.iter().copied().map(id).chain([id(row)]).min().flatten()
    };
    let mut order: Vec<(Option<(&str, &str)>, u32)> = Vec::with_capacity(rows.len());
    threads.each((0_u32..).zip(rows), |(place, row)| order.push((id_of_all(*row), place)));
    let order: Vec<u32> = sorted(order, threads).into_iter().map(|(_, place)| place).collect();
    let mut rank = vec![0; rows.len()];
    threads.each((0_u32..).zip(&order), |(position, place)| {
        if let Some(slot) = rank.get_mut(*place as usize) {
            *slot = position;
        }
    });
    (rank, order)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parallel::threads;

    #[test]
    fn rows_that_hang_together_are_one_part() {
        let edges = [(7, 9, 1), (1, 2, 1), (2, 5, 1), (3, 9, 1), (0, 4, 1)];
        let places = Places::of(&edges, 11, threads(Some(1)));
        assert_eq!(places.rows, [0, 1, 2, 3, 4, 5, 7, 9]);
        let parts = Parts::of(&places, &edges, threads(Some(1)));
        let rows = |row: u32| -> Vec<u32> {
            let part = at(&parts.of, places.of_row(row));
            parts.places(part).iter().map(|place| at(&places.rows, *place)).collect()
        };
        assert_eq!([rows(0), rows(5), rows(9)], [vec![0, 4], vec![1, 2, 5], vec![3, 7, 9]]);
        for place in 0..8 {
            let of_part = parts.places(at(&parts.of, place));
            assert_eq!(at(of_part, at(&parts.nth, place)), place);
        }
    }
}
