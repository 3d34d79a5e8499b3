//! Values as JSON: a self-describing form for the log, and a plain form for people.
//!
//! The self-describing form round-trips without a schema: text, booleans and whole numbers are
//! themselves; the rest is an object with one key, such as `{"$decimal": "1.20"}`.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value as Json, json};

use crate::value::{FieldType, Instant, Money, Span, Value, ValueIssue};
use crate::{RecordId, ValueKind};

const MAX_DEPTH: usize = 8;

impl Value {
    /// The self-describing JSON form.
    #[must_use]
    pub fn to_tagged_json(&self) -> Json {
        match self {
            Self::Missing => Json::Null,
            Self::Bool(b) => Json::Bool(*b),
            Self::Int(n) => Json::from(*n),
            Self::Text(t) => Json::from(&**t),
            Self::Decimal(d) => json!({"$decimal": d.to_string()}),
            Self::Money(m) => json!({"$money": [m.amount.to_string(), &*m.currency]}),
            Self::Date(d) => json!({"$date": d.to_string()}),
            Self::Instant(i) => json!({"$instant": i.micros()}),
            Self::Duration(d) => json!({"$duration": d.micros()}),
            Self::Reference(id) => json!({"$ref": id.as_str()}),
            Self::List(items) => Json::Array(items.iter().map(Self::to_tagged_json).collect()),
        }
    }

    /// Reads the self-describing JSON form.
    ///
    /// # Errors
    /// [`ValueIssue`] when the JSON is of no known form.
    pub fn from_tagged_json(json: &Json) -> Result<Self, ValueIssue> {
        Self::from_tagged(json, 0)
    }

    fn from_tagged(json: &Json, depth: usize) -> Result<Self, ValueIssue> {
        if depth > MAX_DEPTH {
            return Err(ValueIssue::BadForm);
        }
        match json {
            Json::Null => Ok(Self::Missing),
            Json::Bool(b) => Ok(Self::Bool(*b)),
            Json::Number(n) => number(n),
            Json::String(s) => Ok(Self::text(s)),
            Json::Array(items) => {
                let items: Result<Vec<_>, _> =
                    items.iter().map(|i| Self::from_tagged(i, depth + 1)).collect();
                Ok(Self::List(items?.into()))
            }
            Json::Object(map) => {
                let mut entries = map.iter();
                let (Some((tag, body)), None) = (entries.next(), entries.next()) else {
                    return Err(ValueIssue::BadForm);
                };
                let text = || body.as_str().ok_or(ValueIssue::BadForm);
                let micros = || body.as_i64().ok_or(ValueIssue::BadForm);
                Ok(match tag.as_str() {
                    "$decimal" => Self::Decimal(text()?.parse().map_err(|_| ValueIssue::BadNumber)?),
                    "$money" => money_pair(body)?,
                    "$date" => Self::Date(text()?.parse::<NaiveDate>().map_err(|_| ValueIssue::BadDate)?),
                    "$instant" => Self::Instant(Instant::from_micros(micros()?)),
                    "$duration" => Self::Duration(Span::from_micros(micros()?)),
                    "$ref" => Self::Reference(RecordId::new(text()?).map_err(|_| ValueIssue::BadReference)?),
                    _ => return Err(ValueIssue::BadForm),
                })
            }
        }
    }

    /// The plain JSON form for people and other tools: decimals as strings, instants as RFC 3339,
    /// money as `{"amount": "1.00", "currency": "CNY"}`.
    #[must_use]
    pub fn to_plain_json(&self) -> Json {
        match self {
            Self::Decimal(d) => Json::from(d.to_string()),
            Self::Money(m) => json!({"amount": m.amount.to_string(), "currency": &*m.currency}),
            Self::Date(d) => Json::from(d.to_string()),
            Self::Instant(i) => Json::from(i.to_string()),
            Self::Duration(d) => Json::from(d.micros()),
            Self::Reference(id) => Json::from(id.as_str()),
            Self::List(items) => Json::Array(items.iter().map(Self::to_plain_json).collect()),
            other => other.to_tagged_json(),
        }
    }
}

fn number(n: &serde_json::Number) -> Result<Value, ValueIssue> {
    if let Some(i) = n.as_i64() {
        return Ok(Value::Int(i));
    }
    // The shortest decimal that reads back as the same float.
    decimal_text(&n.to_string()).map(Value::Decimal)
}

fn decimal_text(text: &str) -> Result<Decimal, ValueIssue> {
    let text = text.trim();
    text.parse().or_else(|_| Decimal::from_scientific(text)).map_err(|_| ValueIssue::BadNumber)
}

fn money_pair(json: &Json) -> Result<Value, ValueIssue> {
    let pair = json.as_array().ok_or(ValueIssue::BadForm)?;
    let (Some(amount), Some(currency), 2) =
        (pair.first().and_then(Json::as_str), pair.get(1).and_then(Json::as_str), pair.len())
    else {
        return Err(ValueIssue::BadForm);
    };
    Ok(Value::Money(Money::new(amount.parse().map_err(|_| ValueIssue::BadNumber)?, currency)))
}

impl FieldType {
    /// Reads a value of this type from plain JSON (see [`Value::to_plain_json`]).
    ///
    /// Numbers come as JSON numbers or as text; money as a number or text where the field's currency is
    /// fixed, else as `{"amount": …, "currency": …}`.
    ///
    /// # Errors
    /// [`ValueIssue`] when the JSON does not fit the type.
    pub fn parse_json(&self, json: &Json) -> Result<Value, ValueIssue> {
        let kind = self.kind();
        let wrong = |found| Err(ValueIssue::WrongType { expected: kind, found });
        match (self, json) {
            (_, Json::Null) => Ok(Value::Missing),
            (Self::List(item), Json::Array(items)) => {
                let items: Result<Vec<_>, _> = items.iter().map(|i| item.parse_json(i)).collect();
                Ok(Value::List(items?.into()))
            }
            (Self::Money(_), Json::Object(map)) => {
                let currency = map.get("currency").and_then(Json::as_str).ok_or(ValueIssue::NoCurrency)?;
                let amount = match map.get("amount") {
                    Some(Json::String(s)) => decimal_text(s)?,
                    Some(Json::Number(n)) => decimal_text(&n.to_string())?,
                    _ => return Err(ValueIssue::BadNumber),
                };
                self.coerce(Value::money(amount, currency))
            }
            (Self::Money(Some(currency)), Json::String(s)) => Ok(Value::money(decimal_text(s)?, currency)),
            (Self::Money(None), Json::String(_)) => Err(ValueIssue::NoCurrency),
            (Self::Int, Json::Number(n)) => match number(n)? {
                Value::Int(i) => Ok(Value::Int(i)),
                other => Self::Int.coerce(other).map_err(|_| ValueIssue::OutOfRange),
            },
            (Self::Duration, Json::Number(n)) => {
                n.as_i64().map(|i| Value::Duration(Span::from_micros(i))).ok_or(ValueIssue::OutOfRange)
            }
            (Self::Bool, Json::Bool(b)) => Ok(Value::Bool(*b)),
            (_, Json::Number(n)) => self.coerce(number(n)?),
            (_, Json::String(s)) => self.coerce(Value::text(s)),
            (_, Json::Bool(_)) => wrong(ValueKind::Bool),
            (_, Json::Array(_)) => wrong(ValueKind::List),
            (_, Json::Object(_)) => Err(ValueIssue::BadForm),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_tagged_json().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Json::deserialize(deserializer)?;
        Self::from_tagged_json(&json).map_err(serde::de::Error::custom)
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.micros())
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        i64::deserialize(deserializer).map(Self::from_micros)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Missing),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Int),
            (any::<i64>(), 0u32..18).prop_map(|(n, s)| Value::Decimal(Decimal::new(n, s))),
            any::<i64>().prop_map(|n| Value::money(Decimal::new(n, 2), "CNY")),
            ".*".prop_map(Value::from),
            (0i32..3_000_000).prop_map(|d| Value::from(NaiveDate::from_num_days_from_ce_opt(d))),
            any::<i64>().prop_map(|n| Value::Instant(Instant::from_micros(n))),
            any::<i64>().prop_map(|n| Value::Duration(Span::from_micros(n))),
            "[a-z]{1,9}".prop_map(|s| Value::from(RecordId::new(s).ok())),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| prop::collection::vec(inner, 0..4).prop_map(Value::list))
    }

    proptest! {
        #[test]
        fn tagged_json_round_trips(value in any_value()) {
            let text = serde_json::to_string(&value).unwrap();
            let back: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(back, value);
        }
    }

    #[test]
    fn floats_enter_by_their_shortest_decimal() {
        let json: Json = serde_json::from_str("0.1").unwrap();
        assert_eq!(FieldType::Decimal.parse_json(&json), Ok(Value::Decimal("0.1".parse().unwrap())));
        let huge: Json = serde_json::from_str("1e300").unwrap();
        assert_eq!(FieldType::Decimal.parse_json(&huge), Err(ValueIssue::BadNumber));
    }

    #[test]
    fn money_needs_a_currency() {
        let open = FieldType::Money(None);
        let cny = FieldType::Money(Some("CNY".into()));
        assert_eq!(open.parse_json(&json!(5)), Err(ValueIssue::NoCurrency));
        assert_eq!(cny.parse_json(&json!("5.10")), Ok(Value::money("5.10".parse().unwrap(), "CNY")));
        assert_eq!(
            open.parse_json(&json!({"amount": "1", "currency": "dollars"})),
            Err(ValueIssue::BadCurrency)
        );
    }

    #[test]
    fn deep_json_is_refused() {
        let mut json = json!(1);
        for _ in 0..50 {
            json = json!([json]);
        }
        assert_eq!(Value::from_tagged_json(&json), Err(ValueIssue::BadForm));
    }
}
