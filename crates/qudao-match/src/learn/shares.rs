//! `m` and `u` of a field's symbols: what is assumed, what was seen, and how the two are put together.

use super::count::Counted;
use crate::Level;
use crate::level::Symbol;
use crate::rule::{CompareField, MatchingRule};
use crate::scorer::Scorer;
use crate::table::Table;
use crate::weights::Profile;
use crate::words::is_told;

/// The assumptions weigh like so many pairs.
const ASSUMED_TRUE: f64 = 20.0;
/// In a table of up to 10,000 rows. The more rows, the more different pairs meet, and what chance makes of them has to be told from nothing: so
/// an assumption gives way to what was seen, or not seen, sooner.
const ASSUMED_RANDOM: f64 = 10_000.0;
const LEAST_ASSUMED_RANDOM: f64 = 1_000.0;
/// In a table of fewer pairs than this, what is assumed weighs more than what is seen.
pub(super) const ASSUMED_PAIRS: f64 = 100_000.0;

/// Shares by symbol.
pub(super) type Shares = [f64; Symbol::COUNT];

/// How many random pairs the assumptions weigh like in a table of so many rows.
#[expect(clippy::cast_precision_loss, reason = "far fewer rows than would be lost")]
fn assumed_random(rows: usize) -> f64 {
    (ASSUMED_RANDOM * 10_000.0 / rows.max(1) as f64).clamp(LEAST_ASSUMED_RANDOM, ASSUMED_RANDOM)
}

/// What is known of a field while its weights are learned.
pub(super) struct FieldState<'a> {
    pub(super) counted: &'a Counted,
    /// Observed among all pairs of rows, true pairs included.
    pub(super) observed: Shares,
    pub(super) assumed_m: Shares,
    pub(super) assumed_u: Shares,
    pub(super) m: Shares,
    /// `m` stands, because it was counted on known pairs.
    pub(super) known: bool,
}

/// What is assumed of true and of different pairs: levels as the kind of value has it, frequencies as the rows have it.
pub(super) fn assumed(field: &CompareField, counted: &Counted) -> (Shares, Shares) {
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

pub(super) fn smoothed(sums: &Shares, assumed: &Shares) -> Shares {
    let total: f64 = sums.iter().sum();
    let mut out = [0.0; Symbol::COUNT];
    for ((out, sum), assumed) in out.iter_mut().zip(sums).zip(assumed) {
        *out = (sum + ASSUMED_TRUE * assumed) / (total + ASSUMED_TRUE);
    }
    out
}

/// A true pair whose names differ is rare. Where nothing but the pairs themselves says what is true, sister firms and colleagues
/// would be taken for it, so the share stays near what is assumed.
pub(super) fn bounded(field: &CompareField, state: &mut FieldState<'_>) {
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

/// A rarer word does not weigh less: neighbouring classes of words that say otherwise are taken for one (isotonic regression by pooling
/// adjacent violators; M. Ayer and others, "An Empirical Distribution Function for Sampling with Incomplete Information", 1955).
pub(super) fn ordered(state: &mut FieldState<'_>, share: f64) {
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

/// The share of each symbol among all pairs of rows that hold a value.
pub(super) fn observed(
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
    let given = assumed_random(table.rows);
    let drawn: f64 = Symbol::all().filter(|s| s.level() != Level::Missing).map(|s| random[s.index()]).sum();
    for symbol in Symbol::all().filter(|s| s.level() != Level::Missing && s.class() == 0) {
        let u = field.profile.shares(symbol.level()).1 * (1.0 - on_one_word(symbol.level(), counted));
        out[symbol.index()] = (random[symbol.index()] + given * u) / (drawn + given);
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

/// What different pairs show: what was seen, without what true pairs added to it. Small tables lean on what is assumed.
pub(super) fn u_of(state: &FieldState<'_>, at: usize, share: f64) -> f64 {
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
