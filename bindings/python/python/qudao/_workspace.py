"""Workspace and session: an engine and a store, seen by one actor."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType
from typing import Any, overload

from qudao import _native
from qudao._audit import Audit
from qudao._cleanse import CleanseDiff, Plan, UndoReport, plan_text
from qudao._commands import Acknowledge, Command, Merge, Unmerge
from qudao._compare import Comparison
from qudao._engine import Engine
from qudao._errors import InputError
from qudao._kpis import KpiReport, Rates, Span, query, rate_rows
from qudao._model import (
    Actor,
    Decision,
    DuplicateFinding,
    HistoryItem,
    ImportReport,
    LogEntry,
    Migration,
    NextStep,
    OutboxItem,
    Record,
    Verification,
    Visit,
)
from qudao._table import ArrowTable, Table


def _clock(now: datetime | None) -> datetime:
    return datetime.now(timezone.utc) if now is None else now


class Page(ArrowTable, Sequence[Record]):
    """One page of a query: a sequence of records, and a table that speaks Arrow."""

    __slots__ = ("_records", "_table", "total")

    total: int
    """How many records the query has in all."""

    def __init__(self, records: tuple[Record, ...], total: int, table: _native.Table) -> None:
        self._records = records
        self.total = total
        self._table = table

    def _arrow(self) -> _native.Table:
        return self._table

    @overload
    def __getitem__(self, at: int) -> Record: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Record, ...]: ...
    def __getitem__(self, at: int | slice) -> Record | tuple[Record, ...]:
        return self._records[at]

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records)

    def __repr__(self) -> str:
        return f"Page({len(self)} of {self.total} records)"


class Lineage(Table):
    """What a record was made of: a table of every value that it or a record merged into it held.

    ``field``, ``record`` (where the value came from; ``None`` where the actor may not see that record), ``value``,
    ``survived``, ``edited`` (somebody wrote it after the merge), and the ``rule`` by which it was chosen.
    """

    __slots__ = ("merged", "record")

    record: str
    """The record that survived."""
    merged: tuple[str, ...]
    """The records that stand merged into it, as far as the actor may see them."""

    def __init__(self, record: str, merged: Sequence[str], table: _native.Table) -> None:
        super().__init__(table)
        self.record = record
        self.merged = tuple(merged)


class Session:
    """A workspace seen by one actor in one locale. Every command and every read goes through one.

    Where ``now`` is left out, it is the current time.
    """

    __slots__ = ("_inner",)

    def __init__(self, inner: _native.Session) -> None:
        self._inner = inner

    @property
    def actor(self) -> Actor:
        """Who acts."""
        return self._inner.actor()

    @property
    def locale(self) -> str:
        """The locale of texts."""
        return self._inner.locale()

    def submit(self, command: Command, now: datetime | None = None) -> Decision:
        """Decides a command and commits what it changes, in one transaction. A refusal is a decision, not an error."""
        return self._inner.submit(command, _clock(now))

    def check(self, command: Command, now: datetime | None = None) -> Decision:
        """Decides a command without carrying it out: what a form shows while somebody types."""
        return self._inner.check(command, _clock(now))

    def merge(
        self,
        object: str,
        master: str,
        others: str | Sequence[str],
        *,
        expected_version: int | None = None,
        acknowledge: Acknowledge = (),
        key: str | None = None,
        now: datetime | None = None,
    ) -> Decision:
        """Makes one record of several: the master's id stays, and the ids of the others answer with it from then on.

        Which values survive is for ``survivorship:`` of the blueprint to say; children move with their records.
        """
        chosen = [others] if isinstance(others, str) else others
        command = Merge(object, master, chosen, expected_version=expected_version, acknowledge=acknowledge, key=key)
        return self.submit(command, now)

    def unmerge(
        self,
        object: str,
        id: str,
        *,
        take: Sequence[str] = (),
        children: Sequence[tuple[str, str]] = (),
        expected_version: int | None = None,
        key: str | None = None,
        now: datetime | None = None,
    ) -> Decision:
        """Takes a merged record out of the one that it was merged into: both are as they were, and so are their children.

        Fields that somebody changed since stay with the surviving record, unless they are named in ``take``;
        ``children`` names, as pairs of object and id, those that go along beside the ones that came with the record.
        """
        command = Unmerge(object, id, take=take, children=children, expected_version=expected_version, key=key)
        return self.submit(command, now)

    def lineage(self, object: str, id: str) -> Lineage:
        """What a record was made of, and where each of its values came from, as far as the actor may see it.

        Works by the id of a merged record too. Raises :class:`qudao.NotFoundError` as :meth:`get` does.
        """
        return Lineage(*self._inner.lineage(object, id))

    def get(self, object: str, id: str) -> Record:
        """One record; the id of a merged record answers with the one that survived. Raises :class:`qudao.NotFoundError` where there is none that the actor may see."""
        return self._inner.get(object, id)

    def query(
        self,
        object: str,
        filter: str | None = None,
        *,
        sort: str | Iterable[str] = (),
        limit: int = 100,
        offset: int = 0,
        now: datetime | None = None,
    ) -> Page:
        """Records by a condition in the rule language. ``sort`` names fields; ``-amount`` sorts downward."""
        keys = [sort] if isinstance(sort, str) else list(sort)
        order = [(k[1:], True) if k.startswith("-") else (k, False) for k in keys]
        if limit < 0 or offset < 0:
            raise InputError("limit and offset are not negative", "query.bad_page")
        records, total, table = self._inner.query(object, filter, order, limit, offset, _clock(now))
        return Page(records, total, table)

    def history(self, object: str, id: str) -> tuple[HistoryItem, ...]:
        """What happened to a record, oldest first."""
        return self._inner.history(object, id)

    def visits(self, object: str, id: str) -> tuple[Visit, ...]:
        """The record's stage visits, in order."""
        return self._inner.visits(object, id)

    def next_steps(self, object: str, id: str, now: datetime | None = None) -> tuple[NextStep, ...]:
        """The steps that a record may take next, with exactly what is missing for each."""
        return self._inner.next_steps(object, id, _clock(now))

    def find_duplicates(
        self, object: str, values: Mapping[str, Any] | None = None, *, id: str | None = None
    ) -> tuple[DuplicateFinding, ...]:
        """Records that may be the same as a draft, or as the stored record ``id`` with these changes."""
        return self._inner.find_duplicates(object, id, values or {})

    def kpis(
        self,
        *,
        metrics: str | Iterable[str] | None = None,
        by: str | Iterable[str] = (),
        window: Span | None = None,
        basis: str | None = None,
        zone: str | None = None,
        as_of: datetime | None = None,
        clock: str | None = None,
        rates: Rates | None = None,
        now: datetime | None = None,
    ) -> KpiReport:
        """KPIs over the records that the actor may see."""
        asked = query(metrics, by, window, basis, zone, as_of, clock)
        return KpiReport(self._inner.kpis(asked, rate_rows(rates), _clock(now)))

    def compare(self, new_engine: Engine, now: datetime | None = None) -> Comparison:
        """Tries another blueprint's rules on the records that the actor sees, before they are switched on."""
        return Comparison(self._inner.compare(new_engine._inner, _clock(now)), self.locale)

    def audit(self, now: datetime | None = None) -> Audit:
        """Audits the records that the actor sees by the rules of stewardship."""
        return Audit(self._inner.audit(_clock(now)), self.locale)

    def cleanse(self, plan: Plan, now: datetime | None = None) -> CleanseDiff:
        """Works out what a plan would change. Nothing is written before :meth:`CleanseDiff.apply`.

        >>> import qudao
        >>> with Workspace(":memory:", Engine.from_yaml("qudao: 1")) as workspace:
        ...     session = workspace.session("alice", locale="en")
        ...     made = session.submit(qudao.Create("account", {"name": "Acme", "industry": "technolgy"}, id="a1"))
        ...     step = {"map": {"field": "industry", "values": {"technolgy": "technology"}}}
        ...     diff = session.cleanse({"object": "account", "steps": [step]})
        ...     diff.cells.to_dicts()[0]["after"], diff.apply("words"), session.undo("words")
        ('technology', BatchReport(words: 1 applied, 0 refused), UndoReport(words.undo: 1 reverted, 0 conflicts, 0 refused))
        """
        file, text = plan_text(plan)
        return CleanseDiff(self._inner.cleanse(file, text, _clock(now)), self._inner)

    def undo(self, batch: str, now: datetime | None = None) -> UndoReport:
        """Undoes a batch by a batch of its own: every field that still holds what the batch wrote goes back to what it
        held before; the others are conflicts and stay."""
        return UndoReport(self._inner.undo(batch, _clock(now)), self.locale)

    def counts(self) -> dict[str, int]:
        """How many records of each object the actor sees."""
        return self._inner.counts()

    def export_log(self, after: int = 0, limit: int = 1000) -> tuple[LogEntry, ...]:
        """The log after a position, oldest first. Raises :class:`qudao.AccessError` without the right to export."""
        return self._inner.export_log(after, limit)

    def import_file(
        self,
        path: str | os.PathLike[str],
        mapping: str | os.PathLike[str] | Mapping[str, Any],
        *,
        mended: str | os.PathLike[str] | None = None,
        now: datetime | None = None,
        progress: Callable[[str, int, int], object] | None = None,
    ) -> ImportReport:
        """Imports a file, or every file of a folder that the mapping names. Every row goes through the save path.

        ``mapping`` is a mapping file, or its content as a dictionary; for one file its entry is enough:
        ``{"object": "account", "columns": {"Company": "name"}}``. ``mended`` imports a mended file of rejects in place
        of the mapping's own. ``progress(file, done, total)`` is called from time to time. A run that was interrupted
        goes on where it ended.
        """
        place = Path(path)
        folder, only = (place, None) if place.is_dir() else (place.parent, place.name)
        file, text = None, None
        if isinstance(mapping, Mapping):
            text = _mapping_text(mapping, only)
        else:
            file = os.fspath(mapping)
        inner = self._inner.import_files(folder, file, text, only, mended, _clock(now), progress)
        report = ImportReport(inner, self.locale)
        if only is not None and not report.files:
            raise InputError(f"the mapping does not name {only}", "import.unknown_file", {"file": only})
        return report

    def __repr__(self) -> str:
        return f"Session({self.actor.id}, {self.locale})"


def _mapping_text(mapping: Mapping[str, Any], only: str | None) -> str:
    made = dict(mapping)
    if "files" not in made:
        if only is None:
            raise InputError("a mapping for a folder names its files", "import.no_files")
        made = {"mapping": 1, "files": [{"file": only, **made}]}
    try:
        return json.dumps(made, ensure_ascii=False)
    except (TypeError, ValueError):
        raise InputError("the mapping holds what JSON cannot write", "import.bad_mapping") from None


class Workspace:
    """An engine and a store. Safe to share between threads; every clone of a session speaks of the same database.

    >>> with Workspace(":memory:", Engine.from_yaml("qudao: 1")) as workspace:
    ...     workspace.session("alice").counts()
    {}
    """

    __slots__ = ("_inner", "engine", "migration", "path")

    engine: Engine
    path: str
    migration: Migration | None
    """What changed when the workspace was opened by :meth:`migrate`."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        engine: Engine,
        *,
        fast_commits: bool = False,
        must_exist: bool = False,
    ) -> None:
        """Opens a database file, or makes one; ``":memory:"`` makes one in memory.

        ``fast_commits``: a commit survives the end of the process but perhaps not a power cut.
        Raises :class:`qudao.BlueprintChangedError` when the file was written under another blueprint.
        """
        self.engine = engine
        self.path = os.fspath(path)
        self.migration = None
        self._inner = _native.Workspace.open(path, engine._inner, fast_commits, must_exist)

    @staticmethod
    def preview(path: str | os.PathLike[str], engine: Engine) -> Migration | None:
        """What another blueprint would change in a database. Nothing is written; ``None`` when nothing changes."""
        return _native.Workspace.preview(path, engine._inner)

    @classmethod
    def migrate(
        cls,
        path: str | os.PathLike[str],
        engine: Engine,
        *,
        actor: Actor | str,
        now: datetime | None = None,
    ) -> Workspace:
        """Opens a database under another blueprint than it was written under, as a logged command."""
        inner, report = _native.Workspace.migrate(path, engine._inner, actor, _clock(now))
        made = cls.__new__(cls)
        made.engine = engine
        made.path = os.fspath(path)
        made.migration = report
        made._inner = inner
        return made

    def session(self, actor: Actor | str, locale: str | None = None) -> Session:
        """The workspace as one actor sees it.

        An :class:`qudao.Actor` is taken at its word. A text names a ``user`` record, whose roles, partner, team and
        territories hold; in a blueprint without roles any id will do.
        """
        return Session(self._inner.session(actor, locale))

    def rebuild(self) -> int:
        """Makes records, visits, claims and index again from the log alone; the number of entries replayed."""
        return self._inner.rebuild()

    def verify(self) -> Verification:
        """Compares what is stored with what a rebuild would make, row by row. Nothing is changed."""
        return self._inner.verify()

    def integrity_check(self) -> list[str]:
        """Checks the database file. Empty when it is whole."""
        return self._inner.integrity_check()

    def outbox(self, after: int = 0, limit: int = 1000) -> tuple[OutboxItem, ...]:
        """Events for other systems after a position, oldest first. For the host's own delivery, not for people."""
        return self._inner.outbox(after, limit)

    def close(self) -> None:
        """Closes the database. Sessions of the workspace raise :class:`qudao.StoreError` from then on."""
        self._inner.close()

    @property
    def closed(self) -> bool:
        """Whether it is closed."""
        return self._inner.closed()

    def __enter__(self) -> Workspace:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Workspace({self.path}{', closed' if self.closed else ''}, {self.engine.hash[:12]})"
