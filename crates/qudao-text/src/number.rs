//! Amounts as people type them, read into exact decimals.

use rust_decimal::Decimal;

use crate::Normalised;
use crate::fold::{half_width, is_invisible};
use crate::issue::{IssueKind, NormaliseIssue, bounded};
use crate::numeral;

/// How to read numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NumberOptions {
    /// `1.234,56`: a comma before the decimals, a point between thousands.
    pub decimal_comma: bool,
}

/// The currency written beside an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CurrencyMark {
    /// An unambiguous ISO 4217 code.
    Code(&'static str),
    /// A sign that several currencies share, with their codes: the likeliest first.
    Shared(&'static [&'static str]),
}

impl CurrencyMark {
    /// The narrower of two marks beside one amount, as in 人民币 … 元; `None` where they contradict each other.
    fn narrowed(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Code(a), Self::Code(b)) => (a == b).then_some(self),
            (Self::Code(code), shared) | (shared, Self::Code(code)) => {
                shared.allows(code).then_some(Self::Code(code))
            }
            (Self::Shared(a), Self::Shared(b)) => {
                let common = a.iter().find(|code| b.contains(code))?;
                Some(Self::Code(common))
            }
        }
    }

    /// Whether an amount with this mark may be in the given currency.
    #[must_use]
    pub fn allows(self, code: &str) -> bool {
        match self {
            Self::Code(c) => c == code,
            Self::Shared(codes) => codes.contains(&code),
        }
    }
}

/// A number, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedNumber {
    /// The exact value; units (万, k) and the percent sign are worked in.
    pub value: Decimal,
    /// The currency written beside it, if any.
    pub currency: Option<CurrencyMark>,
    /// Whether a percent sign was written: `20%` is 0.2.
    pub percent: bool,
}

const DOLLARS: &[&str] = &["USD", "AUD", "CAD", "HKD", "MXN", "NZD", "SGD", "TWD"];
const YUANS: &[&str] = &["CNY", "TWD", "HKD", "MOP"];

/// Signs and words, the longer before the shorter.
const MARKS: &[(&str, CurrencyMark)] = &[
    ("us$", CurrencyMark::Code("USD")),
    ("hk$", CurrencyMark::Code("HKD")),
    ("nt$", CurrencyMark::Code("TWD")),
    ("a$", CurrencyMark::Code("AUD")),
    ("c$", CurrencyMark::Code("CAD")),
    ("s$", CurrencyMark::Code("SGD")),
    ("人民币", CurrencyMark::Code("CNY")),
    ("人民幣", CurrencyMark::Code("CNY")),
    ("新台币", CurrencyMark::Code("TWD")),
    ("新臺幣", CurrencyMark::Code("TWD")),
    ("美元", CurrencyMark::Code("USD")),
    ("美金", CurrencyMark::Code("USD")),
    ("欧元", CurrencyMark::Code("EUR")),
    ("歐元", CurrencyMark::Code("EUR")),
    ("英镑", CurrencyMark::Code("GBP")),
    ("英鎊", CurrencyMark::Code("GBP")),
    ("日元", CurrencyMark::Code("JPY")),
    ("日圆", CurrencyMark::Code("JPY")),
    ("港元", CurrencyMark::Code("HKD")),
    ("港币", CurrencyMark::Code("HKD")),
    ("港幣", CurrencyMark::Code("HKD")),
    ("元", CurrencyMark::Shared(YUANS)),
    ("圆", CurrencyMark::Shared(YUANS)),
    ("圓", CurrencyMark::Shared(YUANS)),
    ("円", CurrencyMark::Code("JPY")),
    ("원", CurrencyMark::Code("KRW")),
    ("rmb", CurrencyMark::Code("CNY")),
    ("¥", CurrencyMark::Shared(&["CNY", "JPY"])),
    ("$", CurrencyMark::Shared(DOLLARS)),
    ("€", CurrencyMark::Code("EUR")),
    ("£", CurrencyMark::Shared(&["GBP", "EGP"])),
    ("₩", CurrencyMark::Code("KRW")),
    ("₹", CurrencyMark::Code("INR")),
    ("₽", CurrencyMark::Code("RUB")),
    ("฿", CurrencyMark::Code("THB")),
    ("₫", CurrencyMark::Code("VND")),
    ("₱", CurrencyMark::Code("PHP")),
    ("₺", CurrencyMark::Code("TRY")),
    ("₪", CurrencyMark::Code("ILS")),
    ("₴", CurrencyMark::Code("UAH")),
];

/// ISO 4217 codes in use, read beside an amount in any case.
const CODES: &[&str] = &[
    "AED", "ARS", "AUD", "BDT", "BGN", "BHD", "BRL", "CAD", "CHF", "CLP", "CNH", "CNY", "COP", "CZK", "DKK",
    "EGP", "EUR", "GBP", "HKD", "HUF", "IDR", "ILS", "INR", "JPY", "KES", "KRW", "KWD", "KZT", "LKR", "MAD",
    "MOP", "MXN", "MYR", "NGN", "NOK", "NZD", "OMR", "PEN", "PHP", "PKR", "PLN", "QAR", "RON", "RUB", "SAR",
    "SEK", "SGD", "THB", "TRY", "TWD", "UAH", "USD", "VND", "ZAR",
];

/// Units, the longer before the shorter, as powers of ten.
const UNITS: &[(&str, u32)] = &[
    ("万亿", 12),
    ("萬億", 12),
    ("千万", 7),
    ("千萬", 7),
    ("百万", 6),
    ("百萬", 6),
    ("亿", 8),
    ("億", 8),
    ("万", 4),
    ("萬", 4),
    ("千", 3),
    ("million", 6),
    ("billion", 9),
    ("thousand", 3),
    ("mio.", 6),
    ("mio", 6),
    ("mrd.", 9),
    ("mrd", 9),
    ("mln", 6),
    ("mn", 6),
    ("bn", 9),
    ("k", 3),
    ("w", 4),
    ("m", 6),
    ("b", 9),
];

/// Reads a number: full-width digits, thousands separators (`,`, space, `'`, `_`; groups of three, or the Indian
/// groups of two), currency signs and codes before or after, 千 万 亿 k m bn, several units (1亿2000万), Chinese numerals
/// (一百二十万, 壹佰万元整), 角 and 分, a percent sign, negative by a sign before or after or by parentheses, exponents.
/// Nothing is rounded.
///
/// # Errors
/// `number.unrecognised`, `number.not_finite` (NaN, infinity, spreadsheet errors), `number.overflow`,
/// `number.precision`, `number.grouping` (`1,23` where a comma parts thousands), `text.empty`, `text.too_long`.
///
/// ```
/// use qudao_text::{parse_number, NumberOptions};
/// let read = |s| parse_number(s, &NumberOptions::default()).map(|n| n.value.to_string());
/// assert_eq!(read("￥１，２３４．５０")?, "1234.50");
/// assert_eq!(read("1.5万")?, "15000");
/// assert_eq!(read("1亿2000万")?, "120000000");
/// assert_eq!(read("人民币叁拾万元整")?, "300000");
/// assert_eq!(read("($2,000)")?, "-2000");
/// # Ok::<(), qudao_text::NormaliseIssue>(())
/// ```
pub fn parse_number(input: &str, options: &NumberOptions) -> Result<ParsedNumber, NormaliseIssue> {
    let text: String = bounded(input)?
        .chars()
        .filter(|c| !is_invisible(*c))
        .map(|c| match half_width(c) {
            '−' | '–' | '—' | '－' => '-',
            '’' | '‘' => '\'',
            c if c.is_whitespace() => ' ',
            c => c.to_ascii_lowercase(),
        })
        .collect();
    let text = text.trim();
    if is_not_finite(text) {
        return Err(IssueKind::NumberNotFinite.into());
    }
    let mut rest = text;
    let mut negative = false;
    let mut currency = None;
    let mut percent = false;
    let mut unit = 0_u32;
    if let Some(inner) = rest.strip_prefix('(').and_then(|r| r.strip_suffix(')')) {
        negative = true;
        rest = inner.trim();
    }
    let parenthesised = negative;
    let mut signed = false;
    // Signs and currency marks may come in either order: -$5, $-5, 5-, CNY -5.
    loop {
        let before = rest;
        if !signed && let Some(after) = rest.strip_prefix(['+', '-']) {
            if parenthesised {
                return Err(IssueKind::NumberUnrecognised.into());
            }
            negative = rest.starts_with('-');
            signed = true;
            rest = after.trim_start();
        }
        if currency.is_none()
            && let Some((mark, after)) = leading_mark(rest)
        {
            currency = Some(mark);
            rest = after.trim_start();
        }
        if rest == before {
            break;
        }
    }
    if let Some(before) =
        rest.strip_suffix(['整', '正']).filter(|b| b.ends_with(['元', '圆', '圓', '角', '分']))
    {
        rest = before;
    }
    let (whole, cents) = split_cents(rest)?;
    rest = whole;
    if let Some((mark, before)) = trailing_mark(rest) {
        currency = match currency {
            None => Some(mark),
            // 人民币 … 元: both say the same; CNY … USD do not.
            Some(leading) => Some(
                leading.narrowed(mark).ok_or_else(|| NormaliseIssue::new(IssueKind::NumberUnrecognised))?,
            ),
        };
        rest = before.trim_end();
    }
    if let Some(before) = rest.strip_suffix('%') {
        percent = true;
        rest = before.trim_end();
    } else if let Some(after) = rest.strip_prefix("百分之") {
        percent = true;
        rest = after.trim_start();
    } else if let Some((power, before)) = trailing_unit(rest).filter(|(_, b)| !numeral::has_numeral(b)) {
        unit = power;
        rest = before.trim_end();
    }
    if !signed
        && !parenthesised
        && let Some(before) = rest.strip_suffix('-')
    {
        negative = true;
        rest = before.trim_end();
    }
    let mut value = if numeral::has_numeral(rest) {
        let run = |run: &str| digits(run, options.decimal_comma).ok();
        numeral::read(rest, run).ok_or_else(|| NormaliseIssue::new(IssueKind::NumberUnrecognised))?
    } else {
        digits(rest, options.decimal_comma)?
    };
    if let Some(cents) = cents {
        if unit > 0 || percent || !value.fract().is_zero() {
            return Err(IssueKind::NumberUnrecognised.into());
        }
        value = value.checked_add(cents).ok_or_else(overflow)?;
    }
    if unit > 0 {
        let factor = Decimal::from_i128_with_scale(10_i128.saturating_pow(unit), 0);
        value = value.checked_mul(factor).ok_or_else(overflow)?.normalize();
    }
    if percent {
        value = value.checked_mul(Decimal::new(1, 2)).ok_or_else(overflow)?.normalize();
    }
    if negative && !value.is_zero() {
        value.set_sign_negative(true);
    }
    Ok(ParsedNumber { value, currency, percent })
}

/// Normalises a number to plain digits with a point before the decimals; the currency mark goes.
///
/// # Errors
/// As [`parse_number`].
pub fn normalise_number(input: &str, options: &NumberOptions) -> Result<Normalised, NormaliseIssue> {
    let number = parse_number(input, options)?;
    let plain = number.value.to_string();
    let value = if options.decimal_comma { plain.replace('.', ",") } else { plain };
    Ok(Normalised::formatted(input, value))
}

fn overflow() -> NormaliseIssue {
    NormaliseIssue::new(IssueKind::NumberOverflow).with("max", Decimal::MAX)
}

fn is_not_finite(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    matches!(unsigned, "nan" | "inf" | "infinity" | "∞" | "1.#inf" | "1.#ind" | "1.#qnan")
        || matches!(
            text,
            "#div/0!"
                | "#n/a"
                | "#name?"
                | "#null!"
                | "#num!"
                | "#ref!"
                | "#value!"
                | "#spill!"
                | "#calc!"
                | "####"
        )
}

fn leading_mark(text: &str) -> Option<(CurrencyMark, &str)> {
    for (sign, mark) in MARKS {
        if let Some(rest) = text.strip_prefix(sign) {
            return Some((*mark, rest));
        }
    }
    let head = text.get(..3)?;
    let code = CODES.iter().find(|c| c.eq_ignore_ascii_case(head))?;
    let rest = text.get(3..)?;
    rest.starts_with(|c: char| !c.is_alphabetic()).then_some((CurrencyMark::Code(code), rest))
}

fn trailing_mark(text: &str) -> Option<(CurrencyMark, &str)> {
    for (sign, mark) in MARKS {
        if let Some(rest) = text.strip_suffix(sign) {
            return Some((*mark, rest));
        }
    }
    let at = text.len().checked_sub(3)?;
    let code = CODES.iter().find(|c| text.get(at..).is_some_and(|tail| c.eq_ignore_ascii_case(tail)))?;
    text.get(..at).map(|rest| (CurrencyMark::Code(code), rest))
}

/// 五角陆分 behind the yuan: what stands before them with its 元, and their value.
fn split_cents(text: &str) -> Result<(&str, Option<Decimal>), NormaliseIssue> {
    let Some((yuan, cents)) = text.rsplit_once(['元', '圆', '圓']).filter(|(_, c)| c.ends_with(['角', '分']))
    else {
        return Ok((text, None));
    };
    let unrecognised = || NormaliseIssue::new(IssueKind::NumberUnrecognised);
    let count = |word: &str| {
        let value = numeral::read(word, |run| run.parse().ok()).filter(|d| *d < Decimal::TEN);
        value.filter(|d| d.fract().is_zero()).ok_or_else(unrecognised)
    };
    let cents = cents.trim_start_matches(['零', '〇', ' ']);
    let (tenths, rest) = match cents.split_once('角') {
        Some((word, rest)) => (count(word)?, rest.trim()),
        None => (Decimal::ZERO, cents),
    };
    let hundredths = match rest.strip_suffix('分') {
        Some(word) => count(word)?,
        None if rest.is_empty() => Decimal::ZERO,
        None => return Err(unrecognised()),
    };
    let value = tenths.checked_mul(Decimal::new(1, 1)).zip(hundredths.checked_mul(Decimal::new(1, 2)));
    let value = value.and_then(|(t, h)| t.checked_add(h)).map(|v| v.normalize()).ok_or_else(unrecognised)?;
    // The 元 stays, so that it is read as any other mark.
    let end = yuan.len().saturating_add('元'.len_utf8());
    Ok((text.get(..end).unwrap_or(yuan), Some(value)))
}

fn trailing_unit(text: &str) -> Option<(u32, &str)> {
    UNITS.iter().find_map(|(word, power)| {
        let rest = text.strip_suffix(word)?;
        rest.trim_end().ends_with(|c: char| c.is_ascii_digit() || c == '.').then_some((*power, rest))
    })
}

/// Digits, separators, decimals and an exponent.
fn digits(text: &str, decimal_comma: bool) -> Result<Decimal, NormaliseIssue> {
    let point = if decimal_comma { ',' } else { '.' };
    let (mantissa, exponent) = match text.split_once('e') {
        Some((m, e)) => (m, Some(e)),
        None => (text, None),
    };
    let (whole, decimals) = match mantissa.split_once(point) {
        Some((w, d)) => (w, d),
        None => (mantissa, ""),
    };
    if !decimals.bytes().all(|b| b.is_ascii_digit()) || (whole.is_empty() && decimals.is_empty()) {
        return Err(IssueKind::NumberUnrecognised.into());
    }
    let whole = ungroup(whole, decimal_comma)?;
    // Zeros at the ends carry no precision, but decimals as written are kept: 1.10 stays 1.10.
    let plain = whole.trim_start_matches('0');
    let largest = "79228162514264337593543950335";
    if plain.len() > largest.len() || (plain.len() == largest.len() && plain > largest) {
        return Err(overflow());
    }
    let literal = format!("{}.{decimals}", if plain.is_empty() { "0" } else { plain });
    let literal = literal.strip_suffix('.').unwrap_or(&literal);
    let value = exact(literal)?;
    match exponent {
        None => Ok(value),
        Some(e) => scale(value, e),
    }
}

fn exact(literal: &str) -> Result<Decimal, NormaliseIssue> {
    use rust_decimal::Error;
    let trimmed = if literal.contains('.') && literal.len() > 29 {
        literal.trim_end_matches('0').trim_end_matches('.')
    } else {
        literal
    };
    Decimal::from_str_exact(trimmed).map_err(|error| match error {
        Error::ExceedsMaximumPossibleValue => overflow(),
        _ => NormaliseIssue::new(IssueKind::NumberPrecision).with("digits", 28),
    })
}

/// value × 10^exponent, exactly.
fn scale(value: Decimal, exponent: &str) -> Result<Decimal, NormaliseIssue> {
    let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if unsigned.is_empty() || !unsigned.bytes().all(|b| b.is_ascii_digit()) {
        return Err(IssueKind::NumberUnrecognised.into());
    }
    if value.is_zero() {
        return Ok(Decimal::ZERO);
    }
    let power: u32 =
        unsigned.trim_start_matches('0').parse().unwrap_or(if unsigned.len() > 9 { 999 } else { 0 });
    if exponent.starts_with('-') {
        let value = value.normalize();
        let scale = value.scale().saturating_add(power);
        if scale > 28 {
            return Err(NormaliseIssue::new(IssueKind::NumberPrecision).with("digits", 28));
        }
        let mut scaled = value;
        return scaled
            .set_scale(scale)
            .map(|()| scaled)
            .map_err(|_| NormaliseIssue::new(IssueKind::NumberPrecision).with("digits", 28));
    }
    let mut scaled = value.normalize();
    for _ in 0..power.min(64) {
        scaled = scaled.checked_mul(Decimal::TEN).ok_or_else(overflow)?;
    }
    if power > 64 { Err(overflow()) } else { Ok(scaled.normalize()) }
}

/// Takes thousands separators out of the whole part, when they part groups.
fn ungroup(whole: &str, decimal_comma: bool) -> Result<String, NormaliseIssue> {
    if whole.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(whole.to_owned());
    }
    let thousands = if decimal_comma { '.' } else { ',' };
    let separator = whole.chars().find(|c| !c.is_ascii_digit());
    let Some(separator) = separator.filter(|c| *c == thousands || matches!(c, ' ' | '\'' | '_')) else {
        return Err(IssueKind::NumberUnrecognised.into());
    };
    let groups: Vec<&str> = whole.split(separator).collect();
    if groups.iter().any(|g| !g.bytes().all(|b| b.is_ascii_digit())) {
        return Err(IssueKind::NumberUnrecognised.into());
    }
    let lengths: Vec<usize> = groups.iter().map(|g| g.len()).collect();
    let well_formed = match lengths.as_slice() {
        [first, middle @ .., 3] => {
            (1..=3).contains(first) && middle.iter().all(|n| *n == 3)
                || (1..=2).contains(first) && !middle.is_empty() && middle.iter().all(|n| *n == 2)
        }
        _ => false,
    };
    if well_formed { Ok(groups.concat()) } else { Err(IssueKind::NumberGrouping.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(s: &str) -> Result<String, &'static str> {
        parse_number(s, &NumberOptions::default()).map(|n| n.value.to_string()).map_err(|e| e.code())
    }

    #[test]
    fn reads() {
        for (input, expected) in [
            ("0", "0"),
            ("12", "12"),
            ("-12.5", "-12.5"),
            ("+7", "7"),
            ("1.10", "1.10"),
            ("007", "7"),
            (".5", "0.5"),
            ("5.", "5"),
            ("1,234", "1234"),
            ("1,234,567.89", "1234567.89"),
            ("12,34,567", "1234567"),
            ("1 234 567", "1234567"),
            ("1'234.50", "1234.50"),
            ("1_000", "1000"),
            ("１，２３４．５０", "1234.50"),
            ("￥1,000", "1000"),
            ("¥ 1,000.00", "1000.00"),
            ("$5", "5"),
            ("-$5", "-5"),
            ("$-5", "-5"),
            ("($2,000)", "-2000"),
            ("(2,000.00)", "-2000.00"),
            ("100-", "-100"),
            ("€12.50", "12.50"),
            ("12.50 EUR", "12.50"),
            ("CNY 100", "100"),
            ("cny100", "100"),
            ("RMB100", "100"),
            ("100元", "100"),
            ("100万元", "1000000"),
            ("1.5万", "15000"),
            ("1.25億", "125000000"),
            ("3亿", "300000000"),
            ("2万亿", "2000000000000"),
            ("5千", "5000"),
            ("10k", "10000"),
            ("1.5M", "1500000"),
            ("2 bn", "2000000000"),
            ("20%", "0.2"),
            ("12.5 %", "0.125"),
            ("1e5", "100000"),
            ("1.23E+05", "123000"),
            ("1.5e-3", "0.0015"),
            ("-0", "0"),
            ("−5", "-5"),
            ("79228162514264337593543950335", "79228162514264337593543950335"),
            ("0.0000000000000000000000000001", "0.0000000000000000000000000001"),
            ("1124741.15", "1124741.15"),
            ("一百", "100"),
            ("人民币100元", "100"),
            ("壹佰万元整", "1000000"),
            ("5元零5分", "5.05"),
            ("1亿2000万", "120000000"),
            ("-三万五", "-35000"),
            ("2 Mrd. EUR", "2000000000"),
        ] {
            assert_eq!(read(input), Ok(expected.to_owned()), "{input:?}");
        }
    }

    #[test]
    fn refuses() {
        for (input, code) in [
            ("", "text.empty"),
            ("abc", "number.unrecognised"),
            ("-", "number.unrecognised"),
            ("$", "number.unrecognised"),
            ("1.2.3", "number.unrecognised"),
            ("1..2", "number.unrecognised"),
            ("--5", "number.unrecognised"),
            ("(-5)", "number.unrecognised"),
            ("1,23", "number.grouping"),
            ("1,2345", "number.grouping"),
            (",123", "number.grouping"),
            ("1,,234", "number.grouping"),
            ("1234,567", "number.grouping"),
            ("12 abc", "number.unrecognised"),
            ("½", "number.unrecognised"),
            ("10²", "number.unrecognised"),
            ("一百x", "number.unrecognised"),
            ("二〇二四", "number.unrecognised"),
            ("CNY 5 USD", "number.unrecognised"),
            ("5.5元5角", "number.unrecognised"),
            ("5元角", "number.unrecognised"),
            ("5元15角", "number.unrecognised"),
            ("NaN", "number.not_finite"),
            ("inf", "number.not_finite"),
            ("-Infinity", "number.not_finite"),
            ("∞", "number.not_finite"),
            ("#DIV/0!", "number.not_finite"),
            ("#N/A", "number.not_finite"),
            ("79228162514264337593543950336", "number.overflow"),
            ("1e29", "number.overflow"),
            ("1e999999999999", "number.overflow"),
            ("99999999999999999999999万亿", "number.overflow"),
            ("1e-29", "number.precision"),
            ("0.00000000000000000000000000001", "number.precision"),
            ("1e", "number.unrecognised"),
        ] {
            assert_eq!(read(input), Err(code), "{input:?}");
        }
        assert_eq!(read(&"9".repeat(1_000_000)), Err("text.too_long"));
        assert_eq!(read(&"9".repeat(4_000)), Err("number.overflow"));
    }

    #[test]
    fn decimal_comma() {
        let read = |s: &str| {
            parse_number(s, &NumberOptions { decimal_comma: true })
                .map(|n| n.value.to_string())
                .map_err(|e| e.code())
        };
        for (input, expected) in [
            ("1.234,56", Ok("1234.56")),
            ("1.234", Ok("1234")),
            ("12,5", Ok("12.5")),
            ("1 234,5 €", Ok("1234.5")),
            ("1,234.56", Err("number.unrecognised")),
            ("12.5", Err("number.grouping")),
        ] {
            assert_eq!(read(input), expected.map(str::to_owned), "{input:?}");
        }
        let n = normalise_number("1.234,56", &NumberOptions { decimal_comma: true }).unwrap();
        assert_eq!(n.value, "1234,56");
    }

    #[test]
    fn currencies() {
        let currency = |s: &str| parse_number(s, &NumberOptions::default()).unwrap().currency;
        for (input, code) in [
            ("100 RMB", "CNY"),
            ("€5", "EUR"),
            ("US$5", "USD"),
            ("HK$ 5", "HKD"),
            ("5美元", "USD"),
            ("5 chf", "CHF"),
        ] {
            assert_eq!(currency(input), Some(CurrencyMark::Code(code)), "{input:?}");
        }
        assert!(currency("¥5").unwrap().allows("CNY") && currency("￥5").unwrap().allows("JPY"));
        assert!(currency("$5").unwrap().allows("USD") && !currency("$5").unwrap().allows("CNY"));
        assert!(currency("100万元").unwrap().allows("CNY"));
        assert_eq!(currency("5"), None);
        assert!(parse_number("20%", &NumberOptions::default()).unwrap().percent);
    }
}
