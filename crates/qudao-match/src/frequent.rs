//! How frequent values and words are.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use hashbrown::HashMap;

use crate::MatchError;
use crate::level::Symbol;

/// The class of each value, or of each word, of a field that is frequent, by its hash. What is not listed is rare.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Frequent {
    classes: HashMap<u64, u8>,
}

impl Frequent {
    /// The class of a value by its [`crate::feature::Feature::term`]: 0 for none.
    pub(crate) fn value(&self, term: u64) -> u8 {
        match term {
            0 => 0,
            term => self.classes.get(&term).copied().unwrap_or(Symbol::RARE_VALUE),
        }
    }

    /// The class of a word.
    pub(crate) fn word(&self, word: u64) -> u8 {
        self.classes.get(&word).copied().unwrap_or(Symbol::RARE_WORD)
    }

    /// As a model holds them: hashes as 16 digits.
    pub(crate) fn written(&self) -> BTreeMap<String, u8> {
        self.classes.iter().map(|(hash, class)| (format!("{hash:016x}"), *class)).collect()
    }

    /// Of what a model holds; classes within those of values or of words.
    pub(crate) fn read(written: &BTreeMap<String, u8>, of: RangeInclusive<u8>) -> Result<Self, MatchError> {
        let read = |(hash, class): (&String, &u8)| {
            Some((u64::from_str_radix(hash, 16).ok()?, (*class).clamp(*of.start(), *of.end())))
        };
        written.iter().map(read).collect::<Option<_>>().ok_or(MatchError::BadModel)
    }
}

impl FromIterator<(u64, u8)> for Frequent {
    fn from_iter<I: IntoIterator<Item = (u64, u8)>>(classes: I) -> Self {
        Self { classes: classes.into_iter().collect() }
    }
}
