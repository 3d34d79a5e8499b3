//! Postal addresses: divisions, street, number.

use qudao_text::fold::is_han;
use qudao_text::{fold_key, parse_address};

use super::quick::{CharSet, hash, mix, units};
use super::text::{Word, characters, lay, words};
use crate::Level;
use crate::pack::{Reader, Writer};

/// How many numbers of an address are looked at.
const MAX_NUMBERS: usize = 8;

/// An address, ready to be compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct AddressForm<'a> {
    /// A hash of letters and digits.
    pub(crate) key: u64,
    /// A hash of the words in no order.
    bag: u64,
    /// The words, laid end to end: Chinese divisions, then what follows them.
    pub(crate) units: &'a [u16],
    /// The words that are no numbers.
    pub(crate) words: &'a [u16],
    /// The numbers, in their order; the first is the street number.
    numbers: &'a [u16],
    /// The postal code, where the address names it as one.
    postcode: &'a [u16],
    /// The prefecture.
    pub(crate) city: &'a [u16],
    pub(crate) district: &'a [u16],
    /// Where what follows the divisions begins.
    rest: u16,
    chinese: bool,
}

impl<'a> AddressForm<'a> {
    /// Lays down an address. Nothing, and false, for none.
    pub(crate) fn write(text: &str, out: &mut Writer) -> bool {
        let address = parse_address(text);
        let key = fold_key(&address.folded);
        if key.is_empty() {
            return false;
        }
        let chinese = !address.folded.is_ascii() && address.folded.chars().any(is_han);
        let mut divisions: Vec<&String> = Vec::with_capacity(3);
        if chinese {
            divisions.extend([&address.province, &address.city, &address.district].into_iter().flatten());
            divisions.dedup();
        }
        let laid = lay(address.tokens.iter().map(String::as_str));
        let rest: usize = laid.words.iter().take(divisions.len()).map(|w| w.length()).sum();
        let is_number = |w: &Word| w.text(&laid.units).first().is_some_and(|u| (0x30..=0x39).contains(u));
        out.u16(u16::from(chinese));
        out.u64(hash(&units(&key)));
        out.u64(mix(laid.bag ^ u64::from(laid.tail)));
        out.u16(u16::try_from(rest).unwrap_or(0));
        // A city that only follows from the district was not said, and districts of one name are many.
        out.text(address.city.as_deref().filter(|c| address.folded.contains(c)).unwrap_or_default());
        out.text(address.district.as_deref().unwrap_or_default());
        out.part(|out| out.units.extend(laid.words.iter().filter(|w| !is_number(w)).map(|w| w.0)));
        let numbers = laid.words.iter().filter(|w| is_number(w)).take(MAX_NUMBERS);
        out.part(|out| out.units.extend(numbers.map(|w| w.0)));
        out.run(&laid.units);
        out.text(address.postcode.as_deref().unwrap_or_default());
        true
    }

    #[inline]
    pub(crate) fn read(from: &mut Reader<'a>) -> Self {
        Self {
            chinese: from.u16() != 0,
            key: from.u64(),
            bag: from.u64(),
            rest: from.u16(),
            city: from.run(),
            district: from.run(),
            words: from.run(),
            numbers: from.run(),
            units: from.run(),
            postcode: from.run(),
        }
    }

    /// The street number.
    pub(crate) fn number(&self) -> Option<&'a [u16]> {
        self.numbers.first().map(|n| digits(Word(*n).text(self.units), self.chinese))
    }

    /// The postal code, where it can be told.
    pub(crate) fn postcode(&self) -> Option<&'a [u16]> {
        if !self.postcode.is_empty() {
            return Some(self.postcode);
        }
        let mut found = self.numbers.iter().rev().map(|n| digits(Word(*n).text(self.units), self.chinese));
        found.find(|n| matches!(n.len(), 5 | 6))
    }

    /// A hash of the words in no order.
    pub(crate) fn bag(&self) -> u64 {
        self.bag
    }

    /// The characters of what follows the divisions.
    pub(crate) fn set(&self) -> CharSet {
        CharSet::of(self.follows())
    }

    pub(crate) fn chinese(&self) -> bool {
        self.chinese
    }

    /// What follows the divisions.
    pub(crate) fn follows(&self) -> &'a [u16] {
        self.units.get(usize::from(self.rest)..).unwrap_or_default()
    }
}

/// The digits with which a Chinese number begins (`1a座` is number 1); elsewhere the whole word.
fn digits(word: &[u16], chinese: bool) -> &[u16] {
    let count = word.iter().take_while(|u| (0x30..=0x39).contains(*u)).count();
    if chinese { &word[..count] } else { word }
}

/// How much two addresses agree. Another street number is another address.
pub(crate) fn level(a: &AddressForm<'_>, b: &AddressForm<'_>) -> Level {
    if a.key == b.key || a.bag == b.bag {
        return Level::Exact;
    }
    if a.chinese != b.chinese {
        return Level::Missing;
    }
    if clash(a.city, b.city) || clash(a.district, b.district) {
        return Level::Different;
    }
    let similarity = if a.chinese {
        characters(a.follows(), b.follows(), a.set().fewest_edits(b.set()))
    } else {
        words((a.units, a.words), (b.units, b.words))
    };
    if a.chinese && similarity == 1000 && !a.follows().is_empty() {
        return Level::High;
    }
    match (a.number(), b.number()) {
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

fn clash(a: &[u16], b: &[u16]) -> bool {
    !a.is_empty() && !b.is_empty() && a != b
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Comparator;
    use crate::compare::tests::level_of;

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
            assert_eq!(level_of(Comparator::Address, a, b), expected, "{a} | {b}");
        }
    }
}
