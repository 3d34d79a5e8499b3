//! What the functions answer on single values.

use std::cmp::Ordering;

use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;
use qudao_model::{Instant, Money, Span, Value};
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use crate::func::Func;
use crate::limits::{MAX_PATTERN, PATTERN_BYTES};
use crate::syntax::ArithOp;
use crate::value_ops::{Fault, arith, calendar, negate, number, order, start};

/// The answer of a function. `now` is asked for only by [`Func::DaysSince`], which the evaluator rewrites.
pub(crate) fn call(func: Func, args: &[Value], zone: Tz) -> Result<Value, Fault> {
    // `sum`, `min` and `max` of a list look into it themselves.
    if args.contains(&Value::Missing) {
        return Ok(Value::Missing);
    }
    let first = args.first().ok_or(Fault::WrongType)?;
    match func {
        Func::Size => size(first),
        Func::Lower => Ok(Value::from(text(first)?.to_lowercase())),
        Func::Upper => Ok(Value::from(text(first)?.to_uppercase())),
        Func::Trim => Ok(Value::text(text(first)?.trim())),
        Func::StartsWith => Ok(Value::Bool(text(first)?.starts_with(text(second(args)?)?))),
        Func::EndsWith => Ok(Value::Bool(text(first)?.ends_with(text(second(args)?)?))),
        Func::Contains => Ok(Value::Bool(text(first)?.contains(text(second(args)?)?))),
        Func::Matches => {
            let pattern = pattern(text(second(args)?)?, PATTERN_BYTES).map_err(|_| Fault::BadPattern)?;
            Ok(Value::Bool(pattern.is_match(text(first)?)))
        }
        Func::Abs => abs(first),
        Func::Min => extreme(args, zone, Ordering::Less),
        Func::Max => extreme(args, zone, Ordering::Greater),
        Func::Sum => sum(first, zone),
        Func::Round => round(first, args.get(1)),
        Func::Int => int(first),
        Func::Decimal => decimal(first),
        Func::Text => Ok(Value::from(string(first)?)),
        Func::Bool => boolean(first),
        Func::Money => Ok(Value::money(number(first)?, text(second(args)?)?)),
        Func::Currency => match first {
            Value::Money(m) => Ok(Value::Text(m.currency.clone())),
            _ => Err(Fault::WrongType),
        },
        Func::Date => match first {
            Value::Text(t) => parse_date(t).map(Value::Date).ok_or(Fault::BadConversion("date")),
            other => calendar(other, zone).map(Value::Date),
        },
        Func::Instant => match first {
            Value::Instant(_) => Ok(first.clone()),
            Value::Date(d) => start(*d, zone).map(Value::Instant),
            Value::Text(t) => Instant::parse(t).map(Value::Instant).ok_or(Fault::BadConversion("instant")),
            _ => Err(Fault::WrongType),
        },
        Func::Duration => match first {
            Value::Duration(_) => Ok(first.clone()),
            Value::Text(t) => parse_duration(t).map(Value::Duration).ok_or(Fault::BadConversion("duration")),
            _ => Err(Fault::WrongType),
        },
        Func::Days => match first {
            Value::Duration(span) => Ok(Value::Decimal(span.days().normalize())),
            from => days(from, second(args)?, zone),
        },
        // The evaluator gives the present day as second argument.
        Func::DaysSince => days(first, second(args)?, zone),
        Func::Year => Ok(Value::Int(calendar(first, zone)?.year().into())),
        Func::Month => Ok(Value::Int(calendar(first, zone)?.month().into())),
        Func::Day => Ok(Value::Int(calendar(first, zone)?.day().into())),
        Func::Weekday => Ok(Value::Int(calendar(first, zone)?.weekday().number_from_monday().into())),
    }
}

/// Compiles a pattern within the size limits; matching takes time linear in the text.
pub(crate) fn pattern(text: &str, bytes: usize) -> Result<regex::Regex, regex::Error> {
    if text.len() > MAX_PATTERN {
        return Err(regex::Error::CompiledTooBig(bytes));
    }
    regex::RegexBuilder::new(text).size_limit(bytes).dfa_size_limit(bytes).nest_limit(50).build()
}

fn second(args: &[Value]) -> Result<&Value, Fault> {
    args.get(1).ok_or(Fault::WrongType)
}

fn text(value: &Value) -> Result<&str, Fault> {
    match value {
        Value::Text(t) => Ok(t),
        _ => Err(Fault::WrongType),
    }
}

fn count(n: usize) -> Value {
    Value::Int(i64::try_from(n).unwrap_or(i64::MAX))
}

fn size(value: &Value) -> Result<Value, Fault> {
    match value {
        Value::Text(t) => Ok(count(t.chars().count())),
        Value::List(items) => Ok(count(items.len())),
        _ => Err(Fault::WrongType),
    }
}

fn abs(value: &Value) -> Result<Value, Fault> {
    let negative = match value {
        Value::Int(n) => *n < 0,
        Value::Decimal(d) => d.is_sign_negative(),
        Value::Money(m) => m.amount.is_sign_negative(),
        Value::Duration(d) => d.micros() < 0,
        _ => return Err(Fault::WrongType),
    };
    if negative { negate(value) } else { Ok(value.clone()) }
}

fn extreme(args: &[Value], zone: Tz, wanted: Ordering) -> Result<Value, Fault> {
    let items = match args {
        [Value::List(items)] => items,
        _ => args,
    };
    let mut best: Option<&Value> = None;
    for item in items {
        let better = match best {
            None => *item != Value::Missing,
            Some(best) => order(item, best, zone)?.is_some_and(|o| o == wanted),
        };
        if *item == Value::Missing {
            return Ok(Value::Missing);
        }
        if better {
            best = Some(item);
        }
    }
    Ok(best.cloned().unwrap_or_default())
}

fn sum(list: &Value, zone: Tz) -> Result<Value, Fault> {
    let Value::List(items) = list else { return Err(Fault::WrongType) };
    let mut total: Option<Value> = None;
    for item in items.iter() {
        total = Some(match total {
            None => item.clone(),
            Some(total) => arith(ArithOp::Add, &total, item, zone)?,
        });
    }
    // The checker gives a sum of none its zero.
    Ok(total.unwrap_or_default())
}

fn round(value: &Value, digits: Option<&Value>) -> Result<Value, Fault> {
    let digits = match digits {
        None => 0,
        Some(Value::Int(n)) => u32::try_from(*n).map_err(|_| Fault::Overflow)?.min(28),
        Some(_) => return Err(Fault::WrongType),
    };
    let rounded = |d: &Decimal| d.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
    Ok(match value {
        Value::Int(_) => value.clone(),
        Value::Decimal(d) => Value::Decimal(rounded(d)),
        Value::Money(m) => Value::Money(Money { amount: rounded(&m.amount), currency: m.currency.clone() }),
        _ => return Err(Fault::WrongType),
    })
}

fn int(value: &Value) -> Result<Value, Fault> {
    match value {
        Value::Int(_) => Ok(value.clone()),
        Value::Decimal(d) => d.trunc().to_i64().map(Value::Int).ok_or(Fault::Overflow),
        Value::Text(t) => t.trim().parse().map(Value::Int).map_err(|_| Fault::BadConversion("int")),
        _ => Err(Fault::WrongType),
    }
}

fn decimal(value: &Value) -> Result<Value, Fault> {
    let read = |t: &str| {
        let t = t.trim();
        // Digit groups with underscores are for source code, not for data.
        if t.contains('_') {
            return None;
        }
        Decimal::from_str_exact(t).or_else(|_| Decimal::from_scientific(t)).ok()
    };
    match value {
        Value::Int(n) => Ok(Value::Decimal(Decimal::from(*n))),
        Value::Decimal(_) => Ok(value.clone()),
        Value::Money(m) => Ok(Value::Decimal(m.amount)),
        Value::Text(t) => read(t).map(Value::Decimal).ok_or(Fault::BadConversion("decimal")),
        _ => Err(Fault::WrongType),
    }
}

fn boolean(value: &Value) -> Result<Value, Fault> {
    match value {
        Value::Bool(_) => Ok(value.clone()),
        Value::Text(t) => match t.trim() {
            "true" | "True" | "TRUE" | "t" | "1" => Ok(Value::Bool(true)),
            "false" | "False" | "FALSE" | "f" | "0" => Ok(Value::Bool(false)),
            _ => Err(Fault::BadConversion("bool")),
        },
        _ => Err(Fault::WrongType),
    }
}

/// Equal values have equal text.
fn string(value: &Value) -> Result<String, Fault> {
    Ok(match value {
        Value::Decimal(d) => d.normalize().to_string(),
        Value::Money(m) => format!("{} {}", m.amount.normalize(), m.currency),
        Value::Duration(span) => {
            format!("{}s", (Decimal::from(span.micros()) / Decimal::from(1_000_000)).normalize())
        }
        Value::Missing | Value::List(_) => return Err(Fault::WrongType),
        other => other.to_string(),
    })
}

fn days(from: &Value, to: &Value, zone: Tz) -> Result<Value, Fault> {
    let (from, to) = (calendar(from, zone)?, calendar(to, zone)?);
    Ok(Value::Int(to.signed_duration_since(from).num_days()))
}

/// Reads `YYYY-MM-DD`, nothing else.
pub(crate) fn parse_date(text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    let fits = text.len() == 10
        && text
            .bytes()
            .enumerate()
            .all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
    if fits { NaiveDate::parse_from_str(text, "%Y-%m-%d").ok() } else { None }
}

/// Reads `1d`, `1h30m`, `-1.5h`, `250ms`: numbers, each with a unit. A day has 24 hours.
pub(crate) fn parse_duration(text: &str) -> Option<Span> {
    let text = text.trim();
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    if rest.is_empty() {
        return None;
    }
    let mut total = Decimal::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at_checked(digits)?;
        let letters = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (unit, tail) = after.split_at_checked(letters)?;
        let micros: i64 = match unit {
            "d" => Span::DAY,
            "h" => 3_600_000_000,
            "m" => 60_000_000,
            "s" => 1_000_000,
            "ms" => 1_000,
            "us" => 1,
            _ => return None,
        };
        if number.starts_with('.') || number.ends_with('.') {
            return None;
        }
        let number = Decimal::from_str_exact(number).ok()?;
        total = total.checked_add(number.checked_mul(Decimal::from(micros))?)?;
        rest = tail;
    }
    let micros = if total.fract().is_zero() { total.to_i64()? } else { return None };
    Some(Span::from_micros(if negative { micros.checked_neg()? } else { micros }))
}
