//! The divisions at the beginning of a Chinese address, and what people write around them.

use crate::fold::is_han;
use crate::label;
use crate::region::{self, Level, Region};

/// What people copy together with an address.
const LABELS: &[&str] = &[
    "详细地址",
    "公司地址",
    "注册地址",
    "办公地址",
    "联系地址",
    "收货地址",
    "通讯地址",
    "通信地址",
    "住所",
    "地址",
    "address",
    "add",
];

/// The divisions of an address and what follows them.
pub(super) struct Found<'a> {
    /// The smallest division.
    pub(super) region: Option<&'static Region>,
    /// A district of a name that several cities have, without a city before it.
    pub(super) shared: Option<&'static str>,
    /// What follows.
    pub(super) rest: &'a str,
}

const SEPARATORS: [char; 5] = [',', ' ', '-', '/', '、'];

/// Without label, country and postal code.
pub(super) fn without_surroundings(folded: &str) -> (String, Option<String>) {
    let mut text = label::strip(folded, LABELS);
    for country in ["中华人民共和国", "中国"] {
        text = text.strip_prefix(country).unwrap_or(text).trim_start_matches(SEPARATORS);
    }
    let mut postcode = None;
    let digits = |s: &str| s.len() == 6 && s.bytes().all(|b| b.is_ascii_digit());
    if let Some((head, rest)) =
        text.split_at_checked(6).filter(|(h, r)| digits(h) && !r.starts_with(|c: char| c.is_ascii_digit()))
    {
        postcode = Some(head.to_owned());
        text = rest;
    } else {
        let bare = text.trim_end_matches([')', ' ']);
        let at = bare.len().saturating_sub(6);
        if let Some((head, code)) = bare.split_at_checked(at).filter(|(_, code)| digits(code)) {
            let head = head.trim_end_matches([':', ' ']);
            let named = head.strip_suffix("邮政编码").or_else(|| head.strip_suffix("邮编"));
            let parted = bare.get(..at).is_some_and(|h| h.ends_with([' ', ',', ';']));
            if named.is_some() || parted {
                postcode = Some(code.to_owned());
                text = named.unwrap_or(head).trim_end_matches(['(', ',', ';', ' ']);
            }
        }
    }
    (text.trim_start_matches(SEPARATORS).to_owned(), postcode)
}

/// Without the spaces beside Chinese letters.
pub(super) fn closed_up(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let han = |c: Option<&char>| c.is_some_and(|c| is_han(*c));
    chars
        .iter()
        .enumerate()
        .filter(|(i, c)| {
            let before = i.checked_sub(1).and_then(|i| chars.get(i));
            **c != ' ' || !(han(before) || han(chars.get(i.saturating_add(1))))
        })
        .map(|(_, c)| *c)
        .collect()
}

/// Splits the divisions off.
pub(super) fn split(text: &str) -> Found<'_> {
    let mut rest = text;
    let mut found: Option<&'static Region> = None;
    while let Some((candidates, length)) = region::prefixes(rest, found) {
        let Some(mut next) = candidates.iter().copied().find(|r| r.level > Level::Country) else { break };
        let (head, mut tail) = rest.split_at_checked(length).unwrap_or((rest, ""));
        // 上海路 and 北京西路 in another city are streets: a bare name counts only before something else.
        if head != next.name && is_street(tail) {
            break;
        }
        let same_rank = candidates.iter().filter(|r| r.level == next.level).count();
        if same_rank > 1 {
            // 朝阳区 is in Beijing and in Changchun. Within a province, a city is not guessed either.
            if next.level == Level::District {
                let rest = tail.trim_start_matches(SEPARATORS);
                return Found { region: found, shared: Some(next.name), rest };
            }
            break;
        }
        // 青岛市北区 is 青岛 and 市北区.
        if let Some(stem) = next.name.strip_suffix('市').filter(|_| head == next.name)
            && region::prefixes(tail, Some(next)).is_none()
            && let Some(longer) = rest.get(stem.len()..)
            && let Some((inner, n)) = region::prefixes(longer, Some(next))
            && let [inner] = inner.as_slice()
        {
            next = inner;
            tail = longer.get(n..).unwrap_or_default();
        }
        found = Some(next);
        rest = tail.trim_start_matches(SEPARATORS);
        if next.level == Level::District {
            break;
        }
        // 北京市北京市朝阳区, 深圳市深圳市南山区 and 上海市市辖区.
        rest = rest.strip_prefix(next.name).unwrap_or(rest);
        if next.level == Level::Province {
            rest = rest.strip_prefix("市辖区").unwrap_or(rest);
        }
        rest = rest.trim_start_matches(SEPARATORS);
    }
    Found { region: found, shared: None, rest }
}

/// Whether a text goes on as the name of a street or a building does.
fn is_street(tail: &str) -> bool {
    let tail = tail.strip_prefix(['东', '西', '南', '北', '中']).unwrap_or(tail);
    ["路", "街", "道", "巷", "弄", "里", "大道", "大街", "大厦"].iter().any(|word| tail.starts_with(word))
}
