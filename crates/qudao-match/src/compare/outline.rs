//! Outlines: the words of a short text in 128 bits, enough to say how much two texts can agree at most.
//!
//! Of each of up to three words an outline holds its letters as a set, its first letter and its length. Two words of which either has letters
//! that the other lacks are no more alike than that leaves open, and no word is short for one that begins differently. Of a text with Chinese
//! characters it holds the characters as a set, the first one and the length. Of a person's name in letters it holds the given and the family
//! name, each with the full names for which it may stand.

use super::person::{PersonForm, Single};
use super::quick::{CharSet, hash, mix};
use super::text::{ALIKE, TextForm, Word, of_similarity};
use crate::Level;

/// A text in short. Zero for one that has more words or longer ones: nothing is known about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Outline(u128);

/// Bits of a word: its letters, its first letter, its length.
const LETTERS: u32 = 26;
const FIRST: u32 = 5;
const LENGTH: u32 = 5;
const WORD: u32 = LETTERS + FIRST + LENGTH;
const MOST_WORDS: usize = 3;
/// Where the number of words stands, two bits; none where nothing is known of the words.
const COUNT: u32 = WORD * 3;
/// Where hashes of the whole name stand: of its letters, and of its words in no order.
const WHOLE: u32 = COUNT + 2;
const WHOLE_BITS: u32 = 9;
/// Of a text with Chinese characters: where its length stands behind the set, its first character, and that it is one.
const CJK_LENGTH: u32 = 64;
const CJK_FIRST: u32 = CJK_LENGTH + 6;
const CJK: u32 = CJK_FIRST + 16;
/// Of a person's name: where the sets of full names stand behind the two names.
const FULL: u32 = WORD * 2;
const FULL_BITS: u32 = 18;

/// What two outlines say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Likeness {
    /// The texts are at most so much alike, if they are not the same.
    pub(crate) level: Level,
    /// One may begin with the other, or be made of its first letters.
    pub(crate) short: bool,
    /// One may lie within the other: see [`super::text::is_within`].
    pub(crate) within: bool,
    /// The wholes may have the same words.
    pub(crate) whole: bool,
}

impl Likeness {
    /// The most that two names of companies with such cores can agree. With `open`, their regions or trades are not the same; with `trades`,
    /// these may be taken apart differently, so that the names as wholes may decide.
    pub(crate) fn of_companies(self, open: bool, trades: bool) -> Level {
        let core = if self.short { self.level.max(Level::Low) } else { self.level };
        let level = match core {
            Level::High if open => Level::Medium,
            Level::Medium if open => Level::Low,
            core => core,
        };
        if trades && (self.whole || self.within) { level.max(Level::Medium) } else { level }
    }
}

/// Which parts of two names of persons may be the same.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kin {
    /// The family names, and the given names.
    pub(crate) straight: [bool; 2],
    /// The family name of the first and the given name of the second, and the other way round.
    pub(crate) crossed: [bool; 2],
}

/// A word in short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Brief {
    letters: u32,
    first: u32,
    length: u32,
}

impl Brief {
    fn of(text: &[u16]) -> Option<Self> {
        let length = u32::try_from(text.len()).ok().filter(|length| (1..1 << LENGTH).contains(length))?;
        let letters = text.iter().fold(0, |set, unit| set | 1 << Self::letter(*unit));
        Some(Self { letters, first: u32::from(*text.first()?) & 31, length })
    }

    fn bits(self) -> u128 {
        u128::from(self.letters)
            | u128::from(self.first) << LETTERS
            | u128::from(self.length) << (LETTERS + FIRST)
    }

    #[inline]
    fn read(bits: u128) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "the bits of a word")]
        let bits = bits as u64;
        let part = |from: u32, count: u32| {
            #[expect(clippy::cast_possible_truncation, reason = "fewer than 32 bits")]
            let part = (bits >> from & ((1 << count) - 1)) as u32;
            part
        };
        Self { letters: part(0, LETTERS), first: part(LETTERS, FIRST), length: part(LETTERS + FIRST, LENGTH) }
    }

    /// Of words that are written as one.
    fn all(words: &[Self]) -> Option<Self> {
        let first = words.first()?.first;
        let (letters, length) =
            words.iter().fold((0, 0), |(set, length), word| (set | word.letters, length + word.length));
        Some(Self { letters, first, length })
    }

    /// Of a name that may be missing.
    fn of_single(of: &Single<'_>) -> Option<Self> {
        if of.units.is_empty() { Some(Self::default()) } else { Self::of(of.units) }
    }

    /// All letters of the shorter one may be at the beginning of the longer one.
    #[inline]
    fn begins(self, other: Self) -> bool {
        let (short, long) = if self.length <= other.length { (self, other) } else { (other, self) };
        self.first == other.first && short.letters & !long.letters == 0
    }

    /// Letters have a bit each, which digits and all others share with them.
    pub(super) fn letter(unit: u16) -> u32 {
        match unit {
            0x61..=0x7a => u32::from(unit) - 0x61,
            _ => u32::from(unit) % LETTERS,
        }
    }

    /// An upper bound of the similarity of Jaro and Winkler, in thousandths.
    #[inline]
    fn winkler(self, other: Self) -> u32 {
        let (ours, theirs) = (self.letters & !other.letters, other.letters & !self.letters);
        let first = self.first == other.first;
        winkler([self.length, other.length], [ours.count_ones(), theirs.count_ones()], first)
    }

    /// An upper bound of what two texts of one word each agree, in thousandths: from how many letters they have, how many of these only one of
    /// them has, and whether they begin alike.
    pub(super) fn of_one_word(lengths: [u64; 2], apart: [u64; 2], first: bool) -> u32 {
        let small = |of: [u64; 2]| of.map(|n| u32::try_from(n).unwrap_or(u32::MAX));
        let (lengths, apart) = (small(lengths), small(apart));
        let short = usize::from(lengths[0] > lengths[1]);
        let begins = first && (apart[short] == 0 || lengths[0] == lengths[1] && apart.contains(&0));
        let winkler = winkler(lengths, apart, first);
        if begins { winkler.max(920) } else { winkler }
    }

    /// A slip of the pen may have made one name of the other: see [`super::person`].
    fn may_be_mistyped(self, other: Self) -> bool {
        let edits =
            (self.letters & !other.letters).count_ones().max((other.letters & !self.letters).count_ones());
        let near = edits <= 1 && self.length.abs_diff(other.length) <= 1;
        self.length.min(other.length) >= 4 && (near || self.winkler(other) >= 900)
    }

    /// An upper bound of what the two words agree, as [`super::text`] compares them, in thousandths; 0 where they have nothing to do with each
    /// other.
    #[inline]
    fn most(self, other: Self) -> u32 {
        if self == other {
            return 1000;
        }
        let winkler = self.winkler(other);
        let alike = if winkler >= ALIKE { winkler } else { 0 };
        // A word that begins with the other, or is a contraction of it.
        if self.begins(other) { alike.max(920) } else { alike }
    }
}

/// An upper bound of the similarity of Jaro and Winkler of two words, in thousandths.
#[inline]
fn winkler(lengths: [u32; 2], apart: [u32; 2], first: bool) -> u32 {
    let [a, b] = lengths;
    let common = a.saturating_sub(apart[0]).min(b.saturating_sub(apart[1])).saturating_mul(1000);
    let of = |length: u32| common.checked_div(length).unwrap_or(0);
    // Each share is rounded down by less than one. The common beginning is four letters at most.
    let jaro = (of(a) + of(b) + 1003) / 3 + 1;
    let most = if first { jaro + 1000_u32.saturating_sub(jaro) * 4 / 10 + 1 } else { jaro };
    most.min(1000)
}

impl Outline {
    /// Of a text that is a part of a longer one.
    pub(crate) fn of(text: &TextForm<'_>, whole: &TextForm<'_>) -> Self {
        let words = if text.is_whole() { Self::of_text(text).unwrap_or(0) } else { 0 };
        Self(words | Self::of_whole(whole))
    }

    /// Of a person's name, which may also be the core of a company's.
    pub(crate) fn of_person(person: &PersonForm<'_>, core: &TextForm<'_>, whole: &TextForm<'_>) -> Self {
        let names = if person.whole.cjk {
            Self::of_text(core).filter(|_| core.is_whole() && core.same(&person.whole))
        } else {
            Self::of_names(person)
        };
        Self(names.unwrap_or(0) | Self::of_whole(whole))
    }

    fn of_whole(whole: &TextForm<'_>) -> u128 {
        let some = |hash: u64| u128::from(hash & ((1 << WHOLE_BITS) - 1));
        (some(whole.hash()) | some(mix(u64::from(whole.words_hash()))) << WHOLE_BITS) << WHOLE
    }

    fn of_text(text: &TextForm<'_>) -> Option<u128> {
        if text.cjk {
            let first = short_hash(text.units.get(..1)?);
            let length = text.units.len().min(63) as u128;
            let set = u128::from(text.set().bits());
            return Some(1 << CJK | u128::from(first) << CJK_FIRST | length << CJK_LENGTH | set);
        }
        let count = text.words.len();
        if !(1..=MOST_WORDS).contains(&count) {
            return None;
        }
        let mut bits = (count as u128) << COUNT;
        for (at, word) in (0..).zip(text.words) {
            bits |= Brief::of(Word(*word).text(text.units))?.bits() << (WORD * at);
        }
        Some(bits)
    }

    fn of_names(person: &PersonForm<'_>) -> Option<u128> {
        let full = |of: &Single<'_>| {
            of.full.iter().fold(0, |set, name| set | 1_u128 << (u32::from(*name) % FULL_BITS))
        };
        let (given, family) = (Brief::of_single(&person.given)?, Brief::of_single(&person.family)?);
        let full = full(&person.given) | full(&person.family) << FULL_BITS;
        Some(1 << COUNT | full << FULL | family.bits() << WORD | given.bits())
    }

    pub(crate) fn words(self) -> [u64; 2] {
        #[expect(clippy::cast_possible_truncation, reason = "the lower half")]
        let low = self.0 as u64;
        [low, (self.0 >> 64) as u64]
    }

    #[inline]
    pub(crate) fn from_words(words: [u64; 2]) -> Self {
        Self(u128::from(words[1]) << 64 | u128::from(words[0]))
    }

    #[inline]
    fn count(self) -> usize {
        (self.0 >> COUNT & 3) as usize
    }

    fn is_cjk(self) -> bool {
        self.count() == 0 && self.0 >> CJK & 1 == 1
    }

    /// The whole names, letter by letter, and as words in any order, may be the same.
    pub(crate) fn wholes(self, other: Self) -> (bool, bool) {
        let differing = (self.0 ^ other.0) >> WHOLE;
        (differing & ((1 << WHOLE_BITS) - 1) == 0, differing >> WHOLE_BITS == 0)
    }

    #[inline]
    fn briefs(self) -> [Brief; MOST_WORDS] {
        [Brief::read(self.0), Brief::read(self.0 >> WORD), Brief::read(self.0 >> (2 * WORD))]
    }

    /// What two texts, neither a person's name in letters, can have in common; nothing where that is not known.
    pub(crate) fn likeness(self, other: Self) -> Option<Likeness> {
        if self.is_cjk() || other.is_cjk() {
            return self.of_characters(other);
        }
        let (count, of_other) = (self.count(), other.count());
        if count == 0 || of_other == 0 {
            return None;
        }
        let (ours, theirs) = (self.briefs(), other.briefs());
        let (ours, theirs) = (ours.get(..count)?, theirs.get(..of_other)?);
        let mut reached = [0_u32; MOST_WORDS];
        let (mut sum, mut length) = (0, 0);
        let (mut all_ours, mut all_theirs) = (true, true);
        let weight = |word: &Brief| word.length.min(12);
        for word in ours {
            let mut best = 0;
            for (of_other, reached) in theirs.iter().zip(&mut reached) {
                let most = word.most(*of_other);
                best = best.max(most);
                *reached = (*reached).max(most);
            }
            all_ours &= best > 0;
            sum += best * weight(word);
            length += weight(word);
        }
        for (word, reached) in theirs.iter().zip(reached) {
            all_theirs &= reached > 0;
            sum += reached * weight(word);
            length += weight(word);
        }
        let mut similarity = sum.checked_div(length).unwrap_or(1000);
        let (one, two) = (Brief::all(ours)?, Brief::all(theirs)?);
        if count == 1 || of_other == 1 {
            // Words that are written as one.
            similarity = similarity.max(one.winkler(two));
        }
        let short = one.first == two.first;
        let acronym = |of: &[Brief], in_short: Brief, long: &[Brief]| {
            of.len() == 1 && long.len() >= 3 && in_short.length as usize == long.len()
        };
        if short && (acronym(ours, one, theirs) || acronym(theirs, two, ours)) {
            return None;
        }
        let (_, whole) = self.wholes(other);
        let within = all_ours || all_theirs;
        Some(Likeness { level: of_similarity(similarity, false), short, within, whole })
    }

    /// What two names of persons can agree at most; nothing where that is not known.
    pub(crate) fn of_persons(self, other: Self, kin: Kin) -> Option<Level> {
        if self.is_cjk() && other.is_cjk() {
            return Some(match self.fewest_edits(other) {
                (0, _) => Level::High,
                (1, _) if kin.straight[0] => Level::Medium,
                (1, _) => Level::Low,
                _ => Level::Different,
            });
        }
        if self.count() == 0 || other.count() == 0 {
            return None;
        }
        let ([given_x, family_x, _], [given_y, family_y, _]) = (self.briefs(), other.briefs());
        let full = |of: Self, family: u32| of.0 >> (FULL + family * FULL_BITS) & ((1 << FULL_BITS) - 1);
        let given = |one: Brief, of_one: u128, two: Brief, of_two: u128, same: bool| {
            let initial = one.length.min(two.length) == 1 && one.first == two.first;
            let nickname = of_one & of_two != 0 || one.length.min(two.length) >= 3 && one.begins(two);
            (same || nickname, initial || one.may_be_mistyped(two))
        };
        // As the names of persons are compared, with all that may be true.
        let most = |family: bool, mistyped: bool, (same, near): (bool, bool), given: bool| {
            if family && same {
                Level::High
            } else if family && near || mistyped && same {
                Level::Medium
            } else if mistyped && near || family || given {
                Level::Low
            } else {
                Level::Different
            }
        };
        let [families, givens] = kin.straight;
        let [family_is_given, given_is_family] = kin.crossed;
        let straight = given(given_x, full(self, 0), given_y, full(other, 0), givens);
        let families = most(families, family_x.may_be_mistyped(family_y), straight, givens);
        // A family name of one beside the given name of the other.
        let one = given(given_x, full(self, 0), family_y, full(other, 1), given_is_family);
        let two = given(family_x, full(self, 1), given_y, full(other, 0), family_is_given);
        let first = most(family_is_given, family_x.may_be_mistyped(given_y), one, given_is_family);
        let second = most(given_is_family, given_x.may_be_mistyped(family_y), two, family_is_given);
        Some(families.max(first).max(second))
    }

    /// The fewest edits between two texts with Chinese characters, and the length of the longer one.
    fn fewest_edits(self, other: Self) -> (usize, usize) {
        let set = |of: Self| {
            let [low, _] = of.words();
            CharSet::from_bits(low)
        };
        let length = |of: Self| (of.0 >> CJK_LENGTH & 63) as usize;
        let (short, long) = (length(self).min(length(other)), length(self).max(length(other)));
        // Longer ones are not told apart.
        if long >= 63 { (0, long) } else { ((long - short).max(set(self).fewest_edits(set(other))), long) }
    }

    /// Of two texts with Chinese characters.
    pub(crate) fn of_characters(self, other: Self) -> Option<Likeness> {
        if !(self.is_cjk() && other.is_cjk()) {
            return None;
        }
        let first = |of: Self| of.0 >> CJK_FIRST & 0xffff;
        let (edits, long) = self.fewest_edits(other);
        let share = (long.saturating_sub(edits) * 1000).checked_div(long).unwrap_or(1000);
        let alike = first(self) == first(other);
        let level = of_similarity(u32::try_from(share).unwrap_or(1000), true);
        Some(Likeness { level, short: alike, within: alike, whole: false })
    }
}

fn short_hash(units: &[u16]) -> u16 {
    #[expect(clippy::cast_possible_truncation, reason = "a part of a hash")]
    let hash = hash(units) as u16;
    hash
}
