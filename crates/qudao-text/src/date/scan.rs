//! Splitting a date text into numbers, words and marks.

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
        } else if c.is_ascii_alphabetic() {
            let mut word = String::new();
            while let Some(&l) = chars.peek().filter(|l| l.is_ascii_alphabetic()) {
                word.push(l.to_ascii_lowercase());
                chars.next();
            }
            match month(&word) {
                Some(m) => out.push(Token::Month(m)),
                None if is_weekday(&word) => {}
                None if matches!(word.as_str(), "st" | "nd" | "rd" | "th")
                    && matches!(out.last(), Some(Token::Number(..))) => {}
                None => return None,
            }
        } else {
            chars.next();
            match c {
                '年' | '月' | '日' | '号' | '號' => {
                    out.push(Token::Unit(if matches!(c, '号' | '號') { '日' } else { c }))
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
                '〇' | '零' | '一' | '二' | '三' | '四' | '五' | '六' | '七' | '八' | '九' | '十' =>
                {
                    let mut numeral = String::from(c);
                    while let Some(&n) = chars.peek().filter(|n| chinese_digit(**n).is_some() || **n == '十')
                    {
                        numeral.push(n);
                        chars.next();
                    }
                    out.push(chinese_number(&numeral)?);
                }
                _ => return None,
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

fn chinese_digit(c: char) -> Option<u32> {
    "〇一二三四五六七八九"
        .chars()
        .position(|d| d == c || (c == '零' && d == '〇'))
        .and_then(|p| u32::try_from(p).ok())
}

/// 二〇二四 digit by digit, or 二十一 by tens.
fn chinese_number(text: &str) -> Option<Token> {
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

fn month(word: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let position = MONTHS.iter().position(|m| {
        word == *m || (word.len() == 3 && m.starts_with(word)) || (word == "sept" && *m == "september")
    })?;
    u32::try_from(position.checked_add(1)?).ok()
}

fn is_weekday(word: &str) -> bool {
    const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    DAYS.iter().any(|d| word == *d || (word.len() >= 3 && word.len() <= 4 && d.starts_with(word)))
        || word == "thurs"
}
