//! What a decision reads: a port that a store implements.

use crate::schema::FieldIx;
use crate::{
    Absorbed, BlockKey, ClaimKey, FieldName, Golden, Grant, ObjectName, Record, RecordId, RecordKey, RuleId,
    Visit,
};

/// Why the state could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct StateError {
    /// A stable code, such as `store.locked`.
    pub code: &'static str,
    /// What happened, without content of records.
    pub detail: String,
}

/// Where a record meets others that may be the same.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Meeting {
    /// Its keys, and of how many records each may be for all of them to be met.
    pub keys: Vec<(BlockKey, usize)>,
    /// Of how many records any key may be in a small table.
    pub whole: usize,
    /// The most records of a small table.
    pub small: u32,
    /// Under a longer key, those are met that share another key or one of these.
    pub cuts: Vec<BlockKey>,
    /// How many are met so at most: the ones with the rarest keys, then the earliest made.
    pub most: usize,
    /// For somebody who does not see every record: those that are seen. Which of them are met, the others do not change, however many they
    /// are; no key is cut by [`keys`](Self::keys) among them before it has [`whole`](Self::whole) records.
    pub seen: Option<Seen>,
}

/// Which records somebody sees, as lists of the index under [`RuleId::sight`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// The lists whose records are seen: see [`BlockKey::seen`].
    pub keys: Vec<BlockKey>,
    /// Records that are seen besides.
    pub records: Vec<RecordKey>,
    /// The records of an object that are seen through the record to which a reference of theirs leads.
    pub through: Vec<(ObjectName, FieldName, Seen)>,
}

/// What an index keeps of a record, so that it need not be read to be told from a duplicate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept<'k> {
    /// Sketches of what a rule compares, which are little to read.
    Sketches(&'k [u8]),
    /// All of what a rule compares.
    Features(&'k [u8]),
}

/// The state as one transaction sees it. Calls take slices of keys, never one key a call; answers keep their order.
pub trait StateView {
    /// Records by id; `None` where there is none.
    ///
    /// # Errors
    /// [`StateError`] when the store fails.
    fn records(&self, object: &ObjectName, ids: &[RecordId]) -> Result<Vec<Option<Record>>, StateError>;

    /// The records of `object` whose reference `field` points to one of `parents`, sorted by id.
    ///
    /// # Errors
    /// [`StateError`] when the store fails.
    fn children(
        &self,
        object: &ObjectName,
        field: FieldIx,
        parents: &[RecordId],
    ) -> Result<Vec<Record>, StateError>;

    /// The visits of records, each list in order.
    ///
    /// # Errors
    /// [`StateError`] when the store fails.
    fn visits(&self, records: &[RecordKey]) -> Result<Vec<Vec<Visit>>, StateError>;

    /// Who holds each claim.
    ///
    /// # Errors
    /// [`StateError`] when the store fails.
    fn claims(&self, rule: &RuleId, keys: &[ClaimKey]) -> Result<Vec<Option<RecordKey>>, StateError>;

    /// The records that a record meets under a matching rule, sorted by object and id, each once.
    ///
    /// `may_match` is asked with what the index keeps of a record before that record is read, first its sketches and then its features;
    /// those for which it says false are left out. It is not asked about what is not kept.
    ///
    /// # Errors
    /// [`StateError`] when the store fails.
    fn candidates(
        &self,
        rule: &RuleId,
        meeting: &Meeting,
        may_match: &mut dyn FnMut(Kept<'_>) -> bool,
    ) -> Result<Vec<Record>, StateError>;

    /// The grants given for records.
    ///
    /// # Errors
    /// [`StateError`] when the store fails.
    fn grants(&self, records: &[RecordKey]) -> Result<Vec<Grant>, StateError>;

    /// All records of an object, sorted by id.
    ///
    /// # Errors
    /// [`StateError`] when the store fails.
    fn scan(&self, object: &ObjectName) -> Result<Vec<Record>, StateError>;

    /// Records that were merged into others, by the ids that they had; `None` for an id that was not.
    ///
    /// # Errors
    /// [`StateError`] when the store fails.
    fn absorbed(&self, object: &ObjectName, ids: &[RecordId]) -> Result<Vec<Option<Absorbed>>, StateError>;

    /// The records that were merged into each of these and stand merged, each list sorted by id.
    ///
    /// # Errors
    /// [`StateError`] when the store fails.
    fn absorbed_by(
        &self,
        object: &ObjectName,
        survivors: &[RecordId],
    ) -> Result<Vec<Vec<Absorbed>>, StateError>;

    /// What is kept of records into which others were merged; `None` where none stands merged.
    ///
    /// # Errors
    /// [`StateError`] when the store fails.
    fn golden(&self, object: &ObjectName, ids: &[RecordId]) -> Result<Vec<Option<Golden>>, StateError>;
}
