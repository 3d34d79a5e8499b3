//! Comparison and arithmetic of single values.
//!
//! A missing operand makes a comparison unknown and a result missing. Sums and products of whole numbers are
//! checked; decimals are exact up to 28 digits, beyond which a result is rounded half to even in its last digit.

use std::cmp::Ordering;

use chrono::NaiveDate;
use chrono_tz::Tz;
use qudao_model::{Instant, Money, Span, Value};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::syntax::{ArithOp, CompareOp};

/// Why an operation on values fails; the evaluator adds where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Overflow,
    DivisionByZero,
    CurrencyMismatch,
    BadConversion(&'static str),
    NotWholeDays,
    BadPattern,
    WrongType,
}

/// The order of two values; `None` when one is missing.
pub(crate) fn order(a: &Value, b: &Value, zone: Tz) -> Result<Option<Ordering>, Fault> {
    use Value as V;
    Ok(Some(match (a, b) {
        (V::Missing, _) | (_, V::Missing) => return Ok(None),
        (V::Bool(a), V::Bool(b)) => a.cmp(b),
        (V::Int(a), V::Int(b)) => a.cmp(b),
        (V::Int(_) | V::Decimal(_), V::Int(_) | V::Decimal(_)) => number(a)?.cmp(&number(b)?),
        (V::Money(a), V::Money(b)) => {
            if a.currency != b.currency {
                return Err(Fault::CurrencyMismatch);
            }
            a.amount.cmp(&b.amount)
        }
        // Only checked where the currency is fixed.
        (V::Money(a), _) => a.amount.cmp(&number(b)?),
        (_, V::Money(b)) => number(a)?.cmp(&b.amount),
        (V::Text(_) | V::Reference(_), V::Text(_) | V::Reference(_)) => a.as_text().cmp(&b.as_text()),
        (V::Date(a), V::Date(b)) => a.cmp(b),
        (V::Instant(a), V::Instant(b)) => a.cmp(b),
        (V::Date(a), V::Instant(b)) => start(*a, zone)?.cmp(b),
        (V::Instant(a), V::Date(b)) => a.cmp(&start(*b, zone)?),
        (V::Duration(a), V::Duration(b)) => a.cmp(b),
        _ => return Err(Fault::WrongType),
    }))
}

/// Whether two values are equal; `None` when that is unknown.
pub(crate) fn equal(a: &Value, b: &Value, zone: Tz) -> Result<Option<bool>, Fault> {
    let (Value::List(left), Value::List(right)) = (a, b) else {
        return Ok(order(a, b, zone)?.map(Ordering::is_eq));
    };
    if left.len() != right.len() {
        return Ok(Some(false));
    }
    let mut known = true;
    for (a, b) in left.iter().zip(right.iter()) {
        match equal(a, b, zone)? {
            Some(false) => return Ok(Some(false)),
            Some(true) => {}
            None => known = false,
        }
    }
    Ok(known.then_some(true))
}

/// The answer of a comparison; `None` when it is unknown.
pub(crate) fn compare(op: CompareOp, a: &Value, b: &Value, zone: Tz) -> Result<Option<bool>, Fault> {
    match op {
        CompareOp::Eq => equal(a, b, zone),
        CompareOp::Ne => Ok(equal(a, b, zone)?.map(|e| !e)),
        CompareOp::Lt => Ok(order(a, b, zone)?.map(Ordering::is_lt)),
        CompareOp::Le => Ok(order(a, b, zone)?.map(Ordering::is_le)),
        CompareOp::Gt => Ok(order(a, b, zone)?.map(Ordering::is_gt)),
        CompareOp::Ge => Ok(order(a, b, zone)?.map(Ordering::is_ge)),
    }
}

/// Whether a value is among others; `None` when that is unknown.
pub(crate) fn contains<'a>(
    item: &Value,
    items: impl IntoIterator<Item = &'a Value>,
    zone: Tz,
) -> Result<Option<bool>, Fault> {
    let mut known = true;
    let mut any = false;
    for other in items {
        any = true;
        match equal(item, other, zone)? {
            Some(true) => return Ok(Some(true)),
            Some(false) => {}
            None => known = false,
        }
    }
    // A missing value may or may not be what was looked for, even among none.
    Ok((known && (any || *item != Value::Missing)).then_some(false))
}

/// The number of an int or decimal.
pub(crate) fn number(value: &Value) -> Result<Decimal, Fault> {
    match value {
        Value::Int(n) => Ok(Decimal::from(*n)),
        Value::Decimal(d) => Ok(*d),
        _ => Err(Fault::WrongType),
    }
}

/// The first instant of a date.
pub(crate) fn start(date: NaiveDate, zone: Tz) -> Result<Instant, Fault> {
    Instant::start_of_day(date, zone).ok_or(Fault::Overflow)
}

/// The calendar date of a date or instant.
pub(crate) fn calendar(value: &Value, zone: Tz) -> Result<NaiveDate, Fault> {
    match value {
        Value::Date(date) => Ok(*date),
        Value::Instant(instant) => instant.date_in(zone).ok_or(Fault::Overflow),
        _ => Err(Fault::WrongType),
    }
}

/// The negative of a value.
pub(crate) fn negate(value: &Value) -> Result<Value, Fault> {
    Ok(match value {
        Value::Missing => Value::Missing,
        Value::Int(n) => Value::Int(n.checked_neg().ok_or(Fault::Overflow)?),
        Value::Decimal(d) => Value::Decimal(-*d),
        Value::Money(m) => Value::Money(Money { amount: -m.amount, currency: m.currency.clone() }),
        Value::Duration(d) => Value::Duration(span(d.micros().checked_neg())?),
        _ => return Err(Fault::WrongType),
    })
}

fn span(micros: Option<i64>) -> Result<Span, Fault> {
    micros.map(Span::from_micros).ok_or(Fault::Overflow)
}

fn instant(micros: Option<i64>) -> Result<Value, Fault> {
    let instant = micros.map(Instant::from_micros).ok_or(Fault::Overflow)?;
    // A point that has no calendar date is out of range.
    instant.to_chrono().ok_or(Fault::Overflow)?;
    Ok(Value::Instant(instant))
}

fn whole(op: ArithOp, a: i64, b: i64) -> Result<Value, Fault> {
    let result = match op {
        ArithOp::Add => a.checked_add(b),
        ArithOp::Sub => a.checked_sub(b),
        ArithOp::Mul => a.checked_mul(b),
        ArithOp::Div | ArithOp::Rem if b == 0 => return Err(Fault::DivisionByZero),
        ArithOp::Div => a.checked_div(b),
        ArithOp::Rem => a.checked_rem(b),
    };
    result.map(Value::Int).ok_or(Fault::Overflow)
}

fn exact(op: ArithOp, a: Decimal, b: Decimal) -> Result<Decimal, Fault> {
    let result = match op {
        ArithOp::Add => a.checked_add(b),
        ArithOp::Sub => a.checked_sub(b),
        ArithOp::Mul => a.checked_mul(b),
        ArithOp::Div | ArithOp::Rem if b.is_zero() => return Err(Fault::DivisionByZero),
        ArithOp::Div => a.checked_div(b),
        ArithOp::Rem => a.checked_rem(b),
    };
    result.ok_or(Fault::Overflow)
}

/// The result of an arithmetic operation.
pub(crate) fn arith(op: ArithOp, a: &Value, b: &Value, zone: Tz) -> Result<Value, Fault> {
    use ArithOp::{Add, Div, Mul, Sub};
    use Value as V;
    Ok(match (op, a, b) {
        (_, V::Missing, _) | (_, _, V::Missing) => V::Missing,
        (_, V::Int(a), V::Int(b)) => whole(op, *a, *b)?,
        (_, V::Int(_) | V::Decimal(_), V::Int(_) | V::Decimal(_)) => {
            V::Decimal(exact(op, number(a)?, number(b)?)?)
        }
        (Add, V::Text(a), V::Text(b)) => {
            let mut text = String::with_capacity(a.len() + b.len());
            text.push_str(a);
            text.push_str(b);
            V::from(text)
        }
        (Add, V::List(a), V::List(b)) => V::list(a.iter().chain(b.iter()).cloned()),
        (_, V::Money(a), V::Money(b)) => {
            if a.currency != b.currency {
                return Err(Fault::CurrencyMismatch);
            }
            let amount = exact(op, a.amount, b.amount)?;
            match op {
                Add | Sub => money(amount, a),
                Div => V::Decimal(amount),
                _ => return Err(Fault::WrongType),
            }
        }
        (_, V::Money(m), V::Int(_) | V::Decimal(_)) => money(exact(op, m.amount, number(b)?)?, m),
        (Add | Sub | Mul, V::Int(_) | V::Decimal(_), V::Money(m)) => {
            money(exact(op, number(a)?, m.amount)?, m)
        }
        (Sub, V::Date(a), V::Date(b)) => V::Duration(Span::from_days(a.signed_duration_since(*b).num_days())),
        (Add, V::Date(d), V::Duration(s)) | (Add, V::Duration(s), V::Date(d)) => shift(*d, s.micros(), 1)?,
        (Sub, V::Date(d), V::Duration(s)) => shift(*d, s.micros(), -1)?,
        (Add, V::Instant(i), V::Duration(s)) | (Add, V::Duration(s), V::Instant(i)) => {
            instant(i.micros().checked_add(s.micros()))?
        }
        (Sub, V::Instant(i), V::Duration(s)) => instant(i.micros().checked_sub(s.micros()))?,
        (Sub, V::Instant(a), V::Instant(b)) => V::Duration(span(a.micros().checked_sub(b.micros()))?),
        (Sub, V::Instant(a), V::Date(b)) => {
            V::Duration(span(a.micros().checked_sub(start(*b, zone)?.micros()))?)
        }
        (Sub, V::Date(a), V::Instant(b)) => {
            V::Duration(span(start(*a, zone)?.micros().checked_sub(b.micros()))?)
        }
        (Add, V::Duration(a), V::Duration(b)) => V::Duration(span(a.micros().checked_add(b.micros()))?),
        (Sub, V::Duration(a), V::Duration(b)) => V::Duration(span(a.micros().checked_sub(b.micros()))?),
        (Div, V::Duration(a), V::Duration(b)) => {
            V::Decimal(exact(Div, Decimal::from(a.micros()), Decimal::from(b.micros()))?)
        }
        (Mul | Div, V::Duration(s), V::Int(_) | V::Decimal(_)) => scale(op, s.micros(), number(b)?)?,
        (Mul, V::Int(_) | V::Decimal(_), V::Duration(s)) => scale(op, s.micros(), number(a)?)?,
        _ => return Err(Fault::WrongType),
    })
}

fn money(amount: Decimal, like: &Money) -> Value {
    Value::Money(Money { amount, currency: like.currency.clone() })
}

fn scale(op: ArithOp, micros: i64, by: Decimal) -> Result<Value, Fault> {
    let result = exact(op, Decimal::from(micros), by)?.round();
    Ok(Value::Duration(span(result.to_i64())?))
}

fn shift(date: NaiveDate, micros: i64, sign: i64) -> Result<Value, Fault> {
    if micros % Span::DAY != 0 {
        return Err(Fault::NotWholeDays);
    }
    let days = chrono::TimeDelta::try_days(micros / Span::DAY * sign).ok_or(Fault::Overflow)?;
    date.checked_add_signed(days).map(Value::Date).ok_or(Fault::Overflow)
}
