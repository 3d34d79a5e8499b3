//! The forms that a text may have to have.

use std::sync::OnceLock;

use qudao_model::{LocalText, Locale, Param, Params, codes};
use qudao_text::{DateOptions, DateOrder, NormaliseIssue, NumberOptions};

use crate::scan::Automaton;

/// The codes of ISO 3166-1 alpha-2, two letters each.
const COUNTRIES: &str = "ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICKCLCMCNCOCRCUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHUIDIEILIMINIOIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZUAUGUMUSUYUZVAVCVEVGVIVNVUWFWSYEYTZAZMZW";

/// Postal codes by country: `9` stands for a digit, `A` for a letter. Source: the postal code fields of the
/// Unicode CLDR (`postalCodeData`, release 26, the last that carried them).
const POSTCODES: &[(&str, &[&str], &str)] = &[
    ("AU", &["9999"], "2000"),
    ("CA", &["A9A 9A9", "A9A9A9"], "K1A 0B1"),
    ("CH", &["9999"], "8001"),
    ("CN", &["999999"], "100084"),
    ("DE", &["99999"], "10115"),
    ("ES", &["99999"], "28001"),
    ("FR", &["99999"], "75001"),
    ("GB", &["A9 9AA", "A99 9AA", "AA9 9AA", "AA99 9AA", "A9A 9AA", "AA9A 9AA"], "SW1A 1AA"),
    ("ID", &["99999"], "10110"),
    ("IN", &["999999"], "110001"),
    ("IT", &["99999"], "00118"),
    ("JP", &["999-9999", "9999999"], "100-0001"),
    ("KR", &["99999", "999-999"], "03051"),
    ("MY", &["99999"], "50000"),
    ("NL", &["9999 AA", "9999AA"], "1011 AB"),
    ("PH", &["9999"], "1000"),
    ("RU", &["999999"], "101000"),
    ("SG", &["999999"], "018956"),
    ("TH", &["99999"], "10200"),
    ("TW", &["999", "99999", "999999"], "100"),
    ("US", &["99999", "99999-9999"], "10001"),
    ("VN", &["999999", "99999"], "100000"),
];

/// The names of the formats, for suggestions.
pub(crate) const NAMES: [&str; 11] = [
    "email",
    "phone(CN)",
    "uscc",
    "url",
    "domain",
    "date",
    "date(dmy)",
    "amount",
    "postcode(CN)",
    "currency",
    "country",
];

/// A form that a text may have to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Format {
    Email,
    /// The country of national numbers.
    Phone(String),
    Uscc,
    Url,
    Domain,
    /// The order of days written with digits alone, and whether a bare number is a spreadsheet's day count.
    Date {
        order: Option<DateOrder>,
        excel: bool,
    },
    Amount {
        decimal_comma: bool,
    },
    Postcode {
        region: &'static str,
        masks: &'static [&'static str],
        example: &'static str,
    },
    Currency,
    Country,
}

/// Why a declared format cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FormatFault {
    Unknown,
    UnknownRegion,
    FeatureOff(&'static str),
}

/// Splits `phone(CN)` into `phone` and `CN`.
pub(crate) fn split_argument(text: &str) -> (&str, Option<&str>) {
    let text = text.trim();
    match text.strip_suffix(')').and_then(|t| t.split_once('(')) {
        Some((name, argument)) => (name.trim(), Some(argument.trim())),
        None => (text, None),
    }
}

impl Format {
    /// Reads a declaration such as `phone(CN)`.
    pub(crate) fn parse(text: &str) -> Result<Self, FormatFault> {
        match split_argument(text) {
            ("email", None) => Ok(Self::Email),
            ("uscc", None) => Ok(Self::Uscc),
            ("url", None) => Ok(Self::Url),
            ("domain", None) => Ok(Self::Domain),
            ("date", None) => Ok(Self::Date { order: None, excel: false }),
            ("date", Some("ymd")) => Ok(Self::Date { order: Some(DateOrder::Ymd), excel: false }),
            ("date", Some("dmy")) => Ok(Self::Date { order: Some(DateOrder::Dmy), excel: false }),
            ("date", Some("mdy")) => Ok(Self::Date { order: Some(DateOrder::Mdy), excel: false }),
            ("date", Some("excel")) => Ok(Self::Date { order: None, excel: true }),
            ("amount", None) => Ok(Self::Amount { decimal_comma: false }),
            ("amount", Some("comma")) => Ok(Self::Amount { decimal_comma: true }),
            ("currency", None) => Ok(Self::Currency),
            ("country", None) => Ok(Self::Country),
            ("phone", Some(region)) => Self::phone(region),
            ("postcode", Some(region)) => POSTCODES
                .iter()
                .find(|(code, ..)| *code == region)
                .map(|(region, masks, example)| Self::Postcode { region, masks, example })
                .ok_or(FormatFault::UnknownRegion),
            _ => Err(FormatFault::Unknown),
        }
    }

    /// Whether the format may be named as a normaliser as well.
    pub(crate) fn is_normaliser(&self) -> bool {
        !matches!(self, Self::Postcode { .. } | Self::Currency | Self::Country)
    }

    fn phone(region: &str) -> Result<Self, FormatFault> {
        // A number written as in the country, valid there or not, tells a known region from an unknown one.
        match qudao_text::normalise_phone("2025550143", region).err().map(|issue| issue.code()) {
            Some("phone.region") => Err(FormatFault::UnknownRegion),
            Some("phone.unsupported") => Err(FormatFault::FeatureOff("phone-metadata")),
            _ => Ok(Self::Phone(region.to_owned())),
        }
    }

    /// The pattern of most texts of the form, where there is one.
    pub(crate) fn plain(&self) -> Option<&'static Automaton> {
        static EMAIL: OnceLock<Option<Automaton>> = OnceLock::new();
        static URL: OnceLock<Option<Automaton>> = OnceLock::new();
        match self {
            Self::Email => EMAIL.get_or_init(|| Automaton::of(PLAIN_EMAIL)).as_ref(),
            Self::Url => URL.get_or_init(|| Automaton::of(PLAIN_URL)).as_ref(),
            _ => None,
        }
    }

    /// Whether a text has a standard form, where that is told without making it.
    pub(crate) fn quick(&self, text: &str) -> Option<bool> {
        // What is half-width, trimmed and upper case is its own form.
        let is_settled = || {
            !text.is_empty()
                && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-')
        };
        match self {
            Self::Email | Self::Url => self.plain()?.accepts(text).then_some(true),
            Self::Date { .. } => iso_date(text).then_some(true),
            Self::Postcode { masks, .. } => is_settled().then(|| masks.iter().any(|mask| fits(mask, text))),
            Self::Currency => is_settled().then(|| qudao_model::is_currency(text)),
            Self::Country => is_settled().then(|| is_country(text)),
            _ => None,
        }
    }

    /// The standard form of a text, or why it has none.
    pub(crate) fn normalise(&self, text: &str) -> Result<String, LocalText> {
        let normalised = match self {
            Self::Email => qudao_text::normalise_email(text),
            Self::Phone(region) => qudao_text::normalise_phone(text, region),
            Self::Uscc => qudao_text::normalise_uscc(text),
            Self::Url => qudao_text::normalise_url(text),
            Self::Domain => qudao_text::normalise_domain(text),
            Self::Date { order, excel } => {
                let options = DateOptions { order: *order, excel_serial: *excel, ..DateOptions::default() };
                qudao_text::normalise_date(text, &options)
            }
            Self::Amount { decimal_comma } => {
                qudao_text::normalise_number(text, &NumberOptions { decimal_comma: *decimal_comma })
            }
            Self::Postcode { masks, .. } => {
                let code = upper(text);
                return if masks.iter().any(|mask| fits(mask, &code)) {
                    Ok(code)
                } else {
                    Err(LocalText::new("digits and letters do not stand as they should", "位数或字符不符"))
                };
            }
            Self::Currency => {
                let code = upper(text);
                return if qudao_model::is_currency(&code) {
                    Ok(code)
                } else {
                    Err(LocalText::new("not a code of ISO 4217", "不是 ISO 4217 代码"))
                };
            }
            Self::Country => {
                let code = upper(text);
                return if is_country(&code) {
                    Ok(code)
                } else {
                    Err(LocalText::new("not a code of ISO 3166", "不是 ISO 3166 代码"))
                };
            }
        };
        normalised.map(|n| n.value).map_err(|issue| self.reason(&issue))
    }

    /// The reason of a normaliser in both languages.
    fn reason(&self, issue: &NormaliseIssue) -> LocalText {
        let mut params: Params = issue
            .params()
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Param::from(value.as_str())))
            .collect();
        if let Self::Phone(region) = self {
            params.insert("region".to_owned(), Param::from(region.as_str()));
        }
        if codes::lookup(issue.code()).is_some() {
            // The field is named by the finding that this reason goes into.
            let text = |locale| {
                let text = codes::render(issue.code(), &params, &locale);
                text.trim_start_matches(['…', ':', '：', ' ']).to_owned()
            };
            LocalText::new(text(Locale::en()), text(Locale::zh()))
        } else {
            LocalText::from(issue.to_string().as_str())
        }
    }

    /// What the form is called.
    pub(crate) fn label(&self) -> LocalText {
        match self {
            Self::Email => LocalText::new("e-mail address", "邮箱地址"),
            Self::Phone(region) => {
                LocalText::new(format!("phone number ({region})"), format!("电话号码（{region}）"))
            }
            Self::Uscc => LocalText::new("unified social credit code", "统一社会信用代码"),
            Self::Url => LocalText::new("web address", "网址"),
            Self::Domain => LocalText::new("domain", "域名"),
            Self::Date { .. } => LocalText::new("date", "日期"),
            Self::Amount { .. } => LocalText::new("amount", "金额"),
            Self::Postcode { region, .. } => {
                LocalText::new(format!("postal code ({region})"), format!("邮政编码（{region}）"))
            }
            Self::Currency => LocalText::new("currency code", "币种代码"),
            Self::Country => LocalText::new("country code", "国家代码"),
        }
    }

    /// What to enter.
    pub(crate) fn advice(&self) -> LocalText {
        match self {
            Self::Email => {
                LocalText::new("enter one address with an @ and a domain", "请填写一个邮箱，包含 @ 和域名")
            }
            Self::Phone(region) => LocalText::new(
                format!(
                    "enter one number of {region} with its area code, or a number that begins with + and the country code"
                ),
                format!("请填写一个 {region} 号码（含区号），或以 + 和国家代码开头的号码"),
            ),
            Self::Uscc => LocalText::new(
                "enter the 18 characters of the business licence, check character included",
                "请填写营业执照上的 18 位代码（含校验位）",
            ),
            Self::Url => {
                LocalText::new("enter an address that begins with https://", "请填写以 https:// 开头的网址")
            }
            Self::Domain => LocalText::new(
                "enter the domain of the website or of the e-mail address",
                "请填写网站或邮箱的域名",
            ),
            Self::Date { .. } => {
                LocalText::new("enter year, month and day as 2024-03-05", "请按 2024-03-05 填写年月日")
            }
            Self::Amount { .. } => LocalText::new(
                "enter one number, such as 15000 or 1.5万",
                "请填写一个数字，如 15000 或 1.5万",
            ),
            Self::Postcode { .. } => {
                LocalText::new("enter the postal code of the address", "请填写地址对应的邮政编码")
            }
            Self::Currency => {
                LocalText::new("enter the three letters of ISO 4217", "请填写 ISO 4217 三位字母代码")
            }
            Self::Country => {
                LocalText::new("enter the two letters of ISO 3166", "请填写 ISO 3166 两位字母代码")
            }
        }
    }

    /// A text of this form.
    pub(crate) fn example(&self) -> &str {
        match self {
            Self::Email => "name@example.com",
            Self::Phone(region) if region == "CN" => "010-62782266",
            Self::Phone(_) => "+8601062782266",
            Self::Uscc => "91350100M000100Y43",
            Self::Url => "https://www.example.com",
            Self::Domain => "example.com",
            Self::Date { .. } => "2024-03-05",
            Self::Amount { decimal_comma: false } => "15000.50",
            Self::Amount { decimal_comma: true } => "15000,50",
            Self::Postcode { example, .. } => example,
            Self::Currency => "CNY",
            Self::Country => "CN",
        }
    }
}

/// Half-width, trimmed, upper case.
fn upper(text: &str) -> String {
    qudao_text::normalise_text(text.get(..200).unwrap_or(text)).value.to_uppercase()
}

fn fits(mask: &str, code: &str) -> bool {
    mask.chars().count() == code.chars().count()
        && mask.chars().zip(code.chars()).all(|(m, c)| match m {
            '9' => c.is_ascii_digit(),
            'A' => c.is_ascii_uppercase(),
            other => c == other,
        })
}

fn is_country(code: &str) -> bool {
    let [first @ b'A'..=b'Z', second @ b'A'..=b'Z'] = code.as_bytes() else { return false };
    BY_LETTER.get(usize::from(first - b'A')).is_some_and(|bits| bits >> (second - b'A') & 1 == 1)
}

/// By the first letter of a country's code, a bit for the second one.
const BY_LETTER: [u32; 26] = {
    let (mut bits, mut at) = ([0; 26], 0);
    let codes = COUNTRIES.as_bytes();
    while at + 1 < codes.len() {
        bits[(codes[at] - b'A') as usize] |= 1 << (codes[at + 1] - b'A');
        at += 2;
    }
    bits
};

/// True for a date as ISO 8601 writes it, of the twentieth or this century.
fn iso_date(text: &str) -> bool {
    let [y @ .., b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else { return false };
    let ([b'1', b'9', _, _] | [b'2', b'0', _, _]) = y else { return false };
    let digits = y.iter().chain([m1, m2, d1, d2]);
    if !digits.clone().all(u8::is_ascii_digit) {
        return false;
    }
    let number = digits.fold(0_u32, |n, b| n * 10 + u32::from(b - b'0'));
    let year = i32::try_from(number / 10_000).unwrap_or(0);
    chrono::NaiveDate::from_ymd_opt(year, number / 100 % 100, number % 100).is_some()
}

/// E-mail addresses as most are written. What is of this pattern is certainly one.
const PLAIN_EMAIL: &str =
    r"^[a-z0-9]{1,20}(?:[._+-][a-z0-9]{1,20}){0,2}@[a-z0-9]{1,15}(?:[.-][a-z0-9]{1,15}){0,3}\.[a-z]{2,6}$";

/// Web addresses as most are written.
const PLAIN_URL: &str =
    r"^https?://[a-z0-9]{1,15}(?:[.-][a-z0-9]{1,15}){0,3}\.[a-z]{2,6}(?:/[a-z0-9]{1,40}){0,6}/?$";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn declarations_are_read() {
        for name in NAMES {
            assert!(Format::parse(name).is_ok(), "{name}");
        }
        for (text, fault) in [
            ("phone", FormatFault::Unknown),
            ("phone(ZZ)", FormatFault::UnknownRegion),
            ("postcode(XX)", FormatFault::UnknownRegion),
            ("e-mail", FormatFault::Unknown),
            ("email(CN)", FormatFault::Unknown),
            ("date(DMY)", FormatFault::Unknown),
            ("date(iso)", FormatFault::Unknown),
            ("amount(point)", FormatFault::Unknown),
            ("", FormatFault::Unknown),
            ("phone(CN", FormatFault::Unknown),
        ] {
            assert_eq!(Format::parse(text), Err(fault), "{text}");
        }
    }

    #[test]
    fn every_example_is_valid_and_settled() {
        for (code, ..) in POSTCODES {
            let format = Format::parse(&format!("postcode({code})")).unwrap();
            assert_eq!(format.normalise(format.example()).unwrap(), format.example());
        }
        for name in NAMES {
            let format = Format::parse(name).unwrap();
            let once = format.normalise(format.example()).unwrap();
            assert_eq!(format.normalise(&once).unwrap(), once, "{name}");
        }
    }

    proptest! {
        #[test]
        fn what_is_told_quickly_is_so(
            email in PLAIN_EMAIL.trim_matches(['^', '$']), url in PLAIN_URL.trim_matches(['^', '$']),
            code in "[A-Z0-9-]{0,8}", other in "\\PC{0,8}", date in "(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]",
        ) {
            for name in NAMES.into_iter().chain(["postcode(GB)", "postcode(US)", "postcode(JP)", "date(excel)"]) {
                let format = Format::parse(name).unwrap();
                for text in [&email, &url, &code, &other, &date] {
                    if let Some(quick) = format.quick(text) {
                        prop_assert_eq!(quick, format.normalise(text).is_ok(), "{} {:?}", name, text);
                    }
                }
            }
        }
    }

    #[test]
    fn every_country_is_one() {
        let pairs: Vec<&[u8]> = COUNTRIES.as_bytes().chunks(2).collect();
        assert_eq!(pairs.len(), 249);
        assert!(pairs.is_sorted_by(|a, b| a < b), "a letter more or less moves all pairs behind it");
        for pair in pairs {
            assert!(is_country(std::str::from_utf8(pair).unwrap()));
        }
        for code in ["AF", "RS", "RU", "RW", "SA", "SG", "TW", "US", "UY", "ZW"] {
            assert!(is_country(code), "{code}");
        }
        assert!(
            Format::Email.quick("li.na@example.com") == Some(true) && Format::Email.quick("a@").is_none()
        );
    }

    #[test]
    fn simple_formats() {
        let check = |format: &str, text: &str| Format::parse(format).unwrap().normalise(text).ok();
        assert_eq!(check("country", " ｃｎ "), Some("CN".into()));
        assert_eq!(check("country", "AB"), None, "a pair across two codes");
        assert_eq!(check("country", "DA"), None);
        assert_eq!(check("currency", "cny"), Some("CNY".into()));
        assert_eq!(check("date", "2024年3月5日"), Some("2024-03-05".into()));
        assert_eq!(check("date", "5/3/24"), None, "three readings");
        assert_eq!(check("date(dmy)", "5/3/24"), Some("2024-03-05".into()));
        assert_eq!(check("date(mdy)", "5/3/24"), Some("2024-05-03".into()));
        assert_eq!(check("date(ymd)", "24/3/5"), Some("2024-03-05".into()));
        assert_eq!(check("date(excel)", "45356"), Some("2024-03-05".into()));
        assert_eq!(check("amount", "1亿2000万"), Some("120000000".into()));
        assert_eq!(check("amount(comma)", "1.234,50"), Some("1234,50".into()));
        assert_eq!(check("domain", "https://www.example.com/a"), Some("example.com".into()));
        assert_eq!(check("currency", "RMB"), None, "the code is CNY");
        assert_eq!(check("postcode(CN)", "１０００８４"), Some("100084".into()));
        assert_eq!(check("postcode(CN)", "10084"), None);
        assert_eq!(check("postcode(GB)", "sw1a 1aa"), Some("SW1A 1AA".into()));
    }
}
