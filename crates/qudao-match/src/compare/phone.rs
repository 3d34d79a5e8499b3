//! Phone numbers, by their digits.

use qudao_text::fold::to_half_width;
use qudao_text::parse_phone;

use crate::Level;

/// A phone number, ready to be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PhoneForm {
    /// The digits: calling code and national number where the plan tells, else as written without leading zeros.
    /// Behind a semicolon the extension.
    text: Box<str>,
}

impl PhoneForm {
    /// None for less than five digits, or for a stand-in of one digit.
    pub(crate) fn of(text: &str, region: &str) -> Option<Self> {
        if !region.is_empty()
            && let Ok(phone) = parse_phone(text, region)
        {
            let digits = phone.e164.trim_start_matches('+');
            let text = match &phone.extension {
                Some(extension) => format!("{digits};{extension}").into(),
                None => digits.into(),
            };
            return Some(Self { text });
        }
        let plain = to_half_width(text);
        let digits: String = plain.chars().filter(char::is_ascii_digit).take(20).collect();
        let digits = digits.trim_start_matches('0');
        let varied = digits.bytes().skip(1).any(|b| Some(b) != digits.bytes().next());
        (digits.len() >= 5 && varied).then(|| Self { text: digits.into() })
    }

    /// The digits without an extension.
    pub(crate) fn digits(&self) -> &str {
        self.text.split_once(';').map_or(&self.text, |(digits, _)| digits)
    }

    fn extension(&self) -> Option<&str> {
        self.text.split_once(';').map(|(_, extension)| extension)
    }

    /// The last seven digits: what people keep when they leave out codes.
    pub(crate) fn tail(&self) -> &str {
        let digits = self.digits();
        digits.get(digits.len().saturating_sub(7)..).unwrap_or(digits)
    }
}

/// How much two numbers agree: the same; one with, one without its calling code; without its area code; one digit off.
pub(crate) fn level(a: &PhoneForm, b: &PhoneForm) -> Level {
    let extensions = (a.extension(), b.extension());
    let (a, b) = (a.digits(), b.digits());
    if a == b {
        return match extensions {
            (Some(x), Some(y)) if x != y => Level::High,
            _ => Level::Exact,
        };
    }
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if long.ends_with(short) {
        return match short.len() {
            9.. => Level::High,
            7.. => Level::Medium,
            _ => Level::Low,
        };
    }
    if short.len() == long.len() && short.len() >= 7 && one_slip(a, b) {
        return Level::Low;
    }
    Level::Different
}

/// One digit replaced, or two neighbours swapped, in numbers of one length.
fn one_slip(a: &str, b: &str) -> bool {
    let mut differing = a.bytes().zip(b.bytes()).enumerate().filter(|(_, (x, y))| x != y);
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
            let (x, y) = (PhoneForm::of(a, region).unwrap(), PhoneForm::of(b, region).unwrap());
            assert_eq!(level(&x, &y), expected, "{a} | {b}");
            assert_eq!(level(&y, &x), expected, "{b} | {a}");
        }
        assert_eq!(PhoneForm::of("00000000", ""), None);
        assert_eq!(PhoneForm::of("11111111", ""), None);
        assert_eq!(PhoneForm::of("n/a", "CN"), None);
    }
}
