//! The nouns of qudao: identifiers, values, records, the schema, commands and decisions.
//!
//! This crate does no I/O, knows no clock and no thread. Every other crate of the workspace
//! speaks in its types. Data flows one way: a [`Command`] is decided into a [`Decision`], whose
//! [`Change`]s a store commits.

mod access;
pub mod codes;
pub mod columns;
mod command;
mod dataset;
mod decision;
mod document;
mod finding;
mod ids;
mod locale;
mod merge;
pub mod objects;
mod record;
mod schema;
mod schema_check;
mod spec;
mod state;
mod typed;
mod value;
mod value_json;
mod visit;

pub use access::{Actor, Query, Sort, SortOrder};
pub use command::{Acknowledgement, Command, CommandKind, HistoryVisit, Operation, Patch};
pub use dataset::{Dataset, DatasetError, DatasetTable};
pub use decision::{
    Change, Decision, DuplicateFinding, Event, FieldEvidence, Frequency, Outcome, RuleOutcome, Shared, Step,
    TraceEntry,
};
pub use document::{Document, Position};
pub use finding::{Lint, Param, Params, Severity, Violation};
pub use ids::{
    ActorId, BlockKey, ClaimKey, FieldName, Hash, IdError, IdempotencyKey, MetricId, ObjectName, ProcessId,
    RecordId, RecordKey, RoleName, RuleId, StageId, new_record_id,
};
pub use locale::{LocalText, Locale};
pub use merge::{Absorbed, Cell, Edit, Golden, LostValue, Moved, SurvivalRule};
pub use record::Record;
pub use schema::{Child, FieldDef, FieldIx, ObjectSchema, Parent, Schema};
pub use schema_check::check_document;
pub use spec::{
    ChoiceSpec, Described, FieldRole, FieldSpec, Fields, ObjectSpec, PlaceholderSpec, StandardObject,
    StandardObjects, TypeName, standard_objects,
};
pub use state::{Kept, Meeting, Seen, StateError, StateView};
pub use typed::TypedRecord;
pub use value::{FieldType, Instant, Money, Span, Value, ValueIssue, ValueKind, is_currency};
pub use visit::{Grant, StageClass, Visit, VisitCause};

pub use rust_decimal::Decimal;

/// The version of the rules that change answers. It is part of every hash.
pub const SEMANTICS_VERSION: u32 = 1;
