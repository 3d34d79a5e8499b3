//! Errors of the store.

use std::path::Path;

use qudao_model::{Locale, Param, Params, RecordKey, RuleId, StateError, codes};
use rusqlite::ErrorCode;

/// Why the store could not do what was asked. Nothing of the transaction is kept then.
///
/// No variant carries content of records.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no file, and none was to be made.
    #[error("{place}: no such file")]
    NotFound {
        /// The path.
        place: String,
    },
    /// The file cannot be opened: a directory, a missing folder, no permission.
    #[error("{place}: cannot be opened")]
    CannotOpen {
        /// The path.
        place: String,
    },
    /// The file cannot be written.
    #[error("{place}: is read-only")]
    ReadOnly {
        /// The path, or the database.
        place: String,
    },
    /// The file is not a database, or is damaged.
    #[error("{place}: not a database, or damaged ({detail})")]
    Corrupt {
        /// The path, table or log entry.
        place: String,
        /// What is wrong with it.
        detail: String,
    },
    /// The file is a database of another program.
    #[error("{place}: a database of another program")]
    Foreign {
        /// The path.
        place: String,
    },
    /// The file was written by a later version.
    #[error("{place}: format {found} is newer than {known}, the newest known")]
    NewerFormat {
        /// The path.
        place: String,
        /// The file's format.
        found: u32,
        /// The newest format known.
        known: u32,
    },
    /// No space is left.
    #[error("no space left for the database")]
    Full,
    /// Another thread or program held the lock for too long.
    #[error("the database is locked by another thread or program")]
    Locked,
    /// The disk failed.
    #[error("input/output error of the database file")]
    Io,
    /// Another record holds a value that must be unique.
    #[error("{holder} already holds the unique value of rule {rule}")]
    ClaimTaken {
        /// The rule.
        rule: RuleId,
        /// The record that holds it.
        holder: RecordKey,
    },
    /// The record has another version than the change was made for.
    #[error("{record}: the change is for version {expected}, the store has version {found}")]
    VersionConflict {
        /// The record.
        record: RecordKey,
        /// The version that the change follows.
        expected: u64,
        /// The version in the store; 0 for none.
        found: u64,
    },
    /// The actor has used the idempotency key before.
    #[error("the idempotency key was used before, by log entry {seq}")]
    KeyUsed {
        /// The entry.
        seq: u64,
    },
    /// A change does not fit the state: a visit that is there already, one to be left that is not.
    #[error("{place}: the change does not fit the stored state")]
    Inconsistent {
        /// The record or the part.
        place: String,
    },
    /// The log cannot be replayed: the payload of an entry that changed something is gone.
    #[error("log entry {seq}: its payload is no longer kept")]
    PayloadMissing {
        /// The entry.
        seq: u64,
    },
    /// The schema has no such object.
    #[error("the schema has no object {object}")]
    UnknownObject {
        /// The object's name.
        object: String,
    },
    /// Another program has migrated the database to another Blueprint or format since it was opened.
    #[error("the database was migrated by another program; open it again")]
    MigratedElsewhere,
    /// An earlier error has ended the transaction.
    #[error("an earlier error has ended the transaction")]
    Aborted,
    /// A value is too long for the database.
    #[error("a value is too long for the database")]
    TooBig,
    /// Values nest deeper than the log can be read back.
    #[error("a value is nested too deep")]
    TooDeep,
    /// The database refused for another reason; a defect.
    #[error("database error {number}")]
    Database {
        /// SQLite's extended result code; 0 for an error of the binding.
        number: i32,
    },
}

impl StoreError {
    /// A stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "store.not_found",
            Self::CannotOpen { .. } => "store.cannot_open",
            Self::ReadOnly { .. } => "store.read_only",
            Self::Corrupt { .. } => "store.corrupt",
            Self::Foreign { .. } => "store.foreign",
            Self::NewerFormat { .. } => "store.newer_format",
            Self::Full => "store.full",
            Self::Locked => "store.locked",
            Self::Io => "store.io",
            Self::ClaimTaken { .. } => "store.claim_taken",
            Self::VersionConflict { .. } => "store.version_conflict",
            Self::KeyUsed { .. } => "store.key_used",
            Self::Inconsistent { .. } => "store.inconsistent",
            Self::PayloadMissing { .. } => "store.payload_missing",
            Self::UnknownObject { .. } => "store.unknown_object",
            Self::MigratedElsewhere => "store.migrated_elsewhere",
            Self::Aborted => "store.aborted",
            Self::TooBig => "store.too_big",
            Self::TooDeep => "store.too_deep",
            Self::Database { .. } => "store.database",
        }
    }

    /// The parameters of the text.
    #[must_use]
    pub fn params(&self) -> Params {
        let mut params = Params::new();
        let mut put = |name: &str, value: Param| {
            params.insert(name.to_owned(), value);
        };
        let number = |n: u64| Param::from(i64::try_from(n).unwrap_or(i64::MAX));
        match self {
            Self::NotFound { place }
            | Self::CannotOpen { place }
            | Self::ReadOnly { place }
            | Self::Foreign { place }
            | Self::Inconsistent { place } => put("place", place.as_str().into()),
            Self::Corrupt { place, detail } => {
                put("place", place.as_str().into());
                put("detail", detail.as_str().into());
            }
            Self::NewerFormat { place, found, known } => {
                put("place", place.as_str().into());
                put("found", i64::from(*found).into());
                put("known", i64::from(*known).into());
            }
            Self::ClaimTaken { rule, holder } => {
                put("rule", rule.as_str().into());
                put("holder", holder.to_string().into());
            }
            Self::VersionConflict { record, expected, found } => {
                put("record", record.to_string().into());
                put("expected", number(*expected));
                put("found", number(*found));
            }
            Self::KeyUsed { seq } | Self::PayloadMissing { seq } => put("seq", number(*seq)),
            Self::UnknownObject { object } => put("object", object.as_str().into()),
            Self::Database { number } => put("number", i64::from(*number).into()),
            Self::Full
            | Self::Locked
            | Self::Io
            | Self::MigratedElsewhere
            | Self::Aborted
            | Self::TooBig
            | Self::TooDeep => {}
        }
        params
    }

    /// The text in a locale.
    #[must_use]
    pub fn text(&self, locale: &Locale) -> String {
        codes::render(self.code(), &self.params(), locale)
    }

    /// True when the error lies in one command (a claim, a version, a key), so that the next may be tried in the
    /// same transaction. After any other error an import stops.
    #[must_use]
    pub fn concerns_one_command(&self) -> bool {
        matches!(
            self,
            Self::ClaimTaken { .. }
                | Self::VersionConflict { .. }
                | Self::KeyUsed { .. }
                | Self::Inconsistent { .. }
                | Self::UnknownObject { .. }
                | Self::TooBig
                | Self::TooDeep
        )
    }

    pub(crate) fn corrupt(place: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Corrupt { place: place.into(), detail: detail.into() }
    }

    /// The same error with the path in place of "database".
    pub(crate) fn at(self, path: &Path) -> Self {
        let place = || path.display().to_string();
        match self {
            Self::Corrupt { place: p, detail } if p == DATABASE => Self::Corrupt { place: place(), detail },
            Self::ReadOnly { place: p } if p == DATABASE => Self::ReadOnly { place: place() },
            Self::CannotOpen { place: p } if p == DATABASE => Self::CannotOpen { place: place() },
            other => other,
        }
    }
}

const DATABASE: &str = "database";

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let rusqlite::Error::SqliteFailure(failure, _) = &error else {
            return match error {
                rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::Utf8Error(..) => Self::corrupt(DATABASE, "a column of another form"),
                _ => Self::Database { number: 0 },
            };
        };
        let place = || DATABASE.to_owned();
        match failure.code {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed => {
                Self::Locked
            }
            ErrorCode::DiskFull => Self::Full,
            ErrorCode::DatabaseCorrupt => Self::corrupt(DATABASE, "damaged page"),
            ErrorCode::NotADatabase => Self::corrupt(DATABASE, "not a database file"),
            ErrorCode::ReadOnly => Self::ReadOnly { place: place() },
            ErrorCode::CannotOpen | ErrorCode::PermissionDenied => Self::CannotOpen { place: place() },
            ErrorCode::SystemIoFailure => Self::Io,
            ErrorCode::TooBig => Self::TooBig,
            _ => Self::Database { number: failure.extended_code },
        }
    }
}

impl From<StoreError> for StateError {
    fn from(error: StoreError) -> Self {
        Self { code: error.code(), detail: error.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use qudao_model::{ObjectName, RecordId};

    fn every() -> Vec<StoreError> {
        let place = || "p".to_owned();
        let record =
            RecordKey { object: ObjectName::new("account").unwrap(), id: RecordId::new("a").unwrap() };
        vec![
            StoreError::NotFound { place: place() },
            StoreError::CannotOpen { place: place() },
            StoreError::ReadOnly { place: place() },
            StoreError::corrupt("p", "d"),
            StoreError::Foreign { place: place() },
            StoreError::NewerFormat { place: place(), found: 9, known: 2 },
            StoreError::Full,
            StoreError::Locked,
            StoreError::Io,
            StoreError::ClaimTaken { rule: RuleId::new("r").unwrap(), holder: record.clone() },
            StoreError::VersionConflict { record, expected: 1, found: 2 },
            StoreError::KeyUsed { seq: 1 },
            StoreError::Inconsistent { place: place() },
            StoreError::PayloadMissing { seq: 1 },
            StoreError::UnknownObject { object: "x".into() },
            StoreError::MigratedElsewhere,
            StoreError::Aborted,
            StoreError::TooBig,
            StoreError::TooDeep,
            StoreError::Database { number: 1 },
        ]
    }

    #[test]
    fn every_error_has_a_registered_text_without_gaps() {
        for error in every() {
            assert!(codes::lookup(error.code()).is_some(), "{} is not registered", error.code());
            for locale in [Locale::en(), Locale::zh()] {
                let text = error.text(&locale);
                assert!(!text.contains('…') && text != error.code(), "{}: {text}", error.code());
            }
        }
    }
}
