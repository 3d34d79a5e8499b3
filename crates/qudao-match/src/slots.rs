//! Numbers by hashes: what is found under a hash is looked at where it lies, many at a time.

use crate::huge::Huge;

/// Numbers by hashes. Each stands at the place that its hash tells, or behind it. More than a quarter of the places is free.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    /// A power of two. The hash in the high bits, the number and 1 in the low ones; 0 for a free place.
    slots: Huge<u64>,
}

/// The slots where they lie.
pub(crate) struct View<'s> {
    slots: &'s mut [u64],
    shift: u32,
}

impl Slots {
    /// No numbers, and room for so many.
    pub(crate) fn clear(&mut self, count: usize) -> View<'_> {
        let needed = (count / 3 * 4 + 8).next_power_of_two();
        if needed == self.slots.len() {
            self.slots.fill(0);
        } else {
            // What was there before is let go first.
            self.slots = Huge::default();
            self.slots = Huge::zeroed(needed);
        }
        View { slots: &mut self.slots, shift: u64::BITS - needed.trailing_zeros() }
    }
}

impl View<'_> {
    /// The highest bits of a hash tell its place.
    fn place(&self, hash: u32) -> usize {
        ((u64::from(hash) << u32::BITS) >> self.shift) as usize
    }

    fn after(&self, place: usize) -> usize {
        (place + 1) & self.slots.len().wrapping_sub(1)
    }

    /// Looks at the places of hashes, so that they are near when they are asked for: to look at one after the other is to wait for the memory
    /// each time.
    pub(crate) fn look(&self, hashes: &[u32]) {
        let look = |hash: &u32| self.slots.get(self.place(*hash)).copied().unwrap_or(0);
        std::hint::black_box(hashes.iter().fold(0, |all, hash| all ^ look(hash)));
    }

    /// The first number under a hash.
    #[inline]
    pub(crate) fn find(&self, hash: u32) -> Option<u32> {
        let mut place = self.place(hash);
        loop {
            let slot = self.slots.get(place).copied()?;
            let known = (slot as u32).checked_sub(1)?;
            if (slot >> u32::BITS) as u32 == hash {
                return Some(known);
            }
            place = self.after(place);
        }
    }

    /// The number under this hash that is the same; where there is none, this one, which is set there.
    #[inline]
    pub(crate) fn find_or_set(&mut self, hash: u32, number: u32, is_same: impl Fn(u32) -> bool) -> u32 {
        let mut place = self.place(hash);
        while let Some(slot) = self.slots.get_mut(place) {
            let Some(known) = (*slot as u32).checked_sub(1) else {
                *slot = u64::from(hash) << u32::BITS | (u64::from(number) + 1);
                return number;
            };
            if (*slot >> u32::BITS) as u32 == hash && is_same(known) {
                return known;
            }
            place = self.after(place);
        }
        number
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_are_found_under_hashes_that_stand_together(
            hashes in proptest::collection::vec(
                prop_oneof![Just(0), Just(u32::MAX), 0xffff_ff00..u32::MAX, 0..9_u32, any::<u32>()],
                0..300,
            ),
            before in 0..300_usize,
        ) {
            let mut slots = Slots::default();
            // What stood there before is gone.
            let mut view = slots.clear(before);
            (0..before as u32).for_each(|number| {
                view.find_or_set(number << 24, number, |_| false);
            });
            let mut view = slots.clear(hashes.len());
            view.look(&hashes);
            for hash in &hashes {
                prop_assert_eq!(view.find(*hash), None);
            }
            // Every number is another one, so that each hash is set as often as it comes.
            for (number, hash) in (0..).zip(&hashes) {
                prop_assert_eq!(view.find_or_set(*hash, number, |_| false), number);
            }
            for (number, hash) in (0..).zip(&hashes) {
                let first = hashes.iter().position(|other| other == hash).unwrap();
                prop_assert_eq!(view.find(*hash), Some(first as u32));
                prop_assert_eq!(view.find_or_set(*hash, u32::MAX - 1, |known| known == number), number);
            }
            let free = view.slots.iter().filter(|slot| **slot == 0).count();
            prop_assert_eq!(view.slots.len() - free, hashes.len());
            prop_assert!(free * 4 > view.slots.len());
        }
    }
}
