//! Dates in undeclared form.

use chrono::{DateTime, Duration, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeZone};

use super::scan::{Token, tokens};
use super::{DateOptions, DateOrder, Moment, day, era};
use crate::issue::{IssueKind, NormaliseIssue};

pub(super) fn parse(text: &str, options: &DateOptions) -> Result<Moment, NormaliseIssue> {
    if text.bytes().all(|b| b.is_ascii_digit() || b == b'.') && !text.is_empty() {
        if let Some(moment) = compact(text)? {
            return Ok(moment);
        }
        if options.excel_serial && text.matches('.').count() <= 1 {
            return excel(text);
        }
    }
    let (day_text, time_text) = split_time(text);
    // `Nov 6 08:49:37 1994`, as asctime writes it: the year stands behind the clock.
    let moved = time_text.and_then(|t| t.rsplit_once(' ')).filter(|(_, year)| is_digits(year, 4));
    let (day_text, time_text) = match moved {
        Some((time, year)) => (format!("{} {year}", day_text.trim_end()), Some(time)),
        None => (day_text.to_owned(), time_text),
    };
    let date = day_part(&day_text, options)?;
    match time_text {
        None => Ok(Moment::Date(date)),
        Some(time) => {
            let (clock, offset) = time_part(time)?;
            join(date.and_time(clock), offset)
        }
    }
}

fn join(local: NaiveDateTime, offset: Option<FixedOffset>) -> Result<Moment, NormaliseIssue> {
    match offset {
        None => Ok(Moment::Local(local)),
        Some(offset) => offset
            .from_local_datetime(&local)
            .single()
            .map(|t: DateTime<FixedOffset>| Moment::Instant(t))
            .ok_or_else(|| IssueKind::DateOutOfRange.into()),
    }
}

/// `20240305` and `20240305143000`.
fn compact(text: &str) -> Result<Option<Moment>, NormaliseIssue> {
    if !matches!(text.len(), 8 | 12 | 14) || text.contains('.') {
        return Ok(None);
    }
    let part = |from: usize, to: usize| text.get(from..to).and_then(|s| s.parse::<u32>().ok());
    let (Some(y), Some(m), Some(d)) = (part(0, 4), part(4, 6), part(6, 8)) else { return Ok(None) };
    // Eight digits that do not begin with a year of our time are a number of another kind.
    if !(1900..=2199).contains(&y) {
        return Err(IssueKind::DateUnrecognised.into());
    }
    let date = day(i32::try_from(y).unwrap_or_default(), m, d)?;
    if text.len() == 8 {
        return Ok(Some(Moment::Date(date)));
    }
    let seconds = if text.len() == 14 { part(12, 14) } else { Some(0) };
    match (part(8, 10), part(10, 12), seconds) {
        (Some(h), Some(min), Some(s)) => NaiveTime::from_hms_opt(h, min, s)
            .map(|t| Some(Moment::Local(date.and_time(t))))
            .ok_or_else(|| IssueKind::DateImpossible.into()),
        _ => Ok(None),
    }
}

/// A day count of the Excel 1900 system: 1 is 1900-01-01, 60 the 29 February 1900 that never was, 61 is 1900-03-01.
fn excel(text: &str) -> Result<Moment, NormaliseIssue> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let serial: i64 = whole.parse().map_err(|_| NormaliseIssue::new(IssueKind::DateUnrecognised))?;
    if serial == 60 {
        return Err(IssueKind::DateImpossible.into());
    }
    if !(1..=2_958_465).contains(&serial) {
        return Err(IssueKind::DateOutOfRange.into());
    }
    let epoch = if serial < 60 {
        NaiveDate::from_ymd_opt(1899, 12, 31)
    } else {
        NaiveDate::from_ymd_opt(1899, 12, 30)
    };
    let date = epoch
        .and_then(|e| e.checked_add_signed(Duration::days(serial)))
        .ok_or_else(|| NormaliseIssue::new(IssueKind::DateOutOfRange))?;
    if fraction.bytes().all(|b| b == b'0') {
        return Ok(Moment::Date(date));
    }
    // The fraction of a day, to the nearest second, in exact arithmetic over twelve digits.
    let digits: String = fraction.chars().chain("000000000000".chars()).take(12).collect();
    let parts: i64 = digits.parse().map_err(|_| NormaliseIssue::new(IssueKind::DateUnrecognised))?;
    let seconds = (parts * 86_400 + 500_000_000_000) / 1_000_000_000_000;
    date.and_time(NaiveTime::MIN)
        .checked_add_signed(Duration::seconds(seconds))
        .map(Moment::Local)
        .ok_or_else(|| IssueKind::DateOutOfRange.into())
}

/// Splits a text where the time begins: at a `T` between digits, or at the space or 日 before the first clock.
fn split_time(text: &str) -> (&str, Option<&str>) {
    let mut before: Option<char> = None;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if matches!(c, 'T' | 't')
            && before.is_some_and(|b| b.is_ascii_digit())
            && chars.peek().is_some_and(|(_, n)| n.is_ascii_digit())
        {
            return (text.get(..at).unwrap_or(text), text.get(at.saturating_add(1)..));
        }
        before = Some(c);
    }
    // The clock: digits before ':' or 时, together with a half of the day before them.
    let clock = text.find([':', '时', '時', '点', '點']);
    let halves = ["上午", "下午", "晚上", "中午", "凌晨", "早上"];
    let half = halves.iter().filter_map(|h| text.find(h)).min();
    let start = match (half, clock) {
        (Some(h), Some(c)) if h < c => h,
        (_, Some(c)) => {
            let head = text.get(..c).unwrap_or_default();
            head.trim_end_matches(|c: char| c.is_ascii_digit()).len()
        }
        _ => return (text, None),
    };
    match text.split_at_checked(start) {
        Some((d, t)) if !t.trim().is_empty() => (d.trim_end(), Some(t)),
        _ => (text, None),
    }
}

fn is_digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|b| b.is_ascii_digit())
}

/// Without the day of the week that China and Japan write behind a date: 星期二, 周二, （火）.
fn without_weekday(text: &str) -> &str {
    let text = text.trim_end();
    let (inner, bracketed) = match text.strip_suffix(')').and_then(|t| t.rsplit_once('(')) {
        Some((before, inner)) => (inner.trim(), Some(before)),
        None => (text, None),
    };
    let day = |c: char| "一二三四五六日天".contains(c);
    let named = ["星期", "礼拜", "禮拜", "周", "週"].iter().find_map(|word| {
        let head = inner.strip_suffix(day)?;
        head.strip_suffix(word)
    });
    let single = || {
        let short = inner.strip_suffix("曜日").unwrap_or(inner);
        let mut chars = short.chars();
        chars.next().is_some_and(|c| day(c) || "月火水木金土".contains(c)) && chars.next().is_none()
    };
    match (bracketed, named) {
        (Some(before), Some("")) => before.trim_end(),
        (Some(before), None) if single() => before.trim_end(),
        (None, Some(before)) => before.trim_end(),
        _ => text,
    }
}

fn day_part(text: &str, options: &DateOptions) -> Result<NaiveDate, NormaliseIssue> {
    let unrecognised = || NormaliseIssue::new(IssueKind::DateUnrecognised);
    let text = without_weekday(text);
    if is_digits(text, 8)
        && let Some(moment) = compact(text)?
    {
        return Ok(moment.date());
    }
    if let Some((era, rest)) = era::split(text) {
        return era_day(era, &tokens(&rest).ok_or_else(unrecognised)?);
    }
    let tokens = tokens(text).ok_or_else(unrecognised)?;
    if tokens.iter().any(|t| matches!(t, Token::Unit(_))) {
        return chinese(&tokens);
    }
    // Marks between the parts must be alike: 2024-3/5 is a slip, except for the comma in `March 5, 2024`.
    let marks: Vec<char> =
        tokens.iter().filter_map(|t| if let Token::Mark(c) = t { Some(*c) } else { None }).collect();
    let mixed = marks.windows(2).any(|w| matches!(w, [a, b] if a != b && !(matches!((a, b), (' ' | ',' | '.' | '-', ' ' | ',' | '.' | '-')))));
    let parts: Vec<&Token> = tokens.iter().filter(|t| !matches!(t, Token::Mark(_))).collect();
    let has_name = parts.iter().any(|t| matches!(t, Token::Month(_)));
    if (!has_name && marks.windows(2).any(|w| matches!(w, [a, b] if a != b))) || mixed {
        return Err(unrecognised());
    }
    match parts.as_slice() {
        [Token::Number(a, na), Token::Number(b, nb), Token::Number(c, nc)] if !has_name => {
            if marks.len() != 2 {
                return Err(unrecognised());
            }
            numeric([(*a, *na), (*b, *nb), (*c, *nc)], options.order)
        }
        [Token::Number(d, nd), Token::Month(m), Token::Number(y, ny)] => {
            // 5 March 2024 or 2024 March 5.
            if *nd == 4 && *ny <= 2 {
                day(year(*d, *nd)?, *m, *y)
            } else if *nd <= 2 && matches!(ny, 2 | 4) {
                day(year(*y, *ny)?, *m, *d)
            } else {
                Err(unrecognised())
            }
        }
        [Token::Month(m), Token::Number(d, nd), Token::Number(y, ny)] if *nd <= 2 && matches!(ny, 2 | 4) => {
            day(year(*y, *ny)?, *m, *d)
        }
        [Token::Number(y, 4), Token::Number(m, n)] if *n <= 2 && (1..=12).contains(m) && *y >= 1000 => {
            Err(IssueKind::DateIncomplete.into())
        }
        [Token::Number(m, n), Token::Number(_, 4)] if *n <= 2 && (1..=12).contains(m) => {
            Err(IssueKind::DateIncomplete.into())
        }
        [Token::Number(m, 1 | 2), Token::Number(d, 1 | 2)] if marks != ['.'] && *m <= 31 && *d <= 31 => {
            Err(IssueKind::DateIncomplete.into())
        }
        [Token::Month(_), Token::Number(..)] | [Token::Number(..), Token::Month(_)] | [Token::Month(_)] => {
            Err(IssueKind::DateIncomplete.into())
        }
        _ => Err(unrecognised()),
    }
}

/// Two digits by the POSIX pivot, four as they are.
fn year(value: u32, digits: usize) -> Result<i32, NormaliseIssue> {
    let full = match digits {
        4 => value,
        2 if value < 70 => value.saturating_add(2000),
        2 => value.saturating_add(1900),
        _ => return Err(IssueKind::DateUnrecognised.into()),
    };
    i32::try_from(full).map_err(|_| IssueKind::DateOutOfRange.into())
}

/// Three numbers: a four-digit year first or last settles half of it; the rest is settled by the declared order, or
/// by there being one reading that exists.
fn numeric(parts: [(u32, usize); 3], order: Option<DateOrder>) -> Result<NaiveDate, NormaliseIssue> {
    let [(_, na), (_, nb), (_, nc)] = parts;
    if nb > 2 || !matches!((na, nc), (4, 1 | 2) | (1 | 2, 2 | 4) | (2, 1)) {
        return Err(IssueKind::DateUnrecognised.into());
    }
    let orders: Vec<DateOrder> = match (na, nc, order) {
        (4, _, _) => vec![DateOrder::Ymd],
        // A year at the end rules out the declared year-first order; the rest stays open.
        (_, 4, Some(o @ (DateOrder::Dmy | DateOrder::Mdy))) => vec![o],
        (_, 4, _) => vec![DateOrder::Dmy, DateOrder::Mdy],
        (_, _, Some(o)) => vec![o],
        (_, _, None) => DateOrder::ALL.to_vec(),
    };
    let mut readings: Vec<(DateOrder, NaiveDate)> = Vec::new();
    let mut last = NormaliseIssue::new(IssueKind::DateImpossible);
    for order in &orders {
        let [a, b, c] = parts;
        let (y, m, d) = match order {
            DateOrder::Ymd => (a, b, c),
            DateOrder::Dmy => (c, b, a),
            DateOrder::Mdy => (c, a, b),
        };
        match year(y.0, y.1).and_then(|year| day(year, m.0, d.0)) {
            Ok(date) => {
                if readings.iter().all(|(_, other)| *other != date) {
                    readings.push((*order, date));
                }
            }
            Err(issue) if issue.kind() != IssueKind::DateUnrecognised => last = issue,
            Err(_) => {}
        }
    }
    match readings.as_slice() {
        [] => Err(last),
        [(_, date)] => Ok(*date),
        several => {
            let names: Vec<&str> = several.iter().map(|(o, _)| o.name()).collect();
            Err(NormaliseIssue::new(IssueKind::DateAmbiguous).with("readings", names.join(", ")))
        }
    }
}

/// 2024年3月5日.
fn chinese(tokens: &[Token]) -> Result<NaiveDate, NormaliseIssue> {
    let meaningful: Vec<&Token> = tokens.iter().filter(|t| **t != Token::Mark(' ')).collect();
    match meaningful.as_slice() {
        [
            Token::Number(y, ny),
            Token::Unit('年'),
            Token::Number(m, _),
            Token::Unit('月'),
            Token::Number(d, nd),
        ]
        | [
            Token::Number(y, ny),
            Token::Unit('年'),
            Token::Number(m, _),
            Token::Unit('月'),
            Token::Number(d, nd),
            Token::Unit('日'),
        ] if *nd <= 2 => day(year(*y, *ny)?, *m, *d),
        [Token::Number(..), Token::Unit('年')]
        | [Token::Number(..), Token::Unit('年'), Token::Number(..), Token::Unit('月')]
        | [Token::Number(..), Token::Unit('月')]
        | [Token::Number(..), Token::Unit('月'), Token::Number(..)]
        | [Token::Number(..), Token::Unit('月'), Token::Number(..), Token::Unit('日')]
        | [Token::Number(..), Token::Unit('日')] => Err(IssueKind::DateIncomplete.into()),
        _ => Err(IssueKind::DateUnrecognised.into()),
    }
}

/// 令和6年3月5日 and 民國113年3月5日.
fn era_day(era: &era::Era, tokens: &[Token]) -> Result<NaiveDate, NormaliseIssue> {
    let mut tokens: Vec<Token> = tokens.iter().filter(|t| **t != Token::Mark(' ')).cloned().collect();
    let Some(Token::Number(count, digits)) = tokens.first_mut() else {
        return Err(IssueKind::DateUnrecognised.into());
    };
    if *digits > 3 {
        return Err(IssueKind::DateUnrecognised.into());
    }
    *count = era::year(era, *count).ok_or_else(|| NormaliseIssue::new(IssueKind::DateImpossible))?;
    *digits = 4;
    let date = chinese(&tokens)?;
    if era::holds(era, date) { Ok(date) } else { Err(IssueKind::DateImpossible.into()) }
}

/// A clock and an offset.
fn time_part(text: &str) -> Result<(NaiveTime, Option<FixedOffset>), NormaliseIssue> {
    let unrecognised = || NormaliseIssue::new(IssueKind::DateUnrecognised);
    let mut rest = text.trim();
    let mut half = None;
    for (word, is_pm) in
        [("上午", false), ("凌晨", false), ("早上", false), ("下午", true), ("晚上", true), ("中午", true)]
    {
        if let Some(after) = rest.strip_prefix(word) {
            half = Some(is_pm);
            rest = after.trim_start();
        }
    }
    // `161425`, the basic form of ISO 8601.
    let spelled;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    if half.is_none() && matches!(digits, 4 | 6) {
        let part = |from: usize, to: usize| rest.get(from..to).unwrap_or_default();
        let seconds = if digits == 6 { part(4, 6) } else { "00" };
        spelled = format!("{}:{}:{seconds}{}", part(0, 2), part(2, 4), part(digits, rest.len()));
        rest = &spelled;
    }
    let (hour, after) = number(rest).ok_or_else(unrecognised)?;
    rest = after.strip_prefix([':', '时', '時', '点', '點']).ok_or_else(unrecognised)?;
    let mut minute = 0;
    let mut second = 0;
    let mut nano = 0;
    if let Some((value, after)) = number(rest) {
        minute = value;
        rest = after.strip_prefix('分').unwrap_or(after);
        let seconds = after.strip_prefix([':', '分']).and_then(number);
        if let Some((value, after)) = seconds {
            second = value;
            rest = after.strip_prefix('秒').unwrap_or(after);
            if let Some(after) = after.strip_prefix(['.', ',']) {
                let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
                let (digits, tail) = after.split_at_checked(end).ok_or_else(unrecognised)?;
                if digits.is_empty() {
                    return Err(unrecognised());
                }
                let padded: String = digits.chars().chain("000000000".chars()).take(9).collect();
                nano = padded.parse().map_err(|_| unrecognised())?;
                rest = tail;
            }
        }
    } else if let Some(after) = rest.strip_prefix('半') {
        minute = 30;
        rest = after;
    } else if text.contains(':') {
        return Err(unrecognised());
    }
    rest = rest.trim();
    let lower = rest.to_ascii_lowercase();
    for (word, is_pm) in [("am", false), ("a.m.", false), ("pm", true), ("p.m.", true)] {
        if let Some(after) = lower.strip_prefix(word) {
            half = Some(is_pm);
            let used = rest.len().saturating_sub(after.len());
            rest = rest.get(used..).unwrap_or_default().trim_start();
            break;
        }
    }
    let impossible = || NormaliseIssue::new(IssueKind::DateImpossible);
    let hour = match half {
        None => hour,
        // 下午14:30 is written too; 13 PM is not.
        Some(true) if (1..=11).contains(&hour) => hour.saturating_add(12),
        Some(true) if (12..=23).contains(&hour) => hour,
        Some(false) if hour == 12 => 0,
        Some(false) if hour < 12 => hour,
        Some(_) => return Err(impossible()),
    };
    let clock = NaiveTime::from_hms_nano_opt(hour, minute, second, nano).ok_or_else(impossible)?;
    let offset = if rest.is_empty() { None } else { Some(offset(rest)?) };
    Ok((clock, offset))
}

fn number(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    if digits.is_empty() || digits.len() > 2 { None } else { digits.parse().ok().map(|n| (n, rest)) }
}

/// `Z`, `UTC`, `GMT`, `+08:00`, `+0800`, `+08`, `UTC+8`.
fn offset(text: &str) -> Result<FixedOffset, NormaliseIssue> {
    let unrecognised = || NormaliseIssue::new(IssueKind::DateUnrecognised);
    let upper = text.to_ascii_uppercase();
    let named = upper.strip_prefix("UTC").or_else(|| upper.strip_prefix("GMT"));
    let rest = match (upper.as_str(), named) {
        ("Z", _) | (_, Some("")) => return FixedOffset::east_opt(0).ok_or_else(unrecognised),
        (_, Some(rest)) => rest,
        (all, None) => all,
    };
    let (negative, digits) = match (rest.strip_prefix('+'), rest.strip_prefix('-')) {
        (Some(d), _) => (false, d),
        (_, Some(d)) => (true, d),
        _ => return Err(unrecognised()),
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some((h, m)) if m.len() == 2 && matches!(h.len(), 1 | 2) => (h, m),
        Some(_) => return Err(unrecognised()),
        None if digits.len() == 4 => digits.split_at_checked(2).ok_or_else(unrecognised)?,
        None if matches!(digits.len(), 1 | 2) => (digits, "0"),
        None => return Err(unrecognised()),
    };
    let parse = |s: &str| s.bytes().all(|b| b.is_ascii_digit()).then(|| s.parse::<i32>().ok()).flatten();
    let (h, m) = (parse(hours).ok_or_else(unrecognised)?, parse(minutes).ok_or_else(unrecognised)?);
    if h > 14 || m > 59 {
        return Err(IssueKind::DateImpossible.into());
    }
    let seconds = h * 3600 + m * 60;
    FixedOffset::east_opt(if negative { -seconds } else { seconds }).ok_or_else(unrecognised)
}
