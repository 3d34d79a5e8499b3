//! What counting a table says: how many rows hold a value or a word, and how many pairs of them agree by that.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::Level;
use crate::compare::quick::mix;
use crate::frequent::Frequent;
use crate::huge::Huge;
use crate::level::Symbol;
use crate::parallel::{Threads, pieces};
use crate::rule::{CompareField, MatchingRule};
use crate::table::{Table, number};
use crate::values::{each_equal, each_term};
use crate::words::has_words;

/// How many values of a field a model counts at most: the most frequent ones.
const MAX_TERMS: usize = 20_000;
/// How many random pairs tell how often different things agree by chance: at least so many, and one for every ten rows. The more rows, the
/// less likely are two of them the same, and the smaller a chance has to be told from none.
const RANDOM_PAIRS: u64 = 100_000;
/// How many pairs of one identity `m` is counted on.
const KNOWN_PAIRS: usize = 30_000;
/// Of an identity that more rows hold than these, no pair is known.
const FEW_ROWS: usize = 8;
/// How many values that several rows hold tell how alike rows of one value are.
const SAMPLED: usize = 4000;
/// The seed of what is drawn.
pub(super) const SEED: u64 = 0x71_75_64_61_6f;

/// What counting says about a field.
pub(super) struct Counted {
    pub(super) terms: Frequent,
    /// Pairs of rows that hold one value or share a word, by its class. Of equal rows one is counted, here and below.
    pub(super) pairs: [f64; Symbol::CLASSES],
    /// Rows by the class of their value and of their words.
    pub(super) rows: [f64; Symbol::CLASSES],
    /// What pairs that share a word come to.
    pub(super) shares: [f64; Level::COUNT],
    pub(super) words: Option<Arc<Frequent>>,
    /// Rows that hold a value, of equal rows one.
    pub(super) present: f64,
    /// Two rows of one value each: a sample of the values that several rows hold.
    pub(super) sample: Vec<(u32, u32)>,
    /// Of an identity, pairs of rows of one value: a sample too.
    pub(super) known: Vec<(u32, u32)>,
}

/// What counting says about the fields of a rule. Terms are needed for nothing else, so that they can be let go before rows meet.
#[derive(Default)]
pub(crate) struct Counts {
    pub(super) fields: Vec<Counted>,
    /// Pairs of rows drawn at random.
    pub(super) drawn: Vec<(u32, u32)>,
}

impl Counts {
    /// Counts a table, and tells the class of each distinct value, by field.
    pub(crate) fn of(rule: &MatchingRule, table: &Table, threads: Threads<'_>) -> (Self, Vec<Vec<u8>>) {
        let firsts = Firsts::of(rule, table, threads);
        let counted = pieces(
            rule.fields.len(),
            1,
            threads,
            || (),
            |(), range| rule.fields.get(range.start).map(|field| count(rule, table, field, &firsts, threads)),
        );
        let (fields, classes) = counted.into_iter().flatten().unzip();
        (Self { fields, drawn: drawn(&firsts.rows) }, classes)
    }
}

/// Of rows that are equal in all that is compared, the first one.
struct Firsts {
    rows: Vec<u32>,
    is_first: Vec<bool>,
}

impl Firsts {
    fn of(rule: &MatchingRule, table: &Table, threads: Threads<'_>) -> Self {
        let mut hashes: Huge<u64> = Huge::zeroed(table.rows);
        // Of fields that are compared, and of those alone: keys may read others.
        let compared: BTreeSet<usize> = rule.fields.iter().map(|f| f.source).collect();
        for column in compared.into_iter().filter_map(|source| table.columns.get(source)) {
            for (hash, id) in hashes.iter_mut().zip(&column.ids) {
                *hash = mix(*hash ^ u64::from(*id));
            }
        }
        let mut is_first = vec![true; table.rows];
        each_equal(hashes, threads, |rows| {
            for row in rows.get(1..).unwrap_or_default() {
                if let Some(slot) = is_first.get_mut(*row as usize) {
                    *slot = false;
                }
            }
        });
        let rows = (0_u32..).zip(&is_first).filter(|(_, first)| **first).map(|(row, _)| row).collect();
        Self { rows, is_first }
    }

    /// How many of some rows are the first of theirs.
    fn among(&self, rows: &[u32]) -> u32 {
        let first = |row: &&u32| self.is_first.get(**row as usize).copied().unwrap_or(false);
        number(rows.iter().filter(first).count())
    }
}

/// Counts a field, and tells the class of each distinct value.
fn count(
    rule: &MatchingRule,
    table: &Table,
    field: &CompareField,
    firsts: &Firsts,
    threads: Threads<'_>,
) -> (Counted, Vec<u8>) {
    let mut out = Counted {
        terms: Frequent::default(),
        pairs: [0.0; Symbol::CLASSES],
        rows: [0.0; Symbol::CLASSES],
        shares: [0.0; Level::COUNT],
        words: None,
        present: 0.0,
        sample: Vec::new(),
        known: Vec::new(),
    };
    let Some(column) = table.columns.get(field.source) else { return (out, Vec::new()) };
    let (terms, ids): (&[u64], &[u32]) = (&column.terms, &column.ids);
    let mut alone = 0.0;
    for (id, first) in ids.iter().zip(&firsts.is_first) {
        let missing = column.features.is_missing(*id as usize);
        out.present += f64::from(u8::from(!missing && *first));
        alone += f64::from(u8::from(terms.get(*id as usize).is_some_and(|term| *term != 0)));
    }
    // The largest count below which values are no longer kept.
    let mut counted: Vec<(u32, u32)> = Vec::new();
    let mut together = Together::default();
    each_term(terms, ids, threads, |rows| {
        together.push(rows);
        let n = firsts.among(rows);
        alone -= f64::from(number(rows.len()));
        counted.extend(rows.first().filter(|_| n >= 3).map(|row| (n, *row)));
    });
    let term = |row: u32| {
        let id = ids.get(row as usize).copied().unwrap_or(u32::MAX);
        terms.get(id as usize).copied().unwrap_or(0)
    };
    let mut counts: Vec<(u32, u64)> = counted.into_iter().map(|(n, row)| (n, term(row))).collect();
    if counts.len() > MAX_TERMS {
        counts.sort_unstable_by(|a, b| b.cmp(a));
        // Values of one count stand or fall together.
        let least = counts.get(MAX_TERMS).map_or(3, |(n, _)| n + 1);
        counts.retain(|(n, _)| *n >= least);
    }
    out.terms = counts.into_iter().map(|(n, term)| (term, Symbol::class_of(n))).collect();
    let classes = terms.iter().map(|t| out.terms.value(*t)).collect();
    // A value of one row is among the rarest, and no other row is equal to that one.
    out.rows[1] += alone;
    for rows in together.groups() {
        let class = usize::from(rows.first().map_or(0, |row| out.terms.value(term(*row))));
        let n = f64::from(firsts.among(rows));
        out.rows[class] += n;
        out.pairs[class] += n * (n - 1.0) / 2.0;
    }
    let ends = |rows: &[u32]| Some((*rows.first()?, *rows.last()?));
    out.sample = together.groups().step_by(together.len() / SAMPLED + 1).filter_map(ends).collect();
    if rule.identities.contains(&field.source) {
        let some = together.groups().step_by(together.len() / KNOWN_PAIRS + 1);
        for rows in some.filter(|rows| rows.len() <= FEW_ROWS) {
            for (i, left) in rows.iter().enumerate() {
                out.known.extend(rows[i + 1..].iter().map(|right| (*left, *right)));
            }
        }
    }
    if has_words(field.comparator, field.profile) && !field.by_hand {
        let counted = crate::words::count(column, &firsts.is_first, threads);
        for class in Symbol::WORDS.map(usize::from) {
            (out.pairs[class], out.rows[class]) = (counted.pairs[class], counted.rows[class]);
        }
        (out.shares, out.words) = (counted.shares, Some(Arc::new(counted.words)));
    }
    (out, classes)
}

/// Rows of one value each, laid end to end.
#[derive(Default)]
struct Together {
    rows: Vec<u32>,
    ends: Vec<u32>,
}

impl Together {
    fn push(&mut self, rows: &[u32]) {
        self.rows.extend_from_slice(rows);
        self.ends.push(number(self.rows.len()));
    }

    fn len(&self) -> usize {
        self.ends.len()
    }

    fn groups(&self) -> impl Iterator<Item = &[u32]> {
        self.ends.iter().enumerate().map(|(i, end)| {
            let start = i.checked_sub(1).and_then(|i| self.ends.get(i)).copied().unwrap_or(0);
            self.rows.get(start as usize..*end as usize).unwrap_or_default()
        })
    }
}

/// Pairs of these rows, drawn at random with a fixed seed.
fn drawn(rows: &[u32]) -> Vec<(u32, u32)> {
    let count = rows.len() as u64;
    if count < 2 {
        return Vec::new();
    }
    let draw = |draw: u64| {
        let seed = mix(SEED ^ draw);
        let (i, j) = (seed % count, mix(seed) % count);
        let row = |at: u64| rows.get(usize::try_from(at).ok()?).copied();
        (i != j).then_some((row(i.min(j))?, row(i.max(j))?))
    };
    (0..RANDOM_PAIRS.max(count / 10).min(count * 20)).filter_map(draw).collect()
}
