//! Company names, taken apart: what is the brand, what is law, place, trade or branch.

mod han;
mod latin;
mod place;
mod trade;
mod words;

use serde::{Deserialize, Serialize};

use crate::fold::{display, fold, fold_key, is_han, is_hangul, is_kana};
use crate::{MAX_INPUT, Normalised};

/// A company name, taken apart. All parts are folded.
///
/// ```
/// let name = qudao_text::parse_company("华为（深圳）技术有限公司北京分公司");
/// assert_eq!(name.core, "华为");
/// assert_eq!(name.region.as_deref(), Some("深圳"));
/// assert_eq!(name.industry.as_deref(), Some("技术"));
/// assert_eq!(name.legal_form.as_deref(), Some("有限公司"));
/// assert_eq!(name.branch.as_deref(), Some("北京分公司"));
///
/// let name = qudao_text::parse_company("Acme Trading (Shanghai) Co., Ltd.");
/// assert_eq!(name.core, "acme");
/// assert_eq!(name.region.as_deref(), Some("上海"));
/// assert_eq!(name.legal_form.as_deref(), Some("ltd"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct CompanyName {
    /// The whole name, folded.
    pub folded: String,
    /// What distinguishes the company: the name without the parts below. Never empty unless the name is. Where
    /// nothing else would remain, place and trade stay in it (中国电信, 青岛啤酒).
    pub core: String,
    /// The legal form, canonical: 有限公司 for 有限责任公司 too, `ltd` for `Company Limited` too.
    pub legal_form: Option<String>,
    /// The place: the short Chinese name for a place in China (深圳, also for Shenzhen), the ISO 3166 code for a
    /// country (`CN`, also for 中国), that of ISO 3166-2 for a state of the United States in brackets (`US-OH`). What stands behind
    /// a dash at the end of a name in Latin letters is a place as it is written (`kansas city`).
    pub region: Option<String>,
    /// Trade words at the end of the name.
    pub industry: Option<String>,
    /// The branch, such as 北京分公司. A branch is related to its company but is not the same record.
    pub branch: Option<String>,
    /// Whether the name says group or holding (集团).
    pub group: bool,
}

/// Takes a company name apart. A name of more than 4,096 bytes is folded only.
#[must_use]
pub fn parse_company(input: &str) -> CompanyName {
    parse_folded(fold(input))
}

fn parse_folded(folded: String) -> CompanyName {
    if folded.is_empty() || folded.len() > MAX_INPUT {
        let core = folded.clone();
        return CompanyName { folded, core, ..CompanyName::default() };
    }
    let mut name = if folded.chars().any(|c| is_han(c) || is_kana(c) || is_hangul(c)) {
        han::parse(&folded)
    } else {
        latin::parse(&folded)
    };
    if name.core.is_empty() {
        name.core.clone_from(&folded);
    }
    name.folded = folded;
    name
}

/// The key of a company: the core without spaces and punctuation. Names with one key are candidates for being one
/// company; region, legal form and branch tell them apart. Idempotent.
///
/// ```
/// use qudao_text::company_key;
/// assert_eq!(company_key("深圳市騰訊計算機系統有限公司"), company_key("腾讯计算机系统"));
/// assert_eq!(company_key("ACME, Inc."), "acme");
/// ```
#[must_use]
pub fn company_key(input: &str) -> String {
    let mut key = key_once(input);
    // What is left may itself read as a name with parts: repeat until stable. Each round only takes away.
    for _ in 0..32 {
        if key.len() > MAX_INPUT {
            break;
        }
        let next = key_once(&key);
        if next == key {
            break;
        }
        key = next;
    }
    key
}

fn key_once(input: &str) -> String {
    let core = parse_folded(fold(input)).core;
    let key = fold_key(&core);
    // A name of signs alone is still a name.
    if key.is_empty() { core } else { key }
}

/// Cleans a company name for display: spaces, width and brackets unified (full-width brackets in a Chinese name, as
/// on the business licence; no spaces between Chinese letters). Nothing is left out.
///
/// ```
/// assert_eq!(qudao_text::normalise_company(" 华为(深圳)技术有限公司 ").value, "华为（深圳）技术有限公司");
/// assert_eq!(qudao_text::normalise_company("Ａｃｍｅ　（Shanghai）  Ltd").value, "Acme (Shanghai) Ltd");
/// ```
#[must_use]
pub fn normalise_company(input: &str) -> Normalised {
    let text = display(input);
    let chinese = text.chars().any(is_han);
    let unified: String = text
        .chars()
        .map(|c| match c {
            '(' | '[' | '【' | '〔' | '﹙' if chinese => '（',
            ')' | ']' | '】' | '〕' | '﹚' if chinese => '）',
            '【' | '〔' | '﹙' => '(',
            '】' | '〕' | '﹚' => ')',
            _ => c,
        })
        .collect();
    Normalised::new(input, unspace_brackets(&unspace_han(&unified)))
}

/// No spaces between Chinese letters.
fn unspace_han(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == ' ' && out.ends_with(is_han) && chars.peek().is_some_and(|next| is_han(*next)) {
            continue;
        }
        out.push(c);
    }
    out
}

/// No spaces inside of brackets, and none beside full-width ones.
fn unspace_brackets(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '）' | ')' | '（') {
            while out.ends_with(' ') && (c != '（' || out.trim_end().ends_with(is_han)) {
                out.pop();
            }
        }
        if c == ' ' && out.ends_with(['（', '(', '）']) {
            continue;
        }
        out.push(c);
    }
    out
}

#[cfg(all(test, feature = "chinese-conversion"))]
mod tests;
