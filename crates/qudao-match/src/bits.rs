//! Yes or no for each of many things, a bit each.

/// A bit for each number, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Bits {
    words: Vec<u64>,
    len: usize,
}

impl Bits {
    /// Adds the bit of the next number.
    pub(crate) fn push(&mut self, bit: bool) {
        let place = self.len % 64;
        if place == 0 {
            self.words.push(0);
        }
        if let Some(word) = self.words.last_mut() {
            *word |= u64::from(bit) << place;
        }
        self.len += 1;
    }

    /// Adds the bits of the next numbers.
    pub(crate) fn extend(&mut self, others: &Self) {
        if self.len.is_multiple_of(64) {
            self.words.extend_from_slice(&others.words);
            self.len += others.len;
        } else {
            (0..others.len).for_each(|number| self.push(others.get(number)));
        }
    }

    /// The bit of a number; no beyond the last one.
    #[inline]
    pub(crate) fn get(&self, number: usize) -> bool {
        self.words.get(number / 64).is_some_and(|word| word >> (number % 64) & 1 != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bits_are_what_was_pushed(parts in proptest::collection::vec(proptest::collection::vec(any::<bool>(), 0..200), 0..6)) {
            let of = |list: &[bool]| {
                let mut bits = Bits::default();
                list.iter().for_each(|bit| bits.push(*bit));
                bits
            };
            let all = parts.concat();
            let mut joined = Bits::default();
            parts.iter().for_each(|part| joined.extend(&of(part)));
            prop_assert_eq!(&joined, &of(&all));
            for number in 0..all.len() + 70 {
                prop_assert_eq!(joined.get(number), all.get(number).copied().unwrap_or(false));
            }
        }
    }
}
