//! Postal addresses: divisions, street, number.

use qudao_text::fold::is_han;
use qudao_text::{Address, fold_key, parse_address};

use super::quick::CharSet;
use super::text::{TextForm, Word, characters, words};
use crate::Level;

/// An address, ready to be compared.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AddressForm {
    /// Letters and digits.
    pub(crate) key: String,
    /// The words that are no numbers.
    pub(crate) words: Vec<String>,
    /// The numbers, in their order; the first is the street number.
    pub(crate) numbers: Vec<String>,
    /// The postal code, where it can be told.
    pub(crate) postcode: Option<String>,
    /// The divisions.
    pub(crate) address: Address,
    sorted: Vec<String>,
    compared: Vec<Word>,
    rest: Vec<char>,
    set: CharSet,
    chinese: bool,
}

impl AddressForm {
    pub(crate) fn of(text: &str) -> Option<Self> {
        let whole = TextForm::of(text)?;
        let address = parse_address(text);
        let chinese = address.folded.chars().any(is_han);
        let (mut words, mut numbers): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        if chinese {
            numbers = digit_runs(&address.rest);
            words.extend(address.tokens.iter().filter(|t| !is_number(t)).cloned());
        } else {
            for token in &address.tokens {
                if is_number(token) { numbers.push(token.clone()) } else { words.push(token.clone()) }
            }
        }
        words.truncate(24);
        numbers.truncate(8);
        let postcode = address
            .postcode
            .clone()
            .or_else(|| numbers.iter().rev().find(|n| matches!(n.len(), 5 | 6)).cloned());
        let mut sorted = address.tokens.clone();
        sorted.truncate(48);
        sorted.sort_unstable();
        let rest: Vec<char> = fold_key(&address.rest).chars().take(120).collect();
        let compared = Word::all(&words);
        let set = CharSet::of(rest.iter().copied());
        Some(Self { compared, set, key: whole.key, words, numbers, postcode, address, sorted, rest, chinese })
    }

    /// The street number.
    pub(crate) fn number(&self) -> Option<&str> {
        self.numbers.first().map(String::as_str)
    }
}

fn is_number(token: &str) -> bool {
    token.bytes().next().is_some_and(|b| b.is_ascii_digit())
}

fn digit_runs(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_ascii_digit()).filter(|t| !t.is_empty()).map(str::to_owned).collect()
}

/// How much two addresses agree. Another street number is another address.
pub(crate) fn level(a: &AddressForm, b: &AddressForm) -> Level {
    if a.key == b.key || a.sorted == b.sorted {
        return Level::Exact;
    }
    if a.chinese != b.chinese {
        return Level::Missing;
    }
    if clash(a.address.city.as_deref(), b.address.city.as_deref())
        || clash(a.address.district.as_deref(), b.address.district.as_deref())
    {
        return Level::Different;
    }
    let similarity = if a.chinese {
        characters(&a.rest, &b.rest, a.set.fewest_edits(b.set))
    } else {
        words(&a.compared, &b.compared)
    };
    if a.chinese && similarity == 1000 && !a.rest.is_empty() {
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
        ] {
            let (x, y) = (AddressForm::of(a).unwrap(), AddressForm::of(b).unwrap());
            assert_eq!(level(&x, &y), expected, "{a} | {b}");
            assert_eq!(level(&y, &x), expected, "{b} | {a}");
        }
    }
}
