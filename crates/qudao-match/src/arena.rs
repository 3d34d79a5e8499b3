//! The distinct features of a column, laid end to end in few bytes.

use std::ops::Range;

use crate::huge::Huge;
use crate::narrow::{SLACK, narrow, widen};
use crate::pack::Writer;
use crate::parallel::{Threads, share};

/// Features laid end to end, in runs of so many.
#[derive(Debug, Default)]
pub(crate) struct Arena {
    /// Some features each. In front stands where each begins in these bytes, in four bytes each, and where the last one ends.
    runs: Vec<Huge<u8>>,
    len: usize,
}

/// How many features one thread makes at a time: few, so that the threads end a run together.
pub(crate) const PART: usize = 512;
/// How many features lie together: what is made on the way takes little room beside the whole.
pub(crate) const RUN: usize = 256 * PART;

/// How many bytes tell where a feature begins.
const PLACE: usize = 4;

/// Where a feature lies, by its number in a run of these bytes.
#[inline]
fn at(bytes: &[u8], number: usize) -> Option<Range<usize>> {
    let places = bytes.get(number * PLACE..)?.first_chunk::<{ 2 * PLACE }>()?;
    let [a, b, c, d, e, f, g, h] = *places;
    Some(u32::from_le_bytes([a, b, c, d]) as usize..u32::from_le_bytes([e, f, g, h]) as usize)
}

/// Features as one thread makes them.
#[derive(Debug, Default)]
pub(crate) struct Part {
    bytes: Vec<u8>,
    /// Where each ends.
    ends: Vec<u32>,
}

impl Part {
    /// Lays down a feature of each value, which is then seen, in the place of what was there before.
    pub(crate) fn fill<T>(
        &mut self,
        values: &[T],
        writer: &mut Writer,
        mut write: impl FnMut(&T, &mut Writer),
        mut seen: impl FnMut(&[u16]),
    ) {
        self.bytes.clear();
        self.ends.clear();
        self.ends.reserve(values.len());
        for value in values {
            writer.units.clear();
            write(value, writer);
            seen(&writer.units);
            narrow(&writer.units, &mut self.bytes);
            self.ends.push(place(self.bytes.len()));
        }
    }
}

/// A run of features, of some thousand units each, stays below what the number can hold.
fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

impl Arena {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The run in which a feature lies.
    #[inline]
    fn run(&self, number: usize) -> &[u8] {
        self.runs.get(number / RUN).map_or(&[], |run| run)
    }

    /// A feature, in a buffer that it is given.
    #[inline]
    pub(crate) fn read<'b>(&self, number: usize, buffer: &'b mut Vec<u16>) -> &'b [u16] {
        let run = self.run(number);
        match at(run, number % RUN) {
            Some(at) if !at.is_empty() => widen(run.get(at.start..).unwrap_or_default(), buffer),
            _ => {
                buffer.clear();
                buffer
            }
        }
    }

    /// Nothing was laid down: the value is missing.
    #[inline]
    pub(crate) fn is_missing(&self, number: usize) -> bool {
        at(self.run(number), number % RUN).is_none_or(|at| at.is_empty())
    }

    /// Where a feature begins in its run.
    #[inline]
    pub(crate) fn start(&self, number: usize) -> usize {
        at(self.run(number), number % RUN).map_or(0, |at| at.start)
    }

    /// Looks at the beginning of a feature and a little behind it, so that it is near when it is read.
    #[inline]
    pub(crate) fn look(&self, number: usize, start: usize) -> usize {
        let run = self.run(number);
        let byte = |at: usize| run.get(at).copied().map_or(0, usize::from);
        byte(start) ^ byte(start + 64)
    }

    /// Adds a run of parts. All but the last run hold [`RUN`] features.
    pub(crate) fn push(&mut self, parts: &[&Part], threads: Threads<'_>) {
        let count: usize = parts.iter().map(|part| part.ends.len()).sum();
        let front = (count + 1) * PLACE;
        let all = front + parts.iter().map(|part| part.bytes.len()).sum::<usize>();
        let mut bytes: Huge<u8> = Huge::zeroed(all + SLACK);
        let (mut places, mut rest) = bytes.split_at_mut(front);
        let (mut shares, mut at) = (Vec::with_capacity(parts.len()), front);
        for part in parts {
            let (of_places, others) = places.split_at_mut(part.ends.len() * PLACE);
            let (of_bytes, behind) = rest.split_at_mut(part.bytes.len());
            shares.push((part, at, of_places, of_bytes));
            (places, rest) = (others, behind);
            at += part.bytes.len();
        }
        places.copy_from_slice(&place(at).to_le_bytes());
        share(shares, threads, |(part, at, places, bytes)| {
            let starts = std::iter::once(0).chain(part.ends.iter().map(|end| *end as usize));
            for (slot, start) in places.as_chunks_mut().0.iter_mut().zip(starts) {
                *slot = place(at + start).to_le_bytes();
            }
            bytes.copy_from_slice(&part.bytes);
        });
        self.len += count;
        self.runs.push(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parallel::threads;

    #[test]
    fn an_arena_gives_back_what_it_holds() {
        let mut writer = Writer::default();
        let unit = |number: usize| u16::try_from(number % 0x1_0000).unwrap_or(0);
        let mut of = |range: Range<usize>| {
            let numbers: Vec<usize> = range.collect();
            let mut seen = 0;
            let mut part = Part::default();
            part.fill(
                &numbers,
                &mut writer,
                |number, out| out.units.extend(std::iter::repeat_n(unit(*number), number % 5)),
                |units| seen += units.len(),
            );
            assert_eq!(seen, numbers.iter().map(|number| number % 5).sum::<usize>());
            part
        };
        let parts: Vec<Part> = (0..RUN / PART).map(|at| of(at * PART..(at + 1) * PART)).collect();
        let (last, mut all) = (of(RUN..RUN + 3), Arena::default());
        all.push(&parts.iter().collect::<Vec<_>>(), threads(Some(2)));
        all.push(&[&last], threads(Some(2)));
        assert_eq!(all.len(), RUN + 3);
        let mut buffer = Vec::new();
        for number in 0..all.len() {
            let units = all.read(number, &mut buffer);
            assert!(units.len() == number % 5 && units.iter().all(|u| *u == unit(number)), "{number}");
            assert_eq!(all.is_missing(number), number % 5 == 0);
        }
        for beyond in [all.len(), 2 * RUN, usize::MAX] {
            assert!(all.is_missing(beyond) && all.read(beyond, &mut buffer).is_empty());
        }
    }
}
