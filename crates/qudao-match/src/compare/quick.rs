//! Kernels over short texts, and quick proofs that two texts are not alike.
//!
//! Texts are UTF-16 units: one small integer for each character of the basic plane, two for the rest, so that nothing
//! has to be looked up. The optimal string alignment distance is computed a column at a time in the bits of a word
//! (H. Hyyrö, "A Bit-Vector Algorithm for Computing Levenshtein and Damerau Edit Distances", 2003, after G. Myers, 1999),
//! and Jaro-Winkler (W. E. Winkler, 1990) marks matches in the bits of a word.

/// The longest text whose marks fit into one word.
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
        1..=WORD => edits_in_bits(short, long),
        _ => edits_in_rows(short, long),
    }
}

/// Where a unit stands in a pattern of up to 64.
fn places(pattern: &[u16], unit: u16) -> u64 {
    pattern.iter().enumerate().fold(0, |bits, (i, p)| bits | u64::from(*p == unit) << i)
}

/// `pattern` holds 1 to 64 units.
fn edits_in_bits(pattern: &[u16], text: &[u16]) -> usize {
    let last = 1_u64 << (pattern.len() - 1);
    let (mut up, mut down, mut diagonal, mut before) = (u64::MAX, 0_u64, 0_u64, 0_u64);
    let mut distance = pattern.len();
    for unit in text {
        let at = places(pattern, *unit);
        let swapped = ((!diagonal & at) << 1) & before;
        diagonal = ((at & up).wrapping_add(up) ^ up) | at | down | swapped;
        let more = down | !(diagonal | up);
        let less = diagonal & up;
        distance += usize::from(more & last != 0);
        distance -= usize::from(less & last != 0);
        let more = more << 1 | 1;
        up = less << 1 | !(diagonal | more);
        down = more & diagonal;
        before = at;
    }
    distance
}

/// The textbook's table, three rows of it.
fn edits_in_rows(a: &[u16], b: &[u16]) -> usize {
    let width = b.len() + 1;
    let (mut before, mut last, mut row) =
        (vec![0; width], (0..width).collect::<Vec<usize>>(), vec![0; width]);
    for (i, x) in a.iter().enumerate() {
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let mut best = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i - 1] == *y && b[j - 1] == *x {
                best = best.min(before[j - 1] + 1);
            }
            row[j + 1] = best;
        }
        std::mem::swap(&mut before, &mut last);
        std::mem::swap(&mut last, &mut row);
    }
    last[width - 1]
}

/// Jaro-Winkler in thousandths, rounded down. The same for both orders of its arguments.
pub(crate) fn winkler(a: &[u16], b: &[u16]) -> u32 {
    if a == b {
        return 1000;
    }
    // The similarity of Jaro depends on the order of its arguments, so that one is fixed.
    let (a, b) = if a <= b { (a, b) } else { (b, a) };
    if a.is_empty() || b.len() > WORD || a.len() > WORD {
        return 0;
    }
    let reach = (a.len().max(b.len()) / 2).saturating_sub(1);
    let (mut in_a, mut in_b) = (0_u64, 0_u64);
    for (i, x) in a.iter().enumerate() {
        let from = i.saturating_sub(reach);
        let to = b.len().min(i + reach + 1);
        for (j, y) in b.iter().enumerate().take(to).skip(from) {
            if x == y && in_b >> j & 1 == 0 {
                in_a |= 1 << i;
                in_b |= 1 << j;
                break;
            }
        }
    }
    let matches = in_a.count_ones();
    if matches == 0 {
        return 0;
    }
    let mut halves = 0_u32;
    let (mut left, mut right) = (in_a, in_b);
    while left != 0 {
        let (i, j) = (left.trailing_zeros() as usize, right.trailing_zeros() as usize);
        halves += u32::from(a[i] != b[j]);
        left &= left - 1;
        right &= right - 1;
    }
    let m = f64::from(matches);
    let jaro = (m / a.len() as f64 + m / b.len() as f64 + f64::from(matches - halves / 2) / m) / 3.0;
    let similarity = if jaro > 0.7 {
        let prefix = a.iter().zip(b).take(4).take_while(|(x, y)| x == y).count();
        jaro + 0.1 * prefix as f64 * (1.0 - jaro)
    } else {
        jaro
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1000")]
    let thousandths = libm::floor(similarity.clamp(0.0, 1.0) * 1000.0) as u32;
    thousandths
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
        fn bits_and_rows_agree(a in "[ab]{1,64}", b in "[ab]{1,90}") {
            let (x, y) = (units(&a), units(&b));
            prop_assert_eq!(edits_in_bits(&x, &y), edits_in_rows(&x, &y));
        }

        #[test]
        fn long_texts_too(a in "[ab]{60,90}", b in "[ab]{60,90}") {
            prop_assert_eq!(edits(&units(&a), &units(&b)), strsim::osa_distance(&a, &b));
        }

        #[test]
        fn winkler_is_that_of_the_reference(a in "[a-d华为]{0,12}", b in "[a-d华为]{0,12}") {
            let (first, second) = if units(&a) <= units(&b) { (&a, &b) } else { (&b, &a) };
            let reference = (strsim::jaro_winkler(first, second) * 1000.0).floor() as u32;
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
