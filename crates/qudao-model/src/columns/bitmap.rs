//! A row of bits, one a row of a column.

/// A row of bits, packed least significant bit first, as Arrow packs them.
///
/// ```
/// use qudao_model::columns::Bitmap;
/// let bits: Bitmap = [true, false, true].into_iter().collect();
/// assert_eq!((bits.len(), bits.count()), (3, 2));
/// assert_eq!(bits.ones().collect::<Vec<_>>(), [0, 2]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bitmap {
    /// Bits beyond `len` are zero.
    words: Vec<u64>,
    len: usize,
}

impl Bitmap {
    /// `len` equal bits.
    #[must_use]
    pub fn filled(len: usize, value: bool) -> Self {
        Self::from_words(vec![if value { u64::MAX } else { 0 }; len.div_ceil(64)], len)
    }

    /// Bits that a function tells by position.
    #[must_use]
    pub fn from_fn(len: usize, mut bit: impl FnMut(usize) -> bool) -> Self {
        let mut words = Vec::with_capacity(len.div_ceil(64));
        let mut at = 0;
        while at < len {
            let end = (at + 64).min(len);
            let mut word = 0_u64;
            for (shift, i) in (at..end).enumerate() {
                word |= u64::from(bit(i)) << shift;
            }
            words.push(word);
            at = end;
        }
        Self { words, len }
    }

    /// One bit a value: whether it has a property.
    #[must_use]
    pub fn from_slice<T: Copy>(values: &[T], holds: impl Fn(T) -> bool) -> Self {
        let mut words = Vec::with_capacity(values.len().div_ceil(64));
        let (whole, rest) = values.as_chunks::<64>();
        for chunk in whole {
            // First a byte each, which is done many at a time.
            let mut flags = [0_u8; 64];
            flags.iter_mut().zip(chunk).for_each(|(flag, value)| *flag = u8::from(holds(*value)));
            words.push(flags.as_chunks::<8>().0.iter().enumerate().fold(0, |word, (shift, eight)| {
                // Eight bytes of 0 or 1 become eight bits: the product moves byte `i` to bit `56 + i`, without a carry.
                let bits = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
                word | bits << (shift * 8)
            }));
        }
        if !rest.is_empty() {
            words.push(rest.iter().rev().fold(0, |word, value| word << 1 | u64::from(holds(*value))));
        }
        Self::from_words(words, values.len())
    }

    /// Two bits a value, in one pass.
    #[must_use]
    pub fn pair_from_slice<T: Copy>(values: &[T], bits: impl Fn(T) -> (bool, bool)) -> (Self, Self) {
        let gather = |flags: &[u8; 64], bit: u8| {
            flags.as_chunks::<8>().0.iter().enumerate().fold(0, |word, (shift, eight)| {
                let ones = u64::from_le_bytes(*eight) >> bit & 0x0101_0101_0101_0101;
                word | (ones.wrapping_mul(0x0102_0408_1020_4080) >> 56) << (shift * 8)
            })
        };
        let words = values.len().div_ceil(64);
        let (mut first, mut second) = (Vec::with_capacity(words), Vec::with_capacity(words));
        let flag = |value: T| {
            let (a, b) = bits(value);
            u8::from(a) | u8::from(b) << 1
        };
        for chunk in values.chunks(64) {
            let mut flags = [0_u8; 64];
            flags.iter_mut().zip(chunk).for_each(|(to, value)| *to = flag(*value));
            first.push(gather(&flags, 0));
            second.push(gather(&flags, 1));
        }
        (Self::from_words(first, values.len()), Self::from_words(second, values.len()))
    }

    /// From words of 64 bits. Bits beyond `len` are cleared, words that lack are zero.
    #[must_use]
    pub fn from_words(mut words: Vec<u64>, len: usize) -> Self {
        words.resize(len.div_ceil(64), 0);
        if let (Some(last), tail @ 1..) = (words.last_mut(), len % 64) {
            *last &= (1 << tail) - 1;
        }
        Self { words, len }
    }

    /// From bytes, least significant bit first, the first bit standing at `offset`: an Arrow buffer. Bits that lack
    /// are zero.
    #[must_use]
    pub fn from_bytes(bytes: &[u8], offset: usize, len: usize) -> Self {
        let bytes = bytes.get(offset / 8..).unwrap_or_default();
        let skipped = offset % 8;
        let words = bytes.chunks(8).take((skipped + len).div_ceil(64)).map(|chunk| {
            let mut eight = [0_u8; 8];
            eight.iter_mut().zip(chunk).for_each(|(to, from)| *to = *from);
            u64::from_le_bytes(eight)
        });
        let all = Self::from_words(words.collect(), skipped + len);
        if skipped == 0 { all } else { all.slice(skipped, len) }
    }

    /// How many bits.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// True when there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// One bit; false beyond the end.
    #[must_use]
    #[inline]
    pub fn get(&self, at: usize) -> bool {
        self.words.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    /// Writes one bit; nothing beyond the end.
    #[inline]
    pub fn set(&mut self, at: usize, value: bool) {
        if at >= self.len {
            return;
        }
        if let Some(word) = self.words.get_mut(at / 64) {
            let bit = 1 << (at % 64);
            if value { *word |= bit } else { *word &= !bit }
        }
    }

    /// Adds one bit.
    pub fn push(&mut self, value: bool) {
        if self.len.is_multiple_of(64) {
            self.words.push(0);
        }
        self.len += 1;
        if value {
            self.set(self.len - 1, true);
        }
    }

    /// The words of 64 bits; bits beyond the end are zero.
    #[must_use]
    #[inline]
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// How many bits are set.
    #[must_use]
    pub fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// True when every bit is set.
    #[must_use]
    pub fn all(&self) -> bool {
        self.count() == self.len
    }

    /// True when no bit is set.
    #[must_use]
    pub fn none(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// The positions of the bits that are set, ascending.
    pub fn ones(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(at, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| at * 64 + rest.trailing_zeros() as usize)?;
                rest &= rest - 1;
                Some(bit)
            })
        })
    }

    /// The 64 bits from any position on; bits beyond the end are zero.
    #[must_use]
    #[inline]
    pub fn word_at(&self, at: usize) -> u64 {
        let word = |i: usize| self.words.get(i).copied().unwrap_or(0);
        match at % 64 {
            0 => word(at / 64),
            shift => word(at / 64) >> shift | word(at / 64 + 1) << (64 - shift),
        }
    }

    /// The bits from `start` on, `len` of them.
    #[must_use]
    pub fn slice(&self, start: usize, len: usize) -> Self {
        let len = len.min(self.len.saturating_sub(start));
        Self::from_words((0..len.div_ceil(64)).map(|i| self.word_at(start + i * 64)).collect(), len)
    }

    /// Adds the bits of another.
    pub fn append(&mut self, other: &Self) {
        let shift = self.len % 64;
        if shift == 0 {
            self.words.extend_from_slice(&other.words);
        } else {
            for word in &other.words {
                if let Some(last) = self.words.last_mut() {
                    *last |= word << shift;
                }
                self.words.push(word >> (64 - shift));
            }
        }
        let len = self.len + other.len;
        *self = Self::from_words(std::mem::take(&mut self.words), len);
    }

    fn join(mut self, other: &Self, join: impl Fn(u64, u64) -> u64) -> Self {
        let others = other.words.iter().copied().chain(std::iter::repeat(0));
        self.words.iter_mut().zip(others).for_each(|(a, b)| *a = join(*a, b));
        self
    }

    /// The bits set in both.
    #[must_use]
    pub fn and(self, other: &Self) -> Self {
        self.join(other, |a, b| a & b)
    }

    /// The bits set in either, as long as this one.
    #[must_use]
    pub fn or(self, other: &Self) -> Self {
        let len = self.len;
        Self::from_words(self.join(other, |a, b| a | b).words, len)
    }

    /// The bits set here and not there.
    #[must_use]
    pub fn and_not(self, other: &Self) -> Self {
        self.join(other, |a, b| a & !b)
    }

    /// Every bit the other way.
    #[must_use]
    pub fn inverted(mut self) -> Self {
        self.words.iter_mut().for_each(|word| *word = !*word);
        Self::from_words(self.words, self.len)
    }
}

impl FromIterator<bool> for Bitmap {
    fn from_iter<I: IntoIterator<Item = bool>>(bits: I) -> Self {
        let mut out = Self::default();
        bits.into_iter().for_each(|bit| out.push(bit));
        out
    }
}

#[cfg(test)]
mod tests {
    use super::Bitmap;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bits_are_what_a_list_of_them_is(bits in prop::collection::vec(any::<bool>(), 0..300), cut in 0_usize..300) {
            let map: Bitmap = bits.iter().copied().collect();
            prop_assert_eq!(map.len(), bits.len());
            prop_assert_eq!(&Bitmap::from_fn(bits.len(), |i| bits[i]), &map);
            prop_assert_eq!(&Bitmap::from_slice(&bits, |b| b), &map);
            let (same, other) = Bitmap::pair_from_slice(&bits, |b| (b, !b));
            prop_assert_eq!((&same, other), (&map, map.clone().inverted()));
            prop_assert_eq!((0..bits.len()).map(|i| map.get(i)).collect::<Vec<_>>(), bits.clone());
            let ones: Vec<usize> = bits.iter().enumerate().filter(|(_, b)| **b).map(|(i, _)| i).collect();
            prop_assert_eq!(map.count(), ones.len());
            prop_assert_eq!(map.ones().collect::<Vec<_>>(), ones);
            let not: Bitmap = bits.iter().map(|b| !b).collect();
            prop_assert_eq!(&map.clone().inverted(), &not);
            let cut = cut.min(bits.len());
            let tail: Bitmap = bits[cut..].iter().copied().collect();
            prop_assert_eq!(&map.slice(cut, bits.len()), &tail);
            let mut joined = map.slice(0, cut);
            joined.append(&tail);
            prop_assert_eq!(&joined, &map);
            let bytes: Vec<u8> = map.words().iter().flat_map(|w| w.to_le_bytes()).collect();
            prop_assert_eq!(&Bitmap::from_bytes(&bytes, cut, bits.len() - cut), &tail);
            prop_assert!(map.clone().and(&not).none());
            prop_assert!(map.clone().or(&not).all());
            prop_assert_eq!(map.clone().and_not(&not), map);
        }
    }
}
