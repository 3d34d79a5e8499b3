//! The kernels over a group of texts at once. What is done in each lane is what [`super::word`] does in a word.

use fearless_simd::{Select as _, Simd, SimdBase as _, SimdInt as _};

use super::formula::{lowest, reach, winkler};
use super::lanes::{Group, Lane, Lanes, Row};
use super::symbol::Symbol;

/// Memory of a call.
#[derive(Debug, Default)]
pub(super) struct Space<T: Lane> {
    /// The partner of each character of the text.
    partners: Vec<Row<T>>,
}

/// Edits between a text and all texts of some lanes: at most one more than `most`.
#[inline(always)]
pub(super) fn edits<S: Simd, T: Lane, C: Symbol, const SWAPS: bool>(
    simd: S,
    lanes: &Lanes<T>,
    text: &[C],
    most: u32,
    rows: &mut Vec<u16>,
    found: &mut [u32],
) {
    let count = text.len() as u32;
    let beyond = most.saturating_add(1);
    for group in lanes.groups() {
        let (least, greatest) = group.lengths();
        let apart = least.saturating_sub(text.len()).max(text.len().saturating_sub(greatest));
        if apart > most as usize {
            put(&group, found, |_| beyond);
            continue;
        }
        group.look_up(text, rows);
        let (up, down) = columns::<S, T, SWAPS>(simd, &group, rows);
        let (up, down) = (up.as_ref(), down.as_ref());
        put(&group, found, |lane| {
            let step = |steps: &[T]| steps.get(lane).map_or(0, |s| Into::<u64>::into(*s) as u32);
            count.wrapping_add(step(up)).wrapping_sub(step(down)).min(beyond)
        });
    }
}

/// Writes what was found to the places of the texts.
#[inline(always)]
fn put<T: Lane>(group: &Group<'_, T>, found: &mut [u32], of: impl Fn(usize) -> u32) {
    for (lane, member) in group.members.iter().enumerate() {
        if let Some(slot) = found.get_mut(member.number as usize) {
            *slot = of(lane);
        }
    }
}

/// How many steps up and down the last column has.
#[inline(always)]
fn columns<S: Simd, T: Lane, const SWAPS: bool>(
    simd: S,
    group: &Group<'_, T>,
    rows: &[u16],
) -> (T::Array, T::Array) {
    let zero = T::Wide::<S>::splat(simd, T::low(0));
    let one = T::Wide::<S>::splat(simd, T::low(1));
    let (mut up, mut down, mut diagonal, mut before) = (!zero, zero, zero, zero);
    for row in rows {
        let places = group.row(*row).load(simd);
        let mut next = (((places & up) + up) ^ up) | places | down;
        if SWAPS {
            let open = !diagonal & places;
            next |= (open + open) & before;
            before = places;
            diagonal = next;
        }
        let more = down | !(next | up);
        let less = next & up;
        let more = (more + more) | one;
        up = (less + less) | !(next | more);
        down = more & next;
    }
    let patterns = group.patterns().load(simd);
    ((up & patterns).count_ones().to_array(), (down & patterns).count_ones().to_array())
}

/// Jaro-Winkler of a text and all texts of some lanes, in thousandths; 0 for less than `least`.
#[inline(always)]
pub(super) fn jaro_winkler<S: Simd, T: Lane, C: Symbol>(
    simd: S,
    lanes: &Lanes<T>,
    text: &[C],
    least: u32,
    rows: &mut Vec<u16>,
    space: &mut Space<T>,
    found: &mut [u32],
) {
    for group in lanes.groups() {
        if text.is_empty() {
            put(&group, found, |lane| match group.members.get(lane) {
                Some(member) if member.length == 0 => 1000,
                _ => 0,
            });
            continue;
        }
        group.look_up(text, rows);
        space.partners.clear();
        space.partners.resize(rows.len(), Row::ZERO);
        let taken = take(simd, &group, rows, &mut space.partners);
        let matches = taken.count_ones().to_array();
        let prefix = beginning(simd, &group, rows);
        let count = text.len() as u32;
        let of = |lane: usize, halves: u32| {
            let number = |of: &T::Array| of.as_ref().get(lane).map_or(0, |n| Into::<u64>::into(*n) as u32);
            let length = group.members.get(lane).map_or(0, |m| m.length);
            winkler(number(&matches), halves, (length, count), number(&prefix))
        };
        // All in order is the most that can be. One more, as a sum may be rounded.
        if least > 0 && (0..group.members.len()).all(|lane| of(lane, 0) + 1 < least) {
            put(&group, found, |_| 0);
            continue;
        }
        let halves = out_of_order(simd, &group, rows, taken, &space.partners);
        put(&group, found, |lane| {
            let halves = halves.as_ref().get(lane).map_or(0, |n| Into::<u64>::into(*n) as u32);
            let similarity = of(lane, halves);
            if similarity < least { 0 } else { similarity }
        });
    }
}

/// Each character of the text takes the first free one like it within reach.
#[inline(always)]
fn take<S: Simd, T: Lane>(
    simd: S,
    group: &Group<'_, T>,
    rows: &[u16],
    partners: &mut [Row<T>],
) -> T::Wide<S> {
    let zero = T::Wide::<S>::splat(simd, T::low(0));
    let one = T::Wide::<S>::splat(simd, T::low(1));
    let (mut first, mut far) = (Row::<T>::ZERO, Row::<T>::ZERO);
    for ((first, far), member) in first.0.as_mut().iter_mut().zip(far.0.as_mut()).zip(group.members) {
        let reach = reach(member.length as usize, rows.len());
        *first = T::low(lowest(reach + 1));
        *far = T::low(reach as u64);
    }
    let (mut window, far) = (first.load(simd), far.load(simd));
    // Between these the windows of some texts still grow, and those of others move.
    let (least, greatest) = group.lengths();
    let (least, greatest) = (reach(least, rows.len()), reach(greatest, rows.len()));
    let mut taken = zero;
    for (at, (row, partner)) in rows.iter().zip(partners).enumerate() {
        let open = group.row(*row).load(simd) & window & !taken;
        let first = open & (zero - open);
        taken |= first;
        partner.0 = first.to_array();
        window = window + window;
        if at < least {
            window |= one;
        } else if at < greatest {
            // No text is longer than its lane has bits, and a reach that differs among them is less than that.
            let grows = far.simd_gt(T::Wide::<S>::splat(simd, T::low(at as u64)));
            window |= grows.select(one, zero);
        }
    }
    taken
}

/// How many matched characters stand at another place among the matched ones.
#[inline(always)]
fn out_of_order<S: Simd, T: Lane>(
    simd: S,
    group: &Group<'_, T>,
    rows: &[u16],
    taken: T::Wide<S>,
    partners: &[Row<T>],
) -> T::Array {
    let zero = T::Wide::<S>::splat(simd, T::low(0));
    let one = T::Wide::<S>::splat(simd, T::low(1));
    let (mut left, mut halves) = (taken, zero);
    for (row, partner) in rows.iter().zip(partners) {
        let places = group.row(*row).load(simd);
        let alone = partner.load(simd).simd_eq(zero);
        let first = left & (zero - left);
        let other = (places & first).simd_eq(zero);
        halves += (other & !alone).select(one, zero);
        left ^= alone.select(zero, first);
    }
    halves.to_array()
}

/// How many of the first four characters are the same, from the first on.
#[inline(always)]
fn beginning<S: Simd, T: Lane>(simd: S, group: &Group<'_, T>, rows: &[u16]) -> T::Array {
    let mut same = T::Wide::<S>::splat(simd, T::low(1));
    let mut prefix = T::Wide::<S>::splat(simd, T::low(0));
    for (at, row) in (0_u32..4).zip(rows) {
        same &= group.row(*row).load(simd) >> at;
        prefix += same;
    }
    prefix.to_array()
}
