//! Names of persons, in either order.

use qudao_text::{PersonName, fold_key, fold_words, parse_person};

use super::nickname::full_names;
use super::quick::{CharSet, edits, hash, units, winkler};
use super::text::{TextForm, most_alike};
use crate::Level;
use crate::pack::{Reader, Writer};

/// A single name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Single<'a> {
    pub(crate) units: &'a [u16],
    /// The full names for which it stands, by number.
    pub(crate) full: &'a [u16],
}

impl<'a> Single<'a> {
    fn write(text: &str, out: &mut Writer) {
        let key = fold_key(text);
        out.text(&key);
        out.run(full_names(&key));
    }

    fn read(from: &mut Reader<'a>) -> Self {
        Self { units: from.run(), full: from.run() }
    }

    /// One is a short form of the other, or both are of one name.
    fn is_nickname(&self, other: &Self) -> bool {
        self.full.iter().any(|full| other.full.contains(full))
    }
}

/// A person's name, ready to be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PersonForm<'a> {
    /// A hash of the name in its usual order.
    key: u64,
    /// The name in alphabetical order.
    pub(crate) sorted: &'a [u16],
    pub(crate) given: Single<'a>,
    pub(crate) family: Single<'a>,
    middle: &'a [u16],
    pub(crate) whole: TextForm<'a>,
}

impl<'a> PersonForm<'a> {
    /// Lays down a name. Nothing, and false, for none.
    pub(crate) fn write(text: &str, out: &mut Writer) -> bool {
        Self::write_name(&parse_person(text), out)
    }

    /// Lays down a name that is taken apart.
    pub(crate) fn write_name(name: &PersonName, out: &mut Writer) -> bool {
        let tokens = fold_words(&name.folded);
        if tokens.is_empty() {
            return false;
        }
        out.u64(hash(&units(&name.key())));
        out.text(&name.sorted_key());
        Single::write(&name.given, out);
        Single::write(&name.family, out);
        out.text(&fold_key(&name.middle));
        TextForm::write(tokens.split(' '), out)
    }

    pub(crate) fn read(from: &mut Reader<'a>) -> Self {
        Self {
            key: from.u64(),
            sorted: from.run(),
            given: Single::read(from),
            family: Single::read(from),
            middle: from.run(),
            whole: TextForm::read(from),
        }
    }
}

impl PersonForm<'_> {
    /// What decides whether the names are the same: see [`super::sketch`].
    pub(crate) fn sketch(&self) -> u64 {
        self.key & 0xf_ffff | (self.whole.hash() & 0xf_ffff) << 20
    }
}

/// How much two names agree. Exchanged given and family names are at most `high`.
pub(crate) fn level(a: &PersonForm<'_>, b: &PersonForm<'_>) -> Level {
    if a.key == b.key || a.whole.same(&b.whole) {
        return Level::Exact;
    }
    if a.whole.other_script(&b.whole) {
        return Level::Missing;
    }
    if !a.sorted.is_empty() && a.sorted == b.sorted {
        return Level::High;
    }
    if a.whole.cjk || b.whole.cjk {
        return chinese(a, b);
    }
    let middle_clash = word(&single(a.middle), &single(b.middle)) == Word::Different;
    let straight = western([&a.given, &a.family], [&b.given, &b.family], middle_clash);
    // Either of the crossed names may be the short form or the mistyped one, so both roles are tried.
    let crossed = western([&a.given, &a.family], [&b.family, &b.given], middle_clash).max(western(
        [&a.family, &a.given],
        [&b.given, &b.family],
        middle_clash,
    ));
    straight.max(crossed.min(Level::High))
}

/// One character of three or more is a slip; one of two is little.
fn chinese(a: &PersonForm<'_>, b: &PersonForm<'_>) -> Level {
    let (x, y) = (a.whole.units, b.whole.units);
    let longer = x.len().max(y.len());
    match edits(x, y) {
        1 if longer >= 3 && a.family.units == b.family.units => Level::Medium,
        1 if longer >= 2 => Level::Low,
        _ => Level::Different,
    }
}

/// How two single names agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Word {
    Different,
    Missing,
    Initial,
    Typo,
    Nickname,
    Same,
}

fn single(units: &[u16]) -> Single<'_> {
    Single { units, full: &[] }
}

fn word(one: &Single<'_>, two: &Single<'_>) -> Word {
    let (a, b) = (one.units, two.units);
    if a.is_empty() || b.is_empty() {
        return Word::Missing;
    }
    if a == b {
        return Word::Same;
    }
    if a.len() == 1 || b.len() == 1 {
        return if a.first() == b.first() { Word::Initial } else { Word::Different };
    }
    if one.is_nickname(two) {
        return Word::Nickname;
    }
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if short.len() >= 3 && long.starts_with(short) {
        return Word::Nickname;
    }
    if short.len() >= 4 && mistyped(a, b) {
        return Word::Typo;
    }
    Word::Different
}

fn mistyped(a: &[u16], b: &[u16]) -> bool {
    let (in_a, in_b) = (CharSet::of(a), CharSet::of(b));
    most_alike(a, in_a, b, in_b) >= 900 && winkler(a, b) >= 900
        || in_a.fewest_edits(in_b) <= 1 && edits(a, b) <= 1
}

fn western(a: [&Single<'_>; 2], b: [&Single<'_>; 2], middle_clash: bool) -> Level {
    let family = word(a[1], b[1]);
    if !matches!(family, Word::Same | Word::Typo | Word::Missing | Word::Different) {
        return Level::Different;
    }
    let given = word(a[0], b[0]);
    let level = match (family, given) {
        (Word::Same, Word::Same | Word::Nickname) => Level::High,
        (Word::Same, Word::Typo | Word::Initial) | (Word::Typo, Word::Same | Word::Nickname) => Level::Medium,
        (Word::Typo, Word::Typo | Word::Initial) => Level::Low,
        (Word::Same, Word::Missing | Word::Different) | (Word::Missing, Word::Same) => Level::Low,
        (Word::Different, Word::Same) => Level::Low,
        _ => Level::Different,
    };
    if middle_clash && level > Level::Low { Level::Low } else { level }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Comparator;
    use crate::compare::tests::level_of;

    #[test]
    fn names() {
        for (a, b, expected) in [
            ("Zhang San", "zhang  san", Level::Exact),
            ("Kim, Kimberly", "Kimberly Kim", Level::Exact),
            ("Dr. José García", "Jose Garcia", Level::Exact),
            ("San Zhang", "Zhang San", Level::High),
            ("Robert Allen", "Bob Allen", Level::High),
            ("Allen Bob", "Robert Allen", Level::High),
            ("Rob Allen", "Robert Allen", Level::High),
            ("R. Allen", "Robert Allen", Level::Medium),
            ("Robert Alen", "Robert Allen", Level::Medium),
            ("Alan Robert", "Robert Allen", Level::Low),
            ("John A. Smith", "John B. Smith", Level::Low),
            ("John A. Smith", "John Smith", Level::High),
            ("Mary Smith", "John Smith", Level::Low),
            ("Mary Jones", "John Smith", Level::Different),
            ("張偉", "张伟", Level::Exact),
            ("张伟明", "张伟民", Level::Medium),
            ("张伟", "张玮", Level::Low),
            ("张伟", "王芳", Level::Different),
            ("张伟", "Zhang Wei", Level::Missing),
        ] {
            assert_eq!(level_of(Comparator::PersonName, a, b), expected, "{a} | {b}");
        }
    }
}
