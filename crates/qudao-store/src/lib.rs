//! The store: an append-only log in SQLite, with everything that is read projected from it.
//!
//! One decision is one transaction: the log entry, the records, visits, grants and duplicate sets it changes,
//! the uniqueness claims and block keys of those records, and the events for other systems, or nothing at all.
//! The projections can be rebuilt from the log and the blueprints alone ([`Store::rebuild`]), and
//! [`Store::verify`] shows that they are equal to what a rebuild gives.
//!
//! The write lock is taken before anything is read ([`Store::write`]), so what a decision saw still holds when it
//! is committed.

mod blueprint;
mod closed;
mod connect;
mod derive;
mod entry;
mod error;
mod format;
mod journal;
mod open;
mod options;
mod outbox;
mod pool;
mod project;
mod read;
mod rebuild;
mod report;
mod rows;
mod store;
mod view;
mod write;

pub use blueprint::{ClaimConflict, MigrationPreview, MigrationReport};
pub use closed::{ClosedStore, OutdatedStore};
pub use entry::{Applied, LogEntry, LogItem, LogPayload, LogTime, Seq};
pub use error::StoreError;
pub use format::FORMAT;
pub use open::Opened;
pub use options::{BlueprintText, Derived, Deriver, Durability, OpenOptions};
pub use outbox::{CloudEvent, OutboxItem};
pub use read::ReadTx;
pub use report::{Counts, DuplicateSet, GrantUse, RebuildReport, TableCheck, VerifyReport};
pub use store::Store;
pub use write::WriteTx;

/// How many rows of an import are committed together at most.
pub const MAX_CHUNK: usize = 500;
