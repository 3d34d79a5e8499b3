//! What a phone number looks like before its plan is known: digits, plus sign, extension.

use super::{too_long, too_short};
use crate::fold::{half_width, is_invisible};
use crate::issue::{IssueKind, NormaliseIssue};

/// The digits of a number and what surrounds them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// Whether an international prefix was written.
    pub(super) international: bool,
    /// The digits, without the international prefix.
    pub(super) digits: String,
    /// The extension.
    pub(super) extension: Option<String>,
}

const LABELS: &[&str] = &[
    "telephone",
    "mobile",
    "phone",
    "tel",
    "fax",
    "cell",
    "座机",
    "电话",
    "電話",
    "手机",
    "手機",
    "传真",
    "联系电话",
    "联系方式",
];

const EXTENSION_MARKS: &[&str] = &[
    ";ext=",
    "extension",
    "转分机",
    "轉分機",
    "extn",
    "ext",
    "分机号",
    "分机",
    "分機",
    "转",
    "轉",
    "x",
    "#",
];

pub(super) fn read(text: &str, region: &str) -> Result<Shape, NormaliseIssue> {
    let clean: String = text
        .chars()
        .filter(|c| !is_invisible(*c))
        .map(|c| match half_width(c) {
            '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | 'ー' | '－' => '-',
            '【' | '〔' | '[' => '(',
            '】' | '〕' | ']' => ')',
            c if c.is_whitespace() => ' ',
            c => c.to_ascii_lowercase(),
        })
        .collect();
    let mut rest = clean.trim();
    for label in LABELS {
        if let Some(after) = rest.strip_prefix(label) {
            rest = after.trim_start_matches([' ', ':', '.', '-']);
            break;
        }
    }
    rest = rest.trim_end_matches([' ', ',', ';', '.', '、', '。', '-']);
    let (rest, extension) = take_extension(rest)?;
    several(rest)?;
    let (body, group_extension) = third_group(rest);
    let extension = extension.or(group_extension);
    let mut international = false;
    let mut digits = String::with_capacity(body.len());
    for c in body.chars() {
        match c {
            '0'..='9' => digits.push(c),
            '+' if digits.is_empty() && !international => international = true,
            ' ' | '-' | '(' | ')' | '.' | '/' | '·' | '~' | '_' => {}
            _ => return Err(IssueKind::PhoneCharacter.into()),
        }
    }
    if digits.is_empty() {
        return Err(IssueKind::PhoneCharacter.into());
    }
    if is_stand_in(&digits, !international && region == "CN") || last_group_stand_in(body) {
        return Err(IssueKind::PhonePlaceholder.into());
    }
    if let Some(after) = digits.strip_prefix("00").filter(|d| !international && d.len() >= 8) {
        digits = after.to_owned();
        international = true;
    } else if international {
        // `+0086…`, as some systems write it.
        digits = digits.trim_start_matches('0').to_owned();
    }
    if digits.len() > 20 {
        return Err(too_long("?"));
    }
    if digits.len() < 3 {
        return Err(too_short("?"));
    }
    Ok(Shape { international, digits, extension })
}

/// Splits off an extension after its mark.
fn take_extension(text: &str) -> Result<(&str, Option<String>), NormaliseIssue> {
    for mark in EXTENSION_MARKS {
        let Some((before, after)) = text.split_once(mark) else { continue };
        let after = after.trim_matches([' ', ':', '.', '-', ')', '(']);
        let before = before.trim_end_matches([' ', ',', ';', '-', '(', '.']);
        let digits = after.bytes().all(|b| b.is_ascii_digit());
        if digits && !after.is_empty() && after.len() <= 8 && before.bytes().any(|b| b.is_ascii_digit()) {
            return Ok((before, Some(after.to_owned())));
        }
        return Err(IssueKind::PhoneCharacter.into());
    }
    Ok((text, None))
}

/// Two numbers in one value.
fn several(text: &str) -> Result<(), NormaliseIssue> {
    let parts = text.split(['/', '、', ',', ';', '|', '\\', '或']);
    let long = |p: &str| p.bytes().filter(u8::is_ascii_digit).count() >= 7;
    // A space parts groups of digits as well: only two whole numbers are two.
    let whole = |p: &str| p.len() >= 10 && p.bytes().all(|b| b.is_ascii_digit());
    if parts.filter(|p| long(p)).count() > 1 || text.split(' ').filter(|p| whole(p)).count() > 1 {
        Err(IssueKind::PhoneMultiple.into())
    } else {
        Ok(())
    }
}

/// `0755-28780808-8008`: area code, number and extension as China writes them.
fn third_group(text: &str) -> (&str, Option<String>) {
    let Some((body, last)) = text.rsplit_once('-') else { return (text, None) };
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let last = last.trim();
    if !digits(last) || last.len() > 5 {
        return (text, None);
    }
    let area_and_number = match body.rsplit_once(['-', ')', ' ']) {
        Some((area, number)) => {
            let area: String = area.chars().filter(char::is_ascii_digit).collect();
            let area = area.strip_prefix("0086").or_else(|| area.strip_prefix("86")).unwrap_or(&area);
            digits(number.trim())
                && matches!(number.trim().len(), 7 | 8)
                && matches!(area.trim_start_matches('0').len(), 2 | 3)
                && (area.starts_with('0') || text.starts_with(['+', '0']))
        }
        None => digits(body) && body.starts_with('0') && matches!(body.len(), 10..=12),
    };
    if area_and_number { (body, Some(last.to_owned())) } else { (text, None) }
}

/// All digits alike, or counting up or down; of a Chinese number, also without its country code and trunk zero, so that
/// it is a stand-in in whichever form.
fn is_stand_in(digits: &str, chinese: bool) -> bool {
    let stripped = digits.strip_prefix("0086").or_else(|| digits.strip_prefix("86"));
    let national = match stripped {
        Some(national) => national.trim_start_matches('0'),
        None if chinese => digits.trim_start_matches('0'),
        None => digits,
    };
    [digits, national].into_iter().any(|d| d.len() >= 5 && (all_alike(d) || counts(d)))
}

/// `010-00000000` and `021-12345678`; eights and the like are real numbers, dearly paid for.
fn last_group_stand_in(text: &str) -> bool {
    text.rsplit(['-', ' ', ')']).next().is_some_and(|g| {
        g.len() >= 7 && g.bytes().all(|b| b.is_ascii_digit()) && (g.bytes().all(|b| b == b'0') || counts(g))
    })
}

fn all_alike(digits: &str) -> bool {
    digits.as_bytes().windows(2).all(|w| matches!(w, [a, b] if a == b))
}

fn counts(digits: &str) -> bool {
    let up = |w: &[u8]| matches!(w, [a, b] if *b == a.wrapping_add(1) || (*a == b'9' && *b == b'0'));
    let down = |w: &[u8]| matches!(w, [a, b] if *a == b.wrapping_add(1) || (*b == b'9' && *a == b'0'));
    digits.as_bytes().windows(2).all(up) || digits.as_bytes().windows(2).all(down)
}
