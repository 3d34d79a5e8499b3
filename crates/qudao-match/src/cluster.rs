//! Clusters: which rows are one thing.
//!
//! Pairs are taken by falling weight. A pair joins the clusters of its rows only when nothing in the joined cluster
//! forbids it: two different valid identities, or a company beside its branch, are never bridged by a third record. And
//! only when the clusters as wholes are alike: the average weight over the pairs between them, of those that
//! have anything to compare, reaches that of the review threshold (average linkage, after Sokal and Michener, 1958). So a chain
//! of near matches does not run on.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use qudao_model::Record;

use crate::Comparator;
use crate::feature::Form;
use crate::rule::{CompareField, MatchingRule};
use crate::table::{Scorer, Table, number};
use crate::weights::weight_at;

/// Of larger clusters, this many members stand for all.
const SAMPLE: usize = 24;

/// A pair counts at most so much in an average, in millibits: one that is beyond doubt does not outweigh all the others.
const MOST: i64 = 12_000;

/// What a cluster must not hold twice.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Marks {
    /// Valid values, by identity field.
    identities: Vec<BTreeSet<Box<[u16]>>>,
    /// Branches, by compared company name; an empty one stands for the company itself.
    branches: Vec<BTreeSet<Box<[u16]>>>,
    /// Names of persons, and cores of names that are certainly a company's, by compared company name.
    persons: Vec<BTreeSet<u64>>,
    companies: Vec<BTreeSet<u64>>,
}

impl Marks {
    fn of(rule: &MatchingRule, table: &Table, row: usize) -> Self {
        let identities = rule
            .identities
            .iter()
            .map(|source| match table.form(*source, row) {
                Form::Code(code) if code.valid => BTreeSet::from([code.key.into()]),
                _ => BTreeSet::new(),
            })
            .collect();
        let branches = rule
            .fields
            .iter()
            .filter(|f| f.comparator == Comparator::CompanyName)
            .map(|f| match table.form(f.source, row) {
                Form::Company(company) => BTreeSet::from([company.branch.into()]),
                _ => BTreeSet::new(),
            })
            .collect();
        let names = || rule.fields.iter().filter(|f| f.comparator == Comparator::CompanyName);
        let core = |person: bool| {
            let of = move |f: &CompareField| match table.form(f.source, row) {
                Form::Company(c) if person && c.is_person() || !person && c.is_company() => {
                    BTreeSet::from([c.core.hash()])
                }
                _ => BTreeSet::new(),
            };
            names().map(of).collect()
        };
        Self { identities, branches, persons: core(true), companies: core(false) }
    }

    fn agrees(&self, other: &Self) -> bool {
        fn one<T: Ord>(a: &[BTreeSet<T>], b: &[BTreeSet<T>]) -> bool {
            a.iter().zip(b).all(|(x, y)| x.is_empty() || y.is_empty() || x == y)
        }
        one(&self.identities, &other.identities)
            && one(&self.branches, &other.branches)
            && one(&self.persons, &other.companies)
            && one(&self.companies, &other.persons)
    }

    fn join(&mut self, other: Self) {
        for (mine, theirs) in self.identities.iter_mut().zip(other.identities) {
            mine.extend(theirs);
        }
        for (mine, theirs) in self.branches.iter_mut().zip(other.branches) {
            mine.extend(theirs);
        }
        for (mine, theirs) in self.persons.iter_mut().zip(other.persons) {
            mine.extend(theirs);
        }
        for (mine, theirs) in self.companies.iter_mut().zip(other.companies) {
            mine.extend(theirs);
        }
    }
}

#[derive(Default)]
struct Cluster {
    /// Rows, in the order of their ids.
    members: Vec<u32>,
    marks: Marks,
}

/// The cluster of each row, as its smallest row. `edges` are pairs at or above the threshold with their weights;
/// `floor` is the probability, in ten-thousandths, that the average between two clusters must reach.
pub(crate) fn cluster(
    rule: &MatchingRule,
    table: &Table,
    records: Option<&[Record]>,
    scorer: &mut Scorer<'_>,
    edges: &[(u32, u32, i64)],
    floor: u16,
) -> Vec<u32> {
    // Only rows of an edge can join; they are numbered by row.
    let mut rows: Vec<u32> = edges.iter().flat_map(|(left, right, _)| [*left, *right]).collect();
    rows.sort_unstable();
    rows.dedup();
    let place = |row: u32| rows.binary_search(&row).unwrap_or(0);
    // Ties are broken by ids, not by positions, so that the order of the rows does not matter.
    let rank = ranks(&rows, records);
    let rank_of = |row: u32| rank.get(place(row)).copied().unwrap_or(row);
    let mut ordered: Vec<(Reverse<i64>, u32, u32, u32, u32)> = edges
        .iter()
        .map(|(left, right, weight)| {
            let (a, b) = (rank_of(*left), rank_of(*right));
            (Reverse(*weight), a.min(b), a.max(b), number(place(*left)), number(place(*right)))
        })
        .collect();
    ordered.sort_unstable();
    let mut home: Vec<usize> = (0..rows.len()).collect();
    let mut clusters: Vec<Cluster> = rows
        .iter()
        .map(|row| Cluster { members: vec![*row], marks: Marks::of(rule, table, *row as usize) })
        .collect();
    for (_, _, _, left, right) in ordered {
        let (Some(a), Some(b)) = (home.get(left as usize).copied(), home.get(right as usize).copied()) else {
            continue;
        };
        if a == b {
            continue;
        }
        let (Some(one), Some(two)) = (clusters.get(a), clusters.get(b)) else { continue };
        if !one.marks.agrees(&two.marks) || !alike(scorer, one, two, floor) {
            continue;
        }
        let (keep, give) = if one.members.len() >= two.members.len() { (a, b) } else { (b, a) };
        let given = clusters.get_mut(give).map(std::mem::take).unwrap_or_default();
        for member in &given.members {
            if let Some(slot) = home.get_mut(place(*member)) {
                *slot = keep;
            }
        }
        if let Some(kept) = clusters.get_mut(keep) {
            kept.members.extend(given.members);
            kept.members.sort_unstable_by_key(|m| rank_of(*m));
            kept.marks.join(given.marks);
        }
    }
    let mut out: Vec<u32> = (0..number(table.rows)).collect();
    for cluster in clusters {
        let smallest = cluster.members.iter().copied().min().unwrap_or(0);
        for member in cluster.members {
            if let Some(slot) = out.get_mut(member as usize) {
                *slot = smallest;
            }
        }
    }
    out
}

/// The position of each of the rows in the order of ids.
fn ranks(rows: &[u32], records: Option<&[Record]>) -> Vec<u32> {
    let Some(records) = records else { return rows.to_vec() };
    let mut order: Vec<(Option<(&str, &str)>, usize)> = rows
        .iter()
        .enumerate()
        .map(|(at, row)| (records.get(*row as usize).map(|r| (r.id().as_str(), r.object().as_str())), at))
        .collect();
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
fn alike(scorer: &mut Scorer<'_>, one: &Cluster, two: &Cluster, floor: u16) -> bool {
    if one.members.len() == 1 && two.members.len() == 1 {
        return true;
    }
    let (mut sum, mut count) = (0_i64, 0_i64);
    for a in one.members.iter().take(SAMPLE) {
        for b in two.members.iter().take(SAMPLE) {
            if let Some(scored) = scorer.score(*a, *b, None)
                && scored.comparable()
            {
                sum += scored.total.clamp(-MOST, MOST);
                count += 1;
            }
        }
    }
    sum >= weight_at(floor).clamp(-MOST, MOST) * count
}
