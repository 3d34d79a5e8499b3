//! Links of which each record has at most one.
//!
//! Pairs are taken by falling weight, and a pair is left out when one of its records is taken. So no two records are left that would both
//! rather have each other than what they have (a stable matching, D. Gale and L. S. Shapley, "College Admissions and the Stability of Marriage",
//! 1962, unique where no two weights are equal), and the sum of weights is at least half of the largest possible one (D. Avis, "A Survey of
//! Heuristics for the Weighted Matching Problem", Networks 13, 1983). The largest sum itself, a linear assignment (M. A. Jaro, "Advances in
//! Record-Linkage Methodology", Journal of the American Statistical Association 84, 1989), would give up a pair beyond doubt for two that are
//! barely likely.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::copies::Copies;
use crate::found::Found;
use crate::parallel::{Threads, sorted};
use crate::parts::{Places, Records, at, ranks};

/// The pairs that stay, sorted by rows. `found` are pairs of two tables, of rows that stand for others those of all of them; related ones are
/// left out. Of equal weights the smaller ids come first, of rows without ids the smaller rows.
pub(crate) fn one_to_one(
    found: &[Found],
    rows: usize,
    copies: &Copies,
    records: Option<Records<'_>>,
    threads: Threads<'_>,
) -> Vec<Found> {
    let mut edges: Vec<(u32, u32, i64)> = Vec::with_capacity(found.len());
    threads.each(found.iter().filter(|f| !f.related), |f| edges.push((f.left, f.right, f.total)));
    let places = Places::of(&edges, rows, threads);
    let (rank, by_rank) = ranks(&places.rows, records, copies, threads);
    let of = |row: u32| at(&rank, places.of_row(row));
    let mut ordered: Vec<(Reverse<i64>, u32, u32)> = Vec::with_capacity(edges.len());
    threads.each(edges, |(left, right, total)| ordered.push((Reverse(total), of(left), of(right))));
    let mut free = Free { taken: vec![false; places.rows.len()], groups: HashMap::new() };
    let mut out = Vec::new();
    threads.each(sorted(ordered, threads), |(Reverse(total), left, right)| {
        let (left, right) = (at(&by_rank, left), at(&by_rank, right));
        let row = |place: u32| at(&places.rows, place);
        // Of rows that stand for others each of them may have a pair of its own.
        while free.is_free(left, row(left), copies, records)
            && free.is_free(right, row(right), copies, records)
        {
            let (left, right) = (free.take(left, row(left)), free.take(right, row(right)));
            out.push(Found { left, right, total, related: false });
        }
    });
    sorted(out, threads)
}

/// Rows that have no pair yet.
struct Free {
    /// By place, of rows that stand for themselves.
    taken: Vec<bool>,
    /// By the row that stands for them, the rows that are left, the first one last.
    groups: HashMap<u32, Vec<u32>>,
}

impl Free {
    fn is_free(&mut self, place: u32, row: u32, copies: &Copies, records: Option<Records<'_>>) -> bool {
        let Some(group) = copies.group(row) else {
            return self.taken.get(place as usize).is_some_and(|taken| !taken);
        };
        let left = self.groups.entry(row).or_insert_with(|| {
            let mut all: Vec<u32> = group.others.to_vec();
            all.push(group.first);
            let id = |row: u32| records.and_then(|records| records.id(row));
            all.sort_unstable_by(|a, b| (id(*b), b).cmp(&(id(*a), a)));
            all
        });
        !left.is_empty()
    }

    fn take(&mut self, place: u32, row: u32) -> u32 {
        if let Some(row) = self.groups.get_mut(&row).and_then(Vec::pop) {
            return row;
        }
        if let Some(taken) = self.taken.get_mut(place as usize) {
            *taken = true;
        }
        row
    }
}
