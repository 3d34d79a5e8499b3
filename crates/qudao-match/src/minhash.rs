//! MinHash: texts that share most of their letter pairs share a value, whatever words they are made of (A. Z. Broder, "On the Resemblance and
//! Containment of Documents", 1997).
//!
//! A text is the set of its grams: pairs of neighbouring letters of each word, with a mark before and behind it; of Chinese, characters and
//! pairs of them. The least of a hash of the grams is the same for two texts with the probability of their resemblance *J*, the share of
//! grams that they have in common. [`ROWS`] of them make a value and each text has [`BANDS`] values, so that two texts share one with the
//! probability `1 - (1 - J^r)^b` (P. Indyk and R. Motwani, "Approximate Nearest Neighbors", 1998).

use qudao_text::fold::is_han;

use crate::compare::quick::{hash, mix};

/// How many values a text has.
pub(crate) const BANDS: usize = 8;
/// How many hashes make one of them.
const ROWS: usize = 3;
/// A text of fewer grams has no value: too many have the same ones.
const FEWEST: usize = 3;
/// Texts are looked at up to so many grams.
const MAX_GRAMS: usize = 256;

/// The grams of a text.
#[derive(Debug, Default)]
pub(crate) struct Grams {
    hashes: Vec<u64>,
}

impl Grams {
    /// Adds those of a word.
    pub(crate) fn word(&mut self, word: &[u16]) {
        let room = MAX_GRAMS.saturating_sub(self.hashes.len());
        let han = |unit: &u16| char::from_u32(u32::from(*unit)).is_some_and(is_han);
        let gram = |a: u16, b: u16| mix(u64::from(a) << 16 | u64::from(b));
        let pairs = word.windows(2).filter_map(|pair| Some(gram(*pair.first()?, *pair.last()?)));
        if word.iter().any(han) {
            self.hashes.extend(word.iter().map(|unit| gram(0, *unit)).chain(pairs).take(room));
        } else {
            let ends = word.first().map(|first| gram(u16::MAX, *first)).into_iter();
            let ends = ends.chain(word.last().map(|last| gram(*last, u16::MAX)));
            self.hashes.extend(pairs.chain(ends).take(room));
        }
    }

    /// Calls for each value; for none of a text that is too short.
    pub(crate) fn each_value(&self, mut each: impl FnMut([u16; VALUE])) {
        if self.hashes.len() < FEWEST {
            return;
        }
        for band in 0..BANDS {
            let mut value = 0_u64;
            for row in 0..ROWS {
                // Odd factors make another order of the grams each (M. Dietzfelbinger and others, 1997).
                let factor = mix((band * ROWS + row) as u64 + 1) | 1;
                let least = self.hashes.iter().map(|gram| gram.wrapping_mul(factor) >> 16).min().unwrap_or(0);
                value = mix(value ^ least);
            }
            let mut units = [0x30 + u16::try_from(band).unwrap_or(0); VALUE];
            for (at, slot) in units.iter_mut().skip(1).enumerate() {
                // Six bits a unit, from a letter of their own on.
                *slot = 0x40 + (value >> (6 * at) & 0x3f) as u16;
            }
            each(units);
        }
    }

    /// Calls for the hash of each value.
    pub(crate) fn each_hash(&self, mut each: impl FnMut(u64)) {
        self.each_value(|units| each(hash(&units)));
    }
}

/// Units of a value: its band, and 60 bits.
pub(crate) const VALUE: usize = 11;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::quick::units;

    fn values(text: &str) -> Vec<u64> {
        let mut grams = Grams::default();
        text.split(' ').for_each(|word| grams.word(&units(word)));
        let mut values = Vec::new();
        grams.each_hash(|value| values.push(value));
        values
    }

    #[test]
    fn texts_share_a_value_as_often_as_they_are_alike() {
        assert_eq!(values("ab").len(), BANDS);
        assert!(values("x").is_empty() && values("").is_empty());
        assert_eq!(values("blue ridge"), values("ridge blue"));
        // One letter in each of two words, of names made of all sorts of letters; and names that have nothing in common.
        let word = |n: u64| -> String {
            (0..7).map(|at| char::from(b'a' + u8::try_from(mix(n * 7 + at) % 26).unwrap())).collect()
        };
        let slip = |word: &str| format!("{}x{}", &word[..3], &word[4..]);
        let (mut alike, mut apart) = (0, 0);
        for n in 0..400 {
            let (a, b) = (word(2 * n), word(2 * n + 1));
            let (one, two) = (values(&format!("{a} {b}")), values(&format!("{} {}", slip(&a), slip(&b))));
            alike += usize::from(one.iter().any(|value| two.contains(value)));
            let other = values(&format!("{} {}", word(2 * n + 5000), word(2 * n + 5001)));
            apart += usize::from(one.iter().any(|value| other.contains(value)));
        }
        // 12 of 20 grams: 1 - (1 - .6^3)^8 = .86.
        assert!((320..=376).contains(&alike) && apart <= 4, "{alike} {apart}");
    }
}
