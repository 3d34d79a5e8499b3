//! Any text: words in any order, abbreviated words, mistyped letters.
//!
//! Words are compared by the Jaro-Winkler similarity (W. E. Winkler, 1990), whole texts by the average over their words,
//! each taken with its best partner and weighted by its length (after Monge and Elkan, 1996, made symmetric). Texts with
//! Chinese characters are compared by the share of characters left alone by the shortest edit.

use qudao_text::fold::{is_han, is_kana};
use smallvec::SmallVec;

use super::quick::{CharSet, edits, hash, mix, winkler};
use crate::Level;
use crate::pack::{Reader, Writer};

/// Longer texts are compared by their beginnings.
const MAX_UNITS: usize = 200;
const MAX_WORDS: usize = 24;
const FEW_WORDS: usize = 6;
const MAX_WORD: usize = 64;

/// A text, ready to be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TextForm<'a> {
    /// Letters and digits, folded: the beginning of the text.
    pub(crate) units: &'a [u16],
    /// The words: where they stand in the units.
    pub(crate) words: &'a [u16],
    /// A hash of the words in no order, the whole text's.
    bag: u32,
    /// A hash of what was cut off.
    tail: u32,
    /// Holds Chinese or Japanese characters.
    pub(crate) cjk: bool,
    /// Holds letters of an alphabet.
    pub(crate) alphabetic: bool,
}

/// Where a word stands in its text: 8 bits for its start, one for digits in it, 7 for its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word(pub(crate) u16);

impl Word {
    fn of(units: &[u16], start: usize, length: usize) -> Self {
        let text = units.get(start..start + length).unwrap_or_default();
        let digits = text.iter().any(|u| (0x30..=0x39).contains(u));
        let length = u16::try_from(length.min(MAX_WORD)).unwrap_or(0);
        Self(u16::try_from(start).unwrap_or(0) << 8 | u16::from(digits) << 7 | length)
    }

    #[inline]
    fn start(self) -> usize {
        usize::from(self.0 >> 8)
    }

    #[inline]
    pub(crate) fn length(self) -> usize {
        usize::from(self.0 & 0x7f)
    }

    /// It holds digits.
    #[inline]
    pub(crate) fn digits(self) -> bool {
        self.0 & 0x80 != 0
    }

    /// The letters of the word in the units of its text.
    #[inline]
    pub(crate) fn text(self, units: &[u16]) -> &[u16] {
        units.get(self.start()..self.start() + self.length()).unwrap_or_default()
    }
}

fn low(hash: u64) -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "the lower half is meant")]
    let low = hash as u32;
    low
}

/// Words laid end to end, with where each stands.
#[derive(Debug, Default)]
pub(crate) struct Laid {
    /// Most texts are short enough to need no memory of their own.
    pub(crate) units: SmallVec<[u16; 96]>,
    pub(crate) words: SmallVec<[Word; 12]>,
    pub(crate) bag: u64,
    pub(crate) tail: u32,
}

/// Lays words end to end. What does not fit is remembered as a hash.
pub(crate) fn lay<'w>(words: impl IntoIterator<Item = &'w str>) -> Laid {
    let mut out = Laid::default();
    for word in words.into_iter().filter(|word| !word.is_empty()) {
        let start = out.units.len();
        if word.is_ascii() {
            out.units.extend(word.bytes().map(u16::from));
        } else {
            out.units.extend(word.encode_utf16());
        }
        let length = out.units.len() - start;
        let of_word = hash(&out.units[start..]);
        out.bag = out.bag.wrapping_add(mix(of_word | 1));
        let room = MAX_UNITS - start;
        if length <= room && out.words.len() < MAX_WORDS {
            out.words.push(Word::of(&out.units, start, length.min(MAX_WORD)));
        } else {
            let kept = start + length.min(room);
            out.tail = low(mix(u64::from(out.tail) ^ hash(&out.units[kept..]))) | 1;
            out.units.truncate(kept);
        }
    }
    out
}

const CJK: u16 = 1;
const ALPHABETIC: u16 = 2;
const CUT: u16 = 4;

impl<'a> TextForm<'a> {
    /// Lays down words that are folded. Nothing, and false, for no words.
    pub(crate) fn write<'w>(tokens: impl IntoIterator<Item = &'w str>, out: &mut Writer) -> bool {
        let laid = lay(tokens);
        if laid.units.is_empty() && laid.tail == 0 {
            return false;
        }
        let mut flags = if laid.tail == 0 { 0 } else { CUT };
        // Nearly all characters are of ASCII or the main block of Chinese, which are told at a glance.
        let mut others = false;
        for unit in &laid.units {
            match unit {
                0x61..=0x7a => flags |= ALPHABETIC,
                0x4e00..=0x9fff => flags |= CJK,
                0x30..=0x39 => {}
                _ => others = true,
            }
        }
        let units = if others { laid.units.as_slice() } else { &[] };
        for c in char::decode_utf16(units.iter().copied()).filter_map(Result::ok) {
            if is_han(c) || is_kana(c) {
                flags |= CJK;
            } else if c.is_alphabetic() {
                flags |= ALPHABETIC;
            }
        }
        out.u16(flags);
        out.u32(low(laid.bag));
        if laid.tail != 0 {
            out.u32(laid.tail);
        }
        out.u16(u16::try_from(laid.words.len()).unwrap_or(0));
        out.units.extend(laid.words.iter().map(|w| w.0));
        out.run(&laid.units);
        true
    }

    #[inline]
    pub(crate) fn read(from: &mut Reader<'a>) -> Self {
        let flags = from.u16();
        let bag = from.u32();
        let tail = if flags & CUT == 0 { 0 } else { from.u32() };
        let words = from.run();
        Self {
            units: from.run(),
            words,
            bag,
            tail,
            cjk: flags & CJK != 0,
            alphabetic: flags & ALPHABETIC != 0,
        }
    }

    /// The characters.
    pub(crate) fn set(&self) -> CharSet {
        CharSet::of(self.units)
    }

    /// Letters and digits are the same.
    #[inline]
    pub(crate) fn same(&self, other: &Self) -> bool {
        self.units == other.units && self.tail == other.tail
    }

    /// The same words in any order, of letters.
    #[inline]
    pub(crate) fn same_words(&self, other: &Self) -> bool {
        !self.cjk && !other.cjk && self.bag == other.bag
    }

    /// A hash of the words in no order; 0 for Chinese texts, whose words are not told apart.
    pub(crate) fn words_hash(&self) -> u32 {
        if self.cjk { 0 } else { self.bag }
    }

    /// Letters and digits, as text. What was cut off stands at its end as a number.
    pub(crate) fn key(&self) -> String {
        let mut key = String::from_utf16_lossy(self.units);
        if self.tail != 0 {
            key.push_str(&format!("\u{1e}{:08x}", self.tail));
        }
        key
    }

    /// Nothing was cut off.
    pub(crate) fn is_whole(&self) -> bool {
        self.tail == 0
    }

    /// The words.
    pub(crate) fn words(&self) -> impl Iterator<Item = &'a [u16]> + use<'a> {
        let units = self.units;
        self.words.iter().map(move |w| Word(*w).text(units))
    }

    /// A hash of the whole text.
    pub(crate) fn hash(&self) -> u64 {
        mix(hash(self.units) ^ u64::from(self.tail))
    }

    /// Written in scripts that cannot be compared letter by letter: one Chinese only, the other without Chinese.
    #[inline]
    pub(crate) fn other_script(&self, other: &Self) -> bool {
        let chinese = |f: &Self| f.cjk && !f.alphabetic;
        let letters = |f: &Self| f.alphabetic && !f.cjk;
        chinese(self) && letters(other) || letters(self) && chinese(other)
    }
}

/// How much two texts agree.
pub(crate) fn level(a: &TextForm<'_>, b: &TextForm<'_>) -> Level {
    if a.same(b) {
        return Level::Exact;
    }
    if a.other_script(b) {
        return Level::Missing;
    }
    if a.same_words(b) {
        return Level::High;
    }
    of_similarity(similarity(a, b), a.cjk || b.cjk)
}

/// How much two texts agree together with words that follow them.
pub(crate) fn level_with(a: (&TextForm<'_>, &[u16]), b: (&TextForm<'_>, &[u16])) -> Level {
    let space = |u: &u16| *u == 0x20;
    if a.0.cjk || b.0.cjk {
        let whole = |(text, more): (&TextForm<'_>, &[u16])| -> Vec<u16> {
            text.units.iter().chain(more.iter().filter(|u| !space(u))).copied().collect()
        };
        let (x, y) = (whole(a), whole(b));
        return of_similarity(characters(&x, &y, CharSet::of(&x).fewest_edits(CharSet::of(&y))), true);
    }
    let whole = |(text, more): (&TextForm<'_>, &[u16])| {
        let all = text.words().chain(more.split(space));
        let all: Vec<String> = all.map(String::from_utf16_lossy).collect();
        lay(all.iter().map(String::as_str))
    };
    let (x, y) = (whole(a), whole(b));
    let numbers = |laid: &Laid| -> Vec<u16> { laid.words.iter().map(|w| w.0).collect() };
    of_similarity(words((&x.units, &numbers(&x)), (&y.units, &numbers(&y))), false)
}

/// Each word of one text has a partner in the other. Texts with Chinese characters: both begin with the same one.
pub(crate) fn is_within(a: &TextForm<'_>, b: &TextForm<'_>) -> bool {
    if a.cjk || b.cjk {
        return a.units.first() == b.units.first();
    }
    let within = |a: &TextForm<'_>, b: &TextForm<'_>| {
        let has_partner = |word: &u16| {
            let word = &AtHand::of(a.units, *word);
            b.words.iter().any(|other| word_pair(word, &AtHand::of(b.units, *other)) > 0)
        };
        a.words.iter().all(has_partner)
    };
    within(a, b) || within(b, a)
}

pub(crate) fn of_similarity(similarity: u32, cjk: bool) -> Level {
    let (high, medium, low) = if cjk { (820, 660, 500) } else { (950, 880, 780) };
    if similarity >= high {
        Level::High
    } else if similarity >= medium {
        Level::Medium
    } else if similarity >= low {
        Level::Low
    } else {
        Level::Different
    }
}

/// The similarity in thousandths.
pub(crate) fn similarity(a: &TextForm<'_>, b: &TextForm<'_>) -> u32 {
    if a.same(b) {
        1000
    } else if a.cjk || b.cjk {
        characters(a.units, b.units, a.set().fewest_edits(b.set()))
    } else {
        let whole = if (a.words.len() == 1 || b.words.len() == 1) && whole_may_be_alike(a, b) {
            // `Bel-Air` against `Belair`.
            winkler(a.units, b.units)
        } else {
            0
        };
        words((a.units, a.words), (b.units, b.words)).max(whole)
    }
}

fn whole_may_be_alike(a: &TextForm<'_>, b: &TextForm<'_>) -> bool {
    most_alike(a.units, a.set(), b.units, b.set()) >= 780
}

/// Below this nobody tells similarities of characters apart.
const LEAST: u32 = 400;

/// One less the edits per character of the longer text, in thousandths; 0 when that is less than anybody asks for.
/// `fewest` is a lower bound of the edits.
pub(crate) fn characters(a: &[u16], b: &[u16], fewest: usize) -> u32 {
    let longer = a.len().max(b.len());
    let share = |edits: usize| -> u32 {
        let left = longer.saturating_sub(edits).saturating_mul(1000).checked_div(longer).unwrap_or(1000);
        u32::try_from(left).unwrap_or(0)
    };
    let lengths = longer.saturating_sub(a.len().min(b.len()));
    if share(fewest.max(lengths)) < LEAST {
        return 0;
    }
    let found = share(edits(a, b));
    if found < LEAST { 0 } else { found }
}

/// Words and the units in which they stand.
pub(crate) type Words<'a> = (&'a [u16], &'a [u16]);

/// A word at hand.
#[derive(Clone, Copy, Default)]
struct AtHand<'a> {
    text: &'a [u16],
    set: CharSet,
    digits: bool,
}

impl<'a> AtHand<'a> {
    fn of(units: &'a [u16], word: u16) -> Self {
        let text = Word(word).text(units);
        Self { text, set: CharSet::of(text), digits: Word(word).digits() }
    }
}

/// The average over the words of both sides, each with its best partner, weighted by length, in thousandths.
pub(crate) fn words(a: Words<'_>, b: Words<'_>) -> u32 {
    // Most texts have few words, and room for many is dear to make.
    if b.1.len() <= FEW_WORDS { words_among::<FEW_WORDS>(a, b) } else { words_among::<MAX_WORDS>(a, b) }
}

/// `b` has up to `N` words.
fn words_among<const N: usize>(a: Words<'_>, b: Words<'_>) -> u32 {
    let mut in_b = [AtHand::default(); N];
    for (slot, word) in in_b.iter_mut().zip(b.1) {
        *slot = AtHand::of(b.0, *word);
    }
    let in_b = in_b.get(..b.1.len()).unwrap_or(&in_b);
    // What each word of `b` reaches, while those of `a` are gone through once.
    let mut best_b = [0_u32; N];
    let (mut sum, mut length) = (0_u64, 0_u64);
    let weight = |w: &AtHand<'_>| w.text.len().min(12) as u64;
    for word in a.1.iter().take(MAX_WORDS) {
        let word = &AtHand::of(a.0, *word);
        let mut best = 0;
        for (other, reached) in in_b.iter().zip(&mut best_b) {
            let found = word_pair(word, other);
            best = best.max(found);
            *reached = (*reached).max(found);
        }
        sum += u64::from(best) * weight(word);
        length += weight(word);
    }
    for (word, reached) in in_b.iter().zip(best_b) {
        sum += u64::from(reached) * weight(word);
        length += weight(word);
    }
    sum.checked_div(length).and_then(|mean| u32::try_from(mean).ok()).unwrap_or(0)
}

/// Two words: equal, one short for the other (`deli`, `delicatessen`; `s.`, `south`), or mistyped.
fn word_pair(a: &AtHand<'_>, b: &AtHand<'_>) -> u32 {
    let (x, y) = (a.text, b.text);
    if x == y {
        return 1000;
    }
    if a.digits || b.digits {
        // Numbers are right or wrong.
        return 0;
    }
    let (short, long) = if x.len() <= y.len() { (x, y) } else { (y, x) };
    if long.starts_with(short) {
        return if short.len() >= 3 { 920 } else { 850 };
    }
    if contraction(short, long) {
        return 880;
    }
    if most_alike(x, a.set, y, b.set) < ALIKE {
        return 0;
    }
    let similarity = winkler(x, y);
    if similarity >= ALIKE { similarity } else { 0 }
}

/// A word written by its beginning and some of the consonants after it: `mfg`, `intl`, `mgmt`, `assn`.
pub(crate) fn contraction(short: &[u16], long: &[u16]) -> bool {
    let vowel = |u: &u16| matches!(*u, 0x61 | 0x65 | 0x69 | 0x6f | 0x75);
    if !(3..=6).contains(&short.len()) || long.len() < short.len() + 3 || !short.iter().all(|u| *u < 0x80) {
        return false;
    }
    let common = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    let mut left = long.iter().skip(common);
    let rest = short.get(common..).unwrap_or_default();
    common > 0 && !rest.iter().any(vowel) && rest.iter().all(|u| left.any(|other| other == u))
}

/// From this Jaro-Winkler similarity on, in thousandths, two words may be one.
pub(crate) const ALIKE: u32 = 850;

fn common_start(a: &[u16], b: &[u16]) -> usize {
    a.iter().zip(b).take(4).take_while(|(x, y)| x == y).count()
}

/// An upper bound of the Jaro-Winkler similarity, in thousandths.
pub(crate) fn most_alike(a: &[u16], in_a: CharSet, b: &[u16], in_b: CharSet) -> u32 {
    bound(a.len(), in_a, b.len(), in_b, common_start(a, b))
}

/// The same from lengths and sets of characters.
fn bound(length_a: usize, a: CharSet, length_b: usize, b: CharSet, prefix: usize) -> u32 {
    let in_a = length_a.saturating_sub(a.missing_from(b));
    let in_b = length_b.saturating_sub(b.missing_from(a));
    let common = in_a.min(in_b) * 1000;
    let (Some(of_a), Some(of_b)) = (common.checked_div(length_a), common.checked_div(length_b)) else {
        return 0;
    };
    // Each share is rounded down by less than one, so that 3 more is an upper bound.
    let jaro = (of_a + of_b + 1003) / 3;
    let winkler = jaro + 1000_usize.saturating_sub(jaro) * prefix / 10;
    u32::try_from(winkler + 1).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Comparator;
    use crate::compare::quick::units;
    use crate::compare::tests::level_of;
    use crate::feature::Feature;

    #[test]
    fn texts() {
        for (a, b, expected) in [
            ("GTX Pro", "gtx-pro", Level::Exact),
            ("hotel bel-air", "bel-air hotel", Level::High),
            ("campanile", "campanille", Level::High),
            ("arts delicatessen", "arts deli", Level::Medium),
            ("granita", "spago", Level::Different),
            ("Nguyen Bright Int'l", "Nguyen Bright International", Level::High),
            ("GTX 100", "GTX 200", Level::Different),
            ("阿里巴巴", "阿里巴巴", Level::Exact),
            ("阿里巴巴网络", "阿里巴巴网路", Level::High),
            ("北京饭店", "北京大饭店", Level::Medium),
            ("北京饭店", "上海宾馆", Level::Different),
            ("华为", "Huawei", Level::Missing),
        ] {
            assert_eq!(level_of(Comparator::Text, a, b), expected, "{a} {b}");
        }
        assert!(Feature::of(Comparator::Text, "---").is_missing());
    }

    proptest::proptest! {
        #[test]
        fn the_quick_refusal_never_refuses_what_is_alike(a in "[a-e]{1,8}", b in "[a-e]{1,8}") {
            let (x, y) = (units(&a), units(&b));
            let most = bound(x.len(), CharSet::of(&x), y.len(), CharSet::of(&y), common_start(&x, &y));
            proptest::prop_assert!(winkler(&x, &y) <= most, "{} {}", a, b);
        }
    }

    #[test]
    fn a_million_characters_are_no_trouble() {
        let long = "x ".repeat(500_000);
        let other = format!("{long}y");
        let of = |text: &str| {
            let mut writer = Writer::default();
            TextForm::write(qudao_text::fold_tokens(text).iter().map(String::as_str), &mut writer);
            writer.units
        };
        let (a, b) = (of(&long), of(&other));
        let (a, b) = (TextForm::read(&mut Reader(&a)), TextForm::read(&mut Reader(&b)));
        assert!(level(&a, &b) >= Level::High);
        assert!(!a.same(&b));
    }
}
