//! Comparison of lanes: typed vectors against a constant or each other, value by value where nothing faster fits.

use chrono_tz::Tz;
use qudao_model::columns::{Bitmap, ColumnData, Currencies, Decimals, TextData, days_of};
use qudao_model::{Decimal, Value};

use super::vector::{Errors, Lanes, Rows, Vector, both, failed, without};
use super::walk::lane_ix;
use crate::EvalError;
use crate::eval::fault;
use crate::loc::Loc;
use crate::syntax::CompareOp;
use crate::value_ops::{self, Fault};

/// Two bitmaps: where the answer is yes, and where there is one.
type Answer = (Bitmap, Bitmap);

/// The answer of a comparison.
pub(super) fn compare<'a>(op: CompareOp, a: Lanes<'a>, b: Lanes<'a>, zone: Tz, at: Loc) -> Lanes<'a> {
    let fast = match (&a.values, &b.values) {
        (x, Vector::Same(value, _)) => constant(op, x, value, zone),
        (Vector::Same(value, _), x) => constant(op.swapped(), x, value, zone),
        (x, y) => between(op, x, y),
    };
    let errors = both(a.errors, b.errors);
    if let Some((yes, known)) = fast {
        let values = Vector::Bools { yes: yes.and(&known), known };
        return Lanes { values: without(values, &errors), errors };
    }
    each(a.values.len(), errors, at, |lane| {
        value_ops::compare(op, &a.values.value(lane), &b.values.value(lane), zone)
    })
}

/// A condition on each lane without an error.
fn each<'a>(
    len: usize,
    errors: Errors,
    at: Loc,
    answer: impl Fn(usize) -> Result<Option<bool>, Fault>,
) -> Lanes<'a> {
    let mut found = Errors::new();
    let mut yes = Bitmap::filled(len, false);
    let mut known = Bitmap::filled(len, false);
    for lane in 0..len {
        if failed(&errors, lane) {
            continue;
        }
        match answer(lane) {
            Ok(Some(answer)) => {
                yes.set(lane, answer);
                known.set(lane, true);
            }
            Ok(None) => {}
            Err(f) => found.push((lane_ix(lane), fault(f, at))),
        }
    }
    Lanes { values: Vector::Bools { yes, known }, errors: both(errors, found) }
}

/// Packs one answer a value.
fn pack<T: Copy>(values: &[T], holds: impl Fn(T) -> bool) -> Bitmap {
    Bitmap::from_slice(values, holds)
}

/// One answer a lane; of lanes without a row, any.
fn scan<T: Copy + Default>(values: &[T], rows: &Rows, holds: impl Fn(T) -> bool) -> Bitmap {
    match rows {
        Rows::Range(start, len) => {
            let start = *start as usize;
            pack(values.get(start..start + len).unwrap_or_default(), holds)
        }
        Rows::List(rows) => pack(rows, |row| holds(values.get(row as usize).copied().unwrap_or_default())),
    }
}

fn by_order<T: Copy + Default + PartialOrd>(op: CompareOp, values: &[T], rows: &Rows, than: T) -> Bitmap {
    match op {
        CompareOp::Eq => scan(values, rows, |v| v == than),
        CompareOp::Ne => scan(values, rows, |v| v != than),
        CompareOp::Lt => scan(values, rows, |v| v < than),
        CompareOp::Le => scan(values, rows, |v| v <= than),
        CompareOp::Gt => scan(values, rows, |v| v > than),
        CompareOp::Ge => scan(values, rows, |v| v >= than),
    }
}

/// A comparison of whole numbers that answers what one of decimals would.
enum Whole {
    With(CompareOp, i64),
    Always(bool),
}

/// `mantissa / 10^scale op than`, as a comparison of the mantissa.
fn whole(op: CompareOp, scale: u32, than: Decimal) -> Whole {
    let digits = than.scale();
    let power = 10_i128.checked_pow(scale.abs_diff(digits));
    let (floor, exact) = match power {
        Some(power) if scale >= digits => match than.mantissa().checked_mul(power) {
            Some(at) => (at, true),
            // Beyond every whole number of 64 bits.
            None => (if than.is_sign_negative() { i128::MIN } else { i128::MAX }, true),
        },
        Some(power) => (than.mantissa().div_euclid(power), than.mantissa().rem_euclid(power) == 0),
        None => (if than.is_sign_negative() { -1 } else { 0 }, than.is_zero()),
    };
    let op = match (op, exact) {
        (op, true) => op,
        (CompareOp::Eq, false) => return Whole::Always(false),
        (CompareOp::Ne, false) => return Whole::Always(true),
        (CompareOp::Lt | CompareOp::Le, false) => CompareOp::Le,
        (CompareOp::Gt | CompareOp::Ge, false) => CompareOp::Gt,
    };
    match i64::try_from(floor) {
        Ok(at) => Whole::With(op, at),
        Err(_) => Whole::Always(match op {
            CompareOp::Eq => false,
            CompareOp::Ne => true,
            CompareOp::Lt | CompareOp::Le => floor > 0,
            CompareOp::Gt | CompareOp::Ge => floor < 0,
        }),
    }
}

fn wholes(op: CompareOp, values: &[i64], scale: u32, rows: &Rows, than: Decimal) -> Bitmap {
    match whole(op, scale, than) {
        Whole::With(op, at) => by_order(op, values, rows, at),
        Whole::Always(answer) => Bitmap::filled(rows.len(), answer),
    }
}

fn decimals(op: CompareOp, values: &Decimals, rows: &Rows, than: Decimal) -> Option<Bitmap> {
    match values {
        Decimals::Narrow { mantissas, scale, .. } => Some(wholes(op, mantissas, *scale, rows, than)),
        Decimals::Wide(values) => Some(by_order(op, values, rows, than)),
    }
}

/// Values against one that is the same on all lanes.
fn constant(op: CompareOp, x: &Vector<'_>, value: &Value, zone: Tz) -> Option<Answer> {
    if *value == Value::Missing {
        return Some((Bitmap::filled(x.len(), false), Bitmap::filled(x.len(), false)));
    }
    let yes = match x {
        Vector::Ints { values, .. } => {
            let rows = Rows::Range(0, values.len());
            match value {
                Value::Int(n) => by_order(op, values, &rows, *n),
                Value::Decimal(d) => wholes(op, values, 0, &rows, *d),
                _ => return None,
            }
        }
        Vector::View { column, rows, .. } => match (column.data(), value) {
            (ColumnData::Int(values), Value::Int(n)) => by_order(op, values, rows, *n),
            (ColumnData::Int(values), Value::Decimal(d)) => wholes(op, values, 0, rows, *d),
            (ColumnData::Decimal(values), Value::Int(n)) => decimals(op, values, rows, Decimal::from(*n))?,
            (ColumnData::Decimal(values), Value::Decimal(d)) => decimals(op, values, rows, *d)?,
            (ColumnData::Money { amounts, .. }, Value::Int(n)) => {
                decimals(op, amounts, rows, Decimal::from(*n))?
            }
            (ColumnData::Money { amounts, .. }, Value::Decimal(d)) => decimals(op, amounts, rows, *d)?,
            (ColumnData::Money { amounts, currencies: Currencies::One(code) }, Value::Money(m))
                if *code == m.currency =>
            {
                decimals(op, amounts, rows, m.amount)?
            }
            (ColumnData::Date(days), Value::Date(date)) => by_order(op, days, rows, days_of(*date)),
            (ColumnData::Instant(micros), Value::Instant(i)) => by_order(op, micros, rows, i.micros()),
            (ColumnData::Instant(micros), Value::Date(date)) => {
                by_order(op, micros, rows, value_ops::start(*date, zone).ok()?.micros())
            }
            (ColumnData::Duration(micros), Value::Duration(d)) => by_order(op, micros, rows, d.micros()),
            _ => return same_text(op, x, value),
        },
        Vector::Codes { .. } => return same_text(op, x, value),
        _ => return None,
    };
    Some((yes, x.known()))
}

/// Texts against one text. Equality with a text of a dictionary is equality of numbers.
fn same_text(op: CompareOp, x: &Vector<'_>, value: &Value) -> Option<Answer> {
    let than = value.as_text()?;
    if op.is_equality()
        && let Some(coded) = x.coded()
    {
        // A text that the dictionary has not got has no number.
        let wanted = coded.dictionary.find(than);
        let (eq, known) = match wanted {
            Some(wanted) => coded.answers(|code| code == wanted),
            None => coded.answers(|_| false),
        };
        return Some((if op == CompareOp::Eq { eq } else { eq.inverted().and(&known) }, known));
    }
    if let Some(answer) = plain_texts(x, |text| holds(op, text, than)) {
        return Some(answer);
    }
    let texts = x.texts()?;
    let len = x.len();
    let mut known = Bitmap::filled(len, false);
    let mut yes = Bitmap::filled(len, false);
    for lane in 0..len {
        if let Some(text) = texts.get(lane) {
            known.set(lane, true);
            yes.set(lane, holds(op, text, than));
        }
    }
    Some((yes, known))
}

/// A question of consecutive texts that stand each by itself.
fn plain_texts(x: &Vector<'_>, holds: impl Fn(&str) -> bool) -> Option<Answer> {
    let Vector::View { column, rows: Rows::Range(start, len), .. } = x else { return None };
    let ColumnData::Text(TextData::Plain(texts)) = column.data() else { return None };
    let start = *start as usize;
    if start + len > column.len() {
        return None;
    }
    let mut words = Vec::with_capacity(len.div_ceil(64));
    texts.blocks_in(start, *len, |_, block| {
        let bit = |(at, text): (usize, &&str)| u64::from(holds(text)) << at;
        words.push(block.iter().enumerate().map(bit).fold(0, |word, bit| word | bit));
    });
    let known = x.known();
    Some((Bitmap::from_words(words, *len).and(&known), known))
}

/// Consecutive numbers as whole ones of a scale.
fn scaled<'v>(x: &'v Vector<'_>) -> Option<(&'v [i64], u32)> {
    match x {
        Vector::Ints { values, .. } => Some((values, 0)),
        Vector::View { column, rows: Rows::Range(start, len), .. } => {
            let (values, scale) = match column.data() {
                ColumnData::Int(values) => (values, 0),
                ColumnData::Decimal(Decimals::Narrow { mantissas, scale, .. }) => (mantissas, *scale),
                _ => return None,
            };
            Some((values.get(*start as usize..*start as usize + len)?, scale))
        }
        _ => None,
    }
}

/// Numbers of two scales against each other, both brought to the finer one.
fn numbers(op: CompareOp, x: &Vector<'_>, y: &Vector<'_>) -> Option<Answer> {
    let ((a, s), (b, t)) = (scaled(x)?, scaled(y)?);
    let finest = s.max(t);
    // A whole number of 64 bits times 10 to the 18th fits 128 bits.
    let (p, q) = (10_i128.checked_pow(finest - s)?, 10_i128.checked_pow(finest - t)?);
    if a.len() != b.len() || finest > Decimals::MOST_DIGITS {
        return None;
    }
    let pairs: Vec<(i64, i64)> = a.iter().copied().zip(b.iter().copied()).collect();
    let yes = pack(&pairs, |(a, b)| holds(op, &(i128::from(a) * p), &(i128::from(b) * q)));
    Some((yes, x.known().and(&y.known())))
}

fn holds<T: PartialOrd + ?Sized>(op: CompareOp, a: &T, b: &T) -> bool {
    match op {
        CompareOp::Eq => a == b,
        CompareOp::Ne => a != b,
        CompareOp::Lt => a < b,
        CompareOp::Le => a <= b,
        CompareOp::Gt => a > b,
        CompareOp::Ge => a >= b,
    }
}

/// Two fields against each other.
fn between(op: CompareOp, x: &Vector<'_>, y: &Vector<'_>) -> Option<Answer> {
    fn lanes<T: Copy + Default + PartialOrd>(
        op: CompareOp,
        a: &[T],
        a_rows: &Rows,
        b: &[T],
        b_rows: &Rows,
    ) -> Bitmap {
        let run = |values: &[T], rows: &Rows| match rows {
            Rows::Range(start, len) => values.get(*start as usize..*start as usize + len).map(<[T]>::to_vec),
            Rows::List(_) => None,
        };
        if let (Some(a), Some(b)) = (run(a, a_rows), run(b, b_rows)) {
            let pairs: Vec<(T, T)> = a.into_iter().zip(b).collect();
            return pack(&pairs, |(a, b)| holds(op, &a, &b));
        }
        let at = |values: &[T], rows: &Rows, lane| {
            values.get(rows.get(lane) as usize).copied().unwrap_or_default()
        };
        Bitmap::from_fn(a_rows.len(), |lane| holds(op, &at(a, a_rows, lane), &at(b, b_rows, lane)))
    }
    if let (Vector::View { column: a, rows: a_rows, .. }, Vector::View { column: b, rows: b_rows, .. }) =
        (x, y)
    {
        let yes = match (a.data(), b.data()) {
            (ColumnData::Int(a), ColumnData::Int(b))
            | (ColumnData::Instant(a), ColumnData::Instant(b))
            | (ColumnData::Duration(a), ColumnData::Duration(b)) => lanes(op, a, a_rows, b, b_rows),
            (ColumnData::Date(a), ColumnData::Date(b)) => lanes(op, a, a_rows, b, b_rows),
            (
                ColumnData::Decimal(Decimals::Narrow { mantissas: a, scale: s, .. }),
                ColumnData::Decimal(Decimals::Narrow { mantissas: b, scale: t, .. }),
            ) if s == t => lanes(op, a, a_rows, b, b_rows),
            (
                ColumnData::Money {
                    amounts: Decimals::Narrow { mantissas: a, scale: s, .. },
                    currencies: Currencies::One(x),
                },
                ColumnData::Money {
                    amounts: Decimals::Narrow { mantissas: b, scale: t, .. },
                    currencies: Currencies::One(y),
                },
            ) if s == t && x == y => lanes(op, a, a_rows, b, b_rows),
            _ => return numbers(op, x, y).or_else(|| text_pairs(op, x, y)),
        };
        return Some((yes, x.known().and(&y.known())));
    }
    numbers(op, x, y).or_else(|| text_pairs(op, x, y))
}

fn text_pairs(op: CompareOp, x: &Vector<'_>, y: &Vector<'_>) -> Option<Answer> {
    let (a, b) = (x.texts()?, y.texts()?);
    let mut known = Bitmap::filled(x.len(), false);
    let mut yes = Bitmap::filled(x.len(), false);
    for lane in 0..x.len() {
        if let (Some(a), Some(b)) = (a.get(lane), b.get(lane)) {
            known.set(lane, true);
            yes.set(lane, holds(op, a, b));
        }
    }
    Some((yes, known))
}

/// Whether a value is among others.
pub(super) fn within<'a>(item: Lanes<'a>, list: Lanes<'a>, zone: Tz, at: Loc) -> Lanes<'a> {
    let fast = match &list.values {
        Vector::Same(Value::List(items), _) if !items.is_empty() => among(&item.values, items),
        _ => None,
    };
    let errors = both(item.errors, list.errors);
    if let Some((yes, known)) = fast {
        let values = Vector::Bools { yes: yes.and(&known), known };
        return Lanes { values: without(values, &errors), errors };
    }
    each(item.values.len(), errors, at, |lane| {
        let value = item.values.value(lane);
        match list.values.value(lane) {
            Value::Missing => Ok(None),
            Value::List(items) => value_ops::contains(&value, items.iter(), zone),
            _ => Err(Fault::WrongType),
        }
    })
}

/// Values against a list that is the same on all lanes.
fn among(x: &Vector<'_>, items: &[Value]) -> Option<Answer> {
    if let Some(coded) = x.coded() {
        let wanted: Vec<&str> = items.iter().map(Value::as_text).collect::<Option<_>>()?;
        let wanted: Vec<u32> = wanted.into_iter().filter_map(|text| coded.dictionary.find(text)).collect();
        return Some(match *wanted.as_slice() {
            [] => coded.answers(|_| false),
            [a] => coded.answers(|code| code == a),
            [a, b] => coded.answers(|code| (code == a) | (code == b)),
            [a, b, c] => coded.answers(|code| (code == a) | (code == b) | (code == c)),
            _ => {
                let mut set = Bitmap::filled(coded.dictionary.len(), false);
                wanted.iter().for_each(|code| set.set(*code as usize, true));
                coded.answers(|code| set.get(code as usize))
            }
        });
    }
    let ints = || items.iter().map(|v| if let Value::Int(n) = v { Some(*n) } else { None });
    let found = |wanted: Vec<i64>, values: &[i64], rows: &Rows| scan(values, rows, |v| wanted.contains(&v));
    match x {
        Vector::Ints { values, .. } => {
            let rows = Rows::Range(0, values.len());
            Some((found(ints().collect::<Option<_>>()?, values, &rows), x.known()))
        }
        Vector::View { column, rows, .. } if matches!(column.data(), ColumnData::Int(_)) => {
            let ColumnData::Int(values) = column.data() else { return None };
            Some((found(ints().collect::<Option<_>>()?, values, rows), x.known()))
        }
        _ => {
            let texts = x.texts()?;
            let wanted: Vec<&str> = items.iter().map(Value::as_text).collect::<Option<_>>()?;
            if let Some(answer) = plain_texts(x, |text| wanted.contains(&text)) {
                return Some(answer);
            }
            let mut known = Bitmap::filled(x.len(), false);
            let mut yes = Bitmap::filled(x.len(), false);
            for lane in 0..x.len() {
                if let Some(text) = texts.get(lane) {
                    known.set(lane, true);
                    yes.set(lane, wanted.contains(&text));
                }
            }
            Some((yes, known))
        }
    }
}

/// A condition on texts.
pub(super) fn matches<'a>(
    text: Lanes<'a>,
    at: Loc,
    holds: impl Fn(&str) -> Result<bool, Fault>,
) -> Lanes<'a> {
    if let Some(texts) = text.values.texts() {
        return each(text.values.len(), text.errors, at, |lane| texts.get(lane).map(&holds).transpose());
    }
    each(text.values.len(), text.errors, at, |lane| match text.values.value(lane) {
        Value::Missing => Ok(None),
        Value::Text(t) => holds(&t).map(Some),
        _ => Err(Fault::WrongType),
    })
}

/// The outcome of a condition: where it holds, where that is known, and errors.
pub(super) fn truths(lanes: Lanes<'_>, at: Loc) -> (Bitmap, Bitmap, Errors) {
    let len = lanes.values.len();
    match lanes.values {
        Vector::Bools { yes, known } => (yes, known, lanes.errors),
        Vector::Same(Value::Bool(b), _) if lanes.errors.is_empty() => {
            (Bitmap::filled(len, b), Bitmap::filled(len, true), lanes.errors)
        }
        Vector::Same(Value::Missing, _) => {
            (Bitmap::filled(len, false), Bitmap::filled(len, false), lanes.errors)
        }
        Vector::View { column, ref rows, .. } if matches!(column.data(), ColumnData::Bool(_)) => {
            let known = lanes.values.known();
            let yes = match column.data() {
                ColumnData::Bool(bits) => rows.gather(bits).and(&known),
                _ => Bitmap::filled(len, false),
            };
            (yes, known, lanes.errors)
        }
        values => {
            let mut found = Errors::new();
            let mut yes = Bitmap::filled(len, false);
            let mut known = Bitmap::filled(len, false);
            for lane in 0..len {
                if failed(&lanes.errors, lane) {
                    continue;
                }
                match values.value(lane) {
                    Value::Bool(b) => {
                        yes.set(lane, b);
                        known.set(lane, true);
                    }
                    Value::Missing => {}
                    _ => found.push((lane_ix(lane), EvalError::WrongType { offset: at.start })),
                }
            }
            (yes, known, both(lanes.errors, found))
        }
    }
}
