//! The distinct features of a column, laid end to end in few bytes.

use std::ops::Range;

use crate::narrow::{SLACK, narrow, widen};
use crate::pack::Writer;

/// Features laid end to end, in parts of so many.
#[derive(Debug, Default)]
pub(crate) struct Arena {
    parts: Vec<Part>,
}

/// How many features a part holds: so many are made by one thread at a time.
pub(crate) const PART: usize = 2048;

#[derive(Debug, Default)]
struct Part {
    bytes: Vec<u8>,
    /// Where each begins, and where the last one ends.
    starts: Vec<u32>,
}

impl Part {
    /// Where a feature lies, by its number in the column.
    #[inline]
    fn at(&self, number: usize) -> Option<Range<usize>> {
        match self.starts.get(number % PART..)? {
            [start, end, ..] => Some(*start as usize..*end as usize),
            _ => None,
        }
    }
}

/// What is needed to lay features down, used again from part to part.
#[derive(Debug, Default)]
pub(crate) struct Spare {
    writer: Writer,
    bytes: Vec<u8>,
}

impl Arena {
    pub(crate) fn len(&self) -> usize {
        let last = self.parts.last().map_or(0, |part| part.starts.len().saturating_sub(1));
        self.parts.len().saturating_sub(1) * PART + last
    }

    /// A feature, in a buffer that it is given.
    #[inline]
    pub(crate) fn read<'b>(&self, number: usize, buffer: &'b mut Vec<u16>) -> &'b [u16] {
        let part = self.parts.get(number / PART);
        match part.and_then(|part| Some((part, part.at(number)?))) {
            Some((part, at)) if !at.is_empty() => {
                widen(part.bytes.get(at.start..).unwrap_or_default(), buffer)
            }
            _ => {
                buffer.clear();
                buffer
            }
        }
    }

    /// Nothing was laid down: the value is missing.
    #[inline]
    pub(crate) fn is_missing(&self, number: usize) -> bool {
        let part = self.parts.get(number / PART);
        part.and_then(|part| part.at(number)).is_none_or(|at| at.is_empty())
    }

    /// Where a feature begins in its part.
    #[inline]
    pub(crate) fn start(&self, number: usize) -> usize {
        let part = self.parts.get(number / PART);
        part.and_then(|part| part.starts.get(number % PART)).map_or(0, |start| *start as usize)
    }

    /// Looks at the beginning of a feature and a little behind it, so that it is near when it is read.
    #[inline]
    pub(crate) fn look(&self, number: usize, start: usize) -> usize {
        let Some(part) = self.parts.get(number / PART) else { return 0 };
        let byte = |at: usize| part.bytes.get(at).copied().map_or(0, usize::from);
        byte(start) ^ byte(start + 64)
    }

    /// A part of the features that `each` is called for, one after the other: it lays one down, and then sees it.
    pub(crate) fn part<T>(
        values: &[T],
        spare: &mut Spare,
        mut write: impl FnMut(&T, &mut Writer),
        mut seen: impl FnMut(&[u16]),
    ) -> Self {
        let Spare { writer, bytes } = spare;
        bytes.clear();
        let mut starts = Vec::with_capacity(values.len() + 1);
        // A part of 2048 features, of some thousand units each, stays far below what the number can hold.
        let place = |bytes: &Vec<u8>| u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        for value in values {
            starts.push(place(bytes));
            writer.units.clear();
            write(value, writer);
            seen(&writer.units);
            narrow(&writer.units, bytes);
        }
        starts.push(place(bytes));
        bytes.extend_from_slice(&[0; SLACK]);
        // In as much room as it takes.
        Self { parts: vec![Part { bytes: bytes.as_slice().to_vec(), starts }] }
    }

    /// Several in one. All but the last hold whole parts.
    pub(crate) fn joined(arenas: Vec<Self>) -> Self {
        Self { parts: arenas.into_iter().flat_map(|arena| arena.parts).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arena_gives_back_what_it_holds() {
        let mut spare = Spare::default();
        let unit = |number: usize| u16::try_from(number % 0x1_0000).unwrap_or(0);
        let mut of = |range: std::ops::Range<usize>| {
            let numbers: Vec<usize> = range.collect();
            let mut seen = 0;
            let part = Arena::part(
                &numbers,
                &mut spare,
                |number, out| out.units.extend(std::iter::repeat_n(unit(*number), number % 5)),
                |units| seen += units.len(),
            );
            assert_eq!(seen, numbers.iter().map(|number| number % 5).sum::<usize>());
            part
        };
        let all = Arena::joined(vec![of(0..PART), of(PART..2 * PART), of(2 * PART..2 * PART + 3)]);
        assert_eq!(all.len(), 2 * PART + 3);
        let mut buffer = Vec::new();
        for number in 0..all.len() {
            let units = all.read(number, &mut buffer);
            assert!(units.len() == number % 5 && units.iter().all(|u| *u == unit(number)), "{number}");
            assert_eq!(all.is_missing(number), number % 5 == 0);
        }
        assert!(all.is_missing(all.len()) && all.read(all.len(), &mut buffer).is_empty());
    }
}
