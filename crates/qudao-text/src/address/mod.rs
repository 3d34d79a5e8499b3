//! Addresses: the Chinese divisions at the beginning, missing levels filled in; Western ones word by word.

mod divisions;
mod words;

use serde::{Deserialize, Serialize};

use crate::MAX_INPUT;
use crate::Normalised;
use crate::fold::{display, fold, fold_tokens, is_han};
use crate::region::{self, Level, Region};

/// An address.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Address {
    /// The whole address, folded.
    pub folded: String,
    /// Its words; street words in short form, Chinese without divisions as one word.
    pub tokens: Vec<String>,
    /// The province, short name: 广东.
    pub province: Option<String>,
    /// The prefecture, short name: 深圳. A municipality (北京) is its own.
    pub city: Option<String>,
    /// The district or county, full name: 南山区.
    pub district: Option<String>,
    /// The code of GB/T 2260 of the smallest division found. None where a name stands for several.
    pub division: Option<String>,
    /// What follows the divisions: street, number, building.
    pub rest: String,
    /// The postal code of a Chinese address, where one stands before or behind it.
    pub postcode: Option<String>,
}

/// Takes an address apart: the Chinese province, city and district at its beginning, missing upper levels
/// completed from the tables (GB/T 2260). A district of a name that several cities have (朝阳区) is kept by its name
/// alone. A label (`地址：`), the country and the postal code are left out. The words of other addresses are brought to the
/// short forms of USPS Publication 28. An address of more than 4,096 bytes is folded only.
///
/// ```
/// let a = qudao_text::parse_address("深圳南山区科技园路1号");
/// assert_eq!(a.province.as_deref(), Some("广东"));
/// assert_eq!(a.city.as_deref(), Some("深圳"));
/// assert_eq!(a.district.as_deref(), Some("南山区"));
/// assert_eq!(a.rest, "科技园路1号");
/// let a = qudao_text::parse_address("350 Fifth Avenue, Suite 5");
/// assert_eq!(a.tokens.join(" "), "350 5th ave ste 5");
/// ```
#[must_use]
pub fn parse_address(input: &str) -> Address {
    let folded = fold(input);
    let mut out = Address::default();
    if folded.len() > MAX_INPUT {
        out.rest.clone_from(&folded);
        out.folded = folded;
        return out;
    }
    if folded.chars().any(is_han) {
        chinese(&folded, &mut out);
        let rest = fold_tokens(&out.rest);
        out.tokens.reserve_exact(rest.len().saturating_add(3));
        out.tokens.extend([&out.province, &out.city, &out.district].into_iter().flatten().cloned());
        out.tokens.dedup();
        out.tokens.extend(rest);
    } else {
        out.rest.clone_from(&folded);
        out.tokens = words::western(&folded);
    }
    out.folded = folded;
    out
}

/// Cleans an address for display: width and spaces.
#[must_use]
pub fn normalise_address(input: &str) -> Normalised {
    Normalised::new(input, display(input))
}

/// Completes a Chinese address: province, city and district by their full names, missing upper levels filled in, the
/// rest as written. What is not certain (南山区 without its city) is not filled in; other addresses are cleaned as by
/// [`normalise_address`]. Idempotent.
///
/// ```
/// use qudao_text::complete_address;
/// assert_eq!(complete_address("深圳南山区科技园路1号").value, "广东省深圳市南山区科技园路1号");
/// assert_eq!(complete_address("朝阳区建国路88号").value, "朝阳区建国路88号");
/// assert_eq!(complete_address("1 Main  Street").value, "1 Main Street");
/// ```
#[must_use]
pub fn complete_address(input: &str) -> Normalised {
    let clean = display(input);
    if clean.len() > MAX_INPUT {
        return Normalised::new(input, clean);
    }
    // Where the completed address would read otherwise, the address stays as it is.
    let full =
        completed(&clean).filter(|full| full.len() <= MAX_INPUT && completed(full).as_ref() == Some(full));
    Normalised::formatted(input, full.unwrap_or(clean))
}

fn completed(clean: &str) -> Option<String> {
    let found = divisions::split(clean);
    let smallest = found.region.filter(|_| found.shared.is_none())?;
    let (province, city) = above(smallest);
    let mut names: Vec<&str> = [province, city].into_iter().flatten().map(|r| r.name).collect();
    if names.last() != Some(&smallest.name) {
        names.push(smallest.name);
    }
    names.dedup();
    Some(names.concat() + found.rest.trim())
}

/// The province and the prefecture of a division, itself included.
fn above(region: &'static Region) -> (Option<&'static Region>, Option<&'static Region>) {
    let at = |digits: usize, zeros: &str| {
        region.code.get(..digits).and_then(|head| region::by_code(&format!("{head}{zeros}")))
    };
    let city = match region.level {
        Level::City => Some(region),
        Level::District => at(4, "00").filter(|r| r.level == Level::City),
        _ => None,
    };
    (at(2, "0000").filter(|r| r.level == Level::Province), city)
}

fn chinese(folded: &str, out: &mut Address) {
    let (text, postcode) = divisions::without_surroundings(folded);
    let closed = divisions::closed_up(&text);
    let found = divisions::split(&closed);
    found.rest.trim().clone_into(&mut out.rest);
    out.postcode = postcode;
    out.district = found.shared.map(str::to_owned);
    let Some(smallest) = found.region else { return };
    out.division = Some(smallest.code.to_owned());
    let (province, city) = above(smallest);
    out.province = province.map(|p| p.short.to_owned());
    let municipality = province.is_some_and(|p| matches!(p.code, "110000" | "120000" | "310000" | "500000"));
    out.city = if municipality { out.province.clone() } else { city.map(|c| c.short.to_owned()) };
    if smallest.level == Level::District {
        out.district = Some(smallest.name.to_owned());
    }
}

#[cfg(test)]
mod tests;
