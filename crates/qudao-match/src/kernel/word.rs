//! One pair at a time, the pattern in the bits of one word. The text is given as the places at which each of its
//! characters stands in the pattern.

use super::formula::{lowest, reach, winkler};

/// The longest pattern of a word.
pub(super) const WORD: usize = 64;

/// Edits between a pattern of up to 64 characters and a text: insert, delete and replace (H. Hyyrö, "A Bit-Vector
/// Algorithm for Computing Levenshtein and Damerau Edit Distances", 2003, after G. Myers, 1999), with `SWAPS` also the
/// swap of two neighbours (optimal string alignment).
///
/// A column of the textbook's table is kept as the bits at which it steps up and down; its last value follows from the
/// first, which is the length of the text, and all the steps.
#[inline(always)]
pub(super) fn edits<const SWAPS: bool>(length: usize, text: impl Iterator<Item = u64>) -> u32 {
    let (mut up, mut down, mut diagonal, mut before) = (u64::MAX, 0_u64, 0_u64, 0_u64);
    let mut columns = 0_u32;
    for places in text {
        let swapped = if SWAPS { ((!diagonal & places) << 1) & before } else { 0 };
        diagonal = ((places & up).wrapping_add(up) ^ up) | places | down | swapped;
        let more = (down | !(diagonal | up)) << 1 | 1;
        let less = (diagonal & up) << 1;
        up = less | !(diagonal | more);
        down = more & diagonal;
        before = places;
        columns = columns.wrapping_add(1);
    }
    let pattern = lowest(length);
    columns.wrapping_add((up & pattern).count_ones()).wrapping_sub((down & pattern).count_ones())
}

/// Jaro-Winkler of a pattern of up to 64 characters and a text of `count`, in thousandths. `places` tells where the
/// character at a place of the text stands in the pattern.
///
/// Each character takes the first free one like it within reach. That is what a walk over both texts at once does, so
/// that the same characters are taken whichever text is gone through.
#[inline(always)]
pub(super) fn jaro_winkler(length: usize, count: usize, places: impl Fn(usize) -> u64) -> u32 {
    if count == 0 || length == 0 {
        return if count == length { 1000 } else { 0 };
    }
    let far = reach(length, count);
    let (mut taken, mut halves) = (0_u64, 0_u32);
    let mut window = lowest(far.saturating_add(1));
    // The places of the text that have a partner, as far as a word holds them.
    let mut partners = 0_u64;
    for at in 0..count {
        let open = places(at) & window & !taken;
        taken |= open & open.wrapping_neg();
        partners |= u64::from(open != 0) << (at & 63);
        window = window << 1 | u64::from(at < far);
    }
    let mut left = taken;
    if count <= WORD {
        while partners != 0 {
            let first = left & left.wrapping_neg();
            halves += u32::from(places(partners.trailing_zeros() as usize) & first == 0);
            left ^= first;
            partners &= partners.wrapping_sub(1);
        }
    } else {
        // Gone through again, as nothing was kept.
        let (mut again, mut window) = (0_u64, lowest(far.saturating_add(1)));
        for at in 0..count {
            let open = places(at) & window & !again;
            if open != 0 {
                again |= open & open.wrapping_neg();
                let first = left & left.wrapping_neg();
                halves += u32::from(places(at) & first == 0);
                left ^= first;
            }
            window = window << 1 | u64::from(at < far);
        }
    }
    let prefix = (0..count.min(4)).take_while(|at| places(*at) >> at & 1 != 0).count();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "texts of four billion characters do not fit into memory"
    )]
    let lengths = (length as u32, count as u32);
    winkler(taken.count_ones(), halves, lengths, prefix as u32)
}
