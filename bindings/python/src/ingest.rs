//! Arrow columns to columns of the engine: whole buffers at a time, texts where they stand.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Decimal128Type, DurationMicrosecondType,
    DurationMillisecondType, DurationNanosecondType, DurationSecondType, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, LargeStringArray, StringArray, StringViewArray};
use arrow_schema::{DataType, TimeUnit};
use qudao::model::columns::{
    Bitmap, Column, ColumnData, Currencies, Decimals, Dictionary, TextData, TextSource, Texts, Written,
};
use qudao::model::{FieldType, RecordId};

/// A column of a field from its chunks. `None` where the values have to be read one by one: then one of them is none of
/// the field's, or the types are so unlike that each is a question of its own.
pub(crate) fn column(chunks: &[ArrayRef], ty: &FieldType) -> Option<Column> {
    let kind = chunks.first()?.data_type();
    if chunks.iter().any(|c| c.data_type() != kind) {
        return None;
    }
    let valid = validity(chunks);
    let data = match ty {
        FieldType::Text | FieldType::Choice => {
            texts(chunks, *ty == FieldType::Choice).map(ColumnData::Text)?
        }
        FieldType::Reference(_) => references(chunks, valid.as_ref())?,
        FieldType::Bool => ColumnData::Bool(bools(chunks)?),
        FieldType::Int => ColumnData::Int(ints(chunks, valid.as_ref())?),
        FieldType::Decimal => ColumnData::Decimal(decimals(chunks, valid.as_ref())?),
        FieldType::Money(Some(currency)) => ColumnData::Money {
            amounts: decimals(chunks, valid.as_ref())?,
            currencies: Currencies::One(currency.clone()),
        },
        FieldType::Date => ColumnData::Date(dates(chunks, valid.as_ref())?),
        FieldType::Instant => ColumnData::Instant(instants(chunks)?),
        FieldType::Duration => ColumnData::Duration(durations(chunks)?),
        FieldType::Money(None) | FieldType::List(_) => return None,
    };
    Column::new(data, valid).ok()
}

/// The ids of rows, as texts.
pub(crate) fn ids(chunks: &[ArrayRef]) -> Option<Column> {
    let valid = validity(chunks);
    if let Some(texts) = texts(chunks, false) {
        return Column::new(ColumnData::Text(texts), valid).ok();
    }
    let mut out = Texts::default();
    for number in wholes(chunks)? {
        out.push(&number.to_string()).ok()?;
    }
    Column::new(ColumnData::Text(TextData::Plain(out)), valid).ok()
}

/// Which rows have a value; all of them where there is no bitmap.
fn validity(chunks: &[ArrayRef]) -> Option<Bitmap> {
    if chunks.iter().all(|c| c.logical_null_count() == 0) {
        return None;
    }
    let mut out = Bitmap::default();
    for chunk in chunks {
        out.append(&match chunk.logical_nulls() {
            None => Bitmap::filled(chunk.len(), true),
            Some(nulls) => {
                let bits = nulls.inner();
                Bitmap::from_bytes(bits.values(), bits.offset(), bits.len())
            }
        });
    }
    Some(out)
}

/// The texts of an Arrow array, shared.
#[derive(Debug)]
struct Shared<A>(A);

macro_rules! source {
    ($array:ty) => {
        impl TextSource for Shared<$array> {
            fn len(&self) -> usize {
                self.0.len()
            }

            fn get(&self, at: usize) -> &str {
                if at < self.0.len() { self.0.value(at) } else { "" }
            }

            fn fill<'a>(&'a self, range: Range<usize>, out: &mut Vec<&'a str>) {
                out.extend((range.start..range.end.min(self.0.len())).map(|at| self.0.value(at)));
            }
        }
    };
}

source!(StringArray);
source!(LargeStringArray);
source!(StringViewArray);

fn source(array: &ArrayRef) -> Option<Arc<dyn TextSource>> {
    Some(match array.data_type() {
        DataType::Utf8 => Arc::new(Shared(array.as_string::<i32>().clone())),
        DataType::LargeUtf8 => Arc::new(Shared(array.as_string::<i64>().clone())),
        DataType::Utf8View => Arc::new(Shared(array.as_string_view().clone())),
        _ => return None,
    })
}

/// Texts as they stand; numbers into a dictionary where they come so, or where that is wanted.
fn texts(chunks: &[ArrayRef], coded: bool) -> Option<TextData> {
    if let Some(DataType::Dictionary(..)) = chunks.first().map(|c| c.data_type()) {
        let (codes, dictionary) = coded_by(chunks, |text| Some(Some(text)))?;
        return Some(TextData::Coded { codes, dictionary: Arc::new(dictionary) });
    }
    let sources: Vec<Arc<dyn TextSource>> = chunks.iter().map(source).collect::<Option<_>>()?;
    let texts = Texts::shared(sources);
    if !coded {
        return Some(TextData::Plain(texts));
    }
    let nulls = validity(chunks);
    let held = |row: usize| nulls.as_ref().is_none_or(|n| n.get(row));
    TextData::collect((0..texts.len()).map(|row| held(row).then(|| texts.get(row))), true).ok()
}

/// The numbers of the texts of dictionaries in one of their own. `read` turns a text into what is kept of it; `None` for
/// one that cannot be kept.
fn coded_by(chunks: &[ArrayRef], read: fn(&str) -> Option<Option<&str>>) -> Option<(Vec<u32>, Dictionary)> {
    let mut dictionary = Dictionary::default();
    let mut codes = Vec::new();
    for chunk in chunks {
        let any = chunk.as_any_dictionary_opt()?;
        let values = source(any.values())?;
        let nulls = any.values().logical_nulls();
        let mut own = Vec::with_capacity(values.len());
        for at in 0..values.len() {
            own.push(match nulls.as_ref().is_some_and(|n| n.is_null(at)) {
                true => Dictionary::NONE,
                false => match read(values.get(at))? {
                    Some(text) => dictionary.add(text).ok()?,
                    None => Dictionary::NONE,
                },
            });
        }
        if own.is_empty() {
            codes.resize(codes.len().saturating_add(chunk.len()), Dictionary::NONE);
            continue;
        }
        let keys = any.normalized_keys();
        for (row, key) in keys.iter().enumerate() {
            let code = if chunk.is_null(row) { None } else { own.get(*key) };
            codes.push(code.copied().unwrap_or(Dictionary::NONE));
        }
    }
    Some((codes, dictionary))
}

/// Ids of other records. `None` where a text is no id.
fn references(chunks: &[ArrayRef], valid: Option<&Bitmap>) -> Option<ColumnData> {
    fn kept(text: &str) -> Option<Option<&str>> {
        let id = text.trim();
        if id.is_empty() { Some(None) } else { RecordId::fits(id).then_some(Some(id)) }
    }
    if let Some(DataType::Dictionary(..)) = chunks.first().map(|c| c.data_type()) {
        let (codes, dictionary) = coded_by(chunks, kept)?;
        return Some(ColumnData::Reference { codes, dictionary: Arc::new(dictionary) });
    }
    let mut dictionary = Dictionary::default();
    let mut codes = Vec::new();
    for chunk in chunks {
        let texts = source(chunk)?;
        for at in 0..texts.len() {
            let row = codes.len();
            let held = valid.is_none_or(|v| v.get(row));
            let id = if held { texts.get(at).trim() } else { "" };
            codes.push(if id.is_empty() { Dictionary::NONE } else { dictionary.add(id).ok()? });
        }
    }
    let fits = dictionary.texts().iter().all(RecordId::fits);
    fits.then(|| ColumnData::Reference { codes, dictionary: Arc::new(dictionary) })
}

fn bools(chunks: &[ArrayRef]) -> Option<Bitmap> {
    let mut out = Bitmap::default();
    for chunk in chunks {
        let bits = chunk.as_boolean_opt()?.values();
        out.append(&Bitmap::from_bytes(bits.values(), bits.offset(), bits.len()));
    }
    Some(out)
}

/// The values of chunks of one type, each as another.
fn each<T: ArrowPrimitiveType, V>(chunks: &[ArrayRef], to: impl Fn(T::Native) -> V + Copy) -> Option<Vec<V>> {
    let mut out = Vec::with_capacity(chunks.iter().map(|c| c.len()).sum());
    for chunk in chunks {
        out.extend(chunk.as_primitive_opt::<T>()?.values().iter().map(|v| to(*v)));
    }
    Some(out)
}

/// Whole numbers of any width that 64 bits hold. Rows without a value hold any.
fn wholes(chunks: &[ArrayRef]) -> Option<Vec<i64>> {
    match chunks.first()?.data_type() {
        DataType::Int8 => each::<Int8Type, _>(chunks, i64::from),
        DataType::Int16 => each::<Int16Type, _>(chunks, i64::from),
        DataType::Int32 => each::<Int32Type, _>(chunks, i64::from),
        DataType::Int64 => each::<Int64Type, _>(chunks, |v| v),
        DataType::UInt8 => each::<UInt8Type, _>(chunks, i64::from),
        DataType::UInt16 => each::<UInt16Type, _>(chunks, i64::from),
        DataType::UInt32 => each::<UInt32Type, _>(chunks, i64::from),
        DataType::UInt64 => {
            let values = each::<UInt64Type, _>(chunks, |v| v)?;
            values.into_iter().map(|v| i64::try_from(v).ok()).collect()
        }
        _ => None,
    }
}

/// Whole numbers; floats that are whole, since pandas makes floats of whole numbers with gaps.
fn ints(chunks: &[ArrayRef], valid: Option<&Bitmap>) -> Option<Vec<i64>> {
    match chunks.first()?.data_type() {
        DataType::Float64 => {
            let (mantissas, scale) = floats(chunks, valid)?;
            (scale == 0).then_some(mantissas)
        }
        _ => wholes(chunks),
    }
}

fn decimals(chunks: &[ArrayRef], valid: Option<&Bitmap>) -> Option<Decimals> {
    match chunks.first()?.data_type() {
        DataType::Float64 => {
            let (mantissas, scale) = floats(chunks, valid)?;
            Some(Decimals::Narrow { mantissas, scale, written: Written::Shortest })
        }
        DataType::Decimal128(_, scale) => {
            let scale = u32::try_from(*scale).ok().filter(|s| *s <= Decimals::MOST_DIGITS)?;
            let values = each::<Decimal128Type, _>(chunks, |v| v)?;
            let held = |row: usize| valid.is_none_or(|v| v.get(row));
            let narrow = |(row, v): (usize, i128)| if held(row) { i64::try_from(v).ok() } else { Some(0) };
            let mantissas: Option<Vec<i64>> = values.into_iter().enumerate().map(narrow).collect();
            Some(Decimals::Narrow { mantissas: mantissas?, scale, written: Written::Shortest })
        }
        _ => Some(Decimals::Narrow { mantissas: wholes(chunks)?, scale: 0, written: Written::Alike }),
    }
}

fn floats(chunks: &[ArrayRef], valid: Option<&Bitmap>) -> Option<(Vec<i64>, u32)> {
    let runs: Option<Vec<&[f64]>> =
        chunks.iter().map(|c| Some(&**c.as_primitive_opt::<Float64Type>()?.values())).collect();
    shortest(runs?.into_iter(), chunks.iter().map(|c| c.len()).sum(), valid)
}

/// How many floats are looked at together.
const RUN: usize = 512;

/// Floats by their shortest decimals, as whole numbers of one scale, of which there may be up to six places. `None` where one
/// is no number or has more.
///
/// A whole number below 10¹⁵ divided by such a power is the double nearest to that decimal, both being exact; and no two
/// decimals of 15 digits have the same double. So a decimal that gives the float back is the one that people wrote.
pub(crate) fn shortest<'a>(
    floats: impl Iterator<Item = &'a [f64]>,
    count: usize,
    valid: Option<&Bitmap>,
) -> Option<(Vec<i64>, u32)> {
    const POWERS: [(f64, i64); 7] = [
        (1.0, 1),
        (10.0, 10),
        (100.0, 100),
        (1_000.0, 1_000),
        (10_000.0, 10_000),
        (100_000.0, 100_000),
        (1_000_000.0, 1_000_000),
    ];
    let mut out: Vec<i64> = Vec::with_capacity(count);
    let mut scale = 0_usize;
    let mut held = [0.0_f64; RUN];
    for floats in floats {
        for run in floats.chunks(RUN) {
            let run = match valid {
                None => run,
                // What stands in rows without a value is not looked at.
                Some(valid) => {
                    let first = out.len();
                    let own = held.get_mut(..run.len())?;
                    for (at, (to, from)) in own.iter_mut().zip(run).enumerate() {
                        *to = if valid.get(first.saturating_add(at)) { *from } else { 0.0 };
                    }
                    own
                }
            };
            let before = out.len();
            loop {
                let (power, _) = POWERS.get(scale)?;
                if whole(run, *power, &mut out) {
                    break;
                }
                out.truncate(before);
                scale = scale.checked_add(1)?;
                POWERS.get(scale)?;
                for mantissa in &mut out {
                    *mantissa = mantissa.checked_mul(10)?;
                }
            }
        }
    }
    Some((out, u32::try_from(scale).ok()?))
}

/// Adds the floats, times a power of ten, where all of them are whole then.
fn whole(floats: &[f64], power: f64, out: &mut Vec<i64>) -> bool {
    // Added to a float below 2⁵¹, this leaves no place for a fraction: the sum is rounded to a whole number, which
    // stands in its last bits.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    let fits = floats.iter().fold(true, |fits, float| {
        let near = (float * power + ROUND) - ROUND;
        fits & (near.abs() < 1e15) & (near / power == *float)
    });
    if fits {
        let bits = |float: &f64| (float * power + ROUND).to_bits().wrapping_sub(ROUND.to_bits());
        out.extend(floats.iter().map(|float| bits(float).cast_signed()));
    }
    fits
}

fn dates(chunks: &[ArrayRef], valid: Option<&Bitmap>) -> Option<Vec<i32>> {
    let days = |millis: Vec<i64>, day: i64| -> Option<Vec<i32>> {
        let held = |row: usize| valid.is_none_or(|v| v.get(row));
        let one = |(row, time): (usize, i64)| match held(row) {
            // A timestamp without a zone is a date where its clock says midnight.
            true if time.rem_euclid(day) == 0 => i32::try_from(time.div_euclid(day)).ok(),
            true => None,
            false => Some(0),
        };
        millis.into_iter().enumerate().map(one).collect()
    };
    match chunks.first()?.data_type() {
        DataType::Date32 => each::<Date32Type, _>(chunks, |v| v),
        DataType::Date64 => days(
            each::<Date64Type, _>(chunks, |v| v.div_euclid(86_400_000).wrapping_mul(86_400_000))?,
            86_400_000,
        ),
        DataType::Timestamp(unit, None) => {
            let second = match unit {
                TimeUnit::Second => 1,
                TimeUnit::Millisecond => 1_000,
                TimeUnit::Microsecond => 1_000_000,
                TimeUnit::Nanosecond => 1_000_000_000,
            };
            days(raw_times(chunks, *unit)?, 86_400 * second)
        }
        _ => None,
    }
}

fn raw_times(chunks: &[ArrayRef], unit: TimeUnit) -> Option<Vec<i64>> {
    match unit {
        TimeUnit::Second => each::<TimestampSecondType, _>(chunks, |v| v),
        TimeUnit::Millisecond => each::<TimestampMillisecondType, _>(chunks, |v| v),
        TimeUnit::Microsecond => each::<TimestampMicrosecondType, _>(chunks, |v| v),
        TimeUnit::Nanosecond => each::<TimestampNanosecondType, _>(chunks, |v| v),
    }
}

/// Times in microseconds; `None` where one does not fit.
fn micros(raw: Vec<i64>, unit: TimeUnit) -> Option<Vec<i64>> {
    let times = |factor: i64| raw.iter().map(|v| v.checked_mul(factor)).collect();
    match unit {
        TimeUnit::Second => times(1_000_000),
        TimeUnit::Millisecond => times(1_000),
        TimeUnit::Microsecond => Some(raw),
        TimeUnit::Nanosecond => Some(raw.into_iter().map(|v| v.div_euclid(1_000)).collect()),
    }
}

fn instants(chunks: &[ArrayRef]) -> Option<Vec<i64>> {
    match chunks.first()?.data_type() {
        DataType::Timestamp(unit, Some(_)) => micros(raw_times(chunks, *unit)?, *unit),
        _ => None,
    }
}

fn durations(chunks: &[ArrayRef]) -> Option<Vec<i64>> {
    let DataType::Duration(unit) = chunks.first()?.data_type() else { return None };
    let raw = match unit {
        TimeUnit::Second => each::<DurationSecondType, _>(chunks, |v| v),
        TimeUnit::Millisecond => each::<DurationMillisecondType, _>(chunks, |v| v),
        TimeUnit::Microsecond => each::<DurationMicrosecondType, _>(chunks, |v| v),
        TimeUnit::Nanosecond => each::<DurationNanosecondType, _>(chunks, |v| v),
    }?;
    micros(raw, *unit)
}
