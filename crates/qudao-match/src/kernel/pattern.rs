//! One text of any length, ready to be compared with others one by one.

use super::formula::{lowest, reach, winkler};
use super::lanes::probes;
use super::symbol::Symbol;
use super::word::{self, WORD};

/// A text whose characters are looked up once: for comparing it with others one at a time. [`super::Batch`] takes many
/// texts at once and is several times as fast.
///
/// Texts of up to 64 characters fit into a word. Of longer ones each column is a row of words, from which what leaves
/// one enters the next (H. Hyyrö, "Explaining and Extending the Bit-parallel Approximate String Matching Algorithm of
/// Myers", 2001).
///
/// ```
/// use qudao_match::kernel::Pattern;
///
/// let units: Vec<char> = "kitten".chars().collect();
/// let pattern = Pattern::new(&units);
/// assert_eq!(pattern.levenshtein(&"sitting".chars().collect::<Vec<_>>()), 3);
/// assert_eq!(pattern.jaro_winkler(&units), 1000);
/// ```
#[derive(Debug, Clone)]
pub struct Pattern {
    length: usize,
    /// Words of a row.
    words: usize,
    /// Open addressing: a character's number and its row; row 0 for none.
    slots: Vec<(u32, u32)>,
    /// Where each of them stands, row by row; the first row is that of a character that is not in the text.
    places: Vec<u64>,
}

impl Pattern {
    /// Looks up the characters of a text.
    #[must_use]
    pub fn new<C: Symbol>(text: &[C]) -> Self {
        let words = text.len().div_ceil(WORD).max(1);
        // At most half full.
        let slots = vec![(0, 0); (text.len() * 2).next_power_of_two()];
        let mut pattern = Self { length: text.len(), words, slots, places: vec![0; words] };
        for (at, c) in text.iter().enumerate() {
            let row = pattern.row_or_new(c.number());
            if let Some(word) = pattern.places.get_mut(row * words + at / WORD) {
                *word |= 1 << (at % WORD);
            }
        }
        pattern
    }

    fn row_or_new(&mut self, number: u32) -> usize {
        for at in probes(number, self.slots.len()) {
            match self.slots.get_mut(at) {
                Some((other, row)) if *row != 0 && *other == number => return *row as usize,
                Some(slot) if slot.1 == 0 => {
                    let row = self.places.len() / self.words;
                    *slot = (number, u32::try_from(row).unwrap_or(0));
                    self.places.resize(self.places.len() + self.words, 0);
                    return row;
                }
                _ => {}
            }
        }
        0
    }

    /// How many characters.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length
    }

    /// No characters.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    fn row_number<C: Symbol>(&self, c: C) -> usize {
        let number = c.number();
        for at in probes(number, self.slots.len()) {
            match self.slots.get(at) {
                Some((other, row)) if *row == 0 || *other == number => return *row as usize,
                _ => {}
            }
        }
        0
    }

    fn row<C: Symbol>(&self, c: C) -> &[u64] {
        let start = self.row_number(c) * self.words;
        self.places.get(start..start + self.words).unwrap_or_default()
    }

    fn word<C: Symbol>(&self, c: C) -> u64 {
        self.places.get(self.row_number(c)).copied().unwrap_or(0)
    }

    /// The fewest characters to insert, delete and replace (V. I. Levenshtein, 1966).
    #[must_use]
    pub fn levenshtein<C: Symbol>(&self, text: &[C]) -> u32 {
        self.edits::<false, C>(text)
    }

    /// The same where a swap of two neighbours is one edit, and no part is edited twice (optimal string alignment, the
    /// restricted distance after F. J. Damerau, 1964).
    #[must_use]
    pub fn alignment<C: Symbol>(&self, text: &[C]) -> u32 {
        self.edits::<true, C>(text)
    }

    fn edits<const SWAPS: bool, C: Symbol>(&self, text: &[C]) -> u32 {
        if self.length <= WORD {
            return word::edits::<SWAPS>(self.length, text.iter().map(|c| self.word(*c)));
        }
        // Of each word: steps up, steps down, the diagonal and the places of the character before.
        let mut columns = vec![(u64::MAX, 0_u64, 0_u64, 0_u64); self.words];
        for c in text {
            let (mut more_in, mut less_in) = (1_u64, 0_u64);
            // What the word above has left open of the column before, at its last place.
            let mut swap_in = 0_u64;
            for (column, places) in columns.iter_mut().zip(self.row(*c)) {
                let (up, down, diagonal_before, before) = *column;
                let with_less = places | less_in;
                let mut diagonal = ((with_less & up).wrapping_add(up) ^ up) | with_less | down;
                if SWAPS {
                    let open = !diagonal_before & places;
                    diagonal |= (open << 1 | swap_in) & before;
                    swap_in = open >> (WORD - 1);
                }
                let more = down | !(diagonal | up);
                let less = diagonal & up;
                let (more_on, less_on) = (more << 1 | more_in, less << 1 | less_in);
                (more_in, less_in) = (more >> (WORD - 1), less >> (WORD - 1));
                *column = (less_on | !(diagonal | more_on), more_on & diagonal, diagonal, *places);
            }
        }
        let mut distance = text.len() as u64;
        for (at, (up, down, ..)) in columns.iter().enumerate() {
            let pattern = lowest(self.length.saturating_sub(at * WORD));
            distance += u64::from((up & pattern).count_ones());
            distance = distance.wrapping_sub(u64::from((down & pattern).count_ones()));
        }
        u32::try_from(distance).unwrap_or(u32::MAX)
    }

    /// Jaro-Winkler in thousandths, rounded down (W. E. Winkler, 1990). The same for both orders of two texts.
    #[must_use]
    pub fn jaro_winkler<C: Symbol>(&self, text: &[C]) -> u32 {
        if self.length <= WORD {
            let places = |at: usize| text.get(at).map_or(0, |c| self.word(*c));
            return word::jaro_winkler(self.length, text.len(), places);
        }
        let far = reach(self.length, text.len());
        let mut taken = vec![0_u64; self.words];
        let mut partners: Vec<C> = Vec::new();
        for (at, c) in text.iter().enumerate() {
            if let Some((word, bit)) = first_open(self.row(*c), &taken, at.saturating_sub(far), at + far)
                && let Some(slot) = taken.get_mut(word)
            {
                *slot |= bit;
                partners.push(*c);
            }
        }
        let taken_in_order =
            taken.iter().enumerate().flat_map(|(at, word)| bits(*word).map(move |bit| (at, bit)));
        let halves = taken_in_order
            .zip(&partners)
            .filter(|((at, bit), c)| self.row(**c).get(*at).is_some_and(|places| places & bit == 0))
            .count();
        let here = |(at, c): &(usize, &C)| self.row(**c).first().is_some_and(|places| places >> at & 1 != 0);
        let prefix = text.iter().take(4).enumerate().take_while(here).count();
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let lengths = (number(self.length), number(text.len()));
        winkler(number(partners.len()), number(halves), lengths, number(prefix))
    }
}

/// The first place between two, both included, that is not taken.
fn first_open(places: &[u64], taken: &[u64], from: usize, to: usize) -> Option<(usize, u64)> {
    let words = places.iter().zip(taken).enumerate().take(to / WORD + 1).skip(from / WORD);
    for (at, (places, taken)) in words {
        let start = at * WORD;
        let window = lowest((to + 1).saturating_sub(start)) & !lowest(from.saturating_sub(start));
        let open = places & !taken & window;
        if open != 0 {
            return Some((at, open & open.wrapping_neg()));
        }
    }
    None
}

/// The bits of a word, from the lowest on.
fn bits(mut word: u64) -> impl Iterator<Item = u64> {
    std::iter::from_fn(move || {
        let bit = word & word.wrapping_neg();
        word ^= bit;
        (bit != 0).then_some(bit)
    })
}
