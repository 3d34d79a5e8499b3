//! How the rows of one part are joined to clusters, pair by pair: see [`crate::cluster`].

use std::cmp::Reverse;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::found::Search;
use crate::held::{Held, Looks};
use crate::parallel::{Threads, sorted};
use crate::parts::{Parts, Places, at};
use crate::scorer::Scorer;
use crate::table::number;
use crate::values::CHECKED;
use crate::weights::weight_at;

/// Of larger clusters, this many members stand for all.
pub(crate) const SAMPLE: usize = 24;

/// A pair counts at most so much in an average, in millibits: one that is beyond doubt does not outweigh all the others.
pub(crate) const MOST: i64 = 12_000;

#[derive(Default)]
struct Cluster {
    /// The places of rows.
    members: Vec<u32>,
    /// The first of them, in the order of their ids: they stand for all.
    sample: Vec<u32>,
    held: Held,
}

/// The weights of some edges, by the ranks of their rows.
struct Weights(Vec<((u32, u32), i64)>);

impl Weights {
    fn of(edges: &[Edge], threads: Threads<'_>) -> Self {
        Self(sorted(edges.iter().map(|edge| (edge.ranks, edge.weight.0)).collect(), threads))
    }

    /// That of a pair, the smaller rank first; none where it is no edge.
    fn get(&self, ranks: (u32, u32)) -> Option<i64> {
        let at = self.0.binary_search_by_key(&ranks, |(ranks, _)| *ranks).ok()?;
        self.0.get(at).map(|(_, weight)| *weight)
    }
}

/// A pair of rows, in the order in which pairs are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Edge {
    /// What hangs together with it.
    pub(crate) part: u32,
    pub(crate) weight: Reverse<i64>,
    /// The positions of its rows in the order of ids.
    pub(crate) ranks: (u32, u32),
}

/// What a thread uses again from part to part.
pub(crate) struct Worker<'a> {
    scorer: Scorer<'a>,
    looks: Looks<'a>,
    /// By number within the part, the number of the cluster.
    home: Vec<u32>,
    clusters: Vec<Cluster>,
    /// Pairs of rows between two clusters of which nothing is known yet.
    open: Vec<(u32, u32)>,
}

impl<'a> Worker<'a> {
    pub(crate) fn of(search: &Search<'a>, threads: Threads<'a>) -> Self {
        Self {
            scorer: search.scorer(),
            looks: Looks::new(search.rule, search.table, threads),
            home: Vec::new(),
            clusters: Vec::new(),
            open: Vec::new(),
        }
    }
}

/// Joins the rows of each part to clusters.
pub(crate) struct Joining<'a> {
    pub(crate) search: &'a Search<'a>,
    pub(crate) places: &'a Places,
    pub(crate) parts: &'a Parts,
    /// The position of each place in the order of ids, and the places by position.
    pub(crate) rank: &'a [u32],
    pub(crate) by_rank: &'a [u32],
    pub(crate) floor: u16,
    pub(crate) threads: Threads<'a>,
    /// How many edges there are, and how many were taken.
    pub(crate) all: usize,
    pub(crate) done: AtomicUsize,
}

impl Joining<'_> {
    fn row(&self, place: u32) -> u32 {
        at(&self.places.rows, place)
    }

    /// Clusters of rows that hang together by edges: adds each row with the smallest one of its cluster.
    pub(crate) fn join(&self, worker: &mut Worker<'_>, edges: &[Edge], out: &mut Vec<(u32, u32)>) {
        let Some(part) = edges.first().map(|edge| edge.part) else { return };
        let places = self.parts.places(part);
        // Most parts are two rows.
        if let ([one, two], [_]) = (places, edges) {
            let (one, two) = (self.row(*one), self.row(*two));
            let looks = &mut worker.looks;
            let (mut left, mut right) = (looks.held(one), looks.held(two));
            if looks.agree((&mut left, std::iter::once(one)), (&mut right, std::iter::once(two))) {
                let smallest = one.min(two);
                out.extend([(one, smallest), (two, smallest)]);
            }
            let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
            return self.threads.tell(done, self.all);
        }
        worker.home.clear();
        worker.home.extend(0..number(places.len()));
        worker.clusters.clear();
        self.threads.each(places, |place| {
            let held = worker.looks.held(self.row(*place));
            worker.clusters.push(Cluster { members: vec![*place], sample: vec![*place], held });
        });
        let weights = Weights::of(edges, self.threads);
        for some in edges.chunks(CHECKED as usize) {
            for edge in some {
                if self.threads.stopped() {
                    return;
                }
                self.take(worker, edge, &weights);
            }
            let done = self.done.fetch_add(some.len(), Ordering::Relaxed) + some.len();
            self.threads.tell(done, self.all);
        }
        self.threads.each(&worker.clusters, |cluster| {
            let smallest = cluster.members.iter().copied().min().map_or(0, |place| self.row(place));
            out.extend(cluster.members.iter().map(|place| (self.row(*place), smallest)));
        });
    }

    /// Joins the clusters of the rows of an edge, where nothing speaks against it.
    fn take(&self, worker: &mut Worker<'_>, edge: &Edge, weights: &Weights) {
        let Worker { scorer, looks, home, clusters, open } = worker;
        let home_of = |rank: u32| at(home, at(&self.parts.nth, at(self.by_rank, rank))) as usize;
        let (a, b) = (home_of(edge.ranks.0), home_of(edge.ranks.1));
        // The same cluster twice is not two of them.
        let Ok([one, two]) = clusters.get_disjoint_mut([a, b]) else { return };
        let row = |place: &u32| self.row(*place);
        let agree = looks.agree(
            (&mut one.held, one.members.iter().map(row)),
            (&mut two.held, two.members.iter().map(row)),
        );
        if !agree || !self.alike(scorer, one, two, weights, open) {
            return;
        }
        let (kept, given, keep) =
            if one.members.len() >= two.members.len() { (one, two, a) } else { (two, one, b) };
        for member in &given.members {
            if let Some(slot) = home.get_mut(at(&self.parts.nth, *member) as usize) {
                *slot = number(keep);
            }
        }
        let held = std::mem::take(&mut given.held);
        looks.join((&mut kept.held, kept.members.iter().map(row)), (held, given.members.iter().map(row)));
        kept.members.append(&mut given.members);
        // Only those that stand for all are kept in order, so that a large cluster grows in time that grows with what it is given.
        kept.sample.append(&mut given.sample);
        kept.sample.sort_unstable_by_key(|place| at(self.rank, *place));
        kept.sample.truncate(SAMPLE);
    }

    /// The average weight between two clusters, over the pairs that have anything to compare, reaches the floor.
    fn alike(
        &self,
        scorer: &mut Scorer<'_>,
        one: &Cluster,
        two: &Cluster,
        weights: &Weights,
        open: &mut Vec<(u32, u32)>,
    ) -> bool {
        if one.members.len() == 1 && two.members.len() == 1 {
            return true;
        }
        let floor = weight_at(self.floor).clamp(-MOST, MOST);
        // By how much the pairs are above the floor, taken together.
        let mut above = 0_i64;
        open.clear();
        for a in &one.sample {
            for b in &two.sample {
                let (left, right) = (at(self.rank, *a), at(self.rank, *b));
                match weights.get((left.min(right), left.max(right))) {
                    // What weighs as much as nothing does may have nothing to compare.
                    Some(weight) if weight != self.search.rule.prior => {
                        above += weight.clamp(-MOST, MOST) - floor;
                    }
                    _ => open.push((self.row(*a), self.row(*b))),
                }
            }
        }
        // The others may not be able to change it.
        if above >= (floor + MOST) * open.len() as i64 {
            return true;
        }
        scorer.all(open, |_, _, scored| {
            if scored.comparable() {
                above += scored.total.clamp(-MOST, MOST) - floor;
            }
        });
        above >= 0
    }
}
