//! One column of a table.

use std::sync::{Arc, OnceLock};

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::decimal::part;
use super::{Bitmap, ColumnError, Decimals, Dictionary, TextData};
use crate::{FieldType, Instant, Money, RecordId, Span, Value};

/// The values of a column. Rows without a value hold any: [`Column::valid`] tells.
#[derive(Debug, Clone, PartialEq)]
pub enum ColumnData {
    /// True or false.
    Bool(Bitmap),
    /// Whole numbers.
    Int(Vec<i64>),
    /// Exact decimals.
    Decimal(Decimals),
    /// Amounts of money.
    Money {
        /// How much.
        amounts: Decimals,
        /// In which currencies.
        currencies: Currencies,
    },
    /// Texts and choices.
    Text(TextData),
    /// Days since 1970-01-01.
    Date(Vec<i32>),
    /// Microseconds since 1970-01-01T00:00:00Z.
    Instant(Vec<i64>),
    /// Microseconds.
    Duration(Vec<i64>),
    /// The ids of other records.
    Reference {
        /// A number a row, [`Dictionary::NONE`] where there is no value.
        codes: Vec<u32>,
        /// The ids.
        dictionary: Arc<Dictionary>,
    },
    /// Value by value: lists, and what is not of the field's type.
    Values(Vec<Value>),
}

/// The currencies of a column of money.
#[derive(Debug, Clone, PartialEq)]
pub enum Currencies {
    /// One for all rows.
    One(Arc<str>),
    /// A number a row into the codes.
    Each(Vec<u32>, Arc<[Arc<str>]>),
}

impl Currencies {
    /// The currency of a row; empty beyond the end.
    #[must_use]
    pub fn get(&self, row: usize) -> Arc<str> {
        match self {
            Self::One(code) => code.clone(),
            Self::Each(numbers, codes) => {
                let code = numbers.get(row).and_then(|n| codes.get(*n as usize));
                code.cloned().unwrap_or_else(|| Arc::from(""))
            }
        }
    }
}

/// One column: typed values, and which rows have one.
#[derive(Debug, Clone)]
pub struct Column {
    data: ColumnData,
    len: usize,
    valid: Option<Bitmap>,
    /// Which rows have a value that is not blank, where that is not `valid`; found when it is first asked for.
    present: OnceLock<Option<Bitmap>>,
    longest: OnceLock<usize>,
}

impl PartialEq for Column {
    fn eq(&self, other: &Self) -> bool {
        self.valid == other.valid && self.data == other.data
    }
}

const EPOCH: NaiveDate = match NaiveDate::from_ymd_opt(1970, 1, 1) {
    Some(date) => date,
    None => NaiveDate::MIN,
};

/// Days since 1970-01-01.
#[must_use]
pub fn days_of(date: NaiveDate) -> i32 {
    // Chrono's years reach 262,000, far within the range.
    i32::try_from(date.signed_duration_since(EPOCH).num_days()).unwrap_or(0)
}

/// The date of days since 1970-01-01; `None` beyond chrono's years.
#[must_use]
pub fn date_of(days: i32) -> Option<NaiveDate> {
    EPOCH.checked_add_signed(chrono::TimeDelta::try_days(days.into())?)
}

impl Column {
    /// A column of typed values; `valid` tells which rows have one, all of them where it is not given.
    ///
    /// # Errors
    /// [`ColumnError::Length`] when the lengths differ, [`ColumnError::OutOfRange`] for a day that has no date.
    pub fn new(data: ColumnData, valid: Option<Bitmap>) -> Result<Self, ColumnError> {
        let len = data.len();
        if let Some(valid) = &valid
            && valid.len() != len
        {
            return Err(ColumnError::Length { expected: len, found: valid.len() });
        }
        if let ColumnData::Money { currencies: Currencies::Each(numbers, _), amounts } = &data
            && numbers.len() != amounts.len()
        {
            return Err(ColumnError::Length { expected: amounts.len(), found: numbers.len() });
        }
        let data = match data {
            // So that slices are made without a copy.
            ColumnData::Text(TextData::Plain(texts)) => {
                ColumnData::Text(TextData::Plain(texts.into_shared()))
            }
            other => other,
        };
        let mut column = Self::sealed(data, len, valid);
        column.seal()?;
        Ok(column)
    }

    fn sealed(data: ColumnData, len: usize, valid: Option<Bitmap>) -> Self {
        let valid = valid.filter(|v| !v.all());
        Self { data, len, valid, present: OnceLock::new(), longest: OnceLock::new() }
    }

    /// The rows from `start` on, `len` of them at most. Texts stay where they are.
    #[must_use]
    pub fn slice(&self, start: usize, len: usize) -> Self {
        let len = len.min(self.len.saturating_sub(start));
        Self::sealed(self.data.slice(start, len), len, self.valid.as_ref().map(|v| v.slice(start, len)))
    }

    /// The same values, of which fewer rows may have one.
    ///
    /// # Errors
    /// [`ColumnError::Length`] when the lengths differ.
    pub fn with_valid(&self, valid: Bitmap) -> Result<Self, ColumnError> {
        if valid.len() != self.len {
            return Err(ColumnError::Length { expected: self.len, found: valid.len() });
        }
        let valid = match &self.valid {
            Some(known) => valid.and(known),
            None => valid,
        };
        Ok(Self::sealed(self.data.clone(), self.len, Some(valid)))
    }

    /// The values of rows that belong to a field of a type. Values of other types are kept.
    ///
    /// # Errors
    /// [`ColumnError::TooLarge`] when the texts have more than 4 GiB.
    pub fn collect<'a>(
        ty: &FieldType,
        rows: impl Iterator<Item = &'a Value> + Clone,
    ) -> Result<Self, ColumnError> {
        let data = match typed(ty, rows.clone()) {
            Some(data) => data?,
            None => ColumnData::Values(rows.clone().cloned().collect()),
        };
        Self::new(data, Some(rows.map(|v| *v != Value::Missing).collect()))
    }

    /// Makes rows that cannot hold a value say so.
    fn seal(&mut self) -> Result<(), ColumnError> {
        let len = self.len;
        let valid = |row: usize, this: &Self| this.valid.as_ref().is_none_or(|v| v.get(row));
        match &self.data {
            ColumnData::Date(days) => {
                // All days between two that have a date have one.
                let (low, high) = (days_of(NaiveDate::MIN), days_of(NaiveDate::MAX));
                let fits = days.iter().fold(true, |fits, day| fits & (low..=high).contains(day));
                if !fits
                    && let Some(row) = (0..len).find(|row| valid(*row, self) && date_of(days[*row]).is_none())
                {
                    return Err(ColumnError::OutOfRange { row });
                }
            }
            ColumnData::Text(TextData::Coded { codes, dictionary })
            | ColumnData::Reference { codes, dictionary } => {
                let free = matches!(self.data, ColumnData::Text(_));
                let fits: Vec<bool> =
                    dictionary.texts().iter().map(|text| free || RecordId::fits(text)).collect();
                let fits = |code: u32| fits.get(code as usize).copied().unwrap_or(false);
                if codes.iter().any(|code| !fits(*code)) {
                    let known = Bitmap::from_fn(len, |row| fits(codes[row]));
                    self.valid = Some(match self.valid.take() {
                        Some(valid) => valid.and(&known),
                        None => known,
                    });
                }
            }
            ColumnData::Values(values) => {
                let known = Bitmap::from_fn(len, |row| valid(row, self) && values[row] != Value::Missing);
                self.valid = (!known.all()).then_some(known);
            }
            _ => {}
        }
        Ok(())
    }

    /// Finds the rows whose value is blank.
    fn find_present(&self) -> Option<Bitmap> {
        let len = self.len;
        let blanks = match &self.data {
            ColumnData::Text(TextData::Plain(texts)) => {
                let mut words = Vec::with_capacity(len.div_ceil(64));
                texts.blocks(|_, texts| {
                    let flag = |(shift, text): (usize, &&str)| u64::from(is_blank(text)) << shift;
                    words.push(texts.iter().enumerate().map(flag).fold(0, |word, bit| word | bit));
                });
                let map = Bitmap::from_words(words, len);
                (!map.none()).then_some(map)
            }
            ColumnData::Text(TextData::Coded { codes, dictionary }) => {
                let blanks = dictionary.blanks();
                (!blanks.none()).then(|| Bitmap::from_fn(len, |row| blanks.get(codes[row] as usize)))
            }
            ColumnData::Values(values) => Some(Bitmap::from_fn(len, |row| values[row].is_blank())),
            _ => None,
        };
        blanks.map(|blanks| match &self.valid {
            Some(valid) => valid.clone().and_not(&blanks),
            None => blanks.inverted(),
        })
    }

    /// How many rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// True when there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The values, also of rows without one.
    #[must_use]
    pub fn data(&self) -> &ColumnData {
        &self.data
    }

    /// Which rows have a value; all of them where there is no bitmap.
    #[must_use]
    pub fn valid(&self) -> Option<&Bitmap> {
        self.valid.as_ref()
    }

    /// Which rows have a value that is not blank, as rules see it; all of them where there is no bitmap.
    #[must_use]
    pub fn present(&self) -> Option<&Bitmap> {
        self.present.get_or_init(|| self.find_present()).as_ref().or(self.valid.as_ref())
    }

    /// The length of the longest text, in bytes, also of rows and of a dictionary that are not shown.
    #[must_use]
    pub fn longest(&self) -> usize {
        *self.longest.get_or_init(|| self.data.longest())
    }

    /// The value of a row; missing beyond the end.
    #[must_use]
    pub fn get(&self, row: usize) -> Value {
        if row >= self.len || self.valid.as_ref().is_some_and(|v| !v.get(row)) {
            return Value::Missing;
        }
        match &self.data {
            ColumnData::Bool(bits) => Value::Bool(bits.get(row)),
            ColumnData::Int(values) => Value::Int(values[row]),
            ColumnData::Decimal(values) => Value::Decimal(values.get(row)),
            ColumnData::Money { amounts, currencies } => {
                Value::Money(Money { amount: amounts.get(row), currency: currencies.get(row) })
            }
            ColumnData::Text(texts) => Value::text(texts.get(row)),
            ColumnData::Date(days) => date_of(days[row]).map_or(Value::Missing, Value::Date),
            ColumnData::Instant(micros) => Value::Instant(Instant::from_micros(micros[row])),
            ColumnData::Duration(micros) => Value::Duration(Span::from_micros(micros[row])),
            ColumnData::Reference { codes, dictionary } => {
                RecordId::new(dictionary.get(codes[row])).map_or(Value::Missing, Value::Reference)
            }
            ColumnData::Values(values) => values[row].clone(),
        }
    }

    /// True when the values can stand in a field of a type.
    #[must_use]
    pub fn fits(&self, ty: &FieldType) -> bool {
        match (&self.data, ty) {
            (ColumnData::Values(_), _)
            | (ColumnData::Bool(_), FieldType::Bool)
            | (ColumnData::Int(_), FieldType::Int)
            | (ColumnData::Decimal(_), FieldType::Decimal)
            | (ColumnData::Text(_), FieldType::Text | FieldType::Choice)
            | (ColumnData::Date(_), FieldType::Date)
            | (ColumnData::Instant(_), FieldType::Instant)
            | (ColumnData::Duration(_), FieldType::Duration)
            | (ColumnData::Reference { .. }, FieldType::Reference(_))
            | (ColumnData::Money { .. }, FieldType::Money(None)) => true,
            (ColumnData::Money { currencies, .. }, FieldType::Money(Some(fixed))) => match currencies {
                Currencies::One(code) => code == fixed,
                Currencies::Each(_, codes) => codes.iter().all(|code| code == fixed),
            },
            _ => false,
        }
    }
}

impl ColumnData {
    /// How many rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Bool(bits) => bits.len(),
            Self::Int(values) | Self::Instant(values) | Self::Duration(values) => values.len(),
            Self::Decimal(values) | Self::Money { amounts: values, .. } => values.len(),
            Self::Text(texts) => texts.len(),
            Self::Date(days) => days.len(),
            Self::Reference { codes, .. } => codes.len(),
            Self::Values(values) => values.len(),
        }
    }

    /// True when there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn longest(&self) -> usize {
        match self {
            Self::Text(TextData::Plain(texts)) => texts.longest(),
            Self::Text(TextData::Coded { dictionary, .. }) | Self::Reference { dictionary, .. } => {
                dictionary.longest()
            }
            Self::Values(values) => values.iter().filter_map(Value::as_text).map(str::len).max().unwrap_or(0),
            _ => 0,
        }
    }

    fn slice(&self, start: usize, len: usize) -> Self {
        match self {
            Self::Bool(bits) => Self::Bool(bits.slice(start, len)),
            Self::Int(values) => Self::Int(part(values, start, len)),
            Self::Decimal(values) => Self::Decimal(values.slice(start, len)),
            Self::Money { amounts, currencies } => Self::Money {
                amounts: amounts.slice(start, len),
                currencies: match currencies {
                    Currencies::One(code) => Currencies::One(code.clone()),
                    Currencies::Each(numbers, codes) => {
                        Currencies::Each(part(numbers, start, len), codes.clone())
                    }
                },
            },
            Self::Text(texts) => Self::Text(texts.slice(start, len)),
            Self::Date(days) => Self::Date(part(days, start, len)),
            Self::Instant(micros) => Self::Instant(part(micros, start, len)),
            Self::Duration(micros) => Self::Duration(part(micros, start, len)),
            Self::Reference { codes, dictionary } => {
                Self::Reference { codes: part(codes, start, len), dictionary: dictionary.clone() }
            }
            Self::Values(values) => Self::Values(part(values, start, len)),
        }
    }
}

/// True for white space alone. Most texts begin with a visible character.
fn is_blank(text: &str) -> bool {
    !text.as_bytes().first().is_some_and(u8::is_ascii_graphic) && text.trim_start().is_empty()
}

/// Values of a type as a typed vector; `None` where one is of another type.
fn typed<'a>(
    ty: &FieldType,
    rows: impl Iterator<Item = &'a Value> + Clone,
) -> Option<Result<ColumnData, ColumnError>> {
    macro_rules! each {
        ($value:pat => $result:expr, $else:expr) => {
            rows.map(|v| match v {
                $value => Some($result),
                Value::Missing => Some($else),
                _ => None,
            })
            .collect::<Option<Vec<_>>>()?
        };
    }
    Some(Ok(match ty {
        FieldType::Bool => {
            ColumnData::Bool(each!(Value::Bool(b) => *b, false).into_iter().collect::<Bitmap>())
        }
        FieldType::Int => ColumnData::Int(each!(Value::Int(n) => *n, 0)),
        FieldType::Decimal => {
            ColumnData::Decimal(Decimals::collect(each!(Value::Decimal(d) => *d, Decimal::ZERO)))
        }
        FieldType::Money(fixed) => money(fixed.as_ref(), each!(Value::Money(m) => Some(m), None)),
        FieldType::Text | FieldType::Choice => {
            let fits = rows.clone().all(|v| matches!(v, Value::Text(_) | Value::Missing));
            if !fits {
                return None;
            }
            let texts = rows.map(|v| if let Value::Text(t) = v { Some(&**t) } else { None });
            return Some(TextData::collect(texts, *ty == FieldType::Choice).map(ColumnData::Text));
        }
        FieldType::Reference(_) => {
            let fits = rows.clone().all(|v| matches!(v, Value::Reference(_) | Value::Missing));
            if !fits {
                return None;
            }
            let ids = rows.map(|v| v.as_reference().map(RecordId::as_str));
            return Some(match TextData::collect(ids, true) {
                Ok(TextData::Coded { codes, dictionary }) => Ok(ColumnData::Reference { codes, dictionary }),
                Ok(TextData::Plain(_)) => return None,
                Err(error) => Err(error),
            });
        }
        FieldType::Date => ColumnData::Date(each!(Value::Date(d) => days_of(*d), 0)),
        FieldType::Instant => ColumnData::Instant(each!(Value::Instant(i) => i.micros(), 0)),
        FieldType::Duration => ColumnData::Duration(each!(Value::Duration(d) => d.micros(), 0)),
        FieldType::List(_) => return None,
    }))
}

fn money(fixed: Option<&Arc<str>>, rows: Vec<Option<&Money>>) -> ColumnData {
    let amounts = Decimals::collect(rows.iter().map(|m| m.map_or(Decimal::ZERO, |m| m.amount)).collect());
    let mut codes: Vec<Arc<str>> = Vec::new();
    let mut number = |m: &Money| {
        let at = codes.iter().position(|c| *c == m.currency).unwrap_or_else(|| {
            codes.push(m.currency.clone());
            codes.len() - 1
        });
        u32::try_from(at).unwrap_or(u32::MAX)
    };
    let numbers: Vec<u32> = rows.iter().map(|m| m.map_or(0, &mut number)).collect();
    let currencies = match codes.as_slice() {
        [] => Currencies::One(fixed.cloned().unwrap_or_else(|| Arc::from(""))),
        [one] => Currencies::One(one.clone()),
        _ => Currencies::Each(numbers, codes.into()),
    };
    ColumnData::Money { amounts, currencies }
}
