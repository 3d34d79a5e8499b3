"""The engine: a compiled blueprint, on frames and single records, without a store."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from qudao import _native
from qudao._kpis import KpiReport, Rates, Span, query, rate_rows
from qudao._matched import Duplicates, Frame, Link, Share, check_threads
from qudao._model import Actor, Explanation, Field, GateReport, Lint, Metric, Violation
from qudao._show import html_grid
from qudao._table import Table


class Validation:
    """What the rules say about a frame. ``row`` is the 0-based position everywhere."""

    __slots__ = ("_inner", "_locale")

    def __init__(self, inner: _native.Validation, locale: str) -> None:
        self._inner = inner
        self._locale = locale

    @property
    def ok(self) -> bool:
        """No rule of severity error failed."""
        return self._inner.ok()

    def __bool__(self) -> bool:
        return self.ok

    @property
    def rows(self) -> int:
        """The number of rows checked."""
        return self._inner.rows()

    @property
    def violations(self) -> Table:
        """Rows times rules that fail: ``row``, ``rule``, ``fields``, ``code``, ``severity``, ``params`` (JSON)."""
        return Table(self._inner.violations())

    def messages(self, locale: str | None = None) -> Table:
        """The same as texts for people: ``row``, ``rule``, ``severity``, ``message``, ``fix``."""
        return Table(self._inner.messages(locale or self._locale))

    @property
    def summary(self) -> Table:
        """How each rule came out: ``rule``, ``severity``, ``checked``, ``failed``, ``unknown``, ``skipped``."""
        return Table(self._inner.summary())

    @property
    def unknown_columns(self) -> list[str]:
        """Columns that the blueprint does not know."""
        return self._inner.unknown_columns()

    def findings(self, row: int | None = None) -> tuple[tuple[int, Violation], ...]:
        """The findings as objects, each with its row; those of one row where one is given."""
        return self._inner.findings(self._locale, row)

    def __repr__(self) -> str:
        state = "ok" if self.ok else "not ok"
        return f"Validation({state}: {self.rows} rows, {len(self.violations)} findings)"

    def _repr_html_(self) -> str:
        failed = [r for r in self.summary.to_dicts() if r["failed"]]
        rows = [[r["severity"], r["rule"], r["checked"], r["failed"]] for r in failed]
        return html_grid(("severity", "rule", "checked", "failed"), rows, caption=repr(self))


class Engine:
    """A compiled blueprint. Immutable, cheap to keep, safe to share between threads.

    >>> engine = Engine.from_yaml("qudao: 1")
    >>> "account" in engine.objects
    True
    """

    __slots__ = ("_inner",)

    _inner: _native.Engine

    def __init__(self, inner: _native.Engine) -> None:
        self._inner = inner

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> Engine:
        """Reads and compiles a file, YAML or JSON.

        Raises :class:`qudao.BlueprintError` with every error at once, each with line, path and the nearest valid word.
        """
        return cls(_native.Engine.from_file(path))

    @classmethod
    def from_yaml(cls, text: str) -> Engine:
        """Reads and compiles YAML or JSON."""
        return cls(_native.Engine.from_yaml(text))

    @classmethod
    def starter(cls, name: str) -> Engine:
        """A starter blueprint: ``channel-sale``, ``project-sale`` or ``simple``."""
        starters = _native.Engine.starters()
        if name not in starters:
            from qudao._errors import InputError

            text = f"there is no starter {name}: {', '.join(starters)}"
            raise InputError(text, "blueprint.unknown_starter", {"name": name})
        return cls.from_yaml(starters[name])

    @staticmethod
    def starters() -> dict[str, str]:
        """The starter blueprints by name, as YAML to begin from."""
        return _native.Engine.starters()

    @staticmethod
    def json_schema() -> dict[str, Any]:
        """The JSON Schema of blueprint documents."""
        import json

        schema: dict[str, Any] = json.loads(_native.Engine.json_schema())
        return schema

    @property
    def hash(self) -> str:
        """The content hash of the blueprint."""
        return self._inner.hash()

    @property
    def locale(self) -> str:
        """The default locale."""
        return self._inner.locale()

    @property
    def timezone(self) -> str:
        """The time zone of business days."""
        return self._inner.zone()

    @property
    def currency(self) -> str:
        """The currency of amounts that name none."""
        return self._inner.currency()

    @property
    def objects(self) -> list[str]:
        """The names of the objects."""
        return self._inner.objects()

    def fields(self, object: str) -> tuple[Field, ...]:
        """The fields of an object, in the order of a form."""
        return self._inner.fields(object)

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """The metrics: the built-in ones and the blueprint's own."""
        return self._inner.metrics()

    def lint(self) -> tuple[Lint, ...]:
        """What compiles though somebody should look: unreachable stages, untouched sections, and the like."""
        return self._inner.lint()

    def validate(
        self,
        object: str,
        frame: Frame,
        *,
        related: Mapping[str, Frame] | None = None,
        now: datetime | None = None,
    ) -> Validation:
        """Checks every rule on every row, and uniqueness within the frame.

        ``related`` holds the frames that rules navigate to, by object. Without ``now``, a rule that reads the clock
        raises :class:`qudao.NowRequiredError`. A value that cannot be read is a finding of its row.
        """
        return Validation(self._inner.validate(object, frame, related, now), self.locale)

    def completeness(self, object: str, frame: Frame) -> Table:
        """How complete each row is: ``row``, ``score`` from 0 to 1, ``missing`` fields that count."""
        return Table(self._inner.completeness(object, frame))

    def normalise(self, object: str, record: Mapping[str, Any]) -> dict[str, Any]:
        """The values of one record in their normal form. Placeholders are missing."""
        return self._inner.normalise(object, record)

    def dedupe(
        self,
        object: str,
        frame: Frame,
        *,
        threshold: Share | None = None,
        threads: int | None = None,
    ) -> Duplicates:
        """Finds duplicates in a frame. The same comparison answers on save and on import.

        ``threads`` limits the threads used; the answer never depends on it.
        """
        check_threads(threads)
        return Duplicates(self._inner.dedupe(object, frame, threshold))

    def link(
        self,
        object: str,
        left: Frame,
        right: Frame,
        *,
        threshold: Share | None = None,
        threads: int | None = None,
    ) -> Link:
        """Finds rows of one frame in another."""
        check_threads(threads)
        return Link(self._inner.link(object, left, right, threshold))

    def explain_pair(self, object: str, left: Mapping[str, Any], right: Mapping[str, Any]) -> Explanation:
        """Why two records are taken for the same, or not, field by field."""
        return self._inner.explain_pair(object, left, right)

    def kpis(
        self,
        data: Mapping[str, Frame],
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
        """Computes KPIs over frames.

        ``data`` maps objects to frames; the frame ``visit`` holds stage visits: ``record``, ``stage``, ``entered``, and
        optionally ``left``, ``process``, ``reason``, ``object``. ``by`` names fields, paths such as ``owner.region``, and the
        calendar units ``year``, ``quarter``, ``month``. ``window`` is half-open. Without ``now``, a metric that reads the
        clock raises :class:`qudao.NowRequiredError`.
        """
        frames = dict(data)
        visits = frames.pop("visit", None)
        asked = query(metrics, by, window, basis, zone, as_of, clock)
        return KpiReport(self._inner.kpis(frames, visits, asked, rate_rows(rates), now))

    def gate(
        self,
        object: str,
        record: Mapping[str, Any],
        *,
        to: str,
        actor: Actor | str | None = None,
        now: datetime | None = None,
        related: Mapping[str, Frame] | None = None,
    ) -> GateReport:
        """Asks whether a record may enter a stage. The record's own ``stage`` says where it is."""
        return self._inner.gate(object, record, to, actor, related, now)

    def __eq__(self, other: Any) -> bool:
        return self.hash == other.hash if isinstance(other, Engine) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.hash)

    def __repr__(self) -> str:
        return f"Engine({self.hash[:12]}, {len(self.objects)} objects, {self.currency}, {self.timezone})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (Engine.from_yaml, (self._inner.canonical_json(),))
