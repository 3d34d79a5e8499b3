"""Answers to commands: decisions, gates, next steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from qudao._findings import DuplicateFinding, Violation
from qudao._show import html_grid
from qudao._values import RecordKey


@dataclass(frozen=True, slots=True)
class TraceEntry:
    """What one rule did."""

    step: str
    rule: str
    record: RecordKey | None
    outcome: str
    inputs: dict[str, Any] = field(hash=False)
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordChange:
    """What was written to one record: the values set, and those that stood there before."""

    record: RecordKey
    version: int
    set: dict[str, Any] = field(hash=False)
    before: dict[str, Any] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Visit:
    """A stay in a stage."""

    record: RecordKey
    seq: int
    process: str
    process_version: str = field(repr=False)
    stage: str
    stage_order: int = field(repr=False)
    stage_class: str
    entered: datetime
    left: datetime | None
    recorded_at: datetime = field(repr=False)
    left_recorded_at: datetime | None = field(repr=False)
    actor: str
    cause: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to a command: carried out or refused, with every rule that ran."""

    allowed: bool
    records: tuple[RecordKey, ...]
    violations: tuple[Violation, ...]
    duplicates: tuple[DuplicateFinding, ...]
    trace: tuple[TraceEntry, ...] = field(repr=False)
    changes: tuple[RecordChange, ...] = field(repr=False)
    visits: tuple[Visit, ...] = field(repr=False)
    blueprint: str = field(repr=False)
    replayed: bool

    @property
    def id(self) -> str | None:
        """The id of the main record; ``None`` when the command was refused before there was one."""
        return self.records[0].id if self.records else None

    @property
    def blocking(self) -> tuple[Violation, ...]:
        """The rules that block."""
        return tuple(v for v in self.violations if v.severity == "error")

    def __bool__(self) -> bool:
        return self.allowed

    def messages(self, locale: str | None = None) -> list[str]:
        """What the rules say, for a person."""
        return [v.text(locale) for v in self.violations]

    def _repr_html_(self) -> str:
        rows = [[v.severity, v.rule, v.text(), v.fix()] for v in self.violations]
        main = ", ".join(str(k) for k in self.records)
        caption = f"{'allowed' if self.allowed else 'blocked'} {main}".strip()
        return html_grid(("severity", "rule", "message", "fix"), rows, caption=caption)


@dataclass(frozen=True, slots=True)
class GateReport:
    """What a gate says of a move."""

    allowed: bool
    direction: str
    violations: tuple[Violation, ...]
    trace: tuple[TraceEntry, ...] = field(repr=False)
    patch: dict[str, Any] = field(hash=False, repr=False)

    @property
    def missing(self) -> tuple[Violation, ...]:
        """What must be met first."""
        return tuple(v for v in self.violations if v.severity == "error")

    def __bool__(self) -> bool:
        return self.allowed


@dataclass(frozen=True, slots=True)
class NextStep:
    """A step that a record may take next, with what is missing for it."""

    stage: str
    label: str
    stage_class: str
    direction: str
    allowed: bool
    missing: tuple[Violation, ...]
    advised: tuple[Violation, ...]
    tip: str | None = None
    key_fields: tuple[str, ...] = ()
