"""The engine: a compiled blueprint, on frames and single records, without a store."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from qudao import _native
from qudao._audit import Audit
from qudao._compare import Comparison
from qudao._kpis import KpiReport, Rates, Span, query, rate_rows
from qudao._frames import Frame, Held
from qudao._matched import Duplicates, Link, Previous, Share, as_frame, check_threads
from qudao._model import Actor, Explanation, Field, GateReport, Lint, Metric
from qudao._standard import EntryStandard
from qudao._stream import Progress
from qudao._stream import run as run_stream
from qudao._stream import share
from qudao._table import Table
from qudao._validation import Validation


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
        held = Held(frame)
        return Validation(self._inner.validate(object, held.frame, related, now), self.locale, held)

    def validate_batches(
        self,
        object: str,
        batches: Iterable[Frame],
        *,
        related: Mapping[str, Frame] | None = None,
        now: datetime | None = None,
        progress: Progress = False,
        sink: Callable[[Table], object] | None = None,
    ) -> Validation:
        """Checks data that is larger than memory: frames one after another, of which one at a time is held.

        ``batches`` is an iterator of frames, a ``pyarrow.RecordBatchReader``, a Polars lazy frame, or a DuckDB relation.
        The answer is that of :meth:`validate` on all rows together, with ``row`` counted over all of them: a value that
        is unique stays so across batches. For each such value 16 bytes are kept. A rule that navigates to other rows of
        the same object needs them in ``related``.

        ``sink`` takes each batch's findings as a table and lets go of them, so that memory does not grow with the number
        of findings; what is known only at the end (repeated values) it takes last. ``progress`` shows a bar, by
        ``tqdm`` where that is installed, or is called with the number of rows so far.

        >>> engine = Engine.starter("simple")
        >>> found = engine.validate_batches("account", ([{"name": name}] for name in ("Acme", "N/A")))
        >>> found.violations.column("row")
        Column(row: [1])
        """
        stream = self._inner.stream(object, related, now)
        return Validation(run_stream(stream, batches, object, progress, sink), self.locale)

    def completeness(self, object: str, frame: Frame) -> Table:
        """How complete each row is: ``row``, ``score`` from 0 to 1, ``missing`` fields that count."""
        return Table(self._inner.completeness(object, frame))

    def normalise(self, object: str, record: Mapping[str, Any]) -> dict[str, Any]:
        """The values of one record in their normal form. Placeholders are missing."""
        return self._inner.normalise(object, record)

    def with_model(self, model: str) -> Engine:
        """This engine with learned weights: ``found.train(labels).model``, kept as JSON. It answers so everywhere, in a
        workspace too."""
        return type(self)(self._inner.with_model(model))

    def dedupe(
        self,
        object: str,
        frame: Frame,
        *,
        threshold: Share | None = None,
        threads: int | None = None,
        progress: Progress = False,
        previous: Previous | None = None,
    ) -> Duplicates:
        """Finds duplicates in a frame. The same comparison answers on save and on import.

        ``previous`` are the ids that clusters had in an earlier run, :attr:`Duplicates.ids` or what was made of it: clusters keep
        them, however many rows came, went or changed places. The rows need a column ``id`` then.

        ``threads`` is the number of threads, as many as there are processors where none is given; the answer never
        depends on it. ``progress`` shows a bar, by ``tqdm`` where that is installed, or is called with the share of the work
        that is done, in rows. Ctrl-C ends the search, and so does what ``progress`` raises.
        """
        check_threads(threads)
        held = Held(frame)
        with share(progress, object) as told:
            found = self._inner.dedupe(object, held.frame, threshold, threads, told, as_frame(previous))
            return Duplicates(found, held)

    def link(
        self,
        object: str,
        left: Frame,
        right: Frame,
        *,
        threshold: Share | None = None,
        threads: int | None = None,
        progress: Progress = False,
        one_to_one: bool = False,
    ) -> Link:
        """Finds rows of one frame in another. Each frame may have columns of its own: those that are fields of the object
        count. ``threads`` and ``progress`` as in :meth:`dedupe`.

        With ``one_to_one`` each row of either frame is in at most one pair: pairs are taken by falling weight, of equal ones
        that of the smaller ids, and one is left out when one of its rows is taken.
        """
        check_threads(threads)
        with share(progress, object) as told:
            return Link(self._inner.link(object, left, right, threshold, threads, told, one_to_one))

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

    def compare(
        self, new_engine: Engine, data: Mapping[str, Frame], *, now: datetime | None = None
    ) -> Comparison:
        """Tries another blueprint's rules on records that exist, before they are switched on: which rules newly fail or
        pass, for which records, partners and owners. It is the difference of two full validations.

        ``data`` maps objects to frames; rules may navigate from one to another.

        >>> now = Engine.from_yaml("qudao: 1")
        >>> then = Engine.from_yaml("{qudao: 1, objects: {account: {fields: {city: {required: true}}}}}")
        >>> found = now.compare(then, {"account": [{"id": "a1", "name": "Acme"}]})
        >>> found.newly_blocked.to_dicts()
        [{'object': 'account', 'record': 'a1'}]
        """
        return Comparison(self._inner.compare(new_engine._inner, data, now), self.locale)

    def audit(self, data: Mapping[str, Frame], *, now: datetime) -> Audit:
        """Audits frames by the rules of stewardship: which records nobody owns, which lie idle, which are due for
        review."""
        return Audit(self._inner.audit(data, now), self.locale)

    def entry_standard(self, object: str, role: str | None = None) -> EntryStandard:
        """The page from which people who hold a role learn how records of an object are entered: what each field takes,
        which are required and when, with examples."""
        return EntryStandard(self._inner.entry_standard(object, role), object, role, self.locale)

    def __eq__(self, other: Any) -> bool:
        return self.hash == other.hash if isinstance(other, Engine) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.hash)

    def __repr__(self) -> str:
        return f"Engine({self.hash[:12]}, {len(self.objects)} objects, {self.currency}, {self.timezone})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (Engine.from_yaml, (self._inner.canonical_json(),))
