//! A probability, kept as an exact decimal.

use std::fmt;

use qudao_model::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error as _, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A number from 0 to 1. A Blueprint writes it as a number; it is read by its shortest decimal form, so `0.2` is
/// exactly two tenths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Probability(Decimal);

impl Probability {
    /// Certain not to happen.
    pub const ZERO: Self = Self(Decimal::ZERO);
    /// Certain to happen.
    pub const ONE: Self = Self(Decimal::ONE);

    /// Makes a probability; nothing outside 0 to 1.
    #[must_use]
    pub fn new(value: Decimal) -> Option<Self> {
        (Decimal::ZERO..=Decimal::ONE).contains(&value).then(|| Self(value.normalize()))
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> Decimal {
        self.0
    }
}

impl fmt::Display for Probability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl Serialize for Probability {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // The nearest double of a decimal prints as that decimal again (up to 15 digits).
        let number: f64 = self.0.to_string().parse().map_err(serde::ser::Error::custom)?;
        serializer.serialize_f64(number)
    }
}

impl<'de> Deserialize<'de> for Probability {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberVisitor;
        impl Visitor<'_> for NumberVisitor {
            type Value = Probability;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number from 0 to 1")
            }
            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Probability, E> {
                // Display writes the shortest decimal that reads back as the same double, without an exponent.
                let decimal = number.to_string().parse::<Decimal>().ok();
                decimal
                    .and_then(Probability::new)
                    .ok_or_else(|| E::custom("a probability must be a number from 0 to 1"))
            }
            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Probability, E> {
                Probability::new(Decimal::from(number))
                    .ok_or_else(|| E::custom("a probability must be a number from 0 to 1"))
            }
            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Probability, E> {
                u64::try_from(number).map_err(E::custom).and_then(|n| self.visit_u64(n))
            }
        }
        deserializer.deserialize_any(NumberVisitor).map_err(D::Error::custom)
    }
}

impl JsonSchema for Probability {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Probability".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "number", "minimum": 0, "maximum": 1})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_exactly() {
        for text in ["0", "1", "0.2", "0.35", "0.333333333333333"] {
            let p: Probability = serde_json::from_str(text).unwrap();
            assert_eq!(p.to_string(), text);
            let back = serde_json::to_string(&p).unwrap();
            assert_eq!(serde_json::from_str::<Probability>(&back).unwrap(), p);
        }
        for text in ["1.0001", "-0.1", "2", "-1", "1e300", "\"0.5\"", "null"] {
            assert!(serde_json::from_str::<Probability>(text).is_err(), "{text}");
        }
    }
}
