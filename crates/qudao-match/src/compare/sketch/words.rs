//! Sketches of texts in letters, of one word or two: with what letters the words begin, and how many there are.
//!
//! A word is no partner of one that begins differently, unless a slip made it so, and then few letters are of one of them alone.

use crate::Level;
use crate::compare::outline::Brief;
use crate::compare::quick::CharSet;
use crate::compare::text::{TextForm, of_similarity};

/// Where the first letters stand as a set, and behind them how many words there are: 0 where nothing is said of them.
const FIRSTS: u32 = 8;
const LETTERS: u32 = 26;
const COUNT: u32 = FIRSTS + LETTERS;
/// Longer texts have words whose letters weigh less than others.
const LONGEST: u64 = 12;

/// What the sketch of a text tells of its words.
pub(super) fn begins(text: &TextForm<'_>) -> u64 {
    let count = text.words.len();
    if text.cjk || !text.is_whole() || !(1..=2).contains(&count) {
        return 0;
    }
    let firsts =
        text.words().filter_map(|word| word.first()).fold(0, |set, unit| set | 1_u64 << Brief::letter(*unit));
    firsts << FIRSTS | (count as u64) << COUNT
}

/// How much two texts agree at most that are not the same, by their sketches and their characters.
pub(super) fn most((x, in_x): (u64, CharSet), (y, in_y): (u64, CharSet)) -> Level {
    let (length_x, length_y) = (x >> 2 & 63, y >> 2 & 63);
    let words = (x >> COUNT & 3, y >> COUNT & 3);
    if words.0 == 0 || words.1 == 0 || length_x.max(length_y) >= 63 {
        return Level::High;
    }
    let common = (x & y) >> FIRSTS & ((1 << LETTERS) - 1) != 0;
    let (of_x, of_y) = (in_x.missing_from(in_y) as u64, in_y.missing_from(in_x) as u64);
    if words == (1, 1) {
        return of_similarity(Brief::of_one_word([length_x, length_y], [of_x, of_y], common), false);
    }
    // Words that are alike at 850 thousandths have at most 450 thousandths of their letters apart, counted as shares of both. Two words
    // of either text can lie across each other, so that it is 620 of the texts, or 660 where one text is compared as a whole.
    let apart = of_x * length_y + of_y * length_x;
    if !common && length_x.max(length_y) <= LONGEST && apart * 10 > length_x * length_y * 7 {
        Level::Different
    } else {
        Level::High
    }
}
