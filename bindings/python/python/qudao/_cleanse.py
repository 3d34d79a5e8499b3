"""Cleansing in bulk: a difference to look at, the batch that applies it, and its undoing."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any, TypeAlias

from qudao import _native
from qudao._errors import InputError
from qudao._history import RecordDiff
from qudao._show import html_grid, text_grid
from qudao._table import Table

Plan: TypeAlias = Mapping[str, Any] | str | os.PathLike[str]
"""A plan as a dictionary, or the path of a YAML file: ``object``, ``select`` (a condition) and ``steps``, each one of
``normalise``, ``set``, ``map``, ``clear``."""

_SHOWN = 10


def _entered(value: Any) -> Any:
    """A value as a person would enter it: numbers with places keep them all."""
    if isinstance(value, Mapping):
        return {str(k): _entered(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_entered(v) for v in value]
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, Decimal) or hasattr(value, "isoformat"):
        return value.isoformat() if hasattr(value, "isoformat") else str(value)
    text = f"a plan holds no value of type {type(value).__name__}"
    raise InputError(text, "cleanse.bad_plan", {"type": type(value).__name__})


def plan_text(plan: Plan) -> tuple[str | None, str | None]:
    """The file of a plan, or its text."""
    if isinstance(plan, Mapping):
        return None, json.dumps(_entered(plan), ensure_ascii=False)
    return os.fspath(plan), None


class CleanseDiff:
    """What a plan would change, to be looked at before it is applied. Nothing is written yet."""

    __slots__ = ("_inner", "_session")

    def __init__(self, inner: _native.CleanseDiff, session: _native.Session) -> None:
        self._inner = inner
        self._session = session

    @property
    def object(self) -> str:
        """The object."""
        return self._inner.counts()[0]

    @property
    def selected(self) -> int:
        """How many records the plan chose."""
        return self._inner.counts()[1]

    @property
    def changed(self) -> int:
        """How many of them would change."""
        return self._inner.counts()[2]

    @property
    def cells(self) -> Table:
        """The cells that would change, as texts: ``record``, ``field``, ``before``, ``after``, ``refused``."""
        return Table(self._inner.cells())

    @property
    def records(self) -> tuple[RecordDiff, ...]:
        """The records that would change, with the values before and after as Python has them."""
        return self._inner.records(self._session.locale())

    @property
    def refused(self) -> Table:
        """Why the save path would refuse records: ``object``, ``record``, ``rule``, ``code``, ``message``, ``fix``."""
        return Table(self._inner.refused(self._session.locale()))

    def apply(self, batch: str, now: datetime | None = None) -> BatchReport:
        """Applies the difference as one batch, under a name by which it can be undone.

        Each record goes through the save path: one that is refused, or that somebody has changed since the difference
        was made, is reported and stays as it is. The same batch sent again goes on where it ended.
        """
        moment = datetime.now(timezone.utc) if now is None else now
        return BatchReport(self._session.apply(self._inner, batch, moment), self._session.locale())

    _HEADER = ("record", "field", "before", "after", "refused")

    def _rows(self) -> list[list[Any]]:
        cells = self.cells
        rows = zip(*(cells.column(name)[:_SHOWN] for name in self._HEADER), strict=True)
        return [[*row[:-1], "refused" if row[-1] else ""] for row in rows]

    def _verdict(self) -> str:
        return f"{self.object}: {self.selected} selected, {self.changed} would change"

    def __repr__(self) -> str:
        more = len(self.cells) - _SHOWN
        return f"CleanseDiff({self._verdict()})\n{text_grid(self._HEADER, self._rows(), more)}"

    def _repr_html_(self) -> str:
        more = len(self.cells) - _SHOWN
        return html_grid(self._HEADER, self._rows(), caption=self._verdict(), more=more)


class BatchReport:
    """What a batch did. Falsy when a record was refused."""

    __slots__ = ("_inner", "_locale")

    def __init__(self, inner: _native.BatchReport, locale: str) -> None:
        self._inner = inner
        self._locale = locale

    @property
    def batch(self) -> str:
        """Its name, by which it is undone."""
        return self._inner.batch()

    @property
    def applied(self) -> Table:
        """The records changed: ``object``, ``record``."""
        return Table(self._inner.applied())

    @property
    def refused(self) -> Table:
        """The records refused, with every reason: ``object``, ``record``, ``rule``, ``code``, ``message``, ``fix``."""
        return Table(self._inner.refused(self._locale))

    def __bool__(self) -> bool:
        return self._inner.refused_records() == 0

    def __repr__(self) -> str:
        return f"BatchReport({self.batch}: {len(self.applied)} applied, {self._inner.refused_records()} refused)"


class UndoReport:
    """What an undoing did. Falsy when something of the batch stays. An undoing may be undone: it is a batch too."""

    __slots__ = ("_inner", "_locale")

    def __init__(self, inner: _native.UndoReport, locale: str) -> None:
        self._inner = inner
        self._locale = locale

    @property
    def batch(self) -> str:
        """The name of the undoing."""
        return self._inner.batch()

    @property
    def reverted(self) -> Table:
        """The records of which something was reverted: ``object``, ``record``."""
        return Table(self._inner.reverted())

    @property
    def conflicts(self) -> Table:
        """The fields that somebody has changed since; they stay: ``object``, ``record``, ``field``, ``written`` (by the
        batch), ``current``."""
        return Table(self._inner.conflicts())

    @property
    def refused(self) -> Table:
        """The records refused, with every reason: ``object``, ``record``, ``rule``, ``code``, ``message``, ``fix``."""
        return Table(self._inner.refused(self._locale))

    def __bool__(self) -> bool:
        return len(self.conflicts) == 0 and self._inner.refused_records() == 0

    def __repr__(self) -> str:
        return (
            f"UndoReport({self.batch}: {len(self.reverted)} reverted, {len(self.conflicts)} conflicts, "
            f"{self._inner.refused_records()} refused)"
        )
