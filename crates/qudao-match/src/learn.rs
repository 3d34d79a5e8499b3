//! Weights learned from a table without labels.
//!
//! For each field a symbol says how much two values agree and, where they agree on one value, how many rows hold it. `m` is the
//! share of true pairs that show a symbol, `u` the share of different pairs; the weight is `log2(m / u)` (I. P. Fellegi and
//! A. B. Sunter, "A Theory for Record Linkage", 1969).
//!
//! - `u` of agreeing on a value comes from counting: with `n` rows that hold it, `n (n - 1) / 2` pairs agree. Values are put into
//!   classes by `n`, so that agreement on a rare value weighs more (term frequency, W. E. Winkler, 2000). `u` of everything else
//!   comes from pairs drawn at random, with a fixed seed. What true pairs add to either is taken out again.
//! - Values that differ and still agree somewhat may share a word, rare or frequent: see [`crate::words`]. `u` of that comes from counting too:
//!   `n (n - 1) / 2` pairs share a word of `n` rows, and a sample of them says how many come to a level.
//! - Rows that are equal in all that is compared are one thing written several times, so `u` looks at one of them. Else a table that is full
//!   of equal rows would teach that agreement says nothing, and they would not be found.
//! - `m` and the share of true pairs come from expectation-maximisation over the patterns of compared pairs (A. P. Dempster,
//!   N. M. Laird and D. B. Rubin, 1977; Winkler, 1988). Where an identity field names pairs that are the same beyond doubt, `m` of the other
//!   fields is counted on those, which is steadier.
//! - Where little was seen, the assumptions of [`crate::weights`] fill in, as if a few pairs more had been seen.

use std::sync::Arc;

use hashbrown::HashMap;

use crate::Level;
use crate::compare::quick::mix;
use crate::level::Symbol;
use crate::model::{FieldModel, MatchModel, SymbolModel};
use crate::pairs::Candidates;
use crate::parallel::{Threads, pieces};
use crate::rule::{CompareField, LearnedField, MatchingRule, Pattern, Scored};
use crate::scorer::{FETCHED, Scorer};
use crate::table::{Table, number};
use crate::values::{each_equal, each_term};
use crate::weights::{Profile, millibits, prior_weight, probability_exact};
use crate::words::{Words, has_words, is_told};

/// How many values of a field a model counts at most: the most frequent ones.
const MAX_TERMS: usize = 20_000;
/// How many random pairs tell how often different things agree by chance: at least so many, and three for every ten rows. The more rows, the
/// less likely are two of them the same, and the smaller a chance has to be told from none.
const RANDOM_PAIRS: u64 = 100_000;
/// How many compared pairs expectation-maximisation looks at.
const TRAINING_PAIRS: u64 = 150_000;
/// How many pairs of one identity `m` is counted on.
const KNOWN_PAIRS: usize = 30_000;
/// Of an identity that more rows hold than these, no pair is known.
const FEW_ROWS: usize = 8;
/// How many values that several rows hold tell how alike rows of one value are.
const SAMPLED: usize = 4000;
/// With fewer known pairs than this, expectation-maximisation decides alone.
const FEW_KNOWN: f64 = 200.0;
/// The assumptions weigh like so many pairs.
const ASSUMED_TRUE: f64 = 20.0;
const ASSUMED_RANDOM: f64 = 10_000.0;
/// In a table of fewer pairs than this, what is assumed weighs more than what is seen.
const ASSUMED_PAIRS: f64 = 100_000.0;
/// Of pairs that agree in any set of fields at least this share is taken for different.
const UNSURE: f64 = 0.02;
const ROUNDS: usize = 25;
/// The seed of the random pairs.
const SEED: u64 = 0x71_75_64_61_6f;

/// Which values of a field are frequent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Terms {
    /// The class of each frequent value, by [`Form::term`].
    pub(crate) classes: HashMap<u64, u8>,
}

impl Terms {
    /// The class of a value; of one that is not frequent, the rarest.
    pub(crate) fn class(&self, term: u64) -> u8 {
        match term {
            0 => 0,
            term => self.classes.get(&term).copied().unwrap_or(1),
        }
    }

    /// The class of each distinct value of a column.
    pub(crate) fn of_column(&self, table: &Table, source: usize) -> Vec<u8> {
        let column = table.columns.get(source);
        column.into_iter().flat_map(|c| &c.terms).map(|term| self.class(*term)).collect()
    }
}

/// The classes of a rule's fields over a table; empty where nothing was learned.
pub(crate) fn classes(rule: &MatchingRule, table: &Table, threads: Threads<'_>) -> Vec<Vec<u8>> {
    pieces(
        rule.fields.len(),
        1,
        threads,
        || (),
        |(), range| {
            let field = rule.fields.get(range.start);
            field
                .and_then(|f| f.learned.as_ref().map(|l| l.terms.of_column(table, f.source)))
                .unwrap_or_default()
        },
    )
}

/// What counting says about a field.
struct Counted {
    terms: Terms,
    /// Pairs of rows that hold one value or share a word, by its class. Of equal rows one is counted, here and below.
    pairs: [f64; Symbol::CLASSES],
    /// Rows by the class of their value and of their words.
    rows: [f64; Symbol::CLASSES],
    /// What pairs that share a word come to.
    shares: [f64; Level::COUNT],
    words: Option<Arc<Words>>,
    /// Rows that hold a value, of equal rows one.
    present: f64,
    /// Two rows of one value each: a sample of the values that several rows hold.
    sample: Vec<(u32, u32)>,
    /// Of an identity, pairs of rows of one value: a sample too.
    known: Vec<(u32, u32)>,
}

/// What counting says about the fields of a rule. Terms are needed for nothing else, so that they can be let go before rows meet.
#[derive(Default)]
pub(crate) struct Counts {
    fields: Vec<Counted>,
    /// Pairs of rows drawn at random.
    drawn: Vec<(u32, u32)>,
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

/// Of the classes that counting told, those that a rule looks at that learned from it.
pub(crate) fn classes_of_learned(learned: &MatchingRule, classes: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let fields = learned.fields.iter().zip(classes);
    fields.map(|(field, of)| if field.learned.is_some() { of } else { Vec::new() }).collect()
}

/// Of rows that are equal in all that is compared, the first one.
struct Firsts {
    rows: Vec<u32>,
    is_first: Vec<bool>,
}

impl Firsts {
    fn of(rule: &MatchingRule, table: &Table, threads: Threads<'_>) -> Self {
        let mut hashes = vec![0_u64; table.rows];
        // Of fields that are compared, and of those alone: keys may read others.
        let compared: std::collections::BTreeSet<usize> = rule.fields.iter().map(|f| f.source).collect();
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
        terms: Terms::default(),
        pairs: [0.0; Symbol::CLASSES],
        rows: [0.0; Symbol::CLASSES],
        shares: [0.0; Level::COUNT],
        words: None,
        present: 0.0,
        sample: Vec::new(),
        known: Vec::new(),
    };
    let Some(column) = table.columns.get(field.source) else { return (out, Vec::new()) };
    let terms = &column.terms;
    let mut alone = 0.0;
    for (id, first) in column.ids.iter().zip(&firsts.is_first) {
        let missing = column.features.is_missing(*id as usize);
        out.present += f64::from(u8::from(!missing && *first));
        alone += f64::from(u8::from(terms.get(*id as usize).is_some_and(|term| *term != 0)));
    }
    // The largest count below which values are no longer kept.
    let mut counted: Vec<(u32, u32)> = Vec::new();
    let mut together = Together::default();
    each_term(terms, &column.ids, threads, |rows| {
        together.push(rows);
        let n = firsts.among(rows);
        alone -= f64::from(number(rows.len()));
        counted.extend(rows.first().filter(|_| n >= 3).map(|row| (n, *row)));
    });
    let term = |row: u32| {
        let id = column.ids.get(row as usize).copied().unwrap_or(u32::MAX);
        terms.get(id as usize).copied().unwrap_or(0)
    };
    let mut counts: Vec<(u32, u64)> = counted.into_iter().map(|(n, row)| (n, term(row))).collect();
    if counts.len() > MAX_TERMS {
        counts.sort_unstable_by(|a, b| b.cmp(a));
        // Values of one count stand or fall together.
        let least = counts.get(MAX_TERMS).map_or(3, |(n, _)| n + 1);
        counts.retain(|(n, _)| *n >= least);
    }
    out.terms.classes = counts.into_iter().map(|(n, term)| (term, Symbol::class_of(n))).collect();
    let classes = terms.iter().map(|t| out.terms.class(*t)).collect();
    // A value of one row is among the rarest, and no other row is equal to that one.
    out.rows[1] += alone;
    for rows in together.groups() {
        let class = usize::from(rows.first().map_or(0, |row| out.terms.class(term(*row))));
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

/// Shares by symbol.
type Shares = [f64; Symbol::COUNT];

struct FieldState<'a> {
    counted: &'a Counted,
    /// Observed among all pairs of rows, true pairs included.
    observed: Shares,
    assumed_m: Shares,
    assumed_u: Shares,
    m: Shares,
    /// `m` stands, because it was counted on known pairs.
    known: bool,
}

/// Learns the weights of a rule from a table.
pub(crate) fn learn(
    rule: &MatchingRule,
    table: &Table,
    candidates: &Candidates,
    counts: &Counts,
    classes: &[Vec<u8>],
    threads: Threads<'_>,
) -> MatchModel {
    // Patterns do not depend on weights, so the rule as it is will do; symbols need the classes.
    let Counts { fields: counted, drawn } = counts;
    let mut told = rule.clone();
    for (field, counted) in told.fields.iter_mut().zip(counted) {
        field.words.clone_from(&counted.words);
    }
    let rule = &told;
    let random = random_pairs(rule, table, classes, drawn, threads.part(0, 350));
    let state = |at: usize| {
        let (field, counted) = rule.fields.get(at).zip(counted.get(at))?;
        let observed = observed(rule, table, classes, at, field, counted, &random);
        let (assumed_m, assumed_u) = assumed(field, counted);
        Some(FieldState { counted, observed, assumed_m, assumed_u, m: assumed_m, known: false })
    };
    let states = pieces(rule.fields.len(), 1, threads.part(350, 400), || (), |(), at| state(at.start));
    let mut fields: Vec<FieldState<'_>> = states.into_iter().flatten().collect();
    let known = known_pairs(rule, table, classes, &fields, threads.part(400, 500));
    for (at, (field, state)) in rule.fields.iter().zip(&mut fields).enumerate() {
        let is_identity = rule.identities.contains(&field.source);
        let total: f64 = known.iter().filter(|p| p[at] != Symbol::MISSING).map(|_| 1.0).sum();
        if !is_identity && total >= FEW_KNOWN {
            let mut sums = [0.0; Symbol::COUNT];
            for pattern in known.iter().filter(|p| p[at] != Symbol::MISSING) {
                sums[pattern[at].index()] += 1.0;
            }
            state.m = smoothed(&sums, &state.assumed_m);
            state.known = true;
        }
    }
    let Histogram { patterns, forbidden, scale } =
        histogram(rule, table, candidates, classes, threads.part(500, 900));
    let rows = f64::from(number(candidates.standing()));
    let all_pairs = (rows * (rows - 1.0) / 2.0).max(1.0);
    let mut trained = rule.clone();
    let assumed_share = odds_to_share(rule.prior);
    let mut share = (assumed_share * ASSUMED_PAIRS + 0.2 * rows) / (all_pairs + ASSUMED_PAIRS);
    for _ in 0..ROUNDS {
        if threads.stopped() {
            break;
        }
        apply(&mut trained, &fields, share);
        let shares = joint_shares(&trained, &patterns, &forbidden);
        trained.shares = shares;
        let (next, sums) = expect(&trained, &patterns);
        let true_pairs = next * scale;
        // Not more than every row in four pairs; small tables lean on what the rule assumes.
        share = (true_pairs.min(2.0 * rows) + assumed_share * ASSUMED_PAIRS) / (all_pairs + ASSUMED_PAIRS);
        for ((field, state), sums) in rule.fields.iter().zip(&mut fields).zip(&sums) {
            if !state.known {
                state.m = smoothed(sums, &state.assumed_m);
                bounded(field, state);
            }
            ordered(state, share);
        }
    }
    apply(&mut trained, &fields, share);
    trained.shares = joint_shares(&trained, &patterns, &forbidden);
    report(&trained, &fields, table.rows)
}

fn odds_to_share(prior: i64) -> f64 {
    probability_exact(prior)
}

/// What is assumed of true and of different pairs: levels as the kind of value has it, frequencies as the rows have it.
fn assumed(field: &CompareField, counted: &Counted) -> (Shares, Shares) {
    let (mut out, mut different) = ([0.0; Symbol::COUNT], [0.0; Symbol::COUNT]);
    let rows: f64 = counted.rows.iter().take(Symbol::VALUES).sum();
    let words: f64 = counted.rows.iter().skip(Symbol::VALUES).sum();
    for symbol in Symbol::all().filter(|s| s.level() != Level::Missing) {
        let (m, u) = field.profile.shares(symbol.level());
        // Exact agreement is agreement on one value; partial agreement seldom is, but for the core of a company's name.
        let on_one_value = match (symbol.level(), field.profile) {
            (Level::Exact, _) => 0.98,
            (Level::High | Level::Medium, Profile::Company) => 0.4,
            _ => 0.02,
        };
        let class = symbol.class();
        let on_one_word = on_one_word(symbol.level(), counted);
        let part = if class == 0 {
            (1.0 - on_one_value) * (1.0 - on_one_word)
        } else if class >= Symbol::VALUES {
            let share = if words > 0.0 { (counted.rows[class] / words).max(1e-4) } else { 1.0 / 8.0 };
            (1.0 - on_one_value) * on_one_word * share
        } else if rows > 0.0 {
            on_one_value * (counted.rows[class] / rows).max(1e-4)
        } else {
            on_one_value / 8.0
        };
        out[symbol.index()] = m * part;
        different[symbol.index()] = u * part;
    }
    (out, different)
}

/// The share of values that differ, agree somewhat and share a word: what is assumed.
fn on_one_word(level: Level, counted: &Counted) -> f64 {
    if counted.words.is_some() && is_told(level) { 0.5 } else { 0.0 }
}

fn smoothed(sums: &Shares, assumed: &Shares) -> Shares {
    let total: f64 = sums.iter().sum();
    let mut out = [0.0; Symbol::COUNT];
    for ((out, sum), assumed) in out.iter_mut().zip(sums).zip(assumed) {
        *out = (sum + ASSUMED_TRUE * assumed) / (total + ASSUMED_TRUE);
    }
    out
}

/// A true pair whose names differ is rare. Where nothing but the pairs themselves says what is true, sister firms and colleagues
/// would be taken for it, so the share stays near what is assumed.
fn bounded(field: &CompareField, state: &mut FieldState<'_>) {
    if !matches!(field.profile, Profile::Company | Profile::Person | Profile::Identity) {
        return;
    }
    let most = match field.profile {
        // Slips leave an identity similar; another one altogether is another thing.
        Profile::Identity => 0.01,
        profile => profile.shares(Level::Different).0,
    };
    let different = Symbol::all().filter(|s| s.level() == Level::Different);
    let sum: f64 = different.clone().map(|s| state.m[s.index()]).sum();
    if sum > most {
        for symbol in different {
            state.m[symbol.index()] *= most / sum;
        }
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
    (0..RANDOM_PAIRS.max(count * 3 / 10).min(count * 20)).filter_map(draw).collect()
}

/// A rarer word does not weigh less: neighbouring classes of words that say otherwise are taken for one (isotonic regression by pooling
/// adjacent violators; M. Ayer and others, "An Empirical Distribution Function for Sampling with Incomplete Information", 1955).
fn ordered(state: &mut FieldState<'_>, share: f64) {
    if state.counted.words.is_none() {
        return;
    }
    for level in Level::ALL.into_iter().filter(|level| is_told(*level)) {
        // From the most frequent to the rarest: `m`, `u` and how many classes stand together.
        let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
        let places = Symbol::WORDS.rev().map(|class| Symbol::of(level, class).index());
        for at in places.clone() {
            let mut block = (state.m[at], u_of(state, at, share), 1);
            while let Some(before) = blocks.pop_if(|before| before.0 * block.1 > block.0 * before.1) {
                block = (block.0 + before.0, block.1 + before.1, block.2 + before.2);
            }
            blocks.push(block);
        }
        let ratios = blocks.iter().flat_map(|(m, u, count)| std::iter::repeat_n(m / u.max(1e-12), *count));
        let ms: Vec<f64> =
            places.clone().zip(ratios).map(|(at, ratio)| ratio * u_of(state, at, share)).collect();
        for (at, m) in places.zip(ms) {
            state.m[at] = m;
        }
    }
}

/// Symbols of pairs drawn at random, by field.
fn random_pairs(
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

/// The share of each symbol among all pairs of rows that hold a value.
fn observed(
    rule: &MatchingRule,
    table: &Table,
    classes: &[Vec<u8>],
    at: usize,
    field: &CompareField,
    counted: &Counted,
    random: &[Shares],
) -> Shares {
    let mut out = [0.0; Symbol::COUNT];
    let none = [0.0; Symbol::COUNT];
    let random = random.get(at).unwrap_or(&none);
    let drawn: f64 = Symbol::all().filter(|s| s.level() != Level::Missing).map(|s| random[s.index()]).sum();
    for symbol in Symbol::all().filter(|s| s.level() != Level::Missing && s.class() == 0) {
        let u = field.profile.shares(symbol.level()).1 * (1.0 - on_one_word(symbol.level(), counted));
        out[symbol.index()] = (random[symbol.index()] + ASSUMED_RANDOM * u) / (drawn + ASSUMED_RANDOM);
    }
    // Agreement on one value: counted, and of each class a sample says which levels it makes.
    let pairs = (counted.present * (counted.present - 1.0) / 2.0).max(1.0);
    let mut levels = [[0.0_f64; Level::COUNT]; Symbol::VALUES];
    let mut scorer = Scorer::new(rule, table, classes);
    let mut left = [400_i32; Symbol::VALUES];
    for (first, last) in &counted.sample {
        let Some(symbol) = scorer.symbol(at, *first, *last) else { continue };
        let class = symbol.class();
        if (1..Symbol::VALUES).contains(&class) && left[class] > 0 {
            left[class] -= 1;
            levels[class][symbol.level().index()] += 1.0;
        }
    }
    for (class, levels) in levels.iter().enumerate().skip(1) {
        let seen: f64 = levels.iter().sum();
        for (level, count) in Level::ALL.into_iter().zip(levels).filter(|(l, _)| *l != Level::Missing) {
            let prior = if level == Level::Exact { 1.0 } else { 0.01 };
            let share = (count + prior) / (seen + 1.04);
            let symbol = Symbol::of(level, u8::try_from(class).unwrap_or(0));
            out[symbol.index()] = counted.pairs[class] / pairs * share;
        }
    }
    for class in Symbol::WORDS.filter(|_| counted.words.is_some()) {
        let at = usize::from(class);
        for level in Level::ALL.into_iter().filter(|level| is_told(*level)) {
            let share = counted.shares[level.index()];
            out[Symbol::of(level, class).index()] = counted.pairs[at] / pairs * share;
        }
    }
    out
}

/// Patterns of pairs that share a valid identity, rare enough to be one.
fn known_pairs(
    rule: &MatchingRule,
    table: &Table,
    classes: &[Vec<u8>],
    fields: &[FieldState<'_>],
    threads: Threads<'_>,
) -> Vec<Pattern> {
    let mut known = Vec::new();
    for (at, state) in fields.iter().enumerate() {
        let found = pieces(
            state.counted.known.len(),
            4096,
            threads.quiet(),
            || Scorer::new(rule, table, classes),
            |scorer, range| {
                let mut same: Vec<Pattern> = Vec::new();
                scorer.all(state.counted.known.get(range).unwrap_or_default(), |_, _, scored| {
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
fn histogram(
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
                    if !found.related && !scorer.other_kind(left, right) {
                        *counts.entry((found.pattern, scorer.other_identity(left, right))).or_default() += 1;
                    }
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
struct Histogram {
    patterns: Vec<(Pattern, f64)>,
    /// Of pairs that an identity forbids.
    forbidden: Vec<(Pattern, f64)>,
    /// How many pairs each stands for.
    scale: f64,
}

/// What linked fields that agree say in common: sister firms, colleagues and households share several of them at once, so together
/// they say less than the sum. Identities tell how much less: of the pairs in which a set of fields agrees, and both sides hold
/// an identity, some hold the same one and some another, and their ratio is what the set says. Its part of the sum of the single
/// weights is given in thousandths. Empty where no identity can tell.
fn joint_shares(rule: &MatchingRule, patterns: &[(Pattern, f64)], forbidden: &[(Pattern, f64)]) -> Vec<i64> {
    let identities: Vec<usize> = (0..rule.fields.len())
        .filter(|at| rule.fields.get(*at).is_some_and(|f| rule.identities.contains(&f.source)))
        .collect();
    if rule.linked.len() < 2 || identities.is_empty() {
        return Vec::new();
    }
    let sets = 1_usize << rule.linked.len();
    let none = vec![0.0; sets];
    // Pairs of one identity, of two, and the sums of weights of the former and of all.
    let (mut same, mut other, mut of_same, mut all, mut of_all) =
        (none.clone(), none.clone(), none.clone(), none.clone(), none);
    for (at, (pattern, count)) in patterns.iter().chain(forbidden).enumerate() {
        let (set, sum) = rule.agreeing(pattern, &rule.weights_of(pattern));
        let sum = sum as f64;
        all[set] += count;
        of_all[set] += sum * count;
        let told = identities.iter().map(|at| pattern[*at].level()).filter(|l| *l != Level::Missing).max();
        match told {
            Some(Level::Different) => other[set] += count,
            Some(_) if at < patterns.len() => {
                same[set] += count;
                of_same[set] += sum * count;
            }
            _ if at >= patterns.len() => other[set] += count,
            _ => {}
        }
    }
    if same.iter().sum::<f64>() < FEW_KNOWN {
        return Vec::new();
    }
    (0..sets)
        .map(|set| {
            if set.count_ones() < 2 || all[set] < 1.0 {
                return 1000;
            }
            let ratio = (same[set] + 0.5) / (other[set] + 0.5).max(same[set] * UNSURE);
            let together = libm::log2(ratio) * 1000.0 - rule.prior as f64;
            let apart = if same[set] >= 1.0 { of_same[set] / same[set] } else { of_all[set] / all[set] };
            millibits((together / apart.max(1.0)).clamp(0.0, 1.0))
        })
        .collect()
}

/// Expected number of true pairs, and of each symbol among them.
fn expect(rule: &MatchingRule, patterns: &[(Pattern, f64)]) -> (f64, Vec<Shares>) {
    let mut sums = vec![[0.0; Symbol::COUNT]; rule.fields.len()];
    let mut pairs = 0.0;
    for (pattern, count) in patterns {
        let total = rule.contributions(pattern).iter().fold(rule.prior, |sum, w| sum.saturating_add(*w));
        let expected = probability_exact(total) * count;
        pairs += expected;
        for (sums, symbol) in sums.iter_mut().zip(pattern).filter(|(_, s)| **s != Symbol::MISSING) {
            sums[symbol.index()] += expected;
        }
    }
    (pairs, sums)
}

/// Puts weights from the shares into a rule.
fn apply(rule: &mut MatchingRule, fields: &[FieldState<'_>], share: f64) {
    rule.prior = prior_weight(share);
    for (field, state) in rule.fields.iter_mut().zip(fields).filter(|(f, _)| !f.by_hand) {
        let mut weights = [0; Symbol::COUNT];
        for symbol in Symbol::all().filter(|s| s.level() != Level::Missing) {
            let at = symbol.index();
            weights[at] = weight(state.m[at], u_of(state, at, share));
        }
        field.learned = Some(Arc::new(LearnedField { weights, terms: Terms::default() }));
    }
    rule.prepare_bounds();
}

/// What different pairs show: what was seen, without what true pairs added to it. Small tables lean on what is assumed.
fn u_of(state: &FieldState<'_>, at: usize, share: f64) -> f64 {
    let (mut seen, mut m, mut part) = (state.observed[at], state.m[at], 1.0);
    if let Some(of_level) = Symbol::all().find(|s| s.index() == at && s.class() >= Symbol::VALUES) {
        // All words of a level together, each class by its part: what chance makes of them is the same.
        let all = Symbol::WORDS.map(|class| Symbol::of(of_level.level(), class).index());
        let (all_seen, all_m) = all.fold((0.0, 0.0), |(o, m), at| (o + state.observed[at], m + state.m[at]));
        part = if all_seen > 0.0 { seen / all_seen } else { 0.0 };
        (seen, m) = (all_seen, all_m);
    }
    let different = ((seen - share * m) / (1.0 - share)).max(seen * 0.03) * part;
    let pairs = state.counted.present * (state.counted.present - 1.0) / 2.0;
    ((different * pairs + state.assumed_u[at] * ASSUMED_PAIRS) / (pairs + ASSUMED_PAIRS)).max(1e-12)
}

/// The weight of two shares, within what a single field may say.
fn weight(m: f64, u: f64) -> i64 {
    millibits(libm::log2(m.max(1e-9) / u.max(1e-12)).clamp(-15.0, 30.0))
}

fn report(rule: &MatchingRule, fields: &[FieldState<'_>], rows: usize) -> MatchModel {
    let share = odds_to_share(rule.prior);
    let learned = rule.fields.iter().zip(fields).filter(|(f, _)| !f.by_hand);
    let fields = learned.map(|(field, state)| FieldModel {
        field: field.field.clone(),
        comparator: field.comparator,
        symbols: Symbol::all()
            .filter(|s| s.level() != Level::Missing && state.m[s.index()] > 0.0)
            .filter(|s| s.class() <= 1 || state.counted.pairs[s.class()] > 0.0)
            .map(|s| SymbolModel::new(s, state.m[s.index()], u_of(state, s.index(), share)))
            .collect(),
        frequent: state.counted.terms.classes.iter().map(|(t, c)| (format!("{t:016x}"), *c)).collect(),
        words: state.counted.words.as_ref().map(|words| {
            words.classes.iter().map(|(word, class)| (format!("{word:016x}"), *class)).collect()
        }),
    });
    MatchModel::new(rule, rows as u64, fields.collect())
}
