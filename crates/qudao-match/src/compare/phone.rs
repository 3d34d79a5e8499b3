//! Phone numbers, by their digits.

use qudao_text::fold::to_half_width;
use qudao_text::parse_phone;

use super::quick::{hash, units};
use crate::Level;
use crate::pack::{Reader, Writer};

/// A phone number, ready to be compared: calling code and national number where the plan tells, else as written without
/// leading zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PhoneForm<'a> {
    pub(crate) digits: &'a [u16],
    /// A hash of the extension; 0 for none.
    extension: u32,
}

impl<'a> PhoneForm<'a> {
    /// Lays down a number. Nothing, and false, for less than five digits, or for a stand-in of one digit.
    pub(crate) fn write(text: &str, region: &str, out: &mut Writer) -> bool {
        let Some((digits, extension)) = parse(text, region) else { return false };
        #[expect(clippy::cast_possible_truncation, reason = "a part of a hash")]
        let extension = extension.map_or(0, |e| hash(&units(&e)) as u32 | 1);
        out.u32(extension);
        out.text(&digits);
        true
    }

    #[inline]
    pub(crate) fn read(from: &mut Reader<'a>) -> Self {
        Self { extension: from.u32(), digits: from.run() }
    }

    /// The last seven digits: what people keep when they leave out codes.
    pub(crate) fn tail(&self) -> &'a [u16] {
        self.digits.get(self.digits.len().saturating_sub(7)..).unwrap_or(self.digits)
    }
}

/// Longer numbers are cut.
const MOST_DIGITS: usize = 20;

/// The digits and the extension.
pub(crate) fn parse(text: &str, region: &str) -> Option<(String, Option<String>)> {
    if !region.is_empty()
        && let Ok(phone) = parse_phone(text, region)
    {
        return Some((phone.e164.trim_start_matches('+').to_owned(), phone.extension));
    }
    let plain = to_half_width(text);
    let mut digits = String::with_capacity(MOST_DIGITS);
    digits.extend(plain.chars().filter(char::is_ascii_digit).take(MOST_DIGITS));
    let digits = digits.trim_start_matches('0');
    let varied = digits.bytes().skip(1).any(|b| Some(b) != digits.bytes().next());
    (digits.len() >= 5 && varied).then(|| (digits.to_owned(), None))
}

/// How much two numbers agree: the same; one with, one without its calling code; without its area code; one digit off.
pub(crate) fn level(a: &PhoneForm<'_>, b: &PhoneForm<'_>) -> Level {
    let extensions = (a.extension, b.extension);
    let (a, b) = (a.digits, b.digits);
    if a == b {
        return match extensions {
            (0, _) | (_, 0) => Level::Exact,
            (x, y) if x != y => Level::High,
            _ => Level::Exact,
        };
    }
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if short.len() == long.len() {
        return if short.len() >= 7 && one_slip(a, b) { Level::Low } else { Level::Different };
    }
    if long.ends_with(short) {
        return match short.len() {
            9.. => Level::High,
            7.. => Level::Medium,
            _ => Level::Low,
        };
    }
    Level::Different
}

/// One digit replaced, or two neighbours swapped, in numbers of one length.
fn one_slip(a: &[u16], b: &[u16]) -> bool {
    let mut differing = a.iter().zip(b).enumerate().filter(|(_, (x, y))| x != y);
    let (first, second, third) = (differing.next(), differing.next(), differing.next());
    match (first, second, third) {
        (Some(_), None, _) => true,
        (Some((i, (x, y))), Some((j, (p, q))), None) => j == i.saturating_add(1) && x == q && y == p,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (a, b, region, expected) in [
            ("310/246-1501", "(310) 246 1501", "", Level::Exact),
            ("+86 10 6552 9988", "010-65529988", "CN", Level::Exact),
            ("+86 10 6552 9988", "010-65529988", "", Level::High),
            ("０１０－６５５２９９８８", "010 65529988", "", Level::Exact),
            ("312-226-2649", "2262649", "", Level::Medium),
            ("310-246-1501", "310-246-1510", "", Level::Low),
            ("310-246-1501", "310-799-4444", "", Level::Different),
        ] {
            let of = |text: &str| {
                let mut writer = Writer::default();
                assert!(PhoneForm::write(text, region, &mut writer));
                writer.units
            };
            let (x, y) = (of(a), of(b));
            let (x, y) = (PhoneForm::read(&mut Reader(&x)), PhoneForm::read(&mut Reader(&y)));
            assert_eq!(level(&x, &y), expected, "{a} | {b}");
            assert_eq!(level(&y, &x), expected, "{b} | {a}");
        }
        assert_eq!(parse("00000000", ""), None);
        assert_eq!(parse("11111111", ""), None);
        assert_eq!(parse("n/a", "CN"), None);
    }
}
