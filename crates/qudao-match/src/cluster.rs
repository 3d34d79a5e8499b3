//! Clusters: which rows are one thing.
//!
//! Pairs are taken by falling weight. A pair joins the clusters of its rows only when nothing in the joined cluster
//! forbids it: two different valid identities, or a company beside its branch, are never bridged by a third record. And
//! only when the clusters as wholes are alike: the average weight over the pairs between them, of those that
//! have anything to compare, reaches that of the review threshold (average linkage, after Sokal and Michener, 1958). So a chain
//! of near matches does not run on.

use std::cmp::Reverse;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::found::Search;
use crate::marks::Marks;
use crate::parallel::{Threads, pieces, sorted};
use crate::parts::{Parts, Places, Records, at, ranks};
use crate::scorer::Scorer;
use crate::table::number;
use crate::values::CHECKED;
use crate::weights::weight_at;

/// Of larger clusters, this many members stand for all.
const SAMPLE: usize = 24;

/// A pair counts at most so much in an average, in millibits: one that is beyond doubt does not outweigh all the others.
const MOST: i64 = 12_000;

#[derive(Default)]
struct Cluster {
    /// The places of rows.
    members: Vec<u32>,
    /// The first of them, in the order of their ids: they stand for all.
    sample: Vec<u32>,
    marks: Marks,
}

/// A pair of rows, in the order in which pairs are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Edge {
    /// What hangs together with it.
    part: u32,
    weight: Reverse<i64>,
    /// The positions of its rows in the order of ids.
    ranks: (u32, u32),
}

/// The cluster of each row, as its smallest row. `edges` are pairs at or above the threshold with their weights;
/// `floor` is the probability, in ten-thousandths, that the average between two clusters must reach.
///
/// Whether to stop is asked every some thousand steps, and before each pair that may join two clusters, so that one cluster of very many
/// rows is stopped as soon as many small ones are.
pub(crate) fn cluster(
    search: &Search<'_>,
    records: Option<Records<'_>>,
    edges: Vec<(u32, u32, i64)>,
    floor: u16,
    threads: Threads<'_>,
) -> Vec<u32> {
    let rows = search.table.rows;
    let places = Places::of(&edges, rows, threads);
    // Ties are broken by ids, not by positions, so that the order of the rows does not matter.
    let (rank, by_rank) = ranks(&places.rows, records, &search.candidates.copies, threads);
    let parts = Parts::of(&places, &edges, threads);
    let mut ordered: Vec<Edge> = Vec::with_capacity(edges.len());
    threads.each(edges, |(left, right, weight)| {
        let (left, right) = (places.of_row(left), places.of_row(right));
        let (a, b) = (at(&rank, left), at(&rank, right));
        let part = at(&parts.of, left);
        ordered.push(Edge { part, weight: Reverse(weight), ranks: (a.min(b), a.max(b)) });
    });
    let ordered = sorted(ordered, threads);
    let mut of_parts: Vec<Range<usize>> = Vec::new();
    threads.each(ordered.iter().enumerate(), |(place, edge)| match of_parts.last_mut() {
        Some(last) if ordered.get(last.start).is_some_and(|first| first.part == edge.part) => last.end += 1,
        _ => of_parts.push(place..place + 1),
    });
    let joining = Joining {
        search,
        places: &places,
        parts: &parts,
        rank: &rank,
        by_rank: &by_rank,
        floor,
        threads,
        all: ordered.len(),
        done: AtomicUsize::new(0),
    };
    let joined = pieces(
        of_parts.len(),
        1 << 10,
        threads.quiet(),
        || search.scorer(),
        |scorer, range| {
            let mut joined: Vec<(u32, u32)> = Vec::new();
            for part in of_parts.get(range).unwrap_or_default() {
                if threads.stopped() {
                    break;
                }
                joining.join(scorer, ordered.get(part.clone()).unwrap_or_default(), &mut joined);
            }
            joined
        },
    );
    let mut out: Vec<u32> = (0..number(rows)).collect();
    threads.each(joined.into_iter().flatten(), |(row, cluster)| {
        if let Some(slot) = out.get_mut(row as usize) {
            *slot = cluster;
        }
    });
    out
}

/// Joins the rows of each part to clusters.
struct Joining<'a> {
    search: &'a Search<'a>,
    places: &'a Places,
    parts: &'a Parts,
    /// The position of each place in the order of ids, and the places by position.
    rank: &'a [u32],
    by_rank: &'a [u32],
    floor: u16,
    threads: Threads<'a>,
    /// How many edges there are, and how many were taken.
    all: usize,
    done: AtomicUsize,
}

impl Joining<'_> {
    /// Clusters of rows that hang together by edges: adds each row with the smallest one of its cluster.
    fn join(&self, scorer: &mut Scorer<'_>, edges: &[Edge], out: &mut Vec<(u32, u32)>) {
        let Some(part) = edges.first().map(|edge| edge.part) else { return };
        let Search { rule, table, .. } = *self.search;
        let places = self.parts.places(part);
        let row_of = |place: u32| at(&self.places.rows, place);
        let mut buffer = Vec::new();
        let mut marks = |place: u32| Marks::of(rule, table, row_of(place) as usize, &mut buffer);
        // Most parts are two rows.
        if let ([one, two], [_]) = (places, edges) {
            if marks(*one).agrees(&marks(*two)) {
                let smallest = row_of(*one).min(row_of(*two));
                out.extend([(row_of(*one), smallest), (row_of(*two), smallest)]);
            }
            let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
            return self.threads.tell(done, self.all);
        }
        let mut home: Vec<u32> = (0..number(places.len())).collect();
        let mut clusters: Vec<Cluster> = Vec::with_capacity(places.len());
        self.threads.each(places, |place| {
            clusters.push(Cluster { members: vec![*place], sample: vec![*place], marks: marks(*place) });
        });
        for some in edges.chunks(CHECKED as usize) {
            for edge in some {
                if self.threads.stopped() {
                    return;
                }
                let home_of = |rank: u32| at(&home, at(&self.parts.nth, at(self.by_rank, rank))) as usize;
                let (a, b) = (home_of(edge.ranks.0), home_of(edge.ranks.1));
                if a == b {
                    continue;
                }
                let (Some(one), Some(two)) = (clusters.get(a), clusters.get(b)) else { continue };
                if !one.marks.agrees(&two.marks) || !alike(scorer, one, two, row_of, self.floor) {
                    continue;
                }
                let (keep, give) = if one.members.len() >= two.members.len() { (a, b) } else { (b, a) };
                let given = clusters.get_mut(give).map(std::mem::take).unwrap_or_default();
                for member in &given.members {
                    if let Some(slot) = home.get_mut(at(&self.parts.nth, *member) as usize) {
                        *slot = number(keep);
                    }
                }
                if let Some(kept) = clusters.get_mut(keep) {
                    kept.members.extend(given.members);
                    // Only those that stand for all are kept in order, so that a large cluster grows in time that grows with what it is given.
                    kept.sample.extend(given.sample);
                    kept.sample.sort_unstable_by_key(|place| at(self.rank, *place));
                    kept.sample.truncate(SAMPLE);
                    kept.marks.join(given.marks);
                }
            }
            let done = self.done.fetch_add(some.len(), Ordering::Relaxed) + some.len();
            self.threads.tell(done, self.all);
        }
        self.threads.each(clusters, |cluster| {
            let smallest = cluster.members.iter().copied().min().map_or(0, row_of);
            out.extend(cluster.members.iter().map(|place| (row_of(*place), smallest)));
        });
    }
}

/// The average weight between two clusters, over the pairs that have anything to compare.
fn alike(
    scorer: &mut Scorer<'_>,
    one: &Cluster,
    two: &Cluster,
    row_of: impl Fn(u32) -> u32,
    floor: u16,
) -> bool {
    if one.members.len() == 1 && two.members.len() == 1 {
        return true;
    }
    let (mut sum, mut count) = (0_i64, 0_i64);
    for a in &one.sample {
        for b in &two.sample {
            if let Some(scored) = scorer.score(row_of(*a), row_of(*b))
                && scored.comparable()
            {
                sum += scored.total.clamp(-MOST, MOST);
                count += 1;
            }
        }
    }
    sum >= weight_at(floor).clamp(-MOST, MOST) * count
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::columns::Columns;
    use crate::guess_rule;
    use crate::pairs::Candidates;
    use crate::table::Table;
    use crate::watch::Watch;

    const ROWS: u32 = 600;

    /// Answers of the clusters of rows that all hang together, each by the next ones, with a watch.
    fn of_one_part(watch: &Watch, threads: usize) -> (Vec<u32>, usize) {
        let names: Vec<String> = (0..ROWS).map(|n| format!("Bright Water {} Ltd", n % 40)).collect();
        let phones: Vec<String> = (0..ROWS).map(|n| format!("0755-2878{:04}", n / 50)).collect();
        let guess = guess_rule(&[("company", names.as_slice()), ("phone", phones.as_slice())]);
        let guessed = guess.compile().unwrap();
        let rule = guessed.matching.rule(&guessed.rule).unwrap();
        let mut columns = Columns::new(guess.columns.iter().map(|c| c.field.clone()).collect());
        names.iter().zip(&phones).for_each(|(name, phone)| columns.push(&[name, phone]).unwrap());
        let quiet = Threads::of(Some(threads), None);
        let mut table = Table::of_columns(rule, columns, quiet);
        let classes = crate::learn::classes(rule, &table, quiet);
        table.sketch(rule, &classes, quiet);
        let candidates = Candidates::default();
        let search = Search { rule, table: &table, classes: &classes, candidates: &candidates, floor: 0 };
        let mut edges: Vec<(u32, u32, i64)> = Vec::new();
        for left in 0..ROWS {
            let next = left + 1..(left + 9).min(ROWS);
            edges.extend(next.map(|right| (left, right, 20_000 - i64::from(right - left))));
        }
        let count = edges.len();
        (cluster(&search, None, edges, 1, Threads::of(Some(threads), Some(watch))), count)
    }

    #[test]
    fn the_watch_is_asked_for_each_pair_of_one_large_part() {
        let watch = Watch::new();
        let (clusters, edges) = of_one_part(&watch, 1);
        assert!(watch.asked() >= edges as u64, "{} of {edges}", watch.asked());
        assert_eq!(watch.permille(), 1000);
        assert!(clusters.iter().any(|c| clusters.iter().filter(|d| *d == c).count() > 20));
        for threads in [2, 3] {
            assert_eq!(of_one_part(&Watch::new(), threads).0, clusters);
        }
    }

    #[test]
    fn one_large_part_stops_wherever_it_is() {
        let all = Watch::new();
        of_one_part(&all, 1);
        let all = all.asked();
        for at in [1, 2, 3, 5, 8, 20, 400, all / 2, all - 3] {
            for threads in [1, 3] {
                let watch = Watch::new();
                watch.cancel_when_asked(at);
                of_one_part(&watch, threads);
                // A step more of each loop that is left, and nothing else.
                assert!(watch.asked() <= at + 40, "stopped at {at}, asked {} times", watch.asked());
            }
        }
    }
}
