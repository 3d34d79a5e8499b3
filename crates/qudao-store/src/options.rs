//! What a store is opened with.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use qudao_model::{BlockKey, ClaimKey, Hash, ProcessId, Record, RuleId, Schema, StageId};

/// What the rules of a Blueprint make of one record: the keys under which the store finds it again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Derived {
    /// The values that no other record may hold, by rule.
    pub claims: Vec<(RuleId, ClaimKey)>,
    /// The keys under which possible duplicates meet, by matching rule.
    pub keys: Vec<(RuleId, BlockKey)>,
    /// What is kept beside the keys to tell a candidate from a duplicate at first sight; nothing where it is empty.
    pub sketches: Vec<u8>,
    /// What is kept to tell it without reading the record; nothing where it is empty.
    pub features: Vec<u8>,
}

/// Computes [`Derived`] keys. A pure function of the Blueprint and the record: a rebuild calls it again and
/// expects the same answer.
pub trait Deriver: Send + Sync {
    /// The keys of a record.
    fn derived(&self, record: &Record) -> Derived;

    /// The version of what [`derived`](Self::derived) makes. A store that was written by another one has all of it made anew when it
    /// is opened.
    fn version(&self) -> u32 {
        0
    }

    /// True when the Blueprint has this stage. A migration names the records that stand in a stage it has not.
    fn knows_stage(&self, process: &ProcessId, stage: &StageId) -> bool {
        let _ = (process, stage);
        true
    }
}

/// A Blueprint as the store keeps it: its text and the hash by which log entries name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlueprintText {
    /// The content hash. Computed by the engine; it covers more than the text.
    pub hash: Hash,
    /// The document.
    pub text: String,
}

/// What a commit survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// A power cut (`synchronous = FULL`): the write-ahead log reaches the disk before a commit returns.
    #[default]
    PowerLoss,
    /// The end of the process, however sudden (`synchronous = NORMAL`). A power cut may undo the last commits,
    /// whole and in order; it never damages the file. Faster where every command is a commit of its own.
    ProcessLoss,
}

/// What a store is opened with.
#[derive(Clone)]
pub struct OpenOptions {
    pub(crate) schema: Arc<Schema>,
    pub(crate) blueprint: BlueprintText,
    pub(crate) deriver: Arc<dyn Deriver>,
    pub(crate) create: bool,
    pub(crate) busy_timeout: Duration,
    pub(crate) durability: Durability,
    pub(crate) device: Option<String>,
    pub(crate) readers: usize,
    pub(crate) max_pages: Option<u32>,
    pub(crate) mapped: u64,
}

impl fmt::Debug for OpenOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenOptions")
            .field("blueprint", &self.blueprint.hash)
            .field("create", &self.create)
            .field("busy_timeout", &self.busy_timeout)
            .field("durability", &self.durability)
            .finish_non_exhaustive()
    }
}

impl OpenOptions {
    /// Makes the file when there is none, waits 5 seconds for a lock, survives a power cut, reads on up to 4
    /// connections at once.
    #[must_use]
    pub fn new(schema: Arc<Schema>, blueprint: BlueprintText, deriver: Arc<dyn Deriver>) -> Self {
        Self {
            schema,
            blueprint,
            deriver,
            create: true,
            busy_timeout: Duration::from_secs(5),
            durability: Durability::default(),
            device: None,
            readers: 4,
            max_pages: None,
            mapped: 0,
        }
    }

    /// By what keys and features are derived: the Blueprint, and the version of the deriver.
    pub(crate) fn derivation(&self) -> String {
        match self.deriver.version() {
            0 => self.blueprint.hash.to_string(),
            version => format!("{}/{version}", self.blueprint.hash),
        }
    }

    /// Whether the file is made when there is none.
    #[must_use]
    pub fn create(mut self, create: bool) -> Self {
        self.create = create;
        self
    }

    /// How long to wait for a lock that another thread or program holds.
    #[must_use]
    pub fn busy_timeout(mut self, timeout: Duration) -> Self {
        self.busy_timeout = timeout;
        self
    }

    /// What a commit survives.
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// The device's id in the log, used when the file is made; a UUID where none is given.
    #[must_use]
    pub fn device(mut self, device: impl Into<String>) -> Self {
        self.device = Some(device.into());
        self
    }

    /// How many connections read at once; at least 1. Each of them, and the one that writes, keeps up to a sixteenth of the file in memory,
    /// as it is read: 16 MB at least and 128 MB at most.
    #[must_use]
    pub fn readers(mut self, readers: usize) -> Self {
        self.readers = readers.max(1);
        self
    }

    /// Lets reads map the file into memory, up to so many bytes of it, instead of copying each page: a third less time where a large
    /// file is read here and there. None by default, for then a disk that fails, or a program that cuts the file short, ends the
    /// process instead of being told as an error (<https://www.sqlite.org/mmap.html>).
    #[must_use]
    pub fn mapped(mut self, bytes: u64) -> Self {
        self.mapped = bytes;
        self
    }

    /// Lets the file grow to this many pages of 4 KiB at most; a write beyond answers `store.full`.
    #[must_use]
    pub fn max_pages(mut self, pages: u32) -> Self {
        self.max_pages = Some(pages);
        self
    }
}
