//! Clusters: which rows are one thing.
//!
//! Pairs are taken by falling weight. A pair joins the clusters of its rows only when nothing in the joined cluster
//! forbids it: two different valid identities, or a company beside its branch, are never bridged by a third record. And
//! only when the clusters as wholes are alike: the average weight over the pairs between them, of those that
//! have anything to compare, reaches that of the review threshold (average linkage, after Sokal and Michener, 1958). So a chain
//! of near matches does not run on.

use std::cmp::Reverse;

use qudao_model::Record;

use crate::compare::quick::hash;
use crate::copies::Copies;
use crate::feature::Form;
use crate::found::Search;
use crate::parallel::{Threads, pieces};
use crate::rule::MatchingRule;
use crate::table::{Scorer, Table, number};
use crate::weights::weight_at;

/// Of larger clusters, this many members stand for all.
const SAMPLE: usize = 24;

/// A pair counts at most so much in an average, in millibits: one that is beyond doubt does not outweigh all the others.
const MOST: i64 = 12_000;

/// What a cluster must not hold twice: hashes of values, by what they are. Sorted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Marks(Vec<(Mark, u64)>);

/// Something of which a cluster holds one. The number is the position of an identity, or of a compared company name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    /// A valid value of an identity field.
    Identity(usize),
    /// A branch; an empty one stands for the company itself.
    Branch(usize),
    /// The name of a person.
    Person(usize),
    /// The core of a name that is certainly a company's.
    Company(usize),
}

impl Marks {
    fn of(rule: &MatchingRule, table: &Table, row: usize) -> Self {
        let mut marks = Vec::new();
        for (at, source) in rule.identities.iter().enumerate() {
            if let Form::Code(code) = table.form(*source, row)
                && code.valid
            {
                marks.push((Mark::Identity(at), hash(code.key)));
            }
        }
        for (at, source) in rule.names.iter().enumerate() {
            if let Form::Company(company) = table.form(*source, row) {
                marks.push((Mark::Branch(at), hash(company.branch)));
                if company.is_person() {
                    marks.push((Mark::Person(at), company.core.hash()));
                } else if company.is_company() {
                    marks.push((Mark::Company(at), company.core.hash()));
                }
            }
        }
        marks.sort_unstable();
        Self(marks)
    }

    fn all(&self, mark: Mark) -> &[(Mark, u64)] {
        let start = self.0.partition_point(|(m, _)| *m < mark);
        let end = self.0.partition_point(|(m, _)| *m <= mark);
        self.0.get(start..end).unwrap_or_default()
    }

    fn agrees(&self, other: &Self) -> bool {
        let one = |a: &[(Mark, u64)], b: &[(Mark, u64)]| {
            a.is_empty() || b.is_empty() || a.iter().map(|m| m.1).eq(b.iter().map(|m| m.1))
        };
        self.0.chunk_by(|a, b| a.0 == b.0).all(|mine| {
            let against = match mine.first().map(|m| m.0) {
                // The name of a person beside that of a company is the same one.
                Some(Mark::Person(at)) => Mark::Company(at),
                Some(Mark::Company(at)) => Mark::Person(at),
                Some(mark) => mark,
                None => return true,
            };
            one(mine, other.all(against))
        })
    }

    fn join(&mut self, other: Self) {
        self.0.extend(other.0);
        self.0.sort_unstable();
        self.0.dedup();
    }
}

#[derive(Default)]
struct Cluster {
    /// The places of rows.
    members: Vec<u32>,
    /// The first of them, in the order of their ids: they stand for all.
    sample: Vec<u32>,
    marks: Marks,
}

/// The cluster of each row, as its smallest row. `edges` are pairs at or above the threshold with their weights;
/// `floor` is the probability, in ten-thousandths, that the average between two clusters must reach.
pub(crate) fn cluster(
    search: &Search<'_>,
    records: Option<&[Record]>,
    edges: Vec<(u32, u32, i64)>,
    floor: u16,
    threads: Threads<'_>,
) -> Vec<u32> {
    let Search { rule, table, candidates, .. } = *search;
    // Only rows of an edge can join; they are numbered by row.
    let mut rows: Vec<u32> = edges.iter().flat_map(|(left, right, _)| [*left, *right]).collect();
    rows.sort_unstable();
    rows.dedup();
    let mut places = vec![0_u32; table.rows];
    for (at, row) in (0_u32..).zip(&rows) {
        if let Some(slot) = places.get_mut(*row as usize) {
            *slot = at;
        }
    }
    let place = |row: u32| places.get(row as usize).copied().unwrap_or(0);
    // Ties are broken by ids, not by positions, so that the order of the rows does not matter.
    let rank = ranks(&rows, records, &candidates.copies);
    let rank_of = |place: u32| rank.get(place as usize).copied().unwrap_or(0);
    // What hangs together by edges is apart from everything else.
    let mut parents: Vec<u32> = (0..number(rows.len())).collect();
    for (left, right, _) in &edges {
        let (a, b) = (root(&mut parents, place(*left)), root(&mut parents, place(*right)));
        if let Some(parent) = parents.get_mut(a.max(b) as usize) {
            *parent = a.min(b);
        }
    }
    let mut ordered: Vec<Edge> = edges
        .iter()
        .map(|(left, right, weight)| {
            let (left, right) = (place(*left), place(*right));
            let (a, b) = (rank_of(left), rank_of(right));
            Edge {
                part: root(&mut parents, left),
                weight: Reverse(*weight),
                ranks: (a.min(b), a.max(b)),
                left,
                right,
            }
        })
        .collect();
    ordered.sort_unstable();
    let parts: Vec<&[Edge]> = ordered.chunk_by(|a, b| a.part == b.part).collect();
    let joined = pieces(
        parts.len(),
        1 << 10,
        threads,
        || search.scorer(),
        |scorer, range| {
            let mut joined: Vec<(u32, u32)> = Vec::new();
            for edges in parts.get(range).unwrap_or_default() {
                if threads.stopped() {
                    break;
                }
                join(rule, table, scorer, edges, &rows, &rank, floor, &mut joined);
            }
            joined
        },
    );
    let mut out: Vec<u32> = (0..number(table.rows)).collect();
    for (row, cluster) in joined.into_iter().flatten() {
        if let Some(slot) = out.get_mut(row as usize) {
            *slot = cluster;
        }
    }
    out
}

/// A pair of rows, by their places, in the order in which pairs are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Edge {
    /// What hangs together with it.
    part: u32,
    weight: Reverse<i64>,
    ranks: (u32, u32),
    left: u32,
    right: u32,
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

/// Clusters of rows that hang together by edges: adds each row with the smallest one of its cluster.
#[expect(clippy::too_many_arguments, reason = "the state of one loop")]
fn join(
    rule: &MatchingRule,
    table: &Table,
    scorer: &mut Scorer<'_>,
    edges: &[Edge],
    rows: &[u32],
    rank: &[u32],
    floor: u16,
    out: &mut Vec<(u32, u32)>,
) {
    let row_of = |place: u32| rows.get(place as usize).copied().unwrap_or(0);
    let mut places: Vec<u32> = edges.iter().flat_map(|edge| [edge.left, edge.right]).collect();
    places.sort_unstable();
    places.dedup();
    let at = |place: u32| places.binary_search(&place).unwrap_or(0);
    let mut home: Vec<usize> = (0..places.len()).collect();
    let mut clusters: Vec<Cluster> = places
        .iter()
        .map(|place| Cluster {
            members: vec![*place],
            sample: vec![*place],
            marks: Marks::of(rule, table, row_of(*place) as usize),
        })
        .collect();
    for edge in edges {
        let homes = (home.get(at(edge.left)).copied(), home.get(at(edge.right)).copied());
        let (Some(a), Some(b)) = homes else { continue };
        if a == b {
            continue;
        }
        let (Some(one), Some(two)) = (clusters.get(a), clusters.get(b)) else { continue };
        if !one.marks.agrees(&two.marks) || !alike(scorer, one, two, row_of, floor) {
            continue;
        }
        let (keep, give) = if one.members.len() >= two.members.len() { (a, b) } else { (b, a) };
        let given = clusters.get_mut(give).map(std::mem::take).unwrap_or_default();
        for member in &given.members {
            if let Some(slot) = home.get_mut(at(*member)) {
                *slot = keep;
            }
        }
        if let Some(kept) = clusters.get_mut(keep) {
            kept.members.extend(given.members);
            // Only those that stand for all are kept in order, so that a large cluster grows in time that grows with what it is given.
            kept.sample.extend(given.sample);
            kept.sample.sort_unstable_by_key(|place| rank.get(*place as usize));
            kept.sample.truncate(SAMPLE);
            kept.marks.join(given.marks);
        }
    }
    for cluster in clusters {
        let smallest = cluster.members.iter().copied().min().map_or(0, row_of);
        out.extend(cluster.members.iter().map(|place| (row_of(*place), smallest)));
    }
}

/// The position of each of the rows in the order of ids. Rows that are equal stand where the first of their ids does, so that it does not
/// matter which of them stands for the others.
fn ranks(rows: &[u32], records: Option<&[Record]>, copies: &Copies) -> Vec<u32> {
    let Some(records) = records else { return rows.to_vec() };
    let id = |row: u32| records.get(row as usize).map(|r| (r.id().as_str(), r.object().as_str()));
    let id_of_all = |row: u32| {
        let others = copies.group(row).map_or(&[][..], |group| group.others);
        others.iter().copied().map(id).chain([id(row)]).min().flatten()
    };
    let mut order: Vec<(Option<(&str, &str)>, usize)> =
        rows.iter().enumerate().map(|(at, row)| (id_of_all(*row), at)).collect();
    order.sort_unstable();
    let mut rank = vec![0; rows.len()];
    for (position, (_, at)) in (0_u32..).zip(order) {
        if let Some(slot) = rank.get_mut(at) {
            *slot = position;
        }
    }
    rank
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
