//! Comparators: two features in, a level out. All of them are symmetric.

pub(crate) mod address;
pub(crate) mod company;
pub(crate) mod domain;
pub(crate) mod email;
pub(crate) mod entity;
pub(crate) mod nickname;
pub(crate) mod person;
pub(crate) mod phone;
pub(crate) mod plain;
pub(crate) mod quick;
pub(crate) mod text;

use crate::Level;
use crate::feature::Feature;

/// What a comparator answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Verdict {
    pub(crate) level: Level,
    /// A company and its branch, or two branches.
    pub(crate) related: bool,
    /// Both hold the same term: see [`Feature::term`].
    pub(crate) same_term: bool,
}

impl Verdict {
    pub(crate) const MISSING: Self = Self { level: Level::Missing, related: false, same_term: false };
}

impl From<Level> for Verdict {
    fn from(level: Level) -> Self {
        Self { level, related: false, same_term: level == Level::Exact }
    }
}

/// Compares two features of one field.
pub(crate) fn compare(a: &Feature, b: &Feature) -> Verdict {
    match (a, b) {
        (Feature::Missing, _) | (_, Feature::Missing) => Level::Missing.into(),
        (Feature::Many(items), other) | (other, Feature::Many(items)) => {
            // The best pair of items counts; of equal ones the unrelated, so that the order does not matter.
            let best = items.iter().map(|item| compare(item, other));
            best.max_by_key(|v| (v.level, !v.related)).unwrap_or(Level::Missing.into())
        }
        (Feature::Code(x), Feature::Code(y)) => plain::code(x, y).into(),
        (Feature::Text(x), Feature::Text(y)) => text::level(x, y).into(),
        (Feature::Company(x), Feature::Company(y)) => company::compare(x, y),
        (Feature::Person(x), Feature::Person(y)) => person::level(x, y).into(),
        (Feature::Address(x), Feature::Address(y)) => address::level(x, y).into(),
        (Feature::Phone(x), Feature::Phone(y)) => {
            Verdict { level: phone::level(x, y), related: false, same_term: x.tail() == y.tail() }
        }
        (Feature::Email(x), Feature::Email(y)) => email::level(x, y).into(),
        (Feature::Domain(x), Feature::Domain(y)) => domain::level(x, y).into(),
        (Feature::Number(x), Feature::Number(y)) => plain::number(*x, *y).into(),
        (Feature::Date(x), Feature::Date(y)) => plain::date(*x, *y).into(),
        _ => Level::Missing.into(),
    }
}
