//! How much two values agree, and which comparator says so.

use std::fmt;

use qudao_model::{Frequency, Shared};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much two values of one field agree. Ordered from no evidence to full agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Level {
    /// One of the values is missing, or says nothing: neutral.
    Missing = 0,
    /// The values differ.
    Different = 1,
    /// A little agreement.
    Low = 2,
    /// Some agreement.
    Medium = 3,
    /// Nearly the same.
    High = 4,
    /// The same after folding.
    Exact = 5,
}

impl Level {
    /// The number of levels.
    pub const COUNT: usize = 6;

    /// Every level, in order.
    pub const ALL: [Self; Self::COUNT] =
        [Self::Missing, Self::Different, Self::Low, Self::Medium, Self::High, Self::Exact];

    /// The name, as explanations write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Different => "different",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Exact => "exact",
        }
    }

    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A level, and how frequent the value is on which both agree: what a model weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Symbol(u8);

/// Frequencies go in steps: each is of so many times the rows of the one before, as a power of two.
const VALUE_BITS: u32 = 1;
const WORD_BITS: u32 = 2;
/// The last step has no end.
const LAST_STEP: u8 = 7;

/// The most rows of a step.
fn most_rows(step: u8, bits: u32) -> u32 {
    2 << (u32::from(step) * bits)
}

impl Symbol {
    /// How many classes of frequency values have. Class 0: the values differ, or nobody has counted.
    pub(crate) const VALUES: usize = 9;
    /// Behind them, those of words: of values that differ, and share a word.
    pub(crate) const CLASSES: usize = Self::VALUES + 8;
    /// The class of the rarest values.
    pub(crate) const RARE_VALUE: u8 = 1;
    /// The class of the rarest words.
    #[expect(clippy::cast_possible_truncation, reason = "small")]
    pub(crate) const RARE_WORD: u8 = Self::VALUES as u8;
    /// The classes of words.
    #[expect(clippy::cast_possible_truncation, reason = "small")]
    pub(crate) const WORDS: std::ops::Range<u8> = Self::RARE_WORD..Self::CLASSES as u8;
    /// How many symbols there are.
    pub(crate) const COUNT: usize = Level::COUNT * Self::CLASSES;
    /// No evidence.
    pub(crate) const MISSING: Self = Self(0);

    #[expect(clippy::cast_possible_truncation, reason = "both are small")]
    pub(crate) const fn of(level: Level, class: u8) -> Self {
        let class = if (class as usize) < Self::CLASSES { class } else { Self::CLASSES as u8 - 1 };
        match level {
            Level::Missing => Self::MISSING,
            level => Self(level as u8 * Self::CLASSES as u8 + class),
        }
    }

    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }

    pub(crate) fn level(self) -> Level {
        Level::ALL.get(self.index() / Self::CLASSES).copied().unwrap_or(Level::Missing)
    }

    pub(crate) const fn class(self) -> usize {
        self.index() % Self::CLASSES
    }

    /// The class of a value that stands in so many rows: 2, to 4, to 8, ... to 128, more.
    pub(crate) fn class_of(rows: u32) -> u8 {
        Self::RARE_VALUE + Self::step(rows, VALUE_BITS)
    }

    /// The class of a word that stands in so many rows: 2, to 8, to 32, ... to 8192, more.
    pub(crate) fn word_class(rows: u32) -> u8 {
        Self::RARE_WORD + Self::step(rows, WORD_BITS)
    }

    /// The first step that so many rows do not go beyond, or the last.
    fn step(rows: u32, bits: u32) -> u8 {
        (0..LAST_STEP).find(|step| rows <= most_rows(*step, bits)).unwrap_or(LAST_STEP)
    }

    /// How frequent what is shared is.
    pub(crate) fn frequency(self) -> Option<Frequency> {
        let class = u8::try_from(self.class()).unwrap_or(0);
        let (of, step, bits) = match class.checked_sub(Self::RARE_WORD) {
            None => (Shared::Value, class.checked_sub(Self::RARE_VALUE)?, VALUE_BITS),
            Some(step) => (Shared::Word, step, WORD_BITS),
        };
        let most = |step| Some(most_rows(step, bits));
        Some(match step {
            0 => Frequency { of, at_most: None, more_than: None },
            LAST_STEP => Frequency { of, at_most: None, more_than: most(LAST_STEP - 1) },
            step => Frequency { of, at_most: most(step), more_than: None },
        })
    }

    /// Every symbol.
    pub(crate) fn all() -> impl Iterator<Item = Self> + Clone {
        (0..Self::COUNT).map(|i| Self(u8::try_from(i).unwrap_or(0)))
    }
}

/// How two values of a field are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Comparator {
    /// The same after folding and normalising, or different.
    Exact,
    /// Words and letters of any text.
    Text,
    /// A company's name: region, core, industry word, legal form and branch, in English and Chinese.
    CompanyName,
    /// A person's name: given and family name in either order, initials.
    PersonName,
    /// A postal address.
    Address,
    /// A phone number.
    Phone,
    /// An e-mail address.
    Email,
    /// The domain of an e-mail address or a web address. Domains of public mail services say nothing.
    Domain,
    /// A number: how far apart.
    Number,
    /// A date: the same, a slip of the pen, the same month or year.
    Date,
}

impl Comparator {
    /// Every comparator.
    pub const ALL: [Self; 10] = [
        Self::Exact,
        Self::Text,
        Self::CompanyName,
        Self::PersonName,
        Self::Address,
        Self::Phone,
        Self::Email,
        Self::Domain,
        Self::Number,
        Self::Date,
    ];

    /// The name, as a Blueprint writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Text => "text",
            Self::CompanyName => "company_name",
            Self::PersonName => "person_name",
            Self::Address => "address",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Domain => "domain",
            Self::Number => "number",
            Self::Date => "date",
        }
    }

    /// Dear comparators run late, so that a hopeless pair is given up early; but names tell most pairs apart, and a code that
    /// forbids has to know whether they are related. Does not change a result.
    pub(crate) const fn cost(self) -> u8 {
        match self {
            Self::CompanyName | Self::PersonName => 0,
            Self::Exact | Self::Number | Self::Date => 1,
            Self::Phone | Self::Domain => 3,
            Self::Email => 4,
            Self::Text => 5,
            Self::Address => 6,
        }
    }

    /// A verdict is worth remembering.
    pub(crate) const fn is_dear(self) -> bool {
        matches!(self, Self::CompanyName | Self::PersonName | Self::Text | Self::Address)
    }
}

impl fmt::Display for Comparator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_tell_how_many_rows() {
        for rows in (0..20).map(|bits| (1_u32 << bits) + 1) {
            for (symbol, of) in [
                (Symbol::of(Level::High, Symbol::class_of(rows)), Shared::Value),
                (Symbol::of(Level::High, Symbol::word_class(rows)), Shared::Word),
            ] {
                let found = symbol.frequency().unwrap();
                assert_eq!(found.of, of);
                assert!(found.at_most.is_none_or(|most| rows <= most && most < rows * 4), "{rows} {found}");
                assert!(found.more_than.is_none_or(|least| rows > least), "{rows} {found}");
                assert_eq!(found.at_most.is_some() || found.more_than.is_some(), rows > 2, "{rows} {found}");
            }
        }
        assert_eq!(Symbol::of(Level::High, 0).frequency(), None);
        assert!(Symbol::WORDS.end as usize == Symbol::CLASSES && Symbol::COUNT <= 256);
    }

    #[test]
    fn names_are_those_of_the_blueprint() {
        for comparator in Comparator::ALL {
            assert_eq!(serde_json::to_value(comparator).unwrap(), comparator.as_str());
        }
        for (i, level) in Level::ALL.into_iter().enumerate() {
            assert_eq!(serde_json::to_value(level).unwrap(), level.as_str());
            assert_eq!(level.index(), i);
        }
    }
}
