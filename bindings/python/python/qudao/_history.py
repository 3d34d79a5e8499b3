"""What happened: history, log, events; and what a rebuild or another blueprint would change."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from qudao._decision import RecordChange, Visit
from qudao._findings import Violation
from qudao._values import RecordKey


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One changed field."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class RecordDiff:
    """What a plan would change in one record, and why the save path would refuse it."""

    record: RecordKey
    version: int
    changes: tuple[FieldChange, ...]
    refused: tuple[Violation, ...]


@dataclass(frozen=True, slots=True)
class HistoryItem:
    """One entry of a record's history, as the actor may see it."""

    seq: int
    command: str
    actor: str
    occurred_at: datetime
    recorded_at: datetime
    allowed: bool
    failed: tuple[str, ...]
    granted: tuple[str, ...]
    changes: tuple[FieldChange, ...]
    visits: tuple[Visit, ...]


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One entry of the log."""

    seq: int
    command: str
    actor: str
    roles: tuple[str, ...]
    occurred_at: datetime
    recorded_at: datetime
    allowed: bool
    failed: tuple[str, ...]
    granted: tuple[str, ...]
    records: tuple[RecordKey, ...]
    changes: tuple[RecordChange, ...] = field(repr=False)
    blueprint: str = field(repr=False)
    key: str | None


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """An event for other systems, shaped as CloudEvents 1.0."""

    position: int
    seq: int
    event: dict[str, Any] = field(hash=False)


@dataclass(frozen=True, slots=True)
class TableCheck:
    """How one projection compares with a rebuild."""

    table: str
    rows: int
    missing: int
    unexpected: int


@dataclass(frozen=True, slots=True)
class Verification:
    """How the projections compare with what a rebuild would make, row by row."""

    entries: int
    tables: tuple[TableCheck, ...]

    @property
    def ok(self) -> bool:
        """Every projection is equal to what a rebuild makes."""
        return all(t.missing == 0 and t.unexpected == 0 for t in self.tables)

    def __bool__(self) -> bool:
        return self.ok


@dataclass(frozen=True, slots=True)
class ClaimConflict:
    """A unique value that several records have."""

    rule: str
    holder: RecordKey
    waiting: tuple[RecordKey, ...]


@dataclass(frozen=True, slots=True)
class Migration:
    """What another blueprint changes in a database."""

    stored: str
    given: str
    records: dict[str, int] = field(hash=False)
    objects_gone: dict[str, int] = field(hash=False)
    fields_unknown: dict[str, int] = field(hash=False)
    stages_gone: dict[str, int] = field(hash=False)
    conflicts: tuple[ClaimConflict, ...] = ()
