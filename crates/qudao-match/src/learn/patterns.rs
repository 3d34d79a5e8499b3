//! What pairs that are compared show: the symbols of pairs drawn at random, of known pairs and of those that met.

use hashbrown::HashMap;

use super::count::{Counted, SEED};
use super::shares::Shares;
use crate::Level;
use crate::level::Symbol;
use crate::pairs::Candidates;
use crate::parallel::{Threads, pieces};
use crate::rule::{MatchingRule, Pattern, Scored};
use crate::scorer::{FETCHED, Scorer};
use crate::table::Table;

/// How many compared pairs expectation-maximisation looks at.
const TRAINING_PAIRS: u64 = 150_000;

/// Symbols of pairs drawn at random, by field.
pub(super) fn random_pairs(
    rule: &MatchingRule,
    table: &Table,
    classes: &[Vec<u8>],
    drawn: &[(u32, u32)],
    threads: Threads<'_>,
) -> Vec<Shares> {
    let mut sums = vec![[0.0; Symbol::COUNT]; rule.fields.len()];
    let found = pieces(
        drawn.len(),
        4096,
        threads,
        || Scorer::new(rule, table, classes),
        |scorer, range| {
            let mut sums = vec![[0.0; Symbol::COUNT]; rule.fields.len()];
            scorer.all(drawn.get(range).unwrap_or_default(), |_, _, scored| {
                for (sums, symbol) in sums.iter_mut().zip(scored.pattern) {
                    sums[symbol.index()] += 1.0;
                }
            });
            sums
        },
    );
    for piece in found {
        for (sums, more) in sums.iter_mut().zip(piece) {
            for (sum, more) in sums.iter_mut().zip(more) {
                *sum += more;
            }
        }
    }
    sums
}

/// Patterns of pairs that share a valid identity, rare enough to be one.
pub(super) fn known_pairs(
    rule: &MatchingRule,
    table: &Table,
    classes: &[Vec<u8>],
    counted: &[Counted],
    threads: Threads<'_>,
) -> Vec<Pattern> {
    let mut known = Vec::new();
    for (at, field) in counted.iter().enumerate() {
        let found = pieces(
            field.known.len(),
            4096,
            threads.quiet(),
            || Scorer::new(rule, table, classes),
            |scorer, range| {
                let mut same: Vec<Pattern> = Vec::new();
                scorer.all(field.known.get(range).unwrap_or_default(), |_, _, scored| {
                    if scored.pattern[at].level() == Level::Exact && !scored.related {
                        same.push(scored.pattern);
                    }
                });
                same
            },
        );
        known.extend(found.into_iter().flatten());
    }
    known
}

/// Patterns of compared pairs, of a sample where there are many.
pub(super) fn histogram(
    rule: &MatchingRule,
    table: &Table,
    candidates: &Candidates,
    classes: &[Vec<u8>],
    threads: Threads<'_>,
) -> Histogram {
    let (pairs, step) = candidates.sample(TRAINING_PAIRS, SEED, threads);
    let found = pieces(
        pairs.len(),
        8192,
        threads,
        || Scorer::new(rule, table, classes),
        |scorer, range| {
            let mut counts: HashMap<(Pattern, bool), u32> = HashMap::new();
            // What is read for one thing is near for another.
            for pairs in pairs.get(range).unwrap_or_default().chunks(FETCHED) {
                let mut scored: Vec<(u32, u32, Scored)> = Vec::with_capacity(FETCHED);
                scorer.all(pairs, |left, right, found| scored.push((left, right, found)));
                for (left, right, found) in scored {
                    // Values are looked at only where they bear marks that may tell.
                    let marked =
                        |source: &usize| [left, right].map(|row| table.marked(*source, row).is_some());
                    let kinds = rule.names.iter().any(|source| marked(source).contains(&true));
                    let codes = rule.identities.iter().any(|source| marked(source) == [true, true]);
                    if found.related || kinds && scorer.other_kind(left, right) {
                        continue;
                    }
                    let forbidden = codes && scorer.other_identity(left, right);
                    *counts.entry((found.pattern, forbidden)).or_default() += 1;
                }
            }
            counts
        },
    );
    let mut all: HashMap<(Pattern, bool), u32> = HashMap::new();
    for (pattern, count) in found.into_iter().flatten() {
        *all.entry(pattern).or_default() += count;
    }
    let mut all: Vec<((Pattern, bool), f64)> = all.into_iter().map(|(p, n)| (p, f64::from(n))).collect();
    all.sort_unstable_by_key(|a| a.0);
    let (forbidden, open): (Vec<_>, Vec<_>) = all.into_iter().partition(|((_, vetoed), _)| *vetoed);
    let patterns = |of: Vec<((Pattern, bool), f64)>| of.into_iter().map(|((p, _), n)| (p, n)).collect();
    Histogram { patterns: patterns(open), forbidden: patterns(forbidden), scale: step as f64 }
}

/// Patterns of compared pairs with their numbers, sorted.
pub(super) struct Histogram {
    pub(super) patterns: Vec<(Pattern, f64)>,
    /// Of pairs that an identity forbids.
    pub(super) forbidden: Vec<(Pattern, f64)>,
    /// How many pairs each stands for.
    pub(super) scale: f64,
}
