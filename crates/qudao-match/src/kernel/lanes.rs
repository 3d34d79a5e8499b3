//! Texts side by side in the lanes of vectors, as many as one vector of 64 bytes holds.

use fearless_simd::{Simd, SimdBase, SimdInt, SimdIntElement, u16x32, u32x16, u64x8};

use super::formula::lowest;
use super::symbol::Symbol;

/// An integer whose bits hold a pattern.
pub(super) trait Lane: SimdIntElement + Into<u64> {
    /// One of them for each text of a group.
    type Array: Copy + std::fmt::Debug + AsRef<[Self]> + AsMut<[Self]>;
    /// The same as a vector.
    type Wide<S: Simd>: SimdInt<S, Element = Self, Array = Self::Array>;
    /// How many texts stand side by side.
    const COUNT: usize;
    /// None.
    const ZERO: Self::Array;
    /// The lowest bits.
    fn low(bits: u64) -> Self;
}

macro_rules! lanes {
    ($($lane:ty, $wide:ident, $count:literal;)*) => {$(
        impl Lane for $lane {
            type Array = [Self; $count];
            type Wide<S: Simd> = $wide<S>;
            const COUNT: usize = $count;
            const ZERO: Self::Array = [0; $count];
            #[inline(always)]
            fn low(bits: u64) -> Self {
                #[allow(clippy::allow_attributes, clippy::cast_possible_truncation, reason = "the lower bits are meant")]
                let low = bits as Self;
                low
            }
        }
    )*};
}

lanes! {
    u16, u16x32, 32;
    u32, u32x16, 16;
    u64, u64x8, 8;
}

/// Bits of a pattern for each text of a group, in one line of the cache.
#[repr(align(64))]
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<T: Lane>(pub(super) T::Array);

impl<T: Lane> Row<T> {
    pub(super) const ZERO: Self = Self(T::ZERO);

    #[inline(always)]
    pub(super) fn load<S: Simd>(&self, simd: S) -> T::Wide<S> {
        T::Wide::<S>::load_array_ref(simd, &self.0)
    }
}

/// Where a text stands among those of its batch, and its length.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Member {
    pub(super) number: u32,
    pub(super) length: u32,
}

/// The rows of a group: first of a character that no text holds, then of the places that each text has, then of each character.
const FIRST: usize = 2;

/// Texts of up to so many characters as a lane has bits.
#[derive(Debug, Clone)]
pub(super) struct Lanes<T: Lane> {
    rows: Vec<Row<T>>,
    /// Open addressing: a character's number with its row in the ten lowest bits; 0 for none.
    slots: Vec<u32>,
    groups: Vec<Place>,
    /// By length, those of one group after those of another.
    members: Vec<Member>,
}

/// Where a group begins.
#[derive(Debug, Clone, Copy)]
struct Place {
    row: usize,
    slot: usize,
}

const ROW_BITS: u32 = 10;

/// One group of texts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group<'a, T: Lane> {
    /// Of a character that no text holds.
    none: &'a Row<T>,
    rows: &'a [Row<T>],
    /// A power of two of them.
    slots: &'a [u32],
    pub(super) members: &'a [Member],
}

impl<T: Lane> Default for Lanes<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), slots: Vec::new(), groups: Vec::new(), members: Vec::new() }
    }
}

/// Places of a table of a power of two, one after the other from that of a number.
#[inline(always)]
pub(super) fn probes(number: u32, size: usize) -> impl Iterator<Item = usize> {
    let mask = size.wrapping_sub(1);
    (0..size).map(move |step| (number as usize).wrapping_add(step) & mask)
}

impl<T: Lane> Lanes<T> {
    pub(super) fn clear(&mut self) {
        self.rows.clear();
        self.slots.clear();
        self.groups.clear();
        self.members.clear();
    }

    /// Lays down texts, given by number and length.
    pub(super) fn lay<'t, C: Symbol + 't>(
        &mut self,
        mut members: Vec<Member>,
        text: impl Fn(u32) -> &'t [C],
        scratch: &mut Scratch,
    ) {
        members.sort_by_key(|m| m.length);
        for group in members.chunks(T::COUNT) {
            self.lay_group(group, &text, scratch);
        }
        self.members.extend(members);
    }

    fn lay_group<'t, C: Symbol + 't>(
        &mut self,
        members: &[Member],
        text: &impl Fn(u32) -> &'t [C],
        scratch: &mut Scratch,
    ) {
        let first = self.rows.len();
        self.groups.push(Place { row: first, slot: self.slots.len() });
        self.rows.extend([Row::ZERO; FIRST]);
        for (lane, member) in members.iter().enumerate() {
            self.set(first + 1, lane, lowest(member.length as usize));
            for (at, c) in text(member.number).iter().enumerate() {
                let row = scratch.row(c.number(), self.rows.len() - first);
                if first + row == self.rows.len() {
                    self.rows.push(Row::ZERO);
                }
                self.set(first + row, lane, 1 << at);
            }
        }
        scratch.settle(&mut self.slots);
    }

    fn set(&mut self, row: usize, lane: usize, bits: u64) {
        if let Some(slot) = self.rows.get_mut(row).and_then(|row| row.0.as_mut().get_mut(lane)) {
            *slot |= T::low(bits);
        }
    }

    #[inline(always)]
    pub(super) fn groups(&self) -> impl Iterator<Item = Group<'_, T>> {
        let groups = self.groups.iter().zip(self.members.chunks(T::COUNT)).enumerate();
        groups.filter_map(|(at, (place, members))| {
            let next = self.groups.get(at + 1).copied();
            let end = next.unwrap_or(Place { row: self.rows.len(), slot: self.slots.len() });
            let rows = self.rows.get(place.row..end.row)?;
            let slots = self.slots.get(place.slot..end.slot)?;
            Some(Group { none: rows.first()?, rows, slots, members })
        })
    }
}

impl<'a, T: Lane> Group<'a, T> {
    /// The rows of the characters of a text.
    #[inline(always)]
    pub(super) fn look_up<C: Symbol>(&self, text: &[C], rows: &mut Vec<u16>) {
        rows.clear();
        rows.extend(text.iter().map(|c| {
            let number = c.number();
            for at in probes(number, self.slots.len()) {
                match self.slots.get(at).copied().unwrap_or(0) {
                    0 => break,
                    slot if slot >> ROW_BITS == number => return (slot & ((1 << ROW_BITS) - 1)) as u16,
                    _ => {}
                }
            }
            0
        }));
    }

    #[inline(always)]
    pub(super) fn row(&self, row: u16) -> &'a Row<T> {
        self.rows.get(usize::from(row)).unwrap_or(self.none)
    }

    /// The places that each text has.
    #[inline(always)]
    pub(super) fn patterns(&self) -> &'a Row<T> {
        self.row(1)
    }

    /// The least and the greatest length.
    #[inline(always)]
    pub(super) fn lengths(&self) -> (usize, usize) {
        let length = |member: Option<&Member>| member.map_or(0, |m| m.length as usize);
        (length(self.members.first()), length(self.members.last()))
    }
}

/// The characters of a group while it is laid down.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    slots: Vec<u32>,
    found: Vec<u32>,
}

/// More than twice as many as a group has characters.
const SCRATCH: usize = 2048;

impl Scratch {
    /// The row of a character: the next one when it was not met before.
    fn row(&mut self, number: u32, next: usize) -> usize {
        self.slots.resize(SCRATCH, 0);
        for at in probes(number, SCRATCH) {
            if let Some(slot) = self.slots.get_mut(at) {
                if *slot == 0 {
                    *slot = number << ROW_BITS | next as u32;
                    self.found.push(*slot);
                }
                if *slot >> ROW_BITS == number {
                    return (*slot & ((1 << ROW_BITS) - 1)) as usize;
                }
            }
        }
        0
    }

    /// Lays down a table of what was found, at most half full, and forgets it.
    fn settle(&mut self, slots: &mut Vec<u32>) {
        let size = (self.found.len() * 2).next_power_of_two();
        let start = slots.len();
        slots.resize(start + size, 0);
        for found in self.found.drain(..) {
            let number = found >> ROW_BITS;
            let free = probes(number, size).find(|at| slots.get(start + at) == Some(&0));
            if let Some(slot) = free.and_then(|at| slots.get_mut(start + at)) {
                *slot = found;
            }
            // A number stands in its first place or, after others, in the next free one: up to there nothing is left.
            for at in probes(number, SCRATCH) {
                match self.slots.get_mut(at) {
                    Some(slot) if *slot != 0 => *slot = 0,
                    _ => break,
                }
            }
        }
    }
}
