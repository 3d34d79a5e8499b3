//! Features as runs of 16-bit units: each is read at one place of the memory.

use crate::compare::quick::hash;

/// Longer runs are kept by their beginnings and a hash of the whole.
const MAX_RUN: usize = 1000;

/// Writes the parts of a feature.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    pub(crate) units: Vec<u16>,
}

impl Writer {
    pub(crate) fn u16(&mut self, value: u16) {
        self.units.push(value);
    }

    pub(crate) fn u32(&mut self, value: u32) {
        self.units.extend_from_slice(&[0, 16].map(|shift| low(u64::from(value) >> shift)));
    }

    pub(crate) fn u64(&mut self, value: u64) {
        self.units.extend_from_slice(&[0, 16, 32, 48].map(|shift| low(value >> shift)));
    }

    /// A run with its length.
    pub(crate) fn run(&mut self, run: &[u16]) {
        if run.len() <= MAX_RUN {
            self.units.push(u16::try_from(run.len()).unwrap_or(0));
            self.units.extend_from_slice(run);
        } else {
            let digits = format!("\u{1e}{:016x}{:x}", hash(run), run.len());
            let start = run.get(..MAX_RUN).unwrap_or_default();
            self.units.push(u16::try_from(MAX_RUN + digits.len()).unwrap_or(0));
            self.units.extend_from_slice(start);
            self.units.extend(digits.encode_utf16());
        }
    }

    /// A text as a run.
    pub(crate) fn text(&mut self, text: &str) {
        let at = self.units.len();
        self.units.push(0);
        extend(&mut self.units, text);
        let length = self.units.len() - at - 1;
        if length <= MAX_RUN {
            if let Some(slot) = self.units.get_mut(at) {
                *slot = u16::try_from(length).unwrap_or(0);
            }
        } else {
            let run = self.units.split_off(at + 1);
            self.units.truncate(at);
            self.run(&run);
        }
    }

    /// A run that `write` makes; its length stands before it.
    pub(crate) fn part(&mut self, write: impl FnOnce(&mut Self)) {
        let at = self.units.len();
        self.units.push(0);
        write(self);
        let length = u16::try_from(self.units.len() - at - 1).unwrap_or(0);
        if let Some(slot) = self.units.get_mut(at) {
            *slot = length;
        }
    }
}

/// Adds the units of a text.
pub(crate) fn extend(units: &mut Vec<u16>, text: &str) {
    if text.is_ascii() {
        units.extend(text.bytes().map(u16::from));
    } else {
        units.extend(text.encode_utf16());
    }
}

fn low(value: u64) -> u16 {
    #[expect(clippy::cast_possible_truncation, reason = "the low bits are meant")]
    let low = value as u16;
    low
}

/// Reads the parts in the order in which they were written. Behind the end everything is zero or empty.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a>(pub(crate) &'a [u16]);

impl<'a> Reader<'a> {
    #[inline]
    pub(crate) fn u16(&mut self) -> u16 {
        match self.0.split_first() {
            Some((first, rest)) => {
                self.0 = rest;
                *first
            }
            None => 0,
        }
    }

    #[inline]
    pub(crate) fn u32(&mut self) -> u32 {
        match self.0 {
            [a, b, rest @ ..] => {
                self.0 = rest;
                u32::from(*a) | u32::from(*b) << 16
            }
            _ => 0,
        }
    }

    #[inline]
    pub(crate) fn u64(&mut self) -> u64 {
        match self.0 {
            [a, b, c, d, rest @ ..] => {
                self.0 = rest;
                u64::from(*a) | u64::from(*b) << 16 | u64::from(*c) << 32 | u64::from(*d) << 48
            }
            _ => 0,
        }
    }

    #[inline]
    pub(crate) fn take(&mut self, count: usize) -> &'a [u16] {
        let (head, rest) = self.0.split_at_checked(count).unwrap_or((self.0, &[]));
        self.0 = rest;
        head
    }

    /// A run with its length.
    #[inline]
    pub(crate) fn run(&mut self) -> &'a [u16] {
        let length = usize::from(self.u16());
        self.take(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut w = Writer::default();
        w.u16(7);
        w.u32(0x1234_5678);
        w.u64(0x0123_4567_89ab_cdef);
        w.text("漢字a");
        w.run(&[1, 2]);
        w.part(|w| w.text("x"));
        let long = "y".repeat(5000);
        w.text(&long);
        let mut r = Reader(&w.units);
        assert_eq!((r.u16(), r.u32(), r.u64()), (7, 0x1234_5678, 0x0123_4567_89ab_cdef));
        assert_eq!(String::from_utf16_lossy(r.run()), "漢字a");
        assert_eq!(r.run(), [1, 2]);
        assert_eq!(r.run(), [1, u16::from(b'x')]);
        let cut = r.run();
        assert!(cut.len() > MAX_RUN && cut.len() < MAX_RUN + 30);
        assert_eq!((r.u16(), r.u64(), r.run().len()), (0, 0, 0));
    }
}
