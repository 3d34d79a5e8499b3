"""The dry run of a change of rules."""

from __future__ import annotations

from typing import Any

from qudao import _native
from qudao._show import html_grid, text_grid
from qudao._table import Table


class Comparison:
    """What another blueprint's rules do to records that exist. Nothing is written.

    ``direction`` is ``newly_fails`` or ``newly_passes``. A rule that becomes graver or milder shows as both.
    """

    __slots__ = ("_inner", "_locale")

    def __init__(self, inner: _native.Comparison, locale: str) -> None:
        self._inner = inner
        self._locale = locale

    @property
    def unchanged(self) -> bool:
        """No record would be judged otherwise."""
        return self._inner.unchanged()

    @property
    def records(self) -> int:
        """How many records were checked under both blueprints."""
        return self._inner.records()

    @property
    def hashes(self) -> tuple[str, str]:
        """The hashes of the blueprint in force and of the one that is tried."""
        return self._inner.hashes()

    @property
    def changes(self) -> Table:
        """What changes: ``object``, ``rule``, ``severity``, ``direction``, ``count``, ``records`` (ids)."""
        return Table(self._inner.changes())

    @property
    def newly_blocked(self) -> Table:
        """Records without an error now that would have one, so that saving them is refused: ``object``, ``record``."""
        return Table(self._inner.moved(True))

    @property
    def newly_free(self) -> Table:
        """Records with an error now that would have none: ``object``, ``record``."""
        return Table(self._inner.moved(False))

    @property
    def by_partner(self) -> Table:
        """The records of each change by partner, most first: ``object``, ``rule``, ``severity``, ``direction``,
        ``partner``, ``records``."""
        return Table(self._inner.shares(True))

    @property
    def by_owner(self) -> Table:
        """The records of each change by owner, most first, as :attr:`by_partner`."""
        return Table(self._inner.shares(False))

    @property
    def blocked_by_partner(self) -> Table:
        """The newly blocked records by partner, most first: ``partner``, ``records``."""
        return Table(self._inner.blocked_shares(True))

    @property
    def blocked_by_owner(self) -> Table:
        """The newly blocked records by owner, most first: ``owner``, ``records``."""
        return Table(self._inner.blocked_shares(False))

    @property
    def problems(self) -> dict[str, Table]:
        """Values of the frames that could not be read, by object. They count as missing."""
        return {name: Table(t) for name, t in self._inner.problems()}

    def examples(self, locale: str | None = None) -> Table:
        """Some findings of each change for people: the columns of a change, ``record``, ``message``, ``fix``."""
        return Table(self._inner.examples(locale or self._locale))

    def _rows(self) -> list[list[Any]]:
        return [[c["direction"], c["severity"], c["rule"], c["count"]] for c in self.changes.to_dicts()]

    def _verdict(self) -> str:
        if self.unchanged:
            return f"{self.records} records: nothing changes"
        return f"{self.records} records: {len(self.newly_blocked)} newly blocked, {len(self.newly_free)} newly free"

    def __repr__(self) -> str:
        grid = "" if self.unchanged else "\n" + text_grid(("direction", "severity", "rule", "records"), self._rows())
        return f"Comparison({self._verdict()}){grid}"

    def _repr_html_(self) -> str:
        return html_grid(("direction", "severity", "rule", "records"), self._rows(), caption=self._verdict())
