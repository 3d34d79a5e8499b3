//! Splitting a date text into numbers, words and marks.

use super::months;
use crate::fold::strip_accents;

/// A piece of a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// Digits: the value and how many there were.
    Number(u32, usize),
    /// A month by name.
    Month(u32),
    /// 年, 月, 日 (or 号).
    Unit(char),
    /// One of - / . , or a space run.
    Mark(char),
}

/// The tokens of the day part, or `None` when something in it belongs to no date.
pub(super) fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut out = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(&c) = chars.peek() {
        if c.is_ascii_digit() {
            let mut value = 0_u32;
            let mut count = 0_usize;
            while let Some(d) = chars.peek().and_then(|c| c.to_digit(10)) {
                value = value.checked_mul(10)?.checked_add(d)?;
                count = count.saturating_add(1);
                chars.next();
            }
            out.push(Token::Number(value, count));
        } else if is_letter(c) {
            let mut word = String::new();
            while let Some(&l) = chars.peek().filter(|l| is_letter(**l)) {
                word.push(l);
                chars.next();
            }
            let word = strip_accents(&word.to_lowercase()).into_owned();
            let word = word.as_str();
            match months::month(word) {
                Some(m) => out.push(Token::Month(m)),
                None if is_weekday(word) || matches!(word, "of" | "de" | "del") => {}
                None if matches!(word, "st" | "nd" | "rd" | "th" | "er")
                    && matches!(out.last(), Some(Token::Number(..))) => {}
                None => return None,
            }
        } else {
            chars.next();
            match c {
                '年' | '월' | '月' | '日' | '号' | '號' | '년' | '일' => {
                    out.push(Token::Unit(match c {
                        '년' => '年',
                        '월' => '月',
                        '号' | '號' | '일' => '日',
                        c => c,
                    }));
                }
                '-' | '/' | '.' | ',' => {
                    // Spaces beside a mark say nothing.
                    while out.last() == Some(&Token::Mark(' ')) {
                        out.pop();
                    }
                    out.push(Token::Mark(c));
                }
                ' ' => {
                    if !matches!(out.last(), None | Some(Token::Mark(_))) {
                        out.push(Token::Mark(' '));
                    }
                }
                _ => {
                    let mut numeral = String::from(plain_numeral(c)?);
                    while let Some(n) = chars.peek().and_then(|n| plain_numeral(*n)) {
                        numeral.push(n);
                        chars.next();
                    }
                    out.push(chinese_number(&numeral)?);
                }
            }
        }
    }
    while matches!(out.last(), Some(Token::Mark(' ' | ',' | '.'))) {
        out.pop();
    }
    while matches!(out.first(), Some(Token::Mark(' ' | ',' | '.'))) {
        out.remove(0);
    }
    Some(out)
}

/// A Chinese numeral in its plain form; 十 as it is, 廿 and 卅 for twenty and thirty.
fn plain_numeral(c: char) -> Option<char> {
    Some(match c {
        '〇' | '零' | '○' | '◯' => '〇',
        '壹' => '一',
        '贰' | '貳' => '二',
        '叁' | '參' => '三',
        '肆' => '四',
        '伍' => '五',
        '陆' | '陸' => '六',
        '柒' => '七',
        '捌' => '八',
        '玖' => '九',
        '拾' => '十',
        '一' | '二' | '三' | '四' | '五' | '六' | '七' | '八' | '九' | '十' | '廿' | '卅' => c,
        _ => return None,
    })
}

fn chinese_digit(c: char) -> Option<u32> {
    "〇一二三四五六七八九".chars().position(|d| d == c).and_then(|p| u32::try_from(p).ok())
}

/// 二〇二四 digit by digit, or 二十一 by tens.
fn chinese_number(text: &str) -> Option<Token> {
    let text = text.replace('廿', "二十").replace('卅', "三十");
    let count = text.chars().count();
    if let Some((tens, ones)) = text.split_once('十') {
        let tens = if tens.is_empty() { 1 } else { single(tens)? };
        let ones = if ones.is_empty() { 0 } else { single(ones)? };
        return Some(Token::Number(tens.checked_mul(10)?.checked_add(ones)?, 2));
    }
    let mut value = 0_u32;
    for c in text.chars() {
        value = value.checked_mul(10)?.checked_add(chinese_digit(c)?)?;
    }
    Some(Token::Number(value, count))
}

fn single(text: &str) -> Option<u32> {
    let mut chars = text.chars();
    let digit = chinese_digit(chars.next()?)?;
    chars.next().is_none().then_some(digit)
}

/// A Latin letter, with or without an accent.
fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, '\u{c0}'..='\u{24f}' if c.is_alphabetic())
}

fn is_weekday(word: &str) -> bool {
    const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    DAYS.iter().any(|d| word == *d || (word.len() >= 3 && word.len() <= 4 && d.starts_with(word)))
        || word == "thurs"
}
