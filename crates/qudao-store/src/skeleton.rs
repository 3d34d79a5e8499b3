//! The shape of the API, to be filled by the next commits.
#![allow(clippy::unimplemented, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;
use std::ops::Deref;
use std::path::Path;

use qudao_model::{
    Actor, ActorId, BlockKey, ClaimKey, FieldIx, FieldName, Grant, Hash, IdempotencyKey, Instant, ObjectName,
    ProcessId, Record, RecordId, RecordKey, RuleId, StageId, StateError, StateView, Visit,
};

use crate::{
    Applied, Counts, DuplicateSet, GrantUse, LogEntry, LogItem, OpenOptions, OutboxItem, RebuildReport, Seq,
    StoreError, VerifyReport,
};

/// What opening a file answers.
pub enum Opened {
    Ready(Store),
    /// `store.blueprint_changed`
    BlueprintChanged {
        stored: Hash,
        given: Hash,
        store: ClosedStore,
    },
    /// `store.old_format`
    OldFormat {
        found: u32,
        current: u32,
        store: OutdatedStore,
    },
}

/// A file that was written under another Blueprint.
pub struct ClosedStore(());

impl ClosedStore {
    pub fn preview(&self) -> Result<MigrationPreview, StoreError> {
        unimplemented!()
    }
    /// Applies as a logged command `migrate_blueprint`.
    pub fn migrate(self, _actor: &Actor, _now: Instant) -> Result<(Store, MigrationReport), StoreError> {
        unimplemented!()
    }
}

/// A file of an older format.
pub struct OutdatedStore(());

impl OutdatedStore {
    /// What would be done, one line of English for each step.
    pub fn preview(&self) -> Vec<&'static str> {
        unimplemented!()
    }
    pub fn migrate(self) -> Result<Opened, StoreError> {
        unimplemented!()
    }
}

pub struct MigrationPreview {
    pub stored: Hash,
    pub given: Hash,
    pub records: BTreeMap<ObjectName, u64>,
    /// Records of objects that the new schema has not.
    pub objects_gone: BTreeMap<ObjectName, u64>,
    /// Records with a value in a field that the new schema has not, or whose type no longer fits; kept as unknown.
    pub fields_unknown: BTreeMap<(ObjectName, FieldName), u64>,
    /// Records that stand in a stage that the new Blueprint has not.
    pub stages_gone: BTreeMap<(ProcessId, StageId), u64>,
    pub conflicts: Vec<ClaimConflict>,
}

pub struct ClaimConflict {
    pub rule: RuleId,
    pub holder: RecordKey,
    pub waiting: Vec<RecordKey>,
}

pub struct MigrationReport {
    pub seq: Seq,
    pub preview: MigrationPreview,
}

/// Send + Sync; share with `Arc`.
pub struct Store(());

impl Store {
    pub fn open(_path: impl AsRef<Path>, _options: OpenOptions) -> Result<Opened, StoreError> {
        unimplemented!()
    }
    pub fn in_memory(_options: OpenOptions) -> Result<Store, StoreError> {
        unimplemented!()
    }
    pub fn read<R, E: From<StoreError>>(&self, _f: impl FnOnce(&ReadTx<'_>) -> Result<R, E>) -> Result<R, E> {
        unimplemented!()
    }
    /// Takes the write lock before anything is read; commits only when the closure returns `Ok`.
    pub fn write<R, E: From<StoreError>>(
        &self,
        _f: impl FnOnce(&mut WriteTx<'_>) -> Result<R, E>,
    ) -> Result<R, E> {
        unimplemented!()
    }
    pub fn rebuild(&self) -> Result<RebuildReport, StoreError> {
        unimplemented!()
    }
    pub fn verify(&self) -> Result<VerifyReport, StoreError> {
        unimplemented!()
    }
    /// Empty when whole.
    pub fn integrity_check(&self) -> Result<Vec<String>, StoreError> {
        unimplemented!()
    }
    pub fn blueprint(&self) -> &Hash {
        unimplemented!()
    }
}

/// One snapshot. Implements `StateView`.
pub struct ReadTx<'s>(PhantomData<&'s ()>);

impl ReadTx<'_> {
    /// Entries that touched a record, refused ones included, oldest first. The caller masks.
    pub fn history(&self, _record: &RecordKey) -> Result<Vec<LogItem>, StoreError> {
        unimplemented!()
    }
    pub fn log(&self, _after: Seq, _limit: usize) -> Result<Vec<LogItem>, StoreError> {
        unimplemented!()
    }
    pub fn outbox(&self, _after: u64, _limit: usize) -> Result<Vec<OutboxItem>, StoreError> {
        unimplemented!()
    }
    pub fn counts(&self) -> Result<Counts, StoreError> {
        unimplemented!()
    }
    /// Records after an id, at most `limit`, sorted by id.
    pub fn page(
        &self,
        _object: &ObjectName,
        _after: Option<&RecordId>,
        _limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        unimplemented!()
    }
    /// All visits of an object's records, sorted by record and place.
    pub fn all_visits(&self, _object: &ObjectName) -> Result<Vec<Visit>, StoreError> {
        unimplemented!()
    }
    pub fn duplicate_sets(&self) -> Result<Vec<DuplicateSet>, StoreError> {
        unimplemented!()
    }
    pub fn grant_uses(&self, _record: &RecordKey) -> Result<Vec<GrantUse>, StoreError> {
        unimplemented!()
    }
    /// Claims held by another record since before their rule.
    pub fn claim_conflicts(&self) -> Result<Vec<ClaimConflict>, StoreError> {
        unimplemented!()
    }
    pub fn blueprint_text(&self, _hash: &Hash) -> Result<Option<String>, StoreError> {
        unimplemented!()
    }
    /// The command carried out before under this key by this actor.
    pub fn applied(&self, _actor: &ActorId, _key: &IdempotencyKey) -> Result<Option<Applied>, StoreError> {
        unimplemented!()
    }
    /// The rows of an import that are done.
    pub fn import_done(&self, _import: &str) -> Result<BTreeSet<u64>, StoreError> {
        unimplemented!()
    }
}

impl StateView for ReadTx<'_> {
    fn records(&self, _: &ObjectName, _: &[RecordId]) -> Result<Vec<Option<Record>>, StateError> {
        unimplemented!()
    }
    fn children(&self, _: &ObjectName, _: FieldIx, _: &[RecordId]) -> Result<Vec<Record>, StateError> {
        unimplemented!()
    }
    fn visits(&self, _: &[RecordKey]) -> Result<Vec<Vec<Visit>>, StateError> {
        unimplemented!()
    }
    fn claims(&self, _: &RuleId, _: &[ClaimKey]) -> Result<Vec<Option<RecordKey>>, StateError> {
        unimplemented!()
    }
    fn candidates(&self, _: &RuleId, _: &[BlockKey]) -> Result<Vec<RecordKey>, StateError> {
        unimplemented!()
    }
    fn grants(&self, _: &[RecordKey]) -> Result<Vec<Grant>, StateError> {
        unimplemented!()
    }
    fn scan(&self, _: &ObjectName) -> Result<Vec<Record>, StateError> {
        unimplemented!()
    }
}

/// The write transaction. Implements `StateView`; everything that [`ReadTx`] reads it reads too.
pub struct WriteTx<'s>(ReadTx<'s>);

impl<'s> Deref for WriteTx<'s> {
    type Target = ReadTx<'s>;
    fn deref(&self) -> &ReadTx<'s> {
        &self.0
    }
}

impl WriteTx<'_> {
    /// All or nothing: after an error nothing of the entry is kept, and the transaction may go on when
    /// `error.concerns_one_command()`.
    pub fn append(&mut self, _entry: &LogEntry<'_>) -> Result<Seq, StoreError> {
        unimplemented!()
    }
    /// Rolls back what the closure did when it returns `Err`. May be nested.
    pub fn savepoint<R, E: From<StoreError>>(
        &mut self,
        _f: impl FnOnce(&mut Self) -> Result<R, E>,
    ) -> Result<R, E> {
        unimplemented!()
    }
    pub fn import_mark(&mut self, _import: &str, _row: u64) -> Result<(), StoreError> {
        unimplemented!()
    }
    pub fn import_forget(&mut self, _import: &str) -> Result<(), StoreError> {
        unimplemented!()
    }
    /// Deletes the payloads of refused entries recorded before; the entries stay. Gives how many.
    pub fn drop_refused_payloads(&mut self, _before: Instant) -> Result<u64, StoreError> {
        unimplemented!()
    }
}

impl StateView for WriteTx<'_> {
    fn records(&self, o: &ObjectName, ids: &[RecordId]) -> Result<Vec<Option<Record>>, StateError> {
        self.0.records(o, ids)
    }
    fn children(&self, o: &ObjectName, f: FieldIx, p: &[RecordId]) -> Result<Vec<Record>, StateError> {
        self.0.children(o, f, p)
    }
    fn visits(&self, r: &[RecordKey]) -> Result<Vec<Vec<Visit>>, StateError> {
        self.0.visits(r)
    }
    fn claims(&self, r: &RuleId, k: &[ClaimKey]) -> Result<Vec<Option<RecordKey>>, StateError> {
        self.0.claims(r, k)
    }
    fn candidates(&self, r: &RuleId, k: &[BlockKey]) -> Result<Vec<RecordKey>, StateError> {
        self.0.candidates(r, k)
    }
    fn grants(&self, r: &[RecordKey]) -> Result<Vec<Grant>, StateError> {
        self.0.grants(r)
    }
    fn scan(&self, o: &ObjectName) -> Result<Vec<Record>, StateError> {
        self.0.scan(o)
    }
}
