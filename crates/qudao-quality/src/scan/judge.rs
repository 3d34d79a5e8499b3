//! Questions asked of one text at a time, 64 texts a call.

use qudao_model::Value;
use regex::Regex;

use super::automaton::Automaton;
use crate::check::value_fault;
use crate::format::Format;
use crate::quality::ObjectQuality;
use crate::rule::{Kind, Rule};

/// Whether a text alone does not meet a rule.
pub(super) enum Judge<'a> {
    Automaton(&'a Automaton),
    Regex(&'a Regex),
    Length { min: u32, max: u32 },
    Format(&'a Format),
    Choice { known: Words, rule: &'a Rule, object: &'a ObjectQuality },
}

impl<'a> Judge<'a> {
    /// The question that a rule asks of texts, where it asks one.
    pub(super) fn of(rule: &'a Rule, object: &'a ObjectQuality) -> Option<Self> {
        Some(match &rule.kind {
            Kind::Pattern { regex, quick, .. } => match quick.get(regex) {
                Some(automaton) => Self::Automaton(automaton),
                None => Self::Regex(regex),
            },
            Kind::Length { min, max, .. } => {
                Self::Length { min: min.unwrap_or(0), max: max.unwrap_or(u32::MAX) }
            }
            Kind::Format { format, .. } => Self::Format(format),
            Kind::Choice { values, .. } => Self::Choice { known: Words::of(values), rule, object },
            _ => return None,
        })
    }

    /// True when the text does not meet the rule.
    pub(super) fn refuses(&self, text: &str) -> bool {
        match self {
            Self::Automaton(automaton) => !automaton.accepts(text),
            Self::Regex(regex) => !regex.is_match(text),
            Self::Length { min, max } => is_outside(text, *min, *max),
            Self::Format(format) => !format.quick(text).unwrap_or_else(|| format.normalise(text).is_ok()),
            Self::Choice { known, rule, object } => {
                !known.has(text) && value_fault(rule, object, &Value::text(text)).is_some()
            }
        }
    }

    /// The texts, among those asked, that do not meet the rule: a bit each.
    pub(super) fn refused(&self, texts: &[&str], asked: u64) -> u64 {
        match self {
            Self::Automaton(automaton) => automaton.refused(texts, asked),
            Self::Length { min, max } => bits(texts, |text| is_outside(text, *min, *max)) & asked,
            Self::Choice { known, .. } => {
                let unknown = bits(texts, |text| !known.has(text)) & asked;
                ones(unknown).filter(|at| texts.get(*at).is_some_and(|text| self.refuses(text))).fold(0, set)
            }
            Self::Format(format) => {
                let rest = format.plain().map_or(asked, |plain| plain.refused(texts, asked));
                ones(rest).filter(|at| texts.get(*at).is_some_and(|text| self.refuses(text))).fold(0, set)
            }
            _ => ones(asked).filter(|at| texts.get(*at).is_some_and(|text| self.refuses(text))).fold(0, set),
        }
    }
}

fn set(word: u64, at: usize) -> u64 {
    word | 1 << at
}

/// The places of the bits that are set.
#[inline]
pub(super) fn ones(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let at = (word != 0).then(|| word.trailing_zeros() as usize)?;
        word &= word - 1;
        Some(at)
    })
}

/// A bit for each text that has a property.
#[inline]
pub(super) fn bits<'a>(texts: &[&'a str], mut holds: impl FnMut(&'a str) -> bool) -> u64 {
    texts.iter().enumerate().fold(0, |word, (at, text)| word | u64::from(holds(text)) << at)
}

/// The number of characters lies between a quarter of the number of bytes and all of it: most texts need not be counted.
fn is_outside(text: &str, min: u32, max: u32) -> bool {
    let (min, max) = (min as usize, max as usize);
    let bytes = text.len();
    if bytes <= max && bytes.div_ceil(4) >= min {
        return false;
    }
    let length = text.chars().count();
    length < min || length > max
}

/// A set of words. Those of 4 to 16 bytes are compared as one number each.
pub(super) struct Words {
    short: Vec<(u128, usize)>,
    other: Vec<String>,
}

/// Most sets are small; larger ones are sorted and searched.
const FEW: usize = 12;

impl Words {
    fn of(words: &[String]) -> Self {
        let mut short: Vec<_> = words.iter().filter_map(|w| key(w.as_bytes())).collect();
        short.sort_unstable();
        let other = words.iter().filter(|w| key(w.as_bytes()).is_none()).cloned().collect();
        Self { short, other }
    }

    #[inline]
    fn has(&self, text: &str) -> bool {
        match key(text.as_bytes()) {
            Some((key, len)) if self.short.len() <= FEW => {
                self.short.iter().fold(false, |any, (word, of)| any | ((*word == key) & (*of == len)))
            }
            Some(key) => self.short.binary_search(&key).is_ok(),
            None => self.other.iter().any(|w| w == text),
        }
    }
}

/// A text of 4 to 16 bytes as a number and its length: four pieces of four bytes, which overlap where the text is short.
/// That is the same work for all lengths, so that nothing has to be guessed.
#[inline]
fn key(text: &[u8]) -> Option<(u128, usize)> {
    let len = text.len();
    let last = len.checked_sub(4).filter(|_| len <= 16)?;
    let mut number = 0_u128;
    for at in [0, 4, 8, last] {
        let piece = text.get(at.min(last)..)?.first_chunk::<4>()?;
        number = number << 32 | u128::from(u32::from_le_bytes(*piece));
    }
    Some((number, len))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn words_are_a_set(words in prop::collection::vec("[ab]{0,20}", 0..30), text in "[ab]{0,20}") {
            prop_assert_eq!(Words::of(&words).has(&text), words.contains(&text));
            for word in &words {
                prop_assert!(Words::of(&words).has(word));
            }
        }

        #[test]
        fn lengths_are_of_characters(text in "[aé深😀]{0,12}", min in 0_u32..8, max in 0_u32..10) {
            let length = u32::try_from(text.chars().count()).unwrap();
            prop_assert_eq!(is_outside(&text, min, max), length < min || length > max);
        }
    }
}
