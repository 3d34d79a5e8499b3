//! One text against a batch of others.

use fearless_simd::{Level, dispatch};

use super::batch::Batch;
use super::lanes::{Lane, Lanes};
use super::symbol::Symbol;
use super::tokens::{self, Size, Token, TokenBatch};
use super::wide::{self, Space};
use super::word;

/// Compares one text with all texts of a [`Batch`].
///
/// Which instructions the processor has is found out once, at run time. Results are the same on every machine, and the
/// same as those of [`Kernels::scalar`], which goes through the texts one by one without vectors.
///
/// ```
/// use qudao_match::kernel::{Alphabet, Batch, Kernels};
///
/// let mut alphabet = Alphabet::default();
/// let names = ["华为技术", "华为投资", "海康威视"].map(|name| alphabet.encode(name));
/// let batch = Batch::new(&names);
/// let mut kernels = Kernels::new();
/// let name = alphabet.encode("华为技木");
/// assert_eq!(kernels.levenshtein(&batch, &name, 2), [1, 2, 3]); // 3: more than 2
/// assert_eq!(kernels.jaro_winkler(&batch, &name, 600), [883, 666, 0]); // 0: less than 600
/// ```
#[derive(Debug)]
pub struct Kernels {
    /// None without vectors.
    level: Option<Level>,
    rows: Vec<u16>,
    short: Space<u16>,
    middle: Space<u32>,
    long: Space<u64>,
    found: Vec<u32>,
    common: Vec<u64>,
}

impl Default for Kernels {
    fn default() -> Self {
        Self::new()
    }
}

impl Kernels {
    /// With the widest vectors of this processor.
    #[must_use]
    pub fn new() -> Self {
        Self::with(Some(Level::new()))
    }

    /// Without vectors, one text at a time.
    #[must_use]
    pub fn scalar() -> Self {
        Self::with(None)
    }

    pub(super) fn with(level: Option<Level>) -> Self {
        Self {
            level,
            rows: Vec::new(),
            short: Space::default(),
            middle: Space::default(),
            long: Space::default(),
            found: Vec::new(),
            common: Vec::new(),
        }
    }

    /// The fewest characters to insert, delete and replace to come from the text to each text of the batch, in its order
    /// (V. I. Levenshtein, 1966). For more than `most` it is one more than `most`.
    pub fn levenshtein<C: Symbol>(&mut self, batch: &Batch<C>, text: &[C], most: u32) -> &[u32] {
        self.edits::<false, C>(batch, text, most)
    }

    /// The same where a swap of two neighbours is one edit, and no part is edited twice (optimal string alignment, the
    /// restricted distance after F. J. Damerau, 1964).
    pub fn alignment<C: Symbol>(&mut self, batch: &Batch<C>, text: &[C], most: u32) -> &[u32] {
        self.edits::<true, C>(batch, text, most)
    }

    fn edits<const SWAPS: bool, C: Symbol>(&mut self, batch: &Batch<C>, text: &[C], most: u32) -> &[u32] {
        self.found.clear();
        self.found.resize(batch.count, 0);
        let (rows, found) = (&mut self.rows, self.found.as_mut_slice());
        match self.level {
            Some(level) => dispatch!(level, simd => {
                wide::edits::<_, _, C, SWAPS>(simd, &batch.short, text, most, rows, found);
                wide::edits::<_, _, C, SWAPS>(simd, &batch.middle, text, most, rows, found);
                wide::edits::<_, _, C, SWAPS>(simd, &batch.long, text, most, rows, found);
            }),
            None => {
                one_by_one(&batch.short, text, rows, found, |length, _, places| {
                    word::edits::<SWAPS>(length, (0..text.len()).map(places)).min(most.saturating_add(1))
                });
                one_by_one(&batch.middle, text, rows, found, |length, _, places| {
                    word::edits::<SWAPS>(length, (0..text.len()).map(places)).min(most.saturating_add(1))
                });
                one_by_one(&batch.long, text, rows, found, |length, _, places| {
                    word::edits::<SWAPS>(length, (0..text.len()).map(places)).min(most.saturating_add(1))
                });
            }
        }
        for (number, pattern) in &batch.beyond {
            if let Some(slot) = found.get_mut(*number as usize) {
                let apart = pattern.len().abs_diff(text.len());
                let count = || if SWAPS { pattern.alignment(text) } else { pattern.levenshtein(text) };
                let beyond = most.saturating_add(1);
                *slot = if apart > most as usize { beyond } else { count().min(beyond) };
            }
        }
        &self.found
    }

    /// The similarity of Jaro and Winkler (W. E. Winkler, 1990) between the text and each text of the batch, in its
    /// order, in thousandths, rounded down: see [`super::Pattern::jaro_winkler`]. For less than `least` it is 0.
    pub fn jaro_winkler<C: Symbol>(&mut self, batch: &Batch<C>, text: &[C], least: u32) -> &[u32] {
        self.found.clear();
        self.found.resize(batch.count, 0);
        let (rows, found) = (&mut self.rows, self.found.as_mut_slice());
        let (short, middle, long) = (&mut self.short, &mut self.middle, &mut self.long);
        let cut = |similarity: u32| if similarity < least { 0 } else { similarity };
        match self.level {
            Some(level) => dispatch!(level, simd => {
                wide::jaro_winkler(simd, &batch.short, text, least, rows, short, found);
                wide::jaro_winkler(simd, &batch.middle, text, least, rows, middle, found);
                wide::jaro_winkler(simd, &batch.long, text, least, rows, long, found);
            }),
            None => {
                one_by_one(&batch.short, text, rows, found, |l, c, p| cut(word::jaro_winkler(l, c, p)));
                one_by_one(&batch.middle, text, rows, found, |l, c, p| cut(word::jaro_winkler(l, c, p)));
                one_by_one(&batch.long, text, rows, found, |l, c, p| cut(word::jaro_winkler(l, c, p)));
            }
        }
        for (number, pattern) in &batch.beyond {
            if let Some(slot) = found.get_mut(*number as usize) {
                *slot = cut(pattern.jaro_winkler(text));
            }
        }
        &self.found
    }

    /// The cosine between the weighted tokens of the text and those of each text of the batch, in its order, in thousandths,
    /// rounded down (TF-IDF; for names: W. W. Cohen, P. Ravikumar and S. E. Fienberg, "A Comparison of String Distance Metrics
    /// for Name-Matching Tasks", 2003). Rare tokens weigh more: see [`TokenBatch`]. For less than `least` it is 0; two texts
    /// without tokens are the same.
    ///
    /// ```
    /// use qudao_match::kernel::{Kernels, TokenBatch, Vocabulary};
    ///
    /// let mut vocabulary = Vocabulary::default();
    /// let names = ["acme trading", "zenith trading", "acme"].map(|name| vocabulary.encode(name.split(' ')));
    /// let batch = TokenBatch::new(&names);
    /// let mut kernels = Kernels::new();
    /// let name = vocabulary.encode("trading acme".split(' '));
    /// assert_eq!(kernels.tf_idf(&batch, &name, 0), [1000, 428, 707]);
    /// assert_eq!(kernels.jaccard(&batch, &name, 0), [1000, 333, 500]);
    /// ```
    pub fn tf_idf(&mut self, batch: &TokenBatch, text: &[Token], least: u32) -> &[u32] {
        self.tokens(batch, text, least, |own, other| u64::from(own) * u64::from(other), tokens::cosine)
    }

    /// The tokens that the text and each text of the batch have in common, among all of theirs, in thousandths, rounded down
    /// (P. Jaccard, 1912). For less than `least` it is 0; two texts without tokens are the same.
    pub fn jaccard(&mut self, batch: &TokenBatch, text: &[Token], least: u32) -> &[u32] {
        self.tokens(batch, text, least, |_, _| 1, tokens::share)
    }

    fn tokens(
        &mut self,
        batch: &TokenBatch,
        text: &[Token],
        least: u32,
        met: impl Fn(u32, u32) -> u64,
        of: impl Fn(u64, Size, Size) -> u32,
    ) -> &[u32] {
        self.common.clear();
        self.common.resize(batch.len(), 0);
        let common = &mut self.common;
        let size = batch.each_meeting(text, |number, own, other| {
            if let Some(sum) = common.get_mut(number as usize) {
                *sum += met(own, other);
            }
        });
        self.found.clear();
        self.found.extend(self.common.iter().zip(&batch.sizes).map(|(common, other)| {
            let both_empty = size.count == 0 && other.count == 0;
            let found = match common {
                0 => {
                    if both_empty {
                        1000
                    } else {
                        0
                    }
                }
                common => of(*common, size, *other),
            };
            if found < least { 0 } else { found }
        }));
        &self.found
    }
}

/// Lane by lane. The length of each text, that of the one compared with it, and where the characters of that one stand in it.
fn one_by_one<T: Lane, C: Symbol>(
    lanes: &Lanes<T>,
    text: &[C],
    rows: &mut Vec<u16>,
    found: &mut [u32],
    of: impl Fn(usize, usize, &dyn Fn(usize) -> u64) -> u32,
) {
    for group in lanes.groups() {
        group.look_up(text, rows);
        for (lane, member) in group.members.iter().enumerate() {
            let places = |at: usize| {
                let row = rows.get(at).map(|row| group.row(*row));
                row.and_then(|row| row.0.as_ref().get(lane)).map_or(0, |bits| Into::<u64>::into(*bits))
            };
            if let Some(slot) = found.get_mut(member.number as usize) {
                *slot = of(member.length as usize, rows.len(), &places);
            }
        }
    }
}
