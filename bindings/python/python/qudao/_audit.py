"""The audit of stewardship."""

from __future__ import annotations

from typing import Any

from qudao import _native
from qudao._commands import Create, Update
from qudao._show import html_grid, text_grid
from qudao._table import Table

_SHOWN = 10


class Audit:
    """Which records nobody owns, which lie idle, which are due for review. Falsy when there is nothing to do."""

    __slots__ = ("_inner", "_locale")

    def __init__(self, inner: _native.Audit, locale: str) -> None:
        self._inner = inner
        self._locale = locale

    def __len__(self) -> int:
        return len(self._inner)

    @property
    def findings(self) -> Table:
        """The findings, the most urgent first: ``due_on``, ``object``, ``record``, ``owner``, ``rule``, ``severity``,
        ``since``, ``action`` (``review``, ``assign`` or ``take_back``)."""
        return Table(self._inner.findings())

    def messages(self, locale: str | None = None) -> Table:
        """The same as texts for people: ``due_on``, ``object``, ``record``, ``owner``, ``rule``, ``severity``,
        ``message``, ``fix``."""
        return Table(self._inner.messages(locale or self._locale))

    def tasks(self, locale: str | None = None) -> tuple[Create, ...]:
        """The findings as tasks of the owners: commands for :meth:`Session.submit`. Sent again for the same state of
        things, they make no second task."""
        return self._inner.tasks(locale or self._locale)

    def take_backs(self) -> tuple[Update, ...]:
        """What is proposed to be taken back: commands that take the records from their owners."""
        return self._inner.take_backs()

    @property
    def problems(self) -> dict[str, Table]:
        """Values of the frames that could not be read, by object. They count as missing."""
        return {name: Table(t) for name, t in self._inner.problems()}

    _HEADER = ("due_on", "record", "owner", "severity", "message")

    def _rows(self) -> list[list[Any]]:
        rows = self.messages().to_dicts()[:_SHOWN]
        return [[r["due_on"], f"{r['object']}/{r['record']}", r["owner"], r["severity"], r["message"]] for r in rows]

    def __repr__(self) -> str:
        grid = "\n" + text_grid(self._HEADER, self._rows(), len(self) - _SHOWN) if len(self) else ""
        return f"Audit({len(self)} findings){grid}"

    def _repr_html_(self) -> str:
        caption = f"{len(self)} findings"
        return html_grid(self._HEADER, self._rows(), caption=caption, more=len(self) - _SHOWN)
