//! Names of persons, in either order.

use qudao_text::{PersonName, fold_key, parse_person};

use super::nickname::is_nickname;
use super::quick::{edits, units, winkler};
use super::text::TextForm;
use crate::Level;

/// A person's name, ready to be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PersonForm {
    /// The name in its usual order.
    pub(crate) key: Box<str>,
    /// The name in alphabetical order.
    pub(crate) sorted: Box<str>,
    pub(crate) given: Box<str>,
    pub(crate) family: Box<str>,
    middle: Box<str>,
    whole: TextForm,
}

impl PersonForm {
    pub(crate) fn of(text: &str) -> Option<Self> {
        let name: PersonName = parse_person(text);
        let whole = TextForm::of(&name.folded)?;
        Some(Self {
            key: name.key().into(),
            sorted: name.sorted_key().into(),
            given: fold_key(&name.given).into(),
            family: fold_key(&name.family).into(),
            middle: fold_key(&name.middle).into(),
            whole,
        })
    }
}

/// How much two names agree. Exchanged given and family names are at most `high`.
pub(crate) fn level(a: &PersonForm, b: &PersonForm) -> Level {
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
    let straight = western([&a.given, &a.family], [&b.given, &b.family], [&a.middle, &b.middle]);
    // Either of the crossed names may be the short form or the mistyped one, so both roles are tried.
    let crossed = western([&a.given, &a.family], [&b.family, &b.given], [&a.middle, &b.middle]).max(western(
        [&a.family, &a.given],
        [&b.given, &b.family],
        [&a.middle, &b.middle],
    ));
    straight.max(crossed.min(Level::High))
}

/// One character of three or more is a slip; one of two is little.
fn chinese(a: &PersonForm, b: &PersonForm) -> Level {
    let (x, y) = (&a.whole.units, &b.whole.units);
    let longer = x.len().max(y.len());
    match edits(x, y) {
        1 if longer >= 3 && a.family == b.family => Level::Medium,
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

fn word(a: &str, b: &str) -> Word {
    if a.is_empty() || b.is_empty() {
        return Word::Missing;
    }
    if a == b {
        return Word::Same;
    }
    let single = |t: &str| t.chars().nth(1).is_none();
    if single(a) || single(b) {
        return if a.chars().next() == b.chars().next() { Word::Initial } else { Word::Different };
    }
    if is_nickname(a, b) {
        return Word::Nickname;
    }
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if short.len() >= 3 && long.starts_with(short) {
        return Word::Nickname;
    }
    if short.chars().count() >= 4 && mistyped(a, b) {
        return Word::Typo;
    }
    Word::Different
}

fn mistyped(a: &str, b: &str) -> bool {
    let (a, b) = (units(a), units(b));
    winkler(&a, &b) >= 900 || edits(&a, &b) <= 1
}

fn western(a: [&str; 2], b: [&str; 2], middle: [&str; 2]) -> Level {
    let [given_a, family_a] = a;
    let [given_b, family_b] = b;
    let [middle_a, middle_b] = middle;
    let given = word(given_a, given_b);
    let family = word(family_a, family_b);
    let middle_clash = word(middle_a, middle_b) == Word::Different;
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
            let (x, y) = (PersonForm::of(a).unwrap(), PersonForm::of(b).unwrap());
            assert_eq!(level(&x, &y), expected, "{a} | {b}");
            assert_eq!(level(&y, &x), expected, "{b} | {a}");
        }
    }
}
