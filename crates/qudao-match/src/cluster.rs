//! Clusters: which rows are one thing.
//!
//! Pairs are taken by falling weight. A pair joins the clusters of its rows only when nothing in the joined cluster
//! forbids it: two different valid identities, or a company beside its branch, are never bridged by a third record. And
//! only when the clusters as wholes are alike: the average weight over the pairs between them, of those that
//! have anything to compare, reaches that of the review threshold (average linkage, after Sokal and Michener, 1958). So a chain
//! of near matches does not run on.

use std::cmp::Reverse;
use std::ops::Range;
use std::sync::atomic::AtomicUsize;

use crate::found::Search;
use crate::joining::{Edge, Joining, Worker};
use crate::parallel::{Threads, pieces, sorted};
use crate::parts::{Parts, Places, Records, at, ranks};
use crate::table::number;

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
        || Worker::of(search, threads),
        |worker, range| {
            let mut joined: Vec<(u32, u32)> = Vec::new();
            for part in of_parts.get(range).unwrap_or_default() {
                if threads.stopped() {
                    break;
                }
                joining.join(worker, ordered.get(part.clone()).unwrap_or_default(), &mut joined);
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::columns::Columns;
    use crate::compare::quick::mix;
    use crate::guess_rule;
    use crate::joining::{MOST, SAMPLE};
    use crate::marks::Marks;
    use crate::pairs::Candidates;
    use crate::rule::Scored;
    use crate::table::Table;
    use crate::watch::Watch;
    use crate::weights::weight_at;

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

    /// What the module says, done plainly: every pair is scored, and every row is looked at.
    fn plainly(search: &Search<'_>, mut edges: Vec<(u32, u32, i64)>, floor: u16) -> Vec<u32> {
        edges.sort_unstable_by_key(|(left, right, weight)| (Reverse(*weight), *left, *right));
        let mut clusters: Vec<Vec<u32>> = (0..number(search.table.rows)).map(|row| vec![row]).collect();
        let (mut scorer, mut buffer) = (search.scorer(), Vec::new());
        for (left, right, _) in edges {
            let home = |row: u32| clusters.iter().position(|rows| rows.contains(&row)).unwrap();
            let (a, b) = (home(left), home(right));
            let mut marks = |rows: &[u32]| {
                let mut all = Marks::default();
                rows.iter().for_each(|row| {
                    all.join(Marks::of(search.rule, search.table, *row as usize, &mut buffer));
                });
                all
            };
            if a == b || !marks(&clusters[a]).agrees(&marks(&clusters[b])) {
                continue;
            }
            let (mut sum, mut count) = (0, 0);
            for one in clusters[a].iter().take(SAMPLE) {
                for two in clusters[b].iter().take(SAMPLE) {
                    let scored = scorer.score(*one, *two).filter(Scored::comparable);
                    sum += scored.map_or(0, |scored| scored.total.clamp(-MOST, MOST));
                    count += i64::from(scored.is_some());
                }
            }
            if clusters[a].len() + clusters[b].len() == 2
                || sum >= weight_at(floor).clamp(-MOST, MOST) * count
            {
                let given = std::mem::take(&mut clusters[b]);
                clusters[a].extend(given);
                clusters[a].sort_unstable();
            }
        }
        let home = |row: u32| clusters.iter().find(|rows| rows.contains(&row)).unwrap()[0];
        (0..number(search.table.rows)).map(home).collect()
    }

    #[test]
    fn clusters_are_those_of_the_plain_way() {
        let names = |n: u64| match n % 7 {
            0 | 1 => format!("Bright Water {} Ltd", n / 7 % 4),
            2 => format!("Bright Watr {} Ltd", n / 7 % 4),
            3 => format!("Bright Water {} Ltd Shenzhen Branch", n / 7 % 4),
            4 => "Grace Miller".to_owned(),
            5 => "Miller Trading Ltd".to_owned(),
            _ => String::new(),
        };
        let codes = ["", "91350100M000100Y43", "9135 0100 M000 100Y 43", "91440300192203821X", "none"];
        let (mut sizes, mut left_apart) = (0, 0);
        for seed in 0..5_u64 {
            let drawn = |row: u64, of: u64| mix(seed << 32 | row << 8 | of);
            let row = |row: u64| {
                let code = codes[(drawn(row, 1) % 12) as usize % codes.len()];
                let phone = format!("0755-2878{:04}", drawn(row, 2) % 9);
                let email =
                    format!("{}@brightwater.cn", ["sales", "grace", "lin"][drawn(row, 3) as usize % 3]);
                [names(drawn(row, 0)), code.to_owned(), phone, email]
            };
            let rows: Vec<[String; 4]> = (0..40).map(row).collect();
            let column = |at: usize| -> Vec<&str> { rows.iter().map(|row| row[at].as_str()).collect() };
            let columns = [column(0), column(1), column(2), column(3)];
            let named = ["company", "uscc", "phone", "email"].iter().zip(&columns);
            let guess = guess_rule(&named.map(|(n, c)| (*n, c.as_slice())).collect::<Vec<_>>());
            let guessed = guess.compile().unwrap();
            let rule = guessed.matching.rule(&guessed.rule).unwrap();
            let mut columns = Columns::new(guess.columns.iter().map(|c| c.field.clone()).collect());
            rows.iter().for_each(|row| columns.push(row).unwrap());
            let threads = Threads::of(Some(1), None);
            let mut table = Table::of_columns(rule, columns, threads);
            let classes = crate::learn::classes(rule, &table, threads);
            table.sketch(rule, &classes, threads);
            let candidates = Candidates::default();
            for (joined, floor) in [(9000, 7000), (3000, 3000), (3000, 9900)] {
                let search = Search {
                    rule,
                    table: &table,
                    classes: &classes,
                    candidates: &candidates,
                    floor: weight_at(joined),
                };
                let mut pairs: Vec<(u32, u32)> = Vec::new();
                (0..number(rows.len()))
                    .for_each(|l| pairs.extend((l + 1..number(rows.len())).map(|r| (l, r))));
                let mut edges: Vec<(u32, u32, i64)> = Vec::new();
                search.scorer().reaching(&pairs, search.floor, |left, right, scored| {
                    edges.extend((!scored.related).then_some((left, right, scored.total)));
                });
                let expected = plainly(&search, edges.clone(), floor);
                left_apart +=
                    edges.iter().filter(|(l, r, _)| expected[*l as usize] != expected[*r as usize]).count();
                sizes += expected.iter().zip(0..).filter(|(cluster, row)| *cluster != row).count();
                assert_eq!(
                    cluster(&search, None, edges, floor, threads),
                    expected,
                    "{seed} {joined} {floor}"
                );
            }
        }
        assert!(sizes > 100 && left_apart > 100, "{sizes} {left_apart}");
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
