//! The store: an append-only log in SQLite, with everything that is read projected from it.
//!
//! One decision is one transaction: the log entry, the records, visits, grants and duplicate sets it changes,
//! the uniqueness claims and block keys of those records, and the events for other systems, or nothing at all.
//! The projections can be rebuilt from the log and the blueprints alone ([`Store::rebuild`]), and
//! [`Store::verify`] shows that they are equal to what a rebuild gives.
//!
//! The write lock is taken before anything is read ([`Store::write`]), so what a decision saw still holds when it
//! is committed.
//!
//! ```
//! use std::sync::Arc;
//!
//! use qudao_model::*;
//! use qudao_store::*;
//!
//! /// The engine's part: which values are unique, and where possible duplicates meet.
//! struct Rules;
//! impl Deriver for Rules {
//!     fn derived(&self, record: &Record) -> Derived {
//!         let tax_id = record.get("tax_id").as_text().map(ClaimKey::of);
//!         let rule = RuleId::new("account.tax_id").ok();
//!         Derived { claims: rule.zip(tax_id).into_iter().collect(), ..Derived::default() }
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let blueprint = BlueprintText { hash: Hash::of(b"qudao: 1"), text: "qudao: 1".into() };
//! let schema = Arc::new(Schema::standard("CNY"));
//! let store = Store::in_memory(OpenOptions::new(schema, blueprint.clone(), Arc::new(Rules)))?;
//!
//! // A decided command: the engine makes the decision, the store commits it.
//! let account = RecordKey { object: ObjectName::new("account")?, id: RecordId::new("a1")? };
//! let patch = Patch::new().set(FieldName::new("tax_id")?, "91330106MA27XXXX0A");
//! let command = Command::create(account.object.clone(), patch.clone()).with_id(account.id.clone());
//! let decision = Decision {
//!     outcome: Outcome::Allowed,
//!     records: vec![account.clone()],
//!     violations: vec![],
//!     duplicates: vec![],
//!     trace: vec![],
//!     blueprint: blueprint.hash,
//!     changes: vec![Change::Put { record: account.clone(), version: 1, patch, before: Patch::new() }],
//!     events: vec![],
//!     replayed: false,
//! };
//! let actor = Actor::new(ActorId::new("u1")?);
//! let now = Instant::parse("2026-11-24T08:00:00Z").ok_or("no time")?;
//! let seq = store.write(|tx| tx.append(&LogEntry::of(&command, &actor, &decision, now)))?;
//! assert_eq!(seq, 1);
//!
//! let history = store.read(|view| view.history(&account))?;
//! assert_eq!(history[0].command, "create");
//! assert!(store.verify()?.is_equal());
//! # Ok(())
//! # }
//! ```

mod blueprint;
mod closed;
mod connect;
mod derive;
mod entry;
mod error;
mod features;
mod format;
mod journal;
mod meet;
mod open;
mod options;
mod outbox;
mod pool;
mod postings;
mod project;
mod read;
mod rebuild;
mod report;
mod rows;
mod store;
#[cfg(test)]
mod testing;
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
