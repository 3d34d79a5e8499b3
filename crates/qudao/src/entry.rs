//! Text as people and files write it, read as a field's type.

use chrono::TimeZone;
use chrono_tz::Tz;
use qudao_model::{FieldType, Instant, Money, Params, RecordId, Span, Value, ValueIssue};
use qudao_text::{
    CurrencyMark, DateOptions, Moment, NormaliseIssue, NumberOptions, parse_moment, parse_number,
};

/// How texts are read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EntryRules {
    /// How dates are written.
    pub dates: DateOptions,
    /// How numbers are written.
    pub numbers: NumberOptions,
    /// The zone of times that name none; UTC when none is given.
    pub zone: Option<Tz>,
    /// What parts the items of a list; `;` when none is given.
    pub list_separator: Option<char>,
}

/// Why a text could not be read. Carries no content of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryIssue {
    /// It is read, but does not fit the field.
    Value(ValueIssue),
    /// It cannot be read.
    Text(NormaliseIssue),
}

impl EntryIssue {
    /// A stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Value(issue) => issue.code(),
            Self::Text(issue) => issue.code(),
        }
    }

    /// What the text of the finding speaks of.
    #[must_use]
    pub fn params(&self) -> Params {
        let mut params = Params::new();
        match self {
            Self::Value(ValueIssue::WrongType { expected, found }) => {
                params.insert("expected".into(), expected.to_string().into());
                params.insert("found".into(), found.to_string().into());
            }
            Self::Value(ValueIssue::WrongCurrency { expected }) => {
                params.insert("expected".into(), expected.as_str().into());
            }
            Self::Value(_) => {}
            Self::Text(issue) => {
                for (name, value) in issue.params() {
                    params.insert((*name).to_owned(), value.as_str().into());
                }
            }
        }
        params
    }
}

impl From<ValueIssue> for EntryIssue {
    fn from(issue: ValueIssue) -> Self {
        Self::Value(issue)
    }
}

impl From<NormaliseIssue> for EntryIssue {
    fn from(issue: NormaliseIssue) -> Self {
        Self::Text(issue)
    }
}

/// Reads a text as a value of a type. Blank text is missing.
///
/// # Errors
/// [`EntryIssue`] when the text cannot be read as the type.
pub fn read_text(ty: &FieldType, text: &str, rules: &EntryRules) -> Result<Value, EntryIssue> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Ok(Value::Missing);
    }
    Ok(match ty {
        FieldType::Text | FieldType::Choice => Value::text(text),
        FieldType::Reference(_) => {
            Value::Reference(RecordId::new(trimmed).map_err(|_| ValueIssue::BadReference)?)
        }
        FieldType::Bool => Value::Bool(
            boolean(trimmed)
                .ok_or(ValueIssue::WrongType { expected: ty.kind(), found: qudao_model::ValueKind::Text })?,
        ),
        FieldType::Int => {
            let number = parse_number(trimmed, &rules.numbers)?.value;
            if !number.fract().is_zero() {
                return Err(ValueIssue::WrongType {
                    expected: ty.kind(),
                    found: qudao_model::ValueKind::Decimal,
                }
                .into());
            }
            Value::Int(i64::try_from(number).map_err(|_| ValueIssue::OutOfRange)?)
        }
        FieldType::Decimal => Value::Decimal(parse_number(trimmed, &rules.numbers)?.value),
        FieldType::Money(fixed) => {
            let number = parse_number(trimmed, &rules.numbers)?;
            let currency = match (fixed, number.currency) {
                (Some(code), Some(mark)) if !mark.allows(code) => {
                    return Err(ValueIssue::WrongCurrency { expected: code.to_string() }.into());
                }
                (Some(code), _) => code.clone(),
                (None, Some(CurrencyMark::Code(code))) => code.into(),
                (None, _) => return Err(ValueIssue::NoCurrency.into()),
            };
            ty.coerce(Value::Money(Money { amount: number.value, currency }))?
        }
        FieldType::Date => Value::Date(parse_moment(trimmed, &rules.dates)?.date()),
        FieldType::Instant => Value::Instant(instant(parse_moment(trimmed, &rules.dates)?, rules)?),
        FieldType::Duration => {
            let days = parse_number(trimmed.trim_end_matches(['d', 'D', '天']), &rules.numbers)?.value;
            let micros = days
                .checked_mul(Span::DAY.into())
                .and_then(|m| i64::try_from(m.trunc()).ok())
                .ok_or(ValueIssue::OutOfRange)?;
            Value::Duration(Span::from_micros(micros))
        }
        FieldType::List(item) => {
            let separator = rules.list_separator.unwrap_or(';');
            let parts = trimmed.split(separator).map(str::trim).filter(|p| !p.is_empty());
            let items: Result<Vec<Value>, EntryIssue> = parts.map(|p| read_text(item, p, rules)).collect();
            Value::List(items?.into())
        }
    })
}

fn instant(moment: Moment, rules: &EntryRules) -> Result<Instant, ValueIssue> {
    let zone = rules.zone.unwrap_or(Tz::UTC);
    match moment {
        Moment::Instant(t) => Ok(Instant::from_micros(t.timestamp_micros())),
        Moment::Date(d) => Instant::start_of_day(d, zone).ok_or(ValueIssue::OutOfRange),
        // A time that a change of clocks skips is taken as the first instant of its hour after the gap.
        Moment::Local(t) => zone
            .from_local_datetime(&t)
            .earliest()
            .or_else(|| zone.from_local_datetime(&(t + chrono::TimeDelta::hours(1))).earliest())
            .map(|t| Instant::from_micros(t.timestamp_micros()))
            .ok_or(ValueIssue::OutOfRange),
    }
}

/// The words for true and false that people and systems write.
fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "t" | "yes" | "y" | "1" | "是" | "有" | "对" => Some(true),
        "false" | "f" | "no" | "n" | "0" | "否" | "无" | "没有" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn read(ty: &FieldType, text: &str) -> Result<String, &'static str> {
        read_text(ty, text, &EntryRules::default()).map(|v| v.to_string()).map_err(|e| e.code())
    }

    #[test]
    fn reads_what_people_write() {
        let cny = FieldType::Money(Some(Arc::from("CNY")));
        let cases: [(&FieldType, &str, Result<&str, &str>); 14] = [
            (&FieldType::Int, "1,234", Ok("1234")),
            (&FieldType::Int, "1.5", Err("value.wrong_type")),
            (&FieldType::Decimal, "1.5万", Ok("15000")),
            (&cny, "￥12.50", Ok("12.50 CNY")),
            (&cny, "$12.50", Err("value.wrong_currency")),
            (&FieldType::Money(None), "USD 5", Ok("5 USD")),
            (&FieldType::Money(None), "5", Err("value.no_currency")),
            (&FieldType::Date, "2024年3月5日", Ok("2024-03-05")),
            (&FieldType::Date, "2023-02-30", Err("date.impossible")),
            (&FieldType::Instant, "2024-01-22T16:14:25.000+0000", Ok("2024-01-22T16:14:25Z")),
            (&FieldType::Bool, "是", Ok("true")),
            (&FieldType::Bool, "maybe", Err("value.wrong_type")),
            (&FieldType::List(Box::new(FieldType::Int)), "1; 2;3", Ok("1, 2, 3")),
            (&FieldType::Text, "  ", Ok("")),
        ];
        for (ty, text, expected) in cases {
            assert_eq!(read(ty, text), expected.map(str::to_owned), "{ty:?} {text}");
        }
    }
}
