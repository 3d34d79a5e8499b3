//! 统一社会信用代码, the unified social credit code of China (GB 32100-2015).
//!
//! Eighteen characters: registration authority, category, six digits of the administrative division
//! (GB/T 2260), nine characters of the organisation code (GB 11714) and a check character. The alphabet leaves
//! out I, O, S, V and Z. The check character C₁₈ = 31 − Σ Cᵢ·3^(i−1) mod 31 for i = 1 … 17, where 31 stands for 0.

use serde::{Deserialize, Serialize};

use crate::fold::visible;
use crate::issue::{IssueKind, NormaliseIssue, bounded};
use crate::{Normalised, label, region};

/// The alphabet of GB 32100-2015; a character counts as its position.
const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/// What people copy together with a code.
const LABELS: &[&str] = &[
    "统一社会信用代码",
    "統一社會信用代碼",
    "社会信用代码",
    "信用代码",
    "纳税人识别号",
    "税号",
    "uscc",
    "tax id",
];

/// The number of characters of a code.
const LENGTH: usize = 18;

/// A valid code, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Uscc {
    /// The code: 18 capital letters and digits.
    pub value: String,
    /// Character 1: the registration authority, 9 for market regulation (companies).
    pub authority: char,
    /// Character 2: the category, such as 1 for an enterprise with authority 9.
    pub category: char,
    /// Characters 3 to 8: the administrative division of the registration.
    pub division: String,
    /// Characters 9 to 17: the organisation code.
    pub organisation: String,
}

impl Uscc {
    /// Whether the organisation code inside carries its own right check digit (GB 11714). Codes given out in
    /// error exist, so this is no condition of a valid code.
    #[must_use]
    pub fn organisation_code_valid(&self) -> bool {
        organisation_check(&self.organisation).is_some_and(|c| self.organisation.ends_with(c))
    }

    /// The province, city or district of the registration, as far as the division is known.
    #[must_use]
    pub fn region(&self) -> Option<&'static region::Region> {
        region::by_code(&self.division)
    }
}

/// Parses a code: full-width characters, lower case, spaces, hyphens and a label (`税号：`) are accepted.
///
/// # Errors
/// `uscc.length`, `uscc.character`, `uscc.letter`, `uscc.check_character`, `uscc.old_number` and
/// `uscc.placeholder` say what is wrong; `text.empty` and `text.too_long` about the input as a whole.
///
/// ```
/// let code = qudao_text::parse_uscc(" 91350100m000100y43 ")?;
/// assert_eq!(code.value, "91350100M000100Y43");
/// assert_eq!(code.division, "350100");
/// # Ok::<(), qudao_text::NormaliseIssue>(())
/// ```
pub fn parse_uscc(input: &str) -> Result<Uscc, NormaliseIssue> {
    let text = bounded(input)?;
    let half = visible(text);
    let code = label::strip(half.trim(), LABELS);
    let mut chars: Vec<char> = Vec::with_capacity(code.len());
    let kept = code.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '‐' | '–' | '—'));
    chars.extend(kept.map(|c| c.to_ascii_uppercase()));
    if chars.len() == 15 && chars.iter().all(char::is_ascii_digit) {
        return Err(NormaliseIssue::new(IssueKind::UsccOldNumber)
            .with("actual", 15)
            .with("expected", LENGTH));
    }
    if chars.len() != LENGTH {
        return Err(NormaliseIssue::new(IssueKind::UsccLength)
            .with("actual", chars.len())
            .with("expected", LENGTH));
    }
    for (position, c) in (1_usize..).zip(&chars) {
        if weight(*c).is_some() {
            continue;
        }
        return Err(match looks_like(*c) {
            Some(digit) => NormaliseIssue::new(IssueKind::UsccLetter)
                .with("position", position)
                .with("letter", c)
                .with("digit", digit),
            None => NormaliseIssue::new(IssueKind::UsccCharacter).with("position", position),
        });
    }
    if chars.windows(2).all(|pair| matches!(pair, [a, b] if a == b)) || counts(&chars) {
        return Err(IssueKind::UsccPlaceholder.into());
    }
    let value: String = chars.iter().collect();
    let body = value.get(..LENGTH.saturating_sub(1)).unwrap_or_default();
    if check_character(body) != chars.last().copied() {
        return Err(NormaliseIssue::new(IssueKind::UsccCheckCharacter).with("position", LENGTH));
    }
    let part = |from: usize, n: usize| chars.iter().skip(from).take(n).collect::<String>();
    Ok(Uscc {
        authority: chars.first().copied().unwrap_or_default(),
        category: chars.get(1).copied().unwrap_or_default(),
        division: part(2, 6),
        organisation: part(8, 9),
        value,
    })
}

/// Normalises a code to 18 capital letters and digits.
///
/// # Errors
/// As [`parse_uscc`].
pub fn normalise_uscc(input: &str) -> Result<Normalised, NormaliseIssue> {
    parse_uscc(input).map(|code| Normalised::new(input, code.value))
}

/// The check character that belongs to the first 17 characters; `None` when they are not 17 characters of the
/// alphabet.
///
/// ```
/// assert_eq!(qudao_text::check_character("91350100M000100Y4"), Some('3'));
/// ```
#[must_use]
pub fn check_character(first_17: &str) -> Option<char> {
    let mut sum: u32 = 0;
    let mut power: u32 = 1;
    let mut count = 0_usize;
    for c in first_17.chars() {
        count = count.saturating_add(1);
        if count > 17 {
            return None;
        }
        sum = (sum + weight(c)? * power) % 31;
        power = power * 3 % 31;
    }
    if count != 17 {
        return None;
    }
    ALPHABET.chars().nth(usize::try_from((31 - sum) % 31).ok()?)
}

/// The check digit of an organisation code (GB 11714) over its first eight characters: 11 − Σ Cᵢ·Wᵢ mod 11,
/// where 10 is X and 11 is 0.
fn organisation_check(code: &str) -> Option<char> {
    const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    let mut sum: u32 = 0;
    for (c, w) in code.chars().zip(WEIGHTS) {
        sum += c.to_digit(36)? * w;
    }
    match 11 - sum % 11 {
        10 => Some('X'),
        11 => Some('0'),
        digit => char::from_digit(digit, 10),
    }
}

/// 123456789012345678 happens to carry the right check character.
fn counts(chars: &[char]) -> bool {
    let next = |w: &[char]| match w {
        [a, b] => a.to_digit(10).zip(b.to_digit(10)).is_some_and(|(a, b)| (a + 1) % 10 == b),
        _ => false,
    };
    chars.windows(2).all(next)
}

fn weight(c: char) -> Option<u32> {
    ALPHABET.chars().position(|a| a == c).and_then(|p| u32::try_from(p).ok())
}

fn looks_like(c: char) -> Option<char> {
    Some(match c {
        'I' => '1',
        'O' => '0',
        'S' => '5',
        'V' => 'U',
        'Z' => '2',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Real codes of public companies, and made-up bodies; the check characters were worked out by a separate program.
    #[test]
    fn check_characters() {
        for (body, check) in [
            ("91350100M000100Y4", '3'),
            ("91440300192203821", '6'),
            ("91330100799655058", 'B'),
            ("9144030071526726X", 'G'),
            ("91110000802100433", 'B'),
            ("91110108551385082", 'Q'),
            ("91310000132207927", 'C'),
            ("91440101MA5AN7CB2", '1'),
            ("12100000400010275", 'N'),
            ("51100000500000110", 'X'),
            ("92330106MA2B1XQ1X", '5'),
            ("93430100000000001", 'W'),
            ("91110000100000000", 'R'),
            ("9Y110000ABCDEFGH1", '1'),
            ("52310000501779027", 'W'),
            ("11100000000013127", 'D'),
            ("91640100MA76C1TD0", 'L'),
            ("N2110000MF0000001", 'E'),
            ("A1110000000000012", 'L'),
            ("91810000MA0KABCD1", '3'),
            ("91370200264574251", 'E'),
        ] {
            assert_eq!(check_character(body), Some(check), "{body}");
            let code = format!("{body}{check}");
            assert_eq!(parse_uscc(&code).unwrap().value, code);
            // Every other check character is wrong.
            for other in ALPHABET.chars().filter(|c| *c != check) {
                let issue = parse_uscc(&format!("{body}{other}")).unwrap_err();
                assert_eq!(issue.code(), "uscc.check_character");
            }
        }
        for body in
            ["", "9135", "91350100M000100Y43", "91350100I000100Y4", "一二三四五六七八九十一二三四五六七"]
        {
            assert_eq!(check_character(body), None, "{body}");
        }
    }

    #[test]
    fn normalises() {
        for input in [
            "91350100M000100Y43",
            " 91350100m000100y43\n",
            "９１３５０１００Ｍ０００１００Ｙ４３",
            "91350100 M000 100Y 43",
            "913501-00M000100Y4-3",
            "91350100\u{200b}M000100Y43",
        ] {
            let n = normalise_uscc(input).unwrap();
            assert_eq!(n.value, "91350100M000100Y43", "{input:?}");
            assert_eq!(n.changed, input != n.value);
        }
    }

    #[test]
    fn parts() {
        let code = parse_uscc("914403001922038216").unwrap();
        assert_eq!((code.authority, code.category), ('9', '1'));
        assert_eq!(code.division, "440300");
        assert_eq!(code.organisation, "192203821");
        assert_eq!(code.region().map(|r| r.short), Some("深圳"));
        assert!(code.organisation_code_valid());
        assert!(!parse_uscc("91440101MA5AN7CB21").unwrap().organisation_code_valid());
        assert!(parse_uscc("9144030071526726XG").unwrap().organisation_code_valid());
    }

    #[test]
    fn findings() {
        for (input, code) in [
            ("", "text.empty"),
            ("91350100M000100Y4", "uscc.length"),
            ("91350100M000100Y433", "uscc.length"),
            ("913501001000100", "uscc.old_number"),
            ("91350100M000100Y44", "uscc.check_character"),
            ("19350100M000100Y43", "uscc.check_character"),
            ("91350100MOOO100Y43", "uscc.letter"),
            ("9I350100M000100Y43", "uscc.letter"),
            ("91350100M000100Z43", "uscc.letter"),
            ("91350100M0001V0Y43", "uscc.letter"),
            ("9135010SM000100Y43", "uscc.letter"),
            ("91350100M000100中43", "uscc.character"),
            ("91350100M000100.43", "uscc.character"),
            ("000000000000000000", "uscc.placeholder"),
            ("111111111111111111", "uscc.placeholder"),
            ("123456789012345678", "uscc.placeholder"),
        ] {
            assert_eq!(parse_uscc(input).unwrap_err().code(), code, "{input:?}");
        }
        let issue = parse_uscc("91350100MO00100Y43").unwrap_err();
        assert_eq!(
            (issue.param("position"), issue.param("letter"), issue.param("digit")),
            (Some("10"), Some("O"), Some("0"))
        );
        assert_eq!(parse_uscc(&"9".repeat(1_000_000)).unwrap_err().code(), "text.too_long");
    }
}
