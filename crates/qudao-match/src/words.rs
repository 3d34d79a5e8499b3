//! Words of names, and how frequent they are: two names that differ may share a rare word or a frequent one.
//!
//! Of a company's name only what distinguishes it has words: legal form, place and trade are no part of that. Of Chinese, two neighbouring
//! characters are a word. Agreement is told by the rarest word that two names share, and only from [`Level::Medium`] on: names that agree less and
//! share a rare word are of one kin (sister firms, sites of one house, members of a family) as often as they are the same.
//!
//! E-mail domains and streets are not counted so. They are rare too, but sister firms and colleagues share them, so that rarity does not
//! tell one from the other.

use hashbrown::HashMap;

use qudao_text::fold::is_han;

use crate::compare::compare;
use crate::compare::person::PersonForm;
use crate::compare::quick::{hash, mix};
use crate::feature::Form;
use crate::frequent::Frequent;
use crate::level::Symbol;
use crate::parallel::Threads;
use crate::table::Column;
use crate::values::CHECKED;
use crate::weights::Profile;
use crate::{Comparator, Level};

/// How many words of a field a model knows at most: the most frequent ones.
const MAX_WORDS: usize = 20_000;
/// How many words of one value are looked at.
const MAX_OF_VALUE: usize = 24;
/// Words are counted by so many bits of their hashes at most, before the frequent ones are counted one by one.
const COUNTED_BITS: u32 = 21;
/// About how many occurrences of rare words are looked at, and of each class of frequent ones how many words, and occurrences in all.
const SAMPLED: u64 = 30_000;
const SAMPLED_WORDS: u32 = 500;
const SAMPLED_VALUES: u32 = 8_000;
/// About how many pairs tell the levels of values that share a word, and how many those weigh that are assumed.
const DRAWS: f64 = 20_000.0;
const ASSUMED_DRAWS: f64 = 10.0;
const SEED: u64 = 0x77_6f_72_64_73;

/// Whether the values of a field have parts that are counted.
pub(crate) fn has_words(comparator: Comparator, profile: Profile) -> bool {
    match comparator {
        Comparator::CompanyName | Comparator::PersonName => true,
        Comparator::Text => profile == Profile::Text,
        _ => false,
    }
}

/// Whether values that agree so much, and are not the same, are told by the words that they share.
pub(crate) const fn is_told(level: Level) -> bool {
    matches!(level, Level::Medium | Level::High)
}

/// Calls for the words of a value.
fn each_part<'a>(form: &Form<'a>, each: impl FnMut(&'a [u16])) {
    match form {
        Form::Text(text) => of_text(text.words(), each),
        Form::Company(company) => match company.person() {
            Some(person) => of_person(&person, each),
            None => of_text(company.core.words(), each),
        },
        Form::Person(person) => of_person(person, each),
        _ => {}
    }
}

fn of_text<'a>(words: impl Iterator<Item = &'a [u16]>, mut each: impl FnMut(&'a [u16])) {
    words.for_each(|word| each_of_word(word, &mut each));
}

fn of_person<'a>(person: &PersonForm<'a>, each: impl FnMut(&'a [u16])) {
    // An initial says little.
    let name = |name: &&[u16]| name.len() >= 2 || name.iter().any(|u| *u >= 0x80);
    [person.given.units, person.family.units].into_iter().filter(name).for_each(each);
}

/// The word; of Chinese, two neighbouring characters.
fn each_of_word<'a>(word: &'a [u16], mut each: impl FnMut(&'a [u16])) {
    let han = |unit: &u16| char::from_u32(u32::from(*unit)).is_some_and(is_han);
    if word.len() > 1 && word.first().is_some_and(|first| *first >= 0x80) && word.iter().all(han) {
        word.windows(2).for_each(each);
    } else if word.len() > 1 || word.first().is_some_and(|unit| *unit >= 0x80) {
        each(word);
    }
}

/// Calls for the hash of each word of a value once.
fn each_hash(form: &Form<'_>, mut each: impl FnMut(u64)) {
    let mut seen = [0_u64; MAX_OF_VALUE];
    let mut count = 0_usize;
    each_part(form, |part| {
        let hash = hash(part);
        if let (false, Some(slot)) = (seen.iter().take(count).any(|s| *s == hash), seen.get_mut(count)) {
            *slot = hash;
            count += 1;
            each(hash);
        }
    });
}

/// The class of the rarest word that two values share; 0 for none.
pub(crate) fn rarest_shared(words: &Frequent, a: &Form<'_>, b: &Form<'_>) -> u8 {
    let mut of_a: [&[u16]; MAX_OF_VALUE] = [&[]; MAX_OF_VALUE];
    let mut count = 0_usize;
    each_part(a, |word| {
        if let Some(slot) = of_a.get_mut(count) {
            *slot = word;
            count += 1;
        }
    });
    let of_a = of_a.get(..count).unwrap_or_default();
    let (mut class, mut left) = (0, MAX_OF_VALUE);
    each_part(b, |word| {
        if left > 0 && of_a.contains(&word) {
            let found = words.word(hash(word));
            class = if class == 0 { found } else { class.min(found) };
        }
        left = left.saturating_sub(1);
    });
    class
}

/// What counting says about the words of a field.
pub(crate) struct Counted {
    pub(crate) words: Frequent,
    /// Pairs of rows that share a word, by its class.
    pub(crate) pairs: [f64; Symbol::CLASSES],
    /// Rows that hold a word, by its class.
    pub(crate) rows: [f64; Symbol::CLASSES],
    /// Of the pairs that share a word, the share of those that come to a level and share no rarer one.
    pub(crate) shares: [f64; Level::COUNT],
}

/// A word of a distinct value that several rows may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Held {
    word: u64,
    value: u32,
    rows: u32,
}

/// Counts the words of a column: of rows that are equal in all that is compared, the first.
pub(crate) fn count(column: &Column, is_first: &[bool], threads: Threads<'_>) -> Counted {
    let mut out = Counted {
        words: Frequent::default(),
        pairs: [0.0; Symbol::CLASSES],
        rows: [0.0; Symbol::CLASSES],
        shares: [0.0; Level::COUNT],
    };
    let mut rows = vec![0_u32; column.features.len()];
    for (id, _) in column.ids.iter().zip(is_first).filter(|(_, first)| **first) {
        if let Some(slot) = rows.get_mut(*id as usize) {
            *slot += 1;
        }
    }
    let each = |each: &mut dyn FnMut(u64, u32, u32)| {
        let mut buffer = Vec::new();
        for (value, rows) in (0_u32..).zip(&rows) {
            if value.is_multiple_of(CHECKED) && threads.stopped() {
                return;
            }
            if *rows > 0 {
                let feature = column.features.read(value as usize, &mut buffer);
                each_hash(&Form::read(feature), |word| each(word, value, *rows));
            }
        }
    };
    let bits = (rows.len() * 4).next_power_of_two().trailing_zeros().clamp(6, COUNTED_BITS);
    let place = |word: u64| (word >> (u64::BITS - bits)) as usize;
    let mut counts = vec![0_u16; 1 << bits];
    let mut all = 0_u64;
    each(&mut |word, _, rows| {
        if let Some(count) = counts.get_mut(place(word)) {
            *count = count.saturating_add(u16::try_from(rows).unwrap_or(u16::MAX));
        }
        all += u64::from(rows);
    });
    let least = least(&counts);
    let count = |word: u64| counts.get(place(word)).copied().unwrap_or(0);
    let mut of_class = [0_u32; Symbol::CLASSES];
    for count in counts.iter().filter(|count| **count >= least) {
        of_class[usize::from(Symbol::word_class(u32::from(*count)))] += 1;
    }
    let step = all / SAMPLED + 1;
    let mut frequent: HashMap<u64, u32> = HashMap::new();
    let mut sample: Vec<Held> = Vec::new();
    each(&mut |word, value, rows| {
        let count = count(word);
        let drawn = mix(SEED ^ word);
        let taken = if count >= least {
            *frequent.entry(word).or_default() += rows;
            let of_class = of_class[usize::from(Symbol::word_class(u32::from(count)))];
            let words = of_class / SAMPLED_WORDS + 1;
            let values = u32::from(count) / (SAMPLED_VALUES / of_class.clamp(1, SAMPLED_WORDS)) + 1;
            drawn.is_multiple_of(u64::from(words))
                && mix(drawn ^ u64::from(value)).is_multiple_of(u64::from(values))
        } else {
            drawn.is_multiple_of(step)
        };
        if taken {
            sample.push(Held { word, value, rows });
        }
    });
    frequent.retain(|_, rows| *rows >= 3);
    out.words = frequent.iter().map(|(word, n)| (*word, Symbol::word_class(*n))).collect();
    for n in frequent.values() {
        let class = usize::from(Symbol::word_class(*n));
        out.rows[class] += f64::from(*n);
        out.pairs[class] += pairs(f64::from(*n));
    }
    let rare = usize::from(Symbol::RARE_WORD);
    #[expect(clippy::cast_precision_loss, reason = "far below what is held exactly")]
    let (all, step) = (all as f64, step as f64);
    out.rows[rare] += (all - out.rows.iter().sum::<f64>()).max(0.0);
    // Of rare words a sample is counted; each stands for so many.
    sample.sort_unstable();
    let mut drawn: Vec<(usize, f64, &[Held])> = Vec::new();
    for held in sample.chunk_by(|a, b| a.word == b.word) {
        let Some(word) = held.first().map(|held| held.word) else { continue };
        match frequent.get(&word) {
            Some(n) => drawn.push((usize::from(Symbol::word_class(*n)), pairs(f64::from(*n)), held)),
            None if count(word) < least => {
                let n = pairs(held.iter().map(|held| f64::from(held.rows)).sum());
                out.pairs[rare] += n * step;
                drawn.push((rare, n, held));
            }
            None => {}
        }
    }
    // Those drawn of a class stand for all of it.
    let mut of_drawn = [0.0; Symbol::CLASSES];
    drawn.iter().for_each(|(class, pairs, _)| of_drawn[*class] += pairs);
    for (class, pairs, _) in &mut drawn {
        *pairs *= out.pairs[*class] / of_drawn[*class].max(1.0);
    }
    out.shares = shares(column, &out.words, &drawn);
    out
}

fn pairs(rows: f64) -> f64 {
    rows * (rows - 1.0) / 2.0
}

/// From which count on words are frequent: at least 3, and so that not too many are.
fn least(counts: &[u16]) -> u16 {
    let mut of_count = vec![0_usize; usize::from(u16::MAX) + 1];
    for count in counts {
        of_count[usize::from(*count)] += 1;
    }
    let mut sum = 0;
    for count in (3..=u16::MAX).rev() {
        sum += of_count[usize::from(count)];
        if sum > MAX_WORDS {
            return count.saturating_add(1);
        }
    }
    3
}

/// What pairs of rows that share a word come to: of each level, the share of pairs that come to it by this word. `drawn` gives words with
/// their class and the number of pairs for which each stands.
///
/// One share for all classes: how alike the other words are by chance hardly depends on how rare the shared one is, and of rare
/// words too few pairs are seen to tell.
fn shares(column: &Column, words: &Frequent, drawn: &[(usize, f64, &[Held])]) -> [f64; Level::COUNT] {
    let all: f64 = drawn.iter().map(|(_, pairs, _)| pairs).sum();
    let (mut out, mut draws) = ([0.0; Level::COUNT], 0.0);
    let (mut of_a, mut of_b) = (Vec::new(), Vec::new());
    for (class, pairs, held) in drawn.iter().filter(|(_, pairs, _)| *pairs > 0.0) {
        let rows: u64 = held.iter().map(|held| u64::from(held.rows)).sum();
        if rows < 2 {
            continue;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a small positive number"
        )]
        let count = libm::ceil(DRAWS * pairs / all) as u32;
        draws += f64::from(count);
        for draw in 0..count {
            let seed = mix(SEED ^ held.first().map_or(0, |h| h.word) ^ u64::from(draw).rotate_left(32));
            let (first, second) = (seed % rows, mix(seed) % (rows - 1));
            // Not the same row twice.
            let second = if second >= first { second + 1 } else { second };
            let (Some(a), Some(b)) = (value_at(held, first), value_at(held, second)) else { continue };
            if a == b {
                continue;
            }
            let a = Form::read(column.features.read(a as usize, &mut of_a));
            let b = Form::read(column.features.read(b as usize, &mut of_b));
            let found = compare(&a, &b);
            if !found.same_term && is_told(found.level) && usize::from(rarest_shared(words, &a, &b)) == *class
            {
                out[found.level.index()] += pairs / f64::from(count);
            }
        }
    }
    for (level, share) in Level::ALL.into_iter().zip(&mut out) {
        let assumed = match level {
            Level::Medium => 0.01,
            Level::High => 0.005,
            _ => 0.0,
        };
        let found = if all > 0.0 { *share / all } else { 0.0 };
        *share = (found * draws + assumed * ASSUMED_DRAWS) / (draws + ASSUMED_DRAWS);
    }
    out
}

/// The value of a row, where each value has as many as it says.
fn value_at(held: &[Held], mut row: u64) -> Option<u32> {
    for held in held {
        let Some(rest) = row.checked_sub(u64::from(held.rows)) else { return Some(held.value) };
        row = rest;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feature::Feature;

    fn words(comparator: Comparator, text: &str) -> Vec<u64> {
        let mut found = Vec::new();
        each_hash(&Feature::of(comparator, text).form(), |word| found.push(word));
        found
    }

    #[test]
    fn names_have_words_without_legal_form_place_and_trade() {
        let of = |words: &[&str]| -> Vec<u64> {
            words.iter().map(|word| hash(&crate::compare::quick::units(word))).collect()
        };
        for (comparator, name, expected) in [
            (Comparator::CompanyName, "Blue Ridge Consulting LLC", &["blue", "ridge"][..]),
            (Comparator::CompanyName, "Acme Trading (Shanghai) Co., Ltd.", &["acme"]),
            (Comparator::CompanyName, "Ridge & Ridge Group", &["ridge", "and"]),
            (Comparator::CompanyName, "深圳市海康威视数字技术有限公司北京分公司", &["海康", "康威", "威视"]),
            (Comparator::PersonName, "Dr. Anna M. Schmidt", &["anna", "schmidt"]),
            (Comparator::PersonName, "王小明", &["小明", "王"]),
            (Comparator::PersonName, "J. Smith", &["smith"]),
            (Comparator::Text, "GTX Pro 100", &["gtx", "pro", "100"]),
            (Comparator::Phone, "0755-28780808", &[]),
        ] {
            let found = words(comparator, name);
            let texts = of(expected);
            assert!(texts.iter().all(|word| found.contains(word)), "{name} {expected:?}");
            // Of a trade that stays in a name nothing is asked here.
            assert!(found.len() <= texts.len() + 2, "{name}");
        }
        for (name, word) in [
            ("Blue Ridge Consulting LLC", "llc"),
            ("Blue Ridge Consulting LLC", "consulting"),
            ("Acme Trading (Shanghai) Co., Ltd.", "ltd"),
            ("Acme Trading (Shanghai) Co., Ltd.", "trading"),
            ("深圳市海康威视科技有限公司", "科技"),
            ("深圳市海康威视科技有限公司", "公司"),
            ("深圳市海康威视科技有限公司", "深圳"),
        ] {
            assert!(!words(Comparator::CompanyName, name).contains(&of(&[word])[0]), "{name} {word}");
        }
    }

    #[test]
    fn the_rarest_shared_word_counts_in_either_order() {
        let units = crate::compare::quick::units;
        let classes = [("blue", 400), ("ridge", 20)].map(|(w, n)| (hash(&units(w)), Symbol::word_class(n)));
        let words: Frequent = classes.into_iter().collect();
        let class = |a: &str, b: &str| {
            let (a, b) = (Feature::of(Comparator::CompanyName, a), Feature::of(Comparator::CompanyName, b));
            let one = rarest_shared(&words, &a.form(), &b.form());
            assert_eq!(one, rarest_shared(&words, &b.form(), &a.form()));
            one
        };
        assert_eq!(class("Blue Ridge Inc", "Ridge of Blue Ltd"), Symbol::word_class(20));
        assert_eq!(class("Blue Ridge Inc", "Blue Star Ltd"), Symbol::word_class(400));
        assert_eq!(class("Blue Ridge Zyx Inc", "Blue Zyx Ltd"), Symbol::RARE_WORD);
        assert_eq!(class("Blue Ridge Inc", "Star Ltd"), 0);
        assert_eq!(class("海康威视", "海康威士"), Symbol::RARE_WORD);
        assert_eq!(class("海康威视", ""), 0);
    }

    #[test]
    fn frequent_words_are_counted_as_they_are() {
        // Bounds of what is frequent: not more than a model may hold, and not what two rows hold.
        let mut counts = vec![0_u16; 100];
        counts[..4].copy_from_slice(&[2, 3, 9, u16::MAX]);
        assert_eq!(least(&counts), 3);
        let many = vec![7_u16; MAX_WORDS + 1];
        assert_eq!(least(&[many, vec![9, 8]].concat()), 8);
        assert_eq!(least(&vec![u16::MAX; MAX_WORDS + 1]), u16::MAX);
    }
}
