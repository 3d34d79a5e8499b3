//! All pairs of a table that reach a floor: compared where rows meet, and told by their group where rows are equal.

use std::collections::{BTreeMap, HashMap};

use crate::block::second_look;
use crate::copies::{Copies, Group};
use crate::key::Key;
use crate::pairs::{Candidates, Side};
use crate::parallel::{Threads, merged, sorted};
use crate::rule::{MatchingRule, Scored};
use crate::score::{OversizedBlock, Pair, decimal4};
use crate::scorer::{FETCHED, Scorer};
use crate::table::Table;
use crate::values::CHECKED;
use crate::weights::probability;

/// A pair on its way into an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Found {
    pub(crate) left: u32,
    pub(crate) right: u32,
    pub(crate) total: i64,
    pub(crate) related: bool,
}

/// What comparing all pairs gives.
#[derive(Debug, Default)]
pub(crate) struct Scores {
    /// Sorted by rows. Of equal rows those that stand for others.
    pub(crate) found: Vec<Found>,
    pub(crate) compared: u64,
    /// Compared pairs of one label.
    pub(crate) reached: u64,
}

/// Compared pairs of one label, with how many each stands for.
type Reached = Vec<(u32, u32, u64)>;

impl Scores {
    /// Leaves the pairs that were chosen, and those that are related.
    pub(crate) fn choose(&mut self, chosen: Option<Vec<Found>>, threads: Threads<'_>) {
        if let Some(chosen) = chosen {
            self.found.retain(|found| found.related);
            self.found = merged(&self.found, &chosen, threads);
        }
    }
}

/// A table with what compares its rows.
#[derive(Clone, Copy)]
pub(crate) struct Search<'a> {
    pub(crate) rule: &'a MatchingRule,
    pub(crate) table: &'a Table,
    pub(crate) classes: &'a [Vec<u8>],
    pub(crate) candidates: &'a Candidates,
    /// What is compared and does not reach it is not told.
    pub(crate) floor: i64,
}

impl<'a> Search<'a> {
    pub(crate) fn scorer(&self) -> Scorer<'a> {
        Scorer::new(self.rule, self.table, self.classes)
    }

    /// The pairs that reach the floor, of rows that stand for themselves; how many were compared, and how many of those have one label.
    pub(crate) fn scores(&self, labels: Option<&[u32]>, threads: Threads<'_>) -> Scores {
        self.scores_of(labels, threads).0
    }

    /// Rows that found no partner look for one by the keys that are meant for them. Gives the blocks that were too large.
    pub(crate) fn second_look(
        &self,
        scores: &mut Scores,
        labels: Option<&[u32]>,
        threads: Threads<'_>,
    ) -> Vec<OversizedBlock> {
        if !self.rule.keys.iter().any(Key::is_second) {
            return Vec::new();
        }
        let partners = scores.found.iter().filter(|pair| !pair.related);
        let lonely = lonely(self.candidates, partners.map(|pair| (pair.left, pair.right)));
        if !lonely.contains(&true) {
            return Vec::new();
        }
        let side = self.candidates.side();
        let candidates = second_look(self.rule, self.table, side, lonely, threads.part(0, 500));
        let second = Search { candidates: &candidates, ..*self };
        let (mut more, reached) = second.scores_of(labels, threads.part(500, 1000));
        // Related ones may have met before.
        more.found.retain(|pair| scores.found.binary_search(pair).is_err());
        scores.found = merged(&scores.found, &more.found, threads.quiet());
        scores.compared += more.compared;
        let pairs: Vec<(u32, u32)> = reached.iter().map(|(left, right, _)| (*left, *right)).collect();
        let before = self.candidates.held(&pairs);
        let anew = reached.iter().zip(before).filter(|(_, before)| !before);
        scores.reached += anew.map(|((_, _, stands), _)| stands).sum::<u64>();
        candidates.oversized
    }

    /// As [`Self::scores`]; of the second look, also the pairs of one label, sorted.
    fn scores_of(&self, labels: Option<&[u32]>, threads: Threads<'_>) -> (Scores, Reached) {
        let second = !self.candidates.lonely.is_empty();
        let labels = labels.map(|labels| Labelled::of(labels, &self.candidates.copies));
        let scored = self.candidates.slices(
            threads,
            || (self.scorer(), Vec::with_capacity(FETCHED)),
            |(scorer, some), pairs| {
                let mut part = Scores::default();
                let mut reached = Reached::new();
                let mut compare = |some: &mut Vec<(u32, u32)>, part: &mut Scores| {
                    if threads.stopped() {
                        return some.clear();
                    }
                    part.compared += some.len() as u64;
                    if let Some(labels) = &labels {
                        if second {
                            let all = some.iter().map(|(l, r)| (*l, *r, labels.same(*l, *r)));
                            reached.extend(all.filter(|(_, _, stands)| *stands > 0));
                        } else {
                            part.reached += some.iter().map(|(l, r)| labels.same(*l, *r)).sum::<u64>();
                        }
                    }
                    scorer.reaching(some, self.floor, |left, right, scored| {
                        let Scored { total, related, .. } = scored;
                        part.found.push(Found { left, right, total, related });
                    });
                    some.clear();
                };
                pairs.each(|left, right| {
                    if self.candidates.asks(left, right) {
                        some.push((left, right));
                    }
                    if some.len() == FETCHED {
                        compare(some, &mut part);
                    }
                });
                compare(some, &mut part);
                (part, reached)
            },
        );
        let (mut scores, mut all) = (Scores::default(), Reached::new());
        for (part, reached) in scored {
            all.extend(reached);
            scores.found.extend(part.found);
            scores.compared += part.compared;
            scores.reached += part.reached;
        }
        if let Some(labels) = &labels
            && !second
            && self.candidates.side() == Side::Within
        {
            let keyed = self.candidates.copies.groups().filter(|group| group.keyed);
            scores.reached += keyed.map(|group| labels.within(group.first)).sum::<u64>();
        }
        (scores, all)
    }

    /// What rows that are equal come to, by the one that stands for them: for groups that reach the floor.
    pub(crate) fn of_copies(&self, threads: Threads<'_>) -> BTreeMap<u32, Found> {
        let mut out = BTreeMap::new();
        if self.candidates.side() != Side::Within {
            return out;
        }
        let mut scorer = self.scorer();
        for group in self.candidates.copies.groups().filter(|group| group.keyed) {
            if threads.stopped() {
                break;
            }
            let Some(other) = group.others.first() else { continue };
            scorer.reaching(&[(group.first, *other)], self.floor, |left, right, scored| {
                let Scored { total, related, .. } = scored;
                out.insert(group.first, Found { left, right, total, related });
            });
        }
        out
    }

    /// Adds the pairs of rows for which another one stands: each of them beside that one, or of two tables beside what is most like it
    /// in the other. `of_copies` is what equal rows come to.
    pub(crate) fn add_copies(
        &self,
        scores: &mut Scores,
        of_copies: &BTreeMap<u32, Found>,
        threads: Threads<'_>,
    ) {
        let copies = &self.candidates.copies;
        if copies.is_empty() {
            return;
        }
        let mut more: Vec<Found> = Vec::new();
        let mut add = |group: Group<'_>, pair: &dyn Fn(u32) -> Found| {
            for some in group.others.chunks(CHECKED as usize) {
                if threads.stopped() {
                    return;
                }
                more.extend(some.iter().map(|other| pair(*other)));
            }
        };
        match self.candidates.side() {
            Side::Within => {
                for (first, like) in of_copies {
                    let Some(group) = copies.group(*first) else { continue };
                    add(group, &|other| Found { right: other, ..*like });
                }
                let keyed = copies.groups().filter(|group| group.keyed);
                scores.compared += keyed.map(|group| group.others.len() as u64).sum::<u64>();
            }
            Side::Across(_) => {
                for (first, best) in best(&scores.found, copies) {
                    let Some(group) = copies.group(first) else { continue };
                    for like in best.into_iter().flatten() {
                        let pair = |other| {
                            if like.left == first {
                                Found { left: other, ..like }
                            } else {
                                Found { right: other, ..like }
                            }
                        };
                        add(group, &pair);
                        scores.compared += group.others.len() as u64;
                    }
                }
            }
        }
        scores.found = merged(&scores.found, &sorted(more, threads), threads);
    }
}

/// Which rows are in none of the pairs that were found.
pub(crate) fn lonely(candidates: &Candidates, found: impl Iterator<Item = (u32, u32)>) -> Vec<bool> {
    let mut lonely = vec![true; candidates.rows];
    let equal = candidates.copies.groups().filter(|_| candidates.side() == Side::Within);
    let equal = equal.filter(|group| group.keyed).map(|group| (group.first, group.first));
    for row in found.chain(equal).flat_map(|(left, right)| [left, right]) {
        if let Some(slot) = lonely.get_mut(row as usize) {
            *slot = false;
        }
    }
    lonely
}

/// Of the rows that stand for others, the pair that reaches most, and of the related ones too; of equal ones the first.
fn best(found: &[Found], copies: &Copies) -> BTreeMap<u32, [Option<Found>; 2]> {
    let mut best: BTreeMap<u32, [Option<Found>; 2]> =
        copies.groups().map(|group| (group.first, [None, None])).collect();
    for pair in found {
        for row in [pair.left, pair.right] {
            let Some([same, related]) = best.get_mut(&row) else { continue };
            let slot = if pair.related { related } else { same };
            if slot.is_none_or(|before| before.total < pair.total) {
                *slot = Some(*pair);
            }
        }
    }
    best
}

/// Labels of rows, and of those that stand for others how often each label occurs among all of theirs.
struct Labelled<'a> {
    labels: &'a [u32],
    groups: HashMap<u32, Vec<(u32, u64)>>,
}

impl<'a> Labelled<'a> {
    fn of(labels: &'a [u32], copies: &Copies) -> Self {
        let counted = |group: Group<'_>| {
            let rows = std::iter::once(&group.first).chain(group.others);
            let mut held: Vec<u32> = rows.filter_map(|row| labels.get(*row as usize)).copied().collect();
            held.sort_unstable();
            let counts = held.chunk_by(|a, b| a == b).filter_map(|c| Some((*c.first()?, c.len() as u64)));
            (group.first, counts.collect())
        };
        Self { labels, groups: copies.groups().map(counted).collect() }
    }

    /// How many pairs of one label a compared pair stands for.
    fn same(&self, left: u32, right: u32) -> u64 {
        let label = |row: u32| self.labels.get(row as usize).copied();
        let group = |row: u32| self.groups.get(&row).filter(|_| !self.groups.is_empty());
        let among = |counts: &[(u32, u64)], label: Option<u32>| {
            let at = label.and_then(|label| counts.binary_search_by_key(&label, |(l, _)| *l).ok());
            at.and_then(|at| counts.get(at)).map_or(0, |(_, n)| *n)
        };
        match (group(left), group(right)) {
            (None, None) => u64::from(label(left).is_some() && label(left) == label(right)),
            (Some(of_left), None) => among(of_left, label(right)),
            (None, Some(of_right)) => among(of_right, label(left)),
            (Some(of_left), Some(of_right)) => {
                of_left.iter().map(|(label, n)| n * among(of_right, Some(*label))).sum()
            }
        }
    }

    /// How many pairs of one label there are among equal rows.
    fn within(&self, first: u32) -> u64 {
        let counts = self.groups.get(&first).map(Vec::as_slice).unwrap_or_default();
        counts.iter().map(|(_, n)| n * n.saturating_sub(1) / 2).sum()
    }
}

/// Pairs and related pairs. Rows of the right side are counted from `start`.
pub(crate) fn split(found: &[Found], start: u32, threads: Threads<'_>) -> (Vec<Pair>, Vec<Pair>) {
    let pair = |f: &Found| Pair {
        left: f.left,
        right: f.right.saturating_sub(start),
        probability: decimal4(probability(f.total)),
        weight: f.total,
    };
    let (mut same, mut related) = (Vec::with_capacity(found.len()), Vec::new());
    threads.each(found, |found| if found.related { &mut related } else { &mut same }.push(pair(found)));
    same.shrink_to_fit();
    (same, related)
}
