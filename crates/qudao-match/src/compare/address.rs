//! Postal addresses: divisions, street, number.

use qudao_text::fold::is_han;
use qudao_text::{fold_key, fold_tokens, parse_address};

use super::quick::{CharSet, hash, mix, units};
use super::text::{Word, characters, lay, words};
use crate::Level;

/// How many numbers of an address are looked at.
const MAX_NUMBERS: usize = 8;

/// An address, ready to be compared.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AddressForm {
    /// A hash of letters and digits.
    pub(crate) key: u64,
    /// A hash of the words in no order.
    bag: u64,
    /// The words, laid end to end: Chinese divisions, then what follows them.
    pub(crate) units: Box<[u16]>,
    /// The words that are no numbers.
    pub(crate) words: Box<[Word]>,
    /// The numbers, in their order; the first is the street number.
    numbers: Box<[Word]>,
    /// The postal code, where the address names it as one.
    postcode: Option<Box<str>>,
    /// The prefecture.
    pub(crate) city: Option<Box<str>>,
    district: Option<Box<str>>,
    set: CharSet,
    /// Where what follows the divisions begins.
    rest: u16,
    chinese: bool,
}

impl AddressForm {
    pub(crate) fn of(text: &str) -> Option<Self> {
        let address = parse_address(text);
        let key = fold_key(&address.folded);
        if key.is_empty() {
            return None;
        }
        let chinese = address.folded.chars().any(is_han);
        let follows: usize = if chinese { fold_tokens(&address.rest).len() } else { address.tokens.len() };
        let divisions = address.tokens.len().saturating_sub(follows);
        let laid = lay(address.tokens.iter().map(String::as_str));
        let rest: usize = laid.words.iter().take(divisions).map(|w| usize::from(w.length)).sum();
        let (mut words, mut numbers): (Vec<Word>, Vec<Word>) = (Vec::new(), Vec::new());
        for word in &laid.words {
            let number = word.text(&laid.units).first().is_some_and(|u| (0x30..=0x39).contains(u));
            if number { numbers.push(*word) } else { words.push(*word) }
        }
        numbers.truncate(MAX_NUMBERS);
        Some(Self {
            key: hash(&units(&key)),
            bag: mix(laid.bag ^ u64::from(laid.tail)),
            set: CharSet::of(laid.units.get(rest..).unwrap_or_default()),
            units: laid.units.into(),
            words: words.into(),
            numbers: numbers.into(),
            postcode: address.postcode.map(Into::into),
            // A city that only follows from the district was not said, and districts of one name are many.
            city: address.city.filter(|c| address.folded.contains(c.as_str())).map(Into::into),
            district: address.district.map(Into::into),
            rest: u16::try_from(rest).unwrap_or(0),
            chinese,
        })
    }

    /// The street number.
    pub(crate) fn number(&self) -> Option<String> {
        self.number_units().map(String::from_utf16_lossy)
    }

    fn number_units(&self) -> Option<&[u16]> {
        self.numbers.first().map(|n| digits(n.text(&self.units), self.chinese))
    }

    /// The postal code, where it can be told.
    pub(crate) fn postcode(&self) -> Option<String> {
        if let Some(code) = &self.postcode {
            return Some(code.to_string());
        }
        let found = self.numbers.iter().rev().map(|n| digits(n.text(&self.units), self.chinese));
        found.filter(|n| matches!(n.len(), 5 | 6)).map(String::from_utf16_lossy).next()
    }

    /// The words that are no numbers, as texts.
    pub(crate) fn tokens(&self) -> impl Iterator<Item = String> + '_ {
        self.words.iter().map(|w| String::from_utf16_lossy(w.text(&self.units)))
    }

    fn follows(&self) -> &[u16] {
        self.units.get(usize::from(self.rest)..).unwrap_or_default()
    }
}

/// The digits with which a Chinese number begins (`1a座` is number 1); elsewhere the whole word.
fn digits(word: &[u16], chinese: bool) -> &[u16] {
    let count = word.iter().take_while(|u| (0x30..=0x39).contains(*u)).count();
    if chinese { &word[..count] } else { word }
}

/// How much two addresses agree. Another street number is another address.
pub(crate) fn level(a: &AddressForm, b: &AddressForm) -> Level {
    if a.key == b.key || a.bag == b.bag {
        return Level::Exact;
    }
    if a.chinese != b.chinese {
        return Level::Missing;
    }
    if clash(a.city.as_deref(), b.city.as_deref()) || clash(a.district.as_deref(), b.district.as_deref()) {
        return Level::Different;
    }
    let similarity = if a.chinese {
        characters(a.follows(), b.follows(), a.set.fewest_edits(b.set))
    } else {
        words((&a.units, &a.words), (&b.units, &b.words))
    };
    if a.chinese && similarity == 1000 && !a.follows().is_empty() {
        return Level::High;
    }
    match (a.number_units(), b.number_units()) {
        (Some(x), Some(y)) if x == y => match similarity {
            850.. => Level::High,
            600.. => Level::Medium,
            400.. => Level::Low,
            _ => Level::Different,
        },
        (Some(_), Some(_)) => {
            if similarity >= 900 {
                Level::Low
            } else {
                Level::Different
            }
        }
        _ => match similarity {
            930.. => Level::High,
            800.. => Level::Medium,
            600.. => Level::Low,
            _ => Level::Different,
        },
    }
}

fn clash(a: Option<&str>, b: Option<&str>) -> bool {
    matches!((a, b), (Some(x), Some(y)) if x != y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (a, b, expected) in [
            ("12224 Ventura Blvd.", "12224 ventura boulevard", Level::Exact),
            ("435 s. la cienega blv.", "435 s. la cienega blvd.", Level::High),
            ("9882 little santa monica blvd.", "9882 santa monica blvd", Level::Medium),
            ("1 N Ogden Ave", "3 N Ogden Ave", Level::Low),
            ("1 Main St", "77 Ocean Drive", Level::Different),
            ("广东省深圳市南山区科技园路1号", "深圳市南山区科技园路1号", Level::Exact),
            ("深圳市科技园路1号", "广东省深圳市南山区科技园路1号", Level::High),
            ("深圳市南山区科技园路1号A座", "深圳市南山区科技园路1号", Level::Medium),
            ("深圳市南山区科技园路1号", "深圳市南山区科技园路2号", Level::Different),
            ("深圳市南山区科技园路1号", "广州市天河区体育西路1号", Level::Different),
            ("深圳市南山区科技园路1号", "1 Keji Road, Shenzhen", Level::Missing),
            ("温州市徐汇区科技园路1号", "徐汇区科技园路1号", Level::Medium),
        ] {
            let (x, y) = (AddressForm::of(a).unwrap(), AddressForm::of(b).unwrap());
            assert_eq!(level(&x, &y), expected, "{a} | {b}");
            assert_eq!(level(&y, &x), expected, "{b} | {a}");
        }
    }
}
