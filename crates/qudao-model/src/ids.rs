//! Identifiers. Each kind of thing has a type of its own, so that they cannot be confused.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use schemars::{JsonSchema, Schema as JsonSchemaDoc, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::{Instant, LocalText};

/// Why a text is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdError {
    /// Empty after trimming.
    #[error("an id must not be empty")]
    Empty,
    /// Longer than 200 bytes.
    #[error("an id must not be longer than 200 bytes")]
    TooLong,
    /// A character that ids of this kind do not hold.
    #[error("a name holds only letters, digits, `_`, `-` and `.`, and starts with a letter or `_`")]
    BadCharacter,
}

impl IdError {
    /// The reason in both languages.
    #[must_use]
    pub fn words(&self) -> LocalText {
        let zh = match self {
            Self::Empty => "编号不能为空",
            Self::TooLong => "编号不能超过 200 字节",
            Self::BadCharacter => "名称只能包含字母、数字、`_`、`-` 和 `.`，并以字母或 `_` 开头",
        };
        LocalText::new(self.to_string(), zh)
    }
}

fn check_free(text: &str) -> Result<(), IdError> {
    if text.trim().is_empty() {
        return Err(IdError::Empty);
    }
    if text.len() > 200 {
        return Err(IdError::TooLong);
    }
    if text.chars().any(char::is_control) {
        return Err(IdError::BadCharacter);
    }
    Ok(())
}

fn check_name(text: &str) -> Result<(), IdError> {
    check_free(text)?;
    let mut chars = text.chars();
    let first_fits = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    if first_fits && chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')) {
        Ok(())
    } else {
        Err(IdError::BadCharacter)
    }
}

macro_rules! string_id {
    ($(#[$doc:meta])* $name:ident, $check:ident, $schema:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks the text and makes the identifier.
            ///
            /// # Errors
            /// [`IdError`] when the text is empty, too long, or holds characters that ids of this kind do not.
            pub fn new(text: impl AsRef<str>) -> Result<Self, IdError> {
                let text = text.as_ref();
                $check(text)?;
                Ok(Self(Arc::from(text)))
            }

            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                &*self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                &*self.0 == *other
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::new(text).map_err(serde::de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn inline_schema() -> bool {
                true
            }
            fn json_schema(_: &mut SchemaGenerator) -> JsonSchemaDoc {
                $schema
            }
        }
    };
}

macro_rules! name_id {
    ($(#[$doc:meta])* $name:ident) => {
        string_id!($(#[$doc])* $name, check_name,
            json_schema!({"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_.-]*$"}));
    };
}

macro_rules! free_id {
    ($(#[$doc:meta])* $name:ident) => {
        string_id!($(#[$doc])* $name, check_free, json_schema!({"type": "string", "minLength": 1, "maxLength": 200}));
    };
}

name_id!(
    /// The name of an object, such as `account`.
    ObjectName
);
name_id!(
    /// The name of a field within its object, such as `tax_id`.
    FieldName
);
name_id!(
    /// The id of a rule, unique in its Blueprint, such as `opp.dates`.
    RuleId
);
name_id!(
    /// The id of a process, such as `project_sale`.
    ProcessId
);
name_id!(
    /// The id of a stage within its process, such as `proposal`.
    StageId
);
name_id!(
    /// The name of a role, such as `partner_rep`.
    RoleName
);
name_id!(
    /// The id of a metric, such as `win_rate`.
    MetricId
);
free_id!(
    /// The id of a record within its object: made by the host, kept from an import, or a UUIDv7.
    RecordId
);
free_id!(
    /// Who acts. Equal to the id of a `user` record where there is one.
    ActorId
);
free_id!(
    /// A key that makes sending a command twice do its work once.
    IdempotencyKey
);
string_id!(
    /// A key under which possible duplicates meet. Any text, made by the matcher.
    BlockKey,
    check_any,
    json_schema!({"type": "string"})
);
string_id!(
    /// A value that only one record may hold, in a form that compares bytewise.
    ClaimKey,
    check_any,
    json_schema!({"type": "string"})
);

#[expect(clippy::unnecessary_wraps, reason = "same shape as the other checks")]
fn check_any(_: &str) -> Result<(), IdError> {
    Ok(())
}

impl RecordId {
    /// True where [`RecordId::new`] takes the text.
    #[must_use]
    pub fn fits(text: &str) -> bool {
        check_free(text).is_ok()
    }
}

impl RuleId {
    /// What an index lists records under by who sees them. No rule of a Blueprint can have this id.
    #[must_use]
    pub fn sight() -> Self {
        Self(Arc::from("$sight"))
    }
}

impl BlockKey {
    /// Makes a key of any text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(Arc::from(text))
    }

    /// The key of the records of an object whose reference leads to a record. An empty target stands for any, an empty field for all
    /// records.
    #[must_use]
    pub fn seen(object: &ObjectName, field: &str, target: &str) -> Self {
        Self::of(&format!("{object}\u{1f}{field}\u{1f}{target}"))
    }

    /// The key of a rule as a number: the first eight bytes of the SHA-256 hash of both. Two keys with one number would only
    /// bring records together that are then found to differ.
    #[must_use]
    pub fn digest(&self, rule: &RuleId) -> i64 {
        let digest = Sha256::new()
            .chain_update(rule.as_str())
            .chain_update([0])
            .chain_update(self.as_str())
            .finalize();
        digest.first_chunk().map_or(0, |bytes| i64::from_le_bytes(*bytes))
    }
}

impl ClaimKey {
    /// Makes a key of any text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(Arc::from(text))
    }
}

/// A record's full address: its object and its id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RecordKey {
    /// The object.
    pub object: ObjectName,
    /// The id within the object.
    pub id: RecordId,
}

impl fmt::Display for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.object, self.id)
    }
}

/// A SHA-256 content hash, written as 64 hexadecimal digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hash(Arc<str>);

impl Hash {
    /// Hashes the bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        use fmt::Write as _;
        let digest = Sha256::digest(bytes);
        let mut text = String::with_capacity(64);
        for byte in digest {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        Self(Arc::from(text))
    }

    /// The 64 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first 12 digits, for people.
    #[must_use]
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({})", self.short())
    }
}

/// Makes a record id from an instant and 10 bytes that the caller supplies (RFC 9562, UUID version 7).
///
/// The engine itself draws no random numbers: a workspace passes them in.
#[must_use]
pub fn new_record_id(now: Instant, entropy: [u8; 10]) -> RecordId {
    let millis = u64::try_from(now.micros().div_euclid(1000)).unwrap_or(0);
    let id = uuid::Builder::from_unix_timestamp_millis(millis, &entropy).into_uuid();
    RecordId(Arc::from(id.hyphenated().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        assert!(FieldName::new("tax_id").is_ok());
        assert!(RuleId::new("opp.dates").is_ok());
        assert_eq!(FieldName::new(" "), Err(IdError::Empty));
        assert_eq!(FieldName::new("1st"), Err(IdError::BadCharacter));
        assert_eq!(FieldName::new("a b"), Err(IdError::BadCharacter));
        assert_eq!(FieldName::new("x".repeat(201)), Err(IdError::TooLong));
    }

    #[test]
    fn what_is_no_id_is_told_in_both_languages() {
        for error in [IdError::Empty, IdError::TooLong, IdError::BadCharacter] {
            let words = error.words();
            assert_eq!(words.get(&crate::Locale::en()), Some(error.to_string().as_str()));
            assert!(
                words.get(&crate::Locale::zh()).is_some_and(|zh| !zh.is_empty() && zh != error.to_string())
            );
        }
    }

    #[test]
    fn record_ids_hold_any_printable_text() {
        assert!(RecordId::new("客户-1 / 甲").is_ok());
        assert_eq!(RecordId::new("a\nb"), Err(IdError::BadCharacter));
    }

    #[test]
    fn record_ids_made_later_sort_later() {
        let a = new_record_id(Instant::from_micros(1_000_000), [0xff; 10]);
        let b = new_record_id(Instant::from_micros(1_001_000), [0; 10]);
        assert!(a < b, "{a} {b}");
    }
}
