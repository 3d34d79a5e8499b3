//! What most programs need.

pub use qudao_metrics::{GroupKey, KpiQuery, KpiReport, KpiValue, Number, RateTable, Window};
pub use qudao_model::{
    Actor, ActorId, Command, CommandKind, Dataset, Decimal, Decision, FieldName, Grant, HistoryVisit,
    IdempotencyKey, Instant, Locale, MetricId, Money, ObjectName, Operation, Outcome, Patch, ProcessId,
    Query, Record, RecordId, RecordKey, RoleName, RuleId, Severity, SortOrder, StageClass, StageId, Value,
    Violation, Visit,
};

pub use crate::{Blueprint, Engine, Error, Rows, Session, Workspace, WorkspaceOptions};
