//! Reading what the tables hold.

use std::str::FromStr;

use qudao_model::{Hash, Instant, ObjectName, RecordId, RecordKey};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde::de::IntoDeserializer as _;
use serde::de::value::{Error as PlainError, StrDeserializer};

use crate::StoreError;

/// How deep the JSON of an entry may nest. The reader's own limit is 128.
const MAX_DEPTH: usize = 120;

pub(crate) fn id<T: FromStr>(place: &str, text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|_| StoreError::corrupt(place, "not an id"))
}

pub(crate) fn key(place: &str, object: &str, record: &str) -> Result<RecordKey, StoreError> {
    Ok(RecordKey { object: id::<ObjectName>(place, object)?, id: id::<RecordId>(place, record)? })
}

/// Something that is written as one word.
pub(crate) fn word<'de, T: Deserialize<'de>>(place: &str, text: &'de str) -> Result<T, StoreError> {
    let deserializer: StrDeserializer<'de, PlainError> = text.into_deserializer();
    T::deserialize(deserializer).map_err(|_| StoreError::corrupt(place, "unknown word"))
}

pub(crate) fn hash(place: &str, text: &str) -> Result<Hash, StoreError> {
    word(place, text)
}

pub(crate) fn json<T: DeserializeOwned>(place: impl Fn() -> String, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::corrupt(place(), "JSON of another form"))
}

/// As JSON text that can be read back.
pub(crate) fn to_json<T: serde::Serialize + ?Sized>(value: &T) -> Result<String, StoreError> {
    let text = serde_json::to_string(value).map_err(|_| StoreError::TooDeep)?;
    if depth(&text) > MAX_DEPTH { Err(StoreError::TooDeep) } else { Ok(text) }
}

/// How deep a JSON text nests.
fn depth(text: &str) -> usize {
    let (mut depth, mut max, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => {
                depth = depth.saturating_add(1);
                max = max.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    max
}

/// A number that SQLite keeps signed.
pub(crate) fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// A number that is never negative.
pub(crate) fn unsigned<T: TryFrom<i64>>(place: &str, n: i64) -> Result<T, StoreError> {
    T::try_from(n).map_err(|_| StoreError::corrupt(place, "number out of range"))
}

pub(crate) fn instant(micros: Option<i64>) -> Option<Instant> {
    micros.map(Instant::from_micros)
}

#[cfg(test)]
mod tests {
    use super::*;
    use qudao_model::StageClass;

    #[test]
    fn depth_ignores_text() {
        assert_eq!(depth(r#"{"a[[[\"{{": [1, {"b": "]"}]}"#), 3);
        assert_eq!(depth("1"), 0);
    }

    #[test]
    fn what_is_written_can_be_read() {
        let nested = |levels: usize| {
            (0..levels).fold(serde_json::Value::Null, |inner, _| serde_json::Value::Array(vec![inner]))
        };
        let text = to_json(&nested(MAX_DEPTH)).unwrap();
        assert!(json::<serde_json::Value>(|| "here".into(), &text).is_ok());
        assert_eq!(to_json(&nested(MAX_DEPTH + 1)), Err(StoreError::TooDeep));
    }

    #[test]
    fn words_and_numbers() {
        assert_eq!(word::<StageClass>("visits", "won").unwrap(), StageClass::Won);
        assert_eq!(word::<StageClass>("visits", "x").unwrap_err().code(), "store.corrupt");
        assert_eq!(signed(u64::MAX), i64::MAX);
        assert!(unsigned::<u64>("log", -1).is_err());
    }
}
