//! Any text: words in any order, abbreviated words, mistyped letters.
//!
//! Words are compared by the Jaro-Winkler similarity (W. E. Winkler, 1990), whole texts by the average over their words,
//! each taken with its best partner and weighted by its length (after Monge and Elkan, 1996, made symmetric). Texts with
//! Chinese characters are compared by the share of characters left alone by the shortest edit.

use qudao_text::fold::{is_han, is_kana};
use qudao_text::fold_tokens;

use super::quick::{CharSet, edits, hash, mix, units, winkler};
use crate::Level;

/// Longer texts are compared by their beginnings.
const MAX_UNITS: usize = 200;
const MAX_WORDS: usize = 24;
const MAX_WORD: usize = 64;

/// A text, ready to be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TextForm {
    /// Letters and digits, folded: the beginning of the text.
    pub(crate) units: Box<[u16]>,
    /// The words: where they stand in the units.
    pub(crate) words: Box<[Word]>,
    /// A hash of the words in no order, the whole text's.
    bag: u64,
    set: CharSet,
    /// A hash of what was cut off.
    tail: u32,
    /// Holds Chinese or Japanese characters.
    pub(crate) cjk: bool,
    /// Holds letters of an alphabet.
    pub(crate) alphabetic: bool,
}

/// A word of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word {
    set: CharSet,
    hash: u32,
    start: u16,
    pub(crate) length: u8,
    pub(crate) digits: bool,
}

impl Word {
    fn of(units: &[u16], start: usize, length: usize) -> Self {
        let text = &units[start..start + length];
        Self {
            set: CharSet::of(text),
            hash: low(hash(text)),
            start: u16::try_from(start).unwrap_or(0),
            length: u8::try_from(length).unwrap_or(0),
            digits: text.iter().any(|u| (0x30..=0x39).contains(u)),
        }
    }

    /// The letters of the word in the units of its text.
    pub(crate) fn text(self, units: &[u16]) -> &[u16] {
        let start = usize::from(self.start);
        units.get(start..start + usize::from(self.length)).unwrap_or_default()
    }
}

fn low(hash: u64) -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "the lower half is meant")]
    let low = hash as u32;
    low
}

/// Words laid end to end, with where each stands.
pub(crate) struct Laid {
    pub(crate) units: Vec<u16>,
    pub(crate) words: Vec<Word>,
    pub(crate) bag: u64,
    pub(crate) tail: u32,
}

/// Lays words end to end. What does not fit is remembered as a hash.
pub(crate) fn lay<'w>(words: impl IntoIterator<Item = &'w str>) -> Laid {
    let mut out = Laid { units: Vec::new(), words: Vec::new(), bag: 0, tail: 0 };
    for word in words {
        let text = units(word);
        out.bag = out.bag.wrapping_add(mix(hash(&text) | 1));
        let room = MAX_UNITS - out.units.len();
        if text.len() <= room && out.words.len() < MAX_WORDS {
            let start = out.units.len();
            out.units.extend_from_slice(&text);
            out.words.push(Word::of(&out.units, start, text.len().min(MAX_WORD)));
        } else {
            out.units.extend_from_slice(&text[..text.len().min(room)]);
            let rest = &text[text.len().min(room)..];
            out.tail = low(mix(u64::from(out.tail) ^ hash(rest))) | 1;
        }
    }
    out
}

impl TextForm {
    /// None for a text without letters and digits.
    pub(crate) fn of(text: &str) -> Option<Self> {
        Self::of_words(&fold_tokens(text))
    }

    /// Of words that are folded.
    pub(crate) fn of_words(tokens: &[String]) -> Option<Self> {
        if tokens.is_empty() {
            return None;
        }
        let laid = lay(tokens.iter().map(String::as_str));
        let is_cjk = |c: char| is_han(c) || is_kana(c);
        let chars = || char::decode_utf16(laid.units.iter().copied()).filter_map(Result::ok);
        let cjk = chars().any(is_cjk);
        let alphabetic = chars().any(|c| c.is_alphabetic() && !is_cjk(c));
        Some(Self {
            set: CharSet::of(&laid.units),
            units: laid.units.into(),
            words: laid.words.into(),
            bag: laid.bag,
            tail: laid.tail,
            cjk,
            alphabetic,
        })
    }

    /// Letters and digits are the same.
    pub(crate) fn same(&self, other: &Self) -> bool {
        self.units == other.units && self.tail == other.tail
    }

    /// Letters and digits, as text. What was cut off stands at its end as a number.
    pub(crate) fn key(&self) -> String {
        let mut key = String::from_utf16_lossy(&self.units);
        if self.tail != 0 {
            key.push_str(&format!("\u{1e}{:08x}", self.tail));
        }
        key
    }

    /// Nothing was cut off.
    pub(crate) fn is_whole(&self) -> bool {
        self.tail == 0
    }

    /// The words, as texts.
    pub(crate) fn tokens(&self) -> impl Iterator<Item = String> + '_ {
        self.words.iter().map(|w| String::from_utf16_lossy(w.text(&self.units)))
    }

    /// A hash of the whole text.
    pub(crate) fn hash(&self) -> u64 {
        mix(hash(&self.units) ^ u64::from(self.tail))
    }

    /// Written in scripts that cannot be compared letter by letter: one Chinese only, the other without Chinese.
    pub(crate) fn other_script(&self, other: &Self) -> bool {
        let chinese = |f: &Self| f.cjk && !f.alphabetic;
        let letters = |f: &Self| f.alphabetic && !f.cjk;
        chinese(self) && letters(other) || letters(self) && chinese(other)
    }
}

/// How much two texts agree.
pub(crate) fn level(a: &TextForm, b: &TextForm) -> Level {
    if a.same(b) {
        return Level::Exact;
    }
    if a.other_script(b) {
        return Level::Missing;
    }
    if !a.cjk && !b.cjk && a.bag == b.bag {
        return Level::High;
    }
    let similarity = similarity(a, b);
    let (high, medium, low) = if a.cjk || b.cjk { (820, 660, 500) } else { (950, 880, 780) };
    if similarity >= high {
        Level::High
    } else if similarity >= medium {
        Level::Medium
    } else if similarity >= low {
        Level::Low
    } else {
        Level::Different
    }
}

/// The similarity in thousandths.
pub(crate) fn similarity(a: &TextForm, b: &TextForm) -> u32 {
    if a.same(b) {
        1000
    } else if a.cjk || b.cjk {
        characters(&a.units, &b.units, a.set.fewest_edits(b.set))
    } else {
        let whole = if (a.words.len() == 1 || b.words.len() == 1) && whole_may_be_alike(a, b) {
            // `Bel-Air` against `Belair`.
            winkler(&a.units, &b.units)
        } else {
            0
        };
        words((&a.units, &a.words), (&b.units, &b.words)).max(whole)
    }
}

fn whole_may_be_alike(a: &TextForm, b: &TextForm) -> bool {
    bound(a.units.len(), a.set, b.units.len(), b.set, common_start(&a.units, &b.units)) >= 780
}

/// Below this nobody tells similarities of characters apart.
const LEAST: u32 = 400;

/// One less the edits per character of the longer text, in thousandths; 0 when that is less than anybody asks for.
/// `fewest` is a lower bound of the edits.
pub(crate) fn characters(a: &[u16], b: &[u16], fewest: usize) -> u32 {
    let longer = a.len().max(b.len());
    let share = |edits: usize| -> u32 {
        let left = longer.saturating_sub(edits).saturating_mul(1000).checked_div(longer).unwrap_or(1000);
        u32::try_from(left).unwrap_or(0)
    };
    let lengths = longer.saturating_sub(a.len().min(b.len()));
    if share(fewest.max(lengths)) < LEAST {
        return 0;
    }
    let found = share(edits(a, b));
    if found < LEAST { 0 } else { found }
}

/// Words and the units in which they stand.
pub(crate) type Words<'a> = (&'a [u16], &'a [Word]);

/// The average over the words of both sides, each with its best partner, weighted by length, in thousandths.
pub(crate) fn words(a: Words<'_>, b: Words<'_>) -> u32 {
    // What each word of `b` reaches, while those of `a` are gone through once.
    let mut best_b = [0_u32; MAX_WORDS];
    let (mut sum, mut length) = (0_u64, 0_u64);
    let weight = |w: &Word| u64::from(w.length).min(12);
    for word in a.1 {
        let mut best = 0;
        for (other, reached) in b.1.iter().zip(&mut best_b) {
            let found = word_pair(a.0, *word, b.0, *other);
            best = best.max(found);
            *reached = (*reached).max(found);
        }
        sum += u64::from(best) * weight(word);
        length += weight(word);
    }
    for (word, reached) in b.1.iter().zip(best_b) {
        sum += u64::from(reached) * weight(word);
        length += weight(word);
    }
    sum.checked_div(length).and_then(|mean| u32::try_from(mean).ok()).unwrap_or(0)
}

/// Two words: equal, one short for the other (`deli`, `delicatessen`; `s.`, `south`), or mistyped.
fn word_pair(in_a: &[u16], a: Word, in_b: &[u16], b: Word) -> u32 {
    let (x, y) = (a.text(in_a), b.text(in_b));
    if a.hash == b.hash && x == y {
        return 1000;
    }
    if a.digits || b.digits {
        // Numbers are right or wrong.
        return 0;
    }
    let (short, long) = if x.len() <= y.len() { (x, y) } else { (y, x) };
    if long.starts_with(short) {
        return if short.len() >= 3 { 920 } else { 850 };
    }
    if contraction(short, long) {
        return 880;
    }
    if bound(x.len(), a.set, y.len(), b.set, common_start(x, y)) < ALIKE {
        return 0;
    }
    let similarity = winkler(x, y);
    if similarity >= ALIKE { similarity } else { 0 }
}

/// A word written by its consonants: `mfg`, `intl`, `mgmt`, `svcs`.
pub(crate) fn contraction(short: &[u16], long: &[u16]) -> bool {
    let vowel = |u: &u16| matches!(*u, 0x61 | 0x65 | 0x69 | 0x6f | 0x75);
    let mut rest = long.iter();
    (3..=5).contains(&short.len())
        && long.len() >= short.len() + 3
        && short.first() == long.first()
        && short.iter().all(|u| *u < 0x80)
        && !short.iter().skip(1).any(vowel)
        && short.iter().all(|u| rest.any(|other| other == u))
}

/// From this Jaro-Winkler similarity on, in thousandths, two words may be one.
const ALIKE: u32 = 850;

fn common_start(a: &[u16], b: &[u16]) -> usize {
    a.iter().zip(b).take(4).take_while(|(x, y)| x == y).count()
}

/// An upper bound of the Jaro-Winkler similarity, in thousandths, from lengths and sets of characters.
fn bound(length_a: usize, a: CharSet, length_b: usize, b: CharSet, prefix: usize) -> u32 {
    let in_a = length_a.saturating_sub(a.missing_from(b));
    let in_b = length_b.saturating_sub(b.missing_from(a));
    let common = in_a.min(in_b) * 1000;
    let (Some(of_a), Some(of_b)) = (common.checked_div(length_a), common.checked_div(length_b)) else {
        return 0;
    };
    // Each share is rounded down by less than one, so that 3 more is an upper bound.
    let jaro = (of_a + of_b + 1003) / 3;
    let winkler = jaro + 1000_usize.saturating_sub(jaro) * prefix / 10;
    u32::try_from(winkler + 1).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        for (a, b, expected) in [
            ("GTX Pro", "gtx-pro", Level::Exact),
            ("hotel bel-air", "bel-air hotel", Level::High),
            ("campanile", "campanille", Level::High),
            ("arts delicatessen", "arts deli", Level::Medium),
            ("granita", "spago", Level::Different),
            ("Nguyen Bright Int'l", "Nguyen Bright International", Level::High),
            ("GTX 100", "GTX 200", Level::Different),
            ("阿里巴巴", "阿里巴巴", Level::Exact),
            ("阿里巴巴网络", "阿里巴巴网路", Level::High),
            ("北京饭店", "北京大饭店", Level::Medium),
            ("北京饭店", "上海宾馆", Level::Different),
            ("华为", "Huawei", Level::Missing),
        ] {
            let (x, y) = (TextForm::of(a).unwrap(), TextForm::of(b).unwrap());
            assert_eq!(level(&x, &y), expected, "{a} {b} {}", similarity(&x, &y));
            assert_eq!(level(&y, &x), expected, "{b} {a}");
        }
        assert_eq!(TextForm::of("---"), None);
    }

    proptest::proptest! {
        #[test]
        fn the_quick_refusal_never_refuses_what_is_alike(a in "[a-e]{1,8}", b in "[a-e]{1,8}") {
            let (x, y) = (units(&a), units(&b));
            let most = bound(x.len(), CharSet::of(&x), y.len(), CharSet::of(&y), common_start(&x, &y));
            proptest::prop_assert!(winkler(&x, &y) <= most, "{} {}", a, b);
        }
    }

    #[test]
    fn a_million_characters_are_no_trouble() {
        let long = "x ".repeat(500_000);
        let other = format!("{long}y");
        let (a, b) = (TextForm::of(&long).unwrap(), TextForm::of(&other).unwrap());
        assert!(level(&a, &b) >= Level::High);
        assert!(!a.same(&b));
    }
}
