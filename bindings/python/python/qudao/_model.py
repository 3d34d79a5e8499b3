"""What qudao speaks in: small frozen objects, one module for each idea."""

from qudao._decision import (
    Decision,
    GateReport,
    NextStep,
    RecordChange,
    TraceEntry,
    Visit,
)
from qudao._findings import (
    DuplicateFinding,
    Explanation,
    FieldEvidence,
    Frequency,
    Lint,
    OversizedBlock,
    Violation,
    is_chinese,
)
from qudao._history import (
    ClaimConflict,
    FieldChange,
    HistoryItem,
    LogEntry,
    Migration,
    OutboxItem,
    RecordDiff,
    TableCheck,
    Verification,
)
from qudao._imports import (
    FileReport,
    ImportReport,
    Note,
    Reject,
)
from qudao._numbers import (
    DrillThrough,
    Excluded,
    KpiValue,
)
from qudao._schema import (
    Field,
    Metric,
)
from qudao._values import (
    Actor,
    Money,
    Record,
    RecordKey,
    Window,
)

__all__ = [
    "Actor",
    "ClaimConflict",
    "Decision",
    "DrillThrough",
    "DuplicateFinding",
    "Excluded",
    "Explanation",
    "Field",
    "FieldChange",
    "FieldEvidence",
    "FileReport",
    "Frequency",
    "GateReport",
    "HistoryItem",
    "ImportReport",
    "KpiValue",
    "Lint",
    "LogEntry",
    "Metric",
    "Migration",
    "Money",
    "NextStep",
    "Note",
    "OutboxItem",
    "OversizedBlock",
    "Record",
    "RecordChange",
    "RecordDiff",
    "RecordKey",
    "Reject",
    "TableCheck",
    "TraceEntry",
    "Verification",
    "Violation",
    "Visit",
    "Window",
    "is_chinese",
]
