//! Kernels over short texts, and quick proofs that two texts are not alike.
//!
//! Texts are UTF-16 units: one small integer for each character of the basic plane, two for the rest, so that nothing
//! has to be looked up. Edits and similarities are those of [`crate::kernel`].

use crate::kernel::{Pattern, near};

/// The longest text whose places fit into one word.
const WORD: usize = 64;

/// The characters of a text as a set of bits. Two characters may share a bit, so the set may hide a difference but
/// never invents one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct CharSet(u64);

impl CharSet {
    pub(crate) fn of(units: &[u16]) -> Self {
        Self(units.iter().fold(0, |set, unit| set | 1_u64 << bit(*unit)))
    }

    pub(crate) const fn bits(self) -> u64 {
        self.0
    }

    pub(crate) const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// How many distinct characters of `self` are certainly not in `other`.
    pub(crate) fn missing_from(self, other: Self) -> usize {
        (self.0 & !other.0).count_ones() as usize
    }

    /// The fewest edits that could make one text of the other. A swap of neighbours changes no set.
    pub(crate) fn fewest_edits(self, other: Self) -> usize {
        self.missing_from(other).max(other.missing_from(self))
    }
}

/// Letters and digits have a bit each, everything else shares the rest.
fn bit(unit: u16) -> u32 {
    let code = u32::from(unit);
    match unit {
        0x61..=0x7a => code - 0x61,
        0x30..=0x39 => code - 0x30 + 26,
        _ => code % 28 + 36,
    }
}

/// The units of a text.
pub(crate) fn units(text: &str) -> Vec<u16> {
    let mut units = Vec::with_capacity(text.len());
    crate::pack::extend(&mut units, text);
    units
}

/// Without what both begin and end with: it costs nothing.
fn trimmed<'t>(a: &'t [u16], b: &'t [u16]) -> (&'t [u16], &'t [u16]) {
    let start = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[start..], &b[start..]);
    let end = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    (&a[..a.len() - end], &b[..b.len() - end])
}

/// Insert, delete, replace, swap of neighbours (optimal string alignment).
pub(crate) fn edits(a: &[u16], b: &[u16]) -> usize {
    let (a, b) = trimmed(a, b);
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    match short.len() {
        0 => long.len(),
        1..=WORD => near::alignment(short, long) as usize,
        _ => Pattern::new(short).alignment(long) as usize,
    }
}

/// Jaro-Winkler in thousandths, rounded down. The same for both orders of its arguments; 0 beyond 64 units, where it says little.
pub(crate) fn winkler(a: &[u16], b: &[u16]) -> u32 {
    if a == b {
        return 1000;
    }
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if short.is_empty() || long.len() > WORD { 0 } else { near::jaro_winkler(long, short) }
}

/// A hash of units, the same on every platform (FNV-1a over units, with a final mix). For look-ups and quick proofs of difference.
pub(crate) fn hash(units: &[u16]) -> u64 {
    let hash = units
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |h, u| (h ^ u64::from(*u)).wrapping_mul(0x0100_0000_01b3));
    mix(hash)
}

/// Spreads the bits of a number (the finaliser of MurmurHash3, A. Appleby, public domain).
pub(crate) fn mix(mut h: u64) -> u64 {
    h ^= h >> 33;
    h = h.wrapping_mul(0xff51_afd7_ed55_8ccd);
    h ^= h >> 33;
    h = h.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    h ^ h >> 33
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn edits_are_those_of_the_reference(a in "[abc华为]{0,9}", b in "[abc华为]{0,9}") {
            let (x, y) = (units(&a), units(&b));
            let count = edits(&x, &y);
            prop_assert_eq!(count, strsim::osa_distance(&a, &b));
            prop_assert_eq!(count, edits(&y, &x));
        }

        #[test]
        fn long_texts_too(a in "[a-d]{14,90}", b in "[a-d]{14,90}") {
            let (x, y) = (units(&a), units(&b));
            prop_assert_eq!(edits(&x, &y), strsim::osa_distance(&a, &b));
            let reference = (strsim::jaro_winkler(&a, &b) * 1000.0).floor() as u32;
            let expected = if x.len().max(y.len()) > 64 && x != y { 0 } else { reference };
            prop_assert_eq!(winkler(&x, &y), expected);
        }

        #[test]
        fn winkler_is_that_of_the_reference(a in "[a-d华为]{0,12}", b in "[a-d华为]{0,12}") {
            let reference = (strsim::jaro_winkler(&a, &b) * 1000.0).floor() as u32;
            prop_assert_eq!(winkler(&units(&a), &units(&b)), reference);
            prop_assert_eq!(winkler(&units(&b), &units(&a)), reference);
        }

        #[test]
        fn the_quick_proof_never_lies(a in "[a-z0-9华为深圳]{0,12}", b in "[a-z0-9华为深圳]{0,12}") {
            let fewest = CharSet::of(&units(&a)).fewest_edits(CharSet::of(&units(&b)));
            prop_assert!(fewest <= strsim::osa_distance(&a, &b));
        }
    }
}
