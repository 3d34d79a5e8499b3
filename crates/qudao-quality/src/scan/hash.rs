//! Hashes of folded keys, eight bytes at a time.

use std::hash::BuildHasher as _;

use hashbrown::DefaultHashBuilder;

/// The start of the hashes of one table: another one each time, so that nobody can choose keys that meet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seed(u64);

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = ONES << 7;

impl Seed {
    pub(super) fn new() -> Self {
        Self(DefaultHashBuilder::default().hash_one(0_u8))
    }

    /// The hash of a key.
    pub(super) fn hash(self, key: &[u8]) -> u64 {
        let (words, rest) = key.as_chunks::<8>();
        let all = words.iter().fold(self.begin(key.len()), |hash, word| mix(hash, u64::from_le_bytes(*word)));
        if rest.is_empty() { all } else { mix(all, few(rest)) }
    }

    /// The hash of the lower case of a text of ASCII letters, digits, `-`, `_` and `.`: those are what folding leaves as
    /// they are, but for their case. `None` for other texts, and for the empty one.
    #[inline]
    pub(super) fn of_simple(self, text: &[u8]) -> Option<u64> {
        if text.is_empty() {
            return None;
        }
        let (words, rest) = text.as_chunks::<8>();
        let mut hash = self.begin(text.len());
        for word in words {
            hash = mix(hash, lower(u64::from_le_bytes(*word))?);
        }
        if rest.is_empty() {
            return Some(hash);
        }
        let bits = rest.len() * 8;
        // Digits fill the word up, and go again.
        let word = lower(few(rest) | (ONES * 0x30) << bits)?;
        Some(mix(hash, word & !(u64::MAX << bits)))
    }

    fn begin(self, len: usize) -> u64 {
        self.0 ^ (len as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

/// Both halves of a product, folded into one.
#[inline]
fn mix(hash: u64, word: u64) -> u64 {
    let product = u128::from(hash ^ word) * 0xa076_1d64_78bd_642f;
    let [low, high] =
        [product, product >> 64].map(|half| u64::try_from(half & u128::from(u64::MAX)).unwrap_or(0));
    low ^ high.rotate_left(23)
}

/// Up to seven bytes, the first one lowest.
#[inline]
fn few(bytes: &[u8]) -> u64 {
    if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        let (first, last) = (u64::from(u32::from_le_bytes(*first)), u64::from(u32::from_le_bytes(*last)));
        return first | last << ((bytes.len().min(8) - 4) * 8);
    }
    bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

/// The high bit of each byte that lies in a range; all bytes are below 128.
#[inline]
fn within(word: u64, low: u8, high: u8) -> u64 {
    let above = word.wrapping_add(ONES * u64::from(0x80 - low));
    let beyond = word.wrapping_add(ONES * u64::from(0x7f - high));
    above & !beyond & HIGH
}

/// Eight letters, digits, `-`, `_` or `.` in lower case.
#[inline]
fn lower(word: u64) -> Option<u64> {
    if word & HIGH != 0 {
        return None;
    }
    let letters = within(word | (ONES * 0x20), b'a', b'z');
    // `_` and what stands 32 above it would be told as one; so would no letter.
    let others = within(word, b'0', b'9') | within(word, b'-', b'.') | within(word, b'_', b'_');
    (letters | others == HIGH).then_some(word | letters >> 2)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_hash_of_a_simple_text_is_that_of_its_lower_case(text in "[A-Za-z0-9._\\-]{1,40}") {
            let seed = Seed::new();
            let folded = qudao_text::fold(&text);
            prop_assert_eq!(&folded, &text.to_ascii_lowercase());
            prop_assert_eq!(seed.of_simple(text.as_bytes()), Some(seed.hash(folded.as_bytes())));
        }

        #[test]
        fn other_texts_have_none(text in "[a-z]{0,12}", other in "[^A-Za-z0-9._\\-]", rest in "\\PC{0,9}") {
            let seed = Seed::new();
            prop_assert_eq!(seed.of_simple(format!("{text}{other}{rest}").as_bytes()), None);
        }

        #[test]
        fn keys_that_differ_have_hashes_that_differ(a in "\\PC{0,20}", b in "\\PC{0,20}") {
            let seed = Seed::new();
            prop_assert_eq!(a == b, seed.hash(a.as_bytes()) == seed.hash(b.as_bytes()));
        }
    }

    #[test]
    fn every_byte_is_told() {
        for byte in 0..=255_u8 {
            let simple = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
            for text in [vec![byte], vec![byte; 8], vec![b'a', byte, b'b']] {
                assert_eq!(Seed::new().of_simple(&text).is_some(), simple, "{byte}");
            }
        }
    }
}
