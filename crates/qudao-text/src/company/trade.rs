//! Trade words in Latin letters as people write them: in full, shortened, or with one slip.

use std::sync::OnceLock;

use rustc_hash::{FxHashMap, FxHashSet};

use super::words::LATIN_INDUSTRY;
use crate::list::{List, listed};
use crate::suggest::edit_distance;

/// A trade word, as it is listed.
pub(super) fn is_listed(word: &str) -> bool {
    static LISTED: OnceLock<FxHashSet<&str>> = OnceLock::new();
    LISTED.get_or_init(|| listed(List::LatinTrades, LATIN_INDUSTRY).iter().copied().collect()).contains(word)
}

/// The trade word that a word at the end of a name stands for: itself when it is listed or shortens one (`pharm`, `mktg`), the
/// listed one when there is one slip in it (`enginrering`).
pub(super) fn meant(word: &str) -> Option<&str> {
    if is_listed(word) || is_short_form(word) { Some(word) } else { slipped(word) }
}

/// From this length on the beginning of a trade word is taken for it, and one slip does not make another word of it.
const BEGINNING: usize = 4;
const SLIPPED: usize = 7;

/// Written by its beginning (`pharm`), or by its beginning and some of the consonants after it (`mktg`).
fn is_short_form(word: &str) -> bool {
    static BY_LETTER: OnceLock<FxHashMap<u8, Vec<&'static str>>> = OnceLock::new();
    let by_letter = BY_LETTER.get_or_init(|| {
        let mut by_letter: FxHashMap<u8, Vec<&str>> = FxHashMap::default();
        for word in listed(List::LatinTrades, LATIN_INDUSTRY) {
            by_letter.entry(word.bytes().next().unwrap_or_default()).or_default().push(word);
        }
        by_letter
    });
    let Some(first) = word.bytes().next().filter(|_| (BEGINNING..=6).contains(&word.len())) else {
        return false;
    };
    by_letter.get(&first).into_iter().flatten().any(|full| shortens(word.as_bytes(), full.as_bytes()))
}

/// The short word begins as the long one does, and goes on with consonants of it, the last one among its last two letters.
fn shortens(short: &[u8], full: &[u8]) -> bool {
    if full.len() < short.len().saturating_add(3) {
        return false;
    }
    let common = short.iter().zip(full).take_while(|(a, b)| a == b).count();
    let rest = short.get(common..).unwrap_or_default();
    let Some(last) = rest.last() else { return true };
    let mut left = full.get(common..).unwrap_or_default().iter();
    let vowel = |b: &u8| matches!(b, b'a' | b'e' | b'i' | b'o' | b'u');
    // A skeleton of consonants, or a beginning that tells: `sons` are no solutions.
    common != 2
        && !rest.iter().any(vowel)
        && rest.iter().all(|b| left.any(|other| other == b))
        && full.iter().rev().take(2).any(|b| b == last)
}

/// The long trade word that differs by one slip. Words are found by what is left of them when one letter is taken away (as W. Garbe's
/// SymSpell does, 2012).
fn slipped(word: &str) -> Option<&'static str> {
    static KNOWN: OnceLock<FxHashMap<u64, Vec<&'static str>>> = OnceLock::new();
    if !word.is_ascii() || word.len() < SLIPPED.saturating_sub(1) || word.len() > 24 {
        return None;
    }
    let known = KNOWN.get_or_init(|| {
        let mut known: FxHashMap<u64, Vec<&str>> = FxHashMap::default();
        for word in listed(List::LatinTrades, LATIN_INDUSTRY).iter().filter(|w| w.len() >= SLIPPED) {
            for hash in without_one(word.as_bytes()) {
                known.entry(hash).or_default().push(word);
            }
        }
        known
    });
    let found = without_one(word.as_bytes()).find_map(|hash| {
        let words = known.get(&hash)?;
        // One of several is no slip: `partner`.
        let slip =
            |full: &&&str| full.strip_suffix('s') != Some(word) && edit_distance(word, full, 1).is_some();
        words.iter().find(slip)
    });
    found.copied()
}

/// Hashes of a word, and of what is left of it without each of its letters.
fn without_one(word: &[u8]) -> impl Iterator<Item = u64> + '_ {
    (0..=word.len()).map(move |left_out| {
        let kept = word.iter().enumerate().filter(|(at, _)| *at != left_out);
        // FNV-1a (G. Fowler, L. C. Noll and K.-P. Vo): what is found is looked at once more.
        kept.fold(0xcbf2_9ce4_8422_2325, |hash: u64, (_, byte)| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trade_words_as_they_are_written() {
        for (word, expected) in [
            ("engineering", Some("engineering")),
            ("mktg", Some("mktg")),
            ("pharm", Some("pharm")),
            ("commn", Some("commn")),
            ("machy", Some("machy")),
            ("instr", Some("instr")),
            ("propts", Some("propts")),
            ("transp", Some("transp")),
            ("enginrering", Some("engineering")),
            ("rechnologies", Some("technologies")),
            ("constructon", Some("construction")),
            ("logistisc", Some("logistics")),
            ("acme", None),
            ("sons", None),
            ("partner", None),
            ("mfrg", Some("mfrg")),
            ("harbor", None),
            ("star", None),
            ("sun", None),
            ("meridian", None),
            ("foodie", None),
            ("cafe", None),
        ] {
            assert_eq!(meant(word), expected, "{word}");
        }
    }
}
