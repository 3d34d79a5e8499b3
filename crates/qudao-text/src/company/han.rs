//! Chinese, Japanese and Korean company names.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::OnceLock;

use super::words::{
    BRACKET_FORMS, HAN_BRANCH, HAN_FORMS, HAN_GENERIC, HAN_GROUP, HAN_INDUSTRY, HAN_PREFIX_FORMS,
    HANGUL_BRACKET_FORMS, HANGUL_FORMS, REMARKS, ZONES,
};
use super::{CompanyName, latin};
use crate::fold::{is_han, is_hangul, is_kana};
use crate::list::{List, listed};
use crate::region::{self, Level, Region};

/// Takes a folded name with Chinese, Japanese or Korean letters apart.
pub(super) fn parse(folded: &str) -> CompanyName {
    let mut name = CompanyName::default();
    let text = close_up(folded);
    let mut text = take_brackets(&text, &mut name);
    take_mark(&mut text);
    take_branch(&mut text, &mut name);
    take_forms(&mut text, &mut name);
    let full = text.clone();
    take_regions(&mut text, &mut name);
    take_industry(&mut text, &mut name);
    if units(&text) < 2 || is_all_industry(&text) {
        // Place and trade are all there is: 中国电信, 深圳科技. They are the name.
        text = if full.is_empty() { text } else { full };
        name.industry = None;
    } else if name.industry.is_some() && whole_region(&text).is_some() {
        // Only the place is left before the trade word: 青岛啤酒 is no other 青岛.
        text = full;
        name.industry = None;
    }
    name.core = text.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
    name
}

/// Signs at the end, and a number behind 公司: who has to enter a company that is there already writes 有限公司1, or a full stop.
fn take_mark(text: &mut String) {
    let kept = text.trim_end_matches(|c: char| !c.is_alphanumeric() && c != ')');
    let number = kept.trim_end_matches(|c: char| c.is_ascii_digit());
    let kept = if kept.len() <= number.len().saturating_add(2) && number.ends_with("公司") {
        number
    } else {
        kept
    };
    if !kept.is_empty() {
        text.truncate(kept.len());
    }
}

/// Removes spaces and joining dots beside Chinese letters, so that 华 为 is 华为.
fn close_up(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|b| matches!(b, b' ' | b'"' | b'[' | b'{' | b'<' | b']' | b'}' | b'>')) {
        return Cow::Borrowed(text);
    }
    let chars: Vec<char> = text.chars().collect();
    let cjk = |c: Option<&char>| c.is_some_and(|c| is_han(*c) || is_kana(*c) || "()[]\"".contains(*c));
    let mut out = String::with_capacity(text.len());
    for (i, c) in chars.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|i| chars.get(i));
        let after = chars.get(i.saturating_add(1));
        if *c == ' ' && (cjk(before) || cjk(after)) {
            continue;
        }
        if *c == '"' {
            continue;
        }
        out.push(match c {
            '[' | '{' | '<' => '(',
            ']' | '}' | '>' => ')',
            c => *c,
        });
    }
    Cow::Owned(out)
}

/// Reads what stands in brackets: a place, a legal form, 集团, a remark; anything else stays in the name.
fn take_brackets(text: &str, name: &mut CompanyName) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('(') {
        out.push_str(before);
        let Some((inner, tail)) = after.split_once(')') else {
            rest = after;
            continue;
        };
        if let Some(form) = listed(List::LegalForms, BRACKET_FORMS).iter().find(|f| **f == inner) {
            let canonical = match *form {
                "株" => "株式会社",
                "有" => "有限会社",
                "合" => "合同会社",
                "有限责任公司" => "有限公司",
                form => form,
            };
            name.legal_form.get_or_insert_with(|| canonical.to_owned());
        } else if matches!(inner, "集团" | "控股") {
            name.group = true;
        } else if let Some((_, form)) =
            listed(List::LegalForms, HANGUL_BRACKET_FORMS).iter().find(|(short, _)| *short == inner)
        {
            name.legal_form.get_or_insert_with(|| (*form).to_owned());
        } else if let Some(found) = whole_region(inner) {
            note_region(found, name);
        } else if !listed(List::Remarks, REMARKS).contains(&inner) {
            out.push_str(inner);
        }
        rest = tail;
    }
    out.push_str(rest);
    if out.contains(')') {
        out.retain(|c| c != ')');
    }
    out
}

/// The region that a text as a whole names, as the most specific of a chain (广东深圳).
fn whole_region(text: &str) -> Option<&'static Region> {
    if text.is_ascii() {
        return region::by_latin(text);
    }
    let mut rest = text;
    let mut found: Option<&'static Region> = None;
    while !rest.is_empty() {
        let (next, length) = region::prefix(rest, found)?;
        found = Some(next);
        rest = rest.get(length..)?;
    }
    found
}

/// Keeps the most specific place that the name gives.
pub(super) fn note_region(region: &Region, name: &mut CompanyName) {
    let text = if region.level == Level::Country { region.code } else { region.short };
    let known =
        name.region.as_deref().map(|r| region::by_code(r).or_else(|| region::by_name(r).into_iter().next()));
    let replace = match known {
        None => true,
        Some(Some(known)) => region.is_within(known),
        Some(None) => false,
    };
    if replace {
        name.region = Some(text.to_owned());
    }
}

/// Whether a text ends with a word: the last byte tells nearly always that it does not.
fn ends(text: &str, word: &str) -> bool {
    text.as_bytes().last() == word.as_bytes().last() && text.ends_with(word)
}

/// Whether a text begins with a word: the third byte, which ends its first Chinese letter, tells nearly always that it does not.
fn begins(text: &str, word: &str) -> bool {
    text.as_bytes().get(2) == word.as_bytes().get(2) && text.starts_with(word)
}

/// …公司北京分公司, 华为北京办事处.
fn take_branch(text: &mut String, name: &mut CompanyName) {
    let Some(word) = listed(List::Branches, HAN_BRANCH).iter().find(|w| ends(text, w)) else { return };
    let Some(head) = text.strip_suffix(word) else { return };
    // After a legal form, everything belongs to the branch.
    for (form, _) in listed(List::LegalForms, HAN_FORMS) {
        if let Some(at) = head.rfind(form) {
            let cut = at.saturating_add(form.len());
            if let (Some(company), Some(branch)) = (text.get(..cut), text.get(cut..)) {
                name.branch = Some(branch.to_owned());
                *text = company.to_owned();
                return;
            }
        }
    }
    // Without one, the place before the word does, when a name remains.
    let cut = match region::suffix(head) {
        Some((_, start)) if head.get(..start).is_some_and(|h| units(h) >= 2) => start,
        _ => head.len(),
    };
    if let (Some(company), Some(branch)) = (text.get(..cut), text.get(cut..))
        && units(company) >= 2
    {
        name.branch = Some(branch.to_owned());
        *text = company.to_owned();
    }
}

fn take_forms(text: &mut String, name: &mut CompanyName) {
    loop {
        let before = text.len();
        if listed(List::LegalForms, HAN_FORMS).iter().any(|(form, _)| form == text) {
            return;
        }
        if let Some((form, canonical)) =
            listed(List::LegalForms, HAN_FORMS).iter().find(|(f, _)| ends(text, f) && units(text) > units(f))
        {
            text.truncate(text.len().saturating_sub(form.len()));
            name.legal_form.get_or_insert_with(|| (*canonical).to_owned());
        }
        // Japanese and Korean forms stand before the name as well.
        let hangul = listed(List::LegalForms, HANGUL_FORMS).iter().map(|form| (*form, *form));
        for (form, canonical) in listed(List::LegalForms, HAN_PREFIX_FORMS).iter().copied().chain(hangul) {
            if !begins(text, form) && !ends(text, form) {
                continue;
            }
            let stripped = text.strip_prefix(form).or_else(|| text.strip_suffix(form)).map(str::trim);
            if let Some(rest) = stripped.filter(|r| !r.is_empty()) {
                name.legal_form.get_or_insert_with(|| canonical.to_owned());
                *text = rest.to_owned();
            }
        }
        for group in listed(List::Groups, HAN_GROUP) {
            if ends(text, group) && units(text) >= units(group).saturating_add(2) {
                text.truncate(text.len().saturating_sub(group.len()));
                name.group = true;
            }
        }
        // 华为 technologies co., ltd
        if let Some((rest, form)) = latin::strip_form_after(text) {
            name.legal_form.get_or_insert(form);
            *text = rest;
        }
        if text.len() == before {
            return;
        }
    }
}

/// Places at the beginning (province, city, district) and one at the end.
fn take_regions(text: &mut String, name: &mut CompanyName) {
    let mut within: Option<&'static Region> = None;
    loop {
        let found = region::prefix(text, within).or_else(|| region::prefix(text, None));
        let Some((place, length)) = found else { break };
        let Some(rest) = text.get(length..) else { break };
        // The brand must remain, and 中国 alone before a single trade word is a brand of its own.
        if units(rest) < 2 || is_all_industry(rest) {
            break;
        }
        // A bare place name of two letters may be the start of a longer word: 上海滩. Only a known rest is cut off
        // when one letter would be left before the trade words.
        if !place.name.ends_with(text.get(..length).unwrap_or_default()) && units(&without_industry(rest)) < 2
        {
            break;
        }
        note_region(place, name);
        within = Some(place);
        let zone = listed(List::Divisions, ZONES)
            .iter()
            .filter(|z| begins(rest, z))
            .find_map(|z| rest.strip_prefix(z))
            .filter(|r| units(r) >= 2 && !is_all_industry(r));
        *text = zone.unwrap_or(rest).to_owned();
    }
    if let Some((place, start)) = region::suffix(text)
        && let Some(head) = text.get(..start)
        && units(head) >= 2
        && !is_all_industry(head)
        && (without_industry(head).len() < head.len() || head.ends_with("集团"))
    {
        note_region(place, name);
        let rest = head.strip_suffix("集团").filter(|r| units(r) >= 2);
        name.group |= rest.is_some();
        *text = rest.unwrap_or(head).to_owned();
    }
}

fn take_industry(text: &mut String, name: &mut CompanyName) {
    let core = without_industry(text);
    if core.len() < text.len()
        && !listed(List::GenericNames, HAN_GENERIC).contains(&core.as_str())
        && let Some(trade) = text.get(core.len()..)
    {
        name.industry = Some(trade.trim().to_owned());
        *text = core;
    }
}

/// The text without trade words at its end, at least two letters long.
fn without_industry(text: &str) -> String {
    let trimmed = text.trim_end();
    let start = industry_starts(trimmed)
        .into_iter()
        .find(|start| trimmed.get(..*start).is_some_and(|head| units(head) >= 2))
        .unwrap_or(trimmed.len());
    let rest = trimmed.get(..start).unwrap_or(trimmed).trim_end();
    // 华为technologies
    latin::strip_industry_after(rest).unwrap_or_else(|| rest.to_owned())
}

/// Whether a text consists of trade words only.
fn is_all_industry(text: &str) -> bool {
    !text.is_empty() && industry_starts(text).first() == Some(&0)
}

/// The trade words that end with the last letter of a text.
fn industry_words(text: &str) -> &'static [&'static str] {
    static WORDS: OnceLock<HashMap<char, Vec<&'static str>>> = OnceLock::new();
    let words = WORDS.get_or_init(|| {
        let mut words: HashMap<char, Vec<&str>> = HashMap::new();
        for word in listed(List::ChineseTrades, HAN_INDUSTRY) {
            words.entry(word.chars().next_back().unwrap_or_default()).or_default().push(word);
        }
        words
    });
    text.chars().next_back().and_then(|last| words.get(&last)).map(Vec::as_slice).unwrap_or_default()
}

/// Every place from which on the text is nothing but trade words, the earliest first.
fn industry_starts(text: &str) -> BTreeSet<usize> {
    let mut starts = BTreeSet::new();
    if industry_words(text).is_empty() {
        return starts;
    }
    let mut open = vec![text.len()];
    while let Some(end) = open.pop() {
        let Some(head) = text.get(..end) else { continue };
        for word in industry_words(head) {
            if let Some(before) = head.strip_suffix(word)
                && starts.insert(before.len())
            {
                open.push(before.len());
            }
        }
    }
    starts
}

/// The weight of a text: a Chinese letter counts one, a Latin word as many as it has letters.
fn units(text: &str) -> usize {
    // Chinese letters first: most are, and whether any other is a letter takes a look-up.
    text.chars().filter(|c| is_han(*c) || is_hangul(*c) || c.is_alphanumeric()).count()
}
