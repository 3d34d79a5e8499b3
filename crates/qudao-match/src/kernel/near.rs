//! Two short texts of UTF-16 units, one of them held in registers: no table is made of it, which pays when it meets one
//! other text only. With the vectors that every processor of a kind has, so that nothing is chosen at run time.

use fearless_simd::{Level, Simd, SimdBase, SimdMask, dispatch, u16x16, u16x32};

use super::formula::lowest;
use super::word::{self, WORD};

/// The edits of [`super::Pattern::alignment`]. `pattern` holds up to 64 units.
pub(crate) fn alignment(pattern: &[u16], text: &[u16]) -> u32 {
    let length = pattern.len();
    match length {
        0..=16 => dispatch!(Level::baseline(), simd => {
            let places = held::<_, u16x16<_>, 16>(simd, pattern);
            word::edits::<true>(length, text.iter().map(|unit| places(*unit)))
        }),
        _ => dispatch!(Level::baseline(), simd => {
            let (first, second) = pattern.split_at(length.min(WORD / 2));
            let (first, second) = (held::<_, u16x32<_>, 32>(simd, first), held::<_, u16x32<_>, 32>(simd, second));
            word::edits::<true>(length, text.iter().map(|unit| first(*unit) | second(*unit) << (WORD / 2)))
        }),
    }
}

/// The similarity of [`super::Pattern::jaro_winkler`]. `pattern` holds up to 64 units.
pub(crate) fn jaro_winkler(pattern: &[u16], text: &[u16]) -> u32 {
    let (length, count) = (pattern.len(), text.len());
    let unit = |at: usize| text.get(at).copied().unwrap_or(0);
    match length {
        0..=16 => dispatch!(Level::baseline(), simd => {
            let places = held::<_, u16x16<_>, 16>(simd, pattern);
            word::jaro_winkler(length, count, |at| places(unit(at)))
        }),
        _ => dispatch!(Level::baseline(), simd => {
            let (first, second) = pattern.split_at(length.min(WORD / 2));
            let (first, second) = (held::<_, u16x32<_>, 32>(simd, first), held::<_, u16x32<_>, 32>(simd, second));
            word::jaro_winkler(length, count, |at| first(unit(at)) | second(unit(at)) << (WORD / 2))
        }),
    }
}

/// Tells where a unit stands among up to `N`.
#[inline(always)]
fn held<S: Simd, V: SimdBase<S, Element = u16>, const N: usize>(
    simd: S,
    units: &[u16],
) -> impl Fn(u16) -> u64 {
    let mut all = [0; N];
    for (slot, unit) in all.iter_mut().zip(units) {
        *slot = *unit;
    }
    let (all, given) = (V::from_slice(simd, &all), lowest(units.len().min(N)));
    #[inline(always)]
    move |unit| all.simd_eq(V::splat(simd, unit)).to_bitmask() & given
}
