//! Long lists of numbers in memory of their own, in large pages where the system has them.
//!
//! What a search looks at lies far apart, so that nearly every look asks for another page, and finding where a page of 4 KiB lies takes
//! longer than reading it. Pages of 2 MiB are few enough to be known. Linux gives them to whoever asks (`MADV_HUGEPAGE`, madvise(2));
//! elsewhere the lists are the same in pages as they come. What is let go goes back to the system: it leaves no holes.

use std::ops::{Deref, DerefMut};

use bytemuck::Pod;
use memmap2::MmapMut;

/// A list of numbers.
#[derive(Debug)]
pub(crate) struct Huge<T>(Kept<T>);

#[derive(Debug)]
enum Kept<T> {
    /// A short list, or one for which the system has no memory of its own.
    Heap(Vec<T>),
    /// So many items, in front of room for more. Room that was never written to takes no memory.
    Mapped(MmapMut, usize),
}

/// Below so many bytes large pages would save nothing.
const LEAST: usize = 1 << 21;

/// Room for so many items.
fn mapped<T>(room: usize) -> Option<MmapMut> {
    let bytes = room.checked_mul(size_of::<T>()).filter(|bytes| *bytes >= LEAST)?;
    let map = MmapMut::map_anon(bytes).ok()?;
    // Advice: it may be refused.
    #[cfg(target_os = "linux")]
    let _ = map.advise(memmap2::Advice::HugePage);
    Some(map)
}

impl<T: Pod> Huge<T> {
    /// So many zeros.
    pub(crate) fn zeroed(len: usize) -> Self {
        Self(match mapped::<T>(len) {
            Some(map) => Kept::Mapped(map, len),
            None => Kept::Heap(vec![T::zeroed(); len]),
        })
    }

    /// Nothing, in front of room for about so many.
    pub(crate) fn with_room(count: usize) -> Self {
        Self(match mapped::<T>(count) {
            Some(map) => Kept::Mapped(map, 0),
            None => Kept::Heap(Vec::with_capacity(count.min(LEAST))),
        })
    }

    /// Adds items.
    pub(crate) fn extend(&mut self, items: &[T]) {
        let needed = self.len().saturating_add(items.len());
        if needed > self.room() {
            self.grow(needed);
        }
        match &mut self.0 {
            Kept::Heap(list) => list.extend_from_slice(items),
            Kept::Mapped(map, len) => {
                let slots: &mut [T] = bytemuck::try_cast_slice_mut(map).unwrap_or_default();
                if let Some(slots) = slots.get_mut(*len..needed) {
                    slots.copy_from_slice(items);
                    *len = needed;
                }
            }
        }
    }

    fn room(&self) -> usize {
        match &self.0 {
            Kept::Heap(list) => list.capacity(),
            Kept::Mapped(map, _) => map.len() / size_of::<T>().max(1),
        }
    }

    /// Moves to where there is room for so many items, and as many again.
    fn grow(&mut self, needed: usize) {
        let map = mapped::<T>(needed.saturating_mul(2));
        match (map, &mut self.0) {
            (Some(mut map), kept) => {
                let len = kept.len();
                let slots: &mut [T] = bytemuck::try_cast_slice_mut(&mut map).unwrap_or_default();
                if let Some(slots) = slots.get_mut(..len) {
                    slots.copy_from_slice(kept);
                    *kept = Kept::Mapped(map, len);
                }
            }
            (None, Kept::Heap(_)) => {}
            (None, kept) => *kept = Kept::Heap(kept.to_vec()),
        }
    }

    /// Leaves the first items.
    pub(crate) fn truncate(&mut self, count: usize) {
        match &mut self.0 {
            Kept::Heap(list) => list.truncate(count),
            Kept::Mapped(_, len) => *len = count.min(*len),
        }
    }
}

impl<T: Pod> Deref for Kept<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        match self {
            Self::Heap(items) => items,
            Self::Mapped(map, len) => {
                // A map begins at a page, and has room for whole items.
                let all: &[T] = bytemuck::try_cast_slice(map).unwrap_or_default();
                all.get(..*len).unwrap_or_default()
            }
        }
    }
}

impl<T: Pod> Deref for Huge<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T: Pod> DerefMut for Huge<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        match &mut self.0 {
            Kept::Heap(items) => items,
            Kept::Mapped(map, len) => {
                let all: &mut [T] = bytemuck::try_cast_slice_mut(map).unwrap_or_default();
                all.get_mut(..*len).unwrap_or_default()
            }
        }
    }
}

impl<T> Default for Huge<T> {
    fn default() -> Self {
        Self(Kept::Heap(Vec::new()))
    }
}

impl<T: Pod> From<&[T]> for Huge<T> {
    fn from(items: &[T]) -> Self {
        let mut list = Self::zeroed(items.len());
        list.copy_from_slice(items);
        list
    }
}

impl<T: Pod> Clone for Huge<T> {
    fn clone(&self) -> Self {
        Self::from(&**self)
    }
}

impl<T: Pod + PartialEq> PartialEq for Huge<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Pod + Eq> Eq for Huge<T> {}

impl<'a, T: Pod> IntoIterator for &'a Huge<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANY: usize = LEAST / 8;

    #[test]
    fn a_list_is_as_long_as_it_was_made_and_keeps_what_is_written() {
        for len in [0, 1, 1000, MANY - 1, MANY, MANY + 3] {
            let mut list: Huge<u64> = Huge::zeroed(len);
            assert_eq!(list.len(), len);
            assert!(list.iter().all(|item| *item == 0));
            for (item, number) in list.iter_mut().zip(0..) {
                *item = number;
            }
            assert!(list.clone().into_iter().zip(0..).all(|(item, number)| *item == number));
            assert_eq!(list, list.clone());
        }
        assert!(matches!(Huge::<u8>::zeroed(LEAST - 1).0, Kept::Heap(_)));
        assert!(Huge::<u8>::default().is_empty());
    }

    #[test]
    fn a_list_grows_and_keeps_what_it_holds() {
        for step in [1_u64, 7, 5000, 100_000] {
            let (mut list, mut next) = (Huge::with_room(MANY / 2 * (step % 3) as usize), 0);
            while list.len() < 3 * MANY {
                let items: Vec<u64> = (next..next + step).collect();
                list.extend(&items);
                next += step;
            }
            assert_eq!(list.len() as u64, next);
            assert!(list.iter().zip(0..).all(|(item, number)| *item == number), "{step}");
            list.truncate(5);
            list.extend(&[9]);
            assert_eq!(*list, [0, 1, 2, 3, 4, 9]);
        }
    }
}
