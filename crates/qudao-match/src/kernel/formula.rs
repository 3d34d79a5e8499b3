//! What matches and transpositions come to.

/// The similarity of Jaro (M. A. Jaro, 1989) with the bonus of Winkler for a common beginning (W. E. Winkler, "String
/// Comparator Metrics and Enhanced Decision Rules in the Fellegi-Sunter Model of Record Linkage", 1990), in thousandths,
/// rounded down: a tenth of what is missing for each of the first four characters, given above 0.7.
///
/// `halves` counts the matched characters that stand at another place among the matched ones of the other text; two of
/// them are a transposition. Without a match it is 0. The order of the two lengths does not matter: a sum of two numbers
/// is the same in either order.
#[inline(always)]
pub(super) fn winkler(matches: u32, halves: u32, lengths: (u32, u32), prefix: u32) -> u32 {
    let m = f64::from(matches);
    let in_order = f64::from(matches.wrapping_sub(halves / 2)) / m;
    let jaro = (m / f64::from(lengths.0) + m / f64::from(lengths.1) + in_order) / 3.0;
    let bonus = jaro + 0.1 * f64::from(prefix) * (1.0 - jaro);
    let similarity = if jaro > 0.7 { bonus } else { jaro };
    // No match makes no number, which becomes 0 as an integer.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1000")]
    let thousandths = (similarity.clamp(0.0, 1.0) * 1000.0) as u32;
    thousandths
}

/// How far apart two characters may stand and still match.
#[inline(always)]
pub(super) fn reach(a: usize, b: usize) -> usize {
    (a.max(b) / 2).saturating_sub(1)
}

/// The lowest `count` bits of a word.
#[inline(always)]
pub(super) fn lowest(count: usize) -> u64 {
    match count {
        0..64 => (1 << count) - 1,
        _ => u64::MAX,
    }
}
