//! Any text: words in any order, abbreviated words, mistyped letters.
//!
//! Words are compared by the Jaro-Winkler similarity (W. E. Winkler, 1990), whole texts by the average over their words,
//! each taken with its best partner and weighted by its length (after Monge and Elkan, 1996, made symmetric). Texts with
//! Chinese characters are compared by the share of characters left alone by the shortest edit.

use qudao_text::fold::{is_han, is_kana};
use qudao_text::{fold_key, fold_tokens};

use super::ordered;
use super::quick::{CharSet, edits};
use crate::Level;

/// Longer texts are compared by their beginnings.
const MAX_CHARS: usize = 200;
const MAX_TOKENS: usize = 24;

/// A text, ready to be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TextForm {
    /// Letters and digits, folded.
    pub(crate) key: String,
    /// The words.
    pub(crate) tokens: Vec<String>,
    /// The words, ready to be compared.
    pub(crate) words: Vec<Word>,
    /// The words, sorted.
    sorted: Vec<String>,
    set: CharSet,
    /// The beginning of the key.
    pub(crate) chars: Vec<char>,
    /// Holds Chinese or Japanese characters.
    pub(crate) cjk: bool,
    /// Holds letters of an alphabet.
    pub(crate) alphabetic: bool,
}

impl TextForm {
    /// None for a text without letters and digits.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let key = fold_key(text);
        if key.is_empty() {
            return None;
        }
        let mut tokens = fold_tokens(text);
        tokens.truncate(MAX_TOKENS);
        let mut sorted = tokens.clone();
        sorted.sort_unstable();
        let words = Word::all(&tokens);
        let chars: Vec<char> = key.chars().take(MAX_CHARS).collect();
        let set = CharSet::of(chars.iter().copied());
        let is_cjk = |c: &char| is_han(*c) || is_kana(*c);
        let cjk = chars.iter().any(is_cjk);
        let alphabetic = chars.iter().any(|c| c.is_alphabetic() && !is_cjk(c));
        Some(Self { key, tokens, words, sorted, set, chars, cjk, alphabetic })
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
    if a.key == b.key {
        return Level::Exact;
    }
    if a.other_script(b) {
        return Level::Missing;
    }
    if !a.cjk && !b.cjk && a.sorted == b.sorted {
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
    if a.key == b.key {
        1000
    } else if a.cjk || b.cjk {
        characters(&a.chars, &b.chars, a.set.fewest_edits(b.set))
    } else {
        let whole = if a.tokens.len() == 1 || b.tokens.len() == 1 {
            // `Bel-Air` against `Belair`.
            winkler(&a.key, &b.key)
        } else {
            0
        };
        words(&a.words, &b.words).max(whole)
    }
}

/// Below this nobody tells similarities of characters apart.
const LEAST: u32 = 400;

/// One less the edits per character of the longer text, in thousandths; 0 when that is less than anybody asks for.
/// `fewest` is a lower bound of the edits.
pub(crate) fn characters(a: &[char], b: &[char], fewest: usize) -> u32 {
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

/// A word, ready to be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    text: String,
    length: usize,
    set: CharSet,
    digits: bool,
}

impl Word {
    pub(crate) fn all(tokens: &[String]) -> Vec<Self> {
        let word = |text: &String| Self {
            text: text.clone(),
            length: text.chars().count(),
            set: CharSet::of(text.chars()),
            digits: text.bytes().any(|c| c.is_ascii_digit()),
        };
        tokens.iter().map(word).collect()
    }
}

/// The average over the words of both sides, each with its best partner, weighted by length, in thousandths.
pub(crate) fn words(a: &[Word], b: &[Word]) -> u32 {
    let side = |from: &[Word], to: &[Word]| -> (u64, u64) {
        from.iter().fold((0, 0), |(sum, length), word| {
            let best = to.iter().map(|other| word_pair(word, other)).max().unwrap_or(0);
            let weight = u64::try_from(word.length).unwrap_or(0).min(12);
            (sum.saturating_add(u64::from(best).saturating_mul(weight)), length.saturating_add(weight))
        })
    };
    let (sum_a, length_a) = side(a, b);
    let (sum_b, length_b) = side(b, a);
    let length = length_a.saturating_add(length_b);
    sum_a.saturating_add(sum_b).checked_div(length).and_then(|mean| u32::try_from(mean).ok()).unwrap_or(0)
}

/// Two words: equal, one short for the other (`deli`, `delicatessen`; `s.`, `south`), or mistyped.
fn word_pair(a: &Word, b: &Word) -> u32 {
    if a.text == b.text {
        return 1000;
    }
    if a.digits || b.digits {
        // Numbers are right or wrong.
        return 0;
    }
    let (short, long) = if a.text.len() <= b.text.len() { (a, b) } else { (b, a) };
    if long.text.starts_with(&short.text) {
        return if short.length >= 3 { 920 } else { 850 };
    }
    if contraction(&short.text, &long.text) {
        return 880;
    }
    if !may_be_alike(a, b) {
        return 0;
    }
    let similarity = winkler(&a.text, &b.text);
    if similarity >= ALIKE { similarity } else { 0 }
}

/// A word written by its consonants: `mfg`, `intl`, `mgmt`, `svcs`.
pub(crate) fn contraction(short: &str, long: &str) -> bool {
    let vowel = |c: char| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u');
    let mut rest = long.chars();
    (3..=5).contains(&short.len())
        && long.len() >= short.len().saturating_add(3)
        && short.is_ascii()
        && short.chars().next() == long.chars().next()
        && !short.chars().skip(1).any(vowel)
        && short.chars().all(|c| rest.any(|other| other == c))
}

/// From this Jaro-Winkler similarity on, in thousandths, two words may be one.
const ALIKE: u32 = 850;

/// An upper bound of the Jaro-Winkler similarity, from lengths and sets of characters, reaches [`ALIKE`].
fn may_be_alike(a: &Word, b: &Word) -> bool {
    let in_a = a.length.saturating_sub(a.set.missing_from(b.set));
    let in_b = b.length.saturating_sub(b.set.missing_from(a.set));
    let common = in_a.min(in_b).saturating_mul(1000);
    let (Some(of_a), Some(of_b)) = (common.checked_div(a.length), common.checked_div(b.length)) else {
        return false;
    };
    // Each share is rounded down by less than one, so that 3 more is an upper bound.
    let jaro = of_a.saturating_add(of_b).saturating_add(1003) / 3;
    let prefix = a.text.chars().zip(b.text.chars()).take(4).take_while(|(x, y)| x == y).count();
    let winkler = jaro.saturating_add(1000_usize.saturating_sub(jaro).saturating_mul(prefix) / 10);
    winkler.saturating_add(1) >= usize::try_from(ALIKE).unwrap_or(0)
}

/// Jaro-Winkler in thousandths, in a fixed order of its arguments.
pub(crate) fn winkler(a: &str, b: &str) -> u32 {
    if a.len() > 4 * MAX_CHARS || b.len() > 4 * MAX_CHARS {
        return if a == b { 1000 } else { 0 };
    }
    let (a, b) = ordered(a, b);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1000")]
    let thousandths = libm::floor(strsim::jaro_winkler(a, b).clamp(0.0, 1.0) * 1000.0) as u32;
    thousandths
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
            let words = Word::all(&[a.clone(), b.clone()]);
            if winkler(&a, &b) >= ALIKE {
                proptest::prop_assert!(may_be_alike(&words[0], &words[1]), "{} {}", a, b);
            }
        }
    }

    #[test]
    fn a_million_characters_are_no_trouble() {
        let long = "x ".repeat(500_000);
        let other = format!("{long}y");
        let (a, b) = (TextForm::of(&long).unwrap(), TextForm::of(&other).unwrap());
        assert!(level(&a, &b) >= Level::High);
    }
}
