//! The store: an append-only log in SQLite, with everything that is read projected from it.

mod entry;
mod error;
mod options;
mod outbox;
mod report;
mod skeleton;

pub use entry::{Applied, LogEntry, LogItem, LogPayload, LogTime, Seq};
pub use error::StoreError;
pub use options::{BlueprintText, Derived, Deriver, Durability, OpenOptions};
pub use outbox::{CloudEvent, OutboxItem};
pub use report::{Counts, DuplicateSet, GrantUse, RebuildReport, TableCheck, VerifyReport};
pub use skeleton::{
    ClaimConflict, ClosedStore, MigrationPreview, MigrationReport, Opened, OutdatedStore, ReadTx, Store,
    WriteTx,
};

/// How many rows of an import are committed together at most.
pub const MAX_CHUNK: usize = 500;

/// The format of the files that this version writes.
pub const FORMAT: u32 = 2;
