"""Duplicates in frames."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import Any, TypeAlias

from qudao import _native
from qudao._errors import InputError
from qudao._frames import Frame, Held, check_length
from qudao._model import Explanation, OversizedBlock
from qudao._show import html_grid
from qudao._stream import Progress, share
from qudao._table import Table

Share: TypeAlias = Decimal | float | int
"""A number from 0 to 1."""

Previous: TypeAlias = Frame | Mapping[Any, Any]
"""The cluster of each record: a frame with ``id`` and ``cluster_id``, or a mapping of the one to the other. A row of a frame without
an ``id`` tells a cluster's id that is not to be given again."""

Labels: TypeAlias = Frame | Iterable[tuple[int, int, bool]]
"""What people say of pairs of rows: ``left``, ``right``, ``same``."""


def _triples(labels: Labels) -> list[tuple[int, int, bool]]:
    """Labels as the matcher takes them."""
    rows: list[tuple[Any, ...]]
    held = list(labels) if isinstance(labels, Iterable) and not hasattr(labels, "__arrow_c_stream__") else None
    if held is not None and all(isinstance(row, tuple) for row in held):
        rows = [tuple(row) for row in held]
    else:
        dicts = _native.frame_rows(Held(labels if held is None else held).frame)
        rows = [(row.get("left"), row.get("right"), row.get("same")) for row in dicts]
    made: list[tuple[int, int, bool]] = []
    for row in rows:
        match row:
            case (int(left), int(right), bool(same)) if 0 <= left < 2**32 and 0 <= right < 2**32:
                made.append((left, right, same))
            case _:
                text = "a label is two rows, from 0, and whether they are the same: (left, right, same)"
                raise InputError(text, "matching.bad_labels")
    return made


def as_frame(previous: Previous | None) -> Any:
    """What clusters were before, as a frame."""
    if isinstance(previous, Mapping) and not hasattr(previous, "__arrow_c_stream__"):
        return [{"id": str(record), "cluster_id": str(cluster)} for record, cluster in previous.items()]
    return None if previous is None else Held(previous).frame


def check_threads(threads: int | None) -> None:
    """A number of threads is at least one. No answer depends on it."""
    if threads is not None and (isinstance(threads, bool) or not isinstance(threads, int) or threads < 1):
        raise InputError("threads: expected a whole number of at least 1", "matching.bad_threads")


class MatchReport:
    """What a search for duplicates compared, by what, and what it found: one self-contained page.

    In a notebook it shows itself, in English and Chinese with a switch between them.
    """

    __slots__ = ("_html", "title")

    title: str

    def __init__(self, html: str, title: str) -> None:
        self._html = html
        self.title = title

    def to_html(self) -> str:
        """The page as one HTML document in English and Chinese. Nothing is fetched, and what comes from data is escaped."""
        return self._html

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the page to a file."""
        with open(path, "w", encoding="utf-8") as file:
            file.write(self._html)

    def __repr__(self) -> str:
        return f"MatchReport({self.title})"

    def _repr_html_(self) -> str:
        # A frame of its own: the page brings styles that are not the notebook's.
        style = "width: 100%; height: 40rem; border: 1px solid #8884"
        return f'<iframe srcdoc="{escape(self._html)}" style="{style}" title="{escape(repr(self))}"></iframe>'


class Pairs:
    """Pairs of rows that are the same, with what is needed to explain them."""

    __slots__ = ("_inner",)

    def __init__(self, inner: _native.Matched) -> None:
        self._inner = inner

    @property
    def rule(self) -> str:
        """The matching rule."""
        return self._inner.rule()

    @property
    def pairs(self) -> Table:
        """The pairs: ``left``, ``right``, ``probability``. Rows are 0-based positions.

        Of more than 16 rows that are equal in everything the rule looks at, the first stands for all: it is paired with each
        of the others, and it alone with different rows. Of two linked frames the first of each has all pairs, and each of the
        others its best one.
        """
        return Table(self._inner.pairs())

    @property
    def related(self) -> Table:
        """Companies and their branches: related, never merged."""
        return Table(self._inner.related())

    @property
    def threshold(self) -> Decimal:
        """From which probability on two rows are taken for the same."""
        return self._inner.threshold()

    @property
    def compared(self) -> int:
        """How many pairs were compared."""
        return self._inner.compared()

    @property
    def oversized(self) -> tuple[OversizedBlock, ...]:
        """Blocks that were too large to compare every pair in them."""
        return self._inner.oversized()

    @property
    def problems(self) -> Table:
        """Values that could not be read, by row. They count as missing."""
        return Table(self._inner.problems())

    def report(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        labels: Labels | None = None,
        locale: str = "en",
    ) -> MatchReport:
        """What was compared, by what, and what was found, as one HTML page for people; with a ``path`` it is written there.

        It shows scores and thresholds, the weights of every level, the keys under which rows met, clusters by size, the
        largest and the most doubtful ones, pairs near the threshold field by field, and pairs that were forbidden. With
        ``labels`` it tells how many of the labelled pairs were compared (blocking recall), and found. The page holds the
        compared values of the rows that it shows.

        >>> page = dedupe([{"company": "Acme Ltd", "phone": "0755-28780808"},
        ...                {"company": "ACME Limited", "phone": "+86 755 2878 0808"}]).report()
        >>> "ACME Limited" in page.to_html()
        True
        """
        made = MatchReport(self._inner.report(locale, _triples(labels) if labels is not None else []), repr(self))
        if path is not None:
            made.save(path)
        return made

    def explain(self, left: int, right: int) -> Explanation:
        """Why two rows are taken for the same, or not, field by field."""
        for row in (left, right):
            if isinstance(row, bool) or not isinstance(row, int) or row < 0:
                raise InputError("a row is a position, from 0", "frame.no_row", {"row": row})
        return self._inner.explain(left, right)


class Link(Pairs):
    """Rows of one frame found in another: ``left`` counts rows of the first, ``right`` rows of the second."""

    __slots__ = ()

    @property
    def right_problems(self) -> Table:
        """Values of the second frame that could not be read."""
        return Table(self._inner.right_problems())

    def __repr__(self) -> str:
        return f"Link({len(self.pairs)} pairs by {self.rule}, {self.compared} compared)"


class Golden(Table):
    """One record for each cluster, by the rules of ``survivorship:``; and where each value came from.

    Beside the fields: ``cluster_id``, ``rows`` (how many rows became one), ``master`` (the row whose ``id`` stays).
    """

    __slots__ = ("_lineage",)

    def __init__(self, inner: _native.Table, lineage: _native.Table) -> None:
        super().__init__(inner)
        self._lineage = Table(lineage)

    @property
    def lineage(self) -> Table:
        """Every value that a row of a cluster of several rows held: ``cluster_id``, ``field``, ``row``, ``value``,
        ``survived``, and the ``rule`` by which it was chosen."""
        return self._lineage


class Duplicates(Pairs):
    """Duplicates in a frame: pairs and clusters."""

    __slots__ = ("_held",)

    def __init__(self, inner: _native.Matched, held: Held) -> None:
        super().__init__(inner)
        self._held = held

    def frame(self, *, stable: bool = False) -> Frame:
        """The rows as they were given, in the same kind of frame, with the column ``cluster_id`` behind the others: the smallest
        row of each cluster, or with ``stable`` the id that stays from run to run (see :attr:`ids`).

        >>> found = dedupe([{"company": "Acme Ltd", "phone": "0755-28780808"},
        ...                 {"company": "ACME Limited", "phone": "+86 755 2878 0808"}])
        >>> [row["cluster_id"] for row in found.frame()]
        [0, 0]
        """
        check_length(self._held.frame, self._inner.rows())
        numbers: list[Any] = self._inner.stable_ids() if stable else self.clusters.column("cluster_id").to_list()
        return self._held.with_column("cluster_id", numbers)

    @property
    def ids(self) -> Table:
        """The clusters by ids that stay from run to run: ``id``, ``cluster_id``. The next run takes them as ``previous``.

        A cluster is called by the smallest ``id`` of its rows, as texts compare. With ``previous`` it keeps the id of the earlier
        cluster with which it shares most rows: the larger part of a split keeps the id, of several that became one that of the largest
        stays, and new clusters get ids that were never used. Rows that are away keep their cluster; a row without an
        ``id`` is a cluster's id that nobody has any more.

        >>> found = dedupe([{"no": "k7", "company": "Acme Ltd", "phone": "0755-28780808"},
        ...                 {"no": "k3", "company": "ACME Limited", "phone": "+86 755 2878 0808"}], id="no")
        >>> found.ids.to_dicts()
        [{'id': 'k3', 'cluster_id': 'k3'}, {'id': 'k7', 'cluster_id': 'k3'}]
        >>> later = dedupe([{"no": "k1", "company": "ACME Ltd.", "phone": "0755 28780808"},
        ...                 {"no": "k7", "company": "Acme Ltd", "phone": "0755-28780808"}], id="no", previous=found.ids)
        >>> later.frame(stable=True)[0]["cluster_id"]
        'k3'
        """
        return Table(self._inner.ids())

    @property
    def changes(self) -> Table:
        """What became of the clusters of the run before: ``cluster_id``, ``previous_id``, ``rows``, ``change``.

        ``rows`` is how many rows a cluster has of an earlier one; without a ``previous_id`` they were in none. ``change`` is
        about the cluster as a whole: ``kept`` (it may have grown), ``merged`` of several, ``split`` from one, ``regrouped`` (both) or ``new``.
        """
        return Table(self._inner.changes())

    @property
    def clusters(self) -> Table:
        """The cluster of each row: ``row``, ``cluster_id``, which is the smallest row in the cluster."""
        return Table(self._inner.clusters())

    @property
    def groups(self) -> list[list[int]]:
        """The clusters of more than one row."""
        return self._inner.groups()

    def golden(self) -> Golden:
        """One record for each cluster, with the lineage of each value.

        >>> found = dedupe([{"company": "Acme Ltd", "phone": "0755-28780808"},
        ...                 {"company": "ACME Limited", "phone": "+86 755 2878 0808", "city": "Shenzhen"}])
        >>> golden = found.golden()
        >>> golden.column("rows").to_list(), golden.column("city").to_list()
        ([2], ['Shenzhen'])
        """
        return Golden(*self._inner.golden())

    def review(self, n: int = 20, *, threads: int | None = None, progress: Progress = False) -> Table:
        """The pairs that tell most when somebody labels them: near the threshold, and unlike each other. At most ``n``,
        those first that should be asked about first: ``left``, ``right``, ``probability``.

        ``threads`` and ``progress`` as in :func:`dedupe`; Ctrl-C ends the search.

        >>> found = dedupe([{"company": "Acme Ltd", "phone": "0755-28780808"},
        ...                 {"company": "Acme Holding", "phone": "+86 755 2878 0808"}])
        >>> found.review(5).to_dicts()[0]["left"]
        0
        """
        if isinstance(n, bool) or not isinstance(n, int) or n < 0:
            raise InputError("n: expected a whole number", "matching.bad_count")
        check_threads(threads)
        with share(progress, "review") as told:
            return Table(self._inner.review(n, threads, told))

    def train(self, labels: Labels, *, threads: int | None = None, progress: Progress = False) -> Duplicates:
        """The duplicates in the same rows, with weights that have learned from labels.

        ``labels`` is a frame with the columns ``left``, ``right`` and ``same``, or triples of these. A few labels move
        little; two hundred of :meth:`review` say much. Labels that contradict each other, by way of a third row too, are an
        error that names the rows. The weights are :attr:`model`. ``threads`` and ``progress`` as in :func:`dedupe`; Ctrl-C
        ends it.
        """
        check_threads(threads)
        with share(progress, "train") as told:
            return self._with(self._inner.train(_triples(labels), threads, told))

    def _with(self, inner: _native.Matched) -> Duplicates:
        return Duplicates(inner, self._held)

    @property
    def model(self) -> str | None:
        """The weights as JSON, where :meth:`train` has learned them. :meth:`qudao.Engine.with_model` takes them."""
        return self._inner.model()

    @property
    def count(self) -> int:
        """Rows beyond one per cluster."""
        return sum(len(g) - 1 for g in self.groups)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({self._inner.rows()} rows: {len(self.pairs)} pairs in {len(self.groups)} "
            f"clusters by {self.rule}, {self.count} rows too many)"
        )

    def _repr_html_(self) -> str:
        rows = [[p["left"], p["right"], p["probability"]] for p in self.pairs.to_dicts()[:10]]
        more = max(0, len(self.pairs) - 10)
        return html_grid(("left", "right", "probability"), rows, caption=repr(self), more=more)


@dataclass(frozen=True, slots=True)
class GuessedColumn:
    """A column, the field that it becomes, and what it was taken for."""

    column: str
    field: str
    kind: str


@dataclass(slots=True)
class Guess:
    """What the columns of a table hold, and how its rows are compared. It may be edited and handed back.

    ``rule`` is a matching rule as a blueprint writes it: ``block``, ``compare``, ``thresholds``.
    """

    columns: list[GuessedColumn]
    rule: dict[str, Any]

    @classmethod
    def of(cls, frame: Frame) -> Guess:
        """Guesses from names and contents of the columns."""
        return cls._read(_native.guess(frame))

    @classmethod
    def _read(cls, text: str) -> Guess:
        made = json.loads(text)
        return cls([GuessedColumn(**c) for c in made["columns"]], made["rule"])

    def to_json(self) -> str:
        """The guess as JSON."""
        columns = [{"column": c.column, "field": c.field, "kind": c.kind} for c in self.columns]
        try:
            return json.dumps({"columns": columns, "rule": self.rule}, ensure_ascii=False)
        except (TypeError, ValueError):
            text = "the guess was edited into something that is no matching rule"
            raise InputError(text, "matching.bad_guess") from None

    def __str__(self) -> str:
        return _native.guess_text(self.to_json())

    def _repr_html_(self) -> str:
        rows = [[c.column, c.field, c.kind, self.rule.get("compare", {}).get(c.field)] for c in self.columns]
        return html_grid(("column", "field", "kind", "compared as"), rows)


class GuessedDuplicates(Duplicates):
    """Duplicates in a frame of which nothing was declared."""

    __slots__ = ("guess",)

    guess: Guess
    """What the columns were taken for, and the rule that follows."""

    def __init__(self, inner: _native.Matched, held: Held, guess: Guess) -> None:
        super().__init__(inner, held)
        self.guess = guess

    def _with(self, inner: _native.Matched) -> GuessedDuplicates:
        return GuessedDuplicates(inner, self._held, self.guess)


def guess(frame: Frame) -> Guess:
    """Guesses what the columns of a frame hold and how its rows should be compared."""
    return Guess.of(frame)


def dedupe(
    frame: Frame,
    *,
    guess: Guess | None = None,
    threshold: Share | None = None,
    threads: int | None = None,
    progress: Progress = False,
    id: str | None = None,
    previous: Previous | None = None,
) -> GuessedDuplicates:
    """Finds duplicates in a frame without a blueprint, by a guess or by what somebody made of one.

    ``threads`` is the number of threads, as many as there are processors where none is given; the answer never depends on
    it. ``progress`` shows a bar, by ``tqdm`` where that is installed, or is called with the share of the work that is done,
    in rows. Ctrl-C ends the search, and so does what ``progress`` raises.

    ``id`` names the column that holds the ids of the rows; it is not compared. ``previous`` are the ids that clusters had in an
    earlier run, :attr:`Duplicates.ids` or what was made of it: clusters keep them.

    >>> found = dedupe([{"company": "Acme Ltd", "phone": "0755-28780808"},
    ...                 {"company": "ACME Limited", "phone": "+86 755 2878 0808"}])
    >>> found.groups
    [[0, 1]]
    """
    check_threads(threads)
    held = Held(frame)
    chosen = guess if guess is not None else Guess.of(held.frame)
    with share(progress, "dedupe") as told:
        found = _native.dedupe_by_guess(
            held.frame, chosen.to_json(), threshold, threads, told, id, as_frame(previous)
        )
    return GuessedDuplicates(found, held, chosen)


def dedupe_csv(
    path: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    threshold: Share | None = None,
) -> None:
    """Finds duplicates in a CSV or XLSX file and writes ``pairs.csv`` and ``clusters.csv`` into the folder ``out``.

    The encoding is detected: UTF-8, UTF-16, GB18030. This is ``qudao dedupe``.
    """
    chosen = [] if threshold is None else [f"--threshold={threshold}"]
    arguments = ["qudao", "--json", "dedupe", *chosen, f"--out={os.fspath(out)}", "--", os.fspath(path)]
    code, answer, errors = _native.run_captured(arguments)
    if code != 0:
        raise _failure(answer, errors)


def _failure(answer: str, errors: str) -> InputError | Exception:
    """The error that the program told."""
    from qudao._errors import make

    try:
        told = json.loads(answer)["error"]
    except (ValueError, KeyError, TypeError):
        return InputError(errors.strip() or "the files cannot be compared", "import.failed")
    return make(told["code"], told["text"], None, {}, ())
