//! Clusters: which rows are one thing.
//!
//! Pairs are taken by falling weight. A pair joins the clusters of its rows only when nothing in the joined cluster
//! forbids it: two different valid identities, or a company beside its branch, are never bridged by a third record. And
//! only when the clusters as wholes are alike: the average probability over the pairs between them, of those that
//! have anything to compare, reaches the review threshold (average linkage, after Sokal and Michener, 1958). So a chain
//! of near matches does not run on.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use qudao_model::Record;

use crate::Comparator;
use crate::feature::Feature;
use crate::rule::MatchingRule;
use crate::table::{Scorer, Table};
use crate::weights::probability;

/// Of larger clusters, this many members stand for all.
const SAMPLE: usize = 24;

/// What a cluster must not hold twice.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Marks {
    /// Valid values, by identity field.
    identities: Vec<BTreeSet<String>>,
    /// Branches, by compared company name; none stands for the company itself.
    branches: Vec<BTreeSet<Option<String>>>,
}

impl Marks {
    fn of(rule: &MatchingRule, table: &Table, row: usize) -> Self {
        let identities = rule
            .identities
            .iter()
            .map(|source| match table.feature(*source, row) {
                Feature::Code(code) if code.valid => BTreeSet::from([code.key.clone()]),
                _ => BTreeSet::new(),
            })
            .collect();
        let branches = rule
            .fields
            .iter()
            .filter(|f| f.comparator == Comparator::CompanyName)
            .map(|f| match table.feature(f.source, row) {
                Feature::Company(company) => BTreeSet::from([company.branch.clone()]),
                _ => BTreeSet::new(),
            })
            .collect();
        Self { identities, branches }
    }

    fn agrees(&self, other: &Self) -> bool {
        fn one<T: Ord>(a: &[BTreeSet<T>], b: &[BTreeSet<T>]) -> bool {
            a.iter().zip(b).all(|(x, y)| x.is_empty() || y.is_empty() || x == y)
        }
        one(&self.identities, &other.identities) && one(&self.branches, &other.branches)
    }

    fn join(&mut self, other: Self) {
        for (mine, theirs) in self.identities.iter_mut().zip(other.identities) {
            mine.extend(theirs);
        }
        for (mine, theirs) in self.branches.iter_mut().zip(other.branches) {
            mine.extend(theirs);
        }
    }
}

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
    records: &[Record],
    scorer: &mut Scorer<'_>,
    edges: &[(u32, u32, i64)],
    floor: u16,
) -> Vec<u32> {
    let rows = u32::try_from(table.rows).unwrap_or(u32::MAX);
    // Ties are broken by ids, not by positions, so that the order of the rows does not matter.
    let rank = ranks(records);
    let rank_of = |row: u32| usize::try_from(row).ok().and_then(|r| rank.get(r)).copied().unwrap_or(row);
    let mut edges: Vec<(Reverse<i64>, u32, u32, u32, u32)> = edges
        .iter()
        .map(|(left, right, weight)| {
            let (a, b) = (rank_of(*left), rank_of(*right));
            (Reverse(*weight), a.min(b), a.max(b), *left, *right)
        })
        .collect();
    edges.sort_unstable();
    let mut home: Vec<u32> = (0..rows).collect();
    let mut clusters: Vec<Option<Cluster>> = (0..table.rows)
        .map(|row| {
            let members = vec![u32::try_from(row).unwrap_or(u32::MAX)];
            Some(Cluster { members, marks: Marks::of(rule, table, row) })
        })
        .collect();
    for (_, _, _, left, right) in edges {
        let (Some(a), Some(b)) = (at(&home, left), at(&home, right)) else { continue };
        if a == b {
            continue;
        }
        let (Some(one), Some(two)) = (get(&clusters, a), get(&clusters, b)) else { continue };
        if !one.marks.agrees(&two.marks) || !alike(scorer, one, two, floor) {
            continue;
        }
        let (keep, give) = if one.members.len() >= two.members.len() { (a, b) } else { (b, a) };
        let Some(given) = take(&mut clusters, give) else { continue };
        for member in &given.members {
            if let Some(slot) = usize::try_from(*member).ok().and_then(|m| home.get_mut(m)) {
                *slot = keep;
            }
        }
        if let Some(kept) =
            usize::try_from(keep).ok().and_then(|k| clusters.get_mut(k)).and_then(Option::as_mut)
        {
            kept.members.extend(given.members);
            kept.members.sort_unstable_by_key(|m| rank_of(*m));
            kept.marks.join(given.marks);
        }
    }
    let mut out: Vec<u32> = (0..rows).collect();
    for cluster in clusters.into_iter().flatten() {
        let smallest = cluster.members.iter().copied().min().unwrap_or(0);
        for member in cluster.members {
            if let Some(slot) = usize::try_from(member).ok().and_then(|m| out.get_mut(m)) {
                *slot = smallest;
            }
        }
    }
    out
}

/// The position of each row in the order of ids.
fn ranks(records: &[Record]) -> Vec<u32> {
    let mut order: Vec<(&str, &str, u32)> =
        (0_u32..).zip(records).map(|(row, r)| (r.id().as_str(), r.object().as_str(), row)).collect();
    order.sort_unstable();
    let mut rank = vec![0; records.len()];
    for (position, (_, _, row)) in (0_u32..).zip(order) {
        if let Some(slot) = usize::try_from(row).ok().and_then(|r| rank.get_mut(r)) {
            *slot = position;
        }
    }
    rank
}

/// The average probability between two clusters, over the pairs that have anything to compare.
fn alike(scorer: &mut Scorer<'_>, one: &Cluster, two: &Cluster, floor: u16) -> bool {
    if one.members.len() == 1 && two.members.len() == 1 {
        return true;
    }
    let (mut sum, mut count) = (0_u64, 0_u64);
    for a in one.members.iter().take(SAMPLE) {
        for b in two.members.iter().take(SAMPLE) {
            if let Some(scored) = scorer.score(*a, *b, None)
                && scored.comparable()
            {
                sum = sum.saturating_add(u64::from(probability(scored.total)));
                count = count.saturating_add(1);
            }
        }
    }
    sum >= u64::from(floor).saturating_mul(count)
}

fn at(home: &[u32], row: u32) -> Option<u32> {
    usize::try_from(row).ok().and_then(|r| home.get(r)).copied()
}

fn get(clusters: &[Option<Cluster>], at: u32) -> Option<&Cluster> {
    usize::try_from(at).ok().and_then(|a| clusters.get(a)).and_then(Option::as_ref)
}

fn take(clusters: &mut [Option<Cluster>], at: u32) -> Option<Cluster> {
    usize::try_from(at).ok().and_then(|a| clusters.get_mut(a)).and_then(Option::take)
}
