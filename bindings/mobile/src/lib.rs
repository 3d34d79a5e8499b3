//! Kotlin and Swift binding of qudao.
//!
//! Coarse calls, owned types, and errors that a person can read. Sources for both languages are
//! written from the built library by `cargo xtask bindings kotlin` and `swift`.

mod clusters;
mod commands;
mod engine;
mod error;
mod findings;
mod guard;
mod kpis;
mod library;
mod matched;
mod matching;
mod types;
mod values;
mod watch;
mod workspace;

pub use clusters::{
    ClusterChange, ClusterIds, ClusterShare, StableClusters, cluster_ids_from_json, cluster_ids_to_json,
};
pub use commands::{Acknowledgement, Command, Decision, PastVisit, SubmitOptions, TraceEntry};
pub use engine::{Engine, GateReport, RowViolation, ValidationReport, VisitRow, starter_blueprints};
pub use error::QudaoError;
pub use findings::{Duplicate, FieldEvidence, Frequency, Lint, Severity, Violation};
pub use kpis::{Basis, Excluded, GroupValue, KpiRequest, KpiValue, Rate, Undefined};
pub use library::library_version;
pub use matched::{
    Comparison, DedupeReport, GoldenCell, GoldenRecord, LinkReport, LostCell, MatchedPair, OversizedBlock,
    PairLabel,
};
pub use types::CalendarDate;
pub use values::{FieldValue, Fields, RecordData, RecordRef};
pub use watch::ProgressListener;
pub use workspace::{
    Actor, FieldChange, HistoryItem, LogEntry, NextStep, Page, QueryRequest, Session, SortKey, StageVisit,
    Workspace,
};

uniffi::setup_scaffolding!("qudao");
