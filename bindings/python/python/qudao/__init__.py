"""qudao (渠道): channel sales management from one blueprint.

>>> import qudao
>>> engine = qudao.Engine.starter("simple")
>>> found = engine.validate("account", [{"name": "N/A"}])
>>> found.ok
False
>>> workspace = qudao.Workspace(":memory:", engine)
>>> session = workspace.session("alice", locale="en")
>>> session.submit(qudao.Create("account", {"name": "Acme"}, id="a1")).allowed
True
"""

from qudao import _native
from qudao._audit import Audit
from qudao._cleanse import BatchReport, CleanseDiff, UndoReport
from qudao._commands import (
    Advance,
    Command,
    Convert,
    Create,
    Grant,
    HistoryVisit,
    ImportHistory,
    Merge,
    Unmerge,
    Update,
)
from qudao._compare import Comparison
from qudao._engine import Engine
from qudao._errors import (
    AccessError,
    BlueprintChangedError,
    BlueprintError,
    FileError,
    InputError,
    InternalError,
    MissingPackageError,
    NotFoundError,
    NowRequiredError,
    QudaoError,
    StoreError,
)
from qudao._kpis import KpiReport
from qudao._matched import (
    Duplicates,
    Golden,
    Guess,
    GuessedColumn,
    GuessedDuplicates,
    Link,
    MatchReport,
    dedupe,
    dedupe_csv,
    guess,
)
from qudao._model import (
    Actor,
    ClaimConflict,
    Decision,
    DrillThrough,
    DuplicateFinding,
    Excluded,
    Explanation,
    Field,
    FieldChange,
    FieldEvidence,
    FileReport,
    GateReport,
    HistoryItem,
    ImportReport,
    KpiValue,
    Lint,
    LogEntry,
    Metric,
    Migration,
    Money,
    NextStep,
    Note,
    OutboxItem,
    OversizedBlock,
    Record,
    RecordChange,
    RecordDiff,
    RecordKey,
    Reject,
    TableCheck,
    TraceEntry,
    Verification,
    Violation,
    Visit,
    Window,
)
from qudao._standard import EntryStandard
from qudao._table import Column, Table
from qudao._validation import Validation
from qudao._workspace import Lineage, Page, Session, Workspace

__version__: str = _native.VERSION

__all__ = [
    "AccessError",
    "Actor",
    "Advance",
    "Audit",
    "BatchReport",
    "BlueprintChangedError",
    "BlueprintError",
    "ClaimConflict",
    "CleanseDiff",
    "Column",
    "Command",
    "Comparison",
    "Convert",
    "Create",
    "Decision",
    "DrillThrough",
    "DuplicateFinding",
    "Duplicates",
    "Engine",
    "EntryStandard",
    "Excluded",
    "Explanation",
    "Field",
    "FieldChange",
    "FieldEvidence",
    "FileError",
    "FileReport",
    "GateReport",
    "Golden",
    "Grant",
    "Guess",
    "GuessedColumn",
    "GuessedDuplicates",
    "HistoryItem",
    "HistoryVisit",
    "ImportHistory",
    "ImportReport",
    "InputError",
    "InternalError",
    "KpiReport",
    "KpiValue",
    "Lineage",
    "Link",
    "Lint",
    "LogEntry",
    "MatchReport",
    "Merge",
    "Metric",
    "Migration",
    "MissingPackageError",
    "Money",
    "NextStep",
    "NotFoundError",
    "Note",
    "NowRequiredError",
    "OutboxItem",
    "OversizedBlock",
    "Page",
    "QudaoError",
    "Record",
    "RecordChange",
    "RecordDiff",
    "RecordKey",
    "Reject",
    "Session",
    "StoreError",
    "Table",
    "TableCheck",
    "TraceEntry",
    "UndoReport",
    "Unmerge",
    "Update",
    "Validation",
    "Verification",
    "Violation",
    "Visit",
    "Window",
    "Workspace",
    "dedupe",
    "dedupe_csv",
    "guess",
]
