//! Comparators: two features in, a level out. All of them are symmetric.

pub(crate) mod address;
pub(crate) mod company;
pub(crate) mod domain;
pub(crate) mod email;
pub(crate) mod entity;
pub(crate) mod nickname;
pub(crate) mod outline;
pub(crate) mod person;
pub(crate) mod phone;
pub(crate) mod plain;
pub(crate) mod quick;
pub(crate) mod sketch;
pub(crate) mod text;

use crate::Level;
use crate::feature::Form;

/// What a comparator answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Verdict {
    pub(crate) level: Level,
    /// A company and its branch, or two branches.
    pub(crate) related: bool,
    /// Both hold the same term: see [`Form::term`].
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
pub(crate) fn compare(a: &Form<'_>, b: &Form<'_>) -> Verdict {
    match (a, b) {
        (Form::Missing, _) | (_, Form::Missing) => Level::Missing.into(),
        (Form::Many(items), other) | (other, Form::Many(items)) => {
            // The best pair of items counts; of equal ones the unrelated, so that the order does not matter.
            let best = items.items().map(|item| compare(&item, other));
            best.max_by_key(|v| (v.level, !v.related)).unwrap_or(Level::Missing.into())
        }
        (Form::Code(x), Form::Code(y)) => plain::code(x, y).into(),
        (Form::Text(x), Form::Text(y)) => text::level(x, y).into(),
        (Form::Company(x), Form::Company(y)) => company::compare(x, y),
        (Form::Person(x), Form::Person(y)) => person::level(x, y).into(),
        (Form::Address(x), Form::Address(y)) => address::level(x, y).into(),
        (Form::Phone(x), Form::Phone(y)) => {
            Verdict { level: phone::level(x, y), related: false, same_term: x.tail() == y.tail() }
        }
        (Form::Email(x), Form::Email(y)) => email::level(x, y).into(),
        (Form::Domain(x), Form::Domain(y)) => domain::level(x, y).into(),
        (Form::Number(x), Form::Number(y)) => plain::number(*x, *y).into(),
        (Form::Date(x), Form::Date(y)) => plain::date(*x, *y).into(),
        _ => Level::Missing.into(),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::Comparator;
    use crate::feature::Feature;

    /// What two texts say, in either order.
    pub(crate) fn verdict_of(comparator: Comparator, a: &str, b: &str) -> Verdict {
        let (x, y) = (Feature::of(comparator, a), Feature::of(comparator, b));
        let one = compare(&x.form(), &y.form());
        assert_eq!(one, compare(&y.form(), &x.form()), "not symmetric: {a} {b}");
        one
    }

    pub(crate) fn level_of(comparator: Comparator, a: &str, b: &str) -> Level {
        verdict_of(comparator, a, b).level
    }
}
